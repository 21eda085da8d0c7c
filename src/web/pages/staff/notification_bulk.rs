//! Dealing with several messages at once: first what will happen, then one press.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::notification_line::{Line, lines};
use super::notifications::View;
use crate::domain::community::Community;
use crate::domain::id::DeliveryId;
use crate::domain::notification::Status;
use crate::services::Error;
use crate::services::notification::log;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    delivery: Vec<DeliveryId>,
    act: String,
    /// `sure` once what will happen was read.
    step: String,
    back: String,
}

#[derive(Template)]
#[template(path = "staff/notification_bulk.html")]
struct BulkPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    title: String,
    what: String,
    maybe: String,
    left_out: String,
    confirm: String,
    act: &'static str,
    back: &'static str,
    rows: Vec<Line>,
}

/// `POST /staff/notifications/bulk`.
pub async fn submit(page: StaffPage, State(web): State<Web>, Form(chosen): Form<Chosen>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let back = View::named(&chosen.back).unwrap_or(View::All).name();
    if chosen.delivery.is_empty() {
        return Ok(Redirect::to(&format!("/staff/notifications?view={back}")).into_response());
    }
    let (act, key) = match chosen.act.as_str() {
        "resend" => ("resend", "log-bulk-resend"),
        "phone" => ("phone", "log-bulk-phone"),
        other => return Err(Error::invalid("act", "form-choose", other)).for_visitor(v),
    };
    if chosen.step == "sure" {
        let (done, n) = match act {
            "resend" => (
                "resent",
                log::send_all_again(&web.ctx, &v.actor, home, &chosen.delivery).await,
            ),
            _ => (
                "phoned",
                log::phone_instead(&web.ctx, &v.actor, home, &chosen.delivery).await,
            ),
        };
        let n = n.for_visitor(v)?;
        return Ok(Redirect::to(&format!("/staff/notifications?view={back}&done={done}&n={n}")).into_response());
    }
    let all = log::some(&web.ctx, &v.actor, home, &chosen.delivery)
        .await
        .for_visitor(v)?;
    let now = web.ctx.now();
    let total = all.len();
    let fit: Vec<_> = all
        .into_iter()
        .filter(|row| match act {
            "resend" => log::may_send(row, now),
            _ => log::may_phone(row),
        })
        .collect();
    let maybe = fit.iter().filter(|row| row.status == Status::Unknown).count();
    let left = total - fit.len();
    Ok(render(&BulkPage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        title: words.t(key),
        what: words.n(&format!("{key}-what"), fit.len()),
        maybe: if maybe > 0 {
            words.n("log-bulk-maybe", maybe)
        } else {
            String::new()
        },
        left_out: if left > 0 {
            words.n(&format!("{key}-left"), left)
        } else {
            String::new()
        },
        confirm: words.n(&format!("{key}-confirm"), fit.len()),
        act,
        back,
        rows: lines(&web.ctx, &page, &fit).await.for_visitor(v)?,
    }))
}
