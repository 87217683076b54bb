//! Tables that are views of records stored elsewhere: read page by page while the query runs.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef},
    catalog::{TableProvider, streaming::StreamingTable},
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{stream::RecordBatchStreamAdapter, streaming::PartitionStream},
};
use kql::hunt::RowSource;

use crate::{
    error::EngineError,
    lake::rows::{Rows, table_schema},
    tables::Table,
};

/// The tables that a row source serves.
pub(crate) const SERVED: [&str; 2] = ["AlertInfo", "AlertEvidence"];

/// A served table of a tenant.
pub(crate) fn table(
    rows: Arc<dyn RowSource>,
    tenant: &str,
    table: &'static Table,
    window: Option<(i64, i64)>,
) -> Result<Arc<dyn TableProvider>, EngineError> {
    let schema = table_schema(table);
    let pages = Pages { rows, tenant: tenant.into(), table, window, schema: Arc::clone(&schema) };
    Ok(Arc::new(StreamingTable::try_new(schema, vec![Arc::new(pages)])?))
}

#[derive(Clone)]
struct Pages {
    rows: Arc<dyn RowSource>,
    tenant: Arc<str>,
    table: &'static Table,
    window: Option<(i64, i64)>,
    schema: SchemaRef,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("table", &self.table.name).finish_non_exhaustive()
    }
}

/// Where the stream stands.
enum At {
    Start,
    Cursor(String),
    End,
}

impl Pages {
    async fn page(&self, at: At) -> Result<Option<(RecordBatch, At)>, DataFusionError> {
        let cursor = match at {
            At::Start => None,
            At::Cursor(cursor) => Some(cursor),
            At::End => return Ok(None),
        };
        let page = self
            .rows
            .page(&self.tenant, &self.table.name, self.window, cursor)
            .await
            .map_err(|source| EngineError::Rows { table: self.table.name.clone(), source })?;
        let mut rows = Rows::of_source(self.table);
        for row in &page.rows {
            if let Err(reason) = rows.push(row.to_string().as_bytes()) {
                tracing::warn!(table = %self.table.name, %reason, "a stored row cannot be read");
            }
        }
        let next = page.next.map_or(At::End, At::Cursor);
        Ok(Some((rows.take()?, next)))
    }
}

impl PartitionStream for Pages {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pages = self.clone();
        let stream = futures::stream::try_unfold(At::Start, move |at| {
            let pages = pages.clone();
            async move { pages.page(at).await }
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
