//! `treepath`: the paths of everything in a bag.

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

pub(in super::super) const TREEPATH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "treepath",
        params: &[Param::of("object", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("tree"),
        doc: "The paths of all members and elements of a value as an array of texts.",
        examples: &[(
            "treepath(dynamic({\"a\":{\"b\":1},\"c\":[2]}))",
            "[\"['a']\",\"['a']['b']\",\"['c']\",\"['c'][0]\"]",
        )],
    },
    lower: Lower::Rows(|args| {
        let object = Jsons::new(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let mut out = Vec::new();
            walk(&object.get(row), &mut String::new(), &mut out);
            if out.is_empty() { Json::Null } else { Json::Array(out) }
        }))
    }),
};

/// Depth is bounded by what the JSON reader lets through.
fn walk(json: &Json, path: &mut String, out: &mut Vec<Json>) {
    let mut step = |step: String, json: &Json| {
        let before = path.len();
        path.push_str(&step);
        out.push(Json::from(path.as_str()));
        walk(json, path, out);
        path.truncate(before);
    };
    match json {
        Json::Object(bag) => bag.iter().for_each(|(key, json)| step(format!("['{key}']"), json)),
        Json::Array(array) => {
            array.iter().enumerate().for_each(|(at, json)| step(format!("[{at}]"), json));
        }
        _ => {}
    }
}
