//! The call list: whom to phone, what to say, and one tap for what came of it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::moment_words;
use crate::domain::call::CallOutcome;
use crate::domain::community::Community;
use crate::domain::id::{DeliveryId, SessionId};
use crate::domain::notification::Status;
use crate::domain::text::Purpose;
use crate::services::notification::call::{self, Answer, Callee, Card, Done, Group};
use crate::services::wording::Words;
use crate::services::{Error, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::routes::{Routes, Who};

/// The pages of the call list.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/calls", Who::Staff, show)
        .get("/staff/calls/print", Who::Staff, super::calls_print::show)
        .post("/staff/calls/outcome", Who::Staff, outcome)
        .post("/staff/calls/undo", Who::Staff, undo)
        .post("/staff/calls/tidy", Who::Staff, tidy)
}

/// What the address asks for, and what forms carry on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    session: Option<SessionId>,
    /// `yes` to see whole numbers.
    numbers: String,
    done: String,
}

impl Asked {
    fn shows_numbers(&self) -> bool {
        self.numbers == "yes"
    }

    fn href(&self, done: &str) -> String {
        let mut pairs = Vec::new();
        if let Some(session) = self.session {
            pairs.push(format!("session={session}"));
        }
        if self.shows_numbers() {
            pairs.push("numbers=yes".to_owned());
        }
        if !done.is_empty() {
            pairs.push(format!("done={done}"));
        }
        if pairs.is_empty() {
            "/staff/calls".to_owned()
        } else {
            format!("/staff/calls?{}", pairs.join("&"))
        }
    }
}

/// A number as the page shows it.
pub(super) struct Dial {
    pub of: String,
    pub shown: String,
    /// What a tap dials; none while the number is masked.
    pub tel: Option<String>,
}

pub(super) struct Matter {
    pub text: String,
    pub note: String,
    pub answer: Option<String>,
}

/// A card as the page shows it.
pub(super) struct Shown {
    pub id: String,
    pub name: String,
    pub href: String,
    pub building: String,
    pub dials: Vec<Dial>,
    pub matters: Vec<Matter>,
    pub missed: String,
    pub last: String,
    pub deliveries: Vec<DeliveryId>,
    pub may_answer: bool,
}

pub(super) struct Heap {
    pub heading: String,
    pub cards: Vec<Shown>,
}

struct DoneRow {
    name: String,
    outcome: String,
    kind: &'static str,
    when: String,
    deliveries: Vec<DeliveryId>,
}

#[derive(Template)]
#[template(path = "staff/calls.html")]
struct CallsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    sub: String,
    about: String,
    session: Option<SessionId>,
    numbers: bool,
    show_numbers: String,
    print: String,
    greeting: String,
    today: Vec<Heap>,
    others: Vec<Heap>,
    coming: Vec<Shown>,
    done: Vec<DoneRow>,
    just: Option<String>,
    said: Option<String>,
    hidden: usize,
    outdated: usize,
    nobody: bool,
}

/// `GET /staff/calls`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let list = call::list(&web.ctx, &v.actor, home.id, asked.session, words.lang)
        .await
        .for_visitor(v)?;
    let numbers = asked.shows_numbers();
    if numbers {
        let shown = list.cards().chain(&list.on_the_way);
        call::note_shown(&web.ctx, &v.actor, home.id, shown, false)
            .await
            .for_visitor(v)?;
    }
    let about = match asked.session {
        None => String::new(),
        Some(id) => {
            let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
            let title = words.pick(&session.programme.title, &session.programme.title_en);
            format!("{title} {}", moment_words(session.starts.datetime(), words.lang))
        }
    };
    let done: Vec<DoneRow> = list.done.iter().map(|one| done_row(words, &home.zone, one)).collect();
    let just = CallOutcome::ALL
        .iter()
        .any(|outcome| outcome.as_str() == asked.done)
        .then(|| done.first())
        .flatten()
        .map(|one| words.aa("call-just", "name", &one.name, "outcome", &one.outcome));
    let people = list.people();
    Ok(render(&CallsPage {
        v,
        community: home,
        active: "notifications",
        badge: page.badge,
        sub: if people == 0 {
            words.t("call-nobody-left")
        } else {
            words.n("call-people", people)
        },
        about,
        session: asked.session,
        numbers,
        show_numbers: Asked {
            numbers: "yes".to_owned(),
            ..asked.clone()
        }
        .href(""),
        print: match asked.session {
            Some(session) => format!("/staff/calls/print?session={session}"),
            None => "/staff/calls/print".to_owned(),
        },
        greeting: words.a("call-greeting", "community", words.pick(&home.name, &home.name_en)),
        today: heaps(words, &home.zone, &list.today, numbers),
        others: heaps(words, &home.zone, &list.others, numbers),
        coming: list
            .on_the_way
            .iter()
            .map(|card| shown(words, &home.zone, card, numbers))
            .collect(),
        nobody: people == 0 && list.on_the_way.is_empty(),
        done,
        just,
        said: match asked.done.as_str() {
            "undone" => Some(words.t("call-done-undone")),
            "tidied" => Some(words.t("call-done-tidied")),
            "already" => Some(words.t("call-done-already")),
            "leaving" => Some(words.t("error-delivery-leaving")),
            _ => None,
        },
        hidden: list.hidden,
        outdated: list.outdated,
    }))
}

pub(super) fn heaps(words: Words, zone: &TimeZone, groups: &[Group], numbers: bool) -> Vec<Heap> {
    groups
        .iter()
        .map(|group| Heap {
            heading: heading(words, group),
            cards: group
                .cards
                .iter()
                .map(|card| shown(words, zone, card, numbers))
                .collect(),
        })
        .collect()
}

fn heading(words: Words, group: &Group) -> String {
    let is_partner = group.cards.iter().all(|card| matches!(card.callee, Callee::Partner(_)));
    let place = match (group.grid.as_str(), group.building.as_str()) {
        ("", "") if is_partner => words.t("call-partners"),
        ("", "") => words.t("call-no-building"),
        (grid, "") => grid.to_owned(),
        ("", building) => building.to_owned(),
        (grid, building) => format!("{grid} · {building}"),
    };
    words.with(
        "call-group",
        [
            ("place", place.into()),
            ("n", i64::try_from(group.cards.len()).unwrap_or(i64::MAX).into()),
        ],
    )
}

pub(super) fn shown(words: Words, zone: &TimeZone, card: &Card, numbers: bool) -> Shown {
    let (id, href) = match card.callee {
        Callee::Resident(id) => (id.to_string(), format!("/staff/residents/{id}")),
        Callee::Partner(id) => (id.to_string(), format!("/staff/partners/{id}")),
    };
    Shown {
        id,
        href,
        name: card.name.reveal(Purpose::ShowStaff).to_owned(),
        building: card.building.clone(),
        dials: card
            .numbers
            .iter()
            .map(|number| {
                let whole = || number.phone.reveal(Purpose::Reach).to_owned();
                Dial {
                    of: number.of.clone(),
                    shown: if numbers { whole() } else { number.phone.masked() },
                    tel: numbers.then(whole),
                }
            })
            .collect(),
        matters: distinct(card)
            .map(|matter| Matter {
                text: matter.lines.join(words.lang.pick("", " ")),
                note: match matter.status {
                    Status::ToCall => String::new(),
                    status => words.t(&format!("notice-status-{}", status.as_str())),
                },
                answer: matter.answer.map(answer_href),
            })
            .collect(),
        missed: if card.missed == 0 {
            String::new()
        } else {
            words.n("call-missed", card.missed)
        },
        last: card.last.map_or_else(String::new, |last| {
            words.aa(
                "call-last",
                "when",
                moment_words(zone.to_datetime(last.at), words.lang),
                "outcome",
                outcome_name(words, last.outcome),
            )
        }),
        deliveries: card.matters.iter().map(|matter| matter.delivery).collect(),
        may_answer: call::may_be_phoned(card),
    }
}

/// The matters of a card; what two messages say alike is said once.
fn distinct(card: &Card) -> impl Iterator<Item = &call::Matter> {
    card.matters
        .iter()
        .enumerate()
        .filter(|(at, matter)| !card.matters[..*at].iter().any(|before| before.lines == matter.lines))
        .map(|(_, matter)| matter)
}

/// Where an answer is noted.
pub(super) fn answer_href(answer: Answer) -> String {
    match answer {
        Answer::Term(series) => format!("/staff/series/{series}/term"),
        Answer::Seat(session) => format!("/staff/sessions/{session}/sign-ups"),
        Answer::Confirmation(session) => format!("/staff/sessions/{session}/confirmation"),
    }
}

/// What came of a call, in words.
pub(super) fn outcome_name(words: Words, outcome: CallOutcome) -> String {
    words.t(&format!("call-outcome-{}", outcome.as_str()))
}

fn done_row(words: Words, zone: &TimeZone, done: &Done) -> DoneRow {
    let at = time_words(zone.to_datetime(done.at).time(), words.lang);
    DoneRow {
        name: done.name.reveal(Purpose::ShowStaff).to_owned(),
        outcome: outcome_name(words, done.outcome),
        kind: if done.outcome.settles() { "ok" } else { "wait" },
        when: if done.by.is_empty() {
            at
        } else {
            words.aa("call-by", "when", at, "who", &done.by)
        },
        deliveries: done.deliveries.clone(),
    }
}

/// What a button of a card sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    delivery: Vec<DeliveryId>,
    outcome: String,
    session: Option<SessionId>,
    numbers: String,
    /// A local path to go back to, instead of the list.
    back: String,
}

impl Pressed {
    fn to(&self, done: &str) -> Response {
        // Only pages of deliveries may be gone back to.
        if let Some(id) = self.back.strip_prefix("/staff/notifications/")
            && id.parse::<DeliveryId>().is_ok()
        {
            return Redirect::to(&format!("/staff/notifications/{id}?done={done}")).into_response();
        }
        let asked = Asked {
            session: self.session,
            numbers: self.numbers.clone(),
            done: String::new(),
        };
        Redirect::to(&asked.href(done)).into_response()
    }
}

/// `POST /staff/calls/outcome`: what came of a call.
pub async fn outcome(
    page: StaffPage,
    State(web): State<Web>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let outcome = pressed
        .outcome
        .parse::<CallOutcome>()
        .map_err(|_| Error::invalid("outcome", "call-outcome-unknown", &*pressed.outcome))
        .for_visitor(v)?;
    match call::record(&web.ctx, &v.actor, page.community.id, &pressed.delivery, outcome).await {
        Ok(done) if done.noted > 0 => Ok(pressed.to(outcome.as_str())),
        Ok(_) => Ok(pressed.to("already")),
        Err(Error::State {
            code: "delivery-leaving",
        }) => Ok(pressed.to("leaving")),
        Err(error) => Err(error).for_visitor(v),
    }
}

/// `POST /staff/calls/undo`: takes the last call about some deliveries back.
pub async fn undo(page: StaffPage, State(web): State<Web>, Form(pressed): Form<Pressed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    match call::undo(&web.ctx, &v.actor, page.community.id, &pressed.delivery).await {
        // Pressed twice: it is taken back, which is what was wanted.
        Ok(_) | Err(Error::State { .. }) => Ok(pressed.to("undone")),
        Err(error) => Err(error).for_visitor(v),
    }
}

/// `POST /staff/calls/tidy`: puts away what is too late or has nothing to say any more.
pub async fn tidy(page: StaffPage, State(web): State<Web>, Form(pressed): Form<Pressed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    call::tidy(&web.ctx, &v.actor, page.community.id).await.for_visitor(v)?;
    Ok(pressed.to("tidied"))
}
