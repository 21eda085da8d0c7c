//! Commands in a row (RFC 2920), against servers that wait for the whole row before they answer.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use xianglao::domain::channel::ChannelKind;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Timeouts, Tls};
use xianglao::services::channel::{Channel, Messages, Outgoing, Route, SendOutcome};

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

/// Messages for carriers to take, and what they said.
#[derive(Default)]
struct Letters {
    waiting: Mutex<VecDeque<Outgoing>>,
    ended: Mutex<Vec<(String, SendOutcome)>>,
    changed: Notify,
}

impl Letters {
    fn to(addresses: &[&str]) -> Self {
        let waiting = addresses.iter().map(|to| message(Route::Email, to)).collect();
        Self {
            waiting: Mutex::new(waiting),
            ..Self::default()
        }
    }

    /// To whom, and how it ended, in the order in which they ended.
    fn outcomes(&self) -> Vec<(String, &'static str)> {
        let ended = self.ended.lock().unwrap();
        ended.iter().map(|(to, outcome)| (to.clone(), class(outcome))).collect()
    }
}

impl Messages for Letters {
    fn next(&self) -> Option<Outgoing> {
        self.waiting.lock().unwrap().pop_front()
    }

    fn ended(&self, message: Outgoing, outcome: SendOutcome) {
        self.ended.lock().unwrap().push((message.to, outcome));
        self.changed.notify_one();
    }

    fn put_back(&self, message: Outgoing) {
        self.waiting.lock().unwrap().push_front(message);
        self.changed.notify_one();
    }
}

/// A server that reads lines up to one that begins with the first half, then says the second half; at `CLOSE` it closes, at `WAIT` it says nothing
/// any more. One script a connection. Gives the verbs and dots it heard.
async fn scripted(scripts: Vec<Vec<(&'static str, &'static str)>>) -> (u16, JoinHandle<Vec<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let listening = tokio::spawn(async move {
        let mut all = Vec::new();
        let mut still_open = Vec::new();
        for script in scripts {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            stream.write_all(b"220 here\r\n").await.unwrap();
            let mut stream = BufReader::new(stream);
            for (until, say) in script {
                let mut line = String::new();
                while line.is_empty() || !line.starts_with(until) {
                    line.clear();
                    assert_ne!(
                        stream.read_line(&mut line).await.unwrap(),
                        0,
                        "the client went away: {heard:?}"
                    );
                    let word = line.trim_end().split(' ').next().unwrap();
                    if ["MAIL", "RCPT", "DATA", "RSET", "."].contains(&word) {
                        heard.push(word.to_owned());
                    }
                }
                match say {
                    "CLOSE" => break,
                    "WAIT" => {
                        still_open.push(stream);
                        break;
                    }
                    say => stream.write_all(say.as_bytes()).await.unwrap(),
                }
                if until == "QUIT" {
                    break;
                }
            }
            all.push(heard);
        }
        all
    });
    (port, listening)
}

const HELLO: (&str, &str) = ("EHLO", "250-here\r\n250 PIPELINING\r\n");
const TAKEN: &str = "250 from\r\n250 to\r\n354 go on\r\n";
const BYE: (&str, &str) = ("QUIT", "221 bye\r\n");

/// How two letters end that one carrier has, and what the server heard.
async fn carried(scripts: Vec<Vec<(&'static str, &'static str)>>) -> (Vec<(String, &'static str)>, Vec<Vec<String>>) {
    let (port, listening) = scripted(scripts).await;
    let channel = channel(port);
    let letters = Letters::to(&["li@example.com", "wang@example.com"]);
    channel.send_all(ChannelKind::Email, &letters).await;
    channel.close().await;
    (letters.outcomes(), listening.await.unwrap())
}

fn ended(first: &'static str, second: &'static str) -> Vec<(String, &'static str)> {
    vec![
        ("li@example.com".to_owned(), first),
        ("wang@example.com".to_owned(), second),
    ]
}

#[tokio::test]
async fn the_next_envelope_travels_with_a_body_and_stands_whatever_becomes_of_it() {
    let cases = [
        ("250 taken\r\n250 from\r\n250 to\r\n354 go on\r\n", "sent"),
        ("554 no\r\n250 from\r\n250 to\r\n354 go on\r\n", "rejected"),
    ];
    for (answers, first) in cases {
        // The dot is not answered before the next DATA has come: who waits for the answer waits for ever.
        let together = vec![
            HELLO,
            HELLO,
            ("DATA", TAKEN),
            ("DATA", answers),
            (".", "250 taken\r\n"),
            BYE,
        ];
        let (outcomes, heard) = carried(vec![together]).await;
        assert_eq!(outcomes, ended(first, "sent"));
        assert_eq!(heard, [["MAIL", "RCPT", "DATA", ".", "MAIL", "RCPT", "DATA", "."]]);
    }
}

#[tokio::test]
async fn an_envelope_refused_after_a_body_is_about_its_own_letter() {
    let refused = vec![
        HELLO,
        HELLO,
        ("DATA", TAKEN),
        ("DATA", "250 taken\r\n250 from\r\n550 5.1.1 whom?\r\n503 nobody\r\n"),
        ("RSET", "250 forgotten\r\n"),
        BYE,
    ];
    let (outcomes, heard) = carried(vec![refused]).await;
    assert_eq!(outcomes, ended("sent", "rejected"));
    assert_eq!(heard, [["MAIL", "RCPT", "DATA", ".", "MAIL", "RCPT", "DATA", "RSET"]]);
}

#[tokio::test]
async fn of_two_that_travel_together_only_the_one_with_its_dot_is_unknown_when_the_server_closes() {
    let closing = vec![HELLO, HELLO, ("DATA", TAKEN), ("DATA", "CLOSE")];
    let anew = vec![HELLO, HELLO, ("DATA", TAKEN), (".", "250 taken\r\n"), BYE];
    let (outcomes, heard) = carried(vec![closing, anew]).await;
    assert_eq!(outcomes, ended("unknown", "sent"));
    assert_eq!(heard[1], ["MAIL", "RCPT", "DATA", "."]);
}

#[tokio::test]
async fn a_letter_does_not_wait_long_for_the_answer_to_the_one_before_it() {
    let silent = vec![HELLO, HELLO, ("DATA", TAKEN), ("DATA", "WAIT")];
    let other = vec![HELLO, HELLO, ("DATA", TAKEN), (".", "250 taken\r\n"), BYE];
    let (port, listening) = scripted(vec![silent, other]).await;
    let channel = channel(port);
    let letters = Letters::to(&["li@example.com", "wang@example.com"]);
    let second = async {
        // Put back: somebody else takes it.
        letters.changed.notified().await;
        channel.send_all(ChannelKind::Email, &letters).await;
        assert_eq!(letters.outcomes(), [("wang@example.com".to_owned(), "sent")]);
    };
    tokio::join!(channel.send_all(ChannelKind::Email, &letters), second);
    assert_eq!(letters.outcomes()[1], ("li@example.com".to_owned(), "unknown"));
    channel.close().await;
    assert_eq!(listening.await.unwrap()[1], ["MAIL", "RCPT", "DATA", "."]);
}
