//! One item of a list: who, how many, and what they want.

use std::fmt;

use super::place;
use crate::domain::text::{NAME_CHARS, PersonName, Phone};

/// The most who come under one name; more is taken for a slip.
const MOST_HEADS: u8 = 10;

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To come.
    Join,
    /// To come when there is a place.
    Wait,
    /// Not to come after all.
    Cancel,
}

/// Something about an item that a person should look at. Debug shows its code only.
#[derive(Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The key of its message, `error-<code>`.
    pub code: &'static str,
    /// What was written.
    pub value: String,
    /// The number its message uses.
    pub number: Option<(&'static str, usize)>,
}

impl Doubt {
    fn new(code: &'static str, value: impl Into<String>) -> Self {
        Self {
            code,
            value: value.into(),
            number: None,
        }
    }
}

impl fmt::Debug for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doubt({})", self.code)
    }
}

/// One item. Debug shows none of what was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// The line it stands in; the first is 1.
    pub line: usize,
    /// What stands behind its number.
    pub said: String,
    /// Who comes; none when no name was written.
    pub name: Option<PersonName>,
    /// Who wrote for them; may be empty.
    pub by: String,
    /// How many come, this one included.
    pub heads: u8,
    /// What they want.
    pub wish: Wish,
    /// Where they live, as written; may be empty.
    pub place: String,
    /// Their number.
    pub phone: Option<Phone>,
    /// The last four digits of it.
    pub tail: Option<String>,
    /// The rest.
    pub note: String,
    /// What a person should look at.
    pub doubts: Vec<Doubt>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("line", &self.line)
            .field("heads", &self.heads)
            .field("wish", &self.wish)
            .field("doubts", &self.doubts)
            .finish_non_exhaustive()
    }
}

/// What people are called beside their family name.
const ADDRESSES: [&str; 26] = [
    "阿姨", "叔叔", "大爷", "大妈", "大娘", "大叔", "奶奶", "爷爷", "老师", "师傅", "大姐", "大哥", "女士", "先生",
    "婶子", "大婶", "伯伯", "大伯", "嫂子", "同志", "医生", "主任", "姐", "哥", "叔", "姨",
];

/// Whether a name is a form of address (刘阿姨, 老王, 小刘) and not the name in the register.
pub fn is_address(name: &str) -> bool {
    let count = name.chars().count();
    ADDRESSES
        .iter()
        .any(|address| name.ends_with(address) && name.len() > address.len())
        || (count == 2 && name.starts_with(['老', '小', '阿']))
}

/// Takes the first of these words out of a text; whether there was one.
fn take_word(text: &mut String, words: &[&str]) -> bool {
    let mut found = false;
    for word in words {
        while let Some(at) = text.find(word) {
            text.replace_range(at..at + word.len(), " ");
            found = true;
        }
    }
    found
}

const CANCEL: [&str; 18] = [
    "已取消",
    "取消报名",
    "取消了",
    "取消",
    "来不了了",
    "来不了",
    "去不了了",
    "去不了",
    "不来了",
    "不来",
    "不去了",
    "不去",
    "不参加了",
    "不参加",
    "退出",
    "请假",
    "不报了",
    "cancelled",
];
const WAIT: [&str; 6] = ["候补", "替补", "排队", "等位", "递补", "waitlist"];

/// The runs of digits of a text, as byte ranges.
fn runs(text: &str) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| (from, text.len())));
    runs
}

/// `尾号1234`.
fn take_tail(text: &mut String, doubts: &mut Vec<Doubt>) -> Option<String> {
    const WORD: &str = "尾号";
    let at = text.find(WORD)?;
    let behind = text[at + WORD.len()..].trim_start_matches(['是', '为', ':', ' ']);
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    let end = text.len() - behind.len() + digits.len();
    let start = ["手机", "电话"]
        .iter()
        .find(|word| text[..at].ends_with(**word))
        .map_or(at, |word| at - word.len());
    text.replace_range(start..end, " ");
    if digits.len() == 4 {
        return Some(digits);
    }
    doubts.push(Doubt::new("chain-tail", digits));
    None
}

/// A telephone number; a long number that is none becomes a doubt.
fn take_phone(text: &mut String, doubts: &mut Vec<Doubt>) -> Option<Phone> {
    for code in ["+86-", "+86 ", "+86"] {
        if let Some(at) = text.find(code)
            && text[at + code.len()..].starts_with('1')
        {
            text.replace_range(at..at + code.len(), " ");
        }
    }
    let mut phone = None;
    loop {
        let runs = runs(text);
        let length = |n: usize| runs.get(n).map(|(from, to)| to - from);
        // Written in parts: 138 0000 1234, 0374-2961234.
        let close = |n: usize| runs[n].0 - runs[n - 1].1 == 1 && matches!(text.as_bytes()[runs[n - 1].1], b'-' | b' ');
        let joined = (0..runs.len()).find_map(|n| {
            let first = text.as_bytes()[runs[n].0];
            match (first, length(n)?, length(n + 1), length(n + 2)) {
                (b'1', 3, Some(4), Some(4)) if close(n + 1) && close(n + 2) => Some((runs[n].0, runs[n + 2].1)),
                (b'0', 3..=4, Some(7..=8), _) if close(n + 1) => Some((runs[n].0, runs[n + 1].1)),
                (_, 7.., ..) => Some(runs[n]),
                _ => None,
            }
        });
        let Some((from, to)) = joined else { return phone };
        let written = text[from..to].to_owned();
        text.replace_range(from..to, " ");
        match Phone::parse(&written) {
            Ok(read) => phone = phone.or(Some(read)),
            Err(error) => doubts.push(Doubt {
                number: error.number(),
                ..Doubt::new(error.code(), written.chars().take(20).collect::<String>())
            }),
        }
    }
}

/// Takes ages out: `71岁`.
fn take_age(text: &mut String) {
    while let Some((from, to)) = runs(text)
        .into_iter()
        .find(|(from, to)| to - from <= 3 && text[*to..].starts_with('岁'))
    {
        text.replace_range(from..to + '岁'.len_utf8(), " ");
    }
}

/// How many come: `+1`, `2人`, `两位`, `带老伴`.
fn take_heads(text: &mut String, doubts: &mut Vec<Doubt>) -> u8 {
    const COUNTED: [&str; 5] = ["个人", "口人", "人", "位", "口"];
    const WITH: [&str; 6] = ["还带", "带着", "带", "和", "跟", "同"];
    const COMPANIONS: [&str; 20] = [
        "老伴儿",
        "老伴",
        "爱人",
        "老公",
        "老婆",
        "丈夫",
        "妻子",
        "家属",
        "家人",
        "孙子",
        "孙女",
        "朋友",
        "邻居",
        "老姐妹",
        "一个人",
        "一人",
        "一位",
        "儿子",
        "女儿",
        "老妈",
    ];
    let mut heads = None;
    let mut read = |digits: &str, more: u8| match digits.parse::<u8>() {
        Ok(n) if n > 0 && n + more <= MOST_HEADS => heads = Some(n + more),
        _ => doubts.push(Doubt::new("chain-heads", digits.chars().take(20).collect::<String>())),
    };
    while let Some(at) = text.find('+') {
        let behind = text[at + 1..].trim_start();
        let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
        let end = text.len() - behind.len() + digits.len();
        if !digits.is_empty() {
            read(&digits, 1);
        }
        text.replace_range(at..end, " ");
    }
    let counted = |behind: &str| {
        COUNTED
            .iter()
            .find(|word| behind.starts_with(**word))
            .map(|word| word.len())
    };
    while let Some((from, to, unit)) = runs(text).into_iter().find_map(|(from, to)| {
        let unit = counted(&text[to..])?;
        (to - from <= 3 && !text[..from].ends_with('第')).then_some((from, to, unit))
    }) {
        let digits = text[from..to].to_owned();
        read(&digits, 0);
        text.replace_range(from..to + unit, " ");
    }
    for (word, number) in [
        ("两", "2"),
        ("二", "2"),
        ("俩", "2"),
        ("三", "3"),
        ("四", "4"),
        ("五", "5"),
    ] {
        for unit in COUNTED {
            let said = format!("{word}{unit}");
            if take_word(text, &[&said]) {
                read(number, 0);
            }
        }
    }
    if take_word(text, &["老两口", "夫妻俩", "夫妻两", "两口子"]) {
        read("2", 0);
    }
    for with in WITH {
        for companion in COMPANIONS {
            if take_word(text, &[&format!("{with}{companion}")]) {
                heads = heads.or(Some(2));
            }
        }
    }
    heads.unwrap_or(1)
}

/// Who wrote for somebody else, with the text that names the other one: `小刘 替我妈张秀兰报名`, `张秀兰（女儿代报）`.
fn take_proxy(text: &mut String) -> String {
    const RELATIONS: [&str; 26] = [
        "妈妈",
        "母亲",
        "妈",
        "爸爸",
        "父亲",
        "爸",
        "婆婆",
        "公公",
        "奶奶",
        "爷爷",
        "姥姥",
        "姥爷",
        "外婆",
        "外公",
        "岳母",
        "岳父",
        "丈母娘",
        "老伴",
        "爱人",
        "老公",
        "老婆",
        "邻居",
        "对门",
        "楼上",
        "楼下",
        "家",
    ];
    const DONE: [&str; 4] = ["代报名", "代报", "代接龙", "代填"];
    for (open, _) in text.match_indices('(').collect::<Vec<_>>() {
        let Some(close) = text[open..].find(')').map(|at| open + at) else {
            break;
        };
        let inside = text[open + 1..close].to_owned();
        if let Some(word) = DONE.iter().find(|word| inside.contains(**word)) {
            let by = inside.replacen(word, "", 1);
            text.replace_range(open..=close, " ");
            return by.trim().chars().take(NAME_CHARS).collect();
        }
    }
    for verb in ["替", "帮", "代", "给", "为"] {
        let Some(at) = text.find(verb) else { continue };
        let before = text[..at].trim().to_owned();
        let mut after = text[at + verb.len()..].trim_start().trim_start_matches('忙');
        let mine = after.trim_start_matches("我们").trim_start_matches('我');
        let said = after.contains('报');
        if after.trim().is_empty() || (!said && matches!(verb, "代" | "给" | "为")) {
            continue;
        }
        let related = RELATIONS.iter().find(|relation| mine.starts_with(**relation));
        // 替我妈 and 替邻居, but not the 家 of somebody called 家.
        after = match related {
            Some(relation) if mine.len() < after.len() || relation.chars().count() > 1 => &mine[relation.len()..],
            _ => mine,
        };
        let (name, behind) = after.split_once('报').unwrap_or((after, ""));
        let behind = behind.trim_start_matches(['名', '个', '一', '上', '下', '了']);
        let rest = format!("{} {}", name.trim(), behind.trim());
        *text = rest.trim().to_owned();
        return before
            .trim_matches(|c: char| !c.is_alphanumeric())
            .chars()
            .take(NAME_CHARS)
            .collect();
    }
    String::new()
}

/// Words that say nothing about who comes.
const NOISE: [&str; 12] = [
    "报名",
    "我报名",
    "参加",
    "报",
    "我",
    "本人",
    "收到",
    "好的",
    "接龙",
    "姓名",
    "我是",
    "报一个",
];

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The words of a text, and what of each is where somebody lives.
fn tokens(text: &str) -> (Vec<String>, String) {
    let (mut words, mut home) = (Vec::new(), String::new());
    let between = |c: char| c.is_whitespace() || ",，、;；:()[]/|.!！?？~<>《》\"“”".contains(c);
    for token in text.split(between).filter(|token| !token.is_empty()) {
        let token = token.trim_start_matches('@').trim_matches(['-', '_', '=', '#']);
        let (name, lives) = place::take(token, !home.is_empty());
        home.push_str(&lives);
        for part in name {
            let part = ["报名", "参加", "报一个"]
                .iter()
                .find_map(|word| part.strip_suffix(word))
                .filter(|rest| !rest.is_empty())
                .unwrap_or(&part)
                .to_owned();
            if !NOISE.contains(&part.as_str()) && part.chars().any(char::is_alphanumeric) {
                words.push(part);
            }
        }
    }
    (words, home)
}

/// The name among the words: the first, or the first two that belong together (`Maria Lopez`, `李 英`).
fn name_of(words: &mut Vec<String>) -> String {
    let Some(at) = words.iter().position(|word| word.chars().any(char::is_alphabetic)) else {
        return String::new();
    };
    let mut name = words.remove(at);
    let latin = |word: &str| word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'');
    if latin(&name) {
        while words.get(at).is_some_and(|next| latin(next)) {
            name = format!("{name} {}", words.remove(at));
        }
    } else if name.chars().count() == 1 && name.chars().all(is_han) {
        let fits = |next: &String| next.chars().count() <= 2 && next.chars().all(is_han);
        if words.get(at).is_some_and(fits) {
            name.push_str(&words.remove(at));
        }
    }
    name
}

/// Reads what stands behind a number; nothing when nobody does.
pub(super) fn read(line: usize, body: &str) -> Option<Item> {
    if !body.chars().any(char::is_alphanumeric) {
        return None;
    }
    let said = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = said.clone();
    let mut doubts = Vec::new();
    let wish = match (take_word(&mut rest, &CANCEL), take_word(&mut rest, &WAIT)) {
        (true, _) => Wish::Cancel,
        (false, true) => Wish::Wait,
        (false, false) => Wish::Join,
    };
    let tail = take_tail(&mut rest, &mut doubts);
    let phone = take_phone(&mut rest, &mut doubts);
    take_age(&mut rest);
    let by = take_proxy(&mut rest);
    let heads = take_heads(&mut rest, &mut doubts);
    let (mut words, place) = tokens(&rest);
    let written = name_of(&mut words);
    let name = match PersonName::parse(&written) {
        Ok(name) => Some(name),
        Err(error) => {
            doubts.push(Doubt {
                number: error.number(),
                ..Doubt::new(error.code(), written.chars().take(60).collect::<String>())
            });
            None
        }
    };
    if written.chars().any(char::is_numeric) {
        doubts.push(Doubt::new("chain-name-digits", written));
    }
    Some(Item {
        line,
        said,
        name,
        by,
        heads,
        wish,
        place: place.chars().take(40).collect(),
        phone,
        tail,
        note: words.join(" "),
        doubts,
    })
}
