//! `gettype`: the name of a value's type; inside a dynamic, of what is there.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const GETTYPE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "gettype",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::String),
        naming: Naming::Prefix("type"),
        doc: "The name of the value's type. A dynamic answers `array`, `dictionary`, `null` or the \
              type of the scalar it holds.",
        examples: &[
            ("gettype(1)", "long"),
            ("gettype('a')", "string"),
            ("gettype(dynamic([1]))", "array"),
            ("gettype(dynamic({\"a\":1}))", "dictionary"),
            ("gettype(dynamic(null))", "null"),
        ],
    },
    lower: Lower::Rows(|args| {
        let ty = args.ty(0)?;
        if ty != Type::Dynamic {
            return Ok(out_texts(args.rows(), |_| Some(ty.name())));
        }
        let source = args.texts(0)?;
        Ok(out_texts(args.rows(), |row| {
            Some(match source.json(row) {
                Json::Null => "null",
                Json::Bool(_) => "bool",
                Json::Number(number) if number.is_f64() => "double",
                Json::Number(_) => "long",
                Json::String(_) => "string",
                Json::Array(_) => "array",
                Json::Object(_) => "dictionary",
            })
        }))
    }),
};
