//! The staff wing's planning pages: what they show, what they refuse and how they say it.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{AccountId, SessionId};
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::proposal::{self, NewProposal};
use xianglao::services::schedule;

use crate::support::app::{TestApp, location, on_both};
use crate::support::planner::{
    change, panel_form, planned, send, session_on, text, token, value_of, week_of, weekly_class, with,
};

on_both!(only_staff_and_administrators_get_in, async |app: TestApp| {
    app.seed_basic().await;
    for path in ["/staff", "/staff/week", "/staff/programmes", "/staff/programmes/new"] {
        let nobody = app.client().get(path).await;
        assert_eq!(location(&nobody), format!("/login?back={path}"));
        for role in [Role::District, Role::Partner] {
            let refused = app.client_as(role).await.get(path).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{role:?} {path}");
        }
        for role in [Role::Staff, Role::Admin] {
            app.client_as(role).await.page(path).await;
        }
    }
    let form = weekly_class(&app, "01234567-89ab-7def-8123-456789abcdef").await;
    for role in [Role::District, Role::Partner] {
        let refused = send(&app.client_as(role).await, "/staff/programmes", &form).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    assert!(week_of(&app, date(2026, 12, 2)).await.is_empty());
});

#[tokio::test]
async fn an_administrator_chooses_the_community_and_the_choice_is_remembered() {
    let app = TestApp::sqlite().await;
    let admin = app.client_as(Role::Admin).await;
    assert!(admin.page("/staff").await.contains("游园社区"), "the first by name");
    assert!(admin.page("/staff?community=yunliang").await.contains("运粮社区"));
    assert!(admin.page("/staff/week").await.contains("运粮社区"));
    let missing = admin.get("/staff?community=atlantis").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    // Staff stay in their own, whatever the address says.
    let staff = app.client_as(Role::Staff).await;
    assert!(staff.page("/staff?community=youyuan").await.contains("运粮社区"));
}

#[tokio::test]
async fn pages_carry_no_style_and_no_script_of_their_own_and_speak_english_too() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let programme = planned(&app, &staff).await;
    let session = session_on(&app, date(2026, 12, 2)).await;
    for path in [
        "/staff".to_owned(),
        "/staff/week".to_owned(),
        format!("/staff/week?week=2026-W49&session={}", session.id),
        "/staff/week?week=2026-W49&view=venue&day=2026-12-02".to_owned(),
        format!("/staff/sessions/{}/cancel", session.id),
        "/staff/programmes".to_owned(),
        "/staff/programmes/new".to_owned(),
        programme.clone(),
        format!("{programme}/series/new"),
    ] {
        for lang in ["zh-CN", "en"] {
            let joint = if path.contains('?') { '&' } else { '?' };
            let html = staff.page(&format!("{path}{joint}lang={lang}")).await;
            assert!(!html.contains(" style="), "{path}");
            assert!(!html.contains("<style"), "{path}");
            assert!(!html.contains("<script>"), "{path}");
            assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            assert!(!html.contains("Unknown localization"), "{path} {lang}: {html}");
            assert!(html.len() < 100_000, "{path}: {} bytes", html.len());
        }
    }
}

#[tokio::test]
async fn a_week_or_session_that_does_not_exist_is_not_found() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    for path in [
        "/staff/week?week=2026-W60",
        "/staff/week?session=01234567-89ab-7def-8123-456789abcdef",
        "/staff/week?session=nonsense",
        "/staff/sessions/01234567-89ab-7def-8123-456789abcdef/cancel",
        "/staff/programmes/01234567-89ab-7def-8123-456789abcdef",
    ] {
        assert_eq!(staff.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_new_activity_with_nothing_right_says_so_of_every_field_and_keeps_what_was_typed() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    for (field, typed, said) in [
        ("title", "", "请写上名称"),
        ("date", "2026-02-30", "日期没填对"),
        ("date", "3026-01-01", "日期没填对"),
        ("start", "25:00", "时间没填对"),
        ("duration", "一小时", "不是数字"),
        ("duration", "0", "5"),
        ("capacity", "0", "2000"),
        ("capacity", "10000", "2000"),
        ("venue", "nowhere", "请从列表里选一个"),
        ("kind", "party", "请从列表里选一个"),
        ("end_count", "0", "填 1 到 1000"),
    ] {
        let wrong = with(&form, field, typed);
        let html = text(
            send(&staff, "/staff/programmes", &wrong).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
        assert!(html.contains(said), "{field} {typed}: {html}");
        assert!(
            html.contains(&format!("href=\"#f-{field}\"")),
            "{field} {typed}: {html}"
        );
        assert!(html.contains("value=\"反诈课\"") || field == "title", "{field}");
        assert!(html.contains("value=\"新型诈骗花样多\""), "{field}");
    }
    let long: String = "很".repeat(300);
    let html = send(&staff, "/staff/programmes", &with(&form, "title", &long)).await;
    let html = text(html, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains(&long) && html.contains("href=\"#f-title\""));
    assert!(week_of(&app, date(2026, 12, 2)).await.is_empty());
}

#[tokio::test]
async fn a_rule_that_never_yields_is_refused_with_the_reason() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    let never = with(
        &with(&form, "repeat", "custom"),
        "rrule",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    );
    let html = text(
        send(&staff, "/staff/programmes", &never).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(html.contains("href=\"#f-rrule\""), "{html}");
    assert!(html.contains("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"));
    let nonsense = with(&with(&form, "repeat", "custom"), "rrule", "每周三");
    let html = text(
        send(&staff, "/staff/programmes", &nonsense).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(html.contains("href=\"#f-rrule\""), "{html}");
}

on_both!(a_form_sent_twice_plans_once, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    let (one, two) = tokio::join!(
        send(&staff, "/staff/programmes", &form),
        send(&staff, "/staff/programmes", &form)
    );
    let there = [location(&one), location(&two)].map(|to| to.split('?').next().unwrap().to_owned());
    assert_eq!(there[0], there[1]);
    let third = location(&send(&staff, "/staff/programmes", &form).await);
    assert!(third.ends_with("done=already"), "{third}");
    assert_eq!(week_of(&app, date(2026, 12, 2)).await.len(), 1);
    let list = staff.page("/staff/programmes").await;
    assert_eq!(list.matches("反诈课</a>").count(), 1, "{list}");
});

#[tokio::test]
async fn the_preview_lists_every_date_with_its_lunar_day_and_the_holiday_it_leaves_out() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    // Thursdays across new year's day 2026: a day off in the official calendar of 2026.
    app.clock.set("2025-12-20T08:00:00+08:00");
    let form = with(&with(&form, "date", "2025-12-25"), "days", "TH");
    let whole = text(
        send(&staff, "/staff/programmes", &with(&form, "step", "preview")).await,
        StatusCode::OK,
    )
    .await;
    let piece = text(send(&staff, "/staff/programmes/preview", &form).await, StatusCode::OK).await;
    for html in [&whole, &piece] {
        assert!(html.contains("12月25日 周四"), "{html}");
        assert!(html.contains("上午9:30—10:30"));
        assert!(html.contains("冬月初六"));
        assert!(html.contains("放假，停一次"));
        assert!(html.contains("每周四"));
    }
    assert!(whole.contains("<html") && !piece.contains("<html"));
    assert!(
        week_of(&app, date(2025, 12, 25)).await.is_empty(),
        "a preview stores nothing"
    );
}

/// What is chosen, what is filled in for it, and what the preview then says.
type Choice = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

#[tokio::test]
async fn whoever_never_heard_of_rrule_plans_by_lunar_days_terms_and_heat() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let form = weekly_class(&app, &token(&staff).await).await;
    let page = staff.page("/staff/programmes/new").await;
    for offered in ["每月农历初几", "节气前后", "三伏", "三九", "腊月", "白露", "中伏加强"] {
        assert!(page.contains(offered), "{offered}");
    }
    let choices: [Choice; 5] = [
        (
            "lunar_month",
            &[("lunar_day", "1"), ("lunar_day_2", "15")],
            &["每月农历初一、十五 上午9:30", "12月9日 周三", "冬月初一"],
        ),
        (
            "lunar_year",
            &[("lunar_month", "9"), ("lunar_leap", "skip"), ("lunar_day", "9")],
            // Beyond the horizon, so nothing is stored yet; it is shown all the same.
            &["每年农历九月初九", "再往后", "2027年10月8日"],
        ),
        (
            "term",
            &[("term", "LIQIU"), ("term_side", "before"), ("term_days", "3")],
            &["每年立秋前3天", "2027年8月5日"],
        ),
        (
            "sanfu",
            &[("sanfu", "CHU"), ("sanfu", "MO")],
            &["每年三伏（初伏、末伏）", "2027年7月20日", "2027年8月9日"],
        ),
        ("sanjiu", &[("sanjiu", "1")], &["每年三九（一九）", "12月22日 周二"]),
    ];
    for (repeat, fields, shown) in choices {
        let mut form: Vec<_> = with(&form, "repeat", repeat);
        for (name, value) in fields {
            form.push((*name, (*value).to_owned()));
        }
        let piece = text(send(&staff, "/staff/programmes/preview", &form).await, StatusCode::OK).await;
        for words in shown {
            assert!(piece.contains(words), "{repeat}: {words} in {piece}");
        }
    }
    let wrong = with(&form, "repeat", "sanfu");
    let answer = send(&staff, "/staff/programmes", &with(&wrong, "step", "save")).await;
    let html = text(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains("#f-sanfu") && html.contains("至少选一个"), "{html}");
}

#[tokio::test]
async fn a_session_outside_the_usual_hours_widens_the_board() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let usual = staff.page("/staff/week?week=2026-W49").await;
    assert!(usual.contains("<li>7:00</li>") && usual.contains("<li>18:00</li>") && !usual.contains("<li>19:00</li>"));
    let form = weekly_class(&app, &token(&staff).await).await;
    let late = with(&with(&form, "start", "19:00"), "duration", "90");
    location(&send(&staff, "/staff/programmes", &late).await);
    let wide = staff.page("/staff/week?week=2026-W49").await;
    assert!(wide.contains("<li>20:00</li>"), "{wide}");
    assert!(wide.contains("r48 h6 c1of1"), "{wide}");
}

on_both!(
    a_clash_is_refused_in_words_and_what_was_typed_is_kept,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        planned(&app, &staff).await;
        // A second activity in the hall, at the same hour.
        let form = with(&weekly_class(&app, &token(&staff).await).await, "title", "合唱排练");
        let form = with(&with(&form, "venue", &basic.hall.to_string()), "facilitator", "");
        location(&send(&staff, "/staff/programmes", &form).await);
        let choir = week_of(&app, date(2026, 12, 2)).await;
        let choir = choir
            .iter()
            .find(|session| session.programme.title == "合唱排练")
            .unwrap();

        // Moved into the taken room it cannot be saved, not even by who skips the look.
        let typed = with(
            &panel_form(&app, choir.id).await,
            "venue",
            &basic.activity_room.to_string(),
        );
        let typed = with(&with(&typed, "capacity", "17"), "reason", "大厅要布置");
        let path = format!("/staff/sessions/{}", choir.id);
        let looked = text(send(&staff, &path, &typed).await, StatusCode::OK).await;
        let saved = text(
            send(&staff, &path, &with(&typed, "step", "save")).await,
            StatusCode::CONFLICT,
        )
        .await;
        let piece = text(send(&staff, &format!("{path}/preview"), &typed).await, StatusCode::OK).await;
        for html in [&looked, &saved, &piece] {
            assert!(html.contains("老年活动室有“反诈课”（上午9:30—10:30）"), "{html}");
            assert!(!html.contains("value=\"save\""), "a clash cannot be saved");
        }
        assert!(saved.contains("value=\"17\"") && saved.contains("value=\"大厅要布置\""));
        assert_eq!(session_venue(&app, choir.id).await, basic.hall);

        // A whole series over taken dates is refused too, and the dates say what is there and what is free.
        let over = with(&weekly_class(&app, &token(&staff).await).await, "title", "养生讲座");
        let over = with(&over, "facilitator", "");
        let html = text(send(&staff, "/staff/programmes", &over).await, StatusCode::CONFLICT).await;
        assert!(html.contains("一次也排不上"), "{html}");
        assert!(html.contains("老年活动室有“反诈课”"));
        assert!(html.contains("空着"));
        assert!(html.contains("value=\"养生讲座\""));
    }
);

async fn session_venue(app: &TestApp, id: SessionId) -> xianglao::domain::id::VenueId {
    let home = app.seed_basic().await.yunliang;
    schedule::session(&app.ctx, home, id).await.unwrap().venue.id
}

#[tokio::test]
async fn dates_that_are_taken_are_left_out_and_named() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    // Every day for a week, in the room that is taken on Wednesday.
    let daily = with(&weekly_class(&app, &token(&staff).await).await, "title", "晨练");
    let daily = with(&with(&daily, "facilitator", ""), "end_count", "7");
    let mut daily: Vec<_> = daily.into_iter().filter(|(name, _)| *name != "days").collect();
    for day in ["MO", "TU", "WE", "TH", "FR"] {
        daily.push(("days", day.to_owned()));
    }
    let to = location(&send(&staff, "/staff/programmes", &daily).await);
    assert!(to.contains("done=planned"), "{to}");
    let page = staff.page(&to).await;
    assert!(page.contains("这几次没有排上"), "{page}");
    assert!(page.contains("12月2日 周三"), "{page}");
    let week = week_of(&app, date(2026, 12, 2)).await;
    assert!(
        !week
            .iter()
            .any(|session| session.programme.title == "晨练" && session.starts.date() == date(2026, 12, 2))
    );
}

#[tokio::test]
async fn an_edit_with_wrong_times_is_said_of_its_field_and_nothing_changes() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    let session = session_on(&app, date(2026, 12, 2)).await;
    let path = format!("/staff/sessions/{}", session.id);
    let form = with(&panel_form(&app, session.id).await, "step", "save");
    for (field, typed, said) in [
        ("date", "soon", "日期没填对"),
        ("start", "9点半", "时间没填对"),
        ("end", "09:00", "结束要比开始晚"),
        ("capacity", "0", "2000"),
        ("capacity", "many", "不是数字"),
        ("scope", "everything", "请从列表里选一个"),
    ] {
        let html = text(
            send(&staff, &path, &with(&form, field, typed)).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
        assert!(html.contains(said), "{field} {typed}: {html}");
    }
    assert_eq!(session_on(&app, date(2026, 12, 2)).await, session);
}

#[tokio::test]
async fn saving_without_having_seen_the_consequences_shows_them_first() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    let session = session_on(&app, date(2026, 12, 2)).await;
    let form = with(
        &with(&panel_form(&app, session.id).await, "start", "10:00"),
        "end",
        "11:00",
    );
    let form = with(&form, "step", "save");
    let path = format!("/staff/sessions/{}", session.id);
    let html = text(send(&staff, &path, &form).await, StatusCode::OK).await;
    assert!(html.contains("保存，不用通知谁"), "{html}");
    assert!(html.contains("改 1 场：12月2日 周三 上午10:00"), "{html}");
    assert_eq!(
        session_on(&app, date(2026, 12, 2)).await,
        session,
        "nothing was saved yet"
    );
}

#[tokio::test]
async fn a_dragged_card_opens_the_form_with_its_new_time_and_what_it_would_do() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    planned(&app, &staff).await;
    let session = session_on(&app, date(2026, 12, 2)).await;
    let html = staff
        .page(&format!(
            "/staff/week?week=2026-W49&session={}&date=2026-12-03&start=14:15",
            session.id
        ))
        .await;
    assert_eq!(value_of(&html, "date"), "2026-12-03");
    assert_eq!(value_of(&html, "start"), "14:15");
    assert_eq!(value_of(&html, "end"), "15:15");
    assert!(html.contains("改 1 场：12月3日 周四 下午2:15"), "{html}");
    assert_eq!(
        session_on(&app, date(2026, 12, 2)).await,
        session,
        "dragging saves nothing"
    );
}

#[tokio::test]
async fn today_lists_what_is_on_what_waits_and_says_when_all_is_done() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let empty = staff.page("/staff").await;
    assert!(empty.contains("11月25日 周三"), "{empty}");
    assert!(empty.contains("今天没有安排") && empty.contains("都处理完了"));

    planned(&app, &staff).await;
    app.clock.set("2026-12-02T09:45:00+08:00");
    let staff = app.client_as(Role::Staff).await;
    let during = staff.page("/staff").await;
    assert!(during.contains("今天 1 场") && during.contains("正在进行"), "{during}");
    assert!(during.contains(">签到<"));
    app.clock.set("2026-12-02T11:00:00+08:00");
    let after = staff.page("/staff").await;
    assert!(after.contains("12月2日 反诈课还没填人数"), "{after}");
    assert!(!after.contains("都处理完了"));
}

#[tokio::test]
async fn a_weekly_programme_without_a_date_this_week_is_listed() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let weekly = with(&weekly_class(&app, &token(&staff).await).await, "ends", "never");
    location(&send(&staff, "/staff/programmes", &weekly).await);
    let session = session_on(&app, date(2026, 12, 9)).await;
    let form = [("reason_code", "facilitator_away"), ("reason", ""), ("scope", "this")];
    location(
        &staff
            .submit(&format!("/staff/sessions/{}/cancel", session.id), &form)
            .await,
    );
    app.clock.set("2026-12-08T09:00:00+08:00");
    let staff = app.client_as(Role::Staff).await;
    let today = staff.page("/staff").await;
    assert!(today.contains("1 个每周的活动本周没排"), "{today}");
    assert!(staff.page("/staff/programmes").await.contains("上一次是12月2日 周三"));
    assert!(staff.page("/staff/week").await.contains("本周未排 1"));
}

#[tokio::test]
async fn words_of_a_programme_are_changed_without_touching_its_dates() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let programme = planned(&app, &staff).await;
    let page = staff.page(&programme).await;
    assert_eq!(value_of(&page, "title"), "反诈课");
    let form = [
        ("title", "防骗课"),
        ("kind", "talk"),
        ("sign_up", "none"),
        ("counting", "headcount"),
        ("description", "讲电话诈骗"),
    ];
    let to = location(&staff.submit(&programme, &form).await);
    assert!(staff.page(&to).await.contains("文字改好了"));
    let session = session_on(&app, date(2026, 12, 2)).await;
    assert_eq!(session.programme.title, "防骗课");
    assert_eq!(session.capacity, Some(20));
    let empty = staff.submit(&programme, &[("title", " "), ("kind", "talk")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn more_dates_can_be_added_to_a_programme_once() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let programme = planned(&app, &staff).await;
    let page = staff.page(&format!("{programme}/series/new")).await;
    let form = weekly_class(&app, &value_of(&page, "token")).await;
    let form = with(&with(&form, "days", "FR"), "date", "2026-12-04");
    let path = format!("{programme}/series");
    let first = location(&send(&staff, &path, &form).await);
    let second = location(&send(&staff, &path, &form).await);
    assert!(
        first.contains("done=planned&n=8") && second.contains("done=already"),
        "{first} {second}"
    );
    assert_eq!(week_of(&app, date(2026, 12, 2)).await.len(), 2);
}

#[tokio::test]
async fn a_proposal_that_waits_stands_on_the_board_in_the_tray_and_on_the_first_page() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let partner = Actor::Account {
        id: AccountId(uuid::Uuid::from_u128(77)),
        role: Role::Partner,
        community: Some(basic.yunliang),
        partner: Some(basic.zangyutang),
    };
    let wish = NewProposal {
        title: "艾灸体验".to_owned(),
        kind: "wellness".to_owned(),
        venue_id: Some(basic.hall),
        starts_local: "2026-12-01T09:00:00".to_owned(),
        duration_minutes: 120,
        holiday_policy: "hold".to_owned(),
        capacity: Some(12),
        ..NewProposal::default()
    };
    proposal::submit(&app.ctx, &partner, basic.yunliang, wish)
        .await
        .unwrap();

    let staff = app.client_as(Role::Staff).await;
    let board = staff.page("/staff/week?week=2026-W49").await;
    assert!(board.contains("ev v-duo ask"), "{board}");
    assert!(board.contains("合作方提议，1 个等您回"));
    assert!(!board.contains("data-session"), "a proposal cannot be dragged");
    let today = staff.page("/staff").await;
    assert!(today.contains("1 个合作方提议等您回"), "{today}");
    assert!(today.contains("藏御堂体验馆：艾灸体验"));
}

on_both!(
    people_who_signed_up_are_counted_before_anything_is_saved,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        planned(&app, &staff).await;
        let session = session_on(&app, date(2026, 12, 2)).await;
        for (name, phone) in [("李秀英", "13800000001"), ("王建国", "13800000002")] {
            let sign_up = SignUp {
                name: name.to_owned(),
                phone: phone.to_owned(),
                parent: None,
                from: None,
                ..SignUp::default()
            };
            enrolment::enrol(&app.ctx, basic.yunliang, session.id, sign_up)
                .await
                .unwrap();
        }
        let path = format!("/staff/sessions/{}", session.id);
        let moved = with(
            &with(&panel_form(&app, session.id).await, "start", "10:00"),
            "end",
            "11:00",
        );
        let html = text(send(&staff, &path, &moved).await, StatusCode::OK).await;
        assert!(
            html.contains("保存，通知 2 人") && html.contains("保存后通知 2 位报名的人"),
            "{html}"
        );
        let seats = with(&panel_form(&app, session.id).await, "capacity", "18");
        let html = text(send(&staff, &path, &seats).await, StatusCode::OK).await;
        assert!(
            html.contains("保存，不用通知谁"),
            "more or fewer seats are no news: {html}"
        );

        let cancel = staff.page(&format!("{path}/cancel")).await;
        assert!(cancel.contains("12月2日 周三，通知 2 人"), "{cancel}");
        assert!(cancel.contains("8 次，通知 2 人"), "{cancel}");
        // Somebody signs up between the look and the saving: the new number is shown before it is saved.
        let seen = value_of(&text(send(&staff, &path, &moved).await, StatusCode::OK).await, "seen");
        let late = SignUp {
            name: "赵桂兰".to_owned(),
            phone: "13800000003".to_owned(),
            parent: None,
            from: None,
            ..SignUp::default()
        };
        enrolment::enrol(&app.ctx, basic.yunliang, session.id, late)
            .await
            .unwrap();
        let save = with(&with(&moved, "step", "save"), "seen", &seen);
        let html = text(send(&staff, &path, &save).await, StatusCode::OK).await;
        assert!(html.contains("保存，通知 3 人"), "{html}");
        let to = change(&staff, session.id, &moved).await;
        assert!(to.contains("told=3"), "{to}");
    }
);
