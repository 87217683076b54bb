//! Window functions over rows in their order: one pass, one state for each call.
//!
//! Calls that look back keep what they saw; those that look ahead hold batches back until enough
//! rows behind them are there.

use std::{collections::VecDeque, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_empty_array},
        compute::concat,
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
    scalar::ScalarValue,
};

use super::{Flow, running::Running};
use crate::leash;

/// One call of a stage: what it does and where its arguments stand in the input.
#[derive(Clone)]
pub(crate) enum Call {
    /// The value some rows back.
    Previous { value: usize, offset: usize, default: ScalarValue },
    /// The value some rows ahead.
    Next { value: usize, offset: usize, default: ScalarValue },
    /// A state that runs along.
    Running(Running),
}

/// What a stage does; the same for every run.
pub(crate) struct Stage {
    /// The columns of the input that come out again; its first ones.
    pub(crate) width: usize,
    /// The calls, each a column.
    pub(crate) calls: Vec<Call>,
    /// What comes out.
    pub(crate) schema: SchemaRef,
}

/// One run.
pub(crate) struct Windows {
    stage: Arc<Stage>,
    states: Vec<State>,
    pending: VecDeque<RecordBatch>,
    rows: usize,
    ended: bool,
}

enum State {
    /// The last values.
    Tail(ArrayRef),
    Ahead,
    Running(Running),
}

impl Windows {
    /// A run of this stage.
    pub(crate) fn new(stage: Arc<Stage>) -> Self {
        let states = stage.calls.iter().map(|call| match call {
            Call::Previous { default, .. } => State::Tail(new_empty_array(&default.data_type())),
            Call::Next { .. } => State::Ahead,
            Call::Running(running) => State::Running(running.clone()),
        });
        let states = states.collect();
        Self { stage, states, pending: VecDeque::new(), rows: 0, ended: false }
    }

    /// How many rows must be known behind a batch.
    fn ahead(&self) -> usize {
        let offsets = self.stage.calls.iter().map(|call| match call {
            Call::Next { offset, .. } => *offset,
            Call::Previous { .. } | Call::Running(_) => 0,
        });
        offsets.max().unwrap_or(0)
    }
}

impl Flow for Windows {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        if batch.num_rows() > 0 {
            self.pending.push_back(batch);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.ended = true;
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(first) = self.pending.front() else { return Ok(None) };
        let count = first.num_rows();
        if !self.ended && self.rows - count < self.ahead() {
            return Ok(None);
        }
        let batch = first.clone();
        let stage = Arc::clone(&self.stage);
        let mut columns = batch.columns().get(..stage.width).unwrap_or_default().to_vec();
        for (call, state) in stage.calls.iter().zip(&mut self.states) {
            leash::check()?;
            columns.push(match (call, state) {
                (Call::Previous { value, offset, default }, State::Tail(tail)) => {
                    back(column(&batch, *value)?, *offset, default, tail)?
                }
                (Call::Next { value, offset, default }, _) => {
                    ahead(&self.pending, *value, count, *offset, default)?
                }
                (_, State::Running(running)) => running.batch(&batch)?,
                _ => return Err(DataFusionError::Internal("a window without state".to_owned())),
            });
        }
        self.pending.pop_front();
        self.rows -= count;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let schema = Arc::clone(&stage.schema);
        Ok(Some(RecordBatch::try_new_with_options(schema, columns, &options)?))
    }

    fn size(&self) -> usize {
        let pending: usize = self.pending.iter().map(RecordBatch::get_array_memory_size).sum();
        let tails = self.states.iter().map(|state| match state {
            State::Tail(tail) => tail.get_array_memory_size(),
            State::Ahead | State::Running(_) => 0,
        });
        pending + tails.sum::<usize>()
    }
}

/// A column of a batch.
pub(super) fn column(batch: &RecordBatch, at: usize) -> Result<&ArrayRef> {
    batch
        .columns()
        .get(at)
        .ok_or_else(|| DataFusionError::Internal("a window reads no such column".to_owned()))
}

fn back(
    values: &ArrayRef,
    offset: usize,
    default: &ScalarValue,
    tail: &mut ArrayRef,
) -> Result<ArrayRef> {
    let count = values.len();
    let known = concat(&[tail.as_ref(), values.as_ref()])?;
    // The row at `i` looks at `i + tail - offset` of what is known.
    let missing = offset.saturating_sub(tail.len()).min(count);
    let start = tail.len().saturating_sub(offset);
    let found = known.slice(start, count - missing);
    let out = concat(&[default.to_array_of_size(missing)?.as_ref(), found.as_ref()])?;
    let keep = offset.min(known.len());
    *tail = compact(&known.slice(known.len() - keep, keep));
    Ok(out)
}

fn ahead(
    pending: &VecDeque<RecordBatch>,
    value: usize,
    count: usize,
    offset: usize,
    default: &ScalarValue,
) -> Result<ArrayRef> {
    let mut parts = Vec::new();
    let mut known = 0;
    for batch in pending {
        let part = column(batch, value)?;
        parts.push(part.as_ref());
        known += part.len();
        if known >= count + offset {
            break;
        }
    }
    let all = concat(&parts)?;
    let start = offset.min(known);
    let found = all.slice(start, count.min(known - start));
    let missing = default.to_array_of_size(count - found.len())?;
    Ok(concat(&[found.as_ref(), missing.as_ref()])?)
}

/// The values without the buffers of the batches they came from.
fn compact(values: &ArrayRef) -> ArrayRef {
    match values.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => Arc::clone(values),
    }
}
