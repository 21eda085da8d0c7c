//! Letters on their way over one connection, one after the other.
//!
//! Where the server takes several commands in a row (RFC 2920 §3.1), the envelope of the next letter leaves in one write with the body of the one
//! before: half as many answers are waited for, one at a time. Its body waits until its own DATA was answered, so nothing of it has left when
//! the connection breaks before.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Severity;
use tokio::time::timeout;

use super::body::{Progress, whole};
use super::compose::{Letter, Malformed, compose};
use super::connection::{Conversation, Failure};
use super::{EmailChannel, presentable, refusal, retry, says_no_such_address};
use crate::services::channel::{Messages, Outgoing, SendOutcome};

/// So long a letter waits for the answer to the one before it; then another connection takes it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A message, written.
struct Turn {
    message: Outgoing,
    letter: Letter,
    /// How many commands of its envelope have been said, together with the letter before.
    said: Option<usize>,
    /// The connection it was to travel over proved unusable: kept ones are not tried again.
    needs_fresh: bool,
}

/// What became of an envelope.
enum Envelope {
    /// The body may follow.
    Taken,
    /// The connection proved unusable before anybody heard of the letter.
    Unheard(Failure),
    /// The try has ended; whether the connection can be used for the next letter.
    Ended(SendOutcome, bool),
}

/// What became of a body.
struct Given {
    outcome: SendOutcome,
    is_usable: bool,
    /// The letter whose envelope was said with it, unless somebody else has it now.
    next: Option<Turn>,
}

impl EmailChannel {
    /// Carries letters until there are no more.
    pub(super) async fn carry_all(&self, messages: &dyn Messages) {
        let mut next = self.next_turn(messages);
        while let Some(turn) = next {
            next = self.carry(turn, messages).await;
        }
    }

    /// The next message that can be written as a letter.
    fn next_turn(&self, messages: &dyn Messages) -> Option<Turn> {
        loop {
            let message = messages.next()?;
            match compose(&self.relay.from, &message) {
                Ok(letter) => {
                    return Some(Turn {
                        message,
                        letter,
                        said: None,
                        needs_fresh: false,
                    });
                }
                Err(problem) => {
                    let outcome = SendOutcome::Rejected {
                        bad_address: matches!(problem, Malformed::Recipient(_)),
                        reason: problem.to_string(),
                    };
                    end(messages, message, outcome);
                }
            }
        }
    }

    /// Carries a letter, and those after it, over one connection as long as it lasts. Gives the one that needs another.
    async fn carry(&self, mut turn: Turn, messages: &dyn Messages) -> Option<Turn> {
        let kept = if turn.needs_fresh { None } else { self.take_idle() };
        // Until something was heard over it.
        let mut is_unproved = kept.is_none();
        let opened = match kept {
            Some(conversation) => Ok(conversation),
            None => self.relay.open().await,
        };
        let mut conversation = match opened {
            Ok(conversation) => conversation,
            Err(failure) => {
                end(messages, turn.message, retry(&failure));
                return self.next_turn(messages);
            }
        };
        loop {
            let (is_usable, next) = match self.announce(&mut conversation, &turn).await {
                Envelope::Taken => {
                    let given = self.transmit(&mut conversation, &turn.letter, messages).await;
                    end(messages, turn.message, given.outcome);
                    (given.is_usable, given.next)
                }
                Envelope::Ended(outcome, is_usable) => {
                    end(messages, turn.message, outcome);
                    (is_usable, None)
                }
                Envelope::Unheard(failure) if is_unproved => {
                    end(messages, turn.message, retry(&failure));
                    (false, None)
                }
                Envelope::Unheard(_) => (false, Some(turn)),
            };
            is_unproved = false;
            turn = match (is_usable, next.or_else(|| self.next_turn(messages))) {
                (true, Some(next)) => next,
                (true, None) => {
                    self.keep(conversation);
                    return None;
                }
                (false, next) => {
                    return next.map(|next| Turn {
                        needs_fresh: true,
                        said: None,
                        ..next
                    });
                }
            };
        }
    }

    /// Says the envelope, unless it was said already, and hears what the server makes of it.
    async fn announce(&self, conversation: &mut Conversation, turn: &Turn) -> Envelope {
        let commands = match turn.said {
            Some(_) => Vec::new(),
            None => match envelope(conversation, &turn.letter) {
                Ok(commands) => commands,
                Err(outcome) => return Envelope::Ended(outcome, true),
            },
        };
        let last = turn.said.unwrap_or(commands.len()) - 1;
        for step in 0..=last {
            let answer = if !conversation.takes_rows {
                self.relay.command(conversation, &commands[step]).await
            } else if step == 0 && turn.said.is_none() {
                self.relay.command(conversation, commands.concat()).await
            } else {
                self.relay.answer(conversation).await
            };
            let (code, text) = match answer {
                Ok(answer) if step < last || answer.code().severity == Severity::PositiveIntermediate => continue,
                Ok(_) => {
                    let wrong = Failure::Broken("DATA was not answered with 354 (RFC 5321 §3.3)".to_owned());
                    return Envelope::Ended(retry(&wrong), false);
                }
                Err(Failure::Answered { code, text }) if step > 0 || code != 421 => (code, text),
                // Nobody has heard of the letter yet.
                Err(unusable) if step == 0 => return Envelope::Unheard(unusable),
                Err(broken) => return Envelope::Ended(retry(&broken), false),
            };
            let is_about_recipient = step > 0 && step < last;
            let outcome = match refusal(code, &text) {
                SendOutcome::Rejected { reason, .. } => SendOutcome::Rejected {
                    reason,
                    bad_address: is_about_recipient && says_no_such_address(code, &text),
                },
                other => other,
            };
            let is_heard_out =
                code != 421 && (!conversation.takes_rows || self.hear_out(conversation, last - step).await);
            let is_usable = is_heard_out && self.begin_anew(conversation, code).await;
            return Envelope::Ended(outcome, is_usable);
        }
        Envelope::Taken
    }

    /// Hears the answers to what was said in a row after a command that was refused; whether the connection can be used again. It cannot where the
    /// server goes on all the same and waits for a body: nothing is said then that it might take for one.
    async fn hear_out(&self, conversation: &mut Conversation, answers: usize) -> bool {
        for _ in 0..answers {
            match self.relay.answer(conversation).await {
                Ok(answer) if answer.code().severity == Severity::PositiveIntermediate => return false,
                Ok(_) => {}
                Err(Failure::Answered { code, .. }) if code != 421 => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// After a refusal; whether the connection serves the next letter. 421 announces that the server closes (RFC 5321 §3.8).
    async fn begin_anew(&self, conversation: &mut Conversation, code: u16) -> bool {
        code != 421 && self.relay.command(conversation, Rset).await.is_ok()
    }

    /// The letter after this one, if its envelope can be said together with a body: a row may begin with one (RFC 2920 §3.1).
    fn following(&self, conversation: &Conversation, messages: &dyn Messages) -> Option<(Turn, String)> {
        if !conversation.takes_rows {
            return None;
        }
        loop {
            let turn = self.next_turn(messages)?;
            match envelope(conversation, &turn.letter) {
                Ok(commands) => {
                    let said = Some(commands.len());
                    return Some((Turn { said, ..turn }, commands.concat()));
                }
                Err(outcome) => end(messages, turn.message, outcome),
            }
        }
    }

    /// Sends the body and the final dot, and with them the next envelope, and waits for the answer to the dot.
    async fn transmit(&self, conversation: &mut Conversation, letter: &Letter, messages: &dyn Messages) -> Given {
        let timeouts = &self.relay.settings.timeouts;
        let progress = Progress::default();
        let mut next = None;
        let mut is_in_step = true;
        let answer = if let Some(mut words) = whole(&letter.octets) {
            if let Some((turn, commands)) = self.following(conversation, messages) {
                words.push_str(&commands);
                next = Some(turn);
            }
            progress.complete();
            let mut saying = std::pin::pin!(conversation.smtp.command(words));
            let patience = PATIENCE.min(timeouts.final_dot);
            match timeout(patience, &mut saying).await {
                Ok(answer) => Some(answer),
                Err(_) => {
                    if let Some(turn) = next.take() {
                        // Its envelope was said here, so nothing else can be said over this connection.
                        is_in_step = false;
                        messages.put_back(turn.message);
                    }
                    timeout(timeouts.final_dot.saturating_sub(patience), &mut saying)
                        .await
                        .ok()
                }
            }
        } else {
            let mut sending = std::pin::pin!(conversation.smtp.message_iter(progress.pieces(&letter.octets)));
            let mut written = 0;
            loop {
                match timeout(timeouts.command, &mut sending).await {
                    Ok(answer) => break Some(answer),
                    Err(_) if progress.is_complete() => break timeout(timeouts.final_dot, &mut sending).await.ok(),
                    Err(_) if progress.written() > written => written = progress.written(),
                    Err(_) => break None,
                }
            }
        };
        let given = |outcome, is_usable, next| Given {
            outcome,
            is_usable: is_usable && is_in_step,
            next,
        };
        let reason = match answer {
            Some(Ok(answer)) if answer.code().severity == Severity::PositiveCompletion => {
                let words: Vec<&str> = answer.message().collect();
                let answer = format!("{} {}", answer.code(), words.join(" "));
                return given(SendOutcome::Sent { answer }, true, next);
            }
            Some(Ok(answer)) => format!("the final dot was answered with {}", answer.code()),
            Some(Err(error)) => match Failure::from(error) {
                Failure::Answered { code, text } => {
                    // After a row the next envelope is under way: to begin anew would undo it.
                    let is_usable = match next {
                        Some(_) => code != 421,
                        None => is_in_step && self.begin_anew(conversation, code).await,
                    };
                    return given(refusal(code, &text), is_usable, next);
                }
                Failure::Broken(problem) => problem,
            },
            None if progress.is_complete() => format!("no answer within {:?}", timeouts.final_dot),
            None => format!("the body does not get through: stuck for {:?}", timeouts.command),
        };
        let outcome = if progress.is_complete() {
            SendOutcome::Unknown { reason }
        } else {
            SendOutcome::Retry { reason, after: None }
        };
        given(outcome, false, next)
    }
}

/// MAIL, RCPT for each recipient, DATA: or why no server of this kind can take the letter.
fn envelope(conversation: &Conversation, letter: &Letter) -> Result<Vec<String>, SendOutcome> {
    let server = conversation.smtp.server_info();
    let mut parameters = Vec::new();
    if !letter.is_ascii_addressed() {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(SendOutcome::Rejected {
                reason: "the address is not ASCII and the mail server does not know SMTPUTF8 (RFC 6531)".to_owned(),
                bad_address: false,
            });
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !letter.octets.is_ascii() && server.supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mut commands = vec![Mail::new(letter.envelope.from().cloned(), parameters).to_string()];
    let recipients = letter.envelope.to().iter().cloned();
    commands.extend(recipients.map(|recipient| Rcpt::new(recipient, Vec::new()).to_string()));
    commands.push(Data.to_string());
    Ok(commands)
}

/// Says how a try ended, in words fit to be kept.
fn end(messages: &dyn Messages, message: Outgoing, outcome: SendOutcome) {
    let outcome = presentable(outcome, &message.to);
    messages.ended(message, outcome);
}

/// One message, carried alone.
pub(super) struct Alone {
    message: Mutex<Option<Outgoing>>,
    outcome: Mutex<Option<SendOutcome>>,
}

impl Alone {
    pub fn new(message: Outgoing) -> Self {
        Self {
            message: Mutex::new(Some(message)),
            outcome: Mutex::default(),
        }
    }

    /// How it ended.
    pub fn outcome(self) -> SendOutcome {
        let outcome = self.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome.unwrap_or_else(|| retry(&"nobody carried the message"))
    }
}

impl Messages for Alone {
    fn next(&self) -> Option<Outgoing> {
        self.message.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn ended(&self, _message: Outgoing, outcome: SendOutcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }

    fn put_back(&self, message: Outgoing) {
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }
}
