//! `/staff/notifications/channels`: where messages leave from, whether it works, and 「给我发一条试试」.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::form::{Choice, Wrong, choices};
use super::{StaffPage, channel_form};
use crate::domain::calendar::format::moment_words;
use crate::domain::channel::ChannelKind;
use crate::domain::channel_account::{AccountKind, ChannelAccount};
use crate::domain::community::Community;
use crate::domain::id::ChannelAccountId;
use crate::services::channel::SendOutcome;
use crate::services::channel_account::{self as accounts};
use crate::services::wording::Words;
use crate::services::{Error, Result};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::routes::{Routes, Who};

/// The pages of channels.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/notifications/channels", Who::Staff, show)
        .post("/staff/notifications/channels", Who::Staff, channel_form::create)
        .get("/staff/notifications/channels/new", Who::Staff, channel_form::new)
        .post("/staff/notifications/channels/mail/test", Who::Staff, test_mail)
        .get("/staff/notifications/channels/{id}", Who::Staff, channel_form::show)
        .post("/staff/notifications/channels/{id}", Who::Staff, channel_form::save)
        .post("/staff/notifications/channels/{id}/test", Who::Staff, test)
        .post("/staff/notifications/channels/{id}/turn", Who::Staff, turn)
        .get("/staff/notifications/channels/{id}/remove", Who::Staff, ask_remove)
        .post("/staff/notifications/channels/{id}/remove", Who::Staff, remove)
}

/// What an act left in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// What came of a test, beside the channel that was tried.
struct Said {
    class: &'static str,
    icon: &'static str,
    text: String,
}

struct Line {
    id: ChannelAccountId,
    name: String,
    kind: String,
    tag_class: &'static str,
    tag_icon: &'static str,
    tag: String,
    last_ok: String,
    error: String,
    enabled: bool,
    /// Where its test form asks for a number.
    asks_number: bool,
    to: String,
    fault: String,
    said: Option<Said>,
}

struct Mail {
    on: bool,
    words: String,
    to: String,
    fault: String,
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "staff/channels/index.html")]
struct Index<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    done: String,
    robots: Vec<Line>,
    texts: Vec<Line>,
    mail: Mail,
    robot_kinds: Vec<Choice>,
    text_kinds: Vec<Choice>,
}

/// Which channel was tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    Account(ChannelAccountId),
    Mail,
}

/// What came of it: the address that was typed, and an outcome or what is wrong with the address.
struct Trial {
    what: Tried,
    to: String,
    ended: std::result::Result<SendOutcome, String>,
}

impl Trial {
    fn of(words: Words, what: Tried, to: String, tried: Result<SendOutcome>) -> Result<Self> {
        let ended = match tried {
            Ok(outcome) => Ok(outcome),
            Err(Error::TooMany { wait_seconds }) => Err(words.a("error-channel-too-fast", "seconds", wait_seconds)),
            Err(error) => Err(Wrong::of_error(words, error)?
                .items
                .into_iter()
                .map(|item| item.message)
                .collect()),
        };
        Ok(Self { what, to, ended })
    }

    /// What stands beside the channel: an outcome, and a fault of the address.
    fn beside(&self, words: Words, what: Tried) -> (Option<Said>, String, String) {
        if self.what != what {
            return (None, String::new(), String::new());
        }
        match &self.ended {
            Ok(outcome) => (Some(said(words, outcome)), String::new(), self.to.clone()),
            Err(fault) => (None, fault.clone(), self.to.clone()),
        }
    }

    fn status(&self) -> StatusCode {
        if self.ended.is_ok() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

fn said(words: Words, outcome: &SendOutcome) -> Said {
    let (class, icon, text) = match outcome {
        SendOutcome::Sent { .. } => ("ok", "check", words.t("channel-test-sent")),
        SendOutcome::Retry { reason, .. } => ("bad", "warn", words.a("channel-test-retry", "reason", reason)),
        SendOutcome::Rejected { reason, .. } => ("bad", "warn", words.a("channel-test-rejected", "reason", reason)),
        SendOutcome::Unknown { reason } => ("wait", "warn", words.a("channel-test-unknown", "reason", reason)),
    };
    Said { class, icon, text }
}

/// `GET /staff/notifications/channels`.
///
/// # Errors
/// As the use case.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Query(asked): Query<Asked>,
) -> std::result::Result<Response, WebError> {
    let done = match asked.done.as_str() {
        known @ ("made" | "saved" | "on" | "off" | "removed") => page.visitor.words.t(&format!("channel-done-{known}")),
        _ => String::new(),
    };
    draw(&page, &web, done, None).await
}

async fn draw(
    page: &StaffPage,
    web: &Web,
    done: String,
    trial: Option<Trial>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let all = accounts::list(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let (robots, texts): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|account| account.kind.channel() == ChannelKind::Robot);
    let lines = |accounts: Vec<ChannelAccount>| -> Vec<Line> {
        accounts
            .into_iter()
            .map(|account| line(page, account, trial.as_ref()))
            .collect()
    };
    let smtp = &web.ctx.settings.smtp;
    let on = !smtp.host.is_empty();
    let (mail_said, mail_fault, mail_to) = trial
        .as_ref()
        .map(|trial| trial.beside(words, Tried::Mail))
        .unwrap_or_default();
    let kinds = |of: ChannelKind| {
        let kinds = AccountKind::ALL.iter().filter(|kind| kind.channel() == of);
        choices(
            kinds.map(|kind| (kind.to_string(), words.t(&format!("channel-add-{kind}")))),
            "",
        )
    };
    let template = Index {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        done,
        robots: lines(robots),
        texts: lines(texts),
        mail: Mail {
            on,
            words: if on {
                words.aa("channel-mail-on", "host", &smtp.host, "from", &smtp.from)
            } else {
                words.t("channel-mail-off")
            },
            to: mail_to,
            fault: mail_fault,
            said: mail_said,
        },
        robot_kinds: kinds(ChannelKind::Robot),
        text_kinds: kinds(ChannelKind::Sms),
    };
    let status = trial.as_ref().map_or(StatusCode::OK, Trial::status);
    Ok((status, render(&template)).into_response())
}

fn line(page: &StaffPage, account: ChannelAccount, trial: Option<&Trial>) -> Line {
    let words = page.visitor.words;
    let (tag_class, tag_icon, tag) = if !account.enabled {
        ("wait", "clock", "channel-state-off")
    } else if account.last_error.is_some() {
        ("bad", "warn", "channel-state-bad")
    } else if account.last_ok_at.is_some() {
        ("ok", "check", "channel-state-on")
    } else {
        ("info", "send", "channel-state-new")
    };
    let (said, fault, to) = trial
        .map(|trial| trial.beside(words, Tried::Account(account.id)))
        .unwrap_or_default();
    let when = account
        .last_ok_at
        .map(|at| moment_words(page.community.zone.to_datetime(at), words.lang));
    Line {
        id: account.id,
        kind: words.t(&format!("channel-kind-{}", account.kind)),
        name: account.name,
        tag_class,
        tag_icon,
        tag: words.t(tag),
        last_ok: when.map_or_else(String::new, |when| words.a("channel-last-ok", "when", when)),
        // What was said a moment ago is not said twice.
        error: account.last_error.filter(|_| said.is_none()).unwrap_or_default(),
        enabled: account.enabled,
        asks_number: account.kind.channel() == ChannelKind::Sms,
        to,
        fault,
        said,
    }
}

/// Where a test goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct To {
    to: String,
}

/// `POST /staff/notifications/channels/{id}/test`.
///
/// # Errors
/// As the use case.
pub async fn test(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
    Form(form): Form<To>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    let tried = accounts::try_out(&web.ctx, &v.actor, page.community.id, id, &form.to, v.words).await;
    let trial = Trial::of(v.words, Tried::Account(id), form.to, tried).for_visitor(v)?;
    draw(&page, &web, String::new(), Some(trial)).await
}

/// `POST /staff/notifications/channels/mail/test`.
///
/// # Errors
/// As the use case.
pub async fn test_mail(
    page: StaffPage,
    State(web): State<Web>,
    Form(form): Form<To>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    let tried = accounts::try_mail(&web.ctx, &v.actor, page.community.id, &form.to, v.words).await;
    let trial = Trial::of(v.words, Tried::Mail, form.to, tried).for_visitor(v)?;
    draw(&page, &web, String::new(), Some(trial)).await
}

/// Whether a channel is to be in use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Turn {
    on: String,
}

/// `POST /staff/notifications/channels/{id}/turn`.
///
/// # Errors
/// As the use case.
pub async fn turn(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
    Form(form): Form<Turn>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    let on = form.on == "1";
    accounts::set_enabled(&web.ctx, &v.actor, page.community.id, id, on)
        .await
        .for_visitor(v)?;
    Ok(back(if on { "on" } else { "off" }))
}

#[derive(Template)]
#[template(path = "staff/channels/remove.html")]
struct Remove<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ChannelAccountId,
    title: String,
}

/// `GET /staff/notifications/channels/{id}/remove`: asks once more, because keys cannot be brought back.
///
/// # Errors
/// As the use case.
pub async fn ask_remove(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    let account = accounts::get(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(render(&Remove {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        id,
        title: v.words.a("channel-remove-title", "name", account.name),
    }))
}

/// `POST /staff/notifications/channels/{id}/remove`.
///
/// # Errors
/// As the use case.
pub async fn remove(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ChannelAccountId>,
) -> std::result::Result<Response, WebError> {
    let v = &page.visitor;
    accounts::remove(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(back("removed"))
}

/// The list, saying what was done.
pub(super) fn back(done: &str) -> Response {
    Redirect::to(&format!("/staff/notifications/channels?done={done}")).into_response()
}
