//! `array_sort_asc`, `array_sort_desc`: one array sorted, and others in the order it takes.
//!
//! With one array the result is that array; with several, an array of the sorted arrays. A parallel
//! array of another length cannot be reordered and becomes null.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{super::read::Jsons, array_order::compare};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// Arrays, then perhaps a bool.
const PARAMS: &[Param] = &[
    Param::of("array", &[Type::Dynamic]),
    Param::of("more", &[Type::Dynamic, Type::Bool]).opt().many(),
];

pub(in super::super) const ARRAY_SORT_ASC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_sort_asc",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array in ascending order, nulls last unless the last argument is false. Further \
              arrays are put in the order of the first, and all come back in one array.",
        examples: &[
            ("array_sort_asc(dynamic([null, 'c', 'a', 'b']))", "[\"a\",\"b\",\"c\",null]"),
            ("array_sort_asc(dynamic([2, 1]), dynamic(['b', 'a']))[1]", "[\"a\",\"b\"]"),
        ],
    },
    lower: Lower::Rows(|args| sort(args, false)),
};

pub(in super::super) const ARRAY_SORT_DESC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_sort_desc",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The array in descending order, nulls last unless the last argument is false. Further \
              arrays are put in the order of the first, and all come back in one array.",
        examples: &[("array_sort_desc(dynamic([1, 3, 4.5, 2]))", "[4.5,3,2,1]")],
    },
    lower: Lower::Rows(|args| sort(args, true)),
};

fn sort(args: &Args<'_>, descending: bool) -> Result<ArrayRef, EngineError> {
    let last = args.len().saturating_sub(1);
    let (count, nulls_last) = if args.ty(last)? == Type::Bool {
        (last, Some(args.bools(last)?))
    } else {
        (args.len(), None)
    };
    let arrays = (0..count).map(|at| Jsons::new(args, at)).collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = arrays.split_first() else {
        return Err(EngineError::refused("an array to sort is needed"));
    };
    Ok(out_json(args.rows(), |row| {
        let Json::Array(keys) = first.take(row) else { return Json::Null };
        let nulls_last = nulls_last.as_ref().and_then(|it| it.get(row)).unwrap_or(true);
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|one, two| match (keys.get(*one), keys.get(*two)) {
            (Some(Json::Null), Some(Json::Null)) | (None, _) | (_, None) => Ordering::Equal,
            (Some(Json::Null), _) if nulls_last => Ordering::Greater,
            (Some(Json::Null), _) => Ordering::Less,
            (_, Some(Json::Null)) if nulls_last => Ordering::Less,
            (_, Some(Json::Null)) => Ordering::Greater,
            (Some(one), Some(two)) if descending => compare(two, one),
            (Some(one), Some(two)) => compare(one, two),
        });
        let arrange = |elements: &[Json]| -> Json {
            order.iter().filter_map(|at| elements.get(*at)).cloned().collect()
        };
        if others.is_empty() {
            return arrange(&keys);
        }
        let rest = others.iter().map(|other| match other.get(row).as_ref() {
            Json::Array(elements) if elements.len() == keys.len() => arrange(elements),
            _ => Json::Null,
        });
        std::iter::once(arrange(&keys)).chain(rest).collect()
    }))
}
