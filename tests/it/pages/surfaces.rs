//! The lobby screen, the poster and the door notice as they are sent.

use reqwest::{Method, StatusCode, header};
use xianglao::domain::access::Role;
use xianglao::domain::planning::SignUpMode;

use crate::support::app::on_both;
use crate::support::plan::{once, titled};

on_both!(
    surfaces_are_sent_to_everybody_and_kept_until_something_changes,
    async |app| {
        let basic = app.seed_basic().await;
        let mut moxa = titled("艾灸理疗");
        moxa.title_en = "Moxibustion".to_owned();
        moxa.sign_up = SignUpMode::None;
        let planned = once(&app.ctx, basic.yunliang, basic.hall, moxa, "2026-11-25T10:00:00").await;
        let client = app.client();
        for path in [
            "/c/yunliang/lobby",
            "/c/yunliang/lobby?part=list",
            "/c/yunliang/poster",
            "/c/yunliang/poster?week=2026-W48&size=a4",
        ] {
            let first = client.request(Method::GET, path).send().await.expect("an answer");
            assert_eq!(first.status(), StatusCode::OK, "{path}");
            let etag = first.headers()[header::ETAG].clone();
            if path.contains("lobby") {
                assert_eq!(
                    first.headers()["x-now"],
                    app.ctx.now().as_millisecond().to_string().as_str()
                );
            }
            let html = first.text().await.expect("a page");
            assert!(html.contains("艾灸理疗") && html.contains("直接来"), "{path}: {html}");
            assert!(html.len() < 60_000, "{path}: {}", html.len());
            let again = client
                .request(Method::GET, path)
                .header(header::IF_NONE_MATCH, &etag)
                .send()
                .await
                .expect("an answer");
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
            // The part and the whole, A3 and A4, are kept apart.
            assert_eq!(html.contains("<html"), !path.contains("part"), "{path}");
        }
        let a3 = client.page("/c/yunliang/poster?week=2026-W48&size=a3").await;
        assert!(a3.contains("paper-a3") && !a3.contains("paper-a4"));
        let en = client.page("/c/yunliang/lobby?lang=en").await;
        assert!(en.contains("Moxibustion") && en.contains("Just come") && !en.contains("艾灸理疗"));
        let en = client.page("/c/yunliang/poster?lang=en").await;
        assert!(en.contains("Moxibustion") && en.contains("10:00") && !en.contains("艾灸理疗"));
        for path in [
            "/c/nowhere/lobby",
            "/c/nowhere/poster",
            "/c/yunliang/poster?week=2026-W99",
            "/c/yunliang/poster?week=2050-W01",
        ] {
            let answer = client.request(Method::GET, path).send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
        let notice = format!("/staff/sessions/{}/notice", planned.session);
        let staff = app.client_as(Role::Staff).await;
        assert!(staff.page(&notice).await.contains("不用报名，直接来"));
        // A session of another community's staff is none of theirs.
        let elsewhere = once(
            &app.ctx,
            basic.yunliang,
            basic.hall,
            titled("合唱"),
            "2026-11-26T10:00:00",
        )
        .await;
        let admin = app.client_as(Role::Admin).await;
        let other = format!("/staff/sessions/{}/notice?community=youyuan", elsewhere.session);
        let answer = admin.request(Method::GET, &other).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
);
