//! The screen in the lobby (大厅屏幕): which rows stand on it at a time, and how large the next session is set.
//!
//! A screen has no bottom to scroll to, so what would not fit waits for its turn. Sizes are hundredths of a rem; the screen is 120 rem wide and 67.5
//! high when it lies. `assets/static/css/lobby.css` sets the same ones.

use std::ops::Range;

use super::measure;

/// The most rows at a time.
pub const MOST_ROWS: usize = 6;
/// The height of the list when no notice stands above it.
const LIST_ROOM: u32 = 4_850;
/// The height of the card of the next session when no notice stands above it.
const CARD_ROOM: u32 = 2_950;
/// Between two rows.
const GAP: u32 = 100;
/// The column of titles. On a screen that stands it is narrower, and the list has half as much height again.
const COLUMN: u32 = 3_150;
/// A title of a row.
const TITLE: u32 = 312;
/// A title of a row that is long.
const LONG_TITLE: u32 = 225;
const PLACE: u32 = 212;
/// The card's column.
const CARD_COLUMN: u32 = 3_190;
/// The notice's column.
const NOTICE_COLUMN: u32 = 10_700;
/// A notice and a long one.
const NOTICE: [u32; 2] = [225, 188];

/// What a row says where it can be long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub title: String,
    /// Where.
    pub venue: String,
    /// Who, or where it was before; not broken where it fits a line of its own.
    pub who: String,
}

/// Whether a title is set smaller, because it takes more than a line.
pub fn is_long(title: &str) -> bool {
    measure::lines(title, COLUMN * 100 / TITLE) > 1
}

fn row_height(row: &Row) -> u32 {
    let title = if is_long(&row.title) {
        measure::lines(&row.title, COLUMN * 100 / LONG_TITLE) * LONG_TITLE * 120 / 100
    } else {
        TITLE * 115 / 100
    };
    // The mark beside the venue takes 3.7 rem of the line.
    let room = (COLUMN - 370) * 100 / PLACE;
    let place = if measure::width(&row.venue) + 34 + measure::width(&row.who) <= room {
        1
    } else {
        measure::lines(&row.venue, room).max(1) + measure::lines(&row.who, room)
    };
    title + (place * PLACE * 125 / 100).max(272) + 70
}

/// The rows as pages that take turns: at most [`MOST_ROWS`] and never more than fits, given the height of a notice.
///
/// Every row stands on exactly one page. A row that alone is too high for the screen has a page of its own.
pub fn pages(rows: &[Row], notice: u32) -> Vec<Range<usize>> {
    let room = LIST_ROOM.saturating_sub(notice);
    let mut pages: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for (index, row) in rows.iter().enumerate() {
        let height = row_height(row);
        match pages.last_mut() {
            Some(page) if page.len() < MOST_ROWS && used + GAP + height <= room => {
                page.end = index + 1;
                used += GAP + height;
            }
            _ => {
                pages.push(index..index + 1);
                used = height;
            }
        }
    }
    pages
}

/// Which of `pages` is shown in a minute, where no script turns them: each has its minute.
pub fn page_of_minute(minute: i64, pages: usize) -> usize {
    usize::try_from(minute).unwrap_or(0).checked_rem(pages).unwrap_or(0)
}

/// The height of the notice line, and whether it is set in the smaller letters.
pub fn notice_height(notice: &str) -> (u32, bool) {
    if notice.is_empty() {
        return (0, false);
    }
    let [large, small] = NOTICE;
    let at = |size: u32| measure::lines(notice, NOTICE_COLUMN * 100 / size);
    if at(large) <= 2 {
        (at(large) * large * 135 / 100 + 160, false)
    } else {
        (at(small).min(3) * small * 135 / 100 + 160, true)
    }
}

/// The next session's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What.
    pub title: String,
    /// When.
    pub when: String,
    /// Where.
    pub venue: String,
    /// How to get there; may be empty.
    pub directions: String,
    /// Whether there are seats; may be empty.
    pub seats: String,
}

/// How a card is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The class in the style sheet.
    pub class: &'static str,
    /// Whether the way to the venue is said.
    pub directions: bool,
    /// Whether the seats are said.
    pub seats: bool,
    title: u32,
    when: u32,
    text: u32,
    frame: u32,
}

/// From the largest to the smallest. Nothing is under 30 px on a screen of 1920.
const SETTINGS: [Setting; 5] = [
    Setting::new("c0", [450, 275, 238, 920], [true, true]),
    Setting::new("c1", [312, 238, 212, 870], [true, true]),
    Setting::new("c2", [250, 212, 188, 750], [true, true]),
    Setting::new("c2", [250, 212, 188, 750], [false, true]),
    Setting::new("c3", [188, 188, 188, 700], [false, false]),
];

impl Setting {
    const fn new(class: &'static str, [title, when, text, frame]: [u32; 4], [directions, seats]: [bool; 2]) -> Self {
        Self {
            class,
            directions,
            seats,
            title,
            when,
            text,
            frame,
        }
    }

    /// The place as this card says it.
    pub fn place(self, card: &Card, comma: &str) -> String {
        if self.directions && !card.directions.is_empty() {
            format!("{}{comma}{}", card.venue, card.directions)
        } else {
            card.venue.clone()
        }
    }

    fn height(self, card: &Card) -> u32 {
        let lines = |text: &str, size: u32| measure::lines(text, CARD_COLUMN * 100 / size);
        let seats = if self.seats { lines(&card.seats, self.text) } else { 0 };
        self.frame
            + lines(&card.title, self.title) * self.title * 120 / 100
            + lines(&card.when, self.when) * self.when * 145 / 100
            + (lines(&self.place(card, "，"), self.text) + seats) * self.text * 145 / 100
    }
}

/// How a card is set: as large as fits, given the height of a notice.
pub fn setting(card: &Card, notice: u32) -> Setting {
    let room = CARD_ROOM.saturating_sub(notice);
    let [.., smallest] = SETTINGS;
    SETTINGS
        .into_iter()
        .find(|setting| setting.height(card) <= room)
        .unwrap_or(smallest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(title: &str) -> Row {
        Row {
            title: title.to_owned(),
            venue: "老年活动室".to_owned(),
            who: "藏御堂 熊老师".to_owned(),
        }
    }

    #[test]
    fn six_usual_rows_are_a_page_and_the_seventh_waits() {
        let rows = vec![row("艾灸理疗"); 13];
        assert_eq!(pages(&rows, 0), [0..6, 6..12, 12..13]);
        assert_eq!(pages(&rows[..6], 0).len(), 1);
        assert!(pages(&[], 0).is_empty());
        // A notice takes the room of one.
        let (notice, small) = notice_height("周五下午停水，请自带热水。");
        assert!(!small);
        assert_eq!(pages(&rows[..6], notice)[0], 0..5);
    }

    #[test]
    fn a_page_has_its_minute() {
        assert_eq!((page_of_minute(490, 2), page_of_minute(491, 2)), (0, 1));
        assert_eq!((page_of_minute(490, 1), page_of_minute(490, 0)), (0, 0));
    }

    #[test]
    fn the_card_is_large_for_short_words_and_small_for_long_ones() {
        let card = |title: &str, way: &str| Card {
            title: title.to_owned(),
            when: "上午9:00 到 11:00".to_owned(),
            venue: "老年活动室".to_owned(),
            directions: way.to_owned(),
            seats: "还剩 3 个位子，到服务台报名".to_owned(),
        };
        assert_eq!(setting(&card("艾灸理疗", "一楼进门左手边"), 0).class, "c0");
        assert_eq!(setting(&card("夕阳红合唱排练和汇报演出", "一楼"), 0).class, "c1");
        let far = setting(&card("艾灸理疗", &"远".repeat(200)), 0);
        assert!(!far.directions && far.seats);
        let mut longest = card(&"长".repeat(40), &"远".repeat(200));
        longest.venue = "宽".repeat(40);
        assert_eq!(setting(&longest, 0).class, "c3");
        assert!(setting(&longest, 0).height(&longest) <= CARD_ROOM);
    }

    proptest! {
        #[test]
        fn every_row_has_its_turn_and_no_page_is_too_high(titles in proptest::collection::vec("[一-龥]{1,40}|[a-z ]{1,80}", 0..30), notice in 0_u32..1000) {
            let rows: Vec<Row> = titles.iter().map(|title| row(title)).collect();
            let pages = pages(&rows, notice);
            let mut next = 0;
            for page in &pages {
                prop_assert_eq!(page.start, next);
                prop_assert!(!page.is_empty() && page.len() <= MOST_ROWS);
                let heights: u32 = rows[page.clone()].iter().map(row_height).sum();
                let gaps = u32::try_from(page.len() - 1).unwrap() * GAP;
                prop_assert!(page.len() == 1 || heights + gaps <= LIST_ROOM - notice);
                next = page.end;
            }
            prop_assert_eq!(next, rows.len());
        }
    }
}
