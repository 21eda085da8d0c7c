//! A period in figures: what the month's report says, computed from session counters, named visits and answers.
//!
//! 人次 (visits) = named rows + heads, so visits of the parts add up to the whole. 人数 (people) = distinct residents over the whole
//! period, so people of the parts do *not* add up: somebody who comes to two programmes is one person. Heads have no name and appear
//! as `anonymous_visits` beside the people. A session counts when it was held: it has attendance, or somebody recorded that nobody came.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use uuid::Uuid;

use super::attendance::{Answers, Tally};
use super::id::{GridId, PartnerId, ProgrammeId, ResidentId, SessionId, VenueId};
use super::period::Period;

/// From this age on a resident counts towards coverage, years.
pub const SENIOR_AGE: i32 = 60;
/// From this age on a resident is 高龄, years.
pub const ELDER_AGE: i32 = 80;
/// The care category of residents who live alone, as it is kept.
pub const LIVES_ALONE: &str = "独居";
/// From this many visits in the period on a resident comes regularly.
pub const REGULAR_VISITS: i64 = 4;

/// A name in both languages; the English one may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English; may be empty.
    pub en: String,
}

/// One session with its counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCount {
    /// Which.
    pub id: SessionId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Where.
    pub venue: VenueId,
    /// Stored as held.
    pub held: bool,
    /// Cancelled.
    pub cancelled: bool,
    /// Moved from another time or place.
    pub moved: bool,
    /// Named rows and heads.
    pub tally: Tally,
    /// Answers to "were you satisfied?".
    pub answers: Answers,
}

impl SessionCount {
    /// Whether it counts as held.
    pub fn counts(&self) -> bool {
        !self.cancelled && (self.held || self.tally.visits() > 0)
    }
}

/// How often one resident came to one programme at one venue in the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedVisits {
    /// Who.
    pub resident: ResidentId,
    /// To what.
    pub programme: ProgrammeId,
    /// Where.
    pub venue: VenueId,
    /// Named rows.
    pub visits: i64,
}

/// What is known of a resident who came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub resident: ResidentId,
    /// Their grid.
    pub grid: Option<GridId>,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Whether their first named visit ever lies in the period.
    pub newcomer: bool,
    /// Whether they live alone.
    pub alone: bool,
}

impl Visitor {
    /// Whether they reach an age in a year; not when their year of birth is not known.
    pub fn reaches(&self, age: i32, year: i16) -> bool {
        self.birth_year.is_some_and(|born| i32::from(year) - born >= age)
    }
}

/// A programme as the report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeName {
    /// Which.
    pub id: ProgrammeId,
    /// Title.
    pub title: Label,
    /// Its kind, as stored: `wellness`, `class` …
    pub kind: String,
    /// Who gives it; none: the community itself.
    pub partner: Option<PartnerId>,
}

/// A grid as the report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridName {
    /// Which.
    pub id: GridId,
    /// Name.
    pub name: String,
    /// Registered residents of 60 and over.
    pub seniors_registered: i64,
}

/// Everything a report is computed from.
#[derive(Clone, Debug)]
pub struct Material {
    /// The days.
    pub period: Period,
    /// All sessions that start on them.
    pub sessions: Vec<SessionCount>,
    /// Named visits to the sessions that were not cancelled.
    pub named: Vec<NamedVisits>,
    /// Everybody in `named`, once.
    pub visitors: Vec<Visitor>,
    /// The programmes of `sessions`.
    pub programmes: Vec<ProgrammeName>,
    /// Partners.
    pub partners: HashMap<PartnerId, Label>,
    /// Venues.
    pub venues: HashMap<VenueId, Label>,
    /// All grids, in the community's order.
    pub grids: Vec<GridName>,
    /// Registered residents of 60 and over.
    pub seniors_registered: i64,
    /// The date of that number.
    pub seniors_counted_on: Option<Date>,
}

/// What a line of the report, and a list of sessions behind a number, is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Everything.
    All,
    /// One programme.
    Programme(ProgrammeId),
    /// One partner; none: what the community gives itself.
    Partner(Option<PartnerId>),
    /// One venue.
    Venue(VenueId),
    /// One kind of programme, as stored.
    Kind(String),
    /// The residents of one grid; none: of no grid.
    Grid(Option<GridId>),
}

impl Subject {
    /// The id of the programme, partner, venue or grid.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Subject::All | Subject::Kind(_) => None,
            Subject::Programme(id) => Some(id.0),
            Subject::Venue(id) => Some(id.0),
            Subject::Partner(id) => id.map(|id| id.0),
            Subject::Grid(id) => id.map(|id| id.0),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::All => f.write_str("all"),
            Subject::Programme(id) => write!(f, "programme:{id}"),
            Subject::Partner(Some(id)) => write!(f, "partner:{id}"),
            Subject::Partner(None) => f.write_str("partner:none"),
            Subject::Venue(id) => write!(f, "venue:{id}"),
            Subject::Kind(kind) => write!(f, "kind:{kind}"),
            Subject::Grid(Some(id)) => write!(f, "grid:{id}"),
            Subject::Grid(None) => f.write_str("grid:none"),
        }
    }
}

/// Not something a report has a line for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line of the report: use all, programme:ID, partner:ID, venue:ID, grid:ID or kind:NAME")]
pub struct NotASubject;

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Subject::All);
        }
        let (noun, value) = text.split_once(':').ok_or(NotASubject)?;
        let id = || value.parse::<Uuid>().map_err(|_| NotASubject);
        let optional = || if value == "none" { Ok(None) } else { id().map(Some) };
        match noun {
            "programme" => Ok(Subject::Programme(id()?.into())),
            "venue" => Ok(Subject::Venue(id()?.into())),
            "partner" => Ok(Subject::Partner(optional()?.map(PartnerId))),
            "grid" => Ok(Subject::Grid(optional()?.map(GridId))),
            "kind" if !value.is_empty() && value.len() <= 40 => Ok(Subject::Kind(value.to_owned())),
            _ => Err(NotASubject),
        }
    }
}

/// Which number of a line was pressed: what stands behind it is sessions, or people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Number {
    /// 场次.
    #[default]
    Sessions,
    /// 人次.
    Visits,
    /// The part of it without a name.
    Anonymous,
    /// 满意度.
    Answers,
    /// Sessions cancelled.
    Cancelled,
    /// Sessions moved.
    Moved,
    /// 人数.
    People,
    /// Who came for the first time.
    Newcomers,
    /// Who is 60 or over.
    Seniors,
    /// Who is 80 or over.
    Elders,
    /// Who lives alone.
    Alone,
    /// Who came once.
    Once,
    /// Who came less than [`REGULAR_VISITS`] times.
    Sometimes,
    /// Who came [`REGULAR_VISITS`] times or more.
    Regularly,
    /// 户 visited, needs recorded and resolved.
    Care,
}

super::planning::named! { Number {
    Sessions => "sessions",
    Visits => "visits",
    Anonymous => "anonymous",
    Answers => "answers",
    Cancelled => "cancelled",
    Moved => "moved",
    People => "people",
    Newcomers => "newcomers",
    Seniors => "seniors",
    Elders => "elders",
    Alone => "alone",
    Once => "once",
    Sometimes => "sometimes",
    Regularly => "regularly",
    Care => "care",
} }

impl Number {
    /// Whether people stand behind it.
    pub fn is_of_people(self) -> bool {
        !matches!(
            self,
            Number::Sessions
                | Number::Visits
                | Number::Anonymous
                | Number::Answers
                | Number::Cancelled
                | Number::Moved
                | Number::Care
        )
    }
}

/// The figures of a whole or of one of its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sessions held.
    pub sessions: i64,
    /// 人次.
    pub visits: i64,
    /// The part of the visits that has no name.
    pub anonymous_visits: i64,
    /// 人数: distinct residents.
    pub people: i64,
    /// Those of them of 60 and over.
    pub seniors: i64,
    /// Those of them of 80 and over.
    pub elders: i64,
    /// Those of them who live alone.
    pub alone: i64,
    /// Answers.
    pub answers: Answers,
}

impl Figures {
    /// Visits per session held; none without sessions.
    pub fn average(&self) -> Option<f64> {
        (self.sessions > 0).then(|| self.visits as f64 / self.sessions as f64)
    }
}

/// A part of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// Its name; empty for what the community gives itself and for kinds, which the surface names.
    pub label: Label,
    /// On programmes: the venue it met at most often, whose seal marks it.
    pub venue: Option<VenueId>,
    /// Its figures.
    pub figures: Figures,
}

/// The residents of one grid. Heads have no grid: they are in the whole's `anonymous_visits` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridLine {
    /// Which; none: of no grid.
    pub grid: Option<GridId>,
    /// Its name; empty for no grid.
    pub name: String,
    /// Named visits of its residents.
    pub visits: i64,
    /// Its residents who came.
    pub people: i64,
    /// Those of them of 60 and over.
    pub seniors: i64,
    /// Registered residents of 60 and over; none when nobody counted.
    pub seniors_registered: Option<i64>,
}

impl GridLine {
    /// The share of its registered seniors who came.
    pub fn ratio(&self) -> Option<f64> {
        self.seniors_registered
            .map(|registered| self.seniors as f64 / registered as f64)
    }
}

impl Material {
    /// Who stands behind a number of people about `subject`, and how often each came to it: as many as the number says.
    pub fn people(&self, subject: &Subject, number: Number) -> Vec<(ResidentId, i64)> {
        let programmes: HashMap<ProgrammeId, &ProgrammeName> =
            self.programmes.iter().map(|name| (name.id, name)).collect();
        let who = Who::of(self);
        let about = |visit: &NamedVisits| match subject {
            Subject::All => true,
            Subject::Programme(id) => visit.programme == *id,
            Subject::Venue(id) => visit.venue == *id,
            Subject::Partner(id) => programmes.get(&visit.programme).is_some_and(|name| name.partner == *id),
            Subject::Kind(kind) => programmes.get(&visit.programme).is_some_and(|name| name.kind == *kind),
            Subject::Grid(id) => who
                .known
                .get(&visit.resident)
                .is_some_and(|visitor| visitor.grid == *id),
        };
        let mut visits: BTreeMap<ResidentId, i64> = BTreeMap::new();
        for visit in self.named.iter().filter(|visit| about(visit)) {
            *visits.entry(visit.resident).or_default() += visit.visits;
        }
        let is = |id: &ResidentId, which: &dyn Fn(&Visitor) -> bool| who.known.get(id).is_some_and(|one| which(one));
        visits
            .into_iter()
            .filter(|(id, visits)| match number {
                Number::Newcomers => is(id, &|visitor| visitor.newcomer),
                Number::Seniors => is(id, &|visitor| visitor.reaches(SENIOR_AGE, who.year)),
                Number::Elders => is(id, &|visitor| visitor.reaches(ELDER_AGE, who.year)),
                Number::Alone => is(id, &|visitor| visitor.alone),
                Number::Once => *visits <= 1,
                Number::Sometimes => (2..REGULAR_VISITS).contains(visits),
                Number::Regularly => *visits >= REGULAR_VISITS,
                _ => true,
            })
            .collect()
    }
}

/// Which part of the registered seniors came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Distinct residents of 60 and over who came.
    pub seniors: i64,
    /// Distinct residents who came and whose year of birth is not known: not in `seniors`.
    pub unknown_age: i64,
    /// Registered residents of 60 and over; 0 when nobody counted.
    pub registered: i64,
    /// The date of that number.
    pub counted_on: Option<Date>,
}

impl Coverage {
    /// Seniors who came ÷ seniors registered; none when the second is not known.
    pub fn ratio(&self) -> Option<f64> {
        (self.registered > 0).then(|| self.seniors as f64 / self.registered as f64)
    }
}

/// How many residents came how often in the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HowOften {
    /// Once.
    pub once: i64,
    /// Less than [`REGULAR_VISITS`] times.
    pub sometimes: i64,
    /// [`REGULAR_VISITS`] times or more.
    pub regularly: i64,
}

/// A period in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The days.
    pub period: Period,
    /// The whole.
    pub total: Figures,
    /// Residents whose first named visit ever lies in the period.
    pub newcomers: i64,
    /// Sessions that were cancelled.
    pub cancelled: i64,
    /// Sessions held at another time or place than planned.
    pub moved: i64,
    /// Which part of the registered seniors came.
    pub coverage: Coverage,
    /// How often people came.
    pub how_often: HowOften,
    /// Per programme, most visited first.
    pub by_programme: Vec<Line>,
    /// Per partner, most visited first.
    pub by_partner: Vec<Line>,
    /// Per venue, most visited first.
    pub by_venue: Vec<Line>,
    /// Per kind, most visited first.
    pub by_kind: Vec<Line>,
    /// Per grid, in the community's order; residents of no grid last.
    pub by_grid: Vec<GridLine>,
}

/// What is known of those who came, and the year their age is reckoned in.
struct Who<'a> {
    known: HashMap<ResidentId, &'a Visitor>,
    year: i16,
}

impl<'a> Who<'a> {
    fn of(material: &'a Material) -> Self {
        Self {
            known: material
                .visitors
                .iter()
                .map(|visitor| (visitor.resident, visitor))
                .collect(),
            year: material.period.last().year(),
        }
    }
}

/// Figures being collected for one line.
#[derive(Default)]
struct Collected {
    figures: Figures,
    people: HashSet<ResidentId>,
}

impl Collected {
    fn session(&mut self, session: &SessionCount) {
        self.figures.sessions += 1;
        self.figures.visits += session.tally.visits();
        self.figures.anonymous_visits += i64::from(session.tally.headcount);
        self.figures.answers += session.answers;
    }

    fn done(mut self, who: &Who) -> Figures {
        let year = who.year;
        let visitors = || self.people.iter().filter_map(|id| who.known.get(id));
        let count = |which: &dyn Fn(&Visitor) -> bool| visitors().filter(|visitor| which(visitor)).count() as i64;
        let (seniors, elders, alone) = (
            count(&|visitor| visitor.reaches(SENIOR_AGE, year)),
            count(&|visitor| visitor.reaches(ELDER_AGE, year)),
            count(&|visitor| visitor.alone),
        );
        self.figures.people = self.people.len() as i64;
        self.figures.seniors = seniors;
        self.figures.elders = elders;
        self.figures.alone = alone;
        self.figures
    }
}

/// The lines of one table: a subject for every session and for every named visit.
fn lines(
    material: &Material,
    who: &Who,
    subject: impl Fn(ProgrammeId, VenueId) -> Option<(Subject, Label)>,
    venue_of: impl Fn(&Subject) -> Option<VenueId>,
) -> Vec<Line> {
    let mut collected: BTreeMap<Subject, (Label, Collected)> = BTreeMap::new();
    for session in material.sessions.iter().filter(|session| session.counts()) {
        if let Some((subject, label)) = subject(session.programme, session.venue) {
            collected
                .entry(subject)
                .or_insert_with(|| (label, Collected::default()))
                .1
                .session(session);
        }
    }
    for visit in &material.named {
        let found = subject(visit.programme, visit.venue).and_then(|(subject, _)| collected.get_mut(&subject));
        if let Some((_, line)) = found {
            line.people.insert(visit.resident);
        }
    }
    let mut lines: Vec<Line> = collected
        .into_iter()
        .map(|(subject, (label, collected))| Line {
            venue: venue_of(&subject),
            subject,
            label,
            figures: collected.done(who),
        })
        .collect();
    lines.sort_by(|a, b| {
        let most = b.figures.visits.cmp(&a.figures.visits);
        most.then_with(|| a.label.zh.cmp(&b.label.zh))
    });
    lines
}

/// Where each programme met most often.
fn usual_venues(sessions: &[SessionCount]) -> HashMap<ProgrammeId, VenueId> {
    let mut times: BTreeMap<(ProgrammeId, VenueId), u32> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.counts()) {
        *times.entry((session.programme, session.venue)).or_default() += 1;
    }
    let mut usual: HashMap<ProgrammeId, (VenueId, u32)> = HashMap::new();
    for ((programme, venue), count) in times {
        let best = usual.entry(programme).or_insert((venue, 0));
        if count > best.1 {
            *best = (venue, count);
        }
    }
    usual
        .into_iter()
        .map(|(programme, (venue, _))| (programme, venue))
        .collect()
}

fn grid_lines(material: &Material, visits_of: &HashMap<ResidentId, i64>) -> Vec<GridLine> {
    let year = material.period.last().year();
    let line = |grid: Option<GridId>, name: &str, seniors_registered: Option<i64>| {
        let of_grid = || material.visitors.iter().filter(move |visitor| visitor.grid == grid);
        GridLine {
            grid,
            name: name.to_owned(),
            visits: of_grid().filter_map(|visitor| visits_of.get(&visitor.resident)).sum(),
            people: of_grid().count() as i64,
            seniors: of_grid().filter(|visitor| visitor.reaches(SENIOR_AGE, year)).count() as i64,
            seniors_registered,
        }
    };
    let mut lines: Vec<GridLine> = material
        .grids
        .iter()
        .map(|grid| {
            let registered = (grid.seniors_registered > 0).then_some(grid.seniors_registered);
            line(Some(grid.id), &grid.name, registered)
        })
        .collect();
    let none = line(None, "", None);
    if none.people > 0 {
        lines.push(none);
    }
    lines
}

fn how_often(visits_of: &HashMap<ResidentId, i64>) -> HowOften {
    let mut how_often = HowOften::default();
    for visits in visits_of.values() {
        match visits {
            ..=1 => how_often.once += 1,
            2..REGULAR_VISITS => how_often.sometimes += 1,
            REGULAR_VISITS.. => how_often.regularly += 1,
        }
    }
    how_often
}

impl Report {
    /// Computes the report.
    pub fn of(material: &Material) -> Self {
        let programmes: HashMap<ProgrammeId, &ProgrammeName> =
            material.programmes.iter().map(|name| (name.id, name)).collect();
        let usual = usual_venues(&material.sessions);
        let title = |id: ProgrammeId| programmes.get(&id).map(|name| name.title.clone()).unwrap_or_default();
        let no_venue = |_: &Subject| None;
        let who = Who::of(material);

        let mut total = Collected::default();
        for session in material.sessions.iter().filter(|session| session.counts()) {
            total.session(session);
        }
        let mut visits_of: HashMap<ResidentId, i64> = HashMap::new();
        for visit in &material.named {
            total.people.insert(visit.resident);
            *visits_of.entry(visit.resident).or_default() += visit.visits;
        }

        let year = material.period.last().year();
        let coverage = Coverage {
            seniors: material
                .visitors
                .iter()
                .filter(|visitor| visitor.reaches(SENIOR_AGE, year))
                .count() as i64,
            unknown_age: material
                .visitors
                .iter()
                .filter(|visitor| visitor.birth_year.is_none())
                .count() as i64,
            registered: material.seniors_registered,
            counted_on: material.seniors_counted_on,
        };
        Self {
            period: material.period,
            total: total.done(&who),
            newcomers: material.visitors.iter().filter(|visitor| visitor.newcomer).count() as i64,
            cancelled: material.sessions.iter().filter(|session| session.cancelled).count() as i64,
            moved: material
                .sessions
                .iter()
                .filter(|session| session.counts() && session.moved)
                .count() as i64,
            coverage,
            how_often: how_often(&visits_of),
            by_programme: lines(
                material,
                &who,
                |programme, _| Some((Subject::Programme(programme), title(programme))),
                |subject| match subject {
                    Subject::Programme(id) => usual.get(id).copied(),
                    _ => None,
                },
            ),
            by_partner: lines(
                material,
                &who,
                |programme, _| {
                    let partner = programmes.get(&programme)?.partner;
                    let label = partner.and_then(|id| material.partners.get(&id).cloned());
                    Some((Subject::Partner(partner), label.unwrap_or_default()))
                },
                no_venue,
            ),
            by_venue: lines(
                material,
                &who,
                |_, venue| {
                    let label = material.venues.get(&venue).cloned().unwrap_or_default();
                    Some((Subject::Venue(venue), label))
                },
                |subject| match subject {
                    Subject::Venue(id) => Some(*id),
                    _ => None,
                },
            ),
            by_kind: lines(
                material,
                &who,
                |programme, _| {
                    let kind = programmes.get(&programme)?.kind.clone();
                    Some((Subject::Kind(kind), Label::default()))
                },
                no_venue,
            ),
            by_grid: grid_lines(material, &visits_of),
        }
    }

    /// Whether nothing was held.
    pub fn is_empty(&self) -> bool {
        self.total.sessions == 0
    }
}

#[cfg(test)]
mod tests;
