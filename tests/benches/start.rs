//! From the start of the process to the first answered request on an existing database, and the memory it takes after every page of the
//! demonstration was looked at.
//!
//! Method: the release binary itself, started five times on one demonstration database in a file; the time runs from spawning to the first 200 of
//! `/readyz`, asked every 2 ms; the resident memory is `VmRSS` of `/proc/PID/status`. Run it with `cargo bench --bench start`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 5;
const PASSWORD: &str = "bench-password-of-some-length";

/// What is looked at.
const PAGES: &[&str] = &[
    "/",
    "/c/yunliang",
    "/c/yunliang?lang=en",
    "/c/youyuan",
    "/c/yunliang/calendar.ics",
    "/staff",
    "/staff/week",
    "/staff/week?view=venue",
    "/staff/programmes",
    "/staff/programmes/new",
    "/staff/residents",
    "/staff/notifications",
    "/staff/partners",
    "/staff/reports?month=2023-09",
    "/staff/reports.xlsx?month=2023-09",
    "/api/v1/openapi.json",
    "/api/v1/communities/yunliang/reports?month=2023-09",
];

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
}

fn start(command: &str, folder: &Path, address: SocketAddr) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xianglao"))
        .args([command, "--listen", &address.to_string(), "--database-url"])
        .arg(format!("sqlite:{}", folder.join("bench.db").display()))
        .env("XIANGLAO_DATA_DIR", folder)
        .env("XIANGLAO_DEMO_PASSWORD", PASSWORD)
        .env("RUST_LOG", "error")
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

/// Sends a request and returns the whole answer; none while nobody listens.
fn ask(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

fn get(address: SocketAddr, path: &str, cookie: &str) -> Option<String> {
    ask(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"),
    )
}

fn wait_until_ready(address: SocketAddr) -> Duration {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        if get(address, "/readyz", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            return started.elapsed();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the server did not answer within a minute");
}

fn resident_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a running process");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a resident size");
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect("a number")
}

fn click_through(address: SocketAddr) {
    let form = format!("username=yunliang&password={PASSWORD}");
    let login = ask(
        address,
        &format!(
            "POST /login HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )
    .expect("an answer");
    let cookie = login
        .lines()
        .find_map(|line| {
            line.strip_prefix("set-cookie: ")
                .and_then(|rest| rest.split(';').next())
        })
        .expect("a login cookie")
        .to_owned();
    for path in PAGES {
        let answer = get(address, path, &cookie).expect("an answer");
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{path}: {}",
            answer.lines().next().unwrap_or_default()
        );
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = free_port();
    let mut demo = start("demo", folder.path(), address);
    wait_until_ready(address);
    demo.kill().and_then(|()| demo.wait()).expect("the demonstration ends");

    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..RUNS {
        let address = free_port();
        let mut server = start("serve", folder.path(), address);
        times.push(wait_until_ready(address));
        click_through(address);
        memory = memory.max(resident_kib(&server));
        server.kill().and_then(|()| server.wait()).expect("the server ends");
    }
    times.sort();
    println!(
        "start to first answer, existing database: median {} ms of {RUNS} runs",
        times[RUNS / 2].as_millis()
    );
    println!(
        "resident memory after looking at every page: at most {} MiB",
        memory / 1024
    );
}
