//! The ledger of merges: which rows moved, what the survivor had before, and whether it was undone.

use entities::{resident_merge, resident_merge_move};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::id::{AccountId, CommunityId, MergeId, ResidentId};
use crate::storage::resident::Stored;
use crate::storage::{Connection, Error, Result, from_db, to_db};

/// A merge as the ledger keeps it.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// Who stayed.
    pub survivor: ResidentId,
    /// Who was merged into them.
    pub merged: ResidentId,
    /// What the survivor had before; none once the person was erased.
    pub before: Option<String>,
    /// What the merge made of it.
    pub after: String,
    /// When.
    pub merged_at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// A row that a merge changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Its table: `attendance`, `enrolment`, `rollover`, `delivery` or `consent`.
    pub kind: String,
    /// Its id.
    pub row: Uuid,
    /// `moved`, `folded` or `raised`.
    pub how: String,
    /// What it was: a state, or empty.
    pub before: String,
    /// What it became.
    pub after: String,
}

impl Move {
    /// A row that now leads to the survivor and is otherwise as it was.
    pub fn moved(kind: &str, row: Uuid) -> Self {
        Self::changed(kind, row, "moved", String::new(), String::new())
    }

    /// A row that was changed otherwise.
    pub fn changed(kind: &str, row: Uuid, how: &str, before: String, after: String) -> Self {
        Self {
            kind: kind.to_owned(),
            row,
            how: how.to_owned(),
            before,
            after,
        }
    }
}

/// What a merge keeps of a resident to give it back, as JSON: numbers stay sealed.
pub fn kept(stored: &Stored) -> String {
    let one = &stored.resident;
    let sealed = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(crate::domain::text::hex);
    json!({
        "name": one.name.reveal(crate::domain::text::Purpose::Store),
        "initials": one.initials, "gender": one.gender, "birth_year": one.birth_year,
        "phone": sealed(&stored.phone_sealed), "email": one.email, "tell_by": one.tell_by,
        "building": one.building, "grid": one.grid_id, "care": one.care,
        "family_name": one.family_name, "family_phone": sealed(&stored.family_phone_sealed),
        "unchecked": one.unchecked,
    })
    .to_string()
}

/// The resident with what [`kept`] kept of it.
///
/// # Errors
/// [`Error::Inconsistent`] when it cannot be read.
pub fn from_kept(text: &str, of: &Stored) -> Result<Stored> {
    let broken = || Error::Inconsistent {
        table: "resident_merge",
        column: "before",
        id: of.resident.id.to_string(),
        value: String::new(),
    };
    let value: Value = serde_json::from_str(text).map_err(|_| broken())?;
    let words = |name: &str| value[name].as_str().map(ToOwned::to_owned).ok_or_else(broken);
    let sealed = |name: &str| match &value[name] {
        Value::Null => Ok(None),
        Value::String(hex) => unhex(hex).map(Some).ok_or_else(broken),
        _ => Err(broken()),
    };
    let mut resident = of.resident.clone();
    resident.name = crate::domain::text::PersonName::stored(words("name")?);
    resident.initials = words("initials")?;
    resident.gender = words("gender")?;
    resident.birth_year = serde_json::from_value(value["birth_year"].clone()).map_err(|_| broken())?;
    resident.email = words("email")?;
    resident.tell_by = words("tell_by")?.parse().map_err(|_| broken())?;
    resident.building = words("building")?;
    resident.grid_id = serde_json::from_value(value["grid"].clone()).map_err(|_| broken())?;
    resident.care = serde_json::from_value(value["care"].clone()).map_err(|_| broken())?;
    resident.family_name = words("family_name")?;
    resident.unchecked = value["unchecked"].as_bool().unwrap_or_default();
    Ok(Stored {
        resident,
        phone_sealed: sealed("phone")?,
        family_phone_sealed: sealed("family_phone")?,
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}

/// Writes a merge into the ledger.
///
/// # Errors
/// When the database cannot store it.
pub async fn record(
    txn: &impl Connection,
    community: CommunityId,
    merge: &Merge,
    by: Option<AccountId>,
    moves: Vec<(Uuid, Move)>,
) -> Result<()> {
    let row = resident_merge::ActiveModel {
        community_id: Set(community.0),
        id: Set(merge.id.0),
        survivor_id: Set(merge.survivor.0),
        merged_id: Set(merge.merged.0),
        before: Set(merge.before.clone().unwrap_or_default()),
        after: Set(merge.after.clone()),
        merged_at: Set(to_db(merge.merged_at)),
        merged_by: Set(by.map(|account| account.0)),
        undone_at: Set(None),
        undone_by: Set(None),
    };
    resident_merge::Entity::insert(row).exec_without_returning(txn).await?;
    for some in moves.chunks(500) {
        let rows = some.iter().map(|(id, one)| resident_merge_move::ActiveModel {
            community_id: Set(community.0),
            id: Set(*id),
            merge_id: Set(merge.id.0),
            kind: Set(one.kind.clone()),
            row_id: Set(one.row),
            how: Set(one.how.clone()),
            before: Set(one.before.clone()),
            after: Set(one.after.clone()),
        });
        resident_merge_move::Entity::insert_many(rows)
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}

fn merge_of(row: resident_merge::Model) -> Merge {
    Merge {
        id: row.id.into(),
        survivor: row.survivor_id.into(),
        merged: row.merged_id.into(),
        before: Some(row.before).filter(|text| !text.is_empty()),
        after: row.after,
        merged_at: from_db(row.merged_at),
        undone_at: row.undone_at.map(from_db),
    }
}

/// The merge with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: MergeId) -> Result<Option<Merge>> {
    let row = resident_merge::Entity::find_by_id((community.0, id.0)).one(db).await?;
    Ok(row.map(merge_of))
}

/// The merges a resident survived or was merged by, newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of(db: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<Vec<Merge>> {
    let either = sea_orm::Condition::any()
        .add(resident_merge::Column::SurvivorId.eq(resident.0))
        .add(resident_merge::Column::MergedId.eq(resident.0));
    let rows = resident_merge::Entity::find()
        .filter(resident_merge::Column::CommunityId.eq(community.0))
        .filter(either)
        .order_by_desc(resident_merge::Column::MergedAt)
        .order_by_desc(resident_merge::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(merge_of).collect())
}

/// The rows that a merge changed, in the order it changed them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn moves(db: &impl Connection, community: CommunityId, id: MergeId) -> Result<Vec<Move>> {
    let rows = resident_merge_move::Entity::find()
        .filter(resident_merge_move::Column::CommunityId.eq(community.0))
        .filter(resident_merge_move::Column::MergeId.eq(id.0))
        .order_by_asc(resident_merge_move::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Move {
            kind: row.kind,
            row: row.row_id,
            how: row.how,
            before: row.before,
            after: row.after,
        })
        .collect())
}

/// Notes that a merge was undone.
///
/// # Errors
/// When the database cannot store it.
pub async fn set_undone(
    db: &impl Connection,
    community: CommunityId,
    id: MergeId,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    resident_merge::Entity::update_many()
        .col_expr(resident_merge::Column::UndoneAt, Expr::value(to_db(now)))
        .col_expr(
            resident_merge::Column::UndoneBy,
            Expr::value(by.map(|account| account.0)),
        )
        .filter(resident_merge::Column::CommunityId.eq(community.0))
        .filter(resident_merge::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
