//! Detection rules: two shapes live side by side; what one says the other shows.

use serde_json::{Value, json};
use store::Tx;

use crate::{
    behavior::{Behavior, Creation, Update, merge},
    doc::{Doc, object, set, text},
    fault::Fault,
};

pub(crate) struct DetectionRule;

impl Behavior for DetectionRule {
    fn kind(&self) -> &'static str {
        "security/rules/detectionRules"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let sent = it.doc.clone();
        level(it.doc, &sent);
        if text(it.doc, "status").is_empty() {
            set(it.doc, "status", "enabled");
            set(it.doc, "isEnabled", true);
        }
        if let Some(query) = it.doc.get_mut("queryCondition").and_then(Value::as_object_mut) {
            set(query, "lastModifiedDateTime", it.stamp.to_string());
        }
        Ok(())
    }

    fn update(&self, update: &mut Update<'_>, mut patch: Doc) -> Result<(), Fault> {
        let sent = patch.clone();
        if let Some(query) = patch.get_mut("queryCondition").and_then(Value::as_object_mut) {
            set(query, "lastModifiedDateTime", update.stamp.to_string());
        }
        merge(update.new, patch);
        level(update.new, &sent);
        Ok(())
    }
}

/// Brings the older and the newer members of a rule in line with what was sent.
fn level(doc: &mut Doc, sent: &Doc) {
    if let Some(enabled) = sent.get("isEnabled").and_then(Value::as_bool) {
        set(doc, "status", if enabled { "enabled" } else { "disabled" });
    }
    if !text(sent, "status").is_empty() {
        let enabled = text(sent, "status") == "enabled";
        set(doc, "isEnabled", enabled);
    }
    let Some(schedule) = object(sent, "schedule") else { return };
    let told = (text(schedule, "period"), text(schedule, "frequency"));
    let Some(held) = doc.get_mut("schedule").and_then(Value::as_object_mut) else { return };
    match told {
        ("0", "") => set(held, "frequency", "PT0S"),
        (period, "") if !period.is_empty() => set(held, "frequency", format!("PT{period}")),
        ("", "PT0S") => set(held, "period", "0"),
        ("", frequency) => {
            if let Some(period) = frequency.strip_prefix("PT") {
                set(held, "period", json!(period));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_shapes_say_the_same() {
        let doc = |value: Value| value.as_object().unwrap().clone();
        let mut held = doc(json!({"status": "enabled", "isEnabled": true, "schedule": {}}));
        level(&mut held, &doc(json!({"isEnabled": false, "schedule": {"period": "12H"}})));
        assert_eq!(held["status"], "disabled");
        assert_eq!(held["schedule"]["frequency"], "PT12H");
        level(&mut held, &doc(json!({"status": "enabled", "schedule": {"frequency": "PT1H"}})));
        assert_eq!(held["isEnabled"], true);
        assert_eq!(held["schedule"]["period"], "1H");
    }
}
