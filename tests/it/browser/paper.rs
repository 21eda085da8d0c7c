//! The paper loop in a real browser: the sheet as pages of A4, and typing it in by keyboard alone.

use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::Source;
use xianglao::services::enrolment;

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::door::{plan, resident};
use crate::support::seed;

const NAMES: [&str; 14] = [
    "陈桂英",
    "崔玉兰",
    "杜长山",
    "郭凤英",
    "韩志国",
    "李桂兰",
    "李玉梅",
    "刘德福",
    "马秀芝",
    "王淑琴",
    "薛秀英",
    "杨天顺",
    "赵玉珍",
    "周建国",
];

/// The pages of a PDF as chromium writes it; they are all A4.
fn pages(pdf: &[u8]) -> usize {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    let boxes = text.split("/MediaBox [").skip(1);
    for size in boxes {
        assert!(
            size.starts_with("0 0 594.9") && size[..24].contains("841.9"),
            "{}",
            &size[..24]
        );
    }
    text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count() + text.matches("/Type/Page/").count()
}

#[tokio::test]
async fn twenty_five_people_are_typed_in_by_keyboard_alone() {
    let app = TestApp::sqlite().await;
    let home = app.seed_basic().await.yunliang;
    app.clock.set("2026-11-24T08:00:00+08:00");
    let session = plan(&app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
    for (name, n) in NAMES.into_iter().zip(0..) {
        let who = resident(&app, name, &format!("1380000{n:04}"), Some(1950)).await;
        enrolment::enrol_resident(&app.ctx, &Actor::System, home, session, who, Source::Counter)
            .await
            .expect("signed up");
    }
    resident(&app, "吕凤英", "13700004410", None).await;
    resident(&app, "马国梁", "13700004411", None).await;
    app.clock.set("2026-11-25T09:10:00+08:00");
    let faults = Faults::default();
    let browser = Browser::launch().await;
    let staff = Person::new(&browser, &app.address, "paper", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;

    let sheet = format!("/staff/sessions/{session}/sign-in-sheet");
    staff.open(&sheet).await;
    assert_eq!(pages(&page.pdf().await), 2, "14 names and 20 blank rows");
    staff.open(&format!("{sheet}?form=blank")).await;
    assert_eq!(pages(&page.pdf().await), 1, "20 blank rows");
    let code = page.text(".qrw b").await;

    // From the page of check-in to the first box, and then keys alone.
    staff.open("/staff/check-in").await;
    page.wait_for_text("录一张签到表").await;
    staff.look("choose").await;
    page.fill("#f-code", &code).await;
    page.press("Enter").await;
    page.wait_for_text("第 1 到 20 行都是空白").await;
    staff.open(&format!("/staff/sessions/{session}/paper")).await;
    staff.look("paper-blank").await;
    let roster = page
        .eval("document.querySelector('.pages a').getAttribute('href')")
        .await;
    staff.open(roster.as_str().expect("a link")).await;
    page.wait_for_text("第 1 到 14 行印着名字").await;

    let mut keys = 0_usize;
    let mut strike = async |what: &str| {
        for key in what.chars() {
            let key = match key {
                '\t' => "Tab".to_owned(),
                '\n' => "Enter".to_owned(),
                ' ' => "Space".to_owned(),
                key => key.to_string(),
            };
            page.press(&key).await;
            keys += 1;
        }
    };
    // 12 rows of the list, four in blank rows of whom two are known by initials and four digits, and nine in no row: 25.
    strike("1-8 10-13\t15 lfy\n16 4411\n17\n18\t\t25\n").await;
    page.wait_for_text("实到 25：登记 14，没登记 11").await;
    staff.look("paper-review").await;
    let focused = page.eval("document.activeElement.value").await;
    assert_eq!(focused, "save", "the button that keeps it has the focus");
    strike("\n").await;
    page.wait_for_text("记好了。实到 25：登记 14，没登记 11").await;
    assert!(keys <= 60, "{keys} keys for 25 people");
    staff.look("paper-saved").await;
    let report = app.client_as(Role::Staff).await;
    let month = report.json("/api/v1/communities/yunliang/reports?month=2026-11").await;
    assert_eq!(
        (month["visits"].as_i64(), month["people"].as_i64()),
        (Some(25), Some(14))
    );

    // And on a telephone.
    let phone = staff.beside(&browser, "paper-phone", PHONE).await;
    for (path, what) in [
        (format!("/staff/sessions/{session}/paper"), "paper"),
        (format!("/staff/sessions/{session}/photos"), "photos"),
        (format!("/staff/sessions/{session}/record"), "record"),
        ("/staff/reports/files?month=2026-11".to_owned(), "files"),
        (format!("/staff/sessions/{session}/file"), "file"),
    ] {
        phone.open(&path).await;
        phone.look(what).await;
        staff.open(&path).await;
        staff.look(what).await;
    }
    faults.none();
}
