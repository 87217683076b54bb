//! How the language's types are kept in Arrow.
//!
//! | KQL | Arrow | why |
//! |---|---|---|
//! | bool, int, long, real | Boolean, Int32, Int64, Float64 | the obvious ones; an Arrow null is the null |
//! | string | Utf8View, never null | the language has no null string, so files, joins and unions write `""` and every kernel may forget about nulls; views make substrings and filters cheap |
//! | datetime, timespan | Int64 ticks of 100 ns (since year 1, signed) | exact over the years 1–9999, which Arrow's nanoseconds are not; sorting, comparing and binning are integer work; the plan knows which longs are times |
//! | decimal, guid | Utf8View, canonical text | rare; equality is text equality. Decimal arithmetic is refused for now |
//! | dynamic | Utf8View, compact JSON text; null is Arrow's null | no second copy of the data; a path is read by a scan of the text. A stored JSON `null` and no value are the same |
//!
//! What leaves the engine is a [`Value`], so nobody else sees any of this.

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray},
        datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type},
    },
    logical_expr::{Expr, lit},
    scalar::ScalarValue,
};
use kql::{types::Type, value::Value};

use crate::{error::EngineError, leash};

/// Dynamic texts beyond this are read only when there are time and memory for what they become.
const LARGE: usize = 1 << 18;

/// The Arrow type of a column.
pub(crate) fn arrow_type(ty: Type) -> DataType {
    match ty {
        Type::Bool => DataType::Boolean,
        Type::Int => DataType::Int32,
        Type::Long | Type::DateTime | Type::TimeSpan => DataType::Int64,
        Type::Real => DataType::Float64,
        Type::String | Type::Decimal | Type::Guid | Type::Dynamic => DataType::Utf8View,
    }
}

/// A field of this type; only strings are never null.
pub(crate) fn field(name: impl Into<String>, ty: Type) -> Field {
    Field::new(name, arrow_type(ty), ty != Type::String)
}

/// The null of a type; for a string that is `""`.
pub(crate) fn null(ty: Type) -> ScalarValue {
    match ty {
        Type::Bool => ScalarValue::Boolean(None),
        Type::Int => ScalarValue::Int32(None),
        Type::Long | Type::DateTime | Type::TimeSpan => ScalarValue::Int64(None),
        Type::Real => ScalarValue::Float64(None),
        Type::String => ScalarValue::Utf8View(Some(String::new())),
        Type::Decimal | Type::Guid | Type::Dynamic => ScalarValue::Utf8View(None),
    }
}

/// A literal's Arrow scalar. The value must be null or of the type.
pub(crate) fn scalar(value: &Value, ty: Type) -> ScalarValue {
    match (value, ty) {
        (Value::Null, _) => null(ty),
        (value, Type::Dynamic) => match dynamic_of(value) {
            serde_json::Value::Null => null(ty),
            json => ScalarValue::Utf8View(Some(json.to_string())),
        },
        (Value::Int(v), Type::Long) => ScalarValue::Int64(Some(i64::from(*v))),
        (Value::Int(v), Type::Real) => ScalarValue::Float64(Some(f64::from(*v))),
        (Value::Long(v), Type::Real) => ScalarValue::Float64(Some(*v as f64)),
        (Value::Bool(v), _) => ScalarValue::Boolean(Some(*v)),
        (Value::Int(v), _) => ScalarValue::Int32(Some(*v)),
        (Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v), _) => {
            ScalarValue::Int64(Some(*v))
        }
        (Value::Real(v), _) => ScalarValue::Float64(Some(*v)),
        (Value::Decimal(v) | Value::String(v), _) => ScalarValue::Utf8View(Some(v.clone())),
        (Value::Guid(v), _) => ScalarValue::Utf8View(Some(v.to_string())),
        (Value::Dynamic(v), _) => ScalarValue::Utf8View(Some(v.to_string())),
    }
}

/// The same as an expression.
pub(crate) fn literal(value: &Value, ty: Type) -> Expr {
    lit(scalar(value, ty))
}

/// The null of a type as an expression.
pub(crate) fn null_literal(ty: Type) -> Expr {
    lit(null(ty))
}

/// What a scalar becomes inside a dynamic value: times and guids are text there.
pub(crate) fn dynamic_of(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Null => Json::Null,
        Value::Bool(v) => Json::Bool(*v),
        Value::Int(v) => Json::from(*v),
        Value::Long(v) => Json::from(*v),
        Value::Real(v) => real_json(*v),
        Value::Decimal(v) | Value::String(v) => Json::String(v.clone()),
        Value::DateTime(v) => Json::String(kql::time::format_datetime(*v)),
        Value::TimeSpan(v) => Json::String(kql::time::format_timespan(*v)),
        Value::Guid(v) => Json::String(v.to_string()),
        Value::Dynamic(v) => v.clone(),
    }
}

/// A real inside JSON: the three values JSON has no number for are text.
pub(crate) fn real_json(v: f64) -> serde_json::Value {
    serde_json::Number::from_f64(v).map_or_else(
        || {
            let text = if v.is_nan() {
                "NaN"
            } else if v > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            serde_json::Value::String(text.to_owned())
        },
        serde_json::Value::Number,
    )
}

/// The cell of an array that has the Arrow type of `ty`.
pub(crate) fn value_at(array: &ArrayRef, row: usize, ty: Type) -> Result<Value, EngineError> {
    let wrong =
        || EngineError::plan(format!("a {} column came as {}", ty.name(), array.data_type()));
    if array.is_null(row) {
        return Ok(if ty == Type::String { Value::String(String::new()) } else { Value::Null });
    }
    let long = || array.as_primitive_opt::<Int64Type>().map(|it| it.value(row)).ok_or_else(wrong);
    Ok(match ty {
        Type::Bool => Value::Bool(array.as_boolean_opt().ok_or_else(wrong)?.value(row)),
        Type::Int => {
            Value::Int(array.as_primitive_opt::<Int32Type>().ok_or_else(wrong)?.value(row))
        }
        Type::Long => Value::Long(long()?),
        Type::DateTime => Value::DateTime(long()?),
        Type::TimeSpan => Value::TimeSpan(long()?),
        Type::Real => {
            Value::Real(array.as_primitive_opt::<Float64Type>().ok_or_else(wrong)?.value(row))
        }
        Type::String | Type::Decimal | Type::Guid | Type::Dynamic => {
            let text = text_at(array, row).ok_or_else(wrong)?;
            match ty {
                Type::Decimal => Value::Decimal(text.to_owned()),
                Type::Guid => uuid::Uuid::parse_str(text).map_or(Value::Null, Value::Guid),
                Type::Dynamic => match read_dynamic(text) {
                    serde_json::Value::Null => Value::Null,
                    json => Value::Dynamic(json),
                },
                _ => Value::String(text.to_owned()),
            }
        }
    })
}

/// The JSON a dynamic cell holds. Text that is no JSON can only come from a foreign file; it reads
/// as a JSON string.
pub(crate) fn read_dynamic(text: &str) -> serde_json::Value {
    if text.len() > LARGE {
        // read, a text of short numbers takes eight times as much as written
        if text.len().saturating_mul(8) > leash::room() {
            leash::out_of_memory();
        }
        if leash::over() {
            return serde_json::Value::Null;
        }
    }
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
}

fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    if let Some(view) = array.as_string_view_opt() {
        return Some(view.value(row));
    }
    if let Some(text) = array.as_string_opt::<i32>() {
        return Some(text.value(row));
    }
    array.as_string_opt::<i64>().map(|text| text.value(row))
}
