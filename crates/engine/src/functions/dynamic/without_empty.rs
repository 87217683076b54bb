//! What `pack_all(true)` packs: a bag without members that hold nothing.

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

pub(in super::super) const BAG_WITHOUT_EMPTY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "__bag_without_empty",
        params: &[Param::of("bag", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The bag without the members that are null or empty texts; `pack_all(true)` is made \
              of it.",
        examples: &[("__bag_without_empty(dynamic({'a': null, 'b': '', 'c': 0}))", "{\"c\":0}")],
    },
    lower: Lower::Rows(|args| {
        let bag = Jsons::new(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let Json::Object(mut members) = bag.take(row) else { return Json::Null };
            members.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
            Json::Object(members)
        }))
    }),
};
