//! `/staff/sessions/{id}/feedback/card`: a card to print, with the QR code by which people answer on their own phones.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, State};
use axum::response::Response;

use super::{Head, session_of};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::day_words;
use crate::domain::feedback::{OPEN_AFTER, Source};
use crate::services::feedback::tap;
use crate::services::schedule::SessionView;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::{qr, render};

#[derive(Template)]
#[template(path = "service/card.html")]
struct CardPage<'a> {
    v: &'a Visitor,
    session: &'a SessionView,
    head: Head,
    /// The day by its date: paper lies about longer than today.
    when: String,
    office: String,
    code: Safe<String>,
    until: String,
}

/// The page.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let (ctx, v) = (&web.ctx, &page.visitor);
    let (session, head) = session_of(ctx, &page, &id).await?;
    let path = tap::path(ctx, &v.actor, &page.community, session.id, Source::Phone).for_visitor(v)?;
    let link = format!("{}{path}", ctx.settings.base_url());
    let closes = (session.ends.timestamp() + OPEN_AFTER).to_zoned(page.community.zone.clone());
    Ok(render(&CardPage {
        v,
        office: v.words.pick(&page.community.name, &page.community.name_en).to_owned(),
        when: format!(
            "{} {}",
            day_words(session.starts.date(), v.words.lang),
            time_range_short(session.starts.time(), session.ends.time(), v.words.lang)
        ),
        code: qr::drawing(&link, &link),
        until: day_words(closes.date(), v.words.lang),
        head,
        session: &session,
    }))
}
