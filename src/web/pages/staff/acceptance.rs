//! What speaks against a plan, and the tick by which a person accepts it on purpose.
//!
//! The tick carries what was shown: when something else speaks against the plan at saving, it is shown again.

use crate::domain::planning::{Caution, OnCaution, caution};
use crate::services::wording::Words;

/// Reasons listed one by one.
const MOST_LISTED: usize = 6;

/// What speaks against a plan, in words.
#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    /// The reasons; none when nothing speaks against it.
    pub items: Vec<String>,
    /// How many more there are, in words; empty when all are listed.
    pub more: String,
    /// The value of the tick.
    pub seen: String,
    /// Whether it is ticked.
    pub on: bool,
}

impl Acceptance {
    /// `accepted` is the value that the form brought.
    pub fn of<'a>(words: Words, cautions: impl IntoIterator<Item = &'a Caution>, accepted: &str) -> Self {
        let all: Vec<&Caution> = cautions.into_iter().collect();
        let seen = caution::seen(all.iter().copied());
        let more = all.len().saturating_sub(MOST_LISTED);
        Self {
            items: all
                .iter()
                .take(MOST_LISTED)
                .map(|caution| words.caution(caution))
                .collect(),
            more: if more == 0 {
                String::new()
            } else {
                words.n("caution-more", more)
            },
            on: !all.is_empty() && accepted == seen,
            seen,
        }
    }

    /// Whether a plan may be stored over it.
    pub fn answer(&self) -> OnCaution {
        if self.items.is_empty() || self.on {
            OnCaution::Accept
        } else {
            OnCaution::Refuse
        }
    }
}
