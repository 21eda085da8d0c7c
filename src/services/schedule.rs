//! The reading side: a week, a range, one session, as every surface shows them. Reading writes nothing.

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

use super::{Context, Error, Result, community, programme};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::{IsoWeek, resolve};
use crate::domain::community::{Community, Facilitator, Venue};
use crate::domain::enrolment::{Rules, Seats, Terms};
use crate::domain::id::{CommunityId, PartnerId, ProgrammeId, SeriesId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::planning::{
    Counting, Programme, ProgrammeKind, ReasonCode, Series, Session, SessionStatus, SignUpMode, numbers, topics,
};
use crate::storage::{self, Connection};

/// The most sessions one question answers; a week of a community has some dozens.
const MOST_SESSIONS: u64 = 5000;

/// A programme as a session shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeBrief {
    /// Its id.
    pub id: ProgrammeId,
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line; may be empty.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// What kind of thing it is.
    pub kind: ProgrammeKind,
    /// Whether one signs up.
    pub sign_up: SignUpMode,
    /// How those who came are counted.
    pub counting: Counting,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom, in words.
    pub audience: String,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
}

impl From<&Programme> for ProgrammeBrief {
    fn from(programme: &Programme) -> Self {
        Self {
            id: programme.id,
            title: programme.title.clone(),
            title_en: programme.title_en.clone(),
            slogan: programme.slogan.clone(),
            slogan_en: programme.slogan_en.clone(),
            kind: programme.kind,
            sign_up: programme.sign_up,
            counting: programme.counting,
            description: programme.description.clone(),
            description_en: programme.description_en.clone(),
            bring: programme.bring.clone(),
            bring_en: programme.bring_en.clone(),
            audience: programme.audience.clone(),
            matters: programme.matters.clone(),
        }
    }
}

/// A partner as a session shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerBrief {
    /// Its id.
    pub id: PartnerId,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Whether its coming sessions are paused until staff have looked into a complaint.
    pub frozen: bool,
}

/// A session as every surface shows it. Times are in the community's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Of which series.
    pub series_id: SeriesId,
    /// What is offered.
    pub programme: ProgrammeBrief,
    /// Where.
    pub venue: Venue,
    /// Who.
    pub facilitator: Option<Facilitator>,
    /// The partner that gives it.
    pub partner: Option<PartnerBrief>,
    /// Start.
    pub starts: Zoned,
    /// End.
    pub ends: Zoned,
    /// The start that the rule yields, wall clock: the identity.
    pub original_local: DateTime,
    /// How it stands.
    pub status: SessionStatus,
    /// Why it was cancelled or moved.
    pub reason_code: Option<ReasonCode>,
    /// The same in words.
    pub reason: Option<String>,
    /// Where it stood before it was moved: time, and the venue when that changed.
    pub moved_from: Option<(Zoned, Option<Venue>)>,
    /// 第n讲: its number among the sessions of its series that are not cancelled; none when the series does not repeat.
    pub number: Option<u32>,
    /// Its own topic, or the one it takes from the queue of its series.
    pub topic: Option<String>,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// Enrolments that hold a seat.
    pub enrolled: i32,
    /// Enrolments that wait.
    pub waitlisted: i32,
    /// Seats kept for people who are asked: whether they come again, or whether they take one that became free.
    pub asked: i32,
    /// The same as far as signing up is concerned, with the rules that hold.
    pub seats: Seats,
    /// Named attendance rows.
    pub named: i32,
    /// Unnamed heads.
    pub headcount: i32,
    /// Whether it was changed by hand.
    pub overridden: bool,
    /// Whether its series has more dates.
    pub repeats: bool,
    /// Raised at each change.
    pub sequence: i32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl SessionView {
    /// 人次: everybody who came, named or not.
    pub fn visits(&self) -> i32 {
        self.named + self.headcount
    }

    /// Whether it was called off.
    pub fn is_cancelled(&self) -> bool {
        self.status == SessionStatus::Cancelled
    }

    /// Whether it is paused: its partner is frozen until staff have looked into a complaint. Of use for coming sessions only.
    pub fn is_paused(&self) -> bool {
        let stands = matches!(self.status, SessionStatus::Scheduled | SessionStatus::Provisional);
        stands && self.partner.as_ref().is_some_and(|partner| partner.frozen)
    }
}

/// The sessions that start in a week, by start.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn week(ctx: &Context, community: CommunityId, week: IsoWeek) -> Result<Vec<SessionView>> {
    let home = community::find(ctx, community).await?;
    let (from, to) = bounds_of(&home, week);
    reach(ctx, &home, to).await?;
    between(ctx, &home, from, to, None).await
}

/// The sessions that start in a week, by start, and behind them those that were moved out of it: the planner still shows where they went.
/// They come without their numbers, without the topics of their series' queue, and as if none repeated: a board does not show these, and
/// counting all of a series would cost more than all the rest.
///
/// # Errors
/// [`Error::Storage`].
pub async fn week_as_planned(ctx: &Context, home: &Community, week: IsoWeek) -> Result<Vec<SessionView>> {
    let (from, to) = bounds_of(home, week);
    reach(ctx, home, to).await?;
    let conn = ctx.db.reader();
    let span = storage::session::Span {
        from,
        to,
        after: None,
        partner: None,
        limit: MOST_SESSIONS,
    };
    let (mut sessions, moved_out) = tokio::try_join!(
        storage::session::between(conn, home.id, &span),
        storage::session::moved_out_of(conn, home.id, from, to),
    )?;
    sessions.extend(moved_out);
    views_with(conn, home, sessions, false).await
}

/// Sees to it that sessions are stored up to `to`, where that lies beyond the planning horizon. Whoever shows days far ahead calls it first;
/// near ones cost nothing.
///
/// # Errors
/// [`Error::Storage`].
pub async fn reach(ctx: &Context, home: &Community, to: Timestamp) -> Result<()> {
    let until = home.zone.to_datetime(to);
    programme::extend_to(ctx, home, until).await.map(|_| ())
}

/// The first instant of a week in a community, and the first after it.
pub fn bounds_of(community: &Community, week: IsoWeek) -> (Timestamp, Timestamp) {
    let midnight = |week: IsoWeek| {
        let monday = week.first_day().to_datetime(jiff::civil::Time::midnight());
        resolve(monday, &community.zone).timestamp()
    };
    (midnight(week), midnight(week.next()))
}

/// The sessions that start at or after `from` and before `to`, by start.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn range(ctx: &Context, community: CommunityId, from: Timestamp, to: Timestamp) -> Result<Vec<SessionView>> {
    let home = community::find(ctx, community).await?;
    between(ctx, &home, from, to, None).await
}

/// The sessions of a partner's programmes that start at or after `from` and before `to`, by start.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn range_of_partner(
    ctx: &Context,
    community: CommunityId,
    partner: PartnerId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<SessionView>> {
    let home = community::find(ctx, community).await?;
    between(ctx, &home, from, to, Some(partner)).await
}

/// Sessions that were moved out of `from..to`: the place they left still shows where they went.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn moved_out_of(
    ctx: &Context,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<SessionView>> {
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let sessions = storage::session::moved_out_of(conn, home.id, from, to).await?;
    views(conn, &home, sessions).await
}

/// One session.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn session(ctx: &Context, community: CommunityId, id: SessionId) -> Result<SessionView> {
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let found = storage::session::find(conn, community, id).await?;
    let session = found.ok_or_else(|| Error::not_found("session", id))?;
    views(conn, &home, vec![session])
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("session", id))
}

/// The next session of the same series that takes place after this one; none when there is no more.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn next_of_series(ctx: &Context, community: CommunityId, view: &SessionView) -> Result<Option<SessionView>> {
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let all = storage::session::of_series(conn, community, view.series_id).await?;
    let next = all
        .into_iter()
        .filter(|session| !session.is_cancelled() && session.starts_at > view.starts.timestamp())
        .min_by_key(|session| session.starts_at);
    match next {
        Some(session) => Ok(views(conn, &home, vec![session]).await?.pop()),
        None => Ok(None),
    }
}

/// The dates of a series in words: `每周三 上午9:30`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn rule_words(ctx: &Context, community: CommunityId, series: SeriesId, lang: Lang) -> Result<String> {
    let found = storage::series::find(ctx.db.reader(), community, series).await?;
    let series = found.ok_or_else(|| Error::not_found("series", series))?;
    Ok(in_words(&series, lang))
}

/// The series with these ids, in no order. Public: their dates are.
///
/// # Errors
/// [`Error::Storage`].
pub async fn series_of(ctx: &Context, community: CommunityId, ids: &[SeriesId]) -> Result<Vec<Series>> {
    Ok(storage::series::find_all(ctx.db.reader(), community, ids).await?)
}

/// The dates of a series in words.
pub fn in_words(series: &Series, lang: Lang) -> String {
    series.recurrence().words(lang)
}

/// A page of the schedule for programs: sessions by (start, id), and whether there are more.
#[derive(Clone, Debug)]
pub struct Page {
    /// The sessions.
    pub items: Vec<SessionView>,
    /// Where the next page begins: after this session.
    pub next: Option<(Timestamp, SessionId)>,
}

/// A page of the sessions that start at or after `from` and before `to`. Staff and the district see all, a partner its own.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn page(
    ctx: &Context,
    actor: &Actor,
    home: &Community,
    from: Timestamp,
    to: Timestamp,
    after: Option<(Timestamp, SessionId)>,
    limit: u64,
) -> Result<Page> {
    let partner = actor.partner();
    let action = if partner.is_some() {
        Action::Propose
    } else {
        Action::ReadReports
    };
    may(actor, action, home.id)?;
    reach(ctx, home, to).await?;
    let span = storage::session::Span {
        from,
        to,
        after,
        partner,
        limit: limit.saturating_add(1),
    };
    let conn = ctx.db.reader();
    let mut sessions = storage::session::between(conn, home.id, &span).await?;
    let more = sessions.len() as u64 > limit;
    sessions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = sessions.last().filter(|_| more).map(|last| (last.starts_at, last.id));
    Ok(Page {
        items: views(conn, home, sessions).await?,
        next,
    })
}

async fn between(
    ctx: &Context,
    home: &Community,
    from: Timestamp,
    to: Timestamp,
    partner: Option<PartnerId>,
) -> Result<Vec<SessionView>> {
    let span = storage::session::Span {
        from,
        to,
        after: None,
        partner,
        limit: MOST_SESSIONS,
    };
    let conn = ctx.db.reader();
    let sessions = storage::session::between(conn, home.id, &span).await?;
    views(conn, home, sessions).await
}

/// Sessions with everything that is shown beside them, in the same order. They must be all the sessions between the first
/// start and the last, or one: else their numbers would be wrong.
pub(super) async fn views(
    conn: &impl Connection,
    home: &Community,
    sessions: Vec<Session>,
) -> Result<Vec<SessionView>> {
    views_with(conn, home, sessions, true).await
}

/// The same, with or without what their series say of them: numbers, topics, whether they repeat.
async fn views_with(
    conn: &impl Connection,
    home: &Community,
    sessions: Vec<Session>,
    with_series: bool,
) -> Result<Vec<SessionView>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let distinct = |ids: HashSet<SeriesId>| ids.into_iter().collect::<Vec<_>>();
    let series_ids = distinct(sessions.iter().map(|session| session.series_id).collect());
    let programme_ids: HashSet<ProgrammeId> = sessions.iter().map(|session| session.programme_id).collect();
    let programme_ids: Vec<ProgrammeId> = programme_ids.into_iter().collect();
    let all_series = async {
        if with_series {
            storage::series::find_all(conn, home.id, &series_ids).await
        } else {
            Ok(Vec::new())
        }
    };
    // None waits for another: together they take as long as the slowest.
    let (venues, facilitators, partners, programmes, all_series, rules) = tokio::try_join!(
        storage::community::venues(conn, home.id),
        storage::community::facilitators(conn, home.id),
        storage::community::partners(conn, home.id),
        storage::programme::find_all(conn, home.id, &programme_ids),
        all_series,
        storage::sign_up_rule::of_sessions(conn, home.id, &sessions),
    )?;
    let venues: HashMap<_, Venue> = venues.into_iter().map(|venue| (venue.id, venue)).collect();
    let facilitators: HashMap<_, Facilitator> = facilitators
        .into_iter()
        .map(|facilitator| (facilitator.id, facilitator))
        .collect();
    let partners: HashMap<_, PartnerBrief> = partners
        .into_iter()
        .map(|partner| {
            let brief = PartnerBrief {
                id: partner.id,
                name: partner.name,
                name_en: partner.name_en,
                frozen: partner.frozen_at.is_some(),
            };
            (brief.id, brief)
        })
        .collect();
    let programmes: HashMap<_, Programme> = programmes
        .into_iter()
        .map(|programme| (programme.id, programme))
        .collect();
    let repeating: HashMap<SeriesId, Series> = all_series
        .into_iter()
        .filter(Series::repeats)
        .map(|series| (series.id, series))
        .collect();
    let first = sessions
        .iter()
        .map(|session| session.starts_at)
        .min()
        .unwrap_or_default();
    let before =
        storage::session::counts_before(conn, home.id, &distinct(repeating.keys().copied().collect()), first).await?;
    let before = |series: SeriesId| before.get(&series).copied().unwrap_or_default();
    let numbers = numbers(&sessions, |series| before(series).0);
    let queue = |series: SeriesId| repeating.get(&series).map_or(&[][..], |series| &series.topics);
    let mut topics = topics(&sessions, queue, |series| before(series).1);

    let seats = seats_of(conn, home, &sessions, &programmes, &partners, &rules).await?;
    let local = |at: Timestamp| at.to_zoned(home.zone.clone());
    let mut shown = Vec::with_capacity(sessions.len());
    for session in sessions {
        let missing = |column: &'static str, value: String| {
            Error::Storage(storage::Error::Inconsistent {
                table: "session",
                column,
                id: session.id.to_string(),
                value,
            })
        };
        // The foreign keys promise both; a row written between our questions may still be missing here.
        let venue = venues
            .get(&session.venue_id)
            .ok_or_else(|| missing("venue_id", session.venue_id.to_string()))?;
        let programme = programmes
            .get(&session.programme_id)
            .ok_or_else(|| missing("programme_id", session.programme_id.to_string()))?;
        let moved_from_venue = session
            .moved_from_venue_id
            .filter(|before| *before != session.venue_id)
            .and_then(|before| venues.get(&before).cloned());
        let repeats = repeating.contains_key(&session.series_id);
        let seats = seats
            .get(&session.id)
            .copied()
            .ok_or_else(|| missing("id", session.id.to_string()))?;
        shown.push(SessionView {
            id: session.id,
            series_id: session.series_id,
            programme: programme.into(),
            venue: venue.clone(),
            facilitator: session.facilitator_id.and_then(|id| facilitators.get(&id).cloned()),
            partner: programme.partner_id.and_then(|id| partners.get(&id).cloned()),
            starts: local(session.starts_at),
            ends: local(session.ends_at),
            original_local: session.original_local,
            status: session.status,
            reason_code: session.reason_code,
            reason: session.reason,
            moved_from: session.moved_from_at.map(|at| (local(at), moved_from_venue)),
            number: numbers.get(&session.id).copied().filter(|_| repeats),
            topic: topics.remove(&session.id),
            capacity: session.capacity,
            enrolled: session.enrolled,
            waitlisted: session.waitlisted,
            asked: session.asked,
            seats,
            named: session.named,
            headcount: session.headcount,
            overridden: session.overridden,
            repeats,
            sequence: session.sequence,
            updated_at: session.updated_at,
        });
    }
    Ok(shown)
}

/// Sessions as far as signing up is concerned, each with the rules nearest to it.
async fn seats_of(
    conn: &impl Connection,
    home: &Community,
    sessions: &[Session],
    programmes: &HashMap<ProgrammeId, Programme>,
    partners: &HashMap<PartnerId, PartnerBrief>,
    rules: &HashMap<Uuid, Rules>,
) -> Result<HashMap<SessionId, Seats>> {
    let terms = |session: &Session| {
        [session.id.0, session.series_id.0, session.programme_id.0]
            .iter()
            .find_map(|id| rules.get(id))
            .map_or_else(
                || Terms::usual(session.starts_at),
                |rules| rules.terms(session.starts_at, &home.zone),
            )
    };
    let terms: HashMap<SessionId, Terms> = sessions.iter().map(|session| (session.id, terms(session))).collect();
    let which = |wanted: &dyn Fn(&Terms) -> bool| -> Vec<SessionId> {
        terms
            .iter()
            .filter(|(_, terms)| wanted(terms))
            .map(|(id, _)| *id)
            .collect()
    };
    let keeping = which(&|terms| terms.kept > 0);
    let desk = if keeping.is_empty() {
        HashMap::new()
    } else {
        storage::enrolment::desk_seats(conn, home.id, &keeping).await?
    };
    let mut drawn = HashSet::new();
    for id in which(&|terms| terms.draws_at.is_some()) {
        if storage::draw::find(conn, home.id, id)
            .await?
            .is_some_and(|draw| draw.drawn_at.is_some())
        {
            drawn.insert(id);
        }
    }
    let seats = |session: &Session| -> Option<Seats> {
        let programme = programmes.get(&session.programme_id)?;
        Some(Seats {
            capacity: session.capacity,
            enrolled: session.enrolled,
            waitlisted: session.waitlisted,
            asked: session.asked,
            desk: desk.get(&session.id).copied().unwrap_or_default(),
            mode: programme.sign_up,
            status: session.status,
            starts_at: session.starts_at,
            paused: programme
                .partner_id
                .and_then(|id| partners.get(&id))
                .is_some_and(|partner| partner.frozen),
            terms: *terms.get(&session.id)?,
            drawn: drawn.contains(&session.id),
        })
    };
    Ok(sessions
        .iter()
        .filter_map(|session| Some((session.id, seats(session)?)))
        .collect())
}

/// All sessions of a series, by original start.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn of_series(ctx: &Context, community: CommunityId, series: SeriesId) -> Result<Vec<SessionView>> {
    let home = community::find(ctx, community).await?;
    let sessions = storage::session::of_series(ctx.db.reader(), community, series).await?;
    views(ctx.db.reader(), &home, sessions).await
}
