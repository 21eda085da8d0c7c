//! `xianglao import residents`: a list of residents, from the terminal of whoever owns the machine.

use std::io::{IsTerminal as _, Read as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::access::Actor;
use crate::domain::resident_import::settle::{Settled, Verdict};
use crate::services::resident_import::{self, Progress, Take, read::FILE_BYTES, words};
use crate::services::wording::Words;
use crate::services::{Context, Error, community};

/// Lines of the report that are printed; a terminal is no place for 20,000.
const PRINTED: usize = 200;

/// What is to be done with the file.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Only look.
    pub dry_run: bool,
    /// Import the good rows though others are wrong.
    pub good_rows: bool,
}

/// Runs the command; the report goes to `out`. Names are masked in it, and so are numbers.
///
/// # Errors
/// In words for the terminal; also when a row is wrong.
pub async fn run(
    ctx: &Context,
    words: Words,
    file: &Path,
    slug: &str,
    how: How,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let all = community::list(ctx).await?;
    let Some(home) = all.iter().find(|community| community.slug == slug) else {
        let slugs: Vec<&str> = all.iter().map(|community| community.slug.as_str()).collect();
        bail!("no community {slug:?}; there are: {}", slugs.join(", "));
    };
    let bytes = bytes_of(words, file)?;
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let take = match how {
        How { dry_run: true, .. } => None,
        How { good_rows: true, .. } => Some(Take::Good),
        How { .. } => Some(Take::All),
    };
    let progress = Arc::<Progress>::default();
    let import = resident_import::import_file(ctx, &Actor::System, home.id, &name, bytes, take, words, &progress);
    let (looked, import) = match with_bar(words, &progress, import).await {
        Ok(done) => done,
        Err(Error::Invalid(errors)) => {
            let said: Vec<String> = errors.iter().map(|error| words.field_error(error)).collect();
            bail!("{}: {}", file.display(), said.join("\n"));
        }
        Err(Error::State { code }) => bail!("{}: {}", file.display(), words.t(&format!("error-{code}"))),
        Err(error) => return Err(error.into()),
    };
    let counts = looked.counts;
    for (key, labels) in [
        ("residents-unread", &looked.table.unread),
        ("residents-sensitive", &looked.table.sensitive),
    ] {
        if !labels.is_empty() {
            writeln!(out, "{}", words.a(key, "what", labels.join(", ")))?;
        }
    }
    report(words, &looked.settled, out)?;
    let args = [
        ("rows", counts.rows.into()),
        ("new", counts.new.into()),
        ("filled", counts.filled.into()),
        ("known", counts.known.into()),
        ("wrong", counts.wrong.into()),
    ];
    writeln!(out, "{}", words.with("residents-cli-rows", args))?;
    match &import {
        Some(import) => {
            let args = [("created", import.created.into()), ("filled", import.filled.into())];
            writeln!(out, "{}", words.with("residents-cli-done", args))?;
        }
        None if how.dry_run => writeln!(out, "{}", words.t("residents-cli-dry"))?,
        None if counts.wrong == 0 || how.good_rows => writeln!(out, "{}", words.t("residents-cli-nothing"))?,
        None => {}
    }
    if counts.wrong > 0 {
        let key = match (import.is_some(), how.dry_run) {
            (false, false) => "residents-cli-refused",
            _ => "residents-cli-left",
        };
        bail!("{}: {}", file.display(), words.n(key, counts.wrong));
    }
    Ok(())
}

/// The bytes of the file; one byte more than may be at most, so that the use case sees that it is too much.
fn bytes_of(words: Words, path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot =
        |error: std::io::Error| anyhow::anyhow!(words.aa("residents-cli-read", "file", path.display(), "why", error));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    Ok(bytes)
}

/// Prints the rows that are wrong, are filled, or have a remark: row, column, value, what about it.
fn report(words: Words, settled: &[Settled], out: &mut impl Write) -> std::io::Result<()> {
    let worth_a_line = |row: &&Settled| {
        !row.remarks.is_empty()
            || match &row.verdict {
                Verdict::New => false,
                Verdict::Known { fills, kept, .. } => !fills.is_empty() || !kept.is_empty(),
                Verdict::Wrong(_) => true,
            }
    };
    let mut rows: Vec<&Settled> = settled.iter().filter(worth_a_line).collect();
    // What is wrong first, in case not all is printed.
    rows.sort_by_key(|row| !matches!(row.verdict, Verdict::Wrong(_)));
    if rows.is_empty() {
        return Ok(());
    }
    let head = ["row", "column", "value", "what"].map(|part| words.t(&format!("residents-column-{part}")));
    let mut lines = vec![head];
    for row in rows.iter().take(PRINTED) {
        let name = row.clean.as_ref().map(|clean| clean.name.masked()).unwrap_or_default();
        lines.extend(
            words::row(words, row, &name)
                .into_iter()
                .map(|said| [said.row.to_string(), said.label, said.value, said.what]),
        );
    }
    let widths: Vec<usize> = (0..3)
        .map(|at| lines.iter().map(|line| width(&line[at])).max().unwrap_or_default())
        .collect();
    for line in &lines {
        let mut text = String::new();
        for (cell, wide) in line.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(wide - width(cell) + 2));
        }
        writeln!(out, "{text}{}", line[3])?;
    }
    if rows.len() > PRINTED {
        writeln!(out, "{}", words.n("residents-cli-more", rows.len() - PRINTED))?;
    }
    Ok(())
}

/// Columns a text takes on a terminal: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// Shows how far it is, where somebody looks.
async fn with_bar<T>(words: Words, progress: &Progress, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}") {
        bar.set_style(style);
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                bar.finish_and_clear();
                return done;
            }
            _ = ticks.tick() => {
                let (step, done, total) = progress.now();
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                bar.set_message(resident_import::words::step(words, step, done, total));
            }
        }
    }
}
