//! How an account is read from what somebody typed: addresses that are really the provider's, templates that can be filled, keys.

use std::collections::BTreeMap;

use super::Draft;
use super::settings::{Provider, SmsTemplate, Stored};
use crate::config::Secret;
use crate::domain::channel_account::{AccountKind, SMS_EVENTS, sms_variable};
use crate::domain::sms::{FillError, Format, PLACEHOLDERS, fill, placeholders};
use crate::services::FieldError;
use crate::services::checks::Checks;
use crate::services::outgoing::{self, Target};

/// Longest secret and longest address, characters.
const SECRET_CHARS: usize = 500;
/// Longest template of a gateway, characters.
const BODY_CHARS: usize = 4_000;
/// Most headers a gateway is sent.
const HEADERS_MAX: usize = 10;
/// Where Alibaba Cloud's interface is unless somebody says otherwise.
const ALIYUN: &str = "https://dysmsapi.aliyuncs.com/";
/// The same for Tencent Cloud.
const TENCENT: &str = "https://sms.tencentcloudapi.com/";

/// An account that is being read, with everything that is wrong so far.
pub(super) struct Reading<'a> {
    pub draft: &'a Draft,
    /// What the account had.
    pub before: Option<&'a Stored>,
    /// Hosts that the operator allowed.
    pub allow: &'a [String],
    pub checks: Checks,
}

impl Reading<'_> {
    /// What is to be sealed.
    pub fn stored(&mut self, kind: AccountKind) -> Stored {
        if let Some(robot) = kind.robot() {
            let (old_url, old_secret) = match self.before {
                Some(Stored::Robot { url, secret, .. }) => (Some(url.clone()), Some(secret.clone())),
                _ => (None, None),
            };
            let url = self.secret("url", &self.draft.url, old_url, true);
            self.address("url", Target::Robot(robot), url.reveal());
            let secret = if robot.signs() {
                self.secret("secret", &self.draft.secret, old_secret, false)
            } else {
                Secret::default()
            };
            return Stored::Robot {
                url,
                secret,
                keyword: self.checks.line("keyword", &self.draft.keyword, 20),
            };
        }
        let provider = match kind {
            AccountKind::Aliyun => {
                let (key_id, key_secret) = self.keys();
                Provider::Aliyun {
                    key_id,
                    key_secret,
                    endpoint: self.endpoint(ALIYUN, Target::Provider(".aliyuncs.com")),
                }
            }
            AccountKind::Tencent => {
                let (key_id, key_secret) = self.keys();
                let app_id = self.checks.required_line("app_id", &self.draft.app_id, 20);
                let digits = app_id.bytes().all(|byte| byte.is_ascii_digit());
                self.checks.ensure(digits, "app_id", "channel-app-id", &app_id);
                let region = self.word("region", &self.draft.region, "ap-guangzhou");
                Provider::Tencent {
                    key_id,
                    key_secret,
                    app_id,
                    region,
                    endpoint: self.endpoint(TENCENT, Target::Provider(".tencentcloudapi.com")),
                }
            }
            _ => self.gateway(),
        };
        let wants_sign = !matches!(provider, Provider::Gateway { .. });
        let templates = self.templates(kind);
        self.checks.ensure(
            !wants_sign || !templates.is_empty(),
            "templates",
            "channel-templates-none",
            "",
        );
        Stored::Sms {
            sign: self.sign(wants_sign),
            templates,
            provider,
        }
    }

    /// A secret: what was typed, or what there was.
    fn secret(&mut self, field: &str, typed: &str, before: Option<Secret>, required: bool) -> Secret {
        let typed = typed.trim();
        if typed.is_empty() {
            let before = before.unwrap_or_default();
            self.checks.ensure(
                !required || !before.reveal().is_empty(),
                field,
                "channel-secret-empty",
                "",
            );
            return before;
        }
        // The value is not shown in the error: it is one.
        let fits = typed.chars().count() <= SECRET_CHARS && !typed.chars().any(|c| c.is_control() || c.is_whitespace());
        self.checks.ensure(fits, field, "channel-secret-form", "");
        Secret::from(typed.to_owned())
    }

    fn keys(&mut self) -> (Secret, Secret) {
        let (old_id, old_secret) = match self.before {
            Some(Stored::Sms {
                provider: Provider::Aliyun { key_id, key_secret, .. } | Provider::Tencent { key_id, key_secret, .. },
                ..
            }) => (Some(key_id.clone()), Some(key_secret.clone())),
            _ => (None, None),
        };
        (
            self.secret("key_id", &self.draft.key_id, old_id, true),
            self.secret("key_secret", &self.draft.key_secret, old_secret, true),
        )
    }

    fn address(&mut self, field: &str, target: Target, url: &str) {
        if url.is_empty() {
            return;
        }
        if let Err(error) = outgoing::check(self.allow, target, url) {
            let mut wrong = FieldError::new(field, error.code, error.shown);
            if let Target::Robot(kind) = target {
                wrong = wrong.with("host", kind.host());
            }
            self.checks.add(wrong);
        }
    }

    fn endpoint(&mut self, usual: &str, target: Target) -> String {
        let typed = self.draft.endpoint.trim();
        let endpoint = match typed {
            "" => usual.to_owned(),
            typed if typed.contains("://") => typed.to_owned(),
            host => format!("https://{host}/"),
        };
        self.address("endpoint", target, &endpoint);
        endpoint
    }

    /// A word of letters, digits and hyphens.
    fn word(&mut self, field: &str, typed: &str, usual: &str) -> String {
        let typed = match typed.trim() {
            "" => usual,
            typed => typed,
        };
        let fits = typed.len() <= 40 && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        self.checks.ensure(fits, field, "channel-word", typed);
        typed.to_owned()
    }

    /// 2 to 16 characters (both clouds' rule), without the brackets that the provider puts around it.
    fn sign(&mut self, required: bool) -> String {
        let typed = self.draft.sign.trim().trim_start_matches('【').trim_end_matches('】');
        let sign = self.checks.line("sign", typed, 60);
        let count = sign.chars().count();
        let fits = (2..=16).contains(&count) && !sign.contains(['【', '】', '¥', '★', '√', '※']);
        let fits = fits || (!required && count == 0);
        self.checks.ensure(fits, "sign", "channel-sign", typed);
        sign
    }

    fn templates(&mut self, kind: AccountKind) -> BTreeMap<String, SmsTemplate> {
        let mut templates = BTreeMap::new();
        for event in SMS_EVENTS {
            let name = event.as_str();
            let Some((code, order)) = self.draft.templates.get(name) else {
                continue;
            };
            let (code, order) = (code.trim(), order.trim());
            if code.is_empty() {
                self.checks
                    .ensure(order.is_empty(), &format!("code_{name}"), "channel-template-empty", "");
                continue;
            }
            let fits = match kind {
                AccountKind::Aliyun => code.starts_with("SMS_"),
                AccountKind::Tencent => code.bytes().all(|byte| byte.is_ascii_digit()),
                _ => true,
            };
            let plain = code.len() <= 40
                && code
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
            self.checks
                .ensure(fits && plain, &format!("code_{name}"), "channel-template-code", code);
            let variables = self.variables(&format!("order_{name}"), order);
            let code = code.to_owned();
            templates.insert(name.to_owned(), SmsTemplate { code, variables });
        }
        templates
    }

    /// `name, title` or, where the provider calls them something else, `xm=name, hd=title`.
    fn variables(&mut self, field: &str, order: &str) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        let parts = order.split([',', '，', '、', ';', '；', '\n']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let (theirs, ours) = part.split_once(['=', '＝']).unwrap_or((part, part));
            let (theirs, ours) = (theirs.trim(), ours.trim());
            let Some(known) = sms_variable(ours) else {
                self.checks.add(FieldError::new(field, "channel-variable", ours));
                continue;
            };
            let theirs = if theirs == ours { known } else { theirs };
            let plain = theirs.len() <= 20 && theirs.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            self.checks.ensure(plain, field, "channel-variable-theirs", theirs);
            variables.push((theirs.to_owned(), known.to_owned()));
        }
        variables
    }

    fn gateway(&mut self) -> Provider {
        let before = match self.before {
            Some(Stored::Sms {
                provider: Provider::Gateway { secret, .. },
                ..
            }) => Some(secret.clone()),
            _ => None,
        };
        let draft = self.draft;
        let method = if draft.method == "GET" { "GET" } else { "POST" };
        let format: Format = Provider::format(&draft.format);
        let url = draft.url.trim().to_owned();
        self.checks.ensure(!url.is_empty(), "url", "text-empty", "");
        self.checks
            .ensure(url.len() <= BODY_CHARS, "url", "channel-long", &BODY_CHARS);
        self.template("url", Format::Form, &url);
        // The host is no place for a placeholder: what is looked at must be what is asked.
        let host_end = url.find("://").map_or(0, |at| at + 3);
        let host = url[host_end..].split(['/', '?', '#']).next().unwrap_or_default();
        self.checks
            .ensure(!host.contains('{'), "url", "channel-url-braces", host);
        self.address("url", Target::Gateway, &url);
        let body = if method == "GET" {
            String::new()
        } else {
            draft.body.trim().to_owned()
        };
        self.checks
            .ensure(body.chars().count() <= BODY_CHARS, "body", "channel-long", &BODY_CHARS);
        if method == "POST" {
            self.template("body", format, &body);
        }
        let names: Vec<&str> = placeholders(&url).into_iter().chain(placeholders(&body)).collect();
        let has_number = names.contains(&"phone") || names.contains(&"e164");
        let has_text = names.contains(&"text") || names.contains(&"code");
        let place = if method == "GET" { "url" } else { "body" };
        self.checks
            .ensure(has_number && has_text, place, "channel-gateway-places", "");
        let headers = self.headers();
        let (pointer, expected) = self.success();
        Provider::Gateway {
            method: method.to_owned(),
            url,
            headers,
            format: format.as_str().to_owned(),
            body,
            secret: self.secret("secret", &draft.secret, before, false),
            pointer,
            expected,
        }
    }

    /// Whether a template can be filled.
    fn template(&mut self, field: &str, format: Format, template: &str) {
        let values = PLACEHOLDERS.map(|name| (name, "1"));
        match fill(template, format, &values) {
            Ok(_) => {}
            Err(FillError::Unknown(name)) => self
                .checks
                .add(FieldError::new(field, "channel-placeholder", name).with("known", PLACEHOLDERS.join(" "))),
            Err(FillError::NotJson) => self.checks.add(FieldError::new(field, "channel-body-json", template)),
        }
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        for line in self
            .draft
            .headers
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let Some((name, value)) = line.split_once([':', '：']) else {
                self.checks.add(FieldError::new("headers", "channel-header", line));
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let is_ours = ["host", "content-length", "connection", "transfer-encoding", "upgrade"]
                .iter()
                .any(|ours| name.eq_ignore_ascii_case(ours));
            let is_value = value.len() <= 1_000 && value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            self.checks
                .ensure(is_name && !is_ours && is_value, "headers", "channel-header", line);
            self.template("headers", Format::Form, value);
            headers.push((name.to_owned(), value.to_owned()));
        }
        self.checks.ensure(
            headers.len() <= HEADERS_MAX,
            "headers",
            "channel-headers-many",
            &HEADERS_MAX,
        );
        headers
    }

    /// The pointer and the value; `code = 0` and `/code` mean the same place. A value that is no JSON is a text.
    fn success(&mut self) -> (String, String) {
        let pointer = self.checks.line("pointer", &self.draft.pointer, 100);
        let expected = self.checks.line("expected", &self.draft.expected, 100);
        if pointer.is_empty() {
            return (String::new(), String::new());
        }
        self.checks
            .ensure(!expected.is_empty(), "expected", "channel-expected", "");
        let pointer = if pointer.starts_with('/') {
            pointer
        } else {
            format!("/{}", pointer.replace('.', "/"))
        };
        let read: std::result::Result<serde_json::Value, _> = serde_json::from_str(&expected);
        let expected = read.unwrap_or(serde_json::Value::String(expected));
        (pointer, expected.to_string())
    }
}
