//! `AlertInfo`: one row per stored alert.

use serde_json::{Value, json};

use super::words;
use crate::doc::{Doc, text, texts};

/// The row of an alert.
pub(super) fn row(alert: &Doc) -> Value {
    json!({
        "Timestamp": timestamp(alert),
        "TimeGenerated": timestamp(alert),
        "AlertId": text(alert, "id"),
        "Title": text(alert, "title"),
        "Category": text(alert, "category"),
        "Severity": words::capital(text(alert, "severity")),
        "ServiceSource": words::source(text(alert, "serviceSource"), text(alert, "productName")),
        "DetectionSource": words::source(text(alert, "detectionSource"), text(alert, "productName")),
        "AttackTechniques": json_list(alert, "mitreTechniques"),
    })
}

/// When the alert's activity was last seen.
pub(super) fn timestamp(alert: &Doc) -> &str {
    match text(alert, "lastActivityDateTime") {
        "" => text(alert, "createdDateTime"),
        at => at,
    }
}

/// A list as the tables hold it: JSON text, empty for an empty list.
pub(super) fn json_list(alert: &Doc, member: &str) -> String {
    let items: Vec<&str> = texts(alert, member).collect();
    if items.is_empty() { String::new() } else { json!(items).to_string() }
}
