//! The wish list of a week as it was typed: rows of boxes whose names end in their number, and the plan that was shown for them.

use jiff::civil::DateTime;

use super::repeat;
use crate::domain::calendar::IsoWeek;
use crate::domain::planning::free_slot::PartOfDay;
use crate::domain::planning::venue_wish::{VenueWish, needs_in};
use crate::domain::planning::week_plan::Priority;
use crate::domain::planning::weekdays::Weekdays;
use crate::domain::planning::{Programme, ProgrammeKind};
use crate::services::FieldError;
use crate::services::planning::{Chosen, Target, WeekWish, WishRow};

/// The most rows a form is read for; more than a plan takes, so that whoever typed too many is told how many.
const MOST_READ: usize = 200;
/// Rows a form begins with, and empty ones kept at its end.
const FIRST_ROWS: usize = 4;

/// One row, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowForm {
    /// The title of a programme that is there, or of something new.
    pub what: String,
    /// Minutes.
    pub duration: String,
    /// Ticked weekdays.
    pub days: Vec<String>,
    /// Seats.
    pub people: String,
    /// Equipment.
    pub needs: String,
    /// Who leads it.
    pub leader: String,
    /// Part of the day.
    pub part: String,
    /// How important.
    pub priority: String,
}

impl RowForm {
    /// Whether nothing was wished in it.
    pub fn is_empty(&self) -> bool {
        self.what.trim().is_empty()
    }

    fn blank() -> Self {
        Self {
            duration: "90".to_owned(),
            priority: Priority::Normal.to_string(),
            ..Self::default()
        }
    }

    /// A wish as it would have been typed.
    fn of(row: &WishRow, programmes: &[Programme]) -> Self {
        let what = match &row.target {
            Target::Programme(id) => programmes
                .iter()
                .find(|programme| programme.id == *id)
                .map(|programme| programme.title.clone())
                .unwrap_or_default(),
            Target::New(title, _) => title.clone(),
        };
        Self {
            what,
            duration: row.duration_minutes.to_string(),
            days: row.weekdays.days().map(|day| Weekdays::code(day).to_owned()).collect(),
            people: row.place.people.map(|people| people.to_string()).unwrap_or_default(),
            needs: row.place.needs.join(" "),
            leader: row.facilitator_id.map(|id| id.to_string()).unwrap_or_default(),
            part: row.preferred.map(|part| part.to_string()).unwrap_or_default(),
            priority: row.priority.to_string(),
        }
    }

    fn read(&self, at: usize, errors: &mut Vec<FieldError>) -> Option<WishRow> {
        let before = errors.len();
        let mut wrong = |name: &str, code: &'static str, value: &str| {
            errors.push(FieldError::new(format!("rows[{at}].{name}"), code, value));
        };
        let number = |text: &str| repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
        let duration = number(&self.duration);
        if duration.is_none() {
            wrong("duration_minutes", "form-number", &self.duration);
        }
        let people = match self.people.trim() {
            "" => None,
            text => {
                let people = number(text);
                if people.is_none() {
                    wrong("people", "form-number", text);
                }
                people
            }
        };
        let weekdays = self.days.join(",").parse::<Weekdays>().unwrap_or_else(|error| {
            wrong("weekdays", "form-choose", &error.0);
            Weekdays::NONE
        });
        let facilitator_id = self.leader.parse().ok();
        if !self.leader.is_empty() && facilitator_id.is_none() {
            wrong("facilitator_id", "form-choose", &self.leader);
        }
        let preferred = self.part.parse::<PartOfDay>().ok();
        if !self.part.is_empty() && preferred.is_none() {
            wrong("part", "form-choose", &self.part);
        }
        let priority = match self.priority.as_str() {
            "" => Priority::default(),
            text => text.parse().unwrap_or_else(|_| {
                wrong("priority", "form-choose", text);
                Priority::default()
            }),
        };
        if errors.len() > before {
            return None;
        }
        Some(WishRow {
            duration_minutes: duration?,
            weekdays,
            place: VenueWish {
                people,
                needs: needs_in(&self.needs),
                ..VenueWish::default()
            },
            facilitator_id,
            preferred,
            priority,
            ..WishRow::of(Target::New(self.what.clone(), ProgrammeKind::Other))
        })
    }
}

/// The whole form, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanForm {
    /// The id the plan will have.
    pub token: String,
    /// The week.
    pub week: String,
    /// The seed of the plan that is shown.
    pub seed: String,
    /// What was pressed.
    pub step: String,
    /// The rows.
    pub rows: Vec<RowForm>,
    /// The placements of the plan that was shown: row, venue, start.
    pub keep: Vec<String>,
}

impl PlanForm {
    /// A form with these wishes and some empty rows.
    pub fn new(token: String, week: IsoWeek, wishes: &[WishRow], programmes: &[Programme]) -> Self {
        let mut form = Self {
            token,
            week: week.to_string(),
            seed: "1".to_owned(),
            rows: wishes.iter().map(|row| RowForm::of(row, programmes)).collect(),
            ..Self::default()
        };
        while form.rows.len() < FIRST_ROWS || wishes.len() == form.rows.len() {
            form.add_row();
        }
        form
    }

    /// The form as it was sent.
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "token" => form.token = value,
                "week" => form.week = value,
                "seed" => form.seed = value,
                "step" => form.step = value,
                "keep" => form.keep.push(value),
                _ => form.read_box(&name, value),
            }
        }
        form
    }

    fn read_box(&mut self, name: &str, value: String) {
        let Some((name, number)) = name.rsplit_once('-') else {
            return;
        };
        let Some(at) = number.parse().ok().filter(|at: &usize| *at < MOST_READ) else {
            return;
        };
        while self.rows.len() <= at {
            self.rows.push(RowForm::default());
        }
        let row = &mut self.rows[at];
        match name {
            "what" => row.what = value,
            "duration" => row.duration = value,
            "days" => row.days.push(value),
            "people" => row.people = value,
            "needs" => row.needs = value,
            "leader" => row.leader = value,
            "part" => row.part = value,
            "priority" => row.priority = value,
            _ => {}
        }
    }

    /// One more row.
    pub fn add_row(&mut self) {
        self.rows.push(RowForm::blank());
    }

    /// The seed that was sent; one when there is none.
    pub fn seed(&self) -> u64 {
        self.seed.trim().parse().unwrap_or(1)
    }

    /// The rows in which something is wished, as their places in the form.
    pub fn filled(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|at| !self.rows[*at].is_empty()).collect()
    }

    /// The wish list that was typed; what is wrong is added to `errors`, under the row's place in the list.
    pub fn wish(&self, week: IsoWeek, errors: &mut Vec<FieldError>) -> Option<WeekWish> {
        let rows: Vec<Option<WishRow>> = self
            .filled()
            .iter()
            .enumerate()
            .map(|(at, row)| self.rows[*row].read(at, errors))
            .collect();
        Some(WeekWish {
            week,
            rows: rows.into_iter().collect::<Option<_>>()?,
            seed: self.seed(),
        })
    }

    /// The placements that were shown; none when one of them cannot be read.
    pub fn chosen(&self) -> Option<Vec<Chosen>> {
        self.keep.iter().map(|text| read_placement(text)).collect()
    }
}

/// A placement as the form carries it.
pub fn placement(row: usize, venue: crate::domain::id::VenueId, starts: DateTime) -> String {
    format!("{row}|{venue}|{}", starts.strftime("%Y-%m-%dT%H:%M"))
}

fn read_placement(text: &str) -> Option<Chosen> {
    let mut parts = text.split('|');
    let (row, venue, starts) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Chosen {
        row: row.parse().ok()?,
        venue_id: venue.parse().ok()?,
        starts_local: starts.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn rows_are_told_apart_by_their_number_and_empty_ones_do_not_count() {
        let form = PlanForm::read(pairs(&[
            ("what-0", "反诈课"),
            ("duration-0", "60"),
            ("days-0", "MO"),
            ("days-0", "WE"),
            ("what-1", "  "),
            ("what-2", "合唱"),
            ("duration-2", "一小时"),
            ("people-2", "很多"),
            ("what-9999999", "太远"),
            ("nonsense", "1"),
        ]));
        assert_eq!(form.filled(), [0, 2]);
        let mut errors = Vec::new();
        assert_eq!(form.wish(IsoWeek::containing(date(2026, 12, 1)), &mut errors), None);
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["rows[1].duration_minutes", "rows[1].people"]);
    }

    #[test]
    fn a_placement_reads_as_it_was_written() {
        let venue = crate::domain::id::VenueId(uuid::Uuid::from_u128(7));
        let starts = date(2026, 12, 1).at(9, 30, 0, 0);
        let read = read_placement(&placement(3, venue, starts));
        let chosen = Chosen {
            row: 3,
            venue_id: venue,
            starts_local: starts,
        };
        assert_eq!(read, Some(chosen));
        for wrong in ["", "1|2", "x|y|z", "1|7|2026-12-01T09:30"] {
            assert_eq!(read_placement(wrong), None, "{wrong}");
        }
    }
}
