//! The chosen session at the planner's side: what it is, a form to change it, and what the change would do.
//!
//! Saving takes two steps, with or without scripts: a form that comes without a current answer to "what would happen" is
//! answered with it, and only the form that carries that answer back is saved.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;

use super::StaffPage;
use super::acceptance::Acceptance;
use super::change_form::EditForm;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, choices};
use super::partner_bit::Beside;
use super::repeat;
use super::scopes::{self, Reach};
use super::week::{Place, draw};
use crate::domain::calendar::IsoWeek;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::id::{ProgrammeId, SeriesId, SessionId};
use crate::domain::planning::edit::{KeptBecause, Scope};
use crate::domain::planning::{OnCaution, SessionStatus};
use crate::services::schedule::SessionView;
use crate::services::session::{self, EditOutcome};
use crate::services::wording::Words;
use crate::services::{Context, Error, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What a change would do, in words.
#[derive(Clone, Debug, Default)]
pub struct Consequences {
    /// Whether anything was asked yet.
    pub shown: bool,
    /// What stands in the way.
    pub clashes: Vec<String>,
    /// Its heading.
    pub clash_title: String,
    /// Who will be told.
    pub told: String,
    /// What changes.
    pub changed: String,
    /// What stays, and why.
    pub kept: String,
    /// What the form carries back to show that this was seen.
    pub seen: String,
    /// Whether it can be saved.
    pub may_save: bool,
    /// The button that saves.
    pub save: String,
    /// What speaks against it.
    pub acceptance: Acceptance,
}

impl Consequences {
    fn of(words: Words, clashes: &Clashes, scope: Scope, outcome: &EditOutcome, accepted: &str) -> Self {
        let people = outcome.people_to_tell;
        let when = |session: &crate::domain::planning::Session| {
            moment_words(session.starts_at.to_zoned(clashes.zone.clone()).datetime(), words.lang)
        };
        let changed = match outcome.changed.as_slice() {
            [] => String::new(),
            [one] => words.a("staff-changed-one", "when", when(&one.after)),
            [first, .., last] => words.with(
                "staff-changed",
                [
                    ("n", outcome.changed.len().into()),
                    ("from", when(&first.after).into()),
                    ("to", when(&last.after).into()),
                ],
            ),
        };
        let moves = outcome
            .changed
            .iter()
            .any(crate::domain::planning::edit::Changed::is_move);
        let told = match (outcome.changed.is_empty(), moves, people) {
            (true, ..) => words.t("staff-told-unchanged"),
            (_, false, 0) => words.t("staff-told-quiet"),
            (.., 0) => words.t("staff-told-nobody"),
            (.., people) => words.n("staff-told", people),
        };
        let seen = format!("{scope}.{}.{people}", outcome.changed.len());
        Self {
            shown: true,
            clashes: outcome
                .clashes
                .iter()
                .map(|clash| clashes.words(words, clash))
                .collect(),
            clash_title: words.t("staff-clash-title"),
            told,
            changed,
            kept: kept(words, &outcome.kept),
            seen,
            acceptance: Acceptance::of(words, &outcome.cautions, accepted),
            may_save: outcome.clashes.is_empty() && !outcome.changed.is_empty(),
            save: if people == 0 {
                words.t("staff-save-nobody")
            } else {
                words.n("staff-save-tell", people)
            },
        }
    }
}

/// What stays as it is and why, in one line.
fn kept(words: Words, kept: &[(SessionId, KeptBecause)]) -> String {
    KeptBecause::ALL
        .iter()
        .filter_map(|because| {
            let count = kept.iter().filter(|(_, other)| other == because).count();
            (count > 0).then(|| {
                let why = words.t(&format!("staff-kept-{because}"));
                words.with("staff-kept", [("n", count.into()), ("why", why.into())])
            })
        })
        .collect::<Vec<_>>()
        .join(&words.t("staff-comma"))
}

/// The panel at the planner's side.
pub struct Panel {
    /// The session.
    pub session: SessionId,
    pub(super) id: SessionId,
    pub(super) programme: ProgrammeId,
    pub(super) series: SeriesId,
    pub(super) mark: String,
    pub(super) tone: &'static str,
    pub(super) title: String,
    pub(super) slogan: String,
    pub(super) close_href: String,
    pub(super) done: String,
    pub(super) state: String,
    pub(super) state_kind: &'static str,
    pub(super) editable: bool,
    pub(super) action: String,
    pub(super) preview_action: String,
    pub(super) week: String,
    pub(super) view: String,
    pub(super) form: EditForm,
    pub(super) wrong: Wrong,
    pub(super) venues: Vec<Choice>,
    pub(super) facilitators: Vec<Choice>,
    pub(super) rule: String,
    pub(super) repeats: bool,
    pub(super) scopes: Vec<Reach>,
    pub(super) consequences: Consequences,
    pub(super) can_check_in: bool,
    pub(super) can_cancel: bool,
    pub(super) can_restore: bool,
    pub(super) restore: String,
    pub(super) beside: Beside,
}

impl Panel {
    /// The panel of a session as it stands.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn fresh(ctx: &Context, page: &StaffPage, place: &Place, session: &SessionView) -> Result<Self, Error> {
        let form = EditForm::of(session);
        Self::with(
            ctx,
            page,
            place,
            session,
            form,
            Wrong::default(),
            Consequences::default(),
        )
        .await
    }

    /// The panel with a change typed in, and what it would do.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn previewed(
        ctx: &Context,
        page: &StaffPage,
        place: &Place,
        session: &SessionView,
        form: EditForm,
    ) -> Result<Self, Error> {
        let (wrong, consequences) = match ask(ctx, page, session, &form, true).await? {
            Ok((_, consequences)) => (Wrong::default(), consequences),
            Err(wrong) => (wrong, Consequences::default()),
        };
        Self::with(ctx, page, place, session, form, wrong, consequences).await
    }

    async fn with(
        ctx: &Context,
        page: &StaffPage,
        place: &Place,
        session: &SessionView,
        form: EditForm,
        wrong: Wrong,
        consequences: Consequences,
    ) -> Result<Self, Error> {
        let words = page.visitor.words;
        let now = ctx.now();
        let past = session.ends.timestamp() <= now;
        let counted = session.named + session.headcount > 0 || session.status == SessionStatus::Held;
        let cancelled = session.status == SessionStatus::Cancelled;
        let editable = !past && !counted && !cancelled;
        let venues = community::venues(ctx, page.community.id).await?;
        let facilitators = community::facilitators(ctx, page.community.id).await?;
        let reach = if editable && session.repeats {
            scopes::of_edit(ctx, page, session, &form.scope).await?
        } else {
            Vec::new()
        };
        let rule = if session.repeats {
            schedule::rule_words(ctx, page.community.id, session.series_id, words.lang).await?
        } else {
            String::new()
        };
        let (state, state_kind) = state(words, session, past, counted);
        let beside = Beside::of(ctx, page, session, editable).await?;
        let id = session.id;
        Ok(Self {
            beside,
            session: id,
            id,
            programme: session.programme.id,
            series: session.series_id,
            mark: session.venue.mark.clone(),
            tone: session.venue.tone.as_str(),
            title: words
                .pick(&session.programme.title, &session.programme.title_en)
                .to_owned(),
            slogan: session.topic.clone().unwrap_or_else(|| {
                words
                    .pick(&session.programme.slogan, &session.programme.slogan_en)
                    .to_owned()
            }),
            close_href: format!("{}#s-{id}", place.href()),
            done: String::new(),
            state,
            state_kind,
            editable,
            action: format!("/staff/sessions/{id}"),
            preview_action: format!("/staff/sessions/{id}/preview"),
            week: place.week.to_string(),
            view: if place.by_venue { "venue" } else { "day" }.to_owned(),
            venues: choices(
                venues
                    .iter()
                    .map(|venue| (venue.id.to_string(), words.pick(&venue.name, &venue.name_en).to_owned())),
                &form.venue,
            ),
            facilitators: choices(
                std::iter::once((String::new(), words.t("staff-f-nobody"))).chain(facilitators.iter().map(|person| {
                    (
                        person.id.to_string(),
                        words.pick(&person.name, &person.name_en).to_owned(),
                    )
                })),
                &form.facilitator,
            ),
            form,
            wrong,
            rule,
            repeats: session.repeats,
            scopes: reach,
            consequences,
            can_check_in: !cancelled,
            can_cancel: editable,
            can_restore: cancelled && !past,
            restore: if session.enrolled + session.waitlisted > 0 {
                words.n("staff-restore-tell", session.enrolled + session.waitlisted)
            } else {
                words.t("staff-restore")
            },
        })
    }

    /// The same with a word about what was just done.
    #[must_use]
    pub fn done(mut self, words: Words, done: &str, told: &str) -> Self {
        let told = repeat::whole_number(told).unwrap_or(0);
        self.done = match (done, told) {
            ("saved", 0) => words.t("staff-done-saved-nobody"),
            ("saved" | "cancelled" | "restored", told) => words.n(&format!("staff-done-{done}"), told),
            _ => String::new(),
        };
        self
    }
}

/// How the session stands, when there is something to say.
fn state(words: Words, session: &SessionView, past: bool, counted: bool) -> (String, &'static str) {
    let reason = session.reason.clone().unwrap_or_default();
    if session.status == SessionStatus::Cancelled {
        return (words.a("staff-panel-cancelled", "reason", reason), "bad");
    }
    if counted && past {
        return (words.n("staff-panel-held", session.named + session.headcount), "ok");
    }
    if past {
        return (words.t("staff-panel-past"), "info");
    }
    if counted {
        return (words.t("staff-panel-counted"), "info");
    }
    if let Some((from, _)) = &session.moved_from {
        let when = moment_words(from.datetime(), words.lang);
        return (words.aa("staff-panel-moved", "when", when, "reason", reason), "");
    }
    if session.status == SessionStatus::Provisional {
        return (words.t("staff-panel-provisional"), "info");
    }
    (String::new(), "info")
}

/// Asks what a typed change would do, or does it.
async fn ask(
    ctx: &Context,
    page: &StaffPage,
    session: &SessionView,
    form: &EditForm,
    dry_run: bool,
) -> Result<Result<(EditOutcome, Consequences), Wrong>, Error> {
    let words = page.visitor.words;
    let (scope, change) = match form.change(words, session) {
        Ok(change) => change,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let clashes = Clashes::load(ctx, &page.community).await?;
    let asked = session::edit(
        ctx,
        &page.visitor.actor,
        page.community.id,
        session.id,
        scope,
        change,
        dry_run,
    )
    .await;
    match asked {
        Ok(outcome) => {
            let consequences = Consequences::of(words, &clashes, scope, &outcome, &form.accept);
            Ok(Ok((outcome, consequences)))
        }
        Err(Error::Conflict(found)) => {
            let outcome = EditOutcome {
                clashes: found,
                ..EditOutcome::default()
            };
            let consequences = Consequences::of(words, &clashes, scope, &outcome, &form.accept);
            Ok(Ok((outcome, consequences)))
        }
        Err(error) => Wrong::of_error(words, error).map(Err),
    }
}

/// The planner behind a panel, as the form remembers it.
fn place_of(form: &EditForm, session: &SessionView) -> Place {
    let day = session.starts.date();
    Place {
        week: form.week.parse().unwrap_or_else(|_| IsoWeek::containing(day)),
        by_venue: form.view == "venue",
        day,
        only: None,
    }
}

/// `POST /staff/sessions/{id}`: shows what a change would do, or saves it when that was seen.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(form): Form<EditForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let ctx = &web.ctx;
    let session = schedule::session(ctx, page.community.id, id).await.for_visitor(v)?;
    let place = place_of(&form, &session);
    let previewed = ask(ctx, &page, &session, &form, true).await.for_visitor(v)?;
    let saved = match &previewed {
        Ok((_, seen))
            if form.step == "save"
                && seen.may_save
                && seen.seen == form.seen
                && seen.acceptance.answer() == OnCaution::Accept =>
        {
            Some(ask(ctx, &page, &session, &form, false).await.for_visitor(v)?)
        }
        _ => None,
    };
    // What came in between the preview and the saving (somebody else took the room) is shown like any other clash.
    let (answer, status) = match (saved, form.step.as_str()) {
        (Some(Ok((outcome, _))), _) if outcome.clashes.is_empty() => {
            let told = outcome.people_to_tell;
            let after = outcome
                .changed
                .iter()
                .find(|changed| changed.after.id == id)
                .map(|changed| changed.after.starts_at);
            let day = after.map_or(place.day, |at| at.to_zoned(page.community.zone.clone()).date());
            let to = place.around(day).href();
            return Ok(Redirect::to(&format!("{to}&session={id}&done=saved&told={told}#panel")).into_response());
        }
        (Some(answer), _) => (answer, StatusCode::CONFLICT),
        (None, "save") if previewed.as_ref().is_ok_and(|(_, seen)| !seen.clashes.is_empty()) => {
            (previewed, StatusCode::CONFLICT)
        }
        // Something speaks against it that nobody has accepted.
        (None, "save")
            if previewed
                .as_ref()
                .is_ok_and(|(_, seen)| seen.acceptance.answer() == OnCaution::Refuse) =>
        {
            (previewed, StatusCode::CONFLICT)
        }
        (None, "save") if previewed.is_err() => (previewed, StatusCode::UNPROCESSABLE_ENTITY),
        (None, _) => (previewed, StatusCode::OK),
    };
    let (wrong, consequences) = match answer {
        Ok((_, consequences)) => (Wrong::default(), consequences),
        Err(wrong) => (wrong, Consequences::default()),
    };
    let panel = Panel::with(ctx, &page, &place, &session, form, wrong, consequences)
        .await
        .for_visitor(v)?;
    draw(&web, &page, &place, Some(panel), status).await
}

#[derive(Template)]
#[template(path = "staff/consequences.html")]
struct Fragment<'a> {
    v: &'a Visitor,
    c: &'a Consequences,
}

/// `POST /staff/sessions/{id}/preview`: what a change would do, as a piece of a page.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(form): Form<EditForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let consequences = match ask(&web.ctx, &page, &session, &form, true).await.for_visitor(v)? {
        Ok((_, consequences)) => consequences,
        Err(wrong) => Consequences {
            shown: true,
            clashes: wrong.items.into_iter().map(|item| item.message).collect(),
            clash_title: v.words.t("staff-clash-title"),
            ..Consequences::default()
        },
    };
    Ok(render(&Fragment { v, c: &consequences }))
}

/// `POST /staff/sessions/{id}/restore`: a cancelled session is held after all.
pub async fn restore(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let outcome = session::restore(&web.ctx, &v.actor, page.community.id, id, Scope::This, false)
        .await
        .for_visitor(v)?;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let place = place_of(&EditForm::default(), &session);
    let told = outcome.people_to_tell;
    Ok(Redirect::to(&format!(
        "{}&session={id}&done=restored&told={told}#panel",
        place.href()
    ))
    .into_response())
}

/// A session's day and time in one line.
pub fn when(words: Words, session: &SessionView) -> String {
    format!(
        "{} {}",
        day_words(session.starts.date(), words.lang),
        time_range_short(session.starts.time(), session.ends.time(), words.lang)
    )
}
