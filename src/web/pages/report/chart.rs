//! The bars of the last months: coordinates for an SVG, with the same numbers as a table under it.

use crate::domain::calendar::format::month_short;
use crate::domain::lang::Lang;
use crate::domain::period::YearMonth;
use crate::services::report::TrendMonth;

/// Where the bars stand, in the drawing's own units.
const LEFT: f64 = 40.0;
const BOTTOM: f64 = 178.0;
const TALLEST: f64 = 148.5;
const STEP: f64 = 42.0;
const BAR: f64 = 26.0;

/// A line of the scale.
pub struct Tick {
    /// Height.
    pub y: String,
    /// Baseline of its number.
    pub text_y: String,
    /// Its number.
    pub value: i64,
}

/// One bar.
pub struct Bar {
    /// Left edge.
    pub x: String,
    /// Top edge.
    pub y: String,
    /// Height.
    pub height: String,
    /// Height of the part without names, which stands on top.
    pub anonymous_height: String,
    /// Middle, for the words.
    pub middle: String,
    /// Baseline of the number above it.
    pub value_y: String,
    /// The number.
    pub value: i64,
    /// The part of it without names.
    pub anonymous: i64,
    /// 人数.
    pub people: i64,
    /// The month.
    pub month: YearMonth,
    /// Its name, short.
    pub name: &'static str,
    /// The month the page is about.
    pub on: bool,
}

/// The drawing.
pub struct Chart {
    /// Lines of the scale, from 0.
    pub ticks: Vec<Tick>,
    /// Bars, oldest first.
    pub bars: Vec<Bar>,
}

/// The distance between two lines of a scale that reaches `largest` with three of them: 1, 1.5, 2, 3 or 5 times a power of ten.
fn step(largest: i64) -> i64 {
    let wanted = (largest + 2) / 3;
    let mut power = 1;
    loop {
        for tenths in [10, 15, 20, 30, 50] {
            let step = tenths * power;
            if step % 10 == 0 && step / 10 >= wanted {
                return step / 10;
            }
        }
        power *= 10;
    }
}

fn unit(value: f64) -> String {
    format!("{value:.1}")
}

impl Chart {
    /// Draws the months; the last one is the page's.
    pub fn of(months: &[TrendMonth], lang: Lang) -> Self {
        let largest = months.iter().map(|one| one.visits).max().unwrap_or_default();
        let step = step(largest.max(1));
        let top = (step * 3) as f64;
        let height = |value: i64| value as f64 / top * TALLEST;
        let ticks = (0..=3)
            .map(|n| {
                let y = BOTTOM - height(n * step);
                Tick {
                    y: unit(y),
                    text_y: unit(y + 5.0),
                    value: n * step,
                }
            })
            .collect();
        let last = months.len().saturating_sub(1);
        let bars = months
            .iter()
            .enumerate()
            .map(|(n, one)| {
                let x = LEFT + 8.0 + STEP * n as f64;
                let anonymous = height(one.anonymous);
                let height = height(one.visits);
                Bar {
                    x: unit(x),
                    y: unit(BOTTOM - height),
                    height: unit(height),
                    anonymous_height: unit(anonymous),
                    middle: unit(x + BAR / 2.0),
                    value_y: unit(BOTTOM - height - 8.0),
                    value: one.visits,
                    anonymous: one.anonymous,
                    people: one.people,
                    month: one.month,
                    name: month_short(one.month.month(), lang),
                    on: n == last,
                }
            })
            .collect();
        Self { ticks, bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_reaches_the_tallest_bar_with_round_numbers() {
        for (largest, expected) in [
            (1, 1),
            (3, 1),
            (4, 2),
            (9, 3),
            (10, 5),
            (40, 15),
            (420, 150),
            (451, 200),
            (10_000, 5_000),
        ] {
            assert_eq!(step(largest), expected, "{largest}");
            assert!(expected * 3 >= largest);
        }
    }

    #[test]
    fn bars_are_as_tall_as_their_numbers() {
        let month = |n, visits| TrendMonth {
            month: YearMonth::new(2023, n).expect("a month"),
            visits,
            anonymous: visits / 3,
            people: 0,
        };
        let chart = Chart::of(&[month(8, 225), month(9, 450)], Lang::Zh);
        let heights: Vec<&str> = chart.bars.iter().map(|bar| bar.height.as_str()).collect();
        assert_eq!(heights, ["74.2", "148.5"]);
        assert_eq!(chart.bars[1].anonymous_height, "49.5");
        assert!(chart.bars[1].on && !chart.bars[0].on);
        let ticks: Vec<i64> = chart.ticks.iter().map(|tick| tick.value).collect();
        assert_eq!(ticks, [0, 150, 300, 450]);
    }
}
