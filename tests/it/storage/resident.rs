//! Residents in the tables: what points at them, who may still be named, and that nothing is left of an erased one.

use entities::{attendance, resident};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Statement};
use serde_json::json;
use xianglao::domain::text::hex;
use xianglao::services::enrolment::{Parent, SignUp, enrol};
use xianglao::services::notification;
use xianglao::storage::Error;
use xianglao::storage::resident::merge::POINTERS;

use crate::support::app::{TestApp, on_both};
use crate::support::door::plan;
use crate::support::people::{RESIDENTS, came, entered, merged, signed_up, twice_entered};
use crate::support::plan::{once, titled};

async fn rows(app: &TestApp, sql: &str) -> Vec<Vec<String>> {
    let backend = app.db().get_database_backend();
    app.db()
        .query_all_raw(Statement::from_string(backend, sql.to_owned()))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .iter()
        .map(|row| {
            (0..row.column_names().len())
                .map(|at| row.try_get_by_index::<Option<String>>(at).unwrap().unwrap_or_default())
                .collect()
        })
        .collect()
}

fn is_sqlite(app: &TestApp) -> bool {
    app.db().get_database_backend() == DbBackend::Sqlite
}

async fn tables(app: &TestApp) -> Vec<String> {
    let sql = if is_sqlite(app) {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    };
    rows(app, sql).await.into_iter().map(|row| row[0].clone()).collect()
}

on_both!(a_merge_knows_every_column_that_points_at_a_resident, async |app| {
    let mut found: Vec<(String, String)> = Vec::new();
    if is_sqlite(&app) {
        for table in tables(&app).await {
            let sql = format!(
                "SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'resident' AND \"from\" <> 'community_id'"
            );
            found.extend(
                rows(&app, &sql)
                    .await
                    .into_iter()
                    .map(|row| (table.clone(), row[0].clone())),
            );
        }
    } else {
        let sql = "SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c \
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) \
                   WHERE c.contype = 'f' AND c.confrelid = 'resident'::regclass AND a.attname <> 'community_id'";
        found.extend(
            rows(&app, sql)
                .await
                .into_iter()
                .map(|row| (row[0].clone(), row[1].clone())),
        );
    }
    found.sort();
    let known: Vec<(String, String)> = POINTERS
        .iter()
        .map(|(t, c)| ((*t).to_owned(), (*c).to_owned()))
        .collect();
    assert_eq!(found, known);
});

on_both!(nobody_is_named_under_an_entry_that_is_merged, async |app| {
    let (_, one, other) = twice_entered(&app).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, one).await;
    merged(&app, one, other).await.unwrap();
    let row = attendance::Entity::find().one(app.db()).await.unwrap().unwrap();
    let id = app.ctx.new_id(app.ctx.now());
    let stray = attendance::ActiveModel {
        id: Set(id),
        resident_id: Set(Some(other.0)),
        ..row.into_active_model()
    };
    let refused = app
        .ctx
        .db
        .write(async move |txn| Ok::<_, Error>(attendance::Entity::insert(stray).exec_without_returning(txn).await?))
        .await;
    assert!(matches!(refused, Err(Error::Guarded("resident_gone"))), "{refused:?}");
});

/// Every text and every blob of every table, blobs in hexadecimal.
async fn dump(app: &TestApp) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for table in tables(app).await {
        if is_sqlite(app) {
            let columns = rows(app, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
            for column in columns {
                let column = &column[0];
                let sql = format!(
                    "SELECT CASE typeof(\"{column}\") WHEN 'blob' THEN lower(hex(\"{column}\")) ELSE CAST(\"{column}\" AS TEXT) END FROM \"{table}\""
                );
                let place = format!("{table}.{column}");
                all.extend(
                    rows(app, &sql)
                        .await
                        .into_iter()
                        .map(|row| (place.clone(), row[0].clone())),
                );
            }
        } else {
            let columns = rows(
                app,
                &format!("SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"),
            )
            .await;
            for column in columns {
                let (column, kind) = (&column[0], &column[1]);
                let read = if kind == "bytea" {
                    format!("encode(\"{column}\", 'hex')")
                } else {
                    format!("\"{column}\"::text")
                };
                let place = format!("{table}.{column}");
                let sql = format!("SELECT {read} FROM \"{table}\"");
                all.extend(
                    rows(app, &sql)
                        .await
                        .into_iter()
                        .map(|row| (place.clone(), row[0].clone())),
                );
            }
        }
    }
    all
}

on_both!(nothing_tells_who_an_erased_person_was, async |app| {
    let basic = app.seed_basic().await;
    let (staff, one, other) = twice_entered(&app).await;
    let class = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
    came(&app, class, one).await;
    // Everything that may leave a trace: a public sign-up by family, mail, merges, consents, repeated requests, changes told.
    let choir = once(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        titled("合唱"),
        "2026-11-26T09:30:00",
    )
    .await
    .session;
    let family = SignUp {
        name: "欧阳倩倩".to_owned(),
        phone: "13877778888".to_owned(),
        parent: Some(Parent {
            name: "薛秀英".to_owned(),
            phone: "13900006621".to_owned(),
        }),
        ..SignUp::default()
    };
    enrol(&app.ctx, basic.yunliang, choir, family).await.unwrap();
    let mail = json!({ "email": "xuexiuying@example.org", "tell_by": "email", "family_name": "欧阳倩倩", "family_phone": "13877778888" });
    staff.patch(&format!("{RESIDENTS}/{one}"), &mail).await;
    merged(&app, one, other).await.unwrap();
    let consent = json!({ "purpose": "photo", "act": "given", "how": "paper" });
    staff.post(&format!("{RESIDENTS}/{one}/consents"), &consent).await;
    let keyed = staff
        .request(reqwest::Method::PATCH, &format!("{RESIDENTS}/{one}"))
        .header("Idempotency-Key", "again")
        .json(&json!({ "building": "绝密巷9号" }))
        .send()
        .await
        .unwrap();
    assert_eq!(keyed.status(), reqwest::StatusCode::OK);
    for what in ["number", "export"] {
        let asked = staff
            .request(reqwest::Method::POST, &format!("{RESIDENTS}/{one}/{what}"))
            .header("Idempotency-Key", what)
            .json(&json!({ "reason": "call" }))
            .send()
            .await
            .unwrap();
        assert_eq!(asked.status(), reqwest::StatusCode::OK);
        assert!(asked.text().await.unwrap().contains("13900006621"));
    }
    assert_eq!(signed_up(&app, choir, one).await, "enrolled");
    app.clock.set("2026-11-25T19:00:00+08:00");
    notification::enqueue_due(&app.ctx).await.unwrap();

    let row = resident::Entity::find_by_id((basic.yunliang.0, one.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let secrets: Vec<String> = [
        "薛秀英".to_owned(),
        "薛秀瑛".to_owned(),
        "13900006621".to_owned(),
        "13877778888".to_owned(),
        "欧阳倩倩".to_owned(),
        "绝密巷9号".to_owned(),
        "xuexiuying".to_owned(),
    ]
    .into_iter()
    .chain(
        [
            &row.phone_sealed,
            &row.phone_index,
            &row.phone_tail_index,
            &row.family_phone_sealed,
        ]
        .map(|bytes| hex(bytes.as_ref().expect("it is there"))),
    )
    .collect();
    let found = |dump: &[(String, String)], secret: &str| -> Vec<String> {
        dump.iter()
            .filter(|(_, text)| text.contains(secret))
            .map(|(place, _)| place.clone())
            .collect()
    };
    let before = dump(&app).await;
    for secret in &secrets {
        // Numbers are never plain anywhere.
        let plain_number = secret.len() == 11 && secret.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(
            found(&before, secret).is_empty(),
            plain_number,
            "{secret}: {:?}",
            found(&before, secret)
        );
    }
    let erase = json!({ "reason": "asked", "name": "薛秀英" });
    let done = staff.post(&format!("{RESIDENTS}/{one}/erase"), &erase).await;
    assert_eq!(done.status(), reqwest::StatusCode::NO_CONTENT);
    let after = dump(&app).await;
    for secret in &secrets {
        assert_eq!(found(&after, secret), Vec::<String>::new(), "{secret}");
    }
    assert!(after.len() > 100, "the dump reads the tables");
    let limits = rows(&app, "SELECT key FROM login_limit WHERE key LIKE 'sign-up:phone:%'").await;
    assert!(limits.is_empty(), "keyed by the index of a number: {limits:?}");
});

on_both!(the_end_of_a_number_is_still_found_for_others, async |app| {
    let (staff, one, _) = twice_entered(&app).await;
    let spouse = entered(&app, &staff, &json!({ "name": "刘德福", "phone": "13900006621" })).await;
    let erase = json!({ "reason": "moved", "name": "薛秀英" });
    staff.post(&format!("{RESIDENTS}/{one}/erase"), &erase).await;
    let list = staff.json(&format!("{RESIDENTS}?query=6621")).await;
    let ids: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert!(
        ids.contains(&spouse.to_string().as_str()),
        "a shared number stays with whoever else has it"
    );
});
