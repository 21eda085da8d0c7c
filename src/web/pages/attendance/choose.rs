//! `GET /staff/check-in`: which session? Today's, and those of the last weeks that nobody has counted.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::{owner, when};
use crate::domain::community::Community;
use crate::domain::device::DAYS_AROUND;
use crate::domain::planning::SessionStatus;
use crate::services::Error;
use crate::services::schedule::{self, SessionView};
use crate::services::sheet;
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::service::{self, Way};
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

/// How far back sessions without numbers are listed, days.
const DAYS_BACK: i32 = 31;

struct Choice {
    id: String,
    mark: String,
    tone: &'static str,
    title: String,
    when: String,
    place: String,
    count: String,
    /// Where a help desk or a service day is counted.
    way: Option<Way>,
    now: bool,
}

#[derive(Template)]
#[template(path = "attendance/choose.html")]
struct ChoosePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    owner: String,
    today: Vec<Choice>,
    uncounted: Vec<Choice>,
    code: String,
    wrong: Wrong,
    /// The day asked for, as typed.
    on: String,
    /// Its sessions.
    that_day: Option<Vec<Choice>>,
}

#[derive(Template)]
#[template(path = "attendance/door_day.html")]
struct DeviceDayPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    owner: String,
    days: Vec<Choice>,
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Another day, to be entered late: `2026-11-20`.
    on: Option<String>,
    /// The number of a sheet, as typed or as its QR code has it.
    code: String,
}

/// The page. A device at the door sees yesterday, today and tomorrow.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    draw(&web, &page, asked, Wrong::default()).await
}

/// `GET /staff/paper?code=`: leads to where the sheet with this number is typed in.
pub async fn by_code(
    page: StaffPage,
    State(web): State<Web>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match sheet::find_by_code(&web.ctx, &v.actor, page.community.id, &asked.code).await {
        Ok(sheet) => {
            let to = format!("/staff/sessions/{}/paper?sheet={}", sheet.session, sheet.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let mut response = draw(&web, &page, asked, wrong).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn draw(web: &Web, page: &StaffPage, asked: Asked, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let now = page.now(&web.ctx);
    let today = now.date();
    let is_device = v.actor.is_device();
    let (back, ahead) = if is_device {
        (DAYS_AROUND, DAYS_AROUND + 1)
    } else {
        (DAYS_BACK, 1)
    };
    let from = page.midnight(today.saturating_sub(back.days()));
    let to = page.midnight(today.saturating_add(ahead.days()));
    let on: Option<Date> = asked
        .on
        .as_deref()
        .filter(|on| !on.is_empty() && !is_device)
        .map(|on| on.parse().map_err(|_| Error::invalid("on", "checkin-on", on)))
        .transpose()
        .for_visitor(v)?;
    let of_that_day = match on {
        None => Vec::new(),
        Some(on) => schedule::range(
            &web.ctx,
            page.community.id,
            page.midnight(on),
            page.midnight(on.saturating_add(1.days())),
        )
        .await
        .for_visitor(v)?,
    };
    let sessions = schedule::range(&web.ctx, page.community.id, from, to)
        .await
        .for_visitor(v)?;
    let choice = |session: &SessionView| {
        let words = v.words;
        Choice {
            id: session.id.to_string(),
            mark: session.venue.mark.clone(),
            tone: session.venue.tone.as_str(),
            title: words
                .pick(&session.programme.title, &session.programme.title_en)
                .to_owned(),
            when: when(words, session, today),
            place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
            count: count(words, session),
            way: service::main_way(words, session),
            now: session.starts <= now && now < session.ends,
        }
    };
    let open: Vec<&SessionView> = sessions.iter().filter(|session| !session.is_cancelled()).collect();
    if is_device {
        return Ok(render(&DeviceDayPage {
            v,
            community: &page.community,
            owner: owner(v),
            days: open.iter().map(|session| choice(session)).collect(),
        }));
    }
    let mut uncounted: Vec<Choice> = open
        .iter()
        .filter(|session| {
            session.starts.date() < today && session.visits() == 0 && session.status != SessionStatus::Held
        })
        .map(|session| choice(session))
        .collect();
    uncounted.reverse();
    Ok(render(&ChoosePage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        owner: owner(v),
        today: open
            .iter()
            .filter(|session| session.starts.date() == today)
            .map(|session| choice(session))
            .collect(),
        uncounted,
        code: asked.code,
        wrong,
        on: asked.on.unwrap_or_default(),
        that_day: on.map(|_| {
            let that = of_that_day.iter().filter(|session| !session.is_cancelled());
            that.map(choice).collect()
        }),
    }))
}

fn count(words: Words, session: &SessionView) -> String {
    if session.visits() > 0 {
        words.n("checkin-came", session.visits())
    } else if session.enrolled > 0 {
        words.n("checkin-signed-up", session.enrolled)
    } else {
        String::new()
    }
}
