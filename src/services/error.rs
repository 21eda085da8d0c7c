//! What a use case can answer instead of success. Translated to the outside once, in `web::error` and `cli`.

use std::collections::BTreeMap;

use crate::domain::access::Refusal;
use crate::storage;

/// The outcome of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong with what was sent. `code` is a key of the error messages (`error-<code>` in `assets/i18n`), which
/// may use `{ $value }` and whatever `args` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as named in the form and in JSON.
    pub field: String,
    /// What is wrong, in kebab case: `capacity-range`.
    pub code: &'static str,
    /// What was sent, cut to a length fit for showing.
    pub value: String,
    /// More for the message: limits, names.
    pub args: BTreeMap<&'static str, String>,
}

impl FieldError {
    /// A field error; the value is cut to 60 characters.
    pub fn new(field: impl Into<String>, code: &'static str, value: impl Into<String>) -> Self {
        let value: String = value.into();
        Self {
            field: field.into(),
            code,
            value: value.chars().take(60).collect(),
            args: BTreeMap::new(),
        }
    }

    /// The same with one more argument for the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.insert(name, value.to_string());
        self
    }
}

/// What a use case can answer instead of success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing here; the noun and what was asked for.
    #[error("no {what} {key:?}")]
    NotFound {
        /// The noun: `community`, `session`.
        what: &'static str,
        /// What was asked for.
        key: String,
    },
    /// The actor may not do this.
    #[error("not allowed")]
    Forbidden(#[from] Refusal),
    /// What was sent cannot be accepted; nothing was changed.
    #[error("{} field(s) are not acceptable", .0.len())]
    Invalid(Vec<FieldError>),
    /// The plan clashes with what stands; nothing was changed. Each clash in words for a person is made by the surface.
    #[error("{} clash(es)", .0.len())]
    Conflict(Vec<crate::domain::planning::Clash>),
    /// Something speaks against the plan, and whoever asked did not accept that; nothing was changed.
    #[error("{} thing(s) speak against the plan", .0.len())]
    Caution(Vec<crate::domain::planning::Caution>),
    /// The state of the thing does not allow it (already decided, already cancelled); `code` is a key of the error messages.
    #[error("not possible in the present state: {code}")]
    State {
        /// Key of the error messages.
        code: &'static str,
    },
    /// Somebody else changed the session since it was looked at; nothing was changed. It stands like this now.
    #[error("session {} was changed meanwhile", .0.id)]
    ChangedMeanwhile(Box<crate::domain::planning::Session>),
    /// Too many tries; how long to wait.
    #[error("too many tries; wait {wait_seconds} s")]
    TooMany {
        /// Seconds to wait.
        wait_seconds: i64,
    },
    /// The program itself could not do its work; the message is for the log.
    #[error("{0}")]
    Internal(String),
    /// The database could not do its work.
    #[error("the database did not answer as it should")]
    Storage(#[source] storage::Error),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            // Whatever way it came, a person is told the same.
            storage::Error::MonthLocked => Error::State { code: "month-locked" },
            // Merged or erased at the same moment: whoever asks again finds out which.
            storage::Error::Guarded("resident_gone") => Error::State { code: "resident-gone" },
            error => Error::Storage(error),
        }
    }
}

impl Error {
    /// A thing that is not there.
    pub fn not_found(what: &'static str, key: impl ToString) -> Self {
        Error::NotFound {
            what,
            key: key.to_string(),
        }
    }

    /// One wrong field.
    pub fn invalid(field: impl Into<String>, code: &'static str, value: impl Into<String>) -> Self {
        Error::Invalid(vec![FieldError::new(field, code, value)])
    }
}
