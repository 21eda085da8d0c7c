//! The district's service days: 1,260 households visited, 110 needs resolved, from visits and needs that were recorded.

use jiff::civil::datetime;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::book::{Book, Wanted};
use super::places::Places;
use crate::domain::community::{Community, Venue};
use crate::domain::crew::Crew;
use crate::domain::id::GridId;
use crate::domain::planning::{Programme, SessionStatus};
use crate::services::{Context, Error, Result};
use crate::storage::demonstration::{self as rows, Heard, Visited};
use crate::storage::{Txn, crew};

/// Households visited, and needs resolved, in 文惠社区 and 天宝社区.
const VISITED: [(usize, usize); 2] = [(560, 50), (700, 60)];
/// Needs that are still open in each.
const STILL_OPEN: usize = 6;

const NEEDS: [&str; 6] = [
    "楼道灯坏了",
    "想申请高龄津贴",
    "医保缴费不会办",
    "单元门关不上",
    "想学用手机",
    "下水道有味道",
];

/// Stores the service days of September 2023 with their visits, and the help desk of 游园社区.
pub(super) async fn store(ctx: &Context, places: &Places, now: Timestamp) -> Result<()> {
    for ((town, grid, point, service), (visited, resolved)) in places.visiting.iter().zip(VISITED) {
        let mut book = Book::new(ctx, town, now);
        let day = Wanted {
            programme: service,
            venue: point,
            facilitator: None,
            starts: datetime(2023, 9, 20, 18, 30, 0, 0),
            minutes: 150,
            rule: None,
            until: datetime(2023, 9, 21, 0, 0, 0, 0),
        };
        let written = book.write(&day)?;
        let Some(session) = book.sessions.get(written.start).cloned() else {
            continue;
        };
        book.count(written.start, &[], 24);
        book.store().await?;
        let begins = session.starts_at;
        let visits: Vec<Visited> = (0..visited)
            .map(|at| {
                let minutes = SignedDuration::from_mins(i64::try_from(at % 140).unwrap_or_default());
                let need = (at < resolved + STILL_OPEN).then(|| {
                    let solved = (at < resolved).then(|| {
                        (
                            begins + SignedDuration::from_hours(24 * (2 + i64::try_from(at % 5).unwrap_or_default())),
                            "办好了".to_owned(),
                        )
                    });
                    Heard {
                        id: ctx.new_id(now),
                        text: NEEDS[at % NEEDS.len()].to_owned(),
                        resolved: solved,
                    }
                });
                Visited {
                    id: ctx.new_id(now),
                    session: session.id,
                    grid: *grid,
                    household: format!("{}号楼{}单元{}", at / 36 + 1, at / 12 % 3 + 1, at % 12 + 1),
                    at: begins + minutes,
                    need,
                }
            })
            .collect();
        let community = town.id;
        ctx.db
            .write(async move |txn: &Txn| Ok::<_, Error>(rows::visit(txn, community, &visits).await?))
            .await?;
        lately(ctx, (town, *grid, point, service), now).await?;
    }
    Ok(())
}

/// Doors of the service day of this week, and how many of the first told of a need; every other need is resolved by now.
const DOORS: usize = 14;
const TOLD: usize = 5;

/// A service day a few days ago, with what was heard there, and one this evening that waits for its households.
async fn lately(
    ctx: &Context,
    (town, grid, point, service): (&Community, GridId, &Venue, &Programme),
    now: Timestamp,
) -> Result<()> {
    let today = now.to_zoned(town.zone.clone()).date();
    let mut book = Book::new(ctx, town, now);
    let mut evening = |days_ago: i64| {
        let day = today.saturating_sub(days_ago.days());
        book.write(&Wanted {
            programme: service,
            venue: point,
            facilitator: None,
            starts: day.at(18, 30, 0, 0),
            minutes: 150,
            rule: None,
            until: day.saturating_add(1.day()).at(0, 0, 0, 0),
        })
    };
    let held = evening(3)?;
    evening(0)?;
    // On a day off there is none.
    let Some(session) = book.sessions[held].first_mut() else {
        return book.store().await;
    };
    session.status = SessionStatus::Held;
    let (id, begins) = (session.id, session.starts_at);
    book.store().await?;
    let visits: Vec<Visited> = (0..DOORS)
        .map(|door| {
            let at = begins + SignedDuration::from_mins(8 * i64::try_from(door).unwrap_or_default());
            Visited {
                id: ctx.new_id(now),
                session: id,
                grid,
                household: format!("{}号楼{}单元{}01", door / 6 + 1, door / 3 % 2 + 1, door % 3 + 1),
                at,
                need: (door < TOLD).then(|| Heard {
                    id: ctx.new_id(now),
                    text: NEEDS[door % NEEDS.len()].to_owned(),
                    resolved: (door % 2 == 0).then(|| {
                        (
                            super::not_after(at + SignedDuration::from_hours(20), now),
                            "办好了".to_owned(),
                        )
                    }),
                }),
            }
        })
        .collect();
    let community = town.id;
    let crew = Crew {
        staff: 2,
        speakers: 0,
        volunteers: 4,
        volunteer_minutes: 4 * 150,
    };
    let crew_id = ctx.new_id(now);
    ctx.db
        .write(async move |txn: &Txn| {
            rows::visit(txn, community, &visits).await?;
            crew::put(txn, community, id, crew_id, crew, None, now).await?;
            Ok::<_, Error>(())
        })
        .await
}
