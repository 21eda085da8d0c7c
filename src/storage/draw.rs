//! Draws: the seed of a session, and the order that came of it.

use entities::{draw, session};
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::id::{CommunityId, EnrolmentId, SessionId};

/// How the seats of a session are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The seed, hexadecimal. Secret until the seats are drawn.
    pub seed: String,
    /// When they were drawn; none before.
    pub drawn_at: Option<Timestamp>,
    /// How many seats there were.
    pub seats: i32,
    /// Who took part, in the order they were drawn.
    pub lots: Vec<EnrolmentId>,
}

/// The draw of a session; none while nobody has signed up for it.
///
/// # Errors
/// [`Error`].
pub async fn find(db: &impl Connection, community: CommunityId, id: SessionId) -> Result<Option<Draw>> {
    let Some(row) = draw::Entity::find_by_id((community.0, id.0)).one(db).await? else {
        return Ok(None);
    };
    let lots: Vec<Uuid> = serde_json::from_str(&row.lots).map_err(|_| Error::Inconsistent {
        table: "draw",
        column: "lots",
        id: row.id.to_string(),
        value: row.lots.chars().take(200).collect(),
    })?;
    Ok(Some(Draw {
        seed: row.seed,
        drawn_at: row.drawn_at.map(from_db),
        seats: row.seats,
        lots: lots.into_iter().map(Into::into).collect(),
    }))
}

/// Stores the seed of a session, unless it has one.
///
/// # Errors
/// [`Error`].
pub async fn ensure(
    db: &impl Connection,
    community: CommunityId,
    id: SessionId,
    seed: &str,
    now: Timestamp,
) -> Result<()> {
    let row = draw::ActiveModel {
        community_id: Set(community.0),
        id: Set(id.0),
        seed: Set(seed.to_owned()),
        drawn_at: Set(None),
        seats: Set(0),
        lots: Set("[]".to_owned()),
        created_at: Set(to_db(now)),
    };
    let mut once = OnConflict::columns([draw::Column::CommunityId, draw::Column::Id]);
    once.do_nothing();
    draw::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stores what was drawn.
///
/// # Errors
/// [`Error`].
pub async fn set_drawn(db: &impl Connection, community: CommunityId, id: SessionId, drawn: &Draw) -> Result<()> {
    let lots: Vec<Uuid> = drawn.lots.iter().map(|id| id.0).collect();
    let row = draw::ActiveModel {
        drawn_at: Set(drawn.drawn_at.map(to_db)),
        seats: Set(drawn.seats),
        lots: Set(serde_json::to_string(&lots).expect("ids are always JSON")),
        ..Default::default()
    };
    draw::Entity::update_many()
        .set(row)
        .filter(draw::Column::CommunityId.eq(community.0))
        .filter(draw::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The coming sessions of all communities whose seats are still to be drawn, at most so many.
///
/// # Errors
/// [`Error`].
pub async fn pending(db: &impl Connection, now: Timestamp, limit: u64) -> Result<Vec<(CommunityId, SessionId)>> {
    let rows: Vec<(Uuid, Uuid)> = draw::Entity::find()
        .select_only()
        .column(draw::Column::CommunityId)
        .column(draw::Column::Id)
        .join(
            sea_orm::JoinType::InnerJoin,
            draw::Entity::belongs_to(session::Entity)
                .from((draw::Column::CommunityId, draw::Column::Id))
                .to((session::Column::CommunityId, session::Column::Id))
                .into(),
        )
        .filter(draw::Column::DrawnAt.is_null())
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(home, id)| (home.into(), id.into())).collect())
}
