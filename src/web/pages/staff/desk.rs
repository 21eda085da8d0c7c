//! `/staff/desk`: somebody rings or stands at the counter. One search box, a numbered list of sessions, and the sentence to say back.
//!
//! Every step is a page of its own that a keyboard goes through with Enter; `desk.js` only shows who is found while somebody types.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{CookieJar, Form};
use jiff::Zoned;
use jiff::civil::Date;
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, named};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::day_words;
use crate::domain::community::Community;
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::Resident;
use crate::domain::text::{Phone, Purpose};
use crate::services::desk::{self, Caller, Offer, Outcome, Who, Wish};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, enrolment};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Remembers how callers come.
const SOURCE_COOKIE: &str = "desk_source";

/// Somebody who was found.
struct PersonLine {
    href: String,
    name: String,
    about: String,
}

/// A session that can be chosen.
struct OfferLine {
    id: SessionId,
    mark: String,
    tone: &'static str,
    title: String,
    when: String,
    place: String,
    seats: String,
    full: bool,
    chosen: bool,
}

/// A session the caller is in.
struct OwnLine {
    session: SessionId,
    enrolment: EnrolmentId,
    title: String,
    when: String,
    state: String,
    may_change: bool,
}

/// What was just done, in a sentence to be read out.
struct Said {
    text: String,
    undo: Option<(SessionId, EnrolmentId)>,
}

/// A session that is full, and what can be done.
struct FullBit {
    title: String,
    text: String,
    session: SessionId,
    other: Option<(SessionId, String)>,
}

#[derive(Template)]
#[template(path = "staff/desk.html")]
struct DeskPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    wrong: Wrong,
    form: Typed,
    people: Vec<PersonLine>,
    more: bool,
    searched: bool,
    caller: Option<(String, String)>,
    own: Vec<OwnLine>,
    changing: String,
    offers: Vec<OfferLine>,
    list: String,
    sources: Vec<Choice>,
    said: Option<Said>,
    full: Option<FullBit>,
    focus: &'static str,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    who: String,
    session: String,
    from: String,
    done: String,
    how: String,
}

/// What was typed; kept as it is when something is wrong.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    q: String,
    who: String,
    name: String,
    phone: String,
    by: String,
    source: String,
    /// The number typed.
    n: String,
    /// The button pressed.
    session: String,
    /// The session the desk was opened from.
    pre: String,
    /// The sessions as they were numbered.
    list: String,
    /// The enrolment that is given up for it.
    from: String,
    wait: String,
}

/// `GET /staff/desk`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    jar: CookieJar,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let mut shown = Shown {
        form: Typed {
            q: asked.q.clone(),
            who: asked.who.clone(),
            pre: asked.session.clone(),
            from: asked.from.clone(),
            source: jar
                .get(SOURCE_COOKIE)
                .map_or("phone", |cookie| cookie.value())
                .to_owned(),
            ..Typed::default()
        },
        done: asked.done.parse().ok(),
        how: asked.how,
        ..Shown::default()
    };
    if !asked.q.trim().is_empty() {
        let found = desk::find(&web.ctx, &v.actor, page.community.id, &asked.q)
            .await
            .for_visitor(v)?;
        if let Some(picked) = found.picked {
            return Ok(Redirect::to(&href(Some(picked), &asked.session)).into_response());
        }
        shown.found = Some(found);
    }
    draw(&web.ctx, &page, shown, StatusCode::OK).await
}

/// The desk with a caller, opened from a session or not.
fn href(who: Option<ResidentId>, session: &str) -> String {
    let who = who.map(|who| format!("who={who}"));
    let session = (!session.is_empty()).then(|| format!("session={}", encode(session)));
    let query: Vec<String> = [who, session].into_iter().flatten().collect();
    format!("/staff/desk?{}", query.join("&"))
}

/// What a page shows beside the list of sessions.
#[derive(Default)]
struct Shown {
    form: Typed,
    found: Option<desk::Found>,
    wrong: Wrong,
    done: Option<EnrolmentId>,
    how: String,
    full: Option<(SessionId, i32)>,
}

async fn draw(ctx: &Context, page: &StaffPage, shown: Shown, status: StatusCode) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let now = page.now(ctx);
    let today = now.date();
    let pre = shown.form.pre.parse::<SessionId>().ok();
    let offers = desk::offers(ctx, &v.actor, home, pre).await.for_visitor(v)?;
    let caller = match shown.form.who.parse::<ResidentId>() {
        Ok(id) => Some(desk::caller(ctx, &v.actor, home, id).await.for_visitor(v)?),
        Err(_) => None,
    };
    let said = match shown.done {
        Some(id) => Some(say(ctx, page, today, id, &shown.how).await.for_visitor(v)?),
        None => None,
    };
    let full = match shown.full {
        Some((id, ahead)) => {
            let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
            Some(full_bit(words, today, &offers, &session, ahead))
        }
        None => None,
    };
    let changing = caller.as_ref().and_then(|caller| {
        let from = shown.form.from.parse().ok()?;
        let (_, session) = caller.coming.iter().find(|(one, _)| one.id == from)?;
        let when = spoken(&session.starts, today, words);
        Some(words.aa("desk-changing", "title", title(words, session), "when", when))
    });
    let mut form = shown.form;
    let found = shown.found.unwrap_or_default();
    let searched = !form.q.trim().is_empty();
    if searched && form.name.is_empty() && form.phone.is_empty() {
        // What was searched for is the first half of somebody new.
        match Phone::parse(&form.q) {
            Ok(_) => form.phone.clone_from(&form.q),
            Err(_) if !form.q.is_ascii() => form.name.clone_from(&form.q),
            Err(_) => {}
        }
    }
    let new = caller.is_none() && (searched || !form.name.is_empty() || !form.phone.is_empty());
    let focus = if full.is_some() {
        "full"
    } else if said.is_some() {
        "find"
    } else if caller.is_some() {
        if pre.is_some() { "book" } else { "number" }
    } else if new && found.people.is_empty() {
        if form.name.is_empty() { "name" } else { "phone" }
    } else {
        "find"
    };
    let list: Vec<String> = offers.iter().map(|offer| offer.session.id.to_string()).collect();
    let template = DeskPage {
        v,
        community: &page.community,
        active: "desk",
        badge: page.badge,
        people: found
            .people
            .iter()
            .map(|one| PersonLine {
                href: href(Some(one.id), &form.pre),
                name: desk::spoken(one).to_owned(),
                about: about(words, one),
            })
            .collect(),
        more: found.more,
        searched: new || searched,
        caller: caller.as_ref().map(|caller| {
            (
                desk::spoken(&caller.resident).to_owned(),
                about(words, &caller.resident),
            )
        }),
        own: caller
            .as_ref()
            .map_or_else(Vec::new, |caller| own(words, today, caller)),
        changing: changing.unwrap_or_default(),
        offers: offers
            .iter()
            .map(|offer| offer_line(words, today, offer, pre))
            .collect(),
        list: list.join(","),
        sources: named(words, "desk-source", &["phone", "counter"], &form.source),
        said,
        full,
        focus,
        wrong: shown.wrong,
        form,
    };
    Ok((status, render(&template)).into_response())
}

/// Where somebody lives and how their number ends: what tells two of one name apart.
fn about(words: Words, one: &Resident) -> String {
    let tail = one
        .reached_at()
        .map(|phone| words.a("desk-tail", "tail", phone.tail(Purpose::ShowStaff)));
    let building = (!one.building.is_empty()).then(|| one.building.clone());
    let parts: Vec<String> = [building, tail].into_iter().flatten().collect();
    parts.join(&words.t("staff-comma"))
}

fn title(words: Words, session: &SessionView) -> String {
    words
        .pick(&session.programme.title, &session.programme.title_en)
        .to_owned()
}

/// A moment as it is said on the telephone: 明天（11月26日 周四） 上午9:30.
fn spoken(at: &Zoned, today: Date, words: Words) -> String {
    let near = match (at.date() - today).get_days() {
        0 => Some("day-today"),
        1 => Some("day-tomorrow"),
        2 => Some("day-after-tomorrow"),
        _ => None,
    };
    let day = match near {
        Some(key) => format!(
            "{}{}",
            words.t(key),
            words.in_brackets(&day_words(at.date(), words.lang))
        ),
        None => day_words(at.date(), words.lang),
    };
    format!(
        "{day}{}{}",
        words.lang.pick(" ", ", "),
        time_words(at.time(), words.lang)
    )
}

fn offer_line(words: Words, today: Date, offer: &Offer, pre: Option<SessionId>) -> OfferLine {
    let session = &offer.session;
    OfferLine {
        id: session.id,
        mark: session.venue.mark.clone(),
        tone: session.venue.tone.as_str(),
        title: title(words, session),
        when: spoken(&session.starts, today, words),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        seats: match offer.free {
            None => words.t("desk-free-any"),
            Some(0) => words.n("desk-full", session.waitlisted),
            Some(free) => words.n("desk-free", free),
        },
        full: offer.is_full(),
        chosen: pre == Some(session.id),
    }
}

fn own(words: Words, today: Date, caller: &Caller) -> Vec<OwnLine> {
    let line = |(one, session): &(crate::domain::resident::Enrolment, SessionView)| OwnLine {
        session: session.id,
        enrolment: one.id,
        title: title(words, session),
        when: spoken(&session.starts, today, words),
        state: words
            .find(&format!("desk-own-{}", one.status))
            .unwrap_or_else(|| words.t("desk-own-other")),
        may_change: matches!(one.status, EnrolmentStatus::Enrolled | EnrolmentStatus::Waitlisted),
    };
    caller.coming.iter().map(line).collect()
}

fn full_bit(words: Words, today: Date, offers: &[Offer], full: &SessionView, ahead: i32) -> FullBit {
    let when = spoken(&full.starts, today, words);
    let args = [
        ("title", title(words, full).into()),
        ("when", when.into()),
        ("n", ahead.into()),
    ];
    FullBit {
        title: words.a("desk-full-title", "title", title(words, full)),
        text: words.with("desk-full-text", args),
        session: full.id,
        other: desk::instead(offers, full).map(|offer| {
            let when = spoken(&offer.session.starts, today, words);
            let said = words.aa("desk-full-other", "title", title(words, &offer.session), "when", when);
            (offer.session.id, said)
        }),
    }
}

/// The sentence about what was just done.
async fn say(ctx: &Context, page: &StaffPage, today: Date, id: EnrolmentId, how: &str) -> Result<Said, Error> {
    let words = page.visitor.words;
    let (one, ahead) = desk::enrolment(ctx, &page.visitor.actor, page.community.id, id).await?;
    let session = schedule::session(ctx, page.community.id, one.session_id).await?;
    let caller = crate::services::resident::get(ctx, &page.visitor.actor, page.community.id, one.resident_id).await?;
    let key = match (how, one.status) {
        ("undone", EnrolmentStatus::Cancelled) => "desk-undone",
        (_, EnrolmentStatus::Cancelled) => "desk-said-cancelled",
        ("already", EnrolmentStatus::Waitlisted) => "desk-said-already-waiting",
        ("already", _) => "desk-said-already",
        (_, EnrolmentStatus::Waitlisted) => "desk-said-waitlisted",
        _ => "desk-said-enrolled",
    };
    let args = [
        ("name", desk::spoken(&caller).to_owned().into()),
        ("when", spoken(&session.starts, today, words).into()),
        (
            "place",
            words
                .pick(&session.venue.name, &session.venue.name_en)
                .to_owned()
                .into(),
        ),
        ("title", title(words, &session).into()),
        ("ahead", ahead.into()),
    ];
    let undo = how != "already" && desk::can_undo(ctx.now(), &one);
    Ok(Said {
        text: words.with(key, args),
        undo: undo.then_some((one.session_id, one.id)),
    })
}

/// The session that was chosen: by its button, by its number, or because the desk was opened from it.
fn chosen(typed: &Typed) -> Result<SessionId, FieldError> {
    let number = crate::domain::text::line(&typed.n, 8).unwrap_or_default();
    let id = if !typed.session.is_empty() {
        typed.session.as_str()
    } else if !number.is_empty() {
        let place = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let found = place.and_then(|at| typed.list.split(',').nth(at));
        found.ok_or_else(|| FieldError::new("n", "desk-number", number.clone()))?
    } else {
        typed.pre.as_str()
    };
    id.parse().map_err(|_| FieldError::new("n", "desk-session", ""))
}

/// `POST /staff/desk`: signs the caller up.
pub async fn submit(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let known = typed.who.parse::<ResidentId>().ok();
    let session = match chosen(&typed) {
        Ok(session) => session,
        Err(error) => return again(&web.ctx, &page, typed, Wrong::fields(v.words, &[error])).await,
    };
    let source = match typed.source.as_str() {
        "counter" => Source::Counter,
        _ => Source::Phone,
    };
    let wish = Wish {
        who: known.map_or_else(
            || Who::New {
                name: typed.name.clone(),
                phone: typed.phone.clone(),
            },
            Who::Known,
        ),
        session,
        source,
        by: typed.by.clone(),
        wait: typed.wait == "yes",
        instead_of: typed.from.parse().ok(),
    };
    let mut response = match desk::sign_up(&web.ctx, &v.actor, page.community.id, wish).await {
        Ok(Outcome::Done(who, enrolled)) => {
            let how = if enrolled.already { "&how=already" } else { "" };
            let to = format!("{}&done={}{how}", href(Some(who), &typed.pre), enrolled.id);
            Redirect::to(&to).into_response()
        }
        Ok(Outcome::Full(ahead)) => {
            let shown = Shown {
                full: Some((session, ahead)),
                form: typed,
                ..Shown::default()
            };
            draw(&web.ctx, &page, shown, StatusCode::CONFLICT).await?
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            again(&web.ctx, &page, typed, wrong).await?
        }
    };
    let cookie = format!("{SOURCE_COOKIE}={source}; Path=/staff; Max-Age=31536000; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn again(ctx: &Context, page: &StaffPage, form: Typed, wrong: Wrong) -> Result<Response, WebError> {
    let shown = Shown {
        form,
        wrong,
        ..Shown::default()
    };
    draw(ctx, page, shown, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// Which sign-up is given up or taken back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Giving {
    who: String,
    session: String,
    enrolment: String,
    pre: String,
}

/// `POST /staff/desk/cancel`: the caller does not come.
pub async fn cancel(page: StaffPage, State(web): State<Web>, Form(giving): Form<Giving>) -> Result<Response, WebError> {
    give(&web, &page, giving, false).await
}

/// `POST /staff/desk/undo`: takes back what was just done.
pub async fn undo(page: StaffPage, State(web): State<Web>, Form(giving): Form<Giving>) -> Result<Response, WebError> {
    give(&web, &page, giving, true).await
}

async fn give(web: &Web, page: &StaffPage, giving: Giving, undo: bool) -> Result<Response, WebError> {
    let v = &page.visitor;
    let ids = giving
        .session
        .parse::<SessionId>()
        .ok()
        .zip(giving.enrolment.parse::<EnrolmentId>().ok());
    let (session, id) = ids
        .ok_or_else(|| Error::not_found("enrolment", &giving.enrolment))
        .for_visitor(v)?;
    let home = page.community.id;
    let done = if undo {
        desk::undo(&web.ctx, &v.actor, home, session, id).await
    } else {
        let which = enrolment::Which::Id(v.actor.clone(), session, id);
        enrolment::cancel(&web.ctx, home, which).await
    };
    if let Err(error) = done {
        let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
        let form = Typed {
            who: giving.who,
            pre: giving.pre,
            ..Typed::default()
        };
        let shown = Shown {
            form,
            wrong,
            ..Shown::default()
        };
        return draw(&web.ctx, page, shown, StatusCode::CONFLICT).await;
    }
    let who = giving.who.parse().ok();
    let how = if undo { "&how=undone" } else { "" };
    Ok(Redirect::to(&format!("{}&done={id}{how}", href(who, &giving.pre))).into_response())
}
