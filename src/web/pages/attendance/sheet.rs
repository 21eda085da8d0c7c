//! `GET /staff/sessions/{id}/sign-in-sheet`: the sheet for the table at the door, A4. Whoever signed up comes first, then 20 blank rows;
//! `?form=blank` has blank rows only, `?sheet=ID` is a sheet as it was printed. What is shown is kept, so that its rows can be typed later.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{full_date, weekday_short};
use crate::domain::id::SheetId;
use crate::domain::sheet::{Form, TIGHT_ROWS, pages};
use crate::domain::text::Purpose;
use crate::services::Error;
use crate::services::attendance::{self, DoorRow};
use crate::services::schedule::{self, SessionView};
use crate::services::sheet::{self, Printed};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::{qr, render};

#[derive(Default)]
struct Line {
    number: i32,
    /// The first blank row: a thick rule above it, and a word in it.
    first_blank: bool,
    name: String,
    gender: String,
    age: String,
    phone: String,
    building: String,
    grid: String,
    note: String,
}

struct Page {
    number: usize,
    last: bool,
    lines: Vec<Line>,
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
    pages: Vec<Page>,
    tight: bool,
    is_blank: bool,
    code: String,
    letter: String,
    names: i32,
    qr: Safe<String>,
    sheet: SheetId,
}

/// Which sheet.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    form: Option<String>,
    sheet: Option<SheetId>,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let id = id
        .parse()
        .map_err(|_| Error::not_found("session", &id))
        .for_visitor(v)?;
    let session = schedule::session(&web.ctx, home.id, id).await.for_visitor(v)?;
    let printed = match asked.sheet {
        Some(sheet) => sheet::printed(&web.ctx, &v.actor, home.id, sheet).await,
        None => {
            let form = asked
                .form
                .as_deref()
                .and_then(|form| form.parse().ok())
                .unwrap_or(Form::Roster);
            sheet::current(&web.ctx, &v.actor, home.id, id, form).await
        }
    }
    .for_visitor(v)?;
    if printed.sheet.session != id {
        let code = printed.sheet.code.to_string();
        return Err(Error::invalid("sheet", "sheet-other-session", code)).for_visitor(v);
    }
    let list = attendance::door_list(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(v)?;
    let signed_up_by = |row: &DoorRow| {
        let known = list.rows.iter().find(|one| one.resident == row.resident);
        known.map(|one| one.signed_up_by.clone()).unwrap_or_default()
    };
    let year = session.starts.year();
    let drawn = drawn(words, &printed, year, &signed_up_by);
    let hours = time_range_short(session.starts.time(), session.ends.time(), words.lang);
    let date = session.starts.date();
    let facilitator = session.facilitator.as_ref();
    let entry_page = format!(
        "{}/staff/paper?code={}",
        web.ctx.settings.base_url(),
        printed.sheet.code.digits()
    );
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
        office: office(words, &page),
        tight: printed.sheet.last_row <= TIGHT_ROWS && printed.sheet.last_row > 20,
        is_blank: printed.sheet.form == Form::Blank,
        code: printed.sheet.code.to_string(),
        letter: printed.sheet.letter(),
        names: printed.sheet.names,
        qr: qr::drawing(&entry_page, &words.t("sheet-qr")),
        sheet: printed.sheet.id,
        pages: drawn,
        session: &session,
    }))
}

/// The office in whose name papers are printed.
pub(super) fn office(words: Words, page: &StaffPage) -> String {
    let home = &page.community;
    words.aa(
        "checkin-office",
        "subdistrict",
        &home.subdistrict,
        "name",
        words.pick(&home.name, &home.name_en),
    )
}

fn drawn(words: Words, printed: &Printed, year: i16, signed_up_by: &dyn Fn(&DoorRow) -> String) -> Vec<Page> {
    let sheet = &printed.sheet;
    let spans = pages(sheet.last_row);
    let count = spans.len();
    let mut drawn = Vec::with_capacity(count);
    for (number, span) in (1..).zip(spans) {
        let lines = span.map(|row| {
            let who = printed
                .rows
                .iter()
                .find(|one| one.row.number == row && row <= sheet.names)
                .and_then(|one| one.who.as_ref());
            match who {
                Some(who) => line(words, who, row, year, &signed_up_by(who)),
                None => Line {
                    number: row,
                    first_blank: row == sheet.names + 1,
                    ..Line::default()
                },
            }
        });
        drawn.push(Page {
            number,
            last: number == count,
            lines: lines.collect(),
        });
    }
    drawn
}

fn line(words: Words, row: &DoorRow, number: i32, year: i16, signed_up_by: &str) -> Line {
    Line {
        number,
        first_blank: false,
        name: row.name.reveal(Purpose::ShowStaff).to_owned(),
        gender: gender(words, row),
        age: row
            .birth_year
            .map(|born| (i32::from(year) - born).to_string())
            .unwrap_or_default(),
        phone: masked(words, row),
        building: row.building.clone(),
        grid: row.grid.clone(),
        note: match signed_up_by {
            "" => String::new(),
            name => words.a("checkin-signed-up-by", "name", name),
        },
    }
}

/// 女, 男 or nothing.
pub(super) fn gender(words: Words, row: &DoorRow) -> String {
    match row.gender.as_str() {
        "female" => words.t("checkin-female"),
        "male" => words.t("checkin-male"),
        _ => String::new(),
    }
}

/// A number as a paper may show it.
pub(super) fn masked(words: Words, row: &DoorRow) -> String {
    match &row.phone {
        Some(phone) if phone.is_mobile() => phone.masked(),
        Some(_) => words.t("checkin-landline"),
        None => String::new(),
    }
}
