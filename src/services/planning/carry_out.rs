//! Planning what was chosen of a week's plan: all of it in one transaction, or nothing.

use std::collections::HashMap;

use jiff::civil::DateTime;
use serde_json::json;
use uuid::Uuid;

use super::week_plan::{Known, Target, WeekWish, WishRow};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, FacilitatorId, ProgrammeId, SeriesId, VenueId};
use crate::services::checks::Checks;
use crate::services::programme::{NewProgramme, OnConflict, PlanSeries, create_programme_in, note, plan_series_as};
use crate::services::schedule::bounds_of;
use crate::services::{Context, Error, FieldError, Result, audit, community, holiday, retry};
use crate::storage::{self, Txn};

/// One session that was chosen of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Of which row of the wish list, counted from zero.
    pub row: usize,
    /// Where.
    pub venue_id: VenueId,
    /// Start on the community's clock.
    pub starts_local: DateTime,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarriedOut {
    /// So many sessions were planned now.
    Planned {
        /// Their series, in the order they were chosen.
        series: Vec<SeriesId>,
        /// Programmes that were made for new titles.
        programmes: usize,
    },
    /// They stand already: the form was sent before.
    Already,
}

/// The id of the n-th series of a plan: the plan's own, told apart in its last bits.
fn series_id(plan: Uuid, n: usize) -> SeriesId {
    SeriesId(Uuid::from_u128(plan.as_u128() ^ n as u128))
}

/// Whether a plan of this id was carried out before.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn is_carried_out(ctx: &Context, actor: &Actor, community: CommunityId, plan: Uuid) -> Result<bool> {
    may(actor, Action::Plan, community)?;
    let first = storage::series::find(ctx.db.reader(), community, series_id(plan, 0)).await?;
    Ok(first.is_some())
}

/// Plans the chosen sessions, each as a programme's single date, under the id `plan` that whoever opened the form was given: sent twice,
/// they are planned once.
///
/// # Errors
/// [`Error::Conflict`] with everything that stands in the way of the first session that has lost its place: then nothing is stored;
/// [`Error::Invalid`] names row, field and value; [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    plan: Uuid,
    wish: &WeekWish,
    chosen: &[Chosen],
) -> Result<CarriedOut> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let mut checks = Checks::new();
    checks.ensure(!chosen.is_empty(), "chosen", "week-plan-nothing-chosen", "");
    let (from, to) = bounds_of(&home, wish.week);
    let mut seen = Vec::new();
    for one in chosen {
        let field = format!("rows[{}].starts_at", one.row);
        let at = crate::domain::calendar::resolve(one.starts_local, &home.zone).timestamp();
        let known = one.row < wish.rows.len() && !seen.contains(&one.row);
        checks.ensure(known, "chosen", "plan-no-such", &(one.row + 1));
        checks.ensure(at >= now, &field, "plan-starts-in-past", &one.starts_local);
        checks.ensure(from <= at && at < to, &field, "week-plan-other-week", &one.starts_local);
        seen.push(one.row);
    }
    checks.finish()?;
    let done = retry::write(ctx, || {
        let (ctx, actor, home) = (ctx.clone(), actor.clone(), home.clone());
        let (wish, chosen) = (wish.clone(), chosen.to_vec());
        async move |txn: &Txn| {
            // Before any lock of ours: an import of a notice locks the notices first.
            holiday::for_planning(txn).await?;
            let known = Known::load(txn, home.id).await?;
            known.check(&wish.rows)?;
            lock(txn, home.id, &wish.rows, &chosen).await?;
            // Behind the locks: of the same form twice at once, the second waits there and then finds what the first has planned.
            if storage::series::find(txn, home.id, series_id(plan, 0)).await?.is_some() {
                return Ok(CarriedOut::Already);
            }
            let mut made: HashMap<String, ProgrammeId> = HashMap::new();
            let mut series = Vec::with_capacity(chosen.len());
            for (n, one) in chosen.iter().enumerate() {
                let row = &wish.rows[one.row];
                let programme = match (known.programme(&row.target), &row.target) {
                    (Some(programme), _) => programme.id,
                    (None, Target::Programme(id)) => *id,
                    (None, Target::New(title, kind)) => match made.get(title.trim()) {
                        Some(id) => *id,
                        None => {
                            let new = NewProgramme {
                                capacity: row.place.people,
                                ..NewProgramme::titled(title.clone(), *kind)
                            };
                            let id = create_programme_in(&ctx, txn, now, home.id, new).await?.id;
                            made.insert(title.trim().to_owned(), id);
                            id
                        }
                    },
                };
                let single = PlanSeries {
                    facilitator_id: row.facilitator_id,
                    capacity: row.place.people,
                    on_conflict: OnConflict::Refuse,
                    ..PlanSeries::once(programme, one.venue_id, one.starts_local, row.duration_minutes)
                };
                let planned = plan_series_as(&ctx, txn, now, &home, &single, Some(series_id(plan, n)))
                    .await
                    .map_err(|error| in_row(error, one.row))?;
                note(&ctx, txn, now, home.id, &actor, &planned).await?;
                series.extend(planned.series_id);
            }
            let detail = json!({"week": wish.week.to_string(), "sessions": series.len(), "programmes": made.len()});
            audit::record(&ctx, txn, now, home.id, &actor, "week.plan", Some(plan), &detail).await?;
            Ok(CarriedOut::Planned {
                series,
                programmes: made.len(),
            })
        }
    })
    .await;
    match done {
        // Two that chose different venues wait for nobody: the ids decide.
        Err(Error::Storage(storage::Error::Duplicate(_))) => Ok(CarriedOut::Already),
        done => done,
    }
}

/// Locks every venue and everybody who leads, in the order that holds everywhere, before the first session is looked at.
async fn lock(txn: &Txn, home: CommunityId, rows: &[WishRow], chosen: &[Chosen]) -> Result<()> {
    let mut venues: Vec<VenueId> = chosen.iter().map(|one| one.venue_id).collect();
    venues.sort_unstable();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = chosen.iter().filter_map(|one| rows[one.row].facilitator_id).collect();
    who.sort_unstable();
    who.dedup();
    storage::booking::lock(txn, home, &venues, &who).await?;
    Ok(())
}

/// What is wrong with one session, said of its row.
fn in_row(error: Error, row: usize) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|field| FieldError {
                    field: format!("rows[{row}].{}", field.field),
                    ..field
                })
                .collect(),
        ),
        other => other,
    }
}
