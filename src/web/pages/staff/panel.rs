//! The chosen session at the planner's side: what it is, and a form to change it.

use super::StaffPage;
use super::change_form::EditForm;
use super::consequences::Consequences;
use super::edit::{Shown, ask};
use super::form::{Choice, Wrong, choices};
use super::meanwhile::Meanwhile;
use super::partner_bit::Beside;
use super::repeat;
use super::scopes::{self, Reach};
use super::told::numbers;
use super::week::Place;
use crate::domain::calendar::format::moment_words;
use crate::domain::id::{ProgrammeId, SeriesId, SessionId};
use crate::domain::planning::{SessionStatus, SignUpMode};
use crate::services::notification::tally;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, community, schedule};

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
    pub(super) can_enrol: bool,
    pub(super) can_cancel: bool,
    pub(super) can_restore: bool,
    pub(super) restore: String,
    pub(super) beside: Beside,
    pub(super) meanwhile: Option<Meanwhile>,
    pub(super) undo: Option<Undo>,
    /// How many people know of what changed, in words; empty when nobody has to be told.
    pub(super) told: String,
    /// Whether somebody does not know yet.
    pub(super) untold: bool,
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
    pub(super) async fn answered(ctx: &Context, page: &StaffPage, place: &Place, shown: Shown) -> Result<Self, Error> {
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
        let reach = async {
            if editable && session.repeats {
                scopes::of_edit(ctx, page, session, &form.scope).await
            } else {
                Ok(Vec::new())
            }
        };
        let rule = async {
            if session.repeats {
                schedule::rule_words(ctx, page.community.id, session.series_id, words.lang).await
            } else {
                Ok(String::new())
            }
        };
        let told = tally::of_sessions(
            ctx,
            &page.visitor.actor,
            page.community.id,
            std::slice::from_ref(&session.id),
        );
        let (venues, facilitators, reach, rule, beside, told) = tokio::try_join!(
            community::venues(ctx, page.community.id),
            community::facilitators(ctx, page.community.id),
            reach,
            rule,
            Beside::of(ctx, page, session, editable),
            told,
        )?;
        let told = told.get(&session.id).copied().unwrap_or_default();
        let (state, state_kind) = state(words, session, past, counted);
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
            can_enrol: editable && session.programme.sign_up != SignUpMode::None,
            can_cancel: editable,
            can_restore: cancelled && !past,
            restore: if session.enrolled + session.waitlisted > 0 {
                words.n("staff-restore-tell", session.enrolled + session.waitlisted)
            } else {
                words.t("staff-restore")
            },
            meanwhile: None,
            undo: None,
            told: numbers(words, told),
            untold: told.not_told() > 0,
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
