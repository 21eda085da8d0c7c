//! Closures: venues that are shut for a time, and what became of the sessions they hit.

use entities::{closure, closure_effect, closure_span};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, ClosureId, CommunityId, NotificationId, SessionId, VenueId};
use crate::domain::planning::closure::{ClosureAct, ClosureKind};
use crate::domain::planning::{ReasonCode, Shut};

/// A closure as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Its id.
    pub id: ClosureId,
    /// What kind.
    pub kind: ClosureKind,
    /// Why, from the list.
    pub reason_code: ReasonCode,
    /// Why, in words; may be empty.
    pub reason: String,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// The message that went out with it; none when nobody was to be told.
    pub notification: Option<NotificationId>,
    /// Who did it.
    pub account: Option<AccountId>,
    /// When.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

/// What a closure did to one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which session.
    pub session: SessionId,
    /// What became of it.
    pub act: ClosureAct,
    /// How it stood before, JSON.
    pub before: String,
    /// The session's sequence afterwards.
    pub sequence: i32,
}

/// The venues of a community that are or will be shut, from `from` on.
pub async fn shut(db: &impl Connection, community: CommunityId, from: Timestamp) -> Result<Vec<Shut>> {
    type Row = (
        Uuid,
        chrono::DateTime<chrono::Utc>,
        chrono::DateTime<chrono::Utc>,
        String,
    );
    let rows: Vec<Row> = closure_span::Entity::find()
        .select_only()
        .column(closure_span::Column::VenueId)
        .column(closure_span::Column::StartsAt)
        .column(closure_span::Column::EndsAt)
        .column(closure::Column::Reason)
        .inner_join(closure::Entity)
        .filter(closure_span::Column::CommunityId.eq(community.0))
        .filter(closure_span::Column::EndsAt.gt(to_db(from)))
        .order_by_asc(closure_span::Column::StartsAt)
        .order_by_asc(closure_span::Column::VenueId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(venue, starts_at, ends_at, reason)| Shut {
            venue_id: venue.into(),
            from: from_db(starts_at),
            to: from_db(ends_at),
            reason,
        })
        .collect())
}

/// Stores a closure that shuts these venues from its start to its end.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Closure,
    venues: &[(Uuid, VenueId)],
) -> Result<()> {
    let row = closure::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        kind: Set(new.kind.as_str().to_owned()),
        reason_code: Set(new.reason_code.as_str().to_owned()),
        reason: Set(new.reason.clone()),
        starts_at: Set(to_db(new.starts_at)),
        ends_at: Set(to_db(new.ends_at)),
        notification_id: Set(new.notification.map(Uuid::from)),
        account_id: Set(new.account.map(Uuid::from)),
        created_at: Set(to_db(new.created_at)),
        undone_at: Set(new.undone_at.map(to_db)),
    };
    closure::Entity::insert(row).exec_without_returning(db).await?;
    if venues.is_empty() {
        return Ok(());
    }
    let spans = venues.iter().map(|(id, venue)| closure_span::ActiveModel {
        community_id: Set(community.0),
        id: Set(*id),
        closure_id: Set(new.id.0),
        venue_id: Set(venue.0),
        starts_at: Set(to_db(new.starts_at)),
        ends_at: Set(to_db(new.ends_at)),
    });
    closure_span::Entity::insert_many(spans)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stores what a closure did to sessions, each under an id of its own.
pub async fn insert_effects(
    db: &impl Connection,
    community: CommunityId,
    closure: ClosureId,
    effects: &[(Uuid, Effect)],
) -> Result<()> {
    for some in effects.chunks(500) {
        let rows = some.iter().map(|(id, effect)| closure_effect::ActiveModel {
            community_id: Set(community.0),
            id: Set(*id),
            closure_id: Set(closure.0),
            session_id: Set(effect.session.0),
            act: Set(effect.act.as_str().to_owned()),
            before: Set(effect.before.clone()),
            sequence: Set(effect.sequence),
        });
        closure_effect::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn closure_of(row: closure::Model) -> Result<Closure> {
    Ok(Closure {
        id: row.id.into(),
        kind: read("closure", "kind", row.id, &row.kind)?,
        reason_code: read("closure", "reason_code", row.id, &row.reason_code)?,
        reason: row.reason,
        starts_at: from_db(row.starts_at),
        ends_at: from_db(row.ends_at),
        notification: row.notification_id.map(Into::into),
        account: row.account_id.map(Into::into),
        created_at: from_db(row.created_at),
        undone_at: row.undone_at.map(from_db),
    })
}

/// The closures of a community, the newest first.
pub async fn list(db: &impl Connection, community: CommunityId, limit: u64) -> Result<Vec<Closure>> {
    let rows = closure::Entity::find()
        .filter(closure::Column::CommunityId.eq(community.0))
        .order_by_desc(closure::Column::CreatedAt)
        .order_by_desc(closure::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(closure_of).collect()
}

/// One closure.
pub async fn find(db: &impl Connection, community: CommunityId, id: ClosureId) -> Result<Option<Closure>> {
    let row = closure::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(closure_of).transpose()
}

/// One closure, locked until the transaction ends.
pub async fn lock(db: &impl Connection, community: CommunityId, id: ClosureId) -> Result<Option<Closure>> {
    let row = closure::Entity::find_by_id((community.0, id.0))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    row.map(closure_of).transpose()
}

/// The venues that closures shut, with the closure of each.
pub async fn venues(
    db: &impl Connection,
    community: CommunityId,
    closures: &[ClosureId],
) -> Result<Vec<(ClosureId, VenueId)>> {
    let rows = closure_span::Entity::find()
        .filter(closure_span::Column::CommunityId.eq(community.0))
        .filter(closure_span::Column::ClosureId.is_in(closures.iter().map(|id| id.0)))
        .order_by_asc(closure_span::Column::VenueId)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.closure_id.into(), row.venue_id.into()))
        .collect())
}

/// What a closure did, by session.
pub async fn effects(db: &impl Connection, community: CommunityId, closure: ClosureId) -> Result<Vec<Effect>> {
    let rows = closure_effect::Entity::find()
        .filter(closure_effect::Column::CommunityId.eq(community.0))
        .filter(closure_effect::Column::ClosureId.eq(closure.0))
        .order_by_asc(closure_effect::Column::SessionId)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Effect {
                session: row.session_id.into(),
                act: read("closure_effect", "act", row.id, &row.act)?,
                before: row.before,
                sequence: row.sequence,
            })
        })
        .collect()
}

/// Opens what a closure shut: from `at` on, or altogether when it has not begun by then.
pub async fn open(db: &impl Connection, community: CommunityId, id: ClosureId, at: Timestamp) -> Result<()> {
    let of = |column: closure_span::Column| {
        sea_orm::Condition::all()
            .add(closure_span::Column::CommunityId.eq(community.0))
            .add(closure_span::Column::ClosureId.eq(id.0))
            .add(column.gte(to_db(at)))
    };
    closure_span::Entity::delete_many()
        .filter(of(closure_span::Column::StartsAt))
        .exec(db)
        .await?;
    closure_span::Entity::update_many()
        .col_expr(closure_span::Column::EndsAt, Expr::value(to_db(at)))
        .filter(of(closure_span::Column::EndsAt))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that a closure was taken back: nothing it shut is shut any more.
pub async fn undo(db: &impl Connection, community: CommunityId, id: ClosureId, now: Timestamp) -> Result<()> {
    closure_span::Entity::delete_many()
        .filter(closure_span::Column::CommunityId.eq(community.0))
        .filter(closure_span::Column::ClosureId.eq(id.0))
        .exec(db)
        .await?;
    closure::Entity::update_many()
        .col_expr(closure::Column::UndoneAt, Expr::value(to_db(now)))
        .filter(closure::Column::CommunityId.eq(community.0))
        .filter(closure::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that a closure ended earlier than planned.
pub async fn end(db: &impl Connection, community: CommunityId, id: ClosureId, at: Timestamp) -> Result<()> {
    closure::Entity::update_many()
        .col_expr(closure::Column::EndsAt, Expr::value(to_db(at)))
        .filter(closure::Column::CommunityId.eq(community.0))
        .filter(closure::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
