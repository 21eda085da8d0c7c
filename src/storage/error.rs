//! What can go wrong while asking the database.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// The outcome of a question asked of the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong while asking the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The venue or the facilitator is taken at that time: the database refused an overlap.
    #[error("the {0} is already taken at that time")]
    Overlap(&'static str),
    /// The database refused a booking that its venue or partner does not allow, or a row that names somebody who was merged or erased; the name of
    /// the guard.
    #[error("a guard does not allow this row: {0}")]
    Guarded(&'static str),
    /// The month was reported and is locked: the database refused a change of its numbers.
    #[error("the month was reported: its numbers change by a correction only")]
    MonthLocked,
    /// A row with that key is already there.
    #[error("a row with this key exists already: {0}")]
    Duplicate(String),
    /// The row points to one that does not exist in this community, or is still pointed to.
    #[error("a row that this one points to does not exist, or others still point to it")]
    Dangling,
    /// Two transactions wanted the same rows: try again.
    #[error("two changes met: try again")]
    Contention,
    /// A row whose content cannot be understood.
    #[error("table {table}, row {id}: column {column} cannot be read: {value:?}")]
    Inconsistent {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Primary key.
        id: String,
        /// What stands there.
        value: String,
    },
    /// The change was not stored, because the transaction that carried it was lost.
    #[error("the change was not stored: {0}")]
    Lost(String),
    /// The database cannot be worked with: too old, too new, not a database, not writable. Says what to do.
    #[error("{0}")]
    Unsupported(String),
    /// The database could not be asked.
    #[error("asking the database failed")]
    Database(#[source] DbErr),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(known) = from_driver(&error) {
            return known;
        }
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(what)) => Error::Duplicate(what),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Error::Dangling,
            _ => Error::Database(error),
        }
    }
}

/// The guards of bookings and of rows that name a resident, by the names they have in the database.
const GUARDS: [&str; 8] = [
    "booking_too_long",
    "booking_incomplete",
    "booking_closed",
    "booking_capacity",
    "booking_closure",
    "booking_paper",
    "booking_frozen",
    "resident_gone",
];

/// What `sql_err` does not know: exclusion constraints and deadlocks of PostgreSQL, and SQLite's triggers, whose message is the
/// constraint's name.
fn from_driver(error: &DbErr) -> Option<Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(driver)) | DbErr::Query(RuntimeErr::SqlxError(driver))) = error else {
        return None;
    };
    let sqlx::Error::Database(database) = driver.as_ref() else {
        return None;
    };
    let constraint = database.constraint().unwrap_or_else(|| database.message());
    match constraint {
        "booking_venue_no_overlap" => return Some(Error::Overlap("venue")),
        "booking_facilitator_no_overlap" => return Some(Error::Overlap("facilitator")),
        "month_locked" => return Some(Error::MonthLocked),
        "FOREIGN KEY constraint failed" => return Some(Error::Dangling),
        _ => {}
    }
    if let Some(guard) = GUARDS.into_iter().find(|guard| *guard == constraint) {
        return Some(Error::Guarded(guard));
    }
    match database.code().as_deref() {
        // Deadlock, serialisation failure, and a lock that was not had in time.
        Some("40P01" | "40001" | "55P03") => Some(Error::Contention),
        _ => None,
    }
}
