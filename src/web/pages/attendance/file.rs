//! The activity file (活动档案) of a session as one document to print, and which files of a month are whole.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::photos::Shot;
use super::record::draft;
use super::sheet::{gender, masked, office};
use super::when;
use crate::domain::activity_file::Missing;
use crate::domain::activity_record::Record;
use crate::domain::attendance::Answers;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{full_date, weekday_short, year_month};
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::period::YearMonth;
use crate::domain::text::Purpose;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{activity_file, activity_record, attendance, community, feedback, photo, report};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct Came {
    number: usize,
    name: String,
    gender: String,
    age: String,
    phone: String,
    home: String,
}

struct PaperLine {
    name: String,
    until: String,
    ended: bool,
}

struct AnswerLine {
    label: String,
    count: i64,
}

#[derive(Template)]
#[template(path = "attendance/file.html")]
struct FilePage<'a> {
    v: &'a Visitor,
    session: &'a SessionView,
    title: String,
    slogan: String,
    topic: String,
    when: String,
    place: String,
    office: String,
    partner: String,
    facilitator: String,
    audience: String,
    bring: String,
    description: String,
    missing: Vec<String>,
    came: Vec<Came>,
    visits: i64,
    visits_words: String,
    sheet_shots: Vec<Shot>,
    shots: Vec<Shot>,
    record: Record,
    brief: String,
    answers: Answers,
    answer_lines: Vec<AnswerLine>,
    rate: String,
    papers: Vec<PaperLine>,
    printed_on: String,
}

/// `GET /staff/sessions/{id}/file`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let lang = words.lang;
    let (ctx, home) = (&web.ctx, page.community.id);
    let filed = activity_file::of_session(ctx, &v.actor, &page.community, id)
        .await
        .for_visitor(v)?;
    let session = &filed.session;
    let list = attendance::door_list(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let photos = photo::list(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let record = activity_record::find(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let answers = feedback::answers(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let partners = community::partners(ctx, home).await.for_visitor(v)?;
    let date = session.starts.date();
    let year = session.starts.year();
    let came = (1..).zip(list.rows.iter().filter(|row| row.present.is_some()));
    let came: Vec<Came> = came
        .map(|(number, row)| Came {
            number,
            name: row.name.reveal(Purpose::ShowStaff).to_owned(),
            gender: gender(words, row),
            age: row
                .birth_year
                .map(|born| (i32::from(year) - born).to_string())
                .unwrap_or_default(),
            phone: masked(words, row),
            home: if row.building.is_empty() {
                row.grid.clone()
            } else {
                row.building.clone()
            },
        })
        .collect();
    let papers = session
        .partner
        .as_ref()
        .and_then(|brief| partners.iter().find(|partner| partner.id == brief.id))
        .map(|partner| {
            let line = |(paper, until): (crate::domain::community::Paper, Option<jiff::civil::Date>)| PaperLine {
                name: words.t(&format!("file-paper-{paper}")),
                until: until.map_or_else(
                    || words.t("file-paper-no-end"),
                    |until| words.a("file-paper-until", "day", full_date(until, lang)),
                ),
                ended: until.is_some_and(|until| until < date),
            };
            partner.papers().into_iter().map(line).collect()
        })
        .unwrap_or_default();
    let brief = if record.brief.is_empty() {
        draft(
            words,
            &page,
            session,
            &record.purpose,
            &record.process,
            &record.voice,
            &record.next,
        )
    } else {
        record.brief.clone()
    };
    let (sheet_shots, shots): (Vec<Shot>, Vec<Shot>) = photos
        .iter()
        .map(|one| Shot::of(words, id, one))
        .partition(|shot| shot.of_sheet);
    let counts = [
        ("checkin-very-satisfied", answers.very_satisfied),
        ("checkin-satisfied", answers.satisfied),
        ("checkin-fair", answers.fair),
        ("checkin-dissatisfied", answers.dissatisfied),
    ];
    let programme = &session.programme;
    Ok(render(&FilePage {
        v,
        title: words.pick(&programme.title, &programme.title_en).to_owned(),
        slogan: words.pick(&programme.slogan, &programme.slogan_en).to_owned(),
        topic: session.topic.clone().unwrap_or_default(),
        when: format!(
            "{} {} {}",
            full_date(date, lang),
            weekday_short(date.weekday(), lang),
            time_range_short(session.starts.time(), session.ends.time(), lang)
        ),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        office: office(words, &page),
        partner: session
            .partner
            .as_ref()
            .map(|one| words.pick(&one.name, &one.name_en).to_owned())
            .unwrap_or_default(),
        facilitator: session
            .facilitator
            .as_ref()
            .map(|one| words.pick(&one.name, &one.name_en).to_owned())
            .unwrap_or_default(),
        audience: programme.audience.clone(),
        bring: words.pick(&programme.bring, &programme.bring_en).to_owned(),
        description: words.pick(&programme.description, &programme.description_en).to_owned(),
        missing: filed.missing.iter().map(|one| said(words, *one)).collect(),
        visits: list.tally.visits(),
        visits_words: words.with(
            "file-visits",
            [
                ("visits", list.tally.visits().into()),
                ("named", list.tally.named.into()),
                ("heads", list.tally.headcount.into()),
            ],
        ),
        came,
        sheet_shots,
        shots,
        brief,
        answer_lines: counts
            .into_iter()
            .map(|(key, count)| AnswerLine {
                label: words.t(key),
                count,
            })
            .collect(),
        rate: answers
            .ratio()
            .map(|ratio| format!("{:.0}%", ratio * 100.0))
            .unwrap_or_default(),
        answers,
        record,
        papers,
        printed_on: full_date(page.now(ctx).date(), lang),
        session,
    }))
}

/// What is missing, in words.
fn said(words: Words, missing: Missing) -> String {
    words.n(&format!("file-missing-{}", missing.name()), missing.count())
}

struct FileRow {
    id: SessionId,
    mark: String,
    tone: &'static str,
    title: String,
    when: String,
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "attendance/files.html")]
struct FilesPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    heading: String,
    previous: Option<YearMonth>,
    next: Option<YearMonth>,
    whole: usize,
    rows: Vec<FileRow>,
}

/// Which month.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
}

/// `GET /staff/reports/files`.
pub async fn month(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let month = match asked.month.as_str() {
        "" => report::current_month(web.ctx.now(), &home.zone),
        text => report::asked_month(text),
    }
    .for_visitor(v)?;
    let files = activity_file::of_month(&web.ctx, &v.actor, home, month)
        .await
        .for_visitor(v)?;
    let today = page.now(&web.ctx).date();
    let name = year_month(month.year(), month.month(), words.lang);
    Ok(render(&FilesPage {
        v,
        community: home,
        active: "reports",
        badge: page.badge,
        month,
        heading: words.a("files-title", "month", name),
        previous: month.previous(),
        next: month.next(),
        whole: files.iter().filter(|one| one.missing.is_empty()).count(),
        rows: files
            .iter()
            .map(|one| FileRow {
                id: one.session.id,
                mark: one.session.venue.mark.clone(),
                tone: one.session.venue.tone.as_str(),
                title: words
                    .pick(&one.session.programme.title, &one.session.programme.title_en)
                    .to_owned(),
                when: when(words, &one.session, today),
                missing: one.missing.iter().map(|missing| said(words, *missing)).collect(),
            })
            .collect(),
    }))
}
