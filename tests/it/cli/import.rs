//! `xianglao import`.

use super::{said, xianglao};

const NOTICE: &str = r#"{"2027":{"holidays":{"2027-01-01":"元旦"},"workdays":{"2027-01-03":"元旦"}}}"#;

#[test]
fn a_notice_is_looked_at_imported_and_then_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("2027.json");
    std::fs::write(&file, NOTICE).unwrap();
    let run = |arguments: &[&str]| {
        let output = xianglao(
            folder.path(),
            &[&["import", "holidays", "2027.json"], arguments].concat(),
            "",
        );
        assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
        said(&output.stdout)
    };
    let looked = run(&["--dry-run"]);
    assert!(
        looked.contains("2027年1月1日") && looked.contains("休（元旦）"),
        "{looked}"
    );
    assert!(looked.contains("什么都没有改"), "{looked}");
    let done = run(&[]);
    assert!(done.contains("班（元旦调休）") && done.contains("已经应用"), "{done}");
    assert!(run(&[]).contains("和现在的一样"));
    assert!(run(&["--lang", "en"]).contains("in force already"));
}

#[test]
fn a_file_that_cannot_be_imported_ends_with_one_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let output = xianglao(folder.path(), &["import", "holidays", name, "--lang", "en"], "");
        assert_eq!(output.status.code(), Some(1), "{name}: {}", said(&output.stdout));
        said(&output.stderr)
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    assert!(refused("nowhere.json").contains("nowhere.json"));
    write("date.json", br#"{"2027":{"holidays":{"2027-02-30":"x"}}}"#);
    assert!(refused("date.json").contains("2027-02-30"));
    write("text.json", b"not json");
    assert!(refused("text.json").contains("cannot be read"));
    write("bytes.json", &[b'{', 0xff, 0xfe]);
    assert!(refused("bytes.json").contains("UTF-8"));
    // A hundred megabytes that take no room on the disk.
    let large = std::fs::File::create(folder.path().join("large.json")).unwrap();
    large.set_len(100 * 1024 * 1024).unwrap();
    assert!(refused("large.json").contains("too large"));
}
