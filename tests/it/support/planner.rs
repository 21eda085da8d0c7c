//! The planner's forms as staff fill them in, and what stands on the plan afterwards.

use jiff::civil::Date;
use reqwest::StatusCode;
use xianglao::domain::calendar::IsoWeek;
use xianglao::domain::id::SessionId;
use xianglao::services::schedule::{self, SessionView};

use super::app::{Client, TestApp, location};

/// The value of the hidden or text box `name` in a page.
pub fn value_of(html: &str, name: &str) -> String {
    let at = html
        .find(&format!("name=\"{name}\""))
        .unwrap_or_else(|| panic!("no box {name} in {html}"));
    let end = at + html[at..].find('>').expect("a box ends");
    let start = html[..at].rfind('<').expect("a box begins");
    let tag = &html[start..end];
    let value = tag.find("value=\"").map_or(end, |from| start + from + 7);
    html[value..].split('"').next().unwrap_or_default().to_owned()
}

/// A form for a weekly class, complete and right: Wednesdays at 9:30 from 2 December 2026 on, in the activity room.
pub async fn weekly_class(app: &TestApp, token: &str) -> Vec<(&'static str, String)> {
    let basic = app.seed_basic().await;
    let text = |value: &str| value.to_owned();
    vec![
        ("token", token.to_owned()),
        ("title", text("反诈课")),
        ("title_en", text("Fraud class")),
        ("slogan", text("新型诈骗花样多")),
        ("kind", text("class")),
        ("sign_up", text("optional")),
        ("counting", text("both")),
        ("venue", basic.activity_room.to_string()),
        ("facilitator", basic.zhang.to_string()),
        ("date", text("2026-12-02")),
        ("start", text("09:30")),
        ("duration", text("60")),
        ("capacity", text("20")),
        ("holiday", text("skip")),
        ("repeat", text("weekly")),
        ("days", text("WE")),
        ("ends", text("count")),
        ("end_count", text("8")),
        ("step", text("save")),
    ]
}

/// The same form with one answer changed.
pub fn with<'a>(form: &[(&'a str, String)], name: &'a str, value: &str) -> Vec<(&'a str, String)> {
    let mut form: Vec<_> = form.iter().filter(|(field, _)| *field != name).cloned().collect();
    form.push((name, value.to_owned()));
    form
}

/// Sends a form.
pub async fn send(client: &Client, path: &str, form: &[(&str, String)]) -> reqwest::Response {
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.submit(path, &fields).await
}

/// The text of an answer with the status it must have.
pub async fn text(response: reqwest::Response, status: StatusCode) -> String {
    let got = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

/// A new token, as the form has it.
pub async fn token(staff: &Client) -> String {
    value_of(&staff.page("/staff/programmes/new").await, "token")
}

/// Plans the weekly class and gives its programme's address.
pub async fn planned(app: &TestApp, staff: &Client) -> String {
    let form = weekly_class(app, &token(staff).await).await;
    let response = send(staff, "/staff/programmes", &form).await;
    let to = location(&response);
    to.split('?').next().unwrap().to_owned()
}

/// The sessions of the week that a day lies in.
pub async fn week_of(app: &TestApp, day: Date) -> Vec<SessionView> {
    let home = app.seed_basic().await.yunliang;
    schedule::week(&app.ctx, home, IsoWeek::containing(day)).await.unwrap()
}

/// The only session of a day.
pub async fn session_on(app: &TestApp, day: Date) -> SessionView {
    let found = week_of(app, day).await;
    let mut found: Vec<_> = found
        .into_iter()
        .filter(|session| session.starts.date() == day)
        .collect();
    assert_eq!(found.len(), 1, "{day}");
    found.remove(0)
}

/// The form of a session's panel, as it stands.
pub async fn panel_form(app: &TestApp, id: SessionId) -> Vec<(&'static str, String)> {
    let home = app.seed_basic().await.yunliang;
    let session = schedule::session(&app.ctx, home, id).await.unwrap();
    vec![
        ("date", session.starts.date().to_string()),
        ("start", session.starts.strftime("%H:%M").to_string()),
        ("end", session.ends.strftime("%H:%M").to_string()),
        (
            "capacity",
            session.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
        ),
        ("venue", session.venue.id.to_string()),
        (
            "facilitator",
            session
                .facilitator
                .map(|person| person.id.to_string())
                .unwrap_or_default(),
        ),
        ("scope", "this".to_owned()),
        ("step", "preview".to_owned()),
    ]
}

/// Looks at what a change would do, then saves it; where that leads.
pub async fn change(staff: &Client, id: SessionId, form: &[(&str, String)]) -> String {
    let path = format!("/staff/sessions/{id}");
    let seen = text(send(staff, &path, form).await, StatusCode::OK).await;
    let seen = value_of(&seen, "seen");
    let form = with(&with(form, "step", "save"), "seen", &seen);
    location(&send(staff, &path, &form).await)
}
