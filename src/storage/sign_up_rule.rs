//! The rules of signing up: of a programme, of a series, of a single session. The nearest holds.

use std::collections::HashMap;

use entities::{community, sign_up_rule};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Connection, Error, Result, to_db};
use crate::domain::enrolment::{Rules, Terms};
use crate::domain::id::{CommunityId, ProgrammeId, SeriesId, SessionId};

/// What rules hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RulesOf {
    /// All sessions of a programme.
    Programme(ProgrammeId),
    /// All sessions of a series.
    Series(SeriesId),
    /// One session.
    Session(SessionId),
}

impl RulesOf {
    /// The id that its row has.
    pub fn id(self) -> Uuid {
        match self {
            RulesOf::Programme(id) => id.0,
            RulesOf::Series(id) => id.0,
            RulesOf::Session(id) => id.0,
        }
    }

    /// Its name in tables and JSON.
    pub fn level(self) -> &'static str {
        match self {
            RulesOf::Programme(_) => "programme",
            RulesOf::Series(_) => "series",
            RulesOf::Session(_) => "session",
        }
    }
}

fn rules_of(row: &sign_up_rule::Model) -> Result<Rules> {
    serde_json::from_str(&row.body).map_err(|_| Error::Inconsistent {
        table: "sign_up_rule",
        column: "body",
        id: row.id.to_string(),
        value: row.body.chars().take(200).collect(),
    })
}

/// The rules that stand under these ids.
///
/// # Errors
/// [`Error`].
pub async fn find_all(db: &impl Connection, community: CommunityId, ids: &[Uuid]) -> Result<HashMap<Uuid, Rules>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(500) {
        let rows = sign_up_rule::Entity::find()
            .filter(sign_up_rule::Column::CommunityId.eq(community.0))
            .filter(sign_up_rule::Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            found.insert(row.id, rules_of(&row)?);
        }
    }
    Ok(found)
}

/// The rules of exactly this; none where what is above it holds.
///
/// # Errors
/// [`Error`].
pub async fn find(db: &impl Connection, community: CommunityId, of: RulesOf) -> Result<Option<Rules>> {
    let row = sign_up_rule::Entity::find_by_id((community.0, of.id())).one(db).await?;
    row.as_ref().map(rules_of).transpose()
}

/// The rules as they hold for one session: its own, else those of its series, else those of its programme, else the usual ones.
///
/// # Errors
/// [`Error`].
pub async fn terms(
    db: &impl Connection,
    home: CommunityId,
    programme: ProgrammeId,
    series: SeriesId,
    session: SessionId,
    starts_at: Timestamp,
) -> Result<Terms> {
    let mut found = find_all(db, home, &[programme.0, series.0, session.0]).await?;
    let nearest = [session.0, series.0, programme.0]
        .into_iter()
        .find_map(|id| found.remove(&id));
    let Some(rules) = nearest else {
        return Ok(Terms::usual(starts_at));
    };
    let zone: Option<String> = community::Entity::find_by_id(home.0)
        .select_only()
        .column(community::Column::Zone)
        .into_tuple()
        .one(db)
        .await?;
    let zone = zone.unwrap_or_default();
    let zone = TimeZone::get(&zone).map_err(|_| Error::Inconsistent {
        table: "community",
        column: "zone",
        id: home.to_string(),
        value: zone,
    })?;
    Ok(rules.terms(starts_at, &zone))
}

/// Stores the rules of this, in place of those it had.
///
/// # Errors
/// [`Error`].
pub async fn set(
    db: &impl Connection,
    community: CommunityId,
    of: RulesOf,
    rules: &Rules,
    now: Timestamp,
) -> Result<()> {
    let row = sign_up_rule::ActiveModel {
        community_id: Set(community.0),
        id: Set(of.id()),
        level: Set(of.level().to_owned()),
        body: Set(serde_json::to_string(rules).expect("numbers and names are always JSON")),
        updated_at: Set(to_db(now)),
    };
    let mut over = OnConflict::columns([sign_up_rule::Column::CommunityId, sign_up_rule::Column::Id]);
    over.update_columns([sign_up_rule::Column::Body, sign_up_rule::Column::UpdatedAt]);
    sign_up_rule::Entity::insert(row)
        .on_conflict(over)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes the rules of this away: what is above it holds again.
///
/// # Errors
/// [`Error`].
pub async fn clear(db: &impl Connection, community: CommunityId, of: RulesOf) -> Result<()> {
    sign_up_rule::Entity::delete_by_id((community.0, of.id()))
        .exec(db)
        .await?;
    Ok(())
}
