//! The activity record (活动记录) of a session: read, written, and never over somebody else's words.

use serde_json::json;

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::activity_record::{BRIEF_MAX, HELPERS_MAX, PROCESS_MAX, REMARK_MAX, Record};
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::text::NAME_CHARS;
use crate::storage::{self, Txn, activity_record as rows};

/// The record of a session; an empty one of version 0 while nobody has written any.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Record> {
    may(actor, Action::TakeAttendance, community)?;
    let found = rows::find(ctx.db.reader(), community, session).await?;
    Ok(found.unwrap_or_else(|| Record {
        session,
        purpose: String::new(),
        process: String::new(),
        voice: String::new(),
        next: String::new(),
        brief: String::new(),
        recorder: String::new(),
        reviewer: String::new(),
        volunteers: None,
        speakers: None,
        staff: None,
        version: 0,
        updated_at: ctx.now(),
    }))
}

/// Stores a record in place of the version it was made from (`record.version`); the record as it is kept.
///
/// # Errors
/// [`Error::Invalid`] with every field that cannot be accepted; [`Error::State`] `record-meanwhile` when somebody else wrote since;
/// [`Error::NotFound`] without the session; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn save(ctx: &Context, actor: &Actor, community: CommunityId, record: Record) -> Result<Record> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let session = record.session;
    let mut checks = Checks::new();
    let mut kept = Record {
        session,
        purpose: checks.line("purpose", &record.purpose, REMARK_MAX),
        process: checks.lines("process", &record.process, PROCESS_MAX),
        voice: checks.line("voice", &record.voice, REMARK_MAX),
        next: checks.line("next", &record.next, REMARK_MAX),
        brief: checks.lines("brief", &record.brief, BRIEF_MAX),
        recorder: checks.line("recorder", &record.recorder, NAME_CHARS),
        reviewer: checks.line("reviewer", &record.reviewer, NAME_CHARS),
        volunteers: record.volunteers,
        speakers: record.speakers,
        staff: record.staff,
        version: record.version,
        updated_at: now,
    };
    let helpers = [
        ("volunteers", record.volunteers),
        ("speakers", record.speakers),
        ("staff", record.staff),
    ];
    for (field, count) in helpers {
        if let Some(count) = count.filter(|count| !(0..=HELPERS_MAX).contains(count)) {
            checks.add(FieldError::new(field, "answers-range", count.to_string()).with("max", HELPERS_MAX));
        }
    }
    checks.finish()?;
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            if storage::session::find(txn, community, session).await?.is_none() {
                return Err(Error::not_found("session", session));
            }
            kept.version += 1;
            let by = actor.account();
            if !rows::store(txn, community, ctx_in.new_id(now), &kept, by, now).await? {
                return Err(Error::State {
                    code: "record-meanwhile",
                });
            }
            let detail = json!({"version": kept.version});
            audit::record(
                &ctx_in,
                txn,
                now,
                community,
                &actor,
                "record.save",
                Some(session.0),
                &detail,
            )
            .await?;
            Ok(kept)
        })
        .await
}
