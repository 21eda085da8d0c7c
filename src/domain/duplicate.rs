//! Which two residents may be one person, and why one would think so. Nothing is merged by itself: a score only puts the likeliest pairs first.

use super::resident::Resident;
use super::text::Purpose;

/// Pairs below this are not shown.
pub const LEAST_SCORE: u32 = 50;

/// Why two residents look like one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Likeness {
    /// One number and one name.
    SamePhoneAndName,
    /// One number, and names that somebody may have written two ways.
    SamePhoneAndLikeName,
    /// One name in one building.
    SameNameAndBuilding,
    /// One name and one year of birth.
    SameNameAndBirthYear,
    /// Names with the same initials, numbers with the same end, one year of birth (or one that is not known).
    SameInitialsAndTail,
    /// What speaks against it: years of birth that are far apart.
    OtherBirthYear,
    /// What speaks against it: a woman and a man.
    OtherGender,
}

impl Likeness {
    /// What programs compare; also the end of the key of the words.
    pub fn as_str(self) -> &'static str {
        match self {
            Likeness::SamePhoneAndName => "same-phone-and-name",
            Likeness::SamePhoneAndLikeName => "same-phone-and-like-name",
            Likeness::SameNameAndBuilding => "same-name-and-building",
            Likeness::SameNameAndBirthYear => "same-name-and-birth-year",
            Likeness::SameInitialsAndTail => "same-initials-and-tail",
            Likeness::OtherBirthYear => "other-birth-year",
            Likeness::OtherGender => "other-gender",
        }
    }

    fn weight(self) -> i32 {
        match self {
            Likeness::SamePhoneAndName => 90,
            Likeness::SamePhoneAndLikeName | Likeness::SameNameAndBirthYear => 60,
            Likeness::SameNameAndBuilding => 70,
            Likeness::SameInitialsAndTail => 55,
            Likeness::OtherBirthYear | Likeness::OtherGender => -45,
        }
    }
}

/// How alike two residents are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resemblance {
    /// From [`LEAST_SCORE`] up; only the order means something.
    pub score: u32,
    /// Why, the weightiest first.
    pub reasons: Vec<Likeness>,
}

/// How people are called instead of by their given name; `刘阿姨` may be 刘桂兰.
const TITLES: [&str; 12] = [
    "阿姨", "叔叔", "大爷", "大妈", "奶奶", "爷爷", "老师", "师傅", "大姐", "大哥", "先生", "女士",
];

/// A name without what people write differently each time: blanks, dots, remarks in brackets.
fn bare(name: &str) -> Vec<char> {
    let end = name.find(['(', '（']).unwrap_or(name.len());
    name[..end]
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether somebody may have written one name in these two ways: bare they are equal, one character is another (a homophone, a slip of the pen) with
/// the same initials, or one of them is a title after the same family name.
fn alike(one: &Resident, other: &Resident) -> bool {
    let (a, b) = (
        bare(one.name.reveal(Purpose::Find)),
        bare(other.name.reveal(Purpose::Find)),
    );
    if a == b {
        return true;
    }
    let titled = |name: &[char]| {
        let given: String = name.iter().skip(1).collect();
        TITLES.contains(&given.as_str())
    };
    if a.first() == b.first() && (titled(&a) || titled(&b)) {
        return true;
    }
    let differing = a.iter().zip(&b).filter(|(x, y)| x != y).count();
    a.len() == b.len() && a.len() > 1 && differing == 1 && (a.first() == b.first() || one.initials == other.initials)
}

/// How alike two residents are; none when they are not alike enough to ask somebody. `same_tail`: the numbers they are reached at end alike.
pub fn compare(one: &Resident, other: &Resident, same_tail: bool) -> Option<Resemblance> {
    let phones = one.reached_at().zip(other.reached_at());
    let same_phone = phones.is_some_and(|(a, b)| a == b);
    let same_name = bare(one.name.reveal(Purpose::Find)) == bare(other.name.reveal(Purpose::Find));
    let both_years = one.birth_year.zip(other.birth_year);
    let mut reasons = Vec::new();
    if same_phone && same_name {
        reasons.push(Likeness::SamePhoneAndName);
    } else if same_phone && alike(one, other) {
        reasons.push(Likeness::SamePhoneAndLikeName);
    }
    if same_name && !one.building.is_empty() && one.building == other.building {
        reasons.push(Likeness::SameNameAndBuilding);
    }
    if same_name && both_years.is_some_and(|(a, b)| a == b) {
        reasons.push(Likeness::SameNameAndBirthYear);
    }
    let years_agree = both_years.is_none_or(|(a, b)| a == b);
    if same_tail && !same_phone && years_agree && one.initials == other.initials && one.initials.len() > 1 {
        reasons.push(Likeness::SameInitialsAndTail);
    }
    if reasons.is_empty() {
        return None;
    }
    if both_years.is_some_and(|(a, b)| (a - b).abs() > 2) {
        reasons.push(Likeness::OtherBirthYear);
    }
    let genders = [one.gender.as_str(), other.gender.as_str()];
    if genders == ["female", "male"] || genders == ["male", "female"] {
        reasons.push(Likeness::OtherGender);
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight()));
    let score: i32 = reasons.iter().map(|reason| reason.weight()).sum();
    let score = u32::try_from(score).unwrap_or(0);
    (score >= LEAST_SCORE).then_some(Resemblance { score, reasons })
}

/// How much is known of a resident: whoever is known better is the natural survivor of a merge.
pub fn completeness(one: &Resident) -> usize {
    [
        one.phone.is_some(),
        one.birth_year.is_some(),
        !one.gender.is_empty(),
        !one.building.is_empty(),
        one.grid_id.is_some(),
        !one.email.is_empty(),
        !one.care.is_empty(),
        !one.family_name.is_empty(),
        one.family_phone.is_some(),
        one.consent_on.is_some(),
        !one.unchecked,
    ]
    .into_iter()
    .filter(|known| *known)
    .count()
}

/// Which of two stays by default: the one more is known of, else the one known longer.
pub fn stays<'a>(one: &'a Resident, other: &'a Resident) -> (&'a Resident, &'a Resident) {
    let key = |resident: &Resident| {
        (
            completeness(resident),
            std::cmp::Reverse((resident.created_at, resident.id)),
        )
    };
    if key(other) > key(one) {
        (other, one)
    } else {
        (one, other)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::enrolment::Source;
    use crate::domain::id::ResidentId;
    use crate::domain::resident::TellBy;
    use crate::domain::text::{PersonName, Phone};

    /// A resident of whom nothing is known but name, initials and number.
    pub fn person(n: u128, name: &str, initials: &str, phone: &str) -> Resident {
        Resident {
            id: ResidentId(Uuid::from_u128(n)),
            grid_id: None,
            name: PersonName::stored(name.to_owned()),
            initials: initials.to_owned(),
            gender: String::new(),
            birth_year: None,
            phone: Phone::parse(phone).ok(),
            email: String::new(),
            building: String::new(),
            care: Vec::new(),
            family_name: String::new(),
            family_phone: None,
            tell_by: TellBy::Phone,
            source: Source::Staff,
            unchecked: false,
            consent_on: None,
            consent_version: None,
            merged_into: None,
            erased_at: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn reasons(one: &Resident, other: &Resident) -> Vec<Likeness> {
        let tail = |resident: &Resident| resident.reached_at().map(|phone| phone.tail(Purpose::Find).to_owned());
        let same_tail = tail(one).is_some() && tail(one) == tail(other);
        let found = compare(one, other, same_tail);
        assert_eq!(found, compare(other, one, same_tail), "the order does not matter");
        found.map(|found| found.reasons).unwrap_or_default()
    }

    #[test]
    fn one_person_written_two_ways_is_noticed() {
        let xue = person(1, "薛秀英", "xxy", "13900006621");
        for (name, initials, expected) in [
            ("薛秀英", "xxy", Likeness::SamePhoneAndName),
            ("薛 秀英", "xxy", Likeness::SamePhoneAndName),
            ("薛秀英(3号楼)", "xxy", Likeness::SamePhoneAndName),
            ("薛秀瑛", "xxy", Likeness::SamePhoneAndLikeName),
            ("薛阿姨", "xay", Likeness::SamePhoneAndLikeName),
            ("雪秀英", "xxy", Likeness::SamePhoneAndLikeName),
        ] {
            let other = person(2, name, initials, "13900006621");
            assert_eq!(reasons(&xue, &other), [expected], "{name}");
        }
    }

    #[test]
    fn two_who_share_a_number_are_two() {
        let xue = person(1, "薛秀英", "xxy", "13900006621");
        for (name, initials) in [("刘德福", "ldf"), ("薛德福", "xdf"), ("刘阿姨", "lay")] {
            assert_eq!(reasons(&xue, &person(2, name, initials, "13900006621")), [], "{name}");
        }
    }

    #[test]
    fn one_name_is_not_enough_and_building_or_year_is() {
        let mut one = person(1, "王建国", "wjg", "13900006621");
        let mut other = person(2, "王建国", "wjg", "13800001234");
        assert_eq!(reasons(&one, &other), [], "there are many 王建国");
        (one.building, other.building) = ("3号楼".to_owned(), "3号楼".to_owned());
        assert_eq!(reasons(&one, &other), [Likeness::SameNameAndBuilding]);
        (one.birth_year, other.birth_year) = (Some(1948), Some(1948));
        assert_eq!(
            reasons(&one, &other),
            [Likeness::SameNameAndBuilding, Likeness::SameNameAndBirthYear]
        );
        other.birth_year = Some(1975);
        assert_eq!(reasons(&one, &other), [], "father and son of one name");
    }

    #[test]
    fn a_number_with_a_slip_in_its_middle_is_noticed_by_its_end() {
        let one = person(1, "薛秀英", "xxy", "13900006621");
        let mut other = person(2, "薛秀英", "xxy", "13900016621");
        assert_eq!(reasons(&one, &other), [Likeness::SameInitialsAndTail]);
        other.gender = "male".to_owned();
        let mut woman = one.clone();
        woman.gender = "female".to_owned();
        assert_eq!(reasons(&woman, &other), []);
    }

    #[test]
    fn the_better_known_stays_else_the_one_known_longer() {
        let one = person(1, "薛秀英", "xxy", "13900006621");
        let mut other = person(2, "薛秀英", "xxy", "13900006621");
        assert_eq!(stays(&one, &other).0.id, one.id);
        assert_eq!(stays(&other, &one).0.id, one.id);
        other.birth_year = Some(1948);
        assert_eq!(stays(&one, &other).0.id, other.id);
    }
}
