use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn uuid(kind: u128, n: u8) -> Uuid {
    Uuid::from_u128(kind * 1_000 + u128::from(n))
}

fn programme(n: u8) -> ProgrammeId {
    ProgrammeId(uuid(1, n))
}

fn venue(n: u8) -> VenueId {
    VenueId(uuid(2, n))
}

fn resident(n: u8) -> ResidentId {
    ResidentId(uuid(3, n))
}

fn grid(n: u8) -> GridId {
    GridId(uuid(4, n))
}

fn partner(n: u8) -> PartnerId {
    PartnerId(uuid(5, n))
}

/// One session of an imagined month: where it belongs, who came by name, how many more.
#[derive(Clone, Debug)]
struct Held {
    programme: u8,
    venue: u8,
    came: Vec<u8>,
    heads: i32,
    cancelled: bool,
}

/// What storage would hand over for these sessions: residents 0, 3, 6 … of no grid, every second one born 1950, the rest not known.
fn material(held: &[Held]) -> Material {
    let mut named: BTreeMap<(u8, u8, u8), i64> = BTreeMap::new();
    let sessions = held
        .iter()
        .zip(0u8..)
        .map(|(session, n)| {
            if !session.cancelled {
                for who in &session.came {
                    *named.entry((*who, session.programme, session.venue)).or_default() += 1;
                }
            }
            SessionCount {
                id: SessionId(uuid(6, n)),
                programme: programme(session.programme),
                venue: venue(session.venue),
                held: false,
                cancelled: session.cancelled,
                moved: false,
                tally: Tally {
                    named: session.came.len() as i32,
                    headcount: session.heads,
                },
                answers: Answers::default(),
            }
        })
        .collect();
    let everybody: std::collections::BTreeSet<u8> = named.keys().map(|(who, ..)| *who).collect();
    Material {
        period: Period::new(date(2026, 10, 1), date(2026, 10, 31)).expect("a period"),
        sessions,
        named: named
            .iter()
            .map(|((who, what, place), visits)| NamedVisits {
                resident: resident(*who),
                programme: programme(*what),
                venue: venue(*place),
                visits: *visits,
            })
            .collect(),
        visitors: everybody
            .into_iter()
            .map(|who| Visitor {
                resident: resident(who),
                grid: (who % 3 != 0).then(|| grid(who % 3)),
                birth_year: (who % 2 == 0).then_some(1950),
                newcomer: who > 3,
                alone: who % 4 == 1,
            })
            .collect(),
        programmes: (0..4)
            .map(|n| ProgrammeName {
                id: programme(n),
                title: Label {
                    zh: format!("项目{n}"),
                    en: String::new(),
                },
                kind: if n < 2 { "class" } else { "talk" }.to_owned(),
                partner: (n > 0).then(|| partner(n % 2)),
            })
            .collect(),
        partners: HashMap::new(),
        venues: HashMap::new(),
        grids: [1, 2]
            .map(|n| GridName {
                id: grid(n),
                name: format!("{n}网格"),
                seniors_registered: 10,
            })
            .to_vec(),
        seniors_registered: 40,
        seniors_counted_on: Some(date(2026, 9, 30)),
    }
}

fn held(programme: u8, venue: u8, came: &[u8], heads: i32) -> Held {
    Held {
        programme,
        venue,
        came: came.to_vec(),
        heads,
        cancelled: false,
    }
}

#[test]
fn visits_add_up_and_people_are_counted_once() {
    let report = Report::of(&material(&[
        held(0, 0, &[1, 2, 4], 5),
        held(0, 0, &[1, 2], 0),
        held(1, 1, &[1, 6], 2),
    ]));
    assert_eq!(report.total.sessions, 3);
    assert_eq!(report.total.visits, 14);
    assert_eq!(report.total.anonymous_visits, 7);
    assert_eq!(report.total.people, 4);
    assert_eq!(report.newcomers, 2, "residents 4 and 6");
    assert_eq!(report.total.average(), Some(14.0 / 3.0));
    assert_eq!(
        report.how_often,
        HowOften {
            once: 2,
            sometimes: 2,
            regularly: 0
        }
    );
    let people: Vec<i64> = report.by_programme.iter().map(|line| line.figures.people).collect();
    assert_eq!(people, [3, 2], "resident 1 came to both programmes");
}

#[test]
fn a_session_nobody_came_to_counts_once_it_is_recorded_and_a_cancelled_one_never() {
    let mut material = material(&[held(0, 0, &[], 0), held(0, 0, &[1], 1), held(0, 0, &[], 0)]);
    material.sessions[0].held = true;
    material.sessions[1].cancelled = true;
    material.named.clear();
    material.visitors.clear();
    let report = Report::of(&material);
    assert_eq!(
        (report.total.sessions, report.total.visits, report.cancelled),
        (1, 0, 1)
    );
    assert_eq!(report.total.average(), Some(0.0));
}

#[test]
fn an_empty_month_has_no_averages_and_no_lines() {
    let report = Report::of(&material(&[]));
    assert!(report.is_empty());
    assert_eq!(report.total.average(), None);
    assert_eq!(report.total.answers.ratio(), None);
    assert!(report.by_programme.is_empty() && report.by_kind.is_empty());
    assert_eq!(report.by_grid.len(), 2, "a grid nobody came from is what one looks for");
}

#[test]
fn coverage_counts_residents_known_to_be_sixty_and_says_how_many_are_not_known() {
    let report = Report::of(&material(&[held(0, 0, &[1, 2, 4], 9)]));
    assert_eq!((report.coverage.seniors, report.coverage.unknown_age), (2, 1));
    assert_eq!(report.coverage.ratio(), Some(2.0 / 40.0));
    let mut nobody_counted = material(&[held(0, 0, &[2], 0)]);
    nobody_counted.seniors_registered = 0;
    assert_eq!(Report::of(&nobody_counted).coverage.ratio(), None);
    let mut sixty_this_year = material(&[held(0, 0, &[2], 0)]);
    sixty_this_year.visitors[0].birth_year = Some(1966);
    assert_eq!(Report::of(&sixty_this_year).coverage.seniors, 1);
    sixty_this_year.visitors[0].birth_year = Some(1967);
    assert_eq!(Report::of(&sixty_this_year).coverage.seniors, 0);
}

#[test]
fn lines_come_most_visited_first_and_what_the_community_gives_has_no_partner() {
    let report = Report::of(&material(&[
        held(0, 0, &[1], 0),
        held(3, 1, &[1, 2, 4], 0),
        held(3, 0, &[], 1),
    ]));
    assert_eq!(report.by_programme[0].subject, Subject::Programme(programme(3)));
    assert_eq!(
        report.by_programme[0].venue,
        Some(venue(0)),
        "the first of equals by id"
    );
    let partners: Vec<&Subject> = report.by_partner.iter().map(|line| &line.subject).collect();
    assert_eq!(partners, [&Subject::Partner(Some(partner(1))), &Subject::Partner(None)]);
}

#[test]
fn a_subject_is_read_as_it_is_written() {
    for subject in [
        Subject::All,
        Subject::Programme(programme(1)),
        Subject::Partner(None),
        Subject::Partner(Some(partner(1))),
        Subject::Venue(venue(1)),
        Subject::Kind("class".to_owned()),
        Subject::Grid(None),
        Subject::Grid(Some(grid(1))),
    ] {
        assert_eq!(subject.to_string().parse(), Ok(subject));
    }
    for wrong in ["", "programme", "programme:none", "venue:x", "kind:", "sessions:all"] {
        assert_eq!(wrong.parse::<Subject>(), Err(NotASubject), "{wrong}");
    }
}

fn sessions() -> impl Strategy<Value = Vec<Held>> {
    let session = (
        0u8..4,
        0u8..3,
        proptest::collection::btree_set(0u8..12, 0..8),
        0i32..30,
        prop::bool::weighted(0.1),
    );
    let session = session.prop_map(|(programme, venue, came, heads, cancelled)| Held {
        programme,
        venue,
        came: came.into_iter().collect(),
        heads,
        cancelled,
    });
    proptest::collection::vec(session, 0..30)
}

proptest! {
    #[test]
    fn the_parts_add_up_to_the_whole(month in sessions()) {
        let report = Report::of(&material(&month));
        for table in [&report.by_programme, &report.by_partner, &report.by_venue, &report.by_kind] {
            prop_assert_eq!(table.iter().map(|line| line.figures.visits).sum::<i64>(), report.total.visits);
            prop_assert_eq!(table.iter().map(|line| line.figures.sessions).sum::<i64>(), report.total.sessions);
            for line in table {
                let named = line.figures.visits - line.figures.anonymous_visits;
                prop_assert!(line.figures.people <= named);
                prop_assert!(line.figures.people <= report.total.people);
            }
            if !table.is_empty() {
                prop_assert!(table.iter().map(|line| line.figures.people).sum::<i64>() >= report.total.people);
            }
        }
        let grids: i64 = report.by_grid.iter().map(|line| line.visits).sum();
        prop_assert_eq!(grids + report.total.anonymous_visits, report.total.visits);
        prop_assert_eq!(report.by_grid.iter().map(|line| line.people).sum::<i64>(), report.total.people);
    }

    #[test]
    fn people_are_never_more_than_named_visits(month in sessions()) {
        let report = Report::of(&material(&month));
        let named = report.total.visits - report.total.anonymous_visits;
        prop_assert!(report.total.people <= named);
        prop_assert!(report.newcomers <= report.total.people);
        let how_often = report.how_often;
        prop_assert_eq!(how_often.once + how_often.sometimes + how_often.regularly, report.total.people);
    }
}
