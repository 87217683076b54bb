//! Alerts that already are `alerts_v2` documents, from another hub or a test.
//!
//! Light checks only: whether the members fit the type is the platform's to check against the
//! model, as it does for every connector. What the hub itself decides is dropped here.

use serde_json::Value;

use crate::connector::{Connector, each_alone};
use crate::normalised::{Normalised, Refused};

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
    let own_id = doc.shift_remove("id");
    if !doc.get("providerAlertId").is_some_and(Value::is_string)
        && let Some(Value::String(id)) = own_id
    {
        doc.insert("providerAlertId".to_owned(), Value::String(id));
    }
    doc.retain(|key, _| !HUB_OWNED.contains(&key.as_str()) && !is_annotation(key));
    Ok(Normalised::Alert(doc))
}

/// `@odata.context` and its like describe the answer the document came in, not the alert.
fn is_annotation(key: &str) -> bool {
    key.starts_with('@') || key.contains("@odata.")
}
