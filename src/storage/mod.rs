//! The first floor: questions asked of the database, answered in domain types.
//!
//! Functions take any connection ([`Connection`]), so that the same one runs inside and outside a transaction, and each
//! names the community it asks about. Reading goes through [`Db::reader`]; every change goes through [`Db::write`], the one
//! door. What one database cannot say is written once in this room, commented, and tested on both.

pub mod account;
pub mod attendance;
pub mod audit;
pub mod booking;
pub mod closure;
pub mod community;
pub mod complaint;
pub mod confirmation;
mod convert;
mod db;
pub mod demonstration;
pub mod enrolment;
mod error;
pub mod feedback;
pub mod holiday;
pub mod idempotency;
mod lane;
pub mod limit;
pub mod material;
pub mod meta;
pub mod notification;
pub mod partner;
pub mod programme;
pub mod proposal;
pub mod report;
pub mod resident;
pub mod resident_import;
pub mod rollover;
pub mod series;
pub mod session;
pub mod substitution;
pub mod template;
pub mod upkeep;
pub mod upload;

pub use convert::{date_from_db, date_to_db, from_db, to_db};
pub use db::{Db, DbSettings, Kind, shown_url};
pub use error::{Error, Result};

/// A transaction as [`Db::write`] lends it.
pub type Txn = sea_orm::DatabaseTransaction;

/// Anything a question can be asked of: the pool or a transaction.
pub use sea_orm::ConnectionTrait as Connection;
