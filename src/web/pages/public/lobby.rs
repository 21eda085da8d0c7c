//! `GET /c/{community}/lobby`: the screen in the lobby. A television shows it all day and nobody touches it.
//!
//! With a script, `?part=list` is fetched on every minute and in between and put in place; without one the page asks the browser to
//! load it again every minute, which is right here and nowhere else: nobody reads on this page, so nobody loses their place. The list
//! turns by itself when it is longer than the screen.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use jiff::civil::{Date, Time};
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use super::card::{Stand, near_day, person, stand};
use super::on_day::{Slot, next_after_cancelled, slots_on};
use super::poster::clock_of;
use super::week::{bounds, coming_festival};
use crate::domain::calendar::LunarDate;
use crate::domain::calendar::day_part::{time_range_words, time_words};
use crate::domain::calendar::format::{day_words, month_day, weekday_short};
use crate::domain::community::Community;
use crate::domain::lang::Lang;
use crate::domain::lobby::{self, Setting};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, community};
use crate::web::Web;
use crate::web::assets;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::cache::{Key, Surface};
use crate::web::pages::qr;

/// How many days ahead the next day with a programme is looked for.
const DAYS_AHEAD: i32 = 7;
/// How many sessions of the next day are named at the foot.
const NAMED_AT_FOOT: usize = 3;
/// What the screen sets its clock by: milliseconds since 1970.
const CLOCK: HeaderName = HeaderName::from_static("x-now");

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    part: String,
}

/// The page, or with `part=list` what changes on it.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let (surface, whole) = match asked.part.as_str() {
        "list" => (Surface::LobbyPart, false),
        _ => (Surface::Lobby, true),
    };
    let key = Key::new(&slug, None, &visitor).on(surface);
    let mut response = web
        .cache
        .respond(ctx, key, &headers, async || {
            let home = community::find_by_slug(ctx, &slug).await?;
            let screen = Screen::now(ctx, &visitor, &home).await?;
            let made = if whole {
                ScreenPage { s: screen }.render()
            } else {
                ScreenPart { s: screen }.render()
            };
            made.map_err(|error| Error::Internal(format!("the lobby screen cannot be rendered: {error}")))
        })
        .await
        .for_visitor(&visitor)?;
    let now = HeaderValue::from(ctx.now().as_millisecond());
    response.headers_mut().insert(CLOCK, now);
    Ok(response)
}

/// A row of the list.
struct Row {
    class: &'static str,
    before: String,
    clock: String,
    after: String,
    title: String,
    is_long: bool,
    mark: String,
    tone: &'static str,
    venue: String,
    who: String,
    /// How it stands: icon and up to two lines.
    icon: &'static str,
    state: Vec<String>,
    /// How many seats are left, in three pieces: the second is set large.
    seats: Vec<String>,
}

/// The card of the next session.
struct Next {
    setting: Setting,
    cap: String,
    wait: String,
    title: String,
    when: String,
    place: String,
    seats: String,
}

/// The next day at the foot.
struct Foot {
    label: String,
    items: Vec<String>,
    more: String,
}

/// Everything on the screen.
struct Screen {
    words: Words,
    name: String,
    heading: String,
    /// What stands above the list when it is not that of today.
    empty: String,
    /// The heading of a list of another day.
    other_day: String,
    day: String,
    lunar: String,
    coming: Option<String>,
    part_before: String,
    clock: String,
    part_after: String,
    parts: String,
    offset_seconds: i32,
    date: Date,
    notice: String,
    small_notice: bool,
    pages: Vec<Vec<Row>>,
    shown: usize,
    next: Option<Next>,
    foot: Option<Foot>,
    phone: String,
    qr: Safe<String>,
    /// The address of what changes.
    part: String,
    /// Changes with the style sheet and the script: a screen that has old ones loads itself again.
    version: String,
}

#[derive(Template)]
#[template(path = "public/lobby.html")]
struct ScreenPage {
    s: Screen,
}

#[derive(Template)]
#[template(path = "public/lobby_part.html")]
struct ScreenPart {
    s: Screen,
}

impl Screen {
    async fn now(ctx: &Context, visitor: &Visitor, home: &Community) -> Result<Self> {
        let words = visitor.words;
        let now = ctx.now().to_zoned(home.zone.clone());
        let today = now.date();
        let days: Vec<Date> = (0..=DAYS_AHEAD)
            .filter_map(|ahead| today.checked_add(ahead.days()).ok())
            .collect();
        let (from, to) = bounds(home, &days)?;
        schedule::reach(ctx, home, to).await?;
        let sessions = schedule::range(ctx, home.id, from, to).await?;
        let moved_out = schedule::moved_out_of(ctx, home.id, from, to).await?;

        let of_today = slots_on(&sessions, &moved_out, today);
        let had_any = !of_today.is_empty();
        let left: Vec<Slot> = of_today.into_iter().filter(|slot| !is_over(slot, &now)).collect();
        // Where today has nothing more, the next day that has something takes the screen.
        let mut later = days
            .iter()
            .skip(1)
            .map(|date| (*date, slots_on(&sessions, &moved_out, *date)))
            .filter(|(_, slots)| !slots.is_empty());
        let (list, other_day) = if left.is_empty() {
            match later.next() {
                Some((date, slots)) => (slots, Some(date)),
                None => (Vec::new(), None),
            }
        } else {
            (left, None)
        };
        let foot = later.next().map(|(date, slots)| foot(words, date, today, &slots));

        let mut rows = Vec::with_capacity(list.len());
        for slot in &list {
            let next = next_after_cancelled(ctx, home, slot.view).await?;
            rows.push(row(words, slot, &now, next.as_ref()));
        }
        let (notice, small_notice) = lobby::notice_height(&home.notice);
        let measured: Vec<lobby::Row> = rows
            .iter()
            .map(|row| lobby::Row {
                title: row.title.clone(),
                venue: row.venue.clone(),
                who: row.who.clone(),
            })
            .collect();
        // The line that says that today has nothing takes the room of a notice.
        let spans = lobby::pages(&measured, notice + if other_day.is_some() { 500 } else { 0 });
        let shown = lobby::page_of_minute(ctx.now().as_second().div_euclid(60), spans.len());
        let mut rows = rows.into_iter();
        let pages = spans
            .into_iter()
            .map(|span| rows.by_ref().take(span.len()).collect())
            .collect();
        let next = sessions
            .iter()
            .find(|view| view.starts > now && !view.is_cancelled() && !view.is_paused());

        let (part_before, clock, part_after) = clock_of(now.time(), words.lang);
        let week = format!("{}/c/{}", ctx.settings.base_url(), home.slug);
        Ok(Self {
            words,
            name: words.pick(&home.name, &home.name_en).to_owned(),
            heading: words.t("lobby-today"),
            empty: match (had_any, other_day) {
                (true, Some(_)) => words.t("lobby-all-over"),
                (false, Some(_)) => words.t("lobby-nothing-today"),
                (_, None) => String::new(),
            },
            other_day: other_day
                .map(|date| words.a("lobby-list-of", "day", day_name(date, today, words)))
                .unwrap_or_default(),
            day: day_words(today, words.lang),
            lunar: lunar(today, words),
            coming: coming_festival(today, words),
            part_before,
            clock,
            part_after,
            parts: parts(words.lang),
            offset_seconds: now.offset().seconds(),
            date: today,
            notice: home.notice.clone(),
            small_notice,
            pages,
            shown,
            next: next.map(|view| next_card(words, view, &now, notice)),
            foot,
            phone: home.phone.clone(),
            qr: qr::drawing(&week, &words.t("lobby-qr")),
            part: format!("/c/{}/lobby?part=list", home.slug),
            version: format!("{} {}", assets::url("css/lobby.css"), assets::url("js/lobby.js")),
        })
    }

    fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }
}

/// A place that a session left is over when the session would have ended.
fn is_over(slot: &Slot, now: &Zoned) -> bool {
    if slot.left {
        let ends = slot.at + (slot.view.ends.timestamp() - slot.view.starts.timestamp());
        return ends <= *now;
    }
    match stand(slot.view, now) {
        Stand::Over => true,
        _ => slot.view.ends <= *now,
    }
}

/// 今天, 明天, 周六.
fn day_name(date: Date, today: Date, words: Words) -> String {
    near_day(date, today, words).unwrap_or_else(|| weekday_short(date.weekday(), words.lang).to_owned())
}

fn lunar(date: Date, words: Words) -> String {
    match words.lang {
        Lang::Zh => words.a("week-lunar", "date", LunarDate::from_date(date).words(words.lang)),
        Lang::En => String::new(),
    }
}

/// The parts of the day with the minute each begins, for the clock that goes on without the server: `0 早上,540 上午`.
fn parts(lang: Lang) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut last = String::new();
    for hour in 0..24_i8 {
        for minute in [0_i8, 30] {
            let (before, _, after) = clock_of(Time::constant(hour, minute, 0, 0), lang);
            let part = format!("{before}{after}");
            if part != last {
                parts.push(format!("{} {part}", i32::from(hour) * 60 + i32::from(minute)));
                last = part;
            }
        }
    }
    parts.join(",")
}

fn row(words: Words, slot: &Slot, now: &Zoned, next: Option<&Zoned>) -> Row {
    let view = slot.view;
    let today = now.date();
    let venue = match &view.moved_from {
        Some((_, Some(before))) if slot.left => before,
        _ => &view.venue,
    };
    let who = person(view, words).map_or_else(String::new, |one| {
        format!("{} {}", one.lead, one.name).trim().to_owned()
    });
    let (before, clock, after) = clock_of(slot.at.time(), words.lang);
    let title = words.pick(&view.programme.title, &view.programme.title_en).to_owned();
    let mut row = Row {
        class: "",
        before,
        clock,
        after,
        is_long: lobby::is_long(&title),
        title,
        mark: venue.mark.clone(),
        tone: venue.tone.as_str(),
        venue: words.pick(&venue.name, &venue.name_en).to_owned(),
        who,
        icon: "",
        state: Vec::new(),
        seats: Vec::new(),
    };
    let two = |one: String, other: String| vec![one, other];
    if slot.left {
        row.class = "moved";
        row.icon = "arrow";
        let day = day_name_or_date(view.starts.date(), today, words);
        row.state = two(
            words.a("lobby-moved", "day", day),
            time_words(view.starts.time(), words.lang),
        );
        return row;
    }
    // Where it stood before, when it came from elsewhere today or from another day.
    if let Some(from) = moved_here(view, words) {
        row.who = from;
    }
    match stand(view, now) {
        Stand::Cancelled => {
            row.class = "off";
            row.icon = "x";
            row.state = vec![words.t("lobby-off")];
            row.state.extend(
                next.map(|next| words.a("lobby-next-date", "day", day_name_or_date(next.date(), today, words))),
            );
        }
        Stand::Paused => {
            row.class = "off";
            row.icon = "x";
            row.state = vec![words.t("lobby-paused")];
        }
        Stand::Now => {
            row.class = "now";
            row.icon = "clock";
            row.state = vec![words.t("session-now")];
        }
        Stand::Over => row.state = vec![words.t("session-over")],
        Stand::JustCome => row.state = vec![words.t("lobby-just-come")],
        Stand::Open(Some(free)) if free > 0 => {
            row.seats = words.n("lobby-left", free).split('|').map(ToOwned::to_owned).collect();
        }
        Stand::Open(_) => row.state = vec![words.t("lobby-open")],
        Stand::Full(_) => {
            row.class = "full";
            row.icon = "queue";
            row.state = two(words.t("lobby-full"), words.t("lobby-queue"));
        }
        Stand::NoQueue => {
            row.class = "full";
            row.icon = "queue";
            row.state = vec![words.t("lobby-full")];
        }
        Stand::NotYet => row.state = vec![words.t("lobby-not-yet")],
        Stand::Closed => row.state = vec![words.t("lobby-closed")],
        Stand::Collecting(_) => row.state = vec![words.t("lobby-collecting")],
    }
    row
}

/// 今天, 明天, 后天; else 10月9日.
fn day_name_or_date(date: Date, today: Date, words: Words) -> String {
    near_day(date, today, words).unwrap_or_else(|| month_day(date, words.lang))
}

/// Where a session stood before it was moved to where it is.
fn moved_here(view: &SessionView, words: Words) -> Option<String> {
    let (before, venue) = view.moved_from.as_ref()?;
    if before.timestamp() == view.starts.timestamp() {
        let venue = venue.as_ref()?;
        return Some(words.a("lobby-was-at", "venue", words.pick(&venue.name, &venue.name_en)));
    }
    let time = time_words(before.time(), words.lang);
    Some(if before.date() == view.starts.date() {
        words.a("lobby-was", "when", time)
    } else {
        words.a(
            "lobby-was",
            "when",
            format!("{} {time}", month_day(before.date(), words.lang)),
        )
    })
}

fn next_card(words: Words, view: &SessionView, now: &Zoned, notice: u32) -> Next {
    let today = now.date();
    let date = view.starts.date();
    // From the minute on the clock beside it, so that both change together.
    let minute_of = |at: &Zoned| at.timestamp().as_second().div_euclid(60);
    let minutes = minute_of(&view.starts) - minute_of(now);
    let wait = match (date == today, minutes) {
        (false, _) => near_day(date, today, words).unwrap_or_else(|| day_words(date, words.lang)),
        (true, ..=0) => words.t("lobby-wait-now"),
        (true, 1..=59) => words.n("lobby-wait-minutes", minutes),
        (true, _) => words.with(
            "lobby-wait-hours",
            [("hours", (minutes / 60).into()), ("minutes", (minutes % 60).into())],
        ),
    };
    let seats = match stand(view, now) {
        Stand::JustCome => words.t("session-just-come"),
        Stand::Open(Some(free)) if free > 0 => words.n("lobby-seats-left", free),
        Stand::Open(_) => words.t("lobby-seats-open"),
        Stand::Full(_) | Stand::Collecting(_) => words.t("lobby-seats-queue"),
        Stand::NoQueue => words.t("session-no-queue"),
        Stand::NotYet => words.t("session-not-yet"),
        Stand::Closed => words.t("session-closed"),
        Stand::Cancelled | Stand::Paused | Stand::Over | Stand::Now => String::new(),
    };
    let card = lobby::Card {
        title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
        when: time_range_words(view.starts.time(), view.ends.time(), words.lang),
        venue: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
        directions: words.pick(&view.venue.directions, &view.venue.directions_en).to_owned(),
        seats,
    };
    let setting = lobby::setting(&card, notice);
    Next {
        place: setting.place(&card, words.lang.pick("，", ", ")),
        setting,
        cap: words.t("lobby-next"),
        wait,
        title: card.title,
        when: card.when,
        seats: if setting.seats { card.seats } else { String::new() },
    }
}

fn foot(words: Words, date: Date, today: Date, slots: &[Slot]) -> Foot {
    let standing: Vec<&Slot> = slots
        .iter()
        .filter(|slot| !slot.left && !slot.view.is_cancelled())
        .collect();
    Foot {
        label: day_name(date, today, words),
        items: standing
            .iter()
            .take(NAMED_AT_FOOT)
            .map(|slot| {
                let programme = &slot.view.programme;
                let title = words.pick(&programme.title, &programme.title_en);
                format!("{} {title}", time_words(slot.at.time(), words.lang))
            })
            .collect(),
        more: match standing.len() {
            0 => words.t("lobby-foot-none"),
            count if count > NAMED_AT_FOOT => words.n("lobby-foot-more", count),
            _ => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_knows_where_the_parts_of_the_day_begin() {
        assert_eq!(parts(Lang::Zh), "0 早上,540 上午,690 中午,780 下午,1080 晚上");
        assert_eq!(parts(Lang::En), "0 am,720 pm");
        let (before, clock, after) = clock_of(Time::constant(8, 10, 0, 0), Lang::Zh);
        assert_eq!((before.as_str(), clock.as_str(), after.as_str()), ("早上", "8:10", ""));
        let (before, clock, after) = clock_of(Time::constant(16, 5, 0, 0), Lang::En);
        assert_eq!((before.as_str(), clock.as_str(), after.as_str()), ("", "4:05", "pm"));
    }
}
