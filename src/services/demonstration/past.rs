//! September 2023 of 运粮社区: 28 sessions up to 26 September with 420 visits, as the newspaper says; what stood in the calendar after that day has
//! no numbers.

use jiff::Timestamp;
use jiff::civil::{DateTime, date, datetime};

use super::book::{Book, Wanted};
use super::places::Places;
use crate::domain::community::Venue;
use crate::domain::id::{FacilitatorId, ResidentId};
use crate::domain::planning::Programme;
use crate::services::{Context, Result};

/// How many came to each session up to 26 September 2023, in order.
const MOXIBUSTION: &[i32] = &[10, 11, 12, 12, 13, 12, 12, 13, 12, 12, 13];
const FRAUD: &[i32] = &[24, 29, 31];
const TALK: &[i32] = &[22, 24, 26];
const PRESSURE: &[i32] = &[13, 14, 16, 15];
const PHONES: &[i32] = &[10, 11, 13, 12];
const CHOIR: &[i32] = &[8, 10, 10];

/// Stores that September, and the half year before it that the chart of the report shows.
pub(super) async fn store(ctx: &Context, places: &Places, people: &[ResidentId], now: Timestamp) -> Result<()> {
    let mut book = Book::new(ctx, &places.yunliang, now);
    let until = datetime(2023, 10, 1, 0, 0, 0, 0);
    let mut turn = 0;
    for (programme, venue, facilitator, starts, minutes, rule, counts) in [
        (
            &places.moxibustion,
            &places.huo,
            places.xiong,
            datetime(2023, 9, 1, 9, 0, 0, 0),
            120,
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            MOXIBUSTION,
        ),
        (
            &places.fraud,
            &places.huo,
            places.zhang,
            datetime(2023, 9, 7, 9, 30, 0, 0),
            60,
            "FREQ=WEEKLY;BYDAY=TH",
            FRAUD,
        ),
        (
            &places.talk,
            &places.huo,
            places.xiong,
            datetime(2023, 9, 6, 15, 0, 0, 0),
            60,
            "FREQ=WEEKLY;BYDAY=WE",
            TALK,
        ),
        (
            &places.pressure,
            &places.ke,
            places.clinic,
            datetime(2023, 9, 5, 8, 30, 0, 0),
            90,
            "FREQ=WEEKLY;BYDAY=TU",
            PRESSURE,
        ),
        (
            &places.phones,
            &places.ke,
            places.zhang,
            datetime(2023, 9, 5, 15, 0, 0, 0),
            90,
            "FREQ=WEEKLY;BYDAY=TU",
            PHONES,
        ),
        (
            &places.choir,
            &places.duo,
            places.zheng,
            datetime(2023, 9, 7, 14, 30, 0, 0),
            90,
            "FREQ=WEEKLY;BYDAY=TH",
            CHOIR,
        ),
    ]
        as [(&Programme, &Venue, FacilitatorId, DateTime, i32, &str, &[i32]); 6]
    {
        let wanted = Wanted {
            programme,
            venue,
            facilitator: Some(facilitator),
            starts,
            minutes,
            rule: Some(rule),
            until,
        };
        let written = book.write(&wanted)?;
        turn += 1;
        for (index, (at, count)) in written.zip(counts).enumerate() {
            // One in six is counted by head only.
            let heads = count / 6;
            let named = usize::try_from(count - heads).unwrap_or_default();
            book.count(at, &some_of(people, named, turn * 17 + index * 5), heads);
            book.answer(at, answers(*count, index));
        }
    }
    half_year_before(&mut book, places, &people[..people.len() * 3 / 4])?;
    book.store().await
}

/// About four in nine say how it was; one in thirty of them was not satisfied.
fn answers(count: i32, index: usize) -> [i32; 4] {
    let answered = (count * 9 + 10) / 20;
    let fair = i32::from(index % 4 == 3);
    let satisfied = answered / 3;
    [answered - satisfied - fair, satisfied, fair, 0]
}

/// `count` different residents, beginning somewhere else each time, so that some come often and some once.
pub(super) fn some_of(people: &[ResidentId], count: usize, turn: usize) -> Vec<ResidentId> {
    // Steps of 7 through 130 residents meet each of them once before the first comes again.
    let pool = people.len();
    (0..count.min(pool))
        .map(|at| people[(turn * 3 + at * 7) % pool])
        .collect()
}

/// One gathering of all programmes a month from April to August: the totals that the half-year chart shows.
fn half_year_before(book: &mut Book<'_>, places: &Places, people: &[ResidentId]) -> Result<()> {
    for (month, visits) in (4_i8..).zip([188, 214, 246, 231, 305]) {
        let starts = date(2023, month, 18).at(9, 0, 0, 0);
        let wanted = Wanted {
            programme: &places.film,
            venue: &places.duo,
            facilitator: None,
            starts,
            minutes: 120,
            rule: None,
            until: datetime(2023, 9, 1, 0, 0, 0, 0),
        };
        let named = 40 + usize::try_from(month).unwrap_or_default() * 3;
        for at in book.write(&wanted)? {
            book.count(
                at,
                &some_of(people, named, usize::try_from(month).unwrap_or_default()),
                visits - i32::try_from(named).unwrap_or_default(),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newspaper_s_figures_are_met() {
        let sums = [MOXIBUSTION, FRAUD, TALK, PRESSURE, PHONES, CHOIR]
            .map(|counts| (counts.len(), counts.iter().sum::<i32>()));
        assert_eq!(sums, [(11, 132), (3, 84), (3, 72), (4, 58), (4, 46), (3, 28)]);
        assert_eq!(sums.iter().map(|(_, visits)| visits).sum::<i32>(), 420);
        assert_eq!(sums.iter().map(|(sessions, _)| sessions).sum::<usize>(), 28);
    }
}
