//! PostgreSQL's SQL: documents are `jsonb`, and each expression has a type.
//!
//! A member is text unless it is compared or ordered as a number. Text is compared byte by byte,
//! whatever the database's own order, so that pages end where they do in every store and times
//! order as text.

use super::{As, checked};
use crate::StoreError;

/// The text of a value of JSON; true and false are their words, null is null.
fn text(reached: &str) -> String {
    format!("({reached}) COLLATE \"C\"")
}

pub(super) fn member<S: AsRef<str>>(
    doc: &str,
    segments: &[S],
    kind: As,
) -> Result<String, StoreError> {
    Ok(match kind {
        As::Text => text(&reach(doc, segments, "->>")?),
        As::Number => number(&reach(doc, segments, "->")?),
    })
}

/// A value of JSON itself.
pub(super) fn value(json: &str, kind: As) -> String {
    match kind {
        As::Text => text(&format!("{json} #>> '{{}}'")),
        As::Number => number(json),
    }
}

/// Anything else than a number counts as null.
fn number(json: &str) -> String {
    format!("CASE WHEN jsonb_typeof({json}) = 'number' THEN ({json})::numeric END")
}

pub(super) fn elements<S: AsRef<str>>(
    doc: &str,
    segments: &[S],
    alias: &str,
) -> Result<String, StoreError> {
    let array = reach(doc, segments, "->")?;
    Ok(format!(
        "jsonb_array_elements(CASE WHEN jsonb_typeof({array}) = 'array' THEN {array} END) \
         AS {alias}(value)"
    ))
}

pub(super) fn element(alias: &str) -> String {
    format!("{alias}.value")
}

pub(super) fn length<S: AsRef<str>>(doc: &str, segments: &[S]) -> Result<String, StoreError> {
    let array = reach(doc, segments, "->")?;
    Ok(format!(
        "coalesce(CASE WHEN jsonb_typeof({array}) = 'array' THEN jsonb_array_length({array}) END, 0)"
    ))
}

pub(super) fn contains(haystack: &str, needle: &str) -> String {
    format!("strpos({haystack}, {needle}) > 0")
}

pub(super) fn starts_with(haystack: &str, needle: &str) -> String {
    format!("starts_with({haystack}, {needle})")
}

pub(super) fn ends_with(haystack: &str, needle: &str, count: &str) -> String {
    format!("right({haystack}, {count}) = {needle}")
}

pub(super) fn same(left: &str, right: &str) -> String {
    if right == super::NULL {
        format!("{left} IS NULL")
    } else {
        format!("{left} IS NOT DISTINCT FROM {right}")
    }
}

pub(super) fn differs(left: &str, right: &str) -> String {
    if right == super::NULL {
        format!("{left} IS NOT NULL")
    } else {
        format!("{left} IS DISTINCT FROM {right}")
    }
}

pub(super) fn fails(condition: &str) -> String {
    format!("({condition}) IS NOT TRUE")
}

/// Null is the greatest value unless it is said otherwise.
pub(super) fn sort_key(key: &str, desc: bool, nullable: bool) -> String {
    match (desc, nullable) {
        (true, true) => format!("{key} DESC NULLS LAST"),
        (false, true) => format!("{key} ASC NULLS FIRST"),
        (true, false) => format!("{key} DESC"),
        (false, false) => format!("{key} ASC"),
    }
}

/// Numbers travel as their decimal text, so that none is rounded on the way.
pub(super) fn constant(placeholder: &str, kind: As) -> String {
    match kind {
        As::Text => placeholder.to_owned(),
        As::Number => format!("({placeholder}::text)::numeric"),
    }
}

fn reach<S: AsRef<str>>(doc: &str, segments: &[S], last: &str) -> Result<String, StoreError> {
    let mut path = doc.to_owned();
    for (at, segment) in segments.iter().enumerate() {
        path.push_str(if at + 1 == segments.len() { last } else { "->" });
        path.push('\'');
        path.push_str(&checked(segment.as_ref())?.replace('\'', "''"));
        path.push('\'');
    }
    Ok(path)
}
