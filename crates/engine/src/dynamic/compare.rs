//! Comparing dynamics by value: `1` equals `1.0`, members of a bag have no order.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;
use kql::plan::BinaryOp;
use serde_json::Value;

use crate::{
    args::{Args, out_bools},
    dynamic::scan,
    error::EngineError,
};

/// The kernel for a comparison.
pub(crate) fn kernel(op: BinaryOp) -> fn(&Args<'_>) -> Result<ArrayRef, EngineError> {
    match op {
        BinaryOp::NotEqual => |args| equality(args, true),
        BinaryOp::Less => |args| order(args, Ordering::is_lt),
        BinaryOp::LessOrEqual => |args| order(args, Ordering::is_le),
        BinaryOp::Greater => |args| order(args, Ordering::is_gt),
        BinaryOp::GreaterOrEqual => |args| order(args, Ordering::is_ge),
        _ => |args| equality(args, false),
    }
}

fn equality(args: &Args<'_>, negate: bool) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.texts(0)?, args.texts(1)?);
    Ok(out_bools(args.rows(), |row| match (left.some(row), right.some(row)) {
        (None, None) => None,
        (Some(one), Some(two)) => {
            let same = one == two || equal(&left.json(row), &right.json(row));
            Some(same != negate)
        }
        _ => Some(negate),
    }))
}

fn order(args: &Args<'_>, wanted: fn(Ordering) -> bool) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.texts(0)?, args.texts(1)?);
    Ok(out_bools(args.rows(), |row| {
        if left.some(row).is_none() || right.some(row).is_none() {
            return None;
        }
        match (left.json(row), right.json(row)) {
            (Value::Number(one), Value::Number(two)) => {
                one.as_f64().partial_cmp(&two.as_f64()).map(wanted)
            }
            (Value::String(one), Value::String(two)) => Some(wanted(one.cmp(&two))),
            _ => None,
        }
    }))
}

/// Equality by value.
pub(crate) fn equal(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| equal(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(key, one)| two.get(key).is_some_and(|two| equal(one, two)))
        }
        (one, two) => one == two,
    }
}

/// Is the first argument (a dynamic) an element of the second (an array)?
pub(crate) fn contains(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (item, list) = (args.texts(0)?, args.texts(1)?);
    Ok(out_bools(args.rows(), |row| {
        let (Some(item), Some(list)) = (item.some(row), list.some(row)) else {
            return Some(false);
        };
        Some(match scan::elements(list) {
            Some(mut all) => all.any(|one| one == item),
            None => list == item,
        })
    }))
}
