//! The notification log: what was told to whom, what failed, and the next step for each.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::community::Community;
use crate::domain::id::DeliveryId;
use crate::domain::notification::{Event, Status};
use crate::domain::text::Purpose;
use crate::services::notification::log::{self, Filter, LogRow};
use crate::services::notification::paper_in;
use crate::services::wording::Words;
use crate::services::{Context, Error, partner, resident, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Which lines are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Those that need somebody.
    Waiting,
    /// Those under way.
    UnderWay,
    /// All.
    All,
}

impl View {
    const ALL: [View; 3] = [View::Waiting, View::UnderWay, View::All];

    fn name(self) -> &'static str {
        match self {
            View::Waiting => "waiting",
            View::UnderWay => "under-way",
            View::All => "all",
        }
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
pub struct Asked {
    view: Option<String>,
    before: Option<DeliveryId>,
    done: Option<String>,
}

struct Tab {
    href: String,
    text: String,
    on: bool,
}

struct Line {
    id: DeliveryId,
    when: String,
    who: String,
    about: String,
    how: String,
    kind: &'static str,
    icon: &'static str,
    state: String,
    why: String,
    subject: String,
    body: String,
    phone: Option<String>,
    /// Name and number of the family contact, who is told as well; none where the number above is theirs.
    family: Option<(String, String)>,
    may_call: bool,
    may_send: bool,
    /// Where the answer is noted, when they are asked something.
    answer: Option<String>,
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
    rows: Vec<Line>,
    older: Option<String>,
    back: &'static str,
    mail: bool,
    said: Option<String>,
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
    let named = asked
        .view
        .as_deref()
        .and_then(|name| View::ALL.into_iter().find(|view| view.name() == name));
    // What needs somebody comes first, while there is any.
    let view = named.unwrap_or(if of(View::Waiting) > 0 {
        View::Waiting
    } else {
        View::All
    });
    let filter = Filter {
        statuses: view.statuses(),
        before: asked.before,
        ..Filter::default()
    };
    let found = log::page(&web.ctx, &v.actor, community, &filter).await.for_visitor(v)?;
    let mut rows = Vec::with_capacity(found.rows.len());
    for row in &found.rows {
        rows.push(line(&web.ctx, &page, row).await.for_visitor(v)?);
    }
    let tabs = View::ALL.map(|tab| Tab {
        href: format!("/staff/notifications?view={}", tab.name()),
        text: words.n(&format!("notice-tab-{}", tab.name()), of(tab)),
        on: tab == view,
    });
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
        rows,
        older: found
            .next
            .map(|next| format!("/staff/notifications?view={}&before={next}", view.name())),
        back: view.name(),
        mail: !web.ctx.settings.smtp.host.is_empty(),
        said: match asked.done.as_deref() {
            Some("told") => Some(words.t("notice-done-told")),
            Some("again") => Some(words.t("notice-done-again")),
            _ => None,
        },
    }))
}

async fn line(ctx: &Context, page: &StaffPage, row: &LogRow) -> Result<Line, Error> {
    let words = page.visitor.words;
    let may_call = matches!(row.status, Status::ToCall | Status::Dead | Status::Unknown);
    let (actor, home) = (&page.visitor.actor, page.community.id);
    let mut family = None;
    let phone = match (row.resident.filter(|_| may_call), row.partner.filter(|_| may_call)) {
        (Some(id), _) => {
            let person = resident::get(ctx, actor, home, id).await?;
            // Somebody has to phone: the only place where the whole number is shown. Who signed up and who comes are both told.
            if let (Some(own), Some(theirs)) = (&person.phone, &person.family_phone)
                && own != theirs
            {
                let number = theirs.reveal(Purpose::ShowStaff).to_owned();
                family = Some((person.family_name.clone(), number));
            }
            person
                .reached_at()
                .map(|phone| phone.reveal(Purpose::ShowStaff).to_owned())
        }
        (None, Some(id)) => {
            let known = partner::get(ctx, actor, home, id).await?;
            known.phone.map(|phone| phone.reveal(Purpose::Reach).to_owned())
        }
        (None, None) => None,
    };
    let answer = match (row.event, row.session.filter(|_| may_call)) {
        (Event::ConfirmPlace, Some(session)) => {
            let series = schedule::session(ctx, home, session).await?.series_id;
            Some(format!("/staff/series/{series}/term"))
        }
        (Event::Offered, Some(session)) => Some(format!("/staff/sessions/{session}/sign-ups")),
        (Event::ConfirmSession, Some(session)) => Some(format!("/staff/sessions/{session}/confirmation")),
        _ => None,
    };
    let (kind, icon) = match row.status {
        Status::Sent => ("ok", "check"),
        Status::Kept | Status::Due | Status::Leased | Status::Sending => ("info", "send"),
        Status::Retry => ("wait", "repeat"),
        Status::ToCall => ("bad", "phone"),
        Status::Unknown | Status::Dead => ("bad", "x"),
        Status::Expired | Status::Dropped => ("wait", "clock"),
    };
    let at = row.sent_at.unwrap_or(row.due_at);
    Ok(Line {
        id: row.id,
        when: when(at, &page.community.zone, words),
        who: if row.recipient.is_empty() {
            words.t("notice-nobody")
        } else {
            row.recipient.clone()
        },
        about: format!(
            "{} {}",
            title(row, words),
            words.t(&format!("notice-event-{}", row.event.as_str()))
        )
        .trim()
        .to_owned(),
        how: words.t(if row.channel == "email" {
            "notice-by-mail"
        } else {
            "notice-by-phone"
        }),
        kind,
        icon,
        state: words.t(&format!("notice-status-{}", row.status.as_str())),
        why: why(row, words),
        subject: row.subject.clone(),
        body: row.body.clone(),
        phone,
        family,
        answer,
        may_call,
        may_send: matches!(row.status, Status::Dead | Status::Unknown | Status::Kept) && row.channel == "email",
    })
}

/// What a line is about: the session or proposal, or the paper that runs out.
fn title(row: &LogRow, words: Words) -> String {
    match (row.event, paper_in(&row.facts)) {
        (Event::PaperExpires, Some((paper, day))) => words.aa(
            "mail-paper-subject",
            "paper",
            words.t(&format!("paper-{paper}")),
            "day",
            full_date(day, words.lang),
        ),
        _ => row.title.clone(),
    }
}

fn why(row: &LogRow, words: Words) -> String {
    let tries = if row.attempts > 1 {
        words.n("notice-tries", row.attempts)
    } else {
        String::new()
    };
    [row.last_error.clone().unwrap_or_default(), tries]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("，")
}

fn when(at: Timestamp, zone: &TimeZone, words: Words) -> String {
    moment_words(zone.to_datetime(at), words.lang)
}

/// Where to go back to.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    fn to(&self, done: &str) -> Response {
        let view = View::ALL
            .into_iter()
            .find(|view| view.name() == self.back)
            .unwrap_or(View::All);
        Redirect::to(&format!("/staff/notifications?view={}&done={done}", view.name())).into_response()
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
    Ok(back.to("told"))
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
    Ok(back.to("again"))
}
