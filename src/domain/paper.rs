//! When a partner's papers run out, and when it is reminded of it: 30 days before and 7 days before, once each.

use jiff::civil::Date;

/// Days before the last day of a paper on which its partner is reminded, the later reminder first.
pub const REMIND_DAYS: [i32; 2] = [7, 30];

/// How a paper stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperStanding {
    /// It has no last day, or that day is far off.
    Good,
    /// It ends within 30 days; so many are left, none on its last day.
    EndsSoon(i32),
    /// It has ended.
    Ended,
}

/// How a paper whose last day is `expires_on` stands on `today`.
pub fn standing(expires_on: Option<Date>, today: Date) -> PaperStanding {
    let Some(expires_on) = expires_on else {
        return PaperStanding::Good;
    };
    let days = days_left(expires_on, today);
    if days < 0 {
        PaperStanding::Ended
    } else if days <= REMIND_DAYS[1] {
        PaperStanding::EndsSoon(days)
    } else {
        PaperStanding::Good
    }
}

/// The reminder that is due on `today`: 30 or 7 days before; none when it is too early or the paper has ended. A paper that is entered
/// late gets the reminder of its present stretch only.
pub fn reminder_due(expires_on: Date, today: Date) -> Option<i32> {
    let days = days_left(expires_on, today);
    if days < 0 {
        return None;
    }
    REMIND_DAYS.into_iter().find(|before| days <= *before)
}

fn days_left(expires_on: Date, today: Date) -> i32 {
    (expires_on - today).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn reminders_fall_due_30_and_7_days_before() {
        let last = date(2026, 12, 31);
        for (today, due, standing_then) in [
            (date(2026, 11, 30), None, PaperStanding::Good),
            (date(2026, 12, 1), Some(30), PaperStanding::EndsSoon(30)),
            (date(2026, 12, 23), Some(30), PaperStanding::EndsSoon(8)),
            (date(2026, 12, 24), Some(7), PaperStanding::EndsSoon(7)),
            (date(2026, 12, 31), Some(7), PaperStanding::EndsSoon(0)),
            (date(2027, 1, 1), None, PaperStanding::Ended),
        ] {
            assert_eq!(reminder_due(last, today), due, "{today}");
            assert_eq!(standing(Some(last), today), standing_then, "{today}");
        }
        assert_eq!(standing(None, last), PaperStanding::Good);
    }

    proptest! {
        #[test]
        fn day_by_day_there_are_at_most_two_reminders(offset in 0..400_i32) {
            let last = date(2026, 1, 1).saturating_add(offset.days());
            let mut said: Vec<i32> = (-40..5)
                .filter_map(|day: i32| reminder_due(last, last.saturating_add(day.days())))
                .collect();
            said.dedup();
            prop_assert_eq!(said, [30, 7]);
        }
    }
}
