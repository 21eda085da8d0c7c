//! Text messages over each provider, against a server in its place.

use std::collections::BTreeMap;

use uuid::Uuid;
use xianglao::config::Secret;
use xianglao::domain::notification::Event;
use xianglao::services::channel::{Channel, Provider, Route, SmsAccount, SmsTemplate};

use super::{class, courier, message, reason};
use crate::support::sink::{Reply, Sink};

const NUMBER: &str = "+8613900006621";

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn account(provider: Provider, code: &str) -> Route {
    let template = SmsTemplate {
        code: code.to_owned(),
        variables: vec![
            ("xm".to_owned(), "name".to_owned()),
            ("title".to_owned(), "title".to_owned()),
        ],
    };
    Route::Sms(SmsAccount {
        id: Uuid::from_u128(4),
        provider,
        sign: "运粮社区".to_owned(),
        templates: BTreeMap::from([("cancelled".to_owned(), template)]),
    })
}

fn aliyun(sink: &Sink) -> Route {
    let provider = Provider::Aliyun {
        key_id: secret("LTAItest"),
        key_secret: secret("aliyun-geheim"),
        endpoint: sink.url("/"),
    };
    account(provider, "SMS_1")
}

fn tencent(sink: &Sink) -> Route {
    let provider = Provider::Tencent {
        key_id: secret("AKIDtest"),
        key_secret: secret("tencent-geheim"),
        app_id: "1400006666".to_owned(),
        region: "ap-guangzhou".to_owned(),
        endpoint: sink.url("/"),
    };
    account(provider, "1110")
}

fn gateway(url: String, method: &str, format: &str, body: &str) -> Route {
    let provider = Provider::Gateway {
        method: method.to_owned(),
        url,
        headers: vec![("Authorization".to_owned(), "Bearer {secret}".to_owned())],
        format: format.to_owned(),
        body: body.to_owned(),
        secret: secret("gateway-geheim"),
        pointer: "/data/code".to_owned(),
        expected: "0".to_owned(),
    };
    account(provider, "T1")
}

#[tokio::test]
async fn alibaba_gets_a_signed_request_with_its_template_filled() {
    let sink = Sink::start(Reply::ok(r#"{"Code":"OK","Message":"OK","BizId":"1","RequestId":"2"}"#)).await;
    let outcome = courier(&[sink.host()]).send(&message(aliyun(&sink), NUMBER)).await;
    assert_eq!(class(&outcome), "sent", "{outcome:?}");
    let got = &sink.got()[0];
    let query = got.query();
    assert_eq!(got.method, "POST");
    assert_eq!(query["PhoneNumbers"], "13900006621");
    assert_eq!(query["SignName"], "运粮社区");
    assert_eq!(query["TemplateCode"], "SMS_1");
    assert_eq!(query["TemplateParam"], r#"{"title":"椅子瑜伽","xm":"王秀兰"}"#);
    assert_eq!(got.headers["x-acs-action"], "SendSms");
    assert_eq!(got.headers["x-acs-version"], "2017-05-25");
    assert_eq!(got.headers["host"], sink.host(), "what is signed is what is sent");
    let authorization = &got.headers["authorization"];
    assert!(
        authorization.starts_with("ACS3-HMAC-SHA256 Credential=LTAItest,SignedHeaders=host;x-acs-action;"),
        "{authorization}"
    );
    assert!(!format!("{got:?}").contains("geheim"));
}

#[tokio::test]
async fn tencent_gets_a_signed_request_with_its_template_filled() {
    let ok = r#"{"Response":{"SendStatusSet":[{"Code":"Ok","Message":"send success"}],"RequestId":"r"}}"#;
    let sink = Sink::start(Reply::ok(ok)).await;
    let outcome = courier(&[sink.host()]).send(&message(tencent(&sink), NUMBER)).await;
    assert_eq!(class(&outcome), "sent", "{outcome:?}");
    let got = &sink.got()[0];
    let body = got.json();
    assert_eq!(body["PhoneNumberSet"][0], NUMBER);
    assert_eq!(body["TemplateParamSet"], serde_json::json!(["王秀兰", "椅子瑜伽"]));
    assert_eq!(
        (body["TemplateId"].as_str(), body["SmsSdkAppId"].as_str()),
        (Some("1110"), Some("1400006666"))
    );
    assert_eq!(got.headers["x-tc-version"], "2021-01-11");
    assert!(got.headers["authorization"].contains("SignedHeaders=content-type;host;x-tc-action, Signature="));
}

#[tokio::test]
async fn a_gateway_gets_what_its_template_says() {
    let sink = Sink::start(Reply::ok(r#"{"data":{"code":0}}"#)).await;
    let courier = courier(&[sink.host()]);
    let json = gateway(
        sink.url("/send"),
        "POST",
        "json",
        r#"{"to":"{phone}","msg":"【{sign}】{text}","id":"{id}"}"#,
    );
    let mut hostile = message(json, NUMBER);
    hostile.text = "停课\",\"to\":\"1".to_owned();
    assert_eq!(class(&courier.send(&hostile).await), "sent");
    let form = gateway(
        sink.url("/send?u={e164}"),
        "POST",
        "form",
        "m={phone}&c={text}&p={secret}",
    );
    assert_eq!(class(&courier.send(&message(form, NUMBER)).await), "sent");
    let get = gateway(sink.url("/send?m={phone}&c={text}"), "GET", "form", "");
    assert_eq!(class(&courier.send(&message(get, NUMBER)).await), "sent");
    let got = sink.got();
    assert_eq!(got[0].json()["to"], "13900006621");
    assert_eq!(got[0].json()["msg"], "【运粮社区】停课\",\"to\":\"1");
    assert_eq!(got[0].headers["authorization"], "Bearer gateway-geheim");
    assert_eq!(got[1].query()["u"], NUMBER);
    assert!(got[1].body.starts_with("m=13900006621&c=%E6%98%8E"), "{}", got[1].body);
    assert_eq!(got[2].method, "GET");
    assert_eq!(got[2].query()["c"], "明天的椅子瑜伽不办了");
}

#[tokio::test]
async fn no_text_message_is_sent_twice_whatever_is_answered() {
    for (reply, meant, said) in [
        (Reply::ok(r#"{"Code":"isv.AMOUNT_NOT_ENOUGH"}"#), "rejected", "余额"),
        (Reply::ok(r#"{"Code":"isv.SMS_TEMPLATE_ILLEGAL"}"#), "rejected", "模板"),
        (Reply::ok(r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL"}"#), "retry", "太多"),
        (
            Reply::Body(400, r#"{"Code":"SignatureDoesNotMatch"}"#.to_owned()),
            "rejected",
            "密钥",
        ),
        (
            Reply::Body(500, r#"{"Code":"InternalError"}"#.to_owned()),
            "unknown",
            "500",
        ),
        (Reply::ok("<html>"), "rejected", "网页"),
        (Reply::ok(r#"{"Code":0}"#), "rejected", "没有说成没成"),
        (Reply::Endless(10 * 1024 * 1024), "rejected", "太长"),
        (Reply::DropBeforeAnswer, "unknown", "断了"),
        (Reply::DropMidBody, "unknown", "断了"),
        (Reply::Stall, "unknown", "没有回答"),
    ] {
        let sink = Sink::start(reply.clone()).await;
        let outcome = courier(&[sink.host()]).send(&message(aliyun(&sink), NUMBER)).await;
        assert_eq!(class(&outcome), meant, "{reply:?}: {outcome:?}");
        assert!(reason(&outcome).contains(said), "{reply:?}: {outcome:?}");
        let printed = format!("{outcome:?}");
        assert!(
            !printed.contains("geheim") && !printed.contains("13900006621"),
            "{printed}"
        );
        assert_eq!(sink.connections(), 1, "{reply:?}: asked once");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_not() {
    let sink = Sink::start(Reply::ok(r#"{"Code":"OK"}"#)).await;
    let courier = courier(&[sink.host()]);
    let mut other = message(aliyun(&sink), NUMBER);
    other.event = Event::Promoted;
    let outcome = courier.send(&other).await;
    assert!(
        class(&outcome) == "rejected" && reason(&outcome).contains("没有审核通过的模板"),
        "{outcome:?}"
    );
    let mut bare = message(aliyun(&sink), NUMBER);
    bare.variables.clear();
    let outcome = courier.send(&bare).await;
    assert!(
        class(&outcome) == "rejected" && reason(&outcome).contains("name"),
        "{outcome:?}"
    );
    let injected = gateway(sink.url("/send"), "POST", "form", "m={phone}&c={text}");
    let Route::Sms(mut account) = injected else {
        unreachable!()
    };
    if let Provider::Gateway { headers, .. } = &mut account.provider {
        *headers = vec![("X-Text".to_owned(), "{text}".to_owned())];
    }
    let mut hostile = message(Route::Sms(account), NUMBER);
    hostile.text = "a\r\nX-Evil: 1".to_owned();
    assert_eq!(class(&courier.send(&hostile).await), "rejected");
    assert_eq!(sink.connections(), 0);
}
