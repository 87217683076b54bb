//! Alerts in, incidents out: a product's push read, filtered, paged and changed over Graph.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Yagura, send, suricata};

fn batch(from: u64, to: u64) -> Value {
    let source = |number: u64| format!("203.0.113.{}", number % 200);
    (from..to).map(|number| suricata(number, &source(number))).collect()
}

#[test]
fn a_pushed_alert_is_an_alert_in_an_incident() {
    let it = Yagura::start();
    let token = it.token();
    let report = it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200).body;
    assert_eq!(report["accepted"], 1);
    let again = it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200).body;
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(1)));

    let alert = it.get(&token, "/v1.0/security/alerts_v2").expect(200).value()[0].clone();
    assert_eq!(alert["severity"], "high");
    assert_eq!(alert["status"], "new");
    assert_eq!(alert["mitreTechniques"], json!(["T1071"]));
    assert_eq!(alert["assignedTo"], Value::Null, "null members are written");
    let kinds: Vec<_> = alert["evidence"].as_array().unwrap().iter().collect();
    assert!(kinds.iter().all(|item| {
        let kind = item["@odata.type"].as_str().unwrap();
        kind.starts_with("#microsoft.graph.security.") && kind.ends_with("Evidence")
    }));
    let stamp = alert["createdDateTime"].as_str().unwrap();
    assert!(stamp.ends_with('Z') && stamp.len() == 28, "{stamp}");

    let id = alert["incidentId"].as_str().unwrap();
    assert!(id.bytes().all(|byte| byte.is_ascii_digit()));
    let path = format!("/v1.0/security/incidents/{id}?$expand=alerts");
    let incident = it.get(&token, &path).expect(200).body;
    assert_eq!(incident["alerts"][0]["id"], alert["id"]);
    assert_eq!(incident["severity"], "high");
    assert_eq!(incident["status"], "active");
}

#[test]
fn the_reasons_for_membership_can_be_read() {
    let it = Yagura::start();
    let token = it.token();
    let pair = json!([suricata(1, "203.0.113.9"), suricata(30, "203.0.113.9")]);
    it.push(&token, "suricata", &pair).expect(200);
    let incidents = it.get(&token, "/v1.0/security/incidents?$expand=alerts").expect(200);
    assert_eq!(incidents.value().len(), 1, "{}", incidents.text);
    assert_eq!(incidents.value()[0]["alerts"].as_array().unwrap().len(), 2);
    let id = incidents.value()[0]["id"].as_str().unwrap();
    let reasons = it.get(&token, &format!("/v1.0/security/incidents/{id}/correlations"));
    let reasons = reasons.expect(200);
    let reason = reasons.value().iter().find(|reason| !reason["rule"].is_null()).unwrap();
    for member in ["alertId", "entity", "rule", "weight"] {
        assert!(!reason[member].is_null(), "{member}: {reason}");
    }
}

#[test]
fn paging_leaves_no_gap_while_others_write() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &batch(0, 25)).expect(200);
    let mut url = "/v1.0/security/alerts_v2?$top=10&$count=true&x=1".to_owned();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = it.get(&token, &url).expect(200);
        pages += 1;
        seen.extend(page.value().iter().map(|a| a["id"].as_str().unwrap().to_owned()));
        it.push(&token, "suricata", &batch(100 + pages * 10, 105 + pages * 10)).expect(200);
        let first = page.value()[0]["id"].as_str().unwrap();
        let path = format!("/v1.0/security/alerts_v2/{first}");
        it.patch(&token, &path, &json!({"status": "inProgress"})).expect(200);
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => {
                assert!(
                    next.starts_with(&it.base) && next.contains("$top=10") && next.contains("x=1")
                );
                url = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 25);
}

#[test]
fn filters_count_select_and_order() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &batch(0, 6)).expect(200);
    let ids = |query: &str| {
        let answer = it.get(&token, &format!("/v1.0/security/alerts_v2?{query}")).expect(200);
        answer.value().len()
    };
    assert_eq!(ids("$filter=severity eq 'high'"), 6);
    assert_eq!(ids("%24filter=Severity+eq+'HIGH'"), 6);
    assert_eq!(ids("$filter=severity in ('low','medium')"), 0);
    assert_eq!(ids("$filter=createdDateTime gt 2020-01-01"), 6);
    assert_eq!(ids("$filter=createdDateTime gt 2020-01-01T00:00:00+00:00"), 6);
    assert_eq!(ids("$filter=not (status eq 'resolved') and startswith(title,'ET MALWARE')"), 6);
    assert_eq!(ids("$filter=assignedTo eq null"), 6);
    let any = "$filter=evidence/any(e:isof(e,'x'))";
    it.get(&token, &format!("/v1.0/security/alerts_v2?{any}")).expect(400);
    let counted = it.get(&token, "/v1.0/security/alerts_v2?$count=true&$top=2").expect(200);
    assert_eq!(counted.body["@odata.count"], 6);
    let plain = it.get(&token, "/v1.0/security/alerts_v2/$count").expect(200);
    assert_eq!(plain.text, "6");
    let url = "/v1.0/security/alerts_v2?$select=title,severity&$orderby=createdDateTime asc";
    let chosen = it.get(&token, url).expect(200).value()[0].clone();
    let members: Vec<_> = chosen.as_object().unwrap().keys().cloned().collect();
    assert!(members.contains(&"title".to_owned()) && !members.contains(&"status".to_owned()));
}

#[test]
fn a_change_is_seen_through_the_incident_and_a_comment_in_the_list() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let alert = it.get(&token, "/v1.0/security/alerts_v2").expect(200).value()[0].clone();
    let path = format!("/v1.0/security/alerts_v2/{}", alert["id"].as_str().unwrap());
    let change = json!({
        "status": "resolved", "classification": "TruePositive", "determination": "malware",
        "assignedTo": "sec@contoso.example"
    });
    let after = it.patch(&token, &path, &change).expect(200).body;
    assert_eq!(after["classification"], "truePositive");
    assert!(after["resolvedDateTime"].is_string());
    assert!(after["lastUpdateDateTime"].as_str() > alert["lastUpdateDateTime"].as_str());
    let incident = alert["incidentId"].as_str().unwrap();
    let url = format!("/v1.0/security/incidents/{incident}?$expand=alerts");
    let through = it.get(&token, &url).expect(200).body;
    assert_eq!(through["alerts"][0]["status"], "resolved");
    let version = it.get(&token, &path).expect(200).headers["etag"].to_str().unwrap().to_owned();
    let conditional = |tag: &str| {
        let request = it.http.patch(it.url(&path)).bearer_auth(&token);
        send(request.header("if-match", tag).json(&json!({"assignedTo": "other@contoso.example"})))
    };
    conditional(&version).expect(200);
    conditional(&version).expect(412);
    let cleared = it.patch(&token, &path, &json!({"assignedTo": null})).expect(200).body;
    assert_eq!(cleared["assignedTo"], Value::Null);

    let kind = "microsoft.graph.security.alertComment";
    let one = json!({"@odata.type": kind, "comment": "looked at"});
    for body in [one.clone(), json!([one])] {
        it.post(&token, &format!("{path}/comments"), &body).expect(200);
    }
    let url = format!("/v1.0/security/incidents/{incident}/comments");
    let list = it.post(&token, &url, &one).expect(200);
    assert_eq!(list.value().len(), 1);
    let alert = it.get(&token, &path).expect(200).body;
    assert_eq!(alert["comments"].as_array().unwrap().len(), 2);
    assert!(alert["comments"][0]["createdDateTime"].is_string());
}

#[test]
fn refused_changes_name_the_member() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let alert = it.get(&token, "/v1.0/security/alerts_v2").expect(200).value()[0].clone();
    let path = format!("/v1.0/security/alerts_v2/{}", alert["id"].as_str().unwrap());
    for (body, word) in [
        (json!({"status": "asleep"}), "status"),
        (json!({"title": "mine"}), "title"),
        (json!({"nonsense": 1}), "nonsense"),
        (json!({"assignedTo": 7}), "assignedTo"),
        (json!([1]), "object"),
    ] {
        let answer = it.patch(&token, &path, &body).expect(400);
        assert!(answer.error().1.contains(word), "{}", answer.text);
    }
    let unchanged = it.get(&token, &path).expect(200).body;
    assert_eq!(unchanged["lastUpdateDateTime"], alert["lastUpdateDateTime"]);
}

#[test]
fn the_legacy_view_writes_through() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let legacy = it.get(&token, "/v1.0/security/alerts?$top=5").expect(200).value()[0].clone();
    assert_eq!(legacy["status"], "newAlert");
    let vendor = &legacy["vendorInformation"];
    assert!(vendor["provider"].is_string() && vendor["vendor"].is_string(), "{legacy}");
    let path = format!("/v1.0/security/alerts/{}", legacy["id"].as_str().unwrap());
    it.patch(&token, &path, &json!({"status": "resolved"})).expect(400);
    let body = json!({"status": "resolved", "vendorInformation": vendor});
    let silent = it.patch(&token, &path, &body).expect(204);
    assert!(silent.text.is_empty());
    let request = it.http.patch(it.url(&path)).bearer_auth(&token).json(&body);
    let shown = send(request.header("prefer", "return=representation")).expect(200);
    assert_eq!(shown.headers["preference-applied"], "return=representation");
    let v2 = format!("/v1.0/security/alerts_v2/{}", legacy["id"].as_str().unwrap());
    assert_eq!(it.get(&token, &v2).expect(200).body["status"], "resolved");
}

#[test]
fn metadata_and_headers() {
    let it = Yagura::start();
    let token = it.token();
    for version in ["v1.0", "beta"] {
        let answer = send(it.http.get(it.url(&format!("/{version}/$metadata")))).expect(200);
        assert!(answer.text.contains("<EntityType Name=\"alert\""));
    }
    let id = "11111111-2222-4333-8444-555555555555";
    let request = it.http.get(it.url("/v1.0/security/alerts_v2")).bearer_auth(&token);
    let answer = send(request.header("client-request-id", id)).expect(200);
    assert_eq!(answer.headers["client-request-id"], id);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json;odata.metadata=minimal"), "{kind}");
    assert!(answer.headers.contains_key("request-id") && answer.headers.contains_key("date"));
    let bare = it.http.get(it.url("/v1.0/security/alerts_v2")).bearer_auth(&token);
    let bare = send(bare.header("accept", "application/json;odata.metadata=none")).expect(200);
    assert!(bare.body.get("@odata.context").is_none());
}
