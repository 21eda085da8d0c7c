//! Merging two residents: the other one is looked for, both stand side by side, every field is chosen; and undoing it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::care_name;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::{Community, Grid};
use crate::domain::id::{MergeId, ResidentId, SessionId};
use crate::domain::merge::Part;
use crate::domain::resident::Resident;
use crate::domain::text::{Phone, Purpose};
use crate::services::resident::merge::{self, Lost, Pair, Wish};
use crate::services::resident::{self, Filter};
use crate::services::{Context, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

/// Residents offered by a search.
const OFFERED: u64 = 20;

/// One of the two.
pub(super) struct Column {
    pub id: ResidentId,
    pub name: String,
    pub values: Vec<(String, String)>,
}

fn value_of(v: &Visitor, part: Part, one: &Resident, grids: &[Grid]) -> String {
    let words = v.words;
    let masked = |phone: Option<&Phone>| phone.map(Phone::masked).unwrap_or_default();
    match part {
        Part::Name => one.name.reveal(Purpose::ShowStaff).to_owned(),
        Part::Gender if one.gender.is_empty() => String::new(),
        Part::Gender => words.t(&format!("resident-{}", one.gender)),
        Part::BirthYear => one.birth_year.map(|year| year.to_string()).unwrap_or_default(),
        Part::Phone => masked(one.phone.as_ref()),
        Part::Email => one.email.clone(),
        Part::Building => one.building.clone(),
        Part::Grid => grids
            .iter()
            .find(|grid| Some(grid.id) == one.grid_id)
            .map(|grid| grid.name.clone())
            .unwrap_or_default(),
        Part::Care => {
            let care: Vec<String> = one.care.iter().map(|care| care_name(words, care)).collect();
            care.join(&words.t("resident-care-comma"))
        }
        Part::Family => format!("{} {}", one.family_name, masked(one.family_phone.as_ref()))
            .trim()
            .to_owned(),
    }
}

fn label(v: &Visitor, part: Part) -> String {
    v.words.t(match part {
        Part::Name => "resident-name",
        Part::Gender => "resident-gender",
        Part::BirthYear => "resident-birth-year",
        Part::Phone => "resident-phone",
        Part::Email => "resident-email",
        Part::Building => "resident-building",
        Part::Grid => "resident-grid",
        Part::Care => "resident-care",
        Part::Family => "resident-family",
    })
}

pub(super) fn column(v: &Visitor, one: &Resident, grids: &[Grid]) -> Column {
    Column {
        id: one.id,
        name: one.name.reveal(Purpose::ShowStaff).to_owned(),
        values: Part::ALL
            .iter()
            .filter(|part| **part != Part::Name && !part.is_empty(one))
            .map(|part| (label(v, *part), value_of(v, *part, one, grids)))
            .collect(),
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    with: Option<ResidentId>,
    q: String,
}

struct Line {
    part: &'static str,
    label: String,
    own: String,
    other: String,
    takes_other: bool,
    same: bool,
}

struct Side {
    survivor: ResidentId,
    survivor_name: String,
    merged: ResidentId,
    merged_name: String,
    lines: Vec<Line>,
    will: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/residents/merge.html")]
struct Page<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ResidentId,
    name: String,
    query: String,
    offered: Vec<Column>,
    side: Option<Side>,
    wrong: Wrong,
}

/// `GET /staff/residents/{id}/merge`: whom with; `?with=` shows both.
///
/// # Errors
/// As the use case.
pub async fn look(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    draw(&page, &web.ctx, id, &asked, None, Wrong::default()).await
}

async fn draw(
    page: &StaffPage,
    ctx: &Context,
    id: ResidentId,
    asked: &Asked,
    chosen: Option<&[Part]>,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = page.community.id;
    let own = resident::get(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let grids = community::grids(ctx, home).await.for_visitor(v)?;
    let mut offered = Vec::new();
    if !asked.q.trim().is_empty() {
        let filter = Filter {
            query: asked.q.clone(),
            limit: OFFERED,
            ..Filter::default()
        };
        let (found, _) = resident::list(ctx, &v.actor, home, &filter).await.for_visitor(v)?;
        offered = found
            .iter()
            .filter(|one| one.id != id)
            .map(|one| column(v, one, &grids))
            .collect();
    }
    let side = match asked.with {
        None => None,
        Some(with) => {
            let pair = merge::look(ctx, &v.actor, home, id, with).await.for_visitor(v)?;
            Some(side_by_side(v, &pair, chosen, &grids))
        }
    };
    Ok(render(&Page {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        id,
        name: own.name.reveal(Purpose::ShowStaff).to_owned(),
        query: asked.q.clone(),
        offered,
        side,
        wrong,
    }))
}

fn side_by_side(v: &Visitor, pair: &Pair, chosen: Option<&[Part]>, grids: &[Grid]) -> Side {
    let words = v.words;
    let takes = chosen.unwrap_or(&pair.parts);
    let lines = Part::ALL.iter().map(|part| Line {
        part: part.as_str(),
        label: label(v, *part),
        own: value_of(v, *part, &pair.survivor, grids),
        other: value_of(v, *part, &pair.merged, grids),
        takes_other: takes.contains(part),
        same: part.is_same(&pair.survivor, &pair.merged),
    });
    let mut will = vec![words.n("merge-will-visits", pair.visits - pair.folded)];
    if pair.folded > 0 {
        will.push(words.n("merge-will-fold", pair.folded));
    }
    if pair.both_signed_up > 0 {
        will.push(words.n("merge-will-sign-ups", pair.both_signed_up));
    }
    will.push(words.t("merge-will-lead"));
    will.push(words.t("merge-will-undo"));
    Side {
        survivor: pair.survivor.id,
        survivor_name: pair.survivor.name.reveal(Purpose::ShowStaff).to_owned(),
        merged: pair.merged.id,
        merged_name: pair.merged.name.reveal(Purpose::ShowStaff).to_owned(),
        lines: lines.collect(),
        will,
    }
}

/// What was chosen: the parts that are taken from the other one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    with: Option<ResidentId>,
    take: Vec<String>,
}

/// `POST /staff/residents/{id}/merge`.
///
/// # Errors
/// As the use case.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let Some(with) = chosen.with else {
        return Ok(Redirect::to(&format!("/staff/residents/{id}/merge")).into_response());
    };
    let parts: Vec<Part> = chosen.take.iter().filter_map(|part| part.parse().ok()).collect();
    let wish = Wish {
        survivor: id,
        merged: with,
        parts: Some(parts),
    };
    match merge::merge(&web.ctx, &v.actor, page.community.id, wish).await {
        Ok(done) => Ok(Redirect::to(&format!("/staff/residents/{}?done=merged", done.survivor)).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            // One of them is gone by now, or they are one: there is nothing to choose any more.
            let again = draw(&page, &web.ctx, id, &Asked::default(), None, wrong).await?;
            Ok((StatusCode::CONFLICT, again).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "staff/residents/undone.html")]
struct UndonePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    survivor: ResidentId,
    merged: ResidentId,
    lost: Vec<String>,
}

/// `POST /staff/residents/merges/{merge}/undo`.
///
/// # Errors
/// As the use case.
pub async fn undo(page: StaffPage, State(web): State<Web>, Path(id): Path<MergeId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let done = merge::undo(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let mut lost = Vec::with_capacity(done.lost.len());
    for one in done.lost {
        lost.push(match one {
            Lost::Field(part) => v.words.a("merge-lost-field", "field", label(v, part)),
            Lost::Visits(n) => v.words.n("merge-lost-visits", n),
            Lost::Seat(session) => {
                let what = session_words(&page, &web.ctx, session).await?;
                v.words.a("merge-lost-seat", "session", what)
            }
            Lost::SignUp(session) => {
                let what = session_words(&page, &web.ctx, session).await?;
                v.words.a("merge-lost-sign-up", "session", what)
            }
        });
    }
    Ok(render(&UndonePage {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        survivor: done.survivor,
        merged: done.merged,
        lost,
    }))
}

async fn session_words(page: &StaffPage, ctx: &Context, id: SessionId) -> Result<String, WebError> {
    let v = &page.visitor;
    let session = schedule::session(ctx, page.community.id, id).await.for_visitor(v)?;
    let title = v.words.pick(&session.programme.title, &session.programme.title_en);
    Ok(format!(
        "{title} {}",
        moment_words(session.starts.datetime(), v.words.lang)
    ))
}
