//! Lines of cells become a table: the header is found, columns nobody asked for are dropped as they come.

use super::refused;
use crate::domain::resident_import::header::{self, NoHeader};
use crate::domain::resident_import::{Cell, HEADER_WITHIN, MOST_COLUMNS, MOST_ROWS, RawRow, Table};
use crate::services::{Error, FieldError, Result};

/// All text that is kept of a file, bytes: a full list with long addresses takes five.
const KEPT_BYTES: usize = 24 * 1024 * 1024;

/// A line: its number from 1, and its cells with their columns from 0.
pub(super) struct Line {
    pub number: u32,
    pub cells: Vec<(usize, Cell)>,
}

/// What stands over a line that is not the header's own: the label above and the columns it spans.
pub(super) type SecondLine = Box<dyn Fn(u32) -> Option<Vec<(usize, usize)>>>;

/// A table under construction.
pub(super) struct Lines {
    first: Vec<Line>,
    table: Table,
    /// Columns up to the last one with a header; none until it is found.
    width: Option<usize>,
    /// Whether what stands beyond the header means that columns have slipped.
    strict: bool,
    kept: usize,
    spans: SecondLine,
}

impl Lines {
    /// `spans` says, for the number of a header line, which of its labels span several columns when the header has a second line.
    pub(super) fn new(strict: bool, spans: SecondLine) -> Self {
        Self {
            first: Vec::new(),
            table: Table::default(),
            width: None,
            strict,
            kept: 0,
            spans,
        }
    }

    /// Takes a line; one with nothing in it is passed over.
    pub(super) fn push(&mut self, mut line: Line) -> Result<()> {
        line.cells.retain(|(_, cell)| !cell.is_empty());
        if line.cells.is_empty() {
            return Ok(());
        }
        if line.cells.iter().any(|(at, _)| *at >= MOST_COLUMNS) {
            return Err(limit("residents-columns", MOST_COLUMNS, line.number));
        }
        if self.width.is_some() {
            return self.row(line);
        }
        self.first.push(line);
        if self.first.len() == HEADER_WITHIN {
            self.settle_header()?;
        }
        Ok(())
    }

    /// The table.
    pub(super) fn finish(mut self) -> Result<Table> {
        if self.width.is_none() {
            self.settle_header()?;
        }
        Ok(self.table)
    }

    fn settle_header(&mut self) -> Result<()> {
        let lines: Vec<Vec<String>> = self.first.iter().map(labels).collect();
        let at = header::find(&lines).map_err(|why| match why {
            NoHeader::Nowhere => refused("residents-no-header"),
            NoHeader::NoName { labels } => {
                Error::Invalid(vec![FieldError::new("file", "residents-no-name", labels.join("、"))])
            }
        })?;
        let mut labels = lines.get(at).cloned().unwrap_or_default();
        let mut below = at + 1;
        let number = self.first.get(at).map_or(0, |line| line.number);
        let second = self.first.get(below).filter(|line| line.number == number + 1);
        if let (Some(spans), Some(second)) = ((self.spans)(number), second) {
            join(&mut labels, &self::labels(second), &spans);
            below += 1;
        }
        let columns = header::columns(&labels);
        self.width = Some(labels.len());
        self.table.places = columns.places;
        self.table.unread = columns.unread;
        self.table.sensitive = columns.sensitive;
        for line in std::mem::take(&mut self.first).into_iter().skip(below) {
            self.row(line)?;
        }
        Ok(())
    }

    fn row(&mut self, line: Line) -> Result<()> {
        let width = self.width.unwrap_or_default();
        let longer = self.strict && line.cells.iter().any(|(at, _)| *at >= width);
        let empty = || Cell::Text(String::new());
        let cells: Vec<Cell> = self
            .table
            .places
            .iter()
            .map(|place| {
                let cell = line.cells.iter().find(|(at, _)| *at == place.at);
                cell.map_or_else(empty, |(_, cell)| cell.clone())
            })
            .collect();
        if cells.iter().all(Cell::is_empty) && !longer {
            return Ok(());
        }
        if self.table.rows.len() == MOST_ROWS {
            return Err(limit("residents-rows", MOST_ROWS, line.number));
        }
        self.kept += cells.iter().map(|cell| cell.value().len()).sum::<usize>();
        if self.kept > KEPT_BYTES {
            return Err(limit("residents-text", KEPT_BYTES / (1024 * 1024), line.number));
        }
        self.table.rows.push(RawRow {
            number: line.number,
            cells,
            longer,
        });
        Ok(())
    }
}

fn limit(code: &'static str, max: usize, row: u32) -> Error {
    Error::Invalid(vec![
        FieldError::new("file", code, "").with("max", max).with("row", row),
    ])
}

fn labels(line: &Line) -> Vec<String> {
    let width = line.cells.iter().map(|(at, _)| at + 1).max().unwrap_or_default();
    let mut labels = vec![String::new(); width];
    for (at, cell) in &line.cells {
        cell.value().clone_into(&mut labels[*at]);
    }
    labels
}

/// Brings the second line of a header into the first: 家属 over 姓名 and 电话 becomes 家属姓名 and 家属电话.
fn join(first: &mut Vec<String>, second: &[String], spans: &[(usize, usize)]) {
    first.resize(first.len().max(second.len()), String::new());
    let above = first.clone();
    for (at, below) in second.iter().enumerate().filter(|(_, below)| !below.trim().is_empty()) {
        let from = spans
            .iter()
            .find(|(from, to)| (*from..=*to).contains(&at))
            .map_or(at, |(from, _)| *from);
        first[at] = format!("{}{below}", above[from]);
    }
}
