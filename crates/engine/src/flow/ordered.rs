//! Rows as they are, in their order: what reads them sees the order that was settled in front.
//!
//! A `summarize` behind a `sort` needs it for lists; without it the optimiser would drop the sort.

use datafusion::{arrow::array::RecordBatch, common::Result};

use super::Flow;

/// One run.
#[derive(Default)]
pub(crate) struct Ordered {
    batch: Option<RecordBatch>,
}

impl Flow for Ordered {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.batch = Some(batch);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.batch.take())
    }

    fn size(&self) -> usize {
        self.batch.as_ref().map_or(0, RecordBatch::get_array_memory_size)
    }
}
