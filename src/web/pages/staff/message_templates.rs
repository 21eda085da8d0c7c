//! The words of messages: which the community changed, and the form in which it does, with what it would look like beside it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::Wrong;
use crate::domain::community::Community;
use crate::domain::lang::Lang;
use crate::domain::message_template::{Class, allowed};
use crate::domain::notification::Event;
use crate::services::Error;
use crate::services::message_template::{self, Place, Preview};
use crate::services::notification::Draft;
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::routes::{Routes, Who};

/// The pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/notifications/templates", Who::Staff, list)
        .get("/staff/notifications/templates/{event}", Who::Staff, show)
        .post("/staff/notifications/templates/{event}", Who::Staff, save)
        .post("/staff/notifications/templates/{event}/preview", Who::Staff, preview)
        .post("/staff/notifications/templates/{event}/reset", Who::Staff, reset)
}

/// The languages of a form, the one most read first.
const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];

struct Channel {
    href: String,
    name: String,
    is_own: bool,
}

struct Row {
    name: String,
    channels: Vec<Channel>,
}

#[derive(Template)]
#[template(path = "staff/message_templates/list.html")]
struct ListPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    rows: Vec<Row>,
}

/// `GET /staff/notifications/templates`.
///
/// # Errors
/// As the use case.
pub async fn list(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let written = message_template::written(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let rows = Event::ALL
        .into_iter()
        .map(|event| Row {
            name: event_name(words, event),
            channels: Class::ALL
                .iter()
                .map(|class| Channel {
                    href: address(event, *class),
                    name: class_name(words, *class),
                    is_own: written.contains(&(event, *class)),
                })
                .collect(),
        })
        .collect();
    Ok(render(&ListPage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        rows,
    }))
}

fn event_name(words: Words, event: Event) -> String {
    words.t(&format!("notice-event-{}", event.as_str()))
}

fn class_name(words: Words, class: Class) -> String {
    words.t(&format!("wording-class-{class}"))
}

fn address(event: Event, class: Class) -> String {
    format!("/staff/notifications/templates/{}?channel={class}", event.as_str())
}

/// For which channels, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    channel: String,
    done: String,
}

/// The words as they were typed, in both languages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    channel: String,
    subject_zh: String,
    body_zh: String,
    subject_en: String,
    body_en: String,
    step: String,
}

impl Typed {
    fn draft(&self, lang: Lang) -> Draft {
        let (subject, body) = match lang {
            Lang::Zh => (&self.subject_zh, &self.body_zh),
            Lang::En => (&self.subject_en, &self.body_en),
        };
        Draft {
            subject: subject.clone(),
            body: body.clone(),
        }
    }
}

/// One language of the form.
struct Part {
    tag: &'static str,
    heading: String,
    subject_name: &'static str,
    subject: String,
    body_name: &'static str,
    body: String,
    /// Each variable as it is written, and what it stands for.
    variables: Vec<(String, String)>,
}

/// How the words would arrive in one language.
struct Arrives {
    tag: &'static str,
    heading: String,
    subject: String,
    body: String,
    length: String,
    warning: String,
    wrong: Vec<String>,
    tried_on: String,
}

#[derive(Template)]
#[template(path = "staff/message_templates/one.html")]
struct OnePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    name: String,
    event: &'static str,
    class: Class,
    tabs: Vec<Tab>,
    parts: Vec<Part>,
    arrives: Vec<Arrives>,
    is_own: bool,
    said: Option<String>,
    wrong: Wrong,
}

struct Tab {
    href: String,
    text: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "staff/message_templates/arrives.html")]
struct Fragment {
    arrives: Vec<Arrives>,
}

fn event_of(name: &str) -> Result<Event, Error> {
    let shown: String = name.chars().take(60).collect();
    Event::from_name(name).ok_or_else(|| Error::not_found("message_template", shown))
}

/// The class that an address or a form names; the first when it names none.
fn class_of(name: &str) -> Result<Class, Error> {
    match name {
        "" => Ok(Class::Mail),
        name => name.parse().map_err(|_| Error::invalid("channel", "form-choose", name)),
    }
}

/// `GET /staff/notifications/templates/{event}`.
///
/// # Errors
/// As the use case; when there is no such event.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(event): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let event = event_of(&event).for_visitor(v)?;
    let class = class_of(&asked.channel).for_visitor(v)?;
    let said = match asked.done.as_str() {
        "saved" | "reset" => Some(v.words.t(&format!("wording-done-{}", asked.done))),
        _ => None,
    };
    draw(&page, &web, (event, class), None, said, Wrong::default()).await
}

async fn draw(
    page: &StaffPage,
    web: &Web,
    (event, class): (Event, Class),
    typed: Option<Typed>,
    said: Option<String>,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let mut form = Typed {
        channel: class.to_string(),
        ..Typed::default()
    };
    let mut is_own = false;
    for lang in LANGS {
        let place = Place { event, class, lang };
        let shown = message_template::show(&web.ctx, &v.actor, page.community.id, place)
            .await
            .for_visitor(v)?;
        is_own |= shown.is_own;
        let (subject, body) = match lang {
            Lang::Zh => (&mut form.subject_zh, &mut form.body_zh),
            Lang::En => (&mut form.subject_en, &mut form.body_en),
        };
        *subject = shown.draft.subject;
        *body = shown.draft.body;
    }
    let form = typed.unwrap_or(form);
    let arrives = arrives(page, web, (event, class), &form).await?;
    let parts = LANGS.map(|lang| part(words, (event, class), &form, lang)).into();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let drawn = render(&OnePage {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        name: event_name(words, event),
        event: event.as_str(),
        class,
        tabs: Class::ALL
            .iter()
            .map(|one| Tab {
                href: address(event, *one),
                text: class_name(words, *one),
                on: *one == class,
            })
            .collect(),
        parts,
        arrives,
        is_own,
        said,
        wrong,
    });
    Ok((status, drawn).into_response())
}

fn part(words: Words, (event, class): (Event, Class), form: &Typed, lang: Lang) -> Part {
    let draft = form.draft(lang);
    Part {
        tag: lang.tag(),
        heading: words.t(lang.pick("wording-zh", "wording-en")),
        subject_name: lang.pick("subject_zh", "subject_en"),
        subject: draft.subject,
        body_name: lang.pick("body_zh", "body_en"),
        body: draft.body,
        variables: allowed(event, class)
            .into_iter()
            .map(|one| {
                (
                    one.placeholder(lang),
                    words.t(&format!("wording-variable-{}", one.as_str())),
                )
            })
            .collect(),
    }
}

/// How the words would arrive in both languages, or what is wrong with them.
async fn arrives(
    page: &StaffPage,
    web: &Web,
    (event, class): (Event, Class),
    form: &Typed,
) -> Result<Vec<Arrives>, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let mut all = Vec::with_capacity(LANGS.len());
    for lang in LANGS {
        let place = Place { event, class, lang };
        let heading = words.t(lang.pick("wording-zh", "wording-en"));
        let tried = message_template::preview(&web.ctx, &v.actor, &page.community, place, &form.draft(lang)).await;
        all.push(match tried {
            Ok(preview) => said(words, lang, heading, preview),
            Err(Error::Invalid(errors)) => Arrives {
                tag: lang.tag(),
                heading,
                subject: String::new(),
                body: String::new(),
                length: String::new(),
                warning: String::new(),
                wrong: errors.iter().map(|error| words.field_error(error)).collect(),
                tried_on: String::new(),
            },
            Err(error) => return Err(WebError::new(v, error)),
        });
    }
    Ok(all)
}

fn said(words: Words, lang: Lang, heading: String, preview: Preview) -> Arrives {
    Arrives {
        tag: lang.tag(),
        heading,
        subject: preview.filled.subject,
        body: preview.filled.body,
        length: preview.length.map_or_else(String::new, |length| {
            words.with(
                "wording-length",
                [("chars", length.chars.into()), ("units", length.units.into())],
            )
        }),
        warning: if preview.risky.is_empty() {
            String::new()
        } else {
            words.a("wording-risky", "list", preview.risky.join(words.pick("、", ", ")))
        },
        wrong: Vec::new(),
        tried_on: preview.session.map_or_else(
            || words.t("wording-tried-on-example"),
            |title| words.a("wording-tried-on", "title", title),
        ),
    }
}

/// `POST /staff/notifications/templates/{event}/preview`: how the words would arrive, without keeping them.
///
/// # Errors
/// As the use case; when there is no such event.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Path(event): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let event = event_of(&event).for_visitor(v)?;
    let class = class_of(&typed.channel).for_visitor(v)?;
    let arrives = arrives(&page, &web, (event, class), &typed).await?;
    Ok(render(&Fragment { arrives }))
}

/// `POST /staff/notifications/templates/{event}`.
///
/// # Errors
/// As the use case; when there is no such event.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(event): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let event = event_of(&event).for_visitor(v)?;
    let class = class_of(&typed.channel).for_visitor(v)?;
    if typed.step == "preview" {
        return draw(&page, &web, (event, class), Some(typed), None, Wrong::default()).await;
    }
    let wished = LANGS.map(|lang| (Place { event, class, lang }, typed.draft(lang)));
    let saved = message_template::save(&web.ctx, &v.actor, &page.community, wished.into()).await;
    match saved {
        Ok(()) => Ok(Redirect::to(&format!("{}&done=saved", address(event, class))).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw(&page, &web, (event, class), Some(typed), None, wrong).await
        }
    }
}

/// `POST /staff/notifications/templates/{event}/reset`: the built-in words again.
///
/// # Errors
/// As the use case; when there is no such event.
pub async fn reset(
    page: StaffPage,
    State(web): State<Web>,
    Path(event): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let event = event_of(&event).for_visitor(v)?;
    let class = class_of(&typed.channel).for_visitor(v)?;
    message_template::reset(&web.ctx, &v.actor, page.community.id, event, class)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to(&format!("{}&done=reset", address(event, class))).into_response())
}
