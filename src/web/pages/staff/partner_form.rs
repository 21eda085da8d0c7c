//! The form of a partner and its papers, as typed.

use jiff::civil::Date;
use serde::Deserialize;

use super::repeat;
use crate::services::partner::NewPartner;
use crate::services::{Error, FieldError};

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) contact_name: String,
    pub(super) phone: String,
    pub(super) email: String,
    pub(super) licence_expires_on: String,
    pub(super) qualification: String,
    pub(super) qualification_expires_on: String,
    pub(super) pledge_signed_on: String,
    pub(super) pledge_expires_on: String,
    pub(super) weekly_limit: String,
}

impl Typed {
    /// The form of a partner that is known.
    pub fn of(known: &NewPartner) -> Self {
        let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        Self {
            name: known.name.clone(),
            name_en: known.name_en.clone(),
            contact_name: known.contact_name.clone(),
            phone: known.phone.clone(),
            email: known.email.clone(),
            licence_expires_on: date(known.licence_expires_on),
            qualification: known.qualification.clone(),
            qualification_expires_on: date(known.qualification_expires_on),
            pledge_signed_on: date(known.pledge_signed_on),
            pledge_expires_on: date(known.pledge_expires_on),
            weekly_limit: known.weekly_limit.map(|limit| limit.to_string()).unwrap_or_default(),
        }
    }

    /// What was typed, as the use case takes it.
    ///
    /// # Errors
    /// With every date or number that is none.
    pub fn read(&self) -> Result<NewPartner, Error> {
        let mut wrong = Vec::new();
        let mut date = |field: &str, text: &str| match text.trim() {
            "" => None,
            text => {
                let day = repeat::day(text);
                if day.is_none() {
                    wrong.push(FieldError::new(field, "date-format", text));
                }
                day
            }
        };
        let licence_expires_on = date("licence_expires_on", &self.licence_expires_on);
        let qualification_expires_on = date("qualification_expires_on", &self.qualification_expires_on);
        let pledge_signed_on = date("pledge_signed_on", &self.pledge_signed_on);
        let pledge_expires_on = date("pledge_expires_on", &self.pledge_expires_on);
        let weekly_limit = match self.weekly_limit.trim() {
            "" => None,
            text => match text.parse::<i32>() {
                Ok(limit) => Some(limit),
                Err(_) => {
                    wrong.push(FieldError::new("weekly_limit", "weekly-limit-number", text));
                    None
                }
            },
        };
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(NewPartner {
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            contact_name: self.contact_name.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            licence_expires_on,
            qualification: self.qualification.clone(),
            qualification_expires_on,
            pledge_signed_on,
            pledge_expires_on,
            weekly_limit,
        })
    }
}
