//! Consent (个人信息保护法 art. 13-16): for what somebody agreed to what text, when, and when they took it back. A ledger to which rows are only added;
//! how somebody stands is what the newest row of a purpose says.

use jiff::Timestamp;
use jiff::civil::Date;

use super::id::ConsentId;

/// Version of the text that says what is kept and what for; whoever changes the text changes this.
pub const TEXT_VERSION: &str = "2026-11";

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Keeping name and number, to sign them up and tell them of changes.
    SignUp,
    /// Their masked name on a page everybody can read.
    NameOnPublicPage,
    /// Pictures of an activity in which they can be recognised.
    Photo,
    /// Telling a partner that they come.
    ShareWithPartner,
}

super::planning::named! { ConsentPurpose {
    SignUp => "sign_up",
    NameOnPublicPage => "name_on_public_page",
    Photo => "photo",
    ShareWithPartner => "share_with_partner",
} }

impl ConsentPurpose {
    /// The end of the keys of its words, which have no `_`.
    pub fn key(self) -> String {
        self.as_str().replace('_', "-")
    }
}

/// Given or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAct {
    /// They agreed.
    Given,
    /// They took it back.
    Withdrawn,
}

super::planning::named! { ConsentAct {
    Given => "given",
    Withdrawn => "withdrawn",
} }

/// How they said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentHow {
    /// Signed on paper.
    Paper,
    /// On the telephone.
    Phone,
    /// On a public page.
    Page,
    /// At the counter, by word.
    Counter,
}

super::planning::named! { ConsentHow {
    Paper => "paper",
    Phone => "phone",
    Page => "page",
    Counter => "counter",
} }

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// For what.
    pub purpose: ConsentPurpose,
    /// Given or taken back.
    pub act: ConsentAct,
    /// The day they said so.
    pub on: Date,
    /// Version of the text they were read or shown.
    pub version: String,
    /// How they said so.
    pub how: ConsentHow,
    /// When it was written down.
    pub recorded_at: Timestamp,
}

/// The row that says how somebody stands for a purpose: the one of the latest day, among those of one day the one written down last. None when they
/// were never asked.
pub fn standing(ledger: &[Consent], purpose: ConsentPurpose) -> Option<&Consent> {
    ledger
        .iter()
        .filter(|row| row.purpose == purpose)
        .max_by_key(|row| (row.on, row.recorded_at, row.id))
}

/// Whether somebody agrees to a purpose now.
pub fn agrees(ledger: &[Consent], purpose: ConsentPurpose) -> bool {
    standing(ledger, purpose).is_some_and(|row| row.act == ConsentAct::Given)
}

/// Whether a row fits the ledger.
///
/// # Errors
/// Key of the message: a day to come; something taken back that does not stand; something dated before what it changes.
pub fn fits(
    ledger: &[Consent],
    purpose: ConsentPurpose,
    act: ConsentAct,
    on: Date,
    today: Date,
) -> Result<(), &'static str> {
    if on > today {
        return Err("consent-in-future");
    }
    let stands = standing(ledger, purpose);
    if act == ConsentAct::Withdrawn && !stands.is_some_and(|row| row.act == ConsentAct::Given) {
        return Err("consent-not-given");
    }
    if stands.is_some_and(|row| on < row.on) {
        return Err("consent-before-last");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    fn row(n: u128, act: ConsentAct, on: Date) -> Consent {
        Consent {
            id: ConsentId(Uuid::from_u128(n)),
            purpose: ConsentPurpose::Photo,
            act,
            on,
            version: TEXT_VERSION.to_owned(),
            how: ConsentHow::Paper,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_row_of_a_purpose_says_how_somebody_stands() {
        let (spring, autumn) = (date(2026, 4, 1), date(2026, 10, 1));
        let ledger = [row(1, ConsentAct::Withdrawn, autumn), row(2, ConsentAct::Given, spring)];
        assert!(!agrees(&ledger, ConsentPurpose::Photo));
        assert!(agrees(&ledger[1..], ConsentPurpose::Photo));
        assert!(!agrees(&ledger, ConsentPurpose::SignUp), "never asked");
        let same_day = [row(1, ConsentAct::Given, spring), row(2, ConsentAct::Withdrawn, spring)];
        assert!(!agrees(&same_day, ConsentPurpose::Photo));
    }

    #[test]
    fn a_row_that_makes_no_sense_is_refused() {
        let (given_on, today) = (date(2026, 4, 1), date(2026, 11, 26));
        let ledger = [row(1, ConsentAct::Given, given_on)];
        let photo = |act, on| fits(&ledger, ConsentPurpose::Photo, act, on, today);
        assert_eq!(photo(ConsentAct::Withdrawn, today), Ok(()));
        assert_eq!(photo(ConsentAct::Given, today), Ok(()), "a newer text");
        assert_eq!(
            photo(ConsentAct::Withdrawn, date(2026, 3, 1)),
            Err("consent-before-last")
        );
        assert_eq!(
            photo(ConsentAct::Withdrawn, date(2026, 11, 27)),
            Err("consent-in-future")
        );
        assert_eq!(
            fits(&ledger, ConsentPurpose::SignUp, ConsentAct::Withdrawn, today, today),
            Err("consent-not-given")
        );
        assert_eq!(
            fits(
                &[row(1, ConsentAct::Withdrawn, given_on)],
                ConsentPurpose::Photo,
                ConsentAct::Withdrawn,
                today,
                today
            ),
            Err("consent-not-given"),
            "taken back before"
        );
    }
}
