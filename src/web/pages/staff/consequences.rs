//! What a change to a session would do, in words: what stands in the way, what speaks against it, who is told.

use super::acceptance::Acceptance;
use super::clashes::Clashes;
use crate::domain::calendar::format::moment_words;
use crate::domain::id::SessionId;
use crate::domain::planning::Session;
use crate::domain::planning::edit::{Changed, KeptBecause, Scope};
use crate::services::session::EditOutcome;
use crate::services::wording::Words;

/// What a change would do, in words.
#[derive(Clone, Debug, Default)]
pub struct Consequences {
    /// Whether anything was asked yet.
    pub shown: bool,
    /// What stands in the way.
    pub clashes: Vec<String>,
    /// Its heading.
    pub clash_title: String,
    /// Who will be told.
    pub told: String,
    /// What changes.
    pub changed: String,
    /// What stays, and why.
    pub kept: String,
    /// What the form carries back to show that this was seen.
    pub seen: String,
    /// Whether it can be saved.
    pub may_save: bool,
    /// The button that saves.
    pub save: String,
    /// What speaks against it.
    pub acceptance: Acceptance,
}

impl Consequences {
    /// That somebody else changed the session meanwhile, and nothing else.
    pub(super) fn only(words: Words, said: Vec<String>) -> Self {
        Self {
            shown: true,
            clashes: said,
            clash_title: words.t("board-meanwhile-title"),
            ..Self::default()
        }
    }

    pub(super) fn of(words: Words, clashes: &Clashes, scope: Scope, outcome: &EditOutcome, accepted: &str) -> Self {
        let people = outcome.people_to_tell;
        let when =
            |session: &Session| moment_words(session.starts_at.to_zoned(clashes.zone.clone()).datetime(), words.lang);
        let changed = match outcome.changed.as_slice() {
            [] => String::new(),
            [one] => words.a("staff-changed-one", "when", when(&one.after)),
            [first, .., last] => words.with(
                "staff-changed",
                [
                    ("n", outcome.changed.len().into()),
                    ("from", when(&first.after).into()),
                    ("to", when(&last.after).into()),
                ],
            ),
        };
        let moves = outcome.changed.iter().any(Changed::is_move);
        let told = match (outcome.changed.is_empty(), moves, people) {
            (true, ..) => words.t("staff-told-unchanged"),
            (_, false, 0) => words.t("staff-told-quiet"),
            (.., 0) => words.t("staff-told-nobody"),
            (.., people) => words.n("staff-told", people),
        };
        let seen = format!("{scope}.{}.{people}", outcome.changed.len());
        Self {
            shown: true,
            clashes: outcome
                .clashes
                .iter()
                .map(|clash| clashes.words(words, clash))
                .collect(),
            clash_title: words.t("staff-clash-title"),
            told,
            changed,
            kept: kept(words, &outcome.kept),
            seen,
            acceptance: Acceptance::of(words, &outcome.cautions, accepted),
            may_save: outcome.clashes.is_empty() && !outcome.changed.is_empty(),
            save: if people == 0 {
                words.t("staff-save-nobody")
            } else {
                words.n("staff-save-tell", people)
            },
        }
    }
}

/// What stays as it is and why, in one line.
fn kept(words: Words, kept: &[(SessionId, KeptBecause)]) -> String {
    KeptBecause::ALL
        .iter()
        .filter_map(|because| {
            let count = kept.iter().filter(|(_, other)| other == because).count();
            (count > 0).then(|| {
                let why = words.t(&format!("staff-kept-{because}"));
                words.with("staff-kept", [("n", count.into()), ("why", why.into())])
            })
        })
        .collect::<Vec<_>>()
        .join(&words.t("staff-comma"))
}
