//! A killed process does not prove durability: what it wrote is still in the memory of the system. The order of its calls does. `strace`
//! watches the server, and no answer to a check-in may leave while its database's log has bytes that were not flushed to the disk.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use uuid::Uuid;

use crate::support::app::TestApp;
use crate::support::server::{Server, classes, client, token};

const CHECK_INS: usize = 2_000;
const SESSIONS: usize = 10;

/// What the calls of a server say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Answers to check-ins that left.
    answers: usize,
    /// Writes to the log.
    writes: usize,
    /// Answers that left while the log was not flushed.
    too_early: Vec<String>,
}

/// Reads the calls in the order in which `strace -f -y` wrote them down. A call that another thread interrupts stands on two lines:
/// a write counts from its beginning, a flush from its end, and only for what was written before it began.
fn read(calls: &str) -> Seen {
    let mut seen = Seen::default();
    let mut written = 0_usize;
    let mut flushed = 0_usize;
    let mut flushing: Vec<(&str, usize)> = Vec::new();
    for line in calls.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let call = call.trim_start();
        let of_log = call.split_once('>').is_some_and(|(file, _)| file.ends_with("-wal"));
        if of_log && (call.starts_with("write(") || call.starts_with("pwrite")) {
            written += 1;
            seen.writes += 1;
        } else if of_log && (call.starts_with("fdatasync(") || call.starts_with("fsync(")) {
            if call.contains("<unfinished") {
                flushing.push((thread, written));
            } else {
                flushed = written;
            }
        } else if call.starts_with("<... fdatasync resumed") || call.starts_with("<... fsync resumed") {
            if let Some(at) = flushing.iter().position(|(whose, _)| *whose == thread) {
                flushed = flushed.max(flushing.swap_remove(at).1);
            }
        } else if call.contains("HTTP/1.1 201") {
            seen.answers += 1;
            if flushed < written {
                seen.too_early.push(line.to_owned());
            }
        }
    }
    seen
}

#[test]
fn an_answer_before_the_flush_is_seen() {
    let good = "1 write(9</d/x.db-wal>, \"a\", 1) = 1\n\
                1 fdatasync(9</d/x.db-wal> <unfinished ...>\n\
                2 read(3</etc/hosts>, \"\", 1) = 0\n\
                1 <... fdatasync resumed>) = 0\n\
                2 writev(7<socket:[1]>, [{iov_base=\"HTTP/1.1 201 Cr\"...}], 1) = 9";
    let seen = read(good);
    assert_eq!((seen.answers, seen.writes, seen.too_early.len()), (1, 1, 0));
    let without_flush: Vec<&str> = good.lines().filter(|line| !line.contains("resumed")).collect();
    assert_eq!(read(&without_flush.join("\n")).too_early.len(), 1);
    let written_meanwhile = good.replace("2 read(3</etc/hosts>", "2 write(9</d/x.db-wal>");
    assert_eq!(read(&written_meanwhile).too_early.len(), 1);
}

/// `strace`, attached to a running process and all its threads; it ends when that one does.
async fn watch(pid: u32, into: &Path) -> tokio::process::Child {
    let mut strace = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "16",
            "-e",
            "trace=write,pwrite64,pwritev,writev,sendto,sendmsg,fsync,fdatasync",
            "-o",
        ])
        .arg(into)
        .args(["-p", &pid.to_string()])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("strace is installed");
    let mut said = BufReader::new(strace.stderr.take().expect("piped")).lines();
    let first = said.next_line().await.expect("strace speaks").unwrap_or_default();
    assert!(first.contains("attached"), "strace cannot watch: {first}");
    // What else it says must be read, or it would wait.
    tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
    strace
}

#[tokio::test]
async fn no_answer_leaves_before_its_check_in_is_on_the_disk() {
    let app = TestApp::sqlite().await;
    let (sessions, residents) = classes(&app, SESSIONS, CHECK_INS / SESSIONS).await;
    let mut server = Server::start(&app, &["--no-workers"]).await;
    let token = token(&server.address).await;
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    let mut strace = watch(server.pid(), &calls).await;
    let http = client();
    for n in 0..CHECK_INS {
        let path = format!(
            "/api/v1/communities/yunliang/sessions/{}/attendance",
            sessions[n % SESSIONS]
        );
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | n as u128);
        let body = json!({"client_id": id, "resident_id": residents[n / SESSIONS]});
        let sent = http
            .post(format!("{}{path}", server.address))
            .bearer_auth(&token)
            .json(&body)
            .send();
        assert_eq!(sent.await.expect("an answer").status(), 201);
    }
    server.kill().await;
    let ended = tokio::time::timeout(Duration::from_mins(1), strace.wait()).await;
    ended.expect("strace ends with what it watches").expect("a child");
    let seen = read(&std::fs::read_to_string(&calls).expect("strace wrote it down"));
    assert_eq!(seen.answers, CHECK_INS);
    assert!(seen.writes >= CHECK_INS, "{} writes", seen.writes);
    assert_eq!(seen.too_early, Vec::<String>::new());
}
