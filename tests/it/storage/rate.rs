//! How often a channel may be used: whoever asks, from whichever instance, there is one bucket.

use futures_util::future::join_all;
use jiff::SignedDuration;
use xianglao::domain::rate::{Spec, Take};
use xianglao::storage::{Db, Error, rate};

use crate::support::app::{TestApp, on_both};

const SPEC: Spec = Spec::new(5, 15, 60);

async fn take(app: &TestApp, key: &'static str) -> Take {
    let now = app.ctx.now();
    app.ctx
        .db
        .write(async move |txn| rate::take(txn, key, SPEC, now).await)
        .await
        .unwrap()
}

on_both!(those_who_take_at_once_never_get_more_than_there_is, async |app| {
    // A second instance on the same database, with connections of its own.
    let other = Db::connect(&app.ctx.settings.database()).await.unwrap();
    let now = app.ctx.now();
    let takers = (0..30).map(|number| {
        let db = if number % 2 == 0 {
            app.ctx.db.clone()
        } else {
            other.clone()
        };
        async move {
            db.write(async move |txn| rate::take(txn, "channel:a", SPEC, now).await)
                .await
        }
    });
    let taken: Vec<Take> = join_all(takers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        taken.iter().filter(|take| **take == Take::Taken).count(),
        5,
        "{taken:?}"
    );
    let wait = now + SignedDuration::from_secs(4);
    assert!(taken.contains(&Take::WaitUntil(wait)), "{taken:?}");
    assert_eq!(take(&app, "channel:b").await, Take::Taken, "another bucket is another");

    app.clock.advance(SignedDuration::from_secs(4));
    assert_eq!(take(&app, "channel:a").await, Take::Taken);
    assert!(matches!(take(&app, "channel:a").await, Take::WaitUntil(_)));
});

on_both!(
    what_is_rolled_back_was_not_taken_and_full_buckets_are_forgotten,
    async |app| {
        let now = app.ctx.now();
        let refused = app
            .ctx
            .db
            .write(async move |txn| {
                for _ in 0..5 {
                    rate::take(txn, "channel:a", SPEC, now).await?;
                }
                Err::<(), _>(Error::Unsupported("refused by the test".to_owned()))
            })
            .await;
        assert!(refused.is_err());
        assert_eq!(take(&app, "channel:a").await, Take::Taken);
        let forget = async |app: &TestApp| {
            let now = app.ctx.now();
            app.ctx
                .db
                .write(async move |txn| rate::forget_full(txn, now).await)
                .await
                .unwrap()
        };
        assert_eq!(forget(&app).await, 0, "it is not full yet");
        app.clock.advance(SignedDuration::from_secs(4));
        assert_eq!(forget(&app).await, 1);
    }
);
