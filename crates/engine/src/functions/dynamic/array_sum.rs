//! `array_sum`: the numbers of an array added up.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::Jsons, types::DYNAMIC};
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_SUM: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_sum",
        params: &[Param::of("array", DYNAMIC)],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "The sum of an array of numbers; null when an element is something else.",
        examples: &[("array_sum(dynamic([1, 2, 3, 4]))", "10.0")],
    },
    lower: Lower::Rows(|args| {
        let array = Jsons::new(args, 0)?;
        Ok(out_reals(args.rows(), |row| array.get(row).as_array()?.iter().map(Json::as_f64).sum()))
    }),
};
