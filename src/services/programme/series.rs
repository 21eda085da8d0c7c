//! Planning a series: the preview, and the real thing with its sessions in one transaction.

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use serde_json::json;

use super::EXCLUDED_FOR_CLASH;
use super::draft::draft;
use super::horizon::day_after;
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::{Community, PartnerTerms};
use crate::domain::id::{CommunityId, FacilitatorId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::lang::Lang;
use crate::domain::planning::{Caution, Clash, Exclusion, OnCaution, Programme};
use crate::domain::recurrence::{EmptyReason, HolidayPolicy};
use crate::services::{Context, Error, Result, audit, community, retry};
use crate::storage::{self, Txn};

/// What to do with the dates at which something stands in the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Store nothing and name every clash.
    #[default]
    Refuse,
    /// Leave these dates out and store the others; nothing is stored when all clash.
    Skip,
}

/// A series to be planned.
#[derive(Clone, Debug)]
pub struct PlanSeries {
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// First start, wall clock of the community.
    pub starts_local: DateTime,
    /// Length.
    pub duration_minutes: i32,
    /// RRULE value; none for a single date.
    pub rule: Option<String>,
    /// Extra dates (RDATE), wall clock.
    pub extra: Vec<DateTime>,
    /// Dates taken out (EXDATE).
    pub excluded: Vec<Exclusion>,
    /// What happens on official days off.
    pub holiday_policy: HolidayPolicy,
    /// Seats; none: the programme's.
    pub capacity: Option<i32>,
    /// It ends after so many sessions that are not cancelled; none without such an end.
    pub held_limit: Option<i32>,
    /// No date at or after this wall-clock time; none without such an end.
    pub ends_before: Option<DateTime>,
    /// Its sessions are stored up to its end now, also beyond the horizon: people sign up for all of them at once.
    pub whole: bool,
    /// What to do with dates that clash.
    pub on_conflict: OnConflict,
    /// Whether what speaks against dates is accepted.
    pub on_caution: OnCaution,
}

impl PlanSeries {
    /// One session of a programme, once.
    pub fn once(programme: ProgrammeId, venue: VenueId, starts_local: DateTime, duration_minutes: i32) -> Self {
        Self {
            programme_id: programme,
            venue_id: venue,
            facilitator_id: None,
            starts_local,
            duration_minutes,
            rule: None,
            extra: Vec::new(),
            excluded: Vec::new(),
            holiday_policy: HolidayPolicy::Hold,
            capacity: None,
            held_limit: None,
            ends_before: None,
            whole: false,
            on_conflict: OnConflict::Refuse,
            on_caution: OnCaution::Accept,
        }
    }
}

/// How many dates a preview shows at least, those beyond the horizon included.
pub const LATER_SHOWN: usize = 5;

/// One date of a planned series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSession {
    /// Its session; none in a preview, or when something stands in the way.
    pub session_id: Option<SessionId>,
    /// The start that the rule yields, wall clock.
    pub original_local: DateTime,
    /// Start.
    pub starts: Zoned,
    /// End.
    pub ends: Zoned,
    /// Whether a holiday notice yet to come may change it.
    pub provisional: bool,
    /// What stands in the way.
    pub clashes: Vec<Clash>,
    /// What speaks against it.
    pub cautions: Vec<Caution>,
    /// The nearest start at which nothing stands in the way; asked for only where something does.
    pub nearest_free: Option<Zoned>,
    /// The venue of that start, where it is another one.
    pub nearest_venue_id: Option<VenueId>,
}

/// A planned series, or the preview of one.
#[derive(Clone, Debug)]
pub struct PlannedSeries {
    /// The series; none in a preview.
    pub series_id: Option<SeriesId>,
    /// Its dates in words, Chinese.
    pub summary_zh: String,
    /// The same in English.
    pub summary_en: String,
    /// The dates that can stand, in order.
    pub sessions: Vec<PlannedSession>,
    /// The dates at which something stands in the way, in order.
    pub missing: Vec<PlannedSession>,
    /// Everything that stands in the way, each once.
    pub clashes: Vec<Clash>,
    /// Original starts which the holiday policy dropped, with the holiday's name.
    pub skipped: Vec<(DateTime, String)>,
    /// The first dates beyond the horizon, which are stored when their time comes: only where few lie before it, and at most
    /// [`LATER_SHOWN`].
    pub later: Vec<Zoned>,
    /// Why there is no date up to the horizon; none when there is one.
    pub why_empty: Option<EmptyReason>,
}

impl PlannedSeries {
    /// Everything that speaks against its dates, in order.
    pub fn cautions(&self) -> impl Iterator<Item = &Caution> {
        self.sessions.iter().flat_map(|session| &session.cautions)
    }

    /// Its dates in words of this language.
    pub fn summary(&self, lang: Lang) -> &str {
        lang.pick(&self.summary_zh, &self.summary_en)
    }
}

/// Plans a series: checks it, finds its dates up to the horizon, and what stands in the way of each. Unless `dry_run`, stores
/// the series with its sessions, all in one transaction.
///
/// # Errors
/// [`Error::Invalid`] names the wrong fields; [`Error::Conflict`] every clash, when it is real and [`OnConflict`] or the number
/// of clashes leaves nothing to store; [`Error::Caution`] what speaks against it, when that is not accepted; [`Error::Forbidden`];
/// [`Error::Storage`].
pub async fn plan_series(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    wish: PlanSeries,
    dry_run: bool,
) -> Result<PlannedSeries> {
    may(actor, Action::Plan, community)?;
    preview_or_plan(ctx, actor, community, wish, dry_run).await
}

/// What [`plan_series`] would come to, for whoever may propose but not plan.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Storage`].
pub async fn preview(ctx: &Context, actor: &Actor, community: CommunityId, wish: PlanSeries) -> Result<PlannedSeries> {
    may(actor, Action::Propose, community).or_else(|_| may(actor, Action::Plan, community))?;
    preview_or_plan(ctx, actor, community, wish, true).await
}

async fn preview_or_plan(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    wish: PlanSeries,
    dry_run: bool,
) -> Result<PlannedSeries> {
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    if dry_run {
        return preview_as(ctx, &home, &wish, None).await;
    }
    retry::write(ctx, || {
        let (ctx, actor, home, wish) = (ctx.clone(), actor.clone(), home.clone(), wish.clone());
        async move |txn: &Txn| {
            let planned = plan_series_in(&ctx, txn, now, &home, &wish).await?;
            note(&ctx, txn, now, home.id, &actor, &planned).await?;
            Ok(planned)
        }
    })
    .await
}

/// What a series would come to. Asks for no permission. `offered` stands for a programme that is not there yet.
pub(crate) async fn preview_as(
    ctx: &Context,
    home: &Community,
    wish: &PlanSeries,
    offered: Option<Programme>,
) -> Result<PlannedSeries> {
    let now = ctx.now();
    let conn = ctx.db.reader();
    let offered = match offered {
        Some(programme) => Some(programme),
        None => storage::programme::find(conn, home.id, wish.programme_id).await?,
    };
    let draft = draft(ctx, conn, now, home, wish, offered).await?;
    let timetable = draft.timetable(conn, home).await?;
    let mut checked = draft.against(timetable);
    checked.look(conn, home, &ctx.holidays()).await?;
    checked.find_offers(conn, home, now).await?;
    Ok(checked.shown(home))
}

/// Plans and stores a series inside a transaction somebody else has opened. Asks for no permission: whoever opened it has.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`], [`Error::Storage`]; then the transaction must be given up.
pub async fn plan_series_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    wish: &PlanSeries,
) -> Result<PlannedSeries> {
    plan_series_as(ctx, txn, now, home, wish, None).await
}

/// The same under an id that was given out before.
pub(crate) async fn plan_series_as(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    wish: &PlanSeries,
    id: Option<SeriesId>,
) -> Result<PlannedSeries> {
    let offered = storage::programme::find(txn, home.id, wish.programme_id).await?;
    let mut draft = draft(ctx, txn, now, home, wish, offered).await?;
    if let Some(id) = id {
        draft.series.id = id;
    }
    let who: Vec<FacilitatorId> = wish.facilitator_id.into_iter().collect();
    storage::booking::lock(txn, home.id, &[wish.venue_id], &who).await?;
    let timetable = draft.timetable(txn, home).await?;
    let mut checked = draft.against(timetable);
    if !checked.clashing.is_empty() && (wish.on_conflict == OnConflict::Refuse || checked.free.is_empty()) {
        return Err(Error::Conflict(checked.clashes()));
    }
    checked.look(txn, home, &ctx.holidays()).await?;
    checked.find_offers(txn, home, now).await?;
    if wish.on_caution == OnCaution::Refuse {
        let found: Vec<Caution> = checked.cautions.iter().flatten().cloned().collect();
        if !found.is_empty() {
            return Err(Error::Caution(found));
        }
    }
    // Dates beyond a paper's last day are not left out for good: they come when it is renewed.
    let papers = checked
        .draft
        .conditions
        .partner
        .as_ref()
        .and_then(PartnerTerms::last_day);
    let series = &mut checked.draft.series;
    if let Some(end) = papers.map(day_after) {
        series.materialised_until = series.materialised_until.map(|until| until.min(end));
    }
    let until = series.materialised_until;
    let clashing = checked.clashing.iter().map(|(wanted, ..)| wanted.original_local);
    let left_out = clashing
        .filter(|original| until.is_none_or(|until| *original < until))
        .map(|at| Exclusion {
            at,
            reason: EXCLUDED_FOR_CLASH.to_owned(),
        });
    series.excluded.extend(left_out);
    storage::series::insert(txn, home.id, series, now).await?;
    checked.store(ctx, txn, now, home).await?;
    Ok(checked.shown(home))
}

/// Notes a planned series in the audit chain, as the last thing in its transaction.
pub(crate) async fn note(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    actor: &Actor,
    planned: &PlannedSeries,
) -> Result<()> {
    let detail = json!({
        "sessions": planned.sessions.len(),
        "missing": planned.missing.len(),
        // What was accepted on purpose.
        "cautions": planned.cautions().count(),
    });
    let subject = planned.series_id.map(|series| series.0);
    audit::record(ctx, txn, now, community, actor, "series.plan", subject, &detail).await?;
    Ok(())
}
