//! Partners, clicked: on a telephone a partner proposes, agrees to another time, answers by a link and reads its month; at the desk
//! staff approve without retyping, keep papers, and decide a complaint.

use jiff::SignedDuration;
use xianglao::domain::access::Role;
use xianglao::services::confirmation;

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::partner::path_of;
use crate::support::seed;

/// The three steps for one date.
async fn propose_once(partner: &Person) {
    let page = &partner.page;
    partner.open("/partner/propose").await;
    page.fill("#f-title", "秋季养生讲座").await;
    partner.pick("kind", "talk").await;
    page.click_text("熊老师").await;
    page.click_text("1小时").await;
    page.click_text("下一步：选时间").await;
    page.wait_for_text("什么时候办？").await;
    page.click_text("多功能厅").await;
    page.click_text("就一次").await;
    page.fill("#f-from", "2026-11-27").await;
    page.press("Tab").await;
    // The page comes anew with the free times of that day.
    page.wait_until("the times of that day", "location.search.includes('from=2026-11-27')")
        .await;
    partner.pick("at", "10:00").await;
    partner.look("once-step-2").await;
    page.click_text("下一步").await;
    page.wait_for_text("没错就送出去").await;
    partner.look("once-step-3").await;
    page.click_text("送给社区看").await;
    page.wait_for_text("送出去了").await;
}

/// The three steps for every week.
async fn propose_weekly(partner: &Person) {
    let page = &partner.page;
    partner.open("/partner/propose").await;
    page.fill("#f-title", "艾灸体验").await;
    partner.pick("kind", "wellness").await;
    page.click_text("熊老师").await;
    page.click_text("2小时").await;
    partner.look("weekly-step-1").await;
    page.click_text("下一步：选时间").await;
    page.wait_for_text("什么时候办？").await;
    page.click_text("老年活动室").await;
    page.click_text("每周").await;
    partner.pick("day", "2").await;
    page.fill("#f-from", "2026-12-01").await;
    page.fill("#f-times", "4").await;
    page.press("Tab").await;
    page.wait_for_text("4 次都空").await;
    partner.pick("at", "09:00").await;
    partner.look("weekly-step-2").await;
    page.click_text("下一步").await;
    page.wait_for_text("没错就送出去").await;
    page.click_text("送给社区看").await;
    page.wait_for_text("先给您留着 4 次").await;
    partner.look("weekly-sent").await;
}

/// Staff agree to one, and ask for another time for the other.
async fn answer_both(staff: &Person) {
    let page = &staff.page;
    staff.open("/staff/partners").await;
    page.wait_for_text("等您回，2 个").await;
    staff.look("partners").await;
    page.click(".asks > li:first-child .btn.main").await;
    page.wait_for_text("排上 1 次").await;
    staff.look("approve").await;
    page.click_text("同意，排上 1 次").await;
    page.wait_for_text("同意了，排好 1 次").await;
    page.click_text("商量时间").await;
    page.fill("#f-remark", "那时是反诈课，换到周四下午行不行").await;
    page.check("[name=suggested][value=other]", true).await;
    page.fill("#f-suggested_on", "2026-12-03").await;
    page.fill("#f-suggested_at", "15:00").await;
    staff.look("talk").await;
    page.click_text("送出建议").await;
    page.wait_for_text("建议送出去了").await;
}

#[tokio::test]
async fn a_partner_proposes_agrees_confirms_and_reads_its_month_and_staff_look_after_it() {
    let (app, browser) = (TestApp::sqlite().await, Browser::launch().await);
    let basic = app.seed_basic().await;
    let faults = Faults::default();
    let somebody = async |who, size| Person::new(&browser, &app.address, who, size, &faults).await;

    let partner = somebody("partner", PHONE).await;
    partner.log_in(seed::username(Role::Partner)).await;
    propose_once(&partner).await;
    // Who asked first stands first.
    app.clock.advance(SignedDuration::from_mins(1));
    propose_weekly(&partner).await;

    let staff = somebody("staff", DESK).await;
    staff.log_in(seed::username(Role::Staff)).await;
    answer_both(&staff).await;

    // The other time suits the partner: one tap.
    partner.open("/partner").await;
    partner.page.wait_for_text("换到周四下午").await;
    partner.look("changes-requested").await;
    partner.page.click_text("行，就这个时间").await;
    partner.page.wait_for_text("每周四 下午3:00").await;
    staff.open("/staff/partners").await;
    staff.page.click(".asks .btn.main").await;
    staff.page.click_text("同意，排上 4 次").await;
    staff.page.wait_for_text("同意了，排好 4 次").await;

    // Papers: the licence ends soon.
    let address = format!("/staff/partners/{}", basic.zangyutang);
    staff.page.click_text("藏御堂体验馆").await;
    staff.page.wait_for_text("基本情况和证件").await;
    staff.page.fill("#f-phone", "13900006621").await;
    staff.page.fill("#f-licence_expires_on", "2026-12-20").await;
    staff.page.fill("#f-pledge_signed_on", "2026-01-05").await;
    staff.page.click("form[aria-labelledby=h-data] .btn.main").await;
    staff.page.wait_for_text("保存好了").await;
    staff.page.wait_for_text("证件到期以后还排着 1 场").await;
    staff.look("partner").await;

    // The program asks a week before; the link is answered on somebody's telephone without login.
    confirmation::ask_due(&app.ctx).await.unwrap();
    let staff_actor = crate::support::partner::actor(&app, Role::Staff).await;
    let asked = confirmation::of_partner(&app.ctx, &staff_actor, basic.yunliang, basic.zangyutang)
        .await
        .unwrap();
    assert_eq!(asked.len(), 1, "only the talk is less than a week ahead");
    partner.open("/partner").await;
    partner.page.wait_for_text("等您回：1 场").await;
    partner.look("home").await;
    let phone = somebody("link", PHONE).await;
    phone.open(&path_of(&app, basic.yunliang, &asked[0].0)).await;
    phone.page.wait_for_text("能来吗？").await;
    phone.look("open").await;
    phone.page.click_text("来，按时到").await;
    phone.page.wait_for_text("您说了：来").await;
    phone.look("answered").await;
    staff
        .open(&format!("/staff/week?week=2026-W48&session={}", asked[0].1.id))
        .await;
    staff.page.wait_for_text("合作方确认来").await;
    staff.look("panel").await;
    staff.page.click_text("换人讲这一次").await;
    staff.page.wait_for_text("现在是熊老师").await;
    staff.look("substitute").await;
    staff.page.click_text("换小张，只这一次").await;
    staff.page.wait_for_text("小张 代 熊老师").await;
    staff
        .open(&format!("/staff/sessions/{}/confirmation", asked[0].1.id))
        .await;
    staff.page.wait_for_text("合作方 11月25日 周三 早上8:11 确认了").await;
    staff.look("confirmation").await;

    // Somebody complains; everything of the partner is paused until staff decide.
    let senior = somebody("senior", PHONE).await;
    senior.open(&format!("/c/yunliang/sessions/{}", asked[0].1.id)).await;
    senior.page.click_text("有问题要反映").await;
    senior.page.wait_for_text("是什么事").await;
    senior.page.click("label[for=kind-selling]").await;
    senior.page.fill("#words", "讲着讲着卖起床垫来").await;
    senior.look("complain").await;
    senior.page.click_text("告诉社区").await;
    senior.page.wait_for_text("先暂停，等社区核实").await;
    senior.look("complained").await;
    senior.open("/c/yunliang").await;
    senior.page.wait_for_text("暂停，等社区核实").await;
    senior.look("week-paused").await;
    partner.open("/partner").await;
    partner.page.wait_for_text("您的活动暂停着").await;
    partner.look("paused").await;
    staff.open("/staff").await;
    staff.page.wait_for_text("居民反映推销东西").await;
    staff.look("today").await;
    staff.page.click_text("去核实").await;
    staff.page.wait_for_text("卖起床垫").await;
    staff.look("complaint").await;
    staff.page.click_text("恢复活动").await;
    staff.page.wait_for_text("处理好了，活动恢复").await;
    staff.look("complaint-decided").await;

    // The month, on the telephone and at the desk.
    partner.open("/partner/statement?month=2026-12").await;
    partner.page.wait_for_text("点数字").await;
    partner.look("statement").await;
    partner.page.click_text("0 场").await;
    staff.open(&format!("{address}/statement?month=2026-11")).await;
    staff.page.wait_for_text("小张 代 熊老师").await;
    staff.look("statement").await;
    let session = asked[0].1.id;
    partner.open(&format!("/partner/sessions/{session}")).await;
    partner.page.wait_for_text("谁来").await;
    partner.look("session").await;
    staff.open("/staff/partners/new").await;
    staff.look("partner-new").await;
    staff.open("/staff/complaints/new").await;
    staff.look("complaint-new").await;
    let small = staff.beside(&browser, "staff-phone", PHONE).await;
    for (path, what) in [
        (address.clone(), "partner"),
        (format!("/staff/sessions/{session}/confirmation"), "confirmation"),
        (format!("{address}/statement?month=2026-11"), "statement"),
    ] {
        small.open(&path).await;
        small.look(what).await;
    }
    faults.none();
}
