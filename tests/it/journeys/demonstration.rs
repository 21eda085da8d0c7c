//! The demonstration tells what the district's newspaper told of September 2023, and it is made of rows that add up.

use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::period::YearMonth;
use xianglao::services::{demonstration, report, upkeep};

use crate::support::app::{TestApp, on_both};
use crate::support::seed;

const PASSWORD: &str = seed::PASSWORD;

/// The visits and the sessions of each part, most visited first.
fn parts(report: &Value) -> Vec<(i64, i64)> {
    let mut parts: Vec<(i64, i64)> = report["by_programme"]
        .as_array()
        .expect("a list of programmes")
        .iter()
        .map(|line| (line["visits"].as_i64().unwrap(), line["sessions"].as_i64().unwrap()))
        .collect();
    parts.sort_unstable_by(|one, other| other.cmp(one));
    parts
}

/// How many rows stand in each table the demonstration writes, asked of the report and of the lists people see.
async fn everything(app: &TestApp) -> Vec<String> {
    let staff = app.client_of(seed::username(Role::Staff)).await;
    let admin = app.client_of(seed::username(Role::Admin)).await;
    let mut seen = Vec::new();
    for path in [
        "/api/v1/communities/yunliang/reports?month=2023-09",
        "/api/v1/communities/yunliang/reports?from=2023-01-01&to=2025-12-31",
        "/api/v1/communities/yunliang/residents",
    ] {
        seen.push(staff.page(path).await);
    }
    seen.push(admin.page("/c/yunliang").await);
    seen
}

on_both!(
    the_demonstration_reports_the_september_that_the_newspaper_told_of,
    async |app: TestApp| {
        app.clock.set("2026-11-23T10:00:00+08:00");
        assert!(Box::pin(demonstration::fill(&app.ctx, PASSWORD, |_| {})).await.unwrap());

        let staff = app.client_of(seed::username(Role::Staff)).await;
        let september = staff.json("/api/v1/communities/yunliang/reports?month=2023-09").await;
        assert_eq!(
            (&september["visits"], &september["sessions"]),
            (&json!(420), &json!(28))
        );
        assert_eq!(
            parts(&september),
            [(132, 11), (84, 3), (72, 3), (58, 4), (46, 4), (28, 3)],
            "{september:#}"
        );

        let period = YearMonth::new(2023, 9).expect("a month").period();
        let district = report::district(&app.ctx, &Actor::System, period).await.unwrap();
        assert_eq!(district.communities.len(), 4);
        assert_eq!((district.total.households, district.total.needs_resolved), (1_260, 110));

        for check in upkeep::examine(&app.ctx).await {
            assert!(check.outcome.is_ok(), "{}: {:?}", check.what, check.outcome);
        }

        let before = everything(&app).await;
        let steps = std::cell::Cell::new(0);
        let again = Box::pin(demonstration::fill(&app.ctx, PASSWORD, |_| steps.set(steps.get() + 1))).await;
        assert!(!again.unwrap(), "it is there already");
        assert_eq!(steps.get(), 1, "it looks, and leaves it at that");
        assert_eq!(everything(&app).await, before);
    }
);
