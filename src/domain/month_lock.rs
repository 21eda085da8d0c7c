//! A month that was reported: when it can be, and what a correction of it must bring.

use jiff::civil::Date;

use super::attendance::Tally;
use super::period::YearMonth;

/// The most characters of a reason.
pub const REASON_MAX: usize = 200;

/// Whether a month can be reported on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is over.
    Over,
    /// It still runs: whoever reports it now must say that they know.
    Running,
    /// It has not begun: it cannot be reported.
    Ahead,
}

/// How a month stands on a day of the community's calendar.
pub fn readiness(month: YearMonth, today: Date) -> Readiness {
    let days = month.period();
    if today < days.first() {
        Readiness::Ahead
    } else if today <= days.last() {
        Readiness::Running
    } else {
        Readiness::Over
    }
}

/// A figure as it was reported and as it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// As reported.
    pub reported: i64,
    /// With the corrections since.
    pub now: i64,
}

impl Change {
    /// What came to it since.
    pub fn difference(self) -> i64 {
        self.now - self.reported
    }

    /// The difference with its sign, `+2` or `−3`; none when nothing changed.
    pub fn signed(self) -> Option<String> {
        signed(self.difference())
    }
}

/// A number with its sign; none for 0.
pub fn signed(difference: i64) -> Option<String> {
    match difference {
        0 => None,
        more @ 1.. => Some(format!("+{more}")),
        fewer => Some(format!("−{}", fewer.unsigned_abs())),
    }
}

/// 人次 of a session before and after a correction.
pub fn change_of(before: Tally, after: Tally) -> Change {
    Change {
        reported: before.visits(),
        now: after.visits(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_can_be_reported_from_its_first_day_on_and_runs_to_its_last() {
        let september = YearMonth::new(2026, 9).expect("a month");
        for (day, expected) in [
            (date(2026, 8, 31), Readiness::Ahead),
            (date(2026, 9, 1), Readiness::Running),
            (date(2026, 9, 30), Readiness::Running),
            (date(2026, 10, 1), Readiness::Over),
        ] {
            assert_eq!(readiness(september, day), expected, "{day}");
        }
    }

    #[test]
    fn a_difference_carries_its_sign_and_nothing_is_no_difference() {
        let change = |reported, now| Change { reported, now }.signed();
        assert_eq!(change(132, 134).as_deref(), Some("+2"));
        assert_eq!(change(134, 131).as_deref(), Some("−3"));
        assert_eq!(change(7, 7), None);
    }
}
