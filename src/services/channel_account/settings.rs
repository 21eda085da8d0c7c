//! What an account is opened with: in memory as secrets that print as `***`, in the database sealed, as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::config::Secret;
use crate::domain::notification::Event;
use crate::domain::robot::RobotKind;
use crate::domain::sms::Format;

/// A robot in a group of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Robot {
    /// The account.
    pub id: Uuid,
    /// Whose it is.
    pub kind: RobotKind,
    /// Its whole address; the key is part of it.
    pub url: Secret,
    /// What its messages are signed with; none where they are not.
    pub secret: Option<Secret>,
    /// The keyword without which it refuses a message; may be empty.
    pub keyword: String,
}

/// A contract with a provider of text messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsAccount {
    /// The account.
    pub id: Uuid,
    /// Which provider, and how it is opened.
    pub provider: Provider,
    /// The approved signature (签名), without 【】.
    pub sign: String,
    /// The approved templates by the name of their event ([`Event::as_str`]).
    pub templates: BTreeMap<String, SmsTemplate>,
}

impl SmsAccount {
    /// The approved template for an event.
    pub fn template(&self, event: Event) -> Option<&SmsTemplate> {
        self.templates.get(event.as_str())
    }
}

/// A template that a provider approved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsTemplate {
    /// The provider's name for it: `SMS_123456789`, `1234567`.
    pub code: String,
    /// What it is filled with: for each of its variables, in order, its name at the provider and ours.
    pub variables: Vec<(String, String)>,
}

/// Which provider, and how it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "provider")]
pub enum Provider {
    /// Alibaba Cloud.
    Aliyun {
        /// `AccessKey` id.
        #[serde(serialize_with = "plain")]
        key_id: Secret,
        /// `AccessKey` secret.
        #[serde(serialize_with = "plain")]
        key_secret: Secret,
        /// Address of the interface.
        endpoint: String,
    },
    /// Tencent Cloud.
    Tencent {
        /// `SecretId`.
        #[serde(serialize_with = "plain")]
        key_id: Secret,
        /// `SecretKey`.
        #[serde(serialize_with = "plain")]
        key_secret: Secret,
        /// `SmsSdkAppId`.
        app_id: String,
        /// Region: `ap-guangzhou`.
        region: String,
        /// Address of the interface.
        endpoint: String,
    },
    /// A gateway that is spoken to in HTTP.
    Gateway {
        /// `GET` or `POST`.
        method: String,
        /// Address, with placeholders.
        url: String,
        /// Headers, with placeholders.
        headers: Vec<(String, String)>,
        /// How the body is written: `json` or `form`.
        format: String,
        /// Body, with placeholders; empty for `GET`.
        body: String,
        /// What `{secret}` stands for; may be empty.
        #[serde(serialize_with = "plain")]
        secret: Secret,
        /// Where the answer says how it went (RFC 6901); empty: HTTP's word is enough.
        pointer: String,
        /// What must stand there, JSON.
        expected: String,
    },
}

impl Provider {
    /// How a gateway's body is written.
    pub fn format(name: &str) -> Format {
        name.parse().unwrap_or(Format::Form)
    }
}

/// What is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub(super) enum Stored {
    /// Of a robot.
    Robot {
        #[serde(serialize_with = "plain")]
        url: Secret,
        #[serde(serialize_with = "plain")]
        secret: Secret,
        #[serde(default)]
        keyword: String,
    },
    /// Of a provider.
    Sms {
        #[serde(flatten)]
        provider: Provider,
        sign: String,
        templates: BTreeMap<String, SmsTemplate>,
    },
}

/// Writes the plain value: what comes of it is sealed at once.
fn plain<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.reveal())
}

/// What may be shown of a secret: dots and the last four characters, where there are enough others.
pub fn tail(secret: &str) -> String {
    let count = secret.chars().count();
    if count < 8 {
        return "••••".to_owned();
    }
    let end: String = secret.chars().skip(count - 4).collect();
    format!("••••{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stored_and_not_printed() {
        let stored = Stored::Sms {
            provider: Provider::Aliyun {
                key_id: "LTAI5tTestKeyId".to_owned().into(),
                key_secret: "a-secret-key".to_owned().into(),
                endpoint: String::new(),
            },
            sign: "运粮社区".to_owned(),
            templates: BTreeMap::from([(
                "cancelled".to_owned(),
                SmsTemplate {
                    code: "SMS_1".to_owned(),
                    variables: vec![("name".to_owned(), "name".to_owned())],
                },
            )]),
        };
        let json = serde_json::to_string(&stored).expect("JSON");
        assert!(json.contains("a-secret-key"));
        assert_eq!(serde_json::from_str::<Stored>(&json).expect("read again"), stored);
        let printed = format!("{stored:?}");
        assert!(
            !printed.contains("a-secret-key") && !printed.contains("LTAI"),
            "{printed}"
        );
        assert_eq!(tail("SECabcdefgh1234"), "••••1234");
        assert_eq!(tail("short"), "••••");
    }
}
