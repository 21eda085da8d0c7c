//! Proposals in words: the pattern of their dates, their state, what stands in the way.

use jiff::Zoned;
use jiff::civil::{Date, Weekday};

use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{day_words, moment_words, month_day, weekday_short};
use crate::domain::planning::Clash;
use crate::domain::proposal::{Pace, ProposalStatus};
use crate::services::proposal::{Dates, ProposalView};
use crate::services::wording::Words;

/// A weekday of a simple rule, and how often it comes; none for a rule that says more than that.
pub fn simple_rule(rule: &str) -> Option<(Pace, Weekday, i8)> {
    let mut weekly = false;
    let mut interval = "1";
    let mut day = None;
    for part in rule.split(';') {
        match part.split_once('=')? {
            ("FREQ", "WEEKLY") => weekly = true,
            ("FREQ", "MONTHLY") | ("COUNT" | "UNTIL" | "WKST", _) => {}
            ("INTERVAL", value) => interval = value,
            ("BYDAY", value) => day = Some(value),
            _ => return None,
        }
    }
    let day = day?;
    let (nth, code) = day.split_at_checked(day.len().checked_sub(2)?)?;
    let weekday = [
        ("MO", Weekday::Monday),
        ("TU", Weekday::Tuesday),
        ("WE", Weekday::Wednesday),
        ("TH", Weekday::Thursday),
        ("FR", Weekday::Friday),
        ("SA", Weekday::Saturday),
        ("SU", Weekday::Sunday),
    ]
    .into_iter()
    .find(|(known, _)| *known == code)?
    .1;
    match (weekly, interval, nth) {
        (true, "1", "") => Some((Pace::Weekly, weekday, 0)),
        (true, "2", "") => Some((Pace::Fortnightly, weekday, 0)),
        (false, "1", nth) => {
            let nth: i8 = nth.parse().ok()?;
            matches!(nth, 1..=4 | -1).then_some((Pace::Monthly, weekday, nth))
        }
        _ => None,
    }
}

/// How often, in words: `每周二`, `every month on the 2nd Tue`; nothing for a single date or a rule that says more.
pub fn pace_words(words: Words, rule: Option<&str>) -> Option<String> {
    let (pace, weekday, nth) = simple_rule(rule?)?;
    let day = weekday_short(weekday, words.lang);
    Some(match pace {
        Pace::Weekly => words.a("partner-every-week", "day", day),
        Pace::Fortnightly => words.a("partner-every-other-week", "day", day),
        Pace::Monthly | Pace::Once => {
            let nth = words.t(&format!("partner-nth-{}", if nth < 0 { 5 } else { nth }));
            words.aa("partner-every-month", "nth", nth, "day", day)
        }
    })
}

/// The pattern of a proposal's dates with the time of day: `每周二 上午9:00`, `10月12日 周四 上午9:30`.
pub fn pattern_words(words: Words, view: &ProposalView) -> String {
    let offer = &view.proposal.offer;
    match pace_words(words, offer.rule.as_deref()) {
        Some(pace) => format!("{pace} {}", time_words(offer.starts.time(), words.lang)),
        None => {
            let first = view.dates.starts.first().copied().unwrap_or(offer.starts);
            moment_words(first, words.lang)
        }
    }
}

/// From when on and how many times: `10月10日起，共 8 次`; nothing for a single date.
pub fn span_words(words: Words, dates: &Dates) -> String {
    match dates.starts.first() {
        Some(first) if dates.starts.len() > 1 => {
            let from = month_day(first.date(), words.lang);
            let key = if dates.more {
                "partner-from-many"
            } else {
                "partner-from-times"
            };
            words.aa(key, "from", from, "n", dates.starts.len())
        }
        _ => String::new(),
    }
}

/// Tag class, icon and words of a state.
pub fn status_tag(words: Words, status: ProposalStatus) -> (&'static str, &'static str, String) {
    let (class, icon) = match status {
        ProposalStatus::Submitted => ("wait", "queue"),
        ProposalStatus::ChangesRequested => ("info", "repeat"),
        ProposalStatus::Approved => ("ok", "check"),
        ProposalStatus::Declined => ("bad", "x"),
        ProposalStatus::Withdrawn | ProposalStatus::Lapsed => ("", "undo"),
    };
    let key = status.as_str().replace('_', "-");
    (class, icon, words.t(&format!("partner-status-{key}")))
}

/// A moment as people say it: today and tomorrow by their names.
pub fn near_words(words: Words, at: &Zoned, today: Date) -> String {
    let days = today.until(at.date()).map_or(i32::MAX, |span| span.get_days());
    let time = time_words(at.time(), words.lang);
    let gap = if words.is_en() { " " } else { "" };
    match days {
        0 => format!("{}{gap}{time}", words.t("partner-today")),
        1 => format!("{}{gap}{time}", words.t("partner-tomorrow")),
        _ => moment_words(at.datetime(), words.lang),
    }
}

/// What stands in the way of one date, with that date: `12月8日 周二：反诈课在用`.
pub fn clash_words(words: Words, clash: &Clash) -> String {
    let why = match clash {
        Clash::Venue { title, .. } | Clash::Facilitator { title, .. } if title.is_empty() => {
            words.t("partner-clash-held")
        }
        Clash::Venue { title, .. } => words.a("partner-clash-venue", "title", title),
        Clash::Facilitator { title, .. } => words.a("partner-clash-facilitator", "title", title),
        Clash::Closed { .. } => words.t("partner-clash-closed"),
        Clash::Capacity { seats, .. } => words.a("partner-clash-capacity", "seats", seats),
        Clash::Closure { reason, .. } => words.a("partner-clash-closure", "reason", words.in_brackets(reason)),
        Clash::Frozen { .. } => words.t("partner-clash-frozen"),
        Clash::Licence { expires_on, paper, .. } => words.a(
            &format!("partner-clash-{paper}"),
            "date",
            month_day(*expires_on, words.lang),
        ),
    };
    match clash.wanted_at() {
        Some(at) => words.aa("partner-clash-on", "date", day_words(at.date(), words.lang), "why", why),
        None => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;

    #[test]
    fn rules_of_the_form_are_said_in_words_and_others_are_left_alone() {
        let say = |rule: &str| pace_words(Words::new(Lang::Zh), Some(rule));
        assert_eq!(say("FREQ=WEEKLY;BYDAY=TU;COUNT=8").as_deref(), Some("每周二"));
        assert_eq!(
            say("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=8").as_deref(),
            Some("隔周周二")
        );
        assert_eq!(say("FREQ=MONTHLY;BYDAY=2TU;COUNT=8").as_deref(), Some("每月第二个周二"));
        assert_eq!(say("FREQ=MONTHLY;BYDAY=-1TU").as_deref(), Some("每月最后一个周二"));
        for other in [
            "FREQ=WEEKLY;BYDAY=MO,TU",
            "FREQ=DAILY;COUNT=3",
            "FREQ=WEEKLY;BYDAY=2TU",
            "x",
            "FREQ=WEEKLY;BYDAY=周",
        ] {
            assert_eq!(say(other), None, "{other}");
        }
    }
}
