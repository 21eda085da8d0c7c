//! The words of messages: a community's own, or the built-in ones.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::extract::{ApiJson, List, home};
use crate::domain::community::Community;
use crate::domain::lang::Lang;
use crate::domain::message_template::{Class, allowed};
use crate::domain::notification::Event;
use crate::services::message_template::{self, Place};
use crate::services::notification::Draft;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, set, reset))]
pub struct Doc;

/// `/communities/{community}/message-templates`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/message-templates", Who::Staff, list)
        .put(
            "/api/v1/communities/{community}/message-templates/{event}/{class}/{lang}",
            Who::Staff,
            set,
        )
        .delete(
            "/api/v1/communities/{community}/message-templates/{event}/{class}",
            Who::Staff,
            reset,
        )
}

/// Which words are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only of this event: `cancelled`, `moved` …
    event: Option<String>,
    /// Only for this class of channels: `mail`, `sms` or `robot`.
    class: Option<String>,
}

/// The words for an event, a class of channels and a language.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageTemplateItem {
    /// What is told: `cancelled`, `moved` …
    event: &'static str,
    /// `mail`, `sms` or `robot`.
    class: &'static str,
    /// `zh-CN` or `en`.
    lang: &'static str,
    /// Whether the community wrote them; else they are the built-in ones.
    own: bool,
    /// Subject; empty for text messages.
    subject: String,
    /// Text.
    body: String,
    /// What they may be filled with, as it is written: `{活动}`.
    variables: Vec<String>,
}

/// Words to be kept. The built-in ones, written again, are not kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageTemplateBody {
    /// Subject; none for text messages.
    #[serde(default)]
    subject: String,
    /// Text.
    body: String,
}

fn unknown(what: &'static str, text: &str) -> Error {
    Error::not_found(what, text.chars().take(60).collect::<String>())
}

fn event(name: &str) -> Result<Event, Error> {
    Event::from_name(name).ok_or_else(|| unknown("event", name))
}

fn class(name: &str) -> Result<Class, Error> {
    name.parse().map_err(|_| unknown("class", name))
}

fn lang(tag: &str) -> Result<Lang, Error> {
    tag.parse().map_err(|_| unknown("lang", tag))
}

async fn item(web: &Web, v: &Visitor, home: &Community, place: Place) -> Result<MessageTemplateItem, WebError> {
    let shown = message_template::show(&web.ctx, &v.actor, home.id, place)
        .await
        .for_visitor(v)?;
    Ok(MessageTemplateItem {
        event: place.event.as_str(),
        class: place.class.as_str(),
        lang: place.lang.tag(),
        own: shown.is_own,
        subject: shown.draft.subject,
        body: shown.draft.body,
        variables: allowed(place.event, place.class)
            .into_iter()
            .map(|one| one.placeholder(place.lang))
            .collect(),
    })
}

/// The names of the form's fields as this API has them: the language stands in the address.
fn named_as_here(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else {
        return error;
    };
    for FieldError { field, .. } in &mut errors {
        if let Some((here, "zh" | "en")) = field.rsplit_once('_') {
            *field = here.to_owned();
        }
    }
    Error::Invalid(errors)
}

/// The words of messages
///
/// For every event, class of channels and language: the community's own, or the built-in ones.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/message-templates",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses"), Wanted),
    responses((status = 200, body = List<MessageTemplateItem>), (status = 404, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let only_event = wanted.event.as_deref().map(event).transpose().for_visitor(&v)?;
    let only_class = wanted.class.as_deref().map(class).transpose().for_visitor(&v)?;
    let mut items = Vec::new();
    for event in Event::ALL
        .into_iter()
        .filter(|event| only_event.is_none_or(|only| only == *event))
    {
        for class in Class::ALL
            .iter()
            .filter(|class| only_class.is_none_or(|only| only == **class))
        {
            for lang in [Lang::Zh, Lang::En] {
                let place = Place {
                    event,
                    class: *class,
                    lang,
                };
                items.push(item(&web, &v, &home, place).await?);
            }
        }
    }
    Ok(Json(List { items, next: None }).into_response())
}

/// Write the community's own words
#[utoipa::path(
    put,
    path = "/api/v1/communities/{community}/message-templates/{event}/{class}/{lang}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("event" = String, Path, description = "`cancelled`, `moved` …"),
        ("class" = String, Path, description = "`mail`, `sms` or `robot`"),
        ("lang" = String, Path, description = "`zh-CN` or `en`"),
    ),
    request_body = MessageTemplateBody,
    responses((status = 200, body = MessageTemplateItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn set(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, event_name, class_name, tag)): Path<(String, String, String, String)>,
    ApiJson(body): ApiJson<MessageTemplateBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let place = Place {
        event: event(&event_name).for_visitor(&v)?,
        class: class(&class_name).for_visitor(&v)?,
        lang: lang(&tag).for_visitor(&v)?,
    };
    let draft = Draft {
        subject: body.subject,
        body: body.body,
    };
    message_template::save(&web.ctx, &v.actor, &home, vec![(place, draft)])
        .await
        .map_err(named_as_here)
        .for_visitor(&v)?;
    Ok(Json(item(&web, &v, &home, place).await?).into_response())
}

/// Back to the built-in words, in both languages
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/message-templates/{event}/{class}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("event" = String, Path, description = "`cancelled`, `moved` …"),
        ("class" = String, Path, description = "`mail`, `sms` or `robot`"),
    ),
    responses((status = 204, description = "The built-in words are used"), (status = 404, body = Problem))
)]
async fn reset(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, event_name, class_name)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let event = event(&event_name).for_visitor(&v)?;
    let class = class(&class_name).for_visitor(&v)?;
    message_template::reset(&web.ctx, &v.actor, home.id, event, class)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
