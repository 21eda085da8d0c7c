//! The words for the whiteboard at the gate (白板稿): what can be written large by hand, at most 40 characters.

use jiff::civil::DateTime;

use super::{Facts, Standing, cut, near_day};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::day_words;
use crate::domain::lang::Lang;

/// The most characters of a whiteboard, the ends of lines included.
pub const WHITEBOARD_CHARS: usize = 40;

/// The words, a line each. A title or venue that would not fit is cut; when, and whether at all, always stands there.
pub fn whiteboard(facts: &Facts) -> String {
    let when = moment(facts.starts, facts);
    let mut lines = match facts.standing {
        Standing::On => vec![when, short(&facts.title, 12), short(&facts.venue, 8)],
        Standing::Off => vec![when, short(&facts.title, 12), "不办了".to_owned()],
        Standing::Moved(_) => vec![short(&facts.title, 10), format!("改到{when}"), short(&facts.venue, 8)],
    };
    let more = match facts.standing {
        Standing::On => match facts.sign_up {
            Some(true) => "请先报名".to_owned(),
            Some(false) => "不用报名".to_owned(),
            None => String::new(),
        },
        Standing::Off | Standing::Moved(_) => facts.reason.trim().to_owned(),
    };
    let long: usize = lines.iter().map(|line| line.chars().count() + 1).sum();
    // A reason that does not fit whole is left out: half a reason is a riddle.
    if !more.is_empty() && !more.contains('\n') && long + more.chars().count() <= WHITEBOARD_CHARS {
        lines.push(more);
    }
    lines.join("\n")
}

fn moment(at: DateTime, facts: &Facts) -> String {
    let day = near_day(at.date(), facts.today).map_or_else(|| day_words(at.date(), Lang::Zh), str::to_owned);
    format!("{day} {}", time_words(at.time(), Lang::Zh))
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    format!("{}…", cut(text, most - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;

    fn facts() -> Facts {
        Facts {
            today: date(2026, 11, 26),
            starts: datetime(2026, 11, 26, 15, 0, 0, 0),
            title: "老年反诈课".to_owned(),
            venue: "多功能厅".to_owned(),
            standing: Standing::On,
            reason: String::new(),
            sign_up: Some(false),
            bring: String::new(),
            phone: String::new(),
        }
    }

    #[test]
    fn each_state_has_its_words() {
        assert_eq!(whiteboard(&facts()), "今天 下午3:00\n老年反诈课\n多功能厅\n不用报名");
        let off = Facts {
            standing: Standing::Off,
            reason: "小张老师出差".to_owned(),
            starts: datetime(2026, 12, 8, 9, 30, 0, 0),
            ..facts()
        };
        assert_eq!(
            whiteboard(&off),
            "12月8日 周二 上午9:30\n老年反诈课\n不办了\n小张老师出差"
        );
        let moved = Facts {
            standing: Standing::Moved(datetime(2026, 11, 26, 9, 0, 0, 0)),
            ..facts()
        };
        assert_eq!(whiteboard(&moved), "老年反诈课\n改到今天 下午3:00\n多功能厅");
    }

    proptest! {
        #[test]
        fn it_always_fits_and_always_says_when(
            title in "\\PC{1,40}", venue in "\\PC{1,60}", reason in "\\PC{0,200}",
            day in 0..400_i64, minute in 0..1440_i64, standing in 0..3_u8, sign_up: Option<bool>,
        ) {
            let starts = datetime(2026, 11, 26, 0, 0, 0, 0) + day.days() + minute.minutes();
            let facts = Facts {
                starts,
                standing: match standing {
                    0 => Standing::On,
                    1 => Standing::Off,
                    _ => Standing::Moved(datetime(2026, 11, 20, 9, 0, 0, 0)),
                },
                title, venue, reason, sign_up,
                ..facts()
            };
            let words = whiteboard(&facts);
            prop_assert!(words.chars().count() <= WHITEBOARD_CHARS, "{words}");
            prop_assert!(words.contains(&time_words(starts.time(), Lang::Zh)), "{words}");
            prop_assert_eq!(standing == 1, words.contains("不办了"));
        }
    }
}
