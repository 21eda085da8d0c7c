//! Digests: what is told at fixed times and not because something happened. The coming week, the report of the past month, who has stopped
//! coming.
//!
//! A digest is written at the runs of its rule's cron expression, each once: its key names the run. Of runs that were missed only the newest is
//! made up for. What it says is found at the moment of sending, from what is true then.

use std::collections::HashSet;

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::letter::when;
use super::office::Office;
use super::story::Story;
use crate::domain::calendar::format::{full_date, moment_words, year_month};
use crate::domain::calendar::resolve;
use crate::domain::cron::{Cron, newest_due};
use crate::domain::id::{CommunityId, ProgrammeId, ResidentId, SessionId};
use crate::domain::notification::{Event, spread_seconds};
use crate::domain::notification_rule::Policy;
use crate::domain::stopped_coming::{Habit, stopped_at};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, Leased, NewDelivery, NewNotification, Sender};
use crate::storage::session::Span;
use crate::storage::{self, Connection, Txn};

/// The events that are told at fixed times.
const DIGESTS: [Event; 3] = [Event::WeeklySchedule, Event::ReportReady, Event::StoppedComing];
/// How far back a run is looked for: a year, for expressions that fire once in it.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(400 * 24);
/// A digest is of use until the next is written, and never longer than this.
const USEFUL: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far back visits are looked at to see who has stopped coming.
const VISITS_BACK: SignedDuration = SignedDuration::from_hours(120 * 24);
/// Sessions that one message lists, and people.
const MOST_LISTED: usize = 40;
/// Sessions of a week that are looked at.
const MOST_SESSIONS: u64 = 2000;

/// What a digest is about.
#[derive(Serialize, Deserialize, Default)]
struct DigestFacts {
    /// The first day of the week.
    #[serde(default)]
    from: Option<Date>,
    /// A day of the month that is reported.
    #[serde(default)]
    month: Option<Date>,
    /// Who has stopped coming to what.
    #[serde(default)]
    people: Vec<(ResidentId, ProgrammeId)>,
    /// Earlier runs that were missed and passed over.
    #[serde(default)]
    passed_over: usize,
}

/// Writes the digests that have fallen due. Running it again changes nothing. Returns how many deliveries were added.
///
/// # Errors
/// When the database cannot be asked or cannot store them.
pub async fn digest_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let conn = ctx.db.reader();
    let mut policies = storage::notification_rule::policies(conn).await?;
    let communities = storage::community::list(conn).await?;
    let spread = spread_seconds(communities.len() as u64);
    let mut added = 0;
    let mut failed = None;
    for home in communities {
        let policy = policies.remove(&home.id).unwrap_or_else(|| Ok(Policy::default()));
        let done = match policy {
            Ok(policy) => of_community(ctx, now, &Office::of(&home, policy, spread)).await,
            Err(error) => Err(error.into()),
        };
        // What fails for one community is tried again at the next look; the others are not kept waiting.
        match done {
            Ok(count) => added += count,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(added), Err)
}

/// Writes the digests of one community that have fallen due.
async fn of_community(ctx: &Context, now: Timestamp, office: &Office) -> Result<usize> {
    let mut added = 0;
    for event in DIGESTS {
        let Some(cron) = office.policy.rule(event).schedule() else {
            continue;
        };
        let Some((run_at, passed_over)) = due(ctx.db.reader(), office, event, &cron, now).await? else {
            continue;
        };
        let (ctx, office) = (ctx.clone(), office.clone());
        added += ctx
            .db
            .clone()
            .write(async move |txn: &Txn| write_down(&ctx, txn, now, &office, event, run_at, passed_over).await)
            .await?;
    }
    Ok(added)
}

fn key(event: Event, run_at: Timestamp) -> String {
    format!("{}:{run_at}", event.as_str())
}

/// The run of a digest that is due and not written, and how many older ones are passed over.
async fn due(
    conn: &impl Connection,
    office: &Office,
    event: Event,
    cron: &Cron,
    now: Timestamp,
) -> Result<Option<(Timestamp, usize)>> {
    let zone = &office.hours.zone;
    let Some(run_at) = cron.latest(now - LOOK_BACK, now, zone) else {
        return Ok(None);
    };
    // The usual look ends here: a question by key.
    if outbox::is_known(conn, office.community, &key(event, run_at)).await? {
        return Ok(None);
    }
    // What was written last, also in a future that the clock has come back from; else when the rule was set or the community made.
    let told_until = outbox::told_until(conn, office.community, event).await?;
    Ok(newest_due(cron, told_until, now, zone))
}

async fn write_down(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    office: &Office,
    event: Event,
    run_at: Timestamp,
    passed_over: usize,
) -> Result<usize> {
    let (home, zone) = (office.community, &office.hours.zone);
    let run_on = zone.to_datetime(run_at).date();
    let mut facts = DigestFacts {
        passed_over,
        ..DigestFacts::default()
    };
    let mut deliveries: Vec<NewDelivery> = Vec::new();
    match event {
        Event::WeeklySchedule => {
            let from = week_of(run_on);
            facts.from = Some(from);
            let sessions: Vec<SessionId> = week_sessions(txn, office, from, now).await?;
            if !sessions.is_empty() {
                let mut residents = Vec::new();
                for ids in sessions.chunks(500) {
                    let listeners = outbox::listeners(txn, home, ids).await?;
                    residents.extend(listeners.into_iter().filter(|one| !one.waits).map(|one| one.resident));
                }
                deliveries = office.to_residents(ctx, txn, now, event, &residents).await?;
                deliveries.extend(office.to_robots(ctx, txn, now, event).await?);
            }
        }
        Event::ReportReady => {
            facts.month = Some(run_on.first_of_month().saturating_sub(1.day()));
            deliveries = office.to_staff(ctx, txn, now, event).await?;
        }
        Event::StoppedComing => {
            facts.people = stopped(txn, home, event, run_at).await?;
            if !facts.people.is_empty() {
                deliveries = office.to_staff(ctx, txn, now, event).await?;
            }
        }
        _ => return Ok(0),
    }
    let due_at = office.hours.release(now);
    let new = NewNotification {
        id: ctx.new_id(now),
        event,
        dedupe_key: key(event, run_at),
        session: None,
        proposal: None,
        facts: serde_json::to_string(&facts).expect("ids, dates and numbers are always JSON"),
        // The run, not the moment: the next is looked for after it.
        due_at: run_at,
        expires_at: due_at + USEFUL,
    };
    let id = outbox::ensure(txn, home, &new, now).await?;
    // Nothing to tell is noted too: this run is done. Whoever came first has written it.
    if id != new.id || deliveries.is_empty() {
        return Ok(0);
    }
    outbox::add_deliveries(txn, home, id, due_at, new.expires_at, &deliveries, now).await?;
    Ok(deliveries.len())
}

/// The Monday of the week that a message of `run_on` is about: the coming one, in the first half of a week this one.
fn week_of(run_on: Date) -> Date {
    let monday = run_on.saturating_sub(i64::from(run_on.weekday().to_monday_zero_offset()).days());
    if matches!(
        run_on.weekday(),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday
    ) {
        monday
    } else {
        monday.saturating_add(7.days())
    }
}

/// The sessions of the week from `from` on that take place and have not begun.
async fn week_sessions(conn: &impl Connection, office: &Office, from: Date, now: Timestamp) -> Result<Vec<SessionId>> {
    let zone = &office.hours.zone;
    let [from, to] = [from, from.saturating_add(7.days())].map(|day| resolve(day.at(0, 0, 0, 0), zone).timestamp());
    let span = Span {
        from: from.max(now),
        to,
        after: None,
        partner: None,
        limit: MOST_SESSIONS,
    };
    let sessions = storage::session::between(conn, office.community, &span).await?;
    Ok(sessions
        .into_iter()
        .filter(|session| !session.is_cancelled())
        .map(|session| session.id)
        .collect())
}

/// Who has stopped coming to what since the last digest.
async fn stopped(
    conn: &impl Connection,
    home: CommunityId,
    event: Event,
    run_at: Timestamp,
) -> Result<Vec<(ResidentId, ProgrammeId)>> {
    let habit = Habit::default();
    let since = outbox::told_until(conn, home, event).await?;
    let all = storage::stopped_coming::turns(conn, home, run_at - VISITS_BACK, run_at, habit.came).await?;
    Ok(all
        .into_iter()
        .filter(|one| {
            let turns: Vec<_> = one.turns.iter().map(|(_, turn)| *turn).collect();
            stopped_at(&turns, habit).is_some_and(|at| one.turns[at].0 >= since)
        })
        .map(|one| (one.resident, one.programme))
        .collect())
}

/// What a digest tells, or why it need not be told any more.
pub(super) async fn story(
    ctx: &Context,
    leased: &Leased,
    event: Event,
    facts: &str,
    sender: &Sender,
    words: Words,
) -> Result<Result<Story, String>> {
    let facts: DigestFacts = serde_json::from_str(facts).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: "notification",
            column: "facts",
            id: leased.notification.to_string(),
            value: facts.chars().take(200).collect(),
        })
    })?;
    let link = |path: &str| words.a("mail-link", "link", format!("{}{path}", ctx.settings.base_url()));
    let gone = || Ok(Err(words.t("mail-dropped-gone")));
    match event {
        Event::WeeklySchedule => {
            let Some(from) = facts.from else { return gone() };
            week(ctx, leased, from, sender, words).await
        }
        Event::ReportReady => {
            let Some(month) = facts.month else { return gone() };
            let name = year_month(month.year(), month.month(), words.lang);
            let subject = words.a("mail-report-ready-subject", "month", name);
            let path = format!("/staff/reports?month={}", month.strftime("%Y-%m"));
            Ok(Ok(Story::digest(event, subject, &[link(&path)])))
        }
        Event::StoppedComing => {
            let residents: Vec<ResidentId> = facts.people.iter().map(|(resident, _)| *resident).collect();
            let names = outbox::masked_names(ctx.db.reader(), leased.community, &residents).await?;
            let titles = outbox::programme_titles(ctx.db.reader(), leased.community).await?;
            let lines: Vec<String> = facts
                .people
                .iter()
                .filter_map(|(resident, programme)| Some((names.get(resident)?, titles.get(programme)?)))
                .map(|(name, title)| words.aa("mail-stopped-coming-line", "name", name, "title", title))
                .collect();
            if lines.is_empty() {
                return gone();
            }
            let people: HashSet<ResidentId> = residents.into_iter().filter(|one| names.contains_key(one)).collect();
            let subject = words.n("mail-stopped-coming-subject", people.len());
            let mut all = Vec::new();
            let more = lines.len().saturating_sub(MOST_LISTED);
            all.extend(lines.into_iter().take(MOST_LISTED));
            if more > 0 {
                all.push(words.n("mail-digest-more", more));
            }
            all.push(link("/staff"));
            Ok(Ok(Story::digest(event, subject, &all)))
        }
        _ => gone(),
    }
}

/// The news that a proposal came in; or why it need not be told any more.
pub(super) async fn submitted(
    ctx: &Context,
    leased: &Leased,
    proposal: crate::domain::id::ProposalId,
    words: Words,
) -> Result<Result<Story, String>> {
    let conn = ctx.db.reader();
    let found = outbox::proposal_news(conn, leased.community, proposal).await?;
    let Some((partner, title, ..)) = found.filter(|(_, _, status, _)| status == "submitted") else {
        return Ok(Err(words.t("mail-dropped-answered")));
    };
    let name = outbox::partner_address(conn, leased.community, partner)
        .await?
        .map(|(name, _)| name)
        .unwrap_or_default();
    let subject = words.aa("mail-proposal-new-subject", "partner", name, "title", title);
    let link = format!("{}/staff/week", ctx.settings.base_url());
    let more = words.a("mail-link", "link", link);
    Ok(Ok(Story::digest(Event::ProposalSubmitted, subject, &[more])))
}

/// The coming week: of a resident the sessions they are signed up for, of a group of staff all.
async fn week(
    ctx: &Context,
    leased: &Leased,
    from: Date,
    sender: &Sender,
    words: Words,
) -> Result<Result<Story, String>> {
    let conn = ctx.db.reader();
    let now = ctx.now();
    let office = super::office::office(ctx, conn, leased.community).await?;
    let mut sessions = week_sessions(conn, &office, from, now).await?;
    if let Some(resident) = leased.resident {
        let mut theirs = HashSet::new();
        for ids in sessions.chunks(500) {
            let listeners = outbox::listeners_among(conn, leased.community, ids, &[resident]).await?;
            let own = listeners.into_iter().filter(|one| !one.waits);
            theirs.extend(own.map(|one| one.session));
        }
        sessions.retain(|id| theirs.contains(id));
    }
    let news = outbox::session_news(conn, leased.community, &sessions).await?;
    if news.is_empty() {
        return Ok(Err(words.t("mail-dropped-changed")));
    }
    let key = if leased.resident.is_some() {
        "mail-weekly-own-subject"
    } else {
        "mail-weekly-subject"
    };
    let subject = words.with(
        key,
        [("day", full_date(from, words.lang).into()), ("n", news.len().into())],
    );
    let mut lines = Vec::new();
    for session in news.iter().take(MOST_LISTED) {
        let at = if leased.resident.is_some() {
            when(session.starts_at, sender, now, words)
        } else {
            moment_words(sender.zone.to_datetime(session.starts_at), words.lang)
        };
        lines.push(words.with(
            "mail-weekly-line",
            [
                ("when", at.into()),
                ("title", session.title.clone().into()),
                ("venue", session.venue.clone().into()),
            ],
        ));
    }
    if news.len() > MOST_LISTED {
        lines.push(words.n("mail-digest-more", news.len() - MOST_LISTED));
    }
    let slug = outbox::slug(conn, leased.community).await?.unwrap_or_default();
    lines.push(words.a(
        "mail-link",
        "link",
        format!("{}/c/{slug}?week={}", ctx.settings.base_url(), week_name(from)),
    ));
    Ok(Ok(Story::digest(Event::WeeklySchedule, subject, &lines)))
}

/// `2026-W48`.
fn week_name(monday: Date) -> String {
    let week = monday.iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn late_in_a_week_it_is_about_the_coming_one() {
        for (run_on, monday) in [
            (date(2026, 11, 29), date(2026, 11, 30)),
            (date(2026, 11, 26), date(2026, 11, 30)),
            (date(2026, 11, 30), date(2026, 11, 30)),
            (date(2026, 12, 2), date(2026, 11, 30)),
        ] {
            assert_eq!(week_of(run_on), monday, "{run_on}");
        }
        assert_eq!(week_name(date(2026, 12, 28)), "2026-W53");
    }
}
