//! Why a message did not arrive, and what a person can do about it, read from what servers and providers answered.

use super::Status;
use crate::domain::channel::ChannelKind;

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// There is no address or number to send to.
    NoAddress,
    /// The other side knows no such address or number.
    BadAddress,
    /// The telephone is switched off or out of reach.
    SwitchedOff,
    /// The number is out of service.
    OutOfService,
    /// A number at which text messages do not arrive.
    Landline,
    /// They do not want messages this way.
    OptedOut,
    /// Their mailbox is full.
    Full,
    /// Refused as unwanted: by a filter, or by the provider's rules.
    Refused,
    /// The login to the mail server or provider is wrong: nothing leaves for anybody.
    Login,
    /// The other side asked to send less.
    Limit,
    /// The other side could not be reached.
    Unreachable,
    /// Everything was sent and no answer came.
    NoAnswer,
    /// No way of sending is set up.
    NotSetUp,
    /// It came too late.
    Late,
    /// News of today's session that still waited after ten minutes.
    Waited,
    /// Three workers went away with it in their hands: it was given up.
    GivenUp,
    /// The database was restored: it may have left before.
    Restored,
    /// Something else: the other side's own words are shown.
    Other,
}

crate::domain::planning::named! { Failure {
    NoAddress => "no-address",
    BadAddress => "bad-address",
    SwitchedOff => "switched-off",
    OutOfService => "out-of-service",
    Landline => "landline",
    OptedOut => "opted-out",
    Full => "full",
    Refused => "refused",
    Login => "login",
    Limit => "limit",
    Unreachable => "unreachable",
    NoAnswer => "no-answer",
    NotSetUp => "not-set-up",
    Late => "late",
    Waited => "waited",
    GivenUp => "given-up",
    Restored => "restored",
    Other => "other",
} }

/// The next step a person can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Send it again.
    Resend,
    /// Correct the address or number.
    ChangeAddress,
    /// Phone.
    Phone,
    /// Set up, or put right, the mail server or provider.
    Settings,
    /// Nothing: it goes on by itself, or is done.
    Wait,
}

crate::domain::planning::named! { Step {
    Resend => "resend",
    ChangeAddress => "change-address",
    Phone => "phone",
    Settings => "settings",
    Wait => "wait",
} }

/// Parts of answers, in lower case, and what they mean; the first that is found counts. SMTP codes: RFC 3463 and RFC 5321 §4.2.
const SIGNS: [(&str, Failure); 49] = [
    ("从备份恢复", Failure::Restored),
    ("workers went away", Failure::GivenUp),
    ("no account for", Failure::NotSetUp),
    ("not sent within", Failure::Waited),
    ("没有邮箱地址", Failure::NoAddress),
    ("no address", Failure::NoAddress),
    ("no number", Failure::NoAddress),
    ("opted out", Failure::OptedOut),
    ("unsubscribed", Failure::OptedOut),
    ("退订", Failure::OptedOut),
    ("black_key_control_limit", Failure::OptedOut),
    ("blacklist", Failure::OptedOut),
    ("landline", Failure::Landline),
    ("座机", Failure::Landline),
    ("关机", Failure::SwitchedOff),
    ("switched off", Failure::SwitchedOff),
    ("停机", Failure::OutOfService),
    ("空号", Failure::OutOfService),
    ("out of service", Failure::OutOfService),
    ("mobile_number_illegal", Failure::BadAddress),
    ("incorrectphonenumber", Failure::BadAddress),
    ("invalidparametervalue.phone", Failure::BadAddress),
    ("5.1.1", Failure::BadAddress),
    ("5.1.2", Failure::BadAddress),
    ("5.1.3", Failure::BadAddress),
    ("5.1.10", Failure::BadAddress),
    ("user unknown", Failure::BadAddress),
    ("no such user", Failure::BadAddress),
    ("unknown user", Failure::BadAddress),
    ("mailbox unavailable", Failure::BadAddress),
    ("does not exist", Failure::BadAddress),
    ("smtputf8", Failure::BadAddress),
    ("5.2.2", Failure::Full),
    ("4.2.2", Failure::Full),
    ("mailbox full", Failure::Full),
    ("quota", Failure::Full),
    ("business_limit_control", Failure::Limit),
    ("limitexceeded", Failure::Limit),
    ("too many", Failure::Limit),
    ("535", Failure::Login),
    ("5.7.8", Failure::Login),
    ("authentication", Failure::Login),
    ("signaturedoesnotmatch", Failure::Login),
    ("authfailure", Failure::Login),
    ("5.7.1", Failure::Refused),
    ("spam", Failure::Refused),
    ("no answer after", Failure::NoAnswer),
    ("timed out", Failure::Unreachable),
    ("connect", Failure::Unreachable),
];

/// Why a delivery in this state did not arrive; none when nothing went wrong.
pub fn failure(status: Status, last_error: Option<&str>) -> Option<Failure> {
    match status {
        Status::Sent | Status::Due | Status::Leased | Status::Sending | Status::Dropped => return None,
        Status::Unknown if last_error.is_some_and(|said| said.contains("从备份恢复")) => {
            return Some(Failure::Restored);
        }
        Status::Unknown => return Some(Failure::NoAnswer),
        Status::Kept => return Some(Failure::NotSetUp),
        Status::Expired => return Some(Failure::Late),
        Status::Dead | Status::Retry | Status::ToCall => {}
    }
    let said = last_error.map(str::to_lowercase).filter(|said| !said.is_empty())?;
    let sign = SIGNS.iter().find(|(sign, _)| said.contains(sign));
    Some(match sign {
        Some((_, failure)) => *failure,
        // A permanent refusal of the recipient without a reason (RFC 5321 §4.2.3).
        None if said.starts_with("550") || said.starts_with("553") => Failure::BadAddress,
        None if said.starts_with("554") => Failure::Refused,
        None if said.starts_with('4') => Failure::Unreachable,
        None => Failure::Other,
    })
}

/// What to do with a delivery in this state: `reachable` says whether somebody could be phoned at all (they are a person, not a robot's
/// group).
pub fn next_step(status: Status, kind: ChannelKind, failure: Option<Failure>, reachable: bool) -> Step {
    match status {
        Status::Sent | Status::Due | Status::Leased | Status::Sending | Status::Dropped | Status::Expired => {
            return Step::Wait;
        }
        Status::ToCall => return Step::Phone,
        Status::Retry => return Step::Resend,
        Status::Kept => return Step::Settings,
        Status::Unknown | Status::Dead => {}
    }
    match failure {
        Some(Failure::Login | Failure::NotSetUp) => Step::Settings,
        Some(Failure::BadAddress | Failure::NoAddress | Failure::OutOfService | Failure::Landline) if reachable => {
            Step::ChangeAddress
        }
        // Whether a robot's message or a text message arrived nobody can look up: asking is surer than sending twice.
        Some(Failure::NoAnswer | Failure::Restored) if reachable && kind != ChannelKind::Email => Step::Phone,
        Some(Failure::OptedOut | Failure::Refused) if reachable => Step::Phone,
        _ => Step::Resend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_people_would() {
        for (said, meant) in [
            ("550 5.1.1 <***>: user unknown", Failure::BadAddress),
            ("550 not here", Failure::BadAddress),
            ("452 4.2.2 mailbox full", Failure::Full),
            ("421 too many connections", Failure::Limit),
            ("535 5.7.8 bad credentials", Failure::Login),
            ("554 5.7.1 looks like spam", Failure::Refused),
            ("isv.BUSINESS_LIMIT_CONTROL", Failure::Limit),
            ("isv.MOBILE_NUMBER_ILLEGAL", Failure::BadAddress),
            ("对方关机", Failure::SwitchedOff),
            ("号码停机", Failure::OutOfService),
            ("座机收不了短信", Failure::Landline),
            ("cannot connect to the mail server", Failure::Unreachable),
            ("451 try later", Failure::Unreachable),
            ("not sent within 10 minutes, and it is about today", Failure::Waited),
            ("three workers went away with this message", Failure::GivenUp),
            ("no account for sms is switched on", Failure::NotSetUp),
            ("something nobody has seen", Failure::Other),
        ] {
            assert_eq!(failure(Status::Dead, Some(said)), Some(meant), "{said}");
        }
        let restored = Some("从备份恢复，说不准发过没有");
        assert_eq!(failure(Status::Unknown, restored), Some(Failure::Restored));
        assert_eq!(
            failure(Status::ToCall, None),
            None,
            "phoned because there is no address"
        );
        assert_eq!(failure(Status::Unknown, Some("timed out")), Some(Failure::NoAnswer));
        assert_eq!(failure(Status::Sent, Some("550")), None);
    }

    #[test]
    fn every_state_has_a_next_step_that_fits() {
        use ChannelKind::{Email, Robot, Sms};
        for (status, kind, failure, reachable, step) in [
            (Status::ToCall, Email, None, true, Step::Phone),
            (
                Status::Dead,
                Email,
                Some(Failure::BadAddress),
                true,
                Step::ChangeAddress,
            ),
            (Status::Dead, Robot, Some(Failure::BadAddress), false, Step::Resend),
            (Status::Dead, Sms, Some(Failure::Landline), true, Step::ChangeAddress),
            (Status::Dead, Email, Some(Failure::Login), true, Step::Settings),
            (Status::Unknown, Email, Some(Failure::NoAnswer), true, Step::Resend),
            (Status::Unknown, Sms, Some(Failure::NoAnswer), true, Step::Phone),
            (Status::Unknown, Robot, Some(Failure::NoAnswer), false, Step::Resend),
            (Status::Kept, Email, Some(Failure::NotSetUp), true, Step::Settings),
            (Status::Retry, Email, Some(Failure::Unreachable), true, Step::Resend),
            (Status::Sent, Email, None, true, Step::Wait),
        ] {
            assert_eq!(
                next_step(status, kind, failure, reachable),
                step,
                "{status:?} {kind} {failure:?}"
            );
        }
    }

    #[test]
    fn every_sign_is_written_as_it_is_looked_for() {
        for (sign, _) in SIGNS {
            assert_eq!(sign, sign.to_lowercase(), "answers are lowered before");
        }
    }
}
