//! Taking attendance: choosing the session, the list at the door, residents' cards, devices that do nothing else, the paper sheet and what
//! is typed from it, photos, the record, the file.

mod cards;
mod choose;
mod device;
mod door;
mod door_enter;
mod file;
mod paper;
mod photos;
mod record;
mod sheet;
mod worker;

use jiff::civil::Date;

use crate::domain::access::Actor;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::day_words;
use crate::services::attendance::DoorRow;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/check-in", Who::Door, choose::show)
        .get("/staff/check-in/shell", Who::Door, door::shell)
        .get("/staff/check-in-worker.js", Who::Public, worker::script)
        .get("/staff/sessions/{id}/check-in", Who::Door, door::show)
        .post("/staff/sessions/{id}/check-in", Who::Door, door_enter::enter)
        .post("/staff/sessions/{id}/feedback", Who::Staff, door_enter::record_feedback)
        .get("/staff/sessions/{id}/sign-in-sheet", Who::Staff, sheet::show)
        .get("/staff/paper", Who::Staff, choose::by_code)
        .get("/staff/sessions/{id}/paper", Who::Staff, paper::show)
        .post("/staff/sessions/{id}/paper", Who::Staff, paper::submit)
        .get("/staff/sessions/{id}/photos", Who::Staff, photos::show)
        .post("/staff/sessions/{id}/photos", Who::Staff, photos::upload)
        .get("/staff/sessions/{id}/photos/{photo}", Who::Staff, photos::serve)
        .post("/staff/sessions/{id}/photos/{photo}", Who::Staff, photos::act)
        .get("/staff/sessions/{id}/record", Who::Staff, record::show)
        .post("/staff/sessions/{id}/record", Who::Staff, record::submit)
        .get("/staff/sessions/{id}/file", Who::Staff, file::show)
        .get("/staff/reports/files", Who::Staff, file::month)
        .get("/staff/residents/cards", Who::Staff, cards::choose)
        .post("/staff/residents/cards", Who::Staff, cards::make)
        .get("/staff/residents/cards/sheet", Who::Staff, cards::sheet)
        .get("/staff/residents/{id}/card", Who::Staff, cards::show)
        .post("/staff/residents/{id}/card", Who::Staff, cards::reissue)
        .get("/staff/devices", Who::Staff, device::list)
        .post("/staff/devices", Who::Staff, device::create)
        .post("/staff/devices/{id}/revoke", Who::Staff, device::revoke)
        .get("/door/{link}", Who::Public, device::ask)
        .post("/door/{link}", Who::Public, device::open)
}

/// `今天 上午9:30—10:30`; another day by its date.
pub(in crate::web::pages) fn when(words: Words, session: &SessionView, today: Date) -> String {
    let day = if session.starts.date() == today {
        words.t("checkin-today")
    } else {
        day_words(session.starts.date(), words.lang)
    };
    let hours = time_range_short(session.starts.time(), session.ends.time(), words.lang);
    words.aa("checkin-when", "day", day, "hours", hours)
}

/// Where somebody lives, their age in this year, and the end of their number: what tells two of one name apart.
pub(in crate::web::pages) fn about(words: Words, row: &DoorRow, year: i16) -> Vec<String> {
    let home = if row.building.is_empty() {
        &row.grid
    } else {
        &row.building
    };
    let age = row
        .birth_year
        .map(|born| words.n("checkin-age", i32::from(year) - born));
    let phone = match (row.tail(), &row.phone) {
        (Some(tail), _) => Some(words.a("checkin-tail", "tail", tail)),
        (None, Some(_)) => Some(words.t("checkin-landline")),
        (None, None) => None,
    };
    let parts = [(!home.is_empty()).then(|| home.clone()), age, phone];
    parts.into_iter().flatten().collect()
}

/// Whom what is kept on a device belongs to: an account or a device.
fn owner(v: &Visitor) -> String {
    match &v.actor {
        Actor::Device { id, .. } => format!("device:{id}"),
        other => other.account().map(|id| id.to_string()).unwrap_or_default(),
    }
}
