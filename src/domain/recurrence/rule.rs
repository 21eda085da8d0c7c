//! The type of a recurrence rule (RFC 5545 §3.3.10), already checked: a value of it can be expanded.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};

use crate::domain::calendar::SolarTerm;

/// How often a rule comes round; its unit of repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Every n seconds.
    Secondly,
    /// Every n minutes.
    Minutely,
    /// Every n hours.
    Hourly,
    /// Every n days.
    Daily,
    /// Every n weeks.
    Weekly,
    /// Every n months.
    Monthly,
    /// Every n years.
    Yearly,
}

impl Frequency {
    /// The RFC's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secondly => "SECONDLY",
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

/// The last moment a rule may yield (UNTIL), inclusive in each form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// `20260630`: through the end of that day in the series' zone.
    Date(Date),
    /// `20260630T093000`: a local time of the series' zone.
    Local(DateTime),
    /// `20260630T013000Z`: an instant, given as its UTC date and time.
    Utc(DateTime),
}

/// When a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It goes on for ever.
    Never,
    /// After so many dates, excluded ones included.
    Count(u64),
    /// With the last date not after this moment.
    Until(Until),
}

/// The calendar a rule counts its years, months and days in (RSCALE, RFC 7529 §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// The civil calendar.
    #[default]
    Gregorian,
    /// The Chinese lunisolar calendar, where it is known: the lunar years 1900 to 2100.
    Chinese,
}

/// What becomes of a date that a year or a month does not have (SKIP, RFC 7529 §4.1): a leap month that does not come, the
/// 30th of a month of 29 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skip {
    /// It falls out.
    #[default]
    Omit,
    /// The month of the same number without the leap, the last day.
    Backward,
    /// The month after, the first day of the next month.
    Forward,
}

impl Skip {
    /// The RFC's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Omit => "OMIT",
            Self::Backward => "BACKWARD",
            Self::Forward => "FORWARD",
        }
    }
}

/// Days that come by the sun rather than by a count: what `TERM`, `SANFU` and `SANJIU` name, instead of an RRULE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DaySet {
    /// Solar terms: bit i for the term with index i; so many days later (earlier when negative).
    Terms { terms: u32, offset_days: i16 },
    /// 三伏: bits in the order of [`SANFU_CODES`].
    Sanfu(u8),
    /// 三九: bit 0 for the first nine.
    Sanjiu(u8),
}

/// The names of the parts of 三伏 in rules, in order.
pub(super) const SANFU_CODES: [&str; 4] = ["CHU", "ZHONG", "JIAQIANG", "MO"];

/// A checked recurrence rule.
///
/// Made from an RRULE value by [`str::parse`] and written back by `Display`; what lies inside is this room's own
/// business, so that further kinds of rule (lunar months, solar terms) can join without touching anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// In units of the frequency, 1 to [`MOST_PERIODS`].
    pub(super) interval: i64,
    pub(super) end: End,
    /// BYMONTH: bit m for month m, 1 to 12; 0 when absent.
    pub(super) months: u16,
    /// BYWEEKNO, sorted, ±1 to ±53.
    pub(super) week_numbers: Vec<i8>,
    /// BYYEARDAY, sorted, ±1 to ±366.
    pub(super) year_days: Vec<i16>,
    /// BYMONTHDAY counted from the first: bit d-1 for day d.
    pub(super) month_days: u32,
    /// BYMONTHDAY counted from the last: bit n-1 for -n.
    pub(super) month_days_back: u32,
    /// BYDAY without an ordinal: bit 0 for Monday to bit 6 for Sunday.
    pub(super) weekdays: u8,
    /// BYDAY with an ordinal, ±1 to ±53; sorted.
    pub(super) nth_weekdays: Vec<(i8, u8)>,
    /// BYHOUR: bit h; 0 when absent.
    pub(super) hours: u32,
    /// BYMINUTE: bit m; 0 when absent.
    pub(super) minutes: u64,
    /// BYSECOND: bit s, second 60 read as 59; 0 when absent.
    pub(super) seconds: u64,
    /// BYSETPOS, sorted, ±1 to ±366.
    pub(super) set_positions: Vec<i16>,
    /// WKST as days after Monday.
    pub(super) week_start: u8,
    /// RSCALE.
    pub(super) scale: Scale,
    /// SKIP.
    pub(super) skip: Skip,
    /// BYMONTH of leap months (`6L`): bit m for month m.
    pub(super) leap_months: u16,
    /// What stands in place of everything but the end.
    pub(super) set: Option<DaySet>,
}

/// More periods than the calendar has seconds: a larger INTERVAL or COUNT means the same as this one.
pub(super) const MOST_PERIODS: i64 = 1_000_000_000_000;

impl Rule {
    /// A rule without any part.
    pub(super) const fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            end: End::Never,
            months: 0,
            week_numbers: Vec::new(),
            year_days: Vec::new(),
            month_days: 0,
            month_days_back: 0,
            weekdays: 0,
            nth_weekdays: Vec::new(),
            hours: 0,
            minutes: 0,
            seconds: 0,
            set_positions: Vec::new(),
            week_start: 0,
            scale: Scale::Gregorian,
            skip: Skip::Omit,
            leap_months: 0,
            set: None,
        }
    }

    /// Whether every calendar program understands it: an RRULE of RFC 5545 without the extensions of RFC 7529, and no set of
    /// days of the Chinese year.
    pub fn is_plain(&self) -> bool {
        self.scale == Scale::Gregorian && self.skip == Skip::Omit && self.set.is_none()
    }

    /// The unit of repetition; a year for solar terms, 三伏 and 三九.
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every how many units it comes round; at least 1.
    pub const fn interval(&self) -> i64 {
        self.interval
    }

    /// When it ends.
    pub const fn end(&self) -> End {
        self.end
    }

    /// The same rule with another end, for a series that is cut in two or brought to a close.
    #[must_use]
    pub fn ending(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// The plain weekdays of BYDAY, Monday first; those with an ordinal are left out.
    pub fn weekdays(&self) -> impl Iterator<Item = Weekday> + '_ {
        (0..7).filter(|day| self.weekdays & (1 << day) != 0).map(weekday)
    }

    pub(super) fn has_by_month(&self) -> bool {
        (self.months | self.leap_months) != 0
    }

    pub(super) fn has_by_day(&self) -> bool {
        self.weekdays != 0 || !self.nth_weekdays.is_empty()
    }

    pub(super) fn has_by_month_day(&self) -> bool {
        (self.month_days | self.month_days_back) != 0
    }
}

/// The weekday `days_after_monday` days after Monday.
pub(super) fn weekday(days_after_monday: u8) -> Weekday {
    Weekday::Monday.wrapping_add(days_after_monday)
}

/// The two-letter names, Monday first.
pub(super) const WEEKDAY_CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The positions of the bits that are set, lowest first.
pub(super) fn bits(mask: u64) -> impl Iterator<Item = u32> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let bit = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

impl fmt::Display for End {
    /// Writes the part with the semicolon before it; nothing for a rule without end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Never => Ok(()),
            End::Count(count) => write!(f, ";COUNT={count}"),
            End::Until(Until::Date(date)) => write!(f, ";UNTIL={}", date.strftime("%Y%m%d")),
            End::Until(Until::Local(at)) => write!(f, ";UNTIL={}", at.strftime("%Y%m%dT%H%M%S")),
            End::Until(Until::Utc(at)) => write!(f, ";UNTIL={}Z", at.strftime("%Y%m%dT%H%M%S")),
        }
    }
}

impl fmt::Display for DaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |names: Vec<String>| names.join(",");
        match self {
            DaySet::Terms { terms, offset_days } => {
                let codes = SolarTerm::all().filter(|term| terms & (1 << term.index()) != 0);
                write!(f, "TERM={}", joined(codes.map(|term| term.code().to_owned()).collect()))?;
                if *offset_days != 0 {
                    write!(f, ";OFFSET={offset_days}")?;
                }
                Ok(())
            }
            DaySet::Sanfu(parts) => {
                let codes = bits(u64::from(*parts)).map(|part| SANFU_CODES[part as usize].to_owned());
                write!(f, "SANFU={}", joined(codes.collect()))
            }
            DaySet::Sanjiu(parts) => {
                let numbers = bits(u64::from(*parts)).map(|part| (part + 1).to_string());
                write!(f, "SANJIU={}", joined(numbers.collect()))
            }
        }
    }
}

impl fmt::Display for Rule {
    /// Writes the RRULE value, parts in the order of RFC 5545 §3.3.10, lists sorted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(
            f: &mut fmt::Formatter<'_>,
            name: &str,
            items: impl IntoIterator<Item = T>,
        ) -> fmt::Result {
            for (i, item) in items.into_iter().enumerate() {
                if i == 0 {
                    write!(f, ";{name}={item}")?;
                } else {
                    write!(f, ",{item}")?;
                }
            }
            Ok(())
        }

        if let Some(set) = &self.set {
            return write!(f, "{set}{}", self.end);
        }
        match self.scale {
            Scale::Chinese => f.write_str("RSCALE=CHINESE;")?,
            Scale::Gregorian if self.skip != Skip::Omit => f.write_str("RSCALE=GREGORIAN;")?,
            Scale::Gregorian => {}
        }
        write!(f, "FREQ={}{}", self.frequency.name(), self.end)?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        list(f, "BYSECOND", bits(self.seconds))?;
        list(f, "BYMINUTE", bits(self.minutes))?;
        list(f, "BYHOUR", bits(u64::from(self.hours)))?;
        let plain = bits(u64::from(self.weekdays)).map(|day| WEEKDAY_CODES[day as usize].to_owned());
        let nth = self
            .nth_weekdays
            .iter()
            .map(|(n, day)| format!("{n}{}", WEEKDAY_CODES[usize::from(*day)]));
        list(f, "BYDAY", plain.chain(nth))?;
        let back = bits(u64::from(self.month_days_back)).map(|bit| -i64::from(bit) - 1);
        list(
            f,
            "BYMONTHDAY",
            bits(u64::from(self.month_days))
                .map(|bit| i64::from(bit) + 1)
                .chain(back),
        )?;
        list(f, "BYYEARDAY", &self.year_days)?;
        list(f, "BYWEEKNO", &self.week_numbers)?;
        let leap = bits(u64::from(self.leap_months)).map(|month| format!("{month}L"));
        list(
            f,
            "BYMONTH",
            bits(u64::from(self.months)).map(|month| month.to_string()).chain(leap),
        )?;
        list(f, "BYSETPOS", &self.set_positions)?;
        if self.week_start != 0 {
            write!(f, ";WKST={}", WEEKDAY_CODES[usize::from(self.week_start)])?;
        }
        if self.skip != Skip::Omit {
            write!(f, ";SKIP={}", self.skip.name())?;
        }
        Ok(())
    }
}

impl serde::Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
