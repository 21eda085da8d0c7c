//! A calendar file of another program is looked through, and what is ticked becomes programmes and series.

use jiff::tz::TimeZone;
use reqwest::{Method, StatusCode};
use serde_json::json;
use xianglao::domain::access::Role;
use xianglao::domain::calendar::HolidayCalendar;
use xianglao::domain::icalendar::read::read;
use xianglao::domain::recurrence::Window;
use xianglao::services::calendar_import::forget_old;

use crate::api::plan::{HOME, plan, programme, sessions, text, wednesdays};
use crate::support::app::{Client, TestApp, on_both};

const FILE: &str = "BEGIN:VCALENDAR\nVERSION:2.0\n\
    BEGIN:VEVENT\nUID:a\nSUMMARY:书法课\nLOCATION:运粮社区 老年活动室\nDTSTART;TZID=Asia/Shanghai:20250903T143000\n\
    DTEND;TZID=Asia/Shanghai:20250903T153000\nRRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20270131T000000Z\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:b\nSUMMARY:年会\nDTSTART;VALUE=DATE:20261231\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:c\nSUMMARY:老课\nDTSTART:20200101T090000\nDURATION:PT1H\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:d\nSUMMARY:茶会\nDTSTART:20261210T090000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n";

async fn upload(staff: &Client, content: &[u8]) -> (StatusCode, String, Option<String>) {
    let mut body = b"--x-x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"old.ics\"\r\n\r\n".to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--x-x--\r\n");
    let request = staff
        .request(Method::POST, "/staff/import")
        .header("content-type", "multipart/form-data; boundary=x-x")
        .body(body);
    let answer = request.send().await.expect("an answer");
    let to = answer
        .headers()
        .get("location")
        .map(|to| to.to_str().expect("an address").to_owned());
    (answer.status(), answer.text().await.expect("a page"), to)
}

/// What a review page sends back when everything offered is taken as it stands.
fn taken<'a>(page: &'a str, venue: &'a str) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    for number in 0..5 {
        if page.contains(&format!("name=\"take\" value=\"{number}\"")) {
            fields.push(("take", number.to_string()));
            fields.push(("venue", format!("{number}:{venue}")));
            fields.push(("kind", format!("{number}:culture")));
        }
    }
    fields
}

async fn send(staff: &Client, address: &str, fields: &[(&'static str, String)]) -> (StatusCode, String) {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = staff.submit(address, &fields).await;
    (answer.status(), answer.text().await.expect("a page"))
}

on_both!(a_file_is_looked_through_and_planned_once, async |app| {
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let api = app.bearer_as(Role::Staff).await;
    let (status, _, to) = upload(&staff, FILE.as_bytes()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let address = to.expect("the review");
    let page = staff.page(&address).await;
    for words in [
        "书法课",
        "每周三 下午2:30",
        "2026年12月2日",
        "年会",
        "全天的",
        "都已经过去了",
        "茶会",
        "新项目",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(
        sessions(&api, "2026-11-25", "2027-05-26").await.len(),
        0,
        "a look plans nothing"
    );

    let venue = basic.activity_room.to_string();
    let mut fields = taken(&page, &venue);
    assert_eq!(fields.len(), 6, "what is over cannot be taken: {fields:?}");
    let (status, shown) = send(
        &staff,
        &address,
        &[("take", "3".to_owned()), ("kind", "3:culture".to_owned())],
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.contains("请给它选一个场地"), "{shown}");

    fields.push(("take", "99".to_owned()));
    fields.push(("venue", format!("99:{venue}")));
    fields.push(("kind", "99:culture".to_owned()));
    assert_eq!(
        send(&staff, &address, &fields).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        sessions(&api, "2026-11-25", "2027-05-26").await.len(),
        0,
        "all or nothing"
    );
    fields.truncate(6);
    let (status, done) = send(&staff, &address, &fields).await;
    assert_eq!(status, StatusCode::OK);
    assert!(done.contains("排好 2 个系列"), "{done}");
    let planned = sessions(&api, "2026-11-25", "2027-05-26").await;
    // Today's class at half past two and those up to the end of January, and the tea.
    assert_eq!(planned.len(), 10 + 1);
    assert_eq!(planned[0]["starts_at"], "2026-11-25T14:30:00+08:00");
    assert!(planned.iter().any(|session| session["title"] == "茶会"));

    let (status, again) = send(&staff, &address, &fields).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(again.contains("已经导入过了"), "{again}");
    assert_eq!(sessions(&api, "2026-11-25", "2027-05-26").await.len(), 11);

    let (_, _, to) = upload(&staff, FILE.as_bytes()).await;
    let page = staff.page(&to.expect("the review")).await;
    assert!(page.contains("已经有一样的系列了"), "{page}");
});

on_both!(a_file_nobody_confirmed_is_let_go_after_a_day, async |app| {
    let staff = app.client_as(Role::Staff).await;
    let (_, _, to) = upload(&staff, FILE.as_bytes()).await;
    let address = to.expect("the review");
    assert_eq!(forget_old(&app.ctx).await.unwrap(), 0);
    app.clock.set("2026-11-26T09:00:00+08:00");
    assert_eq!(forget_old(&app.ctx).await.unwrap(), 1);
    // The login of the day before is over, too.
    let answer = app.client_as(Role::Staff).await.get(&address).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
});

#[tokio::test]
async fn a_wrong_file_is_answered_in_words() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    for (content, words) in [
        (&b""[..], "文件是空的"),
        (b"%PDF-1.7 x", "这不是日历文件"),
        (b"BEGIN:VCALENDAR\n\xca\xe9\xb7\xa8", "不是 UTF-8"),
    ] {
        let (status, page, _) = upload(&staff, content).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(page.contains(words), "{words}: {page}");
    }
    // Larger than any body may be: refused by its announced length, without being read.
    let huge = staff
        .request(Method::POST, "/staff/import")
        .header("content-type", "multipart/form-data; boundary=x-x")
        .header("content-length", "104857600")
        .body(Vec::new());
    if let Ok(answer) = huge.send().await {
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (status, _, _) = upload(&staff, &vec![b'x'; 2 * 1024 * 1024]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

on_both!(our_own_feed_reads_back_as_the_dates_we_have, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    plan(&staff, &wednesdays(&app, &class).await).await;
    let before = sessions(&staff, "2026-11-25", "2027-05-26").await;
    let change = |id: &serde_json::Value, body: serde_json::Value| {
        let address = format!("{HOME}/sessions/{}", text(id));
        let staff = &staff;
        async move { assert_eq!(staff.patch(&address, &body).await.status(), StatusCode::OK) }
    };
    change(&before[2]["id"], json!({"starts_at": "2026-12-17T15:00:00"})).await;
    change(&before[4]["id"], json!({"status": "cancelled", "reason": "停电"})).await;
    let feed = app.client().page("/c/yunliang/calendar.ics").await;
    let home = TimeZone::get("Asia/Shanghai").unwrap();
    let found = read(feed.as_bytes(), &home).unwrap();
    assert_eq!((found.events.len(), found.left.len()), (1, 0), "{:?}", found.left);
    let window = Window {
        from: "2026-11-25T00:00:00".parse().unwrap(),
        to: "2027-05-26T00:00:00".parse().unwrap(),
    };
    let dates = found.events[0]
        .recurrence(&home)
        .occurrences(window, 100, &HolidayCalendar::empty())
        .unwrap();
    let dates: Vec<String> = dates
        .occurrences
        .iter()
        .map(|date| date.starts.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string())
        .collect();
    let mut ours: Vec<String> = sessions(&staff, "2026-11-25", "2027-05-26")
        .await
        .iter()
        .filter(|session| session["status"] != "cancelled")
        .map(|session| text(&session["starts_at"]))
        .collect();
    ours.sort();
    assert_eq!(dates, ours);
});
