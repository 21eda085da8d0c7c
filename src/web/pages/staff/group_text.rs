//! `/staff/sessions/{id}/group-text`: the message for the chat group with the head of a 接龙, ready to copy. A session that moved is told first as
//! everybody is told; of one that is off nothing else is said.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::day_part::time_range_words;
use crate::domain::calendar::format::day_words;
use crate::domain::chain::render;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::lang::Lang;
use crate::domain::planning::SignUpMode;
use crate::services::chain::{self, GroupList};
use crate::services::notification;
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render as page_of;

#[derive(Template)]
#[template(path = "staff/group_text.html")]
struct GroupPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: SessionId,
    title: String,
    warning: String,
    text: String,
    text_lang: &'static str,
    in_zh: bool,
}

/// In which language the message is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(rename = "in")]
    pub(super) language: String,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let list = chain::group_list(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let words = Words::new(asked.language.parse().unwrap_or(v.words.lang));
    let told = if session.is_cancelled() || session.moved_from.is_some() {
        let told = notification::as_told(&web.ctx, &v.actor, &page.community, &session, words);
        told.await.for_visitor(v)?
    } else {
        String::new()
    };
    let warning = if session.is_cancelled() {
        v.words.t("group-off")
    } else if session.starts.timestamp() <= web.ctx.now() {
        v.words.t("group-begun")
    } else {
        String::new()
    };
    Ok(page_of(&GroupPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        session: id,
        title: v
            .words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        warning,
        text: if session.is_cancelled() {
            told
        } else {
            message(words, &page.community, &session, &list, web.ctx.now(), &told)
        },
        text_lang: words.tag(),
        in_zh: words.lang == Lang::Zh,
    }))
}

/// The message: what changed (`told`), what, when, where, what to bring, how many places, whom to phone, and the list so far.
fn message(
    words: Words,
    home: &Community,
    session: &SessionView,
    list: &GroupList,
    now: Timestamp,
    told: &str,
) -> String {
    let programme = &session.programme;
    let joint = words.lang.pick(" ", ", ");
    let mut lines = vec![words.lang.pick("#接龙", "#Group Note").to_owned()];
    lines.extend(Some(told.to_owned()).filter(|told| !told.is_empty()));
    lines.extend([
        words.pick(&programme.title, &programme.title_en).to_owned(),
        format!(
            "{}{joint}{}",
            day_words(session.starts.date(), words.lang),
            time_range_words(session.starts.time(), session.ends.time(), words.lang)
        ),
    ]);
    let venue = words.pick(&session.venue.name, &session.venue.name_en);
    let way = words.pick(&session.venue.directions, &session.venue.directions_en);
    lines.push(words.a(
        "group-line-where",
        "place",
        format!("{venue}{}", words.in_brackets(way)),
    ));
    let bring = words.pick(&programme.bring, &programme.bring_en);
    if !bring.is_empty() {
        lines.push(words.a("group-bring", "what", bring));
    }
    let waiting = list.lines.iter().any(|line| line.waits);
    lines.push(match (programme.sign_up, session.capacity) {
        (SignUpMode::None, _) => words.t("group-free"),
        (_, None) => words.t("group-open"),
        (_, Some(seats)) => {
            // The group signs itself up: seats that are kept for the telephone and the counter are not promised to it.
            let free = session.seats.free_to_all(now).unwrap_or(seats) - session.waitlisted;
            if free > 0 && !waiting {
                words.n("group-left", free)
            } else {
                words.t("group-full")
            }
        }
    });
    if list.others > 0 {
        lines.push(words.n("group-others", list.others));
    }
    if list.unnamed > 0 {
        lines.push(words.n("group-unnamed", list.unnamed));
    }
    lines.push(words.a("group-phone", "phone", &home.phone));
    if programme.sign_up != SignUpMode::None {
        lines.push(words.t("group-example"));
        lines.push(String::new());
        if list.lines.is_empty() {
            lines.push("1. ".to_owned());
        } else {
            lines.push(render(&list.lines));
        }
    }
    lines.join("\n")
}
