//! Work for the night: storing the sessions that have come within the horizon, letting old proposals lapse, forgetting ended logins and
//! old keys. It also runs once at every start, because a machine that is switched off at night has no nights.

use chrono::{DateTime, Utc};
use cron::Schedule;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::{note, tick};
use crate::domain::calendar::zone::resolve;
use crate::services::{
    Context, account, calendar_import, channel_account, enrolment, idempotency, limit, material, partner, photo,
    programme, proposal, resident_import, sheet, template, term, upkeep,
};

/// Seconds, minutes, hours, days, months, weekdays: half past two at night.
const NIGHTLY: &str = "0 30 2 * * *";

/// Runs the night's work at every start and every night, until asked to stop.
pub async fn run(ctx: Context, stop: CancellationToken) {
    let schedule: Schedule = match NIGHTLY.parse() {
        Ok(schedule) => schedule,
        Err(error) => {
            tracing::error!(%error, "the nightly schedule cannot be read");
            return;
        }
    };
    let zone = crate::domain::calendar::zone::parse_zone("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    let mut due = Some(ctx.now());
    loop {
        let now = ctx.now();
        if due.is_some_and(|due| due <= now) {
            work(&ctx).await;
            due = next_run(&schedule, now, &zone);
        }
        if !tick(&ctx, &stop).await {
            return;
        }
    }
}

async fn work(ctx: &Context) {
    note(
        "store the sessions within the horizon",
        programme::extend_horizon(ctx).await.map(|_| ()),
    );
    note(
        "bring new sessions of a term to its people",
        term::fill(ctx).await.map(|_| ()),
    );
    note(
        "bring new sessions to those who come to all of a series",
        enrolment::fill_series(ctx).await.map(drop),
    );
    note(
        "forget photos that were taken away",
        photo::forget_removed(ctx).await.map(|_| ()),
    );
    note("forget names on old sheets", sheet::forget_names(ctx).await.map(|_| ()));
    note(
        "forget materials that were taken away",
        material::forget_removed(ctx).await.map(|_| ()),
    );
    note(
        "forget templates that were taken away",
        template::forget_removed(ctx).await.map(|_| ()),
    );
    note("let old proposals lapse", proposal::lapse_old(ctx).await.map(|_| ()));
    note(
        "remind partners of papers that run out",
        partner::remind_of_papers(ctx).await.map(|_| ()),
    );
    note(
        "forget files that nobody confirmed",
        calendar_import::forget_old(ctx).await.map(|_| ()),
    );
    note("count everything anew", upkeep::recount(ctx).await.map(|_| ()));
    note(
        "forget whom imports made that can no longer be undone",
        resident_import::forget_old(ctx).await.map(|_| ()),
    );
    note("forget ended logins", account::forget_expired(ctx).await);
    note("forget old keys", idempotency::forget_expired(ctx).await.map(|_| ()));
    note("forget old tries", limit::forget_expired(ctx).await.map(|_| ()));
    note(
        "forget limits of channels",
        channel_account::forget_full(ctx).await.map(|_| ()),
    );
}

/// The first run after `now`. The expression is evaluated on the wall clock and the result placed in the zone by our own rules: the `cron` crate
/// itself would skip a time in a gap and fire twice in a fold.
fn next_run(schedule: &Schedule, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let local = zone.to_datetime(now);
    let pretended: DateTime<Utc> = DateTime::from_timestamp(TimeZone::UTC.to_timestamp(local).ok()?.as_second(), 0)?;
    schedule.after(&pretended).take(3).find_map(|wall| {
        let wall = TimeZone::UTC.to_datetime(Timestamp::from_second(wall.timestamp()).ok()?);
        let at = resolve(wall, zone).timestamp();
        (at > now).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_in_which_clocks_go_forward_has_one_run_and_so_has_the_one_in_which_they_go_back() {
        let schedule: Schedule = NIGHTLY.parse().expect("a schedule");
        let zone = TimeZone::get("America/New_York").expect("a bundled zone");
        let mut now: Timestamp = "2026-03-07T12:00:00-05:00".parse().expect("an instant");
        let mut runs = Vec::new();
        for _ in 0..2 {
            now = next_run(&schedule, now, &zone).expect("a next run");
            runs.push(now.to_zoned(zone.clone()).strftime("%d %H:%M %z").to_string());
        }
        assert_eq!(runs, ["08 03:30 -0400", "09 02:30 -0400"]);
        now = "2026-10-31T12:00:00-04:00".parse().expect("an instant");
        let first = next_run(&schedule, now, &zone).expect("a next run");
        let second = next_run(&schedule, first, &zone).expect("a next run");
        assert_eq!(second.duration_since(first).as_hours(), 24);
    }
}
