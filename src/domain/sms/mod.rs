//! Text messages (短信): how they are counted, whom they reach, and what providers answer.

mod answer;
mod gateway;

pub use answer::{aliyun, gateway as gateway_verdict, tencent};
pub use gateway::{FillError, Format, PLACEHOLDERS, Values, fill, fill_plain, percent, placeholders};

use super::rate::Spec;

/// The most characters a text message may have, its signature included.
pub const SMS_CHARS_MAX: usize = 500;
/// A message up to this long is one unit (条).
const ONE_UNIT_CHARS: usize = 70;
/// A longer one is sent in units of this many characters each.
const LONG_UNIT_CHARS: usize = 67;
/// The most characters a provider takes in one variable of a template.
pub const VARIABLE_CHARS: usize = 20;

/// How often one number may get one template: providers allow 50 in a day; ten at once, and one more every 36 minutes, stay within that.
pub const PER_NUMBER: Spec = Spec::new(10, 40, 86_400);
/// How fast a gateway of one's own is used: a modem box does not take hundreds at once.
pub const PER_GATEWAY: Spec = Spec::new(10, 10, 1);

/// Characters as providers count them: the signature with its brackets 【】, then the text; what lies beyond the Basic Multilingual Plane
/// counts twice, because text messages are UTF-16.
pub fn sms_chars(signature: &str, text: &str) -> usize {
    let signature = signature.trim().trim_start_matches('【').trim_end_matches('】');
    let brackets = if signature.is_empty() { 0 } else { 2 };
    brackets + signature.encode_utf16().count() + text.encode_utf16().count()
}

/// How many units (条) a text message costs: one up to 70 characters, beyond that one per 67. Beyond [`SMS_CHARS_MAX`] nobody sends it.
pub fn sms_units(signature: &str, text: &str) -> usize {
    match sms_chars(signature, text) {
        0 => 0,
        chars if chars <= ONE_UNIT_CHARS => 1,
        chars => chars.div_ceil(LONG_UNIT_CHARS),
    }
}

/// A mobile number of mainland China as E.164 has it: `+8613800000000`. None for what no text message reaches.
pub fn e164(number: &str) -> Option<String> {
    let digits = number.strip_prefix("+86").unwrap_or(number);
    let right = digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| format!("+86{digits}"))
}

/// The same number as it is dialled in China.
pub fn national(e164: &str) -> &str {
    e164.strip_prefix("+86").unwrap_or(e164)
}

/// A value as providers take it in a variable: one line without 【】, at most 20 characters.
pub fn variable(value: &str) -> String {
    let clean: Vec<char> = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '【' | '】'))
        .collect();
    if clean.len() <= VARIABLE_CHARS {
        clean.into_iter().collect()
    } else {
        clean.into_iter().take(VARIABLE_CHARS - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_on_signature_and_text() {
        let text = |chars: usize| "课".repeat(chars);
        for (signature, chars, units) in [
            ("", 0, 0),
            ("", 1, 1),
            ("", 70, 1),
            ("", 71, 2),
            ("", 134, 2),
            ("", 135, 3),
            ("", 160, 3),
            ("运粮社区", 64, 1),
            ("【运粮社区】", 64, 1),
            ("运粮社区", 65, 2),
        ] {
            assert_eq!(sms_units(signature, &text(chars)), units, "{signature} {chars}");
        }
        assert_eq!(sms_chars("", "😀"), 2, "UTF-16");
    }

    #[test]
    fn only_mobile_numbers_are_reached() {
        for (number, reached) in [
            ("13800000000", Some("+8613800000000")),
            ("+8613800000000", Some("+8613800000000")),
            ("03741234567", None),
            ("1380000000", None),
            ("138000000000", None),
            ("1380000000a", None),
            ("", None),
        ] {
            assert_eq!(e164(number).as_deref(), reached, "{number}");
        }
        assert_eq!(national("+8613800000000"), "13800000000");
    }

    #[test]
    fn a_variable_fits_the_provider() {
        assert_eq!(variable("健康讲座"), "健康讲座");
        assert_eq!(variable("【急】停课\n转告"), "急停课 转告");
        let long = variable(&"长".repeat(30));
        assert_eq!((long.chars().count(), long.ends_with('…')), (20, true));
    }

    #[test]
    fn a_number_gets_at_most_fifty_of_a_kind_in_a_day() {
        assert!(PER_NUMBER.most_in(jiff::SignedDuration::from_hours(24)) <= 50);
    }
}
