//! What can go wrong in the store, as callers tell it apart.
//!
//! `Conflict`, `NotFound`, `PreconditionFailed`, `TooComplex`, `BadCursor`, `BadName` and
//! `TooSlow` answer what the caller asked; the rest are about the machine beneath.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Key;
use crate::backend::watch::READ_LIMIT;

/// Why the store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The key is taken.
    #[error("{} {} already exists", .0.kind, .0.id)]
    Conflict(Key),
    /// Nothing has the key.
    #[error("{} {} does not exist", .0.kind, .0.id)]
    NotFound(Key),
    /// The record is not the version the caller named.
    #[error("{} {} has changed since it was read", .0.kind, .0.id)]
    PreconditionFailed(Key),
    /// The filter or the order is larger than the store is willing to run.
    #[error("the {part} is too complex: {reason}")]
    TooComplex {
        /// Which part of the question.
        part: &'static str,
        /// Which limit.
        reason: &'static str,
    },
    /// The cursor is damaged, or belongs to another list.
    #[error("the cursor does not belong to this list: {reason}")]
    BadCursor {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A read did not end in time; a filter without an index over many records does that.
    #[error("the store did not find the answer within {} s", .limit.as_secs())]
    TooSlow {
        /// How long a read may take.
        limit: Duration,
    },
    /// A member name that cannot stand in a path.
    #[error("`{name}` cannot be used as a member name")]
    BadName {
        /// The name.
        name: String,
    },
    /// Another process holds the database, or the queue is closed.
    #[error("the database is busy")]
    Busy {
        /// What the database said.
        #[source]
        source: Arc<rusqlite::Error>,
    },
    /// The disk or the database's size limit is reached.
    #[error("the database cannot grow: the disk is full")]
    Full {
        /// What the database said.
        #[source]
        source: Arc<rusqlite::Error>,
    },
    /// What is stored cannot be read back.
    #[error("the database is damaged: {what}")]
    Corrupt {
        /// Where.
        what: String,
    },
    /// The file is a database of something else, or of a newer release.
    #[error("{} cannot be used: {reason}", path.display())]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The closure panicked; nothing of it was kept.
    #[error("the operation failed inside: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The database gave up the transaction that carried this write; nothing of it was kept.
    #[error("the transaction was rolled back by the database")]
    RolledBack,
    /// The operating system gave no thread.
    #[error("could not start a thread")]
    Thread {
        /// What it said.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Any other answer of the database.
    #[error("a statement failed")]
    Sql {
        /// What the database said.
        #[source]
        source: Arc<rusqlite::Error>,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as C;
        let code = source.sqlite_error_code();
        let source = Arc::new(source);
        match code {
            Some(C::DatabaseBusy | C::DatabaseLocked) => Self::Busy { source },
            // Only the watch over a read interrupts.
            Some(C::OperationInterrupted) => Self::TooSlow { limit: READ_LIMIT },
            Some(C::DiskFull) => Self::Full { source },
            Some(C::DatabaseCorrupt | C::NotADatabase) => {
                Self::Corrupt { what: source.to_string() }
            }
            _ => Self::Sql { source },
        }
    }
}
