//! Words of messages with places to fill: `提醒您：{时间}有{活动}。`
//!
//! A place is a name between braces, of either language ({时间}, {when}); the full braces of Chinese keyboards are read too. What is
//! written is checked against what the event knows before it is kept, so that nobody gets a letter with a hole in it. A filled value is
//! never looked through for places again. A line all of whose places are empty is left out.

mod variable;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use variable::{Class, Variable, allowed};

use super::sms;

/// The most characters of a text.
pub const BODY_CHARS: usize = 1000;
/// The most characters of a subject.
pub const SUBJECT_CHARS: usize = 100;
/// Signs that providers of text messages refuse in a text; the brackets belong to the signature.
const REFUSED_SIGNS: [char; 9] = ['【', '】', '¥', '￥', '★', '☆', '√', '※', '●'];
/// Words for which carriers refuse text messages as advertising, medicine or politics.
const RISKY_WORDS: [&str; 15] = [
    "党政",
    "党建",
    "党员",
    "医疗",
    "治疗",
    "诊疗",
    "义诊",
    "疗效",
    "保健",
    "艾灸",
    "针灸",
    "加微信",
    "加群",
    "中奖",
    "贷款",
];

/// What is wrong with a template. Each has a code, the key of its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing was written.
    #[error("nothing was written")]
    Empty,
    /// Too long.
    #[error("{length} characters, {max} are allowed")]
    Long {
        /// How many there are.
        length: usize,
        /// How many there may be.
        max: usize,
    },
    /// A place names nothing that the event knows.
    #[error("there is no variable {name:?} here")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A brace that is not closed before the next one or the end.
    #[error("the brace before {before:?} is not closed")]
    Unclosed {
        /// What stands behind it.
        before: String,
    },
    /// A closing brace without an opening one.
    #[error("the closing brace after {after:?} was not opened")]
    Unopened {
        /// What stands before it.
        after: String,
    },
    /// In a text message two places with nothing between them.
    #[error("{first:?} and {second:?} stand side by side")]
    Adjacent {
        /// The first.
        first: Variable,
        /// The second.
        second: Variable,
    },
    /// A sign that providers of text messages refuse.
    #[error("text messages may not hold {sign}")]
    Sign {
        /// The sign.
        sign: char,
    },
    /// In a text message a place inside a web address.
    #[error("{name:?} stands inside a web address")]
    InsideAddress {
        /// The place.
        name: Variable,
    },
}

impl TemplateError {
    /// The key of its message, `error-<code>`.
    pub fn code(&self) -> &'static str {
        match self {
            TemplateError::Empty => "template-empty",
            TemplateError::Long { .. } => "template-long",
            TemplateError::Unknown { .. } => "template-unknown",
            TemplateError::Unclosed { .. } => "template-unclosed",
            TemplateError::Unopened { .. } => "template-unopened",
            TemplateError::Adjacent { .. } => "template-adjacent",
            TemplateError::Sign { .. } => "template-sign",
            TemplateError::InsideAddress { .. } => "template-inside-address",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Variable),
}

/// What places are filled with.
pub type Values = BTreeMap<Variable, String>;

/// Words with places to fill, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTemplate {
    parts: Vec<Part>,
    /// The parts line by line.
    lines: Vec<Vec<Part>>,
}

impl MessageTemplate {
    /// Reads words of at most `max` characters that may use `allowed`. All that is wrong is told at once.
    ///
    /// # Errors
    /// What to change, in the order in which it stands.
    pub fn parse(text: &str, allowed: &[Variable], max: usize) -> Result<Self, Vec<TemplateError>> {
        let length = text.chars().count();
        if length > max {
            return Err(vec![TemplateError::Long { length, max }]);
        }
        if text.trim().is_empty() {
            return Err(vec![TemplateError::Empty]);
        }
        let mut wrong = Vec::new();
        let mut parts = Vec::new();
        let mut before = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(is_brace) {
            let (plain, found) = rest.split_at(at);
            let mut found = found.chars();
            let brace = found.next().unwrap_or('{');
            rest = found.as_str();
            before.push_str(plain);
            if is_closing(brace) {
                let after = before.chars().rev().take(6).collect::<Vec<_>>();
                wrong.push(TemplateError::Unopened {
                    after: after.into_iter().rev().collect(),
                });
                continue;
            }
            let end = rest.find(is_brace).filter(|end| rest[*end..].starts_with(is_closing));
            let Some(end) = end else {
                wrong.push(TemplateError::Unclosed {
                    before: rest.chars().take(6).collect(),
                });
                continue;
            };
            let name = rest[..end].trim();
            rest = rest[end..].strip_prefix(is_closing).unwrap_or_default();
            match Variable::from_name(name).filter(|found| allowed.contains(found)) {
                Some(variable) => {
                    if !before.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut before)));
                    }
                    parts.push(Part::Place(variable));
                }
                None => wrong.push(TemplateError::Unknown {
                    name: name.chars().take(20).collect(),
                }),
            }
        }
        before.push_str(rest);
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        if wrong.is_empty() {
            let lines = by_line(&parts);
            Ok(Self { parts, lines })
        } else {
            Err(wrong)
        }
    }

    /// The same for a text message, with what providers demand.
    ///
    /// # Errors
    /// As [`MessageTemplate::parse`]; places side by side, refused signs, places inside web addresses.
    pub fn parse_sms(text: &str, allowed: &[Variable], max: usize) -> Result<Self, Vec<TemplateError>> {
        let template = Self::parse(text, allowed, max)?;
        let mut wrong: Vec<TemplateError> = REFUSED_SIGNS
            .into_iter()
            .filter(|sign| text.contains(*sign))
            .map(|sign| TemplateError::Sign { sign })
            .collect();
        for pair in template.parts.windows(2) {
            match pair {
                [Part::Place(first), Part::Place(second)] => wrong.push(TemplateError::Adjacent {
                    first: *first,
                    second: *second,
                }),
                [Part::Text(text), Part::Place(name)] if ends_in_address(text) => {
                    wrong.push(TemplateError::InsideAddress { name: *name });
                }
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(template) } else { Err(wrong) }
    }

    /// The places, each once, in the order in which they stand first.
    pub fn places(&self) -> Vec<Variable> {
        let mut places = Vec::new();
        for part in &self.parts {
            match part {
                Part::Place(place) if !places.contains(place) => places.push(*place),
                _ => {}
            }
        }
        places
    }

    /// The words filled, as one line: fit for a header. Line breaks and other control characters become spaces, wherever they come from.
    pub fn fill_line(&self, values: &Values) -> String {
        let mut line = String::new();
        for part in &self.parts {
            fill(part, values, &mut line);
        }
        one_line(&line).trim().to_owned()
    }

    /// The words filled, as a text. A line all of whose places are empty is left out, and with it the gap it would leave.
    pub fn fill(&self, values: &Values) -> String {
        let mut lines: Vec<String> = Vec::with_capacity(self.lines.len());
        let mut gap_left = false;
        for line in &self.lines {
            let mut places = line
                .iter()
                .filter_map(|part| match part {
                    Part::Place(place) => Some(*place),
                    Part::Text(_) => None,
                })
                .peekable();
            let has_places = places.peek().is_some();
            if has_places && places.all(|place| values.get(&place).is_none_or(String::is_empty)) {
                gap_left = lines.last().is_none_or(String::is_empty);
                continue;
            }
            let mut text = String::new();
            for part in line {
                fill(part, values, &mut text);
            }
            if gap_left && text.is_empty() {
                continue;
            }
            gap_left = false;
            lines.push(text);
        }
        lines.join("\n").trim_end().to_owned()
    }

    /// The words filled as one sentence for a text message, and what each place was filled with, in the order of [`Self::places`].
    pub fn fill_sms(&self, values: &Values) -> (String, Vec<(Variable, String)>) {
        let short: Values = values
            .iter()
            .map(|(name, value)| (*name, sms::variable(&one_line(value))))
            .collect();
        let places = self
            .places()
            .into_iter()
            .map(|place| (place, short.get(&place).cloned().unwrap_or_default()))
            .collect();
        (self.fill_line(&short), places)
    }
}

fn by_line(parts: &[Part]) -> Vec<Vec<Part>> {
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for part in parts {
        let Part::Text(text) = part else {
            line.push(part.clone());
            continue;
        };
        for (at, piece) in text.split('\n').enumerate() {
            if at > 0 {
                lines.push(std::mem::take(&mut line));
            }
            if !piece.is_empty() {
                line.push(Part::Text(piece.trim_end_matches('\r').to_owned()));
            }
        }
    }
    lines.push(line);
    lines
}

/// Words in a text message for which carriers may refuse it.
pub fn risky_words(text: &str) -> Vec<&'static str> {
    RISKY_WORDS.into_iter().filter(|word| text.contains(word)).collect()
}

fn is_brace(c: char) -> bool {
    matches!(c, '{' | '｛') || is_closing(c)
}

fn is_closing(c: char) -> bool {
    matches!(c, '}' | '｝')
}

/// Whether a text ends inside a web address.
fn ends_in_address(text: &str) -> bool {
    let last = text
        .rsplit(|c: char| c.is_whitespace() || "，。；、".contains(c))
        .next()
        .unwrap_or_default();
    last.contains("://") || last.contains("www.")
}

fn fill(part: &Part, values: &Values, into: &mut String) {
    match part {
        Part::Text(text) => into.push_str(text),
        Part::Place(place) => {
            let value = values.get(place).map_or("", String::as_str);
            if !place.is_several_lines() {
                into.push_str(&one_line(value));
                return;
            }
            for (at, line) in value.split('\n').enumerate() {
                if at > 0 {
                    into.push('\n');
                }
                into.push_str(&one_line(line));
            }
        }
    }
}

/// Without line breaks and other control characters: each run of them is a space.
fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

#[cfg(test)]
mod tests;
