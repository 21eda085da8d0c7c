//! What robots answer. HTTP says 200 even when the message was refused; only the number 0 is success.

use serde_json::Value;

use super::RobotKind;
use crate::domain::channel_answer::{Verdict, Why, object};

/// What the body of an answer means. `errcode` (WeCom, DingTalk) or `code` (Feishu) must be the number 0; the text "0" is not.
pub fn verdict(kind: RobotKind, body: &[u8]) -> Verdict {
    let answer = match object(body) {
        Ok(answer) => answer,
        Err(why) => return Verdict::Refused { why },
    };
    let (code, words) = match kind {
        RobotKind::Wecom | RobotKind::Dingtalk => ("errcode", "errmsg"),
        RobotKind::Feishu => ("code", "msg"),
    };
    let Some(code) = answer.get(code).and_then(Value::as_i64) else {
        return Verdict::refused("answer-no-code");
    };
    if code == 0 {
        return Verdict::Taken;
    }
    let words = answer.get(words).and_then(Value::as_str).unwrap_or_default();
    let (known, wait_seconds) = match kind {
        RobotKind::Wecom => wecom(code),
        RobotKind::Dingtalk => dingtalk(code, &words.to_ascii_lowercase()),
        RobotKind::Feishu => feishu(code),
    };
    let why = Why::theirs(known, &code.to_string());
    match known {
        "robot-busy" | "robot-rate" => Verdict::Later { why, wait_seconds },
        _ => Verdict::Refused { why },
    }
}

type Known = (&'static str, Option<u32>);

fn wecom(code: i64) -> Known {
    match code {
        -1 => ("robot-busy", None),
        45_009 => ("robot-rate", Some(60)),
        93_000 | 93_008 | 40_014 => ("robot-gone", None),
        45_002 | 40_058 | 44_004 => ("robot-content", None),
        _ => ("robot-other", None),
    }
}

/// DingTalk has one code for its three kinds of security; which one it was is said in words.
fn dingtalk(code: i64, words: &str) -> Known {
    match code {
        -1 => ("robot-busy", None),
        130_101 | 410_100 => ("robot-rate", Some(600)),
        310_000 if words.contains("keyword") => ("robot-keyword", None),
        310_000 if words.contains("timestamp") => ("robot-clock", None),
        310_000 if words.contains("sign") => ("robot-sign", None),
        310_000 if words.contains("whitelist") || words.contains("ip ") => ("robot-ip", None),
        310_000 => ("robot-security", None),
        300_001 | 300_005 | 400_101 | 400_102 | 400_106 | 400_013 => ("robot-gone", None),
        430_101..=430_104 | 40_035 | 400_105 => ("robot-content", None),
        _ => ("robot-other", None),
    }
}

fn feishu(code: i64) -> Known {
    match code {
        11_232 => ("robot-rate", Some(60)),
        19_001 | 19_002 => ("robot-gone", None),
        19_021 => ("robot-sign", None),
        19_022 => ("robot-ip", None),
        19_024 => ("robot-keyword", None),
        9_499 => ("robot-content", None),
        _ => ("robot-other", None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(kind: RobotKind, body: &str) -> (&'static str, Option<Option<u32>>) {
        match verdict(kind, body.as_bytes()) {
            Verdict::Taken => ("taken", None),
            Verdict::Later { why, wait_seconds } => (why.code, Some(wait_seconds)),
            Verdict::Refused { why } => (why.code, None),
        }
    }

    #[test]
    fn only_the_number_zero_is_success() {
        use RobotKind::{Dingtalk, Feishu, Wecom};
        for (kind, body, said) in [
            (Wecom, r#"{"errcode":0,"errmsg":"ok"}"#, "taken"),
            (Dingtalk, r#"{"errcode":0,"errmsg":"ok"}"#, "taken"),
            (
                Feishu,
                r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
                "taken",
            ),
            (Wecom, r#"{"errcode":"0"}"#, "answer-no-code"),
            (Wecom, r#"{"errcode":null}"#, "answer-no-code"),
            (Wecom, r#"{"errcode":false}"#, "answer-no-code"),
            (Wecom, r#"{"errcode":0.5}"#, "answer-no-code"),
            (Wecom, r#"{"code":0}"#, "answer-no-code"),
            (Feishu, r#"{"errcode":0,"StatusCode":0}"#, "answer-no-code"),
            (Wecom, r#"[{"errcode":0}]"#, "answer-unreadable"),
            (Wecom, "0", "answer-unreadable"),
            (Wecom, r#"{"errcode":0"#, "answer-unreadable"),
            (Wecom, "", "answer-empty"),
            (Wecom, " \n", "answer-empty"),
            (Wecom, "<!doctype html><p>errcode 0", "answer-page"),
        ] {
            assert_eq!(why(kind, body).0, said, "{kind} {body}");
        }
    }

    #[test]
    fn known_refusals_are_told_apart() {
        use RobotKind::{Dingtalk, Feishu, Wecom};
        for (kind, body, said) in [
            (
                Wecom,
                r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
                ("robot-rate", Some(Some(60))),
            ),
            (
                Wecom,
                r#"{"errcode":-1,"errmsg":"system busy"}"#,
                ("robot-busy", Some(None)),
            ),
            (
                Wecom,
                r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
                ("robot-gone", None),
            ),
            (
                Dingtalk,
                r#"{"errcode":310000,"errmsg":"keywords not in content"}"#,
                ("robot-keyword", None),
            ),
            (
                Dingtalk,
                r#"{"errcode":310000,"errmsg":"sign not match"}"#,
                ("robot-sign", None),
            ),
            (
                Dingtalk,
                r#"{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}"#,
                ("robot-ip", None),
            ),
            (
                Dingtalk,
                r#"{"errcode":130101,"errmsg":"send too fast"}"#,
                ("robot-rate", Some(Some(600))),
            ),
            (
                Feishu,
                r#"{"code":19021,"msg":"sign match fail"}"#,
                ("robot-sign", None),
            ),
            (Feishu, r#"{"code":19022,"msg":"Ip Not Allowed"}"#, ("robot-ip", None)),
            (
                Feishu,
                r#"{"code":19024,"msg":"Key Words Not Found"}"#,
                ("robot-keyword", None),
            ),
            (Feishu, r#"{"code":11232}"#, ("robot-rate", Some(Some(60)))),
            (Feishu, r#"{"code":77777}"#, ("robot-other", None)),
        ] {
            assert_eq!(why(kind, body), said, "{kind} {body}");
        }
    }

    proptest! {
        #[test]
        fn no_noise_is_taken_for_success(body in prop::collection::vec(any::<u8>(), 0..200)) {
            for kind in RobotKind::ALL {
                prop_assert_ne!(verdict(*kind, &body), Verdict::Taken);
            }
        }
    }
}
