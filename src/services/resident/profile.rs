//! One resident as a page shows them, and their number for whoever must dial it.

use jiff::Timestamp;
use serde_json::json;

use super::{get, opened};
use crate::domain::access::{Action, Actor, Field, Refusal, may, sees};
use crate::domain::consent::Consent;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::opt_out::OptOut;
use crate::domain::resident::Resident;
use crate::domain::text::Phone;
use crate::services::{Context, Error, Result, audit};
use crate::storage;
use crate::storage::resident::merge::Merge;

pub use crate::storage::resident::history::{Message, SignUp, Visit};

/// Visits and sign-ups shown at most.
const SHOWN: u64 = 20;

/// What is known of a resident.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The resident.
    pub resident: Resident,
    /// How often they came.
    pub visit_count: u64,
    /// When they came first.
    pub first_visit: Option<Timestamp>,
    /// The latest sessions they came to, latest first.
    pub visits: Vec<Visit>,
    /// The latest sessions they signed up for, latest first.
    pub sign_ups: Vec<SignUp>,
    /// Consents, in the order they were written down.
    pub consents: Vec<Consent>,
    /// Channels they refuse.
    pub opt_outs: Vec<OptOut>,
    /// Since when their address is known to take no mail.
    pub bounced_at: Option<Timestamp>,
    /// Merges they took part in, newest first, and the other one's row.
    pub merges: Vec<(Merge, Resident)>,
}

/// What is known of a resident.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident.
pub async fn show(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Profile> {
    let resident = get(ctx, actor, community, id).await?;
    let conn = ctx.db.reader();
    let merges = storage::resident::merge::of(conn, community, id).await?;
    let others: Vec<ResidentId> = merges.iter().map(|merge| other(merge, id)).collect();
    let found = storage::resident::find_all(conn, community, &others).await?;
    let mut told = Vec::with_capacity(merges.len());
    for merge in merges {
        let with = other(&merge, id);
        if let Some(stored) = found.iter().find(|stored| stored.resident.id == with) {
            told.push((merge, opened(ctx, community, stored.clone())?));
        }
    }
    Ok(Profile {
        visit_count: storage::resident::history::visit_count(conn, community, id).await?,
        first_visit: storage::resident::history::first_visit(conn, community, id).await?,
        visits: storage::resident::history::visits(conn, community, id, SHOWN).await?,
        sign_ups: storage::resident::history::sign_ups(conn, community, id, SHOWN).await?,
        consents: storage::resident::consent::of(conn, community, id).await?,
        opt_outs: storage::opt_out::of(conn, community, id).await?,
        bounced_at: storage::opt_out::bounced_at(conn, community, id).await?,
        merges: told,
        resident,
    })
}

fn other(merge: &Merge, than: ResidentId) -> ResidentId {
    if merge.survivor == than {
        merge.merged
    } else {
        merge.survivor
    }
}

/// Where a link to a resident leads: to themselves, or to whoever they were merged into.
///
/// # Errors
/// Without the right to manage residents.
pub async fn leads_to(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
) -> Result<Option<ResidentId>> {
    may(actor, Action::ManageResidents, community)?;
    Ok(storage::resident::current_at_a_look(ctx.db.reader(), community, id).await?)
}

/// What somebody's whole number is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// To phone them.
    Call,
    /// To see whether it is written right.
    Check,
    /// Somebody is unwell or missing.
    Emergency,
    /// Something else.
    Other,
}

crate::domain::planning::named! { Reason {
    Call => "call",
    Check => "check",
    Emergency => "emergency",
    Other => "other",
} }

/// The whole numbers of a resident, shown once.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Their own.
    pub phone: Option<Phone>,
    /// The family's.
    pub family_phone: Option<Phone>,
}

/// The whole numbers of a resident; that they were asked for is audited with the reason.
///
/// # Errors
/// Without the right to see whole numbers; when there is no such resident.
pub async fn reveal(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    reason: Reason,
) -> Result<Numbers> {
    if !sees(actor, Field::FullPhone, community) {
        may(actor, Action::ManageResidents, community)?;
        return Err(Error::Forbidden(Refusal::Role));
    }
    let resident = get(ctx, actor, community, id).await?;
    super::current(&resident)?;
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    let detail = json!({
        "reason": reason.as_str(),
        "own": resident.phone.is_some(),
        "family": resident.family_phone.is_some(),
    });
    ctx.db
        .write(async move |txn| {
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "resident.reveal",
                Some(id.0),
                &detail,
            )
            .await
        })
        .await?;
    Ok(Numbers {
        phone: resident.phone,
        family_phone: resident.family_phone,
    })
}
