//! The report as programs read it: the JSON of the API and of the command line.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Reported;
use super::lock::Frozen;
use crate::domain::attendance::Answers;
use crate::domain::report::{Figures, Line, Subject};

/// A period in figures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// The community, as in addresses.
    pub community: String,
    /// First day, `2026-10-01`.
    pub from: String,
    /// Last day, included.
    pub to: String,
    /// Sessions held (场次).
    pub sessions: i64,
    /// 人次: named visits and heads together.
    pub visits: i64,
    /// 人数: distinct residents over the whole period.
    pub people: i64,
    /// The part of the visits that has no name.
    pub anonymous_visits: i64,
    /// Residents whose first named visit ever lies in the period.
    pub newcomers: i64,
    /// Those of the people who are 60 or over.
    pub seniors: i64,
    /// Those who are 80 or over.
    pub elders: i64,
    /// Those who live alone.
    pub alone: i64,
    /// Visits per session held; null without sessions.
    pub average: Option<f64>,
    /// Sessions cancelled.
    pub cancelled: i64,
    /// Sessions held at another time or place than planned.
    pub moved: i64,
    /// 满意度.
    pub satisfaction: Satisfaction,
    /// Which part of the registered seniors came.
    pub coverage: Coverage,
    /// How many residents came how often.
    pub how_often: HowOften,
    /// Per programme, most visited first.
    pub by_programme: Vec<ProgrammeLine>,
    /// Per partner, most visited first; `id` is null for what the community gives itself.
    pub by_partner: Vec<NamedLine>,
    /// Per venue, most visited first.
    pub by_venue: Vec<NamedLine>,
    /// Per kind of programme, most visited first.
    pub by_kind: Vec<KindLine>,
    /// Per grid, in the community's order; `id` is null for residents of no grid. Heads have no grid.
    pub by_grid: Vec<GridLine>,
    /// When the period is a month that was reported: what was reported, and what was corrected since. Null otherwise.
    pub reported: Option<ReportedMonth>,
}

/// A month as it was reported.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportedMonth {
    /// When.
    pub at: String,
    /// Sessions held, as reported.
    pub sessions: i64,
    /// 人次, as reported.
    pub visits: i64,
    /// 人数, as reported.
    pub people: i64,
    /// What was corrected since, oldest first.
    pub corrections: Vec<CorrectionLine>,
}

/// A correction.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CorrectionLine {
    /// At which session.
    pub session_id: Uuid,
    /// 人次 of it before.
    pub visits_before: i64,
    /// 人次 of it after.
    pub visits_after: i64,
    /// Answers added.
    pub answers_added: i32,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

impl From<&Frozen> for ReportedMonth {
    fn from(frozen: &Frozen) -> Self {
        Self {
            at: frozen.reported_at.to_string(),
            sessions: frozen.figures.sessions,
            visits: frozen.figures.visits,
            people: frozen.figures.people,
            corrections: frozen
                .corrections
                .iter()
                .map(|one| CorrectionLine {
                    session_id: one.session.0,
                    visits_before: one.before.visits(),
                    visits_after: one.after.visits(),
                    answers_added: one.answers_added,
                    reason: one.reason.clone(),
                    at: one.at.to_string(),
                })
                .collect(),
        }
    }
}

/// 满意度: (very satisfied + satisfied) ÷ answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Satisfaction {
    /// 0 to 1; null without answers.
    pub ratio: Option<f64>,
    /// Valid answers.
    pub answers: i64,
}

impl From<Answers> for Satisfaction {
    fn from(answers: Answers) -> Self {
        Self {
            ratio: answers.ratio(),
            answers: answers.count(),
        }
    }
}

/// Distinct residents of 60 and over who came ÷ those registered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// 0 to 1; null when nobody counted the registered.
    pub ratio: Option<f64>,
    /// Distinct residents of 60 and over who came.
    pub people: i64,
    /// Those who came and whose year of birth is not known; not in `people`.
    pub unknown_age: i64,
    /// Registered residents of 60 and over.
    pub registered: i64,
    /// The date of that number.
    pub counted_on: Option<String>,
}

/// How many residents came how often.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HowOften {
    /// Once.
    pub once: i64,
    /// Two or three times.
    pub sometimes: i64,
    /// Four times or more.
    pub regularly: i64,
}

/// The figures of a part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Sessions held.
    pub sessions: i64,
    /// 人次.
    pub visits: i64,
    /// 人数: distinct residents.
    pub people: i64,
    /// The part of the visits that has no name.
    pub anonymous_visits: i64,
    /// Those of the people who are 60 or over.
    pub seniors: i64,
    /// Those who are 80 or over.
    pub elders: i64,
    /// Those who live alone.
    pub alone: i64,
    /// Visits per session.
    pub average: Option<f64>,
    /// 满意度.
    pub satisfaction: Satisfaction,
}

impl From<Figures> for Part {
    fn from(figures: Figures) -> Self {
        Self {
            sessions: figures.sessions,
            visits: figures.visits,
            people: figures.people,
            anonymous_visits: figures.anonymous_visits,
            seniors: figures.seniors,
            elders: figures.elders,
            alone: figures.alone,
            average: figures.average(),
            satisfaction: figures.answers.into(),
        }
    }
}

/// One programme.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProgrammeLine {
    /// Its id.
    pub id: Option<Uuid>,
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Its figures.
    #[serde(flatten)]
    pub part: Part,
}

/// One partner or venue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedLine {
    /// Its id.
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Its figures.
    #[serde(flatten)]
    pub part: Part,
}

/// One kind of programme.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KindLine {
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`.
    pub kind: String,
    /// Its figures.
    #[serde(flatten)]
    pub part: Part,
}

/// The residents of one grid.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GridLine {
    /// Its id.
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Named visits.
    pub visits: i64,
    /// Distinct residents.
    pub people: i64,
    /// Those of them of 60 and over.
    pub seniors: i64,
    /// Registered residents of 60 and over.
    pub registered: Option<i64>,
    /// `seniors` ÷ `registered`.
    pub ratio: Option<f64>,
}

fn named(line: &Line) -> NamedLine {
    NamedLine {
        id: line.subject.id(),
        name: line.label.zh.clone(),
        name_en: line.label.en.clone(),
        part: line.figures.into(),
    }
}

impl From<&Reported> for Document {
    fn from(reported: &Reported) -> Self {
        let report = &reported.report;
        Self {
            community: reported.community.slug.clone(),
            from: report.period.first().to_string(),
            to: report.period.last().to_string(),
            sessions: report.total.sessions,
            visits: report.total.visits,
            people: report.total.people,
            anonymous_visits: report.total.anonymous_visits,
            newcomers: report.newcomers,
            seniors: report.total.seniors,
            elders: report.total.elders,
            alone: report.total.alone,
            average: report.total.average(),
            cancelled: report.cancelled,
            moved: report.moved,
            satisfaction: report.total.answers.into(),
            coverage: Coverage {
                ratio: report.coverage.ratio(),
                people: report.coverage.seniors,
                unknown_age: report.coverage.unknown_age,
                registered: report.coverage.registered,
                counted_on: report.coverage.counted_on.map(|date| date.to_string()),
            },
            how_often: HowOften {
                once: report.how_often.once,
                sometimes: report.how_often.sometimes,
                regularly: report.how_often.regularly,
            },
            by_programme: report
                .by_programme
                .iter()
                .map(|line| ProgrammeLine {
                    id: line.subject.id(),
                    title: line.label.zh.clone(),
                    title_en: line.label.en.clone(),
                    part: line.figures.into(),
                })
                .collect(),
            by_partner: report.by_partner.iter().map(named).collect(),
            by_venue: report.by_venue.iter().map(named).collect(),
            by_kind: report
                .by_kind
                .iter()
                .map(|line| KindLine {
                    kind: match &line.subject {
                        Subject::Kind(kind) => kind.clone(),
                        _ => String::new(),
                    },
                    part: line.figures.into(),
                })
                .collect(),
            by_grid: report
                .by_grid
                .iter()
                .map(|line| GridLine {
                    id: line.grid.map(|grid| grid.0),
                    name: line.name.clone(),
                    visits: line.visits,
                    people: line.people,
                    seniors: line.seniors,
                    registered: line.seniors_registered,
                    ratio: line.ratio(),
                })
                .collect(),
            reported: reported.frozen.as_ref().map(ReportedMonth::from),
        }
    }
}
