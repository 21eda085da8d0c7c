//! A stacked bar: one whole, its parts side by side, each with its own pattern, and the counts in words under it.

use super::month::Number;

/// Width of the drawing, in its own units.
const WIDTH: f64 = 560.0;

/// A part of the whole.
pub struct Part {
    /// Left edge.
    pub x: String,
    /// Width.
    pub width: String,
    /// Its pattern, 1 to 3.
    pub pattern: usize,
    /// What it is called.
    pub name: String,
    /// Its number, which opens what stands behind it.
    pub number: Number,
}

/// The whole.
pub struct Stacked {
    /// Id of its heading.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// Its parts; those of nought take no room but stand in words.
    pub parts: Vec<Part>,
}

impl Stacked {
    /// Draws parts of these sizes.
    pub fn of(id: &'static str, title: String, parts: Vec<(i64, String, Number)>) -> Self {
        let whole: i64 = parts.iter().map(|(count, ..)| *count).sum();
        let mut x = 0.0;
        let parts = parts
            .into_iter()
            .zip(1..)
            .map(|((count, name, number), pattern)| {
                let width = if whole > 0 {
                    count as f64 / whole as f64 * WIDTH
                } else {
                    0.0
                };
                let part = Part {
                    x: format!("{x:.1}"),
                    width: format!("{width:.1}"),
                    pattern,
                    name,
                    number,
                };
                x += width;
                part
            })
            .collect();
        Self { id, title, parts }
    }
}
