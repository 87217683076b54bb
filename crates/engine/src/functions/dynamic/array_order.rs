//! The order of elements that `array_sort_asc` and its opposite use: bools, numbers, texts, then
//! arrays and bags by their text.

use std::cmp::Ordering;

use serde_json::{Number, Value as Json};

/// Compares two elements that are not null.
pub(super) fn compare(one: &Json, two: &Json) -> Ordering {
    match (one, two) {
        (Json::Bool(one), Json::Bool(two)) => one.cmp(two),
        (Json::Number(one), Json::Number(two)) => numbers(one, two),
        (Json::String(one), Json::String(two)) => one.cmp(two),
        _ => match rank(one).cmp(&rank(two)) {
            Ordering::Equal => one.to_string().cmp(&two.to_string()),
            order => order,
        },
    }
}

fn numbers(one: &Number, two: &Number) -> Ordering {
    if let (Some(one), Some(two)) = (one.as_i64(), two.as_i64()) {
        return one.cmp(&two);
    }
    let real = |it: &Number| it.as_f64().unwrap_or(f64::NAN);
    real(one).total_cmp(&real(two))
}

fn rank(json: &Json) -> u8 {
    match json {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}
