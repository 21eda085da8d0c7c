//! `/partner`: how one's proposals stand, the sessions that come, and how many came.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::{ToSpan, Zoned};

use super::care::Care;
use super::wording::{near_words, pattern_words, span_words, status_tag};
use super::{Frame, PartnerPage};
use crate::domain::planning::SessionStatus;
use crate::domain::proposal::{ProposalStatus, Step};
use crate::services::proposal::{self, Filter, ProposalView};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::render;

/// How many proposals are shown; older ones are of no use on a phone.
const MOST_SHOWN: u64 = 30;

/// How many coming sessions are shown.
const MOST_COMING: usize = 8;

struct Card {
    id: String,
    class: &'static str,
    icon: &'static str,
    tag: String,
    title: String,
    when: String,
    /// What staff said; empty when nothing.
    said: String,
    /// `info` or `bad`.
    said_class: &'static str,
    hint: String,
    may_accept: bool,
    may_edit: bool,
    has_counts: bool,
}

struct Coming {
    id: String,
    when: String,
    title: String,
    place: String,
    state: String,
    off: bool,
    count: String,
    of: String,
}

struct Past {
    when: String,
    title: String,
    visits: i32,
}

#[derive(Template)]
#[template(path = "partner/home.html")]
struct HomePage {
    frame: Frame,
    care: Care,
    cards: Vec<Card>,
    coming: Vec<Coming>,
    coming_more: usize,
    past_summary: String,
    past: Vec<Past>,
}

/// `GET /partner`.
pub async fn show(page: PartnerPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let now = web.ctx.now().to_zoned(page.community.zone.clone());
    let filter = Filter {
        limit: MOST_SHOWN,
        ..Filter::default()
    };
    let views = proposal::list(&web.ctx, &v.actor, home, &filter).await.for_visitor(v)?;
    let at = |weeks: i64| now.saturating_add(weeks.weeks()).timestamp();
    let sessions = schedule::range_of_partner(&web.ctx, home, page.partner.id, at(-9), at(5))
        .await
        .for_visitor(v)?;
    let (past, coming): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|session| session.ends <= now);
    let mut past: Vec<SessionView> = past.into_iter().filter(|session| !session.is_cancelled()).collect();
    past.reverse();
    let visits: i32 = past.iter().map(SessionView::visits).sum();
    let care = Care::of(&web.ctx, &page, &now).await.for_visitor(v)?;
    Ok(render(&HomePage {
        care,
        cards: views.iter().map(|view| card(words, view, &coming, &now)).collect(),
        coming: coming
            .iter()
            .take(MOST_COMING)
            .map(|session| coming_line(words, session, &now))
            .collect(),
        coming_more: coming.len().saturating_sub(MOST_COMING),
        past_summary: words.with(
            "partner-past-sum",
            [("sessions", (past.len() as i64).into()), ("visits", visits.into())],
        ),
        past: past
            .iter()
            .take(8)
            .map(|session| Past {
                when: near_words(words, &session.starts, now.date()),
                title: words
                    .pick(&session.programme.title, &session.programme.title_en)
                    .to_owned(),
                visits: session.visits(),
            })
            .collect(),
        frame: Frame::of(&page),
    }))
}

fn card(words: Words, view: &ProposalView, coming: &[SessionView], now: &Zoned) -> Card {
    let proposal = &view.proposal;
    let status = proposal.status;
    let (class, icon, tag) = status_tag(words, status);
    let said = match status {
        ProposalStatus::ChangesRequested => view.words_of(Step::RequestChanges),
        ProposalStatus::Declined => view.words_of(Step::Decline),
        ProposalStatus::Approved => view.words_of(Step::Approve),
        _ => "",
    };
    let mut when = pattern_words(words, view);
    let span = span_words(words, &view.dates);
    if !span.is_empty() {
        when = words.aa("partner-when-span", "when", when, "span", span);
    }
    if status == ProposalStatus::ChangesRequested {
        when = words.a("partner-you-asked", "when", when);
    }
    let next = coming
        .iter()
        .find(|session| Some(session.series_id) == proposal.series_id && !session.is_cancelled());
    let hint = match (status, next) {
        (ProposalStatus::Submitted, _) => {
            let sent = view.sent_at().to_zoned(now.time_zone().clone());
            words.a("partner-sent-at", "when", near_words(words, &sent, now.date()))
        }
        (ProposalStatus::Approved, Some(session)) => words.aa(
            "partner-next",
            "when",
            near_words(words, &session.starts, now.date()),
            "n",
            session.enrolled,
        ),
        (ProposalStatus::Lapsed, _) => words.t("partner-lapsed-hint"),
        _ => String::new(),
    };
    Card {
        id: proposal.id.to_string(),
        class,
        icon,
        tag,
        title: proposal.offer.title.clone(),
        when,
        said: if said.is_empty() {
            String::new()
        } else {
            words.a("partner-they-said", "words", said)
        },
        said_class: if status == ProposalStatus::Declined {
            "bad"
        } else {
            "info"
        },
        hint,
        may_accept: status == ProposalStatus::ChangesRequested && proposal.suggested.is_some(),
        may_edit: status.is_open(),
        has_counts: next.is_some(),
    }
}

fn coming_line(words: Words, session: &SessionView, now: &Zoned) -> Coming {
    let state = match session.status {
        SessionStatus::Cancelled => words.t("partner-session-off"),
        _ if session.is_paused() => words.t("session-paused"),
        SessionStatus::Provisional => words.t("partner-session-provisional"),
        _ if session.moved_from.is_some() => words.t("partner-session-moved"),
        _ => String::new(),
    };
    Coming {
        id: session.id.to_string(),
        when: near_words(words, &session.starts, now.date()),
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        state,
        off: session.is_cancelled(),
        count: words.n("partner-enrolled", session.enrolled),
        of: session
            .capacity
            .map(|seats| words.n("partner-of-seats", seats))
            .unwrap_or_default(),
    }
}
