//! The first page of the day: what is on and the one act each session wants, what waits for somebody, and the days ahead.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use super::StaffPage;
use super::needs::{self, Need};
use super::told::numbers;
use crate::domain::calendar::day_part::DayPart;
use crate::domain::calendar::format::{day_words, moment_words, weekday_short};
use crate::domain::calendar::lunar::festival;
use crate::domain::calendar::{DayKind, HolidayCalendar, LunarDate};
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::planning::{Counting, SessionStatus, SignUpMode};
use crate::services::notification::tally;
use crate::services::schedule;
use crate::services::schedule::SessionView;
use crate::services::service_report;
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::{render, service};

/// The days of the strip.
const DAYS_AHEAD: i32 = 9;
/// A day off this many days away is worth a word under the date.
const DAYS_NOTICE: i32 = 14;
/// How many sessions lately without a count are listed.
const DAYS_BACK: i32 = 14;

struct Tag {
    kind: &'static str,
    icon: &'static str,
    text: String,
}

struct Link {
    href: String,
    text: String,
    main: bool,
}

struct Card {
    class: &'static str,
    part: &'static str,
    clock: String,
    mark: String,
    tone: &'static str,
    title: String,
    href: String,
    tag: Option<Tag>,
    line: String,
    action: Option<Link>,
    said: String,
    /// How many people know of what changed; empty when nobody has to be told.
    told: String,
}

struct StripDay {
    class: String,
    href: String,
    number: i8,
    first: String,
    second: String,
}

#[derive(Template)]
#[template(path = "staff/today.html")]
struct TodayPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    sub: String,
    sessions_title: String,
    enrolled: i32,
    cards: Vec<Card>,
    needs: Vec<Need>,
    strip: Vec<StripDay>,
    strip_note: String,
}

/// `GET /staff`.
pub async fn show(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let ctx = &web.ctx;
    let words = v.words;
    let now = page.now(ctx);
    let today = now.date();
    let at = |days: i32| page.midnight(today.saturating_add(days.days()));
    let (from, to) = (at(-DAYS_BACK), at(DAYS_AHEAD));
    let mut sessions = schedule::range(ctx, page.community.id, from, to).await.for_visitor(v)?;
    let moved = schedule::moved_out_of(ctx, page.community.id, at(0), at(1))
        .await
        .for_visitor(v)?;
    sessions.extend(
        moved
            .into_iter()
            .filter(|session| !(from..to).contains(&session.starts.timestamp())),
    );
    let mut here: Vec<(&SessionView, bool)> = sessions
        .iter()
        .flat_map(|session| {
            let moved_away = session
                .moved_from
                .as_ref()
                .is_some_and(|(from, _)| from.date() == today && session.starts.date() != today);
            let stands = session.starts.date() == today;
            [
                stands.then_some((session, false)),
                moved_away.then_some((session, true)),
            ]
        })
        .flatten()
        .collect();
    here.sort_by_key(|(session, away)| (start_of(session, *away).time(), session.id));
    let open = |session: &&SessionView| session.status != SessionStatus::Cancelled;
    let standing: Vec<&SessionView> = here
        .iter()
        .filter(|(_, away)| !away)
        .map(|(session, _)| *session)
        .collect();
    let enrolled = standing
        .iter()
        .copied()
        .filter(open)
        .map(|session| session.enrolled)
        .sum();
    let count = standing.iter().copied().filter(open).count();
    let needs = needs::load(ctx, &page, &now, &sessions).await.for_visitor(v)?;
    let (strip, strip_note) = strip(words, today, &sessions, &ctx.holidays());
    let ids: Vec<SessionId> = here.iter().map(|(session, _)| session.id).collect();
    let (matters, doors) = service_report::of_sessions(ctx, &v.actor, page.community.id, &ids)
        .await
        .for_visitor(v)?;
    let told = tally::of_sessions(ctx, &v.actor, page.community.id, &ids)
        .await
        .for_visitor(v)?;
    let mut first_act = true;
    let cards = here
        .iter()
        .map(|(session, away)| {
            let mut card = card(words, &now, session, *away, &mut first_act);
            let doors = doors.get(&session.id).copied().unwrap_or_default();
            let count = service::count_words(words, matters.get(&session.id).copied().unwrap_or_default(), doors.met);
            if !count.is_empty() {
                card.line = format!("{}{}{count}", card.line, words.t("staff-comma"));
            }
            let told = told.get(&session.id).copied().unwrap_or_default();
            card.told = numbers(words, told);
            if told.not_told() > 0 {
                card.action = Some(Link {
                    href: format!("/staff/calls?session={}", session.id),
                    text: words.t("told-need-act"),
                    main: card.action.as_ref().is_some_and(|link| link.main),
                })
                .filter(|_| *away || session.status == SessionStatus::Cancelled)
                .or(card.action);
            }
            card
        })
        .collect();
    Ok(render(&TodayPage {
        v,
        community: &page.community,
        active: "today",
        badge: page.badge,
        heading: day_words(today, words.lang),
        sub: sub(words, today, &ctx.holidays()),
        sessions_title: words.n("staff-today-sessions", count),
        enrolled,
        cards,
        needs,
        strip,
        strip_note,
    }))
}

/// Where a session starts; where it stood, when it was moved away from the day.
fn start_of(session: &SessionView, away: bool) -> &Zoned {
    match &session.moved_from {
        Some((from, _)) if away => from,
        _ => &session.starts,
    }
}

/// The line under the date: lunar date, and the day off that comes next.
fn sub(words: Words, today: Date, calendar: &HolidayCalendar) -> String {
    let mut parts = vec![festival(today, words.lang).map_or_else(
        || words.a("staff-lunar", "date", LunarDate::from_date(today).words(words.lang)),
        str::to_owned,
    )];
    match calendar.day(today) {
        DayKind::Holiday(name) => parts.push(words.a("staff-today-off", "name", name)),
        DayKind::MakeUpWorkday(_) => parts.push(words.t("staff-today-made-up")),
        DayKind::Ordinary => {
            let next = (1..=DAYS_NOTICE).find_map(|days| match calendar.day(today.saturating_add(days.days())) {
                DayKind::Holiday(name) => Some((days, name)),
                _ => None,
            });
            if let Some((days, name)) = next {
                parts.push(words.with("staff-in-days", [("n", days.into()), ("name", name.to_owned().into())]));
            }
        }
    }
    parts.join(&words.t("staff-comma"))
}

fn card(words: Words, now: &Zoned, session: &SessionView, away: bool, first_act: &mut bool) -> Card {
    let starts = start_of(session, away);
    let cancelled = session.status == SessionStatus::Cancelled;
    let running = !away && !cancelled && session.starts <= *now && *now < session.ends;
    let venue = match &session.moved_from {
        Some((_, Some(venue))) if away => venue,
        _ => &session.venue,
    };
    let title = words
        .pick(&session.programme.title, &session.programme.title_en)
        .to_owned();
    let action = action(words, session, away);
    // One thing to press: the first session that wants a check-in.
    let main = action.main && !away && !cancelled && session.ends > *now && std::mem::take(first_act);
    let hour = if starts.hour() > 12 {
        starts.hour() - 12
    } else {
        starts.hour()
    };
    Card {
        class: match (away, cancelled, running) {
            (true, ..) => "moved",
            (_, true, _) => "off",
            (.., true) => "now",
            _ => "",
        },
        part: DayPart::of(starts.time()).name(words.lang),
        clock: format!("{hour}:{:02}", starts.minute()),
        mark: venue.mark.clone(),
        tone: venue.tone.as_str(),
        href: format!("/staff/week?day={}&session={}#panel", session.starts.date(), session.id),
        tag: tag(words, session, away, running),
        line: line(words, session),
        said: format!("{}{title}", words.t("staff-comma")),
        told: String::new(),
        action: Some(Link { main, ..action }),
        title,
    }
}

fn tag(words: Words, session: &SessionView, away: bool, running: bool) -> Option<Tag> {
    let tag = |kind, icon, text| Some(Tag { kind, icon, text });
    let visits = session.named + session.headcount;
    if away {
        let when = moment_words(session.starts.datetime(), words.lang);
        return tag("wait", "arrow", words.a("staff-state-moved-to", "when", when));
    }
    match session.status {
        SessionStatus::Cancelled => return tag("bad", "x", words.t("staff-state-off")),
        SessionStatus::Held => return tag("ok", "check", words.n("staff-state-held", visits)),
        _ => {}
    }
    if running {
        return tag("ok", "clock", words.t("staff-state-now"));
    }
    if session.waitlisted > 0 {
        return tag("info", "queue", words.n("staff-state-full", session.waitlisted));
    }
    if let Some((from, _)) = &session.moved_from {
        let when = moment_words(from.datetime(), words.lang);
        return tag("wait", "arrow", words.a("staff-state-moved-from", "when", when));
    }
    if session.status == SessionStatus::Provisional {
        return tag("wait", "info", words.t("staff-state-provisional"));
    }
    None
}

fn line(words: Words, session: &SessionView) -> String {
    let mut parts = vec![words.pick(&session.venue.name, &session.venue.name_en).to_owned()];
    if let Some(person) = &session.facilitator {
        parts.push(words.pick(&person.name, &person.name_en).to_owned());
    }
    if session.status == SessionStatus::Cancelled {
        parts.extend(session.reason.clone().filter(|reason| !reason.is_empty()));
    } else {
        parts.push(match (session.programme.sign_up, session.capacity) {
            (SignUpMode::None, _) => words.t("staff-no-sign-up"),
            (_, Some(seats)) => words.with("staff-seats", [("n", session.enrolled.into()), ("of", seats.into())]),
            (_, None) => words.n("staff-signed", session.enrolled),
        });
    }
    parts.join(&words.t("staff-comma"))
}

/// The one act a session wants.
fn action(words: Words, session: &SessionView, away: bool) -> Link {
    let link = |href: String, key: &str, main| Link {
        href,
        text: words.t(key),
        main,
    };
    let check_in = format!("/staff/sessions/{}/check-in", session.id);
    let own_way = service::main_way(words, session);
    if away || session.status == SessionStatus::Cancelled {
        link("/staff/notifications?view=all".to_owned(), "staff-act-notices", false)
    } else if let Some(way) = own_way {
        Link {
            href: way.href,
            text: way.text,
            main: true,
        }
    } else if session.programme.counting == Counting::Headcount {
        link(check_in, "staff-act-count", false)
    } else {
        link(check_in, "staff-act-check-in", true)
    }
}

/// The days ahead, and what is to be said of them together.
fn strip(words: Words, today: Date, sessions: &[SessionView], calendar: &HolidayCalendar) -> (Vec<StripDay>, String) {
    let mut off: i64 = 0;
    let mut worked: i64 = 0;
    let days = (0..DAYS_AHEAD)
        .map(|days| {
            let date = today.saturating_add(days.days());
            let mut class = Vec::new();
            if days == 0 {
                class.push("on");
            }
            let count = sessions
                .iter()
                .filter(|session| session.starts.date() == date && session.status != SessionStatus::Cancelled)
                .count();
            let weekday = weekday_short(date.weekday(), words.lang).to_owned();
            let how_many = if count == 0 {
                words.t("staff-strip-none")
            } else {
                words.n("staff-strip-sessions", count)
            };
            let (first, second) = match calendar.day(date) {
                DayKind::Holiday(name) => {
                    off += 1;
                    class.push("xiu");
                    let name = festival(date, words.lang).unwrap_or(name);
                    (name.to_owned(), words.t("staff-off"))
                }
                DayKind::MakeUpWorkday(_) => {
                    worked += 1;
                    class.push("ban");
                    (weekday, words.t("staff-made-up"))
                }
                DayKind::Ordinary => (weekday, how_many),
            };
            StripDay {
                class: class.join(" "),
                href: format!("/staff/week?day={date}"),
                number: date.day(),
                first,
                second,
            }
        })
        .collect();
    let note = match (off, worked) {
        (0, _) => String::new(),
        (off, 0) => words.n("staff-strip-off", off),
        (off, worked) => words.with(
            "staff-strip-off-and-made-up",
            [("off", off.into()), ("worked", worked.into())],
        ),
    };
    (days, note)
}
