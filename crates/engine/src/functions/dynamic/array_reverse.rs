//! `array_reverse`: the elements from last to first.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::Jsons, types::DYNAMIC};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_REVERSE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_reverse",
        params: &[Param::of("array", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The elements of an array in the opposite order; null for anything else.",
        examples: &[("array_reverse(dynamic([1, \"b\", 3]))", "[3,\"b\",1]")],
    },
    lower: Lower::Rows(|args| {
        let array = Jsons::new(args, 0)?;
        Ok(out_json(args.rows(), |row| match array.take(row) {
            Json::Array(mut elements) => {
                elements.reverse();
                Json::Array(elements)
            }
            _ => Json::Null,
        }))
    }),
};
