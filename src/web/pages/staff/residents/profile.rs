//! `GET /staff/residents/{id}`: what is known of somebody, and what can be done; their whole number for whoever must dial it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::Timestamp;
use serde::Deserialize;

use super::care_name;
use super::opt_out::{Refusable, refusable};
use crate::domain::calendar::format::{day_words, full_date, moment_words};
use crate::domain::community::Community;
use crate::domain::consent::{ConsentAct, ConsentHow, ConsentPurpose, standing};
use crate::domain::id::{MergeId, ResidentId, SessionId};
use crate::domain::resident::Resident;
use crate::domain::text::{Phone, Purpose};
use crate::services::resident::profile::{self, Numbers, Profile, Reason, Visit};
use crate::services::{Context, Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::{Choice, Wrong, named};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

pub(super) struct Fact {
    label: String,
    value: String,
}

struct Came {
    session: SessionId,
    when: String,
    what: String,
    note: String,
}

struct Standing {
    what: String,
    says: String,
    given: bool,
}

struct MergeRow {
    id: MergeId,
    says: String,
    can_undo: bool,
    undone: bool,
}

/// What was typed about a consent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConsentTyped {
    pub(super) purpose: String,
    pub(super) act: String,
    pub(super) on: String,
    pub(super) how: String,
}

#[derive(Template)]
#[template(path = "staff/residents/profile.html")]
struct ProfilePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ResidentId,
    name: String,
    erased: bool,
    erased_on: String,
    unchecked: bool,
    facts: Vec<Fact>,
    numbers: Vec<Fact>,
    has_number: bool,
    reasons: Vec<Choice>,
    summary: String,
    visits: Vec<Came>,
    sign_ups: Vec<Came>,
    standings: Vec<Standing>,
    purposes: Vec<Choice>,
    acts: Vec<Choice>,
    hows: Vec<Choice>,
    typed: ConsentTyped,
    merges: Vec<MergeRow>,
    refusable: Vec<Refusable>,
    bounced: String,
    said: Option<String>,
    offer_erasure: bool,
    wrong: Wrong,
}

/// `GET /staff/residents/{id}`. Whoever was merged into another leads there.
///
/// # Errors
/// As the use case.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let leads = profile::leads_to(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    if let Some(survivor) = leads.filter(|survivor| *survivor != id) {
        return Ok(Redirect::to(&format!("/staff/residents/{survivor}?done=led")).into_response());
    }
    let said = match asked.done.as_str() {
        "saved" | "led" | "merged" | "consent" | "withdrawn" | "told" => {
            Some(v.words.t(&format!("resident-done-{}", asked.done)))
        }
        _ => None,
    };
    let offer = asked.done == "withdrawn";
    draw(
        &page,
        &web.ctx,
        id,
        Shown {
            said,
            offer,
            ..Shown::default()
        },
    )
    .await
}

/// What a page says beside what is known.
#[derive(Default)]
pub(super) struct Shown {
    pub said: Option<String>,
    pub offer: bool,
    pub numbers: Option<Numbers>,
    pub typed: ConsentTyped,
    pub wrong: Wrong,
}

pub(super) async fn draw(page: &StaffPage, ctx: &Context, id: ResidentId, shown: Shown) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let found = profile::show(ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let grids = community::grids(ctx, home.id).await.for_visitor(v)?;
    let grid = grids
        .iter()
        .find(|grid| Some(grid.id) == found.resident.grid_id)
        .map(|grid| grid.name.clone())
        .unwrap_or_default();
    let at = |instant: Timestamp| moment_words(instant.to_zoned(home.zone.clone()).datetime(), words.lang);
    let came = |visit: &Visit, note: String| Came {
        session: visit.session,
        when: at(visit.starts_at),
        what: words.pick(&visit.title, &visit.title_en).to_owned(),
        note,
    };
    let resident = &found.resident;
    let purposes: Vec<&str> = ConsentPurpose::ALL.iter().map(|one| one.as_str()).collect();
    let acts: Vec<&str> = ConsentAct::ALL.iter().map(|one| one.as_str()).collect();
    let hows: Vec<&str> = ConsentHow::ALL.iter().map(|one| one.as_str()).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|one| one.as_str()).collect();
    let numbers = shown.numbers.map(|numbers| {
        let whole = |phone: Option<Phone>| phone.map(|phone| phone.reveal(Purpose::Reach).to_owned());
        [
            ("resident-phone", whole(numbers.phone)),
            ("resident-family-phone", whole(numbers.family_phone)),
        ]
        .into_iter()
        .filter_map(|(key, number)| {
            Some(Fact {
                label: words.t(key),
                value: number?,
            })
        })
        .collect::<Vec<_>>()
    });
    let drawn = render(&ProfilePage {
        v,
        community: home,
        active: "residents",
        badge: page.badge,
        id,
        name: if resident.erased_at.is_some() {
            words.t("resident-erased-name")
        } else {
            resident.name.reveal(Purpose::ShowStaff).to_owned()
        },
        erased: resident.erased_at.is_some(),
        erased_on: resident.erased_at.map(at).unwrap_or_default(),
        unchecked: resident.unchecked,
        facts: facts(v, resident, &grid),
        has_number: resident.phone.is_some() || resident.family_phone.is_some(),
        numbers: numbers.unwrap_or_default(),
        reasons: named(words, "resident-reveal", &reasons, "call"),
        summary: summary(v, home, &found),
        visits: found.visits.iter().map(|visit| came(visit, String::new())).collect(),
        sign_ups: found
            .sign_ups
            .iter()
            .map(|one| came(&one.visit, words.t(&format!("resident-sign-up-{}", one.status))))
            .collect(),
        standings: standings(v, &found),
        purposes: named(words, "consent-purpose", &purposes, &shown.typed.purpose),
        acts: named(words, "consent-act", &acts, &shown.typed.act),
        hows: named(words, "consent-how", &hows, &shown.typed.how),
        typed: shown.typed,
        merges: merges(v, home, &found),
        refusable: refusable(words, &found, at),
        bounced: found
            .bounced_at
            .map_or_else(String::new, |when| words.a("resident-bounced", "at", at(when))),
        said: shown.said,
        offer_erasure: shown.offer,
        wrong: shown.wrong,
    });
    // Whole numbers are for this one look.
    Ok(([(header::CACHE_CONTROL, "no-store")], drawn).into_response())
}

pub(super) fn facts(v: &Visitor, one: &Resident, grid: &str) -> Vec<Fact> {
    let words = v.words;
    let gender = match one.gender.as_str() {
        "" => String::new(),
        known => words.t(&format!("resident-{known}")),
    };
    let care: Vec<String> = one.care.iter().map(|care| care_name(words, care)).collect();
    let family = [
        one.family_name.clone(),
        one.family_phone.as_ref().map(Phone::masked).unwrap_or_default(),
    ]
    .join(" ");
    [
        (
            "resident-phone",
            one.phone.as_ref().map(Phone::masked).unwrap_or_default(),
        ),
        ("resident-building", one.building.clone()),
        ("resident-grid", grid.to_owned()),
        (
            "resident-birth-year",
            one.birth_year.map(|year| year.to_string()).unwrap_or_default(),
        ),
        ("resident-gender", gender),
        ("resident-care", care.join(&words.t("resident-care-comma"))),
        ("resident-family", family.trim().to_owned()),
        (
            "resident-tell-by",
            words.t(&format!("resident-tell-by-{}", one.tell_by)),
        ),
        ("resident-email", one.email.clone()),
        ("resident-source", words.t(&format!("resident-source-{}", one.source))),
    ]
    .into_iter()
    .map(|(key, value)| Fact {
        label: words.t(key),
        value,
    })
    .collect()
}

fn summary(v: &Visitor, home: &Community, found: &Profile) -> String {
    let words = v.words;
    let day = |instant: Timestamp| full_date(instant.to_zoned(home.zone.clone()).date(), words.lang);
    match (found.first_visit, found.visits.first()) {
        (Some(first), Some(last)) => words.with(
            "resident-came",
            [
                ("n", i64::try_from(found.visit_count).unwrap_or(i64::MAX).into()),
                ("first", day(first).into()),
                ("last", day(last.starts_at).into()),
            ],
        ),
        _ => words.t("resident-never-came"),
    }
}

fn standings(v: &Visitor, found: &Profile) -> Vec<Standing> {
    let words = v.words;
    ConsentPurpose::ALL
        .iter()
        .map(|purpose| {
            let row = standing(&found.consents, *purpose);
            let given = row.is_some_and(|row| row.act == ConsentAct::Given);
            let says = row.map_or_else(
                || words.t("consent-never"),
                |row| {
                    let how = words.t(&format!("consent-how-{}", row.how));
                    words.with(
                        if given { "consent-stands" } else { "consent-taken-back" },
                        [
                            ("on", day_words(row.on, words.lang).into()),
                            ("year", row.on.year().to_string().into()),
                            ("how", how.into()),
                            ("version", row.version.clone().into()),
                        ],
                    )
                },
            );
            Standing {
                what: words.t(&format!("consent-purpose-{}", purpose.key())),
                says,
                given,
            }
        })
        .collect()
}

fn merges(v: &Visitor, home: &Community, found: &Profile) -> Vec<MergeRow> {
    let words = v.words;
    found
        .merges
        .iter()
        .map(|(merge, other)| {
            let name = if other.erased_at.is_some() {
                words.t("resident-erased-name")
            } else {
                other.name.reveal(Purpose::ShowStaff).to_owned()
            };
            let when = moment_words(merge.merged_at.to_zoned(home.zone.clone()).datetime(), words.lang);
            MergeRow {
                id: merge.id,
                says: words.aa("resident-merged-row", "name", name, "at", when),
                can_undo: merge.undone_at.is_none() && merge.before.is_some() && merge.survivor == found.resident.id,
                undone: merge.undone_at.is_some(),
            }
        })
        .collect()
}

/// Why a number is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    reason: String,
}

/// `POST /staff/residents/{id}/number`: the whole number, shown once.
///
/// # Errors
/// As the use case.
pub async fn number(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(why): Form<Why>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let reason = why
        .reason
        .parse::<Reason>()
        .map_err(|_| Error::invalid("reason", "form-choose", &*why.reason))
        .for_visitor(v)?;
    let numbers = profile::reveal(&web.ctx, &v.actor, page.community.id, id, reason)
        .await
        .for_visitor(v)?;
    let shown = Shown {
        numbers: Some(numbers),
        ..Shown::default()
    };
    draw(&page, &web.ctx, id, shown).await
}
