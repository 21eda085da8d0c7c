//! Accounts over which messages leave: robots in groups of staff, contracts with providers of text messages. What they are opened with can be
//! written and never read.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, home, id, rfc3339};
use crate::domain::channel_account::AccountKind;
use crate::domain::community::Community;
use crate::domain::id::ChannelAccountId;
use crate::services::Error;
use crate::services::channel::SendOutcome;
use crate::services::channel_account::{self as accounts, Draft};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, show, create, change, remove, test))]
pub struct Doc;

/// `/communities/{community}/channel-accounts`.
pub fn routes() -> Routes {
    let all = "/api/v1/communities/{community}/channel-accounts";
    let one = "/api/v1/communities/{community}/channel-accounts/{account}";
    Routes::new()
        .get(all, Who::Staff, list)
        .post(all, Who::Staff, create)
        .get(one, Who::Staff, show)
        .patch(one, Who::Staff, change)
        .delete(one, Who::Staff, remove)
        .post(
            "/api/v1/communities/{community}/channel-accounts/{account}/test",
            Who::Staff,
            test,
        )
}

/// A template that a provider approved.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovedTemplate {
    /// The provider's name for it: `SMS_123456789`, `1234567`.
    code: String,
    /// What it is filled with, in order: `title, when`, or `hd=title` where the provider calls it something else.
    #[serde(default)]
    variables: String,
}

/// The settings of an account. Which of them an account has depends on its kind; the others are left alone. It has no Debug: some of it is
/// secret.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountFields {
    /// What people call it.
    name: Option<String>,
    /// Whether it is in use. Of accounts for text messages one is, at a time.
    enabled: Option<bool>,
    /// Address of a robot (secret: the key is part of it) or of a gateway.
    url: Option<String>,
    /// What a robot signs with; a gateway's password. Secret.
    secret: Option<String>,
    /// A robot's keyword.
    keyword: Option<String>,
    /// `AccessKey` id, `SecretId`. Secret.
    key_id: Option<String>,
    /// `AccessKey` secret, `SecretKey`. Secret.
    key_secret: Option<String>,
    /// `SmsSdkAppId`.
    app_id: Option<String>,
    /// Region.
    region: Option<String>,
    /// Address of a provider's interface; left out: the usual one.
    endpoint: Option<String>,
    /// `GET` or `POST`.
    method: Option<String>,
    /// Headers of a gateway, one `Name: value` a line.
    headers: Option<String>,
    /// How a gateway's body is written: `json` or `form`.
    format: Option<String>,
    /// A gateway's body, with placeholders.
    body: Option<String>,
    /// Where a gateway's answer says how it went: `/code`.
    pointer: Option<String>,
    /// What must stand there.
    expected: Option<String>,
    /// The approved signature, without 【】.
    sign: Option<String>,
    /// The approved templates by the name of their event; given, they replace all of them.
    templates: Option<BTreeMap<String, ApprovedTemplate>>,
}

impl AccountFields {
    /// Writes what is given over a draft. A secret that is left out stays what it was.
    fn write_over(self, draft: &mut Draft) {
        let fields = [
            (self.name, &mut draft.name),
            (self.url, &mut draft.url),
            (self.secret, &mut draft.secret),
            (self.keyword, &mut draft.keyword),
            (self.key_id, &mut draft.key_id),
            (self.key_secret, &mut draft.key_secret),
            (self.app_id, &mut draft.app_id),
            (self.region, &mut draft.region),
            (self.endpoint, &mut draft.endpoint),
            (self.method, &mut draft.method),
            (self.headers, &mut draft.headers),
            (self.format, &mut draft.format),
            (self.body, &mut draft.body),
            (self.pointer, &mut draft.pointer),
            (self.expected, &mut draft.expected),
            (self.sign, &mut draft.sign),
        ];
        for (given, field) in fields {
            if let Some(given) = given {
                *field = given;
            }
        }
        draft.enabled = self.enabled;
        if let Some(templates) = self.templates {
            let templates = templates.into_iter();
            draft.templates = templates
                .map(|(event, one)| (event, (one.code, one.variables)))
                .collect();
        }
    }
}

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    /// `wecom`, `dingtalk`, `feishu`, `aliyun`, `tencent` or `gateway`.
    kind: String,
    /// Its settings.
    #[serde(default)]
    settings: AccountFields,
}

/// An account, without what it is opened with.
#[derive(Serialize, ToSchema)]
pub struct ChannelAccountItem {
    /// Its id.
    id: Uuid,
    /// `wecom`, `dingtalk`, `feishu`, `aliyun`, `tencent` or `gateway`.
    kind: &'static str,
    /// The channel it belongs to: `robot` or `sms`.
    channel: &'static str,
    /// What people call it.
    name: String,
    /// Whether it is in use.
    enabled: bool,
    /// When a message over it last left, RFC 3339.
    last_ok_at: Option<String>,
    /// What went wrong last; none when the last message left.
    last_error: Option<String>,
    /// What may be shown of its address and its keys, by field; nothing where there is none.
    masked: BTreeMap<&'static str, String>,
    /// Its other settings, by field, as they are written.
    settings: BTreeMap<&'static str, String>,
    /// The approved templates by the name of their event.
    templates: BTreeMap<String, ApprovedTemplate>,
}

/// Where a test goes.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TestBody {
    /// A mobile number, for text messages; a robot writes into its group.
    to: String,
}

/// How a test ended.
#[derive(Serialize, ToSchema)]
pub struct TestOutcome {
    /// `sent`, `retry` (not now), `rejected` or `unknown` (no answer: it may have arrived).
    outcome: &'static str,
    /// The other side's words, or what failed.
    detail: String,
}

fn account_id(text: &str) -> Result<ChannelAccountId, Error> {
    id("channel", text)
}

async fn item(web: &Web, v: &Visitor, home: &Community, id: ChannelAccountId) -> Result<ChannelAccountItem, WebError> {
    let (account, draft, kept) = accounts::edit(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let filled = |fields: Vec<(&'static str, String)>| -> BTreeMap<&'static str, String> {
        fields.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    };
    Ok(ChannelAccountItem {
        id: account.id.0,
        kind: account.kind.as_str(),
        channel: account.kind.channel().as_str(),
        name: account.name,
        enabled: account.enabled,
        last_ok_at: account.last_ok_at.map(|at| rfc3339(&at.to_zoned(home.zone.clone()))),
        last_error: account.last_error,
        masked: filled(vec![
            ("url", kept.url),
            ("secret", kept.secret),
            ("key_id", kept.key_id),
            ("key_secret", kept.key_secret),
        ]),
        settings: filled(vec![
            ("url", draft.url),
            ("keyword", draft.keyword),
            ("app_id", draft.app_id),
            ("region", draft.region),
            ("endpoint", draft.endpoint),
            ("method", draft.method),
            ("headers", draft.headers),
            ("format", draft.format),
            ("body", draft.body),
            ("pointer", draft.pointer),
            ("expected", draft.expected),
            ("sign", draft.sign),
        ]),
        templates: draft
            .templates
            .into_iter()
            .map(|(event, (code, variables))| (event, ApprovedTemplate { code, variables }))
            .collect(),
    })
}

/// The accounts of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/channel-accounts",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses")),
    responses((status = 200, body = List<ChannelAccountItem>), (status = 404, body = Problem))
)]
async fn list(State(web): State<Web>, v: Visitor, Path(slug): Path<String>) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let mut items = Vec::new();
    for account in accounts::list(&web.ctx, &v.actor, home.id).await.for_visitor(&v)? {
        items.push(item(&web, &v, &home, account.id).await?);
    }
    Ok(Json(List { items, next: None }).into_response())
}

/// One account
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/channel-accounts/{account}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("account" = Uuid, Path, description = "the account"),
    ),
    responses((status = 200, body = ChannelAccountItem), (status = 404, body = Problem))
)]
async fn show(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, account)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let id = account_id(&account).for_visitor(&v)?;
    Ok(Json(item(&web, &v, &home, id).await?).into_response())
}

/// Make an account
///
/// It is in use at once, unless `enabled` says otherwise; an account for text messages that is in use switches the others off.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/channel-accounts",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = NewAccount,
    responses(
        (status = 201, body = ChannelAccountItem),
        (status = 404, body = Problem),
        (status = 409, description = "there are too many", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn create(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(new): ApiJson<NewAccount>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let kind: AccountKind = new
        .kind
        .parse()
        .map_err(|_| Error::invalid("kind", "channel-kind", new.kind.clone()))
        .for_visitor(&v)?;
    let mut draft = Draft::default();
    new.settings.write_over(&mut draft);
    let id = accounts::create(&web.ctx, &v.actor, home.id, kind, &draft)
        .await
        .map_err(named_as_here)
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(item(&web, &v, &home, id).await?)).into_response())
}

/// The names of the form's fields as this API has them.
fn named_as_here(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else {
        return error;
    };
    for error in &mut errors {
        for (form, here) in [("code_", "code"), ("order_", "variables")] {
            if let Some(event) = error.field.strip_prefix(form) {
                error.field = format!("templates.{event}.{here}");
                break;
            }
        }
    }
    Error::Invalid(errors)
}

/// Change an account
///
/// What is left out stays as it was, the secrets too.
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/channel-accounts/{account}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("account" = Uuid, Path, description = "the account"),
    ),
    request_body = AccountFields,
    responses((status = 200, body = ChannelAccountItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, account)): Path<(String, String)>,
    ApiJson(fields): ApiJson<AccountFields>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let id = account_id(&account).for_visitor(&v)?;
    let (_, before, _) = accounts::edit(&web.ctx, &v.actor, home.id, id).await.for_visitor(&v)?;
    let mut draft = before.clone();
    let enabled = fields.enabled;
    fields.write_over(&mut draft);
    let turned = Draft {
        enabled,
        ..before.clone()
    };
    let done = if draft != turned {
        accounts::save(&web.ctx, &v.actor, home.id, id, &draft).await
    } else if let Some(enabled) = enabled {
        // What cannot work any more can still be turned off.
        accounts::set_enabled(&web.ctx, &v.actor, home.id, id, enabled).await
    } else {
        Ok(())
    };
    done.map_err(named_as_here).for_visitor(&v)?;
    Ok(Json(item(&web, &v, &home, id).await?).into_response())
}

/// Take an account away, with its secrets
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/channel-accounts/{account}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("account" = Uuid, Path, description = "the account"),
    ),
    responses((status = 204, description = "Taken away"), (status = 404, body = Problem))
)]
async fn remove(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, account)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let id = account_id(&account).for_visitor(&v)?;
    accounts::remove(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Send a test message over an account
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/channel-accounts/{account}/test",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("account" = Uuid, Path, description = "the account"),
    ),
    request_body = TestBody,
    responses(
        (status = 200, description = "it was tried; the body says how it ended", body = TestOutcome),
        (status = 404, body = Problem),
        (status = 409, description = "nothing leaves this server", body = Problem),
        (status = 422, body = Problem),
        (status = 429, description = "tried too often", body = Problem)
    )
)]
async fn test(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, account)): Path<(String, String)>,
    ApiJson(body): ApiJson<TestBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let id = account_id(&account).for_visitor(&v)?;
    let outcome = accounts::try_out(&web.ctx, &v.actor, home.id, id, &body.to, v.words)
        .await
        .for_visitor(&v)?;
    let (outcome, detail) = match outcome {
        SendOutcome::Sent { answer } => ("sent", answer),
        SendOutcome::Retry { reason, .. } => ("retry", reason),
        SendOutcome::Rejected { reason, .. } => ("rejected", reason),
        SendOutcome::Unknown { reason } => ("unknown", reason),
    };
    Ok(Json(TestOutcome { outcome, detail }).into_response())
}
