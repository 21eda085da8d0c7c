//! `/staff/holidays`: the official days off and worked weekends as they are known; for administrators the import of a notice, with a review
//! of everything it changes before anything does.

use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::Date;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::access::Role;
use crate::domain::calendar::format::day_words;
use crate::domain::calendar::{DayKind, HolidayCalendar};
use crate::domain::community::Community;
use crate::services::holiday::{self, Import, Kind, words as said};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What the address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    year: String,
    done: String,
    counts: String,
    told: String,
}

/// Days of one holiday in a row.
struct Run {
    off: bool,
    dates: String,
    name: String,
}

struct YearLink {
    year: i16,
    on: bool,
}

#[derive(Template)]
#[template(path = "staff/holidays/index.html")]
struct HolidaysPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    done: String,
    provisional: String,
    known: String,
    unknown: String,
    years: Vec<YearLink>,
    heading: String,
    summary: String,
    runs: Vec<Run>,
    may_import: bool,
    notice: String,
    problems: Vec<String>,
}

/// `GET /staff/holidays`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    page_of(&web, &page, &asked, String::new(), Vec::new()).await
}

fn may_import(page: &StaffPage) -> bool {
    page.visitor.actor.role() == Some(Role::Admin)
}

async fn page_of(
    web: &Web,
    page: &StaffPage,
    asked: &Asked,
    notice: String,
    problems: Vec<String>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let calendar = web.ctx.holidays();
    let this_year = page.now(&web.ctx).year();
    let next = this_year.saturating_add(1);
    let chosen = match asked.year.parse::<i16>() {
        Ok(year) if (1900..=2200).contains(&year) => year,
        _ if calendar.is_published(next) => next,
        _ => this_year,
    };
    let waiting = holiday::provisional_count(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let runs = runs(words, &calendar, chosen);
    let join = |years: Vec<i16>| {
        let years: Vec<String> = years.iter().map(ToString::to_string).collect();
        years.join(words.pick("、", ", "))
    };
    let known: Vec<i16> = calendar.published_years().collect();
    let unknown: Vec<i16> = (this_year..=next)
        .filter(|year| !calendar.is_published(*year))
        .collect();
    let mut years: Vec<i16> = (this_year.saturating_sub(1)..=next).collect();
    if !years.contains(&chosen) {
        years.push(chosen);
    }
    let count = |off: bool| {
        let days = calendar.days().filter(|(date, _)| date.year() == chosen);
        days.filter(|(_, kind)| matches!(kind, DayKind::Holiday(_)) == off)
            .count()
    };
    let template = HolidaysPage {
        v,
        community: &page.community,
        active: "holidays",
        badge: page.badge,
        done: done_words(words, asked),
        provisional: match waiting {
            0 => words.t("holiday-page-provisional-none"),
            n => words.n("holiday-page-provisional", n),
        },
        known: words.a("holiday-page-known", "years", join(known)),
        unknown: if unknown.is_empty() {
            String::new()
        } else {
            words.a("holiday-page-unknown", "years", join(unknown))
        },
        years: years
            .into_iter()
            .map(|year| YearLink {
                year,
                on: year == chosen,
            })
            .collect(),
        heading: words.a("holiday-page-year", "year", chosen),
        summary: if calendar.is_published(chosen) {
            format!(
                "{}{}{}",
                words.n("holiday-page-off-days", count(true)),
                words.pick("，", ", "),
                words.n("holiday-page-worked-days", count(false))
            )
        } else {
            words.a("holiday-page-year-none", "year", chosen)
        },
        runs,
        may_import: may_import(page),
        notice,
        problems,
    };
    let status = if template.problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok((status, render(&template)).into_response())
}

/// Days in a row with one name, as one line.
fn runs(words: Words, calendar: &HolidayCalendar, year: i16) -> Vec<Run> {
    let mut found: Vec<(Date, Date, bool, &str)> = Vec::new();
    for (date, kind) in calendar.days().filter(|(date, _)| date.year() == year) {
        let (off, name) = match kind {
            DayKind::Holiday(name) => (true, name),
            DayKind::MakeUpWorkday(name) => (false, name),
            DayKind::Ordinary => continue,
        };
        match found.last_mut() {
            Some((_, last, was_off, was)) if *was_off == off && *was == name && last.tomorrow().ok() == Some(date) => {
                *last = date;
            }
            _ => found.push((date, date, off, name)),
        }
    }
    found
        .into_iter()
        .map(|(first, last, off, name)| Run {
            off,
            dates: if first == last {
                day_words(first, words.lang)
            } else {
                format!("{} — {}", day_words(first, words.lang), day_words(last, words.lang))
            },
            name: name.to_owned(),
        })
        .collect()
}

/// What was done, from the address it left.
fn done_words(words: Words, asked: &Asked) -> String {
    if asked.done.is_empty() {
        return String::new();
    }
    let years: Vec<String> = asked
        .done
        .split('-')
        .filter_map(|year| year.parse::<i16>().ok())
        .map(|year| year.to_string())
        .collect();
    let years = years.join(words.pick("、", ", "));
    let numbers: Vec<usize> = asked.counts.split('-').map(|n| n.parse().unwrap_or(0)).collect();
    let count = |kind: Kind| {
        let at = Kind::ALL.iter().position(|one| *one == kind);
        at.and_then(|at| numbers.get(at)).copied().unwrap_or(0)
    };
    let counts = said::counts(words, count);
    if counts.is_empty() {
        return words.a("holiday-done-calendar", "years", years);
    }
    let told: i64 = asked.told.parse().unwrap_or(0);
    words.with(
        "holiday-done",
        [
            ("years", years.into()),
            ("counts", counts.into()),
            ("people", told.into()),
        ],
    )
}

struct ItemLine {
    class: &'static str,
    icon: &'static str,
    text: String,
}

struct SeriesLines {
    title: String,
    items: Vec<ItemLine>,
}

struct CommunityLines {
    name: String,
    summary: String,
    series: Vec<SeriesLines>,
}

#[derive(Template)]
#[template(path = "staff/holidays/review.html")]
struct ReviewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    title: String,
    differs: bool,
    same: bool,
    days: Vec<String>,
    days_title: String,
    communities: Vec<CommunityLines>,
    confirm: String,
    notice: String,
    seen: String,
}

fn review(page: &StaffPage, import: &Import, notice: String, differs: bool) -> Response {
    let v = &page.visitor;
    let words = v.words;
    let counts = said::counts(words, |kind| import.count(kind));
    let communities = import.communities.iter().map(|one| CommunityLines {
        name: words.pick(&one.home.name, &one.home.name_en).to_owned(),
        summary: said::community(words, one),
        series: one
            .series
            .iter()
            .map(|series| SeriesLines {
                title: said::title(words, series).to_owned(),
                items: series
                    .items
                    .iter()
                    .map(|item| {
                        let (class, icon) = match item.kind {
                            Kind::Conflict | Kind::Untouched => ("wait", "warn"),
                            Kind::Dropped => ("bad", "x"),
                            Kind::Moved | Kind::Provisional => ("info", "clock"),
                            Kind::Restored | Kind::New | Kind::Confirmed => ("ok", "check"),
                        };
                        ItemLine {
                            class,
                            icon,
                            text: said::item(words, item),
                        }
                    })
                    .collect(),
            })
            .collect(),
    });
    let template = ReviewPage {
        v,
        community: &page.community,
        active: "holidays",
        badge: page.badge,
        title: words.a("holiday-review-title", "years", said::years(words, import)),
        differs,
        same: import.is_empty(),
        days: import.days.iter().map(|day| said::day(words, day)).collect(),
        days_title: if import.days.is_empty() {
            words.t("holiday-days-none")
        } else {
            words.n("holiday-days", import.days.len())
        },
        communities: communities.collect(),
        confirm: if counts.is_empty() {
            words.t("holiday-review-apply-calendar")
        } else {
            let people = i64::try_from(import.people_to_tell()).unwrap_or(i64::MAX);
            words.with(
                "holiday-review-apply",
                [("counts", counts.into()), ("people", people.into())],
            )
        },
        notice,
        seen: import.digest.clone(),
    };
    let status = if differs { StatusCode::CONFLICT } else { StatusCode::OK };
    (status, render(&template)).into_response()
}

/// The notice somebody sent: the file when there is one, else what was pasted.
async fn sent(mut form: Multipart) -> Result<String, Error> {
    let unreadable = |_| Error::invalid("notice", "holiday-none-sent", "");
    let (mut pasted, mut file) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(unreadable)?;
        match name.as_str() {
            "file" => file = bytes.to_vec(),
            "notice" => pasted = bytes.to_vec(),
            _ => {}
        }
    }
    let bytes = if file.is_empty() { pasted } else { file };
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::Invalid(vec![FieldError::new("notice", "holiday-json", "").with("why", "UTF-8")]))?;
    if text.trim().is_empty() {
        return Err(Error::invalid("notice", "holiday-none-sent", ""));
    }
    Ok(text)
}

/// The page again with what is wrong on top, when that is for the person to mend.
async fn again(web: &Web, page: &StaffPage, text: String, error: Error) -> Result<Response, WebError> {
    match said::problems(page.visitor.words, &error) {
        Some(problems) => {
            // What cannot be shown in a box is not kept.
            let kept = if text.len() > holiday::MOST_BYTES {
                String::new()
            } else {
                text
            };
            page_of(web, page, &Asked::default(), kept, problems).await
        }
        None => Err(WebError::new(&page.visitor, error)),
    }
}

/// `POST /staff/holidays/review`.
pub async fn look(page: StaffPage, State(web): State<Web>, form: Multipart) -> Result<Response, WebError> {
    let text = match sent(form).await {
        Ok(text) => text,
        Err(error) => return again(&web, &page, String::new(), error).await,
    };
    match holiday::preview_import(&web.ctx, &page.visitor.actor, &text).await {
        Ok(import) => Ok(review(&page, &import, text, false)),
        Err(error) => again(&web, &page, text, error).await,
    }
}

/// The form under the review.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Confirmed {
    notice: String,
    seen: String,
}

/// `POST /staff/holidays`.
pub async fn apply(page: StaffPage, State(web): State<Web>, Form(form): Form<Confirmed>) -> Result<Response, WebError> {
    let done = holiday::import(&web.ctx, &page.visitor.actor, &form.notice, Some(&form.seen)).await;
    match done {
        Ok(import) if import.applied => {
            let join = |all: Vec<String>| all.join("-");
            let years = join(import.years.iter().map(ToString::to_string).collect());
            let counts = join(Kind::ALL.iter().map(|kind| import.count(*kind).to_string()).collect());
            let year = import.years.last().copied().unwrap_or_default();
            let told = import.people_to_tell();
            let to = format!("/staff/holidays?year={year}&done={years}&counts={counts}&told={told}");
            Ok(Redirect::to(&to).into_response())
        }
        Ok(import) => Ok(review(&page, &import, form.notice, true)),
        Err(error) => again(&web, &page, form.notice, error).await,
    }
}
