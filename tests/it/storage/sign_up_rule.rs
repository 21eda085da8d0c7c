//! The rules of signing up of many sessions at once.

use std::collections::HashMap;

use uuid::Uuid;
use xianglao::domain::enrolment::Rules;
use xianglao::storage::sign_up_rule::{self, RulesOf};
use xianglao::storage::{self, Error, Txn};

use crate::support::app::{TestApp, on_both};
use crate::support::door::plan;

on_both!(
    of_many_sessions_the_rules_are_those_that_each_would_be_given_alone,
    async |app: TestApp| {
        let home = app.seed_basic().await.yunliang;
        let mornings = plan(&app, "书法课", "2026-11-26T09:00:00", Some("FREQ=DAILY;COUNT=30")).await;
        let noons = plan(&app, "太极课", "2026-11-26T12:00:00", Some("FREQ=DAILY;COUNT=30")).await;
        let other = plan(&app, "唱歌课", "2026-11-26T15:00:00", None).await;
        let all = [mornings.sessions.clone(), noons.sessions.clone()].concat();
        let sessions = storage::session::find_all(app.db(), home, &all).await.unwrap();
        let noon_series = sessions
            .iter()
            .find(|session| session.id == noons.first())
            .unwrap()
            .series_id;
        let given = [
            RulesOf::Programme(mornings.programme),
            RulesOf::Series(noon_series),
            RulesOf::Session(mornings.sessions[3]),
            RulesOf::Session(noons.sessions[29]),
            RulesOf::Session(other.first()),
            RulesOf::Programme(other.programme),
        ];
        let now = app.ctx.now();
        app.ctx
            .db
            .write(async move |txn: &Txn| {
                for (minutes, of) in (1..).zip(given) {
                    let rules = Rules {
                        cutoff_minutes: minutes,
                        ..Rules::default()
                    };
                    sign_up_rule::set(txn, home, of, &rules, now).await?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        let expected: HashMap<Uuid, i32> = given[..4].iter().map(|of| of.id()).zip(1..).collect();
        let cutoffs = |found: HashMap<Uuid, Rules>| -> HashMap<Uuid, i32> {
            found
                .into_iter()
                .map(|(id, rules)| (id, rules.cutoff_minutes))
                .collect()
        };
        let many = sign_up_rule::of_sessions(app.db(), home, &sessions).await.unwrap();
        assert_eq!(cutoffs(many), expected);
        let mut alone = HashMap::new();
        for session in &sessions {
            let one = sign_up_rule::of_sessions(app.db(), home, std::slice::from_ref(session));
            alone.extend(one.await.unwrap());
        }
        assert_eq!(cutoffs(alone), expected);
        assert!(sign_up_rule::of_sessions(app.db(), home, &[]).await.unwrap().is_empty());
    }
);
