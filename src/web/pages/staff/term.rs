//! A new term and its answers: who comes again, who does not, who has to be phoned; staff answer for somebody here.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::community::Community;
use crate::domain::id::{ProgrammeId, RolloverId, SeriesId};
use crate::domain::rollover::{Answer, RolloverStatus};
use crate::domain::text::Purpose;
use crate::services::term::{self, AskedView, Which};
use crate::services::wording::Words;
use crate::services::{Error, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

struct Row {
    id: RolloverId,
    position: i32,
    name: String,
    came: String,
    /// Their number, where somebody has to phone.
    phone: Option<String>,
    how: String,
    kind: &'static str,
    icon: &'static str,
    state: String,
    when: String,
    may_come: bool,
    may_stay: bool,
}

struct Date {
    day: String,
    time: String,
    line: String,
    off: bool,
}

#[derive(Template)]
#[template(path = "staff/term.html")]
struct TermPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SeriesId,
    old: SeriesId,
    programme: ProgrammeId,
    title: &'a str,
    rule: String,
    done: String,
    sum: String,
    until: String,
    rows: Vec<Row>,
    dates: Vec<Date>,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Outcome {
    done: String,
    seats: String,
    waits: String,
    missed: String,
}

/// `GET /staff/series/{id}/term`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SeriesId>,
    Query(done): Query<Outcome>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let view = term::term_view(ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let at = |at: jiff::Timestamp| moment_words(at.to_zoned(page.community.zone.clone()).datetime(), words.lang);
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let said = match done.done.as_str() {
        "made" | "already" | "answered" | "waits" => words.t(&format!("term-done-{}", done.done)),
        "part" => words.with(
            "term-done-part",
            [
                ("seats", number(&done.seats).into()),
                ("waits", number(&done.waits).into()),
                ("missed", number(&done.missed).into()),
            ],
        ),
        _ => String::new(),
    };
    let counts = view.counts;
    let template = TermPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id,
        old: view.term.old_series,
        programme: view.programme.id,
        title: words.pick(&view.programme.title, &view.programme.title_en),
        rule: schedule::in_words(&view.series, words.lang),
        done: said,
        sum: words.with(
            "term-sum",
            [
                ("asked", counts.asked.into()),
                ("confirmed", counts.confirmed.into()),
                ("declined", counts.declined.into()),
                ("open", (counts.open + counts.expired).into()),
            ],
        ),
        until: view
            .term
            .confirm_by
            .map(|until| {
                let key = if until < ctx.now() {
                    "term-until-over"
                } else {
                    "term-until"
                };
                words.a(key, "until", at(until))
            })
            .unwrap_or_default(),
        rows: view.people.iter().map(|one| row(words, one, &at)).collect(),
        dates: view
            .sessions
            .iter()
            .map(|session| Date {
                day: day_words(session.starts.date(), words.lang),
                time: time_range_short(session.starts.time(), session.ends.time(), words.lang),
                line: if session.is_cancelled() {
                    words.t("staff-state-off")
                } else {
                    words.with(
                        "term-seats",
                        [("n", session.enrolled.into()), ("kept", session.asked.into())],
                    )
                },
                off: session.is_cancelled(),
            })
            .collect(),
    };
    Ok(render(&template))
}

fn row(words: Words, one: &AskedView, at: &dyn Fn(jiff::Timestamp) -> String) -> Row {
    let status = one.rollover.asked.status;
    let (kind, icon) = match status {
        RolloverStatus::Asked => ("wait", "queue"),
        RolloverStatus::Confirmed => ("ok", "check"),
        RolloverStatus::Declined => ("info", "x"),
        RolloverStatus::Expired => ("bad", "clock"),
    };
    let waiting = matches!(status, RolloverStatus::Asked | RolloverStatus::Expired);
    Row {
        id: one.rollover.id,
        position: one.rollover.position,
        name: one.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        came: words.n("term-came-short", one.rollover.came),
        // Somebody has to phone: then the whole number is shown.
        phone: one
            .resident
            .reached_at()
            .filter(|_| waiting && !one.by_mail)
            .map(|phone| phone.reveal(Purpose::ShowStaff).to_owned()),
        how: words.t(if one.by_mail { "term-by-mail" } else { "term-by-phone" }),
        kind,
        icon,
        state: words.t(&format!("term-status-{status}")),
        when: match (one.rollover.answered_at, one.rollover.answered_by.as_str()) {
            (Some(when), "staff") => words.a("term-answered-staff", "when", at(when)),
            (Some(when), _) => words.a("term-answered-self", "when", at(when)),
            (None, _) => String::new(),
        },
        may_come: status != RolloverStatus::Confirmed,
        may_stay: status != RolloverStatus::Declined,
    }
}

/// An answer somebody gave on the phone or at the counter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerForm {
    answer: String,
}

/// `POST /staff/series/{id}/term/{rollover}`.
pub async fn answer(
    page: StaffPage,
    State(web): State<Web>,
    Path((id, rollover)): Path<(SeriesId, RolloverId)>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let answer: Answer = form
        .answer
        .parse()
        .map_err(|_| Error::invalid("answer", "form-choose", &form.answer))
        .for_visitor(v)?;
    let which = Which::Staff(v.actor.clone(), rollover);
    let done = term::answer(&web.ctx, page.community.id, which, answer)
        .await
        .for_visitor(v)?;
    let done = if done.missed > 0 {
        format!("part&seats={}&waits={}&missed={}", done.seats, done.waits, done.missed)
    } else if done.waits > 0 {
        "waits".to_owned()
    } else {
        "answered".to_owned()
    };
    Ok(Redirect::to(&format!("/staff/series/{id}/term?done={done}#r-{rollover}")).into_response())
}
