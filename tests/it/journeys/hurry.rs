//! News of a session of today that still waits after ten minutes is phoned, whatever keeps it from leaving; and who is phoned to be reminded.

use jiff::SignedDuration;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::channel_account::AccountKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, SessionId};
use xianglao::domain::lang::Lang;
use xianglao::domain::notification::{Event, Status};
use xianglao::domain::notification_rule::Rule;
use xianglao::domain::planning::ReasonCode;
use xianglao::domain::planning::edit::Scope;
use xianglao::domain::resident::TellBy;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::notification::{self, call, log};
use xianglao::services::resident::NewResident;
use xianglao::services::{Error, channel_account, enrolment, notification_rule, resident, session};
use xianglao::storage::Txn;
use xianglao::storage::notification as outbox;

use crate::support::app::{TestApp, on_both};
use crate::support::plan::{once, titled};
use crate::support::smtp::{Fault, Point, SmtpServer};

const STAFF: Actor = Actor::System;

struct Class {
    community: CommunityId,
    session: SessionId,
}

/// A class at `starts`, and one who reads mail and has a mobile. It is `now`.
async fn a_class(app: &TestApp, now: &str, starts: &str) -> Class {
    let basic = app.seed_basic().await;
    app.clock.set(now);
    let community = basic.yunliang;
    let session = once(&app.ctx, community, basic.hall, titled("老年反诈课"), starts)
        .await
        .session;
    let reader = NewResident {
        name: "李秀英".to_owned(),
        phone: "13900001234".to_owned(),
        email: "reader@example.org".to_owned(),
        tell_by: TellBy::Email,
        ..NewResident::default()
    };
    let reader = resident::create(&app.ctx, &STAFF, community, reader).await.unwrap();
    enrolment::enrol_resident(&app.ctx, &STAFF, community, session, reader.id, Source::Counter)
        .await
        .unwrap();
    Class { community, session }
}

async fn cancel(app: &TestApp, class: &Class) {
    let (code, why) = (ReasonCode::FacilitatorAway, Some("小张老师出差。"));
    session::cancel(
        &app.ctx,
        &STAFF,
        class.community,
        class.session,
        Scope::This,
        code,
        why,
        false,
    )
    .await
    .unwrap();
}

/// Channel and state of all deliveries to residents, oldest first.
async fn states(app: &TestApp, home: CommunityId) -> Vec<(String, Status)> {
    let page = log::page(&app.ctx, &STAFF, home, &log::Filter::default())
        .await
        .unwrap();
    page.rows
        .into_iter()
        .rev()
        .map(|row| (row.channel, row.status))
        .collect()
}

fn state(channel: ChannelKind, status: Status) -> (String, Status) {
    (channel.as_str().to_owned(), status)
}

on_both!(
    news_of_today_that_nobody_sends_is_phoned_after_ten_minutes,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T08:10:00+08:00", "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        let home = class.community;
        app.clock.advance(SignedDuration::from_secs(9 * 60 + 59));
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 0, "not yet");
        assert_eq!(states(&app, home).await, [state(ChannelKind::Email, Status::Due)]);
        app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 1);
        assert_eq!(states(&app, home).await, [state(ChannelKind::Call, Status::ToCall)]);
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 0, "once");
        let list = call::list(&app.ctx, &STAFF, home, Some(class.session), Lang::Zh)
            .await
            .unwrap();
        assert_eq!(list.today.len(), 1, "about today");
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page("/staff/notifications").await;
        assert!(page.contains("十分钟还没发出去"), "{page}");
        // No worker sends it now.
        let sent = notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
            .await
            .unwrap();
        assert_eq!(sent.taken, 0);
    }
);

on_both!(
    what_a_worker_holds_is_left_to_it_and_taken_when_it_gives_it_back,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T08:10:00+08:00", "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        let (home, owner) = (class.community, Uuid::from_u128(9));
        app.clock.advance(SignedDuration::from_mins(20));
        let now = app.ctx.now();
        let held = app
            .ctx
            .db
            .write(async move |txn: &Txn| Ok::<_, Error>(outbox::lease(txn, owner, home, 10, now, now).await?))
            .await
            .unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 0);
        assert_eq!(states(&app, home).await, [state(ChannelKind::Email, Status::Leased)]);
        // It failed, and waits for another try: now it is phoned.
        let end = outbox::End {
            leased: held[0].clone(),
            from: Status::Leased,
            status: Status::Retry,
            due_at: Some(now + SignedDuration::from_mins(30)),
            error: Some("451 try later".to_owned()),
            attempt: None,
            words: None,
            instead: None,
            bounced: None,
        };
        app.ctx
            .db
            .write(async move |txn: &Txn| Ok::<_, Error>(outbox::end(txn, owner, &[end], now).await?))
            .await
            .unwrap();
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 1);
        assert_eq!(states(&app, home).await, [state(ChannelKind::Call, Status::ToCall)]);
    }
);

on_both!(
    news_of_tomorrow_may_wait_for_the_morning_and_hurries_from_then_on,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T22:00:00+08:00", "2026-11-26T15:00:00").await;
        cancel(&app, &class).await;
        let home = class.community;
        for quiet in [
            "2026-11-25T23:00:00+08:00",
            "2026-11-26T00:30:00+08:00",
            "2026-11-26T08:09:00+08:00",
        ] {
            app.clock.set(quiet);
            assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 0, "{quiet}");
        }
        // The day is over and nobody looked: nobody runs any more, and it may still be sent.
        app.clock.set("2026-11-27T00:05:00+08:00");
        notification::hurry_due(&app.ctx).await.unwrap();
        assert!(
            !states(&app, home)
                .await
                .contains(&state(ChannelKind::Call, Status::ToCall))
        );
        let again = a_class(&app, "2026-11-28T22:00:00+08:00", "2026-11-29T15:00:00").await;
        cancel(&app, &again).await;
        app.clock.set("2026-11-29T08:10:00+08:00");
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 1);
    }
);

on_both!(
    the_next_way_of_the_rule_is_taken_first_and_has_its_own_ten_minutes,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T08:10:00+08:00", "2026-11-25T15:00:00").await;
        let home = class.community;
        let draft = channel_account::Draft {
            name: "阿里云".to_owned(),
            key_id: "LTAI5tTestTestTest".to_owned(),
            key_secret: "geheimgeheimgeheim".to_owned(),
            sign: "运粮社区".to_owned(),
            templates: [("cancelled".to_owned(), ("SMS_123456789".to_owned(), "title".to_owned()))].into(),
            ..channel_account::Draft::default()
        };
        channel_account::create(&app.ctx, &STAFF, home, AccountKind::Aliyun, &draft)
            .await
            .unwrap();
        cancel(&app, &class).await;
        app.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 1);
        let (mail, text) = (ChannelKind::Email, ChannelKind::Sms);
        assert_eq!(
            states(&app, home).await,
            [state(mail, Status::Dropped), state(text, Status::Due)]
        );
        app.clock.advance(SignedDuration::from_mins(9));
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 0);
        app.clock.advance(SignedDuration::from_mins(1));
        assert_eq!(notification::hurry_due(&app.ctx).await.unwrap(), 1);
        assert_eq!(
            states(&app, home).await,
            [state(mail, Status::Dropped), state(ChannelKind::Call, Status::ToCall)]
        );
    }
);

on_both!(
    a_reminder_whose_rule_names_the_telephone_is_phoned_when_mail_fails_and_no_other_is,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        server.misbehave(Point::Rcpt, Fault::Permanent);
        let class = a_class(&app, "2026-11-25T08:10:00+08:00", "2026-11-26T15:00:00").await;
        let home = class.community;
        let rule = Rule {
            channels: vec![ChannelKind::Email, ChannelKind::Call],
            ..Rule::usual(Event::ReminderEvening)
        };
        notification_rule::set(&app.ctx, &STAFF, home, Event::ReminderEvening, rule)
            .await
            .unwrap();
        let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
        settings.tls = Tls::None;
        let mail = EmailChannel::new(settings).unwrap();
        for (now, last) in [
            ("2026-11-25T18:00:00+08:00", state(ChannelKind::Call, Status::ToCall)),
            // Two hours before: the usual rule, which phones nobody.
            ("2026-11-26T14:00:00+08:00", state(ChannelKind::Email, Status::Dead)),
        ] {
            app.clock.set(now);
            // An address that was refused is written to again when somebody has looked at it.
            entities::resident::Entity::update_many()
                .col_expr(
                    entities::resident::Column::EmailBouncedAt,
                    Expr::value(None::<sea_orm::prelude::DateTimeUtc>),
                )
                .exec(app.db())
                .await
                .unwrap();
            notification::enqueue_due(&app.ctx).await.unwrap();
            notification::deliver_ready(&app.ctx, Some(&mail), Uuid::from_u128(1))
                .await
                .unwrap();
            assert_eq!(states(&app, home).await.last(), Some(&last), "{now}");
        }
    }
);
