//! From a lowered step to rows: planning, running, and the bounds on what comes out.

use std::sync::Arc;

use datafusion::{
    arrow::array::{Array, RecordBatch},
    datasource::{memory::MemorySourceConfig, source::DataSourceExec},
    execution::{SendableRecordBatchStream, session_state::SessionState},
    physical_plan::{ExecutionPlan, execute_stream},
};
use futures::StreamExt;
use kql::{hunt::HuntFault, types::Type, value::Value};

use crate::{
    arrow_types::{arrow_type, value_at},
    error::EngineError,
    fault, flow, leash,
    lower::Step,
    session,
};

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
    let Running { plan, mut stream } = start(state, step).await?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    let mut held = leash::hold(0).map_err(fault::of)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(fault::of_datafusion)?;
        if rows.len() + batch.num_rows() > bounds.rows {
            return Err(HuntFault::TooLarge { limit: bounds.rows, unit: "rows" });
        }
        let size = push(step, &batch, &mut rows).map_err(fault::of)?;
        bytes += size.json;
        if let Some(held) = &mut held {
            held.grow(size.memory).map_err(fault::of)?;
        }
        if bytes > bounds.bytes {
            return Err(HuntFault::TooLarge { limit: bounds.bytes, unit: "bytes" });
        }
    }
    drop(stream);
    Ok(Collected { rows, rows_read: rows_read(&plan) })
}

/// A step that runs.
pub(crate) struct Running {
    /// Its plan, which counts.
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    /// Its rows.
    pub(crate) stream: SendableRecordBatchStream,
}

/// Plans a step and starts it. What comes out has the types that the language says.
pub(crate) async fn start(state: &SessionState, step: &Step) -> Result<Running, HuntFault> {
    let ordered = flow::node::is_ordered(&step.plan).then(|| session::in_order(state));
    let state = ordered.as_ref().unwrap_or(state);
    leash::plans(true);
    let plan = state.create_physical_plan(&step.plan).await;
    leash::plans(false);
    let plan = plan.map_err(fault::of_datafusion)?;
    let schema = plan.schema();
    for (name, ty) in step.present() {
        let field = schema.field_with_name(name).map_err(|it| fault::of(it.into()))?;
        if field.data_type() != &arrow_type(ty) {
            let text = format!("a column is {}, not {}", field.data_type(), ty.name());
            return Err(fault::of(EngineError::plan(text)));
        }
    }
    let stream =
        execute_stream(Arc::clone(&plan), state.task_ctx()).map_err(fault::of_datafusion)?;
    Ok(Running { plan, stream })
}

/// What rows of an answer take.
#[derive(Default)]
struct Size {
    json: usize,
    memory: usize,
}

fn push(step: &Step, batch: &RecordBatch, rows: &mut Vec<Vec<Value>>) -> Result<Size, EngineError> {
    let mut sum = Size::default();
    let mut pace = leash::Pace::default();
    let columns = step
        .names
        .iter()
        .map(|name| match (name.is_empty(), batch.column_by_name(name)) {
            (true, _) => Ok(None),
            (false, None) => Err(EngineError::plan("a column of the answer is missing")),
            (false, column) => Ok(column),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let cells = size_of::<Vec<Value>>() + columns.len() * size_of::<Value>();
    sum.memory += batch.num_rows() * cells;
    for row in 0..batch.num_rows() {
        pace.check()?;
        let mut cells = Vec::with_capacity(columns.len());
        for (column, ty) in columns.iter().zip(&step.types) {
            let value = match column {
                Some(column) => value_at(column, row, *ty)?,
                None if *ty == Type::String => Value::String(String::new()),
                None => Value::Null,
            };
            let size = size(*column, row, &value);
            sum.json += size;
            sum.memory += match &value {
                Value::String(_) | Value::Decimal(_) => size,
                // a tree takes some times as much as its text
                Value::Dynamic(_) => 4 * size,
                _ => 0,
            };
            cells.push(value);
        }
        rows.push(cells);
    }
    Ok(sum)
}

/// The length of a cell in JSON, about, with its column's name left out.
fn size(column: Option<&Arc<dyn Array>>, row: usize, value: &Value) -> usize {
    use datafusion::arrow::array::AsArray;
    match value {
        Value::Null => 4,
        Value::Bool(_) => 5,
        Value::Int(_) | Value::Long(_) | Value::Real(_) => 8,
        Value::DateTime(_) | Value::TimeSpan(_) => 30,
        Value::Guid(_) => 38,
        Value::String(text) | Value::Decimal(text) => text.len() + 2,
        Value::Dynamic(_) => {
            column.and_then(|it| it.as_string_view_opt()).map_or(16, |it| it.value(row).len())
        }
    }
}

/// The rows that leaves of the plan gave; those that were in memory anyway are not counted.
pub(crate) fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let children = plan.children();
    if children.is_empty() {
        let source = plan.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source);
        if source.is_some_and(|it| it.downcast_ref::<MemorySourceConfig>().is_some()) {
            return 0;
        }
        let rows = plan.metrics().and_then(|it| it.output_rows());
        return rows.map_or(0, |it| it as u64);
    }
    children.into_iter().map(rows_read).sum()
}
