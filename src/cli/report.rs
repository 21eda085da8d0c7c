//! `report`: a month in figures, for programs, Excel or paper.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::domain::access::Actor;
use crate::domain::lang::Lang;
use crate::domain::period::YearMonth;
use crate::domain::report::{Number, Subject};
use crate::services::report::document::Document;
use crate::services::report::{AskedPeriod, sheet};
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
    /// A month, like 2026-10.
    #[arg(long, value_name = "YEAR-MONTH", required_unless_present_any = ["quarter", "year", "from"], conflicts_with_all = ["quarter", "year", "from", "to"])]
    pub month: Option<YearMonth>,
    /// A quarter, like 2026-Q3.
    #[arg(long, value_name = "YEAR-QUARTER", conflicts_with_all = ["year", "from", "to"])]
    pub quarter: Option<String>,
    /// A year, like 2026.
    #[arg(long, value_name = "YEAR", conflicts_with_all = ["from", "to"])]
    pub year: Option<String>,
    /// First day, like 2026-10-01.
    #[arg(long, value_name = "DATE", requires = "to")]
    pub from: Option<String>,
    /// Last day, included; at most three years after the first.
    #[arg(long, value_name = "DATE", requires = "from")]
    pub to: Option<String>,
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
    let month = args.month.map(|month| month.to_string());
    let asked = AskedPeriod {
        month: month.as_deref(),
        quarter: args.quarter.as_deref(),
        year: args.year.as_deref(),
        from: args.from.as_deref(),
        to: args.to.as_deref(),
    };
    let period = match report::asked_period(asked, ctx.now(), &home.zone) {
        Err(Error::Invalid(fields)) => {
            let said: Vec<String> = fields.iter().map(|field| words.field_error(field)).collect();
            bail!("{}", said.join(" "))
        }
        asked => asked?,
    };
    let reported = report::range(ctx, &Actor::System, home.id, period)
        .await
        .with_context(|| {
            let (first, last) = (period.first(), period.last());
            format!("cannot compute the report of {} from {first} to {last}", args.community)
        })?;
    let bytes = match args.format {
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(&Document::from(&reported))?;
            text.push(b'\n');
            text
        }
        Format::Csv => sheet::csv(words, &reported),
        Format::Xlsx => {
            let behind = report::behind(ctx, &Actor::System, home.id, period, &Subject::All, Number::Sessions).await?;
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
