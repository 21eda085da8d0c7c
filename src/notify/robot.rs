//! Posting to a group robot: signed where it has a secret, in several messages where a text is too long for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use sha2::Sha256;
use url::Url;

use super::http::{Ask, Http};
use super::outcome::{outcome, rejected};
use crate::config::Secret;
use crate::domain::robot::{RobotKind, payload, verdict};
use crate::services::channel::{Outgoing, Robot, SendOutcome};
use crate::services::channel_account::robot_parts;
use crate::services::outgoing::Target;
use crate::services::wording::Words;

/// Makes one try. A text of several messages that breaks off after the first is unknown, never begun again: what has arrived would arrive twice.
pub async fn send(http: &Http, robot: &Robot, message: &Outgoing, now: Timestamp) -> SendOutcome {
    let parts = robot_parts(robot, &message.text);
    let count = parts.len();
    let mut last = None;
    for (part, done) in parts.iter().zip(0..) {
        let sent = post(http, robot, part, message, now).await;
        match sent {
            SendOutcome::Sent { .. } => last = Some(sent),
            failed if done == 0 => return failed,
            SendOutcome::Retry { reason, .. }
            | SendOutcome::Rejected { reason, .. }
            | SendOutcome::Unknown { reason } => {
                let words = Words::new(message.lang);
                let arrived = words.aa("channel-why-part", "done", done, "count", count);
                return SendOutcome::Unknown {
                    reason: format!("{arrived}{reason}"),
                };
            }
        }
    }
    last.unwrap_or_else(|| rejected(message.lang, "robot-content", ""))
}

async fn post(http: &Http, robot: &Robot, text: &str, message: &Outgoing, now: Timestamp) -> SendOutcome {
    let Ok(mut url) = Url::parse(robot.url.reveal().trim()) else {
        return rejected(message.lang, "channel-url-unreadable", "");
    };
    let secret = robot.secret.as_ref().map(Secret::reveal);
    let body = match (robot.kind, secret) {
        (RobotKind::Dingtalk, Some(secret)) => {
            let timestamp_ms = now.as_millisecond();
            url.query_pairs_mut()
                .append_pair("timestamp", &timestamp_ms.to_string())
                .append_pair("sign", &dingtalk_sign(timestamp_ms, secret));
            payload(robot.kind, text, None)
        }
        (RobotKind::Feishu, Some(secret)) => {
            let timestamp_s = now.as_second();
            let sign = feishu_sign(timestamp_s, secret);
            payload(robot.kind, text, Some((timestamp_s, &sign)))
        }
        _ => payload(robot.kind, text, None),
    };
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    let ask = Ask {
        target: Target::Robot(robot.kind),
        url: url.into(),
        method: Method::POST,
        headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
        body: body.to_string().into_bytes(),
    };
    outcome(message.lang, http.ask(ask).await, |body| verdict(robot.kind, body))
}

/// DingTalk's signature: HMAC-SHA-256 under the secret over the timestamp in milliseconds, a line feed and the secret; base64. It goes into the
/// address, percent-encoded.
pub fn dingtalk_sign(timestamp_ms: i64, secret: &str) -> String {
    mac_base64(secret.as_bytes(), format!("{timestamp_ms}\n{secret}").as_bytes())
}

/// Feishu's signature: HMAC-SHA-256 under the timestamp in seconds, a line feed and the secret, over nothing; base64. It goes into the body.
pub fn feishu_sign(timestamp_s: i64, secret: &str) -> String {
    mac_base64(format!("{timestamp_s}\n{secret}").as_bytes(), b"")
}

fn mac_base64(key: &[u8], message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_published_ones() {
        assert_eq!(
            dingtalk_sign(1_735_689_600_000, "SECtest000"),
            "a/RXqso4OryaDMxMpn3dfE9p8aHadG1SeI5eqRaiUqs="
        );
        assert_eq!(
            feishu_sign(1_735_689_600, "test000"),
            "R680Og/yGS/f/4iFN9CWq3sgolzUYX6dYBJunEV4Z/I="
        );
    }
}
