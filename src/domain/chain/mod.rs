//! 接龙: the numbered list that people in a chat group lengthen one after the other. Each answer repeats the whole list, so the last
//! message is all there is to read.
//!
//! Reading is pure and forgiving: numbers are ignored but the order is kept, and what is not understood is handed back with its line, for
//! a person to decide. Nobody is invented here: a name that is missing stays missing.

mod fold;
mod header;
mod item;
pub mod matching;
mod place;
mod render;
mod split;

pub use fold::bare;
pub use header::{Expected, Mismatch, mismatches};
pub use item::{Doubt, Item, Wish, is_address};
pub use place::fits;
pub use render::{Line, render};

/// The longest list that is read, characters.
pub const MOST_CHARS: usize = 20_000;
/// The most lines of a list, and the most people in it.
pub const MOST_LINES: usize = 500;

/// What became of a line that was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody is in the session, or waits for it.
    Joined,
    /// Somebody gave it up.
    Cancelled,
    /// Staff left it out.
    Skipped,
}

super::planning::named! { Outcome {
    Joined => "joined",
    Cancelled => "cancelled",
    Skipped => "skipped",
} }

/// Why a text is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing was pasted.
    #[error("nothing was pasted")]
    Empty,
    /// It is too long.
    #[error("{chars} characters, more than {MOST_CHARS}")]
    Long {
        /// How many characters it has.
        chars: usize,
    },
    /// It has too many lines.
    #[error("{lines} lines, more than {MOST_LINES}")]
    Lines {
        /// How many lines it has.
        lines: usize,
    },
    /// It names too many people.
    #[error("{items} items, more than {MOST_LINES}")]
    Items {
        /// How many items it has.
        items: usize,
    },
    /// No line begins with a number.
    #[error("no line begins with a number")]
    NoItems,
}

impl Unreadable {
    /// The key of its message, `error-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Unreadable::Empty => "chain-empty",
            Unreadable::Long { .. } => "chain-long",
            Unreadable::Lines { .. } => "chain-lines",
            Unreadable::Items { .. } => "chain-items",
            Unreadable::NoItems => "chain-no-items",
        }
    }

    /// How many there are of what there are too many of.
    pub fn count(self) -> Option<usize> {
        match self {
            Unreadable::Long { chars: n } | Unreadable::Lines { lines: n } | Unreadable::Items { items: n } => Some(n),
            Unreadable::Empty | Unreadable::NoItems => None,
        }
    }
}

/// A list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// What stands above the list: what it is for. Lines that give an example are left out.
    pub header: Vec<String>,
    /// Who is in it, in the order of the list.
    pub items: Vec<Item>,
    /// Numbers behind which nobody stands.
    pub blank: usize,
    /// Lines between or behind the items that belong to none, with their place in the text.
    pub left: Vec<(usize, String)>,
}

/// Reads a list as it was pasted.
///
/// # Errors
/// [`Unreadable`], when it is too long or no list.
pub fn read(text: &str) -> Result<Chain, Unreadable> {
    let chars = text.chars().count();
    if chars > MOST_CHARS {
        return Err(Unreadable::Long { chars });
    }
    let folded = fold::fold(text);
    if folded.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let lines = folded.trim_end().lines().count();
    if lines > MOST_LINES {
        return Err(Unreadable::Lines { lines });
    }
    let parts = split::split(&folded);
    if parts.items.is_empty() {
        return Err(Unreadable::NoItems);
    }
    if parts.items.len() > MOST_LINES {
        let items = parts.items.len();
        return Err(Unreadable::Items { items });
    }
    let mut chain = Chain {
        header: parts.header,
        left: parts.left,
        ..Chain::default()
    };
    for (line, body) in parts.items {
        match item::read(line, &body) {
            Some(item) => chain.items.push(item),
            None => chain.blank += 1,
        }
    }
    Ok(chain)
}

#[cfg(test)]
mod tests;
