//! What a message says, apart from its words: facts by the name of the variable that stands for them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::default_words::{Draft, draft};
use super::letter::when;
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{moment_words, month_day};
use crate::domain::id::CommunityId;
use crate::domain::message_template::{
    BODY_CHARS, Class, MessageTemplate, SUBJECT_CHARS, TemplateError, Values, Variable, allowed,
};
use crate::domain::notification::Event;
use crate::domain::sms::VARIABLE_CHARS;
use crate::services::Result;
use crate::services::wording::Words;
use crate::storage::message_template::{self as templates, Place};
use crate::storage::notification::Sender;
use crate::storage::{self, Connection};

enum Fact {
    Text(String),
    At(Timestamp),
}

/// What a message says.
pub(in crate::services) struct Story {
    /// What it is about: whose words are used.
    pub event: Event,
    /// Whether it is about several dates at once.
    pub several: bool,
    facts: BTreeMap<Variable, Fact>,
}

impl Story {
    /// A story of which nothing is told yet.
    pub fn new(event: Event) -> Self {
        Self {
            event,
            several: false,
            facts: BTreeMap::new(),
        }
    }

    /// A digest: what it is about, and its lines.
    pub fn digest(event: Event, heading: String, lines: &[String]) -> Self {
        Self::new(event)
            .text(Variable::Heading, heading)
            .text(Variable::Content, lines.join("\n"))
    }

    /// The same with a text.
    #[must_use]
    pub fn text(mut self, variable: Variable, text: impl Into<String>) -> Self {
        self.facts.insert(variable, Fact::Text(text.into()));
        self
    }

    /// The same with an instant, which is said as fits the channel.
    #[must_use]
    pub fn at(mut self, variable: Variable, at: Timestamp) -> Self {
        self.facts.insert(variable, Fact::At(at));
        self
    }

    /// The same about several dates.
    #[must_use]
    pub fn several(mut self) -> Self {
        self.several = true;
        self
    }

    /// What the variables stand for, said on the clock of the community to `name`.
    pub fn values(&self, class: Class, name: &str, sender: &Sender, now: Timestamp, words: Words) -> Values {
        let said = |variable: Variable, at: Timestamp| match (class, variable) {
            (Class::Mail | Class::Robot, _) => when(at, sender, now, words),
            (Class::Sms, Variable::Was | Variable::Until) => bare_when(at, sender, words),
            (Class::Sms, _) => short_when(at, sender, now, words),
        };
        let mut values: Values = self
            .facts
            .iter()
            .map(|(variable, fact)| {
                let text = match fact {
                    Fact::Text(text) => text.clone(),
                    Fact::At(at) => said(*variable, *at),
                };
                (*variable, text)
            })
            .collect();
        values.insert(Variable::Name, name.to_owned());
        values.insert(Variable::Community, sender.name.clone());
        values.insert(Variable::Phone, sender.phone.clone());
        values
    }
}

/// An instant in at most [`VARIABLE_CHARS`], which is what a variable of a text message may have: `明天11月26日 周四 下午3:00`. A language that needs
/// more leaves out how near it is, then the weekday: the time is never cut off.
fn short_when(at: Timestamp, sender: &Sender, now: Timestamp, words: Words) -> String {
    let local = sender.zone.to_datetime(at);
    let today = sender.zone.to_datetime(now).date();
    let moment = moment_words(local, words.lang);
    let near = match local.date().since(today).map(|span| span.get_days()) {
        Ok(0) => words.a("sms-today", "moment", moment.clone()),
        Ok(1) => words.a("sms-tomorrow", "moment", moment.clone()),
        _ => moment.clone(),
    };
    let fits = |said: &String| said.chars().count() <= VARIABLE_CHARS;
    [near, moment]
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| bare_when(at, sender, words))
}

/// An instant by its date and time alone, as whoever knows it already is reminded of it: `11月26日下午3:00`.
fn bare_when(at: Timestamp, sender: &Sender, words: Words) -> String {
    let local = sender.zone.to_datetime(at);
    let lang = words.lang;
    let between = lang.pick("", ", ");
    format!(
        "{}{between}{}",
        month_day(local.date(), lang),
        time_words(local.time(), lang)
    )
}

/// Words with their variables filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Subject, one line; empty for text messages.
    pub subject: String,
    /// Text.
    pub body: String,
    /// What each variable of a text message was filled with, by name, in their order.
    pub variables: Vec<(&'static str, String)>,
}

/// Words whose places were checked, to be filled as often as there are people.
#[derive(Clone, Debug)]
pub(in crate::services) struct Pattern {
    /// Absent for text messages.
    subject: Option<MessageTemplate>,
    body: MessageTemplate,
}

impl Pattern {
    /// Reads words.
    ///
    /// # Errors
    /// What is wrong with the subject, and with the text.
    pub fn read(
        words: &Draft,
        event: Event,
        class: Class,
    ) -> std::result::Result<Self, (Vec<TemplateError>, Vec<TemplateError>)> {
        let known = allowed(event, class);
        if class == Class::Sms {
            return MessageTemplate::parse_sms(&words.body, &known, BODY_CHARS)
                .map(|body| Self { subject: None, body })
                .map_err(|wrong| (Vec::new(), wrong));
        }
        let subject = MessageTemplate::parse(&words.subject, &known, SUBJECT_CHARS);
        let body = MessageTemplate::parse(&words.body, &known, BODY_CHARS);
        match (subject, body) {
            (Ok(subject), Ok(body)) => Ok(Self {
                subject: Some(subject),
                body,
            }),
            (subject, body) => Err((subject.err().unwrap_or_default(), body.err().unwrap_or_default())),
        }
    }

    /// The words with their places filled.
    pub fn fill(&self, values: &Values) -> Filled {
        let Some(subject) = &self.subject else {
            let (body, places) = self.body.fill_sms(values);
            return Filled {
                subject: String::new(),
                body,
                variables: places
                    .into_iter()
                    .map(|(place, value)| (place.as_str(), value))
                    .collect(),
            };
        };
        Filled {
            subject: subject.fill_line(values),
            body: self.body.fill(values),
            variables: Vec::new(),
        }
    }
}

/// Fills words.
///
/// # Errors
/// What is wrong with the subject, and with the text.
pub(in crate::services) fn fill(
    words: &Draft,
    event: Event,
    class: Class,
    values: &Values,
) -> std::result::Result<Filled, (Vec<TemplateError>, Vec<TemplateError>)> {
    Pattern::read(words, event, class).map(|pattern| pattern.fill(values))
}

/// The words that a community uses: its own, or the built-in ones.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::services) async fn draft_of(
    conn: &impl Connection,
    community: CommunityId,
    (event, several): (Event, bool),
    class: Class,
    words: Words,
) -> Result<(Draft, bool), storage::Error> {
    let place = Place {
        event,
        class,
        lang: words.lang,
    };
    let own = templates::find(conn, community, place).await?;
    Ok(match own {
        Some(own) => (
            Draft {
                subject: own.subject,
                body: own.body,
            },
            true,
        ),
        None => (draft(event, several, class, words), false),
    })
}

/// The words that a community uses, ready to be filled. Words of its own that were written when the event knew more than now are passed over for the
/// built-in ones.
///
/// # Errors
/// When the database cannot be asked, or the built-in words cannot be filled.
pub(super) async fn pattern_of(
    conn: &impl Connection,
    community: CommunityId,
    (event, several): (Event, bool),
    class: Class,
    words: Words,
) -> Result<Pattern> {
    let (used, is_own) = draft_of(conn, community, (event, several), class, words).await?;
    let mut pattern = Pattern::read(&used, event, class);
    if is_own && pattern.is_err() {
        tracing::warn!(%community, event = event.as_str(), class = %class, "a message template no longer fits; the built-in words are used");
        pattern = Pattern::read(&draft(event, several, class, words), event, class);
    }
    pattern.map_err(|_| broken(event))
}

fn broken(event: Event) -> crate::services::Error {
    crate::services::Error::Internal(format!("the built-in words of {} cannot be filled", event.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;
    use crate::domain::sms::{sms_chars, sms_units};

    fn sender() -> Sender {
        Sender {
            name: "运粮社区".to_owned(),
            phone: "0374-2961001".to_owned(),
            zone: jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone"),
        }
    }

    /// The longest moment there is: today, two-digit month and day, two-digit hour.
    #[test]
    fn a_moment_fits_into_a_variable_of_a_text_message() {
        let now: Timestamp = "2026-12-23T00:10:00Z".parse().expect("an instant");
        for (at, said) in [
            ("2026-12-23T02:30:00Z", "今天12月23日 周三 上午10:30"),
            ("2026-12-24T03:45:00Z", "明天12月24日 周四 中午11:45"),
            ("2026-12-25T07:00:00Z", "12月25日 周五 下午3:00"),
        ] {
            let short = short_when(at.parse().expect("an instant"), &sender(), now, Words::new(Lang::Zh));
            assert_eq!(short, said);
            assert!(short.chars().count() <= VARIABLE_CHARS, "{short}");
        }
        let longest: Timestamp = "2026-12-23T02:30:00Z".parse().expect("an instant");
        let english = Words::new(Lang::En);
        assert_eq!(short_when(longest, &sender(), now, english), "Wed 23 Dec, 10:30 am");
        assert_eq!(bare_when(longest, &sender(), english), "23 Dec, 10:30 am");
        assert_eq!(bare_when(longest, &sender(), Words::new(Lang::Zh)), "12月23日上午10:30");
    }

    #[test]
    fn built_in_text_messages_of_usual_length_are_one_unit() {
        let now: Timestamp = "2026-12-23T00:10:00Z".parse().expect("an instant");
        let words = Words::new(Lang::Zh);
        let later: Timestamp = "2026-12-24T02:30:00Z".parse().expect("an instant");
        for event in Event::ALL {
            let story = Story::new(event)
                .text(Variable::Title, "老年反诈课")
                .at(Variable::When, later)
                .at(Variable::Was, later)
                .at(Variable::Until, later)
                .text(Variable::Venue, "二楼活动室")
                .text(Variable::Count, "3")
                .text(Variable::Decision, "同意了：老年反诈课")
                .text(Variable::Paper, "保险")
                .text(Variable::Day, "2026年12月31日")
                .text(Variable::Heading, "下周活动安排");
            let values = story.values(Class::Sms, "李秀英", &sender(), now, words);
            let filled = fill(&draft(event, false, Class::Sms, words), event, Class::Sms, &values).expect("filled");
            let chars = sms_chars("运粮社区", &filled.body);
            assert_eq!(sms_units("运粮社区", &filled.body), 1, "{chars} {}", filled.body);
            assert!(filled.body.contains("0374-2961001"), "{}", filled.body);
        }
    }
}
