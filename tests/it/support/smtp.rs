//! An SMTP server (RFC 5321) that listens on 127.0.0.1, keeps what it is given, and misbehaves when told to.
//!
//! There are nine [`Point`]s of a conversation at which it can do one of four wrong things ([`Fault`]). What it has
//! taken responsibility for is in [`SmtpServer::messages`].

mod conversation;

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_parser::MessageParser;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Where in the conversation the server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// Right after the connection is there; nothing was said.
    Connect,
    /// In the middle of the greeting.
    Banner,
    /// In answer to EHLO.
    Ehlo,
    /// In answer to MAIL.
    Mail,
    /// In answer to RCPT.
    Rcpt,
    /// In answer to DATA.
    Data,
    /// After the first bytes of the body.
    Body,
    /// After the final dot: the client cannot tell whether we have the message.
    FinalDot,
    /// In answer to QUIT.
    Quit,
}

impl Point {
    /// All of them, in the order of a conversation.
    pub const ALL: [Self; 9] = [
        Self::Connect,
        Self::Banner,
        Self::Ehlo,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Body,
        Self::FinalDot,
        Self::Quit,
    ];
}

/// The wrong thing the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Closes the connection without an answer.
    Drop,
    /// Answers 4xx: come back later. At the greeting it also closes (421).
    Transient,
    /// Answers 5xx: never. At the greeting it also closes (554).
    Permanent,
    /// Keeps the connection and says nothing any more.
    Stall,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Drop, Self::Transient, Self::Permanent, Self::Stall];
}

/// A message the server took responsibility for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The address of MAIL FROM, without brackets.
    pub from: String,
    /// The addresses of RCPT TO, without brackets.
    pub to: Vec<String>,
    /// The message as it came, dots unstuffed.
    pub data: Vec<u8>,
    /// Which connection brought it, counted from 1.
    pub connection: usize,
    /// Whether that connection was encrypted.
    pub encrypted: bool,
    /// Whom the client had authenticated as.
    pub user: Option<String>,
}

impl Received {
    /// The message, parsed.
    ///
    /// # Panics
    /// When it is no message.
    pub fn parsed(&self) -> mail_parser::Message<'_> {
        MessageParser::default()
            .parse(&self.data)
            .expect("a message that can be parsed")
    }

    /// The decoded subject.
    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The decoded text, lines ended by LF.
    pub fn text(&self) -> String {
        self.parsed().body_text(0).unwrap_or_default().replace("\r\n", "\n")
    }

    /// The Message-ID with its brackets.
    pub fn message_id(&self) -> String {
        format!("<{}>", self.parsed().message_id().unwrap_or_default())
    }
}

/// How connections are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    #[default]
    None,
    /// After STARTTLS (RFC 3207).
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// What a server is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How connections are encrypted.
    pub encryption: Encryption,
    /// The user and password without which MAIL is refused.
    pub login: Option<(String, String)>,
    /// Whether it does not offer to take several commands in a row (RFC 2920), as nearly all servers do.
    pub one_at_a_time: bool,
}

struct Shared {
    faults: Mutex<HashMap<Point, (Fault, Times)>>,
    messages: watch::Sender<Vec<Received>>,
    /// Wrong things done so far.
    done_wrong: watch::Sender<usize>,
    connections: AtomicUsize,
    options: Options,
    acceptor: Option<TlsAcceptor>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    Always,
}

/// The listening server; it stops when dropped.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    certificate: Option<String>,
    listening: JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl SmtpServer {
    /// Listens, unencrypted and open to everybody.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Listens as the options say.
    ///
    /// # Panics
    /// When no port is free.
    #[expect(
        clippy::unused_async,
        reason = "it spawns: being async says that a runtime is needed"
    )]
    pub async fn start_with(options: Options) -> Self {
        let (acceptor, certificate) = match options.encryption {
            Encryption::None => (None, None),
            Encryption::StartTls | Encryption::Implicit => {
                let (acceptor, certificate) = self_signed();
                (Some(acceptor), Some(certificate))
            }
        };
        let socket = TcpSocket::new_v4().expect("a socket");
        // A client must feel that we stopped reading after some dozens of kilobytes, not after megabytes.
        socket.set_recv_buffer_size(32 * 1024).expect("a small receive buffer");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let listener = socket.listen(1024).expect("the socket listens");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            faults: Mutex::default(),
            messages: watch::Sender::new(Vec::new()),
            done_wrong: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
            options,
            acceptor,
        });
        let listening = tokio::spawn(conversation::listen(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            certificate,
            listening,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate (PEM, for `localhost`) of an encrypting server: a client that trusts it can connect.
    ///
    /// # Panics
    /// When the server does not encrypt.
    pub fn certificate_pem(&self) -> String {
        self.certificate.clone().expect("the server encrypts")
    }

    /// From now on does the wrong thing at that point, until [`SmtpServer::behave`].
    pub fn misbehave(&self, point: Point, fault: Fault) {
        self.shared.faults.lock().unwrap().insert(point, (fault, Times::Always));
    }

    /// Does the wrong thing the next time that point is reached, and then no more.
    pub fn misbehave_once(&self, point: Point, fault: Fault) {
        self.shared.faults.lock().unwrap().insert(point, (fault, Times::Once));
    }

    /// Does everything right again. Connections that stall go on stalling.
    pub fn behave(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// What it took responsibility for, in order: whatever it answered 250 to, and what had arrived with its final
    /// dot when it dropped or stalled there. The latter is the case clients must fear: delivered, and not told.
    pub fn messages(&self) -> Vec<Received> {
        self.shared.messages.borrow().clone()
    }

    /// How many messages there are.
    pub fn count(&self) -> usize {
        self.shared.messages.borrow().len()
    }

    /// Waits until there are at least `count` messages, and gives all.
    ///
    /// # Panics
    /// When they are not there after 30 seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut messages = self.shared.messages.subscribe();
        let enough = messages.wait_for(|messages| messages.len() >= count);
        let Ok(enough) = tokio::time::timeout(std::time::Duration::from_secs(30), enough).await else {
            panic!("waited for {count} messages, there are {}", self.messages().len());
        };
        enough.expect("the server holds the sender").clone()
    }

    /// Waits until it has done so many wrong things: a wrong answer is on its way, a connection closed, a client left waiting.
    ///
    /// # Panics
    /// When it has not after a minute.
    pub async fn wait_for_faults(&self, count: usize) {
        let mut done = self.shared.done_wrong.subscribe();
        let enough =
            tokio::time::timeout(std::time::Duration::from_mins(1), done.wait_for(|done| *done >= count)).await;
        enough
            .unwrap_or_else(|_| panic!("nobody came to where the fault is"))
            .expect("the server holds the sender");
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

fn self_signed() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key in PKCS #8");
    let der = made.cert.der();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key)
        .expect("the key belongs to the certificate");
    let lines: Vec<String> = BASE64
        .encode(der)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    );
    (TlsAcceptor::from(Arc::new(config)), pem)
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({})", self.address)
    }
}
