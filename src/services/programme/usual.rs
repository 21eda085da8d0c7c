//! What usually stands in a week but does not in this one (本周未排), each with the day, time and place it usually has.

use std::collections::{HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};

use super::is_weekly;
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::{HolidayCalendar, IsoWeek};
use crate::domain::community::Community;
use crate::domain::id::ProgrammeId;
use crate::domain::planning::{Programme, Series};
use crate::domain::recurrence::Window;
use crate::services::schedule::SessionView;
use crate::services::{Context, Result};
use crate::storage;

/// A weekly programme without a date in a week.
#[derive(Clone, Debug)]
pub struct Usual {
    /// What is offered.
    pub programme: Programme,
    /// The series it usually follows.
    pub series: Series,
    /// When it would usually be in that week, wall clock.
    pub starts_local: DateTime,
}

/// The programmes that repeat but have none of `sessions`, which are all sessions of the week. A cancelled one does not count.
///
/// # Errors
/// [`crate::services::Error::Forbidden`]; [`crate::services::Error::Storage`].
pub async fn without_date(
    ctx: &Context,
    actor: &Actor,
    home: &Community,
    week: IsoWeek,
    sessions: &[SessionView],
) -> Result<Vec<Usual>> {
    may(actor, Action::SeeStaffPages, home.id)?;
    let conn = ctx.db.reader();
    let there: HashSet<ProgrammeId> = sessions
        .iter()
        .filter(|session| !session.is_cancelled())
        .map(|session| session.programme.id)
        .collect();
    let monday = week.first_day().to_datetime(Time::midnight());
    let mut missing: HashMap<ProgrammeId, Series> = HashMap::new();
    let there: Vec<ProgrammeId> = there.into_iter().collect();
    for series in storage::series::list_but(conn, home.id, &there).await? {
        let runs = is_weekly(&series)
            && series.starts_local < monday.saturating_add(7.days())
            && series.ends_before_local.is_none_or(|end| end > monday);
        if runs {
            missing.entry(series.programme_id).or_insert(series);
        }
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ProgrammeId> = missing.keys().copied().collect();
    let holidays = ctx.holidays();
    let mut found: Vec<Usual> = storage::programme::find_all(conn, home.id, &ids)
        .await?
        .into_iter()
        .filter(|programme| !programme.archived)
        .filter_map(|programme| {
            let series = missing.remove(&programme.id)?;
            Some(Usual {
                starts_local: usual_start(&series, monday, &holidays),
                programme,
                series,
            })
        })
        .collect();
    found.sort_by(|a, b| (a.starts_local, &a.programme.title).cmp(&(b.starts_local, &b.programme.title)));
    Ok(found)
}

/// The day of the week and the time at which the series last stood before `monday`, in the week that begins there.
fn usual_start(series: &Series, monday: DateTime, holidays: &HolidayCalendar) -> DateTime {
    let window = Window {
        from: monday.saturating_sub(28.days()),
        to: monday,
    };
    let mut plain = series.recurrence();
    plain.excluded.clear();
    // A rule that cannot be expanded was refused when it was planned; its first date is as good.
    let last = plain.occurrences(window, 200, holidays).ok().and_then(|found| {
        let last = found.occurrences.last()?;
        Some(last.starts.datetime())
    });
    let at = last.unwrap_or(series.starts_local);
    let days = i64::from(at.weekday().to_monday_zero_offset());
    monday.date().saturating_add(days.days()).to_datetime(at.time())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::id::{SeriesId, VenueId};
    use crate::domain::recurrence::HolidayPolicy;

    #[test]
    fn the_usual_day_is_the_one_of_the_last_date_before_the_week() {
        let series = |rule: &str| Series {
            id: SeriesId(uuid::Uuid::nil()),
            programme_id: ProgrammeId(uuid::Uuid::nil()),
            venue_id: VenueId(uuid::Uuid::nil()),
            facilitator_id: None,
            starts_local: date(2026, 9, 1).at(9, 30, 0, 0),
            zone: jiff::tz::TimeZone::UTC,
            duration_minutes: 60,
            rule: rule.parse().ok(),
            extra: Vec::new(),
            excluded: Vec::new(),
            holiday_policy: HolidayPolicy::Hold,
            capacity: None,
            ends_before_local: None,
            materialised_until: None,
            pauses: Vec::new(),
            topics: Vec::new(),
            held_limit: None,
            sequence: 0,
        };
        let monday = date(2026, 11, 23).at(0, 0, 0, 0);
        let holidays = HolidayCalendar::china();
        let usual = |rule: &str| usual_start(&series(rule), monday, holidays);
        assert_eq!(usual("FREQ=WEEKLY;BYDAY=TH"), date(2026, 11, 26).at(9, 30, 0, 0));
        assert_eq!(usual("FREQ=WEEKLY;BYDAY=MO,FR"), date(2026, 11, 27).at(9, 30, 0, 0));
        // Nothing in the weeks before: as it began, a Tuesday.
        assert_eq!(usual("FREQ=YEARLY;BYMONTH=9"), date(2026, 11, 24).at(9, 30, 0, 0));
    }
}
