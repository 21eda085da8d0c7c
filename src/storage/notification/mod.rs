//! The outbox: notifications, their deliveries, and the attempts at them.
//!
//! `due -> leased(owner, epoch, until) -> sending -> sent | retry | unknown | expired | dead`. `sending` is committed before the first byte
//! leaves. A completing update names owner and epoch, and what it says is thrown away when it hits no row: somebody else has taken over.

mod digest;
mod fold;
mod lease;
mod log;
mod news;
mod reach;
mod write;

pub use digest::{is_known, masked_names, programme_titles, told_until};
pub use fold::{WaitingChange, hold_waiting, set_facts, waiting_changes};
pub use lease::{Completion, Leased, close_open_attempts, complete, lease, overdue_leases, start_sending, unanswered};
pub use log::{LogRow, counts, log, set_by_hand};
pub use news::{
    Letter, Sender, SessionNews, Upcoming, letter, partner_address, proposal_news, resident_address, sender,
    session_news, slug, upcoming, upcoming_of,
};
pub use reach::{account_address, reach, robots, staff};
pub use write::{
    Listener, NewDelivery, NewNotification, add_deliveries, ensure, has_left, listeners, take_back, told, told_under,
    wake,
};
