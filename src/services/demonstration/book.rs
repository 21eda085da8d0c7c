//! A book of sessions being written: series expanded by the same recurrence engine as everyday planning, with what people left behind.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::domain::community::{Community, Venue};
use crate::domain::id::{BookingId, FacilitatorId, ResidentId, SeriesId, SessionId};
use crate::domain::planning::{Busy, Claim, Programme, Series, Session, SessionStatus, end_of};
use crate::domain::recurrence::{HolidayPolicy, Rule, Window};
use crate::services::{Context, Error, Result};
use crate::storage::booking::{self, Holder, NewBooking};
use crate::storage::demonstration::{self as rows, Answered, Came, SignedUp};
use crate::storage::{Txn, series, session};

/// A series to be written.
pub(super) struct Wanted<'a> {
    /// What.
    pub programme: &'a Programme,
    /// Where.
    pub venue: &'a Venue,
    /// Who.
    pub facilitator: Option<FacilitatorId>,
    /// First start, wall clock.
    pub starts: DateTime,
    /// Length.
    pub minutes: i32,
    /// RRULE; none for a single date.
    pub rule: Option<&'a str>,
    /// Sessions are written up to here, wall clock.
    pub until: DateTime,
}

/// The book of one community.
pub(super) struct Book<'a> {
    ctx: &'a Context,
    community: &'a Community,
    now: Timestamp,
    series: Vec<Series>,
    bookings: Vec<NewBooking>,
    /// The sessions, in the order they were written.
    pub sessions: Vec<Session>,
    signed_up: Vec<SignedUp>,
    came: Vec<Came>,
    answered: Vec<Answered>,
}

impl<'a> Book<'a> {
    /// An empty book.
    pub fn new(ctx: &'a Context, community: &'a Community, now: Timestamp) -> Self {
        Self {
            ctx,
            community,
            now,
            series: Vec::new(),
            bookings: Vec::new(),
            sessions: Vec::new(),
            signed_up: Vec::new(),
            came: Vec::new(),
            answered: Vec::new(),
        }
    }

    /// Writes a series and its sessions; returns where its sessions stand in the book.
    pub fn write(&mut self, wanted: &Wanted<'_>) -> Result<std::ops::Range<usize>> {
        let zone = self.community.zone.clone();
        let rule = wanted
            .rule
            .map(|rule| rule.parse::<Rule>().map_err(|error| Error::not_found("series", error)))
            .transpose()?;
        let new = Series {
            id: self.ctx.new_id::<SeriesId>(self.now),
            programme_id: wanted.programme.id,
            venue_id: wanted.venue.id,
            facilitator_id: wanted.facilitator,
            starts_local: wanted.starts,
            zone: zone.clone(),
            duration_minutes: wanted.minutes,
            rule,
            extra: Vec::new(),
            excluded: Vec::new(),
            holiday_policy: if wanted.rule.is_some_and(|rule| rule.contains("DAILY")) {
                HolidayPolicy::Hold
            } else {
                HolidayPolicy::Skip
            },
            capacity: None,
            // What lies in the past has ended: the horizon would go on with it else.
            ends_before_local: (wanted.until < self.now.to_zoned(zone.clone()).datetime()).then_some(wanted.until),
            materialised_until: Some(wanted.until),
            pauses: Vec::new(),
            topics: Vec::new(),
            held_limit: None,
            sequence: 0,
        };
        let window = Window {
            from: wanted.starts,
            to: wanted.until,
        };
        let expansion = new
            .recurrence()
            .occurrences(window, 1000, &self.ctx.holidays())
            .map_err(|error| Error::not_found("series", error))?;
        let first = self.sessions.len();
        for occurrence in expansion.occurrences {
            let local = occurrence.starts.datetime();
            let (starts_at, ends_at) =
                end_of(local, wanted.minutes, &zone).ok_or_else(|| super::out_of_range("session"))?;
            let id = self.ctx.new_id::<SessionId>(self.now);
            self.bookings.push(NewBooking {
                id: self.ctx.new_id::<BookingId>(self.now),
                holder: Holder::Session(id),
                busy: Busy {
                    by: Some(id),
                    title: wanted.programme.title.clone(),
                    venue_id: Some(wanted.venue.id),
                    facilitator_id: wanted.facilitator,
                    starts_at,
                    ends_at,
                    clear_at: ends_at + SignedDuration::from_mins(i64::from(wanted.venue.clearing_minutes)),
                },
                claim: Claim::of(
                    &zone,
                    starts_at,
                    ends_at,
                    wanted.programme.capacity,
                    wanted.programme.partner_id,
                ),
            });
            self.sessions.push(Session {
                id,
                series_id: new.id,
                programme_id: wanted.programme.id,
                original_local: occurrence.original,
                starts_at,
                ends_at,
                venue_id: wanted.venue.id,
                facilitator_id: wanted.facilitator,
                capacity: wanted.programme.capacity,
                status: if occurrence.provisional {
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
                asked: 0,
                named: 0,
                headcount: 0,
                updated_at: self.now,
            });
        }
        self.series.push(new);
        Ok(first..self.sessions.len())
    }

    /// Signs people up for a session: the first for its seats, the rest for its waiting list.
    pub fn sign_up(&mut self, at: usize, people: &[ResidentId]) {
        let session = &mut self.sessions[at];
        let seats = session
            .capacity
            .map_or(usize::MAX, |seats| usize::try_from(seats).unwrap_or_default());
        for (place, resident) in people.iter().enumerate() {
            let waits = place >= seats;
            let counter = if waits {
                &mut session.waitlisted
            } else {
                &mut session.enrolled
            };
            *counter += 1;
            let days_before = SignedDuration::from_hours(24 * (1 + i64::try_from(place % 5).unwrap_or_default()));
            self.signed_up.push(SignedUp {
                id: self.ctx.new_id(self.now),
                session: session.id,
                resident: *resident,
                waits,
                at: super::not_after(session.starts_at - days_before, self.now)
                    - SignedDuration::from_mins(i64::try_from(people.len() - place).unwrap_or_default()),
            });
        }
    }

    /// Counts who came: some by name, some by head. A session that is over is held then.
    pub fn count(&mut self, at: usize, people: &[ResidentId], heads: i32) {
        let session = &mut self.sessions[at];
        let counted_at = super::not_after(session.starts_at + SignedDuration::from_mins(10), self.now);
        session.named += i32::try_from(people.len()).unwrap_or_default();
        session.headcount += heads;
        if session.starts_at <= self.now {
            session.status = SessionStatus::Held;
        }
        let row = |resident, heads| Came {
            id: self.ctx.new_id(self.now),
            session: session.id,
            session_starts_at: session.starts_at,
            resident,
            heads,
            at: counted_at,
        };
        self.came.extend(people.iter().map(|resident| row(Some(*resident), 0)));
        if heads > 0 || people.is_empty() {
            self.came.push(row(None, heads));
        }
    }

    /// Notes the answers on a session.
    pub fn answer(&mut self, at: usize, answers: [i32; 4]) {
        let session = &self.sessions[at];
        self.answered.push(Answered {
            id: self.ctx.new_id(self.now),
            session: session.id,
            answers,
            at: super::not_after(session.ends_at, self.now),
        });
    }

    /// Stores the book in one transaction.
    pub async fn store(self) -> Result<()> {
        let Self {
            ctx,
            community,
            now,
            series: plans,
            bookings,
            sessions,
            signed_up,
            came,
            answered,
        } = self;
        let community = community.id;
        ctx.db
            .write(async move |txn: &Txn| {
                for plan in &plans {
                    series::insert(txn, community, plan, now).await?;
                }
                session::insert_all(txn, community, &sessions, now).await?;
                booking::insert_all(txn, community, &bookings).await?;
                rows::enrol(txn, community, &signed_up).await?;
                rows::attend(txn, community, &came).await?;
                rows::answer(txn, community, &answered).await?;
                Ok::<_, Error>(())
            })
            .await
    }
}
