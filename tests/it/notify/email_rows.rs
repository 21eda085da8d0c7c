//! Commands in a row (RFC 2920), against servers that wait for the whole row before they answer.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Timeouts, Tls};
use xianglao::services::channel::{Channel, Route};

use super::{class, message};

/// A server that answers a row only when its DATA has come, with the next of `answers`. Where DATA is taken it reads up to the final dot. Gives what
/// it heard on each connection, with `EOF` where the client went away.
async fn server(answers: Vec<&'static str>) -> (u16, JoinHandle<Vec<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let listening = tokio::spawn(async move {
        let (mut heard, mut answers) = (Vec::new(), answers.into_iter());
        while answers.len() > 0 {
            let (stream, _) = listener.accept().await.unwrap();
            heard.push(converse(stream, &mut answers).await);
        }
        heard
    });
    (port, listening)
}

async fn converse(mut stream: TcpStream, answers: &mut std::vec::IntoIter<&str>) -> Vec<String> {
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read);
    write.write_all(b"220 here\r\n").await.unwrap();
    let mut heard = Vec::new();
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).await.unwrap_or(0) == 0 {
            heard.push("EOF".to_owned());
            return heard;
        }
        let line = line.trim_end().to_owned();
        let verb = line.split(' ').next().unwrap().to_owned();
        if verb == "EHLO" {
            write
                .write_all(b"250-here\r\n250-pipelining\r\n250 8BITMIME\r\n")
                .await
                .unwrap();
            continue;
        }
        heard.push(verb.clone());
        match verb.as_str() {
            "MAIL" | "RCPT" => {}
            "DATA" => {
                let Some(answer) = answers.next() else { return heard };
                write.write_all(answer.as_bytes()).await.unwrap();
                if !answer.ends_with("354 go on\r\n") {
                    continue;
                }
                let mut body = Vec::new();
                while !body.ends_with(b"\r\n.\r\n") {
                    let mut some = [0; 1024];
                    let count = read.read(&mut some).await.unwrap_or(0);
                    if count == 0 {
                        heard.push(format!("{} octets, EOF", body.len()));
                        return heard;
                    }
                    body.extend_from_slice(&some[..count]);
                }
                heard.push("a letter".to_owned());
                write.write_all(b"250 taken\r\n").await.unwrap();
                if answers.len() == 0 {
                    return heard;
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.unwrap();
                return heard;
            }
            _ => write.write_all(b"250 yes\r\n").await.unwrap(),
        }
    }
}

fn channel(port: u16) -> EmailChannel {
    let mut settings = SmtpSettings::new("127.0.0.1", port, "noreply@example.org");
    settings.tls = Tls::None;
    settings.timeouts = Timeouts {
        connect: Duration::from_secs(5),
        command: Duration::from_secs(2),
        final_dot: Duration::from_secs(5),
    };
    EmailChannel::new(settings).unwrap()
}

/// How several messages end, one after another.
async fn outcomes(answers: Vec<&'static str>, count: usize) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let (port, listening) = server(answers).await;
    let channel = channel(port);
    let mut outcomes = Vec::new();
    for _ in 0..count {
        outcomes.push(class(&channel.send(&message(Route::Email, "li@example.com")).await));
    }
    channel.close().await;
    (outcomes, listening.await.unwrap())
}

const ROW: [&str; 3] = ["MAIL", "RCPT", "DATA"];

fn conversation(parts: &[&[&str]]) -> Vec<String> {
    parts.concat().into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_server_that_takes_rows_gets_mail_rcpt_and_data_at_once() {
    let taken = "250 from\r\n250 to\r\n354 go on\r\n";
    let (outcomes, heard) = outcomes(vec![taken, taken], 2).await;
    assert_eq!(outcomes, ["sent", "sent"]);
    assert_eq!(heard, [conversation(&[&ROW, &["a letter"], &ROW, &["a letter"]])]);
}

#[tokio::test]
async fn all_answers_to_a_row_are_heard_before_the_next_message() {
    let refused = "250 from\r\n550 5.1.1 whom?\r\n503 nobody to take it to\r\n";
    let later = "451 not now\r\n503 first MAIL\r\n503 first MAIL\r\n";
    let taken = "250 from\r\n250 to\r\n354 go on\r\n";
    let (outcomes, heard) = outcomes(vec![refused, later, taken], 3).await;
    assert_eq!(outcomes, ["rejected", "retry", "sent"]);
    assert_eq!(
        heard,
        [conversation(&[&ROW, &["RSET"], &ROW, &["RSET"], &ROW, &["a letter"]])]
    );
}

#[tokio::test]
async fn a_server_that_wants_a_body_nobody_would_get_is_left() {
    let odd = "250 from\r\n550 5.1.1 whom?\r\n354 go on\r\n";
    let taken = "250 from\r\n250 to\r\n354 go on\r\n";
    let (outcomes, heard) = outcomes(vec![odd, taken], 2).await;
    assert_eq!(outcomes, ["rejected", "sent"]);
    assert_eq!(
        heard,
        [
            conversation(&[&ROW, &["0 octets, EOF"]]),
            conversation(&[&ROW, &["a letter"]])
        ]
    );
}

#[tokio::test]
async fn a_server_that_closes_in_the_middle_of_a_row_is_tried_later() {
    let closing = "250 from\r\n421 4.3.2 closing\r\n";
    let taken = "250 from\r\n250 to\r\n354 go on\r\n";
    let (outcomes, heard) = outcomes(vec![closing, taken], 2).await;
    assert_eq!(outcomes, ["retry", "sent"]);
    assert_eq!(heard.len(), 2);
}
