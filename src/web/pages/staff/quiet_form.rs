//! The quiet hours as a form: rows from and to, and how long news are collected.

use jiff::civil::Time;
use serde::Deserialize;

use super::repeat;
use crate::domain::notification::MOST_RANGES;
use crate::domain::notification_rule::Policy;
use crate::services::FieldError;

/// Empty rows offered for further quiet hours.
const SPARE_ROWS: usize = 2;

/// The quiet hours as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct QuietForm {
    from: Vec<String>,
    to: Vec<String>,
    /// Minutes that news are collected.
    pub(super) digest_minutes: String,
}

/// Ranges of quiet hours, and the minutes that news are collected.
type Typed = (Vec<(Time, Time)>, i32);

impl QuietForm {
    /// The quiet hours that hold.
    pub fn of(policy: &Policy) -> Self {
        let clock = |time: &Time| time.strftime("%H:%M").to_string();
        let ranges = policy.quiet.ranges();
        Self {
            from: ranges.iter().map(|(from, _)| clock(from)).collect(),
            to: ranges.iter().map(|(_, to)| clock(to)).collect(),
            digest_minutes: policy.digest_minutes.to_string(),
        }
    }

    /// The rows as they were typed.
    fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.from.len().max(self.to.len()).min(MOST_RANGES + SPARE_ROWS);
        (0..rows).map(|row| {
            let [from, to] = [&self.from, &self.to].map(|list| list.get(row).map_or("", String::as_str));
            (from, to)
        })
    }

    /// The ranges and the minutes that were typed; rows left empty are none. Errors name the rows as they stand in the form.
    pub fn read(&self) -> Result<Typed, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut ranges = Vec::new();
        for (row, (from, to)) in self.typed().enumerate() {
            if from.trim().is_empty() && to.trim().is_empty() {
                continue;
            }
            let mut time = |field: String, text: &str| {
                let time = repeat::time(text);
                if time.is_none() {
                    wrong.push(FieldError::new(field, "form-time", text));
                }
                time
            };
            let from = time(format!("from_{row}"), from);
            let end = time(format!("to_{row}"), to);
            if from.is_some() && from == end {
                wrong.push(FieldError::new(format!("to_{row}"), "quiet-empty", to));
            }
            ranges.extend(from.zip(end));
        }
        let minutes = repeat::whole_number(&self.digest_minutes).and_then(|number| i32::try_from(number).ok());
        if minutes.is_none() {
            wrong.push(FieldError::new("digest_minutes", "form-number", &self.digest_minutes));
        }
        match minutes {
            Some(minutes) if wrong.is_empty() => Ok((ranges, minutes)),
            _ => Err(wrong),
        }
    }

    /// The rows as they are shown: those that were typed, and empty ones for more.
    pub(super) fn rows(&self) -> Vec<QuietRow> {
        let mut rows: Vec<QuietRow> = self
            .typed()
            .enumerate()
            .map(|(n, (from, to))| QuietRow {
                n,
                from: from.to_owned(),
                to: to.to_owned(),
            })
            .collect();
        let empty = rows
            .iter()
            .rev()
            .take_while(|row| row.from.is_empty() && row.to.is_empty());
        for _ in empty.count()..SPARE_ROWS {
            if rows.len() < MOST_RANGES {
                rows.push(QuietRow {
                    n: rows.len(),
                    from: String::new(),
                    to: String::new(),
                });
            }
        }
        rows
    }
}

/// A row of the quiet hours.
pub(super) struct QuietRow {
    pub n: usize,
    pub from: String,
    pub to: String,
}
