//! A session as residents are told of it, for staff who pass it on themselves: in the words in which it would be sent.

use jiff::Timestamp;

use super::letter::{Change, changes_story, reminder_story};
use super::story::pattern_of;
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::message_template::Class;
use crate::domain::notification::Event;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification as outbox;

/// The text message about a session as it stands: that it is off, that it moved, or when and where it is. In the community's own words where it has
/// some. It is nobody's in particular.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn as_told(
    ctx: &Context,
    actor: &Actor,
    home: &Community,
    session: &SessionView,
    words: Words,
) -> Result<String> {
    may(actor, Action::ManageNotifications, home.id)?;
    let conn = ctx.db.reader();
    let now = ctx.now();
    let sender = outbox::sender(conn, home.id)
        .await?
        .ok_or_else(|| Error::not_found("community", home.id))?;
    let news = outbox::session_news(conn, home.id, &[session.id])
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("session", session.id))?;
    let link = format!("{}/c/{}/sessions/{}", ctx.settings.base_url(), home.slug, session.id);
    let was: Option<Timestamp> = session.moved_from.as_ref().map(|(was, _)| was.timestamp());
    let event = match (session.is_cancelled(), was) {
        (true, _) => Event::Cancelled,
        (false, Some(_)) => Event::Moved,
        (false, None) => Event::ReminderEvening,
    };
    let story = if event == Event::ReminderEvening {
        reminder_story(event, news, link)
    } else {
        let change = Change {
            kind: event,
            was: was.filter(|_| event == Event::Moved).unwrap_or(news.starts_at),
            news,
        };
        changes_story(event, &[change], link, &sender, now, words)
    };
    let class = Class::Sms;
    let pattern = pattern_of(conn, home.id, (event, false), class, words).await?;
    let values = story.values(class, &words.t("output-name"), &sender, now, words);
    Ok(pattern.fill(&values).body)
}
