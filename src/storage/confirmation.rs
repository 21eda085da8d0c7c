//! Questions to partners whether they come, and their answers.

use entities::{confirmation, delivery, partner, programme, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::convert::read;
use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::confirmation::{Answer, Answered, Confirmation};
use crate::domain::id::{AccountId, CommunityId, ConfirmationId, NotificationId, PartnerId, SessionId};
use crate::domain::notification::Status;

fn to_domain(row: confirmation::Model) -> Result<Confirmation> {
    let answered = match (&row.answer, row.answered_at) {
        (Some(answer), Some(at)) => Some(Answered {
            answer: read("confirmation", "answer", row.id, answer)?,
            via: read(
                "confirmation",
                "answered_via",
                row.id,
                row.answered_via.as_deref().unwrap_or_default(),
            )?,
            at: from_db(at),
            by: row.answered_by.map(Into::into),
            words: row.words.clone(),
            substitute: row.substitute.clone(),
        }),
        _ => None,
    };
    Ok(Confirmation {
        id: row.id.into(),
        session_id: row.session_id.into(),
        partner_id: row.partner_id.into(),
        starts_at: from_db(row.starts_at),
        asked_at: from_db(row.asked_at),
        answered,
        handled_at: row.handled_at.map(from_db),
    })
}

/// Stores a question unless this start of the session was asked about before; returns the one that stands.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ensure(
    db: &impl Connection,
    community: CommunityId,
    new: &Confirmation,
    token_hash: Vec<u8>,
    by: Option<AccountId>,
) -> Result<Confirmation> {
    let row = confirmation::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        session_id: Set(new.session_id.0),
        partner_id: Set(new.partner_id.0),
        starts_at: Set(to_db(new.starts_at)),
        token_hash: Set(token_hash),
        asked_at: Set(to_db(new.asked_at)),
        asked_by: Set(by.map(Into::into)),
        answered_at: Set(None),
        answer: Set(None),
        answered_via: Set(None),
        answered_by: Set(None),
        words: Set(String::new()),
        substitute: Set(String::new()),
        handled_at: Set(None),
        handled_by: Set(None),
    };
    confirmation::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                confirmation::Column::CommunityId,
                confirmation::Column::SessionId,
                confirmation::Column::StartsAt,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    let stored = confirmation::Entity::find()
        .filter(confirmation::Column::CommunityId.eq(community.0))
        .filter(confirmation::Column::SessionId.eq(new.session_id.0))
        .filter(confirmation::Column::StartsAt.eq(to_db(new.starts_at)))
        .one(db)
        .await?;
    stored
        .map(to_domain)
        .transpose()?
        .ok_or_else(|| Error::Lost(format!("the question about session {} was not stored", new.session_id)))
}

/// The question with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: ConfirmationId) -> Result<Option<Confirmation>> {
    let row = confirmation::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(to_domain).transpose()
}

/// The same, locked until the transaction ends: of two who answer at once, the second sees the first one's answer.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_locked(
    db: &impl Connection,
    community: CommunityId,
    id: ConfirmationId,
) -> Result<Option<Confirmation>> {
    let row = confirmation::Entity::find_by_id((community.0, id.0))
        .lock(LockType::Update)
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The question whose link carries the token with this hash, and its community: a link says neither.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_token(db: &impl Connection, hash: &[u8]) -> Result<Option<(CommunityId, Confirmation)>> {
    let row = confirmation::Entity::find()
        .filter(confirmation::Column::TokenHash.eq(hash.to_vec()))
        .one(db)
        .await?;
    row.map(|row| Ok((row.community_id.into(), to_domain(row)?)))
        .transpose()
}

/// The questions about these sessions, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_sessions(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<Vec<Confirmation>> {
    let mut found = Vec::new();
    for ids in sessions.chunks(500) {
        let rows = confirmation::Entity::find()
            .filter(confirmation::Column::CommunityId.eq(community.0))
            .filter(confirmation::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(confirmation::Column::Id)
            .all(db)
            .await?;
        for row in rows {
            found.push(to_domain(row)?);
        }
    }
    Ok(found)
}

/// The questions about sessions that were to start after `now`, soonest first, at most `limit`; of one partner, or of all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn coming(
    db: &impl Connection,
    community: CommunityId,
    partner: Option<PartnerId>,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Confirmation>> {
    let mut query = confirmation::Entity::find()
        .filter(confirmation::Column::CommunityId.eq(community.0))
        .filter(confirmation::Column::StartsAt.gt(to_db(now)));
    if let Some(partner) = partner {
        query = query.filter(confirmation::Column::PartnerId.eq(partner.0));
    }
    let rows = query
        .order_by_asc(confirmation::Column::StartsAt)
        .order_by_asc(confirmation::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// Stores an answer. A refusal that is taken back is no longer seen to: another one is a task again.
///
/// # Errors
/// When the database cannot be asked.
pub async fn save_answer(
    db: &impl Connection,
    community: CommunityId,
    id: ConfirmationId,
    answered: &Answered,
) -> Result<()> {
    let mut change = confirmation::ActiveModel {
        answered_at: Set(Some(to_db(answered.at))),
        answer: Set(Some(answered.answer.to_string())),
        answered_via: Set(Some(answered.via.to_string())),
        answered_by: Set(answered.by.map(Into::into)),
        words: Set(answered.words.clone()),
        substitute: Set(answered.substitute.clone()),
        ..Default::default()
    };
    if answered.answer == Answer::Confirmed {
        change.handled_at = Set(None);
        change.handled_by = Set(None);
    }
    confirmation::Entity::update_many()
        .set(change)
        .filter(confirmation::Column::CommunityId.eq(community.0))
        .filter(confirmation::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The messages that ask a question need no sending and no call any more.
///
/// # Errors
/// When the database cannot be asked.
pub async fn close_question(
    db: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    to: Status,
    now: Timestamp,
) -> Result<()> {
    let mut update = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(to.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(notification.0))
        .filter(delivery::Column::Status.is_in(["due", "retry", "to_call", "unknown", "dead", "kept"]));
    if to == Status::Sent {
        update = update.col_expr(delivery::Column::SentAt, Expr::value(to_db(now)));
    }
    update.exec(db).await?;
    Ok(())
}

/// The mails that ask a question and were left unsent are due at `due_at`, as far as they are still of use then.
///
/// # Errors
/// When the database cannot be asked.
pub async fn wake_question(
    db: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Due.as_str()))
        .col_expr(delivery::Column::DueAt, Expr::value(to_db(due_at)))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(notification.0))
        .filter(delivery::Column::Channel.eq("email"))
        .filter(delivery::Column::Status.eq(Status::Dropped.as_str()))
        .filter(delivery::Column::ExpiresAt.gt(to_db(due_at)))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that staff saw to a refusal.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mark_handled(
    db: &impl Connection,
    community: CommunityId,
    id: ConfirmationId,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    confirmation::Entity::update_many()
        .col_expr(confirmation::Column::HandledAt, Expr::value(to_db(now)))
        .col_expr(confirmation::Column::HandledBy, Expr::value(by.map(Uuid::from)))
        .filter(confirmation::Column::CommunityId.eq(community.0))
        .filter(confirmation::Column::Id.eq(id.0))
        .filter(confirmation::Column::HandledAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// A session whose partner was not asked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// Its community.
    pub community: CommunityId,
    /// The session.
    pub session: SessionId,
    /// Whom to ask.
    pub partner: PartnerId,
    /// Its start.
    pub starts_at: Timestamp,
}

/// Sessions of all communities that take place after `now` and before `to`, are given by a partner that is not frozen, and about whose
/// present start nobody was asked; soonest first, at most `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn unasked(db: &impl Connection, now: Timestamp, to: Timestamp, limit: u64) -> Result<Vec<Unasked>> {
    let asked = Query::select()
        .expr(Expr::val(1))
        .from(confirmation::Entity)
        .and_where(
            Expr::col((confirmation::Entity, confirmation::Column::CommunityId))
                .equals((session::Entity, session::Column::CommunityId)),
        )
        .and_where(
            Expr::col((confirmation::Entity, confirmation::Column::SessionId))
                .equals((session::Entity, session::Column::Id)),
        )
        .and_where(
            Expr::col((confirmation::Entity, confirmation::Column::StartsAt))
                .equals((session::Entity, session::Column::StartsAt)),
        )
        .to_owned();
    let rows: Vec<(Uuid, Uuid, Option<Uuid>, chrono::DateTime<chrono::Utc>)> = session::Entity::find()
        .inner_join(programme::Entity)
        .join(JoinType::InnerJoin, programme::Relation::Partner.def())
        .select_only()
        .column(session::Column::CommunityId)
        .column(session::Column::Id)
        .column(programme::Column::PartnerId)
        .column(session::Column::StartsAt)
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.is_in(["scheduled", "provisional"]))
        .filter(partner::Column::FrozenAt.is_null())
        .filter(Expr::exists(asked).not())
        .order_by_asc(session::Column::StartsAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(community, session, partner, starts_at)| {
            Some(Unasked {
                community: community.into(),
                session: session.into(),
                partner: partner?.into(),
                starts_at: from_db(starts_at),
            })
        })
        .collect())
}
