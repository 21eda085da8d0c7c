//! Residents: the rows, with their numbers still sealed.

pub mod consent;
pub mod duplicate;
pub mod erasure;
pub mod history;
pub mod merge;

use std::collections::{HashMap, HashSet};

use entities::resident;
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::convert::read;
use super::{Connection, Error, Result, date_from_db, date_to_db, from_db, to_db};
use crate::domain::id::{CommunityId, GridId, ResidentId};
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
    /// Whether it is a mobile number, which takes text messages.
    pub takes_sms: bool,
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
            merged_into: row.merged_into.map(Into::into),
            erased_at: row.erased_at.map(from_db),
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

/// Whom these ids stand for now: each leads to itself, or to whoever it was merged into; those that are unknown or erased lead nowhere. Inside a
/// transaction on PostgreSQL nobody can merge or erase them before its end.
///
/// # Errors
/// When the database cannot be asked.
pub async fn current(
    db: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, ResidentId>> {
    lead_to(db, community, ids, Some(LockType::KeyShare)).await
}

/// The same for a look: nobody is kept from merging them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn current_at_a_look(
    db: &impl Connection,
    community: CommunityId,
    id: ResidentId,
) -> Result<Option<ResidentId>> {
    Ok(lead_to(db, community, &[id], None).await?.remove(&id))
}

async fn lead_to(
    db: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
    lock: Option<LockType>,
) -> Result<HashMap<ResidentId, ResidentId>> {
    let mut leads: HashMap<ResidentId, ResidentId> = ids.iter().map(|id| (*id, *id)).collect();
    let mut asked: HashSet<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    while !asked.is_empty() {
        let mut look = resident::Entity::find()
            .select_only()
            .columns([
                resident::Column::Id,
                resident::Column::MergedInto,
                resident::Column::ErasedAt,
            ])
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(asked.iter().copied()))
            .order_by_asc(resident::Column::Id);
        if let Some(lock) = lock {
            look = look.lock(lock);
        }
        let found: Vec<(uuid::Uuid, Option<uuid::Uuid>, Option<DateTimeUtc>)> = look.into_tuple().all(db).await?;
        let there: HashMap<_, _> = found
            .into_iter()
            .map(|(id, into, erased)| (id, (into, erased)))
            .collect();
        let mut next = HashSet::new();
        leads.retain(|_, to| {
            if !asked.contains(&to.0) {
                return true;
            }
            match there.get(&to.0) {
                Some((Some(into), _)) => {
                    *to = (*into).into();
                    next.insert(*into);
                    true
                }
                Some((None, None)) => true,
                Some((None, Some(_))) | None => false,
            }
        });
        asked = next;
    }
    Ok(leads)
}

/// The resident with this name who is reached at this number; the one known longest, should there be two. It may have been merged into another.
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
        takes_sms: Set(Some(indexes.takes_sms)),
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
        merged_into: Set(one.merged_into.map(|id| id.0)),
        erased_at: Set(one.erased_at.map(to_db)),
        email_bounced_at: NotSet,
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

/// Stores what changed of a resident; whom they are merged into and how their consent stands is not this function's.
///
/// # Errors
/// [`Error::Dangling`] when the grid does not exist; [`Error::Guarded`] when the resident is gone, merged or erased.
pub async fn update(
    db: &impl Connection,
    community: CommunityId,
    changed: &Stored,
    indexes: Indexes,
    now: Timestamp,
) -> Result<()> {
    // That an address takes no mail says nothing of the next one.
    resident::Entity::update_many()
        .col_expr(resident::Column::EmailBouncedAt, Expr::value(None::<DateTimeUtc>))
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.eq(changed.resident.id.0))
        .filter(resident::Column::Email.ne(changed.resident.email.as_str()))
        .filter(resident::Column::EmailBouncedAt.is_not_null())
        .exec(db)
        .await?;
    let row = resident::ActiveModel {
        community_id: NotSet,
        id: NotSet,
        source: NotSet,
        consent_on: NotSet,
        consent_version: NotSet,
        merged_into: NotSet,
        erased_at: NotSet,
        created_at: NotSet,
        ..to_row(community, changed, indexes, now)
    };
    let done = resident::Entity::update_many()
        .set(row)
        .filter(current_rows(community))
        .filter(resident::Column::Id.eq(changed.resident.id.0))
        .exec(db)
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::Guarded("resident_gone"));
    }
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
    /// Whose building holds this.
    pub building: Option<String>,
    /// Only those staff have not looked at yet.
    pub unchecked: bool,
    /// Only those who agreed to nothing, or took it back.
    pub no_consent: bool,
    /// Only those of this grid.
    pub grid: Option<GridId>,
    /// Only those of this care category.
    pub care: Option<String>,
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

fn conditions(community: CommunityId, wanted: &Wanted) -> Condition {
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
    if let Some(building) = &wanted.building {
        any = any.add(resident::Column::Building.like(literal(&format!("%{}%", escaped(building)))));
    }
    let mut all = current_rows(community);
    if !any.is_empty() {
        all = all.add(any);
    }
    if wanted.unchecked {
        all = all.add(resident::Column::Unchecked.eq(true));
    }
    if wanted.no_consent {
        all = all.add(resident::Column::ConsentOn.is_null());
    }
    if let Some(grid) = wanted.grid {
        all = all.add(resident::Column::GridId.eq(grid.0));
    }
    if let Some(care) = &wanted.care {
        // A JSON list of texts: each stands between quotes.
        let quoted = serde_json::Value::from(care.as_str()).to_string();
        all = all.add(resident::Column::Care.like(literal(&format!("%{}%", escaped(&quoted)))));
    }
    all
}

/// Residents who stand for a person of their own.
fn current_rows(community: CommunityId) -> Condition {
    Condition::all()
        .add(resident::Column::CommunityId.eq(community.0))
        .add(resident::Column::MergedInto.is_null())
        .add(resident::Column::ErasedAt.is_null())
}

/// The residents that match any of name, initials, tail, phone and building (all residents, when none of them is given) and everything else, by
/// pinyin. A page goes on after the resident it ended with, wherever others were entered meanwhile.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId, wanted: &Wanted) -> Result<Vec<Stored>> {
    let mut query = resident::Entity::find().filter(conditions(community, wanted));
    if let Some(after) = wanted.after {
        let last: Option<(String, String)> = resident::Entity::find_by_id((community.0, after.0))
            .select_only()
            .columns([resident::Column::Initials, resident::Column::Name])
            .into_tuple()
            .one(db)
            .await?;
        let (initials, name) = last.unwrap_or_default();
        let place = Expr::tuple([
            Expr::col(resident::Column::Initials),
            Expr::col(resident::Column::Name),
            Expr::col(resident::Column::Id),
        ]);
        let last = Expr::tuple([Expr::value(initials), Expr::value(name), Expr::value(after.0)]);
        query = query.filter(place.gt(last));
    }
    let rows = query
        .order_by_asc(resident::Column::Initials)
        .order_by_asc(resident::Column::Name)
        .order_by_asc(resident::Column::Id)
        .limit(wanted.limit)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// How many residents match.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl Connection, community: CommunityId, wanted: &Wanted) -> Result<u64> {
    Ok(resident::Entity::find()
        .filter(conditions(community, wanted))
        .count(db)
        .await?)
}

/// How many residents wait for staff to look at them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn unchecked_count(db: &impl Connection, community: CommunityId) -> Result<u64> {
    Ok(resident::Entity::find()
        .filter(current_rows(community))
        .filter(resident::Column::Unchecked.eq(true))
        .count(db)
        .await?)
}

/// The residents with these ids, whatever became of them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_all(db: &impl Connection, community: CommunityId, ids: &[ResidentId]) -> Result<Vec<Stored>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows = resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(chunk.iter().map(|id| id.0)))
            .all(db)
            .await?;
        for row in rows {
            found.push(to_domain(row)?);
        }
    }
    Ok(found)
}
