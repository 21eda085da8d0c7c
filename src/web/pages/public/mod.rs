//! The pages that need no login: the week, a session, signing up, and the choices of how to read them.

mod card;
mod complain;
mod confirm;
mod draw;
mod enrolment;
mod facts;
mod feedback;
mod home;
mod lobby;
mod material;
mod offer;
mod on_day;
mod poster;
mod prefs;
mod programme;
mod rollover;
mod series_enrolment;
mod session;
mod shell;
mod unsubscribe;
mod week;

pub(in crate::web::pages) use card::{person, reason};
pub use shell::Shell;

/// Whether a request may come from other sites: the one click of a mail program that ends reminders (RFC 8058 §3.2). It brings no
/// login along and needs none; the address alone says who asks.
pub fn comes_from_mail(method: &axum::http::Method, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    *method == axum::http::Method::POST
        && matches!(parts.as_slice(), ["", "c", _, "unsubscribe", token] if !token.is_empty())
}

use crate::web::routes::{Routes, Who};

/// All public pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", Who::Public, home::show)
        .get("/c/{community}", Who::Public, week::show)
        .get("/c/{community}/lobby", Who::Public, lobby::show)
        .get("/c/{community}/poster", Who::Public, poster::show)
        .get("/c/{community}/sessions/{id}", Who::Public, session::show)
        .post("/c/{community}/sessions/{id}/enrol", Who::Public, session::enrol)
        .get("/c/{community}/sessions/{id}/complain", Who::Public, complain::show)
        .post("/c/{community}/sessions/{id}/complain", Who::Public, complain::send)
        .get(
            "/c/{community}/sessions/{id}/feedback/{token}",
            Who::Public,
            feedback::show,
        )
        .post(
            "/c/{community}/sessions/{id}/feedback/{token}",
            Who::Public,
            feedback::answer,
        )
        .get(
            "/c/{community}/sessions/{id}/kiosk/{token}",
            Who::Public,
            feedback::show_kiosk,
        )
        .post(
            "/c/{community}/sessions/{id}/kiosk/{token}",
            Who::Public,
            feedback::tap_kiosk,
        )
        .get("/confirm/{token}", Who::Public, confirm::show)
        .post("/confirm/{token}", Who::Public, confirm::answer)
        .get("/c/{community}/enrolments/{token}", Who::Public, enrolment::show)
        .post("/c/{community}/enrolments/{token}", Who::Public, enrolment::change)
        .get("/c/{community}/offers/{token}", Who::Public, offer::show)
        .post("/c/{community}/offers/{token}", Who::Public, offer::answer)
        .get(
            "/c/{community}/series-enrolments/{token}",
            Who::Public,
            series_enrolment::show,
        )
        .post(
            "/c/{community}/series-enrolments/{token}",
            Who::Public,
            series_enrolment::change,
        )
        .get("/c/{community}/programmes/{id}", Who::Public, programme::show)
        .get("/c/{community}/materials/{id}/{name}", Who::Public, material::serve)
        .get("/c/{community}/rollover/{token}", Who::Public, rollover::show)
        .post("/c/{community}/rollover/{token}", Who::Public, rollover::answer)
        .get("/c/{community}/unsubscribe/{token}", Who::Public, unsubscribe::show)
        .post("/c/{community}/unsubscribe/{token}", Who::Public, unsubscribe::stop)
        .post(
            "/c/{community}/unsubscribe/{token}/again",
            Who::Public,
            unsubscribe::again,
        )
        .post("/prefs", Who::Public, prefs::choose)
}
