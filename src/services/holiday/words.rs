//! What a notice does, in lines that a page and the terminal show alike.

use jiff::Zoned;

use super::diff::{CommunityChanges, Item, Kind, SeriesChanges};
use super::{Error, Import};
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::planning::holidays::DayChange;
use crate::services::wording::Words;

/// What is wrong with a notice, one line each.
pub fn problems(words: Words, error: &Error) -> Option<Vec<String>> {
    match error {
        Error::Invalid(fields) => Some(fields.iter().map(|field| words.field_error(field)).collect()),
        _ => None,
    }
}

fn moment(words: Words, at: &Zoned) -> String {
    // The years meet here: a moment alone does not say which.
    format!("{} {}", at.year(), moment_words(at.datetime(), words.lang))
}

/// One date of a series.
pub fn item(words: Words, item: &Item) -> String {
    let from = item.from.as_ref().map(|at| moment(words, at)).unwrap_or_default();
    let to = item.to.as_ref().map(|at| moment(words, at)).unwrap_or_default();
    let key = match item.kind {
        Kind::Conflict if item.clashes.is_empty() => "holiday-item-late".to_owned(),
        Kind::Conflict if item.from.is_none() => "holiday-item-conflict-new".to_owned(),
        kind => format!("holiday-item-{}", kind.as_str()),
    };
    let mut line = words.with(
        &key,
        [
            ("from", from.into()),
            ("to", to.into()),
            ("holiday", item.holiday.clone().into()),
        ],
    );
    for clash in &item.clashes {
        line.push_str(words.pick("；", "; "));
        line.push_str(&words.clash(clash));
    }
    if item.kind == Kind::Conflict && !item.clashes.is_empty() {
        let nearest = item.nearest.as_ref().map(|at| moment(words, at));
        line.push_str(words.pick("；", "; "));
        line.push_str(&match nearest {
            Some(at) => words.a("holiday-nearest", "at", at),
            None => words.t("holiday-nearest-none"),
        });
    }
    line
}

/// The name of a series.
pub fn title(words: Words, series: &SeriesChanges) -> &str {
    words.pick(&series.title, &series.title_en)
}

/// How many dates of each kind, in words; empty when there are none.
pub fn counts(words: Words, count: impl Fn(Kind) -> usize) -> String {
    let said: Vec<String> = Kind::ALL
        .into_iter()
        .filter(|kind| count(*kind) > 0)
        .map(|kind| words.n(&format!("holiday-count-{}", kind.as_str()), count(kind)))
        .collect();
    said.join(words.pick("，", ", "))
}

/// One day of the calendar that is not as before.
pub fn day(words: Words, day: &DayChange) -> String {
    let kind = |day: &Option<(bool, String)>| match day {
        Some((true, name)) => words.a("holiday-day-off", "name", name),
        Some((false, name)) => words.a("holiday-day-worked", "name", name),
        None => words.t("holiday-day-plain"),
    };
    let date = full_date(day.date, words.lang);
    match (&day.before, &day.after) {
        (None, after) => format!("{date} {}", kind(after)),
        (before, after) => words.with(
            "holiday-day-changed",
            [
                ("date", date.into()),
                ("before", kind(before).into()),
                ("after", kind(after).into()),
            ],
        ),
    }
}

/// The years of a notice.
pub fn years(words: Words, import: &Import) -> String {
    let years: Vec<String> = import.years.iter().map(ToString::to_string).collect();
    years.join(words.pick("、", ", "))
}

/// One community in one line.
pub fn community(words: Words, changes: &CommunityChanges) -> String {
    let counts = counts(words, |kind| changes.count(kind));
    if counts.is_empty() {
        return words.t("holiday-nothing-here");
    }
    format!(
        "{counts}{}{}",
        words.pick("，", ", "),
        words.n("holiday-people", changes.people_to_tell)
    )
}

/// Everything, as lines of plain text.
pub fn text(words: Words, import: &Import) -> Vec<String> {
    let mut lines = vec![words.a("holiday-text-title", "years", years(words, import))];
    if import.days.is_empty() {
        lines.push(words.t("holiday-days-none"));
    } else {
        lines.push(words.n("holiday-days", import.days.len()));
        lines.extend(import.days.iter().map(|one| format!("  {}", day(words, one))));
    }
    for changes in &import.communities {
        lines.push(String::new());
        let name = words.pick(&changes.home.name, &changes.home.name_en);
        lines.push(format!("{name}{}{}", words.pick("：", ": "), community(words, changes)));
        for series in &changes.series {
            lines.push(format!("  {}", title(words, series)));
            lines.extend(series.items.iter().map(|one| format!("    {}", item(words, one))));
        }
    }
    lines.push(String::new());
    lines.push(words.t(match (import.is_empty(), import.applied) {
        (true, _) => "holiday-text-same",
        (false, true) => "holiday-text-applied",
        (false, false) => "holiday-text-dry-run",
    }));
    lines
}
