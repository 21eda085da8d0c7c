//! What an activity needs of its venue: room for so many people, equipment, a roof or the open air.

use crate::domain::community::Venue;
use crate::domain::id::VenueId;

/// The most words of equipment one wish may name.
pub const MOST_NEEDS: usize = 10;

/// What is needed of a venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueWish {
    /// Only this one.
    pub venue_id: Option<VenueId>,
    /// Seats.
    pub people: Option<i32>,
    /// Words each of which must stand in the venue's equipment: 投影仪.
    pub needs: Vec<String>,
    /// Outdoors, indoors, or either.
    pub outdoor: Option<bool>,
}

/// What a venue lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Seats: as many as there are.
    Seats {
        /// Seats wanted.
        wanted: i32,
        /// Seats there.
        seats: i32,
    },
    /// A piece of equipment.
    Equipment(String),
    /// It has no roof, and one was wished.
    Roof,
    /// It is indoors, and the open air was wished.
    OpenAir,
    /// It is not the one that was wished.
    OtherVenue,
}

impl Lack {
    /// What programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Lack::Seats { .. } => "seats",
            Lack::Equipment(_) => "equipment",
            Lack::Roof => "roof",
            Lack::OpenAir => "open_air",
            Lack::OtherVenue => "other_venue",
        }
    }
}

impl VenueWish {
    /// Everything this venue lacks; nothing when it suits.
    pub fn lacks(&self, venue: &Venue) -> Vec<Lack> {
        let mut lacks = Vec::new();
        if self.venue_id.is_some_and(|wanted| wanted != venue.id) {
            lacks.push(Lack::OtherVenue);
        }
        if let Some(wanted) = self.people.filter(|wanted| *wanted > venue.capacity) {
            lacks.push(Lack::Seats {
                wanted,
                seats: venue.capacity,
            });
        }
        let equipment = venue.equipment.to_lowercase();
        lacks.extend(
            self.needs
                .iter()
                .filter(|need| !equipment.contains(&need.to_lowercase()))
                .cloned()
                .map(Lack::Equipment),
        );
        match self.outdoor {
            Some(true) if !venue.outdoor => lacks.push(Lack::OpenAir),
            Some(false) if venue.outdoor => lacks.push(Lack::Roof),
            _ => {}
        }
        lacks
    }

    /// Whether this venue suits.
    pub fn suits(&self, venue: &Venue) -> bool {
        self.lacks(venue).is_empty()
    }
}

/// The words of a text that names equipment: 投影仪、音响.
pub fn needs_in(text: &str) -> Vec<String> {
    let mut needs: Vec<String> = Vec::new();
    for word in text
        .split(|c: char| c.is_whitespace() || ",，、;；".contains(c))
        .filter(|word| !word.is_empty())
    {
        if !needs.iter().any(|other| other == word) {
            needs.push(word.to_owned());
        }
    }
    needs
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::community::Tone;

    /// A venue that is open from 8:00 to 18:00 and needs a quarter of an hour to clear.
    pub(in crate::domain::planning) fn venue(number: u128, capacity: i32, equipment: &str) -> Venue {
        Venue {
            id: VenueId(Uuid::from_u128(number)),
            name: format!("场地{number}"),
            name_en: String::new(),
            mark: "活".into(),
            tone: Tone::Huo,
            directions: String::new(),
            directions_en: String::new(),
            capacity,
            clearing_minutes: 15,
            outdoor: false,
            opens_at_minute: 8 * 60,
            closes_at_minute: 18 * 60,
            equipment: equipment.to_owned(),
            closed_on: None,
        }
    }

    #[test]
    fn every_word_must_stand_in_the_equipment_and_everybody_must_have_a_seat() {
        let hall = venue(1, 60, "投影仪、音响、Piano");
        let wish = |people, needs: &str, outdoor| VenueWish {
            venue_id: None,
            people,
            needs: needs_in(needs),
            outdoor,
        };
        assert!(wish(Some(60), "投影仪 piano", Some(false)).suits(&hall));
        assert_eq!(
            wish(Some(61), "投影仪，艾灸床", Some(true)).lacks(&hall),
            [
                Lack::Seats { wanted: 61, seats: 60 },
                Lack::Equipment("艾灸床".into()),
                Lack::OpenAir
            ]
        );
        let square = Venue { outdoor: true, ..hall };
        assert_eq!(wish(None, "", Some(false)).lacks(&square), [Lack::Roof]);
        let only = VenueWish {
            venue_id: Some(VenueId(Uuid::from_u128(9))),
            ..VenueWish::default()
        };
        assert_eq!(only.lacks(&square), [Lack::OtherVenue]);
    }

    #[test]
    fn the_words_of_a_text_are_told_apart_and_named_once() {
        assert_eq!(needs_in(" 投影仪、音响,投影仪；话筒 "), ["投影仪", "音响", "话筒"]);
        assert_eq!(needs_in("  "), Vec::<String>::new());
    }
}
