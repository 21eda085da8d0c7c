//! The demonstration: four communities of 魏都区, 许昌市, as a district newspaper told of them in September 2023, with invented names for private
//! persons, and a living present around today.
//!
//! September 2023 of 运粮社区 reports exactly 420 visits, made of attendance rows and headcounts. [`places`] holds who and where, [`past`] that
//! September, [`present`] the weeks around today, [`visits`] the service days of the district.

mod book;
mod past;
mod people;
mod places;
mod present;
mod visits;

use jiff::Timestamp;

use super::account::{self, NewAccount};
use super::{Context, Error, Result};
use crate::domain::access::{Actor, Role};
use crate::domain::id::AccountId;
use crate::storage;

/// How many steps [`fill`] reports.
pub const STEPS: u64 = 7;

/// A password for the four accounts, made anew.
pub fn password(ctx: &Context) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let bytes: [u8; 14] = ctx.random();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

/// Fills the database; `false` when the demonstration is in it already. `step` is told what is done next.
///
/// # Errors
/// When the database cannot store it, or the password is too weak.
pub async fn fill(ctx: &Context, password: &str, mut step: impl FnMut(&'static str)) -> Result<bool> {
    let now = ctx.now();
    step("communities");
    if storage::community::find_by_slug(ctx.db.reader(), "yunliang")
        .await?
        .is_some()
    {
        return Ok(false);
    }
    let places = places::store(ctx, now).await?;
    step("accounts");
    let proposer = accounts(ctx, &places, password).await?;
    step("residents");
    let people = people::store(ctx, &places).await?;
    step("September 2023");
    past::store(ctx, &places, &people, now).await?;
    step("the weeks around today");
    present::store(ctx, &places, &people, now).await?;
    step("service days");
    visits::store(ctx, &places, now).await?;
    step("proposals and changes");
    present::live(ctx, &places, now).await?;
    present::propose(ctx, &places, proposer, now).await?;
    Ok(true)
}

/// Creates the four accounts; returns the partner's.
async fn accounts(ctx: &Context, places: &places::Places, password: &str) -> Result<AccountId> {
    let mut last = None;
    let yunliang = places.yunliang.id;
    let accounts = [
        ("admin", Role::Admin, "管理员", None, None),
        ("weidu", Role::District, "魏都区", None, None),
        ("yunliang", Role::Staff, "张晓燕", Some(yunliang), None),
        (
            "zangyutang",
            Role::Partner,
            "藏御堂体验馆",
            Some(yunliang),
            Some(places.zangyutang),
        ),
    ];
    for (username, role, display_name, community, partner) in accounts {
        let new = NewAccount {
            username: username.to_owned(),
            password: password.to_owned(),
            role,
            display_name: display_name.to_owned(),
            community,
            partner,
            email: String::new(),
        };
        last = Some(account::create(ctx, &Actor::System, new).await?.id);
    }
    last.ok_or_else(|| Error::not_found("account", "zangyutang"))
}

/// An instant that must exist in the demonstration's calendar.
fn out_of_range(what: &'static str) -> Error {
    Error::not_found(what, "out of range")
}

/// Later of two instants, for rows that cannot be younger than now.
fn not_after(at: Timestamp, now: Timestamp) -> Timestamp {
    at.min(now)
}
