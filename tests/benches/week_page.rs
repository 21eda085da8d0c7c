//! The public week page against the same bytes from memory.
//!
//! Method: one server of ours with the demonstration (运粮社区 has over 500 sessions a year), and beside its pages one address that answers with the very
//! bytes of the week page from memory. The same client asks for each in turns of two seconds over 16 connections that stay open; the medians of
//! five turns are compared. Run it with `cargo bench --bench week_page`.

mod shared;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header;
use axum::routing::get;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use xianglao::config::Settings;
use xianglao::services::{Context, demonstration, seal};
use xianglao::storage::{Db, DbSettings};
use xianglao::web;

use shared::{Still, ask};

const CONNECTIONS: usize = 16;
const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 5;

/// Requests per second over all connections during one turn.
async fn turn(address: SocketAddr, path: &str) -> f64 {
    let request: Arc<[u8]> = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")
        .into_bytes()
        .into();
    let started = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket");
                let mut buffer = Vec::with_capacity(128 * 1024);
                let mut asked = 0_u64;
                while started.elapsed() < TURN {
                    ask(&mut stream, &request, &mut buffer).await.expect("an answer");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let mut asked = 0;
    for task in tasks {
        asked += task.await.expect("a client ended");
    }
    asked as f64 / started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::connect(&DbSettings::sqlite(&folder.path().join("bench.db")))
        .await
        .expect("a database");
    db.migrate().await.expect("a schema");
    let settings = Settings {
        data_dir: folder.path().to_owned(),
        ..Settings::default()
    };
    let sealer = seal::prepare(&db, folder.path()).await.expect("keys");
    let now: Timestamp = "2026-11-25T02:10:00Z".parse().expect("an instant");
    let ctx = Context::new(db, settings, Arc::new(Still(now)), sealer);
    demonstration::fill(&ctx, "bench password of some length", |_| ())
        .await
        .expect("the demonstration");
    let pages = web::router(ctx);

    // The bytes come from the page itself, over a first server of the same kind.
    let first = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut stream = TcpStream::connect(first.local_addr().expect("an address"))
        .await
        .expect("a connection");
    tokio::spawn(web::server::serve(first, pages.clone(), std::future::pending()));
    let mut answer = Vec::new();
    let length = ask(
        &mut stream,
        b"GET /c/yunliang HTTP/1.1\r\nHost: bench\r\n\r\n",
        &mut answer,
    )
    .await
    .expect("an answer");
    let bytes = axum::body::Bytes::copy_from_slice(&answer[answer.len() - length..]);
    let from_memory = axum::Router::new().route(
        "/bytes",
        get(move || {
            let bytes = bytes.clone();
            async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes) }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(web::server::serve(
        listener,
        from_memory.merge(pages),
        std::future::pending(),
    ));

    turn(address, "/c/yunliang").await;
    let (mut page, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        memory.push(turn(address, "/bytes").await);
        page.push(turn(address, "/c/yunliang").await);
    }
    let (page, memory) = (median(page), median(memory));
    println!("week page of {length} bytes, {CONNECTIONS} connections, median of {TURNS} turns");
    println!("  same bytes from memory  {memory:>9.0} requests/s");
    println!("  week page               {page:>9.0} requests/s");
    println!("  ratio                   {:>9.0} %", 100.0 * page / memory);
}
