//! The community (社区) and what belongs to it: venues, partners, facilitators, grids.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::id::{CommunityId, FacilitatorId, GridId, PartnerId, VenueId};

/// A community: the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Its id.
    pub id: CommunityId,
    /// The name in addresses: `yunliang`.
    pub slug: String,
    /// Official name in Chinese.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Subdistrict (街道).
    pub subdistrict: String,
    /// District (区).
    pub district: String,
    /// The zone whose clock hangs on its wall.
    pub zone: TimeZone,
    /// Public telephone number of the office.
    pub phone: String,
    /// Address of the office.
    pub address: String,
    /// When the desk is open, in words.
    pub desk_hours: String,
    /// Notice line of every public page; empty when there is none.
    pub notice: String,
    /// Registered residents of 60 and over.
    pub seniors_registered: i32,
    /// The date of that number.
    pub seniors_counted_on: Option<Date>,
    /// How many weeks ahead sessions are stored.
    pub horizon_weeks: i32,
}

impl Community {
    /// The IANA name of its zone: `Asia/Shanghai`.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

/// The colour family of a venue's mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Green: 活.
    #[default]
    Huo,
    /// 客.
    Ke,
    /// 多.
    Duo,
    /// 广.
    Guang,
    /// 外: outdoors and elsewhere.
    Wai,
}

super::planning::named! { Tone {
    Huo => "huo",
    Ke => "ke",
    Duo => "duo",
    Guang => "guang",
    Wai => "wai",
} }

/// A venue (场地).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Its id.
    pub id: VenueId,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// One character that marks it on every surface (一字章), unique in its community.
    pub mark: String,
    /// Colour family of the mark.
    pub tone: Tone,
    /// How to find it, in words.
    pub directions: String,
    /// The same in English.
    pub directions_en: String,
    /// Seats.
    pub capacity: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// Whether it is outdoors.
    pub outdoor: bool,
    /// Opening, minutes after local midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after local midnight, at most 1440.
    pub closes_at_minute: i32,
    /// Equipment, in words.
    pub equipment: String,
    /// Closed for good from this date.
    pub closed_on: Option<Date>,
}

/// A partner (合作单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Contact person.
    pub contact_name: String,
    /// E-mail for decisions; may be empty.
    pub email: String,
    /// Last day of the licence; none when none is asked for.
    pub licence_expires_on: Option<Date>,
    /// When the no-selling pledge (不推销承诺书) was signed.
    pub pledge_signed_on: Option<Date>,
    /// What its people are qualified for (人员资质), in words; may be empty.
    pub qualification: String,
    /// Last day of the qualification; none when none is asked for.
    pub qualification_expires_on: Option<Date>,
    /// Last day of the pledge; none when it does not expire.
    pub pledge_expires_on: Option<Date>,
    /// Most sessions a week; none without a limit.
    pub weekly_limit: Option<i32>,
    /// Since when its coming sessions are frozen by a complaint.
    pub frozen_at: Option<Timestamp>,
    /// Why, in words; empty while not frozen.
    pub frozen_reason: String,
}

impl Partner {
    /// Its papers with their last days; none where the paper is not asked for or does not expire.
    pub fn papers(&self) -> [(Paper, Option<Date>); 3] {
        [
            (Paper::Licence, self.licence_expires_on),
            (Paper::Qualification, self.qualification_expires_on),
            (Paper::Pledge, self.pledge_expires_on),
        ]
    }

    /// What planning asks of it.
    pub fn terms(&self) -> PartnerTerms {
        PartnerTerms {
            id: self.id,
            papers: self.papers(),
            weekly_limit: self.weekly_limit,
            frozen: self.frozen_at.is_some(),
        }
    }
}

/// A paper of a partner that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 营业执照.
    Licence,
    /// 人员资质.
    Qualification,
    /// 不推销承诺书.
    Pledge,
}

super::planning::named! { Paper {
    Licence => "licence",
    Qualification => "qualification",
    Pledge => "pledge",
} }

/// What planning asks of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerTerms {
    /// Which partner.
    pub id: PartnerId,
    /// Its papers with their last days.
    pub papers: [(Paper, Option<Date>); 3],
    /// Most sessions a week; none without a limit.
    pub weekly_limit: Option<i32>,
    /// Whether its sessions are frozen.
    pub frozen: bool,
}

impl PartnerTerms {
    /// A partner that nothing binds.
    pub fn unbound(id: PartnerId) -> Self {
        Self {
            id,
            papers: [
                (Paper::Licence, None),
                (Paper::Qualification, None),
                (Paper::Pledge, None),
            ],
            weekly_limit: None,
            frozen: false,
        }
    }

    /// The papers that have expired by `date`, with their last days.
    pub fn expired_on(&self, date: Date) -> impl Iterator<Item = (Paper, Date)> {
        self.papers
            .into_iter()
            .filter_map(move |(paper, last)| last.filter(|last| *last < date).map(|last| (paper, last)))
    }

    /// The last day on which all papers hold; none when none of them expires.
    pub fn last_day(&self) -> Option<Date> {
        self.papers.iter().filter_map(|(_, last)| *last).min()
    }
}

/// A facilitator (主讲人/服务人员).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facilitator {
    /// Their id.
    pub id: FacilitatorId,
    /// The partner that sends them.
    pub partner_id: Option<PartnerId>,
    /// Name as announced: 熊老师.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What they do: 主讲, 领操.
    pub duty: String,
}

/// A grid (网格) of a community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Its id.
    pub id: GridId,
    /// Name.
    pub name: String,
    /// Order on lists.
    pub position: i32,
    /// Registered residents of 60 and over.
    pub seniors_registered: i32,
    /// Posted first secretary (第一书记); may be empty.
    pub first_secretary: String,
}
