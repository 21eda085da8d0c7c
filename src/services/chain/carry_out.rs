//! A list that was looked through is taken over: who gives up first, then who joins, in the order of the list, then who waits. All of it
//! or nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::{MOST_REMEMBERED, hashes, read};
use crate::domain::access::{Action, Actor, may};
use crate::domain::chain::{Item, Outcome, Wish};
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::text::{PersonName, Phone, Purpose, TextError};
use crate::services::desk::give_up;
use crate::services::enrolment::{Place, lock, take_place};
use crate::services::resident::{self, Identity, field_error};
use crate::services::{Context, Error, FieldError, Result, audit, retry};
use crate::storage::chain::Taken;
use crate::storage::{self, Txn};

/// Whom a line means, as chosen.
#[derive(Clone, Debug, Default)]
pub enum Whom {
    /// Nobody chose.
    #[default]
    Undecided,
    /// Somebody known.
    Known(ResidentId),
    /// Somebody new, as typed.
    New {
        /// Name.
        name: String,
        /// Number; may be empty.
        phone: String,
    },
    /// Left out.
    Skip,
}

/// What was chosen for a line.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    /// Whom it means.
    pub whom: Whom,
    /// Names of those who come along, as typed; those without a name hold no seat.
    pub companions: Vec<String>,
}

/// What became of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Has a seat.
    Enrolled,
    /// Waits; so many are before them.
    Waits(i32),
    /// Was in it or waited before.
    Already,
    /// Gave it up.
    Cancelled,
    /// Had nothing to give up.
    NothingToCancel,
    /// Was left out.
    Skipped,
    /// The same line was taken over before.
    Before,
}

/// What became of a line, or of somebody who comes along.
#[derive(Clone, Debug)]
pub struct DoneRow {
    /// The line; none for one that was in the list before and is not any more.
    pub line: Option<usize>,
    /// Who.
    pub name: PersonName,
    /// What became of them.
    pub what: What,
    /// Whether they were entered as a new resident.
    pub new: bool,
}

/// What taking a list over came to.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// In the order of the list.
    pub rows: Vec<DoneRow>,
    /// How many come along without a name: they hold no seat.
    pub unnamed: usize,
}

impl Done {
    /// How many rows came to this.
    pub fn count(&self, fits: impl Fn(&DoneRow) -> bool) -> usize {
        self.rows.iter().filter(|row| fits(row)).count()
    }
}

/// Somebody to be taken over, read.
#[derive(Clone)]
enum Target {
    Known(ResidentId),
    New(Identity),
    Skip,
}

/// A line to be taken over, read.
#[derive(Clone)]
struct Line {
    item: Item,
    hash: Vec<u8>,
    target: Target,
    companions: Vec<PersonName>,
}

/// Takes a list over as it was chosen: `picks` has an entry for each line of the list that was read, by its place in it. Lines that were taken
/// over before are left as they are, whatever was chosen for them. `gone` are enrolments to be given up because they stand in the list no
/// more.
///
/// # Errors
/// [`Error::Invalid`] with every line nobody decided about, and everything typed that cannot be accepted; [`Error::State`] when the session
/// is off, has begun or too many wait; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    text: &str,
    picks: &HashMap<usize, Pick>,
    gone: &[EnrolmentId],
) -> Result<Done> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let chain = read(text)?;
    let hashes = hashes(ctx, community, session, &chain.items);
    let before = before(ctx.db.reader(), community, session).await?;
    let lines = read_picks(chain.items, hashes, picks, &before)?;
    retry::write(ctx, || {
        let run = Run {
            ctx: ctx.clone(),
            now,
            community,
            session,
        };
        let (actor, lines, gone) = (actor.clone(), lines.clone(), gone.to_vec());
        async move |txn: &Txn| run.all(txn, &actor, lines, &gone).await
    })
    .await
}

async fn before(
    db: &impl storage::Connection,
    community: CommunityId,
    session: SessionId,
) -> Result<HashMap<Vec<u8>, Outcome>> {
    let taken = storage::chain::taken(db, community, session, MOST_REMEMBERED).await?;
    Ok(taken.into_iter().map(|one| (one.hash, one.outcome)).collect())
}

/// Reads what was chosen and typed for each line; all that is wrong is told at once.
fn read_picks(
    items: Vec<Item>,
    hashes: Vec<Vec<u8>>,
    picks: &HashMap<usize, Pick>,
    before: &HashMap<Vec<u8>, Outcome>,
) -> Result<Vec<Line>> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut lines = Vec::with_capacity(items.len());
    for (at, (item, hash)) in items.into_iter().zip(hashes).enumerate() {
        let taken = before.get(&hash).is_some_and(|outcome| *outcome != Outcome::Skipped);
        let pick = picks.get(&at).cloned().unwrap_or_default();
        let line = item.line;
        let target = match pick.whom {
            _ if taken => Target::Skip,
            Whom::Skip => Target::Skip,
            Whom::Known(id) => Target::Known(id),
            Whom::Undecided => {
                wrong.push(FieldError::new(format!("who-{at}"), "chain-choose", item.said.clone()).with("line", line));
                Target::Skip
            }
            Whom::New { name, phone } => {
                let name = PersonName::parse(&name).map_err(|error| {
                    wrong.push(field_error(&format!("name-{at}"), error, &name).with("line", line));
                });
                let phone = match Phone::parse(&phone) {
                    Ok(phone) => Some(phone),
                    Err(TextError::PhoneEmpty) => None,
                    Err(error) => {
                        wrong.push(field_error(&format!("phone-{at}"), error, &phone).with("line", line));
                        None
                    }
                };
                name.map_or(Target::Skip, |name| {
                    Target::New(Identity {
                        name,
                        phone,
                        family: None,
                    })
                })
            }
        };
        let mut companions = Vec::new();
        for typed in pick.companions.iter().take(usize::from(item.heads) - 1) {
            match PersonName::parse(typed) {
                Ok(name) => companions.push(name),
                Err(TextError::NameEmpty) => {}
                Err(error) => wrong.push(field_error(&format!("more-{at}"), error, typed).with("line", line)),
            }
        }
        lines.push(Line {
            item,
            hash,
            target,
            companions,
        });
    }
    if wrong.is_empty() {
        Ok(lines)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// One taking over.
struct Run {
    ctx: Context,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
}

impl Run {
    async fn all(&self, txn: &Txn, actor: &Actor, lines: Vec<Line>, gone: &[EnrolmentId]) -> Result<Done> {
        // Whoever pastes the same list at the same time waits here, and then finds every line taken.
        lock(txn, self.community, self.session).await?.open(self.now)?;
        let before = before(txn, self.community, self.session).await?;
        let mut done = Done::default();
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|at| match lines[*at].item.wish {
            Wish::Cancel => 0,
            Wish::Join => 1,
            Wish::Wait => 2,
        });
        for id in gone {
            self.drop_gone(txn, *id, &mut done).await?;
        }
        let mut rows: Vec<Vec<DoneRow>> = vec![Vec::new(); lines.len()];
        for at in order {
            let line = &lines[at];
            let taken = before
                .get(&line.hash)
                .is_some_and(|outcome| *outcome != Outcome::Skipped);
            if taken {
                rows[at].push(row(line, written(line), What::Before, false));
                continue;
            }
            let (enrolment, outcome) = match (&line.target, line.item.wish) {
                (Target::Skip, _) => {
                    rows[at].push(row(line, written(line), What::Skipped, false));
                    (None, Outcome::Skipped)
                }
                (target, Wish::Cancel) => (self.cancel(txn, line, target, &mut rows[at]).await?, Outcome::Cancelled),
                (target, Wish::Join | Wish::Wait) => (
                    self.join(txn, line, target.clone(), &mut rows[at]).await?,
                    Outcome::Joined,
                ),
            };
            let unnamed = match outcome {
                Outcome::Joined => usize::from(line.item.heads) - 1 - line.companions.len(),
                Outcome::Cancelled | Outcome::Skipped => 0,
            };
            done.unnamed += unnamed;
            let taken = Taken {
                hash: line.hash.clone(),
                outcome,
                enrolment,
                unnamed: i32::try_from(unnamed).unwrap_or(i32::MAX),
            };
            let id = self.ctx.new_id(self.now);
            storage::chain::remember(txn, self.community, self.session, id, &taken, self.now).await?;
        }
        done.rows.extend(rows.into_iter().flatten());
        let counted = |what: fn(What) -> bool| done.count(|row| what(row.what));
        let detail = json!({
            "enrolled": counted(|what| what == What::Enrolled),
            "waiting": counted(|what| matches!(what, What::Waits(_))),
            "cancelled": counted(|what| what == What::Cancelled),
            "new": done.count(|row| row.new),
        });
        let subject = Some(self.session.0);
        audit::record(
            &self.ctx,
            txn,
            self.now,
            self.community,
            actor,
            "chain.import",
            subject,
            &detail,
        )
        .await?;
        Ok(done)
    }

    async fn drop_gone(&self, txn: &Txn, id: EnrolmentId, done: &mut Done) -> Result<()> {
        let one = storage::enrolment::find(txn, self.community, id)
            .await?
            .filter(|one| one.session_id == self.session)
            .ok_or_else(|| Error::not_found("enrolment", id))?;
        let name = self.name_of(txn, one.resident_id).await?;
        let what = if give_up(&self.ctx, txn, self.now, self.community, id).await? {
            What::Cancelled
        } else {
            What::NothingToCancel
        };
        done.rows.push(DoneRow {
            line: None,
            name,
            what,
            new: false,
        });
        Ok(())
    }

    async fn name_of(&self, txn: &Txn, id: ResidentId) -> Result<PersonName> {
        let known = storage::resident::find(txn, self.community, id).await?;
        Ok(known.ok_or_else(|| Error::not_found("resident", id))?.resident.name)
    }

    async fn cancel(
        &self,
        txn: &Txn,
        line: &Line,
        target: &Target,
        rows: &mut Vec<DoneRow>,
    ) -> Result<Option<EnrolmentId>> {
        let Target::Known(id) = target else {
            rows.push(row(line, written(line), What::NothingToCancel, false));
            return Ok(None);
        };
        let name = self.name_of(txn, *id).await?;
        let known = storage::enrolment::find_of(txn, self.community, self.session, *id).await?;
        let given_up = match &known {
            Some(one) => give_up(&self.ctx, txn, self.now, self.community, one.id).await?,
            None => false,
        };
        let what = if given_up {
            What::Cancelled
        } else {
            What::NothingToCancel
        };
        rows.push(row(line, name, what, false));
        Ok(known.map(|one| one.id))
    }

    /// Takes the places of a line: its own, and one for each who comes along with a name.
    async fn join(
        &self,
        txn: &Txn,
        line: &Line,
        target: Target,
        rows: &mut Vec<DoneRow>,
    ) -> Result<Option<EnrolmentId>> {
        let (first, resident) = self.take(txn, line, target, &line.item.by, rows).await?;
        if line.companions.is_empty() {
            return Ok(Some(first));
        }
        let stored = storage::resident::find(txn, self.community, resident)
            .await?
            .ok_or_else(|| Error::not_found("resident", resident))?;
        let main = resident::opened(&self.ctx, self.community, stored)?;
        for name in &line.companions {
            // They are reached where the one is who brings them.
            let companion = Identity {
                name: name.clone(),
                phone: None,
                family: main.reached_at().map(|phone| (main.name.clone(), phone.clone())),
            };
            let by = main.name.reveal(Purpose::Store);
            self.take(txn, line, Target::New(companion), by, rows).await?;
        }
        Ok(Some(first))
    }

    async fn take(
        &self,
        txn: &Txn,
        line: &Line,
        target: Target,
        by: &str,
        rows: &mut Vec<DoneRow>,
    ) -> Result<(EnrolmentId, ResidentId)> {
        let own = rows.is_empty();
        let resident = match target {
            Target::Known(id) => id,
            Target::New(who) => {
                resident::find_or_create(&self.ctx, txn, self.now, self.community, who, Source::Chain).await?
            }
            Target::Skip => return Err(Error::Internal("a line that is left out takes no place".to_owned())),
        };
        let stored = storage::resident::find(txn, self.community, resident)
            .await?
            .ok_or_else(|| Error::not_found("resident", resident))?;
        let new = stored.resident.created_at == self.now && stored.resident.source == Source::Chain;
        if own && new && !line.item.place.is_empty() && stored.resident.building.is_empty() {
            storage::chain::note_building(txn, self.community, resident, &line.item.place).await?;
        }
        let seats = lock(txn, self.community, self.session).await?;
        let place = Place {
            community: self.community,
            session: self.session,
            resident,
            source: Source::Chain,
            by: by.to_owned(),
            hash: None,
        };
        let enrolled = take_place(&self.ctx, txn, self.now, seats, place).await?;
        let what = match (enrolled.already, enrolled.status) {
            (true, _) => What::Already,
            (false, EnrolmentStatus::Waitlisted) => What::Waits(enrolled.ahead),
            (false, _) => What::Enrolled,
        };
        rows.push(row(line, stored.resident.name, what, new));
        Ok((enrolled.id, resident))
    }
}

fn row(line: &Line, name: PersonName, what: What, new: bool) -> DoneRow {
    DoneRow {
        line: Some(line.item.line),
        name,
        what,
        new,
    }
}

/// The name as it was written; the whole line when no name was read.
fn written(line: &Line) -> PersonName {
    let said = || PersonName::stored(line.item.said.chars().take(40).collect());
    line.item.name.clone().unwrap_or_else(said)
}
