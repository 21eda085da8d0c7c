//! Text messages over a provider: Alibaba Cloud, Tencent Cloud, or any gateway that is spoken to in HTTP.

pub mod aliyun;
pub mod gateway;
pub mod tencent;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::http::Http;
use super::outcome::rejected;
use crate::domain::sms::variable;
use crate::domain::text::hex;
use crate::services::channel::{Outgoing, Provider, SendOutcome, SmsAccount, SmsTemplate};

/// Makes one try.
pub async fn send(http: &Http, account: &SmsAccount, message: &Outgoing, now: Timestamp) -> SendOutcome {
    match &account.provider {
        Provider::Aliyun { .. } => aliyun::send(http, account, message, now).await,
        Provider::Tencent { .. } => tencent::send(http, account, message, now).await,
        Provider::Gateway { .. } => gateway::send(http, account, message).await,
    }
}

/// A template with what its variables are filled with, by name.
type Filled<'a> = (&'a SmsTemplate, Vec<(&'a str, String)>);

/// The approved template for a message, and what its variables are filled with: their name at the provider, and the value.
fn filled<'a>(account: &'a SmsAccount, message: &Outgoing) -> Result<Filled<'a>, SendOutcome> {
    let template = account
        .template(message.event)
        .ok_or_else(|| rejected(message.lang, "sms-no-template", ""))?;
    let mut values = Vec::with_capacity(template.variables.len());
    for (theirs, ours) in &template.variables {
        let (_, value) = message
            .variables
            .iter()
            .find(|(name, _)| name == ours)
            .ok_or_else(|| rejected(message.lang, "sms-no-variable", ours))?;
        values.push((theirs.as_str(), variable(value)));
    }
    Ok((template, values))
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
