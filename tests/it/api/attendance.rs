//! Attendance, feedback and reports as programs use them.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::attendance::{CheckIn, Counted, Verdict};
use xianglao::domain::id::{AttendanceId, ResidentId, SessionId};
use xianglao::services::attendance;

use crate::support::app::{Client, TestApp, on_both};
use crate::support::door::{cancel, plan, plan_with, resident, resident_of};

/// This morning, an hour before the tests begin.
const TODAY: &str = "2026-11-25T08:00:00";

fn client_id(app: &TestApp) -> Uuid {
    app.ctx.new_id(app.ctx.now())
}

fn named(app: &TestApp, who: ResidentId) -> Value {
    json!({ "client_id": client_id(app), "resident_id": who })
}

fn heads(app: &TestApp, count: impl Into<Value>) -> Value {
    json!({ "client_id": client_id(app), "headcount": count.into() })
}

fn at(session: SessionId) -> String {
    format!("/api/v1/communities/yunliang/sessions/{session}/attendance")
}

async fn answer(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")),
    )
}

async fn post(client: &Client, session: SessionId, body: &Value) -> (StatusCode, Value) {
    answer(client.post(&at(session), body).await).await
}

async fn november(client: &Client) -> Value {
    client.json("/api/v1/communities/yunliang/reports?month=2026-11").await
}

on_both!(an_entry_counts_once_however_often_it_is_sent, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let who = resident(&app, "薛秀英", "13900006621", Some(1950)).await;
    let staff = app.bearer_as(Role::Staff).await;
    let entry = named(&app, who);
    let (status, body) = post(&staff, session, &entry).await;
    assert_eq!((status, &body["status"]), (StatusCode::CREATED, &json!("created")));
    let (status, body) = post(&staff, session, &entry).await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("duplicate")));
    let report = november(&staff).await;
    assert_eq!((&report["visits"], &report["people"]), (&json!(1), &json!(1)));
});

on_both!(a_resident_seen_by_two_devices_is_one_row, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let who = resident(&app, "刘德福", "13900009021", None).await;
    let staff = app.bearer_as(Role::Staff).await;
    let (first, second) = (named(&app, who), named(&app, who));
    post(&staff, session, &first).await;
    let (status, body) = post(&staff, session, &second).await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("duplicate")));
    assert_eq!(
        body["recorded_as"], first["client_id"],
        "so that the second device can undo it"
    );
    assert_eq!(november(&staff).await["visits"], 1);
});

on_both!(
    an_undone_entry_no_longer_counts_and_its_repetition_does_not_bring_it_back,
    async |app: TestApp| {
        let session = plan(&app, "老年反诈课", TODAY, None).await.first();
        let who = resident(&app, "陈桂英", "13800002204", None).await;
        let staff = app.bearer_as(Role::Staff).await;
        let entry = named(&app, who);
        post(&staff, session, &entry).await;
        let undo = format!("{}/{}", at(session), entry["client_id"].as_str().unwrap());
        for _ in 0..2 {
            assert_eq!(staff.delete(&undo).await.status(), StatusCode::NO_CONTENT);
        }
        assert_eq!(post(&staff, session, &entry).await.1["status"], "duplicate");
        let report = november(&staff).await;
        assert_eq!((&report["visits"], &report["sessions"]), (&json!(0), &json!(0)));
        let (status, _) = post(&staff, session, &named(&app, who)).await;
        assert_eq!(status, StatusCode::CREATED, "a new tap counts again");
        let unknown = format!("{}/{}", at(session), client_id(&app));
        assert_eq!(staff.delete(&unknown).await.status(), StatusCode::NOT_FOUND);
    }
);

on_both!(
    an_array_is_answered_item_by_item_and_a_bad_item_spares_the_others,
    async |app: TestApp| {
        let session = plan(&app, "老年反诈课", TODAY, None).await.first();
        let who = resident(&app, "杜长山", "13500000936", None).await;
        let stranger = resident_of(&app, app.seed_basic().await.youyuan, "外人甲", "13500000000", None).await;
        let staff = app.bearer_as(Role::Staff).await;
        let good = named(&app, who);
        let items = json!([
            good,
            named(&app, stranger),
            heads(&app, 3),
            heads(&app, -1),
            heads(&app, 2_001),
            heads(&app, 1e30),
            heads(&app, 2.5),
            { "client_id": "no uuid", "headcount": 1 },
            { "client_id": client_id(&app), "headcount": 1, "resident_id": who },
            { "client_id": client_id(&app) },
            7,
            good,
            heads(&app, 0),
        ]);
        let (status, body) = post(&staff, session, &items).await;
        assert_eq!(status, StatusCode::OK);
        let outcomes: Vec<&str> = body
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["code"].as_str().or(item["status"].as_str()).unwrap())
            .collect();
        assert_eq!(
            outcomes,
            [
                "created",
                "resident-unknown",
                "created",
                "headcount-range",
                "headcount-range",
                "headcount-range",
                "not-a-number",
                "not-a-uuid",
                "entry-shape",
                "entry-shape",
                "entry-shape",
                "duplicate",
                "created",
            ]
        );
        assert_eq!(body[0]["client_id"], good["client_id"]);
        let report = november(&staff).await;
        assert_eq!((&report["visits"], &report["anonymous_visits"]), (&json!(4), &json!(3)));
    }
);

on_both!(a_batch_has_its_limit, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let staff = app.bearer_as(Role::Staff).await;
    let items = |count: usize| Value::Array((0..count).map(|_| heads(&app, 1)).collect());
    let (status, body) = post(&staff, session, &items(501)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["code"], "too-many-items");
    let (status, body) = post(&staff, session, &items(500)).await;
    assert_eq!((status, body.as_array().unwrap().len()), (StatusCode::OK, 500));
    assert_eq!(november(&staff).await["visits"], 500);
    let (status, body) = post(&staff, session, &json!([])).await;
    assert_eq!((status, body), (StatusCode::OK, json!([])));
});

on_both!(a_single_bad_entry_is_refused_with_its_field, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let staff = app.bearer_as(Role::Staff).await;
    for (body, field, code) in [
        (heads(&app, -1), "headcount", "headcount-range"),
        (heads(&app, 99_999_999_999_i64), "headcount", "headcount-range"),
        (heads(&app, "12"), "headcount", "not-a-number"),
        (
            named(&app, ResidentId(client_id(&app))),
            "resident_id",
            "resident-unknown",
        ),
        (json!({}), "client_id", "entry-shape"),
        (json!("x"), "client_id", "entry-shape"),
    ] {
        let (status, problem) = post(&staff, session, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
        assert_eq!(problem["errors"][0]["code"], code, "{body}");
        assert!(!problem["errors"][0]["message"].as_str().unwrap().is_empty());
    }
    let entry = heads(&app, 3);
    post(&staff, session, &entry).await;
    let other = json!({ "client_id": entry["client_id"], "headcount": 4 });
    assert_eq!(
        post(&staff, session, &other).await.1["errors"][0]["code"],
        "client-id-reused"
    );
});

on_both!(
    nobody_came_is_a_number_and_the_session_counts_as_held,
    async |app: TestApp| {
        let session = plan(&app, "合唱排练", TODAY, None).await.first();
        let staff = app.bearer_as(Role::Staff).await;
        assert_eq!(november(&staff).await["sessions"], 0);
        post(&staff, session, &heads(&app, 0)).await;
        let report = november(&staff).await;
        assert_eq!((&report["sessions"], &report["visits"]), (&json!(1), &json!(0)));
        assert_eq!(report["average"], json!(0.0));
    }
);

on_both!(
    a_session_that_is_cancelled_or_far_ahead_takes_nobody,
    async |app: TestApp| {
        let staff = app.bearer_as(Role::Staff).await;
        let planned = plan(&app, "合唱排练", "2026-11-25T15:00:00", Some("FREQ=DAILY;COUNT=3")).await;
        let late = plan(&app, "秋季养生讲座", "2026-11-02T09:00:00", None).await.first();
        let address = |session| format!("/api/v1/communities/yunliang/sessions/{session}");
        for (session, code) in [
            (planned.sessions[2], "session-too-early"),
            (planned.sessions[0], "session-cancelled"),
        ] {
            if code == "session-cancelled" {
                cancel(&app, session).await;
            }
            let (status, problem) = post(&staff, session, &heads(&app, 1)).await;
            assert_eq!(status, StatusCode::CONFLICT, "{code}: {problem}");
            let entry = json!({ "client_id": client_id(&app), "satisfied": 3 });
            let response = staff.post(&format!("{}/feedback", address(session)), &entry).await;
            assert_eq!(response.status(), StatusCode::CONFLICT, "{code}");
        }
        let (status, _) = post(&staff, late, &heads(&app, 9)).await;
        assert_eq!(status, StatusCode::CREATED, "the notebook is typed up weeks later");
    }
);

on_both!(a_session_of_another_community_is_not_there, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let admin = app.bearer_as(Role::Admin).await;
    let elsewhere = format!("/api/v1/communities/youyuan/sessions/{session}/attendance");
    let response = admin.post(&elsewhere, &heads(&app, 1)).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let staff = app.bearer_as(Role::Staff).await;
    let response = staff.post(&elsewhere, &heads(&app, 1)).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let nowhere = "/api/v1/communities/yunliang/sessions/42/attendance";
    assert_eq!(
        staff.post(nowhere, &heads(&app, 1)).await.status(),
        StatusCode::NOT_FOUND
    );
});

on_both!(partners_and_the_district_take_no_attendance, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    for role in [Role::Partner, Role::District] {
        let client = app.bearer_as(role).await;
        let response = client.post(&at(session), &heads(&app, 1)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{role:?}");
    }
    let nobody = app.client();
    assert_eq!(
        nobody.post(&at(session), &heads(&app, 1)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    let partner = app.bearer_as(Role::Partner).await;
    let response = partner.get("/api/v1/communities/yunliang/reports?month=2026-11").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
});

on_both!(twenty_at_once_make_one_row, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let community = app.seed_basic().await.yunliang;
    let who = resident(&app, "马秀芝", "13600005519", None).await;
    let tries = (0..20).map(|_| {
        let ctx = app.ctx.clone();
        let entry = CheckIn {
            client_id: AttendanceId(client_id(&app)),
            counted: Counted::Resident(who),
        };
        tokio::spawn(async move {
            attendance::check_in(&ctx, &Actor::System, community, session, vec![entry])
                .await
                .expect("it is answered")
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut created = 0;
    for task in tries {
        let verdicts = task.await.unwrap();
        created += verdicts.iter().filter(|verdict| **verdict == Verdict::Created).count();
    }
    assert_eq!(created, 1);
    let staff = app.bearer_as(Role::Staff).await;
    assert_eq!(november(&staff).await["visits"], 1);
});

on_both!(
    twenty_at_once_with_one_id_at_two_sessions_are_all_answered,
    async |app: TestApp| {
        let planned = plan(&app, "老年反诈课", "2026-11-24T08:00:00", Some("FREQ=DAILY;COUNT=2")).await;
        let community = app.seed_basic().await.yunliang;
        let id = AttendanceId(client_id(&app));
        let tries: Vec<_> = (0..20)
            .map(|n| {
                let ctx = app.ctx.clone();
                let session = planned.sessions[n % 2];
                let entry = CheckIn {
                    client_id: id,
                    counted: Counted::Heads(1),
                };
                tokio::spawn(async move {
                    attendance::check_in(&ctx, &Actor::System, community, session, vec![entry])
                        .await
                        .expect("it is answered")
                })
            })
            .collect();
        let mut created = 0;
        for task in tries {
            created += task
                .await
                .unwrap()
                .iter()
                .filter(|verdict| **verdict == Verdict::Created)
                .count();
        }
        assert_eq!(created, 1);
    }
);

on_both!(feedback_counts_once_and_is_bounded, async |app: TestApp| {
    let session = plan(&app, "老年反诈课", TODAY, None).await.first();
    let staff = app.bearer_as(Role::Staff).await;
    let address = format!("/api/v1/communities/yunliang/sessions/{session}/feedback");
    let entry =
        json!({ "client_id": client_id(&app), "very_satisfied": 20, "satisfied": 7, "fair": 2, "dissatisfied": 1 });
    let (status, body) = answer(staff.post(&address, &entry).await).await;
    assert_eq!((status, &body["status"]), (StatusCode::CREATED, &json!("created")));
    let (status, body) = answer(staff.post(&address, &entry).await).await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("duplicate")));
    for (wrong, field) in [
        (json!({ "client_id": client_id(&app) }), "very_satisfied"),
        (json!({ "client_id": client_id(&app), "fair": -1 }), "fair"),
        (json!({ "client_id": client_id(&app), "satisfied": 2_001 }), "satisfied"),
        (
            json!({ "client_id": client_id(&app), "satisfied": "many" }),
            "satisfied",
        ),
        (json!({ "satisfied": 3 }), "client_id"),
        (json!({ "client_id": entry["client_id"], "satisfied": 3 }), "client_id"),
    ] {
        let (status, problem) = answer(staff.post(&address, &wrong).await).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(problem["errors"][0]["field"], field, "{wrong}");
    }
    post(&staff, session, &heads(&app, 30)).await;
    let report = november(&staff).await;
    assert_eq!(report["satisfaction"], json!({ "ratio": 0.9, "answers": 30 }));
});

on_both!(a_report_has_its_figures_and_their_parts, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let fraud = plan(&app, "老年反诈课", "2026-11-04T09:30:00", Some("FREQ=WEEKLY;COUNT=3")).await;
    let moxa = plan_with(&app, "艾灸理疗", "2026-11-05T15:00:00", None, Some(basic.zangyutang)).await;
    let earlier = plan(&app, "合唱排练", "2026-10-20T09:00:00", None).await;
    let staff = app.bearer_as(Role::Staff).await;
    let xue = resident(&app, "薛秀英", "13900006621", Some(1950)).await;
    let liu = resident(&app, "刘德福", "13900009021", Some(1990)).await;
    let du = resident(&app, "杜长山", "13500000936", None).await;
    post(&staff, earlier.first(), &named(&app, xue)).await;
    post(
        &staff,
        fraud.sessions[0],
        &json!([named(&app, xue), named(&app, liu), heads(&app, 4)]),
    )
    .await;
    post(&staff, fraud.sessions[1], &json!([named(&app, xue)])).await;
    post(&staff, moxa.first(), &json!([named(&app, du), named(&app, xue)])).await;

    let report = november(&staff).await;
    assert_eq!(report["sessions"], 3);
    assert_eq!(report["visits"], 9);
    assert_eq!(report["people"], 3);
    assert_eq!(report["anonymous_visits"], 4);
    assert_eq!(report["newcomers"], 2, "薛秀英 came in October");
    assert_eq!(report["average"], 3.0);
    assert_eq!(report["satisfaction"], json!({ "ratio": null, "answers": 0 }));
    let coverage = &report["coverage"];
    assert_eq!((&coverage["people"], &coverage["unknown_age"]), (&json!(1), &json!(1)));
    assert_eq!(coverage["ratio"], 1.0 / 2_000.0);
    assert_eq!(
        report["how_often"],
        json!({ "once": 2, "sometimes": 1, "regularly": 0 })
    );
    let programmes = report["by_programme"].as_array().unwrap();
    assert_eq!(programmes.len(), 2);
    assert_eq!(programmes[0]["title"], "老年反诈课");
    assert_eq!(programmes[0]["id"], json!(fraud.programme));
    assert_eq!(
        (&programmes[0]["visits"], &programmes[0]["people"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(programmes[1]["visits"], 2);
    let partners = report["by_partner"].as_array().unwrap();
    assert_eq!((&partners[0]["id"], &partners[0]["visits"]), (&Value::Null, &json!(7)));
    assert_eq!(partners[1]["name"], "藏御堂体验馆");
    assert_eq!(report["by_venue"][0]["name"], "老年活动室");
    assert_eq!(report["by_venue"][0]["visits"], 9);
    assert_eq!(
        report["by_grid"][0],
        json!({
            "id": null, "name": "", "visits": 5, "people": 3, "seniors": 1, "registered": null, "ratio": null,
        })
    );

    let range = "/api/v1/communities/yunliang/reports?from=2026-10-01&to=2026-11-05";
    let range = staff.json(range).await;
    assert_eq!(
        (&range["visits"], &range["people"], &range["newcomers"]),
        (&json!(9), &json!(3), &json!(3))
    );
    let district = app.bearer_as(Role::District).await;
    assert_eq!(november(&district).await["visits"], 9);
});

on_both!(
    a_report_for_no_month_is_refused_and_an_empty_one_is_all_noughts,
    async |app: TestApp| {
        let staff = app.bearer_as(Role::Staff).await;
        for (query, field) in [
            ("month=2026-13", "month"),
            ("month=October", "month"),
            ("from=2026-10-01", "to"),
            ("from=2026-10-02&to=2026-10-01", "to"),
            ("from=2020-01-01&to=2026-01-01", "to"),
            ("from=2026-10-01T00:00&to=2026-10-02", "from"),
        ] {
            let response = staff
                .get(&format!("/api/v1/communities/yunliang/reports?{query}"))
                .await;
            let (status, problem) = answer(response).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
        let report = staff.json("/api/v1/communities/yunliang/reports?month=2031-02").await;
        assert_eq!(
            (&report["from"], &report["to"]),
            (&json!("2031-02-01"), &json!("2031-02-28"))
        );
        for figure in ["sessions", "visits", "people", "anonymous_visits", "newcomers"] {
            assert_eq!(report[figure], 0, "{figure}");
        }
        assert_eq!(report["by_programme"], json!([]));
        let nowhere = staff.get("/api/v1/communities/nowhere/reports?month=2026-10").await;
        assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    }
);

// They are stored in one lot where they can be: whoever is not plain must not cost the others their place, nor get theirs.
on_both!(
    of_many_who_arrive_at_once_each_gets_an_answer_of_their_own,
    async |app: TestApp| {
        let open = plan(&app, "老年反诈课", TODAY, Some("FREQ=WEEKLY;COUNT=1"))
            .await
            .first();
        let off = plan(&app, "秋季养生讲座", "2026-11-25T10:00:00", None).await.first();
        cancel(&app, off).await;
        let mut people = Vec::new();
        for n in 0..40 {
            people.push(resident(&app, "薛秀英", &format!("1390000{n:04}"), None).await);
        }
        let new_id = || app.ctx.new_id::<AttendanceId>(app.ctx.now());
        let entry = |client_id, counted| CheckIn { client_id, counted };
        let mut sent: Vec<(SessionId, CheckIn)> = people
            .iter()
            .map(|who| (open, entry(new_id(), Counted::Resident(*who))))
            .collect();
        sent.extend((0..5).map(|_| (open, entry(new_id(), Counted::Heads(3)))));
        // The same once more, the same people seen by another device, nobody we know, and a session that is off.
        let again: Vec<_> = sent[..5].to_vec();
        sent.extend(again);
        sent.extend(
            people[5..10]
                .iter()
                .map(|who| (open, entry(new_id(), Counted::Resident(*who)))),
        );
        sent.extend((0..5).map(|n| (open, entry(new_id(), Counted::Resident(ResidentId(Uuid::from_u128(n)))))));
        sent.extend(
            people[..5]
                .iter()
                .map(|who| (off, entry(new_id(), Counted::Resident(*who)))),
        );
        let community = app.seed_basic().await.yunliang;
        let answers =
            futures_util::future::join_all(sent.iter().map(|(session, entry)| {
                attendance::check_in(&app.ctx, &Actor::System, community, *session, vec![*entry])
            }))
            .await;
        let (mut created, mut known, mut refused, mut closed) = (0, 0, 0, 0);
        for ((session, _), answer) in sent.iter().zip(answers) {
            match answer.as_deref() {
                Ok([Verdict::Created]) if *session == open => created += 1,
                Ok([Verdict::Duplicate { .. }]) if *session == open => known += 1,
                Ok([Verdict::Refused(_)]) if *session == open => refused += 1,
                Err(_) if *session == off => closed += 1,
                other => panic!("{session}: {other:?}"),
            }
        }
        assert_eq!((created, known, refused, closed), (45, 10, 5, 5));
        let staff = app.bearer_as(Role::Staff).await;
        let report = november(&staff).await;
        assert_eq!((&report["visits"], &report["people"]), (&json!(55), &json!(40)));
        assert_eq!(report["anonymous_visits"], 15);
    }
);
