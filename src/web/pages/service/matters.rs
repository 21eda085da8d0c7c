//! `/staff/sessions/{id}/matters`: a help desk, one large button a matter, for one thumb. Every button carries an id made when the page was rendered, so
//! that a form sent twice changes nothing.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::needs::{self, NeedsPart};
use super::{Head, Way, session_of};
use crate::domain::id::{MatterId, ResidentId};
use crate::domain::matter::{Caller, Entry, MATTER_CHARS, Verdict};
use crate::domain::text::{PersonName, Purpose};
use crate::services::schedule::SessionView;
use crate::services::{Context, Error, FieldError, attendance, matter, need, resident};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::attendance::about;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct Line {
    label: String,
    other: bool,
    count: i64,
    id: MatterId,
}

struct Found {
    id: ResidentId,
    name: String,
    about: String,
}

struct Latest {
    id: MatterId,
    label: String,
    note: String,
    at: String,
}

#[derive(Template)]
#[template(path = "service/matters.html")]
struct MattersPage<'a> {
    v: &'a Visitor,
    session: &'a SessionView,
    head: Head,
    ways: Vec<Way>,
    matters: i64,
    visits: i32,
    lines: Vec<Line>,
    query: String,
    found: Option<Vec<Found>>,
    /// Whom the next matter is for: id and name; none for nobody by name.
    who: Option<(ResidentId, String)>,
    other: String,
    other_id: MatterId,
    needs: NeedsPart,
    latest: Vec<Latest>,
    said: String,
    /// What the undo bar undoes.
    undo: Option<MatterId>,
    errors: Vec<String>,
}

impl MattersPage<'_> {
    /// The address of the page, which its forms go to.
    fn here(&self) -> String {
        format!("/staff/sessions/{}/matters", self.session.id)
    }
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    who: String,
    last: String,
}

/// What a page shows beside what is stored.
#[derive(Default)]
struct Shown {
    asked: Asked,
    other: String,
    needs: needs::Typed,
    errors: Vec<FieldError>,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = Shown {
        asked,
        ..Shown::default()
    };
    draw(&web.ctx, &page, &id, shown).await
}

async fn draw(ctx: &Context, page: &StaffPage, id: &str, shown: Shown) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (words, home) = (v.words, page.community.id);
    let (session, head) = session_of(ctx, page, id).await?;
    let desk = matter::desk_of(ctx, &v.actor, home, session.id, &session.programme.matters)
        .await
        .for_visitor(v)?;
    let heard = need::of_session(ctx, &v.actor, home, session.id).await.for_visitor(v)?;
    let now = page.now(ctx);
    let found = match shown.asked.q.trim() {
        "" => None,
        text => Some(
            attendance::find_residents(ctx, &v.actor, home, text)
                .await
                .for_visitor(v)?
                .iter()
                .map(|row| Found {
                    id: row.resident,
                    name: row.name.reveal(Purpose::ShowStaff).to_owned(),
                    about: about(words, row, now.year()).join(&words.t("service-comma")),
                })
                .collect(),
        ),
    };
    let who = match shown.asked.who.parse::<ResidentId>() {
        Ok(id) => match resident::get(ctx, &v.actor, home, id).await {
            Ok(one) => Some((id, one.name.reveal(Purpose::ShowStaff).to_owned())),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error).for_visitor(v),
        },
        Err(_) => None,
    };
    let last = shown.asked.last.parse::<MatterId>().ok();
    let stands = last.and_then(|last| desk.latest.iter().find(|one| one.id == last));
    let said = match (last, stands) {
        (Some(_), Some(one)) => words.a("matter-said", "matter", &one.label),
        (Some(_), None) => words.t("service-undone"),
        (None, _) => String::new(),
    };
    let undo = stands.map(|one| one.id);
    let new_id = || ctx.new_id::<MatterId>(now.timestamp());
    let failed = !shown.errors.is_empty();
    let response = render(&MattersPage {
        v,
        ways: super::ways(words, &session).into_iter().skip(1).collect(),
        matters: desk.matters,
        visits: session.visits(),
        lines: desk
            .lines
            .into_iter()
            .map(|line| Line {
                label: line.label,
                other: line.other,
                count: line.matters,
                id: new_id(),
            })
            .collect(),
        query: shown.asked.q,
        found,
        who,
        other: shown.other,
        other_id: new_id(),
        needs: NeedsPart::of(ctx, page, &heard, &HashMap::new(), shown.needs),
        latest: desk
            .latest
            .into_iter()
            .map(|one| Latest {
                id: one.id,
                note: match one.name {
                    Some(name) => PersonName::stored(name).reveal(Purpose::ShowStaff).to_owned(),
                    None if one.unnamed => words.t("matter-latest-unnamed"),
                    None => words.t("matter-latest-again"),
                },
                label: one.label,
                at: one
                    .recorded_at
                    .to_zoned(page.community.zone.clone())
                    .strftime("%-H:%M")
                    .to_string(),
            })
            .collect(),
        said,
        undo,
        errors: shown.errors.iter().map(|error| words.field_error(error)).collect(),
        head,
        session: &session,
    });
    if failed {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, response).into_response());
    }
    Ok(response)
}

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tapped {
    /// `add:ID:MATTER`, `other:ID`, `out:ID`, or what [`needs::act`] reads.
    tap: String,
    /// Whom it is for.
    who: String,
    /// The same person as before.
    again: Option<String>,
    /// A matter in words.
    other: String,
    /// A need, and how it was resolved.
    text: String,
    outcome: String,
}

/// Takes a form of the page and leads back to it.
pub async fn enter(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let (session, _) = session_of(ctx, &page, &id).await?;
    let here = format!("/staff/sessions/{}/matters", session.id);
    let done = needs::act(ctx, &page, session.id, &tapped.tap, &tapped.text, &tapped.outcome)
        .await
        .for_visitor(v)?;
    match done {
        needs::Act::Done => return Ok(Redirect::to(&format!("{here}#h-needs")).into_response()),
        needs::Act::Refused(errors, needs) => {
            let shown = Shown {
                needs,
                errors,
                ..Shown::default()
            };
            return draw(ctx, &page, &id, shown).await;
        }
        needs::Act::Other => {}
    }
    let mut parts = tapped.tap.splitn(3, ':');
    let (verb, client_id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let client_id: MatterId = client_id
        .parse()
        .map_err(|_| Error::invalid("client_id", "not-a-uuid", client_id))
        .for_visitor(v)?;
    if verb == "out" {
        matter::undo(ctx, &v.actor, home, session.id, client_id)
            .await
            .for_visitor(v)?;
        return Ok(Redirect::to(&format!("{here}?last={client_id}")).into_response());
    }
    let label = match verb {
        "add" => parts.next().unwrap_or_default().to_owned(),
        "other" => tapped.other.clone(),
        _ => return Err(Error::invalid("tap", "matter-shape", &tapped.tap)).for_visitor(v),
    };
    let caller = match tapped.who.parse::<ResidentId>() {
        Ok(resident) => Caller::Resident(resident),
        Err(_) if tapped.again.is_some() => Caller::Again,
        Err(_) => Caller::Unnamed,
    };
    let entry = Entry {
        client_id,
        label: label.clone(),
        caller,
    };
    let verdicts = matter::record(ctx, &v.actor, home, session.id, vec![entry])
        .await
        .for_visitor(v)?;
    if let Some(Verdict::Refused(code)) = verdicts.first() {
        let shown = Shown {
            asked: Asked {
                who: tapped.who,
                ..Asked::default()
            },
            other: tapped.other,
            errors: vec![FieldError::new("other", code, label).with("max", MATTER_CHARS)],
            ..Shown::default()
        };
        return draw(ctx, &page, &id, shown).await;
    }
    // The next one is somebody else until a name is found again: nobody's matter lands on the one before.
    Ok(Redirect::to(&format!("{here}?last={client_id}")).into_response())
}
