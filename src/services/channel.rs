//! The door through which messages leave: what a channel is given, and what it must answer.
//!
//! The outbox decides when to send, to whom and how often; a [`Channel`] makes one try and says how far it got. The
//! implementations live a floor above, in `notify`.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

pub use super::channel_account::settings::{Provider, Robot, SmsAccount, SmsTemplate};
use crate::domain::channel::ChannelKind;
use crate::domain::id::ChannelAccountId;
use crate::domain::lang::Lang;
use crate::domain::notification::Event;

/// Over which account a message leaves: what the channel must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Over the mail server of the settings.
    Email,
    /// Over a robot in a group of staff.
    Robot(Robot),
    /// Over a provider of text messages.
    Sms(SmsAccount),
}

impl Route {
    /// Which account of the community it is; none for the mail server, which is everybody's.
    pub fn account(&self) -> Option<ChannelAccountId> {
        match self {
            Self::Email => None,
            Self::Robot(robot) => Some(ChannelAccountId(robot.id)),
            Self::Sms(account) => Some(ChannelAccountId(account.id)),
        }
    }

    /// Which kind of channel it is.
    pub fn kind(&self) -> ChannelKind {
        match self {
            Self::Email => ChannelKind::Email,
            Self::Robot(_) => ChannelKind::Robot,
            Self::Sms(_) => ChannelKind::Sms,
        }
    }
}

/// One message ready to leave over a channel.
///
/// Its Debug shows the ids and keeps the recipient and the words to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The delivery this is a try of.
    pub delivery_id: Uuid,
    /// The community whose message it is.
    pub community_id: Uuid,
    /// The Message-ID with its angle brackets (RFC 5322 §3.6.4): the same in every try, so that a duplicate is known.
    pub message_id: String,
    /// Over which account it leaves.
    pub route: Route,
    /// What it is about.
    pub event: Event,
    /// The address in the channel's own terms: for e-mail `name@domain`, without a display name; for a text message the number in
    /// E.164; empty for a robot.
    pub to: String,
    /// The subject, one line.
    pub subject: String,
    /// The words, plain; lines end with LF.
    pub text: String,
    /// The words as HTML, for channels that show it.
    pub html: Option<String>,
    /// What the words were filled with, by name, in the order of the template: providers of text messages fill their own.
    pub variables: Vec<(&'static str, String)>,
    /// The address at which the recipient can refuse further messages with one click (RFC 8058); for e-mail only.
    pub unsubscribe: Option<String>,
    /// The language of the words.
    pub lang: Lang,
    /// When the message was written: its Date (RFC 5322 §3.6.1).
    pub written_at: Timestamp,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("delivery_id", &self.delivery_id)
            .field("community_id", &self.community_id)
            .field("message_id", &self.message_id)
            .field("to", &"***")
            .field("written_at", &self.written_at)
            .finish_non_exhaustive()
    }
}

/// How one try ended. What is said in `answer` and `reason` came from outside: it has been cut to a reasonable length
/// and cleaned of control characters and of the recipient's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The other side took responsibility for the message.
    Sent {
        /// Its words.
        answer: String,
    },
    /// The message has certainly not left; another try may help.
    Retry {
        /// What went wrong.
        reason: String,
        /// How long the other side asks us to wait, when it does.
        after: Option<Duration>,
    },
    /// The message will never be taken: wrong address, refused for good.
    Rejected {
        /// Why.
        reason: String,
        /// Whether it is the address: nothing will ever reach it.
        bad_address: bool,
    },
    /// Everything was sent and no answer came: the message may have arrived or not.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// Messages of one kind on their way out, for whoever carries them to take one after the other.
pub trait Messages: Send + Sync {
    /// The next one; none when there is none at the moment. From now on it may be leaving.
    fn next(&self) -> Option<Outgoing>;

    /// Says how the try at one ended.
    fn ended(&self, message: Outgoing, outcome: SendOutcome);

    /// Gives one back of which nothing has left, for somebody else to carry.
    fn put_back(&self, message: Outgoing);
}

/// A way for messages to reach people.
pub trait Channel: Send + Sync {
    /// Whether messages of this kind can leave at all: a mail server is set up.
    fn carries(&self, kind: ChannelKind) -> bool;

    /// Makes one try. It always ends: every wait in it has a limit.
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome>;

    /// Makes one try at each of `messages`, which are of the kind named, until there are no more.
    fn send_all<'a>(&'a self, _kind: ChannelKind, messages: &'a dyn Messages) -> BoxFuture<'a, ()> {
        Box::pin(one_by_one(self, messages))
    }
}

/// Makes one try at each of `messages`, each when the one before has ended.
pub async fn one_by_one(channel: &(impl Channel + ?Sized), messages: &dyn Messages) {
    while let Some(message) = messages.next() {
        let outcome = channel.send(&message).await;
        messages.ended(message, outcome);
    }
}
