//! Whether the words above a list speak of the session it is pasted into.

use jiff::civil::{Date, Time, Weekday};

/// The session as its list should name it.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Its titles, slogan and topic, in every language.
    pub titles: Vec<&'a str>,
    /// Its day.
    pub date: Date,
    /// When it begins, wall clock.
    pub time: Time,
}

/// Something above the list that the session is not. The text is what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another day of the year.
    Date(String),
    /// Another weekday.
    Weekday(String),
    /// Another time.
    Time(String),
    /// Another title.
    Title(String),
}

/// The number that ends at the end of a text, and the number that begins at the start of one.
fn number_before(text: &str) -> Option<(i8, usize)> {
    let from = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    Some((text[from..].parse().ok()?, from))
}

fn number_behind(text: &str) -> Option<(i8, usize)> {
    let to = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((text[..to].parse().ok()?, to))
}

/// `9月20日`, `9/25`, `9.20`: month and day with the words that said them. The first that is a day of that year.
fn day_in(text: &str, year: i16) -> Option<(Date, String)> {
    for sign in ["月", "/", ".", "-"] {
        for (at, _) in text.match_indices(sign) {
            let (Some((month, from)), Some((day, length))) =
                (number_before(&text[..at]), number_behind(&text[at + sign.len()..]))
            else {
                continue;
            };
            if let Ok(date) = Date::new(year, month, day) {
                return Some((date, text[from..at + sign.len() + length].to_owned()));
            }
        }
    }
    None
}

fn weekday_in(text: &str) -> Option<(Weekday, String)> {
    const DAYS: [(char, Weekday); 8] = [
        ('一', Weekday::Monday),
        ('二', Weekday::Tuesday),
        ('三', Weekday::Wednesday),
        ('四', Weekday::Thursday),
        ('五', Weekday::Friday),
        ('六', Weekday::Saturday),
        ('日', Weekday::Sunday),
        ('天', Weekday::Sunday),
    ];
    ["周", "星期", "礼拜"].iter().find_map(|word| {
        text.match_indices(word).find_map(|(at, _)| {
            let said = text[at + word.len()..].chars().next()?;
            let (_, weekday) = DAYS.iter().find(|(c, _)| *c == said)?;
            Some((*weekday, format!("{word}{said}")))
        })
    })
}

/// `上午9:30`, `2点半`: minutes of the day, whether the half of the day was said, and the words.
fn time_in(text: &str) -> Option<(i32, bool, String)> {
    for sign in [':', '点'] {
        for (at, _) in text.match_indices(sign) {
            let Some((hour, from)) = number_before(&text[..at]) else {
                continue;
            };
            let behind = &text[at + sign.len_utf8()..];
            let (minute, length) = match number_behind(behind) {
                Some(found) => found,
                None if behind.starts_with('半') => (30, '半'.len_utf8()),
                None if sign == '点' => (0, 0),
                None => continue,
            };
            if !(0..24).contains(&hour) || !(0..60).contains(&minute) {
                continue;
            }
            let part = ["早上", "上午", "中午", "下午", "晚上"]
                .into_iter()
                .find(|part| text[..from].trim_end().ends_with(part));
            let later = matches!(part, Some("下午" | "晚上")) && hour < 12;
            let hour = i32::from(hour) + if later { 12 } else { 0 };
            let said = &text[from..at + sign.len_utf8() + length];
            let known = part.is_some() || hour > 12;
            return Some((
                hour * 60 + i32::from(minute),
                known,
                format!("{}{said}", part.unwrap_or_default()),
            ));
        }
    }
    None
}

/// Whether two texts share two characters in a row.
fn akin(header: &str, title: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (header, title) = (letters(header), letters(title));
    title.len() < 2
        || title
            .windows(2)
            .any(|pair| header.windows(2).any(|other| pair == other))
}

/// What of a header is about another session. Words that say nothing of day, time or title are no objection.
pub fn mismatches(header: &[String], expected: &Expected) -> Vec<Mismatch> {
    let text = header.join(" ");
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let day = day_in(&text, expected.date.year());
    if let Some((date, said)) = &day
        && *date != expected.date
    {
        found.push(Mismatch::Date(said.clone()));
    }
    if let Some((weekday, said)) = weekday_in(&text)
        && weekday != expected.date.weekday()
    {
        found.push(Mismatch::Weekday(said));
    }
    if let Some((minutes, known, said)) = time_in(&text) {
        let wanted = i32::from(expected.time.hour()) * 60 + i32::from(expected.time.minute());
        let half_day = 12 * 60;
        if minutes != wanted && (known || minutes % half_day != wanted % half_day) {
            found.push(Mismatch::Time(said));
        }
    }
    let titled = |title: &&str| akin(&text, title);
    if !expected.titles.iter().filter(|title| !title.is_empty()).any(titled) {
        found.push(Mismatch::Title(text.chars().take(40).collect()));
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn a_header_of_another_session_is_noticed() {
        let expected = Expected {
            titles: vec!["老年反诈课", "Fraud class", "捂紧群众钱袋子"],
            date: date(2023, 9, 20),
            time: time(9, 30, 0, 0),
        };
        let said = |text: &str| Mismatch::Title(text.to_owned());
        for (header, wanted) in [
            ("运粮社区反诈课 9月20日(周三)上午9:30 老年活动室", vec![]),
            ("反诈课 9/20 9点半", vec![]),
            ("反诈课", vec![]),
            ("fraud Class 9.20", vec![]),
            ("反诈课 9月27日(周三)上午9:30", vec![Mismatch::Date("9月27".to_owned())]),
            ("反诈课 星期五", vec![Mismatch::Weekday("星期五".to_owned())]),
            ("反诈课 下午2:30", vec![Mismatch::Time("下午2:30".to_owned())]),
            ("反诈课 10点", vec![Mismatch::Time("10点".to_owned())]),
            ("周三艾灸", vec![said("周三艾灸")]),
            ("反诈课 13月40日 25:61", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(mismatches(&[header.to_owned()], &expected), wanted, "{header}");
        }
        let afternoon = Expected {
            time: time(14, 30, 0, 0),
            ..expected
        };
        assert_eq!(mismatches(&["反诈课 2:30".to_owned()], &afternoon), []);
        assert_eq!(mismatches(&["反诈课 14:30".to_owned()], &afternoon), []);
    }
}
