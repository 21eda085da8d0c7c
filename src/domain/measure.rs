//! How wide a text is set and into how many lines it breaks, for paper and screens whose size is fixed beforehand.
//!
//! No font is asked: widths are those of the widest usual Chinese sans-serif, bold, so that a text takes at most the room that is counted
//! for it. Widths are in hundredths of an em.

/// Marks that never begin a line (JIS X 4051, GB/T 15834): they stay with what stands before them.
const CLOSING: &str = "，。、；：？！）》」』】〉”’…—·,.;:?!)]}%";
/// Marks that never end a line: they stay with what comes after them.
const OPENING: &str = "（《「『【〈“‘([{";

/// The width of a character, hundredths of an em.
fn advance(c: char) -> u32 {
    match c {
        ' ' => 34,
        'i' | 'j' | 'l' | 'f' | 't' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | '(' | ')' | '[' | ']'
        | '-' | '/' => 45,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 98,
        '0'..='9' => 62,
        'a'..='z' => 66,
        'A'..='Z' => 78,
        '!'..='~' => 66,
        '\u{1F000}'.. => 140,
        _ => 100,
    }
}

/// Whether a line may break before and after this character where no mark forbids it.
fn stands_alone(c: char) -> bool {
    c > '\u{2E7F}' || c == '—' || c == '…'
}

/// The width of a text set on one line, hundredths of an em.
pub fn width(text: &str) -> u32 {
    text.chars().map(advance).fold(0, u32::saturating_add)
}

/// What is not broken: its width, and the width of the blank after it.
struct Piece {
    width: u32,
    gap: u32,
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before: Option<char> = None;
    for c in text.chars() {
        if c.is_whitespace() {
            if let Some(last) = pieces.last_mut() {
                last.gap = last.gap.saturating_add(advance(' '));
            }
            before = None;
            continue;
        }
        let sticks = before.is_some_and(|before| {
            CLOSING.contains(c) || OPENING.contains(before) || !(stands_alone(c) || stands_alone(before))
        });
        match pieces.last_mut() {
            Some(last) if sticks => last.width = last.width.saturating_add(advance(c)),
            _ => pieces.push(Piece {
                width: advance(c),
                gap: 0,
            }),
        }
        before = Some(c);
    }
    pieces
}

/// How many lines a text takes in a column `room` wide (hundredths of an em); none for a text without a letter. A word that is wider than the column is
/// broken where the column ends.
pub fn lines(text: &str, room: u32) -> u32 {
    let room = room.max(1);
    let (mut count, mut used, mut blank) = (0_u32, 0_u32, 0_u32);
    for piece in pieces(text) {
        let with_it = used.saturating_add(blank).saturating_add(piece.width);
        if count == 0 || with_it > room {
            // A piece too wide for any line fills whole lines and begins the next.
            let more = piece.width.div_ceil(room).max(1);
            count = count.saturating_add(more);
            used = piece.width - (more - 1) * room;
        } else {
            used = with_it;
        }
        blank = piece.gap;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_between_characters_and_words_and_not_before_a_full_stop() {
        for (text, room, expected) in [
            ("", 1000, 0),
            ("艾灸理疗", 1000, 1),
            ("夕阳红合唱排练", 420, 2),
            // The full stop takes the character before it along.
            ("今天停一次。", 520, 2),
            ("（室内）合唱", 104, 6),
            ("hello world", 400, 2),
            ("hello world", 1000, 1),
            ("supercalifragilistic", 400, 3),
            ("老年大学 书法", 430, 2),
        ] {
            assert_eq!(lines(text, room), expected, "{text} in {room}");
        }
    }

    proptest! {
        #[test]
        fn a_text_never_takes_fewer_lines_than_its_width_asks_for(text in "[ a-zA-Z0-9，。（）一-十合唱排练]{0,60}", room in 110_u32..4000) {
            let letters: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert!(lines(&text, room) >= width(&letters).div_ceil(room));
            prop_assert!(lines(&text, room) <= u32::try_from(text.chars().count()).unwrap());
            prop_assert!(lines(&text, room * 2) <= lines(&text, room));
        }
    }
}
