use proptest::prelude::*;

use super::Variable::{Changes, Link, Name, Phone, Reason, Title, Venue, When};
use super::*;
use crate::domain::lang::Lang;
use crate::domain::notification::Event;

fn all(text: &str) -> Result<MessageTemplate, Vec<TemplateError>> {
    MessageTemplate::parse(text, &Variable::ALL, BODY_CHARS)
}

fn values(pairs: &[(Variable, &str)]) -> Values {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn places_of_both_languages_and_both_kinds_of_braces_are_filled() {
    let known = values(&[(Title, "合唱排练"), (When, "明天下午3:00")]);
    for text in [
        "{时间}有{活动}",
        "{when}有{title}",
        "{ When }有｛活动｝",
        "｛时间}有{活动｝",
    ] {
        assert_eq!(all(text).unwrap().fill(&known), "明天下午3:00有合唱排练", "{text}");
    }
    assert_eq!(all("{活动}，{时间}，{活动}").unwrap().places(), [Title, When]);
}

#[test]
fn what_is_wrong_is_named() {
    let unknown = |name: &str| TemplateError::Unknown { name: name.to_owned() };
    let unclosed = |before: &str| TemplateError::Unclosed {
        before: before.to_owned(),
    };
    for (text, wrong) in [
        ("", vec![TemplateError::Empty]),
        (" \n", vec![TemplateError::Empty]),
        ("{时刻}和{place}", vec![unknown("时刻"), unknown("place")]),
        ("有{}", vec![unknown("")]),
        ("有{活动", vec![unclosed("活动")]),
        ("有{活动{时间}", vec![unclosed("活动{时间}")]),
        (
            "有活动}",
            vec![TemplateError::Unopened {
                after: "有活动".to_owned(),
            }],
        ),
    ] {
        assert_eq!(all(text).unwrap_err(), wrong, "{text}");
    }
    let long = "字".repeat(3000);
    let too_long = TemplateError::Long {
        length: 3000,
        max: 1000,
    };
    assert_eq!(all(&long).unwrap_err(), [too_long]);
    assert!(all(&"字".repeat(1000)).is_ok());
}

#[test]
fn only_what_the_event_knows_may_be_used() {
    let of = |text: &str, event, class| MessageTemplate::parse(text, &allowed(event, class), BODY_CHARS);
    assert!(of("{活动}{时间}{网址}", Event::ReminderEvening, Class::Mail).is_ok());
    assert!(of("{原因}", Event::ReminderEvening, Class::Mail).is_err());
    assert!(of("{网址}", Event::ReminderEvening, Class::Sms).is_err());
    assert!(of("{变动}", Event::Moved, Class::Sms).is_err());
    assert!(of("{姓名}", Event::Moved, Class::Robot).is_err());
    for event in Event::ALL {
        for class in Class::ALL {
            assert!(of("{社区}，{电话}", event, *class).is_ok(), "{event:?}");
        }
    }
}

#[test]
fn text_messages_follow_the_rules_of_their_providers() {
    let sms = |text: &str| MessageTemplate::parse_sms(text, &Variable::ALL, BODY_CHARS);
    assert!(sms("{时间}有{活动}，在{地点}。").is_ok());
    let adjacent = TemplateError::Adjacent {
        first: When,
        second: Title,
    };
    assert_eq!(sms("{时间}{活动}").unwrap_err(), [adjacent]);
    assert_eq!(sms("【社区】{活动}").unwrap_err().len(), 2);
    assert_eq!(sms("★{活动}").unwrap_err(), [TemplateError::Sign { sign: '★' }]);
    let inside = TemplateError::InsideAddress { name: Title };
    assert_eq!(sms("看 https://example.org/{活动}").unwrap_err(), [inside]);
    assert!(sms("看 https://example.org ，{活动}").is_ok());
    assert_eq!(risky_words("艾灸治疗体验"), ["治疗", "艾灸"]);
    assert!(risky_words("老年反诈课").is_empty());
}

#[test]
fn values_of_a_text_message_are_short_and_of_one_line() {
    let sms = MessageTemplate::parse_sms("{地点}有{活动}，请来{地点}。", &Variable::ALL, BODY_CHARS).unwrap();
    let venue = "一".repeat(21);
    let (text, places) = sms.fill_sms(&values(&[(Venue, &venue), (Title, "【太极】\r\n拳")]));
    let cut = format!("{}…", "一".repeat(19));
    assert_eq!(text, format!("{cut}有太极 拳，请来{cut}。"));
    assert_eq!(places, [(Venue, cut), (Title, "太极 拳".to_owned())]);
}

#[test]
fn a_line_without_a_value_is_left_out_with_its_gap() {
    let letter = all("{姓名}，您好：\n\n{变动}\n\n原因：{原因}\n\n{社区}\n有事打电话：{电话}").unwrap();
    let known = [(Name, "李秀英"), (Changes, "甲\n乙"), (Phone, "0374")];
    assert_eq!(
        letter.fill(&values(&known)),
        "李秀英，您好：\n\n甲\n乙\n\n有事打电话：0374"
    );
    let mut with_reason = values(&known);
    with_reason.insert(Reason, "停电".to_owned());
    assert_eq!(
        letter.fill(&with_reason),
        "李秀英，您好：\n\n甲\n乙\n\n原因：停电\n\n有事打电话：0374"
    );
    // Two places in a line: it stays while one of them says something.
    let both = all("{活动}（{原因}）").unwrap();
    assert_eq!(both.fill(&values(&[(Title, "课")])), "课（）");
}

#[test]
fn nothing_gets_out_of_its_line() {
    let evil = "李\r\nBcc: x@example.org\u{2028}\u{85}";
    let subject = all("提醒您，{姓名}").unwrap();
    let line = subject.fill_line(&values(&[(Name, evil)]));
    assert_eq!(line, "提醒您，李 Bcc: x@example.org");
    assert_eq!(
        all("{姓名}！").unwrap().fill(&values(&[(Name, evil)])).lines().count(),
        1
    );
}

#[test]
fn a_filled_value_is_not_filled_again() {
    let text = all("{活动}")
        .unwrap()
        .fill(&values(&[(Title, "{电话}"), (Phone, "0374")]));
    assert_eq!(text, "{电话}");
}

#[test]
fn every_variable_has_a_name_of_its_own_in_each_language() {
    for one in Variable::ALL {
        for lang in [Lang::Zh, Lang::En] {
            assert_eq!(Variable::from_name(one.name(lang)), Some(one));
        }
        assert_eq!(Variable::from_name(one.as_str()), Some(one));
    }
}

/// Words and places in any order.
fn pieces() -> impl Strategy<Value = Vec<Result<String, Variable>>> {
    let word = "[a-z一-龥，。 ]{1,8}".prop_map(Ok);
    let place = prop::sample::select(vec![Title, When, Venue, Link, Changes]).prop_map(Err);
    prop::collection::vec(prop_oneof![word, place], 1..20)
}

proptest! {
    #[test]
    fn filling_leaves_no_brace_and_loses_no_word(pieces in pieces(), value in "[A-Z0-9]{1,30}", zh: bool) {
        let lang = if zh { Lang::Zh } else { Lang::En };
        let written = |fill: &dyn Fn(Variable) -> String| -> String {
            pieces
                .iter()
                .map(|piece| piece.as_ref().map_or_else(|place| fill(*place), Clone::clone))
                .collect()
        };
        let text = written(&|place| place.placeholder(lang));
        prop_assume!(!text.trim().is_empty());
        let template = all(&text).unwrap();
        let known: Values = Variable::ALL.into_iter().map(|one| (one, value.clone())).collect();
        let expected = written(&|_| value.clone());
        prop_assert_eq!(template.fill(&known), expected.trim_end());
        prop_assert_eq!(template.fill_line(&known), expected.trim());
        // A text message cuts values and keeps the words.
        let (sms, _) = template.fill_sms(&known);
        prop_assert!(!sms.contains(['{', '}']), "{}", sms);
        for word in pieces.iter().filter_map(|piece| piece.as_ref().ok()) {
            prop_assert!(sms.contains(word.trim()));
        }
    }

    #[test]
    fn whatever_is_typed_is_filled_or_refused(text in "[{}｛｝a-c活动\n ]{0,60}", value in "\\PC{0,10}") {
        if let Ok(template) = all(&text) {
            let known = values(&[(Title, &value)]);
            let line = template.fill_line(&known);
            prop_assert!(!line.contains(char::is_control));
            if !value.contains(['{', '}', '｛', '｝']) {
                let filled = template.fill(&known);
                prop_assert!(!filled.contains(['{', '}', '｛', '｝']), "{}", filled);
            }
        }
    }
}
