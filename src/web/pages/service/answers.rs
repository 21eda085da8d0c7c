//! `/staff/sessions/{id}/feedback`: how satisfied people were, every entry with its undoing, and the ways by which answers come: from paper, on the tablet
//! at the door, by a QR code.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{Head, session_of};
use crate::domain::attendance::Answers;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::feedback::{FEW, Face, Source};
use crate::domain::id::FeedbackId;
use crate::services::feedback::{self, FIELDS, tap};
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct FaceLine {
    face: &'static str,
    label: String,
    count: i64,
    typed: String,
}

struct EntryRow {
    id: FeedbackId,
    when: String,
    source: String,
    said: String,
}

#[derive(Template)]
#[template(path = "service/answers.html")]
struct AnswersPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: &'a SessionView,
    head: Head,
    rate: String,
    rate_of: String,
    few: String,
    faces: Vec<FaceLine>,
    client_id: FeedbackId,
    entries: Vec<EntryRow>,
    kiosk: String,
    said: String,
    errors: Vec<String>,
}

/// The rate with the number of answers, and a note when these are few.
pub(super) fn rate_words(words: Words, answers: Answers) -> (String, String, String) {
    let Some(ratio) = answers.ratio() else {
        return (String::new(), words.t("feedback-none"), String::new());
    };
    let percent = (ratio * 100.0).round() as i64;
    let of = words.with(
        "feedback-rate-of",
        [("n", answers.count().into()), ("content", answers.content().into())],
    );
    let few = if answers.count() < FEW {
        words.with("feedback-few", [("few", FEW.into())])
    } else {
        String::new()
    };
    (words.with("feedback-rate", [("percent", percent.into())]), of, few)
}

/// `很满意 3，满意 1`.
fn said_by(words: Words, answers: [i32; 4]) -> String {
    let parts: Vec<String> = Face::ALL
        .iter()
        .zip(answers)
        .filter(|(_, count)| *count > 0)
        .map(|(face, count)| format!("{} {count}", face_words(words, *face)))
        .collect();
    parts.join(&words.t("service-comma"))
}

/// The word under a face.
pub(super) fn face_words(words: Words, face: Face) -> String {
    words.t(&format!("feedback-{}", face.as_str().replace('_', "-")))
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    undone: Option<String>,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    draw(&web.ctx, &page, &id, &Typed::default(), asked.undone.is_some(), &[]).await
}

async fn draw(
    ctx: &Context,
    page: &StaffPage,
    id: &str,
    typed: &Typed,
    undone: bool,
    errors: &[FieldError],
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (words, home) = (v.words, page.community.id);
    let (session, head) = session_of(ctx, page, id).await?;
    let answers = feedback::answers(ctx, &v.actor, home, session.id)
        .await
        .for_visitor(v)?;
    let entries = feedback::entries(ctx, &v.actor, home, session.id)
        .await
        .for_visitor(v)?;
    let (rate, rate_of, few) = rate_words(words, answers);
    let counts = [
        answers.very_satisfied,
        answers.satisfied,
        answers.fair,
        answers.dissatisfied,
    ];
    let response = render(&AnswersPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        rate,
        rate_of,
        few,
        faces: Face::ALL
            .iter()
            .zip(counts)
            .zip(typed.numbers())
            .map(|((face, count), typed)| FaceLine {
                face: face.as_str(),
                label: face_words(words, *face),
                count,
                typed: typed.to_owned(),
            })
            .collect(),
        client_id: ctx.new_id(ctx.now()),
        entries: entries
            .into_iter()
            .map(|entry| EntryRow {
                id: entry.id,
                when: moment_words(
                    entry.recorded_at.to_zoned(page.community.zone.clone()).datetime(),
                    words.lang,
                ),
                source: words.t(&format!("feedback-source-{}", entry.source)),
                said: said_by(words, entry.answers),
            })
            .collect(),
        kiosk: tap::path(ctx, &v.actor, &page.community, session.id, Source::Kiosk).for_visitor(v)?,
        said: if undone {
            words.t("feedback-undone")
        } else {
            String::new()
        },
        errors: errors.iter().map(|error| words.field_error(error)).collect(),
        head,
        session: &session,
    });
    if errors.is_empty() {
        Ok(response)
    } else {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, response).into_response())
    }
}

/// The form, as typed; or the entry to be undone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    undo: Option<String>,
    client_id: String,
    very_satisfied: String,
    satisfied: String,
    fair: String,
    dissatisfied: String,
}

impl Typed {
    fn numbers(&self) -> [&str; 4] {
        [&self.very_satisfied, &self.satisfied, &self.fair, &self.dissatisfied]
    }
}

/// Records answers typed from paper, or undoes an entry, and leads back to the page.
pub async fn enter(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let (session, _) = session_of(ctx, &page, &id).await?;
    let here = format!("/staff/sessions/{}/feedback", session.id);
    let entry_id = |text: &str| {
        text.parse::<FeedbackId>()
            .map_err(|_| Error::invalid("client_id", "not-a-uuid", text))
    };
    if let Some(undo) = &typed.undo {
        let entry = entry_id(undo).for_visitor(v)?;
        feedback::undo(ctx, &v.actor, home, session.id, entry)
            .await
            .for_visitor(v)?;
        return Ok(Redirect::to(&format!("{here}?undone=1#h-entries")).into_response());
    }
    let client_id = entry_id(&typed.client_id).for_visitor(v)?;
    let mut errors = Vec::new();
    let mut answers = [0; 4];
    for ((field, text), answer) in FIELDS.into_iter().zip(typed.numbers()).zip(&mut answers) {
        match text.trim() {
            "" => {}
            digits => match digits.parse() {
                Ok(count) => *answer = count,
                Err(_) => errors.push(FieldError::new(field, "not-a-number", digits)),
            },
        }
    }
    if errors.is_empty() {
        let entry = feedback::Entry { client_id, answers };
        match feedback::record(ctx, &v.actor, home, session.id, entry).await {
            Ok(_) => return Ok(Redirect::to(&here).into_response()),
            Err(Error::Invalid(wrong)) => errors = wrong,
            Err(other) => return Err(other).for_visitor(v),
        }
    }
    draw(ctx, &page, &id, &typed, false, &errors).await
}
