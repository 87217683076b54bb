//! Sensitivity labels: what the stored ones say about content.

use model::code::Code;
use platform::reply::Reply;
use serde_json::{Value, json};
use store::{Key, NewRecord};

use crate::world::World;

const LABELS: &str = "security/informationProtection/sensitivityLabels";
const OLDER: &str = "informationProtection/policy/labels";
const SECRET: &str = "722a5300-ac39-4c9a-88e3-f54c46676417";
const PUBLIC: &str = "d9f23ae3-1324-1234-1234-f515f824c57b";
const SEALED: &str = "0a1b2c3d-1324-1234-1234-f515f824c57b";

async fn world() -> World {
    let mut world = World::new().await;
    world.roles = vec!["InformationProtectionPolicy.Read.All", "SensitivityLabel.Evaluate.All"];
    let label = |id: &str, name: &str, sensitivity: u32| {
        json!({
            "id": id, "name": name, "sensitivity": sensitivity, "isActive": true,
            "hasProtection": id == SEALED, "tooltip": "t",
        })
    };
    let labels = [label(SECRET, "Secret", 9), label(PUBLIC, "Public", 0), label(SEALED, "Seal", 7)];
    for kind in [LABELS, OLDER] {
        for label in &labels {
            planted(&world, kind, label["id"].as_str().unwrap(), label.clone()).await;
        }
    }
    world
}

async fn planted(world: &World, kind: &str, id: &str, doc: Value) {
    let key = Key::new(world.tenant, kind, id);
    let doc = doc.as_object().unwrap().clone();
    let new = NewRecord { key, parent: None, doc, created: 1, modified: 1 };
    let write = world.store.write(move |tx| tx.insert(new, "test").map(|_| ()));
    write.await.unwrap();
}

/// Content that bears a label.
fn bearing(id: &str) -> Value {
    let pair = |fact: &str, value: &str| json!({"name": format!("MSIP_Label_{id}_{fact}"), "value": value});
    json!({
        "state": "rest",
        "metadata": [
            pair("Enabled", "True"), pair("Method", "Privileged"),
            pair("SetDate", "2026-01-05T10:00:00Z"), {"name": "Author", "value": "Ada"},
        ],
    })
}

async fn actions(world: &World, line: &str, body: Value) -> Vec<Value> {
    match world.call(&format!("POST /beta/{LABELS}/{line}"), Some(body)).await {
        Ok(Reply::Collection { items, partial: false, .. }) => items,
        other => panic!("{line}: {other:?}"),
    }
}

#[tokio::test]
async fn the_label_on_content_is_read() {
    let world = world().await;
    let read = async |path: &str, content: Value| {
        let line = format!("POST /beta/{path}");
        match world.call(&line, Some(json!({ "contentInfo": content }))).await.unwrap() {
            Reply::Value { value, .. } => value,
            Reply::NoContent => Value::Null,
            other => panic!("{other:?}"),
        }
    };
    let extract = format!("{LABELS}/extractContentLabel");
    let found = read(&extract, bearing(SECRET)).await;
    assert_eq!(
        found,
        json!({
            "sensitivityLabelId": SECRET, "assignmentMethod": "privileged",
            "createdDateTime": "2026-01-05T10:00:00.0000000Z",
        })
    );
    assert_eq!(read(&extract, json!({"metadata": []})).await, Value::Null);
    // A label of somebody else.
    let other = bearing("11111111-1324-1234-1234-f515f824c57b");
    assert_eq!(read(&extract, other).await, Value::Null);

    let mut content = bearing(PUBLIC);
    content["format"] = json!("default");
    let older = read(&format!("{OLDER}/extractLabel"), content).await;
    assert_eq!(older["label"]["name"], "Public");
    assert_eq!((&older["label"]["id"], &older["label"]["parent"]), (&json!(PUBLIC), &Value::Null));
}

#[tokio::test]
async fn putting_a_label_on_replaces_the_marks_of_another() {
    let world = world().await;
    let body = |label: &str, content: Value| {
        let options = json!({"labelId": label, "assignmentMethod": "auto"});
        json!({"contentInfo": content, "labelingOptions": options})
    };
    let told = actions(&world, "evaluateApplication", body(SECRET, bearing(PUBLIC))).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["@odata.type"], "#microsoft.graph.security.metadataAction");
    let added = told[0]["metadataToAdd"].as_array().unwrap();
    let value = |fact: &str| {
        let name = format!("MSIP_Label_{SECRET}_{fact}");
        added.iter().find(|it| it["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!((value("Enabled"), value("Name")), (json!("True"), json!("Secret")));
    assert_eq!((value("Method"), value("SiteId")), (json!("Auto"), json!(world.tenant)));
    let removed = told[0]["metadataToRemove"].as_array().unwrap();
    assert_eq!(removed.len(), 3);
    assert!(removed.iter().all(|it| it.as_str().unwrap().contains(PUBLIC)));

    let line = format!("POST /beta/{LABELS}/evaluateApplication");
    let code = async |label: &str| {
        world.call(&line, Some(body(label, json!({"metadata": []})))).await.unwrap_err().code()
    };
    assert_eq!(code("11111111-1324-1234-1234-f515f824c57b").await, Code::BadRequest);
    // What seals is not known here.
    assert_eq!(code(SEALED).await, Code::NotImplemented);
}

#[tokio::test]
async fn a_lower_label_needs_a_reason_where_the_policy_says_so() {
    let world = world().await;
    let lower = |reason: bool| {
        let reason = json!({"isDowngradeJustified": reason, "justificationMessage": "m"});
        let options = json!({"labelId": PUBLIC, "downgradeJustification": reason});
        json!({"contentInfo": bearing(SECRET), "labelingOptions": options})
    };
    let kind = async |line: &str, body: Value| {
        let told = actions(&world, line, body).await;
        assert_eq!(told.len(), 1, "{told:?}");
        told[0]["@odata.type"].as_str().unwrap().rsplit('.').next().unwrap().to_owned()
    };
    assert_eq!(kind("evaluateApplication", lower(false)).await, "metadataAction");
    let settings = "security/informationProtection/labelPolicySettings";
    planted(&world, settings, "default", json!({"isDowngradeJustificationRequired": true})).await;
    assert_eq!(kind("evaluateApplication", lower(false)).await, "justifyAction");
    assert_eq!(kind("evaluateApplication", lower(true)).await, "metadataAction");
    let removal = json!({ "contentInfo": bearing(SECRET) });
    assert_eq!(kind("evaluateRemoval", removal.clone()).await, "justifyAction");
    let nothing = json!({"contentInfo": {"metadata": []}});
    assert!(actions(&world, "evaluateRemoval", nothing).await.is_empty());
}

#[tokio::test]
async fn the_highest_of_several_labels_is_inherited() {
    let mut world = World::new().await;
    world.roles = vec!["SensitivityLabel.Evaluate.All", "SensitivityLabels.Read.All"];
    let labels = "security/dataSecurityAndGovernance/sensitivityLabels";
    for (id, priority, target) in [("low", 1, "email"), ("high", 5, "email"), ("site", 9, "site")] {
        let doc = json!({"id": id, "name": id, "priority": priority, "applicableTo": target});
        planted(&world, labels, id, doc).await;
    }
    let inherited = async |arguments: &str| {
        let line = format!("GET /{labels}/computeInheritance({arguments})");
        match world.call(&line, None).await {
            Ok(Reply::Value { value, .. }) => value["id"].clone(),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => json!(fault.code().odata()),
        }
    };
    assert_eq!(inherited("labelIds=[\"low\",\"site\"]").await, "site");
    let for_mail = "labelIds=[\"low\",\"high\",\"site\"],contentFormats=[\"Email\"]";
    assert_eq!(inherited(for_mail).await, "high");
    assert_eq!(inherited("labelIds=[\"none\"]").await, Code::NotFound.odata());
}
