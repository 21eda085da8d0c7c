//! `/staff/holidays`: from the notice in the box to the changed plan, as a browser without scripts does it.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::Role;
use xianglao::domain::planning::SessionStatus;

use crate::support::app::{Client, TestApp, location};
use crate::support::planner::{planned, session_on, text, value_of};

const NOTICE: &str =
    r#"{"2027":{"holidays":{"2027-01-01":"元旦","2027-01-13":"试假"},"workdays":{"2027-01-03":"元旦"}}}"#;

/// The form of the page as a browser sends it, with a file or without.
async fn look(client: &Client, notice: &str, file: Option<&[u8]>, status: StatusCode) -> String {
    let mut body = Vec::new();
    let head = "Content-Disposition: form-data; name=";
    body.extend_from_slice(format!("--x-x\r\n{head}\"notice\"\r\n\r\n{notice}\r\n").as_bytes());
    body.extend_from_slice(format!("--x-x\r\n{head}\"file\"; filename=\"2027.json\"\r\n\r\n").as_bytes());
    body.extend_from_slice(file.unwrap_or_default());
    body.extend_from_slice(b"\r\n--x-x--\r\n");
    let request = client
        .request(reqwest::Method::POST, "/staff/holidays/review")
        .header("content-type", "multipart/form-data; boundary=x-x")
        .body(body);
    text(request.send().await.unwrap(), status).await
}

fn unescaped(value: &str) -> String {
    value.replace("&#34;", "\"").replace("&quot;", "\"")
}

#[tokio::test]
async fn a_notice_is_pasted_reviewed_and_applied() {
    let app = TestApp::sqlite().await;
    let admin = app.client_as(Role::Admin).await;
    planned(&app, &app.client_as(Role::Staff).await).await;
    let page = admin.page("/staff/holidays?year=2027").await;
    assert!(page.contains("2027 年的放假安排还没有导入"), "{page}");

    let seen = look(&admin, NOTICE, None, StatusCode::OK).await;
    assert!(seen.contains("试假放假停课") && seen.contains("应用："), "{seen}");
    assert_eq!(
        session_on(&app, date(2027, 1, 13)).await.status,
        SessionStatus::Scheduled,
        "only looked"
    );
    let notice = unescaped(&value_of(&seen, "notice"));
    assert_eq!(notice, NOTICE);
    let digest = value_of(&seen, "seen");

    // Something else than what was seen is shown again instead.
    let other = admin
        .submit("/staff/holidays", &[("notice", &notice), ("seen", "0")])
        .await;
    let other = text(other, StatusCode::CONFLICT).await;
    assert!(other.contains("请再看一遍"), "{other}");
    assert_eq!(
        session_on(&app, date(2027, 1, 13)).await.status,
        SessionStatus::Scheduled
    );

    let done = admin
        .submit("/staff/holidays", &[("notice", &notice), ("seen", &digest)])
        .await;
    let page = admin.page(&location(&done)).await;
    assert!(page.contains("已经应用") && page.contains("1 场取消"), "{page}");
    assert!(page.contains("试假") && page.contains("休 2 天"), "{page}");
    assert_eq!(
        session_on(&app, date(2027, 1, 13)).await.status,
        SessionStatus::Cancelled
    );
    let week = admin.page("/staff/week?week=2027-W02").await;
    assert!(week.contains("试假"), "the planner marks the day: {week}");
    let again = look(&admin, NOTICE, None, StatusCode::OK).await;
    assert!(again.contains("和现在的一样"), "{again}");
}

#[tokio::test]
async fn a_notice_may_come_as_a_file_and_what_is_wrong_is_named() {
    let app = TestApp::sqlite().await;
    let admin = app.client_as(Role::Admin).await;
    let seen = look(&admin, "", Some(NOTICE.as_bytes()), StatusCode::OK).await;
    assert!(seen.contains("只改日历"), "{seen}");
    let wrong = [
        (Vec::new(), "贴进来"),
        (b"{".to_vec(), "读不懂"),
        (vec![0xff, 0xfe], "读不懂"),
        (br#"{"2027":{"holidays":{"2027-02-30":"x"}}}"#.to_vec(), "2027-02-30"),
        (vec![b'1'; 300 * 1024], "太大"),
    ];
    for (bytes, said) in wrong {
        let page = look(&admin, "", Some(&bytes), StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(page.contains(said), "{said}: {page}");
    }
    let kept = r#"{"1800":{"holidays":{}}}"#;
    let page = look(&admin, kept, None, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(
        page.contains("1800") && page.contains("不是 1900"),
        "what was pasted stays: {page}"
    );
}

#[tokio::test]
async fn staff_see_the_days_and_cannot_import() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page("/staff/holidays?year=2026").await;
    assert!(page.contains("国庆节") && !page.contains("enctype"), "{page}");
    let refused = staff
        .submit("/staff/holidays", &[("notice", NOTICE), ("seen", "")])
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    look(&staff, NOTICE, None, StatusCode::FORBIDDEN).await;
}
