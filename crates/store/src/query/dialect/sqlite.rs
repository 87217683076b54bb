//! SQLite's SQL: documents are its binary JSON, and values have no type but their own.

use super::checked;
use crate::StoreError;

pub(super) fn member<S: AsRef<str>>(doc: &str, segments: &[S]) -> Result<String, StoreError> {
    Ok(format!("json_extract({doc}, {})", path(segments)?))
}

pub(super) fn elements<S: AsRef<str>>(
    doc: &str,
    segments: &[S],
    alias: &str,
) -> Result<String, StoreError> {
    if segments.is_empty() {
        return Ok(format!("jsonb_each({doc}) AS {alias}"));
    }
    Ok(format!("jsonb_each({doc}, {}) AS {alias}", path(segments)?))
}

/// A value that is no object has no members, and asking it for one would be an error.
pub(super) fn element(alias: &str, object: bool) -> String {
    if object {
        format!("iif({alias}.type = 'object', {alias}.value, NULL)")
    } else {
        format!("{alias}.value")
    }
}

/// A collection that is null gives one row, too.
pub(super) fn is_element(alias: &str) -> String {
    format!("typeof({alias}.key) = 'integer'")
}

pub(super) fn length<S: AsRef<str>>(doc: &str, segments: &[S]) -> Result<String, StoreError> {
    Ok(format!("ifnull(json_array_length({doc}, {}), 0)", path(segments)?))
}

pub(super) fn contains(haystack: &str, needle: &str) -> String {
    format!("instr({haystack}, {needle}) > 0")
}

pub(super) fn starts_with(haystack: &str, needle: &str, count: &str) -> String {
    format!("substr({haystack}, 1, {count}) = {needle}")
}

pub(super) fn ends_with(haystack: &str, needle: &str, count: &str) -> String {
    format!("substr({haystack}, -{count}) = {needle}")
}

pub(super) fn same(left: &str, right: &str) -> String {
    format!("{left} IS {right}")
}

pub(super) fn differs(left: &str, right: &str) -> String {
    format!("{left} IS NOT {right}")
}

pub(super) fn fails(condition: &str) -> String {
    format!("NOT ifnull({condition}, 0)")
}

/// SQLite sorts null first by itself; naming it would keep indexes from being used.
pub(super) fn sort_key(key: &str, desc: bool) -> String {
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
        } else {
            path.push_str(".\"");
            path.push_str(&checked(name)?.replace('\'', "''"));
            path.push('"');
        }
    }
    path.push('\'');
    Ok(path)
}
