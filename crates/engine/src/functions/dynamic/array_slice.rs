//! `array_slice`: the elements from one position to another, both included.

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
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_SLICE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_slice",
        params: &[Param::of("array", DYNAMIC), Param::of("start", LONG), Param::of("end", LONG)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The elements at the positions from `start` to `end`, both included; negative positions \
              count from the end.",
        examples: &[
            ("array_slice(dynamic([1, 2, 3, 4, 5]), 1, 2)", "[2,3]"),
            ("array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1)", "[3,4,5]"),
            ("array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)", "[3,4]"),
        ],
    },
    lower: Lower::Rows(|args| {
        let (array, start, end) = (Jsons::new(args, 0)?, args.longs(1)?, args.longs(2)?);
        Ok(out_json(args.rows(), |row| {
            let (Json::Array(mut elements), Some(start), Some(end)) =
                (array.take(row), start.get(row), end.get(row))
            else {
                return Json::Null;
            };
            let count = elements.len() as i64;
            let from = if start < 0 { start.saturating_add(count) } else { start };
            let to = if end < 0 { end.saturating_add(count) } else { end };
            let from = from.clamp(0, count);
            let to = to.saturating_add(1).clamp(from, count);
            elements.truncate(to as usize);
            Json::Array(elements.split_off(from as usize))
        }))
    }),
};
