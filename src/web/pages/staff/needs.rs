//! 要您处理: what waits for somebody, the urgent first, each with the page where it is done.

use jiff::Zoned;

use super::told::numbers;
use super::{StaffPage, partner_needs, tray};
use crate::domain::calendar::IsoWeek;
use crate::domain::calendar::format::{day_words, moment_words, month_day};
use crate::domain::notification::Status;
use crate::domain::planning::SessionStatus;
use crate::services::schedule::SessionView;
use crate::services::{Context, Error, notification, programme, resident};

/// Sessions without a count that are listed one by one; the newest.
const MOST_UNCOUNTED: usize = 5;
/// Changed sessions that are listed one by one; the next to come.
const MOST_UNTOLD: usize = 5;

/// One thing that waits.
pub struct Need {
    /// `bad`, `wait`, `info` or `ok`.
    pub kind: &'static str,
    /// Drawing.
    pub icon: &'static str,
    /// What it is.
    pub title: String,
    /// More about it; may be empty.
    pub text: String,
    /// Where it is done.
    pub href: String,
    /// The button.
    pub action: String,
    /// What only readers hear after the button's word.
    pub said: String,
}

/// Everything that waits in a community. `sessions` are those of the last days and the days ahead.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load(ctx: &Context, page: &StaffPage, now: &Zoned, sessions: &[SessionView]) -> Result<Vec<Need>, Error> {
    let words = page.visitor.words;
    let actor = &page.visitor.actor;
    let home = page.community.id;
    let mut needs = partner_needs::complaints(ctx, page).await?;
    needs.extend(untold(ctx, page).await?);
    needs.extend(undelivered(ctx, page).await?);
    needs.extend(partner_needs::others(ctx, page, now).await?);
    let waiting = tray::waiting(ctx, page).await?;
    if !waiting.is_empty() {
        needs.push(Need {
            kind: "wait",
            icon: "inbox",
            title: words.n("staff-need-proposals", waiting.len()),
            text: waiting
                .iter()
                .take(3)
                .map(|view| {
                    let partner = words.pick(&view.partner.name, &view.partner.name_en);
                    words.aa(
                        "staff-need-proposal",
                        "partner",
                        partner,
                        "title",
                        &view.proposal.offer.title,
                    )
                })
                .collect::<Vec<_>>()
                .join(&words.t("staff-semicolon")),
            href: "/staff/partners".to_owned(),
            action: words.t("staff-need-proposals-act"),
            said: String::new(),
        });
    }
    let unplanned = programme::unplanned(ctx, actor, home, IsoWeek::containing(now.date())).await?;
    if !unplanned.is_empty() {
        needs.push(Need {
            kind: "wait",
            icon: "week",
            title: words.n("staff-need-unplanned", unplanned.len()),
            text: unplanned
                .iter()
                .take(4)
                .map(|programme| words.pick(&programme.title, &programme.title_en))
                .collect::<Vec<_>>()
                .join(&words.t("staff-list-mark")),
            href: "/staff/programmes#h-unplanned".to_owned(),
            action: words.t("staff-need-unplanned-act"),
            said: String::new(),
        });
    }
    let unchecked = resident::unchecked_count(ctx, actor, home).await?;
    if unchecked > 0 {
        needs.push(Need {
            kind: "info",
            icon: "users",
            title: words.n("staff-need-unchecked", unchecked),
            text: words.t("staff-need-unchecked-text"),
            href: "/staff/residents?unchecked=true".to_owned(),
            action: words.t("staff-need-unchecked-act"),
            said: String::new(),
        });
    }
    needs.extend(uncounted(page, now, sessions));
    Ok(needs)
}

/// Changed sessions of which not everybody who must know does: they stay until the last one is told.
async fn untold(ctx: &Context, page: &StaffPage) -> Result<Vec<Need>, Error> {
    let words = page.visitor.words;
    let unfinished = notification::tally::unfinished(ctx, &page.visitor.actor, page.community.id).await?;
    Ok(unfinished
        .into_iter()
        .take(MOST_UNTOLD)
        .map(|one| {
            let key = if one.cancelled {
                "told-need-cancelled"
            } else {
                "told-need-changed"
            };
            let at = page.community.zone.to_datetime(one.starts_at);
            Need {
                kind: "bad",
                icon: "phone",
                title: words.with(
                    key,
                    [
                        ("title", one.title.clone().into()),
                        ("when", moment_words(at, words.lang).into()),
                        ("n", one.tally.not_told().into()),
                    ],
                ),
                text: numbers(words, one.tally),
                href: format!("/staff/calls?session={}", one.session),
                action: words.t("told-need-act"),
                said: one.title,
            }
        })
        .collect())
}

/// Notices that did not arrive, and people to phone.
async fn undelivered(ctx: &Context, page: &StaffPage) -> Result<Vec<Need>, Error> {
    let words = page.visitor.words;
    let counts = notification::log::counts(ctx, &page.visitor.actor, page.community.id).await?;
    let of = |wanted: &[Status]| -> i64 {
        counts
            .iter()
            .filter(|(status, _)| wanted.contains(status))
            .map(|(_, count)| count)
            .sum()
    };
    let need = |kind, icon, key: &str, count, href: &str| Need {
        kind,
        icon,
        title: words.n(key, count),
        text: words.t(&format!("{key}-text")),
        href: href.to_owned(),
        action: words.t("staff-need-go"),
        said: String::new(),
    };
    let mut needs = Vec::new();
    let failed = of(&[Status::Dead, Status::Unknown]);
    if failed > 0 {
        needs.push(need("bad", "send", "staff-need-failed", failed, "/staff/notifications"));
    }
    let to_call = of(&[Status::ToCall]);
    if to_call > 0 {
        needs.push(need("bad", "phone", "staff-need-call", to_call, "/staff/calls"));
    }
    Ok(needs)
}

/// Sessions that are over and that nobody counted, the newest first.
fn uncounted(page: &StaffPage, now: &Zoned, sessions: &[SessionView]) -> Vec<Need> {
    let words = page.visitor.words;
    let mut over: Vec<&SessionView> = sessions
        .iter()
        .filter(|session| {
            session.ends <= *now
                && session.named + session.headcount == 0
                && matches!(session.status, SessionStatus::Scheduled | SessionStatus::Provisional)
        })
        .collect();
    over.sort_by_key(|session| std::cmp::Reverse(session.ends.timestamp()));
    over.into_iter()
        .take(MOST_UNCOUNTED)
        .map(|session| {
            let title = words.pick(&session.programme.title, &session.programme.title_en);
            let when = month_day(session.starts.date(), words.lang);
            Need {
                kind: "ok",
                icon: "check",
                title: words.aa("staff-need-uncounted", "when", when, "title", title),
                text: words.t("staff-need-uncounted-text"),
                href: format!("/staff/sessions/{}/check-in", session.id),
                action: words.t("staff-need-uncounted-act"),
                said: format!("{title} {}", day_words(session.starts.date(), words.lang)),
            }
        })
        .collect()
}
