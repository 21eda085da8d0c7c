//! What a report is computed from: session counters and one grouped question over the named rows of the period. Nothing here reads
//! attendance outside the period, so that a month costs the same however long the history is.

use std::collections::{BTreeSet, HashMap};

use entities::{attendance, facilitator, feedback, household_visit, need, programme, resident, session, venue};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{Connection, Result, community, from_db, to_db};
use crate::domain::attendance::{Answers, Tally};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, GridId, PartnerId, ProgrammeId, ResidentId, SessionId};
use crate::domain::period::Period;
use crate::domain::report::{GridName, Label, Material, NamedVisits, ProgrammeName, SessionCount, Subject, Visitor};

/// Residents asked for in one question: far below what SQLite (32,766) and PostgreSQL (65,535) take as parameters.
const CHUNK: usize = 5_000;

/// Instants from which (included) to which (excluded) a period runs.
pub type Span = (Timestamp, Timestamp);

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

async fn named_visits(conn: &impl Connection, community: CommunityId, span: Span) -> Result<Vec<NamedVisits>> {
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
            ])
            .expr_as(Expr::exists(earlier), "came_before")
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(chunk.iter().map(|id| id.0)))
            .into_model::<StoredVisitor>()
            .all(conn)
            .await?;
        visitors.extend(rows.into_iter().map(|row| Visitor {
            resident: row.id.into(),
            grid: row.grid_id.map(GridId),
            birth_year: row.birth_year,
            newcomer: !row.came_before,
        }));
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

/// 人次 of the sessions of a span.
pub async fn visits(conn: &impl Connection, community: CommunityId, span: Span) -> Result<i64> {
    let sum: Option<Option<i64>> = session::Entity::find()
        .select_only()
        .expr_as(visits_sum(), "visits")
        .filter(in_span(community, span))
        .filter(session::Column::Status.ne("cancelled"))
        .into_tuple()
        .one(conn)
        .await?;
    Ok(sum.flatten().unwrap_or_default())
}

fn visits_sum() -> SimpleExpr {
    Expr::expr(
        Expr::col((session::Entity, session::Column::Named))
            .add(Expr::col((session::Entity, session::Column::Headcount))),
    )
    .sum()
}

/// A session behind a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// Which.
    pub id: SessionId,
    /// Start.
    pub starts_at: Timestamp,
    /// Title of its programme.
    pub title: Label,
    /// Its own topic; may be empty.
    pub topic: String,
    /// Where.
    pub venue: Label,
    /// Who leads it; may be empty.
    pub facilitator: Label,
    /// Who came.
    pub tally: Tally,
    /// Named rows of the grid's residents, where the number is about a grid.
    pub of_grid: Option<i64>,
    /// Answers.
    pub answers: Answers,
}

#[derive(FromQueryResult)]
struct StoredBehind {
    id: Uuid,
    starts_at: sea_orm::prelude::DateTimeUtc,
    title: String,
    title_en: String,
    topic: Option<String>,
    venue: String,
    venue_en: String,
    facilitator: Option<String>,
    facilitator_en: Option<String>,
    named: i32,
    headcount: i32,
}

fn about(subject: &Subject) -> Option<Condition> {
    let condition = match subject {
        Subject::All | Subject::Grid(_) => return None,
        Subject::Programme(id) => session::Column::ProgrammeId.eq(id.0),
        Subject::Venue(id) => session::Column::VenueId.eq(id.0),
        Subject::Kind(kind) => programme::Column::Kind.eq(kind.as_str()),
        Subject::Partner(Some(id)) => programme::Column::PartnerId.eq(id.0),
        Subject::Partner(None) => programme::Column::PartnerId.is_null(),
    };
    Some(condition.into_condition())
}

/// The sessions behind the numbers about `subject`, latest first: at most `limit`.
pub async fn behind(
    conn: &impl Connection,
    community: CommunityId,
    span: Span,
    subject: &Subject,
    limit: u64,
) -> Result<Vec<Behind>> {
    let of_grid = match subject {
        Subject::Grid(grid) => Some(visits_of_grid(conn, community, span, *grid).await?),
        _ => None,
    };
    let mut query = session::Entity::find()
        .inner_join(programme::Entity)
        .inner_join(venue::Entity)
        .left_join(facilitator::Entity)
        .select_only()
        .columns([
            session::Column::Id,
            session::Column::StartsAt,
            session::Column::Topic,
            session::Column::Named,
            session::Column::Headcount,
        ])
        .columns([programme::Column::Title, programme::Column::TitleEn])
        .column_as(venue::Column::Name, "venue")
        .column_as(venue::Column::NameEn, "venue_en")
        .column_as(facilitator::Column::Name, "facilitator")
        .column_as(facilitator::Column::NameEn, "facilitator_en")
        .filter(in_span(community, span))
        .filter(counts())
        .order_by_desc(session::Column::StartsAt)
        .limit(limit);
    if let Some(condition) = about(subject) {
        query = query.filter(condition);
    }
    if let Some(of_grid) = &of_grid {
        query = query.filter(session::Column::Id.is_in(of_grid.keys().take(CHUNK).map(|id| id.0)));
    }
    let rows = query.into_model::<StoredBehind>().all(conn).await?;
    let answers = answers(conn, community, in_span(community, span)).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = SessionId(row.id);
            Behind {
                id,
                starts_at: from_db(row.starts_at),
                title: Label {
                    zh: row.title,
                    en: row.title_en,
                },
                topic: row.topic.unwrap_or_default(),
                venue: Label {
                    zh: row.venue,
                    en: row.venue_en,
                },
                facilitator: Label {
                    zh: row.facilitator.unwrap_or_default(),
                    en: row.facilitator_en.unwrap_or_default(),
                },
                tally: Tally {
                    named: row.named,
                    headcount: row.headcount,
                },
                of_grid: of_grid.as_ref().and_then(|visits| visits.get(&id)).copied(),
                answers: answers.get(&id).copied().unwrap_or_default(),
            }
        })
        .collect())
}

async fn visits_of_grid(
    conn: &impl Connection,
    community: CommunityId,
    span: Span,
    grid: Option<GridId>,
) -> Result<HashMap<SessionId, i64>> {
    let of_grid = match grid {
        Some(grid) => resident::Column::GridId.eq(grid.0),
        None => resident::Column::GridId.is_null(),
    };
    let rows: Vec<(Uuid, i64)> = session::Entity::find()
        .join(JoinType::InnerJoin, attendance::Relation::Session.def().rev())
        .join(JoinType::InnerJoin, attendance::Relation::Resident.def())
        .select_only()
        .column(session::Column::Id)
        .expr_as(attendance::Column::ResidentId.count(), "visits")
        .filter(in_span(community, span))
        .filter(live_named())
        .filter(of_grid)
        .group_by(session::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, visits)| (id.into(), visits)).collect())
}

/// What a district sees of one community.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sessions held.
    pub sessions: i64,
    /// 人次.
    pub visits: i64,
    /// The part of it that has no name.
    pub anonymous_visits: i64,
    /// 人数.
    pub people: i64,
    /// 户: distinct households visited.
    pub households: i64,
    /// 诉求 recorded.
    pub needs_recorded: i64,
    /// 诉求 resolved.
    pub needs_resolved: i64,
}

/// The totals of communities that share a zone.
pub async fn totals(
    conn: &impl Connection,
    communities: &[CommunityId],
    (from, to): Span,
) -> Result<HashMap<CommunityId, Totals>> {
    let ids = || communities.iter().map(|id| id.0);
    let (from, to) = (to_db(from), to_db(to));
    let mut totals: HashMap<CommunityId, Totals> = HashMap::new();

    let sessions: Vec<(Uuid, i64, Option<i64>, Option<i64>)> = session::Entity::find()
        .select_only()
        .column(session::Column::CommunityId)
        .expr_as(session::Column::Id.count(), "sessions")
        .expr_as(visits_sum(), "visits")
        .expr_as(session::Column::Headcount.sum(), "anonymous")
        .filter(session::Column::CommunityId.is_in(ids()))
        .filter(session::Column::StartsAt.gte(from))
        .filter(session::Column::StartsAt.lt(to))
        .filter(counts())
        .group_by(session::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    for (community, sessions, visits, anonymous) in sessions {
        let total = totals.entry(community.into()).or_default();
        total.sessions = sessions;
        total.visits = visits.unwrap_or_default();
        total.anonymous_visits = anonymous.unwrap_or_default();
    }

    let people: Vec<(Uuid, i64)> = session::Entity::find()
        .join(JoinType::InnerJoin, attendance::Relation::Session.def().rev())
        .select_only()
        .column(session::Column::CommunityId)
        .expr_as(distinct(attendance::Column::ResidentId), "people")
        .filter(session::Column::CommunityId.is_in(ids()))
        .filter(session::Column::StartsAt.gte(from))
        .filter(session::Column::StartsAt.lt(to))
        .filter(session::Column::Status.ne("cancelled"))
        .filter(live_named())
        .group_by(session::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    for (community, people) in people {
        totals.entry(community.into()).or_default().people = people;
    }

    let households: Vec<(Uuid, i64)> = household_visit::Entity::find()
        .select_only()
        .column(household_visit::Column::CommunityId)
        .expr_as(distinct(household_visit::Column::Household), "households")
        .filter(household_visit::Column::CommunityId.is_in(ids()))
        .filter(household_visit::Column::VisitedAt.gte(from))
        .filter(household_visit::Column::VisitedAt.lt(to))
        .filter(household_visit::Column::NobodyHome.eq(false))
        .group_by(household_visit::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    for (community, households) in households {
        totals.entry(community.into()).or_default().households = households;
    }

    for (community, needs) in needs(conn, communities, need::Column::RecordedAt, (from, to)).await? {
        totals.entry(community).or_default().needs_recorded = needs;
    }
    for (community, needs) in needs(conn, communities, need::Column::ResolvedAt, (from, to)).await? {
        totals.entry(community).or_default().needs_resolved = needs;
    }
    Ok(totals)
}

fn distinct(column: impl ColumnTrait) -> SimpleExpr {
    Func::count_distinct(Expr::col(column.as_column_ref())).into()
}

async fn needs(
    conn: &impl Connection,
    communities: &[CommunityId],
    when: need::Column,
    (from, to): (sea_orm::prelude::DateTimeUtc, sea_orm::prelude::DateTimeUtc),
) -> Result<Vec<(CommunityId, i64)>> {
    let rows: Vec<(Uuid, i64)> = need::Entity::find()
        .select_only()
        .column(need::Column::CommunityId)
        .expr_as(need::Column::Id.count(), "needs")
        .filter(need::Column::CommunityId.is_in(communities.iter().map(|id| id.0)))
        .filter(when.gte(from))
        .filter(when.lt(to))
        .group_by(need::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, needs)| (id.into(), needs)).collect())
}
