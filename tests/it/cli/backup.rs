//! `xianglao backup` and `xianglao restore`, with a server that runs and is stopped.

use std::path::{Path, PathBuf};

use entities::{attendance, session};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use uuid::Uuid;

use super::{said, xianglao};
use crate::support::app::TestApp;
use crate::support::server::{Server, classes, client, token};

fn copy_in(folder: &Path) -> PathBuf {
    folder.join("copy.db")
}

async fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let (folder, arguments) = (
        folder.to_owned(),
        arguments.iter().map(|&one| one.to_owned()).collect::<Vec<_>>(),
    );
    let ended = tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        xianglao(&folder, &arguments, "")
    });
    let ended = ended.await.unwrap();
    (ended.status.code(), said(&ended.stdout), said(&ended.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_while_people_are_checked_in_and_brought_back_when_everything_is_stopped() {
    let app = TestApp::sqlite().await;
    let (sessions, people) = classes(&app, 1, 40).await;
    let folder = app.data_dir();
    let mut server = Server::start(&app, &[]).await;
    let (http, address, bearer) = (client(), server.address.clone(), token(&server.address).await);
    let check_in = async |n: usize| {
        let path = format!("/api/v1/communities/yunliang/sessions/{}/attendance", sessions[0]);
        let body = json!({"client_id": Uuid::from_u128(n as u128 + 1), "resident_id": people[n]});
        let answer = http.post(format!("{address}{path}")).bearer_auth(&bearer).json(&body);
        assert!(answer.send().await.unwrap().status().is_success(), "{n}");
    };
    for n in 0..10 {
        check_in(n).await;
    }
    let copy = copy_in(&folder);
    let name = copy.to_str().unwrap();
    let arguments = ["backup", name];
    let both = tokio::join!(run(&folder, &arguments), async {
        for n in 10..20 {
            check_in(n).await;
        }
    });
    let (code, out, err) = both.0;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("copy.db") && out.contains("xianglao.keys"), "{out}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&copy).unwrap());
    assert_eq!(mode & 0o777, 0o600, "a copy is closed to others");
    for n in 20..30 {
        check_in(n).await;
    }
    let opened = sea_orm::Database::connect(format!("sqlite:{name}?mode=ro"))
        .await
        .unwrap();
    let counted = attendance::Entity::find().count(&opened).await.unwrap();
    assert!(
        (10..=20).contains(&counted),
        "{counted}: one moment while the second ten came"
    );
    let in_session = session::Entity::find().one(&opened).await.unwrap().unwrap();
    assert_eq!(
        in_session.named,
        i32::try_from(counted).unwrap(),
        "of one moment, counters too"
    );
    opened.close().await.unwrap();

    let (code, _, err) = run(&folder, &["backup", name]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("is there already"), "{err}");

    let (code, _, err) = run(&folder, &["restore", name, "--yes"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("is in use"), "{err}");
    check_in(30).await;
    server.kill().await;
    drop(server);
    // This test itself has the database open too.
    app.ctx.db.clone().close().await.unwrap();
    drop(app.ctx.clone());
    let files = names(&folder);
    let (code, _, err) = run(&folder, &["restore", name]).await;
    assert_eq!(code, Some(2), "nobody can be asked without a terminal: {err}");
    assert!(err.contains("--yes"), "{err}");
    assert_eq!(names(&folder), files, "nothing is left behind");
}

/// A database of the program as it stands after `migrate up`, in a folder of its own.
async fn fresh() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run(folder.path(), &["migrate", "up"]).await;
    assert_eq!(code, Some(0), "{err}");
    // The first command that opens it makes the keys.
    let (code, _, err) = run(folder.path(), &["user", "list"]).await;
    assert_eq!(code, Some(0), "{err}");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_before_is_kept_and_the_copy_is_in_its_place() {
    let folder = fresh().await;
    let here = folder.path();
    let add = |name: &'static str| ["user", "add", name, "--role", "admin", "--password-stdin"];
    let added = xianglao(here, &add("before"), "correct horse battery\n");
    assert!(added.status.success(), "{}", said(&added.stderr));
    let copy = copy_in(here);
    let name = copy.to_str().unwrap();
    let (code, _, err) = run(here, &["backup", name]).await;
    assert_eq!(code, Some(0), "{err}");
    let added = xianglao(here, &add("after"), "correct horse battery\n");
    assert!(added.status.success(), "{}", said(&added.stderr));

    let (code, out, err) = run(here, &["restore", name, "--yes"]).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("is whole") && out.contains("is kept as"), "{out}");
    let (_, listed, _) = run(here, &["user", "list"]).await;
    assert!(listed.contains("before") && !listed.contains("after"), "{listed}");
    let kept: Vec<String> = names(here)
        .into_iter()
        .filter(|name| name.contains("before-restore"))
        .collect();
    assert_eq!(kept.len(), 1, "one file, with nothing beside it: {kept:?}");
    // What was kept is a whole database and can be brought back in turn.
    let (code, _, err) = run(here, &["restore", &kept[0], "--yes"]).await;
    assert_eq!(code, Some(0), "{err}");
    let (_, listed, _) = run(here, &["user", "list"]).await;
    assert!(listed.contains("before") && listed.contains("after"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_beyond_reading_is_replaced_and_kept_as_it_is() {
    let folder = fresh().await;
    let here = folder.path();
    let (code, _, err) = run(here, &["backup", "copy.db"]).await;
    assert_eq!(code, Some(0), "{err}");
    let hurt = [b"no longer a database".as_slice(), &[0; 4096]].concat();
    std::fs::write(here.join("xianglao.db"), &hurt).unwrap();
    std::fs::write(here.join("xianglao.db-wal"), b"what was left of its log").unwrap();
    let (code, out, err) = run(here, &["restore", "copy.db", "--yes"]).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("too damaged"), "{out}");
    let kept = names(here)
        .into_iter()
        .find(|name| name.contains("before-restore"))
        .unwrap();
    assert_eq!(std::fs::read(here.join(kept)).unwrap(), hurt);
    let (code, out, err) = run(here, &["doctor"]).await;
    assert_eq!(code, Some(0), "{out} {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_copy_of_ours_is_refused_with_the_reason_and_changes_nothing() {
    let folder = fresh().await;
    let here = folder.path();
    let copy = copy_in(here);
    let (code, _, err) = run(here, &["backup", copy.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{err}");
    let whole = std::fs::read(&copy).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(here.join(name), bytes).unwrap();
    write("empty.db", b"");
    write("text.db", "不是数据库".as_bytes());
    write("half.db", &whole[..whole.len() / 2]);
    let mut hurt = whole.clone();
    let middle = hurt.len() / 2;
    hurt[middle..middle + 8192].fill(0xA5);
    write("hurt.db", &hurt);
    let other = tempfile::tempdir().unwrap();
    let foreign = other.path().join("foreign.db");
    let before = std::fs::read(here.join("xianglao.db")).unwrap();
    let listed = names(here);
    for (name, words) in [
        ("missing.db", "missing.db"),
        ("empty.db", "is empty"),
        ("text.db", "not a SQLite database"),
        ("half.db", "half.db"),
        ("hurt.db", "hurt.db"),
    ] {
        let (code, _, err) = run(here, &["restore", name, "--yes"]).await;
        assert_eq!(code, Some(1), "{name}: {err}");
        assert!(err.contains(words), "{name}: {err}");
        assert_eq!(names(here), listed, "{name}");
        assert_eq!(std::fs::read(here.join("xianglao.db")).unwrap(), before, "{name}");
    }
    // A copy that was written with other keys: its numbers could not be read here.
    let elsewhere = fresh().await;
    let (code, _, err) = run(elsewhere.path(), &["backup", foreign.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{err}");
    let (code, _, err) = run(here, &["restore", foreign.to_str().unwrap(), "--yes"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("xianglao.keys"), "{err}");
    assert_eq!(names(here), listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_postgresql_the_tool_is_named_and_messages_are_held_back_afterwards() {
    let app = TestApp::postgres().await;
    app.seed_basic().await;
    let url = app.ctx.settings.database_url.reveal().to_owned();
    let folder = app.data_dir();
    let (code, _, err) = run(&folder, &["backup", "copy", "--database-url", &url]).await;
    assert_eq!(code, Some(2));
    assert!(err.contains("pg_dump --format=custom --file=copy"), "{err}");
    let (code, _, err) = run(&folder, &["restore", "copy", "--database-url", &url]).await;
    assert_eq!(code, Some(2));
    assert!(err.contains("pg_restore") && err.contains("--restored"), "{err}");
    let (code, _, _) = run(&folder, &["doctor", "--database-url", &url]).await;
    assert_eq!(code, Some(0));
    let (code, out, err) = run(&folder, &["restore", "--restored", "--database-url", &url]).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("No messages leave"), "{out}");
    let (code, out, _) = run(&folder, &["doctor", "--database-url", &url]).await;
    assert_eq!(code, Some(1));
    assert!(out.contains("WRONG restored"), "{out}");
    assert_eq!(
        session::Entity::find().count(app.db()).await.unwrap(),
        0,
        "nothing else changed"
    );
}
