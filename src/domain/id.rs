//! One newtype per table over a UUIDv7 (RFC 9562 §5.7): ids sort by creation, and one kind cannot be passed for another.
//!
//! The ground floor has neither clock nor randomness, so [`uuid_v7`] is given both.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A UUIDv7 made from an instant (milliseconds since the Unix epoch) and ten random bytes.
pub fn uuid_v7(unix_ms: i64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(unix_ms).unwrap_or(0), &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A community (社区): the tenant.
    CommunityId;
    /// A grid (网格) of a community.
    GridId;
    /// A venue (场地).
    VenueId;
    /// A partner (合作单位).
    PartnerId;
    /// A facilitator (主讲人/服务人员).
    FacilitatorId;
    /// An account that can log in.
    AccountId;
    /// A programme (项目).
    ProgrammeId;
    /// A series (系列) of a programme.
    SeriesId;
    /// An amendment of a series from one of its dates on.
    AmendmentId;
    /// A session (场次).
    SessionId;
    /// A booking of a venue and a facilitator for a span of time.
    BookingId;
    /// A closure (停用) of venues.
    ClosureId;
    /// A resident (居民).
    ResidentId;
    /// An enrolment (报名).
    EnrolmentId;
    /// A sign-up for all dates of a series (整期报名).
    SeriesEnrolmentId;
    /// A line of a chat list (接龙) that was taken over.
    ChainLineId;
    /// An attendance row (签到); made by the device that took it.
    AttendanceId;
    /// A feedback row (满意度).
    FeedbackId;
    /// A matter (事项) settled at a help desk; made by the device that took it.
    MatterId;
    /// The people who worked at a session.
    CrewId;
    /// A partner's proposal.
    ProposalId;
    /// A notification (通知).
    NotificationId;
    /// A delivery (投递) of a notification.
    DeliveryId;
    /// One attempt at a delivery.
    AttemptId;
    /// What came of a telephone call.
    CallOutcomeId;
    /// A household visit (走访).
    VisitId;
    /// A need (诉求) heard from a resident.
    NeedId;
    /// A file that waits to be looked through.
    UploadId;
    /// A list of residents that was imported.
    ResidentImportId;
    /// A question to a partner whether it comes to a session.
    ConfirmationId;
    /// A change of who leads a session.
    SubstitutionId;
    /// A complaint about a partner.
    ComplaintId;
    /// A material of a programme: a link or a file.
    MaterialId;
    /// The bytes of a file.
    ContentId;
    /// A community's own template.
    TemplateId;
    /// Somebody asked whether they come to a new term.
    RolloverId;
    /// A month that was reported.
    MonthReportId;
    /// A correction of a month that was reported.
    CorrectionId;
    /// A sign-in sheet (签到表) as it was printed.
    SheetId;
    /// A photo of a session.
    PhotoId;
    /// A resident's paper card.
    CardId;
    /// Why somebody is missing at a session; made by the device that took it.
    AbsenceId;
    /// A device that may take attendance.
    DeviceId;
    /// A consent given or withdrawn.
    ConsentId;
    /// Two residents merged into one.
    MergeId;
    /// An account over which messages leave: a robot, a provider of text messages.
    ChannelAccountId;
    /// A community's own words for a message.
    MessageTemplateId;
    /// A channel that a resident refused.
    OptOutId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let earlier = uuid_v7(1_700_000_000_000, [0xff; 10]);
        let later = uuid_v7(1_700_000_000_001, [0; 10]);
        assert!(earlier < later);
        assert_eq!(later.get_version_num(), 7);
    }
}
