//! Bearer tokens.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::domain::account::LoginKind;
use crate::services::{Context, account};
use crate::web::error::{ForVisitor, Problem, WebError, plain};
use crate::web::extract::Visitor;
use crate::web::origin::Origin;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(paths(create_token))]
pub struct Doc;

/// `/api/v1/tokens`.
pub fn routes() -> Routes {
    Routes::new().post("/api/v1/tokens", Who::Public, create_token)
}

/// Name and password of an account.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewToken {
    /// Login name.
    username: String,
    /// Its password.
    #[schema(format = "password")]
    password: String,
}

/// A token to send as `Authorization: Bearer`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Token {
    /// The token; it is shown this once.
    token: String,
    /// When it ends, RFC 3339.
    expires_at: String,
}

/// Makes a bearer token, which lasts thirty days or until the password changes.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    tag = "tokens",
    request_body = NewToken,
    responses(
        (status = 201, body = Token),
        (status = 401, description = "name and password do not match", body = Problem),
        (status = 429, description = "too many failures of this account or from this network", body = Problem),
    )
)]
pub async fn create_token(
    State(ctx): State<Context>,
    visitor: Visitor,
    Origin(from): Origin,
    Json(new): Json<NewToken>,
) -> Result<Response, WebError> {
    let login = account::log_in(&ctx, &new.username, &new.password, from, LoginKind::Bearer)
        .await
        .for_visitor(&visitor)?;
    let Some(login) = login else {
        return Ok(plain(&visitor, StatusCode::UNAUTHORIZED, "wrong_login"));
    };
    let answer = Token {
        token: login.token,
        expires_at: login.expires_at.to_string(),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
