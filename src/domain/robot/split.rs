//! Cutting a text that is too long for one message.

/// The most messages one text becomes; what is beyond them is left out, and the last one says so with "……".
const MOST_PARTS: usize = 4;
/// Bytes kept for the number in front of a part, `(1/4)` and a line feed.
const HEAD_BYTES: usize = 6;
/// Stands where the rest was left out.
const CUT: &str = "……";

/// A text as messages of at most `most_bytes` bytes each (at least 64): at a line's end where one is near, never within a character, and
/// numbered when there are several.
pub fn parts(text: &str, most_bytes: usize) -> Vec<String> {
    let most_bytes = most_bytes.max(64);
    if text.len() <= most_bytes {
        return vec![text.to_owned()];
    }
    let room = most_bytes - HEAD_BYTES;
    let mut cut = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && cut.len() < MOST_PARTS {
        if rest.len() <= room {
            cut.push(rest.to_owned());
            rest = "";
            continue;
        }
        let last = cut.len() + 1 == MOST_PARTS;
        let (head, tail) = split(rest, if last { room - CUT.len() } else { room });
        cut.push(if last { format!("{head}{CUT}") } else { head.to_owned() });
        rest = tail;
    }
    let count = cut.len();
    cut.into_iter()
        .zip(1..)
        .map(|(part, number)| format!("({number}/{count})\n{part}"))
        .collect()
}

/// The first bytes, at most `room`, and what follows; the line feed between them goes.
fn split(text: &str, room: usize) -> (&str, &str) {
    let mut at = room.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    match text[..at].rfind('\n') {
        // A line's end in the second half is worth the room it costs.
        Some(end) if end >= at / 2 => (&text[..end], &text[end + 1..]),
        _ => (&text[..at], text[at..].strip_prefix('\n').unwrap_or(&text[at..])),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_stays_as_it_is() {
        assert_eq!(parts("明天停课", 2048), ["明天停课"]);
        let whole = "课".repeat(682);
        assert_eq!(parts(&whole, 2048), std::slice::from_ref(&whole), "2046 bytes");
    }

    #[test]
    fn a_long_text_is_cut_at_a_line_and_numbered() {
        let line = format!("{}\n", "周三上午椅子瑜伽".repeat(10));
        let text = line.repeat(12);
        let cut = parts(text.trim_end(), 2048);
        assert_eq!(cut.len(), 2);
        assert!(cut[0].starts_with("(1/2)\n") && cut[1].starts_with("(2/2)\n"));
        assert!(cut[0].ends_with("椅子瑜伽"), "at the end of a line");
    }

    #[test]
    fn what_is_beyond_four_messages_is_left_out_and_that_is_said() {
        let cut = parts(&"课".repeat(5_000), 2048);
        assert_eq!(cut.len(), 4);
        assert!(cut[3].ends_with(CUT));
        assert!(cut.iter().all(|part| part.len() <= 2048));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_long(text in "(\\PC|\n){0,400}", most in 64..700_usize) {
            let cut = parts(&text, most);
            prop_assert!(cut.iter().all(|part| part.len() <= most));
            if cut.len() > 1 {
                let kept: String = cut.iter().map(|part| part.split_once('\n').expect("a number").1).collect();
                let plain = |text: &str| text.replace('\n', "");
                let kept = plain(&kept);
                let whole = plain(&text);
                prop_assert!(whole == kept || whole.starts_with(kept.strip_suffix(CUT).expect("cut")));
            }
        }
    }
}
