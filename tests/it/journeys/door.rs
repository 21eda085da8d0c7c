//! The door: cards, reasons why somebody is missing, everybody marked at once, and devices that do nothing but check in.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use xianglao::domain::absence::{Absence, Reason};
use xianglao::domain::access::{Action, Actor, Role};
use xianglao::domain::attendance::Tally;
use xianglao::domain::device::Term;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{AbsenceId, AttendanceId, CommunityId, ResidentId, SessionId};
use xianglao::services::absence::{self, Noted};
use xianglao::services::card::{self, Selection};
use xianglao::services::{Error, attendance, device, enrolment};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::door::{cancel, plan, resident, resident_of};

const TODAY: &str = "2026-11-25T08:00:00";

/// A class of this morning for which two have signed up; a third lives here.
struct Class {
    home: CommunityId,
    session: SessionId,
    xue: ResidentId,
    liu: ResidentId,
    ma: ResidentId,
}

async fn class(app: &TestApp) -> Class {
    let home = app.seed_basic().await.yunliang;
    let xue = resident(app, "薛秀英", "13900006621", Some(1950)).await;
    let liu = resident(app, "刘德福", "13900009021", Some(1945)).await;
    let ma = resident(app, "马秀芝", "13600005519", Some(1948)).await;
    app.clock.set("2026-11-24T08:00:00+08:00");
    let session = plan(app, "老年反诈课", TODAY, None).await.first();
    for who in [xue, liu] {
        enrolment::enrol_resident(&app.ctx, &Actor::System, home, session, who, Source::Counter)
            .await
            .expect("signed up");
    }
    app.clock.set("2026-11-25T08:10:00+08:00");
    Class {
        home,
        session,
        xue,
        liu,
        ma,
    }
}

fn door(session: SessionId) -> String {
    format!("/staff/sessions/{session}/check-in")
}

fn api(session: SessionId) -> String {
    format!("/api/v1/communities/yunliang/sessions/{session}")
}

fn code_of(error: &Error) -> String {
    match error {
        Error::Invalid(wrong) => wrong[0].code.to_owned(),
        Error::State { code } => (*code).to_owned(),
        Error::NotFound { what, .. } => format!("no {what}"),
        Error::Forbidden(refusal) => format!("{refusal:?}"),
        other => format!("{other:?}"),
    }
}

async fn tally(app: &TestApp, class: &Class) -> Tally {
    let list = attendance::door_list(&app.ctx, &Actor::System, class.home, class.session).await;
    list.expect("a list").tally
}

async fn answer(response: reqwest::Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

on_both!(a_card_finds_its_owner_until_it_is_replaced, async |app: TestApp| {
    let class = class(&app).await;
    let system = Actor::System;
    let (made, _) = card::issue(&app.ctx, &system, class.home, &Selection::All)
        .await
        .unwrap();
    assert_eq!(made, 3);
    let (again, _) = card::issue(&app.ctx, &system, class.home, &Selection::All)
        .await
        .unwrap();
    assert_eq!(again, 0, "numbers that are there stay");
    let (holders, more) = card::sheet(&app.ctx, &system, class.home, &Selection::All, 0)
        .await
        .unwrap();
    assert_eq!((holders.len(), more), (3, false));
    let of = |who: ResidentId| {
        let holder = holders.iter().find(|holder| holder.resident == who).expect("a holder");
        holder.code.clone().expect("a code")
    };
    let old = of(class.xue);
    let found = card::find(&app.ctx, &system, class.home, &old.for_people())
        .await
        .unwrap();
    assert_eq!(found, class.xue);
    let new = card::reissue(&app.ctx, &system, class.home, class.xue).await.unwrap();
    let refused = card::find(&app.ctx, &system, class.home, old.as_str())
        .await
        .unwrap_err();
    assert_eq!(code_of(&refused), "card-replaced");
    assert_eq!(
        card::find(&app.ctx, &system, class.home, &new.in_qr()).await.unwrap(),
        class.xue
    );
    let elsewhere = app.seed_basic().await.youyuan;
    let refused = card::find(&app.ctx, &system, elsewhere, new.as_str())
        .await
        .unwrap_err();
    assert_eq!(
        code_of(&refused),
        "card-unknown",
        "a card is good in its community only"
    );
    for wrong in ["", "7K3M", "13900006621"] {
        let refused = card::find(&app.ctx, &system, class.home, wrong).await.unwrap_err();
        assert_eq!(code_of(&refused), "card-unknown", "{wrong}");
    }
    let stranger = resident_of(&app, elsewhere, "郭凤英", "13700000001", None).await;
    let refused = card::reissue(&app.ctx, &system, class.home, stranger)
        .await
        .unwrap_err();
    assert_eq!(code_of(&refused), "no resident");
});

on_both!(cards_are_printed_for_whom_they_are_asked, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let made = staff.submit("/staff/residents/cards", &[("which", "missing")]).await;
    let sheet = staff.follow(made).await.text().await.unwrap();
    assert_eq!(sheet.matches("<svg class=\"qr\"").count(), 3, "{sheet}");
    assert!(sheet.contains("薛秀英") && sheet.contains("0374-0000001"), "{sheet}");
    assert!(!sheet.contains("6621"), "no number on a card");
    app.clock.advance(jiff::SignedDuration::from_mins(1));
    let made = staff.submit("/staff/residents/cards", &[("which", "missing")]).await;
    let sheet = staff.follow(made).await.text().await.unwrap();
    assert!(sheet.contains("没有要打印的卡"), "nobody misses one any more: {sheet}");
    let one = format!("/staff/residents/cards/sheet?which=ids&ids={}", class.ma);
    let sheet = staff.page(&one).await;
    assert!(sheet.contains("马秀芝") && !sheet.contains("薛秀英"), "{sheet}");
    for (which, words) in [
        ("building", "请写楼栋"),
        ("grid", "请选一个网格"),
        ("x", "请选给谁打印"),
    ] {
        let refused = staff.submit("/staff/residents/cards", &[("which", which)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains(words), "{which}");
    }
    let own = format!("/staff/residents/{}/card", class.ma);
    let before = staff.page(&own).await;
    let after = staff.submit(&own, &[]).await;
    let after = staff.follow(after).await.text().await.unwrap();
    assert!(before != after && after.contains("换过 1 次"), "{after}");
});

on_both!(a_card_checks_in_by_its_code, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let code = card::reissue(&app.ctx, &Actor::System, class.home, class.ma)
        .await
        .unwrap();
    let old = card::reissue(&app.ctx, &Actor::System, class.home, class.liu)
        .await
        .unwrap();
    card::reissue(&app.ctx, &Actor::System, class.home, class.liu)
        .await
        .unwrap();
    let id = || AttendanceId(app.ctx.new_id(app.ctx.now()));
    let known = id();
    let entries = json!([
        { "client_id": known, "card": code.in_qr() },
        { "client_id": id(), "card": old.as_str() },
        { "client_id": id(), "card": "not a card" },
        { "client_id": id(), "resident_id": class.xue },
        { "client_id": id(), "card": code.as_str(), "resident_id": class.ma },
    ]);
    for round in 0..2 {
        let said = answer(
            staff
                .post(&format!("{}/attendance", api(class.session)), &entries)
                .await,
        )
        .await;
        let status: Vec<&str> = (0..5).map(|n| said[n]["status"].as_str().unwrap()).collect();
        let first = ["created", "duplicate"][round];
        assert_eq!(status, [first, "error", "error", first, "error"], "{said}");
        assert_eq!(said[0]["name"], "马秀芝");
        assert_eq!(said[0]["resident_id"], json!(class.ma));
        assert_eq!(
            (&said[1]["code"], &said[2]["code"]),
            (&json!("card-replaced"), &json!("card-unknown"))
        );
        assert!(
            !said.to_string().contains(old.as_str()),
            "a card's code is not repeated: {said}"
        );
    }
    assert_eq!(tally(&app, &class).await.named, 2);
    let found = staff.page(&format!("{}?q={}", door(class.session), code.in_qr())).await;
    assert!(
        found.contains("全社区找到 1 人"),
        "a scanner types into the search: {found}"
    );
    let found = staff.page(&format!("{}?q={}", door(class.session), old.in_qr())).await;
    assert!(found.contains("的卡已经换过新的了"), "{found}");
});

on_both!(
    the_last_reason_counts_and_who_came_is_not_missing,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let id = || AbsenceId(app.ctx.new_id(app.ctx.now()));
        let note = async |client_id, resident, reason| {
            let entry = Absence {
                client_id,
                resident,
                reason,
            };
            absence::record(&app.ctx, &Actor::System, class.home, class.session, vec![entry])
                .await
                .map(|noted| noted[0])
        };
        let ill = id();
        assert_eq!(note(ill, class.xue, Reason::Ill).await.unwrap(), Noted::Created);
        assert_eq!(note(ill, class.xue, Reason::Ill).await.unwrap(), Noted::Duplicate);
        assert_eq!(
            note(ill, class.xue, Reason::Away).await.unwrap(),
            Noted::Refused("client-id-reused")
        );
        let away = id();
        assert_eq!(note(away, class.xue, Reason::Away).await.unwrap(), Noted::Created);
        let page = staff.page(&door(class.session)).await;
        assert!(page.contains("来不了 1 人") && page.contains("还没到 1 人"), "{page}");
        absence::withdraw(&app.ctx, &Actor::System, class.home, class.session, away)
            .await
            .unwrap();
        absence::withdraw(&app.ctx, &Actor::System, class.home, class.session, away)
            .await
            .unwrap();
        assert_eq!(
            note(away, class.xue, Reason::Away).await.unwrap(),
            Noted::Duplicate,
            "undone stays undone"
        );
        let page = staff.page(&door(class.session)).await;
        assert!(page.contains("还没到 2 人"), "{page}");

        note(id(), class.xue, Reason::Weather).await.unwrap();
        let entry = json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.xue });
        staff.post(&format!("{}/attendance", api(class.session)), &entry).await;
        let page = staff.page(&door(class.session)).await;
        assert!(
            page.contains("已经到 1 人") && page.contains("来不了 0 人"),
            "whoever came is not missing: {page}"
        );
        assert_eq!(
            note(id(), class.xue, Reason::Ill).await.unwrap(),
            Noted::Refused("absence-came")
        );

        let elsewhere = app.seed_basic().await.youyuan;
        let stranger = resident_of(&app, elsewhere, "郭凤英", "13700000001", None).await;
        assert_eq!(
            note(id(), stranger, Reason::Ill).await.unwrap(),
            Noted::Refused("resident-unknown")
        );
        let gone = absence::withdraw(&app.ctx, &Actor::System, class.home, class.session, id())
            .await
            .unwrap_err();
        assert_eq!(code_of(&gone), "no absence");
        let wrong = json!([{ "client_id": id(), "resident_id": class.liu, "reason": "asleep" }]);
        let refused = staff.post(&format!("{}/absences", api(class.session)), &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains("asleep"));
    }
);

on_both!(at_a_cancelled_session_nobody_is_missing, async |app: TestApp| {
    let class = class(&app).await;
    cancel(&app, class.session).await;
    let entry = Absence {
        client_id: AbsenceId(app.ctx.new_id(app.ctx.now())),
        resident: class.liu,
        reason: Reason::Ill,
    };
    let closed = absence::record(&app.ctx, &Actor::System, class.home, class.session, vec![entry]).await;
    assert_eq!(code_of(&closed.unwrap_err()), "session-cancelled");
});

on_both!(all_are_marked_in_one_act_and_taken_back_in_one, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let value = |page: &str, begins: &str| {
        let at = page.find(begins).unwrap_or_else(|| panic!("no {begins} in {page}"));
        page[at..].split('"').next().unwrap().to_owned()
    };
    let page = staff.page(&door(class.session)).await;
    let tap = value(&page, "all:");
    let done = staff.submit(&door(class.session), &[("tap", &tap)]).await;
    let said = staff.follow(done).await.text().await.unwrap();
    assert!(said.contains("2 人签到了，没来的再点一下"), "{said}");
    staff.submit(&door(class.session), &[("tap", &tap)]).await;
    assert_eq!(tally(&app, &class).await.named, 2, "the form sent twice counts once");
    let undo = value(&said, "unall:");
    for _ in 0..2 {
        staff.submit(&door(class.session), &[("tap", &undo)]).await;
        assert_eq!(tally(&app, &class).await.named, 0);
    }

    let page = staff.page(&door(class.session)).await;
    let none = value(&page, "none:");
    let done = staff.submit(&door(class.session), &[("tap", &none)]).await;
    let said = staff.follow(done).await.text().await.unwrap();
    assert!(said.contains("记了：没有人来"), "{said}");
    let report = staff.json("/api/v1/communities/yunliang/reports?month=2026-11").await;
    assert_eq!(
        (&report["sessions"], &report["visits"]),
        (&json!(1), &json!(0)),
        "held, and nobody came"
    );

    let why = value(&said, &format!("why:{}:ill:", class.liu));
    staff.submit(&door(class.session), &[("tap", &why)]).await;
    let page = staff.page(&door(class.session)).await;
    let tap = value(&page, "all:");
    staff.submit(&door(class.session), &[("tap", &tap)]).await;
    assert_eq!(tally(&app, &class).await.named, 1, "whoever is excused is not marked");
});

on_both!(
    many_are_undone_at_once_and_strange_ids_are_passed_over,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let id = || AttendanceId(app.ctx.new_id(app.ctx.now()));
        let (one, other) = (id(), id());
        let entries = json!([
            { "client_id": one, "resident_id": class.xue }, { "client_id": other, "headcount": 3 },
        ]);
        staff
            .post(&format!("{}/attendance", api(class.session)), &entries)
            .await;
        let undo = format!("{}/attendance/withdraw", api(class.session));
        let ids = json!({ "client_ids": [one, other, id()] });
        assert_eq!(answer(staff.post(&undo, &ids).await).await, json!({ "withdrawn": 2 }));
        assert_eq!(answer(staff.post(&undo, &ids).await).await, json!({ "withdrawn": 0 }));
        assert_eq!(tally(&app, &class).await.visits(), 0);
        let many: Vec<AttendanceId> = (0..501).map(|_| id()).collect();
        let refused = staff.post(&undo, &json!({ "client_ids": many })).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
);

on_both!(what_is_entered_days_later_says_so, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    app.clock.set("2026-12-20T09:00:00+08:00");
    let staff_now = app.client_as(Role::Staff).await;
    drop(staff);
    let chosen = staff_now.page("/staff/check-in?on=2026-11-25").await;
    assert!(
        chosen.contains(&door(class.session)),
        "any day can be entered: {chosen}"
    );
    let entry = json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.xue });
    staff_now
        .post(&format!("{}/attendance", api(class.session)), &entry)
        .await;
    let page = staff_now.page(&door(class.session)).await;
    assert!(page.contains("补签") && page.contains("12月20日"), "{page}");
    let wrong = staff_now.get("/staff/check-in?on=tomorrow").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
});

/// A client that opened a device's link.
async fn opened(app: &TestApp, term: Term) -> (Client, device::NewDevice) {
    let home = app.seed_basic().await.yunliang;
    let new = device::create(&app.ctx, &Actor::System, home, "门口平板", term)
        .await
        .unwrap();
    let tablet = app.client();
    let link = format!("/door/{}", new.link);
    assert!(tablet.page(&link).await.contains("门口平板"));
    let answer = tablet.submit(&link, &[]).await;
    assert_eq!(location(&answer), "/staff/check-in");
    (tablet, new)
}

on_both!(a_device_checks_in_and_sees_what_it_needs, async |app: TestApp| {
    let class = class(&app).await;
    let (tablet, _) = opened(&app, Term::Days90).await;
    let days = tablet.page("/staff/check-in").await;
    assert!(
        days.contains(&door(class.session)) && !days.contains("/staff/week"),
        "{days}"
    );
    let page = tablet.page(&door(class.session)).await;
    assert!(page.contains("薛秀英") && page.contains("尾号6621"), "{page}");
    for hidden in ["76岁", "13900006621", "checkin-feedback", "sign-in-sheet", "/feedback"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
    let entry = json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.xue });
    let done = tablet.post(&format!("{}/attendance", api(class.session)), &entry).await;
    assert_eq!(done.status(), StatusCode::CREATED);
    assert_eq!(tally(&app, &class).await.named, 1);

    let found = async |q: &str| tablet.page(&format!("{}?q={q}", door(class.session))).await;
    assert!(!found("m").await.contains("马秀芝"), "one letter is not enough");
    assert!(found("mx").await.contains("马秀芝"));
    for n in 0..12 {
        resident(
            &app,
            &format!(
                "丁秀{}",
                ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千"][n]
            ),
            "",
            None,
        )
        .await;
    }
    assert!(found("dx").await.contains("全社区找到 10 人"), "ten at the most");

    let far = plan(&app, "合唱排练", "2026-11-28T10:00:00", None).await.first();
    assert_eq!(
        tablet.get(&door(far)).await.status(),
        StatusCode::NOT_FOUND,
        "a day too far"
    );
    app.clock.set("2026-11-27T09:00:00+08:00");
    assert_eq!(tablet.get(&door(class.session)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(tablet.get(&door(far)).await.status(), StatusCode::OK);
});

on_both!(a_devices_right_ends_and_is_taken, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let (tablet, new) = opened(&app, Term::Today).await;
    assert_eq!(tablet.get("/staff/check-in").await.status(), StatusCode::OK);
    let twice = app.client().submit(&format!("/door/{}", new.link), &[]).await;
    assert_eq!(twice.status(), StatusCode::NOT_FOUND, "a link works once");
    let list = staff.page("/staff/devices").await;
    assert!(
        list.contains("门口平板") && list.contains("在用") && list.contains("11月25日"),
        "{list}"
    );
    app.clock.set("2026-11-26T00:00:00+08:00");
    let entry = json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.xue });
    let late = tablet.post(&format!("{}/attendance", api(class.session)), &entry).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED, "midnight ends it");

    let (tablet, new) = opened(&app, Term::UntilRevoked).await;
    assert_eq!(tablet.get("/staff/check-in").await.status(), StatusCode::OK);
    let staff = app.client_as(Role::Staff).await;
    staff
        .submit(&format!("/staff/devices/{}/revoke", new.device.id), &[])
        .await;
    let refused = tablet.post(&format!("{}/attendance", api(class.session)), &entry).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "at once");
    assert_eq!(tally(&app, &class).await.named, 0);

    let elsewhere = app.seed_basic().await.youyuan;
    let stray = device::revoke(&app.ctx, &Actor::System, elsewhere, new.device.id)
        .await
        .unwrap_err();
    assert_eq!(code_of(&stray), "no device", "another community's");
    let unopened = device::create(&app.ctx, &Actor::System, class.home, "备用", Term::Days90)
        .await
        .unwrap();
    app.clock.set("2026-11-28T00:00:00+08:00");
    let old = app.client().get(&format!("/door/{}", unopened.link)).await;
    assert_eq!(old.status(), StatusCode::NOT_FOUND, "a link waits for a day");
    for tampered in ["", "x", &unopened.link[1..], &format!("{}A", new.link)] {
        let gone = app.client().get(&format!("/door/{tampered}")).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND, "{tampered}");
    }
});

on_both!(what_names_a_device_is_answered_in_words, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    for (name, term, words) in [
        ("", "today", "请给设备起个名字"),
        ("门口", "for ever", "请选用多久"),
        (&"长".repeat(21), "today", "长长"),
    ] {
        let refused = staff.submit("/staff/devices", &[("name", name), ("term", term)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.text().await.unwrap();
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    let made = staff
        .submit("/staff/devices", &[("name", "门口平板"), ("term", "days90")])
        .await;
    let page = made.text().await.unwrap();
    assert!(page.contains("/door/") && page.contains("class=\"qr\""), "{page}");
    let link = page
        .split("/door/")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert!(!staff.page("/staff/devices").await.contains(&link), "shown once");
    let dump = format!("{:?}", entities_of(&app).await);
    assert!(!dump.contains(&link), "only its hash is stored");
});

async fn entities_of(app: &TestApp) -> Vec<entities::device::Model> {
    use sea_orm::EntityTrait as _;
    entities::device::Entity::find().all(app.db()).await.unwrap()
}

on_both!(two_phones_that_tap_at_once_meet_in_one_row, async |app: TestApp| {
    let class = class(&app).await;
    let (tablet, _) = opened(&app, Term::Days90).await;
    let staff = app.client_as(Role::Staff).await;
    let path = format!("{}/attendance", api(class.session));
    let body = || json!([{ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.xue }]);
    let (one, other) = (body(), body());
    let (first, second) = tokio::join!(tablet.post(&path, &one), staff.post(&path, &other));
    let (first, second) = (answer(first).await, answer(second).await);
    let mut both = [first[0]["status"].clone(), second[0]["status"].clone()];
    both.sort_by_key(ToString::to_string);
    assert_eq!(both, [json!("created"), json!("duplicate")]);
    assert_eq!(tally(&app, &class).await.named, 1);
});

/// What a device may call, said once more, so that an address that is opened to devices by mistake is noticed here.
const FOR_DEVICES: &[(&str, &str)] = &[
    ("GET", "/staff/check-in"),
    ("GET", "/staff/check-in/shell"),
    ("GET", "/staff/sessions/{id}/check-in"),
    ("POST", "/staff/sessions/{id}/check-in"),
    ("POST", "/api/v1/communities/{community}/sessions/{session}/attendance"),
    (
        "POST",
        "/api/v1/communities/{community}/sessions/{session}/attendance/withdraw",
    ),
    (
        "DELETE",
        "/api/v1/communities/{community}/sessions/{session}/attendance/{client_id}",
    ),
    ("POST", "/api/v1/communities/{community}/sessions/{session}/absences"),
    (
        "DELETE",
        "/api/v1/communities/{community}/sessions/{session}/absences/{client_id}",
    ),
];

#[tokio::test]
async fn a_device_reaches_the_door_and_nothing_else() {
    let app = TestApp::sqlite().await;
    let (tablet, _) = opened(&app, Term::Days90).await;
    for route in xianglao::web::routes().list() {
        let public = route.who == xianglao::web::routes::Who::Public;
        if public {
            continue;
        }
        let path: Vec<&str> = route
            .path
            .split('/')
            .map(|part| match part {
                "{community}" | "{c}" => "yunliang",
                part if part.starts_with('{') => "01900000-0000-7000-8000-000000000000",
                part => part,
            })
            .collect();
        let method = Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
        let status = tablet.request(method, &path.join("/")).send().await.unwrap().status();
        let open = FOR_DEVICES.contains(&(route.method.as_str(), route.path));
        let who = format!("{} {}: {status}", route.method, route.path);
        assert_eq!(status != StatusCode::FORBIDDEN, open, "{who}");
        assert!(!status.is_server_error() && status != StatusCode::UNAUTHORIZED, "{who}");
    }
}

#[test]
fn the_list_for_devices_has_no_dead_lines() {
    let routes = xianglao::web::routes();
    for (method, path) in FOR_DEVICES {
        let there = routes
            .list()
            .iter()
            .any(|route| route.method.as_str() == *method && route.path == *path);
        assert!(there, "{method} {path}");
    }
    assert!(Action::ALL.contains(&Action::TakeAttendance));
}

#[tokio::test]
async fn logging_out_wipes_the_device_and_the_worker_names_its_version() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let shell = staff.page("/staff/check-in/shell").await;
    assert!(
        shell.contains("data-session=\"\"") && shell.contains("data-row"),
        "{shell}"
    );
    let worker = app.client().get("/staff/check-in-worker.js").await;
    assert_eq!(worker.headers()["cache-control"], "no-cache");
    assert!(
        worker.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/javascript")
    );
    assert!(worker.headers().contains_key("content-security-policy"));
    let script = worker.text().await.unwrap();
    let files = script
        .lines()
        .find(|line| line.starts_with("const FILES"))
        .expect("the files");
    for file in files.split('"').filter(|part| part.starts_with("/static/")) {
        assert!(file.contains("?v="), "{file}");
        assert_eq!(app.client().get(file).await.status(), StatusCode::OK, "{file}");
    }
    let out = staff.submit("/logout", &[]).await;
    assert_eq!(out.headers()["clear-site-data"], "\"storage\"");
}
