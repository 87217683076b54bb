//! `bag_set_key`: a bag with one member more, or another value for it.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::{Jsons, strings},
        types::DYNAMIC,
    },
    path::Path,
};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_SET_KEY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_set_key",
        params: &[Param::of("bag", DYNAMIC), Param::any("key"), Param::any("value")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The bag with the member set; the key may be a path such as `$.a.b`, whose bags are \
              made where they are missing. Null when something else is in the way.",
        examples: &[
            ("bag_set_key(dynamic({\"a\":1}), 'b', 2)", "{\"a\":1,\"b\":2}"),
            ("bag_set_key(dynamic({\"a\":1}), '$.b.c', 'x')", "{\"a\":1,\"b\":{\"c\":\"x\"}}"),
        ],
    },
    lower: Lower::Rows(|args| {
        let (bag, key, value) = (Jsons::new(args, 0)?, strings(args, 1)?, Jsons::new(args, 2)?);
        Ok(out_json(args.rows(), |row| {
            let mut bag = bag.take(row);
            let done = bag.is_object() && Path::or_key(key.get(row)).set(&mut bag, value.take(row));
            if done { bag } else { Json::Null }
        }))
    }),
};
