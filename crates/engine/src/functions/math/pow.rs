//! `pow`: a number to a power.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::REAL;
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const POW: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "pow",
        params: &[Param::of("base", REAL), Param::of("exponent", REAL)],
        returns: Returns::Is(Type::Real),
        naming: Naming::FirstArgument,
        doc: "The base to the power of the exponent.",
        examples: &[("pow(2, 3)", "8.0"), ("pow(4, 0.5)", "2.0")],
    },
    lower: Lower::Rows(|args| {
        let (base, exponent) = (args.reals(0)?, args.reals(1)?);
        Ok(out_reals(args.rows(), |row| Some(base.get(row)?.powf(exponent.get(row)?))))
    }),
};
