//! Sessions of a partner, and another partner beside it.

use sea_orm::EntityTrait;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::community::Partner;
use xianglao::domain::confirmation::Confirmation;
use xianglao::domain::id::{AccountId, CommunityId, PartnerId, SessionId};
use xianglao::services::account::{self, NewAccount};
use xianglao::services::confirmation;
use xianglao::services::partner::{self, NewPartner};

use super::app::TestApp;
use super::plan::{once, series, titled};
use super::seed;

/// What the seeded partner gives: 艾灸体验.
pub const TITLE: &str = "艾灸体验";

/// An account of the seeded community with this role, without a row.
pub async fn actor(app: &TestApp, role: Role) -> Actor {
    let basic = app.seed_basic().await;
    Actor::Account {
        id: AccountId(uuid::Uuid::from_u128(77)),
        role,
        community: Some(basic.yunliang),
        partner: (role == Role::Partner).then_some(basic.zangyutang),
    }
}

/// One session of the seeded partner in the activity room, an hour long, led by 熊老师.
pub async fn session_at(app: &TestApp, at: &str) -> (CommunityId, SessionId) {
    given_by(app, app.seed_basic().await.zangyutang, TITLE, at).await
}

/// One session of a partner.
pub async fn given_by(app: &TestApp, partner: PartnerId, title: &str, at: &str) -> (CommunityId, SessionId) {
    let basic = app.seed_basic().await;
    let mut new = titled(title);
    new.partner_id = Some(partner);
    new.capacity = Some(12);
    let planned = once(&app.ctx, basic.yunliang, basic.activity_room, new, at).await;
    (basic.yunliang, planned.session)
}

/// Weekly sessions of the seeded partner, so many; the first of them.
pub async fn weekly(app: &TestApp, at: &str, count: usize) -> (CommunityId, SessionId) {
    let basic = app.seed_basic().await;
    let mut new = titled(TITLE);
    new.partner_id = Some(basic.zangyutang);
    new.capacity = Some(12);
    let rule = format!("FREQ=WEEKLY;COUNT={count}");
    let planned = series(&app.ctx, basic.yunliang, basic.activity_room, new, at, Some(&rule)).await;
    (basic.yunliang, planned.session)
}

/// Another partner, 光影照相馆, with a login `guangying`.
pub async fn another(app: &TestApp) -> Partner {
    let basic = app.seed_basic().await;
    let new = NewPartner {
        name: "光影照相馆".to_owned(),
        ..NewPartner::default()
    };
    let made = partner::create(&app.ctx, &Actor::System, basic.yunliang, new)
        .await
        .unwrap();
    let login = NewAccount {
        username: "guangying".to_owned(),
        password: seed::PASSWORD.to_owned(),
        role: Role::Partner,
        display_name: String::new(),
        community: Some(basic.yunliang),
        partner: Some(made.id),
        email: String::new(),
    };
    account::create(&app.ctx, &Actor::System, login).await.unwrap();
    made
}

/// Asks the partner of a session, as staff do by hand.
pub async fn asked(app: &TestApp, at: (CommunityId, SessionId)) -> Confirmation {
    let staff = actor(app, Role::Staff).await;
    confirmation::ask(&app.ctx, &staff, at.0, at.1).await.unwrap()
}

/// The path of a question's link.
pub fn path_of(app: &TestApp, community: CommunityId, asked: &Confirmation) -> String {
    let link = confirmation::link(&app.ctx, community, asked);
    link[link.find("/confirm/").expect("a link")..].to_owned()
}

/// The row of a question.
pub async fn row(app: &TestApp, community: CommunityId, asked: &Confirmation) -> entities::confirmation::Model {
    entities::confirmation::Entity::find_by_id((community.0, asked.id.0))
        .one(app.db())
        .await
        .unwrap()
        .expect("the question is there")
}
