//! The three numbers of a session in words, and as a bar.

use crate::domain::notification::Tally;
use crate::services::wording::Words;

/// `32 人要通知 · 29 人已告知 · 3 人未告知`; empty when nobody has to be told.
pub(super) fn numbers(words: Words, tally: Tally) -> String {
    if tally.to_tell() == 0 {
        return String::new();
    }
    words.with(
        "told-numbers",
        [
            ("all", tally.to_tell().into()),
            ("told", tally.told().into()),
            ("left", tally.not_told().into()),
        ],
    )
}

/// A part of the bar.
pub(super) struct Part {
    /// Its pattern: `a` received, `b` phoned, `c` on the way, `d` failed or to be phoned.
    pub pattern: &'static str,
    /// Its share of the whole, in twentieths of which there are at least one: a class of the style sheet.
    pub share: u32,
}

/// What stands under the bar.
pub(super) struct Key {
    pub n: u32,
    pub text: String,
    pub bad: bool,
}

/// The bar and the words under it. Styles may not stand in pages: a share is one of twenty widths.
pub(super) fn bar(words: Words, tally: Tally) -> (Vec<Part>, Vec<Key>) {
    let all = tally.to_tell().max(1);
    let parts = [
        ("a", tally.received),
        ("b", tally.phoned + tally.family),
        ("c", tally.under_way),
        ("d", tally.to_call + tally.failed),
    ];
    let bar = parts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(pattern, n)| Part {
            pattern,
            share: (n * 20 / all).clamp(1, 20),
        })
        .collect();
    let keys = [
        ("told-received", tally.received, false),
        ("told-phoned", tally.phoned, false),
        ("told-family", tally.family, false),
        ("told-under-way", tally.under_way, false),
        ("told-to-call", tally.to_call, true),
        ("told-failed", tally.failed, true),
    ];
    let keys = keys
        .into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(key, n, bad)| Key {
            n,
            text: words.t(key),
            bad,
        })
        .collect();
    (bar, keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;

    #[test]
    fn every_part_of_the_bar_can_be_seen() {
        let tally = Tally {
            received: 97,
            phoned: 1,
            family: 0,
            under_way: 1,
            to_call: 1,
            failed: 0,
        };
        let (bar, keys) = super::bar(Words::new(Lang::Zh), tally);
        assert_eq!(bar.iter().map(|part| part.share).collect::<Vec<_>>(), [19, 1, 1, 1]);
        assert_eq!(keys.iter().map(|key| key.n).sum::<u32>(), tally.to_tell());
        assert!(numbers(Words::new(Lang::Zh), tally).contains("98"));
        assert_eq!(numbers(Words::new(Lang::Zh), Tally::default()), "");
    }
}
