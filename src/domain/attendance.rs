//! Who came: the rules of counting, as plain values.
//!
//! A session's attendance is a set of rows. A *named* row says that one resident came; a *headcount* row says that so many came
//! whose names nobody took. **人次** (visits) = named rows + heads; **人数** (people) = distinct residents among the named rows, over
//! a whole period. The two are never mixed: heads are printed beside people, never added to them.
//!
//! Every row carries an id made by the device that took it, so that sending it again changes nothing; and a resident counts once
//! per session, whichever device saw them. [`Ledger`] holds both promises; storage only loads its rows and saves what it says.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::id::{AttendanceId, ResidentId, SessionId};

/// The most heads one entry may carry.
pub const HEADCOUNT_MAX: i32 = 2_000;
/// The most unnamed heads a session may collect over all entries.
pub const HEADCOUNT_TOTAL_MAX: i32 = 100_000;
/// The most entries one request may carry.
pub const BATCH_MAX: usize = 500;
/// The most answers of one kind that one feedback entry may carry.
pub const ANSWERS_MAX: i32 = 2_000;
/// How long before its start a session can be checked in to: the same day, so that a door list can be prepared.
pub const EARLY: SignedDuration = SignedDuration::from_hours(24);

/// What an attendance row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// One resident, by name.
    Resident(ResidentId),
    /// Heads without a name.
    Heads(i32),
}

/// One entry as a device sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Made by the device; the row's id from then on.
    pub client_id: AttendanceId,
    /// Who or how many.
    pub counted: Counted,
}

/// One row as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The id the device made.
    pub id: AttendanceId,
    /// At which session.
    pub session: SessionId,
    /// Who or how many.
    pub counted: Counted,
    /// Undone.
    pub withdrawn: bool,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A row was added.
    Created,
    /// Nothing changed: this entry, or this resident at this session, is already there.
    Duplicate {
        /// The row that stands for it.
        recorded_as: AttendanceId,
    },
    /// Not accepted.
    Refused(Refused),
}

/// Why an entry is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Below 0 or above [`HEADCOUNT_MAX`].
    HeadcountRange,
    /// The session would have more than [`HEADCOUNT_TOTAL_MAX`] heads.
    HeadcountTotal,
    /// The id was used before for something else.
    ClientIdReused,
    /// No such resident in this community.
    UnknownResident,
    /// No such card in this community.
    CardUnknown,
    /// A card that another one has taken the place of.
    CardReplaced,
}

impl Refused {
    /// What programs compare; also the key of the message.
    pub fn code(self) -> &'static str {
        match self {
            Refused::HeadcountRange => "headcount-range",
            Refused::HeadcountTotal => "headcount-total",
            Refused::ClientIdReused => "client-id-reused",
            Refused::UnknownResident => "resident-unknown",
            Refused::CardUnknown => "card-unknown",
            Refused::CardReplaced => "card-replaced",
        }
    }
}

/// The id of one resident's entry in an act that marks many at once: the act's id, told apart by the resident's. Doing the act again
/// makes the same ids, and undoing it finds them.
pub fn id_in_act(act: AttendanceId, resident: ResidentId) -> AttendanceId {
    // The last 62 bits of a UUIDv7 are random, in both ids.
    const RANDOM: u128 = (1 << 62) - 1;
    AttendanceId(uuid::Uuid::from_u128(act.0.as_u128() ^ (resident.0.as_u128() & RANDOM)))
}

/// Named rows and heads of a session, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Named rows.
    pub named: i32,
    /// Unnamed heads.
    pub headcount: i32,
}

impl Tally {
    /// 人次: named rows and heads together.
    pub fn visits(self) -> i64 {
        i64::from(self.named) + i64::from(self.headcount)
    }
}

/// The attendance of one session under change: as much of it as an undertaking needs, and what the undertaking changed.
#[derive(Debug)]
pub struct Ledger {
    session: SessionId,
    tally: Tally,
    rows: HashMap<AttendanceId, Row>,
    present: HashMap<ResidentId, AttendanceId>,
    added: Vec<Row>,
    withdrawn: Vec<AttendanceId>,
}

impl Ledger {
    /// A ledger over `tally`, the session's counters, and `rows`: all rows that the coming entries could meet, by id (of any session)
    /// or by resident (of this one).
    pub fn new(session: SessionId, tally: Tally, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut ledger = Self {
            session,
            tally,
            rows: HashMap::new(),
            present: HashMap::new(),
            added: Vec::new(),
            withdrawn: Vec::new(),
        };
        for row in rows {
            ledger.place(row);
        }
        ledger
    }

    fn place(&mut self, row: Row) {
        if let (false, Counted::Resident(resident), true) = (row.withdrawn, row.counted, row.session == self.session) {
            self.present.insert(resident, row.id);
        }
        self.rows.insert(row.id, row);
    }

    /// Enters one entry. Entering it again, and entering the same resident under another id, changes nothing; an entry that was
    /// undone stays undone, since its repetition may only be late.
    pub fn check_in(&mut self, entry: &CheckIn) -> Verdict {
        if let Some(known) = self.rows.get(&entry.client_id) {
            let same = known.session == self.session && known.counted == entry.counted;
            return if same {
                Verdict::Duplicate { recorded_as: known.id }
            } else {
                Verdict::Refused(Refused::ClientIdReused)
            };
        }
        match entry.counted {
            Counted::Resident(resident) => {
                if let Some(&recorded_as) = self.present.get(&resident) {
                    return Verdict::Duplicate { recorded_as };
                }
                self.tally.named += 1;
            }
            Counted::Heads(heads) => {
                if !(0..=HEADCOUNT_MAX).contains(&heads) {
                    return Verdict::Refused(Refused::HeadcountRange);
                }
                if self.tally.headcount + heads > HEADCOUNT_TOTAL_MAX {
                    return Verdict::Refused(Refused::HeadcountTotal);
                }
                self.tally.headcount += heads;
            }
        }
        let row = Row {
            id: entry.client_id,
            session: self.session,
            counted: entry.counted,
            withdrawn: false,
        };
        self.place(row);
        self.added.push(row);
        Verdict::Created
    }

    /// Undoes the row with this id. Whether something changed: not when it was undone before. None when this session has no such row.
    pub fn withdraw(&mut self, id: AttendanceId) -> Option<bool> {
        let row = self.rows.get_mut(&id).filter(|row| row.session == self.session)?;
        if row.withdrawn {
            return Some(false);
        }
        row.withdrawn = true;
        match row.counted {
            Counted::Resident(resident) => {
                self.tally.named -= 1;
                self.present.remove(&resident);
            }
            Counted::Heads(heads) => self.tally.headcount -= heads,
        }
        if let Some(new) = self.added.iter_mut().find(|new| new.id == id) {
            new.withdrawn = true;
        } else {
            self.withdrawn.push(id);
        }
        Some(true)
    }

    /// Enters a headcount that takes the place of all others the ledger knows. Entering it again changes nothing, also when another
    /// one has taken its place since.
    pub fn replace_heads(&mut self, entry: &CheckIn) -> Verdict {
        let known = self.rows.contains_key(&entry.client_id);
        let valid = matches!(entry.counted, Counted::Heads(heads) if (0..=HEADCOUNT_MAX).contains(&heads));
        if !known && valid {
            self.withdraw_heads();
        }
        self.check_in(entry)
    }

    /// Takes one head off the latest headcount row the ledger knows, under a new id. Doing it again changes nothing.
    pub fn one_fewer(&mut self, client_id: AttendanceId) -> Verdict {
        let refused = Verdict::Refused(Refused::HeadcountRange);
        if let Some(known) = self.rows.get(&client_id) {
            let ours = known.session == self.session && matches!(known.counted, Counted::Heads(_));
            return if ours {
                Verdict::Duplicate { recorded_as: client_id }
            } else {
                Verdict::Refused(Refused::ClientIdReused)
            };
        }
        let heads_of = |row: &Row| match row.counted {
            Counted::Heads(heads) if !row.withdrawn && row.session == self.session => Some((row.id, heads)),
            _ => None,
        };
        let latest = self
            .rows
            .values()
            .filter_map(heads_of)
            .filter(|(_, heads)| *heads > 0)
            .max();
        let Some((latest, heads)) = latest else {
            return refused;
        };
        self.withdraw(latest);
        self.check_in(&CheckIn {
            client_id,
            counted: Counted::Heads(heads - 1),
        })
    }

    /// Undoes all headcount rows the ledger knows.
    fn withdraw_heads(&mut self) {
        let heads: Vec<AttendanceId> = self
            .rows
            .values()
            .filter(|row| row.session == self.session && !row.withdrawn && matches!(row.counted, Counted::Heads(_)))
            .map(|row| row.id)
            .collect();
        for id in heads {
            self.withdraw(id);
        }
    }

    /// The counters as they stand now.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Rows to be stored.
    pub fn added(&self) -> &[Row] {
        &self.added
    }

    /// Stored rows to be marked as undone.
    pub fn withdrawn(&self) -> &[AttendanceId] {
        &self.withdrawn
    }

    /// Whether anything has to be stored.
    pub fn changed(&self) -> bool {
        !(self.added.is_empty() && self.withdrawn.is_empty())
    }
}

/// Why no attendance can be taken at a session at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It was cancelled.
    Cancelled,
    /// It is more than [`EARLY`] away.
    TooEarly,
}

impl Closed {
    /// What programs compare; also the key of the message.
    pub fn code(self) -> &'static str {
        match self {
            Closed::Cancelled => "session-cancelled",
            Closed::TooEarly => "session-too-early",
        }
    }
}

/// Whether attendance can be taken at `now`. Afterwards it always can: the notebook is often typed up days later.
///
/// # Errors
/// [`Closed`], when it cannot.
pub fn may_check_in(cancelled: bool, starts_at: Timestamp, now: Timestamp) -> Result<(), Closed> {
    if cancelled {
        Err(Closed::Cancelled)
    } else if starts_at.duration_since(now) > EARLY {
        Err(Closed::TooEarly)
    } else {
        Ok(())
    }
}

/// Answers to "were you satisfied?".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// 很满意.
    pub very_satisfied: i64,
    /// 满意.
    pub satisfied: i64,
    /// 基本满意.
    pub fair: i64,
    /// 不满意.
    pub dissatisfied: i64,
}

impl Answers {
    /// Valid answers.
    pub fn count(self) -> i64 {
        self.very_satisfied + self.satisfied + self.fair + self.dissatisfied
    }

    /// Answers that are 很满意 or 满意.
    pub fn content(self) -> i64 {
        self.very_satisfied + self.satisfied
    }

    /// 满意度: (很满意 + 满意) ÷ valid answers, 0 to 1. None without answers; never to be shown without their number.
    pub fn ratio(self) -> Option<f64> {
        (self.count() > 0).then(|| self.content() as f64 / self.count() as f64)
    }
}

impl std::ops::AddAssign for Answers {
    fn add_assign(&mut self, other: Self) {
        self.very_satisfied += other.very_satisfied;
        self.satisfied += other.satisfied;
        self.fair += other.fair;
        self.dissatisfied += other.dissatisfied;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const HERE: SessionId = SessionId(Uuid::from_u128(1));
    const ELSEWHERE: SessionId = SessionId(Uuid::from_u128(2));

    fn id(n: u8) -> AttendanceId {
        AttendanceId(Uuid::from_u128(1_000 + u128::from(n)))
    }

    fn resident(n: u8) -> Counted {
        Counted::Resident(ResidentId(Uuid::from_u128(2_000 + u128::from(n))))
    }

    fn entry(n: u8, counted: Counted) -> CheckIn {
        CheckIn {
            client_id: id(n),
            counted,
        }
    }

    fn empty() -> Ledger {
        Ledger::new(HERE, Tally::default(), [])
    }

    #[test]
    fn the_same_entry_twice_counts_once() {
        let mut ledger = empty();
        assert_eq!(ledger.check_in(&entry(1, resident(1))), Verdict::Created);
        let again = ledger.check_in(&entry(1, resident(1)));
        assert_eq!(again, Verdict::Duplicate { recorded_as: id(1) });
        assert_eq!(ledger.tally().visits(), 1);
    }

    #[test]
    fn a_resident_seen_by_two_devices_counts_once() {
        let mut ledger = empty();
        ledger.check_in(&entry(1, resident(1)));
        let other = ledger.check_in(&entry(2, resident(1)));
        assert_eq!(other, Verdict::Duplicate { recorded_as: id(1) });
        assert_eq!(ledger.added().len(), 1);
    }

    #[test]
    fn an_entry_that_was_undone_stays_undone_and_a_new_one_counts_again() {
        let mut ledger = empty();
        ledger.check_in(&entry(1, resident(1)));
        assert_eq!(ledger.withdraw(id(1)), Some(true));
        assert_eq!(ledger.withdraw(id(1)), Some(false));
        assert_eq!(
            ledger.check_in(&entry(1, resident(1))),
            Verdict::Duplicate { recorded_as: id(1) }
        );
        assert_eq!(ledger.tally().visits(), 0);
        assert_eq!(ledger.check_in(&entry(2, resident(1))), Verdict::Created);
        assert_eq!(ledger.tally().visits(), 1);
        assert_eq!(ledger.withdraw(id(9)), None);
    }

    #[test]
    fn an_id_used_for_something_else_is_refused() {
        let known = Row {
            id: id(1),
            session: ELSEWHERE,
            counted: resident(1),
            withdrawn: false,
        };
        let mut ledger = Ledger::new(HERE, Tally::default(), [known]);
        let reused = Verdict::Refused(Refused::ClientIdReused);
        assert_eq!(ledger.check_in(&entry(1, resident(1))), reused);
        assert_eq!(
            ledger.withdraw(id(1)),
            None,
            "a row of another session cannot be undone here"
        );
        ledger.check_in(&entry(2, Counted::Heads(3)));
        assert_eq!(ledger.check_in(&entry(2, Counted::Heads(4))), reused);
    }

    #[test]
    fn a_headcount_has_its_limits_and_nought_is_a_number() {
        let mut ledger = empty();
        let range = Verdict::Refused(Refused::HeadcountRange);
        assert_eq!(ledger.check_in(&entry(1, Counted::Heads(-1))), range);
        assert_eq!(ledger.check_in(&entry(1, Counted::Heads(2_001))), range);
        assert_eq!(ledger.check_in(&entry(1, Counted::Heads(0))), Verdict::Created);
        assert!(ledger.changed());
        let mut full = Ledger::new(
            HERE,
            Tally {
                named: 0,
                headcount: HEADCOUNT_TOTAL_MAX,
            },
            [],
        );
        assert_eq!(
            full.check_in(&entry(1, Counted::Heads(1))),
            Verdict::Refused(Refused::HeadcountTotal)
        );
    }

    #[test]
    fn a_new_headcount_takes_the_place_of_the_old_ones() {
        let old = |n, heads| Row {
            id: id(n),
            session: HERE,
            counted: Counted::Heads(heads),
            withdrawn: false,
        };
        let before = Tally { named: 4, headcount: 5 };
        let mut ledger = Ledger::new(HERE, before, [old(1, 2), old(2, 3)]);
        assert_eq!(
            ledger.replace_heads(&entry(3, Counted::Heads(-1))),
            Verdict::Refused(Refused::HeadcountRange)
        );
        assert_eq!(ledger.tally(), before, "a refused number leaves the old ones");
        ledger.replace_heads(&entry(3, Counted::Heads(7)));
        assert_eq!(ledger.tally().visits(), 11);
        assert_eq!(ledger.withdrawn().len(), 2);
        ledger.replace_heads(&entry(4, Counted::Heads(1)));
        ledger.replace_heads(&entry(3, Counted::Heads(7)));
        assert_eq!(ledger.tally().visits(), 5, "the late repetition changes nothing");
    }

    #[test]
    fn an_act_that_marks_many_has_one_id_for_each_of_them() {
        let act = AttendanceId(crate::domain::id::uuid_v7(1_700_000_000_000, [7; 10]));
        let who = |n| ResidentId(crate::domain::id::uuid_v7(1_600_000_000_000, [n; 10]));
        let ids: std::collections::HashSet<_> = (0..50).map(|n| id_in_act(act, who(n))).collect();
        assert_eq!(ids.len(), 50);
        assert_eq!(id_in_act(act, who(1)), id_in_act(act, who(1)));
        assert_eq!(id_in_act(act, who(1)).0.get_version_num(), 7);
        assert_eq!(id_in_act(act, who(1)).0.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn one_fewer_takes_one_head_off_and_never_below_nought() {
        let mut ledger = empty();
        ledger.check_in(&entry(1, Counted::Heads(2)));
        assert_eq!(ledger.one_fewer(id(2)), Verdict::Created);
        assert_eq!(ledger.one_fewer(id(2)), Verdict::Duplicate { recorded_as: id(2) });
        assert_eq!(ledger.tally().headcount, 1);
        ledger.one_fewer(id(3));
        assert_eq!(ledger.one_fewer(id(4)), Verdict::Refused(Refused::HeadcountRange));
        assert_eq!(ledger.tally().headcount, 0);
        ledger.check_in(&entry(5, resident(1)));
        assert_eq!(ledger.one_fewer(id(5)), Verdict::Refused(Refused::ClientIdReused));
    }

    #[test]
    fn attendance_opens_a_day_ahead_and_never_closes() {
        let start: Timestamp = "2026-11-23T01:30:00Z".parse().expect("an instant");
        assert_eq!(
            may_check_in(false, start, start - SignedDuration::from_hours(25)),
            Err(Closed::TooEarly)
        );
        assert_eq!(may_check_in(false, start, start - EARLY), Ok(()));
        assert_eq!(
            may_check_in(false, start, start + SignedDuration::from_hours(24 * 400)),
            Ok(())
        );
        assert_eq!(may_check_in(true, start, start), Err(Closed::Cancelled));
    }

    #[test]
    fn satisfaction_is_nothing_without_answers() {
        assert_eq!(Answers::default().ratio(), None);
        let answers = Answers {
            very_satisfied: 100,
            satisfied: 81,
            fair: 5,
            dissatisfied: 2,
        };
        assert_eq!((answers.content(), answers.count()), (181, 188));
        assert_eq!(answers.ratio(), Some(181.0 / 188.0));
    }

    #[derive(Clone, Debug)]
    enum Act {
        Enter(CheckIn),
        Undo(AttendanceId),
        ReplaceHeads(CheckIn),
        OneFewer(AttendanceId),
    }

    fn act() -> impl Strategy<Value = Act> {
        let who = prop_oneof![(0u8..6).prop_map(resident), (-2i32..4).prop_map(Counted::Heads)];
        let entry = (0u8..12, who).prop_map(|(n, counted)| entry(n, counted));
        prop_oneof![
            4 => entry.clone().prop_map(Act::Enter),
            2 => (0u8..12).prop_map(|n| Act::Undo(id(n))),
            1 => entry.prop_map(Act::ReplaceHeads),
            1 => (0u8..12).prop_map(|n| Act::OneFewer(id(n))),
        ]
    }

    proptest! {
        #[test]
        fn counters_equal_the_live_rows_after_any_order_of_adding_undoing_and_repeating(
            acts in proptest::collection::vec(act(), 0..60),
        ) {
            let mut ledger = empty();
            for act in &acts {
                for _ in 0..2 {
                    match act {
                        Act::Enter(entry) => { ledger.check_in(entry); }
                        Act::Undo(id) => { ledger.withdraw(*id); }
                        Act::ReplaceHeads(entry) => { ledger.replace_heads(entry); }
                        Act::OneFewer(id) => { ledger.one_fewer(*id); }
                    }
                }
            }
            let live: Vec<&Row> = ledger.rows.values().filter(|row| !row.withdrawn).collect();
            let people: std::collections::HashSet<_> = live
                .iter()
                .filter_map(|row| match row.counted {
                    Counted::Resident(resident) => Some(resident),
                    Counted::Heads(_) => None,
                })
                .collect();
            let heads: i32 = live
                .iter()
                .map(|row| match row.counted {
                    Counted::Resident(_) => 0,
                    Counted::Heads(heads) => heads,
                })
                .sum();
            let named = live.iter().filter(|row| matches!(row.counted, Counted::Resident(_))).count();
            prop_assert_eq!(usize::try_from(ledger.tally().named), Ok(named));
            prop_assert_eq!(ledger.tally().headcount, heads);
            prop_assert_eq!(people.len(), named, "a resident counts once");
            prop_assert_eq!(ledger.tally().visits(), i64::try_from(named).expect("few") + i64::from(heads));
        }
    }
}
