//! What a resident does not want to be told over which channel. It stops what only reminds
//! ([`Event::is_reminder`](super::notification::Event::is_reminder)); what changes for them, a seat they got or are offered, and what they are
//! asked is told all the same.

use jiff::Timestamp;

use super::channel::ChannelKind;
use super::id::OptOutId;
use super::notification::Event;

/// How somebody said that they do not want to be told over a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptOutSource {
    /// With the link in a message.
    Link,
    /// They told staff.
    Staff,
    /// They answered a text message.
    Reply,
}

super::planning::named! { OptOutSource {
    Link => "link",
    Staff => "staff",
    Reply => "reply",
} }

/// The channels that can be refused: what nobody does by hand and reaches a person.
pub const REFUSABLE: [ChannelKind; 2] = [ChannelKind::Email, ChannelKind::Sms];

/// A channel that somebody refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Its id.
    pub id: OptOutId,
    /// Which channel.
    pub channel: ChannelKind,
    /// How they said so.
    pub source: OptOutSource,
    /// Since when.
    pub opted_out_at: Timestamp,
}

/// Whether somebody may be told of an event over a channel, given the channels they refused.
pub fn may_tell(event: Event, channel: ChannelKind, refused: &[ChannelKind]) -> bool {
    !event.is_reminder() || !refused.contains(&channel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ChannelKind::{Call, Email, Sms};

    #[test]
    fn a_refused_channel_carries_no_reminders_and_everything_else() {
        for (event, channel, refused, told) in [
            (Event::ReminderEvening, Email, &[][..], true),
            (Event::ReminderEvening, Email, &[Email][..], false),
            (Event::ReminderEvening, Sms, &[Email][..], true),
            (Event::ReminderSoon, Sms, &[Email, Sms][..], false),
            (Event::Cancelled, Email, &[Email][..], true),
            (Event::Moved, Sms, &[Email, Sms][..], true),
            (Event::Restored, Email, &[Email][..], true),
            (Event::ScheduleChanged, Email, &[Email][..], true),
            (Event::Offered, Email, &[Email][..], true),
            (Event::Promoted, Sms, &[Sms][..], true),
            (Event::ConfirmPlace, Email, &[Email][..], true),
            (Event::Offered, Call, &[Email, Sms][..], true),
            (Event::WeeklySchedule, Email, &[Email][..], false),
        ] {
            assert_eq!(
                may_tell(event, channel, refused),
                told,
                "{event:?} {channel:?} {refused:?}"
            );
        }
    }
}
