//! Photos of a session over HTTP: written anew without what stood beside the picture, and refused in words.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode, header};
use sea_orm::EntityTrait;
use xianglao::domain::access::Role;
use xianglao::services::photo::{self, develop};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::door::plan;

/// Marks that must not come out again.
const PLACE: &[u8] = b"GPSLatitude 34.0357 N";

/// A picture, red on the left and blue on the right.
fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([200, 0, 0])
        } else {
            Rgb([0, 0, 200])
        }
    }))
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("it is written");
    bytes.into_inner()
}

/// A JPEG with an EXIF block (TIFF, one entry: orientation) and a place written behind it.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(PLACE);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xff, 0xe1]);
    out.extend_from_slice(&length);
    out.extend_from_slice(&exif);
    out.extend_from_slice(&jpeg[2..]);
    out
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// The markers of a JPEG up to its picture.
fn markers(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while bytes[at] == 0xff && bytes[at + 1] != 0xda {
        found.push(bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    found
}

/// A PNG that says it is 30,000 × 30,000 and has a few bytes of picture.
fn bomb() -> Vec<u8> {
    let mut bytes = written(&picture(4, 4), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    bytes.resize(20 * 1024, 0);
    bytes
}

#[test]
fn a_picture_is_turned_upright_made_smaller_and_loses_what_stood_beside_it() {
    let sent = with_exif(&written(&picture(2400, 1200), ImageFormat::Jpeg), 6);
    assert!(has(&sent, PLACE) && markers(&sent).contains(&0xe1));
    let kept = develop(&sent).expect("it is a picture");
    assert_eq!((kept.width, kept.height), (1000, 2000), "a quarter turn");
    assert!(!has(&kept.bytes, PLACE) && !has(&kept.bytes, b"Exif"));
    assert_eq!(
        markers(&kept.bytes)
            .iter()
            .filter(|mark| (0xe1..=0xef).contains(*mark))
            .count(),
        0
    );
    let read = image::load_from_memory(&kept.bytes)
        .expect("it is read again")
        .into_rgb8();
    let (top, bottom) = (read.get_pixel(500, 200), read.get_pixel(500, 1800));
    assert!(
        top[0] > 150 && bottom[2] > 150,
        "left has become top: {top:?} {bottom:?}"
    );
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let kept = develop(&written(&picture(300, 200), format)).expect("it is a picture");
        assert_eq!(
            (kept.width, kept.height, &kept.bytes[..2]),
            (300, 200, &[0xff, 0xd8][..])
        );
    }
    let gaps = DynamicImage::new_rgba8(10, 10);
    let kept = develop(&written(&gaps, ImageFormat::Png)).expect("it is a picture");
    let read = image::load_from_memory(&kept.bytes).unwrap().into_rgb8();
    assert!(
        read.get_pixel(5, 5).0.iter().all(|part| *part > 250),
        "what is transparent is white"
    );
}

async fn send(client: &Client, path: &str, name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Response {
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--x-x\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        format!("--x-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x-x--\r\n");
    client
        .request(Method::POST, path)
        .header("content-type", "multipart/form-data; boundary=x-x")
        .body(body)
        .send()
        .await
        .expect("an answer")
}

on_both!(
    a_photo_is_kept_for_staff_taken_away_and_brought_back,
    async |app: TestApp| {
        let session = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
        let path = format!("/staff/sessions/{session}/photos");
        let staff = app.client_as(Role::Staff).await;
        let sent = with_exif(&written(&picture(60, 40), ImageFormat::Jpeg), 1);
        let fields = [("kind", "sheet"), ("caption", "签名 <b>"), ("shy", "1")];
        let added = send(&staff, &path, "IMG_1.jpg", &sent, &fields).await;
        assert!(location(&added).contains("done=added&kind=sheet"));
        let page = staff.page(&path).await;
        assert!(
            page.contains("照片 1 张") && page.contains("有人不愿入镜，不对外发"),
            "{page}"
        );
        assert!(!page.contains("签名 <b>"), "what people type is no markup");
        let at = page.find(&format!("{path}/")).expect("its address");
        let src = page[at..].split('"').next().unwrap().to_owned();
        let served = staff.get(&src).await;
        assert_eq!(served.headers()[header::CONTENT_TYPE], "image/jpeg");
        assert_eq!(served.headers()[header::CACHE_CONTROL], "private, no-store");
        let bytes = served.bytes().await.unwrap();
        assert!(!has(&bytes, PLACE) && !has(&bytes, b"Exif"));
        assert!(app.client().get(&src).await.status().is_redirection(), "to the login");
        for role in [Role::Partner, Role::District] {
            assert_eq!(
                app.client_as(role).await.get(&src).await.status(),
                StatusCode::FORBIDDEN
            );
        }
        let other = src.replace(&session.to_string(), &uuid::Uuid::from_u128(7).to_string());
        assert_eq!(
            staff.get(&other).await.status(),
            StatusCode::NOT_FOUND,
            "another session's address"
        );

        let gone = staff.submit(&src, &[("act", "remove")]).await;
        assert!(location(&gone).contains("done=removed"));
        assert_eq!(staff.get(&src).await.status(), StatusCode::NOT_FOUND);
        staff.submit(&src, &[("act", "restore")]).await;
        staff
            .submit(&src, &[("act", "describe"), ("caption", "A版签到表")])
            .await;
        let page = staff.page(&path).await;
        assert!(
            page.contains("A版签到表") && !page.contains("有人不愿入镜，不对外发"),
            "{page}"
        );

        // The night job leaves what is shown, and forgets what was taken away a week ago with its bytes.
        app.clock.advance(SignedDuration::from_hours(24 * 8));
        xianglao::services::material::forget_removed(&app.ctx)
            .await
            .expect("it runs beside photos");
        assert_eq!(
            entities::material_content::Entity::find()
                .all(app.db())
                .await
                .unwrap()
                .len(),
            1
        );
        let staff = app.client_as(Role::Staff).await;
        staff.submit(&src, &[("act", "remove")]).await;
        app.clock.advance(SignedDuration::from_hours(24 * 8));
        assert_eq!(photo::forget_removed(&app.ctx).await.unwrap(), 1);
        xianglao::services::material::forget_removed(&app.ctx).await.unwrap();
        assert!(
            entities::material_content::Entity::find()
                .all(app.db())
                .await
                .unwrap()
                .is_empty()
        );
    }
);

on_both!(
    what_is_no_photo_is_said_in_words_and_nothing_is_kept,
    async |app: TestApp| {
        let session = plan(&app, "老年反诈课", "2026-11-25T09:30:00", None).await.first();
        let path = format!("/staff/sessions/{session}/photos");
        let staff = app.client_as(Role::Staff).await;
        let whole = written(&picture(200, 200), ImageFormat::Png);
        for (name, bytes, said) in [
            ("IMG_2.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "请用 JPG"),
            ("a.jpg", bomb(), "是 30000×30000 像素，太大了"),
            ("b.jpg", whole[..whole.len() / 2].to_vec(), "坏了，打不开"),
            (
                "c.jpg",
                b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
                "不是 JPG、PNG 或 WebP",
            ),
            ("d.jpg", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "不是 JPG、PNG 或 WebP"),
            ("e.jpg", Vec::new(), "是空的"),
        ] {
            let answer = send(
                &staff,
                &path,
                name,
                &bytes,
                &[("kind", "activity"), ("caption", "全景")],
            )
            .await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            let page = answer.text().await.unwrap();
            assert!(page.contains(said) && page.contains(name), "{name}: {page}");
            assert!(page.contains("value=\"全景\""), "what was typed stays");
        }
        let none = send(&staff, &path, "", b"", &[("kind", "sheet")])
            .await
            .text()
            .await
            .unwrap();
        assert!(none.contains("还没选照片"), "{none}");
        let large = send(&staff, &path, "f.jpg", &vec![0; 10 * 1024 * 1024 + 9], &[]).await;
        assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(entities::photo::Entity::find().all(app.db()).await.unwrap().is_empty());
        assert!(
            entities::material_content::Entity::find()
                .all(app.db())
                .await
                .unwrap()
                .is_empty()
        );
    }
);
