//! The official calendar in force, and the yearly notice that changes it.
//!
//! In force are the notices compiled in, and over them those that were imported. [`preview_import`] says what a notice would do to the
//! sessions to come of every community, [`import`] does it in one transaction: sessions, bookings, messages, audit, and the notice itself
//! change together or not at all.

mod diff;
pub mod words;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use diff::{CommunityChanges, Item, Kind, SeriesChanges};

use super::{Context, Error, FieldError, Result, audit, retry};
use crate::domain::access::{Action, Actor, Refusal, may};
use crate::domain::calendar::{DayKind, HolidayCalendar, HolidayError};
use crate::domain::planning::SessionStatus;
use crate::domain::planning::holidays::{DayChange, day_changes};
use crate::domain::text::hex;
use crate::storage::{self, Connection, Txn};

/// The longest notice that is read, bytes: one year takes two thousand.
pub const MOST_BYTES: usize = 256 * 1024;

/// Reads the imported notices and puts them in force for this process. Another instance may have imported one: every process calls
/// this at its start and each minute.
///
/// # Errors
/// [`crate::services::Error::Storage`]; then what was in force stays.
pub async fn refresh(ctx: &Context) -> Result<()> {
    let calendar = in_force(ctx.db.reader()).await?;
    if *ctx.holidays() != calendar {
        ctx.set_holidays(calendar);
        ctx.schedule_changed();
    }
    Ok(())
}

/// The calendar as the database has it now.
pub(super) async fn in_force(conn: &impl Connection) -> Result<HolidayCalendar> {
    let imported = storage::holiday::imported(conn).await?;
    Ok(HolidayCalendar::china().updated_with(&imported))
}

/// The same for whoever stores dates by it: no notice is imported until their transaction ends.
pub(super) async fn for_planning(conn: &impl Connection) -> Result<HolidayCalendar> {
    let imported = storage::holiday::imported_for_planning(conn).await?;
    Ok(HolidayCalendar::china().updated_with(&imported))
}

/// What a notice does, or did.
#[derive(Clone, Debug)]
pub struct Import {
    /// The years it is for, earliest first.
    pub years: Vec<i16>,
    /// Days of the calendar that are not as before.
    pub days: Vec<DayChange>,
    /// What it does to each community, in the order of their names in addresses; also those it leaves as they are.
    pub communities: Vec<CommunityChanges>,
    /// Stands for all of the above: the same digest, the same changes.
    pub digest: String,
    /// Whether it was carried out.
    pub applied: bool,
}

impl Import {
    /// Whether nothing changes, in the calendar or in any community.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.communities.iter().all(|one| one.series.is_empty())
    }

    /// How many sessions this happens to.
    pub fn count(&self, kind: Kind) -> usize {
        self.communities.iter().map(|one| one.count(kind)).sum()
    }

    /// How many people are told, each once per community.
    pub fn people_to_tell(&self) -> usize {
        self.communities.iter().map(|one| one.people_to_tell).sum()
    }
}

/// Reads a notice as a person sends it.
///
/// # Errors
/// [`Error::Invalid`] names the key and the value.
pub fn read(text: &str) -> Result<HolidayCalendar> {
    if text.len() > MOST_BYTES {
        let error = FieldError::new("notice", "holiday-too-large", "").with("max", MOST_BYTES / 1024);
        return Err(Error::Invalid(vec![error]));
    }
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let notice = HolidayCalendar::from_json(text).map_err(refused)?;
    let empty = |year: i16| {
        !notice
            .days()
            .any(|(date, kind)| date.year() == year && matches!(kind, DayKind::Holiday(_)))
    };
    if notice.published_years().next().is_none() {
        return Err(Error::invalid("notice", "holiday-no-year", ""));
    }
    if let Some(year) = notice.published_years().find(|year| empty(*year)) {
        return Err(Error::invalid("notice", "holiday-no-days", year.to_string()));
    }
    Ok(notice)
}

fn refused(error: HolidayError) -> Error {
    let field = |code, value: String| FieldError::new("notice", code, value);
    Error::Invalid(vec![match error {
        HolidayError::Json(why) => field("holiday-json", String::new()).with("why", why),
        HolidayError::Year(key) => field("holiday-year", key),
        HolidayError::Date(key) => field("holiday-date", key),
        HolidayError::Name { date } => field("holiday-name", date.to_string()),
        // A year is a name here, not an amount: as text it is not written 2,027.
        HolidayError::WrongYear { date, year } => {
            field("holiday-wrong-year", date.to_string()).with("year", format!("“{year}”"))
        }
        HolidayError::Both(date) => field("holiday-both", date.to_string()),
        HolidayError::TooMany { year, days } => field("holiday-too-many", year.to_string()).with("days", days),
    }])
}

/// Whether `actor` may import notices: they are the same for all communities.
fn may_import(actor: &Actor) -> std::result::Result<(), Refusal> {
    // Of no community: whoever belongs to one has no right to it.
    may(
        actor,
        Action::ManageHolidays,
        crate::domain::id::CommunityId(uuid::Uuid::nil()),
    )
}

/// What importing this notice would do. Changes nothing.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong with the notice; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn preview_import(ctx: &Context, actor: &Actor, text: &str) -> Result<Import> {
    may_import(actor)?;
    let notice = read(text)?;
    let conn = ctx.db.reader();
    let old = in_force(conn).await?;
    let drafts = diff::drafts(conn, ctx.now(), &old, &old.updated_with(&notice)).await?;
    let communities = drafts.into_iter().map(diff::Draft::shown).collect();
    Ok(summed(&old, &notice, communities, false))
}

/// Imports a notice: keeps it, and changes the sessions to come of all communities with it, in one transaction.
///
/// With `seen` (the digest of a preview) nothing is changed when the import would do something else than that preview said; then the answer
/// is the new preview, not applied.
///
/// # Errors
/// [`Error::Invalid`] names what is wrong with the notice; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn import(ctx: &Context, actor: &Actor, text: &str, seen: Option<&str>) -> Result<Import> {
    may_import(actor)?;
    let notice = read(text)?;
    let now = ctx.now();
    let seen = seen.map(str::to_owned);
    let done = retry::write(ctx, || {
        let (ctx, actor, notice, seen) = (ctx.clone(), actor.clone(), notice.clone(), seen.clone());
        async move |txn: &Txn| import_in(&ctx, txn, now, &actor, &notice, seen.as_deref()).await
    })
    .await?;
    if done.applied {
        refresh(ctx).await?;
        ctx.schedule_changed();
    }
    Ok(done)
}

async fn import_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    actor: &Actor,
    notice: &HolidayCalendar,
    seen: Option<&str>,
) -> Result<Import> {
    // First of all: who stores dates meanwhile has read the notices as they were, or waits.
    storage::holiday::lock(txn).await?;
    let old = in_force(txn).await?;
    let new = old.updated_with(notice);
    let mut drafts = diff::drafts_locked(txn, now, &old, &new).await?;
    let shown = drafts.iter().cloned().map(diff::Draft::shown).collect();
    let import = summed(&old, notice, shown, true);
    if seen.is_some_and(|seen| seen != import.digest) {
        return Ok(Import {
            applied: false,
            ..import
        });
    }
    for year in &import.years {
        storage::holiday::put(txn, *year, &notice.notice(*year), actor.account(), now).await?;
    }
    for draft in &mut drafts {
        draft.store(ctx, txn, now).await?;
    }
    for (draft, changes) in drafts.iter().zip(&import.communities) {
        let detail = json!({
            "years": import.years,
            "moved": changes.count(Kind::Moved),
            "dropped": changes.count(Kind::Dropped),
            "restored": changes.count(Kind::Restored),
            "new": changes.count(Kind::New),
            "confirmed": changes.count(Kind::Confirmed),
            "provisional": changes.count(Kind::Provisional),
            "in_conflict": changes.count(Kind::Conflict),
            "people_to_tell": changes.people_to_tell,
        });
        audit::record(ctx, txn, now, draft.home.id, actor, "holidays.import", None, &detail).await?;
    }
    Ok(import)
}

fn summed(
    old: &HolidayCalendar,
    notice: &HolidayCalendar,
    communities: Vec<CommunityChanges>,
    applied: bool,
) -> Import {
    let new = old.updated_with(notice);
    let years: Vec<i16> = notice.published_years().collect();
    let days = day_changes(old, &new);
    let mut hash = Sha256::new();
    for year in &years {
        hash.update(format!("{year}{}\n", notice.notice(*year)));
    }
    hash.update(format!("{days:?}"));
    for community in &communities {
        hash.update(format!("{}:{}\n", community.home.id, community.people_to_tell));
        for series in &community.series {
            hash.update(format!("{}{:?}\n", series.series, series.items));
        }
    }
    let digest = hex(&hash.finalize());
    Import {
        years,
        days,
        communities,
        digest,
        applied,
    }
}

/// How many sessions to come of a community are provisional.
///
/// # Errors
/// [`Error::Storage`]; [`Error::Forbidden`].
pub async fn provisional_count(ctx: &Context, actor: &Actor, home: crate::domain::id::CommunityId) -> Result<u64> {
    may(actor, Action::Plan, home)?;
    let conn = ctx.db.reader();
    Ok(storage::session::count_of_status(conn, home, SessionStatus::Provisional, ctx.now()).await?)
}
