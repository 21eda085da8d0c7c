//! Sessions for tests, planned the way staff plan them.

use xianglao::domain::access::Actor;
use xianglao::domain::id::{CommunityId, ProgrammeId, SessionId, VenueId};
use xianglao::domain::planning::{ProgrammeKind, SignUpMode};
use xianglao::services::Context;
use xianglao::services::programme::{self, NewProgramme, PlanSeries};

/// A programme with one title; everything else is the default until changed.
pub fn titled(title: &str) -> NewProgramme {
    let mut new = NewProgramme::titled(title, ProgrammeKind::Class);
    new.sign_up = SignUpMode::Required;
    new
}

/// A session that was planned.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    pub programme: ProgrammeId,
    pub session: SessionId,
}

/// Plans one session of `new` at a wall-clock time, an hour long.
pub async fn once(ctx: &Context, community: CommunityId, venue: VenueId, new: NewProgramme, at: &str) -> Planned {
    series(ctx, community, venue, new, at, None).await
}

/// Plans a series and gives its first session.
pub async fn series(
    ctx: &Context,
    community: CommunityId,
    venue: VenueId,
    new: NewProgramme,
    at: &str,
    rule: Option<&str>,
) -> Planned {
    let programme = programme::create_programme(ctx, &Actor::System, community, new)
        .await
        .expect("the programme is made")
        .id;
    let mut wish = PlanSeries::once(programme, venue, at.parse().expect("a wall-clock time"), 60);
    wish.rule = rule.map(ToOwned::to_owned);
    let planned = programme::plan_series(ctx, &Actor::System, community, wish, false)
        .await
        .expect("the series is planned");
    assert!(planned.clashes.is_empty(), "{:?}", planned.clashes);
    let session = planned
        .sessions
        .first()
        .expect("a first session")
        .session_id
        .expect("it is stored");
    Planned { programme, session }
}
