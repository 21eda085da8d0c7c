//! Somebody's own sign-up, behind the link they got: to see it, give it up, and take it again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::{Stand, reason, stand};
use super::facts::{Facts, short_moment};
use super::shell::Shell;
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::text::Purpose;
use crate::services::enrolment::{self, Which};
use crate::services::{Context, Error, Result, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    wish: String,
}

/// How the top of the page looks and what it says.
struct Outcome {
    class: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "public/enrolment.html")]
struct EnrolmentPage {
    shell: Shell,
    outcome: Outcome,
    facts: Facts,
    /// Somebody told them something to remember.
    remind: String,
    can_give_up: bool,
    can_take_again: bool,
    share: String,
}

/// `GET /c/{community}/enrolments/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let page = page(&web.ctx, &visitor, &slug, &token).await.for_visitor(&visitor)?;
    Ok(render(&page))
}

async fn page(ctx: &Context, visitor: &Visitor, slug: &str, token: &str) -> Result<EnrolmentPage> {
    let home = community::find_by_slug(ctx, slug).await?;
    let own = enrolment::own(ctx, home.id, token).await?;
    let view = schedule::session(ctx, home.id, own.enrolment.session_id).await?;
    let now = ctx.now().to_zoned(home.zone.clone());
    let words = visitor.words;
    let stand = stand(&view, &now);
    let name = own.resident.name.reveal(Purpose::ShowOwner);
    let begun = view.starts <= now;
    let status = own.enrolment.status;
    let outcome = if stand == Stand::Cancelled {
        let mut text = view.reason.clone().unwrap_or_else(|| reason(&view, words));
        if let Some(next) = schedule::next_of_series(ctx, home.id, &view).await? {
            text.push_str(&words.a("session-next", "when", short_moment(&next.starts, now.date(), words)));
        }
        Outcome {
            class: " gone",
            icon: "x",
            title: words.t("session-off"),
            text,
        }
    } else if stand == Stand::Paused {
        Outcome {
            class: " gone",
            icon: "info",
            title: words.t("session-paused"),
            text: words.t("session-paused-why"),
        }
    } else {
        match status {
            EnrolmentStatus::Enrolled => Outcome {
                class: "",
                icon: "check",
                title: words.t("enrolment-in"),
                text: words.a("enrolment-in-text", "name", name),
            },
            EnrolmentStatus::Waitlisted => Outcome {
                class: " queue",
                icon: "queue",
                title: words.t("enrolment-queue"),
                text: words.with(
                    "enrolment-queue-text",
                    [("n", i64::from(own.ahead).into()), ("name", name.to_owned().into())],
                ),
            },
            // A seat that is only kept has no link of its own.
            EnrolmentStatus::Cancelled | EnrolmentStatus::Asked => Outcome {
                class: " gone",
                icon: "undo",
                title: words.t("enrolment-out"),
                text: words.t("enrolment-out-text"),
            },
        }
    };
    let takes_place = stand != Stand::Cancelled && !begun;
    Ok(EnrolmentPage {
        outcome,
        remind: if takes_place && status.is_live() {
            words.t("enrolment-remind")
        } else {
            String::new()
        },
        can_give_up: takes_place && status.is_live(),
        can_take_again: takes_place && stand != Stand::Paused && status == EnrolmentStatus::Cancelled,
        share: format!("{}/c/{}/sessions/{}", ctx.settings.base_url(), home.slug, view.id),
        facts: Facts::of(&view, &home.slug, now.date(), Stand::Over, words),
        shell: Shell::of(visitor, &home).at(format!("/c/{}/enrolments/{token}", home.slug)),
    })
}

/// `POST /c/{community}/enrolments/{token}`: gives it up, or takes it again.
pub(super) async fn change(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
    Form(wish): Form<Wish>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let done = match wish.wish.as_str() {
        "cancel" => enrolment::cancel(ctx, home.id, Which::Token(token.clone())).await,
        "again" => enrolment::again(ctx, home.id, &token).await.map(drop),
        other => Err(Error::invalid("wish", "wish-unknown", other)),
    };
    match done {
        // It has begun, or the queue is full: the page says how it stands.
        Ok(()) | Err(Error::State { .. }) => {
            Ok(Redirect::to(&format!("/c/{}/enrolments/{token}", home.slug)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}
