//! The template of a gateway: an address and a body with placeholders in braces, filled so that no value can break out of its place.

use serde_json::Value;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON: values go into its texts.
    Json,
    /// `name=value&name=value`: values are percent-encoded. The address is filled the same way.
    Form,
}

crate::domain::planning::named! { Format {
    Json => "json",
    Form => "form",
} }

/// What a placeholder may name: the number as dialled in China, the number in E.164, the text, the signature, the provider's template, the
/// gateway's password, and an id that is the same in every try of a message.
pub const PLACEHOLDERS: [&str; 7] = ["phone", "e164", "text", "sign", "code", "secret", "id"];

/// What the placeholders stand for, by name.
pub type Values<'a> = [(&'a str, &'a str)];

/// A template that cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A placeholder nobody knows.
    #[error("nothing is known as {{{0}}}")]
    Unknown(String),
    /// The body is said to be JSON and is not.
    #[error("not JSON")]
    NotJson,
}

/// The placeholders of a text, in order: words of lower-case letters and digits in braces. Other braces are text.
pub fn placeholders(template: &str) -> Vec<&str> {
    pieces(template)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        })
        .collect()
}

/// Fills a template.
///
/// # Errors
/// [`FillError`], before anything is sent.
pub fn fill(template: &str, format: Format, values: &Values<'_>) -> Result<String, FillError> {
    match format {
        Format::Form => replace(template, values, &percent),
        Format::Json => {
            let mut body: Value = serde_json::from_str(template).map_err(|_| FillError::NotJson)?;
            fill_json(&mut body, values)?;
            Ok(body.to_string())
        }
    }
}

/// Fills a template as it stands, for a header: whoever sends it refuses what has no place in one.
///
/// # Errors
/// [`FillError::Unknown`].
pub fn fill_plain(template: &str, values: &Values<'_>) -> Result<String, FillError> {
    replace(template, values, &str::to_owned)
}

fn fill_json(value: &mut Value, values: &Values<'_>) -> Result<(), FillError> {
    match value {
        Value::String(text) => *text = replace(text, values, &str::to_owned)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill_json(item, values))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|field| fill_json(field, values))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let name = inside
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()))
            .map(|end| &inside[..end])
            .filter(|name| !name.is_empty() && inside[name.len()..].starts_with('}'));
        let end = if let Some(name) = name {
            found.push(Piece::Text(&rest[..open]));
            found.push(Piece::Name(name));
            open + name.len() + 2
        } else {
            found.push(Piece::Text(&rest[..=open]));
            open + 1
        };
        rest = &rest[end..];
    }
    found.push(Piece::Text(rest));
    found
}

fn replace(template: &str, values: &Values<'_>, written: &dyn Fn(&str) -> String) -> Result<String, FillError> {
    let mut filled = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Name(name) => {
                let (_, value) = values
                    .iter()
                    .find(|(known, _)| *known == name)
                    .ok_or_else(|| FillError::Unknown(name.to_owned()))?;
                filled.push_str(&written(value));
            }
        }
    }
    Ok(filled)
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
pub fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::domain::text::hex(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: &Values<'_> = &[("phone", "13800000000"), ("text", "停课\"},{\"x\":\"1&y=2")];

    #[test]
    fn a_value_cannot_break_out_of_its_place() {
        let json = fill(
            r#"{"to":["{phone}"],"msg":{"body":"通知：{text}"},"n":1}"#,
            Format::Json,
            VALUES,
        )
        .expect("filled");
        let read: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read["to"][0], "13800000000");
        assert_eq!(read["msg"]["body"], "通知：停课\"},{\"x\":\"1&y=2");
        assert_eq!(read["n"], 1);
        assert_eq!(
            fill("mobile={phone}&content={text}", Format::Form, VALUES).expect("filled"),
            "mobile=13800000000&content=%E5%81%9C%E8%AF%BE%22%7D%2C%7B%22x%22%3A%221%26y%3D2"
        );
    }

    #[test]
    fn what_nobody_knows_is_refused_and_other_braces_are_text() {
        assert_eq!(
            fill("a={price}", Format::Form, VALUES),
            Err(FillError::Unknown("price".to_owned()))
        );
        assert_eq!(fill("{\"a\":{phone}}", Format::Json, VALUES), Err(FillError::NotJson));
        assert_eq!(
            fill("a={ phone }{}{", Format::Form, VALUES).expect("filled"),
            "a={ phone }{}{"
        );
        assert_eq!(placeholders("{phone}{{text}}{x"), ["phone", "text"]);
    }

    proptest! {
        #[test]
        fn json_stays_json_whatever_the_value(text in "\\PC{0,60}") {
            let filled = fill(r#"{"m":"{text}"}"#, Format::Json, &[("text", &text)]).expect("filled");
            let read: Value = serde_json::from_str(&filled).expect("JSON");
            prop_assert_eq!(read["m"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn any_template_is_read_without_a_fault(template in "[{}a-c=]{0,40}") {
            let _ = fill(&template, Format::Form, &[("a", "1")]);
            let _ = placeholders(&template);
        }
    }
}
