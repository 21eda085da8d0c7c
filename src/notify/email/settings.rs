//! What the e-mail channel is told about its relay.

use std::net::IpAddr;
use std::time::Duration;

use crate::config::{self, Secret, SmtpTls};

/// How connections to the relay are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for a relay on the same machine or in the same closed network.
    None,
    /// STARTTLS (RFC 3207), required: a relay that does not offer it is not used. Port 587 by custom.
    #[default]
    StartTls,
    /// From the first byte (RFC 8314). Port 465 by custom.
    Implicit,
}

/// How long the channel waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the name to be resolved and the connection to stand; TLS has the same again. 10 s unless set.
    pub connect: Duration,
    /// For the answer to a command, for the greeting, and for each piece of the body to be written. 30 s unless set.
    pub command: Duration,
    /// For the answer to the final dot: the relay may be checking the message. 10 minutes unless set
    /// (RFC 5321 §4.5.3.2.6).
    pub final_dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            final_dot: Duration::from_mins(10),
        }
    }
}

/// The relay, and how to speak with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Host name or address; under TLS the name its certificate must carry.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How connections are encrypted.
    pub tls: Tls,
    /// A certificate (PEM) to trust besides the system's, for a relay with an authority of its own.
    pub extra_root_pem: Option<String>,
    /// User name; without one nobody logs in.
    pub username: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
    /// The sender: `address` or `Name <address>`.
    pub from: String,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How many connections are kept for the next message.
    pub idle_connections: usize,
}

impl SmtpSettings {
    /// Settings for a relay, with STARTTLS, without login, the usual time-outs, keeping up to sixteen connections: two senders let eight messages each leave at once.
    pub fn new(host: impl Into<String>, port: u16, from: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            tls: Tls::default(),
            extra_root_pem: None,
            username: None,
            password: None,
            from: from.into(),
            timeouts: Timeouts::default(),
            idle_connections: 16,
        }
    }

    /// Whether a password may be sent over an unencrypted connection: only when it does not leave this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl From<&config::SmtpSettings> for SmtpSettings {
    fn from(written: &config::SmtpSettings) -> Self {
        Self {
            tls: match written.tls {
                SmtpTls::None => Tls::None,
                SmtpTls::Starttls => Tls::StartTls,
                SmtpTls::Implicit => Tls::Implicit,
            },
            username: Some(written.username.clone()).filter(|user| !user.is_empty()),
            password: Some(written.password.clone()).filter(|password| !password.reveal().is_empty()),
            timeouts: Timeouts {
                connect: Duration::from_secs(written.connect_timeout_seconds),
                command: Duration::from_secs(written.command_timeout_seconds),
                final_dot: Duration::from_secs(written.final_dot_timeout_seconds),
            },
            ..Self::new(&*written.host, written.port, &*written.from)
        }
    }
}

/// Settings with which no mail could be sent.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The sender is no address.
    #[error("the sender {from:?} is not an e-mail address")]
    From {
        /// What was given.
        from: String,
        /// Why it is none.
        source: lettre::address::AddressError,
    },
    /// A password would travel readable by everybody on the way.
    #[error("the password for {host} would travel unencrypted: set tls to starttls or implicit")]
    CleartextPassword {
        /// The relay.
        host: String,
    },
    /// A user without a password, or a password without a user.
    #[error("a login takes both a user name and a password")]
    HalfLogin,
    /// The extra certificate or the host name cannot be used for TLS.
    #[error("TLS with {host} cannot be set up")]
    Tls {
        /// The relay.
        host: String,
        /// Why.
        source: lettre::transport::smtp::Error,
    },
}
