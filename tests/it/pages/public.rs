//! The pages residents read.

use std::collections::HashSet;
use std::path::PathBuf;

use reqwest::{Method, StatusCode, header};
use xianglao::domain::access::Actor;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{ReasonCode, SignUpMode};
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::session;

use crate::support::app::{TestApp, on_both};
use crate::support::browser::Browser;
use crate::support::plan::{once, series, titled};

/// A week with a session in every state; now is 9:20 on Wednesday.
async fn a_full_week(app: &TestApp) {
    let basic = app.seed_basic().await;
    let here = basic.yunliang;
    let ctx = &app.ctx;
    let mut exercise = titled("八段锦晨练");
    exercise.sign_up = SignUpMode::None;
    series(
        ctx,
        here,
        basic.square,
        exercise,
        "2026-11-23T08:30:00",
        Some("FREQ=DAILY;COUNT=7"),
    )
    .await;
    let mut moxa = titled("艾灸理疗");
    moxa.title_en = "Moxibustion".to_owned();
    moxa.capacity = Some(12);
    moxa.partner_id = Some(basic.zangyutang);
    moxa.description = "师傅先问有没有不舒服，再做。".to_owned();
    moxa.bring = "穿宽松的衣服。".to_owned();
    let moxa = series(
        ctx,
        here,
        basic.activity_room,
        moxa,
        "2026-11-25T10:00:00",
        Some("FREQ=WEEKLY;COUNT=4"),
    )
    .await;
    for n in 0..9 {
        let who = SignUp {
            name: "薛秀英".to_owned(),
            phone: format!("1390000100{n}"),
            ..SignUp::default()
        };
        enrolment::enrol(ctx, here, moxa.session, who).await.unwrap();
    }
    let mut talk = titled("冬季养生讲座");
    talk.capacity = Some(1);
    let talk = once(ctx, here, basic.hall, talk, "2026-11-25T15:00:00").await;
    for phone in ["13900002001", "13900002002", "13900002003"] {
        let who = SignUp {
            name: "刘德福".to_owned(),
            phone: phone.to_owned(),
            ..SignUp::default()
        };
        enrolment::enrol(ctx, here, talk.session, who).await.unwrap();
    }
    let choir = once(ctx, here, basic.hall, titled("夕阳红合唱"), "2026-11-25T18:00:00").await;
    let change = Change {
        starts_local: Some("2026-11-26T16:00:00".parse().unwrap()),
        reason: Some("老师今天有事，明天补上。".to_owned()),
        ..Change::default()
    };
    session::edit(ctx, &Actor::System, here, choir.session, Scope::This, change, false)
        .await
        .unwrap();
    let mut fraud = titled("老年反诈课");
    fraud.slogan = "新型诈骗花样多 捂紧群众钱袋子".to_owned();
    fraud.capacity = Some(40);
    once(ctx, here, basic.hall, fraud, "2026-11-26T09:30:00").await;
    let film = series(
        ctx,
        here,
        basic.parlour,
        titled("豫剧电影"),
        "2026-11-27T15:00:00",
        Some("FREQ=WEEKLY;COUNT=3"),
    )
    .await;
    let why = Some("放映机坏了，正在修。");
    session::cancel(
        ctx,
        &Actor::System,
        here,
        film.session,
        Scope::This,
        ReasonCode::Other,
        why,
        false,
    )
    .await
    .unwrap();
    app.clock.set("2026-11-25T09:20:00+08:00");
}

fn ids(html: &str) -> Vec<&str> {
    html.split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// What every page must be: small enough, no id twice, nothing inline that the content security policy would stop.
fn assert_sound(html: &str) {
    let mut seen = HashSet::new();
    for id in ids(html) {
        assert!(seen.insert(id), "the id {id} stands there twice");
    }
    for inline in [" style=", "<style", " onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{inline}");
    }
    assert!(!html.contains("<script>"));
    let style = std::fs::metadata("assets/static/css/base.css").unwrap().len();
    assert!(
        html.len() as u64 + style < 100_000,
        "{} bytes with {style} of style",
        html.len()
    );
    assert!(style <= 30_000, "the style sheet has {style} bytes");
    for (open, close) in [
        ("<li", "</li>"),
        ("<div", "</div>"),
        ("<section", "</section>"),
        ("<article", "</article>"),
        ("<p", "</p>"),
    ] {
        let opened = html
            .match_indices(open)
            .filter(|(at, _)| html[at + open.len()..].starts_with(['>', ' ']))
            .count();
        assert_eq!(opened, html.matches(close).count(), "{open} opened and closed");
    }
}

on_both!(the_week_says_how_each_session_stands, async |app| {
    a_full_week(&app).await;
    let html = app.client().page("/c/yunliang").await;
    assert_sound(&html);
    for words in [
        "今天",
        "周三",
        "农历十月十七",
        "正在进行",
        "不用报名，直接来",
        "还剩<span class=\"n\">3</span>个位子",
        "位子满了，可以排队",
        "前面有 2 位在排队",
        "改到明天 下午4:00",
        "老师今天有事，明天补上。",
        "改过时间，原来是今天 晚上6:00。",
        "这一次不办了",
        "放映机坏了，正在修。 下一次是 12月4日 周五 下午3:00。",
        "捂紧群众钱袋子",
        "藏御堂体验馆",
        "0374-0000001",
        "活动都不收钱。",
        "看下一周",
        "这周前几天",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert_eq!(html.matches("<i></i>").count(), 9, "taken seats are filled dots");
    assert_eq!(html.matches("<i class=\"o\"></i>").count(), 3);
    assert!(!html.contains("刘德福") && !html.contains("薛秀英"), "nobody is named");
    let today = html.find("id=\"today\"").unwrap();
    let tomorrow = html.find("id=\"tomorrow\"").unwrap();
    assert!(today < tomorrow && tomorrow < html.find("id=\"week\"").unwrap());
    assert!(html.find("这周前几天").unwrap() > html.find("id=\"week\"").unwrap());
});

on_both!(the_week_speaks_english_when_asked, async |app| {
    a_full_week(&app).await;
    let client = app.client();
    let html = client.page("/c/yunliang?lang=en").await;
    assert_sound(&html);
    for words in [
        "<html lang=\"en\"",
        "Today",
        "Going on now",
        "places left",
        "Moxibustion",
        "Zangyutang",
        "Phone us",
        "Moved to Tomorrow",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(
        client.page("/c/yunliang").await.contains("<html lang=\"en\""),
        "the choice is kept"
    );
    let html = client.page("/c/yunliang?lang=zh-CN").await;
    assert!(html.contains("<html lang=\"zh-CN\""));
});

on_both!(other_weeks_have_pages_and_far_ones_have_not, async |app| {
    a_full_week(&app).await;
    let client = app.client();
    let next = client.page("/c/yunliang?week=2026-W49").await;
    assert_sound(&next);
    assert!(next.contains("下周") && next.contains("艾灸理疗") && next.contains("回到本周"));
    let empty = client.page("/c/yunliang?week=2027-W20").await;
    assert!(empty.contains("这一周还没排") && empty.contains("0374-0000001"));
    for week in [
        "2026-W54",
        "2026-W00",
        "yesterday",
        "1999-W01",
        "9999-W52",
        "2026-48",
        "%F0%9F%98%80",
    ] {
        let answer = client.get(&format!("/c/yunliang?week={week}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{week}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("href=\"/c/yunliang\"") && page.contains("这一周看不了"),
            "a way on: {page}"
        );
        assert_sound(&page);
    }
});

on_both!(what_is_not_there_is_said_kindly, async |app| {
    app.seed_basic().await;
    let client = app.client();
    for (path, words) in [
        ("/c/nowhere", "没有这个社区"),
        ("/c/%3Cscript%3E", "没有这个社区"),
        (
            "/c/yunliang/sessions/0199c1de-0000-7000-8000-000000000001",
            "这场活动找不到了",
        ),
        ("/c/yunliang/sessions/nonsense", "这场活动找不到了"),
        ("/c/nowhere/sessions/nonsense", "没有这个社区"),
        (
            "/c/yunliang/programmes/0199c1de-0000-7000-8000-000000000001",
            "最近没有安排",
        ),
        ("/nothing/here", "没有这一页"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words), "{path}: {page}");
        assert_sound(&page);
    }
});

on_both!(
    an_unchanged_week_is_answered_304_and_a_changed_one_at_once,
    async |app| {
        a_full_week(&app).await;
        let client = app.client();
        let first = client.get("/c/yunliang").await;
        let etag = first.headers()[header::ETAG].clone();
        let ask = async || {
            let request = client
                .request(Method::GET, "/c/yunliang")
                .header(header::IF_NONE_MATCH, &etag);
            request.send().await.unwrap()
        };
        assert_eq!(ask().await.status(), StatusCode::NOT_MODIFIED);
        app.clock.set("2026-11-25T09:20:05+08:00");
        assert_eq!(
            ask().await.status(),
            StatusCode::NOT_MODIFIED,
            "made again, the same bytes"
        );
        let basic = app.seed_basic().await;
        once(
            &app.ctx,
            basic.yunliang,
            basic.parlour,
            titled("剪纸"),
            "2026-11-28T10:00:00",
        )
        .await;
        let changed = ask().await;
        assert_eq!(changed.status(), StatusCode::OK);
        assert!(changed.text().await.unwrap().contains("剪纸"));
        let request = client
            .request(Method::GET, "/c/yunliang")
            .header(header::ACCEPT_ENCODING, "gzip");
        let packed = request.send().await.unwrap();
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(packed.bytes().await.unwrap().len() < 12_000);
    }
);

on_both!(the_start_page_lists_communities, async |app| {
    app.seed_basic().await;
    let html = app.client().page("/").await;
    assert_sound(&html);
    assert!(html.contains("href=\"/c/yunliang\"") && html.contains("游园社区") && html.contains("魏都区文峰街道"));
});

on_both!(letters_and_colours_are_chosen_without_a_script, async |app| {
    app.seed_basic().await;
    let client = app.client();
    let chosen = client
        .submit("/prefs", &[("size", "xlarge"), ("back", "/c/yunliang?week=2026-W49")])
        .await;
    let html = client.follow(chosen).await.text().await.unwrap();
    assert!(html.contains("data-size=\"xlarge\"") && html.contains("下周"));
    client.submit("/prefs", &[("theme", "contrast"), ("back", "/")]).await;
    let html = client.page("/c/yunliang").await;
    assert!(html.contains("data-size=\"xlarge\" data-theme=\"contrast\"") && html.contains("换回白底黑字"));
    let away = client
        .submit("/prefs", &[("size", "huge\r\nX: y"), ("back", "//example.org/")])
        .await;
    assert_eq!(away.headers()[header::LOCATION], "/");
    assert!(
        away.headers().get(header::SET_COOKIE).is_none(),
        "unknown sizes are not kept"
    );
});

on_both!(a_session_and_its_programme_have_pages, async |app| {
    a_full_week(&app).await;
    let client = app.client();
    let week = client.page("/c/yunliang").await;
    let links: HashSet<&str> = week
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("/c/yunliang/sessions/"))
        .collect();
    assert!(links.len() > 8);
    for link in links {
        let html = client.page(link).await;
        assert_sound(&html);
        let programme = html
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|href| href.starts_with("/c/yunliang/programmes/") && !href.ends_with(".ics"))
            .unwrap();
        let answer = client.get(programme).await;
        if answer.status() == StatusCode::OK {
            assert_sound(&answer.text().await.unwrap());
        }
        let english = client.page(&format!("{link}?lang=en")).await;
        assert!(english.contains("What does it cost?"));
        client.page(&format!("{link}?lang=zh-CN")).await;
    }
});

/// Pictures of the pages for somebody to look at, when a folder for them is named; always that they fit a narrow phone.
#[tokio::test]
async fn the_pages_fit_a_phone_of_320_pixels_in_the_largest_letters() {
    let app = TestApp::sqlite().await;
    a_full_week(&app).await;
    let folder = std::env::var_os("XIANGLAO_SCREENSHOTS").map(PathBuf::from);
    let browser = Browser::launch().await;
    let week = app.client().page("/c/yunliang").await;
    let session = week
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("/c/yunliang/sessions/"))
        .nth(2)
        .unwrap();
    let places = [
        ("week", "/c/yunliang"),
        ("next", "/c/yunliang?week=2026-W49"),
        ("session", session),
        ("home", "/"),
        ("missing", "/c/yunliang/sessions/nothing"),
    ];
    for (look, width, cookies) in [
        ("std", 360, "size=std; path=/"),
        ("xlarge", 320, "size=xlarge; path=/"),
        ("contrast", 360, "theme=contrast; path=/"),
    ] {
        let phone = browser.page(width, 740).await;
        phone.goto(&format!("{}/", app.address)).await;
        phone.eval(&format!("document.cookie = '{cookies}'")).await;
        for (name, path) in places {
            phone.goto(&format!("{}{path}", app.address)).await;
            let wide = phone
                .eval("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(wide, 0, "{name} is wider than a phone of {width} px in {look}");
            if name != "missing" {
                assert_eq!(phone.console_errors(), [""; 0], "{name}");
            }
            if let Some(folder) = &folder {
                phone.screenshot_all(folder.join(format!("{name}-{look}.png"))).await;
            }
        }
    }
}
