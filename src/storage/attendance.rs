//! Attendance rows, and the counters of the session they belong to.

mod arrival;

use std::collections::HashSet;

use entities::{attendance, enrolment, grid, resident, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::attendance::{Counted, Row, Tally};
use crate::domain::id::{AccountId, AttendanceId, CommunityId, ResidentId, SessionId};

pub use arrival::{Arrival, NotPlain, count_in};

/// What taking attendance needs to know of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// Which.
    pub id: SessionId,
    /// Start.
    pub starts_at: Timestamp,
    /// Cancelled.
    pub cancelled: bool,
    /// Stored as held.
    pub held: bool,
    /// Its counters.
    pub tally: Tally,
}

/// The session, locked until the transaction ends: whoever else takes attendance there waits. (SQLite has one writer at a time and
/// needs no lock; the builder leaves it out.)
pub async fn lock_session(
    txn: &impl Connection,
    community: CommunityId,
    id: SessionId,
) -> Result<Option<SessionState>> {
    #[derive(FromQueryResult)]
    struct Found {
        starts_at: sea_orm::prelude::DateTimeUtc,
        status: String,
        named: i32,
        headcount: i32,
    }
    let found = session::Entity::find_by_id((community.0, id.0))
        .select_only()
        .columns([
            session::Column::StartsAt,
            session::Column::Status,
            session::Column::Named,
            session::Column::Headcount,
        ])
        .lock(LockType::NoKeyUpdate)
        .into_model::<Found>()
        .one(txn)
        .await?;
    Ok(found.map(|found| SessionState {
        id,
        starts_at: from_db(found.starts_at),
        cancelled: found.status == "cancelled",
        held: found.status == "held",
        tally: Tally {
            named: found.named,
            headcount: found.headcount,
        },
    }))
}

/// The counters of a session.
pub async fn find_tally(conn: &impl Connection, community: CommunityId, id: SessionId) -> Result<Option<Tally>> {
    let found: Option<(i32, i32)> = session::Entity::find_by_id((community.0, id.0))
        .select_only()
        .columns([session::Column::Named, session::Column::Headcount])
        .into_tuple()
        .one(conn)
        .await?;
    Ok(found.map(|(named, headcount)| Tally { named, headcount }))
}

#[derive(FromQueryResult)]
struct StoredRow {
    id: Uuid,
    session_id: Uuid,
    resident_id: Option<Uuid>,
    headcount: i32,
    withdrawn_at: Option<sea_orm::prelude::DateTimeUtc>,
}

impl From<StoredRow> for Row {
    fn from(row: StoredRow) -> Self {
        Row {
            id: row.id.into(),
            session: row.session_id.into(),
            counted: match row.resident_id {
                Some(resident) => Counted::Resident(resident.into()),
                None => Counted::Heads(row.headcount),
            },
            withdrawn: row.withdrawn_at.is_some(),
        }
    }
}

async fn rows_where(conn: &impl Connection, community: CommunityId, condition: Condition) -> Result<Vec<Row>> {
    let rows = attendance::Entity::find()
        .select_only()
        .columns([
            attendance::Column::Id,
            attendance::Column::SessionId,
            attendance::Column::ResidentId,
            attendance::Column::Headcount,
            attendance::Column::WithdrawnAt,
        ])
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(condition)
        .into_model::<StoredRow>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(Row::from).collect())
}

/// All rows that entries with these ids and residents could meet: by id at any session, by resident at this one.
pub async fn rows_met(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    ids: &[AttendanceId],
    residents: &[ResidentId],
) -> Result<Vec<Row>> {
    let mut met = rows_where(
        conn,
        community,
        Condition::all().add(attendance::Column::Id.is_in(ids.iter().map(|id| id.0))),
    )
    .await?;
    if !residents.is_empty() {
        let present = Condition::all()
            .add(attendance::Column::SessionId.eq(session.0))
            .add(attendance::Column::ResidentId.is_in(residents.iter().map(|id| id.0)))
            .add(attendance::Column::ResidentId.is_not_null())
            .add(attendance::Column::WithdrawnAt.is_null());
        met.extend(rows_where(conn, community, present).await?);
    }
    Ok(met)
}

/// The headcount rows of a session that count.
pub async fn live_headcounts(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Row>> {
    let live = Condition::all()
        .add(attendance::Column::SessionId.eq(session.0))
        .add(attendance::Column::ResidentId.is_null())
        .add(attendance::Column::WithdrawnAt.is_null());
    rows_where(conn, community, live).await
}

/// The residents who are counted at the session, with the rows that count them.
pub async fn live_named(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Row>> {
    let live = Condition::all()
        .add(attendance::Column::SessionId.eq(session.0))
        .add(attendance::Column::ResidentId.is_not_null())
        .add(attendance::Column::WithdrawnAt.is_null());
    rows_where(conn, community, live).await
}

/// Whether any row of the session counts, even one of 0 heads.
pub async fn has_live_rows(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<bool> {
    let one: Option<Uuid> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::Id)
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::SessionId.eq(session.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .limit(1)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(one.is_some())
}

/// Stores new rows.
pub async fn insert(
    txn: &impl Connection,
    community: CommunityId,
    session: &SessionState,
    rows: &[Row],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // In one order, so that two who count the same people in at once do not wait for each other's summary rows.
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by_key(|row| match row.counted {
        Counted::Resident(resident) => Some(resident),
        Counted::Heads(_) => None,
    });
    let models = rows.into_iter().map(|row| {
        let (resident, headcount) = match row.counted {
            Counted::Resident(resident) => (Some(resident.0), 0),
            Counted::Heads(heads) => (None, heads),
        };
        attendance::ActiveModel {
            community_id: Set(community.0),
            id: Set(row.id.0),
            session_id: Set(row.session.0),
            resident_id: Set(resident),
            headcount: Set(headcount),
            session_starts_at: Set(to_db(session.starts_at)),
            recorded_at: Set(to_db(now)),
            recorded_by: Set(by.map(|account| account.0)),
            withdrawn_at: Set(row.withdrawn.then(|| to_db(now))),
        }
    });
    attendance::Entity::insert_many(models)
        .exec_without_returning(txn)
        .await?;
    Ok(())
}

/// Marks rows as undone.
pub async fn withdraw(
    txn: &impl Connection,
    community: CommunityId,
    ids: &[AttendanceId],
    now: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    attendance::Entity::update_many()
        .col_expr(attendance::Column::WithdrawnAt, Expr::value(to_db(now)))
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(txn)
        .await?;
    Ok(())
}

/// What becomes of rows that are given to another resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reassign {
    /// They count as before.
    AsTheyAre,
    /// They count no more, from this instant.
    Withdraw(Timestamp),
    /// They count again.
    CountAgain,
}

/// Gives named rows to another resident: the two turned out to be one person, or that was undone. For `storage::resident::merge` alone; the counters
/// of the sessions are the caller's.
pub(super) async fn reassign(
    txn: &impl Connection,
    community: CommunityId,
    ids: &[AttendanceId],
    to: ResidentId,
    how: Reassign,
) -> Result<()> {
    for some in ids.chunks(500) {
        let mut update = attendance::Entity::update_many().col_expr(attendance::Column::ResidentId, Expr::value(to.0));
        let withdrawn_at: Option<Option<sea_orm::prelude::DateTimeUtc>> = match how {
            Reassign::AsTheyAre => None,
            Reassign::Withdraw(at) => Some(Some(to_db(at))),
            Reassign::CountAgain => Some(None),
        };
        if let Some(at) = withdrawn_at {
            update = update.col_expr(attendance::Column::WithdrawnAt, Expr::value(at));
        }
        update
            .filter(attendance::Column::CommunityId.eq(community.0))
            .filter(attendance::Column::Id.is_in(some.iter().map(|id| id.0)))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Named rows of a resident, withdrawn ones too.
pub(super) async fn rows_of(conn: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<Vec<Row>> {
    let theirs = Condition::all().add(attendance::Column::ResidentId.eq(resident.0));
    rows_where(conn, community, theirs).await
}

/// Changes the number of named rows of a session locked with [`lock_session`] by so many.
pub(super) async fn add_named(
    txn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    by: i32,
    now: Timestamp,
) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::Named, Expr::col(session::Column::Named).add(by))
        .col_expr(session::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(session.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// Stores the counters of a session locked with [`lock_session`], and its status when that changes too.
pub async fn store_tally(
    txn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    tally: Tally,
    status: Option<&'static str>,
    now: Timestamp,
) -> Result<()> {
    let mut update = session::Entity::update_many()
        .col_expr(session::Column::Named, Expr::value(tally.named))
        .col_expr(session::Column::Headcount, Expr::value(tally.headcount))
        .col_expr(session::Column::UpdatedAt, Expr::value(to_db(now)));
    if let Some(status) = status {
        update = update.col_expr(session::Column::Status, Expr::value(status));
    }
    update
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(session.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// A resident on the list at the door.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub resident: ResidentId,
    /// Name.
    pub name: String,
    /// Pinyin initials of the name.
    pub initials: String,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Building and unit.
    pub building: String,
    /// Name of the grid; empty when of none.
    pub grid: String,
    /// Telephone number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// The sign-up that holds a seat; none for somebody who came without.
    pub signed_up: Option<SignedUp>,
    /// Asked for leave on this date.
    pub on_leave: bool,
    /// The named row that counts, and when it was taken.
    pub present: Option<(AttendanceId, Timestamp)>,
}

/// What the list at the door says of a sign-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUp {
    /// `self`, `family`, `phone`, `counter` or `staff`.
    pub source: String,
    /// Who signed up for them; may be empty.
    pub by: String,
}

#[derive(FromQueryResult)]
struct StoredResident {
    id: Uuid,
    name: String,
    initials: String,
    gender: String,
    birth_year: Option<i32>,
    building: String,
    phone_sealed: Option<Vec<u8>>,
    grid_name: Option<String>,
}

/// Residents as a list at the door shows them, by pinyin; neither signed up nor present, whatever they are.
pub async fn listed(conn: &impl Connection, community: CommunityId, who: &[ResidentId]) -> Result<Vec<Listed>> {
    residents(conn, community, who.iter().map(|id| id.0).collect()).await
}

async fn residents(conn: &impl Connection, community: CommunityId, who: HashSet<Uuid>) -> Result<Vec<Listed>> {
    let found = resident::Entity::find()
        .left_join(grid::Entity)
        .select_only()
        .columns([
            resident::Column::Id,
            resident::Column::Name,
            resident::Column::Initials,
            resident::Column::Gender,
            resident::Column::BirthYear,
            resident::Column::Building,
            resident::Column::PhoneSealed,
        ])
        .column_as(grid::Column::Name, "grid_name")
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.is_in(who))
        .order_by_asc(resident::Column::Initials)
        .order_by_asc(resident::Column::Name)
        .into_model::<StoredResident>()
        .all(conn)
        .await?;
    let listed = found.into_iter().map(|found| Listed {
        resident: found.id.into(),
        name: found.name,
        initials: found.initials,
        gender: found.gender,
        birth_year: found.birth_year,
        building: found.building,
        grid: found.grid_name.unwrap_or_default(),
        phone_sealed: found.phone_sealed,
        signed_up: None,
        on_leave: false,
        present: None,
    });
    Ok(listed.collect())
}

/// Whoever holds a seat in the session or asked for leave, and whoever came, each once, by pinyin.
pub async fn door_list(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Listed>> {
    let expected: Vec<(Uuid, String, String, String)> = enrolment::Entity::find()
        .select_only()
        .columns([
            enrolment::Column::ResidentId,
            enrolment::Column::Source,
            enrolment::Column::SignedUpBy,
            enrolment::Column::Status,
        ])
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::Status.is_in(["enrolled", "leave"]))
        .into_tuple()
        .all(conn)
        .await?;
    let present: Vec<(Option<Uuid>, Uuid, sea_orm::prelude::DateTimeUtc)> = attendance::Entity::find()
        .select_only()
        .columns([
            attendance::Column::ResidentId,
            attendance::Column::Id,
            attendance::Column::RecordedAt,
        ])
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::SessionId.eq(session.0))
        .filter(attendance::Column::ResidentId.is_not_null())
        .filter(attendance::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(conn)
        .await?;
    let who: HashSet<Uuid> = expected
        .iter()
        .map(|(resident, ..)| *resident)
        .chain(present.iter().filter_map(|(resident, ..)| *resident))
        .collect();
    let mut list = residents(conn, community, who).await?;
    for listed in &mut list {
        let id = listed.resident.0;
        let of_theirs = || expected.iter().filter(|(resident, ..)| *resident == id);
        listed.signed_up = of_theirs()
            .find(|(.., status)| status == "enrolled")
            .map(|(_, source, by, _)| SignedUp {
                source: source.clone(),
                by: by.clone(),
            });
        listed.on_leave = listed.signed_up.is_none() && of_theirs().next().is_some();
        listed.present = present
            .iter()
            .find(|(resident, ..)| *resident == Some(id))
            .map(|(_, row, at)| ((*row).into(), from_db(*at)));
    }
    Ok(list)
}

/// A conflict that the same undertaking, tried again, would understand: the row it met has since been stored.
pub fn worth_another_try(error: &Error) -> bool {
    // A guarded resident was merged meanwhile: the next try names whoever they were merged into.
    matches!(error, Error::Duplicate(_) | Error::Contention | Error::Guarded(_))
}
