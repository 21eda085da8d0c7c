//! From the door to the month's report: a class is held, people are checked in, the report has the numbers and the sessions behind them.

use reqwest::StatusCode;
use serde_json::json;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{AttendanceId, ResidentId, SessionId};
use xianglao::services::enrolment;

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::browser::Browser;
use crate::support::door::{plan, resident};

/// This morning, ten minutes before the tests begin.
const TODAY: &str = "2026-11-25T08:00:00";
/// Nothing waits on the device any more, as its page says.
const SENT: &str = "document.body.dataset.waiting === '0'";

fn door(session: SessionId) -> String {
    format!("/staff/sessions/{session}/check-in")
}

/// A class of this morning that two have signed up for: 薛秀英 and 刘德福. 马秀芝 lives here and has not.
struct Class {
    session: SessionId,
    xue: ResidentId,
    liu: ResidentId,
    du: ResidentId,
}

async fn class(app: &TestApp) -> Class {
    let community = app.seed_basic().await.yunliang;
    let xue = resident(app, "薛秀英", "13900006621", Some(1950)).await;
    let liu = resident(app, "刘德福", "13900009021", Some(1945)).await;
    let du = resident(app, "马秀芝", "13600005519", Some(1948)).await;
    app.clock.set("2026-11-24T08:00:00+08:00");
    let session = plan(app, "老年反诈课", TODAY, None).await.first();
    for who in [xue, liu] {
        enrolment::enrol_resident(&app.ctx, &Actor::System, community, session, who, Source::Counter)
            .await
            .expect("signed up");
    }
    app.clock.set("2026-11-25T08:10:00+08:00");
    Class { session, xue, liu, du }
}

/// The value of the button of a page whose text begins with these words.
fn button(page: &str, begins: &str) -> String {
    let at = page.find(begins).unwrap_or_else(|| panic!("no {begins} in {page}"));
    page[at..].split('"').next().expect("a value ends").to_owned()
}

fn entry_of(tap: &str) -> &str {
    tap.rsplit(':').next().expect("an id")
}

async fn visits(client: &Client) -> serde_json::Value {
    client.json("/api/v1/communities/yunliang/reports?month=2026-11").await["visits"].clone()
}

on_both!(
    a_class_is_counted_at_the_door_without_a_script_and_stands_in_the_report,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let choose = staff.page("/staff/check-in").await;
        assert!(choose.contains(&door(class.session)), "today's class is offered");

        let page = staff.page(&door(class.session)).await;
        assert!(page.contains("还没到 2 人") && page.contains("报名 2 人"), "{page}");
        let tap = button(&page, &format!("in:{}", class.xue));
        let answer = staff.submit(&door(class.session), &[("tap", &tap)]).await;
        let said = staff.follow(answer).await.text().await.unwrap();
        assert!(said.contains("薛秀英 签到了") && said.contains("已经到 1 人"), "{said}");
        staff.submit(&door(class.session), &[("tap", &tap)]).await;
        assert_eq!(visits(&staff).await, 1, "the form sent twice counts once");

        let found = staff.page(&format!("{}?q=mxz", door(class.session))).await;
        assert!(found.contains("全社区找到 1 人"), "{found}");
        let tap = button(&found, &format!("in:{}", class.du));
        staff.submit(&door(class.session), &[("tap", &tap)]).await;

        for _ in 0..3 {
            let page = staff.page(&door(class.session)).await;
            staff
                .submit(&door(class.session), &[("tap", &button(&page, "more:"))])
                .await;
        }
        let page = staff.page(&door(class.session)).await;
        staff
            .submit(&door(class.session), &[("tap", &button(&page, "fewer:"))])
            .await;
        assert_eq!(visits(&staff).await, 4);

        let api = format!("/api/v1/communities/yunliang/sessions/{}", class.session);
        let other_device =
            json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": class.liu });
        let response = staff.post(&format!("{api}/attendance"), &other_device).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let page = staff.page(&door(class.session)).await;
        assert!(page.contains("已经到 3 人") && page.contains("还没到 0 人"), "{page}");

        let report = staff.page("/staff/reports?month=2026-11&show=all").await;
        for words in [
            "2026年11月报表",
            "老年反诈课",
            "全部 1 场",
            "11月25日 周三 早上8:00",
            "到了 5 人",
        ] {
            assert!(report.contains(words), "{words} is missing in {report}");
        }
        let roster = format!(
            "/staff/reports?month=2026-11&show=all&n=visits&session={}",
            class.session
        );
        assert!(report.contains(&format!("session={}#drill", class.session)), "{report}");
        let names = staff.page(&roster).await;
        assert!(
            names.contains("薛秀英") && names.contains(&door(class.session)),
            "the number opens the session, and the session its names: {names}"
        );
    }
);

on_both!(
    the_last_tap_can_be_undone_and_the_number_replaced,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page(&door(class.session)).await;
        let tap = button(&page, &format!("in:{}", class.liu));
        staff.submit(&door(class.session), &[("tap", &tap)]).await;
        let undo = format!("out:{}", entry_of(&tap));
        let answer = staff.submit(&door(class.session), &[("tap", &undo)]).await;
        let said = staff.follow(answer).await.text().await.unwrap();
        assert!(said.contains("刘德福 的签到撤销了"), "{said}");
        assert_eq!(visits(&staff).await, 0);

        for (typed, expected) in [("12", 12), ("7", 7), ("0", 0)] {
            let page = staff.page(&door(class.session)).await;
            let id = page
                .split("name=\"heads_id\" value=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let fields = [("heads_id", id), ("heads", typed)];
            staff.submit(&door(class.session), &fields).await;
            staff.submit(&door(class.session), &fields).await;
            assert_eq!(visits(&staff).await, expected, "{typed}");
        }
        for typed in ["-1", "2001", "many", "99999999999999999999"] {
            let page = staff.page(&door(class.session)).await;
            let id = page
                .split("name=\"heads_id\" value=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let response = staff
                .submit(&door(class.session), &[("heads_id", id), ("heads", typed)])
                .await;
            let text = response.text().await.unwrap();
            assert!(text.contains("人数要在 0 到 2000 之间"), "{typed}: {text}");
            assert_eq!(visits(&staff).await, 0);
        }
    }
);

on_both!(answers_typed_from_paper_stand_in_the_report, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let id = AttendanceId(app.ctx.new_id(app.ctx.now())).to_string();
    let address = format!("/staff/sessions/{}/feedback", class.session);
    let fields = [
        ("client_id", id.as_str()),
        ("very_satisfied", "8"),
        ("satisfied", "1"),
        ("fair", ""),
        ("dissatisfied", "1"),
    ];
    for _ in 0..2 {
        let response = staff.submit(&address, &fields).await;
        assert!(location(&response).starts_with(&door(class.session)));
    }
    let page = staff.page(&door(class.session)).await;
    assert!(page.contains("已经有 10 人评价"), "{page}");
    let wrong = [("client_id", id.as_str()), ("satisfied", "三")];
    let text = staff.submit(&address, &wrong).await.text().await.unwrap();
    assert!(
        text.contains("不是整数") && text.contains("value=\"三\""),
        "what was typed stays: {text}"
    );
    let report = staff.json("/api/v1/communities/yunliang/reports?month=2026-11").await;
    assert_eq!(report["satisfaction"], json!({ "ratio": 0.9, "answers": 10 }));
});

on_both!(
    the_sheet_has_the_names_with_masked_numbers_and_twenty_blank_rows,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let sheet = staff
            .page(&format!("/staff/sessions/{}/sign-in-sheet", class.session))
            .await;
        assert!(
            sheet.contains("老年反诈课 签到表") && sheet.contains("139****6621"),
            "{sheet}"
        );
        assert!(
            !sheet.contains("13900006621"),
            "no whole number on paper that lies on a table"
        );
        assert!(!sheet.contains("马秀芝"), "only those who signed up");
        assert!(
            sheet.contains(">22</td>") && !sheet.contains(">23</td>"),
            "two names and twenty blank rows"
        );
    }
);

on_both!(
    the_district_sees_every_community_and_the_sessions_behind_a_number,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page(&door(class.session)).await;
        let tap = button(&page, &format!("in:{}", class.xue));
        staff.submit(&door(class.session), &[("tap", &tap)]).await;

        let district = app.client_as(Role::District).await;
        let all = district.page("/staff/reports?month=2026-11").await;
        for words in ["运粮社区", "游园社区", "走访户数", "解决诉求"] {
            assert!(all.contains(words), "{words} is missing in {all}");
        }
        assert!(
            !all.contains("href=\"/staff/week\""),
            "no way to pages that are closed to them"
        );
        let one = district
            .page("/staff/reports?month=2026-11&community=yunliang&show=all&n=visits")
            .await;
        assert!(one.contains("11月25日 周三 早上8:00"), "{one}");
        assert!(!one.contains(&door(class.session)), "names are not for the district");
        for number in ["people", "newcomers", "visits"] {
            let path = format!(
                "/staff/reports?month=2026-11&community=yunliang&show=all&n={number}&session={}",
                class.session
            );
            assert!(!district.page(&path).await.contains("薛秀英"), "{number}");
            assert!(staff.page(&path).await.contains("薛秀英"), "{number}");
        }
        assert_eq!(district.get(&door(class.session)).await.status(), StatusCode::FORBIDDEN);
        let file = district
            .get("/staff/reports.xlsx?month=2026-11&community=yunliang")
            .await;
        assert_eq!(file.status(), StatusCode::OK);
        assert_eq!(&file.bytes().await.unwrap()[..2], b"PK");

        let partner = app.client_as(Role::Partner).await;
        for path in ["/staff/reports", "/staff/check-in", "/staff/reports.csv?month=2026-11"] {
            assert_eq!(partner.get(path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
);

on_both!(a_month_without_numbers_says_so, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page("/staff/reports?month=2026-01").await;
    assert!(page.contains("这个月还没有签到"), "{page}");
    let ahead = staff.page("/staff/reports?month=2027-01").await;
    assert!(ahead.contains("这个月还没到"), "{ahead}");
    for wrong in ["month=2026-13", "month=2026-11&show=everything"] {
        let response = staff.get(&format!("/staff/reports?{wrong}")).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let csv = staff.page("/staff/reports.csv?month=2026-01").await;
    assert!(
        csv.starts_with('\u{feff}') && csv.contains("\"合计\",\"全部\",0,0,0,0"),
        "{csv}"
    );
});

#[tokio::test]
async fn without_a_network_taps_are_kept_and_sent_when_it_is_back() {
    let app = TestApp::sqlite().await;
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let browser = Browser::launch().await;
    let phone = browser.page(360, 740).await;
    phone.goto(&format!("{}/login", app.address)).await;
    let login = reqwest::cookie::CookieStore::cookies(&*staff.jar, &app.address.parse().unwrap()).unwrap();
    let login = login.to_str().unwrap();
    phone.eval(&format!("document.cookie = '{login}; path=/'")).await;
    phone.goto(&format!("{}{}", app.address, door(class.session))).await;
    let wide = phone
        .eval("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        .await;
    let wider = phone
        .eval("[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.className + e.tagName).join(' ')")
        .await;
    assert_eq!(wide, 0, "it fits the phone: {wider}");

    let row = |who: ResidentId| format!(".ck-row[data-resident=\"{who}\"]");
    phone.click(&row(class.xue)).await;
    phone.wait_for_text("薛秀英 签到了").await;
    phone.wait_until("it is sent", SENT).await;
    assert_eq!(visits(&staff).await, 1);

    phone.set_offline(true).await;
    // The bar that comes must not push the buttons away from the finger. (A click of ours would scroll by itself.)
    let more = "document.querySelector('[data-more]')";
    let place = format!("Math.round({more}.getBoundingClientRect().top)");
    let before = phone.eval(&place).await;
    phone.eval(&format!("{more}.click()")).await;
    phone.wait_for_text("没有网，1 条等着上传").await;
    assert_eq!(phone.eval(&place).await, before, "nothing moved under the finger");
    phone.click(&row(class.liu)).await;
    phone.wait_for_text("没有网，2 条等着上传").await;
    assert_eq!(phone.text("[data-visits]").await, "3");
    assert_eq!(visits(&staff).await, 1);
    phone.click(&row(class.xue)).await;
    phone.wait_for_text("没有网，3 条等着上传").await;

    phone.set_offline(false).await;
    phone.eval("window.dispatchEvent(new Event('online'))").await;
    phone.wait_until("everything is sent", SENT).await;
    assert_eq!(
        visits(&staff).await,
        2,
        "刘德福 and one without a name; 薛秀英 was undone"
    );

    let beside = browser.page_beside(&phone, 360, 740).await;
    beside.goto(&format!("{}{}", app.address, door(class.session))).await;
    phone.click(&row(class.xue)).await;
    phone.wait_until("it is sent", SENT).await;
    beside.click(&row(class.xue)).await;
    beside.wait_for_text("在另一台手机上签过了").await;
    assert_eq!(visits(&staff).await, 3);
}
