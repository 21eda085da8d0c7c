//! What a monitoring system asks: `/metrics` of a server and of a worker.

use std::net::TcpListener;
use std::process::Stdio;

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
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let _worker = tokio::process::Command::new(env!("CARGO_BIN_EXE_xianglao"))
        .args(["worker", "--listen", &listen])
        .env_clear()
        .env("XIANGLAO_DATA_DIR", app.data_dir())
        .env("DATABASE_URL", app.ctx.settings.database_url.reveal())
        .current_dir(app.data_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let http = client();
    let mut answer = http.get(format!("http://{listen}/readyz")).send().await;
    while answer.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        answer = http.get(format!("http://{listen}/readyz")).send().await;
    }
    assert_eq!(answer.unwrap().status(), 200);
    let text = http.get(format!("http://{listen}/metrics")).send().await.unwrap();
    assert_eq!(value(&text.text().await.unwrap(), "xianglao_database_up"), 1);
    let page = http.get(format!("http://{listen}/login")).send().await.unwrap();
    assert_eq!(page.status(), 404);
    let server = Server::start(&app, &["--no-workers"]).await;
    let page = http.get(format!("{}/login", server.address)).send().await.unwrap();
    assert_eq!(page.status(), 200);
}
