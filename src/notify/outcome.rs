//! From an answer, or none, to what the outbox is told: how far it got, and words that say what to do.

use std::time::Duration;

use super::http::{Answer, Failure};
use crate::domain::channel_answer::{Verdict, Why};
use crate::domain::lang::Lang;
use crate::services::channel::SendOutcome;
use crate::services::wording::Words;

/// A reason in words.
pub(super) fn words_for(lang: Lang, why: &Why) -> String {
    let words = Words::new(lang);
    let key = if why.code.starts_with("channel-") {
        format!("error-{}", why.code)
    } else {
        format!("channel-why-{}", why.code)
    };
    let said = words.with(
        &key,
        [
            ("theirs", why.theirs.as_str().into()),
            ("value", "".into()),
            ("host", "".into()),
        ],
    );
    if why.theirs.is_empty() {
        said
    } else {
        format!("{said}{}", words.a("channel-why-theirs", "theirs", &why.theirs))
    }
}

/// A message that is not sent, for a reason of our own.
pub(super) fn rejected(lang: Lang, code: &'static str, theirs: &str) -> SendOutcome {
    refused(lang, &Why::theirs(code, theirs))
}

/// Not taken, for good. Providers of text messages say little about numbers, and what they say is no reason never to try one again.
fn refused(lang: Lang, why: &Why) -> SendOutcome {
    SendOutcome::Rejected {
        reason: words_for(lang, why),
        bad_address: false,
    }
}

/// What came of a request. `verdict` reads the body of an answer.
pub(super) fn outcome(
    lang: Lang,
    asked: Result<Answer, Failure>,
    verdict: impl FnOnce(&[u8]) -> Verdict,
) -> SendOutcome {
    match asked {
        Err(Failure::NotSent(why)) => retry(lang, &why, None),
        Err(Failure::NotAllowed(why) | Failure::NoAnswer(why)) => refused(lang, &why),
        Err(Failure::Unknown(why)) => unknown(lang, &why),
        Ok(answer) => judge(lang, &answer, verdict(&answer.body)),
    }
}

fn retry(lang: Lang, why: &Why, wait_seconds: Option<u32>) -> SendOutcome {
    SendOutcome::Retry {
        reason: words_for(lang, why),
        after: wait_seconds.map(|seconds| Duration::from_secs(seconds.into())),
    }
}

fn unknown(lang: Lang, why: &Why) -> SendOutcome {
    SendOutcome::Unknown {
        reason: words_for(lang, why),
    }
}

/// An answer with both a status and a body. Success needs both; a refusal in the body explains a status that is none.
fn judge(lang: Lang, answer: &Answer, verdict: Verdict) -> SendOutcome {
    let status = answer.status;
    let by_status = |code| Why::theirs(code, &status.to_string());
    let is_theirs = |why: &Why| !why.theirs.is_empty();
    match (status, verdict) {
        (200..=299, Verdict::Taken) => SendOutcome::Sent {
            answer: Words::new(lang).t("channel-taken"),
        },
        (200..=299, Verdict::Later { why, wait_seconds }) => {
            retry(lang, &why, wait_seconds.or(answer.retry_after_seconds))
        }
        (200..=299, Verdict::Refused { why }) => refused(lang, &why),
        (300..=399, _) => refused(lang, &by_status("redirect")),
        // They say that it was not taken.
        (_, Verdict::Refused { why }) if is_theirs(&why) => refused(lang, &why),
        (400..=499 | 503, Verdict::Later { why, wait_seconds }) if is_theirs(&why) => {
            retry(lang, &why, wait_seconds.or(answer.retry_after_seconds))
        }
        (408 | 425 | 429 | 503, _) => retry(lang, &by_status("busy"), answer.retry_after_seconds),
        (400..=499, _) => refused(lang, &by_status("status")),
        // Something broke on their side, maybe after the message was taken.
        _ => unknown(lang, &by_status("server")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, verdict: Verdict) -> &'static str {
        let answer = Answer {
            status,
            retry_after_seconds: Some(7),
            body: Vec::new(),
        };
        match judge(Lang::Zh, &answer, verdict) {
            SendOutcome::Sent { .. } => "sent",
            SendOutcome::Retry { after, .. } => {
                assert_eq!(after, Some(Duration::from_secs(7)));
                "retry"
            }
            SendOutcome::Rejected { .. } => "rejected",
            SendOutcome::Unknown { .. } => "unknown",
        }
    }

    #[test]
    fn success_takes_a_status_and_a_word_and_a_broken_server_leaves_it_open() {
        let later = || Verdict::Later {
            why: Why::theirs("sms-busy", "isp.SYSTEM_ERROR"),
            wait_seconds: None,
        };
        let known = || Verdict::Refused {
            why: Why::theirs("sms-key", "SignatureDoesNotMatch"),
        };
        let none = || Verdict::refused("answer-page");
        for (status, verdict, said) in [
            (200, Verdict::Taken, "sent"),
            (200, later(), "retry"),
            (200, none(), "rejected"),
            (302, Verdict::Taken, "rejected"),
            (400, Verdict::Taken, "rejected"),
            (400, known(), "rejected"),
            (400, later(), "retry"),
            (404, none(), "rejected"),
            (429, none(), "retry"),
            (503, none(), "retry"),
            (500, Verdict::Taken, "unknown"),
            (500, later(), "unknown"),
            (502, none(), "unknown"),
            (500, known(), "rejected"),
        ] {
            assert_eq!(class(status, verdict.clone()), said, "{status} {verdict:?}");
        }
    }
}
