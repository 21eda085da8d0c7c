//! The browser driver against a small site of its own.

use axum::Router;
use axum::extract::Query;
use axum::response::Html;
use axum::routing::get;
use std::collections::BTreeMap;
use tokio::net::TcpListener;

use super::{Browser, Page};

const FORM: &str = r#"<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>报名</title><body style="height:3000px"><h1>本周活动</h1>
<noscript><p>没有脚本也能用</p></noscript>
<form action="/done" style="margin-top:2000px">
<label>姓名 <input name="name" value="旧名字"></label>
<label>日期 <input name="day" type="date"></label>
<select name="venue"><option value="">请选择</option><option value="v1">活动室</option></select>
<label><input type="checkbox" name="agree" value="yes"> 同意</label>
<button>我要报名</button></form>
<p id="later"></p><button id="ask" type="button">取消</button>
<script>
document.querySelector('#ask').onclick = () => {
    document.querySelector('#later').textContent = confirm('真的取消吗？') ? '已取消' : '没有取消';
};
</script>"#;

async fn site() -> String {
    async fn done(Query(fields): Query<BTreeMap<String, String>>) -> Html<String> {
        Html(format!(
            "<!doctype html><link rel=icon href='data:,'><h1>报名成功</h1><p id=fields>{fields:?}</p>"
        ))
    }
    async fn strict() -> ([(&'static str, &'static str); 1], Html<&'static str>) {
        (
            [("content-security-policy", "default-src 'none'; script-src 'self'")],
            Html("<!doctype html><script>document.title = 'inline'</script><script src='/missing.js'></script>"),
        )
    }
    async fn broken() -> Html<&'static str> {
        Html("<!doctype html><link rel=icon href='data:,'><script>console.error('坏了', 7); nowhere()</script>")
    }
    let router = Router::new()
        .route("/", get(|| async { Html(FORM) }))
        .route("/done", get(done))
        .route("/strict", get(strict))
        .route("/broken", get(broken));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

async fn sign_up(page: &Page) -> String {
    page.fill("[name=name]", "李桂花").await;
    page.fill("[name=day]", "2026-11-20").await;
    page.select("select", "活动室").await;
    page.check("[name=agree]", true).await;
    page.click_text("我要报名").await;
    assert!(
        page.url().await.contains("/done?"),
        "clicking waits for the page it leads to"
    );
    page.text("#fields").await
}

const SIGNED_UP: &str = r#"{"agree": "yes", "day": "2026-11-20", "name": "李桂花", "venue": "v1"}"#;

#[tokio::test]
async fn a_form_is_filled_in_and_sent_by_clicking() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(360, 740).await;
    page.goto(&site).await;
    assert_eq!(
        (page.title().await.as_str(), page.text("h1").await.as_str()),
        ("报名", "本周活动")
    );
    assert_eq!(
        page.eval("[innerWidth, 'ontouchstart' in window]").await.to_string(),
        "[360,true]"
    );
    assert_eq!(sign_up(&page).await, SIGNED_UP);
    page.wait_for_text("报名成功").await;
    page.back().await;
    page.wait_for("form").await;
    assert_eq!(page.console_errors(), Vec::<String>::new());
}

#[tokio::test]
async fn a_page_works_with_scripts_turned_off() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(1366, 768).await;
    page.set_javascript(false).await;
    page.goto(&site).await;
    page.wait_for_text("没有脚本也能用").await;
    assert_eq!(sign_up(&page).await, SIGNED_UP);
    page.set_javascript(true).await;
    page.goto(&site).await;
    assert_eq!(page.count("noscript p").await, 0);
}

#[tokio::test]
async fn a_question_is_answered_with_yes_and_remembered() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(1366, 768).await;
    page.goto(&site).await;
    page.click("#ask").await;
    page.wait_for_text("已取消").await;
    assert_eq!(page.dialogs(), ["真的取消吗？"]);
}

#[tokio::test]
async fn keys_move_and_send() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(1366, 768).await;
    page.goto(&site).await;
    page.fill("[name=name]", "").await;
    assert_eq!(page.value("[name=name]").await, "");
    page.press("x").await;
    page.press("Tab").await;
    assert_eq!(page.eval("document.activeElement.name").await, "day");
    page.press("Shift+Tab").await;
    page.press("Enter").await;
    assert!(page.text("#fields").await.contains(r#""name": "x""#));
}

#[tokio::test]
async fn what_goes_wrong_in_a_page_is_seen() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(1366, 768).await;
    page.goto(&format!("{site}/broken")).await;
    page.goto(&format!("{site}/strict")).await;
    let errors = page.console_errors();
    for sought in [
        "坏了 7",
        "nowhere is not defined",
        "Content Security Policy",
        "/missing.js",
    ] {
        assert!(
            errors.iter().any(|error| error.contains(sought)),
            "{sought} not in {errors:#?}"
        );
    }
}

#[tokio::test]
async fn two_pages_are_two_people_and_one_beside_another_is_the_same() {
    let (site, browser) = (site().await, Browser::launch().await);
    let (one, two) = (browser.page(1366, 768).await, browser.page(360, 740).await);
    let beside = browser.page_beside(&one, 1366, 768).await;
    for page in [&one, &two, &beside] {
        page.goto(&site).await;
    }
    one.eval("document.cookie = 'login=one'").await;
    assert_eq!(two.eval("document.cookie").await, "");
    assert_eq!(beside.eval("document.cookie").await, "login=one");
}

#[tokio::test]
async fn a_page_without_network_fails_to_fetch_until_it_is_back() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(360, 740).await;
    page.goto(&site).await;
    let fetch = "fetch('/done').then(answer => answer.status, () => 'failed')";
    page.set_offline(true).await;
    assert_eq!(page.eval(fetch).await, "failed");
    page.set_offline(false).await;
    assert_eq!(page.eval(fetch).await, 200);
}

#[tokio::test]
async fn pictures_are_as_large_as_the_window_or_the_page() {
    let (site, browser) = (site().await, Browser::launch().await);
    let page = browser.page(360, 740).await;
    page.goto(&site).await;
    let folder = tempfile::tempdir().unwrap();
    let size = |name: &str| {
        let png = std::fs::read(folder.path().join(name)).unwrap();
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    };
    page.screenshot(folder.path().join("window.png")).await;
    page.screenshot_all(folder.path().join("page.png")).await;
    assert_eq!(size("window.png"), (360, 740));
    assert!(size("page.png").1 >= 3000, "{:?}", size("page.png"));
}
