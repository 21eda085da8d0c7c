//! `/staff/free-slots`: when and where something new could stand, the best first, each with its reasons.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, choices};
use super::repeat;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, weekday_short};
use crate::domain::community::{Community, Facilitator, Venue};
use crate::domain::planning::free_slot::{FreeSlot, PartOfDay, Reason, spread};
use crate::domain::planning::venue_wish::needs_in;
use crate::domain::planning::weekdays::Weekdays;
use crate::services::planning::{self, SlotQuery};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Slots listed.
const MOST_LISTED: usize = 30;
/// Slots listed of one day.
const MOST_PER_DAY: usize = 3;

/// What was asked, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    duration: String,
    from: String,
    to: String,
    days: Vec<String>,
    people: String,
    needs: String,
    leader: String,
    venue: String,
    place: String,
    part: String,
}

/// One slot of the list.
struct Line {
    date: String,
    time: String,
    mark: String,
    tone: &'static str,
    venue: String,
    first: bool,
    reasons: Vec<(&'static str, String)>,
    href: String,
}

#[derive(Template)]
#[template(path = "staff/free_slots.html")]
struct SlotsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    wrong: Wrong,
    form: Asked,
    days: Vec<Choice>,
    leaders: Vec<Choice>,
    venues: Vec<Choice>,
    places: Vec<Choice>,
    parts: Vec<Choice>,
    asked: bool,
    count: usize,
    lines: Vec<Line>,
}

/// The seven days as ticks.
pub(super) fn day_choices(words: Words, on: impl Fn(&str) -> bool) -> Vec<Choice> {
    Weekdays::ALL
        .days()
        .map(|day| Choice {
            value: Weekdays::code(day).to_owned(),
            label: weekday_short(day, words.lang).to_owned(),
            on: on(Weekdays::code(day)),
        })
        .collect()
}

/// Everybody who leads, after the choice of nobody in particular.
pub(super) fn leader_choices(words: Words, people: &[Facilitator], nobody: &str, chosen: &str) -> Vec<Choice> {
    choices(
        std::iter::once((String::new(), nobody.to_owned())).chain(people.iter().map(|person| {
            (
                person.id.to_string(),
                words.pick(&person.name, &person.name_en).to_owned(),
            )
        })),
        chosen,
    )
}

/// The parts of the day, after the choice of none.
pub(super) fn part_choices(words: Words, chosen: &str) -> Vec<Choice> {
    let parts = PartOfDay::ALL
        .iter()
        .map(|part| (part.to_string(), words.t(&format!("slots-part-{part}"))));
    choices(
        std::iter::once((String::new(), words.t("slots-part-any"))).chain(parts),
        chosen,
    )
}

/// `GET /staff/free-slots`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let today = page.now(&web.ctx).date();
    let is_asked = !asked.duration.is_empty();
    let mut form = asked;
    if !is_asked {
        form.duration = "90".to_owned();
    }
    if form.from.is_empty() {
        form.from = today.to_string();
    }
    if form.to.is_empty() {
        let from = repeat::day(&form.from).unwrap_or(today);
        form.to = from.saturating_add(13.days()).to_string();
    }
    let (mut wrong, mut found) = (Wrong::default(), Vec::new());
    if is_asked {
        let mut errors = Vec::new();
        let slots = match query(&form, &mut errors) {
            Some(query) => planning::free_slots(&web.ctx, &v.actor, page.community.id, query).await,
            None => Err(Error::Invalid(errors)),
        };
        match slots {
            Ok(slots) => found = slots,
            Err(error) => wrong = said(v.words, error).for_visitor(v)?,
        }
    }
    draw(&web, &page, form, is_asked, wrong, found).await
}

/// What is wrong, said of the boxes of this form.
fn said(words: Words, error: Error) -> Result<Wrong, Error> {
    let mut wrong = Wrong::of_error(words, error)?;
    for item in &mut wrong.items {
        if item.field == "duration_minutes" {
            "duration".clone_into(&mut item.field);
        }
    }
    Ok(wrong)
}

fn query(form: &Asked, errors: &mut Vec<FieldError>) -> Option<SlotQuery> {
    let mut wrong = |field: &str, code: &'static str, value: &str| errors.push(FieldError::new(field, code, value));
    let number = |text: &str| repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
    let duration = number(&form.duration);
    if duration.is_none() {
        wrong("duration", "form-number", &form.duration);
    }
    let people = match form.people.trim() {
        "" => Some(None),
        text => number(text).map(Some),
    };
    if people.is_none() {
        wrong("people", "form-number", &form.people);
    }
    let (from, to) = (repeat::day(&form.from), repeat::day(&form.to));
    if from.is_none() {
        wrong("from", "form-date", &form.from);
    }
    if to.is_none() {
        wrong("to", "form-date", &form.to);
    }
    let weekdays = form.days.join(",").parse::<Weekdays>();
    if weekdays.is_err() {
        wrong("days", "form-choose", &form.days.join(","));
    }
    let mut chosen = |field: &str, text: &str, right: bool| {
        if !text.is_empty() && !right {
            wrong(field, "form-choose", text);
        }
    };
    let (venue_id, facilitator_id) = (form.venue.parse().ok(), form.leader.parse().ok());
    chosen("venue", &form.venue, venue_id.is_some());
    chosen("leader", &form.leader, facilitator_id.is_some());
    let preferred = form.part.parse::<PartOfDay>().ok();
    chosen("part", &form.part, preferred.is_some());
    let outdoor = match form.place.as_str() {
        "outside" => Some(true),
        "inside" => Some(false),
        _ => None,
    };
    chosen("place", &form.place, outdoor.is_some());
    if !errors.is_empty() {
        return None;
    }
    Some(SlotQuery {
        weekdays: weekdays.ok()?,
        people: people?,
        needs: needs_in(&form.needs),
        venue_id,
        facilitator_id,
        preferred,
        outdoor,
        ..SlotQuery::for_minutes(duration?, from?, to?)
    })
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    form: Asked,
    asked: bool,
    wrong: Wrong,
    found: Vec<(FreeSlot, Venue)>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let venues = community::venues(&web.ctx, page.community.id).await.for_visitor(v)?;
    let people = community::facilitators(&web.ctx, page.community.id)
        .await
        .for_visitor(v)?;
    let any = std::iter::once((String::new(), words.t("slots-venue-any")));
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let (slots, places): (Vec<FreeSlot>, Vec<Venue>) = found.into_iter().unzip();
    let lines: Vec<Line> = spread(slots, MOST_PER_DAY)
        .iter()
        .take(MOST_LISTED)
        .enumerate()
        .filter_map(|(at, slot)| {
            let venue = places.iter().find(|venue| venue.id == slot.venue)?;
            Some(line(words, &form, slot, venue, at == 0))
        })
        .collect();
    let template = SlotsPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        asked: asked && wrong.is_empty(),
        wrong,
        days: day_choices(words, |code| form.days.iter().any(|day| day == code)),
        leaders: leader_choices(words, &people, &words.t("slots-leader-any"), &form.leader),
        venues: choices(
            any.chain(venues.iter().map(|venue| {
                let name = words.pick(&venue.name, &venue.name_en);
                (
                    venue.id.to_string(),
                    format!("{name} · {}", words.n("staff-card-people", venue.capacity)),
                )
            })),
            &form.venue,
        ),
        places: choices(
            [
                (String::new(), words.t("slots-where-either")),
                ("inside".to_owned(), words.t("slots-where-inside")),
                ("outside".to_owned(), words.t("slots-where-outside")),
            ],
            &form.place,
        ),
        parts: part_choices(words, &form.part),
        form,
        count: lines.len(),
        lines,
    };
    Ok((status, render(&template)).into_response())
}

fn line(words: Words, form: &Asked, slot: &FreeSlot, venue: &Venue, first: bool) -> Line {
    let date: Date = slot.starts.date();
    let mut href = format!(
        "/staff/programmes/new?date={date}&start={}&venue={}&duration={}&repeat=none",
        slot.starts.strftime("%H:%M"),
        venue.id,
        encode(form.duration.trim()),
    );
    if !form.leader.is_empty() {
        href.push_str(&format!("&facilitator={}", encode(&form.leader)));
    }
    if !form.people.trim().is_empty() {
        href.push_str(&format!("&capacity={}", encode(form.people.trim())));
    }
    Line {
        date: day_words(date, words.lang),
        time: time_range_short(slot.starts.time(), slot.ends.time(), words.lang),
        mark: venue.mark.clone(),
        tone: venue.tone.as_str(),
        venue: words.pick(&venue.name, &venue.name_en).to_owned(),
        first,
        reasons: slot
            .reasons
            .iter()
            .map(|reason: &Reason| {
                let kind = if reason.is_drawback() { "wait" } else { "ok" };
                (kind, words.t(&format!("slot-reason-{reason}")))
            })
            .collect(),
        href,
    }
}
