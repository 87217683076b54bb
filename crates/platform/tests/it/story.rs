//! A small intrusion told by five products in their own formats, fed in many orders amid noise:
//! one incident has the whole story and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{World, text};

const ATTACKER: &str = "203.0.113.66";
const CONTROLLER: &str = "198.51.100.23";
const WEB: &str = "10.20.0.10";
const DESK: &str = "10.30.4.17";

/// Minutes into 1 March 2026.
fn clock(minute: u32) -> String {
    format!("2026-03-01T{:02}:{:02}:07", minute / 60, minute % 60)
}

fn eve(minute: u32, from: &str, to: &str, class: &str, tactic: &str, severity: u8) -> Value {
    json!({
        "timestamp": format!("{}.000000+0000", clock(minute)), "flow_id": 7_000 + minute,
        "event_type": "alert", "src_ip": from, "src_port": 50_000, "dest_ip": to,
        "dest_port": 443, "proto": "TCP",
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": 2_000_000 + class.len(), "rev": 1,
            "signature": format!("Rule about {class}"), "category": class, "severity": severity,
            "metadata": if tactic.is_empty() { json!({}) } else { json!({"mitre_tactic_id": [tactic]}) },
        },
    })
}

fn wazuh(minute: u32, level: u8, rule: (&str, &str), host: (&str, &str), data: Value) -> Value {
    let (title, tactic) = rule;
    let tactics = if tactic.is_empty() { json!({}) } else { json!({"tactic": [tactic]}) };
    json!({
        "timestamp": format!("{}.000+0000", clock(minute)),
        "rule": {
            "level": level, "id": format!("{}", 100 + title.len()), "description": title,
            "groups": ["local"], "mitre": tactics,
        },
        "agent": {"id": "001", "name": host.0, "ip": host.1}, "manager": {"name": "m"},
        "id": format!("{minute}.{}", host.0), "data": data, "location": "x",
    })
}

fn crowdsec(minute: u32, source: &str) -> Value {
    let at = format!("{}Z", clock(minute));
    json!({
        "uuid": format!("u{minute}"), "machine_id": "web-01", "scenario": "crowdsecurity/http-probing",
        "message": "probing", "events_count": 9, "start_at": at, "stop_at": at, "created_at": at,
        "source": {"ip": source, "scope": "Ip", "value": source},
        "events": [{"timestamp": at, "meta": [{"key": "target_fqdn", "value": "shop.example.org"}]}],
        "decisions": [{"type": "ban", "origin": "crowdsec", "scope": "Ip", "value": source}],
    })
}

fn modsecurity(minute: u32, client: &str) -> Value {
    json!({"transaction": {
        "client_ip": client, "client_port": 40_000, "host_ip": WEB, "host_port": 443,
        "time_stamp": format!("Sun Mar  1 {} 2026", &clock(minute)[11..]),
        "unique_id": format!("t{minute}"), "server_id": "web-01",
        "request": {"method": "GET", "uri": "/item?id=7'--", "headers": {"Host": "shop.example.org"}},
        "response": {"http_code": 403},
        "messages": [{"message": "SQL Injection Attack", "details": {
            "ruleId": "942100", "severity": "2", "tags": ["attack-sqli"],
        }}],
    }})
}

fn defender(minute: u32, title: &str, category: &str, host: (&str, &str)) -> Vec<Value> {
    let row = |more: Value| {
        let mut row = json!({
            "Timestamp": format!("{}Z", clock(minute)), "AlertId": format!("da{minute}"),
            "Title": title, "Severity": "High", "DetectionSource": "EDR",
            "ServiceSource": "Microsoft Defender for Endpoint",
        });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    vec![
        row(json!({"Category": category})),
        row(json!({
            "EntityType": "Machine", "EvidenceRole": "Impacted", "DeviceName": host.0,
            "LocalIP": host.1,
        })),
        row(json!({"EntityType": "User", "EvidenceRole": "Impacted", "AccountName": "j.doe"})),
    ]
}

/// Lines by product: those of the story, then the noise.
fn lines() -> [(&'static str, Vec<Value>); 5] {
    let (beacon, trojan) = ("Malware Command and Control Activity Detected", "TA0011");
    let mut suricata = vec![
        eve(371, ATTACKER, WEB, "Web Application Attack", "TA0001", 1),
        eve(391, WEB, CONTROLLER, beacon, trojan, 1),
        eve(478, DESK, CONTROLLER, beacon, trojan, 1),
        eve(564, "10.20.0.2", CONTROLLER, beacon, trojan, 1),
    ];
    let web = ("web-01", WEB);
    let mut wazuh_lines = vec![
        wazuh(373, 10, ("New script in the web root", "Persistence"), web, json!({})),
        wazuh(
            548,
            12,
            ("Member added to a privileged group", "Privilege Escalation"),
            ("dc-01", "10.20.0.2"),
            json!({"srcuser": "j.doe"}),
        ),
    ];
    let mut crowdsec_lines = vec![crowdsec(362, ATTACKER)];
    let mut modsecurity_lines = vec![modsecurity(368, ATTACKER)];
    let mut rows =
        defender(481, "Credentials were read", "CredentialAccess", ("ws-07.example.org", DESK));
    rows.extend(defender(
        542,
        "Remote service",
        "LateralMovement",
        ("dc-01.example.org", "10.20.0.2"),
    ));
    for number in 0..12 {
        let (minute, stranger) = (300 + 23 * number, format!("192.0.2.{}", 10 + number));
        suricata.push(eve(minute, &stranger, WEB, "Misc activity", "", 3));
        crowdsec_lines.push(crowdsec(minute, &stranger));
        modsecurity_lines.push(modsecurity(minute + 1, &stranger));
        let who = json!({"dstuser": format!("ops{number}")});
        wazuh_lines.push(wazuh(minute, 3, ("Session opened", "Initial Access"), web, who));
    }
    [
        ("suricata", suricata),
        ("wazuh", wazuh_lines),
        ("crowdsec", crowdsec_lines),
        ("modsecurity", modsecurity_lines),
        ("defender", rows),
    ]
}

#[tokio::test]
async fn the_story_is_whole_in_any_order_of_products() {
    let files = lines();
    // Each product first, onwards and backwards.
    let orders = (0..5).flat_map(|first| {
        let onwards: Vec<usize> = (0..5).map(|it| (first + it) % 5).collect();
        let backwards = onwards.iter().rev().copied().collect();
        [onwards, backwards]
    });
    for order in orders {
        let world = World::new().await;
        for product in &order {
            let (source, items) = &files[*product];
            let items = items.iter().cloned().map(Ok).collect();
            let report = world.platform.push_alerts(&world.cx(), source, items).await.unwrap();
            assert!(report.refused.is_empty(), "{:?}", report.refused);
        }
        let mut groups = BTreeMap::<String, Vec<String>>::new();
        for it in world.items("GET /security/alerts_v2?$top=1000").await {
            let whole = Value::Object(it.clone()).to_string();
            let marks = [ATTACKER, CONTROLLER, "j.doe", "web root"];
            let ours = marks.iter().any(|mark| whole.contains(mark));
            let name = format!("{}{}", if ours { "" } else { "noise: " }, text(&it, "title"));
            groups.entry(text(&it, "incidentId")).or_default().push(name);
        }
        let (id, largest) = groups.iter().max_by_key(|(_, held)| held.len()).unwrap();
        assert_eq!(largest.len(), 10, "{order:?} {groups:#?}");
        assert!(!largest.iter().any(|it| it.starts_with("noise")), "{order:?} {largest:#?}");
        let others = groups.iter().filter(|(other, _)| *other != id);
        assert!(others.map(|(_, held)| held.len()).max() <= Some(3), "{order:?} {groups:#?}");
        let incident = world.entity(&format!("GET /security/incidents/{id}")).await;
        let shown = text(&incident, "displayName");
        assert!(shown.ends_with(" on web-01, ws-07 and dc-01"), "{order:?} {shown}");
        assert!(text(&incident, "description").contains("10 alerts from "));
    }
}
