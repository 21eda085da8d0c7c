//! What the staff wing's forms share: choices of a list, and what was wrong with what was typed.

use crate::services::wording::Words;
use crate::services::{Error, FieldError};

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is chosen.
    pub on: bool,
}

/// The entries of a list, `chosen` being the value that is chosen.
pub fn choices(entries: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    entries
        .into_iter()
        .map(|(value, label)| Choice {
            on: value == chosen,
            value,
            label,
        })
        .collect()
}

/// The entries of a closed list whose labels are messages `prefix-name` (underscores as hyphens).
pub fn named(words: Words, prefix: &str, names: &[&str], chosen: &str) -> Vec<Choice> {
    choices(
        names.iter().map(|name| {
            (
                (*name).to_owned(),
                words.t(&format!("{prefix}-{}", name.replace('_', "-"))),
            )
        }),
        chosen,
    )
}

/// One thing that is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongItem {
    /// The field it belongs to, which is also the id of its box; empty for the form as a whole.
    pub field: String,
    /// What is wrong, for people.
    pub message: String,
}

/// What is wrong with a form, in the order of finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// The items.
    pub items: Vec<WrongItem>,
}

impl Wrong {
    /// What a list of field errors says.
    pub fn fields(words: Words, errors: &[FieldError]) -> Self {
        Self {
            items: errors
                .iter()
                .map(|error| WrongItem {
                    field: error.field.clone(),
                    message: words.field_error(error),
                })
                .collect(),
        }
    }

    /// What a refused use case says about the form; the error itself when it is not about the form.
    ///
    /// # Errors
    /// The error that was given, when the person cannot put it right on this form.
    pub fn of_error(words: Words, error: Error) -> Result<Self, Error> {
        match error {
            Error::Invalid(fields) => Ok(Self::fields(words, &fields)),
            Error::State { code } => Ok(Self::whole(words.t(&format!("error-{code}")))),
            other => Err(other),
        }
    }

    /// One thing wrong with the form as a whole.
    pub fn whole(message: String) -> Self {
        Self {
            items: vec![WrongItem {
                field: String::new(),
                message,
            }],
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is wrong with one field; nothing when it is right.
    pub fn at(&self, field: &str) -> &str {
        self.items
            .iter()
            .find(|item| item.field == field)
            .map_or("", |item| item.message.as_str())
    }

    /// Whether one field is wrong.
    pub fn has(&self, field: &str) -> bool {
        !self.at(field).is_empty()
    }
}
