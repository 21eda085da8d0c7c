//! Rendered public pages, kept for a moment.

/// Rendered public pages, kept for a moment.
#[derive(Default)]
pub struct PageCache {}
