//! What the benches that ask a server share: a clock that stands still, and a client that counts only what it waits for.

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xianglao::services::Clock;

/// A clock that stands still.
pub struct Still(pub Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Asks once and reads the whole answer into the buffer; returns how long the body was.
pub async fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    stream.write_all(request).await?;
    buffer.clear();
    loop {
        stream.read_buf(buffer).await?;
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.trim().parse().ok())
            .expect("an answer says its length");
        while buffer.len() < end + 4 + length {
            stream.read_buf(buffer).await?;
        }
        return Ok(length);
    }
}
