//! Who may do what: the only place where roles are compared.
//!
//! An [`Actor`] is whoever stands behind a request; [`may`] answers yes, or no with a [`Refusal`] that a person can be told.

use super::id::{AccountId, CommunityId, DeviceId, PartnerId};

/// What an account is allowed to be. `admin` and `district` stand above communities; `staff` and `partner` belong to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Installs, creates accounts, does all that staff do in every community.
    Admin,
    /// Street or district office: reads every community's numbers, changes nothing.
    District,
    /// Community staff: everything inside their own community.
    Staff,
    /// Partner: its own sessions, counts, proposals.
    Partner,
}

impl Role {
    /// All roles, in falling order of rights.
    pub const ALL: [Role; 4] = [Role::Admin, Role::District, Role::Staff, Role::Partner];

    /// The name used in the database, on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::District => "district",
            Role::Staff => "staff",
            Role::Partner => "partner",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A role name that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown role {0:?}: use admin, district, staff or partner")]
pub struct UnknownRole(pub String);

/// Whoever stands behind a request or a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody logged in: a resident, their family, a passer-by.
    Public,
    /// A logged-in account.
    Account {
        /// The account.
        id: AccountId,
        /// Its role.
        role: Role,
        /// The community it belongs to (`staff` and `partner`).
        community: Option<CommunityId>,
        /// The partner it acts for (`partner`).
        partner: Option<PartnerId>,
    },
    /// A device at the door: takes attendance in its community, and nothing else.
    Device {
        /// The device.
        id: DeviceId,
        /// The community it belongs to.
        community: CommunityId,
    },
    /// The program itself: background jobs and the command line of whoever owns the machine.
    System,
}

impl Actor {
    /// The account behind the actor, if any.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Actor::Account { id, .. } => Some(*id),
            Actor::Public | Actor::Device { .. } | Actor::System => None,
        }
    }

    /// The role of the account, if any.
    pub fn role(&self) -> Option<Role> {
        match self {
            Actor::Account { role, .. } => Some(*role),
            Actor::Public | Actor::Device { .. } | Actor::System => None,
        }
    }

    /// The partner it acts for, if any.
    pub fn partner(&self) -> Option<PartnerId> {
        match self {
            Actor::Account { partner, .. } => *partner,
            Actor::Public | Actor::Device { .. } | Actor::System => None,
        }
    }

    /// The community it belongs to, if any.
    pub fn community(&self) -> Option<CommunityId> {
        match self {
            Actor::Account { community, .. } => *community,
            Actor::Device { community, .. } => Some(*community),
            Actor::Public | Actor::System => None,
        }
    }

    /// Whether it is a device at the door, which is shown less than a person.
    pub fn is_device(&self) -> bool {
        matches!(self, Actor::Device { .. })
    }
}

/// What somebody wants to do inside a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the public schedule and feeds.
    ReadSchedule,
    /// Sign up, or cancel with the link one was given.
    SignUp,
    /// See the staff pages: today, week, rosters with names.
    SeeStaffPages,
    /// Plan, move, cancel programmes, series and sessions.
    Plan,
    /// Take attendance.
    TakeAttendance,
    /// Read reports: counts, no names.
    ReadReports,
    /// Manage residents: names and phones.
    ManageResidents,
    /// Manage venues, partners, facilitators.
    ManageCommunity,
    /// Read the notification log, and send again.
    ManageNotifications,
    /// Decide a partner's proposal.
    DecideProposals,
    /// Propose sessions, and see one's own proposals and sessions.
    Propose,
    /// Create accounts and change passwords of others.
    ManageAccounts,
    /// Import the yearly notice of holidays: it is for all communities.
    ManageHolidays,
    /// Report a month and correct it afterwards.
    ReportMonth,
    /// Take the lock off a month that was reported.
    UnlockMonth,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 15] = [
        Action::ReadSchedule,
        Action::SignUp,
        Action::SeeStaffPages,
        Action::Plan,
        Action::TakeAttendance,
        Action::ReadReports,
        Action::ManageResidents,
        Action::ManageCommunity,
        Action::ManageNotifications,
        Action::DecideProposals,
        Action::Propose,
        Action::ManageAccounts,
        Action::ManageHolidays,
        Action::ReportMonth,
        Action::UnlockMonth,
    ];
}

/// Why something is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is logged in, and this needs a login.
    #[error("log in first")]
    NotLoggedIn,
    /// The role does not allow it.
    #[error("your role does not allow this")]
    Role,
    /// The account belongs to another community.
    #[error("this belongs to another community")]
    OtherCommunity,
}

/// Whether `actor` may do `action` in `community`.
///
/// # Errors
/// The [`Refusal`], when not.
pub fn may(actor: &Actor, action: Action, community: CommunityId) -> Result<(), Refusal> {
    if matches!(action, Action::ReadSchedule | Action::SignUp) {
        return Ok(());
    }
    let (role, own) = match actor {
        Actor::System => return Ok(()),
        Actor::Public => return Err(Refusal::NotLoggedIn),
        Actor::Device { .. } if action != Action::TakeAttendance => return Err(Refusal::Role),
        Actor::Device { community: own, .. } if *own != community => return Err(Refusal::OtherCommunity),
        Actor::Device { .. } => return Ok(()),
        Actor::Account { role, community, .. } => (*role, *community),
    };
    let allowed = match role {
        Role::Admin => action != Action::Propose,
        Role::District => action == Action::ReadReports,
        Role::Staff => !matches!(
            action,
            Action::ManageAccounts | Action::ManageHolidays | Action::UnlockMonth | Action::Propose
        ),
        Role::Partner => action == Action::Propose,
    };
    if !allowed {
        return Err(Refusal::Role);
    }
    match role {
        Role::Admin | Role::District => Ok(()),
        Role::Staff | Role::Partner if own == Some(community) => Ok(()),
        Role::Staff | Role::Partner => Err(Refusal::OtherCommunity),
    }
}

/// What is known of a resident, as far as it is shown to some and not to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The name with its middle masked.
    MaskedName,
    /// The whole name.
    Name,
    /// The last four digits of the number.
    PhoneTail,
    /// Building and unit.
    Building,
    /// The number with its middle masked.
    MaskedPhone,
    /// The whole number: one tap, with a reason, and audited.
    FullPhone,
    /// Year of birth and gender.
    BirthYear,
    /// Grid.
    Grid,
    /// Care categories.
    Care,
    /// Family contact.
    Family,
    /// Mail address.
    Email,
    /// Consents, visits, sign-ups.
    History,
}

impl Field {
    /// All fields.
    pub const ALL: [Field; 12] = [
        Field::MaskedName,
        Field::Name,
        Field::PhoneTail,
        Field::Building,
        Field::MaskedPhone,
        Field::FullPhone,
        Field::BirthYear,
        Field::Grid,
        Field::Care,
        Field::Family,
        Field::Email,
        Field::History,
    ];

    /// Whoever has one of these rights sees the field.
    fn seen_with(self) -> &'static [Action] {
        match self {
            Field::MaskedName => &[Action::Propose, Action::TakeAttendance, Action::ManageResidents],
            Field::Name | Field::PhoneTail | Field::Building => &[Action::TakeAttendance, Action::ManageResidents],
            Field::MaskedPhone
            | Field::FullPhone
            | Field::BirthYear
            | Field::Grid
            | Field::Care
            | Field::Family
            | Field::Email
            | Field::History => &[Action::ManageResidents],
        }
    }
}

/// Whether `actor` sees this field of the residents of `community`. It goes by rights, not by roles: whoever can take attendance and nothing else
/// finds people at the door by name, building and the last four digits; partners see masked names.
pub fn sees(actor: &Actor, field: Field, community: CommunityId) -> bool {
    field
        .seen_with()
        .iter()
        .any(|action| may(actor, *action, community).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HERE: CommunityId = CommunityId(Uuid::from_u128(1));
    const THERE: CommunityId = CommunityId(Uuid::from_u128(2));

    fn account(role: Role) -> Actor {
        let community = matches!(role, Role::Staff | Role::Partner).then_some(HERE);
        Actor::Account {
            id: AccountId(Uuid::from_u128(9)),
            role,
            community,
            partner: None,
        }
    }

    #[test]
    fn every_role_has_exactly_its_rights() {
        let rights = |role: Role| -> Vec<Action> {
            Action::ALL
                .into_iter()
                .filter(|action| may(&account(role), *action, HERE).is_ok())
                .collect()
        };
        assert_eq!(
            rights(Role::District),
            [Action::ReadSchedule, Action::SignUp, Action::ReadReports]
        );
        assert_eq!(
            rights(Role::Partner),
            [Action::ReadSchedule, Action::SignUp, Action::Propose]
        );
        assert_eq!(rights(Role::Staff).len(), 11);
        assert_eq!(rights(Role::Admin).len(), 14);
    }

    #[test]
    fn nobody_reaches_into_another_community() {
        assert_eq!(
            may(&account(Role::Staff), Action::Plan, THERE),
            Err(Refusal::OtherCommunity)
        );
        assert_eq!(
            may(&account(Role::Partner), Action::Propose, THERE),
            Err(Refusal::OtherCommunity)
        );
        assert_eq!(may(&account(Role::Admin), Action::Plan, THERE), Ok(()));
    }

    #[test]
    fn a_device_takes_attendance_at_home_and_nothing_else() {
        let device = Actor::Device {
            id: DeviceId(Uuid::from_u128(5)),
            community: HERE,
        };
        for action in Action::ALL {
            let public = may(&Actor::Public, action, HERE).is_ok();
            let allowed = public || action == Action::TakeAttendance;
            assert_eq!(may(&device, action, HERE).is_ok(), allowed, "{action:?}");
            assert_eq!(may(&device, action, THERE).is_ok(), public, "{action:?}");
        }
        assert_eq!(
            (device.account(), device.role(), device.community()),
            (None, None, Some(HERE))
        );
    }

    #[test]
    fn what_is_known_of_a_resident_is_shown_by_right() {
        let seen = |actor: &Actor, community| -> Vec<Field> {
            Field::ALL
                .into_iter()
                .filter(|field| sees(actor, *field, community))
                .collect()
        };
        assert_eq!(seen(&account(Role::Staff), HERE), Field::ALL);
        assert_eq!(seen(&account(Role::Admin), THERE), Field::ALL);
        assert_eq!(seen(&account(Role::Partner), HERE), [Field::MaskedName]);
        for (actor, community) in [
            (account(Role::District), HERE),
            (account(Role::Staff), THERE),
            (account(Role::Partner), THERE),
            (Actor::Public, HERE),
        ] {
            assert_eq!(seen(&actor, community), [], "{actor:?}");
        }
        let door: Vec<Field> = Field::ALL
            .into_iter()
            .filter(|field| field.seen_with().contains(&Action::TakeAttendance))
            .collect();
        assert_eq!(
            door,
            [Field::MaskedName, Field::Name, Field::PhoneTail, Field::Building],
            "a device at the door"
        );
    }

    #[test]
    fn the_public_reads_and_signs_up_and_nothing_else() {
        for action in Action::ALL {
            let open = matches!(action, Action::ReadSchedule | Action::SignUp);
            assert_eq!(may(&Actor::Public, action, HERE).is_ok(), open, "{action:?}");
        }
    }
}
