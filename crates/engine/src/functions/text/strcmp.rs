//! `strcmp`: which of two texts comes first, by code point.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::out_longs,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const STRCMP: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strcmp",
        params: &[Param::any("first"), Param::any("second")],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "-1 when the first text comes before the second, 1 when after, 0 when they are equal.",
        examples: &[("strcmp('ABC', 'abc')", "-1"), ("strcmp('abcde', 'abc')", "1")],
    },
    lower: Lower::Rows(|args| {
        let (first, second) = (strings(args, 0)?, strings(args, 1)?);
        Ok(out_longs(args.rows(), |row| Some(first.get(row).cmp(second.get(row)) as i64)))
    }),
};
