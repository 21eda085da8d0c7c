//! The crew of a session: staff, speakers and volunteers. They work and are counted apart; they are never part of those who came (人次).

use std::ops::AddAssign;

/// The most people of one kind at one session.
pub const PEOPLE_MAX: i32 = 500;
/// The most minutes of one volunteer at one session: a day.
pub const MINUTES_EACH_MAX: i32 = 24 * 60;

/// Who worked at one session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crew {
    /// Community staff.
    pub staff: i32,
    /// Speakers and those who give the service.
    pub speakers: i32,
    /// Volunteers.
    pub volunteers: i32,
    /// Minutes of all volunteers together.
    pub volunteer_minutes: i32,
}

impl Crew {
    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Why it cannot be: the field and the code of its message.
    pub fn wrong(self) -> Vec<(&'static str, &'static str, i32)> {
        let mut wrong = Vec::new();
        for (field, people) in [
            ("staff", self.staff),
            ("speakers", self.speakers),
            ("volunteers", self.volunteers),
        ] {
            if !(0..=PEOPLE_MAX).contains(&people) {
                wrong.push((field, "crew-range", people));
            }
        }
        let most = MINUTES_EACH_MAX.saturating_mul(self.volunteers.clamp(0, PEOPLE_MAX));
        if self.volunteers <= 0 && self.volunteer_minutes > 0 {
            wrong.push(("volunteer_minutes", "crew-minutes-nobody", self.volunteer_minutes));
        } else if !(0..=most).contains(&self.volunteer_minutes) {
            wrong.push(("volunteer_minutes", "crew-minutes-range", self.volunteer_minutes));
        }
        wrong
    }
}

/// The crews of many sessions together. The same person at two sessions is counted twice: these are turns, not people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrewTotals {
    /// Sessions with a crew.
    pub sessions: i64,
    /// Turns of staff.
    pub staff: i64,
    /// Turns of speakers.
    pub speakers: i64,
    /// Turns of volunteers.
    pub volunteers: i64,
    /// Minutes of volunteers.
    pub volunteer_minutes: i64,
}

impl CrewTotals {
    /// Hours of volunteers.
    pub fn volunteer_hours(self) -> f64 {
        self.volunteer_minutes as f64 / 60.0
    }
}

impl AddAssign<Crew> for CrewTotals {
    fn add_assign(&mut self, crew: Crew) {
        self.sessions += i64::from(!crew.is_empty());
        self.staff += i64::from(crew.staff);
        self.speakers += i64::from(crew.speakers);
        self.volunteers += i64::from(crew.volunteers);
        self.volunteer_minutes += i64::from(crew.volunteer_minutes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_limits() {
        let crew = |staff, speakers, volunteers, volunteer_minutes| Crew {
            staff,
            speakers,
            volunteers,
            volunteer_minutes,
        };
        let codes = |crew: Crew| {
            crew.wrong()
                .into_iter()
                .map(|(field, code, _)| (field, code))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(crew(2, 1, 3, 360)), []);
        assert_eq!(codes(crew(0, 0, 0, 0)), []);
        assert_eq!(
            codes(crew(-1, 501, 0, 0)),
            [("staff", "crew-range"), ("speakers", "crew-range")]
        );
        assert_eq!(codes(crew(0, 0, 0, 30)), [("volunteer_minutes", "crew-minutes-nobody")]);
        assert_eq!(
            codes(crew(0, 0, 1, 1_441)),
            [("volunteer_minutes", "crew-minutes-range")]
        );
        assert_eq!(codes(crew(0, 0, 2, -5)), [("volunteer_minutes", "crew-minutes-range")]);
        assert_eq!(
            codes(crew(i32::MIN, i32::MAX, i32::MAX, i32::MAX)),
            [
                ("staff", "crew-range"),
                ("speakers", "crew-range"),
                ("volunteers", "crew-range"),
                ("volunteer_minutes", "crew-minutes-range"),
            ]
        );
    }

    #[test]
    fn sums_count_turns_and_leave_empty_crews_out() {
        let mut total = CrewTotals::default();
        total += Crew::default();
        total += Crew {
            staff: 1,
            speakers: 1,
            volunteers: 3,
            volunteer_minutes: 270,
        };
        assert_eq!((total.sessions, total.volunteers, total.volunteer_hours()), (1, 3, 4.5));
    }
}
