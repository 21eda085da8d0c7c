//! Residents who may be one person, side by side with the reasons.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::merge::{Column, column};
use crate::domain::community::Community;
use crate::domain::id::ResidentId;
use crate::services::community;
use crate::services::resident::duplicate;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct Pair {
    survivor: Column,
    merged: Column,
    reasons: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "staff/residents/duplicates.html")]
struct Page<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    pairs: Vec<Pair>,
    said: Option<String>,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// `GET /staff/residents/duplicates`.
///
/// # Errors
/// As the use case.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let found = duplicate::suggestions(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let grids = community::grids(&web.ctx, page.community.id).await.for_visitor(v)?;
    let pairs = found.into_iter().map(|one| Pair {
        reasons: one
            .resemblance
            .reasons
            .iter()
            .map(|reason| {
                let against = reason.as_str().starts_with("other-");
                (words.t(&format!("duplicate-{}", reason.as_str())), against)
            })
            .collect(),
        survivor: column(v, &one.survivor, &grids),
        merged: column(v, &one.merged, &grids),
    });
    Ok(render(&Page {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        pairs: pairs.collect(),
        said: (asked.done == "apart").then(|| words.t("duplicate-apart-done")),
    }))
}

/// Two who are two.
#[derive(Debug, Deserialize)]
pub struct Two {
    one: ResidentId,
    other: ResidentId,
}

/// `POST /staff/residents/duplicates/apart`.
///
/// # Errors
/// As the use case.
pub async fn set_apart(page: StaffPage, State(web): State<Web>, Form(two): Form<Two>) -> Result<Response, WebError> {
    let v = &page.visitor;
    duplicate::set_apart(&web.ctx, &v.actor, page.community.id, two.one, two.other)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to("/staff/residents/duplicates?done=apart").into_response())
}
