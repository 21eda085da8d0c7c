//! Copies of the embedded database, and bringing one back.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::restoration::{self, Raised};
use super::{Clock, Context, community, seal};
use crate::config::Settings;
use crate::storage::backup::{self as files, beside};
use crate::storage::{self, Db, DbSettings, Kind};

pub use crate::storage::backup::Replaced;

/// Why there is no copy, or why it was not brought back. Says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has tools of its own.
    #[error("{0}")]
    NotOurs(String),
    /// The file cannot be used.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The keys do not fit.
    #[error(transparent)]
    Key(#[from] seal::KeyError),
    /// The database could not be asked.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A use case could not be done.
    #[error(transparent)]
    Service(#[from] super::Error),
}

fn file_error(path: &Path, reason: impl std::fmt::Display) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Writes a copy of the whole database, as it stands at one moment, to a new file; how many bytes it has. Others go on working meanwhile.
///
/// # Errors
/// [`BackupError`]; nothing is left behind.
pub async fn make(db: &Db, to: &Path) -> Result<u64, BackupError> {
    if db.kind() == Kind::Postgres {
        return Err(BackupError::NotOurs(format!(
            "this database is PostgreSQL: its own tool makes the copy, while everybody works:\n  \
             pg_dump --format=custom --file={} \"$DATABASE_URL\"\n\
             Bring it back with pg_restore, and see `xianglao restore --help`",
            to.display()
        )));
    }
    if to.exists() {
        return Err(file_error(to, "is there already; name another file, or remove it"));
    }
    Ok(files::copy(db, to).await?)
}

/// A copy that was looked at, brought up to date and may be put in place.
pub struct Prepared {
    /// The database it will replace.
    pub path: PathBuf,
    /// Where that will be kept; none when there is none.
    pub kept: Option<PathBuf>,
    /// The communities in the copy, by their names in addresses.
    pub communities: Vec<String>,
    /// The migrations that were made in the copy.
    pub migrations: usize,
    /// What became of its messages.
    pub raised: Raised,
    draft: PathBuf,
}

/// Copies `from` beside the database of the settings, looks whether it is whole, is ours, and was written with our keys, brings its schema up to
/// date and holds its messages back. The database itself is not touched.
///
/// # Errors
/// [`BackupError`]; nothing is left behind.
pub async fn prepare(settings: &Settings, from: &Path, clock: Arc<dyn Clock>) -> Result<Prepared, BackupError> {
    let Some(path) = settings.database().sqlite_path() else {
        return Err(BackupError::NotOurs(
            "this database is PostgreSQL: its own tool brings a copy back. Stop all servers and workers, then\n  \
             pg_restore --clean --if-exists --single-transaction --dbname=\"$DATABASE_URL\" FILE\n  \
             xianglao restore --restored\n\
             The second holds messages back until somebody has looked: what was sent since the copy was made must not be sent again"
                .to_owned(),
        ));
    };
    let now = clock.now();
    let draft = beside(&path, ".restoring");
    let removed = remove(&draft);
    removed.map_err(|error| file_error(&draft, format!("cannot be removed: {error}")))?;
    let outcome = fill(settings, from, &draft, clock).await;
    let (communities, migrations, raised) = match outcome {
        Ok(done) => done,
        Err(error) => {
            if let Err(error) = remove(&draft) {
                tracing::warn!(%error, "the copy beside the database could not be removed");
            }
            return Err(error);
        }
    };
    let kept = path
        .exists()
        .then(|| beside(&path, &format!(".before-restore-{}", stamp(now))));
    Ok(Prepared {
        path,
        kept,
        communities,
        migrations,
        raised,
        draft,
    })
}

fn stamp(now: Timestamp) -> String {
    format!("{}{:03}Z", now.strftime("%Y%m%dT%H%M%S"), now.subsec_millisecond())
}

/// Removes a database file with what belongs to it, as far as it is there.
fn remove(path: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whoever restores may be somebody else than whoever serves: the file goes to whoever has the data folder, and is closed to others.
fn own(settings: &Settings, draft: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(draft, std::fs::Permissions::from_mode(0o600))?;
    let folder = draft.parent().filter(|folder| !folder.as_os_str().is_empty());
    let wanted = std::fs::metadata(folder.unwrap_or(&settings.data_dir))?;
    let has = std::fs::metadata(draft)?;
    if (wanted.uid(), wanted.gid()) != (has.uid(), has.gid()) {
        std::os::unix::fs::chown(draft, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    Ok(())
}

async fn fill(
    settings: &Settings,
    from: &Path,
    draft: &Path,
    clock: Arc<dyn Clock>,
) -> Result<(Vec<String>, usize, Raised), BackupError> {
    let (source, target) = (from.to_owned(), draft.to_owned());
    let copied = tokio::task::spawn_blocking(move || std::fs::copy(source, target)).await;
    let bytes = copied
        .map_err(|error| file_error(from, error))?
        .map_err(|error| file_error(from, format!("cannot be copied to {}: {error}", draft.display())))?;
    if bytes == 0 {
        return Err(file_error(from, "is empty"));
    }
    own(settings, draft)
        .map_err(|error| file_error(draft, format!("cannot be given to whoever has the database: {error}")))?;
    let unusable = |error: storage::Error| match error {
        storage::Error::Unsupported(reason) => file_error(from, reason),
        other => match std::error::Error::source(&other) {
            Some(source) => file_error(from, format!("cannot be read as a database: {source}")),
            None => file_error(from, other),
        },
    };
    let own = DbSettings::sqlite(draft);
    let db = Db::connect(&own).await.map_err(unusable)?;
    files::check(&db).await.map_err(unusable)?;
    let made = db.migrations().await.map_err(unusable)?;
    if !made.iter().any(|(_, ran)| *ran) {
        return Err(file_error(from, "is no copy of a database of this program"));
    }
    let migrations = db.migrate().await.map_err(unusable)?;
    let sealer = seal::prepare(&db, &settings.data_dir).await?;
    let ctx = Context::new(db, settings.clone(), clock, sealer);
    let communities = community::list(&ctx).await?.into_iter().map(|home| home.slug).collect();
    let raised = restoration::raise(&ctx).await?;
    ctx.db.close().await?;
    files::fold(draft).await?;
    Ok((communities, migrations, raised))
}

impl Prepared {
    /// Puts the copy in the place of the database, which is kept. At every moment one of the two stands there, whole.
    ///
    /// # Errors
    /// When the database is in use, or a file cannot be moved; then the copy is removed and the database is as it was.
    pub async fn put_in_place(self) -> Result<Replaced, BackupError> {
        let kept = self
            .kept
            .clone()
            .unwrap_or_else(|| beside(&self.path, ".before-restore"));
        let done = files::replace(&self.path, &self.draft, &kept).await;
        if done.is_err() {
            self.discard()?;
        }
        Ok(done?)
    }

    /// Leaves everything as it was.
    ///
    /// # Errors
    /// When the copy cannot be removed.
    pub fn discard(&self) -> Result<(), BackupError> {
        remove(&self.draft).map_err(|error| file_error(&self.draft, format!("cannot be removed: {error}")))
    }
}
