//! One session, and the form to sign up for it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{CookieJar, Form};
use serde::Deserialize;

use super::card::{Stand, Strip, came_from, reason, stand, window};
use super::draw::DrawSaid;
use super::facts::{Facts, short_moment};
use super::shell::Shell;
use crate::domain::community::Community;
use crate::domain::enrolment::Whole;
use crate::domain::id::SessionId;
use crate::domain::planning::SessionStatus;
use crate::services::enrolment::{self, Parent, SignUp};
use crate::services::schedule::{self, SessionView};
use crate::services::{Context, Error, FieldError, Result, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::origin::Origin;
use crate::web::pages::materials::MaterialLine;
use crate::web::pages::render;

/// The cookie by which this device finds its own sign-up again; sent to the session's own page only.
pub(super) const MINE: &str = "mine";
/// How long it is kept, seconds: longer than sessions are planned ahead.
const MINE_SECONDS: u32 = 200 * 86_400;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    already: Option<String>,
}

/// The form as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    who: String,
    parent_name: String,
    parent_phone: String,
    name: String,
    phone: String,
    companion_name: String,
    companion_phone: String,
    /// `one` or `all` dates of the series.
    dates: String,
}

impl Filled {
    /// Whether somebody is named who comes along.
    fn has_companion(&self) -> bool {
        !self.companion_name.trim().is_empty() || !self.companion_phone.trim().is_empty()
    }

    fn is_for_parent(&self) -> bool {
        self.who == "parent"
    }
}

/// They are in already.
struct Already {
    /// The link to their sign-up, when this device made it.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "public/session.html")]
struct SessionPage {
    shell: Shell,
    facts: Facts,
    materials: Vec<MaterialLine>,
    strip: Option<Strip>,
    is_off: bool,
    why: String,
    action: String,
    can_sign_up: bool,
    is_queue: bool,
    /// When sign-up opens or ends; may be empty.
    window: String,
    /// Why nobody can sign up now; may be empty.
    closed: String,
    /// Seats kept for those who phone; may be empty.
    kept: String,
    /// Whether somebody may be named who comes along.
    together: bool,
    /// Whether one chooses between this date and all of them.
    may_whole: bool,
    /// Whether it is for all dates only.
    must_whole: bool,
    draw: Option<DrawSaid>,
    /// Where somebody says that something was wrong; empty for what the community gives itself.
    complain: String,
    already: Option<Already>,
    filled: Filled,
    wrong: Vec<(String, String)>,
    by_field: BTreeMap<String, String>,
}

impl SessionPage {
    /// What is wrong with a field.
    fn wrong_with(&self, field: &str) -> Option<&String> {
        self.by_field.get(field)
    }
}

/// The session that an address names. What is not an id names none.
pub(super) async fn find(ctx: &Context, slug: &str, id: &str) -> Result<(Community, SessionView)> {
    let home = community::find_by_slug(ctx, slug).await?;
    let id: SessionId = id.parse().map_err(|_| Error::not_found("session", id))?;
    let view = schedule::session(ctx, home.id, id).await?;
    Ok((home, view))
}

/// `GET /c/{community}/sessions/{id}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, id)): Path<(String, String)>,
    Query(shown): Query<Shown>,
    jar: CookieJar,
) -> Result<Response, WebError> {
    let (home, view) = find(&web.ctx, &slug, &id).await.for_visitor(&visitor)?;
    let mine = match jar.get(MINE) {
        Some(token) => mine(&web.ctx, &home, &view, token.value())
            .await
            .for_visitor(&visitor)?,
        None => None,
    };
    let mut page = page(&web.ctx, &visitor, &home, &view).await.for_visitor(&visitor)?;
    if shown.already.is_some() || mine.is_some() {
        page.already = Some(Already { link: mine });
        page.can_sign_up = shown.already.is_none() && page.can_sign_up;
    }
    Ok(render(&page))
}

/// The link to this device's own sign-up, while it stands.
async fn mine(ctx: &Context, home: &Community, view: &SessionView, token: &str) -> Result<Option<String>> {
    match enrolment::own(ctx, home.id, token).await {
        Ok(own) if own.enrolment.session_id == view.id && own.enrolment.status.is_live() => {
            Ok(Some(format!("/c/{}/enrolments/{token}", home.slug)))
        }
        Ok(_) => Ok(None),
        Err(Error::NotFound { .. }) => match enrolment::own_series(ctx, home.id, token).await {
            Ok(own) if own.enrolment.active && own.enrolment.series_id == view.series_id => {
                Ok(Some(format!("/c/{}/series-enrolments/{token}", home.slug)))
            }
            Ok(_) | Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

async fn page(ctx: &Context, visitor: &Visitor, home: &Community, view: &SessionView) -> Result<SessionPage> {
    let now = ctx.now().to_zoned(home.zone.clone());
    let today = now.date();
    let words = visitor.words;
    let stand = stand(view, &now);
    let strip = |class, icon, key: &str| {
        Some(Strip {
            class,
            icon,
            text: words.t(key),
        })
    };
    let mut why = String::new();
    if stand == Stand::Cancelled {
        why = view.reason.clone().unwrap_or_else(|| reason(view, words));
        if let Some(next) = schedule::next_of_series(ctx, home.id, view).await? {
            why.push_str(&words.a("session-next", "when", short_moment(&next.starts, today, words)));
        }
    } else if stand == Stand::Paused {
        why = words.t("session-paused-why");
    } else if let Some(from) = came_from(view, today, words) {
        why = from;
        if let Some(reason) = &view.reason {
            why.push_str(reason);
        }
    } else if view.status == SessionStatus::Provisional {
        why = words.t("session-provisional");
    }
    let here = format!("/c/{}/sessions/{}", home.slug, view.id);
    let terms = &view.seats.terms;
    let can_sign_up = matches!(stand, Stand::Open(_) | Stand::Full(_) | Stand::Collecting(_));
    let kept = view.seats.kept(now.timestamp());
    Ok(SessionPage {
        window: window(view, &now, words).unwrap_or_default(),
        closed: match stand {
            Stand::NotYet | Stand::Closed | Stand::NoQueue => words.t(stand.words()),
            _ => String::new(),
        },
        kept: if kept > 0 && can_sign_up {
            words.n("session-kept", kept)
        } else {
            String::new()
        },
        together: terms.together && terms.whole != Whole::Must,
        may_whole: terms.whole == Whole::May && view.repeats,
        must_whole: terms.whole == Whole::Must,
        draw: DrawSaid::of(ctx, home, view, words).await?,
        facts: Facts::of(view, &home.slug, today, stand, words),
        materials: super::programme::lines(ctx, home, view.programme.id, words).await?,
        strip: match stand {
            Stand::Cancelled => strip("off", "x", "session-off"),
            Stand::Paused => strip("off", "info", "session-paused"),
            Stand::Over => strip("over", "check", "session-over"),
            Stand::Now => strip("now", "clock", "session-now"),
            Stand::Full(_) => strip("full", "queue", "session-full"),
            Stand::NoQueue => strip("full", "queue", "session-no-queue"),
            Stand::NotYet => strip("now", "clock", "session-not-yet"),
            Stand::Closed => strip("over", "clock", "session-closed"),
            Stand::JustCome | Stand::Open(_) | Stand::Collecting(_) => None,
        },
        is_off: matches!(stand, Stand::Cancelled | Stand::Paused),
        why,
        action: format!("{here}/enrol"),
        can_sign_up,
        is_queue: matches!(stand, Stand::Full(_)),
        complain: match view.partner {
            Some(_) => format!("{here}/complain"),
            None => String::new(),
        },
        already: None,
        filled: Filled::default(),
        wrong: Vec::new(),
        by_field: BTreeMap::new(),
        shell: Shell::of(visitor, home).at(here),
    })
}

/// `POST /c/{community}/sessions/{id}/enrol`.
pub(super) async fn enrol(
    State(web): State<Web>,
    visitor: Visitor,
    Origin(from): Origin,
    Path((slug, id)): Path<(String, String)>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let (home, view) = find(ctx, &slug, &id).await.for_visitor(&visitor)?;
    let sign_up = SignUp {
        name: filled.name.clone(),
        phone: filled.phone.clone(),
        parent: filled.is_for_parent().then(|| Parent {
            name: filled.parent_name.clone(),
            phone: filled.parent_phone.clone(),
        }),
        companion: filled.has_companion().then(|| Parent {
            name: filled.companion_name.clone(),
            phone: filled.companion_phone.clone(),
        }),
        whole: filled.dates == "all",
        from: Some(from),
    };
    let here = format!("/c/{}/sessions/{}", home.slug, view.id);
    match enrolment::enrol(ctx, home.id, view.id, sign_up).await {
        Ok(enrolled) => Ok(match enrolled.manage_token {
            Some(token) => {
                let secure = if ctx.settings.is_secure() { "; Secure" } else { "" };
                let cookie =
                    format!("{MINE}={token}; Path={here}; Max-Age={MINE_SECONDS}; HttpOnly; SameSite=Lax{secure}");
                let own = if enrolled.series.is_some() {
                    "series-enrolments"
                } else {
                    "enrolments"
                };
                let mut response = Redirect::to(&format!("/c/{}/{own}/{token}", home.slug)).into_response();
                if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                    response.headers_mut().append(SET_COOKIE, cookie);
                }
                response
            }
            None => Redirect::to(&format!("{here}?already=1#main")).into_response(),
        }),
        Err(Error::Invalid(fields)) => {
            let mut page = page(ctx, &visitor, &home, &view).await.for_visitor(&visitor)?;
            page.tell(&fields);
            page.filled = filled;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        // It was called off, has begun, or takes nobody: the page itself says so.
        Err(Error::State { .. }) if !can_still(&web.ctx, &home, &view.id).await.for_visitor(&visitor)? => {
            Ok(Redirect::to(&here).into_response())
        }
        Err(Error::State { code }) => {
            let mut page = page(ctx, &visitor, &home, &view).await.for_visitor(&visitor)?;
            page.wrong
                .push(("form".to_owned(), visitor.words.t(&format!("error-{code}"))));
            page.filled = filled;
            Ok((StatusCode::CONFLICT, render(&page)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

/// Whether somebody could still sign up on the page.
async fn can_still(ctx: &Context, home: &Community, id: &SessionId) -> Result<bool> {
    let view = schedule::session(ctx, home.id, *id).await?;
    let stand = stand(&view, &ctx.now().to_zoned(home.zone.clone()));
    Ok(matches!(stand, Stand::Open(_) | Stand::Full(_) | Stand::Collecting(_)))
}

impl SessionPage {
    fn tell(&mut self, fields: &[FieldError]) {
        let words = self.shell.v.words;
        for field in fields {
            let said = words.field_error(field);
            let label = words.t(&format!("sign-up-short-{}", field.field.replace('_', "-")));
            let joint = words.lang.pick("：", ": ");
            self.wrong.push((field.field.clone(), format!("{label}{joint}{said}")));
            self.by_field.insert(field.field.clone(), said);
        }
    }
}
