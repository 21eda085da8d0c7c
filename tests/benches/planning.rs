//! What planning costs: the conflict check of one session against 100,000 others, and a week's plan of 60 activities on 10 venues.
//!
//! Run by hand: `cargo bench --bench planning`. Promised: a check below a millisecond, a week below a second, on an office PC.
//!
//! Method. The check is measured twice. By itself: one slot against a `Timetable` of 100,000 spans over ten venues and ten years,
//! where four spans in ten lie so near that they are compared; the figure is the mean of 10,000 slots drawn by lot, best and worst of
//! fifteen rounds. Through the database: `storage::booking::busy` around one slot and the check of what it answers, on a SQLite file with
//! 100,000 bookings, 300 times; median, 99th percentile and worst. The week is solved 15 times with other seeds; best, median and worst.
//! "typical" is 60 activities with room for all; "hard" asks for more than ten venues can hold, leaders who are wanted at the same
//! time, and narrow times of day, so that the search never ends early and much must be explained.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use entities::{booking, community, venue};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use uuid::Uuid;
use xianglao::domain::calendar::{HolidayCalendar, IsoWeek};
use xianglao::domain::community::{Tone, Venue};
use xianglao::domain::id::{CommunityId, FacilitatorId, VenueId};
use xianglao::domain::planning::venue_wish::VenueWish;
use xianglao::domain::planning::week_plan::{Activity, Priority, Problem, solve};
use xianglao::domain::planning::weekdays::Weekdays;
use xianglao::domain::planning::{Busy, Claim, Conditions, Slot, Timetable};
use xianglao::services::Error;
use xianglao::storage::{self, Db, DbSettings, date_to_db, to_db};

const VENUES: usize = 10;
const BOOKINGS: usize = 100_000;
const ROUNDS: usize = 15;

/// Numbers drawn by lot, the same in every run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("a zone of the database")
}

fn venues() -> Vec<Venue> {
    (0..VENUES)
        .map(|n| Venue {
            id: VenueId(Uuid::from_u128(n as u128 + 1)),
            name: format!("场地{n}"),
            name_en: String::new(),
            mark: "活".into(),
            tone: Tone::Huo,
            directions: String::new(),
            directions_en: String::new(),
            capacity: [12, 20, 30, 60, 200][n % 5],
            clearing_minutes: 15,
            outdoor: n % 5 == 4,
            opens_at_minute: 8 * 60,
            closes_at_minute: 18 * 60,
            equipment: ["", "投影仪", "投影仪 音响"][n % 3].into(),
            closed_on: None,
        })
        .collect()
}

fn conditions() -> Conditions {
    Conditions {
        zone: zone(),
        venues: venues().into_iter().map(|venue| (venue.id, venue)).collect(),
        partner: None,
        shut: Vec::new(),
    }
}

fn leader(n: usize) -> FacilitatorId {
    FacilitatorId(Uuid::from_u128(500 + n as u128))
}

/// The n-th hour at a venue: three hours a day and venue, over ten years.
fn span(n: usize) -> Busy {
    let (venue, hour) = (n % VENUES, n / VENUES);
    let day = date(2026, 1, 5).saturating_add(i64::try_from(hour / 3).expect("small").days());
    let starts_at = day
        .at(i8::try_from(9 + 2 * (hour % 3)).expect("an hour"), 0, 0, 0)
        .to_zoned(zone())
        .expect("a time")
        .timestamp();
    Busy {
        by: None,
        title: "老年合唱队排练".into(),
        venue_id: Some(VenueId(Uuid::from_u128(venue as u128 + 1))),
        facilitator_id: None,
        starts_at,
        ends_at: starts_at + 1.hour(),
        clear_at: starts_at + 75.minutes(),
    }
}

fn slot(lot: &mut Lot) -> Slot {
    let near = span(lot.below(BOOKINGS));
    let starts_at = near.starts_at + i64::try_from(lot.below(8) * 15).expect("small").minutes();
    Slot {
        venue_id: VenueId(Uuid::from_u128(1 + lot.below(VENUES) as u128)),
        facilitator_id: Some(leader(lot.below(20))),
        starts_at,
        ends_at: starts_at + 90.minutes(),
        capacity: Some(12),
    }
}

fn check_in_memory() {
    let timetable = Timetable::new((0..BOOKINGS).map(span).collect());
    let conditions = conditions();
    let mut lot = Lot(7);
    let slots: Vec<Slot> = (0..10_000).map(|_| slot(&mut lot)).collect();
    let mut means = Vec::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        found = slots
            .iter()
            .map(|slot| black_box(conditions.clashes(slot, &timetable)).len())
            .sum();
        means.push(begin.elapsed() / 10_000);
    }
    means.sort();
    println!(
        "one session against {BOOKINGS} in memory      best {:?}, worst {:?} a check ({found} clashes found in 10,000)",
        means[0],
        means[ROUNDS - 1]
    );
}

async fn check_in_database() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let db = Db::connect(&DbSettings::sqlite(&folder.path().join("bench.db")))
        .await
        .expect("a database");
    db.migrate().await.expect("the schema");
    let home = CommunityId(Uuid::from_u128(1));
    fill(&db, home).await;
    let conditions = conditions();
    let mut lot = Lot(11);
    let mut times = Vec::new();
    for _ in 0..300 {
        let slot = slot(&mut lot);
        let who: Vec<FacilitatorId> = slot.facilitator_id.into_iter().collect();
        let begin = Instant::now();
        let clear_at = conditions.clear_at(slot.venue_id, slot.ends_at);
        let busy = storage::booking::busy(db.reader(), home, &[slot.venue_id], &who, slot.starts_at, clear_at)
            .await
            .expect("an answer");
        black_box(conditions.clashes(&slot, &Timetable::new(busy)));
        times.push(begin.elapsed());
    }
    times.sort();
    println!(
        "one session against {BOOKINGS} in a SQLite file  median {:?}, p99 {:?}, worst {:?}",
        times[150], times[296], times[299]
    );
    db.close().await.expect("the connections close");
}

async fn fill(db: &Db, home: CommunityId) {
    let now = Timestamp::UNIX_EPOCH;
    let row = community::ActiveModel {
        id: Set(home.0),
        slug: Set("bench".into()),
        name: Set("社区".into()),
        name_en: Set(String::new()),
        subdistrict: Set(String::new()),
        district: Set(String::new()),
        zone: Set("Asia/Shanghai".into()),
        phone: Set(String::new()),
        address: Set(String::new()),
        desk_hours: Set(String::new()),
        notice: Set(String::new()),
        seniors_registered: Set(0),
        seniors_counted_on: Set(None),
        horizon_weeks: Set(26),
        created_at: Set(to_db(now)),
    };
    let places: Vec<venue::ActiveModel> = venues()
        .into_iter()
        .enumerate()
        .map(|(n, venue)| venue::ActiveModel {
            community_id: Set(home.0),
            id: Set(venue.id.0),
            name: Set(venue.name),
            name_en: Set(String::new()),
            // One character each, from 一 on.
            mark: Set(char::from_u32(0x4e00 + u32::try_from(n).expect("small"))
                .expect("a character")
                .into()),
            tone: Set("huo".into()),
            directions: Set(String::new()),
            directions_en: Set(String::new()),
            capacity: Set(venue.capacity),
            clearing_minutes: Set(venue.clearing_minutes),
            outdoor: Set(venue.outdoor),
            opens_at_minute: Set(venue.opens_at_minute),
            closes_at_minute: Set(venue.closes_at_minute),
            equipment: Set(venue.equipment),
            closed_on: Set(None),
        })
        .collect();
    db.write(async move |txn| -> Result<(), Error> {
        let stored = async {
            community::Entity::insert(row).exec_without_returning(txn).await?;
            venue::Entity::insert_many(places).exec_without_returning(txn).await
        };
        stored.await.map_err(|error| Error::Storage(error.into()))?;
        Ok(())
    })
    .await
    .expect("the place is stored");
    for from in (0..BOOKINGS).step_by(5_000) {
        let rows: Vec<booking::ActiveModel> = (from..from + 5_000)
            .map(|n| {
                let busy = span(n);
                let claim = Claim::of(&zone(), busy.starts_at, busy.ends_at, None, None);
                booking::ActiveModel {
                    community_id: Set(home.0),
                    id: Set(Uuid::from_u128(1_000_000 + n as u128)),
                    session_id: Set(None),
                    proposal_id: Set(None),
                    venue_id: Set(busy.venue_id.map(|venue| venue.0)),
                    facilitator_id: Set(None),
                    starts_at: Set(to_db(busy.starts_at)),
                    ends_at: Set(to_db(busy.ends_at)),
                    clear_at: Set(to_db(busy.clear_at)),
                    on_date: Set(Some(date_to_db(claim.on))),
                    from_minute: Set(Some(claim.from_minute)),
                    to_minute: Set(Some(claim.to_minute)),
                    capacity: Set(None),
                    partner_id: Set(None),
                }
            })
            .collect();
        db.write(async move |txn| -> Result<(), Error> {
            for some in rows.chunks(1_000) {
                booking::Entity::insert_many(some.to_vec())
                    .exec_without_returning(txn)
                    .await
                    .map_err(|error| Error::Storage(error.into()))?;
            }
            Ok(())
        })
        .await
        .expect("the bookings are stored");
    }
}

/// A week in which some sessions stand already.
fn week(activities: Vec<Activity>) -> Problem {
    let monday = date(2026, 11, 30);
    let mut problem = Problem::new(IsoWeek::containing(monday), conditions());
    problem.holidays = HolidayCalendar::china().clone();
    problem.partners = HashMap::new();
    problem.fixed = (0..40)
        .map(|n| {
            let day = monday.saturating_add(i64::try_from(n / 8).expect("small").days());
            let starts_at = day.at(9, 0, 0, 0).to_zoned(zone()).expect("a time").timestamp();
            Busy {
                by: None,
                title: format!("固定{n}"),
                venue_id: Some(VenueId(Uuid::from_u128(1 + (n % 8) as u128))),
                facilitator_id: Some(leader(n % 20)),
                starts_at,
                ends_at: starts_at + 90.minutes(),
                clear_at: starts_at + 105.minutes(),
            }
        })
        .collect();
    problem.activities = activities;
    problem
}

fn typical() -> Problem {
    let mut lot = Lot(3);
    week(
        (0..60)
            .map(|n| Activity {
                duration_minutes: [60, 90, 120][lot.below(3)],
                place: VenueWish {
                    people: Some([10, 20, 30][lot.below(3)]),
                    ..VenueWish::default()
                },
                facilitator_id: (lot.below(3) > 0).then(|| leader(lot.below(20))),
                audience: ["", "60岁以上"][lot.below(2)].to_owned(),
                ..Activity::titled(&format!("活动{n}"))
            })
            .collect(),
    )
}

fn hard() -> Problem {
    let mut lot = Lot(5);
    week(
        (0..60)
            .map(|n| Activity {
                duration_minutes: [120, 180, 240][lot.below(3)],
                weekdays: Weekdays::of(Weekdays::WORKDAYS.days().filter(|_| lot.below(2) == 0)),
                earliest_minute: 9 * 60,
                latest_minute: 16 * 60,
                place: VenueWish {
                    people: Some([20, 30, 60][lot.below(3)]),
                    needs: if lot.below(2) == 0 {
                        vec!["投影仪".into()]
                    } else {
                        Vec::new()
                    },
                    ..VenueWish::default()
                },
                facilitator_id: Some(leader(lot.below(8))),
                audience: "60岁以上".to_owned(),
                priority: [Priority::Low, Priority::Normal, Priority::High][lot.below(3)],
                ..Activity::titled(&format!("活动{n}"))
            })
            .collect(),
    )
}

fn plan_weeks(name: &str, mut problem: Problem) {
    let mut times: Vec<Duration> = Vec::new();
    let mut placed = Vec::new();
    for seed in 0..ROUNDS as u64 {
        problem.seed = seed;
        let begin = Instant::now();
        let plan = solve(black_box(&problem)).expect("60 activities are not too many");
        times.push(begin.elapsed());
        placed.push((plan.score.placed, plan.score.weight, plan.score.cost));
    }
    times.sort();
    placed.sort_unstable();
    println!(
        "a week of 60 × {VENUES}, {name}: best {:?}, median {:?}, worst {:?}; placed, weight, cost from {:?} to {:?}",
        times[0],
        times[ROUNDS / 2],
        times[ROUNDS - 1],
        placed[0],
        placed[ROUNDS - 1]
    );
}

fn main() {
    check_in_memory();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(check_in_database());
    plan_weeks("typical", typical());
    plan_weeks("hard", hard());
}
