//! Entities that come along inside others, and references given at creation.

use auth::context::CallerKind;
use model::code::Code;
use platform::reply::Reply;
use serde_json::{Value, json};

use crate::world::World;

async fn records_manager() -> World {
    let mut world = World::new().await;
    world.kind = CallerKind::User;
    world.roles = vec!["RecordsManagement.ReadWrite.All"];
    world
}

async fn made(world: &World, line: &str, body: Value) -> serde_json::Map<String, Value> {
    match world.call(line, Some(body)).await {
        Ok(Reply::Entity { doc, created: true, .. }) => doc,
        other => panic!("{line}: {other:?}"),
    }
}

fn label(more: Value) -> Value {
    let mut label = json!({
        "displayName": "Keep", "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "startDispositionReview", "retentionTrigger": "dateOfEvent",
        "retentionDuration": {
            "@odata.type": "#microsoft.graph.security.retentionDurationInDays", "days": 365
        },
        "isInUse": false, "defaultRecordBehavior": "startLocked",
    });
    let members = label.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    label
}

#[tokio::test]
async fn a_label_comes_with_its_stages_and_its_event_type() {
    let world = records_manager().await;
    let kind = "POST /security/triggerTypes/retentionEventTypes";
    let kind = made(&world, kind, json!({"displayName": "Contract ends"})).await;
    let id = kind["id"].as_str().unwrap();
    let address = format!(
        "https://graph.microsoft.com/v1.0/security/triggerTypes/retentionEventTypes('{id}')"
    );
    let sent = label(json!({
        "retentionEventType@odata.bind": address,
        "dispositionReviewStages": [
            {"stageNumber": "1", "name": "first", "reviewersEmailAddresses": ["a@b.example"]},
            {"stageNumber": "2", "name": "second", "reviewersEmailAddresses": ["a@b.example"]},
        ],
    }));
    let labels = "POST /security/labels/retentionLabels";
    let one = made(&world, labels, sent.clone()).await;
    // The stages of another label have the same numbers.
    let two = made(&world, labels, sent).await;
    for made in [&one, &two] {
        let path = format!("/security/labels/retentionLabels/{}", made["id"].as_str().unwrap());
        let linked = world.entity(&format!("GET {path}/retentionEventType")).await;
        assert_eq!(linked["displayName"], "Contract ends");
        let line = format!("GET {path}?$expand=dispositionReviewStages");
        let whole = world.entity(&line).await;
        let stages = whole["dispositionReviewStages"].as_array().unwrap();
        let numbers: Vec<&str> =
            stages.iter().map(|it| it["stageNumber"].as_str().unwrap()).collect();
        assert_eq!(numbers, ["1", "2"], "{whole:?}");
        assert_eq!(whole["createdBy"]["application"]["displayName"], "Analyst tool");
    }
    let path = format!("/security/labels/retentionLabels/{}", one["id"].as_str().unwrap());
    let deleted = world.call(&format!("DELETE {path}"), None).await.unwrap();
    assert!(matches!(deleted, Reply::NoContent));
    let gone = world.call(&format!("GET {path}"), None).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused() {
    let world = records_manager().await;
    let labels = "POST /security/labels/retentionLabels";
    for address in [
        "/security/triggerTypes/retentionEventTypes('none')",
        "/security/labels/retentionLabels('none')",
        "nowhere",
    ] {
        let sent = label(json!({ "retentionEventType@odata.bind": address }));
        let refused = world.call(labels, Some(sent)).await.unwrap_err();
        assert_eq!(refused.code(), Code::BadRequest, "{address}: {refused}");
    }
    let without = label(json!({"actionAfterRetentionPeriod": "none",
        "dispositionReviewStages": [{"stageNumber": "1", "name": "first"}]}));
    let refused = world.call(labels, Some(without)).await.unwrap_err();
    assert_eq!(refused.code(), Code::BadRequest, "{refused}");
    let listed = world.items("GET /security/labels/retentionLabels").await;
    assert!(listed.is_empty(), "nothing of what was refused remains");
}

#[tokio::test]
async fn an_application_may_not_do_what_only_a_person_may() {
    let mut world = records_manager().await;
    world.kind = CallerKind::App;
    let refused = world.call("GET /security/labels/retentionLabels", None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}
