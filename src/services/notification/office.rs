//! A community as the one who tells: its words, its rules, its hours, and the deliveries that come of them.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::channel::{ChannelKind, Reach, choose};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, PartnerId, ResidentId};
use crate::domain::notification::{Event, Hours, jitter, spread_seconds};
use crate::domain::notification_rule::{Policy, robots_may_hear};
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, NewDelivery};
use crate::storage::{self, Connection};

/// A community as the one who tells.
#[derive(Clone, Debug)]
pub(super) struct Office {
    /// Which.
    pub community: CommunityId,
    /// Its rules.
    pub policy: Policy,
    /// Its clock and its quiet hours.
    pub hours: Hours,
}

/// The quiet hours and the clock of a community, for use cases that plan with them.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Storage`].
pub async fn hours(ctx: &Context, conn: &impl Connection, community: CommunityId) -> Result<Hours> {
    Ok(office(ctx, conn, community).await?.hours)
}

/// A community as the one who tells.
pub(super) async fn office(ctx: &Context, conn: &impl Connection, community: CommunityId) -> Result<Office> {
    let home = storage::community::find(conn, community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?;
    let policy = storage::notification_rule::policy(conn, community).await?;
    Ok(Office::of(&home, policy, spread_seconds(ctx.communities())))
}

impl Office {
    /// The office of a community whose server spreads its communities over so many seconds.
    pub fn of(home: &Community, policy: Policy, spread_seconds: u32) -> Self {
        Self {
            community: home.id,
            hours: Hours {
                zone: home.zone.clone(),
                quiet: policy.quiet.clone(),
                spread: jitter(home.id, spread_seconds),
            },
            policy,
        }
    }

    /// Whether an event is told at all.
    pub fn tells(&self, event: Event) -> bool {
        self.policy.rule(event).enabled
    }

    /// The ways by which residents hear of an event: the first of its rule that reaches each. Whoever none reaches is phoned, unless it only
    /// reminds. One for each person, and none for those who do not want to hear of it.
    pub async fn ways(
        &self,
        conn: &impl Connection,
        event: Event,
        residents: &[ResidentId],
    ) -> Result<Vec<(ResidentId, ChannelKind)>> {
        let order = self.policy.rule(event).channels;
        let reach = outbox::reach(conn, self.community, residents, event).await?;
        let may_call = !event.is_reminder() || order.contains(&ChannelKind::Call);
        let mut seen = HashSet::new();
        Ok(residents
            .iter()
            .filter(|resident| seen.insert(**resident))
            .filter_map(|resident| Some((*resident, choose(&order, *reach.get(resident)?, None))))
            .filter(|(_, kind)| *kind != ChannelKind::Call || may_call)
            .collect())
    }

    /// Deliveries of an event to residents, one for each person.
    pub async fn to_residents(
        &self,
        ctx: &Context,
        conn: &impl Connection,
        now: Timestamp,
        event: Event,
        residents: &[ResidentId],
    ) -> Result<Vec<NewDelivery>> {
        let ways = self.ways(conn, event, residents).await?;
        Ok(ways
            .into_iter()
            .map(|(resident, kind)| NewDelivery {
                resident: Some(resident),
                ..over(ctx, now, kind)
            })
            .collect())
    }

    /// The delivery of an event to a partner.
    pub async fn to_partner(
        &self,
        ctx: &Context,
        conn: &impl Connection,
        now: Timestamp,
        event: Event,
        partner: PartnerId,
    ) -> Result<NewDelivery> {
        let email = outbox::partner_address(conn, self.community, partner)
            .await?
            .is_some_and(|(_, address)| !address.is_empty());
        let kind = choose(&self.policy.rule(event).channels, Reach { email, sms: false }, None);
        Ok(NewDelivery {
            partner: Some(partner),
            ..over(ctx, now, kind)
        })
    }

    /// Deliveries of an event to the staff that can be written to, and to their robots.
    pub async fn to_staff(
        &self,
        ctx: &Context,
        conn: &impl Connection,
        now: Timestamp,
        event: Event,
    ) -> Result<Vec<NewDelivery>> {
        let mut deliveries = self.to_robots(ctx, conn, now, event).await?;
        if self.policy.rule(event).channels.contains(&ChannelKind::Email) {
            let staff = outbox::staff(conn, self.community).await?;
            deliveries.extend(staff.into_iter().map(|account| NewDelivery {
                account: Some(account),
                ..over(ctx, now, ChannelKind::Email)
            }));
        }
        Ok(deliveries)
    }

    /// Deliveries of an event to the robots in the groups of staff: none unless its rule says so.
    pub async fn to_robots(
        &self,
        ctx: &Context,
        conn: &impl Connection,
        now: Timestamp,
        event: Event,
    ) -> Result<Vec<NewDelivery>> {
        if !self.policy.rule(event).robots || !robots_may_hear(event) {
            return Ok(Vec::new());
        }
        let robots: Vec<Uuid> = outbox::robots(conn, self.community).await?;
        Ok(robots
            .into_iter()
            .map(|robot| NewDelivery {
                channel_id: Some(robot),
                ..over(ctx, now, ChannelKind::Robot)
            })
            .collect())
    }
}

fn over(ctx: &Context, now: Timestamp, kind: ChannelKind) -> NewDelivery {
    NewDelivery::over(ctx.new_id(now), kind)
}
