//! Bringing a database file up to date: numbered files, each run once and never edited afterwards.
//!
//! All that is missing runs in one transaction, so two processes that start together do it once.
//! A database that a newer release has written is refused, since its meaning is unknown here.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// In order; the place in the list, counted from one, is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_records.sql"),
    include_str!("../../migrations/0002_beside.sql"),
];

/// Marks the file as ours (`YAGU`), for tools that look at the header.
const APPLICATION: i64 = 0x5941_4755;

pub(crate) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let unusable =
        |reason: String| StoreError::Unusable { place: path.display().to_string(), reason };
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let application: i64 = tx.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let objects: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION {
        if objects > 0 || application != 0 {
            return Err(unusable("it is the database of another program".into()));
        }
        tx.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION};
             CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL)
               STRICT, WITHOUT ROWID;"
        ))?;
        tx.execute("INSERT INTO meta (name, value) VALUES ('version', 0)", [])?;
    }
    let version: i64 =
        tx.query_row("SELECT value FROM meta WHERE name = 'version'", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    let missing = usize::try_from(version).ok().and_then(|it| MIGRATIONS.get(it..));
    let Some(missing) = missing else {
        return Err(unusable(format!(
            "it has version {version}, this release knows {known}; use the newer release"
        )));
    };
    for text in missing {
        tx.execute_batch(text)?;
    }
    if !missing.is_empty() {
        tx.execute("UPDATE meta SET value = ?1 WHERE name = 'version'", [known])?;
    }
    tx.commit()?;
    Ok(())
}
