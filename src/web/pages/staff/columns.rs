//! The planner's columns: the days of a week, or the venues of one day, with the cards that stand in them.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::board::{Hours, Span, lay_out};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, month_day, weekday_short};
use crate::domain::calendar::lunar::festival;
use crate::domain::calendar::{DayKind, HolidayCalendar, LunarDate};
use crate::domain::community::Venue;
use crate::domain::id::{SessionId, VenueId};
use crate::domain::planning::{SessionStatus, Shut, SignUpMode};
use crate::services::proposal::ProposalView;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;

/// One card of the board.
pub struct Card {
    /// Classes of its place.
    pub place: String,
    /// Classes of its state.
    pub class: String,
    /// Where it leads.
    pub href: String,
    /// Its id in the page.
    pub anchor: String,
    /// The session, for dragging.
    pub session: String,
    /// Its length.
    pub minutes: i32,
    /// Its start, minutes after midnight.
    pub from: i32,
    /// Its sequence as shown here.
    pub sequence: i32,
    /// Whether its venue is outdoors.
    pub outdoor: bool,
    /// Whether it may be dragged.
    pub movable: bool,
    /// Whether it is the chosen one.
    pub current: bool,
    /// Whether it shares its venue with another one at the time.
    pub clash: bool,
    /// 一字章 of its venue.
    pub mark: String,
    /// Colour family of its venue.
    pub tone: &'static str,
    /// `9:00`.
    pub clock: String,
    /// Title.
    pub title: String,
    /// Who and how many.
    pub note: String,
    /// What only readers hear, and phones show.
    pub said: String,
}

/// One column of the board.
pub struct Column {
    /// Classes: `today`, `xiu`, `ban`, `slim`.
    pub class: String,
    /// Its day, `2026-11-25`.
    pub date: String,
    /// Its venue, in the view by venue.
    pub venue: Option<String>,
    /// Day of the month, in the view by day.
    pub number: i8,
    /// 一字章, in the view by venue.
    pub mark: String,
    /// Colour family, in the view by venue.
    pub tone: &'static str,
    /// Weekday, or venue.
    pub name: String,
    /// Lunar date or festival; seats of a venue.
    pub note: String,
    /// The whole heading for readers.
    pub said: String,
    /// Whether its venue is outdoors, in the view by venue.
    pub outdoor: bool,
    /// Whether it is an official day off.
    pub is_off: bool,
    /// Whether it is a make-up workday.
    pub is_made_up: bool,
    /// What is shut then and why, in words; empty when everything is open.
    pub shut: String,
    /// Classes of the line at the present minute.
    pub now: Option<String>,
    /// What stands in it, in order of time.
    pub cards: Vec<Card>,
}

/// What the columns are made from.
pub struct Drawing<'a> {
    /// Words of the reader.
    pub words: Words,
    /// The present moment on the community's clock.
    pub now: &'a Zoned,
    /// The official calendar in force.
    pub holidays: &'a HolidayCalendar,
    /// The chosen session.
    pub chosen: Option<SessionId>,
    /// Only this venue.
    pub only: Option<VenueId>,
    /// The address of the page with a session chosen.
    pub href: &'a dyn Fn(SessionId) -> String,
    /// Proposals that wait for staff.
    pub waiting: &'a [ProposalView],
    /// Venues that are shut for a time.
    pub shut: &'a [(Shut, String)],
}

/// What a card stands for.
#[derive(Clone, Copy)]
enum What<'a> {
    /// A session where it stands.
    Session(&'a SessionView),
    /// A session where it stood before it was moved.
    Ghost(&'a SessionView),
    /// A date that a proposal asks for.
    Asked(&'a ProposalView),
}

/// A card before it has its place.
struct Standing<'a> {
    what: What<'a>,
    venue: &'a Venue,
    date: Date,
    span: Span,
}

fn minute_of(at: &Zoned) -> i32 {
    i32::from(at.hour()) * 60 + i32::from(at.minute())
}

/// Minutes a session lasts.
pub fn minutes_of(session: &SessionView) -> i32 {
    let minutes = session
        .ends
        .timestamp()
        .duration_since(session.starts.timestamp())
        .as_mins();
    i32::try_from(minutes).unwrap_or(i32::MAX)
}

fn span(starts: &Zoned, minutes: i32) -> Span {
    let from = minute_of(starts);
    Span {
        from,
        to: (from + minutes).min(1440).max(from + 1),
    }
}

fn standing(session: &SessionView) -> Vec<Standing<'_>> {
    let minutes = minutes_of(session);
    let at = |what, starts: &Zoned, venue| Standing {
        what,
        venue,
        date: starts.date(),
        span: span(starts, minutes),
    };
    let mut places = vec![at(What::Session(session), &session.starts, &session.venue)];
    if let Some((starts, venue)) = &session.moved_from {
        let venue = venue.as_ref().unwrap_or(&session.venue);
        places.push(at(What::Ghost(session), starts, venue));
    }
    places
}

fn asked<'a>(view: &'a ProposalView, zone: &TimeZone) -> Vec<Standing<'a>> {
    view.dates
        .slots
        .iter()
        .map(|slot| {
            let starts = slot.starts_at.to_zoned(zone.clone());
            Standing {
                what: What::Asked(view),
                venue: &view.venue,
                date: starts.date(),
                span: span(&starts, view.proposal.offer.duration_minutes),
            }
        })
        .collect()
}

impl Drawing<'_> {
    /// The hours of the board and a column for each day of `days`.
    pub fn by_day(&self, days: &[Date], sessions: &[SessionView]) -> (Hours, Vec<Column>) {
        let all = self.shown(sessions);
        let all: Vec<Standing> = all.into_iter().filter(|card| days.contains(&card.date)).collect();
        let hours = Hours::around(all.iter().map(|card| card.span));
        let columns = days
            .iter()
            .map(|date| {
                let cards = self.cards(hours, all.iter().filter(|card| card.date == *date).collect());
                let mut column = self.day_column(hours, *date);
                if cards.len() <= 1 && *date != self.now.date() {
                    column.class.push_str(" slim");
                }
                column.cards = cards;
                column.shut = self.shut_on(*date, self.only);
                column
            })
            .collect();
        (hours, columns)
    }

    /// The hours of the board and a column for each venue, on one day.
    pub fn by_venue(&self, date: Date, venues: &[Venue], sessions: &[SessionView]) -> (Hours, Vec<Column>) {
        let all = self.shown(sessions);
        let all: Vec<Standing> = all.into_iter().filter(|card| card.date == date).collect();
        let hours = Hours::around(all.iter().map(|card| card.span));
        let columns = venues
            .iter()
            .filter(|venue| self.only.is_none_or(|only| only == venue.id))
            .map(|venue| {
                let name = self.words.pick(&venue.name, &venue.name_en).to_owned();
                let mut column = self.day_column(hours, date);
                column.said = format!("{name} {}", day_words(date, self.words.lang));
                column.venue = Some(venue.id.to_string());
                column.mark.clone_from(&venue.mark);
                column.tone = venue.tone.as_str();
                column.outdoor = venue.outdoor;
                column.name = name;
                column.note = self.words.n("staff-card-people", venue.capacity);
                column.shut = self.shut_on(date, Some(venue.id));
                column.cards = self.cards(hours, all.iter().filter(|card| card.venue.id == venue.id).collect());
                column
            })
            .collect();
        (hours, columns)
    }

    fn shown<'s>(&'s self, sessions: &'s [SessionView]) -> Vec<Standing<'s>> {
        let zone = self.now.time_zone();
        let waiting = self.waiting.iter().flat_map(|view| asked(view, zone));
        sessions
            .iter()
            .flat_map(standing)
            .chain(waiting)
            .filter(|card| self.only.is_none_or(|only| only == card.venue.id))
            .collect()
    }

    /// What is shut on a day and why, in words: of one venue, or of all.
    fn shut_on(&self, date: Date, only: Option<VenueId>) -> String {
        let zone = self.now.time_zone();
        let said: Vec<String> = self
            .shut
            .iter()
            .filter(|(shut, _)| only.is_none_or(|venue| venue == shut.venue_id))
            .filter(|(shut, _)| {
                let (from, to) = (zone.to_datetime(shut.from), zone.to_datetime(shut.to));
                // One that ends at midnight does not reach into the next day.
                from.date() <= date && to > date.to_datetime(jiff::civil::Time::midnight())
            })
            .map(|(shut, venue)| format!("{venue}{}", self.words.in_brackets(&shut.reason)))
            .collect();
        if said.is_empty() {
            String::new()
        } else {
            let venues = said.join(&self.words.t("staff-list-mark"));
            self.words.a("closure-shuts", "venues", venues)
        }
    }

    fn day_column(&self, hours: Hours, date: Date) -> Column {
        let words = self.words;
        let today = self.now.date() == date;
        let kind = self.holidays.day(date);
        let is_off = matches!(kind, DayKind::Holiday(_));
        let is_made_up = matches!(kind, DayKind::MakeUpWorkday(_));
        let weekday = weekday_short(date.weekday(), words.lang);
        let name = if today {
            format!("{weekday} {}", words.t("staff-week-today"))
        } else {
            weekday.to_owned()
        };
        let class = [(today, "today"), (is_off, "xiu"), (is_made_up, "ban")]
            .into_iter()
            .filter_map(|(on, class)| on.then_some(class))
            .collect::<Vec<_>>()
            .join(" ");
        Column {
            class,
            date: date.to_string(),
            venue: None,
            number: date.day(),
            mark: String::new(),
            tone: "wai",
            said: format!("{} {name}", month_day(date, words.lang)),
            name,
            note: day_note(words, self.holidays, date),
            outdoor: false,
            is_off,
            is_made_up,
            shut: String::new(),
            now: today.then(|| hours.now_line(minute_of(self.now))).flatten(),
            cards: Vec::new(),
        }
    }

    fn cards(&self, hours: Hours, mut standing: Vec<&Standing>) -> Vec<Card> {
        standing.sort_by_key(|card| (card.span.from, card.span.to, card.order()));
        let spans: Vec<Span> = standing.iter().map(|card| card.span).collect();
        let places = lay_out(hours, &spans);
        let clashes: Vec<bool> = standing
            .iter()
            .enumerate()
            .map(|(at, card)| {
                card.takes_room()
                    && standing.iter().enumerate().any(|(other_at, other)| {
                        other_at != at
                            && other.takes_room()
                            && other.venue.id == card.venue.id
                            && other.span.meets(card.span)
                    })
            })
            .collect();
        standing
            .into_iter()
            .zip(places)
            .zip(clashes)
            .map(|((standing, place), clash)| {
                let class = [
                    (place.is_thin(), "thin"),
                    (matches!(standing.what, What::Ghost(_)), "ghost"),
                    (matches!(standing.what, What::Asked(_)), "ask"),
                    (
                        matches!(standing.what, What::Session(session) if session.is_cancelled()),
                        "off",
                    ),
                    (clash, "clash"),
                ];
                let class: Vec<&str> = class
                    .into_iter()
                    .filter_map(|(on, class)| on.then_some(class))
                    .collect();
                self.card(standing, place.class(), class.join(" "), clash)
            })
            .collect()
    }

    fn card(&self, standing: &Standing, place: String, class: String, clash: bool) -> Card {
        let words = self.words;
        let Span { from, to } = standing.span;
        let time = |minute: i32| jiff::civil::time((minute / 60).min(23) as i8, (minute % 60) as i8, 0, 0);
        let mut card = Card {
            place,
            class,
            href: String::new(),
            anchor: String::new(),
            session: String::new(),
            minutes: to - from,
            from,
            sequence: 0,
            outdoor: standing.venue.outdoor,
            movable: false,
            current: false,
            clash,
            mark: standing.venue.mark.clone(),
            tone: standing.venue.tone.as_str(),
            clock: format!("{}:{:02}", from / 60, from % 60),
            title: String::new(),
            note: String::new(),
            said: words.aa(
                "staff-card-said",
                "time",
                time_range_short(time(from), time(to), words.lang),
                "venue",
                words.pick(&standing.venue.name, &standing.venue.name_en),
            ),
        };
        match standing.what {
            What::Session(session) => {
                let open = matches!(session.status, SessionStatus::Scheduled | SessionStatus::Provisional);
                card.href = (self.href)(session.id);
                card.anchor = format!("s-{}", session.id);
                card.session = session.id.to_string();
                card.sequence = session.sequence;
                card.movable = open && session.visits() == 0 && session.ends > *self.now;
                card.current = self.chosen == Some(session.id);
                words
                    .pick(&session.programme.title, &session.programme.title_en)
                    .clone_into(&mut card.title);
                card.note = self.note(session);
            }
            What::Ghost(session) => {
                let at = &session.starts;
                let when = if at.date() == standing.date {
                    format!("{}:{:02}", at.hour(), at.minute())
                } else {
                    weekday_short(at.date().weekday(), words.lang).to_owned()
                };
                card.href = (self.href)(session.id);
                card.anchor = format!("was-{}", session.id);
                words
                    .pick(&session.programme.title, &session.programme.title_en)
                    .clone_into(&mut card.title);
                card.note = words.a("staff-card-moved-to", "when", when);
            }
            What::Asked(view) => {
                card.href = format!("/staff/partners#p-{}", view.proposal.id);
                card.anchor = format!("p-{}-{}", view.proposal.id, standing.date);
                card.title.clone_from(&view.proposal.offer.title);
                card.note = words.t("staff-card-ask");
            }
        }
        card
    }

    fn note(&self, session: &SessionView) -> String {
        let words = self.words;
        if session.is_cancelled() {
            return session
                .reason
                .clone()
                .filter(|reason| !reason.is_empty())
                .unwrap_or_else(|| words.t("staff-card-off"));
        }
        let who = session
            .facilitator
            .as_ref()
            .map(|person| words.pick(&person.name, &person.name_en).to_owned());
        [who, people(words, session)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Standing<'_> {
    /// Whether it takes its venue: what is called off or was moved away does not.
    fn takes_room(&self) -> bool {
        match self.what {
            What::Session(session) => !session.is_cancelled(),
            What::Ghost(_) => false,
            What::Asked(_) => true,
        }
    }

    /// The order of cards at one and the same time.
    fn order(&self) -> (u8, uuid::Uuid) {
        match self.what {
            What::Session(session) => (0, session.id.0),
            What::Ghost(session) => (1, session.id.0),
            What::Asked(view) => (2, view.proposal.id.0),
        }
    }
}

/// How many are counted or signed up, short; nothing where nobody signs up.
fn people(words: Words, session: &SessionView) -> Option<String> {
    let visits = session.named + session.headcount;
    if visits > 0 {
        return Some(words.n("staff-card-people", visits));
    }
    match (session.programme.sign_up, session.capacity) {
        (SignUpMode::None, _) => None,
        (_, Some(seats)) => Some(words.with(
            "staff-card-seats",
            [("n", session.enrolled.into()), ("of", seats.into())],
        )),
        (_, None) => Some(words.n("staff-card-people", session.enrolled)),
    }
}

/// What stands under a day's heading: festival, holiday or lunar date.
pub fn day_note(words: Words, holidays: &HolidayCalendar, date: Date) -> String {
    if let Some(name) = festival(date, words.lang) {
        return name.to_owned();
    }
    match holidays.day(date) {
        DayKind::Holiday(name) => name.to_owned(),
        DayKind::MakeUpWorkday(_) | DayKind::Ordinary => {
            let lunar = LunarDate::from_date(date);
            // Written out, the English would not fit a column.
            if words.is_en() {
                words.a("staff-lunar-short", "date", format!("{}/{}", lunar.month, lunar.day))
            } else {
                lunar.words(words.lang)
            }
        }
    }
}
