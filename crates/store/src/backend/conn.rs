//! A connection to either database, as everything above the backend sees it.
//!
//! Statements name their arguments `?1`, `?2`, whatever the database; they are compiled once and
//! kept. A connection stays on one thread. Statements that need no answer are handed to
//! [`Conn::later`]: a file runs them at once, a server gets them together with the next that does.

use rusqlite::OptionalExtension as _;

use super::postgres::session::Session;
use super::row::Row;
use super::value::Arg;
use crate::StoreError;
use crate::query::dialect::Dialect;

/// The longest statement that is kept compiled. A giant will hardly be asked again, and many would
/// fill the memory.
pub(super) const MAX_KEPT: usize = 8 * 1024;

/// A connection.
pub(crate) enum Conn {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

/// What moves a transaction along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A snapshot to read from.
    BeginRead,
    /// A transaction to write in.
    BeginWrite,
    Commit,
    Rollback,
    /// A place within the transaction to come back to.
    Save,
    /// Keeps what was done since the place.
    Keep,
    /// Undoes what was done since the place.
    Undo,
}

impl Conn {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows that a statement answers.
    pub(crate) fn rows<T>(
        &self,
        text: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(conn) => {
                let mut all = Vec::new();
                let mut each = |statement: &mut rusqlite::Statement<'_>| {
                    let mut rows = statement.query(rusqlite::params_from_iter(args))?;
                    while let Some(row) = rows.next()? {
                        all.push(read(&Row::Sqlite(row))?);
                    }
                    Ok::<_, StoreError>(())
                };
                if text.len() <= MAX_KEPT {
                    each(&mut *conn.prepare_cached(text)?)?;
                } else {
                    each(&mut conn.prepare(text)?)?;
                }
                Ok(all)
            }
            Self::Postgres(session) => {
                let rows = session.rows(text, args)?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// The row that a statement answers, if it answers any.
    pub(crate) fn row<T>(
        &self,
        text: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self {
            Self::Sqlite(conn) => {
                let args = rusqlite::params_from_iter(args);
                let whole = |row: &rusqlite::Row<'_>| Ok(read(&Row::Sqlite(row)));
                let found = if text.len() <= MAX_KEPT {
                    conn.prepare_cached(text)?.query_row(args, whole).optional()?
                } else {
                    conn.prepare(text)?.query_row(args, whole).optional()?
                };
                found.transpose()
            }
            Self::Postgres(session) => {
                let rows = session.rows(text, args)?;
                rows.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// Does a statement answer any row?
    pub(crate) fn exists(&self, text: &str, args: &[Arg<'_>]) -> Result<bool, StoreError> {
        Ok(self.row(text, args, |_| Ok(()))?.is_some())
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(&self, text: &str, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(conn) => {
                let changed =
                    conn.prepare_cached(text)?.execute(rusqlite::params_from_iter(args))?;
                Ok(changed as u64)
            }
            Self::Postgres(session) => session.execute(text, args),
        }
    }

    /// The row that was added last, where rows are found by number alone.
    pub(crate) fn last_row(&self) -> Option<i64> {
        match self {
            Self::Sqlite(conn) => Some(conn.last_insert_rowid()),
            Self::Postgres(_) => None,
        }
    }

    /// Runs a statement of which nobody needs to know what it changed. When it fails on a server,
    /// the next statement says so.
    pub(crate) fn later(&self, text: &str, args: &[Arg<'_>]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => self.execute(text, args).map(|_| ()),
            Self::Postgres(session) => session.later(text, args),
        }
    }

    /// Sees to it that what was left for later has been done.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session) => session.settle(),
        }
    }

    /// Runs statements without arguments that are not worth keeping.
    pub(crate) fn batch(&self, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => Ok(conn.execute_batch(text)?),
            Self::Postgres(session) => session.batch(text),
        }
    }

    /// Moves the transaction along.
    pub(crate) fn step(&self, step: Step) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => {
                let texts: &[&str] = match step {
                    Step::BeginRead => &["BEGIN DEFERRED"],
                    Step::BeginWrite => &["BEGIN IMMEDIATE"],
                    Step::Commit => &["COMMIT"],
                    Step::Rollback => &["ROLLBACK"],
                    Step::Save => &["SAVEPOINT job"],
                    Step::Keep => &["RELEASE job"],
                    Step::Undo => &["ROLLBACK TO job", "RELEASE job"],
                };
                for text in texts {
                    conn.prepare_cached(text)?.execute([])?;
                }
                Ok(())
            }
            Self::Postgres(session) => session.step(step),
        }
    }

    /// Is a transaction open? The database ends one by itself when it must.
    pub(crate) fn in_transaction(&self) -> bool {
        match self {
            Self::Sqlite(conn) => !conn.is_autocommit(),
            Self::Postgres(session) => session.in_transaction(),
        }
    }

    /// Why the open transaction can only be undone, where a failed statement spoils it.
    pub(crate) fn spoiled(&self) -> Option<StoreError> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(session) => session.spoiled(),
        }
    }

    /// The number of a tenant or a kind that this session met before. A file is asked each time:
    /// that costs less than keeping what it says.
    pub(crate) fn number_of(&self, table: &'static str, name: &str) -> Option<i64> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(session) => session.number_of(table, name),
        }
    }

    /// Keeps such a number; it is given out once and for good.
    pub(crate) fn keep_number(&self, table: &'static str, name: &str, no: i64) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(session) => session.keep_number(table, name, no),
        }
    }

    /// How many rows were changed since the connection was opened.
    pub(crate) fn written(&self) -> u64 {
        match self {
            Self::Sqlite(conn) => conn.total_changes(),
            Self::Postgres(session) => session.written(),
        }
    }
}
