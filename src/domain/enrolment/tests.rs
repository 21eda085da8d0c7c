//! Tables and properties of signing up.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn seats(capacity: Option<i32>, enrolled: i32, waitlisted: i32) -> Seats {
    let starts_at = NOW + jiff::SignedDuration::from_hours(1);
    Seats {
        capacity,
        enrolled,
        waitlisted,
        asked: 0,
        desk: 0,
        mode: SignUpMode::Required,
        status: SessionStatus::Scheduled,
        starts_at,
        paused: false,
        terms: Terms::usual(starts_at),
        drawn: false,
    }
}

fn alone(source: Source) -> Waiting {
    Waiting { together: None, source }
}

fn pair(n: u128, source: Source) -> Waiting {
    Waiting {
        together: Some(Uuid::from_u128(n)),
        source,
    }
}

fn one(seats: &Seats) -> Result<Decision, Refusal> {
    let queue = vec![alone(Source::Myself); usize::try_from(seats.waitlisted).unwrap()];
    decide(seats, Source::Myself, 1, &queue, NOW)
}

#[test]
fn a_seat_while_there_is_one_then_a_place_in_the_queue() {
    assert_eq!(one(&seats(Some(2), 1, 0)), Ok(Decision::Enrolled));
    assert_eq!(one(&seats(Some(2), 2, 0)), Ok(Decision::Waitlisted { ahead: 0 }));
    assert_eq!(one(&seats(Some(2), 2, 3)), Ok(Decision::Waitlisted { ahead: 3 }));
    assert_eq!(one(&seats(None, 5000, 0)), Ok(Decision::Enrolled));
}

#[test]
fn a_free_seat_belongs_to_whoever_waits_not_to_the_newcomer() {
    assert_eq!(one(&seats(Some(3), 2, 1)), Ok(Decision::Waitlisted { ahead: 1 }));
    assert_eq!(promoted(&seats(Some(3), 2, 1), &[alone(Source::Myself)], NOW), [0]);
}

#[test]
fn seats_taken_away_later_leave_none_and_never_fewer() {
    assert_eq!(seats(Some(2), 5, 0).free(), Some(0));
    assert!(promoted(&seats(Some(2), 5, 4), &[alone(Source::Myself); 4], NOW).is_empty());
}

#[test]
fn nobody_signs_up_for_what_is_off_begun_closed_or_open_to_all() {
    let with = |change: fn(&mut Seats)| {
        let mut seats = seats(Some(2), 0, 0);
        change(&mut seats);
        (one(&seats), decide(&seats, Source::Phone, 1, &[], NOW))
    };
    let both = |refusal| (Err(refusal), Err(refusal));
    assert_eq!(with(|s| s.status = SessionStatus::Cancelled), both(Refusal::Cancelled));
    assert_eq!(with(|s| s.starts_at = NOW), both(Refusal::Begun));
    assert_eq!(with(|s| s.status = SessionStatus::Held), both(Refusal::Begun));
    assert_eq!(with(|s| s.mode = SignUpMode::None), both(Refusal::NotNeeded));
    assert_eq!(with(|s| s.paused = true), both(Refusal::Paused));
    let later = NOW + jiff::SignedDuration::from_secs(1);
    assert_eq!(
        with(|s| s.terms.opens_at = Some(NOW)),
        (Ok(Decision::Enrolled), Ok(Decision::Enrolled))
    );
    let not_yet = |s: &mut Seats| s.terms.opens_at = Some(NOW + jiff::SignedDuration::from_secs(1));
    assert_eq!(with(not_yet), both(Refusal::NotYet));
    let mut early = seats(Some(2), 0, 0);
    early.terms.opens_at = Some(later);
    assert_eq!(one(&early.ahead_of_opening()), Ok(Decision::Enrolled));
    assert_eq!(
        with(|s| s.terms.closes_at = NOW),
        (Err(Refusal::Closed), Ok(Decision::Enrolled)),
        "staff still may"
    );
    assert_eq!(
        with(|s| s.status = SessionStatus::Provisional).0,
        Ok(Decision::Enrolled)
    );
}

#[test]
fn a_queue_has_an_end_or_is_not_there() {
    let mut full = seats(Some(2), 2, MOST_WAITING);
    assert_eq!(one(&full), Err(Refusal::QueueFull));
    full.waitlisted = 3;
    full.terms.most_waiting = 4;
    assert_eq!(one(&full), Ok(Decision::Waitlisted { ahead: 3 }));
    assert_eq!(decide(&full, Source::Myself, 2, &[], NOW), Err(Refusal::QueueFull));
    full.terms.most_waiting = 0;
    assert_eq!(one(&full), Err(Refusal::Full));
}

#[test]
fn nobody_is_promoted_once_sign_up_has_ended() {
    let mut late = seats(Some(3), 1, 2);
    late.terms.closes_at = NOW;
    assert!(promoted(&late, &[alone(Source::Phone); 2], NOW).is_empty());
    late = seats(Some(3), 1, 2);
    late.starts_at = NOW;
    assert!(promoted(&late, &[alone(Source::Myself); 2], NOW).is_empty());
}

#[test]
fn kept_seats_go_to_telephone_and_counter_until_they_are_set_free() {
    let mut book = seats(Some(5), 2, 0);
    book.terms.kept = 3;
    book.terms.kept_until = NOW + jiff::SignedDuration::from_secs(1);
    assert_eq!((book.free(), book.free_to_all(NOW)), (Some(3), Some(0)));
    assert_eq!(one(&book), Ok(Decision::Waitlisted { ahead: 0 }));
    assert_eq!(decide(&book, Source::Phone, 1, &[], NOW), Ok(Decision::Enrolled));
    // Somebody who came by the page waits; whoever phones still gets a kept seat.
    book.waitlisted = 1;
    let queue = [alone(Source::Myself)];
    assert_eq!(decide(&book, Source::Counter, 1, &queue, NOW), Ok(Decision::Enrolled));
    assert!(promoted(&book, &queue, NOW).is_empty());
    let later = book.terms.kept_until;
    assert_eq!(promoted(&book, &queue, later), [0]);
    // Two of the kept ones were given already: one is left.
    book.desk = 2;
    assert_eq!((book.kept(NOW), book.free_to_all(NOW)), (1, Some(2)));
}

#[test]
fn two_are_promoted_together_or_not_at_all_and_lose_no_place() {
    let queue = [pair(7, Source::Myself), pair(7, Source::Myself), alone(Source::Myself)];
    assert_eq!(promoted(&seats(Some(3), 2, 3), &queue, NOW), [2]);
    assert_eq!(promoted(&seats(Some(3), 1, 3), &queue, NOW), [0, 1]);
    assert_eq!(promoted(&seats(Some(3), 0, 3), &queue, NOW), [0, 1, 2]);
    // Whoever is left of a pair is promoted alone.
    assert_eq!(promoted(&seats(Some(3), 2, 2), &queue[1..], NOW), [0]);
    assert_eq!(
        decide(&seats(Some(3), 2, 0), Source::Myself, 2, &[], NOW),
        Ok(Decision::Waitlisted { ahead: 0 }),
        "both or neither"
    );
    let mut alone_only = seats(Some(3), 0, 0);
    alone_only.terms.together = false;
    assert_eq!(
        decide(&alone_only, Source::Myself, 2, &[], NOW),
        Err(Refusal::NotTogether)
    );
}

#[test]
fn before_a_draw_all_wait_and_nobody_is_promoted() {
    let mut rush = seats(Some(3), 0, 0);
    rush.terms.draws_at = Some(NOW);
    rush.terms.most_waiting = 0;
    assert_eq!(one(&rush), Ok(Decision::Waitlisted { ahead: 0 }));
    rush.waitlisted = 1;
    assert!(promoted(&rush, &[alone(Source::Myself)], NOW).is_empty());
    rush.drawn = true;
    assert_eq!(promoted(&rush, &[alone(Source::Myself)], NOW), [0]);
}

/// What happens to one session, in the order it happens.
#[derive(Clone, Debug)]
enum Step {
    SignUp(Source, usize),
    /// Whoever is at this place of all who are in gives up.
    Cancel(usize),
    /// The number of seats changes.
    Resize(i32),
    /// So many seconds pass: kept seats may be set free.
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let source = prop::sample::select(vec![Source::Myself, Source::Family, Source::Phone, Source::Counter]);
    let step = prop_oneof![
        4 => (source, 1..=2_usize).prop_map(|(source, people)| Step::SignUp(source, people)),
        2 => any::<usize>().prop_map(Step::Cancel),
        1 => (0..6i32).prop_map(Step::Resize),
        1 => (0..40_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Person {
    arrival: u32,
    waiting: Waiting,
}

proptest! {
    #[test]
    fn seats_never_go_negative_order_is_kept_two_stay_two_and_kept_seats_stay_kept(steps in steps(), kept in 0..4_i32) {
        let (mut seated, mut queue): (Vec<Person>, Vec<Person>) = (Vec::new(), Vec::new());
        let mut book = seats(Some(4), 0, 0);
        book.terms.kept = kept;
        book.terms.kept_until = NOW + jiff::SignedDuration::from_secs(120);
        let (mut now, mut shrunk) = (NOW, false);
        let desk = |people: &[Person]| people.iter().filter(|one| one.waiting.source.is_desk()).count() as i32;
        for (arrival, step) in (0u32..).zip(steps) {
            let waiting: Vec<Waiting> = queue.iter().map(|one| one.waiting).collect();
            match step {
                Step::SignUp(source, people) => {
                    let together = (people > 1).then(|| Uuid::from_u128(u128::from(arrival)));
                    let new = vec![Person { arrival, waiting: Waiting { together, source } }; people];
                    match decide(&book, source, people as i32, &waiting, now) {
                        Ok(Decision::Enrolled) => seated.extend(new),
                        Ok(Decision::Waitlisted { ahead }) => {
                            prop_assert_eq!(ahead as usize, queue.len());
                            queue.extend(new);
                        }
                        Err(refusal) => prop_assert_eq!(refusal, Refusal::QueueFull),
                    }
                }
                Step::Cancel(at) if !seated.is_empty() || !queue.is_empty() => {
                    let at = at % (seated.len() + queue.len());
                    if at < seated.len() { seated.remove(at); } else { queue.remove(at - seated.len()); }
                }
                Step::Cancel(_) => {}
                Step::Resize(capacity) => {
                    shrunk |= capacity < book.capacity.unwrap_or(0);
                    book.capacity = Some(capacity);
                }
                Step::Wait(seconds) => now += jiff::SignedDuration::from_secs(seconds),
            }
            let count = |book: &mut Seats, seated: &[Person], queue: &[Person]| {
                (book.enrolled, book.waitlisted, book.desk) = (seated.len() as i32, queue.len() as i32, desk(seated));
            };
            count(&mut book, &seated, &queue);
            let before = queue.clone();
            let waiting: Vec<Waiting> = queue.iter().map(|one| one.waiting).collect();
            let given = promoted(&book, &waiting, now);
            for one in given.iter().map(|at| before[*at]) {
                // Nobody later in the queue with the same needs came before somebody earlier.
                let passed = before.iter().enumerate().find(|(at, other)| {
                    other.arrival < one.arrival
                        && !given.contains(at)
                        && other.waiting.source.is_desk() == one.waiting.source.is_desk()
                        && other.waiting.together.is_none()
                });
                prop_assert!(passed.is_none(), "somebody was passed over");
                let members = before.iter().filter(|other| other.arrival == one.arrival).count();
                let went = given.iter().filter(|at| before[**at].arrival == one.arrival).count();
                prop_assert_eq!(members, went, "two were parted");
                seated.push(one);
            }
            queue = before.iter().enumerate().filter(|(at, _)| !given.contains(at)).map(|(_, one)| *one).collect();
            count(&mut book, &seated, &queue);
            prop_assert!(book.free().unwrap_or(0) >= 0 && book.kept(now) >= 0);
            prop_assert!(shrunk || book.enrolled <= 6);
            if !shrunk && now < book.terms.kept_until {
                let by_page = book.enrolled - book.desk;
                prop_assert!(by_page <= (book.capacity.unwrap_or(0) - kept).max(0), "the page took a kept seat");
            }
            let waits = |desk: bool| queue.iter().any(|one| one.waiting.together.is_none() && one.waiting.source.is_desk() == desk);
            prop_assert!(!waits(true) || book.free() == Some(0), "a seat is free and somebody waits");
            prop_assert!(!waits(false) || book.free_to_all(now) == Some(0), "a seat is free for all and somebody waits");
            prop_assert!(queue.is_sorted_by_key(|one| one.arrival));
        }
    }
}
