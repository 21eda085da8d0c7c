//! What stands above everything on a partner's own page: whether it is paused, which sessions wait for its answer, how its papers stand.

use jiff::Zoned;

use super::PartnerPage;
use super::wording::near_words;
use crate::domain::calendar::format::full_date;
use crate::domain::community::{Paper, Partner};
use crate::domain::complaint::ComplaintKind;
use crate::domain::confirmation::Standing;
use crate::domain::paper::{PaperStanding, standing};
use crate::services::confirmation::target_of;
use crate::services::wording::Words;
use crate::services::{Context, Error, confirmation};

/// A session that waits for an answer.
pub struct Waits {
    /// The session.
    pub session: String,
    /// The question.
    pub id: String,
    /// When.
    pub when: String,
    /// What and where.
    pub what: String,
}

/// A paper.
pub struct PaperLine {
    /// Its name.
    pub name: String,
    /// How it stands, in words.
    pub text: String,
    /// `bad` when it ended, `wait` when it ends soon, else empty.
    pub class: &'static str,
}

/// What stands above everything.
pub struct Care {
    /// Why its sessions are paused; empty when they are not.
    pub frozen: String,
    /// Sessions that wait for an answer.
    pub waits: Vec<Waits>,
    /// The papers.
    pub papers: Vec<PaperLine>,
}

/// Why a partner is frozen, in words: the kind only, never who complained.
pub fn frozen_words(words: Words, partner: &Partner) -> String {
    if partner.frozen_at.is_none() {
        return String::new();
    }
    match partner.frozen_reason.parse::<ComplaintKind>() {
        Ok(kind) => words.t(&format!("complaint-kind-{kind}")),
        Err(_) => partner.frozen_reason.clone(),
    }
}

/// A partner's papers on a day; those that are not asked for and were never given are left out.
pub fn paper_lines(words: Words, partner: &Partner, today: jiff::civil::Date) -> Vec<PaperLine> {
    partner
        .papers()
        .into_iter()
        .filter_map(|(paper, expires_on)| {
            let name = words.t(&format!("paper-{paper}"));
            let Some(last) = expires_on else {
                let text = match (paper, partner.pledge_signed_on) {
                    (Paper::Pledge, Some(signed)) => {
                        words.a("proposal-pledge-signed", "date", full_date(signed, words.lang))
                    }
                    (Paper::Pledge, None) => words.t("proposal-pledge-none"),
                    _ => return None,
                };
                let class = if paper == Paper::Pledge && partner.pledge_signed_on.is_none() {
                    "wait"
                } else {
                    ""
                };
                return Some(PaperLine { name, text, class });
            };
            let date = full_date(last, words.lang);
            let (text, class) = match standing(expires_on, today) {
                PaperStanding::Good => (words.a("paper-until", "day", date), ""),
                PaperStanding::EndsSoon(days) => (
                    words.with("paper-soon", [("day", date.into()), ("n", days.into())]),
                    "wait",
                ),
                PaperStanding::Ended => (words.a("paper-ended", "day", date), "bad"),
            };
            Some(PaperLine { name, text, class })
        })
        .collect()
}

impl Care {
    /// What stands above everything for `page`'s partner.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(ctx: &Context, page: &PartnerPage, now: &Zoned) -> Result<Self, Error> {
        let words = page.visitor.words;
        let asked = confirmation::of_partner(ctx, &page.visitor.actor, page.community.id, page.partner.id).await?;
        let waits = asked
            .into_iter()
            .filter(|(one, session)| one.standing(target_of(session), now.timestamp()) == Standing::Open)
            .map(|(one, session)| Waits {
                session: session.id.to_string(),
                id: one.id.to_string(),
                when: near_words(words, &session.starts, now.date()),
                what: format!(
                    "{}・{}",
                    words.pick(&session.programme.title, &session.programme.title_en),
                    words.pick(&session.venue.name, &session.venue.name_en)
                ),
            })
            .collect();
        Ok(Self {
            frozen: frozen_words(words, &page.partner),
            waits,
            papers: paper_lines(words, &page.partner, now.date()),
        })
    }
}
