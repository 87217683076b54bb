//! Comparing decimals by value, on their texts: no digit is lost to a float.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;
use kql::plan::BinaryOp;

use crate::{
    args::{Args, out_bools},
    error::EngineError,
};

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
