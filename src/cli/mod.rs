//! The third floor towards the terminal: the command grammar, and one file per command that is a use case.

pub mod backup;
pub mod demo;
pub mod doctor;
pub mod expand;
pub mod import;
pub mod migrate;
pub mod report;
pub mod residents;
pub mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigError, Settings};

/// 享老 Xianglao: programmes for the older residents of a community.
#[derive(Debug, Parser)]
#[command(
    name = "xianglao",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Settings file (default: xianglao.toml in the working folder, when there is one).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the HTTP server and the background work; brings the database up to date first.
    Serve(ServeArgs),
    /// Run the background work only: reminders, messages, the night's work.
    Worker(WorkerArgs),
    /// Write a copy of the whole database to a new file, while the server runs. With PostgreSQL: says which tool does it.
    ///
    /// The key file (xianglao.keys in the data folder) is not in it: keep a copy of that somewhere else.
    Backup(backup::BackupArgs),
    /// Bring a copy back; the server and the workers must be stopped. The database before is kept beside it.
    ///
    /// Messages sent since the copy was made are not in it. So that none leaves a second time, no message leaves at all until somebody of each
    /// community has looked at what waits, on the page of notifications. All logins end.
    ///
    /// With PostgreSQL: bring it back with pg_restore, then run `xianglao restore --restored`.
    Restore(backup::RestoreArgs),
    /// Fill a database with the demonstration, then serve it; prints the addresses and logins.
    ///
    /// Without --database-url the database is a throw-away file that is removed at the end. The password of the accounts is printed, or taken from
    /// XIANGLAO_DEMO_PASSWORD.
    Demo(ServeArgs),
    /// Write a month's report as JSON, XLSX or CSV.
    Report(report::ReportArgs),
    /// Bring in what comes from outside: a list of residents, the yearly notice of holidays.
    Import(import::ImportArgs),
    /// Expand recurrence rules: JSON lines on standard input, JSON lines on standard output. Needs no database.
    ///
    /// Example: echo '{"id":"a","dtstart":"2026-01-07T09:30:00","tzid":"Asia/Shanghai","rule":"FREQ=WEEKLY;BYDAY=WE","from":"2026-01-01T00:00:00","to":"2026-02-01T00:00:00"}' | xianglao expand
    ///
    /// Rules: an RRULE value (RFC 5545, and RFC 7529 with RSCALE=CHINESE or GREGORIAN and SKIP), TERM=LIQIU;OFFSET=-3,
    /// SANFU=CHU,ZHONG,JIAQIANG,MO or SANJIU=1,2,3. Policies: hold, skip, next_workday, previous_workday.
    #[command(verbatim_doc_comment)]
    Expand,
    /// Check settings, database, schema, clock, mail server, and counters against rows. Exit code 1 when something is wrong.
    Doctor(doctor::DoctorArgs),
    /// Print the settings as they are in force, with secrets hidden.
    Config,
    /// The schema of the database.
    Migrate(migrate::MigrateArgs),
    /// Accounts that can log in.
    User(user::UserArgs),
}

/// The command line asks for what cannot be done like this: exit code 2, as for a line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Flags of commands that only need the database.
#[derive(Clone, Debug, Default, Args)]
pub struct DatabaseArgs {
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl DatabaseArgs {
    /// Lays the flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        settings.name_database(self.database_url.clone());
    }
}

/// Flags of `worker`.
#[derive(Clone, Debug, Default, Args)]
pub struct WorkerArgs {
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Answer at this address and port to /healthz, /readyz and /metrics, and to nothing else.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
}

/// Flags of `serve` and `demo`.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeArgs {
    /// Address and port to listen on, like 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Do not run the background workers (another instance does).
    #[arg(long)]
    pub no_workers: bool,
}

impl ServeArgs {
    /// Lays the flags over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(listen) = self.listen {
            settings.listen = listen;
        }
        if let Some(url) = &self.database_url {
            settings.database_url = url.clone().into();
        }
        if self.no_workers {
            settings.workers = false;
        }
    }
}

impl Cli {
    /// Reads the settings from file and environment.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file or the variable.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::load(self.config.as_deref(), |name| std::env::var(name).ok())
    }
}
