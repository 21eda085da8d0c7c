//! Group robots (群机器人): they reach staff and grid workers. What is posted to them, how a long text is cut, and what their answers mean.
//!
//! Only plain text is sent: it looks the same in every version of the three programs, also where a group is read from WeChat, which does not show
//! a robot's Markdown.

mod answer;
mod split;

pub use answer::verdict;
pub use split::parts;

use serde_json::{Value, json};

use super::rate::Spec;

/// Whose robot it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RobotKind {
    /// WeCom 企业微信.
    Wecom,
    /// DingTalk 钉钉.
    Dingtalk,
    /// Feishu 飞书.
    Feishu,
}

super::planning::named! { RobotKind {
    Wecom => "wecom",
    Dingtalk => "dingtalk",
    Feishu => "feishu",
} }

impl RobotKind {
    /// The only host its robots live on.
    pub fn host(self) -> &'static str {
        match self {
            Self::Wecom => "qyapi.weixin.qq.com",
            Self::Dingtalk => "oapi.dingtalk.com",
            Self::Feishu => "open.feishu.cn",
        }
    }

    /// How the path of a robot's address begins on that host.
    pub fn path(self) -> &'static str {
        match self {
            Self::Wecom => "/cgi-bin/webhook/send",
            Self::Dingtalk => "/robot/send",
            Self::Feishu => "/open-apis/bot/v2/hook/",
        }
    }

    /// The parameter of the address that holds its key; for Feishu the key is the end of the path.
    pub fn key_parameter(self) -> Option<&'static str> {
        match self {
            Self::Wecom => Some("key"),
            Self::Dingtalk => Some("access_token"),
            Self::Feishu => None,
        }
    }

    /// Whether its messages can be signed with a secret.
    pub fn signs(self) -> bool {
        !matches!(self, Self::Wecom)
    }

    /// How often one robot may be used: WeCom and DingTalk at most 20 in any minute (DingTalk punishes more with ten minutes of silence), Feishu at
    /// most 5 in any second and 100 in any minute.
    pub fn rate(self) -> Spec {
        match self {
            Self::Wecom | Self::Dingtalk => Spec::new(5, 15, 60),
            Self::Feishu => Spec::new(3, 96, 60),
        }
    }

    /// The most bytes of text in one message: WeCom's own limit; for the others far below theirs (20 kB of JSON, in which a character may take
    /// twice its bytes).
    pub fn most_bytes(self) -> usize {
        match self {
            Self::Wecom => 2048,
            Self::Dingtalk | Self::Feishu => 9_000,
        }
    }
}

/// What is posted: `text` as one message. Feishu's timestamp (whole seconds) and signature stand in the body; DingTalk's stand in the address.
pub fn payload(kind: RobotKind, text: &str, signed: Option<(i64, &str)>) -> Value {
    match kind {
        RobotKind::Wecom => json!({ "msgtype": "text", "text": { "content": text } }),
        RobotKind::Dingtalk => json!({ "msgtype": "text", "text": { "content": text }, "at": { "isAtAll": false } }),
        RobotKind::Feishu => {
            let mut body = json!({ "msg_type": "text", "content": { "text": text } });
            if let Some((timestamp, sign)) = signed {
                body["timestamp"] = json!(timestamp.to_string());
                body["sign"] = json!(sign);
            }
            body
        }
    }
}

/// The text with the keyword (关键词) without which a robot refuses it.
pub fn with_keyword(text: &str, keyword: &str) -> String {
    if keyword.is_empty() || text.contains(keyword) {
        text.to_owned()
    } else {
        format!("{keyword}\n{text}")
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn what_is_posted_has_the_shape_each_asks_for() {
        assert_eq!(
            payload(RobotKind::Wecom, "明天停课\n请转告", None).to_string(),
            r#"{"msgtype":"text","text":{"content":"明天停课\n请转告"}}"#
        );
        let dingtalk = payload(RobotKind::Dingtalk, "停课", None);
        assert_eq!(
            (dingtalk["msgtype"].as_str(), dingtalk["at"]["isAtAll"].as_bool()),
            (Some("text"), Some(false))
        );
        let feishu = payload(RobotKind::Feishu, "停课", Some((1_735_689_600, "s=")));
        assert_eq!(
            feishu,
            json!({ "timestamp": "1735689600", "sign": "s=", "msg_type": "text", "content": { "text": "停课" } })
        );
        assert!(payload(RobotKind::Feishu, "停课", None).get("sign").is_none());
    }

    #[test]
    fn the_published_limits_are_kept() {
        let most = |kind: RobotKind, seconds| kind.rate().most_in(SignedDuration::from_secs(seconds));
        assert!(most(RobotKind::Wecom, 60) <= 20 && most(RobotKind::Dingtalk, 60) <= 20);
        assert!(most(RobotKind::Feishu, 1) <= 5 && most(RobotKind::Feishu, 60) <= 100);
    }

    #[test]
    fn a_keyword_is_added_only_where_it_is_missing() {
        assert_eq!(with_keyword("享老：停课", "享老"), "享老：停课");
        assert_eq!(with_keyword("停课", "享老"), "享老\n停课");
        assert_eq!(with_keyword("停课", ""), "停课");
    }
}
