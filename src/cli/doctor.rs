//! `doctor`: one line per check, in words, and an exit code.

use std::process::ExitCode;

use jiff::Timestamp;

use clap::Args;

use crate::config::Settings;
use crate::domain::access::Actor;
use crate::services::{Context, upkeep};

/// Flags of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Which database.
    #[command(flatten)]
    pub database: super::DatabaseArgs,
    /// Set counters and summaries to what the attendance says before looking; recorded in the audit.
    #[arg(long)]
    pub repair: bool,
}

/// The checks so far.
#[derive(Default)]
pub struct Checks {
    failed: usize,
}

impl Checks {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn ok(what: &str, detail: &str) {
        println!("ok    {what}: {detail}");
    }

    /// Notes a check that failed.
    pub fn failed(&mut self, what: &str, detail: &str) {
        self.failed += 1;
        println!("WRONG {what}: {detail}");
    }

    fn note(&mut self, what: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(detail) => Self::ok(what, &detail),
            Err(detail) => self.failed(what, &detail),
        }
    }

    /// The mail server: none set up, or what it answered.
    pub fn mail(&mut self, settings: &Settings, outcome: Option<Result<String, String>>) {
        match outcome {
            None => Self::ok(
                "mail",
                "no mail server is set up; messages are kept in the log ([smtp] host)",
            ),
            Some(outcome) => {
                let (host, port) = (&settings.smtp.host, settings.smtp.port);
                self.note("mail", outcome.map(|name| format!("{host}:{port} answers as {name}")));
            }
        }
    }

    /// The schema: how many migrations are pending.
    pub fn schema(&mut self, pending: Result<usize, String>) {
        self.note(
            "schema",
            match pending {
                Ok(0) => Ok("up to date".to_owned()),
                Ok(pending) => Err(format!(
                    "{pending} migration(s) are pending: run `xianglao migrate up`, or start the server"
                )),
                Err(error) => Err(error),
            },
        );
    }

    /// Puts counters and summaries right.
    pub async fn repair(&mut self, ctx: &Context) {
        let outcome = upkeep::repair(ctx, &Actor::System).await;
        self.note(
            "repair",
            match outcome {
                Ok((0, 0)) => Ok("nothing had to be put right".to_owned()),
                Ok((sessions, rows)) => Ok(format!(
                    "put right: {sessions} session(s), {rows} row(s) of the months' summary"
                )),
                Err(error) => Err(error.to_string()),
            },
        );
    }

    /// Clock, counters, leases.
    pub async fn data(&mut self, ctx: &Context) {
        // Written when this version was made: a clock that is earlier is wrong.
        let released: Timestamp = Timestamp::constant(1_793_000_000, 0);
        let now = ctx.now();
        self.note(
            "clock",
            if now > released {
                Ok(now.to_string())
            } else {
                Err(format!("{now} is before this version was made"))
            },
        );
        for check in upkeep::examine(ctx).await {
            self.note(check.what, check.outcome);
        }
    }

    /// Says how it went: exit code 1 when something is wrong.
    pub fn finish(self) -> ExitCode {
        if self.failed == 0 {
            println!("all is well");
            ExitCode::SUCCESS
        } else {
            println!("{} check(s) failed", self.failed);
            ExitCode::FAILURE
        }
    }
}
