//! The rules, the words and the channels of notifications over the API.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use crate::api::plan::HOME;
use crate::support::app::{Client, TestApp, on_both};
use crate::support::plan::{once, titled};
use crate::support::sink::{Reply, Sink};

async fn put(client: &Client, path: &str, body: &Value) -> reqwest::Response {
    client.request(Method::PUT, path).json(body).send().await.unwrap()
}

/// Field and message of the first error of an answer.
async fn first_error(response: reqwest::Response) -> (String, String) {
    let status = response.status();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let error = &problem["errors"][0];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("field"), text("message"))
}

on_both!(
    rules_are_read_set_refused_by_field_and_taken_back,
    async |app: TestApp| {
        app.seed_basic().await;
        let staff = app.bearer_as(Role::Staff).await;
        let rules = format!("{HOME}/notification-rules");
        let all = staff.json(&rules).await;
        let items = all["items"].as_array().unwrap();
        assert!(items.len() >= 18);
        assert!(items.iter().all(|item| item["own"] == false));
        let weekly = format!("{rules}/weekly_schedule");
        let shown = staff.json(&weekly).await;
        assert_eq!(shown["rule"]["cron"], "0 17 * * 0");
        assert_eq!(shown["next_runs"].as_array().unwrap().len(), 5);

        let mut rule = shown["rule"].clone();
        rule["cron"] = json!("0 9 1 * FRI");
        let set = put(&staff, &weekly, &rule).await;
        assert_eq!(set.status(), StatusCode::OK);
        let set: Value = set.json().await.unwrap();
        assert_eq!(set["own"], true);
        let runs: Vec<&str> = set["next_runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run.as_str().unwrap())
            .collect();
        // Fridays, and the first of the month, a Tuesday.
        assert_eq!(runs[0], "2026-11-27T09:00:00+08:00");
        assert_eq!(runs[1], "2026-12-01T09:00:00+08:00");

        rule["cron"] = json!("0 25 * * *");
        let (field, message) = first_error(put(&staff, &weekly, &rule).await).await;
        assert_eq!(field, "cron");
        assert!(message.contains("25"), "{message}");
        let off = json!({"enabled": false, "channels": ["call", "call"], "robots": false});
        let refused = put(&staff, &format!("{rules}/cancelled"), &off).await;
        let problem: Value = refused.json().await.unwrap();
        let fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["enabled", "channels"]);
        let lead = json!({"enabled": true, "channels": ["email"], "lead": {"days": 1, "minutes": 60}});
        let (field, _) = first_error(put(&staff, &format!("{rules}/reminder_soon"), &lead).await).await;
        assert_eq!(field, "lead");
        let unknown = put(&staff, &format!("{rules}/nothing"), &lead).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);

        assert_eq!(staff.delete(&weekly).await.status(), StatusCode::NO_CONTENT);
        assert_eq!(staff.json(&weekly).await["own"], false);

        let hours = format!("{HOME}/quiet-hours");
        let quiet = json!({"ranges": [["22:00:00", "07:00:00"]], "digest_minutes": 10});
        assert_eq!(put(&staff, &hours, &quiet).await.status(), StatusCode::OK);
        assert_eq!(staff.json(&hours).await, quiet);
        let never = json!({"ranges": [["00:00:00", "12:00:00"], ["12:00:00", "00:00:00"]], "digest_minutes": 10});
        assert_eq!(first_error(put(&staff, &hours, &never).await).await.0, "quiet");

        let partner = app.bearer_as(Role::Partner).await;
        assert_eq!(partner.get(&rules).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(app.client().get(&rules).await.status(), StatusCode::UNAUTHORIZED);
    }
);

on_both!(
    words_are_written_refused_used_and_given_up_again,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let words = format!("{HOME}/message-templates");
        let texts = staff.json(&format!("{words}?class=sms")).await;
        assert_eq!(texts["items"].as_array().unwrap().len(), 36, "18 events, two languages");
        let one = format!("{words}/reminder_evening/sms/zh-CN");
        let wrong = json!({"body": "{谁}来"});
        let (field, message) = first_error(put(&staff, &one, &wrong).await).await;
        assert_eq!(field, "body");
        assert!(message.contains('谁'), "{message}");
        let own = json!({"body": "老朋友，{时间}来上{活动}吧，在{地点}，电话{电话}。"});
        let kept = put(&staff, &one, &own).await;
        assert_eq!(kept.status(), StatusCode::OK);
        assert_eq!(kept.json::<Value>().await.unwrap()["own"], true);

        // What staff copy is what would be sent.
        let class = once(
            &app.ctx,
            basic.yunliang,
            basic.hall,
            titled("反诈课"),
            "2026-12-02T09:00",
        )
        .await;
        let outputs = format!("/staff/sessions/{}/outputs", class.session);
        let page = staff.page(&outputs).await;
        assert!(page.contains("老朋友，12月2日 周三 上午9:00来上反诈课吧"), "{page}");

        let back = staff.delete(&format!("{words}/reminder_evening/sms")).await;
        assert_eq!(back.status(), StatusCode::NO_CONTENT);
        assert!(
            staff
                .page(&outputs)
                .await
                .contains("提醒您：12月2日 周三 上午9:00有反诈课")
        );
        let unknown = staff.delete(&format!("{words}/reminder_evening/pigeon")).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    }
);

on_both!(
    an_account_made_for_later_leaves_the_one_in_use_alone,
    async |app: TestApp| {
        app.seed_basic().await;
        let staff = app.bearer_as(Role::Staff).await;
        let all = format!("{HOME}/channel-accounts");
        let make = async |name: &str, enabled: Option<bool>| -> Value {
            let mut new = json!({"kind": "aliyun", "settings": {"name": name, "key_id": "LTAI5tTestTestTest", "key_secret": "geheimgeheimgeheim",
            "sign": "运粮社区", "templates": {"cancelled": {"code": "SMS_123456789", "variables": "title"}}}});
            if let Some(enabled) = enabled {
                new["settings"]["enabled"] = json!(enabled);
            }
            staff.post(&all, &new).await.json().await.unwrap()
        };
        let in_use = async || -> Vec<String> {
            let listed = staff.json(&all).await;
            let items = listed["items"].as_array().unwrap().iter();
            let on = items.filter(|item| item["enabled"] == true);
            on.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
        };
        make("现在的", None).await;
        let later = make("以后的", Some(false)).await;
        assert_eq!(in_use().await, ["现在的"]);
        // Name and use in one act: then the other is switched off.
        let one = format!("{all}/{}", later["id"].as_str().unwrap());
        let turned = staff.patch(&one, &json!({"name": "新的", "enabled": true})).await;
        assert_eq!(turned.status(), StatusCode::OK);
        assert_eq!(in_use().await, ["新的"]);
        let off: Value = staff
            .patch(&one, &json!({"enabled": false}))
            .await
            .json()
            .await
            .unwrap();
        assert_eq!((&off["enabled"], &off["name"]), (&json!(false), &json!("新的")));
        assert!(in_use().await.is_empty());
    }
);

#[tokio::test]
async fn channels_are_made_tried_changed_and_removed_and_never_say_what_opens_them() {
    let sink = Sink::start(Reply::ok(r#"{"errcode":0}"#)).await;
    let allow = vec![sink.host()];
    let app = TestApp::sqlite_with(|settings| settings.outgoing.allow = allow).await;
    app.seed_basic().await;
    let staff = app.bearer_as(Role::Staff).await;
    let all = format!("{HOME}/channel-accounts");
    let url = sink.url("/robot/send?access_token=geheimtoken9876");
    let new = json!({"kind": "dingtalk", "settings": {"name": "网格员群", "url": url, "secret": "SECgeheim4321"}});
    let made = staff.post(&all, &new).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made = made.text().await.unwrap();
    assert!(!made.contains("geheim"), "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["enabled"], true);
    assert!(made["masked"]["url"].as_str().unwrap().ends_with("9876"), "{made}");
    let one = format!("{all}/{}", made["id"].as_str().unwrap());

    // The name alone changes; the secret is what it was.
    let renamed = staff.patch(&one, &json!({"name": "新群"})).await;
    assert_eq!(renamed.status(), StatusCode::OK);
    let tried = staff.post(&format!("{one}/test"), &json!({})).await;
    assert_eq!(tried.json::<Value>().await.unwrap()["outcome"], "sent");
    let got = sink.got().remove(0);
    assert!(got.query().contains_key("sign"), "signed with the secret");

    let off: Value = staff
        .patch(&one, &json!({"enabled": false}))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!((&off["enabled"], &off["name"]), (&json!(false), &json!("新群")));
    let inside = json!({"url": "http://169.254.169.254/latest/meta-data"});
    assert_eq!(first_error(staff.patch(&one, &inside).await).await.0, "url");
    let kind = json!({"kind": "pigeon"});
    assert_eq!(first_error(staff.post(&all, &kind).await).await.0, "kind");
    let text = json!({"kind": "aliyun", "settings": {"name": "a", "key_id": "LTAI5tTestTestTest", "key_secret": "geheim",
        "sign": "运粮社区", "templates": {"cancelled": {"code": "123", "variables": "title"}}}});
    assert_eq!(
        first_error(staff.post(&all, &text).await).await.0,
        "templates.cancelled.code"
    );

    assert_eq!(staff.json(&all).await["items"].as_array().unwrap().len(), 1);
    assert!(!staff.get(&all).await.text().await.unwrap().contains("geheim"));
    assert_eq!(staff.delete(&one).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(staff.get(&one).await.status(), StatusCode::NOT_FOUND);
}
