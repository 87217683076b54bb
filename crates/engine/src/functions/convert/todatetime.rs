//! `todatetime`: a point in time out of text or ticks.
//!
//! Which texts are read is the language's matter (`kql::time`); what names no time is null.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{MAX, parse_datetime},
    types::Type,
};
use serde_json::Value as Json;

use super::tolong;
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TODATETIME: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "todatetime",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::DateTime),
        naming: Naming::FirstArgument,
        doc: "Reads a point in time from text, or from the number of 100 ns ticks since year 1. \
              Null when the text names none.",
        examples: &[
            ("todatetime('2026-01-05 10:20')", "2026-01-05T10:20:00.0000000Z"),
            ("todatetime('2026-01-05T10:20:30.5+02:00')", "2026-01-05T08:20:30.5000000Z"),
            ("todatetime('2/3/2026')", "2026-02-03T00:00:00.0000000Z"),
            ("todatetime('Mon, 05 Jan 2026 10:20:30 GMT')", "2026-01-05T10:20:30.0000000Z"),
            ("todatetime('soon')", ""),
        ],
    },
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
            out_longs(rows, |row| from_json(&source.json(row)))
        }
        Type::Int | Type::Long | Type::DateTime | Type::TimeSpan => {
            let source = args.longs(0)?;
            out_longs(rows, |row| source.get(row).and_then(in_range))
        }
        Type::Real | Type::Decimal => {
            let source = args.reals(0)?;
            out_longs(rows, |row| tolong::from_real(source.get(row)?).and_then(in_range))
        }
        Type::Bool | Type::Guid => out_longs(rows, |_| None),
    })
}

/// The ticks if they name a time.
fn in_range(ticks: i64) -> Option<i64> {
    (0..=MAX).contains(&ticks).then_some(ticks)
}

fn from_json(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) => from_text(text),
        Json::Number(_) => tolong::from_json(json).and_then(in_range),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Ticks of a point in time in text.
pub(in super::super) fn from_text(text: &str) -> Option<i64> {
    parse_datetime(text)
}
