//! `GET /staff/residents/{id}/export`: all that is stored about one person, to print; `?format=json` and `?format=csv` to take along.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use serde::Deserialize;

use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::ResidentId;
use crate::services::community;
use crate::services::resident::export::{self, Table};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    format: String,
}

#[derive(Template)]
#[template(path = "staff/residents/export.html")]
struct Page<'a> {
    v: &'a Visitor,
    community: &'a Community,
    id: ResidentId,
    at: String,
    tables: Vec<Table>,
}

/// `GET /staff/residents/{id}/export`.
///
/// # Errors
/// As the use case.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = &page.community;
    let copy = export::copy(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let grid = community::grids(&web.ctx, home.id)
        .await
        .for_visitor(v)?
        .into_iter()
        .find(|grid| Some(grid.id) == copy.resident.grid_id)
        .map(|grid| grid.name)
        .unwrap_or_default();
    let file = |kind: &'static str, name: String, body: Vec<u8>| {
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, body).into_response()
    };
    Ok(match asked.format.as_str() {
        // The id, not the name: file names end up in lists of downloads.
        "json" => file(
            "application/json",
            format!("resident-{id}.json"),
            copy.json().to_string().into_bytes(),
        ),
        "csv" => file(
            "text/csv; charset=utf-8",
            format!("resident-{id}.csv"),
            copy.csv(v.words, &home.zone, &grid),
        ),
        _ => {
            let drawn = render(&Page {
                v,
                community: home,
                id,
                at: moment_words(page.now(&web.ctx).datetime(), v.words.lang),
                tables: copy.tables(v.words, &home.zone, &grid),
            });
            ([(header::CACHE_CONTROL, "no-store")], drawn).into_response()
        }
    })
}
