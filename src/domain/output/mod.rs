//! What is written by hand or called out, made from one session: the words for the whiteboard at the gate and for the loudspeaker.
//!
//! Both are for residents and in Chinese. Their lengths always hold (`CHINA.md` §6): 40 characters fit a whiteboard, and 60 to 90 can be
//! followed by somebody who hears them once.

mod loudspeaker;
mod speech;
mod whiteboard;

pub use loudspeaker::{LOUDSPEAKER_CHARS, loudspeaker, twice};
pub use speech::{spoken, spoken_date, spoken_digits, spoken_number, spoken_time};
pub use whiteboard::{WHITEBOARD_CHARS, whiteboard};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It takes place.
    On,
    /// It is called off.
    Off,
    /// It was moved here from this start.
    Moved(DateTime),
}

/// What is said of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The day on which it is said.
    pub today: Date,
    /// Start, on the community's clock.
    pub starts: DateTime,
    /// Title.
    pub title: String,
    /// Name of the venue.
    pub venue: String,
    /// How it stands.
    pub standing: Standing,
    /// Why it was called off or moved; may be empty.
    pub reason: String,
    /// Whether one must sign up; none when it is left to people.
    pub sign_up: Option<bool>,
    /// What to bring; may be empty.
    pub bring: String,
    /// Telephone number of the community; may be empty.
    pub phone: String,
}

/// 今天, 明天 or 后天, when it is one of them.
fn near_day(day: Date, today: Date) -> Option<&'static str> {
    ["今天", "明天", "后天"]
        .into_iter()
        .zip(0_i64..)
        .find(|(_, after)| today.checked_add(after.days()).is_ok_and(|then| then == day))
        .map(|(name, _)| name)
}

/// The first `most` characters of a text, without white space and marks hanging at the end.
fn cut(text: &str, most: usize) -> String {
    let cut: String = text.chars().take(most).collect();
    cut.trim_end_matches(|c: char| c.is_whitespace() || "，。、；：,.;:（(·-—".contains(c))
        .to_owned()
}
