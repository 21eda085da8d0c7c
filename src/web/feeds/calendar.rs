//! The schedule as iCalendar feeds: of a community, of one of its programmes, of one series.
//!
//! Exported are the sessions that start from [`DAYS_BACK`] days ago to [`MOST_DAYS`] days ahead; each series' rule is cut to the
//! sessions exported, so that years of history cost nothing.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, ToSpan};
use sha2::{Digest, Sha256};

use crate::domain::community::Community;
use crate::domain::icalendar::export::{Dated, of_series};
use crate::domain::icalendar::{Calendar, Event, Repeat, Status, write};
use crate::domain::id::{ProgrammeId, SeriesId};
use crate::domain::planning::{MOST_DAYS, SessionStatus, SignUpMode};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Error, community, programme};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// Sessions that ended so long ago stay in the feeds, days: a phone that looks seldom still learns how they went.
const DAYS_BACK: i64 = 31;
/// How often clients are asked to look again, minutes.
const REFRESH_MINUTES: u32 = 60;

/// `/c/{community}/calendar.ics`, `/c/{community}/programmes/{id}/calendar.ics`, `/c/{community}/series/{id}/calendar.ics`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/c/{community}/calendar.ics", Who::Public, of_community)
        .get("/c/{community}/programmes/{id}/calendar.ics", Who::Public, of_programme)
        .get("/c/{community}/series/{id}/calendar.ics", Who::Public, of_one_series)
}

async fn of_community(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&v)?;
    let sessions = coming(&web, &home).await.for_visitor(&v)?;
    let name = v.words.pick(&home.name, &home.name_en).to_owned();
    answer(&web, &v, &home, name, sessions, &headers).await.for_visitor(&v)
}

async fn of_programme(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&v)?;
    let id: ProgrammeId = id
        .parse()
        .map_err(|_| Error::not_found("programme", &id))
        .for_visitor(&v)?;
    let programme = programme::find(&web.ctx, home.id, id).await.for_visitor(&v)?;
    let mut sessions = coming(&web, &home).await.for_visitor(&v)?;
    sessions.retain(|session| session.programme.id == id);
    let title = v.words.pick(&programme.title, &programme.title_en);
    let name = format!("{title} · {}", v.words.pick(&home.name, &home.name_en));
    answer(&web, &v, &home, name, sessions, &headers).await.for_visitor(&v)
}

async fn of_one_series(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(&v)?;
    let id: SeriesId = id
        .parse()
        .map_err(|_| Error::not_found("series", &id))
        .for_visitor(&v)?;
    let found = schedule::series_of(&web.ctx, home.id, &[id]).await.for_visitor(&v)?;
    let series = found
        .first()
        .ok_or_else(|| Error::not_found("series", id))
        .for_visitor(&v)?;
    let programme = programme::find(&web.ctx, home.id, series.programme_id)
        .await
        .for_visitor(&v)?;
    let mut sessions = coming(&web, &home).await.for_visitor(&v)?;
    sessions.retain(|session| session.series_id == id);
    let title = v.words.pick(&programme.title, &programme.title_en);
    let dates = schedule::in_words(series, v.words.lang);
    let name = format!("{title} · {dates}");
    answer(&web, &v, &home, name, sessions, &headers).await.for_visitor(&v)
}

async fn coming(web: &Web, home: &Community) -> Result<Vec<SessionView>, Error> {
    let now = web.ctx.now();
    let from = now
        .saturating_sub(SignedDuration::from_hours(24 * DAYS_BACK))
        .unwrap_or(now);
    let to = now.checked_add((24 * MOST_DAYS).hours()).unwrap_or(now);
    schedule::range(&web.ctx, home.id, from, to).await
}

async fn answer(
    web: &Web,
    v: &Visitor,
    home: &Community,
    name: String,
    sessions: Vec<SessionView>,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let base_url = web.ctx.settings.base_url();
    let mut by_series: BTreeMap<SeriesId, Vec<SessionView>> = BTreeMap::new();
    for session in sessions {
        by_series.entry(session.series_id).or_default().push(session);
    }
    let ids: Vec<SeriesId> = by_series.keys().copied().collect();
    let mut all = schedule::series_of(&web.ctx, home.id, &ids).await?;
    // The same schedule gives the same text.
    all.sort_by_key(|series| series.id);
    let mut events = Vec::new();
    for series in &all {
        let sessions = by_series.remove(&series.id).unwrap_or_default();
        let dated: Vec<Dated> = sessions
            .iter()
            .map(|session| Dated {
                original_local: session.original_local,
                event: event(v.words, &base_url, home, session),
            })
            .collect();
        let page = format!(
            "{}/c/{}/programmes/{}",
            base_url.trim_end_matches('/'),
            home.slug,
            series.programme_id
        );
        events.extend(of_series(series, &dated, &home.zone, &page));
    }
    let calendar = Calendar {
        name,
        language: v.words.tag().to_owned(),
        refresh_minutes: REFRESH_MINUTES,
        zone: home.zone.clone(),
        events,
    };
    let text = write(&calendar);
    let etag = format!("\"{}\"", &URL_SAFE_NO_PAD.encode(Sha256::digest(&text))[..22]);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| {
        // A proxy that compressed the answer marks the tag as weak (RFC 9110 §8.8.3).
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
    });
    let kept = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, "public, max-age=60"),
        (header::VARY, "Cookie"),
    ];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let kind = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""),
    ];
    Ok((kept, kind, text).into_response())
}

fn event(words: Words, base_url: &str, home: &Community, session: &SessionView) -> Event {
    let programme = &session.programme;
    let title = words.pick(&programme.title, &programme.title_en);
    let mut summary = match session.status {
        SessionStatus::Cancelled => words.a("feed-cancelled", "title", title),
        SessionStatus::Provisional => words.a("feed-provisional", "title", title),
        SessionStatus::Scheduled | SessionStatus::Held => title.to_owned(),
    };
    if let Some(topic) = &session.topic {
        summary = format!("{summary} · {topic}");
    }
    let mut lines: Vec<String> = Vec::new();
    if let Some(reason) = &session.reason {
        lines.push(reason.clone());
    }
    let slogan = words.pick(&programme.slogan, &programme.slogan_en);
    let description = words.pick(&programme.description, &programme.description_en);
    lines.extend(
        [slogan, description]
            .into_iter()
            .filter(|line| !line.is_empty())
            .map(str::to_owned),
    );
    if let Some(person) = &session.facilitator {
        lines.push(words.a("feed-facilitator", "name", words.pick(&person.name, &person.name_en)));
    }
    if programme.sign_up == SignUpMode::None {
        lines.push(words.t("feed-just-come"));
    }
    lines.push(words.a("feed-phone", "phone", &home.phone));
    let venue = words.pick(&session.venue.name, &session.venue.name_en);
    let place = words.pick(&home.name, &home.name_en);
    Event {
        uid: format!("{}@xianglao", session.id),
        sequence: session.sequence,
        changed_at: session.updated_at,
        starts: session.starts.clone(),
        ends: session.ends.clone(),
        summary,
        description: lines.join("\n"),
        location: format!("{place} {venue}"),
        url: format!(
            "{}/c/{}/sessions/{}",
            base_url.trim_end_matches('/'),
            home.slug,
            session.id
        ),
        status: match session.status {
            SessionStatus::Cancelled => Status::Cancelled,
            SessionStatus::Provisional => Status::Tentative,
            SessionStatus::Scheduled | SessionStatus::Held => Status::Confirmed,
        },
        repeat: Repeat::Once,
    }
}
