//! `bag_has_key`: does a bag have a member, by key or by path?

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
    args::out_bools,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_HAS_KEY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_has_key",
        params: &[Param::of("bag", DYNAMIC), Param::any("key")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the bag has the key, which may be a path such as `$.a.b`.",
        examples: &[
            ("bag_has_key(dynamic({\"a\":{\"b\":1}}), 'a')", "True"),
            ("bag_has_key(dynamic({\"a\":{\"b\":1}}), '$.a.b')", "True"),
            ("bag_has_key(dynamic({\"a\":1}), 'b')", "False"),
        ],
    },
    lower: Lower::Rows(|args| {
        let (bag, key) = (Jsons::new(args, 0)?, strings(args, 1)?);
        Ok(out_bools(args.rows(), |row| match bag.get(row).as_ref() {
            bag @ Json::Object(_) => Some(Path::or_key(key.get(row)).find(bag).is_some()),
            _ => None,
        }))
    }),
};
