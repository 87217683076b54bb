//! `parse_json`, `todynamic` and the old `parsejson`, `toobject`: text to dynamic.
//!
//! They never fail: text that is no JSON becomes a dynamic string. A dynamic stays what it is.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::types::STRING_OR_DYNAMIC;
use crate::{
    args::{Args, out_json, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_JSON: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_json",
        params: &[Param::of("text", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "Reads JSON text into a dynamic value. Text that is no JSON becomes a dynamic string, \
              empty text becomes null.",
        examples: &[
            ("parse_json('{\"a\": [1, 2]}').a[1]", "2"),
            ("gettype(parse_json('no json'))", "string"),
            ("isnull(parse_json(''))", "True"),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const PARSEJSON: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "parsejson", examples: &[], ..PARSE_JSON.def },
    lower: Lower::Rows(lower),
};

pub(in super::super) const TODYNAMIC: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "todynamic", ..PARSE_JSON.def },
    lower: Lower::Rows(lower),
};

pub(in super::super) const TOOBJECT: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "toobject", examples: &[], ..PARSE_JSON.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let source = args.texts(0)?;
    if args.ty(0)? == Type::Dynamic {
        return Ok(out_texts(args.rows(), |row| source.some(row)));
    }
    Ok(out_json(args.rows(), |row| read(source.get(row))))
}

/// The dynamic value of a text.
pub(in super::super) fn read(text: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}
