//! Accounts, and which user names and passwords are good enough.

use jiff::Timestamp;

use super::access::{Actor, Role};
use super::id::{AccountId, CommunityId, PartnerId};

/// Shortest password, characters.
pub const PASSWORD_MIN: usize = 10;
/// Longest password, characters: hashing must stay bounded.
pub const PASSWORD_MAX: usize = 128;
/// Longest user name, characters.
pub const USERNAME_MAX: usize = 32;

/// An account that can log in, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Login name.
    pub username: String,
    /// What it may be.
    pub role: Role,
    /// Name shown on pages.
    pub display_name: String,
    /// The community of `staff` and `partner`.
    pub community: Option<CommunityId>,
    /// The partner of `partner`.
    pub partner: Option<PartnerId>,
    /// E-mail address; may be empty.
    pub email: String,
    /// When it was shut.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// The actor that a login of this account is.
    pub fn actor(&self) -> Actor {
        Actor::Account {
            id: self.id,
            role: self.role,
            community: self.community,
            partner: self.partner,
        }
    }
}

/// How a login's token travels, which decides how long it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// In the cookie of a browser.
    Cookie,
    /// In the `Authorization` header of a program.
    Bearer,
}

impl LoginKind {
    /// The name used in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            LoginKind::Cookie => "cookie",
            LoginKind::Bearer => "bearer",
        }
    }

    /// The kind with that name.
    pub fn from_stored(name: &str) -> Option<Self> {
        [LoginKind::Cookie, LoginKind::Bearer]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    /// How long a login lasts, seconds: seven days in a browser, thirty in a program.
    pub fn lasts_seconds(self) -> i64 {
        match self {
            LoginKind::Cookie => 7 * 24 * 3600,
            LoginKind::Bearer => 30 * 24 * 3600,
        }
    }

    /// How long it may lie unused, seconds: half a day in a browser, which may stand in an open office.
    pub fn idle_seconds(self) -> i64 {
        match self {
            LoginKind::Cookie => 12 * 3600,
            LoginKind::Bearer => self.lasts_seconds(),
        }
    }
}

/// The form in which a user name is stored and looked up: without blanks around it, in lower case.
pub fn normal_username(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// Whether a user name (in its normal form) can be given to an account: 2 to 32 of `a-z 0-9 . _ -`, a letter first.
pub fn is_good_username(name: &str) -> bool {
    (2..=USERNAME_MAX).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
}

/// What is wrong with a password that is to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than [`PASSWORD_MIN`] characters.
    #[error("a password needs at least {PASSWORD_MIN} characters")]
    Short,
    /// More than [`PASSWORD_MAX`] characters.
    #[error("a password has at most {PASSWORD_MAX} characters")]
    Long,
    /// The user name, or one character over and over.
    #[error("a password may not be the user name or one character repeated")]
    Guessable,
}

/// Whether `password` may be set for `username`. Length counts most (NIST SP 800-63B §5.1.1.2); no kinds of characters are asked
/// for.
///
/// # Errors
/// What is wrong.
pub fn check_password(username: &str, password: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(WeakPassword::Short);
    }
    if length > PASSWORD_MAX {
        return Err(WeakPassword::Long);
    }
    let first = password.chars().next();
    if password.chars().all(|each| Some(each) == first) || password.to_lowercase() == username {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_judged_by_its_length_in_characters() {
        for (password, verdict) in [
            ("123456789", Err(WeakPassword::Short)),
            ("1234567890", Ok(())),
            ("一二三四五六七八九", Err(WeakPassword::Short)),
            ("一二三四五六七八九十", Ok(())),
            ("aaaaaaaaaaaa", Err(WeakPassword::Guessable)),
            ("Zangyutang", Err(WeakPassword::Guessable)),
        ] {
            assert_eq!(check_password("zangyutang", password), verdict, "{password}");
        }
        assert_eq!(check_password("a", &"ab".repeat(64)), Ok(()));
        assert_eq!(check_password("a", &"ab".repeat(65)), Err(WeakPassword::Long));
    }

    #[test]
    fn user_names_are_short_and_plain() {
        for good in ["admin", "li.mei-2", "a_b"] {
            assert!(is_good_username(good), "{good}");
        }
        for bad in ["", "a", "1a", "Admin", "李梅", "a b", &"a".repeat(33)] {
            assert!(!is_good_username(bad), "{bad}");
        }
        assert_eq!(normal_username(" Admin "), "admin");
    }
}
