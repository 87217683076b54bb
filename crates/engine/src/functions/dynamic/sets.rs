//! `set_union`, `set_intersect`, `set_difference`, `set_equals`: arrays as sets.
//!
//! Elements are known by a key under which equal values meet, so that the work grows with the
//! number of elements only. The result keeps the order of the first array.

use std::collections::HashSet;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::jsons_from, types::DYNAMIC};
use crate::{
    args::{Args, out_bools, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] = &[Param::of("set", DYNAMIC), Param::of("more", DYNAMIC).many()];

pub(in super::super) const SET_UNION: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "set_union",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The distinct elements of all the arrays. Null when an argument is no array.",
        examples: &[("set_union(dynamic([1, 2, 1]), dynamic([2, 3]))", "[1,2,3]")],
    },
    lower: Lower::Rows(|args| {
        each(args, |sets| {
            let mut seen = HashSet::new();
            let mut out = sets.into_iter().flatten().collect::<Vec<_>>();
            out.retain(|element| seen.insert(key(element)));
            out
        })
    }),
};

pub(in super::super) const SET_INTERSECT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "set_intersect",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The distinct elements that are in all the arrays. Null when an argument is no array.",
        examples: &[("set_intersect(dynamic([1, 2, 3]), dynamic([3, 4, 1]))", "[1,3]")],
    },
    lower: Lower::Rows(|args| {
        each(args, |mut sets| {
            let rest = sets.split_off(1);
            let rest: Vec<HashSet<String>> = rest.iter().map(|set| keys(set)).collect();
            let mut seen = HashSet::new();
            let mut out = sets.pop().unwrap_or_default();
            out.retain(|element| {
                let key = key(element);
                rest.iter().all(|set| set.contains(&key)) && seen.insert(key)
            });
            out
        })
    }),
};

pub(in super::super) const SET_DIFFERENCE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "set_difference",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The distinct elements of the first array that are in none of the others. Null when an \
              argument is no array.",
        examples: &[("set_difference(dynamic([1, 2, 3, 1]), dynamic([2]))", "[1,3]")],
    },
    lower: Lower::Rows(|args| {
        each(args, |mut sets| {
            let mut seen: HashSet<String> =
                sets.split_off(1).iter().flat_map(|set| keys(set)).collect();
            let mut out = sets.pop().unwrap_or_default();
            out.retain(|element| seen.insert(key(element)));
            out
        })
    }),
};

pub(in super::super) const SET_EQUALS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "set_equals",
        params: &[Param::of("one", DYNAMIC), Param::of("two", DYNAMIC)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when two arrays have the same distinct elements.",
        examples: &[
            ("set_equals(dynamic([1, 2, 1]), dynamic([2, 1]))", "True"),
            ("set_equals(dynamic([1]), dynamic(['1']))", "False"),
        ],
    },
    lower: Lower::Rows(|args| {
        let sets = jsons_from(args, 0)?;
        Ok(out_bools(args.rows(), |row| {
            let mut sets = sets.iter().map(|set| set.get(row).as_array().map(|set| keys(set)));
            Some(sets.next()?? == sets.next()??)
        }))
    }),
};

fn each(
    args: &Args<'_>,
    run: impl Fn(Vec<Vec<Json>>) -> Vec<Json>,
) -> Result<ArrayRef, EngineError> {
    let sets = jsons_from(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let sets = sets.iter().map(|set| match set.take(row) {
            Json::Array(elements) => Some(elements),
            _ => None,
        });
        sets.collect::<Option<Vec<_>>>().map_or(Json::Null, |sets| Json::Array(run(sets)))
    }))
}

/// The keys of an array's elements.
pub(super) fn keys(set: &[Json]) -> HashSet<String> {
    set.iter().map(key).collect()
}

/// Equal values have equal keys: 1 and 1.0 do, 1 and "1" do not.
pub(super) fn key(element: &Json) -> String {
    match element {
        Json::Number(number) => match number.as_f64() {
            Some(real) if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 => {
                format!("{real:.0}")
            }
            _ => number.to_string(),
        },
        Json::Object(_) | Json::Array(_) => {
            let mut sorted = element.clone();
            sorted.sort_all_objects();
            sorted.to_string()
        }
        Json::Null | Json::Bool(_) | Json::String(_) => element.to_string(),
    }
}
