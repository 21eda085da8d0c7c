//! Erasing who somebody was, and leaving that somebody came.

use entities::{
    absence, attempt, card, consent, delivery, enrolment, idempotency_key, login_limit, opt_out, resident,
    resident_apart, resident_merge, rollover, series_enrolment, session, sheet_row,
};
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::domain::id::{CommunityId, ResidentId, SessionId};
use crate::domain::resident::ERASED_NAME;
use crate::storage::{Connection, Result, to_db};

/// A resident and everybody merged into them, however long ago.
///
/// # Errors
/// When the database cannot be asked.
pub async fn with_merged(db: &impl Connection, community: CommunityId, id: ResidentId) -> Result<Vec<ResidentId>> {
    let mut all = vec![id.0];
    let mut from = 0;
    while from < all.len() {
        let next: Vec<Uuid> = resident::Entity::find()
            .select_only()
            .column(resident::Column::Id)
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::MergedInto.is_in(all[from..].iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        from = all.len();
        all.extend(next);
    }
    Ok(all.into_iter().map(ResidentId::from).collect())
}

/// The sessions to come for which somebody has a seat, waits or is asked; in the order of their ids.
///
/// # Errors
/// When the database cannot be asked.
pub async fn coming(
    db: &impl Connection,
    community: CommunityId,
    id: ResidentId,
    now: Timestamp,
) -> Result<Vec<SessionId>> {
    let later = Query::select()
        .column(session::Column::Id)
        .from(session::Entity)
        .and_where(session::Column::CommunityId.eq(community.0))
        .and_where(session::Column::StartsAt.gt(to_db(now)))
        .take();
    let ids: Vec<Uuid> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::SessionId)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.eq(id.0))
        .filter(enrolment::Column::Status.ne("cancelled"))
        .filter(enrolment::Column::SessionId.in_subquery(later))
        .order_by_asc(enrolment::Column::SessionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// How many other residents are reached at the number with this blind index: it stays theirs.
///
/// # Errors
/// When the database cannot be asked.
pub async fn others_at(
    db: &impl Connection,
    community: CommunityId,
    phone_index: &[u8],
    but: &[ResidentId],
) -> Result<Vec<ResidentId>> {
    let ids: Vec<Uuid> = resident::Entity::find()
        .select_only()
        .column(resident::Column::Id)
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::PhoneIndex.eq(phone_index.to_vec()))
        .filter(resident::Column::Id.is_not_in(but.iter().map(|id| id.0)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(ResidentId::from).collect())
}

/// Blanks the rows of residents: nothing is left but that they are, their grid, and the decade of their birth.
///
/// # Errors
/// When the database cannot store it.
pub async fn blank(
    db: &impl Connection,
    community: CommunityId,
    decades: &[(ResidentId, Option<i32>)],
    now: Timestamp,
) -> Result<()> {
    for (id, decade) in decades {
        let nothing = || Expr::value("");
        let no_bytes = || Expr::value(None::<Vec<u8>>);
        resident::Entity::update_many()
            .col_expr(resident::Column::Name, Expr::value(ERASED_NAME))
            .col_expr(resident::Column::Initials, nothing())
            .col_expr(resident::Column::Gender, nothing())
            .col_expr(resident::Column::BirthYear, Expr::value(*decade))
            .col_expr(resident::Column::PhoneSealed, no_bytes())
            .col_expr(resident::Column::PhoneIndex, no_bytes())
            .col_expr(resident::Column::PhoneTailIndex, no_bytes())
            .col_expr(resident::Column::TakesSms, Expr::value(None::<bool>))
            .col_expr(resident::Column::Email, nothing())
            .col_expr(resident::Column::Building, nothing())
            .col_expr(resident::Column::Care, Expr::value("[]"))
            .col_expr(resident::Column::FamilyName, nothing())
            .col_expr(resident::Column::FamilyPhoneSealed, no_bytes())
            .col_expr(resident::Column::TellBy, Expr::value("none"))
            .col_expr(resident::Column::Unchecked, Expr::value(false))
            .col_expr(resident::Column::ConsentOn, Expr::value(None::<chrono::NaiveDate>))
            .col_expr(resident::Column::ConsentVersion, Expr::value(None::<String>))
            .col_expr(resident::Column::EmailBouncedAt, Expr::value(None::<DateTimeUtc>))
            .col_expr(resident::Column::ErasedAt, Expr::value(to_db(now)))
            .col_expr(resident::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.eq(id.0))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Empties what else tells of residents: who signed up for them and the links of their sign-ups, messages to them and what servers answered, consents,
/// what merges kept, links about new terms, answers kept for repeated requests.
///
/// # Errors
/// When the database cannot store it.
pub async fn forget(
    db: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
    names: &[String],
    now: Timestamp,
) -> Result<()> {
    let who = || ids.iter().map(|id| id.0);
    enrolment::Entity::update_many()
        .col_expr(enrolment::Column::SignedUpBy, Expr::value(""))
        .col_expr(enrolment::Column::ManageHash, Expr::value(None::<Vec<u8>>))
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;

    series_enrolment::Entity::update_many()
        .col_expr(series_enrolment::Column::Status, Expr::value("left"))
        .col_expr(series_enrolment::Column::SignedUpBy, Expr::value(""))
        .col_expr(series_enrolment::Column::ManageHash, Expr::value(None::<Vec<u8>>))
        .filter(series_enrolment::Column::CommunityId.eq(community.0))
        .filter(series_enrolment::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    absence::Entity::delete_many()
        .filter(absence::Column::CommunityId.eq(community.0))
        .filter(absence::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    opt_out::Entity::delete_many()
        .filter(opt_out::Column::CommunityId.eq(community.0))
        .filter(opt_out::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    card::Entity::delete_many()
        .filter(card::Column::CommunityId.eq(community.0))
        .filter(card::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    // The number of the row stays, so that the sheet still adds up.
    sheet_row::Entity::update_many()
        .col_expr(sheet_row::Column::Name, Expr::value(""))
        .filter(sheet_row::Column::CommunityId.eq(community.0))
        .filter(sheet_row::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;

    let theirs = Query::select()
        .column(delivery::Column::Id)
        .from(delivery::Entity)
        .and_where(delivery::Column::CommunityId.eq(community.0))
        .and_where(delivery::Column::ResidentId.is_in(who()))
        .take();
    attempt::Entity::update_many()
        .col_expr(attempt::Column::Detail, Expr::value(""))
        .filter(attempt::Column::CommunityId.eq(community.0))
        .filter(attempt::Column::DeliveryId.in_subquery(theirs))
        .exec(db)
        .await?;
    // Whoever holds one at this moment finds its lease gone and throws away what it was about to store.
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value("dropped"))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(None::<Uuid>))
        .col_expr(delivery::Column::LeaseUntil, Expr::value(None::<DateTimeUtc>))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::ResidentId.is_in(who()))
        .filter(delivery::Column::Status.is_not_in(["sent", "expired", "dropped"]))
        .exec(db)
        .await?;
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Subject, Expr::value(""))
        .col_expr(delivery::Column::Body, Expr::value(""))
        .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;

    consent::Entity::delete_many()
        .filter(consent::Column::CommunityId.eq(community.0))
        .filter(consent::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    let merges = Condition::any()
        .add(resident_merge::Column::SurvivorId.is_in(who()))
        .add(resident_merge::Column::MergedId.is_in(who()));
    resident_merge::Entity::update_many()
        .col_expr(resident_merge::Column::Before, Expr::value(""))
        .col_expr(resident_merge::Column::After, Expr::value(""))
        .filter(resident_merge::Column::CommunityId.eq(community.0))
        .filter(merges)
        .exec(db)
        .await?;
    let pairs = Condition::any()
        .add(resident_apart::Column::FirstId.is_in(who()))
        .add(resident_apart::Column::SecondId.is_in(who()));
    resident_apart::Entity::delete_many()
        .filter(resident_apart::Column::CommunityId.eq(community.0))
        .filter(pairs)
        .exec(db)
        .await?;
    rollover::Entity::update_many()
        .col_expr(rollover::Column::TokenHash, Expr::value(Vec::<u8>::new()))
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::ResidentId.is_in(who()))
        .exec(db)
        .await?;
    rollover::Entity::update_many()
        .col_expr(rollover::Column::Status, Expr::value("declined"))
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::ResidentId.is_in(who()))
        .filter(rollover::Column::Status.eq("asked"))
        .exec(db)
        .await?;

    let mut answers = Condition::any();
    for id in ids {
        answers = answers.add(idempotency_key::Column::Body.contains(id.0.to_string()));
    }
    for name in names.iter().filter(|name| !name.is_empty()) {
        answers = answers.add(idempotency_key::Column::Body.contains(name));
    }
    idempotency_key::Entity::update_many()
        .col_expr(idempotency_key::Column::Body, Expr::value("{}"))
        .filter(idempotency_key::Column::CommunityId.eq(community.0))
        .filter(answers)
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets how often something was tried under these keys.
///
/// # Errors
/// When the database cannot store it.
pub async fn forget_limits(db: &impl Connection, keys: &[String]) -> Result<()> {
    login_limit::Entity::delete_many()
        .filter(login_limit::Column::Key.is_in(keys.iter().map(String::as_str)))
        .exec(db)
        .await?;
    Ok(())
}
