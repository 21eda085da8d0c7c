//! Who worked at sessions.

use entities::{crew, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::report::Span;
use super::{Connection, Result, to_db};
use crate::domain::crew::Crew;
use crate::domain::id::{AccountId, CommunityId, CrewId, SessionId};

fn of_row(row: &crew::Model) -> Crew {
    Crew {
        staff: row.staff,
        speakers: row.speakers,
        volunteers: row.volunteers,
        volunteer_minutes: row.volunteer_minutes,
    }
}

async fn row_of(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Option<crew::Model>> {
    Ok(crew::Entity::find()
        .filter(crew::Column::CommunityId.eq(community.0))
        .filter(crew::Column::SessionId.eq(session.0))
        .one(conn)
        .await?)
}

/// The crew of a session, when somebody typed it.
pub async fn find(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Option<Crew>> {
    Ok(row_of(conn, community, session).await?.as_ref().map(of_row))
}

/// Stores the crew of a session, in the place of what was typed before; `id` is for a first one. The session is locked.
pub async fn put(
    txn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    id: CrewId,
    crew: Crew,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    let known = row_of(txn, community, session).await?;
    let is_new = known.is_none();
    let mut row = known.map_or_else(
        || crew::ActiveModel {
            community_id: Set(community.0),
            id: Set(id.0),
            session_id: Set(session.0),
            ..Default::default()
        },
        IntoActiveModel::into_active_model,
    );
    row.staff = Set(crew.staff);
    row.speakers = Set(crew.speakers);
    row.volunteers = Set(crew.volunteers);
    row.volunteer_minutes = Set(crew.volunteer_minutes);
    row.recorded_at = Set(to_db(now));
    row.recorded_by = Set(by.map(|account| account.0));
    if is_new {
        crew::Entity::insert(row).exec_without_returning(txn).await?;
    } else {
        row.update(txn).await?;
    }
    Ok(())
}

/// The crews of all sessions that start in the span and were not cancelled.
pub async fn in_span(
    conn: &impl Connection,
    community: CommunityId,
    (from, to): Span,
) -> Result<Vec<(SessionId, Crew)>> {
    let rows = crew::Entity::find()
        .inner_join(session::Entity)
        .filter(crew::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.ne("cancelled"))
        .all(conn)
        .await?;
    Ok(rows.iter().map(|row| (row.session_id.into(), of_row(row))).collect())
}
