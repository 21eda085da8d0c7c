//! Four faces: one tap says how it was. Answers are counted and never tied to anybody.

use jiff::{SignedDuration, Timestamp};

use super::planning::named;

/// Fewer answers than this are shown with a note: a rate over three people says little, and may say who.
pub const FEW: i64 = 5;
/// So long after the end of a session its link still takes answers.
pub const OPEN_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most taps that one session takes over its links; paper is typed by staff and has no such bound.
pub const TAPS_MAX: u64 = 2_000;

/// An answer to "were you satisfied?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// 很满意.
    VerySatisfied,
    /// 满意.
    Satisfied,
    /// 基本满意.
    Fair,
    /// 不满意.
    Dissatisfied,
}

named! { Face {
    VerySatisfied => "very_satisfied",
    Satisfied => "satisfied",
    Fair => "fair",
    Dissatisfied => "dissatisfied",
} }

impl Face {
    /// One answer as the four numbers of an entry.
    pub fn as_answers(self) -> [i32; 4] {
        Face::ALL
            .iter()
            .map(|face| i32::from(*face == self))
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_default()
    }

    /// The face that these four numbers are one answer of; none for more than one.
    pub fn of_answers(answers: [i32; 4]) -> Option<Self> {
        Face::ALL.iter().copied().find(|face| face.as_answers() == answers)
    }
}

/// Where answers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Typed by staff from paper slips.
    Paper,
    /// Tapped on the tablet at the door, one person after the other.
    Kiosk,
    /// Tapped on one's own phone: one answer per phone, which can be changed.
    Phone,
}

named! { Source {
    Paper => "paper",
    Kiosk => "kiosk",
    Phone => "phone",
} }

/// Why a link takes no answers now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    /// The session was cancelled.
    Cancelled,
    /// It has not begun.
    NotYet,
    /// It ended more than [`OPEN_AFTER`] ago.
    Over,
}

impl Shut {
    /// What programs compare; also the key of the message.
    pub fn code(self) -> &'static str {
        match self {
            Shut::Cancelled => "feedback-cancelled",
            Shut::NotYet => "feedback-not-yet",
            Shut::Over => "feedback-over",
        }
    }
}

/// Whether a session's link takes answers at `now`: from its start until a week after its end.
///
/// # Errors
/// [`Shut`], when it does not.
pub fn may_answer(cancelled: bool, starts_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> Result<(), Shut> {
    if cancelled {
        Err(Shut::Cancelled)
    } else if now < starts_at {
        Err(Shut::NotYet)
    } else if now.duration_since(ends_at) > OPEN_AFTER {
        Err(Shut::Over)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_one_answer_of_four() {
        assert_eq!(Face::Fair.as_answers(), [0, 0, 1, 0]);
        for face in Face::ALL {
            assert_eq!(Face::of_answers(face.as_answers()), Some(*face));
        }
        assert_eq!(Face::of_answers([1, 1, 0, 0]), None);
        assert_eq!(Face::of_answers([0, 2, 0, 0]), None);
    }

    #[test]
    fn a_link_opens_with_the_session_and_closes_a_week_after_it() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let (starts, ends) = (at("2026-11-25T01:00:00Z"), at("2026-11-25T02:00:00Z"));
        let asked = |now: &str| may_answer(false, starts, ends, at(now));
        assert_eq!(asked("2026-11-25T00:59:59Z"), Err(Shut::NotYet));
        assert_eq!(asked("2026-11-25T01:00:00Z"), Ok(()));
        assert_eq!(asked("2026-12-02T02:00:00Z"), Ok(()));
        assert_eq!(asked("2026-12-02T02:00:01Z"), Err(Shut::Over));
        assert_eq!(may_answer(true, starts, ends, starts), Err(Shut::Cancelled));
    }
}
