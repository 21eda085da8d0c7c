//! `/staff/week-plan`: the wish list of a week, the plan made of it, and the one press that carries it out.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::Date;
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, WrongItem, named};
use super::free_slots::{day_choices, leader_choices, part_choices};
use super::repeat;
use super::week_plan_form::{PlanForm, RowForm, placement};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, month_day};
use crate::domain::calendar::{DayKind, IsoWeek};
use crate::domain::community::{Community, Facilitator};
use crate::domain::id::ProgrammeId;
use crate::domain::planning::week_plan::{MOST_ACTIVITIES, Priority};
use crate::services::planning::{self, CarriedOut, Proposed, WeekWish};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, community, programme};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What the address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    week: String,
    done: String,
}

/// One row of the list, ready to be drawn.
struct Row {
    at: usize,
    name: String,
    form: RowForm,
    days: Vec<Choice>,
    leaders: Vec<Choice>,
    parts: Vec<Choice>,
    priorities: Vec<Choice>,
    wrong: Vec<String>,
}

/// One session that would be new.
struct New {
    time: String,
    mark: String,
    tone: &'static str,
    title: String,
    venue: String,
    leader: String,
}

struct Day {
    name: String,
    note: String,
    is_off: bool,
    new: Vec<New>,
}

struct Left {
    title: String,
    why: String,
    help: Vec<String>,
}

/// The plan, ready to be drawn.
struct Drawn {
    placed: usize,
    days: Vec<Day>,
    left: Vec<Left>,
    keep: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/week_plan.html")]
struct PlanPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    sub: String,
    week: String,
    planner_href: String,
    previous_href: String,
    next_href: String,
    wrong: Wrong,
    notice: String,
    done: String,
    unplanned: usize,
    token: String,
    seed: u64,
    titles: Vec<String>,
    rows: Vec<Row>,
    result: Option<Drawn>,
}

/// What is shown beside the form.
#[derive(Default)]
struct Shown {
    wrong: Wrong,
    notice: String,
    done: String,
    unplanned: usize,
    proposed: Option<Proposed>,
}

fn week_of(text: &str, today: Date) -> Result<IsoWeek, Error> {
    if text.is_empty() {
        return Ok(IsoWeek::containing(today));
    }
    let shown: String = text.chars().take(40).collect();
    text.parse::<IsoWeek>()
        .ok()
        .filter(|week| (1970..2200).contains(&week.year()))
        .ok_or_else(|| Error::not_found("week", shown))
}

/// `GET /staff/week-plan`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let ctx = &web.ctx;
    let now = page.now(ctx);
    let week = week_of(&asked.week, now.date()).for_visitor(v)?;
    let wishes = planning::unplanned_rows(ctx, &v.actor, page.community.id, week)
        .await
        .for_visitor(v)?;
    let programmes = programme::list(ctx, page.community.id).await.for_visitor(v)?;
    let token: ProgrammeId = ctx.new_id(now.timestamp());
    let form = PlanForm::new(token.to_string(), week, &wishes, &programmes);
    let done = match asked.done.as_str() {
        "" => String::new(),
        "already" => v.words.t("week-plan-done-already"),
        count => v
            .words
            .n("week-plan-done", repeat::whole_number(count).unwrap_or_default()),
    };
    let shown = Shown {
        done,
        unplanned: wishes.len(),
        ..Shown::default()
    };
    draw(&web, &page, week, form, shown, StatusCode::OK).await
}

/// `POST /staff/week-plan`: one more row, a plan, another one, or carrying it out.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let mut form = PlanForm::read(pairs);
    let week = week_of(&form.week, page.now(&web.ctx).date()).for_visitor(v)?;
    if form.step == "add" {
        form.add_row();
        return draw(&web, &page, week, form, Shown::default(), StatusCode::OK).await;
    }
    if form.step == "again" {
        form.seed = form.seed().wrapping_add(1).to_string();
    }
    let mut errors = Vec::new();
    let wish = match form.wish(week, &mut errors) {
        Some(wish) if errors.is_empty() => wish,
        _ => return refuse(&web, &page, week, form, Error::Invalid(errors)).await,
    };
    if form.step == "save" {
        return carry_out(&web, &page, form, &wish).await;
    }
    propose(&web, &page, form, &wish, String::new(), StatusCode::OK).await
}

/// Draws the plan for a wish list.
async fn propose(
    web: &Web,
    page: &StaffPage,
    form: PlanForm,
    wish: &WeekWish,
    notice: String,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match planning::solve_week(&web.ctx, &v.actor, page.community.id, wish).await {
        Ok(proposed) => {
            let shown = Shown {
                notice,
                proposed: Some(proposed),
                ..Shown::default()
            };
            draw(web, page, wish.week, form, shown, status).await
        }
        Err(error) => refuse(web, page, wish.week, form, error).await,
    }
}

/// Carries out the plan that was shown; where something was taken meanwhile, shows by what, and a new plan.
async fn carry_out(web: &Web, page: &StaffPage, form: PlanForm, wish: &WeekWish) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (Ok(token), Some(chosen)) = (form.token.parse::<uuid::Uuid>(), form.chosen()) else {
        let expired = Shown {
            wrong: Wrong::whole(words.t("error-form-expired")),
            ..Shown::default()
        };
        return draw(web, page, wish.week, form, expired, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    match planning::carry_out(&web.ctx, &v.actor, page.community.id, token, wish, &chosen).await {
        Ok(CarriedOut::Planned { series, .. }) => {
            let to = format!("/staff/week-plan?week={}&done={}", wish.week, series.len());
            Ok(Redirect::to(&to).into_response())
        }
        Ok(CarriedOut::Already) => {
            Ok(Redirect::to(&format!("/staff/week-plan?week={}&done=already", wish.week)).into_response())
        }
        Err(Error::Conflict(found)) => {
            let clashes = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
            let said: Vec<String> = found.iter().map(|clash| clashes.words(words, clash)).collect();
            let notice = format!("{} {}", said.join(" "), words.t("week-plan-taken-meanwhile"));
            propose(web, page, form, wish, notice, StatusCode::CONFLICT).await
        }
        Err(error) => refuse(web, page, wish.week, form, error).await,
    }
}

/// Draws the form with what is wrong.
async fn refuse(
    web: &Web,
    page: &StaffPage,
    week: IsoWeek,
    form: PlanForm,
    error: Error,
) -> Result<Response, WebError> {
    let words = page.visitor.words;
    let wrong = match error {
        Error::Invalid(errors) => said(words, &form, &errors),
        other => Wrong::of_error(words, other).for_visitor(&page.visitor)?,
    };
    let shown = Shown {
        wrong,
        ..Shown::default()
    };
    draw(web, page, week, form, shown, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// What is wrong, said of rows and boxes of the form.
fn said(words: Words, form: &PlanForm, errors: &[FieldError]) -> Wrong {
    let filled = form.filled();
    let item = |error: &FieldError| -> WrongItem {
        let message = words.field_error(error);
        let place = error.field.strip_prefix("rows[").and_then(|rest| rest.split_once("]."));
        let Some((row, name)) = place.and_then(|(at, name)| Some((*filled.get(at.parse::<usize>().ok()?)?, name)))
        else {
            return WrongItem {
                field: String::new(),
                message,
            };
        };
        let (field, label) = match name {
            "duration_minutes" => ("duration", "week-plan-minutes"),
            "people" | "capacity" => ("people", "week-plan-people"),
            "needs" => ("needs", "week-plan-needs"),
            "weekdays" => ("days", "week-plan-days"),
            "facilitator_id" => ("leader", "week-plan-leader"),
            "part" => ("part", "week-plan-part"),
            "priority" => ("priority", "week-plan-priority"),
            _ => ("what", "week-plan-what"),
        };
        let key = if error.value.is_empty() || message.contains(&format!("“{}”", error.value)) {
            "week-plan-staff-error"
        } else {
            "week-plan-staff-error-value"
        };
        WrongItem {
            field: format!("{field}-{row}"),
            message: words.with(
                key,
                [
                    ("row", (row + 1).into()),
                    ("field", words.t(label).into()),
                    ("value", error.value.clone().into()),
                    ("message", message.into()),
                ],
            ),
        }
    };
    Wrong {
        items: errors.iter().map(item).collect(),
    }
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    week: IsoWeek,
    form: PlanForm,
    shown: Shown,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let people = community::facilitators(ctx, page.community.id).await.for_visitor(v)?;
    let programmes = programme::list(ctx, page.community.id).await.for_visitor(v)?;
    let days = week.days();
    let range = format!("{}—{}", month_day(days[0], words.lang), month_day(days[6], words.lang));
    let sub = match &shown.proposed {
        Some(proposed) => words.with(
            "week-plan-sub",
            [("range", range.clone().into()), ("n", proposed.standing.into())],
        ),
        None => range,
    };
    let result = shown.proposed.as_ref().map(|proposed| {
        let holidays = ctx.holidays();
        result(words, week, proposed, &people, |date| match holidays.day(date) {
            DayKind::Holiday(name) => Some(name.to_owned()),
            _ => None,
        })
    });
    let rows = form
        .rows
        .iter()
        .take(MOST_ACTIVITIES.max(form.filled().len()) + 4)
        .enumerate()
        .map(|(at, row)| draw_row(words, at, row, &people, &shown.wrong))
        .collect();
    let template = PlanPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        sub,
        week: week.to_string(),
        planner_href: format!("/staff/week?week={week}"),
        previous_href: format!("/staff/week-plan?week={}", week.previous()),
        next_href: format!("/staff/week-plan?week={}", week.next()),
        wrong: shown.wrong,
        notice: shown.notice,
        done: shown.done,
        unplanned: shown.unplanned,
        seed: form.seed(),
        token: form.token,
        titles: programmes
            .into_iter()
            .filter(|programme| !programme.archived)
            .map(|programme| programme.title)
            .collect(),
        rows,
        result,
    };
    Ok((status, render(&template)).into_response())
}

fn draw_row(words: Words, at: usize, row: &RowForm, people: &[Facilitator], wrong: &Wrong) -> Row {
    let priorities: Vec<&str> = Priority::ALL.iter().map(|priority| priority.as_str()).collect();
    let chosen = if row.priority.is_empty() {
        Priority::Normal.as_str()
    } else {
        &row.priority
    };
    let suffix = format!("-{at}");
    Row {
        at,
        name: words.n("week-plan-row", at + 1),
        days: day_choices(words, |code| row.days.iter().any(|day| day == code)),
        leaders: leader_choices(words, people, &words.t("staff-f-nobody"), &row.leader),
        parts: part_choices(words, &row.part),
        priorities: named(words, "week-plan-priority", &priorities, chosen),
        wrong: wrong
            .items
            .iter()
            .filter(|item| item.field.ends_with(&suffix))
            .map(|item| item.message.clone())
            .collect(),
        form: row.clone(),
    }
}

fn result(
    words: Words,
    week: IsoWeek,
    proposed: &Proposed,
    people: &[Facilitator],
    holiday: impl Fn(Date) -> Option<String>,
) -> Drawn {
    let plan = &proposed.plan;
    let new = |date: Date| -> Vec<New> {
        plan.placements
            .iter()
            .filter(|placed| placed.starts_local.date() == date)
            .filter_map(|placed| {
                let activity = proposed.activities.get(placed.activity)?;
                let venue = proposed.venues.iter().find(|venue| venue.id == placed.venue_id)?;
                let leader = people.iter().find(|person| Some(person.id) == activity.facilitator_id);
                let starts = placed.starts_local;
                let ends = starts.saturating_add(jiff::Span::new().minutes(activity.duration_minutes));
                Some(New {
                    time: time_range_short(starts.time(), ends.time(), words.lang),
                    mark: venue.mark.clone(),
                    tone: venue.tone.as_str(),
                    title: activity.title.clone(),
                    venue: words.pick(&venue.name, &venue.name_en).to_owned(),
                    leader: leader
                        .map(|person| words.pick(&person.name, &person.name_en).to_owned())
                        .unwrap_or_default(),
                })
            })
            .collect()
    };
    Drawn {
        placed: plan.placements.len(),
        days: week
            .days()
            .into_iter()
            .map(|date| {
                let off = holiday(date);
                Day {
                    name: day_words(date, words.lang),
                    is_off: off.is_some(),
                    note: off.unwrap_or_default(),
                    new: new(date),
                }
            })
            .collect(),
        left: plan
            .unplaced
            .iter()
            .filter_map(|left| {
                let activity = proposed.activities.get(left.activity)?;
                Some(Left {
                    title: activity.title.clone(),
                    why: words.why_unplaced(activity, &left.why),
                    help: left
                        .help
                        .iter()
                        .map(|help| words.help_unplaced(&proposed.venues, help))
                        .collect(),
                })
            })
            .collect(),
        keep: plan
            .placements
            .iter()
            .map(|placed| placement(placed.activity, placed.venue_id, placed.starts_local))
            .collect(),
    }
}
