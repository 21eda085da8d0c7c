//! `GET /c/{community}/poster?week=2026-W48&size=a3`: the week to print and hang up. One page always: what does not fit goes to a
//! second sheet, which is a page of its own ([`poster::layout`]).

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::{Date, Time};
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use super::card::person;
use super::on_day::{Slot, next_after_cancelled, slots_on};
use super::week::{bounds, festival_on, range_around};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{day_words, month_day, weekday_short};
use crate::domain::calendar::{DayKind, DayPart, HolidayCalendar, IsoWeek, LunarDate};
use crate::domain::community::Community;
use crate::domain::id::SeriesId;
use crate::domain::lang::Lang;
use crate::domain::planning::{SessionStatus, SignUpMode};
use crate::domain::poster::{self, Entry, Style};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::cache::{Key, Surface};
use crate::web::pages::qr;

/// Make-up working days are told up to so many days after the week.
const MAKE_UP_DAYS: i32 = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    week: Option<String>,
    size: String,
}

/// The page.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let week = super::week::asked_week(asked.week.as_deref()).for_visitor(&visitor)?;
    let is_a4 = asked.size.eq_ignore_ascii_case("a4");
    let surface = if is_a4 { Surface::PosterA4 } else { Surface::PosterA3 };
    let ctx = &web.ctx;
    web.cache
        .respond(ctx, Key::new(&slug, week, &visitor).on(surface), &headers, async || {
            let home = community::find_by_slug(ctx, &slug).await?;
            page(ctx, visitor.words, &home, week, is_a4).await
        })
        .await
        .for_visitor(&visitor)
}

/// One line of the poster.
struct Line {
    class: &'static str,
    before: String,
    clock: String,
    after: String,
    icon: &'static str,
    mark: String,
    tone: &'static str,
    text: Entry,
}

/// The date beside a day.
struct Head {
    class: &'static str,
    number: String,
    name: String,
    note: String,
    is_off: bool,
    /// What the day off, or the working day, is called; nothing for a usual day.
    rest: String,
    /// Which working days make up for days off that go on after the week.
    rest_note: String,
}

/// What stands of a day on one sheet.
struct Part<'a> {
    head: &'a Head,
    lines: &'a [Line],
    is_empty: bool,
    goes_on: bool,
}

#[derive(Template)]
#[template(path = "public/poster.html")]
struct PosterPage<'a> {
    words: Words,
    name: &'a str,
    office: String,
    range: String,
    paper: &'static str,
    style: Style,
    sheets: Vec<Vec<Part<'a>>>,
    is_empty: bool,
    qr: Safe<String>,
    phone: &'a str,
    week_page: String,
    previous: Option<String>,
    next: Option<String>,
    other_size: String,
    is_a4: bool,
}

async fn page(ctx: &Context, words: Words, home: &Community, asked: Option<IsoWeek>, is_a4: bool) -> Result<String> {
    let today = ctx.now().to_zoned(home.zone.clone()).date();
    let this_week = IsoWeek::containing(today);
    let week = asked.unwrap_or(this_week);
    let (first, last) = range_around(this_week);
    if week < first || week > last {
        return Err(Error::not_found("week", week));
    }
    let days = week.days();
    let (from, to) = bounds(home, &days)?;
    schedule::reach(ctx, home, to).await?;
    let sessions = schedule::range(ctx, home.id, from, to).await?;
    let moved_out = schedule::moved_out_of(ctx, home.id, from, to).await?;
    let holidays = ctx.holidays();

    // What is the same every day stands once, above the days.
    let daily = daily_series(&sessions, &days);
    let is_daily = |slot: &Slot| !slot.left && stands_as_usual(slot.view) && daily.contains(&slot.view.series_id);
    let mut heads = Vec::new();
    let mut told: Vec<Vec<Line>> = Vec::new();
    if !daily.is_empty() {
        heads.push(Head::every_day(words, &days, &holidays));
        let mut lines = Vec::new();
        for series in &daily {
            if let Some(view) = sessions
                .iter()
                .find(|view| view.series_id == *series && stands_as_usual(view))
            {
                let slot = Slot {
                    at: &view.starts,
                    view,
                    left: false,
                };
                lines.push(line(words, &slot, week, None));
            }
        }
        told.push(lines);
    }
    for date in days {
        let mut lines = Vec::new();
        for slot in slots_on(&sessions, &moved_out, date) {
            if !is_daily(&slot) {
                let next = next_after_cancelled(ctx, home, slot.view).await?;
                lines.push(line(words, &slot, week, next.as_ref()));
            }
        }
        heads.push(Head::of(words, date, week, &holidays));
        told.push(lines);
    }
    let measured: Vec<poster::Day> = heads
        .iter()
        .zip(&told)
        .map(|(head, lines)| poster::Day {
            rest: format!("{} {}", head.rest, head.rest_note).trim().to_owned(),
            entries: lines.iter().map(|line| line.text.clone()).collect(),
        })
        .collect();
    let layout = poster::layout(&measured);
    let sheets = layout
        .sheets
        .iter()
        .map(|sheet| {
            sheet
                .iter()
                .map(|part| Part {
                    head: &heads[part.day],
                    lines: &told[part.day][part.entries.clone()],
                    is_empty: told[part.day].is_empty() && heads[part.day].rest.is_empty(),
                    goes_on: part.entries.start > 0,
                })
                .collect()
        })
        .collect();
    let link = |week: IsoWeek, a4: bool| {
        let size = if a4 { "a4" } else { "a3" };
        format!("/c/{}/poster?week={week}&size={size}", home.slug)
    };
    let template = PosterPage {
        words,
        name: words.pick(&home.name, &home.name_en),
        office: match words.lang {
            Lang::Zh => format!("{}{} {}", home.district, home.subdistrict, home.name),
            Lang::En => words.pick(&home.name, &home.name_en).to_owned(),
        },
        range: format!("{}—{}", month_day(days[0], words.lang), month_day(days[6], words.lang)),
        paper: if is_a4 { "css/paper-a4.css" } else { "css/paper-a3.css" },
        style: layout.style,
        is_empty: told.iter().all(Vec::is_empty),
        sheets,
        qr: qr::drawing(
            &format!("{}/c/{}", ctx.settings.base_url(), home.slug),
            &words.t("lobby-qr"),
        ),
        phone: &home.phone,
        week_page: format!("/c/{}?week={week}", home.slug),
        previous: (week > first).then(|| link(week.previous(), is_a4)),
        next: (week < last).then(|| link(week.next(), is_a4)),
        other_size: link(week, !is_a4),
        is_a4,
    };
    template
        .render()
        .map_err(|error| Error::Internal(format!("the poster cannot be rendered: {error}")))
}

/// Whether nothing is to be said about a session.
fn stands_as_usual(view: &SessionView) -> bool {
    matches!(view.status, SessionStatus::Scheduled | SessionStatus::Held)
        && view.moved_from.is_none()
        && !view.is_paused()
        && view.topic.as_ref().is_none_or(String::is_empty)
}

/// The series that have a session on every day of the week, and on most of them the usual one at one time and place.
fn daily_series(sessions: &[SessionView], days: &[Date; 7]) -> Vec<SeriesId> {
    let mut daily = Vec::new();
    for first in sessions.iter().filter(|view| stands_as_usual(view)) {
        if daily.contains(&first.series_id) {
            continue;
        }
        let of = |view: &&SessionView| view.series_id == first.series_id;
        let every_day = days.iter().all(|date| {
            sessions
                .iter()
                .filter(of)
                .filter(|view| view.starts.date() == *date)
                .count()
                == 1
        });
        let usual: Vec<&SessionView> = sessions
            .iter()
            .filter(of)
            .filter(|view| stands_as_usual(view))
            .collect();
        let alike = usual
            .iter()
            .all(|view| view.starts.time() == first.starts.time() && view.venue.id == first.venue.id);
        if every_day && alike && usual.len() >= 5 {
            daily.push(first.series_id);
        }
    }
    daily
}

fn line(words: Words, slot: &Slot, week: IsoWeek, next: Option<&Zoned>) -> Line {
    let view = slot.view;
    let lang = words.lang;
    let (before, clock, after) = clock_of(slot.at.time(), lang);
    let venue = match &view.moved_from {
        Some((_, Some(before))) if slot.left => before,
        _ => &view.venue,
    };
    let second = view
        .topic
        .clone()
        .filter(|topic| !topic.is_empty())
        .unwrap_or_else(|| words.pick(&view.programme.slogan, &view.programme.slogan_en).to_owned());
    let who = person(view, words).map(|one| format!("{} {}", one.lead, one.name).trim().to_owned());
    let mut text = Entry {
        title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
        second,
        badge: String::new(),
        venue: words.pick(&venue.name, &venue.name_en).to_owned(),
        detail: match who {
            Some(who) => who,
            None if view.programme.sign_up == SignUpMode::None => words.t("session-just-come"),
            None => String::new(),
        },
        detail_stays: false,
    };
    let day = |date: Date| {
        if week.days().contains(&date) {
            weekday_short(date.weekday(), lang).to_owned()
        } else {
            month_day(date, lang)
        }
    };
    let (mut class, mut icon) = ("", "");
    if slot.left {
        (class, icon) = ("moved gone", "arrow");
        text.badge = words.a("poster-moved-to", "day", day(view.starts.date()));
        let joint = lang.pick(" ", ", ");
        text.detail = format!(
            "{}{joint}{}",
            day(view.starts.date()),
            time_words(view.starts.time(), lang)
        );
        text.detail_stays = true;
    } else if view.is_cancelled() {
        (class, icon) = ("off", "x");
        text.badge = words.t("poster-off");
        text.detail = next.map_or_else(
            || words.t("poster-off-for-now"),
            |next| words.a("poster-next", "when", day_words(next.date(), lang)),
        );
        text.detail_stays = true;
    } else if view.is_paused() {
        (class, icon) = ("off", "x");
        text.badge = words.t("lobby-paused");
    } else if let Some((from, venue)) = &view.moved_from {
        (class, icon) = ("moved", "arrow");
        if from.date() != view.starts.date() {
            text.badge = words.a("poster-moved-from", "day", day(from.date()));
        } else if from.timestamp() != view.starts.timestamp() {
            text.badge = words.t("poster-other-time");
            text.detail = words.a("poster-was", "what", time_words(from.time(), lang));
            text.detail_stays = true;
        } else if let Some(venue) = venue {
            text.badge = words.t("poster-other-place");
            text.detail = words.a("poster-was", "what", words.pick(&venue.name, &venue.name_en));
            text.detail_stays = true;
        }
    } else if view.status == SessionStatus::Provisional {
        (class, icon) = ("provisional", "info");
        text.badge = words.t("poster-provisional");
    }
    Line {
        class,
        before,
        clock,
        after,
        icon,
        mark: venue.mark.clone(),
        tone: venue.tone.as_str(),
        text,
    }
}

/// A time of day as it is set: what stands small before it, the figures, what stands small after it.
pub(super) fn clock_of(time: Time, lang: Lang) -> (String, String, String) {
    let said = time_words(time, lang);
    match lang {
        Lang::Zh => {
            let part = DayPart::of(time).name(lang);
            let clock = said.strip_prefix(part).unwrap_or(&said).to_owned();
            (part.to_owned(), clock, String::new())
        }
        Lang::En => {
            let (clock, part) = said.split_once(' ').unwrap_or((&said, ""));
            (String::new(), clock.to_owned(), part.to_owned())
        }
    }
}

impl Head {
    fn every_day(words: Words, days: &[Date], holidays: &HolidayCalendar) -> Self {
        let has_holiday = days
            .iter()
            .any(|date| matches!(holidays.day(*date), DayKind::Holiday(_)));
        Self {
            class: "daily",
            number: String::new(),
            name: words.t("poster-daily"),
            note: if has_holiday {
                words.t("poster-daily-holiday")
            } else {
                String::new()
            },
            is_off: false,
            rest: String::new(),
            rest_note: String::new(),
        }
    }

    fn of(words: Words, date: Date, week: IsoWeek, holidays: &HolidayCalendar) -> Self {
        let kind = holidays.day(date);
        let is_off = matches!(kind, DayKind::Holiday(_));
        let is_made_up = matches!(kind, DayKind::MakeUpWorkday(_));
        let (rest, rest_note) = match (is_off, is_made_up) {
            (true, _) if date == week.last_day() => off_until(words, date, holidays),
            (true, _) => (words.t("poster-rest"), String::new()),
            (_, true) => (words.t("week-make-up"), String::new()),
            _ => <(String, String)>::default(),
        };
        let note = festival_on(date, words.lang).map_or_else(
            || match words.lang {
                Lang::Zh => LunarDate::from_date(date).words(words.lang),
                Lang::En => month_day(date, words.lang),
            },
            ToOwned::to_owned,
        );
        Self {
            class: if is_off { "rest" } else { "" },
            number: date.day().to_string(),
            name: weekday_short(date.weekday(), words.lang).to_owned(),
            note,
            is_off,
            rest,
            rest_note,
        }
    }
}

/// How the last day of a week is called that is off: until when the days off go on, and which working days make up for them.
fn off_until(words: Words, last_of_week: Date, holidays: &HolidayCalendar) -> (String, String) {
    let mut last = last_of_week;
    while let Ok(next) = last.tomorrow()
        && matches!(holidays.day(next), DayKind::Holiday(_))
    {
        last = next;
    }
    if last == last_of_week {
        return (words.t("poster-rest"), String::new());
    }
    let worked: Vec<String> = (1..=MAKE_UP_DAYS)
        .filter_map(|ahead| last.checked_add(ahead.days()).ok())
        .filter(|date| matches!(holidays.day(*date), DayKind::MakeUpWorkday(_)))
        .map(|date| day_words(date, words.lang))
        .collect();
    let note = if worked.is_empty() {
        String::new()
    } else {
        words.a("poster-worked", "days", worked.join(words.lang.pick("、", ", ")))
    };
    (words.a("poster-rest-until", "day", month_day(last, words.lang)), note)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_off_that_go_on_say_until_when_and_what_is_worked_for_them() {
        let words = Words::new(Lang::Zh);
        let china = HolidayCalendar::china();
        let (until, worked) = off_until(words, date(2023, 10, 1), china);
        assert_eq!(until, "放假到10月6日");
        assert_eq!(worked, "10月7日 周六、10月8日 周日照常上班");
        assert_eq!(off_until(words, date(2026, 11, 29), china).0, "放假");
        let head = Head::of(words, date(2023, 9, 29), IsoWeek::containing(date(2023, 9, 29)), china);
        assert_eq!((head.note.as_str(), head.is_off), ("中秋节", true));
    }
}
