//! Legacy alerts: the same records in the older shape.

use model::code::Code;
use platform::{call::Prefer, reply::Reply};
use serde_json::json;

use crate::world::{World, alert, text};

#[tokio::test]
async fn the_older_view_shows_and_writes_the_same_record() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1.corp.example"])]).await;
    let it = world.items("GET /security/alerts").await.remove(0);
    let id = text(&it, "id");
    assert_eq!((text(&it, "status"), text(&it, "severity")), ("newAlert".into(), "high".into()));
    assert_eq!(it["hostStates"][0]["fqdn"], "ws1.corp.example");
    assert_eq!(it["hostStates"][0]["netBiosName"], "ws1");
    assert_eq!(it["vendorInformation"]["provider"], "Sensor");
    assert_eq!(it["networkConnections"], json!([]));
    assert_eq!(it["incidentIds"], json!(["1"]));

    let line = format!("PATCH /security/alerts/{id}");
    let bare = world.call(&line, Some(json!({"status": "resolved"}))).await.unwrap_err();
    assert_eq!(bare.code(), Code::BadRequest);
    let body = json!({
        "status": "resolved", "feedback": "benignPositive", "tags": ["seen"],
        "assignedTo": "ann", "comments": ["Closed in MCAS"],
        "vendorInformation": {"provider": "Sensor", "vendor": "Someone"},
    });
    let reply = world.call(&line, Some(body.clone())).await.unwrap();
    assert!(matches!(reply, Reply::NoContent), "{reply:?}");
    let newer = world.entity(&format!("GET /security/alerts_v2/{id}")).await;
    assert_eq!(text(&newer, "status"), "resolved");
    assert_eq!(text(&newer, "classification"), "informationalExpectedActivity");
    assert_eq!(newer["comments"][0]["comment"], "Closed in MCAS");
    let prefer = Prefer { representation: true, ..Prefer::default() };
    let reply = world.call_with(&line, Some(body), prefer).await.unwrap();
    let Reply::Entity { doc, preference_applied, .. } = reply else { panic!() };
    assert!(preference_applied);
    assert_eq!(doc["tags"], json!(["seen"]));
    assert_eq!(doc["comments"], json!(["Closed in MCAS"]));
}

#[tokio::test]
async fn filters_on_older_names_find_stored_alerts() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1"]), alert("two", 5, "low", &["ws2"])]).await;
    for (filter, found) in [
        ("status eq 'newAlert'", 2),
        ("status eq 'dismissed'", 0),
        ("status ne 'resolved' and severity eq 'high'", 1),
        ("vendorInformation/provider eq 'Sensor'", 2),
        ("vendorInformation/provider eq 'ASC'", 0),
        ("eventDateTime gt 2026-03-01T03:00:00Z", 1),
        ("hostStates/any(h:h/fqdn eq 'ws2')", 1),
        ("incidentIds/any(i:i eq '1')", 1),
    ] {
        let line = format!("GET /security/alerts?$filter={filter}");
        assert_eq!(world.items(&line).await.len(), found, "{filter}");
    }
    let refused = world.call("GET /security/alerts?$filter=confidence gt 3", None).await;
    assert_eq!(refused.unwrap_err().code(), Code::BadRequest);
}
