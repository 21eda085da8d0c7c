//! Six outputs of one session: door notice, whiteboard, loudspeaker, group message, phone list, and the message people get.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::StaffPage;
use super::partner_bit::panel_href;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::output::{Facts, Standing, loudspeaker, twice, whiteboard};
use crate::domain::planning::SignUpMode;
use crate::services::notification::{self, call, tally};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Template)]
#[template(path = "staff/outputs.html")]
struct OutputsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    title: String,
    when: String,
    state: String,
    back: String,
    numbers: String,
    not_told: u32,
    whiteboard: String,
    whiteboard_chars: usize,
    loudspeaker: String,
    loudspeaker_chars: usize,
    message: String,
    phone: usize,
}

/// What is said of a session, for the words that are written by hand or called out.
fn facts(page: &StaffPage, web: &Web, session: &SessionView) -> Facts {
    Facts {
        today: page.now(&web.ctx).date(),
        starts: session.starts.datetime(),
        title: session.programme.title.clone(),
        venue: session.venue.name.clone(),
        standing: match (&session.moved_from, session.is_cancelled()) {
            (_, true) => Standing::Off,
            (Some((was, _)), false) => Standing::Moved(was.datetime()),
            (None, false) => Standing::On,
        },
        reason: session
            .reason
            .as_deref()
            .unwrap_or_default()
            .trim_end_matches(['。', '.', '！', '!'])
            .to_owned(),
        sign_up: match session.programme.sign_up {
            SignUpMode::None => Some(false),
            SignUpMode::Required => Some(true),
            SignUpMode::Optional => None,
        },
        bring: session.programme.bring.trim_end_matches(['。', '.']).to_owned(),
        phone: page.community.phone.clone(),
    }
}

/// What somebody who phones says of a session as it stands, sentence by sentence.
pub(super) fn message(words: Words, home: &Community, session: &SessionView) -> Vec<String> {
    let title = words.pick(&session.programme.title, &session.programme.title_en);
    let when = moment_words(session.starts.datetime(), words.lang);
    let venue = words.pick(&session.venue.name, &session.venue.name_en);
    let was = session
        .moved_from
        .as_ref()
        .map(|(was, _)| moment_words(was.datetime(), words.lang));
    let key = match (&was, session.is_cancelled()) {
        (_, true) => "call-say-cancelled",
        (Some(_), false) => "call-say-moved",
        (None, false) => "output-say-on",
    };
    let mut lines = vec![words.with(
        key,
        [
            ("title", title.to_owned().into()),
            ("was", was.unwrap_or_else(|| when.clone()).into()),
            ("when", when.into()),
            ("venue", venue.to_owned().into()),
        ],
    )];
    if let Some(reason) = session.reason.as_deref().filter(|reason| !reason.is_empty()) {
        lines.push(words.a("call-say-reason", "reason", reason.trim_end_matches(['。', '.'])));
    }
    lines.push(words.a("output-say-phone", "phone", &home.phone));
    lines
}

/// `GET /staff/sessions/{id}/outputs`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
    let groups = call::of_session(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let told = tally::of_sessions(&web.ctx, &v.actor, home.id, &[id])
        .await
        .for_visitor(v)?;
    let text = notification::as_told(&web.ctx, &v.actor, home, &session, words)
        .await
        .for_visitor(v)?;
    let facts = facts(&page, &web, &session);
    let board = whiteboard(&facts);
    let script = loudspeaker(&facts);
    let told = told.get(&id).copied().unwrap_or_default();
    Ok(render(&OutputsPage {
        v,
        community: home,
        active: "week",
        badge: page.badge,
        id,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: moment_words(session.starts.datetime(), words.lang),
        state: words.t(match facts.standing {
            Standing::On => "output-state-on",
            Standing::Off => "output-state-off",
            Standing::Moved(_) => "output-state-moved",
        }),
        back: panel_href(&session),
        numbers: super::told::numbers(words, told),
        not_told: told.not_told(),
        whiteboard_chars: board.chars().count(),
        whiteboard: board,
        loudspeaker_chars: script.chars().count(),
        loudspeaker: twice(&script),
        message: words.aa(
            "output-message",
            "community",
            words.pick(&home.name, &home.name_en),
            "text",
            text,
        ),
        phone: groups.iter().map(|group| group.cards.len()).sum(),
    }))
}
