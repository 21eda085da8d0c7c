//! What is said of one session: when, where, who, what to bring. Shared by its own page and by the page of somebody's sign-up.

use jiff::Zoned;
use jiff::civil::Date;

use super::card::{Stand, When, lines, near_day, person, when};
use crate::domain::calendar::LunarDate;
use crate::domain::calendar::format::day_words;
use crate::domain::lang::Lang;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;

/// The facts of a session, in words.
pub(super) struct Facts {
    /// 明天, or nothing.
    pub near: Option<String>,
    /// 9月28日 周四.
    pub day: String,
    /// 八月十四.
    pub lunar: String,
    pub when: When,
    pub title: String,
    pub lines: Vec<String>,
    pub mark: String,
    pub tone: &'static str,
    pub venue: String,
    pub directions: String,
    pub person: String,
    pub seats: String,
    pub about: String,
    pub bring: String,
    pub matters: Vec<String>,
    pub feed: String,
    pub programme: String,
}

impl Facts {
    pub(super) fn of(view: &SessionView, slug: &str, today: Date, stand: Stand, words: Words) -> Self {
        let date = view.starts.date();
        let programme = &view.programme;
        let base = format!("/c/{slug}/programmes/{}", programme.id);
        Self {
            near: near_day(date, today, words),
            day: day_words(date, words.lang),
            lunar: match words.lang {
                Lang::Zh => format!("农历{}", LunarDate::from_date(date).words(words.lang)),
                Lang::En => String::new(),
            },
            when: when(&view.starts, &view.ends, words.lang),
            title: words.pick(&programme.title, &programme.title_en).to_owned(),
            lines: lines(view, words),
            mark: view.venue.mark.clone(),
            tone: view.venue.tone.as_str(),
            venue: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
            directions: words.pick(&view.venue.directions, &view.venue.directions_en).to_owned(),
            person: person(view, words).map_or_else(String::new, |one| {
                format!("{} {}", one.lead, one.name).trim().to_owned()
            }),
            seats: match (stand, view.capacity) {
                (Stand::Open(Some(free)), Some(all)) => words.aa("session-seats", "free", free, "all", all),
                (Stand::Open(None), _) => words.t("session-no-limit"),
                (Stand::Full(waiting), _) => words.n("session-queue", waiting),
                (Stand::Collecting(waiting), _) => words.n("session-collecting", waiting),
                (Stand::JustCome, _) => words.t("session-just-come"),
                (Stand::NotYet | Stand::Closed | Stand::NoQueue, _) => words.t(stand.words()),
                _ => String::new(),
            },
            about: words.pick(&programme.description, &programme.description_en).to_owned(),
            bring: words.pick(&programme.bring, &programme.bring_en).to_owned(),
            matters: programme.matters.clone(),
            feed: format!("{base}/calendar.ics"),
            programme: base,
        }
    }
}

/// A start as a title says it: 明天 上午9:30.
pub(super) fn short_moment(at: &Zoned, today: Date, words: Words) -> String {
    super::card::moment(at, today, words)
}
