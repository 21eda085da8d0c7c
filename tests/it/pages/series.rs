//! The page of a series: every act shows what it would do before it does it.

use reqwest::StatusCode;
use xianglao::domain::access::Role;

use crate::support::app::{Client, TestApp};
use crate::support::plan::{series, titled};

/// A class every Wednesday, and the address of its series.
async fn weekly(app: &TestApp) -> (Client, String) {
    let basic = app.seed_basic().await;
    let planned = series(
        &app.ctx,
        basic.yunliang,
        basic.activity_room,
        titled("老年反诈课"),
        "2026-12-02T09:30:00",
        Some("FREQ=WEEKLY"),
    )
    .await;
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page(&format!("/staff/programmes/{}", planned.programme)).await;
    let link = page
        .split("href=\"/staff/series/")
        .nth(1)
        .expect("a link to the series");
    let id = link.split('"').next().expect("an id");
    (staff, format!("/staff/series/{id}"))
}

async fn send(staff: &Client, address: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = staff.submit(address, fields).await;
    (answer.status(), answer.text().await.expect("a page"))
}

/// The answer that a confirmation must carry back.
fn seen(page: &str) -> String {
    let after = page.split("name=\"seen\" value=\"").nth(1).expect("what was seen");
    after.split('"').next().expect("a value").to_owned()
}

#[tokio::test]
async fn a_pause_is_shown_before_it_is_done_and_undone_by_resuming() {
    let app = TestApp::sqlite().await;
    let (staff, address) = weekly(&app).await;
    let page = staff.page(&address).await;
    assert!(page.contains("正常办着") && page.contains("每周三") && page.contains("第1讲"));

    let pause = [("act", "pause"), ("from", "2026-12-09"), ("reason", "场地装修")];
    let (status, shown) = send(&staff, &address, &[&pause[..], &[("step", "preview")]].concat()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains("停办 24 次"), "{shown}");
    assert!(
        staff.page(&address).await.contains("正常办着"),
        "a look changes nothing"
    );

    let (status, shown) = send(
        &staff,
        &address,
        &[&pause[..], &[("step", "save"), ("seen", "0.1.2")]].concat(),
    )
    .await;
    assert_eq!(status, StatusCode::CONFLICT, "what was not seen is not done");
    let token = seen(&shown);
    let save = [&pause[..], &[("step", "save"), ("seen", token.as_str())]].concat();
    let (status, _) = send(&staff, &address, &save).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let paused = staff.page(&address).await;
    assert!(
        paused.contains("暂停中（从12月9日 周三起）") && paused.contains("场地装修"),
        "{paused}"
    );
    let public = app.client().page("/c/yunliang?week=2026-W51").await;
    assert!(public.contains("场地装修"), "residents read why");

    let resume = [("act", "resume"), ("from", "2026-12-23")];
    let (_, shown) = send(&staff, &address, &[&resume[..], &[("step", "preview")]].concat()).await;
    assert!(shown.contains("照常恢复 22 次"), "{shown}");
    let token = seen(&shown);
    let save = [&resume[..], &[("step", "save"), ("seen", token.as_str())]].concat();
    assert_eq!(send(&staff, &address, &save).await.0, StatusCode::SEE_OTHER);
    assert!(
        staff
            .page(&address)
            .await
            .contains("12月9日 周三起暂停，12月23日 周三恢复")
    );
}

#[tokio::test]
async fn topics_are_typed_one_a_line_and_wrong_days_are_named() {
    let app = TestApp::sqlite().await;
    let (staff, address) = weekly(&app).await;
    let topics = [("act", "topics"), ("topics", "认识新骗局\r\n守好钱袋子")];
    let (_, shown) = send(&staff, &address, &[&topics[..], &[("step", "preview")]].concat()).await;
    let token = seen(&shown);
    let save = [&topics[..], &[("step", "save"), ("seen", token.as_str())]].concat();
    assert_eq!(send(&staff, &address, &save).await.0, StatusCode::SEE_OTHER);
    let page = staff.page(&address).await;
    assert!(
        page.contains("第1讲 · 认识新骗局") && page.contains("第2讲 · 守好钱袋子"),
        "{page}"
    );

    for (fields, said) in [
        ([("act", "pause"), ("from", "soon"), ("step", "preview")], "#f-from"),
        (
            [("act", "pause"), ("from", "2026-11-01"), ("step", "preview")],
            "已经过去了",
        ),
        (
            [("act", "resume"), ("from", "2026-12-09"), ("step", "preview")],
            "现在没有暂停",
        ),
        (
            [("act", "explode"), ("from", ""), ("step", "preview")],
            "请从列表里选一个",
        ),
    ] {
        let (status, page) = send(&staff, &address, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(page.contains(said), "{fields:?}: {page}");
    }
}
