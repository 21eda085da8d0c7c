//! A set of weekdays, as forms tick them and addresses name them: `MO,WE`.

use jiff::civil::Weekday;

/// A set of weekdays. The empty set is a set, too: whoever reads a wish decides what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

/// The codes of RFC 5545 (§3.3.10), Monday first.
const CODES: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

impl Weekdays {
    /// All seven.
    pub const ALL: Self = Self(0x7f);
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0x1f);
    /// None.
    pub const NONE: Self = Self(0);

    /// The set of these days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        days.into_iter().fold(Self::NONE, Self::with)
    }

    /// The same set with one more day.
    #[must_use]
    pub fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day.to_monday_zero_offset())
    }

    /// Whether a day is in it.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day.to_monday_zero_offset() != 0
    }

    /// Whether no day is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days, Monday first.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        CODES
            .into_iter()
            .map(|(_, day)| day)
            .filter(move |day| self.contains(*day))
    }

    /// The code of a day: `MO`.
    pub fn code(day: Weekday) -> &'static str {
        CODES[usize::from(day.to_monday_zero_offset().unsigned_abs()) % 7].0
    }
}

impl std::fmt::Display for Weekdays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let codes: Vec<&str> = self.days().map(Self::code).collect();
        f.write_str(&codes.join(","))
    }
}

/// A text that is no weekday.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of MO, TU, WE, TH, FR, SA, SU")]
pub struct NotAWeekday(pub String);

impl std::str::FromStr for Weekdays {
    type Err = NotAWeekday;

    /// Codes between commas or spaces; nothing at all is the empty set.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut days = Self::NONE;
        for code in text
            .split([',', ' ', '，', '、'])
            .map(str::trim)
            .filter(|code| !code.is_empty())
        {
            let found = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
            let (_, day) = found.ok_or_else(|| NotAWeekday(code.chars().take(40).collect()))?;
            days = days.with(*day);
        }
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_weekdays_reads_as_it_is_written() {
        for text in ["", "MO", "MO,WE", "SA,SU", "MO,TU,WE,TH,FR,SA,SU"] {
            assert_eq!(text.parse::<Weekdays>().unwrap().to_string(), text);
        }
        assert_eq!("we mo，MO".parse::<Weekdays>().unwrap().to_string(), "MO,WE");
        assert_eq!(
            Weekdays::WORKDAYS,
            Weekdays::of(
                Weekdays::ALL
                    .days()
                    .filter(|day| *day != Weekday::Saturday && *day != Weekday::Sunday)
            )
        );
        assert_eq!("MO,XX".parse::<Weekdays>(), Err(NotAWeekday("XX".into())));
        assert!(!Weekdays::NONE.contains(Weekday::Sunday) && Weekdays::ALL.contains(Weekday::Sunday));
    }
}
