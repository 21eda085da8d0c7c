//! Partners one by one: entering and changing them, their papers and the reminders before these run out, their logins.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::checks::Checks;
use super::resident::field_error;
use super::schedule::{self, SessionView};
use super::{Context, Error, Result, account, audit, community, enrolment, notification, retry};
use crate::domain::access::{Action, Actor, Refusal, Role, may};
use crate::domain::community::{Paper, Partner};
use crate::domain::complaint::keeps_frozen;
use crate::domain::id::{CommunityId, PartnerId, SessionId};
use crate::domain::paper::{self, PaperStanding};
use crate::domain::text::{NAME_CHARS, Phone, Purpose, TITLE_CHARS, TextError, looks_like_mail};
use crate::storage::{self, Txn, community as rows};

const TABLE: &str = "partner";
const PHONE: &str = "phone_sealed";
/// How far ahead sessions are looked at for papers that have run out by then, weeks.
const AHEAD_WEEKS: i64 = 60;
/// Longest reason of an unfreezing, characters.
const REASON_CHARS: usize = 200;
/// The most coming sessions looked at for people who wait.
const MOST_COMING: u64 = 5000;

/// Whether the actor may look at this partner's own things: the partner itself, or staff of its community.
///
/// # Errors
/// [`Error::NotFound`] for another partner; [`Error::Forbidden`].
pub(super) fn may_see(actor: &Actor, community: CommunityId, partner: PartnerId) -> Result<()> {
    match actor.partner() {
        Some(own) => {
            may(actor, Action::Propose, community)?;
            if own == partner {
                Ok(())
            } else {
                Err(Error::not_found("partner", partner))
            }
        }
        None => Ok(may(actor, Action::SeeStaffPages, community)?),
    }
}

/// A partner as typed.
#[derive(Clone, Debug, Default)]
pub struct NewPartner {
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Contact person.
    pub contact_name: String,
    /// Their number; may be empty.
    pub phone: String,
    /// E-mail for decisions and questions; may be empty.
    pub email: String,
    /// Last day of the licence.
    pub licence_expires_on: Option<Date>,
    /// What its people are qualified for, in words.
    pub qualification: String,
    /// Last day of the qualification.
    pub qualification_expires_on: Option<Date>,
    /// When the no-selling pledge was signed.
    pub pledge_signed_on: Option<Date>,
    /// Last day of the pledge.
    pub pledge_expires_on: Option<Date>,
    /// Most sessions a week.
    pub weekly_limit: Option<i32>,
}

/// How many sessions a week a partner may be limited to.
pub const WEEKLY_LIMIT: std::ops::RangeInclusive<i32> = 1..=50;

/// A partner with the number of its contact.
#[derive(Clone, Debug)]
pub struct Known {
    /// The partner.
    pub partner: Partner,
    /// The number.
    pub phone: Option<Phone>,
}

impl Known {
    /// What a form of it shows.
    pub fn typed(&self) -> NewPartner {
        let one = &self.partner;
        NewPartner {
            name: one.name.clone(),
            name_en: one.name_en.clone(),
            contact_name: one.contact_name.clone(),
            phone: self
                .phone
                .as_ref()
                .map(|phone| phone.reveal(Purpose::ShowStaff).to_owned())
                .unwrap_or_default(),
            email: one.email.clone(),
            licence_expires_on: one.licence_expires_on,
            qualification: one.qualification.clone(),
            qualification_expires_on: one.qualification_expires_on,
            pledge_signed_on: one.pledge_signed_on,
            pledge_expires_on: one.pledge_expires_on,
            weekly_limit: one.weekly_limit,
        }
    }
}

/// A partner, for staff.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`].
pub async fn get(ctx: &Context, actor: &Actor, community: CommunityId, id: PartnerId) -> Result<Known> {
    may(actor, Action::ManageCommunity, community)?;
    let known = known(ctx, community, id).await?;
    known.ok_or_else(|| Error::not_found("partner", id))
}

/// The same for use cases that have asked for another right, or send a message.
pub(super) async fn known(ctx: &Context, community: CommunityId, id: PartnerId) -> Result<Option<Known>> {
    let Some((partner, sealed)) = storage::partner::find(ctx.db.reader(), community, id).await? else {
        return Ok(None);
    };
    let phone = match sealed {
        Some(sealed) => Some(Phone::stored(ctx.sealer.open(community, TABLE, PHONE, id, &sealed)?)),
        None => None,
    };
    Ok(Some(Known { partner, phone }))
}

/// Reads what was typed; all that is wrong is told at once.
fn read(id: PartnerId, new: &NewPartner) -> Result<(Partner, Option<Phone>)> {
    let mut checks = Checks::new();
    let email = checks.line("email", &new.email, 254);
    let is_mail = email.is_empty() || looks_like_mail(&email);
    checks.ensure(is_mail, "email", "email", &email);
    let phone = match Phone::parse(&new.phone) {
        Ok(phone) => Some(phone),
        Err(TextError::PhoneEmpty) => None,
        Err(error) => {
            checks.add(field_error("phone", error, ""));
            None
        }
    };
    if let Some(limit) = new.weekly_limit {
        checks.number("weekly_limit", limit, &WEEKLY_LIMIT);
    }
    if let (Some(signed), Some(expires)) = (new.pledge_signed_on, new.pledge_expires_on) {
        checks.ensure(signed <= expires, "pledge_expires_on", "pledge-backwards", &expires);
    }
    let partner = Partner {
        id,
        name: checks.required_line("name", &new.name, NAME_CHARS),
        name_en: checks.line("name_en", &new.name_en, NAME_CHARS * 2),
        contact_name: checks.line("contact_name", &new.contact_name, NAME_CHARS),
        email,
        licence_expires_on: new.licence_expires_on,
        qualification: checks.line("qualification", &new.qualification, TITLE_CHARS * 2),
        qualification_expires_on: new.qualification_expires_on,
        pledge_signed_on: new.pledge_signed_on,
        pledge_expires_on: new.pledge_expires_on,
        weekly_limit: new.weekly_limit,
        frozen_at: None,
        frozen_reason: String::new(),
    };
    checks.finish()?;
    Ok((partner, phone))
}

fn sealed(ctx: &Context, community: CommunityId, id: PartnerId, phone: Option<&Phone>) -> Option<Vec<u8>> {
    phone.map(|phone| {
        ctx.sealer
            .seal(community, TABLE, PHONE, id, phone.reveal(Purpose::Store))
    })
}

/// Makes a partner.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Storage`].
pub async fn create(ctx: &Context, actor: &Actor, community: CommunityId, new: NewPartner) -> Result<Partner> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let (partner, phone) = read(ctx.new_id(now), &new)?;
    let phone = sealed(ctx, community, partner.id, phone.as_ref());
    let (stored, inner, actor) = (partner.clone(), ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            rows::insert_partner(txn, community, &stored, phone).await?;
            let subject = Some(stored.id.0);
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "partner.create",
                subject,
                &json!({}),
            )
            .await?;
            Ok(())
        })
        .await?;
    Ok(partner)
}

/// Changes what is known of a partner. Whether it is frozen stays as it is.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`].
pub async fn update(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: PartnerId,
    new: NewPartner,
) -> Result<Partner> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let (partner, phone) = read(id, &new)?;
    let phone = sealed(ctx, community, id, phone.as_ref());
    let (inner, actor) = (ctx.clone(), actor.clone());
    let stored = ctx
        .db
        .write(async move |txn: &Txn| -> Result<Partner> {
            let before = storage::partner::find_locked(txn, community, id).await?;
            let before = before.ok_or_else(|| Error::not_found("partner", id))?;
            let partner = Partner {
                frozen_at: before.frozen_at,
                frozen_reason: before.frozen_reason.clone(),
                ..partner
            };
            storage::partner::update(txn, community, &partner, phone).await?;
            let detail = json!({
                "papers": partner.papers().map(|(paper, last)| json!({ "paper": paper, "expires_on": last })),
                "weekly_limit": partner.weekly_limit,
            });
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "partner.update",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(partner)
        })
        .await?;
    ctx.schedule_changed();
    Ok(stored)
}

/// A paper that needs somebody.
#[derive(Clone, Debug)]
pub struct PaperDue {
    /// Whose.
    pub partner: Partner,
    /// Which.
    pub paper: Paper,
    /// Its last day.
    pub expires_on: Date,
    /// How it stands.
    pub standing: PaperStanding,
}

/// The papers of all partners that have ended or end within 30 days, the earliest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn papers_due(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<PaperDue>> {
    may(actor, Action::ManageCommunity, community)?;
    let home = community::find(ctx, community).await?;
    let today = ctx.now().to_zoned(home.zone).date();
    let mut due = Vec::new();
    for partner in rows::partners(ctx.db.reader(), community).await? {
        for (paper, expires_on) in partner.papers() {
            let standing = paper::standing(expires_on, today);
            if let (Some(expires_on), true) = (expires_on, standing != PaperStanding::Good) {
                due.push(PaperDue {
                    partner: partner.clone(),
                    paper,
                    expires_on,
                    standing,
                });
            }
        }
    }
    due.sort_by_key(|one| one.expires_on);
    Ok(due)
}

/// Reminds partners whose papers end in 30 or in 7 days, once each; returns how many reminders were written. Running it again changes
/// nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn remind_of_papers(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let mut written = 0;
    for home in community::list(ctx).await? {
        let today = now.to_zoned(home.zone.clone()).date();
        let partners = rows::partners(ctx.db.reader(), home.id).await?;
        let due: Vec<(PartnerId, Paper, Date, i32)> = partners
            .iter()
            .flat_map(|partner| {
                partner.papers().into_iter().filter_map(|(paper, last)| {
                    let last = last?;
                    Some((partner.id, paper, last, paper::reminder_due(last, today)?))
                })
            })
            .collect();
        if due.is_empty() {
            continue;
        }
        let inner = ctx.clone();
        written += ctx
            .db
            .write(async move |txn: &Txn| -> Result<usize> {
                let mut written = 0;
                for (partner, paper, last, days) in due {
                    let new =
                        notification::paper_expires(&inner, txn, now, home.id, partner, paper, last, days).await?;
                    written += usize::from(new);
                }
                Ok(written)
            })
            .await?;
    }
    Ok(written)
}

/// A coming session for which a paper of its partner has run out by then.
#[derive(Clone, Debug)]
pub struct Uncovered {
    /// The session.
    pub session: SessionView,
    /// The paper, and its last day.
    pub papers: Vec<(Paper, Date)>,
}

/// A partner's coming sessions beyond the last day of one of its papers, soonest first. They were planned before and stand; staff see
/// them so that the paper is renewed or the session called off.
///
/// # Errors
/// [`Error::Storage`].
pub async fn beyond_papers(ctx: &Context, community: CommunityId, partner: &Partner) -> Result<Vec<Uncovered>> {
    let terms = partner.terms();
    if terms.last_day().is_none() {
        return Ok(Vec::new());
    }
    Ok(coming(ctx, community, partner.id)
        .await?
        .into_iter()
        .filter_map(|session| {
            let papers: Vec<(Paper, Date)> = terms.expired_on(session.starts.date()).collect();
            (!papers.is_empty() && !session.is_cancelled()).then_some(Uncovered { session, papers })
        })
        .collect())
}

/// A partner's sessions from now on, as far as they are stored, cancelled ones too.
///
/// # Errors
/// [`Error::Storage`].
pub async fn coming(ctx: &Context, community: CommunityId, partner: PartnerId) -> Result<Vec<SessionView>> {
    let now = ctx.now();
    let to = now + jiff::SignedDuration::from_hours(AHEAD_WEEKS * 7 * 24);
    schedule::range_of_partner(ctx, community, partner, now, to).await
}

/// How many people are signed up for, or wait for, any of these sessions, each once.
///
/// # Errors
/// [`Error::Storage`].
pub async fn people_of(ctx: &Context, community: CommunityId, sessions: &[SessionView]) -> Result<u32> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    Ok(storage::session::people_to_tell(ctx.db.reader(), community, &ids).await?)
}

/// The coming sessions of a partner for which somebody waits, locked in the order of their ids. Call it before the partner is locked;
/// nobody joins a queue while the partner is frozen.
pub(super) async fn lock_waited_for(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    partner: PartnerId,
) -> Result<Vec<SessionId>> {
    let span = storage::session::Span {
        from: now,
        to: now + jiff::SignedDuration::from_hours(AHEAD_WEEKS * 7 * 24),
        after: None,
        partner: Some(partner),
        limit: MOST_COMING,
    };
    let mut ids: Vec<SessionId> = storage::session::between(txn, community, &span)
        .await?
        .into_iter()
        .filter(|session| session.waitlisted > 0 && !session.is_cancelled())
        .map(|session| session.id)
        .collect();
    ids.sort_unstable();
    storage::session::lock(txn, community, &ids).await?;
    Ok(ids)
}

/// Lets a frozen partner go on: seats that came free meanwhile go to whoever waits in these sessions, and questions that were held back
/// leave. The sessions and the partner must be locked.
pub(super) async fn let_go_on(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    partner: PartnerId,
    waited: &[SessionId],
) -> Result<()> {
    storage::partner::set_frozen(txn, community, partner, None).await?;
    enrolment::promote_all(ctx, txn, now, community, waited).await?;
    notification::ask_again(ctx, txn, now, community, partner).await
}

/// Lets a frozen partner go on, with the reason. Doing it again changes nothing.
///
/// # Errors
/// [`Error::State`] while a complaint that froze it waits for a decision; [`Error::Invalid`] without a reason; [`Error::Forbidden`];
/// [`Error::NotFound`].
pub async fn unfreeze(ctx: &Context, actor: &Actor, community: CommunityId, id: PartnerId, reason: &str) -> Result<()> {
    may(actor, Action::DecideProposals, community)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let reason = checks.required_line("reason", reason, REASON_CHARS);
    checks.finish()?;
    retry::write(ctx, || {
        let (inner, actor, reason) = (ctx.clone(), actor.clone(), reason.clone());
        async move |txn: &Txn| -> Result<()> {
            let waited = lock_waited_for(txn, now, community, id).await?;
            let partner = storage::partner::find_locked(txn, community, id).await?;
            let partner = partner.ok_or_else(|| Error::not_found("partner", id))?;
            let open = storage::complaint::lock_open(txn, community, id).await?;
            if keeps_frozen(&open) {
                return Err(Error::State {
                    code: "partner-complaint-open",
                });
            }
            if partner.frozen_at.is_none() {
                return Ok(());
            }
            let_go_on(&inner, txn, now, community, id, &waited).await?;
            let detail = json!({ "reason": reason });
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "partner.unfreeze",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(())
        }
    })
    .await
}

/// The user names that act for a partner.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn logins(ctx: &Context, actor: &Actor, community: CommunityId, id: PartnerId) -> Result<Vec<String>> {
    may(actor, Action::ManageCommunity, community)?;
    Ok(storage::partner::usernames(ctx.db.reader(), community, id).await?)
}

/// A login that was just made. Its password is told once, here; only its hash is stored.
pub struct FirstLogin {
    /// User name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Makes a login for a partner with a password that the program chooses. Staff may do this for partners of their own community, and
/// for nobody else: all other accounts are the administrator's.
///
/// # Errors
/// [`Error::Invalid`] for a user name that is taken or not plain; [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn create_login(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: PartnerId,
    username: &str,
) -> Result<FirstLogin> {
    may(actor, Action::ManageCommunity, community)?;
    if !matches!(actor.role(), Some(Role::Staff | Role::Admin)) {
        return Err(Error::Forbidden(Refusal::Role));
    }
    let found = rows::find_partner(ctx.db.reader(), community, id).await?;
    let partner = found.ok_or_else(|| Error::not_found("partner", id))?;
    let password = readable_password(ctx.random());
    let new = account::NewAccount {
        username: username.to_owned(),
        password: password.clone(),
        role: Role::Partner,
        display_name: partner.name,
        community: Some(community),
        partner: Some(id),
        email: String::new(),
    };
    // The right was asked for above; the account service itself knows administrators only.
    let now = ctx.now();
    let (made, hash) = account::prepared(ctx, new).await?;
    let (inner, actor, stored) = (ctx.clone(), actor.clone(), made.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            let detail = json!({ "username": stored.username });
            account::insert_in(txn, &stored, hash).await?;
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "partner.login",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await?;
    Ok(FirstLogin {
        username: made.username,
        password,
    })
}

/// Sixteen characters in groups of four that cannot be mistaken for one another: 79 bits.
fn readable_password(random: [u8; 16]) -> String {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut password = String::with_capacity(19);
    for (at, byte) in random.into_iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[usize::from(byte % 31)]));
    }
    password
}
