//! Tencent Cloud: `SendSms` of 2021-01-11 with the third version of its signature (TC3-HMAC-SHA256).

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use url::Url;

use super::aliyun::authority;
use super::{filled, hmac, sha256_hex};
use crate::domain::sms;
use crate::domain::text::hex;
use crate::notify::http::{Ask, Http};
use crate::notify::outcome::{outcome, rejected};
use crate::services::channel::{Outgoing, Provider, SendOutcome, SmsAccount};
use crate::services::outgoing::Target;

const CONTENT: &str = "application/json; charset=utf-8";
const ACTION: &str = "SendSms";

/// A request that is signed: JSON, posted to the root.
struct Signed<'a> {
    service: &'a str,
    host: &'a str,
    /// Signed when it is given.
    action: Option<&'a str>,
    /// The instant; taken within five minutes.
    at: Timestamp,
    payload: &'a str,
}

impl Signed<'_> {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", CONTENT.to_owned()), ("host", self.host.to_owned())];
        if let Some(action) = self.action {
            headers.push(("x-tc-action", action.to_ascii_lowercase()));
        }
        headers
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.headers().iter().map(|(name, _)| *name).collect();
        names.join(";")
    }

    /// Date, service and kind of request: what a key is good for.
    fn scope(&self) -> String {
        format!("{}/{}/tc3_request", self.date(), self.service)
    }

    fn date(&self) -> String {
        self.at.strftime("%Y-%m-%d").to_string()
    }

    fn signature(&self, secret: &str) -> String {
        let lines = self
            .headers()
            .iter()
            .fold(String::new(), |lines, (name, value)| lines + name + ":" + value + "\n");
        let canonical = format!(
            "POST\n/\n\n{lines}\n{}\n{}",
            self.names(),
            sha256_hex(self.payload.as_bytes())
        );
        let to_sign = format!(
            "TC3-HMAC-SHA256\n{}\n{}\n{}",
            self.at.as_second(),
            self.scope(),
            sha256_hex(canonical.as_bytes())
        );
        let key = hmac(format!("TC3{secret}").as_bytes(), &self.date());
        let key = hmac(&key, self.service);
        let key = hmac(&key, "tc3_request");
        hex(&hmac(&key, &to_sign))
    }
}

/// Makes one try.
pub async fn send(http: &Http, account: &SmsAccount, message: &Outgoing, now: Timestamp) -> SendOutcome {
    let Provider::Tencent {
        key_id,
        key_secret,
        app_id,
        region,
        endpoint,
    } = &account.provider
    else {
        return rejected(message.lang, "sms-account", "");
    };
    let (template, values) = match filled(account, message) {
        Ok(filled) => filled,
        Err(refused) => return refused,
    };
    let values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
    let payload = json!({
        "PhoneNumberSet": [message.to],
        "SmsSdkAppId": app_id,
        "SignName": account.sign,
        "TemplateId": template.code,
        "TemplateParamSet": values,
        "SessionContext": message.delivery_id.to_string(),
    })
    .to_string();
    let Some(url) = Url::parse(endpoint).ok().filter(Url::has_host) else {
        return rejected(message.lang, "channel-url-unreadable", "");
    };
    let signed = Signed {
        service: "sms",
        host: &authority(&url),
        action: Some(ACTION),
        at: now,
        payload: &payload,
    };
    let authorization = format!(
        "TC3-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
        key_id.reveal(),
        signed.scope(),
        signed.names(),
        signed.signature(key_secret.reveal())
    );
    let (Ok(authorization), Ok(region)) = (HeaderValue::from_str(&authorization), HeaderValue::from_str(region)) else {
        return rejected(message.lang, "sms-key", "");
    };
    let headers = HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (CONTENT_TYPE, HeaderValue::from_static(CONTENT)),
        (HeaderName::from_static("x-tc-action"), HeaderValue::from_static(ACTION)),
        (
            HeaderName::from_static("x-tc-version"),
            HeaderValue::from_static("2021-01-11"),
        ),
        (HeaderName::from_static("x-tc-region"), region),
        (
            HeaderName::from_static("x-tc-timestamp"),
            HeaderValue::from(now.as_second()),
        ),
    ]);
    let ask = Ask {
        target: Target::Provider(".tencentcloudapi.com"),
        url: url.into(),
        method: Method::POST,
        headers,
        body: payload.into_bytes(),
    };
    outcome(message.lang, http.ask(ask).await, sms::tencent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_published_ones() {
        let signed = Signed {
            service: "cvm",
            host: "cvm.tencentcloudapi.com",
            action: None,
            at: Timestamp::from_second(1_551_113_065).expect("an instant"),
            payload: r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#,
        };
        assert_eq!(signed.scope(), "2019-02-25/cvm/tc3_request");
        assert_eq!(
            signed.signature("Gu5t9xGARNpq86cd98joQYCN3*******"),
            "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
        );
        let with_action = Signed {
            action: Some("DescribeInstances"),
            ..signed
        };
        assert_eq!(
            with_action.signature(&"*".repeat(32)),
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
        );
    }
}
