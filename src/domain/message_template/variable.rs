//! What the words of a message can be filled with, and which of it an event knows.

use crate::domain::channel::ChannelKind;
use crate::domain::lang::Lang;
use crate::domain::notification::Event;

/// For which kind of channel words are written: how long they may be and how they must look differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A letter: subject and text.
    Mail,
    /// A text message: one sentence, no subject.
    Sms,
    /// A message in a group of staff: a heading and a few lines.
    Robot,
}

crate::domain::planning::named! { Class {
    Mail => "mail",
    Sms => "sms",
    Robot => "robot",
} }

impl Class {
    /// The class of words that a channel carries; whoever phones reads the letter.
    pub fn of(kind: ChannelKind) -> Self {
        match kind {
            ChannelKind::Email | ChannelKind::Call => Class::Mail,
            ChannelKind::Sms => Class::Sms,
            ChannelKind::Robot => Class::Robot,
        }
    }

    /// Whether words of this class have a subject.
    pub fn has_subject(self) -> bool {
        self != Class::Sms
    }
}

/// Something that words can be filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variable {
    /// Who is told.
    Name,
    /// What takes place.
    Title,
    /// When it takes place.
    When,
    /// When it was to take place before it was moved.
    Was,
    /// Where.
    Venue,
    /// Why something changed.
    Reason,
    /// All that changed, a line for each.
    Changes,
    /// How many dates, seats or changes.
    Count,
    /// All dates, a line for each.
    Dates,
    /// When it takes place in general: every Wednesday.
    Rule,
    /// Until when somebody must answer.
    Until,
    /// Where to look or to answer.
    Link,
    /// Which paper runs out.
    Paper,
    /// On which day it runs out.
    Day,
    /// How a proposal was decided.
    Decision,
    /// What was said about it.
    Remark,
    /// What a digest is about.
    Heading,
    /// What a digest says.
    Content,
    /// Name of the community.
    Community,
    /// Telephone number of its office.
    Phone,
}

use Variable::{
    Changes, Community, Content, Count, Dates, Day, Decision, Heading, Link, Name, Paper, Phone, Reason, Remark, Rule,
    Title, Until, Venue, Was, When,
};

impl Variable {
    /// All of them.
    pub const ALL: [Variable; 20] = [
        Name, Title, When, Was, Venue, Reason, Changes, Count, Dates, Rule, Until, Link, Paper, Day, Decision, Remark,
        Heading, Content, Community, Phone,
    ];

    /// Its English name, under which it is also stored and given to providers.
    pub fn as_str(self) -> &'static str {
        self.names().1
    }

    /// Its name in a language.
    pub fn name(self, lang: Lang) -> &'static str {
        let (zh, en) = self.names();
        lang.pick(zh, en)
    }

    /// How it is written between words: `{时间}`, `{when}`.
    pub fn placeholder(self, lang: Lang) -> String {
        format!("{{{}}}", self.name(lang))
    }

    /// Reads a name of either language.
    pub fn from_name(name: &str) -> Option<Variable> {
        let lower = name.to_ascii_lowercase();
        Variable::ALL
            .into_iter()
            .find(|one| one.names().0 == name || one.names().1 == lower)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Name => ("姓名", "name"),
            Title => ("活动", "title"),
            When => ("时间", "when"),
            Was => ("原定", "was"),
            Venue => ("地点", "venue"),
            Reason => ("原因", "reason"),
            Changes => ("变动", "changes"),
            Count => ("次数", "count"),
            Dates => ("日期", "dates"),
            Rule => ("安排", "rule"),
            Until => ("截止", "until"),
            Link => ("网址", "link"),
            Paper => ("证件", "paper"),
            Day => ("到期", "day"),
            Decision => ("答复", "decision"),
            Remark => ("意见", "remark"),
            Heading => ("标题", "heading"),
            Content => ("内容", "content"),
            Community => ("社区", "community"),
            Phone => ("电话", "phone"),
        }
    }

    /// Whether its value may be of several lines.
    pub fn is_several_lines(self) -> bool {
        matches!(self, Changes | Dates | Content)
    }
}

/// What an event knows.
fn known(event: Event) -> &'static [Variable] {
    match event {
        Event::ReminderEvening | Event::ReminderSoon | Event::OfferLapsed | Event::ConfirmSession => {
            &[Title, When, Venue, Link]
        }
        Event::Promoted => &[Title, When, Venue, Count, Dates, Link],
        Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged => {
            &[Title, Was, When, Venue, Reason, Changes, Count, Link]
        }
        Event::Offered => &[Title, When, Venue, Until, Link],
        Event::ConfirmPlace => &[Title, When, Venue, Rule, Count, Until, Link],
        Event::PlaceConfirmed => &[Title, When, Venue, Rule, Count, Dates, Link],
        Event::PaperExpires => &[Paper, Day],
        Event::ProposalDecided => &[Title, Decision, Remark, Link],
        Event::ProposalSubmitted | Event::WeeklySchedule | Event::ReportReady | Event::StoppedComing => {
            &[Heading, Content]
        }
    }
}

/// What the words about an event may use. Text messages carry no links and nothing of several lines; robots greet nobody.
pub fn allowed(event: Event, class: Class) -> Vec<Variable> {
    let name = [Name].into_iter().filter(|_| class != Class::Robot);
    name.chain(known(event).iter().copied())
        .chain([Community, Phone])
        .filter(|one| class != Class::Sms || !(one.is_several_lines() || *one == Link))
        .collect()
}
