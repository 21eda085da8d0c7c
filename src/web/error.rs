//! The one table from errors to the outside: status, and problem details (RFC 9457) for the API or a page for people.

use std::any::Any;

use askama::Template;
use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;

use super::extract::Visitor;
use super::pages::public::Shell;
use crate::domain::access::Refusal;
use crate::services::{Error, FieldError};

/// Problem details (RFC 9457 §3.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A short name of the kind of problem, in the reader's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What programs compare: `not_found`, `forbidden`, `invalid`, `conflict` …
    pub code: &'static str,
    /// What happened, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// One entry per wrong field or per clash.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemItem>,
}

/// One wrong field, or one clash.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemItem {
    /// Field, or `clash`.
    pub field: String,
    /// What programs compare.
    pub code: String,
    /// For people.
    pub message: String,
    /// The value that was sent, cut for showing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// An error on its way to somebody.
pub struct WebError {
    visitor: Visitor,
    error: Error,
}

impl WebError {
    /// Addresses `error` to `visitor`.
    pub fn new(visitor: &Visitor, error: Error) -> Self {
        Self {
            visitor: visitor.clone(),
            error,
        }
    }
}

/// `result.for_visitor(&visitor)?` in a handler.
pub trait ForVisitor<T> {
    /// Addresses the error to the visitor.
    ///
    /// # Errors
    /// The same error, as a response.
    fn for_visitor(self, visitor: &Visitor) -> Result<T, WebError>;
}

impl<T, E: Into<Error>> ForVisitor<T> for Result<T, E> {
    fn for_visitor(self, visitor: &Visitor) -> Result<T, WebError> {
        self.map_err(|error| WebError::new(visitor, error.into()))
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    title: String,
    detail: String,
}

/// Status and code of an error: the table.
fn row(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        Error::Forbidden(Refusal::NotLoggedIn) => (StatusCode::UNAUTHORIZED, "not_logged_in"),
        Error::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
        Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Error::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
        Error::Caution(_) => (StatusCode::CONFLICT, "caution"),
        Error::State { .. } => (StatusCode::CONFLICT, "state"),
        Error::ChangedMeanwhile(_) => (StatusCode::CONFLICT, "changed_meanwhile"),
        Error::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        Error::Storage(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

impl WebError {
    /// What people are told instead of the detail for programs: an id says nothing to them.
    fn said_to_people(&self) -> Option<String> {
        match &self.error {
            Error::NotFound { what, .. } => self.visitor.words.find(&format!("gone-{what}")),
            _ => None,
        }
    }

    /// Where the page leads on to: the community the address names, unless that is what was not found.
    fn way_on(&self) -> String {
        let slug = self
            .visitor
            .path
            .strip_prefix("/c/")
            .and_then(|rest| rest.split(['/', '?']).next());
        match (slug, &self.error) {
            (_, Error::NotFound { what: "community", .. }) | (None, _) => "/".to_owned(),
            (Some(slug), _) => format!("/c/{slug}"),
        }
    }

    fn detail(&self) -> String {
        let words = self.visitor.words;
        match &self.error {
            Error::NotFound { what, key } => words.aa(
                "problem-not_found-detail",
                "what",
                words.t(&format!("noun-{what}")),
                "key",
                cut(key),
            ),
            Error::Forbidden(Refusal::NotLoggedIn) => words.t("problem-not_logged_in-detail"),
            Error::Forbidden(Refusal::Role) => words.t("problem-forbidden-role"),
            Error::Forbidden(Refusal::OtherCommunity) => words.t("problem-forbidden-community"),
            Error::Invalid(fields) => fields
                .iter()
                .map(|field| words.field_error(field))
                .collect::<Vec<_>>()
                .join(" "),
            Error::Conflict(clashes) => clashes
                .iter()
                .map(|clash| words.clash(clash))
                .collect::<Vec<_>>()
                .join(" "),
            Error::Caution(cautions) => cautions
                .iter()
                .map(|caution| words.caution(caution))
                .collect::<Vec<_>>()
                .join(" "),
            Error::State { code } => words.t(&format!("error-{code}")),
            Error::ChangedMeanwhile(_) => words.t("problem-changed_meanwhile-detail"),
            Error::TooMany { wait_seconds } => words.n("problem-too_many-detail", (wait_seconds + 59) / 60),
            Error::Internal(_) => words.t("problem-internal-detail"),
            Error::Storage(_) => words.t("problem-unavailable-detail"),
        }
    }

    /// The same as problem details, for a handler that has more to say.
    pub(super) fn problem(&self) -> Problem {
        let (status, code) = row(&self.error);
        Problem {
            title: self.visitor.words.t(&format!("problem-{code}")),
            status: status.as_u16(),
            code,
            detail: Some(self.detail()),
            errors: self.items(),
        }
    }

    fn items(&self) -> Vec<ProblemItem> {
        let words = self.visitor.words;
        match &self.error {
            Error::Invalid(fields) => fields.iter().map(|field| field_item(words, field)).collect(),
            Error::Conflict(clashes) => clashes
                .iter()
                .map(|clash| ProblemItem {
                    field: "clash".to_owned(),
                    code: clash.code().to_owned(),
                    message: words.clash(clash),
                    value: String::new(),
                })
                .collect(),
            Error::Caution(cautions) => cautions
                .iter()
                .map(|caution| ProblemItem {
                    field: "caution".to_owned(),
                    code: caution.code().to_owned(),
                    message: words.caution(caution),
                    value: String::new(),
                })
                .collect(),
            Error::State { code } => vec![ProblemItem {
                field: "state".to_owned(),
                code: (*code).to_owned(),
                message: words.t(&format!("error-{code}")),
                value: String::new(),
            }],
            _ => Vec::new(),
        }
    }
}

fn field_item(words: crate::services::wording::Words, field: &FieldError) -> ProblemItem {
    ProblemItem {
        field: field.field.clone(),
        code: field.code.to_owned(),
        message: words.field_error(field),
        value: field.value.clone(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, code) = row(&self.error);
        if let Error::Storage(source) = &self.error {
            tracing::error!(path = %self.visitor.path, error = ?source, "a request failed for the database's sake");
        }
        if let Error::Internal(message) = &self.error {
            tracing::error!(path = %self.visitor.path, message, "a request failed for our own sake");
        }
        let words = self.visitor.words;
        let title = words.t(&format!("problem-{code}"));
        let detail = self.detail();
        let mut response = if self.visitor.is_api {
            problem_response(status, &self.problem())
        } else if status == StatusCode::UNAUTHORIZED {
            Redirect::to(&format!("/login?back={}", encode(&self.visitor.path))).into_response()
        } else {
            let detail = self.said_to_people().unwrap_or(detail);
            page(&self.visitor, &self.way_on(), status, title, detail)
        };
        if let Error::TooMany { wait_seconds } = self.error {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, wait_seconds.max(1).into());
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, 5.into());
        }
        response
    }
}

/// Percent-encodes what may not stand in a query value.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte as char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A response with problem details.
pub(crate) fn problem_response(status: StatusCode, problem: &impl Serialize) -> Response {
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        Json(problem).into_response().into_body(),
    )
        .into_response();
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110 §15.5.2: a 401 says how to authenticate.
        let how = header::HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
    }
    response
}

fn page(visitor: &Visitor, way_on: &str, status: StatusCode, title: String, detail: String) -> Response {
    let mut shell = Shell::plain(visitor).at("/");
    way_on.clone_into(&mut shell.home);
    match (ErrorPage { shell, title, detail }).render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page cannot be rendered");
            status.into_response()
        }
    }
}

/// A response for a refusal that has no use case behind it.
pub fn plain(visitor: &Visitor, status: StatusCode, code: &'static str) -> Response {
    let title = visitor.words.t(&format!("problem-{code}"));
    let detail = visitor.words.t(&format!("problem-{code}-detail"));
    if visitor.is_api {
        let problem = Problem {
            title,
            status: status.as_u16(),
            code,
            detail: Some(detail),
            errors: Vec::new(),
        };
        problem_response(status, &problem)
    } else {
        page(visitor, "/", status, title, detail)
    }
}

/// The answer to an address that does not exist.
pub async fn not_found(visitor: Visitor) -> Response {
    plain(&visitor, StatusCode::NOT_FOUND, "no_such_page")
}

/// The answer to a method that an address does not have.
pub async fn method_not_allowed(visitor: Visitor) -> Response {
    plain(&visitor, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
}

/// The answer to a request whose handler panicked; the panic itself is logged with its message.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
    plain(&Visitor::default(), StatusCode::INTERNAL_SERVER_ERROR, "internal")
}

/// Middleware: gives the bare refusals of layers and extractors (413, 415, 422, 403 of the cross-site guard) the body that people and
/// programs expect.
pub async fn plain_refusals(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let lang = request
        .headers()
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|cookies| cookies.contains("lang=en"));
    let response = next.run(request).await;
    let code = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => "malformed",
        StatusCode::FORBIDDEN => "cross_site",
        _ => return response,
    };
    let ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if ours.starts_with("text/html") || ours.contains("json") {
        return response;
    }
    let words = crate::services::wording::Words::new(if lang {
        crate::domain::lang::Lang::En
    } else {
        crate::domain::lang::Lang::Zh
    });
    plain(
        &Visitor {
            words,
            is_api,
            ..Visitor::default()
        },
        response.status(),
        code,
    )
}
