//! One line of the `expand` command: a recurrence and a window as JSON in, its occurrences as JSON out.
//!
//! Input: `{"id":"a","dtstart":"2026-01-07T09:30:00","tzid":"Asia/Shanghai","rule":"FREQ=WEEKLY;BYDAY=WE","rdate":[],
//! "exdate":[],"from":"2026-01-01T00:00:00","to":"2027-01-01T00:00:00","limit":1000,"holiday_policy":"hold"}`.
//! Output: `{"id":"a","occurrences":["2026-01-07T09:30:00+08:00",…]}`, or
//! `{"id":"a","error":{"code":"invalid_rule","message":"…"}}` with `"id":null` where the id could not be read.
//!
//! A line that is wrong is answered, never passed on as a failure, so that one bad line never stops the rest.

use std::fmt;

use jiff::Zoned;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calendar::{HolidayCalendar, parse_zone};
use super::recurrence::{HolidayPolicy, MOST_OCCURRENCES, Recurrence, Rule, Window};

/// How many extra or excluded dates a line may list.
const MOST_DATES: usize = 100_000;

/// Without a `limit` a line is answered with at most so many occurrences.
const DEFAULT_LIMIT: u64 = 1000;

/// A line as it comes. Fields that can be wrong in themselves are read afterwards, to name what is wrong.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default)]
    id: Value,
    dtstart: String,
    tzid: String,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    rdate: Option<Vec<String>>,
    #[serde(default)]
    exdate: Option<Vec<String>>,
    from: String,
    to: String,
    #[serde(default)]
    limit: Option<u64>,
    #[serde(default, borrow)]
    holiday_policy: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Occurrences(Vec<String>),
    Error(Refusal),
}

#[derive(Serialize)]
struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

/// Answers one line of `expand`; the answer is one line without its end.
///
/// Codes: `invalid_json`, `invalid_dtstart`, `unknown_zone`, `invalid_rule`, `unsupported_rule`, `invalid_rdate`,
/// `invalid_exdate`, `invalid_window`, `invalid_holiday_policy`, `too_costly`.
///
/// # Panics
/// Never: text, numbers and lists of text always can be written as JSON.
pub fn expand_line(line: &str, holidays: &HolidayCalendar) -> String {
    let (id, outcome) = match serde_json::from_str::<Request>(line) {
        Ok(request) => {
            let outcome = expand(&request, holidays).map_or_else(Outcome::Error, Outcome::Occurrences);
            (request.id, outcome)
        }
        Err(error) => {
            let id = serde_json::from_str::<Value>(line)
                .ok()
                .and_then(|value| value.get("id").cloned());
            let refusal = Refusal::new("invalid_json", format_args!("the line cannot be read: {error}"));
            (id.unwrap_or(Value::Null), Outcome::Error(refusal))
        }
    };
    serde_json::to_string(&Answer { id, outcome }).expect("an answer is plain text")
}

fn expand(request: &Request, holidays: &HolidayCalendar) -> Result<Vec<String>, Refusal> {
    let start = local_time("dtstart", &request.dtstart).map_err(|why| Refusal::new("invalid_dtstart", why))?;
    let zone = parse_zone(&request.tzid).map_err(|why| Refusal::new("unknown_zone", why))?;
    let rule = match request.rule.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(text) => Some(text.parse::<Rule>().map_err(|why| Refusal::new(why.code(), why))?),
    };
    let extra = dates("rdate", request.rdate.as_deref()).map_err(|why| Refusal::new("invalid_rdate", why))?;
    let excluded = dates("exdate", request.exdate.as_deref()).map_err(|why| Refusal::new("invalid_exdate", why))?;
    let invalid_window = |why| Refusal::new("invalid_window", why);
    let from = local_time("from", &request.from).map_err(invalid_window)?;
    let to = local_time("to", &request.to).map_err(invalid_window)?;
    if to < from {
        return Err(Refusal::new("invalid_window", "the window ends before it begins"));
    }
    let holiday_policy = match request.holiday_policy.as_deref() {
        None => HolidayPolicy::Hold,
        Some(name) => name
            .parse()
            .map_err(|why| Refusal::new("invalid_holiday_policy", why))?,
    };
    let limit = usize::try_from(request.limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or(usize::MAX);
    let recurrence = Recurrence {
        start,
        zone,
        rule,
        extra,
        excluded,
        holiday_policy,
    };
    let expansion = recurrence
        .occurrences(Window { from, to }, limit, holidays)
        .map_err(|why| Refusal::new(why.code(), why))?;
    if expansion.truncated && expansion.occurrences.len() < limit {
        // Fewer than asked for although there are more: better no answer than one that looks whole.
        let message =
            format!("more than {MOST_OCCURRENCES} occurrences, or too many steps to find them: narrow the window");
        return Err(Refusal::new("too_costly", message));
    }
    Ok(expansion
        .occurrences
        .iter()
        .map(|occurrence| rfc_3339(&occurrence.starts))
        .collect())
}

fn dates(field: &'static str, texts: Option<&[String]>) -> Result<Vec<DateTime>, String> {
    let texts = texts.unwrap_or_default();
    if texts.len() > MOST_DATES {
        return Err(format!("{field} lists more than {MOST_DATES} dates"));
    }
    texts.iter().map(|text| local_time(field, text)).collect()
}

/// Reads `2026-01-07T09:30:00`: digits only, whole seconds, no offset; the seconds may be left out.
fn local_time(field: &'static str, text: &str) -> Result<DateTime, String> {
    let shape_fits = match text.len() {
        16 | 19 => text.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        }),
        _ => false,
    };
    // The parser reads a 60th second as the 59th, which would hide a mistake.
    let leap_second = text.get(17..) == Some("60");
    let at = if shape_fits && !leap_second {
        text.parse::<DateTime>().ok()
    } else {
        None
    };
    at.filter(|at| at.date() >= Date::constant(1, 1, 1)).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("{field} {shown:?} is not a local time of the form 2026-01-07T09:30:00")
    })
}

/// `2026-01-07T09:30:00+08:00`.
fn rfc_3339(at: &Zoned) -> String {
    let local = at.datetime();
    let offset = at.offset().seconds();
    // Before zones were standardised offsets had seconds, which RFC 3339 cannot say; they are rounded off.
    let minutes = offset.abs() / 60;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        if offset < 0 { '-' } else { '+' },
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(line: &str) -> String {
        expand_line(line, HolidayCalendar::china())
    }

    fn line(changes: &[(&str, &str)]) -> String {
        let mut fields: std::collections::BTreeMap<&str, &str> = [
            ("id", r#""a""#),
            ("dtstart", r#""2026-01-07T09:30:00""#),
            ("tzid", r#""Asia/Shanghai""#),
            ("rule", r#""FREQ=WEEKLY;BYDAY=WE""#),
            ("from", r#""2026-01-01T00:00:00""#),
            ("to", r#""2026-02-01T00:00:00""#),
        ]
        .into();
        fields.extend(changes.iter().copied());
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!(r#""{name}":{value}"#))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    #[test]
    fn the_example_of_the_contract_is_answered() {
        let all = answer(
            r#"{"id":"a","dtstart":"2026-01-07T09:30:00","tzid":"Asia/Shanghai","rule":"FREQ=WEEKLY;BYDAY=WE","rdate":[],"exdate":[],"from":"2026-01-01T00:00:00","to":"2026-01-22T00:00:00","limit":1000,"holiday_policy":"hold"}"#,
        );
        assert_eq!(
            all,
            r#"{"id":"a","occurrences":["2026-01-07T09:30:00+08:00","2026-01-14T09:30:00+08:00","2026-01-21T09:30:00+08:00"]}"#
        );
    }

    #[test]
    fn limits_dates_and_policies_are_taken_from_the_line() {
        let table = [
            (line(&[("limit", "1")]), r#"["2026-01-07T09:30:00+08:00"]"#),
            (line(&[("limit", "0")]), "[]"),
            (
                line(&[("from", r#""2026-01-07T09:30""#), ("to", r#""2026-01-14T09:30:00""#)]),
                r#"["2026-01-07T09:30:00+08:00"]"#,
            ),
            (line(&[("to", r#""2026-01-01T00:00:00""#)]), "[]"),
            (
                line(&[
                    ("rule", "null"),
                    ("rdate", r#"["2026-01-03T08:00:00"]"#),
                    ("exdate", r#"["2026-01-07T09:30:00"]"#),
                ]),
                r#"["2026-01-03T08:00:00+08:00"]"#,
            ),
            (
                line(&[
                    ("dtstart", r#""2026-01-01T09:30:00""#),
                    ("rule", r#""FREQ=DAILY;COUNT=2""#),
                    ("holiday_policy", r#""skip""#),
                ]),
                "[]",
            ),
            (
                line(&[
                    ("dtstart", r#""2026-01-01T09:30:00""#),
                    ("rule", r#""""#),
                    ("holiday_policy", r#""next_workday""#),
                ]),
                r#"["2026-01-04T09:30:00+08:00"]"#,
            ),
            (
                line(&[("tzid", r#""America/New_York""#), ("limit", "1")]),
                r#"["2026-01-07T09:30:00-05:00"]"#,
            ),
        ];
        for (line, occurrences) in table {
            assert_eq!(
                answer(&line),
                format!(r#"{{"id":"a","occurrences":{occurrences}}}"#),
                "{line}"
            );
        }
    }

    #[test]
    fn the_id_comes_back_as_it_was() {
        for id in ["7", "null", r#""诗""#, r#"{"a":[1,2.5]}"#] {
            assert!(
                answer(&line(&[("id", id)])).starts_with(&format!(r#"{{"id":{id},"occurrences":["#)),
                "{id}"
            );
        }
    }

    #[test]
    fn a_wrong_line_is_answered_with_a_code_and_its_id_where_there_is_one() {
        let quoted = |text: &str| format!("\"{text}\"");
        let table = [
            (String::new(), "null", "invalid_json"),
            ("nonsense".to_owned(), "null", "invalid_json"),
            ("[]".to_owned(), "null", "invalid_json"),
            (r#"{"id":"a"}"#.to_owned(), r#""a""#, "invalid_json"),
            (r#"{"id":5,"dtstart":7}"#.to_owned(), "5", "invalid_json"),
            (line(&[("limit", "-1")]), r#""a""#, "invalid_json"),
            (
                line(&[("dtstart", &quoted("2026-02-30T09:30:00"))]),
                r#""a""#,
                "invalid_dtstart",
            ),
            (
                line(&[("dtstart", &quoted("2026-01-07T09:30:00Z"))]),
                r#""a""#,
                "invalid_dtstart",
            ),
            (
                line(&[("dtstart", &quoted("2026-01-07T09:30:60"))]),
                r#""a""#,
                "invalid_dtstart",
            ),
            (line(&[("dtstart", &quoted("2026-01-07"))]), r#""a""#, "invalid_dtstart"),
            (line(&[("tzid", &quoted("Asia/Xuchang"))]), r#""a""#, "unknown_zone"),
            (
                line(&[("rule", &quoted("FREQ=WEEKLY;INTERVAL=0"))]),
                r#""a""#,
                "invalid_rule",
            ),
            (
                line(&[("rule", &quoted("RSCALE=HEBREW;FREQ=YEARLY"))]),
                r#""a""#,
                "unsupported_rule",
            ),
            (line(&[("rdate", r#"["x"]"#)]), r#""a""#, "invalid_rdate"),
            (line(&[("exdate", r#"["2026-01-07"]"#)]), r#""a""#, "invalid_exdate"),
            (line(&[("from", &quoted("tomorrow"))]), r#""a""#, "invalid_window"),
            (
                line(&[("to", &quoted("2025-01-01T00:00:00"))]),
                r#""a""#,
                "invalid_window",
            ),
            (
                line(&[("holiday_policy", &quoted("guess"))]),
                r#""a""#,
                "invalid_holiday_policy",
            ),
            (
                line(&[
                    ("rule", &quoted("FREQ=SECONDLY")),
                    ("limit", "1000000"),
                    ("to", &quoted("2027-01-01T00:00:00")),
                ]),
                r#""a""#,
                "too_costly",
            ),
        ];
        for (line, id, code) in table {
            let answer = answer(&line);
            assert!(
                answer.starts_with(&format!(r#"{{"id":{id},"error":{{"code":"{code}","message":""#)),
                "{line}: {answer}"
            );
        }
    }

    #[test]
    fn offsets_from_before_standard_time_are_written_in_whole_minutes() {
        let early = line(&[
            ("dtstart", r#""1890-01-01T09:30:00""#),
            ("rule", "null"),
            ("from", r#""1890-01-01T00:00:00""#),
        ]);
        assert_eq!(
            answer(&early),
            r#"{"id":"a","occurrences":["1890-01-01T09:30:00+08:05"]}"#
        );
    }
}
