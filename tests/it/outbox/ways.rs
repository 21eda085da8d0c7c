//! When a message does not get through: news of today is phoned after ten minutes, and what one channel cannot do the next one does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;
use xianglao::domain::access::Actor;
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::notification::{Event, Status};
use xianglao::domain::notification_rule::Rule;
use xianglao::notify::courier::Courier;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::notify::http::{Http, Timeouts};
use xianglao::services::SystemClock;
use xianglao::services::channel::Channel;
use xianglao::services::notification::deliver_ready;
use xianglao::services::{enrolment, notification_rule};

use crate::support::accounts::{gateway, on_both_with_sink};
use crate::support::app::{TestApp, on_both};
use crate::support::door::{cancel, plan};
use crate::support::outbox::{Told, a_class, write_down};
use crate::support::sink::{Reply, Sink};
use crate::support::smtp::{Fault, Point, SmtpServer};

fn mail(server: &SmtpServer) -> EmailChannel {
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "noreply@example.org");
    settings.tls = Tls::None;
    EmailChannel::new(settings).unwrap()
}

async fn deliver(app: &TestApp, channel: &dyn Channel) {
    deliver_ready(&app.ctx, Some(channel), Uuid::from_u128(1))
        .await
        .unwrap();
}

/// All deliveries: channel, state and tries, by channel.
async fn stand(app: &TestApp) -> Vec<(String, Status, i32)> {
    let rows = entities::delivery::Entity::find()
        .order_by_asc(entities::delivery::Column::Channel)
        .all(app.db())
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| (row.channel, Status::from_name(&row.status).unwrap(), row.attempts))
        .collect()
}

/// A class is cancelled while the mail server takes nothing: how its message stands after each minute of a quarter of an hour.
async fn quarter_of_an_hour(app: &TestApp, starts: &str) -> Vec<(String, Status, i32)> {
    let server = SmtpServer::start().await;
    server.misbehave(Point::Rcpt, Fault::Transient);
    let mail = mail(&server);
    let class = a_class(app, starts).await;
    cancel(app, class.session).await;
    let mut stood = Vec::new();
    for _ in 0..15 {
        deliver(app, &mail).await;
        let mut all = stand(app).await;
        assert_eq!(all.len(), 1, "{all:?}");
        stood.push(all.remove(0));
        app.clock.advance(SignedDuration::from_mins(1));
    }
    assert!(server.messages().is_empty());
    stood
}

on_both!(
    news_of_today_that_does_not_get_through_is_phoned_within_ten_minutes,
    async |app: TestApp| {
        let stood = quarter_of_an_hour(&app, "2026-11-25T15:00:00").await;
        let called = stood.iter().position(|(_, status, _)| *status == Status::ToCall);
        // The third try may lie up to eight minutes after the second.
        assert!(called.is_some_and(|minute| (1..=10).contains(&minute)), "{stood:?}");
        let (before, after) = stood.split_at(called.unwrap());
        assert!(
            before
                .iter()
                .all(|(way, status, _)| way == "email" && *status == Status::Retry),
            "until then it is tried: {stood:?}"
        );
        assert!(
            after.iter().all(|one| *one == after[0]) && after[0].0 == "call",
            "{stood:?}"
        );
        assert!(after[0].2 >= 2, "{stood:?}");
    }
);

on_both!(news_of_tomorrow_is_tried_for_longer, async |app: TestApp| {
    let stood = quarter_of_an_hour(&app, "2026-11-26T15:00:00").await;
    assert!(
        stood
            .iter()
            .all(|(way, status, _)| way == "email" && *status == Status::Retry),
        "{stood:?}"
    );
});

on_both!(
    a_mail_whose_dot_is_not_answered_holds_up_no_other,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        server.misbehave_once(Point::FinalDot, Fault::Stall);
        let mail = mail(&server);
        let class = a_class(&app, "2026-11-27T10:00:00").await;
        write_down(&app, class.community, &Told::promoted(&class), 20).await;
        let others_leave = async {
            loop {
                let mut states = HashMap::new();
                for (_, status, _) in stand(&app).await {
                    *states.entry(status).or_insert(0) += 1;
                }
                if states.get(&Status::Sent) == Some(&19) {
                    return states;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let states = tokio::select! {
            () = deliver(&app, &mail) => panic!("the round ended before the dot was given up"),
            states = tokio::time::timeout(Duration::from_mins(1), others_leave) => states.expect("the others leave"),
        };
        assert_eq!(states, HashMap::from([(Status::Sent, 19), (Status::Sending, 1)]));
        assert_eq!(server.count(), 20, "each once");
    }
);

on_both_with_sink!(
    what_mail_cannot_do_a_text_message_does_and_then_somebody_phones,
    async |app: TestApp, sink: Sink| {
        let server = SmtpServer::start().await;
        let settings = &app.ctx.settings;
        let http = Http::new(settings.outgoing.allow.clone(), Timeouts::default()).unwrap();
        let courier = Courier::new(Some(mail(&server).into()), http, Arc::new(SystemClock));
        let home = app.seed_basic().await.yunliang;
        gateway(&app, home, &sink.host()).await;
        let mut rule = Rule::usual(Event::Cancelled);
        rule.channels = vec![ChannelKind::Email, ChannelKind::Sms, ChannelKind::Call];
        notification_rule::set(&app.ctx, &Actor::System, home, Event::Cancelled, rule)
            .await
            .unwrap();

        // The mailbox is gone: the text message gets through.
        let class = a_class(&app, "2026-11-27T10:00:00").await;
        app.clock.set("2026-11-26T10:00:00+08:00");
        server.misbehave_once(Point::Rcpt, Fault::Permanent);
        cancel(&app, class.session).await;
        deliver(&app, &courier).await;
        let email = |status, tries| ("email".to_owned(), status, tries);
        let sms = |status, tries| ("sms".to_owned(), status, tries);
        assert_eq!(stand(&app).await, [email(Status::Dead, 1), sms(Status::Due, 0)]);
        deliver(&app, &courier).await;
        assert_eq!(stand(&app).await, [email(Status::Dead, 1), sms(Status::Sent, 1)]);
        let got = sink.got();
        assert_eq!((got.len(), got[0].json()["to"].as_str()), (1, Some("13900001234")));
        assert!(server.messages().is_empty());

        // The gateway refuses too: somebody has to phone. Nobody gets a mail at an address that is known to be gone.
        app.clock.advance(SignedDuration::from_hours(1));
        let other = plan(&app, "手机课", "2026-11-27T14:00:00", None).await.first();
        enrolment::enrol_resident(&app.ctx, &Actor::System, home, other, class.reader, Source::Counter)
            .await
            .unwrap();
        sink.answer(Reply::ok(r#"{"code":7}"#));
        cancel(&app, other).await;
        deliver(&app, &courier).await;
        let call = ("call".to_owned(), Status::ToCall, 1);
        let all = [call, email(Status::Dead, 1), sms(Status::Sent, 1)];
        assert_eq!(stand(&app).await, all);
        assert_eq!(sink.got().len(), 2);
        deliver(&app, &courier).await;
        assert_eq!(stand(&app).await, all, "nothing more");
        assert_eq!((sink.got().len(), server.messages().len()), (2, 0));
    }
);
