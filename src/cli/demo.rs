//! `demo`: the demonstration, filled and served.

use std::io::IsTerminal;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Settings;
use crate::services::{Context, demonstration};

/// Gives the settings a throw-away folder with a throw-away database, unless a database was named. The folder is removed when what is returned is
/// dropped.
///
/// # Errors
/// When the folder cannot be made.
pub fn prepare(settings: &mut Settings) -> anyhow::Result<Option<Scratch>> {
    if !settings.database_url.reveal().is_empty() {
        return Ok(None);
    }
    let folder = std::env::temp_dir().join(format!("xianglao-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    settings.data_dir.clone_from(&folder);
    Ok(Some(Scratch(folder)))
}

/// A folder that is removed at the end.
pub struct Scratch(std::path::PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the throw-away folder could not be removed");
        }
    }
}

/// Fills the database, unless the demonstration is in it already, and prints where to look and how to log in.
///
/// # Errors
/// When the database cannot store it, or holds something else.
pub async fn fill(ctx: &Context) -> anyhow::Result<()> {
    let chosen = std::env::var("XIANGLAO_DEMO_PASSWORD")
        .ok()
        .filter(|password| !password.is_empty());
    let password = chosen.unwrap_or_else(|| demonstration::password(ctx));
    let bar = ProgressBar::new(demonstration::STEPS);
    if std::io::stderr().is_terminal() {
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")?);
    } else {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let filled = demonstration::fill(ctx, &password, |step| {
        bar.set_message(step);
        bar.inc(1);
    })
    .await
    .context("the demonstration could not be stored")?;
    bar.finish_and_clear();
    let base = ctx.settings.base_url();
    println!("享老 Xianglao: the demonstration is ready.\n");
    println!("  Residents   {base}/c/yunliang        (phone width; add ?lang=en for English)");
    println!("  Staff       {base}/staff             yunliang");
    println!("  Partner     {base}/partner           zangyutang");
    println!("  District    {base}/staff/reports     weidu");
    println!("  Everything  {base}/login             admin\n");
    if filled {
        println!("  Password of all four accounts: {password}\n");
    } else {
        println!("  The database already held the demonstration; its passwords are unchanged.\n");
    }
    println!("Press Ctrl-C to stop.");
    Ok(())
}
