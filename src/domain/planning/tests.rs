//! Tables and laws of planning.

use std::collections::{HashMap, HashSet};

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use uuid::Uuid;

use super::clash::{Busy, Clash, Conditions, Shut, Slot, Timetable};
use super::edit::{self, Change, EditError, KeptBecause, Scope};
use super::*;
use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::{Paper, PartnerTerms, Tone, Venue};
use crate::domain::id::{FacilitatorId, PartnerId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::recurrence::{HolidayPolicy, Window};

const ROOM: VenueId = VenueId(Uuid::from_u128(10));
const HALL: VenueId = VenueId(Uuid::from_u128(11));
const TEACHER: FacilitatorId = FacilitatorId(Uuid::from_u128(20));
const NOW: &str = "2026-11-25T08:10:00+08:00";

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

pub(super) fn at(local: &str) -> Timestamp {
    local
        .parse::<DateTime>()
        .unwrap()
        .to_zoned(shanghai())
        .unwrap()
        .timestamp()
}

pub(super) fn series(rule: &str) -> Series {
    Series {
        id: SeriesId(Uuid::from_u128(1)),
        programme_id: ProgrammeId(Uuid::from_u128(2)),
        venue_id: ROOM,
        facilitator_id: Some(TEACHER),
        starts_local: "2026-12-02T09:30:00".parse().unwrap(),
        zone: shanghai(),
        duration_minutes: 60,
        rule: Some(rule.parse().unwrap()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
        capacity: None,
        ends_before_local: None,
        materialised_until: None,
        pauses: Vec::new(),
        topics: Vec::new(),
        held_limit: None,
        sequence: 0,
    }
}

pub(super) fn session(id: u128, wanted: &Wanted) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(id)),
        series_id: SeriesId(Uuid::from_u128(1)),
        programme_id: ProgrammeId(Uuid::from_u128(2)),
        original_local: wanted.original_local,
        starts_at: wanted.slot.starts_at,
        ends_at: wanted.slot.ends_at,
        venue_id: wanted.slot.venue_id,
        facilitator_id: wanted.slot.facilitator_id,
        capacity: wanted.slot.capacity,
        status: if wanted.provisional {
            SessionStatus::Provisional
        } else {
            SessionStatus::Scheduled
        },
        reason_code: None,
        reason: None,
        topic: None,
        moved_from_at: None,
        moved_from_venue_id: None,
        overridden: false,
        sequence: 0,
        enrolled: 0,
        waitlisted: 0,
        asked: 0,
        named: 0,
        headcount: 0,
        updated_at: now(),
    }
}

pub(super) fn window(from: DateTime, days: i32) -> Window {
    Window {
        from,
        to: from.saturating_add(days.days()),
    }
}

fn planned(series: &Series, amendments: &[Amendment], existing: &[Session], days: i32) -> Plan {
    let window = window(date(2026, 11, 25).at(0, 0, 0, 0), days);
    plan(
        series,
        amendments,
        Some(20),
        existing,
        window,
        HolidayCalendar::china(),
        now(),
    )
    .unwrap()
}

fn stored(plan: &Plan) -> Vec<Session> {
    (100..)
        .zip(&plan.create)
        .map(|(id, wanted)| session(id, wanted))
        .collect()
}

fn amendment(from: &str, shift_minutes: i32) -> Amendment {
    Amendment {
        id: crate::domain::id::AmendmentId(Uuid::from_u128(7)),
        series_id: SeriesId(Uuid::from_u128(1)),
        from_local: from.parse().unwrap(),
        shift_minutes,
        duration_minutes: None,
        venue_id: None,
        facilitator_id: None,
        capacity: None,
        no_facilitator: false,
        no_limit: false,
    }
}

#[test]
fn amendments_bend_the_dates_from_theirs_on_and_shifts_add_up() {
    let mut longer = amendment("2026-12-16T09:30:00", 30);
    longer.duration_minutes = Some(90);
    longer.venue_id = Some(HALL);
    let amendments = [amendment("2026-12-09T09:30:00", 1440), longer];
    let plan = planned(&series("FREQ=WEEKLY;COUNT=3"), &amendments, &[], 100);
    let seen: Vec<(String, Timestamp, Timestamp, VenueId)> = plan
        .create
        .iter()
        .map(|wanted| {
            let slot = &wanted.slot;
            (
                wanted.original_local.to_string(),
                slot.starts_at,
                slot.ends_at,
                slot.venue_id,
            )
        })
        .collect();
    let expected = [
        (
            "2026-12-02T09:30:00",
            "2026-12-02T09:30:00",
            "2026-12-02T10:30:00",
            ROOM,
        ),
        (
            "2026-12-09T09:30:00",
            "2026-12-10T09:30:00",
            "2026-12-10T10:30:00",
            ROOM,
        ),
        (
            "2026-12-16T09:30:00",
            "2026-12-17T10:00:00",
            "2026-12-17T11:30:00",
            HALL,
        ),
    ]
    .map(|(original, from, to, venue)| (original.to_owned(), at(from), at(to), venue));
    assert_eq!(seen, expected);
}

#[test]
fn an_amendment_moves_the_sessions_that_are_ours_to_move_and_keeps_the_rest() {
    let series = series("FREQ=WEEKLY;COUNT=6");
    let mut sessions = stored(&planned(&series, &[], &[], 100));
    sessions[1].overridden = true;
    sessions[2].status = SessionStatus::Cancelled;
    sessions[3].headcount = 4;
    let plan = planned(&series, &[amendment("2026-12-02T09:30:00", 60)], &sessions, 100);
    let moved: Vec<SessionId> = plan.moves.iter().map(|(id, _)| *id).collect();
    assert_eq!(moved, [sessions[0].id, sessions[4].id, sessions[5].id]);
    let kept: HashSet<SessionId> = plan.keep.iter().copied().collect();
    assert_eq!(kept, HashSet::from([sessions[1].id, sessions[2].id, sessions[3].id]));
    assert!(plan.create.is_empty() && plan.retire.is_empty());
}

#[test]
fn a_date_that_falls_on_a_holiday_is_retired_and_one_that_may_fall_is_provisional() {
    let mut series = series("FREQ=WEEKLY;BYDAY=FR");
    series.starts_local = "2026-12-04T09:30:00".parse().unwrap();
    let sessions = stored(&planned(&series, &[], &[], 60));
    assert_eq!(sessions[4].original_local.date(), date(2027, 1, 1));
    assert_eq!(
        sessions[4].status,
        SessionStatus::Scheduled,
        "held whatever the notice says"
    );
    series.holiday_policy = HolidayPolicy::Skip;
    let before = planned(&series, &[], &sessions, 60);
    assert!(
        before.retire.is_empty(),
        "nothing is guessed of a year without its notice"
    );
    assert!(
        before
            .moves
            .iter()
            .any(|(id, wanted)| *id == sessions[4].id && wanted.provisional)
    );
    let notice = HolidayCalendar::from_json(r#"{"2027":{"holidays":{"2027-01-01":"元旦"},"workdays":{}}}"#).unwrap();
    let calendar = HolidayCalendar::china().updated_with(&notice);
    let span = window(date(2026, 11, 25).at(0, 0, 0, 0), 60);
    let after = plan(&series, &[], Some(20), &sessions, span, &calendar, now()).unwrap();
    assert_eq!(after.retire, [sessions[4].id]);
    assert_eq!(
        after.skipped,
        [("2027-01-01T09:30:00".parse().unwrap(), "元旦".to_owned())]
    );
}

#[test]
fn what_goes_beyond_the_limits_is_refused() {
    let refused = |rule: &str, minutes: i32, days: i32| {
        let mut series = series(rule);
        series.duration_minutes = minutes;
        let window = window(date(2026, 11, 25).at(0, 0, 0, 0), days);
        plan(&series, &[], None, &[], window, HolidayCalendar::china(), now()).unwrap_err()
    };
    assert!(matches!(
        refused("FREQ=HOURLY", 60, 300),
        PlanError::TooManyDates { .. }
    ));
    assert!(matches!(
        refused("FREQ=SECONDLY", 60, 30),
        PlanError::TooManyDates { .. }
    ));
    assert!(matches!(
        refused("FREQ=WEEKLY", 871, 30),
        PlanError::PastMidnight { .. }
    ));
    assert_eq!(refused("FREQ=WEEKLY", 60, 401), PlanError::WindowTooLong);
    let mut late = series("FREQ=WEEKLY;COUNT=1");
    late.duration_minutes = 870;
    assert_eq!(
        planned(&late, &[], &[], 30).create.len(),
        1,
        "midnight itself is not past midnight"
    );
}

#[test]
fn a_plan_without_dates_says_why() {
    let never = planned(&series("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), &[], &[], 100);
    assert_eq!(
        never.why_empty,
        Some(crate::domain::recurrence::EmptyReason::NeverYields)
    );
    let mut ended = series("FREQ=WEEKLY");
    ended.ends_before_local = Some("2026-12-02T09:30:00".parse().unwrap());
    assert!(planned(&ended, &[], &[], 100).create.is_empty());
}

pub(super) fn rules() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..4_i32).prop_map(|n| format!("FREQ=WEEKLY;INTERVAL={n}")),
        Just("FREQ=WEEKLY;BYDAY=MO,WE,SA".to_owned()),
        Just("FREQ=DAILY".to_owned()),
        Just("FREQ=MONTHLY;BYDAY=-1FR".to_owned()),
        Just("FREQ=MONTHLY;BYMONTHDAY=1,15".to_owned()),
        (1..30_i32).prop_map(|n| format!("FREQ=DAILY;COUNT={n}")),
    ]
}

pub(super) fn policies() -> impl Strategy<Value = HolidayPolicy> {
    prop::sample::select(HolidayPolicy::ALL.to_vec())
}

fn bent() -> impl Strategy<Value = Vec<Amendment>> {
    let one = (0..120_i64, -90..90_i32, 0..3_i32).prop_map(|(days, shift, extra)| {
        let from = date(2026, 11, 25).at(0, 0, 0, 0).saturating_add(days.days());
        let mut amendment = amendment(&from.to_string(), shift);
        amendment.duration_minutes = (extra == 1).then_some(45);
        amendment.venue_id = (extra == 2).then_some(HALL);
        amendment
    });
    prop::collection::vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn planning_twice_makes_nothing_new(rule in rules(), policy in policies(), amendments in bent(), days in 1..200_i32) {
        let mut series = series(&rule);
        series.holiday_policy = policy;
        let first = planned(&series, &amendments, &[], days);
        let sessions = stored(&first);
        let second = planned(&series, &amendments, &sessions, days);
        prop_assert!(second.create.is_empty() && second.moves.is_empty() && second.retire.is_empty());
        prop_assert_eq!(second.keep.len(), sessions.len());
    }

    #[test]
    fn a_window_planned_in_two_steps_gives_the_same_as_at_once(rule in rules(), policy in policies(), cut in 1..199_i32) {
        let mut series = series(&rule);
        series.holiday_policy = policy;
        let whole = planned(&series, &[], &[], 200).create;
        let from = date(2026, 11, 25).at(0, 0, 0, 0);
        let border = from.saturating_add(cut.days());
        let mut parts = Vec::new();
        for part in [window(from, cut), window(border, 200 - cut)] {
            parts.extend(plan(&series, &[], Some(20), &[], part, HolidayCalendar::china(), now()).unwrap().create);
        }
        parts.sort_by_key(|wanted| wanted.original_local);
        let mut whole = whole;
        whole.sort_by_key(|wanted| wanted.original_local);
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn what_is_not_ours_is_never_touched_and_each_session_is_decided_once(
        rule in rules(),
        amendments in bent(),
        states in prop::collection::vec(0..6_u8, 200),
        later_rule in rules(),
    ) {
        let first = series(&rule);
        let mut sessions = stored(&planned(&first, &[], &[], 150));
        for (session, state) in sessions.iter_mut().zip(states) {
            match state {
                1 => session.overridden = true,
                2 => session.status = SessionStatus::Cancelled,
                3 => session.named = 1,
                4 => session.status = SessionStatus::Held,
                5 => session.ends_at = now(),
                _ => {}
            }
        }
        let second = planned(&series(&later_rule), &amendments, &sessions, 150);
        let mut decided: Vec<SessionId> = second.keep.clone();
        decided.extend(second.moves.iter().map(|(id, _)| *id));
        decided.extend(&second.retire);
        let distinct: HashSet<SessionId> = decided.iter().copied().collect();
        prop_assert_eq!(decided.len(), sessions.len());
        prop_assert_eq!(distinct.len(), sessions.len());
        let kept: HashSet<SessionId> = second.keep.iter().copied().collect();
        for session in &sessions {
            let foreign = session.overridden || session.is_cancelled() || session.is_attended() || session.is_past(now());
            prop_assert!(!foreign || kept.contains(&session.id), "{session:?}");
        }
        let originals: HashSet<DateTime> = sessions.iter().map(|session| session.original_local).collect();
        prop_assert!(second.create.iter().all(|wanted| !originals.contains(&wanted.original_local)));
    }

    #[test]
    fn what_has_no_clash_overlaps_nothing(spans in prop::collection::vec((0..96_i64, 1..12_i64, 0..3_u8), 0..40)) {
        let conditions = conditions();
        let mut timetable = Timetable::default();
        let mut taken: Vec<Busy> = Vec::new();
        for (quarter, length, who) in spans {
            let starts_at = at("2026-12-02T00:00:00") + (quarter * 15).minutes();
            let slot = Slot {
                venue_id: if who == 0 { HALL } else { ROOM },
                facilitator_id: (who != 1).then_some(TEACHER),
                starts_at,
                ends_at: starts_at + (length * 15).minutes(),
                capacity: None,
            };
            let busy = conditions.busy(&slot, None, "");
            let overlaps = taken.iter().any(|other| {
                let venue = other.venue_id == busy.venue_id && other.starts_at < busy.clear_at && busy.starts_at < other.clear_at;
                let person = busy.facilitator_id.is_some()
                    && other.facilitator_id == busy.facilitator_id
                    && other.starts_at < busy.ends_at
                    && busy.starts_at < other.ends_at;
                venue || person
            });
            let found = conditions.clashes(&slot, &timetable);
            let found = found.iter().any(|clash| matches!(clash, Clash::Venue { .. } | Clash::Facilitator { .. }));
            prop_assert_eq!(found, overlaps);
            if !found {
                timetable.add(busy.clone());
                taken.push(busy);
            } else if let Some(free) = conditions.nearest_free(&slot, &timetable, Timestamp::MIN) {
                let moved = Slot {
                    starts_at: free.timestamp(),
                    ends_at: free.timestamp() + (length * 15).minutes(),
                    ..slot.clone()
                };
                prop_assert!(conditions.clashes(&moved, &timetable).is_empty());
            }
        }
    }
}

fn venue(id: VenueId, clearing_minutes: i32) -> Venue {
    Venue {
        id,
        name: String::new(),
        name_en: String::new(),
        mark: String::new(),
        tone: Tone::Huo,
        directions: String::new(),
        directions_en: String::new(),
        capacity: 20,
        clearing_minutes,
        outdoor: false,
        opens_at_minute: 8 * 60,
        closes_at_minute: 18 * 60,
        equipment: String::new(),
        closed_on: Some(date(2027, 3, 1)),
    }
}

fn conditions() -> Conditions {
    Conditions {
        zone: shanghai(),
        venues: HashMap::from([(ROOM, venue(ROOM, 15)), (HALL, venue(HALL, 0))]),
        partner: Some(PartnerTerms {
            id: PartnerId(uuid::Uuid::from_u128(9)),
            papers: [
                (Paper::Licence, Some(date(2026, 12, 31))),
                (Paper::Qualification, None),
                (Paper::Pledge, Some(date(2027, 6, 30))),
            ],
            weekly_limit: None,
            frozen: false,
        }),
        shut: vec![Shut {
            venue_id: ROOM,
            from: at("2026-12-05T08:00:00"),
            to: at("2026-12-05T12:00:00"),
            reason: "停电检修".to_owned(),
        }],
    }
}

fn slot(from: &str, to: &str) -> Slot {
    Slot {
        venue_id: ROOM,
        facilitator_id: None,
        starts_at: at(from),
        ends_at: at(to),
        capacity: Some(20),
    }
}

#[test]
fn the_room_must_be_open_clear_and_large_enough() {
    let conditions = conditions();
    let there = conditions.busy(&slot("2026-12-02T10:00:00", "2026-12-02T11:00:00"), None, "合唱");
    let timetable = Timetable::new(vec![there]);
    let codes =
        |slot: &Slot| -> Vec<&'static str> { conditions.clashes(slot, &timetable).iter().map(Clash::code).collect() };
    let table: [(&str, &str, &[&str]); 15] = [
        ("2026-12-02T08:00:00", "2026-12-02T09:45:00", &[]),
        // Shut for the morning.
        ("2026-12-05T11:00:00", "2026-12-05T12:30:00", &["closure"]),
        ("2026-12-05T12:00:00", "2026-12-05T13:00:00", &[]),
        ("2027-06-30T09:00:00", "2027-06-30T10:00:00", &["closed", "licence"]),
        (
            "2027-07-01T09:00:00",
            "2027-07-01T10:00:00",
            &["closed", "licence", "pledge"],
        ),
        // A quarter of an hour is needed after this one, too.
        ("2026-12-02T08:00:00", "2026-12-02T09:46:00", &["venue"]),
        ("2026-12-02T10:30:00", "2026-12-02T10:40:00", &["venue"]),
        ("2026-12-02T11:14:00", "2026-12-02T12:00:00", &["venue"]),
        ("2026-12-02T11:15:00", "2026-12-02T12:00:00", &[]),
        ("2026-12-02T07:59:00", "2026-12-02T08:30:00", &["closed"]),
        ("2026-12-02T17:00:00", "2026-12-02T18:00:00", &[]),
        ("2026-12-02T17:00:00", "2026-12-02T18:01:00", &["closed"]),
        ("2026-12-31T17:00:00", "2026-12-31T18:00:00", &[]),
        ("2027-01-01T17:00:00", "2027-01-01T18:00:00", &["licence"]),
        ("2027-03-01T17:00:00", "2027-03-01T18:00:00", &["closed", "licence"]),
    ];
    for (from, to, expected) in table {
        assert_eq!(codes(&slot(from, to)), expected, "{from} {to}");
    }
    let crowd = Slot {
        capacity: Some(21),
        ..slot("2026-12-02T08:00:00", "2026-12-02T09:00:00")
    };
    assert_eq!(codes(&crowd), ["capacity"]);
}

#[test]
fn the_nearest_free_start_is_on_the_same_day_within_opening_hours() {
    let conditions = conditions();
    let busy = |from, to| conditions.busy(&slot(from, to), None, "");
    let timetable = Timetable::new(vec![
        busy("2026-12-02T09:00:00", "2026-12-02T11:00:00"),
        busy("2026-12-03T08:00:00", "2026-12-03T17:30:00"),
    ]);
    let nearest = |from, to| {
        conditions
            .nearest_free(&slot(from, to), &timetable, at("2026-12-01T00:00:00"))
            .map(|start| start.datetime().to_string())
    };
    assert_eq!(
        nearest("2026-12-02T10:00:00", "2026-12-02T11:00:00").as_deref(),
        Some("2026-12-02T11:15:00")
    );
    assert_eq!(nearest("2026-12-03T10:00:00", "2026-12-03T11:00:00"), None);
    assert_eq!(
        nearest("2026-12-04T07:00:00", "2026-12-04T08:00:00").as_deref(),
        Some("2026-12-04T08:00:00")
    );
}

fn edited(sessions: &[Session], target: usize, scope: Scope, wish: &Change) -> Result<edit::Edit, EditError> {
    edit::change(
        &series("FREQ=WEEKLY;COUNT=6"),
        &[],
        sessions,
        &sessions[target],
        scope,
        wish,
        now(),
    )
}

fn six() -> Vec<Session> {
    stored(&planned(&series("FREQ=WEEKLY;COUNT=6"), &[], &[], 100))
}

#[test]
fn a_change_reaches_as_far_as_its_scope() {
    let sessions = six();
    let wish = Change {
        starts_local: Some("2026-12-16T10:00:00".parse().unwrap()),
        ..Change::default()
    };
    let reached = |scope| {
        let edit = edited(&sessions, 2, scope, &wish).unwrap();
        for changed in &edit.changed {
            let shift = changed.after.starts_at.duration_since(changed.before.starts_at);
            assert_eq!(shift.as_mins(), 30);
        }
        (
            edit.changed.len(),
            edit.amendment.is_some(),
            edit.changed[0].after.overridden,
        )
    };
    assert_eq!(reached(Scope::This), (1, false, true));
    assert_eq!(reached(Scope::Following), (4, true, false));
    assert_eq!(reached(Scope::All), (6, true, false));
}

#[test]
fn a_series_shifts_from_where_it_stands_not_from_where_one_session_was_moved_to() {
    let mut sessions = six();
    sessions[2].overridden = true;
    sessions[2].starts_at = at("2026-12-18T15:00:00");
    sessions[2].ends_at = at("2026-12-18T16:00:00");
    let wish = Change {
        starts_local: Some("2026-12-17T09:30:00".parse().unwrap()),
        ..Change::default()
    };
    let edit = edited(&sessions, 2, Scope::Following, &wish).unwrap();
    let starts: Vec<Timestamp> = edit.changed.iter().map(|changed| changed.after.starts_at).collect();
    let expected = [
        "2026-12-17T09:30:00",
        "2026-12-24T09:30:00",
        "2026-12-31T09:30:00",
        "2027-01-07T09:30:00",
    ]
    .map(at);
    assert_eq!(starts, expected);
    assert_eq!(edit.amendment.unwrap().shift_minutes, 1440);
}

#[test]
fn each_session_that_stays_says_why() {
    let mut sessions = six();
    sessions[0].ends_at = now();
    sessions[1].named = 1;
    sessions[2].status = SessionStatus::Cancelled;
    sessions[3].overridden = true;
    let wish = Change {
        capacity: Some(Some(12)),
        ..Change::default()
    };
    let edit = edited(&sessions, 4, Scope::All, &wish).unwrap();
    let kept: HashMap<SessionId, KeptBecause> = edit.kept.into_iter().collect();
    let expected = [
        (sessions[0].id, KeptBecause::Past),
        (sessions[1].id, KeptBecause::Attended),
        (sessions[2].id, KeptBecause::Cancelled),
        (sessions[3].id, KeptBecause::Overridden),
    ];
    assert_eq!(kept, HashMap::from(expected));
    assert_eq!(edit.changed.len(), 2);
    assert_eq!(edited(&sessions, 0, Scope::All, &wish), Err(EditError::Past));
    assert_eq!(edited(&sessions, 1, Scope::This, &wish), Err(EditError::Attended));
    assert_eq!(edited(&sessions, 2, Scope::This, &wish), Err(EditError::Cancelled));
}

#[test]
fn a_move_remembers_the_first_place_and_forgets_it_on_the_way_back() {
    let sessions = six();
    let to = |session: &Session, local: &str| {
        let wish = Change {
            starts_local: Some(local.parse().unwrap()),
            ..Change::default()
        };
        edited(std::slice::from_ref(session), 0, Scope::This, &wish)
            .unwrap()
            .changed
            .remove(0)
            .after
    };
    let once = to(&sessions[0], "2026-12-02T14:00:00");
    assert_eq!(once.moved_from_at, Some(at("2026-12-02T09:30:00")));
    let twice = to(&once, "2026-12-03T14:00:00");
    assert_eq!(twice.moved_from_at, Some(at("2026-12-02T09:30:00")));
    let back = to(&twice, "2026-12-02T09:30:00");
    assert_eq!((back.moved_from_at, back.moved_from_venue_id), (None, None));
    assert_eq!(back.sequence, 3, "every change raises the sequence");
}

#[test]
fn cancelling_the_rest_ends_the_series_at_the_first_cancelled_date() {
    let mut sessions = six();
    sessions[5].overridden = true;
    let whole = series("FREQ=WEEKLY;COUNT=6");
    let edit = edit::cancel(
        &whole,
        &sessions,
        &sessions[3],
        Scope::Following,
        ReasonCode::TooFew,
        Some("人少"),
        now(),
    )
    .unwrap();
    assert_eq!(edit.changed.len(), 3, "moved by hand or not");
    assert_eq!(edit.ends_before_local, Some(Some(sessions[3].original_local)));
    let one = edit::cancel(
        &whole,
        &sessions,
        &sessions[3],
        Scope::This,
        ReasonCode::TooFew,
        None,
        now(),
    )
    .unwrap();
    assert_eq!((one.changed.len(), one.ends_before_local), (1, None));
}

#[test]
fn numbers_pass_over_cancelled_sessions_and_follow_the_clock() {
    let mut sessions = six();
    sessions[1].status = SessionStatus::Cancelled;
    sessions[2].starts_at = at("2026-12-31T09:30:00");
    let found = numbers(&sessions, |_| 3);
    let found: Vec<Option<u32>> = sessions.iter().map(|session| found.get(&session.id).copied()).collect();
    assert_eq!(found, [Some(4), None, Some(7), Some(5), Some(6), Some(8)]);
}

fn pause(from: &str, until: Option<&str>) -> Pause {
    Pause {
        from: from.parse().unwrap(),
        until: until.map(|until| until.parse().unwrap()),
        reason: String::new(),
    }
}

fn reshaped(old: &Series, new: &Series, sessions: &[Session], because: &reshape::Because) -> reshape::Reshaped {
    let window = window("2026-11-25T08:10:00".parse().unwrap(), 60);
    reshape::reshape(
        old,
        new,
        &[],
        None,
        sessions,
        window,
        &HolidayCalendar::default(),
        now(),
        because,
    )
    .unwrap()
}

#[test]
fn a_pause_takes_its_dates_and_the_end_of_the_pause_gives_them_back() {
    let running = series("FREQ=WEEKLY;BYDAY=WE");
    let sessions = stored(&planned(&running, &[], &[], 60));
    let mut paused = running.clone();
    paused.pauses = vec![pause("2026-12-09T00:00:00", Some("2026-12-30T00:00:00"))];
    assert_eq!(planned(&paused, &[], &[], 60).create.len(), sessions.len() - 3);

    let because = reshape::Because {
        code: ReasonCode::Paused,
        words: Some("天冷".to_owned()),
        include: Vec::new(),
    };
    let mut by_hand = sessions.clone();
    by_hand[2].overridden = true;
    by_hand[3].named = 1;
    let done = reshaped(&running, &paused, &by_hand, &because);
    let gone: Vec<SessionId> = done.cancelled.iter().map(|changed| changed.after.id).collect();
    assert_eq!(gone, [sessions[1].id]);
    assert_eq!(
        done.kept,
        [
            (sessions[2].id, KeptBecause::Overridden),
            (sessions[3].id, KeptBecause::Attended)
        ]
    );
    let named = reshape::Because {
        include: vec![sessions[2].id],
        ..because.clone()
    };
    assert_eq!(reshaped(&running, &paused, &by_hand, &named).cancelled.len(), 2);

    // Back again: only what the pause took.
    let done = reshaped(&running, &paused, &sessions, &because);
    let mut standing = sessions.clone();
    for changed in &done.cancelled {
        let at = standing
            .iter()
            .position(|session| session.id == changed.after.id)
            .unwrap();
        standing[at] = changed.after.clone();
    }
    standing[1].reason_code = Some(ReasonCode::Weather);
    let back = reshaped(&paused, &running, &standing, &because);
    assert_eq!(
        back.restored.iter().map(|changed| changed.after.id).collect::<Vec<_>>(),
        [sessions[2].id, sessions[3].id]
    );
    assert!(back.create.is_empty() && back.cancelled.is_empty(), "{back:?}");
}

#[test]
fn an_end_by_sessions_makes_up_for_a_cancelled_one_and_for_no_more() {
    let mut five = series("FREQ=WEEKLY;BYDAY=WE");
    five.held_limit = Some(5);
    let mut sessions = stored(&planned(&five, &[], &[], 90));
    assert_eq!(sessions.len(), 5);
    assert!(planned(&five, &[], &sessions, 90).create.is_empty());
    sessions[2].status = SessionStatus::Cancelled;
    let more = planned(&five, &[], &sessions, 90);
    assert_eq!(more.create.len(), 1);
    assert_eq!(more.create[0].original_local.to_string(), "2027-01-06T09:30:00");
}

#[test]
fn from_an_amendment_on_a_series_can_have_nobody_to_lead_it_and_no_limit() {
    let mut led = series("FREQ=WEEKLY;BYDAY=WE");
    led.capacity = Some(12);
    let mut bare = amendment("2026-12-09T09:30:00", 0);
    bare.no_facilitator = true;
    bare.no_limit = true;
    let plan = planned(&led, &[bare], &[], 28);
    let slots: Vec<_> = plan
        .create
        .iter()
        .map(|wanted| (wanted.slot.facilitator_id, wanted.slot.capacity))
        .collect();
    assert_eq!(slots, [(Some(TEACHER), Some(12)), (None, None), (None, None)]);
    let sessions = stored(&planned(&led, &[], &[], 28));
    let wish = Change {
        facilitator_id: Some(None),
        capacity: Some(None),
        ..Change::default()
    };
    let edit = edit::change(&led, &[], &sessions, &sessions[1], Scope::Following, &wish, now()).unwrap();
    assert_eq!(edit.changed.len(), 2);
    assert!(edit.amendment.is_some_and(|bend| bend.no_facilitator && bend.no_limit));
}

#[test]
fn a_cancelled_session_gives_its_topic_to_the_next_and_settled_topics_stay() {
    let course = series("FREQ=WEEKLY;BYDAY=WE");
    let mut sessions = stored(&planned(&course, &[], &[], 35));
    let queue: Vec<String> = ["一", "二", "三"].map(str::to_owned).to_vec();
    let shown = |sessions: &[Session], skip: usize, before: u32| -> Vec<Option<String>> {
        let found = topics(&sessions[skip..], |_| &queue, |_| before);
        sessions[skip..]
            .iter()
            .map(|session| found.get(&session.id).cloned())
            .collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(shown(&sessions, 0, 0), [some("一"), some("二"), some("三"), None]);
    sessions[0].status = SessionStatus::Cancelled;
    sessions[2].topic = some("自带");
    assert_eq!(shown(&sessions, 0, 0), [None, some("一"), some("自带"), some("二")]);
    assert_eq!(shown(&sessions, 3, 1), [some("二")]);
    assert_eq!(topics_used(&sessions, now()), 0);
    sessions[1].named = 3;
    assert_eq!(topics_used(&sessions, now()), 1);
    assert_eq!(with_coming(&queue, 1, vec!["新".to_owned()]), ["一", "新"]);
    assert_eq!(with_coming(&[], 1, vec!["新".to_owned()]), ["", "新"]);
}

proptest! {
    #[test]
    fn never_more_sessions_stand_than_a_series_may_hold(
        rule in rules(), limit in 1..12_i32, cancelled in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut limited = series(&rule);
        limited.held_limit = Some(limit);
        let mut sessions = stored(&planned(&limited, &[], &[], 120));
        for (round, index) in cancelled.iter().enumerate() {
            if sessions.is_empty() {
                break;
            }
            let at = index.index(sessions.len());
            sessions[at].status = SessionStatus::Cancelled;
            let more = planned(&limited, &[], &sessions, 120);
            prop_assert!(more.retire.is_empty());
            sessions.extend(more.create.iter().enumerate().map(|(i, wanted)| session(1000 * (round as u128 + 1) + i as u128, wanted)));
            let standing = sessions.iter().filter(|session| !session.is_cancelled()).count();
            prop_assert!(standing <= limit as usize, "{standing} of {limit}");
            prop_assert!(planned(&limited, &[], &sessions, 120).create.is_empty());
        }
        // All are held after all: what was made up for is too much by as many, and nothing else is.
        for session in &mut sessions {
            session.status = SessionStatus::Scheduled;
        }
        let window = window(date(2026, 11, 25).at(0, 0, 0, 0), 120);
        let more = surplus(&limited, &[], &sessions, window, HolidayCalendar::china(), now()).unwrap();
        prop_assert_eq!(more.len(), sessions.len().saturating_sub(limit as usize));
        let kept_until = sessions.iter().filter(|one| !more.contains(&one.id)).map(|one| one.original_local).max();
        let gone_from = sessions.iter().filter(|one| more.contains(&one.id)).map(|one| one.original_local).min();
        prop_assert!(gone_from.is_none_or(|from| kept_until < Some(from)));
    }
}

#[test]
fn the_nearest_slot_is_the_same_day_then_another_venue_then_another_day() {
    let conditions = conditions();
    let wanted = slot("2026-12-02T09:00:00", "2026-12-02T10:00:00");
    let all_day = |venue_id: VenueId| Slot {
        venue_id,
        ..slot("2026-12-02T08:00:00", "2026-12-02T18:00:00")
    };
    let mut timetable = Timetable::new(vec![conditions.busy(&wanted, None, "合唱")]);
    let nearest = |timetable: &Timetable, not_before: &str| {
        let found = conditions.nearest(&wanted, timetable, at(not_before))?;
        Some((found.venue_id, found.starts_at))
    };
    let morning = "2026-12-02T00:00:00";
    // The room needs a quarter of an hour to clear after 10:00; 7:45 would be before it opens.
    assert_eq!(nearest(&timetable, morning), Some((ROOM, at("2026-12-02T10:15:00"))));
    timetable.add(conditions.busy(&all_day(ROOM), None, "电影"));
    assert_eq!(nearest(&timetable, morning), Some((HALL, at("2026-12-02T09:00:00"))));
    timetable.add(conditions.busy(&all_day(HALL), None, "电影"));
    assert_eq!(nearest(&timetable, morning), Some((ROOM, at("2026-12-03T09:00:00"))));
    // The day after is taken, too; the day before counts only while it is not over.
    let next = slot("2026-12-03T08:00:00", "2026-12-03T18:00:00");
    timetable.add(conditions.busy(&next, None, "电影"));
    assert_eq!(
        nearest(&timetable, "2026-12-01T00:00:00"),
        Some((ROOM, at("2026-12-01T09:00:00")))
    );
    assert_eq!(nearest(&timetable, morning), Some((ROOM, at("2026-12-04T09:00:00"))));
}

proptest! {
    /// What is suggested for the sessions that a closure hits can all be done at once.
    #[test]
    fn what_a_closure_suggests_clashes_with_nothing(
        starts in proptest::collection::vec((0..36_i64, 1..8_i64, any::<bool>()), 1..12),
        taken in proptest::collection::vec((0..36_i64, 1..8_i64), 0..6),
    ) {
        let mut conditions = conditions();
        let day = at("2026-12-02T08:00:00");
        let quarter = |n: i64| day.checked_add((n * 15).minutes()).unwrap();
        conditions.shut.push(Shut { venue_id: ROOM, from: day, to: quarter(40), reason: String::new() });
        let spans = taken.iter().map(|(from, length)| {
            let slot = Slot { venue_id: HALL, starts_at: quarter(*from), ends_at: quarter(from + length), facilitator_id: None, capacity: None };
            conditions.busy(&slot, None, "提议")
        });
        let mut timetable = Timetable::new(spans.collect());
        let standing = timetable.clone();
        let mut done = Vec::new();
        for (n, (from, length, led)) in starts.iter().enumerate() {
            let mut session = session_at(n as u128, quarter(*from), quarter(from + length));
            session.facilitator_id = led.then_some(TEACHER);
            prop_assert!(closure::is_hit(&session, None, day, quarter(40), day));
            let hit = closure::weigh(&session, &conditions, &mut timetable, (day, quarter(40)), day);
            if hit.suggested == closure::ClosureAct::Move {
                done.push(hit.options[0].clone());
            }
        }
        let mut now = standing;
        for slot in done {
            prop_assert_eq!(conditions.clashes(&slot, &now), vec![]);
            now.add(conditions.busy(&slot, None, ""));
        }
    }
}

#[test]
fn what_is_indoors_does_not_flee_the_weather_into_another_room() {
    let day = (at("2026-12-02T00:00:00"), at("2026-12-03T00:00:00"));
    let session = session_at(1, at("2026-12-02T09:00:00"), at("2026-12-02T10:00:00"));
    let mut conditions = conditions();
    let mut timetable = Timetable::default();
    let hit = closure::weigh(&session, &conditions, &mut timetable, day, day.0);
    assert_eq!(hit.suggested, closure::ClosureAct::Cancel);
    assert!(
        hit.options.iter().all(|slot| slot.starts_at >= day.1),
        "{:?}",
        hit.options
    );
    assert_eq!(hit.options.len(), 1);
    // The same one outdoors is shut out, and has somewhere to go.
    conditions.shut.push(Shut {
        venue_id: ROOM,
        from: day.0,
        to: day.1,
        reason: String::new(),
    });
    let hit = closure::weigh(&session, &conditions, &mut timetable, day, day.0);
    assert_eq!(hit.suggested, closure::ClosureAct::Move);
}

fn session_at(id: u128, starts_at: Timestamp, ends_at: Timestamp) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(id)),
        series_id: SeriesId(Uuid::from_u128(1)),
        programme_id: ProgrammeId(Uuid::from_u128(1)),
        original_local: DateTime::constant(2026, 12, 2, 8, 0, 0, 0),
        starts_at,
        ends_at,
        venue_id: ROOM,
        facilitator_id: None,
        capacity: None,
        status: SessionStatus::Scheduled,
        reason_code: None,
        reason: None,
        topic: None,
        moved_from_at: None,
        moved_from_venue_id: None,
        overridden: false,
        sequence: 0,
        enrolled: 0,
        waitlisted: 0,
        asked: 0,
        named: 0,
        headcount: 0,
        updated_at: starts_at,
    }
}

#[test]
fn a_closure_hits_what_can_still_be_changed_and_nothing_else() {
    let (from, to) = (at("2026-12-02T09:00:00"), at("2026-12-02T12:00:00"));
    let session = |from: &str, to: &str| session_at(1, at(from), at(to));
    let hit = |session: &Session| closure::is_hit(session, Some(&HashSet::from([ROOM])), from, to, now());
    assert!(hit(&session("2026-12-02T08:00:00", "2026-12-02T09:01:00")));
    assert!(
        !hit(&session("2026-12-02T08:00:00", "2026-12-02T09:00:00")),
        "it ends as the closure begins"
    );
    assert!(!hit(&session("2026-12-02T12:00:00", "2026-12-02T13:00:00")));
    let inside = session("2026-12-02T10:00:00", "2026-12-02T11:00:00");
    assert!(hit(&inside));
    assert!(!hit(&Session {
        venue_id: HALL,
        ..inside.clone()
    }));
    assert!(!hit(&Session {
        status: SessionStatus::Cancelled,
        ..inside.clone()
    }));
    assert!(!hit(&Session { headcount: 3, ..inside }));
}
