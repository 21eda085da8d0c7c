//! The one door for changes: all or nothing, each by itself, to its end.

use std::sync::Arc;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use tokio::sync::Notify;
use xianglao::storage::{Error, Txn, meta};

use crate::support::app::{TestApp, on_both};

async fn put(txn: &Txn, key: &str) -> Result<(), Error> {
    meta::put(txn, key, "x").await
}

async fn is_there(app: &TestApp, key: &str) -> bool {
    meta::find(app.db(), key).await.unwrap().is_some()
}

/// Stops the story of a test at a place where the program would not.
fn refuse() -> Error {
    Error::Unsupported("refused by the test".to_owned())
}

on_both!(what_is_answered_is_stored_and_what_is_refused_is_not, async |app| {
    let answer = app.ctx.db.write(async |txn| put(txn, "kept").await.map(|()| 7)).await;
    assert_eq!(answer.unwrap(), 7);
    assert!(is_there(&app, "kept").await);

    let refused = app
        .ctx
        .db
        .write(async |txn| {
            put(txn, "refused").await?;
            Err::<(), _>(refuse())
        })
        .await;
    assert!(matches!(refused, Err(Error::Unsupported(_))), "{refused:?}");
    assert!(!is_there(&app, "refused").await);
});

on_both!(
    a_change_sees_what_it_wrote_and_others_do_not_before_the_commit,
    async |app| {
        let reader = app.ctx.db.clone();
        app.ctx
            .db
            .write(async move |txn| {
                put(txn, "mine").await?;
                assert!(meta::find(txn, "mine").await?.is_some());
                assert!(meta::find(reader.reader(), "mine").await?.is_none());
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }
);

on_both!(those_that_fail_or_panic_undo_only_themselves, async |app| {
    // The first of a transaction is kept, refused, panics.
    for first in 0..3 {
        let key = move |number: usize| format!("unit-{first}-{number}");
        let wishes = (0..60_usize).map(|number| {
            let db = app.ctx.db.clone();
            async move {
                db.write(async move |txn| {
                    put(txn, &key(number)).await?;
                    match (number + first) % 3 {
                        0 => Ok(()),
                        1 => Err(refuse()),
                        _ => panic!("the test panics on purpose"),
                    }
                })
                .await
            }
        });
        let outcomes = join_all(wishes).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            let kind = (number + first) % 3;
            match kind {
                0 => assert!(outcome.is_ok(), "{outcome:?}"),
                1 => assert!(matches!(outcome, Err(Error::Unsupported(_))), "{outcome:?}"),
                _ => assert!(matches!(outcome, Err(Error::Lost(_))), "{outcome:?}"),
            }
            assert_eq!(is_there(&app, &key(number)).await, kind == 0, "{first}: {number}");
        }
    }
    app.ctx.db.write(async |txn| put(txn, "after").await).await.unwrap();
    assert!(is_there(&app, "after").await);
});

on_both!(a_refused_statement_does_not_spoil_what_comes_after, async |app| {
    app.ctx.db.write(async |txn| put(txn, "taken").await).await.unwrap();
    let wishes = ["a", "taken", "b"].map(|key| {
        app.ctx.db.write(async move |txn| {
            txn.execute_unprepared(&format!("INSERT INTO meta (key, value) VALUES ('{key}', 'y')"))
                .await
                .map_err(Error::from)
                .map(drop)
        })
    });
    let [a, taken, b] = join_all(wishes).await.try_into().expect("three answers");
    assert!(a.is_ok() && b.is_ok());
    assert!(matches!(taken, Err(Error::Duplicate(_))), "{taken:?}");
});

on_both!(a_change_runs_to_its_end_though_nobody_waits, async |app| {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let db = app.ctx.db.clone();
    let (theirs_begun, theirs_go_on) = (begun.clone(), go_on.clone());
    let caller = tokio::spawn(async move {
        db.write(async move |txn| {
            theirs_begun.notify_one();
            theirs_go_on.notified().await;
            put(txn, "orphan").await
        })
        .await
    });
    begun.notified().await;
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    go_on.notify_one();
    // On SQLite this one stands behind the other in the lane; on PostgreSQL it waits for the other's row.
    app.ctx.db.write(async |txn| put(txn, "orphan").await).await.unwrap();
    assert!(is_there(&app, "orphan").await);
});

/// SQLite gives up the whole transaction at a full disk or an I/O error; `RAISE(ROLLBACK)` makes it do so on demand.
#[tokio::test]
async fn when_the_engine_gives_up_a_transaction_all_who_share_it_are_told_and_the_lane_lives() {
    let app = TestApp::sqlite().await;
    app.db()
        .execute_unprepared(
            "CREATE TRIGGER fire BEFORE INSERT ON meta WHEN NEW.key = 'fire' BEGIN SELECT RAISE(ROLLBACK, 'fire'); END",
        )
        .await
        .unwrap();
    // The first holds the lane until the others have gathered behind it, so that they share one transaction.
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let db = app.ctx.db.clone();
    let (theirs_begun, theirs_go_on) = (begun.clone(), go_on.clone());
    let first = tokio::spawn(async move {
        db.write(async move |txn| {
            put(txn, "first").await?;
            theirs_begun.notify_one();
            theirs_go_on.notified().await;
            Ok::<_, Error>(())
        })
        .await
    });
    begun.notified().await;
    let mut wishes: Vec<_> = ["one", "two", "fire", "after"]
        .map(|key| Box::pin(app.ctx.db.write(async move |txn| put(txn, key).await)))
        .into();
    for wish in &mut wishes {
        // Sent to the lane at the first poll.
        assert!(futures_util::poll!(wish.as_mut()).is_pending());
    }
    go_on.notify_one();
    let outcomes = join_all(wishes).await;
    assert!(matches!(first.await.unwrap(), Err(Error::Lost(_))));
    for key in ["first", "one", "two", "fire"] {
        assert!(!is_there(&app, key).await, "{key}");
    }
    let [one, two, fire, after] = outcomes.try_into().expect("four answers");
    for shared in [one, two, fire] {
        assert!(matches!(shared, Err(Error::Lost(_))), "{shared:?}");
    }
    // It was not begun yet, and goes into the next transaction.
    after.unwrap();
    assert!(is_there(&app, "after").await);
}

on_both!(hundreds_at_once_are_all_stored, async |app| {
    let wishes = (0..400).map(|number| {
        let db = app.ctx.db.clone();
        async move {
            db.write(async move |txn| put(txn, &format!("many-{number}")).await)
                .await
        }
    });
    for outcome in join_all(wishes).await {
        outcome.unwrap();
    }
    for number in 0..400 {
        assert!(is_there(&app, &format!("many-{number}")).await, "{number}");
    }
});
