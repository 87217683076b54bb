//! `jaccard_index`: how alike two sets are.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{read::Jsons, types::DYNAMIC},
    sets::keys,
};
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const JACCARD_INDEX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "jaccard_index",
        params: &[Param::of("one", DYNAMIC), Param::of("two", DYNAMIC)],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "The share of the distinct elements of two arrays that are in both; NaN when both are \
              empty.",
        examples: &[("jaccard_index(dynamic([1, 1, 2, 3]), dynamic([1, 2, 3, 4]))", "0.75")],
    },
    lower: Lower::Rows(|args| {
        let (one, two) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
        Ok(out_reals(args.rows(), |row| {
            let one = keys(one.get(row).as_array()?);
            let two = keys(two.get(row).as_array()?);
            let both = one.intersection(&two).count();
            Some(both as f64 / (one.len() + two.len() - both) as f64)
        }))
    }),
};
