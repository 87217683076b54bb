//! Alerts that already are `alerts_v2` documents, from another hub or a test.
//!
//! Light checks only: whether the members fit the type is the platform's to check against the
//! model, as it does for every connector. What the hub itself decides is dropped here.

use serde_json::Value;

use crate::connector::{Connector, each_alone};
use crate::draft::fingerprint;
use crate::normalised::{Normalised, Refused};
use crate::{clock, text};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "graph",
    vendor: "any",
    product: "Microsoft Graph alerts_v2 document",
    gather: each_alone,
    normalise,
};

/// What the hub decides about an alert, and so never takes from outside.
const HUB_OWNED: &[&str] =
    &["incidentId", "incidentWebUrl", "alertWebUrl", "tenantId", "lastUpdateDateTime", "comments"];

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    let Value::Object(members) = item else { return Err(Refused::new("item", "not an object")) };
    let mut doc = members.clone();
    for member in ["title", "severity"] {
        match doc.get(member) {
            Some(Value::String(text)) if !text.trim().is_empty() => {}
            None | Some(Value::Null) => return Err(Refused::new(member, "missing")),
            Some(_) => return Err(Refused::new(member, "not a text, or blank")),
        }
    }
    if let Some(evidence) = doc.get("evidence") {
        let Value::Array(evidence) = evidence else {
            return Err(Refused::new("evidence", "not an array"));
        };
        for (at, piece) in evidence.iter().enumerate() {
            if !piece.get("@odata.type").is_some_and(Value::is_string) {
                return Err(Refused::new(format!("evidence[{at}].@odata.type"), "missing"));
            }
        }
    }
    let own_id = doc.shift_remove("id").as_ref().and_then(text::of);
    doc.retain(|key, _| !HUB_OWNED.contains(&key.as_str()) && !is_annotation(key));
    if doc.get("providerAlertId").and_then(text::of).is_none() {
        // Without any id, the whole document is what makes it the same one when it comes again.
        let whole = || fingerprint("graph", &[serde_json::to_string(&doc).ok()]);
        let id = own_id.unwrap_or_else(whole);
        doc.insert("providerAlertId".to_owned(), Value::String(id));
    }
    for (key, value) in &mut doc {
        moments(key, value, 16);
    }
    Ok(Normalised::Alert(doc))
}

/// Brings moments to their one form; what is none is left for the check against the model.
fn moments(key: &str, value: &mut Value, depth: usize) {
    match value {
        Value::String(text) if key.ends_with("DateTime") => {
            if let Some(moment) = clock::read(text) {
                *text = moment;
            }
        }
        Value::Array(items) if depth > 0 => {
            for item in items {
                moments("", item, depth - 1);
            }
        }
        Value::Object(members) if depth > 0 => {
            for (key, member) in members {
                moments(key, member, depth - 1);
            }
        }
        _ => {}
    }
}

/// `@odata.context` and its like describe the answer the document came in, not the alert.
fn is_annotation(key: &str) -> bool {
    key.starts_with('@') || key.contains("@odata.")
}
