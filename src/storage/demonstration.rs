//! Bulk rows for the demonstration: what hundreds of people left behind over weeks, stored in a few statements. The use cases of everyday work
//! store such rows one by one, with their counters.

use entities::{attendance, enrolment, feedback, household_visit, need};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{Connection, Result, to_db};
use crate::domain::id::{CommunityId, GridId, ResidentId, SessionId};

/// Rows per statement: below SQLite's limit of variables.
const CHUNK: usize = 500;

/// Somebody signed up.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// Id of the row.
    pub id: Uuid,
    /// For which session.
    pub session: SessionId,
    /// Who.
    pub resident: ResidentId,
    /// Whether they wait for a seat.
    pub waits: bool,
    /// When.
    pub at: Timestamp,
}

/// Stores enrolments.
///
/// # Errors
/// [`super::Error`].
pub async fn enrol(conn: &impl Connection, community: CommunityId, rows: &[SignedUp]) -> Result<()> {
    for rows in rows.chunks(CHUNK) {
        let rows = rows.iter().map(|row| enrolment::ActiveModel {
            community_id: Set(community.0),
            id: Set(row.id),
            session_id: Set(row.session.0),
            resident_id: Set(row.resident.0),
            status: Set(if row.waits { "waitlisted" } else { "enrolled" }.to_owned()),
            source: Set("self".to_owned()),
            signed_up_by: Set(String::new()),
            manage_hash: Set(None),
            together_id: Set(None),
            hold_until: Set(None),
            offer_hash: Set(None),
            queued_at: Set(to_db(row.at)),
            created_at: Set(to_db(row.at)),
            updated_at: Set(to_db(row.at)),
        });
        enrolment::Entity::insert_many(rows)
            .exec_without_returning(conn)
            .await?;
    }
    Ok(())
}

/// Somebody came, or some who were not named did.
#[derive(Clone, Debug)]
pub struct Came {
    /// Id of the row.
    pub id: Uuid,
    /// At which session.
    pub session: SessionId,
    /// When that session starts.
    pub session_starts_at: Timestamp,
    /// Who; none for heads.
    pub resident: Option<ResidentId>,
    /// Heads.
    pub heads: i32,
    /// When.
    pub at: Timestamp,
}

/// Stores attendance.
///
/// # Errors
/// [`super::Error`].
pub async fn attend(conn: &impl Connection, community: CommunityId, rows: &[Came]) -> Result<()> {
    for rows in rows.chunks(CHUNK) {
        let rows = rows.iter().map(|row| attendance::ActiveModel {
            community_id: Set(community.0),
            id: Set(row.id),
            session_id: Set(row.session.0),
            resident_id: Set(row.resident.map(Uuid::from)),
            session_starts_at: Set(to_db(row.session_starts_at)),
            headcount: Set(row.heads),
            recorded_at: Set(to_db(row.at)),
            recorded_by: Set(None),
            withdrawn_at: Set(None),
        });
        attendance::Entity::insert_many(rows)
            .exec_without_returning(conn)
            .await?;
    }
    Ok(())
}

/// Answers on a session: very satisfied, satisfied, fair, dissatisfied.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Id of the row.
    pub id: Uuid,
    /// On which session.
    pub session: SessionId,
    /// The answers.
    pub answers: [i32; 4],
    /// When.
    pub at: Timestamp,
}

/// Stores feedback.
///
/// # Errors
/// [`super::Error`].
pub async fn answer(conn: &impl Connection, community: CommunityId, rows: &[Answered]) -> Result<()> {
    for rows in rows.chunks(CHUNK) {
        let rows = rows.iter().map(|row| feedback::ActiveModel {
            community_id: Set(community.0),
            id: Set(row.id),
            session_id: Set(row.session.0),
            very_satisfied: Set(row.answers[0]),
            satisfied: Set(row.answers[1]),
            fair: Set(row.answers[2]),
            dissatisfied: Set(row.answers[3]),
            source: Set("paper".to_owned()),
            recorded_at: Set(to_db(row.at)),
            recorded_by: Set(None),
        });
        feedback::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// A household visited, with the need heard there.
#[derive(Clone, Debug)]
pub struct Visited {
    /// Id of the row.
    pub id: Uuid,
    /// On which service day.
    pub session: SessionId,
    /// Grid.
    pub grid: GridId,
    /// Building and door.
    pub household: String,
    /// When.
    pub at: Timestamp,
    /// The need heard there.
    pub need: Option<Heard>,
}

/// A need heard at a door.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Id of the row.
    pub id: Uuid,
    /// The need, in one line.
    pub text: String,
    /// When and how it was resolved.
    pub resolved: Option<(Timestamp, String)>,
}

/// Stores visits and needs.
///
/// # Errors
/// [`super::Error`].
pub async fn visit(conn: &impl Connection, community: CommunityId, rows: &[Visited]) -> Result<()> {
    for rows in rows.chunks(CHUNK) {
        let visits = rows.iter().map(|row| household_visit::ActiveModel {
            community_id: Set(community.0),
            id: Set(row.id),
            session_id: Set(Some(row.session.0)),
            grid_id: Set(Some(row.grid.0)),
            household: Set(row.household.clone()),
            visited_at: Set(to_db(row.at)),
            recorded_by: Set(None),
            nobody_home: Set(false),
            visitors: Set(String::new()),
            outcome: Set(String::new()),
        });
        household_visit::Entity::insert_many(visits)
            .exec_without_returning(conn)
            .await?;
        let needs: Vec<need::ActiveModel> = rows
            .iter()
            .filter_map(|row| row.need.as_ref().map(|need| (row, need)))
            .map(|(row, Heard { id, text, resolved })| need::ActiveModel {
                community_id: Set(community.0),
                id: Set(*id),
                session_id: Set(Some(row.session.0)),
                visit_id: Set(Some(row.id)),
                text: Set(text.clone()),
                recorded_at: Set(to_db(row.at)),
                resolved_at: Set(resolved.as_ref().map(|(at, _)| to_db(*at))),
                outcome: Set(resolved.as_ref().map(|(_, how)| how.clone()).unwrap_or_default()),
                recorded_by: Set(None),
                resolved_by: Set(None),
            })
            .collect();
        if !needs.is_empty() {
            need::Entity::insert_many(needs).exec_without_returning(conn).await?;
        }
    }
    Ok(())
}
