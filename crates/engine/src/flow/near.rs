//! `rows_near`: rows in the neighbourhood of marked ones.

use datafusion::{
    arrow::{
        array::{Array, AsArray, BooleanArray, RecordBatch, RecordBatchOptions},
        compute::filter_record_batch,
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};

use super::gather::{Algorithm, Ready, Run};

/// The last column is the mark.
pub(crate) struct Near {
    /// Rows kept before a marked one.
    pub(crate) before: usize,
    /// Rows kept behind one.
    pub(crate) after: usize,
    /// What comes out: all columns but the mark.
    pub(crate) schema: SchemaRef,
}

impl Algorithm for Near {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let wrong = || DataFusionError::Internal("a mark is no bool".to_owned());
        let count = rows.num_rows();
        let marks = rows.columns().last().and_then(|it| it.as_boolean_opt()).ok_or_else(wrong)?;
        let mut kept = vec![false; count];
        // the row behind the last one that is kept already
        let mut end = 0;
        for row in 0..count {
            if marks.is_valid(row) && marks.value(row) {
                let first = row.saturating_sub(self.before).max(end);
                end = count.min(row.saturating_add(self.after).saturating_add(1)).max(end);
                for place in kept.get_mut(first..end).unwrap_or_default() {
                    *place = true;
                }
            }
        }
        let columns = rows.columns().split_last().map_or(&[][..], |(_, rest)| rest).to_vec();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let rows = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok(Ready::boxed(filter_record_batch(&rows, &BooleanArray::from(kept))?))
    }
}
