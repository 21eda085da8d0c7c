//! The channels, against servers that really listen.

mod email;
mod email_rows;
mod http;
mod robot;
mod sms;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use xianglao::domain::lang::Lang;
use xianglao::domain::notification::Event;
use xianglao::notify::courier::Courier;
use xianglao::notify::http::{Http, Timeouts};
use xianglao::services::SystemClock;
use xianglao::services::channel::{Outgoing, Route, SendOutcome};

/// A courier without mail that may ask these hosts and soon loses patience.
fn courier(allow: &[String]) -> Courier {
    xianglao::notify::prepare_tls();
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        total: Duration::from_millis(700),
    };
    let http = Http::new(allow.to_vec(), timeouts).unwrap();
    Courier::new(None, http, Arc::new(SystemClock))
}

/// A message over a route.
fn message(route: Route, to: &str) -> Outgoing {
    Outgoing {
        delivery_id: Uuid::from_u128(7),
        community_id: Uuid::from_u128(1),
        message_id: "<7@xianglao.example.org>".to_owned(),
        route,
        event: Event::Cancelled,
        to: to.to_owned(),
        subject: "停课".to_owned(),
        text: "明天的椅子瑜伽不办了".to_owned(),
        html: None,
        variables: vec![("name", "王秀兰".to_owned()), ("title", "椅子瑜伽".to_owned())],
        unsubscribe: None,
        lang: Lang::Zh,
        written_at: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

fn class(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Sent { .. } => "sent",
        SendOutcome::Retry { .. } => "retry",
        SendOutcome::Rejected { .. } => "rejected",
        SendOutcome::Unknown { .. } => "unknown",
    }
}

/// What is said of an outcome.
fn reason(outcome: &SendOutcome) -> &str {
    match outcome {
        SendOutcome::Sent { answer } => answer,
        SendOutcome::Retry { reason, .. } | SendOutcome::Rejected { reason, .. } | SendOutcome::Unknown { reason } => {
            reason
        }
    }
}
