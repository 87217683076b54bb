//! What a query answers: columns, rows, and what it cost.

use crate::{types::Column, value::Value};

/// A complete answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column.
    pub rows: Vec<Vec<Value>>,
    /// The bill.
    pub cost: Cost,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Wall time in seconds.
    pub seconds: f64,
    /// Rows read from tables.
    pub rows_read: u64,
}
