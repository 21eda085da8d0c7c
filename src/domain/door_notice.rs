//! The notice on the building's door (楼栋公告): how large its lines are set and which of them are left out, so that it is one page and
//! every word on it is at least 26 points.
//!
//! What must be read stays whatever happens: what, when, where, why it changed, and the telephone. Sizes are hundredths of a
//! millimetre on A4; `assets/static/css/hang.css` sets the same ones, and A3 is the same sheet larger.

use super::measure;

/// 26 points.
pub const SMALLEST: u32 = 917;
/// The height between the head and the foot of the sheet.
pub const ROOM: u32 = 21_800;
/// The width of its lines.
const COLUMN: u32 = 17_800;

/// What a block says. The order is that of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 这一次不办了, 改时间了.
    State,
    /// The title.
    Title,
    /// Its second line.
    Slogan,
    /// When it was to be, struck.
    Before,
    /// Where it was to be, struck.
    BeforePlace,
    /// On which day it is.
    Day,
    /// At what time.
    When,
    /// Where.
    Venue,
    /// How to get there.
    Directions,
    /// Who.
    Who,
    /// Why it changed.
    Reason,
    /// When it is next.
    Next,
    /// How to sign up.
    SignUp,
    /// What to bring.
    Bring,
    /// From when to when a closure lasts.
    Span,
    /// What it shuts.
    Shut,
    /// The day of the sessions below.
    Date,
    /// One of several sessions.
    Row,
    /// How many more there are.
    More,
}

impl Kind {
    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Kind::State => "state",
            Kind::Title => "title",
            Kind::Slogan => "slogan",
            Kind::Before => "before",
            Kind::BeforePlace => "before place",
            Kind::Day => "day",
            Kind::When => "when",
            Kind::Venue => "venue",
            Kind::Directions => "way",
            Kind::Who => "who",
            Kind::Reason => "reason",
            Kind::Next => "next",
            Kind::SignUp => "sign-up",
            Kind::Bring => "bring",
            Kind::Span => "span",
            Kind::Shut => "shut",
            Kind::Date => "date",
            Kind::Row => "row",
            Kind::More => "more",
        }
    }

    /// When it is left out where not all fits: the smallest number first; none when it stays.
    fn goes(self) -> Option<u8> {
        match self {
            Kind::Bring => Some(0),
            Kind::Slogan => Some(1),
            Kind::Who => Some(2),
            Kind::Directions => Some(3),
            Kind::SignUp => Some(4),
            Kind::BeforePlace => Some(5),
            Kind::State
            | Kind::Title
            | Kind::Before
            | Kind::Day
            | Kind::When
            | Kind::Venue
            | Kind::Reason
            | Kind::Next
            | Kind::Span
            | Kind::Shut
            | Kind::Date
            | Kind::Row
            | Kind::More => None,
        }
    }
}

/// How large a notice is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As the design draws it.
    Large,
    /// Smaller.
    Middle,
    /// Titles of 13 mm.
    Small,
    /// Everything as small as it may be.
    Least,
}

impl Size {
    /// From the largest.
    pub const ALL: [Size; 4] = [Size::Large, Size::Middle, Size::Small, Size::Least];

    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Size::Large => "n0",
            Size::Middle => "n1",
            Size::Small => "n2",
            Size::Least => "n3",
        }
    }

    /// Height of a line, in hundredths of its letters, and what stands free above a block.
    fn air(self) -> (u32, u32) {
        match self {
            Size::Large | Size::Middle => (130, 400),
            Size::Small => (125, 300),
            Size::Least => (120, 200),
        }
    }

    /// The letters of a block.
    pub fn letters(self, kind: Kind) -> u32 {
        let [title, when, state, text] = match self {
            Size::Large => [2_600, 1_800, 1_700, 1_100],
            Size::Middle => [1_900, 1_500, 1_400, 1_000],
            Size::Small => [1_300, 1_200, 1_200, 930],
            Size::Least => [1_000, 1_000, 1_000, 920],
        };
        match kind {
            Kind::Title => title,
            Kind::Day | Kind::When | Kind::Venue => when,
            Kind::State => state,
            _ => text,
        }
    }
}

/// How a notice is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// How large.
    pub size: Size,
    /// Which blocks stand on it.
    pub kept: Vec<Kind>,
}

/// How high some blocks are together.
pub(super) fn height(blocks: &[(Kind, String)], size: Size) -> u32 {
    height_of(blocks.iter(), size)
}

fn kept_height(blocks: &[(Kind, String)], kept: &[Kind], size: Size) -> u32 {
    height_of(blocks.iter().filter(|(kind, _)| kept.contains(kind)), size)
}

fn height_of<'a>(blocks: impl Iterator<Item = &'a (Kind, String)>, size: Size) -> u32 {
    let (leading, gap) = size.air();
    blocks
        .filter(|(_, text)| !text.is_empty())
        .map(|(kind, text)| {
            let letters = size.letters(*kind);
            // The frame and the icon of the state, and the rule before the reason, take room from it.
            let column = match kind {
                Kind::State => COLUMN - 3_000,
                Kind::Reason => COLUMN - 600,
                _ => COLUMN,
            };
            measure::lines(text, column * 97 / letters) * letters * leading / 100 + gap
        })
        .sum()
}

/// Sets a notice: as large as everything fits; where not everything fits at the smallest size, without what matters least.
pub fn fit(blocks: &[(Kind, String)]) -> Fit {
    let mut kept: Vec<Kind> = blocks.iter().map(|(kind, _)| *kind).collect();
    for size in Size::ALL {
        if kept_height(blocks, &kept, size) <= ROOM {
            return Fit { size, kept };
        }
    }
    let mut leaving: Vec<Kind> = kept.iter().copied().filter(|kind| kind.goes().is_some()).collect();
    leaving.sort_by_key(|kind| kind.goes());
    for gone in leaving {
        kept.retain(|kind| *kind != gone);
        // With less on it, it may be larger again.
        for size in Size::ALL {
            if kept_height(blocks, &kept, size) <= ROOM {
                return Fit { size, kept };
            }
        }
    }
    Fit {
        size: Size::Least,
        kept,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(title: &str, venue: &str, way: &str, reason: &str) -> Vec<(Kind, String)> {
        [
            (Kind::State, "→ 改时间了"),
            (Kind::Title, title),
            (Kind::Slogan, "新型诈骗花样多 捂紧群众钱袋子"),
            (Kind::Before, "原来：11月25日 周三 下午6:00"),
            (Kind::BeforePlace, venue),
            (Kind::Day, "改到：11月26日 周四"),
            (Kind::When, "下午5:00 到 晚上7:00"),
            (Kind::Venue, venue),
            (Kind::Directions, way),
            (Kind::Who, "藏御堂体验馆 熊老师"),
            (Kind::Reason, reason),
            (Kind::SignUp, "要报名：打电话，或者扫码"),
            (Kind::Bring, "要带：老花镜"),
        ]
        .map(|(kind, text)| (kind, text.to_owned()))
        .to_vec()
    }

    #[test]
    fn a_usual_notice_is_large_and_the_longest_keeps_what_matters() {
        let usual = blocks("艾灸理疗", "老年活动室", "一楼", "老师有事。");
        assert_eq!(fit(&usual[1..2]).size, Size::Large);
        assert_eq!(fit(&usual).kept.len(), usual.len());
        let mut off = usual.clone();
        off.retain(|(kind, _)| !matches!(kind, Kind::Before | Kind::BeforePlace));
        off.push((Kind::Next, "下一次是 12月2日 周三 下午4:00。".to_owned()));
        assert!(fit(&off).kept.contains(&Kind::Next));
        let longest = blocks(&"长".repeat(40), &"宽".repeat(40), &"远".repeat(200), &"因".repeat(100));
        let fit = fit(&longest);
        for kind in [
            Kind::State,
            Kind::Title,
            Kind::Before,
            Kind::Day,
            Kind::When,
            Kind::Venue,
            Kind::Reason,
        ] {
            assert!(fit.kept.contains(&kind), "{kind:?}");
        }
        assert!(kept_height(&longest, &fit.kept, fit.size) <= ROOM);
    }

    #[test]
    fn no_letter_is_under_26_points() {
        for size in Size::ALL {
            for (kind, _) in blocks("", "", "", "") {
                assert!(size.letters(kind) >= SMALLEST, "{size:?} {kind:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_notice_is_one_page(title in "[一-龥]{1,40}|([a-zA-Z]{1,9} ){1,8}", venue in "[一-龥]{1,40}|([a-z]{1,9} ){1,8}",
            way in "[一-龥]{0,200}", reason in "[一-龥，。]{0,100}") {
            let blocks = blocks(&title, &venue, &way, &reason);
            let fit = fit(&blocks);
            prop_assert!(kept_height(&blocks, &fit.kept, fit.size) <= ROOM);
        }
    }
}
