//! The week that is copied against the week it is copied to: what each copy would be, what stands in its way, and what speaks against it.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};

use super::super::conditions;
use super::super::look::neighbours;
use super::super::series::PlanSeries;
use super::{CopyHow, CopyItem, CopyPick, CopyState, is_smooth};
use crate::domain::calendar::{DayKind, HolidayCalendar, IsoWeek, resolve};
use crate::domain::community::{Community, PartnerTerms};
use crate::domain::id::{FacilitatorId, PartnerId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::copy::stand_ins;
use crate::domain::planning::{Caution, Clash, Neighbours, Programme, Series, Session, Slot, Subject, Timetable};
use crate::domain::recurrence::{HolidayPolicy, Window};
use crate::services::schedule::{bounds_of, views};
use crate::services::session::slot_of;
use crate::services::{Error, Result};
use crate::storage::session::Span;
use crate::storage::{self, Connection, Txn};

/// The most sessions of one week that are looked at.
const MOST_SESSIONS: u64 = 500;
/// How far ahead a series is asked whether it goes on, days.
const GOES_ON_DAYS: i64 = 370;

/// The two weeks and how far they lie apart.
#[derive(Clone, Copy)]
pub(super) struct Weeks {
    from: IsoWeek,
    to: IsoWeek,
    days: i32,
}

impl Weeks {
    /// They must differ, by little more than a year.
    pub fn of(from: IsoWeek, to: IsoWeek) -> Result<Self> {
        let span = from.first_day().until(to.first_day()).unwrap_or_default();
        let days = span.get_days();
        if days == 0 || days.abs() > 400 {
            return Err(Error::invalid("from", "copy-weeks", from.to_string()));
        }
        Ok(Self { from, to, days })
    }
}

type Partners = HashMap<PartnerId, PartnerTerms>;

/// A session of the week that is copied, and what its copy would be.
struct Candidate {
    session: Session,
    series: Series,
    programme: Programme,
    starts_local: DateTime,
    state: CopyState,
    how: CopyHow,
    rule_goes_on: bool,
    clashes: Vec<Clash>,
    nearest_free: Option<Zoned>,
    cautions: Vec<Caution>,
}

impl Candidate {
    fn slot(&self, at: DateTime, home: &Community) -> Slot {
        let starts_at = resolve(at, &home.zone).timestamp();
        let lasts = self.session.ends_at.duration_since(self.session.starts_at);
        Slot {
            starts_at,
            ends_at: starts_at.checked_add(lasts).unwrap_or(starts_at),
            ..slot_of(&self.session)
        }
    }

    /// Where it can stand: at the same time of day, else at the free time that is offered.
    fn possible(&self, home: &Community) -> Option<Slot> {
        let at = match (&self.nearest_free, self.clashes.is_empty()) {
            (Some(at), _) => at.datetime(),
            (None, true) => self.starts_local,
            (None, false) => return None,
        };
        Some(self.slot(at, home))
    }

    fn minutes(&self) -> i32 {
        let lasts = self.session.ends_at.duration_since(self.session.starts_at);
        i32::try_from(lasts.as_mins()).unwrap_or(i32::MAX)
    }
}

/// The week that is copied against the week it is copied to.
pub(super) struct Held {
    weeks: Weeks,
    candidates: Vec<Candidate>,
}

impl Held {
    /// Both weeks as they stand now.
    pub async fn load(
        conn: &impl Connection,
        now: Timestamp,
        home: &Community,
        weeks: Weeks,
        holidays: &HolidayCalendar,
    ) -> Result<Self> {
        let of_week = async |week: IsoWeek| {
            let (from, to) = bounds_of(home, week);
            let span = Span {
                from,
                to,
                after: None,
                partner: None,
                limit: MOST_SESSIONS,
            };
            storage::session::between(conn, home.id, &span).await
        };
        let source: Vec<Session> = of_week(weeks.from)
            .await?
            .into_iter()
            .filter(|session| !session.is_cancelled())
            .collect();
        let mut target = of_week(weeks.to).await?;
        let (from, to) = bounds_of(home, weeks.to);
        target.extend(storage::session::moved_out_of(conn, home.id, from, to).await?);
        let there = stand_ins(&source, &target, weeks.days, &home.zone);

        let mut ids: Vec<SeriesId> = source.iter().map(|session| session.series_id).collect();
        ids.sort();
        ids.dedup();
        let series: HashMap<SeriesId, Series> = storage::series::find_all(conn, home.id, &ids)
            .await?
            .into_iter()
            .map(|series| (series.id, series))
            .collect();
        let mut ids: Vec<ProgrammeId> = source.iter().map(|session| session.programme_id).collect();
        ids.sort();
        ids.dedup();
        let programmes: HashMap<ProgrammeId, Programme> = storage::programme::find_all(conn, home.id, &ids)
            .await?
            .into_iter()
            .map(|programme| (programme.id, programme))
            .collect();
        let mut candidates = Vec::with_capacity(source.len());
        for (session, there) in source.into_iter().zip(there) {
            let (Some(series), Some(programme)) =
                (series.get(&session.series_id), programmes.get(&session.programme_id))
            else {
                continue;
            };
            let at = home.zone.to_datetime(session.starts_at);
            let starts_local = at.saturating_add(i64::from(weeks.days).days());
            let state = if there.is_some() {
                CopyState::There
            } else if resolve(starts_local, &home.zone).timestamp() < now {
                CopyState::Past
            } else {
                CopyState::Open
            };
            if state != CopyState::There && programme.archived {
                continue;
            }
            candidates.push(Candidate {
                session,
                series: series.clone(),
                programme: programme.clone(),
                starts_local,
                state,
                how: CopyHow::SingleDate,
                rule_goes_on: false,
                clashes: Vec::new(),
                nearest_free: None,
                cautions: Vec::new(),
            });
        }
        let mut held = Self { weeks, candidates };
        held.choose_how(conn, home, holidays).await?;
        let partners: Partners = storage::community::partners(conn, home.id)
            .await?
            .into_iter()
            .map(|partner| (partner.id, partner.terms()))
            .collect();
        held.hold_against(conn, now, home, &partners).await?;
        held.weigh(conn, home, &partners, holidays).await?;
        Ok(held)
    }

    fn open(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates
            .iter()
            .filter(|candidate| candidate.state == CopyState::Open)
    }

    /// An extra date where the series goes on and would put it in the same place.
    async fn choose_how(&mut self, conn: &impl Connection, home: &Community, holidays: &HolidayCalendar) -> Result<()> {
        let monday = self.weeks.to.first_day().to_datetime(jiff::civil::Time::midnight());
        let mut goes_on: HashMap<SeriesId, bool> = HashMap::new();
        for candidate in &mut self.candidates {
            if candidate.state != CopyState::Open || candidate.series.rule.is_none() {
                continue;
            }
            let series = &candidate.series;
            let runs = *goes_on.entry(series.id).or_insert_with(|| {
                let window = Window {
                    from: monday,
                    to: monday.saturating_add(GOES_ON_DAYS.days()),
                };
                let open = series.ends_before_local.is_none_or(|end| end > monday) && series.held_limit.is_none();
                open && series
                    .recurrence()
                    .occurrences(window, 1, holidays)
                    .is_ok_and(|found| !found.occurrences.is_empty())
            });
            candidate.rule_goes_on = runs;
            if !runs || series.leaves_out(candidate.starts_local) {
                continue;
            }
            let off = matches!(holidays.day(candidate.starts_local.date()), DayKind::Holiday(_));
            let session = &candidate.session;
            let same = session.venue_id == series.venue_id
                && session.facilitator_id == series.facilitator_id
                && candidate.minutes() == series.duration_minutes
                && session.capacity == series.capacity.or(candidate.programme.capacity)
                && (!off || series.holiday_policy == HolidayPolicy::Hold);
            // A series that was bent would bend the extra date as well.
            if same && storage::series::amendments(conn, home.id, series.id).await?.is_empty() {
                candidate.how = CopyHow::ExtraDate;
            }
        }
        Ok(())
    }

    fn places(&self) -> (Vec<VenueId>, Vec<FacilitatorId>) {
        let mut venues: Vec<VenueId> = self.open().map(|one| one.session.venue_id).collect();
        venues.sort();
        venues.dedup();
        let mut who: Vec<FacilitatorId> = self.open().filter_map(|one| one.session.facilitator_id).collect();
        who.sort();
        who.dedup();
        (venues, who)
    }

    /// What stands in the way of each copy, earlier ones included.
    async fn hold_against(
        &mut self,
        conn: &impl Connection,
        now: Timestamp,
        home: &Community,
        partners: &Partners,
    ) -> Result<()> {
        let (venues, who) = self.places();
        if venues.is_empty() {
            return Ok(());
        }
        let (from, to) = bounds_of(home, self.weeks.to);
        let to = to.checked_add(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(to);
        let mut timetable = Timetable::new(storage::booking::busy(conn, home.id, &venues, &who, from, to).await?);
        let mut conditions = conditions(conn, home, None, now).await?;
        let mut taken = Vec::new();
        for candidate in &mut self.candidates {
            if candidate.state != CopyState::Open {
                continue;
            }
            let partner = candidate.programme.partner_id.and_then(|id| partners.get(&id));
            conditions.partner = partner.cloned();
            let slot = candidate.slot(candidate.starts_local, home);
            candidate.clashes = conditions.clashes(&slot, &timetable);
            if candidate.clashes.is_empty() {
                timetable.add(conditions.busy(&slot, None, &candidate.programme.title));
            } else {
                taken.push((slot, conditions.partner.clone()));
            }
        }
        // After the others: a free time that is offered must not be one that another copy takes.
        let clashing = self.candidates.iter_mut().filter(|one| !one.clashes.is_empty());
        for (candidate, (slot, terms)) in clashing.zip(taken) {
            conditions.partner = terms;
            candidate.nearest_free = conditions.nearest_free(&slot, &timetable, now);
            if let Some(at) = &candidate.nearest_free {
                let slot = candidate.slot(at.datetime(), home);
                timetable.add(conditions.busy(&slot, None, &candidate.programme.title));
            }
        }
        Ok(())
    }

    /// What speaks against each copy that can stand, the copies before it that are made unasked included.
    async fn weigh(
        &mut self,
        conn: &impl Connection,
        home: &Community,
        partners: &Partners,
        holidays: &HolidayCalendar,
    ) -> Result<()> {
        let subject_of = |programme: &Programme| Subject {
            programme_id: programme.id,
            audience: programme.audience.clone(),
            partner: programme.partner_id.and_then(|id| partners.get(&id)).cloned(),
        };
        let mut by_programme: BTreeMap<ProgrammeId, (Subject, Vec<Slot>)> = BTreeMap::new();
        for one in self.open() {
            if let Some(slot) = one.possible(home) {
                let programme = by_programme.entry(one.programme.id);
                let (_, slots) = programme.or_insert_with(|| (subject_of(&one.programme), Vec::new()));
                slots.push(slot);
            }
        }
        let mut around: HashMap<ProgrammeId, (Subject, Neighbours)> = HashMap::new();
        for (id, (subject, slots)) in by_programme {
            let slots: Vec<&Slot> = slots.iter().collect();
            let found = neighbours(conn, home, &subject, &slots).await?;
            around.insert(id, (subject, found));
        }
        let unmade = SessionId(uuid::Uuid::nil());
        for one in &mut self.candidates {
            if one.state != CopyState::Open {
                continue;
            }
            let (Some(slot), Some((subject, found))) = (one.possible(home), around.get(&one.programme.id)) else {
                continue;
            };
            one.cautions = subject.cautions(&slot, &home.zone, found, holidays);
            if is_smooth(&one.clashes, &one.cautions, one.rule_goes_on) {
                let copy = subject.as_neighbour(unmade, &one.programme.title, &slot);
                for (_, found) in around.values_mut() {
                    found.add(copy.clone());
                }
            }
        }
        Ok(())
    }

    /// Takes the locks under which nothing of this changes.
    pub async fn lock(&self, txn: &Txn, home: &Community) -> Result<()> {
        let mut ids: Vec<SeriesId> = self.open().map(|one| one.series.id).collect();
        ids.sort();
        ids.dedup();
        for id in ids {
            storage::series::lock(txn, home.id, id).await?;
        }
        let (venues, who) = self.places();
        storage::booking::lock(txn, home.id, &venues, &who).await?;
        Ok(())
    }

    /// What is copied when nothing else is said.
    pub fn proposed(&self) -> Vec<CopyPick> {
        self.open()
            .filter(|one| is_smooth(&one.clashes, &one.cautions, one.rule_goes_on))
            .map(|one| CopyPick {
                session: one.session.id,
                starts_local: None,
            })
            .collect()
    }

    /// The picks as extra dates by series and single dates; how many are to be made.
    #[expect(clippy::type_complexity, reason = "two lists and their count")]
    pub fn sort_out(
        &self,
        picks: &[CopyPick],
        home: &Community,
        now: Timestamp,
    ) -> Result<(Vec<(Series, Vec<DateTime>)>, Vec<PlanSeries>, usize)> {
        let mut extra: BTreeMap<SeriesId, (Series, Vec<DateTime>)> = BTreeMap::new();
        let mut single = Vec::new();
        let mut copied = 0;
        let mut seen = Vec::new();
        for pick in picks {
            let no_such = || Error::invalid("take", "plan-no-such", pick.session.to_string());
            let candidate = self.candidates.iter().find(|one| one.session.id == pick.session);
            let candidate = candidate.ok_or_else(no_such)?;
            if candidate.state == CopyState::There || seen.contains(&pick.session) {
                continue;
            }
            seen.push(pick.session);
            let at = pick.starts_local.unwrap_or(candidate.starts_local);
            if resolve(at, &home.zone).timestamp() < now {
                return Err(Error::invalid("take", "plan-starts-in-past", at.to_string()));
            }
            if at.date() != candidate.starts_local.date() {
                return Err(Error::invalid("take", "copy-other-day", at.to_string()));
            }
            copied += 1;
            if candidate.how == CopyHow::ExtraDate && !candidate.series.leaves_out(at) {
                let entry = extra.entry(candidate.series.id);
                let (_, dates) = entry.or_insert_with(|| (candidate.series.clone(), Vec::new()));
                dates.push(at);
                continue;
            }
            single.push(PlanSeries {
                facilitator_id: candidate.session.facilitator_id,
                capacity: candidate.session.capacity,
                ..PlanSeries::once(
                    candidate.programme.id,
                    candidate.session.venue_id,
                    at,
                    candidate.minutes(),
                )
            });
        }
        Ok((extra.into_values().collect(), single, copied))
    }

    /// What is shown of each session.
    pub async fn items(self, conn: &impl Connection, home: &Community) -> Result<Vec<CopyItem>> {
        let sessions = self.candidates.iter().map(|one| one.session.clone()).collect();
        let shown = views(conn, home, sessions).await?;
        Ok(shown
            .into_iter()
            .zip(self.candidates)
            .map(|(session, one)| {
                let slot = one.slot(one.starts_local, home);
                CopyItem {
                    session,
                    starts: slot.starts_at.to_zoned(home.zone.clone()),
                    ends: slot.ends_at.to_zoned(home.zone.clone()),
                    state: one.state,
                    how: one.how,
                    rule_goes_on: one.rule_goes_on,
                    clashes: one.clashes,
                    nearest_free: one.nearest_free,
                    cautions: one.cautions,
                }
            })
            .collect())
    }
}
