//! What is stored about one resident beside their own row: sign-ups, visits, messages.

use entities::{attendance, delivery, enrolment, notification, programme, session};
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, ResidentId, SessionId};
use crate::storage::convert::read;
use crate::storage::{Connection, Result, from_db};

/// A session somebody came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which.
    pub session: SessionId,
    /// Title of its programme.
    pub title: String,
    /// The same in English; may be empty.
    pub title_en: String,
    /// Start.
    pub starts_at: Timestamp,
}

/// A session somebody signed up for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    /// Which, and when it begins.
    pub visit: Visit,
    /// How it stands.
    pub status: EnrolmentStatus,
    /// Who signed them up: `self`, `family`, `phone`, `counter`, `staff`.
    pub source: String,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
}

/// A message to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it was about.
    pub event: String,
    /// `email` or `call`.
    pub channel: String,
    /// How it stands.
    pub status: String,
    /// When it was due.
    pub due_at: Timestamp,
    /// Subject as sent; may be empty.
    pub subject: String,
    /// Text as sent; may be empty.
    pub body: String,
}

/// How often somebody came, to any session at all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn visit_count(db: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<u64> {
    Ok(attendance::Entity::find()
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::ResidentId.eq(resident.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .count(db)
        .await?)
}

/// When somebody came for the first time.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_visit(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
) -> Result<Option<Timestamp>> {
    let at: Option<DateTimeUtc> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::SessionStartsAt)
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::ResidentId.eq(resident.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .order_by_asc(attendance::Column::SessionStartsAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(at.map(from_db))
}

/// The sessions somebody came to, latest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn visits(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    most: u64,
) -> Result<Vec<Visit>> {
    let ids: Vec<Uuid> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::SessionId)
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::ResidentId.eq(resident.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .order_by_desc(attendance::Column::SessionStartsAt)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    sessions(db, community, &ids).await
}

async fn sessions(db: &impl Connection, community: CommunityId, ids: &[Uuid]) -> Result<Vec<Visit>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let rows = session::Entity::find()
            .find_also_related(programme::Entity)
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(session, programme)| {
            let (title, title_en) = programme.map(|one| (one.title, one.title_en)).unwrap_or_default();
            Visit {
                session: session.id.into(),
                title,
                title_en,
                starts_at: from_db(session.starts_at),
            }
        }));
    }
    found.sort_by_key(|visit| std::cmp::Reverse((visit.starts_at, visit.session)));
    Ok(found)
}

/// The sessions somebody signed up for, latest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_ups(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    most: u64,
) -> Result<Vec<SignUp>> {
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.eq(resident.0))
        .order_by_desc(enrolment::Column::CreatedAt)
        .limit(most)
        .all(db)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.session_id).collect();
    let mut signed_up = Vec::with_capacity(rows.len());
    for visit in sessions(db, community, &ids).await? {
        if let Some(row) = rows.iter().find(|row| row.session_id == visit.session.0) {
            signed_up.push(SignUp {
                visit,
                status: read("enrolment", "status", row.id, &row.status)?,
                source: row.source.clone(),
                signed_up_by: row.signed_up_by.clone(),
            });
        }
    }
    Ok(signed_up)
}

/// The messages to somebody, latest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn messages(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    most: u64,
) -> Result<Vec<Message>> {
    let rows = delivery::Entity::find()
        .find_also_related(notification::Entity)
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::ResidentId.eq(resident.0))
        .order_by_desc(delivery::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(row, notification)| Message {
            event: notification.map(|one| one.event).unwrap_or_default(),
            channel: row.channel,
            status: row.status,
            due_at: from_db(row.due_at),
            subject: row.subject,
            body: row.body,
        })
        .collect())
}
