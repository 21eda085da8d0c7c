//! A seat that is held for somebody, behind the link they were told: to take it or leave it. Looking changes nothing.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;

use super::enrolment::{Wish, draw};
use crate::services::enrolment::{self, OfferAnswer, Offered};
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// `GET /c/{community}/offers/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let own = enrolment::own_offer(ctx, home.id, &token).await.for_visitor(&visitor)?;
    let here = format!("/c/{}/offers/{token}", home.slug);
    let page = draw(ctx, &visitor, &home, own, here).await.for_visitor(&visitor)?;
    Ok(render(&page))
}

/// `POST /c/{community}/offers/{token}`: takes or leaves the seat, or goes to the end of the queue again.
pub(super) async fn answer(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
    Form(wish): Form<Wish>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let which = Offered::Link(token.clone());
    let done = match wish.wish.as_str() {
        "take" => enrolment::answer_offer(ctx, home.id, which, OfferAnswer::Take)
            .await
            .map(drop),
        "leave" => enrolment::answer_offer(ctx, home.id, which, OfferAnswer::Leave)
            .await
            .map(drop),
        "again" => enrolment::again(ctx, home.id, &token).await.map(drop),
        // What else can be done with a sign-up belongs to its own link.
        other => Err(Error::invalid("wish", "wish-unknown", other)),
    };
    match done {
        // It lapsed meanwhile, or the session is off: the page says how it stands.
        Ok(()) | Err(Error::State { .. }) => {
            Ok(Redirect::to(&format!("/c/{}/offers/{token}", home.slug)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}
