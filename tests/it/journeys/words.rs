//! The words of messages and who does not want them: written by staff, received over a real SMTP server; refused with one click; an
//! address that takes no mail.

use std::sync::Arc;

use entities::{delivery, message_template, opt_out as opt_out_row, resident as resident_row};
use jiff::SignedDuration;
use jiff::civil::datetime;
use reqwest::{Method, StatusCode, header};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;
use xianglao::config::Settings;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::channel::ChannelKind;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{CommunityId, ResidentId, SessionId};
use xianglao::domain::notification::Status;
use xianglao::domain::planning::edit::Scope;
use xianglao::domain::planning::{ProgrammeKind, ReasonCode};
use xianglao::domain::resident::TellBy;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::notification::{self, log, opt_out};
use xianglao::services::programme::{NewProgramme, PlanSeries};
use xianglao::services::resident::NewResident;
use xianglao::services::{Context, enrolment, programme, resident, schedule, session};
use xianglao::storage::Txn;

use crate::support::app::{TestApp, on_both};
use crate::support::people::RESIDENTS;
use crate::support::planner::text;
use crate::support::smtp::{Fault, Point, Received, SmtpServer};

const STAFF: Actor = Actor::System;
/// The mark of words that the community wrote itself.
const OWN: &str = "<span class=\"tag ok\">改过</span>";
const EVENING: &str = "/staff/notifications/templates/reminder_evening";

/// Two classes tomorrow, Thursday 26 November 2026, at 15:00 and 16:30, and somebody who reads mail and is signed up for both.
struct Tomorrow {
    home: CommunityId,
    sessions: Vec<SessionId>,
    reader: ResidentId,
}

fn reads_mail(name: &str, address: &str) -> NewResident {
    NewResident {
        name: name.to_owned(),
        phone: "13900001234".to_owned(),
        email: address.to_owned(),
        tell_by: TellBy::Email,
        ..NewResident::default()
    }
}

async fn tomorrow(app: &TestApp) -> Tomorrow {
    let basic = app.seed_basic().await;
    let (ctx, home) = (&app.ctx, basic.yunliang);
    for (title, hour, minute) in [("老年反诈课", 15, 0), ("合唱排练", 16, 30)] {
        let class = NewProgramme::titled(title, ProgrammeKind::Class);
        let class = programme::create_programme(ctx, &STAFF, home, class).await.unwrap();
        let start = datetime(2026, 11, 26, hour, minute, 0, 0);
        let plan = PlanSeries::once(class.id, basic.hall, start, 60);
        programme::plan_series(ctx, &STAFF, home, plan, false).await.unwrap();
    }
    let now = ctx.now();
    let found = schedule::range(ctx, home, now, now + SignedDuration::from_hours(72)).await;
    let sessions: Vec<SessionId> = found.unwrap().iter().map(|one| one.id).collect();
    assert_eq!(sessions.len(), 2);
    let reader = resident::create(ctx, &STAFF, home, reads_mail("李秀英", "reader@example.org")).await;
    let reader = reader.unwrap().id;
    for session in &sessions {
        enrolment::enrol_resident(ctx, &STAFF, home, *session, reader, Source::Counter)
            .await
            .unwrap();
    }
    Tomorrow { home, sessions, reader }
}

/// What serves at an address of its own, as behind a proxy with TLS.
fn behind_tls(app: &TestApp) -> Context {
    let mut ctx = app.ctx.clone();
    ctx.settings = Arc::new(Settings {
        public_url: "https://xianglao.example.org".to_owned(),
        ..(*app.ctx.settings).clone()
    });
    ctx
}

/// Sends what is due, and gives all that arrived so far.
async fn deliver(ctx: &Context, server: &SmtpServer) -> Vec<Received> {
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
    settings.tls = Tls::None;
    let mail = EmailChannel::new(settings).unwrap();
    notification::enqueue_due(ctx).await.unwrap();
    notification::deliver_ready(ctx, Some(&mail), Uuid::from_u128(1))
        .await
        .unwrap();
    server.messages()
}

async fn cancel(app: &TestApp, home: CommunityId, which: SessionId) {
    let why = Some("老师出差。");
    session::cancel(
        &app.ctx,
        &STAFF,
        home,
        which,
        Scope::This,
        ReasonCode::FacilitatorAway,
        why,
        false,
    )
    .await
    .unwrap();
}

/// The head of a message, one line per header.
fn head(message: &Received) -> String {
    let text = String::from_utf8_lossy(&message.data).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
    head.replace("\r\n ", " ").replace("\r\n\t", " ")
}

/// The value of a header; none when there is none.
fn header_of(message: &Received, name: &str) -> Option<String> {
    let head = head(message);
    let line = head.lines().find(|line| line.starts_with(&format!("{name}: ")))?;
    Some(line[name.len() + 2..].trim().to_owned())
}

on_both!(
    what_staff_write_is_what_arrives_and_the_built_in_words_come_back,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        tomorrow(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let list = staff.page("/staff/notifications/templates").await;
        assert!(list.contains("前一晚提醒") && !list.contains(OWN), "{list}");
        // The form begins with the built-in words, in both languages, and says what can be filled in.
        let page = staff.page(EVENING).await;
        for part in [
            "提醒您：{时间} 有{活动}",
            "{姓名}，您好：",
            "有事打电话：{电话}",
            "Reminder: {title}, {when}",
            "<code>{地点}</code>",
        ] {
            assert!(page.contains(part), "{part}");
        }
        let own = [
            ("channel", "mail"),
            ("subject_zh", "{姓名}，明天{活动}"),
            (
                "body_zh",
                "{姓名}奶奶：\r\n{时间}在｛地点｝有{活动}。\r\n\r\n\r\n带好水杯。{社区}",
            ),
            ("subject_en", "Reminder: {title}, {when}"),
            ("body_en", "See you at {venue}."),
        ];
        // Looking keeps nothing, and shows a real session.
        let looked = staff.submit(&format!("{EVENING}/preview"), &own).await;
        let looked = text(looked, StatusCode::OK).await;
        assert!(
            looked.contains("老年反诈课") && looked.contains("带好水杯。运粮社区"),
            "{looked}"
        );
        assert_eq!(message_template::Entity::find().all(app.db()).await.unwrap().len(), 0);

        let saved = staff.submit(EVENING, &own).await;
        let page = text(staff.follow(saved).await, StatusCode::OK).await;
        assert!(page.contains("存好了") && page.contains(OWN), "{page}");
        assert!(staff.page("/staff/notifications/templates").await.contains(OWN));
        app.clock.set("2026-11-25T18:00:00+08:00");
        let messages = deliver(&app.ctx, &server).await;
        let first = messages.iter().find(|one| one.subject().contains("反诈课")).unwrap();
        assert_eq!(first.subject(), "李秀英，明天老年反诈课");
        let said = first.text();
        assert!(
            said.starts_with("李秀英奶奶：\n明天（11月26日 周四 下午3:00）在多功能厅"),
            "{said}"
        );
        assert!(said.contains("有老年反诈课。\n\n带好水杯。运粮社区\n"), "{said}");

        let reset = staff.submit(&format!("{EVENING}/reset"), &[("channel", "mail")]).await;
        let page = text(staff.follow(reset).await, StatusCode::OK).await;
        assert!(page.contains("用回自带的话了") && !page.contains(OWN), "{page}");
        assert_eq!(message_template::Entity::find().all(app.db()).await.unwrap().len(), 0);
    }
);

on_both!(the_built_in_words_written_again_are_not_kept, async |app: TestApp| {
    app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let sms = [
        ("channel", "sms"),
        ("body_zh", "提醒您：{when}有{title}，在{venue}。来不了请打{phone}。"),
        ("body_en", "{title}, {when}, at {venue}."),
    ];
    assert_eq!(staff.submit(EVENING, &sms).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(message_template::Entity::find().all(app.db()).await.unwrap().len(), 2);
    let page = staff.page(&format!("{EVENING}?channel=sms")).await;
    assert!(page.contains("{when}有{title}"), "{page}");
    assert!(page.contains("连签名共") && page.contains("算 1 条"), "{page}");
    let built_in = [
        ("channel", "sms"),
        ("body_zh", "提醒您：{时间}有{活动}，在{地点}。来不了请打{电话}。"),
        (
            "body_en",
            "Reminder: {title}, {when}, at {venue}. Cannot come? Phone {phone}.",
        ),
    ];
    assert_eq!(staff.submit(EVENING, &built_in).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(message_template::Entity::find().all(app.db()).await.unwrap().len(), 0);
});

on_both!(
    words_that_cannot_be_filled_are_refused_by_name_and_not_lost,
    async |app: TestApp| {
        app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let long = "字".repeat(3000);
        for (channel, body, said) in [
            (
                "mail",
                "在{地方}见",
                "没有「地方」这个空。能用的有：{姓名}、{活动}、{时间}、{地点}、{网址}、{社区}、{电话}",
            ),
            ("mail", "在{地点见", "「地点见」前面的括号没有关上"),
            ("mail", "", "还没有写字"),
            ("mail", &long, "有 3000 个字，最多 1000 个"),
            ("sms", "{时间}{活动}", "两个空不能挨着：{时间}{活动}"),
            ("sms", "【运粮】{活动}", "短信里不能有「【」"),
            ("sms", "看{网址}", "没有「网址」这个空"),
            ("sms", "https://example.org/{活动}", "网址里不能放{活动}"),
        ] {
            let form = [
                ("channel", channel),
                ("subject_zh", "提醒"),
                ("body_zh", body),
                ("subject_en", "Reminder"),
                ("body_en", "See you at {venue}."),
            ];
            let page = text(staff.submit(EVENING, &form).await, StatusCode::UNPROCESSABLE_ENTITY).await;
            let shown = page.replace("&#123;", "{").replace("&#125;", "}");
            assert!(shown.contains(said), "{said}: {shown}");
            assert!(
                shown.contains(body) && shown.contains("See you at {venue}."),
                "{body} is lost"
            );
            let looked = staff.submit(&format!("{EVENING}/preview"), &form).await;
            assert!(text(looked, StatusCode::OK).await.contains(said), "{said}");
        }
        assert_eq!(message_template::Entity::find().all(app.db()).await.unwrap().len(), 0);
        for unknown in [
            "/staff/notifications/templates/nothing",
            "/staff/notifications/templates/nothing?channel=sms",
        ] {
            assert_eq!(staff.get(unknown).await.status(), StatusCode::NOT_FOUND);
        }
        // Words that carriers may hold back are kept, with a warning.
        let risky = [
            ("channel", "sms"),
            ("body_zh", "{活动}：艾灸治疗"),
            ("body_en", "{title}"),
        ];
        let looked = text(
            staff.submit(&format!("{EVENING}/preview"), &risky).await,
            StatusCode::OK,
        )
        .await;
        assert!(looked.contains("运营商可能拦下带这些字的短信：治疗、艾灸"), "{looked}");
    }
);

on_both!(a_line_break_in_a_name_gets_into_no_header, async |app: TestApp| {
    let server = SmtpServer::start().await;
    let at = tomorrow(&app).await;
    resident_row::Entity::update_many()
        .col_expr(resident_row::Column::Name, Expr::value("李\r\nBcc: evil@example.org"))
        .filter(resident_row::Column::Id.eq(at.reader.0))
        .exec(app.db())
        .await
        .unwrap();
    let staff = app.client_as(Role::Staff).await;
    let own = [
        ("channel", "mail"),
        ("subject_zh", "{姓名}，有{活动}"),
        ("body_zh", "{姓名}，来吧"),
        ("subject_en", "{name}"),
        ("body_en", "{name}"),
    ];
    assert_eq!(staff.submit(EVENING, &own).await.status(), StatusCode::SEE_OTHER);
    app.clock.set("2026-11-25T18:00:00+08:00");
    let messages = deliver(&app.ctx, &server).await;
    assert_eq!(messages.len(), 2, "they leave, on one line");
    for message in messages {
        assert_eq!(message.to, ["reader@example.org"]);
        assert!(
            message.subject().starts_with("李 Bcc: evil@example.org，有"),
            "{}",
            message.subject()
        );
        assert!(
            !head(&message)
                .lines()
                .any(|line| line.to_lowercase().starts_with("bcc"))
        );
        assert!(message.text().starts_with("李 Bcc: evil@example.org，来吧\n"));
    }
});

on_both!(
    one_click_ends_reminders_and_never_a_cancellation,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let at = tomorrow(&app).await;
        let ctx = behind_tls(&app);
        app.clock.set("2026-11-25T18:00:00+08:00");
        let messages = deliver(&ctx, &server).await;
        assert_eq!(messages.len(), 2);
        let reminder = &messages[0];
        assert_eq!(
            header_of(reminder, "List-Unsubscribe-Post").as_deref(),
            Some("List-Unsubscribe=One-Click")
        );
        let link = header_of(reminder, "List-Unsubscribe").expect("a link");
        let link = link.trim_start_matches('<').trim_end_matches('>').to_owned();
        assert!(reminder.text().contains(&link), "it can be seen, too");
        let path = link
            .strip_prefix("https://xianglao.example.org")
            .expect("over TLS")
            .to_owned();

        // Looking changes nothing, whoever looks.
        let visitor = app.client();
        let page = visitor.page(&path).await;
        assert!(
            page.contains("不再收提醒邮件？") && page.contains("轮到您有位子，有事要您回话，还是会发邮件"),
            "{page}"
        );
        assert_eq!(opt_out_row::Entity::find().all(app.db()).await.unwrap().len(), 0);

        // A mail program on another site, without cookies, twice (RFC 8058 §3.2).
        for _ in 0..2 {
            let clicked = visitor
                .request(Method::POST, &path)
                .header(header::ORIGIN, "https://mail.example.com")
                .header("sec-fetch-site", "cross-site")
                .form(&[("List-Unsubscribe", "One-Click")])
                .send()
                .await
                .unwrap();
            let page = text(clicked, StatusCode::OK).await;
            assert!(page.contains("好的，不再发了"), "{page}");
        }
        let rows = opt_out_row::Entity::find().all(app.db()).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].channel.as_str(), rows[0].source.as_str()), ("email", "link"));
        // The way back is not for other sites.
        let foreign = visitor
            .request(Method::POST, &format!("{path}/again"))
            .header(header::ORIGIN, "https://mail.example.com")
            .header("sec-fetch-site", "cross-site");
        assert_eq!(foreign.send().await.unwrap().status(), StatusCode::FORBIDDEN);

        // Two hours before: no mail. Cancelled: mail, without the promise that it can be ended.
        app.clock.set("2026-11-26T14:00:00+08:00");
        assert_eq!(deliver(&ctx, &server).await.len(), 2);
        cancel(&app, at.home, at.sessions[1]).await;
        let messages = deliver(&ctx, &server).await;
        assert_eq!(messages.len(), 3);
        assert!(
            messages[2].subject().starts_with("这一次不办了"),
            "{}",
            messages[2].subject()
        );
        assert_eq!(header_of(&messages[2], "List-Unsubscribe"), None);
        // A seat has a deadline: it is told as well.
        let (home, session, reader, now) = (at.home, at.sessions[0], at.reader, ctx.now());
        let inner = ctx.clone();
        ctx.db
            .write(async move |txn: &Txn| notification::promoted(&inner, txn, now, home, session, reader).await)
            .await
            .unwrap();
        let messages = deliver(&ctx, &server).await;
        assert_eq!(messages.len(), 4);
        assert!(
            messages[3].subject().starts_with("轮到您了"),
            "{}",
            messages[3].subject()
        );
        assert_eq!(header_of(&messages[3], "List-Unsubscribe"), None);

        // They think better of it.
        let back = text(visitor.submit(&format!("{path}/again"), &[]).await, StatusCode::OK).await;
        assert!(back.contains("好的，照旧发给您"), "{back}");
        assert_eq!(opt_out_row::Entity::find().all(app.db()).await.unwrap().len(), 0);

        // A token that was guessed, cut or made for somebody else opens nothing.
        let (folder, token) = path.rsplit_once('/').unwrap();
        let flipped: String = token.chars().rev().collect();
        for wrong in [
            "x",
            &token[..token.len() - 2],
            &flipped,
            &format!("{token}AAAA"),
            &"A".repeat(300),
        ] {
            let page = format!("{folder}/{wrong}");
            assert_eq!(visitor.get(&page).await.status(), StatusCode::NOT_FOUND, "{wrong}");
            assert_eq!(
                visitor.submit(&page, &[]).await.status(),
                StatusCode::NOT_FOUND,
                "{wrong}"
            );
        }
        assert_eq!(opt_out_row::Entity::find().all(app.db()).await.unwrap().len(), 0);
    }
);

async fn states(app: &TestApp, home: CommunityId) -> Vec<Status> {
    let page = log::page(&app.ctx, &STAFF, home, &log::Filter::default())
        .await
        .unwrap();
    page.rows.iter().rev().map(|row| row.status).collect()
}

on_both!(
    an_address_that_takes_no_mail_is_marked_until_it_is_changed,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let at = tomorrow(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let profile = format!("/staff/residents/{}", at.reader);
        // Busy is not gone.
        server.misbehave_once(Point::Rcpt, Fault::Transient);
        app.clock.set("2026-11-25T18:00:00+08:00");
        deliver(&app.ctx, &server).await;
        assert!(!staff.page(&profile).await.contains("这个邮箱收不到信"));
        // The server does not know the mailbox.
        server.misbehave(Point::Rcpt, Fault::Permanent);
        cancel(&app, at.home, at.sessions[1]).await;
        deliver(&app.ctx, &server).await;
        let page = staff.page(&profile).await;
        assert!(page.contains("这个邮箱收不到信") && page.contains("改邮箱"), "{page}");
        assert!(states(&app, at.home).await.contains(&Status::ToCall), "somebody phones");

        // The next message does not try the mailbox again: somebody phones at once.
        server.behave();
        let arrived = server.messages().len();
        cancel(&app, at.home, at.sessions[0]).await;
        assert_eq!(deliver(&app.ctx, &server).await.len(), arrived);
        let waiting = states(&app, at.home)
            .await
            .into_iter()
            .filter(|one| *one == Status::ToCall);
        assert_eq!(waiting.count(), 2);

        // Another address: mail again.
        let changed = reads_mail("李秀英", "new@example.org");
        resident::update(&app.ctx, &STAFF, at.home, at.reader, changed)
            .await
            .unwrap();
        assert!(!staff.page(&profile).await.contains("这个邮箱收不到信"));
        session::restore(&app.ctx, &STAFF, at.home, at.sessions[0], Scope::This, false)
            .await
            .unwrap();
        let messages = deliver(&app.ctx, &server).await;
        assert_eq!(messages.last().unwrap().to, ["new@example.org"]);
    }
);

on_both!(what_somebody_refused_goes_along_with_them, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let (ctx, home) = (&app.ctx, basic.yunliang);
    let staff = app.client_as(Role::Staff).await;
    let api = app.bearer_as(Role::Staff).await;
    let one = resident::create(ctx, &STAFF, home, reads_mail("李秀英", "a@example.org")).await;
    let other = resident::create(ctx, &STAFF, home, reads_mail("李秀英", "b@example.org")).await;
    let (one, other) = (one.unwrap().id, other.unwrap().id);
    let refused = async |who: ResidentId| -> Vec<ChannelKind> {
        let rows = opt_out::of(ctx, &STAFF, home, who).await.unwrap();
        rows.iter().map(|row| row.channel).collect()
    };

    // Noted by staff on their page.
    for (who, boxes) in [
        (one, &[("email", "1")][..]),
        (other, &[("email", "1"), ("sms", "1")][..]),
    ] {
        let saved = staff.submit(&format!("/staff/residents/{who}/opt-outs"), boxes).await;
        let page = text(staff.follow(saved).await, StatusCode::OK).await;
        assert!(page.contains("告诉工作人员的"), "{page}");
    }
    assert_eq!(refused(other).await, [ChannelKind::Email, ChannelKind::Sms]);
    let copy = api.post(&format!("{RESIDENTS}/{other}/export"), &json!({})).await;
    let copy: Value = copy.json().await.unwrap();
    assert_eq!(copy["opt_outs"].as_array().map(Vec::len), Some(2), "{copy}");

    // Merged, they refuse what either refused; undone, each what they did.
    let merged = api
        .post(&format!("{RESIDENTS}/{one}/merge"), &json!({ "merged_id": other }))
        .await;
    assert_eq!(merged.status(), StatusCode::CREATED);
    let merge: serde_json::Value = merged.json().await.unwrap();
    assert_eq!(refused(one).await, [ChannelKind::Email, ChannelKind::Sms]);
    // An old link of the one who was merged is the survivor's.
    let token = opt_out::token(ctx, home, other, ChannelKind::Email);
    assert_eq!(
        opt_out::stands(ctx, home, &token).await.unwrap(),
        (ChannelKind::Email, true)
    );
    let id: Uuid = merge["id"].as_str().unwrap().parse().unwrap();
    resident::merge::undo(ctx, &STAFF, home, id.into()).await.unwrap();
    assert_eq!(refused(one).await, [ChannelKind::Email]);
    assert_eq!(refused(other).await, [ChannelKind::Email, ChannelKind::Sms]);

    let reason = resident::erasure::Reason::Asked;
    resident::erasure::erase(ctx, &STAFF, home, other, reason, "李秀英")
        .await
        .unwrap();
    assert_eq!(refused(other).await, []);
    assert!(
        opt_out::stands(ctx, home, &token).await.is_err(),
        "nobody is behind the link"
    );
    assert_eq!(refused(one).await, [ChannelKind::Email]);

    // Unticked, they are told again.
    let saved = staff.submit(&format!("/staff/residents/{one}/opt-outs"), &[]).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER);
    assert_eq!(refused(one).await, []);
});

on_both!(
    a_place_for_mail_is_told_over_the_telephone_when_mail_is_refused,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let at = tomorrow(&app).await;
        opt_out::set_by_staff(&app.ctx, &STAFF, at.home, at.reader, &[ChannelKind::Email])
            .await
            .unwrap();
        app.clock.set("2026-11-25T18:00:00+08:00");
        assert_eq!(deliver(&app.ctx, &server).await.len(), 0, "no reminder");
        let rows = delivery::Entity::find().all(app.db()).await.unwrap();
        assert!(
            rows.iter().all(|row| row.status == "dropped"),
            "and nobody is phoned to be reminded: {rows:?}"
        );
    }
);
