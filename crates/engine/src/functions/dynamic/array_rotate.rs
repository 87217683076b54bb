//! `array_rotate_left`, `array_rotate_right`: elements that leave at one end enter at the other.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{
    read::Jsons,
    types::{DYNAMIC, LONG},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] = &[Param::of("array", DYNAMIC), Param::of("count", LONG)];

pub(in super::super) const ARRAY_ROTATE_LEFT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_rotate_left",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array turned `count` places to the left, or to the right when negative.",
        examples: &[("array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)", "[3,4,5,1,2]")],
    },
    lower: Lower::Rows(|args| rotate(args, false)),
};

pub(in super::super) const ARRAY_ROTATE_RIGHT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_rotate_right",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array turned `count` places to the right, or to the left when negative.",
        examples: &[("array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)", "[4,5,1,2,3]")],
    },
    lower: Lower::Rows(|args| rotate(args, true)),
};

fn rotate(args: &Args<'_>, right: bool) -> Result<ArrayRef, EngineError> {
    let (array, count) = (Jsons::new(args, 0)?, args.longs(1)?);
    Ok(out_json(args.rows(), |row| {
        let (Json::Array(mut elements), Some(count)) = (array.take(row), count.get(row)) else {
            return Json::Null;
        };
        if !elements.is_empty() {
            let turn = count.rem_euclid(elements.len() as i64) as usize;
            if right { elements.rotate_right(turn) } else { elements.rotate_left(turn) }
        }
        Json::Array(elements)
    }))
}
