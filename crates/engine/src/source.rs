//! Tables that are views of records stored elsewhere: read page by page while the query runs.
//!
//! What a query says of `Timestamp` narrows the window that the records are asked for; the query
//! still filters, so a comparison that is not understood here only costs.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef},
    catalog::{Session, TableProvider, streaming::StreamingTable},
    common::{Result, ScalarValue},
    datasource::TableType,
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{
        BinaryExpr, Expr, Operator, TableProviderFilterPushDown, utils::split_conjunction,
    },
    physical_plan::{ExecutionPlan, stream::RecordBatchStreamAdapter, streaming::PartitionStream},
};
use kql::hunt::RowSource;

use crate::{
    error::EngineError,
    lake::rows::{Rows, table_schema},
    lower::rel::TIMESTAMP,
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
) -> Arc<dyn TableProvider> {
    let schema = table_schema(table);
    Arc::new(Served { pages: Pages { rows, tenant: tenant.into(), table, window, schema } })
}

#[derive(Debug)]
struct Served {
    pages: Pages,
}

#[async_trait::async_trait]
impl TableProvider for Served {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.pages.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let window = filters.iter().fold(self.pages.window, narrowed);
        let pages = Pages { window, ..self.pages.clone() };
        // With a filter above, fewer rows may come out than are read.
        let limit = if filters.is_empty() { limit } else { None };
        let table = StreamingTable::try_new(self.schema(), vec![Arc::new(pages)])?;
        table.scan(state, projection, &[], limit).await
    }
}

/// The part of the window for which the filter can hold.
fn narrowed(window: Option<(i64, i64)>, filter: &Expr) -> Option<(i64, i64)> {
    split_conjunction(filter).into_iter().filter_map(bounds).fold(window, |window, (from, to)| {
        let (first, last) = window.unwrap_or((i64::MIN, i64::MAX));
        Some((first.max(from), last.min(to)))
    })
}

/// The first and the last `Timestamp` for which a comparison with a constant holds.
fn bounds(test: &Expr) -> Option<(i64, i64)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = test else { return None };
    let (column, op, value) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(value, _)) => (column, *op, value),
        (Expr::Literal(value, _), Expr::Column(column)) => (column, op.swap()?, value),
        _ => return None,
    };
    let ScalarValue::Int64(Some(at)) = *value else { return None };
    if column.name != TIMESTAMP {
        return None;
    }
    match op {
        Operator::Eq | Operator::IsNotDistinctFrom => Some((at, at)),
        Operator::Gt => Some((at.saturating_add(1), i64::MAX)),
        Operator::GtEq => Some((at, i64::MAX)),
        Operator::Lt => Some((i64::MIN, at.saturating_sub(1))),
        Operator::LtEq => Some((i64::MIN, at)),
        _ => None,
    }
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
