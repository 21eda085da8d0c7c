//! `GET /staff/sessions/{id}/sign-in-sheet`: the sheet for the table at the door, A4. Whoever signed up comes first, then 20 blank rows.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{full_date, weekday_short};
use crate::domain::text::Purpose;
use crate::services::Error;
use crate::services::attendance::{self, DoorRow};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// Rows for those who come without having signed up.
const BLANK_ROWS: usize = 20;

struct Line {
    number: usize,
    name: String,
    gender: String,
    age: String,
    phone: String,
    building: String,
    grid: String,
    note: String,
}

#[derive(Template)]
#[template(path = "attendance/sheet.html")]
struct SheetPage<'a> {
    v: &'a Visitor,
    session: &'a SessionView,
    title: String,
    slogan: String,
    when: String,
    place: String,
    facilitator: String,
    office: String,
    lines: Vec<Line>,
    blank: std::ops::RangeInclusive<usize>,
    sheet_id: String,
}

/// The page.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let id = id
        .parse()
        .map_err(|_| Error::not_found("session", &id))
        .for_visitor(v)?;
    let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
    let list = attendance::door_list(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(v)?;
    let year = session.starts.year();
    let lines: Vec<Line> = list
        .rows
        .iter()
        .filter(|row| row.signed_up)
        .zip(1..)
        .map(|(row, number)| line(words, row, number, year))
        .collect();
    let first = lines.len() + 1;
    let date = session.starts.date();
    let hours = time_range_short(session.starts.time(), session.ends.time(), words.lang);
    let facilitator = session.facilitator.as_ref();
    Ok(render(&SheetPage {
        v,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        slogan: words
            .pick(&session.programme.slogan, &session.programme.slogan_en)
            .to_owned(),
        when: format!(
            "{} {} {hours}",
            full_date(date, words.lang),
            weekday_short(date.weekday(), words.lang)
        ),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        facilitator: facilitator
            .map(|one| words.pick(&one.name, &one.name_en).to_owned())
            .unwrap_or_default(),
        office: words.aa(
            "checkin-office",
            "subdistrict",
            &home.subdistrict,
            "name",
            words.pick(&home.name, &home.name_en),
        ),
        lines,
        blank: first..=first + BLANK_ROWS - 1,
        sheet_id: sheet_id(&session),
        session: &session,
    }))
}

/// What tells this sheet from others when it comes back: the end of the session's id, which is random.
fn sheet_id(session: &SessionView) -> String {
    let id = session.id.0.simple().to_string().to_uppercase();
    format!("{}-{}", &id[24..28], &id[28..])
}

fn line(words: Words, row: &DoorRow, number: usize, year: i16) -> Line {
    let phone = match &row.phone {
        Some(phone) if phone.is_mobile() => phone.masked(),
        Some(_) => words.t("checkin-landline"),
        None => String::new(),
    };
    let gender = match row.gender.as_str() {
        "female" => words.t("checkin-female"),
        "male" => words.t("checkin-male"),
        _ => String::new(),
    };
    let note = if row.signed_up_by.is_empty() {
        String::new()
    } else {
        words.a("checkin-signed-up-by", "name", &row.signed_up_by)
    };
    Line {
        number,
        name: row.name.reveal(Purpose::ShowStaff).to_owned(),
        gender,
        age: row
            .birth_year
            .map(|born| (i32::from(year) - born).to_string())
            .unwrap_or_default(),
        phone,
        building: row.building.clone(),
        grid: row.grid.clone(),
        note,
    }
}
