//! Writing down what a worker does with its deliveries: that they begin to leave, and how that ended. Many at once, because each commit waits
//! for the disk. Each row is changed only while it still is the worker's: owner and epoch are compared, and what hits no row is thrown away.

use std::collections::HashSet;

use entities::{attempt, delivery};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr, UpdateStatement, Value, ValueTuple};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::super::{Connection, Result, to_db};
use super::{Leased, NewDelivery, add_deliveries};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AttemptId, DeliveryId};
use crate::domain::notification::{Status, URGENT};

/// A delivery whose first byte is about to leave.
#[derive(Clone, Debug)]
pub struct Start {
    /// Which.
    pub leased: Leased,
    /// The try.
    pub attempt: AttemptId,
    /// The words.
    pub subject: String,
    /// The words.
    pub body: String,
}

/// How a delivery goes on after a worker had it.
#[derive(Clone, Debug)]
pub struct End {
    /// Which.
    pub leased: Leased,
    /// The state in which the worker left it: [`Status::Leased`] when nothing was tried, else [`Status::Sending`].
    pub from: Status,
    /// Its next state.
    pub status: Status,
    /// When to try again.
    pub due_at: Option<Timestamp>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// The attempt that ended, with its outcome and the other side's words.
    pub attempt: Option<(AttemptId, &'static str, String)>,
    /// The words, when they are to be kept without having been sent.
    pub words: Option<(String, String)>,
    /// The way that is taken instead, with the id of the delivery over it.
    pub instead: Option<(ChannelKind, DeliveryId)>,
    /// The mail address that was refused for good.
    pub bounced: Option<String>,
}

/// The rows of `values`, as a table to join: `(community, id, …)`.
fn join(update: &mut UpdateStatement, table: &'static str, rows: Vec<Vec<Value>>) {
    let mut values = Query::select();
    values.column(sea_orm::sea_query::Asterisk);
    values.from_values(rows.into_iter().map(ValueTuple::Many), "given");
    update
        .from(sea_orm::sea_query::TableRef::SubQuery(Box::new(values), "rows".into()))
        .and_where(Expr::col((table, "community_id")).eq(given(1)))
        .and_where(Expr::col((table, "id")).eq(given(2)));
}

/// A column of the joined rows, counted from 1, as both databases name them.
fn given(column: usize) -> SimpleExpr {
    Expr::col(("rows", format!("column{column}")))
}

/// Columns of the row itself.
fn own(column: &'static str) -> SimpleExpr {
    Expr::col(("delivery", column))
}

/// The same as [`given`], for a time: PostgreSQL takes an absent one for text.
fn given_time(column: usize, backend: DbBackend) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => given(column).cast_as("timestamptz"),
        _ => given(column),
    }
}

/// Says that the first bytes are about to leave: stores words and attempts. Gives those that are still the worker's; the others must not be sent.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn start(
    conn: &impl Connection,
    owner: Uuid,
    starts: &[Start],
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<HashSet<DeliveryId>> {
    if starts.is_empty() {
        return Ok(HashSet::new());
    }
    let mut update = Query::update();
    update.table("delivery").values([
        ("status", Expr::value("sending")),
        ("attempts", own("attempts").add(1)),
        ("subject", given(4)),
        ("body", given(5)),
        ("lease_until", Expr::value(to_db(lease_until))),
        ("updated_at", Expr::value(to_db(now))),
    ]);
    let rows = starts.iter().map(|start| {
        vec![
            start.leased.community.0.into(),
            start.leased.id.0.into(),
            start.leased.epoch.into(),
            start.subject.clone().into(),
            start.body.clone().into(),
        ]
    });
    join(&mut update, "delivery", rows.collect());
    update
        .and_where(own("lease_owner").eq(owner))
        .and_where(own("lease_epoch").eq(given(3)))
        .and_where(own("status").eq("leased"))
        .returning(Query::returning().exprs([Expr::col(("delivery", "id"))]));
    let ours = ids(conn, &update).await?;
    let attempts: Vec<_> = starts
        .iter()
        .filter(|start| ours.contains(&start.leased.id))
        .map(|start| attempt::ActiveModel {
            community_id: Set(start.leased.community.0),
            id: Set(start.attempt.0),
            delivery_id: Set(start.leased.id.0),
            number: Set(start.leased.attempts + 1),
            started_at: Set(to_db(now)),
            ended_at: Set(None),
            outcome: Set("sending".to_owned()),
            detail: Set(String::new()),
        })
        .collect();
    if !attempts.is_empty() {
        attempt::Entity::insert_many(attempts)
            .exec_without_returning(conn)
            .await?;
    }
    Ok(ours)
}

/// Ends what a worker did with deliveries. Gives those that were still the worker's; nothing is changed of the others.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn end(conn: &impl Connection, owner: Uuid, ends: &[End], now: Timestamp) -> Result<HashSet<DeliveryId>> {
    if ends.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = conn.get_database_backend();
    let mut update = Query::update();
    update.table("delivery").values([
        ("status", given(5)),
        ("lease_owner", Expr::value(None::<Uuid>)),
        ("lease_until", Expr::value(None::<sea_orm::prelude::DateTimeUtc>)),
        ("due_at", given_time(6, backend)),
        ("last_error", given(7)),
        ("sent_at", given_time(8, backend)),
        ("channel", given(9)),
        ("updated_at", Expr::value(to_db(now))),
    ]);
    let rows = ends.iter().map(|end| {
        let sent_at = (end.status == Status::Sent).then(|| to_db(now));
        let channel = match end.status {
            Status::ToCall => "call",
            _ => end.leased.channel.as_str(),
        };
        vec![
            end.leased.community.0.into(),
            end.leased.id.0.into(),
            end.leased.epoch.into(),
            end.from.as_str().into(),
            end.status.as_str().into(),
            to_db(end.due_at.unwrap_or(end.leased.due_at)).into(),
            end.error.clone().into(),
            sent_at.into(),
            channel.into(),
        ]
    });
    join(&mut update, "delivery", rows.collect());
    update
        .and_where(own("lease_owner").eq(owner))
        .and_where(own("lease_epoch").eq(given(3)))
        .and_where(own("status").eq(given(4)))
        .returning(Query::returning().exprs([Expr::col(("delivery", "id"))]));
    let ours = ids(conn, &update).await?;
    let ours_only = || ends.iter().filter(|end| ours.contains(&end.leased.id));
    end_attempts(conn, ours_only(), now).await?;
    for end in ours_only() {
        if let Some((channel, id)) = end.instead {
            go_on(conn, &end.leased, channel, id, now).await?;
        }
        let Some((subject, body)) = &end.words else { continue };
        delivery::Entity::update_many()
            .col_expr(delivery::Column::Subject, Expr::value(subject))
            .col_expr(delivery::Column::Body, Expr::value(body))
            .filter(delivery::Column::CommunityId.eq(end.leased.community.0))
            .filter(delivery::Column::Id.eq(end.leased.id.0))
            .exec(conn)
            .await?;
    }
    Ok(ours)
}

/// Stores the delivery that takes another way than the one given up.
async fn go_on(
    conn: &impl Connection,
    given_up: &Leased,
    channel: ChannelKind,
    id: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    let new = NewDelivery {
        resident: given_up.resident,
        partner: given_up.partner,
        account: given_up.account,
        // The next way has its own time.
        hurry_at: given_up.hurry_at.map(|_| now + URGENT),
        ..NewDelivery::over(id, channel)
    };
    let home = given_up.community;
    add_deliveries(conn, home, given_up.notification, now, given_up.expires_at, &[new], now).await
}

async fn end_attempts(conn: &impl Connection, ends: impl Iterator<Item = &End>, now: Timestamp) -> Result<()> {
    let rows: Vec<Vec<Value>> = ends
        .filter_map(|end| {
            let (attempt, outcome, detail) = end.attempt.as_ref()?;
            Some(vec![
                end.leased.community.0.into(),
                attempt.0.into(),
                (*outcome).into(),
                detail.clone().into(),
            ])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut update = Query::update();
    update.table("attempt").values([
        ("ended_at", Expr::value(to_db(now))),
        ("outcome", given(3)),
        ("detail", given(4)),
    ]);
    join(&mut update, "attempt", rows);
    conn.execute(&update).await?;
    Ok(())
}

async fn ids(conn: &impl Connection, update: &UpdateStatement) -> Result<HashSet<DeliveryId>> {
    let rows = conn.query_all(update).await?;
    let mut ids = HashSet::with_capacity(rows.len());
    for row in rows {
        ids.insert(DeliveryId(row.try_get::<Uuid>("", "id")?));
    }
    Ok(ids)
}

/// Closes attempts of a delivery that nobody ended (their worker died), and says how many tries of it went unanswered.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn close_open_attempts(conn: &impl Connection, leased: &Leased, now: Timestamp) -> Result<i32> {
    attempt::Entity::update_many()
        .col_expr(attempt::Column::EndedAt, Expr::value(to_db(now)))
        .col_expr(attempt::Column::Outcome, Expr::value("unknown"))
        .col_expr(attempt::Column::Detail, Expr::value("the worker stopped while sending"))
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("sending"))
        .exec(conn)
        .await?;
    unanswered(conn, leased).await
}

/// How many tries of a delivery went unanswered.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn unanswered(conn: &impl Connection, leased: &Leased) -> Result<i32> {
    let count = attempt::Entity::find()
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("unknown"))
        .count(conn)
        .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}
