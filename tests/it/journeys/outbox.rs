//! Workers and what they hold: whose turn it is, what is given up, what is given back.

use entities::delivery;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::id::{CommunityId, DeliveryId, NotificationId, SessionId};
use xianglao::domain::notification::{Event, Status};
use xianglao::services::Error;
use xianglao::services::channel::{Channel, Outgoing, SendOutcome};
use xianglao::services::notification::{self, Worker};
use xianglao::storage::Txn;
use xianglao::storage::notification::{self as outbox, NewDelivery, NewNotification};

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
        let mut worker = Worker::new(Uuid::from_u128(1), CancellationToken::new());
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
                    let mut held = outbox::take_over(txn, owner, 256, now, now).await?;
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
            .write(async move |txn: &Txn| Ok::<_, Error>(outbox::take_over(txn, owner, 256, now, now).await?))
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
    }
);

on_both!(
    a_worker_that_is_asked_to_stop_gives_back_what_it_has_not_begun,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        write_down(&app, class.community, Some(class.session), 200).await;
        let stop = CancellationToken::new();
        let channel = Taker(Some(stop.clone()));
        let mut worker = Worker::new(Uuid::from_u128(1), stop);
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

/// A channel that takes every message; with a token, it asks the worker to stop at the first.
#[derive(Default)]
struct Taker(Option<CancellationToken>);

impl Channel for Taker {
    fn carries(&self, _: ChannelKind) -> bool {
        true
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        if let Some(stop) = &self.0 {
            stop.cancel();
        }
        Box::pin(std::future::ready(SendOutcome::Sent {
            answer: "taken".to_owned(),
        }))
    }
}
