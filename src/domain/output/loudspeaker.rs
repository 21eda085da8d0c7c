//! The loudspeaker script (喇叭稿): 60 to 90 characters, numbers spelled for speech, said twice.

use jiff::civil::DateTime;

use super::speech::{spoken, spoken_date, spoken_digits, spoken_time};
use super::{Facts, Standing, cut, near_day};
use crate::domain::calendar::format::weekday_long;
use crate::domain::lang::Lang;

/// The fewest and the most characters of one reading.
pub const LOUDSPEAKER_CHARS: (usize, usize) = (60, 90);

const CALL: &str = "各位居民朋友请注意：";

/// One reading. Titles, venues and reasons that would not fit are cut: who stands in the yard hears time and place whatever happens.
pub fn loudspeaker(facts: &Facts) -> String {
    let mut script = format!("{CALL}{}", what(facts));
    let reason = cut(&spoken(&facts.reason), 18);
    let bring = cut(&spoken(&facts.bring), 14);
    let phone = spoken_digits(&facts.phone);
    let mut rest: Vec<String> = Vec::new();
    if facts.standing != Standing::On && !reason.is_empty() {
        rest.push(format!("因为{reason}。"));
    }
    if facts.standing != Standing::Off {
        match facts.sign_up {
            Some(true) => rest.push("想来的请先报名。".to_owned()),
            Some(false) => rest.push("不用报名，直接来。".to_owned()),
            None => {}
        }
        if !bring.is_empty() {
            rest.push(format!("请带上{bring}。"));
        }
    }
    if !phone.is_empty() {
        rest.push(format!("有事请打电话：{phone}。"));
    }
    for part in rest {
        add(&mut script, &part);
    }
    // What makes a short one long enough to be heard; the first that are needed.
    let padding: &[&str] = match facts.standing {
        Standing::Off => &[
            "给您添麻烦了。",
            "请大家互相转告。",
            "报了名的，社区会一个一个告诉。",
            "听到的请跟邻居说一声。",
        ],
        _ => &[
            "请大家互相转告。",
            "听到的请跟邻居说一声。",
            "走路不方便的，请家里人陪着来。",
            "欢迎大家来。",
        ],
    };
    for part in padding {
        if script.chars().count() >= LOUDSPEAKER_CHARS.0 {
            break;
        }
        add(&mut script, part);
    }
    script
}

/// Adds a sentence when it still fits.
fn add(script: &mut String, part: &str) {
    if script.chars().count() + part.chars().count() <= LOUDSPEAKER_CHARS.1 {
        script.push_str(part);
    }
}

fn what(facts: &Facts) -> String {
    let when = moment(facts.starts, facts);
    let title = |most| cut(&spoken(&facts.title), most);
    let venue = |most| cut(&spoken(&facts.venue), most);
    match facts.standing {
        Standing::On => format!("{when}，在{}，有{}。", venue(16), title(24)),
        Standing::Off => format!("{when}的{}，这一次不办了，请不要过来。", title(24)),
        Standing::Moved(was) if was.date() == facts.starts.date() => {
            let now = spoken_time(facts.starts.time());
            format!("{}的{}，改到{now}，在{}。", moment(was, facts), title(20), venue(14))
        }
        Standing::Moved(was) => {
            format!(
                "原来{}的{}，改到{when}，在{}。",
                moment(was, facts),
                title(14),
                venue(10)
            )
        }
    }
}

fn moment(at: DateTime, facts: &Facts) -> String {
    let day = near_day(at.date(), facts.today).map_or_else(
        || {
            format!(
                "{}{}",
                spoken_date(at.date()),
                weekday_long(at.date().weekday(), Lang::Zh)
            )
        },
        str::to_owned,
    );
    format!("{day}{}", spoken_time(at.time()))
}

/// The script as it is read: once, and once more.
pub fn twice(script: &str) -> String {
    let again = script.strip_prefix(CALL).unwrap_or(script);
    format!("{script}\n再说一遍：{again}")
}

#[cfg(test)]
mod tests {
    use super::*;
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
            sign_up: Some(true),
            bring: String::new(),
            phone: "0374-2188310".to_owned(),
        }
    }

    #[test]
    fn each_state_has_its_script() {
        assert_eq!(
            loudspeaker(&facts()),
            "各位居民朋友请注意：今天下午三点，在多功能厅，有老年反诈课。想来的请先报名。有事请打电话：零三七四，二幺八八三幺零。请大家互相转告。"
        );
        let off = Facts {
            standing: Standing::Off,
            reason: "小张老师出差".to_owned(),
            ..facts()
        };
        assert_eq!(
            loudspeaker(&off),
            "各位居民朋友请注意：今天下午三点的老年反诈课，这一次不办了，请不要过来。因为小张老师出差。有事请打电话：零三七四，二幺八八三幺零。"
        );
        let moved = Facts {
            standing: Standing::Moved(datetime(2026, 11, 26, 9, 30, 0, 0)),
            starts: datetime(2026, 12, 8, 14, 30, 0, 0),
            ..facts()
        };
        assert_eq!(
            loudspeaker(&moved),
            "各位居民朋友请注意：原来今天上午九点半的老年反诈课，改到十二月八号星期二下午两点半，在多功能厅。想来的请先报名。有事请打电话：零三七四，二幺八八三幺零。"
        );
        assert!(twice(&loudspeaker(&off)).contains("\n再说一遍：今天下午三点的老年反诈课"));
    }

    proptest! {
        #[test]
        fn it_is_never_too_short_and_never_too_long(
            title in "[\u{4e00}-\u{9fa5}0-9A-Za-z（）·]{1,40}",
            venue in "[\u{4e00}-\u{9fa5}0-9]{1,60}",
            reason in "[\u{4e00}-\u{9fa5}0-9，。]{0,200}",
            bring in "[\u{4e00}-\u{9fa5}0-9]{0,60}",
            phone in "[0-9-]{0,13}",
            day in 0..400_i64, minute in 0..1440_i64, was in 0..400_i64, standing in 0..3_u8, sign_up: Option<bool>,
        ) {
            use jiff::ToSpan;
            let base = datetime(2026, 11, 26, 0, 0, 0, 0);
            let facts = Facts {
                starts: base + day.days() + minute.minutes(),
                standing: match standing {
                    0 => Standing::On,
                    1 => Standing::Off,
                    _ => Standing::Moved(base + was.days() + (1439 - minute).minutes()),
                },
                title, venue, reason, bring, phone, sign_up,
                ..facts()
            };
            let script = loudspeaker(&facts);
            let long = script.chars().count();
            prop_assert!((LOUDSPEAKER_CHARS.0..=LOUDSPEAKER_CHARS.1).contains(&long), "{long}: {script}");
            prop_assert!(!script.chars().any(|c| c.is_ascii_digit()), "{script}");
        }
    }
}
