//! What hangs on walls, in a real browser: the lobby screen, the week's poster, the notice on the door. Nothing may be cut, nothing too small to read, and
//! each sheet is one page of paper.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{SessionId, VenueId};
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{ReasonCode, SignUpMode};
use xianglao::domain::recurrence::HolidayPolicy;
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::programme::{self, PlanSeries};
use xianglao::services::session;

use super::look::{DESK, Faults, PHONE, Person};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::plan::{once, series, titled};
use crate::support::seed;

/// A television.
const TV: (u32, u32) = (1920, 1080);
/// The smallest text of the lobby screen, px at 1920.
const SMALLEST_ON_TV: f64 = 30.0;
/// 9 mm and 26 points, px.
const SMALLEST_TITLE: f64 = 9.0 / 25.4 * 96.0;
const SMALLEST_ON_NOTICE: f64 = 26.0 / 72.0 * 96.0;

/// What page.eval finds wrong with how an element's texts are set: `css` names the part, `least` the smallest letters in px, 0 for any.
fn faults_of(css: &str, least: f64) -> String {
    format!(
        r"(() => {{
        const out = [];
        const root = document.querySelector({css:?});
        const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
        const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        const ground = (e) => {{
            for (; e; e = e.parentElement) {{
                const c = rgb(getComputedStyle(e).backgroundColor);
                if (c.length === 3 || c[3] > 0) return c.slice(0, 3);
            }}
            return [255, 255, 255];
        }};
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {{
            const text = walker.currentNode.data.trim();
            const e = walker.currentNode.parentElement;
            if (!text || !e.getClientRects().length || e.closest('.vh, script, style')) continue;
            const style = getComputedStyle(e);
            const size = parseFloat(style.fontSize);
            // The two characters of the mark of the product are a drawing.
            if (size < {least} - 0.01 && !e.closest('.logo')) out.push(`${{text}}: ${{size}} px`);
            const [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < 7) out.push(`${{text}}: contrast ${{contrast.toFixed(2)}}`);
            const range = document.createRange();
            range.selectNodeContents(walker.currentNode);
            for (const box of range.getClientRects()) {{
                const frame = root.getBoundingClientRect();
                if (box.right > frame.right + 1 || box.bottom > frame.bottom + 1 || box.left < frame.left - 1 || box.top < frame.top - 1)
                    out.push(`${{text}}: sticks out of {css}`);
            }}
        }}
        return [...new Set(out)];
    }})()",
    )
}

/// The elements of a selector that hold more than they show. The box that a font draws its letters in is higher than the line they stand on by less than a
/// fifth of an em at the top and at the bottom: that much of it may stick out, no letter does.
fn cut(css: &str) -> String {
    format!(
        r"[...document.querySelectorAll({css:?})].filter(e => e.getClientRects().length).filter(e => {{
            const sizes = [e, ...e.querySelectorAll('*')].map(one => parseFloat(getComputedStyle(one).fontSize));
            return e.scrollHeight > e.clientHeight + 1 + 0.19 * Math.max(...sizes) || e.scrollWidth > e.clientWidth + 1;
        }}).map(e => `${{e.className}} ${{e.scrollWidth}}×${{e.scrollHeight}} in ${{e.clientWidth}}×${{e.clientHeight}}: ${{e.innerText.slice(0, 60)}}`)"
    )
}

async fn assert_well_set(page: &Page, what: &str, parts: &[&str], whole: &str, least: f64) {
    let wrong = page.eval(&faults_of(whole, least)).await;
    assert_eq!(wrong, json!([]), "{what}: {wrong:#}");
    for css in parts {
        let wrong = page.eval(&cut(css)).await;
        assert_eq!(wrong, json!([]), "{what}: {css} is cut: {wrong:#}");
    }
}

/// The text of the first QR code on the page, read by the reader that the door page uses.
async fn read_code(page: &Page) -> String {
    let reader = std::fs::read_to_string("assets/static/vendor/jsqr/jsQR.js").expect("the reader is there");
    page.eval(&format!("{reader}; 0")).await;
    let read = page
        .eval(
            r"(async () => {
            const svg = document.querySelector('svg.qr').cloneNode(true);
            svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
            svg.setAttribute('width', 400); svg.setAttribute('height', 400);
            const image = new Image();
            image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(new XMLSerializer().serializeToString(svg));
            await image.decode();
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 400;
            const pen = canvas.getContext('2d');
            pen.drawImage(image, 0, 0);
            const { data, width, height } = pen.getImageData(0, 0, 400, 400);
            return (window.jsQR || self.jsQR)(data, width, height)?.data || '';
        })()",
        )
        .await;
    read.as_str().unwrap_or_default().to_owned()
}

/// The sizes of a PDF's pages as chromium writes it, in whole millimetres.
fn pages(pdf: &[u8]) -> Vec<(i64, i64)> {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    text.split("/MediaBox [0 0 ")
        .skip(1)
        .map(|rest| {
            let mut sides = rest
                .split([' ', ']'])
                .map(|side| side.parse::<f64>().expect("a length"));
            let mut side = || {
                let points = sides.next().expect("a side");
                (points / 72.0 * 25.4).round() as i64
            };
            (side(), side())
        })
        .collect()
}

const A3: (i64, i64) = (297, 420);
const A4: (i64, i64) = (210, 297);

/// With `XIANGLAO_SCREENSHOTS=FOLDER` a picture is kept.
async fn keep(page: &Page, name: &str) {
    if let Some(folder) = std::env::var_os("XIANGLAO_SCREENSHOTS") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("the folder for pictures");
        page.screenshot_all(folder.join(format!("{name}.png"))).await;
    }
}

/// A day with a session in every state; now is 9:20 on Wednesday.
async fn a_full_day(app: &TestApp) -> Vec<SessionId> {
    let basic = app.seed_basic().await;
    let (ctx, here) = (&app.ctx, basic.yunliang);
    let mut exercise = titled("八段锦晨练");
    exercise.sign_up = SignUpMode::None;
    let rule = Some("FREQ=DAILY;COUNT=12");
    let exercise = series(ctx, here, basic.square, exercise, "2026-11-23T09:00:00", rule).await;
    let mut moxa = titled("艾灸理疗");
    moxa.capacity = Some(12);
    moxa.partner_id = Some(basic.zangyutang);
    let rule = Some("FREQ=WEEKLY;COUNT=4");
    let moxa = series(ctx, here, basic.activity_room, moxa, "2026-11-25T10:00:00", rule).await;
    let mut talk = titled("冬季养生讲座");
    talk.capacity = Some(1);
    let talk = once(ctx, here, basic.hall, talk, "2026-11-25T13:30:00").await;
    for phone in ["13900002001", "13900002002"] {
        let who = SignUp {
            name: "刘德福".to_owned(),
            phone: phone.to_owned(),
            ..SignUp::default()
        };
        enrolment::enrol(ctx, here, talk.session, who).await.expect("signed up");
    }
    let choir = once(ctx, here, basic.hall, titled("夕阳红合唱排练"), "2026-11-25T15:00:00").await;
    moved(app, choir.session, "2026-11-26T16:00:00", "老师今天有事，明天补上。").await;
    let rule = Some("FREQ=WEEKLY;COUNT=3");
    let film = series(
        ctx,
        here,
        basic.parlour,
        titled("豫剧电影"),
        "2026-11-25T16:00:00",
        rule,
    )
    .await;
    called_off(app, film.session, "放映机坏了，正在修。").await;
    let phones = once(ctx, here, basic.parlour, titled("手机帮办"), "2026-11-25T18:00:00").await;
    moved(app, phones.session, "2026-11-25T18:30:00", "前一场拖得久。").await;
    once(ctx, here, basic.hall, titled("老年反诈课"), "2026-11-26T09:30:00").await;
    once(ctx, here, basic.hall, titled("做月饼"), "2026-11-26T14:30:00").await;
    app.clock.set("2026-11-25T09:20:00+08:00");
    vec![
        exercise.session,
        moxa.session,
        talk.session,
        choir.session,
        film.session,
        phones.session,
    ]
}

async fn moved(app: &TestApp, id: SessionId, to: &str, why: &str) {
    let home = app.seed_basic().await.yunliang;
    let change = Change {
        starts_local: Some(to.parse().expect("a wall-clock time")),
        reason: Some(why.to_owned()),
        ..Change::default()
    };
    session::edit(&app.ctx, &Actor::System, home, id, Scope::This, change, false)
        .await
        .expect("it is moved");
}

async fn called_off(app: &TestApp, id: SessionId, why: &str) {
    let home = app.seed_basic().await.yunliang;
    let code = ReasonCode::Other;
    session::cancel(&app.ctx, &Actor::System, home, id, Scope::This, code, Some(why), false)
        .await
        .expect("it is cancelled");
}

const LOBBY_PARTS: [&str; 5] = [".tv-row", ".tv-next", ".tv-list:not([hidden])", ".tv-side", ".tv-qr"];

/// Asks the screen to fetch now instead of in half a minute.
async fn ask_now(page: &Page) {
    page.eval("window.dispatchEvent(new Event('online'))").await;
}

#[tokio::test]
async fn the_lobby_screen_fits_every_screen_and_can_be_read_across_the_hall() {
    let app = TestApp::sqlite().await;
    a_full_day(&app).await;
    let browser = Browser::launch().await;
    for (width, height) in [TV, (1366, 768), (1280, 720), (1024, 768), (1920, 937), (1080, 1920)] {
        let page = browser.page(width, height).await;
        page.goto(&format!("{}/c/yunliang/lobby", app.address)).await;
        page.wait_for_text("冬季养生讲座").await;
        let what = format!("{width}×{height}");
        keep(&page, &format!("lobby-{width}x{height}")).await;
        let over = page
            .eval("[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]")
            .await;
        assert_eq!(over, json!([0, 0]), "{what} moves");
        // A screen that is narrower shows the same picture smaller; one that stands has letters as large as one that lies.
        let least = if (width, height) == TV || height == 1920 {
            SMALLEST_ON_TV
        } else {
            0.0
        };
        assert_well_set(&page, &what, &LOBBY_PARTS, "#tv", least).await;
        assert_eq!(page.console_errors(), [""; 0]);
        assert_eq!(read_code(&page).await, format!("{}/c/yunliang", app.address), "{what}");
    }
    let page = browser.page(PHONE.0, PHONE.1).await;
    page.goto(&format!("{}/c/yunliang/lobby", app.address)).await;
    let wide = page.eval("document.documentElement.scrollWidth - innerWidth").await;
    keep(&page, "lobby-phone").await;
    assert_eq!(wide, json!(0), "on a telephone it moves sideways");
}

#[tokio::test]
async fn the_lobby_screen_changes_in_place_and_says_when_it_heard_nothing() {
    let app = TestApp::sqlite().await;
    let sessions = a_full_day(&app).await;
    let browser = Browser::launch().await;
    let page = browser.page(TV.0, TV.1).await;
    page.goto(&format!("{}/c/yunliang/lobby", app.address)).await;
    assert_eq!(page.text(".tv-next h2").await, "艾灸理疗");
    assert_eq!(page.text(".tv-next .cap span:last-child").await, "还有 40 分钟");
    for (row, state) in [
        ("八段锦晨练", "正在进行"),
        ("冬季养生讲座", "满了\n可排队"),
        ("夕阳红合唱排练", "改到明天\n下午4:00"),
        ("豫剧电影", "这次不办了\n下次12月2日"),
    ] {
        let shown = page
            .eval(&format!(
                "[...document.querySelectorAll('.tv-row')].find(e => e.querySelector('h2').innerText === '{row}')?.querySelector('.st').innerText.trim()"
            ))
            .await;
        assert_eq!(shown, json!(state), "{row}");
    }
    let html = page.eval("document.documentElement.outerHTML").await;
    assert!(
        !html.as_str().expect("a page").contains("刘德福"),
        "nobody's name is on it"
    );

    // A cancelled session and the minute reach the screen without loading it again.
    page.eval("window.same = true").await;
    page.wait_until(
        "the clock",
        "document.querySelector('[data-clock] b').innerText === '9:20'",
    )
    .await;
    called_off(&app, sessions[1], "老师病了。").await;
    app.clock.set("2026-11-25T09:59:30+08:00");
    ask_now(&page).await;
    page.wait_until(
        "the next one",
        "document.querySelector('.tv-next h2').innerText === '冬季养生讲座'",
    )
    .await;
    app.clock.set("2026-11-25T13:29:30+08:00");
    ask_now(&page).await;
    page.wait_for_text("还有 1 分钟").await;
    app.clock.set("2026-11-25T13:30:01+08:00");
    ask_now(&page).await;
    page.wait_until(
        "the one after it",
        "document.querySelector('.tv-next h2').innerText === '手机帮办'",
    )
    .await;
    assert_eq!(page.eval("window.same").await, json!(true), "it was not loaded again");

    // Ten minutes of silence are said, and so is a new day; the clock goes on.
    page.set_offline(true).await;
    let later = async |by: Duration| {
        let by = by.as_millis();
        page.eval(&format!(
            "window.real ??= performance.now.bind(performance); performance.now = () => window.real() + {by}"
        ))
        .await;
    };
    page.eval("document.querySelector('[data-stale]').hidden").await;
    assert!(
        !page
            .eval("document.body.innerText.includes('安排可能有变')")
            .await
            .as_bool()
            .expect("a flag")
    );
    later(Duration::from_secs(601)).await;
    page.wait_for_text("安排可能有变，请问服务台").await;
    page.wait_until(
        "the clock",
        "document.querySelector('[data-clock] b').innerText === '1:40'",
    )
    .await;
    keep(&page, "lobby-offline").await;
    later(Duration::from_hours(24)).await;
    page.wait_for_text("这是11月25日 周三的安排，请问服务台").await;
    page.set_offline(false).await;
    ask_now(&page).await;
    page.wait_until_gone("[data-stale], [data-old]").await;
}

#[tokio::test]
async fn a_long_list_turns_and_an_empty_day_shows_the_next() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let (ctx, here) = (&app.ctx, basic.yunliang);
    let venues = [basic.activity_room, basic.parlour, basic.hall, basic.square];
    for n in 0..8 {
        let at = format!("2026-11-27T{:02}:00:00", 9 + n);
        once(ctx, here, venues[n % 4], titled(&format!("第{n}个活动")), &at).await;
    }
    let long = "说得很长很长的一个名字".chars().cycle().take(40).collect::<String>();
    let mut longest = titled(&long);
    longest.slogan = "长".repeat(40);
    once(ctx, here, basic.hall, longest, "2026-11-27T18:00:00").await;
    let browser = Browser::launch().await;
    let page = browser.page(TV.0, TV.1).await;
    let lobby = format!("{}/c/yunliang/lobby", app.address);
    page.goto(&lobby).await;
    page.wait_for_text("今天没有安排").await;
    page.wait_for_text("后天的安排").await;
    keep(&page, "lobby-empty-day").await;
    app.clock.set("2026-11-27T08:00:00+08:00");
    ask_now(&page).await;
    page.wait_until(
        "the hour",
        "document.querySelector('.tv-next .cap span:last-child').innerText === '还有 1 小时'",
    )
    .await;
    let shown = "[...document.querySelectorAll('[data-page]')].findIndex(e => !e.hidden)";
    assert_eq!(page.count("[data-page]").await, 2);
    let (mut seen, mut turns): (Vec<i64>, u32) = (Vec::new(), 0);
    while turns < 2 {
        let now = page.eval(shown).await.as_i64().expect("a number");
        assert_eq!(page.count("[data-page]:not([hidden])").await, 1);
        assert_well_set(&page, "a long list", &LOBBY_PARTS, "#tv", SMALLEST_ON_TV).await;
        keep(&page, &format!("lobby-turn-{turns}")).await;
        seen.push(now);
        turns += 1;
        // Fifteen seconds: it is the page's own clock that turns it.
        page.wait_until("the list to turn", &format!("{shown} !== {now}")).await;
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
    // The longest words in the card, beside a notice.
    app.clock.set("2026-11-27T17:30:00+08:00");
    ask_now(&page).await;
    page.wait_for_text("还有 30 分钟").await;
    assert_well_set(&page, "the longest title", &LOBBY_PARTS, "#tv", SMALLEST_ON_TV).await;
    keep(&page, "lobby-longest").await;

    // Without a script the browser is asked to come again, and each minute has its page.
    let plain = browser.page(TV.0, TV.1).await;
    plain.set_javascript(false).await;
    for (minute, first) in [("08:00", "第0个活动"), ("08:01", "第6个活动")] {
        app.clock.set(&format!("2026-11-27T{minute}:00+08:00"));
        app.clock.advance(SignedDuration::from_secs(3));
        plain.goto(&lobby).await;
        assert_eq!(plain.text("[data-page]:not([hidden]) h2").await, first);
        assert_eq!(plain.count("meta[http-equiv=refresh]").await, 1);
    }
}

/// A week with this many sessions from one Monday on, spread over its days.
async fn fill(app: &TestApp, from: usize, to: usize, title: &dyn Fn(usize) -> String) -> Vec<SessionId> {
    let basic = app.seed_basic().await;
    let venues: [VenueId; 4] = [basic.activity_room, basic.parlour, basic.hall, basic.square];
    let mut made = Vec::new();
    for n in from..to {
        let (day, turn) = (n % 7, n / 7);
        let at = format!("2026-12-{:02}T{:02}:30:00", 7 + day, 8 + 2 * turn);
        let mut new = titled(&title(n));
        new.slogan = "新型诈骗花样多 捂紧群众钱袋子".to_owned();
        new.partner_id = Some(basic.zangyutang);
        made.push(once(&app.ctx, basic.yunliang, venues[n % 4], new, &at).await.session);
    }
    made
}

/// Prints both sizes and looks whether anything is cut; gives how many sheets there are.
async fn check_poster(app: &TestApp, page: &Page, count: usize, name: &str) -> usize {
    let mut sheets = 0;
    for (size, paper) in [("a3", A3), ("a4", A4)] {
        page.goto(&format!("{}/c/yunliang/poster?week=2026-W50&size={size}", app.address))
            .await;
        sheets = page.count(".ps").await;
        let what = format!("{count} sessions on {size}");
        let printed = pages(&page.pdf().await);
        assert_eq!(printed, vec![paper; sheets], "{what}");
        page.set_print(true).await;
        for n in 0..sheets {
            page.eval(&format!(
                "document.querySelectorAll('.ps').forEach((e, i) => e.classList.toggle('at', i === {n}))"
            ))
            .await;
            let parts = [".ps", ".ps-days", ".ps-day", ".ps-s", ".ps-s .p", ".hg-foot", ".ps-top"];
            assert_well_set(page, &what, &parts, ".ps.at", 0.0).await;
        }
        let titles = page.texts(".ps-s h2").await;
        assert_eq!(titles.len(), count, "{what}: {titles:?}");
        let small = page
            .eval("Math.min(...[...document.querySelectorAll('.ps-s h2')].map(e => parseFloat(getComputedStyle(e).fontSize)))")
            .await;
        let scale = if size == "a3" { 1.0 } else { 0.707 };
        assert!(
            small.as_f64().expect("a size") >= SMALLEST_TITLE * scale - 0.01,
            "{what}: {small}"
        );
        page.set_print(false).await;
        if size == "a3" {
            keep(page, &format!("poster-{name}")).await;
        }
        assert_eq!(read_code(page).await, format!("{}/c/yunliang", app.address));
    }
    sheets
}

#[tokio::test]
async fn the_poster_is_one_page_until_it_is_two() {
    let app = TestApp::sqlite().await;
    let browser = Browser::launch().await;
    let page = browser.page(DESK.0, DESK.1).await;
    let mut there = 0;
    for (count, sheets, second_lines) in [
        (1, 1, true),
        (12, 1, true),
        (13, 1, false),
        (20, 1, false),
        (40, 2, false),
    ] {
        let title = |n: usize| ["艾灸理疗", "老年反诈课", "夕阳红合唱", "手机帮办"][n % 4].to_owned();
        fill(&app, there, count, &title).await;
        there = count;
        assert_eq!(
            check_poster(&app, &page, count, &count.to_string()).await,
            sheets,
            "{count}"
        );
        assert_eq!(page.count(".ps-s .second").await > 0, second_lines, "{count}");
    }
    assert_eq!(
        page.texts(".ps-top .of").await,
        ["第 1 张，共 2 张", "第 2 张，共 2 张"]
    );
    assert_eq!(page.console_errors(), [""; 0]);
}

#[tokio::test]
async fn the_poster_holds_the_longest_texts_and_every_change() {
    let app = TestApp::sqlite().await;
    let browser = Browser::launch().await;
    let page = browser.page(DESK.0, DESK.1).await;
    let long = |n: usize| {
        let words = ["长", "老年大学（书法）班，", "senior calligraphy "][n % 3];
        words.chars().cycle().take(40).collect::<String>()
    };
    let made = fill(&app, 0, 20, &long).await;
    called_off(&app, made[0], &"因".repeat(100)).await;
    moved(&app, made[1], "2026-12-12T19:00:00", "补课。").await;
    moved(&app, made[2], "2026-12-09T19:00:00", "换到晚上。").await;
    moved(&app, made[3], "2026-12-28T09:00:00", "推后。").await;
    // One more place, that the second left; the fourth left the week, and its place stays, too.
    let sheets = check_poster(&app, &page, 21, "longest").await;
    assert!(sheets >= 2, "{sheets}");
    for badge in ["停一次", "改到周六", "周二改来", "改时间了", "改到12月28日"] {
        page.wait_for_text(badge).await;
    }
}

#[tokio::test]
async fn the_poster_tells_holidays_and_what_is_daily_and_staff_find_it() {
    let app = TestApp::sqlite().await;
    app.clock.set("2026-09-20T09:00:00+08:00");
    let basic = app.seed_basic().await;
    let (ctx, here) = (&app.ctx, basic.yunliang);
    let mut exercise = titled("八段锦晨练");
    exercise.sign_up = SignUpMode::None;
    let exercise = programme::create_programme(ctx, &Actor::System, here, exercise)
        .await
        .expect("the programme is made");
    let at = "2026-09-21T08:30:00".parse().expect("a wall-clock time");
    let mut wish = PlanSeries::once(exercise.id, basic.square, at, 60);
    wish.rule = Some("FREQ=DAILY;COUNT=30".to_owned());
    wish.holiday_policy = HolidayPolicy::Hold;
    programme::plan_series(ctx, &Actor::System, here, wish, false)
        .await
        .expect("it is planned");
    once(ctx, here, basic.hall, titled("国庆电影"), "2026-09-29T15:00:00").await;
    let faults = Faults::default();
    let browser = Browser::launch().await;
    let staff = Person::new(&browser, &app.address, "poster", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    staff.open("/staff/week?week=2026-W40").await;
    let page = &staff.page;
    page.click("#more summary").await;
    page.click_text("打印海报，贴出来").await;
    page.wait_for_text("一周安排").await;
    staff.look("week").await;
    assert_eq!(page.texts(".ps-day.daily h2").await, ["八段锦晨练"]);
    assert_eq!(page.count(".ps-s").await, 2, "what is daily stands once");
    for words in [
        "每天",
        "放假也照常",
        "国庆节",
        "放假到10月7日",
        "10月10日 周六照常上班",
        "没有安排",
    ] {
        page.wait_for_text(words).await;
    }
    assert_eq!(pages(&page.pdf().await), [A3]);
    page.click_text("A4").await;
    page.wait_for_text("八段锦晨练").await;
    assert_eq!(pages(&page.pdf().await), [A4]);
    let phone = staff.beside(&browser, "poster-phone", PHONE).await;
    phone.open("/c/yunliang/poster?week=2026-W40").await;
    phone.look("week").await;
    faults.none();
}

async fn check_notice(app: &TestApp, page: &Page, id: SessionId, what: &str) {
    for (size, paper) in [("a4", A4), ("a3", A3)] {
        page.goto(&format!("{}/staff/sessions/{id}/notice?size={size}", app.address))
            .await;
        assert_eq!(pages(&page.pdf().await), [paper], "{what} on {size}");
        page.set_print(true).await;
        assert_well_set(page, what, &[".nt", ".nt-body", ".nt-foot"], ".nt", SMALLEST_ON_NOTICE).await;
        page.set_print(false).await;
    }
    page.goto(&format!("{}/staff/sessions/{id}/notice", app.address)).await;
    keep(page, &format!("notice-{what}")).await;
    assert_eq!(
        read_code(page).await,
        format!("{}/c/yunliang/sessions/{id}", app.address)
    );
}

#[tokio::test]
async fn a_notice_for_the_door_is_one_page_of_large_letters() {
    let app = TestApp::sqlite().await;
    let sessions = a_full_day(&app).await;
    let faults = Faults::default();
    let browser = Browser::launch().await;
    let staff = Person::new(&browser, &app.address, "notice", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;
    page.wait_for("#main").await;
    staff.open(&format!("/staff/week?session={}", sessions[1])).await;
    page.click_text("打印告示").await;
    page.wait_for_text("要报名：打电话，或者扫下面的码").await;
    check_notice(&app, page, sessions[1], "usual").await;
    check_notice(&app, page, sessions[4], "off").await;
    for words in ["这一次不办了", "放映机坏了，正在修。", "下一次是 12月2日 周三 下午4:00"] {
        page.wait_for_text(words).await;
    }
    assert_eq!(page.count("p.when s").await, 1, "its time is struck");
    check_notice(&app, page, sessions[3], "moved").await;
    for words in [
        "改时间了",
        "原来：11月25日 周三 下午3:00",
        "改到：11月26日 周四",
        "下午4:00 到 5:00",
    ] {
        page.wait_for_text(words).await;
    }
    assert_eq!(page.text("p.before s").await, "11月25日 周三 下午3:00");
    let long: String = "说得很长很长的一个名字".chars().cycle().take(40).collect();
    let longest = fill(&app, 0, 1, &|_| long.clone()).await[0];
    moved(&app, longest, "2026-12-12T19:00:00", &"因为这样那样的缘故，".repeat(10)).await;
    check_notice(&app, page, longest, "longest").await;
    page.wait_for_text(&long).await;
    let phone = staff.beside(&browser, "notice-phone", PHONE).await;
    phone.open(&format!("/staff/sessions/{longest}/notice")).await;
    phone.look("longest").await;
    faults.none();
}

/// The eye of the tests above: what is too small, too faint or cut is seen.
#[tokio::test]
async fn what_is_badly_set_is_seen() {
    let app = TestApp::sqlite().await;
    a_full_day(&app).await;
    let browser = Browser::launch().await;
    let page = browser.page(TV.0, TV.1).await;
    page.goto(&format!("{}/c/yunliang/lobby", app.address)).await;
    page.wait_for_text("冬季养生讲座").await;
    // In one step: the page sets itself anew now and then.
    let after = async |change: &str, look: &str| -> Value { page.eval(&format!("({change}, {look})")).await };
    let seen = async |change: &str| -> Value { after(change, &faults_of("#tv", SMALLEST_ON_TV)).await };
    assert_eq!(seen("0").await, json!([]));
    let small = seen("document.querySelector('.tv-next h2').style.fontSize = '29px'").await;
    assert!(small.to_string().contains("29 px"), "{small}");
    let faint = seen("document.querySelector('.tv-row h2').style.color = '#777'").await;
    assert!(faint.to_string().contains("contrast"), "{faint}");
    let cramped = after(
        "document.querySelector('.tv-row').style.maxHeight = '60px'",
        &cut(".tv-row"),
    )
    .await;
    assert_ne!(cramped, json!([]));
}

#[tokio::test]
async fn the_notice_of_a_closure_is_one_page_of_large_letters() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let faults = Faults::default();
    let browser = Browser::launch().await;
    let staff = Person::new(&browser, &app.address, "closure", DESK, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    let page = &staff.page;
    page.wait_for("#main").await;
    let long: String = "说得很长很长的一个名字".chars().cycle().take(40).collect();
    for (day, count, kind) in [("02", 3, "closure"), ("07", 14, "closure"), ("16", 14, "weather")] {
        let first: usize = day.parse().expect("a day");
        let mut decisions = Vec::new();
        for n in 0..count {
            let title = if day == "16" {
                long.clone()
            } else {
                format!("手工课{n}")
            };
            let at = format!("2026-12-{:02}T{:02}:00:00", first + n / 5, 8 + 2 * (n % 5));
            let made = once(&app.ctx, basic.yunliang, basic.activity_room, titled(&title), &at).await;
            let act = if n % 3 == 2 { "keep" } else { "cancel" };
            decisions.push(json!({"session_id": made.session, "act": act}));
        }
        let id = format!("01939f00-0000-7000-8000-0000000000{day}");
        let body = json!({
            "id": id, "kind": kind, "all": kind == "weather",
            "venue_ids": if kind == "weather" { json!([]) } else { json!([basic.activity_room]) },
            "starts_at": format!("2026-12-{day}T07:00:00"), "ends_at": format!("2026-12-{:02}T22:00:00", first + 2),
            "reason_code": "weather", "reason": if count == 3 { "暖气检修".to_owned() } else { "因".repeat(60) },
            "decisions": decisions,
        });
        let desk = app.client_as(Role::Staff).await;
        let done = desk.post("/api/v1/communities/yunliang/closures", &body).await;
        assert_eq!(done.status(), 201, "{}", done.text().await.unwrap());
        for (size, paper) in [("a4", A4), ("a3", A3)] {
            page.goto(&format!("{}/staff/closures/{id}/notice?size={size}", app.address))
                .await;
            assert_eq!(pages(&page.pdf().await), [paper], "{day} on {size}");
            page.set_print(true).await;
            assert_well_set(page, day, &[".nt", ".nt-body", ".nt-foot"], ".nt", SMALLEST_ON_NOTICE).await;
            page.set_print(false).await;
        }
        page.goto(&format!("{}/staff/closures/{id}/notice", app.address)).await;
        keep(page, &format!("closure-{day}")).await;
        assert_eq!(page.count(".nt .more").await > 0, count > 3, "{day}");
        assert_eq!(read_code(page).await, format!("{}/c/yunliang", app.address));
    }
    staff.open("/staff/closures").await;
    staff.look("closures").await;
    page.click_text("群里的话").await;
    page.wait_for("#group-text").await;
    staff.look("closure-group").await;
    let phone = staff.beside(&browser, "closure-phone", PHONE).await;
    for path in [
        "/staff/closures",
        "/staff/closures/01939f00-0000-7000-8000-000000000002/group-text",
    ] {
        phone.open(path).await;
        phone.look(path).await;
    }
    faults.none();
}
