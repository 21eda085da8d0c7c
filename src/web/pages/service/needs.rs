//! The needs of a session: the line to note one, the open ones with a line for their outcome, the resolved ones with the way back. The same on the page
//! of a help desk and of a service day, whose own form takes them.

use std::collections::HashMap;

use crate::domain::id::{NeedId, SessionId, VisitId};
use crate::domain::need::Need;
use crate::services::need::{self, NewNeed};
use crate::services::{Context, Error, FieldError};
use crate::web::pages::staff::StaffPage;

/// How many resolved needs are listed.
const RESOLVED: usize = 30;

/// One need.
pub(super) struct NeedRow {
    pub id: NeedId,
    pub text: String,
    /// Where it was heard, and when; or how it was resolved.
    pub note: String,
    /// What was typed as its outcome and refused.
    pub typed: String,
}

/// What was typed about needs and could not be kept.
#[derive(Default)]
pub(super) struct Typed {
    pub text: String,
    pub outcome: String,
    /// The need whose outcome was refused, and the outcome.
    pub resolving: Option<(String, String)>,
}

/// The part of the page.
pub(super) struct NeedsPart {
    pub note_id: NeedId,
    pub typed: Typed,
    pub open: Vec<NeedRow>,
    pub done: Vec<NeedRow>,
    pub done_count: usize,
}

impl NeedsPart {
    pub(super) fn of(
        ctx: &Context,
        page: &StaffPage,
        needs: &[Need],
        households: &HashMap<VisitId, String>,
        typed: Typed,
    ) -> Self {
        let words = page.visitor.words;
        let comma = words.t("service-comma");
        let clock = |at: jiff::Timestamp| at.to_zoned(page.community.zone.clone()).strftime("%-H:%M").to_string();
        let row = |need: &Need| {
            let mut note: Vec<String> = need
                .visit
                .and_then(|visit| households.get(&visit).cloned())
                .into_iter()
                .collect();
            if need.is_open() {
                note.push(clock(need.recorded_at));
            } else {
                if need.is_on_the_spot() {
                    note.push(words.t("need-on-spot"));
                }
                note.push(need.outcome.clone());
            }
            NeedRow {
                id: need.id,
                text: need.text.clone(),
                note: note.join(&comma),
                typed: match &typed.resolving {
                    Some((id, outcome)) if *id == need.id.to_string() => outcome.clone(),
                    _ => String::new(),
                },
            }
        };
        let (open, done): (Vec<&Need>, Vec<&Need>) = needs.iter().partition(|need| need.is_open());
        Self {
            note_id: ctx.new_id(ctx.now()),
            open: open.into_iter().map(row).collect(),
            done: done.iter().take(RESOLVED).map(|need| row(need)).collect(),
            done_count: done.len(),
            typed,
        }
    }
}

/// What became of a form, as far as needs go.
pub(super) enum Act {
    /// It says nothing about needs.
    Other,
    /// It was done.
    Done,
    /// What is wrong with it, and what was typed.
    Refused(Vec<FieldError>, Typed),
}

/// Does what a form says about needs, when it does: `need:ID`, `resolve:ID`, `reopen:ID` or `drop:ID`.
///
/// # Errors
/// Any error but [`Error::Invalid`], which comes back as [`Act::Refused`] with what was typed, so that it is not lost.
pub(super) async fn act(
    ctx: &Context,
    page: &StaffPage,
    session: SessionId,
    tap: &str,
    text: &str,
    outcome: &str,
) -> Result<Act, Error> {
    let (actor, home) = (&page.visitor.actor, page.community.id);
    let Some((verb, id)) = tap.split_once(':') else {
        return Ok(Act::Other);
    };
    if !["need", "resolve", "reopen", "drop"].contains(&verb) {
        return Ok(Act::Other);
    }
    let need_id: NeedId = id.parse().map_err(|_| Error::invalid("client_id", "not-a-uuid", id))?;
    let done = match verb {
        "need" => {
            let new = NewNeed {
                client_id: need_id,
                text: text.to_owned(),
                outcome: outcome.to_owned(),
            };
            need::note(ctx, actor, home, session, &new).await
        }
        "resolve" => need::resolve(ctx, actor, home, need_id, outcome).await,
        "reopen" => need::reopen(ctx, actor, home, need_id).await,
        _ => need::undo(ctx, actor, home, need_id).await,
    };
    let typed = || Typed {
        text: if verb == "need" { text.to_owned() } else { String::new() },
        outcome: if verb == "need" {
            outcome.to_owned()
        } else {
            String::new()
        },
        resolving: (verb == "resolve").then(|| (id.to_owned(), outcome.to_owned())),
    };
    match done {
        Ok(_) => Ok(Act::Done),
        Err(Error::Invalid(wrong)) => Ok(Act::Refused(wrong, typed())),
        Err(other) => Err(other),
    }
}
