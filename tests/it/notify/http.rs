//! Where requests go, and where they do not: looked at when saved, and again here.

use uuid::Uuid;
use xianglao::config::Secret;
use xianglao::domain::robot::RobotKind;
use xianglao::services::channel::{Channel, Robot, Route};

use super::{class, courier, message, reason};
use crate::support::sink::{Reply, Sink};

fn robot(url: &str) -> Route {
    Route::Robot(Robot {
        id: Uuid::from_u128(3),
        kind: RobotKind::Wecom,
        url: Secret::from(url.to_owned()),
        secret: None,
        keyword: String::new(),
    })
}

#[tokio::test]
async fn what_was_saved_by_another_way_is_refused_when_it_is_sent() {
    let sink = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let https = format!("https://{}/cgi-bin/webhook/send?key=k", sink.host());
    for url in [
        sink.url("/cgi-bin/webhook/send?key=k").as_str(),
        https.as_str(),
        "http://169.254.169.254/latest/meta-data/",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://example.org/cgi-bin/webhook/send?key=k",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k",
        "not an address",
    ] {
        let outcome = courier(&[]).send(&message(robot(url), "")).await;
        assert_eq!(class(&outcome), "rejected", "{url}: {outcome:?}");
        assert!(!reason(&outcome).contains("key="), "{outcome:?}");
    }
    assert_eq!(sink.connections(), 0, "nobody knocked");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let sink = Sink::start(Reply::Redirect(inside.url("/cgi-bin/webhook/send?key=k"))).await;
    let both = [sink.host(), inside.host()];
    let outcome = courier(&both).send(&message(robot(&sink.url("/x?key=k")), "")).await;
    assert_eq!(class(&outcome), "rejected", "{outcome:?}");
    assert!(reason(&outcome).contains("别的地址"), "{outcome:?}");
    assert_eq!((sink.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn what_the_operator_allows_is_one_host_and_one_port() {
    let allowed = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let other = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let courier = courier(&[allowed.host()]);
    let to = |sink: &Sink| message(robot(&sink.url("/x?key=k")), "");
    assert_eq!(class(&courier.send(&to(&allowed)).await), "sent");
    assert_eq!(class(&courier.send(&to(&other)).await), "rejected");
    assert_eq!(other.connections(), 0);
}
