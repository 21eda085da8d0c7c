//! Workers and what they hold: whose turn it is, what is given up, what is given back.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entities::delivery;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::id::{CommunityId, DeliveryId, NotificationId, SessionId};
use xianglao::domain::notification::{Event, Status};
use xianglao::services::Error;
use xianglao::services::channel::{Channel, Outgoing, SendOutcome};
use xianglao::services::notification::{self, Worker};
use xianglao::storage::notification::{self as outbox, End, Leased, NewDelivery, NewNotification, Page, Start, Tried};
use xianglao::storage::{Db, Txn};

use super::remind::a_class_tomorrow;
use crate::support::app::{TestApp, on_both};

/// Writes down `count` deliveries of one notification, all to the resident who reads mail, if there is one.
async fn write_down(app: &TestApp, community: CommunityId, session: Option<SessionId>, count: usize) {
    let (ctx, now) = (app.ctx.clone(), app.ctx.now());
    let reader = entities::resident::Entity::find()
        .filter(entities::resident::Column::CommunityId.eq(community.0))
        .filter(entities::resident::Column::Email.ne(""))
        .one(app.db())
        .await
        .unwrap();
    app.ctx
        .db
        .write(async move |txn: &Txn| {
            let expires_at = now + SignedDuration::from_hours(10);
            let id: NotificationId = ctx.new_id(now);
            let new = NewNotification {
                id,
                event: Event::Promoted,
                dedupe_key: format!("test:{id}"),
                session,
                proposal: None,
                facts: "{}".to_owned(),
                due_at: now,
                expires_at,
            };
            let id = outbox::ensure(txn, community, &new, now).await?;
            let deliveries: Vec<NewDelivery> = (0..count)
                .map(|_| NewDelivery {
                    resident: reader.as_ref().map(|row| row.id.into()),
                    ..NewDelivery::over(ctx.new_id::<DeliveryId>(now), ChannelKind::Email)
                })
                .collect();
            outbox::add_deliveries(txn, community, id, now, expires_at, &deliveries, now).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}

async fn count(app: &TestApp, community: CommunityId, status: Status) -> u64 {
    delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Status.eq(status.as_str()))
        .count(app.db())
        .await
        .unwrap()
}

on_both!(
    nobody_waits_behind_the_many_messages_of_another_community,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        // The one whose turn comes first has the many.
        let many = basic.yunliang.min(basic.youyuan);
        let few = basic.yunliang.max(basic.youyuan);
        app.clock.set("2026-11-25T18:00:00+08:00");
        write_down(&app, many, None, 700).await;
        app.clock.advance(SignedDuration::from_mins(1));
        write_down(&app, few, None, 3).await;
        let worker = Worker::new(Uuid::from_u128(1), CancellationToken::new());
        worker.round(&app.ctx, None).await.unwrap();
        assert_eq!(count(&app, few, Status::Due).await, 0, "in the first round");
        assert!(count(&app, many, Status::Due).await >= 400);
        while worker.round(&app.ctx, None).await.unwrap().taken > 0 {}
        assert_eq!(count(&app, many, Status::Due).await, 0, "and everything in the end");
    }
);

on_both!(
    what_three_workers_went_away_with_is_given_up_alone,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        write_down(&app, class.community, Some(class.session), 5).await;
        let (home, owner) = (class.community, Uuid::from_u128(9));
        let mut sizes = Vec::new();
        for _ in 0..2 {
            // A worker takes up what it can and is never seen again.
            let now = app.ctx.now();
            let held = app
                .ctx
                .db
                .write(async move |txn: &Txn| {
                    let mut held = outbox::take_over(txn, owner, 256, now, now, || Uuid::from_u128(77).into()).await?;
                    if held.is_empty() {
                        held = outbox::lease(txn, owner, home, 256, now, now).await?;
                    }
                    Ok::<_, Error>(held)
                })
                .await
                .unwrap();
            sizes.push(held.len());
            app.clock.advance(SignedDuration::from_secs(65));
        }
        // A third takes up one of them, alone: it may be what ends its workers.
        let now = app.ctx.now();
        let alone = app
            .ctx
            .db
            .write(async move |txn: &Txn| {
                Ok::<_, Error>(outbox::take_over(txn, owner, 256, now, now, || Uuid::from_u128(77).into()).await?)
            })
            .await
            .unwrap();
        sizes.push(alone.len());
        assert_eq!(sizes, [5, 5, 1]);
        app.clock.advance(SignedDuration::from_secs(65));
        for worker in 0..6 {
            let all = Taker::default();
            notification::deliver_ready(&app.ctx, Some(&all), Uuid::from_u128(worker))
                .await
                .unwrap();
        }
        assert_eq!(count(&app, home, Status::Dead).await, 1, "the one");
        assert_eq!(count(&app, home, Status::Sent).await, 4, "the others go on");

        // Somebody who looks after it may have it tried once more.
        let now = app.ctx.now();
        let dead = delivery::Entity::find()
            .filter(delivery::Column::Status.eq(Status::Dead.as_str()))
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        app.ctx
            .db
            .write(async move |txn: &Txn| {
                let again = outbox::send_again(txn, home, dead.id.into(), &[Status::Dead], now).await?;
                assert!(again);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        notification::deliver_ready(&app.ctx, Some(&Taker::default()), Uuid::from_u128(7))
            .await
            .unwrap();
        assert_eq!(count(&app, home, Status::Sent).await, 5);
    }
);

on_both!(
    a_worker_that_is_asked_to_stop_gives_back_what_it_has_not_begun,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        write_down(&app, class.community, Some(class.session), 200).await;
        let stop = CancellationToken::new();
        let channel = Taker::stopping_at(1, &stop);
        let worker = Worker::new(Uuid::from_u128(1), stop);
        let sent = worker.round(&app.ctx, Some(&channel)).await.unwrap().sent as u64;
        assert!(sent > 0 && sent < 200, "{sent}");
        assert_eq!(count(&app, class.community, Status::Sent).await, sent);
        assert_eq!(
            count(&app, class.community, Status::Due).await,
            200 - sent,
            "at once, not after a minute"
        );
        let others = notification::deliver_ready(&app.ctx, Some(&Taker::default()), Uuid::from_u128(2))
            .await
            .unwrap();
        assert_eq!(others.sent as u64, 200 - sent);
    }
);

on_both!(
    the_next_batch_is_got_ready_meanwhile_and_given_back_too_by_a_worker_that_stops,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        let home = class.community;
        write_down(&app, home, Some(class.session), 700).await;
        // With one community a batch is 256: with the last of the first one the worker is asked to stop, and holds the second.
        let stop = CancellationToken::new();
        let channel = Taker::stopping_at(256, &stop);
        let worker = Worker::new(Uuid::from_u128(1), stop);
        let sent = worker.all(&app.ctx, Some(&channel)).await.unwrap().sent as u64;
        assert!((256..512).contains(&sent), "{sent}");
        assert_eq!(count(&app, home, Status::Sent).await, sent);
        assert_eq!(
            count(&app, home, Status::Due).await,
            700 - sent,
            "the second batch too, at once"
        );
        // Whoever goes on takes it up for the second time.
        let others = Taker::default();
        let worker = Worker::new(Uuid::from_u128(2), CancellationToken::new());
        let done = worker.all(&app.ctx, Some(&others)).await.unwrap();
        assert_eq!((done.taken as u64, done.sent as u64), (700 - sent, 700 - sent));
        let again = delivery::Entity::find()
            .filter(delivery::Column::LeaseEpoch.eq(2))
            .count(app.db())
            .await
            .unwrap();
        assert!(again > 0, "some of the second batch had been taken up before");
    }
);

on_both!(
    what_was_being_sent_stays_unknown_however_many_workers_went_away_since,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        let home = class.community;
        write_down(&app, home, Some(class.session), 1).await;
        delivery::Entity::update_many()
            .col_expr(delivery::Column::Channel, Expr::value("sms"))
            .exec(app.db())
            .await
            .unwrap();
        // The first goes away while it sends, the second before it has looked.
        let now = app.ctx.now();
        let (owner, db) = (Uuid::from_u128(8), app.ctx.db.clone());
        app.ctx
            .db
            .write(async move |txn: &Txn| {
                let leased = outbox::lease(txn, owner, home, 256, now, now).await?;
                let starts: Vec<Start> = leased
                    .into_iter()
                    .map(|leased| Start {
                        leased,
                        subject: String::new(),
                        body: "停课".to_owned(),
                    })
                    .collect();
                let (_, begun) = written(&db, txn, owner, Vec::new(), starts, now).await;
                assert_eq!(begun.len(), 1);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        app.clock.advance(SignedDuration::from_secs(65));
        let (now, owner) = (app.ctx.now(), Uuid::from_u128(9));
        app.ctx
            .db
            .write(async move |txn: &Txn| {
                let taken = outbox::take_over(txn, owner, 256, now, now, || Uuid::from_u128(77).into()).await?;
                assert_eq!(taken.len(), 1);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        app.clock.advance(SignedDuration::from_secs(65));
        let third = Taker::default();
        notification::deliver_ready(&app.ctx, Some(&third), Uuid::from_u128(1))
            .await
            .unwrap();
        assert_eq!(third.took.load(Ordering::SeqCst), 0, "nobody knows whether it left");
        assert_eq!(count(&app, home, Status::Unknown).await, 1);
        let tries = entities::attempt::Entity::find().all(app.db()).await.unwrap();
        let told: Vec<(i32, &str)> = tries
            .iter()
            .map(|attempt| (attempt.number, attempt.outcome.as_str()))
            .collect();
        assert_eq!(told, [(1, "unknown")]);
        let took = tries[0].ended_at.unwrap().signed_duration_since(tries[0].started_at);
        assert_eq!(took.num_seconds(), 65, "from when it began to when it was missed");
    }
);

on_both!(
    of_a_batch_only_what_is_still_ours_begins_and_ends,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        let home = class.community;
        write_down(&app, home, Some(class.session), 4).await;
        let now = app.ctx.now();
        let (owner, db) = (Uuid::from_u128(8), app.ctx.db.clone());
        let seen = app
            .ctx
            .db
            .write(async move |txn: &Txn| {
                let leased = outbox::lease(txn, owner, home, 256, now, now).await?;
                // Somebody else has taken up the first before anything began.
                lose(txn, &leased[0]).await;
                let starts: Vec<Start> = leased
                    .iter()
                    .map(|leased| Start {
                        leased: leased.clone(),
                        subject: "提醒".to_owned(),
                        body: "明天有活动".to_owned(),
                    })
                    .collect();
                let (_, begun) = written(&db, txn, owner, Vec::new(), starts, now).await;
                // And the second while it was being sent; of the others one left and one is tried again.
                lose(txn, &leased[1]).await;
                let ends: Vec<End> = leased
                    .iter()
                    .map(|leased| ending(leased, Status::Sent))
                    .take(3)
                    .chain([ending(&leased[0], Status::Retry), ending(&leased[3], Status::Retry)])
                    .collect();
                let (ended, _) = written(&db, txn, owner, ends, Vec::new(), now).await;
                let place = |id: &DeliveryId| leased.iter().position(|leased| leased.id == *id).unwrap();
                let mut begun: Vec<usize> = begun.iter().map(place).collect();
                let mut ended: Vec<usize> = ended.iter().map(place).collect();
                begun.sort_unstable();
                ended.sort_unstable();
                Ok::<_, Error>((begun, ended))
            })
            .await
            .unwrap();
        assert_eq!(seen, (vec![1, 2, 3], vec![2, 3]));
        assert_eq!(count(&app, home, Status::Sent).await, 1);
        assert_eq!(count(&app, home, Status::Retry).await, 1);
        let tries = entities::attempt::Entity::find().all(app.db()).await.unwrap();
        assert_eq!(tries.len(), 2, "none is written down of what is somebody else's");
    }
);

/// What a worker's clerk writes down at once; those that have ended and those that have begun.
async fn written(
    db: &Db,
    txn: &Txn,
    owner: Uuid,
    ends: Vec<End>,
    starts: Vec<Start>,
    now: Timestamp,
) -> (HashSet<DeliveryId>, HashSet<DeliveryId>) {
    let page = Page::new(db, owner, Arc::new(ends), Arc::new(starts), now);
    page.write(txn).await.unwrap()
}

/// Lets somebody else have it.
async fn lose(txn: &Txn, leased: &Leased) {
    delivery::Entity::update_many()
        .col_expr(delivery::Column::LeaseEpoch, Expr::value(leased.epoch + 1))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(Uuid::from_u128(9)))
        .filter(delivery::Column::Id.eq(leased.id.0))
        .exec(txn)
        .await
        .unwrap();
}

/// How a try of it ended.
fn ending(leased: &Leased, status: Status) -> End {
    End {
        leased: leased.clone(),
        from: Status::Sending,
        status,
        due_at: None,
        error: None,
        attempt: Some(Tried {
            id: leased.id.0.into(),
            began: leased.due_at,
            outcome: if status == Status::Sent { "sent" } else { "retry" },
            detail: "250 taken".to_owned(),
        }),
        words: None,
        instead: None,
        bounced: None,
    }
}

/// A channel that takes every message; it may ask the worker to stop at one of them.
#[derive(Default)]
struct Taker {
    stop: Option<(usize, CancellationToken)>,
    took: AtomicUsize,
}

impl Taker {
    fn stopping_at(count: usize, stop: &CancellationToken) -> Self {
        Self {
            stop: Some((count, stop.clone())),
            took: AtomicUsize::new(0),
        }
    }
}

impl Channel for Taker {
    fn carries(&self, _: ChannelKind) -> bool {
        true
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        let took = self.took.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((_, stop)) = self.stop.as_ref().filter(|(at, _)| *at == took) {
            stop.cancel();
        }
        Box::pin(std::future::ready(SendOutcome::Sent {
            answer: "taken".to_owned(),
        }))
    }
}
