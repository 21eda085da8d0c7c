//! `/partner/propose`: what, when, look again, send.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form as Posted, Query};

use super::form::{Form, place_of, today};
use super::wording::{clash_words, pace_words};
use super::{Frame, PartnerPage};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words, month_day, weekday_short};
use crate::domain::community::Venue;
use crate::domain::id::{ProgrammeId, ProposalId};
use crate::domain::planning::{Caution, ProgrammeKind};
use crate::domain::proposal::Pace;
use crate::services::proposal::{self, DateState, Outlook};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, community, programme};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::render;

/// A wrong field and what to tell about it.
struct Wrong {
    field: &'static str,
    message: String,
}

/// One thing to pick.
struct Pick {
    value: String,
    label: String,
    on: bool,
}

fn picks(entries: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Pick> {
    entries
        .into_iter()
        .map(|(value, label)| Pick {
            on: value == chosen,
            value,
            label,
        })
        .collect()
}

struct VenuePick {
    value: String,
    mark: String,
    tone: &'static str,
    name: String,
    on: bool,
}

struct SlotPick {
    value: String,
    range: String,
    note: String,
    on: bool,
    /// Free on some dates only.
    part: bool,
    /// Free on none.
    none: bool,
}

struct DateLine {
    words: String,
    state: &'static str,
    why: String,
}

/// One of the three steps.
struct StepName {
    name: String,
    here: bool,
    done: bool,
}

/// What every step shows.
struct Common {
    frame: Frame,
    steps_label: String,
    steps: Vec<StepName>,
    hidden: Vec<(&'static str, String)>,
    wrong_title: String,
    wrong: Vec<Wrong>,
    /// Lines without a field, such as clashes.
    notes: Vec<String>,
    again: bool,
}

impl Common {
    fn message(&self, field: &str) -> Option<&str> {
        self.wrong
            .iter()
            .find(|wrong| wrong.field == field)
            .map(|wrong| wrong.message.as_str())
    }
}

/// Reasons against the dates that the partner is shown.
const MOST_CAUTIONS: usize = 4;

#[derive(Template)]
#[template(path = "partner/what.html")]
struct WhatPage<'a> {
    frame: &'a Frame,
    common: &'a Common,
    form: &'a Form,
    olds: Vec<Pick>,
    kinds: Vec<Pick>,
    people: Vec<Pick>,
    lengths: Vec<Pick>,
    seats: Vec<Pick>,
}

#[derive(Template)]
#[template(path = "partner/when.html")]
struct WhenPage<'a> {
    frame: &'a Frame,
    common: &'a Common,
    summary: String,
    venues: Vec<VenuePick>,
    paces: Vec<Pick>,
    days: Vec<Pick>,
    from: String,
    today: String,
    times: String,
    is_once: bool,
    slots_title: String,
    slots: Vec<SlotPick>,
    dates_title: String,
    dates: Vec<DateLine>,
}

#[derive(Template)]
#[template(path = "partner/check.html")]
struct CheckPage<'a> {
    frame: &'a Frame,
    common: &'a Common,
    title: String,
    who: String,
    when: String,
    span: String,
    taken: String,
    place: String,
    needs: String,
    about: String,
    back: String,
    /// What speaks against the dates.
    cautions: Vec<String>,
}

/// Everything the form's pages need to know.
struct Desk<'a> {
    web: &'a Web,
    page: &'a PartnerPage,
    form: Form,
    venues: Vec<Venue>,
    /// The title that was typed; that of the programme it continues when none was.
    title: String,
    /// Who comes, in words.
    who: String,
}

/// `GET /partner/propose`: a step of the form; `?resend=ID` begins with a proposal that was sent before.
pub async fn show(
    page: PartnerPage,
    State(web): State<Web>,
    Query(mut form): Query<Form>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    if form.step.is_empty() {
        form = if form.resend.is_empty() {
            Form::fresh(web.ctx.new_id(web.ctx.now()))
        } else {
            let id = proposal_id(&form.resend).for_visitor(v)?;
            let view = proposal::get(&web.ctx, &v.actor, page.community.id, id)
                .await
                .for_visitor(v)?;
            Form::of(&view)
        };
        form.step = "1".to_owned();
        let desk = Desk::open(&web, &page, form).await.for_visitor(v)?;
        return desk.what(Vec::new()).await.for_visitor(v);
    }
    let desk = Desk::open(&web, &page, form).await.for_visitor(v)?;
    desk.walk().await.for_visitor(v)
}

/// `POST /partner/propose`: sends the form.
pub async fn send(page: PartnerPage, State(web): State<Web>, Posted(form): Posted<Form>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let desk = Desk::open(&web, &page, form).await.for_visitor(v)?;
    desk.send().await.for_visitor(v)
}

fn proposal_id(text: &str) -> Result<ProposalId, Error> {
    text.parse()
        .map_err(|_| Error::not_found("proposal", text.chars().take(40).collect::<String>()))
}

impl<'a> Desk<'a> {
    async fn open(web: &'a Web, page: &'a PartnerPage, form: Form) -> Result<Self, Error> {
        let today = today(web.ctx.now(), &page.community);
        let mut venues = community::venues(&web.ctx, page.community.id).await?;
        venues.retain(|venue| venue.closed_on.is_none_or(|closed| today < closed));
        let words = page.visitor.words;
        let mut title = form.title.trim().to_owned();
        if title.is_empty()
            && let Ok(id) = form.old.parse::<ProgrammeId>()
        {
            let all = programme::list(&web.ctx, page.community.id).await?;
            let known = all
                .iter()
                .find(|one| one.id == id && one.partner_id == Some(page.partner.id));
            title = known.map_or_else(String::new, |one| words.pick(&one.title, &one.title_en).to_owned());
        }
        let who = match form.who.as_str() {
            "" | "other" => form.who_name.trim().to_owned(),
            id => community::facilitators(&web.ctx, page.community.id)
                .await?
                .into_iter()
                .find(|one| one.id.to_string() == id)
                .map_or_else(String::new, |one| words.pick(&one.name, &one.name_en).to_owned()),
        };
        Ok(Self {
            web,
            page,
            form,
            venues,
            title,
            who,
        })
    }

    fn words(&self) -> Words {
        self.page.visitor.words
    }

    fn today(&self) -> jiff::civil::Date {
        today(self.web.ctx.now(), &self.page.community)
    }

    /// The venue that is picked; the first one before anything was.
    fn venue(&self) -> Option<&Venue> {
        let picked = self.form.venue.parse().ok();
        self.venues
            .iter()
            .find(|venue| Some(venue.id) == picked)
            .or_else(|| self.venues.first().filter(|_| self.form.venue.is_empty()))
    }

    async fn outlook(&self, time: Option<jiff::civil::Time>) -> Result<Option<Outlook>, Error> {
        let Some(venue) = self.venue() else { return Ok(None) };
        if self.form.minutes() <= 0 {
            return Ok(None);
        }
        let wish = self.form.wish(venue.id, self.today());
        let (ctx, actor) = (&self.web.ctx, &self.page.visitor.actor);
        proposal::outlook(ctx, actor, self.page.community.id, wish, time)
            .await
            .map(Some)
    }

    /// Shows the step that was asked for, or an earlier one where something is wrong.
    async fn walk(self) -> Result<Response, Error> {
        if self.form.step == "1" {
            return self.what(Vec::new()).await;
        }
        let outlook = self.outlook(self.form.time()).await?;
        let new = self.form.proposal(outlook.as_ref());
        let (ctx, actor) = (&self.web.ctx, &self.page.visitor.actor);
        let errors = proposal::wrong_fields(ctx, actor, self.page.community.id, &new).await?;
        if errors.iter().any(|error| place_of(error).0 == 1) {
            return self.what(errors).await;
        }
        match outlook {
            Some(outlook) if self.form.step == "3" => {
                if errors.is_empty() && outlook.free() > 0 {
                    let cautions = proposal::drawbacks(ctx, actor, self.page.community.id, &new).await?;
                    return Ok(self.check(&outlook, &cautions));
                }
                let notes = if errors.is_empty() {
                    vec![self.words().t("partner-all-taken")]
                } else {
                    Vec::new()
                };
                self.when(errors, notes).await
            }
            _ => self.when(Vec::new(), Vec::new()).await,
        }
    }

    /// Sends it, or shows the step where something is wrong with what was typed.
    async fn send(self) -> Result<Response, Error> {
        let outlook = self.outlook(self.form.time()).await?;
        let new = self.form.proposal(outlook.as_ref());
        let (ctx, actor, home) = (&self.web.ctx, &self.page.visitor.actor, self.page.community.id);
        let sent = if self.form.resend.is_empty() {
            proposal::submit(ctx, actor, home, new).await
        } else {
            proposal::resubmit(ctx, actor, home, proposal_id(&self.form.resend)?, new).await
        };
        let (status, mut response) = match sent {
            Ok(sent) => return Ok(Redirect::to(&format!("/partner/proposals/{}?sent=1", sent.id)).into_response()),
            Err(Error::Invalid(errors)) => {
                let first = errors.iter().any(|error| place_of(error).0 == 1);
                let response = if first {
                    self.what(errors).await?
                } else {
                    self.when(errors, Vec::new()).await?
                };
                (StatusCode::UNPROCESSABLE_ENTITY, response)
            }
            Err(Error::Conflict(clashes)) => {
                let words = self.words();
                let mut notes = vec![words.t("partner-all-taken")];
                notes.extend(clashes.iter().take(10).map(|clash| clash_words(words, clash)));
                (StatusCode::CONFLICT, self.when(Vec::new(), notes).await?)
            }
            Err(other) => return Err(other),
        };
        *response.status_mut() = status;
        Ok(response)
    }

    fn common(&self, step: u8, errors: &[FieldError], notes: Vec<String>) -> Common {
        let words = self.words();
        let here = errors.iter().filter(|error| place_of(error).0 == step);
        Common {
            wrong_title: words.n("partner-wrong", here.count() as i64),
            frame: Frame::of(self.page),
            steps_label: words.n("partner-steps", step),
            steps: (1..=3)
                .map(|n| StepName {
                    name: words.t(&format!("partner-step-{n}")),
                    here: n == step,
                    done: n < step,
                })
                .collect(),
            hidden: self
                .form
                .hidden(step)
                .into_iter()
                .map(|(name, value)| (name, value.to_owned()))
                .collect(),
            wrong: errors
                .iter()
                .filter(|error| place_of(error).0 == step)
                .map(|error| Wrong {
                    field: place_of(error).1,
                    message: words.field_error(error),
                })
                .collect(),
            notes,
            again: !self.form.resend.is_empty(),
        }
    }

    async fn what(&self, errors: Vec<FieldError>) -> Result<Response, Error> {
        let words = self.words();
        let (ctx, home) = (&self.web.ctx, self.page.community.id);
        let common = self.common(1, &errors, Vec::new());
        let form = &self.form;
        let own = |id: Option<crate::domain::id::PartnerId>| id == Some(self.page.partner.id);
        let mut olds: Vec<(String, String)> = programme::list(ctx, home)
            .await?
            .into_iter()
            .filter(|programme| own(programme.partner_id) && !programme.archived)
            .map(|programme| {
                let name = words.pick(&programme.title, &programme.title_en).to_owned();
                (programme.id.to_string(), name)
            })
            .collect();
        if !olds.is_empty() {
            olds.push((String::new(), words.t("partner-old-none")));
        }
        let mut people: Vec<(String, String)> = community::facilitators(ctx, home)
            .await?
            .into_iter()
            .filter(|one| own(one.partner_id))
            .map(|one| (one.id.to_string(), words.pick(&one.name, &one.name_en).to_owned()))
            .collect();
        people.push(("other".to_owned(), words.t("partner-who-other")));
        let who = match form.who.as_str() {
            "" if people.len() == 1 => "other",
            "" => people[0].0.as_str(),
            picked => picked,
        };
        let people = picks(people.clone(), who);
        let mut seats: Vec<(String, String)> = ["12", "20", "40"].map(|n| (n.to_owned(), n.to_owned())).into();
        seats.push(("other".to_owned(), words.t("partner-cap-other")));
        let kinds = ProgrammeKind::ALL
            .iter()
            .filter(|kind| !matches!(kind, ProgrammeKind::ServiceDay))
            .map(|kind| {
                let key = format!("partner-kind-{}", kind.as_str().replace('_', "-"));
                (kind.as_str().to_owned(), words.t(&key))
            });
        let mut lengths: Vec<(String, String)> = [60, 90, 120]
            .map(|n| (n.to_string(), words.t(&format!("partner-len-{n}"))))
            .into();
        if form.minutes() > 0 && !lengths.iter().any(|(value, _)| *value == form.len) {
            lengths.push((form.len.clone(), words.n("partner-len-other", form.minutes())));
        }
        Ok(render(&WhatPage {
            frame: &common.frame,
            common: &common,
            form,
            olds: picks(olds, &form.old),
            kinds: picks(kinds, &form.kind),
            people,
            lengths: picks(lengths, &form.len),
            seats: picks(seats, &form.cap),
        }))
    }

    async fn when(&self, errors: Vec<FieldError>, notes: Vec<String>) -> Result<Response, Error> {
        let words = self.words();
        let form = &self.form;
        let common = self.common(2, &errors, notes);
        let mut outlook = self.outlook(form.time()).await?;
        // Before a time is picked, the first one that is free throughout is.
        let mut picked = form.time();
        if picked.is_none()
            && let Some(found) = &outlook
        {
            let best = found
                .offers
                .iter()
                .max_by_key(|offer| (offer.free, std::cmp::Reverse(offer.starts)));
            picked = best.filter(|offer| offer.free > 0).map(|offer| offer.starts);
            outlook = self.outlook(picked).await?;
        }
        let slots = outlook
            .as_ref()
            .map(|found| self.slots(found, picked))
            .unwrap_or_default();
        let dates = outlook.as_ref().map(|found| self.dates(found)).unwrap_or_default();
        let free = outlook.as_ref().map_or(0, Outlook::free);
        let venue = self.venue();
        let weekday = form.weekday(self.today());
        let day = weekday.to_monday_one_offset().to_string();
        let days = (1..=7_i8).filter_map(|n| {
            let weekday = jiff::civil::Weekday::from_monday_one_offset(n).ok()?;
            let short = weekday_short(weekday, words.lang);
            Some((n.to_string(), short.trim_start_matches('周').to_owned()))
        });
        let paces = Pace::ALL.map(|pace| {
            (
                pace.as_str().to_owned(),
                words.t(&format!("partner-pace-{}", pace.as_str())),
            )
        });
        let name = venue
            .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
            .unwrap_or_default();
        Ok(render(&WhenPage {
            frame: &common.frame,
            common: &common,
            summary: self.summary(),
            venues: self.venue_picks(),
            paces: picks(paces, form.pace().as_str()),
            days: picks(days, &day),
            from: form.from(self.today()).to_string(),
            today: self.today().to_string(),
            times: form.times().to_string(),
            is_once: form.pace() == Pace::Once,
            slots_title: words.aa(
                "partner-slots",
                "day",
                weekday_short(weekday, words.lang),
                "venue",
                name,
            ),
            slots,
            dates_title: if free == 1 {
                words.t("partner-this-day")
            } else {
                words.n("partner-these-days", free as i64)
            },
            dates,
        }))
    }

    fn check(&self, outlook: &Outlook, cautions: &[Caution]) -> Response {
        let words = self.words();
        let form = &self.form;
        let common = self.common(3, &[], Vec::new());
        let length = form.minutes();
        let starts = outlook.starts.unwrap_or_default();
        let ends = starts.saturating_add(jiff::Span::new().minutes(length));
        let range = time_range_short(starts.time(), ends.time(), words.lang);
        let when = match pace_words(words, outlook.rule.as_deref()) {
            Some(pace) => format!("{pace} {range}"),
            None => format!("{} {range}", day_words(starts.date(), words.lang)),
        };
        let free: Vec<_> = outlook
            .dates
            .iter()
            .filter(|(_, state)| *state == DateState::Free)
            .collect();
        let span = match (free.first(), free.last()) {
            (Some(first), Some(last)) if free.len() > 1 => words.with(
                "partner-span",
                [
                    ("from", month_day(first.0, words.lang).into()),
                    ("to", month_day(last.0, words.lang).into()),
                    ("n", (free.len() as i64).into()),
                ],
            ),
            _ => String::new(),
        };
        let taken: Vec<String> = outlook
            .dates
            .iter()
            .filter(|(_, state)| matches!(state, DateState::Taken(_)))
            .map(|(date, _)| month_day(*date, words.lang))
            .collect();
        let back: Vec<String> = form
            .hidden(3)
            .into_iter()
            .map(|(name, value)| format!("{name}={}", crate::web::error::encode(value)))
            .collect();
        render(&CheckPage {
            frame: &common.frame,
            common: &common,
            title: self.title.clone(),
            who: self.who_comes(),
            when,
            span,
            taken: if taken.is_empty() {
                String::new()
            } else {
                words.a("partner-taken-days", "days", taken.join(words.pick("、", ", ")))
            },
            place: self
                .venue()
                .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
                .unwrap_or_default(),
            needs: form.needs.clone(),
            about: form.about.clone(),
            back: format!("/partner/propose?step=2&{}", back.join("&")),
            cautions: cautions
                .iter()
                .take(MOST_CAUTIONS)
                .map(|caution| words.caution(caution))
                .collect(),
        })
    }

    /// What it is, how long, for how many: the line under the heading.
    fn summary(&self) -> String {
        let words = self.words();
        let minutes = self.form.minutes();
        let key = format!("partner-len-{minutes}");
        let length = words
            .find(&key)
            .unwrap_or_else(|| words.n("partner-len-other", minutes));
        self.listed([self.title.clone(), length, self.seats()])
    }

    /// Who, for how many, at no charge.
    fn who_comes(&self) -> String {
        self.listed([self.who.clone(), self.seats(), self.words().t("partner-free")])
    }

    fn listed(&self, parts: [String; 3]) -> String {
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(self.words().pick("，", ", "))
    }

    fn seats(&self) -> String {
        let form = &self.form;
        let seats = if form.cap == "other" {
            &form.cap_other
        } else {
            &form.cap
        };
        match seats.trim().parse::<i64>() {
            Ok(seats) => self.words().n("partner-seats", seats),
            Err(_) => String::new(),
        }
    }

    fn venue_picks(&self) -> Vec<VenuePick> {
        let words = self.words();
        let picked = self.venue().map(|venue| venue.id);
        self.venues
            .iter()
            .map(|venue| VenuePick {
                value: venue.id.to_string(),
                mark: venue.mark.clone(),
                tone: venue.tone.as_str(),
                name: words.pick(&venue.name, &venue.name_en).to_owned(),
                on: Some(venue.id) == picked,
            })
            .collect()
    }

    fn slots(&self, outlook: &Outlook, picked: Option<jiff::civil::Time>) -> Vec<SlotPick> {
        let words = self.words();
        let mut slots: Vec<SlotPick> = outlook
            .offers
            .iter()
            .map(|offer| {
                let (free, taken) = (offer.free as i64, offer.taken as i64);
                let note = match (free, taken) {
                    (0, _) if offer.taken_by.is_empty() => words.t("partner-slot-held"),
                    (0, _) => words.a("partner-slot-in-use", "title", &offer.taken_by),
                    (1, 0) => words.t("partner-slot-free-once"),
                    (_, 0) => words.n("partner-slot-free", free),
                    _ => words.with("partner-slot-part", [("free", free.into()), ("taken", taken.into())]),
                };
                SlotPick {
                    value: offer.starts.strftime("%H:%M").to_string(),
                    range: time_range_short(offer.starts, offer.ends, words.lang),
                    note,
                    on: picked == Some(offer.starts),
                    part: taken > 0,
                    none: free == 0,
                }
            })
            .collect();
        // A time that was picked before the length or the venue changed stays on the list.
        if let Some(time) = picked
            && outlook.starts.is_some()
            && !slots.iter().any(|slot| slot.on)
        {
            let ends = time.wrapping_add(jiff::Span::new().minutes(self.form.minutes()));
            slots.push(SlotPick {
                value: time.strftime("%H:%M").to_string(),
                range: time_range_short(time, ends, words.lang),
                note: words.n("partner-slot-free", outlook.free() as i64),
                on: true,
                part: outlook.free() < outlook.dates.len(),
                none: false,
            });
        }
        slots
    }

    fn dates(&self, outlook: &Outlook) -> Vec<DateLine> {
        let words = self.words();
        let single = outlook.dates.len() == 1;
        outlook
            .dates
            .iter()
            .map(|(date, state)| {
                let when = match (single, outlook.starts) {
                    (true, Some(starts)) => moment_words(starts, words.lang),
                    _ => month_day(*date, words.lang),
                };
                let (state, why) = match state {
                    DateState::Free => ("", String::new()),
                    DateState::Taken(title) if title.is_empty() => ("taken-d", words.t("partner-slot-held")),
                    DateState::Taken(title) => ("taken-d", words.a("partner-slot-in-use", "title", title)),
                    DateState::Skipped(name) => ("skip-d", words.a("partner-day-skipped", "name", name)),
                };
                DateLine {
                    words: when,
                    state,
                    why,
                }
            })
            .collect()
    }
}
