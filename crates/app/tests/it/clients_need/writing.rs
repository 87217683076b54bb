//! Writing (54–56).

use serde_json::{Value, json};

use super::fill;
use crate::harness::{Yagura, send};

fn first(it: &Yagura, token: &str, set: &str) -> (String, Value) {
    let list = it.get(token, &format!("/v1.0/security/{set}")).expect(200);
    let entity = list.value()[0].clone();
    (format!("/v1.0/security/{set}/{}", entity["id"].as_str().unwrap()), entity)
}

#[test]
fn item_54_changes_answer_the_whole_entity() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 1);
    for (set, status) in [("alerts_v2", "inProgress"), ("incidents", "inProgress")] {
        let (path, before) = first(&it, &token, set);
        let change = json!({"status": status, "assignedTo": "sec@contoso.example"});
        let after = it.patch(&token, &path, &change).expect(200).body;
        assert_eq!(
            (&after["status"], &after["assignedTo"]),
            (&change["status"], &change["assignedTo"])
        );
        let context = after["@odata.context"].as_str().unwrap();
        assert!(context.ends_with(&format!("#security/{set}/$entity")), "{context}");
        assert!(before.as_object().unwrap().keys().all(|member| after.get(member).is_some()));
        assert!(after["lastUpdateDateTime"].as_str() > before["lastUpdateDateTime"].as_str());
        let cleared = it.patch(&token, &path, &json!({"assignedTo": null})).expect(200).body;
        assert_eq!(cleared["assignedTo"], Value::Null);
        for (wrong, word) in [
            (json!({"nonsense": 1}), "nonsense"),
            (json!({"createdDateTime": "2026-01-01"}), "createdDateTime"),
            (json!({"assignedTo": 7}), "assignedTo"),
            (json!({"status": "purple"}), "status"),
            (json!("text"), "object"),
        ] {
            let answer = it.patch(&token, &path, &wrong).expect(400);
            assert!(answer.error().1.contains(word), "{set} {wrong}: {}", answer.text);
        }
    }
    let (path, alert) = first(&it, &token, "alerts_v2");
    assert_eq!(alert["resolvedDateTime"], Value::Null);
    let typed = json!({"@odata.type": "#microsoft.graph.security.alert", "status": "Resolved",
                       "classification": "falsePositive", "determination": "notMalicious"});
    let resolved = it.patch(&token, &path, &typed).expect(200).body;
    assert_eq!(resolved["status"], "resolved");
    assert!(resolved["resolvedDateTime"].is_string());
    let (path, _) = first(&it, &token, "incidents");
    let change = json!({"status": "resolved", "customTags": ["a", "b"], "resolvingComment": "done",
                        "classification": "truePositive", "determination": "malware"});
    let after = it.patch(&token, &path, &change).expect(200).body;
    for (member, value) in change.as_object().unwrap() {
        assert_eq!(&after[member], value, "{member}");
    }
}

#[test]
fn item_55_comments_in_every_form() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 1);
    for set in ["alerts_v2", "incidents"] {
        let (path, _) = first(&it, &token, set);
        let path = format!("{path}/comments");
        let plain = json!({"comment": "one"});
        let named =
            json!({"@odata.type": "microsoft.graph.security.alertComment", "comment": "two"});
        let marked =
            json!({"@odata.type": "#microsoft.graph.security.alertComment", "comment": "three"});
        let forms = [plain, json!([named]), json!([marked, {"comment": "four"}])];
        for (form, count) in forms.iter().zip([1, 2, 4]) {
            let answer = it.post(&token, &path, form).expect(200);
            assert_eq!(answer.value().len(), count, "{form}");
        }
        let list = it.get(&token, &path).expect(200);
        for (comment, text) in list.value().iter().zip(["one", "two", "three", "four"]) {
            assert_eq!(comment["comment"], text);
            assert_eq!(comment["createdDateTime"].as_str().unwrap().len(), 28);
            assert!(comment["createdByDisplayName"].is_string());
        }
        for wrong in [json!({}), json!({"comment": 1}), json!([7]), json!({"remark": "x"})] {
            it.post(&token, &path, &wrong).expect(400);
        }
    }
}

#[test]
fn item_56_legacy_alerts_are_changed_by_vendor() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 1);
    let (path, alert) = first(&it, &token, "alerts");
    let refused = it.patch(&token, &path, &json!({"status": "inProgress"})).expect(400);
    assert!(refused.error().1.contains("vendorInformation"), "{}", refused.text);
    let mut change = json!({
        "status": "inProgress", "assignedTo": "sec@contoso.example", "feedback": "truePositive",
        "tags": ["seen"], "comments": ["looked at"],
    });
    change["vendorInformation"] = alert["vendorInformation"].clone();
    assert_eq!(it.patch(&token, &path, &change).expect(204).text, "");
    let request = it.http.patch(it.url(&path)).bearer_auth(&token).json(&change);
    let shown = send(request.header("prefer", "return=representation")).expect(200);
    assert_eq!(shown.headers["preference-applied"], "return=representation");
    for member in ["status", "assignedTo", "feedback", "comments"] {
        assert_eq!(shown.body[member], change[member], "{member}");
    }
    assert!(shown.body["tags"].as_array().unwrap().contains(&json!("seen")));
    let (_, v2) = first(&it, &token, "alerts_v2");
    assert_eq!(
        (&v2["status"], &v2["classification"]),
        (&json!("inProgress"), &json!("truePositive"))
    );
}
