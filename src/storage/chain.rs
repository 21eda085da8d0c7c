//! Lines of chat lists that were taken over, and the people such lines may mean.

use entities::{chain_line, resident};
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::convert::read;
use super::resident::{Stored, to_domain};
use super::{Connection, Result, to_db};
use crate::domain::chain::Outcome;
use crate::domain::id::{ChainLineId, CommunityId, EnrolmentId, ResidentId, SessionId};

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Keyed hash of the line.
    pub hash: Vec<u8>,
    /// What became of it.
    pub outcome: Outcome,
    /// The enrolment it led to or ended.
    pub enrolment: Option<EnrolmentId>,
    /// How many come along without having been named.
    pub unnamed: i32,
}

/// The lines that were taken over into a session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn taken(db: &impl Connection, community: CommunityId, session: SessionId, limit: u64) -> Result<Vec<Taken>> {
    let rows = chain_line::Entity::find()
        .filter(chain_line::Column::CommunityId.eq(community.0))
        .filter(chain_line::Column::SessionId.eq(session.0))
        .order_by_asc(chain_line::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Taken {
                outcome: read("chain_line", "outcome", row.id, &row.outcome)?,
                hash: row.line_hash,
                enrolment: row.enrolment_id.map(Into::into),
                unnamed: row.unnamed,
            })
        })
        .collect()
}

/// Remembers what became of a line; what was remembered of it before is replaced.
///
/// # Errors
/// When the database cannot be asked.
pub async fn remember(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    id: ChainLineId,
    taken: &Taken,
    now: Timestamp,
) -> Result<()> {
    let row = chain_line::ActiveModel {
        community_id: Set(community.0),
        id: Set(id.0),
        session_id: Set(session.0),
        line_hash: Set(taken.hash.clone()),
        outcome: Set(taken.outcome.to_string()),
        enrolment_id: Set(taken.enrolment.map(|id| id.0)),
        unnamed: Set(taken.unnamed),
        created_at: Set(to_db(now)),
    };
    let known = OnConflict::columns([
        chain_line::Column::CommunityId,
        chain_line::Column::SessionId,
        chain_line::Column::LineHash,
    ])
    .update_columns([
        chain_line::Column::Outcome,
        chain_line::Column::EnrolmentId,
        chain_line::Column::Unnamed,
    ])
    .to_owned();
    chain_line::Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Whom lines may mean.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// People of these names.
    pub names: Vec<String>,
    /// People with these family names of whom a building is known.
    pub families: Vec<char>,
    /// People reached at the numbers with these blind indexes.
    pub phones: Vec<Vec<u8>>,
    /// People whose last four digits have these blind indexes.
    pub tails: Vec<Vec<u8>>,
}

/// Somebody a line may mean, with the blind indexes of the number they are reached at.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub stored: Stored,
    /// Index of the number.
    pub phone: Option<Vec<u8>>,
    /// Index of its last four digits.
    pub tail: Option<Vec<u8>>,
}

/// The people that lines may mean, in the order they were entered.
///
/// # Errors
/// When the database cannot be asked.
pub async fn people(db: &impl Connection, community: CommunityId, wanted: &Wanted, limit: u64) -> Result<Vec<Known>> {
    let mut any = Condition::any();
    if !wanted.names.is_empty() {
        any = any.add(resident::Column::Name.is_in(wanted.names.iter().cloned()));
    }
    if !wanted.phones.is_empty() {
        any = any.add(resident::Column::PhoneIndex.is_in(wanted.phones.iter().cloned()));
    }
    if !wanted.tails.is_empty() {
        any = any.add(resident::Column::PhoneTailIndex.is_in(wanted.tails.iter().cloned()));
    }
    for family in &wanted.families {
        any = any.add(
            Condition::all()
                .add(resident::Column::Name.starts_with(family.to_string()))
                .add(resident::Column::Building.ne("")),
        );
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let rows = resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(any)
        .order_by_asc(resident::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Known {
                phone: row.phone_index.clone(),
                tail: row.phone_tail_index.clone(),
                stored: to_domain(row)?,
            })
        })
        .collect()
}

/// Notes where somebody lives who was entered in this transaction.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note_building(db: &impl Connection, community: CommunityId, id: ResidentId, building: &str) -> Result<()> {
    resident::Entity::update_many()
        .set(resident::ActiveModel {
            building: Set(building.to_owned()),
            ..Default::default()
        })
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
