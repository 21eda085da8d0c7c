//! A gateway of one's own choice: address, headers and body are templates that the community filled in.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::filled;
use crate::domain::sms::{Format, fill, fill_plain, gateway_verdict, national};
use crate::notify::http::{Ask, Http};
use crate::notify::outcome::{outcome, rejected};
use crate::services::channel::{Outgoing, Provider, SendOutcome, SmsAccount};
use crate::services::outgoing::Target;

/// Makes one try.
pub async fn send(http: &Http, account: &SmsAccount, message: &Outgoing) -> SendOutcome {
    let Provider::Gateway {
        method,
        url,
        headers,
        format,
        body,
        secret,
        pointer,
        expected,
    } = &account.provider
    else {
        return rejected(message.lang, "sms-account", "");
    };
    // A gateway that wants templates of its own gets their code; others need none.
    let code = match account.template(message.event) {
        Some(_) => match filled(account, message) {
            Ok((template, _)) => template.code.as_str(),
            Err(refused) => return refused,
        },
        None => "",
    };
    let id = message.delivery_id.to_string();
    let values = [
        ("phone", national(&message.to)),
        ("e164", message.to.as_str()),
        ("text", message.text.as_str()),
        ("sign", account.sign.as_str()),
        ("code", code),
        ("secret", secret.reveal()),
        ("id", id.as_str()),
    ];
    let format = Provider::format(format);
    let is_get = method == "GET";
    let read = (|| {
        let url = fill(url, Format::Form, &values).ok()?;
        let body = if is_get {
            String::new()
        } else {
            fill(body, format, &values).ok()?
        };
        let mut all = HeaderMap::new();
        if !is_get {
            let kind = match format {
                Format::Json => "application/json; charset=utf-8",
                Format::Form => "application/x-www-form-urlencoded",
            };
            all.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in headers {
            // A line end, with which one could break out of a header, is refused here.
            let mut value = HeaderValue::from_str(&fill_plain(value, &values).ok()?).ok()?;
            value.set_sensitive(true);
            all.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
        }
        Some((url, body, all))
    })();
    let Some((url, body, headers)) = read else {
        return rejected(message.lang, "sms-template-broken", "");
    };
    let expected: Option<Value> = serde_json::from_str(expected).ok();
    let ask = Ask {
        target: Target::Gateway,
        url,
        method: if is_get { Method::GET } else { Method::POST },
        headers,
        body: body.into_bytes(),
    };
    outcome(message.lang, http.ask(ask).await, |body| {
        let success = expected.as_ref().filter(|_| !pointer.is_empty());
        gateway_verdict(body, success.map(|expected| (pointer.as_str(), expected)))
    })
}
