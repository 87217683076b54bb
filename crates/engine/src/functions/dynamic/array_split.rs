//! `array_split`: an array cut at one position or at several.

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

pub(in super::super) const ARRAY_SPLIT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_split",
        params: &[Param::of("array", DYNAMIC), Param::of("index", &[Type::Long, Type::Dynamic])],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "An array of the pieces of an array that is cut before the given positions; negative \
              ones count from the end.",
        examples: &[
            ("array_split(dynamic([1, 2, 3, 4, 5]), 2)", "[[1,2],[3,4,5]]"),
            ("array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))", "[[1],[2,3],[4,5]]"),
        ],
    },
    lower: Lower::Rows(|args| {
        let (array, index) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
        Ok(out_json(args.rows(), |row| {
            let Json::Array(elements) = array.take(row) else { return Json::Null };
            match index.get(row).as_ref() {
                Json::Array(at) => cut(elements, at),
                Json::Null => Json::Null,
                at => cut(elements, std::slice::from_ref(at)),
            }
        }))
    }),
};

fn cut(elements: Vec<Json>, at: &[Json]) -> Json {
    let count = elements.len() as i64;
    let mut at: Vec<i64> = at
        .iter()
        .filter_map(Json::as_i64)
        .map(|at| if at < 0 { at.saturating_add(count) } else { at }.clamp(0, count))
        .collect();
    at.sort_unstable();
    let mut elements = elements.into_iter();
    let mut done = 0;
    let mut out: Vec<Json> = Vec::with_capacity(at.len() + 1);
    for at in at {
        out.push(elements.by_ref().take((at - done) as usize).collect());
        done = at;
    }
    out.push(elements.collect());
    Json::Array(out)
}
