//! Content lines (RFC 5545 §3.1): unfolded, their name, parameters and value told apart.

use std::borrow::Cow;

/// The longest line, octets after unfolding; what goes on is cut.
const LONGEST: usize = 64 * 1024;

/// One content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Where it begins in the file, from 1.
    pub(super) number: usize,
    /// What stands before the colon: the name and its parameters.
    head: Cow<'a, str>,
    /// What stands behind it, not unescaped.
    pub(super) value: Cow<'a, str>,
    /// Whether control characters were taken out.
    pub(super) control: bool,
}

impl Line<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        let own = self.head.split(';').next().unwrap_or_default();
        own.eq_ignore_ascii_case(name)
    }

    /// A parameter's value without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut rest = self.head.as_ref();
        let mut quoted = false;
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, character) in rest.char_indices() {
            match character {
                '"' => quoted = !quoted,
                ';' if !quoted => {
                    parts.push(&rest[from..at]);
                    from = at + 1;
                }
                _ => {}
            }
        }
        rest = &rest[from..];
        parts.push(rest);
        parts.into_iter().skip(1).find_map(|part| {
            let (own, value) = part.split_once('=')?;
            own.trim()
                .eq_ignore_ascii_case(name)
                .then(|| Cow::Borrowed(value.trim().trim_matches('"')))
        })
    }

    /// The value as a text (§3.3.11), one line: escaped and real line breaks become spaces.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut characters = self.value.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('n' | 'N') => text.push(' '),
                    Some(other) => text.push(other),
                    None => {}
                },
                other => text.push(other),
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The lines of a text, unfolded.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    // A lone CR ends a line too: nobody can smuggle one into a value.
    let mut physical = text
        .split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
        .enumerate()
        .peekable();
    std::iter::from_fn(move || {
        loop {
            let (number, first) = physical.next()?;
            let mut whole = Cow::Borrowed(first);
            while let Some((_, next)) = physical.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
                if whole.len() < LONGEST {
                    whole.to_mut().push_str(&next[1..]);
                }
            }
            if whole.len() > LONGEST {
                let end = (0..=LONGEST)
                    .rev()
                    .find(|end| whole.is_char_boundary(*end))
                    .unwrap_or(0);
                whole.to_mut().truncate(end);
            }
            let control = whole
                .chars()
                .any(|character| character.is_control() && character != '\t');
            if control {
                whole = Cow::Owned(whole.chars().filter(|c| !c.is_control() || *c == '\t').collect());
            }
            if let Some(line) = split(whole, number + 1, control) {
                return Some(line);
            }
        }
    })
}

/// Splits at the first colon outside quotes; nothing for a line without one.
fn split(whole: Cow<'_, str>, number: usize, control: bool) -> Option<Line<'_>> {
    let mut quoted = false;
    let colon = whole.char_indices().find_map(|(at, character)| {
        match character {
            '"' => quoted = !quoted,
            ':' if !quoted => return Some(at),
            _ => {}
        }
        None
    })?;
    let (head, value) = match whole {
        Cow::Borrowed(whole) => (Cow::Borrowed(&whole[..colon]), Cow::Borrowed(&whole[colon + 1..])),
        Cow::Owned(whole) => (
            Cow::Owned(whole[..colon].to_owned()),
            Cow::Owned(whole[colon + 1..].to_owned()),
        ),
    };
    Some(Line {
        number,
        head,
        value,
        control,
    })
}
