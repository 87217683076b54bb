//! `range`: numbers or times at equal distances, made as they are asked for.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray},
        datatypes::{Schema, SchemaRef},
    },
    catalog::streaming::StreamingTable,
    datasource::provider_as_source,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::LogicalPlanBuilder,
    physical_plan::{stream::RecordBatchStreamAdapter, streaming::PartitionStream},
};
use kql::{
    plan::Expr,
    types::{Column, Type},
    value::Value,
};

use crate::{
    arrow_types::field,
    error::EngineError,
    lower::{LowerCx, Step, constant, expr, names, types, values},
};

/// Rows made at a time.
const BATCH: u64 = 8192;

/// The one column of a range.
pub(crate) fn range(
    cx: &mut LowerCx<'_>,
    from: &Expr,
    to: &Expr,
    step: &Expr,
    columns: &[Column],
) -> Result<Step, EngineError> {
    let Some(column) = columns.first() else {
        return Err(EngineError::plan("range without a column"));
    };
    let none = Step {
        plan: LogicalPlanBuilder::empty(true).build()?,
        names: Vec::new(),
        types: Vec::new(),
    };
    let read = |e: &Expr| -> Result<Value, EngineError> {
        constant::value(&expr::value(&none, e)?, e.ty)?
            .ok_or_else(|| EngineError::refused("the ends of a range must be constant"))
    };
    let (from, to, step) = (read(from)?, read(to)?, read(step)?);
    let Some(steps) = Steps::new(&from, &to, &step, column.ty) else {
        return values::values(cx, &[], columns);
    };
    let number = cx.number();
    let names = names(number, 1);
    let schema = Arc::new(Schema::new(vec![field(&names[0], column.ty)]));
    let stream = RangeStream { schema: Arc::clone(&schema), steps, ty: column.ty };
    let table = StreamingTable::try_new(schema, vec![Arc::new(stream)])?;
    let source = provider_as_source(Arc::new(table));
    let plan = LogicalPlanBuilder::scan(format!("g{number}"), source, None)?.build()?;
    Ok(Step { plan, names, types: types(columns) })
}

#[derive(Clone, Copy, Debug)]
enum Steps {
    Whole {
        from: i64,
        step: i64,
        count: u64,
    },
    Real {
        from: f64,
        step: f64,
        count: u64,
    },
    /// Whole numbers of the smallest digit.
    Decimal {
        from: i128,
        step: i128,
        digits: usize,
        count: u64,
    },
}

impl Steps {
    /// None when there are no rows.
    fn new(from: &Value, to: &Value, step: &Value, ty: Type) -> Option<Self> {
        if ty == Type::Real {
            let (from, to, step) = (real(from)?, real(to)?, real(step)?);
            let count = ((to - from) / step + 1e-9).floor();
            let fits = count.is_finite() && count >= 0.0 && step != 0.0;
            return fits.then_some(Self::Real { from, step, count: count as u64 + 1 });
        }
        if ty == Type::Decimal {
            return Self::decimal([from, to, step]);
        }
        let (from, to, step) = (whole(from)?, whole(to)?, whole(step)?);
        if step == 0 || (step > 0 && from > to) || (step < 0 && from < to) {
            return None;
        }
        let count = (i128::from(to) - i128::from(from)) / i128::from(step) + 1;
        Some(Self::Whole { from, step, count: u64::try_from(count).ok()? })
    }

    fn decimal(values: [&Value; 3]) -> Option<Self> {
        let texts = values.map(|it| match it {
            Value::Decimal(text) => Some(text.as_str()),
            _ => None,
        });
        let behind = |text: &str| text.split_once('.').map_or(0, |it| it.1.len());
        let digits = texts.iter().flatten().map(|it| behind(it)).max()?;
        let scaled = |text: Option<&str>| -> Option<i128> {
            let text = text?;
            let zeros = "0".repeat(digits - behind(text));
            format!("{}{zeros}", text.replace('.', "")).parse().ok()
        };
        let [from, to, step] = texts.map(scaled);
        let (from, to, step) = (from?, to?, step?);
        if step == 0 || (step > 0 && from > to) || (step < 0 && from < to) {
            return None;
        }
        let count = to.checked_sub(from)?.checked_div(step)? + 1;
        Some(Self::Decimal { from, step, digits, count: u64::try_from(count).ok()? })
    }

    fn count(self) -> u64 {
        match self {
            Self::Whole { count, .. } | Self::Real { count, .. } | Self::Decimal { count, .. } => {
                count
            }
        }
    }

    fn array(self, ty: Type, start: u64, end: u64) -> ArrayRef {
        match self {
            Self::Whole { from, step, .. } => {
                // In range: the last value lies between the ends.
                let at = |n: u64| from.wrapping_add(step.wrapping_mul(n as i64));
                if ty == Type::Int {
                    let ints = (start..end).map(|n| i32::try_from(at(n)).ok());
                    return Arc::new(ints.collect::<Int32Array>());
                }
                Arc::new(Int64Array::from_iter_values((start..end).map(at)))
            }
            Self::Decimal { from, step, digits, .. } => {
                let cells = (start..end).map(|n| pointed(from + step * i128::from(n), digits));
                Arc::new(StringViewArray::from_iter_values(cells))
            }
            Self::Real { from, step, .. } => Arc::new(Float64Array::from_iter_values(
                (start..end).map(|n| from + step * n as f64),
            )),
        }
    }
}

/// A whole number of the smallest digit as a decimal.
fn pointed(value: i128, digits: usize) -> String {
    if digits == 0 {
        return value.to_string();
    }
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(v) => Some(i64::from(*v)),
        Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v) => Some(*v),
        Value::Real(v) => Some(*v as i64),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Int(v) => Some(f64::from(*v)),
        Value::Long(v) => Some(*v as f64),
        Value::Real(v) => Some(*v),
        _ => None,
    }
}

#[derive(Debug)]
struct RangeStream {
    schema: SchemaRef,
    steps: Steps,
    ty: Type,
}

impl PartitionStream for RangeStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, steps, ty) = (Arc::clone(&self.schema), self.steps, self.ty);
        let batches = (0..steps.count().div_ceil(BATCH)).map(move |batch| {
            let start = batch * BATCH;
            let end = steps.count().min(start + BATCH);
            let array = steps.array(ty, start, end);
            Ok(RecordBatch::try_new(Arc::clone(&schema), vec![array])?)
        });
        let stream = futures::stream::iter(batches);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
