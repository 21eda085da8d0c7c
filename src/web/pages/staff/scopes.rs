//! 只改这一次 / 这一次和以后的 / 全部: the three reaches of a change, each with the dates it means.

use super::StaffPage;
use crate::domain::calendar::format::{day_words, month_day};
use crate::domain::planning::ReasonCode;
use crate::domain::planning::edit::{KeptBecause, Scope};
use crate::services::schedule::SessionView;
use crate::services::{Context, Error, session};

/// One reach to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What is sent.
    pub value: &'static str,
    /// What people read.
    pub label: String,
    /// The dates it means.
    pub note: String,
    /// Whether it is chosen.
    pub on: bool,
}

/// The reaches of a change to a session, `chosen` being the one typed before.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_edit(ctx: &Context, page: &StaffPage, view: &SessionView, chosen: &str) -> Result<Vec<Reach>, Error> {
    let words = page.visitor.words;
    // Calling the whole series off, without doing it, names exactly the sessions that can still change.
    let all = session::cancel(
        ctx,
        &page.visitor.actor,
        page.community.id,
        view.id,
        Scope::All,
        ReasonCode::Other,
        None,
        true,
    )
    .await?;
    let following = all
        .changed
        .iter()
        .filter(|changed| changed.before.original_local >= view.original_local)
        .count();
    let past = all
        .kept
        .iter()
        .filter(|(_, because)| matches!(because, KeptBecause::Past | KeptBecause::Attended))
        .count();
    let day = view.starts.date();
    let note = |scope: Scope| match scope {
        Scope::This => day_words(day, words.lang),
        Scope::Following => words.with(
            "staff-scope-following-note",
            [("day", month_day(day, words.lang).into()), ("n", following.into())],
        ),
        Scope::All => words.with(
            "staff-scope-all-note",
            [("n", all.changed.len().into()), ("past", past.into())],
        ),
    };
    Ok(reaches(chosen, |scope| words.t(&format!("staff-scope-{scope}")), note))
}

/// The reaches of calling a session off, each with who would be told.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_cancel(
    ctx: &Context,
    page: &StaffPage,
    view: &SessionView,
    chosen: &str,
) -> Result<(Vec<Reach>, usize), Error> {
    let words = page.visitor.words;
    let mut notes = Vec::new();
    let mut told_of_this = 0;
    for scope in Scope::ALL {
        let outcome = session::cancel(
            ctx,
            &page.visitor.actor,
            page.community.id,
            view.id,
            *scope,
            ReasonCode::Other,
            None,
            true,
        )
        .await?;
        let people = outcome.people_to_tell;
        notes.push(if *scope == Scope::This {
            told_of_this = people;
            words.with(
                "staff-cancel-note-one",
                [
                    ("day", day_words(view.starts.date(), words.lang).into()),
                    ("n", people.into()),
                ],
            )
        } else {
            words.with(
                "staff-cancel-note",
                [("sessions", outcome.changed.len().into()), ("n", people.into())],
            )
        });
        if !view.repeats {
            break;
        }
    }
    let note = |scope: Scope| {
        let at = Scope::ALL.iter().position(|other| *other == scope).unwrap_or(0);
        notes.get(at).cloned().unwrap_or_default()
    };
    let reaches = reaches(chosen, |scope| words.t(&format!("staff-cancel-scope-{scope}")), note);
    Ok((reaches, told_of_this))
}

fn reaches(chosen: &str, label: impl Fn(Scope) -> String, note: impl Fn(Scope) -> String) -> Vec<Reach> {
    let chosen = chosen.parse().unwrap_or(Scope::This);
    Scope::ALL
        .iter()
        .map(|scope| Reach {
            value: scope.as_str(),
            label: label(*scope),
            note: note(*scope),
            on: *scope == chosen,
        })
        .collect()
}
