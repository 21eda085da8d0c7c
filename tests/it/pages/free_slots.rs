//! Looking for a free time: the form, the ranked list in words, and the way from a slot to a new activity.

use reqwest::StatusCode;
use xianglao::domain::access::Role;

use crate::support::app::{TestApp, location, on_both};
use crate::support::plan::{once, titled};
use crate::support::planner::{send, text, value_of};
use crate::support::venues::equip;

const ASKED: &str = "/staff/free-slots?duration=60&from=2026-12-02&to=2026-12-02";

/// Where the first slot of a list leads.
fn first_slot(html: &str) -> String {
    let list = html.find("fs-list").unwrap_or_else(|| panic!("no list in {html}"));
    let at = list + html[list..].find("href=\"/staff/programmes/new").expect("a link") + 6;
    html[at..]
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

on_both!(
    the_best_slot_leads_to_a_new_activity_that_is_filled_in,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        equip(&app, basic.hall, "投影仪 音响").await;
        once(
            &app.ctx,
            basic.yunliang,
            basic.hall,
            titled("合唱"),
            "2026-12-02T09:00:00",
        )
        .await;
        let staff = app.client_as(Role::Staff).await;
        let empty = staff.page("/staff/free-slots").await;
        assert!(!empty.contains("fs-list"), "nothing was asked yet");
        assert_eq!(value_of(&empty, "duration"), "90");
        assert_eq!(value_of(&empty, "from"), "2026-11-25");
        let asked = format!("{ASKED}&people=30&needs=投影仪&leader={}&days=WE", basic.zhang);
        let html = staff.page(&asked).await;
        for said in [
            "多功能厅",
            "要的设备都有",
            "主讲人有空",
            "场地大小正合适",
            "首选",
            "午休以后",
        ] {
            assert!(html.contains(said), "{said}: {html}");
        }
        let list = &html[html.find("fs-list").unwrap()..];
        assert!(!list.contains("老年活动室"), "too small, and no projector");
        assert_eq!(value_of(&html, "needs"), "投影仪", "what was typed stays");
        let href = first_slot(&html);
        assert!(
            href.starts_with("/staff/programmes/new?date=2026-12-02&start=14:30&"),
            "{href}"
        );
        let form = staff.page(&href).await;
        assert_eq!(value_of(&form, "date"), "2026-12-02");
        assert_eq!(value_of(&form, "start"), "14:30");
        assert_eq!(value_of(&form, "duration"), "60");
        assert_eq!(value_of(&form, "capacity"), "30");
        assert!(form.contains(&format!("<option value=\"{}\" selected>", basic.hall)));
        assert!(form.contains(&format!("<option value=\"{}\" selected>", basic.zhang)));
        assert!(form.contains("<option value=\"none\" selected>"), "a single date");
        let saved = [
            ("token", value_of(&form, "token")),
            ("title", "反诈课".to_owned()),
            ("kind", "class".to_owned()),
            ("sign_up", "optional".to_owned()),
            ("counting", "both".to_owned()),
            ("venue", basic.hall.to_string()),
            ("facilitator", basic.zhang.to_string()),
            ("date", "2026-12-02".to_owned()),
            ("start", "14:30".to_owned()),
            ("duration", "60".to_owned()),
            ("capacity", "30".to_owned()),
            ("holiday", "skip".to_owned()),
            ("repeat", "none".to_owned()),
            ("ends", "never".to_owned()),
            ("step", "save".to_owned()),
        ];
        let to = location(&send(&staff, "/staff/programmes", &saved).await);
        assert!(to.ends_with("done=planned&n=1"), "{to}");
        // What was free is free no more.
        let again = staff.page(&asked).await;
        assert!(!first_slot(&again).contains("start=14:30"), "{}", first_slot(&again));
    }
);

#[tokio::test]
async fn a_wrong_wish_is_said_of_its_box_and_what_was_typed_stays() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    for (asked, field, said) in [
        ("/staff/free-slots?duration=一小时", "duration", "“一小时”不是数字"),
        ("/staff/free-slots?duration=3", "duration", "要在 5 到 720 之间"),
        ("/staff/free-slots?duration=60&people=很多", "people", "“很多”不是数字"),
        (
            "/staff/free-slots?duration=60&people=0",
            "people",
            "要在 1 到 2000 之间",
        ),
        ("/staff/free-slots?duration=60&from=2026-02-30", "from", "日期没填对"),
        (
            "/staff/free-slots?duration=60&from=2026-12-02&to=2026-12-01",
            "to",
            "结束的日子早于开始的日子",
        ),
        ("/staff/free-slots?duration=60&days=XX", "days", "请从列表里选一个"),
        (
            "/staff/free-slots?duration=60&venue=nowhere",
            "venue",
            "请从列表里选一个",
        ),
    ] {
        let html = text(staff.get(asked).await, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(html.contains(said), "{asked}: {html}");
        assert!(html.contains(&format!("href=\"#f-{field}\"")), "{asked}: {html}");
        assert!(html.contains(&format!("id=\"f-{field}\"")), "{asked}");
    }
    let none = staff.page(&format!("{ASKED}&people=2000")).await;
    assert!(none.contains("这样的空档没有"), "{none}");
}

#[tokio::test]
async fn only_staff_look_for_free_times_and_in_english_too() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    for role in [Role::District, Role::Partner] {
        let refused = app.client_as(role).await.get(ASKED).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    let staff = app.client_as(Role::Staff).await;
    let html = staff.page(&format!("{ASKED}&lang=en")).await;
    assert!(
        html.contains("Plan this") && html.contains("most people come in the morning"),
        "{html}"
    );
    assert!(!html.contains("Unknown localization") && !html.contains(" style="));
    for page in ["/staff/week?lang=zh-CN", "/staff/programmes/new"] {
        assert!(staff.page(page).await.contains("href=\"/staff/free-slots\""), "{page}");
    }
}
