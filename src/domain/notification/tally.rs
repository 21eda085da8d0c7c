//! The three numbers of a session: 应通知, 已告知, 未告知. Who must be told of what changed, who knows, and who does not yet.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Event, Status};

/// One delivery about a session, as far as counting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whom it is for.
    pub person: Uuid,
    /// The notification it belongs to: later ones have greater ids.
    pub notification: Uuid,
    /// What it tells.
    pub event: Event,
    /// How it stands.
    pub status: Status,
    /// Whether somebody phoned instead of a message.
    pub by_phone: bool,
    /// Whether the family passes it on.
    pub by_family: bool,
}

/// How many people must be told of what changed in a session, by how far that got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// A message reached them.
    pub received: u32,
    /// Somebody phoned, and they know.
    pub phoned: u32,
    /// Their family passes it on.
    pub family: u32,
    /// A message is on its way to them.
    pub under_way: u32,
    /// Somebody has to phone.
    pub to_call: u32,
    /// The message failed, or nobody knows whether it arrived.
    pub failed: u32,
}

impl Tally {
    /// 应通知: people who must know.
    pub fn to_tell(self) -> u32 {
        self.told() + self.not_told()
    }

    /// 已告知: people who know.
    pub fn told(self) -> u32 {
        self.received + self.phoned + self.family
    }

    /// 未告知: people who do not know yet. A change is done when nobody is left.
    pub fn not_told(self) -> u32 {
        self.under_way + self.to_call + self.failed
    }
}

impl Event {
    /// Whether it tells of a change in a session that whoever is concerned must know of: those are counted.
    pub fn tells_of_a_change(self) -> bool {
        matches!(
            self,
            Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged | Event::Promoted
        )
    }
}

/// Counts the people of a session's lines. Somebody counts once, with the newest change they are told of; reminders do not count, nor does
/// what was dropped.
pub fn tally(lines: &[Line]) -> Tally {
    let mut newest: HashMap<Uuid, &Line> = HashMap::new();
    for line in lines {
        if !line.event.tells_of_a_change() || line.status == Status::Dropped {
            continue;
        }
        let stands = newest.entry(line.person).or_insert(line);
        if (line.notification, rank(line)) > (stands.notification, rank(stands)) {
            *stands = line;
        }
    }
    let mut tally = Tally::default();
    for line in newest.values() {
        *match line.status {
            Status::Sent if line.by_family => &mut tally.family,
            Status::Sent if line.by_phone => &mut tally.phoned,
            Status::Sent => &mut tally.received,
            Status::Due | Status::Leased | Status::Sending | Status::Retry => &mut tally.under_way,
            Status::ToCall => &mut tally.to_call,
            Status::Unknown | Status::Expired | Status::Dead | Status::Kept | Status::Dropped => &mut tally.failed,
        } += 1;
    }
    tally
}

/// Of two lines of one notification to one person, the one that reached them is what counts.
fn rank(line: &Line) -> bool {
    line.status == Status::Sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(person: u128, notification: u128, event: Event, status: Status) -> Line {
        Line {
            person: Uuid::from_u128(person),
            notification: Uuid::from_u128(notification),
            event,
            status,
            by_phone: false,
            by_family: false,
        }
    }

    #[test]
    fn everybody_counts_once_and_the_newest_change_counts() {
        let lines = [
            line(1, 1, Event::Cancelled, Status::ToCall),
            line(1, 2, Event::Restored, Status::Sent),
            line(2, 1, Event::Cancelled, Status::Sent),
            line(2, 2, Event::Restored, Status::Retry),
            line(3, 2, Event::Restored, Status::Dropped),
            line(3, 1, Event::Cancelled, Status::Sent),
            line(4, 3, Event::ReminderSoon, Status::Dead),
            Line {
                by_phone: true,
                ..line(5, 2, Event::Restored, Status::Sent)
            },
            Line {
                by_phone: true,
                by_family: true,
                ..line(6, 2, Event::Restored, Status::Sent)
            },
            line(7, 2, Event::Restored, Status::Kept),
        ];
        let counted = tally(&lines);
        assert_eq!(
            counted,
            Tally {
                received: 2,
                phoned: 1,
                family: 1,
                under_way: 1,
                to_call: 0,
                failed: 1
            }
        );
        assert_eq!((counted.to_tell(), counted.told(), counted.not_told()), (6, 4, 2));
    }

    #[test]
    fn the_same_news_over_two_channels_is_told_when_one_of_them_arrived() {
        let one = line(1, 1, Event::Moved, Status::Dead);
        let other = line(1, 1, Event::Moved, Status::Sent);
        assert_eq!(tally(&[one, other]), tally(&[other, one]));
        assert_eq!(tally(&[one, other]).told(), 1);
    }

    fn any_line() -> impl Strategy<Value = Line> {
        (
            0..6_u128,
            0..5_u128,
            0..Event::ALL.len(),
            0..Status::ALL.len(),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(person, notification, event, status, by_phone, by_family)| Line {
                by_phone,
                by_family,
                ..line(person, notification, Event::ALL[event], Status::ALL[status])
            })
    }

    proptest! {
        #[test]
        fn told_and_not_told_are_everybody_who_must_know(lines in prop::collection::vec(any_line(), 0..40)) {
            let counted = tally(&lines);
            let people: std::collections::HashSet<Uuid> = lines
                .iter()
                .filter(|line| line.event.tells_of_a_change() && line.status != Status::Dropped)
                .map(|line| line.person)
                .collect();
            prop_assert_eq!(counted.told() + counted.not_told(), counted.to_tell());
            prop_assert_eq!(counted.to_tell() as usize, people.len());
        }

        #[test]
        fn the_order_of_the_lines_does_not_matter(lines in prop::collection::vec(any_line(), 0..20)) {
            let mut turned = lines.clone();
            turned.reverse();
            let (one, other) = (tally(&lines), tally(&turned));
            prop_assert_eq!(one.told(), other.told());
            prop_assert_eq!(one.not_told(), other.not_told());
        }
    }
}
