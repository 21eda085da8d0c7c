//! The ways by which people are told, and which of them is taken.

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// E-mail over SMTP.
    Email,
    /// A text message through a provider.
    Sms,
    /// A robot in a group of staff.
    Robot,
    /// Somebody phones.
    Call,
}

super::planning::named! { ChannelKind {
    Email => "email",
    Sms => "sms",
    Robot => "robot",
    Call => "call",
} }

/// By which ways somebody can be reached: an address is known, and they did not opt out of being told that way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// By e-mail.
    pub email: bool,
    /// By text message.
    pub sms: bool,
}

impl Reach {
    /// Whether they can be reached that way. By telephone everybody can, be it through a neighbour.
    pub fn by(self, kind: ChannelKind) -> bool {
        match kind {
            ChannelKind::Email => self.email,
            ChannelKind::Sms => self.sms,
            ChannelKind::Robot => false,
            ChannelKind::Call => true,
        }
    }
}

/// The way to tell somebody: the first of `order` that reaches them, coming after `failed` when that was tried in vain; somebody phones
/// when none does.
pub fn choose(order: &[ChannelKind], reach: Reach, failed: Option<ChannelKind>) -> ChannelKind {
    let rest = match failed.and_then(|failed| order.iter().position(|kind| *kind == failed)) {
        Some(at) => &order[at + 1..],
        // What failed is not in the order any more: start over, but not with it.
        None => order,
    };
    rest.iter()
        .copied()
        .find(|kind| Some(*kind) != failed && reach.by(*kind))
        .unwrap_or(ChannelKind::Call)
}

#[cfg(test)]
mod tests {
    use super::ChannelKind::{Call, Email, Sms};
    use super::*;

    #[test]
    fn the_first_way_that_reaches_somebody_is_taken_and_then_the_next() {
        let both = Reach { email: true, sms: true };
        let only_sms = Reach {
            email: false,
            sms: true,
        };
        for (order, reach, failed, taken) in [
            (&[Email, Sms][..], both, None, Email),
            (&[Sms, Email][..], both, None, Sms),
            (&[Email, Sms][..], only_sms, None, Sms),
            (&[Email, Sms][..], both, Some(Email), Sms),
            (&[Email, Sms][..], both, Some(Sms), Call),
            (&[Email][..], only_sms, None, Call),
            (&[Sms][..], both, Some(Email), Sms),
            (
                &[Email][..],
                Reach {
                    email: true,
                    sms: false,
                },
                Some(Email),
                Call,
            ),
            (&[][..], both, None, Call),
        ] {
            assert_eq!(choose(order, reach, failed), taken, "{order:?} {reach:?} {failed:?}");
        }
    }
}
