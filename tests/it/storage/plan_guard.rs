//! What a venue or a partner does not allow cannot be booked: the database itself refuses.

use entities::{booking, closure, closure_span, partner, venue};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, TransactionTrait};
use xianglao::domain::id::VenueId;
use xianglao::storage::{Error, to_db};

use super::guard::{book, taken};
use crate::support::app::{TestApp, on_both};
use crate::support::postgres::waiting;
use crate::support::seed::Basic;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn guarded(outcome: &Result<(), Error>) -> &'static str {
    match outcome {
        Err(Error::Guarded(guard)) => guard,
        other => panic!("{other:?}"),
    }
}

/// A booking of the activity room today from 9:00 to 10:00.
fn nine(app: &TestApp, basic: &Basic) -> booking::ActiveModel {
    taken(app, basic, Some(basic.activity_room), None, [0, 60, 0])
}

async fn change_room(app: &TestApp, basic: &Basic, change: impl FnOnce(&mut venue::ActiveModel)) {
    let room = venue::Entity::find_by_id((basic.yunliang.0, basic.activity_room.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let mut room = room.into_active_model();
    change(&mut room);
    room.update(app.db()).await.unwrap();
}

async fn change_partner(app: &TestApp, basic: &Basic, change: impl FnOnce(&mut partner::ActiveModel)) {
    let partner = partner::Entity::find_by_id((basic.yunliang.0, basic.zangyutang.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let mut partner = partner.into_active_model();
    change(&mut partner);
    partner.update(app.db()).await.unwrap();
}

/// A closure of a venue today, `from` and `to` as hours.
pub fn shut(
    app: &TestApp,
    basic: &Basic,
    room: VenueId,
    from: u8,
    to: u8,
) -> (closure::ActiveModel, closure_span::ActiveModel) {
    let now = app.ctx.now();
    let at = |hour: u8| to_db(format!("2026-11-25T{hour:02}:00:00+08:00").parse().unwrap());
    let id: uuid::Uuid = app.ctx.new_id(now);
    (
        closure::ActiveModel {
            community_id: Set(basic.yunliang.0),
            id: Set(id),
            kind: Set("closure".to_owned()),
            reason_code: Set("venue".to_owned()),
            reason: Set(String::new()),
            starts_at: Set(at(from)),
            ends_at: Set(at(to)),
            notification_id: Set(None),
            account_id: Set(None),
            created_at: Set(to_db(now)),
            undone_at: Set(None),
        },
        closure_span::ActiveModel {
            community_id: Set(basic.yunliang.0),
            id: Set(app.ctx.new_id(now)),
            closure_id: Set(id),
            venue_id: Set(room.0),
            starts_at: Set(at(from)),
            ends_at: Set(at(to)),
        },
    )
}

on_both!(a_booking_outside_the_hours_of_its_venue_is_refused, async |app| {
    let basic = app.seed_basic().await;
    change_room(&app, basic, |room| {
        room.opens_at_minute = Set(9 * 60);
        room.closes_at_minute = Set(10 * 60);
    })
    .await;
    let of = |span| taken(&app, basic, Some(basic.activity_room), None, span);
    assert_eq!(guarded(&book(&app, of([-1, 30, 0])).await), "booking_closed");
    assert_eq!(guarded(&book(&app, of([30, 61, 0])).await), "booking_closed");
    book(&app, of([0, 60, 15])).await.unwrap();
});

on_both!(a_booking_in_a_venue_that_closed_for_good_is_refused, async |app| {
    let basic = app.seed_basic().await;
    change_room(&app, basic, |room| room.closed_on = Set(Some(day("2026-11-25")))).await;
    assert_eq!(guarded(&book(&app, nine(&app, basic)).await), "booking_closed");
    change_room(&app, basic, |room| room.closed_on = Set(Some(day("2026-11-26")))).await;
    book(&app, nine(&app, basic)).await.unwrap();
});

on_both!(a_booking_that_says_nothing_of_its_day_is_refused, async |app| {
    let basic = app.seed_basic().await;
    let mut silent = nine(&app, basic);
    silent.on_date = Set(None);
    assert_eq!(guarded(&book(&app, silent).await), "booking_incomplete");
});

on_both!(
    a_booking_longer_than_any_session_with_its_clearing_is_refused,
    async |app| {
        let basic = app.seed_basic().await;
        change_room(&app, basic, |room| {
            room.opens_at_minute = Set(0);
            room.closes_at_minute = Set(1440);
        })
        .await;
        let of = |span| taken(&app, basic, Some(basic.activity_room), None, span);
        // From midnight to noon, cleared at four.
        assert_eq!(guarded(&book(&app, of([-540, 180, 241])).await), "booking_too_long");
        book(&app, of([-540, 180, 240])).await.unwrap();
        // Whatever began longest ago still stands in the way of its last minute.
        let refused = book(&app, of([419, 430, 0])).await;
        assert!(matches!(refused, Err(Error::Overlap("venue"))), "{refused:?}");
        book(&app, of([420, 430, 0])).await.unwrap();
    }
);

on_both!(more_seats_than_the_venue_has_are_refused, async |app| {
    let basic = app.seed_basic().await;
    change_room(&app, basic, |room| room.capacity = Set(20)).await;
    let mut crowd = nine(&app, basic);
    crowd.capacity = Set(Some(21));
    assert_eq!(guarded(&book(&app, crowd).await), "booking_capacity");
    let mut full = nine(&app, basic);
    full.capacity = Set(Some(20));
    book(&app, full).await.unwrap();
});

on_both!(
    a_booking_in_a_closure_is_refused_and_one_that_touches_it_is_not,
    async |app| {
        let basic = app.seed_basic().await;
        let (act, span) = shut(&app, basic, basic.activity_room, 9, 10);
        closure::Entity::insert(act)
            .exec_without_returning(app.db())
            .await
            .unwrap();
        closure_span::Entity::insert(span)
            .exec_without_returning(app.db())
            .await
            .unwrap();
        let of = |room, span| taken(&app, basic, Some(room), None, span);
        assert_eq!(
            guarded(&book(&app, of(basic.activity_room, [59, 70, 0])).await),
            "booking_closure"
        );
        // Clearing away may run into it.
        book(&app, of(basic.activity_room, [-30, 0, 15])).await.unwrap();
        book(&app, of(basic.activity_room, [60, 90, 0])).await.unwrap();
        book(&app, of(basic.hall, [0, 60, 0])).await.unwrap();
    }
);

on_both!(a_partner_with_an_expired_paper_cannot_be_booked, async |app| {
    let basic = app.seed_basic().await;
    let of_partner = || {
        let mut row = nine(&app, basic);
        row.partner_id = Set(Some(basic.zangyutang.0));
        row
    };
    let expired = Some(day("2026-11-24"));
    change_partner(&app, basic, |one| one.licence_expires_on = Set(expired)).await;
    assert_eq!(guarded(&book(&app, of_partner()).await), "booking_paper");
    change_partner(&app, basic, |one| {
        one.licence_expires_on = Set(Some(day("2026-11-25")));
        one.qualification_expires_on = Set(expired);
    })
    .await;
    assert_eq!(guarded(&book(&app, of_partner()).await), "booking_paper");
    change_partner(&app, basic, |one| {
        one.qualification_expires_on = Set(None);
        one.pledge_expires_on = Set(expired);
    })
    .await;
    assert_eq!(guarded(&book(&app, of_partner()).await), "booking_paper");
    change_partner(&app, basic, |one| one.pledge_expires_on = Set(Some(day("2026-11-25")))).await;
    book(&app, of_partner()).await.unwrap();
});

on_both!(a_frozen_partner_cannot_be_booked, async |app| {
    let basic = app.seed_basic().await;
    let now = to_db(app.ctx.now());
    change_partner(&app, basic, |one| one.frozen_at = Set(Some(now))).await;
    let mut row = nine(&app, basic);
    row.partner_id = Set(Some(basic.zangyutang.0));
    assert_eq!(guarded(&book(&app, row).await), "booking_frozen");
    // Others go on.
    book(&app, nine(&app, basic)).await.unwrap();
});

#[tokio::test]
async fn whoever_books_while_the_venue_is_being_shut_waits_and_is_refused() {
    let app = std::sync::Arc::new(TestApp::postgres().await);
    let basic = app.seed_basic().await;
    let (act, span) = shut(&app, basic, basic.activity_room, 9, 10);
    let closing = app.db().begin().await.unwrap();
    closure::Entity::insert(act)
        .exec_without_returning(&closing)
        .await
        .unwrap();
    closure_span::Entity::insert(span)
        .exec_without_returning(&closing)
        .await
        .unwrap();
    let booking = tokio::spawn({
        let app = app.clone();
        async move {
            let basic = app.seed_basic().await;
            // Without a lock of its own: the guard must see to it.
            booking::Entity::insert(nine(&app, basic))
                .exec_without_returning(app.db())
                .await
                .map_err(Error::from)
        }
    });
    waiting(app.db(), 1).await;
    closing.commit().await.unwrap();
    let outcome = booking.await.unwrap().map(|_| ());
    assert_eq!(guarded(&outcome), "booking_closure");
}

#[tokio::test]
async fn whoever_books_while_the_partner_is_being_frozen_waits_and_is_refused() {
    let app = std::sync::Arc::new(TestApp::postgres().await);
    let basic = app.seed_basic().await;
    let freezing = app.db().begin().await.unwrap();
    let one = partner::Entity::find_by_id((basic.yunliang.0, basic.zangyutang.0))
        .one(&freezing)
        .await
        .unwrap()
        .unwrap();
    let mut one = one.into_active_model();
    one.frozen_at = Set(Some(to_db(app.ctx.now())));
    one.update(&freezing).await.unwrap();
    let booking = tokio::spawn({
        let app = app.clone();
        async move {
            let basic = app.seed_basic().await;
            let mut row = nine(&app, basic);
            row.partner_id = Set(Some(basic.zangyutang.0));
            booking::Entity::insert(row)
                .exec_without_returning(app.db())
                .await
                .map_err(Error::from)
        }
    });
    waiting(app.db(), 1).await;
    freezing.commit().await.unwrap();
    let outcome = booking.await.unwrap().map(|_| ());
    assert_eq!(guarded(&outcome), "booking_frozen");
}
