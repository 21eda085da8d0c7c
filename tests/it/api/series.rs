//! Planning series over HTTP, and what the schedule shows then.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;
use xianglao::services::programme;

use super::plan::{HOME, plan, programme, sessions, text, wednesdays};
use crate::support::app::on_both;

on_both!(a_weekly_series_becomes_sessions_up_to_the_horizon, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let (status, planned) = plan(&staff, &wednesdays(&app, &class).await).await;
    assert_eq!(status, StatusCode::CREATED, "{planned}");
    // 26 weeks after Wednesday the 25th of November is the 26th of May, which is outside.
    assert_eq!(planned["sessions_created"], 25);
    assert_eq!(planned["summary"], "每周三 上午9:30");

    let seen = sessions(&staff, "2026-11-25", "2027-05-26").await;
    assert_eq!(seen.len(), 25);
    assert_eq!(seen[0]["starts_at"], "2026-12-02T09:30:00+08:00");
    assert_eq!(seen[0]["ends_at"], "2026-12-02T10:30:00+08:00");
    assert_eq!(seen[0]["series_id"], planned["id"]);
    assert_eq!(seen[0]["title"], "老年反诈课");
    assert_eq!(seen[0]["venue"], "老年活动室");
    assert_eq!(seen[0]["status"], "scheduled");
    assert_eq!((&seen[0]["number"], &seen[24]["number"]), (&json!(1), &json!(25)));
    for counter in ["enrolled", "waitlisted", "attended"] {
        assert_eq!(seen[0][counter], 0);
    }
});

on_both!(
    extending_the_horizon_twice_changes_nothing_the_second_time,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        let class = programme(&staff, "老年反诈课").await;
        plan(&staff, &wednesdays(&app, &class).await).await;
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 0);
        app.clock.set("2026-12-16T03:00:00+08:00");
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 3);
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 0);
        let seen = sessions(&staff, "2026-11-25", "2027-06-16").await;
        let starts: HashSet<String> = seen.iter().map(|session| text(&session["starts_at"])).collect();
        assert_eq!((seen.len(), starts.len()), (28, 28));
    }
);

on_both!(
    one_clash_refuses_a_series_and_names_it_unless_it_may_be_left_out,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        let class = programme(&staff, "老年反诈课").await;
        let choir = programme(&staff, "合唱排练").await;
        let mut once = wednesdays(&app, &choir).await;
        once["dtstart"] = json!("2026-12-09T10:30:00");
        once["rule"] = Value::Null;
        assert_eq!(plan(&staff, &once).await.0, StatusCode::CREATED);

        // The room needs fifteen minutes after the class, so the choir at half past ten stands in its way.
        let mut series = wednesdays(&app, &class).await;
        let (status, problem) = plan(&staff, &series).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["code"], "conflict");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{problem}");
        assert_eq!(errors[0]["code"], "venue");
        assert_eq!(
            errors[0]["message"],
            "12月9日 周三 上午9:30：场地有《合唱排练》（上午10:30—11:30）。"
        );
        assert_eq!(
            sessions(&staff, "2026-11-25", "2027-05-26").await.len(),
            1,
            "nothing was stored"
        );

        series["on_conflict"] = json!("skip");
        let (status, planned) = plan(&staff, &series).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(planned["sessions_created"], 24);
        assert_eq!(planned["missing"][0]["starts_at"], "2026-12-09T09:30:00+08:00");
        assert_eq!(planned["missing"][0]["nearest_free"], "2026-12-09T09:15:00+08:00");
        // The date stays left out when the horizon moves on.
        app.clock.set("2026-12-01T03:00:00+08:00");
        programme::extend_horizon(&app.ctx).await.unwrap();
        assert_eq!(sessions(&staff, "2026-12-09", "2026-12-10").await.len(), 1);
    }
);

on_both!(a_dry_run_stores_nothing_and_shows_what_would_happen, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let body = wednesdays(&app, &class).await;
    let answer = staff.post(&format!("{HOME}/series?dry_run=true"), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(shown["id"], Value::Null);
    assert_eq!(shown["sessions_created"], 25);
    assert_eq!(shown["sessions"][0]["starts_at"], "2026-12-02T09:30:00+08:00");
    assert!(sessions(&staff, "2026-11-25", "2027-05-26").await.is_empty());
});

on_both!(what_cannot_be_planned_is_refused_with_every_wrong_field, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let good = wednesdays(&app, &class).await;
    let stranger = "019ab000-0000-7000-8000-000000000000";
    let table = [
        ("capacity", json!(0), "plan-range"),
        ("capacity", json!(10_000), "plan-range"),
        ("duration_minutes", json!(4), "plan-range"),
        ("duration_minutes", json!(721), "plan-range"),
        ("venue_id", json!(stranger), "plan-no-such"),
        ("programme_id", json!(stranger), "plan-no-such"),
        ("facilitator_id", json!(stranger), "plan-no-such"),
        ("rule", json!("FREQ=SOMETIMES"), "plan-rule"),
        ("rule", json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "plan-no-dates"),
        ("rule", json!("FREQ=MINUTELY"), "plan-too-many-dates"),
        ("dtstart", json!("2126-01-07T09:30:00"), "plan-start-out-of-reach"),
        ("dtstart", json!("2026-12-02T09:30:30"), "plan-whole-minutes"),
        ("dtstart", json!("tomorrow"), "query-time"),
        ("dtstart", json!(20_261_202), "json-shape"),
        ("holiday_policy", json!("pray"), "json-shape"),
        ("colour", json!("red"), "json-shape"),
    ];
    for (field, value, code) in table {
        let mut body = good.clone();
        body[field] = value.clone();
        let (status, problem) = plan(&staff, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {problem}");
        let found = problem["errors"].as_array().unwrap();
        assert!(
            found
                .iter()
                .any(|error| error["code"] == code && error["field"] == field),
            "{field} {value}: {problem}"
        );
        assert!(!text(&found[0]["message"]).contains("error-"), "{problem}");
    }
    let mut late = good.clone();
    late["dtstart"] = json!("2026-12-02T23:30:00");
    let (status, problem) = plan(&staff, &late).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "plan-past-midnight");
    assert!(sessions(&staff, "2026-11-25", "2027-05-26").await.is_empty());
});

on_both!(the_place_says_no_to_closed_doors_and_too_many_seats, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let mut early = wednesdays(&app, &class).await;
    early["dtstart"] = json!("2026-12-02T07:30:00");
    early["capacity"] = json!(21);
    let (status, problem) = plan(&staff, &early).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let codes: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == "closed").count(), 25);
    assert_eq!(
        codes.iter().filter(|code| **code == "capacity").count(),
        1,
        "said once for all dates"
    );
});

on_both!(of_fifty_who_want_one_slot_at_once_exactly_one_gets_it, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let mut body = wednesdays(&app, &class).await;
    body["rule"] = Value::Null;
    let answers = futures_util::future::join_all((0..50).map(|_| plan(&staff, &body))).await;
    let won = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::CREATED)
        .count();
    let lost: Vec<&Value> = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::CONFLICT)
        .map(|(_, problem)| problem)
        .collect();
    assert_eq!((won, lost.len()), (1, 49), "{answers:?}");
    for problem in lost {
        assert_eq!(problem["errors"][0]["code"], "venue", "{problem}");
        assert!(
            text(&problem["errors"][0]["message"]).contains("老年反诈课"),
            "{problem}"
        );
    }
    assert_eq!(sessions(&staff, "2026-11-25", "2027-05-26").await.len(), 1);
});

on_both!(
    a_list_of_sessions_is_read_page_by_page_without_gap_or_repetition,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        let class = programme(&staff, "老年反诈课").await;
        let mut body = wednesdays(&app, &class).await;
        body["rule"] = json!("FREQ=DAILY");
        body["dtstart"] = json!("2026-11-26T09:30:00");
        let (status, planned) = plan(&staff, &body).await;
        assert_eq!(status, StatusCode::CREATED, "{planned}");
        let whole = sessions(&staff, "2026-11-25", "2027-05-26").await;
        assert_eq!(whole.len(), 181);

        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = staff
                .json(&format!(
                    "{HOME}/sessions?from=2026-11-25&to=2027-05-26&limit=50{cursor}"
                ))
                .await;
            seen.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, whole);
    }
);

on_both!(nobody_plans_in_another_community_or_without_the_right, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let body = wednesdays(&app, &class).await;
    let elsewhere = staff.post("/api/v1/communities/youyuan/series", &body).await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    let nowhere = staff.post("/api/v1/communities/atlantis/series", &body).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(nowhere.headers()["content-type"], "application/problem+json");
    let partner = app.bearer_as(Role::Partner).await;
    assert_eq!(plan(&partner, &body).await.0, StatusCode::FORBIDDEN);
    assert_eq!(plan(&app.client(), &body).await.0, StatusCode::UNAUTHORIZED);
    // A partner sees only sessions of its own programmes.
    plan(&staff, &body).await;
    assert!(sessions(&partner, "2026-11-25", "2027-05-26").await.is_empty());
});
