//! Acts on a whole series over HTTP: pausing and resuming, topics, an end by sessions, other dates; and looking far ahead.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::SessionId;
use xianglao::services::{enrolment, programme as planning};

use super::plan::{HOME, plan, programme, sessions, text, wednesdays};
use crate::support::app::{Client, TestApp, on_both};
use crate::support::door;

/// The last day that is stored without looking further ahead.
const SOON: &str = "2027-01-20";

async fn weekly(app: &TestApp, more: &[(&str, Value)]) -> (Client, String) {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let mut body = wednesdays(app, &class).await;
    for (name, value) in more {
        body[*name] = value.clone();
    }
    let (status, planned) = plan(&staff, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{planned}");
    (staff, text(&planned["id"]))
}

async fn act(staff: &Client, path: &str, body: &Value) -> (StatusCode, Value) {
    let response = staff.post(&format!("{HOME}/series/{path}"), body).await;
    (response.status(), response.json().await.unwrap())
}

async fn patch(staff: &Client, path: &str, body: &Value) -> (StatusCode, Value) {
    let response = staff.patch(&format!("{HOME}/series/{path}"), body).await;
    (response.status(), response.json().await.unwrap())
}

fn column<'a>(sessions: &'a [Value], name: &str) -> Vec<&'a str> {
    sessions.iter().map(|one| one[name].as_str().unwrap_or("")).collect()
}

async fn sign_up(app: &TestApp, session: &Value, phone: &str) {
    let home = app.seed_basic().await.yunliang;
    let who = door::resident(app, "王阿姨", phone, Some(1950)).await;
    let id: SessionId = text(session).parse().unwrap();
    enrolment::enrol_resident(&app.ctx, &Actor::System, home, id, who, Source::Staff)
        .await
        .unwrap();
}

on_both!(
    a_pause_cancels_its_sessions_and_resuming_brings_them_back_with_those_signed_up,
    async |app| {
        let (staff, id) = weekly(&app, &[]).await;
        let before = sessions(&staff, "2026-11-25", SOON).await;
        sign_up(&app, &before[1]["id"], "13800000001").await;
        let before = sessions(&staff, "2026-11-25", SOON).await;
        let body = json!({"from": "2026-12-09T00:00:00", "until": "2026-12-23T00:00:00", "reason": "天冷"});
        let (status, dry) = act(&staff, &format!("{id}/pause?dry_run=true"), &body).await;
        assert_eq!(status, StatusCode::OK, "{dry}");
        assert_eq!(dry["people_to_tell"], 1);
        assert_eq!(
            sessions(&staff, "2026-11-25", SOON).await,
            before,
            "a dry run changes nothing"
        );

        let (_, done) = act(&staff, &format!("{id}/pause"), &body).await;
        assert_eq!(done["cancelled"], dry["cancelled"]);
        let after = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(
            column(&after[..4], "status"),
            ["scheduled", "cancelled", "cancelled", "scheduled"]
        );
        assert_eq!(
            (&after[1]["reason_code"], &after[1]["reason"]),
            (&json!("paused"), &json!("天冷"))
        );
        let (status, twice) = act(&staff, &format!("{id}/pause"), &body).await;
        assert_eq!(
            (status, &twice["code"]),
            (StatusCode::CONFLICT, &json!("state")),
            "{twice}"
        );

        // Somebody takes the room of the second one meanwhile: it stays cancelled, and the nearest free time is named.
        let other = programme(&staff, "别的课").await;
        let mut taken = wednesdays(&app, &other).await;
        taken["dtstart"] = json!("2026-12-16T09:30:00");
        taken.as_object_mut().unwrap().remove("rule");
        assert_eq!(plan(&staff, &taken).await.0, StatusCode::CREATED);
        let (status, early) = act(&staff, &format!("{id}/resume"), &json!({"from": "2026-12-01T00:00:00"})).await;
        assert_eq!(
            (status, &early["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("series-resume-before"))
        );
        let (status, back) = act(&staff, &format!("{id}/resume"), &json!({"from": "2026-12-09T00:00:00"})).await;
        assert_eq!(status, StatusCode::OK, "{back}");
        assert_eq!(back["restored"][0]["id"], before[1]["id"]);
        assert_eq!(back["missing"][0]["session_id"], before[2]["id"]);
        assert!(back["missing"][0]["nearest_free"].is_string(), "{back}");
        let after = sessions(&staff, "2026-12-09", "2026-12-10").await;
        assert_eq!(
            (&after[0]["status"], &after[0]["enrolled"]),
            (&json!("scheduled"), &json!(1))
        );
        let (status, twice) = act(&staff, &format!("{id}/resume"), &json!({"from": "2026-12-09T00:00:00"})).await;
        assert_eq!(
            (status, &twice["code"]),
            (StatusCode::CONFLICT, &json!("state")),
            "{twice}"
        );
        let past = act(&staff, &format!("{id}/pause"), &json!({"from": "2026-11-01T00:00:00"})).await;
        assert_eq!(past.1["errors"][0]["code"], "series-in-past");
    }
);

on_both!(
    a_cancelled_session_hands_its_topic_on_and_bad_topics_are_refused,
    async |app| {
        let (staff, id) = weekly(&app, &[]).await;
        let topics = json!({"topics": ["一", "二", "三"]});
        assert_eq!(patch(&staff, &id, &topics).await.0, StatusCode::OK);
        let before = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(column(&before[..4], "topic"), ["一", "二", "三", ""]);
        let path = format!("{HOME}/sessions/{}", text(&before[0]["id"]));
        assert_eq!(
            staff.patch(&path, &json!({"status": "cancelled"})).await.status(),
            StatusCode::OK
        );
        let after = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(column(&after[..4], "topic"), ["", "一", "二", "三"]);
        // A week in the middle shows the same as the whole.
        let one = sessions(&staff, "2026-12-16", "2026-12-17").await;
        assert_eq!((&one[0]["topic"], &one[0]["number"]), (&json!("二"), &json!(2)));
        // What was held keeps its topic when the queue is written anew.
        app.clock.set("2026-12-10T08:00:00+08:00");
        assert_eq!(patch(&staff, &id, &json!({"topics": ["新"]})).await.0, StatusCode::OK);
        let after = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(column(&after[..4], "topic"), ["", "一", "新", ""]);

        let many: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
        let (status, wrong) = patch(&staff, &id, &json!({"topics": many})).await;
        assert_eq!(
            (status, &wrong["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("series-topics"))
        );
        let (status, wrong) = patch(&staff, &id, &json!({"topics": ["长".repeat(3000)]})).await;
        assert_eq!(
            (status, &wrong["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("topics[0]"))
        );
        assert_eq!(patch(&staff, &id, &json!({"topics": []})).await.0, StatusCode::OK);
    }
);

on_both!(
    a_series_that_ends_after_five_makes_up_for_a_cancelled_one,
    async |app| {
        let (staff, id) = weekly(&app, &[("held_limit", json!(5))]).await;
        let before = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(before.len(), 5);
        let path = format!("{HOME}/sessions/{}", text(&before[1]["id"]));
        assert_eq!(
            staff.patch(&path, &json!({"status": "cancelled"})).await.status(),
            StatusCode::OK
        );
        let after = sessions(&staff, "2026-11-25", SOON).await;
        assert_eq!(after.len(), 6);
        assert_eq!(after[5]["starts_at"], "2027-01-06T09:30:00+08:00");
        assert_eq!(after[5]["number"], 5);
        for wrong in [0, 1_000_000_000] {
            let (status, said) = patch(&staff, &id, &json!({"held_limit": wrong})).await;
            assert_eq!(
                (status, &said["errors"][0]["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!("held_limit"))
            );
        }
        let (status, fewer) = patch(&staff, &id, &json!({"held_limit": 3})).await;
        assert_eq!(
            (status, fewer["cancelled"].as_array().unwrap().len()),
            (StatusCode::OK, 2),
            "{fewer}"
        );
    }
);

on_both!(
    a_date_is_taken_out_and_put_back_and_a_stale_look_changes_nothing,
    async |app| {
        let (staff, id) = weekly(&app, &[]).await;
        let before = sessions(&staff, "2026-11-25", SOON).await;
        let out = json!({"exdate": ["2026-12-16T09:30:00"], "reason": "装修", "sequence": 0});
        let (status, done) = patch(&staff, &id, &out).await;
        assert_eq!(
            (status, &done["cancelled"][0]["id"]),
            (StatusCode::OK, &before[2]["id"]),
            "{done}"
        );
        let (status, stale) = patch(&staff, &id, &json!({"exdate": [], "sequence": 0})).await;
        assert_eq!(
            (status, &stale["code"]),
            (StatusCode::CONFLICT, &json!("state")),
            "{stale}"
        );
        let (status, back) = patch(&staff, &id, &json!({"exdate": [], "sequence": 1})).await;
        assert_eq!(
            (status, &back["restored"][0]["id"]),
            (StatusCode::OK, &before[2]["id"]),
            "{back}"
        );
        let (status, end) = patch(&staff, &id, &json!({"ends_before": "2026-12-20T00:00:00"})).await;
        assert_eq!(status, StatusCode::OK, "{end}");
        let standing = sessions(&staff, "2026-11-25", SOON).await;
        let standing = standing.iter().filter(|one| one["status"] == "scheduled").count();
        assert_eq!(standing, 3);
        let shown = staff.json(&format!("{HOME}/series/{id}")).await;
        assert_eq!(shown["ends_before"], "2026-12-20T00:00:00");
        let listed = staff.json(&format!("{HOME}/series?limit=1")).await;
        assert_eq!(listed["items"][0]["id"], json!(id));
    }
);

on_both!(more_seats_go_to_whoever_waits, async |app| {
    let (staff, _) = weekly(&app, &[("capacity", json!(1))]).await;
    let first = sessions(&staff, "2026-11-25", SOON).await.remove(0);
    sign_up(&app, &first["id"], "13800000001").await;
    sign_up(&app, &first["id"], "13800000002").await;
    let path = format!("{HOME}/sessions/{}?scope=all", text(&first["id"]));
    let raised = staff
        .patch(&path, &json!({"capacity": null, "facilitator_id": null}))
        .await;
    assert_eq!(raised.status(), StatusCode::OK);
    let after = sessions(&staff, "2026-11-25", SOON).await;
    assert_eq!((&after[0]["enrolled"], &after[0]["waitlisted"]), (&json!(2), &json!(0)));
    assert!(after.iter().all(|one| one["capacity"].is_null()), "{after:?}");
});

on_both!(
    twenty_who_look_far_ahead_at_once_store_each_date_once_and_past_the_cap_nothing,
    async |app| {
        let (staff, _) = weekly(&app, &[]).await;
        let home = app.seed_basic().await.yunliang;
        let community = xianglao::services::community::find(&app.ctx, home).await.unwrap();
        let far: jiff::civil::DateTime = "2027-08-01T00:00:00".parse().unwrap();
        let looks = (0..20).map(|_| {
            let (ctx, community) = (app.ctx.clone(), community.clone());
            tokio::spawn(async move { planning::extend_to(&ctx, &community, far).await })
        });
        let mut added = 0;
        for look in looks.collect::<Vec<_>>() {
            added += look.await.unwrap().expect("nobody gets an error").sessions;
        }
        assert_eq!(added, 10);
        let all = sessions(&staff, "2027-01-01", "2027-08-01").await;
        let mut starts = column(&all, "starts_at");
        let count = starts.len();
        starts.dedup();
        assert_eq!((starts.len(), count), (30, 30));
    }
);
