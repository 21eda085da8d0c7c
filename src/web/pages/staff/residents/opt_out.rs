//! How somebody does not want to be told, and whether their address takes mail: shown on their page, noted by staff.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::channel::ChannelKind;
use crate::domain::id::ResidentId;
use crate::domain::opt_out::REFUSABLE;
use crate::services::notification::opt_out;
use crate::services::resident::profile::Profile;
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::staff::StaffPage;

/// One channel that can be refused.
pub(super) struct Refusable {
    pub name: &'static str,
    pub label: String,
    pub on: bool,
    /// Since when and how they said so.
    pub since: String,
}

/// The channels that somebody can refuse, and which they did.
pub(super) fn refusable(words: Words, found: &Profile, at: impl Fn(Timestamp) -> String) -> Vec<Refusable> {
    REFUSABLE
        .iter()
        .map(|channel| {
            let refused = found.opt_outs.iter().find(|one| one.channel == *channel);
            Refusable {
                name: channel.as_str(),
                label: words.t(&format!("opt-out-{channel}")),
                on: refused.is_some(),
                since: refused.map_or_else(String::new, |one| {
                    let how = words.t(&format!("opt-out-source-{}", one.source));
                    words.aa("opt-out-since", "at", at(one.opted_out_at), "how", how)
                }),
            }
        })
        .collect()
}

/// Which channels were ticked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticked {
    email: String,
    sms: String,
}

/// `POST /staff/residents/{id}/opt-outs`.
///
/// # Errors
/// As the use case.
pub(super) async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(ticked): Form<Ticked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let refused: Vec<ChannelKind> = REFUSABLE
        .into_iter()
        .filter(|channel| match channel {
            ChannelKind::Email => !ticked.email.is_empty(),
            ChannelKind::Sms => !ticked.sms.is_empty(),
            ChannelKind::Robot | ChannelKind::Call => false,
        })
        .collect();
    opt_out::set_by_staff(&web.ctx, &v.actor, page.community.id, id, &refused)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to(&format!("/staff/residents/{id}?done=told")).into_response())
}
