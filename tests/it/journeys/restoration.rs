//! The database was brought back from a copy: nothing that left since leaves again by itself, and nothing leaves before somebody has looked.

use entities::{delivery, login};
use jiff::SignedDuration;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::id::{CommunityId, DeliveryId, NotificationId};
use xianglao::domain::notification::{Event, Status};
use xianglao::services::notification::{self, Delivered};
use xianglao::services::restoration::{self, Resume};
use xianglao::services::{Error, upkeep};
use xianglao::storage::notification::{self as outbox, NewDelivery, NewNotification};
use xianglao::storage::{Txn, to_db};

use super::remind::{Class, a_class_tomorrow};
use crate::support::app::{TestApp, on_both};

const STAFF: Actor = Actor::System;

/// One message of each kind as it may stand in a copy, all to the resident who reads mail: how it stands, and how many minutes from now it is due and
/// expires.
const STANDING: [(Status, i64, i64); 6] = [
    (Status::Due, -10, 600),
    (Status::Retry, -5, 600),
    (Status::Due, -90, -30),
    (Status::Sending, -1, 600),
    (Status::Leased, 5, 600),
    (Status::Due, 60, 600),
];

async fn write_down(app: &TestApp, class: &Class) -> Vec<DeliveryId> {
    let (ctx, now, home) = (app.ctx.clone(), app.ctx.now(), class.community);
    let reader = entities::resident::Entity::find()
        .filter(entities::resident::Column::CommunityId.eq(home.0))
        .filter(entities::resident::Column::Email.ne(""))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let mut ids = Vec::new();
    for (status, due, expires) in STANDING {
        let (ctx, reader, session) = (ctx.clone(), reader.id, class.session);
        let (due_at, expires_at) = (
            now + SignedDuration::from_mins(due),
            now + SignedDuration::from_mins(expires),
        );
        let id: DeliveryId = ctx.new_id(now);
        ctx.db
            .clone()
            .write(async move |txn: &Txn| {
                let notification: NotificationId = ctx.new_id(now);
                let new = NewNotification {
                    id: notification,
                    event: Event::Promoted,
                    dedupe_key: format!("test:{notification}"),
                    session: Some(session),
                    proposal: None,
                    facts: "{}".to_owned(),
                    due_at,
                    expires_at,
                };
                outbox::ensure(txn, home, &new, now).await?;
                let delivery = NewDelivery {
                    resident: Some(reader.into()),
                    status,
                    ..NewDelivery::over(id, ChannelKind::Email)
                };
                outbox::add_deliveries(txn, home, notification, due_at, expires_at, &[delivery], now).await?;
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        if matches!(status, Status::Sending | Status::Leased) {
            let row = delivery::Entity::find_by_id((home.0, id.0))
                .one(app.db())
                .await
                .unwrap();
            let mut row = row.unwrap().into_active_model();
            row.lease_owner = Set(Some(Uuid::from_u128(7)));
            row.lease_until = Set(Some(to_db(now + SignedDuration::from_secs(30))));
            row.update(app.db()).await.unwrap();
        }
        ids.push(id);
    }
    ids
}

async fn states(app: &TestApp, home: CommunityId, ids: &[DeliveryId]) -> Vec<String> {
    let rows = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(home.0))
        .filter(delivery::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(delivery::Column::Id)
        .all(app.db())
        .await
        .unwrap();
    let of = |id: &DeliveryId| rows.iter().find(|row| row.id == id.0).unwrap().status.clone();
    ids.iter().map(of).collect()
}

async fn round(app: &TestApp) -> Delivered {
    notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
        .await
        .unwrap()
}

on_both!(
    what_had_fallen_due_is_left_to_a_person_and_nothing_leaves_before_somebody_looked,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.client_as(Role::Staff).await;
        let ids = write_down(&app, &class).await;
        let raised = restoration::raise(&app.ctx).await.unwrap();
        assert_eq!((raised.epoch, raised.unknown, raised.expired), (1, 3, 1));
        assert_eq!(raised.logins, 1);
        assert_eq!(login::Entity::find().count(app.db()).await.unwrap(), 0);
        assert_eq!(
            states(&app, class.community, &ids).await,
            ["unknown", "unknown", "expired", "unknown", "due", "due"]
        );

        // Two hours on, what was due later is due; still nothing leaves.
        app.clock.advance(SignedDuration::from_hours(2));
        assert_eq!(round(&app).await, Delivered::default());
        let checks = upkeep::examine(&app.ctx).await;
        let restored = checks.iter().find(|check| check.what == "restored").unwrap();
        assert!(
            restored.outcome.as_ref().is_err_and(|said| said.contains("yunliang")),
            "{restored:?}"
        );
        let held = restoration::held(&app.ctx, &STAFF, class.community).await.unwrap();
        assert_eq!(held.map(|held| (held.unknown, held.due)), Some((3, 2)));

        let resumed = restoration::resume(&app.ctx, &STAFF, class.community, Resume::Send)
            .await
            .unwrap();
        assert_eq!((resumed.unknown, resumed.dropped), (0, 0));
        assert_eq!(round(&app).await.kept, 2);
        assert_eq!(
            states(&app, class.community, &ids).await,
            ["unknown", "unknown", "expired", "unknown", "kept", "kept"]
        );
        let again = restoration::resume(&app.ctx, &STAFF, class.community, Resume::Send).await;
        assert!(matches!(again, Err(Error::State { .. })), "{again:?}");
    }
);

on_both!(
    a_reminder_whose_time_lay_before_the_restoration_is_made_up_for_by_nobody_and_later_ones_leave,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        // The copy was made in the morning; the reminder of 18:00 has left since, and the copy does not know.
        app.clock.set("2026-11-25T19:00:00+08:00");
        restoration::raise(&app.ctx).await.unwrap();
        assert!(notification::enqueue_due(&app.ctx).await.unwrap() > 0);
        assert_eq!(round(&app).await, Delivered::default());
        let resumed = restoration::resume(&app.ctx, &STAFF, class.community, Resume::Send)
            .await
            .unwrap();
        assert_eq!(resumed.unknown, 1, "the evening's reminder");
        assert_eq!(round(&app).await, Delivered::default());

        app.clock.set("2026-11-26T13:00:00+08:00");
        notification::enqueue_due(&app.ctx).await.unwrap();
        app.clock.set("2026-11-26T14:05:00+08:00");
        notification::enqueue_due(&app.ctx).await.unwrap();
        assert_eq!(round(&app).await.kept, 1, "the one of two hours before");
    }
);

on_both!(
    a_community_can_drop_what_waits_and_another_decides_for_itself,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        let ids = write_down(&app, &class).await;
        restoration::raise(&app.ctx).await.unwrap();
        app.clock.advance(SignedDuration::from_mins(30));
        let page = app.client_as(Role::Staff).await.page("/staff/notifications").await;
        assert!(page.contains("/staff/notifications/held"), "the log says so");
        let client = app.client_as(Role::Staff).await;
        let held = client.page("/staff/notifications/held").await;
        assert!(held.contains("继续发通知，马上发 1 条"), "{held}");
        let answer = client.submit("/staff/notifications/held", &[("act", "nonsense")]).await;
        assert_eq!(answer.status(), 422);
        let answer = client.submit("/staff/notifications/held", &[("act", "drop")]).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(
            states(&app, class.community, &ids).await,
            ["unknown", "unknown", "expired", "unknown", "dropped", "due"]
        );
        let page = client.page("/staff/notifications").await;
        assert!(!page.contains("/staff/notifications/held"));
        let held = restoration::all_held(&app.ctx).await.unwrap();
        assert!(
            !held.is_empty() && held.iter().all(|(slug, _)| slug != "yunliang"),
            "{held:?}"
        );

        // A second restoration holds everything back again.
        assert_eq!(restoration::raise(&app.ctx).await.unwrap().epoch, 2);
        assert_eq!(restoration::all_held(&app.ctx).await.unwrap().len(), held.len() + 1);
    }
);
