//! `/staff/sessions/{id}/households`: a service day, door after door, on a phone in the evening. The form carries an id made when the page was rendered,
//! and its needs get ids from that: sent twice, nothing changes.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::needs::{self, NeedsPart};
use super::{Head, Way, session_of};
use crate::domain::community::Grid;
use crate::domain::household::need_id;
use crate::domain::id::{NeedId, VisitId};
use crate::services::household::{self, Doors, NewVisit, Status};
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// How many visits the page lists unless all are asked for.
const LATEST: usize = 20;

struct VisitRow {
    id: VisitId,
    household: String,
    nobody_home: bool,
    note: String,
    needs: Vec<String>,
    undo: String,
}

struct Group {
    name: String,
    rows: Vec<VisitRow>,
}

impl Group {
    /// Households met.
    fn met(&self) -> usize {
        self.rows.iter().filter(|row| !row.nobody_home).count()
    }
}

#[derive(Template)]
#[template(path = "service/households.html")]
struct HouseholdsPage<'a> {
    v: &'a Visitor,
    session: &'a SessionView,
    head: Head,
    ways: Vec<Way>,
    doors: Doors,
    /// `诉求 7 件，办好 5 件`.
    heard: String,
    grids: Vec<(String, String, bool)>,
    filled: Filled,
    needs: NeedsPart,
    all: bool,
    list_title: String,
    groups: Vec<Group>,
    said: String,
    undo: Option<VisitId>,
    errors: Vec<String>,
}

impl HouseholdsPage<'_> {
    /// The address of the page, which its forms go to.
    fn here(&self) -> String {
        format!("/staff/sessions/{}/households", self.session.id)
    }
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    all: Option<String>,
    /// The visit that was just recorded or undone.
    last: String,
    /// How that went.
    how: String,
    household: String,
    needs: usize,
}

/// A form of the page, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    /// `out:ID`, or what [`needs::act`] reads; empty on the form for a household.
    tap: String,
    id: String,
    grid: String,
    building: String,
    door: String,
    visitors: String,
    nobody_home: Option<String>,
    needs_open: String,
    needs_done: String,
    visit_outcome: String,
    text: String,
    outcome: String,
}

#[derive(Default)]
struct Shown {
    asked: Asked,
    filled: Option<Filled>,
    needs: needs::Typed,
    errors: Vec<FieldError>,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = Shown {
        asked,
        ..Shown::default()
    };
    draw(&web.ctx, &page, &id, shown).await
}

/// What the next form begins with: the same grid, building and people as the last one, since the next door is next door.
fn next_form(day: &household::Day) -> Filled {
    day.last.as_ref().map_or_else(Filled::default, |last| {
        let building = last
            .household
            .find("号楼")
            .map(|at| last.household[..at + "号楼".len()].to_owned());
        Filled {
            grid: last.grid.map(|id| id.to_string()).unwrap_or_default(),
            building: building.unwrap_or_default(),
            visitors: last.visitors.clone(),
            ..Filled::default()
        }
    })
}

async fn draw(ctx: &Context, page: &StaffPage, id: &str, shown: Shown) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (words, home) = (v.words, page.community.id);
    let (session, head) = session_of(ctx, page, id).await?;
    let day = household::day_of(ctx, &v.actor, home, session.id)
        .await
        .for_visitor(v)?;
    let grids = community::grids(ctx, home).await.for_visitor(v)?;
    let mut filled = shown.filled.unwrap_or_else(|| next_form(&day));
    if filled.id.parse::<VisitId>().is_err() {
        filled.id = ctx.new_id::<VisitId>(ctx.now()).to_string();
    }
    let names: HashMap<VisitId, String> = day
        .visits
        .iter()
        .map(|one| (one.visit.id, one.visit.household.clone()))
        .collect();
    let last = shown.asked.last.parse::<VisitId>().ok();
    let stands = last.is_some_and(|last| names.contains_key(&last));
    let all = shown.asked.all.is_some();
    let failed = !shown.errors.is_empty();
    let groups = groups(words, &day, &grids, all, page);
    let listed: usize = groups.iter().map(|group| group.rows.len()).sum();
    let response = render(&HouseholdsPage {
        v,
        ways: super::ways(words, &session).into_iter().skip(1).collect(),
        doors: day.doors,
        heard: words.with(
            "household-needs-count",
            [
                ("recorded", day.heard.recorded.into()),
                ("resolved", day.heard.resolved.into()),
            ],
        ),
        grids: grids
            .iter()
            .map(|grid| {
                let id = grid.id.to_string();
                let on = id == filled.grid;
                (id, grid.name.clone(), on)
            })
            .collect(),
        filled,
        said: said(words, &shown.asked, last.is_some(), stands),
        undo: last.filter(|_| stands && shown.asked.how == Status::Created.as_str()),
        needs: NeedsPart::of(ctx, page, &day.needs, &names, shown.needs),
        list_title: if all {
            words.t("household-list")
        } else {
            words.n("household-list-latest", listed)
        },
        all,
        groups,
        errors: shown.errors.iter().map(|error| words.field_error(error)).collect(),
        head,
        session: &session,
    });
    if failed {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, response).into_response());
    }
    Ok(response)
}

/// The line about what was just done.
fn said(words: Words, asked: &Asked, any: bool, stands: bool) -> String {
    if !any {
        return String::new();
    }
    if !stands {
        return words.t("service-undone");
    }
    let household: String = asked.household.chars().take(80).collect();
    let key = match asked.how.as_str() {
        "joined" => "household-said-joined",
        "duplicate" => "household-said-duplicate",
        _ => "household-said-created",
    };
    let mut said = words.a(key, "household", household);
    if asked.needs > 0 {
        said.push_str(if words.is_en() { " " } else { "，" });
        said.push_str(&words.n("household-said-needs", asked.needs));
    }
    said
}

/// The visits: the latest in one group, or all of them by grid, each grid by household.
fn groups(words: Words, day: &household::Day, grids: &[Grid], all: bool, page: &StaffPage) -> Vec<Group> {
    let mut needs: HashMap<VisitId, Vec<String>> = HashMap::new();
    for need in &day.needs {
        if let Some(visit) = need.visit {
            let outcome = words.in_brackets(&need.outcome);
            needs.entry(visit).or_default().push(format!("{}{outcome}", need.text));
        }
    }
    let row = |one: &household::Listed| {
        let visit = &one.visit;
        let at = visit.visited_at.to_zoned(page.community.zone.clone());
        let mut note = vec![at.strftime("%-H:%M").to_string()];
        if !all && !one.grid.is_empty() {
            note.push(one.grid.clone());
        }
        note.extend(
            [visit.visitors.clone(), visit.outcome.clone()]
                .into_iter()
                .filter(|part| !part.is_empty()),
        );
        let needs = needs.get(&visit.id).cloned().unwrap_or_default();
        VisitRow {
            id: visit.id,
            household: visit.household.clone(),
            nobody_home: visit.nobody_home,
            note: note.join(&words.t("service-comma")),
            undo: if needs.is_empty() {
                words.t("household-undo")
            } else {
                words.n("household-undo-needs", needs.len())
            },
            needs,
        }
    };
    if !all {
        let rows: Vec<VisitRow> = day.visits.iter().take(LATEST).map(row).collect();
        return if rows.is_empty() {
            Vec::new()
        } else {
            vec![Group {
                name: String::new(),
                rows,
            }]
        };
    }
    let place = |one: &household::Listed| {
        grids
            .iter()
            .position(|grid| Some(grid.id) == one.visit.grid)
            .unwrap_or(grids.len())
    };
    let mut by_grid: BTreeMap<usize, Vec<&household::Listed>> = BTreeMap::new();
    for one in &day.visits {
        by_grid.entry(place(one)).or_default().push(one);
    }
    by_grid
        .into_iter()
        .map(|(at, mut visits)| {
            visits.sort_by_key(|one| in_order(&one.visit.household));
            Group {
                name: grids
                    .get(at)
                    .map_or_else(|| words.t("household-no-grid-group"), |grid| grid.name.clone()),
                rows: visits.into_iter().map(row).collect(),
            }
        })
        .collect()
}

/// Houses as people count them: 2号楼 before 10号楼.
fn in_order(household: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = vec![(0, String::new())];
    let mut in_digits = false;
    for c in household.chars() {
        let digit = c.to_digit(10);
        if digit.is_some() && !in_digits {
            parts.push((0, String::new()));
        }
        in_digits = digit.is_some();
        if let Some(part) = parts.last_mut() {
            match digit {
                Some(digit) => part.0 = part.0.saturating_mul(10).saturating_add(digit.into()),
                None => part.1.push(c),
            }
        }
    }
    parts
}

/// Takes a form of the page and leads back to it.
pub async fn enter(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let (session, _) = session_of(ctx, &page, &id).await?;
    let here = format!("/staff/sessions/{}/households", session.id);
    let done = needs::act(ctx, &page, session.id, &filled.tap, &filled.text, &filled.outcome)
        .await
        .for_visitor(v)?;
    match done {
        needs::Act::Done => return Ok(Redirect::to(&format!("{here}#h-needs")).into_response()),
        needs::Act::Refused(errors, needs) => {
            let shown = Shown {
                needs,
                errors,
                ..Shown::default()
            };
            return draw(ctx, &page, &id, shown).await;
        }
        needs::Act::Other => {}
    }
    let not_an_id = |id: &str| Error::invalid("client_id", "not-a-uuid", id);
    if let Some(out) = filled.tap.strip_prefix("out:") {
        let visit: VisitId = out.parse().map_err(|_| not_an_id(out)).for_visitor(v)?;
        household::undo(ctx, &v.actor, home, session.id, visit)
            .await
            .for_visitor(v)?;
        return Ok(Redirect::to(&format!("{here}?last={visit}")).into_response());
    }
    let form: VisitId = filled.id.parse().map_err(|_| not_an_id(&filled.id)).for_visitor(v)?;
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let on_the_spot = v.words.t("household-on-spot");
    let open = lines(&filled.needs_open).into_iter().map(|text| (text, String::new()));
    let done = lines(&filled.needs_done)
        .into_iter()
        .map(|text| (text, on_the_spot.clone()));
    let needs: Vec<(NeedId, String, String)> = open
        .chain(done)
        .enumerate()
        .map(|(n, (text, outcome))| (need_id(form, n), text, outcome))
        .collect();
    let new = NewVisit {
        client_id: form,
        grid: filled.grid.clone(),
        building: filled.building.clone(),
        door: filled.door.clone(),
        nobody_home: filled.nobody_home.is_some(),
        visitors: filled.visitors.clone(),
        outcome: filled.visit_outcome.clone(),
        needs,
    };
    match household::record(ctx, &v.actor, home, session.id, &new).await {
        Ok(recorded) => {
            let to = format!(
                "{here}?last={}&how={}&household={}&needs={}",
                recorded.visit,
                recorded.status.as_str(),
                encode(&recorded.household),
                recorded.needs
            );
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Invalid(errors)) => {
            let shown = Shown {
                filled: Some(filled),
                errors,
                ..Shown::default()
            };
            draw(ctx, &page, &id, shown).await
        }
        Err(other) => Err(other).for_visitor(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn houses_stand_in_the_order_people_walk_them() {
        let mut homes = ["10号楼1单元2", "2号楼1单元10", "2号楼1单元9", "日月苑1号楼3", "2号楼"];
        homes.sort_by_key(|home| in_order(home));
        assert_eq!(
            homes,
            ["2号楼", "2号楼1单元9", "2号楼1单元10", "10号楼1单元2", "日月苑1号楼3"]
        );
    }
}
