//! `isnan`, `isinf`, `isfinite`: what kind of real it is.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::REAL;
use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ISNAN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isnan",
        params: &[Param::of("number", REAL)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for NaN, the real that is no number. NaN is not null.",
        examples: &[("isnan(0.0 / 0.0)", "True"), ("isnan(1.0)", "False")],
    },
    lower: Lower::Rows(|args| test(args, f64::is_nan)),
};

pub(in super::super) const ISINF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isinf",
        params: &[Param::of("number", REAL)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for the positive and the negative infinity.",
        examples: &[("isinf(1.0 / 0.0)", "True"), ("isinf(1.0)", "False")],
    },
    lower: Lower::Rows(|args| test(args, f64::is_infinite)),
};

pub(in super::super) const ISFINITE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isfinite",
        params: &[Param::of("number", REAL)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for a real that is neither infinite nor NaN.",
        examples: &[("isfinite(1.0)", "True"), ("isfinite(-1.0 / 0.0)", "False")],
    },
    lower: Lower::Rows(|args| test(args, f64::is_finite)),
};

fn test(
    args: &Args<'_>,
    is: fn(f64) -> bool,
) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let number = args.reals(0)?;
    Ok(out_bools(args.rows(), |row| number.get(row).map(is)))
}
