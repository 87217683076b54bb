//! Window functions that carry one state along: numbers, sums, ranks, sessions.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringViewArray},
        datatypes::{Float64Type, Int64Type},
    },
    common::Result,
    error::DataFusionError,
    scalar::ScalarValue,
};

use super::window::column;
use crate::lower::decimal;

/// A call and where it stands; `restart` and the arguments are columns of the input.
#[derive(Clone)]
pub(crate) struct Running {
    /// Which.
    pub(crate) kind: Kind,
    /// The argument, none for a number.
    pub(crate) term: Option<usize>,
    /// True where it starts anew.
    pub(crate) restart: usize,
}

/// The kinds, with their state.
#[derive(Clone)]
pub(crate) enum Kind {
    /// `row_number`: where it starts, and the next.
    Number { start: i64, next: i64 },
    /// `row_cumsum` of longs and timespans.
    Whole(i64),
    /// `row_cumsum` of reals.
    Real(f64),
    /// `row_cumsum` of decimals.
    Decimal(String),
    /// `row_rank_*`: the last value, its rank, and the rows since the start.
    Rank { dense: bool, last: Option<ScalarValue>, rank: i64, rows: i64 },
    /// `row_window_session`: where the bounds stand, the first and the last time.
    Session { first: usize, between: usize, start: Option<i64>, last: Option<i64> },
}

impl Running {
    /// The results for a batch.
    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<ArrayRef> {
        let restarts = column(batch, self.restart)?.as_boolean_opt().ok_or_else(wrong)?;
        let restarts = |row: usize| restarts.is_valid(row) && restarts.value(row);
        let term = self.term.map(|at| column(batch, at)).transpose()?;
        let rows = 0..batch.num_rows();
        Ok(match &mut self.kind {
            Kind::Number { start, next } => {
                let numbers = rows.map(|row| {
                    if restarts(row) {
                        *next = *start;
                    }
                    let number = *next;
                    *next = next.wrapping_add(1);
                    number
                });
                Arc::new(Int64Array::from_iter_values(numbers))
            }
            Kind::Whole(sum) => {
                let terms = longs(term)?;
                let sums = rows.map(|row| {
                    if restarts(row) {
                        *sum = 0;
                    }
                    *sum = sum.wrapping_add(if terms.is_valid(row) { terms.value(row) } else { 0 });
                    *sum
                });
                Arc::new(Int64Array::from_iter_values(sums))
            }
            Kind::Real(sum) => {
                let terms = term.and_then(|it| it.as_primitive_opt::<Float64Type>());
                let terms = terms.ok_or_else(wrong)?;
                let sums = rows.map(|row| {
                    if restarts(row) {
                        *sum = 0.0;
                    }
                    *sum += if terms.is_valid(row) { terms.value(row) } else { 0.0 };
                    *sum
                });
                Arc::new(Float64Array::from_iter_values(sums))
            }
            Kind::Decimal(sum) => {
                let terms = term.and_then(|it| it.as_string_view_opt()).ok_or_else(wrong)?;
                let mut sums = Vec::with_capacity(rows.len());
                for row in rows {
                    if restarts(row) {
                        "0".clone_into(sum);
                    }
                    if terms.is_valid(row)
                        && let Some(more) = decimal::add(sum, terms.value(row))
                    {
                        *sum = more;
                    }
                    sums.push(sum.clone());
                }
                Arc::new(StringViewArray::from_iter_values(sums))
            }
            Kind::Rank { dense, last, rank, rows: seen } => {
                let terms = term.ok_or_else(wrong)?;
                let mut ranks = Vec::with_capacity(rows.len());
                for row in rows {
                    let value = ScalarValue::try_from_array(terms, row)?;
                    let again = restarts(row);
                    if again {
                        (*rank, *seen) = (0, 0);
                    }
                    *seen += 1;
                    if again || last.as_ref() != Some(&value) {
                        *rank = if *dense { *rank + 1 } else { *seen };
                    }
                    *last = Some(value);
                    ranks.push(*rank);
                }
                Arc::new(Int64Array::from(ranks))
            }
            Kind::Session { first, between, start, last } => {
                let times = longs(term)?;
                let first = longs(Some(column(batch, *first)?))?;
                let between = longs(Some(column(batch, *between)?))?;
                let starts = rows.map(|row| {
                    let at = times.is_valid(row).then(|| times.value(row))?;
                    let far = |since: Option<i64>, most: &Int64Array| {
                        since.is_none_or(|it| {
                            most.is_valid(row) && at.saturating_sub(it) > most.value(row)
                        })
                    };
                    if restarts(row) || far(*start, first) || far(*last, between) {
                        *start = Some(at);
                    }
                    *last = Some(at);
                    *start
                });
                Arc::new(starts.collect::<Int64Array>())
            }
        })
    }
}

fn longs(term: Option<&ArrayRef>) -> Result<&Int64Array> {
    term.and_then(|it| it.as_primitive_opt::<Int64Type>()).ok_or_else(wrong)
}

fn wrong() -> DataFusionError {
    DataFusionError::Internal("a window function reads a column of another type".to_owned())
}
