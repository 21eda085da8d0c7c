//! A partner's month: what it gave, who came, how they liked it, who stood in for whom, what was called off. The partner sees its own,
//! staff see anybody's; both see the same numbers as the community's report.

use std::collections::HashMap;

use super::report::sheet::{Cell, csv_row};
use super::schedule::{self, SessionView};
use super::substitution::{self, StoodIn};
use super::wording::Words;
use super::{Context, Error, Result, community, partner as partners};
use crate::domain::access::Actor;
use crate::domain::attendance::Answers;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::community::{Community, Facilitator, Partner};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, PartnerId, SessionId};
use crate::domain::period::YearMonth;
use crate::domain::planning::SessionStatus;
use crate::domain::report::{Figures, Number, Report, Subject};
use crate::storage::{self, report as rows};

/// The most sessions of a month that a statement lists.
const MOST_LISTED: u64 = 500;
/// Most names a session lists.
const MOST_NAMES: u64 = 500;

/// One session of the month.
#[derive(Clone, Debug)]
pub struct Line {
    /// The session.
    pub session: SessionView,
    /// Whether it counts as held: somebody was counted in it, or staff said so.
    pub held: bool,
    /// Whether it is still to come.
    pub coming: bool,
    /// Answers of those who came.
    pub answers: Answers,
    /// Who stood in for whom, oldest first.
    pub stood_in: Vec<StoodIn>,
}

/// A partner's month.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The community.
    pub home: Community,
    /// The partner.
    pub partner: Partner,
    /// The month.
    pub month: YearMonth,
    /// Sessions held, visits, people, answers.
    pub figures: Figures,
    /// All its sessions of the month, by start.
    pub lines: Vec<Line>,
}

impl Statement {
    /// How many were called off.
    pub fn cancelled(&self) -> usize {
        self.lines.iter().filter(|line| line.session.is_cancelled()).count()
    }

    /// In how many somebody stood in.
    pub fn stood_in(&self) -> usize {
        self.lines.iter().filter(|line| !line.stood_in.is_empty()).count()
    }
}

/// A partner's month.
///
/// # Errors
/// [`Error::NotFound`], also for a partner who asks for another; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn month(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    partner: PartnerId,
    month: YearMonth,
) -> Result<Statement> {
    partners::may_see(actor, community, partner)?;
    let now = ctx.now();
    let conn = ctx.db.reader();
    let home = community::find(ctx, community).await?;
    let found = storage::community::find_partner(conn, community, partner).await?;
    let partner = found.ok_or_else(|| Error::not_found("partner", partner))?;
    let period = month.period();
    let span = period.span(&home.zone);
    let subject = Subject::Partner(Some(partner.id));
    let report = Report::of(&rows::material(conn, &home, period, span).await?);
    let figures = report.by_partner.into_iter().find(|line| line.subject == subject);
    let behind = rows::behind(conn, community, span, &subject, Number::Sessions, MOST_LISTED).await?;
    let answers: HashMap<SessionId, Answers> = behind.into_iter().map(|one| (one.id, one.answers)).collect();
    let sessions = schedule::range_of_partner(ctx, community, partner.id, span.0, span.1).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut stood_in: HashMap<SessionId, Vec<StoodIn>> = HashMap::new();
    for one in substitution::history(ctx, community, &ids).await? {
        stood_in.entry(one.session).or_default().push(one);
    }
    let lines = sessions
        .into_iter()
        .map(|session| Line {
            held: !session.is_cancelled() && (session.status == SessionStatus::Held || session.visits() > 0),
            coming: session.ends.timestamp() > now,
            answers: answers.get(&session.id).copied().unwrap_or_default(),
            stood_in: stood_in.remove(&session.id).unwrap_or_default(),
            session,
        })
        .collect();
    Ok(Statement {
        figures: figures.map(|line| line.figures).unwrap_or_default(),
        home,
        partner,
        month,
        lines,
    })
}

/// Who stood in for whom, in words: `熊老师 代 周老师`.
pub fn stood_in_words(words: Words, one: &StoodIn) -> String {
    let name = |person: &Option<Facilitator>| {
        person
            .as_ref()
            .map(|person| words.pick(&person.name, &person.name_en).to_owned())
    };
    match (name(&one.to), name(&one.from)) {
        (Some(to), Some(from)) => words.aa("stood-in", "to", to, "from", from),
        (Some(to), None) => words.a("stood-in-new", "to", to),
        (None, Some(from)) => words.a("stood-in-none", "from", from),
        (None, None) => String::new(),
    }
}

/// The statement as a file for spreadsheets.
pub fn csv(words: Words, statement: &Statement) -> Vec<u8> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut out = String::from("\u{feff}");
    let header = [
        "statement-day",
        "statement-time",
        "statement-what",
        "statement-where",
        "statement-who",
        "statement-state",
        "statement-visits",
        "statement-named",
        "statement-answers",
        "statement-content",
        "statement-stood-in",
    ];
    csv_row(&mut out, &header.map(|key| Cell::Text(words.t(key))));
    for line in &statement.lines {
        let session = &line.session;
        let who = session
            .facilitator
            .as_ref()
            .map(|one| words.pick(&one.name, &one.name_en))
            .unwrap_or_default();
        let stood_in: Vec<String> = line.stood_in.iter().map(|one| stood_in_words(words, one)).collect();
        let counted = |count: i64| if line.held { Cell::Count(count) } else { Cell::Nothing };
        csv_row(
            &mut out,
            &[
                Cell::Text(session.starts.date().to_string()),
                Cell::Text(time_range_short(session.starts.time(), session.ends.time(), words.lang)),
                text(words.pick(&session.programme.title, &session.programme.title_en)),
                text(words.pick(&session.venue.name, &session.venue.name_en)),
                text(who),
                Cell::Text(words.t(state_key(line))),
                counted(session.visits().into()),
                counted(session.named.into()),
                counted(line.answers.count()),
                counted(line.answers.content()),
                Cell::Text(stood_in.join(words.pick("；", "; "))),
            ],
        );
    }
    out.into_bytes()
}

/// The key of how a session stands.
pub fn state_key(line: &Line) -> &'static str {
    if line.session.is_cancelled() {
        "statement-off"
    } else if line.held {
        "statement-held"
    } else if line.coming {
        "statement-coming"
    } else {
        "statement-not-counted"
    }
}

/// Who is signed up for a session, as its partner may see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guests {
    /// Masked names of those who agreed that their name is kept, in the order they signed up.
    pub names: Vec<String>,
    /// How many more hold a seat, without a name.
    pub unnamed: usize,
    /// How many wait.
    pub waiting: usize,
}

/// One of a partner's own sessions, and who is signed up for it: masked names, of those only who gave their consent.
///
/// # Errors
/// [`Error::NotFound`] for a session of another partner or of the community itself; [`Error::Forbidden`].
pub async fn session_of_partner(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    partner: PartnerId,
    id: SessionId,
) -> Result<(SessionView, Guests)> {
    partners::may_see(actor, community, partner)?;
    let session = schedule::session(ctx, community, id).await?;
    if session.partner.as_ref().is_none_or(|given_by| given_by.id != partner) {
        return Err(Error::not_found("session", id));
    }
    let mut guests = Guests::default();
    for (enrolment, stored) in storage::enrolment::roster(ctx.db.reader(), community, id, MOST_NAMES).await? {
        match enrolment.status {
            EnrolmentStatus::Waitlisted | EnrolmentStatus::Offered => guests.waiting += 1,
            _ if stored.resident.consent_on.is_some() => guests.names.push(stored.resident.name.masked()),
            _ => guests.unnamed += 1,
        }
    }
    Ok((session, guests))
}
