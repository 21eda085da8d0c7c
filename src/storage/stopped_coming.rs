//! Who came to which sessions that were held, in order of time: what one sees of it who has stopped coming.

use std::collections::{BTreeMap, HashMap, HashSet};

use entities::{absence, attendance, enrolment, session};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{CommunityId, ProgrammeId, ResidentId};
use crate::domain::stopped_coming::Turn;

/// The turns of somebody in a programme, from their first visit on.
#[derive(Clone, Debug)]
pub struct Turns {
    /// Who.
    pub resident: ResidentId,
    /// In which programme.
    pub programme: ProgrammeId,
    /// When each began, and what it was to them.
    pub turns: Vec<(Timestamp, Turn)>,
}

/// The turns of everybody who came to a programme at least `least` times from `from` until before `to`. Sessions that were not held are not
/// among them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn turns(
    db: &impl Connection,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
    least: usize,
) -> Result<Vec<Turns>> {
    let held: Vec<(Uuid, Uuid, sea_orm::prelude::DateTimeUtc)> = session::Entity::find()
        .select_only()
        .columns([
            session::Column::Id,
            session::Column::ProgrammeId,
            session::Column::StartsAt,
        ])
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Status.eq("held"))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .order_by_asc(session::Column::StartsAt)
        .order_by_asc(session::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let ids: Vec<Uuid> = held.iter().map(|(id, ..)| *id).collect();
    let mut came: HashSet<(Uuid, Uuid)> = HashSet::new();
    let mut left: HashSet<(Uuid, Uuid)> = HashSet::new();
    for ids in ids.chunks(500) {
        let pairs: Vec<(Uuid, Option<Uuid>)> = attendance::Entity::find()
            .select_only()
            .columns([attendance::Column::SessionId, attendance::Column::ResidentId])
            .filter(attendance::Column::CommunityId.eq(community.0))
            .filter(attendance::Column::SessionId.is_in(ids.iter().copied()))
            .filter(attendance::Column::ResidentId.is_not_null())
            .filter(attendance::Column::WithdrawnAt.is_null())
            .into_tuple()
            .all(db)
            .await?;
        came.extend(
            pairs
                .into_iter()
                .filter_map(|(session, resident)| Some((session, resident?))),
        );
        let asked: Vec<(Uuid, Uuid)> = enrolment::Entity::find()
            .select_only()
            .columns([enrolment::Column::SessionId, enrolment::Column::ResidentId])
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::SessionId.is_in(ids.iter().copied()))
            .filter(enrolment::Column::Status.eq("leave"))
            .into_tuple()
            .all(db)
            .await?;
        left.extend(asked);
        let noted: Vec<(Uuid, Uuid)> = absence::Entity::find()
            .select_only()
            .columns([absence::Column::SessionId, absence::Column::ResidentId])
            .filter(absence::Column::CommunityId.eq(community.0))
            .filter(absence::Column::SessionId.is_in(ids.iter().copied()))
            .filter(absence::Column::Reason.eq("leave"))
            .filter(absence::Column::WithdrawnAt.is_null())
            .into_tuple()
            .all(db)
            .await?;
        left.extend(noted);
    }
    let mut by_programme: BTreeMap<Uuid, Vec<(Uuid, Timestamp)>> = BTreeMap::new();
    for (id, programme, starts_at) in held {
        by_programme
            .entry(programme)
            .or_default()
            .push((id, from_db(starts_at)));
    }
    let mut visitors: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for (session, resident) in &came {
        visitors.entry(*session).or_default().insert(*resident);
    }
    let mut all = Vec::new();
    for (programme, sessions) in by_programme {
        let mut counts: BTreeMap<Uuid, usize> = BTreeMap::new();
        for resident in sessions.iter().filter_map(|(id, _)| visitors.get(id)).flatten() {
            *counts.entry(*resident).or_default() += 1;
        }
        for (resident, _) in counts.into_iter().filter(|(_, count)| *count >= least) {
            let turns = sessions
                .iter()
                .skip_while(|(id, _)| !came.contains(&(*id, resident)))
                .map(|(id, starts_at)| {
                    let turn = if came.contains(&(*id, resident)) {
                        Turn::Came
                    } else if left.contains(&(*id, resident)) {
                        Turn::Leave
                    } else {
                        Turn::Missed
                    };
                    (*starts_at, turn)
                })
                .collect();
            all.push(Turns {
                resident: resident.into(),
                programme: programme.into(),
                turns,
            });
        }
    }
    Ok(all)
}
