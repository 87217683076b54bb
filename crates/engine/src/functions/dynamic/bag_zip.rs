//! `bag_zip`: a bag from an array of keys and an array of values.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::super::{read::Jsons, types::DYNAMIC};
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_ZIP: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_zip",
        params: &[Param::of("keys", DYNAMIC), Param::of("values", DYNAMIC)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "A bag of the keys in one array and the values in another. Missing values are null, \
              keys that are no texts are left out.",
        examples: &[(
            "bag_zip(dynamic(['a', 'b', 'c']), dynamic([1, '2']))",
            "{\"a\":1,\"b\":\"2\",\"c\":null}",
        )],
    },
    lower: Lower::Rows(|args| {
        let (keys, values) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
        Ok(out_json(args.rows(), |row| {
            let (Json::Array(keys), Json::Array(values)) = (keys.take(row), values.take(row))
            else {
                return Json::Null;
            };
            let mut values = values.into_iter();
            let mut out = Map::new();
            for key in keys {
                let value = values.next().unwrap_or(Json::Null);
                if let Json::String(key) = key {
                    out.insert(key, value);
                }
            }
            Json::Object(out)
        }))
    }),
};
