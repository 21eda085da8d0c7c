//! A closure told as a whole: one notice and one message for the groups, with what became of every session.

use reqwest::StatusCode;
use serde_json::json;
use xianglao::domain::access::Role;

use crate::api::plan::HOME;
use crate::support::app::{TestApp, on_both};
use crate::support::plan::{once, titled};

on_both!(
    a_closure_is_told_as_a_whole_with_what_became_of_each_session,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let (home, room) = (basic.yunliang, basic.activity_room);
        let class = once(&app.ctx, home, room, titled("反诈课"), "2026-12-02T09:00").await;
        let choir = once(&app.ctx, home, room, titled("合唱"), "2026-12-02T14:00").await;
        let chess = once(&app.ctx, home, room, titled("棋牌"), "2026-12-02T16:00").await;
        let tea = once(&app.ctx, home, room, titled("茶话会"), "2026-12-03T09:00").await;
        once(&app.ctx, home, basic.hall, titled("电影"), "2026-12-02T09:00").await;
        let id = "01939f00-0000-7000-8000-000000000001";
        let body = json!({
            "id": id,
            "venue_ids": [room],
            "starts_at": "2026-12-02T08:00:00",
            "ends_at": "2026-12-04T00:00:00",
            "reason_code": "venue_closed",
            "reason": "暖气检修",
            "decisions": [
                {"session_id": class.session, "act": "move", "venue_id": basic.parlour, "starts_at": "2026-12-02T09:00:00"},
                {"session_id": choir.session, "act": "cancel"},
                {"session_id": chess.session, "act": "keep"},
                {"session_id": tea.session, "act": "move", "venue_id": basic.hall, "starts_at": "2026-12-05T10:00:00"},
            ],
        });
        let made = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let index = staff.page("/staff/closures").await;
        let (notice, group) = (
            format!("/staff/closures/{id}/notice"),
            format!("/staff/closures/{id}/group-text"),
        );
        assert!(index.contains(&format!("href=\"{notice}\"")) && index.contains(&format!("href=\"{group}\"")));
        let (sheet, message) = (staff.page(&notice).await, staff.page(&group).await);
        for page in [&sheet, &message] {
            for words in [
                "暖气检修",
                "12月2日 周三",
                "上午9:00 反诈课：换到居民会客厅",
                "下午2:00 合唱：不办了",
                "下午4:00 棋牌：照常办",
                "12月3日 周四",
                "上午9:00 茶话会：改到12月5日 周六 上午10:00，多功能厅",
            ] {
                assert!(page.contains(words), "{words} in {page}");
            }
            assert!(!page.contains("电影"));
        }
        assert!(message.contains("【运粮社区】暖气检修"));
        let english = staff.page(&format!("{group}?in=en")).await;
        assert!(english.contains("does not take place"), "{english}");

        // Taken back: nobody is to be told.
        let undone = staff.post(&format!("{HOME}/closures/{id}/undo"), &json!({})).await;
        assert_eq!(undone.status(), StatusCode::OK);
        assert_eq!(staff.get(&notice).await.status(), StatusCode::CONFLICT);
        assert!(!staff.page("/staff/closures").await.contains(&notice));
    }
);
