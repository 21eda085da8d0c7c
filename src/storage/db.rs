//! Connecting, migrating, and the one door for changes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrations::Migrator;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};
use tokio_util::task::LocalPoolHandle;

use super::lane::Lane;
use super::{Error, Result, idempotency};

/// The oldest SQLite we write with: 3.7.0 to 3.51.2 can damage a database in WAL mode.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// The oldest PostgreSQL the schema and the tests are made for.
const OLDEST_POSTGRES: u32 = 15;
/// Transactions that are open at once on PostgreSQL need threads of their own (they are not `Send`); each runs many.
const WRITER_THREADS: usize = 4;
/// Held on PostgreSQL while the schema is brought up to date, so that instances starting together do not do it twice.
const MIGRATION_LOCK: i64 = 0x7869_616e_676c_616f;

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
    settings: DbSettings,
    writers: Writers,
}

#[derive(Clone)]
enum Writers {
    /// SQLite: one thread, one connection, commits shared.
    Lane(Lane),
    /// PostgreSQL: transactions side by side.
    Threads(LocalPoolHandle),
}

impl Db {
    /// Connects without touching the schema.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached, [`Error::Unsupported`] when it cannot be worked with: too old, not a
    /// database, not writable.
    pub async fn connect(settings: &DbSettings) -> Result<Self> {
        let (pool, writers) = if let Some(path) = settings.sqlite_path() {
            look_at_file(&path)?;
            let pool = Database::connect(sqlite_options(&path, settings.max_connections.max(1))).await?;
            check_sqlite_version(&pool).await?;
            let writer = Database::connect(sqlite_lane_options(&path)).await?;
            let lane = Lane::start(writer)
                .map_err(|error| Error::Unsupported(format!("the thread that writes cannot be started: {error}")))?;
            (pool, Writers::Lane(lane))
        } else if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
            let pool = Database::connect(postgres_options(settings, true)).await?;
            check_postgres_version(&pool).await?;
            (pool, Writers::Threads(LocalPoolHandle::new(WRITER_THREADS)))
        } else {
            let message = "expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME";
            return Err(Error::Unsupported(message.to_owned()));
        };
        Ok(Self {
            pool,
            settings: settings.clone(),
            writers,
        })
    }

    /// Brings the schema up to date; returns how many migrations ran.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the schema is newer than this program.
    pub async fn migrate(&self) -> Result<usize> {
        if self.kind() == Kind::Sqlite {
            return migrate_up(&self.pool).await;
        }
        // Connections of its own: a migration may take longer than a statement of the program may.
        let own = Database::connect(postgres_options(&self.settings, false)).await?;
        let guard = own.begin().await?;
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [MIGRATION_LOCK.into()],
        );
        guard.query_one_raw(lock).await?;
        let outcome = migrate_up(&own).await;
        guard.rollback().await?;
        own.close().await?;
        outcome
    }

    /// The names of all migrations in order, and whether each has run.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the schema is newer than this program.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>> {
        let applied = applied_migrations(&self.pool).await?;
        let known = known_migrations();
        Ok(known
            .into_iter()
            .map(|name| {
                let ran = applied.contains(&name);
                (name, ran)
            })
            .collect())
    }

    /// How many migrations have not run yet.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn pending(&self) -> Result<usize> {
        let all = self.migrations().await?;
        Ok(all.iter().filter(|(_, ran)| !ran).count())
    }

    /// Which engine this is.
    pub fn kind(&self) -> Kind {
        match self.writers {
            Writers::Lane(_) => Kind::Sqlite,
            Writers::Threads(_) => Kind::Postgres,
        }
    }

    /// The pool, for questions that change nothing.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Closes the pool; whoever asks afterwards gets an error. What SQLite keeps in its log is brought into the file.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn close(self) -> Result<()> {
        if self.kind() == Kind::Sqlite {
            self.pool.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
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
    /// caller goes away. No timeout may stand around a question inside `work`: cut short, sea-orm would lose the transaction.
    ///
    /// # Errors
    /// What `work` says, or [`Error::Lost`] when the transaction could not be committed or `work` panicked. On PostgreSQL
    /// [`Error::Contention`] when two transactions waited for each other: nothing was stored, and doing it once more is safe.
    pub async fn write<F, T, E>(&self, work: F) -> std::result::Result<T, E>
    where
        F: AsyncFnOnce(&DatabaseTransaction) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let claim = idempotency::current();
        let work = async move |txn: &DatabaseTransaction| {
            let value = work(txn).await?;
            if let Some(claim) = claim {
                idempotency::mark_changed(txn, claim).await?;
            }
            Ok(value)
        };
        let threads = match &self.writers {
            Writers::Lane(lane) => return lane.write(work).await,
            Writers::Threads(threads) => threads,
        };
        let pool = self.pool.clone();
        let done = threads.spawn_pinned(move || async move {
            let txn = pool.begin().await.map_err(Error::from)?;
            match work(&txn).await {
                Ok(value) => {
                    txn.commit().await.map_err(Error::from)?;
                    Ok(value)
                }
                Err(refused) => {
                    if let Err(error) = txn.rollback().await {
                        // The server rolls back by itself when the connection is gone; the refusal is what counts.
                        tracing::warn!(%error, "a transaction could not be rolled back");
                    }
                    Err(refused)
                }
            }
        });
        done.await
            .unwrap_or_else(|panic| Err(Error::Lost(panic.to_string()).into()))
    }
}

/// What can be seen before SQLite is asked, so that the message says what to do.
fn look_at_file(path: &Path) -> Result<()> {
    let unsupported = |message: String| Err(Error::Unsupported(message));
    if path.as_os_str() == ":memory:" {
        return unsupported("a database in memory is not possible: name a file".to_owned());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return unsupported(format!("the folder {} does not exist", folder.display()));
    }
    // SQLite keeps its log beside the file, so the folder must take new files too.
    let probe = folder.join(format!(".xianglao-{}.probe", std::process::id()));
    if let Err(error) = std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        return unsupported(format!("the folder {} cannot be written to: {error}", folder.display()));
    }
    let mut options = std::fs::OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).open(path);
    let mut head = Vec::new();
    match opened.and_then(|file| file.take(16).read_to_end(&mut head)) {
        Err(error) => unsupported(format!("the file cannot be opened for writing: {error}")),
        Ok(_) if head.is_empty() || head == b"SQLite format 3\0" => Ok(()),
        Ok(_) => unsupported("the file is not a SQLite database".to_owned()),
    }
}

fn common_options(url: String, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options
}

pub(super) fn sqlite_options(path: &Path, max_connections: u32) -> ConnectOptions {
    sqlite_options_with(path, max_connections, |sqlite| sqlite)
}

/// For the one connection of the writing lane. What a savepoint may have to undo is kept in memory instead of in a file: it is written down with
/// each change. Questions go on sorting in files, they may be about millions of rows.
fn sqlite_lane_options(path: &Path) -> ConnectOptions {
    sqlite_options_with(path, 1, |sqlite| sqlite.pragma("temp_store", "MEMORY"))
}

fn sqlite_options_with(
    path: &Path,
    max_connections: u32,
    more: fn(SqliteConnectOptions) -> SqliteConnectOptions,
) -> ConnectOptions {
    // The path is given as it is: in a URL, `%` and `?` would mean something.
    let path = path.to_owned();
    let mut options = common_options("sqlite://".to_owned(), max_connections);
    // A file does not hang up: asking each time whether the connection still answers would double the way of every question.
    options.test_before_acquire(false);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            // A week of sessions fits into the channel: the thread that reads does not wait for the one that takes.
            .row_buffer_size(1024)
            // The log is carried over to the file after 16 MiB instead of 4: pages that change often are then carried over less often.
            .pragma("wal_autocheckpoint", "4096");
        more(sqlite)
    });
    options
}

/// `limited`: statements that take longer than 30 s are ended by the server. A timeout on our side would leak the connection's
/// place in the pool (sqlx issue 4349). The server also notices peers that went away without a word.
fn postgres_options(settings: &DbSettings, limited: bool) -> ConnectOptions {
    let connections = if limited { settings.max_connections.max(1) } else { 2 };
    let mut options = common_options(settings.url.clone(), connections);
    options.map_sqlx_postgres_opts(move |postgres| {
        let postgres = postgres.application_name("xianglao").options([
            ("tcp_keepalives_idle", "60"),
            ("tcp_keepalives_interval", "15"),
            ("tcp_keepalives_count", "4"),
        ]);
        if !limited {
            return postgres;
        }
        postgres.options([
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ])
    });
    options
}

async fn ask_text(db: &DatabaseConnection, question: &str) -> Result<String> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), question))
        .await?;
    match row {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(String::new()),
    }
}

async fn check_sqlite_version(db: &DatabaseConnection) -> Result<()> {
    let text = ask_text(db, "SELECT sqlite_version()").await?;
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let version = (next(), next(), next());
    if version < OLDEST_SQLITE {
        let (major, minor, patch) = OLDEST_SQLITE;
        return Err(Error::Unsupported(format!(
            "SQLite {text} can damage the database; at least {major}.{minor}.{patch} is needed"
        )));
    }
    Ok(())
}

async fn check_postgres_version(db: &DatabaseConnection) -> Result<()> {
    let text = ask_text(db, "SHOW server_version_num").await?;
    let major = text.parse::<u32>().unwrap_or(0) / 10_000;
    if major < OLDEST_POSTGRES {
        return Err(Error::Unsupported(format!(
            "the server is PostgreSQL {major}; at least {OLDEST_POSTGRES} is needed"
        )));
    }
    Ok(())
}

fn known_migrations() -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect()
}

/// The migrations that have run; refuses a database that a newer program has changed.
async fn applied_migrations(db: &DatabaseConnection) -> Result<Vec<String>> {
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let applied: Vec<String> = Migrator::get_migration_models(db)
        .await?
        .into_iter()
        .map(|row| row.version)
        .collect();
    let known = known_migrations();
    match applied.iter().find(|name| !known.contains(name)) {
        None => Ok(applied),
        Some(newer) => Err(Error::Unsupported(format!(
            "its schema is newer than this program (it has {newer}): start the newer program, or restore a backup from before the upgrade"
        ))),
    }
}

async fn migrate_up(db: &DatabaseConnection) -> Result<usize> {
    let before = applied_migrations(db).await?.len();
    Migrator::up(db, None).await?;
    Ok(known_migrations().len() - before)
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
