//! A community decides how people are told: what, when, over which way; and whatever the clock does, nothing is told twice and nothing is missed
//! in silence.

use std::collections::HashMap;

use entities::account;
use jiff::SignedDuration;
use jiff::civil::{DateTime, Time, datetime, time};
use reqwest::StatusCode;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, ResidentId, SessionId};
use xianglao::domain::notification::{Event, Lead, Status};
use xianglao::domain::notification_rule::Rule;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{ProgrammeKind, ReasonCode};
use xianglao::domain::resident::TellBy;
use xianglao::services::notification::log::{self, Filter, LogRow};
use xianglao::services::programme::{NewProgramme, PlanSeries};
use xianglao::services::resident::NewResident;
use xianglao::services::{Error, enrolment, notification, notification_rule, programme, resident, session};

use crate::support::app::{TestApp, location, on_both};
use crate::support::people;

const STAFF: Actor = Actor::System;
const CLASS: DateTime = datetime(2026, 11, 26, 15, 0, 0, 0);

/// Somebody who reads mail.
async fn reader(app: &TestApp, name: &str) -> ResidentId {
    let home = app.seed_basic().await.yunliang;
    let new = NewResident {
        name: name.to_owned(),
        email: "reader@example.org".to_owned(),
        tell_by: TellBy::Email,
        ..NewResident::default()
    };
    resident::create(&app.ctx, &STAFF, home, new).await.unwrap().id
}

/// Somebody with a telephone.
async fn phoned(app: &TestApp, name: &str, tell_by: TellBy) -> ResidentId {
    let home = app.seed_basic().await.yunliang;
    let new = NewResident {
        name: name.to_owned(),
        phone: "13900001234".to_owned(),
        tell_by,
        ..NewResident::default()
    };
    resident::create(&app.ctx, &STAFF, home, new).await.unwrap().id
}

/// Sessions of one programme in the hall, one after the other, for which these people are signed up.
async fn classes(app: &TestApp, at: &[DateTime], people: &[ResidentId]) -> (CommunityId, Vec<SessionId>) {
    let basic = app.seed_basic().await;
    let new = NewProgramme::titled("老年反诈课", ProgrammeKind::Class);
    let class = programme::create_programme(&app.ctx, &STAFF, basic.yunliang, new)
        .await
        .unwrap();
    let mut sessions = Vec::new();
    for start in at {
        let plan = PlanSeries::once(class.id, basic.hall, *start, 60);
        let planned = programme::plan_series(&app.ctx, &STAFF, basic.yunliang, plan, false)
            .await
            .unwrap();
        let id = planned.sessions[0].session_id.unwrap();
        for person in people {
            enrolment::enrol_resident(&app.ctx, &STAFF, basic.yunliang, id, *person, Source::Counter)
                .await
                .unwrap();
        }
        sessions.push(id);
    }
    (basic.yunliang, sessions)
}

/// A look for what is due, and one round of sending: without a mail server, what would leave is kept in the log.
async fn tick(app: &TestApp) -> usize {
    notification::enqueue_due(&app.ctx).await.unwrap();
    notification::digest_due(&app.ctx).await.unwrap();
    notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
        .await
        .unwrap()
        .kept
}

/// The log, in order of what was due.
async fn told(app: &TestApp, home: CommunityId) -> Vec<LogRow> {
    let filter = Filter {
        limit: Some(200),
        ..Filter::default()
    };
    let mut rows: Vec<LogRow> = log::page(&app.ctx, &STAFF, home, &filter).await.unwrap().rows;
    // Ids made in the same millisecond have no order.
    rows.sort_by_key(|row| (row.due_at, row.event.as_str(), row.id));
    rows
}

/// The log as event and state, in order of what was due.
async fn states(app: &TestApp, home: CommunityId) -> Vec<(Event, Status)> {
    told(app, home)
        .await
        .iter()
        .map(|row| (row.event, row.status))
        .collect()
}

async fn set(app: &TestApp, home: CommunityId, event: Event, change: impl FnOnce(&mut Rule)) {
    let mut rule = Rule::usual(event);
    change(&mut rule);
    notification_rule::set(&app.ctx, &STAFF, home, event, rule)
        .await
        .unwrap();
}

async fn cancel(app: &TestApp, home: CommunityId, id: SessionId) {
    session::cancel(
        &app.ctx,
        &STAFF,
        home,
        id,
        Scope::This,
        ReasonCode::Weather,
        None,
        false,
    )
    .await
    .unwrap();
}

async fn move_to(app: &TestApp, home: CommunityId, id: SessionId, to: DateTime) {
    let change = Change {
        starts_local: Some(to),
        ..Change::default()
    };
    session::edit(&app.ctx, &STAFF, home, id, Scope::This, change, false)
        .await
        .unwrap();
}

fn local(row: &LogRow) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    zone.to_datetime(row.due_at).strftime("%d %H:%M").to_string()
}

on_both!(
    a_reminder_that_is_switched_off_is_not_written_and_the_other_keeps_its_own_time,
    async |app: TestApp| {
        let person = reader(&app, "李秀英").await;
        let (home, _) = classes(&app, &[CLASS], &[person]).await;
        set(&app, home, Event::ReminderEvening, |rule| rule.enabled = false).await;
        set(&app, home, Event::ReminderSoon, |rule| {
            rule.lead = Some(Lead::Minutes(60));
        })
        .await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        assert_eq!(tick(&app).await, 0);
        app.clock.set("2026-11-26T13:59:00+08:00");
        assert_eq!(tick(&app).await, 0);
        app.clock.set("2026-11-26T14:00:00+08:00");
        assert_eq!(tick(&app).await, 1);
        assert_eq!(states(&app, home).await, [(Event::ReminderSoon, Status::Kept)]);

        // What nobody may miss cannot be switched off.
        let off = Rule {
            enabled: false,
            ..Rule::usual(Event::Cancelled)
        };
        let refused = notification_rule::set(&app.ctx, &STAFF, home, Event::Cancelled, off).await;
        assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].code == "rule-always-on"));
    }
);

on_both!(
    a_community_has_its_own_quiet_hours_and_a_session_of_today_does_not_wait_for_them,
    async |app: TestApp| {
        let person = reader(&app, "李秀英").await;
        let later = datetime(2026, 11, 30, 15, 0, 0, 0);
        let tomorrow = datetime(2026, 11, 26, 18, 30, 0, 0);
        let today = datetime(2026, 11, 25, 19, 0, 0, 0);
        let (home, sessions) = classes(&app, &[later, tomorrow, today], &[person]).await;
        let ranges = vec![
            (time(16, 0, 0, 0), time(18, 45, 0, 0)),
            (Time::constant(23, 0, 0, 0), time(6, 0, 0, 0)),
        ];
        notification_rule::set_quiet(&app.ctx, &STAFF, home, ranges, 0)
            .await
            .unwrap();
        app.clock.set("2026-11-25T16:30:00+08:00");
        cancel(&app, home, sessions[0]).await;
        assert_eq!(tick(&app).await, 0, "quiet");
        app.clock.set("2026-11-25T18:10:00+08:00");
        assert_eq!(tick(&app).await, 0, "the reminder of tomorrow's waits, too");
        cancel(&app, home, sessions[2]).await;
        // What waited for this person goes with it.
        assert_eq!(tick(&app).await, 1);
        let rows = told(&app, home).await;
        assert!(
            rows[0].body.contains("11月30日") && rows[0].body.contains("今天"),
            "{}",
            rows[0].body
        );
        app.clock.set("2026-11-25T18:45:00+08:00");
        assert_eq!(tick(&app).await, 1);
        assert_eq!(
            states(&app, home).await,
            [(Event::Cancelled, Status::Kept), (Event::ReminderEvening, Status::Kept)]
        );
        // A second community has the usual hours still.
        let other = app.seed_basic().await.youyuan;
        let policy = notification_rule::policy(&app.ctx, &STAFF, other).await.unwrap();
        assert_eq!(policy.quiet.ranges().len(), 2);
        assert!(policy.quiet.holds(time(12, 30, 0, 0)));
    }
);

on_both!(
    people_are_told_by_the_first_way_that_reaches_them_and_phoned_when_none_does,
    async |app: TestApp| {
        let mail = reader(&app, "李秀英").await;
        let phone = phoned(&app, "王德福", TellBy::Phone).await;
        let silent = phoned(&app, "赵素梅", TellBy::None).await;
        let (home, sessions) = classes(&app, &[CLASS], &[mail, phone, silent]).await;
        let ways = async || {
            let rows = told(&app, home).await;
            let mut ways: Vec<(Event, Option<ResidentId>, String)> = rows
                .into_iter()
                .map(|row| (row.event, row.resident, row.channel))
                .collect();
            ways.sort_by_key(|(event, resident, _)| (event.as_str(), *resident));
            ways
        };
        // Reminders by telephone, when the community wants it.
        set(&app, home, Event::ReminderEvening, |rule| {
            rule.channels = vec![ChannelKind::Sms, ChannelKind::Email, ChannelKind::Call];
        })
        .await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        tick(&app).await;
        let evening = |who, way: &str| (Event::ReminderEvening, Some(who), way.to_owned());
        let mut expected = [evening(mail, "email"), evening(phone, "call")];
        expected.sort_by_key(|(_, resident, _)| *resident);
        assert_eq!(
            ways().await,
            expected,
            "whoever wants to be told nothing is not reminded"
        );
        // Everybody is phoned, because the community wants it so.
        set(&app, home, Event::Cancelled, |rule| {
            rule.channels = vec![ChannelKind::Call];
        })
        .await;
        cancel(&app, home, sessions[0]).await;
        let mut expected = [mail, phone, silent].map(|who| (Event::Cancelled, Some(who), "call".to_owned()));
        expected.sort_by_key(|(_, resident, _)| *resident);
        assert_eq!(ways().await[..3], expected);
        notification_rule::reset(&app.ctx, &STAFF, home, Event::Cancelled)
            .await
            .unwrap();
        let policy = notification_rule::policy(&app.ctx, &STAFF, home).await.unwrap();
        assert!(!policy.is_own(Event::Cancelled) && policy.is_own(Event::ReminderEvening));
    }
);

on_both!(
    after_a_day_without_power_missed_reminders_are_written_down_and_sent_only_if_the_clock_was_wrong,
    async |app: TestApp| {
        let person = reader(&app, "李秀英").await;
        let (home, _) = classes(&app, &[CLASS], &[person]).await;
        app.clock.set("2026-11-25T17:00:00+08:00");
        assert_eq!(tick(&app).await, 0);
        // 26 hours later the class is over.
        app.clock.advance(SignedDuration::from_hours(26));
        assert_eq!(tick(&app).await, 0);
        let missed = [
            (Event::ReminderEvening, Status::Expired),
            (Event::ReminderSoon, Status::Expired),
        ];
        assert_eq!(states(&app, home).await, missed);
        let rows = told(&app, home).await;
        assert!(
            rows.iter()
                .all(|row| row.last_error.as_deref().is_some_and(|why| why.contains("来不及")))
        );
        assert_eq!(tick(&app).await, 0);
        assert_eq!(states(&app, home).await, missed, "written down once");

        // It was only the clock: back it goes, and the reminders are of use again.
        app.clock.advance(SignedDuration::from_hours(-26));
        assert_eq!(tick(&app).await, 0);
        app.clock.set("2026-11-25T18:00:00+08:00");
        assert_eq!(tick(&app).await, 1);
        app.clock.set("2026-11-26T14:00:00+08:00");
        assert_eq!(tick(&app).await, 1);
        assert_eq!(
            states(&app, home).await,
            [
                (Event::ReminderEvening, Status::Kept),
                (Event::ReminderSoon, Status::Kept)
            ]
        );
    }
);

on_both!(
    whatever_the_clock_does_nobody_is_reminded_twice_and_nobody_in_silence,
    async |app: TestApp| {
        let person = reader(&app, "李秀英").await;
        let days: Vec<DateTime> = (26..30).map(|day| datetime(2026, 11, day, 15, 0, 0, 0)).collect();
        let (home, _) = classes(&app, &days, &[person]).await;
        let jumps = [2, -2, 24, -24, 26, -26, 1, -48, 3, 26];
        let mut jumps = jumps.iter().cycle();
        // Five days in half hours, and at every ninth a jump of the clock and back at the next.
        for step in 1..=240_i64 {
            if step % 9 == 0 {
                let hours = *jumps.next().unwrap();
                app.clock.advance(SignedDuration::from_hours(hours));
                tick(&app).await;
                tick(&app).await;
                app.clock.advance(SignedDuration::from_hours(-hours));
            }
            app.clock.advance(SignedDuration::from_mins(30));
            tick(&app).await;
        }
        let mut told_of: HashMap<(Option<SessionId>, Event), Vec<Status>> = HashMap::new();
        for row in told(&app, home).await {
            if matches!(row.event, Event::ReminderEvening | Event::ReminderSoon) {
                told_of.entry((row.session, row.event)).or_default().push(row.status);
            }
        }
        assert_eq!(told_of.len(), 8, "four sessions, two reminders each");
        for ((session, event), statuses) in told_of {
            assert_eq!(statuses.len(), 1, "{session:?} {event:?} {statuses:?}");
            assert!(
                matches!(statuses[0], Status::Kept | Status::Expired | Status::Dropped),
                "{session:?} {event:?} {statuses:?}"
            );
        }
    }
);

on_both!(
    of_digests_that_were_missed_only_the_newest_is_written_and_once,
    async |app: TestApp| {
        let person = reader(&app, "李秀英").await;
        let days = [
            datetime(2026, 12, 2, 15, 0, 0, 0),
            datetime(2026, 12, 16, 15, 0, 0, 0),
            datetime(2026, 12, 18, 15, 0, 0, 0),
        ];
        let (home, _) = classes(&app, &days, &[person]).await;
        for event in [Event::ReminderEvening, Event::ReminderSoon] {
            set(&app, home, event, |rule| rule.enabled = false).await;
        }
        let weekly = async || -> Vec<LogRow> {
            let rows = told(&app, home).await;
            rows.into_iter()
                .filter(|row| row.event == Event::WeeklySchedule)
                .collect()
        };
        app.clock.set("2026-11-29T16:59:00+08:00");
        tick(&app).await;
        assert_eq!(
            weekly().await.len(),
            0,
            "not in arrears for the week before there was a rule"
        );
        app.clock.set("2026-11-29T17:00:00+08:00");
        tick(&app).await;
        tick(&app).await;
        let first = weekly().await;
        assert_eq!(first.len(), 1);
        assert!(first[0].subject.contains("1 场"), "{}", first[0].subject);
        assert!(first[0].body.contains("12月2日"), "{}", first[0].body);

        // Two Sundays without power, and on Monday it comes back.
        app.clock.set("2026-12-14T09:00:00+08:00");
        tick(&app).await;
        let second = weekly().await;
        assert_eq!(second.len(), 2, "the newest only");
        assert!(second[1].subject.contains("2 场"), "{}", second[1].subject);
        for back in [
            "2026-12-13T16:00:00+08:00",
            "2026-12-07T09:00:00+08:00",
            "2026-12-14T09:00:00+08:00",
        ] {
            app.clock.set(back);
            tick(&app).await;
            assert_eq!(weekly().await.len(), 2, "{back}");
        }
        // Switched off, and another time.
        set(&app, home, Event::WeeklySchedule, |rule| rule.enabled = false).await;
        app.clock.set("2026-12-20T18:00:00+08:00");
        tick(&app).await;
        assert_eq!(weekly().await.len(), 2);
    }
);

on_both!(
    staff_hear_of_the_report_of_proposals_and_of_regulars_who_stopped_coming,
    async |app: TestApp| {
        let home = app.seed_basic().await.yunliang;
        account::Entity::update_many()
            .col_expr(account::Column::Email, Expr::value("office@example.org"))
            .filter(account::Column::Username.eq("yunliang"))
            .exec(app.db())
            .await
            .unwrap();
        let person = phoned(&app, "李秀英", TellBy::Phone).await;
        let other = phoned(&app, "王德福", TellBy::Phone).await;
        let starts: Vec<DateTime> = (25..31)
            .map(|day| datetime(2026, 11, day, 15, 0, 0, 0))
            .chain([datetime(2026, 12, 1, 15, 0, 0, 0)])
            .collect();
        let (_, sessions) = classes(&app, &starts, &[]).await;
        for (at, id) in sessions.iter().enumerate() {
            let day = starts[at].strftime("%Y-%m-%d");
            app.clock.set(&format!("{day}T15:10:00+08:00"));
            tick(&app).await;
            if at < 3 {
                people::came(&app, *id, person).await;
            }
            if at > 0 {
                people::came(&app, *id, other).await;
            }
        }
        app.clock.set("2026-12-07T09:00:00+08:00");
        tick(&app).await;
        let rows = told(&app, home).await;
        let report: Vec<&LogRow> = rows.iter().filter(|row| row.event == Event::ReportReady).collect();
        assert_eq!(report.len(), 1);
        assert!(
            report[0].body.contains("/staff/reports?month=2026-11"),
            "{}",
            report[0].body
        );
        let missed: Vec<&LogRow> = rows.iter().filter(|row| row.event == Event::StoppedComing).collect();
        assert_eq!(
            missed.len(),
            1,
            "{:?}",
            rows.iter().map(|row| row.event).collect::<Vec<_>>()
        );
        assert!(missed[0].body.contains("李*英"), "{}", missed[0].body);
        assert!(!missed[0].body.contains("王"), "{}", missed[0].body);
        assert_eq!(missed[0].status, Status::Kept, "by mail to the office");
        app.clock.set("2026-12-14T09:00:00+08:00");
        tick(&app).await;
        let rows = told(&app, home).await;
        let again = rows.iter().filter(|row| row.event == Event::StoppedComing).count();
        assert_eq!(again, 1, "nobody is reported every week");
    }
);

on_both!(
    several_changes_before_a_message_leaves_are_one_message,
    async |app: TestApp| {
        let one = reader(&app, "李秀英").await;
        let days: Vec<DateTime> = (1..4).map(|day| datetime(2026, 12, day, 15, 0, 0, 0)).collect();
        let (home, sessions) = classes(&app, &days, &[one]).await;
        app.clock.set("2026-11-25T10:00:00+08:00");
        move_to(&app, home, sessions[0], datetime(2026, 12, 1, 16, 0, 0, 0)).await;
        assert_eq!(tick(&app).await, 0, "collected for five minutes");
        app.clock.set("2026-11-25T10:03:00+08:00");
        cancel(&app, home, sessions[1]).await;
        // Moved once more: it stands once, from where people know it.
        move_to(&app, home, sessions[0], datetime(2026, 12, 1, 17, 0, 0, 0)).await;
        app.clock.set("2026-11-25T10:05:00+08:00");
        assert_eq!(tick(&app).await, 1);
        let rows = told(&app, home).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].event, Event::ScheduleChanged);
        let body = &rows[0].body;
        for part in ["12月1日 周二 下午3:00", "下午5:00", "12月2日", "不办了"] {
            assert!(body.contains(part), "{part}: {body}");
        }
        assert!(!body.contains("下午4:00"), "{body}");

        // What has left is not added to.
        app.clock.set("2026-11-25T10:10:00+08:00");
        cancel(&app, home, sessions[2]).await;
        let rows = told(&app, home).await;
        assert_eq!(rows.len(), 2);
        assert_eq!(local(&rows[1]), "25 10:15");
    }
);

on_both!(
    the_page_of_rules_shows_runs_keeps_what_was_typed_and_says_what_is_wrong,
    async |app: TestApp| {
        let staff = app.client_as(Role::Staff).await;
        let log = staff.page("/staff/notifications").await;
        assert!(
            log.contains("href=\"/staff/notifications/rules\""),
            "the log leads there"
        );
        let list = staff.page("/staff/notifications/rules").await;
        for part in [
            "一周安排",
            "11月29日 周日 下午5:00",
            "前一天 晚上6:00",
            "value=\"21:00\"",
            "安静时间",
        ] {
            assert!(list.contains(part), "{part}");
        }
        let address = "/staff/notifications/rules/weekly_schedule";
        let page = staff.page(address).await;
        assert!(page.contains("0 17 * * 0") && page.contains("12月6日"), "five runs");
        let bit = staff
            .submit(&format!("{address}/preview"), &[("cron", "30 8 * * 1")])
            .await;
        assert!(
            bit.text().await.unwrap().contains("11月30日 周一"),
            "the runs of what is typed"
        );
        for (cron, words) in [
            ("0 0 30 2 *", "永远不会到"),
            ("*/5 * * * *", "太密了"),
            ("0 17 * *", "有 4 段"),
            ("0 25 * * *", "时不能写“25”"),
        ] {
            let answer = staff
                .submit(
                    address,
                    &[("cron", cron), ("enabled", "1"), ("way", "email"), ("step", "save")],
                )
                .await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{cron}");
            let text = answer.text().await.unwrap();
            assert!(text.contains(words), "{words}: {text}");
            assert!(text.contains(&format!("value=\"{cron}\"")), "{cron} is kept");
        }
        let saved = staff
            .submit(
                address,
                &[
                    ("cron", "30 8 * * 1"),
                    ("enabled", "1"),
                    ("way", "call"),
                    ("way", "email"),
                    ("step", "save"),
                ],
            )
            .await;
        assert_eq!(location(&saved), "/staff/notifications/rules?done=rule#done");
        let list = staff.page("/staff/notifications/rules").await;
        assert!(list.contains("打电话，不行再邮件") && list.contains("本社区自己定的"));
        let reset = staff.submit(address, &[("step", "reset")]).await;
        assert_eq!(location(&reset), "/staff/notifications/rules?done=reset#done");

        let quiet = "/staff/notifications/rules";
        let all_day = [
            ("from", "00:00"),
            ("to", "12:00"),
            ("from", "12:00"),
            ("to", "00:00"),
            ("digest_minutes", "5"),
        ];
        let text = staff.submit(quiet, &all_day).await.text().await.unwrap();
        assert!(
            text.contains("一整天都安静") && text.contains("value=\"12:00\""),
            "{text}"
        );
        let odd = [("from", "25:00"), ("to", "8:00"), ("digest_minutes", "x")];
        let text = staff.submit(quiet, &odd).await.text().await.unwrap();
        assert!(
            text.contains("href=\"#f-from_0\"") && text.contains("value=\"25:00\""),
            "{text}"
        );
        let right = [
            ("from", "22:00"),
            ("to", "6:30"),
            ("from", ""),
            ("to", ""),
            ("digest_minutes", "10"),
        ];
        assert_eq!(
            location(&staff.submit(quiet, &right).await),
            "/staff/notifications/rules?done=quiet#done"
        );
        let home = app.seed_basic().await.yunliang;
        let policy = notification_rule::policy(&app.ctx, &STAFF, home).await.unwrap();
        assert_eq!(policy.quiet.ranges(), [(time(22, 0, 0, 0), time(6, 30, 0, 0))]);
        assert_eq!(policy.digest_minutes, 10);
        assert_eq!(
            staff.get("/staff/notifications/rules/none").await.status(),
            StatusCode::NOT_FOUND
        );
    }
);
