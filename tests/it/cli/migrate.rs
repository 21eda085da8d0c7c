//! `xianglao migrate`.

use super::{said, xianglao};

#[test]
fn the_schema_is_shown_brought_up_and_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let status = xianglao(folder.path(), &["migrate", "status"], "");
    assert_eq!(status.status.code(), Some(1));
    assert!(
        said(&status.stdout).starts_with("pending m2026"),
        "{}",
        said(&status.stdout)
    );
    assert!(said(&status.stderr).contains("migrate up"), "{}", said(&status.stderr));

    let up = xianglao(folder.path(), &["migrate", "up"], "");
    assert!(up.status.success(), "{}", said(&up.stderr));
    assert!(said(&up.stdout).contains("changes were made"));
    let again = xianglao(folder.path(), &["migrate", "up"], "");
    assert_eq!(said(&again.stdout), "the schema is up to date\n");

    let status = xianglao(folder.path(), &["migrate", "status"], "");
    assert!(status.status.success());
    assert!(!said(&status.stdout).contains("pending"));
}

#[test]
fn a_database_that_cannot_be_opened_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("xianglao.db"), "not a database at all").unwrap();
    let up = xianglao(folder.path(), &["migrate", "up"], "");
    assert_eq!(up.status.code(), Some(1));
    let text = said(&up.stderr);
    assert!(
        text.contains("xianglao.db") && text.contains("not a SQLite database"),
        "{text}"
    );
}
