//! Copies of an embedded database: made while it is in use, looked at, put in place of another. Files only; PostgreSQL has tools of its own.

use std::ffi::OsString;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use super::db::sqlite_options;
use super::{Db, Error, Result};

/// How long connections that are ending are waited for.
const ENDING: Duration = Duration::from_secs(10);
/// Between two looks whether they have ended.
const ASK: Duration = Duration::from_millis(20);

/// A file beside another: its name with something behind it.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn cannot(doing: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::Unsupported(format!("{} cannot be {doing}: {error}", path.display()))
}

/// Writes a copy of the whole database, as it stands at one moment, to `to`, which must not exist. Others go on reading and writing.
///
/// # Errors
/// [`Error::Unsupported`] when `to` exists or cannot be written; [`Error::Database`], also when the disk is full: then nothing is left behind.
pub async fn copy(db: &Db, to: &Path) -> Result<u64> {
    // Closed to others from its first byte on: it holds what the database holds.
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|error| cannot("made", to, &error))?;
    let written = write_copy(db.reader(), to).await;
    if written.is_err()
        && let Err(error) = std::fs::remove_file(to)
    {
        tracing::warn!(%error, "half a copy of the database could not be removed");
    }
    written
}

async fn write_copy(conn: &DatabaseConnection, to: &Path) -> Result<u64> {
    let name = to.to_str().ok_or_else(|| {
        Error::Unsupported(format!(
            "{} has a name that SQLite cannot take: use plain letters",
            to.display()
        ))
    })?;
    conn.execute_raw(Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO ?",
        [name.into()],
    ))
    .await?;
    let file = std::fs::File::open(to).map_err(|error| cannot("read", to, &error))?;
    file.sync_all().map_err(|error| cannot("synced", to, &error))?;
    sync_folder(to)?;
    Ok(file.metadata().map_err(|error| cannot("read", to, &error))?.len())
}

/// Makes the names in the folder of a file last.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| cannot("synced", folder, &error))
}

/// Whether a database is whole, page by page and row by row of its indexes.
///
/// # Errors
/// [`Error::Unsupported`] with what SQLite found; [`Error::Database`].
pub async fn check(db: &Db) -> Result<()> {
    let conn = db.reader();
    let found = conn
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check(5)"))
        .await?;
    let said = found
        .iter()
        .map(|row| row.try_get_by_index::<String>(0))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    if said != ["ok"] {
        return Err(Error::Unsupported(format!("it is damaged: {}", said.join("; "))));
    }
    Ok(())
}

/// What is said of a database that somebody has open.
const IN_USE: &str = "it is in use";

/// A connection that has the database for itself.
async fn alone(path: &Path) -> Result<DatabaseConnection> {
    let conn = Database::connect(sqlite_options(path, 1)).await?;
    // Leaving the log behind needs the file for oneself: it fails while anybody else has it open.
    let left = conn
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "PRAGMA journal_mode = DELETE",
        ))
        .await?;
    match left
        .map(|row| row.try_get_by_index::<String>(0))
        .transpose()?
        .as_deref()
    {
        Some("delete") => {}
        _ => return Err(Error::Unsupported(IN_USE.to_owned())),
    }
    // Whoever comes now waits until this connection is closed. Nothing is written, so no journal is made.
    conn.execute_unprepared("BEGIN EXCLUSIVE").await?;
    Ok(conn)
}

/// Brings everything of a database into its one file, so that it can be moved. Waits a few seconds for connections that are ending.
///
/// # Errors
/// [`Error::Database`].
pub async fn fold(path: &Path) -> Result<()> {
    let until = Instant::now() + ENDING;
    let conn = loop {
        match alone(path).await {
            Err(error) if is_busy(&error) && Instant::now() < until => tokio::time::sleep(ASK).await,
            other => break other?,
        }
    };
    conn.close().await?;
    let file = std::fs::File::open(path).map_err(|error| cannot("read", path, &error))?;
    file.sync_all().map_err(|error| cannot("synced", path, &error))
}

/// What stood where a copy was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// There was none.
    Missing,
    /// It was taken and kept.
    Kept,
    /// It is too damaged to say whether anybody uses it; kept as it is.
    Damaged,
}

/// Puts `new`, which has no log beside it, in the place of `path`; what was there is kept as `kept`. At every moment one of the two stands at
/// `path`, whole.
///
/// # Errors
/// [`Error::Unsupported`] when the database at `path` is in use, or a file cannot be moved.
pub async fn replace(path: &Path, new: &Path, kept: &Path) -> Result<Replaced> {
    if !path.exists() {
        std::fs::rename(new, path).map_err(|error| cannot("moved", new, &error))?;
        sync_folder(path)?;
        return Ok(Replaced::Missing);
    }
    let (held, old) = match alone(path).await {
        Ok(held) => (Some(held), Replaced::Kept),
        Err(error) if is_busy(&error) => {
            return Err(Error::Unsupported(format!(
                "{} is in use: stop the server and the workers first",
                path.display()
            )));
        }
        Err(error) => {
            tracing::warn!(%error, "the database that is replaced cannot be read");
            (None, Replaced::Damaged)
        }
    };
    // A second name, not a move: whoever starts at this moment must not find an empty place.
    std::fs::hard_link(path, kept).map_err(|error| cannot("kept", path, &error))?;
    for ending in ["-wal", "-shm", "-journal"] {
        let from = beside(path, ending);
        if from.exists() {
            // It belongs to the old database; beside the new one it would be read into it.
            std::fs::rename(&from, beside(kept, ending)).map_err(|error| cannot("moved", &from, &error))?;
        }
    }
    std::fs::rename(new, path).map_err(|error| cannot("moved", new, &error))?;
    sync_folder(path)?;
    if let Some(held) = held {
        held.close().await?;
    }
    Ok(old)
}

/// Whether SQLite says that somebody else holds the file.
fn is_busy(error: &Error) -> bool {
    match error {
        Error::Database(error) => error.to_string().contains("database is locked"),
        Error::Unsupported(said) => said == IN_USE,
        _ => false,
    }
}
