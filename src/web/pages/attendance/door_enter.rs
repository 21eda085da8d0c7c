//! What is sent from the list at the door: a tap on a row, a number of heads, answers typed from paper.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::door::{MONTH_LOCKED, Shown, draw, session_id};
use crate::domain::absence::Absence;
use crate::domain::attendance::{CheckIn, Counted, Refused, Verdict};
use crate::domain::id::{AbsenceId, AttendanceId, CommunityId, ResidentId, SessionId};
use crate::services::absence::{self, Noted};
use crate::services::attendance;
use crate::services::feedback::{self, FIELDS};
use crate::services::{Context, Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::staff::StaffPage;

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Tapped {
    /// A verb and what it needs, with colons between: see [`wish`].
    tap: Option<String>,
    /// With `heads`: the id of the new headcount.
    heads_id: Option<String>,
    /// The number of people without a name.
    heads: Option<String>,
    /// What was being searched for.
    q: Option<String>,
}

/// What a form asks for.
enum Wish {
    In(ResidentId, AttendanceId),
    Out(AttendanceId),
    More(AttendanceId),
    Fewer(AttendanceId),
    Set(AttendanceId, String),
    All(AttendanceId),
    Unall(AttendanceId),
    Why(Absence),
    Unwhy(AbsenceId),
}

/// `in:RESIDENT:ID`, `out:ID`, `more:ID`, `fewer:ID`, `none:ID`, `all:ACT`, `unall:ACT`, `why:RESIDENT:REASON:ID`, `unwhy:ID`; or the
/// number of heads.
fn wish(tapped: &Tapped) -> Option<Wish> {
    if let Some(tap) = &tapped.tap {
        let parts: Vec<&str> = tap.split(':').collect();
        return match parts.as_slice() {
            ["in", resident, id] => Some(Wish::In(resident.parse().ok()?, id.parse().ok()?)),
            ["out", id] => id.parse().ok().map(Wish::Out),
            ["more", id] => id.parse().ok().map(Wish::More),
            ["fewer", id] => id.parse().ok().map(Wish::Fewer),
            ["none", id] => Some(Wish::Set(id.parse().ok()?, "0".to_owned())),
            ["all", act] => act.parse().ok().map(Wish::All),
            ["unall", act] => act.parse().ok().map(Wish::Unall),
            ["why", resident, reason, id] => Some(Wish::Why(Absence {
                client_id: id.parse().ok()?,
                resident: resident.parse().ok()?,
                reason: reason.parse().ok()?,
            })),
            ["unwhy", id] => id.parse().ok().map(Wish::Unwhy),
            _ => None,
        };
    }
    let id = tapped.heads_id.as_ref()?.parse().ok()?;
    Some(Wish::Set(id, tapped.heads.clone().unwrap_or_default()))
}

/// What the page says after a form.
enum Done {
    Entry(AttendanceId),
    Marked(AttendanceId, usize),
    Quiet,
    Refused(String),
}

/// Takes a form of the page and leads back to it.
pub async fn enter(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = session_id(&id).for_visitor(v)?;
    let wish = wish(&tapped)
        .ok_or_else(|| Error::invalid("client_id", "entry-shape", ""))
        .for_visitor(v)?;
    let query = tapped.q.unwrap_or_default();
    let last = match carry_out(&web.ctx, v, page.community.id, id, wish).await {
        Ok(Done::Entry(last)) => format!("?last={last}"),
        Ok(Done::Marked(act, count)) => format!("?all={act}&n={count}"),
        Ok(Done::Quiet) => "?".to_owned(),
        Ok(Done::Refused(why)) => {
            let shown = Shown {
                query,
                errors: vec![why],
                ..Shown::default()
            };
            return draw(&web.ctx, &page, id, shown).await;
        }
        Err(Error::State { code }) if code == MONTH_LOCKED => {
            let shown = Shown {
                query,
                state: Some(code),
                ..Shown::default()
            };
            return draw(&web.ctx, &page, id, shown).await;
        }
        Err(other) => return Err(other).for_visitor(v),
    };
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("&q={}", encode(&query))
    };
    Ok(Redirect::to(&format!("/staff/sessions/{id}/check-in{last}{query}")).into_response())
}

async fn carry_out(
    ctx: &Context,
    v: &Visitor,
    home: CommunityId,
    session: SessionId,
    wish: Wish,
) -> Result<Done, Error> {
    let actor = &v.actor;
    let refused = |refused: Refused| Done::Refused(v.words.field_error(&FieldError::new("heads", refused.code(), "")));
    let one = async |client_id, counted| {
        let entry = CheckIn { client_id, counted };
        let verdicts = attendance::check_in(ctx, actor, home, session, vec![entry]).await?;
        Ok::<_, Error>(verdicts.first().copied().unwrap_or(Verdict::Created))
    };
    let (client_id, verdict) = match wish {
        Wish::Out(entry) => {
            attendance::withdraw(ctx, actor, home, session, entry).await?;
            return Ok(Done::Entry(entry));
        }
        Wish::All(act) => {
            let marked = attendance::mark_all(ctx, actor, home, session, act).await?;
            return Ok(Done::Marked(act, marked));
        }
        Wish::Unall(act) => {
            attendance::unmark_all(ctx, actor, home, session, act).await?;
            return Ok(Done::Quiet);
        }
        Wish::Why(entry) => {
            let noted = absence::record(ctx, actor, home, session, vec![entry]).await?;
            return Ok(match noted.first() {
                Some(Noted::Refused(code)) => {
                    Done::Refused(v.words.field_error(&FieldError::new("resident_id", code, "")))
                }
                _ => Done::Quiet,
            });
        }
        Wish::Unwhy(entry) => {
            absence::withdraw(ctx, actor, home, session, entry).await?;
            return Ok(Done::Quiet);
        }
        Wish::In(resident, client_id) => (client_id, one(client_id, Counted::Resident(resident)).await?),
        Wish::More(client_id) => (client_id, one(client_id, Counted::Heads(1)).await?),
        Wish::Fewer(client_id) => {
            let verdict = attendance::one_fewer(ctx, actor, home, session, client_id).await?;
            if verdict == Verdict::Refused(Refused::HeadcountRange) {
                // Nobody left to take off: the page shows 0, which is right.
                return Ok(Done::Entry(client_id));
            }
            (client_id, verdict)
        }
        Wish::Set(client_id, typed) => {
            let heads = crate::domain::text::line(&typed, 12)
                .ok()
                .and_then(|typed| typed.parse::<i32>().ok())
                .unwrap_or(-1);
            let verdict = attendance::set_headcount(ctx, actor, home, session, client_id, heads).await?;
            (client_id, verdict)
        }
    };
    Ok(match verdict {
        Verdict::Refused(why) => refused(why),
        Verdict::Duplicate { recorded_as } => Done::Entry(recorded_as),
        Verdict::Created => Done::Entry(client_id),
    })
}

/// The feedback form, as typed.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    client_id: Option<String>,
    #[serde(default)]
    very_satisfied: String,
    #[serde(default)]
    satisfied: String,
    #[serde(default)]
    fair: String,
    #[serde(default)]
    dissatisfied: String,
}

/// Records answers typed from paper and leads back to the page.
pub async fn record_feedback(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = session_id(&id).for_visitor(v)?;
    let client_id = typed
        .client_id
        .as_deref()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Error::invalid("client_id", "not-a-uuid", ""))
        .for_visitor(v)?;
    let answers = [typed.very_satisfied, typed.satisfied, typed.fair, typed.dissatisfied];
    let mut errors = Vec::new();
    let mut counts = [0; 4];
    for (n, (field, typed)) in FIELDS.into_iter().zip(&answers).enumerate() {
        match typed.trim() {
            "" => {}
            digits => match digits.parse() {
                Ok(count) => counts[n] = count,
                Err(_) => errors.push(FieldError::new(field, "not-a-number", digits)),
            },
        }
    }
    if errors.is_empty() {
        let entry = feedback::Entry {
            client_id,
            answers: counts,
        };
        match feedback::record(&web.ctx, &v.actor, page.community.id, id, entry).await {
            Ok(_) => return Ok(Redirect::to(&format!("/staff/sessions/{id}/check-in#h-feedback")).into_response()),
            Err(Error::Invalid(wrong)) => errors = wrong,
            Err(other) => return Err(other).for_visitor(v),
        }
    }
    let shown = Shown {
        answers,
        errors: errors.iter().map(|error| v.words.field_error(error)).collect(),
        ..Shown::default()
    };
    draw(&web.ctx, &page, id, shown).await
}
