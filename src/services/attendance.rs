//! Taking attendance: entries from the door, their undoing, the list at the door.
//!
//! Row and counter change in one transaction, behind a lock on the session, so that a report can read the counters. Everything may
//! be sent twice: an entry is known by the id its device made, and a resident counts once per session.

mod gather;

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use super::resident::{self, Filter};
use super::{Context, Error, Result, device};
use crate::domain::absence::Reason;
use crate::domain::access::{Action, Actor, Field, may, sees};
use crate::domain::attendance::{
    BATCH_MAX, CheckIn, Counted, EARLY, HEADCOUNT_MAX, Ledger, Refused, Row, Tally, Verdict, id_in_act, may_check_in,
};
use crate::domain::card::CardCode;
use crate::domain::device as device_rules;
use crate::domain::id::{AbsenceId, AccountId, AttendanceId, CommunityId, ResidentId, SessionId};
use crate::domain::resident::Resident;
use crate::domain::text::{PersonName, Phone, Purpose};
use crate::storage::attendance::{self as rows, SessionState};
use crate::storage::{self, Txn};

pub use gather::Gatherer;

/// How many residents a search at the door answers at most.
const FOUND_MAX: u64 = 30;

/// Enters entries at a session; what became of each, in order. Entries that cannot be accepted do not hold the others up.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::State`] when the session is cancelled or more than a day away;
/// [`Error::Invalid`] for more than [`BATCH_MAX`] entries; [`Error::Storage`].
pub async fn check_in(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    entries: Vec<CheckIn>,
) -> Result<Vec<Verdict>> {
    device::may_attend(ctx, actor, community, session).await?;
    if entries.len() > BATCH_MAX {
        return Err(Error::invalid("items", "too-many-items", entries.len().to_string()));
    }
    try_entering(ctx, actor, community, session, entries, Heads::Add).await
}

/// Sets the number of people without a name: takes the place of every headcount entered before.
///
/// # Errors
/// As [`check_in`].
pub async fn set_headcount(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    client_id: AttendanceId,
    heads: i32,
) -> Result<Verdict> {
    device::may_attend(ctx, actor, community, session).await?;
    let entries = vec![CheckIn {
        client_id,
        counted: Counted::Heads(heads),
    }];
    try_entering(ctx, actor, community, session, entries, Heads::Replace)
        .await?
        .first()
        .copied()
        .ok_or_else(|| Error::Internal("an entry got no verdict".to_owned()))
}

/// Takes one off the people without a name, under the id of a new entry.
///
/// # Errors
/// As [`check_in`].
pub async fn one_fewer(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    client_id: AttendanceId,
) -> Result<Verdict> {
    device::may_attend(ctx, actor, community, session).await?;
    let now = ctx.now();
    let by = actor.account();
    ctx.db
        .write(async move |txn| {
            let state = lock_open(txn, community, session, now).await?;
            let mut met = rows::rows_met(txn, community, session, &[client_id], &[]).await?;
            met.extend(rows::live_headcounts(txn, community, session).await?);
            let mut ledger = Ledger::new(session, state.tally, met);
            let verdict = ledger.one_fewer(client_id);
            store(txn, community, &state, &ledger, by, now).await?;
            Ok(verdict)
        })
        .await
}

/// Undoes the entry with this id. Whether something changed: not when it was undone before.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], also when the entry belongs to another session; [`Error::Storage`].
pub async fn withdraw(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    client_id: AttendanceId,
) -> Result<bool> {
    device::may_attend(ctx, actor, community, session).await?;
    let now = ctx.now();
    ctx.db
        .write(async move |txn| withdraw_within(txn, community, session, client_id, now).await)
        .await
}

/// The same inside somebody else's change.
pub(super) async fn withdraw_within(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    client_id: AttendanceId,
    now: Timestamp,
) -> Result<bool> {
    let state = lock(txn, community, session).await?;
    let known = rows::rows_met(txn, community, session, &[client_id], &[]).await?;
    let mut ledger = Ledger::new(session, state.tally, known);
    let changed = ledger
        .withdraw(client_id)
        .ok_or_else(|| Error::not_found("attendance", client_id))?;
    store(txn, community, &state, &ledger, None, now).await?;
    Ok(changed)
}

/// Enters entries inside somebody else's change: see [`check_in`].
pub(super) async fn check_in_within(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    entries: &[CheckIn],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<Vec<Verdict>> {
    enter(txn, community, session, entries, Heads::Add, by, now).await
}

/// A session is held as soon as something was recorded there after its start.
pub(super) async fn note_held(txn: &Txn, community: CommunityId, session: SessionId, now: Timestamp) -> Result<()> {
    let state = lock(txn, community, session).await?;
    if !state.held && !state.cancelled && state.starts_at <= now {
        rows::store_tally(txn, community, session, state.tally, Some("held"), now).await?;
    }
    Ok(())
}

/// When the last thing that was recorded there is taken back, the session is as if nobody had been there.
pub(super) async fn note_nothing_left(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    now: Timestamp,
) -> Result<()> {
    let state = lock(txn, community, session).await?;
    if state.held && !has_traces(txn, community, session).await? {
        rows::store_tally(txn, community, session, state.tally, Some("scheduled"), now).await?;
    }
    Ok(())
}

/// Whether anything says that the session was held: attendance, answers, matters, households.
async fn has_traces(txn: &Txn, community: CommunityId, session: SessionId) -> Result<bool> {
    Ok(rows::has_live_rows(txn, community, session).await?
        || storage::feedback::answers(txn, community, session).await?.count() > 0
        || storage::matter::count(txn, community, session).await? > 0
        || storage::household::count(txn, community, session).await? > 0)
}

/// Undoes many entries at once: the undoing of an act that marked many. How many changed; ids that the session does not have are passed
/// over, since an entry that never arrived needs no undoing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for more than [`BATCH_MAX`]; [`Error::Storage`].
pub async fn withdraw_many(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    ids: Vec<AttendanceId>,
) -> Result<usize> {
    device::may_attend(ctx, actor, community, session).await?;
    if ids.len() > BATCH_MAX {
        return Err(Error::invalid("client_ids", "too-many-items", ids.len().to_string()));
    }
    let now = ctx.now();
    ctx.db
        .write(async move |txn| {
            let state = lock(txn, community, session).await?;
            let known = rows::rows_met(txn, community, session, &ids, &[]).await?;
            let mut ledger = Ledger::new(session, state.tally, known);
            let changed = ids.iter().filter(|id| ledger.withdraw(**id) == Some(true)).count();
            store(txn, community, &state, &ledger, None, now).await?;
            Ok(changed)
        })
        .await
}

/// Checks in everybody who signed up and is neither there nor excused, as one act that can be undone with [`unmark_all`]. How many
/// came to be counted by it.
///
/// # Errors
/// As [`check_in`].
pub async fn mark_all(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    act: AttendanceId,
) -> Result<usize> {
    let list = door_list(ctx, actor, community, session).await?;
    let entries: Vec<CheckIn> = list
        .missing()
        .map(|row| CheckIn {
            client_id: id_in_act(act, row.resident),
            counted: Counted::Resident(row.resident),
        })
        .collect();
    let mut created = 0;
    for some in entries.chunks(BATCH_MAX) {
        let verdicts = check_in(ctx, actor, community, session, some.to_vec()).await?;
        created += verdicts.iter().filter(|verdict| **verdict == Verdict::Created).count();
    }
    Ok(created)
}

/// Undoes what [`mark_all`] did under this id. How many were taken back.
///
/// # Errors
/// As [`withdraw_many`].
pub async fn unmark_all(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    act: AttendanceId,
) -> Result<usize> {
    let list = door_list(ctx, actor, community, session).await?;
    let ids: Vec<AttendanceId> = list
        .rows
        .iter()
        .filter(|row| row.present.is_some_and(|(id, _)| id == id_in_act(act, row.resident)))
        .map(|row| id_in_act(act, row.resident))
        .collect();
    let mut undone = 0;
    for some in ids.chunks(BATCH_MAX) {
        undone += withdraw_many(ctx, actor, community, session, some.to_vec()).await?;
    }
    Ok(undone)
}

/// Whether a headcount adds to those entered before, or takes their place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heads {
    Add,
    Replace,
}

/// Enters, once more when needed: two devices may store the same id at the same moment in different sessions, where no lock keeps them
/// apart, and the second try finds what the first one met.
async fn try_entering(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    entries: Vec<CheckIn>,
    heads: Heads,
) -> Result<Vec<Verdict>> {
    let now = ctx.now();
    let by = actor.account();
    if let ([one], Heads::Add) = (entries.as_slice(), heads)
        && let Some(verdict) = count_in(ctx, community, session, *one, by, now).await
    {
        return Ok(vec![verdict]);
    }
    let mut met = false;
    loop {
        let entries = entries.clone();
        let entered = ctx
            .db
            .write(async move |txn| enter(txn, community, session, &entries, heads, by, now).await)
            .await;
        match entered {
            Err(Error::Storage(error)) if !met && rows::worth_another_try(&error) => met = true,
            entered => return entered,
        }
    }
}

/// The short way for one entry that is plainly new. None when it is not so plain: then nothing has changed, and the long way says
/// what is the matter.
async fn count_in(
    ctx: &Context,
    community: CommunityId,
    session: SessionId,
    entry: CheckIn,
    by: Option<AccountId>,
    now: Timestamp,
) -> Option<Verdict> {
    let out_of_range = matches!(entry.counted, Counted::Heads(heads) if !(0..=HEADCOUNT_MAX).contains(&heads));
    // What is done under a key is noted in its own transaction.
    if out_of_range || storage::idempotency::is_claimed() {
        return None;
    }
    let row = Row {
        id: entry.client_id,
        session,
        counted: entry.counted,
        withdrawn: false,
    };
    gather::store(ctx, community, row, by, now)
        .await
        .then_some(Verdict::Created)
}

async fn lock(txn: &Txn, community: CommunityId, session: SessionId) -> Result<SessionState> {
    rows::lock_session(txn, community, session)
        .await?
        .ok_or_else(|| Error::not_found("session", session))
}

/// The same, when attendance can be taken there.
pub(super) async fn lock_open(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    now: Timestamp,
) -> Result<SessionState> {
    let state = lock(txn, community, session).await?;
    may_check_in(state.cancelled, state.starts_at, now).map_err(|closed| Error::State { code: closed.code() })?;
    Ok(state)
}

async fn enter(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    entries: &[CheckIn],
    heads: Heads,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<Vec<Verdict>> {
    let state = lock_open(txn, community, session, now).await?;

    let ids: Vec<AttendanceId> = entries.iter().map(|entry| entry.client_id).collect();
    let residents: BTreeSet<ResidentId> = entries.iter().filter_map(resident_of).collect();
    let residents: Vec<ResidentId> = residents.into_iter().collect();
    // A device that was offline may name somebody who was merged since: it means the survivor.
    let known = storage::resident::current(txn, community, &residents).await?;
    let residents: Vec<ResidentId> = known.values().copied().collect();
    let mut met = rows::rows_met(txn, community, session, &ids, &residents).await?;
    if heads == Heads::Replace {
        met.extend(rows::live_headcounts(txn, community, session).await?);
    }

    let entered: HashSet<AttendanceId> = met.iter().map(|row| row.id).collect();
    let mut ledger = Ledger::new(session, state.tally, met);
    let verdicts: Vec<Verdict> = entries
        .iter()
        .map(|entry| match resident_of(entry) {
            Some(resident) => match known.get(&resident) {
                // Entered before they were erased, and sent again.
                None if entered.contains(&entry.client_id) => ledger.check_in(entry),
                None => Verdict::Refused(Refused::UnknownResident),
                Some(current) => ledger.check_in(&CheckIn {
                    client_id: entry.client_id,
                    counted: Counted::Resident(*current),
                }),
            },
            None if heads == Heads::Replace => ledger.replace_heads(entry),
            None => ledger.check_in(entry),
        })
        .collect();
    store(txn, community, &state, &ledger, by, now).await?;
    Ok(verdicts)
}

fn resident_of(entry: &CheckIn) -> Option<ResidentId> {
    match entry.counted {
        Counted::Resident(resident) => Some(resident),
        Counted::Heads(_) => None,
    }
}

/// Stores what changed: rows, counters, and whether the session was held.
pub(super) async fn store(
    txn: &Txn,
    community: CommunityId,
    state: &SessionState,
    ledger: &Ledger,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    if !ledger.changed() {
        return Ok(());
    }
    rows::insert(txn, community, state, ledger.added(), by, now).await?;
    rows::withdraw(txn, community, ledger.withdrawn(), now).await?;
    let status = if !ledger.added().is_empty() {
        (!state.held && state.starts_at <= now).then_some("held")
    } else if state.held && !has_traces(txn, community, state.id).await? {
        // The last entry was a mistake: the session is as if nobody had been counted.
        Some("scheduled")
    } else {
        None
    };
    rows::store_tally(txn, community, state.id, ledger.tally(), status, now).await?;
    Ok(())
}

/// One resident on the list at the door.
#[derive(Clone, Debug)]
pub struct DoorRow {
    /// Who.
    pub resident: ResidentId,
    /// Name, which prints itself masked.
    pub name: PersonName,
    /// Pinyin initials of the name.
    pub initials: String,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Building and unit.
    pub building: String,
    /// Name of the grid; empty when of none.
    pub grid: String,
    /// Their number, which prints itself masked.
    pub phone: Option<Phone>,
    /// Signed up and holding a seat.
    pub signed_up: bool,
    /// Who signed up for them; may be empty.
    pub signed_up_by: String,
    /// Asked for leave on this date.
    pub on_leave: bool,
    /// The entry that counts them, and when it was taken.
    pub present: Option<(AttendanceId, Timestamp)>,
    /// Why they are missing; none when they came.
    pub absence: Option<(AbsenceId, Reason)>,
    /// The code on their card; none when they have none.
    pub card: Option<CardCode>,
}

impl DoorRow {
    /// Somebody knows why they are missing.
    pub fn is_excused(&self) -> bool {
        self.on_leave || self.absence.is_some()
    }

    /// Without what the actor does not see of residents.
    fn shown_to(mut self, actor: &Actor, community: CommunityId) -> Self {
        if !sees(actor, Field::BirthYear, community) {
            self.gender = String::new();
            self.birth_year = None;
        }
        if !sees(actor, Field::Grid, community) {
            self.grid = String::new();
        }
        if !sees(actor, Field::Family, community) {
            self.signed_up_by = String::new();
        }
        self
    }

    /// The last four digits of a mobile number: what people say at the door.
    pub fn tail(&self) -> Option<&str> {
        self.phone
            .as_ref()
            .filter(|phone| phone.is_mobile())
            .map(|phone| phone.tail(Purpose::ShowStaff))
    }
}

/// The list at the door: whoever signed up and whoever came, by pinyin, and the counters.
#[derive(Clone, Debug)]
pub struct DoorList {
    /// The residents.
    pub rows: Vec<DoorRow>,
    /// Named rows and heads.
    pub tally: Tally,
    /// The headcount rows that count, oldest first: id and heads.
    pub headcounts: Vec<(AttendanceId, i32)>,
}

impl DoorList {
    /// Those who have not come and may still.
    pub fn missing(&self) -> impl Iterator<Item = &DoorRow> {
        self.rows
            .iter()
            .filter(|row| row.present.is_none() && !row.is_excused())
    }

    /// Those who have said that they do not come, or of whom somebody knows why.
    pub fn excused(&self) -> impl Iterator<Item = &DoorRow> {
        self.rows.iter().filter(|row| row.present.is_none() && row.is_excused())
    }

    /// Those who have, latest first.
    pub fn present(&self) -> Vec<&DoorRow> {
        let mut present: Vec<(&DoorRow, Timestamp)> = self
            .rows
            .iter()
            .filter_map(|row| row.present.map(|(_, at)| (row, at)))
            .collect();
        present.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        present.into_iter().map(|(row, _)| row).collect()
    }
}

/// The list at the door of a session.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn door_list(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<DoorList> {
    device::may_attend(ctx, actor, community, session).await?;
    let conn = ctx.db.reader();
    let tally = rows::find_tally(conn, community, session)
        .await?
        .ok_or_else(|| Error::not_found("session", session))?;
    let listed = rows::door_list(conn, community, session).await?;
    let rows: Result<Vec<DoorRow>> = listed
        .into_iter()
        .map(|listed| Ok(open(ctx, community, listed)?.shown_to(actor, community)))
        .collect();
    let mut rows = rows?;
    let residents: Vec<ResidentId> = rows.iter().map(|row| row.resident).collect();
    let mut cards = storage::card::valid_of(conn, community, &residents).await?;
    let absences = storage::absence::of_session(conn, community, session).await?;
    for row in &mut rows {
        row.card = cards.remove(&row.resident);
        row.absence = absences.get(&row.resident).copied().filter(|_| row.present.is_none());
    }
    let mut headcounts: Vec<(AttendanceId, i32)> = rows::live_headcounts(conn, community, session)
        .await?
        .into_iter()
        .filter_map(|row| match row.counted {
            Counted::Heads(heads) => Some((row.id, heads)),
            Counted::Resident(_) => None,
        })
        .collect();
    headcounts.sort_unstable();
    Ok(DoorList {
        rows,
        tally,
        headcounts,
    })
}

/// Residents of the community by name, by the pinyin initials of the name, or by the last four digits of their number, at most 30:
/// for those who came without having signed up. A device gets at most ten, for two characters or more.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find_residents(ctx: &Context, actor: &Actor, community: CommunityId, text: &str) -> Result<Vec<DoorRow>> {
    may(actor, Action::TakeAttendance, community)?;
    // A device could otherwise read the whole register letter by letter.
    let (least, most) = if actor.is_device() {
        (device_rules::SEARCH_MIN, device_rules::FOUND_MAX as u64)
    } else {
        (1, FOUND_MAX)
    };
    if text.trim().chars().count() < least {
        return Ok(Vec::new());
    }
    let filter = Filter {
        query: text.to_owned(),
        limit: most,
        ..Filter::default()
    };
    // The right that counts here was asked above: whoever takes attendance finds people without managing them.
    let (found, _) = resident::matching(ctx, community, &filter).await?;
    door_rows(ctx, actor, community, found).await
}

/// One resident, as a search finds them: whoever stands there with a card.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find_resident(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
) -> Result<Option<DoorRow>> {
    may(actor, Action::TakeAttendance, community)?;
    let found = resident::get(ctx, &Actor::System, community, id).await?;
    Ok(door_rows(ctx, actor, community, vec![found]).await?.pop())
}

async fn door_rows(ctx: &Context, actor: &Actor, community: CommunityId, found: Vec<Resident>) -> Result<Vec<DoorRow>> {
    let grids = storage::community::grids(ctx.db.reader(), community).await?;
    let rows = found.into_iter().map(|found| {
        let grid = grids.iter().find(|grid| Some(grid.id) == found.grid_id);
        DoorRow {
            grid: grid.map(|grid| grid.name.clone()).unwrap_or_default(),
            resident: found.id,
            name: found.name,
            initials: found.initials,
            gender: found.gender,
            birth_year: found.birth_year,
            building: found.building,
            phone: found.phone,
            signed_up: false,
            signed_up_by: String::new(),
            on_leave: false,
            present: None,
            absence: None,
            card: None,
        }
        .shown_to(actor, community)
    });
    Ok(rows.collect())
}

pub(super) fn open(ctx: &Context, community: CommunityId, listed: rows::Listed) -> Result<DoorRow> {
    let phone = match &listed.phone_sealed {
        None => None,
        Some(sealed) => {
            let digits = ctx
                .sealer
                .open(community, "resident", "phone_sealed", listed.resident, sealed)?;
            Some(Phone::stored(digits))
        }
    };
    Ok(DoorRow {
        resident: listed.resident,
        name: PersonName::stored(listed.name),
        initials: listed.initials,
        gender: listed.gender,
        birth_year: listed.birth_year,
        building: listed.building,
        grid: listed.grid,
        phone,
        signed_up: listed.signed_up.is_some(),
        signed_up_by: listed.signed_up.map(|sign_up| sign_up.by).unwrap_or_default(),
        on_leave: listed.on_leave,
        present: listed.present,
        absence: None,
        card: None,
    })
}

/// What an entry is about: the name of the resident it counts, or how many heads. None when the session has no such entry.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find_entry(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    client_id: AttendanceId,
) -> Result<Option<Entered>> {
    device::may_attend(ctx, actor, community, session).await?;
    let conn = ctx.db.reader();
    let met = rows::rows_met(conn, community, session, &[client_id], &[]).await?;
    let Some(row) = met.into_iter().find(|row| row.session == session) else {
        return Ok(None);
    };
    let name = match row.counted {
        Counted::Resident(resident) => storage::resident::find(conn, community, resident)
            .await?
            .map(|stored| stored.resident.name),
        Counted::Heads(_) => None,
    };
    Ok(Some(Entered {
        counted: row.counted,
        name,
        withdrawn: row.withdrawn,
    }))
}

/// An entry, for the line that says what was just done.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Who or how many.
    pub counted: Counted,
    /// The resident's name.
    pub name: Option<PersonName>,
    /// Undone.
    pub withdrawn: bool,
}
