//! Connecting, migrating, and the one door for changes.

use std::path::PathBuf;
use std::time::Duration;

use migrations::Migrator;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio_util::task::LocalPoolHandle;

use super::{Error, Result};

/// Which engine stands behind a [`Db`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Embedded SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DbSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Connections in the pool.
    pub max_connections: u32,
}

impl DbSettings {
    /// Settings for a SQLite file.
    pub fn sqlite(path: &std::path::Path) -> Self {
        Self {
            url: format!("sqlite:{}", path.display()),
            max_connections: 8,
        }
    }

    /// The file of a SQLite database.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let rest = self.url.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

/// The database: a pool for reading and one door for writing.
#[derive(Clone)]
pub struct Db {
    pool: DatabaseConnection,
    kind: Kind,
    writers: LocalPoolHandle,
}

impl Db {
    /// Connects without touching the schema.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached, [`Error::Unsupported`] when the engine is too old.
    pub async fn connect(settings: &DbSettings) -> Result<Self> {
        let sqlite = settings.sqlite_path();
        let url = match &sqlite {
            Some(path) => format!("sqlite://{}?mode=rwc", path.display()),
            None => settings.url.clone(),
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(settings.max_connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(10))
            .sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
        });
        let pool = Database::connect(options).await?;
        let kind = if sqlite.is_some() { Kind::Sqlite } else { Kind::Postgres };
        let threads = if kind == Kind::Sqlite { 1 } else { 4 };
        Ok(Self {
            pool,
            kind,
            writers: LocalPoolHandle::new(threads),
        })
    }

    /// Brings the schema up to date; returns how many migrations ran.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn migrate(&self) -> Result<usize> {
        let pending = Migrator::get_pending_migrations(&self.pool).await?.len();
        Migrator::up(&self.pool, None).await?;
        Ok(pending)
    }

    /// Which engine this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The pool, for questions that change nothing.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Closes all connections; whoever asks afterwards gets an error.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn close(self) -> Result<()> {
        self.pool.close().await.map_err(Error::from)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Database`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.pool.ping().await.map_err(Error::from)
    }

    /// Runs `work` in a writing transaction and commits it when it says `Ok`. Once begun, it runs to its end even if the
    /// caller goes away.
    ///
    /// # Errors
    /// What `work` says, or [`Error::Lost`] when the transaction could not be committed.
    pub async fn write<F, T, E>(&self, work: F) -> std::result::Result<T, E>
    where
        F: AsyncFnOnce(&DatabaseTransaction) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let pool = self.pool.clone();
        let done = self.writers.spawn_pinned(move || async move {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            };
            let txn = pool.begin_with_options(options).await.map_err(Error::from)?;
            match work(&txn).await {
                Ok(value) => {
                    txn.commit().await.map_err(Error::from)?;
                    Ok(value)
                }
                Err(error) => {
                    txn.rollback().await.map_err(Error::from)?;
                    Err(error)
                }
            }
        });
        done.await
            .unwrap_or_else(|panic| Err(Error::Lost(panic.to_string()).into()))
    }
}

/// A database URL fit for showing: its password replaced by `***`.
pub fn shown_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => url.to_owned(),
    }
}
