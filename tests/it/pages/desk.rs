//! The phone desk, as a keyboard without scripts goes through it.

use entities::{enrolment as row, resident as resident_row};
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{CommunityId, ResidentId, SessionId};
use xianglao::services::resident::{self, NewResident};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::plan::{once, titled};
use crate::support::planner::{text, value_of};

async fn session(app: &TestApp, title: &str, seats: i32, at: &str) -> (CommunityId, SessionId) {
    let basic = app.seed_basic().await;
    let mut new = titled(title);
    new.capacity = Some(seats);
    let planned = once(&app.ctx, basic.yunliang, basic.activity_room, new, at).await;
    (basic.yunliang, planned.session)
}

async fn known(app: &TestApp, name: &str, phone: &str, building: &str) -> ResidentId {
    let home = app.seed_basic().await.yunliang;
    // Ids of one millisecond have no order.
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let new = NewResident {
        name: name.to_owned(),
        phone: phone.to_owned(),
        building: building.to_owned(),
        ..NewResident::default()
    };
    resident::create(&app.ctx, &Actor::System, home, new).await.unwrap().id
}

async fn rows(app: &TestApp) -> Vec<row::Model> {
    row::Entity::find().all(app.db()).await.unwrap()
}

/// Sends the form of the desk's caller.
async fn book(staff: &Client, who: ResidentId, fields: &[(&str, &str)]) -> reqwest::Response {
    let page = staff.page(&format!("/staff/desk?who={who}")).await;
    let (who, list) = (who.to_string(), value_of(&page, "list"));
    let mut all = vec![("who", who.as_str()), ("list", list.as_str())];
    all.extend_from_slice(fields);
    staff.submit("/staff/desk", &all).await
}

on_both!(a_caller_is_found_signed_up_and_taken_back, async |app| {
    let (_, id) = session(&app, "老年反诈课", 10, "2026-11-26T09:30:00").await;
    let who = known(&app, "李秀英", "13900006621", "日月苑3号楼").await;
    known(&app, "李晓燕", "13900006622", "").await;
    let staff = app.client_as(Role::Staff).await;
    assert!(staff.page("/staff").await.contains("href=\"/staff/desk\""));

    // Two have these initials: a list, and the digit behind the letters picks.
    let page = staff.page("/staff/desk?q=lxy").await;
    assert!(page.contains("李秀英") && page.contains("李晓燕") && page.contains("尾号6621"));
    for query in ["lxy2", "6621", "13900006621", "李秀英"] {
        let found = staff.get(&format!("/staff/desk?q={query}")).await;
        assert_eq!(location(&found), format!("/staff/desk?who={who}"), "{query}");
    }

    let done = book(&staff, who, &[("n", "1"), ("source", "counter"), ("by", "女儿小刘")]).await;
    let page = text(staff.follow(done).await, StatusCode::OK).await;
    assert!(
        page.contains("李秀英，明天（11月26日 周四） 上午9:30，老年活动室，老年反诈课，您的位子留好了。"),
        "{page}"
    );
    assert!(
        page.contains("value=\"counter\" checked"),
        "how they came is remembered"
    );
    let stored = rows(&app).await;
    assert_eq!(
        (stored[0].source.as_str(), stored[0].signed_up_by.as_str()),
        ("counter", "女儿小刘")
    );

    let again = book(&staff, who, &[("n", "1")]).await;
    let page = text(staff.follow(again).await, StatusCode::OK).await;
    assert!(page.contains("没有再报一次") && !page.contains("一分钟内"), "{page}");
    assert_eq!(rows(&app).await.len(), 1);

    let (who, session, enrolment) = (who.to_string(), id.to_string(), stored[0].id.to_string());
    let fields = [("who", who.as_str()), ("session", &session), ("enrolment", &enrolment)];
    let undone = staff.submit("/staff/desk/undo", &fields).await;
    let page = text(staff.follow(undone).await, StatusCode::OK).await;
    assert!(page.contains("撤回了") && page.contains("现在没有报着的"), "{page}");
    assert_eq!(rows(&app).await[0].status, "cancelled");
});

on_both!(after_a_minute_there_is_no_taking_back_but_giving_up, async |app| {
    let (_, id) = session(&app, "老年反诈课", 10, "2026-11-26T09:30:00").await;
    let who = known(&app, "李秀英", "13900006621", "").await;
    let staff = app.client_as(Role::Staff).await;
    book(&staff, who, &[("n", "1")]).await;
    app.clock.advance(jiff::SignedDuration::from_secs(61));
    let (who, session) = (who.to_string(), id.to_string());
    let enrolment = rows(&app).await[0].id.to_string();
    let fields = [("who", who.as_str()), ("session", &session), ("enrolment", &enrolment)];
    let late = text(staff.submit("/staff/desk/undo", &fields).await, StatusCode::CONFLICT).await;
    assert!(late.contains("过了一分钟") && late.contains("李秀英"), "{late}");
    assert_eq!(rows(&app).await[0].status, "enrolled");
    let gone = staff.submit("/staff/desk/cancel", &fields).await;
    let page = text(staff.follow(gone).await, StatusCode::OK).await;
    assert!(page.contains("给李秀英取消了"), "{page}");
});

on_both!(somebody_new_is_entered_and_signed_up_in_one_step, async |app| {
    let (_, id) = session(&app, "老年反诈课", 10, "2026-11-26T09:30:00").await;
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page(&format!("/staff/desk?q=张秀兰&session={id}")).await;
    assert!(page.contains("没有找到“张秀兰”"));
    assert_eq!(value_of(&page, "name"), "张秀兰", "what was typed is the first half");
    let id = id.to_string();
    let wrong = [
        ("name", "张秀兰"),
        ("phone", "1380000123"),
        ("pre", id.as_str()),
        ("by", "邻居"),
    ];
    let page = text(
        staff.submit("/staff/desk", &wrong).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(page.contains("少了1位"), "{page}");
    assert_eq!(
        (value_of(&page, "phone"), value_of(&page, "by")),
        ("1380000123".to_owned(), "邻居".to_owned())
    );
    let right = [
        ("name", "张秀兰"),
        ("phone", "13800001234"),
        ("pre", id.as_str()),
        ("source", "phone"),
    ];
    for said in ["您的位子留好了", "没有再报一次"] {
        let done = staff.submit("/staff/desk", &right).await;
        let page = text(staff.follow(done).await, StatusCode::OK).await;
        assert!(page.contains(said), "{page}");
    }
    let people = resident_row::Entity::find().all(app.db()).await.unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(
        (people[0].source.as_str(), people[0].consent_version.as_deref()),
        ("phone", Some("2026-11"))
    );
    assert_eq!(
        people[0].consent_on.map(|day| day.to_string()).as_deref(),
        Some("2026-11-25")
    );
});

on_both!(a_full_session_is_told_before_anybody_waits, async |app| {
    let (_, full) = session(&app, "老年反诈课", 1, "2026-11-26T09:30:00").await;
    let (_, other) = session(&app, "老年反诈课", 5, "2026-11-27T09:30:00").await;
    let first = known(&app, "李秀英", "13900000001", "").await;
    let second = known(&app, "刘德福", "13900000002", "").await;
    let staff = app.client_as(Role::Staff).await;
    book(&staff, first, &[("n", "1")]).await;
    let asked = text(book(&staff, second, &[("n", "1")]).await, StatusCode::CONFLICT).await;
    assert!(
        asked.contains("老年反诈课满了") && asked.contains("排队等位子") && asked.contains("改报 后天"),
        "{asked}"
    );
    assert_eq!(rows(&app).await.len(), 1, "nothing was done yet");

    let full = full.to_string();
    let waits = book(&staff, second, &[("session", &full), ("wait", "yes")]).await;
    let page = text(staff.follow(waits).await, StatusCode::OK).await;
    assert!(page.contains("给您排上队了，您是第一位"), "{page}");

    // From the queue to the session that has a place: the old place is given up.
    let waiting = rows(&app)
        .await
        .into_iter()
        .find(|one| one.status == "waitlisted")
        .unwrap();
    let (other, from) = (other.to_string(), waiting.id.to_string());
    let moved = book(&staff, second, &[("session", &other), ("from", &from)]).await;
    let page = text(staff.follow(moved).await, StatusCode::OK).await;
    assert!(page.contains("后天（11月27日 周五） 上午9:30"), "{page}");
    let mut states: Vec<(String, String)> = rows(&app)
        .await
        .into_iter()
        .map(|one| (one.session_id.to_string(), one.status))
        .collect();
    states.sort();
    let mut wanted = vec![
        (full.clone(), "enrolled".to_owned()),
        (full.clone(), "cancelled".to_owned()),
        (other, "enrolled".to_owned()),
    ];
    wanted.sort();
    assert_eq!(states, wanted);
    let counters = entities::session::Entity::find().all(app.db()).await.unwrap();
    assert!(
        counters.iter().all(|one| (one.enrolled, one.waitlisted) == (1, 0)),
        "counters equal rows"
    );
});

on_both!(what_cannot_be_is_said_and_what_was_typed_stays, async |app| {
    session(&app, "老年反诈课", 1, "2026-11-26T09:30:00").await;
    let who = known(&app, "李秀英", "13900000001", "").await;
    let staff = app.client_as(Role::Staff).await;
    let page = text(
        book(&staff, who, &[("n", "7"), ("by", "小刘")]).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(page.contains("没有第 7 场"), "{page}");
    assert_eq!(
        (value_of(&page, "n"), value_of(&page, "by")),
        ("7".to_owned(), "小刘".to_owned())
    );
    let page = text(book(&staff, who, &[]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(page.contains("请选一场"), "{page}");
    app.clock.set("2026-11-26T10:00:00+08:00");
    let (_, begun) = session(&app, "合唱", 5, "2026-11-26T14:30:00").await;
    let begun = begun.to_string();
    app.clock.set("2026-11-26T15:00:00+08:00");
    // The login of yesterday is over.
    let staff = app.client_as(Role::Staff).await;
    let who = who.to_string();
    let late = [("who", who.as_str()), ("session", begun.as_str())];
    let page = text(
        staff.submit("/staff/desk", &late).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(page.contains("已经开始") && page.contains("李秀英"), "{page}");
    for role in [Role::Partner, Role::District] {
        let stranger = app.client_as(role).await;
        assert_eq!(stranger.get("/staff/desk").await.status(), StatusCode::FORBIDDEN);
    }
});
