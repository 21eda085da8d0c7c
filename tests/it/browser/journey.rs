//! The main job, clicked: a class is planned, a partner proposes another, a senior signs up, is reminded and comes, and the month says so.

use uuid::Uuid;
use xianglao::domain::access::Role;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::notification;

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::seed;
use crate::support::smtp::SmtpServer;

const NAME: &str = "薛秀英";
const NUMBER: &str = "13900006621";
const ADDRESS: &str = "reader@example.org";

/// Staff plan 老年反诈课, every Thursday at half past nine, eight times.
async fn plan_a_weekly_class(staff: &Person) {
    let page = &staff.page;
    page.click_text("排期").await;
    staff.look("week-empty").await;
    page.click("#new-activity").await;
    page.fill("#f-title", "老年反诈课").await;
    page.fill("#f-title_en", "Fraud awareness").await;
    page.fill("#f-slogan", "新型诈骗花样多 捂紧群众钱袋子").await;
    page.select("#f-sign_up", "要先报名").await;
    page.select("#f-venue", "老年活动室 · 20人").await;
    page.select("#f-facilitator", "小张").await;
    page.fill("#f-date", "2026-11-26").await;
    page.fill("#f-start", "09:30").await;
    page.fill("#f-duration", "60").await;
    page.fill("#f-capacity", "20").await;
    page.select("#f-repeat", "每周").await;
    for day in ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] {
        page.check(&format!("[name=days][value={day}]"), day == "TH").await;
    }
    page.select("#f-ends", "办够次数").await;
    page.fill("#f-end_count", "8").await;
    // The dates appear by themselves, a moment after the last key.
    page.wait_for_text("一共 8 次").await;
    let dates = page.texts("#dates .dates b").await;
    assert_eq!(dates.len(), 8, "{dates:?}");
    assert!(dates[0].contains("11月26日 周四"), "{dates:?}");
    staff.look("new-activity").await;
    page.click_text("排上").await;
    page.wait_for_text("排上了，一共 8 次").await;
    staff.look("planned").await;
    page.click_text("排期").await;
    page.wait_for_text("老年反诈课").await;
    staff.look("week-planned").await;
}

/// The partner proposes 艾灸理疗, Fridays at half past two, four times.
async fn propose_a_session(partner: &Person) {
    let page = &partner.page;
    partner.log_in(seed::username(Role::Partner)).await;
    page.wait_for_text("我的提议").await;
    partner.look("home").await;
    page.click_text("提一个活动").await;
    page.fill("#f-title", "艾灸理疗").await;
    partner.pick("kind", "wellness").await;
    page.click_text("熊老师").await;
    page.click_text("1小时").await;
    partner.look("step-1").await;
    page.click_text("下一步：选时间").await;
    page.wait_for_text("什么时候办？").await;
    page.click_text("多功能厅").await;
    page.click_text("每周").await;
    partner.pick("day", "5").await;
    page.fill("#f-from", "2026-11-27").await;
    page.fill("#f-times", "4").await;
    page.press("Tab").await;
    page.wait_for_text("4 次都空").await;
    partner.pick("at", "14:30").await;
    page.wait_for_text("就是这 4 天").await;
    partner.look("step-2").await;
    page.click_text("下一步").await;
    page.wait_for_text("没错就送出去").await;
    partner.look("step-3").await;
    page.click_text("送给社区看").await;
    page.wait_for_text("送出去了").await;
    partner.look("sent").await;
}

/// Staff find the proposal, see what agreeing does, and agree.
async fn approve_it(staff: &Person) {
    let page = &staff.page;
    staff.open("/staff").await;
    page.wait_for_text("1 个合作方提议等您回").await;
    staff.look("today").await;
    page.click_text("去回复").await;
    page.wait_for_text("藏御堂体验馆").await;
    staff.look("partners").await;
    page.click(".asks .btn.main").await;
    page.wait_for_text("排上 4 次").await;
    staff.look("approve").await;
    page.click_text("同意，排上 4 次").await;
    page.wait_for_text("同意了，排好 4 次").await;
    staff.look("approved").await;
}

/// From the week to the seat.
async fn sign_up(senior: &Person, name: &str, number: &str) {
    let page = &senior.page;
    senior.open("/c/yunliang").await;
    page.wait_for_text("老年反诈课").await;
    assert!(page.texts("h3").await.iter().any(|title| title == "艾灸理疗"));
    senior.look("week").await;
    page.click_text("明天 上午9:30 老年反诈课").await;
    page.wait_for_text("还剩").await;
    senior.look("session").await;
    page.click_text("我要报名").await;
    page.fill("#name", name).await;
    page.fill("#phone", number).await;
    page.click_text("确定报名").await;
    page.wait_for_text("报上名了").await;
    senior.look("signed-up").await;
}

/// Staff look at who is new on the list, and write down where her reminders go.
async fn note_her_address(staff: &Person) {
    let page = &staff.page;
    staff.open("/staff").await;
    page.wait_for_text("1 位新报名的居民要核对").await;
    page.click_text("去核对").await;
    page.wait_for_text(NAME).await;
    staff.look("residents").await;
    page.click_text(NAME).await;
    page.click_text("改登记").await;
    page.select("#f-tell_by", "发邮件").await;
    page.fill("#f-email", ADDRESS).await;
    staff.look("resident").await;
    page.click_text("存好").await;
    page.wait_for_text("存好了。").await;
    staff.look("resident-saved").await;
}

/// At the door, on a telephone: one who signed up, and three without a name.
async fn take_attendance(door: &Person) {
    let page = &door.page;
    // Yesterday's login is over.
    door.open("/staff").await;
    page.wait_for_text("登录").await;
    door.log_in(seed::username(Role::Staff)).await;
    door.look("today").await;
    page.click_text("签到").await;
    page.wait_for_text("今天的活动").await;
    door.look("choose").await;
    page.click(".pick .btn.main").await;
    page.wait_for_text("还没到 2 人").await;
    door.look("list").await;
    // Her name stands beside the row, too: why is she missing?
    page.click(&format!("li[data-k*='{NAME}'] .ck-row")).await;
    page.wait_for_text("已经到 1 人").await;
    for here in 2..=4 {
        page.click("[data-more]").await;
        let counted = format!("document.querySelector('[data-visits]').textContent === '{here}'");
        page.wait_until(&format!("{here} to be there"), &counted).await;
    }
    // What waited on this telephone has left it: the list comes back the same.
    let sent = "document.body.dataset.waiting === '0'";
    page.wait_until("everything to be sent", sent).await;
    page.reload().await;
    assert_eq!(page.text("[data-visits]").await, "4");
    let present = page.text("[data-present]").await;
    assert!(present.contains(NAME), "{present}");
    door.look("list-after").await;
}

/// The month counts four visits, and the number opens the session behind it.
async fn read_the_month(staff: &Person) {
    let page = &staff.page;
    page.click_text("报表").await;
    page.wait_for(".kpi").await;
    staff.look("report").await;
    let figures = page.texts(".kpi > div").await;
    let at = figures.iter().position(|figure| figure.starts_with("人次"));
    let at = at.unwrap_or_else(|| panic!("no visits in {figures:?}"));
    assert_eq!(page.text(&format!(".kpi > div:nth-child({}) a", at + 1)).await, "4");
    page.click(&format!(".kpi > div:nth-child({}) a", at + 1)).await;
    page.wait_for("#drill").await;
    let behind = page.text("#drill").await;
    assert!(behind.contains("11月26日") && behind.contains("老年反诈课"), "{behind}");
    staff.look("report-sessions").await;
    page.click("#drill a.btn").await;
    page.wait_for_text(NAME).await;
    staff.look("sessions-list").await;
}

/// The background work of one moment.
async fn tick(app: &TestApp, mail: &EmailChannel) -> usize {
    notification::enqueue_due(&app.ctx).await.unwrap();
    let delivered = notification::deliver_ready(&app.ctx, Some(mail), Uuid::from_u128(1)).await;
    delivered.unwrap().sent
}

#[tokio::test]
async fn a_class_is_planned_announced_signed_up_for_reminded_of_held_and_reported() {
    let (app, browser, server) = (
        TestApp::sqlite().await,
        Browser::launch().await,
        SmtpServer::start().await,
    );
    app.seed_basic().await;
    let faults = Faults::default();
    let somebody = async |who, size| Person::new(&browser, &app.address, who, size, &faults).await;

    let staff = somebody("staff", DESK).await;
    staff.log_in(seed::username(Role::Staff)).await;
    plan_a_weekly_class(&staff).await;

    let partner = somebody("partner", PHONE).await;
    propose_a_session(&partner).await;
    approve_it(&staff).await;
    partner.open("/partner").await;
    partner.page.wait_for_text("同意了").await;
    partner.look("approved").await;

    let senior = somebody("senior", PHONE).await;
    sign_up(&senior, NAME, NUMBER).await;

    note_her_address(&staff).await;

    // A neighbour's telephone runs no scripts.
    let neighbour = somebody("neighbour", PHONE).await;
    neighbour.page.set_javascript(false).await;
    sign_up(&neighbour, "刘德福", "13900009021").await;

    // Somebody reads English.
    let guest = somebody("guest", PHONE).await;
    guest.open("/c/yunliang?lang=en").await;
    guest.page.wait_for_text("Fraud awareness").await;
    assert_eq!(guest.page.eval("document.documentElement.lang").await, "en");
    guest.look("week").await;
    guest.page.click("#tomorrow a.s-btn").await;
    guest.page.wait_for("#form").await;
    guest.look("session").await;

    // The evening before, the reminder leaves, once.
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
    settings.tls = Tls::None;
    let mail = EmailChannel::new(settings).unwrap();
    // The partner's answer goes out at once; it is not what we wait for.
    tick(&app, &mail).await;
    let reminders = || {
        let mut all = server.messages();
        all.retain(|message| message.to == [ADDRESS]);
        all
    };
    assert_eq!(reminders().len(), 0, "not before the evening");
    app.clock.set("2026-11-25T18:00:00+08:00");
    assert_eq!(tick(&app, &mail).await, 1);
    assert_eq!(tick(&app, &mail).await, 0);
    let message = reminders().remove(0);
    assert!(message.subject().starts_with("提醒您：明天"), "{}", message.subject());
    let text = message.text();
    assert!(text.contains(NAME) && text.contains("老年活动室"), "{text}");
    // What it links to is the page she signed up on.
    let link = text.find("/c/yunliang/sessions/").expect("a link to the session");
    let path = text[link..].split_whitespace().next().unwrap();
    senior.open(path).await;
    senior.page.wait_for_text("老年反诈课").await;
    senior.look("from-the-mail").await;

    staff.open("/staff/notifications").await;
    staff.page.wait_for_text("老年反诈课").await;
    staff.look("notifications").await;

    // Thursday morning: she comes, and three who never sign up.
    app.clock.set("2026-11-26T09:35:00+08:00");
    let door = staff.beside(&browser, "door", PHONE).await;
    take_attendance(&door).await;
    app.clock.set("2026-11-26T11:00:00+08:00");
    read_the_month(&staff).await;

    faults.none();
}
