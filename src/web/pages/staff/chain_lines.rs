//! The lines of a pasted list as the review shows them, with what somebody chose for each.

use std::collections::HashMap;

use crate::domain::chain::{Doubt, Outcome, Wish};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{EnrolmentId, ResidentId};
use crate::domain::text::{Phone, Purpose};
use crate::services::FieldError;
use crate::services::chain::{Candidate, Pick, Row, Suggestion, Whom};
use crate::services::wording::Words;

/// Somebody a line may mean.
pub(super) struct Possible {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) on: bool,
}

/// A line of the review.
pub(super) struct Line {
    pub(super) at: usize,
    pub(super) number: String,
    pub(super) said: String,
    pub(super) name: String,
    pub(super) facts: Vec<String>,
    pub(super) wish: &'static str,
    pub(super) wish_words: String,
    pub(super) doubts: Vec<String>,
    pub(super) options: Vec<Possible>,
    pub(super) open: bool,
    pub(super) new_name: String,
    pub(super) new_phone: String,
    pub(super) more: Vec<String>,
}

/// How many of what the button would do.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) join: usize,
    pub(super) wait: usize,
    pub(super) cancel: usize,
    pub(super) new: usize,
    pub(super) choose: usize,
}

/// What was chosen and typed, by the line's place in the list.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) text: String,
    /// `known:ID`, `new` or `skip`.
    pub(super) who: HashMap<usize, String>,
    pub(super) name: HashMap<usize, String>,
    pub(super) phone: HashMap<usize, String>,
    pub(super) more: HashMap<usize, Vec<String>>,
    pub(super) gone: Vec<EnrolmentId>,
}

impl Typed {
    /// Reads the fields of a form; those of another form are left out.
    pub(super) fn read(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (field, value) in pairs {
            match field.split_once('-') {
                None if field == "text" => typed.text = value,
                None if field == "gone" => typed.gone.extend(value.parse::<EnrolmentId>()),
                Some((what, at)) => {
                    let Ok(at) = at.parse::<usize>() else { continue };
                    match what {
                        "who" => drop(typed.who.insert(at, value)),
                        "name" => drop(typed.name.insert(at, value)),
                        "phone" => drop(typed.phone.insert(at, value)),
                        "more" => typed.more.entry(at).or_default().push(value),
                        _ => {}
                    }
                }
                None => {}
            }
        }
        typed
    }

    /// What was chosen, for the use case.
    pub(super) fn picks(&self) -> HashMap<usize, Pick> {
        let pick = |at: &usize, who: &String| {
            let typed = |map: &HashMap<usize, String>| map.get(at).cloned().unwrap_or_default();
            let whom = match who.as_str() {
                "skip" => Whom::Skip,
                "new" => Whom::New {
                    name: typed(&self.name),
                    phone: typed(&self.phone),
                },
                known => known
                    .strip_prefix("known:")
                    .and_then(|id| id.parse::<ResidentId>().ok())
                    .map_or(Whom::Undecided, Whom::Known),
            };
            let companions = self.more.get(at).cloned().unwrap_or_default();
            (*at, Pick { whom, companions })
        };
        self.who.iter().map(|(at, who)| pick(at, who)).collect()
    }
}

fn wish_name(wish: Wish) -> &'static str {
    match wish {
        Wish::Join => "join",
        Wish::Wait => "wait",
        Wish::Cancel => "cancel",
    }
}

/// A line of the review: what was read, whom it may mean, what is chosen.
pub(super) fn line(words: Words, at: usize, row: &Row, typed: &Typed) -> Line {
    let item = &row.item;
    let suggested = match row.suggestion {
        Suggestion::Known(id) => format!("known:{id}"),
        Suggestion::New => "new".to_owned(),
        Suggestion::Skip => "skip".to_owned(),
        Suggestion::Choose => String::new(),
    };
    let chosen = typed.who.get(&at).cloned().unwrap_or(suggested);
    let mut options: Vec<Possible> = row
        .candidates
        .iter()
        .map(|one| Possible {
            value: format!("known:{}", one.resident),
            label: known(words, one, row.candidates.len() > 1),
            on: false,
        })
        .collect();
    // Nobody new is entered to give something up.
    let may_be_new = item.wish != Wish::Cancel;
    let mut option = |value: &str, key: &str| {
        options.push(Possible {
            value: value.to_owned(),
            label: words.t(key),
            on: false,
        });
    };
    if may_be_new {
        option("new", "chain-new");
    }
    option("skip", "chain-skip");
    for option in &mut options {
        option.on = option.value == chosen;
    }
    let mut facts = Vec::new();
    facts.extend((!item.place.is_empty()).then(|| item.place.clone()));
    facts.extend(item.phone.as_ref().map(Phone::masked));
    facts.extend(item.tail.as_ref().map(|tail| words.a("chain-known-tail", "tail", tail)));
    facts.extend((item.heads > 1).then(|| words.n("chain-heads", item.heads)));
    facts.extend((!item.by.is_empty()).then(|| words.a("chain-by", "by", &item.by)));
    facts.extend((!item.note.is_empty()).then(|| item.note.clone()));
    let mut doubts: Vec<String> = item.doubts.iter().map(|doubt| doubtful(words, doubt)).collect();
    if row.ours {
        doubts.push(words.t("chain-ours"));
    }
    if row.before == Some(Outcome::Skipped) {
        doubts.push(words.t("chain-before-skipped"));
    }
    let nothing = item.wish == Wish::Cancel && row.suggestion == Suggestion::Skip;
    if nothing && row.before.is_none() {
        doubts.push(words.t("chain-nothing-to-cancel"));
    }
    let name = item.name.as_ref().map_or("", |name| name.reveal(Purpose::ShowStaff));
    let bad_phone = item.doubts.iter().find(|doubt| doubt.code.starts_with("phone-"));
    let written_phone = item
        .phone
        .as_ref()
        .map(|phone| phone.reveal(Purpose::ShowStaff).to_owned())
        .or_else(|| bad_phone.map(|doubt| doubt.value.clone()));
    let typed_more = typed.more.get(&at).cloned().unwrap_or_default();
    let companions = if may_be_new { usize::from(item.heads) - 1 } else { 0 };
    Line {
        at,
        number: words.n("chain-line", item.line),
        said: item.said.clone(),
        facts,
        wish: wish_name(item.wish),
        wish_words: words.t(&format!("chain-wish-{}", wish_name(item.wish))),
        doubts,
        open: !options.iter().any(|option| option.on),
        options,
        new_name: typed.name.get(&at).cloned().unwrap_or_else(|| name.to_owned()),
        new_phone: typed.phone.get(&at).cloned().or(written_phone).unwrap_or_default(),
        more: (0..companions)
            .map(|n| typed_more.get(n).cloned().unwrap_or_default())
            .collect(),
        name: name.to_owned(),
    }
}

/// Somebody a line may mean, told apart from the others: one alone by name, several masked, for the building and the number's end say which.
fn known(words: Words, one: &Candidate, several: bool) -> String {
    let name = if several {
        one.masked()
    } else {
        one.name.reveal(Purpose::ShowStaff).to_owned()
    };
    let mut parts = vec![if one.building.is_empty() {
        words.a("chain-known-plain", "name", name)
    } else {
        words.aa("chain-known", "name", name, "building", &one.building)
    }];
    parts.extend(one.tail.as_ref().map(|tail| words.a("chain-known-tail", "tail", tail)));
    parts.extend(match one.status {
        Some(EnrolmentStatus::Enrolled) => Some(words.t("chain-known-enrolled")),
        Some(EnrolmentStatus::Waitlisted) => Some(words.t("chain-known-waitlisted")),
        _ => None,
    });
    parts.join(&words.t("chain-comma"))
}

fn doubtful(words: Words, doubt: &Doubt) -> String {
    let mut error = FieldError::new("", doubt.code, doubt.value.clone());
    if let Some((name, number)) = doubt.number {
        error = error.with(name, number);
    }
    let what = words.field_error(&error);
    if doubt.value.is_empty() {
        what
    } else {
        words.aa("chain-doubt", "what", what, "value", &doubt.value)
    }
}

/// How many of what the lines come to as they are chosen.
pub(super) fn count(rows: &[Line], gone: usize) -> Counts {
    let mut counts = Counts {
        cancel: gone,
        ..Counts::default()
    };
    for row in rows {
        let Some(chosen) = row.options.iter().find(|option| option.on) else {
            counts.choose += 1;
            continue;
        };
        if chosen.value == "skip" {
            continue;
        }
        let more = row.more.iter().filter(|name| !name.trim().is_empty()).count();
        match row.wish {
            "cancel" => counts.cancel += 1,
            "wait" => counts.wait += 1 + more,
            _ => counts.join += 1 + more,
        }
        if row.wish != "cancel" {
            counts.new += usize::from(chosen.value == "new") + more;
        }
    }
    counts
}

/// What the button says.
pub(super) fn button(words: Words, counts: &Counts) -> String {
    let said: Vec<String> = [
        ("join", counts.join),
        ("wait", counts.wait),
        ("cancel", counts.cancel),
        ("new", counts.new),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(what, n)| words.n(&format!("chain-count-{what}"), n))
    .collect();
    if said.is_empty() {
        words.t("chain-nothing")
    } else {
        said.join(&words.t("chain-comma"))
    }
}
