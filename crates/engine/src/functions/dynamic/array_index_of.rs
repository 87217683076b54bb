//! `array_index_of`: where an element stands in an array.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    read::Jsons,
    types::{DYNAMIC, LONG},
};
use crate::{
    args::{Args, out_longs},
    dynamic::compare::equal,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_INDEX_OF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_index_of",
        params: &[
            Param::of("array", DYNAMIC),
            Param::any("value"),
            Param::of("start", LONG).opt(),
            Param::of("length", LONG).opt(),
            Param::of("occurrence", LONG).opt(),
        ],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The position of a value in an array, or -1. The search may begin at `start` (from the \
              end when negative), be limited to `length` elements, and look for a later \
              occurrence. Null when there is no array.",
        examples: &[
            ("array_index_of(dynamic(['a', 'b', 'a']), 'b')", "1"),
            ("array_index_of(dynamic(['a', 'b', 'a']), 'a', 0, -1, 2)", "2"),
            ("array_index_of(dynamic([1, 2]), '1')", "-1"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (array, value) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    let limits = (2..args.len()).map(|at| args.longs(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(out_longs(args.rows(), |row| {
        let limit = |at: usize, default: i64| match limits.get(at) {
            Some(limit) => limit.get(row),
            None => Some(default),
        };
        let (start, length, occurrence) = (limit(0, 0)?, limit(1, -1)?, limit(2, 1)?);
        let array = array.get(row);
        let elements = array.as_array()?;
        let start = if start < 0 {
            let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
            elements.len().saturating_sub(back)
        } else {
            usize::try_from(start).ok()?
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let occurrence = usize::try_from(occurrence).ok()?.checked_sub(1)?;
        let value = value.get(row);
        let mut found = elements
            .iter()
            .enumerate()
            .skip(start)
            .take(length)
            .filter(|(_, element)| equal(element, &value));
        Some(found.nth(occurrence).map_or(-1, |(at, _)| at as i64))
    }))
}
