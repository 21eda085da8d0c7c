//! `xianglao backup` and `xianglao restore`: a copy of the embedded database, and bringing one back.

use std::io::{BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{DatabaseArgs, Usage};
use crate::config::Settings;
use crate::services::backup::{self, BackupError, Prepared, Replaced};
use crate::services::restoration::{self, Raised};
use crate::services::{Context, SystemClock};

/// Between two looks at how far a copy is.
const LOOK: Duration = Duration::from_millis(200);

/// Flags of `backup`.
#[derive(Clone, Debug, Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist.
    pub file: PathBuf,
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Flags of `restore`.
#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// The copy, as `backup` wrote it. Brought up to date if an older version wrote it.
    #[arg(required_unless_present = "restored")]
    pub file: Option<PathBuf>,
    /// Do not ask before the database is replaced.
    #[arg(long)]
    pub yes: bool,
    /// The database was brought back by other means (pg_restore, a snapshot of the disk): only hold its messages back until somebody has looked.
    #[arg(long, conflicts_with_all = ["file", "yes"])]
    pub restored: bool,
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// What is wrong, as an error of the command line: what another tool does is a matter of use.
fn in_words(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::NotOurs(said) => Usage(said).into(),
        other => other.into(),
    }
}

/// Writes a copy.
///
/// # Errors
/// In words for the terminal.
pub async fn back_up(ctx: &Context, args: &BackupArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let bar = spinner();
    let file = args.file.clone();
    let watched = bar.clone();
    let watching = tokio::spawn(async move {
        loop {
            if let Ok(found) = tokio::fs::metadata(&file).await {
                watched.set_position(found.len());
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    let made = backup::make(&ctx.db, &args.file).await;
    watching.abort();
    bar.finish_and_clear();
    let bytes = made.map_err(in_words)?;
    writeln!(
        out,
        "{} holds the whole database ({})",
        args.file.display(),
        size(bytes)
    )?;
    writeln!(
        out,
        "Keep a copy of {} too, somewhere else: without it the telephone numbers cannot be read.",
        ctx.settings.data_dir.join(crate::services::seal::FILE).display()
    )?;
    Ok(())
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} {elapsed}")
        && std::io::stderr().is_terminal()
    {
        bar.set_style(style);
        bar.enable_steady_tick(LOOK);
    } else {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    bar
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Brings a copy back, after asking.
///
/// # Errors
/// In words for the terminal; then the database is as it was.
pub async fn restore(settings: &Settings, from: &Path, yes: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let prepared = backup::prepare(settings, from, Arc::new(SystemClock))
        .await
        .map_err(in_words)?;
    show(&prepared, from, out)?;
    if !yes && !agreed(&prepared, out)? {
        prepared.discard()?;
        bail!("nothing was changed");
    }
    let (path, kept, raised) = (prepared.path.clone(), prepared.kept.clone(), prepared.raised);
    let was = prepared.put_in_place().await?;
    writeln!(out, "{} is the copy now.", path.display())?;
    if was == Replaced::Damaged {
        writeln!(
            out,
            "The database before is too damaged to tell whether anybody still has it open: restart every server and worker."
        )?;
    }
    if let Some(kept) = kept {
        writeln!(out, "The database before is kept as {}.", kept.display())?;
    }
    show_raised(raised, &settings.base_url(), out)
}

fn show(prepared: &Prepared, from: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{} is whole: {} communities ({}){}.",
        from.display(),
        prepared.communities.len(),
        prepared.communities.join(", "),
        match prepared.migrations {
            0 => String::new(),
            n => format!("; its schema is older by {n} changes, which were made in the copy"),
        }
    )?;
    Ok(())
}

/// Asks on the terminal. Without one nobody can agree.
fn agreed(prepared: &Prepared, out: &mut impl Write) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        prepared.discard()?;
        return Err(Usage("there is no terminal to ask: say --yes to replace the database".to_owned()).into());
    }
    writeln!(
        out,
        "It replaces {}. Whatever was entered since the copy was made is lost from it.",
        prepared.path.display()
    )?;
    write!(out, "Replace it? [y/N] ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Holds back the messages of a database that was brought back by other means.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mark(ctx: &Context, out: &mut impl Write) -> anyhow::Result<()> {
    let raised = restoration::raise(ctx).await?;
    show_raised(raised, &ctx.settings.base_url(), out)
}

fn show_raised(raised: Raised, base: &str, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "No messages leave in {} communities until somebody has looked at {base}/staff/notifications: {} may have left already, {} came too late.",
        raised.communities, raised.unknown, raised.expired
    )?;
    writeln!(out, "{} logins have ended: everybody logs in again.", raised.logins)?;
    Ok(())
}
