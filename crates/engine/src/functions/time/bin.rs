//! `bin`, and `floor` with two arguments: down to a multiple of a size.
//!
//! Bins lie from zero, also below it; for datetimes zero is the first day of year 1, a Monday.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{convert::todecimal, types::BINNABLE};
use crate::{
    args::{Args, out_longs, out_reals, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const BIN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "bin",
        params: &[Param::of("value", BINNABLE), Param::of("size", BINNABLE)],
        returns: Returns::With(returns),
        naming: Naming::FirstArgument,
        doc: "The value rounded down to a multiple of `size`. A size that is null, zero or negative \
              gives null.",
        examples: &[
            ("bin(7, 5)", "5"),
            ("bin(-7, 5)", "-10"),
            ("bin(4.5, 1)", "4.0"),
            ("bin(datetime(2026-01-05 13:45), 30m)", "2026-01-05T13:30:00.0000000Z"),
            ("bin(14d + 3h, 1d)", "14.00:00:00"),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const FLOOR: FunctionImpl =
    FunctionImpl { def: FunctionDef { name: "floor", ..BIN.def }, lower: Lower::Rows(lower) };

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.returns() {
        Type::Real => {
            let (value, size) = (args.reals(0)?, args.reals(1)?);
            out_reals(rows, |row| real(value.get(row)?, size.get(row)?))
        }
        Type::Decimal => {
            let (value, size) = (args.reals(0)?, args.reals(1)?);
            out_texts(rows, |row| {
                todecimal::from_text(&real(value.get(row)?, size.get(row)?)?.to_string())
            })
        }
        _ => {
            let (value, size) = (args.longs(0)?, args.longs(1)?);
            out_longs(rows, |row| long(value.get(row)?, size.get(row)?))
        }
    })
}

/// What a value and a size (or a fixed point) of these types give.
pub(in super::super) fn returns(types: &[Type]) -> Result<Type, String> {
    let Some((&value, others)) = types.split_first() else {
        return Err("a value and a size are needed".to_owned());
    };
    let size = others.first().copied().unwrap_or(Type::Long);
    match value {
        Type::DateTime | Type::TimeSpan if size == Type::TimeSpan || size.is_number() => Ok(value),
        Type::DateTime | Type::TimeSpan => {
            Err(format!("the size for a {} must be a timespan", value.name()))
        }
        _ if others.iter().any(|ty| !ty.is_number()) => {
            Err(format!("the size for a {} must be a number", value.name()))
        }
        _ if types.contains(&Type::Decimal) => Ok(Type::Decimal),
        _ if types.contains(&Type::Real) => Ok(Type::Real),
        _ => Ok(Type::Long),
    }
}

pub(super) fn long(value: i64, size: i64) -> Option<i64> {
    if size <= 0 { None } else { value.div_euclid(size).checked_mul(size) }
}

pub(super) fn real(value: f64, size: f64) -> Option<f64> {
    (size > 0.0).then(|| (value / size).floor() * size)
}
