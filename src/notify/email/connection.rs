//! Opening a connection to the relay: our socket, TLS, greeting, login. Every step has a limit in time.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
#[expect(
    deprecated,
    reason = "lettre offers no other way to put its TLS over a socket of ours"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::settings::{SettingsError, SmtpSettings, Tls};

/// The relay, with everything that is worked out once.
pub(super) struct Relay {
    pub settings: SmtpSettings,
    pub from: Mailbox,
    hello: ClientId,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
}

/// A connection on which letters are handed over.
pub(super) struct Conversation {
    /// The server, as lettre speaks with it.
    pub smtp: AsyncSmtpConnection,
    /// Whether it takes several commands in a row before it answers the first (RFC 2920).
    pub takes_rows: bool,
}

/// A command that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server answered 4xx or 5xx.
    Answered { code: u16, text: String },
    /// No answer, or none that can be understood: the connection is not to be used any more.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { code, text } => write!(f, "{code} {text}"),
            Self::Broken(problem) => f.write_str(problem),
        }
    }
}

impl From<lettre::transport::smtp::Error> for Failure {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Answered {
                code: code.into(),
                text: std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            },
            None => Self::Broken(error.to_string()),
        }
    }
}

impl Relay {
    pub fn new(settings: SmtpSettings) -> Result<Self, SettingsError> {
        let from = settings.from.parse().map_err(|source| SettingsError::From {
            from: settings.from.clone(),
            source,
        })?;
        let credentials = match (&settings.username, &settings.password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password.reveal().to_owned())),
            _ => return Err(SettingsError::HalfLogin),
        };
        if credentials.is_some() && settings.tls == Tls::None && !settings.is_on_this_machine() {
            return Err(SettingsError::CleartextPassword {
                host: settings.host.clone(),
            });
        }
        let tls = match settings.tls {
            Tls::None => None,
            Tls::StartTls | Tls::Implicit => Some(trust(&settings).map_err(|source| SettingsError::Tls {
                host: settings.host.clone(),
                source,
            })?),
        };
        Ok(Self {
            settings,
            from,
            hello: ClientId::default(),
            credentials,
            tls,
        })
    }

    /// A connection on which MAIL can be said.
    pub async fn open(&self) -> Result<Conversation, Failure> {
        let SmtpSettings {
            host, port, timeouts, ..
        } = &self.settings;
        let connecting = TcpStream::connect((host.as_str(), *port));
        let socket = within(timeouts.connect, "connection", async {
            connecting.await.map_err(|error| broken(&error))
        })
        .await?;
        // The body and the final dot are two writes: Nagle's algorithm would hold the dot back until the other side's
        // delayed acknowledgement, 40 ms later.
        socket.set_nodelay(true).map_err(|error| broken(&error))?;

        let stream: Box<dyn AsyncTokioStream> = match (&self.tls, self.settings.tls) {
            (Some(tls), Tls::Implicit) => {
                let encrypting = Encrypted::over(socket, tls.clone());
                Box::new(within(timeouts.connect, "TLS", encrypting).await?)
            }
            _ => Box::new(socket),
        };
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        let mut connection = within(timeouts.command, "greeting", async { Ok(greeting.await?) }).await?;
        if let (Some(tls), Tls::StartTls) = (&self.tls, self.settings.tls) {
            let encrypting = connection.starttls(tls.clone(), &self.hello);
            within(timeouts.connect + timeouts.command, "STARTTLS", async {
                Ok(encrypting.await?)
            })
            .await?;
        }
        if let Some(credentials) = &self.credentials {
            let logging_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            within(timeouts.command, "login", async { Ok(logging_in.await?) }).await?;
        }
        let mut conversation = Conversation {
            smtp: connection,
            takes_rows: false,
        };
        // lettre remembers of the answer to EHLO only what it uses itself. To ask again changes nothing (RFC 5321 §4.1.4).
        let answer = self.command(&mut conversation, Ehlo::new(self.hello.clone())).await?;
        conversation.takes_rows = answer
            .message()
            .skip(1)
            .any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
        Ok(conversation)
    }

    /// Says one command, or several in a row, and waits for the first answer.
    pub async fn command(
        &self,
        conversation: &mut Conversation,
        command: impl fmt::Display + Send,
    ) -> Result<Response, Failure> {
        let saying = conversation.smtp.command(command);
        within(self.settings.timeouts.command, "answer", async { Ok(saying.await?) }).await
    }

    /// Waits for the answer to a command that was said in a row.
    pub async fn answer(&self, conversation: &mut Conversation) -> Result<Response, Failure> {
        let hearing = conversation.smtp.read_response();
        within(self.settings.timeouts.command, "answer", async { Ok(hearing.await?) }).await
    }
}

fn trust(settings: &SmtpSettings) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.extra_root_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    builder.build_rustls()
}

fn broken(error: &io::Error) -> Failure {
    Failure::Broken(error.to_string())
}

async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(Failure::Broken(format!("no {what} within {limit:?}"))))
}

/// A socket under TLS from its first byte. lettre knows how to make one and how to use one, but not from a socket that
/// is already connected.
#[derive(Debug)]
#[expect(deprecated, reason = "see the import")]
struct Encrypted(AsyncNetworkStream);

#[expect(deprecated, reason = "see the import")]
impl Encrypted {
    async fn over(socket: TcpStream, tls: TlsParameters) -> Result<Self, Failure> {
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(socket));
        stream.upgrade_tls(tls).await?;
        Ok(Self(stream))
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let space = buf.initialize_unfilled();
        let count = ready!(futures_util::io::AsyncRead::poll_read(Pin::new(&mut self.0), cx, space))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        futures_util::io::AsyncWrite::poll_write(Pin::new(&mut self.0), cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_util::io::AsyncWrite::poll_flush(Pin::new(&mut self.0), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_util::io::AsyncWrite::poll_close(Pin::new(&mut self.0), cx)
    }
}
