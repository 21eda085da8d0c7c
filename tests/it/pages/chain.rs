//! A list from a chat group, pasted, looked through and taken over; and the message that goes back to the group.

use std::collections::HashMap;

use entities::{chain_line, enrolment as row, resident as resident_row, session as session_row};
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{CommunityId, ResidentId, SessionId};
use xianglao::services::chain::{self, Pick, Suggestion, What, Whom};
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::resident::{self, NewResident};

use crate::support::app::{Client, TestApp, on_both};
use crate::support::plan::{once, titled};
use crate::support::planner::text;

const LIST: &str = "#接龙\n反诈课 11月26日(周四)上午9:30\n例 姓名+楼栋\n\n1. 李桂英 3号楼\n2. 王建国 13800001234\n3. 小刘 替我妈张秀兰报名\n4. 候补：赵素梅\n5. 刘阿姨（带老伴）2人\n6. \n";

async fn session(app: &TestApp, seats: i32) -> (CommunityId, SessionId) {
    let basic = app.seed_basic().await;
    let mut new = titled("老年反诈课");
    new.capacity = Some(seats);
    let at = "2026-11-26T09:30:00";
    let planned = once(&app.ctx, basic.yunliang, basic.activity_room, new, at).await;
    (basic.yunliang, planned.session)
}

async fn known(app: &TestApp, name: &str, phone: &str, building: &str) -> ResidentId {
    let home = app.seed_basic().await.yunliang;
    // Ids of one millisecond have no order.
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let new = NewResident {
        name: name.to_owned(),
        phone: phone.to_owned(),
        building: building.to_owned(),
        ..NewResident::default()
    };
    resident::create(&app.ctx, &Actor::System, home, new).await.unwrap().id
}

/// How everybody stands: name, status, source, who wrote for them.
async fn stands(app: &TestApp) -> Vec<(String, String, String, String)> {
    let people: HashMap<_, _> = resident_row::Entity::find()
        .all(app.db())
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    let mut rows = row::Entity::find().all(app.db()).await.unwrap();
    rows.sort_by_key(|one| one.queued_at);
    let line = |one: row::Model| {
        (
            people[&one.resident_id].clone(),
            one.status,
            one.source,
            one.signed_up_by,
        )
    };
    rows.into_iter().map(line).collect()
}

async fn review(staff: &Client, id: SessionId, list: &str) -> String {
    let path = format!("/staff/sessions/{id}/chain/review");
    text(staff.submit(&path, &[("text", list)]).await, StatusCode::OK).await
}

async fn take(staff: &Client, id: SessionId, list: &str, picks: &[(&str, &str)]) -> (StatusCode, String) {
    let mut fields = vec![("text", list)];
    fields.extend_from_slice(picks);
    let answer = staff.submit(&format!("/staff/sessions/{id}/chain"), &fields).await;
    (answer.status(), answer.text().await.unwrap())
}

/// The suggestions, as picks.
async fn picks(app: &TestApp, at: (CommunityId, SessionId), list: &str) -> HashMap<usize, Pick> {
    let review = chain::review(&app.ctx, &Actor::System, at.0, at.1, list).await.unwrap();
    let pick = |row: &chain::Row| match row.suggestion {
        Suggestion::Known(id) => Whom::Known(id),
        Suggestion::New => Whom::New {
            name: row
                .item
                .name
                .as_ref()
                .unwrap()
                .reveal(xianglao::domain::text::Purpose::Store)
                .to_owned(),
            phone: String::new(),
        },
        Suggestion::Skip | Suggestion::Choose => Whom::Skip,
    };
    review
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let whom = pick(row);
            (
                at,
                Pick {
                    whom,
                    companions: Vec::new(),
                },
            )
        })
        .collect()
}

on_both!(a_list_is_looked_through_taken_over_and_grows, async |app| {
    let at = session(&app, 3).await;
    let li = known(&app, "李桂英", "13900000001", "日月苑3号楼2单元").await;
    known(&app, "李桂英", "13900000002", "日月苑5号楼").await;
    let wang = known(&app, "王建国", "13800001234", "").await;
    let staff = app.client_as(Role::Staff).await;
    let panel = staff.page(&format!("/staff/week?week=2026-W48&session={}", at.1)).await;
    assert!(panel.contains(&format!("/staff/sessions/{}/chain", at.1)));

    let page = review(&staff, at.1, LIST).await;
    assert!(
        page.contains(&format!("value=\"known:{li}\" checked")),
        "the building tells the two apart: {page}"
    );
    assert!(page.contains(&format!("value=\"known:{wang}\" checked")));
    assert!(page.contains("小刘代报") && page.contains("1 个空号没有算"));
    assert!(
        page.contains("报名 3 人，候补 1 人，新建 2 人") && page.contains("还有 1 行要选"),
        "{page}"
    );
    assert!(
        !page.contains("别的一场"),
        "the head of the list is about this session: {page}"
    );
    assert_eq!(
        chain_line::Entity::find().all(app.db()).await.unwrap().len(),
        0,
        "looking stores nothing"
    );

    // Nobody decided about 刘阿姨: nothing is done, and what was typed stays.
    let (li, wang) = (format!("known:{li}"), format!("known:{wang}"));
    let mut chosen = vec![
        ("who-0", li.as_str()),
        ("who-1", wang.as_str()),
        ("who-2", "new"),
        ("name-2", "张秀兰"),
        ("who-3", "new"),
        ("name-3", "赵素梅"),
        ("more-4", "刘老伴"),
    ];
    let (status, page) = take(&staff, at.1, LIST, &chosen).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("第 9 行：请选是哪一位：刘阿姨(带老伴)2人") && page.contains("value=\"刘老伴\""),
        "{page}"
    );
    assert_eq!(stands(&app).await, []);

    chosen.extend([("who-4", "new"), ("name-4", "刘淑华")]);
    let (status, page) = take(&staff, at.1, LIST, &chosen).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(
        page.contains("报上 3 人") && page.contains("排队 3 人") && page.contains("新建 4 人"),
        "{page}"
    );
    let line =
        |name: &str, status: &str, by: &str| (name.to_owned(), status.to_owned(), "chain".to_owned(), by.to_owned());
    let first = vec![
        line("李桂英", "enrolled", ""),
        line("王建国", "enrolled", ""),
        line("张秀兰", "enrolled", "小刘"),
        line("刘淑华", "waitlisted", ""),
        line("刘老伴", "waitlisted", "刘淑华"),
        line("赵素梅", "waitlisted", ""),
    ];
    assert_eq!(stands(&app).await, first);

    // The grown list: one more, one gives up, all else stays.
    let grown = format!(
        "{}6. 陈玉华\n7. 王建国（取消）\n",
        LIST.trim_end().trim_end_matches("6.").trim_end().to_owned() + "\n"
    );
    let page = review(&staff, at.1, &grown).await;
    assert!(
        page.contains("5 行上次已经接过") && page.contains("报名 1 人，取消 1 人，新建 1 人"),
        "{page}"
    );
    let (status, page) = take(
        &staff,
        at.1,
        &grown,
        &[("who-5", "new"), ("name-5", "陈玉华"), ("who-6", &wang)],
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let now = stands(&app).await;
    assert_eq!(now.len(), 7);
    assert_eq!(now[1], line("王建国", "cancelled", ""));
    assert_eq!(
        now[3],
        line("刘淑华", "enrolled", ""),
        "the freed seat goes to whoever waited longest"
    );
    assert_eq!(now[6], line("陈玉华", "waitlisted", ""));
    let (_, page) = take(&staff, at.1, &grown, &[]).await;
    assert!(page.contains("上次接过") && !page.contains("报上"), "{page}");
    assert_eq!(stands(&app).await, now);
    let session = session_row::Entity::find_by_id((at.0.0, at.1.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((session.enrolled, session.waitlisted), (3, 3));
    let kept = chain_line::Entity::find().all(app.db()).await.unwrap();
    assert_eq!(kept.len(), 7, "one row for each line, none of its words");

    // Somebody took themselves out of the list without a word.
    let shorter = grown.replace("6. 陈玉华\n", "");
    let page = review(&staff, at.1, &shorter).await;
    assert!(page.contains("上次有、这次没有的") && page.contains("陈玉华"), "{page}");

    // The message to the group names only those who named themselves there, masked.
    let page = staff.page(&format!("/staff/sessions/{}/group-text", at.1)).await;
    assert!(
        page.contains("#接龙\n老年反诈课\n11月26日 周四") && page.contains("1. 李*英\n") && page.contains("位子满了"),
        "{page}"
    );
    assert!(!page.contains("李桂英") && !page.contains("张秀兰"));
    let english = staff.page(&format!("/staff/sessions/{}/group-text?in=en", at.1)).await;
    assert!(
        english.contains("#Group Note") && english.contains("No place left"),
        "{english}"
    );
});

on_both!(two_who_paste_the_same_list_at_once_take_it_over_once, async |app| {
    let at = session(&app, 2).await;
    let lines: Vec<String> = (0..12)
        .map(|n| {
            format!(
                "{}. {}秀{}",
                n + 1,
                ["李", "王", "张"][n % 3],
                ["英", "兰", "梅", "珍"][n / 3]
            )
        })
        .collect();
    let list = lines.join("\n");
    let picks = picks(&app, at, &list).await;
    let both = (0..6).map(|_| {
        let (ctx, list, picks) = (app.ctx.clone(), list.clone(), picks.clone());
        tokio::spawn(async move {
            chain::carry_out(&ctx, &Actor::System, at.0, at.1, &list, &picks, &[])
                .await
                .expect("taken over")
                .count(|row| matches!(row.what, What::Enrolled | What::Waits(_)))
        })
    });
    let mut taken = Vec::new();
    for one in both.collect::<Vec<_>>() {
        taken.push(one.await.unwrap());
    }
    taken.sort_unstable();
    assert_eq!(taken, [0, 0, 0, 0, 0, 12]);
    assert_eq!(stands(&app).await.len(), 12);
    assert_eq!(
        resident_row::Entity::find().all(app.db()).await.unwrap().len(),
        12,
        "and nobody twice"
    );
    let session = session_row::Entity::find_by_id((at.0.0, at.1.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((session.enrolled, session.waitlisted), (2, 10));
});

on_both!(whoever_has_not_agreed_is_a_number_in_the_group, async |app| {
    let at = session(&app, 10).await;
    let by_page = SignUp {
        name: "薛秀英".to_owned(),
        phone: "13900006621".to_owned(),
        ..SignUp::default()
    };
    enrolment::enrol(&app.ctx, at.0, at.1, by_page).await.unwrap();
    let picks = picks(&app, at, "1. 李桂英 2人").await;
    let done = chain::carry_out(&app.ctx, &Actor::System, at.0, at.1, "1. 李桂英 2人", &picks, &[])
        .await
        .unwrap();
    assert_eq!(done.unnamed, 1, "a companion without a name holds no seat");
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page(&format!("/staff/sessions/{}/group-text", at.1)).await;
    for said in [
        "还剩 8 个位子",
        "另有 1 位打电话或在别处报了名",
        "同来的还有 1 位",
        "1. 李*英",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("薛*英") && !page.contains("薛秀英"));
    // Our own message, lengthened in the group and pasted back.
    let back = "#接龙\n老年反诈课\n1. 李*英\n2. 王建国";
    let page = review(&staff, at.1, back).await;
    assert!(
        page.contains("是我们发出去的名单里的") && page.contains("报名 1 人，新建 1 人"),
        "{page}"
    );
});

on_both!(bad_lists_say_what_is_wrong_and_lose_nothing, async |app| {
    let at = session(&app, 5).await;
    let staff = app.client_as(Role::Staff).await;
    let path = format!("/staff/sessions/{}/chain/review", at.1);
    let many: Vec<String> = (1..=3000).map(|n| format!("{n}. 李")).collect();
    let many = many.join("\n");
    for (list, said) in [
        ("", "还没有贴接龙".to_owned()),
        ("😀👍", "还没有贴接龙".to_owned()),
        ("大家好", "没有找到 1. 2. 3. 这样的编号：“大家好”".to_owned()),
        (&"李".repeat(20_001), "贴了 20001 个字，最多 20000 个字".to_owned()),
        (&many, "贴了".to_owned()),
    ] {
        let page = text(
            staff.submit(&path, &[("text", list)]).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
        let page_said = page.replace(',', "");
        assert!(page_said.contains(&said), "{said}: {}", &page[..page.len().min(4000)]);
        assert!(
            list.chars().count() > 100 || page.contains(list),
            "what was pasted stays"
        );
    }
    let odd =
        "反诈课 11月27日 下午2:30\n1. 张3\n2. 李\u{202E}桂英\u{0} 1380000123\n3. 😀\n大家踊跃报名\n4. 王建国 100人";
    let page = review(&staff, at.1, odd).await;
    for said in [
        "看着像是别的一场",
        "接龙里写的是 11月27",
        "接龙里写的是 下午2:30",
        "名字里有数字（张3）",
        "少了1位，请再看一看（1380000123）",
        "人数看不懂，先按一个人算（100）",
        "第 5 行：大家踊跃报名",
        "1 个空号没有算",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        !page.contains('\u{202E}') || page.contains("<textarea"),
        "a name reads as it is written"
    );
    let (status, page) = take(
        &staff,
        at.1,
        odd,
        &[
            ("who-0", "new"),
            ("name-0", "张三"),
            ("who-1", "new"),
            ("name-1", "李桂英"),
            ("phone-1", "1380000123"),
            ("who-2", "skip"),
        ],
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("第 3 行：少了1位") && page.contains("value=\"张三\""),
        "{page}"
    );
    assert_eq!(stands(&app).await, []);

    // The session begins while somebody still looks.
    app.clock.set("2026-11-26T09:31:00+08:00");
    // The login of yesterday is over.
    let staff = app.client_as(Role::Staff).await;
    let (status, page) = take(&staff, at.1, "1. 李桂英", &[("who-0", "new"), ("name-0", "李桂英")]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("已经开始") && page.contains("1. 李桂英"), "{page}");
    assert_eq!(
        resident_row::Entity::find().all(app.db()).await.unwrap().len(),
        0,
        "nobody is entered in vain"
    );
});
