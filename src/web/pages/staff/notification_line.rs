//! A line of the notification log in words: to whom, masked, about what, how it stands, why, and the step that helps.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::StaffPage;
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{DeliveryId, ResidentId};
use crate::domain::notification::{Event, Failure, Status, Step, failure, next_step};
use crate::domain::text::{Phone, Purpose, mask};
use crate::services::notification::log::{self, LogRow};
use crate::services::notification::paper_in;
use crate::services::wording::Words;
use crate::services::{Context, Error, schedule};

/// A line as pages show it.
pub(super) struct Line {
    pub id: DeliveryId,
    pub when: String,
    pub who: String,
    /// What it is about.
    pub topic: String,
    /// The same, and at which address.
    pub about: String,
    pub how: String,
    pub kind: &'static str,
    pub icon: &'static str,
    pub state: String,
    pub why: String,
    /// The one step that helps.
    pub step: Option<Act>,
    pub may_send: bool,
    pub may_phone: bool,
    pub to_call: bool,
    /// Where the answer is noted, when they are asked something.
    pub answer: Option<String>,
}

/// A link that helps.
pub(super) struct Act {
    pub href: String,
    pub text: String,
    pub icon: &'static str,
}

/// How a channel is called.
pub(super) fn channel_name(words: Words, channel: &str) -> String {
    match channel.parse::<ChannelKind>() {
        Ok(kind) => words.t(&format!("log-by-{kind}")),
        Err(_) => channel.to_owned(),
    }
}

/// What an event is called on lists of the log.
pub(super) fn event_name(words: Words, event: Event) -> String {
    words
        .find(&format!("notice-event-{}", event.as_str()))
        .unwrap_or_else(|| words.t("log-event-other"))
}

/// Lines as pages show them: names and addresses are masked, what can be done stands beside.
pub(super) async fn lines(ctx: &Context, page: &StaffPage, rows: &[LogRow]) -> Result<Vec<Line>, Error> {
    let ids: Vec<ResidentId> = rows.iter().filter_map(|row| row.resident).collect();
    let numbers = log::numbers(ctx, &page.visitor.actor, page.community.id, &ids).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(line(ctx, page, row, &numbers).await?);
    }
    Ok(lines)
}

async fn line(
    ctx: &Context,
    page: &StaffPage,
    row: &LogRow,
    numbers: &HashMap<ResidentId, Phone>,
) -> Result<Line, Error> {
    let words = page.visitor.words;
    let to_call = row.status == Status::ToCall;
    let asks = matches!(row.status, Status::ToCall | Status::Dead | Status::Unknown);
    let answer = match (row.event, row.session.filter(|_| asks)) {
        (Event::ConfirmPlace, Some(session)) => {
            let series = schedule::session(ctx, page.community.id, session).await?.series_id;
            Some(format!("/staff/series/{series}/term"))
        }
        (Event::Offered, Some(session)) => Some(format!("/staff/sessions/{session}/sign-ups")),
        (Event::ConfirmSession, Some(session)) => Some(format!("/staff/sessions/{session}/confirmation")),
        _ => None,
    };
    let (kind, icon) = tag(row.status);
    let at = row.sent_at.unwrap_or(row.due_at);
    let cause = failure(row.status, row.last_error.as_deref());
    Ok(Line {
        id: row.id,
        when: when(at, &page.community.zone, words),
        who: who(words, row),
        topic: about(words, row),
        about: [about(words, row), contact(words, row, numbers)]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(&words.t("staff-comma")),
        how: channel_name(words, &row.channel),
        kind,
        icon,
        state: words.t(&format!("notice-status-{}", row.status.as_str())),
        why: why(words, row, cause, &page.community.zone),
        step: step(words, row, cause),
        may_send: log::may_send(row, ctx.now()),
        may_phone: log::may_phone(row),
        to_call,
        answer,
    })
}

fn tag(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Sent => ("ok", "check"),
        Status::Kept | Status::Due | Status::Leased | Status::Sending => ("info", "send"),
        Status::Retry => ("wait", "repeat"),
        Status::ToCall => ("bad", "phone"),
        Status::Unknown | Status::Dead => ("bad", "x"),
        Status::Expired | Status::Dropped => ("wait", "clock"),
    }
}

/// To whom, masked.
fn who(words: Words, row: &LogRow) -> String {
    match (row.resident.is_some(), row.recipient.as_str()) {
        (_, "") if row.channel == ChannelKind::Robot.as_str() => words.t("log-by-robot"),
        (_, "") => words.t("notice-nobody"),
        (true, name) => mask(name),
        // An organisation is no person.
        (false, name) => name.to_owned(),
    }
}

/// What a line is about: the session or proposal, or the paper that runs out, and what is told of it.
fn about(words: Words, row: &LogRow) -> String {
    let title = match (row.event, paper_in(&row.facts)) {
        (Event::PaperExpires, Some((paper, day))) => words.aa(
            "mail-paper-subject",
            "paper",
            words.t(&format!("paper-{paper}")),
            "day",
            full_date(day, words.lang),
        ),
        _ => row.title.clone(),
    };
    format!("{title} {}", event_name(words, row.event)).trim().to_owned()
}

/// The address, as much of it as tells people apart.
fn contact(words: Words, row: &LogRow, numbers: &HashMap<ResidentId, Phone>) -> String {
    if row.channel == ChannelKind::Email.as_str() {
        return masked_mail(&row.address);
    }
    match row.resident.and_then(|id| numbers.get(&id)) {
        Some(phone) if !phone.is_mobile() => words.t("log-landline"),
        Some(phone) => words.a("log-tail", "tail", phone.tail(Purpose::ShowStaff)),
        None => String::new(),
    }
}

/// A mail address with the middle of its name left out.
fn masked_mail(address: &str) -> String {
    match address.split_once('@') {
        Some((name, host)) => {
            let begin: String = name.chars().take(2).collect();
            format!("{begin}***@{host}")
        }
        None => String::new(),
    }
}

/// Why it stands like this, in words.
fn why(words: Words, row: &LogRow, cause: Option<Failure>, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    match (cause, &row.last_error) {
        // Words of the other side that nobody has translated are better than none.
        (Some(Failure::Other), Some(said)) => parts.push(said.clone()),
        (Some(cause), _) => parts.push(words.t(&format!("log-why-{cause}"))),
        (None, _) if row.status == Status::ToCall => parts.push(words.t("log-why-no-channel")),
        (None, Some(said)) if row.status == Status::Dropped => parts.push(said.clone()),
        (None, _) => {}
    }
    if row.attempts > 1 || (row.attempts == 1 && cause.is_some()) {
        parts.push(words.n("notice-tries", row.attempts));
    }
    if row.status == Status::Retry {
        parts.push(words.a("log-next-try", "when", when(row.due_at, zone, words)));
    }
    parts.join(&words.t("staff-comma"))
}

fn uuid_of(id: impl std::fmt::Display) -> String {
    id.to_string()
}

/// The step that helps most, where it is another page.
fn step(words: Words, row: &LogRow, cause: Option<Failure>) -> Option<Act> {
    let kind = row.channel.parse().unwrap_or(ChannelKind::Email);
    let reachable = row.resident.is_some() || row.partner.is_some();
    let act = |href: String, key: &str, icon| {
        Some(Act {
            href,
            text: words.t(key),
            icon,
        })
    };
    match next_step(row.status, kind, cause, reachable) {
        Step::Phone => {
            let session = row.session.map(|id| format!("?session={id}")).unwrap_or_default();
            let person = row
                .resident
                .map(uuid_of)
                .or(row.partner.map(uuid_of))
                .unwrap_or_default();
            act(format!("/staff/calls{session}#c-{person}"), "log-step-phone", "phone")
                .filter(|_| row.status == Status::ToCall)
        }
        Step::ChangeAddress => match (row.resident, row.partner) {
            (Some(id), _) => act(format!("/staff/residents/{id}/edit"), "log-step-change", "edit"),
            (None, Some(id)) => act(format!("/staff/partners/{id}"), "log-step-change", "edit"),
            (None, None) => None,
        },
        Step::Resend | Step::Settings | Step::Wait => None,
    }
}

pub(super) fn when(at: Timestamp, zone: &TimeZone, words: Words) -> String {
    moment_words(zone.to_datetime(at), words.lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_beginning_is_shown() {
        assert_eq!(masked_mail("lixiuying@example.org"), "li***@example.org");
        assert_eq!(masked_mail("l@example.org"), "l***@example.org");
        assert_eq!(masked_mail(""), "");
    }
}
