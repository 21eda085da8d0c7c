//! A month is reported, locked, corrected with a reason, and opened again.

use calamine::Reader as _;
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::attendance::{CheckIn, Counted, Verdict};
use xianglao::domain::id::{AttendanceId, CommunityId, CorrectionId, FeedbackId, ResidentId, SessionId};
use xianglao::domain::period::YearMonth;
use xianglao::services::report::correction::{self, Wish};
use xianglao::services::report::{self, lock};
use xianglao::services::{Error, attendance, feedback};
use xianglao::storage;

use crate::support::app::{TestApp, on_both};
use crate::support::door::{plan, resident};

const NOVEMBER: &str = "2026-11";

fn november() -> YearMonth {
    NOVEMBER.parse().unwrap()
}

struct Month {
    here: CommunityId,
    session: SessionId,
    liu: ResidentId,
    /// The entry that counts 薛秀英.
    entry: CheckIn,
}

/// November with one class: 薛秀英 came, and four whose names nobody took. It is the third of December.
async fn month(app: &TestApp) -> Month {
    let here = app.seed_basic().await.yunliang;
    let session = plan(app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
    let xue = resident(app, "薛秀英", "13900006621", Some(1940)).await;
    let liu = resident(app, "刘德福", "13900009021", Some(1960)).await;
    let entry = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Resident(xue),
    };
    let heads = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Heads(4),
    };
    attendance::check_in(&app.ctx, &Actor::System, here, session, vec![entry, heads])
        .await
        .unwrap();
    app.clock.set("2026-12-03T09:00:00+08:00");
    Month {
        here,
        session,
        liu,
        entry,
    }
}

async fn lock_it(app: &TestApp, here: CommunityId) {
    lock::lock(&app.ctx, &Actor::System, here, november(), false)
        .await
        .unwrap();
}

fn code(error: &Error) -> &str {
    match error {
        Error::State { code } => code,
        Error::Invalid(fields) => fields[0].code,
        other => panic!("{other:?}"),
    }
}

fn entry(app: &TestApp, counted: Counted) -> CheckIn {
    CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted,
    }
}

on_both!(
    after_the_report_whatever_would_change_a_number_is_refused_and_what_is_known_stays_known,
    async |app: TestApp| {
        let month = month(&app).await;
        lock_it(&app, month.here).await;
        let (ctx, system) = (&app.ctx, &Actor::System);
        let at = |entries| attendance::check_in(ctx, system, month.here, month.session, entries);
        let again = at(vec![month.entry]).await.unwrap();
        assert!(
            matches!(again[0], Verdict::Duplicate { .. }),
            "a late repetition is no news: {again:?}"
        );
        let one = at(vec![entry(&app, Counted::Resident(month.liu))]).await.unwrap_err();
        assert_eq!(code(&one), "month-locked");
        let many = at(vec![
            entry(&app, Counted::Resident(month.liu)),
            entry(&app, Counted::Heads(1)),
        ])
        .await
        .unwrap_err();
        assert_eq!(code(&many), "month-locked");
        let undone = attendance::withdraw(ctx, system, month.here, month.session, month.entry.client_id).await;
        assert_eq!(code(&undone.unwrap_err()), "month-locked");
        let id: AttendanceId = ctx.new_id(ctx.now());
        let heads = attendance::set_headcount(ctx, system, month.here, month.session, id, 9).await;
        assert_eq!(code(&heads.unwrap_err()), "month-locked");
        let answers = feedback::Entry {
            client_id: ctx.new_id::<FeedbackId>(ctx.now()),
            answers: [1, 0, 0, 0],
        };
        let answered = feedback::record(ctx, system, month.here, month.session, answers).await;
        assert_eq!(code(&answered.unwrap_err()), "month-locked");
        let reported = report::month(ctx, system, month.here, november()).await.unwrap();
        assert_eq!(reported.report.total.visits, 5);

        // The next month is open.
        let december = plan(&app, "合唱排练", "2026-12-03T08:00:00", None).await.first();
        let open = attendance::check_in(ctx, system, month.here, december, vec![entry(&app, Counted::Heads(1))]).await;
        assert_eq!(open.unwrap(), [Verdict::Created]);

        // Programs are told in words.
        let staff = app.bearer_as(Role::Staff).await;
        let body = json!({ "client_id": id, "headcount": 1 });
        let path = format!("/api/v1/communities/yunliang/sessions/{}/attendance", month.session);
        let response = staff.post(&path, &body).await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let problem = response.text().await.unwrap();
        assert!(problem.contains("更正"), "{problem}");
    }
);

on_both!(
    a_correction_needs_a_reason_and_stands_beside_what_was_reported,
    async |app: TestApp| {
        let month = month(&app).await;
        let (ctx, system) = (&app.ctx, &Actor::System);
        let correct =
            |id: CorrectionId, wish: Wish| correction::correct(ctx, system, month.here, month.session, id, wish);
        let id = || ctx.new_id::<CorrectionId>(ctx.now());
        let wish = |reason: &str| Wish {
            add: vec![month.liu],
            heads: Some(5),
            answers: [3, 1, 0, 0],
            reason: reason.to_owned(),
            ..Wish::default()
        };
        let early = correct(id(), wish("补签")).await.unwrap_err();
        assert_eq!(code(&early), "month-not-locked");
        lock_it(&app, month.here).await;
        for (wrong, expected) in [
            (wish("  "), "reason-missing"),
            (wish(&"长".repeat(201)), "reason-too-long"),
            (
                Wish {
                    heads: Some(-1),
                    ..wish("少数了")
                },
                "headcount-range",
            ),
            (
                Wish {
                    answers: [-1, 0, 0, 0],
                    ..wish("评价")
                },
                "answers-range",
            ),
            (
                Wish {
                    reason: "什么也没改".to_owned(),
                    ..Wish::default()
                },
                "correction-nothing",
            ),
            (
                Wish {
                    add: vec![ctx.new_id(ctx.now())],
                    ..wish("外人")
                },
                "resident-unknown",
            ),
            (
                Wish {
                    remove: vec![ctx.new_id(ctx.now())],
                    ..wish("没有的")
                },
                "correction-row",
            ),
        ] {
            assert_eq!(code(&correct(id(), wrong).await.unwrap_err()), expected);
        }
        let before = report::month(ctx, system, month.here, november()).await.unwrap();
        assert_eq!(before.report.total.visits, 5, "a refused correction changes nothing");
        assert!(before.frozen.unwrap().corrections.is_empty());

        let made = id();
        for _ in 0..2 {
            correct(made, wish("签到表上漏了两人")).await.unwrap();
        }
        let after = report::month(ctx, system, month.here, november()).await.unwrap();
        let frozen = after.frozen.unwrap();
        let change = frozen.visits(&after.report);
        assert_eq!((change.reported, change.now), (5, 7));
        assert_eq!(after.report.total.people, 2);
        assert_eq!(after.report.total.answers.count(), 4);
        assert_eq!(frozen.corrections.len(), 1, "a form sent twice is one correction");
        let one = &frozen.corrections[0];
        assert_eq!(
            (one.visits().signed().as_deref(), one.reason.as_str()),
            (Some("+2"), "签到表上漏了两人")
        );
        assert!(
            storage::upkeep::wrong_sessions(app.db(), month.here)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            storage::summary::wrong_rows(app.db(), month.here)
                .await
                .unwrap()
                .is_empty()
        );

        // The door is as locked as before.
        let late = attendance::check_in(
            ctx,
            system,
            month.here,
            month.session,
            vec![entry(&app, Counted::Heads(1))],
        )
        .await;
        assert_eq!(code(&late.unwrap_err()), "month-locked");
        let away = Wish {
            remove: vec![month.entry.client_id],
            reason: "她那天没来".to_owned(),
            ..Wish::default()
        };
        correct(id(), away).await.unwrap();
        let after = report::month(ctx, system, month.here, november()).await.unwrap();
        assert_eq!((after.report.total.visits, after.report.total.people), (6, 1));
    }
);

on_both!(
    a_month_to_come_is_not_reported_the_present_one_only_knowingly_and_none_twice,
    async |app: TestApp| {
        let month = month(&app).await;
        let (ctx, system) = (&app.ctx, &Actor::System);
        let lock = |which: &str, running| lock::lock(ctx, system, month.here, which.parse().unwrap(), running);
        assert_eq!(code(&lock("2027-01", true).await.unwrap_err()), "month-ahead");
        assert_eq!(code(&lock("2026-12", false).await.unwrap_err()), "month-running");
        lock("2026-12", true).await.unwrap();
        lock(NOVEMBER, false).await.unwrap();
        assert_eq!(code(&lock(NOVEMBER, false).await.unwrap_err()), "month-locked-already");

        let unlock = |actor: Actor, reason: &'static str| async move {
            lock::unlock(ctx, &actor, month.here, november(), reason).await
        };
        assert_eq!(code(&unlock(Actor::System, " ").await.unwrap_err()), "reason-missing");
        let staff = Actor::Account {
            id: ctx.new_id(ctx.now()),
            role: Role::Staff,
            community: Some(month.here),
            partner: None,
        };
        assert!(matches!(unlock(staff, "想改").await, Err(Error::Forbidden(_))));
        unlock(Actor::System, "报错了月份").await.unwrap();
        assert_eq!(
            code(&unlock(Actor::System, "再来").await.unwrap_err()),
            "month-not-locked"
        );
        let open = attendance::check_in(
            ctx,
            system,
            month.here,
            month.session,
            vec![entry(&app, Counted::Heads(1))],
        )
        .await;
        assert_eq!(open.unwrap(), [Verdict::Created]);
        let opened = lock::unlocked(ctx, system, month.here, november()).await.unwrap();
        assert_eq!(opened[0].reason, "报错了月份");
        lock(NOVEMBER, false).await.unwrap();
    }
);

on_both!(
    of_a_check_in_and_a_report_at_the_same_moment_one_comes_first,
    async |app: TestApp| {
        let month = month(&app).await;
        let (ctx, system) = (&app.ctx, &Actor::System);
        let mut people = Vec::new();
        for n in 0..12 {
            people.push(resident(&app, &format!("居民{n}"), &format!("138000010{n:02}"), None).await);
        }
        let came = people.iter().map(|who| {
            let entry = entry(&app, Counted::Resident(*who));
            async move {
                attendance::check_in(ctx, system, month.here, month.session, vec![entry])
                    .await
                    .map(|_| ())
            }
        });
        let locked = async { lock::lock(ctx, system, month.here, november(), false).await };
        let (came, locked) = futures_util::join!(join_all(came), locked);
        locked.unwrap();
        let accepted = came.iter().filter(|one| one.is_ok()).count() as i64;
        for refused in came.iter().filter_map(|one| one.as_ref().err()) {
            assert_eq!(code(refused), "month-locked");
        }
        let after = report::month(ctx, system, month.here, november()).await.unwrap();
        assert_eq!(after.report.total.visits, 5 + accepted);
        assert_eq!(
            after.frozen.unwrap().figures.visits,
            5 + accepted,
            "what was accepted was reported"
        );
    }
);

on_both!(
    of_a_correction_and_the_end_of_the_lock_one_comes_first,
    async |app: TestApp| {
        let month = month(&app).await;
        let (ctx, system) = (&app.ctx, &Actor::System);
        lock_it(&app, month.here).await;
        let wish = || Wish {
            heads: Some(6),
            reason: "少数了两人".to_owned(),
            ..Wish::default()
        };
        let id = ctx.new_id::<CorrectionId>(ctx.now());
        let (corrected, opened, reported) = futures_util::join!(
            correction::correct(ctx, system, month.here, month.session, id, wish()),
            lock::unlock(ctx, system, month.here, november(), "重报"),
            lock::lock(ctx, system, month.here, november(), false),
        );
        opened.unwrap();
        let now = report::month(ctx, system, month.here, november()).await.unwrap();
        let expected = match corrected {
            Ok(()) => 7,
            Err(error) => {
                assert_eq!(code(&error), "month-not-locked");
                5
            }
        };
        assert_eq!(now.report.total.visits, expected);
        match (reported, now.frozen) {
            (Ok(_), Some(frozen)) => {
                let added: i64 = frozen.corrections.iter().map(|one| one.visits().difference()).sum();
                assert_eq!(
                    frozen.figures.visits + added,
                    expected,
                    "the report and its corrections make the number"
                );
            }
            (Err(error), None) => assert_eq!(code(&error), "month-locked-already"),
            (reported, frozen) => panic!("{reported:?} {frozen:?}"),
        }
    }
);

on_both!(
    staff_report_a_month_and_correct_it_on_the_pages_and_every_file_says_so,
    async |app: TestApp| {
        let month = month(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page("/staff/reports?month=2026-11").await;
        assert!(page.contains("上报并锁定") && page.contains("还没有上报"), "{page}");
        let running = staff
            .submit("/staff/reports/lock", &[("month", "2026-12")])
            .await
            .text()
            .await
            .unwrap();
        assert!(running.contains("还没过完"), "{running}");
        let answer = staff.submit("/staff/reports/lock", &[("month", NOVEMBER)]).await;
        let page = staff.follow(answer).await.text().await.unwrap();
        assert!(
            page.contains("上报并锁定。") && page.contains("上报以后没有更正"),
            "{page}"
        );

        let path = format!("/staff/sessions/{}/correction", month.session);
        let form = staff.page(&path).await;
        assert!(form.contains("薛秀英") && form.contains("补上来了的人"), "{form}");
        let id = ctx_id(&app);
        let liu = month.liu.to_string();
        let fields = |act: &'static str, reason: &'static str| {
            [
                ("act", act),
                ("id", id.as_str()),
                ("add", liu.as_str()),
                ("heads", "5"),
                ("q", "ldf"),
                ("reason", reason),
            ]
        };
        let found = staff
            .submit(&path, &fields("find", "漏了两人"))
            .await
            .text()
            .await
            .unwrap();
        assert!(
            found.contains("刘德福") && found.contains("漏了两人") && found.contains("value=\"5\""),
            "{found}"
        );
        let refused = staff.submit(&path, &fields("save", "")).await.text().await.unwrap();
        assert!(
            refused.contains("请写明原因") && refused.contains("value=\"5\""),
            "{refused}"
        );
        assert!(
            refused.contains(&format!("value=\"{liu}\" checked")),
            "what was ticked stays ticked: {refused}"
        );
        let answer = staff.submit(&path, &fields("save", "=漏了两人")).await;
        let page = staff.follow(answer).await.text().await.unwrap();
        for words in ["5 → 7 +2（更正）", "=漏了两人", "+2 （更正）"] {
            assert!(page.contains(words), "{words} is missing in {page}");
        }
        let json = staff.json("/api/v1/communities/yunliang/reports?month=2026-11").await;
        assert_eq!((&json["visits"], &json["reported"]["visits"]), (&json!(7), &json!(5)));
        assert_eq!(json["reported"]["corrections"][0]["reason"], "=漏了两人");
        let csv = staff.page("/staff/reports.csv?month=2026-11").await;
        assert!(
            csv.contains("\"'=漏了两人\"") && csv.contains("\"上报人次\",5"),
            "{csv}"
        );

        let file = staff
            .get("/staff/reports.xlsx?month=2026-11")
            .await
            .bytes()
            .await
            .unwrap();
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(file)).unwrap();
        let names = book.sheet_names();
        for name in ["汇总", "分项目", "场次明细", "更正"] {
            assert!(names.iter().any(|sheet| sheet == name), "{names:?}");
        }
        let corrected = book.worksheet_range("更正").unwrap();
        assert_eq!(
            corrected.get_value((1, 4)),
            Some(&calamine::Data::Float(2.0)),
            "a number is a number"
        );
        assert_eq!(
            corrected.get_value((1, 6)),
            Some(&calamine::Data::String("=漏了两人".to_owned())),
            "and a text that looks like a formula is a text"
        );
        let programmes = book.worksheet_range("分项目").unwrap();
        assert_eq!(programmes.get_value((1, 2)), Some(&calamine::Data::Float(7.0)));

        let refused = staff
            .submit("/staff/reports/unlock", &[("month", NOVEMBER), ("reason", "想改")])
            .await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let admin = app.client_as(Role::Admin).await;
        let to = "/staff/reports/unlock?community=yunliang";
        let empty = admin
            .submit(to, &[("month", NOVEMBER), ("reason", "")])
            .await
            .text()
            .await
            .unwrap();
        assert!(empty.contains("请写明原因"), "{empty}");
        let answer = admin.submit(to, &[("month", NOVEMBER), ("reason", "报错了月份")]).await;
        let page = admin.follow(answer).await.text().await.unwrap();
        assert!(page.contains("解开过锁定：报错了月份"), "{page}");
    }
);

fn ctx_id(app: &TestApp) -> String {
    app.ctx.new_id::<CorrectionId>(app.ctx.now()).to_string()
}
