//! One way of writing for the many ways in which telephones write the same: full-width signs, circled numbers, keycaps, marks without
//! width.
//!
//! It is the part of Unicode's compatibility forms (UAX #15, NFKC) that chain messages hold, and what goes beyond it: pictures and marks
//! that turn the direction of writing are taken out, so that what is read is what is seen.

/// The number a sign stands for that shows a number in a circle, in brackets or with a full stop.
fn enclosed(c: char) -> Option<u32> {
    let n = c as u32;
    match n {
        0x2460..=0x2473 => Some(n - 0x2460 + 1),
        0x2474..=0x2487 => Some(n - 0x2474 + 1),
        0x2488..=0x249B => Some(n - 0x2488 + 1),
        0x24EB..=0x24F4 => Some(n - 0x24EB + 11),
        0x24F5..=0x24FE => Some(n - 0x24F5 + 1),
        0x2776..=0x277F => Some(n - 0x2776 + 1),
        0x2780..=0x2789 => Some(n - 0x2780 + 1),
        0x278A..=0x2793 => Some(n - 0x278A + 1),
        0x3251..=0x325F => Some(n - 0x3251 + 21),
        0x32B1..=0x32BF => Some(n - 0x32B1 + 36),
        0x1F51F => Some(10),
        _ => None,
    }
}

/// Pictures, arrows, ticks, and what joins or colours them: they say nothing about who comes.
fn is_picture(c: char) -> bool {
    matches!(c as u32,
        0x200D | 0x20E3 | 0x2190..=0x21FF | 0x2300..=0x23FF | 0x25A0..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF
        | 0xFE00..=0xFE0F | 0x1F000..=0x1FAFF | 0xE0000..=0xE01EF)
}

/// Marks that are not seen: without width, or turning the direction of writing (Unicode Standard Annex 9, §2).
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// A text with its lines kept, in one way of writing: `３．` becomes `3.`, `①` and `1️⃣` become ` 1. `.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(number) = enclosed(c) {
            folded.push_str(&format!(" {number}. "));
            continue;
        }
        // A keycap: the digit, perhaps the mark that asks for a picture, and the key around it.
        if c.is_ascii_digit() && matches!(chars.peek(), Some('\u{FE0F}' | '\u{20E3}')) {
            let mut key = chars.clone();
            let first = key.next();
            if first == Some('\u{20E3}') || key.next() == Some('\u{20E3}') {
                folded.push_str(&format!(" {c}. "));
                continue;
            }
        }
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    folded.push('\n');
                }
            }
            '\n' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => folded.push('\n'),
            '\u{FF01}'..='\u{FF5E}' => folded.extend(char::from_u32(c as u32 - 0xFEE0)),
            '。' | '｡' => folded.push('.'),
            '【' | '〔' | '「' | '『' | '〖' => folded.push('['),
            '】' | '〕' | '」' | '』' | '〗' => folded.push(']'),
            '﹢' | '⁺' => folded.push('+'),
            c if is_unseen(c) || is_picture(c) => {}
            c if c.is_whitespace() || c.is_control() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded
}

/// A line without what two writings of the same line differ in: white space and pictures.
pub fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_many_ways_of_writing_become_one() {
        for (written, wanted) in [
            ("３．刘阿姨（带老伴）２人", "3.刘阿姨(带老伴)2人"),
            ("①李桂英✅", " 1. 李桂英"),
            ("4️⃣ 陈玉华", " 4.  陈玉华"),
            ("4\u{20E3}陈玉华", " 4. 陈玉华"),
            ("🔟何秀兰", " 10. 何秀兰"),
            ("⓫a❷b⑴c⒈d㉑e㊱f", " 11. a 2. b 1. c 1. d 21. e 36. f"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("李\u{202E}桂\u{2068}英\u{2069}\u{200B}", "李桂英"),
            ("王\u{0}建\t国\u{3000}", "王 建 国 "),
            ("接龙:健康讲座👇", "接龙:健康讲座"),
        ] {
            assert_eq!(fold(written), wanted, "{written}");
        }
        assert_eq!(bare(" 王 建国 👍 "), "王建国");
    }
}
