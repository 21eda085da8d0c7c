//! `/staff/sessions/{id}/check-in`: the list at the door.
//!
//! Every row is one button that checks in, and again, that undoes. Without a script each is a form with an id made when the page
//! was rendered, so that a form sent twice changes nothing. With `checkin.js` the page talks to the API and keeps what it could
//! not send.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{about, when};
use crate::domain::attendance::{Answers, CheckIn, Counted, Refused, Verdict, may_check_in};
use crate::domain::community::Community;
use crate::domain::id::{AttendanceId, ResidentId, SessionId};
use crate::domain::text::Purpose;
use crate::services::attendance::{self, DoorRow, Entered};
use crate::services::feedback::{self, FIELDS};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct Row {
    resident: ResidentId,
    name: String,
    /// Home, age, end of the number.
    about: Vec<String>,
    note: String,
    time: String,
    /// What the button sends: `in:RESIDENT:ID` or `out:ID`.
    tap: String,
    /// The entry that counts them; empty when there is none.
    entry: String,
    /// What a search looks at.
    keys: String,
}

struct Undo {
    text: String,
    /// What the button sends; empty when it is undone already.
    tap: String,
}

struct Answer {
    field: &'static str,
    label: String,
    typed: String,
}

#[derive(Template)]
#[template(path = "attendance/door.html")]
struct DoorPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    session: &'a SessionView,
    title: String,
    when: String,
    place: String,
    visits: i64,
    headcount: i32,
    /// The headcount rows, `ID:N` each, for the script.
    heads: String,
    closed: Option<String>,
    query: String,
    found: Option<Vec<Row>>,
    missing: Vec<Row>,
    present: Vec<Row>,
    undo: Option<Undo>,
    more_id: Uuid,
    fewer_id: Uuid,
    heads_id: Uuid,
    feedback_id: Uuid,
    answers: Answers,
    answer_fields: Vec<Answer>,
    errors: Vec<String>,
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Searched for among all residents.
    q: Option<String>,
    /// The entry that was just made or undone.
    last: Option<String>,
}

fn session_id(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|_| Error::not_found("session", text))
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let id = session_id(&id).for_visitor(&page.visitor)?;
    let shown = Shown {
        query: asked.q.unwrap_or_default(),
        last: asked.last.and_then(|last| last.parse().ok()),
        ..Shown::default()
    };
    draw(&web.ctx, &page, id, shown).await
}

/// What a page shows beside the list.
#[derive(Default)]
struct Shown {
    query: String,
    last: Option<AttendanceId>,
    answers: [String; 4],
    errors: Vec<FieldError>,
}

async fn draw(ctx: &Context, page: &StaffPage, id: SessionId, shown: Shown) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let now = page.now(ctx);
    let home = page.community.id;
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let list = attendance::door_list(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let answers = feedback::answers(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let row = |row: &DoorRow| draw_row(ctx, words, row, now.timestamp(), page);
    let found = if shown.query.trim().is_empty() {
        None
    } else {
        let found = attendance::find_residents(ctx, &v.actor, home, &shown.query)
            .await
            .for_visitor(v)?;
        let known = |one: &DoorRow| list.rows.iter().find(|row| row.resident == one.resident).cloned();
        Some(
            found
                .iter()
                .map(|one| row(&known(one).unwrap_or_else(|| one.clone())))
                .collect(),
        )
    };
    let undo = match shown.last {
        None => None,
        Some(last) => attendance::find_entry(ctx, &v.actor, home, id, last)
            .await
            .for_visitor(v)?
            .map(|entry| say(words, last, &entry)),
    };
    let heads: Vec<String> = list
        .headcounts
        .iter()
        .map(|(id, heads)| format!("{id}:{heads}"))
        .collect();
    let new_id = || ctx.new_id::<AttendanceId>(now.timestamp()).0;
    let closed = may_check_in(session.is_cancelled(), session.starts.timestamp(), now.timestamp())
        .err()
        .map(|closed| words.t(&format!("error-{}", closed.code())));
    let labels = FIELDS.into_iter().zip(shown.answers);
    Ok(render(&DoorPage {
        v,
        community: &page.community,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: when(words, &session, now.date()),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        visits: list.tally.visits(),
        headcount: list.tally.headcount,
        heads: heads.join(" "),
        closed,
        query: shown.query,
        found,
        missing: list.missing().map(row).collect(),
        present: list.present().into_iter().map(row).collect(),
        undo,
        more_id: new_id(),
        fewer_id: new_id(),
        heads_id: new_id(),
        feedback_id: new_id(),
        answers,
        answer_fields: labels
            .map(|(field, typed)| Answer {
                field,
                label: words.t(&format!("checkin-{}", field.replace('_', "-"))),
                typed,
            })
            .collect(),
        errors: shown.errors.iter().map(|error| words.field_error(error)).collect(),
        session: &session,
    }))
}

fn draw_row(ctx: &Context, words: Words, row: &DoorRow, now: Timestamp, page: &StaffPage) -> Row {
    let name = row.name.reveal(Purpose::ShowStaff).to_owned();
    let local = |at: Timestamp| at.to_zoned(page.community.zone.clone());
    let entry = row.present.map(|(entry, _)| entry.to_string()).unwrap_or_default();
    let tap = match row.present {
        Some((entry, _)) => format!("out:{entry}"),
        None => format!("in:{}:{}", row.resident, ctx.new_id::<AttendanceId>(now)),
    };
    let note = if !row.signed_up_by.is_empty() {
        words.a("checkin-signed-up-by", "name", &row.signed_up_by)
    } else if row.signed_up || row.present.is_none() {
        String::new()
    } else {
        words.t("checkin-without-sign-up")
    };
    Row {
        resident: row.resident,
        about: about(words, row, local(now).year()),
        note,
        time: row
            .present
            .map(|(_, at)| local(at).strftime("%-H:%M").to_string())
            .unwrap_or_default(),
        tap,
        entry,
        keys: format!("{} {} {}", row.initials, name, row.tail().unwrap_or_default()),
        name,
    }
}

fn say(words: Words, id: AttendanceId, entry: &Entered) -> Undo {
    let (key, subject) = match (&entry.counted, &entry.name) {
        (Counted::Resident(_), Some(name)) => ("checkin-said-named", name.reveal(Purpose::ShowStaff).to_owned()),
        (Counted::Resident(_), None) => ("checkin-said-named", String::new()),
        (Counted::Heads(heads), _) => ("checkin-said-heads", heads.to_string()),
    };
    if entry.withdrawn {
        Undo {
            text: words.a(&format!("{key}-undone"), "subject", subject),
            tap: String::new(),
        }
    } else {
        Undo {
            text: words.a(key, "subject", subject),
            tap: format!("out:{id}"),
        }
    }
}

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Tapped {
    /// `in:RESIDENT:ID`, `out:ID`, `more:ID` or `fewer:ID`.
    tap: Option<String>,
    /// With `heads`: the id of the new headcount.
    heads_id: Option<String>,
    /// The number of people without a name.
    heads: Option<String>,
    /// What was being searched for.
    q: Option<String>,
}

/// What a form asks for.
enum Wish {
    In(ResidentId, AttendanceId),
    Out(AttendanceId),
    More(AttendanceId),
    Fewer(AttendanceId),
    Set(AttendanceId, String),
}

fn wish(tapped: &Tapped) -> Option<Wish> {
    if let Some(tap) = &tapped.tap {
        let (verb, rest) = tap.split_once(':')?;
        return match verb {
            "in" => {
                let (resident, id) = rest.split_once(':')?;
                Some(Wish::In(resident.parse().ok()?, id.parse().ok()?))
            }
            "out" => rest.parse().ok().map(Wish::Out),
            "more" => rest.parse().ok().map(Wish::More),
            "fewer" => rest.parse().ok().map(Wish::Fewer),
            _ => None,
        };
    }
    let id = tapped.heads_id.as_ref()?.parse().ok()?;
    Some(Wish::Set(id, tapped.heads.clone().unwrap_or_default()))
}

/// Takes a form of the page and leads back to it.
pub async fn enter(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let id = session_id(&id).for_visitor(v)?;
    let wish = wish(&tapped)
        .ok_or_else(|| Error::invalid("client_id", "entry-shape", ""))
        .for_visitor(v)?;
    let query = tapped.q.unwrap_or_default();
    let (last, verdict) = match wish {
        Wish::Out(entry) => {
            attendance::withdraw(ctx, &v.actor, home, id, entry)
                .await
                .for_visitor(v)?;
            (entry, None)
        }
        Wish::In(resident, client_id) => {
            let verdict = one(ctx, v, &page, id, client_id, Counted::Resident(resident)).await?;
            (client_id, verdict)
        }
        Wish::More(client_id) => {
            let verdict = one(ctx, v, &page, id, client_id, Counted::Heads(1)).await?;
            (client_id, verdict)
        }
        Wish::Fewer(client_id) => {
            let verdict = attendance::one_fewer(ctx, &v.actor, home, id, client_id)
                .await
                .for_visitor(v)?;
            // Nobody left to take off: the page shows 0, which is right.
            let verdict = Some(verdict).filter(|verdict| *verdict != Verdict::Refused(Refused::HeadcountRange));
            (client_id, verdict)
        }
        Wish::Set(client_id, typed) => {
            let heads = crate::domain::text::line(&typed, 12)
                .ok()
                .and_then(|typed| typed.parse::<i32>().ok())
                .unwrap_or(-1);
            let verdict = attendance::set_headcount(ctx, &v.actor, home, id, client_id, heads)
                .await
                .for_visitor(v)?;
            (client_id, Some(verdict))
        }
    };
    let last = match verdict {
        Some(Verdict::Refused(refused)) => {
            let shown = Shown {
                query,
                errors: vec![FieldError::new("heads", refused.code(), "")],
                ..Shown::default()
            };
            return draw(ctx, &page, id, shown).await;
        }
        Some(Verdict::Duplicate { recorded_as }) => recorded_as,
        Some(Verdict::Created) | None => last,
    };
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("&q={}", encode(&query))
    };
    Ok(Redirect::to(&format!("/staff/sessions/{id}/check-in?last={last}{query}")).into_response())
}

async fn one(
    ctx: &Context,
    v: &Visitor,
    page: &StaffPage,
    session: SessionId,
    client_id: AttendanceId,
    counted: Counted,
) -> Result<Option<Verdict>, WebError> {
    let entry = CheckIn { client_id, counted };
    let verdicts = attendance::check_in(ctx, &v.actor, page.community.id, session, vec![entry])
        .await
        .for_visitor(v)?;
    Ok(verdicts.first().copied())
}

/// The feedback form, as typed.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    client_id: Option<String>,
    #[serde(default)]
    very_satisfied: String,
    #[serde(default)]
    satisfied: String,
    #[serde(default)]
    fair: String,
    #[serde(default)]
    dissatisfied: String,
}

/// Records answers typed from paper and leads back to the page.
pub async fn record_feedback(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = session_id(&id).for_visitor(v)?;
    let client_id = typed
        .client_id
        .as_deref()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Error::invalid("client_id", "not-a-uuid", ""))
        .for_visitor(v)?;
    let answers = [typed.very_satisfied, typed.satisfied, typed.fair, typed.dissatisfied];
    let mut errors = Vec::new();
    let mut counts = [0; 4];
    for (n, (field, typed)) in FIELDS.into_iter().zip(&answers).enumerate() {
        match typed.trim() {
            "" => {}
            digits => match digits.parse() {
                Ok(count) => counts[n] = count,
                Err(_) => errors.push(FieldError::new(field, "not-a-number", digits)),
            },
        }
    }
    if errors.is_empty() {
        let entry = feedback::Entry {
            client_id,
            answers: counts,
        };
        match feedback::record(&web.ctx, &v.actor, page.community.id, id, entry).await {
            Ok(_) => return Ok(Redirect::to(&format!("/staff/sessions/{id}/check-in#h-feedback")).into_response()),
            Err(Error::Invalid(wrong)) => errors = wrong,
            Err(other) => return Err(other).for_visitor(v),
        }
    }
    let shown = Shown {
        answers,
        errors,
        ..Shown::default()
    };
    draw(&web.ctx, &page, id, shown).await
}
