//! Consents noted at the counter, and the text people are read or sign, in large print and both languages.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;

use super::profile::{ConsentTyped, Shown, draw};
use crate::domain::community::Community;
use crate::domain::consent::{ConsentAct, ConsentPurpose, TEXT_VERSION};
use crate::domain::id::ResidentId;
use crate::domain::lang::Lang;
use crate::services::resident::consent::{self, NewConsent};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

fn read(typed: &ConsentTyped) -> Result<NewConsent, Error> {
    let mut wrong = Vec::new();
    let mut missing = |field: &str, typed: &str| wrong.push(FieldError::new(field, "form-choose", typed));
    let purpose = typed.purpose.parse().map_err(|_| missing("purpose", &typed.purpose));
    let act = typed.act.parse().map_err(|_| missing("act", &typed.act));
    let how = typed.how.parse().map_err(|_| missing("how", &typed.how));
    let on = match typed.on.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| wrong.push(FieldError::new("on", "consent-date", text))),
    };
    match (purpose, act, how, on) {
        (Ok(purpose), Ok(act), Ok(how), Ok(on)) => Ok(NewConsent { purpose, act, on, how }),
        _ => Err(Error::Invalid(wrong)),
    }
}

/// `POST /staff/residents/{id}/consents`.
///
/// # Errors
/// As the use case.
pub async fn note(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(typed): Form<ConsentTyped>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let noted = match read(&typed) {
        Ok(new) => consent::note(&web.ctx, &v.actor, page.community.id, id, new).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(row) => {
            let not_kept = row.act == ConsentAct::Withdrawn && row.purpose == ConsentPurpose::SignUp;
            let done = if not_kept { "withdrawn" } else { "consent" };
            Ok(Redirect::to(&format!("/staff/residents/{id}?done={done}")).into_response())
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let shown = Shown {
                typed,
                wrong,
                ..Shown::default()
            };
            let again = draw(&page, &web.ctx, id, shown).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

/// The text in one language.
struct Text {
    lang: &'static str,
    title: String,
    paragraphs: Vec<String>,
    purposes: Vec<(String, String)>,
    rights: String,
    signature: String,
    date: String,
    version: String,
}

fn in_language(lang: Lang, home: &Community) -> Text {
    let words = Words::new(lang);
    let name = words.pick(&home.name, &home.name_en).to_owned();
    Text {
        lang: words.tag(),
        title: words.a("consent-text-title", "community", &name),
        paragraphs: vec![
            words.aa("consent-text-what", "community", &name, "phone", &home.phone),
            words.t("consent-text-how"),
        ],
        purposes: ConsentPurpose::ALL
            .iter()
            .map(|purpose| {
                let what = words.t(&format!("consent-purpose-{}", purpose.key()));
                (what, words.t(&format!("consent-text-{}", purpose.key())))
            })
            .collect(),
        rights: words.aa("consent-text-rights", "community", &name, "phone", &home.phone),
        signature: words.t("consent-text-signature"),
        date: words.t("consent-text-date"),
        version: words.a("consent-text-version", "version", TEXT_VERSION),
    }
}

#[derive(Template)]
#[template(path = "staff/residents/consent_text.html")]
struct TextPage<'a> {
    v: &'a Visitor,
    texts: [Text; 2],
}

/// `GET /staff/residents/consent-text`.
///
/// # Errors
/// None of its own.
pub async fn text(page: StaffPage) -> Result<Response, WebError> {
    let home = &page.community;
    Ok(render(&TextPage {
        v: &page.visitor,
        texts: [in_language(Lang::Zh, home), in_language(Lang::En, home)],
    }))
}
