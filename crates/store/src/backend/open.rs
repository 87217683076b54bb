//! Opening a connection to a file: the settings every connection needs, and those of the file.
//!
//! Write-ahead log with `synchronous=FULL`: a commit that was reported survives a loss of power,
//! and readers never wait for the writer. Functions our filters need are registered here.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::watch;
use crate::StoreError;
use crate::query::dialect::{LOWER, UPPER};

/// How long a statement waits for another process to finish its write.
const BUSY: Duration = Duration::from_secs(10);
/// Distinct statements kept compiled per connection; lists with differing filters share this.
const STATEMENTS: usize = 256;

/// Settings of the file; the page size is heeded when it is new. What arrives in no order
/// (fingerprints, entities) costs a page per row, so pages are small.
const FILE: &str = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;";
/// Settings of a connection; sizes in KiB are negative, as SQLite wants them.
const CONNECTION: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA temp_store = MEMORY;
    PRAGMA mmap_size = 268435456;
    PRAGMA trusted_schema = OFF;
    PRAGMA foreign_keys = OFF;";
/// The writer's cache holds the pages that alerts come back to (of entities and fingerprints, in
/// no order): some 400 MiB among a million alerts. It takes what it needs and no more; what it must
/// read again costs each alert. When the log is taken over is `checkpoint.rs`'s.
const WRITER: &str = "
    PRAGMA cache_size = -524288;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 268435456;";
const READER: &str = "PRAGMA cache_size = -32768; PRAGMA query_only = ON;";
const COPIER: &str = "PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 0;";

/// The connection that writes; makes the file when there is none.
pub(crate) fn writer(path: &Path) -> Result<Connection, StoreError> {
    create(path)?;
    let conn = Connection::open_with_flags(path, flags())?;
    conn.busy_timeout(BUSY)?;
    conn.execute_batch(FILE)?;
    finish(&conn, WRITER)?;
    Ok(conn)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = Connection::open_with_flags(path, flags())?;
    conn.busy_timeout(BUSY)?;
    finish(&conn, READER)?;
    watch::install(&mut conn)?;
    Ok(conn)
}

/// The connection that takes the log over.
pub(crate) fn copier(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags())?;
    finish(&conn, COPIER)?;
    Ok(conn)
}

/// A database of its own, gone with the connection.
pub(crate) fn memory() -> Result<Connection, StoreError> {
    let conn = Connection::open_in_memory()?;
    finish(&conn, WRITER)?;
    Ok(conn)
}

fn flags() -> OpenFlags {
    // Each connection stays on its own thread, so SQLite need not lock around every call.
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn finish(conn: &Connection, own: &str) -> Result<(), StoreError> {
    conn.execute_batch(CONNECTION)?;
    conn.execute_batch(own)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan depends on the statement alone, so a statement is never compiled again because other
    // values were bound to it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    // SQLite's own functions fold ASCII only.
    conn.create_scalar_function(LOWER, 1, flags, |it| {
        Ok(text(it.get_raw(0)).map(str::to_lowercase))
    })?;
    conn.create_scalar_function(UPPER, 1, flags, |it| {
        Ok(text(it.get_raw(0)).map(str::to_uppercase))
    })?;
    Ok(())
}

/// Text, if it is; folding anything else has no meaning and counts as null.
fn text(value: ValueRef<'_>) -> Option<&str> {
    value.as_str().ok()
}

/// An empty file that only its owner may read: SQLite gives the log beside it the same rights.
fn create(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let place = path.display().to_string();
            Err(StoreError::Unusable { place, reason: error.to_string() })
        }
    }
}
