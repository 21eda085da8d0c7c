//! Messages about changes that wait, and what is added to them before they leave.

use std::collections::BTreeMap;

use entities::{delivery, notification};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Result, to_db};
use super::batch::event_of;
use crate::domain::id::{CommunityId, NotificationId, ResidentId};
use crate::domain::notification::{Event, Status};

/// A message about changes that has not left.
#[derive(Clone, Debug)]
pub struct WaitingChange {
    /// Which.
    pub id: NotificationId,
    /// What it tells.
    pub event: Event,
    /// The sessions it is about, as JSON.
    pub facts: String,
    /// Whether robots hear of it, and have not yet.
    pub to_robots: bool,
}

const CHANGES: [Event; 4] = [Event::Cancelled, Event::Moved, Event::Restored, Event::ScheduleChanged];

/// Messages about changes that wait for any of these people, and of which no worker has taken anything up; the oldest first.
///
/// # Errors
/// [`Error::Inconsistent`](super::super::Error::Inconsistent) when an event is unknown.
pub async fn waiting_changes(
    conn: &impl Connection,
    community: CommunityId,
    residents: &[ResidentId],
) -> Result<Vec<WaitingChange>> {
    let mut waiting: BTreeMap<Uuid, WaitingChange> = BTreeMap::new();
    for residents in residents.chunks(500) {
        let ids: Vec<Uuid> = delivery::Entity::find()
            .inner_join(notification::Entity)
            .select_only()
            .column(delivery::Column::NotificationId)
            .distinct()
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::ResidentId.is_in(residents.iter().map(|id| id.0)))
            .filter(delivery::Column::Status.eq(Status::Due.as_str()))
            .filter(delivery::Column::Attempts.eq(0))
            .filter(notification::Column::Event.is_in(CHANGES.iter().map(|event| event.as_str())))
            .into_tuple()
            .all(conn)
            .await?;
        let rows = notification::Entity::find()
            .filter(notification::Column::CommunityId.eq(community.0))
            .filter(notification::Column::Id.is_in(ids))
            .all(conn)
            .await?;
        for row in rows {
            let event = event_of(&row)?;
            let of = |query: sea_orm::Select<delivery::Entity>| {
                query
                    .filter(delivery::Column::CommunityId.eq(community.0))
                    .filter(delivery::Column::NotificationId.eq(row.id))
            };
            let taken = of(delivery::Entity::find())
                .filter(delivery::Column::Status.is_in(["leased", "sending"]))
                .count(conn)
                .await?;
            if taken > 0 {
                continue;
            }
            let robots = of(delivery::Entity::find())
                .filter(delivery::Column::Channel.eq("robot"))
                .filter(delivery::Column::Status.eq(Status::Due.as_str()))
                .filter(delivery::Column::Attempts.eq(0))
                .count(conn)
                .await?;
            waiting.insert(
                row.id,
                WaitingChange {
                    id: row.id.into(),
                    event,
                    facts: row.facts,
                    to_robots: robots > 0,
                },
            );
        }
    }
    Ok(waiting.into_values().collect())
}

/// Takes hold of the deliveries of a message that wait for these people: they leave at `due_at` when that is earlier, and are of use until
/// `expires_at` when that is later; somebody phones at `hurry_at` when that is earlier. Gives whose are held. No worker takes them up before the end of the transaction.
///
/// # Errors
/// When the database cannot be asked.
#[expect(clippy::too_many_arguments, reason = "each is one column")]
pub async fn hold_waiting(
    conn: &impl Connection,
    community: CommunityId,
    id: NotificationId,
    residents: &[ResidentId],
    due_at: Timestamp,
    expires_at: Timestamp,
    hurry_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<ResidentId>> {
    let mut held = Vec::new();
    let sooner = hurry_at.map(|at| {
        let waits_longer = Expr::col(delivery::Column::HurryAt)
            .is_null()
            .or(Expr::col(delivery::Column::HurryAt).gt(to_db(at)));
        Expr::case(waits_longer, Expr::value(to_db(at))).finally(Expr::col(delivery::Column::HurryAt))
    });
    let earlier = Expr::case(
        Expr::col(delivery::Column::DueAt).gt(to_db(due_at)),
        Expr::value(to_db(due_at)),
    )
    .finally(Expr::col(delivery::Column::DueAt));
    let later = Expr::case(
        Expr::col(delivery::Column::ExpiresAt).lt(to_db(expires_at)),
        Expr::value(to_db(expires_at)),
    )
    .finally(Expr::col(delivery::Column::ExpiresAt));
    for residents in residents.chunks(500) {
        let mut update = delivery::Entity::update_many();
        if let Some(sooner) = &sooner {
            update = update.col_expr(delivery::Column::HurryAt, sooner.clone().into());
        }
        let rows = update
            .col_expr(delivery::Column::DueAt, earlier.clone().into())
            .col_expr(delivery::Column::ExpiresAt, later.clone().into())
            .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::NotificationId.eq(id.0))
            .filter(delivery::Column::ResidentId.is_in(residents.iter().map(|id| id.0)))
            .filter(delivery::Column::Status.eq(Status::Due.as_str()))
            .filter(delivery::Column::Attempts.eq(0))
            .exec_with_returning(conn)
            .await?;
        held.extend(rows.into_iter().filter_map(|row| row.resident_id.map(ResidentId::from)));
    }
    Ok(held)
}

/// Changes what a message tells, before it leaves.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_facts(
    conn: &impl Connection,
    community: CommunityId,
    id: NotificationId,
    event: Event,
    facts: &str,
    expires_at: Timestamp,
) -> Result<()> {
    let later = Expr::case(
        Expr::col(notification::Column::ExpiresAt).lt(to_db(expires_at)),
        Expr::value(to_db(expires_at)),
    )
    .finally(Expr::col(notification::Column::ExpiresAt));
    notification::Entity::update_many()
        .col_expr(notification::Column::Event, Expr::value(event.as_str()))
        .col_expr(notification::Column::Facts, Expr::value(facts))
        .col_expr(notification::Column::ExpiresAt, later.into())
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::Id.eq(id.0))
        .exec(conn)
        .await?;
    Ok(())
}
