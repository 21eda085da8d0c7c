//! The activity record (活动记录): how a session went, in words, for the office's files.

use jiff::Timestamp;

use super::id::SessionId;

/// How many characters the course of a session should have: 150 to 300 is what offices ask for.
pub const PROCESS_CHARS: std::ops::RangeInclusive<usize> = 150..=300;
/// The most characters that are kept of it.
pub const PROCESS_MAX: usize = 1000;
/// The most characters of the shorter texts: purpose, residents' words, what comes next.
pub const REMARK_MAX: usize = 200;
/// The most characters of the report for others.
pub const BRIEF_MAX: usize = 1500;
/// The most people of one kind who help.
pub const HELPERS_MAX: i32 = 500;

/// What is recorded of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Of which session.
    pub session: SessionId,
    /// What it was for; may be empty.
    pub purpose: String,
    /// How it went; may be empty.
    pub process: String,
    /// What residents said; may be empty.
    pub voice: String,
    /// What comes next; may be empty.
    pub next: String,
    /// The report for others as it was edited; empty while it is the generated one.
    pub brief: String,
    /// Who wrote it down.
    pub recorder: String,
    /// Who looked over it.
    pub reviewer: String,
    /// Volunteers there.
    pub volunteers: Option<i32>,
    /// Speakers there.
    pub speakers: Option<i32>,
    /// Staff there.
    pub staff: Option<i32>,
    /// Raised at each change; 0 before the first.
    pub version: i32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The characters of a text as offices count them: without white space.
pub fn length(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// How the course of a session stands against what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fullness {
    /// So many characters are missing.
    Short(usize),
    /// As long as it should be.
    Good,
    /// So many characters are too many.
    Long(usize),
}

/// How a text of the course stands.
pub fn fullness(process: &str) -> Fullness {
    let length = length(process);
    if length < *PROCESS_CHARS.start() {
        Fullness::Short(PROCESS_CHARS.start() - length)
    } else if length > *PROCESS_CHARS.end() {
        Fullness::Long(length - PROCESS_CHARS.end())
    } else {
        Fullness::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_has_a_hundred_and_fifty_to_three_hundred_characters() {
        let of = |count: usize| fullness(&"字".repeat(count));
        assert_eq!(of(0), Fullness::Short(150));
        assert_eq!(of(149), Fullness::Short(1));
        assert_eq!(of(150), Fullness::Good);
        assert_eq!(of(300), Fullness::Good);
        assert_eq!(of(301), Fullness::Long(1));
        assert_eq!(length(" 大家 唱\n了 "), 4, "white space is no character");
    }
}
