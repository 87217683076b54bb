//! Lists: a filter, an order and a place become one SQL statement over the stored documents.
//!
//! `dialect` has every piece of text that differs between databases, `filter` turns conditions
//! into SQL, `order` the sort keys and the place where a page begins, and `list` puts the
//! statement together and runs it; `sought` narrows it down to the records that have the texts a
//! filter demands; `count` counts. Values are bound, never written into the text; what is written
//! is member names (checked and quoted) and our own numbers.

mod count;
pub(crate) mod dialect;
mod filter;
mod list;
mod order;
#[cfg(test)]
mod plans;
mod sought;
#[cfg(test)]
mod tests;

use self::dialect::Dialect;
use crate::backend::value::{Arg, Value};

/// The values of a statement, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pub(crate) dialect: Dialect,
    pub(crate) values: Vec<Value>,
}

impl Params {
    /// None yet, of a statement for this database.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, values: Vec::new() }
    }

    /// The values as a statement takes them.
    pub(crate) fn args(&self) -> Vec<Arg<'_>> {
        self.values.iter().map(Value::arg).collect()
    }

    /// Adds a value and answers the text that stands for it.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }
}
