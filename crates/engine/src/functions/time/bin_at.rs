//! `bin_at`: `bin` with bins that start at a fixed point.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{convert::todecimal, types::BINNABLE},
    bin,
};
use crate::{
    args::{Args, out_longs, out_reals, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BIN_AT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bin_at",
        params: &[
            Param::of("value", BINNABLE),
            Param::of("size", BINNABLE),
            Param::of("fixed_point", BINNABLE),
        ],
        returns: Returns::With(returns),
        naming: Naming::FirstArgument,
        doc: "The value rounded down to the start of its bin, where one bin starts at the fixed \
              point, which may lie above the value.",
        examples: &[
            ("bin_at(6.5, 2.5, 7)", "4.5"),
            ("bin_at(13, 10, 11)", "11"),
            (
                "bin_at(datetime(2017-05-17 10:20), 7d, datetime(2017-06-04))",
                "2017-05-14T00:00:00.0000000Z",
            ),
        ],
    },
    lower: Lower::Rows(lower),
};

fn returns(types: &[Type]) -> Result<Type, String> {
    match types {
        [value @ (Type::DateTime | Type::TimeSpan), size, fixed] => {
            if fixed != value {
                return Err(format!("the fixed point must be a {}", value.name()));
            }
            bin::returns(&[*value, *size])
        }
        _ => bin::returns(types),
    }
}

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    let ty = args.returns();
    if !matches!(ty, Type::Real | Type::Decimal) {
        let (value, size, fixed) = (args.longs(0)?, args.longs(1)?, args.longs(2)?);
        return Ok(out_longs(rows, |row| {
            let fixed = fixed.get(row)?;
            let apart = value.get(row)?.checked_sub(fixed)?;
            bin::long(apart, size.get(row)?)?.checked_add(fixed)
        }));
    }
    let (value, size, fixed) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
    let each = |row| {
        let fixed = fixed.get(row)?;
        Some(bin::real(value.get(row)? - fixed, size.get(row)?)? + fixed)
    };
    Ok(if ty == Type::Real {
        out_reals(rows, each)
    } else {
        out_texts(rows, |row| todecimal::from_text(&each(row)?.to_string()))
    })
}
