//! `abs`: without the sign; numbers and timespans keep their type.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::{
    args::{Args, out_longs, out_reals, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ABS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "abs",
        params: &[Param::of(
            "number",
            &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::TimeSpan],
        )],
        returns: Returns::ArgWide(0),
        naming: Naming::FirstArgument,
        doc: "The number or timespan without its sign.",
        examples: &[("abs(-5)", "5"), ("abs(-2.5)", "2.5"), ("abs(-1h)", "01:00:00")],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    Ok(match args.returns() {
        Type::Real => {
            let number = args.reals(0)?;
            out_reals(args.rows(), |row| number.get(row).map(f64::abs))
        }
        Type::Decimal => {
            let number = args.texts(0)?;
            out_texts(args.rows(), |row| {
                number.some(row).map(|it| it.strip_prefix('-').unwrap_or(it))
            })
        }
        _ => {
            let number = args.longs(0)?;
            out_longs(args.rows(), |row| number.get(row).map(i64::wrapping_abs))
        }
    })
}
