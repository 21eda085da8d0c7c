//! Materials over HTTP: what is taken, what is refused in words, and how it is served.

use entities::{material as material_row, material_content};
use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode, header};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use xianglao::domain::access::Role;
use xianglao::domain::material::FILE_BYTES;
use xianglao::services::material;

use crate::api::plan::HOME;
use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::plan::{once, titled};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj";

/// A programme with a session tomorrow, so that it has public pages: its id and the session's.
async fn a_programme(app: &TestApp) -> (String, String) {
    let basic = app.seed_basic().await;
    let planned = once(
        &app.ctx,
        basic.yunliang,
        basic.activity_room,
        titled("老年反诈课"),
        "2026-11-26T09:30:00",
    )
    .await;
    (planned.programme.to_string(), planned.session.to_string())
}

/// Sends a form with a file.
async fn upload(client: &Client, path: &str, name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Response {
    send(client, path, name, bytes, fields, None).await
}

/// The same, under an `Idempotency-Key`.
async fn send(
    client: &Client,
    path: &str,
    name: &str,
    bytes: &[u8],
    fields: &[(&str, &str)],
    key: Option<&str>,
) -> Response {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--x-x\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        format!(
            "--x-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x-x--\r\n");
    let request = client
        .request(Method::POST, path)
        .header("content-type", "multipart/form-data; boundary=x-x");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    request.body(body).send().await.expect("an answer")
}

async fn text(response: Response, status: StatusCode) -> String {
    let got = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

fn header_of(response: &Response, name: header::HeaderName) -> String {
    let value = response.headers().get(&name).unwrap_or_else(|| panic!("no {name}"));
    value.to_str().unwrap().to_owned()
}

on_both!(
    a_leaflet_is_added_seen_by_residents_and_served_as_what_it_is,
    async |app| {
        let (id, session) = a_programme(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let path = format!("/staff/programmes/{id}/materials");
        let added = upload(
            &staff,
            &path,
            "C:\\课件\\反诈 手册.PDF",
            PDF,
            &[("title", ""), ("public", "1")],
        )
        .await;
        assert!(location(&added).contains("done=added"));
        let hidden = upload(
            &staff,
            &path,
            "讲稿.txt",
            "只给主讲人看".as_bytes(),
            &[("title", "讲稿")],
        )
        .await;
        assert!(location(&hidden).contains("done=added"));
        let linked = staff
            .submit(
                &format!("{path}/links"),
                &[
                    ("title", "短视频"),
                    ("url", "https://example.org/v?id=1"),
                    ("public", "1"),
                ],
            )
            .await;
        assert!(location(&linked).contains("done=added"));
        let page = staff.page(&path).await;
        assert!(
            page.contains("资料 3 份") && page.contains("只有工作人员看得到") && page.contains("反诈 手册.pdf"),
            "{page}"
        );

        let public = app.client();
        for path in [
            format!("/c/yunliang/programmes/{id}"),
            format!("/c/yunliang/sessions/{session}"),
        ] {
            let page = public.page(&path).await;
            assert!(page.contains("反诈 手册") && page.contains("PDF 32 B"), "{page}");
            assert!(page.contains("网页 example.org") && !page.contains("讲稿"), "{page}");
        }
        let list = public.page(&format!("/c/yunliang/programmes/{id}")).await;
        let at = list.find("/c/yunliang/materials/").expect("a file's address");
        let href = list[at..].split('"').next().unwrap().to_owned();
        let served = public.get(&href).await;
        assert_eq!(served.status(), StatusCode::OK);
        assert_eq!(header_of(&served, header::CONTENT_TYPE), "application/pdf");
        assert_eq!(header_of(&served, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(
            header_of(&served, header::CONTENT_SECURITY_POLICY),
            "sandbox; default-src 'none'"
        );
        let disposition = header_of(&served, header::CONTENT_DISPOSITION);
        assert!(
            disposition.starts_with("attachment; ") && disposition.contains("filename*=UTF-8''%E5%8F%8D"),
            "{disposition}"
        );
        let tag = header_of(&served, header::ETAG);
        assert_eq!(served.bytes().await.unwrap(), PDF);

        let again = public
            .request(Method::GET, &href)
            .header(header::IF_NONE_MATCH, &tag)
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let part = public
            .request(Method::GET, &href)
            .header(header::RANGE, "bytes=0-4")
            .send()
            .await
            .unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            header_of(&part, header::CONTENT_RANGE),
            format!("bytes 0-4/{}", PDF.len())
        );
        assert_eq!(part.bytes().await.unwrap(), &PDF[..5]);
        let beyond = public
            .request(Method::GET, &href)
            .header(header::RANGE, "bytes=9999-")
            .send()
            .await
            .unwrap();
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);

        // What is for staff only is not there for others, under no name.
        let page = staff.page(&path).await;
        let own = page
            .split("/c/yunliang/materials/")
            .filter_map(|rest| rest.split('"').next());
        let own: Vec<&str> = own.filter(|rest| rest.ends_with(".txt")).collect();
        let own = format!("/c/yunliang/materials/{}", own[0]);
        assert_eq!(public.get(&own).await.status(), StatusCode::NOT_FOUND);
        let served = staff.get(&own).await;
        assert_eq!(header_of(&served, header::CONTENT_TYPE), "text/plain; charset=utf-8");
        assert!(header_of(&served, header::CONTENT_DISPOSITION).starts_with("attachment; "));
        assert!(header_of(&served, header::CACHE_CONTROL).contains("private"));
    }
);

on_both!(what_is_not_taken_is_said_in_words_and_nothing_is_kept, async |app| {
    let (id, _) = a_programme(&app).await;
    let staff = app.client_as(Role::Staff).await;
    let path = format!("/staff/programmes/{id}/materials");
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    for (name, bytes, said) in [
        ("../../x.html", &page[..], "文件“x.html”不能放"),
        ("海报.png", &page[..], "里有网页或脚本"),
        ("海报.png", PDF, "其实是 PDF"),
        ("空.pdf", b"", "是空的"),
        ("x", PDF, "文件“x”不能放"),
        ("a\u{202E}gpj.exe", b"MZ\x90\0", "不能放"),
    ] {
        let answer = upload(&staff, &path, name, bytes, &[("title", "我起的名字"), ("public", "1")]).await;
        let page = text(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(page.contains(said), "{name}: {page}");
        assert!(page.contains("我起的名字"), "what was typed stays");
    }
    let none = upload(&staff, &path, "", b"", &[("title", "")]).await;
    assert!(
        text(none, StatusCode::UNPROCESSABLE_ENTITY)
            .await
            .contains("还没选文件")
    );
    let large = upload(
        &staff,
        &path,
        "视频.mp4",
        &vec![0; FILE_BYTES + 300_000],
        &[("title", "x")],
    )
    .await;
    let page = text(large, StatusCode::PAYLOAD_TOO_LARGE).await;
    assert!(
        page.contains("文件“视频.mp4”有 10.3 MB，最多 10 MB，没有保存"),
        "{page}"
    );
    let cut = staff
        .request(Method::POST, &path)
        .header("content-type", "multipart/form-data; boundary=x-x")
        .body("--x-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7")
        .send()
        .await
        .unwrap();
    assert!(text(cut, StatusCode::UNPROCESSABLE_ENTITY).await.contains("没有传完"));
    for (title, url, said) in [
        ("", "https://example.org/", "id=\"e-title\""),
        ("短视频", "javascript:alert(1)", "不是网址"),
        ("短视频", "https://u:p@example.org/", "用户名或密码"),
    ] {
        let answer = staff
            .submit(&format!("{path}/links"), &[("title", title), ("url", url)])
            .await;
        let page = text(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(page.contains(said), "{url}: {page}");
        assert!(title.is_empty() || page.contains("value=\"短视频\""));
    }
    assert!(material_row::Entity::find().all(app.db()).await.unwrap().is_empty());
    assert!(material_content::Entity::find().all(app.db()).await.unwrap().is_empty());
    let fits = upload(&staff, &path, "大.txt", &vec![b'a'; FILE_BYTES], &[("title", "")]).await;
    assert!(location(&fits).contains("done=added"), "exactly the most");
});

on_both!(
    what_was_taken_away_comes_back_and_is_forgotten_after_a_week,
    async |app| {
        let (id, session) = a_programme(&app).await;
        let staff = app.client_as(Role::Staff).await;
        let path = format!("/staff/programmes/{id}/materials");
        for name in ["一.pdf", "二.pdf"] {
            upload(&staff, &path, name, PDF, &[("title", ""), ("public", "1")]).await;
        }
        let rows = material_row::Entity::find().all(app.db()).await.unwrap();
        assert_eq!(
            material_content::Entity::find().all(app.db()).await.unwrap().len(),
            1,
            "the same bytes once"
        );
        let one = rows.iter().find(|row| row.title == "一").unwrap().id;
        let act = async |what: &str| {
            staff
                .submit(&format!("{path}/{one}"), &[("act", what), ("title", "改了名")])
                .await
        };
        act("down").await;
        act("retitle").await;
        let page = staff.page(&path).await;
        assert!(
            page.find("改了名").unwrap() > page.find("二.pdf").unwrap(),
            "it changed places: {page}"
        );
        act("hide").await;
        assert!(
            !app.client()
                .page(&format!("/c/yunliang/sessions/{session}"))
                .await
                .contains("改了名")
        );
        act("show").await;
        let gone = location(&act("remove").await);
        let page = staff.page(&gone).await;
        assert!(
            page.contains("7 天内可以撤销") && page.contains("value=\"restore\""),
            "{page}"
        );
        assert!(
            !app.client()
                .page(&format!("/c/yunliang/sessions/{session}"))
                .await
                .contains("改了名")
        );
        act("restore").await;
        assert!(
            app.client()
                .page(&format!("/c/yunliang/sessions/{session}"))
                .await
                .contains("改了名")
        );

        act("remove").await;
        app.clock.advance(SignedDuration::from_hours(24 * 7 - 1));
        assert_eq!(material::forget_removed(&app.ctx).await.unwrap(), 0);
        app.clock.advance(SignedDuration::from_hours(2));
        assert_eq!(material::forget_removed(&app.ctx).await.unwrap(), 1);
        assert_eq!(material::forget_removed(&app.ctx).await.unwrap(), 0);
        assert_eq!(
            material_content::Entity::find().all(app.db()).await.unwrap().len(),
            1,
            "the other still needs it"
        );
        // A login does not last as long.
        let staff = app.client_as(Role::Staff).await;
        let other = rows.iter().find(|row| row.title == "二").unwrap().id;
        staff.submit(&format!("{path}/{other}"), &[("act", "remove")]).await;
        app.clock.advance(SignedDuration::from_hours(24 * 8));
        material::forget_removed(&app.ctx).await.unwrap();
        assert!(material_content::Entity::find().all(app.db()).await.unwrap().is_empty());
    }
);

on_both!(a_programme_and_a_community_have_only_so_much_room, async |app| {
    let (id, _) = a_programme(&app).await;
    let home = app.seed_basic().await.yunliang;
    let staff = app.bearer_as(Role::Staff).await;
    let path = format!("{HOME}/programmes/{id}/materials");
    for at in 0..30 {
        let body = json!({"title": format!("链接 {at}"), "url": format!("https://example.org/{at}")});
        assert_eq!(staff.post(&path, &body).await.status(), StatusCode::CREATED);
    }
    let more = staff
        .post(&path, &json!({"title": "多", "url": "https://example.org/"}))
        .await;
    let problem: Value = more.json().await.unwrap();
    assert_eq!(problem["errors"][0]["code"], "material-too-many");

    // Somebody has filled the community: the row says so, the bytes are not there.
    let now = app.ctx.now();
    let full = material_content::ActiveModel {
        community_id: Set(home.0),
        id: Set(app.ctx.new_id(now)),
        sha256: Set(vec![1; 32]),
        size: Set(1024 * 1024 * 1024 - 10),
        content: Set(Vec::new()),
        created_at: Set(xianglao::storage::to_db(now)),
    };
    material_content::Entity::insert(full)
        .exec_without_returning(app.db())
        .await
        .unwrap();
    let other = once(
        &app.ctx,
        home,
        app.seed_basic().await.hall,
        titled("合唱"),
        "2026-11-27T09:30:00",
    )
    .await;
    let path = format!("{HOME}/programmes/{}/materials", other.programme);
    let refused = upload(&staff, &path, "a.pdf", PDF, &[]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["code"], "material-no-room");
    assert!(
        problem["errors"][0]["message"].as_str().unwrap().contains("还剩 10 B"),
        "{problem}"
    );
});

on_both!(the_api_takes_links_and_files_and_lists_what_one_may_see, async |app| {
    let (id, _) = a_programme(&app).await;
    let staff = app.bearer_as(Role::Staff).await;
    let partner = app.bearer_as(Role::Partner).await;
    let path = format!("{HOME}/programmes/{id}/materials");
    let made = upload(&staff, &path, "手册.pdf", PDF, &[("public", "false")]).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    assert_eq!(
        (&made["kind"], &made["media_type"], &made["title"]),
        (&json!("file"), &json!("application/pdf"), &json!("手册"))
    );
    let link = staff
        .post(&path, &json!({"title": "视频", "url": "https://example.org/v"}))
        .await;
    assert_eq!(link.status(), StatusCode::CREATED);
    assert_eq!(staff.json(&path).await["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        partner.json(&path).await["items"].as_array().unwrap().len(),
        1,
        "partners see what residents see"
    );
    assert_eq!(
        upload(&partner, &path, "a.pdf", PDF, &[]).await.status(),
        StatusCode::FORBIDDEN
    );
    let large = upload(&staff, &path, "大.txt", &vec![b'a'; FILE_BYTES + 1], &[]).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let problem: Value = large.json().await.unwrap();
    assert!(
        problem["errors"][0]["message"].as_str().unwrap().contains("10.1 MB"),
        "{problem}"
    );
    // The same words, and the same refusal, for what is sent under a key.
    let long = vec![b'a'; FILE_BYTES + 100_000];
    let large = send(&staff, &path, "大.txt", &long, &[], Some("key-1")).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let problem: Value = large.json().await.unwrap();
    assert_eq!(problem["errors"][0]["code"], "material-large-unnamed");
    let refused = send(&partner, &path, "a.pdf", PDF, &[], Some("key-1")).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(staff.delete(&one).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        staff.delete(&one).await.status(),
        StatusCode::NO_CONTENT,
        "twice is once"
    );
    assert_eq!(staff.json(&path).await["items"].as_array().unwrap().len(), 1);
    let nowhere = format!("{HOME}/programmes/{}/materials", uuid::Uuid::nil());
    assert_eq!(
        upload(&staff, &nowhere, "a.pdf", PDF, &[]).await.status(),
        StatusCode::NOT_FOUND
    );
});
