//! What somebody else did to a session while a form for it was open, in words, beside what was typed.

use jiff::ToSpan;

use super::StaffPage;
use super::change_form::EditForm;
use super::edit::when;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::day_words;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, community};

/// What somebody else did, and what was typed.
pub struct Meanwhile {
    /// 刚才有人把它改到了…
    pub changed: String,
    /// 您填的是…, 没有存.
    pub kept: String,
}

/// What the session is now.
pub fn changed(words: Words, session: &SessionView, elsewhere: bool) -> String {
    if session.is_cancelled() {
        let reason = session.reason.clone().unwrap_or_default();
        return words.a("board-meanwhile-cancelled", "reason", reason);
    }
    let venue = words.pick(&session.venue.name, &session.venue.name_en);
    let key = if elsewhere {
        "board-meanwhile-moved"
    } else {
        "board-meanwhile-changed"
    };
    words.aa(key, "when", when(words, session), "venue", venue)
}

impl Meanwhile {
    /// What happened since `form` was opened; none when nothing did.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(
        ctx: &Context,
        page: &StaffPage,
        session: &SessionView,
        form: &EditForm,
    ) -> Result<Option<Self>, Error> {
        if !form.is_stale(session) {
            return Ok(None);
        }
        let words = page.visitor.words;
        let venues = community::venues(ctx, page.community.id).await?;
        let venue = venues.iter().find(|venue| venue.id.to_string() == form.venue);
        let venue = venue.map_or("", |venue| words.pick(&venue.name, &venue.name_en));
        let typed = form.wished().map(|(start, minutes)| {
            let end = start.saturating_add(i64::from(minutes).minutes());
            format!(
                "{} {}",
                day_words(start.date(), words.lang),
                time_range_short(start.time(), end.time(), words.lang)
            )
        });
        Ok(Some(Self {
            changed: changed(words, session, form.was_elsewhere(session)),
            kept: match typed {
                Some(typed) => words.aa("board-meanwhile-typed", "when", typed, "venue", venue),
                None => words.t("board-meanwhile-kept"),
            },
        }))
    }
}
