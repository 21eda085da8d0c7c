//! Typing a sign-in sheet in: who signed, who wrote themselves into a blank row, how many stand nowhere.
//!
//! [`look`] understands what was typed and changes nothing; [`save`] does it again behind the session's lock and stores it. A sheet is
//! typed any number of times: what it brought about before is put right, never added to. Whoever was checked in on a telephone
//! already counts once, and stays counted when their row is taken off the sheet. Heads without a name stand once: those of this
//! sheet take the place of those counted at the door, and leave those of the session's other sheets alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::attendance::{self, DoorRow};
use super::sheet::{self, Printed};
use super::{Context, Error, FieldError, Result, audit, resident};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::{ANSWERS_MAX, CheckIn, Counted, Ledger, Verdict, may_check_in};
use crate::domain::enrolment::Source;
use crate::domain::feedback;
use crate::domain::id::{AccountId, AttendanceId, CommunityId, FeedbackId, ResidentId, SessionId, SheetId};
use crate::domain::paper_entry::{Fault, Paper, Rows, Typed, WalkIn, read};
use crate::domain::sheet::{Entry, Sheet, SheetRow};
use crate::domain::text::{NAME_CHARS, PersonName, Phone, Purpose};
use crate::storage::{self, Txn, attendance as people, sheet as rows};

/// Who somebody in a blank row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A resident who is known.
    Resident(ResidentId),
    /// Somebody new, who agreed on paper to be entered.
    New,
    /// Only a head: the name stays on the sheet.
    Head,
}

/// Somebody in a blank row, and who they may be.
#[derive(Clone, Debug)]
pub struct SeenWalkIn {
    /// As typed.
    pub walk_in: WalkIn,
    /// Residents it may be.
    pub candidates: Vec<DoorRow>,
    /// Whether it is a name under which somebody new can be entered.
    pub may_be_new: bool,
    /// Who it is taken for; none while somebody has to choose.
    pub choice: Option<Choice>,
}

/// What was typed, understood.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The sheet as it was printed.
    pub printed: Printed,
    /// Rows and sums.
    pub paper: Paper,
    /// The walk-ins, by row.
    pub walk_ins: Vec<SeenWalkIn>,
    /// Named people who came, by this sheet.
    pub named: i32,
    /// Heads without a resident, by this sheet.
    pub heads: i32,
    /// Named people counted at this session who are not on this sheet: checked in at the door, or on another sheet.
    pub elsewhere: i32,
    /// Heads counted at the door, which this sheet's take the place of.
    pub heads_at_door: i32,
    /// Heads of the session's other sheets, which stay.
    pub heads_of_others: i32,
}

impl Seen {
    /// 人次 of the whole session once this is stored.
    pub fn visits(&self) -> i32 {
        self.named + self.heads + self.elsewhere + self.heads_of_others
    }
}

/// Says what is wrong with a box.
pub fn field_error(fault: &Fault) -> FieldError {
    let new = |value: &str| FieldError::new(fault.field(), fault.code(), value);
    match fault {
        Fault::Long(_) => new("").with("max", crate::domain::paper_entry::TYPED_CHARS),
        Fault::NotARow(text) | Fault::WalkInRow(text) => new(text),
        Fault::NoRow(text, last) => new(text).with("last", last),
        Fault::Backwards(from, to) => new(&format!("{from}-{to}")),
        Fault::WalkInPrinted(row) | Fault::WalkInTwice(row) => new(&row.to_string()),
        Fault::Count(_, text) => new(text).with("max", crate::domain::paper_entry::NAMELESS_MAX),
        Fault::TotalBelow { total, rows } => new(&total.to_string()).with("rows", rows),
        Fault::TotalDiffers { total, rows, nameless } => new(&total.to_string())
            .with("rows", rows)
            .with("nameless", nameless)
            .with("sum", rows + nameless)
            .with("differ", (total - rows - nameless).abs()),
        Fault::Nothing => new(""),
    }
}

fn rows_of(sheet: &Sheet) -> Rows {
    Rows {
        names: sheet.names,
        last: sheet.last_row,
    }
}

fn understood(sheet: &Sheet, typed: &Typed) -> Result<Paper> {
    read(rows_of(sheet), typed).map_err(|faults| Error::Invalid(faults.iter().map(field_error).collect()))
}

/// What a sheet would be typed as, as it stands: for the boxes when it is opened again.
pub fn as_typed(printed: &Printed) -> Typed {
    let Some(entry) = &printed.sheet.entry else {
        return Typed::default();
    };
    let came = printed.rows.iter().filter(|one| one.row.came);
    let (mut plain, mut lines) = (BTreeSet::new(), Vec::new());
    for one in came {
        let name = match &one.who {
            Some(who) => who.name.reveal(Purpose::ShowStaff),
            None => one.row.name.as_str(),
        };
        if one.row.number <= printed.sheet.names || name.is_empty() {
            plain.insert(one.row.number);
        } else {
            lines.push(format!("{} {name}", one.row.number));
        }
    }
    Typed {
        rows: crate::domain::paper_entry::in_ranges(&plain),
        walk_ins: lines.join("\n"),
        nameless: entry.nameless.to_string(),
        total: entry.total.to_string(),
    }
}

/// The answers typed with a sheet, as they stand.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn answers_of(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    sheet: &Sheet,
) -> Result<Option<[i64; 4]>> {
    may(actor, Action::TakeAttendance, community)?;
    let Some(id) = sheet.entry.and_then(|entry| entry.feedback) else {
        return Ok(None);
    };
    let found = storage::feedback::find(ctx.db.reader(), community, id).await?;
    Ok(found.map(|found| found.answers.map(i64::from)))
}

/// Understands what was typed from a sheet, and changes nothing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with everything that is wrong; [`Error::State`] when the session is
/// cancelled or still to come; [`Error::Storage`].
pub async fn look(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    sheet: SheetId,
    typed: &Typed,
    chosen: &BTreeMap<i32, Choice>,
) -> Result<Seen> {
    let printed = sheet::printed(ctx, actor, community, sheet).await?;
    let now = ctx.now();
    let conn = ctx.db.reader();
    let session = storage::session::find(conn, community, printed.sheet.session)
        .await?
        .ok_or_else(|| Error::not_found("session", printed.sheet.session))?;
    may_check_in(session.is_cancelled(), session.starts_at, now)
        .map_err(|closed| Error::State { code: closed.code() })?;
    let paper = understood(&printed.sheet, typed)?;
    let mut walk_ins = Vec::new();
    for walk_in in &paper.walk_ins {
        walk_ins.push(seen(ctx, actor, community, &printed, walk_in, chosen).await?);
    }
    let mut on_sheet: BTreeMap<ResidentId, i32> = BTreeMap::new();
    for one in printed.rows.iter().filter(|one| one.row.number <= printed.sheet.names) {
        if let (true, Some(resident)) = (paper.rows.contains(&one.row.number), one.row.resident) {
            on_sheet.insert(resident, one.row.number);
        }
    }
    let mut twice = Vec::new();
    for one in &walk_ins {
        if let Some(Choice::Resident(resident)) = one.choice
            && let Some(row) = on_sheet.insert(resident, one.walk_in.row)
        {
            twice.push(same_person(row, one.walk_in.row));
        }
    }
    if !twice.is_empty() {
        return Err(Error::Invalid(twice));
    }
    let new = walk_ins.iter().filter(|one| one.choice == Some(Choice::New)).count();
    let named = i32::try_from(on_sheet.len() + new).unwrap_or(i32::MAX);
    let others = Others::load(conn, community, &printed.sheet).await?;
    let live = people::live_named(conn, community, printed.sheet.session).await?;
    let ours: BTreeSet<AttendanceId> = printed.rows.iter().filter_map(|one| one.row.attendance).collect();
    let elsewhere = live
        .iter()
        .filter(|row| match row.counted {
            Counted::Resident(resident) => {
                !on_sheet.contains_key(&resident) && (!ours.contains(&row.id) || others.came.contains(&resident))
            }
            Counted::Heads(_) => false,
        })
        .count();
    let (mut at_door, mut of_others) = (0, 0);
    for row in people::live_headcounts(conn, community, printed.sheet.session).await? {
        let Counted::Heads(heads) = row.counted else { continue };
        if others.heads.contains(&row.id) {
            of_others += heads;
        } else if printed.sheet.entry.and_then(|entry| entry.heads) != Some(row.id) {
            at_door += heads;
        }
    }
    Ok(Seen {
        heads: paper.total - named,
        named,
        elsewhere: i32::try_from(elsewhere).unwrap_or(i32::MAX),
        heads_at_door: at_door,
        heads_of_others: of_others,
        printed,
        paper,
        walk_ins,
    })
}

fn same_person(row: i32, other: i32) -> FieldError {
    FieldError::new("walk_ins", "paper-same-person", other.to_string()).with("row", row)
}

async fn seen(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    printed: &Printed,
    walk_in: &WalkIn,
    chosen: &BTreeMap<i32, Choice>,
) -> Result<SeenWalkIn> {
    let mut candidates = Vec::new();
    if !walk_in.phone.is_empty() {
        candidates = attendance::find_residents(ctx, actor, community, &walk_in.phone).await?;
    }
    if candidates.is_empty() {
        candidates = attendance::find_residents(ctx, actor, community, &walk_in.text).await?;
    }
    let same_name = |one: &&DoorRow| one.name.reveal(Purpose::Find) == walk_in.text;
    let kept = printed
        .rows
        .iter()
        .find(|one| one.row.number == walk_in.row && one.row.came);
    let kept = kept
        .and_then(|one| one.who.as_ref())
        .filter(same_name)
        .map(|who| who.resident);
    if let Some(who) = kept.filter(|id| candidates.iter().all(|one| one.resident != *id)) {
        candidates.extend(
            printed
                .rows
                .iter()
                .filter_map(|one| one.who.clone())
                .find(|one| one.resident == who),
        );
    }
    let exact: Vec<ResidentId> = candidates.iter().filter(same_name).map(|one| one.resident).collect();
    let chosen = chosen.get(&walk_in.row).copied();
    let choice = match (chosen, kept, exact.as_slice(), candidates.as_slice()) {
        (Some(choice), ..) => Some(choice),
        (None, Some(kept), ..) => Some(Choice::Resident(kept)),
        (None, None, [one], _) => Some(Choice::Resident(*one)),
        (None, None, [], [one]) => Some(Choice::Resident(one.resident)),
        (None, None, [], []) => Some(Choice::Head),
        _ => None,
    };
    // Initials and digits are no name.
    let is_name = walk_in.text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    Ok(SeenWalkIn {
        may_be_new: is_name && PersonName::parse(&walk_in.text).is_ok(),
        walk_in: walk_in.clone(),
        candidates,
        choice,
    })
}

/// What the session's other sheets, as far as they were typed, hold.
#[derive(Default)]
struct Others {
    /// Their headcount rows.
    heads: BTreeSet<AttendanceId>,
    /// Residents who came by them.
    came: BTreeSet<ResidentId>,
}

impl Others {
    async fn load(conn: &impl storage::Connection, community: CommunityId, sheet: &Sheet) -> Result<Self> {
        let mut others = Self::default();
        for other in rows::of_session(conn, community, sheet.session).await? {
            let Some(entry) = other.entry.filter(|_| other.id != sheet.id) else {
                continue;
            };
            others.heads.extend(entry.heads);
            let kept = rows::rows(conn, community, other.id).await?;
            others
                .came
                .extend(kept.iter().filter(|row| row.came).filter_map(|row| row.resident));
        }
        Ok(others)
    }
}

/// A sheet as it is to be stored.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which sheet.
    pub sheet: SheetId,
    /// The form, made when the page was drawn: saving it again changes nothing.
    pub form: Uuid,
    /// The form that was saved last when the page was drawn.
    pub seen: Option<Uuid>,
    /// What was typed.
    pub typed: Typed,
    /// Who the walk-ins are.
    pub chosen: BTreeMap<i32, Choice>,
    /// How many answered 很满意, 满意, 基本满意, 不满意; none when nothing was typed.
    pub answers: Option<[i64; 4]>,
}

/// Checks the answers typed with a sheet.
///
/// # Errors
/// [`Error::Invalid`].
pub fn checked_answers(answers: [i64; 4]) -> Result<[i32; 4]> {
    let mut wrong = Vec::new();
    let counted = std::array::from_fn(|n| {
        let count = i32::try_from(answers[n]).ok();
        count
            .filter(|count| (0..=ANSWERS_MAX).contains(count))
            .unwrap_or_else(|| {
                let error = FieldError::new(super::feedback::FIELDS[n], "answers-range", answers[n].to_string());
                wrong.push(error.with("max", ANSWERS_MAX));
                0
            })
    });
    if wrong.is_empty() {
        Ok(counted)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Stores a sheet; whether something changed: not when this form was saved before.
///
/// # Errors
/// As [`look`]; [`Error::Invalid`] also while somebody has to be chosen; [`Error::State`] `paper-meanwhile` when somebody else saved it since.
pub async fn save(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    wish: Wish,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let answers = wish.answers.map(checked_answers).transpose()?;
    let seen = look(ctx, actor, community, wish.sheet, &wish.typed, &wish.chosen).await?;
    if seen.printed.sheet.session != session {
        return Err(Error::invalid(
            "sheet",
            "sheet-other-session",
            seen.printed.sheet.code.to_string(),
        ));
    }
    let unsettled: Vec<FieldError> = seen
        .walk_ins
        .iter()
        .filter(|one| one.choice.is_none())
        .map(|one| FieldError::new("walk_ins", "paper-choose", one.walk_in.text.clone()).with("row", one.walk_in.row))
        .collect();
    if !unsettled.is_empty() {
        return Err(Error::Invalid(unsettled));
    }
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            let state = attendance::lock_open(txn, community, session, now).await?;
            let sheet = rows::find(txn, community, wish.sheet)
                .await?
                .ok_or_else(|| Error::not_found("sheet", wish.sheet))?;
            let last = sheet.entry.map(|entry| entry.form);
            if last == Some(wish.form) {
                return Ok(false);
            }
            if last != wish.seen {
                return Err(Error::State {
                    code: "paper-meanwhile",
                });
            }
            let before = rows::rows(txn, community, sheet.id).await?;
            let mut signed = signed_rows(&ctx_in, txn, community, &sheet, &before, &seen, now).await?;
            let others = Others::load(txn, community, &sheet).await?;
            let heads = count(
                &ctx_in,
                txn,
                community,
                &state,
                &sheet,
                &before,
                &others,
                &mut signed,
                seen.paper.total,
                actor.account(),
                now,
            )
            .await?;
            let feedback = match (answers, sheet.entry.and_then(|entry| entry.feedback)) {
                (Some(answers), known) => {
                    Some(answer(&ctx_in, txn, community, session, known, answers, actor.account(), now).await?)
                }
                (None, known) => known,
            };
            let entry = Entry {
                form: wish.form,
                nameless: seen.paper.nameless,
                total: seen.paper.total,
                heads,
                feedback,
                at: now,
                by: actor.account(),
            };
            rows::store_entry(txn, community, sheet.id, &entry, &signed, || ctx_in.new_id(now)).await?;
            let named = signed.iter().filter(|row| row.came && row.resident.is_some()).count();
            let detail = json!({"session": session, "total": entry.total, "named": named, "version": sheet.version});
            audit::record(
                &ctx_in,
                txn,
                now,
                community,
                &actor,
                "sheet.enter",
                Some(sheet.id.0),
                &detail,
            )
            .await?;
            Ok(true)
        })
        .await
}

/// The rows as they are to be kept: printed names with who came, and the rows behind them that were signed. New people are entered.
async fn signed_rows(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    sheet: &Sheet,
    before: &[SheetRow],
    seen: &Seen,
    now: Timestamp,
) -> Result<Vec<SheetRow>> {
    let signed = &seen.paper.rows;
    let mut kept: Vec<SheetRow> = before
        .iter()
        .filter(|row| row.number <= sheet.names)
        .map(|row| SheetRow {
            came: signed.contains(&row.number),
            attendance: None,
            ..row.clone()
        })
        .collect();
    for &number in signed.iter().filter(|number| **number > sheet.names) {
        let mut row = SheetRow {
            number,
            resident: None,
            name: String::new(),
            came: true,
            attendance: None,
        };
        if let Some(one) = seen.walk_ins.iter().find(|one| one.walk_in.row == number) {
            match one.choice {
                Some(Choice::Resident(id)) => row.resident = Some(id),
                Some(Choice::New) => row.resident = Some(enter(ctx, txn, community, &one.walk_in, now).await?),
                Some(Choice::Head) | None => row.name = one.walk_in.text.chars().take(NAME_CHARS).collect(),
            }
        }
        kept.push(row);
    }
    Ok(kept)
}

/// Enters somebody new who agreed on paper; staff look at them later, as at all who are new.
async fn enter(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    walk_in: &WalkIn,
    now: Timestamp,
) -> Result<ResidentId> {
    let said = |error| Error::Invalid(vec![resident::field_error("walk_ins", error, &walk_in.text)]);
    let phone = match walk_in.phone.as_str() {
        "" => None,
        digits => Some(Phone::parse(digits).map_err(said)?),
    };
    let who = resident::Identity {
        name: PersonName::parse(&walk_in.text).map_err(said)?,
        phone,
        family: None,
    };
    resident::find_or_create(ctx, txn, now, community, who, Source::Counter).await
}

/// Brings the session's attendance into line with the sheet; the row with its heads.
#[expect(
    clippy::too_many_arguments,
    reason = "one undertaking, told apart from the saving around it"
)]
async fn count(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    state: &people::SessionState,
    sheet: &Sheet,
    before: &[SheetRow],
    others: &Others,
    signed: &mut [SheetRow],
    total: i32,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<Option<AttendanceId>> {
    let mut live = people::live_named(txn, community, state.id).await?;
    let heads_rows = people::live_headcounts(txn, community, state.id).await?;
    live.extend(heads_rows.iter().copied());
    let mut ledger = Ledger::new(state.id, state.tally, live);
    let ours: HashMap<ResidentId, AttendanceId> = before
        .iter()
        .filter_map(|row| Some((row.resident?, row.attendance?)))
        .collect();
    let mut coming: BTreeMap<ResidentId, i32> = BTreeMap::new();
    for row in signed.iter().filter(|row| row.came) {
        // Somebody new may turn out to be known, and to stand in another row.
        if let Some(resident) = row.resident
            && let Some(first) = coming.insert(resident, row.number)
        {
            return Err(Error::Invalid(vec![same_person(first, row.number)]));
        }
    }
    for (resident, id) in &ours {
        if !coming.contains_key(resident) && !others.came.contains(resident) {
            ledger.withdraw(*id);
        }
    }
    for row in signed.iter_mut().filter(|row| row.came) {
        let Some(resident) = row.resident else { continue };
        let client_id = ctx.new_id(now);
        row.attendance = match ledger.check_in(&CheckIn {
            client_id,
            counted: Counted::Resident(resident),
        }) {
            Verdict::Created => Some(client_id),
            Verdict::Duplicate { recorded_as } => ours.get(&resident).copied().filter(|id| *id == recorded_as),
            Verdict::Refused(refused) => return Err(Error::invalid("rows", refused.code(), row.number.to_string())),
        };
    }
    let named = i32::try_from(coming.len()).unwrap_or(i32::MAX);
    let heads = total - named;
    let own = sheet.entry.and_then(|entry| entry.heads);
    let stands = heads_rows
        .iter()
        .find(|row| Some(row.id) == own && row.counted == Counted::Heads(heads))
        .map(|row| row.id);
    for row in &heads_rows {
        if Some(row.id) != stands && !others.heads.contains(&row.id) {
            ledger.withdraw(row.id);
        }
    }
    // Nobody came: that is a count too.
    let wanted = heads > 0 || total == 0;
    let kept = match stands {
        Some(id) => Some(id),
        None if wanted => {
            let client_id = ctx.new_id(now);
            let counted = Counted::Heads(heads);
            if let Verdict::Refused(refused) = ledger.check_in(&CheckIn { client_id, counted }) {
                return Err(Error::invalid("nameless", refused.code(), heads.to_string()));
            }
            Some(client_id)
        }
        None => None,
    };
    attendance::store(txn, community, state, &ledger, by, now).await?;
    Ok(kept)
}

/// Stores the answers typed with a sheet, in place of those typed with it before.
#[expect(clippy::too_many_arguments, reason = "each is one column")]
async fn answer(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    known: Option<FeedbackId>,
    answers: [i32; 4],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<FeedbackId> {
    if let Some(known) = known
        && storage::feedback::find(txn, community, known).await?.is_some()
    {
        storage::feedback::replace(txn, community, known, answers, now).await?;
        return Ok(known);
    }
    let entry = storage::feedback::Entry {
        id: known.unwrap_or_else(|| ctx.new_id(now)),
        session,
        answers,
        source: feedback::Source::Paper,
        by,
    };
    storage::feedback::insert(txn, community, entry, now).await?;
    Ok(entry.id)
}
