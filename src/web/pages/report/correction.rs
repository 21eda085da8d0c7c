//! `/staff/sessions/{id}/correction`: adds or takes away people and heads in a month that was reported, with the reason. One form: searching for somebody
//! sends it too, so that nothing typed is lost.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::standing::back;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::{AttendanceId, CorrectionId, ResidentId, SessionId};
use crate::domain::text::Purpose;
use crate::services::attendance::{self, DoorRow};
use crate::services::feedback::FIELDS;
use crate::services::report::correction::{self, Wish};
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, resident, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

/// A person with a box to tick.
struct Tick {
    value: String,
    name: String,
    about: String,
    ticked: bool,
}

struct Answer {
    field: &'static str,
    label: String,
    typed: String,
}

#[derive(Template)]
#[template(path = "report/correction.html")]
struct CorrectionPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: SessionId,
    id: String,
    title: String,
    about: String,
    /// None while the month is not reported.
    locked: bool,
    present: Vec<Tick>,
    add: Vec<Tick>,
    /// Whether a search found nobody.
    nobody: bool,
    query: String,
    heads: String,
    headcount: i32,
    answers: Vec<Answer>,
    reason: String,
    wrong: Wrong,
    back: String,
}

/// The form, as typed.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    /// `find` or `save`.
    #[serde(default)]
    act: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    heads: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    very_satisfied: String,
    #[serde(default)]
    satisfied: String,
    #[serde(default)]
    fair: String,
    #[serde(default)]
    dissatisfied: String,
}

impl Typed {
    fn answers(&self) -> [&str; 4] {
        [&self.very_satisfied, &self.satisfied, &self.fair, &self.dissatisfied]
    }

    /// What is wished, or the fields that cannot be read.
    fn wish(&self) -> Result<Wish, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut number = |field: &'static str, typed: &str| {
            let typed = typed.trim();
            if typed.is_empty() {
                return None;
            }
            let read = crate::domain::text::line(typed, 12)
                .ok()
                .and_then(|typed| typed.parse::<i32>().ok());
            if read.is_none() {
                wrong.push(FieldError::new(field, "not-a-number", typed));
            }
            read
        };
        let heads = number("heads", &self.heads);
        let mut answers = [0; 4];
        for ((field, typed), count) in FIELDS.into_iter().zip(self.answers()).zip(&mut answers) {
            *count = number(field, typed).unwrap_or_default();
        }
        let mut add: Vec<ResidentId> = Vec::new();
        let mut remove: Vec<AttendanceId> = Vec::new();
        for text in &self.add {
            match text.parse() {
                Ok(id) => add.push(id),
                Err(_) => wrong.push(FieldError::new("add", "not-a-uuid", text)),
            }
        }
        for text in &self.remove {
            match text.parse() {
                Ok(id) => remove.push(id),
                Err(_) => wrong.push(FieldError::new("remove", "not-a-uuid", text)),
            }
        }
        if wrong.is_empty() {
            Ok(Wish {
                add,
                remove,
                heads,
                answers,
                reason: self.reason.clone(),
            })
        } else {
            Err(wrong)
        }
    }
}

fn session_id(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|_| Error::not_found("session", text))
}

/// The page.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = session_id(&id).for_visitor(&page.visitor)?;
    draw(&web.ctx, &page, id, Typed::default(), Vec::new()).await
}

/// Searches, or saves and leads back to the report.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let session = session_id(&id).for_visitor(v)?;
    if typed.act != "save" {
        return draw(ctx, &page, session, typed, Vec::new()).await;
    }
    let errors = match (typed.wish(), typed.id.parse::<CorrectionId>()) {
        (Err(wrong), _) => wrong,
        (Ok(_), Err(_)) => vec![FieldError::new("id", "not-a-uuid", &typed.id)],
        (Ok(wish), Ok(id)) => match correction::correct(ctx, &v.actor, home, session, id, wish).await {
            Ok(()) => {
                let month = correction::locked_month(ctx, &v.actor, home, session)
                    .await
                    .for_visitor(v)?;
                let to = month.map_or_else(|| "/staff/reports".to_owned(), |month| back(&page, month));
                return Ok(Redirect::to(&format!("{to}#h-standing")).into_response());
            }
            Err(Error::Invalid(wrong)) => wrong,
            Err(other) => return Err(other).for_visitor(v),
        },
    };
    draw(ctx, &page, session, typed, errors).await
}

fn about(words: Words, row: &DoorRow) -> String {
    let parts = [row.grid.as_str(), row.building.as_str(), row.tail().unwrap_or_default()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&words.t("report-comma"))
}

async fn draw(
    ctx: &Context,
    page: &StaffPage,
    id: SessionId,
    typed: Typed,
    errors: Vec<FieldError>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let locked = correction::locked_month(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let list = attendance::door_list(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let mut present = Vec::new();
    for row in &list.rows {
        if let Some((entry, _)) = row.present {
            let value = entry.to_string();
            present.push(Tick {
                ticked: typed.remove.contains(&value),
                value,
                name: row.name.reveal(Purpose::ShowStaff).to_owned(),
                about: about(words, row),
            });
        }
    }
    let here = |resident: ResidentId| {
        list.rows
            .iter()
            .any(|row| row.resident == resident && row.present.is_some())
    };
    // Whoever was ticked before stays on the page, whatever is searched for next.
    let mut add = Vec::new();
    for chosen in &typed.add {
        let Ok(resident) = chosen.parse::<ResidentId>() else {
            continue;
        };
        match resident::get(ctx, &v.actor, home, resident).await {
            Ok(found) => add.push(Tick {
                value: chosen.clone(),
                name: found.name.reveal(Purpose::ShowStaff).to_owned(),
                about: found.building,
                ticked: true,
            }),
            Err(Error::NotFound { .. }) => {}
            Err(other) => return Err(other).for_visitor(v),
        }
    }
    let found = attendance::find_residents(ctx, &v.actor, home, &typed.q)
        .await
        .for_visitor(v)?;
    let missing = list.missing().filter(|_| typed.q.trim().is_empty());
    for row in found.iter().chain(missing).filter(|row| !here(row.resident)) {
        let value = row.resident.to_string();
        if !typed.add.contains(&value) {
            add.push(Tick {
                value,
                name: row.name.reveal(Purpose::ShowStaff).to_owned(),
                about: about(words, row),
                ticked: false,
            });
        }
    }
    let nobody = !typed.q.trim().is_empty() && found.is_empty();
    let fresh = if typed.id.parse::<Uuid>().is_ok() {
        typed.id.clone()
    } else {
        ctx.new_id::<CorrectionId>(ctx.now()).to_string()
    };
    let answers = FIELDS.into_iter().zip(typed.answers()).map(|(field, typed)| Answer {
        field,
        label: words.t(&format!("checkin-{}", field.replace('_', "-"))),
        typed: typed.to_owned(),
    });
    let when = moment_words(session.starts.datetime(), words.lang);
    let venue = words.pick(&session.venue.name, &session.venue.name_en);
    Ok(render(&CorrectionPage {
        v,
        community: &page.community,
        active: "reports",
        badge: page.badge,
        session: id,
        id: fresh,
        title: words.a(
            "month-correct-title",
            "title",
            words.pick(&session.programme.title, &session.programme.title_en),
        ),
        about: [when.as_str(), venue].join(&words.t("report-comma")),
        locked: locked.is_some(),
        present,
        add,
        nobody,
        answers: answers.collect(),
        heads: if typed.heads.is_empty() {
            list.tally.headcount.to_string()
        } else {
            typed.heads
        },
        headcount: list.tally.headcount,
        query: typed.q,
        reason: typed.reason,
        wrong: Wrong::fields(words, &errors),
        back: locked.map_or_else(|| "/staff/reports".to_owned(), |month| back(page, month)),
    }))
}
