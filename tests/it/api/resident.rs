//! Residents as people, through the API: who is found, what is seen, what is noted.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;
use xianglao::services::audit;

use crate::support::app::{Client, on_both};
use crate::support::people::{RESIDENTS, entered, twice_entered};

async fn names(staff: &Client, query: &str) -> Vec<String> {
    let list = staff.json(&format!("{RESIDENTS}?{query}")).await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

on_both!(people_are_found_in_every_way_they_are_asked_for, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    for (name, phone, building, care) in [
        ("薛秀英", "13900006621", "3号楼2单元", "独居"),
        ("李桂兰", "13900001234", "3-2-501", ""),
        ("王建国", "0374-1234567", "烟机家属院13号楼", "空巢"),
    ] {
        let care: Vec<&str> = Some(care).into_iter().filter(|care| !care.is_empty()).collect();
        let body = json!({ "name": name, "phone": phone, "building": building, "care": care });
        entered(&app, &staff, &body).await;
    }
    for (query, found) in [
        ("", vec!["李桂兰", "王建国", "薛秀英"]),
        ("query=xxy", vec!["薛秀英"]),
        ("query=桂", vec!["李桂兰"]),
        ("query=6621", vec!["薛秀英"]),
        ("query=139 0000 1234", vec!["李桂兰"]),
        ("query=0374-1234567", vec!["王建国"]),
        ("query=3号楼", vec!["王建国", "薛秀英"]),
        ("query=3-2-501", vec!["李桂兰"]),
        ("query=家属院", vec!["王建国"]),
        ("care=独居", vec!["薛秀英"]),
        ("care=独", vec![]),
        ("query=%25", vec![]),
        ("query=_", vec![]),
        ("no_consent=true&query=lgl", vec!["李桂兰"]),
        ("unchecked=true", vec![]),
    ] {
        assert_eq!(names(&staff, query).await, found, "{query}");
    }
});

on_both!(
    pages_of_a_list_hold_everybody_once_while_others_are_entered,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        for (n, name) in ["赵一", "钱二", "孙三", "李四", "周五", "吴六", "李四"]
            .into_iter()
            .enumerate()
        {
            entered(
                &app,
                &staff,
                &json!({ "name": name, "phone": format!("1390000{n:04}") }),
            )
            .await;
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = staff.json(&format!("{RESIDENTS}?limit=2{cursor}")).await;
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|one| one["name"].as_str().unwrap().to_owned()));
            // Before and after where the page ended.
            entered(&app, &staff, &json!({ "name": "阿大", "phone": "" })).await;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(
            seen,
            ["李四", "李四", "钱二", "孙三", "吴六", "周五", "赵一"],
            "by pinyin, each once"
        );
    }
);

on_both!(a_change_touches_only_what_is_named, async |app| {
    let (staff, _, other) = twice_entered(&app).await;
    let address = format!("{RESIDENTS}/{other}");
    let shown = staff.json(&address).await;
    // The number comes back as it was shown.
    let body = json!({ "phone": shown["phone"], "care": ["空巢", "高龄"], "birth_year": 1949 });
    let changed: Value = staff.patch(&address, &body).await.json().await.unwrap();
    assert_eq!(
        (&changed["care"], &changed["building"]),
        (&json!(["空巢", "高龄"]), &json!("3号楼2单元"))
    );
    assert_eq!(
        names(&staff, "query=13900006621").await.len(),
        2,
        "the number is what it was"
    );
    let emptied: Value = staff
        .patch(&address, &json!({ "phone": null, "care": null, "birth_year": null }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&emptied["phone"], &emptied["care"], &emptied["birth_year"]),
        (&json!(null), &json!([]), &json!(null))
    );
    let wrong = staff
        .patch(&address, &json!({ "name": "😀", "phone": "139****0000" }))
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = wrong.json().await.unwrap();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
    assert_eq!(staff.json(&address).await["name"], "薛秀瑛", "nothing half-done");
});

on_both!(a_whole_number_is_told_with_a_reason_and_audited, async |app| {
    let basic = app.seed_basic().await;
    let (staff, one, _) = twice_entered(&app).await;
    assert!(!staff.page(&format!("{RESIDENTS}/{one}")).await.contains("13900006621"));
    let address = format!("{RESIDENTS}/{one}/number");
    let without = staff.post(&address, &json!({ "reason": "because" })).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told: Value = staff
        .post(&address, &json!({ "reason": "call" }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(told["phone"], "13900006621");
    let rows = entities_audit(&app, "resident.reveal").await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("\"call\"") && !rows[0].contains("6621"), "{}", rows[0]);
    assert_eq!(audit::first_break(&app.ctx, basic.yunliang).await.unwrap(), None);
});

async fn entities_audit(app: &crate::support::app::TestApp, action: &str) -> Vec<String> {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    entities::audit::Entity::find()
        .filter(entities::audit::Column::Action.eq(action))
        .all(app.db())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.detail)
        .collect()
}

on_both!(consents_are_given_and_taken_back_and_never_rewritten, async |app| {
    let (staff, one, _) = twice_entered(&app).await;
    let address = format!("{RESIDENTS}/{one}/consents");
    let note = async |body: Value| {
        let answer = staff.post(&address, &body).await;
        let status = answer.status();
        (status, answer.json::<Value>().await.unwrap())
    };
    let photo = |act: &str, on: &str| json!({ "purpose": "photo", "act": act, "on": on, "how": "paper" });
    let (status, problem) = note(photo("withdrawn", "2026-11-20")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "consent-not-given");
    assert_eq!(note(photo("given", "2026-11-20")).await.0, StatusCode::CREATED);
    for (body, code) in [
        (photo("withdrawn", "2026-11-19"), "consent-before-last"),
        (photo("withdrawn", "2026-12-01"), "consent-in-future"),
        (photo("withdrawn", "gestern"), "consent-date"),
        (
            json!({ "purpose": "all", "act": "given", "how": "paper" }),
            "consent-purpose",
        ),
    ] {
        let (status, problem) = note(body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["code"], code);
    }
    assert_eq!(note(photo("withdrawn", "2026-11-25")).await.0, StatusCode::CREATED);
    assert_eq!(
        note(photo("withdrawn", "2026-11-25")).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let keep = json!({ "purpose": "sign_up", "act": "given", "how": "counter" });
    assert_eq!(note(keep).await.0, StatusCode::CREATED);
    assert_eq!(
        staff.json(&format!("{RESIDENTS}/{one}")).await["consent_on"],
        "2026-11-25"
    );
    let no_more = json!({ "purpose": "sign_up", "act": "withdrawn", "how": "phone" });
    assert_eq!(note(no_more).await.0, StatusCode::CREATED);
    assert_eq!(
        staff.json(&format!("{RESIDENTS}/{one}")).await["consent_on"],
        json!(null)
    );
    let rows = staff.json(&address).await;
    let acts: Vec<&str> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["act"].as_str().unwrap())
        .collect();
    assert_eq!(acts, ["given", "withdrawn", "given", "withdrawn"]);
});

on_both!(two_who_are_two_are_not_suggested_again, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    let pair = json!({ "one": other, "other": one });
    for _ in 0..2 {
        let apart = staff.post(&format!("{RESIDENTS}/duplicates/apart"), &pair).await;
        assert_eq!(apart.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(staff.json(&format!("{RESIDENTS}/duplicates")).await["items"], json!([]));
    let same = staff
        .post(
            &format!("{RESIDENTS}/duplicates/apart"),
            &json!({ "one": one, "other": one }),
        )
        .await;
    assert_eq!(same.status(), StatusCode::CONFLICT);
});

on_both!(a_copy_holds_all_that_is_stored_and_is_audited, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    staff
        .post(&format!("{RESIDENTS}/{one}/merge"), &json!({ "merged_id": other }))
        .await;
    let copy: Value = staff
        .post(&format!("{RESIDENTS}/{one}/export"), &json!({}))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(copy["resident"]["phone"], "13900006621");
    assert_eq!(copy["merged"][0]["name"], "薛秀瑛");
    assert_eq!(entities_audit(&app, "resident.export").await.len(), 1);
    let of_merged = staff.post(&format!("{RESIDENTS}/{other}/export"), &json!({})).await;
    assert_eq!(of_merged.status(), StatusCode::CONFLICT);
});

on_both!(partners_and_the_district_see_no_residents, async |app| {
    let (_, one, _) = twice_entered(&app).await;
    for role in [Role::Partner, Role::District] {
        let client = app.bearer_as(role).await;
        for address in [
            RESIDENTS.to_owned(),
            format!("{RESIDENTS}/{one}"),
            format!("{RESIDENTS}/duplicates"),
        ] {
            assert_eq!(
                client.get(&address).await.status(),
                StatusCode::FORBIDDEN,
                "{role:?} {address}"
            );
        }
    }
    let nobody = app.client().get(&format!("{RESIDENTS}/{one}")).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
});
