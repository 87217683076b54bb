//! Hunting: bodies, windows, faults, and the alert tables.

use kql::hunt::RowSource;
use model::code::Code;
use platform::{areas::hunting::alert_rows::AlertRows, reply::Reply};
use serde_json::json;

use crate::world::{World, alert};

#[tokio::test]
async fn a_body_in_any_case_asks_the_engine() {
    let world = World::new().await;
    for body in [
        json!({"Query": "T | take 1", "Timespan": "P1D"}),
        json!({"query": "T | take 1", "timespan": null, "workspaceId": "x", "else": 1}),
    ] {
        let reply = world.call("POST /security/runHuntingQuery", Some(body)).await.unwrap();
        assert!(matches!(reply, Reply::Hunt(_)));
    }
    let line = "POST /beta/security/microsoft.graph.security.runHuntingQuery";
    world.call(line, Some(json!({"query": "T"}))).await.unwrap();
    let asked = world.hunter.asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].tenant.as_str()), (3, "contoso"));
    let day = 864_000_000_000;
    assert_eq!(asked[0].window.unwrap().0, asked[0].now - day);
    assert_eq!(asked[1].window.unwrap().0, asked[1].now - 30 * day);
}

#[tokio::test]
async fn a_wrong_query_says_where_and_what_would_be_right() {
    let world = World::new().await;
    let line = "POST /security/runHuntingQuery";
    let fault = world.call(line, Some(json!({"Query": "T | take bad"}))).await.unwrap_err();
    assert_eq!(fault.code(), Code::BadRequest);
    assert_eq!(fault.to_string(), "line 1, column 10: KQL0101: no column `bad`; `good` is near");
    for body in [json!({}), json!([]), json!({"query": 7}), json!({"query": " "})] {
        assert_eq!(world.call(line, Some(body)).await.unwrap_err().code(), Code::BadRequest);
    }
}

#[tokio::test]
async fn stored_alerts_are_rows() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1", "ws2"]), alert("two", 5, "low", &[])]).await;
    let rows = AlertRows::new(world.store.clone());
    let page = rows.page("contoso", "AlertInfo", None, None).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, None));
    assert_eq!(page.rows[0]["Severity"], "High");
    assert_eq!(page.rows[0]["ServiceSource"], "Microsoft Defender for Endpoint");
    assert_eq!(page.rows[0]["AttackTechniques"], "[\"T1059\"]");
    let page = rows.page("contoso", "AlertEvidence", None, None).await.unwrap();
    let devices: Vec<&str> =
        page.rows.iter().map(|it| it["DeviceName"].as_str().unwrap()).collect();
    assert_eq!(devices, ["ws1", "ws2"]);
    assert_eq!(page.rows[0]["EntityType"], "Machine");
    let from = model::time::Timestamp::parse("2026-03-01T01:00:00Z").unwrap().0;
    let late = rows.page("contoso", "AlertInfo", Some((from, i64::MAX)), None).await.unwrap();
    assert_eq!(late.rows.len(), 1);
    assert!(rows.page("fabrikam", "AlertInfo", None, None).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let world = World::new().await;
    let body = json!({"changeType": "updated", "resource": "security/alerts_v2"});
    let fault = world.call("POST /subscriptions", Some(body)).await.unwrap_err();
    assert_eq!(fault.code(), Code::NotImplemented);
}
