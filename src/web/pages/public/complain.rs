//! Something was wrong at a session of a partner: anybody says so, without an account.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::Stand;
use super::facts::Facts;
use super::session::find;
use super::shell::Shell;
use crate::domain::community::Community;
use crate::domain::complaint::ComplaintKind;
use crate::domain::id::ComplaintId;
use crate::services::complaint::{self, NewComplaint};
use crate::services::schedule::SessionView;
use crate::services::{Context, Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::origin::Origin;
use crate::web::pages::render;

/// What a complaint left in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    done: String,
}

/// The form as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    id: String,
    kind: String,
    words: String,
    phone: String,
}

struct Kind {
    value: &'static str,
    label: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "public/complain.html")]
struct ComplainPage {
    shell: Shell,
    facts: Facts,
    back: String,
    /// What is said after it was sent; empty before.
    done: String,
    kinds: Vec<Kind>,
    filled: Filled,
    wrong: Vec<(String, String)>,
    by_field: BTreeMap<String, String>,
}

impl ComplainPage {
    /// What is wrong with a field.
    fn wrong_with(&self, field: &str) -> Option<&String> {
        self.by_field.get(field)
    }
}

fn page_of(ctx: &Context, visitor: &Visitor, home: &Community, view: &SessionView, filled: Filled) -> ComplainPage {
    let words = visitor.words;
    let now = ctx.now();
    let today = now.to_zoned(home.zone.clone()).date();
    let back = format!("/c/{}/sessions/{}", home.slug, view.id);
    let filled = Filled {
        id: match filled.id.parse::<ComplaintId>() {
            Ok(id) => id.to_string(),
            Err(_) => ctx.new_id::<ComplaintId>(now).to_string(),
        },
        ..filled
    };
    ComplainPage {
        facts: Facts::of(view, &home.slug, today, Stand::Over, words),
        done: String::new(),
        kinds: ComplaintKind::ALL
            .iter()
            .map(|kind| Kind {
                value: kind.as_str(),
                label: words.t(&format!("complaint-kind-{kind}")),
                on: filled.kind == kind.as_str(),
            })
            .collect(),
        filled,
        wrong: Vec::new(),
        by_field: BTreeMap::new(),
        shell: Shell::of(visitor, home).at(format!("{back}/complain")),
        back,
    }
}

/// A session of a partner; what the community gives itself has no such page.
async fn given_by_partner(ctx: &Context, slug: &str, id: &str) -> Result<(Community, SessionView), Error> {
    let (home, view) = find(ctx, slug, id).await?;
    if view.partner.is_none() {
        return Err(Error::not_found("session", id));
    }
    Ok((home, view))
}

/// `GET /c/{community}/sessions/{id}/complain`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, id)): Path<(String, String)>,
    Query(said): Query<Said>,
) -> Result<Response, WebError> {
    let (home, view) = given_by_partner(&web.ctx, &slug, &id).await.for_visitor(&visitor)?;
    let mut page = page_of(&web.ctx, &visitor, &home, &view, Filled::default());
    page.done = match said.done.as_str() {
        "" => String::new(),
        "paused" => visitor.words.t("complaint-done-paused"),
        _ => visitor.words.t("complaint-done-text"),
    };
    Ok(render(&page))
}

/// `POST /c/{community}/sessions/{id}/complain`.
pub(super) async fn send(
    State(web): State<Web>,
    visitor: Visitor,
    Origin(from): Origin,
    Path((slug, id)): Path<(String, String)>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let (home, view) = given_by_partner(ctx, &slug, &id).await.for_visitor(&visitor)?;
    let new = NewComplaint {
        id: filled.id.parse().ok(),
        kind: filled.kind.clone(),
        words: filled.words.clone(),
        phone: filled.phone.clone(),
    };
    match complaint::file(ctx, home.id, view.id, &new, from).await {
        Ok(filed) => {
            let done = if filed.paused { "paused" } else { "1" };
            let to = format!("/c/{}/sessions/{}/complain?done={done}#main", home.slug, view.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Invalid(fields)) => {
            let mut page = page_of(ctx, &visitor, &home, &view, filled);
            page.tell(&fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

impl ComplainPage {
    fn tell(&mut self, fields: &[FieldError]) {
        let words = self.shell.v.words;
        for field in fields {
            let said = words.field_error(field);
            self.wrong.push((field.field.clone(), said.clone()));
            self.by_field.insert(field.field.clone(), said);
        }
    }
}
