//! The document: sound references, and spot checks of what is told.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Offer, document};
use crate::Version;

fn made(version: Version, offers: &[(&str, &str)]) -> Value {
    let roles = ["Some.Read.All".to_owned()];
    let offers: Vec<Offer<'_>> = offers
        .iter()
        .map(|(method, template)| Offer { method, template, area: "a", roles: &roles, scopes: &[] })
        .collect();
    document(version, &offers)
}

/// Every `$ref` in the document.
fn references(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                out.insert(to.clone());
            }
            members.values().for_each(|it| references(it, out));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, out)),
        _ => {}
    }
}

#[test]
fn every_template_of_the_model_can_be_described() {
    for version in Version::ALL {
        let templates: Vec<String> = crate::graph(version).templates().collect();
        let mut offers = Vec::new();
        for template in &templates {
            for method in ["GET", "POST", "PATCH", "PUT", "DELETE"] {
                offers.push((method, template.as_str()));
            }
        }
        let doc = made(version, &offers);
        let mut names = BTreeSet::new();
        references(&doc, &mut names);
        for name in names {
            let pointer = name.trim_start_matches('#');
            assert!(doc.pointer(pointer).is_some_and(|it| !it.is_null()), "{version} {name}");
        }
        for (path, item) in doc["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let none = Vec::new();
                let list = operation["parameters"].as_array().unwrap_or(&none);
                let in_path = list.iter().filter(|it| it["in"] == "path").count();
                assert_eq!(path.matches('{').count(), in_path, "{path}");
            }
        }
    }
}

#[test]
fn operations_say_what_they_take_and_answer() {
    let doc = made(
        Version::Beta,
        &[
            ("GET", "/security/alerts_v2"),
            ("PATCH", "/security/alerts_v2/{id}"),
            ("GET", "/security/alerts_v2/{id}/*"),
            ("POST", "/security/tiIndicators"),
            ("GET", "/security/cases/ediscoveryCases/{id}/searches/{id}"),
            ("GET", "/security/getRunHuntingQuery"),
            ("POST", "/security/attackSimulation/simulations"),
        ],
    );
    let paths: Vec<&String> = doc["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/security/alerts_v2",
            "/security/alerts_v2/{alerts_v2-id}",
            "/security/tiIndicators",
            "/security/cases/ediscoveryCases/{ediscoveryCases-id}/searches/{searches-id}",
            "/security/getRunHuntingQuery(query=@query,timespan=@timespan,workspaceId=@workspaceId)",
            "/security/attackSimulation/simulations",
        ]
    );
    let patch = &doc["paths"]["/security/alerts_v2/{alerts_v2-id}"]["patch"];
    let body = &patch["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["@odata.type", "assignedTo", "classification", "determination", "status"]);
    assert_eq!(patch["x-application-roles"], json!(["Some.Read.All"]));
    let indicator = &doc["paths"]["/security/tiIndicators"]["post"]["requestBody"]["content"];
    let schema = &indicator["application/json"]["schema"];
    let one_of = schema["anyOf"].as_array().unwrap();
    assert!(one_of.iter().any(|it| it["required"] == json!(["url"])));
    assert_eq!(schema["properties"]["severity"]["anyOf"][0]["maximum"], 5);
    assert_eq!(schema["properties"]["description"]["maxLength"], 100);
    assert!(schema["required"].as_array().unwrap().contains(&json!("tlpLevel")));
    let simulations = &doc["paths"]["/security/attackSimulation/simulations"]["post"];
    assert!(simulations["responses"].get("202").is_some());
    assert!(simulations["responses"].get("201").is_none());
}

#[test]
fn what_is_demanded_is_told() {
    let doc = made(
        Version::Beta,
        &[
            ("GET", "/security/attackSimulation/payloads"),
            ("GET", "/security/collaboration/analyzedEmails"),
            ("POST", "/security/threatSubmission/emailThreats"),
            ("POST", "/security/cases/ediscoveryCases/{id}/custodians/applyHold"),
            ("GET", "/security/alerts_v2/{id}/*"),
            ("POST", "/security/alerts_v2/{id}/comments"),
        ],
    );
    let parameter = |path: &str, name: &str| {
        let list = doc["paths"][path]["get"]["parameters"].as_array().unwrap();
        list.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let filter = parameter("/security/attackSimulation/payloads", "$filter");
    assert_eq!(filter["required"], true);
    assert_eq!(filter["examples"]["source"]["value"], "source eq 'unknown'");
    let start = parameter("/security/collaboration/analyzedEmails", "startTime");
    assert_eq!(
        (&start["required"], &start["schema"]["format"]),
        (&json!(true), &json!("date-time"))
    );

    let body = |path: &str| {
        doc["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"].clone()
    };
    let kinds = body("/security/threatSubmission/emailThreats")["anyOf"].clone();
    let kinds: Vec<&Value> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["properties"]["@odata.type"]["const"])
        .collect();
    assert_eq!(
        kinds,
        [
            "#microsoft.graph.security.emailContentThreatSubmission",
            "#microsoft.graph.security.emailUrlThreatSubmission"
        ]
    );
    let path = "/security/cases/ediscoveryCases/{ediscoveryCases-id}/custodians/applyHold";
    let hold = body(path);
    assert_eq!(hold["required"], json!(["ids"]));
    let ids = &hold["properties"]["ids"];
    assert_eq!((&ids["minItems"], &ids["maxItems"]), (&json!(1), &json!(1000)));
    let comments = &doc["paths"]["/security/alerts_v2/{alerts_v2-id}/comments"];
    assert!(comments["get"].is_object(), "covered by the properties' line");
}
