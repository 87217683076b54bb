//! Algorithms that need all rows at once: they are gathered, then walked, and what comes out comes
//! in batches.

use std::sync::Arc;

use datafusion::{
    arrow::{array::RecordBatch, compute::concat_batches, datatypes::SchemaRef},
    common::Result,
};

use super::Flow;
use crate::leash;

/// An algorithm over all rows.
pub(crate) trait Algorithm: Send + Sync {
    /// Begins with the rows.
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>>;
}

/// An algorithm at work.
pub(crate) trait Run: Send {
    /// The next batch, none at the end.
    fn next(&mut self) -> Result<Option<RecordBatch>>;
    /// Bytes it holds, about.
    fn size(&self) -> usize;
}

/// One run over one partition.
pub(crate) struct Gather {
    algorithm: Arc<dyn Algorithm>,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    bytes: usize,
    run: Option<Box<dyn Run>>,
}

impl Gather {
    /// For rows of this schema.
    pub(crate) fn new(algorithm: Arc<dyn Algorithm>, schema: SchemaRef) -> Self {
        Self { algorithm, schema, batches: Vec::new(), bytes: 0, run: None }
    }
}

impl Flow for Gather {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() > 0 {
            self.bytes += batch.get_array_memory_size();
            self.batches.push(batch);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let batches = std::mem::take(&mut self.batches);
        leash::check()?;
        let schema = batches.first().map_or_else(|| Arc::clone(&self.schema), RecordBatch::schema);
        let rows = concat_batches(&schema, &batches)?;
        self.run = Some(self.algorithm.start(rows)?);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        match &mut self.run {
            Some(run) => run.next(),
            None => Ok(None),
        }
    }

    fn size(&self) -> usize {
        // the rows are there twice while they are put together
        self.run.as_ref().map_or(self.bytes * 2, |run| run.size())
    }
}

/// A result that is already there.
pub(crate) struct Ready {
    rows: Option<RecordBatch>,
}

impl Ready {
    /// These rows.
    pub(crate) fn boxed(rows: RecordBatch) -> Box<dyn Run> {
        Box::new(Self { rows: Some(rows) })
    }
}

impl Run for Ready {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(rows) = self.rows.take() else { return Ok(None) };
        if rows.num_rows() <= super::BATCH {
            return Ok(Some(rows));
        }
        let rest = rows.num_rows() - super::BATCH;
        self.rows = Some(rows.slice(super::BATCH, rest));
        Ok(Some(rows.slice(0, super::BATCH)))
    }

    fn size(&self) -> usize {
        self.rows.as_ref().map_or(0, RecordBatch::get_array_memory_size)
    }
}
