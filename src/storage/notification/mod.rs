//! The outbox: notifications, their deliveries, and the attempts at them.
//!
//! `due -> leased(owner, epoch, until) -> sending -> sent | retry | unknown | expired | dead`. `sending` is committed before the first byte
//! leaves. A completing update names owner and epoch, and what it says is thrown away when it hits no row: somebody else has taken over.

mod batch;
mod call;
mod digest;
mod fold;
mod lease;
mod log;
mod news;
mod reach;
mod record;
mod write;

pub use batch::{ByHome, letters, listeners_by_session, news_by_home, recipients, senders};
pub use call::{
    ByHand, Call, Open, account_names, add_call, by_phone, calls, calls_since, changes, latest_change, move_by_hand,
    open, open_by_id, open_of_notification, undo_call,
};
pub use digest::{is_known, masked_names, programme_titles, told_until};
pub use fold::{WaitingChange, hold_waiting, set_facts, waiting_changes};
pub use lease::{
    Leased, Standing, calm, communities_with_due, lease, lease_hurried, overdue_leases, renew, standing, take_over,
};
pub use log::{Attempt, LogRow, LogWanted, attempts, counts, log, send_again};
pub use news::{
    Letter, Recipient, Sender, SessionNews, Upcoming, partner_address, proposal_news, sender, session_news, slug,
    upcoming, upcoming_of,
};
pub use reach::{account_address, reach, robots, staff};
pub use record::{End, Page, Start, Tried, end, unanswered};
pub use write::{
    Listener, NewDelivery, NewNotification, add_deliveries, all_wait, ensure, has_left, listeners, listeners_among,
    take_back, told, told_under, wake,
};
