//! The activity record (活动记录) of a session, and the report for others (简报) drafted from it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::sheet::office;
use super::when;
use crate::domain::activity_record::{Fullness, PROCESS_CHARS, Record, fullness, length};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::full_date;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::services::activity_record;
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

#[derive(Template)]
#[template(path = "attendance/record.html")]
struct RecordPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: &'a SessionView,
    title: String,
    sub: String,
    here: &'static str,
    typed: &'a Sent,
    wrong: Wrong,
    done: bool,
    drafted: bool,
    counted: String,
    least: usize,
    most: usize,
    visits: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// The form, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    step: String,
    version: i32,
    purpose: String,
    process: String,
    voice: String,
    next: String,
    brief: String,
    recorder: String,
    reviewer: String,
    volunteers: String,
    speakers: String,
    staff: String,
}

impl Sent {
    fn of(record: &Record) -> Self {
        let count = |count: Option<i32>| count.map(|count| count.to_string()).unwrap_or_default();
        Self {
            step: String::new(),
            version: record.version,
            purpose: record.purpose.clone(),
            process: record.process.clone(),
            voice: record.voice.clone(),
            next: record.next.clone(),
            brief: record.brief.clone(),
            recorder: record.recorder.clone(),
            reviewer: record.reviewer.clone(),
            volunteers: count(record.volunteers),
            speakers: count(record.speakers),
            staff: count(record.staff),
        }
    }

    fn read(&self, session: SessionId) -> Result<Record, Error> {
        let mut wrong = Vec::new();
        let mut count = |field: &str, typed: &str| match typed.trim() {
            "" => None,
            digits => digits.parse().map_or_else(
                |_| {
                    wrong.push(FieldError::new(field, "not-a-number", digits));
                    None
                },
                Some,
            ),
        };
        let record = Record {
            session,
            purpose: self.purpose.clone(),
            process: self.process.clone(),
            voice: self.voice.clone(),
            next: self.next.clone(),
            brief: self.brief.clone(),
            recorder: self.recorder.clone(),
            reviewer: self.reviewer.clone(),
            volunteers: count("volunteers", &self.volunteers),
            speakers: count("speakers", &self.speakers),
            staff: count("staff", &self.staff),
            version: self.version,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        };
        if wrong.is_empty() {
            Ok(record)
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// The report for others, in five parts and an end: when and who, what for, how it went, what residents said, what comes next; how many came.
pub(super) fn draft(
    words: Words,
    page: &StaffPage,
    session: &SessionView,
    purpose: &str,
    process: &str,
    voice: &str,
    next: &str,
) -> String {
    let lang = words.lang;
    let led_by = session
        .facilitator
        .as_ref()
        .map(|one| words.a("record-brief-led", "name", words.pick(&one.name, &one.name_en)))
        .unwrap_or_default();
    let with = session
        .partner
        .as_ref()
        .map(|one| words.a("record-brief-with", "partner", words.pick(&one.name, &one.name_en)))
        .unwrap_or_default();
    let first = words.with(
        "record-brief-first",
        [
            ("day", full_date(session.starts.date(), lang).into()),
            ("time", time_words(session.starts.time(), lang).into()),
            ("office", office(words, page).into()),
            ("with", with.into()),
            ("place", words.pick(&session.venue.name, &session.venue.name_en).into()),
            (
                "title",
                words.pick(&session.programme.title, &session.programme.title_en).into(),
            ),
            ("led", led_by.into()),
        ],
    );
    let end = words.n("record-brief-end", session.visits());
    let part = |key: &str, text: &str| match text.trim() {
        "" => String::new(),
        text => words.a(key, "text", text.trim_end_matches(['。', '.'])),
    };
    let parts = [
        first,
        part("record-brief-purpose", purpose),
        part("record-brief-process", &process.replace('\n', "")),
        part("record-brief-voice", voice),
        part("record-brief-next", next),
        end,
    ];
    let between = words.lang.pick("", " ");
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

fn drafted(words: Words, page: &StaffPage, session: &SessionView, sent: &Sent) -> String {
    draft(
        words,
        page,
        session,
        &sent.purpose,
        &sent.process,
        &sent.voice,
        &sent.next,
    )
}

/// `GET /staff/sessions/{id}/record`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = page.community.id;
    let session = schedule::session(&web.ctx, home, id).await.for_visitor(v)?;
    let record = activity_record::find(&web.ctx, &v.actor, home, id)
        .await
        .for_visitor(v)?;
    let mut sent = Sent::of(&record);
    if sent.recorder.is_empty() && record.version == 0 {
        sent.recorder.clone_from(&v.display_name);
    }
    if sent.brief.is_empty() {
        sent.brief = drafted(v.words, &page, &session, &sent);
    }
    Ok(draw(
        &web,
        &page,
        &session,
        &sent,
        Wrong::default(),
        asked.done == "1",
        StatusCode::OK,
    ))
}

/// `POST /staff/sessions/{id}/record`: saves it, or drafts the report anew from what was typed.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(mut sent): Form<Sent>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = page.community.id;
    let session = schedule::session(&web.ctx, home, id).await.for_visitor(v)?;
    if sent.step == "draft" {
        sent.brief = drafted(v.words, &page, &session, &sent);
        return Ok(draw(
            &web,
            &page,
            &session,
            &sent,
            Wrong::default(),
            false,
            StatusCode::OK,
        ));
    }
    let known = activity_record::find(&web.ctx, &v.actor, home, id)
        .await
        .for_visitor(v)?;
    let saved = match sent.read(id) {
        Ok(mut record) => {
            // What nobody edited is drafted anew when it is shown: the number of visits may still change. What was drafted from the
            // words as they were stored is nobody's editing either.
            let before = Sent::of(&known);
            let plain = |text: &str| text.replace('\r', "");
            let brief = plain(&record.brief);
            if brief == drafted(v.words, &page, &session, &sent) || brief == drafted(v.words, &page, &session, &before)
            {
                record.brief = String::new();
            }
            activity_record::save(&web.ctx, &v.actor, home, record).await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => Ok(Redirect::to(&format!("/staff/sessions/{id}/record?done=1")).into_response()),
        Err(error) => {
            let status = match &error {
                Error::State { .. } => {
                    // Whoever saves again has been told, and seen who wrote what in between.
                    sent.version = known.version;
                    StatusCode::CONFLICT
                }
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            Ok(draw(&web, &page, &session, &sent, wrong, false, status))
        }
    }
}

fn draw(
    web: &Web,
    page: &StaffPage,
    session: &SessionView,
    sent: &Sent,
    wrong: Wrong,
    done: bool,
    status: StatusCode,
) -> Response {
    let v = &page.visitor;
    let words = v.words;
    let template = RecordPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        sub: when(words, session, page.now(&web.ctx).date()),
        here: "record",
        wrong,
        done,
        drafted: sent.step == "draft",
        counted: counted(words, &sent.process),
        least: *PROCESS_CHARS.start(),
        most: *PROCESS_CHARS.end(),
        visits: words.n("record-visits", session.visits()),
        typed: sent,
        session,
    };
    (status, render(&template)).into_response()
}

/// How long a course is, and how long it should be.
fn counted(words: Words, process: &str) -> String {
    match fullness(process) {
        Fullness::Short(missing) => words.aa("record-short", "count", length(process), "missing", missing),
        Fullness::Good => words.n("record-good", length(process)),
        Fullness::Long(extra) => words.aa("record-long", "count", length(process), "extra", extra),
    }
}
