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
use super::meanwhile::Meanwhile;
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
use crate::services::session::{self, EditOutcome, Target};
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
    /// That somebody else changed the session meanwhile, and nothing else.
    pub(super) fn only(words: Words, said: Vec<String>) -> Self {
        Self {
            shown: true,
            clashes: said,
            clash_title: words.t("board-meanwhile-title"),
            ..Self::default()
        }
    }

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
    pub(super) meanwhile: Option<Meanwhile>,
    pub(super) undo: Option<Undo>,
}

/// The way back from what was just done.
pub struct Undo {
    /// The form that leads back; none to take back a cancellation.
    pub(super) form: Option<EditForm>,
    /// The answer to "what would happen" that goes with it.
    pub(super) seen: String,
    /// Who would be told.
    pub(super) label: String,
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
        // A card was dragged on a board that was older than what somebody else did meanwhile.
        let meanwhile = Meanwhile::of(ctx, page, session, &form).await?;
        let form = if meanwhile.is_some() {
            form.looked_again(session)
        } else {
            form
        };
        let (wrong, consequences) = match ask(ctx, page, session, &form, true).await? {
            Ok((_, consequences)) => (Wrong::default(), consequences),
            Err(wrong) => (wrong, Consequences::default()),
        };
        let panel = Self::with(ctx, page, place, session, form, wrong, consequences).await?;
        Ok(Self { meanwhile, ..panel })
    }

    /// The panel of a session with the answer to a form that was not saved.
    async fn answered(ctx: &Context, page: &StaffPage, place: &Place, shown: Shown) -> Result<Self, Error> {
        let panel = Self::with(
            ctx,
            page,
            place,
            &shown.session,
            shown.form,
            shown.wrong,
            shown.consequences,
        )
        .await?;
        Ok(Self {
            meanwhile: shown.meanwhile,
            ..panel
        })
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
            meanwhile: None,
            undo: None,
        })
    }

    /// The same with the way back from what was just done, as long as there is one: `back` is how it stood before.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn with_way_back(
        mut self,
        ctx: &Context,
        page: &StaffPage,
        session: &SessionView,
        back: &str,
    ) -> Result<Self, Error> {
        let words = page.visitor.words;
        if back == "restore" && self.can_restore {
            self.undo = Some(Undo {
                form: None,
                seen: String::new(),
                label: way_back(
                    words,
                    usize::try_from(session.enrolled + session.waitlisted).unwrap_or(0),
                ),
            });
        } else if self.editable
            && let Some(form) = EditForm::of(session).put_back(back)
            && let Ok((outcome, consequences)) = ask(ctx, page, session, &form, true).await?
            && consequences.may_save
        {
            self.undo = Some(Undo {
                form: Some(form),
                seen: consequences.seen,
                label: way_back(words, outcome.people_to_tell),
            });
        }
        Ok(self)
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

fn way_back(words: Words, people: usize) -> String {
    if people == 0 {
        words.t("board-undo-nobody")
    } else {
        words.n("board-undo", people)
    }
}

/// How the session stands, when there is something to say.
pub(super) fn state(words: Words, session: &SessionView, past: bool, counted: bool) -> (String, &'static str) {
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
pub(super) async fn ask(
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
        Target::seen(session.id, form.seen_sequence()),
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
pub(super) fn place_of(week: &str, view: &str, day: jiff::civil::Date) -> Place {
    Place {
        week: week.parse().unwrap_or_else(|_| IsoWeek::containing(day)),
        by_venue: view == "venue",
        day,
        only: None,
    }
}

/// What became of a form: where to go on, or what is shown instead.
pub(super) enum Carried {
    /// It is saved.
    Saved {
        /// The day the session is on now.
        day: jiff::civil::Date,
        /// What the address of the next page says about it.
        done: String,
    },
    /// It is not.
    Shown(Box<Shown>),
}

/// A form that was not saved, and why.
pub(super) struct Shown {
    pub(super) session: SessionView,
    pub(super) form: EditForm,
    pub(super) wrong: Wrong,
    pub(super) consequences: Consequences,
    pub(super) meanwhile: Option<Meanwhile>,
    pub(super) status: StatusCode,
}

/// Saves what was typed when its consequences were seen; else says what they are. What somebody else did meanwhile is never overwritten
/// unseen.
pub(super) async fn carry(ctx: &Context, page: &StaffPage, id: SessionId, form: EditForm) -> Result<Carried, Error> {
    let session = schedule::session(ctx, page.community.id, id).await?;
    let form = form.taken();
    if form.is_stale(&session) {
        return Ok(Carried::Shown(Box::new(stale(ctx, page, session, form).await?)));
    }
    let previewed = ask(ctx, page, &session, &form, true).await;
    let saved = match &previewed {
        Ok(Ok((_, seen)))
            if form.step == "save"
                && seen.may_save
                && seen.seen == form.seen
                && seen.acceptance.answer() == OnCaution::Accept =>
        {
            Some(ask(ctx, page, &session, &form, false).await)
        }
        _ => None,
    };
    // Somebody else was faster, between our look and our saving.
    if let (Err(Error::ChangedMeanwhile(_)), _) | (_, Some(Err(Error::ChangedMeanwhile(_)))) = (&previewed, &saved) {
        let session = schedule::session(ctx, page.community.id, id).await?;
        return Ok(Carried::Shown(Box::new(stale(ctx, page, session, form).await?)));
    }
    let previewed = previewed?;
    let saved = saved.transpose()?;
    // What came in between the preview and the saving (somebody else took the room) is shown like any other clash.
    let (answer, status) = match (saved, form.step.as_str()) {
        (Some(Ok((outcome, _))), _) if outcome.clashes.is_empty() => {
            let after = outcome.changed.iter().find(|changed| changed.after.id == id);
            let zone = &page.community.zone;
            let day = after.map_or(session.starts.date(), |changed| {
                zone.to_datetime(changed.after.starts_at).date()
            });
            let told = outcome.people_to_tell;
            let mut done = format!("done=saved&told={told}");
            if can_go_back(&outcome) {
                let mut before = EditForm::of(&session);
                before.scope.clone_from(&form.scope);
                done.push_str("&back=");
                done.push_str(&before.as_back());
            }
            return Ok(Carried::Saved { day, done });
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
    Ok(Carried::Shown(Box::new(Shown {
        session,
        form,
        wrong,
        consequences,
        meanwhile: None,
        status,
    })))
}

/// A form against a session that somebody else changed: what they did, and what going on with the form would do.
async fn stale(ctx: &Context, page: &StaffPage, session: SessionView, form: EditForm) -> Result<Shown, Error> {
    let meanwhile = Meanwhile::of(ctx, page, &session, &form).await?;
    let form = form.looked_again(&session);
    let (wrong, consequences) = match ask(ctx, page, &session, &form, true).await? {
        Ok((_, consequences)) => (Wrong::default(), consequences),
        // That it is over, counted or called off says the panel.
        Err(wrong) if wrong.items.iter().all(|item| item.field.is_empty()) => {
            (Wrong::default(), Consequences::default())
        }
        Err(wrong) => (wrong, Consequences::default()),
    };
    Ok(Shown {
        session,
        form,
        wrong,
        consequences,
        meanwhile,
        status: StatusCode::CONFLICT,
    })
}

/// Whether the same form the other way round leads back: one session, or several that differed in nothing but their dates.
fn can_go_back(outcome: &EditOutcome) -> bool {
    let same = |a: &crate::domain::planning::edit::Changed, b: &crate::domain::planning::edit::Changed| {
        let lasts = |session: &crate::domain::planning::Session| session.ends_at.duration_since(session.starts_at);
        let shift =
            |of: &crate::domain::planning::edit::Changed| of.after.starts_at.duration_since(of.before.starts_at);
        a.before.venue_id == b.before.venue_id
            && a.before.facilitator_id == b.before.facilitator_id
            && a.before.capacity == b.before.capacity
            && lasts(&a.before) == lasts(&b.before)
            && shift(a) == shift(b)
    };
    outcome.changed.windows(2).all(|two| same(&two[0], &two[1]))
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
    let (week, view) = (form.week.clone(), form.view.clone());
    match carry(ctx, &page, id, form).await.for_visitor(v)? {
        Carried::Saved { day, done } => {
            let place = place_of(&week, &view, day);
            let to = place.around(day).href();
            Ok(Redirect::to(&format!("{to}&session={id}&{done}#panel")).into_response())
        }
        Carried::Shown(shown) => {
            let place = place_of(&week, &view, shown.session.starts.date());
            let status = shown.status;
            let panel = Panel::answered(ctx, &page, &place, *shown).await.for_visitor(v)?;
            draw(&web, &page, &place, Some(panel), status).await
        }
    }
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
    let meanwhile = Meanwhile::of(&web.ctx, &page, &session, &form).await.for_visitor(v)?;
    if let Some(meanwhile) = meanwhile {
        // The form on the page is older: its own button opens it anew with what somebody else did.
        let told = Consequences::only(v.words, vec![meanwhile.changed, meanwhile.kept]);
        return Ok((StatusCode::CONFLICT, render(&Fragment { v, c: &told })).into_response());
    }
    let consequences = preview_of(&web.ctx, &page, &session, &form).await.for_visitor(v)?;
    Ok(render(&Fragment { v, c: &consequences }))
}

/// What a form would do, or what is wrong with it, for the place under the form.
pub(super) async fn preview_of(
    ctx: &Context,
    page: &StaffPage,
    session: &SessionView,
    form: &EditForm,
) -> Result<Consequences, Error> {
    Ok(match ask(ctx, page, session, form, true).await? {
        Ok((_, consequences)) => consequences,
        Err(wrong) => Consequences {
            shown: true,
            clashes: wrong.items.into_iter().map(|item| item.message).collect(),
            clash_title: page.visitor.words.t("staff-clash-title"),
            ..Consequences::default()
        },
    })
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
    let place = place_of("", "", session.starts.date());
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
