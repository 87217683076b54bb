//! `tobool`, `toboolean`: truth out of anything.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::tolong;
use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOBOOL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tobool",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::FirstArgument,
        doc: "The value as a bool. A number is true unless it is zero; text must be `true` or \
              `false` in any case, or a whole number.",
        examples: &[
            ("tobool('TRUE')", "True"),
            ("tobool(0)", "False"),
            ("tobool('-1')", "True"),
            ("tobool('yes')", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const TOBOOLEAN: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "toboolean", ..TOBOOL.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.ty(0)? {
        Type::Bool => {
            let source = args.bools(0)?;
            out_bools(rows, |row| source.get(row))
        }
        Type::String => {
            let source = args.texts(0)?;
            out_bools(rows, |row| from_text(source.get(row)))
        }
        Type::Dynamic => {
            let source = args.texts(0)?;
            out_bools(rows, |row| from_json(&source.json(row)))
        }
        Type::Real | Type::Decimal => {
            let source = args.reals(0)?;
            out_bools(rows, |row| source.get(row).map(|value| value != 0.0))
        }
        Type::Int | Type::Long | Type::DateTime | Type::TimeSpan => {
            let source = args.longs(0)?;
            out_bools(rows, |row| source.get(row).map(|value| value != 0))
        }
        Type::Guid => out_bools(rows, |_| None),
    })
}

/// A truth in text.
pub(in super::super) fn from_text(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        tolong::from_text(text).map(|value| value != 0)
    }
}

/// A bool, a number or a text inside a dynamic.
pub(in super::super) fn from_json(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(value) => Some(*value),
        Json::Number(number) => number.as_f64().map(|value| value != 0.0),
        Json::String(text) => from_text(text),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(from_text("\ttrue"), Some(true));
        assert_eq!(from_text("tRuE"), Some(true));
        for no in ["", "yes", "on", "t", "f", "1.5", "0.0", "99999999999999999999"] {
            assert_eq!(from_text(no), None, "{no}");
        }
    }
}
