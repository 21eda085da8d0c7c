//! What a plan says in words: why something found no place, and what would help.

use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::community::Venue;
use crate::domain::planning::venue_wish::Lack;
use crate::domain::planning::week_plan::{Activity, Change, Help, Why};
use crate::services::wording::Words;

impl Words {
    /// Why an activity found no place, as a sentence.
    pub fn why_unplaced(self, activity: &Activity, why: &Why) -> String {
        let by = |key: &str, by: &[String]| {
            if by.is_empty() {
                return self.t(&format!("{key}-unnamed"));
            }
            self.a(key, "titles", self.titles(by))
        };
        match why {
            Why::NoVenue { lacks } if lacks.is_empty() => self.t("week-plan-why-no-venue-together"),
            Why::NoVenue { lacks } => self.a("week-plan-why-no-venue", "lacks", self.lacks(lacks)),
            Why::NoDay => self.t("week-plan-why-no-day"),
            Why::TooLong => self.n("week-plan-why-too-long", activity.duration_minutes),
            Why::Over => self.t("week-plan-why-over"),
            Why::Closed => self.t("week-plan-why-closed"),
            Why::Licence { paper, expires_on } => {
                let key = format!("week-plan-why-{paper}");
                self.a(&key, "day", full_date(*expires_on, self.lang))
            }
            Why::Frozen => self.t("week-plan-why-frozen"),
            Why::LeaderBusy { by: titles } => by("week-plan-why-leader", titles),
            Why::VenuesTaken { by: titles } => by("week-plan-why-venues", titles),
            Why::Taken { by: titles } => by("week-plan-why-taken", titles),
            Why::PartnerLimit { per_week } => self.n("week-plan-why-partner", *per_week),
        }
    }

    /// What would help, as a sentence with the place it would give.
    pub fn help_unplaced(self, venues: &[Venue], help: &Help) -> String {
        let venue = venues.iter().find(|venue| venue.id == help.venue_id);
        let name = venue.map_or("", |venue| self.pick(&venue.name, &venue.name_en));
        let place = [
            ("when", moment_words(help.starts_local, self.lang).into()),
            ("venue", name.to_owned().into()),
        ];
        match &help.change {
            Change::Time => self.with("week-plan-help-time", place),
            Change::Day => self.with("week-plan-help-day", place),
            Change::Leader => self.with("week-plan-help-leader", place),
            Change::Length(minutes) => {
                let [when, venue] = place;
                self.with("week-plan-help-length", [when, venue, ("n", (*minutes).into())])
            }
            Change::Venue(lacks) => {
                let [when, venue] = place;
                self.with(
                    "week-plan-help-venue",
                    [when, venue, ("lacks", self.lacks(lacks).into())],
                )
            }
        }
    }

    /// What is lacking, as a list in a sentence.
    fn lacks(self, lacks: &[Lack]) -> String {
        let said: Vec<String> = lacks
            .iter()
            .map(|lack| match lack {
                Lack::Seats { wanted, seats } => self.with(
                    "week-plan-lack-seats",
                    [("wanted", (*wanted).into()), ("seats", (*seats).into())],
                ),
                Lack::Equipment(need) => self.a("week-plan-lack-equipment", "need", need),
                Lack::Roof => self.t("week-plan-lack-roof"),
                Lack::OpenAir => self.t("week-plan-lack-open-air"),
                Lack::OtherVenue => self.t("week-plan-lack-other-venue"),
            })
            .collect();
        said.join(&self.t("week-plan-and"))
    }

    fn titles(self, titles: &[String]) -> String {
        let quoted: Vec<String> = titles
            .iter()
            .map(|title| self.a("week-plan-title-in-quotes", "title", title))
            .collect();
        quoted.join(&self.t("week-plan-and"))
    }
}
