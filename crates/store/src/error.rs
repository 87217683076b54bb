//! What can go wrong in the store, as callers tell it apart.
//!
//! `Conflict`, `NotFound`, `PreconditionFailed`, `TooComplex`, `BadCursor`, `BadName` and
//! `TooSlow` answer what the caller asked; the rest are about the machine beneath.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::Key;
use crate::backend::watch::READ_LIMIT;

/// What a database said.
pub type Cause = Arc<dyn Error + Send + Sync>;

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
    /// The filter, the order or the document is larger than the store is willing to take.
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
        source: Cause,
    },
    /// The server cannot be reached, or went away amid the work. It is tried again with the next.
    #[error("the database cannot be reached")]
    Away {
        /// What the connection said.
        #[source]
        source: Cause,
    },
    /// The disk or the database's size limit is reached.
    #[error("the database cannot grow: the disk is full")]
    Full {
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// What is stored cannot be read back.
    #[error("the database is damaged: {what}")]
    Corrupt {
        /// Where.
        what: String,
    },
    /// The database is one of something else, or of a newer release, or refuses us.
    #[error("{place} cannot be used: {reason}")]
    Unusable {
        /// The database file, or the server and its database.
        place: String,
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
        source: Arc<io::Error>,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Any other answer of the database.
    #[error("a statement failed")]
    Sql {
        /// What the database said.
        #[source]
        source: Cause,
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

impl From<tokio_postgres::Error> for StoreError {
    fn from(source: tokio_postgres::Error) -> Self {
        let lost = source.is_closed()
            || source.source().is_some_and(<dyn Error>::is::<io::Error>)
            || source.to_string().starts_with("error connecting");
        let code = source.code().cloned();
        let source: Cause = Arc::new(source);
        let Some(code) = code else {
            return if lost { Self::Away { source } } else { Self::Sql { source } };
        };
        match &code {
            &SqlState::QUERY_CANCELED => Self::TooSlow { limit: READ_LIMIT },
            &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::T_R_SERIALIZATION_FAILURE => Self::Busy { source },
            &SqlState::DISK_FULL => Self::Full { source },
            &SqlState::PROGRAM_LIMIT_EXCEEDED => Self::TooComplex {
                part: "document",
                reason: "a member that lists are ordered by is too long for the database",
            },
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            | &SqlState::TOO_MANY_CONNECTIONS
            | &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Away { source },
            &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => {
                Self::Corrupt { what: code.code().to_owned() }
            }
            code if code.code().starts_with("08") => Self::Away { source },
            _ => Self::Sql { source },
        }
    }
}
