//! Venues as a test needs them.

use entities::venue;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::EntityTrait;
use xianglao::domain::id::VenueId;

use super::app::TestApp;

/// Gives a venue of the seeded community its equipment.
pub async fn equip(app: &TestApp, venue: VenueId, equipment: &str) {
    let home = app.seed_basic().await.yunliang;
    let row = venue::ActiveModel {
        community_id: Unchanged(home.0),
        id: Unchanged(venue.0),
        equipment: Set(equipment.to_owned()),
        ..Default::default()
    };
    venue::Entity::update(row)
        .exec(app.db())
        .await
        .expect("the venue is there");
}
