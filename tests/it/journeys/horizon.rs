//! Somebody looks further ahead than sessions are stored.

use reqwest::StatusCode;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use xianglao::domain::access::{Actor, Role};
use xianglao::services::programme::{self, OnConflict, PlanSeries, extend_to};
use xianglao::services::{community, schedule};

use crate::api::plan::{HOME, sessions};
use crate::support::app::{TestApp, on_both};
use crate::support::plan::{series, titled};

/// How many sessions are stored, looked at without storing more.
async fn stored(app: &TestApp) -> usize {
    use sea_orm::PaginatorTrait;
    let count = entities::session::Entity::find().count(app.db()).await.unwrap();
    usize::try_from(count).unwrap()
}

/// A class every Wednesday, and how many of its sessions are stored: up to the 26th of May 2027.
async fn weekly(app: &TestApp) -> usize {
    let basic = app.seed_basic().await;
    series(
        &app.ctx,
        basic.yunliang,
        basic.activity_room,
        titled("老年反诈课"),
        "2026-12-02T09:30:00",
        Some("FREQ=WEEKLY"),
    )
    .await;
    stored(app).await
}

on_both!(
    a_week_beyond_the_horizon_is_stored_when_somebody_looks_at_it,
    async |app| {
        let before = weekly(&app).await;
        assert_eq!(before, 25);
        let staff = app.client_as(Role::Staff).await;
        for near in ["2026-W49", "2027-W20"] {
            staff.page(&format!("/staff/week?week={near}")).await;
        }
        assert_eq!(stored(&app).await, before, "looking at what is stored stores nothing");
        let page = staff.page("/staff/week?week=2027-W30").await;
        assert!(page.contains("老年反诈课"));
        // Eight Wednesdays after the 25th, up to the 28th of July.
        assert_eq!(stored(&app).await, before + 10);
        // The night's work finds nothing to do until the horizon comes that far, and then goes on from there.
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 0);
        app.clock.set("2027-02-10T03:00:00+08:00");
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 1);
    }
);

async fn paper_until(app: &TestApp, last: &str) {
    let basic = app.seed_basic().await;
    let day: chrono::NaiveDate = last.parse().unwrap();
    entities::partner::Entity::update_many()
        .col_expr(entities::partner::Column::LicenceExpiresOn, Expr::value(day))
        .filter(entities::partner::Column::Id.eq(basic.zangyutang.0))
        .exec(app.db())
        .await
        .unwrap();
}

on_both!(
    what_a_paper_ends_comes_when_it_is_renewed_though_the_series_was_changed_between,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        paper_until(&app, "2026-12-20").await;
        let mut new = titled("艾灸理疗");
        new.partner_id = Some(basic.zangyutang);
        let by = Actor::System;
        let programme = programme::create_programme(&app.ctx, &by, basic.yunliang, new)
            .await
            .unwrap();
        let starts = "2026-12-02T09:30:00".parse().unwrap();
        let mut wish = PlanSeries::once(programme.id, basic.activity_room, starts, 60);
        wish.rule = Some("FREQ=WEEKLY".to_owned());
        wish.on_conflict = OnConflict::Skip;
        let planned = programme::plan_series(&app.ctx, &by, basic.yunliang, wish, false)
            .await
            .unwrap();
        assert_eq!(stored(&app).await, 3);
        let change = programme::SeriesChange {
            extra: Some(vec!["2026-12-10T09:30:00".parse().unwrap()]),
            ..programme::SeriesChange::default()
        };
        let act = programme::Act::Change(change);
        let done = programme::act(
            &app.ctx,
            &by,
            basic.yunliang,
            planned.series_id.unwrap(),
            act,
            None,
            false,
        )
        .await
        .unwrap();
        assert_eq!((done.created.len(), done.missing.len()), (1, 0), "{done:?}");
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 0);
        paper_until(&app, "2028-12-31").await;
        assert_eq!(programme::extend_horizon(&app.ctx).await.unwrap().sessions, 22);
    }
);

on_both!(twenty_people_who_look_at_once_get_each_session_once, async |app| {
    let before = weekly(&app).await;
    let staff = app.bearer_as(Role::Staff).await;
    let looks = (0..20).map(|_| sessions(&staff, "2027-06-01", "2027-10-01"));
    let seen = futures_util::future::join_all(looks).await;
    for answer in &seen {
        assert_eq!(answer.len(), 18);
    }
    assert_eq!(stored(&app).await, before + 19);
});

on_both!(nobody_can_make_it_look_for_ever, async |app| {
    let before = weekly(&app).await;
    let visitor = app.client();
    let answer = visitor.get("/c/yunliang?week=2029-W01").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(stored(&app).await, before);
    let staff = app.bearer_as(Role::Staff).await;
    let home = community::find_by_slug(&app.ctx, "yunliang").await.unwrap();
    let far = extend_to(&app.ctx, &home, "2400-01-01T00:00:00".parse().unwrap())
        .await
        .unwrap();
    // 400 days ahead, and never more.
    assert_eq!((far.series, far.sessions), (1, 32));
    let again = extend_to(&app.ctx, &home, "2400-01-01T00:00:00".parse().unwrap())
        .await
        .unwrap();
    assert_eq!((again.series, again.sessions), (0, 0));
    let answer = staff
        .get(&format!("{HOME}/sessions?from=2027-12-30&to=9999-01-01"))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(stored(&app).await, before + 32);
});

on_both!(what_is_looked_at_far_ahead_takes_its_place, async |app| {
    weekly(&app).await;
    let basic = app.seed_basic().await;
    let home = community::find(&app.ctx, basic.yunliang).await.unwrap();
    let to = "2027-08-01T00:00:00+08:00".parse().unwrap();
    schedule::reach(&app.ctx, &home, to).await.unwrap();
    let mut wish = programme::PlanSeries::once(
        programme::list(&app.ctx, basic.yunliang).await.unwrap()[0].id,
        basic.activity_room,
        "2027-07-28T09:30:00".parse().unwrap(),
        60,
    );
    wish.on_conflict = programme::OnConflict::Refuse;
    let planned = programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, true)
        .await
        .unwrap();
    assert_eq!(planned.clashes.len(), 1);
});
