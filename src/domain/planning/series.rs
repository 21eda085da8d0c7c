//! Programme, series, amendment and session as values.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Counting, ProgrammeKind, ReasonCode, SessionStatus, SignUpMode};
use crate::domain::calendar::resolve;
use crate::domain::id::{AmendmentId, FacilitatorId, PartnerId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::recurrence::{HolidayPolicy, Recurrence, Rule};

/// A programme (项目): what is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// Title, at most ten characters as a rule.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line; may be empty.
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
    /// For whom, in words.
    pub audience: String,
    /// Seats by default; none without a limit.
    pub capacity: Option<i32>,
    /// Whether one signs up.
    pub sign_up: SignUpMode,
    /// How those who came are counted.
    pub counting: Counting,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
    /// Whether it is no longer offered.
    pub archived: bool,
}

impl Programme {
    /// A programme that is not stored: what planning asks of one, with a title and a kind.
    pub fn unmade(title: &str, kind: ProgrammeKind) -> Self {
        Self {
            id: ProgrammeId(uuid::Uuid::nil()),
            title: title.to_owned(),
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
            archived: false,
        }
    }
}

/// A date taken out of a series, with the reason (EXDATE).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Exclusion {
    /// The original start, wall clock of the series' zone.
    pub at: DateTime,
    /// Why, for people; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// A time in which a series has no dates.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pause {
    /// The first original start it leaves out, wall clock of the series' zone.
    pub from: DateTime,
    /// The first original start after it; none while nobody knows when the series goes on.
    #[serde(default)]
    pub until: Option<DateTime>,
    /// Why, for people; may be empty.
    #[serde(default)]
    pub reason: String,
}

impl Pause {
    /// Whether a date with this original start falls out.
    pub fn covers(&self, original: DateTime) -> bool {
        self.from <= original && self.until.is_none_or(|until| original < until)
    }
}

/// A series (系列): a programme's recurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// First start, wall clock of `zone`.
    pub starts_local: DateTime,
    /// The zone whose clock it follows.
    pub zone: TimeZone,
    /// Length.
    pub duration_minutes: i32,
    /// The rule; none for a single date.
    pub rule: Option<Rule>,
    /// Extra dates (RDATE), wall clock.
    pub extra: Vec<DateTime>,
    /// Dates taken out (EXDATE).
    pub excluded: Vec<Exclusion>,
    /// What happens on official days off.
    pub holiday_policy: HolidayPolicy,
    /// Seats; none: the programme's.
    pub capacity: Option<i32>,
    /// No date at or after this wall-clock time; none while open.
    pub ends_before_local: Option<DateTime>,
    /// Sessions are stored for original starts before this wall-clock time; none before the first.
    pub materialised_until: Option<DateTime>,
    /// Times without dates, in order; only the last may be open.
    pub pauses: Vec<Pause>,
    /// Topics of its sessions, in order: each session that is not cancelled and has no topic of its own takes the next.
    pub topics: Vec<String>,
    /// It ends after so many sessions that are not cancelled; none without such an end.
    pub held_limit: Option<i32>,
    /// Raised at each change (RFC 5545 §3.8.7.4).
    pub sequence: i32,
}

impl Series {
    /// Its dates as the recurrence engine takes them.
    pub fn recurrence(&self) -> Recurrence {
        Recurrence {
            start: self.starts_local,
            zone: self.zone.clone(),
            rule: self.rule.clone(),
            extra: self.extra.clone(),
            excluded: self.excluded.iter().map(|exclusion| exclusion.at).collect(),
            holiday_policy: self.holiday_policy,
        }
    }

    /// Whether a pause, an exclusion or the end takes this original start away.
    pub fn leaves_out(&self, original: DateTime) -> bool {
        self.ends_before_local.is_some_and(|end| end <= original)
            || self.pauses.iter().any(|pause| pause.covers(original))
            || self.excluded.iter().any(|exclusion| exclusion.at == original)
    }

    /// The pause that holds at this wall-clock time, or else the next one to come.
    pub fn pause_from(&self, at: DateTime) -> Option<&Pause> {
        self.pauses
            .iter()
            .find(|pause| pause.until.is_none_or(|until| until > at))
    }

    /// Whether it can have more than one date.
    pub fn repeats(&self) -> bool {
        self.rule.is_some() || !self.extra.is_empty()
    }
}

/// What changed in a series from one of its dates on. Later ones are applied over earlier ones; shifts add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Its id.
    pub id: AmendmentId,
    /// Of which series.
    pub series_id: SeriesId,
    /// The first original start it touches, wall clock.
    pub from_local: DateTime,
    /// Added to the wall-clock start, minutes.
    pub shift_minutes: i32,
    /// New length.
    pub duration_minutes: Option<i32>,
    /// New venue.
    pub venue_id: Option<VenueId>,
    /// New facilitator.
    pub facilitator_id: Option<FacilitatorId>,
    /// New number of seats.
    pub capacity: Option<i32>,
    /// Nobody leads them from here on; wins over `facilitator_id`.
    pub no_facilitator: bool,
    /// No limit of seats from here on; wins over `capacity`.
    pub no_limit: bool,
}

/// A session (场次): one occurrence as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Of which series.
    pub series_id: SeriesId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// The start that the rule yields, wall clock of the series: with the series, its identity.
    pub original_local: DateTime,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// How it stands.
    pub status: SessionStatus,
    /// Why it was cancelled or moved.
    pub reason_code: Option<ReasonCode>,
    /// The same in words for people.
    pub reason: Option<String>,
    /// Its own topic.
    pub topic: Option<String>,
    /// Where it stood before it was moved.
    pub moved_from_at: Option<Timestamp>,
    /// The venue before.
    pub moved_from_venue_id: Option<VenueId>,
    /// Changed by hand: edits of the series pass it by unless it is named.
    pub overridden: bool,
    /// Raised at each change (RFC 5545 §3.8.7.4).
    pub sequence: i32,
    /// Enrolments that hold a seat.
    pub enrolled: i32,
    /// Enrolments that wait.
    pub waitlisted: i32,
    /// Seats kept for people who are asked whether they come again.
    pub asked: i32,
    /// Named attendance rows.
    pub named: i32,
    /// Unnamed heads.
    pub headcount: i32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Session {
    /// 人次: everybody who came, named or not.
    pub fn visits(&self) -> i32 {
        self.named + self.headcount
    }

    /// Whether it is over at `now`.
    pub fn is_past(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    /// Whether somebody was counted in it, or its count is closed.
    pub fn is_attended(&self) -> bool {
        self.visits() > 0 || self.status == SessionStatus::Held
    }

    /// Whether it was called off.
    pub fn is_cancelled(&self) -> bool {
        self.status == SessionStatus::Cancelled
    }
}

/// The end of a session that starts at `starts` on a wall clock and lasts so long; none when it would run past midnight.
pub fn end_of(starts: DateTime, duration_minutes: i32, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let ends = starts.checked_add(i64::from(duration_minutes).minutes()).ok()?;
    let midnight = starts
        .date()
        .tomorrow()
        .ok()?
        .to_datetime(jiff::civil::Time::midnight());
    if ends > midnight {
        return None;
    }
    let starts = resolve(starts, zone).timestamp();
    // Counted from the instant, so that a session in the night of a clock change still lasts as long as it was planned.
    let ends = starts.checked_add(i64::from(duration_minutes).minutes()).ok()?;
    Some((starts, ends))
}
