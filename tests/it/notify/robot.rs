//! Robots against a server that answers everything that can be answered: once asked, never asked again by itself.

use std::time::Duration;

use uuid::Uuid;
use xianglao::config::Secret;
use xianglao::domain::robot::RobotKind;
use xianglao::services::channel::{Channel, Robot, Route, SendOutcome};

use super::{class, courier, message, reason};
use crate::support::sink::{Reply, Sink};

fn robot(kind: RobotKind, url: String, secret: Option<&str>) -> Route {
    Route::Robot(Robot {
        id: Uuid::from_u128(3),
        kind,
        url: Secret::from(url),
        secret: secret.map(|secret| Secret::from(secret.to_owned())),
        keyword: String::new(),
    })
}

#[tokio::test]
async fn every_answer_is_understood_and_no_message_is_sent_twice() {
    let html = "<!doctype html><title>登录</title>";
    for (reply, meant, said) in [
        (Reply::ok(r#"{"errcode":0,"errmsg":"ok"}"#), "sent", "收下"),
        (Reply::ok(r#"{"errcode":"0"}"#), "rejected", "没有说成没成"),
        (Reply::ok(r#"[{"errcode":0}]"#), "rejected", "看不懂"),
        (Reply::ok(""), "rejected", "空的"),
        (Reply::ok(html), "rejected", "网页"),
        (Reply::Endless(10 * 1024 * 1024), "rejected", "太长"),
        (
            Reply::ok(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
            "rejected",
            "93000",
        ),
        (Reply::ok(r#"{"errcode":45009}"#), "retry", "太快"),
        (Reply::Body(404, html.to_owned()), "rejected", "404"),
        (Reply::Body(429, String::new()), "retry", "429"),
        (Reply::Body(502, html.to_owned()), "unknown", "502"),
        (Reply::Body(500, r#"{"errcode":0}"#.to_owned()), "unknown", "500"),
        (Reply::DropAtConnect, "unknown", "断了"),
        (Reply::DropBeforeAnswer, "unknown", "断了"),
        (Reply::DropMidBody, "unknown", "断了"),
        (Reply::Stall, "unknown", "没有回答"),
    ] {
        let sink = Sink::start(reply.clone()).await;
        let route = robot(RobotKind::Wecom, sink.url("/cgi-bin/webhook/send?key=geheim-key"), None);
        let outcome = courier(&[sink.host()]).send(&message(route, "")).await;
        assert_eq!(class(&outcome), meant, "{reply:?}: {outcome:?}");
        assert!(reason(&outcome).contains(said), "{reply:?}: {outcome:?}");
        assert!(!format!("{outcome:?}").contains("geheim"), "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("127.0.0.1"), "{outcome:?}");
        assert_eq!(sink.connections(), 1, "{reply:?}: asked once");
    }
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let sink = Sink::start(Reply::ok(r#"{"errcode":130101,"errmsg":"send too fast"}"#)).await;
    let route = robot(RobotKind::Dingtalk, sink.url("/robot/send?access_token=t"), None);
    let outcome = courier(&[sink.host()]).send(&message(route, "")).await;
    let SendOutcome::Retry { after, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(after, Some(Duration::from_mins(10)));
}

#[tokio::test]
async fn each_kind_is_spoken_to_in_its_own_way() {
    let sink = Sink::start(Reply::ok(r#"{"errcode":0,"code":0}"#)).await;
    let courier = courier(&[sink.host()]);
    for (kind, path, secret) in [
        (RobotKind::Wecom, "/cgi-bin/webhook/send?key=k", None),
        (RobotKind::Dingtalk, "/robot/send?access_token=t", Some("SECtest000")),
        (RobotKind::Feishu, "/open-apis/bot/v2/hook/1c0e", Some("test000")),
    ] {
        let sent = courier.send(&message(robot(kind, sink.url(path), secret), "")).await;
        assert_eq!(class(&sent), "sent", "{kind}: {sent:?}");
    }
    let got = sink.got();
    assert_eq!(got[0].method, "POST");
    assert_eq!(got[0].headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(got[0].json()["text"]["content"], "明天的椅子瑜伽不办了");

    let query = got[1].query();
    assert_eq!(query["access_token"], "t");
    let timestamp_ms: i64 = query["timestamp"].parse().unwrap();
    assert_eq!(
        query["sign"],
        xianglao::notify::robot::dingtalk_sign(timestamp_ms, "SECtest000"),
        "signed, and percent-encoded on the way"
    );
    assert!(timestamp_ms > 1_700_000_000_000, "milliseconds");

    let body = got[2].json();
    let timestamp_s: i64 = body["timestamp"].as_str().unwrap().parse().unwrap();
    assert!((1_700_000_000..100_000_000_000).contains(&timestamp_s), "seconds");
    assert_eq!(
        body["sign"].as_str().unwrap(),
        xianglao::notify::robot::feishu_sign(timestamp_s, "test000")
    );
    assert_eq!(body["content"]["text"], "明天的椅子瑜伽不办了");
}

#[tokio::test]
async fn a_text_of_several_messages_that_breaks_off_is_unknown_and_not_begun_again() {
    let sink = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let route = robot(RobotKind::Wecom, sink.url("/cgi-bin/webhook/send?key=k"), None);
    let mut long = message(route, "");
    long.text = "周三上午椅子瑜伽\n".repeat(120);
    let courier = courier(&[sink.host()]);
    assert_eq!(class(&courier.send(&long).await), "sent");
    let parts: Vec<String> = sink
        .got()
        .iter()
        .map(|got| got.json()["text"]["content"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().all(|part| part.len() <= 2048));
    assert!(parts[0].starts_with("(1/2)") && parts[1].starts_with("(2/2)"));

    sink.answer_once(Reply::ok(r#"{"errcode":0}"#));
    sink.answer(Reply::ok(r#"{"errcode":45009}"#));
    let outcome = courier.send(&long).await;
    assert_eq!(class(&outcome), "unknown", "{outcome:?}");
    assert!(reason(&outcome).contains("2 段里前 1 段到了"), "{outcome:?}");
}

#[tokio::test]
async fn before_anything_was_sent_another_try_is_safe() {
    // A port nobody listens on, and one where nobody speaks TLS.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = free.local_addr().unwrap().to_string();
    drop(free);
    let route = robot(RobotKind::Wecom, format!("http://{closed}/x?key=k"), None);
    let outcome = courier(std::slice::from_ref(&closed)).send(&message(route, "")).await;
    assert_eq!(class(&outcome), "retry", "{outcome:?}");
    assert!(reason(&outcome).contains("没有接"), "{outcome:?}");

    let sink = Sink::start(Reply::DropAtConnect).await;
    let route = robot(RobotKind::Wecom, format!("https://{}/x?key=k", sink.host()), None);
    let outcome = courier(&[sink.host()]).send(&message(route, "")).await;
    assert_eq!(class(&outcome), "retry", "{outcome:?}");
    assert!(sink.got().is_empty());
}
