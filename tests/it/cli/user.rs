//! `xianglao user`.

use super::{said, xianglao};

const PASSWORD: &str = "a good long password\n";

#[test]
fn accounts_are_created_listed_and_given_new_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], stdin| xianglao(folder.path(), arguments, stdin);
    let add = run(
        &["user", "add", "Admin", "--role", "admin", "--password-stdin"],
        PASSWORD,
    );
    assert!(add.status.success(), "{}", said(&add.stderr));
    assert_eq!(said(&add.stdout), "created admin (admin)\n");

    let list = run(&["user", "list"], "");
    let text = said(&list.stdout);
    let line = text.lines().nth(1).expect("one account");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["admin", "admin", "-", "active", "admin"]
    );
    assert!(!text.contains("argon2"), "{text}");

    let passwd = run(
        &["user", "passwd", "admin", "--password-stdin"],
        "another long password\n",
    );
    assert!(passwd.status.success(), "{}", said(&passwd.stderr));
    let unknown = run(&["user", "passwd", "nobody", "--password-stdin"], PASSWORD);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown.stderr).contains("nobody"), "{}", said(&unknown.stderr));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], stdin| {
        let output = xianglao(folder.path(), arguments, stdin);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        said(&output.stderr)
    };
    let add = |name, role| ["user", "add", name, "--role", role, "--password-stdin"];
    assert!(refused(&add("admin", "admin"), "short\n").contains("at least 10"));
    assert!(refused(&add("admin", "admin"), "").contains("at least 10"));
    assert!(refused(&add("1st", "admin"), PASSWORD).contains("begins with a letter"));
    assert!(refused(&add("li", "staff"), PASSWORD).contains("belongs to a community"));
    let somewhere = [
        "user",
        "add",
        "li",
        "--role",
        "staff",
        "--community",
        "nowhere",
        "--password-stdin",
    ];
    assert!(refused(&somewhere, PASSWORD).contains("no community nowhere"));

    let twice = add("admin", "admin");
    assert!(xianglao(folder.path(), &twice, PASSWORD).status.success());
    assert!(refused(&twice, PASSWORD).contains("admin is taken"));
}

#[test]
fn a_line_that_cannot_be_read_ends_with_two() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["user", "add", "li", "--role", "king"][..],
        &["user", "add", "li"],
        &["user"],
        // No terminal to ask on.
        &["user", "passwd", "li"],
    ] {
        let output = xianglao(folder.path(), arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output.stderr));
    }
}
