//! Two residents who are one person: what becomes of the rows of the one who is merged, and of the one who stays.
//!
//! What is promised: 人次 stay equal to named rows and heads; somebody named twice at one session counts once; of two sign-ups for one session the better
//! one stays; and undoing gives every row back as it was, when nothing else happened meanwhile.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::attendance::{Counted, Row};
use super::enrolment::EnrolmentStatus;
use super::id::{AttendanceId, ResidentId, SessionId};
use super::resident::{Enrolment, Resident};

/// What a merge changes about a resident's fields: which of the two each is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Name and initials.
    Name,
    /// Gender.
    Gender,
    /// Year of birth.
    BirthYear,
    /// Own number.
    Phone,
    /// Mail address, and whether they are told by mail.
    Email,
    /// Building.
    Building,
    /// Grid.
    Grid,
    /// Care categories.
    Care,
    /// Family contact and its number.
    Family,
}

super::planning::named! { Part {
    Name => "name",
    Gender => "gender",
    BirthYear => "birth_year",
    Phone => "phone",
    Email => "email",
    Building => "building",
    Grid => "grid",
    Care => "care",
    Family => "family",
} }

impl Part {
    /// Whether a resident has nothing there.
    pub fn is_empty(self, of: &Resident) -> bool {
        match self {
            Part::Name => false,
            Part::Gender => of.gender.is_empty(),
            Part::BirthYear => of.birth_year.is_none(),
            Part::Phone => of.phone.is_none(),
            Part::Email => of.email.is_empty(),
            Part::Building => of.building.is_empty(),
            Part::Grid => of.grid_id.is_none(),
            Part::Care => of.care.is_empty(),
            Part::Family => of.family_name.is_empty() && of.family_phone.is_none(),
        }
    }

    /// Whether two residents have the same there.
    pub fn is_same(self, one: &Resident, other: &Resident) -> bool {
        match self {
            Part::Name => one.name == other.name,
            Part::Gender => one.gender == other.gender,
            Part::BirthYear => one.birth_year == other.birth_year,
            Part::Phone => one.phone == other.phone,
            Part::Email => one.email == other.email,
            Part::Building => one.building == other.building,
            Part::Grid => one.grid_id == other.grid_id,
            Part::Care => one.care == other.care,
            Part::Family => one.family_name == other.family_name && one.family_phone == other.family_phone,
        }
    }

    /// Gives `to` what `from` has there.
    pub fn copy(self, from: &Resident, to: &mut Resident) {
        match self {
            Part::Name => {
                to.name = from.name.clone();
                to.initials.clone_from(&from.initials);
            }
            Part::Gender => to.gender.clone_from(&from.gender),
            Part::BirthYear => to.birth_year = from.birth_year,
            Part::Phone => to.phone.clone_from(&from.phone),
            Part::Email => {
                to.email.clone_from(&from.email);
                to.tell_by = from.tell_by;
            }
            Part::Building => to.building.clone_from(&from.building),
            Part::Grid => to.grid_id = from.grid_id,
            Part::Care => to.care.clone_from(&from.care),
            Part::Family => {
                to.family_name.clone_from(&from.family_name);
                to.family_phone.clone_from(&from.family_phone);
            }
        }
    }
}

/// The parts that the survivor takes from the merged by default: what it lacks itself.
pub fn default_parts(survivor: &Resident, merged: &Resident) -> Vec<Part> {
    Part::ALL
        .iter()
        .copied()
        .filter(|part| part.is_empty(survivor) && !part.is_empty(merged))
        .collect()
}

/// What becomes of a named row of the merged resident. All of them lead to the survivor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The row.
    pub id: AttendanceId,
    /// At which session.
    pub session: SessionId,
    /// The survivor is named there too: this row counts no more, and the session counts one fewer.
    pub folded: bool,
}

/// What becomes of the named rows of `merged`, given all rows of both.
pub fn attendance(rows: &[Row], survivor: ResidentId, merged: ResidentId) -> Vec<Moved> {
    let named = |who: ResidentId| rows.iter().filter(move |row| row.counted == Counted::Resident(who));
    let present: HashSet<SessionId> = named(survivor)
        .filter(|row| !row.withdrawn)
        .map(|row| row.session)
        .collect();
    named(merged)
        .map(|row| Moved {
            id: row.id,
            session: row.session,
            folded: !row.withdrawn && present.contains(&row.session),
        })
        .collect()
}

/// What becomes of two sign-ups of one person for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The survivor has none: this one becomes theirs.
    Move,
    /// The survivor's is as good or better: this one is given up.
    FoldAway,
    /// This one is better: the survivor's takes its state and its place in the order, this one is given up.
    Raise,
}

fn rank(status: EnrolmentStatus) -> u8 {
    match status {
        EnrolmentStatus::Enrolled => 5,
        EnrolmentStatus::Asked => 4,
        EnrolmentStatus::Offered => 3,
        EnrolmentStatus::Waitlisted => 2,
        EnrolmentStatus::Leave => 1,
        EnrolmentStatus::Lapsed | EnrolmentStatus::Cancelled => 0,
    }
}

/// What becomes of a sign-up of the merged resident, given the survivor's for the same session.
pub fn enrolment(survivor: Option<&Enrolment>, merged: &Enrolment) -> Fate {
    let Some(own) = survivor else {
        return Fate::Move;
    };
    let order = rank(merged.status)
        .cmp(&rank(own.status))
        // Of two who wait, the one who came first is before.
        .then(own.queued_at.cmp(&merged.queued_at));
    if order == Ordering::Greater && rank(merged.status) > 0 {
        Fate::Raise
    } else {
        Fate::FoldAway
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::Timestamp;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::attendance::{CheckIn, Ledger, Tally};
    use crate::domain::duplicate::tests::person;
    use crate::domain::enrolment::Source;
    use crate::domain::id::EnrolmentId;

    #[test]
    fn the_survivor_takes_what_it_lacks_and_keeps_what_it_has() {
        let mut survivor = person(1, "薛秀英", "xxy", "13900006621");
        let mut merged = person(2, "薛秀瑛", "xxy", "");
        merged.building = "3号楼".to_owned();
        merged.birth_year = Some(1948);
        survivor.birth_year = Some(1949);
        let parts = default_parts(&survivor, &merged);
        assert_eq!(parts, [Part::Building]);
        for part in parts {
            part.copy(&merged, &mut survivor);
        }
        assert_eq!((survivor.building.as_str(), survivor.birth_year), ("3号楼", Some(1949)));
        for part in Part::ALL {
            part.copy(&merged, &mut survivor);
            assert!(part.is_same(&survivor, &merged), "{part}");
        }
    }

    #[test]
    fn of_two_sign_ups_the_better_one_stays() {
        use EnrolmentStatus::{Asked, Cancelled, Enrolled, Lapsed, Leave, Offered, Waitlisted};
        let one = |status, queued_second: i64| Enrolment {
            id: EnrolmentId(Uuid::from_u128(1)),
            session_id: SessionId(Uuid::from_u128(1)),
            resident_id: ResidentId(Uuid::from_u128(1)),
            status,
            source: Source::Staff,
            signed_up_by: String::new(),
            queued_at: Timestamp::from_second(queued_second).unwrap(),
            hold_until: None,
            together_id: None,
        };
        for (own, other, fate) in [
            ((Enrolled, 2), (Enrolled, 1), Fate::Raise),
            ((Enrolled, 1), (Enrolled, 2), Fate::FoldAway),
            ((Waitlisted, 1), (Enrolled, 2), Fate::Raise),
            ((Enrolled, 1), (Waitlisted, 0), Fate::FoldAway),
            ((Waitlisted, 2), (Waitlisted, 1), Fate::Raise),
            ((Cancelled, 1), (Waitlisted, 2), Fate::Raise),
            ((Cancelled, 2), (Cancelled, 1), Fate::FoldAway),
            ((Asked, 1), (Waitlisted, 0), Fate::FoldAway),
            ((Waitlisted, 1), (Asked, 2), Fate::Raise),
            ((Offered, 2), (Waitlisted, 1), Fate::FoldAway),
            ((Waitlisted, 1), (Offered, 2), Fate::Raise),
            ((Cancelled, 1), (Leave, 2), Fate::Raise),
            ((Cancelled, 2), (Lapsed, 1), Fate::FoldAway),
        ] {
            let found = enrolment(Some(&one(own.0, own.1)), &one(other.0, other.1));
            assert_eq!(found, fate, "{own:?} {other:?}");
        }
        assert_eq!(enrolment(None, &one(Cancelled, 0)), Fate::Move);
    }

    const SESSIONS: u128 = 3;
    const PEOPLE: u128 = 4;

    fn session(n: u128) -> SessionId {
        SessionId(Uuid::from_u128(100 + n % SESSIONS))
    }

    fn who(n: u128) -> ResidentId {
        ResidentId(Uuid::from_u128(200 + n % PEOPLE))
    }

    /// What happens in a community.
    #[derive(Clone, Debug)]
    enum Step {
        Add(u128, u128),
        Heads(u128, i32),
        Withdraw(usize),
        Merge(u128, u128),
        Undo,
        Erase(u128),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (any::<u128>(), any::<u128>()).prop_map(|(at, who)| Step::Add(at, who)),
            2 => (any::<u128>(), 0..20i32).prop_map(|(at, heads)| Step::Heads(at, heads)),
            2 => any::<usize>().prop_map(Step::Withdraw),
            3 => (any::<u128>(), any::<u128>()).prop_map(|(a, b)| Step::Merge(a, b)),
            2 => Just(Step::Undo),
            1 => any::<u128>().prop_map(Step::Erase),
        ];
        prop::collection::vec(step, 0..60)
    }

    /// A community in memory: what storage does with what the domain says.
    #[derive(Clone, Debug, Default)]
    struct Model {
        rows: Vec<Row>,
        tallies: BTreeMap<SessionId, Tally>,
        into: BTreeMap<ResidentId, ResidentId>,
        erased: BTreeSet<ResidentId>,
        merges: Vec<(ResidentId, ResidentId, Vec<Moved>)>,
    }

    impl Model {
        fn resolve(&self, mut who: ResidentId) -> ResidentId {
            while let Some(next) = self.into.get(&who) {
                who = *next;
            }
            who
        }

        fn ledger(&self, at: SessionId) -> Ledger {
            Ledger::new(
                at,
                self.tallies.get(&at).copied().unwrap_or_default(),
                self.rows.clone(),
            )
        }

        fn keep(&mut self, at: SessionId, ledger: &Ledger) {
            self.rows.extend_from_slice(ledger.added());
            for row in &mut self.rows {
                row.withdrawn |= ledger.withdrawn().contains(&row.id);
            }
            self.tallies.insert(at, ledger.tally());
        }

        fn row(&mut self, id: AttendanceId) -> &mut Row {
            self.rows.iter_mut().find(|row| row.id == id).unwrap()
        }

        fn step(&mut self, n: usize, step: &Step) {
            let id = AttendanceId(Uuid::from_u128(1000 + n as u128));
            match *step {
                Step::Add(at, resident) => {
                    let resident = self.resolve(who(resident));
                    if !self.erased.contains(&resident) {
                        let mut ledger = self.ledger(session(at));
                        ledger.check_in(&CheckIn {
                            client_id: id,
                            counted: Counted::Resident(resident),
                        });
                        self.keep(session(at), &ledger);
                    }
                }
                Step::Heads(at, heads) => {
                    let mut ledger = self.ledger(session(at));
                    ledger.check_in(&CheckIn {
                        client_id: id,
                        counted: Counted::Heads(heads),
                    });
                    self.keep(session(at), &ledger);
                }
                Step::Withdraw(at) if !self.rows.is_empty() => {
                    let row = self.rows[at % self.rows.len()];
                    let mut ledger = self.ledger(row.session);
                    ledger.withdraw(row.id);
                    self.keep(row.session, &ledger);
                }
                Step::Withdraw(_) => {}
                Step::Merge(a, b) => self.merge(who(a), who(b)),
                Step::Undo => self.undo(),
                Step::Erase(a) => {
                    let gone = self.resolve(who(a));
                    self.erased.insert(gone);
                    self.merges.retain(|(survivor, ..)| *survivor != gone);
                }
            }
        }

        fn merge(&mut self, survivor: ResidentId, merged: ResidentId) {
            let free = |one| !self.into.contains_key(&one) && !self.erased.contains(&one);
            if survivor == merged || !free(survivor) || !free(merged) {
                return;
            }
            let moved = attendance(&self.rows, survivor, merged);
            for one in &moved {
                let row = self.row(one.id);
                row.counted = Counted::Resident(survivor);
                row.withdrawn |= one.folded;
                if one.folded {
                    self.tallies.get_mut(&one.session).unwrap().named -= 1;
                }
            }
            self.into.insert(merged, survivor);
            self.merges.push((survivor, merged, moved));
        }

        fn undo(&mut self) {
            let Some((survivor, merged, moved)) = self.merges.pop() else {
                return;
            };
            if self.into.contains_key(&survivor) {
                return self.merges.push((survivor, merged, moved));
            }
            self.into.remove(&merged);
            for one in moved {
                let row = self.row(one.id);
                row.counted = Counted::Resident(merged);
                if one.folded {
                    row.withdrawn = false;
                    self.tallies.get_mut(&one.session).unwrap().named += 1;
                }
            }
        }

        fn people(&self) -> usize {
            self.rows
                .iter()
                .filter(|row| !row.withdrawn)
                .filter_map(|row| match row.counted {
                    Counted::Resident(one) => Some(one),
                    Counted::Heads(_) => None,
                })
                .collect::<BTreeSet<_>>()
                .len()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn counts_hold_under_any_order_of_adding_undoing_merging_and_erasing(steps in steps()) {
            let mut model = Model::default();
            for (n, step) in steps.iter().enumerate() {
                let before = model.clone();
                model.step(n, step);
                let mut seen = BTreeSet::new();
                for (at, tally) in &model.tallies {
                    let live = || model.rows.iter().filter(|row| row.session == *at && !row.withdrawn);
                    let named = live().filter(|row| matches!(row.counted, Counted::Resident(_))).count();
                    let heads: i32 = live().map(|row| match row.counted { Counted::Heads(heads) => heads, Counted::Resident(_) => 0 }).sum();
                    prop_assert_eq!((tally.named as usize, tally.headcount), (named, heads));
                    prop_assert_eq!(tally.visits(), named as i64 + i64::from(heads));
                    for row in live() {
                        if let Counted::Resident(one) = row.counted {
                            prop_assert!(seen.insert((*at, one)), "named twice at one session");
                            prop_assert!(!model.into.contains_key(&one), "a merged resident still counts");
                        }
                    }
                }
                prop_assert!(model.people() <= seen.len());
                if matches!(step, Step::Erase(_)) {
                    prop_assert_eq!(model.people(), before.people());
                    prop_assert_eq!(&model.tallies, &before.tallies);
                }
            }
        }

        #[test]
        fn undoing_a_merge_gives_back_what_was(steps in steps(), a in any::<u128>(), b in any::<u128>()) {
            let mut model = Model::default();
            for (n, step) in steps.iter().enumerate() {
                model.step(n, step);
            }
            let before = model.clone();
            model.merge(who(a), who(b));
            if model.merges.len() > before.merges.len() {
                model.undo();
            }
            prop_assert_eq!(&model.rows, &before.rows);
            prop_assert_eq!(&model.tallies, &before.tallies);
            prop_assert_eq!(&model.into, &before.into);
        }
    }
}
