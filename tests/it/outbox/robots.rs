//! Messages to the same robot leave as one, end as one, and never more often than the robot may be used, however many workers there are.

use entities::venue;
use jiff::SignedDuration;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::id::DeliveryId;
use xianglao::domain::notification::Status;
use xianglao::domain::robot::RobotKind;
use xianglao::services::notification::{Worker, deliver_ready};
use xianglao::services::{Context, seal};
use xianglao::storage::{Db, to_db};

use crate::support::accounts::{on_both_with_sink, robot};
use crate::support::app::TestApp;
use crate::support::outbox::{Class, Told, a_class, attempts, row, status, write_down};
use crate::support::sink::{Got, Reply, Sink};

const CLASS: &str = "2026-11-27T10:00:00";
/// How the heading of each message begins.
const HEADING: &str = "轮到您了";

/// News for a group of staff.
async fn news(app: &TestApp, sink: &Sink) -> (Class, Told) {
    let class = a_class(app, CLASS).await;
    let told = Told {
        resident: None,
        channel: ChannelKind::Robot,
        robot: Some(robot(app, class.community, &sink.host()).await),
        ..Told::promoted(&class)
    };
    (class, told)
}

/// Gives the place of the class a name with which two messages do not fit into one.
async fn tell_at_length(app: &TestApp) {
    let room = app.seed_basic().await.activity_room;
    venue::Entity::update_many()
        .col_expr(venue::Column::Name, Expr::value("大".repeat(500)))
        .filter(venue::Column::Id.eq(room.0))
        .exec(app.db())
        .await
        .unwrap();
}

async fn deliver(app: &TestApp) -> usize {
    let sent = deliver_ready(&app.ctx, app.ctx.channel(), Uuid::from_u128(1)).await;
    sent.unwrap().sent
}

async fn statuses(app: &TestApp, ids: &[DeliveryId]) -> Vec<(Status, i32)> {
    let mut statuses = Vec::new();
    for id in ids {
        let row = row(app, *id).await;
        statuses.push((status(&row), row.attempts));
    }
    statuses
}

fn content(got: &Got) -> String {
    got.json()["text"]["content"].as_str().unwrap().to_owned()
}

on_both_with_sink!(several_to_one_robot_leave_as_few, async |app: TestApp, sink: Sink| {
    let (class, told) = news(&app, &sink).await;
    let ids = write_down(&app, class.community, &told, 25).await;
    assert_eq!(deliver(&app).await, 25);
    assert_eq!(statuses(&app, &ids).await, [(Status::Sent, 1); 25]);
    let got = sink.got();
    let told: Vec<usize> = got.iter().map(|got| content(got).matches(HEADING).count()).collect();
    assert_eq!(told.iter().sum::<usize>(), 25, "{}", content(&got[0]));
    assert!(told.iter().all(|count| (1..=10).contains(count)), "{told:?}");
    assert!(got.len() <= 5, "{told:?}");
    for got in &got {
        let content = content(got);
        assert!(content.len() <= RobotKind::Wecom.most_bytes(), "{}", content.len());
        assert!(content.starts_with(HEADING), "the heading stands above: {content}");
    }
    assert_eq!(deliver(&app).await, 0);
    assert_eq!(sink.got().len(), got.len());
});

on_both_with_sink!(what_left_as_one_ends_as_one, async |app: TestApp, sink: Sink| {
    let (class, told) = news(&app, &sink).await;
    for (reply, ends_as, said) in [
        (Reply::DropBeforeAnswer, Status::Unknown, "断了"),
        (Reply::ok(r#"{"errcode":45009}"#), Status::Retry, "太快"),
        (Reply::ok(r#"{"errcode":93000}"#), Status::Dead, "93000"),
    ] {
        let before = sink.got().len();
        let ids = write_down(&app, class.community, &told, 5).await;
        sink.answer_once(reply.clone());
        assert_eq!(deliver(&app).await, 0, "{reply:?}");
        assert_eq!(statuses(&app, &ids).await, [(ends_as, 1); 5], "{reply:?}");
        assert_eq!(sink.got().len(), before + 1, "{reply:?}: one message");
        for id in &ids {
            let error = row(&app, *id).await.last_error.unwrap_or_default();
            assert!(error.contains(said), "{reply:?}: {error}");
        }
        app.clock.advance(SignedDuration::from_mins(5));
        let again = usize::from(ends_as == Status::Retry);
        assert_eq!(deliver(&app).await, 5 * again, "{reply:?}");
        assert_eq!(
            sink.got().len(),
            before + 1 + again,
            "{reply:?}: again only what did not arrive"
        );
    }
});

on_both_with_sink!(
    a_robot_that_may_not_be_used_yet_is_waited_for_and_that_is_no_try,
    async |app: TestApp, sink: Sink| {
        let (class, told) = news(&app, &sink).await;
        tell_at_length(&app).await;
        let ids = write_down(&app, class.community, &told, 7).await;
        assert_eq!(deliver(&app).await, 5);
        assert_eq!(sink.got().len(), 5);
        assert!(
            sink.got()
                .iter()
                .all(|got| content(got).len() <= RobotKind::Wecom.most_bytes())
        );
        let free = app.ctx.now() + SignedDuration::from_secs(4);
        let mut waiting = Vec::new();
        for id in &ids {
            let row = row(&app, *id).await;
            if status(&row) == Status::Due {
                assert_eq!((row.attempts, row.due_at, row.last_error), (0, to_db(free), None));
                assert!(attempts(&app, *id).await.is_empty());
                waiting.push(*id);
            }
        }
        assert_eq!(waiting.len(), 2);
        assert_eq!(deliver(&app).await, 0, "not before there is a token");
        for _ in &waiting {
            app.clock.advance(SignedDuration::from_secs(4));
            assert_eq!(deliver(&app).await, 1);
        }
        assert_eq!(statuses(&app, &ids).await, [(Status::Sent, 1); 7]);
    }
);

on_both_with_sink!(
    two_instances_share_what_a_robot_allows,
    async |app: TestApp, sink: Sink| {
        let (class, told) = news(&app, &sink).await;
        tell_at_length(&app).await;
        let ids = write_down(&app, class.community, &told, 40).await;
        // A second instance, with connections of its own.
        let db = Db::connect(&app.ctx.settings.database()).await.unwrap();
        let sealer = seal::prepare(&db, &app.data_dir()).await.unwrap();
        let settings = (*app.ctx.settings).clone();
        let courier = xianglao::app::courier(&settings).unwrap();
        let second = Context::new(db, settings, app.clock.clone(), sealer).with_channel(courier);
        let work = async |ctx: &Context, owner: u128| {
            let worker = Worker::new(Uuid::from_u128(owner), CancellationToken::new());
            while worker.round(ctx, ctx.channel()).await.unwrap().taken > 0 {}
        };
        for most in [5, 6, 7] {
            tokio::join!(work(&app.ctx, 1), work(&second, 2));
            assert_eq!(sink.got().len(), most);
            app.clock.advance(SignedDuration::from_secs(4));
        }
        let mut sent = statuses(&app, &ids).await;
        sent.retain(|(status, tries)| (*status, *tries) != (Status::Due, 0));
        assert_eq!(sent, [(Status::Sent, 1); 7]);
    }
);
