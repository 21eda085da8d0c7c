//! Another program's calendar becomes programmes and series, after somebody has looked it through.
//!
//! The file waits in the database between the review and the confirmation, at most a day. Only what is still to come is taken: a class
//! that began years ago goes on with its next date.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::programme::{
    NewProgramme, OnConflict, PlanSeries, PlannedSeries, create_programme_in, note, plan_series_in, preview_as,
};
use super::{Context, Error, FieldError, Result, audit, community, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::{Community, Venue};
use crate::domain::icalendar::read::{Holdings, Incoming, Left, Unreadable, read};
use crate::domain::id::{CommunityId, ProgrammeId, SeriesId, UploadId, VenueId};
use crate::domain::planning::{Programme, ProgrammeKind};
use crate::domain::text::{TEXT_CHARS, TITLE_CHARS};
use crate::storage::upload::Upload;
use crate::storage::{self, Connection, Txn};

/// What the files are kept as.
const KIND: &str = "ics";
/// The longest name that is kept, characters.
const NAME_CHARS: usize = 80;
/// How long a file waits, hours.
const KEPT_HOURS: i64 = 24;

/// One event of a file, as it would be planned.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place in the file, by which it is chosen.
    pub number: usize,
    /// What of it is to come; all of it when nothing is.
    pub event: Incoming,
    /// Whether nothing of it is to come.
    pub over: bool,
    /// Whether a series with the same programme, start and rule stands already.
    pub already: bool,
    /// The programme of this title, when there is one.
    pub programme: Option<ProgrammeId>,
    /// The venue of this name, when there is one.
    pub venue: Option<VenueId>,
    /// What planning it there would come to; what is wrong with it instead. Nothing without a venue, or when it is over.
    pub planned: Option<std::result::Result<PlannedSeries, Vec<FieldError>>>,
}

/// A file looked through.
#[derive(Clone, Debug)]
pub struct Review {
    /// The file's name.
    pub name: String,
    /// What can be planned.
    pub rows: Vec<Row>,
    /// What cannot.
    pub left: Vec<Left>,
}

/// What somebody takes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which event.
    pub number: usize,
    /// Where.
    pub venue: VenueId,
    /// What kind of programme it is, when it is a new one.
    pub kind: ProgrammeKind,
}

/// A series that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its programme.
    pub programme: ProgrammeId,
    /// The series.
    pub series: Option<SeriesId>,
    /// Its title.
    pub title: String,
    /// What it came to.
    pub planned: PlannedSeries,
}

/// What an import came to.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The series that were made.
    pub made: Vec<Made>,
    /// Titles of those that could not be: every date clashes.
    pub refused: Vec<String>,
}

/// Keeps a file for its review.
///
/// # Errors
/// [`Error::Invalid`] says why it is no calendar; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn receive(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    name: &str,
    content: Vec<u8>,
) -> Result<UploadId> {
    may(actor, Action::Plan, community)?;
    let home = community::find(ctx, community).await?;
    holdings(&content, &home)?;
    let now = ctx.now();
    let upload = Upload {
        id: ctx.new_id(now),
        account: actor.account(),
        kind: KIND,
        name: name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect(),
        content,
    };
    let id = upload.id;
    ctx.db
        .write(async move |txn: &Txn| {
            storage::upload::insert(txn, community, &upload, now).await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(id)
}

fn holdings(content: &[u8], home: &Community) -> Result<Holdings> {
    read(content, &home.zone).map_err(|why| {
        let code = match why {
            Unreadable::Empty => "import-empty",
            Unreadable::NotUtf8 => "import-not-utf8",
            Unreadable::NotCalendar => "import-not-calendar",
        };
        Error::invalid("file", code, "")
    })
}

/// Looks a file through: what it would come to, and what of it cannot be planned.
///
/// # Errors
/// [`Error::State`] when it was confirmed already or let go; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn review(ctx: &Context, actor: &Actor, community: CommunityId, id: UploadId) -> Result<Review> {
    may(actor, Action::Plan, community)?;
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let (name, content) = waiting(conn, community, id).await?;
    let holdings = holdings(&content, &home)?;
    let venues = storage::community::venues(conn, community).await?;
    let programmes = by_title(conn, community).await?;
    let series = storage::series::list(conn, community).await?;
    let mut rows = Vec::with_capacity(holdings.events.len());
    for (number, event) in holdings.events.into_iter().enumerate() {
        let coming = still_to_come(&event, &home, ctx.now());
        let over = coming.is_none();
        let event = coming.unwrap_or(event);
        let programme = programmes.get(&title_of(&event)).map(|programme| programme.id);
        let already = series.iter().any(|stands| {
            Some(stands.programme_id) == programme && {
                let theirs = Incoming {
                    starts_local: stands.starts_local,
                    duration_minutes: stands.duration_minutes,
                    rule: stands.rule.clone(),
                    extra: stands.extra.clone(),
                    ..event.clone()
                };
                let next = still_to_come(&theirs, &home, ctx.now());
                next.is_some_and(|next| next.starts_local == event.starts_local && next.rule == event.rule)
            }
        });
        let venue = venue_of(&event.place, &venues);
        let planned = match venue {
            Some(venue) if !over => match preview(ctx, &home, &event, venue).await {
                Ok(planned) => Some(Ok(planned)),
                Err(Error::Invalid(errors)) => Some(Err(errors)),
                Err(error) => return Err(error),
            },
            _ => None,
        };
        rows.push(Row {
            number,
            event,
            over,
            already,
            programme,
            venue,
            planned,
        });
    }
    Ok(Review {
        name,
        rows,
        left: holdings.left,
    })
}

/// Makes what was picked, all in one transaction; the file is let go.
///
/// # Errors
/// [`Error::State`] when it was confirmed already or let go; [`Error::Invalid`] when nothing or something unknown was picked, or a wish is
/// wrong; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: UploadId,
    picks: Vec<Pick>,
) -> Result<Imported> {
    may(actor, Action::Plan, community)?;
    if picks.is_empty() {
        return Err(Error::invalid("take", "import-nothing-picked", ""));
    }
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    retry::write(ctx, || {
        let (ctx, actor, home, picks) = (ctx.clone(), actor.clone(), home.clone(), picks.clone());
        async move |txn: &Txn| {
            let (_, content) = waiting(txn, home.id, id).await?;
            if !storage::upload::delete(txn, home.id, id).await? {
                return Err(done_already());
            }
            let events = holdings(&content, &home)?.events;
            let mut programmes = by_title(txn, home.id).await?;
            let mut done = Imported::default();
            for pick in &picks {
                let event = events
                    .get(pick.number)
                    .and_then(|event| still_to_come(event, &home, now));
                let event = event.ok_or_else(|| Error::invalid("take", "plan-no-such", pick.number.to_string()))?;
                let title = title_of(&event);
                let stands = programmes.get(&title).cloned();
                // Before a programme is made for it: a series without any place leaves nothing behind.
                let wish = wish_of(&event, ProgrammeId(uuid::Uuid::nil()), pick.venue);
                let stand_in = stands.clone().unwrap_or_else(|| stand_in(&title, pick.kind));
                if preview_as(&ctx, &home, &wish, Some(stand_in))
                    .await?
                    .sessions
                    .is_empty()
                {
                    done.refused.push(title);
                    continue;
                }
                let programme = match stands {
                    Some(programme) => programme.id,
                    None => {
                        let new = NewProgramme {
                            description: event.description.chars().take(TEXT_CHARS).collect(),
                            ..NewProgramme::titled(title.clone(), pick.kind)
                        };
                        let made = create_programme_in(&ctx, txn, now, home.id, new).await?;
                        let id = made.id;
                        programmes.insert(title.clone(), made);
                        id
                    }
                };
                let wish = wish_of(&event, programme, pick.venue);
                match plan_series_in(&ctx, txn, now, &home, &wish).await {
                    Ok(planned) => {
                        note(&ctx, txn, now, home.id, &actor, &planned).await?;
                        done.made.push(Made {
                            programme,
                            series: planned.series_id,
                            title,
                            planned,
                        });
                    }
                    Err(Error::Conflict(_)) => done.refused.push(title),
                    Err(error) => return Err(error),
                }
            }
            let detail = json!({"series": done.made.len(), "refused": done.refused.len()});
            audit::record(&ctx, txn, now, home.id, &actor, "calendar.import", Some(id.0), &detail).await?;
            Ok(done)
        }
    })
    .await
    .inspect(|_| ctx.schedule_changed())
}

/// Lets files go that nobody confirmed in time; how many.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_old(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - SignedDuration::from_hours(KEPT_HOURS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(storage::upload::forget_before(txn, before).await?))
        .await
}

fn done_already() -> Error {
    Error::State { code: "import-done" }
}

async fn waiting(conn: &impl Connection, community: CommunityId, id: UploadId) -> Result<(String, Vec<u8>)> {
    storage::upload::find(conn, community, id, KIND)
        .await?
        .ok_or_else(done_already)
}

async fn by_title(conn: &impl Connection, community: CommunityId) -> Result<HashMap<String, Programme>> {
    let all = storage::programme::list(conn, community).await?;
    Ok(all
        .into_iter()
        .filter(|programme| !programme.archived)
        .map(|programme| (programme.title.clone(), programme))
        .collect())
}

fn still_to_come(event: &Incoming, home: &Community, now: Timestamp) -> Option<Incoming> {
    event.coming(&home.zone, now.to_zoned(home.zone.clone()).datetime())
}

/// The title as a programme has it.
fn title_of(event: &Incoming) -> String {
    let title: String = event.title.chars().take(TITLE_CHARS).collect();
    let title = title.trim();
    if title.is_empty() {
        "—".to_owned()
    } else {
        title.to_owned()
    }
}

/// The venue whose name stands in the file's words for the place.
fn venue_of(place: &str, venues: &[Venue]) -> Option<VenueId> {
    let place = place.to_lowercase();
    let named = |name: &str| !name.is_empty() && place.contains(&name.to_lowercase());
    venues
        .iter()
        .filter(|venue| named(&venue.name) || named(&venue.name_en))
        .max_by_key(|venue| venue.name.chars().count())
        .map(|venue| venue.id)
}

fn wish_of(event: &Incoming, programme: ProgrammeId, venue: VenueId) -> PlanSeries {
    PlanSeries {
        rule: event.rule.as_ref().map(ToString::to_string),
        extra: event.extra.clone(),
        excluded: event.excluded.clone(),
        on_conflict: OnConflict::Skip,
        ..PlanSeries::once(programme, venue, event.starts_local, event.duration_minutes)
    }
}

/// A programme that is not there yet, for looking.
fn stand_in(title: &str, kind: ProgrammeKind) -> Programme {
    Programme::unmade(title, kind)
}

async fn preview(ctx: &Context, home: &Community, event: &Incoming, venue: VenueId) -> Result<PlannedSeries> {
    let wish = wish_of(event, ProgrammeId(uuid::Uuid::nil()), venue);
    preview_as(ctx, home, &wish, Some(stand_in(&title_of(event), ProgrammeKind::Class))).await
}
