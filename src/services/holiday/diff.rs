//! What a notice does to the sessions to come of one community, and the storing of it.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, ToSpan, Zoned};

use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::{Community, PartnerTerms};
use crate::domain::id::{FacilitatorId, PartnerId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::notification::Event;
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::holidays::{HolidayChange, HolidayChanges, HolidayKind, holiday_changes};
use crate::domain::planning::{Clash, Conditions, Programme, Series, Session, Slot, Timetable};
use crate::domain::recurrence::{HolidayPolicy, Window};
use crate::services::notification::{self, ChangedSession};
use crate::services::programme::{booking, conditions, new_session};
use crate::services::{Context, Error, Result, programme};
use crate::storage::booking::Holder;
use crate::storage::{self, Connection, Txn};

/// A date moves by at most so many days, so one whose original start lies so far back may still be to come.
const MARGIN_DAYS: i32 = 31;

/// What happens to a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It was provisional and is certain now.
    Confirmed,
    /// It was certain and is provisional now.
    Provisional,
    /// It moves.
    Moved,
    /// It falls out.
    Dropped,
    /// It fell out and takes place again.
    Restored,
    /// It takes place for the first time.
    New,
    /// It should move, or take place, but something stands there: it is left as it is.
    Conflict,
    /// It lies on a day off and is not touched: moved by hand, or counted.
    Untouched,
}

impl Kind {
    /// All kinds, in the order they are listed.
    pub const ALL: [Kind; 8] = [
        Kind::Conflict,
        Kind::Dropped,
        Kind::Moved,
        Kind::Restored,
        Kind::New,
        Kind::Untouched,
        Kind::Confirmed,
        Kind::Provisional,
    ];

    /// The name in message keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Confirmed => "confirmed",
            Kind::Provisional => "provisional",
            Kind::Moved => "moved",
            Kind::Dropped => "dropped",
            Kind::Restored => "restored",
            Kind::New => "new",
            Kind::Conflict => "conflict",
            Kind::Untouched => "untouched",
        }
    }
}

/// One date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What happens to it.
    pub kind: Kind,
    /// Its session; none for one that is not there yet.
    pub session: Option<SessionId>,
    /// Where it stands; none when it is not there yet.
    pub from: Option<Zoned>,
    /// Where it goes, or should go; none when it goes nowhere.
    pub to: Option<Zoned>,
    /// The holiday's name; may be empty.
    pub holiday: String,
    /// What stands in the way. Empty for a conflict: the time it should move to is over.
    pub clashes: Vec<Clash>,
    /// The nearest start on the same day at which nothing stands in the way.
    pub nearest: Option<Zoned>,
    /// How many are signed up or waiting.
    pub people: i32,
}

/// What happens to one series.
#[derive(Clone, Debug)]
pub struct SeriesChanges {
    /// Which.
    pub series: SeriesId,
    /// Its programme.
    pub programme: ProgrammeId,
    /// The programme's title.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// Its dates that are affected, by the time they have or get.
    pub items: Vec<Item>,
}

/// What happens to one community.
#[derive(Clone, Debug)]
pub struct CommunityChanges {
    /// Which.
    pub home: Community,
    /// Its series that are affected.
    pub series: Vec<SeriesChanges>,
    /// How many people are signed up or waiting for what is moved, cancelled or takes place again, each once.
    pub people_to_tell: usize,
}

impl CommunityChanges {
    /// How many of its dates this happens to.
    pub fn count(&self, kind: Kind) -> usize {
        let items = self.series.iter().flat_map(|series| &series.items);
        items.filter(|item| item.kind == kind).count()
    }
}

/// One series that a notice affects, before anything is stored.
#[derive(Clone)]
struct Affected {
    series: Series,
    programme: Programme,
    conditions: Conditions,
    changes: HolidayChanges,
    conflicts: Vec<Item>,
}

/// One community, before anything is stored.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) home: Community,
    affected: Vec<Affected>,
    people_to_tell: usize,
}

/// What the notice does to each community, without locks.
pub(super) async fn drafts(
    conn: &impl Connection,
    now: Timestamp,
    old: &HolidayCalendar,
    new: &HolidayCalendar,
) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    for home in communities(conn).await? {
        let mut draft = Draft::find(conn, now, home, old, new, None).await?;
        draft.settle(conn, now).await?;
        drafts.push(draft);
    }
    Ok(drafts)
}

/// The same with everything locked that it touches: in every community series, venues, facilitators, sessions, each in order of ids.
pub(super) async fn drafts_locked(
    txn: &Txn,
    now: Timestamp,
    old: &HolidayCalendar,
    new: &HolidayCalendar,
) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    for home in communities(txn).await? {
        let mut locked = Vec::new();
        for series in storage::series::list(txn, home.id).await? {
            if series.holiday_policy != HolidayPolicy::Hold {
                locked.extend(storage::series::lock(txn, home.id, series.id).await?);
            }
        }
        let mut draft = Draft::find(txn, now, home, old, new, Some(locked)).await?;
        let (venues, who) = draft.places();
        storage::booking::lock(txn, draft.home.id, &venues, &who).await?;
        let touched: Vec<SessionId> = draft.changed().map(|change| change.before.id).collect();
        let locked = storage::session::lock(txn, draft.home.id, &touched).await?;
        if locked.iter().any(Session::is_attended) {
            // Somebody was counted in while we looked: look again.
            return Err(Error::Storage(storage::Error::Contention));
        }
        draft.settle(txn, now).await?;
        drafts.push(draft);
    }
    Ok(drafts)
}

async fn communities(conn: &impl Connection) -> Result<Vec<Community>> {
    let mut all = storage::community::list(conn).await?;
    all.sort_by_key(|home| home.id);
    Ok(all)
}

fn slot_of(session: &Session) -> Slot {
    Slot {
        venue_id: session.venue_id,
        facilitator_id: session.facilitator_id,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        capacity: session.capacity,
    }
}

/// Whether a session takes its place differently afterwards.
fn rebooks(change: &HolidayChange) -> bool {
    change.before.starts_at != change.after.starts_at || change.before.is_cancelled() != change.after.is_cancelled()
}

impl Draft {
    async fn find(
        conn: &impl Connection,
        now: Timestamp,
        home: Community,
        old: &HolidayCalendar,
        new: &HolidayCalendar,
        series: Option<Vec<Series>>,
    ) -> Result<Self> {
        let all = match series {
            Some(locked) => locked,
            None => storage::series::list(conn, home.id).await?,
        };
        let place = conditions(conn, &home, None, now).await?;
        let partners: HashMap<PartnerId, PartnerTerms> = storage::community::partners(conn, home.id)
            .await?
            .into_iter()
            .map(|partner| (partner.id, partner.terms()))
            .collect();
        let programmes: HashMap<ProgrammeId, Programme> = storage::programme::list(conn, home.id)
            .await?
            .into_iter()
            .map(|programme| (programme.id, programme))
            .collect();
        let from = now
            .to_zoned(home.zone.clone())
            .datetime()
            .saturating_sub(MARGIN_DAYS.days());
        let mut affected = Vec::new();
        for series in all {
            let Some(programme) = programmes.get(&series.programme_id) else {
                continue;
            };
            let Some(to) = series.materialised_until.filter(|to| *to > from) else {
                continue;
            };
            if series.holiday_policy == HolidayPolicy::Hold {
                continue;
            }
            let amendments = storage::series::amendments(conn, home.id, series.id).await?;
            let sessions = storage::session::of_series(conn, home.id, series.id).await?;
            let window = Window { from, to };
            let found = holiday_changes(
                &series,
                &amendments,
                programme.capacity,
                &sessions,
                window,
                old,
                new,
                now,
            );
            let changes = match found {
                Ok(changes) => changes,
                Err(error) => {
                    // An edit can bend a date past midnight: that is for a person to see, and no reason to stop the others.
                    tracing::warn!(series = %series.id, %error, "the holidays of a series cannot be worked out");
                    continue;
                }
            };
            if changes.is_empty() {
                continue;
            }
            let partner = programme.partner_id.and_then(|id| partners.get(&id).cloned());
            let conditions = Conditions {
                partner,
                ..place.clone()
            };
            affected.push(Affected {
                series,
                programme: programme.clone(),
                conditions,
                changes,
                conflicts: Vec::new(),
            });
        }
        Ok(Self {
            home,
            affected,
            people_to_tell: 0,
        })
    }

    fn changed(&self) -> impl Iterator<Item = &HolidayChange> {
        self.affected.iter().flat_map(|one| &one.changes.changed)
    }

    /// The venues and facilitators it takes or gives free, in order.
    fn places(&self) -> (Vec<VenueId>, Vec<FacilitatorId>) {
        let slots: Vec<Slot> = self
            .changed()
            .map(|change| slot_of(&change.after))
            .chain(
                self.affected
                    .iter()
                    .flat_map(|one| one.changes.create.iter().map(|wanted| wanted.slot.clone())),
            )
            .collect();
        let mut venues: Vec<VenueId> = slots.iter().map(|slot| slot.venue_id).collect();
        venues.sort();
        venues.dedup();
        let mut who: Vec<FacilitatorId> = slots.iter().filter_map(|slot| slot.facilitator_id).collect();
        who.sort();
        who.dedup();
        (venues, who)
    }

    /// Sorts out what cannot stand where it should: that is left as it is, and listed with what stands in the way. What is left where it
    /// stood may be in the way of another date, so this is looked at again until nothing more falls out.
    async fn settle(&mut self, conn: &impl Connection, now: Timestamp) -> Result<()> {
        let (venues, who) = self.places();
        let zone = self.home.zone.clone();
        let starts: Vec<Timestamp> = self
            .affected
            .iter()
            .flat_map(|one| {
                let changed = one.changes.changed.iter().map(|change| change.after.starts_at);
                changed.chain(one.changes.create.iter().map(|wanted| wanted.slot.starts_at))
            })
            .collect();
        if let (Some(first), Some(last)) = (starts.iter().min(), starts.iter().max()) {
            // A day more on both sides, for the offers of nearest free starts.
            let day = (24 * 60 + LONGEST_BUSY_MINUTES).minutes();
            let from = first.checked_sub(day).unwrap_or(*first);
            let to = last.checked_add(day).unwrap_or(*last);
            let spans = storage::booking::busy(conn, self.home.id, &venues, &who, from, to).await?;
            while self.find_conflicts(&spans, now) {}
        }
        for one in &mut self.affected {
            let late = std::mem::take(&mut one.changes.too_late);
            one.conflicts.extend(late.into_iter().map(|(session, wanted)| Item {
                kind: Kind::Conflict,
                session: Some(session.id),
                from: Some(session.starts_at.to_zoned(zone.clone())),
                to: Some(wanted.slot.starts_at.to_zoned(zone.clone())),
                holiday: String::new(),
                clashes: Vec::new(),
                nearest: None,
                people: session.enrolled + session.waitlisted,
            }));
        }
        let told: Vec<SessionId> = self.changed().filter_map(news_of).map(|news| news.session).collect();
        let people = storage::session::people_to_tell(conn, self.home.id, &told).await?;
        self.people_to_tell = usize::try_from(people).unwrap_or(usize::MAX);
        Ok(())
    }

    /// Puts what clashes aside; whether there was any.
    fn find_conflicts(&mut self, spans: &[crate::domain::planning::Busy], now: Timestamp) -> bool {
        let mut timetable = Timetable::new(spans.to_vec());
        let leaving: HashSet<SessionId> = self
            .changed()
            .filter(|change| rebooks(change))
            .map(|change| change.before.id)
            .collect();
        timetable.release(&leaving);
        let zone = self.home.zone.clone();
        let mut any = false;
        for one in &mut self.affected {
            let mut conflict = |slot: &Slot, before: Option<&Session>, timetable: &mut Timetable| -> bool {
                let clashes = one.conditions.clashes(slot, timetable);
                if clashes.is_empty() {
                    let by = before.map(|session| session.id);
                    timetable.add(one.conditions.busy(slot, by, &one.programme.title));
                    return false;
                }
                one.conflicts.push(Item {
                    kind: Kind::Conflict,
                    session: before.map(|session| session.id),
                    from: before.map(|session| session.starts_at.to_zoned(zone.clone())),
                    to: Some(slot.starts_at.to_zoned(zone.clone())),
                    holiday: String::new(),
                    nearest: one.conditions.nearest_free(slot, timetable, now),
                    clashes,
                    people: before.map_or(0, |session| session.enrolled + session.waitlisted),
                });
                true
            };
            let wants = one.changes.changed.len() + one.changes.create.len();
            one.changes.changed.retain(|change| {
                change.after.is_cancelled()
                    || !rebooks(change)
                    || !conflict(&slot_of(&change.after), Some(&change.before), &mut timetable)
            });
            one.changes
                .create
                .retain(|wanted| !conflict(&wanted.slot, None, &mut timetable));
            any |= wants != one.changes.changed.len() + one.changes.create.len();
        }
        any
    }

    /// Stores everything: what stands in the way has been put aside.
    pub(super) async fn store(&mut self, ctx: &Context, txn: &Txn, now: Timestamp) -> Result<()> {
        let home = self.home.id;
        let released: Vec<SessionId> = self
            .changed()
            .filter(|change| rebooks(change))
            .map(|change| change.before.id)
            .collect();
        storage::booking::release(txn, home, &released).await?;
        let mut bookings = Vec::new();
        let mut sessions = Vec::new();
        for one in &mut self.affected {
            let book = |session: &Session| {
                let holder = Holder::Session(session.id);
                booking(ctx.new_id(now), holder, &one.conditions, &slot_of(session))
            };
            if one.changes.changed.is_empty() && one.changes.create.is_empty() {
                continue;
            }
            let rebooked = one.changes.changed.iter().filter(|change| rebooks(change));
            bookings.extend(
                rebooked
                    .filter(|change| !change.after.is_cancelled())
                    .map(|change| book(&change.after)),
            );
            for wanted in &one.changes.create {
                let session = new_session(ctx.new_id(now), &one.series, wanted, now);
                bookings.push(book(&session));
                sessions.push(session);
            }
            one.series.sequence += 1;
            storage::series::update(txn, home, &one.series, now).await?;
        }
        storage::session::insert_all(txn, home, &sessions, now).await?;
        storage::booking::insert_all(txn, home, &bookings).await?;
        let mut news = Vec::new();
        let mut shortened = Vec::new();
        for one in &self.affected {
            let dropped = one
                .changes
                .changed
                .iter()
                .any(|change| change.kind == HolidayKind::Dropped);
            if dropped && one.series.held_limit.is_some() {
                shortened.push(one.series.id);
            }
        }
        for change in self.changed() {
            storage::session::update(txn, home, &change.after, now).await?;
            news.extend(news_of(change));
        }
        if !news.is_empty() {
            notification::session_changed(ctx, txn, now, home, &news).await?;
        }
        // A series that ends by sessions held is owed those that fell out.
        for id in shortened {
            programme::top_up(ctx, txn, now, &self.home, id).await?;
        }
        Ok(())
    }

    pub(super) fn shown(self) -> CommunityChanges {
        let zone = self.home.zone.clone();
        let local = |at: Timestamp| at.to_zoned(zone.clone());
        let series = self.affected.into_iter().map(|one| {
            let changed = one.changes.changed.into_iter().map(|change| Item {
                kind: match change.kind {
                    HolidayKind::Confirmed => Kind::Confirmed,
                    HolidayKind::Provisional => Kind::Provisional,
                    HolidayKind::Moved => Kind::Moved,
                    HolidayKind::Dropped => Kind::Dropped,
                    HolidayKind::Restored => Kind::Restored,
                },
                session: Some(change.before.id),
                from: Some(local(change.before.starts_at)),
                to: (!change.after.is_cancelled()).then(|| local(change.after.starts_at)),
                holiday: change.holiday,
                clashes: Vec::new(),
                nearest: None,
                people: change.before.enrolled + change.before.waitlisted,
            });
            let new = one.changes.create.into_iter().map(|wanted| Item {
                kind: Kind::New,
                session: None,
                from: None,
                to: Some(local(wanted.slot.starts_at)),
                holiday: String::new(),
                clashes: Vec::new(),
                nearest: None,
                people: 0,
            });
            let untouched = one.changes.untouched.into_iter().map(|(session, holiday)| Item {
                kind: Kind::Untouched,
                session: Some(session.id),
                from: Some(local(session.starts_at)),
                to: None,
                holiday,
                clashes: Vec::new(),
                nearest: None,
                people: session.enrolled + session.waitlisted,
            });
            let mut items: Vec<Item> = changed.chain(new).chain(untouched).chain(one.conflicts).collect();
            items.sort_by_key(|item| item.from.as_ref().or(item.to.as_ref()).map(Zoned::timestamp));
            SeriesChanges {
                series: one.series.id,
                programme: one.programme.id,
                title: one.programme.title,
                title_en: one.programme.title_en,
                items,
            }
        });
        CommunityChanges {
            series: series.collect(),
            people_to_tell: self.people_to_tell,
            home: self.home,
        }
    }
}

/// What people must be told of a change; none when it is nothing to them.
fn news_of(change: &HolidayChange) -> Option<ChangedSession> {
    let event = match change.kind {
        HolidayKind::Dropped => Event::Cancelled,
        HolidayKind::Restored => Event::Restored,
        HolidayKind::Moved => Event::Moved,
        HolidayKind::Confirmed | HolidayKind::Provisional => return None,
    };
    Some(ChangedSession {
        session: change.after.id,
        event,
        starts_at: change.after.starts_at,
        was_at: change.before.starts_at,
    })
}
