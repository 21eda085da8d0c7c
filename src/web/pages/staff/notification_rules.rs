//! The rules of notifications: the list with the quiet hours, and one rule to change.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, choices};
use super::quiet_form::{QuietForm, QuietRow};
use super::rule_form::RuleForm;
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::moment_words;
use crate::domain::channel::ChannelKind;
use crate::domain::community::Community;
use crate::domain::notification::{Event, Lead};
use crate::domain::notification_rule::{Audience, Policy, Rule, audience, may_be_off, robots_may_hear, ways};
use crate::services::wording::Words;
use crate::services::{Error, notification_rule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// A line of the list.
struct Line {
    href: String,
    what: String,
    why: String,
    when: String,
    how: String,
    robots: bool,
    on: bool,
    own: bool,
}

/// The events that concern the same people.
struct Group {
    id: &'static str,
    heading: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "staff/notification/rules.html")]
struct ListPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    done: Option<String>,
    groups: Vec<Group>,
    rows: Vec<QuietRow>,
    digest_minutes: String,
    wrong: Wrong,
}

/// How the name of an event stands in keys of messages.
fn key(prefix: &str, event: Event) -> String {
    format!("{prefix}-{}", event.as_str())
}

fn way(words: Words, kind: ChannelKind) -> String {
    words.t(&format!("notice-rule-way-{kind}"))
}

/// `GET /staff/notifications/rules`.
pub async fn list(page: StaffPage, State(web): State<Web>, Query(done): Query<Done>) -> Result<Response, WebError> {
    draw_list(&web, &page, None, Wrong::default(), &done.done).await
}

/// `POST /staff/notifications/rules`: sets the quiet hours.
pub async fn save_quiet(
    page: StaffPage,
    State(web): State<Web>,
    Form(form): Form<QuietForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let saved = match form.read() {
        Ok((ranges, minutes)) => {
            notification_rule::set_quiet(&web.ctx, &v.actor, page.community.id, ranges, minutes).await
        }
        Err(wrong) => Err(Error::Invalid(wrong)),
    };
    match saved {
        Ok(()) => Ok(Redirect::to("/staff/notifications/rules?done=quiet#done").into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw_list(&web, &page, Some(form), wrong, "").await
        }
    }
}

async fn draw_list(
    web: &Web,
    page: &StaffPage,
    form: Option<QuietForm>,
    wrong: Wrong,
    done: &str,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let policy = notification_rule::policy(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let form = form.unwrap_or_else(|| QuietForm::of(&policy));
    let rows = form.rows();
    let groups = Audience::ALL
        .iter()
        .map(|who| Group {
            id: who.as_str(),
            heading: words.t(&format!("notice-rule-group-{who}")),
            lines: Event::ALL
                .into_iter()
                .filter(|event| audience(*event) == *who)
                .map(|event| line(words, page, &web.ctx, &policy, event))
                .collect(),
        })
        .collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = ListPage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        done: match done {
            "quiet" => Some(words.t("notice-rule-done-quiet")),
            "rule" => Some(words.t("notice-rule-done-rule")),
            "reset" => Some(words.t("notice-rule-done-reset")),
            _ => None,
        },
        groups,
        rows,
        digest_minutes: form.digest_minutes,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

fn line(words: Words, page: &StaffPage, ctx: &crate::services::Context, policy: &Policy, event: Event) -> Line {
    let rule = policy.rule(event);
    let when = match (rule.lead, rule.schedule()) {
        (Some(Lead::Days { days, at }), _) => words.with(
            "notice-rule-when-days",
            [("n", days.into()), ("time", time_words(at, words.lang).into())],
        ),
        (Some(Lead::Minutes(minutes)), _) => words.n("notice-rule-when-minutes", minutes),
        (None, Some(cron)) => {
            let next = cron.next(ctx.now(), &page.community.zone);
            next.map_or_else(String::new, |next| {
                let local = page.community.zone.to_datetime(next);
                words.a("notice-rule-when-next", "when", moment_words(local, words.lang))
            })
        }
        (None, None) if rule.cron.is_some() => words.t("notice-rule-when-never"),
        (None, None) if event.is_change() => words.t("notice-rule-when-change"),
        (None, None) => words.t("notice-rule-when-awake"),
    };
    let order: Vec<String> = rule.channels.iter().map(|kind| way(words, *kind)).collect();
    Line {
        href: format!("/staff/notifications/rules/{}", event.as_str()),
        what: words.t(&key("notice-event", event)),
        why: words.t(&key("notice-rule-what", event)),
        when,
        how: order.join(&words.t("notice-rule-then")),
        robots: rule.robots && robots_may_hear(event),
        on: rule.enabled,
        own: policy.is_own(event),
    }
}

/// The next runs of what was typed, or what is wrong with it.
struct Runs {
    runs: Vec<String>,
    problem: String,
}

#[derive(Template)]
#[template(path = "staff/notification/runs.html")]
struct RunsBit<'a> {
    v: &'a Visitor,
    runs: Runs,
}

/// A choice of one place in the order of ways.
struct Way {
    n: usize,
    label: String,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "staff/notification/rule.html")]
struct RulePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    sub: String,
    action: String,
    form: RuleForm,
    may_be_off: bool,
    has_robots: bool,
    has_days: bool,
    has_minutes: bool,
    has_cron: bool,
    own: bool,
    ways: Vec<Way>,
    phoned: String,
    runs: Runs,
    wrong: Wrong,
}

fn event_of(name: &str) -> Result<Event, Error> {
    Event::from_name(name).ok_or_else(|| Error::not_found("event", name.chars().take(40).collect::<String>()))
}

/// `GET /staff/notifications/rules/{event}`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(name): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let event = event_of(&name).for_visitor(v)?;
    draw(&web, &page, event, None, Wrong::default()).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    event: Event,
    form: Option<RuleForm>,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let policy = notification_rule::policy(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let usual = Rule::usual(event);
    let form = form.unwrap_or_else(|| RuleForm::of(&policy.rule(event)));
    let runs = match usual.cron {
        Some(_) => runs(web, page, &form.cron).await.for_visitor(v)?,
        None => Runs {
            runs: Vec::new(),
            problem: String::new(),
        },
    };
    let places = ways(event).len();
    let ways = (0..places)
        .map(|n| {
            let chosen = form.way.get(n).map_or("", String::as_str);
            let none = (String::new(), words.t("notice-rule-way-none"));
            let known = ways(event).iter().map(|kind| (kind.to_string(), way(words, *kind)));
            Way {
                n,
                label: words.n("notice-rule-way-n", n + 1),
                choices: choices([none].into_iter().chain(known), chosen),
            }
        })
        .collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = RulePage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        heading: words.t(&key("notice-event", event)),
        sub: words.t(&key("notice-rule-what", event)),
        action: format!("/staff/notifications/rules/{}", event.as_str()),
        may_be_off: may_be_off(event),
        has_robots: robots_may_hear(event),
        has_days: matches!(usual.lead, Some(Lead::Days { .. })),
        has_minutes: matches!(usual.lead, Some(Lead::Minutes(_))),
        has_cron: usual.cron.is_some(),
        own: policy.is_own(event),
        ways,
        phoned: words.t(match (audience(event), event.is_reminder()) {
            (Audience::Staff, _) => "notice-rule-phoned-staff",
            (_, true) => "notice-rule-phoned-not",
            (_, false) => "notice-rule-phoned",
        }),
        runs,
        form,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

async fn runs(web: &Web, page: &StaffPage, text: &str) -> Result<Runs, Error> {
    let v = &page.visitor;
    match notification_rule::next_runs(&web.ctx, &v.actor, page.community.id, text).await {
        Ok(runs) => Ok(Runs {
            runs: runs
                .into_iter()
                .map(|at| moment_words(page.community.zone.to_datetime(at), v.words.lang))
                .collect(),
            problem: String::new(),
        }),
        Err(Error::Invalid(fields)) => Ok(Runs {
            runs: Vec::new(),
            problem: fields
                .iter()
                .map(|field| v.words.field_error(field))
                .collect::<Vec<_>>()
                .join(" "),
        }),
        Err(error) => Err(error),
    }
}

/// `POST /staff/notifications/rules/{event}/preview`: the next runs of what is typed.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Path(name): Path<String>,
    Form(form): Form<RuleForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    event_of(&name).for_visitor(v)?;
    let runs = runs(&web, &page, &form.cron).await.for_visitor(v)?;
    Ok(render(&RunsBit { v, runs }))
}

/// `POST /staff/notifications/rules/{event}`: saves the rule, shows its runs, or takes it away.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(name): Path<String>,
    Form(form): Form<RuleForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let event = event_of(&name).for_visitor(v)?;
    if form.step == "preview" {
        return draw(&web, &page, event, Some(form), Wrong::default()).await;
    }
    let done = if form.step == "reset" { "reset" } else { "rule" };
    let saved = match (form.step.as_str(), form.read(event)) {
        ("reset", _) => notification_rule::reset(ctx, &v.actor, home, event).await,
        (_, Ok(rule)) => notification_rule::set(ctx, &v.actor, home, event, rule).await,
        (_, Err(wrong)) => Err(Error::Invalid(wrong)),
    };
    match saved {
        Ok(()) => Ok(Redirect::to(&format!("/staff/notifications/rules?done={done}#done")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw(&web, &page, event, Some(form), wrong).await
        }
    }
}
