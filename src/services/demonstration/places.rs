//! Who and where: communities, grids, venues, partners, facilitators, programmes.

use jiff::Timestamp;
use jiff::civil::date;

use crate::domain::calendar::zone::parse_zone;
use crate::domain::community::{Community, Facilitator, Grid, Partner, Tone, Venue};
use crate::domain::id::{CommunityId, FacilitatorId, GridId, PartnerId, ProgrammeId, VenueId};
use crate::domain::planning::{Counting, Programme, ProgrammeKind, SignUpMode};
use crate::services::{Context, Error, Result};
use crate::storage::{Txn, community, programme};

/// What the other rooms of the demonstration need to find.
pub(super) struct Places {
    /// 运粮社区.
    pub yunliang: Community,
    /// Its grids.
    pub grids: Vec<GridId>,
    /// 活 老年活动室.
    pub huo: Venue,
    /// 客 居民会客厅.
    pub ke: Venue,
    /// 多 多功能厅.
    pub duo: Venue,
    /// 广 小区广场.
    pub guang: Venue,
    /// 藏御堂体验馆.
    pub zangyutang: PartnerId,
    /// 巧手理发店.
    pub barber: PartnerId,
    /// 熊老师.
    pub xiong: FacilitatorId,
    /// 小张.
    pub zhang: FacilitatorId,
    /// 郑老师.
    pub zheng: FacilitatorId,
    /// 周师傅.
    pub zhou: FacilitatorId,
    /// 卫生站.
    pub clinic: FacilitatorId,
    /// 艾灸理疗.
    pub moxibustion: Programme,
    /// 老年反诈课.
    pub fraud: Programme,
    /// 养生讲座.
    pub talk: Programme,
    /// 免费量血压.
    pub pressure: Programme,
    /// 手机帮办.
    pub phones: Programme,
    /// 合唱排练.
    pub choir: Programme,
    /// 八段锦晨练.
    pub exercise: Programme,
    /// 豫剧电影.
    pub film: Programme,
    /// 游园社区 with its parlour, its person and its help desk.
    pub youyuan: (Community, Venue, FacilitatorId, Programme),
    /// 文惠社区 and 天宝社区, each with a grid, a meeting point and the service day.
    pub visiting: Vec<(Community, GridId, Venue, Programme)>,
}

fn town(
    ctx: &Context,
    now: Timestamp,
    slug: &str,
    names: (&str, &str),
    subdistrict: &str,
    line: u8,
    seniors: i32,
) -> Result<Community> {
    Ok(Community {
        id: ctx.new_id::<CommunityId>(now),
        slug: slug.to_owned(),
        name: names.0.to_owned(),
        name_en: names.1.to_owned(),
        subdistrict: subdistrict.to_owned(),
        district: "许昌市魏都区".to_owned(),
        zone: parse_zone("Asia/Shanghai").map_err(|error| Error::not_found("community", error))?,
        phone: format!("0374-555{line:04}"),
        address: format!("许昌市魏都区{subdistrict}{}", names.0),
        desk_hours: "周一到周五 上午8:30—12:00 下午2:30—5:30".to_owned(),
        notice: String::new(),
        seniors_registered: seniors,
        seniors_counted_on: Some(date(2023, 8, 31)),
        horizon_weeks: 26,
    })
}

#[expect(clippy::too_many_arguments, reason = "one row, value by value")]
fn venue(
    ctx: &Context,
    now: Timestamp,
    mark: &str,
    tone: Tone,
    names: (&str, &str),
    directions: (&str, &str),
    capacity: i32,
    hours: (i32, i32),
) -> Venue {
    Venue {
        id: ctx.new_id::<VenueId>(now),
        name: names.0.to_owned(),
        name_en: names.1.to_owned(),
        mark: mark.to_owned(),
        tone,
        directions: directions.0.to_owned(),
        directions_en: directions.1.to_owned(),
        capacity,
        clearing_minutes: if tone == Tone::Guang { 0 } else { 15 },
        outdoor: tone == Tone::Guang,
        opens_at_minute: hours.0 * 60,
        closes_at_minute: hours.1 * 60,
        equipment: String::new(),
        closed_on: None,
    }
}

struct Offer<'a> {
    title: (&'a str, &'a str),
    slogan: (&'a str, &'a str),
    kind: ProgrammeKind,
    about: (&'a str, &'a str),
    bring: (&'a str, &'a str),
    capacity: Option<i32>,
    sign_up: SignUpMode,
    counting: Counting,
    matters: &'a [&'a str],
    partner: Option<PartnerId>,
}

fn offered(ctx: &Context, now: Timestamp, offer: &Offer<'_>) -> Programme {
    Programme {
        id: ctx.new_id::<ProgrammeId>(now),
        title: offer.title.0.to_owned(),
        title_en: offer.title.1.to_owned(),
        slogan: offer.slogan.0.to_owned(),
        slogan_en: offer.slogan.1.to_owned(),
        kind: offer.kind,
        description: offer.about.0.to_owned(),
        description_en: offer.about.1.to_owned(),
        bring: offer.bring.0.to_owned(),
        bring_en: offer.bring.1.to_owned(),
        audience: String::new(),
        capacity: offer.capacity,
        sign_up: offer.sign_up,
        counting: offer.counting,
        matters: offer.matters.iter().map(|matter| (*matter).to_owned()).collect(),
        partner_id: offer.partner,
        archived: false,
    }
}

/// A simple offer; the rest is filled in where it differs.
fn plain<'a>(title: (&'a str, &'a str), kind: ProgrammeKind, about: (&'a str, &'a str)) -> Offer<'a> {
    Offer {
        title,
        slogan: ("", ""),
        kind,
        about,
        bring: ("", ""),
        capacity: None,
        sign_up: SignUpMode::None,
        counting: Counting::Both,
        matters: &[],
        partner: None,
    }
}

/// Stores them all.
pub(super) async fn store(ctx: &Context, now: Timestamp) -> Result<Places> {
    let yunliang = town(ctx, now, "yunliang", ("运粮社区", "Yunliang"), "新兴街道", 1, 955)?;
    let huo = venue(
        ctx,
        now,
        "活",
        Tone::Huo,
        ("老年活动室", "Seniors' room"),
        ("社区一楼，进门左手边", "ground floor, left of the entrance"),
        40,
        (7, 21),
    );
    let ke = venue(
        ctx,
        now,
        "客",
        Tone::Ke,
        ("居民会客厅", "Residents' parlour"),
        ("社区一楼", "ground floor"),
        24,
        (7, 21),
    );
    let duo = venue(
        ctx,
        now,
        "多",
        Tone::Duo,
        ("多功能厅", "Hall"),
        ("社区二楼", "first floor"),
        80,
        (7, 21),
    );
    let guang = venue(
        ctx,
        now,
        "广",
        Tone::Guang,
        ("日月苑小区广场", "Riyueyuan square"),
        ("", ""),
        120,
        (5, 22),
    );
    let partner = |name: &str, name_en: &str, contact: &str| Partner {
        id: ctx.new_id::<PartnerId>(now),
        name: name.to_owned(),
        name_en: name_en.to_owned(),
        contact_name: contact.to_owned(),
        email: String::new(),
        licence_expires_on: None,
        pledge_signed_on: Some(date(2023, 8, 25)),
        qualification: String::new(),
        qualification_expires_on: None,
        pledge_expires_on: None,
        weekly_limit: None,
        frozen_at: None,
        frozen_reason: String::new(),
    };
    let shop = partner("藏御堂体验馆", "Zangyutang", "熊老师");
    let barber = partner("巧手理发店", "Qiaoshou barbers", "马师傅");
    let photographer = partner("光影照相馆", "Guangying photographers", "任师傅");
    let person = |name: &str, name_en: &str, duty: &str, partner_id: Option<PartnerId>| Facilitator {
        id: ctx.new_id::<FacilitatorId>(now),
        partner_id,
        name: name.to_owned(),
        name_en: name_en.to_owned(),
        duty: duty.to_owned(),
    };
    let xiong = person("熊老师", "Ms Xiong", "主讲", Some(shop.id));
    let zhang = person("小张", "Xiao Zhang", "社区工作人员", None);
    let zheng = person("郑老师", "Mr Zheng", "领唱", None);
    let zhou = person("周师傅", "Master Zhou", "领操", None);
    let clinic = person("卫生站", "Clinic", "量血压", None);
    let moxibustion = offered(
        ctx,
        now,
        &Offer {
            capacity: Some(12),
            sign_up: SignUpMode::Required,
            partner: Some(shop.id),
            bring: (
                "穿宽松的衣服，吃过饭半小时再来",
                "Wear loose clothes; come half an hour after a meal",
            ),
            ..plain(
                ("艾灸理疗", "Moxibustion"),
                ProgrammeKind::Wellness,
                (
                    "艾灸体验，天凉暖一暖腰腿。一次20分钟，按先来后到。",
                    "Moxibustion to warm back and legs as the days get cold: 20 minutes each.",
                ),
            )
        },
    );
    let fraud = offered(
        ctx,
        now,
        &Offer {
            slogan: (
                "新型诈骗花样多 捂紧群众钱袋子",
                "New tricks of fraudsters, and how to keep your purse shut",
            ),
            capacity: Some(40),
            sign_up: SignUpMode::Optional,
            bring: (
                "老花镜、手机。腿脚不便的，请家人陪着来。",
                "Reading glasses and your phone. If walking is hard, bring somebody.",
            ),
            ..plain(
                ("老年反诈课", "Anti-fraud class"),
                ProgrammeKind::Class,
                (
                    "先看反诈短片，再讲冒充客服、冒充孙子借钱、养老投资这几种新骗术。每人发一份资料。",
                    "A short film, then the tricks that are going round: false service desks, false grandchildren, false pensions. Everybody gets a leaflet.",
                ),
            )
        },
    );
    let talk = offered(
        ctx,
        now,
        &Offer {
            capacity: Some(28),
            sign_up: SignUpMode::Optional,
            partner: Some(shop.id),
            ..plain(
                ("秋季养生讲座", "Autumn health talk"),
                ProgrammeKind::Talk,
                (
                    "秋冬吃什么、怎么睡、怎么防感冒。讲完可以提问。",
                    "What to eat, how to sleep and how to keep colds away. Questions welcome.",
                ),
            )
        },
    );
    let pressure = offered(
        ctx,
        now,
        &plain(
            ("免费量血压", "Blood pressure check"),
            ProgrammeKind::Wellness,
            (
                "社区卫生站来人，免费量血压。",
                "The clinic comes and takes your blood pressure, free of charge.",
            ),
        ),
    );
    let phones = offered(
        ctx,
        now,
        &Offer {
            matters: &["电子社保卡激活", "医保缴费", "养老认证", "手机字体调大"],
            ..plain(
                ("手机帮办", "Help with phones"),
                ProgrammeKind::HelpDesk,
                (
                    "手机上不会办的事，一件一件帮您办。",
                    "Whatever is hard to do on a phone, done together.",
                ),
            )
        },
    );
    let choir = offered(
        ctx,
        now,
        &plain(
            ("合唱排练", "Choir"),
            ProgrammeKind::Culture,
            (
                "夕阳红合唱队排练，会唱不会唱都欢迎。",
                "The choir rehearses; everybody may join.",
            ),
        ),
    );
    let exercise = offered(
        ctx,
        now,
        &Offer {
            counting: Counting::Headcount,
            ..plain(
                ("八段锦晨练", "Morning exercise"),
                ProgrammeKind::Culture,
                (
                    "跟着周师傅打一套八段锦，下雨停一次。",
                    "Eight gentle exercises with Master Zhou; not when it rains.",
                ),
            )
        },
    );
    let film = offered(
        ctx,
        now,
        &Offer {
            counting: Counting::Headcount,
            ..plain(
                ("豫剧电影", "Opera film"),
                ProgrammeKind::Culture,
                ("放一场豫剧电影，自带水杯。", "A Henan opera film; bring a cup."),
            )
        },
    );

    let youyuan = town(ctx, now, "youyuan", ("游园社区", "Youyuan"), "文峰街道", 2, 1_120)?;
    let parlour = venue(
        ctx,
        now,
        "客",
        Tone::Ke,
        ("居民会客厅", "Residents' parlour"),
        ("社区一楼", "ground floor"),
        30,
        (8, 20),
    );
    let clerk = person("小李", "Xiao Li", "社区工作人员", None);
    let desk = offered(
        ctx,
        now,
        &Offer {
            matters: &["电子社保卡激活", "城乡居民医保缴费", "养老保险认证", "高龄津贴申领"],
            ..plain(
                ("便民服务", "Help desk"),
                ProgrammeKind::HelpDesk,
                (
                    "电子社保卡、医保缴费、养老认证、高龄津贴，在会客厅坐着办。",
                    "Social-security card, insurance, pension verification and old-age allowance, sitting down in the parlour.",
                ),
            )
        },
    );
    let mut visiting = Vec::new();
    for (slug, names, subdistrict, line, grid, seniors) in [
        ("wenhui", ("文惠社区", "Wenhui"), "文惠街道", 3, "269网格", 1_340),
        ("tianbao", ("天宝社区", "Tianbao"), "丁庄街道", 4, "一网格", 1_510),
    ] {
        let town = town(ctx, now, slug, names, subdistrict, line, seniors)?;
        let grid = Grid {
            id: ctx.new_id::<GridId>(now),
            name: grid.to_owned(),
            position: 1,
            seniors_registered: seniors,
            first_secretary: "下派第一书记".to_owned(),
        };
        let point = venue(
            ctx,
            now,
            "门",
            Tone::Wai,
            ("社区门口集合", "At the community's door"),
            ("", ""),
            60,
            (8, 22),
        );
        let service = offered(
            ctx,
            now,
            &Offer {
                counting: Counting::Headcount,
                ..plain(
                    ("集中服务日", "Service day"),
                    ProgrammeKind::ServiceDay,
                    (
                        "晚上敲门走访，听大家说困难。全区48个单位、587名下派干部和网格员一起。",
                        "From door to door in the evening: 587 cadres of 48 units and the grid workers listen to what is hard.",
                    ),
                )
            },
        );
        visiting.push((town, grid, point, service));
    }

    let places = Places {
        grids: Vec::new(),
        zangyutang: shop.id,
        barber: barber.id,
        xiong: xiong.id,
        zhang: zhang.id,
        zheng: zheng.id,
        zhou: zhou.id,
        clinic: clinic.id,
        yunliang: yunliang.clone(),
        huo: huo.clone(),
        ke: ke.clone(),
        duo: duo.clone(),
        guang: guang.clone(),
        moxibustion: moxibustion.clone(),
        fraud: fraud.clone(),
        talk: talk.clone(),
        pressure: pressure.clone(),
        phones: phones.clone(),
        choir: choir.clone(),
        exercise: exercise.clone(),
        film: film.clone(),
        youyuan: (youyuan.clone(), parlour.clone(), clerk.id, desk.clone()),
        visiting: visiting
            .iter()
            .map(|(town, grid, point, service)| (town.clone(), grid.id, point.clone(), service.clone()))
            .collect(),
    };
    let grids: Vec<Grid> = [
        ("一网格 日月苑小区", 312),
        ("二网格 烟机家属院", 248),
        ("三网格 粮库家属院", 190),
        ("四网格 沿河小区", 205),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, seniors_registered), position)| Grid {
        id: ctx.new_id::<GridId>(now),
        name: name.to_owned(),
        position,
        seniors_registered,
        first_secretary: String::new(),
    })
    .collect();
    let grid_ids = grids.iter().map(|grid| grid.id).collect();
    ctx.db
        .write(async move |txn: &Txn| {
            community::insert(txn, &yunliang, now).await?;
            for grid in &grids {
                community::insert_grid(txn, yunliang.id, grid).await?;
            }
            for venue in [&huo, &ke, &duo, &guang] {
                community::insert_venue(txn, yunliang.id, venue).await?;
            }
            for partner in [&shop, &barber, &photographer] {
                community::insert_partner(txn, yunliang.id, partner, None).await?;
            }
            for facilitator in [&xiong, &zhang, &zheng, &zhou, &clinic] {
                community::insert_facilitator(txn, yunliang.id, facilitator).await?;
            }
            for offer in [
                &moxibustion,
                &fraud,
                &talk,
                &pressure,
                &phones,
                &choir,
                &exercise,
                &film,
            ] {
                programme::insert(txn, yunliang.id, offer, now).await?;
            }
            community::insert(txn, &youyuan, now).await?;
            community::insert_venue(txn, youyuan.id, &parlour).await?;
            community::insert_facilitator(txn, youyuan.id, &clerk).await?;
            programme::insert(txn, youyuan.id, &desk, now).await?;
            for (town, grid, point, service) in &visiting {
                community::insert(txn, town, now).await?;
                community::insert_grid(txn, town.id, grid).await?;
                community::insert_venue(txn, town.id, point).await?;
                programme::insert(txn, town.id, service, now).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(Places {
        grids: grid_ids,
        ..places
    })
}
