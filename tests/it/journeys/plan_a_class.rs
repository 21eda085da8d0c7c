//! Staff plan a weekly class; the week shows it; it is moved, called off and held after all, and every page says so.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::Role;
use xianglao::domain::planning::SessionStatus;

use crate::support::app::{TestApp, location, on_both};
use crate::support::planner::{
    change, panel_form, planned, send, session_on, text, token, week_of, weekly_class, with,
};

on_both!(staff_plan_a_weekly_class_and_change_it, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;

    // They look at the dates first; then they plan it.
    let form = weekly_class(&app, &token(&staff).await).await;
    let looked = text(
        send(&staff, "/staff/programmes", &with(&form, "step", "preview")).await,
        StatusCode::OK,
    )
    .await;
    assert!(
        looked.contains("一共 8 次") && looked.contains("12月2日 周三"),
        "{looked}"
    );
    let planned_at = location(&send(&staff, "/staff/programmes", &form).await);
    let programme = staff.page(&planned_at).await;
    assert!(programme.contains("排上了，一共 8 次"), "{programme}");

    // The planner shows it on Wednesday at half past nine.
    let board = staff.page("/staff/week?week=2026-W49").await;
    assert!(board.contains("<b>反诈课</b>"), "{board}");
    assert!(board.contains("r10 h4 c1of1"), "{board}");
    assert!(board.contains("小张 0/20人"), "{board}");

    // Residents see it on the public page.
    let public = app.client().page("/c/yunliang?week=2026-W49").await;
    assert!(public.contains("反诈课") && public.contains("老年活动室"), "{public}");

    // Only this one: to Thursday afternoon, in the hall. The old place says where it went.
    let first = session_on(&app, date(2026, 12, 2)).await;
    let wished = with(&panel_form(&app, first.id).await, "date", "2026-12-03");
    let wished = with(&with(&wished, "start", "14:00"), "end", "15:30");
    let wished = with(
        &with(&wished, "venue", &basic.hall.to_string()),
        "reason",
        "活动室要检修",
    );
    let saved = staff.page(&change(&staff, first.id, &wished).await).await;
    assert!(saved.contains("改好了"), "{saved}");
    assert!(saved.contains("ghost") && saved.contains("改到周四"), "{saved}");
    let public = app.client().page("/c/yunliang?week=2026-W49").await;
    assert!(
        public.contains("多功能厅") && public.contains("活动室要检修"),
        "{public}"
    );
    let moved = session_on(&app, date(2026, 12, 3)).await;
    assert_eq!((moved.id, moved.venue.id), (first.id, basic.hall));
    assert_eq!(
        session_on(&app, date(2026, 12, 9)).await.starts.time(),
        first.starts.time()
    );

    // This one and all following: half an hour later from the 16th on; the 9th stays.
    let third = session_on(&app, date(2026, 12, 16)).await;
    let later = with(
        &with(&panel_form(&app, third.id).await, "start", "10:00"),
        "end",
        "11:00",
    );
    let to = change(&staff, third.id, &with(&later, "scope", "following")).await;
    assert!(to.contains("done=saved"), "{to}");
    assert_eq!(
        session_on(&app, date(2026, 12, 9))
            .await
            .starts
            .strftime("%H:%M")
            .to_string(),
        "09:30"
    );
    for day in [date(2026, 12, 16), date(2026, 12, 23), date(2027, 1, 13)] {
        assert_eq!(
            session_on(&app, day).await.starts.strftime("%H:%M").to_string(),
            "10:00",
            "{day}"
        );
    }

    // All: fifteen seats; the one moved by hand keeps its own.
    let second = session_on(&app, date(2026, 12, 9)).await;
    let fewer = with(
        &with(&panel_form(&app, second.id).await, "capacity", "15"),
        "scope",
        "all",
    );
    let path = format!("/staff/sessions/{}", second.id);
    let looked = text(send(&staff, &path, &fewer).await, StatusCode::OK).await;
    assert!(looked.contains("1 场不动：单独改过"), "{looked}");
    change(&staff, second.id, &fewer).await;
    assert_eq!(session_on(&app, date(2026, 12, 3)).await.capacity, Some(20));
    for day in [date(2026, 12, 9), date(2026, 12, 30)] {
        assert_eq!(session_on(&app, day).await.capacity, Some(15), "{day}");
    }

    // The 9th is called off, with words people read; then it is held after all.
    let page = staff.page(&format!("{path}/cancel")).await;
    assert!(
        page.contains("只停这一次") && page.contains("12月9日 周三，通知 0 人"),
        "{page}"
    );
    let form = [
        ("reason_code", "weather"),
        ("reason", "大雪路滑，下周照常"),
        ("scope", "this"),
    ];
    let off = location(&staff.submit(&format!("{path}/cancel"), &form).await);
    let board = staff.page(&off).await;
    assert!(
        board.contains("大雪路滑，下周照常") && board.contains(" off"),
        "{board}"
    );
    assert_eq!(
        session_on(&app, date(2026, 12, 9)).await.status,
        SessionStatus::Cancelled
    );
    // Pressed twice, it is still called off and nothing is wrong.
    let again = staff.submit(&format!("{path}/cancel"), &form).await;
    assert!(again.status().is_redirection());
    let back = location(&staff.submit(&format!("{path}/restore"), &[]).await);
    assert!(staff.page(&back).await.contains("又照常办了"));
    assert_eq!(
        session_on(&app, date(2026, 12, 9)).await.status,
        SessionStatus::Scheduled
    );

    // Called off without a reason from the list: refused, and the words are kept.
    let form = [("reason", "再说吧"), ("scope", "this")];
    let html = text(
        staff.submit(&format!("{path}/cancel"), &form).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(html.contains("请从列表里选一个") && html.contains("再说吧"), "{html}");
});

#[tokio::test]
async fn calling_off_all_that_follow_ends_the_series() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    let third = session_on(&app, date(2026, 12, 16)).await;
    let form = [("reason_code", "other"), ("reason", "课讲完了"), ("scope", "following")];
    location(
        &staff
            .submit(&format!("/staff/sessions/{}/cancel", third.id), &form)
            .await,
    );
    assert_eq!(
        session_on(&app, date(2026, 12, 9)).await.status,
        SessionStatus::Scheduled
    );
    for day in [date(2026, 12, 16), date(2026, 12, 30)] {
        let week = week_of(&app, day).await;
        assert!(
            week.iter().all(|session| session.status == SessionStatus::Cancelled),
            "{day}"
        );
    }
}
