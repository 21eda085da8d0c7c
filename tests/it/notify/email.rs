//! The e-mail channel against an SMTP server that does right, and wrong at every point where one can.

use std::time::Duration;

use uuid::Uuid;
use xianglao::config::{self, Secret};
use xianglao::domain::lang::Lang;
use xianglao::domain::notification::Event;
use xianglao::notify::email::{EmailChannel, SettingsError, SmtpSettings, Timeouts, Tls};
use xianglao::services::channel::{Channel, Outgoing, Route, SendOutcome};

use crate::support::smtp::{Encryption, Fault, Options, Point, Received, SmtpServer};

fn settings(server: &SmtpServer) -> SmtpSettings {
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "享老 <noreply@example.org>");
    settings.tls = Tls::None;
    settings
}

fn encrypted(server: &SmtpServer, tls: Tls) -> SmtpSettings {
    let mut settings = settings(server);
    "localhost".clone_into(&mut settings.host);
    settings.tls = tls;
    settings.extra_root_pem = Some(server.certificate_pem());
    settings.username = Some("xianglao".to_owned());
    settings.password = Some(Secret::from("一个密码".to_owned()));
    settings
}

fn channel(server: &SmtpServer) -> EmailChannel {
    EmailChannel::new(settings(server)).unwrap()
}

/// A channel that soon loses patience.
fn impatient(server: &SmtpServer) -> EmailChannel {
    let mut settings = settings(server);
    settings.timeouts = Timeouts {
        connect: Duration::from_secs(10),
        command: Duration::from_millis(100),
        final_dot: Duration::from_millis(100),
    };
    EmailChannel::new(settings).unwrap()
}

fn message() -> Outgoing {
    Outgoing {
        delivery_id: Uuid::from_u128(7),
        community_id: Uuid::from_u128(1),
        message_id: "<0192f0c1-7b1e-7c3a-9d55-3f2a6c1e8b70@xianglao.example.org>".to_owned(),
        route: Route::Email,
        event: Event::Moved,
        to: "guihua.li@example.com".to_owned(),
        subject: "明天上午九点：椅子瑜伽，在运粮社区活动室，请提前十分钟到，带好毛巾和水杯".to_owned(),
        text: "您报名的活动明天上午九点开始。\n.单独一个点开头的行也要原样送到\n\n地点：活动室".to_owned(),
        html: None,
        variables: Vec::new(),
        unsubscribe: None,
        lang: Lang::Zh,
        written_at: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

/// A message that does not fit into the sockets' buffers: a server can stop in the middle of it.
fn long_message() -> Outgoing {
    Outgoing {
        text: "Please come in time.\n".repeat(400_000),
        ..message()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Sent,
    Retry,
    Rejected,
    Unknown,
}

fn class(outcome: &SendOutcome) -> Class {
    match outcome {
        SendOutcome::Sent { .. } => Class::Sent,
        SendOutcome::Retry { .. } => Class::Retry,
        SendOutcome::Rejected { .. } => Class::Rejected,
        SendOutcome::Unknown { .. } => Class::Unknown,
    }
}

/// The rule: until the final dot nothing has left; a refusal of the message is for good, a refusal of us is not.
fn expected(point: Point, fault: Fault) -> Class {
    match (point, fault) {
        (Point::Quit, _) => Class::Sent,
        (Point::FinalDot, Fault::Drop | Fault::Stall) => Class::Unknown,
        (Point::Mail | Point::Rcpt | Point::Data | Point::Body | Point::FinalDot, Fault::Permanent) => Class::Rejected,
        _ => Class::Retry,
    }
}

#[tokio::test]
async fn a_sent_mail_arrives_complete() {
    let server = SmtpServer::start().await;
    let outcome = channel(&server).send(&message()).await;
    let answer = "250 Taken".to_owned();
    assert_eq!(outcome, SendOutcome::Sent { answer });

    let received = server.wait_for(1).await.remove(0);
    assert_eq!(received.from, "noreply@example.org");
    assert_eq!(received.to, ["guihua.li@example.com"]);
    assert_eq!(received.subject(), message().subject);
    assert_eq!(received.message_id(), message().message_id);
    assert_eq!(received.text().trim_end(), message().text);
    let parsed = received.parsed();
    let from = parsed.from().and_then(|from| from.first()).unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("享老"), Some("noreply@example.org"))
    );
    let to = parsed.to().and_then(|to| to.first()).unwrap();
    assert_eq!((to.name(), to.address()), (None, Some("guihua.li@example.com")));
    assert_eq!(parsed.date().unwrap().to_timestamp(), message().written_at.as_second());
    assert_eq!(
        parsed.header("Auto-Submitted").and_then(|value| value.as_text()),
        Some("auto-generated")
    );
    assert_eq!(parsed.header_raw("Content-Language").map(str::trim), Some("zh-CN"));
    assert!(received.data.is_ascii(), "no relay on the way needs 8BITMIME");
    let lines = received.data.split(|&octet| octet == b'\n');
    assert!(
        lines.into_iter().all(|line| line.len() <= 999),
        "RFC 5322 §2.1.1: 998 characters in a line"
    );
}

#[tokio::test]
async fn a_mail_with_html_has_the_plain_words_too() {
    let server = SmtpServer::start().await;
    let message = Outgoing {
        html: Some("<p>您报名的活动明天<b>上午九点</b>开始。</p>".to_owned()),
        ..message()
    };
    assert_eq!(class(&channel(&server).send(&message).await), Class::Sent);
    let received = server.wait_for(1).await.remove(0);
    assert_eq!(received.text().trim_end(), message.text);
    assert_eq!(
        received.parsed().body_html(0).unwrap().trim_end(),
        message.html.unwrap()
    );
}

#[tokio::test]
async fn each_failing_point_is_told_apart() {
    each_failing_point(false).await;
}

#[tokio::test]
async fn each_failing_point_is_told_apart_where_commands_are_taken_one_at_a_time() {
    each_failing_point(true).await;
}

async fn each_failing_point(one_at_a_time: bool) {
    for point in Point::ALL {
        for fault in Fault::ALL {
            let options = Options {
                one_at_a_time,
                ..Options::default()
            };
            let server = SmtpServer::start_with(options).await;
            server.misbehave(point, fault);
            let channel = if fault == Fault::Stall {
                impatient(&server)
            } else {
                channel(&server)
            };
            let message = if point == Point::Body {
                long_message()
            } else {
                message()
            };
            let outcome = channel.send(&message).await;
            channel.close().await;
            assert_eq!(
                class(&outcome),
                expected(point, fault),
                "{fault:?} at {point:?}: {outcome:?}"
            );
            let arrived = usize::from(matches!(class(&outcome), Class::Sent | Class::Unknown));
            assert_eq!(server.messages().len(), arrived, "{fault:?} at {point:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_later() {
    let mut settings = {
        let server = SmtpServer::start().await;
        settings(&server)
    };
    settings.port = free_port();
    let outcome = EmailChannel::new(settings).unwrap().send(&message()).await;
    assert_eq!(class(&outcome), Class::Retry, "{outcome:?}");
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn messages_share_a_connection_and_another_is_made_when_it_has_gone_stale() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    for _ in 0..3 {
        assert_eq!(class(&channel.send(&message()).await), Class::Sent);
    }
    assert_eq!(server.connections(), 1);

    server.misbehave_once(Point::Mail, Fault::Drop);
    assert_eq!(class(&channel.send(&message()).await), Class::Sent);
    assert_eq!((server.connections(), server.messages().len()), (2, 4));

    // One fresh connection and no more: a second failure is the outbox's business.
    server.misbehave(Point::Mail, Fault::Drop);
    assert_eq!(class(&channel.send(&message()).await), Class::Retry);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_refused_message_leaves_the_connection_to_the_next() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    for point in [Point::Mail, Point::Rcpt, Point::Data, Point::FinalDot] {
        server.misbehave_once(point, Fault::Permanent);
        assert_eq!(class(&channel.send(&message()).await), Class::Rejected);
        assert_eq!(class(&channel.send(&message()).await), Class::Sent);
    }
    assert_eq!((server.connections(), server.messages().len()), (1, 4));
}

#[tokio::test]
async fn a_message_whose_fate_is_unknown_is_not_sent_again_within_the_try() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    assert_eq!(class(&channel.send(&message()).await), Class::Sent);
    server.misbehave_once(Point::FinalDot, Fault::Drop);
    assert_eq!(class(&channel.send(&message()).await), Class::Unknown);
    assert_eq!((server.connections(), server.messages().len()), (1, 2));
}

#[tokio::test]
async fn many_messages_at_once_all_arrive() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    let messages: Vec<_> = (0..50)
        .map(|number| Outgoing {
            message_id: format!("<{number}@xianglao.example.org>"),
            ..message()
        })
        .collect();
    let outcomes = futures_util::future::join_all(messages.iter().map(|message| channel.send(message))).await;
    assert!(
        outcomes.iter().all(|outcome| class(outcome) == Class::Sent),
        "{outcomes:?}"
    );
    let mut arrived: Vec<_> = server.messages().iter().map(Received::message_id).collect();
    let mut sent: Vec<_> = messages.iter().map(|message| message.message_id.clone()).collect();
    arrived.sort();
    sent.sort();
    assert_eq!(arrived, sent);
}

#[tokio::test]
async fn malformed_messages_are_rejected_before_anybody_is_asked() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    let addresses = [
        "",
        "nobody",
        "two@at@example.com",
        "a@b.example\r\nRCPT TO:<c@d.example>",
        "\"a\r\nb\"@example.com",
        "a b@example.com",
        "<a@example.com>",
        "a@example.com, b@example.com",
        "a\0@example.com",
    ];
    for to in addresses {
        let message = Outgoing {
            to: to.to_owned(),
            ..message()
        };
        let outcome = channel.send(&message).await;
        assert_eq!(class(&outcome), Class::Rejected, "{to:?}: {outcome:?}");
    }
    for subject in [
        "好消息\r\nBcc: everybody@example.com",
        "line\nbreak",
        "bare\rreturn",
        "nul\0",
    ] {
        let message = Outgoing {
            subject: subject.to_owned(),
            ..message()
        };
        assert_eq!(class(&channel.send(&message).await), Class::Rejected, "{subject:?}");
    }
    for message_id in [
        "",
        "no-brackets@example.org",
        "<no-at>",
        "<a@b>\r\nBcc: <c@d>",
        "<a b@c>",
        "<@c>",
        "<a@>",
    ] {
        let message = Outgoing {
            message_id: message_id.to_owned(),
            ..message()
        };
        assert_eq!(class(&channel.send(&message).await), Class::Rejected, "{message_id:?}");
    }
    for unsubscribe in [
        "",
        "mailto:stop@example.org",
        "https://",
        "https://example.org/a\r\nBcc: c@d.example",
        "https://example.org/a b",
        "https://example.org/>, <https://evil.example",
        "https://example.org/退订",
    ] {
        let message = Outgoing {
            unsubscribe: Some(unsubscribe.to_owned()),
            ..message()
        };
        assert_eq!(class(&channel.send(&message).await), Class::Rejected, "{unsubscribe:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_click_is_offered_over_https_and_the_link_alone_over_http() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    let address = "https://xianglao.example.org/c/yunliang/unsubscribe/abc_-123";
    for unsubscribe in [
        Some(address),
        Some("http://10.0.0.7:8080/c/yunliang/unsubscribe/abc"),
        None,
    ] {
        let message = Outgoing {
            unsubscribe: unsubscribe.map(str::to_owned),
            ..message()
        };
        assert_eq!(class(&channel.send(&message).await), Class::Sent);
    }
    let heads: Vec<String> = server
        .messages()
        .iter()
        .map(|message| {
            let text = String::from_utf8_lossy(&message.data).into_owned();
            let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
            // Long lines are folded.
            head.replace("\r\n ", " ")
        })
        .collect();
    let lines = |head: &str| -> Vec<String> {
        let lines = head.lines().filter(|line| line.starts_with("List-"));
        lines.map(|line| line.replace(":  ", ": ")).collect()
    };
    assert_eq!(
        lines(&heads[0]),
        [
            format!("List-Unsubscribe: <{address}>"),
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()
        ]
    );
    assert_eq!(
        lines(&heads[1]),
        ["List-Unsubscribe: <http://10.0.0.7:8080/c/yunliang/unsubscribe/abc>"]
    );
    assert_eq!(lines(&heads[2]), Vec::<String>::new());
}

#[tokio::test]
async fn only_a_refused_recipient_says_that_the_address_is_bad() {
    let server = SmtpServer::start().await;
    let channel = channel(&server);
    for (point, bad) in [
        (Point::Mail, false),
        (Point::Rcpt, true),
        (Point::Data, false),
        (Point::FinalDot, false),
    ] {
        server.misbehave_once(point, Fault::Permanent);
        let outcome = channel.send(&message()).await;
        let SendOutcome::Rejected { bad_address, .. } = outcome else {
            panic!("{point:?}: {outcome:?}");
        };
        assert_eq!(bad_address, bad, "{point:?}");
    }
}

#[tokio::test]
async fn the_log_of_attempts_gets_no_address() {
    let server = SmtpServer::start().await;
    server.misbehave(Point::Rcpt, Fault::Permanent);
    let SendOutcome::Rejected { reason, bad_address } = channel(&server).send(&message()).await else {
        panic!("the server refuses the recipient");
    };
    assert!(reason.starts_with("550 "), "{reason}");
    assert!(bad_address, "it is the recipient that was refused");
    let shown = format!("{:?}", message());
    assert!(
        !shown.contains("guihua") && !shown.contains("瑜伽") && !shown.contains("活动室"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_encrypting_relay_gets_the_login_and_the_mail_only_under_tls() {
    for (encryption, tls) in [
        (Encryption::StartTls, Tls::StartTls),
        (Encryption::Implicit, Tls::Implicit),
    ] {
        let login = Some(("xianglao".to_owned(), "一个密码".to_owned()));
        let server = SmtpServer::start_with(Options {
            encryption,
            login,
            ..Options::default()
        })
        .await;
        let channel = EmailChannel::new(encrypted(&server, tls)).unwrap();
        let outcome = channel.send(&message()).await;
        assert_eq!(class(&outcome), Class::Sent, "{tls:?}: {outcome:?}");
        let received = server.wait_for(1).await.remove(0);
        assert!(received.encrypted);
        assert_eq!(received.user.as_deref(), Some("xianglao"));
        assert_eq!(received.subject(), message().subject);
    }
}

#[tokio::test]
async fn a_relay_that_cannot_be_trusted_gets_nothing() {
    let server = SmtpServer::start_with(Options {
        encryption: Encryption::StartTls,
        ..Options::default()
    })
    .await;
    let mut stranger = encrypted(&server, Tls::StartTls);
    stranger.extra_root_pem = None;
    let outcome = EmailChannel::new(stranger).unwrap().send(&message()).await;
    assert_eq!(class(&outcome), Class::Retry, "{outcome:?}");

    let plain = SmtpServer::start().await;
    let mut demanding = settings(&plain);
    demanding.tls = Tls::StartTls;
    let outcome = EmailChannel::new(demanding).unwrap().send(&message()).await;
    assert_eq!(class(&outcome), Class::Retry, "a stripped STARTTLS: {outcome:?}");
    assert!(server.messages().is_empty() && plain.messages().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_the_offices_trouble_and_not_the_messages() {
    let server = SmtpServer::start_with(Options {
        encryption: Encryption::None,
        login: Some(("xianglao".to_owned(), "right".to_owned())),
        ..Options::default()
    })
    .await;
    let mut wrong = settings(&server);
    wrong.username = Some("xianglao".to_owned());
    wrong.password = Some(Secret::from("wrong".to_owned()));
    assert!(!format!("{wrong:?}").contains("wrong"));
    let without_login = channel(&server).send(&message()).await;
    let channel = EmailChannel::new(wrong).unwrap();
    let with_wrong_login = channel.send(&message()).await;
    assert_eq!(
        (class(&without_login), class(&with_wrong_login)),
        (Class::Retry, Class::Retry)
    );
    let problem = channel.probe().await.unwrap_err();
    assert!(problem.to_string().contains("535"), "{problem}");
}

#[tokio::test]
async fn a_probe_tells_the_servers_name_and_leaves_no_message() {
    let server = SmtpServer::start().await;
    assert_eq!(channel(&server).probe().await.unwrap(), "localhost");
    assert!(server.messages().is_empty());

    server.misbehave(Point::Banner, Fault::Stall);
    let problem = impatient(&server).probe().await.unwrap_err().to_string();
    assert!(
        problem.contains("127.0.0.1") && problem.contains("greeting"),
        "{problem}"
    );
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let relay = |change: fn(&mut SmtpSettings)| {
        let mut settings = SmtpSettings::new("relay.example.org", 25, "noreply@example.org");
        change(&mut settings);
        EmailChannel::new(settings).err()
    };
    assert!(relay(|_| ()).is_none());
    assert!(matches!(
        relay(|s| s.from = "nobody".to_owned()),
        Some(SettingsError::From { .. })
    ));
    let half = relay(|s| s.username = Some("xianglao".to_owned()));
    assert!(matches!(half, Some(SettingsError::HalfLogin)));
    let in_clear = relay(|s| {
        s.tls = Tls::None;
        s.username = Some("xianglao".to_owned());
        s.password = Some(Secret::from("secret".to_owned()));
    });
    assert!(matches!(in_clear, Some(SettingsError::CleartextPassword { .. })));
}

#[tokio::test]
async fn the_written_settings_lead_to_the_relay() {
    let server = SmtpServer::start().await;
    let written = config::SmtpSettings {
        host: "localhost".to_owned(),
        port: server.port(),
        tls: config::SmtpTls::None,
        ..config::SmtpSettings::default()
    };
    let settings = SmtpSettings::from(&written);
    assert_eq!(settings.timeouts, Timeouts::default());
    assert_eq!((settings.username.as_ref(), settings.password.as_ref()), (None, None));
    let outcome = EmailChannel::new(settings).unwrap().send(&message()).await;
    assert_eq!(class(&outcome), Class::Sent);
}
