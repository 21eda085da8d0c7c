//! Sign-in sheets: made when they are first printed, and again when the names have changed since.
//!
//! A sheet that was printed is never changed: who signed up later, or cancelled, is on the next version.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::attendance::{self, DoorRow};
use super::{Context, Error, FieldError, Result};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::may_check_in;
use crate::domain::id::{CommunityId, ResidentId, SessionId, SheetId};
use crate::domain::sheet::{BLANK_ROWS, BLANK_SHEET_ROWS, Form, MOST_NAMES, Sheet, SheetCode, SheetRow};
use crate::storage::{self, Txn, attendance as people, sheet as rows};

/// How often a number that is taken is thrown again.
const TRIES: usize = 20;

/// A sheet with its rows and who they are.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The sheet.
    pub sheet: Sheet,
    /// The rows that bear a name or were signed, by number.
    pub rows: Vec<PrintedRow>,
}

/// A row, and who it is.
#[derive(Clone, Debug)]
pub struct PrintedRow {
    /// The row.
    pub row: SheetRow,
    /// The resident, as the list at the door shows them; their number prints itself masked.
    pub who: Option<DoorRow>,
}

/// The sheet to print for a session: the last one of its form while the names are the same, else a new version. Asking twice makes nothing
/// new.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::State`] when the session is cancelled; [`Error::Storage`].
pub async fn current(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    form: Form,
) -> Result<Printed> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let (ctx_in, by) = (ctx.clone(), actor.account());
    let id = ctx
        .db
        .write(async move |txn: &Txn| {
            let state = people::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            // A sheet is printed weeks before, but not for what does not take place.
            may_check_in(state.cancelled, now, now).map_err(|closed| Error::State { code: closed.code() })?;
            let all = rows::of_session(txn, community, session).await?;
            let names = match form {
                Form::Blank => Vec::new(),
                Form::Roster => signed_up(txn, community, session).await?,
            };
            if let Some(last) = all.iter().rev().find(|sheet| sheet.form == form) {
                let printed = rows::rows(txn, community, last.id).await?;
                let printed: BTreeSet<ResidentId> = printed
                    .iter()
                    .filter(|row| row.number <= last.names)
                    .filter_map(|row| row.resident)
                    .collect();
                if names.iter().copied().collect::<BTreeSet<_>>() == printed {
                    return Ok::<SheetId, Error>(last.id);
                }
            }
            let version = all.iter().map(|sheet| sheet.version).max().unwrap_or(0) + 1;
            let new = fresh(&ctx_in, txn, community, session, form, names.len(), version, now).await?;
            let printed: Vec<SheetRow> = (1..)
                .zip(names)
                .map(|(number, resident)| SheetRow {
                    number,
                    resident: Some(resident),
                    name: String::new(),
                    came: false,
                    attendance: None,
                })
                .collect();
            rows::insert(txn, community, &new, &printed, || ctx_in.new_id(now), by).await?;
            Ok(new.id)
        })
        .await?;
    printed(ctx, actor, community, id).await
}

/// Whoever holds a seat, by pinyin.
async fn signed_up(txn: &Txn, community: CommunityId, session: SessionId) -> Result<Vec<ResidentId>> {
    let list = people::door_list(txn, community, session).await?;
    let mut names: Vec<ResidentId> = list
        .iter()
        .filter(|listed| listed.signed_up.is_some())
        .map(|listed| listed.resident)
        .collect();
    names.truncate(usize::try_from(MOST_NAMES).unwrap_or(usize::MAX));
    Ok(names)
}

/// A sheet with a number that is not taken.
#[expect(clippy::too_many_arguments, reason = "each is one column")]
async fn fresh(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    form: Form,
    names: usize,
    version: i32,
    now: Timestamp,
) -> Result<Sheet> {
    let names = i32::try_from(names).unwrap_or(MOST_NAMES);
    let blank = if form == Form::Roster {
        BLANK_ROWS
    } else {
        BLANK_SHEET_ROWS
    };
    for _ in 0..TRIES {
        let code = SheetCode::new(ctx.random());
        if rows::find_by_code(txn, community, &code).await?.is_none() {
            return Ok(Sheet {
                id: ctx.new_id(now),
                session,
                form,
                version,
                code,
                names,
                last_row: names + blank,
                printed_at: now,
                entry: None,
            });
        }
    }
    Err(Error::Internal("no number is left for a sheet".to_owned()))
}

/// A sheet as it was printed.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn printed(ctx: &Context, actor: &Actor, community: CommunityId, id: SheetId) -> Result<Printed> {
    may(actor, Action::TakeAttendance, community)?;
    let conn = ctx.db.reader();
    let sheet = rows::find(conn, community, id)
        .await?
        .ok_or_else(|| Error::not_found("sheet", id))?;
    let kept = rows::rows(conn, community, id).await?;
    let who: Vec<ResidentId> = kept.iter().filter_map(|row| row.resident).collect();
    let listed = people::listed(conn, community, &who).await?;
    let listed: Result<Vec<DoorRow>> = listed
        .into_iter()
        .map(|one| attendance::open(ctx, community, one))
        .collect();
    let listed = listed?;
    let rows = kept.into_iter().map(|row| PrintedRow {
        who: row
            .resident
            .and_then(|id| listed.iter().find(|one| one.resident == id).cloned()),
        row,
    });
    Ok(Printed {
        sheet,
        rows: rows.collect(),
    })
}

/// The sheets of a session, oldest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn of_session(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<Sheet>> {
    may(actor, Action::TakeAttendance, community)?;
    Ok(rows::of_session(ctx.db.reader(), community, session).await?)
}

/// The sheet with the number that stands on it, as typed.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] when there is no such number, or none of this community; [`Error::Storage`].
pub async fn find_by_code(ctx: &Context, actor: &Actor, community: CommunityId, typed: &str) -> Result<Sheet> {
    may(actor, Action::TakeAttendance, community)?;
    let code: SheetCode = typed
        .parse()
        .map_err(|wrong: crate::domain::sheet::CodeError| Error::invalid("code", wrong.code(), typed))?;
    let found = rows::find_by_code(ctx.db.reader(), community, &code).await?;
    found.ok_or_else(|| Error::Invalid(vec![FieldError::new("code", "sheet-code-unknown", code.to_string())]))
}

/// How long the names of people who are not known are kept after a sheet was typed: as long as contact data.
const NAMES_KEPT_DAYS: i64 = 365;

/// Forgets the names of people who are not known, a year after their sheet was typed; how many.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_names(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - jiff::SignedDuration::from_hours(24 * NAMES_KEPT_DAYS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(storage::sheet::forget_names(txn, before).await?))
        .await
}
