//! Opening a database that cannot be worked with: refused with words that say what to do, and never with a password in them.

use std::error::Error as _;

use sea_orm::ConnectionTrait as _;
use xianglao::config::Settings;
use xianglao::storage::{Db, DbSettings, Error};

use crate::support::app::{TestApp, on_both};

async fn refusal(settings: &DbSettings) -> String {
    let error = Db::connect(settings).await.map(drop).expect_err("it cannot be opened");
    assert!(matches!(error, Error::Unsupported(_) | Error::Database(_)), "{error:?}");
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "a shopping list, long enough").unwrap();
    assert!(
        refusal(&DbSettings::sqlite(&path))
            .await
            .contains("not a SQLite database")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a shopping list, long enough");
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    let text = refusal(&DbSettings::sqlite(&missing.join("a.db"))).await;
    assert!(
        text.contains("does not exist") && text.contains(missing.to_str().unwrap()),
        "{text}"
    );
}

#[tokio::test]
async fn a_path_with_signs_that_mean_something_in_an_address_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("运粮 50%#1.db");
    let db = Db::connect(&DbSettings::sqlite(&path)).await.unwrap();
    db.migrate().await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn memory_and_unknown_engines_are_refused() {
    for (url, said) in [
        ("sqlite::memory:", "name a file"),
        ("mysql://h/d", "postgres://"),
        ("", "sqlite:PATH"),
    ] {
        let settings = DbSettings {
            url: url.to_owned(),
            max_connections: 1,
        };
        assert!(refusal(&settings).await.contains(said), "{url}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    // Nobody listens on port 1.
    let settings = Settings {
        database_url: "postgres://office:open-sesame@127.0.0.1:1/xianglao".to_owned().into(),
        ..Settings::default()
    };
    let error = xianglao::app::open(settings)
        .await
        .map(drop)
        .expect_err("nobody answers");
    let text = format!("{error:#}");
    assert!(text.contains("127.0.0.1:1/xianglao"), "{text}");
    assert!(!text.contains("open-sesame"), "{text}");
}

on_both!(a_schema_newer_than_the_program_is_refused, async |app| {
    app.db()
        .execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_from_the_future', 0)",
        )
        .await
        .unwrap();
    for refused in [
        app.ctx.db.migrate().await.map(drop),
        app.ctx.db.migrations().await.map(drop),
    ] {
        let text = refused.expect_err("it is newer").to_string();
        assert!(text.contains("newer") && text.contains("from_the_future"), "{text}");
    }
});

on_both!(several_instances_may_bring_the_schema_up_to_date_at_once, async |app| {
    let results = futures_util::future::join_all((0..4).map(|_| app.ctx.db.migrate())).await;
    for result in results {
        assert_eq!(result.unwrap(), 0);
    }
});

#[tokio::test]
async fn instances_that_start_together_migrate_once() {
    let url = crate::support::postgres::fresh_database().await;
    let settings = DbSettings {
        url,
        max_connections: 2,
    };
    let start = async || {
        let db = Db::connect(&settings).await.unwrap();
        db.migrate().await.unwrap()
    };
    let mut ran = futures_util::future::join_all((0..3).map(|_| start())).await;
    ran.sort_unstable();
    assert_eq!(ran[..2], [0, 0]);
    assert!(ran[2] > 0);
}

#[tokio::test]
async fn a_database_written_with_other_keys_is_refused() {
    let app = TestApp::sqlite().await;
    let path = app.data_dir().join("xianglao.keys");
    let settings = (*app.ctx.settings).clone();
    std::fs::remove_file(&path).unwrap();
    let text = format!(
        "{:#}",
        xianglao::app::open(settings.clone())
            .await
            .map(drop)
            .expect_err("the file is gone")
    );
    assert!(text.contains("missing") && text.contains("xianglao.keys"), "{text}");
    assert!(!path.exists(), "no new keys are made for an old database");

    let other = TestApp::sqlite().await;
    std::fs::copy(other.data_dir().join("xianglao.keys"), &path).unwrap();
    let text = format!(
        "{:#}",
        xianglao::app::open(settings).await.map(drop).expect_err("other keys")
    );
    assert!(text.contains("not the one this database was written with"), "{text}");
}
