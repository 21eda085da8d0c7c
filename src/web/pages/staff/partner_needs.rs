//! What waits for staff about partners: complaints first, then partners who do not come or do not answer, then papers.

use jiff::Zoned;

use super::StaffPage;
use super::needs::Need;
use crate::domain::calendar::format::{full_date, month_day};
use crate::domain::confirmation::Task;
use crate::domain::paper::PaperStanding;
use crate::services::{Context, Error, complaint, confirmation, partner};
use crate::web::pages::partner::wording::near_words;

/// So many of a kind are listed one by one.
const MOST_OF_A_KIND: usize = 4;

/// Complaints that wait for a decision: on top of everything.
///
/// # Errors
/// When the database cannot be asked.
pub async fn complaints(ctx: &Context, page: &StaffPage) -> Result<Vec<Need>, Error> {
    let words = page.visitor.words;
    let actor = &page.visitor.actor;
    let home = page.community.id;
    let open = complaint::list(ctx, actor, home, None, true).await?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let partners = crate::services::community::partners(ctx, home).await?;
    Ok(open
        .iter()
        // The longest wait first.
        .rev()
        .take(MOST_OF_A_KIND)
        .map(|one| {
            let who = partners
                .iter()
                .find(|partner| partner.id == one.partner_id)
                .map(|partner| words.pick(&partner.name, &partner.name_en).to_owned())
                .unwrap_or_default();
            let kind = words.t(&format!("complaint-kind-{}", one.kind));
            let day = month_day(one.created_at.to_zoned(page.community.zone.clone()).date(), words.lang);
            Need {
                kind: "bad",
                icon: "warn",
                title: words.aa("need-complaint", "partner", &who, "kind", kind),
                text: words.a(
                    if one.froze {
                        "need-complaint-text-frozen"
                    } else {
                        "need-complaint-text"
                    },
                    "day",
                    day,
                ),
                href: format!("/staff/complaints/{}", one.id),
                action: words.t("need-complaint-act"),
                said: who,
            }
        })
        .collect())
}

/// Partners who cannot come or did not answer, and papers that run out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn others(ctx: &Context, page: &StaffPage, now: &Zoned) -> Result<Vec<Need>, Error> {
    let words = page.visitor.words;
    let actor = &page.visitor.actor;
    let home = page.community.id;
    let mut needs = Vec::new();
    for waiting in confirmation::tasks(ctx, actor, home).await?.iter().take(MOST_OF_A_KIND) {
        let session = &waiting.session;
        let title = words.pick(&session.programme.title, &session.programme.title_en);
        let at = near_words(words, &session.starts, now.date());
        let who = session
            .partner
            .as_ref()
            .map(|partner| words.pick(&partner.name, &partner.name_en))
            .unwrap_or_default();
        let (kind, icon, key) = match waiting.task {
            Task::Declined => ("bad", "x", "need-declined"),
            Task::Overdue => ("wait", "phone", "need-unanswered"),
        };
        let text = match (&waiting.confirmation.answered, waiting.task) {
            (Some(answered), Task::Declined) => words.a("need-declined-text", "words", &answered.words),
            _ => words.t("need-unanswered-text"),
        };
        needs.push(Need {
            kind,
            icon,
            title: words.with(
                key,
                [
                    ("partner", who.to_owned().into()),
                    ("title", title.to_owned().into()),
                    ("when", at.clone().into()),
                ],
            ),
            text,
            href: format!("/staff/sessions/{}/confirmation", session.id),
            action: words.t(if waiting.task == Task::Declined {
                "need-declined-act"
            } else {
                "need-unanswered-act"
            }),
            said: format!("{title} {at}"),
        });
    }
    for due in partner::papers_due(ctx, actor, home)
        .await?
        .into_iter()
        .take(MOST_OF_A_KIND)
    {
        let who = words.pick(&due.partner.name, &due.partner.name_en).to_owned();
        let paper = words.t(&format!("paper-{}", due.paper));
        let day = full_date(due.expires_on, words.lang);
        let (kind, key) = match due.standing {
            PaperStanding::Ended => ("bad", "need-paper-ended"),
            _ => ("wait", "need-paper-soon"),
        };
        needs.push(Need {
            kind,
            icon: "file",
            title: words.with(
                key,
                [
                    ("partner", who.clone().into()),
                    ("paper", paper.into()),
                    ("day", day.into()),
                ],
            ),
            text: words.t("need-paper-text"),
            href: format!("/staff/partners/{}", due.partner.id),
            action: words.t("need-paper-act"),
            said: who,
        });
    }
    Ok(needs)
}
