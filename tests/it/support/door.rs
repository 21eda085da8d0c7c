//! What a test of attendance needs: sessions to come to, and residents who come.

use jiff::civil::DateTime;
use xianglao::domain::access::Actor;
use xianglao::domain::id::{CommunityId, PartnerId, ProgrammeId, ResidentId, SessionId};
use xianglao::domain::planning::{ProgrammeKind, ReasonCode, edit::Scope};
use xianglao::services::programme::{self, NewProgramme, PlanSeries};
use xianglao::services::resident::{self, NewResident};
use xianglao::services::session;

use super::app::TestApp;

/// A programme with its sessions, in order.
pub struct Planned {
    /// The programme.
    pub programme: ProgrammeId,
    /// Its sessions.
    pub sessions: Vec<SessionId>,
}

impl Planned {
    /// Its only session, or its first.
    pub fn first(&self) -> SessionId {
        self.sessions[0]
    }
}

/// Plans a programme in the activity room: an hour at `starts` (wall clock), and on further days by `rule`.
pub async fn plan(app: &TestApp, title: &str, starts: &str, rule: Option<&str>) -> Planned {
    plan_with(app, title, starts, rule, None).await
}

/// The same, given by a partner.
pub async fn plan_with(
    app: &TestApp,
    title: &str,
    starts: &str,
    rule: Option<&str>,
    partner_id: Option<PartnerId>,
) -> Planned {
    let basic = app.seed_basic().await;
    let new = NewProgramme {
        partner_id,
        ..NewProgramme::titled(title, ProgrammeKind::Class)
    };
    let made = programme::create_programme(&app.ctx, &Actor::System, basic.yunliang, new)
        .await
        .expect("the programme is stored");
    let starts_local: DateTime = starts.parse().expect("a wall-clock time");
    let wish = PlanSeries {
        rule: rule.map(str::to_owned),
        ..PlanSeries::once(made.id, basic.activity_room, starts_local, 60)
    };
    let planned = programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, false)
        .await
        .expect("the series is stored");
    Planned {
        programme: made.id,
        sessions: planned
            .sessions
            .iter()
            .map(|session| session.session_id.expect("it is stored"))
            .collect(),
    }
}

/// A resident of 运粮社区.
pub async fn resident(app: &TestApp, name: &str, phone: &str, birth_year: Option<i32>) -> ResidentId {
    let community = app.seed_basic().await.yunliang;
    resident_of(app, community, name, phone, birth_year).await
}

/// A resident of a community.
pub async fn resident_of(
    app: &TestApp,
    community: CommunityId,
    name: &str,
    phone: &str,
    birth_year: Option<i32>,
) -> ResidentId {
    let new = NewResident {
        name: name.to_owned(),
        phone: phone.to_owned(),
        birth_year,
        ..NewResident::default()
    };
    resident::create(&app.ctx, &Actor::System, community, new)
        .await
        .expect("the resident is stored")
        .id
}

/// Cancels one session.
pub async fn cancel(app: &TestApp, id: SessionId) {
    let community = app.seed_basic().await.yunliang;
    session::cancel(
        &app.ctx,
        &Actor::System,
        community,
        id,
        Scope::This,
        ReasonCode::Weather,
        None,
        false,
    )
    .await
    .expect("the session is cancelled");
}
