//! The phone desk with nothing but a keyboard, and a list from a chat group on a telephone.

use xianglao::domain::access::{Actor, Role};
use xianglao::services::resident::{self, NewResident};

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::plan::{once, titled};
use crate::support::seed;

async fn known(app: &TestApp, name: &str, phone: &str, building: &str) {
    let home = app.seed_basic().await.yunliang;
    // Ids of one millisecond have no order.
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let new = NewResident {
        name: name.to_owned(),
        phone: phone.to_owned(),
        building: building.to_owned(),
        ..NewResident::default()
    };
    resident::create(&app.ctx, &Actor::System, home, new).await.unwrap();
}

/// Presses keys one by one; how many.
async fn press(person: &Person, keys: &[&str]) -> usize {
    for key in keys {
        person.page.press(key).await;
    }
    keys.len()
}

#[tokio::test]
async fn a_caller_is_signed_up_with_six_keys_and_a_list_is_taken_over_on_a_telephone() {
    let (app, browser) = (TestApp::sqlite().await, Browser::launch().await);
    let basic = app.seed_basic().await;
    let mut class = titled("老年反诈课");
    class.capacity = Some(2);
    let planned = once(
        &app.ctx,
        basic.yunliang,
        basic.activity_room,
        class,
        "2026-11-26T09:30:00",
    )
    .await;
    let mut choir = titled("合唱");
    choir.capacity = Some(30);
    once(&app.ctx, basic.yunliang, basic.hall, choir, "2026-11-27T14:30:00").await;
    known(&app, "李秀英", "13900006621", "日月苑3号楼2单元").await;
    known(&app, "刘晓燕", "13900006622", "沿河小区1号楼").await;
    known(&app, "刘秀英", "13900006623", "烟机家属院5号楼").await;
    let faults = Faults::default();

    let staff = Person::new(&browser, &app.address, "desk", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    staff.open("/staff").await;
    staff.page.click_text("电话台").await;
    staff.page.wait_for("#f-q:focus").await;

    // Four keys find one of three with like initials while somebody types; two more choose the session.
    let mut keys = press(&staff, &["l", "x", "y"]).await;
    staff
        .page
        .wait_until(
            "three to be found",
            "document.querySelectorAll('[data-people] a').length === 3",
        )
        .await;
    staff.look("found").await;
    keys += press(&staff, &["3", "Enter"]).await;
    staff.page.wait_for("#f-n:focus").await;
    staff.look("caller").await;
    keys += press(&staff, &["1", "Enter"]).await;
    staff.page.wait_for_text("您的位子留好了").await;
    assert!(keys <= 7, "{keys} keys");
    staff.page.wait_for("#f-q:focus").await;
    staff.look("said").await;

    // The next caller, by the arrows.
    press(&staff, &["l", "x", "y"]).await;
    staff
        .page
        .wait_until(
            "three to be found",
            "document.querySelectorAll('[data-people] a').length === 3",
        )
        .await;
    press(&staff, &["ArrowDown", "ArrowDown", "ArrowUp", "Enter"]).await;
    staff.page.wait_for("#f-n:focus").await;
    press(&staff, &["1", "Enter"]).await;
    staff.page.wait_for_text("您的位子留好了").await;

    // The third finds it full and goes to the other session, with Enter alone. (A page that says no is an error to the browser: no look.)
    let third = staff.beside(&browser, "third", DESK).await;
    third.open("/staff/desk").await;
    third.page.wait_for("#f-q:focus").await;
    press(&third, &["6", "6", "2", "3", "Enter"]).await;
    third.page.wait_for("#f-n:focus").await;
    press(&third, &["1", "Enter"]).await;
    third.page.wait_for_text("老年反诈课满了").await;
    press(&third, &["Enter"]).await;
    third.page.wait_for_text("合唱，您的位子留好了").await;

    // Somebody new.
    staff.page.bring_to_front().await;
    staff.page.fill("#f-q", "张秀兰").await;
    press(&staff, &["Enter"]).await;
    staff.page.wait_for("#f-phone:focus").await;
    staff.look("new").await;
    press(
        &staff,
        &[
            "1", "3", "8", "0", "0", "0", "0", "1", "2", "3", "4", "Tab", "2", "Enter",
        ],
    )
    .await;
    staff.page.wait_for_text("张秀兰，").await;
    staff.page.wait_for_text("您的位子留好了").await;

    let phone = staff.beside(&browser, "chain", PHONE).await;
    phone.open("/staff/desk").await;
    phone.look("desk").await;
    phone.open(&format!("/staff/sessions/{}/chain", planned.session)).await;
    phone.look("paste").await;
    let list = "#接龙\n周三艾灸 11月25日 上午9:30\n1. 陈玉华 3号楼\n2. 刘晓燕 尾号6622\n3. 秀英\n4. 小孙替我妈王桂兰报名 +1\n5. 李秀英（取消）\n";
    phone.page.fill("#f-text", list).await;
    phone.page.click_text("看一看").await;
    phone.page.wait_for_text("看着像是别的一场").await;
    phone.page.wait_for_text("报名 4 人，取消 1 人，新建 3 人").await;
    phone.look("review").await;
    phone.page.click("#f-who-2 input[value=skip]").await;
    phone.page.wait_for_text("报名 3 人，取消 1 人，新建 2 人").await;
    phone.page.fill("[name=more-3]", "王桂芳").await;
    phone.page.wait_for_text("报名 4 人，取消 1 人，新建 3 人").await;
    phone.page.click("[data-take]").await;
    phone.page.wait_for_text("接好了").await;
    phone.page.wait_for_text("早就报过 1 人").await;
    phone.look("done").await;
    phone
        .page
        .click(".w-page a.btn.main[href$=group-text], a[href$=group-text]")
        .await;
    phone.page.wait_for_text("群里的通知").await;
    phone.look("group-text").await;
    phone.page.click("[data-copy]").await;
    phone.page.wait_for_text("复制好了").await;
    faults.none();
}
