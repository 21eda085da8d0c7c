//! What a report is computed from: session counters and the summary of named visits, whole months at a time. Nothing here reads outside
//! the period, so that a month costs the same however long the history is.

mod behind;
pub mod month;
mod totals;

use std::collections::{BTreeSet, HashMap};

pub use behind::{Behind, CareDay, Person, behind, care_days, people};
pub use totals::{Totals, totals};

use entities::{attendance, feedback, programme, resident, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{Connection, Result, community, summary, to_db};
use crate::domain::attendance::{Answers, Tally};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, GridId, PartnerId, ProgrammeId, ResidentId, SessionId, VenueId};
use crate::domain::period::Period;
use crate::domain::report::{
    GridName, LIVES_ALONE, Label, Material, NamedVisits, ProgrammeName, SessionCount, Visitor,
};
use crate::domain::summary::Cover;
pub use crate::domain::summary::Span;

/// Residents asked for in one question: far below what SQLite (32,766) and PostgreSQL (65,535) take as parameters.
const CHUNK: usize = 5_000;

/// Sessions of the community that start in the span.
fn in_span(community: CommunityId, (from, to): Span) -> Condition {
    Condition::all()
        .add(session::Column::CommunityId.eq(community.0))
        .add(session::Column::StartsAt.gte(to_db(from)))
        .add(session::Column::StartsAt.lt(to_db(to)))
}

/// Sessions that count as held: `domain::report::SessionCount::counts`, said to the database.
fn counts() -> Condition {
    Condition::all().add(session::Column::Status.ne("cancelled")).add(
        Condition::any()
            .add(session::Column::Status.eq("held"))
            .add(session::Column::Named.gt(0))
            .add(session::Column::Headcount.gt(0)),
    )
}

/// Everything the report of a period is computed from.
pub async fn material(conn: &impl Connection, home: &Community, period: Period, span: Span) -> Result<Material> {
    let community = home.id;
    let sessions = session_counts(conn, community, span).await?;
    let named = named_visits(conn, community, span).await?;
    let visitors = visitors(conn, community, &named, span.0).await?;
    let programmes = programme_names(conn, community, &sessions).await?;
    Ok(Material {
        period,
        sessions,
        named,
        visitors,
        programmes,
        partners: community::partners(conn, home.id)
            .await?
            .into_iter()
            .map(|partner| (partner.id, label(partner.name, partner.name_en)))
            .collect(),
        venues: community::venues(conn, home.id)
            .await?
            .into_iter()
            .map(|venue| (venue.id, label(venue.name, venue.name_en)))
            .collect(),
        grids: community::grids(conn, home.id)
            .await?
            .into_iter()
            .map(|grid| GridName {
                id: grid.id,
                name: grid.name,
                seniors_registered: grid.seniors_registered.into(),
            })
            .collect(),
        seniors_registered: home.seniors_registered.into(),
        seniors_counted_on: home.seniors_counted_on,
    })
}

fn label(zh: String, en: String) -> Label {
    Label { zh, en }
}

#[derive(FromQueryResult)]
struct StoredCount {
    id: Uuid,
    programme_id: Uuid,
    venue_id: Uuid,
    status: String,
    moved_from_at: Option<sea_orm::prelude::DateTimeUtc>,
    named: i32,
    headcount: i32,
}

async fn session_counts(conn: &impl Connection, community: CommunityId, span: Span) -> Result<Vec<SessionCount>> {
    let rows = session::Entity::find()
        .select_only()
        .columns([
            session::Column::Id,
            session::Column::ProgrammeId,
            session::Column::VenueId,
            session::Column::Status,
            session::Column::MovedFromAt,
            session::Column::Named,
            session::Column::Headcount,
        ])
        .filter(in_span(community, span))
        .into_model::<StoredCount>()
        .all(conn)
        .await?;
    let answers = answers(conn, community, in_span(community, span)).await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionCount {
            id: row.id.into(),
            programme: row.programme_id.into(),
            venue: row.venue_id.into(),
            held: row.status == "held",
            cancelled: row.status == "cancelled",
            moved: row.moved_from_at.is_some(),
            tally: Tally {
                named: row.named,
                headcount: row.headcount,
            },
            answers: answers.get(&row.id.into()).copied().unwrap_or_default(),
        })
        .collect())
}

/// The answers on the sessions that `which` holds for.
async fn answers(
    conn: &impl Connection,
    community: CommunityId,
    which: Condition,
) -> Result<HashMap<SessionId, Answers>> {
    let rows: Vec<(Uuid, i32, i32, i32, i32)> = feedback::Entity::find()
        .inner_join(session::Entity)
        .select_only()
        .columns([
            feedback::Column::SessionId,
            feedback::Column::VerySatisfied,
            feedback::Column::Satisfied,
            feedback::Column::Fair,
            feedback::Column::Dissatisfied,
        ])
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(which)
        .into_tuple()
        .all(conn)
        .await?;
    let mut answers: HashMap<SessionId, Answers> = HashMap::new();
    for (session, very_satisfied, satisfied, fair, dissatisfied) in rows {
        *answers.entry(session.into()).or_default() += Answers {
            very_satisfied: very_satisfied.into(),
            satisfied: satisfied.into(),
            fair: fair.into(),
            dissatisfied: dissatisfied.into(),
        };
    }
    Ok(answers)
}

/// Rows that count and name a resident.
fn live_named() -> Condition {
    Condition::all()
        .add(attendance::Column::WithdrawnAt.is_null())
        .add(attendance::Column::ResidentId.is_not_null())
}

/// How often each resident came to each programme at each venue: from summary rows for whole months, from attendance for the days left over.
pub(super) async fn named_visits(
    conn: &impl Connection,
    community: CommunityId,
    span: Span,
) -> Result<Vec<NamedVisits>> {
    let cover = Cover::of(span);
    if let (Some((first, last)), true) = (cover.months, cover.whole().is_some()) {
        return summary::named_visits(conn, community, first, last).await;
    }
    let mut visits: HashMap<(ResidentId, ProgrammeId, VenueId), i64> = HashMap::new();
    let mut count = |found: Vec<NamedVisits>, sign: i64| {
        for one in found {
            *visits.entry((one.resident, one.programme, one.venue)).or_default() += sign * one.visits;
        }
    };
    if let Some((first, last)) = cover.months {
        count(summary::named_visits(conn, community, first, last).await?, 1);
    }
    for piece in cover.add {
        count(visits_by_rows(conn, community, piece).await?, 1);
    }
    for piece in cover.subtract {
        count(visits_by_rows(conn, community, piece).await?, -1);
    }
    let visits = visits.into_iter().filter(|(_, visits)| *visits != 0);
    Ok(visits
        .map(|((resident, programme, venue), visits)| NamedVisits {
            resident,
            programme,
            venue,
            visits,
        })
        .collect())
}

/// The same, counted from the rows themselves.
async fn visits_by_rows(conn: &impl Connection, community: CommunityId, span: Span) -> Result<Vec<NamedVisits>> {
    let rows: Vec<(Option<Uuid>, Uuid, Uuid, i64)> = session::Entity::find()
        .join(JoinType::InnerJoin, attendance::Relation::Session.def().rev())
        .select_only()
        .column(attendance::Column::ResidentId)
        .column(session::Column::ProgrammeId)
        .column(session::Column::VenueId)
        .expr_as(attendance::Column::ResidentId.count(), "visits")
        .filter(in_span(community, span))
        .filter(session::Column::Status.ne("cancelled"))
        .filter(live_named())
        .group_by(attendance::Column::ResidentId)
        .group_by(session::Column::ProgrammeId)
        .group_by(session::Column::VenueId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(resident, programme, venue, visits)| {
            Some(NamedVisits {
                resident: resident?.into(),
                programme: programme.into(),
                venue: venue.into(),
                visits,
            })
        })
        .collect())
}

#[derive(FromQueryResult)]
struct StoredVisitor {
    id: Uuid,
    grid_id: Option<Uuid>,
    birth_year: Option<i32>,
    care: String,
    came_before: bool,
}

async fn visitors(
    conn: &impl Connection,
    community: CommunityId,
    named: &[NamedVisits],
    from: Timestamp,
) -> Result<Vec<Visitor>> {
    let who: BTreeSet<ResidentId> = named.iter().map(|visit| visit.resident).collect();
    let who: Vec<ResidentId> = who.into_iter().collect();
    let mut visitors = Vec::with_capacity(who.len());
    for chunk in who.chunks(CHUNK) {
        // One step into the index per resident: it is ordered by the session's start.
        let earlier = Query::select()
            .expr(Expr::value(1))
            .from(attendance::Entity)
            .cond_where(
                Condition::all()
                    .add(
                        Expr::col((attendance::Entity, attendance::Column::CommunityId))
                            .equals((resident::Entity, resident::Column::CommunityId)),
                    )
                    .add(
                        Expr::col((attendance::Entity, attendance::Column::ResidentId))
                            .equals((resident::Entity, resident::Column::Id)),
                    )
                    .add(attendance::Column::SessionStartsAt.lt(to_db(from)))
                    .add(attendance::Column::WithdrawnAt.is_null()),
            )
            .to_owned();
        let rows = resident::Entity::find()
            .select_only()
            .columns([
                resident::Column::Id,
                resident::Column::GridId,
                resident::Column::BirthYear,
                resident::Column::Care,
            ])
            .expr_as(Expr::exists(earlier), "came_before")
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(chunk.iter().map(|id| id.0)))
            .into_model::<StoredVisitor>()
            .all(conn)
            .await?;
        for row in rows {
            visitors.push(Visitor {
                resident: row.id.into(),
                grid: row.grid_id.map(GridId),
                birth_year: row.birth_year,
                newcomer: !row.came_before,
                // A list as JSON: the category with its quotes is the whole category.
                alone: row.care.contains(&format!("\"{LIVES_ALONE}\"")),
            });
        }
    }
    Ok(visitors)
}

async fn programme_names(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionCount],
) -> Result<Vec<ProgrammeName>> {
    let ids: BTreeSet<ProgrammeId> = sessions.iter().map(|session| session.programme).collect();
    let rows: Vec<(Uuid, String, String, String, Option<Uuid>)> = programme::Entity::find()
        .select_only()
        .columns([
            programme::Column::Id,
            programme::Column::Title,
            programme::Column::TitleEn,
            programme::Column::Kind,
            programme::Column::PartnerId,
        ])
        .filter(programme::Column::CommunityId.eq(community.0))
        .filter(programme::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, zh, en, kind, partner)| ProgrammeName {
            id: id.into(),
            title: Label { zh, en },
            kind,
            partner: partner.map(PartnerId),
        })
        .collect())
}

/// 人次 of the sessions of a span, and the part of it without a name.
pub async fn visits(conn: &impl Connection, community: CommunityId, span: Span) -> Result<(i64, i64)> {
    let sums: Option<(Option<i64>, Option<i64>)> = session::Entity::find()
        .select_only()
        .expr_as(visits_sum(), "visits")
        .expr_as(session::Column::Headcount.sum(), "anonymous")
        .filter(in_span(community, span))
        .filter(session::Column::Status.ne("cancelled"))
        .into_tuple()
        .one(conn)
        .await?;
    let (visits, anonymous) = sums.unwrap_or_default();
    Ok((visits.unwrap_or_default(), anonymous.unwrap_or_default()))
}

fn visits_sum() -> SimpleExpr {
    Expr::expr(
        Expr::col((session::Entity, session::Column::Named))
            .add(Expr::col((session::Entity, session::Column::Headcount))),
    )
    .sum()
}

/// 人数 of a span.
pub async fn people_count(conn: &impl Connection, community: CommunityId, span: Span) -> Result<i64> {
    if let Some((first, last)) = Cover::of(span).whole() {
        return summary::people(conn, &[community], first, last)
            .await
            .map(|people| people.get(&community).copied().unwrap_or_default());
    }
    let named = named_visits(conn, community, span).await?;
    let people: BTreeSet<ResidentId> = named.iter().map(|visit| visit.resident).collect();
    Ok(people.len() as i64)
}
