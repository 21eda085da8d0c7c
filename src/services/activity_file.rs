//! Activity files (活动档案): what a session's file holds and lacks, for one session and for all of a month.

use serde_json::json;

use super::schedule::{self, SessionView};
use super::{Context, Error, Result, audit, community};
use crate::domain::access::{Action, Actor, may};
use crate::domain::activity_file::{Contents, Missing, missing};
use crate::domain::community::{Community, Partner};
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::period::YearMonth;
use crate::domain::photo::PhotoKind;
use crate::domain::planning::SessionStatus;
use crate::storage::{self, Txn};

/// A session, and what its file lacks.
#[derive(Clone, Debug)]
pub struct Filed {
    /// The session.
    pub session: SessionView,
    /// What its file lacks, in the order of the file.
    pub missing: Vec<Missing>,
}

/// What the file of one session lacks. That somebody looks at it is written down: it shows who came, by name.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn of_session(ctx: &Context, actor: &Actor, home: &Community, id: SessionId) -> Result<Filed> {
    may(actor, Action::TakeAttendance, home.id)?;
    let session = schedule::session(ctx, home.id, id).await?;
    let mut filed = filed(ctx, home.id, vec![session]).await?;
    let filed = filed.pop().ok_or_else(|| Error::not_found("session", id))?;
    let now = ctx.now();
    let (ctx_in, actor, home) = (ctx.clone(), actor.clone(), home.id);
    ctx.db
        .write(async move |txn: &Txn| {
            audit::record(&ctx_in, txn, now, home, &actor, "file.show", Some(id.0), &json!({})).await?;
            Ok::<_, Error>(filed)
        })
        .await
}

/// The sessions of a month that have begun and took place, with what their files lack, latest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn of_month(ctx: &Context, actor: &Actor, home: &Community, month: YearMonth) -> Result<Vec<Filed>> {
    may(actor, Action::TakeAttendance, home.id)?;
    let now = ctx.now();
    let (from, to) = month.period().span(&home.zone);
    let mut sessions = schedule::range(ctx, home.id, from, to).await?;
    sessions.retain(|session| !session.is_cancelled() && session.starts.timestamp() <= now);
    sessions.reverse();
    filed(ctx, home.id, sessions).await
}

async fn filed(ctx: &Context, home: CommunityId, sessions: Vec<SessionView>) -> Result<Vec<Filed>> {
    let conn = ctx.db.reader();
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let photos = storage::photo::counts(conn, home, &ids).await?;
    let courses = storage::activity_record::courses(conn, home, &ids).await?;
    let answers = storage::activity_record::answers(conn, home, &ids).await?;
    let partners = community::partners(ctx, home).await?;
    let count = |id: SessionId, kind: PhotoKind| photos.get(&(id, kind)).copied().unwrap_or_default();
    let filed = sessions.into_iter().map(|session| {
        let id = session.id;
        let (process, recorder) = courses.get(&id).cloned().unwrap_or_default();
        let contents = Contents {
            counted: session.visits() > 0 || session.status == SessionStatus::Held,
            sheet_photos: count(id, PhotoKind::Sheet),
            photos: count(id, PhotoKind::Activity),
            process,
            recorder,
            answers: answers.get(&id).copied().unwrap_or_default(),
            expired: partner_of(&session, &partners)
                .map(|partner| {
                    partner
                        .terms()
                        .expired_on(session.starts.date())
                        .map(|(paper, _)| paper)
                        .collect()
                })
                .unwrap_or_default(),
        };
        Filed {
            missing: missing(&contents),
            session,
        }
    });
    Ok(filed.collect())
}

fn partner_of<'a>(session: &SessionView, partners: &'a [Partner]) -> Option<&'a Partner> {
    let brief = session.partner.as_ref()?;
    partners.iter().find(|partner| partner.id == brief.id)
}
