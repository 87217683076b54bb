//! `array_shift_left`, `array_shift_right`: elements leave at one end, a filler enters at the other.

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

const PARAMS: &[Param] =
    &[Param::of("array", DYNAMIC), Param::of("count", LONG), Param::any("filler").opt()];

pub(in super::super) const ARRAY_SHIFT_LEFT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_shift_left",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array moved `count` places to the left (right when negative); the places that \
              open are null or the filler.",
        examples: &[("array_shift_left(dynamic([1, 2, 3, 4, 5]), 2, -1)", "[3,4,5,-1,-1]")],
    },
    lower: Lower::Rows(|args| shift(args, false)),
};

pub(in super::super) const ARRAY_SHIFT_RIGHT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_shift_right",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array moved `count` places to the right (left when negative); the places that \
              open are null or the filler.",
        examples: &[("array_shift_right(dynamic([1, 2, 3, 4, 5]), 2)", "[null,null,1,2,3]")],
    },
    lower: Lower::Rows(|args| shift(args, true)),
};

fn shift(args: &Args<'_>, right: bool) -> Result<ArrayRef, EngineError> {
    let (array, count) = (Jsons::new(args, 0)?, args.longs(1)?);
    let filler = if args.len() > 2 { Some(Jsons::new(args, 2)?) } else { None };
    Ok(out_json(args.rows(), |row| {
        let (Json::Array(mut elements), Some(count)) = (array.take(row), count.get(row)) else {
            return Json::Null;
        };
        let filler = filler.as_ref().map_or(Json::Null, |it| it.take(row));
        let places = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        let places = places.min(elements.len());
        let right = right == (count >= 0);
        let open = if right {
            elements.rotate_right(places);
            0..places
        } else {
            elements.rotate_left(places);
            elements.len() - places..elements.len()
        };
        if let Some(open) = elements.get_mut(open) {
            open.fill(filler);
        }
        Json::Array(elements)
    }))
}
