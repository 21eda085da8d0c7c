//! Somebody else leads a session: the change and its history, which is added to and never changed.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::checks::Checks;
use super::session::{EditOutcome, REASON_CHARS, change_in};
use super::{Context, Result, audit, community, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Facilitator;
use crate::domain::id::{AccountId, CommunityId, FacilitatorId, PartnerId, SessionId};
use crate::domain::planning::edit::{Change, Changed, Scope};
use crate::domain::text::NAME_CHARS;
use crate::storage::substitution::Substitution;
use crate::storage::{self, Txn};

/// Who leads instead.
#[derive(Clone, Debug)]
pub enum Instead {
    /// Somebody the community knows.
    Known(FacilitatorId),
    /// Somebody new, by name; they become a facilitator of this partner.
    Named(String, Option<PartnerId>),
}

/// Lets somebody else lead this one session, in one transaction with its history.
///
/// # Errors
/// As [`super::session::edit()`]; [`super::Error::Invalid`] without a name.
pub async fn substitute(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    instead: Instead,
    reason: &str,
) -> Result<EditOutcome> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let mut checks = Checks::new();
    let reason = checks.line("reason", reason, REASON_CHARS);
    let instead = match instead {
        Instead::Named(name, partner) => Instead::Named(checks.required_line("name", &name, NAME_CHARS), partner),
        known @ Instead::Known(_) => known,
    };
    checks.finish()?;
    retry::write(ctx, || {
        let (ctx, actor, home, instead) = (ctx.clone(), actor.clone(), home.clone(), instead.clone());
        let reason = reason.clone();
        async move |txn: &Txn| {
            let to = match instead {
                Instead::Known(id) => id,
                Instead::Named(name, partner) => introduce(&ctx, txn, now, community, partner, name).await?,
            };
            let change = Change {
                facilitator_id: Some(Some(to)),
                ..Change::default()
            };
            let outcome = change_in(&ctx, txn, now, &home, session, Scope::This, change).await?;
            note_all(&ctx, txn, now, community, actor.account(), &outcome.changed, &reason).await?;
            let detail = json!({ "facilitator": to });
            let action = "session.substitute";
            audit::record(&ctx, txn, now, community, &actor, action, Some(session.0), &detail).await?;
            Ok(outcome)
        }
    })
    .await
}

/// The facilitator of that name and partner; a new one when there is none.
///
/// # Errors
/// When the database cannot be asked.
async fn introduce(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    partner: Option<PartnerId>,
    name: String,
) -> Result<FacilitatorId> {
    let known = storage::community::facilitators(txn, community).await?;
    if let Some(same) = known.iter().find(|one| one.partner_id == partner && one.name == name) {
        return Ok(same.id);
    }
    let new = Facilitator {
        id: ctx.new_id(now),
        partner_id: partner,
        name,
        name_en: String::new(),
        duty: String::new(),
    };
    storage::community::insert_facilitator(txn, community, &new).await?;
    Ok(new.id)
}

/// Writes down whose session is led by somebody else after a change. Call it in the transaction of the change.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn note_all(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    by: Option<AccountId>,
    changed: &[Changed],
    reason: &str,
) -> Result<()> {
    let new: Vec<Substitution> = changed
        .iter()
        .filter(|changed| changed.before.facilitator_id != changed.after.facilitator_id)
        .map(|changed| Substitution {
            id: ctx.new_id(now),
            session: changed.after.id,
            from: changed.before.facilitator_id,
            to: changed.after.facilitator_id,
            reason: reason.to_owned(),
            by,
            at: now,
        })
        .collect();
    if !new.is_empty() {
        storage::substitution::insert_all(txn, community, &new).await?;
    }
    Ok(())
}

/// A change of who leads, as it is shown.
#[derive(Clone, Debug)]
pub struct StoodIn {
    /// Of which session.
    pub session: SessionId,
    /// Who led it before.
    pub from: Option<Facilitator>,
    /// Who leads it since.
    pub to: Option<Facilitator>,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The changes of these sessions, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn history(ctx: &Context, community: CommunityId, sessions: &[SessionId]) -> Result<Vec<StoodIn>> {
    let conn = ctx.db.reader();
    let rows = storage::substitution::of_sessions(conn, community, sessions).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let people: HashMap<FacilitatorId, Facilitator> = storage::community::facilitators(conn, community)
        .await?
        .into_iter()
        .map(|one| (one.id, one))
        .collect();
    let person = |id: Option<FacilitatorId>| id.and_then(|id| people.get(&id).cloned());
    Ok(rows
        .into_iter()
        .map(|row| StoodIn {
            session: row.session,
            from: person(row.from),
            to: person(row.to),
            reason: row.reason,
            at: row.at,
        })
        .collect())
}
