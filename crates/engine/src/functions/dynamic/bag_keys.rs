//! `bag_keys`: the names of a bag's members.

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

pub(in super::super) const BAG_KEYS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_keys",
        params: &[Param::of("bag", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The keys of a bag as an array; null for anything else.",
        examples: &[
            ("bag_keys(dynamic({\"a\":1,\"b\":{\"c\":2}}))", "[\"a\",\"b\"]"),
            ("bag_keys(dynamic({}))", "[]"),
            ("isnull(bag_keys(dynamic([1])))", "True"),
        ],
    },
    lower: Lower::Rows(|args| {
        let bag = Jsons::new(args, 0)?;
        Ok(out_json(args.rows(), |row| match bag.get(row).as_ref() {
            Json::Object(bag) => bag.keys().map(String::as_str).collect(),
            _ => Json::Null,
        }))
    }),
};
