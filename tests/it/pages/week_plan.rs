//! A week from a wish list, as staff plan it: the list, the plan, one confirm, and what is said when something is in the way.

use jiff::civil::date;
use reqwest::StatusCode;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::planning::Exclusion;
use xianglao::services::programme::{self, PlanSeries};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::plan::{once, titled};
use crate::support::planner::{send, text, value_of, week_of, with};

const PATH: &str = "/staff/week-plan";
const WEEK: &str = "/staff/week-plan?week=2026-W49";

/// A weekly class on Wednesdays that has no date in the week of the tests.
async fn weekly_without_a_date(app: &TestApp) {
    let basic = app.seed_basic().await;
    let made = programme::create_programme(&app.ctx, &Actor::System, basic.yunliang, titled("反诈课"))
        .await
        .unwrap();
    let starts = date(2026, 11, 4).at(14, 30, 0, 0);
    let wish = PlanSeries {
        rule: Some("FREQ=WEEKLY;BYDAY=WE".to_owned()),
        facilitator_id: Some(basic.zhang),
        capacity: Some(20),
        excluded: vec![Exclusion {
            at: date(2026, 12, 2).at(14, 30, 0, 0),
            reason: String::new(),
        }],
        ..PlanSeries::once(made.id, basic.activity_room, starts, 60)
    };
    programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, false)
        .await
        .unwrap();
}

/// The form of a wish list: titles with their days.
async fn list(staff: &Client, wishes: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let page = staff.page(WEEK).await;
    let mut form = vec![
        ("token", value_of(&page, "token")),
        ("week", "2026-W49".to_owned()),
        ("seed", "1".to_owned()),
        ("step", "solve".to_owned()),
    ];
    for (at, (what, day)) in wishes.iter().enumerate() {
        for (name, value) in [("what", *what), ("duration", "60"), ("days", *day)] {
            form.push((Box::leak(format!("{name}-{at}").into_boxed_str()), value.to_owned()));
        }
    }
    form
}

/// The same form with the placements of a shown plan, ready to be carried out.
fn confirmed<'a>(form: &[(&'a str, String)], html: &str) -> Vec<(&'a str, String)> {
    let mut form = with(form, "step", "save");
    for piece in html.split("name=\"keep\" value=\"").skip(1) {
        form.push(("keep", piece.split('"').next().unwrap().to_owned()));
    }
    form
}

on_both!(
    a_week_is_planned_from_the_programmes_without_a_date_and_new_wishes,
    async |app: TestApp| {
        weekly_without_a_date(&app).await;
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page(WEEK).await;
        assert!(page.contains("本周未排的 1 个"), "{page}");
        assert_eq!(value_of(&page, "what-0"), "反诈课");
        assert_eq!(value_of(&page, "duration-0"), "60");
        assert_eq!(value_of(&page, "people-0"), "20");
        assert!(page.contains(&format!("<option value=\"{}\" selected>", basic.zhang)));
        assert!(page.contains("<option value=\"afternoon\" selected>"));
        for from in ["/staff/programmes", "/staff/free-slots"] {
            assert!(staff.page(from).await.contains("href=\"/staff/week-plan\""), "{from}");
        }

        let mut form = list(&staff, &[("反诈课", "WE"), ("", ""), ("八段锦", "WE"), ("大会", "WE")]).await;
        form.push(("people-3", "500".to_owned()));
        // Another row keeps what was typed.
        let more = text(send(&staff, PATH, &with(&form, "step", "add")).await, StatusCode::OK).await;
        assert_eq!(value_of(&more, "what-2"), "八段锦");
        assert_eq!(value_of(&more, "what-4"), "");
        assert_eq!(value_of(&more, "token"), value_of_form(&form, "token"));

        let html = text(send(&staff, PATH, &form).await, StatusCode::OK).await;
        assert!(html.contains("按这个排，放上 2 场"), "{html}");
        assert!(html.contains("没有一个场地有500 个位子（最多 200 个）。"), "{html}");
        assert!(html.contains("class=\"seal v-"));
        assert_eq!(week_of(&app, date(2026, 12, 2)).await.len(), 0, "nothing is stored yet");
        let again = text(send(&staff, PATH, &with(&form, "step", "again")).await, StatusCode::OK).await;
        assert_eq!(value_of(&again, "seed"), "2");

        let save = confirmed(&form, &html);
        let to = location(&send(&staff, PATH, &save).await);
        assert_eq!(to, "/staff/week-plan?week=2026-W49&done=2");
        let done = staff.page(&to).await;
        assert!(
            done.contains("放上去了 2 场。") && !done.contains("本周未排的"),
            "{done}"
        );
        let week = week_of(&app, date(2026, 12, 2)).await;
        let mut titles: Vec<&str> = week.iter().map(|session| session.programme.title.as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["八段锦", "反诈课"]);
        assert!(week.iter().all(|session| session.starts.date() == date(2026, 12, 2)));
        // The same form again: a second press, or the way back in the browser.
        let to = location(&send(&staff, PATH, &save).await);
        assert_eq!(to, "/staff/week-plan?week=2026-W49&done=already");
        assert_eq!(week_of(&app, date(2026, 12, 2)).await.len(), 2);
    }
);

fn value_of_form(form: &[(&str, String)], name: &str) -> String {
    form.iter().find(|(field, _)| *field == name).unwrap().1.clone()
}

on_both!(a_plan_sent_twice_at_once_is_carried_out_once, async |app: TestApp| {
    let staff = app.client_as(Role::Staff).await;
    let form = list(&staff, &[("合唱", "TU"), ("八段锦", "TH"), ("合唱", "FR")]).await;
    let html = text(send(&staff, PATH, &form).await, StatusCode::OK).await;
    let save = confirmed(&form, &html);
    let (one, two) = tokio::join!(send(&staff, PATH, &save), send(&staff, PATH, &save));
    let mut ends = [location(&one), location(&two)].map(|to| to.rsplit('=').next().unwrap().to_owned());
    ends.sort_unstable();
    assert_eq!(ends, ["3", "already"]);
    assert_eq!(week_of(&app, date(2026, 12, 2)).await.len(), 3);
});

on_both!(
    when_a_place_was_taken_meanwhile_nothing_is_stored_and_a_new_plan_is_shown,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let mut form = list(&staff, &[("八段锦", "WE"), ("反诈课", "TH")]).await;
        form.push(("people-0", "40".to_owned()));
        let html = text(send(&staff, PATH, &form).await, StatusCode::OK).await;
        let save = confirmed(&form, &html);
        let taken = save
            .iter()
            .find(|(name, value)| *name == "keep" && value.starts_with("0|"))
            .map(|(_, value)| value.clone())
            .unwrap();
        let mut parts = taken.split('|').skip(1);
        let venue = parts.next().unwrap().parse().unwrap();
        let starts = format!("{}:00", parts.next().unwrap());
        once(&app.ctx, basic.yunliang, venue, titled("党员学习"), &starts).await;
        let html = text(send(&staff, PATH, &save).await, StatusCode::CONFLICT).await;
        assert!(html.contains("党员学习") && html.contains("一场都没有放"), "{html}");
        assert!(html.contains("按这个排，放上 2 场"), "a new plan: {html}");
        assert_eq!(
            week_of(&app, date(2026, 12, 2)).await.len(),
            1,
            "only what came between"
        );
        let programmes = staff.page("/staff/programmes").await;
        assert!(!programmes.contains("八段锦"), "no programme is left behind");
        // The new plan can be carried out under the same id.
        let to = location(&send(&staff, PATH, &confirmed(&form, &html)).await);
        assert!(to.ends_with("done=2"), "{to}");
    }
);

#[tokio::test]
async fn what_is_wrong_names_the_row_the_box_and_the_value() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let mut form = list(&staff, &[("合唱", "TU"), ("", ""), ("八段锦", "TH")]).await;
    form.push(("people-2", "很多".to_owned()));
    let html = text(send(&staff, PATH, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains("第 3 行，人数：“很多”不是数字"), "{html}");
    assert!(html.contains("href=\"#f-people-2\""));
    assert_eq!(value_of(&html, "people-2"), "很多", "what was typed stays");
    let form = with(&with(&form, "people-2", ""), "duration-2", "2");
    let html = text(send(&staff, PATH, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains("第 3 行，分钟“2”：要在 5 到 720 之间。"), "{html}");
    let nothing = list(&staff, &[]).await;
    let html = text(send(&staff, PATH, &nothing).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains("单子是空的"), "{html}");
    let many: Vec<(&str, &str)> = (0..61).map(|_| ("课", "TU")).collect();
    let form = list(&staff, &many).await;
    let html = text(send(&staff, PATH, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(html.contains("一次最多排 60 个活动，现在有 61 个。"), "{html}");
    assert_eq!(value_of(&html, "what-60"), "课", "nothing is lost");
    for (name, value) in [("token", "none"), ("keep", "0|x|y")] {
        let mut form = with(&list(&staff, &[("课", "TU")]).await, "step", "save");
        form = with(&form, name, value);
        let html = text(send(&staff, PATH, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(html.contains("打开太久或者内容不全"), "{name}: {html}");
    }
    assert_eq!(
        staff.get("/staff/week-plan?week=2026-W60").await.status(),
        StatusCode::NOT_FOUND
    );
    assert!(week_of(&app, date(2026, 12, 2)).await.is_empty());
}

#[tokio::test]
async fn the_page_speaks_english_and_carries_no_style_of_its_own() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    let mut form = list(&staff, &[("Choir", "TU"), ("Assembly", "TU")]).await;
    form.push(("people-1", "900".to_owned()));
    staff.page("/staff/week-plan?lang=en").await;
    let html = text(send(&staff, PATH, &form).await, StatusCode::OK).await;
    assert!(html.contains("No venue has 900 seats (at most 200)."), "{html}");
    assert!(html.contains("Use this plan: add 1 session"), "{html}");
    assert!(!html.contains("Unknown localization") && !html.contains(" style="));
}
