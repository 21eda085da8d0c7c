//! What the report says, for pages, the terminal and the file of what was left out.

use fluent_templates::fluent_bundle::FluentValue;

use super::Step;
use crate::domain::resident_import::Field;
use crate::domain::resident_import::clean::Fault;
use crate::domain::resident_import::settle::{Remark, Settled, Verdict};
use crate::services::wording::Words;

/// One line of the report: a row and one thing to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The row, as in the file.
    pub row: u32,
    /// The column's header; empty when it is about the whole row.
    pub label: String,
    /// What stands there, long numbers masked.
    pub value: String,
    /// What is wrong, or what becomes of it.
    pub what: String,
}

/// The name of a field.
pub fn field(words: Words, field: Field) -> String {
    words.t(&format!("residents-field-{}", field.as_str().replace('_', "-")))
}

/// The names of some fields.
pub fn fields(words: Words, some: &[Field]) -> String {
    let names: Vec<String> = some.iter().map(|one| field(words, *one)).collect();
    names.join(&words.t("staff-comma"))
}

/// What is wrong.
pub fn fault(words: Words, fault: &Fault) -> String {
    let mut args = vec![("value", FluentValue::from(fault.value.clone()))];
    if let Some((name, number)) = fault.why.number() {
        args.push((name, FluentValue::from(number)));
    }
    words.with(&format!("error-{}", fault.why.code()), args)
}

/// A remark.
pub fn remark(words: Words, remark: Remark) -> String {
    match remark {
        Remark::PhoneOfRow(row) => words.n("residents-remark-phone-row", row),
        Remark::PhoneKnown => words.t("residents-remark-phone-known"),
        Remark::NameOfRow(row) => words.n("residents-remark-name-row", row),
    }
}

/// All that is to be said of a row. `name` is shown as given: plain to staff, masked on a terminal.
pub fn row(words: Words, settled: &Settled, name: &str) -> Vec<Said> {
    let said = |label: &str, value: &str, what: String| Said {
        row: settled.number,
        label: label.to_owned(),
        value: value.to_owned(),
        what,
    };
    if let Verdict::Wrong(faults) = &settled.verdict {
        let of_name = |one: &Fault| settled.clean.is_some() && one.label.is_empty();
        return faults
            .iter()
            .map(|one| {
                let value = if of_name(one) { name } else { &one.value };
                said(&one.label, value, fault(words, one))
            })
            .collect();
    }
    let mut what = match &settled.verdict {
        Verdict::Known { fills, kept, .. } => {
            let mut what = vec![if fills.is_empty() {
                words.t("residents-known-same")
            } else {
                words.a("residents-known-fills", "what", fields(words, fills))
            }];
            if !kept.is_empty() {
                what.push(words.a("residents-known-kept", "what", fields(words, kept)));
            }
            what
        }
        _ => vec![words.t("residents-is-new")],
    };
    what.extend(settled.remarks.iter().map(|one| remark(words, *one)));
    let and = if words.is_en() { " " } else { "" };
    vec![said("", name, what.join(and))]
}

/// How far an import is.
pub fn step(words: Words, step: Step, done: usize, total: usize) -> String {
    let key = match step {
        Step::Looking => "residents-step-looking",
        Step::Sealing => "residents-step-sealing",
        Step::Storing => "residents-step-storing",
    };
    words.with(key, [("done", done.into()), ("total", total.into())])
}
