//! `/staff/sessions/{id}/paper`: typing a sign-in sheet in. Everything is shown back in words, and saved by one more key.
//!
//! Works by keyboard alone and without a script: the boxes stand in the order of the sheet, Enter asks for the summary, and there the
//! button that saves has the focus.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::{about, when};
use crate::domain::community::Community;
use crate::domain::id::{SessionId, SheetId};
use crate::domain::paper_entry::Typed;
use crate::domain::text::Purpose;
use crate::services::feedback::FIELDS;
use crate::services::paper_entry::{self, Choice, Seen, SeenWalkIn, Wish, answers_of, as_typed};
use crate::services::schedule::{self, SessionView};
use crate::services::sheet::{self, Printed};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::{self, Wrong};

struct SheetLink {
    href: String,
    label: String,
    on: bool,
}

struct NameLine {
    number: i32,
    name: String,
    about: String,
    came: bool,
}

struct WalkChoice {
    row: i32,
    text: String,
    choices: Vec<form::Choice>,
    open: bool,
}

struct Review {
    headline: String,
    lines: Vec<String>,
    walk_ins: Vec<WalkChoice>,
    open: bool,
}

struct Answer {
    field: &'static str,
    label: String,
    typed: String,
}

#[derive(Template)]
#[template(path = "attendance/paper.html")]
struct PaperPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: &'a SessionView,
    title: String,
    sub: String,
    here: &'static str,
    sheets: Vec<SheetLink>,
    sheet: Option<&'a Printed>,
    sheet_words: String,
    form: Uuid,
    seen: String,
    typed: &'a Typed,
    answers: Vec<Answer>,
    wrong: Wrong,
    review: Option<Review>,
    done: String,
    names: Vec<NameLine>,
}

/// Which sheet, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    sheet: Option<SheetId>,
    done: String,
}

/// The form, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    sheet: Option<SheetId>,
    form: Option<Uuid>,
    seen: String,
    step: String,
    rows: String,
    walk_ins: String,
    nameless: String,
    total: String,
    very_satisfied: String,
    satisfied: String,
    fair: String,
    dissatisfied: String,
    /// `15:new`, `15:head` or `15:RESIDENT`.
    r#as: Vec<String>,
}

impl Sent {
    fn typed(&self) -> Typed {
        Typed {
            rows: self.rows.clone(),
            walk_ins: self.walk_ins.clone(),
            nameless: self.nameless.clone(),
            total: self.total.clone(),
        }
    }

    fn answers(&self) -> [String; 4] {
        [&self.very_satisfied, &self.satisfied, &self.fair, &self.dissatisfied].map(Clone::clone)
    }

    fn chosen(&self) -> BTreeMap<i32, Choice> {
        let choice = |text: &String| {
            let (row, choice) = text.split_once(':')?;
            let choice = match choice {
                "new" => Choice::New,
                "head" => Choice::Head,
                id => Choice::Resident(id.parse().ok()?),
            };
            Some((row.parse().ok()?, choice))
        };
        self.r#as.iter().filter_map(choice).collect()
    }
}

/// The answers typed; none when all boxes are empty.
fn read_answers(typed: &[String; 4]) -> Result<Option<[i64; 4]>, Error> {
    let mut errors = Vec::new();
    let mut counts = [0; 4];
    for (n, (field, typed)) in FIELDS.into_iter().zip(typed).enumerate() {
        let digits: String = typed
            .trim()
            .chars()
            .map(|c| match c {
                '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
                c => c,
            })
            .collect();
        if digits.is_empty() {
            continue;
        }
        match digits.parse() {
            Ok(count) => counts[n] = count,
            Err(_) => errors.push(FieldError::new(field, "not-a-number", digits)),
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    paper_entry::checked_answers(counts)?;
    Ok(typed.iter().any(|one| !one.trim().is_empty()).then_some(counts))
}

/// What a page shows beside the sheet.
struct Shown {
    sheet: Option<SheetId>,
    form: Option<Uuid>,
    seen: Option<String>,
    typed: Option<(Typed, [String; 4])>,
    wrong: Wrong,
    review: Option<Seen>,
    done: bool,
}

/// `GET /staff/sessions/{id}/paper`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = Shown {
        sheet: asked.sheet,
        form: None,
        seen: None,
        typed: None,
        wrong: Wrong::default(),
        review: None,
        done: asked.done == "1",
    };
    draw(&web, &page, id, shown, StatusCode::OK).await
}

/// `POST /staff/sessions/{id}/paper`: shows what was typed back, or saves it.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(sent): Form<Sent>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let typed = sent.typed();
    let answers = sent.answers();
    let (Some(sheet), Some(form)) = (sent.sheet, sent.form) else {
        return Err(Error::invalid("sheet", "sheet-code-length", "")).for_visitor(v);
    };
    let mut shown = Shown {
        sheet: Some(sheet),
        form: Some(form),
        seen: Some(sent.seen.clone()),
        typed: Some((typed.clone(), answers.clone())),
        wrong: Wrong::default(),
        review: None,
        done: false,
    };
    let chosen = sent.chosen();
    // Everything that is wrong is said at once, wherever it stands.
    let counted = read_answers(&answers);
    let looked = paper_entry::look(ctx, &v.actor, home, sheet, &typed, &chosen).await;
    let (counted, looked) = match (counted, looked) {
        (Ok(counted), Ok(looked)) => (counted, looked),
        (Err(Error::Invalid(mut some)), Err(Error::Invalid(more))) => {
            some.splice(0..0, more);
            shown.wrong = Wrong::fields(v.words, &some);
            return draw(&web, &page, id, shown, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        (Err(error), Ok(_)) | (_, Err(error)) => return refused(&web, &page, id, shown, error).await,
    };
    if looked.printed.sheet.session != id {
        let code = looked.printed.sheet.code.to_string();
        return Err(Error::invalid("sheet", "sheet-other-session", code)).for_visitor(v);
    }
    if sent.step != "save" {
        shown.review = Some(looked);
        return draw(&web, &page, id, shown, StatusCode::OK).await;
    }
    let wish = Wish {
        sheet,
        form,
        seen: sent.seen.parse().ok(),
        typed,
        chosen,
        answers: counted,
    };
    match paper_entry::save(ctx, &v.actor, home, id, wish).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/sessions/{id}/paper?sheet={sheet}&done=1")).into_response()),
        Err(error) => {
            if matches!(
                &error,
                Error::State {
                    code: "paper-meanwhile"
                }
            ) {
                // Whoever saves now has been told.
                shown.seen = None;
            }
            // Somebody has to be chosen: the boxes to choose in stand in the summary.
            shown.review = Some(looked);
            refused(&web, &page, id, shown, error).await
        }
    }
}

async fn refused(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    mut shown: Shown,
    error: Error,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let status = match &error {
        Error::State { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    shown.wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
    draw(web, page, id, shown, status).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    shown: Shown,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let now = page.now(ctx);
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let all = sheet::of_session(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let wanted = shown.sheet.or_else(|| all.last().map(|sheet| sheet.id));
    let printed = match wanted {
        Some(sheet) => Some(sheet::printed(ctx, &v.actor, home, sheet).await.for_visitor(v)?),
        None => None,
    };
    if let Some(other) = printed.as_ref().filter(|printed| printed.sheet.session != id) {
        return Err(Error::invalid(
            "sheet",
            "sheet-other-session",
            other.sheet.code.to_string(),
        ))
        .for_visitor(v);
    }
    let (typed, answers) = match (shown.typed, &printed) {
        (Some(typed), _) => typed,
        (None, Some(printed)) => {
            let answers = answers_of(ctx, &v.actor, home, &printed.sheet).await.for_visitor(v)?;
            let answers = answers.map_or_else(<[String; 4]>::default, |counts| counts.map(|count| count.to_string()));
            (as_typed(printed), answers)
        }
        (None, None) => Default::default(),
    };
    let last = printed
        .as_ref()
        .and_then(|printed| printed.sheet.entry)
        .map(|entry| entry.form);
    let year = now.year();
    let labels = FIELDS.into_iter().zip(answers);
    let template = PaperPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        sub: format!(
            "{}{}{}",
            when(words, &session, now.date()),
            words.t("checkin-comma"),
            words.pick(&session.venue.name, &session.venue.name_en)
        ),
        here: "paper",
        sheets: all
            .iter()
            .map(|sheet| SheetLink {
                href: format!("/staff/sessions/{id}/paper?sheet={}", sheet.id),
                label: words.aa("sheet-named", "letter", sheet.letter(), "code", &sheet.code),
                on: Some(sheet.id) == wanted,
            })
            .collect(),
        sheet_words: printed
            .as_ref()
            .map(|printed| sheet_words(words, printed))
            .unwrap_or_default(),
        form: shown.form.unwrap_or_else(|| ctx.new_id(now.timestamp())),
        seen: shown
            .seen
            .unwrap_or_else(|| last.map(|form| form.to_string()).unwrap_or_default()),
        answers: labels
            .map(|(field, typed)| Answer {
                field,
                label: words.t(&format!("checkin-{}", field.replace('_', "-"))),
                typed,
            })
            .collect(),
        done: match &printed {
            Some(printed) if shown.done => said_done(words, printed),
            _ => String::new(),
        },
        names: printed
            .as_ref()
            .map(|printed| names(words, printed, year))
            .unwrap_or_default(),
        review: shown.review.map(|seen| review(words, &seen, year)),
        wrong: shown.wrong,
        typed: &typed,
        sheet: printed.as_ref(),
        session: &session,
    };
    Ok((status, render(&template)).into_response())
}

fn sheet_words(words: Words, printed: &Printed) -> String {
    let sheet = &printed.sheet;
    words.with(
        "sheet-rows",
        [
            ("names", sheet.names.into()),
            ("first", (sheet.names + 1).into()),
            ("last", sheet.last_row.into()),
        ],
    )
}

fn said_done(words: Words, printed: &Printed) -> String {
    let total = printed.sheet.entry.map_or(0, |entry| entry.total);
    let named = printed
        .rows
        .iter()
        .filter(|one| one.row.came && one.row.resident.is_some())
        .count();
    let named = i32::try_from(named).unwrap_or(i32::MAX);
    let args = [
        ("total", total.into()),
        ("named", named.into()),
        ("heads", (total - named).into()),
    ];
    words.with("paper-done", args)
}

fn names(words: Words, printed: &Printed, year: i16) -> Vec<NameLine> {
    let lines = printed.rows.iter().map(|one| NameLine {
        number: one.row.number,
        name: match &one.who {
            Some(who) => who.name.reveal(Purpose::ShowStaff).to_owned(),
            None if one.row.name.is_empty() => words.t("paper-not-legible"),
            None => one.row.name.clone(),
        },
        about: match &one.who {
            Some(who) => about(words, who, year).join(&words.t("checkin-comma")),
            None => words.t("paper-not-known"),
        },
        came: one.row.came,
    });
    lines.collect()
}

fn review(words: Words, seen: &Seen, year: i16) -> Review {
    let headline = words.with(
        "paper-said",
        [
            ("total", seen.paper.total.into()),
            ("named", seen.named.into()),
            ("heads", seen.heads.into()),
        ],
    );
    let sheet = &seen.printed.sheet;
    let absent: Vec<String> = seen
        .printed
        .rows
        .iter()
        .filter(|one| one.row.number <= sheet.names && !seen.paper.rows.contains(&one.row.number))
        .filter_map(|one| {
            let name = one.who.as_ref()?.name.reveal(Purpose::ShowStaff);
            Some(format!("{} {name}", one.row.number))
        })
        .collect();
    let illegible: Vec<String> = seen
        .paper
        .rows
        .iter()
        .filter(|row| **row > sheet.names && seen.walk_ins.iter().all(|one| one.walk_in.row != **row))
        .map(ToString::to_string)
        .collect();
    let between = words.t("paper-between");
    let mut lines = Vec::new();
    if !absent.is_empty() {
        lines.push(words.aa("paper-absent", "count", absent.len(), "names", absent.join(&between)));
    }
    if !illegible.is_empty() {
        lines.push(words.a("paper-illegible", "rows", illegible.join(&between)));
    }
    if seen.elsewhere > 0 {
        lines.push(words.n("paper-elsewhere", seen.elsewhere));
    }
    if seen.heads_at_door > 0 {
        lines.push(words.aa("paper-heads-replaced", "door", seen.heads_at_door, "heads", seen.heads));
    }
    if seen.heads_of_others > 0 {
        lines.push(words.n("paper-heads-of-others", seen.heads_of_others));
    }
    if seen.visits() != seen.paper.total {
        lines.push(words.n("paper-whole", seen.visits()));
    }
    if let Some(entry) = &sheet.entry {
        lines.push(words.n("paper-corrects", entry.total));
    }
    let walk_ins: Vec<WalkChoice> = seen.walk_ins.iter().map(|one| walk_choice(words, one, year)).collect();
    Review {
        headline,
        lines,
        open: walk_ins.iter().any(|one| one.open),
        walk_ins,
    }
}

fn walk_choice(words: Words, one: &SeenWalkIn, year: i16) -> WalkChoice {
    let row = one.walk_in.row;
    let mut entries: Vec<(String, String)> = Vec::new();
    let between = words.t("checkin-comma");
    for who in &one.candidates {
        let mut label = who.name.reveal(Purpose::ShowStaff).to_owned();
        for part in about(words, who, year) {
            label.push_str(&between);
            label.push_str(&part);
        }
        entries.push((format!("{row}:{}", who.resident), label));
    }
    if one.may_be_new {
        entries.push((format!("{row}:new"), words.a("paper-as-new", "name", &one.walk_in.text)));
    }
    entries.push((format!("{row}:head"), words.t("paper-as-head")));
    let chosen = match one.choice {
        Some(Choice::Resident(id)) => format!("{row}:{id}"),
        Some(Choice::New) => format!("{row}:new"),
        Some(Choice::Head) => format!("{row}:head"),
        None => {
            entries.insert(0, (format!("{row}:"), words.t("paper-as-which")));
            format!("{row}:")
        }
    };
    WalkChoice {
        row,
        text: one.walk_in.text.clone(),
        choices: form::choices(entries, &chosen),
        open: one.choice.is_none(),
    }
}
