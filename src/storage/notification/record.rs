//! Writing down what a worker does with its deliveries: that they begin to leave, and how that ended. Many at once, because each commit waits
//! for the disk. Each row is changed only while it still is the worker's: owner and epoch are compared, and what hits no row is thrown away.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use entities::{attempt, delivery};
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UpdateStatement, Value, ValueTuple};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

use super::super::{Connection, Db, Result, to_db};
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
const STEPS: [usize; 11] = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192];

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

/// What a worker writes down in one go, put into statements before it has the database to itself: on SQLite everybody who changes something waits
/// for whoever is writing.
pub struct Page {
    owner: Uuid,
    now: Timestamp,
    ends: Arc<Vec<End>>,
    end_words: EndWords,
    starts: Arc<Vec<Start>>,
    start_words: Option<Statement>,
}

impl Page {
    /// That `starts` begin to leave and `ends` have ended.
    pub fn new(db: &Db, owner: Uuid, ends: Arc<Vec<End>>, starts: Arc<Vec<Start>>, now: Timestamp) -> Self {
        let backend = db.reader().get_database_backend();
        Self {
            owner,
            now,
            end_words: EndWords::new(backend, owner, &ends, now),
            start_words: start_words(backend, owner, &starts, now),
            ends,
            starts,
        }
    }

    /// Writes it down. Gives the deliveries that have ended and those that may leave, as far as they still were the worker's; nothing is changed of
    /// the others.
    ///
    /// # Errors
    /// [`Error`](super::super::Error).
    pub async fn write(self, conn: &impl Connection) -> Result<(HashSet<DeliveryId>, HashSet<DeliveryId>)> {
        let ended = end_as(conn, self.end_words, &self.ends, self.now).await?;
        let begun = start_as(conn, self.start_words, self.owner, &self.starts).await?;
        Ok((ended, begun))
    }
}

/// The statement that says that the first bytes are about to leave, with the words; none where nothing begins.
fn start_words(backend: DbBackend, owner: Uuid, starts: &[Start], now: Timestamp) -> Option<Statement> {
    if starts.is_empty() {
        return None;
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
    Some(backend.build(&update))
}

/// Says so. Gives those that are still the worker's; the others must not be sent.
async fn start_as(
    conn: &impl Connection,
    words: Option<Statement>,
    owner: Uuid,
    starts: &[Start],
) -> Result<HashSet<DeliveryId>> {
    let Some(words) = words else { return Ok(HashSet::new()) };
    let hit = conn.execute_raw(words).await?.rows_affected();
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
    let words = EndWords::new(conn.get_database_backend(), owner, ends, now);
    end_as(conn, words, ends, now).await
}

/// The statements that end deliveries, each of the first with the places of the ends it is about.
struct EndWords {
    /// What simply left, by the number of its lease: nearly everything.
    sent: Vec<(Statement, Vec<usize>)>,
    /// Everything else, each in its own way.
    others: Option<(Statement, Vec<usize>)>,
    /// The tries of them all.
    attempts: Option<Statement>,
}

impl EndWords {
    fn new(backend: DbBackend, owner: Uuid, ends: &[End], now: Timestamp) -> Self {
        let mut by_epoch: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        let mut others = Vec::new();
        for (at, end) in ends.iter().enumerate() {
            if end.is_plain() {
                by_epoch.entry(end.leased.epoch).or_default().push(at);
            } else {
                others.push(at);
            }
        }
        let pick = |places: &[usize]| places.iter().map(|at| &ends[*at]).collect::<Vec<_>>();
        let sent = by_epoch
            .into_iter()
            .map(|(epoch, places)| (end_sent(backend, owner, epoch, &pick(&places), now), places))
            .collect();
        let others = (!others.is_empty()).then(|| (end_otherwise(backend, owner, &pick(&others), now), others));
        Self {
            sent,
            others,
            attempts: attempts_of(backend, ends.iter(), now),
        }
    }
}

async fn end_as(conn: &impl Connection, words: EndWords, ends: &[End], now: Timestamp) -> Result<HashSet<DeliveryId>> {
    let mut ours = HashSet::with_capacity(ends.len());
    for (statement, places) in words.sent.into_iter().chain(words.others) {
        let hit = conn.execute_raw(statement).await?.rows_affected();
        let all = places.iter().map(|at| &ends[*at].leased);
        ours.extend(those_hit(conn, all, hit, let_go(now)).await?);
    }
    let ours_only = || ends.iter().filter(|end| ours.contains(&end.leased.id));
    let attempts = if ours.len() == ends.len() {
        words.attempts
    } else {
        // Seldom: some are somebody else's by now.
        attempts_of(conn.get_database_backend(), ours_only(), now)
    };
    if let Some(attempts) = attempts {
        conn.execute_raw(attempts).await?;
    }
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

/// Ends what simply left under leases of one number.
fn end_sent(backend: DbBackend, owner: Uuid, epoch: i32, ends: &[&End], now: Timestamp) -> Statement {
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
    backend.build(&update)
}

/// Ends everything else, each in its own way.
fn end_otherwise(backend: DbBackend, owner: Uuid, ends: &[&End], now: Timestamp) -> Statement {
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
    backend.build(&update)
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

/// The statement that writes down the tries of `ends`; none where nothing was tried.
fn attempts_of<'a>(backend: DbBackend, ends: impl Iterator<Item = &'a End>, now: Timestamp) -> Option<Statement> {
    let rows = ends.filter_map(|end| {
        let tried = end.attempt.as_ref()?;
        Some(attempt_row(&end.leased, end.leased.attempts + 1, tried, now))
    });
    insert_attempts(backend, rows.collect())
}

/// Writes down of deliveries whose worker went away while sending that nobody knows how the try ended that was under way.
pub(super) async fn add_lost(conn: &impl Connection, lost: &[(Leased, Tried)], now: Timestamp) -> Result<()> {
    let rows = lost
        .iter()
        .map(|(leased, tried)| attempt_row(leased, leased.attempts, tried, now));
    if let Some(insert) = insert_attempts(conn.get_database_backend(), rows.collect()) {
        conn.execute_raw(insert).await?;
    }
    Ok(())
}

const ATTEMPT: [attempt::Column; 8] = [
    attempt::Column::CommunityId,
    attempt::Column::Id,
    attempt::Column::DeliveryId,
    attempt::Column::Number,
    attempt::Column::StartedAt,
    attempt::Column::EndedAt,
    attempt::Column::Outcome,
    attempt::Column::Detail,
];

/// A row of [`ATTEMPT`].
fn attempt_row(leased: &Leased, number: i32, tried: &Tried, now: Timestamp) -> Vec<Value> {
    vec![
        leased.community.0.into(),
        tried.id.0.into(),
        leased.id.0.into(),
        number.into(),
        to_db(tried.began).into(),
        to_db(now).into(),
        tried.outcome.into(),
        tried.detail.clone().into(),
    ]
}

fn insert_attempts(backend: DbBackend, rows: Vec<Vec<Value>>) -> Option<Statement> {
    if rows.is_empty() {
        return None;
    }
    let mut given = table(rows);
    // Rows that only fill up.
    given.and_where(Expr::col("column1").is_not_null());
    given.clear_selects();
    given.columns((1..=ATTEMPT.len()).map(|column| format!("column{column}")));
    let mut insert = Query::insert();
    insert.into_table(attempt::Entity).columns(ATTEMPT);
    insert
        .select_from(given)
        .expect("the table has a column for each that is written");
    Some(backend.build(&insert))
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
