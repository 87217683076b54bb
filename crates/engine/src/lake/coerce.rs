//! One JSON value, as text, into a cell of a column's type.
//!
//! Lenient where the meaning is plain: numbers and bools may be text, a string column takes any
//! JSON as its text, a dynamic column takes JSON inside a string. Everything else is refused with
//! a reason.

use std::borrow::Cow;

use kql::types::Type;

/// How deep a dynamic value may nest.
const DEEPEST: usize = 100;

/// A cell.
#[derive(Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Null, or `""` in a string column.
    Null,
    /// A bool.
    Bool(bool),
    /// An int, long, datetime or timespan.
    Long(i64),
    /// A real.
    Real(f64),
    /// A string, guid, decimal, or a dynamic's compact JSON.
    Text(Cow<'a, str>),
}

/// A well-formed JSON value's text as a cell.
pub(crate) fn cell(json: &str, ty: Type) -> Result<Cell<'_>, String> {
    if json == "null" {
        return Ok(Cell::Null);
    }
    let string = if json.starts_with('"') { Some(unquote(json)?) } else { None };
    let plain = string.as_deref().unwrap_or(json).trim();
    if plain.is_empty() && ty != Type::String {
        return Ok(Cell::Null);
    }
    let wrong = || format!("{} is no {}", shortened(json), ty.name());
    Ok(match ty {
        Type::String => match string {
            Some(text) => Cell::Text(text),
            None => Cell::Text(compact(json)?),
        },
        Type::Bool => Cell::Bool(boolean(plain).ok_or_else(wrong)?),
        Type::Int => {
            let whole = whole(plain).and_then(|it| i32::try_from(it).ok());
            Cell::Long(i64::from(whole.ok_or_else(wrong)?))
        }
        Type::Long => Cell::Long(whole(plain).ok_or_else(wrong)?),
        Type::Real => Cell::Real(plain.parse().map_err(|_| wrong())?),
        Type::Decimal => {
            plain.parse::<f64>().map_err(|_| wrong())?;
            Cell::Text(Cow::Owned(plain.to_owned()))
        }
        Type::DateTime => {
            let text = string.as_deref().ok_or_else(wrong)?;
            Cell::Long(datetime(text).ok_or_else(wrong)?)
        }
        Type::TimeSpan => {
            let text = string.as_deref().ok_or_else(wrong)?;
            Cell::Long(kql::time::parse_timespan(text).ok_or_else(wrong)?)
        }
        Type::Guid => {
            let text = string.as_deref().ok_or_else(wrong)?;
            let guid = uuid::Uuid::parse_str(text.trim()).map_err(|_| wrong())?;
            Cell::Text(Cow::Owned(guid.to_string()))
        }
        Type::Dynamic => match string {
            None => Cell::Text(compact(json)?),
            Some(text) => {
                let inner = text.trim();
                let is_json = inner.starts_with(['{', '['])
                    && serde_json::from_str::<&serde_json::value::RawValue>(inner).is_ok();
                if is_json {
                    Cell::Text(Cow::Owned(compact(inner)?.into_owned()))
                } else {
                    Cell::Text(Cow::Borrowed(json))
                }
            }
        },
    })
}

/// A time in any of the forms the language reads.
pub(crate) fn datetime(text: &str) -> Option<i64> {
    kql::time::parse_datetime(text)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number, also written as `3.0`.
fn whole(text: &str) -> Option<i64> {
    if let Ok(whole) = text.parse() {
        return Some(whole);
    }
    match text {
        "true" => return Some(1),
        "false" => return Some(0),
        _ => {}
    }
    let real: f64 = text.parse().ok()?;
    (real.fract() == 0.0 && real.abs() < 9.0e15).then_some(real as i64)
}

fn unquote(json: &str) -> Result<Cow<'_, str>, String> {
    let inner = json.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(json);
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str(json)
        .map(Cow::Owned)
        .map_err(|_| format!("{} holds a broken escape", shortened(json)))
}

/// The same JSON without white space between its tokens.
pub(crate) fn compact(json: &str) -> Result<Cow<'_, str>, String> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut out: Option<String> = None;
    for (at, byte) in json.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(format!("it nests deeper than {DEEPEST} levels"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                // The first blank starts a copy; the rest is done there.
                out.get_or_insert_with(|| json[..at].to_owned());
            }
            _ => {}
        }
    }
    let Some(mut out) = out else { return Ok(Cow::Borrowed(json)) };
    let (mut in_string, mut escaped) = (false, false);
    let rest = &json[out.len()..];
    for c in rest.chars() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
        } else if c.is_ascii_whitespace() {
            continue;
        } else if c == '"' {
            in_string = true;
        }
        out.push(c);
    }
    Ok(Cow::Owned(out))
}

/// A value short enough for a message.
fn shortened(json: &str) -> String {
    let short: String = json.chars().take(60).collect();
    if short.len() < json.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(json: &str, ty: Type) -> String {
        match cell(json, ty) {
            Ok(Cell::Text(text)) => text.into_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn lenient_where_plain() {
        assert_eq!(cell("\"17\"", Type::Long), Ok(Cell::Long(17)));
        assert_eq!(cell("3.0", Type::Int), Ok(Cell::Long(3)));
        assert_eq!(cell("1", Type::Bool), Ok(Cell::Bool(true)));
        assert_eq!(cell("\"\"", Type::Int), Ok(Cell::Null));
        assert_eq!(text(r#"{"a": [1, "x y"]}"#, Type::Dynamic), r#"{"a":[1,"x y"]}"#);
        assert_eq!(text(r#""{\"a\": 1}""#, Type::Dynamic), r#"{"a":1}"#);
        assert_eq!(text(r#""plain""#, Type::Dynamic), r#""plain""#);
        assert_eq!(text(r#"{"a" : 1}"#, Type::String), r#"{"a":1}"#);
        assert_eq!(text(r#""a\n""#, Type::String), "a\n");
        assert_eq!(
            cell("\"0001-01-01T00:00:01Z\"", Type::DateTime),
            Ok(Cell::Long(kql::time::SECOND))
        );
    }

    #[test]
    fn refused_with_the_value() {
        assert_eq!(cell("\"x\"", Type::Long), Err("`\"x\"` is no long".to_owned()));
        assert_eq!(cell("3000000000", Type::Int), Err("`3000000000` is no int".to_owned()));
        assert!(cell("5", Type::DateTime).is_err());
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(cell(&deep, Type::Dynamic).unwrap_err().contains("deeper"));
    }
}
