//! One series: its rule, how it stands, its next dates, its topics, and what can be done to the whole of it.
//!
//! Every act takes two steps: the form is answered with what would happen, and only the form that carries that answer back
//! is carried out. Somebody else's change in between shows the new answer.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::{DateTime, Time};
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, named};
use super::repeat;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::calendar::{DayKind, LunarDate};
use crate::domain::community::Community;
use crate::domain::id::{ProgrammeId, SeriesId, SessionId};
use crate::domain::planning::edit::KeptBecause;
use crate::domain::planning::{Exclusion, SessionStatus};
use crate::domain::recurrence::HolidayPolicy;
use crate::services::programme::{self, Act, ActOutcome, EXCLUDED_FOR_CLASH, SeriesChange, SeriesState, SeriesView};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was typed about an act.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActForm {
    /// `pause`, `resume`, `topics`, `exclude`, `undo`, `extra`, `policy`, `end` or `held`.
    act: String,
    from: String,
    until: String,
    at: String,
    time: String,
    reason: String,
    topics: String,
    policy: String,
    count: String,
    /// Sessions moved by hand that go as well.
    include: Vec<String>,
    /// The answer that was seen.
    seen: String,
    /// `preview` or `save`.
    step: String,
}

/// The holiday policies, as forms name them.
const POLICIES: [&str; 4] = ["hold", "skip", "next_workday", "previous_workday"];

struct DateLine {
    href: String,
    date: String,
    time: String,
    note: String,
    line: String,
    off: bool,
}

struct OutLine {
    at: String,
    words: String,
    reason: String,
    undo: bool,
}

struct ByHand {
    id: SessionId,
    when: String,
    on: bool,
}

/// What an act would do, in words, and the form that confirms it.
#[derive(Default)]
struct Would {
    lines: Vec<String>,
    told: String,
    clash_title: String,
    clashes: Vec<String>,
    by_hand: Vec<ByHand>,
    seen: String,
    hidden: Vec<(&'static str, String)>,
    stale: String,
    may_save: bool,
}

#[derive(Template)]
#[template(path = "staff/series.html")]
struct SeriesPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SeriesId,
    programme: ProgrammeId,
    title: &'a str,
    rule: String,
    state: String,
    state_kind: &'static str,
    paused: bool,
    ended: bool,
    done: String,
    wrong: Wrong,
    would: Option<Would>,
    form: ActForm,
    dates: Vec<DateLine>,
    out: Vec<OutLine>,
    pauses: Vec<String>,
    topics: String,
    policies: Vec<Choice>,
    held: String,
    last: String,
    next_term: Option<SeriesId>,
    is_term: bool,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// `GET /staff/series/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SeriesId>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let view = programme::series_view(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let form = ActForm::default();
    let done = if done.done.is_empty() {
        String::new()
    } else {
        v.words.t("series-done")
    };
    Ok(draw(
        &web,
        &page,
        &view,
        form,
        Wrong::default(),
        None,
        done,
        StatusCode::OK,
    ))
}

/// `POST /staff/series/{id}`: shows what an act would do, or does it when that was seen.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SeriesId>,
    Form(form): Form<ActForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let ctx = &web.ctx;
    let home = page.community.id;
    let view = programme::series_view(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let act = match read(&form, &view) {
        Ok(act) => act,
        Err(errors) => {
            let wrong = Wrong::fields(v.words, &errors);
            return Ok(draw(
                &web,
                &page,
                &view,
                form,
                wrong,
                None,
                String::new(),
                unprocessable,
            ));
        }
    };
    let looked = programme::act(ctx, &v.actor, home, id, act.clone(), None, true).await;
    let outcome = match looked {
        Ok(outcome) => outcome,
        Err(Error::Conflict(found)) => {
            let clashes = Clashes::load(ctx, &page.community).await.for_visitor(v)?;
            let refused = Would {
                clash_title: v.words.t("staff-clash-title"),
                clashes: found.iter().map(|clash| clashes.words(v.words, clash)).collect(),
                ..Would::default()
            };
            let shown = Some(refused);
            return Ok(draw(
                &web,
                &page,
                &view,
                form,
                Wrong::default(),
                shown,
                String::new(),
                StatusCode::CONFLICT,
            ));
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            return Ok(draw(
                &web,
                &page,
                &view,
                form,
                wrong,
                None,
                String::new(),
                unprocessable,
            ));
        }
    };
    let clashes = Clashes::load(ctx, &page.community).await.for_visitor(v)?;
    let mut would = would(v.words, &clashes, &form, &outcome);
    if form.step == "save" && would.may_save {
        if would.seen == form.seen {
            match programme::act(ctx, &v.actor, home, id, act, Some(outcome.sequence), false).await {
                Ok(_) => {
                    return Ok(
                        Redirect::to(&format!("/staff/series/{id}?done={}", form_name(&form.act))).into_response(),
                    );
                }
                Err(Error::State { .. } | Error::Conflict(_)) => {}
                Err(error) => return Err(error).for_visitor(v),
            }
        }
        would.stale = v.words.t("error-series-changed");
    }
    let status = if would.stale.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    Ok(draw(
        &web,
        &page,
        &view,
        form,
        Wrong::default(),
        Some(would),
        String::new(),
        status,
    ))
}

/// Only the names of acts go into an address.
fn form_name(act: &str) -> &'static str {
    const ACTS: [&str; 9] = [
        "pause", "resume", "topics", "exclude", "undo", "extra", "policy", "end", "held",
    ];
    ACTS.into_iter().find(|known| *known == act).unwrap_or("act")
}

/// The act a form asks for.
fn read(form: &ActForm, view: &SeriesView) -> Result<Act, Vec<FieldError>> {
    let series = &view.series;
    let midnight = |field: &str, text: &str| {
        repeat::day(text)
            .map(|day| day.to_datetime(Time::midnight()))
            .ok_or_else(|| vec![FieldError::new(field, "form-date", text)])
    };
    let include = form.include.iter().filter_map(|id| id.parse().ok()).collect();
    let mut change = SeriesChange {
        include,
        reason: form.reason.clone(),
        ..SeriesChange::default()
    };
    match form.act.as_str() {
        "pause" => {
            return Ok(Act::Pause {
                from: midnight("from", &form.from)?,
                until: match form.until.trim() {
                    "" => None,
                    text => Some(midnight("until", text)?),
                },
                reason: form.reason.clone(),
                include: change.include,
            });
        }
        "resume" => {
            return Ok(Act::Resume {
                from: midnight("from", &form.from)?,
            });
        }
        "topics" => {
            let mut topics: Vec<String> = form.topics.lines().map(|line| line.trim().to_owned()).collect();
            while topics.last().is_some_and(String::is_empty) {
                topics.pop();
            }
            change.topics = Some(topics);
        }
        "exclude" => {
            let day = repeat::day(&form.at).ok_or_else(|| vec![FieldError::new("at", "form-date", &form.at)])?;
            let on_day = |at: &DateTime| at.date() == day;
            let coming = view.coming.iter().map(|session| session.original_local).find(on_day);
            let extra = series.extra.iter().copied().find(on_day);
            let at = coming
                .or(extra)
                .unwrap_or_else(|| day.to_datetime(series.starts_local.time()));
            let mut excluded = series.excluded.clone();
            if !excluded.iter().any(|out| out.at == at) {
                excluded.push(Exclusion {
                    at,
                    reason: form.reason.trim().to_owned(),
                });
            }
            change.excluded = Some(excluded);
        }
        "undo" => {
            let excluded = series.excluded.iter().filter(|out| out.at.to_string() != form.at);
            change.excluded = Some(excluded.cloned().collect());
        }
        "extra" => {
            let day = repeat::day(&form.at).ok_or_else(|| vec![FieldError::new("at", "form-date", &form.at)])?;
            let time = match form.time.trim() {
                "" => series.starts_local.time(),
                text => repeat::time(text).ok_or_else(|| vec![FieldError::new("time", "form-time", text)])?,
            };
            let mut extra = series.extra.clone();
            let at = day.to_datetime(time);
            if !extra.contains(&at) {
                extra.push(at);
            }
            change.extra = Some(extra);
        }
        "policy" => {
            let policy = form.policy.parse::<HolidayPolicy>();
            change.holiday_policy =
                Some(policy.map_err(|_| vec![FieldError::new("policy", "form-choose", &form.policy)])?);
        }
        "end" => {
            let last = match form.at.trim() {
                "" => None,
                text => {
                    let after = midnight("at", text)?.checked_add(jiff::ToSpan::day(1));
                    Some(after.map_err(|_| vec![FieldError::new("at", "form-date", text)])?)
                }
            };
            change.ends_before = Some(last);
        }
        "held" => {
            change.held_limit = Some(match form.count.trim() {
                "" => None,
                text => {
                    let count = repeat::whole_number(text).and_then(|count| i32::try_from(count).ok());
                    Some(count.ok_or_else(|| vec![FieldError::new("count", "form-number", text)])?)
                }
            });
        }
        other => return Err(vec![FieldError::new("act", "form-choose", other)]),
    }
    Ok(Act::Change(change))
}

fn would(words: Words, clashes: &Clashes, form: &ActForm, outcome: &ActOutcome) -> Would {
    let when = |at: &jiff::Zoned| moment_words(at.datetime(), words.lang);
    let at = |at: jiff::Timestamp| when(&at.to_zoned(clashes.zone.clone()));
    let list = |key: &str, starts: Vec<String>| {
        let count = starts.len();
        let shown: Vec<String> = starts.into_iter().take(8).collect();
        let mut shown = shown.join(&words.t("staff-comma"));
        if count > 8 {
            shown.push('…');
        }
        (count > 0).then(|| words.with(key, [("n", count.into()), ("when", shown.into())]))
    };
    let mut lines = Vec::new();
    let before = |all: &[crate::domain::planning::edit::Changed]| -> Vec<String> {
        all.iter().map(|changed| at(changed.before.starts_at)).collect()
    };
    lines.extend(list("series-would-cancel", before(&outcome.cancelled)));
    lines.extend(list("series-would-restore", before(&outcome.restored)));
    lines.extend(list("series-would-move", before(&outcome.moved)));
    lines.extend(list("series-would-create", outcome.created.iter().map(when).collect()));
    for because in KeptBecause::ALL {
        let kept = outcome.kept.iter().filter(|(.., why)| why == because);
        let starts: Vec<String> = kept.map(|(_, at, _)| when(at)).collect();
        let why = words.t(&format!("staff-kept-{because}"));
        lines.extend(list("series-would-keep", starts).map(|line| format!("{line}{}{why}", words.t("staff-comma"))));
    }
    if lines.is_empty() {
        lines.push(words.t("series-would-nothing"));
    }
    let missing = outcome.missing.iter().map(|date| {
        let why: Vec<String> = date.clashes.iter().map(|clash| clashes.words(words, clash)).collect();
        let nearest = date
            .nearest_free
            .as_ref()
            .map(|free| words.a("series-nearest", "when", when(free)));
        format!("{} {}", why.join(" "), nearest.unwrap_or_default())
    });
    let include: Vec<&str> = form.include.iter().map(String::as_str).collect();
    let moved_by_hand = outcome.kept.iter().filter(|(.., why)| *why == KeptBecause::Overridden);
    let mut hidden = vec![
        ("act", form.act.clone()),
        ("from", form.from.clone()),
        ("until", form.until.clone()),
        ("at", form.at.clone()),
        ("time", form.time.clone()),
        ("reason", form.reason.clone()),
        ("topics", form.topics.clone()),
        ("policy", form.policy.clone()),
        ("count", form.count.clone()),
    ];
    hidden.retain(|(name, value)| *name == "act" || !value.is_empty());
    hidden.extend(include.iter().map(|id| ("include", (*id).to_owned())));
    Would {
        told: match outcome.people_to_tell {
            0 => words.t("staff-told-nobody"),
            people => words.n("staff-told", people),
        },
        clash_title: words.t("series-would-missing"),
        clashes: missing.collect(),
        by_hand: moved_by_hand
            .map(|(id, at, _)| ByHand {
                id: *id,
                when: when(at),
                on: include.contains(&id.to_string().as_str()),
            })
            .collect(),
        seen: format!(
            "{}.{}.{}.{}.{}.{}.{}",
            outcome.sequence,
            outcome.cancelled.len(),
            outcome.restored.len(),
            outcome.moved.len(),
            outcome.created.len(),
            outcome.missing.len(),
            outcome.people_to_tell
        ),
        hidden,
        stale: String::new(),
        may_save: true,
        lines,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "what is shown, what was typed, what is wrong and what would happen: each is one thing"
)]
fn draw(
    web: &Web,
    page: &StaffPage,
    view: &SeriesView,
    form: ActForm,
    wrong: Wrong,
    would: Option<Would>,
    done: String,
    status: StatusCode,
) -> Response {
    let v = &page.visitor;
    let words = v.words;
    let series = &view.series;
    let day = |at: DateTime| day_words(at.date(), words.lang);
    let (state, state_kind) = match &view.state {
        SeriesState::Running => (words.t("series-running"), "ok"),
        SeriesState::Ended => (words.t("series-ended"), "info"),
        SeriesState::Paused(pause) => {
            let said = match pause.until {
                None => words.a("series-paused-from", "day", day(pause.from)),
                Some(until) => words.with(
                    "series-paused-between",
                    [("from", day(pause.from).into()), ("until", day(until).into())],
                ),
            };
            (said, "bad")
        }
    };
    let holidays = web.ctx.holidays();
    let dates = view
        .coming
        .iter()
        .map(|session| {
            let date = session.starts.date();
            let mark = match holidays.day(date) {
                DayKind::Holiday(_) => words.t("series-off-mark"),
                DayKind::MakeUpWorkday(_) => words.t("series-work-mark"),
                DayKind::Ordinary => String::new(),
            };
            let number = session.number.map(|n| words.with("series-number", [("n", n.into())]));
            let mut line: Vec<String> = number.into_iter().chain(session.topic.clone()).collect();
            if session.status == SessionStatus::Provisional {
                line.push(words.t("staff-state-provisional"));
            }
            if session.is_cancelled() {
                line.push(words.t("staff-state-off"));
                line.extend(session.reason.clone());
            }
            DateLine {
                href: format!("/staff/week?day={date}&session={}#panel", session.id),
                date: day_words(date, words.lang),
                time: time_range_short(session.starts.time(), session.ends.time(), words.lang),
                note: format!("{} {mark}", LunarDate::from_date(date).words(words.lang)),
                line: line.join(" · "),
                off: session.is_cancelled(),
            }
        })
        .collect();
    let out = series
        .excluded
        .iter()
        .map(|out| OutLine {
            at: out.at.to_string(),
            words: moment_words(out.at, words.lang),
            reason: if out.reason == EXCLUDED_FOR_CLASH {
                words.t("series-out-clash")
            } else {
                out.reason.clone()
            },
            undo: out.at >= view.now_local,
        })
        .collect();
    let pauses = series
        .pauses
        .iter()
        .map(|pause| {
            let until = pause.until.map_or_else(|| words.t("series-open"), day);
            words.with(
                "series-pause-line",
                [
                    ("from", day(pause.from).into()),
                    ("until", until.into()),
                    ("reason", pause.reason.clone().into()),
                ],
            )
        })
        .collect();
    let typed = |act: &str, typed: &str, stands: String| if form.act == act { typed.to_owned() } else { stands };
    let template = SeriesPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id: series.id,
        programme: view.programme.id,
        title: words.pick(&view.programme.title, &view.programme.title_en),
        rule: schedule::in_words(series, words.lang),
        state,
        state_kind,
        paused: matches!(view.state, SeriesState::Paused(_)),
        ended: view.state == SeriesState::Ended,
        done,
        wrong,
        would,
        dates,
        out,
        pauses,
        topics: typed("topics", &form.topics, view.topics.join("\n")),
        policies: named(
            words,
            "staff-holiday",
            &POLICIES,
            &typed("policy", &form.policy, series.holiday_policy.to_string()),
        ),
        held: typed(
            "held",
            &form.count,
            series.held_limit.map(|limit| limit.to_string()).unwrap_or_default(),
        ),
        last: typed(
            "end",
            &form.at,
            series
                .ends_before_local
                .and_then(|end| end.checked_sub(jiff::ToSpan::second(1)).ok())
                .map(|end| end.date().to_string())
                .unwrap_or_default(),
        ),
        next_term: view.next_term,
        is_term: view.is_term,
        form,
    };
    (status, render(&template)).into_response()
}
