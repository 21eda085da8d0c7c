//! Where requests of ours may go: robots only to the host of their kind, gateways only to public addresses, everything over HTTPS; besides that
//! only where the operator of the machine allowed it (`outgoing.allow`).
//!
//! Addresses are looked at when they are saved, so that a person is told at once, and again when something is sent. What a name resolves to is
//! looked at only then, by the client itself (`notify::http`), which connects to nothing but what it looked at.

use std::fmt;

use url::{Host, Url};

use crate::domain::outgoing::{is_local_name, is_public};
use crate::domain::robot::RobotKind;

/// For what a request goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a robot.
    Robot(RobotKind),
    /// To a provider whose hosts end like this: `.aliyuncs.com`.
    Provider(&'static str),
    /// To a gateway anywhere in public.
    Gateway,
}

/// What is wrong with an address. The code is a key of the words for it: `error-<code>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {shown}")]
pub struct AddressError {
    /// The key of the words.
    pub code: &'static str,
    /// What may be shown of the address: scheme and host. The rest may be a secret.
    pub shown: String,
}

/// An address that was looked at. Its Debug shows the host and keeps the rest to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Checked {
    /// The address.
    pub url: Url,
    /// Whether the operator allowed this host and port: it may be private, and HTTP.
    pub allowed: bool,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("host", &self.url.host_str())
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

/// Looks at an address.
///
/// # Errors
/// [`AddressError`], which shows nothing of the address but scheme and host.
pub fn check(allow: &[String], target: Target, text: &str) -> Result<Checked, AddressError> {
    let wrong = |code, shown: String| AddressError { code, shown };
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| wrong("channel-url-unreadable", text.chars().take(12).collect()))?;
    let Some(host) = url.host() else {
        return Err(wrong("channel-url-unreadable", url.scheme().to_owned()));
    };
    let shown = format!("{}://{host}", url.scheme());
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("channel-url-login", shown));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("channel-url-https", shown));
    }
    let named = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    if allow.iter().any(|pair| pair.eq_ignore_ascii_case(&named)) {
        return Ok(Checked { url, allowed: true });
    }
    let is_near = match &host {
        Host::Domain(name) => is_local_name(name),
        Host::Ipv4(address) => !is_public((*address).into()),
        Host::Ipv6(address) => !is_public((*address).into()),
    };
    if is_near {
        return Err(wrong("channel-url-private", shown));
    }
    let its_own = match target {
        Target::Robot(kind) => host == Host::Domain(kind.host()),
        Target::Provider(end) => matches!(host, Host::Domain(name) if name.ends_with(end)),
        Target::Gateway => true,
    };
    if !its_own {
        return Err(wrong("channel-url-host", shown));
    }
    if url.scheme() != "https" {
        return Err(wrong("channel-url-https", shown));
    }
    if let Target::Robot(kind) = target
        && !(url.port().is_none() && is_whole(kind, &url))
    {
        return Err(wrong("channel-url-robot", shown));
    }
    Ok(Checked { url, allowed: false })
}

/// Whether it is the whole address of a robot, with its key.
fn is_whole(kind: RobotKind, url: &Url) -> bool {
    match kind.key_parameter() {
        Some(name) => {
            url.path() == kind.path() && url.query_pairs().any(|(key, value)| key == name && !value.is_empty())
        }
        None => url.path().len() > kind.path().len() && url.path().starts_with(kind.path()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(allow: &[&str], target: Target, text: &str) -> &'static str {
        let allow: Vec<String> = allow.iter().map(|pair| (*pair).to_owned()).collect();
        match check(&allow, target, text) {
            Ok(Checked { allowed: true, .. }) => "allowed",
            Ok(_) => "ok",
            Err(error) => error.code,
        }
    }

    #[test]
    fn robots_live_on_their_own_host_only() {
        let wecom = Target::Robot(RobotKind::Wecom);
        for (text, meant) in [
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6", "ok"),
            (
                " https://qyapi.weixin.qq.com:443/cgi-bin/webhook/send?key=693a91f6\n",
                "ok",
            ),
            (
                "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6",
                "channel-url-https",
            ),
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "channel-url-robot"),
            (
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
                "channel-url-robot",
            ),
            (
                "https://qyapi.weixin.qq.com/cgi-bin/gettoken?key=1",
                "channel-url-robot",
            ),
            (
                "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=1",
                "channel-url-robot",
            ),
            (
                "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=1",
                "channel-url-host",
            ),
            (
                "https://oapi.dingtalk.com/robot/send?access_token=1",
                "channel-url-host",
            ),
            ("https://127.0.0.1/cgi-bin/webhook/send?key=1", "channel-url-private"),
            ("http://169.254.169.254/latest/meta-data/", "channel-url-private"),
            ("https://2130706433/x", "channel-url-private"),
            ("https://0x7f.1/x", "channel-url-private"),
            ("https://[::1]/x", "channel-url-private"),
            ("https://[::ffff:10.0.0.1]/x", "channel-url-private"),
            ("https://localhost/x", "channel-url-private"),
            (
                "https://user:pass@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
                "channel-url-login",
            ),
            ("file:///etc/passwd", "channel-url-unreadable"),
            ("ftp://qyapi.weixin.qq.com/", "channel-url-https"),
            (
                "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
                "channel-url-unreadable",
            ),
            ("", "channel-url-unreadable"),
        ] {
            assert_eq!(said(&[], wecom, text), meant, "{text}");
        }
        let feishu = Target::Robot(RobotKind::Feishu);
        assert_eq!(
            said(&[], feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/1c0e"),
            "ok"
        );
        assert_eq!(
            said(&[], feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/"),
            "channel-url-robot"
        );
        let dingtalk = Target::Robot(RobotKind::Dingtalk);
        assert_eq!(
            said(&[], dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=x"),
            "ok"
        );
    }

    #[test]
    fn gateways_are_public_and_encrypted_unless_the_operator_says_otherwise() {
        for (allow, text, meant) in [
            (&[][..], "https://sms.example.cn/send", "ok"),
            (&[], "http://sms.example.cn/send", "channel-url-https"),
            (&[], "https://192.168.1.20/send", "channel-url-private"),
            (&["192.168.1.20:8080"], "http://192.168.1.20:8080/send", "allowed"),
            (
                &["192.168.1.20:8080"],
                "http://192.168.1.20/send",
                "channel-url-private",
            ),
            (&["192.168.1.20:80"], "http://192.168.1.20/send", "allowed"),
            (&["SMS.local:443"], "https://sms.local/send", "allowed"),
            (&["[fd00::1]:80"], "http://[fd00::1]/send", "allowed"),
        ] {
            assert_eq!(said(allow, Target::Gateway, text), meant, "{text}");
        }
        let aliyun = Target::Provider(".aliyuncs.com");
        assert_eq!(said(&[], aliyun, "https://dysmsapi.aliyuncs.com/"), "ok");
        assert_eq!(
            said(&[], aliyun, "https://dysmsapi.aliyuncs.com.evil.example/"),
            "channel-url-host"
        );
        assert_eq!(said(&[], aliyun, "https://notaliyuncs.com/"), "channel-url-host");
    }

    #[test]
    fn an_error_shows_nothing_secret() {
        let error = check(&[], Target::Gateway, "http://sms.example.cn/send?password=hunter2").expect_err("no HTTPS");
        assert_eq!(error.shown, "http://sms.example.cn");
    }
}
