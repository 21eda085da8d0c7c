//! Somebody's own sign-up, behind the link they got: to see it, give it up, and take it again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::{Stand, reason, stand};
use super::facts::{Facts, short_moment};
use super::shell::Shell;
use crate::domain::community::Community;
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::text::Purpose;
use crate::services::enrolment::{self, OfferAnswer, Offered, Own, Which};
use crate::services::{Context, Error, Result, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub(super) wish: String,
}

/// How the top of the page looks and what it says.
pub(super) struct Outcome {
    class: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "public/enrolment.html")]
pub(super) struct EnrolmentPage {
    shell: Shell,
    outcome: Outcome,
    facts: Facts,
    /// Somebody told them something to remember.
    remind: String,
    /// Who comes along; empty when nobody does.
    companion: String,
    /// The number of the enrolment, where seats are drawn.
    lot: String,
    can_answer: bool,
    can_give_up: bool,
    can_part: bool,
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
    let here = format!("/c/{}/enrolments/{token}", home.slug);
    draw(ctx, visitor, &home, own, here).await
}

/// The page of an enrolment, behind its own link or that of an offer.
pub(super) async fn draw(
    ctx: &Context,
    visitor: &Visitor,
    home: &Community,
    own: Own,
    here: String,
) -> Result<EnrolmentPage> {
    let view = schedule::session(ctx, home.id, own.enrolment.session_id).await?;
    let now = ctx.now().to_zoned(home.zone.clone());
    let words = visitor.words;
    let stand = stand(&view, &now);
    let name = own.resident.name.reveal(Purpose::ShowOwner);
    let begun = view.starts <= now;
    // The answer of whoever is asked too late is not waited for, even before their seat has gone on.
    let too_late = own.enrolment.hold_until.is_some_and(|until| until <= now.timestamp());
    let status = match own.enrolment.status {
        EnrolmentStatus::Offered if too_late => EnrolmentStatus::Lapsed,
        status => status,
    };
    let said = |class, icon, title: &str, text: String| Outcome {
        class,
        icon,
        title: words.t(title),
        text,
    };
    let outcome = if stand == Stand::Cancelled {
        let mut text = view.reason.clone().unwrap_or_else(|| reason(&view, words));
        if let Some(next) = schedule::next_of_series(ctx, home.id, &view).await? {
            text.push_str(&words.a("session-next", "when", short_moment(&next.starts, now.date(), words)));
        }
        said(" gone", "x", "session-off", text)
    } else if stand == Stand::Paused {
        said(" gone", "info", "session-paused", words.t("session-paused-why"))
    } else {
        match status {
            EnrolmentStatus::Enrolled => said("", "check", "enrolment-in", words.a("enrolment-in-text", "name", name)),
            EnrolmentStatus::Waitlisted if view.seats.collects() => {
                let draws = view
                    .seats
                    .terms
                    .draws_at
                    .unwrap_or_default()
                    .to_zoned(home.zone.clone());
                let when = short_moment(&draws, now.date(), words);
                let text = words.aa("enrolment-collected-text", "name", name, "when", when);
                said(" queue", "queue", "enrolment-collected", text)
            }
            EnrolmentStatus::Waitlisted => {
                let n = i64::from(own.ahead);
                let text = words.with(
                    "enrolment-queue-text",
                    [("n", n.into()), ("name", name.to_owned().into())],
                );
                said(" queue", "queue", "enrolment-queue", text)
            }
            EnrolmentStatus::Offered => {
                let until = own.enrolment.hold_until.unwrap_or_default().to_zoned(home.zone.clone());
                let when = short_moment(&until, now.date(), words);
                said(
                    "",
                    "clock",
                    "offer-title",
                    words.aa("offer-text", "name", name, "when", when),
                )
            }
            EnrolmentStatus::Lapsed => said(" gone", "clock", "offer-lapsed-title", words.t("offer-lapsed-text")),
            EnrolmentStatus::Leave => said(" gone", "undo", "leave-title", words.t("leave-text")),
            // A seat that is only kept has no link of its own.
            EnrolmentStatus::Cancelled | EnrolmentStatus::Asked => {
                said(" gone", "undo", "enrolment-out", words.t("enrolment-out-text"))
            }
        }
    };
    let takes_place = stand != Stand::Cancelled && !begun;
    let companion = own.companion.as_ref().filter(|_| status.is_live());
    Ok(EnrolmentPage {
        outcome,
        remind: if takes_place && status.is_live() && status != EnrolmentStatus::Offered {
            words.t("enrolment-remind")
        } else {
            String::new()
        },
        can_answer: takes_place && status == EnrolmentStatus::Offered,
        can_give_up: takes_place && status.is_live() && status != EnrolmentStatus::Offered,
        can_part: takes_place && status == EnrolmentStatus::Waitlisted && companion.is_some(),
        can_take_again: takes_place
            && !too_late_to_come(stand)
            && stand != Stand::Paused
            && own.enrolment.status != EnrolmentStatus::Offered
            && matches!(
                status,
                EnrolmentStatus::Cancelled | EnrolmentStatus::Lapsed | EnrolmentStatus::Leave
            ),
        companion: companion.map_or_else(String::new, |(_, other)| {
            other.name.reveal(Purpose::ShowOwner).to_owned()
        }),
        lot: if view.seats.terms.draws_at.is_some() {
            own.enrolment.id.to_string()
        } else {
            String::new()
        },
        share: format!("{}/c/{}/sessions/{}", ctx.settings.base_url(), home.slug, view.id),
        facts: Facts::of(&view, &home.slug, now.date(), Stand::Over, words),
        shell: Shell::of(visitor, home).at(here),
    })
}

/// Whether nobody signs up for it on the page any more.
fn too_late_to_come(stand: Stand) -> bool {
    matches!(stand, Stand::Closed | Stand::NoQueue | Stand::NotYet)
}

/// `POST /c/{community}/enrolments/{token}`: gives it up, takes it again, or answers an offer.
pub(super) async fn change(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
    Form(wish): Form<Wish>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let which = || Which::Token(token.clone());
    let offered = || Offered::Manage(token.clone());
    let done = match wish.wish.as_str() {
        "cancel" => enrolment::cancel(ctx, home.id, which()).await,
        "cancel_both" => enrolment::cancel_both(ctx, home.id, which()).await,
        "part" => enrolment::part(ctx, home.id, which()).await,
        "again" => enrolment::again(ctx, home.id, &token).await.map(drop),
        "take" => enrolment::answer_offer(ctx, home.id, offered(), OfferAnswer::Take)
            .await
            .map(drop),
        "leave" => enrolment::answer_offer(ctx, home.id, offered(), OfferAnswer::Leave)
            .await
            .map(drop),
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
