//! `GET /`: the communities, or the week of the only one.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::shell::Shell;
use super::week;
use crate::services::{Context, Error, Result, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::cache::Key;

struct Place {
    href: String,
    name: String,
    belongs_to: String,
}

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    shell: Shell,
    places: Vec<Place>,
}

/// `GET /`.
pub(super) async fn show(State(web): State<Web>, visitor: Visitor, headers: HeaderMap) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    web.cache
        .respond(ctx, Key::new("", None, &visitor), &headers, async || {
            page(ctx, &visitor).await
        })
        .await
        .for_visitor(&visitor)
}

async fn page(ctx: &Context, visitor: &Visitor) -> Result<String> {
    let communities = community::list(ctx).await?;
    if let [only] = communities.as_slice() {
        return week::page(ctx, visitor, only, None).await;
    }
    let words = visitor.words;
    let places = communities.iter().map(|one| Place {
        href: format!("/c/{}", one.slug),
        name: words.pick(&one.name, &one.name_en).to_owned(),
        belongs_to: if words.is_en() {
            String::new()
        } else {
            format!("{}{}", one.district, one.subdistrict)
        },
    });
    let page = HomePage {
        shell: Shell::plain(visitor).at("/"),
        places: places.collect(),
    };
    page.render()
        .map_err(|error| Error::Internal(format!("the start page cannot be rendered: {error}")))
}
