//! Residents: entering, finding and listing them. Numbers are sealed on the way in and opened only for whoever may see them.

pub mod consent;
pub mod duplicate;
pub mod erasure;
pub mod export;
pub mod merge;
pub mod profile;

use pinyin::ToPinyin;

use super::{Context, Error, FieldError, Result};
use crate::domain::access::{Action, Actor, may};
use crate::domain::consent::{self as domain_consent, Consent, ConsentAct, ConsentHow, ConsentPurpose};
use crate::domain::enrolment::Source;
use crate::domain::id::{CommunityId, GridId, ResidentId};
use crate::domain::resident::{Resident, TellBy};
use crate::domain::text::{self, PersonName, Phone, Purpose, TextError, looks_like_mail};
use crate::storage::resident::{Indexes, Stored, Wanted};
use crate::storage::{self, Txn};

/// Version of the words beside the sign-up form that say what a name and a number are kept for.
pub const CONSENT_VERSION: &str = domain_consent::TEXT_VERSION;
/// The most residents a list answers at once.
pub const MOST_LISTED: u64 = 200;

const TABLE: &str = "resident";
const PHONE: &str = "phone_sealed";
const FAMILY_PHONE: &str = "family_phone_sealed";

/// Says what is wrong with a text somebody typed. The value of a number is never repeated.
pub fn field_error(field: &str, error: TextError, typed: &str) -> FieldError {
    let shown = if error.code().starts_with("phone-") { "" } else { typed };
    let wrong = FieldError::new(field, error.code(), shown);
    match error.number() {
        Some((name, number)) => wrong.with(name, number),
        None => wrong,
    }
}

/// The blind index of a number, under which whoever is reached at it is found.
pub fn phone_index(ctx: &Context, community: CommunityId, phone: &Phone) -> Vec<u8> {
    ctx.sealer.blind_index(community, phone.reveal(Purpose::Find))
}

/// The blind index of the last four digits of a number, by which people are found at the door.
pub fn tail_index(ctx: &Context, community: CommunityId, last_four: &str) -> Vec<u8> {
    // A prefix, so that it is not the index of a number of four digits.
    ctx.sealer.blind_index(community, &format!("tail:{last_four}"))
}

/// Pinyin initials of a name, lower case: 李秀英 → `lxy`. Letters of other scripts stand for themselves.
pub fn initials(name: &PersonName) -> String {
    /// Family names read otherwise than the character is elsewhere.
    const SURNAMES: [(char, char); 14] = [
        ('曾', 'z'),
        ('单', 's'),
        ('解', 'x'),
        ('仇', 'q'),
        ('区', 'o'),
        ('盖', 'g'),
        ('查', 'z'),
        ('尉', 'y'),
        ('朴', 'p'),
        ('翟', 'z'),
        ('覃', 'q'),
        ('缪', 'm'),
        ('祭', 'z'),
        ('召', 's'),
    ];
    let mut initials = String::new();
    let mut word_begins = true;
    for (at, c) in name.reveal(Purpose::Find).chars().enumerate() {
        let surname = SURNAMES.iter().find(|(family, _)| at == 0 && *family == c);
        if let Some((_, initial)) = surname {
            initials.push(*initial);
        } else if let Some(read) = c.to_pinyin() {
            initials.push_str(read.first_letter());
        } else if c.is_alphanumeric() && word_begins {
            initials.extend(c.to_lowercase());
        }
        word_begins = !c.is_alphanumeric() || c.to_pinyin().is_some();
    }
    initials
}

/// A resident as staff enter them, still as typed.
#[derive(Clone, Debug, Default)]
pub struct NewResident {
    /// Name.
    pub name: String,
    /// Number; may be empty.
    pub phone: String,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// E-mail; may be empty.
    pub email: String,
    /// Building and unit; may be empty.
    pub building: String,
    /// Grid.
    pub grid_id: Option<GridId>,
    /// Care categories.
    pub care: Vec<String>,
    /// Family contact; may be empty.
    pub family_name: String,
    /// Their number; may be empty.
    pub family_phone: String,
    /// How they want to be told.
    pub tell_by: TellBy,
}

/// Enters a resident. Two people may have one number, and one name: nobody is taken for another here.
///
/// # Errors
/// Without the right to manage residents; with every field that cannot be accepted.
pub async fn create(ctx: &Context, actor: &Actor, community: CommunityId, new: NewResident) -> Result<Resident> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let zone = storage::community::find(ctx.db.reader(), community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?
        .zone;
    let today = now.to_zoned(zone).date();
    let resident = read(ctx.new_id(now), new, i32::from(today.year()), now)?;
    let (stored, indexes) = sealed(ctx, community, resident.clone());
    let stored = ctx
        .db
        .write(async move |txn| storage::resident::insert(txn, community, &stored, indexes, now).await)
        .await;
    match stored {
        Ok(()) => Ok(resident),
        Err(storage::Error::Dangling) => Err(Error::invalid("grid_id", "grid-unknown", "")),
        Err(error) => Err(error.into()),
    }
}

/// Changes what is known of a resident, and notes that staff have looked at it. A number that comes back as it was shown, masked, stays what it is.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident; with every field that cannot be accepted.
pub async fn update(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    mut typed: NewResident,
) -> Result<Resident> {
    let known = get(ctx, actor, community, id).await?;
    current(&known)?;
    for (typed, known) in [
        (&mut typed.phone, known.phone.as_ref()),
        (&mut typed.family_phone, known.family_phone.as_ref()),
    ] {
        if let Some(known) = known.filter(|known| known.masked() == typed.trim()) {
            known.reveal(Purpose::Store).clone_into(typed);
        }
    }
    let now = ctx.now();
    let year = now.to_zoned(jiff::tz::TimeZone::UTC).year();
    let resident = Resident {
        source: known.source,
        consent_on: known.consent_on,
        consent_version: known.consent_version,
        created_at: known.created_at,
        ..read(id, typed, i32::from(year), now)?
    };
    let (stored, indexes) = sealed(ctx, community, resident.clone());
    let done = ctx
        .db
        .write(async move |txn| storage::resident::update(txn, community, &stored, indexes, now).await)
        .await;
    match done {
        Ok(()) => Ok(resident),
        Err(storage::Error::Dangling) => Err(Error::invalid("grid_id", "grid-unknown", "")),
        Err(error) => Err(error.into()),
    }
}

/// Whether something can still be done with a resident.
///
/// # Errors
/// [`Error::State`]: erased, or merged into another.
pub(super) fn current(resident: &Resident) -> Result<()> {
    let code = match (resident.erased_at, resident.merged_into) {
        (Some(_), _) => "resident-erased",
        (None, Some(_)) => "resident-merged",
        (None, None) => return Ok(()),
    };
    Err(Error::State { code })
}

/// Reads what was typed; all that is wrong is told at once.
fn read(id: ResidentId, new: NewResident, this_year: i32, now: jiff::Timestamp) -> Result<Resident> {
    let mut wrong = Vec::new();
    let mut told = |field: &str, typed: &str, error: TextError| wrong.push(field_error(field, error, typed));
    let name = PersonName::parse(&new.name).map_err(|error| told("name", &new.name, error));
    let mut phone = |field: &str, typed: &str| match Phone::parse(typed) {
        Ok(phone) => Some(phone),
        Err(TextError::PhoneEmpty) => None,
        Err(error) => {
            told(field, typed, error);
            None
        }
    };
    let own_phone = phone("phone", &new.phone);
    let family_phone = phone("family_phone", &new.family_phone);
    let mut short = |field: &str, typed: &str, max: usize| {
        text::line(typed, max).unwrap_or_else(|error| {
            told(field, typed, error);
            String::new()
        })
    };
    let building = short("building", &new.building, 40);
    let family_name = short("family_name", &new.family_name, text::NAME_CHARS);
    let email = short("email", &new.email, 254);
    let care: Vec<String> = new.care.iter().take(10).map(|one| short("care", one, 20)).collect();
    if !email.is_empty() && !looks_like_mail(&email) {
        wrong.push(FieldError::new("email", "email-form", email.clone()));
    }
    if !matches!(new.gender.as_str(), "" | "female" | "male") {
        wrong.push(FieldError::new("gender", "gender-unknown", new.gender.clone()));
    }
    if let Some(year) = new.birth_year.filter(|year| !(1900..=this_year).contains(year)) {
        wrong.push(FieldError::new("birth_year", "birth-year-range", year.to_string()).with("max", this_year));
    }
    let Ok(name) = name else {
        return Err(Error::Invalid(wrong));
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    Ok(Resident {
        id,
        grid_id: new.grid_id,
        initials: initials(&name),
        name,
        gender: new.gender,
        birth_year: new.birth_year,
        phone: own_phone,
        email,
        building,
        care: care.into_iter().filter(|one| !one.is_empty()).collect(),
        family_name,
        family_phone,
        tell_by: new.tell_by,
        source: Source::Staff,
        unchecked: false,
        consent_on: None,
        consent_version: None,
        merged_into: None,
        erased_at: None,
        created_at: now,
    })
}

/// The row of a resident: numbers sealed for their place in it, and the indexes of the number they are reached at.
pub(super) fn sealed(ctx: &Context, community: CommunityId, mut resident: Resident) -> (Stored, Indexes) {
    let indexes = match resident.reached_at() {
        Some(phone) => Indexes {
            phone: Some(phone_index(ctx, community, phone)),
            tail: Some(tail_index(ctx, community, phone.tail(Purpose::Find))),
            takes_sms: phone.is_mobile(),
        },
        None => Indexes::default(),
    };
    let seal = |column: &str, phone: Option<Phone>| {
        phone.map(|phone| {
            ctx.sealer
                .seal(community, TABLE, column, resident.id, phone.reveal(Purpose::Store))
        })
    };
    let phone_sealed = seal(PHONE, resident.phone.clone());
    let family_phone_sealed = seal(FAMILY_PHONE, resident.family_phone.clone());
    resident.phone = None;
    resident.family_phone = None;
    let stored = Stored {
        resident,
        phone_sealed,
        family_phone_sealed,
    };
    (stored, indexes)
}

/// A stored resident with the numbers opened.
///
/// # Errors
/// When a sealed number does not open.
pub(super) fn opened(ctx: &Context, community: CommunityId, stored: Stored) -> Result<Resident> {
    let mut resident = stored.resident;
    let open = |column: &'static str, sealed: Option<Vec<u8>>| -> Result<Option<Phone>> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = ctx.sealer.open(community, TABLE, column, resident.id, &sealed)?;
        Ok(Some(Phone::stored(plain)))
    };
    let phone = open(PHONE, stored.phone_sealed)?;
    let family_phone = open(FAMILY_PHONE, stored.family_phone_sealed)?;
    resident.phone = phone;
    resident.family_phone = family_phone;
    Ok(resident)
}

/// Somebody who signs up: name and number are the key, never the number alone.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// Who comes.
    pub name: PersonName,
    /// Their own number.
    pub phone: Option<Phone>,
    /// Whoever signs up for them, and that one's number.
    pub family: Option<(PersonName, Phone)>,
}

/// The resident behind an identity; a new one, for staff to look at, when nobody of that name is reached at that number.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn find_or_create(
    ctx: &Context,
    txn: &Txn,
    now: jiff::Timestamp,
    community: CommunityId,
    who: Identity,
    source: Source,
) -> Result<ResidentId> {
    let (family_name, family_phone) = match who.family {
        Some((name, phone)) => (name.reveal(Purpose::Store).to_owned(), Some(phone)),
        None => (String::new(), None),
    };
    let zone = storage::community::find(txn, community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?
        .zone;
    let new = Resident {
        id: ctx.new_id(now),
        grid_id: None,
        initials: initials(&who.name),
        name: who.name,
        gender: String::new(),
        birth_year: None,
        phone: who.phone,
        email: String::new(),
        building: String::new(),
        care: Vec::new(),
        family_name,
        family_phone,
        tell_by: TellBy::Phone,
        source,
        unchecked: true,
        consent_on: Some(now.to_zoned(zone.clone()).date()),
        consent_version: Some(CONSENT_VERSION.to_owned()),
        merged_into: None,
        erased_at: None,
        created_at: now,
    };
    if let Some(phone) = new.reached_at() {
        let index = phone_index(ctx, community, phone);
        if let Some(known) = storage::resident::find_by_phone_and_name(txn, community, &index, &new.name).await?
            && let Some(current) = storage::resident::current(txn, community, &[known]).await?.get(&known)
        {
            return Ok(*current);
        }
    }
    let id = new.id;
    let agreed = Consent {
        id: ctx.new_id(now),
        purpose: ConsentPurpose::SignUp,
        act: ConsentAct::Given,
        on: now.to_zoned(zone).date(),
        version: CONSENT_VERSION.to_owned(),
        how: match source {
            Source::Myself | Source::Family => ConsentHow::Page,
            Source::Phone => ConsentHow::Phone,
            Source::Counter | Source::Chain | Source::Staff => ConsentHow::Counter,
        },
        recorded_at: now,
    };
    let (stored, indexes) = sealed(ctx, community, new);
    storage::resident::insert(txn, community, &stored, indexes, now).await?;
    storage::resident::consent::insert(txn, community, id, &agreed, None).await?;
    Ok(id)
}

/// The resident with this id.
///
/// # Errors
/// Without the right to manage residents, or when there is no such resident.
pub async fn get(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Resident> {
    may(actor, Action::ManageResidents, community)?;
    let stored = storage::resident::find(ctx.db.reader(), community, id)
        .await?
        .ok_or_else(|| Error::not_found("resident", id))?;
    opened(ctx, community, stored)
}

/// Which residents are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a name, pinyin initials, a building, the last four digits or a whole number; empty for all.
    pub query: String,
    /// Only those staff have not looked at yet.
    pub unchecked: bool,
    /// Only those whose consent to being kept does not stand.
    pub no_consent: bool,
    /// Only those of this grid.
    pub grid: Option<GridId>,
    /// Only those of this care category; empty for all.
    pub care: String,
    /// Only those after this one.
    pub after: Option<ResidentId>,
    /// At most so many, up to [`MOST_LISTED`].
    pub limit: u64,
}

/// Residents by pinyin, and whether there are more. Neither the merged nor the erased are among them.
///
/// # Errors
/// Without the right to manage residents.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    filter: &Filter,
) -> Result<(Vec<Resident>, bool)> {
    may(actor, Action::ManageResidents, community)?;
    matching(ctx, community, filter).await
}

/// The same for use cases that have asked for another right, and show less.
pub(super) async fn matching(ctx: &Context, community: CommunityId, filter: &Filter) -> Result<(Vec<Resident>, bool)> {
    let limit = filter.limit.clamp(1, MOST_LISTED);
    let mut wanted = asked(ctx, community, filter);
    wanted.limit = limit + 1;
    let mut found = storage::resident::list(ctx.db.reader(), community, &wanted).await?;
    let more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let residents = found.into_iter().map(|stored| opened(ctx, community, stored));
    Ok((residents.collect::<Result<_>>()?, more))
}

/// How many residents a filter finds, on all pages together.
///
/// # Errors
/// Without the right to manage residents.
pub async fn count(ctx: &Context, actor: &Actor, community: CommunityId, filter: &Filter) -> Result<u64> {
    may(actor, Action::ManageResidents, community)?;
    let wanted = asked(ctx, community, filter);
    Ok(storage::resident::count(ctx.db.reader(), community, &wanted).await?)
}

fn asked(ctx: &Context, community: CommunityId, filter: &Filter) -> Wanted {
    Wanted {
        unchecked: filter.unchecked,
        no_consent: filter.no_consent,
        grid: filter.grid,
        care: Some(filter.care.trim().to_owned()).filter(|care| !care.is_empty()),
        after: filter.after,
        ..wanted(ctx, community, &filter.query)
    }
}

/// How many residents came in through the public form and were not looked at yet.
///
/// # Errors
/// Without the right to manage residents.
pub async fn unchecked_count(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<u64> {
    may(actor, Action::ManageResidents, community)?;
    Ok(storage::resident::unchecked_count(ctx.db.reader(), community).await?)
}

/// What a search box means: digits are the end of a number or all of it, Latin letters are initials or a Latin name; the rest is part of a name, or of
/// a building when there is a digit in it (3号楼, 3-2-501).
fn wanted(ctx: &Context, community: CommunityId, query: &str) -> Wanted {
    let query: String = query.trim().chars().take(text::NAME_CHARS).collect();
    let mut wanted = Wanted::default();
    if query.is_empty() {
        return wanted;
    }
    if query.len() == 4 && query.bytes().all(|byte| byte.is_ascii_digit()) {
        wanted.tail = Some(tail_index(ctx, community, &query));
    } else if let Ok(phone) = Phone::parse(&query) {
        wanted.phone = Some(phone_index(ctx, community, &phone));
    }
    if query.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        wanted.initials = Some(query.to_ascii_lowercase());
    }
    let has_digit = query.chars().any(|c| c.is_ascii_digit());
    let numbered = "号楼栋幢单元室座院区".chars().any(|c| query.ends_with(c));
    if (has_digit && wanted.phone.is_none()) || numbered {
        wanted.building = Some(query.clone());
    }
    wanted.name = Some(query);
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_a_hand_types_at_the_door() {
        for (name, typed) in [
            ("李秀英", "lxy"),
            ("薛秀英", "xxy"),
            ("单玉兰", "syl"),
            ("曾国强", "zgq"),
            ("买买提·艾力", "mmtal"),
            ("Maria Lopez", "ml"),
        ] {
            assert_eq!(initials(&PersonName::parse(name).unwrap()), typed, "{name}");
        }
    }
}
