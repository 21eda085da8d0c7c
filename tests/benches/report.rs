//! The report of a month among ten million attendance rows.
//!
//! Method: a SQLite file with 100 communities of 1,000 residents, five years of 40 sessions a month with 42 named visits and three heads each: 10,080,000
//! attendance rows. The rows are stored in bulk by SQL while the summary's triggers are off; the summary is then counted from them by
//! the same statement that repairs it, and compared with them. Timed is `services::report::month` as the page calls it, warm, 50 times in turn: of the last
//! month of a community with five years behind it, and of a community that has this one month only. The two medians are compared: the report must not grow
//! with the history. `XIANGLAO_BENCH_MONTHS` makes the history shorter (60). Run it with `cargo bench --bench report`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sea_orm::ConnectionTrait;
use uuid::Uuid;
use xianglao::config::Settings;
use xianglao::domain::access::Actor;
use xianglao::domain::id::CommunityId;
use xianglao::domain::period::YearMonth;
use xianglao::services::{Clock, Context, report, seal};
use xianglao::storage::{Db, DbSettings, summary};

const COMMUNITIES: u128 = 100;
const SESSIONS: u32 = 40;
const VISITS: u32 = 42;
const RUNS: usize = 50;

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// An id as the SQL below makes it: a kind, and a number.
fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128((kind << 64) | n)
}

/// The same in SQL.
fn sql_id(kind: u8, n: &str) -> String {
    format!("unhex(printf('%016x%016x', {kind}, {n}))")
}

/// Everything but the summary. Community 0 begins with the last month, the others with the first.
fn statements(months: u32) -> Vec<String> {
    let at = "'2021-01-01T00:00:00+00:00'";
    let series = |table: &str, upto: &str| {
        format!("{table}(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM {table} WHERE i + 1 < {upto})")
    };
    let (communities, month, session) = (
        series("c", &COMMUNITIES.to_string()),
        series("m", &months.to_string()),
        series("s", &SESSIONS.to_string()),
    );
    let (resident, visit) = (series("r", "1000"), series("v", &VISITS.to_string()));
    let here = sql_id(1, "c.i");
    let session_n = "(c.i * 1000 + m.i) * 100 + s.i";
    let starts = "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2021-01-01', '+' || m.i || ' months', '+' || (s.i % 28) || ' days', '+1 hour')";
    let last = months - 1;
    let begun = format!("(c.i > 0 OR m.i = {last})");
    vec![
        format!(
            "WITH RECURSIVE {communities} INSERT INTO community (id, slug, name, name_en, subdistrict, district, zone, phone, address, desk_hours, notice, \
             seniors_registered, horizon_weeks, created_at) SELECT {here}, 'c' || c.i, '社区', '', '', '', 'Asia/Shanghai', '', '', '', '', 900, 26, {at} FROM c"
        ),
        format!(
            "WITH RECURSIVE {communities} INSERT INTO venue (community_id, id, name, name_en, mark, tone, directions, directions_en, capacity, clearing_minutes, \
             outdoor, opens_at_minute, closes_at_minute, equipment) SELECT {here}, {}, '老年活动室', '', '活', 'huo', '', '', 60, 0, 0, 0, 1440, '' FROM c",
            sql_id(2, "c.i")
        ),
        format!(
            "WITH RECURSIVE {communities}, {} INSERT INTO programme (community_id, id, title, title_en, slogan, slogan_en, kind, description, description_en, bring, \
             bring_en, audience, sign_up, counting, matters, status, created_at, updated_at) SELECT {here}, {}, '活动' || p.i, '', '', '', 'class', '', '', '', '', \
             '', 'optional', 'both', '', 'active', {at}, {at} FROM c, p",
            series("p", "8"),
            sql_id(3, "c.i * 10 + p.i")
        ),
        format!(
            "WITH RECURSIVE {communities}, {} INSERT INTO series (community_id, id, programme_id, venue_id, starts_local, zone, duration_minutes, extra, excluded, \
             holiday_policy, pauses, topics, sequence, created_at, updated_at) SELECT {here}, {}, {}, {}, '2021-01-01T09:00:00', 'Asia/Shanghai', 60, '[]', '[]', \
             'hold', '[]', '[]', 0, {at}, {at} FROM c, p",
            series("p", "8"),
            sql_id(4, "c.i * 10 + p.i"),
            sql_id(3, "c.i * 10 + p.i"),
            sql_id(2, "c.i")
        ),
        format!(
            "WITH RECURSIVE {communities}, {month}, {session} INSERT INTO session (community_id, id, series_id, programme_id, original_local, starts_at, ends_at, \
             venue_id, status, overridden, sequence, enrolled, waitlisted, asked, named, headcount, created_at, updated_at) SELECT {here}, {}, {}, {}, \
             {starts} || s.i, {starts}, {starts}, {}, 'held', 0, 0, 0, 0, 0, {VISITS}, 3, {at}, {at} FROM c, m, s WHERE {begun}",
            sql_id(5, session_n),
            sql_id(4, "c.i * 10 + s.i % 8"),
            sql_id(3, "c.i * 10 + s.i % 8"),
            sql_id(2, "c.i")
        ),
        format!(
            "WITH RECURSIVE {communities}, {resident} INSERT INTO resident (community_id, id, name, initials, gender, birth_year, email, building, care, family_name, \
             tell_by, source, unchecked, created_at, updated_at) SELECT {here}, {}, '居民' || r.i, 'jm', '', 1935 + r.i % 35, '', '', '[]', '', 'phone', 'staff', 0, \
             {at}, {at} FROM c, r",
            sql_id(6, "c.i * 1000 + r.i")
        ),
        format!(
            "WITH RECURSIVE {communities}, {month}, {session}, {visit} INSERT INTO attendance (community_id, id, session_id, resident_id, headcount, session_starts_at, \
             recorded_at) SELECT {here}, {}, {}, {}, 0, {starts}, {starts} FROM c, m, s, v WHERE {begun}",
            sql_id(7, &format!("({session_n}) * 100 + v.i")),
            sql_id(5, session_n),
            sql_id(6, "c.i * 1000 + (s.i * 17 + v.i * 23 + m.i * 5) % 1000")
        ),
        format!(
            "WITH RECURSIVE {communities}, {month}, {session} INSERT INTO attendance (community_id, id, session_id, resident_id, headcount, session_starts_at, \
             recorded_at) SELECT {here}, {}, {}, NULL, 3, {starts}, {starts} FROM c, m, s WHERE {begun}",
            sql_id(7, &format!("({session_n}) * 100 + 99")),
            sql_id(5, session_n)
        ),
    ]
}

async fn build(db: &Db, months: u32) {
    let conn = db.reader();
    // What stands in the file is the schema's; the trigger comes back as it was.
    let row = conn
        .query_one_raw(sea_orm::Statement::from_string(
            conn.get_database_backend(),
            "SELECT sql FROM sqlite_master WHERE name = 'summary_insert'",
        ))
        .await
        .expect("an answer")
        .expect("the trigger");
    let trigger: String = row.try_get_by_index(0).expect("its text");
    conn.execute_unprepared("DROP TRIGGER summary_insert")
        .await
        .expect("dropped");
    for statement in statements(months) {
        conn.execute_unprepared(&statement).await.expect("rows are stored");
    }
    conn.execute_unprepared(&trigger).await.expect("the trigger is back");
    for n in 0..COMMUNITIES {
        let here = CommunityId(id(1, n));
        summary::rebuild(conn, here).await.expect("the summary is counted");
    }
    let wrong = summary::wrong_rows(conn, CommunityId(id(1, 1)))
        .await
        .expect("an answer");
    assert!(wrong.is_empty(), "{wrong:?}");
}

async fn context(path: &Path) -> Context {
    let settings = DbSettings::sqlite(path);
    let db = Db::connect(&settings).await.expect("the file opens");
    db.migrate().await.expect("the schema is made");
    let folder = path.parent().expect("a folder");
    let sealer = seal::prepare(&db, folder).await.expect("keys");
    let now: Timestamp = "2026-02-01T00:00:00Z".parse().expect("an instant");
    Context::new(db, Settings::default(), Arc::new(Still(now)), sealer)
}

async fn median(ctx: &Context, community: CommunityId, month: YearMonth) -> Duration {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        let reported = report::month(ctx, &Actor::System, community, month)
            .await
            .expect("the report");
        times.push(begun.elapsed());
        assert_eq!(reported.report.total.visits, i64::from(SESSIONS * (VISITS + 3)));
    }
    times.sort_unstable();
    times[RUNS / 2]
}

fn main() {
    let months: u32 = std::env::var("XIANGLAO_BENCH_MONTHS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::TempDir::new().expect("a folder");
        let ctx = context(&folder.path().join("report.db")).await;
        let begun = Instant::now();
        build(&ctx.db, months).await;
        let rows = u64::from(months) * 99 * u64::from(SESSIONS) * u64::from(VISITS + 1);
        println!("{rows} attendance rows in {:.0} s", begun.elapsed().as_secs_f64());
        let last = YearMonth::new(
            2021 + i16::try_from((months - 1) / 12).expect("few"),
            ((months - 1) % 12 + 1) as i8,
        );
        let last = last.expect("a month");
        let long = median(&ctx, CommunityId(id(1, 1)), last).await;
        let short = median(&ctx, CommunityId(id(1, 0)), last).await;
        println!(
            "month report, {months} months behind it: {:.2} ms",
            long.as_secs_f64() * 1e3
        );
        println!(
            "month report, no history:              {:.2} ms",
            short.as_secs_f64() * 1e3
        );
        println!(
            "the history costs {:.2} times",
            long.as_secs_f64() / short.as_secs_f64()
        );
    });
}
