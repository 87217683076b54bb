//! `dcount_hll`, `hll_merge`: what became of the aggregate `hll`.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    read::{Jsons, jsons_from},
    types::DYNAMIC,
};
use crate::{
    aggregates::hll::{merged, read},
    args::{out_json, out_longs},
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const DCOUNT_HLL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "dcount_hll",
        params: &[Param::of("hll", DYNAMIC)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("dcount_hll"),
        doc: "The number of distinct values that went into an `hll`.",
        examples: &[("dcount_hll(dynamic([1]))", "")],
    },
    lower: Lower::Rows(|args| {
        let state = Jsons::new(args, 0)?;
        Ok(out_longs(args.rows(), |row| {
            let state = read(&state.get(row))?;
            Some(merged([state.as_slice()].into_iter()).count())
        }))
    }),
};

pub(in super::super) const HLL_MERGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hll_merge",
        params: &[Param::of("hll", DYNAMIC).many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Fixed("hll_merged_result"),
        doc: "One `hll` of several.",
        examples: &[],
    },
    lower: Lower::Rows(|args| {
        let states = jsons_from(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let states: Vec<Vec<u8>> = states.iter().filter_map(|it| read(&it.get(row))).collect();
            merged(states.iter().map(Vec::as_slice)).json()
        }))
    }),
};
