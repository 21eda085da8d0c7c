//! `/staff/residents/cards`: which cards to print, and the sheet. `/staff/residents/{id}/card`: one resident's card, made anew when lost.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::calendar::format::day_words;
use crate::domain::community::Community;
use crate::domain::id::{GridId, ResidentId};
use crate::domain::text::{self, Purpose};
use crate::services::card::{self, SHEET_MAX, Selection};
use crate::services::{Error, community, resident};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::{qr, render};

/// The most residents named one by one.
const MOST_NAMED: usize = 200;

#[derive(Template)]
#[template(path = "attendance/cards.html")]
struct CardsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    error: String,
    grids: Vec<(GridId, String)>,
    building: String,
}

/// Whose cards are asked for, in a form or an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    which: String,
    grid: String,
    building: String,
    /// Ids with commas between.
    ids: String,
    /// A moment in microseconds: the cards of one act.
    at: String,
    skip: u64,
}

impl Asked {
    fn selection(&self) -> Result<Selection, &'static str> {
        match self.which.as_str() {
            "all" => Ok(Selection::All),
            "missing" => Ok(Selection::Missing),
            "grid" => self.grid.parse().map(Selection::Grid).map_err(|_| "error-card-grid"),
            "building" => match text::line(&self.building, 40) {
                Ok(building) if !building.is_empty() => Ok(Selection::Building(building)),
                _ => Err("error-card-building"),
            },
            "ids" => {
                let ids: Result<Vec<ResidentId>, _> = self.ids.split(',').take(MOST_NAMED).map(str::parse).collect();
                ids.map(Selection::Residents).map_err(|_| "error-card-which")
            }
            "issued" => {
                let at = self.at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok());
                at.map(Selection::IssuedAt).ok_or("error-card-which")
            }
            _ => Err("error-card-which"),
        }
    }

    /// The address of the sheet.
    fn sheet(&self, skip: u64) -> String {
        format!(
            "/staff/residents/cards/sheet?which={}&grid={}&building={}&ids={}&at={}&skip={skip}",
            encode(&self.which),
            encode(&self.grid),
            encode(&self.building),
            encode(&self.ids),
            encode(&self.at)
        )
    }
}

async fn draw(web: &Web, page: &StaffPage, asked: &Asked, error: String) -> Result<Response, WebError> {
    let v = &page.visitor;
    let grids = community::grids(&web.ctx, page.community.id).await.for_visitor(v)?;
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let body = render(&CardsPage {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        error,
        grids: grids.into_iter().map(|grid| (grid.id, grid.name)).collect(),
        building: asked.building.clone(),
    });
    Ok((status, body).into_response())
}

/// The page that asks whose.
pub async fn choose(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    draw(&web, &page, &Asked::default(), String::new()).await
}

/// Makes the cards that are missing and leads to the sheet.
pub async fn make(page: StaffPage, State(web): State<Web>, Form(asked): Form<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let selection = match asked.selection() {
        Ok(selection) => selection,
        Err(key) => {
            let error = v.words.t(key);
            return draw(&web, &page, &asked, error).await;
        }
    };
    let (_, at) = card::issue(&web.ctx, &v.actor, page.community.id, &selection)
        .await
        .for_visitor(v)?;
    let to = if selection == Selection::Missing {
        // Nobody misses one any more: the sheet has those just made.
        Asked {
            which: "issued".to_owned(),
            at: at.as_microsecond().to_string(),
            ..Asked::default()
        }
        .sheet(0)
    } else {
        asked.sheet(0)
    };
    Ok(Redirect::to(&to).into_response())
}

struct Printed {
    qr: Safe<String>,
    name: String,
    home: String,
    code: String,
}

#[derive(Template)]
#[template(path = "attendance/card_sheet.html")]
struct SheetPage<'a> {
    v: &'a Visitor,
    office: String,
    phone: String,
    cards: Vec<Printed>,
    more: Option<String>,
}

/// The sheet: ten cards to a page of A4.
pub async fn sheet(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = &page.community;
    let selection = match asked.selection() {
        Ok(selection) => selection,
        Err(key) => {
            let error = v.words.t(key);
            return draw(&web, &page, &asked, error).await;
        }
    };
    let skip = asked.skip.min(1_000_000);
    let (holders, more) = card::sheet(&web.ctx, &v.actor, home.id, &selection, skip)
        .await
        .for_visitor(v)?;
    let cards = holders.into_iter().filter_map(|holder| {
        let code = holder.code?;
        Some(Printed {
            qr: qr::drawing(&code.in_qr(), "QR"),
            code: code.for_people(),
            name: holder.name.reveal(Purpose::ShowStaff).to_owned(),
            home: if holder.building.is_empty() {
                holder.grid
            } else {
                holder.building
            },
        })
    });
    Ok(render(&SheetPage {
        v,
        office: v.words.pick(&home.name, &home.name_en).to_owned(),
        phone: home.phone.clone(),
        cards: cards.collect(),
        more: more.then(|| asked.sheet(skip + SHEET_MAX)),
    }))
}

#[derive(Template)]
#[template(path = "attendance/card.html")]
struct CardPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    resident: ResidentId,
    name: String,
    code: Option<String>,
    since: String,
    /// How many were replaced.
    old: usize,
}

fn resident_id(id: &str) -> Result<ResidentId, Error> {
    id.parse().map_err(|_| Error::not_found("resident", id))
}

/// One resident's card.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = &page.community;
    let id = resident_id(&id).for_visitor(v)?;
    let found = resident::get(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let cards = card::of_resident(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(v)?;
    let valid = cards.iter().find(|card| !card.replaced);
    let since = valid.map(|card| {
        let on = card.issued_at.to_zoned(home.zone.clone()).date();
        v.words.a("card-since", "date", day_words(on, v.words.lang))
    });
    Ok(render(&CardPage {
        v,
        community: home,
        active: "residents",
        badge: page.badge,
        resident: id,
        name: found.name.reveal(Purpose::ShowStaff).to_owned(),
        code: valid.map(|card| card.code.for_people()),
        since: since.unwrap_or_default(),
        old: cards.iter().filter(|card| card.replaced).count(),
    }))
}

/// Makes a new card; the old one is good for nothing from now on.
pub async fn reissue(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = resident_id(&id).for_visitor(v)?;
    card::reissue(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to(&format!("/staff/residents/{id}/card")).into_response())
}
