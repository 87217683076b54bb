//! `tostring`: the text of any scalar. The same text is used wherever a function takes any scalar
//! and works on text (`strcat`, `strlen`, …).

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, StringViewBuilder},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type},
};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{format_datetime, format_timespan},
    types::Type,
};

use super::super::read::dynamic_text;
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOSTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tostring",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::String),
        naming: Naming::FirstArgument,
        doc: "The text of a value. Null gives an empty text; a bag or an array gives compact JSON.",
        examples: &[
            ("tostring(123)", "123"),
            ("tostring(true)", "True"),
            ("tostring(1.0)", "1.0"),
            ("tostring(0.1 + 0.2)", "0.30000000000000007"),
            ("tostring(1d)", "1.00:00:00"),
            ("tostring(datetime(2026-01-05))", "2026-01-05T00:00:00.0000000Z"),
            ("tostring(dynamic({\"a\":[1,2]}))", "{\"a\":[1,2]}"),
            ("tostring(long(null))", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let ty = args.ty(0)?;
    let (array, one) = args.array(0)?;
    let text = texts(&array, ty)?;
    if !one {
        return Ok(text);
    }
    let text = text.as_string_view();
    let only = if text.is_empty() { "" } else { text.value(0) };
    Ok(out_texts(args.rows(), |_| Some(only)))
}

/// The texts of a whole column.
pub(in super::super) fn texts(array: &ArrayRef, ty: Type) -> Result<ArrayRef, EngineError> {
    Ok(match ty {
        Type::String => cast(array, &DataType::Utf8View)?,
        Type::Guid | Type::Decimal => {
            each(&cast(array, &DataType::Utf8View)?, |array, row, out| {
                out.append_value(array.as_string_view().value(row));
            })
        }
        Type::Dynamic => each(&cast(array, &DataType::Utf8View)?, |array, row, out| {
            out.append_value(dynamic_text(array.as_string_view().value(row)));
        }),
        Type::Bool => each(&cast(array, &DataType::Boolean)?, |array, row, out| {
            out.append_value(if array.as_boolean().value(row) { "True" } else { "False" });
        }),
        Type::Real => each(&cast(array, &DataType::Float64)?, |array, row, out| {
            out.append_value(real_text(array.as_primitive::<Float64Type>().value(row)));
        }),
        Type::Int | Type::Long => each(&longs(array)?, |array, row, out| {
            out.append_value(array.as_primitive::<Int64Type>().value(row).to_string());
        }),
        Type::DateTime => each(&longs(array)?, |array, row, out| {
            out.append_value(format_datetime(array.as_primitive::<Int64Type>().value(row)));
        }),
        Type::TimeSpan => each(&longs(array)?, |array, row, out| {
            out.append_value(format_timespan(array.as_primitive::<Int64Type>().value(row)));
        }),
    })
}

/// A real as the language writes it: always with a point or an exponent.
pub(in super::super) fn real_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        highest(format!("{value:?}"), value)
    }
}

/// Where several texts of the shortest length read back as the number, the reference writes the
/// largest of them: 0.1 + 0.2 is 0.30000000000000007.
fn highest(text: String, value: f64) -> String {
    let digits_end = text.find(['e', 'E']).unwrap_or(text.len());
    // Only long texts can have a neighbour that reads the same.
    if text[..digits_end].bytes().filter(u8::is_ascii_digit).count() < 16 {
        return text;
    }
    let Some(last) = digits_end.checked_sub(1) else { return text };
    let mut best = text;
    while let Some(digit @ b'0'..=b'8') = best.as_bytes().get(last).copied() {
        let next = format!("{}{}{}", &best[..last], char::from(digit + 1), &best[digits_end..]);
        if next.parse() != Ok(value) {
            break;
        }
        best = next;
    }
    best
}

fn longs(array: &ArrayRef) -> Result<ArrayRef, EngineError> {
    Ok(cast(array, &DataType::Int64)?)
}

fn each(array: &ArrayRef, append: impl Fn(&ArrayRef, usize, &mut StringViewBuilder)) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(array.len());
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_value("");
        } else {
            append(array, row, &mut out);
        }
    }
    Arc::new(out.finish())
}
