//! One message: to whom, the words as they were sent, and everything that happened to it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Query;
use jiff::Timestamp;
use serde::Deserialize;

use super::StaffPage;
use super::calls::outcome_name;
use super::notification_line::{Line, lines, when};
use crate::domain::call::ANSWERABLE;
use crate::domain::community::Community;
use crate::domain::id::DeliveryId;
use crate::domain::notification::Status;
use crate::services::notification::log::{self, Detail};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// One thing that happened.
struct Moment {
    at: Timestamp,
    when: String,
    what: String,
    detail: String,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "staff/notification_one.html")]
struct OnePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    row: Line,
    subject: String,
    body: String,
    moments: Vec<Moment>,
    person: Option<String>,
    may_call: bool,
    may_undo: bool,
    said: Option<String>,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// `GET /staff/notifications/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<DeliveryId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let found = log::one(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let row = lines(&web.ctx, &page, std::slice::from_ref(&found.row))
        .await
        .for_visitor(v)?
        .remove(0);
    let person = match (found.row.resident, found.row.partner) {
        (Some(id), _) => Some(format!("/staff/residents/{id}")),
        (None, Some(id)) => Some(format!("/staff/partners/{id}")),
        (None, None) => None,
    };
    Ok(render(&OnePage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        moments: moments(&page, &found),
        may_call: person.is_some() && ANSWERABLE.contains(&found.row.status),
        may_undo: !found.calls.is_empty(),
        person,
        row,
        subject: found.row.subject,
        body: found.row.body,
        said: said(words, &asked.done),
    }))
}

fn said(words: Words, done: &str) -> Option<String> {
    match done {
        "told" => Some(words.t("notice-done-told")),
        "again" => Some(words.t("notice-done-again")),
        "undone" => Some(words.t("call-done-undone")),
        "already" => Some(words.t("call-done-already")),
        "leaving" => Some(words.t("error-delivery-leaving")),
        "no_answer" | "family" | "later" => {
            Some(words.a("log-noted", "outcome", words.t(&format!("call-outcome-{done}"))))
        }
        _ => None,
    }
}

/// Everything that happened, in its order.
fn moments(page: &StaffPage, found: &Detail) -> Vec<Moment> {
    let words = page.visitor.words;
    let zone = &page.community.zone;
    let moment = |at: Timestamp, what: String, detail: String, kind| Moment {
        at,
        when: when(at, zone, words),
        what,
        detail,
        kind,
    };
    let row = &found.row;
    let mut all = vec![moment(row.created_at, words.t("log-written"), String::new(), "")];
    for attempt in &found.attempts {
        let kind = match attempt.outcome.as_str() {
            "sent" => "ok",
            "sending" => "",
            _ => "bad",
        };
        let outcome = words
            .find(&format!("log-try-{}", attempt.outcome))
            .unwrap_or_else(|| attempt.outcome.clone());
        all.push(moment(
            attempt.ended_at.unwrap_or(attempt.started_at),
            words.with("log-try", [("n", attempt.number.into()), ("outcome", outcome.into())]),
            attempt.detail.clone(),
            kind,
        ));
    }
    for (call, by) in &found.calls {
        let outcome = outcome_name(words, call.outcome);
        let what = if by.is_empty() {
            words.a("log-phoned", "outcome", outcome)
        } else {
            words.aa("log-phoned-by", "who", by, "outcome", outcome)
        };
        let kind = if call.outcome.settles() { "ok" } else { "" };
        all.push(moment(call.at, what, String::new(), kind));
    }
    if row.status == Status::Retry {
        all.push(moment(row.due_at, words.t("log-will-try"), String::new(), ""));
    }
    all.sort_by_key(|one| one.at);
    all
}
