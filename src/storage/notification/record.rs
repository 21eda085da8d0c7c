//! Writing down what a worker does with its deliveries: that they begin to leave, and how that ended. Many at once, because each commit waits
//! for the disk. Each row is changed only while it still is the worker's: owner and epoch are compared, and what hits no row is thrown away.

use std::collections::{BTreeMap, HashSet};

use entities::{attempt, delivery};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UpdateStatement, Value, ValueTuple};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
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
    /// The words.
    pub subject: String,
    /// The words.
    pub body: String,
}

/// A try that ended. That one is under way is said by its delivery alone: a row is written when it is known how it ended.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The try.
    pub id: AttemptId,
    /// When it began.
    pub began: Timestamp,
    /// How it ended: `sent`, `retry`, `rejected` or `unknown`.
    pub outcome: &'static str,
    /// The other side's words.
    pub detail: String,
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
    /// The attempt that ended.
    pub attempt: Option<Tried>,
    /// The words, when they are to be kept without having been sent.
    pub words: Option<(String, String)>,
    /// The way that is taken instead, with the id of the delivery over it.
    pub instead: Option<(ChannelKind, DeliveryId)>,
    /// The mail address that was refused for good.
    pub bounced: Option<String>,
}

impl End {
    /// Whether it is nothing but that the message left.
    fn is_plain(&self) -> bool {
        self.status == Status::Sent
            && self.from == Status::Sending
            && self.due_at.is_none()
            && self.error.is_none()
            && self.words.is_none()
            && self.instead.is_none()
    }
}

/// How many rows are joined to a statement: the databases keep the plans of statements by their words, so there should be few different ones.
const STEPS: [usize; 10] = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128];

/// Rows as a table. Rows of nothing, which hit none, fill it up to the next of [`STEPS`].
fn table(mut rows: Vec<Vec<Value>>) -> SelectStatement {
    let step = STEPS.into_iter().find(|step| *step >= rows.len());
    if let (Some(first), Some(step)) = (rows.first(), step) {
        let nothing: Vec<Value> = first.iter().map(Value::as_null).collect();
        rows.resize(step, nothing);
    }
    let mut values = Query::select();
    values.column(sea_orm::sea_query::Asterisk);
    values.from_values(rows.into_iter().map(ValueTuple::Many), "given");
    values
}

/// Joins `rows`: `(community, id, …)`.
fn join(update: &mut UpdateStatement, rows: Vec<Vec<Value>>) {
    update
        .from(sea_orm::sea_query::TableRef::SubQuery(
            Box::new(table(rows)),
            "rows".into(),
        ))
        .and_where(own("community_id").eq(given(1)))
        .and_where(own("id").eq(given(2)));
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

/// Says that the first bytes are about to leave: stores the words. Gives those that are still the worker's; the others must not be sent.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn start(
    conn: &impl Connection,
    owner: Uuid,
    starts: &[Start],
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
    join(&mut update, rows.collect());
    update
        .and_where(own("lease_owner").eq(owner))
        .and_where(own("lease_epoch").eq(given(3)))
        .and_where(own("status").eq("leased"));
    let hit = conn.execute(&update).await?.rows_affected();
    let all = starts.iter().map(|start| &start.leased);
    // Nobody else can say of a lease of ours that it is being sent.
    let hits = own("lease_owner").eq(owner).and(own("status").eq("sending"));
    those_hit(conn, all, hit, hits).await
}

/// Ends what a worker did with deliveries. Gives those that were still the worker's; nothing is changed of the others.
///
/// # Errors
/// [`Error`](super::super::Error).
pub async fn end(conn: &impl Connection, owner: Uuid, ends: &[End], now: Timestamp) -> Result<HashSet<DeliveryId>> {
    if ends.is_empty() {
        return Ok(HashSet::new());
    }
    let (plain, others): (Vec<&End>, Vec<&End>) = ends.iter().partition(|end| end.is_plain());
    let mut ours = end_sent(conn, owner, &plain, now).await?;
    ours.extend(end_otherwise(conn, owner, &others, now).await?);
    let ours_only = || ends.iter().filter(|end| ours.contains(&end.leased.id));
    add_attempts(conn, ours_only(), now).await?;
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

/// Ends what simply left: nearly everything.
async fn end_sent(conn: &impl Connection, owner: Uuid, ends: &[&End], now: Timestamp) -> Result<HashSet<DeliveryId>> {
    let mut by_epoch: BTreeMap<i32, Vec<&End>> = BTreeMap::new();
    for end in ends {
        by_epoch.entry(end.leased.epoch).or_default().push(end);
    }
    let mut ours = HashSet::with_capacity(ends.len());
    for (epoch, ends) in by_epoch {
        let keys = ends
            .iter()
            .map(|end| vec![end.leased.community.0.into(), end.leased.id.0.into()]);
        let key = ["community_id", "id"].map(Expr::col);
        let update = Query::update()
            .table("delivery")
            .values([
                ("status", Expr::value(Status::Sent.as_str())),
                ("lease_owner", Expr::value(None::<Uuid>)),
                ("lease_until", Expr::value(None::<DateTimeUtc>)),
                ("last_error", Expr::value(None::<String>)),
                ("sent_at", Expr::value(to_db(now))),
                ("updated_at", Expr::value(to_db(now))),
            ])
            .and_where(Expr::tuple(key).in_subquery(table(keys.collect())))
            .and_where(own("lease_owner").eq(owner))
            .and_where(own("lease_epoch").eq(epoch))
            .and_where(own("status").eq(Status::Sending.as_str()))
            .to_owned();
        let hit = conn.execute(&update).await?.rows_affected();
        ours.extend(those_hit(conn, ends.iter().map(|end| &end.leased), hit, let_go(now)).await?);
    }
    Ok(ours)
}

/// Ends everything else, each in its own way.
async fn end_otherwise(
    conn: &impl Connection,
    owner: Uuid,
    ends: &[&End],
    now: Timestamp,
) -> Result<HashSet<DeliveryId>> {
    if ends.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = conn.get_database_backend();
    let mut update = Query::update();
    update.table("delivery").values([
        ("status", given(5)),
        ("lease_owner", Expr::value(None::<Uuid>)),
        ("lease_until", Expr::value(None::<DateTimeUtc>)),
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
    join(&mut update, rows.collect());
    update
        .and_where(own("lease_owner").eq(owner))
        .and_where(own("lease_epoch").eq(given(3)))
        .and_where(own("status").eq(given(4)));
    let hit = conn.execute(&update).await?.rows_affected();
    those_hit(conn, ends.iter().map(|end| &end.leased), hit, let_go(now)).await
}

/// What a delivery looks like that was just ended. Whoever took one over has raised its number.
fn let_go(now: Timestamp) -> SimpleExpr {
    own("lease_owner").is_null().and(own("updated_at").eq(to_db(now)))
}

/// Which deliveries a statement has just changed, by how many it was: mostly all, and then nothing need be asked. Else those whose lease is still
/// the one that was named and that `hits` says were changed.
async fn those_hit<'a>(
    conn: &impl Connection,
    all: impl ExactSizeIterator<Item = &'a Leased>,
    hit: u64,
    hits: SimpleExpr,
) -> Result<HashSet<DeliveryId>> {
    if hit == 0 {
        return Ok(HashSet::new());
    }
    if hit == all.len() as u64 {
        return Ok(all.map(|leased| leased.id).collect());
    }
    let one = |leased: &Leased| {
        delivery::Column::CommunityId
            .eq(leased.community.0)
            .and(delivery::Column::Id.eq(leased.id.0))
            .and(delivery::Column::LeaseEpoch.eq(leased.epoch))
    };
    let ids: Vec<Uuid> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Id)
        .filter(all.fold(Condition::any(), |any, leased| any.add(one(leased))))
        .filter(hits)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(DeliveryId).collect())
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

async fn add_attempts(conn: &impl Connection, ends: impl Iterator<Item = &End>, now: Timestamp) -> Result<()> {
    let rows = ends.filter_map(|end| {
        let tried = end.attempt.as_ref()?;
        Some(attempt_row(&end.leased, end.leased.attempts + 1, tried, now))
    });
    insert_attempts(conn, &rows.collect::<Vec<_>>()).await
}

/// Writes down of deliveries whose worker went away while sending that nobody knows how the try ended that was under way.
pub(super) async fn add_lost(conn: &impl Connection, lost: &[(Leased, Tried)], now: Timestamp) -> Result<()> {
    let rows = lost
        .iter()
        .map(|(leased, tried)| attempt_row(leased, leased.attempts, tried, now));
    insert_attempts(conn, &rows.collect::<Vec<_>>()).await
}

fn attempt_row(leased: &Leased, number: i32, tried: &Tried, now: Timestamp) -> attempt::ActiveModel {
    attempt::ActiveModel {
        community_id: Set(leased.community.0),
        id: Set(tried.id.0),
        delivery_id: Set(leased.id.0),
        number: Set(number),
        started_at: Set(to_db(tried.began)),
        ended_at: Set(Some(to_db(now))),
        outcome: Set(tried.outcome.to_owned()),
        detail: Set(tried.detail.clone()),
    }
}

async fn insert_attempts(conn: &impl Connection, mut rows: &[attempt::ActiveModel]) -> Result<()> {
    while let Some(step) = STEPS.into_iter().rfind(|step| *step <= rows.len()) {
        let (some, rest) = rows.split_at(step);
        attempt::Entity::insert_many(some.iter().cloned())
            .exec_without_returning(conn)
            .await?;
        rows = rest;
    }
    Ok(())
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
