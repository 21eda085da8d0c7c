//! Programmes, and the planning of their series.
//!
//! [`plan_series`] serves the preview and the real thing; [`plan_series_in`] is the same inside a transaction somebody else
//! has opened, as approving a proposal does; [`extend_horizon`] keeps sessions stored so many weeks ahead, and running it
//! twice changes nothing; [`extend_to`] does it on demand, where somebody looks further ahead.

mod act;
mod copy_week;
mod draft;
mod horizon;
mod look;
mod overview;
mod series;
mod usual;

use std::collections::{HashMap, HashSet};

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use super::checks::Checks;
use super::{Context, Error, Result, audit, community};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::IsoWeek;
use crate::domain::community::{Community, Venue};
use crate::domain::id::{BookingId, CommunityId, PartnerId, ProgrammeId, VenueId};
use crate::domain::planning::{CAPACITY, Conditions, Counting, Programme, ProgrammeKind, Series, SignUpMode, Slot};
use crate::domain::recurrence::{End, Frequency};
use crate::domain::text::{TEXT_CHARS, TITLE_CHARS};
use crate::storage::booking::{Holder, NewBooking};
use crate::storage::{self, Connection, Txn};

pub(super) use act::new_session;
pub use act::{Act, ActOutcome, NoPlace, SeriesChange, act};
pub use copy_week::{CopyHow, CopyItem, CopyPick, CopyState, WeekCopy, copy_week, week_to_copy};
pub use horizon::{Extended, extend_horizon, extend_to};
pub(super) use horizon::{take_back, top_up};
pub(super) use look::{cautions_of, neighbours, subject_of};
pub use overview::{SeriesState, SeriesView, series_list, series_view};
pub use series::{OnConflict, PlanSeries, PlannedSeries, PlannedSession, plan_series, plan_series_in, preview};
pub(super) use series::{note, plan_series_as, preview_as};
pub use usual::{Usual, without_date};

/// Why a date of a series has no session: something stood there. Kept with the date, so that it does not appear later by itself.
pub const EXCLUDED_FOR_CLASH: &str = "clash";

/// A programme to be made.
#[derive(Clone, Debug)]
pub struct NewProgramme {
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// What kind of thing it is.
    pub kind: ProgrammeKind,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom.
    pub audience: String,
    /// Seats by default.
    pub capacity: Option<i32>,
    /// Whether one signs up.
    pub sign_up: SignUpMode,
    /// How those who came are counted.
    pub counting: Counting,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
}

impl NewProgramme {
    /// A programme with a title and a kind, and nothing else said.
    pub fn titled(title: impl Into<String>, kind: ProgrammeKind) -> Self {
        Self {
            title: title.into(),
            title_en: String::new(),
            slogan: String::new(),
            slogan_en: String::new(),
            kind,
            description: String::new(),
            description_en: String::new(),
            bring: String::new(),
            bring_en: String::new(),
            audience: String::new(),
            capacity: None,
            sign_up: SignUpMode::default(),
            counting: Counting::default(),
            matters: Vec::new(),
            partner_id: None,
        }
    }
}

/// The programmes of a community, in the order they were made. Public: they stand on every poster.
///
/// # Errors
/// [`Error::Storage`].
pub async fn list(ctx: &Context, community: CommunityId) -> Result<Vec<Programme>> {
    Ok(storage::programme::list(ctx.db.reader(), community).await?)
}

/// One programme.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn find(ctx: &Context, community: CommunityId, id: ProgrammeId) -> Result<Programme> {
    storage::programme::find(ctx.db.reader(), community, id)
        .await?
        .ok_or_else(|| Error::not_found("programme", id))
}

/// Makes a programme.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Storage`].
pub async fn create_programme(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    new: NewProgramme,
) -> Result<Programme> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let programme = checked_programme(ctx, now, new)?;
    let (stored, context, actor) = (programme.clone(), ctx.clone(), actor.clone());
    let done = ctx
        .db
        .write(async move |txn: &Txn| {
            storage::programme::insert(txn, community, &stored, now).await?;
            let subject = Some(stored.id.0);
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "programme.create",
                subject,
                &json!({}),
            )
            .await?;
            Ok::<_, Error>(())
        })
        .await;
    no_such_partner(done, programme.partner_id)?;
    Ok(programme)
}

/// Makes a programme inside a transaction somebody else has opened. Asks for no permission: whoever opened it has.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Storage`].
pub async fn create_programme_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    new: NewProgramme,
) -> Result<Programme> {
    let programme = checked_programme(ctx, now, new)?;
    let done = storage::programme::insert(txn, community, &programme, now).await;
    no_such_partner(done.map_err(Error::from), programme.partner_id)?;
    Ok(programme)
}

fn no_such_partner(done: Result<()>, partner: Option<PartnerId>) -> Result<()> {
    match (done, partner) {
        (Err(Error::Storage(storage::Error::Dangling)), Some(partner)) => {
            Err(Error::invalid("partner_id", "plan-no-such", partner.to_string()))
        }
        (done, _) => done,
    }
}

pub(super) fn checked_programme(ctx: &Context, now: Timestamp, new: NewProgramme) -> Result<Programme> {
    let mut checks = Checks::new();
    if let Some(capacity) = new.capacity {
        checks.number("capacity", capacity, &CAPACITY);
    }
    checks.ensure(new.matters.len() <= 50, "matters", "plan-too-many", &new.matters.len());
    let programme = Programme {
        id: ctx.new_id(now),
        title: checks.required_line("title", &new.title, TITLE_CHARS),
        title_en: checks.line("title_en", &new.title_en, TITLE_CHARS * 2),
        slogan: checks.line("slogan", &new.slogan, TITLE_CHARS),
        slogan_en: checks.line("slogan_en", &new.slogan_en, TITLE_CHARS * 3),
        kind: new.kind,
        description: checks.lines("description", &new.description, TEXT_CHARS),
        description_en: checks.lines("description_en", &new.description_en, TEXT_CHARS * 2),
        bring: checks.line("bring", &new.bring, 200),
        bring_en: checks.line("bring_en", &new.bring_en, 400),
        audience: checks.line("audience", &new.audience, 200),
        capacity: new.capacity,
        sign_up: new.sign_up,
        counting: new.counting,
        matters: new
            .matters
            .into_iter()
            .take(50)
            .map(|matter| checks.line("matters", &matter, TITLE_CHARS))
            .filter(|matter| !matter.is_empty())
            .collect(),
        partner_id: new.partner_id,
        archived: false,
    };
    checks.finish()?;
    Ok(programme)
}

/// Sessions are planned and restored so far back, as far as closures are concerned.
const PAST: SignedDuration = SignedDuration::from_hours(4001 * 24);

/// What holds at the places of a community, for something that this partner gives.
pub(super) async fn conditions(
    conn: &impl Connection,
    home: &Community,
    partner: Option<PartnerId>,
    now: Timestamp,
) -> Result<Conditions> {
    let partner = match partner {
        Some(id) => storage::community::find_partner(conn, home.id, id).await?,
        None => None,
    };
    Ok(Conditions {
        zone: home.zone.clone(),
        venues: venues_of(conn, home.id).await?,
        partner: partner.map(|partner| partner.terms()),
        shut: storage::closure::shut(conn, home.id, now.checked_sub(PAST).unwrap_or(now)).await?,
    })
}

/// The booking of `slot` under `conditions`.
pub(super) fn booking(id: BookingId, holder: Holder, conditions: &Conditions, slot: &Slot) -> NewBooking {
    let by = match holder {
        Holder::Session(session) => Some(session),
        Holder::Proposal(_) => None,
    };
    NewBooking {
        id,
        holder,
        busy: conditions.busy(slot, by, ""),
        claim: conditions.claim(slot),
    }
}

/// The venues of a community by their ids.
pub(super) async fn venues_of(conn: &impl Connection, community: CommunityId) -> Result<HashMap<VenueId, Venue>> {
    let venues = storage::community::venues(conn, community).await?;
    Ok(venues.into_iter().map(|venue| (venue.id, venue)).collect())
}

/// The programmes that repeat but have no session in a week (本周未排): none that is cancelled counts as one.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn unplanned(ctx: &Context, actor: &Actor, community: CommunityId, week: IsoWeek) -> Result<Vec<Programme>> {
    may(actor, Action::SeeStaffPages, community)?;
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let (from, to) = super::schedule::bounds_of(&home, week);
    let span = storage::session::Span {
        from,
        to,
        after: None,
        partner: None,
        limit: 5000,
    };
    let there: HashSet<ProgrammeId> = storage::session::between(conn, community, &span)
        .await?
        .into_iter()
        .filter(|session| !session.is_cancelled())
        .map(|session| session.programme_id)
        .collect();
    let monday = week.first_day().to_datetime(Time::midnight());
    let weekly: HashSet<ProgrammeId> = storage::series::list(conn, community)
        .await?
        .into_iter()
        .filter(|series| is_weekly(series) && series.starts_local < monday.saturating_add(7.days()))
        .filter(|series| series.ends_before_local.is_none_or(|end| end > monday))
        .map(|series| series.programme_id)
        .collect();
    Ok(storage::programme::list(conn, community)
        .await?
        .into_iter()
        .filter(|programme| !programme.archived && weekly.contains(&programme.id) && !there.contains(&programme.id))
        .collect())
}

/// Whether a series is expected in every week.
fn is_weekly(series: &Series) -> bool {
    series.rule.as_ref().is_some_and(|rule| {
        rule.end() == End::Never
            && rule.interval() == 1
            && matches!(rule.frequency(), Frequency::Weekly | Frequency::Daily)
    })
}
