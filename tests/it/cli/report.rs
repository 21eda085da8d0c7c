//! `xianglao report`.

use serde_json::Value;
use xianglao::domain::access::Actor;
use xianglao::domain::attendance::{CheckIn, Counted};
use xianglao::services::attendance;

use super::{said, xianglao};
use crate::support::app::TestApp;
use crate::support::door::plan;

#[tokio::test]
async fn a_month_is_written_as_json_xlsx_or_csv() {
    let app = TestApp::sqlite().await;
    let session = plan(&app, "=老年反诈课", "2026-11-25T08:00:00", None).await.first();
    let community = app.seed_basic().await.yunliang;
    let entry = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Heads(31),
    };
    attendance::check_in(&app.ctx, &Actor::System, community, session, vec![entry])
        .await
        .expect("counted");

    let folder = app.data_dir();
    let report = |more: &[&str]| {
        let mut arguments = vec!["report", "--community", "yunliang", "--month", "2026-11"];
        arguments.extend(more);
        xianglao(&folder, &arguments, "")
    };
    let json = report(&["--format", "json"]);
    assert!(json.status.success(), "{}", said(&json.stderr));
    let document: Value = serde_json::from_slice(&json.stdout).expect("JSON and nothing else");
    assert_eq!((&document["visits"], &document["sessions"]), (&31.into(), &1.into()));

    let csv = said(&report(&["--format", "csv"]).stdout);
    assert!(csv.starts_with('\u{feff}'), "{csv}");
    assert!(csv.contains("\"'=老年反诈课\",1,31,0,31,0,0,0,31.0,,0\r\n"), "{csv}");
    let english = said(&report(&["--format", "csv", "--lang", "en"]).stdout);
    assert!(english.contains("\"Total\""), "{english}");

    let year = xianglao(&folder, &["report", "--community", "yunliang", "--year", "2026"], "");
    let year: Value = serde_json::from_slice(&year.stdout).expect("JSON and nothing else");
    assert_eq!((&year["visits"], &year["from"]), (&31.into(), &"2026-01-01".into()));

    let terminal = report(&["--format", "xlsx"]);
    assert_eq!(terminal.status.code(), Some(1));
    assert!(said(&terminal.stderr).contains("--out"), "{}", said(&terminal.stderr));
    let file = folder.join("month.xlsx");
    let written = report(&["--format", "xlsx", "--out", file.to_str().unwrap()]);
    assert!(written.status.success(), "{}", said(&written.stderr));
    assert!(written.stdout.is_empty());
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn what_cannot_be_reported_is_said_in_words() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let folder = app.data_dir();
    let refused = |arguments: &[&str]| {
        let output = xianglao(&folder, arguments, "");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty());
        said(&output.stderr)
    };
    let nowhere = refused(&["report", "--community", "nowhere", "--month", "2026-11"]);
    assert!(nowhere.contains("nowhere") && nowhere.contains("yunliang"), "{nowhere}");
    let month = refused(&["report", "--community", "yunliang", "--month", "2026-13"]);
    assert!(month.contains("2026-10"), "an example is given: {month}");
    let base = ["report", "--community", "yunliang"];
    for (more, said) in [
        (vec!["--quarter", "2026-Q5"], "2026-Q3"),
        (vec!["--year", "26"], "2026"),
        (vec!["--from", "2026-10-02", "--to", "2026-10-01"], "2026-10-01"),
        (vec!["--from", "2020-01-01", "--to", "2026-10-01"], "三年"),
        (vec!["--from", "2026-10-01"], "--to"),
        (vec!["--month", "2026-11", "--year", "2026"], "--year"),
        (vec![], "--month"),
    ] {
        let answer = refused(&[base.as_slice(), more.as_slice()].concat());
        assert!(answer.contains(said), "{more:?}: {answer}");
    }
    let format = refused(&[
        "report",
        "--community",
        "yunliang",
        "--month",
        "2026-11",
        "--format",
        "pdf",
    ]);
    assert!(format.contains("xlsx"), "{format}");
    let place = [
        "report",
        "--community",
        "yunliang",
        "--month",
        "2026-11",
        "--out",
        "no/such/folder.json",
    ];
    assert!(refused(&place).contains("no/such/folder.json"));
}
