//! The audit chain.

use entities::audit as row;
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::json;
use xianglao::domain::access::Actor;
use xianglao::domain::id::CommunityId;
use xianglao::services::audit;
use xianglao::storage::{Error, meta};

use crate::support::app::{TestApp, on_both};

async fn note(app: &TestApp, community: CommunityId, number: usize) -> Result<(), Error> {
    let ctx = app.ctx.clone();
    let now = ctx.now();
    let db = ctx.db.clone();
    db.write(async move |txn| {
        meta::put(txn, &format!("audited-{number}"), "x").await?;
        let detail = json!({ "number": number });
        audit::record(&ctx, txn, now, community, &Actor::System, "test.note", None, &detail).await
    })
    .await
}

on_both!(many_who_audit_at_once_make_one_whole_chain, async |app: TestApp| {
    let basic = app.seed_basic().await;
    for outcome in join_all((0..30).map(|number| note(&app, basic.yunliang, number))).await {
        outcome.unwrap();
    }
    note(&app, basic.youyuan, 99).await.unwrap();
    let mut positions: Vec<_> = row::Entity::find()
        .filter(row::Column::CommunityId.eq(basic.yunliang.0))
        .all(app.db())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.position)
        .collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=30).collect::<Vec<_>>());
    for community in [basic.yunliang, basic.youyuan] {
        assert_eq!(audit::first_break(&app.ctx, community).await.unwrap(), None);
    }
});

on_both!(what_is_not_stored_is_not_audited_either, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let (ctx, community) = (app.ctx.clone(), basic.yunliang);
    let refused = app
        .ctx
        .db
        .write(async move |txn| {
            audit::record(
                &ctx,
                txn,
                ctx.now(),
                community,
                &Actor::System,
                "test.note",
                None,
                &json!({}),
            )
            .await?;
            Err::<(), _>(Error::Contention)
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(row::Entity::find().count(app.db()).await.unwrap(), 0);
});

on_both!(a_row_that_was_changed_or_taken_out_is_found, async |app: TestApp| {
    let here = app.seed_basic().await.yunliang;
    for number in 0..4 {
        note(&app, here, number).await.unwrap();
    }
    let third = row::Entity::find()
        .filter(row::Column::Position.eq(3))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let changed = row::ActiveModel {
        detail: Set(json!({ "number": 7 }).to_string()),
        ..third.clone().into_active_model()
    };
    changed.update(app.db()).await.unwrap();
    assert_eq!(audit::first_break(&app.ctx, here).await.unwrap(), Some(3));
    row::Entity::delete_by_id((third.community_id, third.id))
        .exec(app.db())
        .await
        .unwrap();
    assert_eq!(audit::first_break(&app.ctx, here).await.unwrap(), Some(3));
    row::Entity::insert(third.into_active_model())
        .exec_without_returning(app.db())
        .await
        .unwrap();
    assert_eq!(audit::first_break(&app.ctx, here).await.unwrap(), None);
});
