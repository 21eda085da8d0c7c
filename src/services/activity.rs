//! A new activity: a programme with its first dates, in one step; more dates for it later; its words.
//!
//! Whoever opens the form gives the new thing its id. Sending the form again finds what stands under that id and makes nothing
//! new, also when both arrive at once: the primary key decides.

use super::enrolment::{RulesOf, copy_rules};
use super::material;
use super::programme::{NewProgramme, PlanSeries, PlannedSeries, checked_programme, note, plan_series_as, preview_as};
use super::{Context, Error, Result, community, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, ProgrammeId, SeriesId};
use crate::domain::planning::{Programme, ProgrammeKind, Series};
use crate::storage::{self, Txn};

/// What came of sending a form.
#[derive(Clone, Debug)]
pub enum Sent {
    /// It was planned now.
    Planned(PlannedSeries),
    /// It stands already: the form was sent before.
    Already,
}

/// What a series of a programme that is not there yet would come to.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn preview(ctx: &Context, actor: &Actor, home: CommunityId, wish: &PlanSeries) -> Result<PlannedSeries> {
    may(actor, Action::Plan, home)?;
    let home = community::find(ctx, home).await?;
    // Its dates depend on no word that could still be wrong.
    let mut programme = checked_programme(ctx, ctx.now(), NewProgramme::titled("…", ProgrammeKind::Other))?;
    programme.id = wish.programme_id;
    programme.capacity = wish.capacity;
    preview_as(ctx, &home, wish, Some(programme)).await
}

/// Makes a programme under `id` and plans its first series, both or neither; it gets the materials and the rules of signing up of `like`, where one is
/// named.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong with both; [`Error::Conflict`] when no date can stand;
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn plan(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    id: ProgrammeId,
    new: NewProgramme,
    wish: PlanSeries,
    like: Option<ProgrammeId>,
) -> Result<Sent> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let home = community::find(ctx, home).await?;
    let mut programme = checked_programme(ctx, now, new)?;
    programme.id = id;
    let wish = PlanSeries {
        programme_id: id,
        ..wish
    };
    let done = retry::write(ctx, || {
        let (ctx, actor, home) = (ctx.clone(), actor.clone(), home.clone());
        let (wish, programme) = (wish.clone(), programme.clone());
        async move |txn: &Txn| {
            if storage::programme::find(txn, home.id, id).await?.is_some() {
                return Ok(Sent::Already);
            }
            storage::programme::insert(txn, home.id, &programme, now).await?;
            if let Some(like) = like {
                material::copy_all(&ctx, txn, now, home.id, like, id).await?;
                copy_rules(txn, now, home.id, RulesOf::Programme(like), RulesOf::Programme(id)).await?;
            }
            let planned = plan_series_as(&ctx, txn, now, &home, &wish, None).await?;
            note(&ctx, txn, now, home.id, &actor, &planned).await?;
            Ok(Sent::Planned(planned))
        }
    })
    .await;
    sent_before(done)
}

/// Plans one more series, under `id`.
///
/// # Errors
/// As [`plan`].
pub async fn add_series(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    id: SeriesId,
    wish: PlanSeries,
) -> Result<Sent> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let home = community::find(ctx, home).await?;
    let done = retry::write(ctx, || {
        let (ctx, actor, home, wish) = (ctx.clone(), actor.clone(), home.clone(), wish.clone());
        async move |txn: &Txn| {
            if storage::series::find(txn, home.id, id).await?.is_some() {
                return Ok(Sent::Already);
            }
            let planned = plan_series_as(&ctx, txn, now, &home, &wish, Some(id)).await?;
            note(&ctx, txn, now, home.id, &actor, &planned).await?;
            Ok(Sent::Planned(planned))
        }
    })
    .await;
    sent_before(done)
}

/// The same form twice at once: the second found the id taken.
fn sent_before(done: Result<Sent>) -> Result<Sent> {
    match done {
        Err(Error::Storage(storage::Error::Duplicate(_))) => Ok(Sent::Already),
        done => done,
    }
}

/// The series of a programme, in the order they were made.
///
/// # Errors
/// [`Error::Storage`].
pub async fn series_of(ctx: &Context, home: CommunityId, programme: ProgrammeId) -> Result<Vec<Series>> {
    let mut all = storage::series::list(ctx.db.reader(), home).await?;
    all.retain(|series| series.programme_id == programme);
    all.sort_by_key(|series| series.id);
    Ok(all)
}

/// Gives a programme other words; what it is counted by and signed up for changes with them, its dates do not.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn change_words(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    id: ProgrammeId,
    new: NewProgramme,
) -> Result<Programme> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let checked = checked_programme(ctx, now, new)?;
    ctx.db
        .write(async move |txn: &Txn| {
            let stands = storage::programme::find(txn, home, id)
                .await?
                .ok_or_else(|| Error::not_found("programme", id))?;
            let changed = Programme {
                id,
                capacity: stands.capacity,
                matters: stands.matters,
                partner_id: stands.partner_id,
                archived: stands.archived,
                ..checked
            };
            storage::programme::update(txn, home, &changed, now).await?;
            Ok::<_, Error>(changed)
        })
        .await
}
