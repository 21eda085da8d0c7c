//! The partner wing: made for a phone held in one hand. A partner sees its own proposals, sessions and month, with counts and masked
//! names, and nothing of any other partner.

pub mod care;
mod form;
mod home;
mod propose;
pub mod session;
pub mod statement;
mod view;
pub mod wording;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::domain::access::Refusal;
use crate::domain::community::{Community, Partner};
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::staff::other_language;
use crate::web::routes::{Routes, Who};

/// All pages of the wing.
pub fn routes() -> Routes {
    Routes::new()
        .get("/partner", Who::Partner, home::show)
        .get("/partner/sessions/{id}", Who::Partner, session::show)
        .post(
            "/partner/sessions/{id}/confirm/{question}",
            Who::Partner,
            session::answer,
        )
        .get("/partner/statement", Who::Partner, statement::show)
        .get("/partner/statement.csv", Who::Partner, statement::csv)
        .get("/partner/propose", Who::Partner, propose::show)
        .post("/partner/propose", Who::Partner, propose::send)
        .get("/partner/proposals/{id}", Who::Partner, view::show)
        .post("/partner/proposals/{id}/withdraw", Who::Partner, view::withdraw)
        .post("/partner/proposals/{id}/accept", Who::Partner, view::accept)
}

/// Who stands behind a request of this wing: an extractor.
pub struct PartnerPage {
    /// Who reads, and how.
    pub visitor: Visitor,
    /// The community it works with.
    pub community: Community,
    /// The partner.
    pub partner: Partner,
}

impl FromRequestParts<Web> for PartnerPage {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, WebError> {
        let visitor = parts.extensions.get::<Visitor>().cloned().unwrap_or_default();
        let (Some(home), Some(id)) = (visitor.actor.community(), visitor.actor.partner()) else {
            return Err(WebError::new(&visitor, Error::Forbidden(Refusal::Role)));
        };
        let community = community::find(&web.ctx, home).await.for_visitor(&visitor)?;
        let partners = community::partners(&web.ctx, home).await.for_visitor(&visitor)?;
        let Some(partner) = partners.into_iter().find(|partner| partner.id == id) else {
            return Err(WebError::new(&visitor, Error::not_found("partner", id)));
        };
        Ok(Self {
            visitor,
            community,
            partner,
        })
    }
}

/// What `layout/partner.html` shows around a page.
pub struct Frame {
    /// Who reads, and how.
    pub v: Visitor,
    /// The partner's name.
    pub partner: String,
    /// Whose partner it is.
    pub of_community: String,
    /// Whether this is the page that the link at the top leads to.
    pub is_home: bool,
    /// This page in the other language.
    pub other_language: String,
    /// The community's telephone number as a `tel:` address takes it.
    pub tel: String,
}

impl Frame {
    /// The frame of a page for `page`'s partner.
    pub fn of(page: &PartnerPage) -> Self {
        let (v, home) = (&page.visitor, &page.community);
        let words = v.words;
        Self {
            v: v.clone(),
            partner: words.pick(&page.partner.name, &page.partner.name_en).to_owned(),
            of_community: words.a("partner-of", "name", words.pick(&home.name, &home.name_en)),
            is_home: v.path == "/partner" || v.path.starts_with("/partner?"),
            other_language: other_language(v),
            tel: home.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        }
    }

    /// The tag of the other language.
    pub fn other_tag(&self) -> &'static str {
        if self.v.words.is_en() { "zh-CN" } else { "en" }
    }
}
