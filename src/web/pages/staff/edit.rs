//! Changing a session: asking what a change would do, and doing it.
//!
//! Saving takes two steps, with or without scripts: a form that comes without a current answer to "what would happen" is
//! answered with it, and only the form that carries that answer back is saved.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;

use super::StaffPage;
use super::change_form::EditForm;
use super::clashes::Clashes;
use super::consequences::Consequences;
use super::form::Wrong;
use super::meanwhile::Meanwhile;
use super::panel::Panel;
use super::week::{Place, draw};
use crate::domain::calendar::IsoWeek;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::day_words;
use crate::domain::id::SessionId;
use crate::domain::planning::OnCaution;
use crate::domain::planning::edit::Scope;
use crate::services::schedule::SessionView;
use crate::services::session::{self, EditOutcome, Target};
use crate::services::wording::Words;
use crate::services::{Context, Error, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

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
