use proptest::prelude::*;

use super::*;
use crate::domain::enrolment::{Decision, Seats, Source, Terms, Waiting, decide, promoted};
use crate::domain::planning::{SessionStatus, SignUpMode};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn asked(status: RolloverStatus) -> Asked {
    Asked {
        status,
        confirm_by: NOW,
    }
}

#[test]
fn an_answer_can_be_changed_until_the_agreed_time_and_by_staff_after_it() {
    use RolloverStatus as Is;
    let late = NOW + SignedDuration::from_secs(1);
    for (status, answer, by, now, wanted) in [
        (
            Is::Asked,
            Answer::Comes,
            AnsweredBy::Myself,
            NOW,
            Ok(Some(Is::Confirmed)),
        ),
        (
            Is::Confirmed,
            Answer::StaysAway,
            AnsweredBy::Myself,
            NOW,
            Ok(Some(Is::Declined)),
        ),
        (
            Is::Declined,
            Answer::Comes,
            AnsweredBy::Myself,
            NOW,
            Ok(Some(Is::Confirmed)),
        ),
        (Is::Confirmed, Answer::Comes, AnsweredBy::Myself, NOW, Ok(None)),
        (Is::Confirmed, Answer::Comes, AnsweredBy::Myself, late, Ok(None)),
        (
            Is::Asked,
            Answer::Comes,
            AnsweredBy::Myself,
            late,
            Err(Refusal::TooLate),
        ),
        (
            Is::Expired,
            Answer::Comes,
            AnsweredBy::Myself,
            late,
            Err(Refusal::TooLate),
        ),
        (
            Is::Expired,
            Answer::Comes,
            AnsweredBy::Staff,
            late,
            Ok(Some(Is::Confirmed)),
        ),
        (
            Is::Confirmed,
            Answer::StaysAway,
            AnsweredBy::Staff,
            late,
            Ok(Some(Is::Declined)),
        ),
    ] {
        assert_eq!(
            asked(status).answered(answer, by, now),
            wanted,
            "{status} {answer} {by:?}"
        );
    }
    assert!(!asked(Is::Asked).is_over(NOW), "the last moment counts");
    assert!(asked(Is::Asked).is_over(late));
    assert!(!asked(Is::Confirmed).is_over(late));
}

#[test]
fn a_date_somebody_signed_up_for_by_themselves_survives_their_silence_but_not_their_no() {
    use EnrolmentStatus as Is;
    assert_eq!(place(Some(Is::Enrolled), RolloverStatus::Expired), Place::Stays);
    assert_eq!(place(Some(Is::Enrolled), RolloverStatus::Declined), Place::LetGo);
    assert_eq!(place(Some(Is::Asked), RolloverStatus::Expired), Place::LetGo);
    assert_eq!(place(Some(Is::Asked), RolloverStatus::Confirmed), Place::TakeKept);
    assert_eq!(place(None, RolloverStatus::Confirmed), Place::SignUp);
    assert_eq!(place(Some(Is::Cancelled), RolloverStatus::Declined), Place::Stays);
}

fn at(text: &str) -> Zoned {
    text.parse::<Timestamp>()
        .expect("an instant")
        .to_zoned(TimeZone::get("Asia/Shanghai").expect("a bundled zone"))
}

#[test]
fn the_answer_is_due_a_week_before_or_later_where_that_leaves_too_little_time() {
    let now = at("2026-11-25T08:10:00+08:00");
    for (first, wanted) in [
        ("2026-12-16T09:30:00+08:00", Some("2026-12-09")),
        ("2026-12-02T09:30:00+08:00", Some("2026-11-28")),
        ("2026-11-29T09:30:00+08:00", Some("2026-11-28")),
        ("2026-11-28T19:00:00+08:00", None),
        ("2026-11-26T09:30:00+08:00", None),
    ] {
        let day = offered_day(&at(first), &now).map(|day| day.to_string());
        assert_eq!(day.as_deref(), wanted, "{first}");
    }
    let evening = at("2026-11-25T20:30:00+08:00");
    assert_eq!(
        offered_day(&at("2026-12-02T09:30:00+08:00"), &evening).map(|day| day.to_string()),
        Some("2026-11-29".to_owned()),
        "three whole days"
    );
}

#[test]
fn people_stand_in_the_order_they_signed_up_and_whoever_only_came_after_them() {
    let person = |id: u128, at: Option<i64>, came| Former {
        resident: ResidentId(uuid::Uuid::from_u128(id)),
        signed_up_at: at.map(|at| NOW + SignedDuration::from_secs(at)),
        came,
        came_lately: 0,
    };
    let order: Vec<u128> = in_order(vec![
        person(1, None, 9),
        person(2, Some(5), 0),
        person(3, Some(1), 0),
        person(4, None, 12),
    ])
    .iter()
    .map(|one| one.resident.0.as_u128())
    .collect();
    assert_eq!(order, [3, 2, 4, 1]);
}

/// What happens to one session of a term, in the order it happens.
#[derive(Clone, Debug)]
enum Step {
    /// The person with this number answers.
    Answer(usize, Answer),
    /// Whoever has not answered loses the seat.
    Expire,
    /// The person with this number signs up like anybody.
    SignUp(usize),
    /// The person with this number gives the session up.
    GiveUp(usize),
}

const PEOPLE: usize = 12;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..PEOPLE;
    let answer = prop_oneof![Just(Answer::Comes), Just(Answer::StaysAway)];
    let step = prop_oneof![
        4 => (who.clone(), answer).prop_map(|(who, answer)| Step::Answer(who, answer)),
        1 => Just(Step::Expire),
        3 => who.clone().prop_map(Step::SignUp),
        2 => who.prop_map(Step::GiveUp),
    ];
    prop::collection::vec(step, 0..80)
}

/// One session, its people and what was asked of them.
struct Book {
    capacity: i32,
    asked: Vec<Option<RolloverStatus>>,
    places: Vec<Option<EnrolmentStatus>>,
    queue: Vec<usize>,
}

impl Book {
    fn count(&self, status: EnrolmentStatus) -> i32 {
        self.places.iter().filter(|place| **place == Some(status)).count() as i32
    }

    fn seats(&self) -> Seats {
        Seats {
            capacity: Some(self.capacity),
            enrolled: self.count(EnrolmentStatus::Enrolled),
            waitlisted: self.count(EnrolmentStatus::Waitlisted),
            asked: self.count(EnrolmentStatus::Asked),
            mode: SignUpMode::Required,
            status: SessionStatus::Scheduled,
            starts_at: NOW + SignedDuration::from_hours(1),
            paused: false,
            desk: 0,
            terms: Terms::usual(NOW + SignedDuration::from_hours(1)),
            drawn: false,
        }
    }

    fn sign_up(&mut self, who: usize) {
        match self.places[who] {
            Some(EnrolmentStatus::Asked) => self.places[who] = Some(EnrolmentStatus::Enrolled),
            Some(EnrolmentStatus::Enrolled | EnrolmentStatus::Waitlisted) => {}
            _ => match decide(&self.seats(), Source::Myself, 1, &self.waiting(), NOW) {
                Ok(Decision::Enrolled) => self.places[who] = Some(EnrolmentStatus::Enrolled),
                Ok(Decision::Waitlisted { .. }) => {
                    self.places[who] = Some(EnrolmentStatus::Waitlisted);
                    self.queue.push(who);
                }
                Err(_) => {}
            },
        }
        self.promote();
    }

    fn let_go(&mut self, who: usize) {
        self.places[who] = Some(EnrolmentStatus::Cancelled);
        self.queue.retain(|other| *other != who);
        self.promote();
    }

    fn waiting(&self) -> Vec<Waiting> {
        let one = Waiting {
            together: None,
            source: Source::Myself,
        };
        vec![one; self.queue.len()]
    }

    fn promote(&mut self) {
        for _ in promoted(&self.seats(), &self.waiting(), NOW) {
            let who = self.queue.remove(0);
            self.places[who] = Some(EnrolmentStatus::Enrolled);
        }
    }

    fn settle(&mut self, who: usize, next: RolloverStatus) {
        self.asked[who] = Some(next);
        match place(self.places[who], next) {
            Place::Stays => {}
            Place::TakeKept => self.places[who] = Some(EnrolmentStatus::Enrolled),
            Place::SignUp => self.sign_up(who),
            Place::LetGo => self.let_go(who),
        }
    }
}

proptest! {
    #[test]
    fn no_order_of_answers_brings_in_more_people_than_there_are_seats(
        capacity in 1..9_i32,
        people in 0..9_usize,
        steps in steps(),
    ) {
        let people = people.min(capacity as usize);
        let mut book = Book {
            capacity,
            asked: (0..PEOPLE).map(|who| (who < people).then_some(RolloverStatus::Asked)).collect(),
            places: (0..PEOPLE).map(|who| (who < people).then_some(EnrolmentStatus::Asked)).collect(),
            queue: Vec::new(),
        };
        for step in steps {
            match step {
                Step::Answer(who, answer) => {
                    if let Some(status) = book.asked[who]
                        && let Ok(Some(next)) = asked(status).answered(answer, AnsweredBy::Staff, NOW)
                    {
                        book.settle(who, next);
                    }
                }
                Step::Expire => {
                    for who in 0..PEOPLE {
                        if book.asked[who] == Some(RolloverStatus::Asked) {
                            book.settle(who, RolloverStatus::Expired);
                        }
                    }
                }
                Step::SignUp(who) => book.sign_up(who),
                Step::GiveUp(who) => {
                    if matches!(book.places[who], Some(EnrolmentStatus::Enrolled | EnrolmentStatus::Waitlisted)) {
                        book.let_go(who);
                    }
                }
            }
            let seats = book.seats();
            prop_assert!(seats.enrolled + seats.asked <= capacity, "{} + {} of {capacity}", seats.enrolled, seats.asked);
            prop_assert!(seats.waitlisted == 0 || seats.free() == Some(0), "a seat is free and somebody waits");
            for who in 0..PEOPLE {
                let kept = book.places[who] == Some(EnrolmentStatus::Asked);
                prop_assert!(!kept || book.asked[who] == Some(RolloverStatus::Asked), "a seat is kept for nobody");
            }
        }
    }
}
