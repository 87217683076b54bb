//! Operators that DataFusion has no counterpart for: one small machine each, fed with batches.
//!
//! An operator says what it does with a batch and what it holds ([`Flow`]). The rest is the same
//! for all and stands beside this file: the node in the logical plan (`node.rs`), the step that
//! runs it with its memory counted (`exec.rs`), and the way from the one to the other
//! (`planner.rs`). What comes out is bounded by the batch, never by what one row can grow into, so
//! a stream of a trillion rows is as harmless as one of ten.

pub(crate) mod cluster;
pub(crate) mod exec;
pub(crate) mod expand;
pub(crate) mod gather;
pub(crate) mod graph;
pub(crate) mod near;
pub(crate) mod node;
pub(crate) mod ordered;
pub(crate) mod planner;
pub(crate) mod reduce;
pub(crate) mod running;
pub(crate) mod scan;
pub(crate) mod window;

use std::sync::Arc;

use datafusion::{arrow::array::RecordBatch, common::Result};

/// Rows of a batch that an operator makes, at most.
pub(crate) const BATCH: usize = 8192;

/// One run of an operator over one partition.
pub(crate) trait Flow: Send {
    /// Takes a batch. Called only when [`Flow::next`] had nothing more.
    fn push(&mut self, batch: RecordBatch) -> Result<()>;
    /// No more batches will come.
    fn finish(&mut self) -> Result<()>;
    /// The next batch of what was taken so far, none when more is needed.
    fn next(&mut self) -> Result<Option<RecordBatch>>;
    /// Bytes it holds, about.
    fn size(&self) -> usize;
}

/// Starts a run.
pub(crate) type Start = Arc<dyn Fn() -> Result<Box<dyn Flow>> + Send + Sync>;
