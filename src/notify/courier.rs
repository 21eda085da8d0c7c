//! The courier carries a message over whichever channel its route names.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::email::EmailChannel;
use super::http::{Http, SharedHttp};
use super::outcome::rejected;
use super::{robot, sms};
use crate::domain::channel::ChannelKind;
use crate::services::Clock;
use crate::services::channel::{Channel, Messages, Outgoing, Route, SendOutcome, one_by_one};

/// Every channel there is, as one.
pub struct Courier {
    mail: Option<Arc<EmailChannel>>,
    http: SharedHttp,
    /// Signatures hold the moment they were made: providers refuse one that is minutes old.
    clock: Arc<dyn Clock>,
}

impl Courier {
    /// A courier; without `mail` no e-mail leaves.
    pub fn new(mail: Option<Arc<EmailChannel>>, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self {
            mail,
            http: Arc::new(http),
            clock,
        }
    }

    /// Says goodbye on the connections that are kept.
    pub async fn close(&self) {
        if let Some(mail) = &self.mail {
            mail.close().await;
        }
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("mail", &self.mail.is_some())
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

impl Channel for Courier {
    fn carries(&self, kind: ChannelKind) -> bool {
        match kind {
            ChannelKind::Email => self.mail.is_some(),
            ChannelKind::Sms | ChannelKind::Robot => true,
            ChannelKind::Call => false,
        }
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            match &message.route {
                Route::Email => match &self.mail {
                    Some(mail) => mail.send(message).await,
                    None => rejected(message.lang, "no-mail", ""),
                },
                Route::Robot(account) => robot::send(&self.http, account, message, self.clock.now()).await,
                Route::Sms(account) => sms::send(&self.http, account, message, self.clock.now()).await,
            }
        })
    }

    fn send_all<'a>(&'a self, kind: ChannelKind, messages: &'a dyn Messages) -> BoxFuture<'a, ()> {
        match &self.mail {
            Some(mail) if kind == ChannelKind::Email => mail.send_all(kind, messages),
            _ => Box::pin(one_by_one(self, messages)),
        }
    }
}
