//! `xianglao import`: what comes from outside, from the terminal of whoever owns the machine.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::residents::{self, How};
use crate::domain::access::Actor;
use crate::domain::lang::Lang;
use crate::services::Context;
use crate::services::holiday;
use crate::services::wording::Words;

/// Flags of `import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Language of what is printed: zh-CN or en (default: that of LANG, Chinese unless it is English).
    #[arg(long, global = true)]
    pub lang: Option<Lang>,
    /// What to import.
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// What can be imported.
#[derive(Clone, Debug, Subcommand)]
pub enum ImportCommand {
    /// A list of residents: XLSX, or CSV in UTF-8, UTF-16 or GB 18030.
    ///
    /// The header is looked for in the first ten rows. All rows are imported, or none when one is wrong; the exit code is 1 then. Somebody known
    /// (same name and number, or same name and building) is filled in, never overwritten. Prints what is wrong: row, column, value, reason.
    Residents {
        /// The list.
        file: PathBuf,
        /// Short name of the community, like yunliang.
        #[arg(long, value_name = "SLUG")]
        community: String,
        /// Only print what would change.
        #[arg(long)]
        dry_run: bool,
        /// Import the good rows though others are wrong.
        #[arg(long)]
        good_rows: bool,
    },
    /// The yearly notice of holidays: keeps it, and adapts the sessions to come of all communities.
    ///
    /// FILE is JSON of the form {"2027":{"holidays":{"2027-01-01":"元旦"},"workdays":{"2027-01-03":"元旦"}}}, one year or more. Importing a year again
    /// replaces it. Prints what changes: dates moved, cancelled, restored, new, made certain; clashes and dates moved by hand are listed and left alone.
    Holidays {
        /// The notice.
        file: PathBuf,
        /// Only print what would change.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs the command; what it has to say goes to `out`.
///
/// # Errors
/// In words for the terminal.
pub async fn run(ctx: &Context, args: &ImportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let words = Words::new(
        args.lang
            .unwrap_or_else(|| lang_of(std::env::var("LANG").ok().as_deref())),
    );
    let (file, dry_run) = match &args.command {
        ImportCommand::Holidays { file, dry_run } => (file, dry_run),
        ImportCommand::Residents {
            file,
            community,
            dry_run,
            good_rows,
        } => {
            let how = How {
                dry_run: *dry_run,
                good_rows: *good_rows,
            };
            return residents::run(ctx, words, file, community, how, out).await;
        }
    };
    let text = read(words, file)?;
    let done = if *dry_run {
        holiday::preview_import(ctx, &Actor::System, &text).await
    } else {
        holiday::import(ctx, &Actor::System, &text, None).await
    };
    let import = match done {
        Ok(import) => import,
        Err(error) => match holiday::words::problems(words, &error) {
            Some(said) => bail!("{}: {}", file.display(), said.join("\n          ")),
            None => return Err(error).context("the notice could not be imported"),
        },
    };
    for line in holiday::words::text(words, &import) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Chinese, unless the terminal is English.
fn lang_of(lang: Option<&str>) -> Lang {
    if lang.is_some_and(|lang| lang.starts_with("en")) {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// The text of a file, which must not be larger than a notice can be: what is larger is not read to its end.
fn read(words: Words, path: &Path) -> anyhow::Result<String> {
    let shown = path.display().to_string();
    let cannot = |error: std::io::Error| anyhow::anyhow!(words.aa("holiday-cli-read", "file", &shown, "why", error));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    // One byte more than may be, so that the service sees that it is too much.
    file.take(holiday::MOST_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() > holiday::MOST_BYTES {
        let most = holiday::MOST_BYTES / 1024;
        bail!("{shown}: {}", words.a("error-holiday-too-large", "max", most));
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!(words.a("holiday-cli-utf8", "file", &shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_spoken_to_in_chinese_unless_it_is_english() {
        for (lang, expected) in [
            (None, Lang::Zh),
            (Some("zh_CN.UTF-8"), Lang::Zh),
            (Some("C"), Lang::Zh),
            (Some("en_GB.UTF-8"), Lang::En),
        ] {
            assert_eq!(lang_of(lang), expected, "{lang:?}");
        }
    }
}
