//! Importing a list of 20,000 residents.
//!
//! Method: the same people as XLSX (eleven columns) and as CSV; an empty community on SQLite (WAL, `synchronous=FULL`). *Look* reads the file and
//! holds every row against the register. *Import* does that and stores them. *Again* is a look at the same file when everybody is known. *Undo*
//! takes it back. Meanwhile somebody else makes a small change every two milliseconds: the longest that one of them waited is what a
//! check-in would have waited. Memory is the highest resident size of the process during the step (`VmHWM`, set back before each), with the
//! size before it in brackets. The bomb is 512 MB of spaces in a workbook of half a megabyte. Run it with `cargo bench --bench import`.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use entities::community;
use jiff::Timestamp;
use rust_xlsxwriter::Workbook;
use sea_orm::EntityTrait;
use uuid::Uuid;
use xianglao::config::Settings;
use xianglao::domain::access::Actor;
use xianglao::domain::id::{CommunityId, UploadId};
use xianglao::domain::lang::Lang;
use xianglao::services::resident_import::{Progress, Take, import_file, read, undo};
use xianglao::services::wording::Words;
use xianglao::services::{Clock, Context, seal};
use xianglao::storage::{Db, DbSettings, Error, meta, to_db};

const ROWS: u32 = 20_000;
const HEADER: [&str; 11] = [
    "姓名",
    "性别",
    "出生日期",
    "手机",
    "楼栋",
    "网格",
    "人员类别",
    "家属",
    "家属电话",
    "邮箱",
    "备注",
];

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn here() -> CommunityId {
    CommunityId(Uuid::from_u128(1 << 96))
}

/// The cells of a person.
fn person(n: u32) -> [String; 11] {
    let character = |n: u32| char::from_u32(0x4e00 + n).unwrap_or('一');
    [
        format!("王{}{}", character(n % 200), character(n / 200)),
        if n.is_multiple_of(2) { "女" } else { "男" }.to_owned(),
        format!("{}年{}月", 1930 + n % 35, 1 + n % 12),
        format!("138{n:08}"),
        format!("{}号楼{}单元{}", 1 + n % 60, 1 + n % 4, 101 + n % 600),
        String::new(),
        if n.is_multiple_of(5) { "独居、高龄" } else { "" }.to_owned(),
        format!("王{}", character(n % 500)),
        format!("139{n:08}"),
        if n.is_multiple_of(9) {
            format!("r{n}@example.org")
        } else {
            String::new()
        },
        "已核对".to_owned(),
    ]
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, label) in (0..).zip(HEADER) {
        sheet.write_string(0, column, label).expect("written");
    }
    for n in 0..ROWS {
        for (column, cell) in (0..).zip(person(n)).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(n + 1, column, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn text() -> Vec<u8> {
    let mut text = HEADER.join(",");
    for n in 0..ROWS {
        text.push_str("\r\n");
        text.push_str(&person(n).join(","));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

fn bomb() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("xl/workbook.xml", options).expect("a part");
    zip.write_all(b"<workbook/>").expect("written");
    zip.start_file("xl/worksheets/sheet1.xml", options).expect("a part");
    let spaces = vec![b' '; 1024 * 1024];
    for _ in 0..512 {
        zip.write_all(&spaces).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

/// A line of `/proc/self/status`, MiB.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|text| text.strip_prefix(line)?.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0_u64) / 1024
}

/// Runs a step and prints its figures; `rows` 0 leaves the speed out.
async fn step<T>(ctx: &Context, name: &str, rows: u32, work: impl Future<Output = T>) -> T {
    // 5: the highest size so far is forgotten. Without the right to, it only grows.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = memory("VmRSS:");
    let stop = Arc::new(AtomicBool::new(false));
    let other = {
        let (db, stop) = (ctx.db.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut longest = Duration::ZERO;
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                db.write(async move |txn| meta::put(txn, "bench", "x").await)
                    .await
                    .expect("stored");
                longest = longest.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            longest
        })
    };
    let began = Instant::now();
    let done = work.await;
    let took = began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let longest = other.await.expect("it ends");
    let speed = if rows == 0 {
        String::new()
    } else {
        format!("{:>8.0} rows/s", f64::from(rows) / took)
    };
    println!(
        "  {name:<14} {took:>7.3} s {speed:>15}   others waited at most {:>5.0} ms   {:>4} MiB (before {before})",
        longest.as_secs_f64() * 1000.0,
        memory("VmHWM:"),
    );
    done
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let now: Timestamp = "2026-11-25T02:10:00Z".parse().expect("an instant");
    let db = Db::connect(&DbSettings::sqlite(&folder.path().join("xianglao.db")))
        .await
        .expect("a database");
    db.migrate().await.expect("a schema");
    let home = community::Model {
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
        created_at: to_db(now),
    };
    let home = sea_orm::IntoActiveModel::into_active_model(home);
    db.write(async move |txn| {
        community::Entity::insert(home).exec_without_returning(txn).await?;
        Ok::<_, Error>(())
    })
    .await
    .expect("a community");
    let sealer = seal::prepare(&db, folder.path()).await.expect("keys");
    let settings = Settings {
        data_dir: folder.path().to_owned(),
        ..Settings::default()
    };
    let ctx = Context::new(db, settings, Arc::new(Still(now)), sealer);
    let words = Words::new(Lang::Zh);
    let progress = Arc::<Progress>::default();
    for (kind, bytes) in [("XLSX", workbook()), ("CSV", text())] {
        println!("{kind}, {ROWS} rows, {} KiB", bytes.len() / 1024);
        let run = |take| {
            let (ctx, bytes, progress) = (&ctx, bytes.clone(), &progress);
            async move {
                import_file(ctx, &Actor::System, here(), "list", bytes, take, words, progress)
                    .await
                    .expect("a good list")
            }
        };
        let (looked, _) = step(&ctx, "look", ROWS, run(None)).await;
        assert_eq!(looked.counts.new, ROWS as usize, "{:?}", looked.counts);
        drop(looked);
        let (_, import) = step(&ctx, "import", ROWS, run(Some(Take::All))).await;
        let (again, _) = step(&ctx, "again", ROWS, run(None)).await;
        assert_eq!(again.counts.known, ROWS as usize, "{:?}", again.counts);
        drop(again);
        let id = UploadId(import.expect("imported").id.0);
        step(&ctx, "undo", ROWS, undo(&ctx, &Actor::System, here(), id))
            .await
            .expect("undone");
    }
    let bytes = bomb();
    println!("a bomb, {} KiB that unfold to 512 MiB", bytes.len() / 1024);
    step(&ctx, "refused", 0, async { read::read(&bytes).expect_err("a bomb") }).await;
}
