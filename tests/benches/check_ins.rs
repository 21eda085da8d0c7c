//! Durable check-ins against bare batched inserts.
//!
//! Method: two SQLite files of the same schema and settings (WAL, `synchronous=FULL`). *Check-in*: so many callers, each waiting for its answer, check residents
//! in through the service: permission, session, repetition, resident, row, counter. *Bare*: so many callers hand a row to one thread that stores whatever
//! waits in one transaction by one prepared INSERT a row, and answers after the commit: no question asked, no counter kept. Turns of two seconds alternate; the medians of
//! five are compared. Run it with `cargo bench --bench check_ins`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entities::{community, programme, resident, series, session, venue};
use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{EntityTrait, IntoActiveModel, TransactionTrait};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use xianglao::config::Settings;
use xianglao::domain::access::Actor;
use xianglao::domain::attendance::{CheckIn, Counted, Verdict};
use xianglao::domain::id::{AttendanceId, CommunityId, ResidentId, SessionId};
use xianglao::services::{Clock, Context, attendance, seal};
use xianglao::storage::{Db, DbSettings, to_db};

const TURN: Duration = Duration::from_secs(2);
const TURNS: usize = 5;
const SESSIONS: usize = 20;
const RESIDENTS: usize = 20_000;

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128((kind << 96) | n as u128)
}

fn here() -> CommunityId {
    CommunityId(id(1, 0))
}

/// A community with sessions to come to and residents who come.
async fn fill(db: &Db, now: Timestamp) {
    let at = to_db(now);
    let community = community::Model {
        id: here().0,
        slug: "bench".into(),
        name: "运粮社区".into(),
        name_en: String::new(),
        subdistrict: String::new(),
        district: String::new(),
        zone: "Asia/Shanghai".into(),
        phone: String::new(),
        address: String::new(),
        desk_hours: String::new(),
        notice: String::new(),
        seniors_registered: 0,
        seniors_counted_on: None,
        horizon_weeks: 26,
        created_at: at,
    };
    let venue = venue::Model {
        community_id: here().0,
        id: id(2, 0),
        name: "老年活动室".into(),
        name_en: String::new(),
        mark: "活".into(),
        tone: "huo".into(),
        directions: String::new(),
        directions_en: String::new(),
        capacity: 20,
        clearing_minutes: 0,
        outdoor: false,
        opens_at_minute: 0,
        closes_at_minute: 1440,
        equipment: String::new(),
        closed_on: None,
    };
    let programme = programme::ActiveModel {
        community_id: Set(here().0),
        id: Set(id(3, 0)),
        title: Set("老年反诈课".into()),
        title_en: Set(String::new()),
        slogan: Set(String::new()),
        slogan_en: Set(String::new()),
        kind: Set("class".into()),
        description: Set(String::new()),
        description_en: Set(String::new()),
        bring: Set(String::new()),
        bring_en: Set(String::new()),
        audience: Set(String::new()),
        capacity: Set(None),
        sign_up: Set("optional".into()),
        counting: Set("both".into()),
        matters: Set(String::new()),
        partner_id: Set(None),
        status: Set("active".into()),
        created_at: Set(at),
        updated_at: Set(at),
    };
    let series = series::ActiveModel {
        community_id: Set(here().0),
        id: Set(id(4, 0)),
        programme_id: Set(id(3, 0)),
        venue_id: Set(id(2, 0)),
        facilitator_id: Set(None),
        starts_local: Set("2026-11-25T09:00:00".into()),
        zone: Set("Asia/Shanghai".into()),
        duration_minutes: Set(60),
        rule: Set(None),
        extra: Set("[]".into()),
        excluded: Set("[]".into()),
        holiday_policy: Set("hold".into()),
        capacity: Set(None),
        ends_before_local: Set(None),
        materialised_until: Set(None),
        pauses: Set("[]".to_owned()),
        topics: Set("[]".to_owned()),
        held_limit: Set(None),
        sequence: Set(0),
        created_at: Set(at),
        updated_at: Set(at),
    };
    let sessions = (0..SESSIONS).map(|n| session::ActiveModel {
        community_id: Set(here().0),
        id: Set(id(5, n)),
        series_id: Set(id(4, 0)),
        programme_id: Set(id(3, 0)),
        original_local: Set(format!("2026-11-25T09:00:{n:02}")),
        starts_at: Set(to_db(now - SignedDuration::from_hours(1))),
        ends_at: Set(at),
        venue_id: Set(id(2, 0)),
        facilitator_id: Set(None),
        capacity: Set(None),
        status: Set("scheduled".into()),
        reason_code: Set(None),
        reason: Set(None),
        topic: Set(None),
        moved_from_at: Set(None),
        moved_from_venue_id: Set(None),
        overridden: Set(false),
        sequence: Set(0),
        enrolled: Set(0),
        waitlisted: Set(0),
        asked: Set(0),
        named: Set(0),
        headcount: Set(0),
        created_at: Set(at),
        updated_at: Set(at),
    });
    let residents = (0..RESIDENTS).map(|n| resident::ActiveModel {
        community_id: Set(here().0),
        id: Set(id(6, n)),
        grid_id: Set(None),
        name: Set(format!("居民{n}")),
        initials: Set("jm".into()),
        gender: Set(String::new()),
        birth_year: Set(Some(1950)),
        phone_sealed: Set(None),
        phone_index: Set(None),
        phone_tail_index: Set(None),
        takes_sms: Set(None),
        email: Set(String::new()),
        building: Set(String::new()),
        care: Set("[]".into()),
        family_name: Set(String::new()),
        family_phone_sealed: Set(None),
        tell_by: Set("phone".into()),
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
    let txn = db.reader().begin().await.expect("a transaction");
    let done = async {
        community::Entity::insert(community.into_active_model())
            .exec_without_returning(&txn)
            .await?;
        venue::Entity::insert(venue.into_active_model())
            .exec_without_returning(&txn)
            .await?;
        programme::Entity::insert(programme)
            .exec_without_returning(&txn)
            .await?;
        series::Entity::insert(series).exec_without_returning(&txn).await?;
        session::Entity::insert_many(sessions)
            .exec_without_returning(&txn)
            .await?;
        let residents: Vec<_> = residents.collect();
        for some in residents.chunks(1_000) {
            resident::Entity::insert_many(some.to_vec())
                .exec_without_returning(&txn)
                .await?;
        }
        Ok::<_, sea_orm::DbErr>(())
    };
    done.await.expect("the rows are stored");
    txn.commit().await.expect("they stay");
}

/// The n-th coming: each resident to each session once.
fn coming(n: usize) -> (SessionId, ResidentId, AttendanceId) {
    let session = SessionId(id(5, n % SESSIONS));
    let resident = ResidentId(id(6, n / SESSIONS % RESIDENTS));
    (session, resident, AttendanceId(id(7, n)))
}

/// Rows per second through the service.
async fn ours(ctx: &Context, callers: usize, next: &Arc<AtomicUsize>) -> f64 {
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (ctx, next) = (ctx.clone(), next.clone());
            tokio::spawn(async move {
                let mut stored = 0_u64;
                while started.elapsed() < TURN {
                    let (session, resident, client_id) = coming(next.fetch_add(1, Ordering::Relaxed));
                    let entry = CheckIn {
                        client_id,
                        counted: Counted::Resident(resident),
                    };
                    let verdicts = attendance::check_in(&ctx, &Actor::System, here(), session, vec![entry]).await;
                    assert_eq!(verdicts.expect("an answer"), [Verdict::Created]);
                    stored += 1;
                }
                stored
            })
        })
        .collect();
    total(tasks, started).await
}

async fn total(tasks: Vec<tokio::task::JoinHandle<u64>>, started: Instant) -> f64 {
    let mut stored = 0;
    for task in tasks {
        stored += task.await.expect("a caller ended");
    }
    stored as f64 / started.elapsed().as_secs_f64()
}

type Waiting = (usize, oneshot::Sender<()>);

/// The bare writer: whatever waits, in one transaction, one prepared INSERT a row.
async fn bare_writer(path: &Path, mut waiting: mpsc::Receiver<Waiting>, at: String) {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .connect()
        .await
        .expect("the file");
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, 256).await > 0 {
        let mut txn = connection.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
        for (n, _) in &batch {
            let (session, resident, row) = coming(*n);
            sqlx::query(
                "INSERT INTO attendance (community_id, id, session_id, resident_id, headcount, session_starts_at, recorded_at) \
                 VALUES (?, ?, ?, ?, 0, ?, ?)",
            )
            .bind(here().0)
            .bind(row.0)
            .bind(session.0)
            .bind(resident.0)
            .bind(&at)
            .bind(&at)
            .execute(&mut *txn)
            .await
            .expect("stored");
        }
        txn.commit().await.expect("durable");
        for (_, answer) in batch.drain(..) {
            // A caller whose turn is over no longer listens.
            let _ = answer.send(());
        }
    }
}

/// Rows per second through the bare writer.
async fn bare(writer: &mpsc::Sender<Waiting>, callers: usize, next: &Arc<AtomicUsize>) -> f64 {
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (writer, next) = (writer.clone(), next.clone());
            tokio::spawn(async move {
                let mut stored = 0_u64;
                while started.elapsed() < TURN {
                    let (answer, answered) = oneshot::channel();
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    writer.send((n, answer)).await.expect("the writer lives");
                    answered.await.expect("an answer");
                    stored += 1;
                }
                stored
            })
        })
        .collect();
    total(tasks, started).await
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let now: Timestamp = "2026-11-25T02:10:00Z".parse().expect("an instant");
    let paths = ["ours.db", "bare.db"].map(|name| folder.path().join(name));
    let mut dbs = Vec::new();
    for path in &paths {
        let db = Db::connect(&DbSettings::sqlite(path)).await.expect("a database");
        db.migrate().await.expect("a schema");
        fill(&db, now).await;
        dbs.push(db);
    }
    let sealer = seal::prepare(&dbs[0], folder.path()).await.expect("keys");
    let settings = Settings {
        data_dir: folder.path().to_owned(),
        ..Settings::default()
    };
    let ctx = Context::new(dbs[0].clone(), settings, Arc::new(Still(now)), sealer);
    let (writer, waiting) = mpsc::channel(1024);
    let (path, at) = (paths[1].clone(), to_db(now).to_rfc3339());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(bare_writer(&path, waiting, at));
    });

    let counters = [Arc::default(), Arc::default()];
    println!("durable check-ins (SQLite, synchronous=FULL), median of {TURNS} turns");
    for callers in [8, 64] {
        let (mut check_ins, mut inserts) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            inserts.push(bare(&writer, callers, &counters[1]).await);
            check_ins.push(ours(&ctx, callers, &counters[0]).await);
        }
        let (check_ins, inserts) = (median(check_ins), median(inserts));
        println!("  {callers} callers");
        println!("    bare batched inserts  {inserts:>8.0} rows/s");
        println!("    check-ins             {check_ins:>8.0} rows/s");
        println!("    ratio                 {:>8.0} %", 100.0 * check_ins / inserts);
    }
}
