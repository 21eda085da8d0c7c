//! The official calendar in force: the notices compiled in, and over them those that were imported.

use super::{Context, Result};
use crate::domain::calendar::HolidayCalendar;
use crate::storage;

/// Reads the imported notices and puts them in force for this process. Another instance may have imported one: every process calls
/// this at its start and each minute.
///
/// # Errors
/// [`crate::services::Error::Storage`]; then what was in force stays.
pub async fn refresh(ctx: &Context) -> Result<()> {
    let imported = storage::holiday::imported(ctx.db.reader()).await?;
    let calendar = HolidayCalendar::china().updated_with(&imported);
    if *ctx.holidays() != calendar {
        ctx.set_holidays(calendar);
        ctx.schedule_changed();
    }
    Ok(())
}
