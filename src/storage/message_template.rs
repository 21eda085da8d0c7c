//! A community's own words for its messages.

use entities::message_template::{ActiveModel, Column, Entity, Model};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, MessageTemplateId};
use crate::domain::lang::Lang;
use crate::domain::message_template::Class;
use crate::domain::notification::Event;

/// Which words: of an event, for a class of channels, in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// What is told.
    pub event: Event,
    /// For which channels.
    pub class: Class,
    /// In which language.
    pub lang: Lang,
}

/// Words that a community wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Subject with its variables; empty for text messages.
    pub subject: String,
    /// Text with its variables.
    pub body: String,
    /// When they were written.
    pub updated_at: Timestamp,
}

fn of(row: Model) -> Stored {
    Stored {
        subject: row.subject,
        body: row.body,
        updated_at: from_db(row.updated_at),
    }
}

fn at(community: CommunityId, place: Place) -> Select<Entity> {
    Entity::find()
        .filter(Column::CommunityId.eq(community.0))
        .filter(Column::Event.eq(place.event.as_str()))
        .filter(Column::Class.eq(place.class.as_str()))
        .filter(Column::Lang.eq(place.lang.tag()))
}

/// The words a community wrote for one place; none where it uses the built-in ones.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, place: Place) -> Result<Option<Stored>> {
    Ok(at(community, place).one(db).await?.map(of))
}

/// For which events and classes a community wrote words of its own, in whichever language.
///
/// # Errors
/// When the database cannot be asked.
pub async fn written(db: &impl Connection, community: CommunityId) -> Result<Vec<(Event, Class)>> {
    let rows = Entity::find()
        .filter(Column::CommunityId.eq(community.0))
        .all(db)
        .await?;
    let mut written = Vec::with_capacity(rows.len());
    for row in rows {
        let class = read("message_template", "class", row.id, &row.class)?;
        // An event that is not known any more is of no use, and does no harm.
        if let Some(event) = Event::from_name(&row.event)
            && !written.contains(&(event, class))
        {
            written.push((event, class));
        }
    }
    Ok(written)
}

/// Stores the words for one place, whatever was there.
///
/// # Errors
/// When the database cannot store them.
pub async fn put(
    db: &impl Connection,
    community: CommunityId,
    id: MessageTemplateId,
    place: Place,
    words: &Stored,
    by: Option<AccountId>,
) -> Result<()> {
    let row = ActiveModel {
        community_id: Set(community.0),
        id: Set(id.0),
        event: Set(place.event.as_str().to_owned()),
        class: Set(place.class.to_string()),
        lang: Set(place.lang.tag().to_owned()),
        subject: Set(words.subject.clone()),
        body: Set(words.body.clone()),
        updated_at: Set(to_db(words.updated_at)),
        updated_by: Set(by.map(|account| account.0)),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::CommunityId, Column::Event, Column::Class, Column::Lang])
                .update_columns([Column::Subject, Column::Body, Column::UpdatedAt, Column::UpdatedBy])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets the words for one place: the built-in ones are used again. Whether there were any.
///
/// # Errors
/// When the database cannot store it.
pub async fn remove(db: &impl Connection, community: CommunityId, place: Place) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::CommunityId.eq(community.0))
        .filter(Column::Event.eq(place.event.as_str()))
        .filter(Column::Class.eq(place.class.as_str()))
        .filter(Column::Lang.eq(place.lang.tag()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}
