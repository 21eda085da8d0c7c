//! A service day by households and needs: door after door in the evening, on a phone, on a bad network.
//!
//! A household stands once on a service day, however often and from however many phones it is recorded: what comes later is added to it. A door that
//! nobody opened is kept, so that somebody tries again, and does not count as visited until somebody was met there.

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, attendance, matter};
use crate::domain::access::{Action, Actor, may};
use crate::domain::household::{Household, NEEDS_MAX, OUTCOME_CHARS, SESSION_MAX, VISITORS_CHARS};
use crate::domain::id::{CommunityId, GridId, NeedId, SessionId, VisitId};
use crate::domain::need::{NEED_CHARS, Need};
use crate::domain::planning::ProgrammeKind;
use crate::storage::household::Visit;
use crate::storage::{self, Txn, household as rows, need};

pub use crate::storage::household::{Doors, Listed};
pub use crate::storage::need::Heard;

const NOUN: &str = "household_visit";
/// How many visits the whole list shows: all of a service day.
const LIST_MAX: u64 = SESSION_MAX;

/// A visit as it is typed or sent.
#[derive(Clone, Debug)]
pub struct NewVisit {
    /// Made by the device.
    pub client_id: VisitId,
    /// Grid; empty for none.
    pub grid: String,
    /// Building, as typed.
    pub building: String,
    /// Unit and door, as typed.
    pub door: String,
    /// Nobody opened.
    pub nobody_home: bool,
    /// Who went; may be empty.
    pub visitors: String,
    /// What came of it; may be empty.
    pub outcome: String,
    /// Needs heard: id, text, and how it was resolved on the spot (empty while open).
    pub needs: Vec<(NeedId, String, String)>,
}

/// What became of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The visit that stands for the household today.
    pub visit: VisitId,
    /// The household, in the one spelling.
    pub household: String,
    /// How it went.
    pub status: Status,
    /// How many needs were added.
    pub needs: usize,
}

/// How recording a visit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The household is new on this day.
    Created,
    /// It was there already: one household, and what is new was added to it.
    Joined,
    /// This very entry was there, or was undone: nothing changed.
    Duplicate,
}

impl Status {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Joined => "joined",
            Status::Duplicate => "duplicate",
        }
    }
}

/// What is written down, once it is known to be acceptable.
struct Checked {
    grid: Option<GridId>,
    household: Household,
    visitors: String,
    outcome: String,
    needs: Vec<(NeedId, String, String)>,
}

fn check(new: &NewVisit) -> Result<Checked> {
    let mut checks = Checks::new();
    let household = Household::parse(&new.building, &new.door);
    if let Err(wrong) = household {
        let sent = if wrong.field == "door" {
            &new.door
        } else {
            &new.building
        };
        let mut error = FieldError::new(wrong.field, wrong.error.code(), sent);
        if let Some((name, number)) = wrong.error.number() {
            error = error.with(name, number);
        }
        checks.add(error);
    }
    let grid = match new.grid.trim() {
        "" => None,
        id => {
            let id = id.parse::<GridId>().ok();
            checks.ensure(id.is_some(), "grid_id", "grid-unknown", &new.grid);
            id
        }
    };
    let visitors = checks.line("visitors", &new.visitors, VISITORS_CHARS);
    let outcome = checks.line("outcome", &new.outcome, OUTCOME_CHARS);
    if new.needs.len() > NEEDS_MAX {
        checks.add(FieldError::new("needs", "need-too-many", new.needs.len().to_string()).with("max", NEEDS_MAX));
    }
    checks.ensure(
        !new.nobody_home || new.needs.is_empty(),
        "nobody_home",
        "nobody-home-needs",
        "",
    );
    let needs = new
        .needs
        .iter()
        .take(NEEDS_MAX)
        .map(|(id, text, outcome)| {
            (
                *id,
                checks.required_line("needs", text, NEED_CHARS),
                checks.line("needs", outcome, NEED_CHARS),
            )
        })
        .collect();
    checks.finish()?;
    Ok(Checked {
        grid,
        // The error was noted above, and ended it.
        household: household.map_err(|wrong| Error::invalid(wrong.field, wrong.error.code(), ""))?,
        visitors,
        outcome,
        needs,
    })
}

/// Records a visit. Sending it again changes nothing; another visit to the same household on the same day is joined to it.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`], naming every wrong field; [`Error::State`] when the session is no service day, is
/// cancelled or more than a day away; [`Error::Storage`].
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    new: &NewVisit,
) -> Result<Recorded> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let by = actor.account();
    let checked = check(new)?;
    let (id, nobody_home) = (new.client_id, new.nobody_home);
    ctx.db
        .write(async move |txn: &Txn| -> Result<Recorded> {
            attendance::lock_open(txn, community, session, now).await?;
            if matter::programme_of(txn, community, session).await?.kind != ProgrammeKind::ServiceDay {
                return Err(Error::State {
                    code: "household-no-service-day",
                });
            }
            let Checked {
                grid,
                household,
                visitors,
                outcome,
                needs,
            } = checked;
            let household = household.as_str().to_owned();
            let as_it_was = |visit: VisitId, household: String| Recorded {
                visit,
                household,
                status: Status::Duplicate,
                needs: 0,
            };
            if storage::undone::has(txn, community, id.0).await? {
                return Ok(as_it_was(id, household));
            }
            match rows::find(txn, community, id).await? {
                Some(known) if known.session == Some(session) && known.household == household => {
                    return Ok(as_it_was(id, household));
                }
                Some(_) => return Err(Error::invalid("client_id", "client-id-reused", id.to_string())),
                None => {}
            }
            if let Some(grid) = grid {
                let grids = storage::community::grids(txn, community).await?;
                if grids.iter().all(|known| known.id != grid) {
                    return Err(Error::invalid("grid_id", "grid-unknown", grid.to_string()));
                }
            }
            let (visit, status) = match rows::find_on(txn, community, session, &household).await? {
                Some(known) => {
                    let joined = Visit {
                        grid: known.grid.or(grid),
                        nobody_home: known.nobody_home && nobody_home,
                        visitors: joined(&known.visitors, &visitors, VISITORS_CHARS),
                        outcome: joined(&known.outcome, &outcome, OUTCOME_CHARS),
                        ..known
                    };
                    rows::update(txn, community, &joined).await?;
                    (joined.id, Status::Joined)
                }
                None => {
                    if rows::count(txn, community, session).await? >= SESSION_MAX {
                        return Err(Error::Invalid(vec![
                            FieldError::new("building", "household-full", "").with("max", SESSION_MAX),
                        ]));
                    }
                    let visit = Visit {
                        id,
                        session: Some(session),
                        grid,
                        household: household.clone(),
                        nobody_home,
                        visitors,
                        outcome,
                        visited_at: now,
                    };
                    rows::insert(txn, community, &visit, by).await?;
                    (id, Status::Created)
                }
            };
            let added = add_needs(txn, community, session, visit, needs, by, now).await?;
            attendance::note_held(txn, community, session, now).await?;
            Ok(Recorded {
                visit,
                household,
                status,
                needs: added,
            })
        })
        .await
}

/// Two lines as one; what stands there already is not said twice, and what would be too long is left as it was.
fn joined(before: &str, added: &str, max: usize) -> String {
    if before.is_empty() {
        return added.to_owned();
    }
    let both = format!("{before}；{added}");
    if added.is_empty() || before.split('；').any(|part| part == added) || both.chars().count() > max {
        before.to_owned()
    } else {
        both
    }
}

async fn add_needs(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    visit: VisitId,
    needs: Vec<(NeedId, String, String)>,
    by: Option<crate::domain::id::AccountId>,
    now: jiff::Timestamp,
) -> Result<usize> {
    let ids: Vec<NeedId> = needs.iter().map(|(id, ..)| *id).collect();
    let plain: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let undone = storage::undone::among(txn, community, &plain).await?;
    let known = need::met(txn, community, &ids).await?;
    let mut fresh: Vec<Need> = Vec::with_capacity(needs.len());
    for (id, text, outcome) in needs {
        let again = known.iter().any(|need| need.id == id) || fresh.iter().any(|need| need.id == id);
        if again || undone.contains(&id.0) {
            continue;
        }
        fresh.push(Need {
            id,
            session: Some(session),
            visit: Some(visit),
            text,
            recorded_at: now,
            resolved_at: (!outcome.is_empty()).then_some(now),
            outcome,
        });
    }
    need::insert(txn, community, &fresh, by).await?;
    Ok(fresh.len())
}

/// Undoes a visit together with the needs heard there. Whether something changed: not when it was undone before.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], also when it belongs to another session; [`Error::Storage`].
pub async fn undo(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: VisitId,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let (now, by) = (ctx.now(), actor.account());
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            storage::attendance::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            let found = rows::find(txn, community, id).await?;
            if found.is_none_or(|visit| visit.session != Some(session)) {
                return if storage::undone::has(txn, community, id.0).await? {
                    Ok(false)
                } else {
                    Err(Error::not_found("visit", id))
                };
            }
            let needs: Vec<NeedId> = need::of_visit(txn, community, id)
                .await?
                .iter()
                .map(|need| need.id)
                .collect();
            let plain: Vec<uuid::Uuid> = needs.iter().map(|id| id.0).collect();
            need::delete(txn, community, &needs).await?;
            rows::delete(txn, community, id).await?;
            storage::undone::remember(txn, community, super::need::NOUN, &plain, by, now).await?;
            storage::undone::remember(txn, community, NOUN, &[id.0], by, now).await?;
            attendance::note_nothing_left(txn, community, session, now).await?;
            Ok(true)
        })
        .await
}

/// A service day as its page shows it.
#[derive(Clone, Debug)]
pub struct Day {
    /// Households met, and doors nobody opened.
    pub doors: Doors,
    /// Needs heard, and resolved by now.
    pub heard: Heard,
    /// The visits, latest first.
    pub visits: Vec<Listed>,
    /// The needs heard, open ones first.
    pub needs: Vec<Need>,
    /// The visit this account recorded last.
    pub last: Option<Visit>,
}

/// The households and needs of a session.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn day_of(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Day> {
    may(actor, Action::TakeAttendance, community)?;
    let conn = ctx.db.reader();
    let doors = rows::of_sessions(conn, community, &[session]).await?;
    let heard = need::of_sessions(conn, community, &[session]).await?;
    Ok(Day {
        doors: doors.get(&session).copied().unwrap_or_default(),
        heard: heard.get(&session).copied().unwrap_or_default(),
        visits: rows::of_session(conn, community, session, LIST_MAX).await?,
        needs: need::of_session(conn, community, session, LIST_MAX).await?,
        last: rows::last_by(conn, community, session, actor.account()).await?,
    })
}
