//! The pages about residents: what they show, what they keep masked, and that nothing typed is lost.

use reqwest::StatusCode;
use xianglao::domain::access::Role;
use xianglao::domain::id::ResidentId;

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::door::plan;
use crate::support::people::{came, counters, twice_entered};

async fn staff_and_two(app: &TestApp) -> (Client, ResidentId, ResidentId) {
    let (_, one, other) = twice_entered(app).await;
    (app.client_as(Role::Staff).await, one, other)
}

on_both!(
    every_page_about_a_resident_opens_in_both_languages,
    async |app: TestApp| {
        let (staff, one, other) = staff_and_two(&app).await;
        for path in [
            "/staff/residents".to_owned(),
            "/staff/residents?q=xx&unchecked=true&no_consent=true".to_owned(),
            "/staff/residents?grid=&care=%E7%8B%AC%E5%B1%85".to_owned(),
            "/staff/residents/new".to_owned(),
            "/staff/residents/duplicates".to_owned(),
            "/staff/residents/consent-text".to_owned(),
            format!("/staff/residents/{one}"),
            format!("/staff/residents/{one}/edit"),
            format!("/staff/residents/{one}/merge"),
            format!("/staff/residents/{one}/merge?q=6621"),
            format!("/staff/residents/{one}/merge?with={other}"),
            format!("/staff/residents/{one}/export"),
            format!("/staff/residents/{one}/erase"),
        ] {
            for lang in ["zh-CN", "en"] {
                let sign = if path.contains('?') { '&' } else { '?' };
                let page = staff.page(&format!("{path}{sign}lang={lang}")).await;
                assert!(page.contains("</html>"), "{path}");
                let unsaid = ["Unknown localization", "error-", "{ $"];
                assert!(!unsaid.iter().any(|text| page.contains(text)), "{path} {lang}: {page}");
                if !path.contains("/export") {
                    assert!(!page.contains("13900006621"), "{path} shows a whole number");
                }
            }
        }
    }
);

on_both!(a_number_is_shown_once_to_whoever_says_why, async |app: TestApp| {
    let (staff, one, _) = staff_and_two(&app).await;
    let shown = staff
        .submit(&format!("/staff/residents/{one}/number"), &[("reason", "call")])
        .await;
    assert_eq!(shown.headers()["cache-control"], "no-store");
    assert!(shown.text().await.unwrap().contains("tel:13900006621"));
    assert!(
        !staff
            .page(&format!("/staff/residents/{one}"))
            .await
            .contains("13900006621")
    );
});

on_both!(care_is_changed_and_a_masked_number_left_alone, async |app: TestApp| {
    let (staff, _, other) = staff_and_two(&app).await;
    let form = staff.page(&format!("/staff/residents/{other}/edit")).await;
    assert!(
        form.contains("139****6621") && form.contains("value=\"独居\" checked"),
        "{form}"
    );
    let fields = [
        ("name", "薛秀瑛"),
        ("phone", "139****6621"),
        ("tell_by", "phone"),
        ("building", "5号楼"),
        ("care", "空巢"),
        ("care", "高龄"),
        ("care_other", "党员、老教师"),
    ];
    let saved = staff.submit(&format!("/staff/residents/{other}"), &fields).await;
    let page = staff.follow(saved).await.text().await.unwrap();
    assert!(
        page.contains("空巢、高龄、党员、老教师") && page.contains("139****6621"),
        "{page}"
    );
    let wrong = staff
        .submit(
            &format!("/staff/residents/{other}"),
            &[("name", ""), ("phone", "139"), ("care_other", "党员")],
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let again = wrong.text().await.unwrap();
    assert!(
        again.contains("value=\"139\"") && again.contains("党员"),
        "nothing typed is lost"
    );
});

on_both!(a_pair_is_merged_and_taken_apart_by_hand, async |app: TestApp| {
    let (staff, one, other) = staff_and_two(&app).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, one).await;
    came(&app, class, other).await;
    let pairs = staff.page("/staff/residents/duplicates").await;
    assert!(pairs.contains("名字很像"), "{pairs}");
    let side = staff.page(&format!("/staff/residents/{one}/merge?with={other}")).await;
    assert!(side.contains("少 1 人次"), "what follows is said before: {side}");
    let done = staff
        .submit(
            &format!("/staff/residents/{one}/merge"),
            &[("with", &other.to_string()), ("take", "building"), ("take", "name")],
        )
        .await;
    let page = staff.follow(done).await.text().await.unwrap();
    assert!(page.contains("<h1>薛秀瑛</h1>"), "the chosen name: {page}");
    assert_eq!(counters(&app, class).await, [0, 0, 1, 0]);
    let led = staff.get(&format!("/staff/residents/{other}")).await;
    assert_eq!(location(&led), format!("/staff/residents/{one}?done=led"));
    let refused = staff
        .submit(
            &format!("/staff/residents/{one}/merge"),
            &[("with", &other.to_string())],
        )
        .await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("已经合并到另一位"));

    let undo = page
        .split("action=\"")
        .find(|part| part.starts_with("/staff/residents/merges/"))
        .and_then(|part| part.split('"').next())
        .expect("a button to undo");
    let undone = staff.submit(undo, &[]).await;
    assert!(undone.text().await.unwrap().contains("和合并以前一样"));
    assert_eq!(counters(&app, class).await, [0, 0, 2, 0]);
    assert!(
        staff
            .page(&format!("/staff/residents/{other}"))
            .await
            .contains("<h1>薛秀瑛</h1>")
    );
});

on_both!(erasing_asks_for_the_name_and_says_what_goes, async |app: TestApp| {
    let (staff, one, _) = staff_and_two(&app).await;
    let address = format!("/staff/residents/{one}/erase");
    let look = staff.page(&address).await;
    assert!(look.contains("薛秀瑛"), "who else has the number is named: {look}");
    let wrong = staff.submit(&address, &[("reason", "asked"), ("name", "薛秀兰")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let again = wrong.text().await.unwrap();
    assert!(
        again.contains("value=\"薛秀兰\"") && again.contains("不一样"),
        "{again}"
    );
    let none = staff.submit(&address, &[("name", "薛秀英")]).await;
    assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let done = staff.submit(&address, &[("reason", "asked"), ("name", "薛秀英")]).await;
    assert_eq!(location(&done), "/staff/residents?erased=true");
    let page = staff.page(&format!("/staff/residents/{one}")).await;
    assert!(page.contains("已抹去的居民") && !page.contains("薛秀英"), "{page}");
});

on_both!(
    a_consent_that_makes_no_sense_is_told_at_its_place,
    async |app: TestApp| {
        let (staff, one, _) = staff_and_two(&app).await;
        let address = format!("/staff/residents/{one}/consents");
        let take_back = [
            ("purpose", "sign_up"),
            ("act", "withdrawn"),
            ("how", "phone"),
            ("on", ""),
        ];
        let refused = staff.submit(&address, &take_back).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains("没有同意过"));
        let give = [
            ("purpose", "sign_up"),
            ("act", "given"),
            ("how", "paper"),
            ("on", "2026-11-20"),
        ];
        staff.submit(&address, &give).await;
        let done = staff.submit(&address, &take_back).await;
        let page = staff.follow(done).await.text().await.unwrap();
        assert!(
            page.contains(&format!("/staff/residents/{one}/erase")) && page.contains("不同意再保存"),
            "{page}"
        );
    }
);
