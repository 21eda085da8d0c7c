//! One session as residents see it: how it stands now, in words, and what can be pressed.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use crate::domain::calendar::DayPart;
use crate::domain::calendar::day_part::{time_range_words, time_words};
use crate::domain::calendar::format::day_words;
use crate::domain::enrolment::Refusal;
use crate::domain::lang::Lang;
use crate::domain::planning::{SessionStatus, SignUpMode};
use crate::services::schedule::SessionView;
use crate::services::wording::Words;

/// Seats are drawn as dots up to this many; more could not be told at a glance.
const MOST_DOTS: i32 = 12;

/// How a session stands for somebody who thinks of coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Called off.
    Cancelled,
    /// Over.
    Over,
    /// Going on now.
    Now,
    /// Paused until staff have looked into a complaint.
    Paused,
    /// One just comes.
    JustCome,
    /// There are seats: how many, or none when there is no limit.
    Open(Option<i32>),
    /// No seat is free; so many wait.
    Full(i32),
    /// No seat is free, and there is no waiting list.
    NoQueue,
    /// Sign-up has not opened.
    NotYet,
    /// Sign-up has ended.
    Closed,
    /// Sign-ups are collected until the seats are drawn; so many so far.
    Collecting(i32),
}

/// How a session stands at `now`.
pub(super) fn stand(view: &SessionView, now: &Zoned) -> Stand {
    let seats = &view.seats;
    let at = now.timestamp();
    match seats.open(at) {
        Err(Refusal::Cancelled) => Stand::Cancelled,
        Err(Refusal::Begun) if view.status == SessionStatus::Held || view.ends <= *now => Stand::Over,
        Err(Refusal::Begun) => Stand::Now,
        Err(Refusal::Paused) => Stand::Paused,
        Err(Refusal::NotNeeded) => Stand::JustCome,
        Err(Refusal::NotYet) => Stand::NotYet,
        Err(Refusal::Closed) => Stand::Closed,
        Ok(()) if seats.collects() => Stand::Collecting(view.waitlisted),
        Ok(()) if seats.is_full(at) && seats.terms.most_waiting == 0 => Stand::NoQueue,
        Err(_) => Stand::Full(view.waitlisted),
        Ok(()) if seats.is_full(at) => Stand::Full(view.waitlisted),
        Ok(()) => Stand::Open(seats.free_to_all(at).map(|free| free - view.waitlisted)),
    }
}

impl Stand {
    /// The words of a state that needs no number.
    pub(super) fn words(self) -> &'static str {
        match self {
            Stand::Closed => "session-closed",
            Stand::NoQueue => "session-no-queue",
            _ => "session-not-yet",
        }
    }
}

/// When sign-up opens, and until when it lasts where it ends before the start: 10月9日 周五 上午9:00 开始报名; 报名到周二 下午5:00.
pub(super) fn window(view: &SessionView, now: &Zoned, words: Words) -> Option<String> {
    let terms = &view.seats.terms;
    let said = |key: &str, at: Timestamp| {
        let at = at.to_zoned(now.time_zone().clone());
        words.a(key, "when", moment(&at, now.date(), words))
    };
    match stand(view, now) {
        Stand::NotYet => terms.opens_at.map(|opens| said("window-opens", opens)),
        Stand::Collecting(_) => terms.draws_at.map(|draws| said("window-draws", draws)),
        Stand::Open(_) | Stand::Full(_) if terms.closes_at < view.starts.timestamp() => {
            Some(said("window-until", terms.closes_at))
        }
        _ => None,
    }
}

/// A time as it is set on cards: 上午 **9:00** 到 11:00.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub part: String,
    pub clock: String,
    pub to: String,
}

/// A stretch of time, taken apart for setting.
pub(super) fn when(starts: &Zoned, ends: &Zoned, lang: Lang) -> When {
    let range = time_range_words(starts.time(), ends.time(), lang);
    let between = lang.pick(" 到 ", " to ");
    let (from, to) = range.split_once(between).unwrap_or((&range, ""));
    let part = match lang {
        Lang::Zh => DayPart::of(starts.time()).name(lang),
        Lang::En => "",
    };
    When {
        clock: from.strip_prefix(part).unwrap_or(from).to_owned(),
        part: part.to_owned(),
        to: format!("{} {to}", between.trim()),
    }
}

/// A day as people say it: 今天, 明天, 后天; then the date. `today` is the community's.
pub(super) fn near_day(day: Date, today: Date, words: Words) -> Option<String> {
    let key = match (day - today).get_days() {
        0 => "day-today",
        1 => "day-tomorrow",
        2 => "day-after-tomorrow",
        -1 => "day-yesterday",
        _ => return None,
    };
    Some(words.t(key))
}

/// A moment as people say it: 明天 下午4:00, 10月9日 周一 上午9:00.
pub(super) fn moment(at: &Zoned, today: Date, words: Words) -> String {
    let day = near_day(at.date(), today, words).unwrap_or_else(|| day_words(at.date(), words.lang));
    let joint = words.lang.pick(" ", ", ");
    format!("{day}{joint}{}", time_words(at.time(), words.lang))
}

/// The strip at the top of a card: icon and words, its look named by a class.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
}

/// Who gives a session: what they do or where from, and the name.
#[derive(Clone, Debug)]
pub(in crate::web::pages) struct Person {
    pub lead: String,
    pub name: String,
}

/// A card of the week page.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub id: String,
    pub href: String,
    pub class: &'static str,
    pub strip: Option<Strip>,
    pub when: When,
    pub title: String,
    pub lines: Vec<String>,
    pub mark: String,
    pub tone: &'static str,
    pub venue: String,
    pub directions: String,
    pub person: Option<Person>,
    /// How many seats are left, in up to three pieces: the second one is set large.
    pub left: Vec<String>,
    /// Seats as dots: taken, free.
    pub dots: Option<(i32, i32)>,
    pub why: String,
    pub button: Option<Button>,
}

/// The one thing to press.
#[derive(Clone, Debug)]
pub(super) struct Button {
    pub label: String,
    pub class: &'static str,
    /// What it is about, for those who hear the page.
    pub about: String,
}

/// Who gives a session.
pub(in crate::web::pages) fn person(view: &SessionView, words: Words) -> Option<Person> {
    let partner = view
        .partner
        .as_ref()
        .map(|partner| words.pick(&partner.name, &partner.name_en));
    match (&view.facilitator, partner) {
        (Some(facilitator), partner) => Some(Person {
            lead: match partner {
                Some(partner) if facilitator.partner_id.is_some() => partner.to_owned(),
                _ if words.is_en() => String::new(),
                _ => facilitator.duty.clone(),
            },
            name: words.pick(&facilitator.name, &facilitator.name_en).to_owned(),
        }),
        (None, Some(partner)) => Some(Person {
            lead: partner.to_owned(),
            name: String::new(),
        }),
        (None, None) => None,
    }
}

/// The lines under a title: slogan, number and topic.
pub(super) fn lines(view: &SessionView, words: Words) -> Vec<String> {
    let mut lines = Vec::new();
    let slogan = words.pick(&view.programme.slogan, &view.programme.slogan_en);
    if !slogan.is_empty() {
        lines.push(slogan.to_owned());
    }
    if let Some(topic) = view.topic.as_ref().filter(|topic| !topic.is_empty()) {
        lines.push(match view.number {
            Some(number) => format!("{} {topic}", words.n("session-number", number)),
            None => topic.clone(),
        });
    }
    lines
}

/// Where a session came from, when it was moved: 原来是今天下午2:30.
pub(super) fn came_from(view: &SessionView, today: Date, words: Words) -> Option<String> {
    let (before, venue) = view.moved_from.as_ref()?;
    if before.timestamp() != view.starts.timestamp() {
        let text = if before.date() == view.starts.date() {
            time_words(before.time(), words.lang)
        } else {
            moment(before, today, words)
        };
        return Some(words.a("session-moved-from", "when", text));
    }
    let venue = venue.as_ref()?;
    Some(words.a("session-moved-place", "venue", words.pick(&venue.name, &venue.name_en)))
}

/// The words of `key`, which mark with `|` where a number is set large.
fn pieces(words: Words, key: &str, n: i32) -> Vec<String> {
    words.n(key, n).split('|').map(ToOwned::to_owned).collect()
}

impl Card {
    /// The card of a session at its time. `next` is when the series goes on after a cancelled one.
    pub(super) fn of(view: &SessionView, slug: &str, now: &Zoned, words: Words, next: Option<&Zoned>) -> Self {
        let today = now.date();
        let stand = stand(view, now);
        let mut card = Self::plain(view, slug, words);
        let strip = |class, icon, key: &str| {
            Some(Strip {
                class,
                icon,
                text: words.t(key),
            })
        };
        match stand {
            Stand::Cancelled => {
                card.class = "is-off";
                card.strip = strip("off", "x", "session-off");
                card.why = view.reason.clone().unwrap_or_else(|| reason(view, words));
                if let Some(next) = next {
                    card.why
                        .push_str(&words.a("session-next", "when", moment(next, today, words)));
                }
                return card;
            }
            Stand::Paused => {
                card.class = "is-off";
                card.strip = strip("off", "info", "session-paused");
                card.why = words.t("session-paused-why");
                return card;
            }
            Stand::Over => card.strip = strip("over", "check", "session-over"),
            Stand::Now => {
                card.strip = strip("now", "clock", "session-now");
                if view.programme.sign_up == SignUpMode::None {
                    card.left = vec![words.t("session-just-come")];
                }
            }
            Stand::JustCome => card.left = vec![words.t("session-just-come")],
            Stand::Open(free) => {
                card.left = match free {
                    Some(free) => pieces(words, "session-left", free),
                    None => vec![words.t("session-no-limit")],
                };
                card.dots = view
                    .capacity
                    .zip(free)
                    .filter(|(capacity, _)| *capacity <= MOST_DOTS)
                    .map(|(capacity, free)| (capacity - free, free));
                card.button = Some(card.button(view, today, words, "session-sign-up", ""));
            }
            Stand::NotYet | Stand::Closed => card.left = vec![words.t(stand.words())],
            Stand::NoQueue => {
                card.strip = strip("full", "queue", "session-no-queue");
            }
            Stand::Collecting(waiting) => {
                card.left = vec![words.n("session-collecting", waiting)];
                card.button = Some(card.button(view, today, words, "session-sign-up", ""));
            }
            Stand::Full(waiting) => {
                card.strip = strip("full", "queue", "session-full");
                card.left = vec![words.n("session-queue", waiting)];
                card.button = Some(card.button(view, today, words, "session-join-queue", "line"));
            }
        }
        if let Some(window) = window(view, now, words) {
            card.left = match stand {
                Stand::NotYet => vec![window],
                _ => card.left,
            };
        }
        if stand != Stand::Over {
            if let Some(from) = came_from(view, today, words) {
                card.why = from;
            } else if view.status == SessionStatus::Provisional {
                card.why = words.t("session-provisional");
            }
        }
        card
    }

    /// The card that stays where a moved session stood, and says where it went.
    pub(super) fn ghost(view: &SessionView, before: &Zoned, slug: &str, today: Date, words: Words) -> Self {
        let mut card = Self::plain(view, slug, words);
        let ends = before + (view.ends.timestamp() - view.starts.timestamp());
        card.id = format!("was-{}", card.id);
        card.class = "is-moved";
        card.when = when(before, &ends, words.lang);
        card.strip = Some(Strip {
            class: "moved",
            icon: "arrow",
            text: words.a("session-moved-to", "when", moment(&view.starts, today, words)),
        });
        if let Some((_, Some(venue))) = &view.moved_from {
            card.mark.clone_from(&venue.mark);
            card.tone = venue.tone.as_str();
            words.pick(&venue.name, &venue.name_en).clone_into(&mut card.venue);
            words
                .pick(&venue.directions, &venue.directions_en)
                .clone_into(&mut card.directions);
        }
        card.why = view.reason.clone().unwrap_or_else(|| reason(view, words));
        card
    }

    fn plain(view: &SessionView, slug: &str, words: Words) -> Self {
        Self {
            id: format!("s{}", view.id.0.simple()),
            href: format!("/c/{slug}/sessions/{}", view.id),
            class: "",
            strip: None,
            when: when(&view.starts, &view.ends, words.lang),
            title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
            lines: lines(view, words),
            mark: view.venue.mark.clone(),
            tone: view.venue.tone.as_str(),
            venue: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
            directions: words.pick(&view.venue.directions, &view.venue.directions_en).to_owned(),
            person: person(view, words),
            left: Vec::new(),
            dots: None,
            why: String::new(),
            button: None,
        }
    }

    fn button(&self, view: &SessionView, today: Date, words: Words, label: &str, class: &'static str) -> Button {
        let joint = words.lang.pick("：", ": ");
        Button {
            label: words.t(label),
            class,
            about: format!("{joint}{} {}", moment(&view.starts, today, words), self.title),
        }
    }
}

/// Why it was changed, from the list; nothing for "other".
pub(in crate::web::pages) fn reason(view: &SessionView, words: Words) -> String {
    view.reason_code
        .and_then(|code| words.find(&format!("session-reason-{}", code.as_str().replace('_', "-"))))
        .unwrap_or_default()
}
