//! A help desk by matters: one tap is one 件, and counts the head of whoever came for it.
//!
//! The matter and the attendance row it makes are stored in one transaction, and both have the id that the device made: everything may be sent twice.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::{Context, Error, FieldError, Result, attendance};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::{CheckIn, Counted, Verdict as CheckedIn};
use crate::domain::id::{AccountId, AttendanceId, CommunityId, MatterId, SessionId};
use crate::domain::matter::{BATCH_MAX, Caller, Count, Entry, MATTER_CHARS, Row, SESSION_MAX, Verdict, by_list};
use crate::domain::planning::{Programme, ProgrammeKind};
use crate::domain::text;
use crate::storage::{self, Txn, matter as rows};

pub use crate::storage::matter::Taken;

/// The noun under which undone matters are remembered.
const NOUN: &str = "matter";
/// How many of the latest matters a page lists.
const LATEST: u64 = 20;

/// Records matters at a help desk; what became of each, in order. Those that cannot be accepted do not hold the others up.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::State`] when the session is no help desk, is cancelled or more than a day away;
/// [`Error::Invalid`] for more than [`BATCH_MAX`] entries; [`Error::Storage`].
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    entries: Vec<Entry>,
) -> Result<Vec<Verdict>> {
    may(actor, Action::TakeAttendance, community)?;
    if entries.len() > BATCH_MAX {
        let error = FieldError::new("items", "matter-too-many", entries.len().to_string()).with("max", BATCH_MAX);
        return Err(Error::Invalid(vec![error]));
    }
    let now = ctx.now();
    let by = actor.account();
    let mut met = false;
    loop {
        let entries = entries.clone();
        let done = ctx
            .db
            .write(async move |txn: &Txn| enter(txn, community, session, &entries, by, now).await)
            .await;
        match done {
            // Another session took the same id at this very moment: the second look finds it.
            Err(Error::Storage(error)) if !met && storage::attendance::worth_another_try(&error) => met = true,
            done => return done,
        }
    }
}

async fn enter(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    entries: &[Entry],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<Vec<Verdict>> {
    attendance::lock_open(txn, community, session, now).await?;
    let programme = desk(txn, community, session).await?;
    let ids: Vec<MatterId> = entries.iter().map(|entry| entry.client_id).collect();
    let mut known: HashMap<MatterId, (SessionId, String)> = rows::met(txn, community, &ids)
        .await?
        .into_iter()
        .map(|row| (row.id, (row.session, row.label)))
        .collect();
    let plain: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let undone = storage::undone::among(txn, community, &plain).await?;
    let mut room = SESSION_MAX.saturating_sub(rows::count(txn, community, session).await?);

    // First what each entry says by itself, then who is counted, all in one go.
    let mut verdicts = Vec::with_capacity(entries.len());
    let mut fresh: Vec<(usize, Row)> = Vec::new();
    let mut check_ins: Vec<CheckIn> = Vec::new();
    for entry in entries {
        let verdict = match text::required_line(&entry.label, MATTER_CHARS) {
            _ if undone.contains(&entry.client_id.0) => Verdict::Duplicate,
            Err(error) => Verdict::Refused(error.code()),
            Ok(label) => match known.get(&entry.client_id) {
                Some((at, same)) if *at == session && *same == label => Verdict::Duplicate,
                Some(_) => Verdict::Refused("client-id-reused"),
                None if room == 0 => Verdict::Refused("matter-full"),
                None => {
                    room -= 1;
                    known.insert(entry.client_id, (session, label.clone()));
                    let other = !programme.matters.contains(&label);
                    let row = Row {
                        id: entry.client_id,
                        session,
                        label,
                        other,
                        attendance: None,
                        counted: false,
                    };
                    fresh.push((verdicts.len(), row));
                    Verdict::Created
                }
            },
        };
        verdicts.push(verdict);
    }
    for (at, row) in &fresh {
        let counted = match entries[*at].caller {
            Caller::Again => continue,
            Caller::Unnamed => Counted::Heads(1),
            Caller::Resident(resident) => Counted::Resident(resident),
        };
        check_ins.push(CheckIn {
            client_id: AttendanceId(row.id.0),
            counted,
        });
    }
    let checked_in = attendance::check_in_within(txn, community, session, &check_ins, by, now).await?;
    let mut made_here: HashSet<AttendanceId> = check_ins
        .iter()
        .zip(&checked_in)
        .filter(|(_, verdict)| **verdict == CheckedIn::Created)
        .map(|(entry, _)| entry.client_id)
        .collect();
    let stood: BTreeSet<AttendanceId> = checked_in
        .iter()
        .filter_map(|verdict| match verdict {
            CheckedIn::Duplicate { recorded_as } => Some(*recorded_as),
            _ => None,
        })
        .collect();
    let stood: Vec<AttendanceId> = stood.into_iter().collect();
    made_here.extend(rows::counted(txn, community, &stood).await?);

    let outcomes: HashMap<AttendanceId, CheckedIn> = check_ins
        .iter()
        .zip(checked_in)
        .map(|(entry, verdict)| (entry.client_id, verdict))
        .collect();
    let mut stored = Vec::with_capacity(fresh.len());
    for (at, mut row) in fresh {
        let own = AttendanceId(row.id.0);
        match outcomes.get(&own) {
            None => {}
            Some(CheckedIn::Refused(refused)) => {
                verdicts[at] = Verdict::Refused(refused.code());
                continue;
            }
            Some(CheckedIn::Created) => row.attendance = Some(own),
            Some(CheckedIn::Duplicate { recorded_as }) => row.attendance = Some(*recorded_as),
        }
        row.counted = row.attendance.is_some_and(|id| made_here.contains(&id));
        stored.push(row);
    }
    rows::insert(txn, community, &stored, by, now).await?;
    if !stored.is_empty() {
        attendance::note_held(txn, community, session, now).await?;
    }
    Ok(verdicts)
}

/// The programme of a session, which must be a help desk.
async fn desk(txn: &Txn, community: CommunityId, session: SessionId) -> Result<Programme> {
    let programme = programme_of(txn, community, session).await?;
    if programme.kind == ProgrammeKind::HelpDesk {
        Ok(programme)
    } else {
        Err(Error::State { code: "matter-no-desk" })
    }
}

/// The programme of a session.
pub(super) async fn programme_of(txn: &Txn, community: CommunityId, session: SessionId) -> Result<Programme> {
    let gone = || Error::not_found("session", session);
    let found = storage::session::find(txn, community, session)
        .await?
        .ok_or_else(gone)?;
    storage::programme::find(txn, community, found.programme_id)
        .await?
        .ok_or_else(gone)
}

/// Undoes a matter, and the head that was counted for it unless another matter still stands for that. Whether something changed: not when it was
/// undone before.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], also when it belongs to another session; [`Error::Storage`].
pub async fn undo(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: MatterId,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let by = actor.account();
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            // Whoever else takes matters there waits, so that two undoings of one person's matters see each other.
            storage::attendance::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            let found = rows::met(txn, community, &[id]).await?;
            let Some(row) = found.into_iter().find(|row| row.session == session) else {
                return if storage::undone::has(txn, community, id.0).await? {
                    Ok(false)
                } else {
                    Err(Error::not_found("matter", id))
                };
            };
            rows::delete(txn, community, id).await?;
            storage::undone::remember(txn, community, NOUN, &[id.0], by, now).await?;
            if let (Some(head), true) = (row.attendance, row.counted)
                && !rows::stands_for(txn, community, head).await?
            {
                attendance::withdraw_within(txn, community, session, head, now).await?;
            }
            attendance::note_nothing_left(txn, community, session, now).await?;
            Ok(true)
        })
        .await
}

/// A help desk as its page shows it.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The matters: those of the list with their counts, in its order, then others.
    pub lines: Vec<Count>,
    /// 件 altogether.
    pub matters: i64,
    /// The latest, latest first.
    pub latest: Vec<Taken>,
}

/// The matters of a session; `list` is its programme's.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn desk_of(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    list: &[String],
) -> Result<Desk> {
    may(actor, Action::TakeAttendance, community)?;
    let conn = ctx.db.reader();
    let counts = rows::counts(conn, community, session).await?;
    Ok(Desk {
        matters: counts.iter().map(|count| count.matters).sum(),
        lines: by_list(list, &counts),
        latest: rows::latest(conn, community, session, LATEST).await?,
    })
}
