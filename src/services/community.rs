//! Communities, and what belongs to them: venues, partners, facilitators, grids.

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::{Community, Facilitator, Grid, Partner, Tone, Venue};
use crate::domain::id::{CommunityId, PartnerId};
use crate::domain::planning::CAPACITY;
use crate::domain::text::{NAME_CHARS, TITLE_CHARS};
use crate::storage::{self, Txn, community as rows};
use jiff::civil::Date;
use serde_json::json;

/// The community with this name in addresses.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn find_by_slug(ctx: &Context, slug: &str) -> Result<Community> {
    rows::find_by_slug(ctx.db.reader(), slug)
        .await?
        .ok_or_else(|| Error::not_found("community", slug))
}

/// The community with this id.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn find(ctx: &Context, id: CommunityId) -> Result<Community> {
    rows::find(ctx.db.reader(), id)
        .await?
        .ok_or_else(|| Error::not_found("community", id))
}

/// All communities, by their names in addresses.
///
/// # Errors
/// [`Error::Storage`].
pub async fn list(ctx: &Context) -> Result<Vec<Community>> {
    Ok(rows::list(ctx.db.reader()).await?)
}

/// The venues of a community, in the order they were made. Public: they stand on every poster.
///
/// # Errors
/// [`Error::Storage`].
pub async fn venues(ctx: &Context, community: CommunityId) -> Result<Vec<Venue>> {
    Ok(rows::venues(ctx.db.reader(), community).await?)
}

/// The facilitators of a community, in the order they were made. Public: they stand on every poster.
///
/// # Errors
/// [`Error::Storage`].
pub async fn facilitators(ctx: &Context, community: CommunityId) -> Result<Vec<Facilitator>> {
    Ok(rows::facilitators(ctx.db.reader(), community).await?)
}

/// The partners of a community, in the order they were made. Their names are public; who calls shows contact and licence to
/// staff only.
///
/// # Errors
/// [`Error::Storage`].
pub async fn partners(ctx: &Context, community: CommunityId) -> Result<Vec<Partner>> {
    Ok(rows::partners(ctx.db.reader(), community).await?)
}

/// The partners of a community with contact and licence.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn partners_for_staff(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Partner>> {
    may(actor, Action::ManageCommunity, community)?;
    partners(ctx, community).await
}

/// The grids of a community, in their order.
///
/// # Errors
/// [`Error::Storage`].
pub async fn grids(ctx: &Context, community: CommunityId) -> Result<Vec<Grid>> {
    Ok(rows::grids(ctx.db.reader(), community).await?)
}

/// A venue to be made.
#[derive(Clone, Debug, Default)]
pub struct NewVenue {
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Its mark (一字章); empty: the first character of the name.
    pub mark: String,
    /// Colour family of the mark.
    pub tone: Tone,
    /// How to find it.
    pub directions: String,
    /// The same in English.
    pub directions_en: String,
    /// Seats.
    pub capacity: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// Whether it is outdoors.
    pub outdoor: bool,
    /// Opening, minutes after local midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after local midnight.
    pub closes_at_minute: i32,
    /// Equipment, in words.
    pub equipment: String,
    /// Closed for good from this date.
    pub closed_on: Option<Date>,
}

/// Makes a venue.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Storage`].
pub async fn create_venue(ctx: &Context, actor: &Actor, community: CommunityId, new: NewVenue) -> Result<Venue> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let name = checks.required_line("name", &new.name, NAME_CHARS);
    let mark = match new.mark.trim() {
        "" => name.chars().take(1).collect(),
        mark => mark.to_owned(),
    };
    if !name.is_empty() {
        let one_character = mark.chars().count() == 1 && mark.chars().all(char::is_alphanumeric);
        checks.ensure(one_character, "mark", "venue-mark", &mark);
    }
    checks.number("capacity", new.capacity, &CAPACITY);
    checks.number("clearing_minutes", new.clearing_minutes, &(0..=240));
    checks.number("opens_at_minute", new.opens_at_minute, &(0..=1439));
    checks.number("closes_at_minute", new.closes_at_minute, &(1..=1440));
    checks.ensure(
        new.opens_at_minute < new.closes_at_minute,
        "closes_at_minute",
        "venue-closes-before-it-opens",
        &new.closes_at_minute,
    );
    let venue = Venue {
        id: ctx.new_id(now),
        name,
        name_en: checks.line("name_en", &new.name_en, NAME_CHARS * 2),
        mark,
        tone: new.tone,
        directions: checks.line("directions", &new.directions, 200),
        directions_en: checks.line("directions_en", &new.directions_en, 400),
        capacity: new.capacity,
        clearing_minutes: new.clearing_minutes,
        outdoor: new.outdoor,
        opens_at_minute: new.opens_at_minute,
        closes_at_minute: new.closes_at_minute,
        equipment: checks.line("equipment", &new.equipment, 400),
        closed_on: new.closed_on,
    };
    checks.finish()?;
    let (stored, context, actor) = (venue.clone(), ctx.clone(), actor.clone());
    let done = ctx
        .db
        .write(async move |txn: &Txn| {
            rows::insert_venue(txn, community, &stored).await?;
            let subject = Some(stored.id.0);
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "venue.create",
                subject,
                &json!({}),
            )
            .await?;
            Ok::<_, Error>(())
        })
        .await;
    match done {
        Ok(()) => Ok(venue),
        Err(Error::Storage(storage::Error::Duplicate(_))) => {
            Err(Error::invalid("mark", "venue-mark-taken", venue.mark))
        }
        Err(error) => Err(error),
    }
}

/// A facilitator to be made.
#[derive(Clone, Debug, Default)]
pub struct NewFacilitator {
    /// The partner that sends them.
    pub partner_id: Option<PartnerId>,
    /// Name as announced.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What they do.
    pub duty: String,
}

/// Makes a facilitator.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Storage`].
pub async fn create_facilitator(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    new: NewFacilitator,
) -> Result<Facilitator> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let facilitator = Facilitator {
        id: ctx.new_id(now),
        partner_id: new.partner_id,
        name: checks.required_line("name", &new.name, NAME_CHARS),
        name_en: checks.line("name_en", &new.name_en, NAME_CHARS * 2),
        duty: checks.line("duty", &new.duty, TITLE_CHARS),
    };
    checks.finish()?;
    let (stored, context, actor) = (facilitator.clone(), ctx.clone(), actor.clone());
    let done = ctx
        .db
        .write(async move |txn: &Txn| {
            rows::insert_facilitator(txn, community, &stored).await?;
            let subject = Some(stored.id.0);
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "facilitator.create",
                subject,
                &json!({}),
            )
            .await?;
            Ok::<_, Error>(())
        })
        .await;
    match (done, new.partner_id) {
        (Ok(()), _) => Ok(facilitator),
        (Err(Error::Storage(storage::Error::Dangling)), Some(partner)) => Err(Error::Invalid(vec![FieldError::new(
            "partner_id",
            "plan-no-such",
            partner.to_string(),
        )])),
        (Err(error), _) => Err(error),
    }
}
