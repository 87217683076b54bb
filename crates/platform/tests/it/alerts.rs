//! Alerts: paging, PATCH, comments, conditions.

use model::code::Code;
use platform::{call::Prefer, reply::Reply};
use serde_json::json;

use crate::world::{World, alert, text};

#[tokio::test]
async fn pages_pass_each_alert_once_while_others_write() {
    let world = World::new().await;
    let many = (0..7).map(|it| alert(&format!("p{it}"), it, "low", &[])).collect();
    assert_eq!(world.push(many).await.accepted, 7);
    let (mut seen, mut next) = world.page("GET /security/alerts_v2?$top=3").await;
    world.push(vec![alert("late", 1, "low", &[])]).await;
    while let Some(token) = next {
        let line = format!("GET /security/alerts_v2?$top=3&$skiptoken={token}");
        let page = world.page(&line).await;
        seen.extend(page.0);
        next = page.1;
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
}

#[tokio::test]
async fn a_tampered_token_is_refused() {
    let world = World::new().await;
    world.push((0..3).map(|it| alert(&format!("p{it}"), it, "low", &[])).collect()).await;
    let (_, next) = world.page("GET /security/alerts_v2?$top=1").await;
    let token = next.unwrap();
    for bad in [format!("{token}0"), token[1..].to_owned(), "x".to_owned(), "é".repeat(9)] {
        let line = format!("GET /security/alerts_v2?$top=1&$skiptoken={bad}");
        assert_eq!(world.call(&line, None).await.unwrap_err().code(), Code::BadRequest, "{bad}");
    }
    // Another list's token is no better.
    let line = format!("GET /security/incidents?$skiptoken={token}");
    assert_eq!(world.call(&line, None).await.unwrap_err().code(), Code::BadRequest);
}

#[tokio::test]
async fn a_patch_shows_everywhere_and_moves_time() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1"])]).await;
    let before = world.items("GET /security/alerts_v2").await.remove(0);
    let (id, incident) = (text(&before, "id"), text(&before, "incidentId"));
    let patch =
        json!({"status": "Resolved", "assignedTo": "ann", "classification": "truePositive"});
    let line = format!("PATCH /security/alerts_v2/{id}");
    let Reply::Entity { doc, .. } = world.call(&line, Some(patch)).await.unwrap() else { panic!() };
    assert_eq!(text(&doc, "status"), "resolved");
    assert_eq!(text(&doc, "resolvedDateTime"), text(&doc, "lastUpdateDateTime"));
    assert!(text(&doc, "lastUpdateDateTime") > text(&before, "lastUpdateDateTime"));
    let through = world.entity(&format!("GET /security/incidents/{incident}/alerts/{id}")).await;
    assert_eq!(through, doc);
    let expanded =
        world.entity(&format!("GET /security/incidents/{incident}?$expand=alerts")).await;
    let mut doc = doc;
    // A version is told of what was asked for, not of what came along.
    doc.remove("@odata.etag");
    assert_eq!(expanded["alerts"][0], serde_json::Value::Object(doc));
    let again = json!({"status": "inProgress", "assignedTo": null});
    let Reply::Entity { doc, .. } = world.call(&line, Some(again)).await.unwrap() else { panic!() };
    assert!(doc["resolvedDateTime"].is_null() && doc["assignedTo"].is_null());
}

#[tokio::test]
async fn what_a_patch_may_not_say_is_refused() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &[])]).await;
    let id = text(&world.items("GET /security/alerts_v2").await[0], "id");
    let line = format!("PATCH /security/alerts_v2/{id}");
    for bad in [
        json!({"title": "mine"}),
        json!({"nonsense": 1}),
        json!({"status": "sideways"}),
        json!({"assignedTo": 7}),
        json!([]),
    ] {
        let fault = world.call(&line, Some(bad.clone())).await.unwrap_err();
        assert_eq!(fault.code(), Code::BadRequest, "{bad}");
    }
    let fault = world.call(&line, None).await.unwrap_err();
    assert_eq!(fault.code(), Code::BadRequest);
    let absent = world.call("PATCH /security/alerts_v2/none", Some(json!({}))).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
    let stale = Prefer { if_match: Some("\"other\"".to_owned()), ..Prefer::default() };
    let fault = world.call_with(&line, Some(json!({"status": "new"})), stale).await.unwrap_err();
    assert_eq!(fault.code(), Code::PreconditionFailed);
    let verb = world.call("DELETE /security/alerts_v2/x", None).await.unwrap_err();
    assert_eq!(verb.code(), Code::MethodNotAllowed);
}

#[tokio::test]
async fn comments_come_as_one_or_many_and_are_signed() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1"])]).await;
    let doc = world.items("GET /security/alerts_v2").await.remove(0);
    let lines = [
        format!("POST /security/alerts_v2/{}/comments", text(&doc, "id")),
        format!("POST /security/incidents/{}/comments", text(&doc, "incidentId")),
    ];
    for line in lines {
        let one = json!({"@odata.type": "microsoft.graph.security.alertComment", "comment": "a"});
        world.call(&line, Some(one)).await.unwrap();
        let two = json!([{"comment": "b"}, {"comment": "c", "createdByDisplayName": "forged"}]);
        let Reply::Collection { context, items, .. } = world.call(&line, Some(two)).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(context, "Collection(microsoft.graph.security.alertComment)");
        let said: Vec<&str> = items.iter().map(|it| it["comment"].as_str().unwrap()).collect();
        assert_eq!(said, ["a", "b", "c"]);
        assert!(items.iter().all(|it| it["createdByDisplayName"] == "Analyst tool"));
        assert_ne!(items[1]["createdDateTime"], items[2]["createdDateTime"]);
    }
}

#[tokio::test]
async fn rights_and_tenants_are_walls() {
    let mut world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1"])]).await;
    let id = text(&world.items("GET /security/alerts_v2").await[0], "id");
    world.tenant = "fabrikam";
    assert!(world.items("GET /security/alerts_v2").await.is_empty());
    let fault = world.call(&format!("GET /security/alerts_v2/{id}"), None).await.unwrap_err();
    assert_eq!(fault.code(), Code::NotFound);
    world.roles = Vec::new();
    let fault = world.call(&format!("GET /security/alerts_v2/{id}"), None).await.unwrap_err();
    assert_eq!(fault.code(), Code::Forbidden);
}

#[tokio::test]
async fn counts_properties_and_filters() {
    let world = World::new().await;
    let batch = vec![
        alert("one", 0, "high", &["ws1"]),
        alert("two", 1, "low", &["ws2"]),
        alert("three", 2, "low", &["ws3"]),
    ];
    world.push(batch).await;
    let Reply::Page { items, count, .. } = world
        .call("GET /security/alerts_v2?$filter=severity eq 'low'&$count=true&$top=1", None)
        .await
        .unwrap()
    else {
        panic!()
    };
    assert_eq!((items.len(), count), (1, Some(2)));
    let Reply::Count(all) = world.call("GET /security/alerts_v2/$count", None).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(all, 3);
    let id = text(&items[0], "id");
    let reply = world.call(&format!("GET /security/alerts_v2/{id}/title"), None).await.unwrap();
    let Reply::Value { value, .. } = reply else { panic!() };
    assert_eq!(value, items[0]["title"]);
    let some = world.items("GET /security/alerts_v2?$select=id,title").await.remove(0);
    assert_eq!(some.keys().filter(|it| !it.starts_with('@')).count(), 2);
}

#[tokio::test]
async fn an_alert_made_by_hand_gets_its_incident() {
    let world = World::new().await;
    let body = json!({
        "title": "Seen by a person", "description": "d", "severity": "medium",
        "category": "Malware", "serviceSource": "unknown", "status": "new",
    });
    let reply = world.call("POST /security/alerts_v2", Some(body)).await.unwrap();
    let Reply::Entity { doc, created, .. } = reply else { panic!() };
    assert!(created);
    assert_eq!(text(&doc, "detectionSource"), "manual");
    let incident =
        world.entity(&format!("GET /security/incidents/{}", text(&doc, "incidentId"))).await;
    assert_eq!(text(&incident, "displayName"), "Seen by a person");
}
