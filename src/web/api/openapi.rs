//! The API's own description: OpenAPI 3.1 made from the code, and a page for people made from that.

use std::sync::OnceLock;

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::web::error::{Problem, ProblemItem};
use crate::web::extract::Visitor;
use crate::web::pages;
use crate::web::routes::{Routes, Who};

/// What holds for every call.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "享老 Xianglao",
        description = "Programmes for the older residents of a community: planning, sign-up, attendance, reports.\n\n\
                       Errors are problem details (RFC 9457) with a `code` for programs and `errors` per field. Lists answer at most 200 items and a `next` cursor. \
                       Times carry their offset; all ids are UUIDv7."
    ),
    components(schemas(Problem, ProblemItem)),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", scheme);
    }
}

/// The description of all calls: every noun's `Doc`, merged.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    // Functions, not documents: all of them at once are too large for the stack.
    let parts: &[fn() -> utoipa::openapi::OpenApi] = &[
        super::account::Doc::openapi,
        super::community::Doc::openapi,
        super::partner::Doc::openapi,
        super::programme::Doc::openapi,
        super::material::Doc::openapi,
        super::template::Doc::openapi,
        super::proposal::Doc::openapi,
        super::free_slot::Doc::openapi,
        super::week_plan::Doc::openapi,
        super::series::Doc::openapi,
        super::series_act::Doc::openapi,
        super::term::Doc::openapi,
        super::session::Doc::openapi,
        super::week::Doc::openapi,
        super::closure::Doc::openapi,
        super::resident::Doc::openapi,
        super::resident::people::Doc::openapi,
        super::enrolment::Doc::openapi,
        super::sign_up_rule::Doc::openapi,
        super::attendance::Doc::openapi,
        super::absence::Doc::openapi,
        super::feedback::Doc::openapi,
        super::matter::Doc::openapi,
        super::household::Doc::openapi,
        super::crew::Doc::openapi,
        super::report::Doc::openapi,
        super::notification::Doc::openapi,
        super::notification_rule::Doc::openapi,
        super::message_template::Doc::openapi,
        super::channel_account::Doc::openapi,
        super::call::Doc::openapi,
    ];
    for part in parts {
        document.merge(part());
    }
    document
}

/// `/api/v1/openapi.json` and `/api/docs`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/openapi.json", Who::Public, openapi_json)
        .get("/api/docs", Who::Public, docs)
}

fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        document().to_pretty_json().unwrap_or_else(|error| {
            tracing::error!(%error, "the API's description cannot be written");
            "{}".to_owned()
        })
    })
}

async fn openapi_json() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text()).into_response()
}

/// One call, for the page.
struct Call {
    method: String,
    path: String,
    summary: String,
    parameters: Vec<Parameter>,
    body: String,
    answers: Vec<(String, String)>,
}

struct Parameter {
    name: String,
    place: String,
    required: bool,
    description: String,
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Docs {
    v: Visitor,
    calls: Vec<Call>,
}

async fn docs(v: Visitor) -> Response {
    let document: Value = serde_json::from_str(text()).unwrap_or_default();
    pages::render(&Docs {
        v,
        calls: calls(&document),
    })
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The calls of a document, in its order.
fn calls(document: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, call) in methods.as_object().into_iter().flatten() {
            let parameters = call["parameters"].as_array().into_iter().flatten();
            let answers = call["responses"].as_object().into_iter().flatten();
            let schema = &call["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            calls.push(Call {
                method: method.to_uppercase(),
                path: path.clone(),
                summary: words(&call["summary"]),
                parameters: parameters
                    .map(|parameter| Parameter {
                        name: words(&parameter["name"]),
                        place: words(&parameter["in"]),
                        required: parameter["required"].as_bool().unwrap_or_default(),
                        description: words(&parameter["description"]),
                    })
                    .collect(),
                body: words(schema).rsplit('/').next().unwrap_or_default().to_owned(),
                answers: answers
                    .map(|(status, answer)| (status.clone(), words(&answer["description"])))
                    .collect(),
            });
        }
    }
    calls
}
