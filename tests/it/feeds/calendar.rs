//! The iCalendar feeds, read back with a calendar program's own parser and compared with our sessions.

use std::collections::BTreeMap;

use calcard::Entry;
use calcard::common::IanaString;
use calcard::icalendar::{ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use crate::api::plan::{HOME, plan, programme, sessions, text, wednesdays};
use crate::support::app::{TestApp, on_both};

/// What a phone shows of an event.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    title: String,
    starts: String,
    status: String,
    sequence: i64,
}

fn value_of<'a>(event: &'a ICalendarComponent, name: &ICalendarProperty) -> &'a ICalendarValue {
    let entry = event.entries.iter().find(|entry| entry.name == *name);
    let entry = entry.unwrap_or_else(|| panic!("no {name:?} in {event:?}"));
    entry.values.first().expect("a value")
}

fn words_of(event: &ICalendarComponent, name: &ICalendarProperty) -> String {
    match value_of(event, name) {
        ICalendarValue::Text(text) => text.clone(),
        ICalendarValue::Status(status) => status.as_str().to_owned(),
        other => panic!("{name:?} is {other:?}"),
    }
}

/// The events of a feed: series by their UID, sessions that differ from theirs by UID and original start.
fn events(feed: &str) -> BTreeMap<String, Shown> {
    let Entry::ICalendar(calendar) = calcard::Parser::new(feed).entry() else {
        panic!("not a calendar: {feed}");
    };
    let events = calendar
        .components
        .iter()
        .filter(|component| component.component_type == ICalendarComponentType::VEvent);
    events
        .map(|event| {
            let ICalendarValue::PartialDateTime(at) = value_of(event, &ICalendarProperty::Dtstart) else {
                panic!("no time: {event:?}");
            };
            let ICalendarValue::Integer(sequence) = value_of(event, &ICalendarProperty::Sequence) else {
                panic!("no number: {event:?}");
            };
            let shown = Shown {
                title: words_of(event, &ICalendarProperty::Summary),
                starts: format!(
                    "{:04}-{:02}-{:02}T{:02}:{:02}:00+08:00",
                    at.year.unwrap(),
                    at.month.unwrap(),
                    at.day.unwrap(),
                    at.hour.unwrap(),
                    at.minute.unwrap()
                ),
                status: words_of(event, &ICalendarProperty::Status),
                sequence: *sequence,
            };
            let mut key = words_of(event, &ICalendarProperty::Uid);
            if event
                .entries
                .iter()
                .any(|entry| entry.name == ICalendarProperty::RecurrenceId)
            {
                let ICalendarValue::PartialDateTime(at) = value_of(event, &ICalendarProperty::RecurrenceId) else {
                    panic!("no time: {event:?}");
                };
                key = format!(
                    "{key} {:04}-{:02}-{:02}",
                    at.year.unwrap(),
                    at.month.unwrap(),
                    at.day.unwrap()
                );
            }
            (key, shown)
        })
        .collect()
}

async fn feed(app: &TestApp) -> String {
    app.client().page("/c/yunliang/calendar.ics").await
}

on_both!(
    a_phone_shows_exactly_our_sessions_moved_and_cancelled_ones_too,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        let class = programme(&staff, "老年反诈课").await;
        plan(&staff, &wednesdays(&app, &class).await).await;
        let ours = sessions(&staff, "2026-11-25", "2027-05-26").await;
        let path = |session: &Value| format!("{HOME}/sessions/{}", text(&session["id"]));
        staff
            .patch(&path(&ours[1]), &json!({"starts_at": "2026-12-10T14:00:00"}))
            .await;
        staff
            .patch(&path(&ours[2]), &json!({"status": "cancelled", "reason": "暴雨"}))
            .await;

        let shown = events(&feed(&app).await);
        let ours = sessions(&staff, "2026-11-25", "2027-05-26").await;
        let series = text(&ours[0]["series_id"]);
        let event = |title: &str, starts: &str, status: &str, sequence: i64| Shown {
            title: title.to_owned(),
            starts: starts.to_owned(),
            status: status.to_owned(),
            sequence,
        };
        let uid = format!("{series}@xianglao");
        // Each edit raises the series and the session it touches; a session's number adds both.
        let expected = BTreeMap::from([
            (
                uid.clone(),
                event("老年反诈课", &text(&ours[0]["starts_at"]), "CONFIRMED", 2),
            ),
            (
                format!("{uid} 2026-12-09"),
                event("老年反诈课", "2026-12-10T14:00:00+08:00", "CONFIRMED", 3),
            ),
            (
                format!("{uid} 2026-12-16"),
                event("【已取消】老年反诈课", "2026-12-16T09:30:00+08:00", "CANCELLED", 3),
            ),
        ]);
        assert_eq!(shown, expected);
        let of_series = app
            .client()
            .page(&format!("/c/yunliang/series/{series}/calendar.ics"))
            .await;
        assert_eq!(events(&of_series), expected);
    }
);

on_both!(an_unchanged_feed_is_not_sent_again, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let (_, planned) = plan(&staff, &wednesdays(&app, &class).await).await;
    let someone = app.client();
    let ask = async |etag: &str| {
        let request = someone.request(reqwest::Method::GET, "/c/yunliang/calendar.ics");
        request.header(header::IF_NONE_MATCH, etag).send().await.unwrap()
    };
    let first = ask("\"nothing\"").await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(first.headers()["content-type"], "text/calendar; charset=utf-8");
    let etag = text(&json!(first.headers()["etag"].to_str().unwrap()));
    assert_eq!(ask(&etag).await.status(), StatusCode::NOT_MODIFIED);
    let one = text(&planned["sessions"][0]["session_id"]);
    staff
        .patch(&format!("{HOME}/sessions/{one}"), &json!({"status": "cancelled"}))
        .await;
    assert_eq!(ask(&etag).await.status(), StatusCode::OK);
});

on_both!(the_feed_of_a_programme_has_only_its_sessions, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let class = programme(&staff, "老年反诈课").await;
    let choir = programme(&staff, "合唱排练").await;
    plan(&staff, &wednesdays(&app, &class).await).await;
    let mut once = wednesdays(&app, &choir).await;
    once["dtstart"] = json!("2026-12-03T09:30:00");
    once["rule"] = Value::Null;
    plan(&staff, &once).await;
    assert_eq!(events(&feed(&app).await).len(), 2);
    let theirs = app
        .client()
        .page(&format!("/c/yunliang/programmes/{choir}/calendar.ics"))
        .await;
    assert_eq!(events(&theirs).len(), 1);
    let unknown = "/c/yunliang/programmes/019ab000-0000-7000-8000-000000000000/calendar.ics";
    assert_eq!(app.client().get(unknown).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        app.client().get("/c/atlantis/calendar.ics").await.status(),
        StatusCode::NOT_FOUND
    );
});
