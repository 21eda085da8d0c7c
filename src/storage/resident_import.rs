//! Residents by the thousand, and the ledger of imports.
//!
//! Rows are written many to a statement: a statement's work is mostly its own making. [`PER_STATEMENT`] keeps well below what both databases
//! take of parameters (SQLite 32,766, PostgreSQL 65,535).

use std::collections::BTreeMap;

use entities::{attendance, community, enrolment, resident, resident_import as row};
use jiff::Timestamp;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, Iterable as _, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::resident::{Indexes, Stored, to_domain, to_row};
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, ResidentId, ResidentImportId};

/// Rows written or asked for in one statement.
pub const PER_STATEMENT: usize = 400;

/// A resident to be written, and the indexes they are found by.
pub type Sealed = (Stored, Indexes);

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ResidentImportId,
    /// Who imported it; none from the terminal.
    pub account: Option<AccountId>,
    /// The file's name.
    pub name: String,
    /// Residents it made.
    pub created: i32,
    /// Known residents of whom it filled something.
    pub filled: i32,
    /// Known residents it left as they were.
    pub known: i32,
    /// Rows that were left out.
    pub wrong: i32,
    /// Those it made; empty once they are forgotten.
    pub created_ids: Vec<ResidentId>,
    /// What it filled, as JSON; none once it is forgotten.
    pub fills: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

fn to_import(row: row::Model) -> Import {
    let ids = row.created_ids.unwrap_or_default();
    Import {
        id: row.id.into(),
        account: row.account_id.map(Into::into),
        name: row.name,
        created: row.created,
        filled: row.filled,
        known: row.known,
        wrong: row.wrong,
        created_ids: ids
            .chunks_exact(16)
            .filter_map(|bytes| Uuid::from_slice(bytes).ok().map(ResidentId))
            .collect(),
        fills: row.fills,
        created_at: from_db(row.created_at),
        undone_at: row.undone_at.map(from_db),
    }
}

/// The residents with one of these names or one of these numbers, and the blind index of the number each is reached at.
///
/// # Errors
/// When the database cannot be asked.
pub async fn candidates(
    db: &impl Connection,
    community: CommunityId,
    names: &[String],
    phones: &[Vec<u8>],
) -> Result<Vec<(Stored, Option<Vec<u8>>)>> {
    let here = || {
        resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::MergedInto.is_null())
            .filter(resident::Column::ErasedAt.is_null())
    };
    let mut found = BTreeMap::new();
    for names in names.chunks(PER_STATEMENT) {
        let rows = here()
            .filter(resident::Column::Name.is_in(names.to_vec()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    for phones in phones.chunks(PER_STATEMENT) {
        let rows = here()
            .filter(resident::Column::PhoneIndex.is_in(phones.to_vec()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let stored = found.into_values().map(|row| {
        let index = row.phone_index.clone();
        Ok((to_domain(row)?, index))
    });
    stored.collect()
}

/// How many residents there are and when the last one changed: while both stand still, the register does.
///
/// # Errors
/// When the database cannot be asked.
pub async fn stamp(db: &impl Connection, community: CommunityId) -> Result<(i64, Option<Timestamp>)> {
    let found: Option<(i64, Option<chrono::DateTime<chrono::Utc>>)> = resident::Entity::find()
        .select_only()
        .column_as(resident::Column::Id.count(), "count")
        .column_as(resident::Column::UpdatedAt.max(), "changed")
        .filter(resident::Column::CommunityId.eq(community.0))
        .into_tuple()
        .one(db)
        .await?;
    let (count, changed) = found.unwrap_or_default();
    Ok((count, changed.map(from_db)))
}

/// Waits until no other import of this community is under way, and keeps others waiting until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take_turn(db: &impl Connection, community: CommunityId) -> Result<()> {
    community::Entity::find_by_id(community.0)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(())
}

/// Stores new residents, at most [`PER_STATEMENT`] at a time.
///
/// # Errors
/// [`super::Error::Dangling`] when a grid does not exist.
pub async fn insert(db: &impl Connection, community: CommunityId, new: Vec<Sealed>, now: Timestamp) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new
        .into_iter()
        .map(|(stored, indexes)| to_row(community, &stored, indexes, now));
    resident::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// The residents with these ids as they stand, held until the transaction ends. In the order of their ids, so that two who do this wait for
/// one another.
///
/// # Errors
/// When the database cannot be asked.
pub async fn hold(
    db: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
) -> Result<Vec<(Stored, Timestamp)>> {
    let mut held = Vec::with_capacity(ids.len());
    for ids in ids.chunks(PER_STATEMENT) {
        let rows = resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(resident::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(db)
            .await?;
        for row in rows {
            let changed = from_db(row.updated_at);
            held.push((to_domain(row)?, changed));
        }
    }
    Ok(held)
}

/// Stores what changed of residents that are [held](hold), at most [`PER_STATEMENT`] at a time: one statement that inserts, finds every
/// row there, and updates it.
///
/// # Errors
/// [`super::Error::Dangling`] when a grid does not exist.
pub async fn update(db: &impl Connection, community: CommunityId, changed: Vec<Sealed>, now: Timestamp) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed
        .into_iter()
        .map(|(stored, indexes)| to_row(community, &stored, indexes, now));
    let key = [resident::Column::CommunityId, resident::Column::Id];
    let rest = resident::Column::iter().filter(|column| {
        !key.iter()
            .any(|part| std::mem::discriminant(part) == std::mem::discriminant(column))
    });
    resident::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// How many of these residents have signed up or come.
///
/// # Errors
/// When the database cannot be asked.
pub async fn used(db: &impl Connection, community: CommunityId, ids: &[ResidentId]) -> Result<u64> {
    let mut used = 0;
    for ids in ids.chunks(PER_STATEMENT) {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        used += enrolment::Entity::find()
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::ResidentId.is_in(ids.clone()))
            .count(db)
            .await?;
        used += attendance::Entity::find()
            .filter(attendance::Column::CommunityId.eq(community.0))
            .filter(attendance::Column::ResidentId.is_in(ids))
            .count(db)
            .await?;
    }
    Ok(used)
}

/// Deletes residents that nothing points to; how many.
///
/// # Errors
/// [`super::Error::Dangling`] when something does.
pub async fn delete(db: &impl Connection, community: CommunityId, ids: &[ResidentId]) -> Result<u64> {
    let mut gone = 0;
    for ids in ids.chunks(PER_STATEMENT) {
        gone += resident::Entity::delete_many()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .exec(db)
            .await?
            .rows_affected;
    }
    Ok(gone)
}

/// Adds a line to the ledger.
///
/// # Errors
/// [`super::Error::Duplicate`] when this import is there.
pub async fn note(db: &impl Connection, community: CommunityId, new: &Import) -> Result<()> {
    let row = row::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        account_id: Set(new.account.map(|id| id.0)),
        name: Set(new.name.clone()),
        created: Set(new.created),
        filled: Set(new.filled),
        known: Set(new.known),
        wrong: Set(new.wrong),
        created_ids: Set(Some(new.created_ids.iter().flat_map(|id| id.0.into_bytes()).collect())),
        fills: Set(new.fills.clone()),
        created_at: Set(to_db(new.created_at)),
        undone_at: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The import with this id. Inside a transaction it is held until its end.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: ResidentImportId) -> Result<Option<Import>> {
    let row = row::Entity::find_by_id((community.0, id.0))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(to_import))
}

/// The latest imports, newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn latest(db: &impl Connection, community: CommunityId, most: u64) -> Result<Vec<Import>> {
    let rows = row::Entity::find()
        .filter(row::Column::CommunityId.eq(community.0))
        .order_by_desc(row::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_import).collect())
}

/// Notes that an import was undone.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mark_undone(
    db: &impl Connection,
    community: CommunityId,
    id: ResidentImportId,
    now: Timestamp,
) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::UndoneAt, to_db(now).into())
        .col_expr(row::Column::CreatedIds, Option::<Vec<u8>>::None.into())
        .col_expr(row::Column::Fills, Option::<String>::None.into())
        .filter(row::Column::CommunityId.eq(community.0))
        .filter(row::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets whom the imports before a moment made and filled; how many imports.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_before(db: &impl Connection, before: Timestamp) -> Result<u64> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::CreatedIds, Option::<Vec<u8>>::None.into())
        .col_expr(row::Column::Fills, Option::<String>::None.into())
        .filter(row::Column::CreatedAt.lt(to_db(before)))
        .filter(row::Column::CreatedIds.is_not_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}
