//! What the calls of the API have in common: reading JSON with an answer that names the wrong field, the community of an
//! address, times, cursors.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::calendar::resolve;
use crate::domain::community::Community;
use crate::services::{Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError, problem_response};
use crate::web::extract::Visitor;

/// The most items a list answers at once.
pub const MOST_ITEMS: usize = 200;

/// A JSON body. What has the wrong shape is answered with 422 and the path of the field, what is no JSON with 400.
pub struct ApiJson<T>(pub T);

/// Why a body was not read.
pub enum BodyError {
    /// Its shape is wrong.
    Shape(Box<WebError>),
    /// It is no JSON, or came as something else.
    Refused(Box<Response>),
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        match self {
            BodyError::Shape(error) => error.into_response(),
            BodyError::Refused(response) => *response,
        }
    }
}

impl<T: DeserializeOwned> FromRequest<Web> for ApiJson<T> {
    type Rejection = BodyError;

    async fn from_request(request: Request, state: &Web) -> Result<Self, Self::Rejection> {
        let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_json = kind.and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
        });
        if !is_json {
            return Err(refused(
                &visitor,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                None,
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| BodyError::Refused(Box::new(error.into_response())))?;
        read(&visitor, &body).map(ApiJson)
    }
}

/// Reads a JSON text.
fn read<T: DeserializeOwned>(visitor: &Visitor, body: &[u8]) -> Result<T, BodyError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            shape(visitor, &path, &inner)
        } else {
            refused(visitor, StatusCode::BAD_REQUEST, "malformed", Some(inner.to_string()))
        }
    })?;
    reader
        .end()
        .map_err(|error| refused(visitor, StatusCode::BAD_REQUEST, "malformed", Some(error.to_string())))?;
    Ok(value)
}

fn refused(visitor: &Visitor, status: StatusCode, code: &'static str, detail: Option<String>) -> BodyError {
    let problem = Problem {
        title: visitor.words.t(&format!("problem-{code}")),
        status: status.as_u16(),
        code,
        detail: Some(detail.unwrap_or_else(|| visitor.words.t(&format!("problem-{code}-detail")))),
        errors: Vec::new(),
    };
    BodyError::Refused(Box::new(problem_response(status, &problem)))
}

fn shape(visitor: &Visitor, path: &str, error: &serde_json::Error) -> BodyError {
    let text = error.to_string();
    // The place in the text helps nobody who sees the path; what serde says of a field stands between backticks.
    let why = text.split(" at line ").next().unwrap_or(&text);
    let named = why
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let field = match (path, named) {
        (".", Some(name)) => name.to_owned(),
        (".", None) => "body".to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    };
    let error = FieldError::new(field, "json-shape", "").with("why", why);
    BodyError::Shape(Box::new(WebError::new(visitor, Error::Invalid(vec![error]))))
}

/// Tells a field that is `null` from one that is not there.
///
/// # Errors
/// When the value has the wrong shape.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The community an address names.
///
/// # Errors
/// 404 when there is none.
pub async fn home(web: &Web, visitor: &Visitor, slug: &str) -> Result<Community, WebError> {
    community::find_by_slug(&web.ctx, slug).await.for_visitor(visitor)
}

/// An id in an address; what is none names nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub fn id<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::not_found(what, text))
}

/// A wall-clock time of a zone: `2026-01-07T09:30:00`, or an instant with its offset, which is read on that clock.
///
/// # Errors
/// [`Error::Invalid`].
pub fn wall_clock(field: &str, text: &str, zone: &TimeZone) -> Result<DateTime, Error> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(zone.to_datetime(instant));
    }
    text.parse().map_err(|_| Error::invalid(field, "query-time", text))
}

/// An instant: with an offset, or a date or wall-clock time of a zone. A `+` that a query turned into a space is put back.
///
/// # Errors
/// [`Error::Invalid`].
pub fn instant(field: &str, text: &str, zone: &TimeZone) -> Result<Timestamp, Error> {
    let text = text.trim().replace(' ', "+");
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let local = if text.len() <= 10 {
        text.parse::<Date>()
            .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    } else {
        text.parse::<DateTime>()
    };
    match local {
        Ok(local) => Ok(resolve(local, zone).timestamp()),
        Err(_) => Err(Error::invalid(field, "query-time", text)),
    }
}

/// A time as the API writes it: RFC 3339 with the offset of the community.
pub fn rfc3339(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// At most so many items, 1 to 200.
    pub limit: Option<usize>,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// Cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// A cursor from what it stands for.
pub fn to_cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// What a cursor stands for.
///
/// # Errors
/// [`Error::Invalid`] when it is none of ours.
pub fn of_cursor(cursor: &str) -> Result<String, Error> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Error::invalid("cursor", "query-cursor", cursor))
}

/// How many items a query asks for, 1 to 200.
pub fn limit_of(asked: Option<usize>) -> usize {
    asked.unwrap_or(MOST_ITEMS).clamp(1, MOST_ITEMS)
}

/// A page of a short list that is known whole, in order of ids.
///
/// # Errors
/// [`Error::Invalid`] for a cursor that is none of ours.
pub fn paged<A, B>(
    all: Vec<A>,
    query: &ListQuery,
    id_of: impl Fn(&A) -> uuid::Uuid,
    show: impl Fn(A) -> B,
) -> Result<List<B>, Error> {
    let after: Option<uuid::Uuid> = match &query.cursor {
        None => None,
        Some(cursor) => Some(
            of_cursor(cursor)?
                .parse()
                .map_err(|_| Error::invalid("cursor", "query-cursor", cursor))?,
        ),
    };
    let limit = limit_of(query.limit);
    let mut rest: Vec<A> = all
        .into_iter()
        .filter(|item| after.is_none_or(|after| id_of(item) > after))
        .collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest
        .last()
        .filter(|_| more)
        .map(|last| to_cursor(&id_of(last).to_string()));
    Ok(List {
        items: rest.into_iter().map(show).collect(),
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only the shape is read")]
    struct Sample {
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only the shape is read")]
    struct Inner {
        n: i32,
    }

    fn status(body: &str) -> u16 {
        match read::<Sample>(&Visitor::default(), body.as_bytes()) {
            Ok(_) => 200,
            Err(error) => error.into_response().status().as_u16(),
        }
    }

    #[test]
    fn no_json_is_a_bad_request_and_a_wrong_shape_is_unprocessable() {
        let table = [
            (r#"{"name":"a"}"#, 200),
            ("", 400),
            ("{", 400),
            (r#"{"name":"a"} x"#, 400),
            (r#"{"name":1}"#, 422),
            (r#"{"nam":"a"}"#, 422),
            (r#"{"name":"a","inner":[{}]}"#, 422),
            ("[]", 422),
        ];
        for (body, expected) in table {
            assert_eq!(status(body), expected, "{body}");
        }
    }

    #[test]
    fn times_are_read_with_an_offset_or_on_the_communitys_clock() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let expected: Timestamp = "2026-01-07T01:30:00Z".parse().unwrap();
        for text in [
            "2026-01-07T09:30:00",
            "2026-01-07T09:30:00+08:00",
            "2026-01-07T09:30:00 08:00",
            "2026-01-07T01:30:00Z",
        ] {
            assert_eq!(instant("from", text, &zone).unwrap(), expected, "{text}");
        }
        let midnight: Timestamp = "2026-01-06T16:00:00Z".parse().unwrap();
        assert_eq!(instant("from", "2026-01-07", &zone).unwrap(), midnight);
        assert!(instant("from", "7 January", &zone).is_err());
        assert_eq!(
            wall_clock("dtstart", "2026-01-07T01:30:00Z", &zone)
                .unwrap()
                .to_string(),
            "2026-01-07T09:30:00"
        );
    }
}
