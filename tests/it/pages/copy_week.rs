//! Copying last week, as staff do it.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::Role;

use crate::support::app::{TestApp, location, on_both};
use crate::support::plan::{once, series, titled};
use crate::support::planner::{text, week_of};

on_both!(
    last_week_is_copied_by_ticks_and_a_second_press_copies_nothing,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let (home, hall) = (basic.yunliang, basic.hall);
        let cakes = once(&app.ctx, home, hall, titled("做月饼"), "2026-11-26T09:00:00").await;
        let paper = once(&app.ctx, home, hall, titled("剪窗花"), "2026-11-27T15:00:00").await;
        let weekly = Some("FREQ=WEEKLY;BYDAY=SA");
        series(&app.ctx, home, hall, titled("合唱排练"), "2026-11-28T09:00:00", weekly).await;
        once(&app.ctx, home, hall, titled("党员学习"), "2026-12-03T09:30:00").await;

        let page = staff.page("/staff/week/copy?from=2026-W48&to=2026-W49").await;
        assert!(page.contains("照抄 1 场"), "{page}");
        assert!(page.contains("不用抄的 1 场"), "{page}");
        assert!(page.contains("多功能厅有“党员学习”"), "the clash in words: {page}");
        let free = format!("value=\"{}@2026-12-03T", cakes.session);
        assert!(page.contains(&free), "the nearest free time: {page}");
        let ticked = format!("value=\"{}\" checked", paper.session);
        assert!(page.contains(&ticked), "{page}");

        let paper = paper.session.to_string();
        let form = [("from", "2026-W48"), ("to", "2026-W49"), ("take", paper.as_str())];
        let done = staff.submit("/staff/week/copy", &form).await;
        assert_eq!(location(&done), "/staff/week?week=2026-W49&done=copied&n=1");
        let week = staff.follow(done).await.text().await.unwrap();
        assert!(week.contains("照抄了 1 场"), "{week}");
        let again = staff.submit("/staff/week/copy", &form).await;
        assert!(location(&again).ends_with("n=0"));
        assert_eq!(week_of(&app, date(2026, 12, 3)).await.len(), 3);
    }
);

#[tokio::test]
async fn what_cannot_be_copied_is_said_and_the_ticks_stay() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let (home, hall) = (basic.yunliang, basic.hall);
    let cakes = once(&app.ctx, home, hall, titled("做月饼"), "2026-11-26T09:00:00").await;
    once(&app.ctx, home, hall, titled("党员学习"), "2026-12-03T09:30:00").await;
    let id = cakes.session.to_string();
    let weeks = [("from", "2026-W48"), ("to", "2026-W49")];
    let nothing = staff.submit("/staff/week/copy", &weeks).await;
    let nothing = text(nothing, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(nothing.contains("一场也没勾"), "{nothing}");
    let nonsense = [weeks[0], weeks[1], ("take", "nonsense")];
    let nonsense = staff.submit("/staff/week/copy", &nonsense).await;
    assert_eq!(nonsense.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let clash = [weeks[0], weeks[1], ("take", id.as_str())];
    let clash = text(staff.submit("/staff/week/copy", &clash).await, StatusCode::CONFLICT).await;
    assert!(clash.contains("一场也没有抄") && clash.contains("党员学习"), "{clash}");
    for path in [
        "/staff/week/copy?from=2026-W60&to=2026-W49",
        "/staff/week/copy?from=2026-W49&to=2026-W49",
    ] {
        assert_eq!(
            staff.get(path).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}"
        );
    }
    assert_eq!(week_of(&app, date(2026, 12, 3)).await.len(), 1);
    let empty = staff.page("/staff/week/copy?from=2026-W30&to=2026-W49").await;
    assert!(empty.contains("没有要抄的"), "{empty}");
    let english = staff.page("/staff/week/copy?from=2026-W48&to=2026-W49&lang=en").await;
    assert!(english.contains("Copy last week") && !english.contains("Unknown localization"));
}

on_both!(
    what_speaks_against_a_copy_is_shown_and_only_copied_on_purpose,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let (home, hall, room) = (basic.yunliang, basic.hall, basic.activity_room);
        let for_all = |title: &str| {
            let mut new = titled(title);
            new.audience = "65岁以上的居民".to_owned();
            new
        };
        let tea = once(&app.ctx, home, hall, titled("午间茶座"), "2026-11-25T12:30:00").await;
        let boxing = once(&app.ctx, home, hall, for_all("八段锦"), "2026-11-26T09:00:00").await;
        let singing = once(&app.ctx, home, room, for_all("合唱"), "2026-11-26T09:30:00").await;

        let page = staff.page("/staff/week/copy?from=2026-W48&to=2026-W49").await;
        let is_ticked = |id| page.contains(&format!("value=\"{id}\" checked"));
        assert!(is_ticked(boxing.session), "{page}");
        assert!(!is_ticked(tea.session) && !is_ticked(singing.session), "{page}");
        assert!(page.contains("照抄 1 场"), "{page}");
        assert!(page.contains("12月2日 周三 中午12:30：碰上午休"), "{page}");
        assert!(
            page.contains("来的是同一群人，他们那时在《八段锦》"),
            "the copy before counts: {page}"
        );
        assert_eq!(page.matches("知道了还要排，就勾上").count(), 2);

        let (tea, singing) = (tea.session.to_string(), singing.session.to_string());
        let form = [
            ("from", "2026-W48"),
            ("to", "2026-W49"),
            ("take", tea.as_str()),
            ("take", singing.as_str()),
        ];
        let done = staff.submit("/staff/week/copy", &form).await;
        assert_eq!(location(&done), "/staff/week?week=2026-W49&done=copied&n=2");
        assert_eq!(week_of(&app, date(2026, 12, 3)).await.len(), 2);
    }
);
