//! The partners' proposals under the planner, each with whether it fits.

use jiff::ToSpan;

use super::StaffPage;
use super::partners::fit_words;
use crate::domain::calendar::DayKind;
use crate::domain::calendar::format::day_words;
use crate::domain::proposal::ProposalStatus;
use crate::services::proposal::{self, Filter, ProposalView};
use crate::services::{Context, Error};
use crate::web::pages::partner::wording::{pattern_words, span_words};

/// How many proposals the tray shows; the rest are on their own page.
const MOST_SHOWN: usize = 3;

/// How far ahead make-up workdays are pointed out, days.
const MADE_UP_AHEAD_DAYS: i64 = 28;

/// One proposal.
pub struct Prop {
    /// Its id, as on the page of proposals.
    pub id: String,
    /// Title.
    pub title: String,
    /// Who, when, how often.
    pub line: String,
    /// Whether its room is free.
    pub fits: bool,
    /// The same in words.
    pub fit: String,
    /// The button.
    pub action: String,
}

/// The tray.
pub struct Tray {
    /// Heading.
    pub title: String,
    /// Make-up workdays of the weeks ahead.
    pub note: String,
    /// The first few.
    pub items: Vec<Prop>,
}

/// The proposals that wait for staff, the longest wait first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waiting(ctx: &Context, page: &StaffPage) -> Result<Vec<ProposalView>, Error> {
    let filter = Filter {
        statuses: vec![ProposalStatus::Submitted],
        ..Filter::default()
    };
    let mut all = proposal::list(ctx, &page.visitor.actor, page.community.id, &filter).await?;
    all.reverse();
    Ok(all)
}

impl Tray {
    /// The tray of these proposals; none when there is none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(ctx: &Context, page: &StaffPage, views: &[ProposalView]) -> Result<Option<Self>, Error> {
        let words = page.visitor.words;
        let home = page.community.id;
        if views.is_empty() {
            return Ok(None);
        }
        let count = views.len();
        let mut items = Vec::new();
        let shown = &views[..count.min(MOST_SHOWN)];
        let fitting = proposal::fits(ctx, home, shown).await?;
        for (view, fit) in shown.iter().zip(fitting.into_iter().flatten()) {
            let fits = fit.is_clear();
            let span = span_words(words, &view.dates);
            let when = pattern_words(words, view);
            let when = if span.is_empty() {
                when
            } else {
                format!("{when}・{span}")
            };
            items.push(Prop {
                id: view.proposal.id.to_string(),
                title: view.proposal.offer.title.clone(),
                line: words.aa(
                    "proposal-line",
                    "partner",
                    words.pick(&view.partner.name, &view.partner.name_en),
                    "when",
                    when,
                ),
                fits,
                fit: fit_words(words, &fit),
                action: words.t(if fits { "staff-tray-agree" } else { "staff-tray-talk" }),
            });
        }
        let today = page.now(ctx).date();
        let holidays = ctx.holidays();
        let made_up: Vec<String> = today
            .series(1.day())
            .take_while(|date| *date < today.saturating_add(MADE_UP_AHEAD_DAYS.days()))
            .filter(|date| matches!(holidays.day(*date), DayKind::MakeUpWorkday(_)))
            .map(|date| day_words(date, words.lang))
            .collect();
        Ok(Some(Self {
            title: words.n("staff-tray-title", count),
            note: if made_up.is_empty() {
                String::new()
            } else {
                words.a("staff-tray-made-up", "days", made_up.join(words.pick("、", ", ")))
            },
            items,
        }))
    }
}
