//! `zip`: arrays side by side, as an array of tuples.

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

pub(in super::super) const ZIP: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "zip",
        params: &[Param::of("array", DYNAMIC), Param::of("more", DYNAMIC).many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "An array whose elements are arrays of the elements at one position. Shorter arrays \
              are filled with nulls.",
        examples: &[(
            "zip(dynamic([1, 2, 3]), dynamic(['a', 'b']))",
            "[[1,\"a\"],[2,\"b\"],[3,null]]",
        )],
    },
    lower: Lower::Rows(|args| {
        let arrays = jsons_from(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let arrays: Vec<Vec<Json>> = arrays
                .iter()
                .map(|array| match array.take(row) {
                    Json::Array(elements) => elements,
                    _ => Vec::new(),
                })
                .collect();
            let longest = arrays.iter().map(Vec::len).max().unwrap_or(0);
            let tuple = |at: usize| -> Json {
                arrays.iter().map(|it| it.get(at).cloned().unwrap_or(Json::Null)).collect()
            };
            (0..longest).map(tuple).collect()
        }))
    }),
};
