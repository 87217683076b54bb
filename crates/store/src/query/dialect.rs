//! The SQL text that depends on the database.
//!
//! A reach into a document must read the same in an index and in a query, or the index is not
//! used; both come from [`member`].

use crate::StoreError;

/// Folds text to lower case, all of Unicode.
pub(crate) const LOWER: &str = "fold_lower";
/// Folds text to upper case, all of Unicode.
pub(crate) const UPPER: &str = "fold_upper";

/// A member of a JSON value: `doc` is an expression, the segments its names from the outside in.
pub(crate) fn member<S: AsRef<str>>(doc: &str, segments: &[S]) -> Result<String, StoreError> {
    Ok(format!("json_extract({doc}, {})", path(segments)?))
}

/// A table with one row per element of a collection; see [`is_element`] and [`element`].
pub(crate) fn elements<S: AsRef<str>>(
    doc: &str,
    segments: &[S],
    alias: &str,
) -> Result<String, StoreError> {
    if segments.is_empty() {
        return Ok(format!("jsonb_each({doc}) AS {alias}"));
    }
    Ok(format!("jsonb_each({doc}, {}) AS {alias}", path(segments)?))
}

/// The element that a row of [`elements`] is about. A value that is no object has no members, and
/// asking it for one would be an error, so `object` says that members are asked for.
pub(crate) fn element(alias: &str, object: bool) -> String {
    if object {
        format!("iif({alias}.type = 'object', {alias}.value, NULL)")
    } else {
        format!("{alias}.value")
    }
}

/// Is a row of [`elements`] about an element? A collection that is null gives one row, too.
pub(crate) fn is_element(alias: &str) -> String {
    format!("typeof({alias}.key) = 'integer'")
}

/// How many elements a collection has, 0 when there is none.
pub(crate) fn length<S: AsRef<str>>(doc: &str, segments: &[S]) -> Result<String, StoreError> {
    Ok(format!("ifnull(json_array_length({doc}, {}), 0)", path(segments)?))
}

/// Does the text contain `needle`? No character of it has a meaning of its own.
pub(crate) fn contains(haystack: &str, needle: &str) -> String {
    format!("instr({haystack}, {needle}) > 0")
}

/// Does the text begin with the first `count` characters given by `needle`?
pub(crate) fn starts_with(haystack: &str, needle: &str, count: &str) -> String {
    format!("substr({haystack}, 1, {count}) = {needle}")
}

/// Does the text end with `needle`, which has `count` characters, at least one?
pub(crate) fn ends_with(haystack: &str, needle: &str, count: &str) -> String {
    format!("substr({haystack}, -{count}) = {needle}")
}

/// Is `flag`, bound as `,name,`, among comma-separated names?
pub(crate) fn has_flag(names: &str, flag: &str) -> String {
    format!("instr(',' || replace({names}, ' ', '') || ',', {flag}) > 0")
}

/// Equal, where two nulls are.
pub(crate) fn same(left: &str, right: &str) -> String {
    format!("{left} IS {right}")
}

/// Not equal, where null differs from everything else.
pub(crate) fn differs(left: &str, right: &str) -> String {
    format!("{left} IS NOT {right}")
}

/// Holds unless the condition does; an unknown condition does not.
pub(crate) fn fails(condition: &str) -> String {
    format!("NOT ifnull({condition}, 0)")
}

/// One key of an ORDER BY: null is the smallest value.
pub(crate) fn sort_key(key: &str, desc: bool) -> String {
    // SQLite sorts null first by itself; naming it would keep indexes from being used.
    format!("{key} {}", if desc { "DESC" } else { "ASC" })
}

fn path<S: AsRef<str>>(segments: &[S]) -> Result<String, StoreError> {
    let mut path = String::from("'$");
    for segment in segments {
        let name = segment.as_ref();
        let plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
            && name.bytes().next().is_some_and(|it| !it.is_ascii_digit());
        if plain {
            path.push('.');
            path.push_str(name);
        } else if name.is_empty() || name.contains(['"', '\\']) || name.contains(char::is_control) {
            return Err(StoreError::BadName { name: name.into() });
        } else {
            path.push_str(".\"");
            path.push_str(&name.replace('\'', "''"));
            path.push('"');
        }
    }
    path.push('\'');
    Ok(path)
}
