//! The week on paper (海报): what is kept of each session and how many sheets the week takes, so that each sheet is one page and still
//! reads from two metres.
//!
//! The rule: as much as fits on one sheet. Over [`MOST_WITH_SECOND_LINES`] sessions the second lines go first, then titles get smaller, but
//! never under 9 mm on A3, then the week is split. What a session says about itself when it is cancelled or moved is no second line: it
//! stays. Sizes are hundredths of a millimetre on A3; `assets/static/css/hang.css` sets the same ones, and A4 is the same sheet smaller.

use std::ops::Range;

use super::measure;

/// Up to this many sessions on a sheet keep their second lines.
pub const MOST_WITH_SECOND_LINES: usize = 12;
/// The height of a sheet between its head and its foot.
pub const ROOM: u32 = 30_600;
/// The smallest a title may be set.
pub const SMALLEST_TITLE: u32 = 900;

/// The column of titles.
const TITLE_COLUMN: u32 = 8_500;
/// The column of venues, without the mark.
const VENUE_COLUMN: u32 = 5_750;
/// The row that says that a day is off.
const REST_COLUMN: u32 = 19_800;
const SECOND: u32 = 550;
/// Second lines may use the gap beside their column, too.
const SECOND_COLUMN: u32 = 8_850;
const VENUE: u32 = 780;
const DETAIL: u32 = 560;
const BADGE: u32 = 660;
const REST: u32 = 900;
/// What a badge has around its words: icon, rim, gaps.
const BADGE_RIM: u32 = 1_750;
/// The line under a day.
const RULE: u32 = 50;

/// One session on the poster, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub title: String,
    /// The line under the title; may be empty.
    pub second: String,
    /// How it stands (停一次, 周三改来), beside the title; may be empty.
    pub badge: String,
    /// Where.
    pub venue: String,
    /// The line under the venue; may be empty.
    pub detail: String,
    /// Whether that line says something about a change, so that it stays when second lines go.
    pub detail_stays: bool,
}

/// One day of the poster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// What is said of a day off or of a make-up working day; may be empty.
    pub rest: String,
    /// Its sessions by time.
    pub entries: Vec<Entry>,
}

/// How close a sheet is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Titles of 11.2 mm.
    Roomy,
    /// Titles of 10 mm.
    Close,
    /// Titles of 9 mm.
    Tight,
}

impl Density {
    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Density::Roomy => "roomy",
            Density::Close => "close",
            Density::Tight => "tight",
        }
    }

    /// Size of the titles.
    pub fn title(self) -> u32 {
        match self {
            Density::Roomy => 1_120,
            Density::Close => 1_000,
            Density::Tight => SMALLEST_TITLE,
        }
    }

    /// Size of the times.
    fn clock(self) -> u32 {
        match self {
            Density::Roomy => 1_250,
            Density::Close => 1_150,
            Density::Tight => 1_050,
        }
    }

    /// Between two sessions of a day.
    fn gap(self) -> u32 {
        match self {
            Density::Roomy => 240,
            Density::Close => 170,
            Density::Tight => 120,
        }
    }

    /// Above and below the sessions of a day, together.
    fn padding(self) -> u32 {
        match self {
            Density::Roomy => 400,
            Density::Close => 280,
            Density::Tight => 200,
        }
    }

    /// The height of the date beside a day.
    fn date(self) -> u32 {
        match self {
            Density::Roomy => 1_900,
            Density::Close => 1_750,
            Density::Tight => 1_600,
        }
    }
}

/// How a sheet is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// How close.
    pub density: Density,
    /// Whether second lines are kept.
    pub second_lines: bool,
}

/// From the roomiest to the tightest.
const STYLES: [Style; 4] = [
    Style {
        density: Density::Roomy,
        second_lines: true,
    },
    Style {
        density: Density::Roomy,
        second_lines: false,
    },
    Style {
        density: Density::Close,
        second_lines: false,
    },
    Style {
        density: Density::Tight,
        second_lines: false,
    },
];

/// A day, or what of it stands on this sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which day of those that were given.
    pub day: usize,
    /// Which of its entries.
    pub entries: Range<usize>,
}

/// The sheets of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How all of them are set.
    pub style: Style,
    /// What stands on each.
    pub sheets: Vec<Vec<Part>>,
}

/// How many of `room` fit into a line of letters of this size, hundredths of an em; a little is held back, because fonts differ.
fn ems(room: u32, size: u32) -> u32 {
    room * 97 / size
}

/// The height of a session.
pub fn entry_height(entry: &Entry, style: Style) -> u32 {
    let title = style.density.title();
    let room = ems(TITLE_COLUMN, title);
    let mut titles = measure::lines(&entry.title, room).max(1);
    let mut left = 0;
    if !entry.badge.is_empty() {
        let badge = (measure::width(&entry.badge) * BADGE / 100 + BADGE_RIM) * 100 / title;
        if measure::width(&entry.title) + badge > room {
            titles += measure::lines(&entry.badge, ems(TITLE_COLUMN - BADGE_RIM, BADGE)).max(1);
        }
        left += 120;
    }
    left += titles * title * 115 / 100;
    if style.second_lines {
        left += measure::lines(&entry.second, ems(SECOND_COLUMN, SECOND)) * SECOND * 130 / 100;
    }
    // The mark beside the name is 9.92 mm high.
    let mut right = (measure::lines(&entry.venue, ems(VENUE_COLUMN, VENUE)) * VENUE * 118 / 100).max(992);
    if style.second_lines || entry.detail_stays {
        right += measure::lines(&entry.detail, ems(VENUE_COLUMN, DETAIL)) * DETAIL * 130 / 100;
    }
    left.max(right).max(style.density.clock() * 110 / 100)
}

/// The height of a part of a day.
pub fn part_height(day: &Day, entries: &Range<usize>, style: Style) -> u32 {
    let mut rows: Vec<u32> = day.entries[entries.clone()]
        .iter()
        .map(|entry| entry_height(entry, style))
        .collect();
    if !day.rest.is_empty() {
        rows.push(measure::lines(&day.rest, ems(REST_COLUMN, REST)) * REST * 130 / 100);
    }
    let gaps = u32::try_from(rows.len().saturating_sub(1)).unwrap_or(u32::MAX) * style.density.gap();
    let list = rows.iter().sum::<u32>() + gaps;
    list.max(style.density.date()) + style.density.padding() + RULE
}

/// The height of a sheet's days.
pub fn sheet_height(days: &[Day], sheet: &[Part], style: Style) -> u32 {
    sheet
        .iter()
        .map(|part| part_height(&days[part.day], &part.entries, style))
        .sum()
}

/// Lays a week out.
///
/// What is promised: every entry stands on exactly one sheet, in order; no sheet is higher than [`ROOM`] as long as no single entry is;
/// no title is smaller than [`SMALLEST_TITLE`]; there is at least one sheet.
pub fn layout(days: &[Day]) -> Layout {
    for count in 1..=days.len().max(1) {
        for style in STYLES {
            if let Some(sheets) = divided(days, count, style) {
                return Layout { style, sheets };
            }
        }
    }
    // Not even a sheet for each day is enough: days are broken.
    let style = STYLES[STYLES.len() - 1];
    Layout {
        style,
        sheets: broken(days, style),
    }
}

fn whole(days: &[Day], range: Range<usize>) -> Vec<Part> {
    range
        .map(|day| Part {
            day,
            entries: 0..days[day].entries.len(),
        })
        .collect()
}

/// The days on `count` sheets, none of them broken, the fullest sheet as empty as can be; nothing when they do not fit.
fn divided(days: &[Day], count: usize, style: Style) -> Option<Vec<Vec<Part>>> {
    let heights: Vec<u32> = days
        .iter()
        .map(|day| part_height(day, &(0..day.entries.len()), style))
        .collect();
    let fits = |range: &Range<usize>| {
        let entries: usize = days[range.clone()].iter().map(|day| day.entries.len()).sum();
        let height: u32 = heights[range.clone()].iter().sum();
        (height <= ROOM && (!style.second_lines || entries <= MOST_WITH_SECOND_LINES)).then_some(height)
    };
    // Best way to put the first n days on so many sheets: how full the fullest is, and where the last one begins.
    let mut best: Vec<Option<(u32, Vec<usize>)>> = (0..=days.len())
        .map(|n| fits(&(0..n)).map(|height| (height, vec![0])))
        .collect();
    for _ in 1..count {
        best = (0..=days.len())
            .map(|n| {
                (1..n)
                    .filter_map(|cut| {
                        let (fullest, starts) = best[cut].as_ref()?;
                        let height = fits(&(cut..n))?;
                        let starts = starts.iter().copied().chain([cut]).collect();
                        Some(((*fullest).max(height), starts))
                    })
                    .min()
            })
            .collect();
    }
    let (_, starts) = best.pop().flatten()?;
    let ends = starts.iter().skip(1).copied().chain([days.len()]);
    Some(
        starts
            .iter()
            .zip(ends)
            .map(|(start, end)| whole(days, *start..end))
            .collect(),
    )
}

/// The days one after the other, a new sheet wherever the next entry does not fit.
fn broken(days: &[Day], style: Style) -> Vec<Vec<Part>> {
    let mut sheets: Vec<Vec<Part>> = vec![Vec::new()];
    let mut used = 0;
    for (index, day) in days.iter().enumerate() {
        let mut from = 0;
        loop {
            let part = |to: usize| part_height(day, &(from..to), style);
            let fitting = (from..=day.entries.len()).rev().find(|to| used + part(*to) <= ROOM);
            let is_first = sheets.last().is_some_and(Vec::is_empty);
            let to = match fitting {
                // A date with nothing beside it says less than nothing.
                Some(to) if to > from || day.entries.is_empty() => to,
                // Higher than a whole sheet: it stands alone and is cut at the foot.
                _ if is_first => (from + 1).min(day.entries.len()),
                _ => {
                    sheets.push(Vec::new());
                    used = 0;
                    continue;
                }
            };
            used += part(to);
            if let Some(sheet) = sheets.last_mut() {
                sheet.push(Part {
                    day: index,
                    entries: from..to,
                });
            }
            from = to;
            if from >= day.entries.len() {
                break;
            }
        }
    }
    sheets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usual() -> Entry {
        Entry {
            title: "艾灸理疗".to_owned(),
            second: "老师先问有没有不舒服".to_owned(),
            venue: "老年活动室".to_owned(),
            detail: "藏御堂体验馆 熊老师".to_owned(),
            ..Entry::default()
        }
    }

    fn week(counts: [usize; 7], entry: &Entry) -> Vec<Day> {
        counts
            .into_iter()
            .map(|count| Day {
                rest: String::new(),
                entries: vec![entry.clone(); count],
            })
            .collect()
    }

    /// What must be true of every layout.
    fn check(days: &[Day]) -> Layout {
        let layout = layout(days);
        assert!(!layout.sheets.is_empty());
        assert!(layout.style.density.title() >= SMALLEST_TITLE);
        let mut told: Vec<(usize, usize)> = Vec::new();
        for sheet in &layout.sheets {
            let height = sheet_height(days, sheet, layout.style);
            assert!(height <= ROOM, "{height} of {ROOM}");
            let entries: usize = sheet.iter().map(|part| part.entries.len()).sum();
            assert!(!layout.style.second_lines || entries <= MOST_WITH_SECOND_LINES);
            told.extend(
                sheet
                    .iter()
                    .flat_map(|part| part.entries.clone().map(|entry| (part.day, entry))),
            );
        }
        let all: Vec<(usize, usize)> = days
            .iter()
            .enumerate()
            .flat_map(|(day, one)| (0..one.entries.len()).map(move |entry| (day, entry)))
            .collect();
        assert_eq!(told, all, "every session stands on exactly one sheet");
        layout
    }

    #[test]
    fn second_lines_go_first_then_titles_get_smaller_then_there_are_two_sheets() {
        let table = [
            ([0, 0, 0, 0, 0, 0, 0], 1, Density::Roomy, true),
            ([1, 0, 0, 0, 0, 0, 0], 1, Density::Roomy, true),
            ([2, 2, 2, 2, 2, 1, 1], 1, Density::Roomy, true),
            ([2, 2, 2, 2, 2, 2, 1], 1, Density::Roomy, false),
            ([3, 3, 3, 3, 3, 3, 2], 1, Density::Close, false),
            ([4, 3, 3, 3, 3, 3, 3], 1, Density::Tight, false),
            ([6, 6, 6, 6, 6, 5, 5], 2, Density::Tight, false),
        ];
        for (counts, sheets, density, second_lines) in table {
            let layout = check(&week(counts, &usual()));
            assert_eq!(
                (layout.sheets.len(), layout.style.density, layout.style.second_lines),
                (sheets, density, second_lines),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn forty_sessions_on_one_day_and_the_longest_texts_are_more_sheets_and_all_there() {
        let long = Entry {
            title: "长".repeat(40),
            second: "长".repeat(40),
            badge: "改到12月28日".to_owned(),
            venue: "远".repeat(40),
            detail: "人".repeat(80),
            detail_stays: true,
        };
        assert!(check(&week([0, 0, 40, 0, 0, 0, 0], &usual())).sheets.len() >= 2);
        check(&week([0, 0, 40, 0, 0, 0, 0], &long));
        check(&week([2, 2, 2, 2, 2, 2, 2], &long));
    }

    fn entry() -> impl Strategy<Value = Entry> {
        (
            "[一-龥]{1,40}|[a-zA-Z ]{1,80}",
            "[一-龥，。]{0,40}",
            "|停一次|改到12月28日",
            "[一-龥]{1,40}",
            "[一-龥 ]{0,80}",
            any::<bool>(),
        )
            .prop_map(|(title, second, badge, venue, detail, detail_stays)| Entry {
                title,
                second,
                badge,
                venue,
                detail,
                detail_stays,
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_week_fits_its_sheets(days in proptest::collection::vec(
            ("|放假到10月6日 7日 周六、8日 周日照常上班", proptest::collection::vec(entry(), 0..12))
                .prop_map(|(rest, entries)| Day { rest, entries }), 7..=8)) {
            check(&days);
        }
    }
}
