//! Arithmetic.
//!
//! Whole numbers wrap, as the reference's do; dividing by zero gives null; `%` is never negative.
//! What is added to a time and leaves the years 1 to 9999 is null. Reals follow IEEE.

use datafusion::{
    arrow::array::ArrayRef,
    logical_expr::{Expr, Operator, lit},
    scalar::ScalarValue,
};
use kql::{plan::BinaryOp, time, types::Type};

use crate::{
    args::{Args, out_longs, out_reals},
    error::EngineError,
    lower::{compare::binary as plain, decimal, expr::cast},
    udf::{self, Work},
};

/// `left op right` where `returns` comes out.
pub(crate) fn binary(
    op: BinaryOp,
    left: Expr,
    left_type: Type,
    right: Expr,
    right_type: Type,
    returns: Type,
) -> Result<Expr, EngineError> {
    use Type::{DateTime, Real, TimeSpan};
    if [left_type, right_type, returns].contains(&Type::Decimal) {
        return decimal::arithmetic(op, left, left_type, right, right_type);
    }
    let kernel = |name, run: fn(&Args<'_>) -> Result<ArrayRef, EngineError>| {
        let args = vec![left.clone(), right.clone()];
        udf::call(name, Work::Plain(run), args, &[left_type, right_type], returns)
    };
    Ok(match (op, left_type, right_type) {
        (BinaryOp::Add, DateTime, TimeSpan) | (BinaryOp::Add, TimeSpan, DateTime) => {
            kernel("time_add", |args| times(args, i64::checked_add))
        }
        (BinaryOp::Subtract, DateTime, TimeSpan) => {
            kernel("time_subtract", |args| times(args, i64::checked_sub))
        }
        (BinaryOp::Subtract, DateTime, DateTime) => plain(left, Operator::Minus, right),
        (BinaryOp::Add, TimeSpan, TimeSpan) => {
            kernel("span_add", |args| spans(args, i64::checked_add))
        }
        (BinaryOp::Subtract, TimeSpan, TimeSpan) => {
            kernel("span_subtract", |args| spans(args, i64::checked_sub))
        }
        (BinaryOp::Divide, TimeSpan | DateTime, TimeSpan) => kernel("span_ratio", ratio),
        (BinaryOp::Multiply, TimeSpan, Real) | (BinaryOp::Multiply, Real, TimeSpan) => {
            kernel("span_scale", |args| scaled(args, |one, two| one * two))
        }
        (BinaryOp::Divide, TimeSpan, Real) => {
            kernel("span_scale_down", |args| scaled(args, |one, two| one / two))
        }
        (BinaryOp::Multiply, TimeSpan, two) | (BinaryOp::Multiply, two, TimeSpan)
            if two.is_number() =>
        {
            kernel("span_multiply", |args| spans(args, i64::checked_mul))
        }
        (BinaryOp::Divide, TimeSpan, two) if two.is_number() => kernel("divide", divide),
        (BinaryOp::Modulo, DateTime | TimeSpan, TimeSpan) => kernel("modulo", modulo),
        (BinaryOp::Modulo, one, two) if returns == Real => {
            let args = vec![cast(left, one, Real), cast(right, two, Real)];
            udf::call("real_modulo", Work::Plain(real_modulo), args, &[Real, Real], Real)
        }
        (op, one, two) if one.is_number() && two.is_number() => {
            let wide = if returns == Real { Real } else { Type::Long };
            let (left, right) = (cast(left, one, wide), cast(right, two, wide));
            let out = numbers(op, wide, left, right)?;
            cast(out, wide, returns)
        }
        (op, one, two) => {
            return Err(EngineError::plan(format!(
                "{op:?} between a {} and a {}",
                one.name(),
                two.name()
            )));
        }
    })
}

fn numbers(op: BinaryOp, ty: Type, left: Expr, right: Expr) -> Result<Expr, EngineError> {
    let kernel = |name, run: fn(&Args<'_>) -> Result<ArrayRef, EngineError>, left, right| {
        udf::call(name, Work::Plain(run), vec![left, right], &[ty, ty], ty)
    };
    Ok(match (op, ty) {
        (BinaryOp::Add, _) => plain(left, Operator::Plus, right),
        (BinaryOp::Subtract, _) => plain(left, Operator::Minus, right),
        (BinaryOp::Multiply, _) => plain(left, Operator::Multiply, right),
        (BinaryOp::Divide, Type::Real) => plain(left, Operator::Divide, right),
        (BinaryOp::Divide, _) => kernel("divide", divide, left, right),
        (BinaryOp::Modulo, _) => kernel("modulo", modulo, left, right),
        (op, _) => return Err(EngineError::plan(format!("{op:?} is no arithmetic"))),
    })
}

/// `-x`.
pub(crate) fn negate(source: Expr, ty: Type, returns: Type) -> Result<Expr, EngineError> {
    match ty {
        Type::Decimal => {
            let zero = lit(ScalarValue::Utf8View(Some("0".to_owned())));
            decimal::arithmetic(BinaryOp::Subtract, zero, ty, source, ty)
        }
        Type::Real => Ok(Expr::Negative(Box::new(source))),
        _ => {
            let work = Work::Plain(|args: &Args<'_>| {
                let source = args.longs(0)?;
                Ok(out_longs(args.rows(), |row| source.get(row).map(i64::wrapping_neg)))
            });
            let wide = if returns == Type::Int { Type::Long } else { returns };
            Ok(cast(udf::call("negate", work, vec![source], &[ty], wide), wide, returns))
        }
    }
}

fn times(args: &Args<'_>, op: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_longs(args.rows(), |row| {
        op(left.get(row)?, right.get(row)?).filter(|at| (0..=time::MAX).contains(at))
    }))
}

fn spans(args: &Args<'_>, op: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_longs(args.rows(), |row| op(left.get(row)?, right.get(row)?)))
}

fn ratio(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_reals(args.rows(), |row| Some(left.get(row)? as f64 / right.get(row)? as f64)))
}

fn scaled(args: &Args<'_>, op: fn(f64, f64) -> f64) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.reals(0)?, args.reals(1)?);
    Ok(out_longs(args.rows(), |row| {
        let scaled = op(left.get(row)?, right.get(row)?);
        (scaled.abs() < i64::MAX as f64).then(|| scaled.round() as i64)
    }))
}

fn divide(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_longs(args.rows(), |row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        (right != 0).then(|| left.wrapping_div(right))
    }))
}

fn modulo(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_longs(args.rows(), |row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        (right != 0).then(|| left.wrapping_rem_euclid(right))
    }))
}

fn real_modulo(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.reals(0)?, args.reals(1)?);
    Ok(out_reals(args.rows(), |row| Some(left.get(row)?.rem_euclid(right.get(row)?))))
}

/// 0 for a number, 1 for NaN, 2 for null: where a real goes when it is sorted. A kernel, for a `case`
/// among the keys of a sort above a limit is more than DataFusion can plan.
pub(crate) fn null_rank(real: Expr) -> Expr {
    udf::call("null_rank", Work::Plain(rank), vec![real], &[Type::Real], Type::Long)
}

fn rank(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let reals = args.reals(0)?;
    Ok(out_longs(args.rows(), |row| Some(reals.get(row).map_or(2, |it| i64::from(it.is_nan())))))
}
