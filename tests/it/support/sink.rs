//! An HTTP/1.1 server that listens on 127.0.0.1, keeps what it is asked, and answers whatever it is told to, right or wrong.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers with this status and body.
    Body(u16, String),
    /// Sends the client elsewhere.
    Redirect(String),
    /// Answers 200 with so many bytes of JSON that never end.
    Endless(usize),
    /// Closes the connection before it reads anything.
    DropAtConnect,
    /// Reads the request and closes the connection.
    DropBeforeAnswer,
    /// Promises more of an answer than it gives.
    DropMidBody,
    /// Reads the request and says nothing any more.
    Stall,
}

impl Reply {
    /// 200 with this JSON.
    pub fn ok(json: &str) -> Self {
        Self::Body(200, json.to_owned())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Got {
    /// GET, POST.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// Body.
    pub body: String,
}

impl Got {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The parameters of the query.
    pub fn query(&self) -> HashMap<String, String> {
        let url = reqwest::Url::parse(&format!("http://sink{}", self.path)).expect("a path");
        url.query_pairs().into_owned().collect()
    }
}

struct Shared {
    next: Mutex<VecDeque<Reply>>,
    usual: Mutex<Reply>,
    got: Mutex<Vec<Got>>,
    connections: Mutex<usize>,
}

/// The server; it ends when this is dropped.
pub struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A sink that is not there yet: its port is taken, and whoever connects is refused.
pub struct Closed(TcpSocket);

impl Closed {
    /// Takes a port.
    ///
    /// # Panics
    /// When none is free.
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        Self(socket)
    }

    /// Begins to answer like this until it is told otherwise.
    pub fn open(self, usual: Reply) -> Sink {
        Sink::on(self.0.listen(1024).expect("the socket listens"), usual)
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.0.local_addr().expect("a bound socket has an address").to_string()
    }
}

impl Sink {
    /// Starts one that answers like this until it is told otherwise.
    pub async fn start(usual: Reply) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.expect("a free port"), usual)
    }

    fn on(listener: TcpListener, usual: Reply) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            next: Mutex::default(),
            usual: Mutex::new(usual),
            got: Mutex::default(),
            connections: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                let shared = Arc::clone(&serving);
                // A client may go away at any moment: that is no fault of the sink.
                tokio::spawn(async move { serve(stream, &shared).await.ok() });
            }
        });
        Self { address, shared, task }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on answers like this.
    pub fn answer(&self, usual: Reply) {
        *self.shared.usual.lock().unwrap() = usual;
    }

    /// Answers the next request like this, and those after it as usual.
    pub fn answer_once(&self, reply: Reply) {
        self.shared.next.lock().unwrap().push_back(reply);
    }

    /// What it was asked, in order.
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let reply = {
        let next = shared.next.lock().unwrap().pop_front();
        next.unwrap_or_else(|| shared.usual.lock().unwrap().clone())
    };
    if matches!(reply, Reply::DropAtConnect) {
        return Ok(());
    }
    let got = read(&mut stream).await?;
    shared.got.lock().unwrap().push(got);
    let head = |status: u16, length: usize, more: &str| {
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n")
    };
    match reply {
        Reply::Body(status, body) => {
            stream.write_all(head(status, body.len(), "").as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
        }
        Reply::Redirect(to) => {
            let more = format!("location: {to}\r\n");
            stream.write_all(head(302, 0, &more).as_bytes()).await?;
        }
        Reply::Endless(bytes) => {
            stream.write_all(head(200, bytes, "").as_bytes()).await?;
            stream.write_all(b"{\"errcode\":0,\"x\":\"").await?;
            let piece = vec![b'x'; 64 * 1024];
            for _ in 0..bytes / piece.len() {
                stream.write_all(&piece).await?;
            }
        }
        Reply::DropMidBody => {
            stream.write_all(head(200, 100, "").as_bytes()).await?;
            stream.write_all(b"{\"errcode\":0").await?;
            stream.flush().await?;
        }
        Reply::Stall => std::future::pending::<()>().await,
        Reply::DropAtConnect | Reply::DropBeforeAnswer => {}
    }
    stream.shutdown().await
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Got> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().unwrap_or_default().to_owned();
    let path = first.next().unwrap_or_default().to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().expect("a length"));
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Got {
        method,
        path,
        headers,
        body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned(),
    })
}
