//! Materials of a programme.

use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, home};
use crate::domain::id::{MaterialId, ProgrammeId};
use crate::domain::material::{Body, File, Material, MaterialError};
use crate::services::material::{self, Act, NewBody, NewMaterial, field_error};
use crate::services::{Error, programme};
use crate::web::Web;
use crate::web::body::{UploadError, read_upload};
use crate::web::error::{ForVisitor, Problem, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, create, remove), components(schemas(LinkBody, FileBody)))]
pub struct Doc;

/// `/communities/{community}/programmes/{programme}/materials`.
pub fn routes() -> Routes {
    let all = "/api/v1/communities/{community}/programmes/{programme}/materials";
    Routes::new()
        .get(all, Who::LoggedIn, list)
        .post(all, Who::Staff, create)
        .delete(
            "/api/v1/communities/{community}/programmes/{programme}/materials/{material}",
            Who::Staff,
            remove,
        )
}

/// A material.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialItem {
    /// Its id.
    pub id: Uuid,
    /// What people read.
    pub title: String,
    /// `link` or `file`.
    pub kind: &'static str,
    /// Where it leads: an address of the web, or a path of this server.
    pub url: String,
    /// Name of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Media type of a file, told by its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<&'static str>,
    /// Bytes of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i32>,
    /// SHA-256 of a file, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether residents see it.
    pub public: bool,
}

impl MaterialItem {
    fn of(slug: &str, material: Material) -> Self {
        let (kind, url, file) = match material.body {
            Body::Link(url) => ("link", url, None),
            Body::File(file) => {
                let url = format!("/c/{slug}/materials/{}/{}", material.id, encode(&file.name));
                ("file", url, Some(file))
            }
        };
        Self {
            id: material.id.0,
            title: material.title,
            kind,
            url,
            media_type: file.as_ref().map(|file| file.kind.media_type()),
            size: file.as_ref().map(|file| file.size),
            sha256: file.as_ref().map(File::sha256_hex),
            file_name: file.map(|file| file.name),
            public: material.public,
        }
    }
}

/// A link to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// What people read, 1 to 80 characters.
    title: String,
    /// An `http` or `https` address without a password, at most 1000 characters.
    url: String,
    /// Whether residents see it; by default they do.
    #[serde(default = "yes")]
    public: bool,
}

/// A file to be added, as a form.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "describes a form that is read field by field")]
pub struct FileBody {
    /// The file: at most 10 MiB; PDF, PNG, JPEG, WebP, GIF, MP4, MP3, DOCX, XLSX, PPTX or plain text. Its content decides.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What people read; by default the name without its ending.
    title: Option<String>,
    /// `1` or `true` (by default), `0` or `false`.
    public: Option<String>,
}

fn yes() -> bool {
    true
}

/// The materials of a programme
///
/// Staff see all, others what residents see.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/programmes/{programme}/materials",
    tag = "programmes",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("programme" = Uuid, Path, description = "Programme"),
    ),
    responses((status = 200, body = List<MaterialItem>), (status = 404, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, ProgrammeId)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    programme::find(&web.ctx, home.id, id).await.for_visitor(&v)?;
    let all = material::list(&web.ctx, &v.actor, home.id, id).await.for_visitor(&v)?;
    let items: Vec<MaterialItem> = all.into_iter().map(|one| MaterialItem::of(&slug, one)).collect();
    Ok(Json(List { items, next: None }).into_response())
}

/// Add a link or a file to a programme
///
/// A link comes as JSON, a file as a form.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/programmes/{programme}/materials",
    tag = "programmes",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("programme" = Uuid, Path, description = "Programme"),
    ),
    request_body(content((LinkBody = "application/json"), (FileBody = "multipart/form-data"))),
    responses(
        (status = 201, body = MaterialItem),
        (status = 404, body = Problem),
        (status = 413, description = "The file is too large; `errors` names its size and the limit", body = Problem),
        (status = 422, description = "`errors` says what is wrong with the file, the link or the title", body = Problem)
    )
)]
async fn create(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, ProgrammeId)>,
    request: Request,
) -> Result<Response, Response> {
    let refused = |error: WebError| error.into_response();
    let home = home(&web, &v, &slug).await.map_err(refused)?;
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let new = if is_form {
        let headers = request.headers().clone();
        let form = Multipart::from_request(request, &web)
            .await
            .map_err(IntoResponse::into_response)?;
        let sent = match read_upload(&headers, form).await {
            Ok(sent) => sent,
            Err(error) => {
                let status = error.status();
                let mut response = WebError::new(&v, UploadError::into_error(error)).into_response();
                *response.status_mut() = status;
                return Err(response);
            }
        };
        let public = !matches!(sent.text("public"), "0" | "false");
        let title = sent.text("title").to_owned();
        let Some((name, bytes)) = sent.file else {
            let missing = Error::Invalid(vec![field_error("file", &MaterialError::Missing, "")]);
            return Err(refused(WebError::new(&v, missing)));
        };
        NewMaterial {
            title,
            public,
            body: NewBody::File(name, bytes),
        }
    } else {
        let ApiJson(body) = ApiJson::<LinkBody>::from_request(request, &web)
            .await
            .map_err(IntoResponse::into_response)?;
        NewMaterial {
            title: body.title,
            public: body.public,
            body: NewBody::Link(body.url),
        }
    };
    let made = material::add(&web.ctx, &v.actor, home.id, id, new)
        .await
        .for_visitor(&v)
        .map_err(refused)?;
    Ok((StatusCode::CREATED, Json(MaterialItem::of(&slug, made))).into_response())
}

/// Take a material away
///
/// It can be brought back on the staff page for a week. Doing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/programmes/{programme}/materials/{material}",
    tag = "programmes",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("programme" = Uuid, Path, description = "Programme"),
        ("material" = Uuid, Path, description = "Material"),
    ),
    responses((status = 204, description = "Taken away"), (status = 404, body = Problem))
)]
async fn remove(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id, one)): Path<(String, ProgrammeId, MaterialId)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    material::act(&web.ctx, &v.actor, home.id, id, one, Act::Remove)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
