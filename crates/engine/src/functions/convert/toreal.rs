//! `toreal`, `todouble`: reals out of anything.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::tolong;
use crate::{
    args::{Args, out_reals},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOREAL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "toreal",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Real),
        naming: Naming::FirstArgument,
        doc: "The value as a real. Text may be a number, `nan`, `inf` or `-inf`; other text is null.",
        examples: &[
            ("toreal('3.14')", "3.14"),
            ("toreal('1.5e3')", "1500.0"),
            ("toreal(2)", "2.0"),
            ("toreal('-Infinity')", "-inf"),
            ("toreal('')", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const TODOUBLE: FunctionImpl =
    FunctionImpl { def: FunctionDef { name: "todouble", ..TOREAL.def }, lower: Lower::Rows(lower) };

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.ty(0)? {
        Type::Bool => {
            let source = args.bools(0)?;
            out_reals(rows, |row| source.get(row).map(|value| f64::from(u8::from(value))))
        }
        Type::String | Type::Decimal => {
            let source = args.texts(0)?;
            out_reals(rows, |row| from_text(source.some(row)?))
        }
        Type::Dynamic => {
            let source = args.texts(0)?;
            out_reals(rows, |row| from_json(&source.json(row)))
        }
        Type::Guid => out_reals(rows, |_| None),
        Type::Int | Type::Long | Type::Real | Type::DateTime | Type::TimeSpan => {
            let source = args.reals(0)?;
            out_reals(rows, |row| source.get(row))
        }
    })
}

/// A number in text.
pub(in super::super) fn from_text(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().or_else(|| tolong::from_text(text).map(|value| value as f64))
}

/// A number, a bool or a text inside a dynamic.
pub(in super::super) fn from_json(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::Bool(value) => Some(f64::from(u8::from(*value))),
        Json::String(text) => from_text(text),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
