//! The planner's board with 300 sessions in one week.
//!
//! Method: one server of ours on an embedded database with one community, ten venues and 300 sessions in the week of the clock (weekly series,
//! a facilitator each, forty programmes), three proposals waiting and a year of other weeks around it. One client, logged in as staff, asks for
//! the board by day, by venue and with a session open, one request after the other over one connection that stays open; the times from the first
//! byte sent to the last one received are sorted, and the median and the 95th percentile are told. What the loopback itself takes is told by
//! the same client asking for the health page. Run it with `cargo bench --bench week_board`.

mod shared;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use tokio::net::{TcpListener, TcpStream};
use xianglao::config::Settings;
use xianglao::domain::access::Actor;
use xianglao::domain::account::LoginKind;
use xianglao::domain::calendar::IsoWeek;
use xianglao::domain::planning::{ProgrammeKind, SignUpMode};
use xianglao::services::community::{NewFacilitator, NewVenue};
use xianglao::services::programme::{NewProgramme, PlanSeries};
use xianglao::services::{Context, account, community, demonstration, programme, schedule, seal};
use xianglao::storage::{Db, DbSettings};
use xianglao::web;

use shared::{Still, ask};

const VENUES: usize = 10;
const SESSIONS: usize = 300;
const PROGRAMMES: usize = 40;
const REQUESTS: usize = 300;

/// The times of many requests one after the other, sorted, and the length of the answer.
async fn times(address: SocketAddr, path: &str, login: &str) -> (Vec<Duration>, usize) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: login={login}\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket");
    let mut buffer = Vec::with_capacity(1024 * 1024);
    let mut length = 0;
    for _ in 0..20 {
        length = ask(&mut stream, request.as_bytes(), &mut buffer)
            .await
            .expect("an answer");
    }
    let mut all = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let started = Instant::now();
        ask(&mut stream, request.as_bytes(), &mut buffer)
            .await
            .expect("an answer");
        all.push(started.elapsed());
    }
    all.sort_unstable();
    (all, length)
}

fn tell(what: &str, (all, length): &(Vec<Duration>, usize)) {
    let ms = |at: usize| all[at].as_secs_f64() * 1000.0;
    println!(
        "  {what:<28} median {:>6.2} ms   95 % {:>6.2} ms   {length} bytes",
        ms(all.len() / 2),
        ms(all.len() * 95 / 100)
    );
}

/// Ten venues, forty programmes, three hundred weekly series: six a day in each venue, five days a week.
async fn fill(ctx: &Context, home: xianglao::domain::id::CommunityId) {
    let actor = Actor::System;
    let mut venues = Vec::new();
    let mut people = Vec::new();
    for n in 0..VENUES {
        let mark = char::from_u32(0x4E00 + 37 * n as u32).expect("a character").to_string();
        let venue = NewVenue {
            name: format!("{}号活动室", n + 1),
            mark,
            opens_at_minute: 7 * 60,
            closes_at_minute: 21 * 60,
            capacity: 60,
            ..NewVenue::default()
        };
        venues.push(
            community::create_venue(ctx, &actor, home, venue)
                .await
                .expect("a venue")
                .id,
        );
        let person = NewFacilitator {
            name: format!("{}号老师", n + 1),
            ..NewFacilitator::default()
        };
        people.push(
            community::create_facilitator(ctx, &actor, home, person)
                .await
                .expect("a facilitator")
                .id,
        );
    }
    let mut programmes = Vec::new();
    for n in 0..PROGRAMMES {
        let mut new = NewProgramme::titled(format!("{}号活动", n + 1), ProgrammeKind::Class);
        new.sign_up = SignUpMode::Optional;
        new.capacity = Some(20);
        programmes.push(
            programme::create_programme(ctx, &actor, home, new)
                .await
                .expect("a programme")
                .id,
        );
    }
    let monday: DateTime = "2026-10-12T08:00:00".parse().expect("a time");
    for n in 0..SESSIONS {
        let (venue, rest) = (n % VENUES, n / VENUES);
        let (day, slot) = (rest % 5, rest / 5);
        let at = monday
            .saturating_add((day as i64).days())
            .saturating_add((slot as i64 * 105).minutes());
        let mut wish = PlanSeries::once(programmes[n % PROGRAMMES], venues[venue], at, 75);
        wish.facilitator_id = Some(people[venue]);
        wish.rule = Some("FREQ=WEEKLY".to_owned());
        programme::plan_series(ctx, &actor, home, wish, false)
            .await
            .expect("a series");
    }
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
    let password = "bench password of some length";
    demonstration::fill(&ctx, password, |_| ())
        .await
        .expect("the demonstration");
    let home = community::find_by_slug(&ctx, "yunliang").await.expect("a community");
    fill(&ctx, home.id).await;
    let login = account::log_in(&ctx, "yunliang", password, [127, 0, 0, 1].into(), LoginKind::Cookie)
        .await
        .expect("the database answers")
        .expect("name and password are right")
        .token;
    let week = IsoWeek::containing(now.to_zoned(home.zone.clone()).date());
    let sessions = schedule::week(&ctx, home.id, week).await.expect("a week");
    assert!(sessions.len() >= SESSIONS, "{} sessions", sessions.len());

    let mut reading = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        schedule::week_as_planned(&ctx, &home, week).await.expect("a week");
        reading.push(started.elapsed());
    }
    reading.sort_unstable();

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(web::server::serve(
        listener,
        web::router(ctx.clone()),
        std::future::pending(),
    ));
    let open = format!("/staff/week?week={week}&session={}", sessions[sessions.len() / 2].id);
    println!(
        "board of {} sessions, {REQUESTS} requests one after the other",
        sessions.len()
    );
    tell("loopback: health", &times(address, "/healthz", &login).await);
    tell(
        "board by day",
        &times(address, &format!("/staff/week?week={week}"), &login).await,
    );
    tell(
        "board by venue",
        &times(address, &format!("/staff/week?week={week}&view=venue"), &login).await,
    );
    tell("board with a session open", &times(address, &open, &login).await);
    tell(
        "sheet to print",
        &times(address, &format!("/staff/week?week={week}&print=1"), &login).await,
    );
    println!(
        "  reading the week alone       median {:>6.2} ms",
        reading[reading.len() / 2].as_secs_f64() * 1000.0
    );
}
