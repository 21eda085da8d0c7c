//! Copying last week: what stood there and is not in this week yet, each with a tick, and one press for all that are ticked.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::columns::day_note;
use super::edit::when;
use super::form::Wrong;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, month_day};
use crate::domain::calendar::{DayKind, IsoWeek};
use crate::domain::community::Community;
use crate::services::programme::{self, CopyHow, CopyItem, CopyPick, CopyState};
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Which weeks, and what was ticked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CopyForm {
    from: String,
    to: String,
    /// Sessions to copy: `id`, or `id@start` for another time.
    take: Vec<String>,
}

/// One session of the list.
struct Row {
    value: String,
    tick: bool,
    on: bool,
    mark: String,
    tone: &'static str,
    title: String,
    day: String,
    time: String,
    note: String,
    is_off: bool,
    is_made_up: bool,
    day_note: String,
    clashes: Vec<String>,
    offer: String,
    cautions: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/copy.html")]
struct CopyPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    from: String,
    to: String,
    from_words: String,
    to_words: String,
    back: String,
    wrong: Wrong,
    rows: Vec<Row>,
    there: Vec<Row>,
    confirm: String,
}

fn week(field: &'static str, text: &str) -> Result<IsoWeek, Error> {
    text.parse::<IsoWeek>()
        .ok()
        .filter(|week| (1970..2200).contains(&week.year()))
        .ok_or_else(|| Error::invalid(field, "copy-weeks", text))
}

/// The two weeks; without words the last and this one.
fn weeks(page: &StaffPage, web: &Web, form: &CopyForm) -> Result<(IsoWeek, IsoWeek), Error> {
    let to = match form.to.as_str() {
        "" => IsoWeek::containing(page.now(&web.ctx).date()),
        text => week("to", text)?,
    };
    let from = match form.from.as_str() {
        "" => to.previous(),
        text => week("from", text)?,
    };
    Ok((from, to))
}

fn pick(text: &str) -> Option<CopyPick> {
    let (id, at) = text.split_once('@').map_or((text, None), |(id, at)| (id, Some(at)));
    Some(CopyPick {
        session: id.parse().ok()?,
        starts_local: match at {
            Some(at) => Some(at.parse::<DateTime>().ok()?),
            None => None,
        },
    })
}

fn range(from: IsoWeek, lang: crate::domain::lang::Lang) -> String {
    let days = from.days();
    format!("{}—{}", month_day(days[0], lang), month_day(days[6], lang))
}

fn row(page: &StaffPage, clashes: &Clashes, item: &CopyItem, ticked: Option<&[String]>) -> Row {
    let words = page.visitor.words;
    let date = item.starts.date();
    let kind = clashes.holidays.day(date);
    let id = item.session.id.to_string();
    let note = match (item.state, item.how) {
        // The list these stand in says it.
        (CopyState::There, _) => String::new(),
        (CopyState::Past, _) => words.t("board-copy-past"),
        _ if item.rule_goes_on => words.t("board-copy-rule-goes-on"),
        (_, CopyHow::ExtraDate) => words.t("board-copy-extra"),
        (_, CopyHow::SingleDate) => words.t("board-copy-single"),
    };
    let other = item.nearest_free.as_ref();
    let value = match other {
        Some(at) => format!("{id}@{}", at.strftime("%Y-%m-%dT%H:%M")),
        None => id,
    };
    let tick = item.state == CopyState::Open && (item.clashes.is_empty() || other.is_some());
    let on = match ticked {
        Some(ticked) => ticked.contains(&value),
        None => item.is_proposed(),
    };
    Row {
        on: tick && on,
        tick,
        value,
        mark: item.session.venue.mark.clone(),
        tone: item.session.venue.tone.as_str(),
        title: words
            .pick(&item.session.programme.title, &item.session.programme.title_en)
            .to_owned(),
        day: day_words(date, words.lang),
        time: format!(
            "{} {}",
            time_range_short(item.starts.time(), item.ends.time(), words.lang),
            words.pick(&item.session.venue.name, &item.session.venue.name_en)
        ),
        note: if item.state == CopyState::Open {
            format!("{}{}{note}", when(words, &item.session), words.t("staff-comma"))
        } else {
            note
        },
        is_off: matches!(kind, DayKind::Holiday(_)),
        is_made_up: matches!(kind, DayKind::MakeUpWorkday(_)),
        day_note: match kind {
            DayKind::Ordinary => String::new(),
            DayKind::Holiday(_) | DayKind::MakeUpWorkday(_) => day_note(words, &clashes.holidays, date),
        },
        clashes: item.clashes.iter().map(|clash| clashes.words(words, clash)).collect(),
        offer: match other {
            Some(at) => {
                let lasts = item.ends.timestamp().duration_since(item.starts.timestamp());
                let end = at.datetime().saturating_add(lasts);
                let time = time_range_short(at.time(), end.time(), words.lang);
                words.a("board-copy-offer", "time", time)
            }
            None => String::new(),
        },
        cautions: item.cautions.iter().map(|one| words.caution(one)).collect(),
    }
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    (from, to): (IsoWeek, IsoWeek),
    ticked: Option<&[String]>,
    wrong: Wrong,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let copy = programme::week_to_copy(&web.ctx, &v.actor, page.community.id, from, to)
        .await
        .for_visitor(v)?;
    let clashes = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
    let (rows, there): (Vec<&CopyItem>, Vec<&CopyItem>) =
        copy.items.iter().partition(|item| item.state == CopyState::Open);
    let rows: Vec<Row> = rows.into_iter().map(|item| row(page, &clashes, item, ticked)).collect();
    let on = rows.iter().filter(|row| row.on).count();
    let template = CopyPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        from: from.to_string(),
        to: to.to_string(),
        from_words: range(from, words.lang),
        to_words: range(to, words.lang),
        back: format!("/staff/week?week={to}"),
        wrong,
        rows,
        there: there.into_iter().map(|item| row(page, &clashes, item, None)).collect(),
        confirm: words.n("board-copy-confirm", on),
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/week/copy?from=2026-W47&to=2026-W48`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(form): Query<CopyForm>) -> Result<Response, WebError> {
    let weeks = weeks(&page, &web, &form).for_visitor(&page.visitor)?;
    draw(&web, &page, weeks, None, Wrong::default(), StatusCode::OK).await
}

/// `POST /staff/week/copy`: copies what is ticked, all of it or nothing.
pub async fn submit(page: StaffPage, State(web): State<Web>, Form(form): Form<CopyForm>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (from, to) = weeks(&page, &web, &form).for_visitor(v)?;
    let refused =
        async |wrong: Wrong, status: StatusCode| draw(&web, &page, (from, to), Some(&form.take), wrong, status).await;
    let mut picks = Vec::with_capacity(form.take.len());
    for text in &form.take {
        match pick(text) {
            Some(pick) => picks.push(pick),
            None => {
                let error = FieldError::new("take", "plan-no-such", text);
                return refused(Wrong::fields(words, &[error]), StatusCode::UNPROCESSABLE_ENTITY).await;
            }
        }
    }
    if picks.is_empty() {
        let wrong = Wrong::whole(words.t("board-copy-nothing"));
        return refused(wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match programme::copy_week(&web.ctx, &v.actor, page.community.id, from, to, Some(picks)).await {
        Ok(copy) => {
            let to = format!("/staff/week?week={to}&done=copied&n={}", copy.copied);
            Ok(Redirect::to(&to).into_response())
        }
        // Something came in between the look and the press.
        Err(Error::Conflict(found)) => {
            let clashes = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
            let said: Vec<String> = found.iter().map(|clash| clashes.words(words, clash)).collect();
            let wrong = Wrong::whole(words.a("board-copy-clash", "clashes", said.join(&words.t("staff-semicolon"))));
            refused(wrong, StatusCode::CONFLICT).await
        }
        Err(error) => {
            let wrong = Wrong::of_error(words, error).for_visitor(v)?;
            refused(wrong, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
