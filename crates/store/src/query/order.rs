//! Sort keys, and where a page begins.
//!
//! A page begins behind the last row of the one before, named by its sort values and id. Null is
//! the smallest value, which SQL's own comparisons do not say. Rows behind a place are a few
//! ranges of an index; each becomes an arm of the statement, so that each can be sought there,
//! however many rows share a sort value.

use super::Params;
use super::dialect::{As, Dialect, NULL};
use super::filter::Compiler;
use crate::backend::value::Value;
use crate::{Cursor, StoreError};
use model::query::PropertyPath;

/// The most sort keys.
const MAX_KEYS: usize = 8;

/// One sort key as SQL.
pub(crate) struct SortKey {
    pub(crate) text: String,
    pub(crate) desc: bool,
    /// Only the id is never null.
    nullable: bool,
    kind: As,
}

/// Rows that a page may come from.
#[derive(Clone, Default)]
pub(crate) struct Range {
    /// What holds for them; `None` when it is all.
    pub(crate) condition: Option<String>,
    /// How many of the first sort keys are the same in all of them, so need no sorting.
    pub(crate) fixed: usize,
}

impl Range {
    /// The rows of all these ranges.
    pub(crate) fn any(ranges: Vec<Self>) -> Self {
        let conditions: Option<Vec<_>> =
            ranges.into_iter().map(|it| it.condition.map(|it| format!("({it})"))).collect();
        let condition = conditions.map(|it| format!("({})", it.join(" OR ")));
        Self { condition, fixed: 0 }
    }
}

/// The sort keys over a table, the id last: it makes the order total. It runs the way of the key
/// before it, so that an index can be read in one direction.
pub(crate) fn keys(
    order: &[(PropertyPath, bool)],
    table: &'static str,
    params: &mut Params,
) -> Result<Vec<SortKey>, StoreError> {
    if order.len() > MAX_KEYS {
        return Err(StoreError::TooComplex { part: "order", reason: "more than 8 keys" });
    }
    let mut compiler = Compiler::new(params, table);
    let id = format!("{table}.id");
    let mut keys = Vec::with_capacity(order.len() + 1);
    for (path, desc) in order {
        let kind = As::of(path.ty);
        let text = compiler.path(path, kind)?;
        let nullable = text != id;
        keys.push(SortKey { text, desc: *desc, nullable, kind });
    }
    let desc = order.last().is_some_and(|(_, desc)| *desc);
    keys.push(SortKey { text: id, desc, nullable: false, kind: As::Text });
    Ok(keys)
}

/// The ORDER BY over sort keys by their place in the result, `k0`, `k1`, and so on, without the
/// first `fixed`.
pub(crate) fn by_place(keys: &[SortKey], fixed: usize, dialect: Dialect) -> String {
    let keys = keys.iter().enumerate().skip(fixed);
    let parts: Vec<_> =
        keys.map(|(at, it)| dialect.sort_key(&format!("k{at}"), it.desc, it.nullable)).collect();
    parts.join(", ")
}

/// The ranges behind a cursor, in order; without one, a single range without a condition.
///
/// Behind means: the same in the first few keys and strictly behind in the one after. The ranges
/// are taken apart so far that each is equalities and one inequality.
pub(crate) fn ranges(
    keys: &[SortKey],
    after: Option<&Cursor>,
    params: &mut Params,
) -> Result<Vec<Range>, StoreError> {
    let Some(after) = after else { return Ok(vec![Range::default()]) };
    let dialect = params.dialect;
    let id = Value::Text(after.id.clone());
    let mut same = String::new();
    let mut ranges = Vec::new();
    for (at, (key, value)) in keys.iter().zip(after.values.iter().chain([&id])).enumerate() {
        let SortKey { text, desc, nullable, kind } = key;
        let null = *value == Value::Null;
        if dialect == Dialect::Postgres
            && *kind == As::Number
            && matches!(value, Value::Text(_) | Value::Blob(_))
        {
            return Err(StoreError::BadCursor { reason: "a number is ordered by, not a text" });
        }
        let value = if null {
            NULL.to_owned()
        } else {
            dialect.constant(&params.bind(value.clone()), *kind)
        };
        let mut strictly = Vec::new();
        match (desc, null) {
            (true, false) => {
                if *nullable {
                    strictly.push((format!("{same}{text} IS NULL"), at + 1));
                }
                strictly.push((format!("{same}{text} < {value}"), at));
            }
            (true, true) => {}
            (false, false) => strictly.push((format!("{same}{text} > {value}"), at)),
            (false, true) => strictly.push((format!("{same}{text} IS NOT NULL"), at)),
        }
        let range = |(condition, fixed)| Range { condition: Some(condition), fixed };
        ranges.extend(strictly.into_iter().map(range));
        let equal = if null { "IS" } else { "=" };
        same = format!("{same}{text} {equal} {value} AND ");
    }
    ranges.reverse();
    Ok(ranges)
}

/// Tells lists apart: a cursor of one does not fit another.
pub(crate) fn fingerprint(kind: &str, order: &[(PropertyPath, bool)]) -> u32 {
    let mut text = kind.to_owned();
    for (path, desc) in order {
        text.push(if *desc { '-' } else { '+' });
        text.push_str(&path.segments.join("/"));
    }
    // FNV-1a: small, and the same in every release.
    text.bytes()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
