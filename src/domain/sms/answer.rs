//! What providers of text messages answer: success is one exact text in one exact place, everything else is a refusal with a reason.

use serde_json::Value;

use crate::domain::channel_answer::{Verdict, Why, object};

/// What Alibaba Cloud answered: `Code` is the text `OK`.
pub fn aliyun(body: &[u8]) -> Verdict {
    let answer = match object(body) {
        Ok(answer) => answer,
        Err(why) => return Verdict::Refused { why },
    };
    match answer.get("Code").and_then(Value::as_str) {
        Some("OK") => Verdict::Taken,
        Some(code) => judged(code, aliyun_known(code)),
        None => Verdict::refused("answer-no-code"),
    }
}

/// What Tencent Cloud answered: the first and only entry of `SendStatusSet` has the `Code` `Ok`.
pub fn tencent(body: &[u8]) -> Verdict {
    let answer = match object(body) {
        Ok(answer) => Value::Object(answer),
        Err(why) => return Verdict::Refused { why },
    };
    if let Some(code) = answer.pointer("/Response/Error/Code").and_then(Value::as_str) {
        return judged(code, tencent_known(code));
    }
    match answer.pointer("/Response/SendStatusSet/0/Code").and_then(Value::as_str) {
        Some("Ok") => Verdict::Taken,
        Some(code) => judged(code, tencent_known(code)),
        None => Verdict::refused("answer-no-code"),
    }
}

/// What a gateway answered that HTTP calls a success. `success` is a JSON pointer (RFC 6901) and what must stand there; without it HTTP's word
/// is enough.
pub fn gateway(body: &[u8], success: Option<(&str, &Value)>) -> Verdict {
    let Some((pointer, expected)) = success else {
        return Verdict::Taken;
    };
    let answer = match object(body) {
        Ok(answer) => Value::Object(answer),
        Err(why) => return Verdict::Refused { why },
    };
    match answer.pointer(pointer) {
        Some(found) if found == expected => Verdict::Taken,
        Some(found) => Verdict::Refused {
            why: Why::theirs("sms-gateway", &found.to_string()),
        },
        None => Verdict::refused("answer-no-code"),
    }
}

/// A key of words, and for what may be tried again how long to wait.
type Known = (&'static str, Option<Option<u32>>);

fn judged(code: &str, (known, later): Known) -> Verdict {
    let why = Why::theirs(known, code);
    match later {
        Some(wait_seconds) => Verdict::Later { why, wait_seconds },
        None => Verdict::Refused { why },
    }
}

fn has(code: &str, any: &[&str]) -> bool {
    any.iter().any(|part| code.contains(part))
}

fn aliyun_known(code: &str) -> Known {
    if has(code, &["BUSINESS_LIMIT_CONTROL"]) {
        ("sms-frequency", Some(Some(3600)))
    } else if has(code, &["Throttling"]) {
        ("sms-frequency", Some(Some(60)))
    } else if has(
        code,
        &["SYSTEM_ERROR", "ServiceUnavailable", "InternalError", "GATEWAY_ERROR"],
    ) {
        ("sms-busy", Some(None))
    } else if has(code, &["DAY_LIMIT", "MONTH_LIMIT"]) {
        ("sms-limit", None)
    } else if has(
        code,
        &[
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "InvalidAccessKey",
            "SignatureNonceUsed",
        ],
    ) {
        ("sms-key", None)
    } else if has(code, &["InvalidTimeStamp"]) {
        ("sms-clock", None)
    } else if has(code, &["PERMISSION_DENY", "RAM", "Forbidden", "NoPermission"]) && !has(code, &["PARAM"]) {
        ("sms-permission", None)
    } else if has(code, &["BLACK_KEY", "CONTENT_KEYWORD", "SMS_CONTENT_ILLEGAL"]) {
        ("sms-word", None)
    } else if has(
        code,
        &[
            "PARAM_LENGTH",
            "PARAM_NOT_SUPPORT",
            "MISSING_PARAMETERS",
            "JSON_PARAM",
            "PARAMS_ILLEGAL",
        ],
    ) {
        ("sms-variables", None)
    } else if has(code, &["SIGN"]) {
        ("sms-sign", None)
    } else if has(code, &["TEMPLATE"]) {
        ("sms-template", None)
    } else if has(code, &["AMOUNT_NOT_ENOUGH", "OUT_OF_SERVICE"]) {
        ("sms-balance", None)
    } else if has(code, &["MOBILE_NUMBER", "MOBILE_COUNT"]) {
        ("sms-number", None)
    } else if has(code, &["BLACKLIST", "MOBILE_IN_BLACK"]) {
        ("sms-blacklist", None)
    } else if has(code, &["ACCOUNT", "PRODUCT_UN"]) {
        ("sms-account", None)
    } else {
        ("sms-other", None)
    }
}

fn tencent_known(code: &str) -> Known {
    if has(code, &["ThirtySecondLimit", "RequestLimitExceeded", "AppIdSendSpeed"]) {
        ("sms-frequency", Some(Some(60)))
    } else if has(
        code,
        &[
            "OneHourLimit",
            "DailyLimit",
            "SameContentDailyLimit",
            "DeliveryFrequencyLimit",
        ],
    ) && code.contains("PhoneNumber")
    {
        ("sms-frequency", Some(Some(3600)))
    } else if has(code, &["LimitExceeded"]) {
        ("sms-limit", None)
    } else if has(code, &["InternalError", "ServiceUnavailable"]) {
        ("sms-busy", Some(None))
    } else if has(code, &["SignatureExpire", "RequestTimeException"]) {
        ("sms-clock", None)
    } else if has(code, &["SdkAppId", "SmsSdkAppid"]) {
        ("sms-account", None)
    } else if has(code, &["AuthFailure"]) {
        ("sms-key", None)
    } else if has(code, &["UnauthorizedOperation"]) {
        ("sms-permission", None)
    } else if has(code, &["SignatureIncorrectOrUnapproved", "MissingSignature"]) {
        ("sms-sign", None)
    } else if has(code, &["TemplateParam", "TemplateParameter"]) {
        ("sms-variables", None)
    } else if has(code, &["Template"]) {
        ("sms-template", None)
    } else if has(code, &["InsufficientBalance"]) {
        ("sms-balance", None)
    } else if has(code, &["Blacklist"]) {
        ("sms-blacklist", None)
    } else if has(code, &["SensitiveWord"]) {
        ("sms-word", None)
    } else if has(code, &["PhoneNumber"]) {
        ("sms-number", None)
    } else {
        ("sms-other", None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(verdict: Verdict) -> (&'static str, bool) {
        match verdict {
            Verdict::Taken => ("taken", false),
            Verdict::Later { why, .. } => (why.code, true),
            Verdict::Refused { why } => (why.code, false),
        }
    }

    #[test]
    fn alibaba_is_believed_only_with_its_exact_word() {
        for (code, meant) in [
            (json!("OK"), ("taken", false)),
            (json!("ok"), ("sms-other", false)),
            (json!(0), ("answer-no-code", false)),
            (json!("isv.BUSINESS_LIMIT_CONTROL"), ("sms-frequency", true)),
            (json!("isv.SMS_SIGNATURE_ILLEGAL"), ("sms-sign", false)),
            (json!("isv.SMS_TEMPLATE_ILLEGAL"), ("sms-template", false)),
            (json!("isv.TEMPLATE_MISSING_PARAMETERS"), ("sms-variables", false)),
            (json!("isv.INVALID_JSON_PARAM"), ("sms-variables", false)),
            (json!("isv.PARAM_LENGTH_LIMIT"), ("sms-variables", false)),
            (json!("isv.AMOUNT_NOT_ENOUGH"), ("sms-balance", false)),
            (json!("isv.OUT_OF_SERVICE"), ("sms-balance", false)),
            (json!("isv.MOBILE_NUMBER_ILLEGAL"), ("sms-number", false)),
            (json!("isv.BLACK_KEY_CONTROL_LIMIT"), ("sms-word", false)),
            (json!("isp.RAM_PERMISSION_DENY"), ("sms-permission", false)),
            (json!("isp.SYSTEM_ERROR"), ("sms-busy", true)),
            (json!("SignatureDoesNotMatch"), ("sms-key", false)),
            (json!("InvalidAccessKeyId.NotFound"), ("sms-key", false)),
            (json!("InvalidTimeStamp.Expired"), ("sms-clock", false)),
            (json!("Throttling.User"), ("sms-frequency", true)),
        ] {
            let body = json!({ "Code": code, "Message": "x" }).to_string();
            assert_eq!(said(aliyun(body.as_bytes())), meant, "{code}");
        }
        assert_eq!(said(aliyun(b"<html>")).0, "answer-page");
        assert_eq!(said(aliyun(b"{}")).0, "answer-no-code");
    }

    #[test]
    fn tencent_is_believed_only_for_the_message_itself() {
        for (code, meant) in [
            ("Ok", ("taken", false)),
            ("OK", ("sms-other", false)),
            ("LimitExceeded.PhoneNumberDailyLimit", ("sms-frequency", true)),
            ("LimitExceeded.PhoneNumberThirtySecondLimit", ("sms-frequency", true)),
            ("LimitExceeded.AppDailyLimit", ("sms-limit", false)),
            ("FailedOperation.SignatureIncorrectOrUnapproved", ("sms-sign", false)),
            ("FailedOperation.TemplateIncorrectOrUnapproved", ("sms-template", false)),
            (
                "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
                ("sms-variables", false),
            ),
            (
                "FailedOperation.InsufficientBalanceInSmsPackage",
                ("sms-balance", false),
            ),
            ("FailedOperation.PhoneNumberInBlacklist", ("sms-blacklist", false)),
            ("FailedOperation.ContainSensitiveWord", ("sms-word", false)),
            ("InvalidParameterValue.IncorrectPhoneNumber", ("sms-number", false)),
        ] {
            let body = json!({ "Response": { "SendStatusSet": [{ "Code": code }], "RequestId": "r" } }).to_string();
            assert_eq!(said(tencent(body.as_bytes())), meant, "{code}");
        }
        for (code, meant) in [
            ("AuthFailure.SignatureFailure", ("sms-key", false)),
            ("AuthFailure.SignatureExpire", ("sms-clock", false)),
            ("UnauthorizedOperation", ("sms-permission", false)),
            ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", ("sms-account", false)),
            ("RequestLimitExceeded", ("sms-frequency", true)),
            ("InternalError.Timeout", ("sms-busy", true)),
        ] {
            let body = json!({ "Response": { "Error": { "Code": code, "Message": "x" } } }).to_string();
            assert_eq!(said(tencent(body.as_bytes())), meant, "{code}");
        }
        assert_eq!(
            said(tencent(br#"{"Response":{"SendStatusSet":[]}}"#)).0,
            "answer-no-code"
        );
    }

    #[test]
    fn a_gateway_is_held_to_the_value_that_was_agreed_and_to_its_kind() {
        let zero = json!(0);
        let check = |body: &str| said(gateway(body.as_bytes(), Some(("/data/code", &zero)))).0;
        assert_eq!(check(r#"{"data":{"code":0}}"#), "taken");
        assert_eq!(check(r#"{"data":{"code":"0"}}"#), "sms-gateway");
        assert_eq!(check(r#"{"data":{"code":7}}"#), "sms-gateway");
        assert_eq!(check(r#"{"code":0}"#), "answer-no-code");
        assert_eq!(check("success"), "answer-unreadable");
        assert_eq!(said(gateway(b"whatever", None)).0, "taken");
    }
}
