//! The server's side of one connection.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Encryption, Fault, Point, Received, Shared, Times};

/// Accepts connections for ever.
pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A client that goes away in the middle is none of our business: the test sees what arrived.
            let _ = serve(stream, number, shared).await;
        });
    }
}

async fn serve(stream: TcpStream, number: usize, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut conversation = Conversation {
        stream: Box::new(stream),
        unread: Vec::new(),
        number,
        encrypted: false,
        user: None,
        from: None,
        to: Vec::new(),
        shared,
    };
    if conversation.shared.options.encryption == Encryption::Implicit {
        conversation = conversation.encrypt().await?;
    }
    if !conversation.greet().await? {
        return Ok(());
    }
    loop {
        let line = conversation.read_line().await?;
        if line.eq_ignore_ascii_case("STARTTLS") && !conversation.encrypted && conversation.shared.acceptor.is_some() {
            conversation.say("220 Go ahead").await?;
            conversation = conversation.encrypt().await?;
        } else if !conversation.obey(&line).await? {
            return Ok(());
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
struct Conversation {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
    number: usize,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
    shared: Arc<Shared>,
}

/// What a fault leaves to do.
#[derive(PartialEq, Eq)]
enum Then {
    /// There is no fault here.
    Answer,
    /// The wrong answer was given; the connection lives.
    Continue,
    /// The connection is to be closed.
    Close,
}

impl Conversation {
    async fn encrypt(mut self) -> io::Result<Self> {
        let acceptor = self
            .shared
            .acceptor
            .clone()
            .expect("only asked of a server that encrypts");
        self.stream = Box::new(acceptor.accept(self.stream).await?);
        self.unread.clear();
        self.encrypted = true;
        Ok(self)
    }

    async fn greet(&mut self) -> io::Result<bool> {
        match self.fault(Point::Connect) {
            None => {}
            Some(Fault::Drop) => return Ok(false),
            Some(Fault::Stall) => std::future::pending().await,
            Some(Fault::Transient) => return self.say_wrong("421 Closing before I begin").await.map(|()| false),
            Some(Fault::Permanent) => return self.say_wrong("554 No service here").await.map(|()| false),
        }
        match self.fault(Point::Banner) {
            None => {}
            Some(Fault::Transient) => return self.say_wrong("421-Too busy\r\n421 Come back").await.map(|()| false),
            Some(Fault::Permanent) => return self.say_wrong("554-No service\r\n554 for you").await.map(|()| false),
            Some(fault) => {
                self.stream.write_all(b"220 loc").await?;
                if fault == Fault::Stall {
                    std::future::pending::<()>().await;
                }
                return Ok(false);
            }
        }
        self.say("220 localhost ESMTP ready").await?;
        Ok(true)
    }

    /// Obeys one command; false when the connection is to be closed.
    async fn obey(&mut self, line: &str) -> io::Result<bool> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let point = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => Point::Ehlo,
            "MAIL" => Point::Mail,
            "RCPT" => Point::Rcpt,
            "DATA" => Point::Data,
            "QUIT" => Point::Quit,
            "AUTH" => return self.authenticate(rest).await.map(|()| true),
            "NOOP" => return self.say("250 Still here").await.map(|()| true),
            "RSET" => {
                self.forget();
                return self.say("250 Forgotten").await.map(|()| true);
            }
            _ => return self.say("500 Unknown command").await.map(|()| true),
        };
        match self.misbehave_at(point).await? {
            Then::Answer => {}
            Then::Continue => return Ok(true),
            Then::Close => return Ok(false),
        }
        match point {
            Point::Ehlo => {
                self.forget();
                let mut lines = vec!["localhost", "8BITMIME", "SMTPUTF8"];
                if !self.shared.options.one_at_a_time {
                    lines.push("PIPELINING");
                }
                if self.shared.options.encryption == Encryption::StartTls && !self.encrypted {
                    lines.push("STARTTLS");
                }
                if self.shared.options.login.is_some() {
                    lines.push("AUTH PLAIN LOGIN");
                }
                let last = lines.pop().unwrap_or_default();
                let head: String = lines
                    .iter()
                    .fold(String::new(), |text, line| text + "250-" + line + "\r\n");
                self.say(&format!("{head}250 {last}")).await?;
            }
            Point::Mail if self.shared.options.login.is_some() && self.user.is_none() => {
                self.say("530 Authentication required").await?;
            }
            Point::Mail => {
                self.forget();
                self.from = Some(address(rest));
                self.say("250 From whom I know").await?;
            }
            Point::Rcpt if self.from.is_none() => self.say("503 MAIL first").await?,
            Point::Rcpt => {
                self.to.push(address(rest));
                self.say("250 To whom I know").await?;
            }
            Point::Data if self.to.is_empty() => self.say("503 RCPT first").await?,
            Point::Data => {
                self.say("354 End with a dot").await?;
                return self.take_message().await;
            }
            _ => {
                self.say("221 Bye").await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn take_message(&mut self) -> io::Result<bool> {
        let mut data = Vec::new();
        // Some of the body must have come before the middle of it is reached.
        if self.unread.is_empty() {
            self.fill().await?;
        }
        let refused = self.fault(Point::Body);
        match refused {
            Some(Fault::Drop) => return Ok(false),
            Some(Fault::Stall) => std::future::pending().await,
            Some(Fault::Transient) => self.say_wrong("452 No room left").await?,
            Some(Fault::Permanent) => self.say_wrong("552 Too large").await?,
            None => {}
        }
        loop {
            let line = self.read_raw_line().await?;
            match line.strip_prefix(b".") {
                Some(b"\r\n") => break,
                Some(unstuffed) => data.extend_from_slice(unstuffed),
                None => data.extend_from_slice(&line),
            }
        }
        if refused.is_some() {
            self.forget();
            return Ok(true);
        }
        let message = Received {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
            connection: self.number,
            encrypted: self.encrypted,
            user: self.user.clone(),
        };
        let fault = self.fault(Point::FinalDot);
        if !matches!(fault, Some(Fault::Transient | Fault::Permanent)) {
            self.shared.messages.send_modify(|messages| messages.push(message));
        }
        match self.act(Point::FinalDot, fault).await? {
            Then::Answer => self.say("250 Taken").await.map(|()| true),
            Then::Continue => Ok(true),
            Then::Close => Ok(false),
        }
    }

    /// AUTH PLAIN with an initial response and AUTH LOGIN (RFC 4954).
    async fn authenticate(&mut self, rest: &str) -> io::Result<()> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = if mechanism.eq_ignore_ascii_case("PLAIN") {
            let plain = decode(initial);
            let mut parts = plain.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else {
            self.say(&format!("334 {}", BASE64.encode("Username:"))).await?;
            let user = decode(&self.read_line().await?);
            self.say(&format!("334 {}", BASE64.encode("Password:"))).await?;
            (user, decode(&self.read_line().await?))
        };
        if self.shared.options.login.as_ref() == Some(&given) {
            self.user = Some(given.0);
            self.say("235 Welcome").await
        } else {
            self.say("535 Wrong user or password").await
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn fault(&self, point: Point) -> Option<Fault> {
        let mut faults = self.shared.faults.lock().unwrap();
        let (fault, times) = *faults.get(&point)?;
        if times == Times::Once {
            faults.remove(&point);
        }
        if matches!(fault, Fault::Drop | Fault::Stall) {
            self.did_wrong();
        }
        Some(fault)
    }

    fn did_wrong(&self) {
        self.shared.done_wrong.send_modify(|done| *done += 1);
    }

    async fn say_wrong(&mut self, answer: &str) -> io::Result<()> {
        self.say(answer).await?;
        self.did_wrong();
        Ok(())
    }

    async fn misbehave_at(&mut self, point: Point) -> io::Result<Then> {
        let fault = self.fault(point);
        self.act(point, fault).await
    }

    async fn act(&mut self, point: Point, fault: Option<Fault>) -> io::Result<Then> {
        match fault {
            None => Ok(Then::Answer),
            Some(Fault::Drop) => Ok(Then::Close),
            Some(Fault::Transient) => self
                .say_wrong(&format!("451 Not now ({point:?})"))
                .await
                .map(|()| Then::Continue),
            Some(Fault::Permanent) => self
                .say_wrong(&format!("550 Never ({point:?})"))
                .await
                .map(|()| Then::Continue),
            Some(Fault::Stall) => std::future::pending().await,
        }
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn read_raw_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                return Ok(self.unread.drain(..end + 2).collect());
            }
            self.fill().await?;
        }
    }

    async fn read_line(&mut self) -> io::Result<String> {
        let line = self.read_raw_line().await?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// The address between the brackets of `FROM:<…>` or `TO:<…>`.
fn address(argument: &str) -> String {
    let inside = argument.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or("", |(address, _)| address).to_owned()
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&BASE64.decode(text.trim()).unwrap_or_default()).into_owned()
}
