//! Tables and laws of a notice.

use jiff::civil::date;
use proptest::prelude::*;

use super::super::tests::{at, now, policies, rules, series, session, window};
use super::*;
use crate::domain::id::SessionId;

const BEFORE: &str = r#"{"2026":{"holidays":{"2026-10-01":"国庆节"}}}"#;
/// 元旦 on the Friday, made up for on the Sunday; 春节 over two weeks.
const NOTICE: &str = r#"{"2027":{"holidays":{"2027-01-01":"元旦","2027-02-03":"春节","2027-02-04":"春节","2027-02-10":"春节"},"workdays":{"2027-01-03":"元旦","2027-02-07":"春节"}}}"#;

fn calendar(text: &str) -> HolidayCalendar {
    HolidayCalendar::from_json(text).unwrap()
}

fn old() -> HolidayCalendar {
    calendar(BEFORE)
}

fn new() -> HolidayCalendar {
    old().updated_with(&calendar(NOTICE))
}

fn wednesdays(policy: HolidayPolicy) -> Series {
    Series {
        holiday_policy: policy,
        ..series("FREQ=WEEKLY;BYDAY=WE")
    }
}

fn span() -> Window {
    window(date(2026, 11, 25).at(0, 0, 0, 0), 180)
}

/// The sessions of a series as they were stored under a calendar.
fn stored(series: &Series, calendar: &HolidayCalendar) -> Vec<Session> {
    let plan = plan(series, &[], None, &[], span(), calendar, now()).unwrap();
    let wanted = plan.create.iter().enumerate();
    wanted.map(|(at, wanted)| session(100 + at as u128, wanted)).collect()
}

fn changes(series: &Series, sessions: &[Session], old: &HolidayCalendar, new: &HolidayCalendar) -> HolidayChanges {
    holiday_changes(series, &[], None, sessions, span(), old, new, now()).unwrap()
}

/// The sessions after the changes.
fn applied(sessions: &[Session], changes: &HolidayChanges) -> Vec<Session> {
    let mut done = sessions.to_vec();
    for change in &changes.changed {
        let at = done.iter().position(|one| one.id == change.before.id).unwrap();
        done[at] = change.after.clone();
    }
    let next = 1000 + done.len() as u128;
    done.extend(
        changes
            .create
            .iter()
            .enumerate()
            .map(|(at, wanted)| session(next + at as u128, wanted)),
    );
    done
}

fn kinds(changes: &HolidayChanges) -> Vec<(HolidayKind, String, String)> {
    changes
        .changed
        .iter()
        .map(|change| {
            let day = |session: &Session| {
                session
                    .starts_at
                    .to_zoned(crate::domain::calendar::parse_zone("Asia/Shanghai").unwrap())
                    .date()
            };
            (
                change.kind,
                day(&change.before).to_string(),
                day(&change.after).to_string(),
            )
        })
        .collect()
}

#[test]
fn each_policy_meets_the_spring_festival_in_its_way() {
    let table = [
        (HolidayPolicy::Hold, vec![]),
        (
            HolidayPolicy::Skip,
            vec![
                (HolidayKind::Dropped, "2027-02-03", "2027-02-03"),
                (HolidayKind::Dropped, "2027-02-10", "2027-02-10"),
            ],
        ),
        (
            HolidayPolicy::NextWorkday,
            vec![
                (HolidayKind::Moved, "2027-02-03", "2027-02-05"),
                (HolidayKind::Moved, "2027-02-10", "2027-02-11"),
            ],
        ),
        (
            HolidayPolicy::PreviousWorkday,
            vec![
                (HolidayKind::Moved, "2027-02-03", "2027-02-02"),
                (HolidayKind::Moved, "2027-02-10", "2027-02-09"),
            ],
        ),
    ];
    for (policy, expected) in table {
        let series = wednesdays(policy);
        let found = changes(&series, &stored(&series, &old()), &old(), &new());
        let certain = [HolidayKind::Confirmed, HolidayKind::Provisional];
        let told: Vec<_> = kinds(&found)
            .into_iter()
            .filter(|one| !certain.contains(&one.0))
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(kind, from, to)| (kind, from.to_owned(), to.to_owned()))
            .collect();
        assert_eq!(told, expected, "{policy}");
        assert!(found.create.is_empty() && found.untouched.is_empty(), "{policy}");
    }
}

#[test]
fn what_falls_out_says_why_and_what_moves_remembers_where_it_stood() {
    let series = wednesdays(HolidayPolicy::Skip);
    let sessions = stored(&series, &old());
    let found = changes(&series, &sessions, &old(), &new());
    let gone = found
        .changed
        .iter()
        .find(|one| one.kind == HolidayKind::Dropped)
        .unwrap();
    assert_eq!(gone.after.status, SessionStatus::Cancelled);
    assert_eq!(gone.after.reason_code, Some(ReasonCode::Holiday));
    assert_eq!(gone.after.reason.as_deref(), Some("春节放假停课"));
    assert_eq!(gone.after.sequence, gone.before.sequence + 1);

    let series = wednesdays(HolidayPolicy::NextWorkday);
    let found = changes(&series, &stored(&series, &old()), &old(), &new());
    let moved = found.changed.iter().find(|one| one.kind == HolidayKind::Moved).unwrap();
    assert_eq!(moved.after.moved_from_at, Some(moved.before.starts_at));
    assert_eq!(moved.after.status, SessionStatus::Scheduled);
    assert!(!moved.after.overridden, "a notice is no hand");
}

#[test]
fn a_corrected_notice_brings_back_what_the_first_took_away_but_not_what_people_cancelled() {
    let series = wednesdays(HolidayPolicy::Skip);
    let first = changes(&series, &stored(&series, &old()), &old(), &new());
    let mut sessions = applied(&stored(&series, &old()), &first);
    // One of the two was cancelled by somebody who wrote other words.
    let by_hand = sessions
        .iter_mut()
        .find(|one| one.original_local.date() == date(2027, 2, 10))
        .unwrap();
    by_hand.reason = Some("老师回老家".to_owned());
    let corrected = old().updated_with(&calendar(r#"{"2027":{"holidays":{"2027-01-01":"元旦"}}}"#));
    let second = changes(&series, &sessions, &new(), &corrected);
    assert_eq!(
        kinds(&second),
        [(HolidayKind::Restored, "2027-02-03".to_owned(), "2027-02-03".to_owned())]
    );
    let back = &second.changed[0].after;
    assert_eq!(
        (back.status, back.reason_code, back.reason.as_ref()),
        (SessionStatus::Scheduled, None, None)
    );
}

#[test]
fn a_date_that_never_was_appears_when_its_holiday_is_taken_back() {
    let series = wednesdays(HolidayPolicy::Skip);
    let sessions = stored(&series, &new());
    assert!(sessions.iter().all(|one| one.original_local.date() != date(2027, 2, 3)));
    let corrected = old().updated_with(&calendar(r#"{"2027":{"holidays":{"2027-02-10":"春节"}}}"#));
    let found = changes(&series, &sessions, &new(), &corrected);
    let made: Vec<_> = found.create.iter().map(|wanted| wanted.original_local.date()).collect();
    assert_eq!(made, [date(2027, 2, 3)]);
    assert!(found.changed.is_empty(), "{:?}", kinds(&found));
}

#[test]
fn sessions_moved_by_hand_are_listed_and_not_touched() {
    let series = wednesdays(HolidayPolicy::Skip);
    let mut sessions = stored(&series, &old());
    let target = sessions
        .iter_mut()
        .find(|one| one.original_local.date() == date(2027, 2, 3))
        .unwrap();
    target.overridden = true;
    target.starts_at = at("2027-02-04T15:00:00");
    target.ends_at = at("2027-02-04T16:00:00");
    let id = target.id;
    let found = changes(&series, &sessions, &old(), &new());
    assert_eq!(found.untouched.len(), 1);
    assert_eq!((found.untouched[0].0.id, found.untouched[0].1.as_str()), (id, "春节"));
    assert!(found.changed.iter().all(|one| one.before.id != id));
}

#[test]
fn the_days_of_the_calendar_that_differ_are_told() {
    let found = day_changes(&new(), &old().updated_with(&calendar(
        r#"{"2027":{"holidays":{"2027-01-01":"元旦","2027-02-04":"除夕","2027-02-07":"春节","2027-05-01":"劳动节"},"workdays":{"2027-01-03":"元旦"}}}"#,
    )));
    let days: Vec<String> = found.iter().map(|one| one.date.to_string()).collect();
    assert_eq!(
        days,
        ["2027-02-03", "2027-02-04", "2027-02-07", "2027-02-10", "2027-05-01"]
    );
    assert_eq!(found[0].after, None);
    assert_eq!(found[2].before, Some((false, "春节".to_owned())));
    assert!(day_changes(&new(), &new()).is_empty());
}

fn notices() -> impl Strategy<Value = HolidayCalendar> {
    prop::collection::btree_set(0..120_i32, 0..30).prop_map(|days| {
        let days: Vec<String> = days
            .into_iter()
            .map(|day| format!("\"{}\":\"春节\"", date(2027, 1, 1).saturating_add(day.days())))
            .collect();
        old().updated_with(&calendar(&format!(
            "{{\"2027\":{{\"holidays\":{{{}}}}}}}",
            days.join(",")
        )))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn importing_twice_changes_nothing_the_second_time(rule in rules(), policy in policies(), first in notices(), second in notices()) {
        let series = Series { holiday_policy: policy, ..series(&rule) };
        let sessions = stored(&series, &old());
        let done = changes(&series, &sessions, &old(), &first);
        let sessions = applied(&sessions, &done);
        prop_assert!(changes(&series, &sessions, &first, &first).is_empty());
        // And after a correction.
        let again = changes(&series, &sessions, &first, &second);
        let sessions = applied(&sessions, &again);
        prop_assert!(changes(&series, &sessions, &second, &second).is_empty());
    }

    #[test]
    fn what_people_decided_is_never_changed(rule in rules(), policy in policies(), notice in notices(), marks in prop::collection::vec(0..5_u8, 60)) {
        let series = Series { holiday_policy: policy, ..series(&rule) };
        let mut sessions = stored(&series, &old());
        let mut fixed: Vec<SessionId> = Vec::new();
        for (session, mark) in sessions.iter_mut().zip(marks) {
            match mark {
                0 => session.overridden = true,
                1 => session.named = 1,
                2 => {
                    session.status = SessionStatus::Cancelled;
                    session.reason_code = Some(ReasonCode::Holiday);
                }
                3 => {
                    session.starts_at = now() - jiff::SignedDuration::from_hours(2);
                    session.ends_at = now() - jiff::SignedDuration::from_hours(1);
                }
                _ => continue,
            }
            fixed.push(session.id);
        }
        let found = changes(&series, &sessions, &old(), &notice);
        prop_assert!(found.changed.iter().all(|one| !fixed.contains(&one.before.id)));
        prop_assert!(found.create.iter().all(|wanted| sessions.iter().all(|one| one.original_local != wanted.original_local)));
    }
}
