//! The link by which a partner answers whether it comes, without login: made for a phone. Reading it changes nothing, because chat
//! programs open links to preview them.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::Stand;
use super::facts::{Facts, short_moment};
use super::shell::Shell;
use crate::domain::confirmation::{Answer, Standing, Via};
use crate::services::confirmation::{self, Asked, Reply};
use crate::services::{Context, Error, FieldError, Result, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::origin::Origin;
use crate::web::pages::render;

/// How many communities a page that belongs to none names with their numbers.
const MOST_PHONES: usize = 12;

/// The form as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    answer: String,
    words: String,
    substitute: String,
}

/// How the top of the page looks and what it says.
struct Outcome {
    class: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    outcome: Outcome,
    facts: Facts,
    partner: String,
    signed_up: String,
    is_open: bool,
    filled: Filled,
    wrong: Vec<(String, String)>,
    by_field: BTreeMap<String, String>,
}

impl ConfirmPage {
    /// What is wrong with a field.
    fn wrong_with(&self, field: &str) -> Option<&String> {
        self.by_field.get(field)
    }

    fn tell(&mut self, fields: &[FieldError]) {
        let words = self.shell.v.words;
        for field in fields {
            let said = words.field_error(field);
            self.wrong.push((field.field.clone(), said.clone()));
            self.by_field.insert(field.field.clone(), said);
        }
    }
}

#[derive(Template)]
#[template(path = "public/confirm_gone.html")]
struct GonePage {
    shell: Shell,
    /// Name, number as shown, number as dialled.
    phones: Vec<(String, String, String)>,
}

/// A link of ours that is none: in words, with the numbers of the offices.
async fn gone(ctx: &Context, visitor: &Visitor) -> Result<Response> {
    let words = visitor.words;
    let phones = community::list(ctx)
        .await?
        .into_iter()
        .filter(|home| !home.phone.is_empty())
        .take(MOST_PHONES)
        .map(|home| {
            let tel = home.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            (
                words.pick(&home.name, &home.name_en).to_owned(),
                home.phone.clone(),
                tel,
            )
        })
        .collect();
    let page = GonePage {
        shell: Shell::plain(visitor).at("/"),
        phones,
    };
    Ok((StatusCode::NOT_FOUND, render(&page)).into_response())
}

fn outcome(ctx: &Context, asked: &Asked, visitor: &Visitor) -> Outcome {
    let words = visitor.words;
    let zone = asked.home.zone.clone();
    let today = ctx.now().to_zoned(zone.clone()).date();
    let plain = |class, icon, key: &str| Outcome {
        class,
        icon,
        title: words.t(key),
        text: words.t(&format!("{key}-text")),
    };
    match (asked.standing, &asked.confirmation.answered) {
        (Standing::Answered, Some(answered)) => {
            let at = short_moment(&answered.at.to_zoned(zone), today, words);
            let key = match (answered.answer, answered.via) {
                (Answer::Confirmed, Via::Phone) => "confirm-came-phone",
                (Answer::Confirmed, _) => "confirm-came",
                (Answer::Declined, Via::Phone) => "confirm-not-phone",
                (Answer::Declined, _) => "confirm-not",
            };
            let (class, icon) = match answered.answer {
                Answer::Confirmed => ("", "check"),
                Answer::Declined => (" gone", "x"),
            };
            let mut text = words.a(key, "when", at);
            if !answered.words.is_empty() {
                text.push_str(&words.a("confirm-because", "words", &answered.words));
            }
            if !answered.substitute.is_empty() {
                text.push_str(&words.a("confirm-instead", "name", &answered.substitute));
            }
            Outcome {
                class,
                icon,
                title: words.t(&format!("{key}-title")),
                text,
            }
        }
        (Standing::Moved, _) => Outcome {
            class: " queue",
            icon: "arrow",
            title: words.t("confirm-moved"),
            text: words.a(
                "confirm-moved-text",
                "when",
                short_moment(&asked.session.starts, today, words),
            ),
        },
        (Standing::Off, _) => plain(" gone", "x", "confirm-off"),
        (Standing::Paused, _) => plain(" gone", "info", "confirm-paused"),
        (Standing::Begun, _) => plain(" gone", "clock", "confirm-begun"),
        (Standing::Open | Standing::Answered, _) => plain(" queue", "info", "confirm-open"),
    }
}

fn page_of(ctx: &Context, visitor: &Visitor, asked: &Asked, filled: Filled) -> ConfirmPage {
    let words = visitor.words;
    let today = ctx.now().to_zoned(asked.home.zone.clone()).date();
    let session = &asked.session;
    ConfirmPage {
        outcome: outcome(ctx, asked, visitor),
        facts: Facts::of(session, &asked.home.slug, today, Stand::Over, words),
        partner: session
            .partner
            .as_ref()
            .map(|partner| words.pick(&partner.name, &partner.name_en).to_owned())
            .unwrap_or_default(),
        signed_up: match session.capacity {
            Some(seats) => words.aa("confirm-signed-up-of", "n", session.enrolled, "seats", seats),
            None => words.n("confirm-signed-up", session.enrolled),
        },
        is_open: asked.standing == Standing::Open,
        filled,
        wrong: Vec::new(),
        by_field: BTreeMap::new(),
        // The address holds a secret: the language switch stays on it, nothing else does.
        shell: Shell::of(visitor, &asked.home),
    }
}

/// `GET /confirm/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, WebError> {
    match confirmation::by_link(&web.ctx, &token).await {
        Ok(asked) => Ok(render(&page_of(&web.ctx, &visitor, &asked, Filled::default()))),
        Err(Error::NotFound { .. }) => gone(&web.ctx, &visitor).await.for_visitor(&visitor),
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

/// `POST /confirm/{token}`.
pub(super) async fn answer(
    State(web): State<Web>,
    visitor: Visitor,
    Origin(from): Origin,
    Path(token): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let reply = Reply {
        answer: filled.answer.clone(),
        words: filled.words.clone(),
        substitute: filled.substitute.clone(),
    };
    match confirmation::answer_by_link(ctx, &token, from, &reply).await {
        // Moved, off, begun, paused, answered before: the page itself says so.
        Ok(()) | Err(Error::State { .. }) => Ok(Redirect::to(&format!("/confirm/{token}")).into_response()),
        Err(Error::NotFound { .. }) => gone(ctx, &visitor).await.for_visitor(&visitor),
        Err(Error::Invalid(fields)) => {
            let asked = confirmation::by_link(ctx, &token).await.for_visitor(&visitor)?;
            let mut page = page_of(ctx, &visitor, &asked, filled);
            page.tell(&fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}
