//! What speaks against a plan: shown with its reason, and accepted on purpose.

use jiff::civil::date;
use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use crate::api::plan::{HOME, plan, programme, text as of, wednesdays};
use crate::support::app::{TestApp, location, on_both};
use crate::support::planner::{
    panel_form, planned, send, session_on, text, token, value_of, week_of, weekly_class, with,
};

fn codes(item: &Value) -> Vec<String> {
    let list = item["cautions"].as_array().into_iter().flatten();
    list.map(|one| of(&one["code"])).collect()
}

on_both!(
    the_api_names_what_speaks_against_dates_and_refuses_when_asked,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let made = staff
            .post(
                &format!("{HOME}/partners"),
                &json!({"name": "巧手理发店", "weekly_limit": 1}),
            )
            .await;
        let partner = of(&made.json::<Value>().await.unwrap()["id"]);
        let cut = staff
            .post(
                &format!("{HOME}/programmes"),
                &json!({"title": "免费理发", "kind": "other", "audience": "独居老人", "partner_id": partner}),
            )
            .await;
        let cut = of(&cut.json::<Value>().await.unwrap()["id"]);
        let mut wish = wednesdays(&app, &cut).await;
        wish["rule"] = json!("FREQ=WEEKLY;BYDAY=WE,FR;COUNT=2");
        wish["dtstart"] = json!("2026-12-02T11:30:00");
        // 11:30 to 12:30 in the noon rest, and twice in a week that has room for one.
        let mut refusing = wish.clone();
        refusing["on_caution"] = json!("refuse");
        let (status, refused) = plan(&staff, &refusing).await;
        assert_eq!(
            (status, of(&refused["code"])),
            (StatusCode::CONFLICT, "caution".to_owned())
        );
        assert_eq!(refused["errors"].as_array().unwrap().len(), 3, "{refused}");
        assert!(week_of(&app, date(2026, 12, 2)).await.is_empty());
        let (status, stored) = plan(&staff, &wish).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(codes(&stored["sessions"][0]), ["noon_rest"]);
        assert_eq!(codes(&stored["sessions"][1]), ["noon_rest", "weekly_limit"]);
        // The same people at the same time in another room.
        let talk = staff
            .post(
                &format!("{HOME}/programmes"),
                &json!({"title": "用药讲座", "kind": "talk", "audience": "独居老人"}),
            )
            .await;
        let talk = of(&talk.json::<Value>().await.unwrap()["id"]);
        let mut beside = wednesdays(&app, &talk).await;
        beside["rule"] = Value::Null;
        beside["venue_id"] = json!(basic.hall);
        beside["dtstart"] = json!("2026-12-02T11:00:00");
        let (_, stored) = plan(&staff, &beside).await;
        assert_eq!(codes(&stored["sessions"][0]), ["same_audience"]);
        // Moving it away from the others leaves nothing to say.
        let id = of(&stored["sessions"][0]["session_id"]);
        let path = format!("{HOME}/sessions/{id}");
        let moved = staff
            .patch(
                &format!("{path}?dry_run=true"),
                &json!({"starts_at": "2026-12-02T09:00:00"}),
            )
            .await;
        assert_eq!(codes(&moved.json::<Value>().await.unwrap()), [""; 0]);
        let refused = staff
            .patch(
                &path,
                &json!({"starts_at": "2026-12-02T12:00:00", "on_caution": "refuse"}),
            )
            .await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert_eq!(of(&refused.json::<Value>().await.unwrap()["code"]), "caution");
        let stands = session_on(&app, date(2026, 12, 4)).await;
        assert_eq!(stands.starts.hour(), 11);
    }
);

on_both!(staff_tick_what_speaks_against_a_new_activity, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    let noon = with(&with(&form, "start", "11:30"), "duration", "60");
    let asked = text(send(&staff, "/staff/programmes", &noon).await, StatusCode::CONFLICT).await;
    assert!(asked.contains("碰上午休") && asked.contains("打上勾再保存"), "{asked}");
    assert!(week_of(&app, date(2026, 12, 2)).await.is_empty(), "nothing was planned");
    // A tick for something else does not count.
    let other = with(&noon, "accept", "0123456789abcdef");
    text(send(&staff, "/staff/programmes", &other).await, StatusCode::CONFLICT).await;
    let ticked = with(&noon, "accept", &value_of(&asked, "accept"));
    assert!(location(&send(&staff, "/staff/programmes", &ticked).await).contains("done=planned&n=8"));
});

on_both!(staff_tick_what_speaks_against_a_move, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    let session = session_on(&app, date(2026, 12, 2)).await;
    let path = format!("/staff/sessions/{}", session.id);
    let form = with(
        &with(&panel_form(&app, session.id).await, "start", "12:30"),
        "end",
        "13:30",
    );
    let shown = text(send(&staff, &path, &form).await, StatusCode::OK).await;
    assert!(shown.contains("碰上午休"), "{shown}");
    let save = with(&with(&form, "step", "save"), "seen", &value_of(&shown, "seen"));
    text(send(&staff, &path, &save).await, StatusCode::CONFLICT).await;
    assert_eq!(session_on(&app, date(2026, 12, 2)).await.starts.hour(), 9);
    let ticked = with(&save, "accept", &value_of(&shown, "accept"));
    assert!(location(&send(&staff, &path, &ticked).await).contains("done=saved"));
    assert_eq!(session_on(&app, date(2026, 12, 2)).await.starts.hour(), 12);
});

on_both!(
    a_date_at_which_something_stands_is_offered_another_venue_or_day,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let film = programme(&staff, "豫剧电影").await;
        let mut all_day = wednesdays(&app, &film).await;
        all_day["rule"] = Value::Null;
        all_day["dtstart"] = json!("2026-12-02T08:00:00");
        all_day["duration_minutes"] = json!(720);
        assert_eq!(plan(&staff, &all_day).await.0, StatusCode::CREATED);
        let class = programme(&staff, "反诈课").await;
        let mut wish = wednesdays(&app, &class).await;
        wish["rule"] = json!("FREQ=WEEKLY;BYDAY=WE;COUNT=2");
        wish["on_conflict"] = json!("skip");
        wish["capacity"] = json!(12);
        let (status, stored) = plan(&staff, &wish).await;
        assert_eq!(
            (status, stored["sessions_created"].as_u64()),
            (StatusCode::CREATED, Some(1))
        );
        let missing = &stored["missing"][0];
        assert_eq!(of(&missing["nearest_venue_id"]), basic.parlour.to_string(), "{missing}");
        assert_eq!(of(&missing["nearest_free"]), "2026-12-02T09:30:00+08:00");
    }
);
