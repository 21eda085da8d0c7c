//! The district's service days: 1,260 households visited, 110 needs resolved, from visits and needs that were recorded.

use jiff::civil::datetime;
use jiff::{SignedDuration, Timestamp};

use super::book::{Book, Wanted};
use super::places::Places;
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::demonstration::{self as rows, Heard, Visited};

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
                    household: format!("{}号楼{}单元{}户", at / 36 + 1, at / 12 % 3 + 1, at % 12 + 1),
                    at: begins + minutes,
                    need,
                }
            })
            .collect();
        let community = town.id;
        ctx.db
            .write(async move |txn: &Txn| Ok::<_, Error>(rows::visit(txn, community, &visits).await?))
            .await?;
    }
    Ok(())
}
