//! What a robot or a text message provider answered, read as something that may be false, broken or hostile.

use serde_json::{Map, Value};

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The key of the words for it: `channel-why-<code>` in `assets/i18n`.
    pub code: &'static str,
    /// Their own code for it, cleaned and short; may be empty.
    pub theirs: String,
}

impl Why {
    /// A reason without a code of theirs.
    pub fn new(code: &'static str) -> Self {
        Self {
            code,
            theirs: String::new(),
        }
    }

    /// A reason with their code; what has no place in a code is taken out of it.
    pub fn theirs(code: &'static str, theirs: &str) -> Self {
        let theirs = theirs
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || ".-_:".contains(*c))
            .take(60)
            .collect();
        Self { code, theirs }
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They took the message.
    Taken,
    /// They did not take it, and may later.
    Later {
        /// Why.
        why: Why,
        /// How long they are known to refuse; seconds.
        wait_seconds: Option<u32>,
    },
    /// They did not take it and will not.
    Refused {
        /// Why.
        why: Why,
    },
}

impl Verdict {
    /// Refused for a reason without a code of theirs.
    pub fn refused(code: &'static str) -> Self {
        Self::Refused { why: Why::new(code) }
    }
}

/// The object an answer must be.
///
/// # Errors
/// What it is instead.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Why> {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        return Err(Why::new("answer-empty"));
    }
    if start.starts_with(b"<") {
        return Err(Why::new("answer-page"));
    }
    match serde_json::from_slice(start) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Why::new("answer-unreadable")),
    }
}
