//! Summary rows follow the attendance whatever is done to it, and what does not agree is found, said, and put right only when asked.

use std::collections::BTreeSet;

use entities::{attendance, session, visit_summary};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use xianglao::domain::access::Actor;
use xianglao::domain::attendance::{CheckIn, Counted};
use xianglao::domain::id::{AttendanceId, CommunityId, ResidentId, SessionId};
use xianglao::domain::period::Period;
use xianglao::services::{attendance as door, report, upkeep};
use xianglao::storage::{Error, summary};

use crate::support::app::{TestApp, on_both};
use crate::support::door::{plan, resident};

/// A chain of numbers that looks like chance and is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

async fn agrees(app: &TestApp, community: CommunityId, after: &str) {
    let wrong = summary::wrong_rows(app.db(), community).await.unwrap();
    assert!(wrong.is_empty(), "after {after}: {wrong:?}");
}

async fn enter(app: &TestApp, community: CommunityId, at: SessionId, counted: Counted) -> AttendanceId {
    let client_id = app.ctx.new_id(app.ctx.now());
    let entry = CheckIn { client_id, counted };
    match door::check_in(&app.ctx, &Actor::System, community, at, vec![entry]).await {
        Ok(_)
        | Err(xianglao::services::Error::State {
            code: "session-cancelled",
        }) => {}
        Err(other) => panic!("{other:?}"),
    }
    client_id
}

on_both!(
    the_summary_equals_a_recount_after_any_order_of_adding_undoing_joining_moving_and_calling_off,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let here = basic.yunliang;
        app.clock.set("2026-12-05T08:00:00+08:00");
        let mut sessions = plan(&app, "老年反诈课", "2026-11-26T08:00:00", Some("FREQ=DAILY;COUNT=7"))
            .await
            .sessions;
        sessions.extend(
            plan(&app, "合唱排练", "2026-11-28T14:00:00", Some("FREQ=DAILY;COUNT=5"))
                .await
                .sessions,
        );
        let mut people: Vec<ResidentId> = Vec::new();
        for (n, name) in ["薛秀英", "刘德福", "陈桂英", "杜长山", "马小珍"]
            .into_iter()
            .enumerate()
        {
            people.push(resident(&app, name, &format!("1390000100{n}"), Some(1940 + n as i32)).await);
        }
        let mut dice = Dice(20_261_126);
        let mut entered: Vec<(SessionId, AttendanceId)> = Vec::new();
        for step in 0..120 {
            let at = sessions[dice.below(sessions.len())];
            let who = people[dice.below(people.len())];
            let did = match dice.below(10) {
                0..=4 => {
                    let client_id = enter(&app, here, at, Counted::Resident(who)).await;
                    entered.push((at, client_id));
                    "a named entry"
                }
                5 => {
                    enter(&app, here, at, Counted::Heads(2)).await;
                    "heads"
                }
                6 | 7 if !entered.is_empty() => {
                    let (at, id) = entered[dice.below(entered.len())];
                    // A repetition was never stored under its own id.
                    let _ = door::withdraw(&app.ctx, &Actor::System, here, at, id).await;
                    "undoing"
                }
                8 => {
                    // Two residents turn out to be one: their rows move, where the other did not come as well.
                    let other = people[dice.below(people.len())];
                    app.ctx
                        .db
                        .write(async move |txn| {
                            let live = |of: ResidentId| {
                                attendance::Entity::find()
                                    .filter(attendance::Column::CommunityId.eq(here.0))
                                    .filter(attendance::Column::ResidentId.eq(of.0))
                                    .filter(attendance::Column::WithdrawnAt.is_null())
                            };
                            let taken: BTreeSet<_> = live(other)
                                .all(txn)
                                .await?
                                .into_iter()
                                .map(|row| row.session_id)
                                .collect();
                            let row = live(who)
                                .all(txn)
                                .await?
                                .into_iter()
                                .find(|row| !taken.contains(&row.session_id));
                            if let Some(row) = row {
                                attendance::Entity::update_many()
                                    .col_expr(attendance::Column::ResidentId, Expr::value(Some(other.0)))
                                    .filter(attendance::Column::CommunityId.eq(here.0))
                                    .filter(attendance::Column::Id.eq(row.id))
                                    .exec(txn)
                                    .await?;
                            }
                            Ok::<_, Error>(())
                        })
                        .await
                        .unwrap();
                    "joining two"
                }
                _ => {
                    let venue = [basic.hall, basic.activity_room][dice.below(2)];
                    let status = ["cancelled", "held"][dice.below(2)];
                    let to = format!("2026-{}-0{}T01:00:00Z", 11 + dice.below(2), 1 + dice.below(4));
                    let to = xianglao::storage::to_db(to.parse().unwrap());
                    app.ctx
                        .db
                        .write(async move |txn| {
                            session::Entity::update_many()
                                .col_expr(session::Column::VenueId, Expr::value(venue.0))
                                .col_expr(session::Column::Status, Expr::value(status))
                                .col_expr(session::Column::StartsAt, Expr::value(to))
                                .filter(session::Column::CommunityId.eq(here.0))
                                .filter(session::Column::Id.eq(at.0))
                                .exec(txn)
                                .await?;
                            Ok::<_, Error>(())
                        })
                        .await
                        .unwrap();
                    "moving or calling off"
                }
            };
            agrees(&app, here, &format!("step {step}, {did}")).await;
        }
        let rows = visit_summary::Entity::find().all(app.db()).await.unwrap();
        assert!(rows.len() > 3 && rows.iter().all(|row| row.visits > 0), "{rows:?}");
        let starts: Vec<(sea_orm::prelude::DateTimeUtc, sea_orm::prelude::DateTimeUtc)> = {
            use sea_orm::QuerySelect;
            attendance::Entity::find()
                .inner_join(session::Entity)
                .select_only()
                .column(attendance::Column::SessionStartsAt)
                .column(session::Column::StartsAt)
                .into_tuple()
                .all(app.db())
                .await
                .unwrap()
        };
        assert!(
            starts.iter().all(|(row, session)| row == session),
            "a row knows when its session starts"
        );
    }
);

on_both!(a_range_says_what_its_days_say_however_it_lies, async |app: TestApp| {
    let here = app.seed_basic().await.yunliang;
    app.clock.set("2027-02-05T08:00:00+08:00");
    let sessions = plan(
        &app,
        "老年反诈课",
        "2026-11-26T08:00:00",
        Some("FREQ=DAILY;INTERVAL=3;COUNT=20"),
    )
    .await
    .sessions;
    let mut people = Vec::new();
    for (n, name) in ["薛秀英", "刘德福", "陈桂英"].into_iter().enumerate() {
        people.push(resident(&app, name, &format!("1390000200{n}"), None).await);
    }
    for (n, at) in sessions.iter().enumerate() {
        for (m, who) in people.iter().enumerate() {
            if (n + m) % (m + 2) == 0 {
                enter(&app, here, *at, Counted::Resident(*who)).await;
            }
        }
    }
    let all: Vec<attendance::Model> = attendance::Entity::find().all(app.db()).await.unwrap();
    for (first, last) in [
        ("2026-11-01", "2026-11-30"),
        ("2026-11-28", "2027-01-04"),
        ("2026-12-01", "2027-01-31"),
        ("2026-12-05", "2026-12-20"),
        ("2026-11-30", "2026-12-31"),
    ] {
        let period = Period::new(first.parse().unwrap(), last.parse().unwrap()).unwrap();
        let (from, to) = period.span(&jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
        let inside: Vec<_> = all
            .iter()
            .filter(|row| {
                let at = xianglao::storage::from_db(row.session_starts_at);
                from <= at && at < to
            })
            .collect();
        let people: BTreeSet<_> = inside.iter().map(|row| row.resident_id).collect();
        let report = report::range(&app.ctx, &Actor::System, here, period)
            .await
            .unwrap()
            .report;
        assert_eq!(report.total.visits, inside.len() as i64, "{first} to {last}");
        assert_eq!(report.total.people, people.len() as i64, "{first} to {last}");
        let often = report.how_often;
        assert_eq!(often.once + often.sometimes + often.regularly, report.total.people);
    }
});

on_both!(
    a_difference_raises_one_alarm_and_is_put_right_only_when_asked,
    async |app: TestApp| {
        let here = app.seed_basic().await.yunliang;
        let at = plan(&app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
        let who = resident(&app, "薛秀英", "13900006621", Some(1950)).await;
        enter(&app, here, at, Counted::Resident(who)).await;
        assert_eq!(upkeep::recount(&app.ctx).await.unwrap(), 0);
        app.db()
            .execute_unprepared("UPDATE visit_summary SET visits = 7")
            .await
            .unwrap();
        app.db()
            .execute_unprepared("UPDATE session SET named = 3")
            .await
            .unwrap();

        assert_eq!(upkeep::recount(&app.ctx).await.unwrap(), 1);
        assert_eq!(
            upkeep::recount(&app.ctx).await.unwrap(),
            0,
            "the same difference is said once"
        );
        let november = Period::new("2026-11-01".parse().unwrap(), "2026-11-30".parse().unwrap()).unwrap();
        let alarmed = || upkeep::is_alarmed(&app.ctx, &Actor::System, here, november);
        assert!(alarmed().await.unwrap());
        let checks = upkeep::examine(&app.ctx).await;
        let counters = checks.iter().find(|check| check.what == "counters").unwrap();
        let said = counters.outcome.as_ref().unwrap_err();
        assert!(
            said.contains("1 session(s)") && said.contains("yunliang 2026-11"),
            "{said}"
        );
        let row = visit_summary::Entity::find().one(app.db()).await.unwrap().unwrap();
        assert_eq!(row.visits, 7, "nothing is put right in silence");

        assert_eq!(upkeep::repair(&app.ctx, &Actor::System).await.unwrap(), (1, 1));
        assert!(!alarmed().await.unwrap());
        let row = visit_summary::Entity::find().one(app.db()).await.unwrap().unwrap();
        assert_eq!(row.visits, 1);
        assert_eq!(upkeep::recount(&app.ctx).await.unwrap(), 0);
        assert_eq!(upkeep::repair(&app.ctx, &Actor::System).await.unwrap(), (0, 0));
    }
);
