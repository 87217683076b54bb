//! Incidents: what is derived, what people decide, what is expanded and explained.

use model::code::Code;
use serde_json::json;

use crate::world::{World, alert, text};

#[tokio::test]
async fn an_incident_tells_what_its_alerts_are() {
    let world = World::new().await;
    let mut second = alert("two", 1, "high", &["ws1"]);
    second["category"] = json!("Persistence");
    second["productName"] = json!("Other sensor");
    world.push(vec![alert("one", 0, "low", &["ws1.corp.example"]), second]).await;
    let incidents = world.items("GET /security/incidents").await;
    assert_eq!(incidents.len(), 1);
    let it = &incidents[0];
    assert_eq!(text(it, "displayName"), "2 stages: Execution → Persistence on ws1");
    assert_eq!((text(it, "severity"), text(it, "status")), ("high".into(), "active".into()));
    assert_eq!(
        text(it, "description"),
        "2 alerts from Sensor, Other sensor, 2026-03-01T00:00:00.0000000Z to \
         2026-03-01T01:00:00.0000000Z. Tactics: Execution, Persistence."
    );
    assert_eq!(it["priorityScore"], json!(75));
    assert_eq!(text(it, "id"), "1");
    assert!(!it.contains_key("yagura"));
}

#[tokio::test]
async fn what_people_set_stays() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "medium", &["ws1"])]).await;
    let patch = json!({
        "displayName": "Mine", "status": "inProgress", "severity": "low", "customTags": ["x"],
    });
    world.call("PATCH /security/incidents/1", Some(patch)).await.unwrap();
    world.push(vec![alert("two", 1, "high", &["ws1"])]).await;
    let it = world.entity("GET /security/incidents/1").await;
    assert_eq!(text(&it, "displayName"), "Mine");
    assert_eq!((text(&it, "status"), text(&it, "severity")), ("inProgress".into(), "low".into()));
    assert_eq!(it["customTags"], json!(["x"]));
}

#[tokio::test]
async fn a_membership_is_explained() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "medium", &["ws1"]), alert("two", 2, "high", &["ws1"])]).await;
    let ids: Vec<String> = world
        .items("GET /security/alerts_v2?$orderby=createdDateTime")
        .await
        .iter()
        .map(|it| text(it, "id"))
        .collect();
    let reasons = world.items("GET /security/incidents/1/correlations").await;
    assert_eq!(reasons.len(), 1);
    let it = &reasons[0];
    assert_eq!((text(it, "alertId"), text(it, "relatedAlertId")), (ids[1].clone(), ids[0].clone()));
    assert_eq!((text(it, "rule"), text(it, "entity")), ("sameDevice".into(), "ws1".into()));
    assert_eq!((&it["weight"], &it["secondsApart"]), (&json!(700), &json!(7_200)));
    let fault = world.call("GET /security/incidents/9/correlations", None).await.unwrap_err();
    assert_eq!(fault.code(), Code::NotFound);
}

#[tokio::test]
async fn a_merge_redirects_the_younger_and_moves_its_alerts() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "medium", &["ws1"]), alert("two", 0, "high", &["ws2"])]).await;
    assert_eq!(world.items("GET /security/incidents").await.len(), 2);
    world.push(vec![alert("both", 0, "high", &["ws1", "ws2"])]).await;
    let younger = world.entity("GET /security/incidents/2").await;
    assert_eq!(
        (text(&younger, "status"), text(&younger, "redirectIncidentId")),
        ("redirected".into(), "1".into())
    );
    let elder = world.entity("GET /security/incidents/1?$expand=alerts").await;
    assert_eq!(elder["alerts"].as_array().unwrap().len(), 3);
    assert_eq!(text(&elder, "severity"), "high");
    let rules: Vec<String> = world
        .items("GET /security/incidents/1/correlations")
        .await
        .iter()
        .map(|it| text(it, "rule"))
        .collect();
    assert!(rules.contains(&"merge:sameDevice".to_owned()), "{rules:?}");
    let fault = world.call("PATCH /security/incidents/2", Some(json!({"status": "active"}))).await;
    assert_eq!(fault.unwrap_err().code(), Code::Conflict);
    // What comes later on either machine goes to the elder.
    world.push(vec![alert("later", 1, "medium", &["ws2"])]).await;
    assert_eq!(world.items("GET /security/incidents/1/alerts").await.len(), 4);
}

#[tokio::test]
async fn expanded_alerts_take_their_own_options() {
    let world = World::new().await;
    let batch = (0..5).map(|it| alert(&format!("a{it}"), it, "high", &["ws1"])).collect();
    world.push(batch).await;
    let line = "GET /security/incidents?$expand=alerts($select=id;$top=2)";
    let it = world.items(line).await.remove(0);
    let alerts = it["alerts"].as_array().unwrap();
    assert_eq!(alerts.len(), 2);
    assert!(alerts[0].get("title").is_none());
    let plain = world.items("GET /security/incidents").await.remove(0);
    assert!(!plain.contains_key("alerts"));
    let fault = world.call("GET /security/incidents?$expand=nothing", None).await.unwrap_err();
    assert_eq!(fault.code(), Code::BadRequest);
}
