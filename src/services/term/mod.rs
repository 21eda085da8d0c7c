//! A new term from an old one: its dates are planned, the people of the old one are asked whether they come again, and a seat is kept
//! for each of them until they have answered or the agreed time is over.
//!
//! [`old_term`] shows what there was, [`new_term`] plans (or only looks), [`answer()`] takes an answer, [`expire_due`] gives the seats of
//! those who said nothing to whoever waits, [`fill`] brings sessions that came later into the promise. Everything that touches a
//! term's people locks the term's series first: answers, silence and two who plan at once come one after the other.

mod answer;
mod plan;
mod show;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{Context, Error};
use crate::domain::id::{CommunityId, RolloverId};
use crate::domain::resident::{Resident, TellBy};
use crate::domain::rollover::Refusal;

pub use answer::{Answered, Expired, Which, answer, expire_due, fill};
pub use plan::{Ends, NewTerm, Sent, TermOutlook, new_term};
pub use show::{AskedView, Counts, FormerView, OldTerm, Own, TermView, Usual, old_term, own, term_view};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLate => Error::State { code: "term-too-late" },
        }
    }
}

/// The token of somebody's link. It is made from a key that is not in the database, so that letters written later carry the same one
/// and the database alone opens no link.
pub fn token_of(ctx: &Context, community: CommunityId, id: RolloverId) -> String {
    URL_SAFE_NO_PAD.encode(ctx.sealer.blind_index(community, &format!("rollover link {id}")))
}

/// The hash a token is stored as.
fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Whether mail reaches somebody.
fn by_mail(resident: &Resident) -> bool {
    resident.tell_by == TellBy::Email && !resident.email.is_empty()
}
