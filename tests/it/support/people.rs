//! What tests of residents as people need: sign-ups, visits, and how a community counts.

use entities::{attendance, session};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::attendance::{CheckIn, Counted, Verdict};
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{MergeId, ResidentId, SessionId};
use xianglao::services::resident::merge::{self, Undone, Wish};
use xianglao::services::{Error, attendance as door, enrolment, upkeep};

use super::app::{Client, TestApp};

/// Where the residents of 运粮社区 are, in the API.
pub const RESIDENTS: &str = "/api/v1/communities/yunliang/residents";

/// Counts somebody at a session.
pub async fn came(app: &TestApp, at: SessionId, who: ResidentId) -> Verdict {
    let community = app.seed_basic().await.yunliang;
    let entry = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Resident(who),
    };
    door::check_in(&app.ctx, &Actor::System, community, at, vec![entry])
        .await
        .expect("it is entered")[0]
}

/// Signs somebody up; how they stand.
pub async fn signed_up(app: &TestApp, at: SessionId, who: ResidentId) -> String {
    let community = app.seed_basic().await.yunliang;
    let done = enrolment::enrol_resident(&app.ctx, &Actor::System, community, at, who, Source::Phone).await;
    done.expect("they are signed up").status.to_string()
}

/// Merges one resident into another.
pub async fn merged(app: &TestApp, survivor: ResidentId, merged: ResidentId) -> Result<MergeId, Error> {
    let community = app.seed_basic().await.yunliang;
    let wish = Wish {
        survivor,
        merged,
        parts: None,
    };
    Ok(merge::merge(&app.ctx, &Actor::System, community, wish).await?.id)
}

/// Undoes a merge.
pub async fn undone(app: &TestApp, id: MergeId) -> Result<Undone, Error> {
    let community = app.seed_basic().await.yunliang;
    merge::undo(&app.ctx, &Actor::System, community, id).await
}

/// Counters of a session: enrolled, waitlisted, named, headcount.
pub async fn counters(app: &TestApp, at: SessionId) -> [i32; 4] {
    let community = app.seed_basic().await.yunliang;
    let row = session::Entity::find_by_id((community.0, at.0))
        .one(app.db())
        .await
        .unwrap()
        .expect("the session");
    [row.enrolled, row.waitlisted, row.named, row.headcount]
}

/// Named rows that count somebody.
pub async fn visits_of(app: &TestApp, who: ResidentId) -> u64 {
    attendance::Entity::find()
        .filter(attendance::Column::ResidentId.eq(who.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .count(app.db())
        .await
        .unwrap()
}

/// Fails when a counter differs from its rows.
pub async fn all_counters_agree(app: &TestApp) {
    for check in upkeep::examine(&app.ctx).await {
        if check.what == "counters" {
            check.outcome.expect("counters agree with rows");
        }
    }
}

/// A resident entered through the API.
pub async fn entered(app: &TestApp, staff: &Client, body: &serde_json::Value) -> ResidentId {
    app.seed_basic().await;
    let made = staff.post(RESIDENTS, body).await;
    let body: serde_json::Value = made.json().await.unwrap();
    let id: Uuid = body["id"].as_str().expect("an id").parse().expect("a UUID");
    id.into()
}

/// Staff with a bearer token, and two entries of one person: 薛秀英 and 薛秀瑛 at one number.
pub async fn twice_entered(app: &TestApp) -> (Client, ResidentId, ResidentId) {
    let staff = app.bearer_as(Role::Staff).await;
    let one = entered(
        app,
        &staff,
        &json!({ "name": "薛秀英", "phone": "13900006621", "birth_year": 1948 }),
    )
    .await;
    let other = entered(
        app,
        &staff,
        &json!({ "name": "薛秀瑛", "phone": "13900006621", "building": "3号楼2单元", "care": ["独居"] }),
    )
    .await;
    (staff, one, other)
}
