//! 100,000 messages that fall due at once, against a bare client on the same mail server.
//!
//! Method: one SMTP server on 127.0.0.1, on a thread of its own, that takes everything at once, commands in a row too (RFC 2920), and keeps of each
//! message its Message-ID only.
//! *Bare*: eight tasks of lettre's `AsyncSmtpConnection` over sockets with `TCP_NODELAY`, each with one connection that stays open; each message (the same
//! subject and text as ours, other name and address) is built by lettre and handed over by MAIL, RCPT, DATA, body. Nothing is stored. *Ours*: the
//! communities of the demonstration with as many more people in each, signed up for a session of tomorrow, and a reminder due to each; two workers, as `serve` and `worker` have
//! them, take up, look whether it is still true, write the words, store that it leaves, send, store how it ended, until nothing is due. The
//! resident memory of the process is looked at after each tenth. Turns alternate; the medians are compared. Everything is durable (WAL,
//! `synchronous=FULL`). With `XIANGLAO_BENCH_DATABASE_URL=postgres://…` (an empty database) ours is on PostgreSQL. `XIANGLAO_BENCH_MESSAGES` and
//! `XIANGLAO_BENCH_TURNS` change the numbers.
//!
//! Run it with `cargo bench --bench outbox`.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use entities::{delivery, enrolment, notification, resident};
use jiff::{SignedDuration, Timestamp};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, TransactionTrait};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xianglao::config::Settings;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::channel::Channel;
use xianglao::services::notification::Worker;
use xianglao::services::{Clock, Context, community, demonstration, schedule, seal};
use xianglao::storage::{Db, DbSettings, to_db};

/// Connections of either side.
const CONNECTIONS: usize = 8;
/// Workers that send, as many as the program starts.
const WORKERS: usize = 2;

/// A clock that was set when it was made, and goes on from there: ids of a moment follow each other as they do in the program, so that what is
/// written at one time lies together.
struct Running {
    set_to: Timestamp,
    set_at: Instant,
}

impl Clock for Running {
    fn now(&self) -> Timestamp {
        self.set_to + self.set_at.elapsed()
    }
}

/// What the mail server has taken.
#[derive(Default)]
struct Taken {
    count: AtomicUsize,
    /// How often each came, by the number in its Message-ID.
    copies: Mutex<Vec<u8>>,
}

impl Taken {
    fn note(&self, id: u128) {
        let mut copies = self.copies.lock().expect("nobody panicked");
        let n = (id & 0xFFFF_FFFF) as usize;
        if n >= copies.len() {
            copies.resize(n + 1, 0);
        }
        copies[n] = copies[n].saturating_add(1);
    }
}

/// The mail server, on its own thread.
fn serve() -> (SocketAddr, Arc<Taken>) {
    let taken = Arc::<Taken>::default();
    let (send, receive) = std::sync::mpsc::channel();
    let kept = Arc::clone(&taken);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("an address"))
                .expect("somebody waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(converse(stream, Arc::clone(&kept)));
            }
        });
    });
    (receive.recv().expect("the server listens"), taken)
}

async fn converse(stream: TcpStream, taken: Arc<Taken>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::with_capacity(64 * 1024, read);
    let mut answers = b"220 bench ESMTP\r\n".to_vec();
    let (mut line, mut in_body, mut id) = (Vec::new(), false, 0_u128);
    loop {
        // Answers to what came in a row leave together (RFC 2920 §3.2).
        if read.buffer().is_empty() && !answers.is_empty() {
            write.write_all(&answers).await?;
            answers.clear();
        }
        line.clear();
        if read.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if in_body {
            if line == b".\r\n" {
                in_body = false;
                taken.note(id);
                taken.count.fetch_add(1, Ordering::Relaxed);
                answers.extend_from_slice(b"250 2.0.0 Ok: queued\r\n");
            } else if let Some(rest) = line.strip_prefix(b"Message-ID: <") {
                let text = String::from_utf8_lossy(rest);
                let name = text.split('@').next().unwrap_or_default();
                id = name.parse::<Uuid>().map_or(0, |id| id.as_u128());
            }
            continue;
        }
        let answer: &[u8] = match line.get(..4) {
            Some(b"EHLO") => b"250-bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            Some(b"DATA") => {
                in_body = true;
                b"354 go on\r\n"
            }
            Some(b"QUIT") => b"221 bye\r\n",
            _ => b"250 2.1.0 Ok\r\n",
        };
        answers.extend_from_slice(answer);
    }
}

/// Messages per second of the bare client.
async fn bare(server: SocketAddr, messages: usize, subject: &str, body: &str) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let hello = ClientId::Domain("bench".to_owned());
    let started = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (next, hello) = (Arc::clone(&next), hello.clone());
            let (subject, body) = (subject.to_owned(), body.to_owned());
            tokio::spawn(async move {
                let stream = TcpStream::connect(server).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket");
                let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello)
                    .await
                    .expect("it greets");
                let from: Mailbox = "运粮社区 <noreply@example.org>".parse().expect("an address");
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= messages {
                        return;
                    }
                    let message = lettre::Message::builder()
                        .from(from.clone())
                        .to(Mailbox::new(
                            Some(format!("居民{n}")),
                            format!("r{n}@example.org").parse().expect("an address"),
                        ))
                        .subject(&subject)
                        .message_id(Some(format!("<{}@localhost>", Uuid::from_u128(n as u128))))
                        .header(ContentType::TEXT_PLAIN)
                        .body(body.clone())
                        .expect("a message");
                    let envelope = message.envelope();
                    let octets = message.formatted();
                    let mail = Mail::new(envelope.from().cloned(), Vec::new());
                    connection.command(mail).await.expect("taken");
                    for to in envelope.to() {
                        connection
                            .command(Rcpt::new(to.clone(), Vec::new()))
                            .await
                            .expect("taken");
                    }
                    connection.command(Data).await.expect("taken");
                    connection.message(&octets).await.expect("taken");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task ended");
    }
    messages as f64 / started.elapsed().as_secs_f64()
}

fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128((kind << 112) | (7 << 76) | (2 << 62) | n as u128)
}

/// People, signed up for a session of tomorrow in each community, and for each a reminder that is due.
async fn fill(ctx: &Context, now: Timestamp, messages: usize) {
    let tomorrow = now + SignedDuration::from_hours(16);
    let until = now + SignedDuration::from_hours(24 * 14);
    let mut homes = Vec::new();
    for home in community::list(ctx).await.expect("the communities") {
        let coming = schedule::range(ctx, home.id, tomorrow, until).await.expect("sessions");
        homes.extend(
            coming
                .into_iter()
                .find(|session| !session.is_cancelled())
                .map(|session| (home, session)),
        );
    }
    assert!(messages.is_multiple_of(homes.len()), "{} communities", homes.len());
    let each = messages / homes.len();
    let db = ctx.db.reader();
    delivery::Entity::delete_many().exec(db).await.expect("cleared");
    let at = to_db(now);
    for (h, (home, coming)) in homes.iter().enumerate() {
        let starts_at = coming.starts.timestamp();
        let txn = db.begin().await.expect("a transaction");
        let notification = notification::ActiveModel {
            community_id: Set(home.id.0),
            id: Set(id(10, h)),
            event: Set("reminder_evening".into()),
            dedupe_key: Set("bench".into()),
            session_id: Set(Some(coming.id.0)),
            proposal_id: Set(None),
            facts: Set(format!("{{\"starts_at\":\"{starts_at}\"}}")),
            due_at: Set(at),
            expires_at: Set(to_db(starts_at)),
            created_at: Set(at),
        };
        notification::Entity::insert(notification)
            .exec_without_returning(&txn)
            .await
            .expect("stored");
        for some in (0..each).collect::<Vec<_>>().chunks(500) {
            let number = |n: usize| h * each + n;
            let people = some.iter().map(|n| resident::ActiveModel {
                community_id: Set(home.id.0),
                id: Set(id(11, number(*n))),
                grid_id: Set(None),
                name: Set(format!("居民{}", number(*n))),
                initials: Set("jm".into()),
                gender: Set(String::new()),
                birth_year: Set(Some(1950)),
                phone_sealed: Set(None),
                phone_index: Set(None),
                phone_tail_index: Set(None),
                takes_sms: Set(None),
                email: Set(format!("r{}@example.org", number(*n))),
                building: Set(String::new()),
                care: Set("[]".into()),
                family_name: Set(String::new()),
                family_phone_sealed: Set(None),
                tell_by: Set("email".into()),
                source: Set("staff".into()),
                unchecked: Set(false),
                consent_on: Set(None),
                consent_version: Set(None),
                merged_into: Set(None),
                erased_at: Set(None),
                email_bounced_at: Set(None),
                created_at: Set(at),
                updated_at: Set(at),
            });
            let seats = some.iter().map(|n| enrolment::ActiveModel {
                community_id: Set(home.id.0),
                id: Set(id(12, number(*n))),
                session_id: Set(coming.id.0),
                resident_id: Set(id(11, number(*n))),
                status: Set("enrolled".into()),
                source: Set("staff".into()),
                signed_up_by: Set(String::new()),
                manage_hash: Set(None),
                queued_at: Set(at),
                together_id: Set(None),
                hold_until: Set(None),
                offer_hash: Set(None),
                created_at: Set(at),
                updated_at: Set(at),
            });
            let due = some.iter().map(|n| delivery::ActiveModel {
                community_id: Set(home.id.0),
                id: Set(id(13, number(*n))),
                notification_id: Set(id(10, h)),
                resident_id: Set(Some(id(11, number(*n)))),
                partner_id: Set(None),
                account_id: Set(None),
                channel: Set("email".into()),
                channel_id: Set(None),
                status: Set("due".into()),
                due_at: Set(at),
                expires_at: Set(to_db(starts_at)),
                lease_owner: Set(None),
                lease_epoch: Set(0),
                lease_until: Set(None),
                deaths: Set(0),
                hurry_at: Set(None),
                attempts: Set(0),
                last_error: Set(None),
                subject: Set(String::new()),
                body: Set(String::new()),
                sent_at: Set(None),
                created_at: Set(at),
                updated_at: Set(at),
            });
            resident::Entity::insert_many(people)
                .exec_without_returning(&txn)
                .await
                .expect("stored");
            enrolment::Entity::insert_many(seats)
                .exec_without_returning(&txn)
                .await
                .expect("stored");
            delivery::Entity::insert_many(due)
                .exec_without_returning(&txn)
                .await
                .expect("stored");
        }
        txn.commit().await.expect("it stays");
    }
}

/// Resident memory of this process, MiB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .expect("a number");
    kib / 1024.0
}

/// Makes everything due again that was sent.
async fn rewind(ctx: &Context) {
    use sea_orm::sea_query::Expr;
    entities::attempt::Entity::delete_many()
        .exec(ctx.db.reader())
        .await
        .expect("forgotten");
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value("due"))
        .col_expr(delivery::Column::Attempts, Expr::value(0))
        .filter(delivery::Column::Id.gte(id(13, 0)))
        .exec(ctx.db.reader())
        .await
        .expect("due again");
}

/// Messages per second of ours, and the memory after each tenth.
async fn ours(ctx: &Context, channel: &Arc<dyn Channel>, taken: &Taken, messages: usize) -> (f64, Vec<f64>) {
    let before = taken.count.load(Ordering::Relaxed);
    let stop = CancellationToken::new();
    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|n| {
            let (ctx, channel, stop) = (ctx.clone(), Arc::clone(channel), stop.clone());
            tokio::spawn(async move {
                let worker = Worker::new(Uuid::from_u128(n as u128 + 1), stop);
                while worker
                    .all(&ctx, Some(channel.as_ref()))
                    .await
                    .expect("the database answers")
                    .taken
                    > 0
                {}
            })
        })
        .collect();
    let mut seen = Vec::new();
    while workers.iter().any(|worker| !worker.is_finished()) {
        let done = taken.count.load(Ordering::Relaxed) - before;
        if done * 10 / messages > seen.len() {
            seen.push(memory());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for worker in workers {
        worker.await.expect("a worker ended");
    }
    let took = started.elapsed().as_secs_f64();
    seen.push(memory());
    let sent = taken.count.load(Ordering::Relaxed) - before;
    assert_eq!(sent, messages, "each once");
    let left = delivery::Entity::find()
        .filter(delivery::Column::Status.ne("sent"))
        .count(ctx.db.reader())
        .await
        .expect("a number");
    assert_eq!(left, 0, "all are sent");
    (messages as f64 / took, seen)
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let messages = number("XIANGLAO_BENCH_MESSAGES", 100_000) / 12 * 12;
    let turns = number("XIANGLAO_BENCH_TURNS", 3);
    let (server, taken) = serve();
    let folder = tempfile::tempdir().expect("a folder");
    let settings = match std::env::var("XIANGLAO_BENCH_DATABASE_URL") {
        Ok(url) => DbSettings {
            url,
            max_connections: 8,
        },
        Err(_) => DbSettings::sqlite(&folder.path().join("bench.db")),
    };
    let db = Db::connect(&settings).await.expect("a database");
    db.migrate().await.expect("a schema");
    let sealer = seal::prepare(&db, folder.path()).await.expect("keys");
    let now: Timestamp = "2026-11-25T10:10:00Z".parse().expect("an instant");
    let settings = Settings {
        data_dir: folder.path().to_owned(),
        ..Settings::default()
    };
    let clock = Running {
        set_to: now,
        set_at: Instant::now(),
    };
    let ctx = Context::new(db, settings, Arc::new(clock), sealer);
    demonstration::fill(&ctx, "bench password of some length", |_| ())
        .await
        .expect("the demonstration");
    fill(&ctx, now, messages).await;
    let mut smtp = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
    smtp.tls = Tls::None;
    let channel: Arc<dyn Channel> = Arc::new(EmailChannel::new(smtp).expect("settings that work"));

    let (mut fast, mut own) = (Vec::new(), Vec::new());
    let (mut subject, mut body) = (String::new(), String::new());
    for turn in 0..turns {
        if turn > 0 {
            rewind(&ctx).await;
        }
        taken.copies.lock().expect("nobody panicked").fill(0);
        let idle = memory();
        let (rate, memory) = ours(&ctx, &channel, &taken, messages).await;
        let copies = taken.copies.lock().expect("nobody panicked").clone();
        let once = (0..copies.len()).filter(|n| copies[*n] == 1).count();
        assert_eq!(once, messages, "each once");
        own.push(rate);
        let told: Vec<String> = memory.iter().map(|mib| format!("{mib:.0}")).collect();
        println!(
            "ours  {rate:>8.0} messages/s; memory {idle:.0} MiB before, then {} MiB",
            told.join(" ")
        );
        if body.is_empty() {
            let one = delivery::Entity::find()
                .one(ctx.db.reader())
                .await
                .expect("a row")
                .expect("one");
            (subject, body) = (one.subject, one.body);
        }
        let rate = bare(server, messages, &subject, &body).await;
        println!("bare  {rate:>8.0} messages/s");
        fast.push(rate);
    }
    let (own, fast) = (median(own), median(fast));
    println!(
        "{messages} messages due at once: ours {own:.0}/s, a bare client {fast:.0}/s on the same server: {:.0} %",
        own / fast * 100.0
    );
}
