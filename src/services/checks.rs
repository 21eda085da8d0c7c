//! Collects what is wrong with what was sent, so that a person sees all of it at once.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::{Error, FieldError, Result};
use crate::domain::text::{self, TextError};

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Checks {
    errors: Vec<FieldError>,
}

impl Checks {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one more error.
    pub fn add(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// Notes that `field` has this error unless `right`.
    pub fn ensure(&mut self, right: bool, field: &str, code: &'static str, value: &(impl Display + ?Sized)) {
        if !right {
            self.add(FieldError::new(field, code, value.to_string()));
        }
    }

    fn text(&mut self, field: &str, sent: &str, read: std::result::Result<String, TextError>) -> String {
        read.unwrap_or_else(|error| {
            let mut field = FieldError::new(field, error.code(), sent);
            if let Some((name, number)) = error.number() {
                field = field.with(name, number);
            }
            self.add(field);
            String::new()
        })
    }

    /// One line of at most `max` characters that may be empty.
    pub fn line(&mut self, field: &str, sent: &str, max: usize) -> String {
        self.text(field, sent, text::line(sent, max))
    }

    /// One line of 1 to `max` characters.
    pub fn required_line(&mut self, field: &str, sent: &str, max: usize) -> String {
        self.text(field, sent, text::required_line(sent, max))
    }

    /// Several lines of at most `max` characters together.
    pub fn lines(&mut self, field: &str, sent: &str, max: usize) -> String {
        self.text(field, sent, text::lines(sent, max))
    }

    /// A number within a range.
    pub fn number(&mut self, field: &str, sent: i32, range: &RangeInclusive<i32>) {
        if !range.contains(&sent) {
            self.add(
                FieldError::new(field, "plan-range", sent.to_string())
                    .with("min", range.start())
                    .with("max", range.end()),
            );
        }
    }

    /// All is right, or everything that is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every error noted.
    pub fn finish(self) -> Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.errors))
        }
    }
}
