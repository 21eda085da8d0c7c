//! Alibaba Cloud: `SendSms` of 2017-05-25 with the third version of its signature (ACS3-HMAC-SHA256).

use jiff::Timestamp;
use rand::Rng as _;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{filled, hmac, sha256_hex};
use crate::domain::sms::{self, national, percent};
use crate::domain::text::hex;
use crate::notify::http::{Ask, Http};
use crate::notify::outcome::{outcome, rejected};
use crate::services::channel::{Outgoing, Provider, SendOutcome, SmsAccount};
use crate::services::outgoing::Target;

/// A request that is signed: parameters in the address, nothing in the body.
struct Signed<'a> {
    host: &'a str,
    action: &'a str,
    version: &'a str,
    /// UTC, whole seconds; taken within 15 minutes.
    date: &'a str,
    nonce: &'a str,
    query: &'a str,
}

impl Signed<'_> {
    fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
    }

    fn signature(&self, secret: &str) -> String {
        let headers = self.headers();
        let lines = headers
            .iter()
            .fold(String::new(), |lines, (name, value)| lines + name + ":" + value + "\n");
        let names = names(&headers);
        let canonical = format!("POST\n/\n{}\n{lines}\n{names}\n{}", self.query, sha256_hex(b""));
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
        hex(&hmac(secret.as_bytes(), &to_sign))
    }
}

fn names(headers: &[(&'static str, String)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    names.join(";")
}

/// Parameters in the order of their names, percent-encoded.
fn query(parameters: &mut [(&str, String)]) -> String {
    parameters.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

/// Makes one try.
pub async fn send(http: &Http, account: &SmsAccount, message: &Outgoing, now: Timestamp) -> SendOutcome {
    let Provider::Aliyun {
        key_id,
        key_secret,
        endpoint,
    } = &account.provider
    else {
        return rejected(message.lang, "sms-account", "");
    };
    let (template, values) = match filled(account, message) {
        Ok(filled) => filled,
        Err(refused) => return refused,
    };
    let values: serde_json::Map<String, Value> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    let mut parameters = vec![
        ("OutId", message.delivery_id.to_string()),
        ("PhoneNumbers", national(&message.to).to_owned()),
        ("SignName", account.sign.clone()),
        ("TemplateCode", template.code.clone()),
    ];
    if !values.is_empty() {
        parameters.push(("TemplateParam", Value::Object(values).to_string()));
    }
    let query = query(&mut parameters);
    let Some(mut url) = Url::parse(endpoint).ok().filter(Url::has_host) else {
        return rejected(message.lang, "channel-url-unreadable", "");
    };
    let host = authority(&url);
    url.set_path("/");
    url.set_query(Some(&query));
    let mut nonce = [0; 16];
    rand::rng().fill_bytes(&mut nonce);
    let signed = Signed {
        host: &host,
        action: "SendSms",
        version: "2017-05-25",
        date: &now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        nonce: &hex(&nonce),
        query: &query,
    };
    let all = signed.headers();
    let authorization = format!(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}",
        key_id.reveal(),
        names(&all),
        signed.signature(key_secret.reveal())
    );
    let mut headers = HeaderMap::new();
    // The client writes Host itself, from the address.
    for (name, value) in &all[1..] {
        let Ok(value) = HeaderValue::from_str(value) else {
            return rejected(message.lang, "sms-account", "");
        };
        headers.insert(HeaderName::from_static(name), value);
    }
    let Ok(authorization) = HeaderValue::from_str(&authorization) else {
        return rejected(message.lang, "sms-key", "");
    };
    headers.insert(AUTHORIZATION, authorization);
    let ask = Ask {
        target: Target::Provider(".aliyuncs.com"),
        url: url.into(),
        method: Method::POST,
        headers,
        body: Vec::new(),
    };
    outcome(message.lang, http.ask(ask).await, sms::aliyun)
}

/// Host and, where it is not the usual one, port: what the client sends as Host.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_published_ones() {
        for (date, nonce, signature) in [
            (
                "2023-10-26T10:22:32Z",
                "3156853299f313e23d1673dc12e1703d",
                "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
            ),
            (
                "2023-10-26T09:01:01Z",
                "d410180a5abf7fe235dd9b74aca91fc0",
                "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
            ),
        ] {
            let query = query(&mut [
                ("RegionId", "cn-shanghai".to_owned()),
                (
                    "ImageId",
                    "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd".to_owned(),
                ),
            ]);
            let signed = Signed {
                host: "ecs.cn-shanghai.aliyuncs.com",
                action: "RunInstances",
                version: "2014-05-26",
                date,
                nonce,
                query: &query,
            };
            assert_eq!(signed.signature("YourAccessKeySecret"), signature);
        }
    }
}
