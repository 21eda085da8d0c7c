//! The list at the door on a telephone whose network goes, which is switched off, and switched on again still without a network.

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::device::Term;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{AttendanceId, CommunityId, ResidentId, SessionId};
use xianglao::services::{attendance, card, device, enrolment};

use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::door::{plan, resident};
use crate::support::line::Line;
use crate::support::seed;

/// What waits on the telephone, as its page says.
async fn wait_for_waiting(page: &Page, count: usize) {
    let waits = format!("document.body.dataset.waiting === '{count}'");
    page.wait_until(&format!("{count} to wait"), &waits).await;
}

fn row(who: ResidentId) -> String {
    format!(".ck-row[data-resident=\"{who}\"]")
}

/// Everything that IndexedDB and the caches of this origin hold, as text.
const KEPT: &str = "(async () => {
    const all = [];
    for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((yes, no) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => yes(request.result);
            request.onerror = () => no(request.error);
        });
        for (const store of db.objectStoreNames) {
            all.push(...await new Promise((yes) => {
                const request = db.transaction(store).objectStore(store).getAll();
                request.onsuccess = () => yes(request.result);
            }));
        }
        db.close();
    }
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) {
            all.push(request.url, await (await caches.match(request)).text());
        }
    }
    return JSON.stringify(all);
})()";

async fn kept(page: &Page) -> String {
    page.eval(KEPT).await.as_str().unwrap_or_default().to_owned()
}

async fn type_card(page: &Page, code: &str) {
    for key in code.chars() {
        page.press(&key.to_string()).await;
    }
    page.press("Enter").await;
}

struct Class {
    home: CommunityId,
    session: SessionId,
    people: Vec<ResidentId>,
}

/// A class of this morning that five have signed up for. Two of them and one more have cards.
async fn class(app: &TestApp) -> Class {
    let home = app.seed_basic().await.yunliang;
    let mut people = Vec::new();
    for (name, phone) in [
        ("薛秀英", "13900006621"),
        ("刘德福", "13900009021"),
        ("马秀芝", "13600005519"),
        ("杜长山", "13600000936"),
        ("周建国", "13600000075"),
        ("郭凤英", "13600001111"),
    ] {
        people.push(resident(app, name, phone, None).await);
    }
    app.clock.set("2026-11-24T08:00:00+08:00");
    let session = plan(app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
    for who in &people[..5] {
        enrolment::enrol_resident(&app.ctx, &Actor::System, home, session, *who, Source::Counter)
            .await
            .expect("signed up");
    }
    app.clock.set("2026-11-25T08:10:00+08:00");
    Class { home, session, people }
}

async fn visits(app: &TestApp, class: &Class) -> (i32, i32) {
    let list = attendance::door_list(&app.ctx, &Actor::System, class.home, class.session).await;
    let tally = list.expect("a list").tally;
    (tally.named, tally.headcount)
}

#[tokio::test]
async fn a_telephone_keeps_the_list_through_a_dead_network_and_its_own_end() {
    let app = TestApp::sqlite().await;
    let class = class(&app).await;
    let [xue, liu, ma, du, zhou, guo] = class.people[..] else {
        panic!("six people")
    };
    let mut codes = Vec::new();
    for who in [liu, guo] {
        codes.push(card::reissue(&app.ctx, &Actor::System, class.home, who).await.unwrap());
    }
    let line = Line::to(&app.address).await;
    let profile = TempDir::new().unwrap();
    let door = format!("{}/staff/sessions/{}/check-in", line.address, class.session);

    let telephone = Browser::with_profile(profile.path()).await;
    let page = telephone.own_page(360, 740).await;
    page.goto(&format!("{}/login", line.address)).await;
    page.fill("#username", seed::username(Role::Staff)).await;
    page.fill("#password", seed::PASSWORD).await;
    page.click("main .s-btn").await;
    page.goto(&door).await;
    page.wait_until("the page to be kept", "document.body.dataset.kept === 'true'")
        .await;
    assert_eq!(page.console_errors(), [""; 0]);
    let names = kept(&page).await;
    assert!(
        names.contains("薛秀英") && names.contains("6621"),
        "the list is kept: {names}"
    );
    assert!(
        !names.contains("13900006621") && !names.contains("郭凤英"),
        "and nobody else, and no number"
    );

    line.cut().await;
    page.click(&row(xue)).await;
    page.wait_for_text("薛秀英 签到了").await;
    page.wait_for_text("没有网，1 条等着上传").await;
    type_card(&page, &codes[0].in_qr()).await;
    page.wait_for_text("刘德福 签到了").await;
    page.fill("#q", "mxz").await;
    page.wait_until_gone(&row(xue)).await;
    page.click(&row(ma)).await;
    page.wait_for_text("马秀芝 签到了").await;
    page.fill("#q", &codes[1].in_qr()).await;
    page.press("Enter").await;
    page.wait_for_text("这张卡不在名单上").await;
    page.click("[data-more]").await;
    page.click("[data-more]").await;
    page.click(&format!("li:has({}) summary", row(du))).await;
    page.click(&format!("li:has({}) [data-why=ill]", row(du))).await;
    page.wait_for_text("杜长山：病了").await;
    page.click(&row(zhou)).await;
    page.wait_for_text("周建国 签到了").await;
    page.click("[data-undo] button").await;
    page.wait_for_text("周建国 的签到撤销了").await;
    assert_eq!(page.text("[data-visits]").await, "5", "three by name and two without");
    assert_eq!(visits(&app, &class).await, (0, 0));
    telephone.close().await;

    // Another telephone is faster; and the card turns out to be an old one.
    let other = app.client_as(Role::Staff).await;
    let path = format!("/api/v1/communities/yunliang/sessions/{}/attendance", class.session);
    let entry = json!({ "client_id": AttendanceId(app.ctx.new_id(app.ctx.now())), "resident_id": ma });
    assert_eq!(other.post(&path, &entry).await.status(), StatusCode::CREATED);
    card::reissue(&app.ctx, &Actor::System, class.home, guo).await.unwrap();

    let telephone = Browser::with_profile(profile.path()).await;
    let page = telephone.own_page(360, 740).await;
    page.goto(&door).await;
    page.wait_for_text("老年反诈课").await;
    page.wait_for_text("已经到 3 人").await;
    page.wait_for_text("来不了 1 人").await;
    assert_eq!(page.text("[data-visits]").await, "5");
    page.click(&row(zhou)).await;
    page.wait_for_text("周建国 签到了").await;
    page.wait_for_text("没有网").await;

    line.mend();
    page.eval("window.dispatchEvent(new Event('online'))").await;
    wait_for_waiting(&page, 0).await;
    assert_eq!(visits(&app, &class).await, (4, 2), "all arrived, once");
    page.wait_for_text("马秀芝 在另一台手机上签过了，已合成一条").await;
    page.wait_for_text("的卡已经换过新的了").await;
    page.goto(&door).await;
    page.wait_for_text("的卡已经换过新的了").await;
    page.wait_for_text("马秀芝 在另一台手机上签过了").await;
    for left in [1, 0] {
        page.click("[data-notes] button").await;
        let seen = format!("document.querySelectorAll('[data-notes] li').length === {left}");
        page.wait_until("a note to be seen", &seen).await;
    }
    assert_eq!(page.text("[data-visits]").await, "6");

    page.goto(&format!("{}/staff", line.address)).await;
    page.click("form[data-leave] button").await;
    page.wait_for("#username").await;
    assert_eq!(kept(&page).await, "[]", "logging out leaves nothing");
    line.cut().await;
    let gone = page
        .eval(&format!("fetch('{door}').then(() => 'there', () => 'gone')"))
        .await;
    assert_eq!(gone, "gone");
    telephone.close().await;
}

#[tokio::test]
async fn a_device_whose_right_was_taken_forgets_the_names_at_its_next_contact() {
    let app = TestApp::sqlite().await;
    let class = class(&app).await;
    let browser = Browser::launch().await;
    let tablet = browser.page(768, 1024).await;
    let new = device::create(&app.ctx, &Actor::System, class.home, "门口平板", Term::Days90)
        .await
        .unwrap();
    tablet.goto(&format!("{}/door/{}", app.address, new.link)).await;
    tablet.click_text("就用这台签到").await;
    tablet.wait_for_text("老年反诈课").await;
    tablet.click_text("老年反诈课").await;
    tablet.wait_for_text("还没到 5 人").await;
    tablet
        .wait_until("the page to be kept", "document.body.dataset.kept === 'true'")
        .await;
    assert!(kept(&tablet).await.contains("薛秀英"));
    tablet.click(&row(class.people[0])).await;
    wait_for_waiting(&tablet, 0).await;
    assert_eq!(visits(&app, &class).await, (1, 0));

    device::revoke(&app.ctx, &Actor::System, class.home, new.device.id)
        .await
        .unwrap();
    tablet.click(&row(class.people[1])).await;
    tablet.wait_for_text("这台设备不能再签到了").await;
    let left = kept(&tablet).await;
    assert!(!left.contains("薛秀英") && !left.contains("刘德福"), "{left}");
    assert_eq!(visits(&app, &class).await, (1, 0));
}

#[tokio::test]
async fn two_windows_of_one_telephone_send_once_and_another_account_finds_nothing() {
    let app = TestApp::sqlite().await;
    let class = class(&app).await;
    let browser = Browser::launch().await;
    let log_in = async |page: &Page, who: &str| {
        page.goto(&format!("{}/login", app.address)).await;
        page.fill("#username", who).await;
        page.fill("#password", seed::PASSWORD).await;
        page.click("main .s-btn").await;
    };
    let door = format!("{}/staff/sessions/{}/check-in", app.address, class.session);
    let one = browser.page(360, 740).await;
    log_in(&one, seed::username(Role::Staff)).await;
    one.goto(&door).await;
    let other = browser.page_beside(&one, 360, 740).await;
    other.goto(&door).await;
    for (page, who) in [(&one, 0), (&other, 1), (&one, 2), (&other, 3)] {
        page.click(&row(class.people[who])).await;
    }
    wait_for_waiting(&one, 0).await;
    wait_for_waiting(&other, 0).await;
    assert_eq!(visits(&app, &class).await, (4, 0));
    assert_eq!(one.console_errors(), [""; 0]);

    // The admin logs in on the same telephone: nothing of the staff's is left when their page opens.
    let form = format!(
        "fetch('/login', {{ method: 'POST', body: new URLSearchParams({{ username: '{}', password: '{}' }}) }}).then(() => true)",
        seed::username(Role::Admin),
        seed::PASSWORD
    );
    assert_eq!(other.eval(&form).await, true);
    other
        .goto(&format!("{}/staff/check-in?community=youyuan", app.address))
        .await;
    let clean = "document.querySelector('[data-chooser]')";
    other.wait_until("the page", clean).await;
    let mut left = kept(&other).await;
    for _ in 0..50 {
        if !left.contains("薛秀英") {
            break;
        }
        left = kept(&other).await;
    }
    assert!(!left.contains("薛秀英"), "{left}");
}
