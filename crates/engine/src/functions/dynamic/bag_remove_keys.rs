//! `bag_remove_keys`: a bag without some members, named by key or path.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::{Jsons, json_text},
        types::DYNAMIC,
    },
    path::Path,
};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_REMOVE_KEYS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_remove_keys",
        params: &[Param::of("bag", DYNAMIC), Param::of("keys", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The bag without the members that an array of keys and paths such as `$.a.b` names.",
        examples: &[(
            "bag_remove_keys(dynamic({\"a\":1,\"b\":{\"c\":2,\"d\":3}}), dynamic([\"a\",\"$.b.c\"]))",
            "{\"b\":{\"d\":3}}",
        )],
    },
    lower: Lower::Rows(|args| {
        let (bag, keys) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
        Ok(out_json(args.rows(), |row| {
            let mut bag = bag.take(row);
            if !bag.is_object() {
                return Json::Null;
            }
            if let Json::Array(keys) = keys.get(row).as_ref() {
                for key in keys {
                    Path::or_key(&json_text(key)).remove(&mut bag);
                }
            }
            bag
        }))
    }),
};
