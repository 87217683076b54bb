//! `array_concat`: several arrays as one. What is no array is left out.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::jsons_from, types::DYNAMIC};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_CONCAT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_concat",
        params: &[Param::of("array", DYNAMIC).many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The elements of all the arrays in one array.",
        examples: &[("array_concat(dynamic([1, 2]), dynamic([\"a\"]))", "[1,2,\"a\"]")],
    },
    lower: Lower::Rows(|args| {
        let arrays = jsons_from(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let mut out = Vec::new();
            let mut any = false;
            for array in &arrays {
                if let Json::Array(elements) = array.take(row) {
                    out.extend(elements);
                    any = true;
                }
            }
            if any { Json::Array(out) } else { Json::Null }
        }))
    }),
};
