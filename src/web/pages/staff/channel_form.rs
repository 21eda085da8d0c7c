//! The form of a channel: adding one, and changing it. Secrets are typed and never shown again.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::channels::back;
use super::form::{Choice, Wrong, named};
use crate::domain::channel_account::{AccountKind, SMS_EVENTS};
use crate::domain::community::Community;
use crate::domain::id::ChannelAccountId;
use crate::domain::robot::RobotKind;
use crate::services::Error;
use crate::services::channel_account::{self as accounts, Draft, Kept};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// One line of the table of approved templates.
struct TemplateLine {
    name: &'static str,
    label: String,
    code: String,
    order: String,
}

#[derive(Template)]
#[template(path = "staff/channels/form.html")]
struct FormPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    title: String,
    action: String,
    is_new: bool,
    kind: AccountKind,
    is_robot: bool,
    signs: bool,
    draft: Draft,
    kept: Kept,
    wrong: Wrong,
    templates: Vec<TemplateLine>,
    methods: Vec<Choice>,
    formats: Vec<Choice>,
}

impl FormPage<'_> {
    fn is_gateway(&self) -> bool {
        self.kind == AccountKind::Gateway
    }

    /// The hint under a secret: what it is for, and what may be shown of the one there is.
    fn hint(&self, hint: &str, kept: &str) -> String {
        let words = self.v.words;
        let kept = match kept {
            "" => String::new(),
            kept => words.a("channel-f-kept", "tail", kept),
        };
        let hint = match hint {
            "" => String::new(),
            key => words.t(key),
        };
        [kept, hint]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(words.pick("；", "; "))
    }
}

/// What is sent: names and values.
type Pairs = Vec<(String, String)>;

fn draft_of(pairs: Pairs) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in pairs {
        let field = match name.as_str() {
            "name" => &mut draft.name,
            "url" => &mut draft.url,
            "secret" => &mut draft.secret,
            "keyword" => &mut draft.keyword,
            "key_id" => &mut draft.key_id,
            "key_secret" => &mut draft.key_secret,
            "app_id" => &mut draft.app_id,
            "region" => &mut draft.region,
            "endpoint" => &mut draft.endpoint,
            "method" => &mut draft.method,
            "headers" => &mut draft.headers,
            "format" => &mut draft.format,
            "body" => &mut draft.body,
            "pointer" => &mut draft.pointer,
            "expected" => &mut draft.expected,
            "sign" => &mut draft.sign,
            other => {
                if let Some(event) = other.strip_prefix("code_") {
                    draft.templates.entry(event.to_owned()).or_default().0 = value;
                } else if let Some(event) = other.strip_prefix("order_") {
                    draft.templates.entry(event.to_owned()).or_default().1 = value;
                }
                continue;
            }
        };
        *field = value;
    }
    draft
}

struct Known {
    kind: AccountKind,
    id: Option<ChannelAccountId>,
    name: String,
    kept: Kept,
}

fn draw(page: &StaffPage, known: Known, draft: Draft, wrong: Wrong) -> Response {
    let v = &page.visitor;
    let words = v.words;
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let kind = known.kind;
    let templates = SMS_EVENTS
        .into_iter()
        .map(|event| {
            let name = event.as_str();
            let (code, order) = draft.templates.get(name).cloned().unwrap_or_default();
            TemplateLine {
                name,
                label: words.t(&format!("notice-event-{name}")),
                code,
                order,
            }
        })
        .collect();
    let method = if draft.method.is_empty() { "POST" } else { &draft.method };
    let format = if draft.format.is_empty() { "json" } else { &draft.format };
    let template = FormPage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        title: match known.id {
            Some(_) => words.a("channel-edit-title", "name", &known.name),
            None => words.a("channel-new-title", "kind", words.t(&format!("channel-kind-{kind}"))),
        },
        action: match known.id {
            Some(id) => format!("/staff/notifications/channels/{id}"),
            None => format!("/staff/notifications/channels?kind={kind}"),
        },
        is_new: known.id.is_none(),
        kind,
        is_robot: kind.robot().is_some(),
        signs: kind.robot().is_some_and(RobotKind::signs),
        methods: named(words, "channel-method", &["POST", "GET"], method),
        formats: named(words, "channel-format", &["json", "form"], format),
        draft,
        kept: known.kept,
        wrong,
        templates,
    };
    (status, render(&template)).into_response()
}

/// Which kind is added.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
}

impl Asked {
    fn fresh(&self) -> Result<Known, Error> {
        let kind = self
            .kind
            .parse()
            .map_err(|_| Error::not_found("channel", self.kind.chars().take(40).collect::<String>()))?;
        Ok(Known {
            kind,
            id: None,
            name: String::new(),
            kept: Kept::default(),
        })
    }
}

/// `GET /staff/notifications/channels/new?kind=…`.
///
/// # Errors
/// As the use case.
pub async fn new(page: StaffPage, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let known = asked.fresh().for_visitor(&page.visitor)?;
    let mut draft = Draft::default();
    if known.kind == AccountKind::Gateway {
        "{\"phone\": \"{phone}\", \"content\": \"{text}\"}".clone_into(&mut draft.body);
    }
    Ok(draw(&page, known, draft, Wrong::default()))
}

/// `POST /staff/notifications/channels?kind=…`.
///
/// # Errors
/// As the use case.
pub async fn create(
    page: StaffPage,
    State(web): State<Web>,
    Query(asked): Query<Asked>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let known = asked.fresh().for_visitor(v)?;
    let draft = draft_of(pairs);
    match accounts::create(&web.ctx, &v.actor, page.community.id, known.kind, &draft).await {
        Ok(_) => Ok(back("made")),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            Ok(draw(&page, known, draft, wrong))
        }
    }
}

/// `GET /staff/notifications/channels/{id}`.
///
/// # Errors
/// As the use case.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (account, draft, kept) = accounts::edit(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let known = Known {
        kind: account.kind,
        id: Some(id),
        name: account.name,
        kept,
    };
    Ok(draw(&page, known, draft, Wrong::default()))
}

/// `POST /staff/notifications/channels/{id}`.
///
/// # Errors
/// As the use case.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let draft = draft_of(pairs);
    match accounts::save(ctx, &v.actor, home, id, &draft).await {
        Ok(()) => Ok(back("saved")),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let (account, _, kept) = accounts::edit(ctx, &v.actor, home, id).await.for_visitor(v)?;
            let known = Known {
                kind: account.kind,
                id: Some(id),
                name: account.name,
                kept,
            };
            Ok(draw(&page, known, draft, wrong))
        }
    }
}
