//! Whole weeks: copying one to another.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, home, rfc3339, wall_clock};
use super::series::{CautionItem, ClashItem, SeriesQuery};
use crate::domain::calendar::IsoWeek;
use crate::domain::community::Community;
use crate::services::programme::{self, CopyHow, CopyItem, CopyPick, CopyState, WeekCopy};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(copy))]
pub struct Doc;

/// `/communities/{community}/weeks`.
pub fn routes() -> Routes {
    Routes::new().post("/api/v1/communities/{community}/weeks/{week}/copy", Who::Staff, copy)
}

/// A session to copy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyPickBody {
    /// The session of the week that is copied.
    session_id: Uuid,
    /// Another start on the same day, as offered in `nearest_free`; without it the same time of day.
    #[serde(default)]
    starts_at: Option<String>,
}

/// Which week, and what of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyBody {
    /// The week that is copied, `2026-W47`; without it the week before.
    #[serde(default)]
    from: Option<String>,
    /// What is copied, at most 500; without it everything that is `proposed`.
    #[serde(default)]
    sessions: Option<Vec<CopyPickBody>>,
}

/// One session of the week that is copied.
#[derive(Debug, Serialize, ToSchema)]
pub struct CopyRow {
    /// The session as it stood.
    pub session_id: Uuid,
    /// Title.
    pub title: String,
    /// Start of the copy.
    pub starts_at: String,
    /// End of the copy.
    pub ends_at: String,
    /// The venue.
    pub venue_id: Uuid,
    /// `open`, `there` (it is in that week already) or `past`.
    #[schema(value_type = String)]
    pub state: CopyState,
    /// `extra_date` of its series, or `single_date` of its programme.
    #[schema(value_type = String)]
    pub how: CopyHow,
    /// Whether it is copied when nothing is picked.
    pub proposed: bool,
    /// What stands in the way.
    pub clashes: Vec<ClashItem>,
    /// The nearest free start of the same day, where something does.
    pub nearest_free: Option<String>,
    /// What speaks against it where it can stand. It is not `proposed` then: whoever picks it accepts that.
    pub cautions: Vec<CautionItem>,
}

/// A copied week, or what copying it would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct CopyAnswer {
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// How many were copied.
    pub copied: usize,
    /// The sessions of the week that is copied, as they stood before.
    pub items: Vec<CopyRow>,
}

fn row(words: Words, item: CopyItem) -> CopyRow {
    CopyRow {
        session_id: item.session.id.0,
        title: words
            .pick(&item.session.programme.title, &item.session.programme.title_en)
            .to_owned(),
        starts_at: rfc3339(&item.starts),
        ends_at: rfc3339(&item.ends),
        venue_id: item.session.venue.id.0,
        state: item.state,
        how: item.how,
        proposed: item.is_proposed(),
        clashes: item.clashes.iter().map(|clash| ClashItem::of(words, clash)).collect(),
        nearest_free: item.nearest_free.as_ref().map(rfc3339),
        cautions: item.cautions.iter().map(|one| CautionItem::of(words, one)).collect(),
    }
}

fn week(field: &'static str, text: &str) -> Result<IsoWeek, Error> {
    text.parse::<IsoWeek>()
        .ok()
        .filter(|week| (1970..2200).contains(&week.year()))
        .ok_or_else(|| Error::invalid(field, "copy-weeks", text))
}

fn picks(home: &Community, body: &CopyBody) -> Result<Option<Vec<CopyPick>>, Error> {
    let Some(sessions) = &body.sessions else {
        return Ok(None);
    };
    if sessions.len() > 500 {
        let error = FieldError::new("sessions", "plan-too-many", sessions.len().to_string());
        return Err(Error::Invalid(vec![error]));
    }
    let read = |(i, pick): (usize, &CopyPickBody)| {
        Ok(CopyPick {
            session: pick.session_id.into(),
            starts_local: match &pick.starts_at {
                Some(text) => Some(wall_clock(&format!("sessions[{i}].starts_at"), text, &home.zone)?),
                None => None,
            },
        })
    };
    sessions
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<_, Error>>()
        .map(Some)
}

/// Copy a week
///
/// What stood in one week and is not in `week` yet is planned there too: extra dates of series that go on, single dates else. All of it or
/// nothing; what is there already is left alone, so that copying twice makes nothing new.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/weeks/{week}/copy",
    tag = "sessions",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("week" = String, Path, description = "the week to fill, `2026-W48`"),
        SeriesQuery
    ),
    request_body = CopyBody,
    responses(
        (status = 200, body = CopyAnswer),
        (status = 404, body = Problem),
        (status = 409, description = "`conflict` with every clash in `errors`", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn copy(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, to)): Path<(String, String)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<CopyBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let to = week("week", &to).for_visitor(&v)?;
    let from = match &body.from {
        Some(text) => week("from", text).for_visitor(&v)?,
        None => to.previous(),
    };
    let picks = picks(&home, &body).for_visitor(&v)?;
    let WeekCopy { items, copied } = if query.dry_run {
        programme::week_to_copy(&web.ctx, &v.actor, home.id, from, to).await
    } else {
        programme::copy_week(&web.ctx, &v.actor, home.id, from, to, picks).await
    }
    .for_visitor(&v)?;
    let answer = CopyAnswer {
        dry_run: query.dry_run,
        copied,
        items: items.into_iter().map(|item| row(v.words, item)).collect(),
    };
    Ok(Json(answer).into_response())
}
