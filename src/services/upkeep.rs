//! Keeping the house in order: is the database there, do the counters agree with the rows.

use super::{Context, Result};

/// Whether the database answers.
///
/// # Errors
/// When it does not.
pub async fn ping(ctx: &Context) -> Result<()> {
    ctx.db.ping().await?;
    Ok(())
}
