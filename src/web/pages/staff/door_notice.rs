//! `/staff/sessions/{id}/notice`: one session on a sheet for the building's door, as it stands: coming, called off, or moved.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::IsoWeek;
use crate::domain::calendar::day_part::{time_range_words, time_words};
use crate::domain::calendar::format::day_words;
use crate::domain::community::Community;
use crate::domain::door_notice::{Kind, Size, fit};
use crate::domain::id::SessionId;
use crate::domain::planning::{SessionStatus, SignUpMode};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::public::{person, reason};
use crate::web::pages::{qr, render};

/// A line of the notice.
pub(super) struct Block {
    kind: Kind,
    /// Words before the text, not struck.
    label: String,
    text: String,
    struck: bool,
}

impl Block {
    /// A line that is nothing but its text.
    pub fn plain(kind: Kind, text: String) -> Self {
        Self {
            kind,
            label: String::new(),
            text,
            struck: false,
        }
    }
}

/// A sheet for the door.
#[derive(Template)]
#[template(path = "staff/door_notice.html")]
pub(super) struct NoticePage<'a> {
    pub v: &'a Visitor,
    pub name: &'a str,
    pub title: &'a str,
    pub class: &'static str,
    pub icon: &'static str,
    pub size: Size,
    pub blocks: Vec<Block>,
    pub qr: Safe<String>,
    pub phone: &'a str,
    pub paper: &'static str,
    pub is_a4: bool,
    pub here: String,
    pub back: String,
}

/// The style sheet of the paper.
pub(super) fn paper(is_a4: bool) -> &'static str {
    if is_a4 { "css/paper-a4.css" } else { "css/paper-a3.css" }
}

/// On which paper.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    size: String,
}

impl Asked {
    /// A4 unless A3 is asked for.
    pub(super) fn is_a4(&self) -> bool {
        !self.size.eq_ignore_ascii_case("a3")
    }
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
    let next = if session.is_cancelled() {
        schedule::next_of_series(&web.ctx, home.id, &session)
            .await
            .for_visitor(v)?
    } else {
        None
    };
    let mut blocks = blocks(words, &session, next.as_ref());
    let measured: Vec<(Kind, String)> = blocks
        .iter()
        .map(|block| (block.kind, format!("{}{}", block.label, block.text)))
        .collect();
    let set = fit(&measured);
    blocks.retain(|block| set.kept.contains(&block.kind));
    let (class, icon) = if session.is_cancelled() || session.is_paused() {
        ("off", "x")
    } else if session.moved_from.is_some() {
        ("moved", "arrow")
    } else {
        ("", "")
    };
    let is_a4 = asked.is_a4();
    Ok(render(&NoticePage {
        v,
        name: words.pick(&home.name, &home.name_en),
        title: words.pick(&session.programme.title, &session.programme.title_en),
        class,
        icon,
        size: set.size,
        blocks,
        qr: qr::drawing(
            &public_address(&web.ctx.settings.base_url(), home, id),
            &words.t("hang-notice-qr"),
        ),
        phone: &home.phone,
        paper: paper(is_a4),
        is_a4,
        here: format!("/staff/sessions/{id}/notice"),
        back: format!(
            "/staff/week?week={}&session={id}#panel",
            IsoWeek::containing(session.starts.date())
        ),
    }))
}

fn public_address(base: &str, home: &Community, id: SessionId) -> String {
    format!("{base}/c/{}/sessions/{id}", home.slug)
}

/// Everything a notice can say of a session, in the order of the sheet.
fn blocks(words: Words, session: &SessionView, next: Option<&SessionView>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut add = |kind, label: String, text: String, struck| {
        if !text.is_empty() {
            blocks.push(Block {
                kind,
                label,
                text,
                struck,
            });
        }
    };
    let none = String::new;
    let lang = words.lang;
    let joint = lang.pick(" ", ", ");
    let programme = &session.programme;
    let off = session.is_cancelled();
    let other_time = session
        .moved_from
        .as_ref()
        .filter(|(before, _)| before.timestamp() != session.starts.timestamp());
    let other_place = session.moved_from.as_ref().and_then(|(_, venue)| venue.as_ref());
    let state = match (off, session.is_paused(), other_time, other_place) {
        (true, ..) => words.t("session-off"),
        (_, true, ..) => words.t("session-paused"),
        (_, _, Some(_), _) => words.t("hang-notice-moved"),
        (_, _, None, Some(_)) => words.t("hang-notice-other-place"),
        _ => none(),
    };
    add(Kind::State, none(), state, false);
    add(
        Kind::Title,
        none(),
        words.pick(&programme.title, &programme.title_en).to_owned(),
        false,
    );
    let topic = session.topic.clone().filter(|topic| !topic.is_empty());
    let slogan = topic.unwrap_or_else(|| words.pick(&programme.slogan, &programme.slogan_en).to_owned());
    add(Kind::Slogan, none(), slogan, false);
    if !off {
        if let Some((at, _)) = other_time {
            let text = format!("{}{joint}{}", day_words(at.date(), lang), time_words(at.time(), lang));
            add(Kind::Before, words.t("hang-notice-before"), text, true);
        }
        if let Some(venue) = other_place {
            let text = words.pick(&venue.name, &venue.name_en).to_owned();
            add(Kind::BeforePlace, words.t("hang-notice-before"), text, true);
        }
    }
    let label = if other_time.is_some() && !off {
        words.t("hang-notice-now")
    } else {
        none()
    };
    add(Kind::Day, label, day_words(session.starts.date(), lang), false);
    let range = time_range_words(session.starts.time(), session.ends.time(), lang);
    add(Kind::When, none(), range, off);
    let venue = &session.venue;
    add(
        Kind::Venue,
        none(),
        words.pick(&venue.name, &venue.name_en).to_owned(),
        false,
    );
    if !off {
        add(
            Kind::Directions,
            none(),
            words.pick(&venue.directions, &venue.directions_en).to_owned(),
            false,
        );
    }
    let who = person(session, words).map_or_else(String::new, |one| {
        format!("{} {}", one.lead, one.name).trim().to_owned()
    });
    add(Kind::Who, none(), who, false);
    add(Kind::Reason, none(), why(words, session), false);
    if let Some(next) = next {
        let when = format!(
            "{}{joint}{}",
            day_words(next.starts.date(), lang),
            time_words(next.starts.time(), lang)
        );
        let text = words.a("session-next", "when", when).trim().to_owned();
        add(Kind::Next, none(), text, false);
    }
    if !off && !session.is_paused() {
        let sign_up = match programme.sign_up {
            SignUpMode::None => words.t("session-just-come"),
            _ => words.t("hang-notice-sign-up"),
        };
        add(Kind::SignUp, none(), sign_up, false);
        let bring = words.pick(&programme.bring, &programme.bring_en);
        if !bring.is_empty() {
            add(Kind::Bring, words.t("hang-notice-bring"), bring.to_owned(), false);
        }
    }
    blocks
}

/// Why it changed.
fn why(words: Words, session: &SessionView) -> String {
    if session.is_paused() {
        return words.t("session-paused-why");
    }
    if session.status == SessionStatus::Provisional {
        return words.t("session-provisional");
    }
    if !session.is_cancelled() && session.moved_from.is_none() {
        return String::new();
    }
    session.reason.clone().unwrap_or_else(|| reason(session, words))
}
