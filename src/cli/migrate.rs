//! `xianglao migrate`: the schema of the database.

use std::io::Write;

use clap::{Args, Subcommand};

/// Flags of `migrate`.
#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: MigrateCommand,
}

/// What to do with the schema.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum MigrateCommand {
    /// Bring the schema up to date.
    Up,
    /// Show which changes have been made; exit code 1 when some have not.
    Status,
}

/// Says how many changes were made.
///
/// # Errors
/// When `out` cannot be written to.
pub fn show_up(ran: usize, out: &mut impl Write) -> std::io::Result<()> {
    match ran {
        0 => writeln!(out, "the schema is up to date"),
        1 => writeln!(out, "1 change was made; the schema is up to date"),
        _ => writeln!(out, "{ran} changes were made; the schema is up to date"),
    }
}

/// Lists the changes, and says how many are still to be made.
///
/// # Errors
/// When `out` cannot be written to.
pub fn show_status(migrations: &[(String, bool)], out: &mut impl Write) -> std::io::Result<usize> {
    for (name, ran) in migrations {
        writeln!(out, "{} {name}", if *ran { "made   " } else { "pending" })?;
    }
    Ok(migrations.iter().filter(|(_, ran)| !ran).count())
}
