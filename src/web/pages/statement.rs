//! A partner's month as a page shows it: the same for the partner and for staff. Each number opens the sessions behind it.

use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, year_month};
use crate::domain::period::YearMonth;
use crate::services::statement::{Line, Statement, state_key, stood_in_words};
use crate::services::wording::Words;

/// A number that opens the sessions behind it.
pub struct Number {
    /// What it counts.
    pub label: String,
    /// The number with its unit.
    pub text: String,
    /// A second line; may be empty.
    pub note: String,
    /// Where the sessions behind it are.
    pub href: String,
    /// Whether they are shown now.
    pub on: bool,
}

/// One session.
pub struct Row {
    /// Day and time.
    pub when: String,
    /// What and where.
    pub what: String,
    /// Who stood in for whom; may be empty.
    pub stood_in: String,
    /// Called off.
    pub off: bool,
    /// How it stands, or how many came.
    pub count: String,
    /// Satisfaction; may be empty.
    pub answers: String,
}

/// The month.
pub struct Month {
    /// Heading.
    pub title: String,
    /// `2026-10`.
    pub month: String,
    /// The address without a query.
    pub base: String,
    /// The month before, where there is one.
    pub previous: Option<String>,
    /// The month after, where there is one.
    pub next: Option<String>,
    /// The numbers.
    pub numbers: Vec<Number>,
    /// Heading of the list.
    pub listed: String,
    /// The sessions.
    pub rows: Vec<Row>,
    /// Whether anything was there at all.
    pub empty: bool,
}

/// Which sessions a number is about.
fn is_behind(show: &str, line: &Line) -> bool {
    match show {
        "held" | "visits" | "people" => line.held,
        "answers" => line.held && line.answers.count() > 0,
        "off" => line.session.is_cancelled(),
        "stood-in" => !line.stood_in.is_empty(),
        _ => true,
    }
}

impl Month {
    /// The month of a statement at the address `base`; `show` is the number whose sessions are listed, all of them when it is empty.
    pub fn of(words: Words, statement: &Statement, base: String, show: &str) -> Self {
        let figures = &statement.figures;
        let month = statement.month;
        let number = |key: &str, label: &str, text: String, note: String| Number {
            label: words.t(label),
            text,
            note,
            href: format!("{base}?month={month}&show={key}#sessions"),
            on: show == key,
        };
        let satisfaction = match figures.answers.ratio() {
            Some(ratio) => words.n("statement-percent", (ratio * 100.0).round() as i64),
            None => "—".to_owned(),
        };
        let average = figures
            .average()
            .map(|average| words.a("statement-average", "n", format!("{average:.1}")))
            .unwrap_or_default();
        let numbers = vec![
            number(
                "held",
                "statement-number-held",
                words.n("statement-n-sessions", figures.sessions),
                String::new(),
            ),
            number(
                "visits",
                "statement-number-visits",
                words.n("statement-n-visits", figures.visits),
                average,
            ),
            number(
                "people",
                "statement-number-people",
                words.n("statement-n-people", figures.people),
                words.n("statement-unnamed", figures.anonymous_visits),
            ),
            number(
                "answers",
                "statement-number-answers",
                satisfaction,
                words.n("statement-n-answers", figures.answers.count()),
            ),
            number(
                "stood-in",
                "statement-number-stood-in",
                words.n("statement-n-times", statement.stood_in()),
                String::new(),
            ),
            number(
                "off",
                "statement-number-off",
                words.n("statement-n-sessions", statement.cancelled()),
                String::new(),
            ),
        ];
        let rows: Vec<Row> = statement
            .lines
            .iter()
            .filter(|line| is_behind(show, line))
            .map(|line| row(words, line))
            .collect();
        let listed = numbers
            .iter()
            .find(|number| number.on)
            .map_or_else(|| words.t("statement-all"), |number| number.label.clone());
        let beside = |month: Option<YearMonth>| month.map(|month| month.to_string());
        Self {
            title: words.aa(
                "statement-title",
                "partner",
                words.pick(&statement.partner.name, &statement.partner.name_en),
                "month",
                year_month(month.year(), month.month(), words.lang),
            ),
            month: month.to_string(),
            previous: beside(month.previous()),
            next: beside(month.next()),
            listed,
            empty: statement.lines.is_empty(),
            numbers,
            rows,
            base,
        }
    }
}

fn row(words: Words, line: &Line) -> Row {
    let session = &line.session;
    let time = time_range_short(session.starts.time(), session.ends.time(), words.lang);
    Row {
        when: format!("{} {time}", day_words(session.starts.date(), words.lang)),
        what: format!(
            "{}・{}",
            words.pick(&session.programme.title, &session.programme.title_en),
            words.pick(&session.venue.name, &session.venue.name_en)
        ),
        stood_in: line
            .stood_in
            .iter()
            .map(|one| stood_in_words(words, one))
            .collect::<Vec<_>>()
            .join(words.pick("；", "; ")),
        off: session.is_cancelled(),
        count: if line.held {
            words.n("statement-n-visits", session.visits())
        } else {
            words.t(state_key(line))
        },
        answers: match line.answers.ratio() {
            Some(ratio) if line.held => words.with(
                "statement-content-of",
                [
                    ("p", ((ratio * 100.0).round() as i64).into()),
                    ("n", line.answers.count().into()),
                ],
            ),
            _ => String::new(),
        },
    }
}
