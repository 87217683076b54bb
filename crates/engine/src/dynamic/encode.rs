//! Any scalar as a dynamic: its JSON text.

use datafusion::arrow::array::ArrayRef;
use kql::types::Type;

use crate::{
    args::{Args, out_texts},
    arrow_types::real_json,
    error::EngineError,
};

/// The argument as JSON text; null stays null.
pub(crate) fn encode(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.ty(0)? {
        Type::Dynamic => {
            let source = args.texts(0)?;
            out_texts(rows, |row| source.some(row))
        }
        Type::String | Type::Guid | Type::Decimal => {
            let source = args.texts(0)?;
            out_texts(rows, |row| source.some(row).map(quote))
        }
        Type::Bool => {
            let source = args.bools(0)?;
            out_texts(rows, |row| source.get(row).map(|v| if v { "true" } else { "false" }))
        }
        Type::Int | Type::Long => {
            let source = args.longs(0)?;
            out_texts(rows, |row| source.get(row).map(|v| v.to_string()))
        }
        Type::Real => {
            let source = args.reals(0)?;
            out_texts(rows, |row| source.get(row).map(|v| real_json(v).to_string()))
        }
        Type::DateTime => {
            let source = args.longs(0)?;
            out_texts(rows, |row| source.get(row).map(|v| quote(&kql::time::format_datetime(v))))
        }
        Type::TimeSpan => {
            let source = args.longs(0)?;
            out_texts(rows, |row| source.get(row).map(|v| quote(&kql::time::format_timespan(v))))
        }
    })
}

/// A JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
