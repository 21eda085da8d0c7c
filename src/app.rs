//! The roof: settings, database, migrations, context; joins the floors and stops them in order.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::cli::migrate::MigrateCommand;
use crate::cli::{self, Cli, Command};
use crate::config::Settings;
use crate::jobs::{self, Jobs};
use crate::notify::courier::Courier;
use crate::notify::http::{Http, Timeouts};
use crate::notify::{self, email::EmailChannel};
use crate::services::channel::Channel;
use crate::services::{Context, SystemClock, holiday, seal};
use crate::storage::Db;
use crate::web;

/// How long stopping waits for mails under way.
const DRAIN: Duration = Duration::from_secs(20);

/// Runs a command line; the exit code says how it went.
///
/// # Errors
/// With a message that names what could not be done, where, and why.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut settings = cli.settings()?;
    notify::prepare_tls();
    match cli.command {
        Command::Serve(args) => {
            args.apply(&mut settings);
            let listener = bind(&settings).await?;
            serve(open(settings).await?, listener).await?;
        }
        Command::Worker(args) => {
            args.database.apply(&mut settings);
            let listener = match args.listen {
                Some(listen) => {
                    settings.listen = listen;
                    Some(bind(&settings).await?)
                }
                None => None,
            };
            work(&open(settings).await?, listener).await?;
        }
        Command::Backup(args) => {
            args.database.apply(&mut settings);
            cli::backup::back_up(&opened(settings).await?, &args, &mut std::io::stdout()).await?;
        }
        Command::Restore(args) => {
            args.database.apply(&mut settings);
            let mut out = std::io::stdout();
            match &args.file {
                Some(file) => cli::backup::restore(&settings, file, args.yes, &mut out).await?,
                None => cli::backup::mark(&open(settings).await?, &mut out).await?,
            }
        }
        Command::Demo(args) => {
            args.apply(&mut settings);
            let scratch = cli::demo::prepare(&mut settings)?;
            let listener = bind(&settings).await?;
            let ctx = open(settings).await?;
            cli::demo::fill(&ctx).await?;
            serve(ctx, listener).await?;
            drop(scratch);
        }
        Command::Report(args) => {
            if let Some(url) = &args.database_url {
                settings.database_url = url.clone().into();
            }
            cli::report::run(&open(settings).await?, &args).await?;
        }
        Command::Import(args) => {
            settings.name_database(args.database_url.clone());
            cli::import::run(&open(settings).await?, &args, &mut std::io::stdout()).await?;
        }
        Command::Expand => return cli::expand::run(),
        Command::Doctor(args) => {
            args.database.apply(&mut settings);
            return doctor(settings, args.repair).await;
        }
        Command::Config => print!("{}", toml::to_string(&settings).context("cannot print the settings")?),
        Command::Migrate(args) => {
            settings.name_database(args.database_url);
            migrate(&settings, args.command).await?;
        }
        Command::User(args) => {
            settings.name_database(args.database_url);
            cli::user::run(&open(settings).await?, args.command, &mut std::io::stdout()).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks everything that can be checked without changing anything; with `repair`, puts the counters right first.
async fn doctor(settings: Settings, repair: bool) -> anyhow::Result<ExitCode> {
    let mut checks = cli::doctor::Checks::new();
    let mail = match mail_channel(&settings) {
        Ok(Some(mail)) => Some(mail.probe().await.map_err(|error| error.to_string())),
        Ok(None) => None,
        Err(error) => Some(Err(format!("{error:#}"))),
    };
    checks.mail(&settings, mail);
    match connect(&settings).await {
        Ok(db) => {
            let pending = db.pending().await;
            checks.schema(pending.map_err(|error| error.to_string()));
            match seal::prepare(&db, &settings.data_dir).await {
                Ok(sealer) => {
                    let ctx = Context::new(db, settings, Arc::new(SystemClock), sealer);
                    if repair {
                        checks.repair(&ctx).await;
                    }
                    checks.data(&ctx).await;
                }
                Err(error) => checks.failed("keys", &error.to_string()),
            }
        }
        Err(error) => checks.failed("database", &format!("{error:#}")),
    }
    Ok(checks.finish())
}

/// Connects without touching the schema.
///
/// # Errors
/// When the database cannot be reached or is not one this program can work with.
pub async fn connect(settings: &Settings) -> anyhow::Result<Db> {
    let database = settings.database();
    let where_it_is = crate::storage::shown_url(&database.url);
    Db::connect(&database)
        .await
        .with_context(|| format!("cannot open the database {where_it_is}"))
}

/// `migrate up` and `migrate status`.
async fn migrate(settings: &Settings, command: MigrateCommand) -> anyhow::Result<()> {
    let db = connect(settings).await?;
    let where_it_is = crate::storage::shown_url(&settings.database().url);
    let mut out = std::io::stdout();
    match command {
        MigrateCommand::Up => {
            let ran = db
                .migrate()
                .await
                .with_context(|| format!("cannot bring the database {where_it_is} up to date"))?;
            cli::migrate::show_up(ran, &mut out)?;
        }
        MigrateCommand::Status => {
            let migrations = db
                .migrations()
                .await
                .with_context(|| format!("cannot read the schema of {where_it_is}"))?;
            let pending = cli::migrate::show_status(&migrations, &mut out)?;
            if pending > 0 {
                anyhow::bail!("{pending} changes are still to be made: run xianglao migrate up");
            }
        }
    }
    Ok(())
}

/// Connects to a database that is there, without changing it.
///
/// # Errors
/// When there is none, when it cannot be reached, or when the key file cannot be used.
async fn opened(settings: Settings) -> anyhow::Result<Context> {
    let database = settings.database();
    if let Some(path) = database.sqlite_path()
        && !path.exists()
    {
        anyhow::bail!("there is no database {}", path.display());
    }
    let db = connect(&settings).await?;
    let sealer = seal::prepare(&db, &settings.data_dir).await?;
    Ok(Context::new(db, settings, Arc::new(SystemClock), sealer))
}

/// Connects, brings the schema up to date, and makes the context.
///
/// # Errors
/// When the database cannot be reached or is not one this program can work with, or the key file cannot be used.
pub async fn open(settings: Settings) -> anyhow::Result<Context> {
    std::fs::create_dir_all(&settings.data_dir)
        .with_context(|| format!("cannot make the data folder {}", settings.data_dir.display()))?;
    let db = connect(&settings).await?;
    db.migrate().await.with_context(|| {
        format!(
            "cannot bring the database {} up to date",
            crate::storage::shown_url(&settings.database().url)
        )
    })?;
    let sealer = seal::prepare(&db, &settings.data_dir).await?;
    let ctx = Context::new(db, settings, Arc::new(SystemClock), sealer);
    holiday::refresh(&ctx).await?;
    Ok(ctx)
}

/// The mail channel of the settings; none when no mail server is set up.
///
/// # Errors
/// When the settings could not work: a sender that is no address, a password that would travel in clear.
pub fn mail_channel(settings: &Settings) -> anyhow::Result<Option<Arc<EmailChannel>>> {
    if settings.smtp.host.is_empty() {
        return Ok(None);
    }
    let channel = EmailChannel::new((&settings.smtp).into()).context("the mail settings ([smtp]) cannot work")?;
    Ok(Some(Arc::new(channel)))
}

/// Takes the port first: nothing is touched when another program has it.
///
/// # Errors
/// When the port cannot be had.
pub async fn bind(settings: &Settings) -> anyhow::Result<TcpListener> {
    let listen = settings.listen;
    TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another program using this port? Choose another with --listen")
    })
}

/// All channels as one: mail where a mail server is set up, robots and text messages always, over the accounts that communities have.
///
/// # Errors
/// When the mail settings could not work, or nothing can be asked over HTTPS.
pub fn courier(settings: &Settings) -> anyhow::Result<Arc<Courier>> {
    let http = Http::new(settings.outgoing.allow.clone(), Timeouts::default())?;
    Ok(Arc::new(Courier::new(
        mail_channel(settings)?,
        http,
        Arc::new(SystemClock),
    )))
}

/// Serves on `listener` until the process is asked to stop; then lets requests and messages under way end.
///
/// # Errors
/// When the mail settings could not work.
pub async fn serve(ctx: Context, listener: TcpListener) -> anyhow::Result<()> {
    let courier = courier(&ctx.settings)?;
    let ctx = ctx.with_channel(Arc::clone(&courier) as Arc<dyn Channel>);
    let jobs = ctx.settings.workers.then(|| start_jobs(&ctx, &courier));
    tracing::info!(listen = %ctx.settings.listen, workers = jobs.is_some(), ?courier, "serving");
    web::server::serve(listener, web::router(ctx), stop_signal()).await;
    stop_jobs(jobs, &courier).await;
    Ok(())
}

/// Does background work only, until the process is asked to stop; on `listener` answers to those who watch over it.
///
/// # Errors
/// When the mail settings could not work.
pub async fn work(ctx: &Context, listener: Option<TcpListener>) -> anyhow::Result<()> {
    let courier = courier(&ctx.settings)?;
    let jobs = start_jobs(ctx, &courier);
    tracing::info!(?courier, "working in the background");
    match listener {
        Some(listener) => web::server::serve(listener, web::feeds::operation(ctx.clone()), stop_signal()).await,
        None => stop_signal().await,
    }
    stop_jobs(Some(jobs), &courier).await;
    Ok(())
}

fn start_jobs(ctx: &Context, courier: &Arc<Courier>) -> Jobs {
    jobs::start(ctx, Some(Arc::clone(courier) as Arc<dyn Channel>))
}

async fn stop_jobs(jobs: Option<Jobs>, courier: &Courier) {
    if let Some(jobs) = jobs {
        jobs.stop(DRAIN).await;
    }
    courier.close().await;
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be caught");
            if let Err(error) = interrupt.await {
                tracing::warn!(%error, "Ctrl-C cannot be caught either");
            }
        }
    }
}
