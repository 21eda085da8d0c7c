//! Where somebody lives, as people write it behind their name: `3号楼`, `5号楼2单元`, `烟机家属院`.

/// What stands behind the number of a building, a unit, a floor or a flat; longer ones first.
const PARTS: [&str; 13] = [
    "号楼", "号院", "单元", "号", "栋", "幢", "座", "楼", "层", "室", "户", "排", "区",
];
/// How the name of a yard ends.
const YARDS: [&str; 10] = [
    "家属院",
    "小区",
    "花园",
    "家园",
    "新村",
    "大院",
    "公寓",
    "社区",
    "新苑",
    "庄园",
];
/// Forms of address that people write together with where they live.
const ADDRESSES: [&str; 8] = ["阿姨", "叔叔", "大爷", "大妈", "奶奶", "爷爷", "老师", "师傅"];

fn is_number(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || "一二三四五六七八九十".contains(c)
}

/// The stretch of a word that is a place: from the first number with a part behind it to the last.
fn stretch(word: &str) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    for part in PARTS {
        for (at, _) in word.match_indices(part) {
            let head = &word[..at];
            let number = head.len() - head.trim_end_matches(is_number).len();
            if number == 0 {
                continue;
            }
            let (from, to) = (at - number, at + part.len());
            found = Some(found.map_or((from, to), |(a, b)| (a.min(from), b.max(to))));
        }
    }
    let (from, mut to) = found?;
    // The flat behind it: 2单元501.
    to += word[to..].len()
        - word[to..]
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
            .len();
    Some((from, to))
}

/// Takes a word apart into names and the place between or behind them. `after_place` says that a place stood before it: then a bare
/// number is the flat.
pub(super) fn take(word: &str, after_place: bool) -> (Vec<String>, String) {
    if word.chars().all(|c| c.is_ascii_digit() || c == '-') && (word.contains('-') || after_place) {
        return (Vec::new(), word.to_owned());
    }
    if let Some((from, to)) = stretch(word) {
        let (mut names, mut home) = take(&word[..from], false);
        home.push_str(&word[from..to]);
        names.push(word[to..].to_owned());
        names.retain(|name| !name.is_empty());
        return (names, home);
    }
    if YARDS.iter().any(|yard| word.ends_with(yard) && word.len() > yard.len()) {
        let address = ADDRESSES
            .iter()
            .find_map(|said| word.find(said).map(|at| at + said.len()));
        let at = address.filter(|at| *at < word.len()).unwrap_or(0);
        let name = (at > 0).then(|| word[..at].to_owned());
        return (name.into_iter().collect(), word[at..].to_owned());
    }
    (vec![word.to_owned()], String::new())
}

/// A place in numbers: building and unit, and the name of the yard.
fn numbers(place: &str) -> (Option<u32>, Option<u32>, &str) {
    let before = |parts: &[&str]| {
        parts.iter().find_map(|part| {
            let head = &place[..place.find(part)?];
            let number = &head[head.trim_end_matches(is_number).len()..];
            number.parse().ok().or_else(|| chinese(number))
        })
    };
    let yard = place
        .split(is_number)
        .next()
        .unwrap_or_default()
        .trim_end_matches(|c: char| !c.is_alphanumeric());
    (before(&["号楼", "栋", "幢", "座", "#"]), before(&["单元"]), yard)
}

/// A number from 1 to 99 in Chinese.
fn chinese(number: &str) -> Option<u32> {
    const DIGITS: &str = "一二三四五六七八九";
    let digit = |text: &str| match text {
        "" => Some(None),
        one => DIGITS
            .chars()
            .position(|c| one.chars().eq([c]))
            .map(|at| u32::try_from(at + 1).ok()),
    };
    match number.split_once('十') {
        Some((tens, ones)) => Some(digit(tens)?.unwrap_or(1) * 10 + digit(ones)?.unwrap_or(0)),
        None => digit(number)?,
    }
}

/// Whether somebody who lives at `known` may have written `said`; none when the two cannot be compared.
pub fn fits(said: &str, known: &str) -> Option<bool> {
    let (here, there) = (numbers(said), numbers(known));
    let same = [(here.0, there.0), (here.1, there.1)]
        .into_iter()
        .filter_map(|(one, other)| Some(one? == other?))
        .chain((!here.2.is_empty() && known.contains(here.2)).then_some(true))
        .collect::<Vec<_>>();
    (!same.is_empty()).then(|| same.into_iter().all(|same| same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_names() {
        for (word, names, home) in [
            ("李桂英3号楼", &["李桂英"][..], "3号楼"),
            ("3号楼李桂英", &["李桂英"], "3号楼"),
            ("王建国5号楼2单元501", &["王建国"], "5号楼2单元501"),
            ("烟机家属院", &[], "烟机家属院"),
            ("徐阿姨烟机家属院3号楼", &["徐阿姨"], "烟机家属院3号楼"),
            ("3-2-501", &[], "3-2-501"),
            ("二单元", &[], "二单元"),
            ("李桂英", &["李桂英"], ""),
        ] {
            assert_eq!(
                take(word, false),
                (names.iter().map(|name| (*name).to_owned()).collect(), home.to_owned())
            );
        }
    }

    #[test]
    fn a_place_fits_what_is_known_of_it() {
        for (said, known, fit) in [
            ("3号楼", "日月苑小区3号楼2单元", Some(true)),
            ("3号楼", "日月苑小区5号楼2单元", Some(false)),
            ("三号楼", "3号楼", Some(true)),
            ("十二栋", "12号楼", Some(true)),
            ("3号楼1单元", "3号楼2单元", Some(false)),
            ("烟机家属院", "烟机家属院3号楼", Some(true)),
            ("烟机家属院", "", None),
            ("3号楼", "沿河小区", None),
            ("", "3号楼", None),
        ] {
            assert_eq!(fits(said, known), fit, "{said} {known}");
        }
    }
}
