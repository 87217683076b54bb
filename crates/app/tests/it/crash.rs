//! `kill -9` at any moment of a push: what was acknowledged is there, once.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::harness::{Yagura, suricata};

const ROUNDS: u64 = 20;
const BATCH: u64 = 40;

#[test]
fn no_acknowledged_alert_is_lost_or_doubled() {
    let mut it = Yagura::start();
    let mut acknowledged = BTreeSet::new();
    let mut next = 0;
    for round in 0..ROUNDS {
        let token = it.token();
        // A helper process kills the server after a pseudo-random time, so that the moment falls
        // anywhere in a batch: before, within, or after its commit.
        let pid = it.pid();
        let spread = if it.over_server() { 1_200 } else { 180 };
        let pause = Duration::from_millis(3 + round * 7919 % spread);
        let killer = Command::new("sh")
            .args(["-c", &format!("sleep {:.3}; kill -9 {pid}", pause.as_secs_f64())])
            .stdout(Stdio::null())
            .spawn();
        let mut killer = killer.unwrap();
        let url = it.url("/provider/v1/alerts?source=suricata");
        loop {
            let numbers = next..next + BATCH;
            let batch: Value = numbers.clone().map(|n| suricata(n, "203.0.113.9")).collect();
            match it.http.post(&url).bearer_auth(&token).json(&batch).send() {
                Ok(answer) if answer.status() == 200 => {
                    let report: Value = answer.json().unwrap_or_default();
                    let sum = report["accepted"].as_u64().unwrap_or(0)
                        + report["duplicates"].as_u64().unwrap_or(0);
                    assert_eq!(sum, BATCH, "{report}");
                    acknowledged.extend(numbers);
                    next += BATCH;
                }
                // Unknown outcome: the same batch is sent again after the restart.
                _ => break,
            }
        }
        killer.wait().unwrap();
        it.kill();
        it.boot();
    }
    let token = it.token();
    let mut stored = Vec::new();
    let mut url = "/v1.0/security/alerts_v2?$top=1000&$select=id,additionalData".to_owned();
    loop {
        let page = it.get(&token, &url).expect(200);
        stored.extend(page.value().iter().map(flow));
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => break,
        }
    }
    let distinct: BTreeSet<u64> = stored.iter().copied().collect();
    assert_eq!(distinct.len(), stored.len(), "an alert is stored twice");
    let lost: Vec<_> = acknowledged.difference(&distinct).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(acknowledged.len() as u64 >= ROUNDS, "hardly anything was acknowledged");
}

/// The number that `suricata` hid in the flow id, which the connector keeps.
fn flow(alert: &Value) -> u64 {
    let data = &alert["additionalData"];
    let id = data["flow_id"].as_u64().or_else(|| data["flow_id"].as_str()?.parse().ok());
    id.unwrap_or_else(|| panic!("{alert}")) - 1_000_000
}
