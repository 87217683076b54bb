//! Rows that stand in the query.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch, RecordBatchOptions},
        datatypes::Schema,
    },
    datasource::{MemTable, provider_as_source},
    logical_expr::LogicalPlanBuilder,
    scalar::ScalarValue,
};
use kql::{types::Column, value::Value};

use crate::{
    arrow_types::{arrow_type, field, scalar},
    error::EngineError,
    lower::{LowerCx, Step, names, types},
};

/// A relation of these rows.
pub(crate) fn values(
    cx: &mut LowerCx<'_>,
    rows: &[Vec<Value>],
    columns: &[Column],
) -> Result<Step, EngineError> {
    let number = cx.number();
    let names = names(number, columns.len());
    if columns.is_empty() && rows.len() == 1 {
        let plan = LogicalPlanBuilder::empty(true).build()?;
        return Ok(Step { plan, names, types: Vec::new() });
    }
    let fields = names.iter().zip(columns).map(|(name, column)| field(name, column.ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        if rows.is_empty() {
            arrays.push(datafusion::arrow::array::new_empty_array(&arrow_type(column.ty)));
            continue;
        }
        let cells = rows
            .iter()
            .map(|row| row.get(at).map(|cell| scalar(cell, column.ty)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| EngineError::plan("a row is shorter than the table is wide"))?;
        arrays.push(ScalarValue::iter_to_array(cells)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?;
    let table = MemTable::try_new(schema, vec![vec![batch]])?;
    let source = provider_as_source(Arc::new(table));
    let plan = LogicalPlanBuilder::scan(format!("v{number}"), source, None)?.build()?;
    Ok(Step { plan, names, types: types(columns) })
}
