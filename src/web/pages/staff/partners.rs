//! `/staff/partners`: what partners propose, those that wait first and each with whether it fits, and the partners with their papers.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Query;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::StaffPage;
use crate::domain::calendar::format::full_date;
use crate::domain::community::{Community, Partner};
use crate::domain::planning::Clash;
use crate::domain::proposal::{ProposalStatus, Step};
use crate::services::proposal::{self, Filter, Fit, ProposalView};
use crate::services::wording::Words;
use crate::services::{Context, Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::partner::wording::{clash_words, near_words, pattern_words, span_words};
use crate::web::pages::render;

/// A licence that ends within so many days is pointed out.
const LICENCE_SOON_DAYS: i64 = 60;

/// How many of the earlier proposals are shown.
const MOST_EARLIER: usize = 50;

/// What a decision left in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    n: String,
    partner: String,
}

/// One proposal as staff see it.
pub(super) struct Line {
    pub id: String,
    pub title: String,
    pub from: String,
    pub when: String,
    pub place: String,
    pub who: String,
    pub needs: String,
    pub about: String,
    pub sent: String,
    pub fits: bool,
    pub fit: String,
    pub clashes: Vec<String>,
    /// Dates that are free, when some but not all are.
    pub part: usize,
    pub tag_class: &'static str,
    pub tag: String,
    pub said: String,
}

struct PartnerLine {
    id: String,
    frozen: bool,
    name: String,
    contact: String,
    licence: String,
    /// `bad` when it ended, `wait` when it ends soon.
    licence_class: &'static str,
    pledge: String,
    pledged: bool,
    open: usize,
}

#[derive(Template)]
#[template(path = "staff/partners.html")]
struct PartnersPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    done: String,
    waiting_title: String,
    waiting: Vec<Line>,
    turned: Vec<Line>,
    earlier: Vec<Line>,
    partners: Vec<PartnerLine>,
}

/// `GET /staff/partners`.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let template = load(&web.ctx, &page, &asked).await.for_visitor(v)?;
    Ok(render(&template))
}

async fn load<'a>(ctx: &Context, page: &'a StaffPage, asked: &Asked) -> Result<PartnersPage<'a>, Error> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let today = page.now(ctx).date();
    let views = proposal::list(ctx, &v.actor, home, &Filter::default()).await?;
    let partners = community::partners(ctx, home).await?;
    let mut waiting = Vec::new();
    let mut turned = Vec::new();
    let mut earlier = Vec::new();
    let fitting = proposal::fits(ctx, home, &views).await?;
    for (view, fit) in views.iter().zip(&fitting) {
        match view.proposal.status {
            ProposalStatus::Submitted => waiting.push(line(words, page, ctx, view, fit.as_ref())),
            ProposalStatus::ChangesRequested => turned.push(line(words, page, ctx, view, None)),
            _ if earlier.len() < MOST_EARLIER => earlier.push(line(words, page, ctx, view, None)),
            _ => {}
        }
    }
    // The longest wait first.
    waiting.reverse();
    let partner_lines = partners
        .iter()
        .map(|partner| partner_line(words, partner, &views, today))
        .collect();
    let told = partners
        .iter()
        .find(|partner| partner.id.to_string() == asked.partner)
        .map(|partner| words.pick(&partner.name, &partner.name_en))
        .unwrap_or_default();
    let n: i64 = asked.n.parse().unwrap_or(0);
    let done = match asked.done.as_str() {
        "approve" | "decline" | "request-changes" if !told.is_empty() => words.with(
            &format!("proposal-done-{}", asked.done),
            [("n", n.into()), ("partner", told.to_owned().into())],
        ),
        _ => String::new(),
    };
    Ok(PartnersPage {
        v,
        community: &page.community,
        active: "",
        badge: page.badge,
        done,
        waiting_title: words.n("proposal-waiting", waiting.len() as i64),
        waiting,
        turned,
        earlier,
        partners: partner_lines,
    })
}

/// A proposal in words.
pub(super) fn line(words: Words, page: &StaffPage, ctx: &Context, view: &ProposalView, fit: Option<&Fit>) -> Line {
    let now = page.now(ctx);
    let offer = &view.proposal.offer;
    let status = view.proposal.status;
    let name = words.pick(&view.partner.name, &view.partner.name_en);
    let span = span_words(words, &view.dates);
    let mut when = pattern_words(words, view);
    if !span.is_empty() {
        when = words.aa("partner-when-span", "when", when, "span", span);
    }
    let seats = offer
        .capacity
        .map(|seats| words.n("partner-seats", seats))
        .unwrap_or_default();
    let who: Vec<&str> = [view.facilitator_name(), &seats]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let sent = view.sent_at().to_zoned(page.community.zone.clone());
    let said = match status {
        ProposalStatus::ChangesRequested => view.words_of(Step::RequestChanges),
        ProposalStatus::Approved => view.words_of(Step::Approve),
        ProposalStatus::Declined => view.words_of(Step::Decline),
        _ => "",
    };
    let key = status.as_str().replace('_', "-");
    Line {
        id: view.proposal.id.to_string(),
        title: offer.title.clone(),
        from: words.a("proposal-from", "partner", name),
        when,
        place: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
        who: who.join(words.pick("，", ", ")),
        needs: offer.needs.clone(),
        about: offer.description.clone(),
        sent: words.a("proposal-sent", "when", near_words(words, &sent, now.date())),
        fits: fit.is_some_and(Fit::is_clear),
        fit: fit.map(|fit| fit_words(words, fit)).unwrap_or_default(),
        clashes: fit
            .iter()
            .flat_map(|fit| fit.clashes.iter().take(6))
            .map(|clash| clash_words(words, clash))
            .collect(),
        part: fit.filter(|fit| !fit.is_clear()).map_or(0, Fit::free),
        tag_class: match status {
            ProposalStatus::Submitted => "wait",
            ProposalStatus::ChangesRequested => "info",
            ProposalStatus::Approved => "ok",
            ProposalStatus::Declined => "bad",
            ProposalStatus::Withdrawn | ProposalStatus::Lapsed => "",
        },
        tag: words.t(&format!("proposal-status-{key}")),
        said: said.to_owned(),
    }
}

/// Whether a proposal fits, in words: `场地空着`, `和反诈课撞 8 次`.
pub(super) fn fit_words(words: Words, fit: &Fit) -> String {
    let n = fit.clashes.len() as i64;
    let title = fit.clashes.iter().find_map(|clash| match clash {
        Clash::Venue { title, .. } | Clash::Facilitator { title, .. } if !title.is_empty() => Some(title.clone()),
        _ => None,
    });
    match title {
        _ if fit.dates == 0 => words.t("proposal-passed"),
        _ if n == 0 => words.t("proposal-fits"),
        Some(title) => words.with("proposal-clashes-with", [("title", title.into()), ("n", n.into())]),
        None => words.n("proposal-clashes", n),
    }
}

fn partner_line(words: Words, partner: &Partner, views: &[ProposalView], today: Date) -> PartnerLine {
    let soon = today.saturating_add(LICENCE_SOON_DAYS.days());
    let (licence, licence_class) = match partner.licence_expires_on {
        None => (words.t("proposal-licence-none"), ""),
        Some(date) if date < today => (
            words.a("proposal-licence-past", "date", full_date(date, words.lang)),
            "bad",
        ),
        Some(date) if date <= soon => (
            words.a("proposal-licence-soon", "date", full_date(date, words.lang)),
            "wait",
        ),
        Some(date) => (full_date(date, words.lang), ""),
    };
    PartnerLine {
        id: partner.id.to_string(),
        frozen: partner.frozen_at.is_some(),
        name: words.pick(&partner.name, &partner.name_en).to_owned(),
        contact: partner.contact_name.clone(),
        licence,
        licence_class,
        pledge: match partner.pledge_signed_on {
            None => words.t("proposal-pledge-none"),
            Some(date) => words.a("proposal-pledge-signed", "date", full_date(date, words.lang)),
        },
        pledged: partner.pledge_signed_on.is_some(),
        open: views
            .iter()
            .filter(|view| view.partner.id == partner.id && view.proposal.status == ProposalStatus::Submitted)
            .count(),
    }
}
