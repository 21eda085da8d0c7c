//! Work for the night: storing the sessions that have come within the horizon, letting old proposals lapse, forgetting ended logins and
//! old keys. It also runs once at every start, because a machine that is switched off at night has no nights.

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::{note, tick};
use crate::domain::cron::Cron;
use crate::services::{
    Context, account, calendar_import, channel_account, enrolment, idempotency, limit, material, partner, photo,
    programme, proposal, resident_import, sheet, template, term, upkeep,
};

/// Half past two at night.
const NIGHTLY: &str = "30 2 * * *";

/// Runs the night's work at every start and every night, until asked to stop.
pub async fn run(ctx: Context, stop: CancellationToken) {
    let schedule: Cron = match NIGHTLY.parse() {
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
            due = schedule.next(now, &zone);
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
