//! Residents as values, and their enrolments.

use jiff::Timestamp;
use jiff::civil::Date;

use super::enrolment::{EnrolmentStatus, Source};
use super::id::{EnrolmentId, GridId, ResidentId, SeriesEnrolmentId, SeriesId, SessionId};
use super::text::{PersonName, Phone};

/// How a resident wants to be told of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TellBy {
    /// By e-mail.
    Email,
    /// Somebody phones them.
    #[default]
    Phone,
    /// Not at all.
    None,
}

super::planning::named! { TellBy {
    Email => "email",
    Phone => "phone",
    None => "none",
} }

/// A resident (居民). No health data. The name and the numbers print masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Their id.
    pub id: ResidentId,
    /// Grid.
    pub grid_id: Option<GridId>,
    /// Name.
    pub name: PersonName,
    /// Pinyin initials of the name, lower case.
    pub initials: String,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Their number. Two people may share one.
    pub phone: Option<Phone>,
    /// E-mail; may be empty.
    pub email: String,
    /// Building and unit.
    pub building: String,
    /// Care categories; for staff only.
    pub care: Vec<String>,
    /// Family contact; may be empty.
    pub family_name: String,
    /// Their number.
    pub family_phone: Option<Phone>,
    /// How they want to be told.
    pub tell_by: TellBy,
    /// Who entered them.
    pub source: Source,
    /// Came in through the public form, and staff have not looked at it yet.
    pub unchecked: bool,
    /// Date of consent.
    pub consent_on: Option<Date>,
    /// Version of the text they agreed to.
    pub consent_version: Option<String>,
    /// The resident this one was merged into: they are one person.
    pub merged_into: Option<ResidentId>,
    /// When their identity was erased.
    pub erased_at: Option<Timestamp>,
    /// When they were entered.
    pub created_at: Timestamp,
}

/// What stands where a name was erased, on every list that still counts somebody.
pub const ERASED_NAME: &str = "—";

/// The earliest decade that is told apart once somebody's identity is erased: beyond it there are so few people that it would name them.
const EARLIEST_DECADE: i32 = 1930;

/// What stays of a year of birth when an identity is erased: the decade, so that reports go on counting people over sixty.
pub fn blurred_birth_year(year: i32) -> i32 {
    (year - year.rem_euclid(10)).max(EARLIEST_DECADE)
}

impl Resident {
    /// Whether this row still stands for a person of its own: neither merged into another nor erased.
    pub fn is_current(&self) -> bool {
        self.merged_into.is_none() && self.erased_at.is_none()
    }

    /// The number they are reached at: their own, or else the family's.
    pub fn reached_at(&self) -> Option<&Phone> {
        self.phone.as_ref().or(self.family_phone.as_ref())
    }
}

/// An enrolment (报名): resident and session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// Of which session.
    pub session_id: SessionId,
    /// Who comes.
    pub resident_id: ResidentId,
    /// How it stands.
    pub status: EnrolmentStatus,
    /// Who signed them up.
    pub source: Source,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
    /// When it took its place in the order.
    pub queued_at: Timestamp,
    /// What it shares with the enrolment of whoever they come with; none for somebody alone.
    pub together_id: Option<uuid::Uuid>,
    /// Until when a seat is held for them; only with [`EnrolmentStatus::Offered`].
    pub hold_until: Option<Timestamp>,
}

/// A sign-up for all dates of a series (整期报名): whoever has one is signed up for each date, also for those that come to stand later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesEnrolment {
    /// Its id.
    pub id: SeriesEnrolmentId,
    /// For which series.
    pub series_id: SeriesId,
    /// Who comes.
    pub resident_id: ResidentId,
    /// Whether it stands; else it was given up.
    pub active: bool,
    /// Who signed them up.
    pub source: Source,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_decade_is_left_of_a_year_of_birth() {
        for (born, left) in [(1948, 1940), (1950, 1950), (1959, 1950), (1931, 1930), (1919, 1930)] {
            assert_eq!(blurred_birth_year(born), left);
        }
    }
}
