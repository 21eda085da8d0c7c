//! E-mail over SMTP (RFC 5321), with lettre for the conversation.
//!
//! What is promised: the outcome of a try tells how far it got. Up to the final dot nothing has left and the outbox
//! may try again as it likes; after the dot, silence means that nobody knows. lettre's own `send` does not tell the
//! two apart, its pool leaves Nagle's algorithm on (which costs 40 ms per message), and its time-out covers connecting
//! only. So the socket, the phases and the waiting are ours, and lettre encodes messages and speaks the commands.
//!
//! Messages follow each other over a connection ([`carry`]). Connections are kept for the next one, a few of them, for a short while. A relay may have
//! closed one without our noticing: when the first command on it fails, the message gets one fresh connection within the same try.

mod body;
mod carry;
mod compose;
mod connection;
mod settings;

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::commands::Quit;
use tokio::time::Instant;

use crate::domain::channel::ChannelKind;
use crate::services::channel::{Channel, Messages, Outgoing, SendOutcome};

use carry::Alone;
use connection::{Conversation, Relay};
pub use settings::{SettingsError, SmtpSettings, Timeouts, Tls};

/// How long an idle connection is trusted. Postfix gives up on idle clients after 300 s, busy relays after less.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// The longest reason or answer kept, in characters.
const REASON_CHARS: usize = 300;

/// The e-mail channel.
pub struct EmailChannel {
    relay: Relay,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    conversation: Conversation,
    since: Instant,
}

/// Why the mail server is not usable as configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail server {host}:{port} is not usable: {reason}")]
pub struct ProbeError {
    /// The host that was asked.
    pub host: String,
    /// The port that was asked.
    pub port: u16,
    /// What went wrong.
    pub reason: String,
}

impl Channel for EmailChannel {
    fn carries(&self, kind: ChannelKind) -> bool {
        kind == ChannelKind::Email
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            let alone = Alone::new(message.clone());
            self.carry_all(&alone).await;
            alone.outcome()
        })
    }

    fn send_all<'a>(&'a self, _kind: ChannelKind, messages: &'a dyn Messages) -> BoxFuture<'a, ()> {
        Box::pin(self.carry_all(messages))
    }
}

impl EmailChannel {
    /// A channel over the relay described by the settings; nothing is connected yet.
    ///
    /// # Errors
    /// When the settings cannot work: a sender that is no address, a password that would travel in clear.
    pub fn new(settings: SmtpSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            relay: Relay::new(settings)?,
            idle: Mutex::default(),
        })
    }

    /// Connects, greets, logs in where a login is configured, and says goodbye: what `doctor` asks. Returns the name by
    /// which the server calls itself.
    ///
    /// # Errors
    /// With the step that failed and the server's words.
    pub async fn probe(&self) -> Result<String, ProbeError> {
        let settings = &self.relay.settings;
        match self.relay.open().await {
            Ok(mut conversation) => {
                let name = clean(conversation.smtp.server_info().name());
                self.say_goodbye(&mut conversation).await;
                Ok(name)
            }
            Err(failure) => Err(ProbeError {
                host: settings.host.clone(),
                port: settings.port,
                reason: clean(&failure.to_string()),
            }),
        }
    }

    /// Says goodbye on the connections that are kept; the channel stays usable.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for mut idle in idle {
            self.say_goodbye(&mut idle.conversation).await;
        }
    }

    fn take_idle(&self) -> Option<Conversation> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < IDLE_FOR);
        idle.pop().map(|kept| kept.conversation)
    }

    fn keep(&self, conversation: Conversation) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.relay.settings.idle_connections {
            idle.push(Idle {
                conversation,
                since: Instant::now(),
            });
        }
    }

    /// QUIT; whatever happens to it changes nothing.
    async fn say_goodbye(&self, conversation: &mut Conversation) {
        if let Err(failure) = self.relay.command(conversation, Quit).await {
            tracing::debug!(%failure, "the mail server did not say goodbye");
        }
    }
}

/// What a refusal means for the message.
fn refusal(code: u16, text: &str) -> SendOutcome {
    let reason = format!("{code} {text}");
    if code >= 500 && !is_about_login(code) {
        SendOutcome::Rejected {
            reason,
            bad_address: false,
        }
    } else {
        SendOutcome::Retry { reason, after: None }
    }
}

/// Whether a refusal is about our login, which people can mend, and not about the message (RFC 4954 §6).
fn is_about_login(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

fn retry(failure: &impl Display) -> SendOutcome {
    SendOutcome::Retry {
        reason: failure.to_string(),
        after: None,
    }
}

/// Whether an answer to RCPT says that nothing will ever reach the address. Servers that give an enhanced status code (RFC 3463) are taken
/// at their word: 5.1 is about the address, 5.2.1 a mailbox that takes no mail. Of the others, 550, 551 and 553 are about the mailbox
/// (RFC 5321 §4.2.2).
fn says_no_such_address(code: u16, text: &str) -> bool {
    let enhanced = text.split_whitespace().next().unwrap_or_default();
    let is_enhanced = enhanced.split('.').count() == 3 && enhanced.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_enhanced {
        return code >= 500 && (enhanced.starts_with("5.1.") || enhanced == "5.2.1");
    }
    matches!(code, 550 | 551 | 553)
}

/// Words from outside, fit to be stored and shown: one line of limited length.
fn clean(words: &str) -> String {
    let printable = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(REASON_CHARS).collect::<String>().trim().to_owned()
}

/// An outcome fit to be stored. Servers like to repeat the address in their answers; tables of attempts and logs keep
/// no addresses.
fn presentable(outcome: SendOutcome, address: &str) -> SendOutcome {
    let words = |words: String| clean(&without(&words, address));
    match outcome {
        SendOutcome::Sent { answer } => SendOutcome::Sent { answer: words(answer) },
        SendOutcome::Retry { reason, after } => SendOutcome::Retry {
            reason: words(reason),
            after,
        },
        SendOutcome::Rejected { reason, bad_address } => SendOutcome::Rejected {
            reason: words(reason),
            bad_address,
        },
        SendOutcome::Unknown { reason } => SendOutcome::Unknown { reason: words(reason) },
    }
}

/// The words with `***` for the address, in whatever case it is repeated.
fn without(words: &str, address: &str) -> String {
    let (lower, sought) = (words.to_ascii_lowercase(), address.to_ascii_lowercase());
    let mut shown = String::with_capacity(words.len());
    let mut from = 0;
    if !sought.is_empty() {
        for (at, found) in lower.match_indices(&sought) {
            shown.push_str(&words[from..at]);
            shown.push_str("***");
            from = at + found.len();
        }
    }
    shown.push_str(&words[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_stored_without_the_address_it_repeats() {
        let rejected = SendOutcome::Rejected {
            reason: "550 <LI@Example.org> unknown,\r\nli@example.org is not here".to_owned(),
            bad_address: true,
        };
        let shown = SendOutcome::Rejected {
            reason: "550 <***> unknown,  *** is not here".to_owned(),
            bad_address: true,
        };
        assert_eq!(presentable(rejected, "li@example.org"), shown);
    }

    #[test]
    fn only_an_answer_about_the_mailbox_says_that_the_address_is_bad() {
        for (code, text, bad) in [
            (550, "no such user here", true),
            (550, "5.1.1 User unknown", true),
            (553, "5.1.3 bad address syntax", true),
            (551, "User not local", true),
            (550, "5.7.1 Relaying denied", false),
            (554, "5.1.2 no such domain", true),
            (554, "Transaction failed", false),
            (552, "5.2.2 mailbox full", false),
            (550, "5.2.1 mailbox disabled", true),
            (450, "4.1.1 greylisted", false),
            (535, "5.7.8 login", false),
        ] {
            assert_eq!(says_no_such_address(code, text), bad, "{code} {text}");
        }
    }

    #[test]
    fn an_endless_answer_is_cut_by_characters() {
        assert_eq!(clean(&"慢".repeat(1000)).chars().count(), REASON_CHARS);
    }
}
