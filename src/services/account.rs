//! Accounts and logins.

use super::{Context, Result};
use crate::domain::access::Actor;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who, for the rights.
    pub actor: Actor,
    /// Name shown on pages.
    pub display_name: String,
}

/// Who stands behind a token; none when it is unknown or has ended.
///
/// # Errors
/// When the database cannot be asked.
#[expect(clippy::unused_async, reason = "asks the database as soon as accounts are stored")]
pub async fn authenticate(_ctx: &Context, _token: &str) -> Result<Option<LoggedIn>> {
    Ok(None)
}
