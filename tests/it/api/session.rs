//! Changing sessions over HTTP: scopes, clashes, cancelling and taking it back.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use super::plan::{HOME, plan, programme, sessions, text, wednesdays};
use crate::support::app::{Client, TestApp, on_both};

async fn change(staff: &Client, id: &Value, query: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("{HOME}/sessions/{}?{query}", text(id));
    let response = staff.patch(&path, body).await;
    (response.status(), response.json().await.unwrap())
}

/// A staff client and the sessions of a weekly class.
async fn weekly(app: &TestApp) -> (Client, Vec<Value>) {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let (status, planned) = plan(&staff, &wednesdays(app, &class).await).await;
    assert_eq!(status, StatusCode::CREATED, "{planned}");
    let all = all(&staff).await;
    (staff, all)
}

async fn all(staff: &Client) -> Vec<Value> {
    sessions(staff, "2026-11-25", "2027-05-26").await
}

fn starts(sessions: &[Value]) -> Vec<&str> {
    sessions
        .iter()
        .map(|session| session["starts_at"].as_str().unwrap())
        .collect()
}

on_both!(
    moving_one_session_leaves_the_others_and_remembers_where_it_stood,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let moved = json!({"starts_at": "2026-12-10T14:00:00+08:00", "reason": "老师开会"});
        let (status, outcome) = change(&staff, &before[1]["id"], "dry_run=true", &moved).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        assert_eq!(all(&staff).await, before, "a dry run changes nothing");
        assert_eq!(outcome["changed"][0]["was_at"], "2026-12-09T09:30:00+08:00");

        let (status, outcome) = change(&staff, &before[1]["id"], "scope=this", &moved).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        let after = all(&staff).await;
        assert_eq!(after.len(), before.len());
        assert_eq!(after[1]["id"], before[1]["id"]);
        assert_eq!(after[1]["starts_at"], "2026-12-10T14:00:00+08:00");
        assert_eq!(after[1]["ends_at"], "2026-12-10T15:00:00+08:00");
        assert_eq!(after[1]["moved_from"], "2026-12-09T09:30:00+08:00");
        assert_eq!(after[1]["reason"], "老师开会");
        assert_eq!(starts(&after[2..]), starts(&before[2..]));
    }
);

on_both!(
    this_and_following_shift_together_and_so_do_dates_still_to_be_stored,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let later = json!({"starts_at": "2026-12-17T10:00:00", "duration_minutes": 90});
        let (status, outcome) = change(&staff, &before[2]["id"], "scope=following", &later).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        assert_eq!(outcome["changed"].as_array().unwrap().len(), 23);
        app.clock.set("2026-12-03T08:00:00+08:00");
        xianglao::services::programme::extend_horizon(&app.ctx).await.unwrap();
        let after = sessions(&staff, "2026-11-25", "2027-06-04").await;
        assert_eq!(starts(&after[..2]), starts(&before[..2]));
        assert_eq!(after[2]["starts_at"], "2026-12-17T10:00:00+08:00");
        assert_eq!(after[2]["ends_at"], "2026-12-17T11:30:00+08:00");
        assert_eq!(after.len(), before.len() + 2, "the horizon moved by eight days");
        assert_eq!(after.last().unwrap()["starts_at"], "2027-06-03T10:00:00+08:00");
    }
);

on_both!(
    a_session_moved_by_hand_stays_when_the_series_changes_unless_it_is_named,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let by_hand = json!({"starts_at": "2026-12-16T15:00:00"});
        change(&staff, &before[2]["id"], "", &by_hand).await;
        let whole = json!({"starts_at": "2026-12-02T08:30:00"});
        let (_, outcome) = change(&staff, &before[0]["id"], "scope=all&dry_run=true", &whole).await;
        assert_eq!(
            outcome["kept"],
            json!([{"id": before[2]["id"], "because": "overridden"}])
        );
        assert_eq!(outcome["changed"].as_array().unwrap().len(), 24);
        let named = json!({"starts_at": "2026-12-02T08:30:00", "overwrite": [before[2]["id"]]});
        let (_, outcome) = change(&staff, &before[0]["id"], "scope=all&dry_run=true", &named).await;
        assert_eq!(outcome["changed"].as_array().unwrap().len(), 25);
    }
);

on_both!(a_change_onto_a_taken_slot_is_refused_whole, async |app| {
    let (staff, before) = weekly(&app).await;
    let choir = programme(&staff, "合唱排练").await;
    let mut once = wednesdays(&app, &choir).await;
    once["dtstart"] = json!("2026-12-17T09:30:00");
    once["rule"] = Value::Null;
    assert_eq!(plan(&staff, &once).await.0, StatusCode::CREATED);
    let before_all = all(&staff).await;
    // Every Wednesday class to Thursday: the choir stands on one of them.
    let thursday = json!({"starts_at": "2026-12-03T09:30:00"});
    let (status, outcome) = change(&staff, &before[0]["id"], "scope=all&dry_run=true", &thursday).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(outcome["clashes"].as_array().unwrap().len(), 1, "{outcome}");
    let (status, problem) = change(&staff, &before[0]["id"], "scope=all", &thursday).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
    assert_eq!(all(&staff).await, before_all);
});

on_both!(a_daily_series_may_shift_onto_its_own_old_dates, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "晨练").await;
    let mut daily = wednesdays(&app, &class).await;
    daily["rule"] = json!("FREQ=DAILY;COUNT=10");
    assert_eq!(plan(&staff, &daily).await.0, StatusCode::CREATED);
    let before = all(&staff).await;
    let next_day = json!({"starts_at": "2026-12-03T09:30:00"});
    let (status, outcome) = change(&staff, &before[0]["id"], "scope=all", &next_day).await;
    assert_eq!(status, StatusCode::OK, "{outcome}");
    assert_eq!(starts(&all(&staff).await)[0], "2026-12-03T09:30:00+08:00");
});

on_both!(
    a_cancelled_session_frees_its_place_and_comes_back_only_while_it_is_free,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let off = json!({"status": "cancelled", "reason_code": "weather", "reason": "暴雨"});
        let (status, outcome) = change(&staff, &before[1]["id"], "", &off).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        let after = all(&staff).await;
        assert_eq!(after[1]["status"], "cancelled");
        assert_eq!(after[1]["reason"], "暴雨");
        assert_eq!(after[1]["number"], Value::Null);
        assert_eq!(after[2]["number"], 2, "numbers count what is not cancelled");

        let again = change(&staff, &before[1]["id"], "", &off).await;
        assert_eq!((again.0, &again.1["code"]), (StatusCode::CONFLICT, &json!("state")));

        let choir = programme(&staff, "合唱排练").await;
        let mut once = wednesdays(&app, &choir).await;
        once["dtstart"] = json!("2026-12-09T09:30:00");
        once["rule"] = Value::Null;
        let (status, choir) = plan(&staff, &once).await;
        assert_eq!(status, StatusCode::CREATED, "{choir}");
        let back = json!({"status": "scheduled"});
        let (status, problem) = change(&staff, &before[1]["id"], "", &back).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["errors"][0]["code"], "venue");

        let theirs = &choir["sessions"][0]["session_id"];
        assert_eq!(change(&staff, theirs, "", &off).await.0, StatusCode::OK);
        assert_eq!(change(&staff, &before[1]["id"], "", &back).await.0, StatusCode::OK);
        let scheduled = all(&staff).await;
        let back = scheduled
            .iter()
            .find(|session| session["id"] == before[1]["id"])
            .unwrap();
        assert_eq!((&back["status"], &back["reason"]), (&json!("scheduled"), &Value::Null));
    }
);

on_both!(
    cancelling_all_that_follow_ends_the_series_and_undo_opens_it_again,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let off = json!({"status": "cancelled", "reason_code": "too_few"});
        let (status, outcome) = change(&staff, &before[3]["id"], "scope=following", &off).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        assert_eq!(outcome["changed"].as_array().unwrap().len(), 22);
        app.clock.set("2026-12-09T08:00:00+08:00");
        xianglao::services::programme::extend_horizon(&app.ctx).await.unwrap();
        assert_eq!(all(&staff).await.len(), 25, "an ended series grows no more");

        let back = json!({"status": "scheduled"});
        let (status, outcome) = change(&staff, &before[3]["id"], "scope=following", &back).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        xianglao::services::programme::extend_horizon(&app.ctx).await.unwrap();
        let after = sessions(&staff, "2026-11-25", "2027-06-04").await;
        assert_eq!(after.len(), 27);
        assert!(after.iter().all(|session| session["status"] == "scheduled"));
    }
);

on_both!(what_is_over_or_counted_is_not_changed_any_more, async |app| {
    let (staff, before) = weekly(&app).await;
    app.clock.set("2026-12-02T10:31:00+08:00");
    let off = json!({"status": "cancelled"});
    let (status, problem) = change(&staff, &before[0]["id"], "", &off).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("state")));
    let (_, outcome) = change(&staff, &before[1]["id"], "scope=all&dry_run=true", &off).await;
    assert_eq!(outcome["kept"], json!([{"id": before[0]["id"], "because": "past"}]));
    let into_the_past = json!({"starts_at": "2026-12-01T09:30:00"});
    let (status, problem) = change(&staff, &before[1]["id"], "", &into_the_past).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "starts_at");
});

on_both!(
    of_fifty_who_move_different_sessions_to_one_slot_exactly_one_wins,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let there = json!({"starts_at": "2026-12-30T15:00:00"});
        let moves = (0..50).map(|i| change(&staff, &before[i % 25]["id"], "", &there));
        let answers = futures_util::future::join_all(moves).await;
        let landed = all(&staff).await;
        let landed = landed
            .iter()
            .filter(|session| session["starts_at"] == "2026-12-30T15:00:00+08:00")
            .count();
        assert_eq!(landed, 1);
        for (status, answer) in &answers {
            let refused = *status == StatusCode::CONFLICT && answer["errors"][0]["code"] == "venue";
            // The winner's own second request asks for what stands already.
            assert!(refused || *status == StatusCode::OK, "{status} {answer}");
        }
        let won = answers
            .iter()
            .filter(|(status, answer)| *status == StatusCode::OK && answer["changed"] != json!([]))
            .count();
        assert_eq!(won, 1);
    }
);

on_both!(bad_requests_are_told_what_is_wrong, async |app| {
    let (staff, before) = weekly(&app).await;
    let id = &before[0]["id"];
    let nothing = change(&staff, id, "", &json!({})).await;
    assert_eq!(nothing.1["errors"][0]["code"], "plan-nothing-to-change");
    let scope = change(&staff, id, "scope=some", &json!({"capacity": 5})).await;
    assert_eq!(scope.1["errors"][0]["field"], "scope");
    let both = change(&staff, id, "", &json!({"status": "cancelled", "capacity": 5})).await;
    assert_eq!(both.1["errors"][0]["code"], "plan-status-alone");
    let unknown = change(&staff, &json!("nonsense"), "", &json!({"capacity": 5})).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    let crowd = change(&staff, id, "", &json!({"capacity": 21})).await;
    assert_eq!(
        (crowd.0, &crowd.1["errors"][0]["code"]),
        (StatusCode::CONFLICT, &json!("capacity"))
    );
    assert_eq!(all(&staff).await, before);
});

on_both!(
    what_staff_plan_and_change_stands_in_the_audit_chain_and_a_dry_run_does_not,
    async |app| {
        use entities::audit;
        use sea_orm::{EntityTrait, QueryOrder};

        let (staff, before) = weekly(&app).await;
        let off = json!({"status": "cancelled", "reason": "暴雨"});
        change(&staff, &before[0]["id"], "dry_run=true", &off).await;
        change(&staff, &before[0]["id"], "scope=following", &off).await;
        let rows = audit::Entity::find()
            .order_by_asc(audit::Column::Position)
            .all(app.db())
            .await
            .unwrap();
        let ours: Vec<&audit::Model> = rows.iter().filter(|row| !row.action.starts_with("account")).collect();
        let actions: Vec<&str> = ours.iter().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["programme.create", "series.plan", "session.cancel"]);
        let cancelled = ours[2];
        assert_eq!(
            cancelled.subject_id.map(|id| id.to_string()),
            Some(text(&before[0]["id"]))
        );
        assert!(cancelled.account_id.is_some());
        assert!(
            !cancelled.detail.contains("暴雨"),
            "no words of people: {}",
            cancelled.detail
        );
    }
);

on_both!(
    a_change_of_what_somebody_else_changed_meanwhile_is_answered_with_how_it_stands,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let seen = before[1]["sequence"].as_i64().unwrap();
        let other = json!({"starts_at": "2026-12-10T15:00:00+08:00", "sequence": seen});
        let (status, _) = change(&staff, &before[1]["id"], "", &other).await;
        assert_eq!(status, StatusCode::OK);

        for (query, body) in [
            ("", json!({"duration_minutes": 90, "sequence": seen})),
            ("dry_run=true", json!({"duration_minutes": 90, "sequence": seen})),
            ("scope=all", json!({"capacity": 9, "sequence": seen})),
            ("", json!({"status": "cancelled", "sequence": seen})),
        ] {
            let (status, problem) = change(&staff, &before[1]["id"], query, &body).await;
            assert_eq!(status, StatusCode::CONFLICT, "{body}: {problem}");
            assert_eq!(problem["code"], "changed_meanwhile");
            assert_eq!(problem["status"], 409);
            assert_eq!(problem["current"]["starts_at"], "2026-12-10T15:00:00+08:00");
            assert_eq!(problem["current"]["sequence"], seen + 1);
        }
        let now = all(&staff).await;
        assert_eq!(now[1]["ends_at"], "2026-12-10T16:00:00+08:00");
        assert_eq!(now[1]["status"], "scheduled");
        // Looked at again, or without saying what was looked at, it goes on.
        let again = json!({"duration_minutes": 90, "sequence": seen + 1});
        assert_eq!(change(&staff, &before[1]["id"], "", &again).await.0, StatusCode::OK);
        let blind = json!({"duration_minutes": 75});
        assert_eq!(change(&staff, &before[1]["id"], "", &blind).await.0, StatusCode::OK);
    }
);

on_both!(
    of_two_who_move_the_same_session_at_once_one_wins_and_one_is_told,
    async |app| {
        let (staff, before) = weekly(&app).await;
        let seen = before[0]["sequence"].clone();
        let wish = |at: &str| json!({"starts_at": at, "sequence": seen});
        let (one, two) = (wish("2026-12-02T14:00:00+08:00"), wish("2026-12-02T16:00:00+08:00"));
        let ((first, a), (second, b)) = tokio::join!(
            change(&staff, &before[0]["id"], "", &one),
            change(&staff, &before[0]["id"], "", &two)
        );
        let mut statuses = [first.as_u16(), second.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{a} {b}");
        let (won, lost) = if first == StatusCode::OK { (a, b) } else { (b, a) };
        assert_eq!(lost["code"], "changed_meanwhile", "{lost}");
        assert_eq!(lost["current"]["starts_at"], won["changed"][0]["starts_at"]);
    }
);
