//! The staff wing: what every page in it shares, and the list of its planning pages.
//!
//! The rail, the person and the community at its foot come from `layout/staff.html`, which asks of a page the fields `v`
//! (the visitor), `community`, `active` (`today`, `week`, `checkin`, `notifications` or `reports`) and `badge` (how many notices
//! failed). [`StaffPage`] is the extractor that has them.

pub mod acceptance;
mod activity;
mod activity_form;
pub mod board;
mod calls;
mod calls_print;
mod cancel;
mod chain;
mod chain_lines;
mod change_form;
mod channel_form;
mod channels;
mod chinese_year;
mod clashes;
mod closure_form;
mod closure_notice;
mod closures;
mod columns;
mod complaints;
mod confirmation;
mod consequences;
mod copy_week;
mod decide;
mod desk;
mod door_notice;
mod edit;
pub mod form;
mod free_slots;
mod group_text;
mod held;
mod holidays;
mod import;
mod materials;
mod meanwhile;
mod message_templates;
mod move_session;
mod needs;
mod new_term;
mod notification_bulk;
mod notification_line;
mod notification_one;
mod notification_rules;
mod notifications;
mod outputs;
mod panel;
mod partner;
mod partner_bit;
mod partner_form;
mod partner_needs;
mod partners;
mod preview;
mod programmes;
mod quiet_form;
pub mod repeat;
mod resident_import;
mod residents;
mod rule_form;
mod scopes;
mod series;
mod sign_up_rules;
mod sign_ups;
mod start;
mod substitute;
mod term;
mod today;
mod told;
mod tray;
mod week;
mod week_plan;
mod week_plan_form;
mod week_print;

use askama::filters::Safe;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, Zoned};

use crate::domain::access::{Action, Refusal, may};
use crate::domain::calendar::resolve;
use crate::domain::community::Community;
use crate::services::{Context, Error, community, notification};
use crate::web::Web;
use crate::web::assets;
use crate::web::error::{WebError, encode};
use crate::web::extract::{Visitor, query_value};
use crate::web::routes::{Routes, Who};

/// The planning pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff", Who::Staff, today::show)
        .get("/staff/notifications", Who::Staff, notifications::show)
        .get("/staff/notifications/rules", Who::Staff, notification_rules::list)
        .post("/staff/notifications/rules", Who::Staff, notification_rules::save_quiet)
        .get(
            "/staff/notifications/rules/{event}",
            Who::Staff,
            notification_rules::show,
        )
        .post(
            "/staff/notifications/rules/{event}",
            Who::Staff,
            notification_rules::save,
        )
        .post(
            "/staff/notifications/rules/{event}/preview",
            Who::Staff,
            notification_rules::preview,
        )
        .merge(channels::routes())
        .post("/staff/notifications/bulk", Who::Staff, notification_bulk::submit)
        .get("/staff/notifications/held", Who::Staff, held::show)
        .post("/staff/notifications/held", Who::Staff, held::submit)
        .get("/staff/notifications/{id}", Who::Staff, notification_one::show)
        .post("/staff/notifications/{id}/told", Who::Staff, notifications::told)
        .post("/staff/notifications/{id}/again", Who::Staff, notifications::again)
        .get("/staff/residents/import", Who::Staff, resident_import::show)
        .post("/staff/residents/import", Who::Staff, resident_import::receive)
        .get(
            "/staff/residents/import/template.xlsx",
            Who::Staff,
            resident_import::template,
        )
        .get("/staff/residents/import/{id}", Who::Staff, resident_import::review)
        .post("/staff/residents/import/{id}", Who::Staff, resident_import::carry_out)
        .get(
            "/staff/residents/import/{id}/progress",
            Who::Staff,
            resident_import::progress,
        )
        .get(
            "/staff/residents/import/{id}/left-out.csv",
            Who::Staff,
            resident_import::rest,
        )
        .post("/staff/residents/import/{id}/undo", Who::Staff, resident_import::undo)
        .merge(residents::routes())
        .merge(message_templates::routes())
        .merge(calls::routes())
        .get("/staff/sessions/{id}/outputs", Who::Staff, outputs::show)
        .get("/staff/sessions/{id}/phone-list", Who::Staff, calls_print::of_session)
        .get("/staff/desk", Who::Staff, desk::show)
        .post("/staff/desk", Who::Staff, desk::submit)
        .post("/staff/desk/cancel", Who::Staff, desk::cancel)
        .post("/staff/desk/undo", Who::Staff, desk::undo)
        .get("/staff/sessions/{id}/chain", Who::Staff, chain::show)
        .post("/staff/sessions/{id}/chain", Who::Staff, chain::carry_out)
        .post("/staff/sessions/{id}/chain/review", Who::Staff, chain::look)
        .get("/staff/sessions/{id}/group-text", Who::Staff, group_text::show)
        .get("/staff/sessions/{id}/notice", Who::Staff, door_notice::show)
        .get("/staff/week", Who::Staff, week::show)
        .get("/staff/free-slots", Who::Staff, free_slots::show)
        .get("/staff/week-plan", Who::Staff, week_plan::show)
        .post("/staff/week-plan", Who::Staff, week_plan::submit)
        .get("/staff/week/copy", Who::Staff, copy_week::show)
        .post("/staff/week/copy", Who::Staff, copy_week::submit)
        .get("/staff/sessions/{id}/move", Who::Staff, move_session::show)
        .post("/staff/sessions/{id}/move", Who::Staff, move_session::submit)
        .post("/staff/sessions/{id}/move/preview", Who::Staff, move_session::preview)
        .post("/staff/sessions/{id}", Who::Staff, edit::submit)
        .post("/staff/sessions/{id}/preview", Who::Staff, edit::preview)
        .post("/staff/sessions/{id}/restore", Who::Staff, edit::restore)
        .get("/staff/sessions/{id}/cancel", Who::Staff, cancel::show)
        .post("/staff/sessions/{id}/cancel", Who::Staff, cancel::submit)
        .get("/staff/programmes", Who::Staff, programmes::list)
        .post("/staff/programmes", Who::Staff, activity::create)
        .get("/staff/programmes/new", Who::Staff, activity::new)
        .post("/staff/programmes/preview", Who::Staff, activity::preview)
        .get("/staff/programmes/{id}", Who::Staff, programmes::show)
        .post("/staff/programmes/{id}", Who::Staff, programmes::save_texts)
        .get("/staff/programmes/{id}/series/new", Who::Staff, activity::new_series)
        .post("/staff/programmes/{id}/series", Who::Staff, activity::create_series)
        .post("/staff/programmes/{id}/template", Who::Staff, start::save)
        .post("/staff/templates/{id}", Who::Staff, start::act)
        .get("/staff/programmes/{id}/materials", Who::Staff, materials::show)
        .post("/staff/programmes/{id}/materials", Who::Staff, materials::upload)
        .post("/staff/programmes/{id}/materials/links", Who::Staff, materials::link)
        .post(
            "/staff/programmes/{id}/materials/{material}",
            Who::Staff,
            materials::act,
        )
        .get("/staff/series/{id}/new-term", Who::Staff, new_term::show)
        .post("/staff/series/{id}/new-term", Who::Staff, new_term::submit)
        .get("/staff/series/{id}/term", Who::Staff, term::show)
        .post("/staff/series/{id}/term/{rollover}", Who::Staff, term::answer)
        .get("/staff/holidays", Who::Staff, holidays::show)
        .post("/staff/holidays", Who::Staff, holidays::apply)
        .post("/staff/holidays/review", Who::Staff, holidays::look)
        .get("/staff/import", Who::Staff, import::show)
        .post("/staff/import", Who::Staff, import::receive)
        .get("/staff/import/{id}", Who::Staff, import::review)
        .post("/staff/import/{id}", Who::Staff, import::carry_out)
        .get("/staff/series/{id}", Who::Staff, series::show)
        .post("/staff/series/{id}", Who::Staff, series::submit)
        .get("/staff/sign-up-rules/{level}/{id}", Who::Staff, sign_up_rules::show)
        .post("/staff/sign-up-rules/{level}/{id}", Who::Staff, sign_up_rules::save)
        .get("/staff/sessions/{id}/sign-ups", Who::Staff, sign_ups::show)
        .post("/staff/sessions/{id}/sign-ups", Who::Staff, sign_ups::add)
        .post("/staff/sessions/{id}/sign-ups/{enrolment}", Who::Staff, sign_ups::act)
        .get("/staff/closures", Who::Staff, closures::list)
        .post("/staff/closures", Who::Staff, closures::carry_out)
        .get("/staff/closures/new", Who::Staff, closures::new)
        .post("/staff/closures/new", Who::Staff, closures::again)
        .post("/staff/closures/review", Who::Staff, closures::review)
        .post("/staff/closures/{id}/undo", Who::Staff, closures::undo)
        .get("/staff/closures/{id}/notice", Who::Staff, closure_notice::sheet)
        .get(
            "/staff/closures/{id}/group-text",
            Who::Staff,
            closure_notice::group_text,
        )
        .post("/staff/closures/{id}/reopen", Who::Staff, closures::reopen)
        .get("/staff/partners", Who::Staff, partners::show)
        .post("/staff/partners", Who::Staff, partner::create)
        .get("/staff/partners/new", Who::Staff, partner::new)
        .get("/staff/partners/{id}", Who::Staff, partner::show)
        .post("/staff/partners/{id}", Who::Staff, partner::save)
        .post("/staff/partners/{id}/unfreeze", Who::Staff, partner::unfreeze)
        .post("/staff/partners/{id}/login", Who::Staff, partner::login)
        .get("/staff/partners/{id}/statement", Who::Staff, partner::month)
        .get("/staff/partners/{id}/statement.csv", Who::Staff, partner::month_csv)
        .get("/staff/complaints/new", Who::Staff, complaints::new)
        .post("/staff/complaints", Who::Staff, complaints::create)
        .get("/staff/complaints/{id}", Who::Staff, complaints::show)
        .post("/staff/complaints/{id}", Who::Staff, complaints::decide)
        .get("/staff/sessions/{id}/confirmation", Who::Staff, confirmation::show)
        .post("/staff/sessions/{id}/confirmation", Who::Staff, confirmation::submit)
        .get("/staff/sessions/{id}/substitute", Who::Staff, substitute::show)
        .post("/staff/sessions/{id}/substitute", Who::Staff, substitute::submit)
        .get("/staff/proposals/{id}/approve", Who::Staff, decide::ask_approve)
        .post("/staff/proposals/{id}/approve", Who::Staff, decide::approve)
        .get("/staff/proposals/{id}/decline", Who::Staff, decide::ask_decline)
        .post("/staff/proposals/{id}/decline", Who::Staff, decide::decline)
        .get(
            "/staff/proposals/{id}/request-changes",
            Who::Staff,
            decide::ask_request_changes,
        )
        .post(
            "/staff/proposals/{id}/request-changes",
            Who::Staff,
            decide::request_changes,
        )
}

/// Whoever works behind the rail, and for which community: staff for their own; an account above communities for the one that the
/// address (`?community=slug`) or the cookie it left names, else the first.
#[derive(Clone, Debug)]
pub struct StaffPage {
    /// Who asks.
    pub visitor: Visitor,
    /// The community the page is about.
    pub community: Community,
    /// How many notices need somebody, for the rail.
    pub badge: Option<u32>,
}

impl StaffPage {
    /// The present moment on the community's clock.
    pub fn now(&self, ctx: &Context) -> Zoned {
        ctx.now().to_zoned(self.community.zone.clone())
    }

    /// The instant a day begins on the community's clock.
    pub fn midnight(&self, date: Date) -> Timestamp {
        resolve(date.to_datetime(Time::midnight()), &self.community.zone).timestamp()
    }

    async fn find(
        ctx: &Context,
        visitor: &Visitor,
        asked: Option<&str>,
        remembered: Option<&str>,
    ) -> Result<Community, Error> {
        let all = community::list(ctx).await?;
        if let Some(own) = visitor.actor.community() {
            return all
                .into_iter()
                .find(|community| community.id == own)
                .ok_or_else(|| Error::not_found("community", own));
        }
        if visitor.actor.role().is_none() {
            return Err(Error::Forbidden(Refusal::NotLoggedIn));
        }
        let named = |slug: &str| all.iter().find(|community| community.slug == slug).cloned();
        if let Some(slug) = asked {
            let shown: String = slug.chars().take(40).collect();
            return named(slug).ok_or_else(|| Error::not_found("community", shown));
        }
        // A cookie may name a community that is gone.
        remembered
            .and_then(named)
            .or_else(|| all.first().cloned())
            .ok_or_else(|| Error::not_found("community", ""))
    }
}

impl FromRequestParts<Web> for StaffPage {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let visitor = parts.extensions.get::<Visitor>().cloned().unwrap_or_default();
        let jar = CookieJar::from_headers(&parts.headers);
        let asked = query_value(parts.uri.query().unwrap_or_default(), "community");
        let remembered = jar.get("community").map(Cookie::value);
        let found = async {
            let community = Self::find(&web.ctx, &visitor, asked, remembered).await?;
            let badge = match may(&visitor.actor, Action::ManageNotifications, community.id) {
                Ok(()) => notification::log::waiting_count(&web.ctx, &visitor.actor, community.id).await?,
                Err(_) => 0,
            };
            Ok::<_, Error>((community, u32::try_from(badge).ok()))
        };
        match found.await {
            Ok((community, badge)) => Ok(Self {
                visitor,
                community,
                badge,
            }),
            Err(error) => Err(WebError::new(&visitor, error)),
        }
    }
}

/// A drawing of the sprite, decoration only: the word always stands beside it.
pub fn icon(name: &str) -> Safe<String> {
    let sprite = assets::sprite();
    Safe(format!(
        r##"<svg class="icon" aria-hidden="true" focusable="false"><use href="{sprite}#i-{name}"/></svg>"##
    ))
}

/// The address of this same page in the other language.
pub fn other_language(v: &Visitor) -> String {
    let (path, query) = v.path.split_once('?').unwrap_or((&v.path, ""));
    let tag = if v.words.is_en() { "zh-CN" } else { "en" };
    let mut kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
        .collect();
    let asked = format!("lang={}", encode(tag));
    kept.push(&asked);
    format!("{path}?{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_rest_of_the_address() {
        let at = |path: &str| {
            other_language(&Visitor {
                path: path.to_owned(),
                ..Visitor::default()
            })
        };
        assert_eq!(at("/staff"), "/staff?lang=en");
        assert_eq!(
            at("/staff/week?week=2026-W48&lang=zh-CN&view=venue"),
            "/staff/week?week=2026-W48&view=venue&lang=en"
        );
    }
}
