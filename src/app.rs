//! The roof: settings, database, migrations, context; joins the floors and stops them in order.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::cli::{Cli, Command};
use crate::config::Settings;
use crate::services::{Context, SystemClock, seal};
use crate::storage::Db;
use crate::web;

/// Runs a command line.
///
/// # Errors
/// With a message that names what could not be done, where, and why.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let mut settings = cli.settings()?;
    match &cli.command {
        Command::Serve(args) => {
            args.apply(&mut settings);
            serve(settings).await
        }
    }
}

/// Connects, brings the schema up to date, and makes the context.
///
/// # Errors
/// When the database cannot be reached or is not one this program can work with.
pub async fn open(settings: Settings) -> anyhow::Result<Context> {
    let database = settings.database();
    let where_it_is = crate::storage::shown_url(&database.url);
    let db = Db::connect(&database)
        .await
        .with_context(|| format!("cannot open the database {where_it_is}"))?;
    db.migrate()
        .await
        .with_context(|| format!("cannot bring the database {where_it_is} up to date"))?;
    let sealer = seal::prepare(&db, &settings.data_dir).await?;
    Ok(Context::new(db, settings, Arc::new(SystemClock), sealer))
}

/// Serves until the process is asked to stop.
///
/// # Errors
/// When the database or the port cannot be had.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another program using this port? Choose another with --listen")
    })?;
    let ctx = open(settings).await?;
    tracing::info!(%listen, "serving");
    web::server::serve(listener, web::router(ctx), stop_signal()).await;
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be caught");
            let _ = interrupt.await;
            return;
        }
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
