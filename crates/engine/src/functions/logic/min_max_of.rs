//! `min_of`, `max_of`: the least and the greatest of the arguments; nulls do not take part.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::{
    args::{Args, out_bools, out_ints, out_longs, out_reals, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const MIN_OF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "min_of",
        params: &[Param::any("first"), Param::any("next").many()],
        returns: Returns::CommonFrom(0),
        naming: Naming::Position,
        doc: "The least of the arguments, which must be of one kind. Nulls are left out.",
        examples: &[("min_of(10, 1, -3, 17)", "-3"), ("min_of(1.5, 2)", "1.5")],
    },
    lower: Lower::Rows(|args| pick(args, Ordering::Less)),
};

pub(in super::super) const MAX_OF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "max_of",
        params: &[Param::any("first"), Param::any("next").many()],
        returns: Returns::CommonFrom(0),
        naming: Naming::Position,
        doc: "The greatest of the arguments, which must be of one kind. Nulls are left out.",
        examples: &[("max_of(10, 1, -3, 17)", "17"), ("max_of('a', 'b')", "b")],
    },
    lower: Lower::Rows(|args| pick(args, Ordering::Greater)),
};

fn pick(args: &Args<'_>, wanted: Ordering) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    let at = 0..args.len();
    Ok(match args.returns() {
        Type::Bool => {
            let all = at.map(|at| args.bools(at)).collect::<Result<Vec<_>, _>>()?;
            out_bools(rows, |row| best(all.iter().filter_map(|it| it.get(row)), wanted, Ord::cmp))
        }
        Type::Int => {
            let all = at.map(|at| args.longs(at)).collect::<Result<Vec<_>, _>>()?;
            out_ints(rows, |row| best(all.iter().filter_map(|it| it.get(row)), wanted, Ord::cmp))
        }
        Type::Long | Type::DateTime | Type::TimeSpan => {
            let all = at.map(|at| args.longs(at)).collect::<Result<Vec<_>, _>>()?;
            out_longs(rows, |row| best(all.iter().filter_map(|it| it.get(row)), wanted, Ord::cmp))
        }
        Type::Real => {
            let all = at.map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
            let cmp = |a: &f64, b: &f64| a.total_cmp(b);
            out_reals(rows, |row| best(all.iter().filter_map(|it| it.get(row)), wanted, cmp))
        }
        Type::Decimal => {
            let all = at.map(|at| args.texts(at)).collect::<Result<Vec<_>, _>>()?;
            let cmp = |a: &&str, b: &&str| number(a).total_cmp(&number(b));
            out_texts(rows, |row| best(all.iter().filter_map(|it| it.some(row)), wanted, cmp))
        }
        Type::String | Type::Guid | Type::Dynamic => {
            let all = at.map(|at| args.texts(at)).collect::<Result<Vec<_>, _>>()?;
            out_texts(rows, |row| best(all.iter().filter_map(|it| it.some(row)), wanted, Ord::cmp))
        }
    })
}

fn number(decimal: &str) -> f64 {
    decimal.parse().unwrap_or(f64::NAN)
}

fn best<T>(
    values: impl Iterator<Item = T>,
    wanted: Ordering,
    cmp: impl Fn(&T, &T) -> Ordering,
) -> Option<T> {
    values.reduce(|best, next| if cmp(&next, &best) == wanted { next } else { best })
}
