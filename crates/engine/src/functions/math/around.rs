//! `around`: is a value within some distance of another?

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::BINNABLE;
use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const AROUND: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "around",
        params: &[
            Param::of("value", BINNABLE),
            Param::of("center", BINNABLE),
            Param::of("delta", BINNABLE),
        ],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the value is at most `delta` away from the center. Null when one is null.",
        examples: &[
            ("around(100, 99, 2)", "True"),
            ("around(datetime(2021-01-01 01:29), datetime(2021-01-01 01:31), 1min)", "False"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let types = (0..3).map(|at| args.ty(at)).collect::<Result<Vec<_>, _>>()?;
    if types.iter().any(|ty| matches!(ty, Type::Real | Type::Decimal)) {
        let (value, center, delta) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
        return Ok(out_bools(args.rows(), |row| {
            Some((value.get(row)? - center.get(row)?).abs() <= delta.get(row)?)
        }));
    }
    let (value, center, delta) = (args.longs(0)?, args.longs(1)?, args.longs(2)?);
    Ok(out_bools(args.rows(), |row| {
        let apart = i128::from(value.get(row)?) - i128::from(center.get(row)?);
        Some(apart.abs() <= i128::from(delta.get(row)?))
    }))
}
