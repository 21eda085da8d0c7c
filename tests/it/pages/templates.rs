//! Templates and clones: what a new activity begins with.

use entities::{material, material_content, programme};
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::services::material as materials;

use crate::api::plan::{HOME, plan, programme as made_programme, wednesdays};
use crate::support::app::{location, on_both};
use crate::support::planner::{send, value_of, weekly_class, with};

on_both!(a_template_fills_the_form_and_all_of_it_can_be_changed, async |app| {
    let staff = app.client_as(Role::Staff).await;
    let page = staff.page("/staff/programmes/new").await;
    for name in [
        "老年反诈课",
        "艾灸体验",
        "健康讲座",
        "便民服务台",
        "入户服务日",
        "合唱排练",
        "重阳节联欢",
    ] {
        assert!(page.contains(name), "{name}");
    }
    let page = staff.page("/staff/programmes/new?template=help-desk").await;
    assert_eq!(value_of(&page, "title"), "便民服务台");
    assert!(
        page.contains("电子社保卡激活")
            && page.contains("value=\"help_desk\" selected")
            && page.contains("value=\"TU\" checked")
    );
    let page = staff.page("/staff/programmes/new?template=double-ninth&lang=en").await;
    assert_eq!(value_of(&page, "title_en"), "Double Ninth party");
    assert!(page.contains("value=\"lunar_year\" selected"));
    for unknown in ["/staff/programmes/new?template=none", "/staff/programmes/new?like=x"] {
        assert_eq!(staff.get(unknown).await.status(), StatusCode::NOT_FOUND);
    }

    // The matters and the words that the form carries are stored.
    let page = staff.page("/staff/programmes/new?template=help-desk").await;
    let form = weekly_class(&app, &value_of(&page, "token")).await;
    let form = with(&with(&form, "matters", "医保缴费\n\n 高龄津贴 "), "kind", "help_desk");
    let to = location(&send(&staff, "/staff/programmes", &with(&form, "partner", "")).await);
    assert!(to.contains("done=planned"));
    let row = programme::Entity::find().one(app.db()).await.unwrap().unwrap();
    assert_eq!(row.matters, "医保缴费\n高龄津贴");
    let wrong = send(&staff, "/staff/programmes", &with(&form, "partner", "nobody")).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
});

on_both!(a_programme_becomes_a_template_and_its_materials_go_along, async |app| {
    let basic = app.seed_basic().await;
    let api = app.bearer_as(Role::Staff).await;
    let staff = app.client_as(Role::Staff).await;
    let class = made_programme(&api, "反诈课").await;
    plan(&api, &wednesdays(&app, &class).await).await;
    let new = materials::NewMaterial {
        title: "手册".to_owned(),
        public: true,
        body: materials::NewBody::File("手册.txt".to_owned(), "不听不信".into()),
    };
    materials::add(&app.ctx, &Actor::System, basic.yunliang, class.parse().unwrap(), new)
        .await
        .unwrap();
    let saved = staff
        .submit(&format!("/staff/programmes/{class}/template"), &[("name", "秋季反诈")])
        .await;
    assert!(location(&saved).contains("done=template"));
    let list = api.json(&format!("{HOME}/templates")).await;
    let own: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["built_in"] == false)
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        (&own[0]["name"], &own[0]["rule"], &own[0]["starts"]),
        (&json!("秋季反诈"), &json!("FREQ=WEEKLY;BYDAY=WE"), &json!("09:30"))
    );
    let id = own[0]["id"].as_str().unwrap();

    let page = staff.page(&format!("/staff/programmes/new?template={id}")).await;
    assert_eq!(
        (value_of(&page, "title"), value_of(&page, "start")),
        ("反诈课".to_owned(), "09:30".to_owned())
    );
    assert!(
        page.contains("资料也带上（1 份）") && page.contains("value=\"WE\" checked"),
        "{page}"
    );
    let form = weekly_class(&app, &value_of(&page, "token")).await;
    let form = with(&with(&form, "like", &value_of(&page, "like")), "with_materials", "1");
    let form = with(&with(&form, "date", "2026-12-03"), "days", "TH");
    let to = location(&send(&staff, "/staff/programmes", &form).await);
    assert!(to.contains("done=planned"), "{to}");
    let rows = material::Entity::find().all(app.db()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        material_content::Entity::find().all(app.db()).await.unwrap().len(),
        1,
        "the bytes are shared"
    );

    let gone = staff
        .submit(&format!("/staff/templates/{id}"), &[("act", "remove")])
        .await;
    let page = staff.page(&location(&gone)).await;
    assert!(
        page.contains("模板拿掉了") && !page.contains(">秋季反诈<small>"),
        "{page}"
    );
    assert_eq!(
        staff
            .get(&format!("/staff/programmes/new?template={id}"))
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    staff
        .submit(&format!("/staff/templates/{id}"), &[("act", "restore")])
        .await;
    assert!(staff.page("/staff/programmes/new").await.contains("秋季反诈"));
});

on_both!(one_like_this_is_made_in_one_call_or_not_at_all, async |app| {
    let api = app.bearer_as(Role::Staff).await;
    let class = made_programme(&api, "反诈课").await;
    plan(&api, &wednesdays(&app, &class).await).await;
    let path = format!("{HOME}/programmes/{class}/clone");
    let clash = api.post(&path, &json!({"dtstart": "2026-12-02T09:30:00"})).await;
    assert_eq!(clash.status(), StatusCode::CONFLICT, "the same room at the same time");
    assert_eq!(programme::Entity::find().all(app.db()).await.unwrap().len(), 1);
    let looked = api
        .post(
            &format!("{path}?dry_run=true"),
            &json!({"dtstart": "2026-12-03T14:30:00", "rule": "FREQ=WEEKLY;COUNT=3"}),
        )
        .await;
    assert_eq!(looked.status(), StatusCode::OK);
    let made = api
        .post(
            &path,
            &json!({"title": "反诈二班", "dtstart": "2026-12-03T14:30:00", "rule": "FREQ=WEEKLY;COUNT=3"}),
        )
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["series"]["sessions_created"], 3);
    let missing = api
        .post(
            &format!("{HOME}/programmes/{}/clone", uuid::Uuid::nil()),
            &json!({"dtstart": "2026-12-03T14:30:00"}),
        )
        .await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
});
