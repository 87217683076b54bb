//! Shapes: a stored document in, JSON text out.
#![allow(clippy::unwrap_used)]

use serde_json::{Map, Value, json};

use super::{complete, select};
use crate::{Version, graph};

fn completed(version: Version, ty: &str, doc: Value, include_unknown: bool) -> Map<String, Value> {
    let model = graph(version);
    let Value::Object(mut doc) = doc else { panic!() };
    complete(model, model.type_named(ty).unwrap().id, &mut doc, include_unknown);
    doc
}

const ALERT: &str = "microsoft.graph.security.alert";

#[test]
fn every_member_is_written_in_order() {
    let doc = completed(
        Version::V1,
        ALERT,
        json!({"title": "t", "id": "1", "yagura": {"x": 1}, "stray": 1, "@odata.etag": "e",
               "alerts@odata.nextLink": "n"}),
        false,
    );
    let names: Vec<&str> = doc.keys().map(String::as_str).collect();
    assert_eq!(names[..3], ["@odata.etag", "id", "actorDisplayName"]);
    assert_eq!(names.last(), Some(&"alerts@odata.nextLink"));
    assert_eq!(doc["assignedTo"], Value::Null);
    assert_eq!(doc["evidence"], json!([]));
    assert_eq!(doc["mitreTechniques"], json!([]));
    assert!(!doc.contains_key("yagura") && !doc.contains_key("stray"));
    let ty = graph(Version::V1).type_named(ALERT).unwrap();
    assert_eq!(doc.len(), ty.properties.len() + 2);
}

#[test]
fn evidence_says_its_type_first_and_is_complete() {
    let doc = completed(
        Version::V1,
        ALERT,
        json!({"evidence": [
            {"hostName": "h", "@odata.type": "#microsoft.graph.security.deviceEvidence",
             "loggedOnUsers": [{"accountName": "a"}]},
            {"verdict": "malicious"},
        ]}),
        false,
    );
    let device = doc["evidence"][0].as_object().unwrap();
    assert_eq!(device.keys().next().unwrap(), "@odata.type");
    assert_eq!(device["roles"], json!([]));
    assert_eq!(device["loggedOnUsers"], json!([{"accountName": "a", "domainName": null}]));
    assert_eq!(device["vmMetadata"], Value::Null);
    assert_eq!(doc["evidence"][1]["@odata.type"], "#microsoft.graph.security.alertEvidence");
}

#[test]
fn members_behind_the_sentinel_are_shown_on_demand() {
    let source = || json!({"serviceSource": "microsoftSentinel", "severity": "high"});
    let doc = completed(Version::V1, ALERT, source(), false);
    assert_eq!(doc["serviceSource"], "unknownFutureValue");
    assert_eq!(doc["severity"], "high");
    let doc = completed(Version::V1, ALERT, source(), true);
    assert_eq!(doc["serviceSource"], "microsoftSentinel");
}

#[test]
fn open_types_keep_what_they_have() {
    let doc = completed(Version::V1, ALERT, json!({"additionalData": {"a": {"b": [1]}}}), false);
    assert_eq!(doc["additionalData"], json!({"a": {"b": [1]}}));
    let doc = completed(
        Version::V1,
        "microsoft.graph.alert",
        json!({"own": 1, "yagura": 2, "vendorInformation": {"vendor": "v"}}),
        false,
    );
    assert_eq!(doc["own"], 1);
    assert!(!doc.contains_key("yagura"));
    assert_eq!(doc["vendorInformation"]["subProvider"], Value::Null);
}

#[test]
fn a_derived_entity_says_so() {
    let doc = completed(
        Version::Beta,
        ALERT,
        json!({"@odata.type": "#microsoft.graph.security.manualAlert", "linkToIncident": 4}),
        false,
    );
    assert_eq!(doc["@odata.type"], "#microsoft.graph.security.manualAlert");
    assert_eq!(doc["linkToIncident"], 4);
    let plain = completed(Version::Beta, ALERT, json!({"@odata.type": format!("#{ALERT}")}), false);
    assert!(!plain.contains_key("@odata.type"));
}

#[test]
fn selecting() {
    let mut doc = completed(
        Version::V1,
        ALERT,
        json!({"id": "1", "title": "t", "comments": [{"comment": "c"}], "@odata.etag": "e"}),
        false,
    );
    let paths = [vec!["title".to_owned()], vec!["comments".to_owned(), "comment".to_owned()]];
    select(&mut doc, &paths);
    assert_eq!(
        Value::Object(doc),
        json!({"@odata.etag": "e", "comments": [{"comment": "c"}], "title": "t"})
    );
}
