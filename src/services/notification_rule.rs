//! The rules by which a community tells people, as staff see and change them.

use jiff::Timestamp;
use jiff::civil::Time;
use serde_json::json;
use uuid::Uuid;

use crate::domain::access::{Action, Actor, may};
use crate::domain::cron::{Cron, CronError, Field, LEAST_GAP, MOST_BYTES};
use crate::domain::id::CommunityId;
use crate::domain::notification::{Event, LEAST_AWAKE, MOST_RANGES, QuietError, QuietHours};
use crate::domain::notification_rule::{DIGEST_MINUTES, LEAD_DAYS, LEAD_MINUTES, Policy, Rule, RuleError, Setting};
use crate::services::checks::Checks;
use crate::services::{Context, Error, FieldError, Result, audit};
use crate::storage::{self, Txn};

/// Runs of a cron expression that are shown.
pub const RUNS_SHOWN: usize = 5;

/// How a community tells people.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn policy(ctx: &Context, actor: &Actor, home: CommunityId) -> Result<Policy> {
    may(actor, Action::ManageNotifications, home)?;
    Ok(storage::notification_rule::policy(ctx.db.reader(), home).await?)
}

/// The next runs of a cron expression on a community's clock.
///
/// # Errors
/// [`Error::Invalid`] with the field `cron`, when it cannot be read, never fires or fires too often; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn next_runs(ctx: &Context, actor: &Actor, home: CommunityId, text: &str) -> Result<Vec<Timestamp>> {
    may(actor, Action::ManageNotifications, home)?;
    let cron: Cron = text
        .parse()
        .map_err(|error| Error::Invalid(vec![cron_error(&error, text)]))?;
    let found = storage::community::find(ctx.db.reader(), home).await?;
    let zone = found.ok_or_else(|| Error::not_found("community", home))?.zone;
    Ok(cron.next_runs(ctx.now(), &zone, RUNS_SHOWN))
}

/// Sets the rule of a community for an event.
///
/// # Errors
/// [`Error::Invalid`] with every field; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn set(ctx: &Context, actor: &Actor, home: CommunityId, event: Event, rule: Rule) -> Result<()> {
    may(actor, Action::ManageNotifications, home)?;
    let wrong: Vec<FieldError> = rule.check(event).iter().map(field_error).collect();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    change(ctx, actor, home, event, Some(rule)).await
}

/// Takes the rule of a community for an event away: the usual one holds again.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn reset(ctx: &Context, actor: &Actor, home: CommunityId, event: Event) -> Result<()> {
    may(actor, Action::ManageNotifications, home)?;
    change(ctx, actor, home, event, None).await
}

async fn change(ctx: &Context, actor: &Actor, home: CommunityId, event: Event, rule: Option<Rule>) -> Result<()> {
    let now = ctx.now();
    let id: Uuid = ctx.new_id(now);
    let (ctx, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .clone()
        .write(async move |txn: &Txn| -> Result<()> {
            match &rule {
                Some(rule) => storage::notification_rule::set(txn, home, id, event, rule, now).await?,
                None => storage::notification_rule::clear(txn, home, event).await?,
            }
            let detail = json!({"event": event.as_str(), "rule": rule});
            audit::record(&ctx, txn, now, home, &actor, "notification.rule", None, &detail).await?;
            Ok(())
        })
        .await
}

/// Sets a community's quiet hours, and how long news of later days are collected.
///
/// # Errors
/// [`Error::Invalid`] with every field (`to_0` … for a range, `quiet` for all of them, `digest_minutes`); [`Error::Forbidden`];
/// [`Error::Storage`].
pub async fn set_quiet(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    ranges: Vec<(Time, Time)>,
    digest_minutes: i32,
) -> Result<()> {
    may(actor, Action::ManageNotifications, home)?;
    let mut checks = Checks::new();
    checks.number("digest_minutes", digest_minutes, &DIGEST_MINUTES);
    let quiet = match QuietHours::new(ranges.clone()) {
        Ok(quiet) => quiet,
        Err(error) => {
            checks.add(quiet_error(error, &ranges));
            QuietHours::default()
        }
    };
    checks.finish()?;
    let setting = Setting { quiet, digest_minutes };
    let now = ctx.now();
    let (ctx, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .clone()
        .write(async move |txn: &Txn| -> Result<()> {
            storage::notification_rule::save_setting(txn, home, &setting, now).await?;
            let detail = json!({ "setting": setting });
            audit::record(&ctx, txn, now, home, &actor, "notification.quiet_hours", None, &detail).await?;
            Ok(())
        })
        .await
}

fn quiet_error(error: QuietError, ranges: &[(Time, Time)]) -> FieldError {
    match error {
        QuietError::Empty(at) => {
            let value = ranges.get(at).map(|(_, to)| to.strftime("%H:%M").to_string());
            FieldError::new(format!("to_{at}"), "quiet-empty", value.unwrap_or_default())
        }
        QuietError::TooMany => {
            FieldError::new("quiet", "quiet-too-many", ranges.len().to_string()).with("max", MOST_RANGES)
        }
        QuietError::WholeDay => FieldError::new("quiet", "quiet-whole-day", "").with("minutes", LEAST_AWAKE.as_mins()),
    }
}

fn field_error(error: &RuleError) -> FieldError {
    match error {
        RuleError::AlwaysOn => FieldError::new("enabled", "rule-always-on", ""),
        RuleError::NoChannel => FieldError::new("way_0", "rule-no-channel", ""),
        RuleError::Channel(kind) => FieldError::new("way_0", "rule-channel", kind.as_str()),
        RuleError::NoLead => FieldError::new("lead", "rule-no-lead", ""),
        RuleError::Days(days) => FieldError::new("days", "plan-range", days.to_string())
            .with("min", LEAD_DAYS.start())
            .with("max", LEAD_DAYS.end()),
        RuleError::Minutes(minutes) => FieldError::new("minutes", "plan-range", minutes.to_string())
            .with("min", LEAD_MINUTES.start())
            .with("max", LEAD_MINUTES.end()),
        RuleError::Cron { text, error } => cron_error(error, text),
    }
}

/// What is wrong with a cron expression, for people: which part, and what could stand there.
fn cron_error(error: &CronError, typed: &str) -> FieldError {
    match error {
        CronError::Fields(count) => FieldError::new("cron", "cron-fields", typed).with("count", count),
        CronError::TooLong => FieldError::new("cron", "cron-too-long", typed).with("max", MOST_BYTES),
        CronError::Never => FieldError::new("cron", "cron-never", typed),
        CronError::TooOften => FieldError::new("cron", "cron-too-often", typed).with("minutes", LEAST_GAP.as_mins()),
        CronError::Value { field, text } => {
            let code = match field {
                Field::Second => "cron-second",
                Field::Minute => "cron-minute",
                Field::Hour => "cron-hour",
                Field::Day => "cron-day",
                Field::Month => "cron-month",
                Field::Weekday => "cron-weekday",
            };
            let (least, most) = field.bounds();
            FieldError::new("cron", code, typed)
                .with("part", text)
                .with("min", least)
                .with("max", most)
        }
    }
}
