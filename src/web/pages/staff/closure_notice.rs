//! A closure told as a whole: `/staff/closures/{id}/notice`, one sheet for the building's door, and `/staff/closures/{id}/group-text`, the
//! message for the chat groups.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::StaffPage;
use super::clashes::Clashes;
use super::closures::span_words;
use super::door_notice::{self, Block, NoticePage};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::closure_notice::{Row, fit};
use crate::domain::community::Community;
use crate::domain::door_notice::Kind;
use crate::domain::id::ClosureId;
use crate::domain::lang::Lang;
use crate::domain::planning::closure::ClosureKind;
use crate::services::closure::{self, Became, Fate, Notice};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::{qr, render};

/// What a closure says of itself: when, and what is shut.
struct Heading {
    reason: String,
    span: String,
    shut: String,
}

fn heading(words: Words, names: &Clashes, notice: &Notice) -> Heading {
    let closure = &notice.closure.closure;
    let local = |at: jiff::Timestamp| names.zone.to_datetime(at);
    let venues = notice.closure.venues.iter().map(|venue| names.venue(words, *venue));
    let venues: Vec<String> = venues.collect();
    Heading {
        reason: if closure.reason.is_empty() {
            words.t(&format!(
                "staff-reason-{}",
                closure.reason_code.as_str().replace('_', "-")
            ))
        } else {
            closure.reason.clone()
        },
        span: span_words(words, local(closure.starts_at), local(closure.ends_at)),
        shut: if venues.is_empty() {
            String::new()
        } else {
            words.a("closure-shuts", "venues", venues.join(&words.t("staff-list-mark")))
        },
    }
}

/// A session in one line: at what time, what, and what became of it.
fn row(words: Words, fate: &Fate) -> Row {
    let lang = words.lang;
    let view = &fate.view;
    let (was, now) = (&fate.was, &view.starts);
    let (key, when) = match fate.became {
        Became::Off => ("closure-notice-off", String::new()),
        Became::Kept => ("closure-notice-kept", String::new()),
        Became::Moved if was.timestamp() == now.timestamp() => ("closure-notice-venue", String::new()),
        Became::Moved if was.date() == now.date() => ("closure-notice-moved", time_words(now.time(), lang)),
        Became::Moved => ("closure-notice-moved", moment_words(now.datetime(), lang)),
    };
    let text = words.with(
        key,
        [
            ("time", time_words(was.time(), lang).into()),
            (
                "title",
                words
                    .pick(&view.programme.title, &view.programme.title_en)
                    .to_owned()
                    .into(),
            ),
            ("when", when.into()),
            (
                "venue",
                words.pick(&view.venue.name, &view.venue.name_en).to_owned().into(),
            ),
        ],
    );
    Row {
        day: day_words(was.date(), lang),
        text,
        is_kept: fate.became == Became::Kept,
    }
}

/// `GET /staff/closures/{id}/notice`.
///
/// # Errors
/// As the use case.
pub async fn sheet(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ClosureId>,
    Query(asked): Query<door_notice::Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let notice = closure::notice(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let names = Clashes::load(&web.ctx, home).await.for_visitor(v)?;
    let heading = heading(words, &names, &notice);
    let is_weather = notice.closure.closure.kind == ClosureKind::Weather;
    let state = words.t(if is_weather {
        "closure-notice-weather"
    } else {
        "closure-notice-shut"
    });
    let head: Vec<(Kind, String)> = [
        (Kind::State, state),
        (Kind::Title, heading.reason.clone()),
        (Kind::Span, heading.span),
        (Kind::Shut, heading.shut),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .collect();
    let rows: Vec<Row> = notice.fates.iter().map(|fate| row(words, fate)).collect();
    let set = fit(&head, &rows, |count| words.n("closure-notice-more", count));
    let is_a4 = asked.is_a4();
    let address = format!("{}/c/{}", web.ctx.settings.base_url(), home.slug);
    Ok(render(&NoticePage {
        v,
        name: words.pick(&home.name, &home.name_en),
        title: &heading.reason,
        class: if is_weather { "moved" } else { "off" },
        icon: if is_weather { "warn" } else { "x" },
        size: set.size,
        blocks: set
            .blocks
            .into_iter()
            .map(|(kind, text)| Block::plain(kind, text))
            .collect(),
        qr: qr::drawing(&address, &words.t("closure-notice-qr")),
        phone: &home.phone,
        paper: door_notice::paper(is_a4),
        is_a4,
        here: format!("/staff/closures/{id}/notice"),
        back: format!("/staff/closures#c-{id}"),
    }))
}

#[derive(Template)]
#[template(path = "staff/closures/group_text.html")]
struct GroupPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ClosureId,
    title: String,
    text: String,
    text_lang: &'static str,
    in_zh: bool,
}

/// `GET /staff/closures/{id}/group-text`.
///
/// # Errors
/// As the use case.
pub async fn group_text(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ClosureId>,
    Query(asked): Query<super::group_text::Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = &page.community;
    let notice = closure::notice(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let names = Clashes::load(&web.ctx, home).await.for_visitor(v)?;
    let words = Words::new(asked.language.parse().unwrap_or(v.words.lang));
    Ok(render(&GroupPage {
        v,
        community: home,
        active: "week",
        badge: page.badge,
        id,
        title: heading(v.words, &names, &notice).reason,
        text: message(words, home, &heading(words, &names, &notice), &notice),
        text_lang: words.tag(),
        in_zh: words.lang == Lang::Zh,
    }))
}

/// The message: why, when, what is shut, then every session under its day.
fn message(words: Words, home: &Community, heading: &Heading, notice: &Notice) -> String {
    let name = words.pick(&home.name, &home.name_en);
    let mut lines = vec![
        words.aa("closure-group-head", "community", name, "reason", &heading.reason),
        heading.span.clone(),
    ];
    lines.extend(Some(heading.shut.clone()).filter(|shut| !shut.is_empty()));
    let mut day = String::new();
    for fate in &notice.fates {
        let row = row(words, fate);
        if row.day != day {
            lines.push(String::new());
            lines.push(row.day.clone());
            day = row.day;
        }
        lines.push(words.a("closure-group-line", "line", row.text));
    }
    if !home.phone.is_empty() {
        lines.push(String::new());
        lines.push(words.a("closure-group-phone", "phone", &home.phone));
    }
    lines.join("\n")
}
