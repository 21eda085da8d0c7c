//! Where a list's items begin.

/// A text taken apart.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// What stands above.
    pub header: Vec<String>,
    /// The line each item stands in (the first is 1), and what stands behind its number.
    pub items: Vec<(usize, String)>,
    /// Lines below the first item that are none.
    pub left: Vec<(usize, String)>,
}

/// Signs that may stand behind a number at the beginning of a line.
const BEHIND_NUMBER: [char; 9] = ['.', '、', ')', ':', ',', '､', '．', ']', '，'];
/// Signs that may stand behind a number inside a line.
const BEHIND_INNER_NUMBER: [char; 4] = ['.', '、', ')', '．'];

/// The number at the start of a text and what stands behind its sign, when it is an item's number: not a time (9:30), and not a date or a
/// price (9.20).
fn numbered<'a>(text: &'a str, signs: &[char]) -> Option<(u32, &'a str)> {
    // `(1)` and `[1]` are numbers, too.
    let opened = text.strip_prefix(['(', '[']);
    let text = opened.unwrap_or(text);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let number = text[..digits].parse().ok()?;
    let rest = text[digits..].trim_start();
    let sign = rest.chars().next()?;
    let closes = matches!(sign, ')' | ']');
    if !signs.contains(&sign) || (opened.is_some() && !closes) {
        return None;
    }
    let body = &rest[sign.len_utf8()..];
    let follow = body.trim_start();
    let run = follow.len() - follow.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = follow[run..].chars().next();
    let is_time = matches!(sign, ':') && run == 2;
    // 1.3号楼 is an item, 9.20 and 9.20日 are not; 1. 13800001234 is.
    let is_date = sign == '.'
        && (1..=2).contains(&run)
        && body.len() == follow.len()
        && behind.is_none_or(|c| c.is_whitespace() || "日号(周星礼元上下早晚中到至-~".contains(c))
        && !follow[run..].starts_with("号楼")
        && !follow[run..].starts_with("号院");
    (!is_time && !is_date).then_some((number, body))
}

/// Where the item with this number begins inside a line: behind white space, as in `1. 李桂英 2. 王建国`. With the number's place and
/// what stands behind it.
fn inner(text: &str, wanted: u32) -> Option<(usize, &str)> {
    let digits = wanted.to_string();
    text.match_indices(&digits).find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_whitespace() || ";,，;。]".contains(c)) {
            return None;
        }
        let (number, body) = numbered(&text[at..], &BEHIND_INNER_NUMBER)?;
        (number == wanted && !body.starts_with(|c: char| c.is_ascii_digit())).then_some((at, body))
    })
}

/// Takes an item apart that goes on with the next ones in the same line.
fn push_items(parts: &mut Parts, line: usize, number: u32, body: &str) {
    let (mut number, mut body) = (number, body);
    while let Some((at, next)) = inner(body, number.saturating_add(1)) {
        parts.items.push((line, body[..at].trim().to_owned()));
        (number, body) = (number.saturating_add(1), next);
    }
    parts.items.push((line, body.trim().to_owned()));
}

/// A line of the header: without the words that begin every list; nothing for an example of how to write oneself in.
fn header_line(line: &str) -> Option<String> {
    let begins = |line: &str, word: &str| {
        line.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    let mut line = line.trim();
    let words = ["#接龙", "# 接龙", "接龙", "#group note", "# group note"];
    if let Some(word) = words.iter().find(|word| begins(line, word)) {
        line = line[word.len()..].trim_start_matches([':', ' ', '-', '.']);
    }
    let examples = ["例", "示例", "格式", "example", "e.g."];
    (!line.is_empty() && !examples.iter().any(|word| begins(line, word))).then(|| line.to_owned())
}

/// Takes a folded text apart.
pub(super) fn split(folded: &str) -> Parts {
    let mut parts = Parts::default();
    for (at, raw) in folded.lines().enumerate() {
        let (line, text) = (at + 1, raw.trim());
        if text.is_empty() {
            continue;
        }
        if let Some((number, body)) = numbered(text, &BEHIND_NUMBER) {
            push_items(&mut parts, line, number, body);
        } else if let Some((before, body)) = inner(text, 1).filter(|_| parts.items.is_empty()) {
            parts.header.extend(header_line(&text[..before]));
            push_items(&mut parts, line, 1, body);
        } else if parts.items.is_empty() {
            parts.header.extend(header_line(text));
        } else {
            parts.left.push((line, text.to_owned()));
        }
    }
    parts
}
