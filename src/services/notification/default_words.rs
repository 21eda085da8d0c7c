//! The built-in words of messages, with their variables between braces: what is used, and what staff begin to change from, where a
//! community has not written its own.

use fluent_templates::fluent_bundle::FluentValue;

use crate::domain::message_template::Variable::{
    Changes, Community, Content, Count, Dates, Day, Decision, Heading, Link, Name, Paper, Phone, Reason, Remark, Rule,
    Title, Until, Venue, Was, When,
};
use crate::domain::message_template::{Class, Variable, allowed};
use crate::domain::notification::Event;
use crate::services::wording::Words;

/// A subject and a text with their variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Subject; empty for text messages.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// The built-in words about an event; `several`: about several dates at once, where that is said otherwise.
pub(in crate::services) fn draft(event: Event, several: bool, class: Class, words: Words) -> Draft {
    if class == Class::Sms {
        return Draft {
            subject: String::new(),
            body: sms(event, words),
        };
    }
    let subject = subject(event, several, words);
    let lines = lines(event, several, &subject, words);
    let place = |one: Variable| one.placeholder(words.lang);
    let body = if class == Class::Robot {
        // The heading stands above the lines already.
        let lines: Vec<&String> = lines.iter().filter(|line| **line != subject).collect();
        if lines.is_empty() {
            subject.clone()
        } else {
            lines.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n")
        }
    } else {
        let greeting = words.a("mail-greeting", "name", place(Name));
        let closing = words.aa("mail-closing", "community", place(Community), "phone", place(Phone));
        format!("{greeting}\n\n{}\n\n{closing}", lines.join("\n"))
    };
    Draft { subject, body }
}

fn subject(event: Event, several: bool, words: Words) -> String {
    let place = |one: Variable| one.placeholder(words.lang);
    let key = format!("mail-{}-subject", event.as_str().replace('_', "-"));
    match event {
        Event::Promoted if several => words.aa(
            "mail-promoted-several-subject",
            "title",
            place(Title),
            "n",
            place(Count),
        ),
        // Whoever is told of a change knows the session by the time it had.
        Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged => {
            words.aa(&key, "title", place(Title), "when", place(Was))
        }
        Event::ReminderEvening
        | Event::ReminderSoon
        | Event::Promoted
        | Event::Offered
        | Event::OfferLapsed
        | Event::ConfirmPlace
        | Event::PlaceConfirmed => words.aa(&key, "title", place(Title), "when", place(When)),
        Event::ConfirmSession => words.aa("mail-confirm-subject", "title", place(Title), "when", place(When)),
        Event::PaperExpires => words.aa("mail-paper-subject", "paper", place(Paper), "day", place(Day)),
        Event::ProposalDecided => place(Decision),
        Event::ProposalSubmitted | Event::WeeklySchedule | Event::ReportReady | Event::StoppedComing => place(Heading),
    }
}

fn lines(event: Event, several: bool, subject: &str, words: Words) -> Vec<String> {
    let place = |one: Variable| one.placeholder(words.lang);
    let venue = || words.a("mail-where", "venue", place(Venue));
    let more = || words.a("mail-link", "link", place(Link));
    let dates = || words.aa("mail-term-dates", "rule", place(Rule), "n", place(Count));
    let said = || subject.to_owned();
    match event {
        Event::Promoted if several => vec![said(), place(Dates), venue(), more()],
        Event::ReminderEvening | Event::ReminderSoon | Event::Promoted => vec![said(), venue(), more()],
        Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged => {
            vec![place(Changes), words.a("mail-reason", "reason", place(Reason)), more()]
        }
        Event::Offered => vec![
            said(),
            venue(),
            words.aa("mail-offered-how", "until", place(Until), "link", place(Link)),
            words.t("mail-offered-silence"),
        ],
        Event::OfferLapsed => vec![said(), venue(), words.a("mail-offer-lapsed-how", "link", place(Link))],
        Event::ConfirmPlace => vec![
            said(),
            dates(),
            venue(),
            words.aa("mail-confirm-place-how", "until", place(Until), "link", place(Link)),
            words.t("mail-confirm-place-silence"),
        ],
        Event::PlaceConfirmed => vec![
            said(),
            dates(),
            venue(),
            place(Dates),
            words.a("mail-place-confirmed-change", "link", place(Link)),
        ],
        Event::ConfirmSession => vec![
            said(),
            venue(),
            words.a("mail-confirm-link", "link", place(Link)),
            words.t("mail-confirm-why"),
        ],
        Event::PaperExpires => vec![said(), words.t("mail-paper-what")],
        Event::ProposalDecided => vec![
            said(),
            words.a("mail-proposal-remark", "remark", place(Remark)),
            words.a("mail-proposal-link", "link", place(Link)),
        ],
        Event::ProposalSubmitted | Event::WeeklySchedule | Event::ReportReady | Event::StoppedComing => {
            vec![said(), place(Content)]
        }
    }
}

/// One sentence with date, place and the office's number, in one unit as far as titles and places are of usual length.
fn sms(event: Event, words: Words) -> String {
    let places = allowed(event, Class::Sms)
        .into_iter()
        .map(|one| (one.as_str(), FluentValue::from(one.placeholder(words.lang))));
    words.with(&format!("sms-{}", event.as_str().replace('_', "-")), places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;
    use crate::domain::message_template::{BODY_CHARS, MessageTemplate, SUBJECT_CHARS, risky_words};

    #[test]
    fn the_built_in_words_pass_the_checks_that_staff_must_pass() {
        for event in Event::ALL {
            for class in Class::ALL {
                for lang in [Lang::Zh, Lang::En] {
                    for several in [false, true] {
                        let draft = draft(event, several, *class, Words::new(lang));
                        let known = allowed(event, *class);
                        let what = format!("{event:?} {class} {lang:?}: {draft:?}");
                        if *class == Class::Sms {
                            let parsed = MessageTemplate::parse_sms(&draft.body, &known, BODY_CHARS);
                            assert!(parsed.is_ok(), "{what}: {parsed:?}");
                            assert!(risky_words(&draft.body).is_empty(), "{what}");
                        } else {
                            for (text, max) in [(&draft.body, BODY_CHARS), (&draft.subject, SUBJECT_CHARS)] {
                                let parsed = MessageTemplate::parse(text, &known, max);
                                assert!(parsed.is_ok(), "{what}: {parsed:?}");
                            }
                        }
                        assert!(!draft.body.contains("sms-") && !draft.body.contains("mail-"), "{what}");
                    }
                }
            }
        }
    }
}
