//! `pack_array`: an array of all arguments, nulls included.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::jsons_from;
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PACK_ARRAY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "pack_array",
        params: &[Param::any("value").many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "An array of the arguments' values.",
        examples: &[("pack_array(1, 'a', int(null), 1d)", "[1,\"a\",null,\"1.00:00:00\"]")],
    },
    lower: Lower::Rows(|args| {
        let values = jsons_from(args, 0)?;
        Ok(out_json(args.rows(), |row| values.iter().map(|it| it.take(row)).collect()))
    }),
};
