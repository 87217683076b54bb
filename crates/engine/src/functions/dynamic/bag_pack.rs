//! `bag_pack`, the old `pack` and `pack_dictionary`: a bag from keys and values.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::super::read::{Jsons, strings};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BAG_PACK: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bag_pack",
        params: &[Param::any("key"), Param::any("value"), Param::any("more").opt().many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "A bag of keys and values, given in turn. Nulls stay as null members.",
        examples: &[
            ("bag_pack('a', 1, 'b', dynamic([2]))", "{\"a\":1,\"b\":[2]}"),
            ("bag_pack('missing', int(null))", "{\"missing\":null}"),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const PACK: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "pack", examples: &[], ..BAG_PACK.def },
    lower: Lower::Rows(lower),
};

pub(in super::super) const PACK_DICTIONARY: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "pack_dictionary", examples: &[], ..BAG_PACK.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    if !args.len().is_multiple_of(2) {
        return Err(EngineError::refused("the last key has no value"));
    }
    let pairs = (0..args.len())
        .step_by(2)
        .map(|at| Ok((strings(args, at)?, Jsons::new(args, at + 1)?)))
        .collect::<Result<Vec<_>, EngineError>>()?;
    Ok(out_json(args.rows(), |row| {
        let each = pairs.iter().map(|(key, value)| (key.get(row).to_owned(), value.take(row)));
        Json::Object(each.collect::<Map<_, _>>())
    }))
}
