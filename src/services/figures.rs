//! Figures for a monitoring system, in the text format of OpenMetrics: what this process has counted since its start, and how the outbox of the
//! database stands.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Context;
use crate::domain::channel::ChannelKind;
use crate::domain::notification::Status;
use crate::storage::notification as outbox;
use crate::storage::restoration;

type Label = (&'static str, &'static str);

/// Upper bounds of how long after its time a message left, seconds.
const LAGS: [f64; 9] = [0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0];

fn lags() -> Histogram {
    Histogram::new(LAGS)
}

/// What this process has counted since its start.
pub struct Figures {
    registry: Registry,
    attempts: Family<[Label; 2], Counter>,
    deliveries: Family<[Label; 2], Counter>,
    lag: Family<[Label; 1], Histogram, fn() -> Histogram>,
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures(..)")
    }
}

impl Default for Figures {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("xianglao");
        let attempts = Family::<[Label; 2], Counter>::default();
        let deliveries = Family::<[Label; 2], Counter>::default();
        let lag: Family<[Label; 1], Histogram, fn() -> Histogram> = Family::new_with_constructor(lags);
        registry.register(
            "attempts",
            "Tries at sending by this process: sent, retry, rejected, unknown",
            attempts.clone(),
        );
        registry.register(
            "deliveries",
            "Messages by the state in which this process left them: sent, retry, unknown, dead, to_call, expired, dropped, kept, due",
            deliveries.clone(),
        );
        registry.register(
            "delivery_lag_seconds",
            "How long after its time a message had left",
            lag.clone(),
        );
        Self {
            registry,
            attempts,
            deliveries,
            lag,
        }
    }
}

impl Figures {
    /// Counts a try and how it ended.
    pub fn tried(&self, channel: ChannelKind, outcome: &'static str) {
        self.attempts
            .get_or_create(&[("channel", channel.as_str()), ("outcome", outcome)])
            .inc();
    }

    /// Counts a message that was left in a state; of one that was sent, how long after its time.
    pub fn left(&self, channel: ChannelKind, status: Status, due_at: Timestamp, now: Timestamp) {
        let channel = ("channel", channel.as_str());
        self.deliveries
            .get_or_create(&[channel, ("status", status.as_str())])
            .inc();
        if status == Status::Sent {
            let lag = now.duration_since(due_at).as_secs_f64().max(0.0);
            self.lag.get_or_create(&[channel]).observe(lag);
        }
    }
}

/// How the outbox stands, as figures; without the database, only that it does not answer.
async fn standing(ctx: &Context) -> Registry {
    let mut registry = Registry::with_prefix("xianglao");
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let now = ctx.now();
    let asked = async {
        let conn = ctx.db.reader();
        let standing = outbox::standing(conn, now).await?;
        let overdue = outbox::overdue_leases(conn, ctx.lease_now().await?).await?;
        let held_back = restoration::open(conn).await?.len();
        Ok::<_, crate::storage::Error>((standing, overdue, held_back))
    };
    let answer = asked.await;
    gauge("database_up", "Whether the database answers", i64::from(answer.is_ok()));
    match answer {
        Ok((standing, overdue, held_back)) => {
            let age = standing
                .oldest_due_at
                .map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
            gauge(
                "outbox_waiting",
                "Messages that wait for their time or are due",
                standing.waiting,
            );
            gauge("outbox_due", "Messages that could leave now", standing.due);
            gauge(
                "outbox_oldest_due_seconds",
                "For how long the oldest of them has been due",
                age,
            );
            gauge("outbox_held", "Messages in the hands of a worker", standing.held);
            gauge(
                "outbox_leases_overdue",
                "Messages that a worker holds longer than it may: there should be none",
                i64::try_from(overdue).unwrap_or(i64::MAX),
            );
            gauge(
                "outbox_communities_held_back",
                "Communities whose messages are held back since the database was restored",
                i64::try_from(held_back).unwrap_or(i64::MAX),
            );
        }
        Err(error) => tracing::warn!(%error, "the outbox could not be counted"),
    }
    registry
}

/// All figures as text.
///
/// # Errors
/// When they cannot be written as text.
pub async fn text(ctx: &Context) -> Result<String, fmt::Error> {
    let mut text = String::new();
    let standing = standing(ctx).await;
    encode_registry(&mut text, &ctx.figures.registry)?;
    encode_registry(&mut text, &standing)?;
    writeln!(text, "# HELP xianglao_build Version of the program.")?;
    writeln!(text, "# TYPE xianglao_build info")?;
    writeln!(
        text,
        "xianglao_build_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    )?;
    encode_eof(&mut text)?;
    Ok(text)
}
