//! Representation (43–50).

use serde_json::{Value, json};

use super::{document, fill};
use crate::harness::{Yagura, send};

/// Every text in a value, with the name of the member that holds it.
fn texts<'a>(name: &'a str, value: &'a Value, out: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => out.push((name, text)),
        Value::Array(items) => items.iter().for_each(|item| texts(name, item, out)),
        Value::Object(members) => {
            for (name, value) in members {
                texts(name, value, out);
            }
        }
        _ => {}
    }
}

#[test]
fn item_43_null_and_empty_members_are_written() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 1);
    let model = model::graph(model::Version::V1);
    for set in ["security/alerts_v2", "security/alerts", "security/incidents"] {
        let shown = it.get(&token, &format!("/v1.0/{set}")).expect(200).value()[0].clone();
        let declared = &model.ty(model.set(set).unwrap().ty).properties;
        assert!(declared.len() > 15);
        for property in declared {
            let value = shown.get(&property.name);
            let value = value.unwrap_or_else(|| panic!("{set} lacks {}", property.name));
            assert!(!property.ty.collection || value.is_array(), "{}: {value}", property.name);
        }
    }
}

#[test]
fn item_44_to_47_types_stamps_enums_and_ids() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 2);
    it.push(&token, "graph", &json!([document("one")])).expect(200);
    let list = it.get(&token, "/v1.0/security/alerts_v2").expect(200);
    for alert in list.value() {
        for item in alert["evidence"].as_array().unwrap() {
            let kind = item["@odata.type"].as_str().unwrap();
            assert_eq!(kind.split('.').count(), 4, "{kind}");
            assert!(kind.starts_with("#microsoft.graph.security.") && kind.ends_with("Evidence"));
        }
        let known = ["unknown", "informational", "low", "medium", "high", "unknownFutureValue"];
        assert!(known.contains(&alert["severity"].as_str().unwrap()));
        let incident = alert["incidentId"].as_str().unwrap();
        assert!(!incident.is_empty() && incident.bytes().all(|byte| byte.is_ascii_digit()));
        let own = it.get(&token, &format!("/v1.0/security/incidents/{incident}")).expect(200);
        assert_eq!(own.body["id"], incident);
    }
    let legacy = it.get(&token, "/v1.0/security/alerts").expect(200);
    let incidents = it.get(&token, "/v1.0/security/incidents").expect(200);
    for answer in [&list, &legacy, &incidents] {
        let mut all = Vec::new();
        texts("", &answer.body, &mut all);
        let stamps: Vec<_> = all.iter().filter(|(name, _)| name.ends_with("DateTime")).collect();
        assert!(stamps.len() >= 3);
        for (name, stamp) in stamps {
            assert!(stamp.len() == 28 && stamp.ends_with('Z'), "{name}: {stamp}");
        }
        let enums =
            ["severity", "status", "classification", "determination", "verdict", "feedback"];
        for (name, word) in all.iter().filter(|(name, _)| enums.contains(name)) {
            assert!(word.starts_with(|c: char| c.is_ascii_lowercase()), "{name}: {word}");
        }
    }
}

#[test]
fn item_48_content_type_and_ids_of_the_request() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 1);
    let list = it.url("/v1.0/security/alerts_v2");
    let get = |name: &str, value: &str| {
        send(it.http.get(&list).bearer_auth(&token).header(name, value)).expect(200)
    };
    let id = "11111111-2222-4333-8444-555555555555";
    let answer = get("client-request-id", id);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json;odata.metadata=minimal;"), "{kind}");
    assert_eq!(answer.headers["client-request-id"], id);
    assert_eq!(answer.headers["request-id"].len(), 36);
    assert!(answer.headers.contains_key("date"));
    // What could not be repeated in a header or a log is not.
    for odd in ["a b", &*"x".repeat(500), "\u{e9}t\u{e9}", "a\tb"] {
        let value = reqwest::header::HeaderValue::from_bytes(odd.as_bytes()).unwrap();
        let request = it.http.get(&list).bearer_auth(&token).header("client-request-id", value);
        let answer = send(request).expect(200);
        assert_eq!(answer.headers["client-request-id"], answer.headers["request-id"], "{odd}");
    }
    for (name, value) in [
        ("accept", "application/json;odata.metadata=none"),
        ("accept", "Application/JSON; ODATA.metadata=none"),
    ] {
        let bare = get(name, value);
        assert!(!bare.text.contains("@odata.context") && !bare.text.contains("@odata.type"));
        assert!(bare.headers["content-type"].to_str().unwrap().contains("odata.metadata=none"));
    }
    let format = |value: &str| it.get(&token, &format!("/v1.0/security/alerts_v2?$format={value}"));
    format("json").expect(200);
    assert!(
        !format("application/json;odata.metadata=none").expect(200).text.contains("@odata.type")
    );
    format("atom").expect(400);
}

#[test]
fn item_49_newer_enum_members_only_on_request() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "graph", &json!([document("one")])).expect(200);
    let list = it.url("/v1.0/security/alerts_v2");
    let plain = send(it.http.get(&list).bearer_auth(&token)).expect(200);
    assert_eq!(plain.value()[0]["serviceSource"], "unknownFutureValue");
    let request = it.http.get(&list).bearer_auth(&token);
    let asked = send(request.header("prefer", "include-unknown-enum-members")).expect(200);
    assert_eq!(asked.value()[0]["serviceSource"], "microsoftSentinel");
    assert_eq!(asked.value()[0]["detectionSource"], "microsoftSentinel");
}

#[test]
fn item_50_a_page_of_fifty_stays_under_a_mebibyte() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 30);
    let rich: Value = (0..30).map(|number| document(&format!("host{number}"))).collect();
    it.push(&token, "graph", &rich).expect(200);
    for path in ["/v1.0/security/alerts_v2?$top=50", "/v1.0/security/alerts?$top=50"] {
        let page = it.get(&token, path).expect(200);
        assert_eq!(page.value().len(), 50);
        assert!(page.text.len() < 1 << 20, "{path}: {} bytes", page.text.len());
    }
}
