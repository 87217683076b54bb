//! Values on their way into a statement and out of a row, whichever database answers.

use rusqlite::types::{ToSqlOutput, ValueRef};

/// A value that is kept: what a filter compares with, what a cursor remembers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A value lent to one statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
    /// Several numbers as one value, for a database that has arrays.
    Integers(&'a [i64]),
}

/// The arguments of a statement, in the order of their numbers.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::backend::value::Arg::from($value)),*] };
}
pub(crate) use args;

impl Value {
    pub(crate) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Null => Arg::Null,
            Self::Integer(it) => Arg::Integer(*it),
            Self::Real(it) => Arg::Real(*it),
            Self::Text(it) => Arg::Text(it),
            Self::Blob(it) => Arg::Blob(it),
        }
    }
}

impl Arg<'_> {
    /// Kept beyond the statement's call. Only what is written later is kept, never an array.
    pub(crate) fn kept(self) -> Value {
        match self {
            Self::Null | Self::Integers(_) => Value::Null,
            Self::Integer(it) => Value::Integer(it),
            Self::Real(it) => Value::Real(it),
            Self::Text(it) => Value::Text(it.to_owned()),
            Self::Blob(it) => Value::Blob(it.to_vec()),
        }
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Self::Integer(it)
    }
}

impl From<String> for Value {
    fn from(it: String) -> Self {
        Self::Text(it)
    }
}

impl From<Option<String>> for Value {
    fn from(it: Option<String>) -> Self {
        it.map_or(Self::Null, Self::Text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(it: i64) -> Self {
        Self::Integer(it)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(it: &'a str) -> Self {
        Self::Text(it)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(it: &'a String) -> Self {
        Self::Text(it)
    }
}

impl<'a> From<&'a Option<String>> for Arg<'a> {
    fn from(it: &'a Option<String>) -> Self {
        it.as_deref().map_or(Self::Null, Self::Text)
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(it: &'a [u8]) -> Self {
        Self::Blob(it)
    }
}

impl<'a> From<&'a [i64]> for Arg<'a> {
    fn from(it: &'a [i64]) -> Self {
        Self::Integers(it)
    }
}

impl rusqlite::ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null | Self::Integers(_) => ValueRef::Null,
            Self::Integer(it) => ValueRef::Integer(*it),
            Self::Real(it) => ValueRef::Real(*it),
            Self::Text(it) => ValueRef::Text(it.as_bytes()),
            Self::Blob(it) => ValueRef::Blob(it),
        }))
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(value: ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(it) => Self::Integer(it),
            ValueRef::Real(it) => Self::Real(it),
            ValueRef::Text(_) => Self::Text(value.as_str()?.to_owned()),
            ValueRef::Blob(it) => Self::Blob(it.to_vec()),
        })
    }
}
