//! `dynamic_to_json`: JSON text in one fixed form, members in order of their keys.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::read::Jsons;
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const DYNAMIC_TO_JSON: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "dynamic_to_json",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The JSON text of a dynamic value with the members of its bags in order of their keys, \
              so that equal values have equal texts.",
        examples: &[
            ("dynamic_to_json(dynamic({\"b\":2,\"a\":[1]}))", "{\"a\":[1],\"b\":2}"),
            ("dynamic_to_json(dynamic('x'))", "\"x\""),
        ],
    },
    lower: Lower::Rows(|args| {
        let value = Jsons::new(args, 0)?;
        Ok(out_texts(args.rows(), |row| match value.take(row) {
            Json::Null => None,
            mut value => {
                value.sort_all_objects();
                Some(value.to_string())
            }
        }))
    }),
};
