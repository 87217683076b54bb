//! From a lowered step to rows: planning, running, and the bounds on what comes out.

use std::sync::Arc;

use datafusion::{
    arrow::array::{Array, RecordBatch},
    execution::session_state::SessionState,
    physical_plan::{ExecutionPlan, execute_stream},
};
use futures::StreamExt;
use kql::{hunt::HuntFault, value::Value};

use crate::{arrow_types::value_at, error::EngineError, fault, flow, lower::Step, session};

/// The bounds of an answer.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// The most rows.
    pub(crate) rows: usize,
    /// The most bytes of JSON, about.
    pub(crate) bytes: usize,
}

/// Rows, and how many were read to find them.
pub(crate) struct Collected {
    /// The rows.
    pub(crate) rows: Vec<Vec<Value>>,
    /// Rows that left the tables.
    pub(crate) rows_read: u64,
}

/// Runs a step.
pub(crate) async fn collect(
    state: &SessionState,
    step: &Step,
    bounds: Bounds,
) -> Result<Collected, HuntFault> {
    let ordered = flow::node::is_ordered(&step.plan).then(|| session::in_order(state));
    let state = ordered.as_ref().unwrap_or(state);
    let plan = state.create_physical_plan(&step.plan).await.map_err(fault::of_datafusion)?;
    let mut stream =
        execute_stream(Arc::clone(&plan), state.task_ctx()).map_err(fault::of_datafusion)?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(fault::of_datafusion)?;
        if rows.len() + batch.num_rows() > bounds.rows {
            return Err(HuntFault::TooLarge { limit: bounds.rows, unit: "rows" });
        }
        bytes += push(step, &batch, &mut rows).map_err(fault::of)?;
        if bytes > bounds.bytes {
            return Err(HuntFault::TooLarge { limit: bounds.bytes, unit: "bytes" });
        }
    }
    drop(stream);
    Ok(Collected { rows, rows_read: rows_read(&plan) })
}

fn push(
    step: &Step,
    batch: &RecordBatch,
    rows: &mut Vec<Vec<Value>>,
) -> Result<usize, EngineError> {
    let mut bytes = 0;
    let columns = step
        .names
        .iter()
        .map(|name| batch.column_by_name(name))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| EngineError::plan("a column of the answer is missing"))?;
    for row in 0..batch.num_rows() {
        let mut cells = Vec::with_capacity(columns.len());
        for (column, ty) in columns.iter().zip(&step.types) {
            let value = value_at(column, row, *ty)?;
            bytes += size(column, row, &value);
            cells.push(value);
        }
        rows.push(cells);
    }
    Ok(bytes)
}

/// The length of a cell in JSON, about, with its column's name left out.
fn size(column: &Arc<dyn Array>, row: usize, value: &Value) -> usize {
    use datafusion::arrow::array::AsArray;
    match value {
        Value::Null => 4,
        Value::Bool(_) => 5,
        Value::Int(_) | Value::Long(_) | Value::Real(_) => 8,
        Value::DateTime(_) | Value::TimeSpan(_) => 30,
        Value::Guid(_) => 38,
        Value::String(text) | Value::Decimal(text) => text.len() + 2,
        Value::Dynamic(_) => column.as_string_view_opt().map_or(16, |it| it.value(row).len()),
    }
}

/// The rows that leaves of the plan gave.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let children = plan.children();
    if children.is_empty() {
        let rows = plan.metrics().and_then(|it| it.output_rows());
        return rows.map_or(0, |it| it as u64);
    }
    children.into_iter().map(rows_read).sum()
}
