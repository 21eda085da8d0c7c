//! How large a body may be, by address, and the files that come in forms.
//!
//! Where files are sent, more is let in than a file may have: whoever sends too much is told so in words, which a browser shows only
//! when it could send all of it. What is too much is read and forgotten, never kept.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use http_body_util::Limited;

use crate::domain::material::{FILE_BYTES, MaterialError};
use crate::services::material::field_error;
use crate::services::{Error, FieldError};
use crate::web::error::WebError;
use crate::web::extract::Visitor;

/// Largest body a request may have, bytes.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// The most that is read of a body with a file in it, bytes.
pub const UPLOAD_LIMIT_BYTES: usize = 64 * 1024 * 1024;
/// A text field of a form with a file, bytes.
const TEXT_BYTES: usize = 8 * 1024;
/// Fields of a form with a file.
const MOST_FIELDS: usize = 20;

/// The media type of a form with a file.
const FORM: &str = "multipart/form-data";

/// Whether a request brings a form with a file to an address that takes one.
pub fn brings_file(path: &str, headers: &HeaderMap) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let named = match parts.as_slice() {
        ["", "staff", "programmes", id, "materials"] | ["", "staff", "sessions", id, "photos"] => !id.is_empty(),
        ["", "staff", "residents", "import"] => true,
        ["", "api", "v1", "communities", slug, "programmes", id, "materials"] => !slug.is_empty() && !id.is_empty(),
        _ => false,
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    named
        && kind
            .and_then(|kind| kind.get(..FORM.len()))
            .is_some_and(|kind| kind.eq_ignore_ascii_case(FORM))
}

/// The largest body of a request, bytes.
pub fn limit_of(path: &str, headers: &HeaderMap) -> usize {
    if brings_file(path, headers) {
        UPLOAD_LIMIT_BYTES
    } else {
        BODY_LIMIT_BYTES
    }
}

/// The length a request says its body has.
fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Middleware: no body is read beyond its limit. One that says it is longer is refused before it is sent, but where files are sent:
/// there the handler says it in words.
pub async fn bound(request: Request, next: Next) -> Response {
    let limit = limit_of(request.uri().path(), request.headers());
    let too_long = declared(request.headers()).is_some_and(|length| length > limit as u64);
    if too_long && limit == BODY_LIMIT_BYTES {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let (parts, body) = request.into_parts();
    next.run(Request::from_parts(parts, Body::new(Limited::new(body, limit))))
        .await
}

/// A form with a file.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// Its text fields.
    pub texts: BTreeMap<String, String>,
    /// The name the file came with, and its bytes.
    pub file: Option<(String, Vec<u8>)>,
}

impl Upload {
    /// A text field; empty when it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }
}

/// Why a form with a file was not read.
#[derive(Debug)]
pub enum UploadError {
    /// The file is too large.
    Large(FieldError),
    /// The form broke off, or is no such form.
    Broken,
}

impl UploadError {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            UploadError::Large(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::Broken => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The same as a use case would say it.
    pub fn into_error(self) -> Error {
        match self {
            UploadError::Large(error) => Error::Invalid(vec![error]),
            UploadError::Broken => Error::invalid("file", "material-cut-off", ""),
        }
    }
}

/// A form with a file as it was sent, of at most `most` bytes. One that says it is longer than anything that is read is refused before
/// it is sent; another one that is too long is read and forgotten.
///
/// # Errors
/// How many bytes a form has that is too long or did not arrive.
pub async fn hold_form(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, u64> {
    let length = declared(headers);
    if let Some(length) = length.filter(|length| *length > UPLOAD_LIMIT_BYTES as u64) {
        return Err(length);
    }
    let (mut held, mut size) = (Vec::new(), 0_u64);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(length.unwrap_or(UPLOAD_LIMIT_BYTES as u64));
        };
        size += chunk.len() as u64;
        if size <= most as u64 {
            held.extend_from_slice(&chunk);
        } else {
            held = Vec::new();
        }
    }
    if size <= most as u64 {
        Ok(held.into())
    } else {
        Err(size)
    }
}

/// The answer to a form that is too long, said as for a file that is.
pub fn too_large(visitor: &Visitor, bytes: u64) -> Response {
    let error = large("", bytes);
    let status = error.status();
    let mut response = WebError::new(visitor, error.into_error()).into_response();
    *response.status_mut() = status;
    response
}

fn large(name: &str, bytes: u64) -> UploadError {
    let mut error = field_error("file", &MaterialError::Large { bytes }, name);
    if name.is_empty() {
        error.code = "material-large-unnamed";
    }
    UploadError::Large(error)
}

/// Reads a form with one file in the field `file`. A file that is too large is read to its end, so that its size can be said.
///
/// # Errors
/// [`UploadError`]; then nothing of the form is kept.
pub async fn read_upload(headers: &HeaderMap, mut form: Multipart) -> Result<Upload, UploadError> {
    let length = declared(headers);
    if let Some(length) = length.filter(|length| *length > UPLOAD_LIMIT_BYTES as u64) {
        return Err(large("", length));
    }
    let mut upload = Upload::default();
    let mut name = String::new();
    let mut refused = None;
    for _ in 0..=MOST_FIELDS {
        let field = form.next_field().await;
        let Some(mut field) = field.map_err(|error| broken(&error, &name, length))? else {
            return refused.map_or(Ok(upload), Err);
        };
        let key = field.name().unwrap_or_default().to_owned();
        if key == "file" {
            name = crate::domain::material::clean_name(field.file_name().unwrap_or_default());
            let sent = field.file_name().unwrap_or_default().to_owned();
            let (bytes, size) = take(&mut field, FILE_BYTES)
                .await
                .map_err(|error| broken(&error, &name, length))?;
            if size > FILE_BYTES as u64 {
                refused = Some(large(&name, size));
            } else if !(sent.is_empty() && bytes.is_empty()) {
                upload.file = Some((sent, bytes));
            }
        } else {
            let (bytes, size) = take(&mut field, TEXT_BYTES)
                .await
                .map_err(|error| broken(&error, &name, length))?;
            if size <= TEXT_BYTES as u64 {
                upload.texts.insert(key, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    Err(UploadError::Broken)
}

/// The bytes of a field up to `most`, and how many there were.
async fn take(field: &mut Field<'_>, most: usize) -> Result<(Vec<u8>, u64), MultipartError> {
    let (mut bytes, mut size) = (Vec::new(), 0_u64);
    while let Some(chunk) = field.chunk().await? {
        size += chunk.len() as u64;
        if size <= most as u64 {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok((bytes, size))
}

fn broken(error: &MultipartError, name: &str, length: Option<u64>) -> UploadError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        large(name, length.unwrap_or(UPLOAD_LIMIT_BYTES as u64))
    } else {
        UploadError::Broken
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_forms_sent_to_the_addresses_of_files_may_be_long() {
        for (path, kind, wanted) in [
            ("/staff/programmes/1/materials", "multipart/form-data; boundary=x", true),
            (
                "/api/v1/communities/yunliang/programmes/1/materials",
                "Multipart/Form-Data; boundary=x",
                true,
            ),
            (
                "/api/v1/communities/yunliang/programmes/1/materials",
                "application/json",
                false,
            ),
            ("/api/v1/communities/yunliang/programmes/1/materials", "", false),
            ("/api/v1/communities/yunliang/programmes//materials", FORM, false),
            ("/api/v1/communities/yunliang/sessions/1/materials", FORM, false),
            ("/staff/sessions/1/photos", "multipart/form-data; boundary=x", true),
            ("/staff/sessions/1/photos/2", FORM, false),
            ("/staff/programmes/1/materials/", FORM, false),
            ("/staff/programmes/1/2/materials", FORM, false),
            ("/c/yunliang/materials", FORM, false),
            ("/materials", FORM, false),
            ("/staff/residents/import", FORM, true),
            ("/staff/residents/import/1", FORM, false),
            ("/staff/import", FORM, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(brings_file(path, &headers), wanted, "{path} {kind}");
            let limit = if wanted { UPLOAD_LIMIT_BYTES } else { BODY_LIMIT_BYTES };
            assert_eq!(limit_of(path, &headers), limit, "{path} {kind}");
        }
    }
}
