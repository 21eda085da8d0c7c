//! The notification log: what was told to whom, what failed, and the next step for each.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, choices};
use super::told::{Key, Part, bar};
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::channel::ChannelKind;
use crate::domain::community::Community;
use crate::domain::id::{DeliveryId, ResidentId, SessionId};
use crate::domain::notification::{Event, Failure, Status, Step, failure, next_step};
use crate::domain::text::{Phone, Purpose, mask};
use crate::services::notification::log::{self, Filter, LogRow};
use crate::services::notification::{paper_in, tally};
use crate::services::wording::Words;
use crate::services::{Context, Error, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Which lines are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Those that need somebody.
    Waiting,
    /// Those under way.
    UnderWay,
    /// All.
    All,
}

impl View {
    const ALL: [View; 3] = [View::Waiting, View::UnderWay, View::All];

    pub(super) fn name(self) -> &'static str {
        match self {
            View::Waiting => "waiting",
            View::UnderWay => "under-way",
            View::All => "all",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        View::ALL.into_iter().find(|view| view.name() == name)
    }

    fn statuses(self) -> Vec<Status> {
        match self {
            View::Waiting => Status::ALL
                .into_iter()
                .filter(|status| status.needs_a_person())
                .collect(),
            View::UnderWay => vec![Status::Due, Status::Leased, Status::Sending, Status::Retry],
            View::All => Vec::new(),
        }
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    channel: String,
    event: String,
    session: Option<SessionId>,
    q: String,
    before: Option<DeliveryId>,
    done: String,
    n: Option<u32>,
}

impl Asked {
    /// The address of the same lines in another view, from the newest on.
    fn href(&self, view: View) -> String {
        let mut href = format!("/staff/notifications?view={}", view.name());
        for (name, value) in [("channel", &self.channel), ("event", &self.event), ("q", &self.q)] {
            if !value.is_empty() {
                href.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        if let Some(session) = self.session {
            href.push_str(&format!("&session={session}"));
        }
        href
    }

    fn narrowed(&self) -> bool {
        !self.channel.is_empty() || !self.event.is_empty() || !self.q.trim().is_empty() || self.session.is_some()
    }
}

struct Tab {
    href: String,
    text: String,
    on: bool,
}

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

struct Head {
    title: String,
    when: String,
    bar: Vec<Part>,
    keys: Vec<Key>,
    numbers: String,
    left: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/notifications.html")]
struct Log<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    summary: String,
    heading: String,
    tabs: Vec<Tab>,
    head: Option<Head>,
    rows: Vec<Line>,
    /// Whether any of them can be chosen.
    may_choose: bool,
    older: Option<String>,
    back: &'static str,
    mail: bool,
    said: Option<String>,
    /// Since when messages are held back, if they are.
    held: Option<String>,
    calls: i64,
    channels: Vec<Choice>,
    events: Vec<Choice>,
    q: &'a str,
    session: Option<SessionId>,
    about: String,
    narrowed: bool,
    all_href: String,
}

/// `GET /staff/notifications`.
///
/// # Errors
/// As the use case.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let community = page.community.id;
    let counts = log::counts(&web.ctx, &v.actor, community).await.for_visitor(v)?;
    let of = |view: View| -> i64 {
        let statuses = view.statuses();
        counts
            .iter()
            .filter(|(status, _)| statuses.is_empty() || statuses.contains(status))
            .map(|(_, n)| n)
            .sum()
    };
    // What needs somebody comes first, while there is any.
    let view = View::named(&asked.view).unwrap_or(if of(View::Waiting) > 0 && !asked.narrowed() {
        View::Waiting
    } else {
        View::All
    });
    let filter = Filter {
        statuses: view.statuses(),
        // A name that is on no list finds everything: the lists show that nothing is chosen.
        channel: asked.channel.parse().ok(),
        event: Event::from_name(&asked.event),
        session: asked.session,
        who: asked.q.clone(),
        before: asked.before,
        limit: None,
    };
    let found = log::page(&web.ctx, &v.actor, community, &filter).await.for_visitor(v)?;
    let rows = lines(&web.ctx, &page, &found.rows).await.for_visitor(v)?;
    let tabs = View::ALL.map(|tab| Tab {
        href: asked.href(tab),
        text: words.n(&format!("notice-tab-{}", tab.name()), of(tab)),
        on: tab == view,
    });
    let about = match asked.session {
        None => String::new(),
        Some(id) => {
            let session = schedule::session(&web.ctx, community, id).await.for_visitor(v)?;
            let title = words.pick(&session.programme.title, &session.programme.title_en);
            format!("{title} {}", moment_words(session.starts.datetime(), words.lang))
        }
    };
    Ok(render(&Log {
        v,
        community: &page.community,
        active: "notifications",
        badge: page.badge,
        summary: words.with(
            "notice-summary",
            [("n", of(View::All).into()), ("waiting", of(View::Waiting).into())],
        ),
        heading: words.t(&format!("notice-heading-{}", view.name())),
        tabs: tabs.into(),
        head: if asked.narrowed() || asked.before.is_some() {
            None
        } else {
            head(&web.ctx, &page).await.for_visitor(v)?
        },
        may_choose: rows.iter().any(|row| row.may_send || row.may_phone),
        rows,
        older: found.next.map(|next| format!("{}&before={next}", asked.href(view))),
        back: view.name(),
        mail: !web.ctx.settings.smtp.host.is_empty(),
        said: said(words, &asked),
        held: super::held::line(&web.ctx, &page).await.for_visitor(v)?,
        calls: counts
            .iter()
            .filter(|(status, _)| *status == Status::ToCall)
            .map(|(_, n)| n)
            .sum(),
        channels: channel_choices(words, &asked.channel),
        events: event_choices(words, &asked.event),
        q: &asked.q,
        session: asked.session,
        about,
        narrowed: asked.narrowed(),
        all_href: format!("/staff/notifications?view={}", view.name()),
    }))
}

fn said(words: Words, asked: &Asked) -> Option<String> {
    let n = asked.n.unwrap_or(0);
    match asked.done.as_str() {
        "told" => Some(words.t("notice-done-told")),
        "again" => Some(words.t("notice-done-again")),
        "resent" => Some(words.n("log-done-resent", n)),
        "phoned" => Some(words.n("log-done-phoned", n)),
        "resumed" => Some(words.t("held-done")),
        _ => None,
    }
}

/// How a channel is called.
pub(super) fn channel_name(words: Words, channel: &str) -> String {
    match channel.parse::<ChannelKind>() {
        Ok(kind) => words.t(&format!("log-by-{kind}")),
        Err(_) => channel.to_owned(),
    }
}

fn channel_choices(words: Words, chosen: &str) -> Vec<Choice> {
    let all = ChannelKind::ALL.iter().map(|kind| kind.as_str());
    choices(
        std::iter::once((String::new(), words.t("log-any-channel")))
            .chain(all.map(|name| (name.to_owned(), channel_name(words, name)))),
        chosen,
    )
}

/// What an event is called on lists of the log.
pub(super) fn event_name(words: Words, event: Event) -> String {
    words
        .find(&format!("notice-event-{}", event.as_str()))
        .unwrap_or_else(|| words.t("log-event-other"))
}

fn event_choices(words: Words, chosen: &str) -> Vec<Choice> {
    let known = Event::ALL.into_iter().filter_map(|event| {
        Some((
            event.as_str().to_owned(),
            words.find(&format!("notice-event-{}", event.as_str()))?,
        ))
    });
    choices(
        std::iter::once((String::new(), words.t("log-any-event"))).chain(known),
        chosen,
    )
}

/// The latest change and how far the news of it got.
async fn head(ctx: &Context, page: &StaffPage) -> Result<Option<Head>, Error> {
    let words = page.visitor.words;
    let Some(latest) = tally::latest(ctx, &page.visitor.actor, page.community.id).await? else {
        return Ok(None);
    };
    let zone = &page.community.zone;
    let key = format!("told-head-{}", latest.event.as_str());
    let starts = latest.starts_at.map_or_else(String::new, |at| when(at, zone, words));
    let (bar, keys) = bar(words, latest.tally);
    Ok(Some(Head {
        title: words.aa(&key, "title", &latest.title, "when", starts),
        when: words.with(
            "told-head-when",
            [
                ("when", when(latest.at, zone, words).into()),
                ("n", latest.tally.to_tell().into()),
            ],
        ),
        bar,
        keys,
        numbers: super::told::numbers(words, latest.tally),
        left: latest
            .session
            .filter(|_| latest.tally.to_call + latest.tally.failed > 0)
            .map(|session| format!("/staff/calls?session={session}")),
    }))
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

pub(super) fn tag(status: Status) -> (&'static str, &'static str) {
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
pub(super) fn who(words: Words, row: &LogRow) -> String {
    match (row.resident.is_some(), row.recipient.as_str()) {
        (_, "") if row.channel == ChannelKind::Robot.as_str() => words.t("log-by-robot"),
        (_, "") => words.t("notice-nobody"),
        (true, name) => mask(name),
        // An organisation is no person.
        (false, name) => name.to_owned(),
    }
}

/// What a line is about: the session or proposal, or the paper that runs out, and what is told of it.
pub(super) fn about(words: Words, row: &LogRow) -> String {
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
pub(super) fn masked_mail(address: &str) -> String {
    match address.split_once('@') {
        Some((name, host)) => {
            let begin: String = name.chars().take(2).collect();
            format!("{begin}***@{host}")
        }
        None => String::new(),
    }
}

/// Why it stands like this, in words.
pub(super) fn why(words: Words, row: &LogRow, cause: Option<Failure>, zone: &TimeZone) -> String {
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

/// Where to go back to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    back: String,
}

impl Back {
    fn to(&self, id: DeliveryId, done: &str) -> Response {
        let to = match View::named(&self.back) {
            _ if self.back == "one" => format!("/staff/notifications/{id}?done={done}"),
            view => {
                let view = view.unwrap_or(View::All);
                format!("/staff/notifications?view={}&done={done}", view.name())
            }
        };
        Redirect::to(&to).into_response()
    }
}

/// `POST /staff/notifications/{id}/told`: somebody phoned.
///
/// # Errors
/// As the use case.
pub async fn told(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<DeliveryId>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    log::told_by_phone(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(back.to(id, "told"))
}

/// `POST /staff/notifications/{id}/again`: sends it again.
///
/// # Errors
/// As the use case.
pub async fn again(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<DeliveryId>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    log::send_again(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(back.to(id, "again"))
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
