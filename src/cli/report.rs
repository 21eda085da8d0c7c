//! `report`: a month in figures, for programs, Excel or paper.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::domain::access::Actor;
use crate::domain::lang::Lang;
use crate::domain::period::YearMonth;
use crate::domain::report::Subject;
use crate::services::report::document::Document;
use crate::services::report::sheet;
use crate::services::wording::Words;
use crate::services::{Context, Error, community, report};

/// What a report can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For programs.
    Json,
    /// For Excel and WPS.
    Xlsx,
    /// For everything that reads tables.
    Csv,
}

/// Flags of `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The community's name in addresses, like yunliang.
    #[arg(long, value_name = "SLUG")]
    pub community: String,
    /// The month, like 2026-10.
    #[arg(long, value_name = "YEAR-MONTH")]
    pub month: YearMonth,
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Where to write it; standard output when not given (not for xlsx).
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Language of the tables: zh-CN or en.
    #[arg(long, default_value = "zh-CN")]
    pub lang: Lang,
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// Writes the report.
///
/// # Errors
/// With a message that says what could not be done: no such community, the database, the file.
pub async fn run(ctx: &Context, args: &ReportArgs) -> anyhow::Result<()> {
    if args.format == Format::Xlsx && args.out.is_none() {
        bail!("an XLSX file is not for the terminal: say where to write it with --out FILE");
    }
    let words = Words::new(args.lang);
    let home = match community::find_by_slug(ctx, &args.community).await {
        Err(Error::NotFound { .. }) => bail!("{}", unknown_community(ctx, &args.community).await?),
        found => found?,
    };
    let reported = report::month(ctx, &Actor::System, home.id, args.month)
        .await
        .with_context(|| format!("cannot compute the report of {} for {}", args.community, args.month))?;
    let bytes = match args.format {
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(&Document::from(&reported))?;
            text.push(b'\n');
            text
        }
        Format::Csv => sheet::csv(words, &reported),
        Format::Xlsx => {
            let period = args.month.period();
            let behind = report::behind(ctx, &Actor::System, home.id, period, &Subject::All).await?;
            sheet::xlsx(words, &reported, &behind)?
        }
    };
    write(args.out.as_deref(), &bytes)
}

async fn unknown_community(ctx: &Context, slug: &str) -> anyhow::Result<String> {
    let known: Vec<String> = community::list(ctx).await?.into_iter().map(|home| home.slug).collect();
    Ok(if known.is_empty() {
        format!("there is no community {slug:?}: this database has none yet")
    } else {
        format!("there is no community {slug:?}: there are {}", known.join(", "))
    })
}

fn write(out: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match out {
        Some(path) => std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display())),
        None => {
            let mut stdout = std::io::stdout().lock();
            match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
                // Whoever read from us has read enough.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                done => done.context("cannot write to standard output"),
            }
        }
    }
}
