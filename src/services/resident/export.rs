//! All that is stored about one person (个人信息保护法 art. 45): they may see it and take it along.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{get, opened};
use crate::domain::access::Actor;
use crate::domain::calendar::format::moment_words;
use crate::domain::consent::Consent;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::opt_out::OptOut;
use crate::domain::resident::Resident;
use crate::domain::text::{Phone, Purpose};
use crate::services::report::sheet::{Cell, csv_row};
use crate::services::wording::Words;
use crate::services::{Context, Result, audit};
use crate::storage;

pub use crate::storage::resident::history::{Message, SignUp, Visit};

/// The most rows of each kind; nobody comes to more in a lifetime.
const MOST: u64 = 20_000;

/// All that is stored about one person. Their own numbers are whole: the copy is for them.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What is known of them.
    pub resident: Resident,
    /// The rows of theirs that were merged into this one, with what was known there.
    pub merged: Vec<Resident>,
    /// Consents, in the order they were written down.
    pub consents: Vec<Consent>,
    /// Channels they refuse.
    pub opt_outs: Vec<OptOut>,
    /// Since when their address is known to take no mail.
    pub bounced_at: Option<Timestamp>,
    /// Sign-ups, latest first.
    pub sign_ups: Vec<SignUp>,
    /// Visits, latest first.
    pub visits: Vec<Visit>,
    /// Messages, latest first.
    pub messages: Vec<Message>,
}

/// Collects all that is stored about one person; that it was is audited.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident, or they were merged or erased.
pub async fn copy(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Copy> {
    let resident = get(ctx, actor, community, id).await?;
    super::current(&resident)?;
    let conn = ctx.db.reader();
    let all = storage::resident::erasure::with_merged(conn, community, id).await?;
    let merged = storage::resident::find_all(conn, community, &all[1..])
        .await?
        .into_iter()
        .map(|stored| opened(ctx, community, stored))
        .collect::<Result<_>>()?;
    let copy = Copy {
        merged,
        consents: storage::resident::consent::of(conn, community, id).await?,
        opt_outs: storage::opt_out::of(conn, community, id).await?,
        bounced_at: storage::opt_out::bounced_at(conn, community, id).await?,
        sign_ups: storage::resident::history::sign_ups(conn, community, id, MOST).await?,
        visits: storage::resident::history::visits(conn, community, id, MOST).await?,
        messages: storage::resident::history::messages(conn, community, id, MOST).await?,
        resident,
    };
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    let detail = json!({ "visits": copy.visits.len(), "messages": copy.messages.len() });
    ctx.db
        .write(async move |txn| {
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "resident.export",
                Some(id.0),
                &detail,
            )
            .await
        })
        .await?;
    Ok(copy)
}

/// One table of a copy as people read it: its heading, and name and value of each line.
#[derive(Clone, Debug)]
pub struct Table {
    /// Heading.
    pub heading: String,
    /// Name and value.
    pub lines: Vec<(String, String)>,
}

fn whole(phone: Option<&Phone>) -> String {
    phone
        .map(|phone| phone.reveal(Purpose::ShowOwner).to_owned())
        .unwrap_or_default()
}

impl Copy {
    /// The copy as people read it, with times on the clock of `zone`.
    pub fn tables(&self, words: Words, zone: &TimeZone, grid_name: &str) -> Vec<Table> {
        let at = |instant: Timestamp| moment_words(instant.to_zoned(zone.clone()).datetime(), words.lang);
        let table = |key: &str, lines: Vec<(String, String)>| Table {
            heading: words.t(key),
            lines,
        };
        let mut tables = vec![table("export-person", person(words, &self.resident, grid_name))];
        for one in &self.merged {
            tables.push(table("export-merged", person(words, one, "")));
        }
        let consents = self.consents.iter().map(|row| {
            let what = words.t(&format!("consent-purpose-{}", row.purpose.key()));
            let act = words.t(&format!("consent-act-{}", row.act));
            let how = words.t(&format!("consent-how-{}", row.how));
            (row.on.to_string(), format!("{what}: {act} ({how}, {})", row.version))
        });
        tables.push(table("export-consents", consents.collect()));
        let refused = self.opt_outs.iter().map(|one| {
            let how = words.t(&format!("opt-out-source-{}", one.source));
            let since = words.aa("opt-out-since", "at", at(one.opted_out_at), "how", how);
            (words.t(&format!("opt-out-{}", one.channel)), since)
        });
        let bounced = self.bounced_at.map(|since| (words.t("export-bounced"), at(since)));
        tables.push(table("export-opt-outs", refused.chain(bounced).collect()));
        let titled = |visit: &Visit| words.pick(&visit.title, &visit.title_en).to_owned();
        let sign_ups = self.sign_ups.iter().map(|one| {
            let mut value = format!(
                "{}: {}",
                titled(&one.visit),
                words.t(&format!("resident-sign-up-{}", one.status))
            );
            if !one.signed_up_by.is_empty() {
                value.push_str(&words.a("export-signed-up-by", "name", &one.signed_up_by));
            }
            (at(one.visit.starts_at), value)
        });
        tables.push(table("export-sign-ups", sign_ups.collect()));
        let visits = self.visits.iter().map(|visit| (at(visit.starts_at), titled(visit)));
        tables.push(table("export-visits", visits.collect()));
        let messages = self.messages.iter().map(|one| {
            let text = [one.subject.as_str(), one.body.as_str()].join("\n");
            (
                at(one.due_at),
                format!("{} {}\n{}", one.channel, one.status, text.trim())
                    .trim()
                    .to_owned(),
            )
        });
        tables.push(table("export-messages", messages.collect()));
        tables
    }

    /// The copy as a CSV file that Excel and WPS open: table, name, value. Every value is a text.
    pub fn csv(&self, words: Words, zone: &TimeZone, grid_name: &str) -> Vec<u8> {
        let mut out = String::from("\u{feff}");
        for table in self.tables(words, zone, grid_name) {
            for (name, value) in table.lines {
                let cells = [table.heading.clone(), name, value].map(Cell::Text);
                csv_row(&mut out, &cells);
            }
        }
        out.into_bytes()
    }

    /// The copy for programs.
    pub fn json(&self) -> Value {
        let person = |one: &Resident| {
            json!({
                "id": one.id, "name": one.name.reveal(Purpose::ShowOwner), "gender": one.gender,
                "birth_year": one.birth_year, "phone": one.phone.as_ref().map(|phone| phone.reveal(Purpose::ShowOwner)),
                "email": one.email, "building": one.building, "grid_id": one.grid_id, "care": one.care,
                "family_name": one.family_name,
                "family_phone": one.family_phone.as_ref().map(|phone| phone.reveal(Purpose::ShowOwner)),
                "tell_by": one.tell_by, "source": one.source, "created_at": one.created_at.to_string(),
            })
        };
        let visit = |one: &Visit| json!({ "session_id": one.session, "title": one.title, "starts_at": one.starts_at.to_string() });
        json!({
            "resident": person(&self.resident),
            "merged": self.merged.iter().map(person).collect::<Vec<_>>(),
            "consents": self.consents.iter().map(|row| json!({
                "purpose": row.purpose, "act": row.act, "on": row.on.to_string(), "version": row.version, "how": row.how,
            })).collect::<Vec<_>>(),
            "opt_outs": self.opt_outs.iter().map(|one| json!({
                "channel": one.channel.as_str(), "source": one.source.as_str(), "opted_out_at": one.opted_out_at.to_string(),
            })).collect::<Vec<_>>(),
            "email_bounced_at": self.bounced_at.map(|at| at.to_string()),
            "sign_ups": self.sign_ups.iter().map(|one| json!({
                "session": visit(&one.visit), "status": one.status, "source": one.source, "signed_up_by": one.signed_up_by,
            })).collect::<Vec<_>>(),
            "visits": self.visits.iter().map(visit).collect::<Vec<_>>(),
            "messages": self.messages.iter().map(|one| json!({
                "event": one.event, "channel": one.channel, "status": one.status, "due_at": one.due_at.to_string(),
                "subject": one.subject, "body": one.body,
            })).collect::<Vec<_>>(),
        })
    }
}

/// What is known of somebody, line by line; what is not known is not listed.
fn person(words: Words, one: &Resident, grid_name: &str) -> Vec<(String, String)> {
    let gender = match one.gender.as_str() {
        "" => String::new(),
        known => words.t(&format!("resident-{known}")),
    };
    let year = one.birth_year.map(|year| year.to_string()).unwrap_or_default();
    let lines = [
        ("resident-name", one.name.reveal(Purpose::ShowOwner).to_owned()),
        ("resident-phone", whole(one.phone.as_ref())),
        ("resident-gender", gender),
        ("resident-birth-year", year),
        ("resident-building", one.building.clone()),
        ("resident-grid", grid_name.to_owned()),
        ("resident-email", one.email.clone()),
        (
            "resident-tell-by",
            words.t(&format!("resident-tell-by-{}", one.tell_by)),
        ),
        ("resident-care", one.care.join(&words.t("resident-care-comma"))),
        ("resident-family-name", one.family_name.clone()),
        ("resident-family-phone", whole(one.family_phone.as_ref())),
        ("resident-source", words.t(&format!("resident-source-{}", one.source))),
    ];
    lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (words.t(key), value))
        .collect()
}
