//! Segments of a path: splitting, decoding, and what stands in their parentheses.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Arg, PathError};
use crate::{id, text::short};

/// The longest path, in bytes as sent: a function's argument may be a whole query.
const MAX_PATH: usize = 64 * 1024;
/// The most segments.
const MAX_SEGMENTS: usize = 32;

/// Splits at slashes (not at those quoted inside parentheses) and decodes each segment.
pub(super) fn split(path: &str) -> Result<Vec<String>, PathError> {
    if path.len() > MAX_PATH {
        return Err(PathError::TooLong { what: "its length in bytes", max: MAX_PATH });
    }
    let path = path.trim_matches('/');
    let mut segments = Vec::new();
    let (mut start, mut parens, mut quoted) = (0, 0_u32, false);
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'\'' if parens > 0 => quoted = !quoted,
            b'%' if parens > 0 && path[at..].starts_with("%27") => quoted = !quoted,
            b'(' if !quoted => parens += 1,
            b')' if !quoted => parens = parens.saturating_sub(1),
            b'/' if !quoted => {
                segments.push(decode(&path[start..at])?);
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(decode(&path[start..])?);
    if segments.len() > MAX_SEGMENTS {
        return Err(PathError::TooLong { what: "its number of segments", max: MAX_SEGMENTS });
    }
    Ok(segments)
}

fn decode(raw: &str) -> Result<String, PathError> {
    match percent_decode_str(raw).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(PathError::Malformed { segment: short(raw), reason: "it is not UTF-8" }),
    }
}

/// `name(inner)` taken apart; the inner text is none when there are no parentheses.
pub(super) fn parens(segment: &str) -> (&str, Option<&str>) {
    match segment.strip_suffix(')').and_then(|it| it.split_once('(')) {
        Some((name, inner)) => (name, Some(inner)),
        None => (segment, None),
    }
}

/// The key in parentheses: `'x'`, `5` or `id='x'`.
pub(super) fn key_in_parens(
    segment: &str,
    inner: &str,
    key_names: &[String],
) -> Result<String, PathError> {
    let malformed = |reason| PathError::Malformed { segment: short(segment), reason };
    let quoted = inner.starts_with('\'');
    let text = match inner.split_once('=') {
        Some((name, value)) if !quoted => {
            if !key_names.iter().any(|it| it.eq_ignore_ascii_case(name.trim())) {
                return Err(malformed("its key has another name"));
            }
            value.trim()
        }
        _ => inner.trim(),
    };
    let text = if text.starts_with('\'') {
        unquote(text).ok_or_else(|| malformed("a quote is not closed"))?
    } else {
        text.to_owned()
    };
    checked_key(segment, text)
}

/// A key must have a sensible length and no control characters.
pub(super) fn checked_key(segment: &str, key: String) -> Result<String, PathError> {
    let malformed = |reason| PathError::Malformed { segment: short(segment), reason };
    if key.is_empty() {
        return Err(malformed("the key is empty"));
    }
    if key.len() > id::MAX_LEN {
        return Err(PathError::TooLong { what: "the length of a key in bytes", max: id::MAX_LEN });
    }
    if key.chars().any(char::is_control) {
        return Err(malformed("the key has control characters"));
    }
    Ok(key)
}

/// The text of `'it''s'`, none unless it is one quoted text.
fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = inner.replace("''", "");
    (!plain.contains('\'')).then(|| inner.replace("''", "'"))
}

/// The arguments of a function, `a='x',b=@p,c=["x","y"]`.
pub(super) fn arguments(segment: &str, inner: &str) -> Result<Vec<(String, Arg)>, PathError> {
    let malformed = |reason| PathError::Malformed { segment: short(segment), reason };
    let mut args: Vec<(String, String)> = Vec::new();
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    for part in at_commas(inner) {
        match part.split_once('=').filter(|(name, _)| is_name(name.trim())) {
            Some((name, value)) => args.push((name.trim().to_owned(), value.trim().to_owned())),
            // A list that some clients write without brackets goes on.
            None => match args.last_mut() {
                Some((_, value)) => {
                    value.push(',');
                    value.push_str(part.trim());
                }
                None => return Err(malformed("an argument has no name")),
            },
        }
    }
    args.into_iter()
        .map(|(name, value)| {
            let arg = if let Some(alias) = value.strip_prefix('@') {
                Arg::Alias(alias.to_owned())
            } else if let Some(alias) =
                value.strip_prefix("'@").and_then(|it| it.strip_suffix('\''))
            {
                // Some generated clients put quotes around the alias.
                Arg::Alias(alias.to_owned())
            } else {
                Arg::Value(literal(&value).ok_or_else(|| malformed("a quote is not closed"))?)
            };
            Ok((name, arg))
        })
        .collect()
}

/// Splits at commas outside of quotes, brackets and braces.
fn at_commas(inner: &str) -> Vec<&str> {
    let (mut start, mut quote, mut depth) = (0, None, 0_usize);
    let mut parts = Vec::new();
    for (at, byte) in inner.bytes().enumerate() {
        match (quote, byte) {
            (None, b'\'') => quote = Some(byte),
            // Double quotes are JSON's, which stands in brackets only.
            (None, b'"') if depth > 0 => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b',') if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// A literal in a path or in a parameter alias: quoted text, JSON, or plain text.
pub(super) fn literal(text: &str) -> Option<Value> {
    if text.starts_with('\'') {
        return match unquote(text) {
            Some(text) => Some(Value::String(text)),
            // `'a','b'`: a list without brackets, told apart where the type is known.
            None => text.ends_with('\'').then(|| Value::from(text)).filter(|_| text.contains(',')),
        };
    }
    let json = serde_json::from_str::<Value>(text).ok();
    if let Some(Value::String(_)) | None = json {
        let list = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        // Brackets around texts in single quotes, or in none.
        return Some(Value::from(list.unwrap_or(text)));
    }
    json
}
