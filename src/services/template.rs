//! Templates: what a new activity begins with; built in, kept by the community, or a programme that there is.

use jiff::SignedDuration;
use serde_json::json;

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, ProgrammeId, TemplateId};
use crate::domain::planning::template::{BuiltIn, MOST_TEMPLATES, Template};
use crate::domain::planning::{Programme, Series};
use crate::domain::text::TITLE_CHARS;
use crate::storage::{self, Connection, Txn};

pub use crate::storage::template::Kept;

/// How long a template that was taken away can be brought back, days.
pub const KEPT_DAYS: i64 = 7;

/// What a new activity begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its words and habits.
    pub template: Template,
    /// Whose materials go along; none for what is built in.
    pub materials_of: Option<ProgrammeId>,
}

/// The community's own templates, in the order they were made.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn list(ctx: &Context, actor: &Actor, home: CommunityId) -> Result<Vec<Kept>> {
    may(actor, Action::Plan, home)?;
    Ok(storage::template::list(ctx.db.reader(), home).await?)
}

/// What a template begins with: `name` is that of a built-in one or the id of one of the community's.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn start(ctx: &Context, actor: &Actor, home: CommunityId, name: &str) -> Result<Start> {
    may(actor, Action::Plan, home)?;
    if let Some(one) = BuiltIn::find(name) {
        return Ok(Start {
            template: one.template(),
            materials_of: None,
        });
    }
    let shown: String = name.chars().take(60).collect();
    let unknown = || Error::not_found("template", shown.clone());
    let id: TemplateId = name.parse().map_err(|_| unknown())?;
    let kept = storage::template::find(ctx.db.reader(), home, id).await?;
    let kept = kept.filter(|kept| !kept.removed).ok_or_else(unknown)?;
    Ok(Start {
        template: kept.template,
        materials_of: kept.programme_id,
    })
}

/// What a programme like this one begins with: its words, and the habits of its newest series.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn like(ctx: &Context, actor: &Actor, home: CommunityId, id: ProgrammeId) -> Result<Start> {
    may(actor, Action::Plan, home)?;
    let (programme, series) = newest(ctx.db.reader(), home, id).await?;
    Ok(Start {
        template: Template::of(&programme, series.as_ref()),
        materials_of: Some(id),
    })
}

async fn newest(conn: &impl Connection, home: CommunityId, id: ProgrammeId) -> Result<(Programme, Option<Series>)> {
    let programme = storage::programme::find(conn, home, id).await?;
    let programme = programme.ok_or_else(|| Error::not_found("programme", id))?;
    let series = storage::series::list(conn, home).await?;
    // Ids sort by creation. One that repeats tells more of the habits than a single date.
    let series = series
        .into_iter()
        .filter(|series| series.programme_id == id)
        .max_by_key(|series| (series.repeats(), series.id));
    Ok((programme, series))
}

/// Makes a template of a programme. `name` is what staff call it; empty: the programme's title.
///
/// # Errors
/// [`Error::Invalid`] with a wrong name or too many templates; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn save(ctx: &Context, actor: &Actor, home: CommunityId, id: ProgrammeId, name: &str) -> Result<Kept> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let name = checks.line("name", name, TITLE_CHARS);
    checks.finish()?;
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            let (programme, series) = newest(txn, home, id).await?;
            let there = storage::template::list(txn, home).await?.len();
            if u64::try_from(there).is_ok_and(|there| there >= MOST_TEMPLATES) {
                return Err(Error::Invalid(vec![
                    FieldError::new("name", "template-too-many", there.to_string()).with("max", MOST_TEMPLATES),
                ]));
            }
            let kept = Kept {
                id: ctx_in.new_id(now),
                name: if name.is_empty() { programme.title.clone() } else { name },
                programme_id: Some(id),
                template: Template::of(&programme, series.as_ref()),
                removed: false,
            };
            storage::template::insert(txn, home, &kept, now).await?;
            let detail = json!({"programme": id});
            audit::record(
                &ctx_in,
                txn,
                now,
                home,
                &actor,
                "template.save",
                Some(kept.id.0),
                &detail,
            )
            .await?;
            Ok(kept)
        })
        .await
}

/// Takes a template away, or brings it back. Doing it twice changes nothing.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn set_removed(ctx: &Context, actor: &Actor, home: CommunityId, id: TemplateId, gone: bool) -> Result<Kept> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            let kept = storage::template::find(txn, home, id).await?;
            let mut kept = kept.ok_or_else(|| Error::not_found("template", id))?;
            if kept.removed != gone {
                storage::template::set_removed(txn, home, id, gone.then_some(now)).await?;
                kept.removed = gone;
                let action = if gone { "template.remove" } else { "template.restore" };
                audit::record(&ctx_in, txn, now, home, &actor, action, Some(id.0), &json!({})).await?;
            }
            Ok(kept)
        })
        .await
}

/// Forgets templates that were taken away a week ago; how many.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_removed(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - SignedDuration::from_hours(24 * KEPT_DAYS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(storage::template::forget_removed(txn, before).await?))
        .await
}
