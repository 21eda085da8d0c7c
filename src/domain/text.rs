//! What people type: cleaned, bounded, and refused with a code that says what to change.
//!
//! Names and telephone numbers become types of their own, which Debug and Display show masked: printing one by accident
//! tells nothing. Whoever needs the plain value says what for, with [`PersonName::reveal`] and [`Phone::reveal`].

use std::fmt;

/// Longest name of a person, characters.
pub const NAME_CHARS: usize = 40;
/// Longest title, characters.
pub const TITLE_CHARS: usize = 40;
/// Longest free text, characters.
pub const TEXT_CHARS: usize = 2000;

/// What is wrong with a text. Each has a code, the key of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing was written.
    #[error("nothing was written")]
    Empty,
    /// Too long.
    #[error("longer than {max} characters")]
    Long {
        /// The most characters it may have.
        max: usize,
    },
    /// It holds control characters or marks that turn the direction of writing.
    #[error("holds characters that cannot be shown")]
    Control,
    /// A name was not given.
    #[error("no name")]
    NameEmpty,
    /// A name is too long.
    #[error("a name longer than {max} characters")]
    NameLong {
        /// The most characters it may have.
        max: usize,
    },
    /// A name holds control characters or marks that turn the direction of writing.
    #[error("a name with characters that cannot be shown")]
    NameControl,
    /// A name without a single letter.
    #[error("a name without letters")]
    NameLetters,
    /// A number was not given.
    #[error("no telephone number")]
    PhoneEmpty,
    /// It holds something other than digits.
    #[error("a telephone number with letters")]
    PhoneDigits,
    /// Digits are missing.
    #[error("a telephone number with {missing} digits too few")]
    PhoneShort {
        /// How many.
        missing: usize,
    },
    /// There are too many digits.
    #[error("a telephone number with {extra} digits too many")]
    PhoneLong {
        /// How many.
        extra: usize,
    },
    /// It begins neither like a mobile number nor like an area code.
    #[error("a telephone number that begins like none")]
    PhoneStart,
    /// A number of the city, without the area code.
    #[error("a telephone number without its area code")]
    PhoneArea,
}

impl TextError {
    /// The key of its message, `error-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            TextError::Empty => "text-empty",
            TextError::Long { .. } => "text-long",
            TextError::Control => "text-control",
            TextError::NameEmpty => "name-empty",
            TextError::NameLong { .. } => "name-long",
            TextError::NameControl => "name-control",
            TextError::NameLetters => "name-letters",
            TextError::PhoneEmpty => "phone-empty",
            TextError::PhoneDigits => "phone-digits",
            TextError::PhoneShort { .. } => "phone-short",
            TextError::PhoneLong { .. } => "phone-long",
            TextError::PhoneStart => "phone-start",
            TextError::PhoneArea => "phone-area",
        }
    }

    /// The number its message uses: limit, missing digits, digits too many.
    pub fn number(self) -> Option<(&'static str, usize)> {
        match self {
            TextError::Long { max } | TextError::NameLong { max } => Some(("max", max)),
            TextError::PhoneShort { missing } => Some(("missing", missing)),
            TextError::PhoneLong { extra } => Some(("extra", extra)),
            _ => None,
        }
    }
}

/// Marks without width that phones and chat programs leave in pasted text: they are taken out.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Marks that turn the direction of writing, so that a text reads as another one (Unicode Standard Annex 9, §2).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// One line: white space at the ends taken off and inside made single, invisible marks taken out. May come out empty.
///
/// # Errors
/// [`TextError::Long`] beyond `max` characters, [`TextError::Control`] for what cannot be shown.
pub fn line(text: &str, max: usize) -> Result<String, TextError> {
    // Nothing is built from a text that is too long whatever happens to its white space.
    if text.len() > max.saturating_mul(16).saturating_add(1024) {
        return Err(TextError::Long { max });
    }
    let mut clean = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|c| !is_invisible(*c)));
    }
    let clean = clean.trim().to_owned();
    if clean.chars().any(|c| c.is_control() || turns_direction(c)) {
        return Err(TextError::Control);
    }
    if clean.chars().count() > max {
        return Err(TextError::Long { max });
    }
    Ok(clean)
}

/// Whether a text has the form of a mail address: something, `@`, a host with a dot, no white space (RFC 5321 §4.1.2, roughly).
pub fn looks_like_mail(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.contains(char::is_whitespace)
        && !text.contains(['<', '>', ',', ';', '"'])
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// One line that must not be empty.
///
/// # Errors
/// As [`line()`], and [`TextError::Empty`].
pub fn required_line(text: &str, max: usize) -> Result<String, TextError> {
    let line = line(text, max)?;
    if line.is_empty() {
        Err(TextError::Empty)
    } else {
        Ok(line)
    }
}

/// Several lines: each cleaned as by [`line()`], at most one empty line between two. May come out empty.
///
/// # Errors
/// As [`line()`].
pub fn lines(text: &str, max: usize) -> Result<String, TextError> {
    if text.len() > max.saturating_mul(16).saturating_add(1024) {
        return Err(TextError::Long { max });
    }
    let mut clean = String::with_capacity(text.len());
    let mut gap = false;
    for one in text.lines() {
        let one = line(one, max)?;
        if one.is_empty() {
            gap = !clean.is_empty();
            continue;
        }
        if !clean.is_empty() {
            clean.push_str(if gap { "\n\n" } else { "\n" });
        }
        clean.push_str(&one);
        gap = false;
    }
    if clean.chars().count() > max {
        return Err(TextError::Long { max });
    }
    Ok(clean)
}

/// What a plain name or number is needed for. Said where it is revealed, so that all such places can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To store it.
    Store,
    /// To find the row that has it.
    Find,
    /// To show it to the person it belongs to.
    ShowOwner,
    /// To show it to staff of the community.
    ShowStaff,
    /// To reach the person.
    Reach,
}

/// The name of a person: 1 to 40 characters with at least one letter. Debug and Display mask it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name as typed. Letters of any script, spaces, `·` and whatever else people put into names are kept.
    ///
    /// # Errors
    /// What to change.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let name = line(text, NAME_CHARS).map_err(|error| match error {
            TextError::Long { max } => TextError::NameLong { max },
            _ => TextError::NameControl,
        })?;
        if name.is_empty() {
            Err(TextError::NameEmpty)
        } else if name.chars().any(char::is_alphabetic) {
            Ok(Self(name))
        } else {
            Err(TextError::NameLetters)
        }
    }

    /// A name that was stored.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The plain name.
    pub fn reveal(&self, _purpose: Purpose) -> &str {
        &self.0
    }

    /// The name as others may see it: 李*英, 王*, M* L*.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(***)")
    }
}

/// Family names of two characters: both are shown.
const COMPOUND_SURNAMES: [&str; 12] = [
    "欧阳", "司马", "上官", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方",
];

/// Masks a name as lists in China do: the family name stays, and the last of three or more characters; in names with spaces
/// the first letter of each word.
pub fn mask(name: &str) -> String {
    if name.contains(' ') {
        let words: Vec<String> = name
            .split(' ')
            .filter_map(|word| word.chars().next())
            .map(|first| format!("{first}*"))
            .collect();
        return words.join(" ");
    }
    let chars: Vec<char> = name.chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [one, two, middle @ .., last] if !middle.is_empty() && is_compound(*one, *two) => {
            format!("{one}{two}{}{last}", "*".repeat(middle.len()))
        }
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len())),
    }
}

fn is_compound(one: char, two: char) -> bool {
    COMPOUND_SURNAMES.iter().any(|name| name.chars().eq([one, two]))
}

/// A telephone number of mainland China, as it is dialled there: 11 digits beginning with 1, or an area code and 7 or 8 digits.
/// Debug and Display show `***`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// Digits of a mobile number.
const MOBILE_DIGITS: usize = 11;
/// Digits of a landline number with its area code (YD/T 5 and the national numbering plan: 3 + 8, 4 + 7 or 4 + 8).
const LANDLINE_DIGITS: std::ops::RangeInclusive<usize> = 10..=12;

impl Phone {
    /// Reads a number as typed: full-width digits, spaces, dashes, brackets and the country code +86 are understood.
    ///
    /// # Errors
    /// What to change.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > 200 {
            return Err(TextError::PhoneDigits);
        }
        let mut digits = String::with_capacity(16);
        let mut international = false;
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '０'..='９' => digits.extend(char::from_digit(c as u32 - '０' as u32, 10)),
                '+' | '＋' if digits.is_empty() && !international => international = true,
                '-' | '－' | '—' | '–' | '‐' | '‑' | '(' | ')' | '（' | '）' | '.' | '/' => {}
                c if c.is_whitespace() || is_invisible(c) => {}
                _ => return Err(TextError::PhoneDigits),
            }
        }
        if let Some(rest) = digits.strip_prefix("0086").or_else(|| {
            let coded = international || digits.len() == MOBILE_DIGITS + 2;
            digits.strip_prefix("86").filter(|_| coded)
        }) {
            // Abroad the zero of the area code is left out.
            digits = if rest.starts_with(['0', '1']) {
                rest.to_owned()
            } else {
                format!("0{rest}")
            };
        } else if international {
            return Err(TextError::PhoneStart);
        }
        let count = digits.len();
        match digits.chars().next() {
            None => Err(TextError::PhoneEmpty),
            Some('1') if count < MOBILE_DIGITS => Err(TextError::PhoneShort {
                missing: MOBILE_DIGITS - count,
            }),
            Some('1') if count > MOBILE_DIGITS => Err(TextError::PhoneLong {
                extra: count - MOBILE_DIGITS,
            }),
            Some('0') if count < *LANDLINE_DIGITS.start() => Err(TextError::PhoneShort {
                missing: LANDLINE_DIGITS.start() - count,
            }),
            Some('0') if count > *LANDLINE_DIGITS.end() => Err(TextError::PhoneLong {
                extra: count - LANDLINE_DIGITS.end(),
            }),
            Some('0' | '1') => Ok(Self(digits)),
            Some(_) if (7..=8).contains(&count) => Err(TextError::PhoneArea),
            Some(_) => Err(TextError::PhoneStart),
        }
    }

    /// A number that was stored.
    pub fn stored(digits: String) -> Self {
        Self(digits)
    }

    /// The plain digits.
    pub fn reveal(&self, _purpose: Purpose) -> &str {
        &self.0
    }

    /// The last four digits, by which people are found at the door.
    pub fn tail(&self, _purpose: Purpose) -> &str {
        &self.0[self.0.len().saturating_sub(4)..]
    }

    /// The number as others may see it: `139****6621`, `0374***4567`.
    pub fn masked(&self) -> String {
        let count = self.0.len();
        if count < 8 {
            return "*".repeat(count);
        }
        let head = if self.is_mobile() { 3 } else { 4 };
        format!(
            "{}{}{}",
            &self.0[..head],
            "*".repeat(count - head - 4),
            &self.0[count - 4..]
        )
    }

    /// Whether it is a mobile number, which can take short messages.
    pub fn is_mobile(&self) -> bool {
        self.0.starts_with('1')
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_kept_as_people_write_them() {
        for (typed, name) in [
            ("薛秀英", "薛秀英"),
            ("  薛 秀英 ", "薛 秀英"),
            ("\u{3000}薛秀英\u{200B}", "薛秀英"),
            ("买买提·艾力", "买买提·艾力"),
            ("Maria  Lopez", "Maria Lopez"),
            ("王阿姨(3号楼)", "王阿姨(3号楼)"),
            ("小明😀", "小明😀"),
        ] {
            assert_eq!(
                PersonName::parse(typed).map(|n| n.reveal(Purpose::Store).to_owned()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn names_are_refused_with_what_to_change() {
        for (typed, error) in [
            ("", TextError::NameEmpty),
            (" \u{200B}\t", TextError::NameEmpty),
            ("😀😀", TextError::NameLetters),
            ("12345", TextError::NameLetters),
            ("李\u{202E}英", TextError::NameControl),
            ("李\u{2066}英", TextError::NameControl),
            ("李\0英", TextError::NameControl),
            (&"长".repeat(300), TextError::NameLong { max: 40 }),
            (&" ".repeat(1_000_000), TextError::NameLong { max: 40 }),
        ] {
            assert_eq!(PersonName::parse(typed).err(), Some(error), "{typed:.20}");
        }
    }

    #[test]
    fn a_masked_name_keeps_its_ends() {
        for (name, masked) in [
            ("李秀英", "李*英"),
            ("李英", "李*"),
            ("李", "*"),
            ("欧阳秀英", "欧阳*英"),
            ("欧阳英", "欧*英"),
            ("买买提·艾力", "买****力"),
            ("Maria Lopez", "M* L*"),
        ] {
            assert_eq!(mask(name), masked);
        }
    }

    #[test]
    fn telephone_numbers_are_read_as_people_write_them() {
        for (typed, digits) in [
            ("13900006621", "13900006621"),
            ("139 0000 6621", "13900006621"),
            ("１３９００００６６２１", "13900006621"),
            ("+86 139-0000-6621", "13900006621"),
            ("008613900006621", "13900006621"),
            ("8613900006621", "13900006621"),
            ("0374-1234567", "03741234567"),
            ("（0374）1234567", "03741234567"),
            ("010 12345678", "01012345678"),
            ("+86 374 1234567", "03741234567"),
        ] {
            assert_eq!(
                Phone::parse(typed).map(|p| p.reveal(Purpose::Store).to_owned()),
                Ok(digits.to_owned()),
                "{typed}"
            );
        }
    }

    #[test]
    fn telephone_numbers_are_refused_with_what_to_change() {
        for (typed, error) in [
            ("", TextError::PhoneEmpty),
            ("  - ", TextError::PhoneEmpty),
            ("1390000662", TextError::PhoneShort { missing: 1 }),
            ("139000066211", TextError::PhoneLong { extra: 1 }),
            ("1390000662l", TextError::PhoneDigits),
            ("一三九", TextError::PhoneDigits),
            ("1234567", TextError::PhoneShort { missing: 4 }),
            ("2345678", TextError::PhoneArea),
            ("23900006621", TextError::PhoneStart),
            ("0374123", TextError::PhoneShort { missing: 3 }),
            ("0374123456789", TextError::PhoneLong { extra: 1 }),
            ("+1 202 555 0143", TextError::PhoneStart),
            ("13900006621\u{202E}", TextError::PhoneDigits),
        ] {
            assert_eq!(Phone::parse(typed).err(), Some(error), "{typed}");
        }
    }

    #[test]
    fn printing_a_name_or_a_number_by_accident_tells_nothing() {
        let name = PersonName::parse("薛秀英").unwrap();
        let phone = Phone::parse("13900006621").unwrap();
        assert_eq!(
            format!("{name} {name:?} {phone} {phone:?}"),
            "薛*英 PersonName(***) *** Phone(***)"
        );
        assert_eq!(phone.masked(), "139****6621");
        assert_eq!(Phone::parse("0374-1234567").unwrap().masked(), "0374***4567");
        assert_eq!(phone.tail(Purpose::Find), "6621");
    }

    #[test]
    fn longer_texts_keep_their_lines_and_lose_what_is_between() {
        assert_eq!(lines(" 一 \r\n\n\n二\n三 ", 100), Ok("一\n\n二\n三".to_owned()));
        assert_eq!(lines("一\u{0}二", 100), Err(TextError::Control));
        assert_eq!(lines("一二三", 2), Err(TextError::Long { max: 2 }));
        assert_eq!(required_line("  ", 5), Err(TextError::Empty));
    }

    #[test]
    fn a_mail_address_is_told_from_something_else() {
        assert!(looks_like_mail("wang@example.org"));
        for text in [
            "wang",
            "@example.org",
            "wang@org",
            "a b@example.org",
            "wang@.org",
            "<w@example.org>",
            "a@example.org;b@example.org",
        ] {
            assert!(!looks_like_mail(text), "{text}");
        }
    }

    #[test]
    fn bytes_are_written_two_digits_each() {
        assert_eq!(hex(&[0, 9, 0xA0, 255]), "0009a0ff");
    }

    proptest! {
        #[test]
        fn no_text_whatever_makes_reading_fail_in_another_way(text in "\\PC*|[\\x00-\\x7f]*|.*") {
            if let Ok(clean) = line(&text, 40) {
                prop_assert!(clean.chars().count() <= 40);
                prop_assert_eq!(line(&clean, 40), Ok(clean.clone()));
            }
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert!(!name.reveal(Purpose::Store).is_empty());
            }
            if let Ok(phone) = Phone::parse(&text) {
                let digits = phone.reveal(Purpose::Store);
                prop_assert!(digits.chars().all(|c| c.is_ascii_digit()) && (10..=12).contains(&digits.len()));
                prop_assert_eq!(Phone::parse(digits), Ok(phone.clone()));
            }
        }
    }
}
