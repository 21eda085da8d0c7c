//! The outbox: notifications, their deliveries, and the attempts at them.
//!
//! `due -> leased(owner, epoch, until) -> sending -> sent | retry | unknown | expired | dead`. `sending` is committed before the first byte
//! leaves. A completing update names owner and epoch, and what it says is thrown away when it hits no row: somebody else has taken over.

mod call;
mod lease;
mod log;
mod news;
mod write;

pub use call::{
    ByHand, Call, Open, account_names, add_call, by_phone, calls, calls_since, changes, latest_change, move_by_hand,
    open, open_by_id, open_of_notification, undo_call,
};
pub use lease::{Completion, Leased, close_open_attempts, complete, lease, overdue_leases, start_sending, unanswered};
pub use log::{Attempt, LogRow, LogWanted, attempts, counts, log, send_again};
pub use news::{
    Letter, Sender, SessionNews, Upcoming, letter, partner_address, proposal_news, resident_address, sender,
    session_news, slug, upcoming,
};
pub use write::{Listener, NewDelivery, NewNotification, add_deliveries, ensure, has_left, listeners, take_back, told};
