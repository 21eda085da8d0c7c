//! What the panel of a session says of its partner and of what was counted: whether it confirmed, who stood in for whom, and what can be pressed.

use jiff::Timestamp;

use super::StaffPage;
use crate::domain::calendar::IsoWeek;
use crate::domain::confirmation::{Answer, Confirmation, Standing, Task};
use crate::services::confirmation::target_of;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Error, confirmation, service_report, statement, substitution};
use crate::web::pages::service::{self, Way};

/// A state as icon and word.
pub struct Tag {
    /// `ok`, `wait`, `bad` or `info`.
    pub kind: &'static str,
    /// Drawing.
    pub icon: &'static str,
    /// The word.
    pub text: String,
}

/// The partner of a session.
pub struct PartnerBit {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) tag: Option<Tag>,
    /// Where one asks, or sees the answer.
    pub(super) confirm: String,
    pub(super) confirm_word: String,
}

/// Beside the form of a session's panel.
#[derive(Default)]
pub struct Beside {
    pub(super) partner: Option<PartnerBit>,
    /// Who stood in for whom, oldest first.
    pub(super) stood_in: Vec<String>,
    /// Where somebody else is found to lead it; empty when it cannot be changed.
    pub(super) substitute: String,
    /// `23 件`, `41 户`; empty for most.
    pub(super) count: String,
    /// Where matters, households, answers and the crew are typed.
    pub(super) ways: Vec<Way>,
}

/// The address of a session's panel.
pub fn panel_href(session: &SessionView) -> String {
    let week = IsoWeek::containing(session.starts.date());
    format!("/staff/week?week={week}&session={}#panel", session.id)
}

/// Whether the partner confirmed, as a tag; none for a session that nobody needs to be asked about any more.
pub fn tag_of(words: Words, session: &SessionView, question: Option<&Confirmation>, now: Timestamp) -> Option<Tag> {
    let tag = |kind, icon, key: &str| {
        Some(Tag {
            kind,
            icon,
            text: words.t(key),
        })
    };
    let target = target_of(session);
    if target.cancelled || target.starts_at <= now {
        return None;
    }
    if target.paused {
        return tag("bad", "warn", "session-paused");
    }
    let Some(question) = question else {
        return tag("", "info", "confirm-tag-not-asked");
    };
    match (question.standing(target, now), question.task(target, now)) {
        (Standing::Open, Some(Task::Overdue)) => tag("bad", "phone", "confirm-tag-overdue"),
        (Standing::Open, _) => tag("wait", "queue", "confirm-tag-asked"),
        (Standing::Answered, _) => match question.answered.as_ref().map(|answered| answered.answer) {
            Some(Answer::Confirmed) => tag("ok", "check", "confirm-tag-yes"),
            _ => tag("bad", "x", "confirm-tag-no"),
        },
        _ => None,
    }
}

impl Beside {
    /// What is said beside the form of a session; `editable` is whether it may be changed.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(ctx: &Context, page: &StaffPage, session: &SessionView, editable: bool) -> Result<Self, Error> {
        let words = page.visitor.words;
        let home = page.community.id;
        let stood_in = substitution::history(ctx, home, &[session.id])
            .await?
            .iter()
            .map(|one| {
                let mut text = statement::stood_in_words(words, one);
                if !one.reason.is_empty() {
                    text.push_str(&words.in_brackets(&one.reason));
                }
                text
            })
            .collect();
        let partner = match &session.partner {
            Some(partner) => {
                let question = confirmation::of_session(ctx, home, session).await?;
                let tag = tag_of(words, session, question.as_ref(), ctx.now());
                Some(PartnerBit {
                    name: words.pick(&partner.name, &partner.name_en).to_owned(),
                    href: format!("/staff/partners/{}", partner.id),
                    confirm: if tag.is_some() {
                        format!("/staff/sessions/{}/confirmation", session.id)
                    } else {
                        String::new()
                    },
                    confirm_word: words.t(if question.is_some() {
                        "confirm-look"
                    } else {
                        "confirm-ask"
                    }),
                    tag,
                })
            }
            None => None,
        };
        let (matters, doors) = service_report::of_sessions(ctx, &page.visitor.actor, home, &[session.id]).await?;
        let doors = doors.get(&session.id).copied().unwrap_or_default();
        let matters = matters.get(&session.id).copied().unwrap_or_default();
        Ok(Self {
            count: service::count_words(words, matters, doors.met),
            ways: if session.is_cancelled() {
                Vec::new()
            } else {
                service::ways(words, session)
            },
            partner,
            stood_in,
            substitute: if editable {
                format!("/staff/sessions/{}/substitute", session.id)
            } else {
                String::new()
            },
        })
    }
}
