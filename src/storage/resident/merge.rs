//! Merging two residents, row by row; [`ledger`] keeps what moved.
//!
//! What points at a resident, and what becomes of it: `attendance` and `enrolment` (moved, folded or raised: `domain::merge`), `rollover` (moved; folded
//! when both were asked about one term), `delivery` (moved; an open message that the survivor gets too is dropped), `consent` (moved),
//! `series_enrolment` (moved; folded when both are signed up for one series), `absence` (moved, but for a session where both have one), `opt_out` (moved, but for a channel that both refused), `card` and
//! `sheet_row` (they stay, and lead to the survivor), `resident_merge` and `resident_apart` (they stay: they tell of this very row). A test compares [`POINTERS`] with the foreign keys of the database.

mod ledger;

pub use ledger::{Merge, Move, find, from_kept, kept, moves, of, record, set_undone};

use std::collections::{HashMap, HashSet};

use entities::{
    absence, attendance, consent, delivery, enrolment, opt_out, resident, rollover, series_enrolment, session,
};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Stored;
use crate::domain::attendance::Row;
use crate::domain::id::{AttendanceId, CommunityId, ResidentId, SessionId};
use crate::domain::merge::Moved;
use crate::domain::resident::Enrolment;
use crate::storage::attendance::{self as rows, Reassign};
use crate::storage::{Connection, Result, to_db};

/// Every column that points at a resident.
pub const POINTERS: [(&str, &str); 14] = [
    ("absence", "resident_id"),
    ("attendance", "resident_id"),
    ("card", "resident_id"),
    ("consent", "resident_id"),
    ("delivery", "resident_id"),
    ("enrolment", "resident_id"),
    ("opt_out", "resident_id"),
    ("resident_apart", "first_id"),
    ("resident_apart", "second_id"),
    ("resident_merge", "merged_id"),
    ("resident_merge", "survivor_id"),
    ("rollover", "resident_id"),
    ("series_enrolment", "resident_id"),
    ("sheet_row", "resident_id"),
];

/// States of a delivery that is still to be seen to.
const OPEN: [&str; 6] = ["due", "retry", "to_call", "unknown", "dead", "kept"];

/// The sessions at which a resident was counted or is signed up, locked in the order of their ids until the transaction ends. Sessions come before
/// residents, as everywhere else.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_sessions_of(
    txn: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
) -> Result<HashSet<SessionId>> {
    let counted: Vec<Uuid> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::SessionId)
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::ResidentId.eq(resident.0))
        .into_tuple()
        .all(txn)
        .await?;
    let signed_up: Vec<Uuid> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::SessionId)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.eq(resident.0))
        .into_tuple()
        .all(txn)
        .await?;
    let mut all: Vec<Uuid> = counted.into_iter().chain(signed_up).collect();
    all.sort_unstable();
    all.dedup();
    lock_sessions(txn, community, &all).await?;
    Ok(all.into_iter().map(SessionId::from).collect())
}

async fn lock_sessions(txn: &impl Connection, community: CommunityId, all: &[Uuid]) -> Result<()> {
    for some in all.chunks(500) {
        session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(some.iter().copied()))
            .order_by_asc(session::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple::<Uuid>()
            .all(txn)
            .await?;
    }
    Ok(())
}

/// Residents, locked against everybody who would name them: whoever does so at this moment is waited for.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_residents(txn: &impl Connection, community: CommunityId, ids: &[ResidentId]) -> Result<Vec<Stored>> {
    let rows = resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(resident::Column::Id)
        .lock(LockType::Update)
        .all(txn)
        .await?;
    rows.into_iter().map(super::to_domain).collect()
}

/// Says whom a resident is merged into; none to make them stand for themselves again.
///
/// # Errors
/// When the database cannot store it.
pub async fn set_merged_into(
    txn: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    into: Option<ResidentId>,
    now: Timestamp,
) -> Result<()> {
    resident::Entity::update_many()
        .col_expr(resident::Column::MergedInto, Expr::value(into.map(|id| id.0)))
        .col_expr(resident::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.eq(resident.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// The named rows of two residents.
///
/// # Errors
/// When the database cannot be asked.
pub async fn attendance_of(
    conn: &impl Connection,
    community: CommunityId,
    residents: [ResidentId; 2],
) -> Result<Vec<Row>> {
    let mut all = rows::rows_of(conn, community, residents[0]).await?;
    all.extend(rows::rows_of(conn, community, residents[1]).await?);
    Ok(all)
}

/// Gives named rows to the survivor; those that are folded count no more. The sessions of these must be locked.
///
/// # Errors
/// When the database cannot store it.
pub async fn move_attendance(
    txn: &impl Connection,
    community: CommunityId,
    moved: &[Moved],
    survivor: ResidentId,
    now: Timestamp,
) -> Result<Vec<Move>> {
    let ids = |folded: bool| -> Vec<AttendanceId> {
        moved
            .iter()
            .filter(|one| one.folded == folded)
            .map(|one| one.id)
            .collect()
    };
    rows::reassign(txn, community, &ids(false), survivor, Reassign::AsTheyAre).await?;
    rows::reassign(txn, community, &ids(true), survivor, Reassign::Withdraw(now)).await?;
    let mut moves = Vec::with_capacity(moved.len());
    for one in moved {
        if one.folded {
            rows::add_named(txn, community, one.session, -1, now).await?;
        }
        moves.push(Move {
            how: if one.folded { "folded" } else { "moved" }.to_owned(),
            ..Move::moved("attendance", one.id.0)
        });
    }
    Ok(moves)
}

/// Gives named rows back; those that were folded count again. How many could not be given back.
///
/// # Errors
/// When the database cannot store it.
pub async fn return_attendance(
    txn: &impl Connection,
    community: CommunityId,
    moves: &[Move],
    (survivor, merged): (ResidentId, ResidentId),
    now: Timestamp,
) -> Result<usize> {
    let theirs: HashMap<Uuid, Row> = rows::rows_of(txn, community, survivor)
        .await?
        .into_iter()
        .map(|row| (row.id.0, row))
        .collect();
    let (mut back, mut again, mut lost) = (Vec::new(), Vec::new(), 0);
    for one in moves.iter().filter(|one| one.kind == "attendance") {
        match theirs.get(&one.row) {
            None => lost += 1,
            Some(row) if one.how == "folded" && row.withdrawn => again.push(*row),
            Some(row) => back.push(row.id),
        }
    }
    rows::reassign(txn, community, &back, merged, Reassign::AsTheyAre).await?;
    let ids: Vec<AttendanceId> = again.iter().map(|row| row.id).collect();
    rows::reassign(txn, community, &ids, merged, Reassign::CountAgain).await?;
    for row in &again {
        rows::add_named(txn, community, row.session, 1, now).await?;
    }
    Ok(lost)
}

/// All sign-ups of a resident.
///
/// # Errors
/// When the database cannot be asked.
pub async fn enrolments_of(
    conn: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
) -> Result<Vec<Enrolment>> {
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.eq(resident.0))
        .order_by_asc(enrolment::Column::SessionId)
        .all(conn)
        .await?;
    rows.into_iter().map(crate::storage::enrolment::to_domain).collect()
}

/// Gives a sign-up to another resident, who must have none for its session.
///
/// # Errors
/// [`Error::Duplicate`](crate::storage::Error::Duplicate) when they have one.
pub async fn give_enrolment(txn: &impl Connection, community: CommunityId, id: Uuid, to: ResidentId) -> Result<()> {
    enrolment::Entity::update_many()
        .col_expr(enrolment::Column::ResidentId, Expr::value(to.0))
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Gives the rest to the survivor: consents, what was asked about new terms, sign-ups for all of a series, reasons for absence, messages.
///
/// # Errors
/// When the database cannot store it.
pub async fn move_rest(
    txn: &impl Connection,
    community: CommunityId,
    (survivor, merged): (ResidentId, ResidentId),
    now: Timestamp,
) -> Result<Vec<Move>> {
    let mut moves = Vec::new();
    let consents: Vec<Uuid> = consent::Entity::find()
        .select_only()
        .column(consent::Column::Id)
        .filter(consent::Column::CommunityId.eq(community.0))
        .filter(consent::Column::ResidentId.eq(merged.0))
        .into_tuple()
        .all(txn)
        .await?;
    moves.extend(consents.into_iter().map(|id| Move::moved("consent", id)));

    let asked = |who: ResidentId| {
        rollover::Entity::find()
            .filter(rollover::Column::CommunityId.eq(community.0))
            .filter(rollover::Column::ResidentId.eq(who.0))
    };
    let terms: HashSet<Uuid> = asked(survivor)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| row.term_id)
        .collect();
    for row in asked(merged).all(txn).await? {
        if !terms.contains(&row.term_id) {
            moves.push(Move::moved("rollover", row.id));
        } else if row.status == "asked" {
            set_state(txn, community, "rollover", row.id, "expired", now).await?;
            moves.push(Move::changed(
                "rollover",
                row.id,
                "folded",
                row.status,
                "expired".to_owned(),
            ));
        }
    }

    let told = |who: ResidentId| {
        delivery::Entity::find()
            .select_only()
            .columns([
                delivery::Column::Id,
                delivery::Column::NotificationId,
                delivery::Column::Status,
            ])
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::ResidentId.eq(who.0))
            .into_tuple::<(Uuid, Uuid, String)>()
    };
    let known: HashSet<Uuid> = told(survivor)
        .all(txn)
        .await?
        .into_iter()
        .map(|(_, about, _)| about)
        .collect();
    for (id, about, status) in told(merged).all(txn).await? {
        if known.contains(&about) && OPEN.contains(&status.as_str()) {
            set_state(txn, community, "delivery", id, "dropped", now).await?;
            moves.push(Move::changed("delivery", id, "folded", status, "dropped".to_owned()));
        } else {
            moves.push(Move::moved("delivery", id));
        }
    }
    moves.extend(fold_series(txn, community, (survivor, merged), now).await?);
    let absent = |who: ResidentId| {
        absence::Entity::find()
            .filter(absence::Column::CommunityId.eq(community.0))
            .filter(absence::Column::ResidentId.eq(who.0))
            .filter(absence::Column::WithdrawnAt.is_null())
    };
    let noted: HashSet<Uuid> = absent(survivor)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| row.session_id)
        .collect();
    let theirs = absent(merged).all(txn).await?.into_iter();
    moves.extend(
        theirs
            .filter(|row| !noted.contains(&row.session_id))
            .map(|row| Move::moved("absence", row.id)),
    );
    let refused = |who: ResidentId| {
        opt_out::Entity::find()
            .filter(opt_out::Column::CommunityId.eq(community.0))
            .filter(opt_out::Column::ResidentId.eq(who.0))
    };
    let own: HashSet<String> = refused(survivor)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| row.channel)
        .collect();
    let theirs = refused(merged).all(txn).await?.into_iter();
    moves.extend(
        theirs
            .filter(|row| !own.contains(&row.channel))
            .map(|row| Move::moved("opt_out", row.id)),
    );
    // Messages that are folded go along: the log tells them under the survivor.
    give_rest(txn, community, &moves, survivor).await?;
    Ok(moves)
}

/// Sign-ups for all of a series: the survivor has one where either had.
async fn fold_series(
    txn: &impl Connection,
    community: CommunityId,
    (survivor, merged): (ResidentId, ResidentId),
    now: Timestamp,
) -> Result<Vec<Move>> {
    const KIND: &str = "series_enrolment";
    let of = |who: ResidentId| {
        series_enrolment::Entity::find()
            .filter(series_enrolment::Column::CommunityId.eq(community.0))
            .filter(series_enrolment::Column::ResidentId.eq(who.0))
    };
    let own: HashMap<Uuid, series_enrolment::Model> = of(survivor)
        .all(txn)
        .await?
        .into_iter()
        .map(|row| (row.series_id, row))
        .collect();
    let mut moves = Vec::new();
    for theirs in of(merged).all(txn).await? {
        let Some(own) = own.get(&theirs.series_id) else {
            moves.push(Move::moved(KIND, theirs.id));
            continue;
        };
        if theirs.status != "active" {
            continue;
        }
        let (active, left) = ("active".to_owned(), "left".to_owned());
        if own.status != "active" {
            set_state(txn, community, KIND, own.id, &active, now).await?;
            moves.push(Move::changed(KIND, own.id, "raised", left.clone(), active.clone()));
        }
        set_state(txn, community, KIND, theirs.id, &left, now).await?;
        moves.push(Move::changed(KIND, theirs.id, "folded", active, left));
    }
    Ok(moves)
}

async fn set_state(
    txn: &impl Connection,
    community: CommunityId,
    kind: &str,
    id: Uuid,
    to: &str,
    now: Timestamp,
) -> Result<()> {
    if kind == "series_enrolment" {
        series_enrolment::Entity::update_many()
            .col_expr(series_enrolment::Column::Status, Expr::value(to))
            .col_expr(series_enrolment::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(series_enrolment::Column::CommunityId.eq(community.0))
            .filter(series_enrolment::Column::Id.eq(id))
            .exec(txn)
            .await?;
    } else if kind == "rollover" {
        rollover::Entity::update_many()
            .col_expr(rollover::Column::Status, Expr::value(to))
            .filter(rollover::Column::CommunityId.eq(community.0))
            .filter(rollover::Column::Id.eq(id))
            .exec(txn)
            .await?;
    } else {
        delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value(to))
            .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::Id.eq(id))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Gives the rest to a resident, those that a merge moved or folded (a folded question stays where it is: its term is asked once).
async fn give_rest(txn: &impl Connection, community: CommunityId, moves: &[Move], to: ResidentId) -> Result<()> {
    let ids = |kind: &str| -> Vec<Uuid> {
        moves
            .iter()
            .filter(|one| one.kind == kind && (one.how == "moved" || kind == "delivery"))
            .map(|one| one.row)
            .collect()
    };
    for some in ids("consent").chunks(500) {
        consent::Entity::update_many()
            .col_expr(consent::Column::ResidentId, Expr::value(to.0))
            .filter(consent::Column::CommunityId.eq(community.0))
            .filter(consent::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    for some in ids("rollover").chunks(500) {
        rollover::Entity::update_many()
            .col_expr(rollover::Column::ResidentId, Expr::value(to.0))
            .filter(rollover::Column::CommunityId.eq(community.0))
            .filter(rollover::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    for some in ids("series_enrolment").chunks(500) {
        series_enrolment::Entity::update_many()
            .col_expr(series_enrolment::Column::ResidentId, Expr::value(to.0))
            .filter(series_enrolment::Column::CommunityId.eq(community.0))
            .filter(series_enrolment::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    for some in ids("absence").chunks(500) {
        absence::Entity::update_many()
            .col_expr(absence::Column::ResidentId, Expr::value(to.0))
            .filter(absence::Column::CommunityId.eq(community.0))
            .filter(absence::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    for some in ids("opt_out").chunks(500) {
        opt_out::Entity::update_many()
            .col_expr(opt_out::Column::ResidentId, Expr::value(to.0))
            .filter(opt_out::Column::CommunityId.eq(community.0))
            .filter(opt_out::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    for some in ids("delivery").chunks(500) {
        delivery::Entity::update_many()
            .col_expr(delivery::Column::ResidentId, Expr::value(to.0))
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::Id.is_in(some.iter().copied()))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Gives the rest back, and what was folded its state where it was not changed since.
///
/// # Errors
/// When the database cannot store it.
pub async fn return_rest(
    txn: &impl Connection,
    community: CommunityId,
    moves: &[Move],
    merged: ResidentId,
    now: Timestamp,
) -> Result<()> {
    give_rest(txn, community, moves, merged).await?;
    for one in moves.iter().filter(|one| one.how != "moved") {
        let stands: Option<String> = match one.kind.as_str() {
            "rollover" => rollover::Entity::find_by_id((community.0, one.row))
                .one(txn)
                .await?
                .map(|row| row.status),
            "delivery" => delivery::Entity::find_by_id((community.0, one.row))
                .one(txn)
                .await?
                .map(|row| row.status),
            "series_enrolment" => series_enrolment::Entity::find_by_id((community.0, one.row))
                .one(txn)
                .await?
                .map(|row| row.status),
            _ => None,
        };
        if stands.as_deref() == Some(one.after.as_str()) {
            set_state(txn, community, &one.kind, one.row, &one.before, now).await?;
        }
    }
    Ok(())
}
