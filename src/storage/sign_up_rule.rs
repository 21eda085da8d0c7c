//! The rules of signing up: of a programme, of a series, of a single session. The nearest holds.

use std::collections::{HashMap, HashSet};

use entities::{community, session, sign_up_rule};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Connection, Error, Result, to_db};
use crate::domain::enrolment::{Rules, Terms};
use crate::domain::id::{CommunityId, ProgrammeId, SeriesId, SessionId};
use crate::domain::planning::Session;

/// Up to so many sessions are asked about by their ids.
const FEW: usize = 20;

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
    const PROGRAMME: &str = "programme";
    const SERIES: &str = "series";
    const SESSION: &str = "session";

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
            RulesOf::Programme(_) => Self::PROGRAMME,
            RulesOf::Series(_) => Self::SERIES,
            RulesOf::Session(_) => Self::SESSION,
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

/// The rules that these sessions, their series and their programmes have of their own, by the ids that have them.
///
/// # Errors
/// [`Error`].
pub async fn of_sessions(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[Session],
) -> Result<HashMap<Uuid, Rules>> {
    let wanted: HashSet<Uuid> = sessions
        .iter()
        .flat_map(|session| [session.id.0, session.series_id.0, session.programme_id.0])
        .collect();
    let starts = || sessions.iter().map(|session| session.starts_at);
    let (Some(first), Some(last)) = (starts().min(), starts().max()) else {
        return Ok(HashMap::new());
    };
    if sessions.len() <= FEW {
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        return find_all(db, community, &wanted).await;
    }
    // Few things have rules of their own: to go through these is less than to name a thousand ids.
    let there = Query::select()
        .expr(Expr::value(1))
        .from(session::Entity)
        .and_where(
            Expr::col((session::Entity, session::Column::CommunityId))
                .equals((sign_up_rule::Entity, sign_up_rule::Column::CommunityId)),
        )
        .and_where(
            Expr::col((session::Entity, session::Column::Id)).equals((sign_up_rule::Entity, sign_up_rule::Column::Id)),
        )
        .and_where(Expr::col(session::Column::StartsAt).between(to_db(first), to_db(last)))
        .to_owned();
    let above = [RulesOf::PROGRAMME, RulesOf::SERIES];
    let rows = sign_up_rule::Entity::find()
        .filter(sign_up_rule::Column::CommunityId.eq(community.0))
        .filter(
            Condition::any()
                .add(sign_up_rule::Column::Level.is_in(above))
                .add(Expr::exists(there)),
        )
        .all(db)
        .await?;
    rows.iter()
        .filter(|row| wanted.contains(&row.id))
        .map(|row| Ok((row.id, rules_of(row)?)))
        .collect()
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
