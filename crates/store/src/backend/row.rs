//! A row of an answer, and what can be read from its columns.

use super::postgres::wire;
use super::value::Value;
use crate::StoreError;

/// A row of either database.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// What a column can be read as.
pub(crate) trait Column: Sized {
    fn sqlite(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self>;
    fn postgres(row: &tokio_postgres::Row, at: usize) -> Result<Self, tokio_postgres::Error>;
}

impl Row<'_> {
    /// The column at a place, counted from 0.
    pub(crate) fn get<T: Column>(&self, at: usize) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(T::sqlite(row, at)?),
            Self::Postgres(row) => Ok(T::postgres(row, at)?),
        }
    }
}

macro_rules! plain {
    ($($ty:ty),*) => {$(
        impl Column for $ty {
            fn sqlite(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                row.get(at)
            }

            fn postgres(
                row: &tokio_postgres::Row,
                at: usize,
            ) -> Result<Self, tokio_postgres::Error> {
                row.try_get(at)
            }
        }
    )*};
}

plain!(bool, Option<String>, Vec<u8>);

/// What is read from PostgreSQL through a type of our own.
macro_rules! through {
    ($($ty:ty as $wire:path),*) => {$(
        impl Column for $ty {
            fn sqlite(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
                row.get(at)
            }

            fn postgres(
                row: &tokio_postgres::Row,
                at: usize,
            ) -> Result<Self, tokio_postgres::Error> {
                row.try_get(at).map(|$wire(it)| it)
            }
        }
    )*};
}

through!(i64 as wire::Whole, String as wire::Text, Value as wire::Any);
