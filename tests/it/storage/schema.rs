//! The tables: entities against migrations, keys, times.

use entities::{attendance, audit, community, facilitator, resident, venue};
use jiff::Timestamp;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use xianglao::storage::{Db, DbSettings, Error, from_db, to_db};

use super::guard::a_session;
use crate::support::app::on_both;
use crate::support::postgres;

/// Selects from each table once: a column that entity and migration do not share makes it fail.
macro_rules! select_each {
    ($db:expr; $($table:ident),* $(,)?) => {{
        $(
            let rows = entities::$table::Entity::find().all($db).await;
            assert!(rows.is_ok_and(|rows| rows.is_empty()), stringify!($table));
        )*
        vec![$(stringify!($table)),*]
    }};
}

on_both!(every_entity_fits_its_table, async |app| {
    let mut listed = select_each!(app.db(); absence, account, activity_record, attempt, attendance, audit, booking,
        call_outcome, card, chain_line, channel_account, closure, closure_effect, closure_span, community, complaint, confirmation, consent,
        correction, count_alarm, crew, delivery, device, draw, enrolment, facilitator, feedback, grid, holiday_notice,
        household_visit, idempotency_key, login, login_limit, material, material_content, matter, month_report, need,
        message_template, notification, notification_rule, notification_setting, opt_out, partner, photo, programme, proposal,
        proposal_remark, rate_bucket, resident, resident_apart, resident_import,
        resident_merge, resident_merge_move, restoration, rollover, series, series_amendment, series_enrolment, session, sheet,
        sheet_row, sign_up_rule, substitution, template, term, undone, upload, venue, visit_summary)
    .to_vec();
    // `meta` is not empty: it remembers the key file.
    assert_eq!(entities::meta::Entity::find().all(app.db()).await.unwrap().len(), 1);
    listed.push("meta");
    let source = include_str!("../../../entities/src/lib.rs");
    let declared = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for table in declared {
        assert!(listed.contains(&table), "{table} is never selected here");
    }
});

on_both!(a_row_cannot_point_into_another_community, async |app| {
    let basic = app.seed_basic().await;
    let room = venue::Entity::find_by_id((basic.yunliang.0, basic.activity_room.0))
        .one(app.db())
        .await
        .unwrap()
        .expect("the seeded venue");
    let mut elsewhere = room.into_active_model();
    elsewhere.community_id = Set(basic.youyuan.0);
    elsewhere
        .insert(app.db())
        .await
        .expect("the same id in another community is another venue");

    let now = app.ctx.now();
    let stray = facilitator::ActiveModel {
        community_id: Set(basic.youyuan.0),
        id: Set(app.ctx.new_id(now)),
        // The partner exists, in the other community.
        partner_id: Set(Some(basic.zangyutang.0)),
        name: Set("熊老师".to_owned()),
        name_en: Set(String::new()),
        duty: Set(String::new()),
    };
    let refused = app
        .ctx
        .db
        .write(async move |txn| Ok::<_, Error>(facilitator::Entity::insert(stray).exec_without_returning(txn).await?))
        .await;
    assert!(matches!(refused, Err(Error::Dangling)), "{refused:?}");
});

on_both!(what_others_point_to_cannot_be_deleted, async |app| {
    let id = app.seed_basic().await.yunliang.0;
    let refused = app
        .ctx
        .db
        .write(async move |txn| Ok::<_, Error>(community::Entity::delete_by_id(id).exec(txn).await?.rows_affected))
        .await;
    assert!(matches!(refused, Err(Error::Dangling)), "{refused:?}");
});

on_both!(a_key_that_is_there_is_refused_as_a_duplicate, async |app| {
    let basic = app.seed_basic().await;
    let twin = community::Entity::find_by_id(basic.yunliang.0)
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let twin = community::ActiveModel {
        id: Set(app.ctx.new_id(app.ctx.now())),
        ..twin.into_active_model()
    };
    let refused = app
        .ctx
        .db
        .write(async move |txn| Ok::<_, Error>(community::Entity::insert(twin).exec_without_returning(txn).await?))
        .await;
    assert!(matches!(refused, Err(Error::Duplicate(_))), "{refused:?}");
});

on_both!(instants_come_back_to_the_microsecond, async |app| {
    let basic = app.seed_basic().await;
    let (community, id) = (basic.yunliang.0, app.ctx.new_id(app.ctx.now()));
    for text in [
        "2026-11-25T00:10:00Z",
        "2026-11-25T00:10:00.1Z",
        "2026-11-25T00:10:00.123456789Z",
    ] {
        let instant: Timestamp = text.parse().unwrap();
        let row = audit::ActiveModel {
            community_id: Set(community),
            id: Set(id),
            at: Set(to_db(instant)),
            account_id: Set(None),
            action: Set("test".to_owned()),
            subject_id: Set(None),
            detail: Set("{}".to_owned()),
            position: Set(1),
            previous_hash: Set(vec![0, 255]),
            hash: Set(Vec::new()),
        };
        audit::Entity::insert(row)
            .exec_without_returning(app.db())
            .await
            .unwrap();
        let found = audit::Entity::find_by_id((community, id))
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(from_db(found.at).as_microsecond(), instant.as_microsecond(), "{text}");
        assert_eq!(found.previous_hash, [0, 255]);
        audit::Entity::delete_by_id((community, id))
            .exec(app.db())
            .await
            .unwrap();
    }
});

on_both!(
    a_resident_is_named_at_a_session_once_unless_it_was_withdrawn,
    async |app| {
        let basic = app.seed_basic().await;
        let now = app.ctx.now();
        let session = a_session(&app, basic).await;
        let person = app.ctx.new_id(now);
        let row = resident::ActiveModel {
            community_id: Set(basic.yunliang.0),
            id: Set(person),
            grid_id: Set(None),
            name: Set("薛某".to_owned()),
            initials: Set("xm".to_owned()),
            gender: Set(String::new()),
            birth_year: Set(None),
            phone_sealed: Set(None),
            phone_index: Set(None),
            phone_tail_index: Set(None),
            takes_sms: Set(None),
            email: Set(String::new()),
            building: Set(String::new()),
            care: Set("[]".to_owned()),
            family_name: Set(String::new()),
            family_phone_sealed: Set(None),
            tell_by: Set("none".to_owned()),
            source: Set("staff".to_owned()),
            unchecked: Set(false),
            consent_on: Set(None),
            consent_version: Set(None),
            merged_into: Set(None),
            erased_at: Set(None),
            email_bounced_at: Set(None),
            created_at: Set(to_db(now)),
            updated_at: Set(to_db(now)),
        };
        resident::Entity::insert(row)
            .exec_without_returning(app.db())
            .await
            .unwrap();
        let check_in = |named: bool| attendance::ActiveModel {
            community_id: Set(basic.yunliang.0),
            id: Set(app.ctx.new_id(now)),
            session_id: Set(session),
            resident_id: Set(named.then_some(person)),
            headcount: Set(i32::from(!named)),
            session_starts_at: Set(to_db(now)),
            recorded_at: Set(to_db(now)),
            recorded_by: Set(None),
            withdrawn_at: Set(None),
        };
        let insert = async |row: attendance::ActiveModel| {
            app.ctx
                .db
                .write(async move |txn| {
                    Ok::<_, Error>(attendance::Entity::insert(row).exec_without_returning(txn).await?)
                })
                .await
                .map(drop)
        };
        let first = check_in(true);
        insert(first.clone()).await.unwrap();
        assert!(matches!(insert(check_in(true)).await, Err(Error::Duplicate(_))));
        insert(check_in(false)).await.unwrap();
        insert(check_in(false)).await.unwrap();
        let withdrawn = attendance::ActiveModel {
            withdrawn_at: Set(Some(to_db(now))),
            ..first
        };
        withdrawn.update(app.db()).await.unwrap();
        insert(check_in(true)).await.unwrap();
    }
);

async fn goes_up_down_and_up_again(settings: DbSettings) {
    use migrations::Migrator;
    use sea_orm_migration::MigratorTrait as _;

    let db = Db::connect(&settings).await.unwrap();
    let all = Migrator::migrations().len();
    assert_eq!(db.migrations().await.unwrap().iter().filter(|(_, ran)| *ran).count(), 0);
    assert_eq!(db.migrate().await.unwrap(), all);
    assert_eq!(db.migrate().await.unwrap(), 0);
    Migrator::down(db.reader(), None).await.unwrap();
    assert_eq!(db.migrate().await.unwrap(), all);
    assert!(db.migrations().await.unwrap().iter().all(|(_, ran)| *ran));
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    goes_up_down_and_up_again(DbSettings::sqlite(&folder.path().join("a.db"))).await;
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again_on_postgres() {
    let url = postgres::fresh_database().await;
    goes_up_down_and_up_again(DbSettings {
        url,
        max_connections: 2,
    })
    .await;
}
