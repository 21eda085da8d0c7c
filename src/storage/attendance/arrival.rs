//! Entries that are plainly new, many at once: the counters of each session rise by one statement, and one statement stores the rows.

use std::collections::BTreeMap;

use entities::{attendance, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait as _, EntityTrait};

use crate::domain::attendance::{Counted, HEADCOUNT_TOTAL_MAX, Row};
use crate::domain::id::{AccountId, CommunityId, SessionId};
use crate::storage::{Error, Result, Txn, to_db};

/// One entry that is plainly new.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Where.
    pub community: CommunityId,
    /// The row to be.
    pub row: Row,
    /// The account that took it.
    pub by: Option<AccountId>,
    /// Its session must not start after this.
    pub latest_start: Timestamp,
    /// When it was taken.
    pub at: Timestamp,
}

/// What the entries of one session add to its counters.
struct Rise {
    named: i32,
    heads: i32,
    latest_start: Timestamp,
    at: Timestamp,
}

/// Why a lot of entries was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotPlain {
    /// A session is not there, is cancelled, starts too late, or has too many heads.
    #[error("attendance cannot be taken at one of the sessions")]
    NotOpen,
    /// The database refused: an entry or a resident is counted already, or unknown; or it could not be asked.
    #[error(transparent)]
    Storage(#[from] Error),
}

/// Stores all of these entries, and raises the counters of their sessions. Sessions and residents are taken in the order of their ids,
/// so that two lots never wait for each other.
///
/// # Errors
/// [`NotPlain`]: the transaction must then be given up, since counters may have risen.
pub async fn count_in(txn: &Txn, mut arrivals: Vec<Arrival>) -> Result<(), NotPlain> {
    let mut rises: BTreeMap<(CommunityId, SessionId), Rise> = BTreeMap::new();
    for arrival in &arrivals {
        let rise = rises.entry((arrival.community, arrival.row.session)).or_insert(Rise {
            named: 0,
            heads: 0,
            latest_start: arrival.latest_start,
            at: arrival.at,
        });
        match arrival.row.counted {
            Counted::Resident(_) => rise.named += 1,
            Counted::Heads(heads) => rise.heads += heads,
        }
        rise.latest_start = rise.latest_start.min(arrival.latest_start);
        rise.at = rise.at.max(arrival.at);
    }
    let mut starts = BTreeMap::new();
    for (key, rise) in &rises {
        starts.insert(*key, raise(txn, *key, rise).await?);
    }
    arrivals.sort_by_key(|arrival| match arrival.row.counted {
        Counted::Resident(resident) => Some(resident),
        Counted::Heads(_) => None,
    });
    let rows = arrivals.into_iter().filter_map(|arrival| {
        let starts_at = starts.get(&(arrival.community, arrival.row.session))?;
        let (resident, heads) = match arrival.row.counted {
            Counted::Resident(resident) => (Some(resident.0), 0),
            Counted::Heads(heads) => (None, heads),
        };
        Some(attendance::ActiveModel {
            community_id: Set(arrival.community.0),
            id: Set(arrival.row.id.0),
            session_id: Set(arrival.row.session.0),
            resident_id: Set(resident),
            headcount: Set(heads),
            session_starts_at: Set(*starts_at),
            recorded_at: Set(to_db(arrival.at)),
            recorded_by: Set(arrival.by.map(|account| account.0)),
            withdrawn_at: Set(None),
        })
    });
    attendance::Entity::insert_many(rows)
        .exec_without_returning(txn)
        .await
        .map_err(Error::from)?;
    Ok(())
}

/// Raises the counters of a session at which attendance can be taken; its start.
async fn raise(
    txn: &Txn,
    (community, id): (CommunityId, SessionId),
    rise: &Rise,
) -> Result<sea_orm::prelude::DateTimeUtc, NotPlain> {
    use session::Column::{CommunityId, Headcount, Id, Named, StartsAt, Status, UpdatedAt};
    let held = Expr::case(Expr::col(StartsAt).lte(to_db(rise.at)), Expr::value("held")).finally(Expr::col(Status));
    let raise = Query::update()
        .table(session::Entity)
        .value(Named, Expr::col(Named).add(rise.named))
        .value(Headcount, Expr::col(Headcount).add(rise.heads))
        .value(Status, held)
        .value(UpdatedAt, to_db(rise.at))
        .and_where(Expr::col(CommunityId).eq(community.0))
        .and_where(Expr::col(Id).eq(id.0))
        .and_where(Expr::col(Status).ne("cancelled"))
        .and_where(Expr::col(StartsAt).lte(to_db(rise.latest_start)))
        .and_where(Expr::col(Headcount).lte(HEADCOUNT_TOTAL_MAX.saturating_sub(rise.heads)))
        .returning(Query::returning().column(StartsAt))
        .to_owned();
    let raised = txn.query_one(&raise).await.map_err(Error::from)?;
    let raised = raised.ok_or(NotPlain::NotOpen)?;
    Ok(raised.try_get_by_index(0).map_err(Error::from)?)
}
