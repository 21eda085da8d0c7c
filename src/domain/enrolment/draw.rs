//! Deciding a rush at an agreed time: in turn, or by lot. Everybody can do it again and comes to the same order.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::id::EnrolmentId;

/// Somebody who waits for the draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Their enrolment.
    pub id: EnrolmentId,
    /// Whom they come with; the two are drawn as one.
    pub together: Option<Uuid>,
    /// When they signed up.
    pub queued_at: Timestamp,
    /// How often they had a place in this programme before.
    pub had: u32,
}

/// The order in turn: whoever had fewer places comes first, then whoever signed up first. Two who come together count with the
/// one of them who had more.
pub fn in_turn(lots: &[Lot]) -> Vec<EnrolmentId> {
    ordered(lots, |group| {
        let had = group.iter().map(|lot| lot.had).max().unwrap_or(0);
        let first = group.iter().map(|lot| (lot.queued_at, lot.id)).min();
        (had, first)
    })
}

/// The order by lot: by what `ticket` makes of an enrolment, the least first. `ticket` is SHA-256 of `seed:enrolment id`. Two who come
/// together have the ticket of the one whose id is less.
pub fn by_lot<T: Ord>(lots: &[Lot], ticket: impl Fn(EnrolmentId) -> T) -> Vec<EnrolmentId> {
    ordered(lots, |group| {
        let id = group.iter().map(|lot| lot.id).min();
        id.map(|id| (ticket(id), id))
    })
}

/// Lots group by group, by the key of each group; within a group by id.
fn ordered<K: Ord>(lots: &[Lot], key: impl Fn(&[&Lot]) -> K) -> Vec<EnrolmentId> {
    let mut groups: Vec<Vec<&Lot>> = Vec::new();
    for lot in lots {
        let with = groups
            .iter_mut()
            .find(|group| lot.together.is_some() && group[0].together == lot.together);
        match with {
            Some(group) => group.push(lot),
            None => groups.push(vec![lot]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|lot| lot.id);
    }
    groups.sort_by_cached_key(|group| key(group));
    groups.into_iter().flatten().map(|lot| lot.id).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lot(n: u128, together: Option<u128>, had: u32) -> Lot {
        Lot {
            id: Uuid::from_u128(n).into(),
            together: together.map(Uuid::from_u128),
            queued_at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(i64::try_from(n).unwrap()),
            had,
        }
    }

    fn numbers(ids: &[EnrolmentId]) -> Vec<u128> {
        ids.iter().map(|id| id.0.as_u128()).collect()
    }

    #[test]
    fn whoever_never_had_a_place_comes_first() {
        let lots = [
            lot(1, None, 2),
            lot(2, None, 0),
            lot(3, Some(9), 0),
            lot(4, None, 0),
            lot(5, Some(9), 1),
        ];
        assert_eq!(numbers(&in_turn(&lots)), [2, 4, 3, 5, 1]);
    }

    #[test]
    fn a_lottery_depends_on_tickets_only_and_draws_two_as_one() {
        let lots = [lot(1, None, 2), lot(2, Some(9), 0), lot(3, None, 0), lot(4, Some(9), 0)];
        let order = by_lot(&lots, |id| std::cmp::Reverse(id.0.as_u128()));
        assert_eq!(numbers(&order), [3, 2, 4, 1]);
    }

    proptest! {
        #[test]
        fn everybody_is_drawn_once_whatever_order_they_are_listed_in(
            lots in prop::collection::vec((prop::option::of(0..4_u128), 0..3_u32), 0..30),
            salt in any::<u64>(),
        ) {
            let lots: Vec<Lot> = (1_u128..).zip(lots).map(|(n, (together, had))| lot(n, together, had)).collect();
            let ticket = |id: EnrolmentId| (id.0.as_u128() as u64).wrapping_mul(salt | 1).rotate_left(17);
            let order = by_lot(&lots, ticket);
            let mut backwards = lots.clone();
            backwards.reverse();
            prop_assert_eq!(&order, &by_lot(&backwards, ticket));
            prop_assert_eq!(in_turn(&lots), in_turn(&backwards));
            let mut all = numbers(&order);
            all.sort_unstable();
            prop_assert_eq!(all, (1..=lots.len() as u128).collect::<Vec<_>>());
        }
    }
}
