//! The outbox: whatever people must be told becomes rows in the transaction that changes what they are told of, and leaves afterwards.
//!
//! Cast: a *notification* says what must be told; a *delivery* is the same to one person over one channel; an *attempt* is one try.
//! Promised: what is committed is told; a message leaves twice only where a mail server took it without an answer, and then with the same
//! Message-ID. Not promised: that it is read.
//!
//! [`news`] writes the rows ([`partner`] those to partners, [`remind`] reminders, [`digest`] what is told at fixed times), [`office`] knows by which
//! ways and when, [`worker`] sends, [`letter`] finds the words (facts in a [`story`], said as the community wants it or in the [`default_words`]),
//! [`opt_out`] is who does not want which, [`log`] shows and lets people mend.

mod as_told;
pub mod call;
mod default_words;
mod desk;
mod digest;
mod fold;
mod letter;
pub mod log;
mod news;
mod offer;
mod office;
pub mod opt_out;
mod partner;
mod remind;
mod say;
mod story;
pub mod tally;
mod term;
mod worker;

pub use as_told::as_told;
pub use default_words::Draft;
pub(super) use default_words::draft;
pub use digest::digest_due;
pub use news::{
    ChangedSession, promoted, proposal_decided, proposal_submitted, session_changed, session_changed_later,
};
pub use offer::{lapsed, offered};
pub use office::hours;
pub use partner::{ask_again, ask_partner, close_question, paper_expires, paper_in};
pub use remind::enqueue_due;
pub use story::Filled;
pub(super) use story::{Story, draft_of, fill};
pub use term::{ask_place, place_confirmed, promoted_to_several, question_key};
pub use worker::{Delivered, Worker, deliver_ready, hurry_due};
