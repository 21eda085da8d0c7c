//! Complaints about partners: what they are about, and what is decided. Some kinds freeze a partner until staff have looked.

use jiff::Timestamp;

use super::id::{AccountId, ComplaintId, PartnerId, SessionId};

/// Longest words, characters.
pub const WORDS_CHARS: usize = 500;

/// What a complaint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplaintKind {
    /// 推销.
    Selling,
    /// 收费.
    Charging,
    /// 受伤.
    Injury,
    /// 其他.
    Other,
}

super::planning::named! { ComplaintKind {
    Selling => "selling",
    Charging => "charging",
    Injury => "injury",
    Other => "other",
} }

impl ComplaintKind {
    /// Whether it freezes the partner's coming sessions until staff decide.
    pub const fn freezes(self) -> bool {
        matches!(self, Self::Selling | Self::Charging | Self::Injury)
    }
}

/// Where it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardAt {
    /// On the public page.
    Public,
    /// At the desk; staff wrote it down.
    Desk,
}

super::planning::named! { HeardAt {
    Public => "public",
    Desk => "desk",
} }

/// What staff decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The partner goes on.
    GoOn,
    /// Its coming sessions are cancelled; it stays frozen.
    Cancel,
    /// There was nothing in it; the partner goes on.
    Unfounded,
}

super::planning::named! { Decision {
    GoOn => "go_on",
    Cancel => "cancel",
    Unfounded => "unfounded",
} }

impl Decision {
    /// Whether the partner goes on, as far as this complaint is concerned.
    pub const fn lets_go_on(self) -> bool {
        matches!(self, Self::GoOn | Self::Unfounded)
    }
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Which.
    pub decision: Decision,
    /// Why; may be empty.
    pub words: String,
    /// Who.
    pub by: Option<AccountId>,
    /// When.
    pub at: Timestamp,
}

/// A complaint about a partner. Who complained is nobody's business but staff's; their number stays sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: ComplaintId,
    /// About whom.
    pub partner_id: PartnerId,
    /// About which session.
    pub session_id: Option<SessionId>,
    /// What about.
    pub kind: ComplaintKind,
    /// What happened; may be empty.
    pub words: String,
    /// Where it was said.
    pub heard_at: HeardAt,
    /// Whether it froze the partner.
    pub froze: bool,
    /// When.
    pub created_at: Timestamp,
    /// What was decided.
    pub decided: Option<Decided>,
}

/// Whether a partner stays frozen while these complaints are what is still to decide.
pub fn keeps_frozen<'a>(open: impl IntoIterator<Item = &'a Complaint>) -> bool {
    open.into_iter()
        .any(|one| one.decided.is_none() && one.froze && one.kind.freezes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selling_charging_and_injuries_freeze_and_nothing_else_does() {
        let freezing: Vec<ComplaintKind> = ComplaintKind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.freezes())
            .collect();
        assert_eq!(
            freezing,
            [ComplaintKind::Selling, ComplaintKind::Charging, ComplaintKind::Injury]
        );
    }

    #[test]
    fn only_cancelling_keeps_a_partner_frozen() {
        let kept: Vec<Decision> = Decision::ALL
            .iter()
            .copied()
            .filter(|decision| !decision.lets_go_on())
            .collect();
        assert_eq!(kept, [Decision::Cancel]);
    }
}
