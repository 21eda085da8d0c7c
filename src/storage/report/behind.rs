//! What stands behind a number: sessions, people, days of visits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entities::{attendance, facilitator, grid, household_visit, need, programme, resident, session, venue};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{CHUNK, Span, answers, counts, in_span, live_named};
use crate::domain::attendance::{Answers, Tally};
use crate::domain::id::{CommunityId, GridId, ResidentId, SessionId};
use crate::domain::report::{Label, Number, Subject};
use crate::storage::{Connection, Result, from_db, to_db};

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
    /// Why it was cancelled or moved, in words; may be empty.
    pub reason: String,
    /// Where it stood before it was moved.
    pub moved_from_at: Option<Timestamp>,
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
    reason: Option<String>,
    moved_from_at: Option<sea_orm::prelude::DateTimeUtc>,
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

/// Which sessions stand behind a number.
fn of_number(number: Number) -> Condition {
    match number {
        Number::Cancelled => session::Column::Status.eq("cancelled").into_condition(),
        Number::Moved => counts().add(session::Column::MovedFromAt.is_not_null()),
        Number::Anonymous => counts().add(session::Column::Headcount.gt(0)),
        _ => counts(),
    }
}

/// The sessions behind a number about `subject`, latest first: at most `limit`.
pub async fn behind(
    conn: &impl Connection,
    community: CommunityId,
    span: Span,
    subject: &Subject,
    number: Number,
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
            session::Column::Reason,
            session::Column::MovedFromAt,
        ])
        .columns([programme::Column::Title, programme::Column::TitleEn])
        .column_as(venue::Column::Name, "venue")
        .column_as(venue::Column::NameEn, "venue_en")
        .column_as(facilitator::Column::Name, "facilitator")
        .column_as(facilitator::Column::NameEn, "facilitator_en")
        .filter(in_span(community, span))
        .filter(of_number(number))
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
                reason: row.reason.unwrap_or_default(),
                moved_from_at: row.moved_from_at.map(from_db),
            }
        })
        .filter(|session| number != Number::Answers || session.answers.count() > 0)
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

/// Somebody behind a number.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub id: ResidentId,
    /// Name.
    pub name: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Building and unit.
    pub building: String,
    /// Name of the grid; empty when of none.
    pub grid: String,
}

/// These residents, by pinyin.
pub async fn people(conn: &impl Connection, community: CommunityId, ids: &[ResidentId]) -> Result<Vec<Person>> {
    type Row = (Uuid, String, Option<i32>, String, Option<String>);
    let rows: Vec<Row> = resident::Entity::find()
        .left_join(grid::Entity)
        .select_only()
        .columns([
            resident::Column::Id,
            resident::Column::Name,
            resident::Column::BirthYear,
            resident::Column::Building,
        ])
        .column(grid::Column::Name)
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.is_in(ids.iter().take(CHUNK).map(|id| id.0)))
        .order_by_asc(resident::Column::Initials)
        .order_by_asc(resident::Column::Name)
        .into_tuple()
        .all(conn)
        .await?;
    let people = rows.into_iter().map(|(id, name, birth_year, building, grid)| Person {
        id: id.into(),
        name,
        birth_year,
        building,
        grid: grid.unwrap_or_default(),
    });
    Ok(people.collect())
}

/// What was done from door to door on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CareDay {
    /// 户 visited on it.
    pub households: i64,
    /// Needs recorded on it.
    pub needs_recorded: i64,
    /// Needs resolved on it.
    pub needs_resolved: i64,
}

/// The days of a span on which households were visited, or needs recorded or resolved.
pub async fn care_days(
    conn: &impl Connection,
    community: CommunityId,
    (from, to): Span,
    zone: &TimeZone,
) -> Result<BTreeMap<Date, CareDay>> {
    type Instant = sea_orm::prelude::DateTimeUtc;
    let day = |at: Instant| from_db(at).to_zoned(zone.clone()).date();
    let mut days: BTreeMap<Date, CareDay> = BTreeMap::new();
    let visited: Vec<(Instant, String)> = household_visit::Entity::find()
        .select_only()
        .columns([household_visit::Column::VisitedAt, household_visit::Column::Household])
        .filter(household_visit::Column::CommunityId.eq(community.0))
        .filter(household_visit::Column::VisitedAt.gte(to_db(from)))
        .filter(household_visit::Column::VisitedAt.lt(to_db(to)))
        .filter(household_visit::Column::NobodyHome.eq(false))
        .into_tuple()
        .all(conn)
        .await?;
    let visited: BTreeSet<(Date, String)> = visited
        .into_iter()
        .map(|(at, household)| (day(at), household))
        .collect();
    for (date, _) in visited {
        days.entry(date).or_default().households += 1;
    }
    for (column, resolved) in [(need::Column::RecordedAt, false), (need::Column::ResolvedAt, true)] {
        let at: Vec<Option<Instant>> = need::Entity::find()
            .select_only()
            .column(column)
            .filter(need::Column::CommunityId.eq(community.0))
            .filter(column.gte(to_db(from)))
            .filter(column.lt(to_db(to)))
            .into_tuple()
            .all(conn)
            .await?;
        for at in at.into_iter().flatten() {
            let day = days.entry(day(at)).or_default();
            if resolved {
                day.needs_resolved += 1;
            } else {
                day.needs_recorded += 1;
            }
        }
    }
    Ok(days)
}
