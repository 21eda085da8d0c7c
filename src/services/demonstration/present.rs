//! The weeks around today, so that every page has something on it: what was held is counted, what is to come has people signed up.

use jiff::civil::{Date, Weekday, date};
use jiff::{Timestamp, ToSpan};

use super::book::{Book, Wanted};
use super::past::some_of;
use super::places::Places;
use crate::domain::access::{Actor, Role};
use crate::domain::calendar::holiday::DayKind;
use crate::domain::community::{Community, Venue};
use crate::domain::crew::Crew;
use crate::domain::enrolment::rules::USUAL_HOLD_MINUTES;
use crate::domain::enrolment::{EnrolmentStatus, Rules, Source, Whole};
use crate::domain::id::{AccountId, FacilitatorId, ResidentId, SessionId};
use crate::domain::matter;
use crate::domain::planning::edit::{Change, Scope};
use crate::domain::planning::{Programme, ReasonCode};
use crate::services::enrolment::{self, RulesOf, Which};
use crate::services::proposal::{self, NewProposal};
use crate::services::session;
use crate::services::{Context, Error, Result, schedule};
use crate::storage::{self, Txn};

/// Weeks of past that are shown.
const WEEKS_BACK: i64 = 5;
/// How many weeks ahead people have signed up.
const DAYS_SIGNED_UP: i32 = 9;

/// Stores the series that run now, with what people left behind.
pub(super) async fn store(ctx: &Context, places: &Places, people: &[ResidentId], now: Timestamp) -> Result<()> {
    let today = now.to_zoned(places.yunliang.zone.clone()).date();
    let monday = monday_of(today).saturating_sub((WEEKS_BACK * 7).days());
    yunliang(ctx, places, people, now, monday).await?;
    youyuan(ctx, places, now, monday).await
}

fn monday_of(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

struct Weekly<'a> {
    programme: &'a Programme,
    venue: &'a Venue,
    facilitator: Option<FacilitatorId>,
    /// Days after Monday of the first date.
    day: i64,
    hour: i8,
    minute: i8,
    minutes: i32,
    rule: &'a str,
    /// Who comes on an average day, and how many of them are not named.
    usual: (usize, i32),
}

async fn yunliang(ctx: &Context, places: &Places, people: &[ResidentId], now: Timestamp, monday: Date) -> Result<()> {
    let all = [
        Weekly {
            programme: &places.exercise,
            venue: &places.guang,
            facilitator: Some(places.zhou),
            day: 0,
            hour: 7,
            minute: 30,
            minutes: 60,
            rule: "FREQ=DAILY",
            usual: (0, 22),
        },
        Weekly {
            programme: &places.moxibustion,
            venue: &places.huo,
            facilitator: Some(places.xiong),
            day: 0,
            hour: 9,
            minute: 0,
            minutes: 120,
            rule: "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            usual: (10, 1),
        },
        Weekly {
            programme: &places.fraud,
            venue: &places.huo,
            facilitator: Some(places.zhang),
            day: 3,
            hour: 9,
            minute: 30,
            minutes: 60,
            rule: "FREQ=WEEKLY;BYDAY=TH",
            usual: (20, 6),
        },
        Weekly {
            programme: &places.talk,
            venue: &places.huo,
            facilitator: Some(places.xiong),
            day: 2,
            hour: 15,
            minute: 0,
            minutes: 60,
            rule: "FREQ=WEEKLY;BYDAY=WE",
            usual: (21, 4),
        },
        Weekly {
            programme: &places.pressure,
            venue: &places.ke,
            facilitator: Some(places.clinic),
            day: 1,
            hour: 8,
            minute: 30,
            minutes: 90,
            rule: "FREQ=WEEKLY;BYDAY=TU",
            usual: (12, 3),
        },
        Weekly {
            programme: &places.phones,
            venue: &places.ke,
            facilitator: Some(places.zhang),
            day: 1,
            hour: 15,
            minute: 0,
            minutes: 90,
            rule: "FREQ=WEEKLY;BYDAY=TU",
            usual: (8, 2),
        },
        Weekly {
            programme: &places.choir,
            venue: &places.duo,
            facilitator: Some(places.zheng),
            day: 2,
            hour: 14,
            minute: 30,
            minutes: 90,
            rule: "FREQ=WEEKLY;BYDAY=WE",
            usual: (9, 1),
        },
        Weekly {
            programme: &places.film,
            venue: &places.duo,
            facilitator: None,
            day: 5,
            hour: 15,
            minute: 0,
            minutes: 120,
            rule: "FREQ=WEEKLY;BYDAY=SA",
            usual: (0, 34),
        },
    ];
    let mut book = Book::new(ctx, &places.yunliang, now);
    for (turn, weekly) in all.iter().enumerate() {
        let range = book.write(&wanted(weekly, &places.yunliang, monday, now))?;
        let mut ahead = 0;
        for (index, at) in range.enumerate() {
            let session = &book.sessions[at];
            let (starts_at, capacity) = (session.starts_at, session.capacity);
            let more = index * 5 % 4;
            if starts_at <= now {
                let named = if weekly.usual.0 == 0 {
                    0
                } else {
                    weekly.usual.0 - 2 + more
                };
                let who = some_of(people, named, turn * 23 + index);
                if capacity.is_some() {
                    book.sign_up(at, &who);
                }
                // What began less than an hour ago is being counted just now.
                if now.duration_since(starts_at).as_hours() >= 1 {
                    book.count(at, &who, weekly.usual.1 + i32::try_from(more).unwrap_or_default());
                    if index % 2 == 0 {
                        book.answer(
                            at,
                            [
                                i32::try_from(named / 3).unwrap_or_default() + 3,
                                4,
                                i32::from(index % 3 == 0),
                                0,
                            ],
                        );
                    }
                }
            } else if let Some(seats) = capacity
                && starts_at < now + (24 * i64::from(DAYS_SIGNED_UP)).hours()
            {
                let seats = usize::try_from(seats).unwrap_or_default();
                // The talk is full with two waiting; of the others the nearest is almost full and the next half.
                let wished = if weekly.programme.id == places.talk.id {
                    seats + 2
                } else if ahead == 0 {
                    seats * 3 / 4
                } else {
                    seats / 2
                };
                book.sign_up(at, &some_of(people, wished, turn * 11 + index));
                ahead += 1;
            }
        }
    }
    book.store().await
}

fn wanted<'a>(weekly: &'a Weekly<'a>, community: &Community, monday: Date, now: Timestamp) -> Wanted<'a> {
    let today = now.to_zoned(community.zone.clone()).date();
    let last = today.saturating_add((i64::from(community.horizon_weeks) * 7).days());
    let first = monday.saturating_add(weekly.day.days());
    Wanted {
        programme: weekly.programme,
        venue: weekly.venue,
        facilitator: weekly.facilitator,
        starts: first.at(weekly.hour, weekly.minute, 0, 0),
        minutes: weekly.minutes,
        rule: Some(weekly.rule),
        until: last.at(0, 0, 0, 0),
    }
}

async fn youyuan(ctx: &Context, places: &Places, now: Timestamp, monday: Date) -> Result<()> {
    let (community, parlour, clerk, desk) = &places.youyuan;
    let mut book = Book::new(ctx, community, now);
    let weekly = Weekly {
        programme: desk,
        venue: parlour,
        facilitator: Some(*clerk),
        day: 0,
        hour: 9,
        minute: 0,
        minutes: 150,
        rule: "FREQ=WEEKLY;BYDAY=MO,TH",
        usual: (0, 14),
    };
    let range = book.write(&wanted(&weekly, community, monday, now))?;
    let mut settled = Vec::new();
    for (index, at) in range.enumerate() {
        let session = &book.sessions[at];
        if session.ends_at <= now {
            let heads = 12 + i32::try_from(index * 3 % 7).unwrap_or_default();
            settled.push((session.id, session.ends_at, heads + 3));
            book.count(at, &[], heads);
        }
    }
    let autumn = Wanted {
        programme: desk,
        venue: parlour,
        facilitator: Some(*clerk),
        starts: date(2023, 9, 4).at(9, 0, 0, 0),
        minutes: 150,
        rule: Some("FREQ=WEEKLY;BYDAY=MO"),
        until: date(2023, 9, 26).at(0, 0, 0, 0),
    };
    for (index, at) in book.write(&autumn)?.enumerate() {
        book.count(at, &[], 17 + i32::try_from(index).unwrap_or_default() * 2);
    }
    book.store().await?;
    settle(ctx, community, desk, settled, now).await
}

/// The matters of the desk: somewhat more than people came, in the order of the list and the first the most, and two volunteers each time.
async fn settle(
    ctx: &Context,
    community: &Community,
    desk: &Programme,
    sessions: Vec<(SessionId, Timestamp, i32)>,
    now: Timestamp,
) -> Result<()> {
    let home = community.id;
    for (session, at, count) in sessions {
        let rows: Vec<matter::Row> = (0..usize::try_from(count).unwrap_or_default())
            .map(|n| matter::Row {
                id: ctx.new_id(now),
                session,
                label: desk
                    .matters
                    .get([0, 1, 0, 2, 3, 0, 1][n % 7])
                    .cloned()
                    .unwrap_or_default(),
                other: false,
                attendance: None,
                counted: false,
            })
            .collect();
        let crew = Crew {
            staff: 1,
            speakers: 0,
            volunteers: 2,
            volunteer_minutes: 2 * 150,
        };
        let id = ctx.new_id(now);
        ctx.db
            .write(async move |txn: &Txn| {
                storage::matter::insert(txn, home, &rows, None, at).await?;
                storage::crew::put(txn, home, session, id, crew, None, at).await?;
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(())
}

/// What is going on: one coming session is moved and one is cancelled, through the same use cases that staff use, so that people are told.
pub(super) async fn live(ctx: &Context, places: &Places, now: Timestamp) -> Result<()> {
    let community = places.yunliang.id;
    let coming = schedule::range(ctx, community, now + 20.hours(), now + (24 * 9).hours()).await?;
    let of = |programme: &Programme| {
        coming
            .iter()
            .find(|view| view.programme.id == programme.id && !view.is_cancelled())
    };
    if let Some(choir) = of(&places.choir) {
        let next_day = choir.starts.date().saturating_add(1.day());
        // A day off is no day to move to.
        if !matches!(ctx.holidays().day(next_day), DayKind::Holiday(_)) {
            let change = Change {
                starts_local: Some(next_day.at(16, 0, 0, 0)),
                reason_code: Some(ReasonCode::FacilitatorAway),
                reason: Some("郑老师那天有事，第二天补上。".to_owned()),
                ..Change::default()
            };
            session::edit(ctx, &Actor::System, community, choir.id, Scope::This, change, false).await?;
        }
    }
    if let Some(moxibustion) = coming
        .iter()
        .filter(|view| view.programme.id == places.moxibustion.id)
        .nth(1)
    {
        session::cancel(
            ctx,
            &Actor::System,
            community,
            moxibustion.id,
            Scope::This,
            ReasonCode::FacilitatorAway,
            Some("熊老师外出学习，停一次。"),
            false,
        )
        .await?;
    }
    if let (Some(talk), Some(class)) = (of(&places.talk), of(&places.fraud)) {
        sign_ups(ctx, places, talk.id, class.id).await?;
    }
    Ok(())
}

/// The rules of signing up at work: a seat of the full talk is offered to the next, the class keeps seats for those who phone, and somebody is
/// signed up for all of it.
async fn sign_ups(ctx: &Context, places: &Places, talk: SessionId, class: SessionId) -> Result<()> {
    let (home, staff) = (places.yunliang.id, &Actor::System);
    let usual = Rules::default();
    let rules = [
        (
            places.talk.id,
            Rules {
                hold_minutes: Some(USUAL_HOLD_MINUTES),
                ..usual.clone()
            },
        ),
        (
            places.fraud.id,
            Rules {
                kept_seats: 3,
                kept_days: 1,
                whole: Whole::May,
                ..usual
            },
        ),
    ];
    for (programme, rules) in rules {
        enrolment::set_rules(ctx, staff, home, RulesOf::Programme(programme), Some(rules)).await?;
    }
    let roster = enrolment::roster(ctx, staff, home, talk).await?;
    if let Some(seated) = roster
        .iter()
        .find(|row| row.enrolment.status == EnrolmentStatus::Enrolled)
    {
        let which = Which::Id(staff.clone(), talk, seated.enrolment.id);
        enrolment::cancel(ctx, home, which).await?;
        enrolment::enrol_in_series(ctx, staff, home, class, seated.resident.id, Source::Counter).await?;
    }
    Ok(())
}

/// Two proposals that wait for an answer.
pub(super) async fn propose(ctx: &Context, places: &Places, account: AccountId, now: Timestamp) -> Result<()> {
    let community = places.yunliang.id;
    let next_monday = monday_of(now.to_zoned(places.yunliang.zone.clone()).date()).saturating_add(7.days());
    let as_partner = |partner| Actor::Account {
        id: account,
        role: Role::Partner,
        community: Some(community),
        partner: Some(partner),
    };
    let more = NewProposal {
        programme_id: Some(places.moxibustion.id),
        title: "艾灸理疗加场".to_owned(),
        description: "想来的人多，每周二下午加一场。".to_owned(),
        venue_id: Some(places.huo.id),
        facilitator_id: Some(places.xiong),
        starts_local: next_monday.saturating_add(1.day()).at(14, 30, 0, 0).to_string(),
        duration_minutes: 90,
        rule: Some("FREQ=WEEKLY;BYDAY=TU;COUNT=8".to_owned()),
        holiday_policy: "skip".to_owned(),
        capacity: Some(12),
        sign_up: "required".to_owned(),
        ..NewProposal::default()
    };
    let haircut = NewProposal {
        title: "免费理发".to_owned(),
        kind: "other".to_owned(),
        description: "给行动不便的老人免费理发，自带工具。".to_owned(),
        venue_id: Some(places.duo.id),
        facilitator_name: "马师傅".to_owned(),
        starts_local: next_monday.saturating_add(3.days()).at(9, 0, 0, 0).to_string(),
        duration_minutes: 120,
        capacity: Some(20),
        sign_up: "none".to_owned(),
        ..NewProposal::default()
    };
    for (partner, new) in [(places.zangyutang, more), (places.barber, haircut)] {
        match proposal::submit(ctx, &as_partner(partner), community, new).await {
            // Around a long holiday every date may be off: then there is one proposal less to see.
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
