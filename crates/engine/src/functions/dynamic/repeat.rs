//! `repeat`: an array of one value many times.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::Jsons, types::LONG};
use crate::{
    args::{most_text, out_json, too_much_text},
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
        let mut too_long = false;
        let out = out_json(args.rows(), |row| match count.get(row).map(usize::try_from) {
            Some(Ok(count)) => {
                let (value, count) = (value.take(row), count.min(MOST));
                if value.to_string().len().saturating_mul(count) > most_text() {
                    too_long = true;
                    return Json::Null;
                }
                Json::Array(vec![value; count])
            }
            _ => Json::Null,
        });
        if too_long { Err(too_much_text()) } else { Ok(out) }
    }),
};
