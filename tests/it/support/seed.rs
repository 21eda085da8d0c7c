//! What most tests begin with: two communities of one district, their venues, a partner, facilitators, and one account per role.

use entities::{community, facilitator, partner, venue};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::{CommunityId, FacilitatorId, PartnerId, VenueId};
use xianglao::services::{Context, Error, account};
use xianglao::storage::to_db;

/// The password of all seeded accounts.
pub const PASSWORD: &str = "a good long password";

/// What was stored.
pub struct Basic {
    /// 运粮社区, `yunliang`: everything below belongs to it.
    pub yunliang: CommunityId,
    /// 游园社区, `youyuan`: empty.
    pub youyuan: CommunityId,
    /// 活 老年活动室: 20 seats, 15 minutes to clear.
    pub activity_room: VenueId,
    /// 客 居民会客厅: 12 seats.
    pub parlour: VenueId,
    /// 多 多功能厅: 60 seats.
    pub hall: VenueId,
    /// 广 小区广场: outdoors, 200 places.
    pub square: VenueId,
    /// 藏御堂体验馆.
    pub zangyutang: PartnerId,
    /// 熊老师, of the partner.
    pub xiong: FacilitatorId,
    /// 小张, of the community.
    pub zhang: FacilitatorId,
}

/// The user name of the seeded account with this role.
pub fn username(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::District => "weidu",
        Role::Staff => "yunliang",
        Role::Partner => "zangyutang",
    }
}

/// Stores it all.
///
/// # Panics
/// When the database refuses.
pub async fn basic(ctx: &Context) -> Basic {
    let now = ctx.now();
    let basic = Basic {
        yunliang: ctx.new_id(now),
        youyuan: ctx.new_id(now),
        activity_room: ctx.new_id(now),
        parlour: ctx.new_id(now),
        hall: ctx.new_id(now),
        square: ctx.new_id(now),
        zangyutang: ctx.new_id(now),
        xiong: ctx.new_id(now),
        zhang: ctx.new_id(now),
    };
    let communities = [
        (
            basic.yunliang,
            "yunliang",
            "运粮社区",
            "Yunliang",
            "新兴街道",
            "0374-0000001",
        ),
        (
            basic.youyuan,
            "youyuan",
            "游园社区",
            "Youyuan",
            "文峰街道",
            "0374-0000002",
        ),
    ]
    .map(|(id, slug, name, name_en, subdistrict, phone)| community::ActiveModel {
        id: Set(id.0),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        name_en: Set(name_en.to_owned()),
        subdistrict: Set(subdistrict.to_owned()),
        district: Set("魏都区".to_owned()),
        zone: Set("Asia/Shanghai".to_owned()),
        phone: Set(phone.to_owned()),
        address: Set("运粮街 1 号".to_owned()),
        desk_hours: Set("周一至周五 8:30-17:30".to_owned()),
        notice: Set(String::new()),
        seniors_registered: Set(2_000),
        seniors_counted_on: Set(None),
        horizon_weeks: Set(26),
        created_at: Set(to_db(now)),
    });
    let here = basic.yunliang.0;
    let venues = [
        (basic.activity_room, "老年活动室", "Activity room", "活", "huo", 20, 15),
        (basic.parlour, "居民会客厅", "Parlour", "客", "ke", 12, 0),
        (basic.hall, "多功能厅", "Hall", "多", "duo", 60, 15),
        (basic.square, "小区广场", "Square", "广", "guang", 200, 0),
    ]
    .map(
        |(id, name, name_en, mark, tone, capacity, clearing)| venue::ActiveModel {
            community_id: Set(here),
            id: Set(id.0),
            name: Set(name.to_owned()),
            name_en: Set(name_en.to_owned()),
            mark: Set(mark.to_owned()),
            tone: Set(tone.to_owned()),
            directions: Set("社区服务中心一楼".to_owned()),
            directions_en: Set("Ground floor of the community centre".to_owned()),
            capacity: Set(capacity),
            clearing_minutes: Set(clearing),
            outdoor: Set(mark == "广"),
            opens_at_minute: Set(8 * 60),
            closes_at_minute: Set(21 * 60),
            equipment: Set(String::new()),
            closed_on: Set(None),
        },
    );
    let partner = partner::ActiveModel {
        community_id: Set(here),
        id: Set(basic.zangyutang.0),
        name: Set("藏御堂体验馆".to_owned()),
        name_en: Set("Zangyutang".to_owned()),
        contact_name: Set("熊老师".to_owned()),
        email: Set("zangyutang@example.org".to_owned()),
        phone_sealed: Set(None),
        licence_expires_on: Set(None),
        pledge_signed_on: Set(None),
        qualification: Set(String::new()),
        qualification_expires_on: Set(None),
        pledge_expires_on: Set(None),
        weekly_limit: Set(None),
        frozen_at: Set(None),
        frozen_reason: Set(String::new()),
    };
    let facilitators = [
        (basic.xiong, Some(basic.zangyutang.0), "熊老师", "Mr Xiong", "主讲"),
        (basic.zhang, None, "小张", "Zhang", "帮办"),
    ]
    .map(|(id, of, name, name_en, duty)| facilitator::ActiveModel {
        community_id: Set(here),
        id: Set(id.0),
        partner_id: Set(of),
        name: Set(name.to_owned()),
        name_en: Set(name_en.to_owned()),
        duty: Set(duty.to_owned()),
    });
    ctx.db
        .write(async move |txn| -> Result<(), Error> {
            let stored = async {
                community::Entity::insert_many(communities)
                    .exec_without_returning(txn)
                    .await?;
                venue::Entity::insert_many(venues).exec_without_returning(txn).await?;
                partner::Entity::insert(partner).exec_without_returning(txn).await?;
                facilitator::Entity::insert_many(facilitators)
                    .exec_without_returning(txn)
                    .await
            };
            stored.await.map_err(|error| Error::Storage(error.into()))?;
            Ok(())
        })
        .await
        .expect("the seed is stored");
    for role in Role::ALL {
        let new = account::NewAccount {
            username: username(role).to_owned(),
            password: PASSWORD.to_owned(),
            role,
            display_name: String::new(),
            community: matches!(role, Role::Staff | Role::Partner).then_some(basic.yunliang),
            partner: (role == Role::Partner).then_some(basic.zangyutang),
            email: String::new(),
        };
        account::create(ctx, &Actor::System, new)
            .await
            .expect("the account is stored");
    }
    basic
}
