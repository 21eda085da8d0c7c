//! Two things cannot be in one room, nor one person in two: the database itself refuses.

use entities::{booking, programme, series, session, venue};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use xianglao::domain::id::{FacilitatorId, VenueId};
use xianglao::storage::{Error, to_db};

use crate::support::app::{TestApp, on_both};
use crate::support::seed::Basic;

/// A session of some programme, for rows that need one.
pub async fn a_session(app: &TestApp, basic: &Basic) -> Uuid {
    let now = app.ctx.now();
    let (programme, series, session): (Uuid, Uuid, Uuid) =
        (app.ctx.new_id(now), app.ctx.new_id(now), app.ctx.new_id(now));
    let community = basic.yunliang.0;
    let offered = programme::ActiveModel {
        community_id: Set(community),
        id: Set(programme),
        title: Set("老年反诈课".to_owned()),
        title_en: Set(String::new()),
        slogan: Set(String::new()),
        slogan_en: Set(String::new()),
        kind: Set("class".to_owned()),
        description: Set(String::new()),
        description_en: Set(String::new()),
        bring: Set(String::new()),
        bring_en: Set(String::new()),
        audience: Set(String::new()),
        capacity: Set(None),
        sign_up: Set("none".to_owned()),
        counting: Set("both".to_owned()),
        matters: Set(String::new()),
        partner_id: Set(None),
        status: Set("active".to_owned()),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    };
    let repeated = series::ActiveModel {
        community_id: Set(community),
        id: Set(series),
        programme_id: Set(programme),
        venue_id: Set(basic.activity_room.0),
        facilitator_id: Set(None),
        starts_local: Set("2026-11-25T09:30:00".to_owned()),
        zone: Set("Asia/Shanghai".to_owned()),
        duration_minutes: Set(60),
        rule: Set(None),
        extra: Set("[]".to_owned()),
        excluded: Set("[]".to_owned()),
        holiday_policy: Set("hold".to_owned()),
        capacity: Set(None),
        ends_before_local: Set(None),
        materialised_until: Set(None),
        pauses: Set("[]".to_owned()),
        topics: Set("[]".to_owned()),
        held_limit: Set(None),
        sequence: Set(0),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    };
    let held = session::ActiveModel {
        community_id: Set(community),
        id: Set(session),
        series_id: Set(series),
        programme_id: Set(programme),
        original_local: Set("2026-11-25T09:30:00".to_owned()),
        starts_at: Set(to_db("2026-11-25T09:30:00+08:00".parse().unwrap())),
        ends_at: Set(to_db("2026-11-25T10:30:00+08:00".parse().unwrap())),
        venue_id: Set(basic.activity_room.0),
        facilitator_id: Set(None),
        capacity: Set(None),
        status: Set("scheduled".to_owned()),
        reason_code: Set(None),
        reason: Set(None),
        topic: Set(None),
        moved_from_at: Set(None),
        moved_from_venue_id: Set(None),
        overridden: Set(false),
        sequence: Set(0),
        enrolled: Set(0),
        waitlisted: Set(0),
        asked: Set(0),
        named: Set(0),
        headcount: Set(0),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    };
    programme::Entity::insert(offered)
        .exec_without_returning(app.db())
        .await
        .unwrap();
    series::Entity::insert(repeated)
        .exec_without_returning(app.db())
        .await
        .unwrap();
    session::Entity::insert(held)
        .exec_without_returning(app.db())
        .await
        .unwrap();
    session
}

/// A booking of today, `from` and `to` as minutes after 9:00, cleared `clearing` minutes later.
pub fn taken(
    app: &TestApp,
    basic: &Basic,
    venue: Option<VenueId>,
    facilitator: Option<FacilitatorId>,
    [from, to, clearing]: [i64; 3],
) -> booking::ActiveModel {
    let nine: Timestamp = "2026-11-25T09:00:00+08:00".parse().unwrap();
    let after = |minutes| to_db(nine + SignedDuration::from_mins(minutes));
    booking::ActiveModel {
        community_id: Set(basic.yunliang.0),
        id: Set(app.ctx.new_id(app.ctx.now())),
        session_id: Set(None),
        proposal_id: Set(None),
        venue_id: Set(venue.map(|id| id.0)),
        facilitator_id: Set(facilitator.map(|id| id.0)),
        starts_at: Set(after(from)),
        ends_at: Set(after(to)),
        clear_at: Set(after(to + clearing)),
        on_date: Set(Some(chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap())),
        from_minute: Set(Some(540 + i32::try_from(from).unwrap())),
        to_minute: Set(Some(540 + i32::try_from(to).unwrap())),
        capacity: Set(None),
        partner_id: Set(None),
    }
}

/// Locks the venue as every booking must, then books.
pub async fn book(app: &TestApp, row: booking::ActiveModel) -> Result<(), Error> {
    app.ctx
        .db
        .write(async move |txn| {
            if let Some(venue) = row.venue_id.clone().unwrap() {
                venue::Entity::find()
                    .filter(venue::Column::CommunityId.eq(row.community_id.clone().unwrap()))
                    .filter(venue::Column::Id.eq(venue))
                    .order_by_asc(venue::Column::Id)
                    .lock(LockType::NoKeyUpdate)
                    .all(txn)
                    .await?;
            }
            booking::Entity::insert(row).exec_without_returning(txn).await?;
            Ok(())
        })
        .await
}

on_both!(of_fifty_who_want_one_slot_exactly_one_gets_it, async |app| {
    let basic = app.seed_basic().await;
    let wishes = (0..50).map(|minute| {
        // Not the same slot: any two of them overlap.
        book(
            &app,
            taken(&app, basic, Some(basic.activity_room), None, [minute, 60 + minute, 15]),
        )
    });
    let outcomes = join_all(wishes).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, Error::Overlap("venue")), "{refused:?}");
    }
    assert_eq!(booking::Entity::find().count(app.db()).await.unwrap(), 1);
});

on_both!(a_facilitator_cannot_be_in_two_rooms, async |app| {
    let basic = app.seed_basic().await;
    let of = |venue, span| taken(&app, basic, Some(venue), Some(basic.xiong), span);
    book(&app, of(basic.activity_room, [0, 60, 15])).await.unwrap();
    let refused = book(&app, of(basic.hall, [30, 90, 15])).await;
    assert!(matches!(refused, Err(Error::Overlap("facilitator"))), "{refused:?}");
    // The room must be cleared; the person can go on at once.
    book(&app, of(basic.hall, [60, 90, 15])).await.unwrap();
});

on_both!(spans_that_touch_are_allowed_and_clearing_counts, async |app| {
    let basic = app.seed_basic().await;
    let of = |span| taken(&app, basic, Some(basic.activity_room), None, span);
    book(&app, of([60, 120, 15])).await.unwrap();
    assert!(matches!(
        book(&app, of([120, 150, 0])).await,
        Err(Error::Overlap("venue"))
    ));
    book(&app, of([135, 180, 15])).await.unwrap();
    assert!(matches!(
        book(&app, of([0, 50, 15])).await,
        Err(Error::Overlap("venue"))
    ));
    book(&app, of([0, 45, 15])).await.unwrap();
});

on_both!(other_rooms_other_communities_and_no_room_do_not_clash, async |app| {
    let basic = app.seed_basic().await;
    let span = [0, 60, 0];
    book(&app, taken(&app, basic, Some(basic.activity_room), None, span))
        .await
        .unwrap();
    book(&app, taken(&app, basic, Some(basic.parlour), None, span))
        .await
        .unwrap();
    book(&app, taken(&app, basic, None, None, span)).await.unwrap();
    book(&app, taken(&app, basic, None, None, span)).await.unwrap();
});

on_both!(a_booking_cannot_be_moved_onto_another, async |app| {
    let basic = app.seed_basic().await;
    let of = |span| taken(&app, basic, Some(basic.activity_room), None, span);
    book(&app, of([0, 60, 0])).await.unwrap();
    let later = of([60, 120, 0]);
    book(&app, later.clone()).await.unwrap();
    let moved = booking::ActiveModel {
        id: later.id.clone(),
        ..of([30, 90, 0])
    };
    let refused = app
        .ctx
        .db
        .write(async move |txn| Ok::<_, Error>(moved.update(txn).await?))
        .await;
    assert!(matches!(refused, Err(Error::Overlap("venue"))), "{refused:?}");
    let longer = booking::ActiveModel {
        id: later.id,
        ..of([60, 150, 0])
    };
    longer.update(app.db()).await.expect("it does not clash with itself");
});

on_both!(a_span_that_ends_before_it_starts_is_refused, async |app| {
    let basic = app.seed_basic().await;
    for span in [[60, 60, 15], [60, 30, 0], [0, 60, -1]] {
        let refused = book(&app, taken(&app, basic, Some(basic.activity_room), None, span)).await;
        assert!(refused.is_err(), "{span:?}");
    }
});
