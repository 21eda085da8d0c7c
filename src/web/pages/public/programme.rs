//! A programme: what it is about, and its coming dates.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::ToSpan;

use super::card::Card;
use super::shell::Shell;
use crate::domain::community::Community;
use crate::domain::id::ProgrammeId;
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, community, material};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::materials::MaterialLine;
use crate::web::pages::render;

use super::facts::short_moment;

/// How far ahead dates are shown.
const AHEAD_WEEKS: i64 = 26;
/// The most dates shown.
const MOST_DATES: usize = 12;

struct Coming {
    href: String,
    when: String,
    place: String,
}

#[derive(Template)]
#[template(path = "public/programme.html")]
struct ProgrammePage {
    shell: Shell,
    card: Card,
    about: String,
    bring: String,
    dates: Vec<Coming>,
    materials: Vec<MaterialLine>,
    feed: String,
}

/// What residents may see of a programme's materials.
pub(super) async fn lines(ctx: &Context, home: &Community, id: ProgrammeId, words: Words) -> Result<Vec<MaterialLine>> {
    let all = material::public(ctx, home.id, id).await?;
    Ok(all.iter().map(|one| MaterialLine::of(words, &home.slug, one)).collect())
}

/// `GET /c/{community}/programmes/{id}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let page = page(&web.ctx, &visitor, &slug, &id).await.for_visitor(&visitor)?;
    Ok(render(&page))
}

async fn page(ctx: &Context, visitor: &Visitor, slug: &str, id: &str) -> Result<ProgrammePage> {
    let home = community::find_by_slug(ctx, slug).await?;
    let id: ProgrammeId = id.parse().map_err(|_| Error::not_found("programme", id))?;
    let now = ctx.now().to_zoned(home.zone.clone());
    let words = visitor.words;
    let until = now.saturating_add(AHEAD_WEEKS.weeks()).timestamp();
    let sessions: Vec<SessionView> = schedule::range(ctx, home.id, now.timestamp(), until)
        .await?
        .into_iter()
        .filter(|view| view.programme.id == id)
        .collect();
    // A programme without coming dates has nothing to show to residents.
    let first = sessions.first().ok_or_else(|| Error::not_found("programme", id))?;
    let programme = &first.programme;
    let dates = sessions.iter().filter(|view| !view.is_cancelled()).take(MOST_DATES);
    let here = format!("/c/{}/programmes/{id}", home.slug);
    Ok(ProgrammePage {
        card: Card::of(first, &home.slug, &now, words, None),
        about: words.pick(&programme.description, &programme.description_en).to_owned(),
        bring: words.pick(&programme.bring, &programme.bring_en).to_owned(),
        dates: dates
            .map(|view| Coming {
                href: format!("/c/{}/sessions/{}", home.slug, view.id),
                when: short_moment(&view.starts, now.date(), words),
                place: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
            })
            .collect(),
        materials: lines(ctx, &home, id, words).await?,
        feed: format!("{here}/calendar.ics"),
        shell: Shell::of(visitor, &home).at(here),
    })
}
