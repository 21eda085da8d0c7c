//! Files that wait for somebody to look them through.

use entities::upload as row;
use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Connection, Result, to_db};
use crate::domain::id::{AccountId, CommunityId, UploadId};

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Who sent it.
    pub account: Option<AccountId>,
    /// What it is for.
    pub kind: &'static str,
    /// Its name, shortened.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Keeps a file.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Upload, now: Timestamp) -> Result<()> {
    let row = row::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        account_id: Set(new.account.map(|account| account.0)),
        kind: Set(new.kind.to_owned()),
        name: Set(new.name.clone()),
        content: Set(new.content.clone()),
        created_at: Set(to_db(now)),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The name and the bytes of a file of this kind; none when it is not there (any more).
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(
    db: &impl Connection,
    community: CommunityId,
    id: UploadId,
    kind: &str,
) -> Result<Option<(String, Vec<u8>)>> {
    let row = row::Entity::find_by_id((community.0, id.0))
        .filter(row::Column::Kind.eq(kind))
        .one(db)
        .await?;
    Ok(row.map(|row| (row.name, row.content)))
}

/// Lets a file go; whether it was there.
///
/// # Errors
/// When the database cannot be asked.
pub async fn delete(db: &impl Connection, community: CommunityId, id: UploadId) -> Result<bool> {
    let deleted = row::Entity::delete_by_id((community.0, id.0)).exec(db).await?;
    Ok(deleted.rows_affected > 0)
}

/// Lets the files go that came before a moment; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_before(db: &impl Connection, before: Timestamp) -> Result<u64> {
    let deleted = row::Entity::delete_many()
        .filter(row::Column::CreatedAt.lt(to_db(before)))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
