//! The page of channels: added, tried, changed, turned off and removed, on both databases, with servers in the place of robots and gateways.

use entities::{audit, channel_account as row};
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use xianglao::config::SmtpTls;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::channel::ChannelKind;
use xianglao::services::channel::Route;
use xianglao::services::channel_account;
use xianglao::storage::notification::robots;

use crate::support::app::{Client, TestApp, location};
use crate::support::planner::text;
use crate::support::sink::{Reply, Sink};
use crate::support::smtp::{Fault, Point, SmtpServer};

const PAGE: &str = "/staff/notifications/channels";

/// Runs a body on both databases, with a server that the operator allowed.
macro_rules! on_both_with_sink {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            async fn run(app: TestApp, sink: Sink) {
                with(app, sink, $body).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                let sink = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
                let allow = vec![sink.host()];
                run(
                    TestApp::sqlite_with(|settings| settings.outgoing.allow = allow).await,
                    sink,
                )
                .await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let sink = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
                let allow = vec![sink.host()];
                run(
                    TestApp::postgres_with(|settings| settings.outgoing.allow = allow).await,
                    sink,
                )
                .await;
            }
        }
    };
}

async fn with(app: TestApp, sink: Sink, body: impl AsyncFnOnce(TestApp, Sink)) {
    body(app, sink).await;
}

async fn rows(app: &TestApp) -> Vec<row::Model> {
    row::Entity::find().all(app.db()).await.unwrap()
}

async fn make(staff: &Client, kind: &str, fields: &[(&str, &str)]) {
    let made = staff.submit(&format!("{PAGE}?kind={kind}"), fields).await;
    let status = made.status();
    if status == StatusCode::SEE_OTHER {
        assert_eq!(location(&made), format!("{PAGE}?done=made"));
    } else {
        panic!("{status}: {}", made.text().await.unwrap());
    }
}

on_both_with_sink!(
    a_robot_is_added_tried_changed_turned_off_and_removed,
    async |app: TestApp, sink: Sink| {
        let home = app.seed_basic().await.yunliang;
        let staff = app.client_as(Role::Staff).await;
        assert!(
            staff
                .page("/staff/notifications")
                .await
                .contains(&format!("href=\"{PAGE}\""))
        );
        assert!(staff.page(PAGE).await.contains("还没有机器人"));
        assert!(
            staff
                .page(&format!("{PAGE}/new?kind=dingtalk"))
                .await
                .contains("加签密钥")
        );
        let url = sink.url("/robot/send?access_token=geheimtoken9876");
        let fields = [
            ("name", "网格员群"),
            ("url", &url),
            ("secret", "SECgeheim4321"),
            ("keyword", ""),
        ];
        make(&staff, "dingtalk", &fields).await;
        let row = rows(&app).await.remove(0);
        let sealed = String::from_utf8_lossy(&row.settings_sealed).into_owned();
        assert!(!sealed.contains("geheim"), "sealed");

        // Tried: it arrives, signed, and the page says so.
        let test = format!("{PAGE}/{}/test", row.id);
        let page = text(staff.submit(&test, &[]).await, StatusCode::OK).await;
        assert!(page.contains("发出去了，请看一下有没有收到"), "{page}");
        let got = sink.got().remove(0);
        assert!(got.query().contains_key("sign") && got.json()["text"]["content"].as_str().unwrap().contains("试发"));
        assert!(staff.page(PAGE).await.contains("在用"));

        // What goes wrong is said in words, kept, and nothing secret is in it.
        for (reply, said) in [
            (Reply::ok(r#"{"errcode":"0"}"#), "没有说成没成"),
            (
                Reply::ok(r#"{"errcode":310000,"errmsg":"sign not match"}"#),
                "安全设置里的密钥",
            ),
            (Reply::Redirect("http://169.254.169.254/".to_owned()), "别的地址"),
        ] {
            sink.answer_once(reply);
            let page = text(staff.submit(&test, &[]).await, StatusCode::OK).await;
            assert!(page.contains("没发出去") && page.contains(said), "{said}: {page}");
            let page = staff.page(PAGE).await;
            assert!(page.contains(said) && page.contains("上一条没发出去"), "{page}");
            assert!(!page.contains("geheim"), "{page}");
        }

        // Secrets are not shown again, and stay what they were when nothing is typed.
        let edit = format!("{PAGE}/{}", row.id);
        let page = staff.page(&edit).await;
        assert!(
            page.contains("••••4321") && page.contains("••••9876") && !page.contains("geheim"),
            "{page}"
        );
        let saved = staff
            .submit(
                &edit,
                &[("name", "社工群"), ("url", ""), ("secret", ""), ("keyword", "享老")],
            )
            .await;
        assert_eq!(location(&saved), format!("{PAGE}?done=saved"));
        let route = channel_account::route(&app.ctx, home, ChannelKind::Robot, Some(row.id))
            .await
            .unwrap();
        let Some(Route::Robot(robot)) = route else {
            panic!("{route:?}")
        };
        assert_eq!((robot.url.reveal(), robot.keyword.as_str()), (url.as_str(), "享老"));
        assert_eq!(robot.secret.unwrap().reveal(), "SECgeheim4321");
        assert_eq!(robots(app.db(), home).await.unwrap().len(), 1);

        // Turned off, nothing leaves over it.
        staff.submit(&format!("{edit}/turn"), &[("on", "0")]).await;
        let route = channel_account::route(&app.ctx, home, ChannelKind::Robot, Some(row.id))
            .await
            .unwrap();
        assert!(route.is_none() && robots(app.db(), home).await.unwrap().is_empty());
        let page = staff.page(&format!("{edit}/remove")).await;
        assert!(page.contains("找不回来") && page.contains("社工群"));
        staff.submit(&format!("{edit}/remove"), &[]).await;
        assert!(rows(&app).await.is_empty());
        assert_eq!(staff.get(&edit).await.status(), StatusCode::NOT_FOUND);
        let audited = audit::Entity::find().all(app.db()).await.unwrap();
        let acts: Vec<&str> = audited.iter().map(|row| row.action.as_str()).collect();
        for act in [
            "channel_made",
            "channel_tried",
            "channel_changed",
            "channel_turned",
            "channel_removed",
        ] {
            assert!(acts.contains(&act), "{act} in {acts:?}");
        }
        assert!(audited.iter().all(|row| !row.detail.contains("geheim")));
    }
);

on_both_with_sink!(
    a_bad_address_is_refused_and_nothing_typed_is_lost,
    async |app: TestApp, sink: Sink| {
        let staff = app.client_as(Role::Staff).await;
        for (kind, url, said) in [
            ("wecom", "http://127.0.0.1:9/x?key=1", "内部网络"),
            ("wecom", "https://169.254.169.254/latest", "内部网络"),
            (
                "wecom",
                "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
                "https://",
            ),
            (
                "wecom",
                "https://example.org/cgi-bin/webhook/send?key=1",
                "qyapi.weixin.qq.com",
            ),
            ("feishu", "https://open.feishu.cn/open-apis/", "完整地址"),
            ("dingtalk", "机器人", "完整的地址"),
            ("dingtalk", "", "没有它发不出去"),
            ("gateway", "http://192.168.1.9/send", "内部网络"),
        ] {
            let fields = [
                ("name", "我的群"),
                ("url", url),
                ("body", r#"{"a":"{phone}","b":"{text}"}"#),
                ("format", "json"),
            ];
            let refused = staff.submit(&format!("{PAGE}?kind={kind}"), &fields).await;
            let page = text(refused, StatusCode::UNPROCESSABLE_ENTITY).await;
            assert!(page.contains(said), "{url}: {page}");
            assert!(page.contains("我的群"), "kept: {page}");
        }
        let unknown = staff.submit(&format!("{PAGE}?kind=pigeon"), &[]).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        assert!(rows(&app).await.is_empty());
        assert_eq!(sink.connections(), 0);
    }
);

on_both_with_sink!(
    text_messages_have_one_account_in_use,
    async |app: TestApp, sink: Sink| {
        let home = app.seed_basic().await.yunliang;
        let staff = app.client_as(Role::Staff).await;
        let endpoint = sink.url("/");
        let aliyun = [
            ("name", "街道短信"),
            ("key_id", "LTAIgeheim11"),
            ("key_secret", "geheimgeheim22"),
            ("sign", "【运粮社区】"),
            ("endpoint", &endpoint),
            ("code_cancelled", "SMS_1"),
            ("order_cancelled", "xm=姓名、title"),
        ];
        let wrong: Vec<(&str, &str)> = aliyun
            .iter()
            .map(|(name, value)| match *name {
                "order_cancelled" => (*name, "姓名, 价格"),
                "sign" => (*name, "运"),
                _ => (*name, *value),
            })
            .collect();
        let page = text(
            staff.submit(&format!("{PAGE}?kind=aliyun"), &wrong).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
        assert!(
            page.contains("没有叫“价格”的变量") && page.contains("2 到 16 个字"),
            "{page}"
        );
        make(&staff, "aliyun", &aliyun).await;
        let url = sink.url("/send");
        let gateway = [
            ("name", "短信机"),
            ("url", url.as_str()),
            ("method", "POST"),
            ("format", "json"),
            ("body", r#"{"to":"{phone}","text":"{text}","key":"{secret}"}"#),
            ("secret", "geheimgateway"),
            ("pointer", "code"),
            ("expected", "0"),
        ];
        make(&staff, "gateway", &gateway).await;
        let all = rows(&app).await;
        let id_of = |kind: &str| all.iter().find(|row| row.kind == kind).unwrap().id;
        let on: Vec<&str> = all
            .iter()
            .filter(|row| row.enabled)
            .map(|row| row.kind.as_str())
            .collect();
        assert_eq!(on, ["gateway"], "the newer one is in use");

        sink.answer(Reply::ok(r#"{"code":0,"Code":"OK"}"#));
        let test = format!("{PAGE}/{}/test", id_of("gateway"));
        for (to, said) in [("", "手机"), ("abc", "abc"), ("0374-1234567", "座机")] {
            let page = text(
                staff.submit(&test, &[("to", to)]).await,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await;
            assert!(page.contains(said), "{to}: {page}");
        }
        let page = text(staff.submit(&test, &[("to", "139 0000 6621")]).await, StatusCode::OK).await;
        assert!(page.contains("发出去了"), "{page}");
        let got = sink.got().remove(0);
        assert_eq!(got.json()["to"], "13900006621");
        assert_eq!(got.json()["key"], "geheimgateway");

        let turned = format!("{PAGE}/{}/turn", id_of("aliyun"));
        staff.submit(&turned, &[("on", "1")]).await;
        let route = channel_account::route(&app.ctx, home, ChannelKind::Sms, None)
            .await
            .unwrap();
        assert!(
            matches!(&route, Some(Route::Sms(account)) if account.id == id_of("aliyun")),
            "{route:?}"
        );
        assert!(!format!("{route:?}").contains("geheim"), "{route:?}");
        let test = format!("{PAGE}/{}/test", id_of("aliyun"));
        let page = text(staff.submit(&test, &[("to", "13900006621")]).await, StatusCode::OK).await;
        assert!(page.contains("发出去了"), "{page}");
        assert_eq!(
            sink.got()[1].query()["TemplateParam"],
            r#"{"title":"椅子瑜伽","xm":"王秀兰"}"#
        );
    }
);

on_both_with_sink!(
    a_robot_is_not_used_more_often_than_it_may,
    async |app: TestApp, sink: Sink| {
        let home = app.seed_basic().await.yunliang;
        let staff = app.client_as(Role::Staff).await;
        let url = sink.url("/cgi-bin/webhook/send?key=k1234567");
        make(&staff, "wecom", &[("name", "群"), ("url", &url)]).await;
        let test = format!("{PAGE}/{}/test", rows(&app).await[0].id);
        for _ in 0..5 {
            assert_eq!(staff.submit(&test, &[]).await.status(), StatusCode::OK);
        }
        let page = text(staff.submit(&test, &[]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(page.contains("请等 4 秒"), "{page}");
        assert_eq!(sink.got().len(), 5);
        app.clock.advance(jiff::SignedDuration::from_secs(4));
        assert_eq!(staff.submit(&test, &[]).await.status(), StatusCode::OK);
        // Nobody without the right gets at it, whatever the page does.
        let refused = channel_account::list(&app.ctx, &Actor::Public, home).await;
        assert!(refused.is_err());
    }
);

#[tokio::test]
async fn mail_is_tried_from_the_page_too() {
    let relay = SmtpServer::start().await;
    let port = relay.port();
    let app = TestApp::sqlite_with(|settings| {
        "127.0.0.1".clone_into(&mut settings.smtp.host);
        settings.smtp.port = port;
        settings.smtp.tls = SmtpTls::None;
    })
    .await;
    let staff = app.client_as(Role::Staff).await;
    assert!(staff.page(PAGE).await.contains("邮件服务器 127.0.0.1"));
    let test = format!("{PAGE}/mail/test");
    let wrong = text(
        staff.submit(&test, &[("to", "nobody")]).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(wrong.contains("这不像邮箱地址：nobody"), "{wrong}");
    let page = text(staff.submit(&test, &[("to", "li@example.com")]).await, StatusCode::OK).await;
    assert!(page.contains("发出去了"), "{page}");
    assert_eq!(relay.wait_for(1).await[0].to, ["li@example.com"]);
    relay.misbehave(Point::Mail, Fault::Transient);
    let page = text(staff.submit(&test, &[("to", "li@example.com")]).await, StatusCode::OK).await;
    assert!(page.contains("没发出去，可以再试"), "{page}");
}
