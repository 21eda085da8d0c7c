//! Who came regularly and has stopped coming.
//!
//! Only sessions that were really held count: one that was cancelled was missed by nobody, and whoever asked for leave did not stay away.

use serde::{Deserialize, Serialize};

/// What a session that was held is in the eyes of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// They came.
    Came,
    /// They did not.
    Missed,
    /// They had asked for leave: as if it had not been held.
    Leave,
}

/// From when on somebody is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    /// Who came so often before came regularly.
    pub came: usize,
    /// So many missed in a row, and they have stopped.
    pub missed: usize,
}

impl Default for Habit {
    fn default() -> Self {
        Self { came: 3, missed: 3 }
    }
}

/// Which turn, of a programme's sessions in order of time, made it so that somebody has stopped coming; none when they still come, or never
/// came regularly.
pub fn stopped_at(turns: &[Turn], habit: Habit) -> Option<usize> {
    let last_came = turns.iter().rposition(|turn| *turn == Turn::Came)?;
    let came = turns[..=last_came].iter().filter(|turn| **turn == Turn::Came).count();
    if came < habit.came {
        return None;
    }
    turns
        .iter()
        .enumerate()
        .skip(last_came + 1)
        .filter(|(_, turn)| **turn == Turn::Missed)
        .nth(habit.missed.checked_sub(1)?)
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turns(text: &str) -> Vec<Turn> {
        text.chars()
            .map(|c| match c {
                'c' => Turn::Came,
                'm' => Turn::Missed,
                _ => Turn::Leave,
            })
            .collect()
    }

    #[test]
    fn three_missed_in_a_row_after_coming_regularly_are_noticed() {
        for (text, at) in [
            ("", None),
            ("mmm", None),
            ("ccc", None),
            ("cccmm", None),
            ("cccmmm", Some(5)),
            ("cccmmmmm", Some(5)),
            ("ccmmm", None),
            ("cmcmcmmm", Some(7)),
            ("cccmmcmm", None),
            ("cccmlmlm", Some(7)),
            ("ccclll", None),
            ("lcccmmmc", None),
        ] {
            assert_eq!(stopped_at(&turns(text), Habit::default()), at, "{text}");
        }
    }

    proptest! {
        #[test]
        fn leave_changes_nothing_but_the_place(text in "[cml]{0,30}") {
            let all = turns(&text);
            let without: Vec<Turn> = all.iter().copied().filter(|turn| *turn != Turn::Leave).collect();
            let found = stopped_at(&all, Habit::default());
            prop_assert_eq!(found.is_some(), stopped_at(&without, Habit::default()).is_some());
            if let Some(at) = found {
                prop_assert_eq!(all[at], Turn::Missed);
                prop_assert!(!all[at..].contains(&Turn::Came));
            }
        }
    }
}
