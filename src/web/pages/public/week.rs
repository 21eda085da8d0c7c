//! The week of a community on one page: today first, everything below it, nothing hidden.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use super::card::{Card, near_day};
use super::on_day::{next_after_cancelled, slots_on};
use super::shell::Shell;
use crate::domain::calendar::format::{day_words, month_day, month_short, weekday_short};
use crate::domain::calendar::lunar::festival;
use crate::domain::calendar::{DayKind, HolidayCalendar, IsoWeek, LunarDate};
use crate::domain::community::Community;
use crate::domain::lang::Lang;
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::cache::Key;

/// How many weeks back and ahead of today there are pages. Beyond them nothing is planned, and nobody asks.
const WEEKS_AROUND: i32 = 60;
/// How many days ahead the next festival is announced.
const FESTIVAL_DAYS: i32 = 15;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    week: Option<String>,
}

/// The week that an address asks for; none when it asks for none.
///
/// # Errors
/// [`Error::NotFound`] for what is no week.
pub(super) fn asked_week(text: Option<&str>) -> std::result::Result<Option<IsoWeek>, Error> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| Error::not_found("week", text)))
        .transpose()
}

/// `GET /c/{community}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let week = asked_week(asked.week.as_deref()).for_visitor(&visitor)?;
    let key = Key::new(&slug, week, &visitor);
    let ctx = &web.ctx;
    web.cache
        .respond(ctx, key, &headers, async || {
            let home = community::find_by_slug(ctx, &slug).await?;
            page(ctx, &visitor, &home, week).await
        })
        .await
        .for_visitor(&visitor)
}

/// What stands above the days: a leaf of the calendar.
struct Head {
    month: String,
    number: String,
    title: Vec<String>,
    lunar: String,
    coming: Option<String>,
}

/// A day off or a make-up working day.
struct Holiday {
    off: bool,
    text: String,
}

struct Day {
    id: String,
    name: String,
    notes: Vec<String>,
    holiday: Option<Holiday>,
    cards: Vec<Card>,
}

struct Tab {
    href: String,
    label: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "public/week.html")]
struct WeekPage {
    shell: Shell,
    head: Head,
    tabs: Vec<Tab>,
    days: Vec<Day>,
    earlier: Vec<Day>,
    is_empty: bool,
    previous: Option<String>,
    next: Option<String>,
    back_to_now: Option<String>,
    feed: String,
}

/// Renders the page of a week, this one when none is asked for.
pub(super) async fn page(ctx: &Context, visitor: &Visitor, home: &Community, asked: Option<IsoWeek>) -> Result<String> {
    let now = ctx.now().to_zoned(home.zone.clone());
    let today = now.date();
    let this_week = IsoWeek::containing(today);
    let week = asked.unwrap_or(this_week);
    let (first, last) = range_around(this_week);
    if week < first || week > last {
        return Err(Error::not_found("week", week));
    }
    let is_now = week == this_week;
    let days = days_shown(week, is_now.then_some(today));
    let sessions = sessions_of(ctx, home, &days).await?;
    let moved_out = moved_out_of(ctx, home, &days).await?;
    let words = visitor.words;
    let holidays = ctx.holidays();

    let mut shown = Vec::with_capacity(days.len());
    for date in days {
        let cards = cards_of(ctx, home, &sessions, &moved_out, date, &now, words).await?;
        shown.push(day(date, today, is_now, cards, words, &holidays));
    }
    let is_empty = shown.iter().all(|day| day.cards.is_empty());
    let link = |week: IsoWeek| format!("/c/{}?week={week}", home.slug);
    let here = if is_now && asked.is_none() {
        format!("/c/{}", home.slug)
    } else {
        link(week)
    };
    let mut earlier = Vec::new();
    if is_now {
        // Days that are over stand last: nobody looks for them first, and nothing is left out.
        let over = (today - week.first_day()).get_days().unsigned_abs() as usize;
        earlier = shown.drain(..over).filter(|day| !day.cards.is_empty()).collect();
        name_anchors(&mut shown);
    }
    let page = WeekPage {
        head: if is_now {
            head_of_today(today, words)
        } else {
            head_of_week(week, this_week, words)
        },
        tabs: if is_now { tabs(&shown, words) } else { Vec::new() },
        previous: (week > first && asked.is_some()).then(|| link(week.previous())),
        next: (week < last).then(|| link(week.next())),
        back_to_now: (!is_now).then(|| format!("/c/{}", home.slug)),
        feed: format!("/c/{}/calendar.ics", home.slug),
        shell: Shell::of(visitor, home).at(here),
        days: shown,
        earlier,
        is_empty,
    };
    page.render()
        .map_err(|error| Error::Internal(format!("the week page cannot be rendered: {error}")))
}

/// The first and the last week there are pages of.
pub(super) fn range_around(this_week: IsoWeek) -> (IsoWeek, IsoWeek) {
    let shifted = |weeks: i32| IsoWeek::containing(this_week.first_day().saturating_add(weeks.weeks()));
    (shifted(-WEEKS_AROUND), shifted(WEEKS_AROUND))
}

/// The days of a week; on a Sunday tomorrow, too, because people ask for tomorrow.
fn days_shown(week: IsoWeek, today: Option<Date>) -> Vec<Date> {
    let mut days = week.days().to_vec();
    if today == Some(week.last_day()) {
        days.push(week.next().first_day());
    }
    days
}

pub(super) fn bounds(home: &Community, days: &[Date]) -> Result<(jiff::Timestamp, jiff::Timestamp)> {
    let midnight = |date: Date| {
        crate::domain::calendar::resolve(date.to_datetime(jiff::civil::Time::midnight()), &home.zone).timestamp()
    };
    match (days.first(), days.last().and_then(|last| last.tomorrow().ok())) {
        (Some(first), Some(after)) => Ok((midnight(*first), midnight(after))),
        _ => Err(Error::not_found("week", "")),
    }
}

async fn sessions_of(ctx: &Context, home: &Community, days: &[Date]) -> Result<Vec<SessionView>> {
    let (from, to) = bounds(home, days)?;
    schedule::reach(ctx, home, to).await?;
    schedule::range(ctx, home.id, from, to).await
}

async fn moved_out_of(ctx: &Context, home: &Community, days: &[Date]) -> Result<Vec<SessionView>> {
    let (from, to) = bounds(home, days)?;
    schedule::moved_out_of(ctx, home.id, from, to).await
}

/// The cards of a day by time: its sessions, and what is left of those that were moved to another day.
async fn cards_of(
    ctx: &Context,
    home: &Community,
    sessions: &[SessionView],
    moved_out: &[SessionView],
    date: Date,
    now: &Zoned,
    words: Words,
) -> Result<Vec<Card>> {
    let mut cards = Vec::new();
    for slot in slots_on(sessions, moved_out, date) {
        let view = slot.view;
        if slot.left {
            cards.push(Card::ghost(view, slot.at, &home.slug, now.date(), words));
            continue;
        }
        let next = next_after_cancelled(ctx, home, view).await?;
        cards.push(Card::of(view, &home.slug, now, words, next.as_ref()));
    }
    Ok(cards)
}

fn day(date: Date, today: Date, is_now: bool, cards: Vec<Card>, words: Words, calendar: &HolidayCalendar) -> Day {
    let near = near_day(date, today, words).filter(|_| is_now);
    let mut notes = Vec::new();
    if date != today || !is_now {
        notes.push(match near {
            Some(_) => day_words(date, words.lang),
            None => month_day(date, words.lang),
        });
        notes.push(lunar_or_festival(date, words.lang));
    }
    if !cards.is_empty() {
        notes.push(words.n("week-count", cards.len()));
    }
    Day {
        id: format!("d{date}"),
        name: near.unwrap_or_else(|| weekday_short(date.weekday(), words.lang).to_owned()),
        notes,
        holiday: holiday(date, words, calendar),
        cards,
    }
}

/// The anchors that the jumps lead to: today, tomorrow, and whatever comes after.
fn name_anchors(days: &mut [Day]) {
    for (day, id) in days.iter_mut().zip(["today", "tomorrow", "week"]) {
        id.clone_into(&mut day.id);
    }
}

fn tabs(days: &[Day], words: Words) -> Vec<Tab> {
    let tab = |id: &str, key: &str, current: bool| Tab {
        href: format!("#{id}"),
        label: words.t(key),
        current,
    };
    let mut tabs = vec![tab("today", "day-today", true), tab("tomorrow", "day-tomorrow", false)];
    if days.len() > 2 {
        tabs.push(tab("week", "week-this", false));
    } else {
        tabs.push(tab("more", "week-next-short", false));
    }
    tabs
}

fn lunar_or_festival(date: Date, lang: Lang) -> String {
    festival(date, lang).map_or_else(
        || match lang {
            Lang::Zh => format!("农历{}", LunarDate::from_date(date).words(lang)),
            Lang::En => String::new(),
        },
        ToOwned::to_owned,
    )
}

fn head_of_today(today: Date, words: Words) -> Head {
    let lunar = LunarDate::from_date(today).words(words.lang);
    Head {
        month: month_short(today.month(), words.lang).to_owned(),
        number: today.day().to_string(),
        title: vec![
            words.t("day-today"),
            weekday_short(today.weekday(), words.lang).to_owned(),
        ],
        lunar: words.a("week-lunar", "date", lunar),
        coming: coming_festival(today, words),
    }
}

fn head_of_week(week: IsoWeek, this_week: IsoWeek, words: Words) -> Head {
    let key = if week == this_week.next() {
        "week-next"
    } else if week == this_week.previous() {
        "week-last"
    } else {
        "week-number"
    };
    let (first, last) = (week.first_day(), week.last_day());
    Head {
        month: month_short(first.month(), words.lang).to_owned(),
        number: first.day().to_string(),
        title: vec![words.n(key, week.week())],
        lunar: words.aa(
            "week-from-to",
            "from",
            month_day(first, words.lang),
            "to",
            month_day(last, words.lang),
        ),
        coming: None,
    }
}

/// The festival on a date: of the lunar calendar, or one of the three that are always on the same day.
pub(super) fn festival_on(date: Date, lang: Lang) -> Option<&'static str> {
    festival(date, lang).or(match (date.month(), date.day()) {
        (1, 1) => Some(lang.pick("元旦", "New Year's Day")),
        (5, 1) => Some(lang.pick("劳动节", "Labour Day")),
        (10, 1) => Some(lang.pick("国庆节", "National Day")),
        _ => None,
    })
}

pub(super) fn coming_festival(today: Date, words: Words) -> Option<String> {
    (0..=FESTIVAL_DAYS).find_map(|ahead| {
        let date = today.checked_add(ahead.days()).ok()?;
        let name = festival_on(date, words.lang)?;
        Some(match near_day(date, today, words) {
            Some(day) => words.aa("week-festival-near", "day", day, "name", name),
            None => words.with(
                "week-festival-ahead",
                [("n", i64::from(ahead).into()), ("name", name.into())],
            ),
        })
    })
}

/// The English names of the official holidays.
fn holiday_name(name: &str, lang: Lang) -> String {
    const NAMES: [(&str, &str); 7] = [
        ("元旦", "New Year"),
        ("春节", "Spring Festival"),
        ("清明", "Qingming"),
        ("劳动", "Labour Day"),
        ("端午", "Dragon Boat Festival"),
        ("中秋", "Mid-Autumn Festival"),
        ("国庆", "National Day"),
    ];
    if lang == Lang::Zh {
        return name.to_owned();
    }
    let known: Vec<&str> = NAMES
        .iter()
        .filter(|(zh, _)| name.contains(zh))
        .map(|(_, en)| *en)
        .collect();
    if known.is_empty() {
        name.to_owned()
    } else {
        known.join(", ")
    }
}

fn holiday(date: Date, words: Words, calendar: &HolidayCalendar) -> Option<Holiday> {
    match calendar.day(date) {
        DayKind::Holiday(name) => {
            let name = holiday_name(name, words.lang);
            let mut last = date;
            while let Ok(next) = last.tomorrow()
                && matches!(calendar.day(next), DayKind::Holiday(_))
            {
                last = next;
            }
            let text = if last == date {
                words.a("week-holiday", "name", name)
            } else {
                words.aa("week-holiday-until", "name", name, "until", month_day(last, words.lang))
            };
            Some(Holiday { off: true, text })
        }
        DayKind::MakeUpWorkday(_) => Some(Holiday {
            off: false,
            text: words.t("week-make-up"),
        }),
        DayKind::Ordinary => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_next_festival_is_said_as_people_say_it() {
        let words = Words::new(Lang::Zh);
        assert_eq!(
            coming_festival(date(2023, 9, 27), words).as_deref(),
            Some("后天是中秋节")
        );
        assert_eq!(
            coming_festival(date(2026, 12, 20), words).as_deref(),
            Some("再过 12 天是元旦")
        );
        assert_eq!(coming_festival(date(2026, 11, 25), words), None);
    }

    #[test]
    fn a_sunday_shows_tomorrow_although_it_is_another_week() {
        let sunday = date(2026, 11, 29);
        let days = days_shown(IsoWeek::containing(sunday), Some(sunday));
        assert_eq!(days.last(), Some(&date(2026, 11, 30)));
        assert_eq!(days.len(), 8);
    }

    #[test]
    fn a_day_off_says_how_long_and_a_make_up_day_that_work_goes_on() {
        let words = Words::new(Lang::Zh);
        let off = holiday(date(2026, 10, 1), words, HolidayCalendar::china()).unwrap();
        assert!(off.off && off.text.contains("放假到"), "{}", off.text);
        let worked = holiday(date(2026, 10, 10), words, HolidayCalendar::china()).unwrap();
        assert!(!worked.off && worked.text.contains("照常上班"));
    }
}
