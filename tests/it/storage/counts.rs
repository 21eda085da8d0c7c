//! 人次 and 人数 under any order of counting, undoing, merging and erasing, in a real database.

use std::collections::BTreeSet;

use entities::attendance;
use proptest::prelude::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use xianglao::domain::access::Actor;
use xianglao::domain::attendance::{CheckIn, Counted};
use xianglao::domain::id::{AttendanceId, MergeId, ResidentId};
use xianglao::domain::text::Purpose;
use xianglao::services::attendance as door;
use xianglao::services::resident::{erasure, get};

use crate::support::app::TestApp;
use crate::support::door::{plan, resident};
use crate::support::people::{all_counters_agree, came, counters, merged, undone};

#[derive(Clone, Debug)]
enum Step {
    Add(usize, usize),
    Heads(usize, i32),
    Withdraw(usize),
    Merge(usize, usize),
    Undo(usize),
    Erase(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3usize, 0..4usize).prop_map(|(at, who)| Step::Add(at, who)),
        1 => (0..3usize, 0..9i32).prop_map(|(at, heads)| Step::Heads(at, heads)),
        2 => any::<usize>().prop_map(Step::Withdraw),
        3 => (0..4usize, 0..4usize).prop_map(|(a, b)| Step::Merge(a, b)),
        2 => any::<usize>().prop_map(Step::Undo),
        1 => (0..4usize).prop_map(Step::Erase),
    ];
    prop::collection::vec(step, 8..24)
}

/// Rows that count: id, session, who.
async fn live(app: &TestApp) -> Vec<attendance::Model> {
    attendance::Entity::find()
        .filter(attendance::Column::WithdrawnAt.is_null())
        .all(app.db())
        .await
        .unwrap()
}

async fn all_holds(steps: Vec<Step>) {
    let app = TestApp::sqlite().await;
    let community = app.seed_basic().await.yunliang;
    let classes = plan(
        &app,
        "老年反诈课",
        "2026-11-25T09:30:00",
        Some("FREQ=HOURLY;INTERVAL=2;COUNT=3"),
    )
    .await;
    let mut people: Vec<ResidentId> = Vec::new();
    for n in 0..4 {
        people.push(resident(&app, "薛秀英", &format!("1390000662{n}"), Some(1948)).await);
    }
    let mut merges: Vec<MergeId> = Vec::new();
    for step in steps {
        let before = live(&app).await;
        match step {
            Step::Add(at, who) => {
                came(&app, classes.sessions[at], people[who]).await;
            }
            Step::Heads(at, heads) => {
                let entry = CheckIn {
                    client_id: app.ctx.new_id(app.ctx.now()),
                    counted: Counted::Heads(heads),
                };
                door::check_in(&app.ctx, &Actor::System, community, classes.sessions[at], vec![entry])
                    .await
                    .unwrap();
            }
            Step::Withdraw(n) if !before.is_empty() => {
                let row = &before[n % before.len()];
                door::withdraw(
                    &app.ctx,
                    &Actor::System,
                    community,
                    row.session_id.into(),
                    AttendanceId(row.id),
                )
                .await
                .unwrap();
            }
            Step::Merge(a, b) => merges.extend(merged(&app, people[a], people[b]).await),
            Step::Undo(n) if !merges.is_empty() => drop(undone(&app, merges[n % merges.len()]).await),
            Step::Erase(who) => {
                let name = get(&app.ctx, &Actor::System, community, people[who])
                    .await
                    .unwrap()
                    .name;
                let name = name.reveal(Purpose::Find).to_owned();
                let erased = erasure::erase(
                    &app.ctx,
                    &Actor::System,
                    community,
                    people[who],
                    erasure::Reason::Moved,
                    &name,
                )
                .await;
                if erased.is_ok() {
                    let after = live(&app).await;
                    assert_eq!(after.len(), before.len(), "visits stay");
                    let who = |rows: &[attendance::Model]| {
                        rows.iter().filter_map(|row| row.resident_id).collect::<BTreeSet<_>>()
                    };
                    assert_eq!(who(&after), who(&before), "people stay");
                }
            }
            Step::Withdraw(_) | Step::Undo(_) => {}
        }
        all_counters_agree(&app).await;
        let rows = live(&app).await;
        let named: BTreeSet<_> = rows
            .iter()
            .filter_map(|row| Some((row.session_id, row.resident_id?)))
            .collect();
        let people: BTreeSet<_> = named.iter().map(|(_, who)| who).collect();
        assert!(people.len() <= named.len());
        assert_eq!(
            named.len(),
            rows.iter().filter(|row| row.resident_id.is_some()).count(),
            "once per session"
        );
        for at in &classes.sessions {
            let [_, _, names, heads] = counters(&app, *at).await;
            let here = || rows.iter().filter(|row| row.session_id == at.0);
            let visits: i64 = here()
                .map(|row| i64::from(row.headcount) + i64::from(row.resident_id.is_some()))
                .sum();
            assert_eq!(i64::from(names) + i64::from(heads), visits);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn counts_hold_in_a_database_under_any_order_of_steps(steps in steps()) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(all_holds(steps));
    }
}
