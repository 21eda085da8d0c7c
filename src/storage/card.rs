//! Residents' paper cards.

use std::collections::HashMap;

use entities::{card, grid, resident};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, from_db, to_db};
use crate::domain::card::CardCode;
use crate::domain::id::{CardId, CommunityId, GridId, ResidentId};
use crate::domain::text::PersonName;

/// Rows of one statement: below what either database takes as parameters.
const ROWS: usize = 500;

/// A card that some code belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its code.
    pub code: CardCode,
    /// Whose.
    pub resident: ResidentId,
    /// Another one has taken its place.
    pub replaced: bool,
    /// When it was made.
    pub issued_at: Timestamp,
}

impl From<card::Model> for Card {
    fn from(row: card::Model) -> Self {
        Self {
            code: CardCode::stored(row.code),
            resident: row.resident_id.into(),
            replaced: row.replaced_at.is_some(),
            issued_at: from_db(row.issued_at),
        }
    }
}

/// The cards with these codes, valid or not.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, codes: &[CardCode]) -> Result<Vec<Card>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = card::Entity::find()
        .filter(card::Column::CommunityId.eq(community.0))
        .filter(card::Column::Code.is_in(codes.iter().map(CardCode::as_str)))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Card::from).collect())
}

/// All cards a resident ever had, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_resident(db: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<Vec<Card>> {
    let rows = card::Entity::find()
        .filter(card::Column::CommunityId.eq(community.0))
        .filter(card::Column::ResidentId.eq(resident.0))
        .order_by_desc(card::Column::IssuedAt)
        .order_by_desc(card::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Card::from).collect())
}

/// The valid codes of these residents.
///
/// # Errors
/// When the database cannot be asked.
pub async fn valid_of(
    db: &impl Connection,
    community: CommunityId,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, CardCode>> {
    let mut codes = HashMap::new();
    for some in residents.chunks(ROWS) {
        let rows = card::Entity::find()
            .filter(card::Column::CommunityId.eq(community.0))
            .filter(card::Column::ResidentId.is_in(some.iter().map(|id| id.0)))
            .filter(card::Column::ReplacedAt.is_null())
            .all(db)
            .await?;
        codes.extend(
            rows.into_iter()
                .map(|row| (row.resident_id.into(), CardCode::stored(row.code))),
        );
    }
    Ok(codes)
}

/// A card to be stored.
#[derive(Clone, Debug)]
pub struct NewCard {
    /// Its id.
    pub id: CardId,
    /// Whose.
    pub resident: ResidentId,
    /// Its code.
    pub code: CardCode,
}

/// Stores new cards.
///
/// # Errors
/// [`Error::Duplicate`](super::Error::Duplicate) when a resident has a valid card already or a code is taken.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &[NewCard], now: Timestamp) -> Result<()> {
    for some in new.chunks(ROWS) {
        let rows = some.iter().map(|new| card::ActiveModel {
            community_id: Set(community.0),
            id: Set(new.id.0),
            resident_id: Set(new.resident.0),
            code: Set(new.code.as_str().to_owned()),
            issued_at: Set(to_db(now)),
            replaced_at: Set(None),
        });
        card::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Makes a resident's card invalid.
///
/// # Errors
/// When the database cannot be asked.
pub async fn replace(db: &impl Connection, community: CommunityId, resident: ResidentId, now: Timestamp) -> Result<()> {
    card::Entity::update_many()
        .col_expr(card::Column::ReplacedAt, Expr::value(to_db(now)))
        .filter(card::Column::CommunityId.eq(community.0))
        .filter(card::Column::ResidentId.eq(resident.0))
        .filter(card::Column::ReplacedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Whose cards are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everybody.
    All,
    /// Of one grid.
    Grid(GridId),
    /// Whose building begins like this.
    Building(String),
    /// Who have no card.
    Missing,
    /// These.
    Residents(Vec<ResidentId>),
    /// Whose card was made at this moment: the cards of one act.
    IssuedAt(Timestamp),
}

/// A resident as they stand on a card.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub resident: ResidentId,
    /// Name, which prints itself masked.
    pub name: PersonName,
    /// Building and unit.
    pub building: String,
    /// Name of the grid; empty when of none.
    pub grid: String,
    /// The valid card's code; none when they have none.
    pub code: Option<CardCode>,
}

#[derive(FromQueryResult)]
struct StoredHolder {
    id: Uuid,
    name: String,
    building: String,
    grid_name: Option<String>,
    code: Option<String>,
}

/// The selected residents in the order cards are handed out, by building and name, from `skip` on and at most `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn holders(
    db: &impl Connection,
    community: CommunityId,
    selection: &Selection,
    skip: u64,
    limit: u64,
) -> Result<Vec<Holder>> {
    use sea_orm::sea_query::{Condition, ExprTrait as _, LikeExpr};
    use sea_orm::{JoinType, RelationDef, RelationTrait as _};

    // Only the card that is valid.
    let to_card: RelationDef = card::Relation::Resident
        .def()
        .rev()
        .on_condition(|_, right| Condition::all().add(Expr::col((right, card::Column::ReplacedAt)).is_null()));
    let mut query = resident::Entity::find()
        .left_join(grid::Entity)
        .join(JoinType::LeftJoin, to_card)
        .select_only()
        .columns([resident::Column::Id, resident::Column::Name, resident::Column::Building])
        .column_as(grid::Column::Name, "grid_name")
        .column_as(card::Column::Code, "code")
        .filter(resident::Column::CommunityId.eq(community.0))
        // Nobody whose name was erased gets a card.
        .filter(resident::Column::Name.ne(""));
    query = match selection {
        Selection::All => query,
        Selection::Grid(id) => query.filter(resident::Column::GridId.eq(id.0)),
        Selection::Building(begins) => {
            let plain = begins.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            query.filter(resident::Column::Building.like(LikeExpr::new(format!("{plain}%")).escape('\\')))
        }
        Selection::Missing => query.filter(card::Column::Id.is_null()),
        Selection::Residents(ids) => query.filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0))),
        Selection::IssuedAt(at) => query.filter(card::Column::IssuedAt.eq(to_db(*at))),
    };
    let rows = query
        .order_by_asc(resident::Column::Building)
        .order_by_asc(resident::Column::Initials)
        .order_by_asc(resident::Column::Id)
        .offset(skip)
        .limit(limit)
        .into_model::<StoredHolder>()
        .all(db)
        .await?;
    let holders = rows.into_iter().map(|row| Holder {
        resident: row.id.into(),
        name: PersonName::stored(row.name),
        building: row.building,
        grid: row.grid_name.unwrap_or_default(),
        code: row.code.map(CardCode::stored),
    });
    Ok(holders.collect())
}
