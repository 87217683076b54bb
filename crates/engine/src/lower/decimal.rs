//! Decimals by value, on their texts: no digit is lost to a float.
//!
//! A decimal has 34 digits; what does not fit behind the point is rounded, what does not fit in
//! front of it is null.

use std::{cmp::Ordering, num::NonZeroU64, str::FromStr};

use bigdecimal::{BigDecimal, RoundingMode, Zero};
use datafusion::{arrow::array::ArrayRef, logical_expr::Expr};
use kql::{plan::BinaryOp, types::Type};

use crate::{
    args::{Args, out_bools, out_texts},
    error::EngineError,
    functions::convert::cast,
    lower::expr,
    udf::{self, Work},
};

/// Digits a decimal can hold.
const DIGITS: NonZeroU64 = NonZeroU64::new(34).expect("not zero");

/// `left op right`, one of them a decimal and the other that or a whole number.
pub(crate) fn arithmetic(
    op: BinaryOp,
    left: Expr,
    left_type: Type,
    right: Expr,
    right_type: Type,
) -> Result<Expr, EngineError> {
    let run: fn(&Args<'_>) -> Result<ArrayRef, EngineError> = match op {
        BinaryOp::Add => |args| computed(args, |one, two| Some(one + two)),
        BinaryOp::Subtract => |args| computed(args, |one, two| Some(one - two)),
        BinaryOp::Multiply => |args| computed(args, |one, two| Some(one * two)),
        BinaryOp::Divide => |args| computed(args, |one, two| (!two.is_zero()).then(|| one / two)),
        BinaryOp::Modulo => |args| computed(args, remainder),
        op => return Err(EngineError::plan(format!("{op:?} is no arithmetic"))),
    };
    let name = match op {
        BinaryOp::Add => "decimal_add",
        BinaryOp::Subtract => "decimal_subtract",
        BinaryOp::Multiply => "decimal_multiply",
        BinaryOp::Divide => "decimal_divide",
        _ => "decimal_modulo",
    };
    let side = |side: Expr, ty: Type| match ty {
        Type::Decimal => Ok(side),
        Type::Int | Type::Long => Ok(expr::cast(side, ty, Type::Decimal)),
        ty => Err(EngineError::plan(format!("a decimal beside a {}", ty.name()))),
    };
    let args = vec![side(left, left_type)?, side(right, right_type)?];
    Ok(udf::call(name, Work::Plain(run), args, &[Type::Decimal, Type::Decimal], Type::Decimal))
}

/// A text that is in order as the decimal is.
pub(crate) fn sortable(decimal: Expr) -> Expr {
    udf::call("decimal_order", Work::Plain(order_keys), vec![decimal], &[Type::Decimal], Type::Guid)
}

/// Digits in front of the point and behind it, all of them, those of negative numbers turned round.
fn order_keys(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let source = args.texts(0)?;
    Ok(out_texts(args.rows(), |row| {
        let parts = Parts::of(source.some(row)?);
        let digits = format!("{:0>40}.{:0<40}", parts.whole, parts.fraction);
        if !parts.negative || parts.is_zero() {
            return Some(format!("1{digits}"));
        }
        let turned =
            |it: char| it.to_digit(10).and_then(|d| char::from_digit(9 - d, 10)).unwrap_or(it);
        Some(format!("0{}", digits.chars().map(turned).collect::<String>()))
    }))
}

/// The sum; none when it has too many digits.
pub(crate) fn add(one: &str, two: &str) -> Option<String> {
    fitted(&(read(one)? + read(two)?))
}

fn computed(
    args: &Args<'_>,
    op: fn(BigDecimal, BigDecimal) -> Option<BigDecimal>,
) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.texts(0)?, args.texts(1)?);
    Ok(out_texts(args.rows(), |row| fitted(&op(read(left.some(row)?)?, read(right.some(row)?)?)?)))
}

/// Never negative, as for the other numbers.
fn remainder(one: BigDecimal, two: BigDecimal) -> Option<BigDecimal> {
    if two.is_zero() {
        return None;
    }
    let two = two.abs();
    let rest = one % &two;
    Some(if rest < BigDecimal::zero() { rest + two } else { rest })
}

fn read(text: &str) -> Option<BigDecimal> {
    BigDecimal::from_str(text).ok()
}

fn fitted(value: &BigDecimal) -> Option<String> {
    let value = value.with_precision_round(DIGITS, RoundingMode::HalfEven);
    cast::decimal(&value.to_scientific_notation())
}

/// The kernel for a comparison, with the language's nulls.
pub(crate) fn kernel(op: BinaryOp) -> fn(&Args<'_>) -> Result<ArrayRef, EngineError> {
    match op {
        BinaryOp::NotEqual => |args| compared(args, Some(true), Ordering::is_ne),
        BinaryOp::Less => |args| compared(args, None, Ordering::is_lt),
        BinaryOp::LessOrEqual => |args| compared(args, None, Ordering::is_le),
        BinaryOp::Greater => |args| compared(args, None, Ordering::is_gt),
        BinaryOp::GreaterOrEqual => |args| compared(args, None, Ordering::is_ge),
        _ => |args| compared(args, Some(false), Ordering::is_eq),
    }
}

fn compared(
    args: &Args<'_>,
    with_one_null: Option<bool>,
    holds: fn(Ordering) -> bool,
) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.texts(0)?, args.texts(1)?);
    Ok(out_bools(args.rows(), |row| match (left.some(row), right.some(row)) {
        (Some(one), Some(two)) => Some(holds(order(one, two))),
        (None, None) => None,
        _ => with_one_null,
    }))
}

/// The order of two decimals in plain notation.
pub(crate) fn order(one: &str, two: &str) -> Ordering {
    let (one, two) = (Parts::of(one), Parts::of(two));
    if one.is_zero() && two.is_zero() {
        return Ordering::Equal;
    }
    match (one.negative, two.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => one.magnitude(&two),
        (true, true) => two.magnitude(&one),
    }
}

struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0');
        Self { negative, whole, fraction: fraction.trim_end_matches('0') }
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len());
        whole
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_and_bounded() {
        assert_eq!(add("0.1", "0.2").as_deref(), Some("0.3"));
        assert_eq!(add("-1.5", "1.5").as_deref(), Some("0"));
        let most = "9".repeat(34);
        assert_eq!(add(&most, "1"), None);
        assert_eq!(add(&most, "0.1").as_deref(), Some(most.as_str()));
        let third = read("1").zip(read("3")).and_then(|(one, two)| fitted(&(one / two)));
        assert_eq!(third, Some(format!("0.{}", "3".repeat(34))));
    }

    #[test]
    fn by_value() {
        for (one, two, expected) in [
            ("1.50", "1.5", Ordering::Equal),
            ("10", "9.99", Ordering::Greater),
            ("-10", "-9.99", Ordering::Less),
            ("-0", "0.00", Ordering::Equal),
            ("0.1", "0.09", Ordering::Greater),
            ("-1", "1", Ordering::Less),
        ] {
            assert_eq!(order(one, two), expected, "{one} {two}");
        }
    }
}
