//! The paper loop: a sheet is printed, signed, typed in by its rows, put right, and stands in the report once.

use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, ResidentId, SessionId};
use xianglao::services::{attendance, enrolment, sheet};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::door::{cancel, plan, resident};

/// A class of this morning; five signed up, in the order of their pinyin on the sheet: 陈, 李, 马, 王, 赵.
struct Class {
    session: SessionId,
    home: CommunityId,
    names: Vec<ResidentId>,
}

impl Class {
    fn at(&self, what: &str) -> String {
        format!("/staff/sessions/{}/{what}", self.session)
    }
}

async fn class(app: &TestApp) -> Class {
    let home = app.seed_basic().await.yunliang;
    let mut names = Vec::new();
    for (name, phone) in [
        ("陈桂英", "13800002204"),
        ("李桂兰", "13900008852"),
        ("马秀芝", "13600005519"),
        ("王淑琴", "15200006643"),
        ("赵玉珍", "15100004796"),
    ] {
        names.push(resident(app, name, phone, Some(1950)).await);
    }
    // Neither signed up nor known by her number alone.
    resident(app, "吕凤英", "13700004410", None).await;
    resident(app, "刘国强", "13300001180", None).await;
    resident(app, "刘国庆", "13300001181", None).await;
    app.clock.set("2026-11-24T08:00:00+08:00");
    let session = plan(app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
    for who in &names {
        enrolment::enrol_resident(&app.ctx, &Actor::System, home, session, *who, Source::Counter)
            .await
            .expect("signed up");
    }
    app.clock.set("2026-11-25T09:10:00+08:00");
    Class { session, home, names }
}

/// What stands in the page between two texts.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"))
        .1;
    rest.split_once(after).expect("it ends").0
}

/// The hidden fields of a page to type a sheet in.
struct Form {
    sheet: String,
    id: String,
    seen: String,
}

async fn open(client: &Client, path: &str) -> (Form, String) {
    let page = client.page(path).await;
    let value = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").to_owned();
    let form = Form {
        sheet: value("sheet"),
        id: value("form"),
        seen: value("seen"),
    };
    (form, page)
}

impl Form {
    fn with<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![
            ("sheet", self.sheet.as_str()),
            ("form", self.id.as_str()),
            ("seen", self.seen.as_str()),
        ];
        all.extend_from_slice(fields);
        all
    }
}

/// Looks, and gives the page.
async fn look(client: &Client, class: &Class, form: &Form, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let response = client.submit(&class.at("paper"), &form.with(fields)).await;
    (response.status(), response.text().await.expect("a text"))
}

async fn save(client: &Client, class: &Class, form: &Form, fields: &[(&str, &str)]) -> String {
    let mut fields = form.with(fields);
    fields.push(("step", "save"));
    let response = client.submit(&class.at("paper"), &fields).await;
    if response.status().is_redirection() {
        let to = location(&response);
        return client.page(&to).await;
    }
    response.text().await.expect("a text")
}

async fn report(client: &Client) -> serde_json::Value {
    client.json("/api/v1/communities/yunliang/reports?month=2026-11").await
}

async fn tally(app: &TestApp, class: &Class) -> (i32, i32) {
    let list = attendance::door_list(&app.ctx, &Actor::System, class.home, class.session)
        .await
        .expect("a list");
    // The counters are what the rows say.
    let named = list.rows.iter().filter(|row| row.present.is_some()).count();
    let heads: i32 = list.headcounts.iter().map(|(_, heads)| heads).sum();
    assert_eq!(
        (list.tally.named, list.tally.headcount),
        (i32::try_from(named).unwrap(), heads)
    );
    (list.tally.named, list.tally.headcount)
}

on_both!(a_printed_sheet_is_kept_and_typed_in_once, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let sheet = staff.page(&class.at("sign-in-sheet")).await;
    let code = between(&sheet, "<b class=\"nb\">", "</b>").to_owned();
    assert!(sheet.contains("A 版") && sheet.contains("class=\"qr\""), "{sheet}");
    let again = staff.page(&class.at("sign-in-sheet")).await;
    assert!(again.contains(&code), "looking at it again makes no new sheet");

    // Somebody signs up after it was printed: the next print is another sheet, the first one stays what it was.
    let late = resident(&app, "崔玉兰", "15000007718", None).await;
    app.clock.set("2026-11-24T09:00:00+08:00");
    enrolment::enrol_resident(
        &app.ctx,
        &Actor::System,
        class.home,
        class.session,
        late,
        Source::Counter,
    )
    .await
    .expect("signed up");
    let newer = staff.page(&class.at("sign-in-sheet")).await;
    assert!(
        newer.contains("B 版") && newer.contains("崔玉兰") && !newer.contains(&code),
        "{newer}"
    );

    let response = staff.get(&format!("/staff/paper?code={}", code.replace('-', ""))).await;
    let to = location(&response);
    assert!(to.starts_with(&class.at("paper")), "{to}");
    let (form, page) = open(&staff, &to).await;
    assert!(
        page.contains(&format!("A 版 {code}")) && !page.contains("崔玉兰"),
        "{page}"
    );

    let typed = [
        ("rows", "1-3，5 9"),
        ("walk_ins", "6 吕凤英\n7 4410x\n8 孙老太"),
        ("total", "９"),
        ("very_satisfied", "5"),
        ("satisfied", "1"),
    ];
    let (status, page) = look(&staff, &class, &form, &typed).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("实到 9：登记 5，没登记 4"), "{page}");
    assert!(
        page.contains("报了名没签的 1 人：4 王淑琴") && page.contains("第 9 行签了名、没写清"),
        "{page}"
    );
    assert_eq!(tally(&app, &class).await, (0, 0), "nothing is stored by looking");

    let new = "8:new";
    let mut fields = typed.to_vec();
    fields.push(("as", new));
    let page = save(&staff, &class, &form, &fields).await;
    assert!(page.contains("记好了。实到 9：登记 6，没登记 3"), "{page}");
    let again = (0..4).map(|_| save(&staff, &class, &form, &fields));
    for page in futures_util::future::join_all(again).await {
        assert!(page.contains("记好了"), "the same form again changes nothing: {page}");
    }
    assert_eq!(tally(&app, &class).await, (6, 3));
    let month = report(&staff).await;
    assert_eq!(
        (&month["visits"], &month["people"], &month["anonymous_visits"]),
        (&json!(9), &json!(6), &json!(3))
    );
    assert_eq!(month["satisfaction"]["answers"], json!(6));
    let residents = staff.page("/staff/residents?q=孙老太").await;
    assert!(residents.contains("孙老太"), "she is entered once, to be looked at");
});

on_both!(typing_it_again_puts_right_and_never_doubles, async |app: TestApp| {
    let class = class(&app).await;
    let staff = app.client_as(Role::Staff).await;
    staff.page(&class.at("sign-in-sheet")).await;
    // 陈桂英 was checked in on a telephone, and two heads were tapped at the door.
    let at_door = [
        json!({"client_id": app.ctx.new_id::<Uuid>(app.ctx.now()), "resident_id": class.names[0].0}),
        json!({"client_id": app.ctx.new_id::<Uuid>(app.ctx.now()), "headcount": 2}),
    ];
    let api = format!("/api/v1/communities/yunliang/sessions/{}/attendance", class.session);
    for entry in at_door {
        let status = staff.post(&api, &entry).await.status();
        assert!(status.is_success(), "{status}");
    }
    let (form, _) = open(&staff, &class.at("paper")).await;
    let typed = [
        ("rows", "1-3"),
        ("walk_ins", "6 吕凤英"),
        ("nameless", "1"),
        ("fair", "2"),
    ];
    let (_, page) = look(&staff, &class, &form, &typed).await;
    assert!(
        page.contains("门口先记了不记名的 2 人") && page.contains("实到 5：登记 4，没登记 1"),
        "{page}"
    );
    save(&staff, &class, &form, &typed).await;
    assert_eq!(
        tally(&app, &class).await,
        (4, 1),
        "who was tapped and signed counts once"
    );

    // What stands is in the boxes; rows 1 and 3 are taken out, 4 comes in.
    let (form, page) = open(&staff, &class.at("paper")).await;
    assert!(
        page.contains("value=\"1-3\"") && page.contains("6 吕凤英</textarea>"),
        "{page}"
    );
    let corrected = [
        ("rows", "2 4"),
        ("walk_ins", "6 吕凤英"),
        ("nameless", "0"),
        ("fair", "3"),
    ];
    let (_, page) = look(&staff, &class, &form, &corrected).await;
    assert!(page.contains("这张表录过一次，当时实到 5"), "{page}");
    assert!(
        page.contains("另外有 1 人在手机上") && page.contains("全场一共 4 人次"),
        "{page}"
    );
    save(&staff, &class, &form, &corrected).await;
    assert_eq!(tally(&app, &class).await, (4, 0), "陈桂英 stays: the telephone saw her");
    let month = report(&staff).await;
    assert_eq!(
        month["satisfaction"]["answers"],
        json!(3),
        "answers are corrected, not added"
    );

    // A form drawn before that is not saved over it.
    let page = save(
        &staff,
        &class,
        &Form {
            id: app.ctx.new_id::<Uuid>(app.ctx.now()).to_string(),
            seen: String::new(),
            ..form
        },
        &typed,
    )
    .await;
    assert!(
        page.contains("刚才有人录过这张表") && page.contains("value=\"1-3\""),
        "{page}"
    );
    assert_eq!(tally(&app, &class).await, (4, 0));
});

on_both!(
    two_sheets_of_one_session_stand_beside_each_other,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        staff.page(&class.at("sign-in-sheet")).await;
        let (first, _) = open(&staff, &class.at("paper")).await;
        save(&staff, &class, &first, &[("rows", "1 2"), ("nameless", "2")]).await;
        staff.page(&class.at("sign-in-sheet?form=blank")).await;
        let (second, page) = open(&staff, &class.at("paper")).await;
        assert_ne!(first.sheet, second.sheet, "{page}");
        let typed = [("walk_ins", "1 王淑琴\n2 陈桂英\n3 老孙"), ("nameless", "3")];
        let (_, page) = look(&staff, &class, &second, &typed).await;
        assert!(page.contains("别的签到表上没登记的 2 人"), "{page}");
        save(&staff, &class, &second, &typed).await;
        assert_eq!(
            tally(&app, &class).await,
            (3, 6),
            "陈桂英 stands on both and counts once"
        );
        let (again, _) = open(&staff, &format!("{}?sheet={}", class.at("paper"), first.sheet)).await;
        save(
            &staff,
            &class,
            &again,
            &[("rows", "2"), ("nameless", "0"), ("total", "1")],
        )
        .await;
        assert_eq!(tally(&app, &class).await, (3, 4), "the other sheet still has 陈桂英");
        // A year later the name of somebody who is not known goes; the heads stay.
        assert_eq!(sheet::forget_names(&app.ctx).await.unwrap(), 0);
        app.clock.advance(jiff::SignedDuration::from_hours(24 * 366));
        assert_eq!(sheet::forget_names(&app.ctx).await.unwrap(), 1);
        assert_eq!(tally(&app, &class).await, (3, 4));
    }
);

on_both!(
    what_cannot_be_is_said_and_nothing_typed_is_lost,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        staff.page(&class.at("sign-in-sheet")).await;
        let (form, _) = open(&staff, &class.at("paper")).await;
        for (field, typed, said) in [
            ("rows", "35", "没有第 35 行，这张表到第 25 行为止"),
            ("rows", "20-17", "20-17 倒过来了"),
            ("rows", "一到五", "“一-五”不是行号"),
            ("walk_ins", "吕凤英", "“吕凤英”前面要先写行号"),
            ("walk_ins", "3 吕凤英", "第 3 行印着名字"),
            ("walk_ins", "7 王淑琴", "第 4 行和第 7 行是同一个人"),
            ("nameless", "-3", "“-3”不对，要填 0 到 2000 的整数"),
            ("nameless", "99999999999999999999", "“99999999999999999999”不对"),
            ("total", "3", "总人数写的是 3，可是签了名的有 4 行"),
            ("very_satisfied", "-1", "人数要在 0 到 2000 之间"),
            ("very_satisfied", "两", "“两”不是整数"),
        ] {
            let mut fields: Vec<(&str, &str)> = [("rows", "1-4"), ("walk_ins", ""), ("nameless", ""), ("total", "")]
                .into_iter()
                .filter(|(name, _)| *name != field)
                .collect();
            fields.push((field, typed));
            let (status, page) = look(&staff, &class, &form, &fields).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {page}");
            assert!(page.contains(said), "{typed}: {page}");
            assert!(page.contains(typed), "{typed} stays: {page}");
        }
        let (_, page) = look(
            &staff,
            &class,
            &form,
            &[("rows", "1-4"), ("nameless", "2"), ("total", "9")],
        )
        .await;
        assert!(page.contains("是 6，差 3 人"), "{page}");
        // Two may be meant: somebody has to choose, and until then nothing is saved.
        let page = save(&staff, &class, &form, &[("rows", "1"), ("walk_ins", "6 刘国")]).await;
        assert!(
            page.contains("有好几位，请选是哪一位") && page.contains("刘国强") && page.contains("尾号1181"),
            "{page}"
        );
        assert_eq!(tally(&app, &class).await, (0, 0));

        for (code, said) in [
            ("1234", "8 位数字"),
            ("12345678", "打错了一位"),
            ("00005724", "本社区没有编号是 0000-5724"),
        ] {
            let response = staff.get(&format!("/staff/paper?code={code}")).await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let page = response.text().await.unwrap();
            assert!(page.contains(said) && page.contains(code), "{code}: {page}");
        }
        // A sheet of another session.
        let other = plan(&app, "手机课", "2026-11-25T10:00:00", None).await.first();
        let response = staff
            .get(&format!("/staff/sessions/{other}/paper?sheet={}", form.sheet))
            .await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(response.text().await.unwrap().contains("是另一场活动的"));
        // A sheet of another community is not there.
        let admin = app.client_as(Role::Admin).await;
        let response = admin
            .get(&format!(
                "/staff/sessions/{other}/paper?sheet={}&community=youyuan",
                form.sheet
            ))
            .await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        // A session that was cancelled after its sheet was printed.
        staff.page(&format!("/staff/sessions/{other}/sign-in-sheet")).await;
        let (printed, _) = open(&staff, &format!("/staff/sessions/{other}/paper")).await;
        cancel(&app, other).await;
        let response = staff
            .submit(
                &format!("/staff/sessions/{other}/paper"),
                &printed.with(&[("total", "3")]),
            )
            .await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let page = response.text().await.unwrap();
        assert!(
            page.contains("这一场已经取消了") && page.contains("name=\"total\" inputmode=\"numeric\" value=\"3\""),
            "{page}"
        );
    }
);

on_both!(
    a_record_is_kept_and_not_written_over_and_the_file_says_what_it_lacks,
    async |app: TestApp| {
        let class = class(&app).await;
        let staff = app.client_as(Role::Staff).await;
        staff.page(&class.at("sign-in-sheet")).await;
        let (form, _) = open(&staff, &class.at("paper")).await;
        save(
            &staff,
            &class,
            &form,
            &[("rows", "1-4"), ("nameless", "2"), ("satisfied", "6")],
        )
        .await;
        let page = staff.page(&class.at("file")).await;
        for lack in ["还缺：", "签到表照片", "活动照片 3 张", "活动过程 150 字", "记录人"] {
            assert!(page.contains(lack), "{lack}: {page}");
        }
        assert!(
            page.contains("陈桂英") && page.contains("138****2204") && !page.contains("13800002204"),
            "{page}"
        );
        assert!(
            page.contains("6 人次（登记 4，没登记 2）") && page.contains("满意率 100%（6 人评价）"),
            "{page}"
        );

        let course = "警官讲了三种新骗术。".repeat(16);
        let fields = [
            ("version", "0"),
            ("purpose", "让老人听懂新骗术"),
            ("process", course.as_str()),
            ("voice", "下回还来"),
            ("next", "每月讲一次"),
            ("recorder", "小张"),
            ("volunteers", "2"),
            ("step", "save"),
        ];
        let saved = staff.submit(&class.at("record"), &fields).await;
        assert!(location(&saved).ends_with("done=1"));
        let page = staff.page(&class.at("record")).await;
        assert!(
            page.contains("现在 160 字，正好") && page.contains("name=\"version\" value=\"1\""),
            "{page}"
        );
        assert!(
            page.contains("居民说：“下回还来。”下一步，每月讲一次。共6人次参加。"),
            "{page}"
        );
        // Two who write at once: the second is told, and loses nothing.
        let late = staff
            .submit(
                &class.at("record"),
                &[("version", "0"), ("process", "另一个人写的"), ("step", "save")],
            )
            .await;
        assert_eq!(late.status(), StatusCode::CONFLICT);
        let page = late.text().await.unwrap();
        assert!(
            page.contains("刚才有人改过这份记录") && page.contains("另一个人写的"),
            "{page}"
        );
        let page = staff.page(&class.at("file")).await;
        assert!(
            page.contains("警官讲了三种新骗术") && !page.contains("活动过程 150 字"),
            "{page}"
        );
        let wrong = staff
            .submit(
                &class.at("record"),
                &[("version", "1"), ("staff", "很多"), ("step", "save")],
            )
            .await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);

        let month = staff.page("/staff/reports/files?month=2026-11").await;
        assert!(
            month.contains("1 场里 0 场齐了") && month.contains("还缺 2 样"),
            "{month}"
        );
        let partner = app.client_as(Role::Partner).await;
        for path in ["file", "paper", "photos", "record", "sign-in-sheet"] {
            assert_eq!(
                partner.get(&class.at(path)).await.status(),
                StatusCode::FORBIDDEN,
                "{path}"
            );
        }
    }
);
