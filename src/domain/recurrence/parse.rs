//! Reading an RRULE value (RFC 5545 §3.3.10; `RSCALE` and `SKIP` of RFC 7529).

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};

use super::rule::{DaySet, End, Frequency, MOST_PERIODS, Rule, SANFU_CODES, Scale, Skip, Until, WEEKDAY_CODES};
use crate::domain::calendar::SolarTerm;
use crate::domain::lang::Lang;

/// What a value should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    zh: &'static str,
    en: &'static str,
}

/// Why a text is not a rule this program can expand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no FREQ.
    #[error("FREQ is missing: a rule says at least how often, as in FREQ=WEEKLY")]
    NoFrequency,
    /// The text is longer than any sensible rule.
    #[error("the rule is longer than {LONGEST} characters")]
    TooLong,
    /// Something between two semicolons is not `NAME=VALUE`.
    #[error("{0:?} is not of the form NAME=VALUE")]
    NotAPart(String),
    /// A part with a name RFC 5545 does not know.
    #[error("{0} is not a part of a recurrence rule")]
    UnknownPart(String),
    /// A part is given twice.
    #[error("{0} is given twice")]
    Repeated(String),
    /// A part has a value it cannot have.
    #[error("{part}={value}: expected {}", expected.en)]
    Value {
        /// The part's name.
        part: String,
        /// The value found, or the element of a list.
        value: String,
        /// What would be right.
        expected: Expected,
    },
    /// Two parts, or a part and a frequency, exclude each other.
    #[error("{part} cannot be used {with}")]
    Clash {
        /// The part's name.
        part: &'static str,
        /// What it cannot be used with.
        with: String,
    },
    /// The rule is right, but this program cannot expand it.
    #[error("{part}={value} is not supported")]
    Unsupported {
        /// The part's name.
        part: String,
        /// Its value.
        value: String,
    },
}

impl RuleError {
    /// The stable code programs see: `invalid_rule` or `unsupported_rule`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported_rule",
            _ => "invalid_rule",
        }
    }

    /// What to show the person who typed the rule.
    pub fn words(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::NoFrequency => "规则缺少 FREQ，例如 FREQ=WEEKLY".to_owned(),
            Self::TooLong => format!("规则超过 {LONGEST} 个字符"),
            Self::NotAPart(text) => format!("“{text}”不是“名称=值”的形式"),
            Self::UnknownPart(name) => format!("规则里没有 {name} 这一项"),
            Self::Repeated(name) => format!("{name} 写了两次"),
            Self::Value { part, value, expected } => format!("{part}={value} 不对，应为{}", expected.zh),
            Self::Clash { part, with } => match with.strip_prefix("with ") {
                Some(other) => format!("{part} 不能和 {other} 一起用"),
                None => match with.strip_prefix("without ") {
                    Some("another BY part") => format!("{part} 要和别的 BY… 一起用"),
                    Some(other) => format!("{part} 要和 {other} 一起用"),
                    None => format!("{part} 只能写一种"),
                },
            },
            Self::Unsupported { part, value } => format!("暂不支持 {part}={value}"),
        }
    }
}

/// How far from its term a date may lie.
const MOST_OFFSET_DAYS: i16 = 180;

/// In bytes; every element of every list fits several times over.
const LONGEST: usize = 8192;

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(RuleError::TooLong);
        }
        let upper = text.to_ascii_uppercase();
        let parts = split(&upper)?;
        let find = |name: &str| parts.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);

        // Sets of days of the Chinese year are not RRULEs at all, but are written in the same place.
        if ["TERM", "OFFSET", "SANFU", "SANJIU"]
            .iter()
            .any(|name| find(name).is_some())
        {
            return day_set(&parts);
        }
        // Until FREQ is read.
        let mut rule = Rule::every(Frequency::Daily);
        // What the other parts may say depends on the calendar.
        match find("RSCALE") {
            None if find("SKIP").is_some() => {
                return Err(RuleError::Clash {
                    part: "SKIP",
                    with: "without RSCALE".to_owned(),
                });
            }
            None | Some("GREGORIAN") => {}
            Some("CHINESE") => rule.scale = Scale::Chinese,
            Some(other) => return Err(unsupported("RSCALE", other)),
        }
        for (name, value) in &parts {
            rule.read(name, value)?;
        }
        if find("FREQ").is_none() {
            return Err(RuleError::NoFrequency);
        }
        rule.check()?;
        Ok(rule)
    }
}

impl Rule {
    fn read(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        match name {
            "RSCALE" => {}
            "SKIP" => {
                let known = [Skip::Omit, Skip::Backward, Skip::Forward].into_iter();
                let skip = known.into_iter().find(|skip| skip.name() == value);
                self.skip = skip.ok_or_else(|| {
                    wrong(
                        name,
                        value,
                        Expected {
                            zh: "OMIT、BACKWARD 或 FORWARD",
                            en: "OMIT, BACKWARD or FORWARD",
                        },
                    )
                })?;
            }
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.end = self.ended_by(End::Count(positive(name, value)?.cast_unsigned()))?,
            "UNTIL" => self.end = self.ended_by(End::Until(until(value)?))?,
            "BYSECOND" => {
                for n in list(
                    name,
                    value,
                    0..=60,
                    false,
                    Expected {
                        zh: "0 到 60 的秒数",
                        en: "seconds from 0 to 60",
                    },
                )? {
                    // A leap second is read as the second before it, as §3.3.10 advises.
                    self.seconds |= 1 << n.min(59);
                }
            }
            "BYMINUTE" => {
                for n in list(
                    name,
                    value,
                    0..=59,
                    false,
                    Expected {
                        zh: "0 到 59 的分钟数",
                        en: "minutes from 0 to 59",
                    },
                )? {
                    self.minutes |= 1 << n;
                }
            }
            "BYHOUR" => {
                for n in list(
                    name,
                    value,
                    0..=23,
                    false,
                    Expected {
                        zh: "0 到 23 的小时数",
                        en: "hours from 0 to 23",
                    },
                )? {
                    self.hours |= 1 << n;
                }
            }
            "BYDAY" => {
                for item in value.split(',') {
                    self.read_weekday(item)?;
                }
                self.nth_weekdays.sort_unstable();
                self.nth_weekdays.dedup();
            }
            "BYMONTHDAY" => {
                for n in list(
                    name,
                    value,
                    1..=31,
                    true,
                    Expected {
                        zh: "1 到 31 或 -31 到 -1 的日期",
                        en: "days from 1 to 31 or -31 to -1",
                    },
                )? {
                    if n > 0 {
                        self.month_days |= 1 << (n - 1);
                    } else {
                        self.month_days_back |= 1 << (-n - 1);
                    }
                }
            }
            "BYYEARDAY" => {
                self.year_days = match self.scale {
                    Scale::Gregorian => list(
                        name,
                        value,
                        1..=366,
                        true,
                        Expected {
                            zh: "1 到 366 或 -366 到 -1 的天数",
                            en: "days from 1 to 366 or -366 to -1",
                        },
                    )?,
                    // A lunar year with a leap month has up to 385 days.
                    Scale::Chinese => list(
                        name,
                        value,
                        1..=385,
                        true,
                        Expected {
                            zh: "1 到 385 或 -385 到 -1 的天数",
                            en: "days from 1 to 385 or -385 to -1",
                        },
                    )?,
                };
            }
            "BYWEEKNO" => {
                let numbers = list(
                    name,
                    value,
                    1..=53,
                    true,
                    Expected {
                        zh: "1 到 53 或 -53 到 -1 的周数",
                        en: "weeks from 1 to 53 or -53 to -1",
                    },
                )?;
                self.week_numbers = numbers.into_iter().map(|n| n as i8).collect();
            }
            "BYMONTH" => {
                for item in value.split(',') {
                    let expected = match self.scale {
                        Scale::Gregorian => Expected {
                            zh: "1 到 12 的月份（闰月如 6L 要先写 RSCALE=CHINESE）",
                            en: "months from 1 to 12 (leap months such as 6L need RSCALE=CHINESE)",
                        },
                        Scale::Chinese => Expected {
                            zh: "1 到 12 的月份，或闰月如 6L",
                            en: "months from 1 to 12, or leap months such as 6L",
                        },
                    };
                    let (digits, leap) = item.strip_suffix('L').map_or((item, false), |digits| (digits, true));
                    let month = number(digits, 1..=12, false).filter(|_| !leap || self.scale == Scale::Chinese);
                    let month = month.ok_or_else(|| wrong(name, item, expected))?;
                    if leap {
                        self.leap_months |= 1 << month;
                    } else {
                        self.months |= 1 << month;
                    }
                }
            }
            "BYSETPOS" => {
                self.set_positions = list(
                    name,
                    value,
                    1..=366,
                    true,
                    Expected {
                        zh: "1 到 366 或 -366 到 -1 的序号",
                        en: "positions from 1 to 366 or -366 to -1",
                    },
                )?;
            }
            "WKST" => {
                let day = WEEKDAY_CODES.iter().position(|code| *code == value);
                self.week_start = day.ok_or_else(|| {
                    wrong(
                        name,
                        value,
                        Expected {
                            zh: "MO、TU、WE、TH、FR、SA、SU 之一",
                            en: "one of MO, TU, WE, TH, FR, SA, SU",
                        },
                    )
                })? as u8;
            }
            _ => return Err(RuleError::UnknownPart(shortened(name))),
        }
        Ok(())
    }

    fn ended_by(&self, end: End) -> Result<End, RuleError> {
        if self.end == End::Never {
            Ok(end)
        } else {
            Err(RuleError::Clash {
                part: "COUNT",
                with: "together with UNTIL".to_owned(),
            })
        }
    }

    fn read_weekday(&mut self, item: &str) -> Result<(), RuleError> {
        let error = || {
            wrong(
                "BYDAY",
                item,
                Expected {
                    zh: "星期，如 WE、2TU 或 -1FR",
                    en: "weekdays such as WE, 2TU or -1FR",
                },
            )
        };
        let at = item
            .len()
            .checked_sub(2)
            .filter(|at| item.is_char_boundary(*at))
            .ok_or_else(error)?;
        let (ordinal, code) = item.split_at(at);
        let day = WEEKDAY_CODES
            .iter()
            .position(|known| *known == code)
            .ok_or_else(error)? as u8;
        if ordinal.is_empty() {
            self.weekdays |= 1 << day;
        } else {
            let ordinal = number(ordinal, 1..=53, true).ok_or_else(error)?;
            self.nth_weekdays.push((ordinal as i8, day));
        }
        Ok(())
    }

    /// The combinations RFC 5545 §3.3.10 forbids.
    fn check(&self) -> Result<(), RuleError> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let clash = |part| {
            Err(RuleError::Clash {
                part,
                with: format!("with FREQ={}", self.frequency.name()),
            })
        };
        if self.has_by_month_day() && self.frequency == Weekly {
            return clash("BYMONTHDAY");
        }
        if !self.year_days.is_empty() && matches!(self.frequency, Daily | Weekly | Monthly) {
            return clash("BYYEARDAY");
        }
        if !self.week_numbers.is_empty() && self.frequency != Yearly {
            return clash("BYWEEKNO");
        }
        if !self.nth_weekdays.is_empty() {
            if !matches!(self.frequency, Monthly | Yearly) {
                return clash("BYDAY with a number");
            }
            if !self.week_numbers.is_empty() {
                return Err(RuleError::Clash {
                    part: "BYDAY with a number",
                    with: "with BYWEEKNO".to_owned(),
                });
            }
        }
        let has_another_part = self.has_by_month()
            || !self.week_numbers.is_empty()
            || !self.year_days.is_empty()
            || self.has_by_month_day()
            || self.has_by_day()
            || (u64::from(self.hours) | self.minutes | self.seconds) != 0;
        if !self.set_positions.is_empty() && !has_another_part {
            return Err(RuleError::Clash {
                part: "BYSETPOS",
                with: "without another BY part".to_owned(),
            });
        }
        Ok(())
    }
}

/// Reads `TERM=LIQIU;OFFSET=-3`, `SANFU=CHU,ZHONG,JIAQIANG,MO` or `SANJIU=1,2,3`, each with COUNT or UNTIL if wished.
fn day_set(parts: &[(&str, &str)]) -> Result<Rule, RuleError> {
    let mut rule = Rule::every(Frequency::Yearly);
    let mut set = None;
    let mut offset = None;
    for (name, value) in parts {
        let found = match *name {
            "TERM" => {
                let mut terms = 0;
                for code in value.split(',') {
                    let term: SolarTerm = code.parse().map_err(|_| {
                        wrong(
                            name,
                            code,
                            Expected {
                                zh: "节气的拼音：LICHUN、YUSHUI … DAHAN",
                                en: "solar terms: LICHUN, YUSHUI … DAHAN",
                            },
                        )
                    })?;
                    terms |= 1 << term.index();
                }
                DaySet::Terms { terms, offset_days: 0 }
            }
            "SANFU" => {
                let mut days = 0;
                for code in value.split(',') {
                    let place = SANFU_CODES.iter().position(|known| *known == code);
                    days |= 1
                        << place.ok_or_else(|| {
                            wrong(
                                name,
                                code,
                                Expected {
                                    zh: "CHU、ZHONG、JIAQIANG 或 MO",
                                    en: "CHU, ZHONG, JIAQIANG or MO",
                                },
                            )
                        })?;
                }
                DaySet::Sanfu(days)
            }
            "SANJIU" => {
                let numbers = list(
                    name,
                    value,
                    1..=3,
                    false,
                    Expected {
                        zh: "1、2 或 3",
                        en: "1, 2 or 3",
                    },
                )?;
                DaySet::Sanjiu(numbers.into_iter().fold(0, |days, n| days | 1 << (n - 1)))
            }
            "OFFSET" => {
                let days = number(value, 0..=MOST_OFFSET_DAYS, true);
                offset = Some(days.ok_or_else(|| {
                    wrong(
                        name,
                        value,
                        Expected {
                            zh: "-180 到 180 的天数",
                            en: "days from -180 to 180",
                        },
                    )
                })?);
                continue;
            }
            "COUNT" | "UNTIL" => {
                rule.read(name, value)?;
                continue;
            }
            _ => {
                return Err(RuleError::Clash {
                    part: "TERM, SANFU or SANJIU",
                    with: format!("with {}", shortened(name)),
                });
            }
        };
        if set.replace(found).is_some() {
            return Err(RuleError::Clash {
                part: "TERM, SANFU and SANJIU",
                with: "together".to_owned(),
            });
        }
    }
    rule.set = match (set, offset) {
        (Some(DaySet::Terms { terms, .. }), Some(offset_days)) => Some(DaySet::Terms { terms, offset_days }),
        (set, None) => set,
        (_, Some(_)) => {
            return Err(RuleError::Clash {
                part: "OFFSET",
                with: "without TERM".to_owned(),
            });
        }
    };
    Ok(rule)
}

fn split(text: &str) -> Result<Vec<(&str, &str)>, RuleError> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    if text.is_empty() {
        return Ok(parts);
    }
    for part in text.split(';') {
        let (name, value) = part
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| RuleError::NotAPart(shortened(part)))?;
        if parts.iter().any(|(known, _)| *known == name) {
            return Err(RuleError::Repeated(shortened(name)));
        }
        parts.push((name, value));
    }
    Ok(parts)
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    use Frequency::{Daily, Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};
    [Secondly, Minutely, Hourly, Daily, Weekly, Monthly, Yearly]
        .into_iter()
        .find(|frequency| frequency.name() == value)
        .ok_or_else(|| {
            wrong(
                "FREQ",
                value,
                Expected {
                    zh: "SECONDLY、MINUTELY、HOURLY、DAILY、WEEKLY、MONTHLY 或 YEARLY",
                    en: "SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY",
                },
            )
        })
}

/// A whole number from 1; more digits than matter are read as [`MOST_PERIODS`].
fn positive(name: &str, value: &str) -> Result<i64, RuleError> {
    let error = || {
        wrong(
            name,
            value,
            Expected {
                zh: "1 以上的整数",
                en: "a whole number from 1",
            },
        )
    };
    if !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(error());
    }
    match value.parse::<i64>().unwrap_or(MOST_PERIODS).min(MOST_PERIODS) {
        0 => Err(error()),
        n => Ok(n),
    }
}

/// A comma-separated list, sorted and without repetitions.
fn list(
    name: &str,
    value: &str,
    range: std::ops::RangeInclusive<i16>,
    signed: bool,
    expected: Expected,
) -> Result<Vec<i16>, RuleError> {
    let mut numbers = Vec::new();
    for item in value.split(',') {
        numbers.push(number(item, range.clone(), signed).ok_or_else(|| wrong(name, item, expected))?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// A number of at most three digits whose size lies in the range.
fn number(item: &str, range: std::ops::RangeInclusive<i16>, signed: bool) -> Option<i16> {
    let (sign, digits) = match item.as_bytes().first()? {
        b'-' if signed => (-1, &item[1..]),
        b'+' if signed => (1, &item[1..]),
        _ => (1, item),
    };
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size: i16 = digits.parse().ok()?;
    range.contains(&size).then_some(sign * size)
}

fn until(value: &str) -> Result<Until, RuleError> {
    let error = || {
        wrong(
            "UNTIL",
            value,
            Expected {
                zh: "20260630、20260630T093000 或 20260630T013000Z",
                en: "20260630, 20260630T093000 or 20260630T013000Z",
            },
        )
    };
    let (date, time) = match value.split_once('T') {
        None => (value, None),
        Some((date, time)) => (date, Some(time)),
    };
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    let field = |text: &str| text.parse::<i16>().map_err(|_| error());
    if !digits(date, 8) {
        return Err(error());
    }
    let date =
        Date::new(field(&date[..4])?, field(&date[4..6])? as i8, field(&date[6..])? as i8).map_err(|_| error())?;
    let Some(time) = time else { return Ok(Until::Date(date)) };
    let (time, utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
    if !digits(time, 6) {
        return Err(error());
    }
    let second = field(&time[4..])?.min(if &time[4..] == "60" { 59 } else { 99 });
    let time = Time::new(field(&time[..2])? as i8, field(&time[2..4])? as i8, second as i8, 0).map_err(|_| error())?;
    let at = DateTime::from_parts(date, time);
    Ok(if utc { Until::Utc(at) } else { Until::Local(at) })
}

fn wrong(part: &str, value: &str, expected: Expected) -> RuleError {
    RuleError::Value {
        part: part.to_owned(),
        value: shortened(value),
        expected,
    }
}

fn unsupported(part: &str, value: &str) -> RuleError {
    RuleError::Unsupported {
        part: part.to_owned(),
        value: shortened(value),
    }
}

/// Enough of a text to recognise it in a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests;
