//! `bag_merge`: several bags as one; the leftmost value of a key stays.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::super::{read::jsons_from, types::DYNAMIC};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_MERGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_merge",
        params: &[Param::of("bag", DYNAMIC).many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The members of all the bags in one. Where a key repeats, its first value counts; what \
              is no bag is left out.",
        examples: &[
            ("bag_merge(dynamic({\"a\":1}), dynamic({\"a\":2,\"b\":3}))", "{\"a\":1,\"b\":3}"),
            ("bag_merge(dynamic(null), dynamic({\"a\":1}))", "{\"a\":1}"),
        ],
    },
    lower: Lower::Rows(|args| {
        let bags = jsons_from(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let mut out: Option<Map<String, Json>> = None;
            for bag in &bags {
                if let Json::Object(bag) = bag.take(row) {
                    let out = out.get_or_insert_default();
                    for (key, value) in bag {
                        out.entry(key).or_insert(value);
                    }
                }
            }
            out.map_or(Json::Null, Json::Object)
        }))
    }),
};
