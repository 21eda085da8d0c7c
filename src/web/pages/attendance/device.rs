//! `/staff/devices`: devices that may take attendance. `/door/{link}`: opened on such a device, once.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{CookieJar, Form};
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::device::{State as Standing, Term};
use crate::domain::id::DeviceId;
use crate::services::wording::Words;
use crate::services::{Error, account, device};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::{Visitor, token_of};
use crate::web::pages::login::set_cookie;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::{qr, render};

struct Row {
    id: DeviceId,
    name: String,
    state: String,
    term: String,
    seen: String,
    revocable: bool,
}

struct Made {
    name: String,
    url: String,
    qr: Safe<String>,
}

#[derive(Template)]
#[template(path = "attendance/devices.html")]
struct DevicesPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    error: String,
    made: Option<Made>,
    typed: String,
    terms: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
}

/// The form, as typed.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    term: String,
}

fn term_words(words: Words, term: Term) -> String {
    words.t(&format!("device-term-{}", term.as_str().replace('_', "-")))
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    made: Option<Made>,
    typed: Typed,
    error: String,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let now = web.ctx.now();
    let devices = device::list(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let moment = |at: Timestamp| moment_words(at.to_zoned(page.community.zone.clone()).datetime(), words.lang);
    let rows = devices.into_iter().map(|device| {
        let state = device.state(now);
        Row {
            id: device.id,
            state: words.t(&format!("device-is-{}", state.as_str())),
            term: term_words(words, device.term),
            seen: device.seen_at.map(&moment).unwrap_or_default(),
            revocable: matches!(state, Standing::Waiting | Standing::Active),
            name: device.name,
        }
    });
    let chosen: Term = typed.term.parse().unwrap_or(Term::Days90);
    let terms = Term::ALL
        .iter()
        .map(|term| (term.as_str(), term_words(words, *term), *term == chosen));
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let body = render(&DevicesPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        error,
        made,
        typed: typed.name,
        terms: terms.collect(),
        rows: rows.collect(),
    });
    Ok((status, body).into_response())
}

/// The list.
pub async fn list(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    draw(&web, &page, None, Typed::default(), String::new()).await
}

/// Makes a device and shows its link, which is not kept anywhere else.
pub async fn create(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let Ok(term) = typed.term.parse::<Term>() else {
        let error = v.words.t("error-device-term");
        return draw(&web, &page, None, typed, error).await;
    };
    match device::create(&web.ctx, &v.actor, page.community.id, &typed.name, term).await {
        Ok(new) => {
            let url = format!("{}/door/{}", web.ctx.settings.base_url(), new.link);
            let made = Made {
                name: new.device.name,
                qr: qr::drawing(&url, "QR"),
                url,
            };
            draw(&web, &page, Some(made), Typed::default(), String::new()).await
        }
        Err(Error::Invalid(wrong)) => {
            let said: Vec<String> = wrong.iter().map(|wrong| v.words.field_error(wrong)).collect();
            draw(&web, &page, None, typed, said.join(" ")).await
        }
        Err(Error::State { code }) => {
            let error = v.words.t(&format!("error-{code}"));
            draw(&web, &page, None, typed, error).await
        }
        Err(other) => Err(other).for_visitor(v),
    }
}

/// Takes a device's right.
pub async fn revoke(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = id.parse().map_err(|_| Error::not_found("device", &id)).for_visitor(v)?;
    device::revoke(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to("/staff/devices").into_response())
}

#[derive(Template)]
#[template(path = "attendance/device_open.html")]
struct OpenPage<'a> {
    v: &'a Visitor,
    place: String,
    /// None when the link does not work.
    name: Option<String>,
    term: String,
}

fn gone(v: &Visitor) -> Response {
    let page = OpenPage {
        v,
        place: String::new(),
        name: None,
        term: String::new(),
    };
    (StatusCode::NOT_FOUND, render(&page)).into_response()
}

/// Asks once. Reading changes nothing, because programs open links to preview them.
pub async fn ask(v: Visitor, State(web): State<Web>, Path(link): Path<String>) -> Result<Response, WebError> {
    match device::look(&web.ctx, &link).await {
        Ok((home, device)) => Ok(render(&OpenPage {
            v: &v,
            place: v.words.pick(&home.name, &home.name_en).to_owned(),
            term: term_words(v.words, device.term),
            name: Some(device.name),
        })),
        Err(Error::NotFound { .. }) => Ok(gone(&v)),
        Err(other) => Err(other).for_visitor(&v),
    }
}

/// Opens the link: whoever was logged in here is not any more.
pub async fn open(
    v: Visitor,
    State(web): State<Web>,
    Path(link): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, WebError> {
    let secure = web.ctx.settings.is_secure();
    let (token, seconds) = match device::open(&web.ctx, &link).await {
        Ok(opened) => opened,
        Err(Error::NotFound { .. }) => return Ok(gone(&v)),
        Err(other) => return Err(other).for_visitor(&v),
    };
    if let Some(old) = token_of(&headers, &jar, secure) {
        account::log_out(&web.ctx, &old).await.for_visitor(&v)?;
    }
    let mut response = Redirect::to("/staff/check-in").into_response();
    set_cookie(&mut response, secure, &token, seconds);
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
