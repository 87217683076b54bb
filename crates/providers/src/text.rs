//! Small readings of JSON values as text and numbers, and cutting text to a bound.

use serde_json::Value;

/// Bound of an ordinary text member, in characters.
pub(crate) const LINE: usize = 1_024;
/// Bound of a title.
pub(crate) const TITLE: usize = 512;
/// Bound of descriptions, command lines and addresses of web pages.
pub(crate) const LONG: usize = 8_192;

/// A text that is not blank, trimmed and bounded; numbers and booleans as their text.
pub(crate) fn of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let text = text.trim_matches(|it: char| it.is_whitespace() || it.is_control());
            (!text.is_empty()).then(|| cut(text, LONG))
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of an array (at most a thousand), or of one bare value.
pub(crate) fn all_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().take(1_000).filter_map(of).collect(),
        one => of(one).into_iter().collect(),
    }
}

/// A whole number, also one written as text.
pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Cuts to a number of characters, with an ellipsis as the last one when something was cut.
pub(crate) fn cut(text: &str, most: usize) -> String {
    // Bytes are never fewer than characters, so short texts need no counting.
    if text.len() <= most {
        return text.to_owned();
    }
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// One line without control characters, bounded: for titles and names that people read in lists.
pub(crate) fn line(text: &str, most: usize) -> String {
    let spaced: String = text
        .chars()
        .take(most.saturating_mul(4))
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    cut(&spaced.split_whitespace().collect::<Vec<_>>().join(" "), most)
}
