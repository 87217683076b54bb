//! What a list asks for and what it gets.

use model::query::{Filter, PropertyPath};
use serde_json::Value;

use crate::{Cursor, Record};

/// One page of one collection of one tenant.
#[derive(Debug, Clone, Default)]
pub struct ListAsk {
    /// Whose records.
    pub tenant: String,
    /// Which collection.
    pub kind: String,
    /// Only what is contained in this record.
    pub parent: Option<String>,
    /// The caller's filter, bound to the model.
    pub filter: Option<Filter>,
    /// Further equalities, as member path (`a/b` reaches into `a`) and value.
    pub extra: Vec<(String, Value)>,
    /// Sort keys, `true` for descending. The id breaks ties, in the direction of the last key.
    pub order: Vec<(PropertyPath, bool)>,
    /// How many at most.
    pub top: u32,
    /// How many to pass over first; heeded on the first page only, not with `after`.
    pub skip: u64,
    /// Go on behind this place.
    pub after: Option<Cursor>,
    /// See the records as they were at this change number. `None` is now, or what `after` says.
    pub as_of: Option<u64>,
}

/// What a list answers.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<Cursor>,
    /// The change number that this page and those that follow it show.
    pub as_of: u64,
}
