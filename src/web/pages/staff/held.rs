//! Messages that are held back since the database was restored: what would leave, and who says that it may.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::notification_line::{Line, lines};
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::notification::Status;
use crate::services::notification::log::{self, Filter};
use crate::services::restoration::{self, Resume};
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Lines that are shown of what waits.
const SHOWN: u64 = 50;

/// What was decided.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decided {
    act: String,
}

#[derive(Template)]
#[template(path = "staff/held.html")]
struct HeldPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    since: String,
    unknown: String,
    /// Whether there is any of which nobody knows.
    some_unknown: bool,
    waiting: String,
    send: String,
    drop: Option<String>,
    rows: Vec<Line>,
    more: bool,
}

/// One sentence for the log, while messages are held back.
///
/// # Errors
/// As the use case.
pub(super) async fn line(ctx: &Context, page: &StaffPage) -> Result<Option<String>, Error> {
    let v = &page.visitor;
    let held = restoration::held(ctx, &v.actor, page.community.id).await?;
    Ok(held.map(|held| {
        let since = moment_words(page.community.zone.to_datetime(held.restored_at), v.words.lang);
        v.words.a("held-line", "when", since)
    }))
}

/// `GET /staff/notifications/held`.
///
/// # Errors
/// As the use case.
pub async fn show(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (words, home) = (v.words, page.community.id);
    let held = restoration::held(&web.ctx, &v.actor, home).await.for_visitor(v)?;
    let Some(held) = held else {
        return Ok(Redirect::to("/staff/notifications").into_response());
    };
    let waiting = Filter {
        statuses: vec![Status::Due, Status::Retry],
        limit: Some(SHOWN),
        ..Filter::default()
    };
    let found = log::page(&web.ctx, &v.actor, home, &waiting).await.for_visitor(v)?;
    Ok(render(&HeldPage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        since: moment_words(page.community.zone.to_datetime(held.restored_at), words.lang),
        unknown: words.n("held-unknown", held.unknown),
        some_unknown: held.unknown > 0,
        waiting: words.with("held-waiting", [("n", held.waiting.into()), ("due", held.due.into())]),
        send: words.n("held-send", held.due),
        drop: (held.due > 0).then(|| words.n("held-drop", held.due)),
        rows: lines(&web.ctx, &page, &found.rows).await.for_visitor(v)?,
        more: found.next.is_some(),
    }))
}

/// `POST /staff/notifications/held`.
///
/// # Errors
/// As the use case.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Form(decided): Form<Decided>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let how = match decided.act.as_str() {
        "send" => Resume::Send,
        "drop" => Resume::Drop,
        other => return Err(Error::invalid("act", "form-choose", other)).for_visitor(v),
    };
    restoration::resume(&web.ctx, &v.actor, page.community.id, how)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to("/staff/notifications?done=resumed").into_response())
}
