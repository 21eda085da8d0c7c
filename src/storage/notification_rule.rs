//! The rules by which communities tell people, and their quiet hours.

use std::collections::HashMap;

use entities::{notification_rule, notification_setting};
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Connection, Error, Result, to_db};
use crate::domain::id::CommunityId;
use crate::domain::notification::Event;
use crate::domain::notification_rule::{Policy, Rule, Setting};

fn inconsistent(table: &'static str, column: &'static str, id: Uuid, value: &str) -> Error {
    Error::Inconsistent {
        table,
        column,
        id: id.to_string(),
        value: value.chars().take(200).collect(),
    }
}

fn rule_of(row: &notification_rule::Model) -> Result<(Event, Rule)> {
    let wrong = |column, value| inconsistent("notification_rule", column, row.id, value);
    let event = Event::from_name(&row.event).ok_or_else(|| wrong("event", &row.event))?;
    let rule = serde_json::from_str(&row.body).map_err(|_| wrong("body", &row.body))?;
    Ok((event, rule))
}

fn setting_of(row: &notification_setting::Model) -> Result<Setting> {
    serde_json::from_str(&row.body).map_err(|_| inconsistent("notification_setting", "body", row.id, &row.body))
}

/// How a community tells people.
///
/// # Errors
/// [`Error::Inconsistent`] when a stored rule cannot be read.
pub async fn policy(db: &impl Connection, community: CommunityId) -> Result<Policy> {
    let rows = notification_rule::Entity::find()
        .filter(notification_rule::Column::CommunityId.eq(community.0))
        .all(db)
        .await?;
    let setting = notification_setting::Entity::find_by_id((community.0, community.0))
        .one(db)
        .await?;
    Ok(Policy::new(
        rows.iter().map(rule_of).collect::<Result<_>>()?,
        setting.as_ref().map(setting_of).transpose()?.unwrap_or_default(),
    ))
}

/// How all communities that have set anything tell people: two questions, however many they are.
///
/// # Errors
/// [`Error::Inconsistent`] when a stored rule cannot be read.
pub async fn policies(db: &impl Connection) -> Result<HashMap<CommunityId, Policy>> {
    let mut rules: HashMap<CommunityId, HashMap<Event, Rule>> = HashMap::new();
    for row in notification_rule::Entity::find().all(db).await? {
        let (event, rule) = rule_of(&row)?;
        rules.entry(row.community_id.into()).or_default().insert(event, rule);
    }
    let mut policies = HashMap::new();
    for row in notification_setting::Entity::find().all(db).await? {
        let community = row.community_id.into();
        let own = rules.remove(&community).unwrap_or_default();
        policies.insert(community, Policy::new(own, setting_of(&row)?));
    }
    for (community, rules) in rules {
        policies.insert(community, Policy::new(rules, Setting::default()));
    }
    Ok(policies)
}

/// When a community set its rule for an event; none where the usual one holds.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_at(db: &impl Connection, community: CommunityId, event: Event) -> Result<Option<Timestamp>> {
    let row = notification_rule::Entity::find()
        .filter(notification_rule::Column::CommunityId.eq(community.0))
        .filter(notification_rule::Column::Event.eq(event.as_str()))
        .one(db)
        .await?;
    Ok(row.map(|row| super::from_db(row.updated_at)))
}

/// Stores the rule of a community for an event, in place of the one it had.
///
/// # Errors
/// When the database cannot store it.
pub async fn set(
    db: &impl Connection,
    community: CommunityId,
    id: Uuid,
    event: Event,
    rule: &Rule,
    now: Timestamp,
) -> Result<()> {
    let row = notification_rule::ActiveModel {
        community_id: Set(community.0),
        id: Set(id),
        event: Set(event.as_str().to_owned()),
        body: Set(serde_json::to_string(rule).expect("names and numbers are always JSON")),
        updated_at: Set(to_db(now)),
    };
    let mut over = OnConflict::columns([notification_rule::Column::CommunityId, notification_rule::Column::Event]);
    over.update_columns([notification_rule::Column::Body, notification_rule::Column::UpdatedAt]);
    notification_rule::Entity::insert(row)
        .on_conflict(over)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes the rule of a community for an event away: the usual one holds again.
///
/// # Errors
/// When the database cannot be asked.
pub async fn clear(db: &impl Connection, community: CommunityId, event: Event) -> Result<()> {
    notification_rule::Entity::delete_many()
        .filter(notification_rule::Column::CommunityId.eq(community.0))
        .filter(notification_rule::Column::Event.eq(event.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Stores what a community has set beside its rules.
///
/// # Errors
/// When the database cannot store it.
pub async fn save_setting(
    db: &impl Connection,
    community: CommunityId,
    setting: &Setting,
    now: Timestamp,
) -> Result<()> {
    let row = notification_setting::ActiveModel {
        community_id: Set(community.0),
        id: Set(community.0),
        body: Set(serde_json::to_string(setting).expect("times and numbers are always JSON")),
        updated_at: Set(to_db(now)),
    };
    let mut over = OnConflict::columns([
        notification_setting::Column::CommunityId,
        notification_setting::Column::Id,
    ]);
    over.update_columns([
        notification_setting::Column::Body,
        notification_setting::Column::UpdatedAt,
    ]);
    notification_setting::Entity::insert(row)
        .on_conflict(over)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
