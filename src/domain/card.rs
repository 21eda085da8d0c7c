//! The code on a resident's paper card: sixteen characters of Crockford's base 32, eighty random bits.
//!
//! It says nothing about its owner and is good for one thing only: to be found at the door. Base 32 because a person can read it aloud
//! and type it: there is no I, L, O or U, and what looks like one is taken for the digit it resembles
//! (<https://www.crockford.com/base32.html>).

use serde::{Serialize, Serializer};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code.
const LENGTH: usize = 16;
/// Stands before the code on the card, so that a card of ours is known from other codes. L is no character of the alphabet.
const MARK: &str = "XL";
/// The longest text looked at: a code with its mark and blanks between.
const TYPED_MAX: usize = 60;

/// A card's code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardCode(String);

impl CardCode {
    /// The code of ten random bytes.
    pub fn from_random(bytes: [u8; 10]) -> Self {
        let mut bits: u128 = bytes.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte));
        let mut code = [0u8; LENGTH];
        for place in code.iter_mut().rev() {
            *place = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        Self(code.iter().map(|byte| char::from(*byte)).collect())
    }

    /// Reads what a scanner sends or a hand types: with or without the mark, in either case, with blanks or dashes between. None when it
    /// cannot be a code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_MAX {
            return None;
        }
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let bare = match plain.strip_prefix(MARK) {
            Some(rest) if rest.len() == LENGTH => rest,
            _ => &plain,
        };
        let code: Option<String> = bare
            .chars()
            .map(|c| match c {
                'O' => Some('0'),
                'I' | 'L' => Some('1'),
                c => u8::try_from(c)
                    .ok()
                    .filter(|byte| ALPHABET.contains(byte))
                    .map(char::from),
            })
            .collect();
        code.filter(|code| code.len() == LENGTH).map(Self)
    }

    /// A code as it was stored.
    pub fn stored(code: String) -> Self {
        Self(code)
    }

    /// The sixteen characters, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands in the QR: mark and code. Capitals and digits only, which a QR holds most densely.
    pub fn in_qr(&self) -> String {
        format!("{MARK}{}", self.0)
    }

    /// As printed for people: `XL 7K3M 0QZ9 …`.
    pub fn for_people(&self) -> String {
        let mut shown = MARK.to_owned();
        for (at, c) in self.0.chars().enumerate() {
            if at % 4 == 0 {
                shown.push(' ');
            }
            shown.push(c);
        }
        shown
    }

    /// The last four characters: enough to talk about a card whose owner is not known.
    pub fn tail(&self) -> &str {
        self.0.get(LENGTH - 4..).unwrap_or(&self.0)
    }
}

impl Serialize for CardCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_scanners_and_hands_write_it() {
        let code = CardCode::stored("7K3M0QZ91ABCDEFG".to_owned());
        for typed in [
            "XL7K3M0QZ91ABCDEFG",
            "xl 7k3m 0qz9 1abc defg\n",
            "7K3M-OQZ9-LABC-DEFG",
            "XL-7K3M-0QZ9-IABC-DEFG",
        ] {
            assert_eq!(CardCode::parse(typed), Some(code.clone()), "{typed:?}");
        }
        assert_eq!(code.for_people(), "XL 7K3M 0QZ9 1ABC DEFG");
        assert_eq!(code.tail(), "DEFG");
        for wrong in [
            "",
            "XL",
            "李秀英",
            "7K3M",
            "7K3M0QZ91ABCDEFU",
            "7K3M0QZ91ABCDEFGH",
            &"7".repeat(61),
        ] {
            assert_eq!(CardCode::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_code_that_begins_like_the_mark_is_read_whole() {
        let code = CardCode::parse("XL3M0QZ91ABCDEFG").expect("sixteen characters");
        assert_eq!(code.as_str(), "X13M0QZ91ABCDEFG");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(bytes: [u8; 10]) {
            let code = CardCode::from_random(bytes);
            prop_assert_eq!(CardCode::parse(&code.in_qr()), Some(code.clone()));
            prop_assert_eq!(CardCode::parse(&code.for_people()), Some(code.clone()));
            prop_assert_eq!(CardCode::parse(code.as_str()), Some(code.clone()));
        }

        #[test]
        fn other_bytes_are_another_code(one: [u8; 10], other: [u8; 10]) {
            prop_assert_eq!(one == other, CardCode::from_random(one) == CardCode::from_random(other));
        }

        #[test]
        fn reading_never_fails_badly(typed: String) {
            let _ = CardCode::parse(&typed);
        }
    }
}
