//! The third floor towards HTTP: one router, one login extractor, one error table, three wings (`pages`, `api`, `feeds`).

pub mod api;
pub mod assets;
pub mod body;
pub mod error;
pub mod extract;
pub mod feeds;
pub mod idempotency;
pub mod origin;
pub mod pages;
pub mod routes;
pub mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::services::Context;
use crate::services::resident_import::Running;
use routes::Routes;

/// What every handler can reach.
#[derive(Clone)]
pub struct Web {
    /// The context of use cases.
    pub ctx: Context,
    /// Rendered public pages, kept for a moment.
    pub cache: Arc<pages::cache::PageCache>,
    /// Places for those that read a file from the database at this moment.
    pub downloads: Arc<Semaphore>,
    /// Lists of residents that are being imported.
    pub imports: Arc<Running>,
}

impl Web {
    /// Over a context, with nothing under way.
    pub fn new(ctx: Context) -> Self {
        Self {
            ctx,
            cache: Arc::default(),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            imports: Arc::default(),
        }
    }
}

impl FromRef<Web> for Context {
    fn from_ref(web: &Web) -> Self {
        web.ctx.clone()
    }
}

/// All routes with who may call them.
pub fn routes() -> Routes {
    Routes::new()
        .merge(assets::routes())
        .merge(pages::routes())
        .merge(api::routes())
        .merge(feeds::routes())
}

/// Files read from the database at once: each is held whole.
const DOWNLOADS: usize = 8;
/// How long a request may take until its answer begins.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// The same for a form with a file: 10 MB from a phone with a weak signal take minutes.
const UPLOAD_TIME: Duration = Duration::from_mins(5);

/// Middleware: no request goes on for longer than its time.
async fn in_time(request: Request, next: Next) -> Response {
    let has_file = *request.method() == Method::POST && body::brings_file(request.uri().path(), request.headers());
    let limit = if has_file { UPLOAD_TIME } else { ANSWER_TIME };
    tokio::time::timeout(limit, next.run(request))
        .await
        .unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

/// The content security policy: everything from ourselves, nothing inline, no frames around us.
const CSP: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                   frame-ancestors 'none'";

/// What is packed already is sent as it is.
fn packing() -> impl tower_http::compression::Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("application/pdf"))
        .and(NotForContentType::const_new("application/vnd.openxmlformats"))
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"))
}

/// The whole HTTP surface.
pub fn router(ctx: Context) -> Router {
    let web = Web::new(ctx);
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    routes()
        .into_router()
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(middleware::from_fn_with_state(web.clone(), idempotency::replay))
        .layer(middleware::from_fn_with_state(web.clone(), extract::identify))
        // What is read of a body is bounded by address, a few lines below.
        .layer(DefaultBodyLimit::disable())
        .layer(
            tower_http::csrf::CsrfLayer::new()
                .with_insecure_bypass(|method, uri| pages::public::comes_from_mail(method, uri.path())),
        )
        .layer(middleware::from_fn(body::bound))
        .layer(middleware::from_fn(error::plain_refusals))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(in_time))
        .layer(CompressionLayer::new().compress_when(packing()))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .with_state(web)
}
