//! `repeat`: an array of one value many times.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::Jsons, types::LONG};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

/// More elements than this are cut off.
const MOST: usize = 1 << 20;

pub(in super::super) const REPEAT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "repeat",
        params: &[Param::any("value"), Param::of("count", LONG)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("repeat"),
        doc: "An array that holds the value `count` times, at most 1048576; null when the count is \
              negative.",
        examples: &[("repeat(1, 3)", "[1,1,1]"), ("repeat('a', 0)", "[]")],
    },
    lower: Lower::Rows(|args| {
        let (value, count) = (Jsons::new(args, 0)?, args.longs(1)?);
        Ok(out_json(args.rows(), |row| match count.get(row).map(usize::try_from) {
            Some(Ok(count)) => Json::Array(vec![value.take(row); count.min(MOST)]),
            _ => Json::Null,
        }))
    }),
};
