//! What every use case is handed: the database, the clock, the generator, the settings.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng};

use tokio::sync::Semaphore;

use super::attendance::Gatherer;
use super::channel::Channel;
use super::figures::Figures;
use super::seal::Sealer;
use crate::config::Settings;
use crate::domain::calendar::HolidayCalendar;
use crate::domain::id::uuid_v7;
use crate::storage::Db;

/// Photos decoded at once.
const DEVELOPING: usize = 2;

/// Tells the time. Tests move their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The instant leases are compared with, given what the database says it is: a jump of this machine's clock must not make the lease of
    /// another worker seem to have run out. A clock that tests move answers with its own.
    fn lease_now(&self, database: Timestamp) -> Timestamp {
        database
    }
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// What every use case is handed. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The settings the program was started with.
    pub settings: Arc<Settings>,
    /// Seals what only people who must know may read: telephone numbers.
    pub sealer: Arc<Sealer>,
    /// What this process counts for a monitoring system.
    pub figures: Arc<Figures>,
    /// As many passwords are hashed at once as there are permits: each hash takes memory and a processor.
    pub(super) hashing: Arc<Semaphore>,
    /// Where check-ins wait for each other.
    pub(super) check_ins: Gatherer,
    /// As many photos are decoded at once: each takes up to a few hundred megabytes.
    pub(super) developing: Arc<Semaphore>,
    /// The way out for messages that are tried from a page; none where nothing leaves.
    channel: Option<Arc<dyn Channel>>,
    clock: Arc<dyn Clock>,
    /// When this context was made, by the wall and by a clock that never jumps.
    made: (Timestamp, Instant),
    rng: Arc<Mutex<StdRng>>,
    /// How many times this process changed what public pages show.
    schedule_changes: Arc<AtomicU64>,
    /// The official calendar as this process last read it.
    holidays: Arc<RwLock<Arc<HolidayCalendar>>>,
    /// How many communities this server has, as last counted.
    communities: Arc<AtomicU64>,
}

impl Context {
    /// A context over a database; randomness is seeded from the operating system.
    pub fn new(db: Db, settings: Settings, clock: Arc<dyn Clock>, sealer: Sealer) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            db,
            settings: Arc::new(settings),
            sealer: Arc::new(sealer),
            figures: Arc::default(),
            hashing: Arc::new(Semaphore::new(processors)),
            check_ins: Gatherer::default(),
            developing: Arc::new(Semaphore::new(DEVELOPING)),
            made: (clock.now(), Instant::now()),
            channel: None,
            clock,
            rng: Arc::new(Mutex::new(StdRng::from_rng(&mut rand::rng()))),
            schedule_changes: Arc::default(),
            holidays: Arc::new(RwLock::new(Arc::new(HolidayCalendar::china().clone()))),
            communities: Arc::default(),
        }
    }

    /// The same context with a way out for messages.
    #[must_use]
    pub fn with_channel(mut self, channel: Arc<dyn Channel>) -> Self {
        self.channel = Some(channel);
        self
    }

    /// The way out for messages; none where nothing leaves.
    pub fn channel(&self) -> Option<&dyn Channel> {
        self.channel.as_deref()
    }

    /// The official calendar, imported notices included, as this process last read it: at its start, every minute, and at each import.
    pub fn holidays(&self) -> Arc<HolidayCalendar> {
        Arc::clone(&self.holidays.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another official calendar in force for this process.
    pub(super) fn set_holidays(&self, calendar: HolidayCalendar) {
        *self.holidays.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// Says that what public pages show has changed: pages kept for a moment are made anew. Call it after the commit of whatever
    /// changes communities, sessions or their counters.
    pub fn schedule_changed(&self) {
        self.schedule_changes.fetch_add(1, Ordering::Release);
    }

    /// How many times [`Context::schedule_changed`] was called.
    pub fn schedule_changes(&self) -> u64 {
        self.schedule_changes.load(Ordering::Acquire)
    }

    /// How many communities this server has, as the background work last counted them: what they send is spread the wider the more they are.
    pub fn communities(&self) -> u64 {
        self.communities.load(Ordering::Relaxed)
    }

    /// Notes how many communities this server has.
    pub(super) fn set_communities(&self, count: u64) {
        self.communities.store(count, Ordering::Relaxed);
    }

    /// The present instant, whole microseconds. Read it once per use case and pass it down.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// The instant leases are compared with: the database server's, which all instances share; with an embedded database that of this
    /// process, counted on from its start, so that it never jumps.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lease_now(&self) -> crate::storage::Result<Timestamp> {
        let database = match crate::storage::meta::server_now(self.db.reader()).await? {
            Some(now) => now,
            None => self.made.0 + SignedDuration::try_from(self.made.1.elapsed()).unwrap_or(SignedDuration::MAX),
        };
        let now = self.clock.lease_now(database);
        Ok(Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now))
    }

    /// A new UUIDv7 of the wished type, made at `now`.
    pub fn new_id<T: From<uuid::Uuid>>(&self, now: Timestamp) -> T {
        uuid_v7(now.as_millisecond(), self.random()).into()
    }

    /// Random bytes, good enough for secrets: the generator is cryptographic and seeded by the operating system.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}
