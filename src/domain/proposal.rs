//! A partner's proposal: its life as a small machine, and the plan of dates that its form describes.
//!
//! The life: `submitted` until staff answer. They approve (it becomes a series), decline, or ask for changes; after changes were
//! asked for, it is the partner's turn to send it again. The partner may withdraw it while it is open, and what nobody touches for
//! [`LAPSE_DAYS`] days lapses. An illegal move is a value ([`IllegalMove`]) with a code that a person can be told.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Timestamp, ToSpan};

use super::id::{AccountId, FacilitatorId, PartnerId, ProgrammeId, ProposalId, SeriesId, VenueId};
use super::planning::{ProgrammeKind, SignUpMode};
use super::recurrence::HolidayPolicy;

/// Days without a step after which an open proposal lapses.
pub const LAPSE_DAYS: i64 = 14;

/// The most dates an open proposal holds; the venue's calendar is everybody's.
pub const MOST_HELD: usize = 60;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Waits for staff; holds its dates.
    Submitted,
    /// Staff asked for something else; waits for the partner, holds nothing.
    ChangesRequested,
    /// Became a series.
    Approved,
    /// Refused, with the reason in its last remark.
    Declined,
    /// Taken back by the partner.
    Withdrawn,
    /// Left alone for too long.
    Lapsed,
}

impl ProposalStatus {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Submitted,
        Self::ChangesRequested,
        Self::Approved,
        Self::Declined,
        Self::Withdrawn,
        Self::Lapsed,
    ];

    /// The name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }

    /// Whether its dates are held against others.
    pub const fn holds_dates(self) -> bool {
        matches!(self, Self::Submitted)
    }

    /// Whether somebody still has to answer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::ChangesRequested)
    }

    /// The state after `step`.
    ///
    /// # Errors
    /// [`IllegalMove`] when this state does not allow it.
    pub const fn after(self, step: Step) -> Result<Self, IllegalMove> {
        match (self, step) {
            (Self::Submitted | Self::ChangesRequested, Step::Submit) => Ok(Self::Submitted),
            (Self::Submitted, Step::Approve) => Ok(Self::Approved),
            (Self::Submitted | Self::ChangesRequested, Step::Decline) => Ok(Self::Declined),
            (Self::Submitted, Step::RequestChanges) => Ok(Self::ChangesRequested),
            (Self::Submitted | Self::ChangesRequested, Step::Withdraw) => Ok(Self::Withdrawn),
            (Self::Submitted | Self::ChangesRequested, Step::Lapse) => Ok(Self::Lapsed),
            (from, step) => Err(IllegalMove { from, step }),
        }
    }
}

impl FromStr for ProposalStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownWord(text.chars().take(40).collect()))
    }
}

/// A word that names no status and no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a word of a proposal's life")]
pub struct UnknownWord(pub String);

/// A step in a proposal's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The partner sends it, or sends it again with changes.
    Submit,
    /// Staff ask for changes.
    RequestChanges,
    /// Staff approve.
    Approve,
    /// Staff decline.
    Decline,
    /// The partner takes it back.
    Withdraw,
    /// Time passes over it.
    Lapse,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Submit,
        Self::RequestChanges,
        Self::Approve,
        Self::Decline,
        Self::Withdraw,
        Self::Lapse,
    ];

    /// The name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::RequestChanges => "request_changes",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Lapse => "lapse",
        }
    }

    /// Whether the person who takes this step must say why.
    pub const fn needs_remark(self) -> bool {
        matches!(self, Self::RequestChanges | Self::Decline)
    }
}

impl FromStr for Step {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|step| step.as_str() == text)
            .ok_or_else(|| UnknownWord(text.chars().take(40).collect()))
    }
}

/// A step that the present state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a proposal that is {} does not allow {}", .from.as_str(), .step.as_str())]
pub struct IllegalMove {
    /// Where it stands.
    pub from: ProposalStatus,
    /// What was tried.
    pub step: Step,
}

impl IllegalMove {
    /// Key of the error messages: what happened to the proposal meanwhile.
    pub const fn code(self) -> &'static str {
        match self.from {
            ProposalStatus::Submitted => "proposal-waiting",
            ProposalStatus::ChangesRequested => "proposal-changes-requested",
            ProposalStatus::Approved => "proposal-approved",
            ProposalStatus::Declined => "proposal-declined",
            ProposalStatus::Withdrawn => "proposal-withdrawn",
            ProposalStatus::Lapsed => "proposal-lapsed",
        }
    }
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The programme it continues; none for a new one.
    pub programme_id: Option<ProgrammeId>,
    /// Title.
    pub title: String,
    /// Kind of programme.
    pub kind: ProgrammeKind,
    /// What it is about; may be empty.
    pub description: String,
    /// What the community should prepare; may be empty.
    pub needs: String,
    /// Where.
    pub venue_id: VenueId,
    /// Who, when the community knows them.
    pub facilitator_id: Option<FacilitatorId>,
    /// Who, as the partner wrote it; empty when known or open.
    pub facilitator_name: String,
    /// First start, wall clock of the community.
    pub starts: DateTime,
    /// Length.
    pub duration_minutes: i32,
    /// RRULE value; none for a single date.
    pub rule: Option<String>,
    /// What happens on official days off.
    pub holiday_policy: HolidayPolicy,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// Whether one signs up.
    pub sign_up: SignUpMode,
}

/// A proposal as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id, made by whoever filled in the form.
    pub id: ProposalId,
    /// Whose.
    pub partner_id: PartnerId,
    /// What.
    pub offer: Offer,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Another first start that staff suggested with their request for changes.
    pub suggested: Option<DateTime>,
    /// The series it became.
    pub series_id: Option<SeriesId>,
    /// The account that sent it.
    pub submitted_by: AccountId,
    /// When it was first sent.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

/// One step of its life with what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Which step.
    pub step: Step,
    /// The words; may be empty.
    pub words: String,
    /// Who; none when time did it.
    pub by: Option<AccountId>,
    /// When.
    pub at: Timestamp,
}

/// How often, as the form offers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Every week.
    #[default]
    Weekly,
    /// Every second week.
    Fortnightly,
    /// Every month on the same weekday of the month.
    Monthly,
    /// One date.
    Once,
}

impl Pace {
    /// In the order of the form.
    pub const ALL: [Self; 4] = [Self::Weekly, Self::Fortnightly, Self::Monthly, Self::Once];

    /// The value in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Fortnightly => "fortnightly",
            Self::Monthly => "monthly",
            Self::Once => "once",
        }
    }

    /// The pace of that name; none for another word.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.as_str() == text)
    }

    /// The rule that yields `times` dates on the weekday of `first` (RFC 5545 §3.3.10); none for a single date. A fifth weekday of
    /// the month is read as the last one, because not every month has a fifth.
    pub fn rule(self, first: Date, times: usize) -> Option<String> {
        let day = weekday_code(first.weekday());
        match self {
            Self::Weekly => Some(format!("FREQ=WEEKLY;BYDAY={day};COUNT={times}")),
            Self::Fortnightly => Some(format!("FREQ=WEEKLY;INTERVAL=2;BYDAY={day};COUNT={times}")),
            Self::Monthly => {
                let nth = nth_weekday(first);
                Some(format!("FREQ=MONTHLY;BYDAY={nth}{day};COUNT={times}"))
            }
            Self::Once => None,
        }
    }
}

/// Which weekday of its month a date is: 1 to 4, or -1 for a fifth.
fn nth_weekday(date: Date) -> i8 {
    match (date.day() - 1) / 7 + 1 {
        5 => -1,
        nth => nth,
    }
}

/// The two letters of RFC 5545 §3.3.10 for a weekday.
pub const fn weekday_code(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// The first date on `weekday` that is not before `from`; `from` itself at the end of time.
pub fn first_on(weekday: Weekday, from: Date) -> Date {
    let days = from.weekday().until(weekday);
    from.checked_add(i32::from(days).days()).unwrap_or(from)
}

/// Rewrites the weekday in a rule of this form, so that it yields the day of `to` where it yielded the day of `from`. A rule that
/// says no weekday, or another or several, comes back as it is when the weekday stays, and not at all when it does not.
pub fn rule_moved(rule: &str, from: Date, to: Date) -> Option<String> {
    if !rule.contains("BYDAY=") {
        let follows_start = rule.contains("FREQ=WEEKLY") || rule.contains("FREQ=DAILY");
        return (from == to || follows_start).then(|| rule.to_owned());
    }
    let (old, new) = (weekday_code(from.weekday()), weekday_code(to.weekday()));
    let parts = rule.split(';').map(|part| match part.strip_prefix("BYDAY=") {
        Some(value) if value == old => Some(format!("BYDAY={new}")),
        Some(value) if value == format!("{}{old}", nth_weekday(from)) => {
            Some(format!("BYDAY={}{new}", nth_weekday(to)))
        }
        Some(_) if old == new => Some(part.to_owned()),
        Some(_) => None,
        None => Some(part.to_owned()),
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(";"))
}

/// Whether a session of this length that starts then is still running at midnight.
pub fn crosses_midnight(start: Time, duration_minutes: i32) -> bool {
    minute_of_day(start) + duration_minutes > 24 * 60
}

/// Minutes after local midnight.
pub fn minute_of_day(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use ProposalStatus as S;

    #[test]
    fn every_state_answers_every_step() {
        let table = [
            // state, submit, request changes, approve, decline, withdraw, lapse
            (
                S::Submitted,
                [
                    Some(S::Submitted),
                    Some(S::ChangesRequested),
                    Some(S::Approved),
                    Some(S::Declined),
                    Some(S::Withdrawn),
                    Some(S::Lapsed),
                ],
            ),
            (
                S::ChangesRequested,
                [
                    Some(S::Submitted),
                    None,
                    None,
                    Some(S::Declined),
                    Some(S::Withdrawn),
                    Some(S::Lapsed),
                ],
            ),
            (S::Approved, [None; 6]),
            (S::Declined, [None; 6]),
            (S::Withdrawn, [None; 6]),
            (S::Lapsed, [None; 6]),
        ];
        assert_eq!(table.map(|row| row.0), S::ALL);
        for (from, expected) in table {
            for (step, expected) in Step::ALL.into_iter().zip(expected) {
                match expected {
                    Some(to) => assert_eq!(from.after(step), Ok(to), "{from:?} {step:?}"),
                    None => assert_eq!(from.after(step), Err(IllegalMove { from, step })),
                }
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for status in S::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        for step in Step::ALL {
            assert_eq!(step.as_str().parse(), Ok(step));
        }
        assert_eq!("gone".parse::<S>(), Err(UnknownWord("gone".into())));
        let illegal = S::Withdrawn.after(Step::Approve).unwrap_err();
        assert_eq!(illegal.code(), "proposal-withdrawn");
        assert_eq!(
            illegal.to_string(),
            "a proposal that is withdrawn does not allow approve"
        );
    }

    #[test]
    fn a_pace_becomes_a_rule() {
        let tuesday = date(2023, 10, 10);
        assert_eq!(
            Pace::Weekly.rule(tuesday, 8).as_deref(),
            Some("FREQ=WEEKLY;BYDAY=TU;COUNT=8")
        );
        assert_eq!(
            Pace::Fortnightly.rule(tuesday, 4).as_deref(),
            Some("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=4")
        );
        assert_eq!(
            Pace::Monthly.rule(tuesday, 3).as_deref(),
            Some("FREQ=MONTHLY;BYDAY=2TU;COUNT=3")
        );
        assert_eq!(
            Pace::Monthly.rule(date(2023, 10, 31), 3).as_deref(),
            Some("FREQ=MONTHLY;BYDAY=-1TU;COUNT=3")
        );
        assert_eq!(Pace::Once.rule(tuesday, 1), None);
        assert_eq!(first_on(Weekday::Tuesday, tuesday), tuesday);
        assert_eq!(first_on(Weekday::Monday, tuesday), date(2023, 10, 16));
        assert_eq!(first_on(Weekday::Friday, Date::MAX), Date::MAX);
    }

    #[test]
    fn a_rule_follows_its_first_date_to_another_weekday() {
        let (thursday, friday) = (date(2023, 10, 12), date(2023, 10, 20));
        assert_eq!(
            rule_moved("FREQ=WEEKLY;BYDAY=TH;COUNT=8", thursday, friday).as_deref(),
            Some("FREQ=WEEKLY;BYDAY=FR;COUNT=8")
        );
        assert_eq!(
            rule_moved("FREQ=MONTHLY;BYDAY=2TH;COUNT=8", thursday, friday).as_deref(),
            Some("FREQ=MONTHLY;BYDAY=3FR;COUNT=8")
        );
        assert_eq!(rule_moved("FREQ=WEEKLY;BYDAY=MO,TH", thursday, friday), None);
        assert_eq!(
            rule_moved("FREQ=WEEKLY;BYDAY=MO,TH", thursday, date(2023, 10, 19)).as_deref(),
            Some("FREQ=WEEKLY;BYDAY=MO,TH")
        );
        assert_eq!(rule_moved("FREQ=MONTHLY;BYMONTHDAY=12", thursday, friday), None);
    }

    #[test]
    fn midnight_is_an_end_but_nothing_goes_beyond() {
        assert!(!crosses_midnight(time(22, 0, 0, 0), 120));
        assert!(crosses_midnight(time(22, 0, 0, 0), 121));
    }
}
