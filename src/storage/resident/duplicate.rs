//! Pairs of residents who could be one person, found by index; and the pairs somebody said are two.

use entities::{resident, resident_apart};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::domain::id::{AccountId, CommunityId, ResidentId};
use crate::storage::{Connection, Result, to_db};

/// The most pairs each way of looking answers.
const PAIRS: u64 = 500;

const ONE: &str = "one";
const OTHER: &str = "other";

fn equal(column: resident::Column) -> Expr {
    Expr::col((ONE, column)).equals((OTHER, column))
}

/// Pairs of current residents that share `by`, which an index finds, and that nobody said are two.
fn pairs(community: CommunityId, by: resident::Column) -> SelectStatement {
    let apart = Query::select()
        .expr(Expr::val(1))
        .from(resident_apart::Entity)
        .and_where(Expr::col((resident_apart::Entity, resident_apart::Column::CommunityId)).eq(community.0))
        .and_where(
            Expr::col((resident_apart::Entity, resident_apart::Column::FirstId)).equals((ONE, resident::Column::Id)),
        )
        .and_where(
            Expr::col((resident_apart::Entity, resident_apart::Column::SecondId)).equals((OTHER, resident::Column::Id)),
        )
        .to_owned();
    let mut query = Query::select();
    query
        .column((ONE, resident::Column::Id))
        .column((OTHER, resident::Column::Id))
        .from_as(resident::Entity, ONE)
        .join_as(
            JoinType::InnerJoin,
            resident::Entity,
            OTHER,
            equal(resident::Column::CommunityId)
                .and(equal(by))
                .and(Expr::col((ONE, resident::Column::Id)).lt(Expr::col((OTHER, resident::Column::Id)))),
        )
        .and_where(Expr::col((ONE, resident::Column::CommunityId)).eq(community.0))
        .and_where(Expr::exists(apart).not())
        .limit(PAIRS);
    for side in [ONE, OTHER] {
        query
            .and_where(Expr::col((side, resident::Column::MergedInto)).is_null())
            .and_where(Expr::col((side, resident::Column::ErasedAt)).is_null());
    }
    query
}

/// Pairs worth a closer look, each once: a shared number with the same first initial; a shared name with the same building or year of birth; a shared
/// end of the number with the same initials.
///
/// # Errors
/// When the database cannot be asked.
pub async fn candidates(db: &impl Connection, community: CommunityId) -> Result<Vec<(ResidentId, ResidentId)>> {
    let first = |side: &'static str| {
        Func::cust("substr")
            .arg(Expr::col((side, resident::Column::Initials)))
            .arg(Expr::val(1))
            .arg(Expr::val(1))
    };
    let same_building = equal(resident::Column::Building).and(Expr::col((ONE, resident::Column::Building)).ne(""));
    let looks = [
        pairs(community, resident::Column::PhoneIndex)
            .and_where(Expr::expr(first(ONE)).eq(first(OTHER)))
            .to_owned(),
        pairs(community, resident::Column::Name)
            .and_where(same_building.or(equal(resident::Column::BirthYear)))
            .to_owned(),
        pairs(community, resident::Column::PhoneTailIndex)
            .and_where(equal(resident::Column::Initials))
            .to_owned(),
    ];
    let mut found = Vec::new();
    for look in looks {
        for row in db.query_all(&look).await? {
            let one: Uuid = row.try_get_by_index(0)?;
            let other: Uuid = row.try_get_by_index(1)?;
            found.push((one.into(), other.into()));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Remembers that two residents are two people. Saying it again changes nothing.
///
/// # Errors
/// [`crate::storage::Error::Dangling`] when one of them does not exist in the community.
pub async fn set_apart(
    db: &impl Connection,
    community: CommunityId,
    id: Uuid,
    pair: (ResidentId, ResidentId),
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    let (first, second) = (pair.0.min(pair.1), pair.0.max(pair.1));
    let known = resident_apart::Entity::find()
        .filter(resident_apart::Column::CommunityId.eq(community.0))
        .filter(resident_apart::Column::FirstId.eq(first.0))
        .filter(resident_apart::Column::SecondId.eq(second.0))
        .one(db)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let row = resident_apart::ActiveModel {
        community_id: Set(community.0),
        id: Set(id),
        first_id: Set(first.0),
        second_id: Set(second.0),
        decided_at: Set(to_db(now)),
        decided_by: Set(by.map(|account| account.0)),
    };
    resident_apart::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
