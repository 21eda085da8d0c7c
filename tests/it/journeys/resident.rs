//! One person entered twice: noticed, merged, taken apart again, merged for good, and at last erased at her own wish.

use entities::enrolment;
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use xianglao::domain::access::Actor;
use xianglao::domain::attendance::Verdict;
use xianglao::domain::id::{ResidentId, SessionId};
use xianglao::services::enrolment::{SignUp, enrol};
use xianglao::services::resident::merge::Lost;
use xianglao::services::{Error, report, session};

use crate::support::app::{TestApp, on_both};
use crate::support::door::{plan, resident};
use crate::support::people::{
    RESIDENTS, all_counters_agree, came, counters, entered, merged, signed_up, twice_entered, undone, visits_of,
};
use crate::support::plan::{once, titled};

async fn status_at(app: &TestApp, at: SessionId, who: ResidentId) -> Option<String> {
    enrolment::Entity::find()
        .filter(enrolment::Column::SessionId.eq(at.0))
        .filter(enrolment::Column::ResidentId.eq(who.0))
        .one(app.db())
        .await
        .unwrap()
        .map(|row| row.status)
}

async fn people_and_visits(app: &TestApp) -> (i64, i64) {
    let community = app.seed_basic().await.yunliang;
    let month = report::asked_month("2026-11").unwrap();
    let told = report::month(&app.ctx, &Actor::System, community, month).await.unwrap();
    (told.report.total.people, told.report.total.visits)
}

on_both!(one_person_entered_twice_is_merged_and_undone, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    let classes = plan(&app, "老年反诈课", "2026-11-25T09:30:00", Some("FREQ=DAILY;COUNT=2")).await;
    let (today, tomorrow) = (classes.sessions[0], classes.sessions[1]);
    app.clock.set("2026-11-25T10:00:00+08:00");
    // Both were counted today, and only the second entry tomorrow.
    for (at, who) in [(today, one), (today, other), (tomorrow, other)] {
        assert_eq!(came(&app, at, who).await, Verdict::Created);
    }
    assert_eq!(counters(&app, today).await, [0, 0, 2, 0]);
    assert_eq!(people_and_visits(&app).await, (2, 3));

    let noticed = staff.json(&format!("{RESIDENTS}/duplicates")).await;
    assert_eq!(noticed["items"][0]["reasons"], json!(["same-phone-and-like-name"]));

    let answer = staff
        .post(&format!("{RESIDENTS}/{one}/merge"), &json!({ "merged_id": other }))
        .await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!((&answer["visits"], &answer["folded"]), (&json!(1), &json!(1)));
    assert_eq!(counters(&app, today).await, [0, 0, 1, 0], "she came once");
    assert_eq!((visits_of(&app, one).await, visits_of(&app, other).await), (2, 0));
    assert_eq!(people_and_visits(&app).await, (1, 2));
    all_counters_agree(&app).await;

    let her = staff.json(&format!("{RESIDENTS}/{one}")).await;
    assert_eq!(
        (&her["name"], &her["building"], &her["birth_year"]),
        (&json!("薛秀英"), &json!("3号楼2单元"), &json!(1948)),
        "what she lacked was taken"
    );
    let gone = staff.json(&format!("{RESIDENTS}/{other}")).await;
    assert_eq!(gone["merged_into"], json!(one));
    let list = staff.json(&format!("{RESIDENTS}?query=6621")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let none = staff.json(&format!("{RESIDENTS}/duplicates")).await;
    assert_eq!(none["items"], json!([]));

    // A device that was offline knows the old entry; she is counted already.
    assert!(matches!(came(&app, tomorrow, other).await, Verdict::Duplicate { .. }));
    assert_eq!(counters(&app, tomorrow).await, [0, 0, 1, 0]);

    let undo = format!("{RESIDENTS}/merges/{}/undo", answer["id"].as_str().unwrap());
    let back = staff.post(&undo, &json!({})).await;
    assert_eq!(back.status(), StatusCode::OK);
    assert_eq!(back.json::<Value>().await.unwrap()["lost"], json!([]));
    assert_eq!(counters(&app, today).await, [0, 0, 2, 0]);
    assert_eq!((visits_of(&app, one).await, visits_of(&app, other).await), (1, 2));
    let her = staff.json(&format!("{RESIDENTS}/{one}")).await;
    assert_eq!(her["building"], "", "what was taken is given back");
    assert_eq!(
        staff.json(&format!("{RESIDENTS}/{other}")).await["merged_into"],
        json!(null)
    );
    all_counters_agree(&app).await;

    let again = staff.post(&undo, &json!({})).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert_eq!(again.json::<Value>().await.unwrap()["code"], "state");
});

on_both!(two_sign_ups_of_one_person_take_one_seat, async |app| {
    let basic = app.seed_basic().await;
    let (_, one, other) = twice_entered(&app).await;
    let liu = resident(&app, "刘德福", "13900001234", None).await;
    let small = |seats| {
        let mut new = titled("艾灸体验");
        new.capacity = Some(seats);
        new
    };
    let room = (basic.yunliang, basic.activity_room);
    let full = once(&app.ctx, room.0, room.1, small(2), "2026-11-27T09:30:00")
        .await
        .session;
    let waits = once(&app.ctx, room.0, room.1, small(1), "2026-11-28T09:30:00")
        .await
        .session;
    assert_eq!(signed_up(&app, full, one).await, "enrolled");
    assert_eq!(signed_up(&app, full, other).await, "enrolled");
    assert_eq!(signed_up(&app, full, liu).await, "waitlisted");
    // There the second entry has the seat and the first one waits.
    assert_eq!(signed_up(&app, waits, other).await, "enrolled");
    assert_eq!(signed_up(&app, waits, one).await, "waitlisted");

    let id = merged(&app, one, other).await.expect("they are merged");
    assert_eq!(
        counters(&app, full).await[..2],
        [2, 0],
        "the seat she had twice is 刘德福's"
    );
    assert_eq!(status_at(&app, full, liu).await.as_deref(), Some("enrolled"));
    assert_eq!(counters(&app, waits).await[..2], [1, 0]);
    assert_eq!(
        status_at(&app, waits, one).await.as_deref(),
        Some("enrolled"),
        "the better place stays"
    );
    assert_eq!(status_at(&app, waits, other).await.as_deref(), Some("cancelled"));
    all_counters_agree(&app).await;

    let back = undone(&app, id).await.expect("it is undone");
    assert_eq!(back.lost, [Lost::Seat(full)], "somebody sits there");
    assert_eq!(counters(&app, full).await[..2], [2, 1]);
    assert_eq!(status_at(&app, full, other).await.as_deref(), Some("waitlisted"));
    assert_eq!(status_at(&app, waits, one).await.as_deref(), Some("waitlisted"));
    assert_eq!(status_at(&app, waits, other).await.as_deref(), Some("enrolled"));
    all_counters_agree(&app).await;
});

on_both!(whoever_signs_up_as_the_merged_one_is_the_survivor, async |app| {
    let basic = app.seed_basic().await;
    let (_, one, other) = twice_entered(&app).await;
    let class = once(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        titled("合唱"),
        "2026-11-27T09:30:00",
    )
    .await
    .session;
    merged(&app, one, other).await.unwrap();
    let form = SignUp {
        name: "薛秀瑛".to_owned(),
        phone: "139 0000 6621".to_owned(),
        ..SignUp::default()
    };
    let done = enrol(&app.ctx, basic.yunliang, class, form).await.unwrap();
    assert_eq!(status_at(&app, class, one).await.as_deref(), Some("enrolled"));
    assert!(status_at(&app, class, other).await.is_none());
    assert!(!done.already);
    assert_eq!(
        signed_up(&app, class, other).await,
        "enrolled",
        "staff may still name the old entry"
    );
    assert_eq!(counters(&app, class).await[..2], [1, 0]);
});

on_both!(an_undoing_says_what_was_changed_since, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    let id = merged(&app, one, other).await.unwrap();
    let moved = staff
        .patch(&format!("{RESIDENTS}/{one}"), &json!({ "building": "5号楼" }))
        .await;
    assert_eq!(moved.status(), StatusCode::OK);
    let back = undone(&app, id).await.unwrap();
    assert_eq!(back.lost.len(), 1, "{:?}", back.lost);
    assert_eq!(staff.json(&format!("{RESIDENTS}/{one}")).await["building"], "5号楼");
    assert_eq!(
        staff.json(&format!("{RESIDENTS}/{other}")).await["building"],
        "3号楼2单元"
    );
});

on_both!(a_merge_of_a_merge_is_undone_from_the_top, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    let third = entered(&app, &staff, &json!({ "name": "薛阿姨", "phone": "13900006621" })).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, other).await;
    let first = merged(&app, one, other).await.unwrap();
    let second = merged(&app, third, one).await.unwrap();
    assert_eq!(visits_of(&app, third).await, 1);
    assert!(
        matches!(came(&app, class, other).await, Verdict::Duplicate { .. }),
        "two steps lead to her"
    );
    let refused = undone(&app, first).await;
    assert!(
        matches!(refused, Err(Error::State { code: "merge-later" })),
        "{refused:?}"
    );
    undone(&app, second).await.unwrap();
    undone(&app, first).await.unwrap();
    assert_eq!(visits_of(&app, other).await, 1);
    all_counters_agree(&app).await;
});

on_both!(what_cannot_be_merged_is_refused_with_the_reason, async |app| {
    let (staff, one, other) = twice_entered(&app).await;
    let basic = app.seed_basic().await;
    let elsewhere = crate::support::door::resident_of(&app, basic.youyuan, "薛秀英", "13900006621", None).await;
    let into = |id: ResidentId| format!("{RESIDENTS}/{id}/merge");
    for (survivor, with, status, code) in [
        (one, one, StatusCode::CONFLICT, "state"),
        (one, elsewhere, StatusCode::NOT_FOUND, "not_found"),
        (elsewhere, one, StatusCode::NOT_FOUND, "not_found"),
    ] {
        let refused = staff.post(&into(survivor), &json!({ "merged_id": with })).await;
        assert_eq!(refused.status(), status);
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], code);
    }
    let wrong = staff
        .post(&into(one), &json!({ "merged_id": other, "take": ["health"] }))
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    merged(&app, one, other).await.unwrap();
    let third = entered(&app, &staff, &json!({ "name": "刘德福", "phone": "13900001234" })).await;
    for (survivor, with) in [(one, other), (other, one), (third, other), (other, third)] {
        let refused = merged(&app, survivor, with).await;
        assert!(
            matches!(
                refused,
                Err(Error::State {
                    code: "resident-merged"
                })
            ),
            "{refused:?}"
        );
    }
    let erase = json!({ "reason": "asked", "name": "刘德福" });
    let erased = staff.post(&format!("{RESIDENTS}/{third}/erase"), &erase).await;
    assert_eq!(erased.status(), StatusCode::NO_CONTENT);
    for (survivor, with) in [(one, third), (third, one)] {
        let refused = merged(&app, survivor, with).await;
        assert!(
            matches!(
                refused,
                Err(Error::State {
                    code: "resident-erased"
                })
            ),
            "{refused:?}"
        );
    }
    let twice = staff.post(&format!("{RESIDENTS}/{third}/erase"), &erase).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    assert_eq!(twice.json::<Value>().await.unwrap()["code"], "state");
});

on_both!(two_who_merge_one_pair_at_once_merge_it_once, async |app| {
    let (_, one, other) = twice_entered(&app).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, one).await;
    came(&app, class, other).await;
    let (first, second) = tokio::join!(merged(&app, one, other), merged(&app, other, one));
    let failed: Vec<_> = [&first, &second]
        .into_iter()
        .filter_map(|done| done.as_ref().err())
        .collect();
    assert!(
        matches!(
            failed.as_slice(),
            [Error::State {
                code: "resident-merged"
            }]
        ),
        "{first:?} {second:?}"
    );
    assert_eq!(counters(&app, class).await, [0, 0, 1, 0]);
    assert_eq!(visits_of(&app, one).await + visits_of(&app, other).await, 1);
    all_counters_agree(&app).await;
});

on_both!(whoever_is_counted_while_they_are_merged_counts_once, async |app| {
    let (_, one, other) = twice_entered(&app).await;
    let days = plan(&app, "老年反诈课", "2026-11-25T09:30:00", Some("FREQ=DAILY;COUNT=2")).await;
    app.clock.set("2026-11-25T10:00:00+08:00");
    for at in [days.sessions[0], days.sessions[1]] {
        came(&app, at, one).await;
    }
    let (done, ..) = tokio::join!(
        merged(&app, one, other),
        came(&app, days.sessions[0], other),
        came(&app, days.sessions[1], other),
    );
    done.expect("they are merged");
    assert_eq!((visits_of(&app, one).await, visits_of(&app, other).await), (2, 0));
    all_counters_agree(&app).await;
});

on_both!(an_erased_person_leaves_the_counts_and_the_seat, async |app| {
    let basic = app.seed_basic().await;
    let (staff, one, other) = twice_entered(&app).await;
    let liu = resident(&app, "刘德福", "13900001234", None).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, one).await;
    came(&app, class, liu).await;
    merged(&app, one, other).await.unwrap();
    let mut new = titled("艾灸体验");
    new.capacity = Some(1);
    let coming = once(&app.ctx, basic.yunliang, basic.parlour, new, "2026-11-27T09:30:00")
        .await
        .session;
    assert_eq!(signed_up(&app, coming, one).await, "enrolled");
    assert_eq!(signed_up(&app, coming, liu).await, "waitlisted");
    let before = people_and_visits(&app).await;

    let address = format!("{RESIDENTS}/{one}/erase");
    let wrong_name = staff
        .post(&address, &json!({ "reason": "asked", "name": "薛秀兰" }))
        .await;
    assert_eq!(wrong_name.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let erased = staff
        .post(&address, &json!({ "reason": "asked", "name": "薛秀英" }))
        .await;
    assert_eq!(erased.status(), StatusCode::NO_CONTENT);

    assert_eq!(people_and_visits(&app).await, before, "人次 and 人数 stay");
    assert_eq!(counters(&app, class).await, [0, 0, 2, 0]);
    assert_eq!(
        status_at(&app, coming, liu).await.as_deref(),
        Some("enrolled"),
        "the seat is free"
    );
    all_counters_agree(&app).await;
    let left = staff.json(&format!("{RESIDENTS}/{one}")).await;
    assert_eq!((&left["name"], &left["birth_year"]), (&json!("—"), &json!(1940)));
    assert!(
        staff.json(&format!("{RESIDENTS}?query=薛")).await["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Her device repeats nothing under her old id, and she signs up as a new person.
    assert!(matches!(came(&app, class, one).await, Verdict::Refused(_)));
    let moved = session::cancel(
        &app.ctx,
        &Actor::System,
        basic.yunliang,
        coming,
        xianglao::domain::planning::edit::Scope::This,
        xianglao::domain::planning::ReasonCode::Weather,
        None,
        false,
    )
    .await;
    moved.expect("others are told as ever");
});
