//! The rules of signing up: set for a programme, and where it is wanted otherwise for a series or a single session.

use serde_json::json;
use uuid::Uuid;

use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::Rules;
use crate::domain::enrolment::rules::{DAYS_BEFORE, HOLD_MINUTES, KEPT_SEATS, MINUTES_BEFORE, WAITING};
use crate::domain::id::CommunityId;
use crate::services::checks::Checks;
use crate::services::{Context, Error, Result, audit, retry};
use crate::storage::{self, Connection, Txn};

pub use crate::storage::sign_up_rule::RulesOf;

/// The rules of something, as staff see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesView {
    /// Its own; none where what is above it holds.
    pub own: Option<Rules>,
    /// What holds where it has none of its own.
    pub inherited: Rules,
}

impl RulesView {
    /// What holds.
    pub fn effective(&self) -> &Rules {
        self.own.as_ref().unwrap_or(&self.inherited)
    }
}

/// What is above something: the series and the programme of a session, the programme of a series.
async fn above(db: &impl Connection, home: CommunityId, of: RulesOf) -> Result<Vec<Uuid>> {
    let series = match of {
        RulesOf::Programme(id) => {
            storage::programme::find(db, home, id)
                .await?
                .ok_or_else(|| Error::not_found("programme", id))?;
            return Ok(Vec::new());
        }
        RulesOf::Series(id) => id,
        RulesOf::Session(id) => {
            let session = storage::session::find(db, home, id)
                .await?
                .ok_or_else(|| Error::not_found("session", id))?;
            return Ok(vec![session.series_id.0, session.programme_id.0]);
        }
    };
    let found = storage::series::find(db, home, series)
        .await?
        .ok_or_else(|| Error::not_found("series", series))?;
    Ok(vec![found.programme_id.0])
}

/// The rules of a programme, a series or a session.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn rules(ctx: &Context, actor: &Actor, home: CommunityId, of: RulesOf) -> Result<RulesView> {
    may(actor, Action::Plan, home)?;
    let db = ctx.db.reader();
    let above = above(db, home, of).await?;
    let mut found = storage::sign_up_rule::find_all(db, home, &above).await?;
    Ok(RulesView {
        own: storage::sign_up_rule::find(db, home, of).await?,
        inherited: above.iter().find_map(|id| found.remove(id)).unwrap_or_default(),
    })
}

/// Says what cannot be accepted of rules.
///
/// # Errors
/// [`Error::Invalid`] with every field.
pub fn check(rules: &Rules) -> Result<()> {
    let mut checks = Checks::new();
    if let Some(days) = rules.opens_days {
        checks.number("opens_days", days, &DAYS_BEFORE);
    }
    checks.number("cutoff_minutes", rules.cutoff_minutes, &MINUTES_BEFORE);
    checks.number("kept_seats", rules.kept_seats, &KEPT_SEATS);
    checks.number("kept_days", rules.kept_days, &DAYS_BEFORE);
    checks.number("most_waiting", rules.most_waiting, &WAITING);
    if let Some(minutes) = rules.hold_minutes {
        checks.number("hold_minutes", minutes, &HOLD_MINUTES);
    }
    checks.number("draw_minutes", rules.draw_minutes, &MINUTES_BEFORE);
    checks.finish()
}

/// Gives a programme, a series or a session rules of its own, or takes them away. Whoever may have a seat by the change gets it.
///
/// # Errors
/// [`Error::Invalid`] with every field; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn set_rules(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    of: RulesOf,
    rules: Option<Rules>,
) -> Result<()> {
    may(actor, Action::Plan, home)?;
    if let Some(rules) = &rules {
        check(rules)?;
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, actor, rules) = (ctx.clone(), actor.clone(), rules.clone());
        async move |txn: &Txn| -> Result<()> {
            above(txn, home, of).await?;
            match &rules {
                Some(rules) => storage::sign_up_rule::set(txn, home, of, rules, now).await?,
                None => storage::sign_up_rule::clear(txn, home, of).await?,
            }
            let detail = json!({"level": of.level(), "rules": rules});
            audit::record(&ctx, txn, now, home, &actor, "sign_up.rules", Some(of.id()), &detail).await?;
            Ok(())
        }
    })
    .await
}

/// Gives a series the rules that another has of its own, as a new term takes over those of the old one.
///
/// # Errors
/// [`Error::Storage`].
pub(in crate::services) async fn copy_rules(
    txn: &Txn,
    now: jiff::Timestamp,
    home: CommunityId,
    from: RulesOf,
    to: RulesOf,
) -> Result<()> {
    if let Some(rules) = storage::sign_up_rule::find(txn, home, from).await? {
        storage::sign_up_rule::set(txn, home, to, &rules, now).await?;
    }
    Ok(())
}
