//! What a monitoring system asks: `/metrics` of a server and of a worker.

use entities::delivery;
use jiff::SignedDuration;
use sea_orm::EntityTrait;
use uuid::Uuid;
use xianglao::services::notification;

use crate::journeys::remind::a_class_tomorrow;
use crate::support::app::{TestApp, on_both};
use crate::support::server::{Server, client};

fn value(text: &str, name: &str) -> i64 {
    let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
    let line = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

on_both!(
    figures_tell_how_the_outbox_stands_and_what_was_done,
    async |app: TestApp| {
        let _class = a_class_tomorrow(&app).await;
        let http = client();
        let ask = async || {
            let answer = http.get(format!("{}/metrics", app.address)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
            answer.text().await.unwrap()
        };
        let text = ask().await;
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert_eq!(value(&text, "xianglao_outbox_due"), 0);
        app.clock.set("2026-11-25T18:00:30+08:00");
        notification::enqueue_due(&app.ctx).await.unwrap();
        app.clock.advance(SignedDuration::from_secs(90));
        let text = ask().await;
        assert_eq!(value(&text, "xianglao_database_up"), 1);
        assert_eq!(value(&text, "xianglao_outbox_due"), 1);
        let age = value(&text, "xianglao_outbox_oldest_due_seconds");
        assert!((90..=120).contains(&age), "{age}");
        notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
            .await
            .unwrap();
        let text = ask().await;
        assert_eq!(value(&text, "xianglao_outbox_due"), 0);
        assert_eq!(
            value(&text, "xianglao_deliveries_total{channel=\"email\",status=\"kept\"}"),
            1
        );
        let row = delivery::Entity::find().one(app.db()).await.unwrap().unwrap();
        assert_eq!(row.status, "kept");

        // A proxy on this machine asks for somebody else.
        let forwarded = http
            .get(format!("{}/metrics", app.address))
            .header("X-Forwarded-For", "203.0.113.9")
            .send()
            .await
            .unwrap();
        assert_eq!(forwarded.status(), 403);
    }
);

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_given_to_whoever_brings_the_token() {
    let app =
        TestApp::sqlite_with(|settings| settings.metrics_token = "a-token-of-some-length".to_owned().into()).await;
    let ask = async |token: &str| {
        let asked = client()
            .get(format!("{}/metrics", app.address))
            .header("X-Forwarded-For", "203.0.113.9")
            .bearer_auth(token);
        asked.send().await.unwrap().status()
    };
    assert_eq!(ask("a-token-of-some-length").await, 200);
    assert_eq!(ask("another-token-as-long").await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_alone_answers_for_itself_and_shows_no_page() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let worker = Server::start_worker(&app).await;
    let http = client();
    let ask = async |path: &str| http.get(format!("{}{path}", worker.address)).send().await.unwrap();
    assert_eq!(ask("/readyz").await.status(), 200);
    let text = ask("/metrics").await.text().await.unwrap();
    assert_eq!(value(&text, "xianglao_database_up"), 1);
    assert_eq!(ask("/login").await.status(), 404);
    let server = Server::start(&app, &["--no-workers"]).await;
    let page = http.get(format!("{}/login", server.address)).send().await.unwrap();
    assert_eq!(page.status(), 200);
}
