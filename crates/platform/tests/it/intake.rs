//! Intake: repetition, refusal, batches, replay.

use serde_json::{Value, json};

use crate::world::{World, alert, text};

#[tokio::test]
async fn a_repeated_batch_changes_nothing() {
    let world = World::new().await;
    let batch: Vec<Value> =
        (0..4).map(|it| alert(&format!("a{it}"), it, "low", &["ws1"])).collect();
    assert_eq!(world.push(batch.clone()).await.accepted, 4);
    let before = world.items("GET /security/alerts_v2").await;
    // As after a restart: another platform on the same store.
    let again = World::on(world.store.clone()).await;
    let report = again.push(batch).await;
    assert_eq!((report.accepted, report.duplicates), (0, 4));
    assert_eq!(again.items("GET /security/alerts_v2").await, before);
}

#[tokio::test]
async fn one_bad_alert_is_refused_by_itself() {
    let world = World::new().await;
    let items = vec![
        Ok(alert("one", 0, "low", &[])),
        Err("line 2: not JSON".to_owned()),
        Ok(json!("no object")),
        Ok(json!({"providerAlertId": "x", "title": "t", "severity": "sideways"})),
        Ok(alert("two", 0, "low", &[])),
    ];
    let report = world.platform.push_alerts(&world.cx(), "graph", items).await.unwrap();
    let refused: Vec<usize> = report.refused.iter().map(|it| it.index).collect();
    assert_eq!((report.accepted, refused), (2, vec![1, 2, 3]));
    assert_eq!(report.refused[0].reason, "line 2: not JSON");
    assert!(report.refused[2].reason.contains("severity"), "{:?}", report.refused);
    let unknown = world.platform.push_alerts(&world.cx(), "nobody", Vec::new()).await;
    assert!(unknown.unwrap_err().to_string().contains("nobody"));
}

#[tokio::test]
async fn stamps_of_one_batch_differ() {
    let world = World::new().await;
    world.push((0..50).map(|it| alert(&format!("a{it}"), 0, "low", &[])).collect()).await;
    let mut stamps: Vec<String> = world
        .items("GET /security/alerts_v2")
        .await
        .iter()
        .map(|it| text(it, "lastUpdateDateTime"))
        .collect();
    stamps.sort();
    stamps.dedup();
    assert_eq!(stamps.len(), 50);
}

/// Names of the alerts by incident, however the story was cut into batches.
async fn grouped(story: &[Value], size: usize) -> Vec<Vec<String>> {
    let world = World::new().await;
    for batch in story.chunks(size) {
        world.push(batch.to_vec()).await;
    }
    let mut groups = std::collections::BTreeMap::<String, Vec<String>>::new();
    for it in world.items("GET /security/alerts_v2?$top=1000").await {
        groups.entry(text(&it, "incidentId")).or_default().push(text(&it, "providerAlertId"));
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().collect();
    for it in &mut groups {
        it.sort();
    }
    groups.sort();
    groups
}

const SEVERITIES: [&str; 3] = ["high", "medium", "low"];

#[tokio::test]
async fn batches_and_replays_end_in_the_same_incidents() {
    let story: Vec<Value> = (0..60_i64)
        .map(|it| {
            let (one, two) = (format!("ws{}", it % 9), format!("ws{}", (it * 7 + 3) % 23));
            let devices: Vec<&str> = if it % 11 == 0 { vec![&one, &two] } else { vec![&one] };
            alert(&format!("a{it:02}"), it * 5 % 47, SEVERITIES[it as usize % 3], &devices)
        })
        .collect();
    let alone = grouped(&story, 1).await;
    assert!(alone.len() > 1, "{alone:?}");
    assert_eq!(grouped(&story, 7).await, alone);
    assert_eq!(grouped(&story, 60).await, alone);
    assert_eq!(grouped(&story, 1).await, alone);
}

#[tokio::test]
async fn a_page_of_alerts_is_bounded_by_the_incident_document() {
    let world = World::new().await;
    let size = |it: &serde_json::Map<String, Value>| Value::Object(it.clone()).to_string().len();
    world
        .push((0..10).map(|it| alert(&format!("a{it}"), it / 8, "high", &["ws1"])).collect())
        .await;
    let small = size(&world.entity("GET /security/incidents/1").await);
    world.push((10..900).map(|it| alert(&format!("a{it}"), 2, "high", &["ws1"])).collect()).await;
    let large = size(&world.entity("GET /security/incidents/1").await);
    assert!(large < small + 64, "{small} {large}");
}

fn defender_info(id: &str) -> Value {
    json!({
        "Timestamp": "2026-03-01T01:00:00Z", "AlertId": id, "Title": "Suspicious script",
        "Category": "Execution", "Severity": "Medium",
        "ServiceSource": "Microsoft Defender for Endpoint",
        "DetectionSource": "EDR", "AttackTechniques": "[\"PowerShell (T1059.001)\"]",
    })
}

fn defender_evidence(id: &str, device: &str) -> Value {
    json!({
        "Timestamp": "2026-03-01T01:00:01Z", "AlertId": id, "EntityType": "Machine",
        "EvidenceRole": "Impacted", "DeviceId": "d1", "DeviceName": device,
    })
}

#[tokio::test]
async fn parts_that_come_later_complete_the_alert_and_may_move_it() {
    let world = World::new().await;
    world.push(vec![alert("first", 0, "medium", &["ws1"])]).await;
    let push = async |items: Vec<Value>| {
        let items = items.into_iter().map(Ok).collect();
        world.platform.push_alerts(&world.cx(), "defender", items).await.unwrap()
    };
    assert_eq!(push(vec![defender_info("da1")]).await.accepted, 1);
    assert_eq!(world.items("GET /security/incidents").await.len(), 2);
    let report = push(vec![defender_evidence("da1", "ws1.corp.example")]).await;
    assert_eq!((report.accepted, report.merged), (0, 1));
    let report = push(vec![defender_evidence("da1", "ws1.corp.example")]).await;
    assert_eq!((report.merged, report.duplicates), (0, 1));
    // Alone in its incident until now, the alert joins the story of its machine.
    let elder = world.entity("GET /security/incidents/1?$expand=alerts").await;
    assert_eq!(elder["alerts"].as_array().unwrap().len(), 2);
    assert_eq!(text(&elder, "severity"), "medium");
    let younger = world.entity("GET /security/incidents/2").await;
    assert_eq!(text(&younger, "redirectIncidentId"), "1");
    // Both rows in one batch are one alert.
    let both = vec![defender_info("da2"), defender_evidence("da2", "ws9")];
    let report = push(both).await;
    assert_eq!((report.accepted, report.merged), (1, 1));
}

#[tokio::test]
async fn products_meet_in_one_incident() {
    let world = World::new().await;
    let push = async |source: &str, item: Value| {
        let report = world.platform.push_alerts(&world.cx(), source, vec![Ok(item)]).await.unwrap();
        assert_eq!((report.accepted, &report.refused), (1, &Vec::new()), "{source}");
    };
    push(
        "suricata",
        json!({
            "timestamp": "2026-03-01T10:00:00.000000+0000", "flow_id": 7, "event_type": "alert",
            "src_ip": "198.51.100.9", "src_port": 4444, "dest_ip": "10.0.0.17", "dest_port": 445,
            "proto": "TCP",
            "alert": {
                "action": "allowed", "gid": 1, "signature_id": 2_000_001, "rev": 1,
                "signature": "Exploit attempt", "category": "Attempted User Privilege Gain",
                "severity": 1,
            },
        }),
    )
    .await;
    push("wazuh", json!({
        "timestamp": "2026-03-01T10:05:00.000+0000",
        "rule": {
            "level": 12, "description": "Service installed", "id": "61138",
            "mitre": {"id": ["T1543.003"], "tactic": ["Persistence"], "technique": ["Windows Service"]},
            "groups": ["windows"],
        },
        "agent": {"id": "017", "name": "ws17", "ip": "10.0.0.17"},
        "manager": {"name": "manager"}, "id": "1.7", "decoder": {"name": "windows_eventchannel"},
        "data": {"win": {"system": {"computer": "ws17.corp.example"}}}, "location": "EventChannel",
    }))
    .await;
    let incidents = world.items("GET /security/incidents").await;
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let reasons = world.items("GET /security/incidents/1/correlations").await;
    assert_eq!(text(&reasons[0], "entity"), "10.0.0.17");
}
