//! The five shapes, every word that means something, and what holds for any text.

use proptest::prelude::*;

use super::*;
use crate::domain::text::Purpose;

/// name, place, heads, wish, by.
type Short<'a> = (&'a str, &'a str, u8, Wish, &'a str);

fn short(item: &Item) -> Short<'_> {
    let name = item.name.as_ref().map_or("", |name| name.reveal(Purpose::ShowStaff));
    (name, &item.place, item.heads, item.wish, &item.by)
}

fn shorts(chain: &Chain) -> Vec<Short<'_>> {
    chain.items.iter().map(short).collect()
}

const A: &str = "#接龙\n运粮社区反诈课 9月20日(周三)上午9:30 老年活动室\n例 姓名+楼栋\n\n1. 李桂英 3号楼\n2. 王建国 5号楼2单元\n3. 张秀兰";
const B: &str = "【周三艾灸报名】限8人\n1、李桂英\n2、王建国 13800001234\n３．刘阿姨（带老伴）2人\n4.赵素梅 +1\n5、\n";
const C: &str = "接龙:健康讲座👇\n①李桂英✅\n②王建国 上午场\n③徐阿姨71岁 烟机家属院\n4️⃣ 陈玉华";
const D: &str =
    "#接龙\n周五下午2:30 手机课\n\n1. 李桂英（取消）\n2. 王建国\n3. 小刘 替我妈张秀兰报名\n4. 候补：赵素梅\n2. 陈玉华";
const E: &str = "#Group Note\n电子社保卡帮办 9/25 上午 1. 李桂英 2. 王建国 3. 徐阿姨 尾号1234";

#[test]
fn the_native_form() {
    let chain = read(A).unwrap();
    let join = |name, place| (name, place, 1, Wish::Join, "");
    assert_eq!(
        shorts(&chain),
        [
            join("李桂英", "3号楼"),
            join("王建国", "5号楼2单元"),
            join("张秀兰", "")
        ]
    );
    assert_eq!(chain.header, ["运粮社区反诈课 9月20日(周三)上午9:30 老年活动室"]);
    assert_eq!(chain.items[2].line, 7);
}

#[test]
fn the_typed_form() {
    let chain = read(B).unwrap();
    let heads: Vec<u8> = chain.items.iter().map(|item| item.heads).collect();
    assert_eq!((heads, chain.blank), (vec![1, 1, 2, 2], 1));
    let phone = chain.items[1].phone.as_ref().unwrap();
    assert_eq!(phone.reveal(Purpose::Reach), "13800001234");
    assert_eq!(short(&chain.items[2]).0, "刘阿姨");
    assert!(item::is_address("刘阿姨"));
    assert_eq!(chain.header, ["[周三艾灸报名]限8人"]);
}

#[test]
fn the_form_with_signs() {
    let chain = read(C).unwrap();
    let join = |name, place| (name, place, 1, Wish::Join, "");
    assert_eq!(
        shorts(&chain),
        [
            join("李桂英", ""),
            join("王建国", ""),
            join("徐阿姨", "烟机家属院"),
            join("陈玉华", "")
        ]
    );
    assert_eq!(chain.items[1].note, "上午场");
    assert_eq!(chain.header, ["健康讲座"]);
}

#[test]
fn the_messy_form() {
    let chain = read(D).unwrap();
    assert_eq!(
        shorts(&chain),
        [
            ("李桂英", "", 1, Wish::Cancel, ""),
            ("王建国", "", 1, Wish::Join, ""),
            ("张秀兰", "", 1, Wish::Join, "小刘"),
            ("赵素梅", "", 1, Wish::Wait, ""),
            ("陈玉华", "", 1, Wish::Join, ""),
        ]
    );
    assert_eq!(chain.header, ["周五下午2:30 手机课"]);
}

#[test]
fn the_form_of_one_line() {
    let chain = read(E).unwrap();
    let names: Vec<&str> = chain.items.iter().map(|item| short(item).0).collect();
    assert_eq!(names, ["李桂英", "王建国", "徐阿姨"]);
    assert_eq!(chain.items[2].tail.as_deref(), Some("1234"));
    assert_eq!(chain.header, ["电子社保卡帮办 9/25 上午"]);
}

#[test]
fn every_word_that_means_something() {
    let one = |body: &str| read(&format!("1. {body}")).unwrap().items.remove(0);
    for (body, wanted) in [
        ("李桂英 不来了", ("李桂英", "", 1, Wish::Cancel, "")),
        ("李桂英请假", ("李桂英", "", 1, Wish::Cancel, "")),
        ("取消 李桂英", ("李桂英", "", 1, Wish::Cancel, "")),
        ("李桂英（候补）", ("李桂英", "", 1, Wish::Wait, "")),
        ("替补:李桂英", ("李桂英", "", 1, Wish::Wait, "")),
        ("李桂英两人", ("李桂英", "", 2, Wish::Join, "")),
        ("李桂英 3位", ("李桂英", "", 3, Wish::Join, "")),
        ("李桂英＋２", ("李桂英", "", 3, Wish::Join, "")),
        ("李桂英带老伴", ("李桂英", "", 2, Wish::Join, "")),
        ("张秀兰（女儿小刘代报）", ("张秀兰", "", 1, Wish::Join, "女儿小刘")),
        ("帮邻居张秀兰报名", ("张秀兰", "", 1, Wish::Join, "")),
        ("小刘给张秀兰报个名", ("张秀兰", "", 1, Wish::Join, "小刘")),
        ("@李桂英 报名", ("李桂英", "", 1, Wish::Join, "")),
        ("李桂英报名", ("李桂英", "", 1, Wish::Join, "")),
        ("李 英", ("李英", "", 1, Wish::Join, "")),
        ("Maria Lopez 3号楼", ("Maria Lopez", "3号楼", 1, Wish::Join, "")),
        ("买买提·艾力", ("买买提·艾力", "", 1, Wish::Join, "")),
        ("李*英", ("李*英", "", 1, Wish::Join, "")),
        ("李福来", ("李福来", "", 1, Wish::Join, "")),
        ("3号楼 李桂英", ("李桂英", "3号楼", 1, Wish::Join, "")),
        ("李桂英 3号楼2单元 501", ("李桂英", "3号楼2单元501", 1, Wish::Join, "")),
    ] {
        assert_eq!(short(&one(body)), wanted, "{body}");
    }
    for (body, phone) in [
        ("李桂英138 0000 1234", "13800001234"),
        ("李桂英 138-0000-1234", "13800001234"),
        ("李桂英 +86 13800001234 2人", "13800001234"),
        ("李桂英 0374-2961234", "03742961234"),
        ("李桂英 １３８００００１２３４", "13800001234"),
    ] {
        let item = one(body);
        assert_eq!(
            item.phone
                .map(|phone| phone.reveal(Purpose::Reach).to_owned())
                .as_deref(),
            Some(phone),
            "{body}"
        );
    }
    assert!(read("1. 徐阿姨 手机尾号 0093").unwrap().items[0].tail.as_deref() == Some("0093"));
}

#[test]
fn what_is_doubtful_names_its_value() {
    for (body, code, value) in [
        ("李桂英 1380000123", "phone-short", "1380000123"),
        ("李桂英 138000012345", "phone-long", "138000012345"),
        ("李桂英 尾号12", "chain-tail", "12"),
        ("李桂英 100人", "chain-heads", "100"),
        ("张3", "chain-name-digits", "张3"),
        ("+1", "name-empty", ""),
        ("替我妈报名", "name-empty", ""),
    ] {
        let item = read(&format!("1. {body}")).unwrap().items.remove(0);
        let doubts: Vec<(&str, &str)> = item
            .doubts
            .iter()
            .map(|doubt| (doubt.code, doubt.value.as_str()))
            .collect();
        assert_eq!(doubts, [(code, value)], "{body}");
        assert!(!format!("{item:?}").contains("李桂英"));
    }
}

#[test]
fn a_time_or_a_date_is_no_item() {
    for header in ["9:30 反诈课", "9：30开始", "9.20 反诈课", "9.20日 反诈课", "2:30—4:00"] {
        let chain = read(&format!("{header}\n1. 李桂英")).unwrap();
        assert_eq!((chain.items.len(), chain.header.len()), (1, 1), "{header}");
    }
    assert_eq!(read("1.3号楼李桂英").unwrap().items[0].place, "3号楼");
    assert_eq!(read("1.李桂英").unwrap().items.len(), 1);
}

#[test]
fn what_cannot_be_read_says_why() {
    let many: Vec<String> = (1..=3000).map(|n| format!("{n}.李")).collect();
    assert!(matches!(read(&many.join(" ")), Err(Unreadable::Items { .. })));
    let lines: Vec<String> = (1..=501).map(|n| format!("{n}. 李")).collect();
    assert_eq!(read(&lines.join("\n")), Err(Unreadable::Lines { lines: 501 }));
    assert_eq!(read(&"李".repeat(20_001)), Err(Unreadable::Long { chars: 20_001 }));
    assert_eq!(read(&"李".repeat(20_000)), Err(Unreadable::NoItems));
    assert_eq!(read("😀\u{200B} \n👍"), Err(Unreadable::Empty));
    assert_eq!(read("大家好"), Err(Unreadable::NoItems));
    assert_eq!(
        read("1. 😀\n2. 👍").map(|chain| (chain.items.len(), chain.blank)),
        Ok((0, 2))
    );
    let chain = read("1. 李桂英\n欢迎报名\n2. 王建国").unwrap();
    assert_eq!(chain.left, [(2, "欢迎报名".to_owned())]);
}

fn written() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just("1. "),
            Just("2、"),
            Just("3:"),
            Just("\n"),
            Just(" "),
            Just("①"),
            Just("4️⃣"),
            Just("替"),
            Just("我妈"),
            Just("报名"),
            Just("候补"),
            Just("取消"),
            Just("+"),
            Just("+1"),
            Just("2人"),
            Just("尾号"),
            Just("1234"),
            Just("13800001234"),
            Just("1380000123"),
            Just("李桂英"),
            Just("刘阿姨"),
            Just("("),
            Just(")"),
            Just("3号楼"),
            Just("家属院"),
            Just("代报"),
            Just("岁"),
            Just("71"),
            Just("9:30"),
            Just("#接龙"),
            Just("\u{202E}"),
            Just("K"),
            Just("İ"),
            Just("99999999999999999999"),
            Just("第"),
            Just("带老伴"),
            Just("*"),
            Just("-"),
        ],
        0..60,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}|(?s).{0,120}") {
        if let Ok(chain) = read(&text) {
            prop_assert!(chain.items.len() <= MOST_LINES);
        }
    }

    #[test]
    fn lists_of_any_words_keep_their_order_and_their_bounds(text in written()) {
        if let Ok(chain) = read(&text) {
            let lines = fold::fold(&text).lines().count();
            prop_assert!(chain.items.windows(2).all(|pair| pair[0].line <= pair[1].line));
            prop_assert!(chain.items.iter().all(|item| (1..=lines).contains(&item.line) && (1..=10).contains(&item.heads)));
            // Only a number in the same line makes more items than lines.
            let numbers = fold::fold(&text).matches(['.', '、', ')']).count();
            prop_assert!(chain.items.len() + chain.blank <= lines + numbers);
        }
    }

    #[test]
    fn a_list_with_one_item_in_a_line_has_no_more_items_than_lines(lines in prop::collection::vec("[\u{4e00}-\u{9fa5} +0-9:#]{0,30}", 0..40)) {
        if let Ok(chain) = read(&lines.join("\n")) {
            prop_assert!(chain.items.len() + chain.blank + chain.left.len() + chain.header.len() <= lines.len());
        }
    }

    #[test]
    fn what_is_written_is_read_again(lines in prop::collection::vec(
        ("[李王张刘陈赵][桂秀玉素][英兰珍梅]", prop::option::of((1_u32..30, 1_u32..5)), 0_u8..5, prop::option::of("小[孙周吴]"), any::<bool>(), any::<bool>()),
        1..30,
    )) {
        let lines: Vec<Line> = lines
            .into_iter()
            .map(|(name, home, more, by, waits, cancelled)| Line {
                name,
                place: home.map(|(house, unit)| format!("{house}号楼{unit}单元")).unwrap_or_default(),
                more,
                by: by.unwrap_or_default(),
                waits: waits && !cancelled,
                cancelled,
            })
            .collect();
        let chain = read(&render(&lines)).unwrap();
        let again: Vec<Line> = chain
            .items
            .iter()
            .map(|item| Line {
                name: item.name.as_ref().unwrap().reveal(Purpose::ShowStaff).to_owned(),
                place: item.place.clone(),
                more: item.heads - 1,
                by: item.by.clone(),
                waits: item.wish == Wish::Wait,
                cancelled: item.wish == Wish::Cancel,
            })
            .collect();
        prop_assert_eq!(again, lines);
        prop_assert!(chain.items.iter().all(|item| item.doubts.is_empty() && item.note.is_empty()));
    }
}
