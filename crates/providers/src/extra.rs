//! `additionalData`: what a product said that has no member of its own, within a bound.
//!
//! An alert never exceeds [`MOST`] bytes here. What has to give goes in this order: what lies too
//! deep, long lists, long texts, and at last whole members, the largest first. A marker stands
//! wherever something went, so a reader knows to look in the product. Credentials that a request
//! carried are withheld at any size: who may read alerts may not therefore log in as somebody.

use serde_json::{Map, Value};

use crate::text;

/// Bytes of JSON kept per alert.
pub(crate) const MOST: usize = 32 * 1_024;
const DEEPEST: usize = 8;
const LONGEST_LIST: usize = 64;

/// Fits a product's leftover members into the bound.
pub(crate) fn fit(mut rest: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in &mut rest {
        withhold(key, value, DEEPEST);
        flatten(value, DEEPEST);
    }
    for longest in [text::LONG, 2_048, 512, 128] {
        if size(&rest) <= MOST {
            return rest;
        }
        for value in rest.values_mut() {
            shorten(value, longest);
        }
    }
    while size(&rest) > MOST {
        let largest = rest
            .iter()
            .max_by_key(|(key, value)| key.len() + value.to_string().len())
            .map(|(key, value)| (key.clone(), value.to_string().len()));
        let Some((key, bytes)) = largest else { break };
        // A key too long to keep would make the loop endless if its marker stayed.
        rest.shift_remove(&key);
        if key.len() <= text::LINE && bytes > 64 {
            rest.insert(key, marker(&format!("{bytes} bytes")));
        }
    }
    rest
}

/// Members and headers that hold what proves who somebody is.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "proxy_authorization",
    "cookie",
    "set-cookie",
    "set_cookie",
    "x-api-key",
    "password",
    "passwd",
];

/// `{"Authorization": "…"}` and `{"name": "authorization", "value": "…"}` alike. Nothing deeper
/// than `depth` is looked at, for nothing deeper is kept.
fn withhold(key: &str, value: &mut Value, depth: usize) {
    let secret = |name: &str| CREDENTIALS.iter().any(|it| it.eq_ignore_ascii_case(name));
    match value {
        Value::String(text) if secret(key) => "[withheld]".clone_into(text),
        Value::Array(_) if secret(key) => *value = Value::from("[withheld]"),
        Value::Array(items) if depth > 0 => {
            for item in items {
                withhold("", item, depth - 1);
            }
        }
        Value::Object(members) if depth > 0 => {
            let named = ["name", "key"]
                .iter()
                .any(|it| members.get(*it).and_then(Value::as_str).is_some_and(secret));
            for (key, member) in members {
                let key = if named && key == "value" { "password" } else { key.as_str() };
                withhold(key, member, depth - 1);
            }
        }
        _ => {}
    }
}

fn size(rest: &Map<String, Value>) -> usize {
    rest.iter().map(|(key, value)| key.len() + 4 + value.to_string().len()).sum()
}

fn marker(what: &str) -> Value {
    Value::from(format!("[trimmed: {what}]"))
}

fn flatten(value: &mut Value, depth: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => *value = marker("too deep"),
        Value::Array(items) => {
            let more = items.len().saturating_sub(LONGEST_LIST);
            if more > 0 {
                items.truncate(LONGEST_LIST);
                items.push(marker(&format!("{more} more")));
            }
            for item in items {
                flatten(item, depth - 1);
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                flatten(member, depth - 1);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn shorten(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) if text.len() > longest => {
            // A text that was cut before keeps the marker with its first length.
            let (body, note) = match text.rfind(" [trimmed: ") {
                Some(at) => (&text[..at], text[at..].to_owned()),
                None => (text.as_str(), format!(" [trimmed: {} bytes]", text.len())),
            };
            *text = text::cut(body, longest / 4) + &text::cut(&note, 64);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shorten(item, longest)),
        Value::Object(members) => members.values_mut().for_each(|it| shorten(it, longest)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fitted(value: &Value) -> Map<String, Value> {
        let fitted = fit(value.as_object().unwrap().clone());
        assert!(size(&fitted) <= MOST, "{} bytes", size(&fitted));
        fitted
    }

    #[test]
    fn a_small_rest_is_left_alone() {
        let value = serde_json::json!({"a": [1, {"b": null}], "c": "text"});
        assert_eq!(Value::Object(fitted(&value)), value);
    }

    #[test]
    fn credentials_are_withheld_in_either_form() {
        let value = serde_json::json!({"request": {
            "headers": {"Cookie": "session=1", "Host": "a"},
            "list": [{"name": "Authorization", "value": "Basic x"}],
        }});
        let want = serde_json::json!({"request": {
            "headers": {"Cookie": "[withheld]", "Host": "a"},
            "list": [{"name": "Authorization", "value": "[withheld]"}],
        }});
        assert_eq!(Value::Object(fitted(&value)), want);
    }

    #[test]
    fn long_texts_lists_depths_and_keys_give_way_with_a_marker() {
        let deep = (0..40).fold(Value::from(1), |inner, _| serde_json::json!([inner]));
        let many: Map<_, _> =
            (0..5_000).map(|at| (format!("member{at}"), Value::from("x".repeat(40)))).collect();
        let value = serde_json::json!({
            "packet": "A".repeat(100_000), "list": vec!["é"; 9_000], "deep": deep,
            "many": many, "kept": 7, "k".repeat(70_000): 1,
        });
        let rest = fitted(&value);
        assert_eq!(rest["kept"], 7);
        assert!(rest["packet"].as_str().unwrap().ends_with("[trimmed: 100000 bytes]"));
        assert!(rest["list"].to_string().contains("trimmed: 8936 more"));
        assert!(rest["deep"].to_string().contains("too deep"));
        assert!(rest["many"].as_str().unwrap().contains("trimmed"));
    }
}
