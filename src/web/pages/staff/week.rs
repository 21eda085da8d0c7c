//! The planner: one week as days, or one day as venues; at the side the chosen session and what a change to it would do.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use super::StaffPage;
use super::change_form::EditForm;
use super::columns::{Column, Drawing, day_note};
use super::panel::Panel;
use super::tray::{self, Tray};
use super::week_print;
use crate::domain::calendar::format::{day_words, moment_words, month_day};
use crate::domain::calendar::{DayKind, IsoWeek};
use crate::domain::community::{Community, Venue};
use crate::domain::id::{SessionId, VenueId};
use crate::domain::planning::Shut;
use crate::services::programme::Usual;
use crate::services::proposal::ProposalView;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Error, closure, community, programme, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What the address of the planner may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    week: String,
    view: String,
    day: String,
    only: String,
    session: String,
    date: String,
    start: String,
    end: String,
    venue: String,
    /// The sequence of the session on the board it was dragged on.
    sequence: String,
    done: String,
    told: String,
    /// How the session stood before what was just done.
    back: String,
    n: String,
    print: String,
}

/// Which part of the plan a page shows. It makes the addresses of its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The week.
    pub week: IsoWeek,
    /// Whether columns are venues.
    pub by_venue: bool,
    /// The day, in the view by venue.
    pub day: Date,
    /// Only this venue.
    pub only: Option<VenueId>,
}

impl Place {
    /// What an address asks for; a week or a day that is none is not found.
    fn read(asked: &Asked, today: Date) -> Result<Self, Error> {
        let day = match asked.day.as_str() {
            "" => None,
            text => Some(super::repeat::day(text).ok_or_else(|| Error::not_found("week", cut(text)))?),
        };
        let week = match (asked.week.as_str(), day) {
            ("", Some(day)) => IsoWeek::containing(day),
            ("", None) => IsoWeek::containing(today),
            (text, _) => text
                .parse::<IsoWeek>()
                .ok()
                .filter(|week| (1970..2200).contains(&week.year()))
                .ok_or_else(|| Error::not_found("week", cut(text)))?,
        };
        let days = week.days();
        Ok(Self {
            week,
            by_venue: asked.view == "venue",
            day: day
                .filter(|day| days.contains(day))
                .unwrap_or(if days.contains(&today) { today } else { days[0] }),
            only: asked.only.parse().ok(),
        })
    }

    /// The same view around another day.
    pub fn around(&self, day: Date) -> Self {
        Self {
            week: IsoWeek::containing(day),
            day,
            ..self.clone()
        }
    }

    /// The address of this view.
    pub fn href(&self) -> String {
        let mut href = format!("/staff/week?week={}", self.week);
        if self.by_venue {
            href.push_str("&view=venue&day=");
            href.push_str(&self.day.to_string());
        }
        if let Some(only) = self.only {
            href.push_str("&only=");
            href.push_str(&only.to_string());
        }
        href
    }

    /// The address of this view with a session chosen.
    pub fn session(&self, id: SessionId) -> String {
        format!("{}&session={id}#panel", self.href())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A venue to look at alone.
struct Chip {
    href: String,
    mark: String,
    tone: &'static str,
    name: String,
    on: bool,
}

struct DayLink {
    href: String,
    label: String,
    note: String,
    is_off: bool,
    is_made_up: bool,
    on: bool,
}

/// A weekly programme that has no date in the week.
struct Unplanned {
    title: String,
    usual: String,
    href: String,
}

#[derive(Template)]
#[template(path = "staff/week.html")]
struct WeekPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    range: String,
    previous_href: String,
    next_href: String,
    today_href: String,
    is_this_week: bool,
    by_day_href: String,
    by_venue_href: String,
    by_venue: bool,
    chips: Vec<Chip>,
    day_links: Vec<DayLink>,
    unplanned: Vec<Unplanned>,
    copy_href: String,
    plan_href: String,
    print_href: String,
    poster_href: String,
    lobby_href: String,
    notice: String,
    new_href: String,
    first_hour: i32,
    axis: Vec<String>,
    columns: Vec<Column>,
    tray: Option<Tray>,
    panel: Option<Panel>,
}

/// `GET /staff/week`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let now = page.now(&web.ctx);
    let place = Place::read(&asked, now.date()).for_visitor(v)?;
    if asked.print == "1" {
        return week_print::show(&web, &page, &place).await;
    }
    let (panel, board) =
        tokio::try_join!(chosen(&web, &page, &place, &asked), Board::load(&web, &page, &place)).for_visitor(v)?;
    let copied = super::repeat::whole_number(&asked.n).unwrap_or(0);
    let notice = match asked.done.as_str() {
        "copied" => v.words.n("board-copied", copied),
        _ => String::new(),
    };
    Ok(draw_with(&web, &page, &place, board, panel, notice, StatusCode::OK))
}

/// The panel of the session an address chooses; none when it chooses none.
async fn chosen(web: &Web, page: &StaffPage, place: &Place, asked: &Asked) -> Result<Option<Panel>, Error> {
    if asked.session.is_empty() {
        return Ok(None);
    }
    let (ctx, words) = (&web.ctx, page.visitor.words);
    let id: SessionId = asked
        .session
        .parse()
        .map_err(|_| Error::not_found("session", cut(&asked.session)))?;
    let session = schedule::session(ctx, page.community.id, id).await?;
    let wished = EditForm::of(&session)
        .moved_to(&asked.date, &asked.start, &asked.end, &asked.venue)
        .map(|form| form.seen_as(&asked.sequence));
    let panel = match wished {
        Some(form) => Panel::previewed(ctx, page, place, &session, form).await?,
        None => {
            Panel::fresh(ctx, page, place, &session)
                .await?
                .done(words, &asked.done, &asked.told)
                .with_way_back(ctx, page, &session, &asked.back)
                .await?
        }
    };
    Ok(Some(panel))
}

/// Draws the planner with a panel at its side.
pub async fn draw(
    web: &Web,
    page: &StaffPage,
    place: &Place,
    panel: Option<Panel>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let board = Board::load(web, page, place).await.for_visitor(&page.visitor)?;
    Ok(draw_with(web, page, place, board, panel, String::new(), status))
}

/// The sessions of a week, and those that were moved out of it: they still show where they went.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sessions_of(web: &Web, page: &StaffPage, week: IsoWeek) -> Result<Vec<SessionView>, Error> {
    schedule::week_as_planned(&web.ctx, &page.community, week).await
}

/// What a board shows, before it is put into words.
struct Board {
    sessions: Vec<SessionView>,
    usual: Vec<Usual>,
    waiting: Vec<ProposalView>,
    tray: Option<Tray>,
    venues: Vec<Venue>,
    shut: Vec<Shut>,
}

impl Board {
    /// Asks for all of it at the same time where one part does not wait for another: the page is as slow as the slowest.
    async fn load(web: &Web, page: &StaffPage, place: &Place) -> Result<Self, Error> {
        let (ctx, actor, home) = (&web.ctx, &page.visitor.actor, &page.community);
        let planned = async {
            let sessions = sessions_of(web, page, place.week).await?;
            let usual = programme::without_date(ctx, actor, home, place.week, &sessions).await?;
            Ok::<_, Error>((sessions, usual))
        };
        let proposed = async {
            let waiting = tray::waiting(ctx, page).await?;
            let tray = Tray::of(ctx, page, &waiting).await?;
            Ok((waiting, tray))
        };
        let ((sessions, usual), (waiting, tray), venues, shut) = tokio::try_join!(
            planned,
            proposed,
            community::venues(ctx, home.id),
            closure::shut_in(ctx, actor, home, place.week),
        )?;
        Ok(Self {
            sessions,
            usual,
            waiting,
            tray,
            venues,
            shut,
        })
    }
}

fn draw_with(
    web: &Web,
    page: &StaffPage,
    place: &Place,
    board: Board,
    panel: Option<Panel>,
    notice: String,
    status: StatusCode,
) -> Response {
    let v = &page.visitor;
    let ctx = &web.ctx;
    let words = v.words;
    let now = page.now(ctx);
    let Board {
        sessions,
        usual,
        waiting,
        tray,
        venues,
        shut,
    } = board;
    let named = |shut: &Shut| {
        let venue = venues.iter().find(|venue| venue.id == shut.venue_id);
        venue.map_or_else(String::new, |venue| words.pick(&venue.name, &venue.name_en).to_owned())
    };
    let shut: Vec<(Shut, String)> = shut
        .into_iter()
        .map(|shut| {
            let venue = named(&shut);
            (shut, venue)
        })
        .collect();
    let chosen = panel.as_ref().map(|panel| panel.session);
    let href = |id: SessionId| place.session(id);
    let holidays = ctx.holidays();
    let drawing = Drawing {
        words,
        now: &now,
        holidays: &holidays,
        chosen,
        only: place.only,
        href: &href,
        waiting: &waiting,
        shut: &shut,
    };
    let days = place.week.days();
    let (hours, columns) = if place.by_venue {
        drawing.by_venue(place.day, &venues, &sessions)
    } else {
        drawing.by_day(&days, &sessions)
    };
    let this_week = IsoWeek::containing(now.date());
    let next = place.around(place.week.next().first_day());
    let previous = place.around(place.week.previous().first_day());
    let here = Place {
        by_venue: false,
        ..place.clone()
    };
    let by_venue = Place {
        by_venue: true,
        ..place.clone()
    };
    let template = WeekPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        range: format!("{}—{}", month_day(days[0], words.lang), month_day(days[6], words.lang)),
        previous_href: previous.href(),
        next_href: next.href(),
        today_href: place.around(now.date()).href(),
        is_this_week: place.week == this_week,
        by_day_href: here.href(),
        by_venue_href: by_venue.href(),
        by_venue: place.by_venue,
        chips: chips(place, words, &venues),
        day_links: days
            .iter()
            .map(|day| DayLink {
                href: place.around(*day).href(),
                label: day_words(*day, words.lang),
                note: day_note(words, &holidays, *day),
                is_off: matches!(holidays.day(*day), DayKind::Holiday(_)),
                is_made_up: matches!(holidays.day(*day), DayKind::MakeUpWorkday(_)),
                on: *day == place.day,
            })
            .collect(),
        unplanned: usual
            .iter()
            .map(|usual| unplanned(words, usual, now.datetime(), &days))
            .collect(),
        copy_href: format!("/staff/week/copy?from={}&to={}", place.week.previous(), place.week),
        plan_href: format!("/staff/week-plan?week={}", place.week),
        print_href: format!("{}&print=1", place.href()),
        poster_href: format!("/c/{}/poster?week={}", page.community.slug, place.week),
        lobby_href: format!("/c/{}/lobby", page.community.slug),
        notice,
        new_href: format!(
            "/staff/programmes/new?date={}",
            if place.week > this_week { days[0] } else { now.date() }
        ),
        first_hour: hours.first,
        axis: hours.labels(),
        columns,
        tray,
        panel,
    };
    (status, render(&template)).into_response()
}

/// One that is missing, with the way to the form that plans it: on its usual day, or on the next one left of the week.
fn unplanned(words: Words, usual: &Usual, now: DateTime, days: &[Date]) -> Unplanned {
    let at = usual.starts_local;
    let tomorrow = now.date().tomorrow().unwrap_or(now.date());
    let date = if at > now || !days.contains(&tomorrow) {
        at.date()
    } else {
        tomorrow
    };
    let series = &usual.series;
    let mut href = format!(
        "/staff/programmes/{}/series/new?date={date}&start={}&duration={}&venue={}&repeat=none",
        usual.programme.id,
        at.strftime("%H:%M"),
        series.duration_minutes,
        series.venue_id,
    );
    if let Some(facilitator) = series.facilitator_id {
        href.push_str(&format!("&facilitator={facilitator}"));
    }
    Unplanned {
        title: words.pick(&usual.programme.title, &usual.programme.title_en).to_owned(),
        usual: words.a("board-usually", "when", moment_words(at, words.lang)),
        href,
    }
}

fn chips(place: &Place, words: Words, venues: &[Venue]) -> Vec<Chip> {
    venues
        .iter()
        .map(|venue| {
            let chosen = place.only == Some(venue.id);
            let to = Place {
                only: (!chosen).then_some(venue.id),
                ..place.clone()
            };
            Chip {
                href: to.href(),
                mark: venue.mark.clone(),
                tone: venue.tone.as_str(),
                name: words.pick(&venue.name, &venue.name_en).to_owned(),
                on: chosen || place.only.is_none(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn place(week: &str, view: &str, day: &str) -> Result<Place, Error> {
        let asked = Asked {
            week: week.to_owned(),
            view: view.to_owned(),
            day: day.to_owned(),
            ..Asked::default()
        };
        Place::read(&asked, date(2026, 11, 25))
    }

    #[test]
    fn without_a_wish_the_planner_shows_this_week_and_today() {
        let here = place("", "", "").unwrap();
        assert_eq!(here.href(), "/staff/week?week=2026-W48");
        assert_eq!(here.day, date(2026, 11, 25));
        assert_eq!(
            place("", "venue", "2026-12-03").unwrap().href(),
            "/staff/week?week=2026-W49&view=venue&day=2026-12-03"
        );
        // A day outside the week asked for: the week wins.
        assert_eq!(place("2026-W50", "", "2026-11-25").unwrap().day, date(2026, 12, 7));
    }

    #[test]
    fn a_week_that_does_not_exist_is_not_found() {
        for week in ["2026-W54", "W48", "9999-W01", "'; drop", "0001-W01"] {
            assert!(matches!(place(week, "", ""), Err(Error::NotFound { .. })), "{week}");
        }
        assert!(matches!(place("", "", "2026-02-30"), Err(Error::NotFound { .. })));
    }
}
