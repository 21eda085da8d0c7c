//! Whom an item means among the people who are known.

use super::{Item, Wish, fits, is_address};
use crate::domain::text::Purpose;

/// The most people somebody is asked to choose among.
pub const MOST_CANDIDATES: usize = 6;

/// Somebody an item may mean.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Their name.
    pub name: &'a str,
    /// Where they live; may be empty.
    pub building: &'a str,
    /// Whether they are reached at the number that was written.
    pub phone: bool,
    /// Whether their number ends as was written.
    pub tail: bool,
    /// Whether they are in the session or wait for it.
    pub inside: bool,
}

/// Whom an item means. Numbers are places in the list of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// This one.
    Sure(usize),
    /// One of these, or somebody new: a person must choose.
    Choose(Vec<usize>),
    /// Nobody who is known; the name is one to enter somebody by.
    New,
    /// Nobody who is known, and what was written is no name to enter somebody by.
    Unclear,
}

/// Whether what was written is a name to enter somebody by.
fn is_full(name: &str) -> bool {
    let count = name.chars().count();
    count >= 2 && !is_address(name) && !name.contains('*') && !name.chars().any(char::is_numeric)
}

/// Whom an item means.
pub fn find(item: &Item, people: &[Person]) -> Match {
    let Some(name) = item.name.as_ref().map(|name| name.reveal(Purpose::Find)) else {
        return Match::Unclear;
    };
    let those = |fit: &dyn Fn(&Person) -> bool| -> Vec<usize> {
        let found = people.iter().enumerate().filter(|(_, person)| fit(person));
        found.map(|(at, _)| at).collect()
    };
    let exact = those(&|person| person.name == name);
    // What was written beside the name, from the surest on: the only one it fits is meant.
    let told_apart: [&dyn Fn(&Person) -> bool; 3] = [&|person| person.phone, &|person| person.tail, &|person| {
        fits(&item.place, person.building) == Some(true)
    }];
    for told in told_apart {
        let fitting: Vec<usize> = exact.iter().copied().filter(|at| told(&people[*at])).collect();
        if let [only] = fitting.as_slice() {
            return Match::Sure(*only);
        }
    }
    if let [only] = exact.as_slice() {
        let person = &people[*only];
        let against = item.phone.is_some() || item.tail.is_some() || fits(&item.place, person.building) == Some(false);
        if !against {
            return Match::Sure(*only);
        }
    }
    // Somebody who gives up is in the session.
    if item.wish == Wish::Cancel {
        let inside: Vec<usize> = exact.iter().copied().filter(|at| people[*at].inside).collect();
        if let [only] = inside.as_slice() {
            return Match::Sure(*only);
        }
    }
    let family = name.chars().find(|c| !matches!(c, '老' | '小' | '阿'));
    let called = is_address(name);
    let akin = those(&|person| {
        let related = called && family.is_some_and(|family| person.name.starts_with(family));
        let told = person.tail || fits(&item.place, person.building) == Some(true);
        person.phone || (related && told)
    });
    let related: Vec<usize> = akin.iter().copied().filter(|at| people[*at].tail).collect();
    if let ([only], true, true) = (related.as_slice(), called, exact.is_empty()) {
        return Match::Sure(*only);
    }
    let mut choice = exact;
    choice.extend(akin);
    choice.sort_unstable();
    choice.dedup();
    choice.truncate(MOST_CANDIDATES);
    match (choice.is_empty(), is_full(name)) {
        (false, _) => Match::Choose(choice),
        (true, true) => Match::New,
        (true, false) => Match::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chain::read;

    #[test]
    fn who_is_meant() {
        let person = |name, building| Person {
            name,
            building,
            phone: false,
            tail: false,
            inside: false,
        };
        let two = [person("李桂英", "日月苑3号楼"), person("李桂英", "日月苑5号楼")];
        let one = [person("刘淑华", "沿河小区2号楼"), person("王建国", "")];
        let by_tail = [
            person("徐玉珍", ""),
            Person {
                tail: true,
                ..person("徐凤英", "")
            },
        ];
        let inside = [
            person("李桂英", ""),
            Person {
                inside: true,
                ..person("李桂英", "")
            },
        ];
        let by_phone = [Person {
            phone: true,
            ..person("张德福", "")
        }];
        for (body, people, wanted) in [
            ("李桂英", &two[..], Match::Choose(vec![0, 1])),
            ("李桂英 5号楼", &two, Match::Sure(1)),
            ("李桂英 9号楼", &two, Match::Choose(vec![0, 1])),
            ("王建国", &one, Match::Sure(1)),
            ("王建国 3号楼", &one, Match::Sure(1)),
            ("刘淑华 3号楼", &one, Match::Choose(vec![0])),
            ("刘淑华 尾号1234", &one, Match::Choose(vec![0])),
            ("刘阿姨 2号楼", &one, Match::Choose(vec![0])),
            ("刘阿姨", &one, Match::Unclear),
            ("徐阿姨 尾号1234", &by_tail, Match::Sure(1)),
            ("李桂英（取消）", &inside, Match::Sure(1)),
            ("张秀兰 13800001234", &by_phone, Match::Choose(vec![0])),
            ("张秀兰", &one, Match::New),
            ("张3", &one, Match::Unclear),
            ("李*英", &two, Match::Unclear),
            ("+1", &one, Match::Unclear),
        ] {
            let item = read(&format!("1. {body}")).unwrap().items.remove(0);
            assert_eq!(find(&item, people), wanted, "{body}");
        }
    }
}
