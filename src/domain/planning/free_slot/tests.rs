use jiff::civil::{date, datetime, time};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::domain::planning::Busy;
use crate::domain::planning::venue_wish::needs_in;
use crate::domain::planning::venue_wish::tests::venue;

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn place(venues: Vec<Venue>) -> Conditions {
    Conditions {
        zone: zone(),
        venues: venues.into_iter().map(|venue| (venue.id, venue)).collect(),
        partner: None,
        shut: Vec::new(),
    }
}

fn room() -> Conditions {
    place(vec![venue(1, 20, "")])
}

fn at(local: DateTime) -> Timestamp {
    resolve(local, &zone()).timestamp()
}

fn busy(from: DateTime, until: DateTime, venue: u128) -> Busy {
    Busy {
        by: None,
        title: "棋牌小组".into(),
        venue_id: Some(VenueId(Uuid::from_u128(venue))),
        facilitator_id: Some(FacilitatorId(Uuid::from_u128(7))),
        starts_at: at(from),
        ends_at: at(until),
        clear_at: at(until),
    }
}

fn week_from(from: Date, duration_minutes: i32) -> Wish {
    Wish::for_minutes(
        duration_minutes,
        from,
        from.checked_add(jiff::Span::new().days(6)).unwrap(),
    )
}

fn ranked(wish: &Wish, conditions: &Conditions, taken: Vec<Busy>) -> Vec<FreeSlot> {
    rank(wish, conditions, &Timetable::new(taken), &[], HolidayCalendar::china())
}

#[test]
fn a_free_workday_morning_comes_first_and_noon_last() {
    let slots = ranked(&week_from(date(2026, 11, 23), 120), &room(), vec![]);
    assert_eq!(slots[0].starts, datetime(2026, 11, 23, 9, 0, 0, 0));
    assert_eq!(slots[0].reasons, [Reason::GoodMorning, Reason::EmptyDay]);
    let first_afternoon = slots
        .iter()
        .position(|slot| slot.reasons.contains(&Reason::GoodAfternoon));
    assert_eq!(first_afternoon, Some(5), "five workday mornings stand before it");
    let worst = slots.last().unwrap();
    assert!(worst.reasons.contains(&Reason::NoonRest) && worst.reasons.contains(&Reason::Weekend));
}

#[test]
fn nothing_is_offered_over_a_session_or_its_clearing_minutes() {
    let day = date(2026, 11, 24);
    let taken = busy(
        day.to_datetime(time(9, 0, 0, 0)),
        day.to_datetime(time(10, 15, 0, 0)),
        1,
    );
    let wish = Wish {
        to: day,
        ..week_from(day, 60)
    };
    let slots = ranked(&wish, &room(), vec![taken.clone()]);
    assert!(!slots.is_empty());
    for slot in &slots {
        let clear = at(slot.ends.checked_add(jiff::Span::new().minutes(15)).unwrap());
        assert!(
            clear <= taken.starts_at || taken.clear_at <= at(slot.starts),
            "{slot:?}"
        );
        assert!(!slot.reasons.contains(&Reason::EmptyDay));
    }
    // 8:00 to 9:00 would have to be cleared while the session already runs.
    assert!(slots.iter().all(|slot| slot.starts.time() != time(8, 0, 0, 0)));
}

#[test]
fn the_past_is_not_offered_and_the_venue_keeps_its_hours() {
    let day = date(2026, 11, 24);
    let wish = Wish {
        to: day,
        not_before: day.to_datetime(time(14, 40, 0, 0)),
        ..week_from(day, 90)
    };
    let slots = ranked(&wish, &room(), vec![]);
    assert_eq!(slots[0].starts, day.to_datetime(time(15, 0, 0, 0)));
    assert!(slots.iter().all(|slot| slot.ends <= day.to_datetime(time(18, 0, 0, 0))));
    let too_long = Wish {
        duration_minutes: 601,
        ..wish
    };
    assert_eq!(ranked(&too_long, &room(), vec![]), []);
}

#[test]
fn official_days_off_are_offered_after_every_other_day() {
    let slots = ranked(&week_from(date(2026, 10, 1), 120), &room(), vec![]);
    assert!(slots.iter().all(|slot| slot.reasons.contains(&Reason::Holiday)));
    let wish = Wish {
        to: date(2026, 10, 12),
        ..week_from(date(2026, 9, 28), 120)
    };
    let longer = ranked(&wish, &room(), vec![]);
    assert!(!longer[0].reasons.contains(&Reason::Holiday));
}

#[test]
fn a_question_about_years_looks_at_two_months() {
    let wish = Wish {
        to: date(9999, 12, 30),
        ..week_from(date(2026, 1, 1), 60)
    };
    let slots = ranked(&wish, &room(), vec![]);
    assert!(slots.len() <= MOST_DAYS * MOST_PER_DAY);
    let backwards = Wish {
        to: date(2025, 1, 1),
        ..wish
    };
    assert_eq!(ranked(&backwards, &room(), vec![]), []);
}

#[test]
fn only_venues_that_suit_and_days_that_are_wished_are_offered() {
    let conditions = place(vec![
        venue(1, 20, ""),
        venue(2, 60, "投影仪 音响"),
        venue(3, 200, "投影仪"),
    ]);
    let mut wish = week_from(date(2026, 11, 23), 60);
    wish.weekdays = "TU,TH".parse().unwrap();
    wish.place.people = Some(40);
    wish.place.needs = needs_in("投影仪");
    let slots = ranked(&wish, &conditions, vec![]);
    assert!(slots.iter().all(|slot| slot.venue != VenueId(Uuid::from_u128(1))));
    assert!(
        slots
            .iter()
            .all(|slot| matches!(slot.starts.date().weekday(), Weekday::Tuesday | Weekday::Thursday))
    );
    // The room of the right size comes before the hall that would stand half empty.
    assert_eq!(slots[0].venue, VenueId(Uuid::from_u128(2)));
    assert!(slots[0].reasons.contains(&Reason::RightSize) && slots[0].reasons.contains(&Reason::Equipped));
    wish.place.outdoor = Some(true);
    assert_eq!(ranked(&wish, &conditions, vec![]), []);
}

#[test]
fn a_leader_who_is_elsewhere_is_not_free_here() {
    let day = date(2026, 11, 24);
    // The leader's session is in another venue.
    let elsewhere = busy(day.to_datetime(time(9, 0, 0, 0)), day.to_datetime(time(11, 0, 0, 0)), 2);
    let mut wish = Wish {
        to: day,
        ..week_from(day, 60)
    };
    let alone = ranked(&wish, &room(), vec![elsewhere.clone()]);
    assert_eq!(alone[0].starts, day.to_datetime(time(9, 0, 0, 0)));
    wish.facilitator_id = elsewhere.facilitator_id;
    let led = ranked(&wish, &room(), vec![elsewhere.clone()]);
    assert!(led.iter().all(|slot| {
        slot.reasons.contains(&Reason::LeaderFree)
            && (at(slot.ends) <= elsewhere.starts_at || elsewhere.ends_at <= at(slot.starts))
    }));
}

#[test]
fn the_same_people_elsewhere_and_the_preferred_part_of_the_day_move_a_slot_in_the_list() {
    let day = date(2026, 11, 24);
    let mut wish = Wish {
        to: day,
        ..week_from(day, 120)
    };
    wish.audience = "60岁以上".into();
    let morning = Gathering {
        audience: "60岁以上".into(),
        title: "合唱".into(),
        starts_at: at(day.to_datetime(time(9, 0, 0, 0))),
        ends_at: at(day.to_datetime(time(11, 0, 0, 0))),
    };
    let timetable = Timetable::default();
    let look = |wish: &Wish| {
        rank(
            wish,
            &room(),
            &timetable,
            std::slice::from_ref(&morning),
            HolidayCalendar::china(),
        )
    };
    let slots = look(&wish);
    assert_eq!(
        slots[0].starts.time(),
        time(14, 30, 0, 0),
        "the morning belongs to the choir"
    );
    wish.audience = "志愿者".into();
    assert_eq!(look(&wish)[0].starts.time(), time(9, 0, 0, 0));
    wish.preferred = Some(PartOfDay::Afternoon);
    let slots = look(&wish);
    assert_eq!(slots[0].starts.time(), time(14, 30, 0, 0));
    assert!(slots[0].reasons.contains(&Reason::PreferredTime));
}

#[test]
fn equally_good_slots_keep_their_order_whatever_the_order_of_venues() {
    let wish = week_from(date(2026, 11, 23), 60);
    let one = ranked(&wish, &place((1..=5).map(|n| venue(n, 20, "")).collect()), vec![]);
    let other = ranked(&wish, &place((1..=5).rev().map(|n| venue(n, 20, "")).collect()), vec![]);
    assert_eq!(one, other);
}

#[test]
fn a_choice_of_days_takes_the_best_of_each() {
    let slots = ranked(&week_from(date(2026, 11, 23), 60), &room(), vec![]);
    let spread = spread(slots, 1);
    assert_eq!(spread.len(), 7);
}
