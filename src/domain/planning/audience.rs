//! Who a session is for, and whether two of them ask for the same people at the same time.

use jiff::Timestamp;

/// A span of time in which some audience is asked for elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// For whom, in words.
    pub audience: String,
    /// What takes place.
    pub title: String,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
}

impl Gathering {
    /// Whether it asks for this audience between these instants.
    pub fn asks_for(&self, audience: &str, from: Timestamp, to: Timestamp) -> bool {
        self.starts_at < to && from < self.ends_at && same_audience(&self.audience, audience)
    }
}

/// Whether two texts name the same audience; a text that says nothing names nobody.
pub fn same_audience(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}
