//! What service was given, beside who came: matters at a help desk, households and needs on a service day, answers to "were you satisfied?", the crew,
//! and the report over all of it.

mod answers;
mod card;
mod crew;
mod households;
mod matters;
mod needs;
mod report;

use crate::domain::attendance::may_check_in;
use crate::domain::id::SessionId;
use crate::domain::planning::ProgrammeKind;
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error};
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::attendance::when;
use crate::web::pages::staff::StaffPage;
use crate::web::routes::{Routes, Who};

/// The pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/sessions/{id}/matters", Who::Staff, matters::show)
        .post("/staff/sessions/{id}/matters", Who::Staff, matters::enter)
        .get("/staff/sessions/{id}/households", Who::Staff, households::show)
        .post("/staff/sessions/{id}/households", Who::Staff, households::enter)
        .get("/staff/sessions/{id}/feedback", Who::Staff, answers::show)
        .post("/staff/sessions/{id}/feedback/entries", Who::Staff, answers::enter)
        .get("/staff/sessions/{id}/feedback/card", Who::Staff, card::show)
        .get("/staff/sessions/{id}/crew", Who::Staff, crew::show)
        .post("/staff/sessions/{id}/crew", Who::Staff, crew::keep)
        .get("/staff/reports/service", Who::Numbers, report::show)
        .get("/staff/reports/service.csv", Who::Numbers, report::csv)
}

/// A way from a session to one of the pages of this room.
pub struct Way {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// The page where a session of this kind is counted, beside the list at the door; none for most kinds.
pub fn main_way(words: Words, session: &SessionView) -> Option<Way> {
    let (part, key) = match session.programme.kind {
        ProgrammeKind::HelpDesk => ("matters", "service-link-matters"),
        ProgrammeKind::ServiceDay => ("households", "service-link-households"),
        _ => return None,
    };
    Some(Way {
        href: format!("/staff/sessions/{}/{part}", session.id),
        text: words.t(key),
    })
}

/// All pages of this room that a session has.
pub fn ways(words: Words, session: &SessionView) -> Vec<Way> {
    let way = |part: &str, key: &str| Way {
        href: format!("/staff/sessions/{}/{part}", session.id),
        text: words.t(key),
    };
    main_way(words, session)
        .into_iter()
        .chain([
            way("feedback", "service-link-answers"),
            way("crew", "service-link-crew"),
        ])
        .collect()
}

/// `23 件`, `41 户`: what a session counts beside those who came; empty for most.
pub fn count_words(words: Words, matters: i64, households: i64) -> String {
    match (matters, households) {
        (0, 0) => String::new(),
        (matters, 0) => words.n("service-n-matters", matters),
        (_, households) => words.n("service-n-households", households),
    }
}

/// What stands at the top of every page about one session.
struct Head {
    title: String,
    when: String,
    place: String,
    /// Why nothing can be recorded now.
    closed: Option<String>,
}

/// The session an address names, with the top of its page.
async fn session_of(ctx: &Context, page: &StaffPage, id: &str) -> Result<(SessionView, Head), WebError> {
    let v = &page.visitor;
    let id: SessionId = id.parse().map_err(|_| Error::not_found("session", id)).for_visitor(v)?;
    let session = schedule::session(ctx, page.community.id, id).await.for_visitor(v)?;
    let words = v.words;
    let now = page.now(ctx);
    let head = Head {
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: when(words, &session, now.date()),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        closed: may_check_in(session.is_cancelled(), session.starts.timestamp(), now.timestamp())
            .err()
            .map(|closed| words.t(&format!("error-{}", closed.code()))),
    };
    Ok((session, head))
}
