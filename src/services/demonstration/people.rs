//! Invented residents: common family names and given names, combined by a fixed rule, with numbers that nobody has.

use crate::domain::access::Actor;
use crate::domain::id::ResidentId;
use crate::domain::resident::TellBy;
use crate::services::resident::{self, NewResident};
use crate::services::{Context, Result};

use super::places::Places;

const FAMILY: [&str; 16] = [
    "李", "王", "张", "刘", "陈", "杨", "赵", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "吕",
];
const WOMEN: [&str; 10] = [
    "秀英", "桂兰", "玉珍", "凤英", "淑华", "春兰", "素云", "金凤", "翠花", "爱莲",
];
const MEN: [&str; 10] = [
    "德福", "建国", "长顺", "福来", "保田", "德山", "金水", "玉堂", "守义", "春生",
];
const YARDS: [&str; 4] = ["日月苑小区", "烟机家属院", "粮库家属院", "沿河小区"];

/// How many there are.
pub(super) const COUNT: usize = 130;

/// Stores them in 运粮社区.
pub(super) async fn store(ctx: &Context, places: &Places) -> Result<Vec<ResidentId>> {
    let mut people = Vec::with_capacity(COUNT);
    for at in 0..COUNT {
        let woman = at % 5 < 3;
        let given = if woman {
            WOMEN[(at / 3) % 10]
        } else {
            MEN[(at / 2) % 10]
        };
        // Two in five live in the first grid, as there are more people.
        let yard = [0, 1, 0, 2, 1, 3, 0, 2, 1, 3][at % 10];
        let by_mail = at % 9 == 4;
        let new = NewResident {
            name: format!("{}{given}", FAMILY[(at * 7 + at / 16) % 16]),
            phone: if at % 17 == 11 {
                String::new()
            } else {
                format!("1390000{:04}", 1000 + at * 13)
            },
            gender: if woman { "female" } else { "male" }.to_owned(),
            birth_year: Some(1936 + i32::try_from((at * 11) % 27).unwrap_or_default()),
            email: if by_mail {
                format!("resident{at}@example.org")
            } else {
                String::new()
            },
            tell_by: if by_mail { TellBy::Email } else { TellBy::Phone },
            grid_id: places.grids.get(yard).copied(),
            building: format!("{}{}号楼{}单元", YARDS[yard], at % 8 + 1, at % 3 + 1),
            care: if at % 13 == 5 {
                vec!["独居".to_owned()]
            } else {
                Vec::new()
            },
            ..NewResident::default()
        };
        people.push(resident::create(ctx, &Actor::System, places.yunliang.id, new).await?.id);
    }
    Ok(people)
}
