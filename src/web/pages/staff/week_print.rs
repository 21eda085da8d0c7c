//! The week on one sheet of A4, by day or by venue. It is always one sheet: the more there is, the smaller the letters, and what would
//! not be read in columns becomes a list.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;

use super::StaffPage;
use super::columns::day_note;
use super::week::{Place, sessions_of};
use crate::domain::calendar::format::{day_words, month_day, weekday_short};
use crate::domain::calendar::{DayKind, HolidayCalendar};
use crate::domain::community::Venue;
use crate::services::community;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// How many sessions a day's column takes, for each size of letters, largest first.
const BY_DAY: [(usize, &str); 4] = [(5, "f0"), (7, "f1"), (13, "f2"), (19, "f3")];
/// How many lines the rows of all venues take together, for each size of letters.
const BY_VENUE: [(usize, &str); 4] = [(6, "f0"), (12, "f1"), (18, "f2"), (26, "f3")];
/// How many sessions the list takes, for each size of letters.
const LIST: [(usize, &str); 2] = [(150, "l1"), (MOST_LISTED, "l2")];
/// The most that can still be read on one sheet.
const MOST_LISTED: usize = 260;

/// One session on paper.
struct Item {
    clock: String,
    mark: String,
    venue: String,
    outdoor: bool,
    title: String,
    who: String,
    off: bool,
}

/// One day.
struct Day {
    label: String,
    note: String,
    is_off: bool,
    is_made_up: bool,
    items: Vec<Item>,
}

/// One venue with its seven days.
struct Row {
    mark: String,
    name: String,
    outdoor: bool,
    days: Vec<Vec<Item>>,
}

#[derive(Template)]
#[template(path = "staff/week_print.html")]
struct PrintPage<'a> {
    v: &'a Visitor,
    name: &'a str,
    range: String,
    count: String,
    back: String,
    size: &'static str,
    days: Vec<Day>,
    rows: Vec<Row>,
    is_list: bool,
    left_out: usize,
}

fn item(words: Words, session: &SessionView) -> Item {
    Item {
        clock: format!(
            "{}:{:02}—{}:{:02}",
            session.starts.hour(),
            session.starts.minute(),
            session.ends.hour(),
            session.ends.minute()
        ),
        mark: session.venue.mark.clone(),
        venue: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        outdoor: session.venue.outdoor,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        who: session
            .facilitator
            .as_ref()
            .map(|person| words.pick(&person.name, &person.name_en).to_owned())
            .unwrap_or_default(),
        off: session.is_cancelled(),
    }
}

fn day(words: Words, holidays: &HolidayCalendar, date: Date, items: Vec<Item>) -> Day {
    let kind = holidays.day(date);
    Day {
        label: format!(
            "{} {}",
            month_day(date, words.lang),
            weekday_short(date.weekday(), words.lang)
        ),
        note: day_note(words, holidays, date),
        is_off: matches!(kind, DayKind::Holiday(_)),
        is_made_up: matches!(kind, DayKind::MakeUpWorkday(_)),
        items,
    }
}

/// The size of letters for this many; none when there are too many.
fn size_for(count: usize, sizes: &[(usize, &'static str)]) -> Option<&'static str> {
    sizes.iter().find(|(most, _)| count <= *most).map(|(_, size)| *size)
}

/// `GET /staff/week?print=1`.
pub async fn show(web: &Web, page: &StaffPage, place: &Place) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let days = place.week.days();
    let mut sessions = sessions_of(web, page, place.week).await.for_visitor(v)?;
    sessions.retain(|session| {
        days.contains(&session.starts.date()) && place.only.is_none_or(|only| only == session.venue.id)
    });
    let venues: Vec<Venue> = community::venues(&web.ctx, page.community.id).await.for_visitor(v)?;
    let holidays = web.ctx.holidays();
    let of = |date: Date| sessions.iter().filter(move |session| session.starts.date() == date);

    let fullest = days.iter().map(|date| of(*date).count()).max().unwrap_or(0);
    let shown: Vec<&Venue> = venues
        .iter()
        .filter(|venue| place.only.is_none_or(|only| only == venue.id))
        .collect();
    let at = |venue: &Venue, date: Date| -> Vec<&SessionView> {
        of(date).filter(|session| session.venue.id == venue.id).collect()
    };
    let lines: usize = shown
        .iter()
        .map(|venue| days.iter().map(|date| at(venue, *date).len()).max().unwrap_or(0).max(1))
        .sum();
    let columns = if place.by_venue {
        size_for(lines, &BY_VENUE)
    } else {
        size_for(fullest, &BY_DAY)
    };
    let is_list = columns.is_none();
    let left_out = if is_list {
        sessions.len().saturating_sub(MOST_LISTED)
    } else {
        0
    };
    let size = columns
        .or_else(|| size_for(sessions.len(), &LIST))
        .unwrap_or(LIST[LIST.len() - 1].1);
    let mut room = if is_list { MOST_LISTED } else { usize::MAX };
    let by_venue = place.by_venue && !is_list;
    let template = PrintPage {
        v,
        name: words.pick(&page.community.name, &page.community.name_en),
        range: format!("{}—{}", day_words(days[0], words.lang), day_words(days[6], words.lang)),
        count: words.n("board-print-count", sessions.len()),
        back: place.href(),
        size,
        days: days
            .iter()
            .map(|date| {
                let items: Vec<Item> = if by_venue {
                    Vec::new()
                } else {
                    of(*date).take(room).map(|session| item(words, session)).collect()
                };
                room -= items.len();
                day(words, &holidays, *date, items)
            })
            .collect(),
        rows: if by_venue {
            shown
                .iter()
                .map(|venue| Row {
                    mark: venue.mark.clone(),
                    name: words.pick(&venue.name, &venue.name_en).to_owned(),
                    outdoor: venue.outdoor,
                    days: days
                        .iter()
                        .map(|date| {
                            at(venue, *date)
                                .into_iter()
                                .map(|session| item(words, session))
                                .collect()
                        })
                        .collect(),
                })
                .collect()
        } else {
            Vec::new()
        },
        is_list,
        left_out,
    };
    Ok(render(&template))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_get_smaller_with_more_sessions_and_then_it_is_a_list() {
        assert_eq!(size_for(3, &BY_DAY), Some("f0"));
        assert_eq!(size_for(9, &BY_DAY), Some("f2"));
        assert_eq!(size_for(20, &BY_DAY), None);
        assert_eq!(size_for(300, &LIST), None);
    }
}
