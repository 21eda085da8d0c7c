//! The notification log: what was told to whom, what failed, and the next step for each.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, choices};
use super::notification_line::{Line, channel_name, lines, when};
use super::told::{Key, Part, bar};
use crate::domain::calendar::format::moment_words;
use crate::domain::channel::ChannelKind;
use crate::domain::community::Community;
use crate::domain::id::{DeliveryId, SessionId};
use crate::domain::notification::{Event, Status};
use crate::services::notification::log::{self, Filter};
use crate::services::notification::tally;
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

fn channel_choices(words: Words, chosen: &str) -> Vec<Choice> {
    let all = ChannelKind::ALL.iter().map(|kind| kind.as_str());
    choices(
        std::iter::once((String::new(), words.t("log-any-channel")))
            .chain(all.map(|name| (name.to_owned(), channel_name(words, name)))),
        chosen,
    )
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
