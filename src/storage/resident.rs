//! Residents: the rows, with their numbers still sealed.

use entities::resident;
use jiff::Timestamp;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::convert::read;
use super::{Connection, Error, Result, date_from_db, date_to_db, from_db, to_db};
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::resident::Resident;
use crate::domain::text::{PersonName, Purpose};

/// A resident as stored: `resident.phone` and `resident.family_phone` are empty, the sealed numbers stand beside it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Everything but the numbers.
    pub resident: Resident,
    /// Their number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// The family's number, sealed.
    pub family_phone_sealed: Option<Vec<u8>>,
}

/// The blind indexes a resident is found by.
#[derive(Clone, Debug, Default)]
pub struct Indexes {
    /// Of the number they are reached at.
    pub phone: Option<Vec<u8>>,
    /// Of its last four digits.
    pub tail: Option<Vec<u8>>,
}

pub(super) fn to_domain(row: resident::Model) -> Result<Stored> {
    let care = serde_json::from_str(&row.care).map_err(|_| Error::Inconsistent {
        table: "resident",
        column: "care",
        id: row.id.to_string(),
        value: row.care.clone(),
    })?;
    Ok(Stored {
        resident: Resident {
            id: row.id.into(),
            grid_id: row.grid_id.map(Into::into),
            name: PersonName::stored(row.name),
            initials: row.initials,
            gender: row.gender,
            birth_year: row.birth_year,
            phone: None,
            email: row.email,
            building: row.building,
            care,
            family_name: row.family_name,
            family_phone: None,
            tell_by: read("resident", "tell_by", row.id, &row.tell_by)?,
            source: read("resident", "source", row.id, &row.source)?,
            unchecked: row.unchecked,
            consent_on: row.consent_on.map(date_from_db),
            consent_version: row.consent_version,
            created_at: from_db(row.created_at),
        },
        phone_sealed: row.phone_sealed,
        family_phone_sealed: row.family_phone_sealed,
    })
}

/// The resident with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: ResidentId) -> Result<Option<Stored>> {
    let row = resident::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(to_domain).transpose()
}

/// The resident with this name who is reached at this number; the one known longest, should there be two.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_phone_and_name(
    db: &impl Connection,
    community: CommunityId,
    phone_index: &[u8],
    name: &PersonName,
) -> Result<Option<ResidentId>> {
    let id: Option<uuid::Uuid> = resident::Entity::find()
        .select_only()
        .column(resident::Column::Id)
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::PhoneIndex.eq(phone_index.to_vec()))
        .filter(resident::Column::Name.eq(name.reveal(Purpose::Find)))
        .order_by_asc(resident::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(Into::into))
}

pub(super) fn to_row(community: CommunityId, one: &Stored, indexes: Indexes, now: Timestamp) -> resident::ActiveModel {
    let Stored {
        resident: one,
        phone_sealed,
        family_phone_sealed,
    } = one;
    resident::ActiveModel {
        community_id: Set(community.0),
        id: Set(one.id.0),
        grid_id: Set(one.grid_id.map(|id| id.0)),
        name: Set(one.name.reveal(Purpose::Store).to_owned()),
        initials: Set(one.initials.clone()),
        gender: Set(one.gender.clone()),
        birth_year: Set(one.birth_year),
        phone_sealed: Set(phone_sealed.clone()),
        phone_index: Set(indexes.phone),
        phone_tail_index: Set(indexes.tail),
        email: Set(one.email.clone()),
        building: Set(one.building.clone()),
        care: Set(serde_json::Value::from(one.care.clone()).to_string()),
        family_name: Set(one.family_name.clone()),
        family_phone_sealed: Set(family_phone_sealed.clone()),
        tell_by: Set(one.tell_by.to_string()),
        source: Set(one.source.to_string()),
        unchecked: Set(one.unchecked),
        consent_on: Set(one.consent_on.map(date_to_db)),
        consent_version: Set(one.consent_version.clone()),
        created_at: Set(to_db(one.created_at)),
        updated_at: Set(to_db(now)),
    }
}

/// Stores a new resident.
///
/// # Errors
/// [`Error::Dangling`] when the grid does not exist.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Stored,
    indexes: Indexes,
    now: Timestamp,
) -> Result<()> {
    to_row(community, new, indexes, now).insert(db).await?;
    Ok(())
}

/// Stores what changed of a resident.
///
/// # Errors
/// [`Error::Dangling`] when the grid does not exist; [`Error::Database`] when the resident is gone.
pub async fn update(
    db: &impl Connection,
    community: CommunityId,
    changed: &Stored,
    indexes: Indexes,
    now: Timestamp,
) -> Result<()> {
    to_row(community, changed, indexes, now).update(db).await?;
    Ok(())
}

/// Which residents are asked for: all that match, in the order they were entered.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whose name holds this.
    pub name: Option<String>,
    /// Whose initials begin like this.
    pub initials: Option<String>,
    /// Whose last four digits have this blind index.
    pub tail: Option<Vec<u8>>,
    /// Who are reached at the number with this blind index.
    pub phone: Option<Vec<u8>>,
    /// Only those staff have not looked at yet.
    pub unchecked: bool,
    /// Only those after this one.
    pub after: Option<ResidentId>,
    /// At most so many.
    pub limit: u64,
}

/// A pattern in which `\\` takes the meaning from the next character. SQLite has no such character unless one is named.
fn literal(pattern: &str) -> LikeExpr {
    LikeExpr::new(pattern).escape('\\')
}

/// A text whose `%` and `_` stand for themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The residents that match any of name, initials, tail and phone (all residents, when none of them is given).
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId, wanted: &Wanted) -> Result<Vec<Stored>> {
    let mut any = Condition::any();
    if let Some(name) = &wanted.name {
        any = any.add(resident::Column::Name.like(literal(&format!("%{}%", escaped(name)))));
    }
    if let Some(initials) = &wanted.initials {
        any = any.add(resident::Column::Initials.like(literal(&format!("{}%", escaped(initials)))));
    }
    if let Some(tail) = &wanted.tail {
        any = any.add(resident::Column::PhoneTailIndex.eq(tail.clone()));
    }
    if let Some(phone) = &wanted.phone {
        any = any.add(resident::Column::PhoneIndex.eq(phone.clone()));
    }
    let mut query = resident::Entity::find().filter(resident::Column::CommunityId.eq(community.0));
    if !any.is_empty() {
        query = query.filter(any);
    }
    if wanted.unchecked {
        query = query.filter(resident::Column::Unchecked.eq(true));
    }
    if let Some(after) = wanted.after {
        query = query.filter(resident::Column::Id.gt(after.0));
    }
    let rows = query
        .order_by_asc(resident::Column::Id)
        .limit(wanted.limit)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// How many residents wait for staff to look at them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn unchecked_count(db: &impl Connection, community: CommunityId) -> Result<u64> {
    Ok(resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Unchecked.eq(true))
        .count(db)
        .await?)
}
