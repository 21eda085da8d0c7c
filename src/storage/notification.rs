//! The outbox: notifications, their deliveries, and the attempts at them.
//!
//! `due -> leased(owner, epoch, until) -> sending -> sent | retry | unknown | expired | dead`. `sending` is committed before the first byte
//! leaves. A completing update names owner and epoch, and what it says is thrown away when it hits no row: somebody else has taken over.

use std::collections::HashMap;

use entities::{account, attempt, delivery, enrolment, notification, partner, proposal, resident, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::id::{
    AttemptId, CommunityId, DeliveryId, NotificationId, PartnerId, ProposalId, ResidentId, SessionId,
};
use crate::domain::notification::{Event, LEASE, Status};

/// A notification to be stored.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// Its id.
    pub id: NotificationId,
    /// What is told.
    pub event: Event,
    /// Unique in the community.
    pub dedupe_key: String,
    /// About which session.
    pub session: Option<SessionId>,
    /// About which proposal.
    pub proposal: Option<ProposalId>,
    /// What is told, as JSON.
    pub facts: String,
    /// When it falls due.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
}

/// A delivery to be stored.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// `email` or `call`.
    pub channel: &'static str,
    /// Its first state.
    pub status: Status,
}

/// Stores a notification unless its dedupe key is known; returns the id that stands under the key.
///
/// # Errors
/// [`Error`].
pub async fn ensure(
    conn: &impl Connection,
    community: CommunityId,
    new: &NewNotification,
    now: Timestamp,
) -> Result<NotificationId> {
    let row = notification::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        event: Set(new.event.as_str().to_owned()),
        dedupe_key: Set(new.dedupe_key.clone()),
        session_id: Set(new.session.map(Uuid::from)),
        proposal_id: Set(new.proposal.map(Uuid::from)),
        facts: Set(new.facts.clone()),
        due_at: Set(to_db(new.due_at)),
        expires_at: Set(to_db(new.expires_at)),
        created_at: Set(to_db(now)),
    };
    notification::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([notification::Column::CommunityId, notification::Column::DedupeKey])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    let stored = notification::Entity::find()
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::DedupeKey.eq(&new.dedupe_key))
        .one(conn)
        .await?;
    stored
        .map(|row| row.id.into())
        .ok_or_else(|| Error::Lost(format!("notification {} was not stored", new.dedupe_key)))
}

/// Stores deliveries of a notification.
///
/// # Errors
/// [`Error`].
pub async fn add_deliveries(
    conn: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    due_at: Timestamp,
    expires_at: Timestamp,
    new: &[NewDelivery],
    now: Timestamp,
) -> Result<()> {
    // Each row carries some twenty values: a few hundred rows stay below SQLite's limit of variables.
    for chunk in new.chunks(500) {
        let rows = chunk.iter().map(|new| delivery::ActiveModel {
            community_id: Set(community.0),
            id: Set(new.id.0),
            notification_id: Set(notification.0),
            resident_id: Set(new.resident.map(Uuid::from)),
            partner_id: Set(new.partner.map(Uuid::from)),
            account_id: Set(None),
            channel: Set(new.channel.to_owned()),
            status: Set(new.status.as_str().to_owned()),
            due_at: Set(to_db(due_at)),
            expires_at: Set(to_db(expires_at)),
            lease_owner: Set(None),
            lease_epoch: Set(0),
            lease_until: Set(None),
            attempts: Set(0),
            last_error: Set(None),
            subject: Set(String::new()),
            body: Set(String::new()),
            sent_at: Set(None),
            created_at: Set(to_db(now)),
            updated_at: Set(to_db(now)),
        });
        delivery::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Somebody signed up for one of some sessions, as far as telling them goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub resident: ResidentId,
    /// For which session.
    pub session: SessionId,
    /// Whether they wait for a seat, or have not taken the one that is offered.
    pub waits: bool,
    /// Whether mail reaches them: they have an address and want to be told that way.
    pub by_mail: bool,
}

/// Who is signed up for, or waits for, some sessions.
///
/// # Errors
/// [`Error`].
pub async fn listeners(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<Vec<Listener>> {
    let rows = enrolment::Entity::find()
        .find_also_related(resident::Entity)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .filter(enrolment::Column::Status.is_in(["enrolled", "waitlisted", "offered"]))
        .order_by_asc(enrolment::Column::QueuedAt)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(enrolment, resident)| Listener {
            resident: enrolment.resident_id.into(),
            session: enrolment.session_id.into(),
            waits: enrolment.status != "enrolled",
            by_mail: resident.is_some_and(|resident| resident.tell_by == "email" && !resident.email.is_empty()),
        })
        .collect())
}

/// Which residents already have a delivery of a notification.
///
/// # Errors
/// [`Error`].
pub async fn told(
    conn: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
) -> Result<Vec<ResidentId>> {
    let rows = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(notification.0))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.resident_id.map(ResidentId::from))
        .collect())
}

/// A session that people may have to be reminded of.
#[derive(Clone, Debug)]
pub struct Upcoming {
    /// Its community.
    pub community: CommunityId,
    /// The session.
    pub session: SessionId,
    /// Start.
    pub starts_at: Timestamp,
}

/// Sessions of all communities that take place, start in the given span, and have somebody signed up. Those of a partner that is
/// frozen are left out: nobody is reminded of what is paused.
///
/// # Errors
/// [`Error`].
pub async fn upcoming(conn: &impl Connection, from: Timestamp, to: Timestamp) -> Result<Vec<Upcoming>> {
    let programme = entities::programme::Entity;
    let paused = Query::select()
        .column((programme, entities::programme::Column::Id))
        .from(programme)
        .inner_join(
            partner::Entity,
            Expr::col((programme, entities::programme::Column::CommunityId))
                .equals((partner::Entity, partner::Column::CommunityId))
                .and(
                    Expr::col((programme, entities::programme::Column::PartnerId))
                        .equals((partner::Entity, partner::Column::Id)),
                ),
        )
        .and_where(Expr::col((partner::Entity, partner::Column::FrozenAt)).is_not_null())
        .to_owned();
    let rows = session::Entity::find()
        .filter(session::Column::ProgrammeId.not_in_subquery(paused))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.is_in(["scheduled", "provisional"]))
        .filter(session::Column::Enrolled.gt(0))
        .order_by_asc(session::Column::StartsAt)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Upcoming {
            community: row.community_id.into(),
            session: row.id.into(),
            starts_at: from_db(row.starts_at),
        })
        .collect())
}

/// A delivery that a worker owns.
#[derive(Clone, Debug)]
pub struct Leased {
    /// Its community.
    pub community: CommunityId,
    /// The delivery.
    pub id: DeliveryId,
    /// Of which notification.
    pub notification: NotificationId,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// The lease's number: a completing update names it.
    pub epoch: i32,
    /// Tries before this one.
    pub attempts: i32,
    /// After this it is useless.
    pub expires_at: Timestamp,
    /// Whether the last owner died while sending.
    pub was_sending: bool,
}

/// Leases up to `limit` mails that are due, or whose owner has not come back in time, for one minute.
///
/// # Errors
/// [`Error`].
pub async fn lease(conn: &impl Connection, owner: Uuid, limit: u64, now: Timestamp) -> Result<Vec<Leased>> {
    let instant = to_db(now);
    let free = Expr::col(delivery::Column::Status)
        .is_in(["due", "retry"])
        .and(Expr::col(delivery::Column::DueAt).lte(instant))
        .or(Expr::col(delivery::Column::Status)
            .is_in(["leased", "sending"])
            .and(Expr::col(delivery::Column::LeaseUntil).lt(instant)));
    let picked = delivery::Entity::find()
        .filter(delivery::Column::Channel.eq("email"))
        .filter(free)
        .order_by_asc(delivery::Column::DueAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(conn)
        .await?;
    let mut leased = Vec::with_capacity(picked.len());
    let until = to_db(now + LEASE);
    for row in picked {
        let updated = delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value("leased"))
            .col_expr(delivery::Column::LeaseOwner, Expr::value(owner))
            .col_expr(delivery::Column::LeaseEpoch, Expr::value(row.lease_epoch + 1))
            .col_expr(delivery::Column::LeaseUntil, Expr::value(until))
            .col_expr(delivery::Column::UpdatedAt, Expr::value(instant))
            .filter(delivery::Column::CommunityId.eq(row.community_id))
            .filter(delivery::Column::Id.eq(row.id))
            .filter(delivery::Column::LeaseEpoch.eq(row.lease_epoch))
            .exec(conn)
            .await?;
        if updated.rows_affected == 1 {
            leased.push(Leased {
                community: row.community_id.into(),
                id: row.id.into(),
                notification: row.notification_id.into(),
                resident: row.resident_id.map(ResidentId::from),
                partner: row.partner_id.map(PartnerId::from),
                epoch: row.lease_epoch + 1,
                attempts: row.attempts,
                expires_at: from_db(row.expires_at),
                was_sending: row.status == "sending",
            });
        }
    }
    Ok(leased)
}

/// Says that the first byte is about to leave: stores the words and the attempt. `false` when somebody else has taken over.
///
/// # Errors
/// [`Error`].
#[expect(clippy::too_many_arguments, reason = "one row, named value by value")]
pub async fn start_sending(
    conn: &impl Connection,
    leased: &Leased,
    owner: Uuid,
    attempt_id: AttemptId,
    subject: &str,
    body: &str,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let updated = owned(leased, owner, "leased")
        .col_expr(delivery::Column::Status, Expr::value("sending"))
        .col_expr(delivery::Column::Attempts, Expr::value(leased.attempts + 1))
        .col_expr(delivery::Column::Subject, Expr::value(subject))
        .col_expr(delivery::Column::Body, Expr::value(body))
        .col_expr(delivery::Column::LeaseUntil, Expr::value(to_db(lease_until)))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .exec(conn)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(false);
    }
    let row = attempt::ActiveModel {
        community_id: Set(leased.community.0),
        id: Set(attempt_id.0),
        delivery_id: Set(leased.id.0),
        number: Set(leased.attempts + 1),
        started_at: Set(to_db(now)),
        ended_at: Set(None),
        outcome: Set("sending".to_owned()),
        detail: Set(String::new()),
    };
    attempt::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(true)
}

fn owned(leased: &Leased, owner: Uuid, status: &str) -> sea_orm::UpdateMany<delivery::Entity> {
    delivery::Entity::update_many()
        .filter(delivery::Column::CommunityId.eq(leased.community.0))
        .filter(delivery::Column::Id.eq(leased.id.0))
        .filter(delivery::Column::LeaseOwner.eq(owner))
        .filter(delivery::Column::LeaseEpoch.eq(leased.epoch))
        .filter(delivery::Column::Status.eq(status))
}

/// How a delivery goes on.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    /// Its next state.
    pub status: Status,
    /// When to try again.
    pub due_at: Option<Timestamp>,
    /// What went wrong, in words.
    pub error: Option<&'a str>,
    /// The attempt that ended, with its outcome and the server's words.
    pub attempt: Option<(AttemptId, &'a str, &'a str)>,
    /// The words, when they are to be kept without having been sent.
    pub words: Option<(&'a str, &'a str)>,
}

/// Ends what a worker did with a delivery in state `from`. `false` when somebody else has taken over: nothing is changed then.
///
/// # Errors
/// [`Error`].
pub async fn complete(
    conn: &impl Connection,
    leased: &Leased,
    owner: Uuid,
    from: Status,
    end: &Completion<'_>,
    now: Timestamp,
) -> Result<bool> {
    let mut update = owned(leased, owner, from.as_str())
        .col_expr(delivery::Column::Status, Expr::value(end.status.as_str()))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(None::<Uuid>))
        .col_expr(
            delivery::Column::LeaseUntil,
            Expr::value(None::<sea_orm::prelude::DateTimeUtc>),
        )
        .col_expr(
            delivery::Column::LastError,
            Expr::value(end.error.map(ToOwned::to_owned)),
        )
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)));
    if let Some(due_at) = end.due_at {
        update = update.col_expr(delivery::Column::DueAt, Expr::value(to_db(due_at)));
    }
    if end.status == Status::Sent {
        update = update.col_expr(delivery::Column::SentAt, Expr::value(to_db(now)));
    }
    if end.status == Status::ToCall {
        update = update.col_expr(delivery::Column::Channel, Expr::value("call"));
    }
    if let Some((subject, body)) = end.words {
        update = update
            .col_expr(delivery::Column::Subject, Expr::value(subject))
            .col_expr(delivery::Column::Body, Expr::value(body));
    }
    if update.exec(conn).await?.rows_affected == 0 {
        return Ok(false);
    }
    if let Some((id, outcome, detail)) = end.attempt {
        attempt::Entity::update_many()
            .col_expr(attempt::Column::EndedAt, Expr::value(to_db(now)))
            .col_expr(attempt::Column::Outcome, Expr::value(outcome))
            .col_expr(attempt::Column::Detail, Expr::value(detail))
            .filter(attempt::Column::CommunityId.eq(leased.community.0))
            .filter(attempt::Column::Id.eq(id.0))
            .exec(conn)
            .await?;
    }
    Ok(true)
}

/// Closes attempts of a delivery that nobody ended (their worker died), and says how many tries of it went unanswered.
///
/// # Errors
/// [`Error`].
pub async fn close_open_attempts(conn: &impl Connection, leased: &Leased, now: Timestamp) -> Result<i32> {
    attempt::Entity::update_many()
        .col_expr(attempt::Column::EndedAt, Expr::value(to_db(now)))
        .col_expr(attempt::Column::Outcome, Expr::value("unknown"))
        .col_expr(attempt::Column::Detail, Expr::value("the worker stopped while sending"))
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("sending"))
        .exec(conn)
        .await?;
    unanswered(conn, leased).await
}

/// How many tries of a delivery went unanswered.
///
/// # Errors
/// [`Error`].
pub async fn unanswered(conn: &impl Connection, leased: &Leased) -> Result<i32> {
    let count = attempt::Entity::find()
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("unknown"))
        .count(conn)
        .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// What a worker needs to know to write a message.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What is told.
    pub event: Event,
    /// About which session, for reminders and promotions.
    pub session: Option<SessionId>,
    /// About which proposal.
    pub proposal: Option<ProposalId>,
    /// What was stored as JSON.
    pub facts: String,
}

/// The notification of a delivery.
///
/// # Errors
/// [`Error::Inconsistent`] when its event is unknown.
pub async fn letter(conn: &impl Connection, community: CommunityId, id: NotificationId) -> Result<Option<Letter>> {
    let Some(row) = notification::Entity::find_by_id((community.0, id.0)).one(conn).await? else {
        return Ok(None);
    };
    let event = Event::from_name(&row.event).ok_or_else(|| Error::Inconsistent {
        table: "notification",
        column: "event",
        id: row.id.to_string(),
        value: row.event.clone(),
    })?;
    Ok(Some(Letter {
        event,
        session: row.session_id.map(SessionId::from),
        proposal: row.proposal_id.map(ProposalId::from),
        facts: row.facts,
    }))
}

/// Name and mail address of a resident.
///
/// # Errors
/// [`Error`].
pub async fn resident_address(
    conn: &impl Connection,
    community: CommunityId,
    id: ResidentId,
) -> Result<Option<(String, String)>> {
    let row = resident::Entity::find_by_id((community.0, id.0)).one(conn).await?;
    Ok(row.map(|row| (row.name, row.email)))
}

/// Name and mail address of a partner: its own, else that of the first of its accounts that has one.
///
/// # Errors
/// [`Error`].
pub async fn partner_address(
    conn: &impl Connection,
    community: CommunityId,
    id: PartnerId,
) -> Result<Option<(String, String)>> {
    let Some(row) = partner::Entity::find_by_id((community.0, id.0)).one(conn).await? else {
        return Ok(None);
    };
    if !row.email.is_empty() {
        return Ok(Some((row.name, row.email)));
    }
    let account = account::Entity::find()
        .filter(account::Column::CommunityId.eq(community.0))
        .filter(account::Column::PartnerId.eq(id.0))
        .filter(account::Column::Email.ne(""))
        .one(conn)
        .await?;
    Ok(Some((
        row.name,
        account.map(|account| account.email).unwrap_or_default(),
    )))
}

/// Partner, title, state and last remark of a proposal.
///
/// # Errors
/// [`Error`].
pub async fn proposal_news(
    conn: &impl Connection,
    community: CommunityId,
    id: ProposalId,
) -> Result<Option<(PartnerId, String, String, String)>> {
    let Some(row) = proposal::Entity::find_by_id((community.0, id.0)).one(conn).await? else {
        return Ok(None);
    };
    let remark = entities::proposal_remark::Entity::find()
        .filter(entities::proposal_remark::Column::CommunityId.eq(community.0))
        .filter(entities::proposal_remark::Column::ProposalId.eq(id.0))
        .order_by_desc(entities::proposal_remark::Column::CreatedAt)
        .order_by_desc(entities::proposal_remark::Column::Id)
        .one(conn)
        .await?;
    Ok(Some((
        row.partner_id.into(),
        row.title,
        row.status,
        remark.map(|remark| remark.remark).unwrap_or_default(),
    )))
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The delivery.
    pub id: DeliveryId,
    /// What was told.
    pub event: Event,
    /// About which session.
    pub session: Option<SessionId>,
    /// Title of what it is about.
    pub title: String,
    /// Name of the recipient, unmasked.
    pub recipient: String,
    /// Mail address; empty when there is none.
    pub address: String,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// What is told, as JSON.
    pub facts: String,
    /// `email` or `call`.
    pub channel: String,
    /// How it stands.
    pub status: Status,
    /// When it is or was due.
    pub due_at: Timestamp,
    /// When it left.
    pub sent_at: Option<Timestamp>,
    /// Tries.
    pub attempts: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Subject as sent or kept.
    pub subject: String,
    /// Text as sent or kept.
    pub body: String,
}

/// The log of a community, newest first: at most `limit` lines with ids below `before`.
///
/// # Errors
/// [`Error::Inconsistent`] when a state or event is unknown.
pub async fn log(
    conn: &impl Connection,
    community: CommunityId,
    statuses: &[Status],
    session: Option<SessionId>,
    before: Option<DeliveryId>,
    limit: u64,
) -> Result<Vec<LogRow>> {
    let mut query = delivery::Entity::find()
        .find_also_related(notification::Entity)
        .filter(delivery::Column::CommunityId.eq(community.0))
        .order_by_desc(delivery::Column::Id)
        .limit(limit);
    if !statuses.is_empty() {
        query = query.filter(delivery::Column::Status.is_in(statuses.iter().map(|status| status.as_str())));
    }
    if let Some(session) = session {
        query = query.filter(notification::Column::SessionId.eq(session.0));
    }
    if let Some(before) = before {
        query = query.filter(delivery::Column::Id.lt(before.0));
    }
    let found = query.all(conn).await?;
    let titles = titles(
        conn,
        community,
        found.iter().filter_map(|(_, notification)| notification.as_ref()),
    )
    .await?;
    let mut rows = Vec::new();
    for (delivery, notification) in found {
        let inconsistent = |column, value: &str| Error::Inconsistent {
            table: "delivery",
            column,
            id: delivery.id.to_string(),
            value: value.to_owned(),
        };
        let notification = notification.ok_or_else(|| inconsistent("notification_id", ""))?;
        let recipient = match (delivery.resident_id, delivery.partner_id) {
            (Some(id), _) => resident_address(conn, community, id.into()).await?,
            (None, Some(id)) => partner_address(conn, community, id.into()).await?,
            (None, None) => None,
        };
        let (recipient, address) = recipient.unwrap_or_default();
        rows.push(LogRow {
            id: delivery.id.into(),
            event: Event::from_name(&notification.event).ok_or_else(|| inconsistent("event", &notification.event))?,
            session: notification.session_id.map(SessionId::from),
            title: notification
                .session_id
                .or(notification.proposal_id)
                .and_then(|id| titles.get(&id).cloned())
                .unwrap_or_default(),
            recipient,
            address,
            resident: delivery.resident_id.map(ResidentId::from),
            partner: delivery.partner_id.map(PartnerId::from),
            facts: notification.facts,
            status: Status::from_name(&delivery.status).ok_or_else(|| inconsistent("status", &delivery.status))?,
            channel: delivery.channel,
            due_at: from_db(delivery.due_at),
            sent_at: delivery.sent_at.map(from_db),
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            subject: delivery.subject,
            body: delivery.body,
        });
    }
    Ok(rows)
}

/// Titles of the sessions and proposals that some notifications are about.
async fn titles(
    conn: &impl Connection,
    community: CommunityId,
    about: impl Iterator<Item = &notification::Model>,
) -> Result<HashMap<Uuid, String>> {
    let (mut sessions, mut proposals) = (Vec::new(), Vec::new());
    for notification in about {
        sessions.extend(notification.session_id.map(SessionId::from));
        proposals.extend(notification.proposal_id);
    }
    let mut titles: HashMap<Uuid, String> = session_news(conn, community, &sessions)
        .await?
        .into_iter()
        .map(|news| (news.id.0, news.title))
        .collect();
    if !proposals.is_empty() {
        let rows = proposal::Entity::find()
            .filter(proposal::Column::CommunityId.eq(community.0))
            .filter(proposal::Column::Id.is_in(proposals))
            .all(conn)
            .await?;
        titles.extend(rows.into_iter().map(|row| (row.id, row.title)));
    }
    Ok(titles)
}

/// How many deliveries of a community stand in each state.
///
/// # Errors
/// [`Error`].
pub async fn counts(conn: &impl Connection, community: CommunityId, since: Timestamp) -> Result<Vec<(Status, i64)>> {
    let rows: Vec<(String, i64)> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Status)
        .column_as(delivery::Column::Id.count(), "count")
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::CreatedAt.gte(to_db(since)))
        .group_by(delivery::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(status, count)| Some((Status::from_name(&status)?, count)))
        .collect())
}

/// Changes the state of a delivery by hand: sends it again, or notes that somebody phoned. `false` when it was in none of the states `from`.
///
/// # Errors
/// [`Error`].
pub async fn set_by_hand(
    conn: &impl Connection,
    community: CommunityId,
    id: DeliveryId,
    from: &[Status],
    to: Status,
    now: Timestamp,
) -> Result<bool> {
    let mut update = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(to.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Id.eq(id.0))
        .filter(delivery::Column::Status.is_in(from.iter().map(|status| status.as_str())));
    if to == Status::Due {
        update = update.col_expr(delivery::Column::DueAt, Expr::value(to_db(now)));
    }
    if to == Status::Sent {
        update = update.col_expr(delivery::Column::SentAt, Expr::value(to_db(now)));
    }
    Ok(update.exec(conn).await?.rows_affected == 1)
}

/// Takes back what has not left of a notification: nobody gets it. `false` when any of it has left or may have, or somebody has phoned;
/// then the caller must give its transaction up.
///
/// # Errors
/// [`Error`].
pub async fn take_back(
    conn: &impl Connection,
    community: CommunityId,
    id: NotificationId,
    now: Timestamp,
) -> Result<bool> {
    let here = [Status::Due, Status::Retry, Status::ToCall, Status::Kept];
    let of = |query: Condition| {
        query
            .add(delivery::Column::CommunityId.eq(community.0))
            .add(delivery::Column::NotificationId.eq(id.0))
    };
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Dropped.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(of(Condition::all()))
        .filter(delivery::Column::Status.is_in(here.iter().map(|status| status.as_str())))
        // Tried before: it may have left.
        .filter(delivery::Column::Attempts.eq(0))
        .exec(conn)
        .await?;
    let gone = delivery::Entity::find()
        .filter(of(Condition::all()))
        .filter(delivery::Column::Status.is_not_in([Status::Dropped.as_str(), Status::Expired.as_str()]))
        .count(conn)
        .await?;
    Ok(gone == 0)
}

/// Whether any delivery of a notification has left or may have: then it cannot be taken back.
///
/// # Errors
/// [`Error`].
pub async fn has_left(conn: &impl Connection, community: CommunityId, id: NotificationId) -> Result<bool> {
    let here = [
        Status::Due,
        Status::ToCall,
        Status::Kept,
        Status::Dropped,
        Status::Expired,
    ];
    let gone = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(id.0))
        .filter(delivery::Column::Status.is_not_in(here.iter().map(|status| status.as_str())))
        .count(conn)
        .await?;
    Ok(gone > 0)
}

/// How many deliveries are past their lease by more than `grace` seconds: there should be none.
///
/// # Errors
/// [`Error`].
pub async fn overdue_leases(conn: &impl Connection, now: Timestamp) -> Result<u64> {
    let limit = to_db(now - LEASE);
    Ok(delivery::Entity::find()
        .filter(delivery::Column::Status.is_in(["leased", "sending"]))
        .filter(delivery::Column::LeaseUntil.lt(limit))
        .count(conn)
        .await?)
}

/// What a message says of its community.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Name.
    pub name: String,
    /// Telephone number of the office.
    pub phone: String,
    /// Time zone.
    pub zone: jiff::tz::TimeZone,
}

/// What a message says of its community.
///
/// # Errors
/// [`Error::Inconsistent`] when the zone is unknown.
pub async fn sender(conn: &impl Connection, community: CommunityId) -> Result<Option<Sender>> {
    let Some(row) = entities::community::Entity::find_by_id(community.0).one(conn).await? else {
        return Ok(None);
    };
    let zone = crate::domain::calendar::zone::parse_zone(&row.zone).map_err(|_| Error::Inconsistent {
        table: "community",
        column: "zone",
        id: row.id.to_string(),
        value: row.zone.clone(),
    })?;
    Ok(Some(Sender {
        name: row.name,
        phone: row.phone,
        zone,
    }))
}

/// What a message says of a session.
#[derive(Clone, Debug)]
pub struct SessionNews {
    /// The session.
    pub id: SessionId,
    /// Title of its programme.
    pub title: String,
    /// Start.
    pub starts_at: Timestamp,
    /// Name of the venue, and how to find it.
    pub venue: String,
    /// `scheduled`, `provisional`, `cancelled` or `held`.
    pub status: String,
    /// Why, in words.
    pub reason: String,
}

/// What a message says of some sessions, in order of their start.
///
/// # Errors
/// [`Error`].
pub async fn session_news(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<Vec<SessionNews>> {
    let mut news = Vec::with_capacity(ids.len());
    // A change may touch many dates: ask in pieces below SQLite's limit of variables.
    for ids in ids.chunks(500) {
        let rows = session::Entity::find()
            .find_also_related(entities::programme::Entity)
            .find_also(session::Entity, entities::venue::Entity)
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(conn)
            .await?;
        news.extend(rows.into_iter().map(|(row, programme, venue)| {
            SessionNews {
                id: row.id.into(),
                title: programme.map(|programme| programme.title).unwrap_or_default(),
                starts_at: from_db(row.starts_at),
                venue: venue
                    .map(|venue| match venue.directions.as_str() {
                        "" => venue.name,
                        directions => format!("{}（{directions}）", venue.name),
                    })
                    .unwrap_or_default(),
                status: row.status,
                reason: row.reason.unwrap_or_default(),
            }
        }));
    }
    news.sort_by_key(|session| session.starts_at);
    Ok(news)
}

/// The name of a community in addresses.
///
/// # Errors
/// [`Error`].
pub async fn slug(conn: &impl Connection, community: CommunityId) -> Result<Option<String>> {
    Ok(entities::community::Entity::find_by_id(community.0)
        .one(conn)
        .await?
        .map(|row| row.slug))
}
