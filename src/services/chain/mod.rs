//! 接龙 in and out: a list pasted from a chat group becomes enrolments after somebody has looked it through; the list so far becomes a
//! message for the group.
//!
//! The words of a list are not stored. What is remembered per session is a keyed hash of each line and what became of it, so that the
//! grown list, pasted again by whomever, adds only what is new.

mod carry_out;
mod group_text;
mod review;

pub use carry_out::{Done, DoneRow, Pick, What, Whom, carry_out};
pub use group_text::{GroupList, group_list};
pub use review::{Candidate, Review, Row, Suggestion, review};

use std::collections::HashMap;

use super::{Context, Error};
use crate::domain::chain::{self, Chain, Item, Unreadable, bare};
use crate::domain::id::{CommunityId, SessionId};

/// The most lines that are remembered of one session.
const MOST_REMEMBERED: u64 = 5000;

/// Reads a pasted list.
///
/// # Errors
/// [`Error::Invalid`] says why it is none.
fn read(text: &str) -> Result<Chain, Error> {
    chain::read(text).map_err(|why| {
        let error = super::FieldError::new("text", why.code(), "")
            .with("chars", chain::MOST_CHARS)
            .with("lines", chain::MOST_LINES);
        Error::Invalid(vec![match (why, why.count()) {
            (Unreadable::NoItems, _) => super::FieldError {
                value: cut(text),
                ..error
            },
            (_, Some(n)) => error.with("n", n),
            (_, None) => error,
        }])
    })
}

fn cut(text: &str) -> String {
    text.trim()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(30)
        .collect()
}

/// The hash each item is remembered by: of its words without its number, and of how often they stood in the list before.
fn hashes(ctx: &Context, community: CommunityId, session: SessionId, items: &[Item]) -> Vec<Vec<u8>> {
    let mut times: HashMap<String, usize> = HashMap::new();
    items
        .iter()
        .map(|item| {
            let words = bare(&item.said);
            let before = times.entry(words.clone()).or_default();
            let hash = ctx
                .sealer
                .blind_index(community, &format!("chain:{session}:{before}:{words}"));
            *before += 1;
            hash
        })
        .collect()
}
