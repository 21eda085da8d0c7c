//! A list of residents is sent, looked through, imported as a whole, and undone.

use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode};
use rust_xlsxwriter::Workbook;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::attendance::{CheckIn, Counted};
use xianglao::domain::id::UploadId;
use xianglao::domain::text::{Phone, Purpose};
use xianglao::services::resident::{Filter, NewResident, list};
use xianglao::services::{attendance, calendar_import, resident, resident_import};

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::door::{plan, resident as enter};

const HOME: &str = "/staff/residents/import";

/// Sends a file.
async fn send(staff: &Client, name: &str, bytes: &[u8]) -> Response {
    let mut body =
        format!("--x-x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x-x--\r\n");
    let request = staff
        .request(Method::POST, HOME)
        .header("content-type", "multipart/form-data; boundary=x-x")
        .body(body);
    request.send().await.expect("an answer")
}

/// Sends a file that can be read: the address of its review, and the page.
async fn reviewed(staff: &Client, bytes: &[u8]) -> (String, String) {
    let answer = send(staff, "名册.xlsx", bytes).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let address = location(&answer);
    let page = staff.page(&address).await;
    (address, page)
}

/// What the review was of, as the page sends it back.
fn seen(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("a confirmation");
    rest.split('"').next().expect("its end").to_owned()
}

/// Confirms a review and waits for the page that says what came of it.
async fn confirm(staff: &Client, address: &str, page: &str, take: &str) -> String {
    let answer = staff.submit(address, &[("seen", &seen(page)), ("take", take)]).await;
    if answer.status() != StatusCode::SEE_OTHER {
        return answer.text().await.expect("a page");
    }
    // A slow machine is still at it: its page asks again, as somebody without a script would.
    loop {
        let page = staff.page(address).await;
        if !page.contains("id=\"running\"") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

/// Name, number, building and year of birth of all residents, in the order of the list.
async fn residents(app: &TestApp) -> Vec<(String, String, String, Option<i32>)> {
    let community = app.seed_basic().await.yunliang;
    let filter = Filter {
        limit: 200,
        ..Filter::default()
    };
    let (found, _) = list(&app.ctx, &Actor::System, community, &filter)
        .await
        .expect("a list");
    found
        .into_iter()
        .map(|one| {
            let plain = |phone: &Phone| phone.reveal(Purpose::ShowStaff).to_owned();
            (
                one.name.reveal(Purpose::ShowStaff).to_owned(),
                one.phone.as_ref().map(plain).unwrap_or_default(),
                one.building,
                one.birth_year,
            )
        })
        .collect()
}

/// A workbook with these lines.
fn book(lines: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(lines) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn good() -> Vec<u8> {
    book(&[
        &["运粮社区老人花名册"],
        &["姓名", "出生日期", "身份证号", "手机", "楼栋", "备注"],
        &[
            "薛秀英",
            "１９４８年３月２日",
            "410102194803022345",
            "138-0000-0001",
            "3号楼",
            "x",
        ],
        &["周建国", "78岁", "", "+86 13800000002", "5号楼", ""],
        &["吴桂兰", "", "", "13800000001", "", ""],
    ])
}

on_both!(a_list_is_looked_through_imported_and_undone, async |app| {
    let staff = app.client_as(Role::Staff).await;
    let (address, page) = reviewed(&staff, &good()).await;
    for words in [
        "表里有 3 行",
        "导入 3 人",
        "身份证号",
        "没有读，也不会保存",
        "备注",
        "和第 3 行的另一个人同一个号码",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("410102"), "papers are not repeated: {page}");
    assert_eq!(residents(&app).await.len(), 0, "a look stores nobody");

    let done = confirm(&staff, &address, &page, "all").await;
    assert!(done.contains("导入好了") && done.contains("撤销这次导入"), "{done}");
    let expected = [
        ("吴桂兰", "13800000001", "", None),
        ("薛秀英", "13800000001", "3号楼", Some(1948)),
        ("周建国", "13800000002", "5号楼", Some(1948)),
    ]
    .map(|(name, phone, building, year)| (name.to_owned(), phone.to_owned(), building.to_owned(), year));
    assert_eq!(residents(&app).await, expected, "by pinyin");
    assert!(
        staff.page("/staff/residents?q=xxy").await.contains("薛秀英"),
        "found by initials"
    );
    assert!(
        staff.page("/staff/residents?q=0002").await.contains("周建国"),
        "found by four digits"
    );
    assert!(staff.page("/staff/residents").await.contains(HOME), "the way there");

    // Once more: nothing is left to be done, and the old confirmation is worth nothing.
    let (_, page) = reviewed(&staff, &good()).await;
    assert!(page.contains("没有可以导入的"), "{page}");
    let again = staff.submit(&address, &[("seen", "x"), ("take", "all")]).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert_eq!(residents(&app).await.len(), 3);

    let undone = staff.submit(&format!("{address}/undo"), &[]).await;
    assert_eq!(undone.status(), StatusCode::SEE_OTHER);
    assert!(staff.follow(undone).await.text().await.unwrap().contains("已经撤销"));
    assert_eq!(residents(&app).await.len(), 0);
    let twice = staff.submit(&format!("{address}/undo"), &[]).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    assert!(twice.text().await.unwrap().contains("已经撤销过了"));
});

on_both!(
    one_wrong_row_keeps_all_out_unless_the_good_ones_are_taken,
    async |app| {
        let staff = app.client_as(Role::Staff).await;
        let file = book(&[
            &["姓名", "出生年份", "手机", "网格"],
            &["薛秀英", "1948", "13800000001", ""],
            &["周建国", "四八年", "1.38E+10", ""],
            &["吴桂兰", "", "", "第九网格"],
            &["薛秀英", "", "13800000001", ""],
            &["=HYPERLINK(1)", "", "", ""],
        ]);
        let (address, page) = reviewed(&staff, &file).await;
        for words in [
            "四八年",
            "1.38E+10",
            "第九网格",
            "没有这个网格",
            "和第 2 行是同一个人",
            "有 4 行不对",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let all = confirm(&staff, &address, &page, "all").await;
        assert!(all.contains("有不对的行，一行也没有导入"), "{all}");
        assert_eq!(residents(&app).await.len(), 0);

        let done = confirm(&staff, &address, &page, "good").await;
        assert!(done.contains("下载不对的 4 行"), "{done}");
        assert_eq!(residents(&app).await.len(), 1);
        let csv = staff.page(&format!("{address}/left-out.csv")).await;
        assert!(csv.starts_with('\u{feff}'), "{csv}");
        assert!(csv.contains("\"'=HYPERLINK(1)\""), "a formula is text: {csv}");
        assert!(csv.contains("写成 1948 或 1948-03-02"), "{csv}");
        // What was left out can be put right and sent again as it is.
        let mended = csv.replace("四八年", "1948").replace("1.38E+10", "13800000002");
        let (address, page) = reviewed(&staff, mended.as_bytes()).await;
        assert!(page.contains("表里有 4 行"), "{page}");
        assert!(staff.page(&format!("{address}?show=new")).await.contains("周建国"));
    }
);

on_both!(somebody_known_is_filled_and_undone_to_what_stood, async |app| {
    let staff = app.client_as(Role::Staff).await;
    enter(&app, "薛秀英", "13800000001", None).await;
    app.clock.advance(SignedDuration::from_mins(1));
    let file = "姓名,手机,楼栋,出生年份,家属电话\n薛秀英,13800000001,3号楼,1948,13900000009\n周建国,,5号楼,,\n";
    let (address, page) = reviewed(&staff, file.as_bytes()).await;
    let known = staff.page(&format!("{address}?show=known")).await;
    assert!(
        known.contains("会补上：出生年份、楼栋、家属电话") || known.contains("会补上：出生年份，楼栋，家属电话"),
        "{known}"
    );
    confirm(&staff, &address, &page, "all").await;
    let filled = (
        "薛秀英".to_owned(),
        "13800000001".to_owned(),
        "3号楼".to_owned(),
        Some(1948),
    );
    assert!(residents(&app).await.contains(&filled));
    let found = staff.page("/staff/residents?q=13800000001").await;
    assert!(found.contains("薛秀英"), "still found by their own number");

    app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(
        staff.submit(&format!("{address}/undo"), &[]).await.status(),
        StatusCode::SEE_OTHER
    );
    let before = ("薛秀英".to_owned(), "13800000001".to_owned(), String::new(), None);
    assert_eq!(residents(&app).await, [before]);
});

on_both!(what_was_reviewed_is_what_is_imported, async |app| {
    let staff = app.client_as(Role::Staff).await;
    let (address, page) = reviewed(&staff, &good()).await;
    // Somebody enters one of them by hand meanwhile.
    enter(&app, "周建国", "13800000002", None).await;
    let answer = confirm(&staff, &address, &page, "all").await;
    assert!(answer.contains("请再看一遍再导入"), "{answer}");
    assert_eq!(residents(&app).await.len(), 1, "nothing was imported");
    // What is confirmed now is what is shown now.
    let done = confirm(&staff, &address, &answer, "all").await;
    assert!(done.contains("导入好了"), "{done}");
    assert_eq!(residents(&app).await.len(), 3);
});

on_both!(an_import_that_was_used_cannot_be_undone, async |app| {
    let community = app.seed_basic().await.yunliang;
    let staff = app.client_as(Role::Staff).await;
    let session = plan(&app, "老年反诈课", "2026-11-25T08:00:00", None).await.first();
    let (address, page) = reviewed(&staff, &good()).await;
    confirm(&staff, &address, &page, "all").await;
    let filter = Filter {
        limit: 200,
        ..Filter::default()
    };
    let (found, _) = list(&app.ctx, &Actor::System, community, &filter).await.unwrap();
    let came = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Resident(found[0].id),
    };
    attendance::check_in(&app.ctx, &Actor::System, community, session, vec![came])
        .await
        .expect("counted");
    let refused = staff.submit(&format!("{address}/undo"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("什么都没有改"));
    assert_eq!(residents(&app).await.len(), 3);
});

on_both!(
    an_import_is_undone_neither_after_a_change_nor_after_a_day,
    async |app| {
        let community = app.seed_basic().await.yunliang;
        let staff = app.client_as(Role::Staff).await;
        let (address, page) = reviewed(&staff, &good()).await;
        confirm(&staff, &address, &page, "all").await;
        let id: UploadId = address.rsplit('/').next().unwrap().parse().unwrap();
        let filter = Filter {
            limit: 200,
            ..Filter::default()
        };
        let (found, _) = list(&app.ctx, &Actor::System, community, &filter).await.unwrap();
        app.clock.advance(SignedDuration::from_mins(1));
        let changed = NewResident {
            name: "薛秀英".to_owned(),
            building: "9号楼".to_owned(),
            ..NewResident::default()
        };
        resident::update(&app.ctx, &Actor::System, community, found[0].id, changed)
            .await
            .expect("changed");
        let undo = async || resident_import::undo(&app.ctx, &Actor::System, community, id).await;
        let error = undo().await.expect_err("somebody was changed");
        assert!(format!("{error:?}").contains("residents-undo-touched"), "{error:?}");
        app.clock.advance(SignedDuration::from_hours(25));
        let error = undo().await.expect_err("too late");
        assert!(format!("{error:?}").contains("residents-undo-late"), "{error:?}");
        assert_eq!(resident_import::forget_old(&app.ctx).await.unwrap(), 1);
        assert_eq!(resident_import::forget_old(&app.ctx).await.unwrap(), 0);
    }
);

on_both!(a_list_waits_for_a_day_and_holds_no_papers, async |app| {
    use sea_orm::EntityTrait;
    let staff = app.client_as(Role::Staff).await;
    let (address, _) = reviewed(&staff, &good()).await;
    let kept = entities::upload::Entity::find()
        .one(app.db())
        .await
        .unwrap()
        .expect("it waits");
    let text = String::from_utf8_lossy(&kept.content).into_owned();
    assert!(
        !text.contains("13800000001") && !text.contains("薛秀英"),
        "what waits is sealed"
    );
    app.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(calendar_import::forget_old(&app.ctx).await.unwrap(), 1);
    // Their login has ended by then, too.
    let staff = app.client_as(Role::Staff).await;
    let gone = staff.get(&address).await;
    assert_eq!(gone.status(), StatusCode::CONFLICT);
    assert!(gone.text().await.unwrap().contains("请重新选文件"));
});

#[tokio::test]
async fn a_thousand_people_and_more_are_imported_in_portions() {
    let app = TestApp::sqlite().await;
    let community = app.seed_basic().await.yunliang;
    let staff = app.client_as(Role::Staff).await;
    let mut file = String::from("姓名\t手机\n");
    for n in 0..1_003_u32 {
        let name = char::from_u32(0x4e00 + n).expect("a character");
        file.push_str(&format!("王{name}\t1380000{n:04}\n"));
    }
    let (address, page) = reviewed(&staff, file.as_bytes()).await;
    assert!(page.contains("导入 1003 人"), "{page}");
    assert!(
        page.contains("show=all&amp;page=11") || page.contains("page=11"),
        "the report has pages"
    );
    confirm(&staff, &address, &page, "all").await;
    let stamp = xianglao::storage::resident_import::stamp(app.db(), community)
        .await
        .unwrap();
    assert_eq!(stamp.0, 1_003);
}

#[tokio::test]
async fn files_that_are_no_lists_are_refused_in_words_and_nobody_else_sees_a_review() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    for (bytes, words) in [
        (&b""[..], "请选一个文件"),
        (&b"PK\x03\x04 and then nothing"[..], "没有传完"),
        (
            "楼栋,手机\n3号楼,13800000001\n".as_bytes(),
            "没有“姓名”这一列。表头里有：楼栋、手机",
        ),
        (
            "姓名,楼栋,手机\n薛秀英,\"3号楼,13800000001\n".as_bytes(),
            "第 2 行有一个引号只有开头没有结尾",
        ),
    ] {
        let answer = send(&staff, "x.xlsx", bytes).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(page.contains(words), "{words}: {page}");
    }
    let (address, _) = reviewed(&staff, &good()).await;
    for role in [Role::District, Role::Partner] {
        let other = app.client_as(role).await;
        assert_eq!(other.get(&address).await.status(), StatusCode::FORBIDDEN);
    }
    // Staff of another community find nothing at this address.
    let admin = app.client_as(Role::Admin).await;
    let elsewhere = admin.get(&format!("{address}?community=youyuan")).await;
    assert_eq!(elsewhere.status(), StatusCode::CONFLICT);
    assert!(!elsewhere.text().await.unwrap().contains("薛秀英"));
}

#[tokio::test]
async fn the_empty_list_comes_back_understood() {
    let app = TestApp::sqlite().await;
    let staff = app.client_as(Role::Staff).await;
    for lang in ["zh-CN", "en"] {
        let bytes = staff
            .get(&format!("{HOME}/template.xlsx?lang={lang}"))
            .await
            .bytes()
            .await
            .unwrap();
        let table = resident_import::read::read(&bytes).expect("its own header is known");
        assert_eq!(table.places.len(), 11, "{lang}: {table:?}");
        assert!(table.unread.is_empty() && table.rows.is_empty(), "{lang}: {table:?}");
    }
}
