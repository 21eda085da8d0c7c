//! Numbers as they are said: times, dates, house numbers, telephone numbers.

use jiff::civil::{Date, Time};

use crate::domain::calendar::day_part::DayPart;
use crate::domain::lang::Lang;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// A number below ten thousand as it is counted: 105 → 一百零五. Greater ones are read digit by digit.
pub fn spoken_number(number: u32) -> String {
    if number >= 10_000 {
        return spoken_digits(&number.to_string());
    }
    if number == 0 {
        return "零".to_owned();
    }
    let mut said = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / unit % 10;
        if digit == 0 {
            gap = !said.is_empty();
            continue;
        }
        if gap {
            said.push('零');
            gap = false;
        }
        // 十二, not 一十二; but 一百一十二.
        if !(unit == 10 && digit == 1 && said.is_empty()) {
            said.push(if unit == 1000 && digit == 2 {
                '两'
            } else {
                DIGITS[digit as usize]
            });
        }
        said.push_str(name);
    }
    said
}

/// Digits one by one, as telephone and room numbers are read: 1 is 幺, and what separates groups is a pause.
pub fn spoken_digits(text: &str) -> String {
    let mut said = String::new();
    for c in text.chars() {
        match c.to_digit(10) {
            Some(1) => said.push('幺'),
            Some(digit) => said.push(DIGITS[digit as usize]),
            None if !said.is_empty() && !said.ends_with('，') => said.push('，'),
            None => {}
        }
    }
    said.trim_end_matches('，').to_owned()
}

/// The hours and minutes of a clock that shows twelve: 9:30 → 九点半, 2:05 → 两点零五分.
fn clock(hour: u32, minute: u32) -> String {
    let hours = match hour {
        2 => "两".to_owned(),
        hour => spoken_number(hour),
    };
    match minute {
        0 => format!("{hours}点"),
        30 => format!("{hours}点半"),
        minute if minute < 10 => format!("{hours}点零{}分", spoken_number(minute)),
        minute => format!("{hours}点{}分", spoken_number(minute)),
    }
}

/// A time with the part of the day: 14:05 → 下午两点零五分.
pub fn spoken_time(time: Time) -> String {
    let hour = u32::try_from(time.hour()).unwrap_or(0);
    let minute = u32::try_from(time.minute()).unwrap_or(0);
    let hour = if hour > 12 { hour - 12 } else { hour };
    format!("{}{}", DayPart::of(time).name(Lang::Zh), clock(hour, minute))
}

/// Month and day: 10月8日 → 十月八号.
pub fn spoken_date(date: Date) -> String {
    let number = |part: i8| spoken_number(u32::try_from(part).unwrap_or(0));
    format!("{}月{}号", number(date.month()), number(date.day()))
}

/// A text with every number in it spelled for speech. What a number is, its neighbours say: `9:30` a time, `10月8日` a date, `0374-2188310`
/// a telephone number, `1602室` a room; `2个` is 两个, `2号楼` 二号楼.
pub fn spoken(text: &str) -> String {
    let chars: Vec<char> = text.chars().map(ascii_digit).collect();
    let mut said = String::with_capacity(text.len());
    let mut at = 0;
    let mut after_month = false;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            said.push(chars[at]);
            after_month &= chars[at].is_whitespace();
            at += 1;
            continue;
        }
        let run = run_at(&chars, at);
        let next = at + run.len();
        let (words, used) = number_in(&chars, at, &run, next, &said);
        said.push_str(&words);
        at += used;
        // 10月8日: the day of a date is a 号 when it is said.
        match chars.get(at) {
            Some('月') => {
                said.push('月');
                at += 1;
                after_month = true;
            }
            Some('日') if after_month => {
                said.push('号');
                at += 1;
                after_month = false;
            }
            _ => after_month = false,
        }
    }
    said
}

fn ascii_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        c => c,
    }
}

fn run_at(chars: &[char], at: usize) -> String {
    chars[at..].iter().take_while(|c| c.is_ascii_digit()).collect()
}

/// The words of the number that begins at `at`, and how many characters it took.
fn number_in(chars: &[char], at: usize, run: &str, next: usize, before: &str) -> (String, usize) {
    let value: u32 = run.parse().unwrap_or(u32::MAX);
    let follows = chars.get(next).copied().unwrap_or(' ');
    // A time: 9:30, 14：05.
    if matches!(follows, ':' | '：') && run.len() <= 2 && value < 24 {
        let minutes = run_at(chars, next + 1);
        if minutes.len() == 2
            && let Ok(minute) = minutes.parse::<u32>()
            && minute < 60
        {
            let named = ["早上", "上午", "中午", "下午", "晚上"]
                .iter()
                .any(|part| before.trim_end().ends_with(part));
            let words = match Time::new(
                i8::try_from(value).unwrap_or(0),
                i8::try_from(minute).unwrap_or(0),
                0,
                0,
            ) {
                Ok(time) if !named && value > 12 => spoken_time(time),
                _ => clock(if value > 12 { value - 12 } else { value }, minute),
            };
            return (words, run.len() + 1 + 2);
        }
    }
    // A telephone number: groups of digits that are long together.
    let mut end = next;
    while matches!(chars.get(end), Some('-' | '－')) && chars.get(end + 1).is_some_and(char::is_ascii_digit) {
        end += 1 + run_at(chars, end + 1).len();
    }
    let whole: String = chars[at..end].iter().collect();
    let digits = whole.chars().filter(char::is_ascii_digit).count();
    if digits >= 7 {
        return (spoken_digits(&whole), end - at);
    }
    let is_room = run.len() >= 3
        && (matches!(follows, '室' | '房' | '户') || (follows == '网' && chars.get(next + 1) == Some(&'格')));
    if run.len() > 4 || (run.len() > 1 && run.starts_with('0')) || is_room {
        return (spoken_digits(run), run.len());
    }
    if value == 2 && "点个位次节天张户件人小份场".contains(follows) {
        return ("两".to_owned(), run.len());
    }
    (spoken_number(value), run.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    #[test]
    fn times_dates_and_telephone_numbers_are_said_as_people_say_them() {
        for (at, said) in [
            (time(9, 30, 0, 0), "上午九点半"),
            (time(14, 5, 0, 0), "下午两点零五分"),
            (time(14, 0, 0, 0), "下午两点"),
            (time(12, 0, 0, 0), "中午十二点"),
            (time(7, 45, 0, 0), "早上七点四十五分"),
            (time(19, 10, 0, 0), "晚上七点十分"),
            (time(11, 15, 0, 0), "上午十一点十五分"),
        ] {
            assert_eq!(spoken_time(at), said);
        }
        assert_eq!(spoken_date(date(2026, 10, 8)), "十月八号");
        assert_eq!(spoken_date(date(2026, 12, 21)), "十二月二十一号");
        assert_eq!(spoken_digits("0374-2188310"), "零三七四，二幺八八三幺零");
        assert_eq!(spoken_digits("13900001234"), "幺三九零零零零幺二三四");
    }

    #[test]
    fn numbers_are_counted() {
        for (number, said) in [
            (0, "零"),
            (2, "二"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (100, "一百"),
            (105, "一百零五"),
            (110, "一百一十"),
            (128, "一百二十八"),
            (1000, "一千"),
            (1005, "一千零五"),
            (1050, "一千零五十"),
            (2002, "两千零二"),
            (9999, "九千九百九十九"),
            (10_000, "幺零零零零"),
        ] {
            assert_eq!(spoken_number(number), said);
        }
    }

    #[test]
    fn numbers_in_a_text_are_what_their_neighbours_make_them() {
        for (text, said) in [
            ("2号楼3单元1602室", "二号楼三单元幺六零二室"),
            ("10月8日周四上午9:30", "十月八号周四上午九点半"),
            ("14:05开始", "下午两点零五分开始"),
            ("9:00到11:00", "九点到十一点"),
            ("运粮街128号", "运粮街一百二十八号"),
            ("每人2个，共12个", "每人两个，共十二个"),
            ("电话0374-2188310", "电话零三七四，二幺八八三幺零"),
            ("拨打96110", "拨打九六幺幺零"),
            ("第3讲", "第三讲"),
            ("269网格", "二六九网格"),
            ("２点", "两点"),
            ("没有数字", "没有数字"),
            ("3日", "三日"),
            ("99:99", "九十九:九十九"),
        ] {
            assert_eq!(spoken(text), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_left_to_the_reader(text in "\\PC{0,60}") {
            prop_assert!(!spoken(&text).chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c)), "{}", spoken(&text));
        }

        #[test]
        fn a_text_without_numbers_stays_as_it_is(text in "[\u{4e00}-\u{9fa5}，。]{0,40}") {
            prop_assume!(!text.contains('日'));
            prop_assert_eq!(spoken(&text), text);
        }
    }
}
