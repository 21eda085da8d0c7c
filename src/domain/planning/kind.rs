//! The closed lists of planning: each has one name in tables, JSON and forms.

use serde::{Deserialize, Serialize};

/// A name that is not on one of the lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not on the list")]
pub struct UnknownName(pub String);

/// Gives an enum its list: `ALL`, `as_str`, `Display`, `FromStr`.
macro_rules! named {
    ($name:ident { $($variant:ident => $text:literal,)+ }) => {
        impl $name {
            /// The whole list, in the order forms offer it.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Its name in tables, JSON and forms.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::planning::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::domain::planning::UnknownName(text.chars().take(40).collect())),
                }
            }
        }
    };
}
pub(crate) use named;

/// What kind of thing a programme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeKind {
    /// 养生理疗.
    Wellness,
    /// 课程.
    Class,
    /// 讲座.
    Talk,
    /// 便民服务.
    HelpDesk,
    /// 入户走访.
    ServiceDay,
    /// 文体.
    Culture,
    /// 节庆.
    Festival,
    /// 其他.
    Other,
}

named! { ProgrammeKind {
    Wellness => "wellness",
    Class => "class",
    Talk => "talk",
    HelpDesk => "help_desk",
    ServiceDay => "service_day",
    Culture => "culture",
    Festival => "festival",
    Other => "other",
} }

/// Whether one signs up before coming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// 不用报名,直接来.
    None,
    /// One may.
    #[default]
    Optional,
    /// One must.
    Required,
}

named! { SignUpMode {
    None => "none",
    Optional => "optional",
    Required => "required",
} }

/// How those who came are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// By name.
    Named,
    /// By heads only.
    Headcount,
    /// By name where the name is known, by heads otherwise.
    #[default]
    Both,
}

named! { Counting {
    Named => "named",
    Headcount => "headcount",
    Both => "both",
} }

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// It is to take place.
    Scheduled,
    /// It is to take place unless a holiday notice yet to come says otherwise (暂定).
    Provisional,
    /// It was called off.
    Cancelled,
    /// It took place and its count is closed.
    Held,
}

named! { SessionStatus {
    Scheduled => "scheduled",
    Provisional => "provisional",
    Cancelled => "cancelled",
    Held => "held",
} }

/// Why a session is cancelled or moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Rain, heat, smog.
    Weather,
    /// Whoever leads it cannot come.
    FacilitatorAway,
    /// The venue is closed or needed for something else.
    VenueClosed,
    /// An official holiday.
    Holiday,
    /// Too few people.
    TooFew,
    /// Something urgent came up in the community.
    Emergency,
    /// Its series was paused, or has this date no longer.
    Paused,
    /// Anything else; the words say it.
    #[default]
    Other,
}

named! { ReasonCode {
    Weather => "weather",
    FacilitatorAway => "facilitator_away",
    VenueClosed => "venue_closed",
    Holiday => "holiday",
    TooFew => "too_few",
    Emergency => "emergency",
    Paused => "paused",
    Other => "other",
} }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself_and_matches_its_json() {
        for kind in ProgrammeKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{kind}\""));
        }
        for status in SessionStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(serde_json::to_string(status).unwrap(), format!("\"{status}\""));
        }
        for reason in ReasonCode::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
            assert_eq!(serde_json::to_string(reason).unwrap(), format!("\"{reason}\""));
        }
        assert_eq!(
            "Wellness".parse::<ProgrammeKind>(),
            Err(UnknownName("Wellness".to_owned()))
        );
    }
}
