//! Why somebody who was expected is missing. It changes no count: it spares whoever follows up a call.

use super::id::{AbsenceId, ResidentId};

/// A reason, as the person at the door hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// 病了: that they are ill, and nothing more about it.
    Ill,
    /// 外出.
    Away,
    /// 家里有事.
    Family,
    /// 天气.
    Weather,
    /// 不想来.
    Unwilling,
    /// 没联系上.
    Unreached,
    /// 请假: asked for leave beforehand.
    Leave,
}

super::planning::named! { Reason {
    Ill => "ill",
    Away => "away",
    Family => "family",
    Weather => "weather",
    Unwilling => "unwilling",
    Unreached => "unreached",
    Leave => "leave",
} }

/// A reason as a device sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Made by the device; the row's id from then on.
    pub client_id: AbsenceId,
    /// Who is missing.
    pub resident: ResidentId,
    /// Why.
    pub reason: Reason,
}

/// A row as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was sent.
    pub absence: Absence,
    /// At this session, and not at another one.
    pub here: bool,
    /// Undone, or replaced.
    pub withdrawn: bool,
}

/// What is to be done with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Store it; the one before it, if any, is withdrawn.
    Store {
        /// The reason whose place it takes.
        instead_of: Option<AbsenceId>,
    },
    /// It is there: nothing changes.
    Known,
    /// The id was used before for something else.
    IdReused,
    /// They came.
    Came,
}

/// Decides about a reason: `known` are the rows with its id or about its resident, `came` says whether the resident is counted at the
/// session. An entry that was undone stays undone, since its repetition may only be late.
pub fn decide(new: &Absence, known: &[Kept], came: bool) -> Step {
    if let Some(same_id) = known.iter().find(|row| row.absence.client_id == new.client_id) {
        let same = same_id.here && same_id.absence == *new;
        return if same { Step::Known } else { Step::IdReused };
    }
    if came {
        return Step::Came;
    }
    let before = known
        .iter()
        .find(|row| row.here && !row.withdrawn && row.absence.resident == new.resident);
    match before {
        Some(before) if before.absence.reason == new.reason => Step::Known,
        before => Step::Store {
            instead_of: before.map(|row| row.absence.client_id),
        },
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn absence(id: u128, reason: Reason) -> Absence {
        Absence {
            client_id: AbsenceId(Uuid::from_u128(id)),
            resident: ResidentId(Uuid::from_u128(7)),
            reason,
        }
    }

    fn kept(absence: Absence) -> Kept {
        Kept {
            absence,
            here: true,
            withdrawn: false,
        }
    }

    #[test]
    fn the_last_reason_counts_and_repeating_one_changes_nothing() {
        let ill = absence(1, Reason::Ill);
        let away = absence(2, Reason::Away);
        assert_eq!(decide(&ill, &[], false), Step::Store { instead_of: None });
        assert_eq!(decide(&ill, &[kept(ill)], false), Step::Known);
        assert_eq!(
            decide(&away, &[kept(ill)], false),
            Step::Store {
                instead_of: Some(ill.client_id)
            }
        );
        assert_eq!(decide(&absence(3, Reason::Ill), &[kept(ill)], false), Step::Known);
    }

    #[test]
    fn what_was_undone_stays_undone_when_it_is_sent_late() {
        let ill = absence(1, Reason::Ill);
        let undone = Kept {
            withdrawn: true,
            ..kept(ill)
        };
        assert_eq!(decide(&ill, &[undone], false), Step::Known);
        assert_eq!(
            decide(&absence(2, Reason::Ill), &[undone], false),
            Step::Store { instead_of: None }
        );
    }

    #[test]
    fn an_id_means_one_thing_and_who_came_is_not_missing() {
        let ill = absence(1, Reason::Ill);
        let elsewhere = Kept {
            here: false,
            ..kept(ill)
        };
        assert_eq!(decide(&ill, &[elsewhere], false), Step::IdReused);
        assert_eq!(decide(&absence(1, Reason::Away), &[kept(ill)], false), Step::IdReused);
        assert_eq!(decide(&ill, &[], true), Step::Came);
        assert_eq!(decide(&ill, &[kept(ill)], true), Step::Known);
    }
}
