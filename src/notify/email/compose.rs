//! From a message of ours to the octets that travel (RFC 5322, MIME).

use lettre::Address;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use crate::services::channel::Outgoing;

/// A message with its envelope, ready for the conversation.
pub(super) struct Letter {
    /// Whom MAIL and RCPT name.
    pub envelope: Envelope,
    /// Headers and body, lines ended by CRLF, dots not yet stuffed.
    pub octets: Vec<u8>,
}

impl Letter {
    /// Whether every address is ASCII, which any server understands.
    pub fn is_ascii_addressed(&self) -> bool {
        let mut addresses = self.envelope.to().iter().chain(self.envelope.from());
        addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii())
    }
}

/// A message that no server could take.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("the recipient is not an e-mail address: {0}")]
    Recipient(AddressError),
    #[error("the subject has a line break or another control character in it")]
    Subject,
    #[error("the Message-ID is not of the form <left@right> (RFC 5322 §3.6.4)")]
    MessageId,
    #[error("the address that ends the messages is no web address, or has a control character in it (RFC 8058 §3.1)")]
    Unsubscribe,
    #[error("the message cannot be put together: {0}")]
    Message(lettre::error::Error),
}

/// Writes the letter. Header values with line breaks are refused, never repaired: they come from somebody who tries.
pub(super) fn compose(from: &Mailbox, message: &Outgoing) -> Result<Letter, Malformed> {
    let to: Address = message.to.parse().map_err(Malformed::Recipient)?;
    if message.subject.chars().any(char::is_control) {
        return Err(Malformed::Subject);
    }
    if !is_message_id(&message.message_id) {
        return Err(Malformed::MessageId);
    }
    if message
        .unsubscribe
        .as_deref()
        .is_some_and(|address| !is_web_address(address))
    {
        return Err(Malformed::Unsubscribe);
    }
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()]).map_err(Malformed::Message)?;
    let mut letter = Message::builder()
        // Else it would be read back out of the headers.
        .envelope(envelope.clone())
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&*message.subject)
        .date(message.written_at.into())
        .message_id(Some(message.message_id.clone()))
        // RFC 3834 §5: answering machines leave it alone.
        .raw_header(header(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated",
        ))
        .raw_header(header(
            HeaderName::new_from_ascii_str("Content-Language"),
            message.lang.tag(),
        ));
    if let Some(address) = &message.unsubscribe {
        letter = letter.raw_header(header(
            HeaderName::new_from_ascii_str("List-Unsubscribe"),
            &format!("<{address}>"),
        ));
        // RFC 8058 §3.1: one click is offered over HTTPS only.
        if address.starts_with("https://") {
            letter = letter.raw_header(header(
                HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
                "List-Unsubscribe=One-Click",
            ));
        }
    }
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(with_crlf(&message.text));
    let letter = match &message.html {
        None => letter.singlepart(text),
        Some(html) => letter.multipart(
            MultiPart::alternative().singlepart(text).singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_HTML)
                    .body(with_crlf(html)),
            ),
        ),
    }
    .map_err(Malformed::Message)?;
    Ok(Letter {
        envelope,
        octets: letter.formatted(),
    })
}

fn header(name: HeaderName, value: &str) -> HeaderValue {
    HeaderValue::new(name, value.to_owned())
}

/// The words with their lines ended by CRLF. lettre would see to that itself, by inserting in place, which for a text
/// of eight megabytes takes 20 seconds.
fn with_crlf(words: &str) -> String {
    let mut ended = String::with_capacity(words.len() + words.len() / 16 + 2);
    for line in words.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                ended.push_str(line.strip_suffix('\r').unwrap_or(line));
                ended.push_str("\r\n");
            }
            None => ended.push_str(line),
        }
    }
    ended
}

/// Whether it is an address of the web that can stand between angle brackets (RFC 2369 §2): printable ASCII, no brackets, no blanks.
fn is_web_address(address: &str) -> bool {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ','))
    })
}

fn is_message_id(id: &str) -> bool {
    let inside = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inside
        .and_then(|inside| inside.split_once('@'))
        .is_some_and(|(left, right)| {
            let is_plain = |part: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '@' | '(' | ')' | '"' | '\\'))
            };
            is_plain(left) && is_plain(right)
        })
}
