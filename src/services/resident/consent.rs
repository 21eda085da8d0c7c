//! Consents: written down when given, written down when taken back.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::json;

use super::merge::note_consent;
use super::{current, get};
use crate::domain::access::Actor;
use crate::domain::consent::{Consent, ConsentAct, ConsentHow, ConsentPurpose, TEXT_VERSION, fits};
use crate::domain::id::{CommunityId, ResidentId};
use crate::services::{Context, Error, Result, audit};
use crate::storage::resident::{consent as rows, merge as locks};
use crate::storage::{self, Txn};

/// A consent as staff note it.
#[derive(Clone, Debug)]
pub struct NewConsent {
    /// For what.
    pub purpose: ConsentPurpose,
    /// Given or taken back.
    pub act: ConsentAct,
    /// The day they said so; none for today.
    pub on: Option<Date>,
    /// How they said so.
    pub how: ConsentHow,
}

/// Everything a resident gave and took back, in the order it was written down.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident.
pub async fn of(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Vec<Consent>> {
    get(ctx, actor, community, id).await?;
    Ok(rows::of(ctx.db.reader(), community, id).await?)
}

/// Notes a consent, under the text that holds now.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident, or they were merged or erased; when the day is to come or before the last
/// row; when something is taken back that does not stand.
pub async fn note(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    new: NewConsent,
) -> Result<Consent> {
    get(ctx, actor, community, id).await?;
    let now = ctx.now();
    let zone = storage::community::find(ctx.db.reader(), community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?
        .zone;
    let today = now.to_zoned(zone).date();
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<Consent> {
            let known = locks::lock_residents(txn, community, &[id]).await?;
            for stored in &known {
                current(&stored.resident)?;
            }
            let on = new.on.unwrap_or(today);
            let ledger = rows::of(txn, community, id).await?;
            fits(&ledger, new.purpose, new.act, on, today)
                .map_err(|code| Error::invalid(field_of(code), code, on.to_string()))?;
            // Two notes at one instant, or a clock set back, must not change which came last.
            let last = ledger.iter().map(|row| row.recorded_at).max();
            let recorded_at = last.map_or(now, |last| now.max(last + SignedDuration::from_micros(1)));
            let row = Consent {
                id: inner.new_id(now),
                purpose: new.purpose,
                act: new.act,
                on,
                version: TEXT_VERSION.to_owned(),
                how: new.how,
                recorded_at,
            };
            rows::insert(txn, community, id, &row, actor.account()).await?;
            note_consent(txn, community, id).await?;
            let detail = json!({ "purpose": row.purpose, "act": row.act, "how": row.how });
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "resident.consent",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(row)
        })
        .await
}

fn field_of(code: &str) -> &'static str {
    if code == "consent-not-given" { "act" } else { "on" }
}
