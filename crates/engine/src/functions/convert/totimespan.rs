//! `totimespan`, the old `totime`: a length of time out of text or ticks.
//!
//! Which texts are read is the language's matter (`kql::time`); what names no time is null.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::parse_timespan,
    types::Type,
};
use serde_json::Value as Json;

use super::tolong;
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOTIMESPAN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "totimespan",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::TimeSpan),
        naming: Naming::FirstArgument,
        doc: "Reads a length of time from text, or from a number of 100 ns ticks. Null when the \
              text is none.",
        examples: &[
            ("totimespan('1.02:03:04.5')", "1.02:03:04.5000000"),
            ("totimespan('-00:30:00')", "-00:30:00"),
            ("totimespan('90m')", "01:30:00"),
            ("totimespan('25:00')", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const TOTIME: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "totime", examples: &[], ..TOTIMESPAN.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.ty(0)? {
        Type::String => {
            let source = args.texts(0)?;
            out_longs(rows, |row| from_text(source.get(row)))
        }
        Type::Dynamic => {
            let source = args.texts(0)?;
            out_longs(rows, |row| match source.json(row) {
                Json::String(text) => from_text(&text),
                json => tolong::from_json(&json),
            })
        }
        Type::Int | Type::Long | Type::DateTime | Type::TimeSpan => {
            let source = args.longs(0)?;
            out_longs(rows, |row| source.get(row))
        }
        Type::Real | Type::Decimal => {
            let source = args.reals(0)?;
            out_longs(rows, |row| tolong::from_real(source.get(row)?))
        }
        Type::Bool | Type::Guid => out_longs(rows, |_| None),
    })
}

/// Ticks of a length of time in text.
pub(in super::super) fn from_text(text: &str) -> Option<i64> {
    parse_timespan(text)
}
