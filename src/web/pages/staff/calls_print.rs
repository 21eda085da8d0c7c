//! The call list on paper: for whoever phones from another room, with boxes to tick and whole numbers.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum_extra::extract::Query;
use jiff::Zoned;
use serde::Deserialize;

use super::StaffPage;
use super::calls::{Heap, heaps};
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::services::notification::call;
use crate::services::schedule;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Template)]
#[template(path = "staff/calls_print.html")]
struct Paper<'a> {
    v: &'a Visitor,
    community: &'a Community,
    title: String,
    about: String,
    printed: String,
    greeting: String,
    /// What to say to everybody, where it is the same.
    say: String,
    back: String,
    heaps: Vec<Heap>,
    people: String,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    session: Option<SessionId>,
}

fn printed(page: &StaffPage, now: &Zoned) -> String {
    let words = page.visitor.words;
    words.aa(
        "call-paper-printed",
        "when",
        moment_words(now.datetime(), words.lang),
        "who",
        &page.visitor.display_name,
    )
}

/// `GET /staff/calls/print`. Each print is audited.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let list = call::list(&web.ctx, &v.actor, home.id, asked.session, words.lang)
        .await
        .for_visitor(v)?;
    call::note_shown(&web.ctx, &v.actor, home.id, list.cards(), true)
        .await
        .for_visitor(v)?;
    let mut all = heaps(words, &home.zone, &list.today, true);
    all.extend(heaps(words, &home.zone, &list.others, true));
    Ok(render(&Paper {
        v,
        community: home,
        title: words.t("call-title"),
        about: String::new(),
        printed: printed(&page, &page.now(&web.ctx)),
        greeting: words.a("call-greeting", "community", words.pick(&home.name, &home.name_en)),
        say: String::new(),
        back: match asked.session {
            Some(session) => format!("/staff/calls?session={session}"),
            None => "/staff/calls".to_owned(),
        },
        heaps: all,
        people: words.n("call-people", list.people()),
    }))
}

/// `GET /staff/sessions/{id}/phone-list`: who is signed up for a session and is reached by no message. Each print is audited.
pub async fn of_session(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
    let groups = call::of_session(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    call::note_shown(
        &web.ctx,
        &v.actor,
        home.id,
        groups.iter().flat_map(|group| &group.cards),
        true,
    )
    .await
    .for_visitor(v)?;
    let title = words.pick(&session.programme.title, &session.programme.title_en);
    Ok(render(&Paper {
        v,
        community: home,
        title: words.t("output-phone-list"),
        about: format!("{title} {}", moment_words(session.starts.datetime(), words.lang)),
        printed: printed(&page, &page.now(&web.ctx)),
        greeting: words.a("call-greeting", "community", words.pick(&home.name, &home.name_en)),
        say: super::outputs::message(words, home, &session).join(words.lang.pick("", " ")),
        back: format!("/staff/sessions/{id}/outputs"),
        heaps: heaps(words, &home.zone, &groups, true),
        people: words.n(
            "call-paper-people",
            groups.iter().map(|group| group.cards.len()).sum::<usize>(),
        ),
    }))
}
