//! Reading bodies field by field, where one bad field must be named instead of refusing the whole.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::id::CommunityId;
use crate::services::{Context, Error, FieldError, community};

/// The community with this name in addresses.
pub async fn community_of(ctx: &Context, slug: &str) -> Result<CommunityId, Error> {
    Ok(community::find_by_slug(ctx, slug).await?.id)
}

/// A field that is there and not null.
pub fn field<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

/// The id in a field, when it is there.
///
/// # Errors
/// `not-a-uuid`.
pub fn id_at(body: &Value, name: &'static str) -> Result<Option<Uuid>, FieldError> {
    let Some(value) = field(body, name) else {
        return Ok(None);
    };
    value
        .as_str()
        .and_then(|text| text.parse::<Uuid>().ok())
        .filter(|id| !id.is_nil())
        .map(Some)
        .ok_or_else(|| FieldError::new(name, "not-a-uuid", shown(value)))
}

/// The whole number in a field, when it is there; the nearest number of 64 bits for one beyond them.
///
/// # Errors
/// `not-a-number`.
pub fn whole_number(body: &Value, name: &'static str) -> Result<Option<i64>, FieldError> {
    let Some(value) = field(body, name) else {
        return Ok(None);
    };
    let number = value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0)
            .map(|number| number as i64)
    });
    number
        .map(Some)
        .ok_or_else(|| FieldError::new(name, "not-a-number", shown(value)))
}

/// What became of a body that was one item (201 when `is_new` says so, else 200), or an array of them.
pub fn answer<T: Serialize>(is_single: bool, mut outcomes: Vec<T>, is_new: impl Fn(&T) -> bool) -> Response {
    if !is_single {
        return Json(outcomes).into_response();
    }
    let outcome = outcomes.pop();
    let status = if outcome.as_ref().is_some_and(is_new) {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, Json(outcome)).into_response()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_whole_and_may_be_huge() {
        let read = |value: Value| whole_number(&json!({ "n": value }), "n").map_err(|error| error.code);
        assert_eq!(read(json!(3)), Ok(Some(3)));
        assert_eq!(read(json!(3.0)), Ok(Some(3)));
        assert_eq!(read(json!(-1)), Ok(Some(-1)));
        assert_eq!(read(json!(1e300)), Ok(Some(i64::MAX)));
        assert_eq!(read(json!(null)), Ok(None));
        for wrong in [json!(2.5), json!("3"), json!([3]), json!(true)] {
            assert_eq!(read(wrong), Err("not-a-number"));
        }
    }

    #[test]
    fn an_id_is_a_uuid_and_not_nil() {
        let read = |value: Value| id_at(&json!({ "id": value }), "id").map_err(|error| error.code);
        assert!(read(json!("0199c1de-0000-7000-8000-000000000001")).is_ok_and(|id| id.is_some()));
        for wrong in [json!("x"), json!(7), json!("00000000-0000-0000-0000-000000000000")] {
            assert_eq!(read(wrong), Err("not-a-uuid"));
        }
        assert_eq!(id_at(&json!([]), "id"), Ok(None));
    }
}
