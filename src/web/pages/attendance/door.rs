//! `/staff/sessions/{id}/check-in`: the list at the door.
//!
//! Every row is one button that checks in, and again, that undoes. Without a script each is a form with an id made when the page
//! was rendered, so that a form sent twice changes nothing. With `checkin.js` the page talks to the API and keeps what it could
//! not send.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Zoned;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::{about, owner, when};
use crate::domain::absence::Reason;
use crate::domain::attendance::{Answers, Closed, Counted, may_check_in};
use crate::domain::calendar::format::day_words;
use crate::domain::card::CardCode;
use crate::domain::community::Community;
use crate::domain::id::{AttendanceId, CommunityId, SessionId};
use crate::domain::text::Purpose;
use crate::services::attendance::{self, DoorRow, Entered};
use crate::services::feedback::{self, FIELDS};
use crate::services::schedule;
use crate::services::wording::Words;
use crate::services::{Context, Error, card};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::service::{self, Way};
use crate::web::pages::staff::StaffPage;

/// The state in which a month's numbers have been reported and are corrected with a reason elsewhere.
pub(super) const MONTH_LOCKED: &str = "month-locked";

#[derive(Default)]
struct Row {
    /// Who; empty on the row a script copies.
    resident: String,
    name: String,
    /// Home, age, end of the number.
    about: Vec<String>,
    note: String,
    time: String,
    /// What the button sends: `in:RESIDENT:ID` or `out:ID`.
    tap: String,
    /// The entry that counts them; empty when there is none.
    entry: String,
    /// The entry that says why they are missing, and the reason; empty when there is none.
    absence: String,
    reason: String,
    /// The id a new reason gets.
    why_id: String,
    /// The code on their card; may be empty.
    card: String,
    /// What a search looks at.
    keys: String,
}

struct Undo {
    text: String,
    /// What the button sends; empty when it is undone already.
    tap: String,
}

struct Answer {
    field: &'static str,
    label: String,
    typed: String,
}

/// Why nothing can be entered, and where that can be mended.
struct Shut {
    why: String,
    way: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "attendance/door.html")]
struct DoorPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    /// What else is counted at this session.
    ways: Vec<Way>,
    /// The session's id; empty on the page a device keeps for when there is no network.
    session: String,
    /// Whom what is kept on this device belongs to.
    owner: String,
    title: String,
    when: String,
    place: String,
    enrolled: i32,
    visits: i64,
    headcount: i32,
    /// Somebody said that nobody came.
    nobody: bool,
    /// The headcount rows, `ID:N` each, for the script.
    heads: String,
    shut: Option<Shut>,
    late: bool,
    query: String,
    found: Option<Vec<Row>>,
    missing: Vec<Row>,
    excused: Vec<Row>,
    present: Vec<Row>,
    /// What a script copies for a row that is not there yet.
    blank: Row,
    reasons: Vec<(&'static str, String)>,
    undo: Option<Undo>,
    new_id: Uuid,
    answers: Answers,
    answer_fields: Vec<Answer>,
    errors: Vec<String>,
    /// What the script says, as JSON.
    said: String,
}

impl DoorPage<'_> {
    fn open(&self) -> bool {
        self.shut.is_none()
    }

    /// What a device that is no person's is not shown.
    fn is_device(&self) -> bool {
        self.v.actor.is_device()
    }
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Searched for among all residents, or a card.
    q: Option<String>,
    /// The entry that was just made or undone.
    last: Option<String>,
    /// The act that just marked everybody, and how many those were.
    all: Option<String>,
    n: Option<u32>,
}

pub(super) fn session_id(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|_| Error::not_found("session", text))
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let id = session_id(&id).for_visitor(&page.visitor)?;
    let act = asked.all.and_then(|act| act.parse().ok());
    let shown = Shown {
        query: asked.q.unwrap_or_default(),
        last: asked.last.and_then(|last| last.parse().ok()),
        marked: act.zip(asked.n),
        ..Shown::default()
    };
    draw(&web.ctx, &page, id, shown).await
}

/// `GET /staff/check-in/shell`: the page without a session and without a name, which a device keeps for when there is no network.
pub async fn shell(page: StaffPage, State(web): State<Web>) -> Response {
    let v = &page.visitor;
    render(&DoorPage {
        v,
        community: &page.community,
        ways: Vec::new(),
        session: String::new(),
        owner: String::new(),
        title: String::new(),
        when: String::new(),
        place: String::new(),
        enrolled: 0,
        visits: 0,
        headcount: 0,
        nobody: false,
        heads: String::new(),
        shut: None,
        late: false,
        query: String::new(),
        found: None,
        missing: Vec::new(),
        excused: Vec::new(),
        present: Vec::new(),
        blank: Row::default(),
        reasons: reasons(v.words),
        undo: None,
        new_id: web.ctx.new_id::<AttendanceId>(web.ctx.now()).0,
        answers: Answers::default(),
        answer_fields: Vec::new(),
        errors: Vec::new(),
        said: said(v.words),
    })
}

/// What a page shows beside the list.
#[derive(Default)]
pub(super) struct Shown {
    pub query: String,
    pub last: Option<AttendanceId>,
    pub marked: Option<(AttendanceId, u32)>,
    pub answers: [String; 4],
    pub errors: Vec<String>,
    /// A state that refused what was just entered.
    pub state: Option<&'static str>,
}

fn reasons(words: Words) -> Vec<(&'static str, String)> {
    let said = |reason: &Reason| (reason.as_str(), words.t(&format!("absence-{reason}")));
    Reason::ALL.iter().map(said).collect()
}

/// What the script says, with places for what it knows itself.
fn said(words: Words) -> String {
    const PLAIN: [&str; 19] = [
        "later",
        "login",
        "queued",
        "revoked",
        "no-offline",
        "no-store",
        "seen",
        "card-unknown-here",
        "entry",
        "scan-start",
        "scan-stop",
        "scan-hint",
        "scan-denied",
        "scan-none",
        "nothing-kept",
        "offline-page",
        "to-correction",
        "nobody-said",
        "nobody-undone",
    ];
    const SUBJECT: [&str; 8] = [
        "said-named",
        "said-named-undone",
        "said-heads",
        "said-heads-undone",
        "merged",
        "said-absent",
        "said-absent-undone",
        "refused",
    ];
    const COUNT: [&str; 6] = [
        "waiting",
        "missing-js",
        "present-js",
        "excused-js",
        "marked-js",
        "marked-undone-js",
    ];
    let mut all = serde_json::Map::new();
    for key in PLAIN {
        all.insert(key.to_owned(), words.t(&format!("checkin-{key}")).into());
    }
    for key in SUBJECT {
        let text = words.aa(&format!("checkin-{key}"), "subject", "{subject}", "why", "{why}");
        all.insert(key.to_owned(), text.into());
    }
    for key in COUNT {
        all.insert(
            key.to_owned(),
            words.a(&format!("checkin-{key}"), "count", "{count}").into(),
        );
    }
    all.insert("comma".to_owned(), words.t("checkin-comma").into());
    all.insert(
        "card-tail".to_owned(),
        words.a("checkin-card-tail", "tail", "{tail}").into(),
    );
    all.insert(
        "card-again".to_owned(),
        words.a("checkin-card-again", "name", "{name}").into(),
    );
    serde_json::Value::Object(all).to_string()
}

/// The page, with what a form left behind.
pub(super) async fn draw(ctx: &Context, page: &StaffPage, id: SessionId, shown: Shown) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let now = page.now(ctx);
    let home = page.community.id;
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let list = attendance::door_list(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let answers = feedback::answers(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let starts_on = session.starts.date();
    let row = |row: &DoorRow| draw_row(ctx, words, row, &now, starts_on);
    let mut errors = shown.errors;
    let found = match find(ctx, v, home, shown.query.trim()).await.for_visitor(v)? {
        Found::Nothing => None,
        Found::NoSuchCard(why) => {
            errors.push(why);
            None
        }
        Found::People(found) => {
            let known = |one: &DoorRow| list.rows.iter().find(|row| row.resident == one.resident).cloned();
            Some(
                found
                    .iter()
                    .map(|one| row(&known(one).unwrap_or_else(|| one.clone())))
                    .collect(),
            )
        }
    };
    let undo = match (shown.last, shown.marked) {
        (_, Some((act, count))) => Some(Undo {
            text: words.n("checkin-marked", count),
            tap: format!("unall:{act}"),
        }),
        (Some(last), None) => attendance::find_entry(ctx, &v.actor, home, id, last)
            .await
            .for_visitor(v)?
            .map(|entry| say(words, last, &entry)),
        (None, None) => None,
    };
    let heads: Vec<String> = list
        .headcounts
        .iter()
        .map(|(id, heads)| format!("{id}:{heads}"))
        .collect();
    let closed = may_check_in(session.is_cancelled(), session.starts.timestamp(), now.timestamp())
        .err()
        .map(Closed::code);
    let shut = shown.state.or(closed).map(|code| Shut {
        why: words.t(&format!("error-{code}")),
        way: (code == MONTH_LOCKED).then(|| {
            let way = format!("/staff/sessions/{id}/correction");
            (way, words.t("checkin-to-correction"))
        }),
    });
    let labels = FIELDS.into_iter().zip(shown.answers);
    let visits = list.tally.visits();
    Ok(render(&DoorPage {
        v,
        community: &page.community,
        ways: service::ways(words, &session),
        session: id.to_string(),
        owner: owner(v),
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: when(words, &session, now.date()),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        enrolled: session.enrolled,
        visits,
        headcount: list.tally.headcount,
        nobody: visits == 0 && !list.headcounts.is_empty(),
        heads: heads.join(" "),
        shut,
        late: starts_on < now.date(),
        query: shown.query,
        found,
        missing: list.missing().map(row).collect(),
        excused: list.excused().map(row).collect(),
        present: list.present().into_iter().map(row).collect(),
        blank: Row::default(),
        reasons: reasons(words),
        undo,
        new_id: ctx.new_id::<AttendanceId>(now.timestamp()).0,
        answers,
        answer_fields: labels
            .map(|(field, typed)| Answer {
                field,
                label: words.t(&format!("checkin-{}", field.replace('_', "-"))),
                typed,
            })
            .collect(),
        errors,
        said: said(words),
    }))
}

/// What was looked for.
enum Found {
    Nothing,
    People(Vec<DoorRow>),
    NoSuchCard(String),
}

/// People by what was typed; or by a card, when a scanner typed it.
async fn find(ctx: &Context, v: &Visitor, home: CommunityId, query: &str) -> Result<Found, Error> {
    if query.is_empty() {
        return Ok(Found::Nothing);
    }
    if CardCode::parse(query).is_none() {
        return Ok(Found::People(
            attendance::find_residents(ctx, &v.actor, home, query).await?,
        ));
    }
    match card::find(ctx, &v.actor, home, query).await {
        Ok(resident) => {
            let found = attendance::find_resident(ctx, &v.actor, home, resident).await?;
            Ok(Found::People(found.into_iter().collect()))
        }
        Err(Error::Invalid(wrong)) => {
            let said: Vec<String> = wrong.iter().map(|wrong| v.words.field_error(wrong)).collect();
            Ok(Found::NoSuchCard(said.join(" ")))
        }
        Err(other) => Err(other),
    }
}

fn draw_row(ctx: &Context, words: Words, row: &DoorRow, now: &Zoned, starts_on: Date) -> Row {
    let name = row.name.reveal(Purpose::ShowStaff).to_owned();
    let new_id = || ctx.new_id::<AttendanceId>(now.timestamp()).to_string();
    let entry = row.present.map(|(entry, _)| entry.to_string()).unwrap_or_default();
    let tap = match row.present {
        Some((entry, _)) => format!("out:{entry}"),
        None => format!("in:{}:{}", row.resident, new_id()),
    };
    let note = match row.absence {
        Some((_, reason)) => words.t(&format!("absence-{reason}")),
        None if row.on_leave && row.present.is_none() => words.t("absence-leave"),
        None if !row.signed_up_by.is_empty() => words.a("checkin-signed-up-by", "name", &row.signed_up_by),
        None if row.signed_up || row.present.is_none() => String::new(),
        None => words.t("checkin-without-sign-up"),
    };
    let time = row.present.map(|(_, at)| {
        let at = at.to_zoned(now.time_zone().clone());
        if at.date() == starts_on {
            at.strftime("%-H:%M").to_string()
        } else {
            words.a("checkin-late-at", "date", day_words(at.date(), words.lang))
        }
    });
    Row {
        resident: row.resident.to_string(),
        about: about(words, row, now.year()),
        note,
        time: time.unwrap_or_default(),
        tap,
        entry,
        absence: row.absence.map(|(id, _)| id.to_string()).unwrap_or_default(),
        reason: match row.absence {
            Some((_, reason)) => reason.as_str().to_owned(),
            None if row.on_leave && row.present.is_none() => "leave".to_owned(),
            None => String::new(),
        },
        why_id: new_id(),
        card: row
            .card
            .as_ref()
            .map(|card| card.as_str().to_owned())
            .unwrap_or_default(),
        keys: format!("{} {} {}", row.initials, name, row.tail().unwrap_or_default()),
        name,
    }
}

fn say(words: Words, id: AttendanceId, entry: &Entered) -> Undo {
    let (key, subject) = match (&entry.counted, &entry.name) {
        (Counted::Resident(_), Some(name)) => ("checkin-said-named", name.reveal(Purpose::ShowStaff).to_owned()),
        (Counted::Resident(_), None) => ("checkin-said-named", String::new()),
        (Counted::Heads(heads), _) => ("checkin-said-heads", heads.to_string()),
    };
    if entry.withdrawn {
        Undo {
            text: words.a(&format!("{key}-undone"), "subject", subject),
            tap: String::new(),
        }
    } else {
        Undo {
            text: words.a(key, "subject", subject),
            tap: format!("out:{id}"),
        }
    }
}
