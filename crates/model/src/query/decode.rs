//! The query string as pairs.

use percent_encoding::percent_decode_str;

use super::{MAX_OPTIONS, MAX_QUERY, QueryError};

/// Splits at `&`, decodes `%` sequences and reads `+` as a blank. A pair without `=` has no value.
pub(super) fn pairs(raw: &str) -> Result<Vec<(String, String)>, QueryError> {
    if raw.len() > MAX_QUERY {
        return Err(QueryError::TooMuch { what: "the length of the query string", max: MAX_QUERY });
    }
    let mut pairs = Vec::new();
    for part in raw.split('&').filter(|it| !it.is_empty()) {
        if pairs.len() == MAX_OPTIONS {
            return Err(QueryError::TooMuch {
                what: "the number of query options",
                max: MAX_OPTIONS,
            });
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((text(name)?, text(value)?));
    }
    Ok(pairs)
}

fn text(raw: &str) -> Result<String, QueryError> {
    let raw = raw.replace('+', " ");
    let decoded = percent_decode_str(&raw).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| QueryError::BadValue {
        name: "the query string",
        reason: "it is not UTF-8".to_owned(),
    })
}
