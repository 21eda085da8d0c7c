//! `xianglao import residents`.

use super::{said, xianglao};
use crate::support::app::TestApp;

const GOOD: &str = "姓名,手机,身份证号\n薛秀英,13800000001,410102194803022345\n周建国,13800000002,\n";

#[tokio::test]
async fn a_list_is_looked_at_imported_and_known_the_second_time() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let folder = app.data_dir();
    let (gb, ..) = encoding_rs::GB18030.encode(GOOD);
    std::fs::write(folder.join("list.csv"), gb).unwrap();
    let run = |arguments: &[&str]| {
        let command = ["import", "residents", "list.csv", "--community", "yunliang"];
        let output = xianglao(&folder, &[&command, arguments].concat(), "");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
        said(&output.stdout)
    };
    let looked = run(&["--dry-run"]);
    assert!(
        looked.contains("新登记 2") && looked.contains("什么都没有改"),
        "{looked}"
    );
    assert!(looked.contains("身份证号") && !looked.contains("410102"), "{looked}");
    assert!(run(&[]).contains("已经导入：新登记 2 人"));
    let again = run(&["--lang", "en"]);
    assert!(
        again.contains("2 known and unchanged") && again.contains("nothing was changed"),
        "{again}"
    );
}

#[tokio::test]
async fn a_wrong_row_ends_with_one_and_is_named() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let folder = app.data_dir();
    std::fs::write(
        folder.join("list.csv"),
        "姓名,手机\n薛秀英,13800000001\n周建国,138000000021\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let command = [
            "import",
            "residents",
            "list.csv",
            "--community",
            "yunliang",
            "--lang",
            "en",
        ];
        let output = xianglao(&folder, &[&command, arguments].concat(), "");
        assert_eq!(output.status.code(), Some(1), "{}", said(&output.stdout));
        (said(&output.stdout), said(&output.stderr))
    };
    let (out, error) = run(&[]);
    let line = out.lines().find(|line| line.starts_with('3')).expect("the row");
    assert!(
        line.contains("手机") && line.contains("138*****0021") && line.contains("1 digit too many"),
        "{out}"
    );
    assert!(error.contains("nothing was imported"), "{error}");
    let (out, error) = run(&["--good-rows"]);
    assert!(
        out.contains("Imported: 1 new") && error.contains("left out"),
        "{out}{error}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_said_in_words() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let folder = app.data_dir();
    let refused = |file: &str, community: &str| {
        let output = xianglao(
            &folder,
            &["import", "residents", file, "--community", community, "--lang", "en"],
            "",
        );
        assert_eq!(output.status.code(), Some(1), "{}", said(&output.stdout));
        said(&output.stderr)
    };
    assert!(refused("nowhere.csv", "yunliang").contains("nowhere.csv"));
    std::fs::write(folder.join("list.csv"), GOOD).unwrap();
    let nowhere = refused("list.csv", "nowhere");
    assert!(nowhere.contains("nowhere") && nowhere.contains("yunliang"), "{nowhere}");
    std::fs::write(folder.join("text.csv"), "a,b\n1,2\n").unwrap();
    assert!(refused("text.csv", "yunliang").contains("No header"));
    // A hundred megabytes that take no room on the disk.
    let large = std::fs::File::create(folder.join("large.csv")).unwrap();
    large.set_len(100 * 1024 * 1024).unwrap();
    assert!(refused("large.csv", "yunliang").contains("10 MB"));
}
