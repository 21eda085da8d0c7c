//! Where cards stand on the planner: quarter-hour rows, and lanes side by side where times overlap.
//!
//! The page may carry no style of its own (the content security policy forbids it), so a place is a handful of classes out of a
//! finite set that `staff.css` knows: `r` (row), `h` (height in rows), `c…of…` (lane).

/// The board shows these hours whatever happens.
const USUAL_HOURS: (i32, i32) = (7, 18);
/// Minutes in a row.
const ROW_MINUTES: i32 = 15;
/// More lanes than this cannot be read: what overlaps further shares a lane.
const MOST_LANES: usize = 4;
/// The tallest card the style sheet knows, in rows.
const MOST_ROWS: i32 = 64;
/// A card lower than this could not be hit with a mouse, in rows.
const FEWEST_ROWS: i32 = 2;

/// A stretch of a day, minutes after local midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Start.
    pub from: i32,
    /// End; after the start.
    pub to: i32,
}

impl Span {
    /// Whether the two have a minute in common.
    pub fn meets(self, other: Span) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// The hours a board shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// First hour.
    pub first: i32,
    /// The hour it ends with.
    pub end: i32,
}

impl Hours {
    /// 7:00 to 18:00, and more where a session lies outside.
    pub fn around(spans: impl IntoIterator<Item = Span>) -> Self {
        let (first, end) = spans.into_iter().fold(USUAL_HOURS, |(first, end), span| {
            (
                first.min(span.from.div_euclid(60)),
                end.max((span.to + 59).div_euclid(60)),
            )
        });
        Self {
            first: first.clamp(0, 23),
            end: end.clamp(1, 24),
        }
    }

    /// The hours as the axis names them, the one it ends with included.
    pub fn labels(self) -> Vec<String> {
        (self.first..=self.end).map(|hour| format!("{hour}:00")).collect()
    }

    /// The classes of the line that shows the present minute; none when it is outside.
    pub fn now_line(self, minute: i32) -> Option<String> {
        let from_top = minute - self.first * 60;
        (0..(self.end - self.first) * 60).contains(&from_top).then(|| {
            let (row, rest) = (from_top / ROW_MINUTES, from_top % ROW_MINUTES);
            format!("r{row} n{}", rest / 3)
        })
    }
}

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Rows from the top.
    pub row: i32,
    /// Rows it covers.
    pub rows: i32,
    /// Its lane, from 0.
    pub lane: usize,
    /// Lanes side by side there.
    pub lanes: usize,
}

impl Place {
    /// The classes of the card's place.
    pub fn class(self) -> String {
        let side = if self.lanes > 1 { " side" } else { "" };
        format!("r{} h{} c{}of{}{side}", self.row, self.rows, self.lane + 1, self.lanes)
    }

    /// Whether there is room for one line only.
    pub fn is_thin(self) -> bool {
        self.rows <= 3
    }
}

/// The places of a column's cards, in the order given. Cards that overlap stand side by side; a group that overlaps at all
/// shares its number of lanes, so that edges line up.
pub fn lay_out(hours: Hours, spans: &[Span]) -> Vec<Place> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| (spans[index].from, -spans[index].to, index));
    let mut places: Vec<Option<Place>> = vec![None; spans.len()];
    let mut group: Vec<(usize, usize)> = Vec::new();
    let mut lane_ends: Vec<i32> = Vec::new();
    let mut group_end = i32::MIN;
    for index in order {
        let span = spans[index];
        if span.from >= group_end {
            close(hours, spans, &mut group, lane_ends.len(), &mut places);
            lane_ends.clear();
        }
        let free = lane_ends.iter().position(|end| *end <= span.from);
        let lane = free.unwrap_or_else(|| {
            lane_ends.push(span.from);
            lane_ends.len() - 1
        });
        lane_ends[lane] = span.to;
        group_end = if group.is_empty() {
            span.to
        } else {
            group_end.max(span.to)
        };
        group.push((index, lane));
    }
    close(hours, spans, &mut group, lane_ends.len(), &mut places);
    places.into_iter().flatten().collect()
}

fn close(hours: Hours, spans: &[Span], group: &mut Vec<(usize, usize)>, lanes: usize, places: &mut [Option<Place>]) {
    let lanes = lanes.clamp(1, MOST_LANES);
    let last = (hours.end - hours.first) * 60 / ROW_MINUTES;
    for (index, lane) in group.drain(..) {
        let span = spans[index];
        let row = ((span.from - hours.first * 60) / ROW_MINUTES).clamp(0, last - FEWEST_ROWS);
        let bottom = (span.to - hours.first * 60 + ROW_MINUTES - 1) / ROW_MINUTES;
        places[index] = Some(Place {
            row,
            rows: (bottom - row).clamp(FEWEST_ROWS, MOST_ROWS.min(last - row)),
            lane: lane % lanes,
            lanes,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Hours = Hours { first: 7, end: 18 };

    fn span(from: (i32, i32), to: (i32, i32)) -> Span {
        Span {
            from: from.0 * 60 + from.1,
            to: to.0 * 60 + to.1,
        }
    }

    fn classes(spans: &[Span]) -> Vec<String> {
        lay_out(DAY, spans).into_iter().map(Place::class).collect()
    }

    #[test]
    fn a_card_alone_has_the_whole_width_of_its_day() {
        assert_eq!(classes(&[span((9, 0), (11, 0))]), ["r8 h8 c1of1"]);
        assert_eq!(classes(&[span((9, 30), (10, 10))]), ["r10 h3 c1of1"]);
    }

    #[test]
    fn cards_that_overlap_stand_side_by_side_and_the_next_has_the_width_again() {
        let spans = [span((8, 30), (10, 0)), span((9, 0), (11, 0)), span((11, 0), (12, 0))];
        assert_eq!(
            classes(&spans),
            ["r6 h6 c1of2 side", "r8 h8 c2of2 side", "r16 h4 c1of1"]
        );
    }

    #[test]
    fn a_lane_is_used_again_inside_its_group() {
        let spans = [span((9, 0), (12, 0)), span((9, 0), (10, 0)), span((10, 0), (11, 0))];
        let lanes: Vec<_> = lay_out(DAY, &spans).into_iter().map(|p| (p.lane, p.lanes)).collect();
        assert_eq!(lanes, [(0, 2), (1, 2), (1, 2)]);
    }

    #[test]
    fn the_board_grows_for_what_lies_outside_its_hours() {
        assert_eq!(Hours::around([]), DAY);
        assert_eq!(
            Hours::around([span((6, 30), (7, 30)), span((19, 0), (20, 30))]),
            Hours { first: 6, end: 21 }
        );
        assert_eq!(Hours::around([span((18, 0), (24, 0))]).end, 24);
    }

    #[test]
    fn the_axis_names_the_hour_the_board_ends_with() {
        let labels = DAY.labels();
        assert_eq!(labels.first().map(String::as_str), Some("7:00"));
        assert_eq!(labels.last().map(String::as_str), Some("18:00"));
    }

    #[test]
    fn the_now_line_is_there_only_inside_the_board() {
        assert_eq!(DAY.now_line(8 * 60 + 9), Some("r4 n3".to_owned()));
        assert_eq!(DAY.now_line(6 * 60 + 59), None);
        assert_eq!(DAY.now_line(18 * 60), None);
    }

    proptest! {
        #[test]
        fn no_two_cards_share_a_lane_at_one_time_while_lanes_last(
            starts in proptest::collection::vec((420..1000_i32, 5..120_i32), 1..20)
        ) {
            let spans: Vec<Span> = starts.iter().map(|(from, length)| Span { from: *from, to: from + length }).collect();
            let places = lay_out(DAY, &spans);
            prop_assert_eq!(places.len(), spans.len());
            for a in 0..spans.len() {
                prop_assert!(places[a].lane < places[a].lanes && places[a].lanes <= MOST_LANES);
                prop_assert!(places[a].row >= 0 && places[a].row + places[a].rows <= 44);
                for b in 0..a {
                    if spans[a].meets(spans[b]) {
                        prop_assert_eq!(places[a].lanes, places[b].lanes);
                        if places[a].lanes < MOST_LANES {
                            prop_assert_ne!(places[a].lane, places[b].lane);
                        }
                    }
                }
            }
        }
    }
}
