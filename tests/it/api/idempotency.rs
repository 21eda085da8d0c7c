//! Writes that are sent twice under one `Idempotency-Key`.

use entities::{attendance, idempotency_key as row};
use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode, header};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{AccountId, SessionId};
use xianglao::services::idempotency::{self, Begun, Ended, Running};
use xianglao::services::{Error, account};
use xianglao::storage::{self, meta};

use crate::support::app::{Client, TestApp, on_both};
use crate::support::door::plan;

const TODAY: &str = "2026-11-25T08:00:00";

fn at(session: SessionId) -> String {
    format!("/api/v1/communities/yunliang/sessions/{session}/attendance")
}

fn heads(app: &TestApp, count: i32) -> Value {
    let id: Uuid = app.ctx.new_id(app.ctx.now());
    json!({ "client_id": id, "headcount": count })
}

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Response {
    let request = client.request(Method::POST, path).header("idempotency-key", key);
    request.json(body).send().await.unwrap()
}

async fn code(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

async fn rows(app: &TestApp) -> u64 {
    attendance::Entity::find().count(app.db()).await.unwrap()
}

on_both!(
    a_repeat_gets_the_first_answer_and_changes_nothing,
    async |app: TestApp| {
        let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
        let staff = app.bearer_as(Role::Staff).await;
        let body = heads(&app, 3);
        let first = post(&staff, &path, "key-1", &body).await;
        assert_eq!(first.status(), StatusCode::CREATED);
        assert!(first.headers().get("idempotency-replayed").is_none());
        let first = first.text().await.unwrap();
        assert!(first.contains("created"), "{first}");
        for _ in 0..2 {
            // Without the key it would say `duplicate` now.
            let again = post(&staff, &path, "key-1", &body).await;
            assert_eq!(again.status(), StatusCode::CREATED);
            assert_eq!(again.headers()["idempotency-replayed"], "true");
            assert_eq!(again.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(again.text().await.unwrap(), first);
        }
        assert_eq!(rows(&app).await, 1);
    }
);

on_both!(the_same_key_with_another_request_is_refused, async |app: TestApp| {
    let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
    let staff = app.bearer_as(Role::Staff).await;
    post(&staff, &path, "key-1", &heads(&app, 3)).await;
    let other = post(&staff, &path, "key-1", &heads(&app, 4)).await;
    let reused = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused".to_owned());
    assert_eq!(code(other).await, reused);
    assert_eq!(rows(&app).await, 1);
    // Another account may have thought of the same key.
    let admin = app.bearer_as(Role::Admin).await;
    assert_eq!(
        post(&admin, &path, "key-1", &heads(&app, 4)).await.status(),
        StatusCode::CREATED
    );
});

on_both!(of_many_at_once_one_acts, async |app: TestApp| {
    let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
    let staff = app.bearer_as(Role::Staff).await;
    let body = heads(&app, 3);
    let answers = futures_util::future::join_all((0..12).map(|_| post(&staff, &path, "key-1", &body))).await;
    let mut acted = 0;
    for answer in answers {
        match answer.status() {
            StatusCode::CREATED if answer.headers().contains_key("idempotency-replayed") => {}
            StatusCode::CREATED => acted += 1,
            _ => assert_eq!(code(answer).await, (StatusCode::CONFLICT, "in_progress".to_owned())),
        }
    }
    assert_eq!((acted, rows(&app).await), (1, 1));
});

on_both!(what_was_refused_may_be_sent_again, async |app: TestApp| {
    let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
    let partner = app.bearer_as(Role::Partner).await;
    let body = heads(&app, 3);
    assert_eq!(
        post(&partner, &path, "key-1", &body).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(row::Entity::find().count(app.db()).await.unwrap(), 0);
    // An error in what was sent is an answer like any other.
    let staff = app.bearer_as(Role::Staff).await;
    let nowhere = path.replace("/sessions/", "/sessions/0");
    let first = post(&staff, &nowhere, "key-2", &body).await;
    let again = post(&staff, &nowhere, "key-2", &body).await;
    assert!(first.status().is_client_error());
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(first.status(), again.status());
    assert_eq!(first.text().await.unwrap(), again.text().await.unwrap());
});

#[tokio::test]
async fn a_key_is_short_and_plain() {
    let app = TestApp::sqlite().await;
    let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
    let staff = app.bearer_as(Role::Staff).await;
    for key in ["", "a b", &"k".repeat(201)] {
        let refused = code(post(&staff, &path, key, &heads(&app, 1)).await).await;
        let malformed = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_malformed".to_owned());
        assert_eq!(refused, malformed, "{key:?}");
    }
    let longest = post(&staff, &path, &"k".repeat(200), &heads(&app, 1)).await;
    assert_eq!(longest.status(), StatusCode::CREATED);
    // Reading takes no key, and without a login there is nobody whose key it could be.
    let get = staff.request(Method::GET, "/login").header("idempotency-key", "a b");
    assert_eq!(get.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(
        post(&app.client(), &path, "a b", &heads(&app, 1)).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

on_both!(an_answer_is_kept_for_seven_days, async |app: TestApp| {
    let path = at(plan(&app, "老年反诈课", TODAY, None).await.first());
    let staff = app.bearer_as(Role::Staff).await;
    let body = heads(&app, 3);
    post(&staff, &path, "key-1", &body).await;
    app.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    assert_eq!(post(&staff, &path, "key-1", &body).await.status(), StatusCode::CREATED);
    app.clock.advance(SignedDuration::from_hours(1));
    let anew = post(&staff, &path, "key-1", &body).await;
    assert!(anew.headers().get("idempotency-replayed").is_none());
    app.clock.advance(SignedDuration::from_hours(7 * 24));
    assert_eq!(idempotency::forget_expired(&app.ctx).await.unwrap(), 1);
    assert_eq!(idempotency::forget_expired(&app.ctx).await.unwrap(), 0);
});

/// The staff account, and a request of it that has begun.
async fn begun(app: &TestApp) -> (AccountId, Running) {
    app.seed_basic().await;
    let listed = account::list(&app.ctx, &Actor::System).await.unwrap();
    let staff = listed
        .into_iter()
        .find(|each| each.account.username == "yunliang")
        .unwrap()
        .account
        .id;
    match idempotency::begin(&app.ctx, "yunliang", staff, "key", vec![1])
        .await
        .unwrap()
    {
        Begun::Run(running) => (staff, running),
        other => panic!("{other:?}"),
    }
}

async fn again(app: &TestApp, staff: AccountId) -> Begun {
    idempotency::begin(&app.ctx, "yunliang", staff, "key", vec![1])
        .await
        .unwrap()
}

async fn write(app: &TestApp, running: Running, key: &'static str, succeed: bool) -> Result<(), storage::Error> {
    let change = app.ctx.db.write(async move |txn| {
        meta::put(txn, key, "x").await?;
        if succeed {
            Ok(())
        } else {
            Err(storage::Error::Contention)
        }
    });
    idempotency::run(running, change).await
}

on_both!(
    a_request_that_died_before_it_changed_anything_is_run_again,
    async |app: TestApp| {
        let (staff, running) = begun(&app).await;
        assert!(write(&app, running, "mine", false).await.is_err());
        assert!(matches!(again(&app, staff).await, Begun::InProgress));
        app.clock.advance(SignedDuration::from_mins(2));
        let Begun::Run(second) = again(&app, staff).await else {
            panic!("it can be run again")
        };
        // Should the first one live after all, it cannot change anything any more.
        let late = write(&app, running, "late", true).await;
        assert!(matches!(late, Err(storage::Error::Lost(_))), "{late:?}");
        assert!(meta::find(app.db(), "late").await.unwrap().is_none());
        write(&app, second, "mine", true).await.unwrap();
    }
);

on_both!(
    a_request_that_died_after_its_change_is_not_run_again,
    async |app: TestApp| {
        let (staff, running) = begun(&app).await;
        write(&app, running, "mine", true).await.unwrap();
        assert!(matches!(again(&app, staff).await, Begun::InProgress));
        idempotency::release(&app.ctx, running, Ended::Broken).await.unwrap();
        app.clock.advance(SignedDuration::from_mins(2));
        assert!(matches!(again(&app, staff).await, Begun::AnswerLost));
        idempotency::answer(&app.ctx, running, 201, "{}".to_owned())
            .await
            .unwrap();
        assert!(matches!(again(&app, staff).await, Begun::Replay { status: 201, .. }));
    }
);

on_both!(a_change_outside_of_any_key_is_noted_nowhere, async |app: TestApp| {
    let (_, running) = begun(&app).await;
    app.ctx
        .db
        .write(async |txn| Ok::<_, Error>(meta::put(txn, "other", "x").await?))
        .await
        .unwrap();
    let status = async || row::Entity::find().one(app.db()).await.unwrap().unwrap().status;
    assert_eq!(status().await, 0);
    write(&app, running, "mine", true).await.unwrap();
    assert_eq!(status().await, 1);
});
