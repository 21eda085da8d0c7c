//! The yearly notice: what it does to everything that is planned, to those who signed up, and to what people changed by hand.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::calendar::DayKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{AccountId, CommunityId, ProgrammeId, ResidentId, SessionId, VenueId};
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{ProgrammeKind, ReasonCode, SessionStatus};
use xianglao::domain::recurrence::HolidayPolicy;
use xianglao::domain::resident::TellBy;
use xianglao::services::holiday::{self, Import, Kind};
use xianglao::services::notification::log;
use xianglao::services::programme::{NewProgramme, OnConflict, PlanSeries};
use xianglao::services::resident::NewResident;
use xianglao::services::schedule::SessionView;
use xianglao::services::{Error, audit, enrolment, notification, programme, resident, schedule, session, upkeep};

use crate::support::app::{TestApp, on_both};

const STAFF: Actor = Actor::System;

/// 春节 from 3 to 10 February 2027, made up for on two Sundays.
const NOTICE: &str = r#"{"2027":{"holidays":{"2027-01-01":"元旦","2027-02-03":"春节","2027-02-04":"春节","2027-02-08":"春节","2027-02-09":"春节","2027-02-10":"春节"},"workdays":{"2027-01-31":"春节","2027-02-14":"春节"}}}"#;
/// The same with 10 February as an ordinary Wednesday.
const CORRECTED: &str = r#"{"2027":{"holidays":{"2027-01-01":"元旦","2027-02-03":"春节","2027-02-04":"春节","2027-02-08":"春节","2027-02-09":"春节"},"workdays":{"2027-01-31":"春节","2027-02-14":"春节"}}}"#;

/// Wednesdays from 2 December on.
async fn wednesdays(app: &TestApp, title: &str, venue: VenueId, at: &str, policy: HolidayPolicy) -> ProgrammeId {
    let home = app.seed_basic().await.yunliang;
    let class = NewProgramme::titled(title, ProgrammeKind::Class);
    let class = programme::create_programme(&app.ctx, &STAFF, home, class)
        .await
        .unwrap();
    let mut wish = PlanSeries::once(class.id, venue, format!("2026-12-02T{at}:00").parse().unwrap(), 60);
    wish.rule = Some("FREQ=WEEKLY;BYDAY=WE".to_owned());
    wish.holiday_policy = policy;
    wish.on_conflict = OnConflict::Refuse;
    programme::plan_series(&app.ctx, &STAFF, home, wish, false)
        .await
        .unwrap();
    class.id
}

async fn sessions(app: &TestApp, of: ProgrammeId) -> Vec<SessionView> {
    let home = app.seed_basic().await.yunliang;
    let (from, to): (Timestamp, Timestamp) = (
        "2026-12-01T00:00:00+08:00".parse().unwrap(),
        "2027-06-01T00:00:00+08:00".parse().unwrap(),
    );
    let all = schedule::range(&app.ctx, home, from, to).await.unwrap();
    all.into_iter().filter(|view| view.programme.id == of).collect()
}

/// The session whose rule says this day.
async fn of_day(app: &TestApp, of: ProgrammeId, day: Date) -> SessionView {
    let all = sessions(app, of).await;
    all.into_iter().find(|view| view.original_local.date() == day).unwrap()
}

async fn person(app: &TestApp, name: &str, signed_up_for: &[SessionId]) -> ResidentId {
    let home = app.seed_basic().await.yunliang;
    let new = NewResident {
        name: name.to_owned(),
        phone: "13900001234".to_owned(),
        email: format!("{}@example.org", name.len()),
        tell_by: TellBy::Email,
        ..NewResident::default()
    };
    let person = resident::create(&app.ctx, &STAFF, home, new).await.unwrap();
    for id in signed_up_for {
        enrolment::enrol_resident(&app.ctx, &STAFF, home, *id, person.id, Source::Counter)
            .await
            .unwrap();
    }
    person.id
}

async fn import(app: &TestApp, text: &str) -> Import {
    holiday::import(&app.ctx, &STAFF, text, None).await.unwrap()
}

async fn all_is_in_order(app: &TestApp, home: CommunityId) {
    for check in upkeep::examine(&app.ctx).await {
        assert!(check.outcome.is_ok(), "{}: {:?}", check.what, check.outcome);
    }
    assert_eq!(audit::first_break(&app.ctx, home).await.unwrap(), None);
}

const THIRD: Date = date(2027, 2, 3);
const TENTH: Date = date(2027, 2, 10);

on_both!(
    whoever_signed_up_for_many_dates_gets_one_message,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let home = basic.yunliang;
        let skipped = wednesdays(&app, "反诈课", basic.activity_room, "09:30", HolidayPolicy::Skip).await;
        let later = wednesdays(&app, "合唱", basic.hall, "09:30", HolidayPolicy::NextWorkday).await;
        let held = wednesdays(&app, "晨练", basic.square, "08:00", HolidayPolicy::Hold).await;
        let mut theirs = Vec::new();
        for class in [skipped, later, held] {
            for day in [THIRD, TENTH] {
                theirs.push(of_day(&app, class, day).await.id);
            }
        }
        person(&app, "李秀英", &theirs).await;
        person(&app, "王德福福", &theirs[..1]).await;
        assert_eq!(of_day(&app, skipped, THIRD).await.status, SessionStatus::Provisional);

        let seen = holiday::preview_import(&app.ctx, &STAFF, NOTICE).await.unwrap();
        assert_eq!(
            of_day(&app, skipped, THIRD).await.status,
            SessionStatus::Provisional,
            "only looked"
        );
        let done = holiday::import(&app.ctx, &STAFF, NOTICE, Some(&seen.digest))
            .await
            .unwrap();
        assert!(done.applied);
        assert_eq!((done.count(Kind::Dropped), done.count(Kind::Moved)), (2, 2));
        assert_eq!(
            (
                done.count(Kind::Conflict),
                done.count(Kind::Untouched),
                done.people_to_tell()
            ),
            (0, 0, 2)
        );
        assert!(
            done.count(Kind::Confirmed) > 0,
            "what is near other usual holidays is certain now"
        );

        let gone = of_day(&app, skipped, THIRD).await;
        assert_eq!(gone.status, SessionStatus::Cancelled);
        assert_eq!(
            (gone.reason_code, gone.reason.as_deref()),
            (Some(ReasonCode::Holiday), Some("春节放假停课"))
        );
        let moved = of_day(&app, later, THIRD).await;
        assert_eq!(moved.starts.date(), date(2027, 2, 5), "the next working day");
        assert_eq!(moved.moved_from.unwrap().0.date(), THIRD);
        assert_eq!((gone.enrolled, moved.enrolled), (2, 1), "sign-ups stay");
        let early = of_day(&app, held, THIRD).await;
        assert_eq!((early.status, early.sequence), (SessionStatus::Scheduled, 0));
        assert_eq!(
            app.ctx.holidays().day(THIRD),
            DayKind::Holiday("春节"),
            "in force at once"
        );

        // News of later days are collected for five minutes.
        app.clock.advance(jiff::SignedDuration::from_mins(5));
        notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
            .await
            .unwrap();
        let log = notification::log::page(&app.ctx, &STAFF, home, &log::Filter::default())
            .await
            .unwrap();
        let mut letters: Vec<(String, String)> = log.rows.into_iter().map(|row| (row.recipient, row.body)).collect();
        letters.sort_by_key(|(_, body)| body.len());
        assert_eq!(letters.len(), 2, "one each: {letters:?}");
        let (short, long) = (&letters[0].1, &letters[1].1);
        assert_eq!(short.matches("不办了").count(), 1, "{short}");
        assert!(!short.contains("合唱"), "not theirs: {short}");
        assert_eq!(
            (long.matches("不办了").count(), long.matches("现在是").count()),
            (2, 2),
            "{long}"
        );
        assert!(long.contains("春节放假停课"), "{long}");

        let again = import(&app, NOTICE).await;
        assert!(again.is_empty(), "{again:?}");
        all_is_in_order(&app, home).await;
    }
);

on_both!(
    a_corrected_notice_takes_back_what_the_first_did,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let class = wednesdays(&app, "反诈课", basic.activity_room, "09:30", HolidayPolicy::Skip).await;
        let id = of_day(&app, class, TENTH).await.id;
        person(&app, "李秀英", &[id]).await;
        import(&app, NOTICE).await;
        let back = import(&app, CORRECTED).await;
        assert_eq!(
            (back.count(Kind::Restored), back.count(Kind::Dropped), back.days.len()),
            (1, 0, 1)
        );
        let back = of_day(&app, class, TENTH).await;
        assert_eq!(
            (back.id, back.status, back.reason, back.enrolled),
            (id, SessionStatus::Scheduled, None, 1)
        );
        all_is_in_order(&app, basic.yunliang).await;
    }
);

on_both!(
    what_clashes_or_was_moved_by_hand_is_listed_and_stays,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let home = basic.yunliang;
        let class = wednesdays(&app, "合唱", basic.hall, "09:30", HolidayPolicy::NextWorkday).await;
        let third = of_day(&app, class, THIRD).await;
        let other = NewProgramme::titled("量血压", ProgrammeKind::Class);
        let other = programme::create_programme(&app.ctx, &STAFF, home, other)
            .await
            .unwrap();
        // 5 February is the next working day after 3 February; somebody is there already.
        let wish = PlanSeries::once(other.id, basic.hall, date(2027, 2, 5).at(9, 0, 0, 0), 60);
        programme::plan_series(&app.ctx, &STAFF, home, wish, false)
            .await
            .unwrap();
        let tenth = of_day(&app, class, TENTH).await;
        let by_hand = Change {
            starts_local: Some(date(2027, 2, 9).at(15, 0, 0, 0)),
            ..Change::default()
        };
        session::edit(&app.ctx, &STAFF, home, tenth.id, Scope::This, by_hand, false)
            .await
            .unwrap();

        let done = import(&app, NOTICE).await;
        assert_eq!(
            (
                done.count(Kind::Conflict),
                done.count(Kind::Untouched),
                done.count(Kind::Moved)
            ),
            (1, 1, 0)
        );
        let items: Vec<_> = done
            .communities
            .iter()
            .flat_map(|one| &one.series)
            .flat_map(|one| &one.items)
            .collect();
        let clash = items.iter().find(|item| item.kind == Kind::Conflict).unwrap();
        assert_eq!((clash.session, clash.clashes.len()), (Some(third.id), 1));
        let nearest = clash.nearest.as_ref().unwrap();
        assert_eq!(
            (nearest.date(), nearest.hour(), nearest.minute()),
            (date(2027, 2, 5), 10, 15),
            "after clearing"
        );
        assert_eq!(of_day(&app, class, THIRD).await.starts, third.starts, "left as it is");
        assert_eq!(of_day(&app, class, TENTH).await.starts.date(), date(2027, 2, 9));
        all_is_in_order(&app, home).await;
    }
);

on_both!(
    two_imports_and_an_edit_at_the_same_time_leave_one_truth,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let home = basic.yunliang;
        let class = wednesdays(&app, "反诈课", basic.activity_room, "09:30", HolidayPolicy::Skip).await;
        let third = of_day(&app, class, THIRD).await;
        person(&app, "李秀英", &[third.id]).await;
        let change = Change {
            topic: Some("养老诈骗".to_owned()),
            ..Change::default()
        };
        let (one, two, edited) = tokio::time::timeout(Duration::from_mins(1), async {
            tokio::join!(
                holiday::import(&app.ctx, &STAFF, NOTICE, None),
                holiday::import(&app.ctx, &STAFF, NOTICE, None),
                session::edit(&app.ctx, &STAFF, home, third.id, Scope::This, change, false),
            )
        })
        .await
        .expect("nobody waits for ever");
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.is_empty() != two.is_empty(), "the second finds nothing to do");
        let after = of_day(&app, class, THIRD).await;
        match edited {
            // First the edit: changed by hand, the notice passes it by.
            Ok(_) => assert_eq!(
                (after.status, after.topic.as_deref()),
                (SessionStatus::Provisional, Some("养老诈骗"))
            ),
            Err(Error::State { code }) => {
                assert_eq!((code, after.status), ("session-cancelled", SessionStatus::Cancelled));
            }
            Err(error) => panic!("{error}"),
        }
        let second = of_day(&app, class, TENTH).await;
        assert_eq!(
            (second.status, second.sequence),
            (SessionStatus::Cancelled, 1),
            "dropped once"
        );
        all_is_in_order(&app, home).await;
    }
);

on_both!(nothing_else_is_applied_than_what_was_seen, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let class = wednesdays(&app, "反诈课", basic.activity_room, "09:30", HolidayPolicy::Skip).await;
    let seen = holiday::preview_import(&app.ctx, &STAFF, NOTICE).await.unwrap();
    person(&app, "李秀英", &[of_day(&app, class, THIRD).await.id]).await;
    let refused = holiday::import(&app.ctx, &STAFF, NOTICE, Some(&seen.digest))
        .await
        .unwrap();
    assert!(!refused.applied, "somebody signed up meanwhile");
    assert_eq!(of_day(&app, class, THIRD).await.status, SessionStatus::Provisional);
    let done = holiday::import(&app.ctx, &STAFF, NOTICE, Some(&refused.digest))
        .await
        .unwrap();
    assert!(done.applied);
});

on_both!(
    an_instance_that_has_not_read_the_notice_yet_plans_by_it_all_the_same,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        // The other instance: the same database, its own calendar.
        let sealer = xianglao::services::seal::prepare(&app.ctx.db, &app.data_dir())
            .await
            .unwrap();
        let settings = (*app.ctx.settings).clone();
        let other = xianglao::services::Context::new(app.ctx.db.clone(), settings, app.clock.clone(), sealer);
        holiday::import(&other, &STAFF, NOTICE, None).await.unwrap();
        assert_eq!(app.ctx.holidays().day(THIRD), DayKind::Ordinary, "not read yet");
        let class = wednesdays(&app, "反诈课", basic.activity_room, "09:30", HolidayPolicy::Skip).await;
        assert!(
            sessions(&app, class)
                .await
                .iter()
                .all(|view| view.original_local.date() != THIRD)
        );
        holiday::refresh(&app.ctx).await.unwrap();
        assert_eq!(app.ctx.holidays().day(THIRD), DayKind::Holiday("春节"));
    }
);

#[tokio::test]
async fn only_administrators_import() {
    let app = TestApp::sqlite().await;
    let home = app.seed_basic().await.yunliang;
    for role in [Role::Staff, Role::Partner, Role::District] {
        let actor = Actor::Account {
            id: AccountId(Uuid::from_u128(1)),
            role,
            community: matches!(role, Role::Staff | Role::Partner).then_some(home),
            partner: None,
        };
        let refused = holiday::import(&app.ctx, &actor, NOTICE, None).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role:?}");
    }
}

#[test]
fn a_notice_that_cannot_be_is_refused_by_name() {
    let many: Vec<String> = (0..400)
        .map(|day| {
            format!(
                "\"{}\":\"x\"",
                date(2027, 1, 1).saturating_add(jiff::Span::new().days(day))
            )
        })
        .collect();
    for (text, code) in [
        (String::new(), "holiday-json"),
        ("{}".to_owned(), "holiday-no-year"),
        ("\0".to_owned(), "holiday-json"),
        (r#"{"2027":{"holidays":{}}}"#.to_owned(), "holiday-no-days"),
        (r#"{"1800":{"holidays":{"1800-01-01":"x"}}}"#.to_owned(), "holiday-year"),
        (r#"{"2027":{"holidays":{"2027-13-01":"x"}}}"#.to_owned(), "holiday-date"),
        (
            r#"{"2027":{"holidays":{"2027-01-01":"a\u0000"}}}"#.to_owned(),
            "holiday-name",
        ),
        (
            r#"{"2027":{"holidays":{"2028-01-01":"x"}}}"#.to_owned(),
            "holiday-wrong-year",
        ),
        (
            r#"{"2027":{"holidays":{"2027-01-01":"x"},"workdays":{"2027-01-01":"x"}}}"#.to_owned(),
            "holiday-both",
        ),
        (
            format!("{{\"2027\":{{\"holidays\":{{{}}}}}}}", many.join(",")),
            "holiday-too-many",
        ),
        (" ".repeat(holiday::MOST_BYTES + 1), "holiday-too-large"),
    ] {
        match holiday::read(&text) {
            Err(Error::Invalid(fields)) => assert_eq!(fields[0].code, code, "{}", &text[..text.len().min(60)]),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(
        holiday::read(&format!("\u{feff}{NOTICE}")).is_ok(),
        "a byte order mark is no fault"
    );
}
