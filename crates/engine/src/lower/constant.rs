//! Working out expressions that do not depend on the row, while lowering.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{RecordBatch, RecordBatchOptions},
        datatypes::Schema,
    },
    common::DFSchema,
    execution::context::ExecutionProps,
    logical_expr::{ColumnarValue, Expr},
    physical_expr::create_physical_expr,
    scalar::ScalarValue,
};
use kql::{types::Type, value::Value};

use crate::{arrow_types::value_at, error::EngineError};

/// The value of a lowered expression, none when it needs a row.
pub(crate) fn value(expr: &Expr, ty: Type) -> Result<Option<Value>, EngineError> {
    let Some(scalar) = scalar(expr)? else { return Ok(None) };
    value_at(&scalar.to_array()?, 0, ty).map(Some)
}

/// The same as Arrow's scalar.
pub(crate) fn scalar(expr: &Expr) -> Result<Option<ScalarValue>, EngineError> {
    if let Expr::Literal(scalar, _) = expr {
        return Ok(Some(scalar.clone()));
    }
    if !expr.column_refs().is_empty() {
        return Ok(None);
    }
    let physical = create_physical_expr(
        expr,
        &DFSchema::empty(),
        &ExecutionProps::new(),
        &datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext::default(),
    )?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
    Ok(Some(match physical.evaluate(&row)? {
        ColumnarValue::Scalar(scalar) => scalar,
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0)?,
    }))
}
