//! The outbox from outside: messages written down as the use cases do, and what has become of them.

use std::time::{Duration, Instant};

use entities::{attempt, delivery};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use xianglao::domain::access::Actor;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, DeliveryId, NotificationId, ResidentId, SessionId};
use xianglao::domain::notification::{Event, Status};
use xianglao::domain::resident::TellBy;
use xianglao::services::resident::NewResident;
use xianglao::services::{Clock as _, Error, SystemClock, enrolment, resident};
use xianglao::storage::notification::{self as outbox, NewDelivery, NewNotification};
use xianglao::storage::{Txn, to_db};

use super::app::TestApp;
use super::door::plan;

/// How long something is waited for before the test has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// A class and somebody who is signed up for it and reads mail.
pub struct Class {
    /// Where.
    pub community: CommunityId,
    /// The class.
    pub session: SessionId,
    /// Who.
    pub reader: ResidentId,
}

/// A class five days after today, by the machine's clock, to which the app's clock is set: a program of its own sends what it is told. Nobody is
/// reminded yet.
pub async fn a_class_of_these_days(app: &TestApp) -> Class {
    let now = SystemClock.now();
    app.clock.set(&now.to_string());
    let local = TimeZone::get("Asia/Shanghai").expect("a zone").to_datetime(now);
    let day = local.date().saturating_add(jiff::Span::new().days(5));
    let starts = day.to_datetime(Time::constant(10, 0, 0, 0));
    a_class(app, &starts.to_string()).await
}

/// A class at a wall-clock time of the community.
pub async fn a_class(app: &TestApp, starts: &str) -> Class {
    let community = app.seed_basic().await.yunliang;
    let session = plan(app, "老年反诈课", starts, None).await.first();
    let reader = reader(app, community, session, "13900001234").await;
    Class {
        community,
        session,
        reader,
    }
}

/// Somebody who is signed up and reads mail.
pub async fn reader(app: &TestApp, community: CommunityId, session: SessionId, phone: &str) -> ResidentId {
    let new = NewResident {
        name: "李秀英".to_owned(),
        phone: phone.to_owned(),
        email: format!("reader{phone}@example.org"),
        tell_by: TellBy::Email,
        ..NewResident::default()
    };
    let id = resident::create(&app.ctx, &Actor::System, community, new)
        .await
        .expect("the resident is stored")
        .id;
    enrolment::enrol_resident(&app.ctx, &Actor::System, community, session, id, Source::Counter)
        .await
        .expect("there is a seat");
    id
}

/// One notification with deliveries, due at once.
#[derive(Clone)]
pub struct Told {
    /// What is told.
    pub event: Event,
    /// About which session.
    pub session: Option<SessionId>,
    /// What is told, as JSON.
    pub facts: String,
    /// To whom; nobody for a group of staff.
    pub resident: Option<ResidentId>,
    /// Over which channel.
    pub channel: ChannelKind,
    /// Over which robot.
    pub robot: Option<Uuid>,
    /// How long it is of use.
    pub useful: SignedDuration,
}

impl Told {
    /// That somebody got a seat, by mail.
    pub fn promoted(class: &Class) -> Self {
        Self {
            event: Event::Promoted,
            session: Some(class.session),
            facts: "{}".to_owned(),
            resident: Some(class.reader),
            channel: ChannelKind::Email,
            robot: None,
            useful: SignedDuration::from_hours(10),
        }
    }
}

/// Writes down `count` deliveries of one notification.
pub async fn write_down(app: &TestApp, community: CommunityId, told: &Told, count: usize) -> Vec<DeliveryId> {
    let (ctx, now, told) = (app.ctx.clone(), app.ctx.now(), told.clone());
    let ids: Vec<DeliveryId> = (0..count).map(|_| ctx.new_id(now)).collect();
    let written = ids.clone();
    app.ctx
        .db
        .write(async move |txn: &Txn| {
            let expires_at = now + told.useful;
            let id: NotificationId = ctx.new_id(now);
            let new = NewNotification {
                id,
                event: told.event,
                dedupe_key: format!("test:{id}"),
                session: told.session,
                proposal: None,
                facts: told.facts,
                due_at: now,
                expires_at,
            };
            let id = outbox::ensure(txn, community, &new, now).await?;
            let deliveries: Vec<NewDelivery> = written
                .iter()
                .map(|id| NewDelivery {
                    resident: told.resident,
                    channel_id: told.robot,
                    ..NewDelivery::over(*id, told.channel)
                })
                .collect();
            outbox::add_deliveries(txn, community, id, now, expires_at, &deliveries, now).await?;
            Ok::<_, Error>(())
        })
        .await
        .expect("it is written down");
    ids
}

/// A delivery as it stands.
pub async fn row(app: &TestApp, id: DeliveryId) -> delivery::Model {
    let found = delivery::Entity::find()
        .filter(delivery::Column::Id.eq(id.0))
        .one(app.db())
        .await;
    found.expect("the database answers").expect("the delivery is there")
}

/// How a delivery stands.
pub fn status(row: &delivery::Model) -> Status {
    Status::from_name(&row.status).expect("a state")
}

/// The tries at a delivery, in order.
pub async fn attempts(app: &TestApp, id: DeliveryId) -> Vec<attempt::Model> {
    attempt::Entity::find()
        .filter(attempt::Column::DeliveryId.eq(id.0))
        .order_by_asc(attempt::Column::Number)
        .all(app.db())
        .await
        .expect("the database answers")
}

/// Waits until a delivery stands as asked for, and gives it.
///
/// # Panics
/// When it does not after two minutes.
pub async fn wait_until(app: &TestApp, id: DeliveryId, is: impl Fn(Status) -> bool) -> delivery::Model {
    let began = Instant::now();
    loop {
        let row = row(app, id).await;
        if is(status(&row)) {
            return row;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{} after {} tries: {:?}\n{}",
            row.status,
            row.attempts,
            row.last_error,
            super::background::logged(app)
        );
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Whether a worker is at it, or will be without anybody's doing.
pub fn is_at_work(status: Status) -> bool {
    matches!(status, Status::Due | Status::Leased | Status::Sending)
}

/// Lets the time pass that makes waiting tries due and leases run out: for deliveries that are not in the hands of somebody alive.
pub async fn let_time_pass(app: &TestApp, now: Timestamp) {
    let past = to_db(now - SignedDuration::from_secs(1));
    // In this order: what is due a living worker may take up at once, and that lease is to last.
    delivery::Entity::update_many()
        .col_expr(delivery::Column::LeaseUntil, Expr::value(past))
        .filter(delivery::Column::Status.is_in(["leased", "sending"]))
        .exec(app.db())
        .await
        .expect("the database answers");
    delivery::Entity::update_many()
        .col_expr(delivery::Column::DueAt, Expr::value(past))
        .filter(delivery::Column::Status.eq("retry"))
        .exec(app.db())
        .await
        .expect("the database answers");
}
