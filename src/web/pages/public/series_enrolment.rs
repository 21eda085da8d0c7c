//! Somebody's sign-up for all dates of a series, behind the link they got: their dates, leave from single ones (请假), and the way out.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::card::moment;
use super::shell::Shell;
use crate::domain::community::Community;
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::SessionId;
use crate::domain::text::Purpose;
use crate::services::enrolment::{self, OwnDate, OwnSeries, SeriesWish};
use crate::services::wording::Words;
use crate::services::{Context, Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pressed {
    wish: String,
    session: String,
}

/// One date, with what can be pressed.
struct DateLine {
    session: SessionId,
    when: String,
    venue: String,
    icon: &'static str,
    how: String,
    away: bool,
    /// `leave`, `return` or empty.
    wish: &'static str,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "public/series_enrolment.html")]
struct SeriesPage {
    shell: Shell,
    active: bool,
    heading: String,
    text: String,
    title: String,
    dates: Vec<DateLine>,
    more: String,
}

/// `GET /c/{community}/series-enrolments/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&visitor)?;
    let own = enrolment::own_series(&web.ctx, home.id, &token)
        .await
        .for_visitor(&visitor)?;
    Ok(render(&page(&web.ctx, &visitor, &home, &own, &token)))
}

fn page(ctx: &Context, visitor: &Visitor, home: &Community, own: &OwnSeries, token: &str) -> SeriesPage {
    let words = visitor.words;
    let today = ctx.now().to_zoned(home.zone.clone()).date();
    let name = own.resident.name.reveal(Purpose::ShowOwner);
    let count = |status| {
        own.dates
            .iter()
            .filter(|date| date.status == Some(status) && !date.off)
            .count()
    };
    let active = own.enrolment.active;
    SeriesPage {
        active,
        heading: words.t(if active {
            "series-enrolment-in"
        } else {
            "series-enrolment-out"
        }),
        text: if active {
            words.with(
                "series-enrolment-text",
                [
                    ("name", name.to_owned().into()),
                    ("seats", count(EnrolmentStatus::Enrolled).into()),
                    ("waits", count(EnrolmentStatus::Waitlisted).into()),
                ],
            )
        } else {
            words.t("series-enrolment-out-text")
        },
        title: words.pick(&own.title.0, &own.title.1).to_owned(),
        dates: own.dates.iter().map(|date| line(date, active, today, words)).collect(),
        more: own
            .next
            .map(|session| format!("/c/{}/sessions/{session}", home.slug))
            .unwrap_or_default(),
        shell: Shell::of(visitor, home).at(format!("/c/{}/series-enrolments/{token}", home.slug)),
    }
}

fn line(date: &OwnDate, active: bool, today: jiff::civil::Date, words: Words) -> DateLine {
    let (icon, how, wish, label) = match date.status {
        _ if date.off => ("x", words.t("session-off"), "", ""),
        Some(EnrolmentStatus::Enrolled) => ("check", words.t("series-date-in"), "leave", "series-leave-date"),
        Some(EnrolmentStatus::Waitlisted) => (
            "queue",
            words.n("series-date-waits", date.ahead),
            "leave",
            "series-leave-date",
        ),
        Some(EnrolmentStatus::Offered) => ("clock", words.t("series-date-offered"), "leave", "series-leave-date"),
        Some(EnrolmentStatus::Leave) => (
            "undo",
            words.t("series-date-leave"),
            "return",
            if date.has_place {
                "series-return-date"
            } else {
                "series-return-queue"
            },
        ),
        _ => (
            "info",
            words.t("series-date-none"),
            "return",
            if date.has_place {
                "series-return-date"
            } else {
                "series-return-queue"
            },
        ),
    };
    DateLine {
        session: date.session,
        when: moment(&date.starts, today, words),
        venue: words.pick(&date.venue, &date.venue_en).to_owned(),
        icon,
        how,
        away: date.off || wish == "return",
        wish: if active { wish } else { "" },
        label,
    }
}

/// `POST /c/{community}/series-enrolments/{token}`: leave from one date, back to it, out of all, back to all.
pub(super) async fn change(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, token)): Path<(String, String)>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let session = || -> Result<SessionId, Error> {
        let unknown = || Error::not_found("session", &pressed.session);
        pressed.session.parse().map_err(|_| unknown())
    };
    let wish = match pressed.wish.as_str() {
        "leave" => session().map(SeriesWish::Leave),
        "return" => session().map(SeriesWish::Return),
        "leave_all" => Ok(SeriesWish::LeaveAll),
        "return_all" => Ok(SeriesWish::ReturnAll),
        other => Err(Error::invalid("wish", "wish-unknown", other)),
    };
    let wish = wish.for_visitor(&visitor)?;
    match enrolment::change_series(ctx, home.id, &token, wish).await {
        // It has begun, or takes nobody any more: the page says how it stands.
        Ok(()) | Err(Error::State { .. }) => {
            Ok(Redirect::to(&format!("/c/{}/series-enrolments/{token}", home.slug)).into_response())
        }
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}
