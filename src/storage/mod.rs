//! The first floor: questions asked of the database, answered in domain types.
//!
//! Functions take any connection ([`Connection`]), so that the same one runs inside and outside a transaction, and each
//! names the community it asks about. Reading goes through [`Db::reader`]; every change goes through [`Db::write`], the one
//! door. What one database cannot say is written once in this room, commented, and tested on both.

pub mod absence;
pub mod account;
pub mod activity_record;
pub mod attendance;
pub mod audit;
pub mod backup;
pub mod booking;
pub mod card;
pub mod chain;
pub mod channel_account;
pub mod closure;
pub mod community;
pub mod complaint;
pub mod confirmation;
mod convert;
pub mod crew;
mod db;
pub mod demonstration;
pub mod desk;
pub mod device;
pub mod draw;
pub mod enrolment;
mod error;
pub mod feedback;
pub mod holiday;
pub mod household;
pub mod idempotency;
mod lane;
pub mod limit;
pub mod material;
pub mod matter;
pub mod message_template;
pub mod meta;
pub mod need;
pub mod notification;
pub mod notification_rule;
pub mod opt_out;
pub mod partner;
pub mod photo;
pub mod programme;
pub mod proposal;
pub mod rate;
pub mod report;
pub mod resident;
pub mod resident_import;
pub mod restoration;
pub mod rollover;
pub mod series;
pub mod series_enrolment;
pub mod session;
pub mod sheet;
pub mod sign_up_rule;
pub mod stopped_coming;
pub mod substitution;
pub mod summary;
pub mod template;
pub mod undone;
pub mod upkeep;
pub mod upload;

pub use convert::{date_from_db, date_to_db, from_db, to_db};
pub use db::{Db, DbSettings, Kind, shown_url};
pub use error::{Error, Result};

/// A transaction as [`Db::write`] lends it.
pub type Txn = sea_orm::DatabaseTransaction;

/// Anything a question can be asked of: the pool or a transaction.
pub use sea_orm::ConnectionTrait as Connection;
