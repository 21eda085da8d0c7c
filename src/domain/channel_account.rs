//! An account over which messages leave: a robot in a group, or a contract with a provider of text messages.

use jiff::Timestamp;

use super::channel::ChannelKind;
use super::id::ChannelAccountId;
use super::notification::Event;
use super::robot::RobotKind;

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// A robot in a WeCom 企业微信 group.
    Wecom,
    /// A robot in a DingTalk 钉钉 group.
    Dingtalk,
    /// A robot in a Feishu 飞书 group.
    Feishu,
    /// Text messages over Alibaba Cloud 阿里云.
    Aliyun,
    /// Text messages over Tencent Cloud 腾讯云.
    Tencent,
    /// Text messages over any gateway that is spoken to in HTTP.
    Gateway,
}

super::planning::named! { AccountKind {
    Wecom => "wecom",
    Dingtalk => "dingtalk",
    Feishu => "feishu",
    Aliyun => "aliyun",
    Tencent => "tencent",
    Gateway => "gateway",
} }

impl AccountKind {
    /// Whose robot it is; none for text messages.
    pub fn robot(self) -> Option<RobotKind> {
        match self {
            Self::Wecom => Some(RobotKind::Wecom),
            Self::Dingtalk => Some(RobotKind::Dingtalk),
            Self::Feishu => Some(RobotKind::Feishu),
            Self::Aliyun | Self::Tencent | Self::Gateway => None,
        }
    }

    /// The channel it belongs to.
    pub fn channel(self) -> ChannelKind {
        if self.robot().is_some() {
            ChannelKind::Robot
        } else {
            ChannelKind::Sms
        }
    }
}

/// What residents are told by text message, in the order a form lists it: a provider approves one template for each.
pub const SMS_EVENTS: [Event; 10] = [
    Event::ReminderEvening,
    Event::ReminderSoon,
    Event::Moved,
    Event::Cancelled,
    Event::Restored,
    Event::ScheduleChanged,
    Event::Promoted,
    Event::Offered,
    Event::ConfirmPlace,
    Event::PlaceConfirmed,
];

/// What a provider's template can be filled with: our name, and what people may write for it in Chinese. The names are those of message
/// templates; what is no single short line (links, lists) is not among them, because providers refuse it.
pub const SMS_VARIABLES: [(&str, &str); 11] = [
    ("name", "姓名"),
    ("title", "活动"),
    ("when", "时间"),
    ("was", "原定"),
    ("venue", "地点"),
    ("reason", "原因"),
    ("until", "截止"),
    ("count", "次数"),
    ("community", "社区"),
    ("phone", "电话"),
    ("day", "到期"),
];

/// Our name of a variable, written in either language.
pub fn sms_variable(written: &str) -> Option<&'static str> {
    SMS_VARIABLES
        .into_iter()
        .find(|(name, zh)| *name == written || *zh == written)
        .map(|(name, _)| name)
}

/// An account as everybody who manages notifications may see it: without what it is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelAccount {
    /// Its id.
    pub id: ChannelAccountId,
    /// What kind it is.
    pub kind: AccountKind,
    /// What people call it: the group, the contract.
    pub name: String,
    /// Whether messages leave over it.
    pub enabled: bool,
    /// When a message last left over it.
    pub last_ok_at: Option<Timestamp>,
    /// What went wrong last, in words; none when the last message left.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
