//! Who is signed up for a session: with a seat, to answer an offer, waiting, on leave; what staff do for somebody on the telephone.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::edit::when;
use super::form::Wrong;
use super::partner_bit::panel_href;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{EnrolmentId, SessionId};
use crate::domain::text::{Phone, Purpose};
use crate::services::enrolment::{self, OfferAnswer, Offered, Parent, RosterRow, SignUp, Which};
use crate::services::wording::Words;
use crate::services::{Error, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

struct Row {
    id: EnrolmentId,
    name: String,
    phone: String,
    notes: Vec<String>,
    offered: bool,
    waits: bool,
    paired: bool,
    on_leave: bool,
}

struct Group {
    heading: String,
    rows: Vec<Row>,
}

/// Two who come together, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    wish: String,
    name: String,
    phone: String,
    companion_name: String,
    companion_phone: String,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

#[derive(Template)]
#[template(path = "staff/sign_ups.html")]
struct SignUpsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    title: String,
    when: String,
    free: String,
    back: String,
    done: bool,
    may_change: bool,
    may_pair: bool,
    groups: Vec<Group>,
    typed: Typed,
    wrong: Wrong,
}

fn row(words: Words, home: &Community, one: &RosterRow, all: &[RosterRow]) -> Row {
    let enrolment = &one.enrolment;
    let mut notes = vec![words.t(&format!("sign-ups-source-{}", enrolment.source))];
    if !enrolment.signed_up_by.is_empty() {
        notes.push(words.a("sign-ups-by", "name", &enrolment.signed_up_by));
    }
    let with = all.iter().find(|other| {
        other.enrolment.id != enrolment.id
            && enrolment.together_id.is_some()
            && other.enrolment.together_id == enrolment.together_id
    });
    if let Some(with) = with {
        notes.push(words.a("sign-ups-with", "name", with.resident.name.reveal(Purpose::ShowStaff)));
    }
    if let Some(until) = enrolment.hold_until {
        let until = until.to_zoned(home.zone.clone()).datetime();
        notes.push(words.a("sign-ups-until", "when", moment_words(until, words.lang)));
    }
    Row {
        id: enrolment.id,
        name: one.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        phone: one.resident.reached_at().map(Phone::masked).unwrap_or_default(),
        notes,
        offered: enrolment.status == EnrolmentStatus::Offered,
        waits: enrolment.status == EnrolmentStatus::Waitlisted,
        paired: with.is_some(),
        on_leave: enrolment.status == EnrolmentStatus::Leave,
    }
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    typed: Typed,
    wrong: Wrong,
    done: bool,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, &page.community);
    let view = schedule::session(ctx, home.id, id).await.for_visitor(v)?;
    let roster = enrolment::roster(ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let away = enrolment::on_leave(ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let group = |key: &str, status: EnrolmentStatus, rows: &[RosterRow]| {
        let of_status: Vec<Row> = rows
            .iter()
            .filter(|one| one.enrolment.status == status)
            .map(|one| row(words, home, one, rows))
            .collect();
        (!of_status.is_empty()).then(|| Group {
            heading: words.n(key, of_status.len()),
            rows: of_status,
        })
    };
    let groups = [
        group("sign-ups-offered", EnrolmentStatus::Offered, &roster),
        group("sign-ups-seated", EnrolmentStatus::Enrolled, &roster),
        group("sign-ups-waiting", EnrolmentStatus::Waitlisted, &roster),
        group("sign-ups-leave", EnrolmentStatus::Leave, &away),
    ];
    let now = ctx.now();
    let (free, kept) = (view.seats.free(), view.seats.kept(now));
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let may_change = view.starts.timestamp() > now;
    let template = SignUpsPage {
        v,
        community: home,
        active: "week",
        badge: page.badge,
        id,
        title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
        when: when(words, &view),
        free: match free {
            None => words.t("sign-ups-no-limit"),
            Some(free) if kept > 0 => words.aa("sign-ups-free-kept", "n", free, "kept", kept),
            Some(free) => words.n("sign-ups-free", free),
        },
        back: panel_href(&view),
        done,
        may_change,
        may_pair: may_change && view.seats.terms.together && view.seats.open_to(Source::Phone, now).is_ok(),
        groups: groups.into_iter().flatten().collect(),
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/sessions/{id}/sign-ups`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    draw(
        &web,
        &page,
        id,
        Typed::default(),
        Wrong::default(),
        !done.done.is_empty(),
    )
    .await
}

/// `POST /staff/sessions/{id}/sign-ups`: two who come together.
pub async fn add(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let sign_up = SignUp {
        name: typed.name.clone(),
        phone: typed.phone.clone(),
        companion: Some(Parent {
            name: typed.companion_name.clone(),
            phone: typed.companion_phone.clone(),
        }),
        ..SignUp::default()
    };
    let v = &page.visitor;
    let done = enrolment::enrol_pair(&web.ctx, &v.actor, page.community.id, id, sign_up, Source::Phone).await;
    answer(&web, &page, id, typed, done.map(drop)).await
}

async fn answer(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    typed: Typed,
    done: Result<(), Error>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/staff/sessions/{id}/sign-ups?done=1")).into_response()),
        Err(error) => {
            let v = &page.visitor;
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw(web, page, id, typed, wrong, false).await
        }
    }
}

/// `POST /staff/sessions/{id}/sign-ups/{enrolment}`: what somebody said on the telephone.
pub async fn act(
    page: StaffPage,
    State(web): State<Web>,
    Path((id, enrolment)): Path<(SessionId, EnrolmentId)>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let which = || Which::Id(v.actor.clone(), id, enrolment);
    let offered = || Offered::Staff(v.actor.clone(), id, enrolment);
    let done = match typed.wish.as_str() {
        "take" => enrolment::answer_offer(ctx, home, offered(), OfferAnswer::Take)
            .await
            .map(drop),
        "decline" => enrolment::answer_offer(ctx, home, offered(), OfferAnswer::Leave)
            .await
            .map(drop),
        "cancel" => enrolment::cancel(ctx, home, which()).await,
        "cancel_both" => enrolment::cancel_both(ctx, home, which()).await,
        "part" => enrolment::part(ctx, home, which()).await,
        "leave" => enrolment::give_leave(ctx, &v.actor, home, id, enrolment).await,
        other => Err(Error::invalid("wish", "wish-unknown", other)),
    };
    answer(&web, &page, id, Typed::default(), done).await
}
