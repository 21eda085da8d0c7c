//! Service beside who came: matters at a desk, households and needs on an evening, four faces at the door, and the report over all of it.

use entities::{feedback, household_visit, matter, need, session as session_row};
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::feedback::Source;
use xianglao::domain::id::{CommunityId, SessionId};
use xianglao::domain::period::YearMonth;
use xianglao::domain::planning::{ProgrammeKind, SignUpMode};
use xianglao::services::feedback::tap;
use xianglao::services::programme::NewProgramme;
use xianglao::services::{community, report};

use crate::browser::look::{Faults, PHONE, Person};
use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::browser::Browser;
use crate::support::door::{cancel, plan, resident, resident_of};
use crate::support::plan::once;
use crate::support::seed;

/// This morning, ten minutes before the tests begin.
const TODAY: &str = "2026-11-25T08:00:00";
const CARD: &str = "电子社保卡激活";
const FEE: &str = "医保缴费";

async fn of_kind(app: &TestApp, title: &str, kind: ProgrammeKind) -> SessionId {
    let basic = app.seed_basic().await;
    let mut new = NewProgramme::titled(title, kind);
    new.sign_up = SignUpMode::None;
    new.matters = vec![CARD.to_owned(), FEE.to_owned()];
    once(&app.ctx, basic.yunliang, basic.parlour, new, TODAY).await.session
}

async fn desk(app: &TestApp) -> SessionId {
    of_kind(app, "便民服务", ProgrammeKind::HelpDesk).await
}

async fn service_day(app: &TestApp) -> SessionId {
    of_kind(app, "入户走访", ProgrammeKind::ServiceDay).await
}

fn new_id(app: &TestApp) -> Uuid {
    app.ctx.new_id(app.ctx.now())
}

fn api(session: SessionId, part: &str) -> String {
    format!("/api/v1/communities/yunliang/sessions/{session}/{part}")
}

async fn answer(client: &Client, path: &str, body: &Value) -> (StatusCode, Value) {
    let response = client.post(path, body).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn month(client: &Client) -> Value {
    client.json("/api/v1/communities/yunliang/reports?month=2026-11").await
}

/// The value that stands behind `before` up to the next quote.
fn after<'a>(page: &'a str, before: &str) -> &'a str {
    let rest = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"))
        .1;
    rest.split('"').next().expect("a value ends")
}

async fn status_of(app: &TestApp, session: SessionId) -> String {
    let home = app.seed_basic().await.yunliang;
    let row = session_row::Entity::find_by_id((home.0, session.0))
        .one(app.db())
        .await
        .unwrap();
    row.expect("the session").status
}

on_both!(a_matter_counts_one_and_its_caller_once, async |app: TestApp| {
    let session = desk(&app).await;
    let who = resident(&app, "薛秀英", "13900006621", None).await;
    let staff = app.bearer_as(Role::Staff).await;
    let at = api(session, "matters");
    let ids: Vec<Uuid> = (0..5).map(|_| new_id(&app)).collect();
    let batch = json!([
        { "client_id": ids[0], "matter": CARD, "resident_id": who },
        { "client_id": ids[1], "matter": FEE, "resident_id": who },
        { "client_id": ids[2], "matter": FEE },
        { "client_id": ids[3], "matter": "修收音机", "head": false },
        { "client_id": ids[4], "matter": "  ", "head": true },
    ]);
    let (_, first) = answer(&staff, &at, &batch).await;
    let statuses: Vec<&str> = first
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["created", "created", "created", "created", "error"],
        "{first:#}"
    );
    assert_eq!(first[4]["code"], "text-empty");
    let (_, again) = answer(&staff, &at, &batch).await;
    assert!(
        again.as_array().unwrap()[..4]
            .iter()
            .all(|one| one["status"] == "duplicate"),
        "{again:#}"
    );

    let report = month(&staff).await;
    assert_eq!(
        (&report["visits"], &report["people"]),
        (&json!(2), &json!(1)),
        "4 matters, 2 visits, 1 person"
    );
    assert_eq!(status_of(&app, session).await, "held");

    // Undoing the first matter of somebody named leaves her there for the second; undoing both takes her out.
    for (id, visits) in [(ids[0], 2), (ids[1], 1), (ids[1], 1), (ids[2], 0), (ids[3], 0)] {
        let response = staff.delete(&format!("{at}/{id}")).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(month(&staff).await["visits"], visits);
    }
    assert_eq!(matter::Entity::find().count(app.db()).await.unwrap(), 0);
    assert_eq!(
        status_of(&app, session).await,
        "scheduled",
        "as if nobody had been there"
    );
    let (_, late) = answer(&staff, &at, &batch[2].clone()).await;
    assert_eq!(
        (&late["status"], month(&staff).await["visits"].clone()),
        (&json!("duplicate"), json!(0)),
        "undone stays undone"
    );
});

on_both!(
    who_is_at_the_door_already_is_not_taken_out_by_the_desk,
    async |app: TestApp| {
        let session = desk(&app).await;
        let who = resident(&app, "薛秀英", "13900006621", None).await;
        let staff = app.bearer_as(Role::Staff).await;
        answer(
            &staff,
            &api(session, "attendance"),
            &json!({ "client_id": new_id(&app), "resident_id": who }),
        )
        .await;
        let id = new_id(&app);
        let (status, _) = answer(
            &staff,
            &api(session, "matters"),
            &json!({ "client_id": id, "matter": CARD, "resident_id": who }),
        )
        .await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(month(&staff).await["visits"], 1);
        staff.delete(&format!("{}/{id}", api(session, "matters"))).await;
        assert_eq!(month(&staff).await["visits"], 1, "she was checked in before");
    }
);

on_both!(
    matters_are_refused_in_words_and_nothing_is_half_done,
    async |app: TestApp| {
        let session = desk(&app).await;
        let basic = app.seed_basic().await;
        let stranger = resident_of(&app, basic.youyuan, "刘德福", "13900009021", None).await;
        let staff = app.bearer_as(Role::Staff).await;
        let at = api(session, "matters");
        let id = new_id(&app);
        for (body, code) in [
            (
                json!({ "client_id": id, "matter": CARD, "resident_id": stranger }),
                "resident-unknown",
            ),
            (json!({ "client_id": id, "matter": "长".repeat(3_000) }), "text-long"),
            (json!({ "client_id": id, "matter": "办卡\u{202E}费" }), "text-control"),
            (json!({ "client_id": id, "matter": "办\u{0}卡" }), "text-control"),
            (json!({ "client_id": id, "matter": 7 }), "matter-shape"),
            (
                json!({ "client_id": id, "matter": CARD, "head": "yes" }),
                "matter-shape",
            ),
            (json!({ "client_id": "x", "matter": CARD }), "not-a-uuid"),
            (json!({ "matter": CARD }), "matter-shape"),
            (json!([]), ""),
        ] {
            let (status, answered) = answer(&staff, &at, &body).await;
            if code.is_empty() {
                assert_eq!((status, answered), (StatusCode::OK, json!([])));
            } else {
                assert_eq!(
                    (status, &answered["errors"][0]["code"]),
                    (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
                    "{body}"
                );
            }
        }
        let many: Vec<Value> = (0..201)
            .map(|_| json!({ "client_id": new_id(&app), "matter": CARD }))
            .collect();
        let (status, answered) = answer(&staff, &at, &Value::Array(many)).await;
        assert_eq!(
            (status, &answered["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("matter-too-many"))
        );
        assert_eq!(matter::Entity::find().count(app.db()).await.unwrap(), 0);
        assert_eq!(month(&staff).await["visits"], 0);

        let class = plan(&app, "老年反诈课", TODAY, None).await.first();
        let one = json!({ "client_id": new_id(&app), "matter": CARD });
        let (status, answered) = answer(&staff, &api(class, "matters"), &one).await;
        assert_eq!(
            (status, &answered["code"]),
            (StatusCode::CONFLICT, &json!("state")),
            "{answered}"
        );
        let there = format!("/api/v1/communities/youyuan/sessions/{session}/matters");
        assert_eq!(staff.post(&there, &one).await.status(), StatusCode::FORBIDDEN);
        cancel(&app, session).await;
        assert_eq!(staff.post(&at, &one).await.status(), StatusCode::CONFLICT);
    }
);

on_both!(
    two_devices_at_once_meet_in_one_matter_and_one_household,
    async |app: TestApp| {
        let (desk, day) = (desk(&app).await, {
            let basic = app.seed_basic().await;
            let new = NewProgramme::titled("入户走访", ProgrammeKind::ServiceDay);
            once(&app.ctx, basic.yunliang, basic.hall, new, TODAY).await.session
        });
        let staff = app.bearer_as(Role::Staff).await;
        let who = resident(&app, "薛秀英", "13900006621", None).await;
        let same = json!({ "client_id": new_id(&app), "matter": CARD, "resident_id": who });
        let other = json!({ "client_id": new_id(&app), "matter": FEE, "resident_id": who });
        let at = api(desk, "matters");
        let homes: Vec<Value> = ["2-501", "2单元501室", "２－５０１", "2-501户"]
        .iter()
        .map(|door| json!({ "client_id": new_id(&app), "building": "3", "door": door, "needs": [{ "client_id": new_id(&app), "text": "楼道灯坏了" }] }))
        .collect();
        let doors = api(day, "households");
        let (one, two, three) = tokio::join!(staff.post(&at, &same), staff.post(&at, &same), staff.post(&at, &other));
        for response in [one, two, three] {
            assert!(response.status().is_success());
        }
        let (a, b, c, d) = tokio::join!(
            staff.post(&doors, &homes[0]),
            staff.post(&doors, &homes[1]),
            staff.post(&doors, &homes[2]),
            staff.post(&doors, &homes[3])
        );
        let created = [a, b, c, d]
            .iter()
            .filter(|response| response.status() == StatusCode::CREATED)
            .count();
        assert_eq!(created, 1, "one household on one day");
        assert_eq!(matter::Entity::find().count(app.db()).await.unwrap(), 2);
        assert_eq!(month(&staff).await["visits"], 1);
        assert_eq!(household_visit::Entity::find().count(app.db()).await.unwrap(), 1);
        assert_eq!(
            need::Entity::find().count(app.db()).await.unwrap(),
            4,
            "each phone heard something"
        );
    }
);

on_both!(a_desk_works_without_a_script, async |app: TestApp| {
    let session = desk(&app).await;
    let who = resident(&app, "马秀芝", "13600005519", None).await;
    let staff = app.client_as(Role::Staff).await;
    let here = format!("/staff/sessions/{session}/matters");
    assert!(
        staff.page("/staff/check-in").await.contains(&here),
        "offered where check-in begins"
    );
    assert!(
        staff.page("/staff").await.contains(&here),
        "and on the first page of the day"
    );
    let page = staff.page(&here).await;
    let tap = format!("add:{}", after(&page, "value=\"add:"));
    for _ in 0..2 {
        let response = staff.submit(&here, &[("tap", &tap)]).await;
        let said = staff.follow(response).await.text().await.unwrap();
        assert!(said.contains(&format!("记了1件：{CARD}")), "{said}");
    }
    let found = staff.page(&format!("{here}?q=mxz")).await;
    assert!(found.contains(&format!("?who={who}")), "{found}");
    let page = staff.page(&format!("{here}?who={who}")).await;
    assert!(page.contains("给马秀芝记"), "{page}");
    let other = format!("other:{}", after(&page, "value=\"other:"));
    let who = who.to_string();
    let response = staff
        .submit(&here, &[("tap", &other), ("who", &who), ("other", "修收音机")])
        .await;
    let page = staff.follow(response).await.text().await.unwrap();
    assert!(
        page.contains("修收音机") && page.contains("马秀芝") && page.contains("来了 2 人次"),
        "{page}"
    );
    let long = "长".repeat(50);
    let refused = staff
        .submit(
            &here,
            &[("tap", &other.replace("other:0", "other:1")), ("other", &long)],
        )
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("最多 40 个字") && text.contains(&long),
        "what was typed stays"
    );

    let page = staff.page(&here).await;
    let note = format!("need:{}", after(&page, "value=\"need:"));
    for _ in 0..2 {
        staff
            .submit(&here, &[("tap", &note), ("text", "<b>想学用手机</b>")])
            .await;
    }
    let page = staff.page(&here).await;
    assert!(page.contains("还没办完 1 件") && !page.contains("<b>想学"), "{page}");
    let resolve = format!("resolve:{}", after(&page, "value=\"resolve:"));
    let empty = staff.submit(&here, &[("tap", &resolve), ("outcome", " ")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    staff.submit(&here, &[("tap", &resolve), ("outcome", "教会了")]).await;
    let page = staff.page(&here).await;
    assert!(page.contains("还没办完 0 件") && page.contains("教会了"), "{page}");
    let today = staff.page("/staff").await;
    assert!(today.contains("2 件"), "the count stands where one looks: {today}");
});

on_both!(
    a_service_day_counts_each_household_once_and_its_needs,
    async |app: TestApp| {
        let session = service_day(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let here = format!("/staff/sessions/{session}/households");
        assert!(staff.page("/staff/check-in").await.contains(&here));
        let form_id = |page: &str| after(page, "name=\"id\" value=\"").to_owned();
        let id = form_id(&staff.page(&here).await);
        let fields = [
            ("id", id.as_str()),
            ("building", "3"),
            ("door", "2-501"),
            ("visitors", "小张、网格员"),
            ("needs_open", "楼道灯坏了\n\n想申请高龄津贴"),
            ("needs_done", "医保缴费不会办"),
        ];
        for expected in ["记下了：3号楼2单元501", "已经记过，没有重复"] {
            let response = staff.submit(&here, &fields).await;
            let page = staff.follow(response).await.text().await.unwrap();
            assert!(
                page.contains(expected) && page.contains("诉求 3 件，办好 1 件"),
                "{page}"
            );
            assert!(
                page.contains("value=\"3号楼\"") && page.contains("value=\"小张、网格员\""),
                "the next door is next door"
            );
        }
        let second = form_id(&staff.page(&here).await);
        let again = [
            ("id", second.as_str()),
            ("building", "３号楼"),
            ("door", "2单元501室"),
            ("needs_open", "想学用手机"),
        ];
        let response = staff.submit(&here, &again).await;
        let page = staff.follow(response).await.text().await.unwrap();
        assert!(
            page.contains("今天已经记过，算一户") && page.contains("诉求 4 件"),
            "{page}"
        );
        let third = form_id(&page);
        let nobody = [
            ("id", third.as_str()),
            ("building", "3"),
            ("door", "2-502"),
            ("nobody_home", "1"),
        ];
        staff.submit(&here, &nobody).await;
        let district = async || {
            let period = YearMonth::new(2026, 11).unwrap().period();
            let all = report::district(&app.ctx, &Actor::System, period).await.unwrap().total;
            (all.households, all.needs_recorded, all.needs_resolved)
        };
        assert_eq!(district().await, (1, 4, 1), "a closed door is no visit");
        let list = staff.page(&format!("{here}?all=1")).await;
        assert!(
            list.contains("3号楼2单元502") && list.contains("敲门没人") && list.contains("没写网格"),
            "{list}"
        );

        // Somebody is home at the second try; the same household, now met.
        let fourth = form_id(&staff.page(&here).await);
        staff
            .submit(&here, &[("id", &fourth), ("building", "3"), ("door", "2-502")])
            .await;
        assert_eq!(district().await, (2, 4, 1));

        let wrong = [
            ("id", second.as_str()),
            ("building", ""),
            ("door", "\u{202E}1"),
            ("nobody_home", "1"),
            ("needs_open", "灯"),
        ];
        let refused = staff.submit(&here, &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text().await.unwrap();
        assert!(text.contains("这里还没填") && text.contains(">灯</textarea>"), "{text}");

        staff.submit(&here, &[("tap", &format!("out:{id}"))]).await;
        assert_eq!(district().await, (1, 0, 0), "its needs go with it");
        staff.submit(&here, &fields).await;
        assert_eq!(district().await, (1, 0, 0), "undone stays undone");
    }
);

on_both!(
    needs_are_resolved_once_and_only_in_their_community,
    async |app: TestApp| {
        let session = desk(&app).await;
        let staff = app.bearer_as(Role::Staff).await;
        let id = new_id(&app);
        let (status, _) = answer(
            &staff,
            &api(session, "needs"),
            &json!({ "client_id": id, "text": "楼道灯坏了" }),
        )
        .await;
        assert_eq!(status, StatusCode::CREATED);
        let (status, _) = answer(
            &staff,
            &api(session, "needs"),
            &json!({ "client_id": id, "text": "楼道灯坏了" }),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        let (status, other) = answer(
            &staff,
            &api(session, "needs"),
            &json!({ "client_id": id, "text": "别的" }),
        )
        .await;
        assert_eq!(
            (status, &other["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("client-id-reused"))
        );
        let to = format!("/api/v1/communities/yunliang/needs/{id}/resolve");
        let admin = app.bearer_as(Role::Admin).await;
        let elsewhere = to.replace("yunliang", "youyuan");
        assert_eq!(
            admin.post(&elsewhere, &json!({ "outcome": "修好了" })).await.status(),
            StatusCode::NOT_FOUND
        );
        app.clock.set("2026-11-27T08:10:00+08:00");
        for (outcome, status) in [("修好了", "resolved"), ("又修了", "duplicate")] {
            let (_, said) = answer(&staff, &to, &json!({ "outcome": outcome })).await;
            assert_eq!(said["status"], status);
        }
        let row = need::Entity::find().one(app.db()).await.unwrap().unwrap();
        assert_eq!(row.outcome, "修好了", "the first outcome stands");
        let district = app.client_as(Role::District).await;
        let page = district
            .page("/staff/reports/service?month=2026-11&community=yunliang")
            .await;
        assert!(page.contains("一半在 2.0 天内办结"), "{page}");
        assert!(
            !page.contains(&format!("/staff/sessions/{session}")),
            "no way to pages that are closed to them"
        );
    }
);

on_both!(
    the_crew_is_counted_apart_and_the_report_opens_to_sessions,
    async |app: TestApp| {
        let session = desk(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let here = format!("/staff/sessions/{session}/crew");
        for (volunteers, minutes, words) in [
            ("-1", "0", "人数要在 0 到 500 之间"),
            ("99999999999999999999", "0", "不是整数"),
            ("0", "30", "可是没有志愿者"),
            ("2", "999999", "最多 1440 分钟"),
        ] {
            let refused = staff
                .submit(&here, &[("volunteers", volunteers), ("volunteer_minutes", minutes)])
                .await;
            assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let text = refused.text().await.unwrap();
            assert!(
                text.contains(words) && text.contains(&format!("value=\"{volunteers}\"")),
                "{words}: {text}"
            );
        }
        for minutes in ["120", "90"] {
            let fields = [
                ("staff", "1"),
                ("speakers", ""),
                ("volunteers", "3"),
                ("volunteer_minutes", minutes),
            ];
            assert!(location(&staff.submit(&here, &fields).await).ends_with("saved=1"));
        }
        let bearer = app.bearer_as(Role::Staff).await;
        assert_eq!(bearer.json(&api(session, "crew")).await["volunteer_minutes"], 90);
        answer(
            &bearer,
            &api(session, "matters"),
            &json!({ "client_id": new_id(&app), "matter": "=1+1" }),
        )
        .await;
        assert_eq!(
            month(&bearer).await["visits"],
            1,
            "the crew is not among those who came"
        );

        let page = staff.page("/staff/reports/service?month=2026-11").await;
        assert!(
            page.contains("服务 1.5 小时") && page.contains(&format!("/staff/sessions/{session}/matters")),
            "{page}"
        );
        let none = staff.page("/staff/reports/service?month=2026-11&show=households").await;
        assert!(!none.contains(&format!("/staff/sessions/{session}/matters")), "{none}");
        let csv = staff.page("/staff/reports/service.csv?month=2026-11").await;
        assert!(
            csv.contains("\"'=1+1\",1") && csv.contains("\"志愿服务（小时）\",1.5"),
            "{csv}"
        );
        let district = app.client_as(Role::District).await;
        let all = district.page("/staff/reports/service?month=2026-11").await;
        assert!(all.contains("运粮社区") && all.contains("游园社区"), "{all}");
        assert_eq!(
            staff.get("/staff/reports/service?month=x").await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
);

async fn links(app: &TestApp, session: SessionId) -> (String, String) {
    let home = community::find(&app.ctx, app.seed_basic().await.yunliang)
        .await
        .unwrap();
    let path = |source| tap::path(&app.ctx, &Actor::System, &home, session, source).unwrap();
    (path(Source::Phone), path(Source::Kiosk))
}

async fn answers(app: &TestApp, home: CommunityId) -> Vec<[i32; 4]> {
    let rows = feedback::Entity::find()
        .filter(feedback::Column::CommunityId.eq(home.0))
        .all(app.db())
        .await
        .unwrap();
    rows.iter()
        .map(|row| [row.very_satisfied, row.satisfied, row.fair, row.dissatisfied])
        .collect()
}

on_both!(a_phone_answers_once_and_may_change_it, async |app: TestApp| {
    let session = desk(&app).await;
    let home = app.seed_basic().await.yunliang;
    let (phone, _) = links(&app, session).await;
    let senior = app.client();
    let page = senior.page(&phone).await;
    for words in ["您满意吗", "很满意", "基本满意", "不满意"] {
        assert!(page.contains(words), "{words}");
    }
    let id = after(&page, "name=\"client_id\" value=\"").to_owned();
    senior
        .submit(&phone, &[("client_id", &id), ("answer", "satisfied")])
        .await;
    let page = senior.page(&phone).await;
    assert!(page.contains("您选的是“满意”"), "{page}");
    let fresh = new_id(&app).to_string();
    senior
        .submit(&phone, &[("client_id", &fresh), ("answer", "very_satisfied")])
        .await;
    assert_eq!(
        answers(&app, home).await,
        [[1, 0, 0, 0]],
        "one phone, one answer, changed"
    );
    let refused = senior.submit(&phone, &[("client_id", &id), ("answer", "angry")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let other = app.client();
    other
        .submit(&phone, &[("client_id", &fresh), ("answer", "dissatisfied")])
        .await;
    assert_eq!(answers(&app, home).await.len(), 2);

    let staff = app.client_as(Role::Staff).await;
    let page = staff.page(&format!("/staff/sessions/{session}/feedback")).await;
    assert!(
        page.contains("满意率 50%") && page.contains("不到 5 人评价") && page.contains("手机扫码"),
        "{page}"
    );
    assert!(
        staff
            .page(&format!("/staff/sessions/{session}/feedback/card"))
            .await
            .contains("扫一扫，说说您满意吗")
    );
});

on_both!(a_link_fits_one_session_and_its_time, async |app: TestApp| {
    let session = desk(&app).await;
    let home = app.seed_basic().await.yunliang;
    let (phone, kiosk) = links(&app, session).await;
    let other = plan(&app, "老年反诈课", "2026-11-25T15:00:00", None).await.first();
    let (later, _) = links(&app, other).await;
    let senior = app.client();
    let id = new_id(&app).to_string();
    let tap = [("client_id", id.as_str()), ("answer", "fair")];
    let token = phone.rsplit('/').next().unwrap();
    let kiosk_token = kiosk.rsplit('/').next().unwrap();
    for wrong in [
        phone.replace(token, "AAAAAAAAAAAAAAAAAAAAAA"),
        phone.replace(token, &token[..21]),
        phone.replace(token, kiosk_token),
        phone.replace(&session.to_string(), &other.to_string()),
        phone.replace("yunliang", "youyuan"),
        phone.replace(&session.to_string(), "nothing"),
    ] {
        assert_eq!(senior.get(&wrong).await.status(), StatusCode::NOT_FOUND, "{wrong}");
        assert_eq!(
            senior.submit(&wrong, &tap).await.status(),
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
    assert!(senior.page(&later).await.contains("还没开始"));
    senior.submit(&later, &tap).await;
    app.clock.set("2026-12-02T09:00:01+08:00");
    assert!(senior.page(&phone).await.contains("评价收完了"));
    senior.submit(&phone, &tap).await;
    assert_eq!(senior.submit(&kiosk, &tap).await.status(), StatusCode::CONFLICT);
    app.clock.set("2026-11-25T08:10:00+08:00");
    cancel(&app, session).await;
    assert!(senior.page(&phone).await.contains("这一场不办了"));
    assert_eq!(senior.submit(&kiosk, &tap).await.status(), StatusCode::CONFLICT);
    assert_eq!(answers(&app, home).await, Vec::<[i32; 4]>::new());
});

on_both!(
    the_kiosk_takes_one_after_the_other_and_staff_can_take_back,
    async |app: TestApp| {
        let session = desk(&app).await;
        let home = app.seed_basic().await.yunliang;
        let (_, kiosk) = links(&app, session).await;
        let tablet = app.client();
        for answer in ["very_satisfied", "fair", "fair"] {
            let page = tablet.page(&kiosk).await;
            let id = after(&page, "name=\"client_id\" value=\"").to_owned();
            for _ in 0..2 {
                let thanks = tablet.submit(&kiosk, &[("client_id", &id), ("answer", answer)]).await;
                let page = thanks.text().await.unwrap();
                assert!(page.contains("谢谢您") && page.contains("下一位"), "{page}");
            }
        }
        assert_eq!(answers(&app, home).await.len(), 3, "a form sent twice is one answer");
        let staff = app.client_as(Role::Staff).await;
        let here = format!("/staff/sessions/{session}/feedback");
        let page = staff.page(&here).await;
        let entry = after(&page, "name=\"undo\" value=\"").to_owned();
        for _ in 0..2 {
            let done = staff.submit(&format!("{here}/entries"), &[("undo", &entry)]).await;
            assert!(location(&done).starts_with(&here));
        }
        assert_eq!(answers(&app, home).await.len(), 2);
        let typed = new_id(&app).to_string();
        let fields = [("client_id", typed.as_str()), ("very_satisfied", "8"), ("fair", "三")];
        let refused = staff.submit(&format!("{here}/entries"), &fields).await;
        let text = refused.text().await.unwrap();
        assert!(
            text.contains("不是整数") && text.contains("value=\"三\"") && text.contains("value=\"8\""),
            "{text}"
        );
        for number in ["-1", "2001", "9223372036854775807"] {
            let fields = [("client_id", typed.as_str()), ("satisfied", number)];
            let refused = staff.submit(&format!("{here}/entries"), &fields).await;
            assert!(refused.text().await.unwrap().contains("人数要在 0 到"), "{number}");
        }
        assert_eq!(answers(&app, home).await.len(), 2);
    }
);

#[tokio::test]
async fn a_flood_of_answers_from_one_network_is_stopped() {
    let app = TestApp::sqlite().await;
    let session = desk(&app).await;
    let home = app.seed_basic().await.yunliang;
    let (phone, _) = links(&app, session).await;
    let mut last = StatusCode::OK;
    for _ in 0..241 {
        let id = new_id(&app).to_string();
        // A client that keeps no cookies looks like another phone each time.
        let response = app
            .client()
            .submit(&phone, &[("client_id", &id), ("answer", "dissatisfied")])
            .await;
        last = response.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answers(&app, home).await.len(), 240);
}

#[tokio::test]
async fn a_desk_and_the_four_faces_on_a_phone() {
    let app = TestApp::sqlite().await;
    let desk = desk(&app).await;
    let (phone, kiosk) = links(&app, desk).await;
    let browser = Browser::launch().await;
    let faults = Faults::default();
    let staff = Person::new(&browser, &app.address, "desk", PHONE, &faults).await;
    staff.log_in(seed::username(Role::Staff)).await;
    staff.page.wait_for_text("便民服务").await;
    staff.page.click_text("记事项").await;
    staff.page.wait_for(".sv-matters").await;
    staff.look("matters").await;
    staff.page.click(".sv-matters button").await;
    staff.page.wait_for_text("记了1件").await;
    staff.look("one").await;
    staff.page.click(".ck-undo button").await;
    staff.page.wait_for_text("撤销了").await;
    staff.open(&format!("/staff/sessions/{desk}/feedback")).await;
    staff.look("answers").await;
    staff.open(&format!("/staff/sessions/{desk}/crew")).await;
    staff.look("crew").await;

    let senior = Person::new(&browser, &app.address, "senior", PHONE, &faults).await;
    senior.open(&phone).await;
    senior.look("faces").await;
    senior.page.click_text("很满意").await;
    senior.page.wait_for_text("您选的是").await;
    senior.look("thanks").await;

    let tablet = Person::new(&browser, &app.address, "tablet", (1024, 768), &faults).await;
    tablet.open(&kiosk).await;
    tablet.look("kiosk").await;
    tablet.page.click_text("基本满意").await;
    tablet.page.wait_for_text("我们记下了").await;
    tablet
        .page
        .wait_until("the next person", "!document.querySelector('[data-ask]').hidden")
        .await;
    // The network goes; what was tapped waits on the tablet and is sent when it is back.
    tablet.page.set_offline(true).await;
    tablet.page.click_text("不满意").await;
    tablet
        .page
        .wait_until(
            "something to wait",
            "Object.keys(localStorage).some(key => key.startsWith('kiosk:'))",
        )
        .await;
    tablet.page.set_offline(false).await;
    tablet
        .page
        .wait_until(
            "nothing to wait",
            "!Object.keys(localStorage).some(key => key.startsWith('kiosk:'))",
        )
        .await;
    let home = app.seed_basic().await.yunliang;
    let mut all = answers(&app, home).await;
    all.sort_unstable();
    assert_eq!(all, [[0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0]]);
    faults.none();
}
