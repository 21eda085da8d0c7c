//! How long a text message is, in the units that providers count and bill.
//!
//! The signature with its 【】 counts along; every character, digit, letter and sign counts one, whatever its width. Up to 70
//! characters are one unit; a longer message is cut into parts of 67, three characters of each being the part's own number.

/// The most characters of a message of one unit, signature included.
pub const SINGLE_CHARS: usize = 70;
/// The characters that each part of a longer message carries.
pub const PART_CHARS: usize = 67;
/// The most characters that providers take, signature included.
pub const MOST_CHARS: usize = 500;

/// How long a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLength {
    /// Characters, signature and its brackets included.
    pub chars: usize,
    /// Units that are billed; none for an empty message.
    pub units: usize,
}

impl SmsLength {
    /// The length of `text` under `signature`, which is written without its brackets; an empty one is not sent and not counted.
    pub fn of(signature: &str, text: &str) -> Self {
        let text = text.chars().count();
        let chars = match (signature.chars().count(), text) {
            (_, 0) => 0,
            (0, text) => text,
            (signature, text) => signature + 2 + text,
        };
        let units = match chars {
            0 => 0,
            1..=SINGLE_CHARS => 1,
            more => more.div_ceil(PART_CHARS),
        };
        Self { chars, units }
    }

    /// Whether providers refuse it.
    pub fn is_too_long(self) -> bool {
        self.chars > MOST_CHARS
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_counted_as_providers_bill_them() {
        for (signature, chars, told, units) in [
            ("", 0, 0, 0),
            ("运粮社区", 0, 0, 0),
            ("", 1, 1, 1),
            ("", 70, 70, 1),
            ("", 71, 71, 2),
            ("", 134, 134, 2),
            ("", 135, 135, 3),
            ("", 160, 160, 3),
            ("", 201, 201, 3),
            ("", 202, 202, 4),
            ("运粮社区", 64, 70, 1),
            ("运粮社区", 65, 71, 2),
        ] {
            let length = SmsLength::of(signature, &"字".repeat(chars));
            assert_eq!(
                length,
                SmsLength { chars: told, units },
                "{signature} and {chars} characters"
            );
        }
        assert!(!SmsLength::of("", &"a".repeat(500)).is_too_long());
        assert!(SmsLength::of("社区", &"a".repeat(497)).is_too_long());
    }

    proptest! {
        #[test]
        fn the_parts_hold_the_message_and_none_is_spare(text in ".{0,600}", signature in "[一-龥]{0,16}") {
            let SmsLength { chars, units } = SmsLength::of(&signature, &text);
            if units > 1 {
                prop_assert!(chars > SINGLE_CHARS);
                prop_assert!(units * PART_CHARS >= chars && (units - 1) * PART_CHARS < chars);
            } else {
                prop_assert!(chars <= SINGLE_CHARS);
                prop_assert_eq!(units, usize::from(!text.is_empty()));
            }
        }
    }
}
