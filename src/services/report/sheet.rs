//! The report as a file: XLSX for Excel and WPS, CSV for everything else. Numbers are numbers; everything else is text and nothing is
//! a formula, whatever a title begins with.

use jiff::civil::Date;
use rust_xlsxwriter::{Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Behind, District, Reported, Totals};
use crate::domain::attendance::Answers;
use crate::domain::calendar::format::full_date;
use crate::domain::period::{Period, PeriodKind};
use crate::domain::report::{Figures, GridLine, Label, Line, Subject};
use crate::services::wording::Words;
use crate::services::{Error, Result};

/// Excel's serial day numbers count from 1899-12-30, so that 1 March 1900 and later come out right.
const EXCEL_EPOCH: Date = Date::constant(1899, 12, 30);

/// One value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::services) enum Cell {
    Text(String),
    Count(i64),
    Decimal(f64),
    Share(f64),
    Day(Date),
    Nothing,
}

impl Cell {
    fn decimal(value: Option<f64>) -> Self {
        value.map_or(Cell::Nothing, Cell::Decimal)
    }

    fn share(value: Option<f64>) -> Self {
        value.map_or(Cell::Nothing, Cell::Share)
    }

    fn count(value: Option<i64>) -> Self {
        value.map_or(Cell::Nothing, Cell::Count)
    }
}

/// A table with its name, its header and a width for each column, characters.
struct Table {
    name: String,
    header: Vec<(String, f64)>,
    rows: Vec<Vec<Cell>>,
}

/// The name of a line for people: its label, or what stands for it.
pub fn line_name(words: Words, subject: &Subject, label: &Label) -> String {
    match subject {
        Subject::All => words.t("report-all"),
        Subject::Partner(None) => words.t("report-own"),
        Subject::Grid(None) => words.t("report-no-grid"),
        Subject::Kind(kind) => kind_name(words, kind),
        _ => words.pick(&label.zh, &label.en).to_owned(),
    }
}

/// The name of a kind of programme.
pub fn kind_name(words: Words, kind: &str) -> String {
    words
        .find(&format!("report-kind-{}", kind.replace('_', "-")))
        .unwrap_or_else(|| kind.to_owned())
}

/// A period in words: `2026年10月`, or its first and last day.
pub fn period_name(words: Words, period: Period) -> String {
    match period.kind() {
        PeriodKind::Month(month) => {
            crate::domain::calendar::format::year_month(month.year(), month.month(), words.lang)
        }
        PeriodKind::Quarter(year, quarter) => words.aa("report-quarter", "year", year, "quarter", quarter),
        PeriodKind::Year(year) => words.a("report-year", "year", year),
        PeriodKind::Days => words.aa(
            "report-period",
            "first",
            full_date(period.first(), words.lang),
            "last",
            full_date(period.last(), words.lang),
        ),
    }
}

fn summary(words: Words, reported: &Reported) -> Table {
    let report = &reported.report;
    let figures = report.total;
    let coverage = report.coverage;
    let counted_on = coverage.counted_on.map_or(Cell::Nothing, Cell::Day);
    let rows = [
        (
            "report-community",
            Cell::Text(
                words
                    .pick(&reported.community.name, &reported.community.name_en)
                    .to_owned(),
            ),
        ),
        ("report-days", Cell::Text(period_name(words, report.period))),
        ("report-sessions", Cell::Count(figures.sessions)),
        ("report-visits", Cell::Count(figures.visits)),
        ("report-people-named", Cell::Count(figures.people)),
        ("report-anonymous", Cell::Count(figures.anonymous_visits)),
        ("report-seniors", Cell::Count(figures.seniors)),
        ("report-elders", Cell::Count(figures.elders)),
        ("report-alone", Cell::Count(figures.alone)),
        ("report-newcomers", Cell::Count(report.newcomers)),
        ("report-average", Cell::decimal(figures.average())),
        ("report-satisfaction", Cell::share(figures.answers.ratio())),
        ("report-answers", Cell::Count(figures.answers.count())),
        (
            "report-registered",
            Cell::count((coverage.registered > 0).then_some(coverage.registered)),
        ),
        ("report-counted-on", counted_on),
        ("report-coverage", Cell::share(coverage.ratio())),
        ("report-once", Cell::Count(report.how_often.once)),
        ("report-sometimes", Cell::Count(report.how_often.sometimes)),
        ("report-regularly", Cell::Count(report.how_often.regularly)),
        ("report-cancelled", Cell::Count(report.cancelled)),
        ("report-moved", Cell::Count(report.moved)),
    ];
    Table {
        name: words.t("report-sheet-summary"),
        header: vec![(words.t("report-figure"), 26.0), (words.t("report-value"), 24.0)],
        rows: rows
            .into_iter()
            .map(|(key, value)| (words.t(key), value))
            .chain(compared(words, reported))
            .map(|(name, value)| vec![Cell::Text(name), value])
            .collect(),
    }
}

fn figure_header(words: Words, first: &str) -> Vec<(String, f64)> {
    let mut header = vec![(words.t(first), 28.0)];
    for key in [
        "report-sessions",
        "report-visits",
        "report-people-named",
        "report-anonymous",
        "report-seniors",
        "report-elders",
        "report-alone",
        "report-average",
        "report-satisfaction",
        "report-answers",
    ] {
        header.push((words.t(key), 12.0));
    }
    header
}

fn figure_row(name: String, figures: &Figures) -> Vec<Cell> {
    vec![
        Cell::Text(name),
        Cell::Count(figures.sessions),
        Cell::Count(figures.visits),
        Cell::Count(figures.people),
        Cell::Count(figures.anonymous_visits),
        Cell::Count(figures.seniors),
        Cell::Count(figures.elders),
        Cell::Count(figures.alone),
        Cell::decimal(figures.average()),
        Cell::share(figures.answers.ratio()),
        Cell::Count(figures.answers.count()),
    ]
}

fn lines(words: Words, sheet: &str, first: &str, lines: &[Line], total: &Figures) -> Table {
    let mut rows: Vec<Vec<Cell>> = lines
        .iter()
        .map(|line| figure_row(line_name(words, &line.subject, &line.label), &line.figures))
        .collect();
    rows.push(figure_row(words.t("report-total"), total));
    Table {
        name: words.t(sheet),
        header: figure_header(words, first),
        rows,
    }
}

fn grids(words: Words, grids: &[GridLine], total: &Figures) -> Table {
    let mut rows: Vec<Vec<Cell>> = grids
        .iter()
        .map(|line| {
            let name = line_name(
                words,
                &Subject::Grid(line.grid),
                &Label {
                    zh: line.name.clone(),
                    en: String::new(),
                },
            );
            vec![
                Cell::Text(name),
                Cell::Count(line.visits),
                Cell::Count(line.people),
                Cell::Count(line.seniors),
                Cell::count(line.seniors_registered),
                Cell::share(line.ratio()),
            ]
        })
        .collect();
    rows.push(vec![
        Cell::Text(words.t("report-anonymous")),
        Cell::Count(total.anonymous_visits),
        Cell::Nothing,
        Cell::Nothing,
        Cell::Nothing,
        Cell::Nothing,
    ]);
    rows.push(vec![
        Cell::Text(words.t("report-total")),
        Cell::Count(total.visits),
        Cell::Count(total.people),
        Cell::Nothing,
        Cell::Nothing,
        Cell::Nothing,
    ]);
    let mut header = vec![(words.t("report-grid"), 28.0)];
    for key in [
        "report-visits",
        "report-people",
        "report-seniors",
        "report-registered",
        "report-share",
    ] {
        header.push((words.t(key), 16.0));
    }
    Table {
        name: words.t("report-sheet-grids"),
        header,
        rows,
    }
}

fn sessions(words: Words, reported: &Reported, behind: &[Behind]) -> Table {
    let zone = &reported.community.zone;
    let name = |label: &Label| Cell::Text(words.pick(&label.zh, &label.en).to_owned());
    let rows = behind.iter().rev().map(|session| {
        let start = session.starts_at.to_zoned(zone.clone());
        vec![
            Cell::Day(start.date()),
            Cell::Text(format!("{:02}:{:02}", start.hour(), start.minute())),
            name(&session.title),
            name(&session.venue),
            name(&session.facilitator),
            Cell::Count(session.tally.named.into()),
            Cell::Count(session.tally.headcount.into()),
            Cell::Count(session.tally.visits()),
            Cell::share(session.answers.ratio()),
            Cell::Count(Answers::count(session.answers)),
        ]
    });
    let header = [
        ("report-date", 12.0),
        ("report-time", 8.0),
        ("report-programme", 28.0),
        ("report-venue", 18.0),
        ("report-facilitator", 14.0),
        ("report-named", 10.0),
        ("report-anonymous", 12.0),
        ("report-visits", 10.0),
        ("report-satisfaction", 10.0),
        ("report-answers", 10.0),
    ];
    Table {
        name: words.t("report-sheet-sessions"),
        rows: rows.collect(),
        header: header.into_iter().map(|(key, width)| (words.t(key), width)).collect(),
    }
}

fn tables(words: Words, reported: &Reported, behind: &[Behind]) -> Vec<Table> {
    let report = &reported.report;
    let total = &report.total;
    vec![
        summary(words, reported),
        lines(
            words,
            "report-sheet-programmes",
            "report-programme",
            &report.by_programme,
            total,
        ),
        lines(
            words,
            "report-sheet-partners",
            "report-partner",
            &report.by_partner,
            total,
        ),
        lines(words, "report-sheet-venues", "report-venue", &report.by_venue, total),
        lines(words, "report-sheet-kinds", "report-kind", &report.by_kind, total),
        grids(words, &report.by_grid, total),
        sessions(words, reported, behind),
        corrections(words, reported),
    ]
}

/// What was corrected after the month was reported; a header alone when nothing was.
fn corrections(words: Words, reported: &Reported) -> Table {
    let zone = &reported.community.zone;
    let day = |at: jiff::Timestamp| Cell::Day(at.to_zoned(zone.clone()).date());
    let corrections = reported.frozen.iter().flat_map(|frozen| &frozen.corrections);
    let rows = corrections.map(|one| {
        let visits = one.visits();
        vec![
            day(one.starts_at),
            Cell::Text(words.pick(&one.title.zh, &one.title.en).to_owned()),
            Cell::Count(visits.reported),
            Cell::Count(visits.now),
            Cell::Count(visits.difference()),
            Cell::Count(one.answers_added.into()),
            Cell::Text(one.reason.clone()),
            Cell::Text(one.by.clone()),
            day(one.at),
        ]
    });
    let header = [
        ("report-date", 12.0),
        ("report-programme", 24.0),
        ("month-before", 10.0),
        ("month-after", 10.0),
        ("month-difference", 10.0),
        ("month-answers-added", 12.0),
        ("month-reason", 36.0),
        ("month-who", 14.0),
        ("month-when", 12.0),
    ];
    Table {
        name: words.t("report-sheet-corrections"),
        rows: rows.collect(),
        header: header.into_iter().map(|(key, width)| (words.t(key), width)).collect(),
    }
}

/// The reported figures beside those of now, for the first sheet and the CSV file; nothing when the month was not reported.
fn compared(words: Words, reported: &Reported) -> Vec<(String, Cell)> {
    let Some(frozen) = &reported.frozen else {
        return Vec::new();
    };
    let visits = frozen.visits(&reported.report);
    let on = frozen.reported_at.to_zoned(reported.community.zone.clone()).date();
    vec![
        (words.t("month-reported-on"), Cell::Day(on)),
        (words.t("month-reporter"), Cell::Text(frozen.reporter.clone())),
        (words.t("month-reported-visits"), Cell::Count(visits.reported)),
        (words.t("month-reported-people"), Cell::Count(frozen.figures.people)),
        (words.t("month-reported-sessions"), Cell::Count(frozen.figures.sessions)),
        (words.t("month-corrected-by"), Cell::Count(visits.difference())),
    ]
}

/// The district's table as a workbook.
///
/// # Errors
/// [`Error::Internal`] when the workbook cannot be written.
pub fn district_xlsx(words: Words, district: &District) -> Result<Vec<u8>> {
    let counts = |totals: &Totals| {
        [
            totals.sessions,
            totals.visits,
            totals.people,
            totals.anonymous_visits,
            totals.households,
            totals.needs_recorded,
            totals.needs_resolved,
        ]
        .map(Cell::Count)
    };
    let row = |first: String, second: String, totals: &Totals| {
        let mut row = vec![Cell::Text(first), Cell::Text(second)];
        row.extend(counts(totals));
        row
    };
    let mut header = vec![
        (words.t("report-subdistrict"), 18.0),
        (words.t("report-community"), 18.0),
    ];
    for key in [
        "report-sessions",
        "report-visits",
        "report-people-named",
        "report-anonymous",
        "report-households",
        "report-needs-recorded",
        "report-needs-resolved",
    ] {
        header.push((words.t(key), 12.0));
    }
    let mut rows = Vec::new();
    for street in district.subdistricts() {
        for (community, totals) in &street.communities {
            let name = words.pick(&community.name, &community.name_en).to_owned();
            rows.push(row(street.name.clone(), name, totals));
        }
        rows.push(row(street.name.clone(), words.t("report-subtotal"), &street.total));
    }
    rows.push(row(
        words.t("report-total"),
        period_name(words, district.period),
        &district.total,
    ));
    workbook(&[Table {
        name: words.t("report-sheet-summary"),
        header,
        rows,
    }])
}

/// The report as an XLSX workbook (ECMA-376), one sheet per table, header rows frozen.
///
/// # Errors
/// [`Error::Internal`] when the workbook cannot be written.
pub fn xlsx(words: Words, reported: &Reported, behind: &[Behind]) -> Result<Vec<u8>> {
    workbook(&tables(words, reported, behind))
}

fn workbook(tables: &[Table]) -> Result<Vec<u8>> {
    let write = || -> std::result::Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let formats = Formats::new();
        for table in tables {
            fill(workbook.add_worksheet(), table, &formats)?;
        }
        workbook.save_to_buffer()
    };
    write().map_err(|error| Error::Internal(format!("the workbook cannot be written: {error}")))
}

struct Formats {
    header: Format,
    text: Format,
    count: Format,
    decimal: Format,
    share: Format,
    day: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            header: Format::new()
                .set_bold()
                .set_border_bottom(FormatBorder::Thin)
                .set_text_wrap(),
            text: Format::new().set_num_format("@"),
            count: Format::new().set_num_format("#,##0"),
            decimal: Format::new().set_num_format("0.0"),
            share: Format::new().set_num_format("0%"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
        }
    }
}

fn fill(sheet: &mut Worksheet, table: &Table, formats: &Formats) -> std::result::Result<(), XlsxError> {
    sheet.set_name(&table.name)?;
    sheet.set_freeze_panes(1, 0)?;
    // A4, the width of one page, its header on every page.
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    if table.header.len() > 6 {
        sheet.set_landscape();
    }
    sheet.set_repeat_rows(0, 0)?;
    let (rows, columns) = (table.rows.len(), table.header.len());
    if let (Ok(last_row @ 1..), Ok(columns @ 3..)) = (u32::try_from(rows), u16::try_from(columns)) {
        sheet.autofilter(0, 0, last_row, columns - 1)?;
    }
    for (column, (title, width)) in (0u16..).zip(&table.header) {
        sheet.write_string_with_format(0, column, title, &formats.header)?;
        sheet.set_column_width(column, *width)?;
    }
    for (row, cells) in (1u32..).zip(&table.rows) {
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Nothing => continue,
                Cell::Text(text) => sheet.write_string_with_format(row, column, text, &formats.text)?,
                Cell::Count(count) => sheet.write_number_with_format(row, column, *count as f64, &formats.count)?,
                Cell::Decimal(value) => sheet.write_number_with_format(row, column, *value, &formats.decimal)?,
                Cell::Share(value) => sheet.write_number_with_format(row, column, *value, &formats.share)?,
                Cell::Day(day) => {
                    let serial = f64::from((*day - EXCEL_EPOCH).get_days());
                    sheet.write_number_with_format(row, column, serial, &formats.day)?
                }
            };
        }
    }
    Ok(())
}

/// The tables of the report but the sessions as one CSV (RFC 4180) with a byte order mark, which Excel needs to see UTF-8. The first
/// column says which table a line belongs to.
pub fn csv(words: Words, reported: &Reported) -> Vec<u8> {
    let report = &reported.report;
    let mut out = String::from("\u{feff}");
    let mut header = vec![Cell::Text(words.t("report-table"))];
    header.extend(
        figure_header(words, "report-name")
            .into_iter()
            .map(|(title, _)| Cell::Text(title)),
    );
    csv_row(&mut out, &header);
    let whole = figure_row(line_name(words, &Subject::All, &Label::default()), &report.total);
    csv_line(&mut out, words.t("report-total"), whole);
    for (sheet, lines) in [
        ("report-sheet-programmes", &report.by_programme),
        ("report-sheet-partners", &report.by_partner),
        ("report-sheet-venues", &report.by_venue),
        ("report-sheet-kinds", &report.by_kind),
    ] {
        for line in lines {
            let row = figure_row(line_name(words, &line.subject, &line.label), &line.figures);
            csv_line(&mut out, words.t(sheet), row);
        }
    }
    for line in &report.by_grid {
        let label = Label {
            zh: line.name.clone(),
            en: String::new(),
        };
        let name = line_name(words, &Subject::Grid(line.grid), &label);
        let cells = vec![
            Cell::Text(name),
            Cell::Nothing,
            Cell::Count(line.visits),
            Cell::Count(line.people),
            Cell::Nothing,
            Cell::Count(line.seniors),
            Cell::Nothing,
            Cell::Nothing,
            Cell::Nothing,
            Cell::Nothing,
            Cell::Nothing,
        ];
        csv_line(&mut out, words.t("report-sheet-grids"), cells);
    }
    for (name, value) in compared(words, reported) {
        csv_line(&mut out, words.t("month-standing"), vec![Cell::Text(name), value]);
    }
    let corrections = corrections(words, reported);
    for row in corrections.rows {
        csv_line(&mut out, corrections.name.clone(), row);
    }
    out.into_bytes()
}

fn csv_line(out: &mut String, table: String, mut cells: Vec<Cell>) {
    cells.insert(0, Cell::Text(table));
    csv_row(out, &cells);
}

/// Adds a line to a CSV file.
pub(in crate::services) fn csv_row(out: &mut String, cells: &[Cell]) {
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        match cell {
            Cell::Text(text) => csv_text(out, text),
            Cell::Count(count) => out.push_str(&count.to_string()),
            Cell::Decimal(value) => out.push_str(&format!("{value:.1}")),
            Cell::Share(value) => out.push_str(&format!("{value:.4}")),
            Cell::Day(day) => out.push_str(&day.to_string()),
            Cell::Nothing => {}
        }
    }
    out.push_str("\r\n");
}

/// A text between quotes. What a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection).
fn csv_text(out: &mut String, text: &str) {
    out.push('"');
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_that_looks_like_a_formula_is_text_in_a_csv() {
        let mut out = String::new();
        let cells = ["=1+1", "+86", "-2", "@now", "他说\"好\"", "a,b"].map(|text| Cell::Text(text.to_owned()));
        csv_row(&mut out, &cells);
        assert_eq!(
            out,
            "\"'=1+1\",\"'+86\",\"'-2\",\"'@now\",\"他说\"\"好\"\"\",\"a,b\"\r\n"
        );
    }

    #[test]
    fn days_are_the_numbers_that_spreadsheets_count_in() {
        let days = |year, month, day| (Date::constant(year, month, day) - EXCEL_EPOCH).get_days();
        assert_eq!(days(1900, 3, 1), 61);
        assert_eq!(days(2023, 9, 26), 45_195);
    }
}
