//! A reminder falls due: from the sign-up to the mail in the box, over a real SMTP server; and what happens when something goes wrong
//! on the way.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::datetime;
use uuid::Uuid;
use xianglao::domain::access::Actor;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, DeliveryId, SessionId};
use xianglao::domain::notification::Status;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{ProgrammeKind, ReasonCode};
use xianglao::domain::resident::TellBy;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::channel::Channel;
use xianglao::services::notification::{self, Delivered, log};
use xianglao::services::programme::{NewProgramme, PlanSeries};
use xianglao::services::resident::NewResident;
use xianglao::services::{enrolment, programme, resident, schedule, session};

use crate::support::app::{TestApp, on_both};
use crate::support::smtp::{Fault, Point, SmtpServer};

const STAFF: Actor = Actor::System;

/// A class on Thursday 26 November 2026 at 15:00 with two people: one reads mail, one is phoned. It is Wednesday, 8:10.
pub struct Class {
    pub community: CommunityId,
    pub session: SessionId,
}

pub async fn a_class_tomorrow(app: &TestApp) -> Class {
    let basic = app.seed_basic().await;
    let ctx = &app.ctx;
    let class = NewProgramme::titled("老年反诈课", ProgrammeKind::Class);
    let class = programme::create_programme(ctx, &STAFF, basic.yunliang, class)
        .await
        .unwrap();
    let plan = PlanSeries::once(class.id, basic.hall, datetime(2026, 11, 26, 15, 0, 0, 0), 60);
    programme::plan_series(ctx, &STAFF, basic.yunliang, plan, false)
        .await
        .unwrap();
    let now = ctx.now();
    let sessions = schedule::range(ctx, basic.yunliang, now, now + SignedDuration::from_hours(72))
        .await
        .unwrap();
    let session = sessions.first().unwrap().id;
    for (name, email) in [("李秀英", "reader@example.org"), ("王德福", "")] {
        let new = NewResident {
            name: name.to_owned(),
            phone: "13900001234".to_owned(),
            email: email.to_owned(),
            tell_by: if email.is_empty() { TellBy::Phone } else { TellBy::Email },
            ..NewResident::default()
        };
        let person = resident::create(ctx, &STAFF, basic.yunliang, new).await.unwrap();
        enrolment::enrol_resident(ctx, &STAFF, basic.yunliang, session, person.id, Source::Counter)
            .await
            .unwrap();
    }
    Class {
        community: basic.yunliang,
        session,
    }
}

fn channel(server: &SmtpServer) -> EmailChannel {
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
    settings.tls = Tls::None;
    settings.timeouts.command = std::time::Duration::from_secs(5);
    settings.timeouts.final_dot = std::time::Duration::from_millis(300);
    EmailChannel::new(settings).unwrap()
}

/// One tick of the background work of one worker.
async fn tick(app: &TestApp, channel: Option<&dyn Channel>, worker: u128) -> Delivered {
    notification::enqueue_due(&app.ctx).await.unwrap();
    notification::deliver_ready(&app.ctx, channel, Uuid::from_u128(worker))
        .await
        .unwrap()
}

/// States of all deliveries with the reason of the last failure, oldest first.
async fn states(app: &TestApp, community: CommunityId) -> Vec<(Status, i32)> {
    let page = log::page(&app.ctx, &STAFF, community, &log::Filter::default())
        .await
        .unwrap();
    page.rows.iter().rev().map(|row| (row.status, row.attempts)).collect()
}

on_both!(
    whoever_reads_mail_is_reminded_the_evening_before_and_two_hours_before_and_once_each,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class_tomorrow(&app).await;
        let mail = channel(&server);
        assert_eq!(
            tick(&app, Some(&mail), 1).await,
            Delivered::default(),
            "it is morning of the day before"
        );

        app.clock.set("2026-11-25T18:00:00+08:00");
        assert_eq!(tick(&app, Some(&mail), 1).await.sent, 1);
        assert_eq!(tick(&app, Some(&mail), 1).await.taken, 0, "once");
        let message = server.wait_for(1).await.remove(0);
        assert_eq!(message.to, ["reader@example.org"]);
        assert_eq!(message.subject(), "提醒您：明天（11月26日 周四 下午3:00） 有老年反诈课");
        let text = message.text();
        for part in [
            "李秀英，您好",
            "多功能厅",
            "0374-0000001",
            &format!("/c/yunliang/sessions/{}", class.session),
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }

        // Two hours before is 13:00, in the noon rest: it leaves at 14:00.
        app.clock.set("2026-11-26T13:00:00+08:00");
        assert_eq!(tick(&app, Some(&mail), 1).await.taken, 0);
        app.clock.set("2026-11-26T14:00:00+08:00");
        assert_eq!(tick(&app, Some(&mail), 1).await.sent, 1);
        assert!(server.wait_for(2).await[1].subject().starts_with("快开始了：今天"));
        assert_eq!(
            states(&app, class.community).await,
            [(Status::Sent, 1), (Status::Sent, 1)],
            "nobody is phoned to be reminded"
        );

        // A clock that jumps back fires nothing again.
        app.clock.set("2026-11-25T18:30:00+08:00");
        assert_eq!(tick(&app, Some(&mail), 1).await.taken, 0);
        assert_eq!(server.messages().len(), 2);
    }
);

on_both!(
    a_cancelled_session_is_told_to_everybody_and_reminds_nobody,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class_tomorrow(&app).await;
        let mail = channel(&server);
        app.clock.set("2026-11-25T18:00:00+08:00");
        // The reminder is written down, but before it leaves the session is cancelled.
        notification::enqueue_due(&app.ctx).await.unwrap();
        let outcome = session::cancel(
            &app.ctx,
            &STAFF,
            class.community,
            class.session,
            Scope::This,
            ReasonCode::FacilitatorAway,
            Some("小张老师出差。"),
            false,
        )
        .await
        .unwrap();
        assert_eq!(outcome.people_to_tell, 2);
        tick(&app, Some(&mail), 1).await;
        let messages = server.wait_for(1).await;
        assert_eq!(messages.len(), 1, "the reminder is dropped");
        assert!(
            messages[0].subject().starts_with("这一次不办了"),
            "{}",
            messages[0].subject()
        );
        assert!(messages[0].text().contains("小张老师出差。"));
        let mut states = states(&app, class.community).await;
        states.sort_by_key(|(status, _)| status.as_str());
        assert_eq!(states, [(Status::Dropped, 0), (Status::Sent, 1), (Status::ToCall, 0)]);
    }
);

on_both!(a_moved_session_is_announced_anew, async |app: TestApp| {
    let server = SmtpServer::start().await;
    let class = a_class_tomorrow(&app).await;
    let mail = channel(&server);
    app.clock.set("2026-11-25T18:00:00+08:00");
    tick(&app, Some(&mail), 1).await;
    let change = Change {
        starts_local: Some(datetime(2026, 11, 27, 10, 0, 0, 0)),
        ..Change::default()
    };
    session::edit(
        &app.ctx,
        &STAFF,
        class.community,
        class.session,
        Scope::This,
        change,
        false,
    )
    .await
    .unwrap();
    tick(&app, Some(&mail), 1).await;
    app.clock.set("2026-11-26T18:00:00+08:00");
    tick(&app, Some(&mail), 1).await;
    let subjects: Vec<String> = server
        .wait_for(3)
        .await
        .iter()
        .map(crate::support::smtp::Received::subject)
        .collect();
    assert!(subjects[0].starts_with("提醒您"), "{subjects:?}");
    assert!(subjects[1].starts_with("改时间或地方了"), "{subjects:?}");
    assert!(subjects[2].starts_with("提醒您：明天（11月27日"), "{subjects:?}");
});

on_both!(
    what_fails_before_the_final_dot_is_tried_again_and_arrives_once,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class_tomorrow(&app).await;
        let mail = channel(&server);
        app.clock.set("2026-11-25T18:00:00+08:00");
        for (point, fault) in [
            (Point::Connect, Fault::Drop),
            (Point::Rcpt, Fault::Transient),
            (Point::Data, Fault::Drop),
        ] {
            server.misbehave_once(point, fault);
            assert_eq!(tick(&app, Some(&mail), 1).await.sent, 0, "{point:?} {fault:?}");
            assert_eq!(
                states(&app, class.community).await[0].0,
                Status::Retry,
                "{point:?} {fault:?}"
            );
            app.clock.advance(SignedDuration::from_hours(1));
        }
        assert_eq!(tick(&app, Some(&mail), 1).await.sent, 1);
        assert_eq!(states(&app, class.community).await, [(Status::Sent, 4)]);
        assert_eq!(server.messages().len(), 1);
    }
);

on_both!(
    a_mail_without_an_answer_is_sent_once_more_with_the_same_id_and_then_left_to_a_person,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class_tomorrow(&app).await;
        let mail = channel(&server);
        app.clock.set("2026-11-25T18:00:00+08:00");
        server.misbehave(Point::FinalDot, Fault::Stall);
        for _ in 0..4 {
            tick(&app, Some(&mail), 1).await;
            app.clock.advance(SignedDuration::from_mins(30));
        }
        let messages = server.messages();
        assert_eq!(messages.len(), 2, "at most one more");
        assert_eq!(messages[0].message_id(), messages[1].message_id());
        assert_eq!(states(&app, class.community).await, [(Status::Unknown, 2)]);

        // A person decides to send it again.
        server.behave();
        let page = log::page(&app.ctx, &STAFF, class.community, &log::Filter::default())
            .await
            .unwrap();
        log::send_again(&app.ctx, &STAFF, class.community, page.rows[0].id)
            .await
            .unwrap();
        assert_eq!(tick(&app, Some(&mail), 1).await.sent, 1);
        assert!(
            log::send_again(&app.ctx, &STAFF, class.community, page.rows[0].id)
                .await
                .is_err(),
            "it is sent now"
        );
    }
);

on_both!(a_refused_address_is_phoned_when_it_matters, async |app: TestApp| {
    let server = SmtpServer::start().await;
    let class = a_class_tomorrow(&app).await;
    let mail = channel(&server);
    server.misbehave(Point::Rcpt, Fault::Permanent);
    session::cancel(
        &app.ctx,
        &STAFF,
        class.community,
        class.session,
        Scope::This,
        ReasonCode::Weather,
        None,
        false,
    )
    .await
    .unwrap();
    tick(&app, Some(&mail), 1).await;
    let states = states(&app, class.community).await;
    assert!(states.iter().all(|(status, _)| *status == Status::ToCall), "{states:?}");
    let page = log::page(&app.ctx, &STAFF, class.community, &log::Filter::default())
        .await
        .unwrap();
    let called: DeliveryId = page.rows[0].id;
    log::told_by_phone(&app.ctx, &STAFF, class.community, called)
        .await
        .unwrap();
    assert_eq!(log::waiting_count(&app.ctx, &STAFF, class.community).await.unwrap(), 1);
});

on_both!(
    without_a_mail_server_messages_are_kept_in_the_log,
    async |app: TestApp| {
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        assert_eq!(tick(&app, None, 1).await.kept, 1);
        let page = log::page(&app.ctx, &STAFF, class.community, &log::Filter::default())
            .await
            .unwrap();
        assert_eq!(page.rows[0].status, Status::Kept);
        assert!(page.rows[0].body.contains("李秀英，您好"), "{}", page.rows[0].body);
    }
);

on_both!(
    a_worker_that_dies_while_sending_is_replaced_after_its_lease,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class_tomorrow(&app).await;
        app.clock.set("2026-11-25T18:00:00+08:00");
        notification::enqueue_due(&app.ctx).await.unwrap();
        // The first worker never comes back from sending.
        let stuck = Arc::new(Stuck(tokio::sync::Notify::new()));
        let (ctx, held) = (app.ctx.clone(), stuck.clone());
        let dying =
            tokio::spawn(
                async move { notification::deliver_ready(&ctx, Some(held.as_ref()), Uuid::from_u128(1)).await },
            );
        stuck.0.notified().await;
        dying.abort();
        assert_eq!(
            states(&app, class.community).await,
            [(Status::Sending, 1)],
            "committed before the first byte leaves"
        );

        let mail = channel(&server);
        app.clock.advance(SignedDuration::from_secs(50));
        assert_eq!(tick(&app, Some(&mail), 2).await.taken, 0, "its lease still runs");
        app.clock.advance(SignedDuration::from_secs(15));
        assert_eq!(tick(&app, Some(&mail), 2).await.sent, 1);
        assert_eq!(server.messages().len(), 1);
        assert_eq!(states(&app, class.community).await, [(Status::Sent, 2)]);
    }
);

on_both!(two_workers_share_the_work_and_double_nothing, async |app: TestApp| {
    let server = SmtpServer::start().await;
    let class = a_class_tomorrow(&app).await;
    for at in 0..40 {
        let new = NewResident {
            name: format!("居民{at}"),
            email: format!("resident{at}@example.org"),
            tell_by: TellBy::Email,
            ..NewResident::default()
        };
        let person = resident::create(&app.ctx, &STAFF, class.community, new).await.unwrap();
        enrolment::enrol_resident(
            &app.ctx,
            &STAFF,
            class.community,
            class.session,
            person.id,
            Source::Counter,
        )
        .await
        .unwrap();
    }
    app.clock.set("2026-11-25T18:00:00+08:00");
    let mail = channel(&server);
    let both = async |worker| {
        let mut sent = 0;
        for _ in 0..4 {
            sent += tick(&app, Some(&mail), worker).await.sent;
        }
        sent
    };
    let (one, two) = tokio::join!(both(1), both(2));
    assert_eq!(one + two, 41);
    let mut to: Vec<String> = server
        .wait_for(41)
        .await
        .into_iter()
        .flat_map(|message| message.to)
        .collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), server.messages().len()), (41, 41));
});

/// A channel that says when it was asked and then never answers.
struct Stuck(tokio::sync::Notify);

impl Channel for Stuck {
    fn carries(&self, kind: ChannelKind) -> bool {
        kind == ChannelKind::Email
    }

    fn send<'a>(
        &'a self,
        _: &'a xianglao::services::channel::Outgoing,
    ) -> futures_util::future::BoxFuture<'a, xianglao::services::channel::SendOutcome> {
        Box::pin(async {
            self.0.notify_one();
            std::future::pending().await
        })
    }
}
