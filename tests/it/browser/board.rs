//! The planner in a real browser: keys, search, dragging, drawing longer, moving by choice, two at once, copying, printing.

use xianglao::domain::access::{Actor, Role};
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::services::{schedule, session};

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::plan::{once, series, titled};
use crate::support::seed;

/// A week with three sessions, and last week with one that is not in it.
async fn plan(app: &TestApp) -> schedule::SessionView {
    let basic = app.seed_basic().await;
    let (ctx, home) = (&app.ctx, basic.yunliang);
    let thursdays = Some("FREQ=WEEKLY;BYDAY=TH");
    let class = series(
        ctx,
        home,
        basic.activity_room,
        titled("老年反诈课"),
        "2026-11-26T09:30:00",
        thursdays,
    )
    .await;
    once(ctx, home, basic.hall, titled("合唱排练"), "2026-11-27T15:00:00").await;
    once(ctx, home, basic.square, titled("八段锦"), "2026-11-26T08:00:00").await;
    once(ctx, home, basic.hall, titled("做月饼"), "2026-11-19T09:00:00").await;
    schedule::session(ctx, home, class.session).await.unwrap()
}

async fn class(app: &TestApp, id: xianglao::domain::id::SessionId) -> schedule::SessionView {
    schedule::session(&app.ctx, app.seed_basic().await.yunliang, id)
        .await
        .unwrap()
}

fn times(view: &schedule::SessionView) -> String {
    format!("{}—{}", view.starts.strftime("%a %H:%M"), view.ends.strftime("%H:%M"))
}

#[tokio::test]
async fn staff_plan_the_week_with_keys_and_mouse_and_nothing_is_saved_before_they_say_so() {
    let (app, browser) = (TestApp::sqlite().await, Browser::launch().await);
    let session = plan(&app).await;
    let faults = Faults::default();
    let staff = Person::new(&browser, &app.address, "board", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;
    staff.open("/staff/week?week=2026-W48").await;
    staff.look("week").await;

    // Keys: search, walk, open, back, help.
    let focused = "document.activeElement.textContent";
    page.press("/").await;
    page.wait_until(
        "the search to have the focus",
        "document.activeElement.type === 'search'",
    )
    .await;
    page.fill("#find input", "反诈").await;
    page.press("Enter").await;
    assert!(page.eval(focused).await.as_str().unwrap().contains("老年反诈课"));
    page.press("ArrowUp").await;
    assert!(page.eval(focused).await.as_str().unwrap().contains("八段锦"));
    page.press("ArrowRight").await;
    assert!(page.eval(focused).await.as_str().unwrap().contains("合唱排练"));
    page.press("Enter").await;
    page.wait_for_text("看看").await;
    page.wait_until("the panel to have the focus", "document.activeElement.id === 'panel'")
        .await;
    page.press("Escape").await;
    assert!(page.eval(focused).await.as_str().unwrap().contains("合唱排练"));
    page.press("?").await;
    page.wait_for("#keys[open]").await;
    staff.look("keys").await;
    page.press("Escape").await;
    page.wait_until_gone("#more[open]").await;

    // Keys that move: a shadow, then Enter leads to the form.
    let card = format!("#s-{}", session.id);
    page.eval(&format!("document.querySelector('{card}').focus()")).await;
    page.press("Shift+ArrowDown").await;
    page.press("Shift+ArrowDown").await;
    page.press("Alt+Shift+ArrowDown").await;
    assert_eq!(page.text(".wk-drop").await, "10:00—11:15");
    staff.look("shadow").await;
    page.press("Escape").await;
    assert_eq!(page.count(".wk-drop").await, 0, "given up");
    page.press("Shift+ArrowRight").await;
    page.press("Enter").await;
    page.wait_for_text("改 1 场：11月27日 周五 上午9:30").await;
    assert_eq!(
        times(&class(&app, session.id).await),
        "Thu 09:30—10:30",
        "nothing is saved"
    );

    // Drawing the lower edge three quarters of an hour down, then saving, then back.
    staff.open("/staff/week?week=2026-W48").await;
    page.draw_edge(&card, 35.0).await;
    page.wait_for_text("改 1 场：11月26日 周四 上午9:30").await;
    assert_eq!(page.value("#f-start").await, "09:30");
    assert_eq!(page.value("#f-end").await, "11:15");
    staff.look("drawn").await;
    assert_eq!(
        times(&class(&app, session.id).await),
        "Thu 09:30—10:30",
        "nothing is saved"
    );
    page.click("#edit [value=save]").await;
    page.wait_for_text("改好了").await;
    assert_eq!(times(&class(&app, session.id).await), "Thu 09:30—11:15");
    staff.look("saved").await;
    page.click(".undo button").await;
    page.wait_until("to be back", "document.querySelector('#f-end')?.value === '10:30'")
        .await;
    assert_eq!(times(&class(&app, session.id).await), "Thu 09:30—10:30");

    // Dragging to another day, on a board that is older than what somebody else did.
    staff.open("/staff/week?week=2026-W48").await;
    let other = Change {
        starts_local: Some("2026-11-25T15:00:00".parse().unwrap()),
        venue_id: Some(app.seed_basic().await.hall),
        ..Change::default()
    };
    let home = app.seed_basic().await.yunliang;
    session::edit(&app.ctx, &Actor::System, home, session.id, Scope::This, other, false)
        .await
        .unwrap();
    page.drag(&card, "[data-day='2026-11-27'] .wk-ev").await;
    page.wait_for_text("刚才有人改过这一场。现在是11月25日 周三 下午3:00—4:00，多功能厅")
        .await;
    staff.look("meanwhile").await;
    assert_eq!(
        times(&class(&app, session.id).await),
        "Wed 15:00—16:00",
        "the other's change stands"
    );

    // The dialog: M, another venue, a free time, one press.
    staff
        .open(&format!("/staff/week?week=2026-W48&session={}", session.id))
        .await;
    page.eval(&format!("document.querySelector('{card}').focus()")).await;
    page.press("m").await;
    page.wait_for_text("在哪儿").await;
    page.fill("#f-date", "2026-11-27").await;
    page.wait_for_text("被合唱排练占着").await;
    staff.look("move-taken").await;
    page.click(".near button").await;
    page.wait_for_text("改 1 场").await;
    staff.look("move").await;
    page.click("#consequences [value=save]").await;
    page.wait_for_text("改好了").await;
    assert_ne!(times(&class(&app, session.id).await), "Wed 15:00—16:00");

    // Last week's cakes again.
    page.click("#more summary").await;
    staff.look("more").await;
    page.click_text("照抄上周").await;
    page.wait_for_text("做月饼").await;
    staff.look("copy").await;
    page.click_text("照抄 1 场").await;
    page.wait_for_text("照抄了 1 场").await;
    staff.look("copied").await;
    staff.open("/staff/week?week=2026-W48&view=venue&day=2026-11-26").await;
    page.wait_for_text("做月饼").await;
    staff.look("by-venue").await;
    page.resize(1366, 620).await;
    staff.open("/staff/week?week=2026-W48").await;
    staff.look("week-low").await;
    faults.none();
}

#[tokio::test]
async fn staff_move_and_copy_on_a_telephone_with_single_taps_and_without_scripts() {
    let (app, browser) = (TestApp::sqlite().await, Browser::launch().await);
    let session = plan(&app).await;
    let faults = Faults::default();
    let staff = Person::new(&browser, &app.address, "board", PHONE, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;
    staff.open("/staff/week?week=2026-W48").await;
    staff.look("week").await;
    // Before the page is opened: its script looks at once at what stands there, and the answer would change the page between two taps.
    page.set_javascript(false).await;
    page.click(&format!("#s-{} + .mv", session.id)).await;
    page.wait_for_text("在哪儿").await;
    staff.look("move").await;
    page.fill("#f-start", "15:00").await;
    page.fill("#f-end", "16:30").await;
    page.click(&format!("[for='room-{}']", app.seed_basic().await.parlour))
        .await;
    page.click("#consequences [value=preview]").await;
    page.wait_for_text("改 1 场：11月26日 周四 下午3:00").await;
    staff.look("move-looked").await;
    page.click("#consequences [value=save]").await;
    page.wait_for_text("改好了").await;
    staff.look("moved").await;
    assert_eq!(times(&class(&app, session.id).await), "Thu 15:00—16:30");
    staff.open("/staff/week/copy?from=2026-W47&to=2026-W48").await;
    staff.look("copy").await;
    page.click_text("照抄 1 场").await;
    page.wait_for_text("照抄了 1 场").await;
    staff.look("copied").await;
    faults.none();
}

fn pages_of(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.match_indices("/Type /Page")
        .filter(|(at, found)| !text[at + found.len()..].starts_with('s'))
        .count()
}

#[tokio::test]
async fn a_week_is_always_one_sheet_of_paper_however_much_is_in_it() {
    let (app, browser) = (TestApp::sqlite().await, Browser::launch().await);
    let basic = app.seed_basic().await;
    let faults = Faults::default();
    let staff = Person::new(&browser, &app.address, "print", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;
    let mut planned = 0;
    for (sessions, by_day, by_venue) in [(15, "f0", "f0"), (60, "f2", "f1"), (150, "l1", "l1")] {
        let rooms = [basic.activity_room, basic.hall, basic.parlour, basic.square];
        while planned < sessions {
            // Five days, four rooms, every hour and a quarter: some take time to clear.
            let (day, rest) = (planned % 5, planned / 5);
            let minute = 8 * 60 + rest / 4 * 75;
            let days = ["11-30", "12-01", "12-02", "12-03", "12-04"];
            let at = format!("2026-{}T{:02}:{:02}:00", days[day], minute / 60, minute % 60);
            let title = format!("第{}号活动", planned + 1);
            once(&app.ctx, basic.yunliang, rooms[rest % 4], titled(&title), &at).await;
            planned += 1;
        }
        for (view, size) in [("", by_day), ("&view=venue", by_venue)] {
            staff.open(&format!("/staff/week?week=2026-W49{view}&print=1")).await;
            staff
                .look(&format!(
                    "sheet-{sessions}{}",
                    if view.is_empty() { "" } else { "-venue" }
                ))
                .await;
            assert_eq!(page.count(&format!("main.{size}")).await, 1, "{sessions} {view}");
            let cut = "(() => { const m = document.querySelector('main'), b = m.getBoundingClientRect().bottom; \
                       return [...m.querySelectorAll('p, tr')].filter(e => e.getBoundingClientRect().bottom > b + 1).length; })()";
            assert_eq!(page.eval(cut).await, 0, "{sessions} {view}: something is cut off");
            let pdf = page.pdf().await;
            assert_eq!(pages_of(&pdf), 1, "{sessions} {view}");
            if let Some(folder) = std::env::var_os("XIANGLAO_SCREENSHOTS") {
                let name = format!("sheet-{sessions}{}.pdf", view.replace(['&', '='], "-"));
                std::fs::write(std::path::Path::new(&folder).join(name), &pdf).unwrap();
            }
        }
        // The board itself, printed with the browser's own key.
        staff.open("/staff/week?week=2026-W49").await;
        if sessions == 15 {
            assert_eq!(pages_of(&page.pdf().await), 1, "the board of {sessions}");
        }
    }
    faults.none();
}
