//! An account as somebody types it, and what may be shown of it again. A secret that is left empty stays what it was.

use std::collections::BTreeMap;

use super::reading::Reading;
use super::settings::{Provider, Stored, tail};
use crate::config::Secret;
use crate::domain::channel_account::AccountKind;
use crate::services::Result;
use crate::services::checks::Checks;

/// Longest name of an account, characters.
const NAME_CHARS: usize = 40;

/// An account as typed. Fields that its kind does not have are left alone. It has no Debug: some of it is secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// Whether it is in use; when nothing is said, a new one is, and another stays as it is.
    pub enabled: Option<bool>,
    /// Address of a robot or a gateway.
    pub url: String,
    /// What a robot signs with; a gateway's password.
    pub secret: String,
    /// A robot's keyword.
    pub keyword: String,
    /// `AccessKey` id, `SecretId`.
    pub key_id: String,
    /// `AccessKey` secret, `SecretKey`.
    pub key_secret: String,
    /// `SmsSdkAppId`.
    pub app_id: String,
    /// Region.
    pub region: String,
    /// Address of a provider's interface; empty: the usual one.
    pub endpoint: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Headers, one `Name: value` a line.
    pub headers: String,
    /// `json` or `form`.
    pub format: String,
    /// Body.
    pub body: String,
    /// Where the answer says how it went.
    pub pointer: String,
    /// What must stand there.
    pub expected: String,
    /// Signature.
    pub sign: String,
    /// By the name of an event: the provider's template, and what it is filled with.
    pub templates: BTreeMap<String, (String, String)>,
}

/// What may be shown of an account's secrets while it is edited; an empty text where there is none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Address of a robot: its host and the end of its key.
    pub url: String,
    /// What it signs with.
    pub secret: String,
    /// `AccessKey` id.
    pub key_id: String,
    /// `AccessKey` secret.
    pub key_secret: String,
}

impl Draft {
    /// What stands in the form when an account is opened for editing: everything but its secrets, and what may be shown of those.
    pub(super) fn of(name: &str, stored: &Stored) -> (Self, Kept) {
        let mut draft = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let mut kept = Kept::default();
        let shown = |secret: &Secret| match secret.reveal() {
            "" => String::new(),
            secret => tail(secret),
        };
        match stored {
            Stored::Robot { url, secret, keyword } => {
                let host = url::Url::parse(url.reveal()).ok();
                let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
                kept.url = format!("{host}/{}", tail(url.reveal()));
                kept.secret = shown(secret);
                draft.keyword.clone_from(keyword);
            }
            Stored::Sms {
                provider,
                sign,
                templates,
            } => {
                draft.sign.clone_from(sign);
                draft.templates = templates
                    .iter()
                    .map(|(event, template)| {
                        let order: Vec<String> = template
                            .variables
                            .iter()
                            .map(|(theirs, ours)| {
                                if theirs == ours {
                                    ours.clone()
                                } else {
                                    format!("{theirs}={ours}")
                                }
                            })
                            .collect();
                        (event.clone(), (template.code.clone(), order.join(", ")))
                    })
                    .collect();
                draft.fill_provider(provider, &mut kept, &shown);
            }
        }
        (draft, kept)
    }

    fn fill_provider(&mut self, provider: &Provider, kept: &mut Kept, shown: &dyn Fn(&Secret) -> String) {
        match provider {
            Provider::Aliyun {
                key_id,
                key_secret,
                endpoint,
            } => {
                (kept.key_id, kept.key_secret) = (shown(key_id), shown(key_secret));
                self.endpoint.clone_from(endpoint);
            }
            Provider::Tencent {
                key_id,
                key_secret,
                app_id,
                region,
                endpoint,
            } => {
                (kept.key_id, kept.key_secret) = (shown(key_id), shown(key_secret));
                self.app_id.clone_from(app_id);
                self.region.clone_from(region);
                self.endpoint.clone_from(endpoint);
            }
            Provider::Gateway {
                method,
                url,
                headers,
                format,
                body,
                secret,
                pointer,
                expected,
            } => {
                kept.secret = shown(secret);
                self.method.clone_from(method);
                self.url.clone_from(url);
                let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                self.headers = lines.join("\n");
                self.format.clone_from(format);
                self.body.clone_from(body);
                self.pointer.clone_from(pointer);
                self.expected.clone_from(expected);
            }
        }
    }

    /// Reads it: the name and what is to be sealed. `before` is what the account had.
    ///
    /// # Errors
    /// [`crate::services::Error::Invalid`] with everything that is wrong.
    pub(super) fn read(
        &self,
        kind: AccountKind,
        before: Option<&Stored>,
        allow: &[String],
    ) -> Result<(String, Stored)> {
        let mut reading = Reading {
            draft: self,
            before,
            allow,
            checks: Checks::new(),
        };
        let name = reading.checks.required_line("name", &self.name, NAME_CHARS);
        let stored = reading.stored(kind);
        reading.checks.finish()?;
        Ok((name, stored))
    }
}
