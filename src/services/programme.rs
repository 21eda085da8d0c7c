//! Programmes, and the planning of their series.
//!
//! [`plan_series`] serves the preview and the real thing; [`plan_series_in`] is the same inside a transaction somebody else
//! has opened, as approving a proposal does; [`extend_horizon`] keeps sessions stored so many weeks ahead, and running it
//! twice changes nothing.

use std::collections::HashMap;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;

use super::checks::Checks;
use super::schedule::in_words;
use super::{Context, Error, FieldError, Result, audit, community, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::{HolidayCalendar, IsoWeek};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, FacilitatorId, PartnerId, ProgrammeId, ProposalId, SeriesId, SessionId, VenueId};
use crate::domain::lang::Lang;
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{
    CAPACITY, Clash, Conditions, Counting, DURATION_MINUTES, Exclusion, MOST_DATES, MOST_DAYS, Plan, PlanError,
    Programme, ProgrammeKind, Series, Session, SessionStatus, SignUpMode, Timetable, Wanted, plan,
};
use crate::domain::recurrence::{EmptyReason, HolidayPolicy, Rule, Window};
use crate::domain::text::{TEXT_CHARS, TITLE_CHARS};
use crate::storage::booking::{Holder, NewBooking};
use crate::storage::{self, Connection, Txn};

/// How far ahead the first date of a series may lie, days.
const FURTHEST_START_DAYS: i32 = MOST_DAYS;
/// How far back the first date of a series may lie, days: what took place before the program came is written down too.
const EARLIEST_START_DAYS: i32 = 4000;
/// Series extended per question.
const SERIES_AT_ONCE: u64 = 200;
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
    checks.ensure(new.matters.len() <= 50, "matters", "plan-too-many", new.matters.len());
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
            .iter()
            .take(50)
            .map(|matter| checks.line("matters", matter, TITLE_CHARS))
            .filter(|matter| !matter.is_empty())
            .collect(),
        partner_id: new.partner_id,
        archived: false,
    };
    checks.finish()?;
    Ok(programme)
}

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
    /// What to do with dates that clash.
    pub on_conflict: OnConflict,
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
            on_conflict: OnConflict::Refuse,
        }
    }
}

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
    /// The nearest start of the same day at which nothing stands in the way; asked for only where something does.
    pub nearest_free: Option<Zoned>,
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
    /// Why there is no date up to the horizon; none when there is one.
    pub why_empty: Option<EmptyReason>,
}

impl PlannedSeries {
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
/// of clashes leaves nothing to store; [`Error::Forbidden`]; [`Error::Storage`].
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
            let detail = json!({"sessions": planned.sessions.len(), "missing": planned.missing.len()});
            let subject = planned.series_id.map(|series| series.0);
            audit::record(&ctx, txn, now, home.id, &actor, "series.plan", subject, &detail).await?;
            Ok(planned)
        }
    })
    .await
}

/// What a series would come to. Asks for no permission. `offered` stands for a programme that is not there yet.
pub(super) async fn preview_as(
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
    Ok(draft.against(timetable, now).shown(home))
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
pub(super) async fn plan_series_as(
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
    let mut checked = draft.against(timetable, now);
    if !checked.clashing.is_empty() && (wish.on_conflict == OnConflict::Refuse || checked.free.is_empty()) {
        return Err(Error::Conflict(checked.clashes()));
    }
    let left_out = checked.clashing.iter().map(|(wanted, ..)| Exclusion {
        at: wanted.original_local,
        reason: EXCLUDED_FOR_CLASH.to_owned(),
    });
    let series = &mut checked.draft.series;
    series.excluded.extend(left_out);
    storage::series::insert(txn, home.id, series, now).await?;
    checked.store(ctx, txn, now, home).await?;
    Ok(checked.shown(home))
}

/// A series that was checked, and what it wants.
struct Draft {
    programme: Programme,
    series: Series,
    plan: Plan,
    conditions: Conditions,
}

/// A draft against what stands.
struct Checked {
    draft: Draft,
    stored: bool,
    free: Vec<(Wanted, SessionId)>,
    clashing: Vec<(Wanted, Vec<Clash>, Option<Zoned>)>,
}

/// Checks a wish and finds its dates.
async fn draft(
    ctx: &Context,
    conn: &impl Connection,
    now: Timestamp,
    home: &Community,
    wish: &PlanSeries,
    programme: Option<Programme>,
) -> Result<Draft> {
    let mut checks = Checks::new();
    checks.ensure(
        programme.as_ref().is_some_and(|programme| !programme.archived),
        "programme_id",
        "plan-no-such",
        wish.programme_id,
    );
    let venues = storage::community::venues(conn, home.id).await?;
    let known = venues.iter().any(|venue| venue.id == wish.venue_id);
    checks.ensure(known, "venue_id", "plan-no-such", wish.venue_id);
    if let Some(facilitator) = wish.facilitator_id {
        let all = storage::community::facilitators(conn, home.id).await?;
        let known = all.iter().any(|person| person.id == facilitator);
        checks.ensure(known, "facilitator_id", "plan-no-such", facilitator);
    }
    checks.number("duration_minutes", wish.duration_minutes, &DURATION_MINUTES);
    if let Some(capacity) = wish.capacity {
        checks.number("capacity", capacity, &CAPACITY);
    }
    let rule = wish.rule.as_deref().map(str::trim).filter(|rule| !rule.is_empty());
    let rule: Option<Rule> = rule.and_then(|text| match text.parse() {
        Ok(rule) => Some(rule),
        Err(error) => {
            let error: crate::domain::recurrence::RuleError = error;
            checks.add(
                FieldError::new("rule", "plan-rule", text)
                    .with("zh", error.words(Lang::Zh))
                    .with("en", error.words(Lang::En)),
            );
            None
        }
    });
    for (field, count) in [("rdate", wish.extra.len()), ("exdate", wish.excluded.len())] {
        checks.ensure(count <= MOST_DATES, field, "plan-too-many", count);
    }
    let today = now.to_zoned(home.zone.clone()).datetime();
    let earliest = today.saturating_sub(EARLIEST_START_DAYS.days());
    let latest = today.saturating_add(FURTHEST_START_DAYS.days());
    for (field, at) in std::iter::once(("dtstart", wish.starts_local)).chain(wish.extra.iter().map(|at| ("rdate", *at)))
    {
        checks.ensure(earliest <= at && at <= latest, field, "plan-start-out-of-reach", at);
        checks.ensure(
            at.second() == 0 && at.subsec_nanosecond() == 0,
            field,
            "plan-whole-minutes",
            at,
        );
    }
    checks.finish()?;
    // The checks above say when there is none.
    let programme = programme.ok_or_else(|| Error::not_found("programme", wish.programme_id))?;

    let series = Series {
        id: ctx.new_id(now),
        programme_id: programme.id,
        venue_id: wish.venue_id,
        facilitator_id: wish.facilitator_id,
        starts_local: wish.starts_local,
        zone: home.zone.clone(),
        duration_minutes: wish.duration_minutes,
        rule,
        extra: wish.extra.clone(),
        excluded: wish.excluded.clone(),
        holiday_policy: wish.holiday_policy,
        capacity: wish.capacity,
        ends_before_local: None,
        materialised_until: None,
        sequence: 0,
    };
    let horizon = horizon(home, now);
    let first = wish.extra.iter().copied().fold(wish.starts_local, DateTime::min);
    let last = wish.extra.iter().copied().fold(wish.starts_local, DateTime::max);
    // A date that was named is stored however far ahead it lies.
    let until = if series.rule.is_none() {
        horizon.max(last.saturating_add(1.day()))
    } else {
        horizon
    };
    let plan = plan_from(&series, &programme, first, until, now)?;
    if plan.create.is_empty()
        && let Some(why) = plan.why_empty
        && !matches!(
            why,
            EmptyReason::NotStarted | EmptyReason::NothingInWindow | EmptyReason::WindowEmpty
        )
    {
        return Err(Error::Invalid(vec![
            FieldError::new("rule", "plan-no-dates", wish.rule.clone().unwrap_or_default())
                .with("zh", why.words(Lang::Zh))
                .with("en", why.words(Lang::En)),
        ]));
    }
    let licence_expires_on = licence(conn, home.id, &programme).await?;
    Ok(Draft {
        series: Series {
            materialised_until: Some(until),
            ..series
        },
        plan,
        conditions: Conditions {
            zone: home.zone.clone(),
            venues: venues.into_iter().map(|venue| (venue.id, venue)).collect(),
            licence_expires_on,
        },
        programme,
    })
}

/// Last day of the licence of the partner that gives a programme.
pub(super) async fn licence(
    conn: &impl Connection,
    community: CommunityId,
    programme: &Programme,
) -> Result<Option<jiff::civil::Date>> {
    let Some(partner) = programme.partner_id else {
        return Ok(None);
    };
    let partners = storage::community::partners(conn, community).await?;
    Ok(partners
        .into_iter()
        .find(|other| other.id == partner)
        .and_then(|partner| partner.licence_expires_on))
}

/// The first midnight after the planning horizon of a community.
fn horizon(home: &Community, now: Timestamp) -> DateTime {
    let today = now.to_zoned(home.zone.clone()).date();
    let last = today.saturating_add((i64::from(home.horizon_weeks.clamp(1, 52)) * 7).days());
    last.to_datetime(jiff::civil::Time::midnight())
}

/// The plan of a new series from its first date on, in steps no longer than may be planned at once.
fn plan_from(series: &Series, programme: &Programme, first: DateTime, until: DateTime, now: Timestamp) -> Result<Plan> {
    let mut whole = Plan::default();
    let mut from = first;
    loop {
        let to = from.saturating_add(MOST_DAYS.days()).min(until);
        let window = Window { from, to };
        let part = plan(
            series,
            &[],
            programme.capacity,
            &[],
            window,
            HolidayCalendar::china(),
            now,
        )
        .map_err(|error| refused(&error))?;
        whole.create.extend(part.create);
        whole.skipped.extend(part.skipped);
        whole.why_empty = part.why_empty;
        if whole.create.len() > MOST_DATES {
            return Err(refused(&PlanError::TooManyDates { from: first }));
        }
        if to >= until {
            break;
        }
        from = to;
    }
    if !whole.create.is_empty() {
        whole.why_empty = None;
    }
    Ok(whole)
}

/// A plan that cannot be made, as the field that is to blame.
pub(super) fn refused(error: &PlanError) -> Error {
    let error = match error {
        PlanError::Rule(rule) => FieldError::new("rule", "plan-rule", "")
            .with("zh", rule.words(Lang::Zh))
            .with("en", rule.words(Lang::En)),
        PlanError::TooManyDates { .. } => FieldError::new("rule", "plan-too-many-dates", "").with("max", MOST_DATES),
        PlanError::PastMidnight { starts_local } => {
            FieldError::new("duration_minutes", "plan-past-midnight", starts_local.to_string())
        }
        PlanError::WindowTooLong => FieldError::new("rule", "plan-window", "").with("max", MOST_DAYS),
    };
    Error::Invalid(vec![error])
}

impl Draft {
    /// What is taken around the dates it wants.
    async fn timetable(&self, conn: &impl Connection, home: &Community) -> Result<Timetable> {
        let wanted = &self.plan.create;
        let first = wanted.iter().map(|wanted| wanted.slot.starts_at).min();
        let last = wanted.iter().map(|wanted| wanted.slot.ends_at).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Timetable::default());
        };
        // A day more on both sides, for the offers of nearest free slots.
        let day = (24 * 60 + LONGEST_BUSY_MINUTES).minutes();
        let from = first.checked_sub(day).unwrap_or(Timestamp::MIN);
        let to = last.checked_add(day).unwrap_or(Timestamp::MAX);
        let who: Vec<FacilitatorId> = self.series.facilitator_id.into_iter().collect();
        let spans = storage::booking::busy(conn, home.id, &[self.series.venue_id], &who, from, to).await?;
        Ok(Timetable::new(spans))
    }

    /// Sorts its dates into those that can stand and those that cannot. Earlier dates of the series stand in the way of later ones.
    fn against(self, mut timetable: Timetable, now: Timestamp) -> Checked {
        let mut free = Vec::new();
        let mut clashing = Vec::new();
        for wanted in &self.plan.create {
            let clashes = self.conditions.clashes(&wanted.slot, &timetable);
            if clashes.is_empty() {
                timetable.add(self.conditions.busy(&wanted.slot, None, &self.programme.title));
                free.push(wanted.clone());
            } else {
                clashing.push((wanted.clone(), clashes));
            }
        }
        let clashing = clashing
            .into_iter()
            .map(|(wanted, clashes)| {
                let nearest = self.conditions.nearest_free(&wanted.slot, &timetable, now);
                (wanted, clashes, nearest)
            })
            .collect();
        let nobody = SessionId(uuid::Uuid::nil());
        Checked {
            free: free.into_iter().map(|wanted| (wanted, nobody)).collect(),
            clashing,
            stored: false,
            draft: self,
        }
    }
}

impl Checked {
    /// Everything that stands in the way, each once.
    fn clashes(&self) -> Vec<Clash> {
        let mut all: Vec<Clash> = Vec::new();
        for clash in self.clashing.iter().flat_map(|(_, clashes, _)| clashes) {
            // Only what holds for every date can repeat.
            if clash.wanted_at().is_some() || !all.contains(clash) {
                all.push(clash.clone());
            }
        }
        all
    }

    /// Stores the sessions and their bookings; the series stands already.
    async fn store(&mut self, ctx: &Context, txn: &Txn, now: Timestamp, home: &Community) -> Result<()> {
        let mut sessions = Vec::with_capacity(self.free.len());
        let mut bookings = Vec::with_capacity(self.free.len());
        for (wanted, id) in &mut self.free {
            *id = ctx.new_id(now);
            sessions.push(Session {
                id: *id,
                series_id: self.draft.series.id,
                programme_id: self.draft.programme.id,
                original_local: wanted.original_local,
                starts_at: wanted.slot.starts_at,
                ends_at: wanted.slot.ends_at,
                venue_id: wanted.slot.venue_id,
                facilitator_id: wanted.slot.facilitator_id,
                capacity: wanted.slot.capacity,
                status: if wanted.provisional {
                    SessionStatus::Provisional
                } else {
                    SessionStatus::Scheduled
                },
                reason_code: None,
                reason: None,
                topic: None,
                moved_from_at: None,
                moved_from_venue_id: None,
                overridden: false,
                sequence: 0,
                enrolled: 0,
                waitlisted: 0,
                named: 0,
                headcount: 0,
                updated_at: now,
            });
            bookings.push(NewBooking {
                id: ctx.new_id(now),
                holder: Holder::Session(*id),
                busy: self.draft.conditions.busy(&wanted.slot, Some(*id), ""),
            });
        }
        storage::session::insert_all(txn, home.id, &sessions, now).await?;
        storage::booking::insert_all(txn, home.id, &bookings).await?;
        self.stored = true;
        Ok(())
    }

    fn shown(self, home: &Community) -> PlannedSeries {
        let clashes = self.clashes();
        let local = |at: Timestamp| at.to_zoned(home.zone.clone());
        let session =
            |wanted: Wanted, id: Option<SessionId>, clashes: Vec<Clash>, nearest: Option<Zoned>| PlannedSession {
                session_id: id,
                original_local: wanted.original_local,
                starts: local(wanted.slot.starts_at),
                ends: local(wanted.slot.ends_at),
                provisional: wanted.provisional,
                clashes,
                nearest_free: nearest,
            };
        let stored = self.stored;
        PlannedSeries {
            series_id: stored.then_some(self.draft.series.id),
            summary_zh: in_words(&self.draft.series, Lang::Zh),
            summary_en: in_words(&self.draft.series, Lang::En),
            sessions: self
                .free
                .into_iter()
                .map(|(wanted, id)| session(wanted, stored.then_some(id), Vec::new(), None))
                .collect(),
            missing: self
                .clashing
                .into_iter()
                .map(|(wanted, clashes, nearest)| session(wanted, None, clashes, nearest))
                .collect(),
            clashes,
            skipped: self.draft.plan.skipped,
            why_empty: self.draft.plan.why_empty,
        }
    }
}

/// Holds the dates a proposal asks for, inside the transaction that stores the proposal: what it held before is given free
/// first. The dates at which something stands in the way are held by nobody and come back as missing.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] when nothing could be held; [`Error::Storage`].
pub async fn hold_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    proposal: ProposalId,
    wish: &PlanSeries,
) -> Result<PlannedSeries> {
    let offered = storage::programme::find(txn, home.id, wish.programme_id).await?;
    let draft = draft(ctx, txn, now, home, wish, offered).await?;
    let who: Vec<FacilitatorId> = wish.facilitator_id.into_iter().collect();
    storage::booking::lock(txn, home.id, &[wish.venue_id], &who).await?;
    storage::booking::release_proposal(txn, home.id, proposal).await?;
    let timetable = draft.timetable(txn, home).await?;
    let checked = draft.against(timetable, now);
    if checked.free.is_empty() && !checked.clashing.is_empty() {
        return Err(Error::Conflict(checked.clashes()));
    }
    let held: Vec<NewBooking> = checked
        .free
        .iter()
        .map(|(wanted, _)| NewBooking {
            id: ctx.new_id(now),
            holder: Holder::Proposal(proposal),
            busy: checked.draft.conditions.busy(&wanted.slot, None, ""),
        })
        .collect();
    storage::booking::insert_all(txn, home.id, &held).await?;
    Ok(checked.shown(home))
}

/// Gives free what a proposal holds, inside the transaction that decides it.
///
/// # Errors
/// [`Error::Storage`].
pub async fn release_in(txn: &Txn, community: CommunityId, proposal: ProposalId) -> Result<()> {
    Ok(storage::booking::release_proposal(txn, community, proposal).await?)
}

/// What extending the horizon came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Series that were looked at.
    pub series: usize,
    /// Sessions that were stored.
    pub sessions: usize,
    /// Dates left out because something stood there.
    pub missing: usize,
}

/// Stores the sessions of every series up to its community's horizon. Running it again changes nothing.
///
/// # Errors
/// [`Error::Storage`]; what was stored before stays.
pub async fn extend_horizon(ctx: &Context) -> Result<Extended> {
    let now = ctx.now();
    let mut done = Extended::default();
    for home in storage::community::list(ctx.db.reader()).await? {
        let until = horizon(&home, now);
        let mut after = None;
        loop {
            let behind = storage::series::behind(ctx.db.reader(), home.id, until, after, SERIES_AT_ONCE).await?;
            let Some(last) = behind.last() else { break };
            after = Some(last.id);
            for series in behind {
                let (sessions, missing) = retry::write(ctx, || {
                    let (ctx, home) = (ctx.clone(), home.clone());
                    async move |txn: &Txn| extend(&ctx, txn, now, &home, series.id, until).await
                })
                .await?;
                done.series += 1;
                done.sessions += sessions;
                done.missing += missing;
            }
        }
    }
    Ok(done)
}

/// Stores the sessions of one series up to `until`; says how many, and how many dates were left out.
async fn extend(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    id: SeriesId,
    until: DateTime,
) -> Result<(usize, usize)> {
    let Some(mut series) = storage::series::lock(txn, home.id, id).await? else {
        return Ok((0, 0));
    };
    let from = series.materialised_until.unwrap_or(series.starts_local);
    if from >= until {
        return Ok((0, 0));
    }
    let programme = storage::programme::find(txn, home.id, series.programme_id)
        .await?
        .ok_or_else(|| Error::not_found("programme", series.programme_id))?;
    let amendments = storage::series::amendments(txn, home.id, id).await?;
    let existing = storage::session::of_series(txn, home.id, id).await?;
    // Whoever was away for longer than may be planned at once catches up in steps, one a run.
    let to = until.min(from.saturating_add(MOST_DAYS.days()));
    let plan = plan(
        &series,
        &amendments,
        programme.capacity,
        &existing,
        Window { from, to },
        HolidayCalendar::china(),
        now,
    );
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            // An amendment can bend a date past midnight: that is for a person to see, and no reason to stop the others.
            tracing::warn!(series = %id, %error, "the sessions of a series cannot be extended");
            return Ok((0, 0));
        }
    };
    let conditions = Conditions {
        zone: home.zone.clone(),
        venues: venues_of(txn, home.id).await?,
        licence_expires_on: licence(txn, home.id, &programme).await?,
    };
    let mut venues: Vec<VenueId> = plan.create.iter().map(|wanted| wanted.slot.venue_id).collect();
    venues.sort();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = plan
        .create
        .iter()
        .filter_map(|wanted| wanted.slot.facilitator_id)
        .collect();
    who.sort();
    who.dedup();
    storage::booking::lock(txn, home.id, &venues, &who).await?;
    series.materialised_until = Some(to);
    let draft = Draft {
        programme,
        series: series.clone(),
        plan,
        conditions,
    };
    let first = draft.plan.create.iter().map(|wanted| wanted.slot.starts_at).min();
    let last = draft.plan.create.iter().map(|wanted| wanted.slot.ends_at).max();
    let timetable = match (first, last) {
        (Some(first), Some(last)) => {
            let to = last.checked_add(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(last);
            Timetable::new(storage::booking::busy(txn, home.id, &venues, &who, first, to).await?)
        }
        _ => Timetable::default(),
    };
    let mut checked = draft.against(timetable, now);
    for (wanted, ..) in &checked.clashing {
        tracing::warn!(series = %id, at = %wanted.original_local, "a date of a series was left out: something stands there");
        series.excluded.push(Exclusion {
            at: wanted.original_local,
            reason: EXCLUDED_FOR_CLASH.to_owned(),
        });
    }
    checked.store(ctx, txn, now, home).await?;
    storage::series::update(txn, home.id, &series, now).await?;
    Ok((checked.free.len(), checked.clashing.len()))
}

/// The venues of a community by their ids.
pub(super) async fn venues_of(
    conn: &impl Connection,
    community: CommunityId,
) -> Result<HashMap<VenueId, crate::domain::community::Venue>> {
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
    let there: std::collections::HashSet<ProgrammeId> = storage::session::between(conn, community, &span)
        .await?
        .into_iter()
        .filter(|session| !session.is_cancelled())
        .map(|session| session.programme_id)
        .collect();
    let monday = week.first_day().to_datetime(jiff::civil::Time::midnight());
    let weekly: std::collections::HashSet<ProgrammeId> = storage::series::list(conn, community)
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
    use crate::domain::recurrence::{End, Frequency};
    series.rule.as_ref().is_some_and(|rule| {
        rule.end() == End::Never
            && rule.interval() == 1
            && matches!(rule.frequency(), Frequency::Weekly | Frequency::Daily)
    })
}
