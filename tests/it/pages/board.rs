//! The planner's acts: moving by choice, two who change one session at once, the way back, what is not planned, the sheet to print.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::Role;
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::schedule;

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::plan::{once, titled};
use crate::support::planner::{change, panel_form, planned, send, session_on, text, value_of, week_of, with};

/// The weekly class, and its session of 2 December.
async fn class(app: &TestApp) -> (Client, schedule::SessionView) {
    let staff = app.client_as(Role::Staff).await;
    planned(app, &staff).await;
    (staff, session_on(app, date(2026, 12, 2)).await)
}

/// The form as somebody has it open now.
async fn open_form(app: &TestApp, session: &schedule::SessionView) -> Vec<(&'static str, String)> {
    let mut form = panel_form(app, session.id).await;
    form.push(("sequence", session.sequence.to_string()));
    form.push((
        "was",
        format!("{}@{}", session.starts.strftime("%Y-%m-%dT%H:%M"), session.venue.id),
    ));
    form
}

on_both!(
    what_somebody_else_did_is_said_beside_what_was_typed_and_one_press_goes_on,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let (staff, session) = class(&app).await;
        let path = format!("/staff/sessions/{}", session.id);
        let mine = with(&open_form(&app, &session).await, "date", "2026-12-04");
        let seen = text(send(&staff, &path, &mine).await, StatusCode::OK).await;
        let mine = with(&with(&mine, "step", "save"), "seen", &value_of(&seen, "seen"));

        // The other is faster.
        let theirs = with(&open_form(&app, &session).await, "venue", &basic.hall.to_string());
        let theirs = with(&with(&theirs, "date", "2026-12-03"), "start", "15:00");
        change(&staff, session.id, &with(&theirs, "end", "16:00")).await;

        for address in [path.clone(), format!("{path}/move")] {
            let told = text(send(&staff, &address, &mine).await, StatusCode::CONFLICT).await;
            assert!(
                told.contains("刚才有人把它改到了12月3日 周四 下午3:00—4:00，多功能厅"),
                "{told}"
            );
            assert!(
                told.contains("您填的是12月4日 周五 上午9:30—10:30，老年活动室"),
                "{told}"
            );
            assert_eq!(value_of(&told, "date"), "2026-12-04", "what was typed stays");
            assert_eq!(value_of(&told, "sequence"), (session.sequence + 1).to_string());
            assert!(told.contains("value=\"save\""), "one press goes on: {told}");
        }
        let piece = text(
            send(&staff, &format!("{path}/preview"), &mine).await,
            StatusCode::CONFLICT,
        )
        .await;
        assert!(piece.contains("刚才有人"), "{piece}");
        assert_eq!(
            session_on(&app, date(2026, 12, 3)).await.venue.id,
            basic.hall,
            "nothing was overwritten"
        );

        // On purpose.
        let told = text(send(&staff, &path, &mine).await, StatusCode::CONFLICT).await;
        let again = with(
            &with(&mine, "sequence", &value_of(&told, "sequence")),
            "seen",
            &value_of(&told, "seen"),
        );
        let to = location(&send(&staff, &path, &again).await);
        assert!(to.contains("done=saved"), "{to}");
        assert_eq!(session_on(&app, date(2026, 12, 4)).await.venue.id, basic.activity_room);
    }
);

on_both!(
    of_two_who_save_the_same_form_at_once_one_gets_the_words,
    async |app: TestApp| {
        let (staff, session) = class(&app).await;
        let path = format!("/staff/sessions/{}", session.id);
        let mut forms = Vec::new();
        for (start, end) in [("14:00", "15:00"), ("16:00", "17:00")] {
            let form = with(&with(&open_form(&app, &session).await, "start", start), "end", end);
            let seen = text(send(&staff, &path, &form).await, StatusCode::OK).await;
            forms.push(with(&with(&form, "step", "save"), "seen", &value_of(&seen, "seen")));
        }
        let (one, two) = tokio::join!(send(&staff, &path, &forms[0]), send(&staff, &path, &forms[1]));
        let (won, lost) = if one.status().is_redirection() {
            (one, two)
        } else {
            (two, one)
        };
        assert!(location(&won).contains("done=saved"));
        let told = text(lost, StatusCode::CONFLICT).await;
        assert!(told.contains("刚才有人把它改到了12月2日 周三"), "{told}");
    }
);

#[tokio::test]
async fn a_card_dragged_on_an_old_board_says_what_changed_and_a_cancelled_one_too() {
    let app = TestApp::sqlite().await;
    let (staff, session) = class(&app).await;
    let moved = with(&panel_form(&app, session.id).await, "start", "10:00");
    change(&staff, session.id, &with(&moved, "end", "11:00")).await;
    let dragged = format!(
        "/staff/week?week=2026-W49&session={}&sequence={}&date=2026-12-04&start=14:00",
        session.id, session.sequence
    );
    let page = staff.page(&dragged).await;
    assert!(
        page.contains("刚才有人改过这一场。现在是12月2日 周三 上午10:00—11:00"),
        "{page}"
    );
    assert!(page.contains("您填的是12月4日 周五 下午2:00—3:00"), "{page}");

    // Calling it off from a page that is older is asked about again, and pressed again it is done.
    let cancel = format!("/staff/sessions/{}/cancel", session.id);
    let form = [
        ("reason_code", "weather"),
        ("reason", "下雪"),
        ("scope", "this"),
        ("sequence", "0"),
    ];
    let asked = text(staff.submit(&cancel, &form).await, StatusCode::CONFLICT).await;
    assert!(
        asked.contains("刚才有人把它改到了12月2日 周三 上午10:00—11:00"),
        "{asked}"
    );
    assert!(asked.contains("下雪"), "what was typed stays");
    let sequence = value_of(&asked, "sequence");
    let form = [form[0], form[1], form[2], ("sequence", sequence.as_str())];
    let done = location(&staff.submit(&cancel, &form).await);
    assert!(done.contains("done=cancelled"), "{done}");
    let page = staff.page(&dragged).await;
    assert!(page.contains("刚才有人停办了这一场。下雪"), "{page}");
}

on_both!(a_move_is_taken_back_from_its_done_message, async |app: TestApp| {
    let (staff, session) = class(&app).await;
    let sign_up = SignUp {
        name: "薛秀英".to_owned(),
        phone: "13900006621".to_owned(),
        parent: None,
        from: None,
        ..SignUp::default()
    };
    let home = app.seed_basic().await.yunliang;
    enrolment::enrol(&app.ctx, home, session.id, sign_up).await.unwrap();
    let form = with(
        &with(&open_form(&app, &session).await, "start", "14:00"),
        "end",
        "16:00",
    );
    let to = change(&staff, session.id, &form).await;
    let done = staff.page(&to).await;
    assert!(done.contains("改回去，通知 1 人"), "{done}");
    let undo = &done[done.find("class=\"undo\"").unwrap()..];
    let fields: Vec<(&str, String)> = [
        "date",
        "start",
        "end",
        "venue",
        "facilitator",
        "capacity",
        "scope",
        "sequence",
        "was",
        "seen",
    ]
    .into_iter()
    .map(|name| (name, value_of(undo, name)))
    .chain([("step", "save".to_owned())])
    .collect();
    let back = location(&send(&staff, &format!("/staff/sessions/{}", session.id), &fields).await);
    assert!(back.contains("done=saved&told=1"), "{back}");
    let now = session_on(&app, date(2026, 12, 2)).await;
    assert_eq!((now.starts, now.ends), (session.starts, session.ends));
    assert_eq!(now.moved_from, None);

    // A cancellation as well; and what can no longer be taken back is not offered.
    let cancel = [("reason_code", "weather"), ("reason", ""), ("scope", "this")];
    let to = location(
        &staff
            .submit(&format!("/staff/sessions/{}/cancel", session.id), &cancel)
            .await,
    );
    let done = staff.page(&to).await;
    assert!(done.contains("改回去，通知 1 人"), "{done}");
    location(
        &staff
            .submit(&format!("/staff/sessions/{}/restore", session.id), &[])
            .await,
    );
    assert!(!session_on(&app, date(2026, 12, 2)).await.is_cancelled());
    app.clock.set("2026-12-03T08:00:00+08:00");
    let staff = app.client_as(Role::Staff).await;
    assert!(!staff.page(&to).await.contains("改回去"));
});

#[tokio::test]
async fn the_move_page_says_of_every_venue_whether_it_is_free_and_offers_times() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let (staff, session) = class(&app).await;
    let choir = once(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        titled("合唱排练"),
        "2026-12-02T14:00:00",
    )
    .await;
    let path = format!("/staff/sessions/{}/move", session.id);
    let page = staff
        .page(&format!("{path}?start=14:00&end=15:00&venue={}", basic.hall))
        .await;
    assert!(page.contains("被合唱排练占着，下午2:00—3:00"), "{page}");
    assert!(page.contains("那时空着"), "{page}");
    assert!(page.contains("户外"), "the square is outdoors: {page}");
    assert!(page.contains("不能保存，撞上了"), "{page}");
    let offer = format!("value=\"2026-12-02T15:15@{}\"", basic.hall);
    assert!(page.contains(&offer), "{page}");

    // A free time that is pressed is put in and looked at; nothing is saved before the press that says so.
    let form = with(&open_form(&app, &session).await, "venue", &basic.hall.to_string());
    let take = with(&form, "take", &format!("2026-12-02T15:15@{}", basic.hall));
    let looked = text(send(&staff, &path, &take).await, StatusCode::OK).await;
    assert_eq!(value_of(&looked, "start"), "15:15");
    assert_eq!(value_of(&looked, "end"), "16:15");
    assert!(looked.contains("改 1 场：12月2日 周三 下午3:15"), "{looked}");
    let piece = text(send(&staff, &format!("{path}/preview"), &take).await, StatusCode::OK).await;
    assert!(piece.contains("在哪儿") && !piece.contains("<html"), "{piece}");
    assert_eq!(session_on_in(&app, session.id).await.starts, session.starts);

    let save = with(&with(&with(&form, "start", "15:15"), "end", "16:15"), "step", "save");
    let save = with(&save, "seen", &value_of(&looked, "seen"));
    let to = location(&send(&staff, &path, &save).await);
    assert!(to.contains("done=saved") && to.contains("&back="), "{to}");
    assert_eq!(session_on_in(&app, session.id).await.venue.id, basic.hall);

    let wrong = with(&with(&with(&form, "end", "07:00"), "step", "save"), "sequence", "");
    let wrong = text(send(&staff, &path, &wrong).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(wrong.contains("结束要比开始晚"), "{wrong}");
    // One that is over cannot be moved, and says so.
    app.clock.set("2026-12-02T16:00:00+08:00");
    let staff = app.client_as(Role::Staff).await;
    let over = staff.page(&format!("/staff/sessions/{}/move", choir.session)).await;
    assert!(over.contains("已经办过了") && !over.contains("<fieldset"), "{over}");
}

async fn session_on_in(app: &TestApp, id: xianglao::domain::id::SessionId) -> schedule::SessionView {
    let home = app.seed_basic().await.yunliang;
    schedule::session(&app.ctx, home, id).await.unwrap()
}

#[tokio::test]
async fn a_weekly_programme_without_a_date_this_week_leads_to_a_form_with_its_usual_time() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let rule = Some("FREQ=WEEKLY;BYDAY=FR");
    let weekly = crate::support::plan::series(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        titled("书法班"),
        "2026-11-27T14:30:00",
        rule,
    )
    .await;
    let cancel = [("reason_code", "weather"), ("reason", ""), ("scope", "this")];
    location(
        &staff
            .submit(&format!("/staff/sessions/{}/cancel", weekly.session), &cancel)
            .await,
    );
    let page = staff.page("/staff/week?week=2026-W48").await;
    assert!(page.contains("本周未排 1"), "{page}");
    assert!(page.contains("平常是11月27日 周五 下午2:30"), "{page}");
    let href = page
        .split("href=\"")
        .find(|part| part.contains("/series/new?"))
        .unwrap();
    let href = href
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let form = staff.page(&href).await;
    assert_eq!(value_of(&form, "date"), "2026-11-27");
    assert_eq!(value_of(&form, "start"), "14:30");
    assert_eq!(value_of(&form, "duration"), "60");
    let hall = format!("value=\"{}\" selected", basic.hall);
    assert!(form.contains(&hall), "{form}");
}

#[tokio::test]
async fn days_off_lunar_dates_and_outdoor_venues_are_said_in_both_views_and_on_paper() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    app.clock.set("2026-09-20T08:00:00+08:00");
    let staff = app.client_as(Role::Staff).await;
    once(
        &app.ctx,
        basic.yunliang,
        basic.square,
        titled("八段锦"),
        "2026-09-30T08:30:00",
    )
    .await;
    for path in [
        "/staff/week?week=2026-W40",
        "/staff/week?week=2026-W40&view=venue&day=2026-09-30",
        "/staff/week?week=2026-W40&print=1",
        "/staff/week?week=2026-W40&view=venue&day=2026-09-30&print=1",
    ] {
        let page = staff.page(&format!("{path}&lang=zh-CN")).await;
        assert!(page.contains(">休<") && page.contains("国庆"), "{path}: {page}");
        assert!(page.contains("八月二十"), "{path}: {page}");
        assert!(page.contains("户外"), "{path}: {page}");
        assert!(!page.contains(" style="), "{path}");
        let english = staff.page(&format!("{path}&lang=en")).await;
        assert!(!english.contains("Unknown localization"), "{path}: {english}");
    }
    assert_eq!(week_of(&app, date(2026, 9, 30)).await.len(), 1);
}
