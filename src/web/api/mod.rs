//! The JSON API, `/api/v1`. One file per noun.

use super::routes::Routes;

/// All calls.
pub fn routes() -> Routes {
    Routes::new()
}
